"""
Comprehensions and generator expressions of a rewritten function.

    [f(v) for v in xs if p(v)]    becomes
    _letgrad.listed("list", xs, lambda item: [_letgrad.turn((lambda: p(v),), lambda: f(v))
                                              for v in (item,)][0], True)

While the conditions are known, the items are those of Python. If a condition is traced, the result
is `Chosen`: each turn makes an item under its condition, in one loop of the program, or one turn
after the other where the turns differ.
"""

from __future__ import annotations

import copy
import functools
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import GeneratorType
from typing import Any

import numpy as np

from ...passes.rewriting.remarks import missed
from .. import ops, tracing
from ..array_views import storages
from ..control_flow import loops
from ..masked import Masked
from ..tracing import Array
from ..user_code import located
from . import (
    branching,
    class_operators,
    failures,
    function_source,
    grouping,
    joined_containers,
    leaf_kinds,
    looping,
    partly_taken,
    recursion,
    traced_loops,
    turns,
    unchanged,
    variables,
    written_arrays,
)
from .chosen_items import Chosen, settled, together, watching
from .given_items import NO_CONTENTS, Contents
from .leaf_kinds import Unalike
from .turns import Turns
from .weak_numbers import limits, truth

MOST_UNROLLED = 4
"""A comprehension of more turns becomes a loop, if its turns are alike."""

MOST_PEEKED = 1_000
"""A generator expression asks its conditions for so many items before Python goes through it."""

Thunk = Callable[[], Any]


@dataclass(frozen=True)
class Turn:
    """
    One turn: its conditions, and the item that it makes. With `nested`, the item is a list of
    items: the result of a comprehension inside.
    """

    tests: tuple[Thunk, ...]
    make: Thunk
    nested: bool


def turn(tests: tuple[Thunk, ...], make: Thunk, nested: bool = False) -> Turn:
    return Turn(tests, make, nested)


class _Traced(Exception):
    """A condition of a comprehension is traced."""


def listed(kind: str, iterable: Any, run: Callable[[Any], Turn], has_tests: bool) -> Any:
    """The list, set or generator of a comprehension. `run(item)` is the turn of an item."""
    given = iterable
    iterable = settled(class_operators.iterated(iterable))
    if isinstance(iterable, GeneratorType):
        run = functools.partial(_of_generator, iterable, run)
    if isinstance(iterable, Chosen):
        iterable = iterable.now()
    if is_of_unknown_length(iterable):
        return _finished(kind, _chosen(_all_items(iterable), run), run, given)
    if kind == "generator":
        return _generator(iterable, run, has_tests)
    if isinstance(iterable, grouping.Groups):
        groups, items = iterable, list(iterable)
        try:
            return listed(kind, items, functools.partial(grouping.in_turn, groups, run), has_tests)
        finally:
            groups.turn = None
    known = list | tuple | range | Array | np.ndarray | turns.Steps | turns.Iterated
    if not isinstance(iterable, known):
        iterable = list(iterable)  # The turns may go through it twice.
    places = list(iterable.places()) if isinstance(iterable, turns.Iterated) else []
    before = [place.count for place in places]
    undoing = Undoing(run)
    try:
        items = list(_as_python(iterable, run, undoing))
    except _Traced:
        undoing.put_back()
        for place, count in zip(places, before):
            place.count = count
        return _finished(kind, _chosen(_all_items(iterable), run))
    return _finished(kind, items) if kind == "set" else items


def _of_generator(items: GeneratorType[Any, Any, Any], run: Callable[[Any], Turn], x: Any) -> Turn:
    """
    The turn of an item of a generator.

    Errors: `TypeError` if the turn may have failed, and the generator, which goes on, changes more
            than its variables.
    """
    result = run(x)
    failures.check_code(items.gi_code)
    return result


