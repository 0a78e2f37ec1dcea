"""
`vmap`: a function of one example becomes a function of many.

letgrad traces the function for one example. The batch rules (`passes/vectorize`) then give one more
leading dimension to each op that depends on a mapped argument.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...passes.general.store_types import store_own_types
from ...passes.vectorize import batched_function
from .. import pytree, static_arguments, tracing, unsigned
from ..traced_functions import Spec, Traced, functions_of, known_ints, refuse_writes, spec_of
from ..user_code import located
from .derivatives import Memo, apply

__all__ = ["vmap"]

Axes = Any
"""An axis, None for arguments that `vmap` does not map over, or containers of these."""


def vmap(
    fn: Callable[..., Any],
    in_axes: Axes = 0,
    out_axes: Axes = 0,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Callable[..., Any]:
    """
    A version of `fn` that takes many examples at once, along an axis of its arguments, as in JAX.

    `in_axes` names the axis of each array that holds the examples. An int names one axis for all
    arrays. None means that every example gets the whole argument. A tuple has one entry for each
    positional argument; an entry may be a container with the outer structure of the argument.
    Keyword arguments have their examples along the first axis. `out_axes` says in the same way
    where the value of `fn` gets the new axis; None means a result that is the same for all
    examples. If the condition of `lg.cond` differs between examples, the program computes both
    branches. Arguments in `static_argnums` and `static_argnames` stay Python values, and have no
    axis.
    Errors: `ValueError` for axes that do not fit the arguments, for sizes that differ, or if no
            argument has examples; `TypeError` for containers that do not fit.
    """
    fn = static_arguments.with_statics(fn, static_argnums, static_argnames)
    memo = Memo(fn)

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = known_ints(fn, args, kwargs)
        leaves, tree = pytree.flatten((args, kwargs))
        positional, keywords = tree.children
        given = _spread(in_axes if not isinstance(in_axes, list) else tuple(in_axes), positional)
        axes = [*_checked(given, leaves, tree.paths(), "in_axes"), *[0] * keywords.size]
        n = _size(leaves, axes, tree.paths())
        one = [_without(leaf, axis) for leaf, axis in zip(leaves, axes)]
        traced, derived, _ = memo.traced(*known_ints(fn, *tree.unflatten(one)))
        refuse_writes(traced, "lg.vmap")
        known: dict[Any, Any] = derived

        mapped = tuple(axis is not None for axis in axes)
        key = "vmap", mapped, n
        if key not in known:
            known[key] = batched(traced, (*mapped, *[False] * len(traced.captures)), n)
        many, whole = known[key]
        moved = [
            leaf if axis in (None, 0) else np.moveaxis(_array(leaf), axis, 0)
            for leaf, axis in zip(leaves, axes)
        ]
        results = apply(many, traced.captures, moved, [])
        places = _spread(out_axes, traced.out_tree, "out_axes")
        paths = traced.out_tree.paths()
        return traced.out_tree.unflatten(
            _placed(value, spread, place, n, path)
            for value, spread, place, path in zip(results, whole, places, paths)
        )

    return wrapper


def batched(traced: Traced, mapped: Sequence[bool], n: int) -> tuple[Traced, tuple[bool, ...]]:
    """The traced function with one more dimension; for each result, whether it has that one."""
    module = traced.module.clone()
    store_own_types(module)
    functions = functions_of(module)
    name = f"{traced.entry}_batched"
    while name in functions:
        name += "_"
    function, whole = batched_function(module, functions[traced.entry], mapped, (n,), name)
    function.properties.pop("sym_visibility")
    old = functions[traced.entry]
    old.detach()
    old.erase()
    types = function.function_type
    inputs, outputs = (
        tuple(map(unsigned.like, given, read))
        for given, read in (
            (types.inputs.data, traced.in_types),
            (types.outputs.data, traced.out_types),
        )
    )
    return Traced(module, name, traced.in_tree, traced.out_tree, inputs, outputs), whole


def _spread(prefix: Axes, tree: pytree.Tree, name: str = "in_axes", path: str = "") -> list[Any]:
    """One axis for each leaf of `tree`. `prefix` has the outer containers of `tree`."""
    if prefix is None or isinstance(prefix, int | np.integer):
        return [prefix] * tree.size
    if tree.kind == "static":
        return []
    parts = tree.parts(prefix)
    if parts is None:
        raise located(TypeError, f"{name}{path} is {prefix!r}, which does not fit {tree}")
    return [
        axis
        for i, (part, child) in enumerate(zip(parts, tree.children))
        for axis in _spread(part, child, name, path + tree._step(i))
    ]


def _checked(
    axes: Sequence[Any], leaves: Sequence[Any], paths: Sequence[str], name: str
) -> list[int | None]:
    """
    The axes, counted from the front. Errors: `ValueError` for an axis that an array does not have.
    """
    found: list[int | None] = []
    for axis, leaf, path in zip(axes, leaves, paths):
        rank = len(spec_of(leaf).shape)
        if axis is not None and not -rank <= axis < rank:
            raise located(
                ValueError,
                f"{name} names axis {axis} of argument {path[3:]}, which has {rank} dimensions",
            )
        found.append(None if axis is None else int(axis) % rank)
    return found


def _size(leaves: Sequence[Any], axes: Sequence[int | None], paths: Sequence[str]) -> int:
    """The size of the mapped axes. Errors: `ValueError` for different sizes, or no mapped axis."""
    sizes: dict[int, str] = {}
    for leaf, axis, path in zip(leaves, axes, paths):
        if axis is not None:
            sizes.setdefault(spec_of(leaf).shape[axis], path[3:])
    if len(sizes) > 1:
        shown = ", ".join(f"{n} of {path}" for n, path in sizes.items())
        raise located(ValueError, f"the mapped axes have different sizes: {shown}")
    if not sizes:
        raise located(ValueError, "lg.vmap needs at least one argument with an axis to map over")
    return next(iter(sizes))


def _without(leaf: Any, axis: int | None) -> Any:
    """The shape and dtype of the part of an argument that one example gets."""
    spec = spec_of(leaf)
    if axis is None:
        return spec
    return Spec((*spec.shape[:axis], *spec.shape[axis + 1 :]), spec.dtype)


def _array(leaf: Any) -> Any:
    return leaf if isinstance(leaf, tracing.Array) else np.asarray(leaf)


def _placed(value: Any, spread: bool, place: Any, n: int, path: str) -> Any:
    """A result with its new axis at `place`; a result that all examples share is repeated."""
    if place is None:
        if spread:
            raise located(
                ValueError,
                f"out_axes is None for the value{path}, but this value differs between examples",
            )
        return value
    rank = np.ndim(value) + (not spread)
    if not -rank <= place < rank:
        raise located(
            ValueError,
            f"out_axes names axis {place} of the value{path}, which has {rank} dimensions",
        )
    if not spread:
        value = np.broadcast_to(_array(value), (n, *np.shape(value)))
    return np.moveaxis(_array(value), 0, place) if place % rank else value
