"""
Nested containers of arrays, as arguments and results: tuples, named tuples, lists, dicts, instances
of data classes, None.

`flatten` gives the leaves in order, and a `Tree` that describes the containers. Values that are no
data (strings, functions, dtypes, …) are part of the structure. If such a value changes, letgrad
traces the function again.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import cached_property
from types import BuiltinFunctionType, FunctionType, MethodType, MethodWrapperType
from typing import Any, TypeAlias

import numpy as np

from .user_code import located


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


ALIKE = frozenset({str, bytes, type(None), type(Ellipsis)})
"""Classes whose equal instances are alike."""

BY_IDENTITY = (type, FunctionType, MethodType, BuiltinFunctionType, MethodWrapperType, np.dtype)
"""Classes whose instances are equal if they are the same, or of the same object."""

OF_PYTHON = (int, float, complex, str, bytes, tuple, frozenset)
"""Classes of values, whose subclasses compare as they do."""

STATIC = (Known, KnownBool, str, bytes, Enum, type, np.dtype, slice, type(Ellipsis))


def is_static(value: Any) -> bool:
    """Whether a value belongs to the structure, and not to the data."""
    return isinstance(value, STATIC) or (callable(value) and not hasattr(value, "dtype"))


LEAVES: set[type] = set()
"""Data classes whose instances are leaves, and no containers."""

Test: TypeAlias = Callable[[type], bool]

Parts: TypeAlias = tuple[Iterable[Any], Any]

ATTRIBUTES: dict[type, set[str]] = {}
"""
The names of attributes that are no fields of a data class, and that a traced function gave an
instance; see `with_attributes`.
"""

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


@dataclass(frozen=True)
class DictForm:
    """
    How a dict lists its keys. Python's dicts keep the order in which they got their keys, and a
    function may depend on it, as `np.concatenate(list(d.values()))` does. The leaves of a dict are
    in the order of its sorted keys all the same, so dicts of the same keys have the same leaves.

    kind: the class of the dict.
    default: the function of a `defaultdict` that makes the value of a new key.
    order: for each item, the place of its key among the sorted keys.
    """

    kind: type
    default: Callable[[], Any] | None = field(compare=False)
    order: tuple[int, ...]
    code: Hashable = None
    """What `default` does; see `_code_of`."""

    @classmethod
    def of(cls, value: dict[Any, Any], keys: Sequence[Any]) -> DictForm | None:
        """The form of a dict with these sorted keys; None for a plain dict in this order."""
        listed = tuple(value)
        kind = type(value) if type(value) in (OrderedDict, defaultdict, Counter) else dict
        if kind is dict and listed == keys:
            return None
        place = {key: k for k, key in enumerate(keys)}
        default = value.default_factory if isinstance(value, defaultdict) else None
        return cls(kind, default, tuple(place[key] for key in listed), _code_of(default))

    def made(self, items: dict[Any, Any]) -> dict[Any, Any]:
        """A dict of this form with the items of a dict in the order of its sorted keys."""
        pairs = list(items.items())
        listed = [pairs[k] for k in self.order]
        if self.kind is defaultdict:
            return defaultdict(self.default, listed)
        return self.kind(listed) if self.kind is not Counter else Counter(dict(listed))


def _code_of(default: Callable[[], Any] | None) -> Hashable:
    """
    What the function of a `defaultdict` does: two functions do the same that have the same code,
    defaults and globals, and no closure. A form keeps the function, so an `id` stays its own.
    """
    if default is None:
        return None
    code: Hashable = default, exactly(default)
    if isinstance(default, FunctionType) and not default.__closure__:
        named = tuple(sorted((default.__kwdefaults__ or {}).items()))
        values = default.__defaults__, named
        code = default.__code__, values, exactly(values), id(default.__globals__)
    try:
        hash(code)
    except TypeError:
        return id(default)
    return code


LATE: list[Test] = []
"""Functions that register a class of another package when a program first has an instance."""


@dataclass(frozen=True)
class Tree:
    """
    The structure of containers around leaves. Trees of equal structure are equal, and have equal
    hashes.

    kind: `leaf`, `static`, or the class of a container.
    detail: the class and the value of a static (of a slice: its parts); the keys of a dict; the
    names of the fields of a data class; the rest of an instance of a registered class; otherwise
    None.
    """

    kind: Any
    detail: Any
    children: tuple[Tree, ...]
    size: int
    """How many leaves there are."""
    form: DictForm | None = field(default=None, compare=False, repr=False)
    """How a dict lists its keys, if not as a plain dict in the order of `detail`."""
    exact: Hashable = field(default=None, compare=False, repr=False)
    """
    What a function can tell apart in values that Python calls equal: the order of the keys of
    dicts, and among keys and static values numbers as 1, 1.0 and True, or 0.0 and -0.0, and all
    else that `exactly` tells apart. None if there is no such thing.
    """

    @property
    def key(self) -> tuple[Tree, Hashable]:
        """
        The key of a trace for arguments of this structure. Equal structures may have two keys: a
        trace for one of them may differ from a trace for the other.
        """
        return self, self.exact

    @property
    def value(self) -> Any:
        """The value of a static."""
        kind, value = self.detail
        return slice(*value) if kind is slice else value

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
            return self.value
        parts = [child._put(leaves) for child in self.children]
        if self.kind is dict:
            items = dict(zip(self.detail, parts))
            return items if self.form is None else self.form.made(items)
        if self.kind in REGISTERED:
            return REGISTERED[self.kind][1](self.detail, parts)
        if self._has_names:
            # This avoids the constructor, which may take other arguments, or check numbers.
            base = BaseException if issubclass(self.kind, BaseException) else object
            record = base.__new__(self.kind)
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

    def order_difference(self, other: Tree) -> str | None:
        """Which two orders the keys of a dict have in two alike structures, in words, or None."""
        if self.kind is dict and other.kind is dict and self.detail == other.detail:
            orders = [
                [tree.detail[k] for k in tree.form.order] if tree.form else list(tree.detail)
                for tree in (self, other)
            ]
            if orders[0] != orders[1]:
                return f"a dict whose keys are in two orders, {orders[0]} and {orders[1]}"
        found = (a.order_difference(b) for a, b in zip(self.children, other.children))
        return next((d for d in found if d is not None), None)

    def __str__(self) -> str:
        if self.kind == "leaf":
            return "*"
        if self.kind == "static":
            return repr(self.value)
        parts = [str(child) for child in self.children]
        if self.kind is dict:
            items = [f"{k!r}: {p}" for k, p in zip(self.detail, parts)]
            if self.form is None:
                return f"{{{', '.join(items)}}}"
            text = f"{{{', '.join(items[k] for k in self.form.order)}}}"
            return text if self.form.kind is dict else f"{self.form.kind.__name__}({text})"
        if self.kind is list:
            return f"[{', '.join(parts)}]"
        if self.kind is tuple:
            return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
        return f"{self.kind.__name__}({', '.join(parts)})"


LEAF = Tree("leaf", None, (), 1)


def static(value: Any) -> Tree:
    """The structure of a value that belongs to it. The value needs a hash."""
    # The class is part of the key: 1 == 1.0 == True, as values.
    exact = None if type(value) in (str, Known, KnownBool) else exactly(value)
    if isinstance(value, slice):  # Slices have a hash since Python 3.12.
        return Tree("static", (slice, (value.start, value.stop, value.step)), (), 0, exact=exact)
    return Tree("static", (type(value), value), (), 0, exact=exact)


def node(kind: Any, detail: Any, children: tuple[Tree, ...], form: DictForm | None = None) -> Tree:
    """The structure of a container."""
    # A call has microseconds for this.
    size, exact, own = 0, None, None
    for child in children:
        size += child.size
        exact = exact or child.exact
    if kind is dict:
        own = form
        for key in detail:
            if type(key) is not str:
                own = form, exactly(detail)
                break
    elif kind in REGISTERED:
        own = exactly(detail)
    if exact is not None or own is not None:
        exact = own, tuple([child.exact for child in children])
    return Tree(kind, detail, children, size, form, exact)


def without_order(tree: Tree) -> Tree:
    """The same structure, with plain dicts in the order of their sorted keys."""
    if tree.exact is None:
        return tree
    if not tree.children:
        return tree if tree.form is None else node(tree.kind, tree.detail, ())
    return node(tree.kind, tree.detail, tuple(map(without_order, tree.children)))


def exactly(value: Any) -> Hashable:
    """
    What tells a value apart from equal values that a function can tell apart: of other classes,
    zeros of the other sign, in containers and data classes, too. None if `==` says it all.
    """
    kind = type(value)
    if kind in ALIKE or isinstance(value, BY_IDENTITY):
        return None
    if isinstance(value, Enum):
        return kind, value.name
    if isinstance(value, OF_PYTHON) and getattr(value, "__dict__", None):
        return kind, id(value)  # `==` does not see attributes; a key keeps the value alive
    if isinstance(value, np.timedelta64):  # 24 hours are one day
        return kind, repr(value)
    if isinstance(value, bool | int | np.integer | np.bool_ | str | bytes):
        return kind
    if isinstance(value, float | np.floating):
        return kind, math.copysign(1.0, value)
    if isinstance(value, complex | np.complexfloating):
        return kind, math.copysign(1.0, value.real), math.copysign(1.0, value.imag)
    if isinstance(value, tuple | list):
        parts = tuple(map(exactly, value))
        is_plain = kind in (tuple, list) and all(part is None for part in parts)
        return None if is_plain else (kind, parts)
    if isinstance(value, frozenset):  # Equal sets may list their elements in another order.
        return kind, tuple((part, exactly(part)) for part in value)
    if isinstance(value, dict):
        return kind, tuple((key, exactly(key), exactly(part)) for key, part in value.items())
    if isinstance(value, slice | range):  # range(0, 3, 2) == range(0, 4, 2)
        ends = value.start, value.stop, value.step
        return kind, exactly(ends), ends if kind is range else None
    if hasattr(kind, "__dataclass_fields__"):
        return kind, exactly([getattr(value, f.name, None) for f in fields(value) if f.compare])
    if kind.__eq__ is object.__eq__:
        return None
    if kind.__repr__ is not object.__repr__ and kind.__hash__ is not None:
        return kind, repr(value)
    return kind


def _never(kind: type) -> bool:
    return False


def with_attributes(kind: type) -> bool:
    """
    As `is_object` of `flatten`: an instance of a data class is a container also of the attributes
    that a traced function gave it. A function that changes its arguments may ask for them in the
    next call. A derivative is one by the fields.
    """
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
        return static(value.value)
    kind, detail, parts = _opened(value, is_object)
    if parts is not None:
        children = tuple(_flatten(part, leaves, is_object) for part in parts)
        return node(kind, detail, children, DictForm.of(value, detail) if kind is dict else None)
    if value is None or is_static(value):
        made = static(value)
        if kind not in (str, Known, KnownBool):
            _check_hash(made)
        return made
    leaves.append(value)
    return LEAF


def _check_hash(tree: Tree) -> None:
    """Errors: `TypeError` for a static value that has no hash, or a part of it has none."""
    try:
        hash(tree.detail)
    except TypeError as error:
        kind = tree.detail[0]
        if kind.__hash__ is None and kind is not slice:
            reason = "has no hash; give its class a method __hash__"
        else:
            reason = f"has no hash: {error}"
        raise located(
            TypeError, f"a {kind.__name__} decides which trace a call uses, and {reason}"
        ) from None


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
        if is_object is with_attributes and kind in ATTRIBUTES:
            own = attributes_of(value) or {}
            names += tuple(n for n in own if n in ATTRIBUTES[kind] and n not in names)
    elif is_object(kind):
        names = tuple(sorted(attributes_of(value) or ()))
    elif any(register(kind) for register in LATE):
        return _opened(value, is_object)
    else:
        return kind, None, None
    return kind, names, [getattr(value, name) for name in names]


def attributes_of(value: Any) -> dict[str, Any] | None:
    """The attributes of an object itself, in a dict or in slots; None if it cannot have any."""
    attributes = getattr(value, "__dict__", None)
    found = dict(attributes) if type(attributes) is dict else None
    for cls in type(value).__mro__:
        slots = vars(cls).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            if name in ("__dict__", "__weakref__"):
                continue
            found = {} if found is None else found
            if name.startswith("__") and not name.endswith("__"):
                name = f"_{cls.__name__.lstrip('_')}{name}"
            try:
                found[name] = object.__getattribute__(value, name)
            except AttributeError:
                continue
    return found


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