def _finished(kind: str, items: Any, *looks_at: Any) -> Any:
    if kind == "generator":
        return as_generator(items, *looks_at)
    if kind != "set":
        return items
    if isinstance(items, Chosen):
        raise located(
            TypeError,
            "a traced condition chooses the items of this set, and letgrad cannot know which of "
            "them are equal; use a list, or np.unique(x[mask])",
        )
    return set_of(items)


def set_of(items: Any) -> set[Any]:
    """Errors: `TypeError` for traced items: letgrad cannot know which of them are equal."""
    items = list(items)
    if any(isinstance(x, Array | Chosen) for x in items):
        raise located(
            TypeError,
            "letgrad cannot know which of the traced items of a set are equal; use a list, or "
            "np.unique(x)",
        )
    return set(items)


def as_generator(items: Any, *looks_at: Any) -> Any:
    """
    Items of which the program can take each once. It may not change what the items look at before
    it takes them.
    """
    if not isinstance(items, Chosen):
        return iter(items)
    found = items.where(items.mask)
    found.is_generator = True
    if looks_at:
        found.watch = unchanged.Unchanged(*looks_at).check
    return found


def _all_items(iterable: Any) -> Any:
    """The items of an iterator, all of which the program takes now; others as they are."""
    return iterable.rest() if isinstance(iterable, turns.Iterated) else iterable


def is_of_unknown_length(iterable: Any) -> bool:
    """Whether the program computes how many items there are."""
    if isinstance(iterable, Chosen | Masked):
        return True
    known = Turns.of(iterable)
    return known is not None and isinstance(known.count, Array)


class Undoing:
    """
    What the parts of a comprehension change. A trace asks conditions of Python as long as it knows
    them. If one of them is traced, the turns begin again, and may change nothing twice.
    """

    def __init__(self, run: Callable[..., Any]):
        self.run = run
        self.before: tuple[variables.Surroundings, Any] | None = None

    def begin(self, one: Turn | None = None) -> None:
        """A turn begins."""
        if self.before is not None or not (one is None or one.tests or one.nested):
            return
        if _may_change(self.run):
            surroundings = variables.Surroundings([self.run])
            self.before = surroundings, written_arrays.snapshot(surroundings.arrays)

    def put_back(self) -> None:
        """The turns begin again."""
        if self.before is not None:
            surroundings, arrays = self.before
            surroundings.restore()
            written_arrays.restore(arrays)


def _may_change(run: Callable[..., Any]) -> bool:
    """Whether a part of a program may change an object or a variable around it."""
    code = getattr(run, "__code__", None)
    if code is None or function_source.RUNTIME not in code.co_freevars:
        return True  # This function is not of the program, and calls one of it.
    calls = any("callee" in inner.co_names for inner in function_source.codes(code))
    return calls or failures.may_change(code)


def _as_python(
    items: Iterable[Any], run: Callable[[Any], Turn], undoing: Undoing | None = None
) -> Iterator[Any]:
    """Errors: `_Traced` if a condition is traced, or a part has an unknown number of items."""
    for item in items:
        one = run(item)
        if undoing is not None:
            undoing.begin(one)
        if not _holds(one):
            continue
        made = one.make()
        if not one.nested:
            yield made
            continue
        if isinstance(made, Chosen):
            raise _Traced
        yield from made


def _holds(one: Turn) -> bool:
    for test in one.tests:
        value = test()
        if truth(value) is not None:
            raise _Traced
        if not value:
            return False
    return True


def _generator(iterable: Any, run: Callable[[Any], Turn], has_tests: bool) -> Any:
    """
    A generator of Python, unless a condition turns out to be traced. Python asks a condition when
    it needs the item, so a condition may fail for items that nobody needs.
    """
    if not has_tests:
        return _lazily(iterable, run)
    given = iterable
    sources: list[Any] = []
    if _is_finite(iterable):
        sources = partly_taken.behind(iterable)
        if joined_containers.reached({id(iterable)}):
            return _of_held(iterable, run, sources)
        iterable, is_whole = _gathered(iterable)
        if not is_whole:
            return _lazily(iterable, run)
    known = Turns.of(iterable)
    if known is None and not isinstance(iterable, list | tuple | dict):
        return _lazily(iterable, run)
    items = iterable if known is None else (known.at(k) for k in range(known.count))
    if not _asks_traced(items, run):
        return _lazily(iterable, run)
    items = _all_items(iterable)
    if isinstance(iterable, turns.Iterated):
        iterable.lose()  # Python takes an item of it with each item of the generator.
    if sources:
        partly_taken.check("this generator expression", sources)
    return as_generator(_chosen(items, run), run, given)


