"""
Loops of a rewritten function: `for`; see `while_loops` for `while`.

A loop that touches no traced value runs as Python. Otherwise its body is traced once, for a turn
whose index, rows and carried variables are traced, and the loop is one `ten.scan`. Carried are the
variables that the body assigns and that a later turn or the rest of the function reads, and the
arrays that the body writes to. Which of these are traced, and their dtypes, come out of a fixpoint:
a variable stays a known value while each turn gives it the same value.

A body that needs the index itself (a list, a shape) cannot be traced so. Then the first turn runs
alone, because it often differs from the others. If the other turns cannot be one loop either, all
turns are traced one after the other, and a remark says why.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from .. import ops
from ..control_flow import loops
from ..tracing import Array, Number
from ..user_code import located
from . import (
    aliases,
    chosen_items,
    class_operators,
    indexed_lists,
    leaf_kinds,
    list_sites,
    listed_turns,
    partly_taken,
    variables,
)
from .chosen_items import Chosen
from .leaf_kinds import Unalike
from .listed_turns import Listed
from .loop_bodies import drop
from .traced_loops import FREE_TURNS, later
from .turns import (
    Endless,
    Items,
    Iterated,
    Own,
    Together,
    Turns,
    is_stamped,
    stamp,
)
from .variables import Part, Variables
from .weak_numbers import limits, number
from .while_loops import While

MOST_ROWS = 1 << 20
"""A loop of a computed number of turns has rows for the most turns, if these are not more."""


def for_(
    iterable: Iterable[Any],
    body: Part,
    assigned: Sequence[str],
    live: Sequence[str],
    head: Sequence[str],
    flags: Sequence[str],
    outer: Sequence[str] = (),
    appended: Sequence[str] = (),
) -> None:
    """
    `for item in iterable: body(item)`. The body assigns the variables `assigned`, and does nothing
    with those in `appended` but appending to them.
    """
    loop = _For(body, Variables([body], assigned, outer), set(live), set(head), tuple(flags))
    loop.appended = appended
    stands, iterable = iterable, chosen_items.settled(iterable)
    loop.reached = _reached_by_items(iterable)
    if isinstance(stands, indexed_lists.Rows):
        loop.over_rows_of(stands, stands.as_list())
        return
    if isinstance(iterable, Endless):
        loop.endless(iterable)
        return
    is_own = isinstance(iterable, Own)
    if is_own:
        iterable = iterable.iterator
    iterable = class_operators.iterated(iterable)
    if isinstance(iterable, Iterated):
        loop.taking(iterable)
        return
    turns = Turns.of(iterable)
    if turns is None and chosen_items.is_moving(stands):
        loop.over_known(stands)
        return
    if turns is None:
        takes = is_own or type(iterable) in (list, tuple)
        loop.over(iterable, listed_turns.of(iterable) if takes else None)
        return
    if isinstance(stands, Chosen) and stands.watch is not None:
        loop.over_turns(turns)
        stands.watch()  # Python looks at the list in each turn.
        return
    before = stamp(stands)
    if chosen_items.is_moving(stands):
        loop.over_turns(turns, lambda: is_stamped(stands, before), Items(stands).whole)
        return
    loop.over_turns(turns)
    if not is_stamped(stands, before):
        list_sites.note_chosen(stands)
        raise chosen_items.no("go through it while the loop changes it")


def _reached_by_items(iterable: Any) -> list[Any]:
    """What the items of a loop lead to: a write to a list of a dict changes the dict."""
    match iterable:
        case Together():
            return [x for part in iterable.parts for x in _reached_by_items(part)]
        case Items():
            return _reached_by_items(iterable.source)
        case Chosen() if getattr(type(iterable), "items_lead_on", False):
            return [iterable]
    return []


class _For(While):
    """`for item in items: body(item)`."""

    def over(self, iterable: Iterable[Any], listed: Listed | None) -> None:
        """A loop over what Python goes through. Python's iterator sees how turns change a list."""
        found = {id(x) for x in listed_turns.iterators(iterable)}
        self.is_endless = not listed_turns.is_finite(iterable)
        self._over(iter(iterable), listed, found, listed_turns.lists(iterable))
        if self._leaves_items(found):
            raise located(
                TypeError,
                "a jump on traced values decides how many items the loop takes from an iterator "
                "that the program uses later; make the iterator again, or use indices",
            )

    def _over(
        self,
        items: Iterator[Any],
        listed: Listed | None,
        iterators: set[int],
        lists: Sequence[Any],
    ) -> None:
        if listed is None:
            self.unroll(items, lists)
            return
        for _ in range(listed.first):
            if not self.turn([next(items)]):
                return
        first = next(items)
        if self._as_python([first]):
            if self.unset() is not False:
                self.unroll(items, lists)
            return
        rest = listed.turns
        if self._over_rows(listed, rest, iterators) is not None:
            if not self.turn([first]):
                return
            self.is_later, rest = True, rest.rest(1)
            if self._over_rows(listed, rest, iterators) is not None:
                self.unroll(items, lists)
                return
            next(items)
        for _ in range(rest.count - 1):
            next(items)
        if self.unset() is not False:
            self.unroll(items, lists)

    def _leaves_items(self, iterators: set[int]) -> bool:
        """
        Whether traced values decide which items of an iterator a jump leaves, and the program may
        use it later. If the trace knows the turn of the jump, it knows these items.
        """
        is_known = isinstance(self.unset(), bool)
        return not is_known and partly_taken.may_be_used(iterators)

    def over_turns(
        self,
        turns: Turns,
        stays: Callable[[], bool] | None = None,
        now: Callable[[], Turns | None] = lambda: None,
    ) -> None:
        """
        A loop over known turns. Where `stays` is false behind the loop, the body has changed a
        list, and the turns in each turn are those of `now`.
        """
        is_known = not isinstance(turns.count, Array)
        if is_known and stays is None:
            self.counted(turns)
            return

        def run() -> None:
            if is_known:
                self.counted(turns)
            else:
                self.traced_count(turns)
            if stays is not None and not stays():
                raise _Changes

        if not is_known:
            variables.touch()
        reason = self.attempt(run if is_known else lambda: self.indexing(run, math.inf))
        if isinstance(reason, _Changes):
            self.over_changing(now)
            return
        if isinstance(reason, Unalike):
            raise leaf_kinds.with_line(reason)
        if reason is not None:
            raise reason

    def over_known(self, own: Any) -> None:
        """A loop over a list that loops carry, and whose length is known."""

        def run() -> None:
            before = stamp(own)
            self.over(own, None)
            if not is_stamped(own, before):
                raise _Changes

        reason = self.attempt(run)
        if isinstance(reason, _Changes | chosen_items.ChangedList):
            self.over_changing(Items(own).whole)
        elif reason is not None:
            raise reason

    def over_changing(self, now: Callable[[], Turns | None]) -> None:
        """A loop over a list whose length depends on values, and which the body changes."""

        def turns() -> Turns:
            found = now()
            assert found is not None
            return found

        self.counting(0, 1, lambda: turns().count, lambda k: turns().at(k))

    def taking(self, iterator: Iterated) -> None:
        """A loop over an iterator that the program may use before and after the loop."""
        turns = iterator.left()
        assert turns is not None  # Such an iterator is made of known turns only.
        places = list(iterator.places())
        before = [place.count for place in places]
        stamps = [(x, stamp(x)) for x in iterator.sources()]

        def now() -> Turns | None:
            return iterator.left_behind(before)

        def stays() -> bool:
            return all(is_stamped(*x) for x in stamps)

        iterator.lose()  # The body cannot take items of it.
        are_moving = any(chosen_items.is_moving(x) for x, _ in stamps)
        self.over_turns(turns, stays if are_moving else None, now)
        if not are_moving and not stays():
            list_sites.note_chosen(next(x for x in stamps if not is_stamped(*x))[0])
            raise chosen_items.no("go through it while the loop changes it")
        if isinstance(turns.count, Array) or (are_moving and not stays()):
            return
        if self.unset() is True:
            for place, count in zip(places, before):
                place.count = count
            iterator.advance(turns.count, is_end=True)

    def over_rows_of(self, stands: indexed_lists.Rows, items: list[Any]) -> None:
        """
        Errors: `Unalike` if the body writes to the list that `stands` keeps in rows: Python's
                iterator would see it, and the loop around has to run turn by turn.
        """
        begun = stands.table.writes()
        self.over(items, listed_turns.of(items))
        if stands.table.writes() != begun:
            raise Unalike("the body changes a list through which the loop goes")

    def _over_rows(self, listed: Listed, turns: Turns, iterators: set[int]) -> Exception | None:
        """One loop over the items of lists; the error, after which nothing has happened."""

        def run() -> None:
            listed.check()
            self._scan(turns)
            listed.check()
            owners = [getattr(cell, "owner", None) for cell in self.variables.cells.values()]
            for own, _ in listed.lists:
                if any(x is own for x in (*owners, *self.appends)) or indexed_lists.is_written(own):
                    raise Unalike("the body changes a list through which the loop goes")
            if self._leaves_items(iterators):
                raise Unalike("a jump decides how many items the loop takes from an iterator")

        self.peels = True
        reason = self.attempt(lambda: self.indexing(run, turns.count))
        self.peels = False
        return reason

    # A known number of turns.

    def counted(self, turns: Turns) -> None:
        first = 0
        while first < turns.count:
            if first >= FREE_TURNS:
                self.unroll(turns.at(k) for k in range(first, turns.count))
                return
            if not self._as_python([turns.at(first)]):
                self._as_loop(turns.rest(first))
                return
            first += 1
            if self.unset() is False:
                return

    # A number of turns that the program computes.

    def traced_count(self, turns: Turns) -> None:
        run = getattr(loops, "fori_loop", None)
        if run is None:
            raise located(TypeError, "letgrad has no loops with a computed number of turns")

        def item(args: Iterator[Array]) -> list[Any]:
            return [turns.at(self._index(next(args), turns))]

        slots, held, trial, _ = self._stable([((), np.dtype(np.int64))], item, None)
        aliases.refuse(trial.exchanged)
        inits = self._inits(slots, held, False)

        def body(k: Any, values: Any) -> Any:
            return self._again(slots, held, values, [turns.at(self._index(k, turns))])

        drop(trial.scope)
        most = limits(turns.count)[1]
        known = int(most) if most <= MOST_ROWS else None
        results = run(0, ops.number(turns.count), body, tuple(inits), known)
        self._finish(slots, held, trial, results, later(lambda: np.greater(turns.count, 0)))

    def _index(self, k: Array, turns: Turns) -> Number:
        """The index of a turn, of a computed number of turns."""
        index = number(k, int)
        index.limits = 0, max(limits(turns.count)[1] - 1, 0)
        return index

    def endless(self, turns: Endless) -> None:
        """`for k in itertools.count(start, step)`, which is `while True` with a counter."""
        self.counting(turns.start, turns.step)


class _Changes(Exception):
    """A body changes the list that it goes through."""
