"""
State that Python objects hide: the place of an iterator, and the numbers of a random generator.

letgrad runs the body of a loop, and each side of a condition, a number of times of its own. So it
has to see that an iterator has moved or that a generator has drawn, and to take this back. Python
moves an iterator forwards only. So letgrad replaces an iterator that a variable, a list, a dict or
an attribute holds by a `Replay` of it.
"""

from __future__ import annotations

import functools
import pickle
import threading
import weakref
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, ClassVar

from .. import frozen_values, tracing
from ..user_code import located

_replays: MutableMapping[int, Replay] = weakref.WeakValueDictionary()
"""The replays by the identity of their iterators. Two names of one iterator get one replay."""


class _Drawing(threading.local):
    innermost: Any = None


drawing = _Drawing()
"""The draws of the innermost loop whose body is being traced; see `drawn_rows`."""


def drawn() -> tuple[Any, int]:
    """What the body of the innermost loop has drawn up to here."""
    draws = drawing.innermost
    return draws, 0 if draws is None else len(draws.found)


def take_back(before: tuple[Any, int]) -> None:
    """Takes back what the body has drawn behind the place `before`."""
    draws, count = before
    if draws is not None and draws is drawing.innermost:
        del draws.found[count:]


def drawn_from(before: tuple[Any, int]) -> Any:
    """A generator from which the body has drawn behind the place `before`; None for none."""
    draws, count = before
    if draws is None or draws is not drawing.innermost or len(draws.found) <= count:
        return None
    return draws.found[-1].owners[0]


class Taken:
    """
    How many items the program has taken from an iterator that letgrad makes itself; None where it
    cannot know.
    """

    leads_on = True  # A part that is traced several times begins with the same item each time.

    def __init__(self, kind: str):
        self.kind = kind
        self.count: int | None = 0
        self.home = tracing.scope_or_none()

    def check(self) -> None:
        """Errors: `TypeError` if letgrad cannot know which item is the next one."""
        scope = tracing.scope_or_none()
        while scope is not None and scope is not self.home and scope.is_side:
            scope = scope.parent
        if self.count is None or self.home is not scope:
            raise located(
                TypeError,
                "a condition or a loop on traced values decides how many items the program has "
                f"taken from this iterator ({self.kind}); make it again, or use indices",
            )


NO_CODE = frozenset({"combinations", "count", "cycle", "permutations", "product", "repeat"})
"""Iterators of `itertools` that call nothing of the program for an item."""


def _runs_code(source: Any) -> bool:
    """Whether the next item of an iterator may compute with traced values."""
    name = type(source).__name__
    return not (name.endswith("iterator") or name in NO_CODE)


class Replay:
    """An iterator that can go back: it keeps the items that it took from another one."""

    __slots__ = ("__weakref__", "items", "place", "scope", "source")

    touches: ClassVar[list[Callable[[], None]]] = []
    """What ends a probe; `variables` puts it here."""

    def __init__(self, source: Iterator[Any]):
        self.source, self.place = source, 0
        self.items: list[Any] = []
        self.scope = tracing.current() if tracing.tracing() else None
        """Where the items, which the program computes once, have their values."""

    def __iter__(self) -> Replay:
        return self

    def __next__(self) -> Any:
        if self.place == len(self.items):
            if _runs_code(self.source):
                self._check_scope()
            self.items.append(next(self.source))
        self.place += 1
        return self.items[self.place - 1]

    def _check_scope(self) -> None:
        """
        Errors: `TypeError` for a generator from outside of a loop or a condition: its function
                would compute the item in a trace that letgrad may take back, and an error in the
                trace would end it.
        """
        for touch in self.touches:
            touch()
        if self.scope is not None and tracing.current() is not self.scope:
            raise located(
                TypeError,
                f"a loop or a condition on traced values takes the next item of a "
                f"{type(self.source).__name__} from outside of it; let the loop go over the items",
            )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise located(
            TypeError,
            "beside a loop or a condition on traced values, letgrad can only take items of the "
            f"{type(self.source).__name__}, and not use its {name}",
        )


@functools.cache
def _makes_iterators(kind: type) -> bool:
    return kind.__module__ in ("builtins", "itertools") and issubclass(kind, Iterator)


def is_iterator(value: Any) -> bool:
    """Whether a value is an iterator of Python itself, or a generator."""
    return _makes_iterators(type(value))


def holds_iterator(value: Any) -> bool:
    """Whether a value is an iterator, or a tuple with one."""
    if type(value) is tuple:
        return any(map(holds_iterator, value))
    return is_iterator(value)


def replayed(iterator: Any) -> Any:
    """The replay of an iterator. A tuple with iterators becomes one with their replays."""
    if type(iterator) is tuple:
        return tuple(replayed(x) if holds_iterator(x) else x for x in iterator)
    replay = _replays.get(id(iterator))
    if replay is None:
        replay = _replays[id(iterator)] = Replay(iterator)
    return replay


def state(value: Any) -> int | bytes | None:
    """The state that an object hides; None for an object that hides none."""
    if isinstance(value, Replay):
        return value.place
    if isinstance(value, Taken):
        return -1 if value.count is None else value.count
    return frozen_values.state(value) if isinstance(value, frozen_values.Generator) else None


def restore(value: Any, before: Any) -> None:
    """Puts an object back into the state `before`."""
    if isinstance(value, Replay):
        value.place = before
    elif isinstance(value, Taken):
        value.count = None if before == -1 else before
    else:
        frozen_values.put_state(value, pickle.loads(before))


def described(value: Any) -> str | None:
    """The object, for messages; None for an object that hides no state."""
    if isinstance(value, Replay):
        return f"the place of a Python {type(value.source).__name__}"
    if isinstance(value, Taken):
        return f"the place of a Python {value.kind}"
    if isinstance(value, frozen_values.Generator):
        return f"the state of a random generator ({type(value).__name__})"
    return None
