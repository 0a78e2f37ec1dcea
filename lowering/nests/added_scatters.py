"""
Write a scatter that a loop adds to an array as an update of the array:

    x + scatter(v, () ↦ (f))           →  update(x, x[f] + v, f)
    x + scatter(v, i ↦ (i + f))        →  update(x, x[i + f] + v, f)
    x + scatter(v, k ↦ (f(k))), k < 3  →  three updates, one after the other

The backward step of a loop adds such a scatter for each element, row or box that the step reads.
The sum makes an array of zeros and reads it once more. The update writes the box, and writes over x
if no other op reads x.

Requires: the places of the box differ, or the scatter is of few places. The update reads 0 and
          writes nothing outside of x, as the scatter drops what is outside.
          No element of a float x is ever -0.0: outside of the box the update keeps x, where the sum
          makes 0.0 of -0.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from xdsl.dialects import arith
from xdsl.dialects.builtin import BFloat16Type, Float16Type, ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from ...dialects.ten.value_facts import has_one_use
from ...dialects.types import shape
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import Emitter
from ...passes.rewriting.functions import functions
from .negative_zeros import NegativeZeros
from .outline import carried_by_loops

RULE = "addf(x, scatter)"
HIDDEN = "scan(x0)"

FEW = 32
"""Places of a scatter, at most, that become updates one after the other."""


def hide_negative_zeros(module: ModuleOp, negative_zeros: NegativeZeros) -> None:
    """
    loop (x = x0) { … x + scatter … }  →  loop (x = x0 + 0.0) { … x + scatter … }

    The loop then never carries -0.0, so that the rule applies to its sums. The sum x0 + 0.0 is
    computed once, and not in each turn. The pass asks only loops that are in no other loop.
    Requires: nobody sees the sign of the zeros of x0. The sum with the scatter hides the sign, for
              example.
    """
    inner = carried_by_loops(module)
    inits: dict[SSAValue, list[tuple[ten.ScanOp, int]]] = {}
    candidates: list[SSAValue] = []
    compiled = [f for f in functions(module) if len(f.body.blocks) == 1]
    for function in compiled:
        if function.sym_name.data in inner:
            sums = (op for op in function.body.block.ops if isinstance(op, arith.AddfOp))
            pairs = (pair for op in sums for pair in _sums(op))
            candidates += (x for x, _ in pairs if not negative_zeros.are_never_in(x))
    if not candidates:
        return
    for function in compiled:
        for op in function.body.ops if function.sym_name.data not in inner else ():
            if isinstance(op, ten.ScanOp) and op.surely_runs:
                for k, (init, carried) in enumerate(zip(op.inits, op.carried)):
                    if types.is_float(types.element(init.type)) and not (
                        negative_zeros.are_never_in(init) or negative_zeros.are_seen_in(carried)
                    ):
                        inits.setdefault(init, []).append((op, k))
    chosen = (negative_zeros.which_prove(x, inits) for x in candidates)
    for init in dict.fromkeys(init for found in chosen if found for init in found):
        loops = inits[init]
        e = Emitter.before(loops[0][0])
        never = e(arith.AddfOp(init, e.constant(0.0, init.type)))
        for op, k in loops:
            op.operands[k] = never
        count(HIDDEN)
    negative_zeros.forget()


def update_by_scatters(block: Block, negative_zeros: NegativeZeros) -> None:
    """Apply the rule to all sums of a block, in order."""
    for op in list(block.ops):
        if isinstance(op, arith.AddfOp | arith.AddiOp):
            _update(op, negative_zeros)


def _sums(op: arith.AddfOp | arith.AddiOp) -> Iterator[tuple[SSAValue, ten.ScatterOp]]:
    """The operands of a sum as x and scatter."""
    for x, scatter in ((op.lhs, op.rhs), (op.rhs, op.lhs)):
        made = scatter.owner
        if not isinstance(made, ten.ScatterOp) or not has_one_use(scatter) or x is scatter:
            continue
        if not isinstance(types.element(x.type), BFloat16Type | Float16Type):
            yield x, made  # a scatter of 16-bit floats sums in float32, and rounds once


def _update(op: arith.AddfOp | arith.AddiOp, negative_zeros: NegativeZeros) -> None:
    for x, scatter in _sums(op):
        if types.is_float(types.element(x.type)) and not negative_zeros.are_never_in(x):
            continue
        e = Emitter.before(op)
        value = _by_box(x, scatter, e) or _by_places(x, scatter, e)
        if value is not None:
            count(RULE)
            value.name_hint = op.result.name_hint
            Rewriter.replace_op(op, [], [value])
            Rewriter.erase_op(scatter)
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
