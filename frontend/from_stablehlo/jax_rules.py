"""
Rules that the users of JAX wrote down, in the program that JAX lowers.

JAX drops `stop_gradient` and the rules of `jax.custom_jvp` and `jax.custom_vjp` when it lowers a
program, because the program does not compute them. Here it lowers them as calls of targets, and the
conversion makes letgrad's ops of these calls.
"""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.rewriter import Rewriter

from ...dialects import delta, types
from ...passes.rewriting.diagnostics import LetgradError
from ..tracing import Array, emit, use
from ..transforms.custom_rules import custom_jvp, custom_vjp
from ..transforms.derivatives import stop_gradient
from .conversion_table import Call, target
from .foreign_op import NotConvertible, Source
from .known_values import known_array

STOP, JVP, VJP = "letgrad.stop_gradient", "letgrad.custom_jvp", "letgrad.custom_vjp"
SOLVE, REFUSED = "letgrad.linear_solve", "letgrad.no_derivative"

DEEPEST = 2
"""How many functions with rules stand in the rules of each other. A further one has no rule."""


class RuleError(Exception):
    """JAX gives no program of a rule. The text says why."""


HELD = "the rule of this function wants an argument that does not change"
CAPTURES = "it uses traced values of a function around it; pass these values as arguments"


@dataclass
class Custom:
    """
    A function with rules: the names of the function and of its rules, and which arguments have a
    derivative. A rule may take some of its arguments as values that do not change.
    """

    names: list[str] = field(default_factory=list)
    moving: list[bool] = field(default_factory=list)


