"""
The turns of a `for` loop over ranges, arrays, and zips, enumerations and products of these.

Python's iteration gives one item for each turn. For a loop of the IR, `Turns` has the items of all
turns: rows of arrays, or numbers in arithmetic progression.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .. import ops, tracing
from ..masked import Masked
from ..tracing import Array, Number
from ..user_code import as_python, located
from . import weak_numbers
from .chosen_items import Chosen, settled
from .weak_numbers import limits, number

ITERATORS = type(iter([])), type(iter(())), type(reversed([]))
"""Python's iterators over lists and tuples."""


@dataclass(frozen=True)
class Steps:
    """`range(start, stop, step)` of which a bound is traced. The step is known."""

    start: Any
    stop: Any
    step: int

    def count(self) -> Any:
        """The number of turns, which is traced."""
        low, high = (self.start, self.stop) if self.step > 0 else (self.stop, self.start)
        way = high if type(low) is int and low == 0 else high - low
        step = abs(self.step)
        low, high = weak_numbers.limits(way)
        if step == 1 and low >= 0:
            return way
        whole = way if step == 1 else (way + (step - 1)) // step
        count = weak_numbers.number(np.maximum(whole, 0))
        count.limits = max((low + step - 1) // step, 0), max((high + step - 1) // step, 0)
        return count

    def __iter__(self) -> Iterator[Any]:
        raise located(
            TypeError,
            "the bounds of this range are traced, so Python cannot go through it; only the "
            "`for` statement of an @lg.program can",
        )


@dataclass
class Taken:
    """How many items the program has taken from an iterator."""

    count: Any = 0
    home: Any = field(default_factory=tracing.scope_or_none)

    def check(self) -> None:
        """Errors: `TypeError` if letgrad cannot know which item is the next one."""
        if self.count is None or self.home is not tracing.scope_or_none():
            raise located(
                TypeError,
                "a condition or a loop on traced values decides how many items the program has "
                "taken from this iterator; make it again, or use indices",
            )


@dataclass(frozen=True)
class Together:
    """`zip(*parts)`, not yet gone through."""

    parts: tuple[Any, ...]
    taken: Taken = field(default_factory=Taken, compare=False)

    def __iter__(self) -> Iterator[Any]:
        return itertools.islice(zip(*self.parts), self.taken.count, None)


@dataclass(frozen=True)
class Backwards:
    """`reversed(whole)`."""

    whole: Any
    taken: Taken = field(default_factory=Taken, compare=False)

    def __iter__(self) -> Iterator[Any]:
        return itertools.islice(reversed(self.whole), self.taken.count, None)


@dataclass(frozen=True)
class Product:
    """`itertools.product(*parts)` of ranges and arrays, not yet gone through."""

    parts: tuple[Any, ...]

    def __iter__(self) -> Iterator[Any]:
        return itertools.product(*self.parts)

    def turns(self) -> Turns | None:
        """
        One source, the number of the turn: the item is the tuple of the items of the parts there.
        """
        parts = [Turns.of(part) for part in self.parts]
        if any(turns is None or isinstance(turns.count, Array) for turns in parts):
            return None
        sizes = [turns.count for turns in parts]  # type: ignore[union-attr]

        def item(k: Any) -> Any:
            places = []
            for size in reversed(sizes):
                place = k % size if len(places) < len(sizes) - 1 else k
                places.insert(0, weak_numbers.limited(place, size))
                k = k // size
            return tuple(turns.at(place) for turns, place in zip(parts, places))  # type: ignore[union-attr]

        return Turns(math.prod(sizes), Source(0, 1, then=item))


@dataclass(frozen=True)
class Each:
    """The items `item(k)` for k below `count`."""

    count: int
    item: Callable[[Any], Any]

    def __iter__(self) -> Iterator[Any]:
        return map(self.item, range(self.count))


@dataclass(frozen=True)
class Endless:
    """The numbers `start`, `start + step`, … without an end."""

    start: Any
    step: Any


def take_next(iterator: Together | Backwards) -> Any:
    """
    The next item of an iterator.

    Errors: `StopIteration` behind the last one; `TypeError` in a loop or under a condition.
    """
    taken = iterator.taken
    taken.check()
    whole = Turns.of(replace(iterator, taken=Taken()))
    assert whole is not None
    if isinstance(whole.count, Array):
        raise located(TypeError, "letgrad does not know how many items this iterator has")
    if taken.count >= whole.count:
        raise StopIteration
    taken.count += 1
    return whole.at(taken.count - 1)


class Walk:
    """Python's iterator over the items of known turns."""

    def __init__(self, turns: Turns):
        self.turns, self.begun = turns, 0

    def __iter__(self) -> Walk:
        return self

    def __next__(self) -> Any:
        if self.begun >= self.turns.count:
            raise StopIteration
        self.begun += 1
        return self.turns.at(self.begun - 1)


@dataclass(frozen=True)
class Own:
    """An iterator of Python that was made for one loop, so that nothing else takes its items."""

    iterator: Any


def fresh(iterable: Any) -> Any:
    """The iterable of a `for` loop, made for this loop, so that nothing else takes its items."""
    if type(iterable) in (enumerate, zip, Together, Backwards, *ITERATORS):
        return Own(iterable)
    if type(iterable) is not itertools.count:
        return iterable
    start = next(iterable)
    return Endless(start, next(iterable) - start)


def counted(part: Any, start: Any = 0) -> Any:
    """`enumerate(part, start)`."""
    if not isinstance(turns := Turns.of(part), Turns):
        return enumerate(part, start)
    if isinstance(turns.count, Array):
        return Together((Steps(start, start + turns.count, 1), part))
    if not isinstance(start, int):
        return Together((Steps(start, start + turns.count, 1), part))
    return Together((range(start, start + turns.count), part))


@dataclass(frozen=True)
class Source:
    """
    Items of all turns. A progression has `start` and `step`; otherwise `rows` is an array whose
    rows are the items.
    """

    start: Any = None
    step: int = 0
    rows: Any = None
    is_live: bool = False
    """Whether each turn reads its row from the array, as it is then."""
    then: Callable[[Any], Any] | None = None
    """Makes the item of a number of the progression. Without it, the item is the number."""
    wrap: Callable[[Any], Any] | None = None
    """Makes the item of a row. Without it, the item is the row."""

    def at(self, k: Any) -> Any:
        """The item of turn k, which is a Python int or a traced one."""
        if self.rows is not None:
            return self.row(self.rows[k])
        return self.item(self._number(k))

    def _number(self, k: Any) -> Any:
        if self.step == 1:
            return k if type(self.start) is int and self.start == 0 else self.start + k
        return self.start - k if self.step == -1 else self.start + k * self.step

    def item(self, number: Any) -> Any:
        return number if self.then is None else self.then(number)

    def row(self, row: Any) -> Any:
        return row if self.wrap is None else self.wrap(row)


@dataclass(frozen=True)
class Turns:
    """`count` turns, a Python int or a traced one. The items are tuples of tuples of sources."""

    count: Any
    items: Any

    @staticmethod
    def of(iterable: Any) -> Turns | None:
        """The turns of an iterable; None for one that only Python can go through."""
        if not isinstance(iterable, Chosen):
            iterable = settled(iterable)
        match iterable:
            case range():
                return Turns(len(iterable), Source(iterable.start, iterable.step))
            case Steps():
                return Turns(iterable.count(), Source(iterable.start, iterable.step))
            case Array() if iterable.ndim and not isinstance(iterable, Number):
                return Turns(iterable.shape[0], Source(rows=iterable))
            case Chosen(is_carried=True) if not isinstance(iterable.size(), Array):
                return None
            case Chosen() as chosen:
                return Turns(chosen.size(), Source(0, 1, then=chosen.front().at))
            case Masked():
                return Turns(iterable.count(), Source(rows=iterable.front_rows()))
            case np.ndarray() if iterable.ndim and iterable.dtype.kind in "biufc":
                return Turns(iterable.shape[0], Source(rows=iterable))
            case Together() | Backwards() if iterable.taken.count != 0:
                iterable.taken.check()
                whole = Turns.of(replace(iterable, taken=Taken()))
                assert whole is not None and not isinstance(whole.count, Array)
                return whole.rest(min(iterable.taken.count, whole.count))
            case Together(parts=parts):
                inner = [Turns.of(part) for part in parts]
                if not inner or any(turns is None for turns in inner):
                    return None
                count = inner[0].count  # type: ignore[union-attr]
                for turns in inner[1:]:
                    count = _least(count, turns.count)  # type: ignore[union-attr]
                return Turns(count, tuple(turns.items for turns in inner))  # type: ignore[union-attr]
            case Product():
                return iterable.turns()
            case Each():
                return Turns(iterable.count, Source(0, 1, then=iterable.item))
            case Backwards(whole=whole):
                turns = Turns.of(whole)
                return None if turns is None else turns.backwards()
        return None

    def backwards(self) -> Turns | None:
        def turned(source: Any) -> Any:
            if isinstance(source, tuple):
                return tuple(map(turned, source))
            if source.rows is None:
                start = source.start + (self.count - 1) * source.step
                return replace(source, start=start, step=-source.step)
            if isinstance(self.count, Array):
                return Source(self.count - 1, -1, then=lambda k: source.row(source.rows[k]))
            return replace(source, rows=source.rows[: self.count][::-1])

        return Turns(self.count, turned(self.items))

    def by_index(self) -> Turns:
        """The same turns, in which rows are read from their arrays."""

        def live(source: Any) -> Any:
            if isinstance(source, tuple):
                return tuple(map(live, source))
            return source if source.rows is None else replace(source, is_live=True)

        return Turns(self.count, live(self.items))

    def at(self, k: Any) -> Any:
        """The item of turn k."""
        return _at(self.items, k)

    def rest(self, first: int) -> Turns:
        """The turns from `first` on, of a known number of turns."""

        def later(source: Any) -> Any:
            if isinstance(source, tuple):
                return tuple(map(later, source))
            if source.rows is None:
                return replace(source, start=source.start + first * source.step)
            return replace(source, rows=source.rows[first : self.count])

        return Turns(self.count - first, later(self.items)) if first else self


def _at(source: Any, k: Any) -> Any:
    if isinstance(source, tuple):
        return tuple(_at(part, k) for part in source)
    return source.at(k)


def _least(a: Any, b: Any) -> Any:
    if isinstance(a, Array) or isinstance(b, Array):
        found = weak_numbers.number(np.minimum(a, b))
        ends = [weak_numbers.limits(x) for x in (a, b)]
        found.limits = min(low for low, _ in ends), min(high for _, high in ends)
        return found
    return min(a, b)


def sources(items: Any) -> Iterator[Source]:
    if isinstance(items, tuple):
        for part in items:
            yield from sources(part)
    else:
        yield items


def rebuilt(items: Any, values: Iterator[Any]) -> Any:
    """The item of a turn from the values of its sources."""
    if isinstance(items, tuple):
        return tuple(rebuilt(part, values) for part in items)
    return next(values)


def steps(*bounds: Any) -> Any:
    """`range(*bounds)`, of which a bound may be traced."""
    if not any(isinstance(b, Array) for b in bounds):
        return range(*bounds)
    start, stop, step = _three(bounds)
    if isinstance(step, Array):
        raise located(TypeError, "the step of a range must be a known int")
    if step == 0:
        raise located(ValueError, "range() arg 3 must not be zero")
    for bound in (start, stop):
        if isinstance(bound, Array) and (bound.shape or bound.dtype.kind not in "iu"):
            # Python takes bools, and a traced bool may be one of Python.
            make = located if bound.dtype.kind == "b" else as_python
            raise make(TypeError, f"{bound} cannot be a bound of a range")
    start, stop = (
        weak_numbers.number(b, int) if isinstance(b, Array) and not isinstance(b, Number) else b
        for b in (start, stop)
    )
    return Steps(start, stop, int(step))


def _three(bounds: Sequence[Any]) -> tuple[Any, Any, Any]:
    match list(bounds):
        case [stop]:
            return 0, stop, 1
        case [start, stop]:
            return start, stop, 1
        case [start, stop, step]:
            return start, stop, step
    raise as_python(TypeError, f"range takes 1 to 3 arguments, not {len(bounds)}")


def rows_of(source: Source, count: int) -> Array:
    if source.is_live:
        return tracing.constant(np.arange(count, dtype=np.int64))
    if source.rows is not None:
        rows = ops.lift(source.rows)
        return rows if rows.shape[0] == count else rows[:count]
    start = ops.lift(source.start)
    steps = np.arange(count, dtype=np.int64) * source.step
    if isinstance(source.start, Array):
        return np.add(steps, start)  # type: ignore[return-value]
    return tracing.constant(steps + int(source.start))


def item_of(source: Source, row: Array, count: int) -> Any:
    if source.rows is not None and not source.is_live:
        return source.row(row)
    index = number(row, int)
    if source.is_live:
        index.limits = 0, count - 1
        return source.at(index)
    low, high = limits(source.start)
    way = (count - 1) * source.step
    index.limits = low + min(way, 0), high + max(way, 0)
    return source.item(index)
