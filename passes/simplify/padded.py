"""
Elementwise ops on arrays in another layout: what the op computes of a padded array itself and of
the number around it, and of a reshaped array in its first shape.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from xdsl.ir import Operation, SSAValue

from ...dialects import ten, types
from ...dialects.ten.value_facts import constant_indices
from ...dialects.types import ints, rank, shape
from ..sharing.copying import copy_op
from .building import Ops, transposed

DEEPEST = 16
"""So many ops are looked through at most."""


@dataclass(frozen=True)
class Box:
    """Where the elements of the array are in the padded one: at low + k * step."""

    low: tuple[int, ...]
    step: tuple[int, ...]
    inner: tuple[int, ...]
    """The sizes of the array."""


@dataclass(frozen=True)
class Shape:
    """The shape of an array before it is reshaped, and how a view of the reshaped array is made."""

    inner: tuple[int, ...]
    steps: tuple[Hashable, ...]
    """What tells the layout ops apart, the reshape first."""


@dataclass(frozen=True)
class Padded:
    """
    A value whose elements in the box are `inside`, and whose other elements are `outside`. Or a
    value that is `inside`, reshaped.
    """

    box: Box | Shape | None
    """None if all elements are equal."""
    inside: Callable[[Ops], SSAValue]
    """Makes the array, for the box of the whole."""
    outside: Callable[[Ops], SSAValue]
    """Makes the number."""
    moves: tuple[Operation, ...] = ()
    """The layout ops that make the view of a reshaped array, the reshape first."""
    depth: int = 0
    """The ops that the question looked through."""


@dataclass
class Known:
    """
    What is known of the values of a block. A value of which several ops take parts is looked at
    once for each depth at most: the ways through a program are more than its ops.
    """

    elementwise: Callable[[Operation], bool]
    """The ops to look through."""
    values: dict[SSAValue, tuple[int, Padded | None]] = field(default_factory=dict)
    """What a value is, if at most so many ops are looked through."""

    def padded(self, op: Operation) -> Padded | None:
        """
        The result of an elementwise op as an array in a box, with one number around it, or as a
        reshaped array. None if it is not known as such.
        """
        if not rank(op.results[0].type):
            return None
        found = _of_elementwise(op, self, DEEPEST)
        return None if found is None or found.box is None else found

    def of(self, value: SSAValue, depth: int) -> Padded | None:
        if (before := self.values.get(value)) is not None:
            most, found = before
            if found is not None:
                return found if found.depth <= depth else None
            if depth <= most:
                return None
        found = _padded(value, self, depth)
        self.values[value] = depth, found
        return found


def _padded(value: SSAValue, known: Known, depth: int) -> Padded | None:
    op = value.owner
    if (number := _one_number(value)) is not None:
        return Padded(None, number, number)
    if depth == 0 or not isinstance(op, Operation):
        return None
    match op:
        case ten.PadOp():
            x, e = op.x, types.element(op.x.type)
            step = tuple(k + 1 for k in ints(op.interior))
            box = Box(ints(op.low), step, shape(x.type))
            return Padded(box, lambda ops: x, lambda ops: ops(types.constant(0, e)))
        case ten.UpdateOp() if (around := _one_number(op.x)) is not None:
            v, low = op.v, constant_indices(op.offsets)
            if None in low or not _is_inside(
                low, ints(op.strides), shape(v.type), shape(op.x.type)
            ):
                return None
            box = Box(tuple(k or 0 for k in low), ints(op.strides), shape(v.type))
            return Padded(box, lambda ops: v, around)
        case ten.ReshapeOp() if rank(op.x.type):
            # The number is the one around no elements.
            x, e = op.x, types.element(op.x.type)
            first = Shape(shape(x.type), (_step(op),))
            return Padded(first, lambda ops: x, lambda ops: ops(types.constant(0, e)), (op,))
        case ten.SliceOp() | ten.IndexOp() | ten.TransposeOp() | ten.ReverseOp():
            found = known.of(op.operands[0], depth - 1)
            if found is None or found.box is None:
                return None
            if isinstance(found.box, Shape):
                return _view(op, found, found.box)
            if isinstance(op, ten.TransposeOp):
                return _transposed(op, found, found.box)
            return _reversed(op, found, found.box) if isinstance(op, ten.ReverseOp) else None
        case _ if known.elementwise(op) and rank(value.type):
            return _of_elementwise(op, known, depth)
        case _:
            return None


def _one_number(value: SSAValue) -> Callable[[Ops], SSAValue] | None:
    """Makes the number that all elements of a value are, if it is known to be one."""
    op = value.owner
    if not rank(value.type):
        return lambda ops: value
    if (number := types.constant_value(value)) is not None:
        scalar = types.element(value.type)
        return lambda ops: ops(types.constant(number, scalar))
    if isinstance(op, ten.BroadcastOp) and not rank(op.x.type):
        x = op.x
        return lambda ops: x
    return None


def _is_inside(
    low: Sequence[int | None], step: Sequence[int], inner: Sequence[int], sizes: Sequence[int]
) -> bool:
    return all(
        o is not None and o >= 0 and o + (m - 1) * k < n
        for o, k, m, n in zip(low, step, inner, sizes, strict=True)
    )


def _step(op: Operation) -> Hashable:
    """What tells a layout op from another one that moves other elements."""
    at = tuple(constant_indices(op.indices)) if isinstance(op, ten.IndexOp) else ()
    return op.name, frozenset(op.properties.items()), at, shape(op.results[0].type)


def _view(op: Operation, x: Padded, box: Shape) -> Padded | None:
    if isinstance(op, ten.IndexOp):
        places = zip(constant_indices(op.indices), shape(op.t.type))
        if not all(i is not None and 0 <= i < n for i, n in places):
            return None  # an element outside is 0
    steps = (*box.steps, _step(op))
    return Padded(Shape(box.inner, steps), x.inside, x.outside, (*x.moves, op), x.depth + 1)


def _transposed(op: ten.TransposeOp, x: Padded, box: Box) -> Padded:
    perm, make = ints(op.perm), x.inside
    low, step, inner = (tuple(v[q] for q in perm) for v in (box.low, box.step, box.inner))
    turned = Box(low, step, inner)
    inside = _once(lambda ops: transposed(make(ops), perm, ops))
    return Padded(turned, inside, x.outside, depth=x.depth + 1)


def _reversed(op: ten.ReverseOp, x: Padded, box: Box) -> Padded:
    dims, make = ints(op.dims), x.inside
    low = tuple(
        n - 1 - (o + (m - 1) * k) if d in dims and m else o
        for d, (o, k, m, n) in enumerate(
            zip(box.low, box.step, box.inner, shape(op.x.type), strict=True)
        )
    )
    turned = Box(low, box.step, box.inner)
    inside = _once(lambda ops: ops(ten.ReverseOp(make(ops), dims)))
    return Padded(turned, inside, x.outside, depth=x.depth + 1)


def _of_elementwise(op: Operation, known: Known, depth: int) -> Padded | None:
    parts: list[Padded] = []
    for operand in op.operands:
        if (part := known.of(operand, depth - 1)) is None:
            return None
        parts.append(part)
    boxes = {x.box for x in parts if x.box is not None}
    if len(boxes) > 1:
        return None
    (box,) = boxes or {None}
    e = types.element(op.results[0].type)

    def inside(ops: Ops) -> SSAValue:
        assert box is not None
        xs = []
        for x, given in zip(parts, op.operands, strict=True):
            y = x.inside(ops)
            if rank(given.type) and not rank(y.type) and box.inner:
                y = ops(ten.BroadcastOp(y, range(len(box.inner)), box.inner))
            xs.append(y)
        return ops(copy_op(op, xs, [types.of_shape(box.inner, e)]))

    def outside(ops: Ops) -> SSAValue:
        return ops(copy_op(op, [x.outside(ops) for x in parts], [e]))

    moves = max((x.moves for x in parts), key=len)
    beside = _once(outside)
    # Of numbers alone, every place is outside of a box: there is no box.
    within = beside if box is None else _once(inside)
    return Padded(box, within, beside, moves, 1 + max(x.depth for x in parts))


def _once(make: Callable[[Ops], SSAValue]) -> Callable[[Ops], SSAValue]:
    """The same value for each question by the same ops, so that it is computed once."""
    last: tuple[Ops, SSAValue] | None = None

    def made(ops: Ops) -> SSAValue:
        nonlocal last
        if last is None or last[0] is not ops:
            last = ops, make(ops)
        return last[1]

    return made


def moved(value: SSAValue, x: Padded, ops: Ops) -> SSAValue:
    """The view of a reshaped array again, of another array with elements of another type."""
    e = types.element(value.type)
    for op in x.moves:
        type = types.of_shape(shape(op.results[0].type), e)
        value = ops(copy_op(op, [value, *op.operands[1:]], [type]))
    return value


def around(inside: SSAValue, outside: SSAValue, box: Box, sizes: Sequence[int], ops: Ops) -> None:
    """The array in its box, with the number around it."""
    whole = ops(ten.BroadcastOp(outside, range(len(sizes)), sizes))
    offsets = [ops(types.constant(o, ten.index_type)) for o in box.low]
    ops(ten.UpdateOp(whole, inside, offsets, box.step))
