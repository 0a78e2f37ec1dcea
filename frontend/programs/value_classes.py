"""
Which class a value of a program has in Python: `isinstance`, `type`, attributes, and patterns of
classes in a `match`. In the place of an array, a number or a list there may be an object of
letgrad, and in the place of None or a value there is a `Maybe`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import UnionType
from typing import Any

import numpy as np

from .. import numpy_namespace
from ..array_views import viewing
from ..masked import Masked
from ..masked_axes import MaskedAxis
from ..tracing import Array, Number
from ..user_code import as_python, located
from . import branching, class_operators, state_values
from .callees import OPEN, REPLACED
from .chosen_items import Chosen, StandIn
from .expression_values import and_, compare
from .moving_dicts import MovingDict
from .moving_lists import Moving
from .optional_values import Maybe, if_proven
from .static_states import OneOf
from .windows import Window


def _replaces(function: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The decorated function, which knows what a `Maybe` is, replaces a function of Python."""

    def register(replacement: Callable[..., Any]) -> Callable[..., Any]:
        REPLACED[function] = replacement
        OPEN.add(function)
        return replacement

    return register


def _either(x: Maybe, ask: Callable[[Any], Any]) -> Any:
    """The answer for the value, or for None: a bool, or a traced one."""
    inside, outside = ask(x.value), ask(None)
    if isinstance(inside, bool) and inside == outside:
        return inside
    if outside:
        return np.logical_or(np.logical_not(x.present), inside)
    return np.logical_and(x.present, inside)


@_replaces(isinstance)
def isinstance_(x: Any, kinds: Any, /) -> Any:
    """
    A bool, or a traced one.

    Errors: `TypeError` for a traced truth value, which may be a bool of Python or of NumPy.
    """
    x = if_proven(x)
    match x:
        case Maybe():
            return _either(x, lambda value: isinstance_(value, kinds))
        case OneOf():
            return state_values.chosen(x, [isinstance(value, kinds) for value in x.values])
        case Array() if not isinstance(x, Number):
            return _is_array_of(x, [*_parts_of(kinds)])
    cls = class_of(x)
    return isinstance(x, kinds) if cls is None else issubclass(cls, kinds)


def class_of(x: Any) -> type | None:
    """
    The class, in Python, of what an object of letgrad stands for; None for other objects. That of a
    traced truth value is the one of NumPy.
    """
    match x:
        case Moving():
            return x.origin
        case Chosen() | StandIn():
            return list
        case Masked() | MaskedAxis() | Window():
            return np.ndarray
        case Array():
            return class_operators.class_of_array(x)
    return None


def _parts_of(kinds: Any) -> Iterator[Any]:
    """The classes of nested tuples and unions of classes."""
    if isinstance(kinds, tuple):
        for kind in kinds:
            yield from _parts_of(kind)
    elif isinstance(kinds, UnionType):
        yield from kinds.__args__
    else:
        yield numpy_namespace.plain_kind(kinds)


def _is_array_of(x: Array, kinds: list[Any]) -> bool:
    cls = class_of(x)
    assert cls is not None
    # A program may ask for the class of traced arrays itself.
    if any(issubclass(cls, kind) or kind is Array for kind in kinds):
        return True
    if cls is np.bool_ and any(issubclass(bool, kind) for kind in kinds):
        raise located(
            TypeError,
            "this truth value is traced, and may be a bool of Python or one of NumPy; ask for "
            "both, as in isinstance(x, (bool, np.bool_))",
        )
    return False


@_replaces(numpy_namespace.isscalar)
def isscalar(element: Any) -> Any:
    """`np.isscalar`: a bool, or a traced one for a value that may be None."""
    x = if_proven(element)
    match x:
        case Maybe():
            return _either(x, isscalar)
        case OneOf():
            return state_values.chosen(x, list(map(np.isscalar, x.values)))
    return numpy_namespace.isscalar(x)


_replaces(np.isscalar)(isscalar)


@_replaces(type)
def type_(x: Any, *parts: Any, **options: Any) -> Any:
    """
    The class that the value has in Python: that of an array, of a number or of a list.

    Errors: `TypeError` for None or a value, as traced values decide.
    """
    if parts or options:
        return type(x, *parts, **options)
    x = if_proven(x)
    match x:
        case Maybe():
            raise located(
                TypeError,
                "a condition on a traced value decides whether this value is None, and so which "
                "class it has; ask `is None`, or isinstance",
            )
        case OneOf():
            return state_values.chosen(x, list(map(type, x.values)))
    return numpy_namespace.kind_of(class_of(x) or type(x))


def _check_asked(x: Any, name: Any) -> None:
    """
    Errors: `TypeError` for an attribute that an object has on one way through the program only.
    """
    if branching.is_perhaps(x, name):
        raise located(
            TypeError,
            f"a condition on traced values decides whether this {type(x).__name__} has the "
            f"attribute {name}; give it the attribute before the condition",
        )


