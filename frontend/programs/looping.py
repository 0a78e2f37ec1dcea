"""
Loops of a rewritten function: `for` and `while`.

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

import functools
import inspect
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from xdsl.ir import Region, SSAValue

from ...dialects import ten
from ...passes.rewriting.remarks import missed
from .. import ops, tracing
from ..array_views import storages
from ..array_views.storages import Storage
from ..control_flow import loops
from ..tracing import Array, Number
from ..user_code import located
from . import (
    aliases,
    branching,
    chosen_items,
    class_operators,
    indexed_lists,
    known_turns,
    leaf_kinds,
    list_sites,
    listed_turns,
    partly_taken,
    recursion,
    variables,
    written_arrays,
)
from .appended_rows import FEWEST_TURNS, MOST_RETRIES, MOST_UNSHARED, Lists
from .chosen_items import Chosen
from .drawn_rows import Drawn, Draws
from .growing_lists import Grows, NotYet, Reads
from .leaf_kinds import Unalike
from .listed_turns import Listed
from .loop_bodies import Body, OneTurn, drop, erase_unused
from .loop_slots import Slot, Trial
from .turns import (
    Endless,
    Items,
    Iterated,
    Own,
    Together,
    Turns,
    is_stamped,
    item_of,
    rebuilt,
    rows_of,
    sources,
    stamp,
)
from .variables import UNDEFINED, Part, Surroundings, Touched, Variables
from .weak_numbers import limits, number, truth

MOST_TURNS = 20_000
"""A loop with more turns is not unrolled."""

MANY_LISTS = (
    "the body changes many Python lists; keep their numbers in one array, as in u = np.array(u), "
    "and write u[i, j] in the place of u[i][j]"
)

MOST_IN_ROWS = 32
"""So many lists that a body indexes by a counter stand in rows: for each, it is traced again."""

MOST_ROWS = 1 << 20
"""A loop of a computed number of turns has rows for the most turns, if these are not more."""

MOST_OPEN_TURNS = 200
"""The same for a `while` of which only a jump on a traced condition may end the turns."""

FREE_TURNS = 8
"""After so many turns without traced values, letgrad takes a loop for one of Python alone."""

MOST_ALONE = 64
"""So many turns run alone while a list or a deque gets its length."""


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
    loop = _Loop(body, Variables([body], assigned, outer), set(live), set(head), tuple(flags))
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


def while_(
    test: Part,
    body: Part,
    assigned: Sequence[str],
    live: Sequence[str],
    head: Sequence[str],
    flags: Sequence[str],
    outer: Sequence[str] = (),
    test_may_change: bool = False,
) -> None:
    """
    `while test(): body()`. The body and the test assign the variables `assigned`. `test_may_change`
    says whether the test calls functions that may change objects.
    """
    parts = Variables([test, body], assigned, outer)
    loop = _Loop(body, parts, set(live), set(head), tuple(flags))
    if not test_may_change:
        loop.while_(test)
        return
    try:
        loop.while_(loop.watched(test))
    except TestChanges:
        # `while True: if not test(): break; body()`: a turn of it runs the test once.
        loop.body = loop.ending(test)
        loop.while_(lambda: True)


class _Loop(Body):
    is_while = False
    is_endless = False
    """Whether the iterator may have no end."""
    had_rows = False
    """Whether the last trace kept lists in rows, and failed."""
    appends: Sequence[list[Any]] = ()
    """The lists to which the body appends."""

    def unroll(self, items: Iterable[Any], lists: Sequence[Any] = ()) -> None:
        """
        One turn after the other.

        Errors: `TypeError` if a turn gives one of these lists items under conditions, and for an
                iterator without an end that only a jump on traced values leaves.
        """
        open_turns = 0
        for item in items:
            if (own := next(filter(chosen_items.has_perhaps, lists), None)) is not None:
                error = chosen_items.no("go through it while the loop changes it")
                raise list_sites.because_of(error, own)
            if not self.turn([item]):
                break
            open_turns += self.is_endless and self.unset() is not True
            if open_turns > MOST_OPEN_TURNS:
                raise located(
                    TypeError,
                    "a jump on traced values ends this loop over an iterator without an end; write "
                    "`for k in itertools.count():` or a `while` loop",
                )

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

    def _as_python(self, item: Sequence[Any], run: Callable[..., bool] | None = None) -> bool:
        """
        Runs a turn if it touches no traced value. Otherwise nothing has happened.
        """
        before = self.variables.read()
        surroundings = Surroundings([self.body, *self.reached], self.variables.cells.values())
        states = written_arrays.snapshot(surroundings.arrays)
        try:
            with variables.probing():
                self.body(*item)
        except Touched:
            surroundings.restore()
            written_arrays.restore(states)
            self.variables.write(before)
            variables.touch()
            return False
        return True

    def _as_loop(self, turns: Turns) -> None:
        if turns.count == 1:
            self.turn([turns.at(0)])
            return
        self.peels = True
        reason = self.attempt(lambda: self.indexing(lambda: self._scan(turns), turns.count))
        self.peels = False
        if reason is None:
            return
        rest, alone = turns, 0
        while True:
            for _ in range(max(alone, 1)):
                if not self.turn([rest.at(0)]):
                    return
                rest, alone = rest.rest(1), alone + 1
            self.is_later = True
            if rest.count <= 2:
                break
            reason = self.attempt(
                lambda rest=rest: self.indexing(lambda: self._scan(rest), rest.count)
            )
            if reason is None:
                return
            if not isinstance(reason, NotYet) or alone >= MOST_ALONE or rest.count <= alone:
                break
        if rest.count > MOST_TURNS:
            raise located(
                TypeError,
                f"the {turns.count} turns of this loop differ, and letgrad does not write so many "
                f"turns one after the other: {leaf_kinds.text(reason)}",
            )
        missed(
            "program",
            "loop",
            tracing.location(),
            f"a loop of {turns.count} turns is unrolled: {leaf_kinds.text(reason)}",
        )
        self.unroll(rest.at(k) for k in range(rest.count))

    def attempt(self, run: Callable[[], None]) -> Exception | None:
        """Runs a function that makes a loop; the error, after which nothing has happened."""
        before = self.variables.read()
        surroundings = Surroundings([self.body, *self.reached], self.variables.cells.values())
        states = written_arrays.snapshot(surroundings.arrays)
        begun, cells = (self.body, self.flags, self.is_while), dict(self.variables.cells)
        try:
            run()
        except Exception as error:
            surroundings.restore()
            written_arrays.restore(states)
            self.variables.write(before)
            self.last = {}  # Its values belong to the regions that nobody uses.
            recursion.check_retry(error)
            # A `while` of a known number of turns got another body.
            self.body, self.flags, self.is_while = begun
            self.variables.cells = cells
            if self.had_rows:
                self.had_rows = False
                return self.attempt(run)
            return error
        return None

    def indexing(self, run: Callable[[], None], turns: float) -> None:
        """
        Runs a function that makes a loop of so many turns. Lists that the body indexes by a counter
        stand in rows of arrays meanwhile.
        """
        frame = indexed_lists.Frame(self, turns, self.known)
        begun = self.body, self.flags, self.is_while, dict(self.variables.cells)
        for _ in range(MOST_IN_ROWS):
            # A `while` of a known number of turns gets another body.
            self.body, self.flags, self.is_while = begun[:3]
            self.variables.cells = dict(begun[3])
            try:
                with frame:
                    run()
                    frame.check()
                frame.finish()
                return
            except indexed_lists.Indexed as more:
                if more.frame is not frame:
                    raise
                frame.take(more)
            except indexed_lists.Known as known:
                self.known.append(known.own)
                self.had_rows = True
                raise
            except Exception:
                self.had_rows = frame.refuse()
                raise
        raise Unalike(MANY_LISTS)

    # One loop of the IR.

    def _scan(self, turns: Turns) -> None:
        try:
            self._scan_of(turns)
        except _LiveRows:
            # The rows are views: the body reads and writes them in the array itself.
            self._scan_of(turns.by_index())

    def _scan_of(self, turns: Turns) -> None:
        try:
            with Draws(turns.count) as self.draws:
                is_long = turns.count >= FEWEST_TURNS
                shares = self.is_while or turns.count > MOST_UNSHARED
                self._appending(lambda: self._one_scan(turns), is_long, shares)
        finally:
            self.draws = None

    def _appending(self, run: Callable[[], Any], takes_lists: bool, shares: bool) -> Any:
        """
        The result of a function that traces the body. What the body appends goes to lists, if
        `takes_lists` holds.
        """
        lists = Lists(self.body, self.appended if takes_lists else ())
        lists.shares = shares
        for _ in range(MOST_RETRIES):
            try:
                with lists:
                    self.lists = lists if takes_lists else None
                    return run()
            except Grows as more:
                lists.take(more.lists)
            except Reads as reads:
                lists.carry(reads)
            except Drawn as more:
                assert self.draws is not None
                self.draws.make(more.found)
            finally:
                self.appends = [kept.own for kept in lists.kept]
                self.lists = None
                self.variables.forget(x for kept in lists.kept for x in kept.growing.carried())
        raise Unalike(MANY_LISTS)

    def _one_scan(self, turns: Turns) -> None:
        rows = [rows_of(source, turns.count) for source in sources(turns.items)]
        draws = self.draws
        if draws is not None:
            rows += draws.rows
        places = list(sources(turns.items))

        given: list[Array] = []

        def item(args: Iterator[Array]) -> list[Any]:
            given[:] = args
            if draws is not None:
                draws.begin(given[len(places) :])
            values = [item_of(source, x, turns.count) for source, x in zip(places, given)]
            return [rebuilt(turns.items, iter(values))]

        def check(written: Collection[Storage]) -> None:
            if draws is not None:
                draws.check()
            kept = self._kept()
            for source, row in zip(places, given):
                if source.rows is None or source.is_live:
                    continue
                changed = row.storage is not None and row.storage.version
                if isinstance(source.rows, np.ndarray):
                    if changed:
                        raise Unalike("the body writes to the rows of a NumPy array")
                elif (
                    changed
                    or storages.any_shared(source.rows.storage, written)
                    or (
                        kept
                        and row.shape
                        and kept.intersection(storages.possible(storages.of(row)))
                    )
                ):
                    # A list or a variable that keeps the row would not see a later write to the
                    # array, either.
                    raise _LiveRows

        self.check = check
        kinds = [(x.shape[1:], x.dtype) for x in rows]
        self.turns = turns.count
        slots, held, trial, block_args = self._stable(kinds, item, None)
        inits = self._inits(slots, held, True)
        count = len(block_args)
        with tracing.within(trial.scope):
            yielded = [x for name in slots for x in trial.leaves[name]]
            yielded += [*trial.written, *trial.staying]
            yielded += [y for part in trial.rows for item in part for y in item.outputs]
            tracing.add(ten.YieldOp(*[tracing.use(x) for x in yielded]))
        assert count == len(inits) + len(rows)
        scan = ten.ScanOp(
            turns.count,
            [tracing.use(x) for x in inits],
            [tracing.use(x) for x in rows],
            Region(trial.scope.block),
        )
        results = [Array.of(value, tracing.current()) for value in tracing.add(scan).results]
        entries = {v: slots[v].inits[0] for v in trial.exchanged}
        results, columns = results[: len(inits)], results[len(inits) :]
        ends = self._finish(slots, held, trial, results, made=None, count=turns.count)
        for name in entries:
            # Another name may hold the array, also if nothing reads the variable any more.
            array = entries[aliases.after(trial.exchanged, name, turns.count)]
            storages.assign(storages.of(array), ends[name])
            if self.variables.get(name) is not UNDEFINED:
                self.variables.put(name, array)
        if self.lists is not None:
            self.lists.extend(trial.rows, columns, self.begun, ends, scan)

    def _kept(self) -> set[Storage]:
        """The storages whose memory new items of lists, and variables read later, are or may be."""
        found = self.lists.memory() if self.lists is not None else set[Storage]()
        for name in self.variables.cells:
            if self._is_read(name) and self.variables.get(name) is not UNDEFINED:
                for x in aliases.arrays(self.variables.get(name)):
                    found.update(storages.possible(storages.of(x)))
        return found

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
        self._finish(slots, held, trial, results, _later(lambda: np.greater(turns.count, 0)))

    def _index(self, k: Array, turns: Turns) -> Number:
        """The index of a turn, of a computed number of turns."""
        index = number(k, int)
        index.limits = 0, max(limits(turns.count)[1] - 1, 0)
        return index

    # while.

    def endless(self, turns: Endless) -> None:
        """`for k in itertools.count(start, step)`, which is `while True` with a counter."""
        self.counting(turns.start, turns.step)

    def counting(
        self,
        start: Any,
        step: Any,
        count: Callable[[], Any] | None = None,
        item: Callable[[Any], Any] = lambda k: k,
    ) -> None:
        """Turns for `start`, `start + step`, …, as long as these are below `count()`."""
        counter = [start]
        body = self.body

        def counting() -> None:
            k = counter[0]
            counter[0] = k + step
            body(item(k))

        self.body = counting
        names = self.variables.add([variables.Place(counter, 0)])
        self.head.update(names)
        self.while_(lambda: True if count is None else counter[0] < count())

    def watched(self, test: Part) -> Part:
        """The test of a `while`. If it changes something, it raises `TestChanges` instead."""

        @functools.wraps(test)
        def run() -> Any:
            before = self.variables.read()
            surroundings = Surroundings([test], self.variables.cells.values())
            states = written_arrays.snapshot(surroundings.arrays)

            def restore() -> None:
                surroundings.restore()
                written_arrays.restore(states)
                self.variables.write(before)

            try:
                value = test()
            except Touched:
                restore()
                raise
            now = self.variables.read()
            is_same = all(now[name] is x for name, x in before.items())
            if surroundings.changed() is None and is_same and not written_arrays.changed(states):
                return value
            restore()
            raise TestChanges

        return run

    def while_(self, test: Part) -> None:
        """A trace may run the test of a turn more than once, so that it may change nothing."""
        turns = 0
        while True:
            go_on = self._tested(test)
            if go_on is False or self.unset() is False:
                return
            if go_on is None or self.unset() is not True:
                break
            if turns < FREE_TURNS:
                if not self._as_python([]):
                    break
            else:
                self.body()
            turns += 1
        reason = self.attempt(lambda: self.indexing(lambda: self._while(test), math.inf))
        if reason is None:
            return
        if isinstance(reason, TestChanges):
            raise reason
        if isinstance(reason, OneTurn):
            self._once(test)
            return
        if self._tested(test) is None:
            raise leaf_kinds.with_line(reason)
        missed(
            "program",
            "loop",
            tracing.location(),
            f"a while loop is unrolled: {leaf_kinds.text(reason)}",
        )
        turns = 0
        while self._tested(test) and self.turn([]):
            turns += 1
            if turns > MOST_TURNS or (turns > MOST_OPEN_TURNS and self.unset() is not True):
                raise leaf_kinds.with_line(reason)
        if self._tested(test) is None:
            raise leaf_kinds.with_line(reason)

    def _once(self, test: Part) -> None:
        """A `while` whose body leaves the loop on each way, which is an `if`."""
        body = self.body  # A part leads to the objects that it can change.

        def run() -> None:
            branching.if_(
                test(), body, lambda: None, (), sorted(self.live | self.head), self.flags,
                carried=self.variables.copy(),
            )  # fmt: skip

        go_on = self.unset()
        if go_on is True:
            run()
        else:
            self.body = run
            self.guarded(go_on, [])

    def _tested(self, test: Part) -> bool | None:
        """The truth of the test, if it is known."""
        try:
            with variables.probing():
                value = test()
        except Touched:
            return None
        if isinstance(value, Chosen):
            value = value if (some := value.some()) is None else some
        return None if isinstance(value, Array) else bool(value)

    def _while(self, test: Part) -> None:
        variables.touch()
        at_least_one = self._tested(test) is True
        self.turns = None
        slots, held, trial, _ = self._appending(
            lambda: self._stable([], lambda args: [], test), True, True
        )
        inits = self._inits(slots, held, at_least_one)
        known = self._known_count(slots, trial, inits)
        if known is not None and (known[1] or any(trial.rows)):
            drop(trial.scope)
            self._counted_while(test, *known)
            return
        if any(trial.rows):
            drop(trial.scope)
            error = Unalike(
                "the body appends to a Python list, and letgrad does not know how many turns this "
                "while loop may make; write `for k in range(most):` and `break`, or an array of "
                "the most items"
            )
            raise list_sites.because_of(error, *self.appends)
        aliases.refuse(trial.exchanged)

        def cond(values: Sequence[Array]) -> Any:
            before = self.variables.read()
            given = iter(values)
            for name, slot in slots.items():
                own = [kind.wrap(next(given)) for kind in slot.kinds]
                self.variables.put(name, slot.tree.unflatten(own))
            with storages.recording():
                for storage in held:
                    storages.assign(storage, next(given))
                # A jump may leave the loop in a state in which the test reads beyond an array. The
                # values are not used then.
                go_on = self.unset()
                value = test()
                holds = truth(value)  # A list has its length now, before the variables go back.
                if holds is None:
                    holds = tracing.constant(np.bool_(bool(value)))
            self.variables.write(before)
            return holds if go_on is True else np.logical_and(go_on, holds)

        with tracing.region([arg.type for arg in trial.scope.block.args]) as (scope, args):
            tracing.add_yield(scope, [ops.cast(ops.number(ops.lift(cond(args))), ops.BOOL)])
        after = [x for name in slots for x in trial.leaves[name]]
        tracing.add_yield(trial.scope, [*after, *trial.written, *trial.staying])
        if trial.tested is not None and trial.tested.parent is trial.scope.block:
            erase_unused(trial.scope.block, trial.tested)
        loop = ten.WhileOp(
            [tracing.use(x) for x in inits], Region(scope.block), Region(trial.scope.block)
        )
        results = [Array.of(value, tracing.current()) for value in tracing.add(loop).results]
        made = None if at_least_one else _later(lambda: _tested_first(results[0].value.owner))
        self._finish(slots, held, trial, results, made)

    def _known_count(
        self, slots: dict[str, Slot], trial: Trial, inits: list[Array]
    ) -> tuple[int, bool] | None:
        """
        The greatest number of turns of a `while`, and whether it makes as many, unless a jump ends
        the loop. None if known numbers do not bound it.
        """
        cells = self.variables.cells
        owners = [getattr(cells.get(name), "owner", None) for name in slots]
        if any(getattr(x, "is_carried", False) for x in owners) and not any(trial.rows):
            return None  # The length of a list says how many turns there are.
        block = trial.scope.block
        with tracing.within(trial.scope):
            ends = [tracing.use(x) for name in slots for x in trial.leaves[name]]
            ends += map(tracing.use, (*trial.written, *trial.staying))
        simulation = known_turns.Simulation(block, [x.value for x in inits], ends)
        places: dict[str, int] = {}
        place = 0
        for name, slot in slots.items():
            places[name] = place
            place += len(slot.kinds)
        flags = [block.args[places[flag]] for flag in self.flags if flag in slots]
        test = trial.test.value if isinstance(trial.test, Array) else None
        if test is None and not trial.test:
            return None
        return known_turns.count(simulation, test, flags)

    def ending(self, test: Part) -> Part:
        """`if test(): body()`, which otherwise sets a flag that ends the loop."""
        body = self.body
        ended = [False]
        (name,) = self.variables.add([variables.Place(ended, 0)])
        self.flags = (*self.flags, name)
        self.live.add(name)
        self.head.add(name)

        def run() -> None:
            go_on = truth(value := test())
            if go_on is None:
                ended[0] = not value
                if value:
                    body()
                return
            ended[0] = np.logical_not(go_on)  # type: ignore[assignment]
            self.guarded(go_on, [], body)

        return run

    def _counted_while(self, test: Part, count: int, is_exact: bool) -> None:
        """A `while` of at most `count` turns."""
        body = self.body
        if is_exact and not variables.assigns(inspect.unwrap(test)):

            def run(_: Any) -> None:
                test()
                body()
        else:
            count += 1
            end = self.ending(test)

            def run(_: Any) -> None:
                end()

        self.body = run
        self.is_while = True
        self._as_loop(Turns(count, ()))


def _later(make: Callable[[], Any]) -> Callable[[], Array]:
    """A function that makes a value of the present scope when somebody first asks for it."""
    here = tracing.current()

    @functools.cache
    def made() -> Array:
        with tracing.within(here):
            return make()

    return made


def _tested_first(loop: Any) -> Array:
    """The test of a `while`, on the values from before the loop."""
    assert isinstance(loop, ten.WhileOp)
    block = loop.condition.block
    values: dict[SSAValue, SSAValue] = dict(zip(block.args, loop.inits))
    for op in block.ops:
        if isinstance(op, ten.YieldOp):
            found = op.operands[0]
            return Array.of(values.get(found, found), tracing.current())
        tracing.current().block.add_op(op.clone(values))
    raise AssertionError("a condition without a yield")


class TestChanges(Exception):
    """The test of a `while` changes an object, an array or a variable. It was undone."""


class _Changes(Exception):
    """A body changes the list that it goes through."""


class _LiveRows(Exception):
    """A body changes the array whose rows it goes through."""
