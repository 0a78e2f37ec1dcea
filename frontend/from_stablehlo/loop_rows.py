"""
Rows of counted loops. JAX writes a scan as a loop that reads row k of an array at its counter k,
and writes row k of a result there. letgrad's `ten.scan` takes and gives such rows, and its
derivative keeps no whole array in each turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.ir import SSAValue

from ...dialects import ten
from .. import ops, tracing
from ..tracing import Array
from . import convert_moves
from .counter_facts import Affine, Facts, Loop


class Frame(Loop):
    """A counted loop whose body is being converted, and the rows that the body reads so far."""

    def __init__(self, trips: int, outer: tracing.Scope):
        self.trips = trips
        self.outer = outer
        self.scope: tracing.Scope | None = None
        self.xs: list[Array] = []
        self.kept: dict[tuple[SSAValue, int, Affine, tuple[Any, ...]], Array] = {}
        self.updates: dict[SSAValue, tuple[SSAValue, Array, int, Affine]] = {}
        """The value after a write of a row → the value before it, the row, where it is."""

    def argument(self, xs: Array) -> Array:
        """A new argument of the body: a row of an array outside of the loop."""
        assert self.scope is not None
        block = self.scope.block
        self.xs.append(xs)
        type = tracing.ir_type(xs.shape[1:], xs.dtype)
        return Array.of(block.insert_arg(type, len(block.args)), self.scope)


def row(
    facts: Facts, x: Array, at: Sequence[Any], sizes: Sequence[int], traced: Sequence[int]
) -> Array | None:
    """
    The box as a row of a loop: its place along one dimension is a number that the loop determines,
    and all other places are known. None for any other box.
    """
    if len(traced) != 1 or sizes[traced[0]] != 1:
        return None
    (d,) = traced
    fact = facts.get(at[d])
    frame = None if fact is None else fact.loop
    if fact is None or not isinstance(frame, Frame) or frame.scope is None or not frame.trips:
        return None
    if not x.scope.open or not x.scope.encloses(frame.outer):
        return None  # the loop computes the array
    others = tuple((o, n) for e, (o, n) in enumerate(zip(at, sizes)) if e != d)
    key = (x.value, d, fact, others)
    if key not in frame.kept:
        with tracing.within(frame.outer):
            offsets = [0 if e == d else o for e, o in enumerate(at)]
            box = [x.shape[d] if e == d else n for e, n in enumerate(sizes)]
            part = _rows(ops.slice_(x, offsets, box), d, fact, frame.trips)
        frame.kept[key] = frame.argument(part)
    return convert_moves.reshaped(frame.kept[key], sizes)


def _rows(x: Array, d: int, fact: Affine, trips: int) -> Array:
    """The slices of x that the loop reads along dimension d, in the order of its turns."""
    low, high = fact.bounds
    step = abs(fact.scale)
    x = ops.part(x, d, low, high + 1, step) if fact.scale else x
    x = ops.transpose(x, [d, *(e for e in range(x.ndim) if e != d)])
    assert x.shape[0] == trips
    return ops.reverse(x, [0]) if fact.scale < 0 else x


def note_update(facts: Facts, after: Array, x: Array, box: Array, at: Sequence[Any]) -> None:
    """Remember that the program writes a row of the loop, for the end of the loop."""
    traced = [d for d, start in enumerate(at) if isinstance(start, Array)]
    if len(traced) != 1 or box.shape[traced[0]] != 1:
        return
    (d,) = traced
    whole = all(n == m for e, (n, m) in enumerate(zip(x.shape, box.shape)) if e != d)
    fact = facts.get(at[d])
    frame = None if fact is None else fact.loop
    if fact is not None and isinstance(frame, Frame) and whole:
        frame.updates[after.value] = (x.value, box, d, fact)


def written_rows(
    frame: Frame, argument: SSAValue, after: Array
) -> tuple[Array, int, Affine] | None:
    """
    The row that each turn writes into a carried array which it uses for nothing else; None if the
    turn does anything else.
    """
    found = frame.updates.get(after.value)
    if found is None or found[0] is not argument or after.scope is not frame.scope:
        return None
    if not argument.has_one_use() or after.value.first_use is not None:
        return None
    _, box, d, fact = found
    shape = tuple(n for e, n in enumerate(box.shape) if e != d)
    return convert_moves.reshaped(box, shape), d, fact


def joined(init: Array, ys: Array, d: int, fact: Affine, trips: int) -> Array:
    """The array after the loop: the rows at their places, and the elements of `init` elsewhere."""
    if fact.scale < 0:
        ys = ops.reverse(ys, [0])
    order = list(range(1, ys.ndim))
    order.insert(d, 0)
    rows = ops.transpose(ys, order)
    low, step = fact.bounds[0], abs(fact.scale)
    if low == 0 and step == 1 and trips == init.shape[d]:
        return rows
    offsets, strides = [0] * init.ndim, [1] * init.ndim
    offsets[d], strides[d] = low, max(step, 1)
    return ops.update(lambda: init, rows, init.shape, offsets, strides)


def drop_update(after: SSAValue) -> None:
    """Remove the write of a row, which no program needs any more."""
    op = after.owner
    assert isinstance(op, ten.UpdateOp)
    op.detach()
    op.erase()