def _asks_traced(items: Iterable[Any], run: Callable[[Any], Turn], first: bool = False) -> bool:
    """
    Whether a condition of the first items is traced. Nothing has happened. With `first`, up to the
    first item for which all conditions hold.
    """
    undoing = Undoing(run)
    try:
        for item in itertools.islice(items, MOST_PEEKED):
            one = run(item)
            undoing.begin(one)
            if not _holds(one):
                continue
            if one.nested and isinstance(one.make(), Chosen):
                return True
            if first:
                return False
    except _Traced:
        return True
    except Exception:  # The program sees this error if it goes so far.
        return False
    finally:
        undoing.put_back()
    return False


def _of_held(iterator: Iterator[Any], run: Callable[[Any], Turn], sources: Sequence[Any]) -> Any:
    """
    The generator over the items of an iterator that the program may use later, too. Python takes an
    item of it with each item of the generator. With a traced condition, the program takes all of
    them now, and a later use is an error.
    """
    if type(iterator) in turns.ITERATORS:
        is_traced, items = _asks_traced(copy.copy(iterator), run), iterator
    else:
        taken: list[Any] = []

        def taking() -> Iterator[Any]:
            for item in iterator:
                taken.append(item)
                yield item

        # Python takes these items, too, when the program asks for the first one.
        is_traced, items = _asks_traced(taking(), run, True), itertools.chain(taken, iterator)
    if is_traced:
        gathered, is_whole = _gathered(items)
        if is_whole:
            partly_taken.check("this generator expression", sources)
            return as_generator(_chosen(gathered, run))
        items = gathered
    return _lazily(items, run)


def _is_finite(iterable: Any) -> bool:
    """Whether this is an iterator of Python over known items, such as `itertools.pairwise`."""
    kind = type(iterable)
    return (
        isinstance(iterable, Iterator)
        and kind.__module__ in ("builtins", "itertools")
        and not isinstance(iterable, GeneratorType | itertools.cycle | itertools.count)
    )


def _gathered(iterator: Iterator[Any]) -> tuple[Any, bool]:
    """The items of an iterator, and whether these are all."""
    items: list[Any] = []
    try:
        for item in iterator:
            items.append(item)
            if len(items) > traced_loops.MOST_TURNS:
                return itertools.chain(items, iterator), False
    except Exception as error:
        recursion.check_retry(error)
        return itertools.chain(items, _failing(error)), False
    return items, True


def _failing(error: Exception) -> Iterator[Any]:
    raise error
    yield


def _lazily(iterable: Any, run: Callable[[Any], Turn]) -> Iterator[Any]:
    try:
        yield from _as_python(iterable, run)
    except _Traced:
        raise located(
            TypeError,
            "the condition of this generator expression is traced, and Python goes through the "
            "iterator here; make a list of the items first, or write a loop",
        ) from None


# Items under conditions.


@dataclass
class _Part:
    """What a turn gives: whether there is an item (a bool, or traced), and the item."""

    mask: Any
    value: Any = None
    contents: Contents = NO_CONTENTS
    """The containers in the item. Behind a condition, the item has copies of them."""


class _State(threading.local):
    contents = NO_CONTENTS


_state = _State()
"""The containers in the item that the innermost condition gave."""

ABSENT = _Part(False)


def _part(one: Turn) -> _Part:
    """The item of a turn under its conditions."""
    return _part_from(one.tests, one.make, one.nested)


