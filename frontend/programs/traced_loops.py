"""A loop of a rewritten function becomes one of the IR, or turns one after the other."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from xdsl.ir import Region

from ...dialects import ten
from ...passes.rewriting.remarks import missed
from .. import tracing
from ..array_views import storages
from ..array_views.storages import Storage
from ..tracing import Array
from ..user_code import located
from . import (
    aliases,
    chosen_items,
    indexed_lists,
    leaf_kinds,
    list_sites,
    recursion,
    variables,
    written_arrays,
)
from .appended_rows import FEWEST_TURNS, MOST_RETRIES, MOST_UNSHARED, Lists
from .drawn_rows import Drawn, Draws
from .growing_lists import Grows, NotYet, Reads
from .leaf_kinds import Unalike
from .loop_bodies import Body
from .turns import Turns, item_of, rebuilt, rows_of, sources
from .variables import UNDEFINED, Surroundings, Touched

MOST_TURNS = 20_000
"""A loop with more turns is not unrolled."""

MOST_OPEN_TURNS = 200
"""The same for a `while` of which only a jump on a traced condition may end the turns."""

MANY_LISTS = (
    "the body changes many Python lists; keep their numbers in one array, as in u = np.array(u), "
    "and write u[i, j] in the place of u[i][j]"
)

MOST_IN_ROWS = 32
"""So many lists that a body indexes by a counter stand in rows: for each, it is traced again."""

FREE_TURNS = 8
"""After so many turns without traced values, letgrad takes a loop for one of Python alone."""

MOST_ALONE = 64
"""So many turns run alone while a list or a deque gets its length."""


class Loop(Body):
    """A loop of a rewritten function, which is tried as one of the IR."""

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


def later(make: Callable[[], Any]) -> Callable[[], Array]:
    """A function that makes a value of the present scope when somebody first asks for it."""
    here = tracing.current()

    @functools.cache
    def made() -> Array:
        with tracing.within(here):
            return make()

    return made


class _LiveRows(Exception):
    """A body changes the array whose rows it goes through."""
