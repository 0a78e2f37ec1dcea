"""
Nested containers of arrays, as arguments and results: tuples, named tuples, lists, dicts, instances
of data classes, None.

`flatten` gives the leaves in order, and a `Tree` that describes the containers. Values that are no
data (strings, functions, dtypes, …) are part of the structure. If such a value changes, letgrad
traces the function again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np


class Known(int):
    """A Python int that stays known while letgrad traces a function."""


class KnownBool(int):
    """A Python bool that stays known while letgrad traces a function."""


class WeakFloat(float):
    """A Python float that stays weak beside arrays while letgrad traces a function."""


@dataclass(frozen=True)
class Static:
    """A value that belongs to the structure, whatever it is. It needs a hash."""

    value: Any


STATIC = (Known, KnownBool, str, bytes, Enum, type, np.dtype, slice, type(Ellipsis))


def is_static(value: Any) -> bool:
    """Whether a value belongs to the structure, and not to the data."""
    return isinstance(value, STATIC) or (callable(value) and not hasattr(value, "dtype"))


LEAVES: set[type] = set()
"""Data classes whose instances are leaves, and no containers."""

Test: TypeAlias = Callable[[type], bool]

Parts: TypeAlias = tuple[Iterable[Any], Any]

REGISTERED: dict[type, tuple[Callable[[Any], Parts], Callable[[Any, Sequence[Any]], Any]]] = {}
"""
Classes of users whose instances are containers: the function that gives the parts and the rest of
an instance, and the function that makes an instance of the rest and the parts.
"""


def _is_record(kind: Any) -> bool:
    """Whether this is a data class whose instances are containers, and no arrays."""
    return (
        hasattr(kind, "__dataclass_fields__")
        and kind not in LEAVES
        and not hasattr(kind, "__array__")
        and not hasattr(kind, "__dlpack__")
    )


LATE: list[Test] = []
"""Functions that register a class of another package when a program first has an instance."""


@dataclass(frozen=True)
class Tree:
    """
    The structure of containers around leaves. Trees of equal structure are equal, and have equal
    hashes.

    kind: `leaf`, `static`, or the class of a container.
    detail: the class and the value of a static; the keys of a dict; the names of the fields of a
    data class; the rest of an instance of a registered class; otherwise None.
    """

    kind: Any
    detail: Any
    children: tuple[Tree, ...]
    size: int
    """How many leaves there are."""

    @cached_property
    def is_flat(self) -> bool:
        """Whether all children are leaves."""
        return all(child.kind == "leaf" for child in self.children)

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """
        The containers with these leaves.

        Errors: `ValueError` if the number of leaves is not `size`.
        """
        leaves = tuple(leaves)
        if len(leaves) != self.size:
            raise ValueError(f"the structure has {self.size} leaves, and {len(leaves)} are given")
        if self._cuts is None:
            return self._put(iter(leaves))
        if not self._cuts:
            return leaves
        return tuple([leaves[at] for at in self._cuts])

    @cached_property
    def _cuts(self) -> list[int | slice] | None:
        """
        For a tuple of leaves and of tuples of leaves, the place of each among the leaves, or
        nothing if all are leaves. None for other structures. A call has microseconds for this.
        """
        if self.kind is not tuple:
            return None
        cuts: list[int | slice] = []
        end = 0
        for child in self.children:
            begin, end = end, end + child.size
            if child.kind == "leaf":
                cuts.append(begin)
            elif child.kind is tuple and child.is_flat:
                cuts.append(slice(begin, end))
            else:
                return None
        return [] if self.is_flat else cuts

    def _put(self, leaves: Iterator[Any]) -> Any:
        if self.kind == "leaf":
            return next(leaves)
        if self.kind == "static":
            return self.detail[1]
        parts = [child._put(leaves) for child in self.children]
        if self.kind is dict:
            return dict(zip(self.detail, parts))
        if self.kind in REGISTERED:
            return REGISTERED[self.kind][1](self.detail, parts)
        if self._has_names:
            # This avoids the constructor, which may take other arguments, or check numbers.
            record = object.__new__(self.kind)
            for name, part in zip(self.detail, parts):
                object.__setattr__(record, name, part)
            return record
        return self.kind(*parts) if hasattr(self.kind, "_fields") else self.kind(parts)

    @property
    def _has_names(self) -> bool:
        """Whether this is an instance of a data class, or another object with attributes."""
        return not issubclass(self.kind, tuple | list | dict) and self.kind not in REGISTERED

    def paths(self) -> list[str]:
        """The path to each leaf, for messages and names: `[0].w['b']`."""
        return [path for path, _ in self._walk("")]

    def _walk(self, path: str) -> Iterator[tuple[str, Tree]]:
        if self.kind == "leaf":
            yield path, self
        for i, child in enumerate(self.children):
            yield from child._walk(path + self._step(i))

    def _step(self, i: int) -> str:
        if self.kind is dict:
            return f"[{self.detail[i]!r}]"
        if self.kind in REGISTERED:
            return f"[{i}]"
        if self._has_names:
            return f".{self.detail[i]}"
        return f".{self.kind._fields[i]}" if hasattr(self.kind, "_fields") else f"[{i}]"

    def parts(self, value: Any) -> list[Any] | None:
        """The parts of a container of this kind, in the order of `children`; None for others."""
        if type(value) is not self.kind and not (self.kind is dict and isinstance(value, dict)):
            return None
        if self.kind is dict:
            return [value[k] for k in self.detail] if set(value) == set(self.detail) else None
        if self.kind in REGISTERED:
            parts, rest = REGISTERED[self.kind][0](value)
            return list(parts) if rest == self.detail else None
        if self._has_names:
            has_all = all(hasattr(value, name) for name in self.detail)
            return [getattr(value, name) for name in self.detail] if has_all else None
        return list(value) if len(value) == len(self.children) else None

    def difference(self, other: Tree, path: str = "") -> str | None:
        """The first place where two structures differ, in words; None if they are equal."""
        if self == other:
            return None
        here = f"at {path}: " if path else ""
        if (
            self.kind != other.kind
            or self.detail != other.detail
            or len(self.children) != len(other.children)
        ):
            return f"{here}{self} against {other}"
        found = (
            a.difference(b, path + self._step(i))
            for i, (a, b) in enumerate(zip(self.children, other.children))
        )
        return next(d for d in found if d is not None)

    def __str__(self) -> str:
        if self.kind == "leaf":
            return "*"
        if self.kind == "static":
            return repr(self.detail[1])
        parts = [str(child) for child in self.children]
        if self.kind is dict:
            return "{" + ", ".join(f"{k!r}: {p}" for k, p in zip(self.detail, parts)) + "}"
        if self.kind is list:
            return f"[{', '.join(parts)}]"
        if self.kind is tuple:
            return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
        return f"{self.kind.__name__}({', '.join(parts)})"


LEAF = Tree("leaf", None, (), 1)


def _never(kind: type) -> bool:
    return False


def flatten(value: Any, is_object: Test = _never) -> tuple[list[Any], Tree]:
    """
    The leaves of nested containers, in order (dicts by their keys), and the structure. An instance
    of a class for which `is_object` holds is a container of its attributes.

    Errors: `TypeError` for a static value without a hash, or for a subclass of tuple that is no
    named tuple.
    """
    leaves: list[Any] = []
    return leaves, _flatten(value, leaves, is_object)


def _flatten(value: Any, leaves: list[Any], is_object: Test) -> Tree:
    if type(value) is Static:
        return Tree("static", (type(value.value), value.value), (), 0)
    kind, detail, parts = _opened(value, is_object)
    if parts is not None:
        children = tuple(_flatten(part, leaves, is_object) for part in parts)
        return Tree(kind, detail, children, sum(child.size for child in children))
    if value is None or is_static(value):
        # The class is part of the key: 1 == 1.0 == True, as values.
        return Tree("static", (type(value), value), (), 0)
    leaves.append(value)
    return LEAF


def _opened(value: Any, is_object: Test) -> tuple[Any, Any, Sequence[Any] | None]:
    """The kind, the detail and the parts of a container; None as the parts of another value."""
    kind = type(value)
    if kind in REGISTERED:
        parts, rest = REGISTERED[kind][0](value)
        return kind, rest, list(parts)
    if isinstance(value, tuple):
        if kind is not tuple and not hasattr(kind, "_fields"):
            raise TypeError(f"{kind.__name__} is neither a tuple nor a named tuple")
        return kind, None, value
    if kind is list:
        return list, None, value
    if isinstance(value, dict):
        keys = _ordered(value)
        return dict, keys, [value[k] for k in keys]
    if _is_record(kind):
        names = tuple(f.name for f in fields(value) if hasattr(value, f.name))
    elif is_object(kind):
        names = tuple(sorted(vars(value)))
    elif any(register(kind) for register in LATE):
        return _opened(value, is_object)
    else:
        return kind, None, None
    return kind, names, [getattr(value, name) for name in names]


def parts_of(value: Any, is_object: Test = _never) -> list[Any]:
    """The parts of a container, in the order of `flatten`; none for a leaf."""
    if isinstance(value, tuple | list) and type(value) not in REGISTERED:
        return list(value)
    return list(_opened(value, is_object)[2] or ())


def _ordered(value: dict) -> tuple:
    try:
        return tuple(sorted(value))
    except TypeError:
        return tuple(sorted(value, key=lambda key: (type(key).__name__, repr(key))))


def map_leaves(function: Callable[..., Any], value: Any) -> Any:
    """The same containers with `function` applied to each leaf."""
    leaves, tree = flatten(value)
    return tree.unflatten(function(leaf) for leaf in leaves)