def _part_from(tests: tuple[Thunk, ...], make: Thunk, nested: bool) -> _Part:
    # The functions here lead to those of the program, so that letgrad sees what these change.
    if not tests:
        made = make()
        if nested and not isinstance(made, Chosen):
            if not made:
                return ABSENT
            made = together([True] * len(made), made)
        contents = made.contents if isinstance(made, Chosen) else Contents.of([made])
        return _Part(True, made, contents)
    value = tests[0]()
    mask = truth(value)
    if mask is None:
        return _part_from(tests[1:], make, nested) if value else ABSENT
    return _under(mask, lambda: _part_from(tests[1:], make, nested))


def _under(mask: Any, run: Callable[[], _Part]) -> _Part:
    """The part that `run` gives where a mask is true."""
    if mask is True:
        return run()
    value: Any = variables.UNDEFINED  # The other side gives them no values.
    inner: Any = variables.UNDEFINED

    def inside() -> None:
        nonlocal value, inner
        part = run()
        inner, value, _state.contents = part.mask, part.value, part.contents

    def outside() -> None:
        pass

    names = ("value", "inner")
    _state.contents = NO_CONTENTS
    branching.Branch(mask, (inside, outside), names, names, (), is_guard=True).run()
    if inner is False:
        return ABSENT
    found = mask if inner is True else np.logical_and(mask, inner)
    return _Part(found, value, _state.contents)


@dataclass
class _Walk:
    """
    The turns of a comprehension over arrays: `item(rows)` and `present(rows)` of turn k are those
    of the rows k of `rows`.
    """

    places: int
    rows: Sequence[Array]
    item: Callable[[Sequence[Array]], Any]
    present: Callable[[Sequence[Array]], Any]


def _walk(iterable: Any) -> _Walk | None:
    match iterable:
        case Chosen():
            rows = [*iterable.leaves, iterable.mask]
            return _Walk(iterable.places, rows, lambda r: iterable.item(r[:-1]), lambda r: r[-1])
        case Masked():
            mask = np.ravel(iterable.mask)
            return _Walk(mask.shape[0], [iterable.rows(), mask], lambda r: r[0], lambda r: r[1])  # type: ignore[list-item]
    known = Turns.of(iterable)
    if known is None:
        return None
    places = list(turns.sources(known.items))
    count = known.count
    most = _most(known) if isinstance(count, Array) else count
    rows = [turns.rows_of(source, most) for source in places]

    def item(given: Sequence[Array]) -> Any:
        values = [turns.item_of(s, x, most) for s, x in zip(places, given)]
        return turns.rebuilt(known.items, iter(values))

    if not isinstance(count, Array):
        return _Walk(most, rows, item, lambda _: True)
    rows.append(tracing.constant(np.arange(most, dtype=np.int64)))
    return _Walk(most, rows, item, lambda r: r[-1] < count)


def _most(known: Turns) -> int:
    """
    The most turns that there can be.

    Errors: `TypeError` if letgrad knows no bound.
    """
    sizes = [s.rows.shape[0] for s in turns.sources(known.items) if s.rows is not None]
    _, high = limits(known.count)
    if high <= looping.MOST_ROWS:
        sizes.append(max(int(high), 0))
    if not sizes:
        raise located(
            TypeError,
            "the program computes how many turns this comprehension has, and letgrad knows no "
            "bound; write a `for` statement, and an array for the items",
        )
    return min(sizes)


