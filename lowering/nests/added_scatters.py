"""
Write a scatter that a loop adds to an array as an update of the array:

    x + scatter(v, () ↦ (f))           →  update(x, x[f] + v, f)
    x + scatter(v, i ↦ (i + f))        →  update(x, x[i + f] + v, f)
    x + scatter(v, k ↦ (f(k))), k < 3  →  three updates, one after the other

The backward step of a loop adds such a scatter for each element, row or box that the step reads.
The sum makes an array of zeros and reads it once more. The update writes the box, and writes over x
if no other op reads x. It does not touch the other elements: there -0.0 stays -0.0, which + 0.0
would make 0.0.

Requires: the places of the box differ, or the scatter is of few places. The update reads 0 and
          writes nothing outside of x, as the scatter drops what is outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

from xdsl.dialects import arith
from xdsl.dialects.builtin import BFloat16Type, Float16Type
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from ...dialects.ten.canonicalization import has_one_use
from ...dialects.types import shape
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import Emitter

RULE = "addf(x, scatter)"

FEW = 32
"""Places of a scatter, at most, that become updates one after the other."""


def update_by_scatters(block: Block) -> None:
    """Apply the rule to all sums of a block, in order."""
    for op in list(block.ops):
        if isinstance(op, arith.AddfOp | arith.AddiOp):
            _update(op)


def _update(op: arith.AddfOp | arith.AddiOp) -> None:
    for x, scatter in ((op.lhs, op.rhs), (op.rhs, op.lhs)):
        made = scatter.owner
        if not isinstance(made, ten.ScatterOp) or not has_one_use(scatter) or x is scatter:
            continue
        if isinstance(types.element(x.type), BFloat16Type | Float16Type):
            continue  # a scatter of such floats sums in float32, and rounds once
        e = Emitter.before(op)
        value = _by_box(x, made, e) or _by_places(x, made, e)
        if value is not None:
            count(RULE)
            value.name_hint = op.result.name_hint
            Rewriter.replace_op(op, [], [value])
            Rewriter.erase_op(made)
            return


def _by_box(x: SSAValue, scatter: ten.ScatterOp, e: Emitter) -> SSAValue | None:
    """x and a scatter whose places are a box: index k is i_k, i_k + f, or f for no i."""
    args = list(scatter.block.args)
    yielded = scatter.yielded
    if not args or len(yielded) != len(args):
        return None
    offsets: list[SSAValue] = []
    for arg, place in zip(args, yielded):
        op = place.owner
        if place is arg:
            offsets.append(e.constant(0, ten.index_type))
        elif isinstance(op, arith.AddiOp) and arg in op.operands:
            other = op.rhs if op.lhs is arg else op.lhs
            if (fixed := _outside(other, scatter.block, e)) is None:
                return None
            offsets.append(fixed)
        else:
            return None
    block = Block(arg_types=[ten.index_type] * len(args))
    inner = Emitter(InsertPoint.at_end(block), e.location)
    inner.insert(ten.YieldOp(*(inner(arith.AddiOp(i, o)) for i, o in zip(block.args, offsets))))
    box = e(ten.GatherOp(shape(scatter.t.type)[: len(args)], x, Region(block)))
    return _updated(x, offsets, box, scatter.t, e)


def _by_places(x: SSAValue, scatter: ten.ScatterOp, e: Emitter) -> SSAValue | None:
    """x and a scatter of few places, one after the other."""
    domain = scatter.domain
    if prod(domain) > FEW:
        return None
    where: list[list[SSAValue]] = []
    for at in product(*map(range, domain)):
        known: dict[SSAValue, SSAValue] = {
            arg: e.constant(k, ten.index_type) for arg, k in zip(scatter.block.args, at)
        }
        for op in scatter.block.ops:
            if op is scatter.block.last_op:
                break
            if op.regions or len(op.results) != 1:
                return None
            copy = op.clone({y: known.get(y, y) for y in op.operands})
            known[op.results[0]] = _chosen(copy) or e(copy)
        where.append([known.get(y, y) for y in scatter.yielded])
    rest = shape(x.type)[len(scatter.yielded) :]
    for at, offsets in zip(product(*map(range, domain)), where):
        v: SSAValue = scatter.t
        if len(at) == 1 and (part := _part(v, at[0])) is not None:
            v = part
        elif at:
            sizes = shape(v.type)
            low = [*at, *(0 for _ in rest)]
            span = [*(1 for _ in at), *rest]
            v = e(ten.SliceOp(v, low, span, [1] * len(sizes)))
        old = e(ten.IndexOp(x, offsets))
        v = v if shape(v.type) == rest else e(ten.ReshapeOp(v, rest))
        x = _updated(x, offsets, old, v, e)
    return x


def _updated(
    x: SSAValue, offsets: Sequence[SSAValue], old: SSAValue, v: SSAValue, e: Emitter
) -> SSAValue:
    """x with old + v from these offsets on."""
    add = arith.AddfOp if types.is_float(types.element(x.type)) else arith.AddiOp
    rest = len(shape(x.type)) - len(offsets)
    new = e(add(old, v))
    missing = len(shape(x.type)) - len(shape(new.type))
    if missing:
        new = e(ten.ReshapeOp(new, (*(1 for _ in range(missing)), *shape(new.type))))
    zeros = [e.constant(0, ten.index_type) for _ in range(rest)]
    return e(ten.UpdateOp(x, new, [*offsets, *zeros]))


def _outside(x: SSAValue, block: Block, e: Emitter) -> SSAValue | None:
    """A value outside of a region, or a copy of one that only outside values and constants give."""
    op = x.owner
    if not isinstance(op, Operation):
        return None if op is block else x
    if op.parent is not block:
        return x
    if op.regions or len(op.results) != 1:
        return None
    given: dict[SSAValue, SSAValue] = {}
    for y in op.operands:
        if (outer := _outside(y, block, e)) is None:
            return None
        given[y] = outer
    return e(op.clone(given))


def _chosen(op: Operation) -> SSAValue | None:
    """What an op gives that chooses by constants: by an equality of two, or from a stack."""
    if isinstance(op, arith.SelectOp | ten.SelectOp):
        test = op.operands[0].owner
        if isinstance(test, arith.CmpiOp):
            a, b = types.constant_value(test.lhs), types.constant_value(test.rhs)
            name = arith.CMPI_COMPARISON_OPERATIONS[test.predicate.value.data]
            if a is not None and b is not None and name == "eq":
                return op.operands[1 if a == b else 2]
    if isinstance(op, ten.IndexOp) and len(op.indices) == 1:
        return _part(op.t, types.constant_value(op.indices[0]))
    return None


def _part(x: SSAValue, k: int | float | None) -> SSAValue | None:
    """The row k of a stack of rows."""
    op = x.owner
    if isinstance(op, ten.StackOp) and isinstance(k, int):
        return op.operands[k] if 0 <= k < len(op.operands) else None
    return None
