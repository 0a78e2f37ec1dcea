"""`while` of a rewritten function, and loops that count up to a number that turns may change."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.ir import Region, SSAValue

from ...dialects import ten
from ...passes.rewriting.remarks import missed
from .. import ops, tracing
from ..array_views import storages
from ..tracing import Array
from . import (
    aliases,
    branching,
    known_turns,
    leaf_kinds,
    list_sites,
    variables,
    written_arrays,
)
from .chosen_items import Chosen
from .leaf_kinds import Unalike
from .loop_bodies import OneTurn, drop, erase_unused
from .loop_slots import Slot, Trial
from .traced_loops import FREE_TURNS, MOST_OPEN_TURNS, MOST_TURNS, Loop, later
from .turns import Turns
from .variables import Part, Surroundings, Touched, Variables
from .weak_numbers import truth


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
    loop = While(body, parts, set(live), set(head), tuple(flags))
    if not test_may_change:
        loop.while_(test)
        return
    try:
        loop.while_(loop.watched(test))
    except TestChanges:
        # `while True: if not test(): break; body()`: a turn of it runs the test once.
        loop.body = loop.ending(test)
        loop.while_(lambda: True)


class While(Loop):
    """`while test(): body()`, and loops with a counter that are one."""

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
        made = None if at_least_one else later(lambda: _tested_first(results[0].value.owner))
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
