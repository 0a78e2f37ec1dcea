"""
Linearize `scf.if`: as selects, or as an `scf.if` that computes values and another one of terms.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import scf
from xdsl.ir import Attribute, Block, Operation, OpResult, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import delta, types
from ...dialects.delta import term_of
from ...dialects.walking import ops_in
from ..rewriting.conditionals import flatten_if, is_cheap
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from .linearizer import Linearizer, Terms, live_terms


def linearize_if(walk: Linearizer, op: scf.IfOp) -> bool:
    """
    scf.if c {x} else {y}  →  x, y, rs = scf.if c {x, r} else {y, r};
        dx, dy = scf.if c {dx} else {dy}

    The first computes the values, and gives out the values that derivatives need. The second holds
    nothing but terms. An `scf.if` of a few scalar ops becomes the ops of both branches, and
    selects.
    """
    if is_cheap(op) and walk.reaches_into(op):
        following = op.next_op
        walk.visit_between(flatten_if(op), following)
        return True
    branches = [region.block for region in op.regions if region.blocks]
    for block in branches:
        walk.visit_inner_block(block)
    if not op.results:
        _erase_terms(branches)
        return True
    yielded = [block.last_op.operands for block in branches]  # type: ignore[union-attr]
    active = [
        i
        for i, result in enumerate(op.results)
        if types.is_float(types.element(result.type)) and any(ys[i] in walk.terms for ys in yielded)
    ]
    if not active:
        _erase_terms(branches)
        return True
    moved = [[inner for inner in block.ops if types.gives_terms(inner)] for block in branches]
    residuals = [escaping(block, ops) for block, ops in zip(branches, moved)]
    new, slots = _give_out(op, branches, residuals)
    regions = []
    for ops, ys in zip(moved, yielded):
        terms = [walk.terms.get(ys[i]) for i in active]
        regions.append(_region_of_terms(op, ops, terms, [ys[i].type for i in active]))
    for values, places in zip(residuals, slots):
        for value, place in zip(values, places):
            value.replace_uses_with_if(
                new.results[place], lambda use: is_inside(use.operation, regions)
            )
    e = Emitter.after(new).derived(op, "linearize(scf.if)")
    linear = e.insert(scf.IfOp(new.cond, [term_of(new.results[i].type) for i in active], *regions))
    count("linearize(scf.if)")
    for i, term in zip(active, linear.results):
        walk.define(new.results[i], term)
    return True


def _erase_terms(branches: Sequence[Block]) -> None:
    """
    Erase the terms of branches that give no term to the outside. Otherwise the terms would keep
    uses of terms around the `scf.if`, which move elsewhere.
    """
    for block in branches:
        live_terms(block, [])


def _region_of_terms(
    op: scf.IfOp, ops: Sequence[Operation], terms: Terms, value_types: Sequence[Attribute]
) -> Region:
    """
    A branch of the second `scf.if`: the ops that give terms, moved there, and the yielded terms.
    """
    region = Region(Block())
    for term_op in ops:
        term_op.detach()
        region.block.add_op(term_op)
    e = Emitter(InsertPoint.at_end(region.block), op.location).derived(op, "linearize(scf.if)")
    zeros = (d or e(delta.ZeroOp(t)) for d, t in zip(terms, value_types))
    e.insert(scf.YieldOp(*zeros))
    return region


def _give_out(
    op: scf.IfOp, branches: Sequence[Block], residuals: Sequence[Sequence[SSAValue]]
) -> tuple[scf.IfOp, list[list[int]]]:
    """
    The `scf.if` again, with further results that hold the residuals of the taken branch, and for
    each branch the positions of its residuals. Branches share results of the same type. A branch
    with fewer residuals gives zeros.
    """
    slots: list[Attribute] = []
    places: list[list[int]] = []
    for values in residuals:
        free = list(range(len(slots)))
        taken: list[int] = []
        for value in values:
            slot = next((s for s in free if slots[s] == value.type), None)
            if slot is None:
                slots.append(value.type)
                slot = len(slots) - 1
            else:
                free.remove(slot)
            taken.append(slot)
        places.append([len(op.results) + s for s in taken])
    for block, values, taken in zip(branches, residuals, places):
        held = {place - len(op.results): value for value, place in zip(values, taken)}
        old = block.last_op
        assert old is not None
        e = Emitter.before(old)
        extra = [held[s] if s in held else e.constant(0, slot) for s, slot in enumerate(slots)]
        Rewriter.replace_op(old, scf.YieldOp(*old.operands, *extra))
    regions = [op.detach_region(region) for region in list(op.regions)]
    taken_when, otherwise = regions
    new = scf.IfOp(op.cond, [*op.result_types, *slots], taken_when, otherwise)
    new.location = op.location
    Rewriter.insert_op(new, InsertPoint.before(op))
    for old_result, result in zip(op.results, new.results):
        result.name_hint = old_result.name_hint
        old_result.replace_all_uses_with(result)
    op.detach()
    op.erase()
    return new, places


def is_inside(op: Operation, regions: Sequence[Region]) -> bool:
    """Whether `op` is in one of the regions, at any depth."""
    region = op.parent_region()
    while region is not None:
        if any(region is r for r in regions):
            return True
        parent = region.parent
        region = parent.parent_region() if parent is not None else None
    return False


def escaping(block: Block, ops: Sequence[Operation]) -> list[SSAValue]:
    """
    The values that other ops of `block` define and that `ops`, or ops in their regions, use. Each
    value occurs once.
    """
    chosen = set(ops)
    found: dict[SSAValue, None] = {}
    for op in ops:
        for inner in ops_in(op):
            for operand in inner.operands:
                if (
                    isinstance(operand, OpResult)
                    and operand.op.parent is block
                    and operand.op not in chosen
                ):
                    found[operand] = None
    return list(found)
