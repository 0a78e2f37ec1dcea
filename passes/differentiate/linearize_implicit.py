"""Linearize the ops about systems of equations: the solution of a system depends on parameters."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import SymbolRefAttr
from xdsl.ir import Attribute, Operation, SSAValue

from ...dialects import delta
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.functions import called
from ..sharing.copying import inline, inline_calls_between
from .linearizer import Linearizer


def linearize_implicit(walk: Linearizer, op: delta.ImplicitOp) -> bool:
    """
    y = implicit @f (x, p)  →  the same y;  dy = solve @∂f/∂y (-(∂f/∂p dp), y, p)

    A term of x has no part in dy: the equations fix y, whatever x it comes from. The op stays,
    because dy depends on y, and has a derivative by this y too.
    """
    if not any(p in walk.terms for p in op.params):
        return True
    functions = prepared(op, op.apply), prepared(op, op.transposed)
    count(f"linearize({op.name})")
    e = Emitter.after(op).derived(op, f"linearize({op.name})")
    change = term_of_call(walk, op, op.residual, [op.result, *op.params], e)
    if change is not None:
        params = [op.result, *op.params]
        dy = delta.SolveOp(functions, e(delta.NegOp(change)), params, op.batches, method(op))
        walk.define(op.result, e(dy))
    return True


def linearize_solve(walk: Linearizer, op: delta.SolveOp) -> bool:
    """x = solve @a (b, p)  →  x;  dx = solve @a (db - (∂a/∂p dp) x, p)"""
    if not any(x in walk.terms for x in op.operands):
        return True
    transposed = prepared(op, op.transposed)
    count(f"linearize({op.name})")
    e = Emitter.after(op).derived(op, f"linearize({op.name})")
    term = walk.terms.get(op.b)
    if any(p in walk.terms for p in op.params):
        change = term_of_call(walk, op, op.apply, [*op.params, op.result], e)
        if change is not None:
            change = e(delta.NegOp(change))
            term = change if term is None else e(delta.AddOp(term, change))
    if term is not None:
        dx = delta.SolveOp((op.apply, transposed), term, list(op.params), op.batches, method(op))
        walk.define(op.result, e(dx))
    return True


def prepared(op: Operation, symbol: SymbolRefAttr | None) -> SymbolRefAttr:
    """Errors: `LetgradError` for an op without the functions for its derivative."""
    if symbol is None:
        raise LetgradError(
            f"{op.name} lacks the functions for its derivative; run delta-prepare-implicit first",
            op,
        )
    return symbol


def method(op: delta.ImplicitOp | delta.SolveOp) -> str | None:
    return None if op.method is None else op.method.data


def term_of_call(
    walk: Linearizer,
    op: Operation,
    symbol: SymbolRefAttr,
    arguments: Sequence[SSAValue],
    e: Emitter,
) -> SSAValue | None:
    """The term of the only result of a function, whose body is put at the place of `e`."""
    gives: list[Attribute] = [op.results[0].type]
    function = called(walk.functions, symbol, op, [x.type for x in arguments], gives)
    # The markers hold the place while rules replace the ops between them.
    start = e.insert(func.ReturnOp())
    end = e.insert(func.ReturnOp(*inline(function, arguments, e)))
    inline_calls_between(walk.functions, start, end, function.sym_name.data)
    walk.visit_between(start.next_op, end)
    term = walk.terms.get(end.operands[0])
    for marker in (start, end):
        marker.detach()
        marker.erase()
    return term
