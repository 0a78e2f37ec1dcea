"""
Rules that the users of JAX wrote down, in the program that JAX lowers.

JAX drops `stop_gradient` and the rules of `jax.custom_jvp` when it lowers a program, because the
program does not compute them. Here it lowers them as calls of targets, and the conversion makes
letgrad's ops of these calls.
"""

from __future__ import annotations

from typing import Any

from ..derivatives import custom_jvp, stop_gradient
from ..tracing import Array
from .conversion_table import Call, target

STOP, JVP = "letgrad.stop_gradient", "letgrad.custom_jvp"


def parameters() -> Any:
    """The parameters of JAX's lowering that keep the rules."""
    from jax._src import ad_util, custom_derivatives  # pyright: ignore[reportMissingImports]
    from jax._src.interpreters import mlir  # pyright: ignore[reportMissingImports]

    rules: Any = ((ad_util.stop_gradient_p, _stop), (custom_derivatives.custom_jvp_call_p, _Jvp()))
    return mlir.LoweringParameters(override_lowering_rules=rules)


def _stop(ctx: Any, x: Any) -> Any:
    from jax._src.interpreters import mlir  # pyright: ignore[reportMissingImports]

    return mlir.custom_call(STOP, result_types=[x.type], operands=[x]).results


class _Jvp:
    """
    Lowers a function with a rule. A rule may call its own function. There the function counts
    without its rule, so that the program has an end.
    """

    def __init__(self) -> None:
        self.inside = False

    def __call__(self, ctx: Any, *args: Any, call_jaxpr: Any, **given: Any) -> Any:
        from jax._src import custom_derivatives  # pyright: ignore[reportMissingImports]
        from jax._src.interpreters import mlir  # pyright: ignore[reportMissingImports]

        floats = [_is_float(aval) for aval in call_jaxpr.in_avals]
        if self.inside or call_jaxpr.effects or not any(floats):
            lower = custom_derivatives._custom_jvp_vjp_call_lowering
            return lower(ctx, *args, call_jaxpr=call_jaxpr, **given)
        self.inside = True
        try:
            names = [
                _function(ctx, name, jaxpr)
                for name, jaxpr in (
                    ("custom_jvp", call_jaxpr),
                    ("custom_jvp_rule", _rule(call_jaxpr, floats, **given)),
                )
            ]
        finally:
            self.inside = False
        results = [mlir.aval_to_ir_type(ctx.module_context, aval) for aval in ctx.avals_out]
        return mlir.custom_call(
            JVP, result_types=results, operands=list(args), called_computations=names
        ).results


def _is_float(aval: Any) -> bool:
    import jax.numpy as jnp  # pyright: ignore[reportMissingImports]

    return bool(jnp.issubdtype(aval.dtype, jnp.inexact))


def _rule(
    call_jaxpr: Any, floats: list[bool], jvp_jaxpr_fun: Any, num_consts: int, **_: Any
) -> Any:
    """The rule as a program: it takes values and tangents of floats, and gives such ones."""
    import jax  # pyright: ignore[reportMissingImports]
    import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
    from jax._src import custom_derivatives  # pyright: ignore[reportMissingImports]

    lifted = custom_derivatives.lift_jvp(num_consts, jvp_jaxpr_fun)
    zero = custom_derivatives.SymbolicZero  # pyright: ignore[reportPrivateImportUsage]

    def rule(*xs: Any) -> Any:
        primals, rest = xs[: len(floats)], iter(xs[len(floats) :])
        tangents = [
            next(rest) if is_float else zero(aval.to_tangent_aval())
            for is_float, aval in zip(floats, call_jaxpr.in_avals)
        ]
        out = lifted.call_wrapped(*primals, *tangents)
        values, derivatives = out[: len(out) // 2], out[len(out) // 2 :]
        return [
            *values,
            *(
                jnp.zeros(v.shape, v.dtype) if isinstance(d, zero) else d
                for v, d in zip(values, derivatives)
                if _is_float(v)
            ),
        ]

    avals = [*call_jaxpr.in_avals, *(a for a, f in zip(call_jaxpr.in_avals, floats) if f)]
    return jax.make_jaxpr(rule)(*(jax.ShapeDtypeStruct(a.shape, a.dtype) for a in avals))


def _function(ctx: Any, name: str, jaxpr: Any) -> str:
    """A new function of the module that JAX lowers."""
    from jax._src.interpreters import mlir  # pyright: ignore[reportMissingImports]

    function = mlir.lower_jaxpr_to_fun(
        ctx.module_context, name, jaxpr, [], num_const_args=0, in_avals=jaxpr.in_avals
    )
    return function.name.value


# In the conversion.


@target(STOP)
def stop_target(call: Call, x: Array) -> Any:
    """custom_call @letgrad.stop_gradient(x)  →  delta.stop"""
    return stop_gradient(x) if x.dtype.kind not in "iub" else x


@target(JVP)
def jvp_target(call: Call, *xs: Array) -> Any:
    """custom_call @letgrad.custom_jvp(x)  →  delta.custom_jvp of the function and its rule"""
    names = [name.string_value() for name in call.need("called_computations").data]  # type: ignore[attr-defined]
    primal, rule = (call.evaluator.functions[name] for name in names)
    evaluate = call.evaluator.call

    def function(*xs: Array) -> Any:
        return tuple(evaluate(primal, xs, call.op))

    def derivative(primals: Any, tangents: Any) -> Any:
        given = [t for x, t in zip(primals, tangents) if _has_tangent(x)]
        out = evaluate(rule, [*primals, *given], call.op)
        values, rest = out[: len(call.op.results)], iter(out[len(call.op.results) :])
        derivatives = [next(rest) if _has_tangent(v) else v for v in values]
        return tuple(values), tuple(derivatives)

    function.__name__ = names[0]
    with_rule = custom_jvp(function)
    with_rule.defjvp(derivative)
    return list(with_rule(*xs))


def _has_tangent(x: Array) -> bool:
    return x.dtype.kind not in "iub"
