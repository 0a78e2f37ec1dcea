"""
A compiled function. A call checks its arguments, runs the steps on a frame, and gives fresh arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.ir import Operation

from ...dialects import arrays
from ..reference import check_arguments
from .frames import Array, Frames, Places, Step
from .machine import Library
from .memory import LARGE, pool
from .profile import Profile, profile

IN_ORDER = 0x101
"""The flags of an array that is contiguous in C's order, and aligned."""


NUMBERS = np.generic, float


class Program:
    """
    A compiled function; call it with one array or number per argument.

    `steps` run one after the other. `ops` are the ops, with a step for each op alone, so that tools
    can run one.
    """

    def __init__(
        self,
        function: Callable[[], func.FuncOp],
        places: Places,
        frames: Frames,
        steps: Sequence[Step],
        ops: Sequence[tuple[Operation, Step]] | None,
        library: Library | None,
        in_machine_code: int | None = None,
        wakes_blas: bool = False,
    ):
        self._function, self.frames = function, frames
        self.steps, self.ops = steps, ops
        self.expected, self.fresh, self.results = places.expected, places.fresh, places.results
        self.in_place = places.in_place
        self.compiled_again: Callable[[], Program] | None = None
        """Compiles the program with its ops, which a program out of a file does not have."""
        self.library = library
        """The machine code of the steps, which lives as long as this object refers to it."""
        self.in_machine_code = in_machine_code
        """The address of all its code, if loops over the function run in machine code."""
        self.wakes_blas = wakes_blas
        """Whether the machine code calls BLAS. The threads of BLAS must then not run."""

    @property
    def function(self) -> func.FuncOp:
        """The function, which messages name."""
        return self._function()

    def run_on(self, args: Sequence[Array], out: Sequence[Array]) -> None:
        """Run on arrays in order, of the right types, and write the results into others."""
        slots = self.frames.take()
        try:
            slots[: len(args)] = args
            for (k, _, again), target in zip(self.results, out):
                if not again:
                    slots[k] = target
            for step in self.steps:
                step(slots)
            for (k, _, again), target in zip(self.results, out):
                if again:
                    np.copyto(target, slots[k])
        finally:
            self.frames.give(slots)

    def __call__(self, *args: Any) -> tuple[Array, ...]:
        return self._call(args, (), self.steps)

    def of_leaves(self, args: Sequence[Any]) -> tuple[Array, ...]:
        """
        As a call with these arguments, each of which has the dtype and the shape of its parameter:
        such a call takes a microsecond.
        """
        slots = self.frames.take()
        try:
            k = 0
            for arg in args:
                if type(arg) is not np.ndarray:
                    arg = np.asarray(arg, self.expected[k][0])
                elif arg.flags.num & IN_ORDER != IN_ORDER:
                    arg = np.array(arg, order="C")
                slots[k] = arg
                k += 1
            for k, size, dtype, bytes in self.fresh:
                slots[k] = (
                    np.empty(size, dtype) if bytes < LARGE else pool.empty(size, dtype, bytes)
                )
            for step in self.steps:
                step(slots)
            return tuple(
                [
                    slots[k][()] if scalar else slots[k].copy() if again else slots[k]
                    for k, scalar, again in self.results
                ]
            )
        finally:
            self.frames.give(slots)

    def into(self, args: Sequence[Any], out: Sequence[Array | None]) -> tuple[Array, ...]:
        """As `backends.into`. If no two arrays share memory, it needs no memory of its own."""
        arguments = [arrays.asarray(x) for x in args]
        targets = [x for x in out if x is not None]
        if any(np.may_share_memory(x, target) for x in arguments for target in targets):
            # A step could write a part of a result into an argument before another step reads it.
            results = list(self(*arguments))
            for k, target in enumerate(out):
                if target is not None:
                    np.copyto(target, results[k])
                    results[k] = target
            return tuple(results)
        return self._call(arguments, out, self.steps)

    def _call(
        self, args: Sequence[Any], out: Sequence[Array | None], steps: Sequence[Step]
    ) -> tuple[Array, ...]:
        if len(args) != len(self.expected):
            check_arguments(self.function, args)
        slots = self.frames.take()
        try:
            for k, (arg, (dtype, size)) in enumerate(zip(args, self.expected)):
                if type(arg) is not np.ndarray or arg.dtype != dtype or arg.shape != size:
                    if isinstance(arg, NUMBERS):
                        arg = np.asarray(arg)
                    if type(arg) is not np.ndarray or arg.dtype != dtype or arg.shape != size:
                        arg = np.asarray(check_arguments(self.function, args)[k])
                if arg.flags.num & IN_ORDER != IN_ORDER:
                    arg = np.array(arg, order="C")
                slots[k] = arg
            for (k, _, again), target in zip(self.results, out):
                if target is not None and not again:
                    slots[k] = target
            for k, size, dtype, bytes in self.fresh:
                if slots[k] is None:
                    slots[k] = pool.empty(size, dtype, bytes)
            for step in steps:
                step(slots)
            results = [
                slots[k][()] if scalar else slots[k].copy() if again else slots[k]
                for k, scalar, again in self.results
            ]
            for k, target in enumerate(out):
                if target is not None:
                    if self.results[k][2]:
                        np.copyto(target, results[k])
                    results[k] = target
            return tuple(results)
        finally:
            self.frames.give(slots)

    def profile(self, *args: Any) -> Profile:
        """The time of each step of a call with these arguments."""
        if self.ops is None:
            assert self.compiled_again is not None
            return self.compiled_again().profile(*args)
        name = self.function.sym_name.data

        def call(steps: Sequence[Step] | None) -> None:
            self._call(args, (), self.steps if steps is None else steps)

        return profile(name, self.ops, call)