class Rules:
    """
    The functions with rules of one program that JAX lowers. Each has a number, which its calls
    have as `backend_config`.

    A rule may call its own function. Such a call has the number of the function, so that the
    program has an end.
    """

    def __init__(self) -> None:
        self.customs: dict[str, Custom] = {}
        self.running: dict[Any, str] = {}
        self.plain: Any = None
        """The primitive that is lowered next as JAX does it: as the function of its own call."""

    def parameters(self) -> Any:
        """The parameters of JAX's lowering that keep the rules."""
        from jax._src import ad_util, custom_derivatives  # pyright: ignore[reportMissingImports]
        from jax._src.interpreters import mlir  # pyright: ignore[reportMissingImports]
        from jax._src.lax.control_flow import solves  # pyright: ignore[reportMissingImports]
        from jax._src.random import core as random  # pyright: ignore[reportMissingImports]

        found: Any = (
            (solves.linear_solve_p, _linear_solve),
            (ad_util.stop_gradient_p, _stop),
            (custom_derivatives.custom_jvp_call_p, functools.partial(self._call, JVP, _jvp_rules)),
            (custom_derivatives.custom_vjp_call_p, functools.partial(self._call, VJP, _vjp_rules)),
            (random.random_gamma_p, self._random_gamma),
            *((p, functools.partial(self._primitive, p)) for p in _foreign_primitives()),
        )
        return mlir.LoweringParameters(override_lowering_rules=found)

    def _call(
        self, kind: str, rules_of: Any, ctx: Any, *args: Any, call_jaxpr: Any, **given: Any
    ) -> Any:
        """Lowers a call of a function with rules. `rules_of` gives the rules as programs."""
        from jax._src import custom_derivatives  # pyright: ignore[reportMissingImports]

        floats = [_is_float(aval) for aval in call_jaxpr.in_avals]
        if call_jaxpr.effects or not any(floats[given["num_consts"] :]):
            lower = custom_derivatives._custom_jvp_vjp_call_lowering
            return lower(ctx, *args, call_jaxpr=call_jaxpr, **given)
        key = kind, call_jaxpr.jaxpr.debug_info.func_src_info, str(call_jaxpr)

        def rules(moving: list[bool]) -> list[tuple[str, Any]]:
            return _of_user(rules_of, call_jaxpr, moving, **given)

        if self._goes_on(key):
            try:
                return self._written(kind, key, ctx, args, call_jaxpr, floats, rules)
            except RuleError as error:
                # Inside of another rule, JAX has no derivative here. The function has one.
                if not self.running:
                    return _refused(ctx, args, call_jaxpr, str(error))
        lower = custom_derivatives._custom_jvp_vjp_call_lowering
        return lower(ctx, *args, call_jaxpr=call_jaxpr, **given)

    def _goes_on(self, key: Any) -> bool:
        """A rule may make new functions with rules, which make others, without an end."""
        return len(self.running) < DEEPEST or key in self.running

    def _written(
        self, kind: str, key: Any, ctx: Any, args: Any, function: Any, floats: list[bool],
        rules: Callable[[list[bool]], list[tuple[str, Any]]],
    ) -> Any:  # fmt: skip
        """Writes a call of a function with rules. Calls in its own rules have its number."""
        from jax._src.interpreters import mlir  # pyright: ignore[reportMissingImports]

        number, called = self.running.get(key), []
        if number is None:
            number = self.running[key] = str(len(self.customs))
            custom = self.customs[number] = Custom()
            try:
                called += [_function(ctx, "custom_function", function)]
                custom.moving, found = _by_what_moves(floats, rules)
                called += [_function(ctx, f"custom_{name}", jaxpr) for name, jaxpr in found]
            finally:
                del self.running[key]
                self.plain = None
            custom.names += called
        results = [mlir.aval_to_ir_type(ctx.module_context, aval) for aval in ctx.avals_out]
        return mlir.custom_call(
            kind, result_types=results, operands=list(args), backend_config=number,
            called_computations=called,
        ).results  # fmt: skip

    def _primitive(self, primitive: Any, ctx: Any, *args: Any, **params: Any) -> Any:
        """
        Lowers a primitive of a library that has a rule for its derivative: its ops may compute
        values only.
        """
        from jax._src.interpreters import mlir  # pyright: ignore[reportMissingImports]
        from jax.interpreters import ad  # pyright: ignore[reportMissingImports]

        avals = ctx.avals_in
        bind = functools.partial(primitive.bind, **params)
        key = primitive, str(params), str(avals)
        floats = [_is_float(a) for a in avals]

        def rules(moving: list[bool]) -> list[tuple[str, Any]]:
            def rule(*xs: Any) -> Any:
                primals, rest = xs[: len(avals)], iter(xs[len(avals) :])
                tangents = [
                    next(rest) if is_moving else ad.Zero(a.to_tangent_aval())
                    for a, is_moving in zip(avals, moving)
                ]
                values, slopes = ad.primitive_jvps[primitive](primals, tangents, **params)
                if not primitive.multiple_results:
                    values, slopes = [values], [slopes]
                slopes = [ad.instantiate_zeros(d) for v, d in zip(values, slopes) if _is_float(v)]
                return [*values, *slopes]

            try:
                return [("jvp", _program(rule, [*avals, *itertools.compress(avals, moving)]))]
            except Exception as error:
                said = str(error).strip() or type(error).__name__
                raise RuleError(f"a rule of the primitive {primitive} fails: {said}") from error

        is_plain, self.plain = self.plain == key, None
        if not is_plain and any(floats) and self._goes_on(key):
            function = None
            if key not in self.running:
                function, self.plain = _program(bind, avals), key
            try:
                return self._written(JVP, key, ctx, args, function, floats, rules)
            except RuleError as error:
                self.plain = key
                return _refused(ctx, args, _program(bind, avals), str(error))
        lowerings = mlir._platform_specific_lowerings["cpu"], mlir._lowerings
        lower = next(found[primitive].rule for found in lowerings if primitive in found)
        return lower(ctx, *args, **params)

    def _random_gamma(self, ctx: Any, key: Any, alpha: Any, **given: Any) -> Any:
        """
        Lowers random numbers of a gamma distribution. The loop that makes one tries until a number
        is good. So its derivative is not the one of the numbers by alpha, for which JAX has a rule.
        """
        from jax._src.random import core as random  # pyright: ignore[reportMissingImports]

        def rule(key: Any, alpha: Any, tangent: Any) -> Any:
            found = numbers(key, alpha)
            return found, tangent * random._gamma_grad(found, alpha, **given)

        numbers = functools.partial(random._gamma_impl, use_vmap=True, **given)
        keys, alphas = ctx.avals_in
        function = _program(numbers, [keys, alphas])
        name = "random_gamma", str(function)
        rules = [("jvp", _program(rule, [keys, alphas, alphas]))]
        return self._written(JVP, name, ctx, (key, alpha), function, [False, True], lambda _: rules)


def _by_what_moves(
    floats: list[bool], rules: Callable[[list[bool]], list[tuple[str, Any]]]
) -> tuple[list[bool], list[tuple[str, Any]]]:
    """
    The arguments that have a derivative, and the rules for these. A rule may demand that some of
    its arguments do not change. Then the others are those that it takes alone.

    Errors: `RuleError` if no such rule works.
    """
    try:
        return floats, rules(floats)
    except RuleError:
        alone: dict[int, list[tuple[str, Any]]] = {}
        for k in itertools.compress(range(len(floats)), floats):
            with suppress(RuleError):
                alone[k] = rules([j == k for j in range(len(floats))])
        moving = [k in alone for k in range(len(floats))]
        if not alone or moving == floats:
            raise
        # JAX does not trace a rule again for what moved before.
        return moving, alone.popitem()[1] if len(alone) == 1 else rules(moving)


