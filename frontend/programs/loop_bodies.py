"""
The body of a loop, and the variables and arrays that it carries from turn to turn.

letgrad traces the body again and again, until the carried variables and their types are those that
a turn gives.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Collection, Container, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np
from xdsl.ir import Block, Operation

from .. import ops, tracing, user_code
from ..array_views import storages
from ..array_views.storages import Storage
from ..frozen_values import Generator
from ..tracing import Array
from ..user_code import located
from . import (
    aliases,
    branching,
    indexed_lists,
    joined_containers,
    leaf_kinds,
    lengths_at_run_time,
    list_sites,
    loop_slots,
    optional_values,
    recursion,
    static_states,
    variables,
    written_arrays,
)
from .appended_rows import Lists
from .chosen_items import Perhaps
from .drawn_rows import Drawn, Draws
from .growing_lists import Grows, NotYet, Reads
from .indexed_lists import Indexed
from .leaf_kinds import Unalike
from .lengths_at_run_time import Sized
from .loop_slots import Guess, Slot, Trial, array_variables, guess_of
from .optional_values import Maybe
from .static_states import OneOf
from .variables import UNDEFINED, Part, Place, Surroundings, Variables, is_own
from .weak_numbers import truth

MOST_TRIALS = 12


class OneTurn(Unalike):
    """Each turn of a loop leaves it."""


@dataclass
class Body:
    """A loop, of which letgrad traces the turns."""

    body: Part
    variables: Variables
    live: set[str]
    head: set[str]
    flags: tuple[str, ...]
    last: dict[str, Any] = field(default_factory=dict)
    """The carried values of variables that have no value before the loop."""
    check: Callable[[Collection[Storage]], None] = lambda written: None
    """Looks at the storages that a turn wrote to."""
    is_later: bool = False
    """Whether the values before the loop come from a turn of the loop that ran alone."""
    begun: dict[str, Any] = field(default_factory=dict)
    """The values of the variables before the loop."""
    contents: list[tuple[Any, list[Any]]] = field(default_factory=list)
    """The containers that the loop carries, with their parts at the start of the turn."""
    appended: Sequence[str] = ()
    draws: Draws | None = None
    """The random numbers that the turns draw."""
    lists: Lists | None = None
    """The lists to which the turns append."""
    peels: bool = False
    """Whether letgrad runs the first turn alone if it does not fit the others."""
    reached: Sequence[Any] = ()
    """What a turn can change by its item."""
    turns: int | None = None
    """The number of turns, if it is known."""
    outside: tracing.Scope | None = None
    """The scope around the loop."""
    known: list[list[Any]] = field(default_factory=list)
    """Lists that the body only reads, and whose items have to stay known."""
    code: CodeType | None = None
    """The code of the body as the program has it: a loop may get a body around it."""

    def __post_init__(self) -> None:
        self.code = getattr(self.body, "__code__", None)

    def unset(self) -> Any:
        return branching.unset([self.variables.get(flag) for flag in self.flags])

    def turn(self, item: Sequence[Any]) -> bool:
        """One turn, unless a jump has left the loop. Whether there can be a next turn."""
        go_on = self.unset()
        if go_on is False:
            return False
        if go_on is True:
            self.body(*item)
        else:
            self.guarded(go_on, item)
        return self.unset() is not False

    def guarded(self, go_on: Array, item: Sequence[Any], body: Part | None = None) -> None:
        body = body or self.body  # A part leads to the objects that it can change.

        def run() -> None:
            if branching.RETURNED in self.flags and branching.VALUE in self.variables.cells:
                # The function did not return: nobody reads the result of an earlier turn.
                self.variables.put(branching.VALUE, UNDEFINED)
            body(*item)

        def keep() -> None:
            # These have a value if a jump has left the loop in a turn behind the first.
            self.variables.write(self.last)

        parts = (run, keep)
        branch = branching.Branch(
            go_on, parts, (), sorted(self.live | self.head), self.flags, is_guard=True
        )
        branch.variables = self.variables.copy()  # The branch may add places in objects.
        branch.run()

    def _inits(
        self, slots: dict[str, Slot], held: list[Storage], at_least_one: bool
    ) -> list[Array]:
        inits: list[Array] = []
        for name, slot in slots.items():
            is_read = slot.is_filled or name == branching.VALUE
            is_read |= not at_least_one and name in self.live and not is_own(name)
            for kind, init in zip(slot.kinds, slot.inits):
                if init is None or slot.is_filled:
                    inits.append(kind.filler() if is_read else kind.zero())
                else:
                    inits.append(kind.lift(init))
        flags = [ops.lift(np.bool_(True)) for _ in loop_slots.staying(slots)]
        return [*inits, *(ops.number(s.array()) for s in held), *flags]

    def _finish(
        self,
        slots: dict[str, Slot],
        held: list[Storage],
        trial: Trial,
        results: Sequence[Array],
        made: Callable[[], Array] | None,
        count: int | None = None,
    ) -> dict[str, Any]:
        """
        Sets the variables and the arrays after the loop. The values that the loop carried. `made`
        gives whether the loop makes a turn; None for a loop that does.
        """
        at_least_one = made is None
        before_turn = aliases.storages_at_start(trial)
        values, contents, flags = self._parts(slots, held, results)
        for storage, result in zip(held, contents):
            storages.assign(storage, result)
        if flags:
            loop = next(iter(flags.values())).value.owner
            tracing.current().root.staying.append(loop)  # type: ignore[arg-type]
        given = iter(values)
        one: dict[Any, Array] = {}
        leaves: dict[str, list[Any]] = {}
        views: list[tuple[str, int, Array, Array]] = []
        entries: list[tuple[str, int, Array]] = []
        for name, slot in slots.items():
            after, _ = leaf_kinds.opened(trial.after[name])
            leaves[name] = []
            for kind, init, x in zip(slot.kinds, slot.inits, after):
                leaf = kind.wrap(next(given))
                owner = None
                if slot.stays:
                    leaf = storages.choice(flags[name], init, leaf, leaf, True)
                elif aliases.is_view(x, trial.scope):
                    views.append((name, len(leaves[name]), x, leaf))
                else:
                    is_new = kind.shape and before_turn.isdisjoint(loop_slots.storages_of(x))
                    is_entry = not at_least_one and is_new and written_arrays.is_array(init)
                    sides = [x] if at_least_one or is_entry else [init, x]
                    owner = written_arrays.owners(sides, kind.shape, kind.dtype)
                    if is_entry:
                        entries.append((name, len(leaves[name]), leaf))
                leaves[name].append(leaf if owner is None else one.setdefault(owner, leaf))
        changing = {name: slot for name, slot in slots.items() if not slot.stays}
        aliases.may_be_entries(changing, trial, leaves, count, at_least_one)
        aliases.may_be_one_another(changing, trial, leaves, count)
        for name, k, leaf in entries:
            assert made is not None
            leaves[name][k] = written_arrays.entry_or_new(
                made, slots[name].inits[k], leaves[name][k], leaf
            )
        for name, k, x, leaf in views:
            own = storages.of(x)
            others = [storages.of(y) for owner, y in one.items() if owner[-1] is own]
            sources = [*written_arrays.outer_storages(x, trial.scope), *others]
            if not at_least_one:
                sources += loop_slots.storages_of(slots[name].inits[k])
            leaves[name][k] = written_arrays.read_only(leaf, sources)
        for name, slot in slots.items():
            if slot.sources:
                leaves[name][0] = written_arrays.read_only(leaves[name][0], slot.sources)
        ends = {name: slot.tree.unflatten(leaves[name]) for name, slot in slots.items()}
        joined_containers.after_loop(ends, trial.after, None if at_least_one else self.begun)
        for name in self.variables.cells:
            if name in slots:
                known = slots[name].is_defined or at_least_one or is_own(name)
                if not known and name in self.live and not variables.catches(NameError):
                    branching.left_out(name)
                    known = True
                self._set_after(name, ends[name] if known else UNDEFINED)
            else:
                self._set_after(name, trial.after[name])
        return ends

    def _parts(
        self, slots: dict[str, Slot], held: list[Storage], values: Sequence[Array]
    ) -> tuple[Sequence[Array], Sequence[Array], dict[str, Array]]:
        """
        Carried values: those of variables, those of arrays that the body writes to, and whether
        variables are still the arrays from before the loop.
        """
        first = sum(len(slot.kinds) for slot in slots.values())
        last = first + len(held)
        flags = dict(zip(loop_slots.staying(slots), values[last:]))
        return values[:first], values[first:last], flags

    def _carried_on(self, slots: dict[str, Slot], trial: Trial) -> dict[str, Any]:
        """The values of the variables that the next turn reads."""
        return {name: trial.after[name] for name in slots if name in self.head}

    def _set_after(self, name: str, value: Any) -> None:
        if is_own(name) or name in self.live:
            reason = f"{user_code.place()}the loop may make no turn, and then nothing assigns it"
            self.variables.put(name, value, reason)
        else:
            self.variables.put(name, UNDEFINED)

    def _stable(
        self,
        more: Sequence[tuple[tuple[int, ...], np.dtype]],
        item: Callable[[Iterator[Array]], Sequence[Any]],
        test: Part | None,
    ) -> tuple[dict[str, Slot], list[Any], Trial, list[Array]]:
        """
        Traces the body until the carried variables and arrays are those that a turn gives. `item`
        makes the item of a turn from arguments of the shapes and dtypes `more`.

        Errors: `Unalike` for a body that changes the structure or the shape of a variable, or a
                Python object.
        """
        if self.variables.outside:
            raise located(
                TypeError,
                f"a loop on traced values assigns the global {self.variables.outside[0]}, which "
                "letgrad cannot carry; return the value instead",
            )
        part = getattr(self.body, "__code__", None)
        cells = [c for c in self.variables.cells.values() if isinstance(c, Place)]
        own = {(id(c.owner), c.key) for c in cells}
        known = list_sites.places_of(part, lambda: self._surroundings().objects())
        self._carry([Place(x, key) for x, key in known if (id(x), key) not in own])
        before = self.variables.read()
        slots: dict[str, Slot] = {}
        held: list[Storage] = []
        surroundings = self._surroundings()
        code: CodeType | None = getattr(self.body, "__code__", None)
        outermost = loop_slots.guesses.by_code is None
        guesses = {} if loop_slots.guesses.by_code is None else loop_slots.guesses.by_code
        loop_slots.guesses.by_code = guesses
        guess = None if code is None else guesses.get(code)
        indexed_lists.note(self, surroundings, before)
        outer_filled, variables.filled.names = variables.filled.names, set()
        try:
            if guess is not None and code is not None:
                guessed = self._guessed(guess, surroundings, more, item, test, before)
                if guessed is not None:
                    return guessed
                guesses[code] = None
                variables.filled.names = set()
            for _ in range(MOST_TRIALS):
                try:
                    trial, args, grown = self._trial(more, item, test, before, slots, held)
                except Reads:
                    surroundings.restore()
                    raise
                except Unalike as error:
                    own = surroundings.changed_lists()
                    surroundings.restore()
                    self.variables.write(before)
                    names = error.names if isinstance(error, aliases.Stays) else ()
                    if isinstance(error, aliases.Shared) and not slots[error.name].is_shared:
                        slots[error.name].stays, slots[error.name].is_shared = False, True
                        names = ()
                        retries = True
                    else:
                        retries = loop_slots.take_staying(names, slots)
                    if retries:
                        if self.lists is not None:
                            self.lists.clear()
                        continue
                    wanted = {name: x for name, x in before.items() if name in self.head}
                    if not loop_slots.carry_lists(own, wanted, slots):
                        raise
                    loop_slots.order(slots, self.variables.cells)
                    if self.lists is not None:
                        self.lists.clear()
                    continue
                if (found := surroundings.changed()) is not None:
                    if self.draws is not None and isinstance(found, Generator):
                        drawn = list(self.draws.found)
                        surroundings.restore()
                        self.variables.write(before)
                        raise Drawn(f"the body changes {variables.described(found)}", drawn)
                    places = surroundings.changed_places()
                    longer, others = surroundings.grown(), surroundings.all_changed()
                    surroundings.restore()
                    if longer and self.lists is not None:
                        self.variables.write(before)
                        raise Grows(longer)
                    if not places:
                        kind = NotYet if isinstance(found, deque | list) else Unalike
                        error = kind(f"the body changes {variables.described(found)}")
                        raise list_sites.because_of(error, *others)
                    self.variables.write(before)
                    list_sites.note_places(part, places)
                    self._carry(places)
                    if not grown:
                        drop(trial.scope)
                    before = self.variables.read()
                    surroundings = self._surroundings()
                    indexed_lists.note(self, surroundings, before)
                    slots.clear()
                    held.clear()
                    code = None  # A guess knows no items and attributes.
                    continue
                self.variables.write(before)
                if not grown and (unfilled := loop_slots.unfilled(slots)):
                    for name in unfilled:
                        slot = slots[name]
                        slot.is_defined = slot.is_filled = True
                        slot.inits = [kind.filler() for kind in slot.kinds]
                        branching.left_out(name)
                    drop(trial.scope)
                    continue
                if not grown:
                    self._check_turn(self._carried_on(slots, trial))
                    if code is not None and code not in guesses:
                        guesses[code] = guess_of(self.body, slots, held, surroundings)
                    return slots, held, trial, args
        except Indexed:
            surroundings.restore()
            raise
        finally:
            outer_filled |= variables.filled.names
            variables.filled.names = outer_filled
            self.variables.write(before)
            if outermost:
                loop_slots.guesses.by_code = None
        raise Unalike("the types of the variables change with each turn")

    def _surroundings(self) -> Surroundings:
        found = Surroundings([self.body, *self.reached], self.variables.cells.values())
        if self.draws is not None:
            found.drawn = None, 0  # The loop looks after its draws itself.
        return found

    def _guessed(
        self,
        guess: Guess,
        surroundings: Surroundings,
        more: Sequence[tuple[tuple[int, ...], np.dtype]],
        item: Callable[[Iterator[Array]], Sequence[Any]],
        test: Part | None,
        before: dict[str, Any],
    ) -> tuple[dict[str, Slot], list[Any], Trial, list[Array]] | None:
        """
        What `_stable` finds, by one trace if the guess is right: the loop carries what the guess
        says, and neither more nor less. None if it is wrong, and then nothing has happened.
        """
        reached = {x.storage for x in surroundings.arrays}
        names = array_variables(self.body)
        held: list[Storage] = []
        for storage, name in guess.held:
            if storage in reached:
                held.append(storage)
            elif name in names:
                held.append(storages.of(names[name]))
            else:
                return None
        states = written_arrays.snapshot(surroundings.arrays)
        try:
            slots: dict[str, Slot] = {}
            for name in self.variables.cells:
                if name in guess.defined and before[name] is not UNDEFINED:
                    # The fixpoint begins with the kinds from before the loop.
                    inits, tree = leaf_kinds.flatten(before[name], name)
                    slots[name] = Slot(tree, list(map(leaf_kinds.kind_of, inits)), inits)
                elif name in guess.undefined and before[name] is UNDEFINED:
                    tree, kinds = guess.undefined[name]
                    slots[name] = Slot(tree, list(kinds), [None] * len(kinds), False)
                elif name in guess.filled and before[name] is UNDEFINED:
                    tree, kinds = guess.filled[name]
                    slots[name] = Slot(tree, list(kinds), [k.filler() for k in kinds], True, True)
            for name in guess.staying:
                if name not in slots or not loop_slots.can_stay(slots[name]):
                    return None
                slots[name].stays = True
            wanted = len(guess.defined) + len(guess.undefined) + len(guess.filled)
            if len(slots) < wanted or len(set(held)) < len(held):
                return None
            for _ in range(MOST_TRIALS):
                known = len(slots), len(held)
                trial, args, grown = self._trial(more, item, test, before, slots, held)
                self.variables.write(before)
                if surroundings.changed() is not None or known != (len(slots), len(held)):
                    break
                if not grown and self._carries_all(slots, held, trial, args, before):
                    if loop_slots.unfilled(slots):
                        break
                    self._check_turn(self._carried_on(slots, trial))
                    return slots, held, trial, args
                if not grown:
                    drop(trial.scope)
                    break
        except Exception as error:
            # The trials without a guess find the error again, if it is one.
            recursion.check_retry(error)
        surroundings.restore()
        written_arrays.restore(states)
        self.variables.write(before)
        self.last = {}
        return None

    def _carries_all(
        self,
        slots: dict[str, Slot],
        held: list[Storage],
        trial: Trial,
        args: list[Array],
        before: dict[str, Any],
    ) -> bool:
        """Whether a turn changes all variables and arrays that the loop carries."""
        for name, slot in slots.items():
            after = trial.after[name]
            if not slot.is_defined:
                leaves, tree = leaf_kinds.flatten(after, name)
                if (
                    not static_states.is_one(tree, slot.tree)
                    or list(map(leaf_kinds.kind_of, leaves)) != slot.kinds
                ):
                    return False
            elif variables.same(trial.given[name], after) or variables.same(before[name], after):
                return False
        first = sum(len(slot.kinds) for slot in slots.values())
        given = args[first : first + len(held)]
        return all(x.value is not y.value for x, y in zip(trial.written, given, strict=True))

    def _carry(self, places: Sequence[variables.Place]) -> None:
        """Carries items and attributes of Python objects that a turn changes."""
        names = self.variables.add(places)
        self.live.update(names)
        self.head.update(names)

    def _trial(
        self,
        more: Sequence[tuple[tuple[int, ...], np.dtype]],
        item: Callable[[Iterator[Array]], Sequence[Any]],
        test: Part | None,
        before: dict[str, Any],
        slots: dict[str, Slot],
        held: list[Storage],
    ) -> tuple[Trial, list[Array], bool]:
        """Traces the body once. Whether it shows that more has to be carried, or other types."""
        self.begun = before
        kinds = [(k.shape, k.dtype) for slot in slots.values() for k in slot.kinds]
        kinds += [(tuple(s.shape), s.dtype) for s in held]
        kinds += [((), np.dtype(bool)) for _ in loop_slots.staying(slots)]
        count = len(kinds)
        kinds += more
        self.outside = tracing.current()
        with tracing.region([tracing.ir_type(*kind) for kind in kinds]) as (scope, args):
            with storages.recording() as written:
                given_values = self._begin(slots, held, args[:count], before)
                contents = indexed_lists.begin_turn(given_values)
                go_on = None if test is None else test()
                go_on = go_on if (mask := truth(go_on)) is None else mask
                tested = scope.block.last_op
                self.turn(item(iter(args[count:])))
                self.check(written)
                now = self._staying_now(slots)
                trial = Trial(scope, self.variables.read(), given_values, test=go_on, tested=tested)
                indexed_lists.check_turn(contents, list(written))
            if any(trial.after.get(flag) is True for flag in self.flags):
                raise OneTurn("each turn leaves the loop, so that there is one turn only")
            known = set(slots)
            self.check(written)
            grown = self._grow(trial, before, slots)
            self._check_sources(trial, slots, written)
            for name, slot in slots.items():
                trial.after[name] = self._fitted(slot, trial.after[name])
                slot.stays &= loop_slots.can_stay(slot)
            found = [s for s in written if s not in held]
            held += found
            if slots.keys() - known:
                # The new slots hold arrays that this trial wrote to under their old names.
                begun = [x for name in slots.keys() - known for x in slots[name].inits]
                own = {s for x in begun for s in loop_slots.storages_of(x)}
                held[:] = [s for s in held if not own.intersection(storages.roots(s))]
            if self.lists is not None and (grown or found):
                self.lists.clear()
            elif self.lists is not None:
                self._check_items(trial, slots)
                trial.rows = self.lists.taken(scope, trial.given, trial.after, self.variables.cells)
            if not grown and not found:
                for name, slot in slots.items():
                    leaves, _ = leaf_kinds.opened(trial.after[name])
                    leaves = [now.get(name, x) for x in leaves]
                    trial.leaves[name] = [k.lift(x) for k, x in zip(slot.kinds, leaves)]
                trial.staying = self._stays(slots, trial.given, trial.after)
                trial.written = [written[s].after for s in held]
                trial.exchanged = aliases.exchanged(
                    scope,
                    trial.given,
                    {n: x for n, x in trial.after.items() if self._is_read(n)},
                    before,
                    written,
                    self.is_later,
                    loop_slots.staying(slots),
                )
                if trial.exchanged:
                    entries = {name: before[name] for name in trial.exchanged}
                    aliases.check_readers(
                        entries, self._read_only([self.body, test and inspect.unwrap(test)])
                    )
        if grown or found:
            drop(scope)
        return trial, args, grown or bool(found)

    def _read_only(self, parts: Sequence[Part | None]) -> list[Array]:
        """The arrays that a turn can reach by variables that the loop does not carry."""
        found: list[Any] = []
        for part in parts:
            code, closure = getattr(part, "__code__", None), getattr(part, "__closure__", None)
            for name, cell in zip(code.co_freevars if code else (), closure or ()):
                if name not in self.variables.cells:
                    found += variables.content_of(cell)
        return Surroundings(found).arrays

    def _is_read(self, name: str) -> bool:
        """Whether a later turn or the rest of the function reads a variable."""
        return is_own(name) or name in self.head or name in self.live

    def _staying_now(self, slots: dict[str, Slot]) -> dict[str, Array]:
        """
        The contents, now, of the variables that may be arrays from before the loop. These arrays
        have their contents from before the turn again when its recording ends.
        """
        found: dict[str, Array] = {}
        for name in loop_slots.staying(slots):
            if isinstance(x := self.variables.get(name), Array):
                found[name] = Array(tracing.use(x), x.shape, x.dtype, tracing.current())
        return found

    def _stays(
        self, slots: dict[str, Slot], given: dict[str, Any], after: dict[str, Any]
    ) -> list[Array]:
        """Whether variables are still the arrays from before the loop, at the end of a turn."""
        names = loop_slots.staying(slots)
        return [ops.lift(aliases.stays(n, after[n], given[n]), np.dtype(bool)) for n in names]

    def _check_items(self, trial: Trial, slots: dict[str, Slot]) -> None:
        """Errors: `Shared` for a variable of which a turn appends the array to a list."""
        assert self.lists is not None
        names = loop_slots.staying(slots)
        items = [x for kept in self.lists.kept for x in kept.growing.new()] if names else []
        parts = [x.value if isinstance(x, Perhaps) else x for x in items]
        found = {s for x in parts for s in aliases.roots_of(x)}
        for name in names:
            own = {*aliases.roots_of(trial.given[name]), *aliases.roots_of(trial.after[name])}
            if own & found:
                raise aliases.Shared("the body appends an array that another turn may change", name)

    def _begin(
        self,
        slots: dict[str, Slot],
        held: list[Storage],
        carried: Sequence[Array],
        before: dict[str, Any],
    ) -> dict[str, Any]:
        """
        Gives the variables, and the arrays that the body writes to, the values that they have at
        the start of a turn.
        """
        own, contents, flags = self._parts(slots, held, carried)
        given = iter(own)
        for storage, x in zip(held, contents, strict=True):
            storages.assign(storage, x)
        self.last = {}
        self.contents = []
        values: dict[str, Any] = {}
        for name in self.variables.cells:
            if name in slots:
                slot = slots[name]
                value = slot.tree.unflatten([kind.wrap(next(given)) for kind in slot.kinds])
                if slot.stays:
                    value = storages.choice(flags[name], before[name], value, value, True)
                elif slot.sources:
                    value.whole = written_arrays.read_only(value.whole, slot.sources)
                if not slot.is_defined:
                    self.last[name] = value
                elif joined_containers.containers(value):
                    joined_containers.may_be(value, [before[name]])
                    self.contents += joined_containers.contents(value)
                values[name] = value
                self.variables.put(name, value if slot.is_defined else UNDEFINED)
            else:
                is_temporary = not is_own(name) and name not in self.head
                self.variables.put(name, UNDEFINED if is_temporary else before[name])
        return values

    def _check_turn(self, after: dict[str, Any]) -> None:
        """
        `joined_containers.check_turn`. The variables that the loop carries hold their values of
        before the loop here, and lead to containers that they do not hold after the turn.
        """
        now = self.variables.read()
        for name in after:
            self.variables.put(name, UNDEFINED)
        places = {name for name, cell in self.variables.cells.items() if isinstance(cell, Place)}
        try:
            joined_containers.check_turn(after, self.contents, self.head | places)
        finally:
            self.variables.write(now)

    def _grow(self, trial: Trial, before: dict[str, Any], slots: dict[str, Slot]) -> bool:
        """Makes slots for the variables that a turn changes, and widens the types of slots."""
        # The containers of `before` have their items from before the loop: slots begin with these.
        places = [n for n, cell in self.variables.cells.items() if isinstance(cell, Place)]
        now = {name: self.variables.get(name) for name in places}
        self.variables.write({name: before[name] for name in places})
        try:
            return self._grown(trial, before, slots)
        finally:
            self.variables.write(now)

    def _grown(self, trial: Trial, before: dict[str, Any], slots: dict[str, Slot]) -> bool:
        grown = False
        for name in self.variables.cells:
            old, new = before[name], trial.after[name]
            if not is_own(name) and name not in self.head and name not in self.live:
                continue  # a variable of one turn
            if name in slots:
                grown |= self._widen(name, slots[name], new)
                continue
            if variables.same(old, new) or new is UNDEFINED:
                if new is UNDEFINED and old is not UNDEFINED:
                    raise Unalike(f"the variable {name} has no value after a turn")
                continue
            if self._changes_length(old, new):
                slots[name] = self._sized_slot(name, old, new)
                grown = True
                continue
            leaves, tree = leaf_kinds.flatten(new, name)
            if old is UNDEFINED:
                if not any(isinstance(leaf, Array) for leaf in leaves):
                    continue  # a known value, the same in each turn
                kinds = [leaf_kinds.kind_of(leaf) for leaf in leaves]
                slots[name] = Slot(tree, kinds, [None] * len(leaves), False)
            else:
                if optional_values.holds_maybe(new) or not self.peels:
                    old, new = optional_values.alike((old, new))
                    leaves, tree = leaf_kinds.flatten(new, name)
                inits, other = leaf_kinds.flatten(old, name)
                try:
                    common = leaf_kinds.common_structure(name, other, tree)
                except Unalike as error:
                    raise list_sites.because_of(error, *_that_may_move(old, new)) from None
                inits = static_states.fit(inits, other, common)
                leaves = static_states.fit(leaves, tree, common)
                kinds = [leaf_kinds.join(pair, name) for pair in zip(inits, leaves)]
                slots[name] = slot = Slot(common, kinds, inits)
                slot.stays = loop_slots.can_stay(slot) and aliases.may_stay(old, new)
            grown = True
        if grown:
            loop_slots.order(slots, self.variables.cells)
        return grown

    def _widen(self, name: str, slot: Slot, new: Any) -> bool:
        if new is UNDEFINED:
            if is_own(name):
                return False
            raise Unalike(f"the variable {name} has no value after some turns")
        new = optional_values.fitted(new, slot.tree, slot.kinds)
        if slot.is_defined and slot.tree.kind in ("leaf", Sized):
            old = slot.tree.unflatten(slot.inits)
            if slot.tree.kind is Sized or self._changes_length(old, new):
                wider = self._sized_slot(name, old, new, slot)
                changed = (wider.tree, wider.kinds) != (slot.tree, slot.kinds)
                slot.tree, slot.kinds, slot.inits = wider.tree, wider.kinds, wider.inits
                slot.first_rows, slot.more_rows = wider.first_rows, wider.more_rows
                slot.sources = wider.sources
                return changed
        grown = False
        is_plain = slot.tree.kind not in (Maybe, OneOf)
        if optional_values.may_be_none(new) and is_plain and slot.is_defined:
            # The variable has a value before the loop, and may be None after a turn.
            old, new = optional_values.alike((slot.tree.unflatten(slot.inits), new))
            slot.inits, slot.tree = leaf_kinds.flatten(old, name)
            slot.kinds = [leaf_kinds.kind_of(x) for x in slot.inits]
            grown = True
        leaves, tree = leaf_kinds.flatten(new, name)
        common = leaf_kinds.common_structure(name, slot.tree, tree)
        if not static_states.is_one(common, slot.tree):
            slot.widen(common)
            grown = True
        leaves = static_states.fit(leaves, tree, common)
        wider = []
        for kind, leaf in zip(slot.kinds, leaves):
            stand_in = leaf_kinds.stand_in(kind)
            wider.append(leaf_kinds.join([stand_in, leaf], name))
        changed = grown or wider != slot.kinds
        slot.kinds = wider
        return changed

    def _changes_length(self, old: Any, new: Any) -> bool:
        """
        Whether a variable becomes an array whose length depends on values. The turns of a loop
        whose number is known can be traced one after the other, and then the length is known.
        """
        if not lengths_at_run_time.differ(old, new):
            return False
        return self.turns is None or isinstance(old, Sized) or isinstance(new, Sized)

    def _sized_slot(self, name: str, old: Any, new: Any, slot: Slot | None = None) -> Slot:
        """
        The slot of a variable that holds `old` before the loop and `new` after a turn: arrays with
        different numbers of rows. It has places for all rows that there can be, as far as the
        number of turns is known, and otherwise for as many as a list of the program has.
        """
        if not lengths_at_run_time.differ(old, new):
            raise Unalike(f"{leaf_kinds.shown(name)} is an array in some turns only")
        places = lengths_at_run_time.rows_of(old)
        more = lengths_at_run_time.rows_of(new) - places
        first, known = (places, 0) if slot is None else (slot.first_rows or places, slot.more_rows)
        if more > known:
            # Each turn adds `more` rows at most.
            places = first + (
                max(list_sites.room(), more) if self.turns is None else self.turns * more
            )
        assert self.outside is not None
        with tracing.within(self.outside):
            begin = lengths_at_run_time.sized(old, places)
        inits, tree = leaf_kinds.flatten(begin, name)
        own, _ = leaf_kinds.flatten(self._in_places(new, places), name)
        kinds = [leaf_kinds.join(pair, name) for pair in zip(inits, own)]
        found = Slot(tree, kinds, inits)
        found.first_rows, found.more_rows = first, max(more, known)
        sources = lengths_at_run_time.storages_of(old), () if slot is None else slot.sources
        outer = lengths_at_run_time.outside(new, tracing.current())
        found.sources = tuple(dict.fromkeys((*sources[0], *sources[1], *outer)))
        return found

    def _check_sources(
        self, trial: Trial, slots: dict[str, Slot], written: Container[Storage]
    ) -> None:
        """
        Errors: `TypeError` for an array whose length depends on values, and that may be a part of
                an array to which the program writes: the loop carries a copy of it.
        """
        for name, slot in slots.items():
            if slot.tree.kind is not Sized:
                continue
            own = lengths_at_run_time.storages_of(trial.after[name])
            others = [trial.after[other] for other in slots if other != name]
            held = {
                storage
                for x in others
                if isinstance(x, Array)
                for storage in lengths_at_run_time.storages_of(x)
            }
            is_written = any(storages.any_shared(s, written) for s in slot.sources)
            if is_written or held.intersection(own):
                raise located(TypeError, written_arrays.MAY_BE_A_VIEW)

    def _in_places(self, value: Any, places: int) -> Any:
        """
        An array or a part as a part with so many places.

        Errors: `OverflowError`, when the program runs, if the value has more rows.
        """
        if lengths_at_run_time.rows_of(value) <= places:
            return lengths_at_run_time.sized(value, places)
        found, is_lost = lengths_at_run_time.packed(lengths_at_run_time.part(value), places)
        if self.turns is None:
            branching.overflow_if(
                is_lost,
                f"{user_code.place()}an array whose length depends on values has more than "
                f"{places} rows; write @lg.program(most_items={4 * places})",
            )
        return found

    def _fitted(self, slot: Slot, value: Any) -> Any:
        """A value of the variable, with the structure and the number of places of the slot."""
        if slot.tree.kind is Sized and lengths_at_run_time.is_array(value):
            return self._in_places(value, slot.kinds[0].shape[0])
        return slot.fitted(value)

    def _again(
        self,
        slots: dict[str, Slot],
        held: list[Storage],
        values: Sequence[Array],
        item: Sequence[Any],
    ) -> tuple[Array, ...]:
        """The body on these carried values, and the values after it."""
        before = self.variables.read()
        with storages.recording() as written:
            start = self._begin(slots, held, values, before)
            self.turn(item)
            after = self.variables.read()
            now = self._staying_now(slots)
        result: list[Array] = []
        for name, slot in slots.items():
            leaves, _ = leaf_kinds.opened(self._fitted(slot, after[name]))
            leaves = [now.get(name, x) for x in leaves]
            result += [kind.lift(x) for kind, x in zip(slot.kinds, leaves)]
        # The items of lists that a turn writes to are among the variables, and go back, too.
        self.variables.write(before)
        flags = self._stays(slots, start, after)
        return (*result, *(written[s].after for s in held), *flags)


def drop(scope: tracing.Scope) -> None:
    """Takes the ops of a scope that is not used away from the values that they read."""
    for op in list(scope.block.ops):
        op.drop_all_references()


def erase_unused(block: Block, last: Operation) -> None:
    """Erases the ops of a block up to `last` that nothing uses."""
    op: Operation | None = last
    while op is not None:
        before = op.prev_op
        if all(r.first_use is None for r in op.results):
            block.erase_op(op)
        op = before


def _that_may_move(old: Any, new: Any) -> list[Any]:
    """The Python lists in a variable that holds lists of two lengths around a turn."""
    pair = old, new
    lists = [x for x in pair if isinstance(x, list | deque)]
    both = all(isinstance(x, list | deque) or getattr(type(x), "is_carried", False) for x in pair)
    return lists if both else []
