"""
Updates of an array leave the conditional that guards them.

    Y = scf.if c { …, yield update(X, p, v) } else { yield X }
        →  w = scf.if c { …, yield v } else { yield X[p] };  Y = update(X, p, w)

A conditional that yields an array makes a new one. An update outside of it writes a few elements in
place, and an update at a place that the counter of a loop gives may leave the loop. Where the
condition is that two places differ, as in `if i != k`, no step changes the elements at k: each step
reads those from before the loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from xdsl.dialects import arith, scf
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import Rewriter

from ...dialects import ten, types
from ...dialects.types import ints
from ..rewriting.conditionals import MOST_OF_ROW, flatten_cheap
from ..rewriting.emitter import Emitter
from ..rewriting.lines_of_rows import SGE, SGT, SLE, SLT, Place, place_of

RULE = "update-of-if"

_PLACES = (
    arith.ConstantOp, arith.AddiOp, arith.SubiOp, arith.MuliOp, arith.IndexCastOp,
)  # fmt: skip
"""Ops on integers that compute a place, and cost next to nothing."""


@dataclass
class Branches:
    """
    What the two branches make of one array: as many updates in each, the first one first. No update
    stands for one that writes what is there.
    """

    base: SSAValue
    pairs: list[tuple[ten.UpdateOp | None, ten.UpdateOp | None]]


def is_in_loop(op: Operation) -> bool:
    """Whether an op runs in each turn of a loop."""
    around = op.parent_op()
    while around is not None and not isinstance(around, ten.ScanOp | ten.WhileOp):
        around = around.parent_op()
    return around is not None


def simplify_conditional(op: scf.IfOp) -> int:
    """Apply both rules to a conditional. Returns how many of them fired."""
    new = take_updates_out(op)
    if new is None:
        return flatten_cheap(op)
    return 1 + flatten_cheap(new, MOST_OF_ROW)


def take_updates_out(op: scf.IfOp) -> scf.IfOp | None:
    """
    if c { …, update(X, p, v) } else { …, X }
        →  w = if c { …, v } else { …, X[p] };  update(X, p, w)

    Returns the new conditional, or None if no result is such an array. If both branches update X,
    w is the one value or the other, and so is p, unless both know the same p outside.
    Requires: nothing else in a branch reads an updated array. It would have to be made there.
    Requires: the boxes have the same size. Else what one branch writes would not fit into the box
              of the other.
    """
    if len(op.regions) != 2 or not all(len(region.blocks) == 1 for region in op.regions):
        return None
    blocks = [region.block for region in op.regions]
    found = {k: x for k in range(len(op.results)) if (x := _branches(op, blocks, k)) is not None}
    if not found:
        return None
    before = Emitter.before(op).derived(op, RULE)
    ends = [Emitter.before(_last(block)).derived(op, RULE) for block in blocks]
    yielded = [list(_last(block).operands) for block in blocks]
    kept = [k for k in range(len(op.results)) if k not in found]
    given = [[values[k] for k in kept] for values in yielded]
    plans: list[tuple[int, list[_Written]]] = []
    for k, branches in found.items():
        plans.append(
            (k, [_written(op, branches.base, p, before, ends, given) for p in branches.pairs])
        )
    for block, values in zip(blocks, given):
        Rewriter.replace_op(_last(block), scf.YieldOp(*values))
    for branches in found.values():
        for pair in reversed(branches.pairs):
            for update in pair:
                if update is not None:
                    v = update.v.owner
                    Rewriter.erase_op(update)
                    if isinstance(v, ten.ReshapeOp) and v.result.first_use is None:
                        Rewriter.erase_op(v)
    regions = [op.detach_region(region) for region in list(op.regions)]
    new = scf.IfOp(op.cond, [x.type for x in given[0]], regions[0], regions[1])
    new.attributes.update(op.attributes)
    new.location = op.location
    Rewriter.insert_op(new, before.place)
    results: list[SSAValue | None] = [None] * len(op.results)
    for k, x in zip(kept, new.results):
        results[k] = x
    e = Emitter.after(new).derived(op, RULE)
    for k, writes in plans:
        x = found[k].base
        for w in writes:
            offsets = [o if isinstance(o, SSAValue) else new.results[o] for o in w.offsets]
            v = e(ten.ReshapeOp(new.results[w.value], w.box))
            x = e(ten.UpdateOp(x, v, offsets, w.strides))
        results[k] = x
    for old, x in zip(op.results, results, strict=True):
        assert x is not None
        x.name_hint = x.name_hint or old.name_hint
        old.replace_all_uses_with(x)
    Rewriter.erase_op(op)
    return new


# Elements that a condition keeps.


def keeps_place(update: ten.UpdateOp, d: int, index: SSAValue) -> bool:
    """
    update(X, p, c ? v : X[p])  keeps the elements at `index` of dimension d, where c is false if
    p[d] = index, as for c = (p[d] != index); or the other way round.
    """
    v = update.v
    while isinstance(v.owner, ten.ReshapeOp | ten.TransposeOp) and keeps_order(v.owner):
        v = v.owner.x
    match v.owner:
        case arith.SelectOp() | ten.SelectOp() as op:
            cond, first, second = op.operands
        case scf.IfOp(cond=cond) as op:
            first, second = (_last(r.block).operands[v.index] for r in op.regions)  # type: ignore[attr-defined]
        case _:
            return False
    test = cond.owner
    if not isinstance(test, arith.CmpiOp) or test.predicate.value.data not in _AT_EQUAL:
        return False
    at_equal = first if _AT_EQUAL[test.predicate.value.data] else second
    compared = place_of(test.lhs).plus(place_of(test.rhs), -1)
    wanted = place_of(update.offsets[d]).plus(place_of(index), -1)
    if wanted not in (compared, Place(0, {}).plus(compared, -1)):
        return False
    return _is_old(at_equal, update)


def keeps_order(op: ten.ReshapeOp | ten.TransposeOp) -> bool:
    """Whether the elements of the result are those of the operand in the same order."""
    if isinstance(op, ten.ReshapeOp):
        return True
    sizes = types.shape(op.x.type)
    moved = [k for k in ints(op.perm) if sizes[k] > 1]
    return moved == sorted(moved)


_AT_EQUAL = {0: True, 1: False, SLT: False, SLE: True, SGT: False, SGE: True}
"""What each predicate of `arith.cmpi` says of two equal numbers."""


def _is_old(x: SSAValue, update: ten.UpdateOp) -> bool:
    """Whether a value is that of the box before the update."""
    read, box = x.owner, types.shape(update.v.type)
    if not isinstance(read, ten.IndexOp):
        return False
    order, t = list(range(len(box))), read.t
    if isinstance(t.owner, ten.TransposeOp):
        order, t = list(ints(t.owner.perm)), t.owner.x
    n = len(read.indices)
    return (
        t is update.x
        and order[n:] == sorted(order[n:])
        and all(
            box[e] == 1 and place_of(i) == place_of(update.offsets[e])
            for e, i in zip(order, read.indices)
        )
        and all(
            box[e] == types.shape(t.type)[e] and place_of(update.offsets[e]) == Place(0, {})
            for e in order[n:]
        )
    )


# Matching.


def _last(block: Block) -> Operation:
    assert block.last_op is not None
    return block.last_op


def _branches(op: scf.IfOp, blocks: Sequence[Block], k: int) -> Branches | None:
    """The updates of result k, if it is one array in which each branch updates boxes."""
    if not types.rank(op.results[k].type):
        return None
    bases, chains = list[SSAValue](), list[list[ten.UpdateOp]]()
    for block in blocks:
        x, chain = _last(block).operands[k], list[ten.UpdateOp]()
        while isinstance(x.owner, ten.UpdateOp) and x.owner.parent is block:
            if not x.has_one_use():
                return None
            chain.insert(0, x.owner)
            x = x.owner.x
        bases.append(x)
        chains.append(chain)
    base = bases[0]
    if base is not bases[1] or not any(chains) or not _is_outside(base, op):
        return None
    # The shorter chain writes at first what is there: later it would have to read its own updates.
    first, second = (list(reversed(chain)) for chain in chains)
    pairs = [*reversed(list(zip_longest(first, second)))]
    for pair in pairs:
        updates = [x for x in pair if x is not None]
        if len({(types.shape(x.v.type), tuple(ints(x.strides))) for x in updates}) != 1:
            return None
        if len(updates) == 1 and not _is_readable(updates[0]):
            return None
    return Branches(base, pairs)


def _is_outside(x: SSAValue, op: Operation) -> bool:
    owner = x.owner
    return not op.is_ancestor(owner)


def _is_readable(update: ten.UpdateOp) -> bool:
    """Whether the box is made of indices, and of slices at known places that are in the array."""
    sizes, box = types.shape(update.x.type), types.shape(update.v.type)
    for n, m, offset, stride in zip(sizes, box, update.offsets, ints(update.strides)):
        if m != 1:
            first = types.constant_value(offset)
            if not isinstance(first, int) or first < 0 or first + (m - 1) * stride >= n:
                return False
    return True


# Writing.


@dataclass
class _Written:
    """An update behind the conditional: results of the conditional by their numbers."""

    value: int
    offsets: Sequence[SSAValue | int]
    box: Sequence[int]
    strides: Sequence[int]


def _written(
    op: scf.IfOp,
    base: SSAValue,
    pair: tuple[ten.UpdateOp | None, ten.UpdateOp | None],
    before: Emitter,
    ends: Sequence[Emitter],
    given: Sequence[list[SSAValue]],
) -> _Written:
    """Give the values and places of two updates out of the branches."""
    known = [x for x in pair if x is not None]
    box, strides = types.shape(known[0].v.type), ints(known[0].strides)
    part = tuple(m for m in box if m != 1)
    offsets: list[SSAValue | int] = []
    kept: list[SSAValue] = []
    for d in range(len(box)):
        places = [None if x is None else x.offsets[d] for x in pair]
        moved = [None if x is None else _moved(x, op, before) for x in places]
        first, second = moved
        if None not in (first, second) and first is not second and not _same(first, second):
            first = second = None
        shared = first or second
        if shared is not None and all((x is None) == (y is None) for x, y in zip(moved, places)):
            offsets.append(shared)
            kept.append(shared)
            continue
        offsets.append(len(given[0]))
        zero = before.constant(0, ten.index_type)
        kept.append(zero)
        for values, x in zip(given, places):
            values.append(zero if x is None else x)
    value = len(given[0])
    for e, values, update in zip(ends, given, pair):
        if update is None:
            values.append(_read(base, kept, box, strides, before if not part else e))
        else:
            v = update.v
            if isinstance(v.owner, ten.ReshapeOp) and types.shape(v.owner.x.type) == part:
                values.append(v.owner.x)
            else:
                values.append(e(ten.ReshapeOp(v, part)))
    return _Written(value, offsets, box, strides)


def _moved(x: SSAValue, op: scf.IfOp, before: Emitter) -> SSAValue | None:
    """An index in front of the conditional. None if it takes more than arithmetic on integers."""
    if _is_outside(x, op):
        return x
    owner = x.owner
    if not isinstance(owner, _PLACES) or types.rank(x.type):
        return None
    operands = [_moved(y, op, before) for y in owner.operands]
    if any(y is None for y in operands):
        return None
    owner.operands = [y for y in operands if y is not None]
    owner.detach()
    Rewriter.insert_op(owner, before.place)
    return x


def _same(x: SSAValue | None, y: SSAValue | None) -> bool:
    """Whether two indices are written as the same computation."""
    if x is y:
        return True
    if x is None or y is None:
        return False
    a, b = x.owner, y.owner
    return (
        isinstance(a, Operation)
        and isinstance(b, Operation)
        and isinstance(a, _PLACES)
        and type(a) is type(b)
        and a.properties == b.properties
        and x.type == y.type
        and all(_same(s, t) for s, t in zip(a.operands, b.operands, strict=True))
    )


def _read(
    x: SSAValue, offsets: Sequence[SSAValue], box: Sequence[int], strides: Sequence[int], e: Emitter
) -> SSAValue:
    """The elements of a box, without its dimensions of one element."""
    indexed = [d for d, m in enumerate(box) if m == 1]
    rest = [d for d, m in enumerate(box) if m != 1]
    order = [*indexed, *rest]
    if order != sorted(order):
        x = e(ten.TransposeOp(x, order))
    if indexed:
        x = e(ten.IndexOp(x, [offsets[d] for d in indexed]))
    sizes = [box[d] for d in rest]
    if types.shape(x.type) != tuple(sizes) or any(strides[d] != 1 for d in rest):
        firsts = [types.constant_value(offsets[d]) for d in rest]
        x = e(ten.SliceOp(x, [int(o) for o in firsts], sizes, [strides[d] for d in rest]))  # type: ignore[arg-type]
    return x