def _foreign_primitives() -> list[Any]:
    """The primitives with a rule for their derivative that no module of JAX defines."""
    from jax.extend.core import Primitive  # pyright: ignore[reportMissingImports]
    from jax.interpreters import ad  # pyright: ignore[reportMissingImports]

    own = {
        value
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] == "jax"
        for value in list(vars(module).values())
        if isinstance(value, Primitive)
    }
    return [p for p in ad.primitive_jvps if p not in own]


def _refused(ctx: Any, args: Any, function: Any, reason: str) -> Any:
    """Lowers a call of a function that has no derivative. `backend_config` says why."""
    from jax._src.interpreters import mlir  # pyright: ignore[reportMissingImports]

    results = [mlir.aval_to_ir_type(ctx.module_context, aval) for aval in ctx.avals_out]
    return mlir.custom_call(
        REFUSED, result_types=results, operands=list(args), backend_config=reason,
        called_computations=[_function(ctx, "function", function)],
    ).results  # fmt: skip


def _of_user(rules_of: Any, call_jaxpr: Any, *args: Any, **given: Any) -> list[tuple[str, Any]]:
    """What `rules_of` gives. Errors: `RuleError` that names the function whose rule fails."""
    try:
        return rules_of(call_jaxpr, *args, **given)
    except Exception as error:
        name, said = call_jaxpr.jaxpr.debug_info.func_src_info, str(error).strip()
        raise RuleError(f"a rule of {name} fails: {said or type(error).__name__}") from error


def _stop(ctx: Any, x: Any) -> Any:
    from jax._src.interpreters import mlir  # pyright: ignore[reportMissingImports]

    return mlir.custom_call(STOP, result_types=[x.type], operands=[x]).results


def _linear_solve(ctx: Any, *args: Any, const_lengths: Any, jaxprs: Any) -> Any:
    """
    Lowers x = a⁻¹ b to a call of the function that solves. `backend_config` says how many operands
    come before b: those of which the solver is made. Those of the product with a come last.
    """
    from jax._src.interpreters import mlir  # pyright: ignore[reportMissingImports]

    start = const_lengths.matvec + const_lengths.vecmat
    solver = args[start : start + const_lengths.solve]
    operands = [*solver, *args[sum(const_lengths) :], *args[: const_lengths.matvec]]
    if jaxprs.solve.effects:
        raise RuleError("a solver of custom_linear_solve has effects")
    name = _function(ctx, "linear_solve", jaxprs.solve)
    results = [mlir.aval_to_ir_type(ctx.module_context, aval) for aval in ctx.avals_out]
    return mlir.custom_call(
        SOLVE, result_types=results, operands=operands, backend_config=str(len(solver)),
        called_computations=[name],
    ).results  # fmt: skip


def _is_float(aval: Any) -> bool:
    import jax.numpy as jnp  # pyright: ignore[reportMissingImports]

    return bool(jnp.issubdtype(aval.dtype, jnp.inexact))


