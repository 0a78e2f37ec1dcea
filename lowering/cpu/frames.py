"""
The places of a function's values while the function runs.

A function's values are in a list: first the arguments, then the results, then the rest. Such a list
is a frame. `kernel-plan-buffers` laid out an arena for the last part. The backend makes this part
once, as views of the arena, and one call after the other uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import Block, SSAValue

from ...dialects import arrays, types
from ...dialects.op_names import op_name
from ...dialects.types import shape
from ...passes.rewriting.costs import ARENA_BYTES, bytes_of
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.functions import block_of
from ..nests.plan_buffers import Of, Place, in_place, places_in, places_of, with_buffers
from .memory import pool

Array = Any
Slots = list[Array]
Step = Callable[[Slots], None]


@dataclass(frozen=True)
class Places:
    """What a frame of a function is made of; `Layout` finds it."""

    expected: list[tuple[np.dtype, tuple[int, ...]]]
    """The dtype and shape of each argument."""
    fresh: list[tuple[int, tuple[int, ...], np.dtype, int]]
    """The results, for which each call makes new arrays: slot, shape, dtype and bytes."""
    kept: list[tuple[int, tuple[int, ...], np.dtype, int]]
    """The values in the arena: slot, shape, dtype and offset."""
    constants: list[tuple[int, Array]]
    """The slots of constants."""
    given: int
    """The number of first slots of a frame that belong to one call."""
    size: int
    """How many slots there are."""
    arena: int
    """The bytes of the arena."""
    results: list[tuple[int, bool, bool]]
    """For each result its slot, whether it is a scalar, and whether a call copies it."""
    in_place: Mapping[int, int]
    """The results that a caller gives the memory of an argument, and this argument."""


class Layout:
    """The slot of each value of a function in a frame, and the source of its memory."""

    def __init__(self, function: func.FuncOp):
        block = block_of(function.body, function)
        places = _places(block)
        self.offsets = {x: at for x, at in places.items() if isinstance(at, int)}
        """The places in the arena of the values that a frame keeps."""
        self.memory = places_in(function)
        """The memory of the values that may have the memory of another one."""
        constants = [op for op in block.ops if isinstance(op, arith.ConstantOp)]
        own = [x for x, at in places.items() if at is None]
        values = (*block.args, *own, *self.offsets, *(op.result for op in constants))
        self.slot: dict[SSAValue, int] = {x: k for k, x in enumerate(values)}
        self.size = len(values)
        """How many slots there are."""
        returned = block.last_op
        assert returned is not None
        for x, at in places.items():
            if isinstance(at, Of):
                self.slot[x] = self.slot[returned.operands[at.result]]
        size = function.attributes[ARENA_BYTES]
        assert isinstance(size, IntegerAttr)
        last = block.last_op
        assert last is not None
        made: set[SSAValue] = set()
        results: list[tuple[int, bool, bool]] = []
        for x in last.operands:
            again = places.get(x, 0) is not None or x in made
            results.append((self.slot[x], types.rank(x.type) == 0, again))
            made.add(x)
        self.places = Places(
            [(arrays.dtype(x.type), shape(x.type)) for x in block.args],
            [(self.slot[x], shape(x.type), arrays.dtype(x.type), bytes_of(x.type)) for x in own],
            [
                (self.slot[x], shape(x.type), arrays.dtype(x.type), at)
                for x, at in self.offsets.items()
            ],
            [
                (self.slot[op.result], np.asarray(arrays.constant_array(op), order="C"))
                for op in constants
            ],
            len(block.args) + len(own),
            self.size,
            size.value.data,
            results,
            in_place(function),
        )


def _places(block: Block) -> dict[SSAValue, Place]:
    """The place of each value that ops make."""
    places: dict[SSAValue, Place] = {}
    for op in with_buffers(block):
        for x, at in zip(op.results, places_of(op)):
            if (found := types.unsupported(x.type)) is not None:
                raise LetgradError(
                    f"the cpu backend has no code for {op_name(op)}: its result is {found}", op
                )
            places[x] = at
    return places


class Frames:
    """
    The frames of one function. `scratch` is the number of bytes for the results of parts of nests;
    that memory is in the last slot.
    """

    def __init__(self, places: Places, scratch: int):
        self.places, self.scratch = places, scratch
        self.nothing: Slots = [None] * places.given
        self.idle: list[Slots] = []
        """Frames that no call uses."""
        pool.keepers.add(self)

    def take(self) -> Slots:
        """A frame for a call, without arguments and results yet."""
        try:
            return self.idle.pop()
        except IndexError:
            return self._make()

    def give(self, slots: Slots) -> None:
        """Give a frame back: the next call may use it."""
        slots[: len(self.nothing)] = self.nothing
        self.idle.append(slots)

    def _make(self) -> Slots:
        places = self.places
        slots: Slots = [*self.nothing, *[None] * (places.size - len(self.nothing))]
        slots.append(pool.empty((self.scratch,), np.dtype(np.uint8), self.scratch))
        block, begin = pool.take(places.arena)
        for k, size, dtype, offset in places.kept:
            slots[k] = view(block, begin + offset, size, dtype)
        for k, constant in places.constants:
            slots[k] = constant
        return slots


def view(block: Array, offset: int, size: tuple[int, ...], dtype: np.dtype) -> Array:
    """The array at an offset of a block of memory."""
    return np.ndarray(size, dtype, block, offset)