@_replaces(hasattr)
def hasattr_(x: Any, name: str, /) -> Any:
    x = if_proven(x)
    if isinstance(x, Maybe):
        return _either(x, lambda value: hasattr_(value, name))
    if isinstance(x, OneOf):
        return state_values.chosen(x, [hasattr(value, name) for value in x.values])
    _check_asked(x, name)
    cls = class_of(x)
    return hasattr(x if cls is None else cls, name)


@_replaces(getattr)
def getattr_(x: Any, name: Any, /, *default: Any) -> Any:
    x = if_proven(x)
    if isinstance(name, OneOf):
        return state_values.chosen(name, [getattr_(x, n, *default) for n in name.values])
    if isinstance(x, OneOf):
        return state_values.attribute(x, name, lambda value, own: getattr(value, own, *default))
    if default and isinstance(x, Maybe):
        return branching.value_of(
            x.present,
            lambda: getattr_(x.value, name, *default),
            lambda: getattr(None, name, *default),
        )
    if default:
        _check_asked(x, name)
        cls = class_of(x)
        if cls is not None and not hasattr(cls, name):
            return default[0]
    try:
        return class_operators.attribute(x, name)
    except AttributeError:
        if not default:
            raise
        return default[0]


# Patterns of a `match`.

OF_THEMSELVES = (
    bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple
)  # fmt: skip
"""Classes with a pattern of one part, which is the subject itself."""


def matches_class(subject: Any, cls: Any, positions: int, names: tuple[str, ...]) -> Any:
    """
    Whether the subject of a `match` is an instance of a class with the attributes of a pattern.

    Errors: `TypeError` for no class, and for more parts than the class has.
    """
    cls = numpy_namespace.plain_kind(cls)
    if not isinstance(cls, type):
        raise as_python(TypeError, "called match pattern must be a class")
    found = _names_of(cls)
    most = 1 if found is None else len(found)
    if positions > most:
        raise as_python(
            TypeError,
            f"{cls.__name__}() accepts {most} positional sub-patterns ({positions} given)",
        )
    wanted = (*(found or ())[:positions], *names)
    is_one = isinstance_(subject, cls)
    if is_one is False or not wanted:
        return is_one
    return and_(is_one, lambda: all(hasattr_(subject, name) for name in wanted))


def _names_of(cls: type) -> tuple[str, ...] | None:
    """The attributes of positional parts; None if the only part is the value itself."""
    if not hasattr(cls, "__match_args__") and issubclass(cls, OF_THEMSELVES):
        return None
    return getattr(cls, "__match_args__", ())


def part_of_class(subject: Any, cls: Any, k: int) -> Any:
    """The positional part k of the subject for a pattern of a class."""
    names = _names_of(numpy_namespace.plain_kind(cls))
    return subject if names is None else class_operators.attribute(subject, names[k])


def is_sequence(subject: Any, length: int, *, or_longer: bool = False) -> Any:
    """Whether the subject of a `match` is a sequence of so many items, in the sense of `match`."""
    subject = if_proven(subject)
    if isinstance(subject, Maybe):
        return _either(subject, lambda value: is_sequence(value, length, or_longer=or_longer))
    if isinstance(subject, str | bytes | bytearray | OneOf) or not isinstance_(subject, Sequence):
        return False
    if isinstance(subject, Chosen):
        size = subject.size()
        return not subject.is_generator and (size >= length if or_longer else size == length)
    return len(subject) >= length if or_longer else len(subject) == length


def is_longer_sequence(subject: Any, length: int) -> Any:
    """Whether the subject of a `match` is a sequence of so many items, or of more."""
    return is_sequence(subject, length, or_longer=True)


def items_between(subject: Any, before: int, behind: int) -> list[Any]:
    """The items of a sequence without so many at its begin and at its end."""
    items = list(subject)
    return items[before : len(items) - behind]


def has_keys(subject: Any, keys: tuple[Any, ...]) -> Any:
    """Whether the subject of a `match` is a mapping with these keys."""
    subject = if_proven(subject)
    if isinstance(subject, Maybe):
        return _either(subject, lambda value: has_keys(value, keys))
    if not isinstance(subject, Mapping | MovingDict):
        return False
    return and_(True, *(partial(compare, ("In",), key, lambda: subject) for key in keys))


def other_items(subject: Any, keys: tuple[Any, ...]) -> dict[Any, Any]:
    """The items of a mapping with other keys. Errors: `TypeError` for keys that values decide."""
    if isinstance(subject, MovingDict):
        raise located(
            TypeError, "values decide which keys this dict has; write `if` in the place of `**`"
        )
    return {key: value for key, value in subject.items() if key not in keys}


def plain_subject(subject: Any) -> Any:
    """
    The subject of a `match` that Python runs.

    Errors: `TypeError` for a traced one.
    """
    given = Array, Chosen, Masked, MaskedAxis, Maybe, OneOf, StandIn, Window
    if isinstance(subject, given) or viewing.has_traced(subject):
        raise located(
            TypeError,
            "alternatives inside of a pattern take a name from different places, and the subject "
            "is traced; write a case for each of them",
        )
    return subject
