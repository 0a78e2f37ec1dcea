"""
`vmap`: a function of one example becomes a function of many.

The function is traced for one example; the batch rules (`passes/vectorize.py`) then give each op
that depends on a mapped argument one more leading dimension.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..passes.vectorize import batched_function
from . import pytree, tracing
from .derivatives import Memo, apply
from .traced_functions import Spec, Traced, functions_of, spec_of
from .tracing import located

__all__ = ["vmap"]

Axes = Any
"""An axis, None for what is not mapped, or containers of these."""


def vmap(fn: Callable[..., Any], in_axes: Axes = 0, out_axes: Axes = 0) -> Callable[..., Any]:
    """
    `fn`, applied along an axis of its arguments at once, as in JAX.

    `in_axes` says which axis of each array is mapped over: an int for all; None for what every
    example gets whole; or a tuple with an entry per positional argument, each of which may be
    containers as far as the argument is. Keyword arguments are mapped over their first axis.
    `out_axes` says in the same way, for the value of `fn`, where the new axis goes; None for a
    result that is the same for all examples. A condition of `lg.cond` that is mapped over makes it
    compute both branches.
    Errors: `ValueError` for axes that do not fit the arguments, sizes that differ, or nothing to
            map over; `TypeError` for containers that do not fit.
    """
    memo = Memo(fn)

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        leaves, tree = pytree.flatten((args, kwargs))
        positional, keywords = tree.children
        given = _spread(in_axes if not isinstance(in_axes, list) else tuple(in_axes), positional)
        axes = [*_checked(given, leaves, tree.paths(), "in_axes"), *[0] * keywords.size]
        n = _size(leaves, axes, tree.paths())
        one = [_without(leaf, axis) for leaf, axis in zip(leaves, axes)]
        traced, derived, _ = memo.traced(*tree.unflatten(one))
        known: dict[Any, Any] = derived

        mapped = tuple(axis is not None for axis in axes)
        key = "vmap", mapped, n
        if key not in known:
            known[key] = _batched(traced, (*mapped, *[False] * len(traced.captures)), n)
        batched, whole = known[key]
        moved = [
            leaf if axis in (None, 0) else np.moveaxis(_array(leaf), axis, 0)
            for leaf, axis in zip(leaves, axes)
        ]
        results = apply(batched, traced.captures, moved, [])
        places = _spread(out_axes, traced.out_tree, "out_axes")
        paths = traced.out_tree.paths()
        return traced.out_tree.unflatten(
            _placed(value, spread, place, n, path)
            for value, spread, place, path in zip(results, whole, places, paths)
        )

    return wrapper


def _batched(traced: Traced, mapped: Sequence[bool], n: int) -> tuple[Traced, tuple[bool, ...]]:
    """The traced function under one more dimension; which of its results have it."""
    module = traced.module.clone()
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
    inputs, outputs = tuple(types.inputs.data), tuple(types.outputs.data)
    return Traced(module, name, traced.in_tree, traced.out_tree, inputs, outputs), whole


def _spread(prefix: Axes, tree: pytree.Tree, name: str = "in_axes", path: str = "") -> list[Any]:
    """One axis per leaf of `tree`, of which `prefix` has the outer containers."""
    if prefix is None or isinstance(prefix, int | np.integer):
        return [prefix] * tree.size
    if tree.kind == "static":
        return []
    parts = tree.parts(prefix)
    if parts is None:
        raise located(TypeError, f"{name}{path} is {prefix!r}, and does not fit {tree}")
    return [
        axis
        for i, (part, child) in enumerate(zip(parts, tree.children))
        for axis in _spread(part, child, name, path + tree._step(i))
    ]


def _checked(
    axes: Sequence[Any], leaves: Sequence[Any], paths: Sequence[str], name: str
) -> list[int | None]:
    """
    The axes, counted from the front. Errors: `ValueError` for one that an array does not have.
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
    """The size of the mapped axes. Errors: `ValueError` where they differ, or there are none."""
    sizes: dict[int, str] = {}
    for leaf, axis, path in zip(leaves, axes, paths):
        if axis is not None:
            sizes.setdefault(spec_of(leaf).shape[axis], path[3:])
    if len(sizes) > 1:
        shown = ", ".join(f"{n} of {path}" for n, path in sizes.items())
        raise located(ValueError, f"the mapped axes have different sizes: {shown}")
    if not sizes:
        raise located(ValueError, "vmap needs an argument to map over")
    return next(iter(sizes))


def _without(leaf: Any, axis: int | None) -> Any:
    """What one example gets of an argument, as shape and dtype."""
    spec = spec_of(leaf)
    if axis is None:
        return spec
    return Spec((*spec.shape[:axis], *spec.shape[axis + 1 :]), spec.dtype)


def _array(leaf: Any) -> Any:
    return leaf if isinstance(leaf, tracing.Array) else np.asarray(leaf)


def _placed(value: Any, spread: bool, place: Any, n: int, path: str) -> Any:
    """A result with its axis where it is wanted; one that is the same for all is repeated."""
    if place is None:
        if spread:
            raise located(
                ValueError, f"out_axes is None for the value{path}, which differs between examples"
            )
        return value
    rank = np.ndim(value) + (not spread)
    if not -rank <= place < rank:
        raise located(
            ValueError, f"out_axes names axis {place} of the value{path}, which has {rank}"
        )
    if not spread:
        value = np.broadcast_to(_array(value), (n, *np.shape(value)))
    return np.moveaxis(_array(value), 0, place) if place % rank else value
