"""
Calls whose arguments are plain: arrays, numbers, and tuples, lists and dicts of these.

Most calls of a compiled function are such calls, and take microseconds. To walk the structure of
their arguments by `pytree`, and to look up its traces, takes ten times as long. So a call first
asks for a key, which is made of shapes, dtypes and classes alone. If the key is known, the
arguments are those of an earlier call, but for their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..dialects import types
from ..lowering import backends
from . import pytree

NUMBERS = frozenset({float, bool, complex, pytree.WeakFloat})
KNOWN = frozenset({pytree.Known, pytree.KnownBool, str, type(None)})
"""Classes whose values decide which trace a call uses."""


def spec(x: Any, leaves: list[Any]) -> object:
    """
    All that a trace depends on in an argument, as a key; None if it is not plain. The arrays and
    numbers of the argument are added to `leaves`, those of a dict in the order of the dict.
    """
    kind = type(x)
    if kind is np.ndarray:
        leaves.append(x)
        return x.shape, x.dtype
    if kind is tuple or kind is list:
        specs = tuple([spec(part, leaves) for part in x])
        return None if None in specs else (kind, specs)
    if kind is dict:
        specs = tuple([spec(part, leaves) for part in x.values()])
        # Other keys may be equal and differ, as 1 and True.
        is_plain = None not in specs and all([type(name) is str for name in x])
        return (dict, tuple(x), specs) if is_plain else None
    if kind in KNOWN:
        return kind, x
    # A string of NumPy is a string, whose value is a part of the structure.
    if issubclass(kind, np.generic) and not issubclass(kind, str | bytes):
        leaves.append(x)
        return x.shape, x.dtype
    if kind in NUMBERS or (kind is int and types.word(x) == x):
        leaves.append(x)
        return kind
    return None


def are_native(leaves: Iterable[Any]) -> bool:
    """
    Whether all arrays have this machine's byte order. Others have a dtype that no parameter has,
    and the checks of a call convert them.
    """
    return all(x.dtype.isnative for x in leaves if isinstance(x, np.ndarray))


@dataclass(frozen=True)
class PlainCall:
    """What calls with one key have in common."""

    compiled: backends.Compiled
    """Takes the leaves of the arguments."""
    in_order: Callable[[list[Any]], list[Any]] | None
    """The leaves in the order of `pytree`, if this is another order than that of `spec`."""
    tree: pytree.Tree
    """The structure of the results."""
    written: tuple[int, ...]
    """The positions of the leaves to which the function writes."""
    is_alone: bool
    """Whether the result is one array."""

    @staticmethod
    def of(
        compiled: backends.Compiled,
        tree: pytree.Tree,
        written: tuple[int, ...],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> PlainCall:
        """The calls with arguments as these, which are plain."""
        order, _ = pytree.flatten(_numbered((args, kwargs), iter(range(1 << 62))))
        is_same = order == sorted(order)
        in_order = None if is_same else lambda leaves: [leaves[k] for k in order]
        fast = getattr(compiled, "of_leaves", None)
        if fast is None:
            fast = lambda leaves: compiled(*leaves)  # noqa: E731
        is_alone = tree == pytree.LEAF and not written
        return PlainCall(fast, in_order, tree, written, is_alone)


def _numbered(x: Any, numbers: Any) -> Any:
    """The same containers, with the place of each leaf in the order of `spec` in its place."""
    kind = type(x)
    if kind is tuple or kind is list:
        return kind([_numbered(part, numbers) for part in x])
    if kind is dict:
        return {name: _numbered(part, numbers) for name, part in x.items()}
    return x if kind in KNOWN else next(numbers)
