"""
`linearize` and `linear_transpose`: linear functions as functions of their own.

The derivative of a function in forward mode is one program of points and tangents. `linearize` cuts
it in two: the ops that read no tangent run once, and the linear function gets their values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import FunctionType, ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.traits import ConstantLike

from ...dialects import host, types
from ...dialects.ten import call_counts
from ...dialects.walking import ops_in
from ...lowering import backends
from ...passes.rewriting import effects
from ...passes.rewriting.driver import run_passes
from ...passes.sharing.cse import CsePass
from ...passes.simplify.canonicalize import CanonicalizePass
from .. import api, pytree, static_arguments
from ..traced_functions import Spec, Traced, functions_of, known_ints, spec_of
from ..user_code import located
from .derivatives import (
    Memo,
    Pullback,
    _without_aux,
    apply,
    apply_primal,
    cast_like,
    check_called_once,
    derive,
    is_float,
    zero_of,
)

__all__ = ["linear_transpose", "linearize"]


class Linear:
    """
    The derivative of a function at a point, which `linearize` gives: from one tangent for each
    argument to the derivative of the value in this direction.
    """

    def __init__(
        self, traced: Traced, linear: Traced | None, residuals: Sequence[Any], has_aux: bool
    ):
        self.traced, self.linear, self.residuals = traced, linear, residuals
        self.has_aux = has_aux

    def __call__(self, *tangents: Any) -> Any:
        traced = self.traced
        wanted = traced.in_tree.children[0]
        given = tuple(
            child.value if child.kind == "static" else t
            for child, t in zip(wanted.children, tangents)
        )
        given += tuple(tangents[len(given) :])
        if len(given) != len(wanted.children):
            raise located(
                TypeError,
                f"the linear function takes {len(wanted.children)} tangents, one for each "
                f"argument, and not {len(given)}",
            )
        static = [_static(child, t) for child, t in zip(wanted.children, given)]
        leaves, tree = pytree.flatten(tuple(static))
        if (difference := wanted.difference(tree)) is not None:
            raise located(
                TypeError, f"the tangents have another structure than the arguments: {difference}"
            )
        wrt = [i for i, t in enumerate(traced.in_types[: len(leaves)]) if is_float(t)]
        ts = cast_like([leaves[i] for i in wrt], [traced.in_types[i] for i in wrt], "a tangent")
        found: list[Any] = []
        if self.linear is not None:
            found = apply(self.linear, (), [*self.residuals, *ts], [])
        pushed = iter(found)
        derivatives = [
            next(pushed) if is_float(t) and self.linear is not None else zero_of(t)
            for t in traced.out_types
        ]
        value = traced.out_tree.unflatten(derivatives)
        return value[0] if self.has_aux else value


def _static(child: pytree.Tree, value: Any) -> Any:
    return pytree.Static(child.value) if child.kind == "static" else value


def linearize(
    fn: Callable[..., Any],
    *primals: Any,
    has_aux: bool = False,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Any:
    """
    `value, f_lin = linearize(fn, *primals)`: the value of `fn`, and its derivative at this point as
    a function.

    `f_lin(*tangents)` is `jvp(fn, primals, tangents)[1]`. All that does not depend on the tangents
    is computed once, when `linearize` is called. A call of `f_lin` does the linear rest. Tangents
    of arguments that are no floats do not matter. With `has_aux`, `fn` gives `(value, anything)`,
    and the result is `(value, f_lin, anything)`.

        value, f_lin = lg.linearize(f, x)
        columns = [f_lin(e) for e in np.eye(len(x))]
    """
    fn = static_arguments.with_statics(fn, static_argnums, static_argnames)
    args, _ = known_ints(fn, primals, {})
    traced, known, leaves = Memo(fn).traced(args, {})
    results = apply_primal(traced, leaves)
    wrt = tuple(i for i, t in enumerate(traced.in_types[: len(leaves)]) if is_float(t))
    linear: Traced | None = None
    residuals: list[Any] = []
    if wrt:
        key = "linearize", wrt
        if key not in known:
            derived = derive(traced, known, wrt, "forward", False)
            known[key] = _cut(derived, len(traced.in_types))  # type: ignore[assignment]
        before, linear = known[key]  # type: ignore[misc]
        residuals = apply(before, traced.captures, leaves, [])
    function = Linear(traced, linear, residuals, has_aux)
    if has_aux:
        value, aux = _without_aux(traced, results)
        return value, function, aux
    return traced.out_tree.unflatten(results), function


def _cut(derived: Traced, points: int) -> tuple[Traced, Traced]:
    """
    The two halves of a derivative in forward mode, whose first arguments are `points`: from the
    points to the residuals, and from the residuals and the tangents to the derivatives.
    """
    before = derived.module.clone()
    run_passes(backends.context(), before, (CanonicalizePass(), CsePass()))
    after = before.clone()
    first, second = (functions_of(m)[derived.entry] for m in (before, after))
    linear = _linear_ops(first, points)
    places = {op: k for k, op in enumerate(first.body.block.ops)}
    again = [op for op in first.body.block.ops if op not in linear and _is_free(op)]
    crossing = _crossing(first, linear, set(again))
    ops_after = list(second.body.block.ops)
    there: list[SSAValue] = []
    for value in crossing:
        owner = value.owner
        if isinstance(owner, Operation):
            there.append(ops_after[places[owner]].results[value.index])  # type: ignore[attr-defined]
        else:
            there.append(second.body.block.args[value.index])  # type: ignore[attr-defined]
    kept = {ops_after[places[op]] for op in (*linear, *again)}
    _keep_first(first, crossing, linear, points)
    _keep_second(second, there, kept, points)
    residual_types = tuple(value.type for value in crossing)
    tree = pytree.flatten(())[1]
    return (
        Traced(before, derived.entry, tree, tree, derived.in_types[:points], residual_types),
        Traced(
            after,
            derived.entry,
            tree,
            tree,
            (*residual_types, *derived.in_types[points:]),
            derived.out_types,
        ),
    )


def _linear_ops(function: func.FuncOp, points: int) -> set[Operation]:
    """The ops of the body that depend on a tangent, and the return."""
    block = function.body.block
    depends: set[SSAValue] = set(block.args[points:])
    found: set[Operation] = set()
    for op in block.ops:
        reads = any(x in depends for each in ops_in(op) for x in each.operands)
        if reads or effects.is_terminator(type(op)):
            found.add(op)
            depends.update(op.results)
    return found


def _is_free(op: Operation) -> bool:
    """Whether both halves may compute an op: a constant."""
    return op.has_trait(ConstantLike)


def _crossing(
    function: func.FuncOp, linear: set[Operation], again: set[Operation]
) -> list[SSAValue]:
    """The values that linear ops read and that others define, once each."""
    block = function.body.block
    found: dict[SSAValue, None] = {}
    n = len(function.function_type.inputs)
    for op in block.ops:
        if op not in linear:
            continue
        for each in ops_in(op):
            for x in each.operands:
                owner = x.owner
                if owner is block and x.index < n:  # type: ignore[attr-defined]
                    found.setdefault(x)
                elif isinstance(owner, Operation) and owner.parent is block:
                    if owner not in linear and owner not in again:
                        found.setdefault(x)
    return list(found)


def _keep_first(
    function: func.FuncOp, results: list[SSAValue], linear: set[Operation], points: int
) -> None:
    block = function.body.block
    results[:] = [x for x in results if not (x.owner is block and x.index >= points)]  # type: ignore[attr-defined]
    for op in reversed([op for op in block.ops if op in linear]):
        op.detach()
        op.erase()
    # The function that gave the value has printed already.
    for op in list(block.ops):
        if isinstance(op, host.EFFECTS) and not op.results:
            op.detach()
            op.erase()
    begin = next((op for op in block.ops if isinstance(op, host.BeginOp)), None)
    if begin is not None:
        call_counts.forget(block, begin.count)
    block.add_op(func.ReturnOp(*results))
    for argument in reversed(block.args[points:]):
        block.erase_arg(argument)
    function.function_type = FunctionType.from_lists(
        [a.type for a in block.args], [x.type for x in results]
    )
    if begin is not None:
        module = function.parent_op()
        assert isinstance(module, ModuleOp)
        run_passes(backends.context(), module, (CanonicalizePass(),))
        check_called_once(function)


def _keep_second(
    function: func.FuncOp, residuals: list[SSAValue], kept: set[Operation], points: int
) -> None:
    block = function.body.block
    tangents = list(block.args[points:])
    residuals = [x for x in residuals if x not in tangents]
    old = list(block.args[:points])
    for k, value in enumerate(residuals):
        argument = block.insert_arg(value.type, points + k)
        argument.name_hint = value.name_hint
        value.replace_all_uses_with(argument)
    for op in reversed([op for op in block.ops if op not in kept]):
        op.detach()
        op.erase(safe_erase=False)
    for argument in reversed(old):
        block.erase_arg(argument)
    outputs = list(function.function_type.outputs)
    function.function_type = FunctionType.from_lists([a.type for a in block.args], outputs)


def linear_transpose(fn: Callable[..., Any], *specs: Any) -> Callable[..., tuple[Any, ...]]:
    """
    The transpose of a linear function: from a cotangent of the value to a tuple with one cotangent
    for each argument.

    `specs` are arrays, numbers or `lg.spec`s, which say the shapes and dtypes of the arguments.
    `fn` is linear in all of them together: `fn(x + y) = fn(x) + fn(y)`.

        transpose = lg.linear_transpose(lambda x: A @ x, lg.spec(3))
        (x_bar,) = transpose(y_bar)        A.T @ y_bar

    Errors: `TypeError` for a function that is not linear, or for arguments or values that are no
            floats.
    """
    args, _ = known_ints(fn, specs, {})
    traced, known, leaves = Memo(fn).traced(args, {})
    for what, given in (("argument", traced.in_types[: len(leaves)]), ("value", traced.out_types)):
        for type in given:
            if not is_float(type):
                raise located(TypeError, f"lg.linear_transpose needs floats, not the {what} {type}")
    wrt = tuple(range(len(leaves)))
    key = "is linear", wrt
    if wrt and key not in known:
        _check_linear(traced, known, wrt)
        known[key] = traced
    zeros = [zero_of(t) for t in traced.in_types[: len(leaves)]]
    pullback = Pullback(traced, known, args, zeros)

    def transposed(cotangent: Any) -> tuple[Any, ...]:
        return pullback(cotangent)

    return transposed


def _check_linear(traced: Traced, known: dict[Any, Traced], wrt: tuple[int, ...]) -> None:
    """
    Errors: `TypeError` if the derivative of a function depends on the point, or if the function is
            not its own derivative at a point.
    """
    derived = derive(traced, known, wrt, "forward", False)
    module = derived.module.clone()
    run_passes(backends.context(), module, (CanonicalizePass(), CsePass()))
    arguments = functions_of(module)[derived.entry].body.block.args[: len(wrt)]
    depends = [k for k, a in enumerate(arguments) if a.first_use is not None]
    if depends:
        raise located(
            TypeError,
            f"lg.linear_transpose needs a linear function, and the derivative of {traced.entry} "
            f"depends on the argument {traced.in_tree.paths()[depends[0]][3:]}",
        )
    if traced.captures:
        return  # The values around the function are not known yet.
    draws = np.random.default_rng(0)
    point = [_drawn(draws, spec_of(Spec(*_shape_of(t)))) for t in traced.in_types]
    zeros = [np.zeros_like(x) for x in point]
    values = api.run(traced, point)
    expected = api.run(derived, [*zeros, *point])
    for value, other, kind in zip(values, expected, traced.out_types):
        size = max(1.0, float(np.max(np.abs(np.asarray(other, np.complex128)), initial=0.0)))
        eps = 2.0**-7 if _bits(kind) <= 16 else 1e-3 if _bits(kind) == 32 else 1e-9
        close = np.abs(np.asarray(value, np.complex128) - np.asarray(other, np.complex128))
        if not np.all(close <= 8 * eps * size):
            raise located(
                TypeError,
                f"lg.linear_transpose needs a linear function, and {traced.entry} is not: it "
                "differs from its own derivative",
            )


def _shape_of(type: Any) -> tuple[tuple[int, ...], np.dtype]:
    return types.shape(type), api.arrays.dtype(type)


def _bits(type: Any) -> int:
    dtype = _shape_of(type)[1]
    return dtype.itemsize * (4 if dtype.kind == "c" else 8)


def _drawn(draws: np.random.Generator, spec: Spec) -> np.ndarray:
    numbers = draws.standard_normal(spec.shape)
    if spec.dtype.kind == "c":
        numbers = numbers + 1j * draws.standard_normal(spec.shape)
    return np.asarray(numbers).astype(spec.dtype)
