"""
The turns of a `for` loop over ranges, arrays, and zips, enumerations and products of these.

Python's iteration gives one item for each turn. For a loop of the IR, `Turns` has the items of all
turns: rows of arrays, or numbers in arithmetic progression.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .. import ops, tracing
from ..masked import Masked
from ..tracing import Array, Number
from ..user_code import as_python, located
from . import joined_containers, weak_numbers
from .chosen_items import Chosen, is_moving, settled
from .hidden_states import Taken
from .weak_numbers import limits, number

CHANGED = (
    "the program changes a variable, a list, an object or an array that this iterator looks at, "
    "while there may be items to take; make a list of the items before"
)

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


class Iterated:
    """
    An iterator over known turns. An item that the program has taken does not come again: `places`
    count these items, or are lost, and then a later use is an error; see `partly_taken`.
    """

    leads_on = True

    def places(self) -> Iterator[Taken]:
        """How many items the program has taken, from each iterator inside."""
        raise NotImplementedError

    def left(self) -> Turns | None:
        """
        The turns that the program has not taken; None for those that only Python can go through.

        Errors: `TypeError` if letgrad cannot know which item is the next one.
        """
        raise NotImplementedError

    def left_behind(self, counts: Sequence[int | None]) -> Turns | None:
        """The turns behind so many items of each place, wherever the program is."""
        places = list(self.places())
        before = [(place.count, place.home) for place in places]
        try:
            for place, count in zip(places, counts, strict=True):
                place.count, place.home = count, tracing.scope_or_none()
            return self.left()
        finally:
            for place, own in zip(places, before):
                place.count, place.home = own

    def front(self) -> Any:
        """The next item."""
        raise NotImplementedError

    def advance(self, count: int, is_end: bool) -> None:
        """
        The program takes so many items. With `is_end`, it asks for one more, and there is none.
        """
        raise NotImplementedError

    def sources(self) -> Iterator[Any]:
        """The lists and arrays inside that have the items."""
        raise NotImplementedError

    def lose(self) -> None:
        """Nobody knows how many items the program has taken."""
        for place in self.places():
            place.count = None

    def rest(self) -> Left:
        """Takes all items."""
        left = self.left()
        assert left is not None
        if isinstance(left.count, Array):
            self.lose()
        else:
            self.advance(left.count, is_end=True)
        return Left(left)

    def __iter__(self) -> Iterated:
        return self

    def __next__(self) -> Any:
        left = self.left()
        if left is None or isinstance(left.count, Array):
            raise located(TypeError, "letgrad does not know how many items this iterator has")
        if left.count <= 0:
            self.advance(0, is_end=True)
            raise StopIteration
        item = self.front()
        self.advance(1, is_end=False)
        return item


class Items(Iterated):
    """The items of an iterable, from the first one on."""

    kind = "iterator"

    def __init__(self, source: Any):
        self.source = source
        self.taken = Taken(self.kind)

    def whole(self) -> Turns | None:
        """All turns."""
        if is_moving(self.source):
            return Turns(self.source.size(), Source(0, 1, then=self.source.at))
        return Turns.of(self.source)

    def places(self) -> Iterator[Taken]:
        yield self.taken

    def sources(self) -> Iterator[Any]:
        if isinstance(self.source, Iterated):
            yield from self.source.sources()
        else:
            yield self.source

    def left(self) -> Turns | None:
        whole = self.whole()
        self.taken.check()
        if whole is None or not self.taken.count:
            return whole
        return whole.rest(min(self.taken.count, whole.count))

    def front(self) -> Any:
        whole = self.whole()
        assert whole is not None and self.taken.count is not None
        return whole.at(self.taken.count)

    def advance(self, count: int, is_end: bool) -> None:
        assert self.taken.count is not None
        self.taken.count += count


class Together(Iterated):
    """
    `zip(*parts)`. A part that is an iterator moves with it, as in Python.
    """

    def __init__(self, parts: Sequence[Any], kind: str = "zip"):
        self.parts = tuple(p if isinstance(p, Iterated) else Items(p) for p in parts)
        for place in self.places():
            place.kind = kind

    def places(self) -> Iterator[Taken]:
        for part in self.parts:
            yield from part.places()

    def sources(self) -> Iterator[Any]:
        for part in self.parts:
            yield from part.sources()

    def left(self) -> Turns | None:
        inner = [part.left() for part in self.parts]
        if not inner or any(turns is None for turns in inner):
            return None
        count = inner[0].count  # type: ignore[union-attr]
        for turns in inner[1:]:
            count = _least(count, turns.count)  # type: ignore[union-attr]
        return Turns(count, tuple(turns.items for turns in inner))  # type: ignore[union-attr]

    def front(self) -> Any:
        return tuple(part.front() for part in self.parts)

    def advance(self, count: int, is_end: bool) -> None:
        for part in self.parts:
            left = part.left()
            assert left is not None
            stops = is_end and left.count == count
            # Python has taken one more item of each part before the one that stops.
            part.advance(count + 1 if is_end and not stops else count, stops)
            is_end = is_end and not stops


class Backwards(Items):
    """
    `reversed(whole)`.

    Errors: `TypeError` for a list that has changed since: Python begins at the item that was last.
    """

    kind = "reversed"

    def __init__(self, source: Any):
        super().__init__(source)
        self.stamp = stamp(source)

    def left(self) -> Turns | None:
        check_stamp(self.source, self.stamp)
        return super().left()

    def whole(self) -> Turns | None:
        turns = Turns.of(self.source)
        return None if turns is None else turns.backwards()

    def front(self) -> Any:
        whole = Turns.of(self.source)
        assert whole is not None and self.taken.count is not None
        return whole.at(whole.count - 1 - self.taken.count)


class Product(Items):
    """`itertools.product(*parts)` of ranges and arrays."""

    kind = "product"

    def whole(self) -> Turns | None:
        """
        One source, the number of the turn: the item is the tuple of the items of the parts there.
        """
        parts = [Turns.of(part) for part in self.source]
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


class Each(Items):
    """The items `item(k)` for k below `count`."""

    def __init__(self, count: int, item: Callable[[Any], Any]):
        super().__init__(item)
        self.most = count

    def whole(self) -> Turns | None:
        return Turns(self.most, Source(0, 1, then=self.source))


@dataclass(frozen=True)
class Left:
    """The items that nobody had taken from an iterator."""

    turns: Turns

    def __iter__(self) -> Iterator[Any]:
        return Walk(self.turns)


@dataclass(frozen=True)
class Endless:
    """The numbers `start`, `start + step`, … without an end."""

    start: Any
    step: Any


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
    is_count = type(iterable) is itertools.count
    if not is_count and type(iterable) not in (enumerate, zip, *ITERATORS):
        return iterable
    if joined_containers.reached({id(iterable)}):
        return iterable  # A function gave an iterator that the program has elsewhere, too.
    if not is_count:
        return Own(iterable)
    start = next(iterable)
    return Endless(start, next(iterable) - start)


def together(parts: Sequence[Any], kind: str) -> Any:
    """`zip(*parts)` of known turns, or Python's, if an iterator is two parts of it."""
    found = Together(parts, kind)
    places = list(map(id, found.places()))
    return found if len(set(places)) == len(places) else zip(*found.parts)


