"""Linearize the calls of functions that have a derivative of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xdsl.dialects import func
from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import Rewriter

from ...dialects import delta, ten, types
from ...dialects.delta import term_of
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.functions import called
from ..sharing.copying import inline, inline_calls_between
from .linearity import check_linear
from .linearizer import Linearizer, floats


def linearize_custom_vjp(walk: Linearizer, op: delta.CustomVjpOp) -> bool:
    """
    y = callee(x)  →  y, r = forward(x);  dy = transposed_call @backward(r, dx)

    Only the transpose of dy is known: x̄ = backward(r, ȳ).
    """
    if not walk.is_active(op):
        return False
    count(f"linearize({op.name})")
    e = Emitter.after(op).derived(op, f"linearize({op.name})")
    xs, n = floats(op.operands), len(op.results)
    forward = called(walk.functions, op.forward, op, op.operand_types, op.result_types, more=True)
    values = inline(forward, op.operands, e)
    results, residuals = own(values[:n], e), values[n:]
    backward_takes = [v.type for v in (*residuals, *floats(results))]
    called(walk.functions, op.backward, op, backward_takes, [x.type for x in xs])
    ds = [walk.terms.get(x) or e(delta.ZeroOp(x.type)) for x in xs]
    dys = [term_of(y.type) for y in floats(results)]
    call = e.insert(delta.TransposedCallOp(op.backward, residuals, ds, dys))
    Rewriter.replace_op(op, [], results)
    for result, term in zip(floats(results), call.results, strict=True):
        walk.define(result, term)
    return True


def linearize_custom_jvp(walk: Linearizer, op: delta.CustomJvpOp) -> bool:
    """
    y = callee(x)  →  y, dy = jvp(x, dx), where dy is linear in dx

    The function jvp is inlined at dx = 0, and the terms of dx run through it.

    The tangents are the only inputs of the inlined body. Its computations from x are primal.
    """
    if not walk.is_active(op):
        return False
    count(f"linearize({op.name})")
    e = Emitter.before(op).derived(op, f"linearize({op.name})")
    xs, n = floats(op.operands), len(op.results)
    takes = [*op.operand_types, *(x.type for x in xs)]
    gives = [*op.result_types, *(y.type for y in floats(op.results))]
    rule = called(walk.functions, op.jvp, op, takes, gives)
    zeros = {x: e.constant(0, x.type) for x in dict.fromkeys(xs)}
    start = e.insert(delta.ZeroOp(xs[0].type))
    # An op that uses the values: rules may replace the values when they rewrite the body.
    end = e.insert(func.ReturnOp(*inline(rule, [*op.operands, *(zeros[x] for x in xs)], e)))
    inline_calls_between(walk.functions, start, end, rule.sym_name.data)
    check_linear(
        between(start, end),
        zeros.values(),
        end.operands[:n],
        end.operands[n:],
        rule.sym_name.data,
        op,
    )
    outer = walk.terms
    walk.terms = {zero: outer[x] for x, zero in zeros.items() if x in outer}
    walk.visit_between(start.next_op, end)
    inner, walk.terms = walk.terms, outer
    values = list(end.operands)
    results = own(values[:n], e)
    Rewriter.replace_op(op, [], results)
    for marker in (start, end):
        marker.detach()
        marker.erase()
    for result, tangent in zip(floats(results), values[n:], strict=True):
        if tangent in inner:
            walk.define(result, inner[tangent])
    return True


def between(start: Operation, end: Operation | None) -> Iterator[Operation]:
    """The ops after `start` up to `end`; each may be replaced once it is given."""
    op = start.next_op
    while op is not None and op is not end:
        following = op.next_op
        yield op
        op = following


def own(values: Sequence[SSAValue], e: Emitter) -> list[SSAValue]:
    """
    The values under new names, because a function may return its argument, which already has a
    term.
    """
    return [e(ten.ReshapeOp(v, types.shape(v.type))) for v in values]
