"""Linearize `ten.scan` and `scf.for`: a scan that computes values, and a scan of terms."""

from __future__ import annotations

from xdsl.dialects import scf
from xdsl.ir import Block, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import delta, ten, types
from ...dialects.delta import term_of
from ...dialects.op_names import op_name
from ...dialects.ten import scans
from ...dialects.walking import ops_in
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from . import linearize_whiles, scans_of_terms
from .linearizer import Linearizer, add_argument, live_terms, passes_on


def linearize_for(walk: Linearizer, op: scf.ForOp) -> bool:
    """
    scf.for  →  scan, with its set-up in front of it, if a value in the loop has a term. If the
    number of steps is not known, scf.for  →  while.
    """
    if not walk.reaches_into(op):
        return False
    scan = scans_of_terms.scan_of_for(op)
    if scan is None:
        if (cause := _kept_by(op)) is not None:
            raise LetgradError(
                "this scf.for has no derivative: its number of steps is not known, and "
                f"{cause}; give the loop constant bounds",
                op,
            )
        return linearize_whiles.linearize_while(walk, scans_of_terms.while_of_for(op))
    return linearize_scan(walk, scan)


def _kept_by(op: scf.ForOp) -> str | None:
    """Why a loop cannot be a `ten.while`; None if it can."""
    for x in op.iter_args:
        if not types.is_number(x.type):
            return f"it carries {x.type}"
    for inner in ops_in(op):
        done = inner is op or inner.regions or isinstance(inner, scf.YieldOp | ten.YieldOp)
        if not done and not ten.is_pure(inner):
            return f"{op_name(inner)} may have side effects"
    return None


def linearize_scan(walk: Linearizer, op: ten.ScanOp) -> bool:
    """
    scan (c = c0) over (x = xs) { f }  →  c, ys, rs = scan (c = c0) over (x = xs) { f, r };
        dc, dys = scan (dc = dc0) over (r = rs, dx = dxs) { df }

    The first computes the values, and gives out the values of each step that derivatives need. The
    second holds nothing but terms.
    """
    sources: set[SSAValue] = {
        arg
        for arg, x in zip(op.block.args, (*op.inits, *op.xs))
        if x in walk.terms and types.is_float(types.element(x.type))
    }
    if not sources and not walk.reaches_into(op):
        return True
    ops = scans.invariant(op)
    scans_of_terms.move_before(ops, op)
    for inner in ops:
        walk.visit(inner)
    n = len(op.inits)
    active = _active(walk, op, sources)
    carried = [k for k, arg in enumerate(op.carried) if arg in active]
    rows = [k for k, x in enumerate(op.xs) if x in walk.terms]
    arguments = [
        _term_of_argument(walk, op.block, arg)
        for arg in [*(op.carried[k] for k in carried), *(op.rows[k] for k in rows)]
    ]
    walk.visit_inner_block(op.block)

    given = [*carried, *(n + k for k, y in enumerate(op.ys) if y in walk.terms)]
    needed = [walk.terms.get(op.yielded[k]) for k in given]
    yield_types = [op.yielded[k].type for k in given]
    moved = live_terms(op.block, [d for d in needed if d is not None])
    location, inits = op.location, list(op.inits)
    new, body, xs, mapping = scans_of_terms.split_scan(op, moved, arguments)
    e = Emitter(InsertPoint.at_end(body), location)
    ds = [
        e(delta.ZeroOp(t)) if d is None else mapping.get(d, d) for d, t in zip(needed, yield_types)
    ]
    e.insert(ten.YieldOp(*ds))
    e = Emitter.after(new)
    firsts = [walk.terms.get(inits[k]) or e(delta.ZeroOp(inits[k].type)) for k in carried]
    linear = ten.ScanOp(
        new.trips, firsts, [*(walk.terms[new.xs[k]] for k in rows), *xs], Region(body),
        new.is_reverse, new.turns,
    )  # fmt: skip
    linear.attributes.update(new.attributes)
    e.insert(linear)
    scans_of_terms.move_before(scans.invariant(linear), linear)
    if not linear.results:
        Rewriter.erase_op(linear)  # nothing that the loop gives depends on the inputs
    count("linearize(ten.scan)")
    for k, term in zip(given, linear.results):
        walk.define(new.results[k], term)
    return True


def _active(walk: Linearizer, op: ten.ScanOp, sources: set[SSAValue]) -> set[SSAValue]:
    """
    The floats of a scan's body that depend on these arguments of the body, or on a value with a
    term.
    """
    return scans.depending(
        op,
        lambda x: x in sources or x in walk.terms,
        passes_on,
    )


def _term_of_argument(walk: Linearizer, block: Block, arg: SSAValue) -> SSAValue:
    """A new argument of the body: the term of `arg`."""
    name = f"d{arg.name_hint}" if arg.name_hint else None
    walk.terms[arg] = add_argument(block, term_of(arg.type), name)
    return walk.terms[arg]
