"""
Variables that hold one of some strings or members of an Enum, as traced values decide.

    mode = "off"
    for t in temperatures:
        if t < low:
            mode = "heat"
        elif t > high:
            mode = "off"

Such a variable is a `OneOf`: the values that it can have, and a traced place among them. Its
comparisons give traced bools. Where the program needs the text itself, letgrad raises an error.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import numpy as np

from .. import ops, pytree
from ..pytree import Tree
from ..tracing import Array, Number
from ..user_code import located

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "Eq": operator.eq, "NotEq": operator.ne, "Lt": operator.lt, "LtE": operator.le,
    "Gt": operator.gt, "GtE": operator.ge, "Is": operator.is_, "IsNot": operator.is_not,
}  # fmt: skip


FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType, np.ufunc)


def is_state(value: Any) -> bool:
    """
    Whether a value is None, a text, a member of an Enum, or a function: an object that no array
    can hold.
    """
    return value is None or isinstance(value, FUNCTIONS) or isinstance(value, str | bytes | Enum)


class OneOf:
    """The value at `place`, an int64, of the tuple `values`. No two of these are the same."""

    __slots__ = ("place", "values")
    __array_priority__ = 3000

    def __init__(self, place: Any, values: tuple[Any, ...]):
        self.place, self.values = place, values

    def __repr__(self) -> str:
        return f"traced {' or '.join(map(repr, self.values))}"

    def is_at(self, k: int) -> Any:
        """Whether the value is `values[k]`."""
        return self.place == k

    def table(self, numbers: Sequence[Any]) -> Any:
        """The one of these numbers, all of one dtype, that stands at the place."""
        whole = np.array(numbers)
        return ops.lift(whole)[self.place] if isinstance(self.place, Array) else whole[self.place]

    def holds(self, truths: Sequence[bool]) -> Any:
        """The one of these bools that stands at the place: a bool, or a traced one."""
        wanted = [k for k, truth in enumerate(truths) if truth]
        if len(wanted) in (0, len(truths)):
            return bool(wanted)
        if 2 * len(wanted) > len(truths):
            return np.logical_not(self.holds([not truth for truth in truths]))
        found = self.is_at(wanted[0])
        for k in wanted[1:]:
            found = np.logical_or(found, self.is_at(k))
        return found

    def truth(self) -> Any:
        return self.holds([bool(value) for value in self.values])

    @property
    def is_number(self) -> bool:
        """Whether all values are ints too, as members of an IntEnum are."""
        return all(isinstance(value, int) for value in self.values)

    @property
    def is_text(self) -> bool:
        """Whether all values are strings or None, such as the options of a function."""
        return all(value is None or isinstance(value, str) for value in self.values)

    def number(self) -> Any:
        """
        The value as a number.

        Errors: `TypeError` for values that are no numbers.
        """
        if not self.is_number:
            raise self._refusal()
        return Number(self.table([int(value) for value in self.values]), int)

    def _refusal(self) -> TypeError:
        return located(
            TypeError,
            f"a traced value decides whether this is {' or '.join(map(repr, self.values))}, and "
            "letgrad can compare such a value, take it as the key of a dict, and read its "
            "attributes; for other uses, write `if` for each of them",
        )

    def _refuse(self, *others: Any, **options: Any) -> Any:
        raise self._refusal()

    __array__ = __array_ufunc__ = __array_function__ = __bool__ = __len__ = __iter__ = _refuse
    __getitem__ = __contains__ = __index__ = __int__ = __float__ = __hash__ = _refuse
    __str__ = __format__ = _refuse


def compared(name: str, a: Any, b: Any) -> Any:
    """A comparison with a `OneOf`; NotImplemented for one that it has no part in."""
    compare = COMPARISONS[name]
    if isinstance(a, OneOf):
        if isinstance(b, OneOf):
            return _compared_two(name, a, b)
        if is_state(b):
            return a.holds([bool(compare(value, b)) for value in a.values])
    elif isinstance(b, OneOf):
        if is_state(a):
            return b.holds([bool(compare(a, value)) for value in b.values])
    else:
        return NotImplemented
    own, other = (a, b) if isinstance(a, OneOf) else (b, a)
    if own.is_number and name not in ("Is", "IsNot"):
        return compare(operand(a), operand(b))
    if name in ("Eq", "NotEq", "Is", "IsNot"):
        return name in ("NotEq", "IsNot")  # A text is no number.
    return compare(own.values[0], other)  # Python's own error


def _compared_two(name: str, a: OneOf, b: OneOf) -> Any:
    found: Any = False
    for k, value in enumerate(a.values):
        found = np.logical_or(found, np.logical_and(a.is_at(k), compared(name, value, b)))
    return found


def operand(x: Any) -> Any:
    """A `OneOf` of ints as a number; other values as they are."""
    return x.number() if isinstance(x, OneOf) and x.is_number else x


for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    _text = {"eq": "Eq", "ne": "NotEq", "lt": "Lt", "le": "LtE", "gt": "Gt", "ge": "GtE"}[_name]

    def _compare(self: OneOf, other: Any, name: str = _text) -> Any:
        return compared(name, self, other)

    setattr(OneOf, f"__{_name}__", _compare)


Values = tuple[tuple[type, Any], ...]
"""Values with their types, because members of a StrEnum equal strings."""

pytree.REGISTERED[OneOf] = (
    lambda x: ((x.place,), _typed(x.values)),
    lambda values, parts: OneOf(parts[0], tuple(value for _, value in values)),
)


def _typed(values: Iterable[Any]) -> Values:
    return tuple((type(value), value) for value in values)


def union(parts: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    """The different values of some tuples."""
    found = dict.fromkeys(pair for values in parts for pair in _typed(values))
    return tuple(value for _, value in found)


def one_of(x: OneOf, values: Sequence[Any]) -> Any:
    """The one of these values, which may be equal, that stands at the place of x."""
    different = union([tuple(values)])
    if len(different) == 1:
        return different[0]
    typed = _typed(different)
    order = [typed.index(pair) for pair in _typed(values)]
    return OneOf(moved(x.place, order), different)


def moved(place: Any, order: Sequence[int]) -> Any:
    """`order[place]`"""
    if list(order) == list(range(len(order))):
        return place
    whole = np.array(order, np.int64)
    return ops.lift(whole)[place] if isinstance(place, Array) else whole[int(place)]


# Two structures of one variable.


def _values(tree: Tree) -> Values | None:
    """The values that a part of a structure can have; None for a part that is no such value."""
    if tree.kind is OneOf:
        return tree.detail
    if tree.kind == "static" and is_state(tree.detail[1]):
        return (tree.detail,)
    return None


def has_states(tree: Tree) -> bool:
    """Whether a structure has a part that is such a value."""
    return _values(tree) is not None or any(map(has_states, tree.children))


def check_different(tree: Tree) -> None:
    """
    Errors: `TypeError` for a structure with values of two types that are equal, as a text and a
            member of a StrEnum may be: they are one key of a dict, which keeps the first of them.
    """
    values = [value for _, value in _values(tree) or ()]
    for a, b in itertools.combinations(values, 2):
        if a == b:
            raise located(
                TypeError,
                f"{a!r} and {b!r} are equal, so Python takes them for one key or item, and letgrad "
                "cannot know which of them is there; use one type",
            )
    for child in tree.children:
        check_different(child)


def same(a: Any, b: Any) -> bool:
    """Whether two values are one, so that no program can tell them apart."""
    if a is b:
        return True
    if type(a) is not type(b) or isinstance(a, Array | np.ndarray):
        return False
    if isinstance(a, float | np.floating):
        equal = a == b and math.copysign(1, a) == math.copysign(1, b)
        return bool(equal or (a != a and b != b))
    if isinstance(a, complex | np.complexfloating):
        return same(a.real, b.real) and same(a.imag, b.imag)
    if _asks_class(a):
        return _has_same_attributes(a, b)
    if isinstance(a, int | str | bytes | np.generic | slice | range) or pytree.is_static(a):
        return bool(a == b)
    if isinstance(a, tuple | list) and len(a) == len(b):
        return isinstance(a, tuple) and all(map(same, a, b))
    return False


def _has_same_attributes(a: Any, b: Any) -> bool:
    """
    Whether two static objects whose class says what `==` is have the same attributes: `==` may
    leave out some of them.
    """
    if not pytree.is_static(a) or not hasattr(a, "__dict__"):
        return False
    ours, theirs = vars(a), vars(b)
    slots = [name for cls in type(a).__mro__ for name in vars(cls).get("__slots__", ())]
    return (
        not slots and ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
    )


def is_one(a: Tree, b: Tree) -> bool:
    """
    Whether two structures are equal, and no program can tell their static objects apart: `==` of a
    class of the user may.
    """
    if a.kind == b.kind == "static":
        x, y = a.value, b.value
        return same(x, y) if _asks_class(x) else a == b
    if not a.children or a.kind is not b.kind or len(a.children) != len(b.children):
        return a == b
    return a.detail == b.detail and all(map(is_one, a.children, b.children))


def common(a: Tree, b: Tree) -> Tree | None:
    """The structure of values of both structures. None if they differ in more than states."""
    if is_one(a, b):
        return a
    ours, theirs = _values(a), _values(b)
    if ours is not None and theirs is not None:
        both = tuple(dict.fromkeys((*ours, *theirs)))
        codes = [value.__code__ for _, value in both if isinstance(value, FunctionType)]
        if len(set(codes)) < len(codes):
            return None  # Each turn makes such a function again.
        return Tree(OneOf, both, (pytree.LEAF,), 1)
    own = (a.kind, a.detail, len(a.children))
    if not a.children or own != (b.kind, b.detail, len(b.children)):
        return None
    children = []
    for x, y in zip(a.children, b.children):
        if (child := common(x, y)) is None:
            return None
        children.append(child)
    return pytree.node(a.kind, a.detail, tuple(children), a.form)


def together(trees: Sequence[Tree]) -> Tree | None:
    """`common` of several structures. None, too, if dicts list their keys in two orders."""
    found: Tree | None = trees[0]
    for tree in trees[1:]:
        found = None if found is None or found.order_difference(tree) else common(found, tree)
    return found


def difference(a: Tree, b: Tree) -> str | None:
    """In what two structures differ, in words, also in the orders of the keys of dicts, or None."""
    if (order := a.order_difference(b)) is not None:
        return order
    return None if common(a, b) is not None else unlike(a, b)


def unlike(a: Tree, b: Tree) -> str:
    """In what two structures differ that are not one, in words."""
    if a.kind == b.kind == "static" and _asks_class(a.value) and type(a.value) is type(b.value):
        return f"two objects of the class {type(a.value).__name__} that a program can tell apart"
    if not a.children or (a.kind, a.detail, len(a.children)) != (b.kind, b.detail, len(b.children)):
        return str(a.difference(b))
    return next(unlike(x, y) for x, y in zip(a.children, b.children) if not is_one(x, y))


def _asks_class(x: Any) -> bool:
    """Whether a class written in Python says what `==` is for x."""
    return isinstance(type(x).__eq__, FunctionType)


Known = Callable[[int], Any]
Moved = Callable[[Any, Sequence[int]], Any]


def fit(
    leaves: Iterable[Any], a: Tree, b: Tree, known: Known = np.int64, move: Moved = moved
) -> Any:
    """The leaves, of a value of structure a, for the structure b = common(a, …)."""
    return list(leaves) if is_one(a, b) else list(_fit(iter(leaves), a, b, known, move))


def _fit(leaves: Iterator[Any], a: Tree, b: Tree, known: Known, move: Moved) -> Iterator[Any]:
    if is_one(a, b):
        yield from itertools.islice(leaves, a.size)
    elif b.kind is OneOf:
        order = [b.detail.index(pair) for pair in _values(a) or ()]
        yield known(order[0]) if a.kind == "static" else move(next(leaves), order)
    else:
        for x, y in zip(a.children, b.children):
            yield from _fit(leaves, x, y, known, move)


def ranks(leaves: Sequence[Any], tree: Tree) -> list[Any]:
    """
    The leaves of values that are to be compared. A place among some texts, or among other values,
    becomes the number of those of them that are less. Values that Python cannot compare, as the
    members of an Enum, stay as they are: only if all in front of them is equal does Python compare
    them, which is an error.
    """
    found = list(leaves)
    for k, values in _places(tree, 0):
        try:
            order = [sum(bool(other < value) for other in values) for value in values]
        except TypeError:
            continue
        found[k] = moved(found[k], order)
    return found


def _places(tree: Tree, first: int) -> Iterator[tuple[int, list[Any]]]:
    """The leaves of a structure that are places, from the number `first` on, and their values."""
    if tree.kind is OneOf:
        yield first, [value for _, value in tree.detail]
        return
    for child in tree.children:
        yield from _places(child, first)
        first += child.size


def same_place(place: Any, order: Sequence[int]) -> Any:
    """For `fit` of what is alike at each place, such as kinds."""
    return place
