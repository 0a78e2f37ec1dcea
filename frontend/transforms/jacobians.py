"""
Jacobians and Hessians: derivatives in all directions, as one batch.

A Jacobian is a build over the directions of one pullback or pushforward, and passes vectorize this
build. The size of its program does not depend on shapes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.ir import Attribute

from ...dialects import arrays, types
from ...lowering import backends
from ...passes.pipelines import bulk_passes
from ...passes.rewriting.driver import run_passes
from .. import ops, static_arguments
from ..traced_functions import Spec, Traced, inline, known_ints, trace_function
from ..tracing import Array
from ..user_code import located
from .derivatives import (
    Memo,
    Mode,
    apply,
    check_holomorphic,
    derive,
    float_leaves,
    grad,
    in_structure,
    is_complex,
    is_float,
    jvp,
    numbers_of,
    positions,
    zero_of,
)

__all__ = ["hessian", "hvp", "jacfwd", "jacrev"]


def jacobian_of(traced: Traced, derived: Traced, wrt: Sequence[int], mode: Mode) -> Traced:
    """
    The Jacobian of a traced function by the leaves at `wrt`, from its derivative in that mode.

    The Jacobian takes the arguments of the function, captures included. For each result it gives
    one array per leaf. The array has the shape of the result followed by the shape of the leaf. One
    build over all directions computes the derivatives, and passes then vectorize this build.
    """
    inputs, outputs = [traced.in_types[i] for i in wrt], traced.out_types
    reverse = mode == "reverse"

    def jacobian(*arguments: Array) -> list[list[Any]]:
        parts: dict[tuple[int, int], Any] = {}
        seeds, given = (outputs, inputs) if reverse else (inputs, outputs)
        for k in range(len(seeds)):
            rows = _over_basis(derived, arguments, seeds, k, given)
            for j, row in enumerate(rows):
                row = row if reverse else np.moveaxis(row, 0, -1)
                place = (k, j) if reverse else (j, k)
                shape = types.shape(outputs[place[0]]) + types.shape(inputs[place[1]])
                parts[place] = np.reshape(row, shape)
        return [[parts[k, j] for j in range(len(inputs))] for k in range(len(outputs))]

    specs = [Spec(types.shape(t), arrays.dtype(t)) for t in traced.in_types]
    result = trace_function(jacobian, specs, name=f"{traced.entry}_jacobian")
    run_passes(backends.context(), result.module, bulk_passes())
    return result


def _over_basis(
    derived: Traced,
    arguments: Sequence[Array],
    seeds: Sequence[Attribute],
    k: int,
    given: Sequence[Attribute],
) -> list[Any]:
    """
    The results of `derived` for each one-hot array as the k-th seed; the other seeds are zero. The
    results have the types `given` with one more dimension in front.
    """
    shape, dtype, n = types.shape(seeds[k]), arrays.dtype(seeds[k]), types.size(seeds[k])
    zeros = [ops.lift(zero_of(t)) for t in seeds]

    def towards(i: Any) -> list[Array]:
        one = np.reshape(np.equal(np.arange(n), i), shape).astype(dtype)
        return inline(derived, [*arguments, *zeros[:k], ops.lift(one), *zeros[k + 1 :]])

    if not shape:
        return [np.reshape(y, (1, *y.shape)) for y in towards(0)]
    rows: list[Any] = [None] * len(given)
    for kind in dict.fromkeys(types.element(t) for t in given):
        # A build gives one array, so this one joins all results of one dtype.
        members = [j for j, t in enumerate(given) if types.element(t) == kind]

        def element(i: Array, members: list[int] = members) -> Any:
            results = towards(i)
            return np.concatenate([np.ravel(results[j]) for j in members])

        joined = ops.build((n,), element)
        start = 0
        for j in members:
            size = types.size(given[j])
            part = joined[:, start : start + size]
            rows[j] = np.reshape(part, (n, *types.shape(given[j])))
            start += size
    return rows


def _jacobian(
    fn: Callable[..., Any],
    argnums: int | Sequence[int],
    mode: Mode,
    holomorphic: bool,
    static_argnums: int | Sequence[int],
    static_argnames: str | Sequence[str],
) -> Any:
    fn = static_arguments.with_statics(fn, static_argnums, static_argnames)
    memo = Memo(fn)
    nums = numbers_of(argnums)

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = known_ints(fn, args, kwargs)
        groups = positions(args, kwargs, nums)
        traced, known, leaves = memo.traced(args, kwargs)
        wrt = tuple(float_leaves(traced, groups, "a Jacobian", leaves))
        check_floats(traced)
        if holomorphic:
            check_holomorphic(traced, wrt, "a Jacobian")
        else:
            _check_real(traced, wrt, mode)
        found: list[Any] = []
        if wrt:
            key = "jacobian", wrt, mode
            if key not in known:
                derived = derive(traced, known, wrt, mode, False)
                known[key] = jacobian_of(traced, derived, wrt, mode)
            found = apply(known[key], traced.captures, leaves, [])
        rows = [found[k * len(wrt) : (k + 1) * len(wrt)] for k in range(len(traced.out_types))]
        return traced.out_tree.unflatten(
            in_structure(args, argnums, groups, dict(zip(wrt, row))) for row in rows
        )

    return wrapper


def jacrev(
    fn: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    holomorphic: bool = False,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Callable[..., Any]:
    """
    A function that gives the Jacobian of `fn` by reverse mode: one pullback for each element of the
    value, all in one batch.

    The result has the structure of the value. In the place of each leaf stands the structure of the
    argument at `argnums`, or a tuple of structures if `argnums` is a sequence. The arrays have the
    shape of the value followed by the shape of the argument. `jacrev` is cheaper than `jacfwd` if
    the value is smaller than the argument.

    Without `holomorphic`, the values of `fn` are real, and its arguments may be complex. With it,
    both are complex.
    Errors: `TypeError` for arguments or values that are not floats.
    """
    return _jacobian(fn, argnums, "reverse", holomorphic, static_argnums, static_argnames)


def jacfwd(
    fn: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    holomorphic: bool = False,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Callable[..., Any]:
    """
    A function that gives the Jacobian of `fn` by forward mode: one pushforward for each element of
    the arguments at `argnums`, all in one batch.

    `jacfwd` and `jacrev` give the same result. `jacfwd` is cheaper if the argument is smaller than
    the value.

    Without `holomorphic`, the arguments of `fn` are real, and its values may be complex. With it,
    both are complex.
    """
    return _jacobian(fn, argnums, "forward", holomorphic, static_argnums, static_argnames)


def _check_real(traced: Traced, wrt: Sequence[int], mode: Mode) -> None:
    """
    Errors: `TypeError` for a complex value in reverse mode, or for a complex argument in forward
            mode. One row of the Jacobian would not say how the real and the imaginary part change.
    """
    types_ = traced.out_types if mode == "reverse" else [traced.in_types[i] for i in wrt]
    for type in types_:
        if is_complex(type):
            what, name = ("values", "jacrev") if mode == "reverse" else ("arguments", "jacfwd")
            raise located(
                TypeError,
                f"lg.{name} needs real {what}, and {traced.entry} has {type}; for a holomorphic "
                "function pass holomorphic=True, and for other functions use lg.vjp or lg.jvp",
            )


def check_floats(traced: Traced) -> None:
    for path, type in zip(traced.out_tree.paths(), traced.out_types):
        if not is_float(type):
            raise located(
                TypeError,
                f"a Jacobian needs floats, and the value{path} of {traced.entry} is {type}",
            )


def hessian(
    fn: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    holomorphic: bool = False,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Callable[..., Any]:
    """
    A function that gives the Hessian of `fn`: forward mode over the Jacobian of reverse mode,
    `jacfwd(jacrev(fn))`.
    """
    fn = static_arguments.with_statics(fn, static_argnums, static_argnames)
    return jacfwd(jacrev(fn, argnums, holomorphic), argnums, holomorphic)


def hvp(fn: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """
    The Hessian of a scalar function times `tangents`: the derivative of the gradient in the
    direction of `tangents`.

    `hvp` costs as much as a few evaluations of `fn`, for arguments of any size. For one primal, the
    result has the structure of that primal. For several primals, the result is a tuple.
    """
    primals = tuple(primals)
    nums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    return jvp(grad(fn, nums), primals, tangents)[1]