def _chosen(iterable: Any, given: Callable[[Any], Turn]) -> Any:
    """The items of all turns: `Chosen`, or a list if no condition is traced after all."""
    variables.touch()
    nested = False

    def run(item: Any) -> Turn:
        nonlocal nested
        one = given(item)
        nested = one.nested
        return one

    walk = _walk(iterable)
    if walk is not None and walk.places > MOST_UNROLLED:
        before = variables.Surroundings([given])
        try:
            found = _scanned(walk, run)
            found = found.flat() if nested else found
            if before.changed() is None:
                return found
            reason: Exception = Unalike("a turn changes a Python object")
        except Exception as error:
            reason = error
        before.restore()
        recursion.check_retry(reason)
        if walk.places > traced_loops.MOST_TURNS:
            raise reason
        text = str(reason).partition("\n")[0]
        missed(
            "program",
            "comprehension",
            tracing.location(),
            f"a comprehension of {walk.places} turns is unrolled: {text}",
        )
    parts = []
    if walk is None:
        parts = [_part(run(item)) for item in iterable]
    else:
        known = Turns.of(iterable)
        for k in range(walk.places):
            rows = [x[k] for x in walk.rows]
            known_item = known is not None and not isinstance(known.count, Array)
            item = known.at(k) if known_item else walk.item(rows)  # type: ignore[union-attr]
            present = walk.present(rows)
            mask = present if present is True else truth(present)
            parts.append(_under(mask, lambda item=item: _part(run(item))))
    return _joined(parts, nested)


def _scanned(walk: _Walk, run: Callable[[Any], Turn]) -> Any:
    """
    The items of all turns by one loop.

    Errors: `Unalike`, and all errors of the turns.
    """
    about: list[Any] = []

    def step(_: None, rows: Sequence[Array]) -> tuple[None, Any]:
        present = walk.present(rows)
        mask = present if present is True else truth(present)
        part = _under(mask, lambda: _part(run(walk.item(rows))))
        if part.mask is False:
            raise Unalike("no turn has an item")
        leaves, tree = leaf_kinds.flatten(part.value, "item")
        kinds = tuple(map(leaf_kinds.kind_of, leaves))
        about[:] = [tree, kinds, [_may_be_part(x, rows) for x in leaves], part.contents]
        return None, [ops.lift(part.mask), *(k.lift(x) for k, x in zip(kinds, leaves))]

    _, ys = loops.scan(step, None, list(walk.rows))
    tree, kinds, are_parts, contents = about
    mask, *leaves = ys
    leaves = [watching(x, walk.rows) if is_part else x for x, is_part in zip(leaves, are_parts)]
    return Chosen(tree, kinds, tuple(leaves), mask, contents=contents)


def _may_be_part(x: Any, rows: Sequence[Array]) -> bool:
    """Whether an item may be one of these rows, or have a part of its memory."""
    if not isinstance(x, Array) or storages.is_number(x):
        return False
    found = set(storages.roots(storages.of(x)))
    return any(x is row or found & set(storages.roots(storages.of(row))) for row in rows)


def _joined(parts: Sequence[_Part], nested: bool) -> Any:
    """
    The list of the items of some turns.

    Errors: `TypeError` for items that no array can hold, or whose structures or shapes differ.
    """
    blocks: list[tuple[Any, Any]] = []
    contents: list[Contents] = []
    for part in parts:
        if part.mask is False:
            continue
        contents.append(part.contents)
        if nested:
            inner = part.value
            blocks += [
                (np.logical_and(part.mask, inner.mask[k]), inner.at(k)) for k in range(inner.places)
            ]
        else:
            blocks.append((part.mask, part.value))
    if all(mask is True for mask, _ in blocks):
        return [value for _, value in blocks]
    return together([mask for mask, _ in blocks], [value for _, value in blocks], contents)


def folded(function: Callable[[Any, Any], Any], items: Chosen, *start: Any) -> Any:
    """
    `functools.reduce(function, items, *start)`. Of no items and without a start, the result is the
    item of a place without an item: 0.
    """
    if not start:
        text = "reduce() of empty iterable with no initial value"
        none = lambda: np.logical_not(items.some())  # noqa: E731
        failures.check_raises(TypeError, "reduce", "ask for the length before", none, text)
    front = items.front()
    total = start[0] if start else front.at(0)

    def body(k: Any) -> None:
        nonlocal total
        total = function(total, front.at(k))

    first = 0 if start else 1
    looping.for_(turns.steps(first, items.size()), body, ("total",), ("total",), ("total",), ())
    return total
