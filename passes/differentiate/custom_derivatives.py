"""Linearize the calls of functions that have a derivative of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xdsl.dialects import func
from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import Rewriter

from ...dialects import delta, ten, types
from ...dialects.delta import term_of
from ...dialects.walking import ops_in
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

    jvp may give d(y²) after dy, which is not 2 y dy where y is a root of 0; see `squares`.

    The function jvp is inlined at dx = 0, and the terms of dx run through it. Where jvp calls
    callee with this rule on values that depend on dx, the body of callee is inlined in place of
    the rule: callee is linear there, and the rule would need itself without an end.

    The tangents are the only inputs of the inlined body. Its computations from x are primal.
    """
    if not walk.is_active(op):
        return False
    rule = op.jvp.string_value()
    count(f"linearize({op.name})")
    e = Emitter.before(op).derived(op, f"linearize({op.name})")
    xs, n = floats(op.operands), len(op.results)
    if rule in walk.rules:
        callee = called(walk.functions, op.callee, op, op.operand_types, op.result_types)
        start, end = _inlined(walk, callee, op.operands, e)
        # The map itself is wanted here, and not its derivative: nothing stops.
        for stop in [s for inner in between(start, end) for s in ops_in(inner)]:
            if isinstance(stop, delta.StopOp):
                Rewriter.replace_op(stop, [], [stop.x])
        walk.visit_between(start.next_op, end)
        _finish(walk, op, start, end, e, n, floats(end.operands), walk.terms)
        return True
    takes = [*op.operand_types, *(x.type for x in xs)]
    tangents = [y.type for y in floats(op.results)]
    gives = [*op.result_types, *tangents]
    jvp = called(walk.functions, op.jvp, op, takes, gives, more=True)
    if len(jvp.function_type.outputs) != len(gives):
        called(walk.functions, op.jvp, op, takes, [*gives, *tangents])
    zeros = {x: e.constant(0, x.type) for x in dict.fromkeys(xs)}
    start, end = _inlined(walk, jvp, [*op.operands, *(zeros[x] for x in xs)], e)
    check_linear(between(start, end), zeros.values(), end.operands[:n], end.operands[n:], rule, op)
    outer = walk.terms
    walk.terms = {zero: outer[x] for x, zero in zeros.items() if x in outer}
    walk.rules.append(rule)
    walk.visit_between(start.next_op, end)
    walk.rules.pop()
    inner, walk.terms = walk.terms, outer
    given = end.operands[n:]
    squares = [inner.get(square) for square in given[len(tangents) :]]
    results = _finish(walk, op, start, end, e, n, given[: len(tangents)], inner)
    walk.squares.update(zip(floats(results), squares))
    return True


def _inlined(
    walk: Linearizer, function: func.FuncOp, args: Sequence[SSAValue], e: Emitter
) -> tuple[Operation, Operation]:
    """
    Inline the function and the functions that it calls, between two ops. The second one uses the
    results, because rules may replace these when they rewrite the body.
    """
    start = e.insert(delta.ZeroOp(floats(args)[0].type))
    end = e.insert(func.ReturnOp(*inline(function, args, e)))
    inline_calls_between(walk.functions, start, end, function.sym_name.data)
    return start, end


def _finish(
    walk: Linearizer, op: Operation, start: Operation, end: Operation, e: Emitter, n: int,
    tangents: Sequence[SSAValue], terms: Mapping[SSAValue, SSAValue],
) -> Sequence[SSAValue]:  # fmt: skip
    """
    Replace an op by the first `n` values that `end` uses, and define their terms: those that
    `terms` has for `tangents`. The result has these values.
    """
    found = [terms.get(tangent) for tangent in tangents]
    results = own(list(end.operands)[:n], e)
    Rewriter.replace_op(op, [], results)
    for marker in (start, end):
        marker.detach()
        marker.erase()
    for result, term in zip(floats(results), found, strict=True):
        if term is not None:
            walk.define(result, term)
    return results


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
