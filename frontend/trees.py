"""
`letgrad.tree`: nested containers of arrays as values of their own.

The containers are tuples, named tuples, lists, dicts (also `OrderedDict`, `defaultdict` and
`Counter`), data classes, and the classes of users that `register` names. All functions of letgrad
take and give them. None is a container without leaves.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from . import pytree
from .pytree import Tree

__all__ = ["flatten", "leaves", "map", "reduce", "register", "structure", "unflatten"]


def flatten(tree: Any) -> tuple[list[Any], Tree]:
    """
    The leaves of nested containers, in order (dicts by their sorted keys), and the structure.
    `unflatten` gives dicts whose keys have the order that they had here.

    Example:

        >>> leaves, structure = lg.tree.flatten({"b": 2.0, "a": (1.0, None)})
        >>> print(leaves, structure)
        [1.0, 2.0] {'a': (*, None), 'b': *}
    """
    return pytree.flatten(tree)


def unflatten(structure: Tree, leaves: Iterable[Any]) -> Any:
    """
    The containers of a structure around other leaves.

    Errors: `ValueError` if the number of leaves is not `structure.size`.
    """
    return structure.unflatten(leaves)


def leaves(tree: Any) -> list[Any]:
    """The leaves of nested containers, in order."""
    return pytree.flatten(tree)[0]


def structure(tree: Any) -> Tree:
    """
    The structure of nested containers. Equal structures compare equal. The order of the keys of a
    dict is no part of it.
    """
    return pytree.flatten(tree)[1]


def map(f: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """
    The same containers, with `f` of each leaf, and of the leaves of `others` at the same place.

    Errors: `ValueError` for another structure in `others`.

    Example:

        >>> params, grads = {"w": 3.0, "b": 1.0}, {"w": 2.0, "b": 4.0}
        >>> lg.tree.map(lambda p, g: p - 0.5 * g, params, grads)
        {'w': 2.0, 'b': -1.0}
    """
    found, kind = pytree.flatten(tree)
    columns = [found]
    for k, other in enumerate(others):
        more, other_kind = pytree.flatten(other)
        if (what := kind.difference(other_kind)) is not None:
            raise ValueError(f"tree {k + 1} of lg.tree.map has another structure: {what}")
        columns.append(more)
    return kind.unflatten(f(*row) for row in zip(*columns, strict=True))


def reduce(f: Callable[[Any, Any], Any], tree: Any, *initial: Any) -> Any:
    """
    f(f(leaf 0, leaf 1), leaf 2) …, as `functools.reduce` of the leaves.

    Example:

        >>> lg.tree.reduce(lambda total, x: total + x**2, {"w": 3.0, "b": 4.0}, 0.0)
        25.0
    """
    return functools.reduce(f, leaves(tree), *initial)


def register(
    kind: type,
    flatten: Callable[[Any], tuple[Iterable[Any], Hashable]],
    unflatten: Callable[[Any, Sequence[Any]], Any],
) -> None:
    """
    Make the instances of a class containers.

    `flatten(value)` gives the parts, which are arrays or containers, and the rest, which must have
    a hash: another rest is another structure, for which letgrad traces a function again.
    `unflatten(rest, parts)` makes an instance. The parts may be traced arrays or specs, so
    `unflatten` should not look at them.
    Errors: `TypeError` for a class of Python's own that is a container already; `ValueError` for a
            class that is registered already.

    Example:

        >>> class Affine:
        ...     def __init__(self, a, b, name):
        ...         self.a, self.b, self.name = a, b, name
        >>> lg.tree.register(
        ...     Affine, lambda f: ((f.a, f.b), f.name), lambda name, parts: Affine(*parts, name)
        ... )
        >>> slope = lg.grad(lambda f, x: f.a * x + f.b)(Affine(2.0, 1.0, "f"), 3.0)
        >>> print(slope.a, slope.b, slope.name)
        3.0 1.0 f
    """
    if kind in (tuple, list, dict, type(None)) or not isinstance(kind, type):
        raise TypeError(f"{kind!r} is no class of yours; lg.tree.register takes a class")
    if kind in pytree.REGISTERED:
        raise ValueError(f"{kind.__name__} is registered already")
    pytree.REGISTERED[kind] = flatten, unflatten