def _jvp_rules(
    call_jaxpr: Any, moving: list[bool], jvp_jaxpr_fun: Any, num_consts: int, **_: Any
) -> list[tuple[str, Any]]:
    """The rule: it takes values and tangents of those that move, and gives tangents of floats."""
    import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
    from jax._src import core, custom_derivatives  # pyright: ignore[reportMissingImports]

    lifted = custom_derivatives.lift_jvp(num_consts, jvp_jaxpr_fun)
    zero = custom_derivatives.SymbolicZero  # pyright: ignore[reportPrivateImportUsage]

    def rule(*xs: Any) -> Any:
        primals, rest = xs[: len(moving)], iter(xs[len(moving) :])
        tangents = [
            next(rest) if is_moving else zero(aval.to_tangent_aval())
            for is_moving, aval in zip(moving, call_jaxpr.in_avals)
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

    avals = [*call_jaxpr.in_avals, *itertools.compress(call_jaxpr.in_avals, moving)]
    found = _program(rule, avals)
    if any(isinstance(c, core.Tracer) for c in found.consts):
        raise RuleError(CAPTURES)
    return [("jvp", found)]


def _vjp_rules(
    call_jaxpr: Any, moving: list[bool], fwd_jaxpr_thunk: Any, num_consts: int, bwd: Any,
    out_trees: Any, **_: Any,
) -> list[tuple[str, Any]]:  # fmt: skip
    """
    The forward rule, which gives the values and then what the backward rule needs; and the backward
    rule, from this and the cotangents of floats to cotangents of floats.
    """
    import jax  # pyright: ignore[reportMissingImports]
    import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
    from jax._src import core  # pyright: ignore[reportMissingImports]
    from jax.interpreters import ad  # pyright: ignore[reportMissingImports]

    arguments = call_jaxpr.in_avals[num_consts:]
    jaxpr, consts = fwd_jaxpr_thunk.call_wrapped(*moving[num_consts:])
    if any(isinstance(c, core.Tracer) for c in consts):
        raise RuleError(CAPTURES)
    _, residuals_tree, forwarded = out_trees()
    count = residuals_tree.num_leaves - sum(k is not None for k in forwarded)
    pruned = iter(jaxpr.outvars[:count])
    # Numbers that do not depend on the arguments. The backward rule may need them in Python.
    known = [getattr(next(pruned), "val", None) if k is None else None for k in forwarded]

    def forward(*xs: Any) -> Any:
        found = core.eval_jaxpr(jaxpr, consts, *xs[num_consts:])
        pruned = iter(found[:count])
        residuals = [next(pruned) if k is None else xs[k] for k in forwarded]
        return [*found[count:], *(r for r, value in zip(residuals, known) if value is None)]

    zeros = (ad.Zero, jax.custom_derivatives.SymbolicZero)

    def backward(*xs: Any) -> Any:
        rest = iter(xs)
        residuals = [next(rest) if value is None else value for value in known]
        cotangents = [
            next(rest) if _is_float(a) else np.zeros(a.shape, jax.dtypes.float0)
            for a in call_jaxpr.out_avals
        ]
        found = bwd.call_wrapped(*residuals, *cotangents)
        return [
            jnp.zeros(a.shape, a.dtype) if isinstance(ct, zeros) else ct
            for a, ct in zip(arguments, found, strict=True)
            if _is_float(a)
        ]

    first = _program(forward, call_jaxpr.in_avals)
    values = len(call_jaxpr.out_avals)
    given = [*first.out_avals[values:], *filter(_is_float, call_jaxpr.out_avals)]
    return [("forward", first), ("backward", _program(backward, given))]


def _program(function: Any, avals: Any) -> Any:
    """A function of JAX's as a program for arguments of these types."""
    import jax  # pyright: ignore[reportMissingImports]

    return jax.make_jaxpr(function)(*(jax.ShapeDtypeStruct(a.shape, a.dtype) for a in avals))


def _function(ctx: Any, name: str, jaxpr: Any) -> str:
    """A new function of the module that JAX lowers."""
    from jax._src.interpreters import mlir  # pyright: ignore[reportMissingImports]

    function = mlir.lower_jaxpr_to_fun(
        ctx.module_context, name, jaxpr, [], num_const_args=0, in_avals=jaxpr.in_avals
    )
    return function.name.value


# In the conversion.


def free_solvers(module: ModuleOp) -> None:
    """
    stop_gradient(a), of which only solvers of linear systems are made  →  a

    JAX makes the factors of a matrix of `stop_gradient(a)`, because its rule for a⁻¹ b asks the
    product with `a` for the derivative. letgrad differentiates the factors.
    """
    solves = {op: int(Source(op).word("backend_config")) for op in module.walk() if _is(op, SOLVE)}

    def ends_in_solvers(op: Operation) -> bool:
        return all(
            use.index < solves[use.operation]
            if use.operation in solves
            else use.operation.parent is op.parent
            and bool(use.operation.results)
            and ends_in_solvers(use.operation)
            for result in op.results
            if types.is_float(types.part(types.element(result.type)))
            for use in result.uses
        )

    for op in list(module.walk()):
        if solves and _is(op, STOP) and ends_in_solvers(op):
            Rewriter.replace_op(op, [], [op.operands[0]])


def _is(op: Operation, target: str) -> bool:
    call = Source(op)
    return call.name == "stablehlo.custom_call" and call.word("call_target_name") == target


@target(SOLVE)
def solve_target(call: Call, *xs: Array) -> Any:
    """custom_call @letgrad.linear_solve(lu, b)  →  the ops that solve"""
    (name,) = call.need("called_computations").data  # type: ignore[attr-defined]
    function = call.evaluator.functions[name.string_value()]
    return call.evaluator.call(function, xs[: len(function.body.block.args)], call.op)


@target(REFUSED)
def refused_target(call: Call, *xs: Array) -> Any:
    """custom_call @letgrad.no_derivative(x)  →  the function of delta.stop(x) with a reason"""
    (name,) = call.need("called_computations").data  # type: ignore[attr-defined]
    reason = call.word("backend_config")
    given = [_held(x, reason) for x in xs]
    return call.evaluator.call(call.evaluator.functions[name.string_value()], given, call.op)


@target(STOP)
def stop_target(call: Call, x: Array) -> Any:
    """custom_call @letgrad.stop_gradient(x)  →  delta.stop"""
    return stop_gradient(x) if x.dtype.kind not in "iub" else x


@target(JVP)
def jvp_target(call: Call, *xs: Array) -> Any:
    """custom_call @letgrad.custom_jvp(x)  →  delta.custom_jvp of the function and its rule"""
    number, customs = call.word("backend_config"), call.evaluator.customs
    if number not in customs:
        primal, rule = _functions(call)
        count = len(call.op.results)
        moving = _custom(call).moving

        def derivative(primals: Any, tangents: Any) -> Any:
            given = itertools.compress(tangents, moving)
            out = rule(*primals, *given)
            values, rest = out[:count], iter(out[count:])
            derivatives = [next(rest) if _has_tangent(v) else v for v in values]
            return tuple(values), tuple(derivatives)

        customs[number] = custom_jvp(primal)
        customs[number].defjvp(derivative)
    return _applied(call, customs[number], xs)


@target(VJP)
def vjp_target(call: Call, *xs: Array) -> Any:
    """custom_call @letgrad.custom_vjp(x)  →  delta.custom_vjp of the function and its rules"""
    number, customs = call.word("backend_config"), call.evaluator.customs
    if number not in customs:
        primal, forward, backward = _functions(call)
        count = len(call.op.results)
        floats = [_has_tangent(x) for x in xs]

        lead = sum(floats) - len(call.evaluator.functions[_names(call)[2]].function_type.outputs)
        hidden = [x for x, is_float in zip(xs, floats) if is_float][:lead]
        if any(known_array(x) is None for x in hidden):
            raise NotConvertible(f"a rule has no cotangent for all it reads: {CAPTURES}")

        def first(*xs: Any) -> Any:
            out = forward(*xs)
            return tuple(out[:count]), tuple(out[count:])

        def second(residuals: Any, cotangents: Any) -> Any:
            given = [ct for ct in cotangents if _has_tangent(ct)]
            # The first operands are tables that the function reads beside its arguments.
            found = iter([*[None] * lead, *backward(*residuals, *given)])
            return tuple(next(found) if is_float else None for is_float in floats)

        customs[number] = custom_vjp(primal)
        customs[number].defvjp(first, second)
    return _applied(call, customs[number], xs)


def _applied(call: Call, custom: Callable[..., Any], xs: Sequence[Array]) -> list[Array]:
    """
    A function with rules, of these arguments. Those that its rule takes as values must not change.
    If letgrad has an op of the rule not, the values are there, and no derivative.
    """
    moving = _custom(call).moving
    try:
        return list(custom(*(x if m else _held(x, HELD) for x, m in zip(xs, moving))))
    except LetgradError as error:
        primal = _functions(call)[0]
        return list(primal(*(_held(x, f"a rule of this function fails: {error}") for x in xs)))


def _held(x: Array, reason: str) -> Array:
    return emit(delta.StopOp, use(x), reason) if _has_tangent(x) else x


def _functions(call: Call) -> list[Any]:
    """The function of a call and its rules, as functions of arrays."""
    evaluator = call.evaluator

    def function(name: str) -> Any:
        def run(*xs: Array) -> Any:
            # A rule has a program of its own. So a function that it calls may be one that calls
            # the function with this rule.
            outer, evaluator.calling = evaluator.calling, []
            try:
                return tuple(evaluator.call(evaluator.functions[name], xs, call.op))
            finally:
                evaluator.calling = outer

        run.__name__ = name
        return run

    return [function(name) for name in _names(call)]


def _names(call: Call) -> list[str]:
    """The names of the function of a call and of its rules."""
    return _custom(call).names


def _custom(call: Call) -> Custom:
    return call.evaluator.of_user[call.word("backend_config")]


def _has_tangent(x: Array) -> bool:
    return x.dtype.kind not in "iub"
