"""Linearize `ten.while`: a loop that computes values, and a loop over values with their terms."""

from __future__ import annotations

from xdsl.ir import SSAValue
from xdsl.rewriter import Rewriter

from ...dialects import delta, ten, types
from ...dialects.delta import term_of
from ...dialects.ten import whiles
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..sharing.copying import copy_op
from .linearizer import Linearizer, add_argument, live_terms, passes_on


def linearize_while(walk: Linearizer, op: ten.WhileOp) -> bool:
    """
    while (c = c0) { p } do { f }  →  c = while (c = c0) { p } do { f };
        _, dc = while (c = c0, dc = dc0) { p } do { f, df }

    The first loop computes the values, for those who want no derivative. The second loop carries
    each value beside its term, because no loop of unknown length can store values of each turn.
    Forward mode makes one loop of both (`ten-fuse-scans`). Reverse mode counts the turns and
    rewrites the second loop as scans (`expand_whiles`).
    """

    def is_source(x: SSAValue) -> bool:
        return x in walk.terms and types.is_float(types.element(x.type))

    active, _ = whiles.depending(
        op,
        is_source,
        passes_on,
    )
    carried = [k for k in sorted(active) if types.is_float(types.element(op.inits[k].type))]
    if not carried:
        return True
    e = Emitter.after(op).derived(op, "linearize(ten.while)")
    both = e.insert(copy_op(op, op.operands, op.result_types))
    assert isinstance(both, ten.WhileOp)
    condition, block = whiles.blocks_of(both)
    for k in carried:
        arg = block.args[k]
        name = f"d{arg.name_hint}" if arg.name_hint else None
        walk.terms[arg] = add_argument(block, term_of(arg.type), name)
        add_argument(condition, term_of(arg.type), name)
    walk.visit_inner_block(block)

    last = block.last_op
    assert last is not None
    values, n = list(last.operands), len(op.inits)
    given = [walk.terms.get(values[k]) for k in carried]
    live_terms(block, [d for d in given if d is not None])
    inner = Emitter.before(last)
    ds = [d or inner(delta.ZeroOp(values[k].type)) for k, d in zip(carried, given)]
    Rewriter.replace_op(last, ten.YieldOp(*values, *ds))
    firsts = [walk.terms.get(x) or e(delta.ZeroOp(x.type)) for x in (op.inits[k] for k in carried)]
    regions = [both.detach_region(region) for region in list(both.regions)]
    linear = ten.WhileOp([*op.inits, *firsts], regions[0], regions[1], op.most)
    linear.attributes.update(both.attributes)
    e.insert(linear)
    Rewriter.erase_op(both)
    count("linearize(ten.while)")
    for k, term in zip(carried, linear.results[n:]):
        walk.define(op.results[k], term)
    return True