class Numbers(Items):
    """The numbers of the items of another part, from `start` on."""

    def __init__(self, part: Iterated, start: Any):
        super().__init__(part)
        self.start = start

    def whole(self) -> Turns | None:
        turns = self.source.left()
        if turns is None or self.taken.count is None:
            return turns and Turns(turns.count, Source(self.start, 1))
        # The part has as many items less.
        return Turns(turns.count + self.taken.count, Source(self.start, 1))


def counted(part: Any, start: Any = 0) -> Any:
    """`enumerate(part, start)`."""
    if Turns.of(part) is None and not is_moving(part):
        return enumerate(part, start)
    if not isinstance(start, Array):
        enumerate((), start)  # It has to be an int.
    part = part if isinstance(part, Iterated) else Items(part)
    return Together((Numbers(part, start), part), "enumerate")


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
            case Iterated():
                return iterable.left()
            case Left():
                return iterable.turns
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


def stamp(source: Any) -> tuple[Any, ...]:
    """The parts of a list, by which `is_stamped` knows whether it has changed."""
    if isinstance(source, Chosen):
        return source.stamp()
    return tuple(source) if isinstance(source, list | deque) else ()


def is_stamped(source: Any, before: tuple[Any, ...]) -> bool:
    """Whether a list is as it was when `before` was its stamp."""
    now = stamp(source)
    return len(now) == len(before) and all(
        x is y or (type(x) is type(y) is int and x == y) for x, y in zip(now, before)
    )


def check_stamp(source: Any, before: tuple[Any, ...]) -> None:
    """Errors: `TypeError` for a list that has changed."""
    if not is_stamped(source, before):
        raise located(TypeError, CHANGED)


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
