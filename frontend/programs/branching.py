"""
Conditions of a rewritten function: `if`, conditional expressions, and the statements behind a jump.

Both sides of a condition on a traced value are traced, each into a region of one `scf.if`. The
variables that the sides assign and that are read later, and the arrays that they write to, are the
results of the op.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import scf
from xdsl.ir import Block, Region

from ...passes.rewriting.remarks import missed
from .. import callbacks, pytree, tracing, user_code
from ..array_views import storages
from ..tracing import Array
from ..user_code import located
from . import (
    chosen_items,
    joined_containers,
    leaf_kinds,
    lengths_at_run_time,
    list_sites,
    optional_values,
    recursion,
    static_states,
    variables,
    written_arrays,
)
from .chosen_items import Perhaps, has_perhaps
from .growing_lists import Growing
from .hidden_states import Taken
from .leaf_kinds import Unalike
from .lengths_at_run_time import Sized
from .variables import UNDEFINED, Part, Place, Surroundings, Variables, is_own
from .weak_numbers import truth

RETURNED = "_letgrad_returned"

VALUE = "_letgrad_value"
"""The result of the function. Where a `raise` that letgrad left out would end it, it has none."""

View = tuple[Array, tuple[Any, Any], Sequence[tracing.Scope]]
"""The mask, the arrays of the two sides, and the scopes of the sides."""


def if_(
    test: Any,
    then: Part,
    orelse: Part,
    assigned: Sequence[str],
    live: Sequence[str],
    flags: Sequence[str],
    outer: Sequence[str] = (),
    carried: Variables | None = None,
) -> None:
    """
    `if test: then() else: orelse()`. The parts assign the variables `assigned`, or those of
    `carried`. `outer` are the variables of the functions around this one.
    """
    mask = truth(test)
    if mask is None:
        (then if test else orelse)()
        return
    is_guard = test is variables.guard()
    branch = Branch(mask, (then, orelse), assigned, live, flags, is_guard, outer)
    branch.variables = carried or branch.variables
    branch.run()


def certain(test: Any) -> Any:
    """
    The test of a statement that yields: Python runs the statement.

    Errors: `TypeError` for a traced test.
    """
    if truth(test) is None:
        return test
    raise located(
        TypeError,
        "a condition on a traced value decides here which items a function with `yield` gives; let "
        "the function append the items to a list, and return the list",
    )


def guard(
    flags: Sequence[Any],
    rest: Part,
    assigned: Sequence[str],
    live: Sequence[str],
    outer: Sequence[str] = (),
) -> None:
    """The statements behind a jump: they run unless a flag is set."""
    mask = unset(flags)
    if mask is True:
        rest()
    elif mask is not False:
        Branch(mask, (rest, _nothing), assigned, live, (), is_guard=True, outer=outer).run()


def unset(flags: Sequence[Any]) -> Any:
    """Whether no flag is set: True, False, or a traced bool."""
    if any(flag is True for flag in flags):
        return False
    traced = [flag for flag in flags if isinstance(flag, Array)]
    if not traced:
        return True
    found = traced[0]
    for flag in traced[1:]:
        found = np.logical_or(found, flag)
    return np.logical_not(found)


def _nothing() -> None:
    return None


def returned(value: Callable[[], Any], flag: Any) -> Any:
    """The value of the function, at its end."""
    return optional_values.proven(value())


Growth = list[tuple[list[Any], list[Any]]]
"""Lists, and the items that a side of a condition appends to them."""


class _OneWay(Exception):
    """
    A side of a condition raises an error, so that only the side `side` counts. `text` is the error
    that the program raises on the other side, if it does.
    """

    def __init__(self, side: int, text: str | None):
        self.side, self.text = side, text


class Branch:
    """
    A condition on a traced value. With `is_guard`, the second side is the way on which a jump has
    left the block, so that the values of variables do not matter there.
    """

    def __init__(
        self,
        mask: Array,
        parts: tuple[Part, Part],
        assigned: Sequence[str],
        live: Sequence[str],
        flags: Sequence[str],
        is_guard: bool = False,
        outer: Sequence[str] = (),
    ):
        self.mask = mask
        self.parts = parts
        self.variables = Variables(parts, assigned, outer)
        self.live = set(live)
        self.flags = flags
        self.is_guard = is_guard
        self.contents: list[dict[int, Array]] = []
        """The contents of the arrays that variables hold at the end of each side, by their ids."""
        self.copies: list[dict[int, Any]] = []
        """The objects that a side changes, as they are at its end, by their ids."""

    def run(self) -> None:
        variables.touch()
        recursion.check_conditions()
        if self.variables.outside:
            raise located(
                TypeError,
                f"a condition on a traced value assigns the global {self.variables.outside[0]}, "
                "which letgrad cannot carry; return the value instead",
            )
        code = getattr(self.parts[0], "__code__", None)
        reached = lambda: Surroundings(self.parts, self.variables.cells.values()).objects()  # noqa: E731
        known = [Place(owner, key) for owner, key in list_sites.places_of(code, reached)]
        own = {(id(c.owner), c.key) for c in self.variables.cells.values() if isinstance(c, Place)}
        known = [p for p in known if (id(p.owner), p.key) not in own]
        self.live.update(self.variables.add(known))
        try:
            while places := self._traced():
                # Once more, with these places among the variables.
                self.live.update(self.variables.add(places))
                list_sites.note_places(code, places)
        except _OneWay as way:
            # The program goes the other way, because it cannot raise.
            if way.text is not None:
                mask = self.mask if way.side == 1 else np.logical_not(self.mask)
                overflow_if(mask, way.text)
            with optional_values.knowing(self.mask, way.side == 0):
                self.parts[way.side]()

    def _traced(self) -> list[variables.Place]:
        """
        Traces both sides. If they change places in Python objects that can be carried, nothing has
        happened, and these are the result.

        Errors: `TypeError` for other changes of Python objects.
        """
        outer = tracing.current()
        before = self.variables.read()
        surroundings = Surroundings(self.parts, self.variables.cells.values())
        scopes = [tracing.Scope(Block(), outer, outer.root) for _ in range(2)]
        for scope in scopes:
            scope.is_side = True
        counts: list[dict[Taken, int | None]] = []
        after: list[dict[str, Any]] = []
        changes: list[storages.Written] = []
        self.contents, self.copies = [], []
        places: list[variables.Place] = []
        new_items: list[list[tuple[int, Any]]] = [[], []]
        grown: list[Growth] = []
        done = False
        try:
            for k, (scope, part) in enumerate(zip(scopes, self.parts)):
                known = optional_values.knowing(self.mask, k == 0)
                with tracing.within(scope), variables.under_condition(), known:
                    with storages.recording() as written:
                        try:
                            part()
                        except variables.Raised as error:
                            raise _OneWay(1 - k, getattr(error, "text", None)) from None
                        self._settle()
                        self.contents.append(self._contents())
                        self.copies.append(self._changed_values(surroundings))
                        grown.append(surroundings.taken_growth())
                        self.contents[-1] |= _arrays_now(grown[-1])
                    changes.append(written)
                after.append(self.variables.read())
                counts.append(surroundings.put_back())
                if (found := surroundings.changed()) is not None:
                    changed = surroundings.changed_places(True, joined_containers.can_join)
                    if not changed:
                        error = located(
                            TypeError,
                            f"a condition on a traced value changes {variables.described(found)}, "
                            "and letgrad cannot know whether the program makes this change; use "
                            "arrays",
                        )
                        raise list_sites.because_of(error, *surroundings.all_changed())
                    new_items[k] = [(id(p.owner), p.key) for p in changed if p.is_new and p.is_item]
                    known = {(id(p.owner), p.key) for p in places}
                    places += [p for p in changed if (id(p.owner), p.key) not in known]
                surroundings.restore()
                self.variables.write(before)
            first, second = new_items
            if first != second and set(first) == set(second):
                raise located(
                    TypeError,
                    "the sides of a condition on a traced value give a Python dict new keys in two "
                    "orders; give the dict the keys before the condition",
                )
            if not places:
                self._check_new_items(after)
                self._join(outer, scopes, before, after, changes, grown)
                for taken in counts[0] | counts[1]:
                    ends = {side.get(taken, taken.count) for side in counts}
                    taken.count = ends.pop() if len(ends) == 1 else None
                done = True
        finally:
            for scope in scopes:
                scope.open = False
            if not done:
                surroundings.restore()
                self.variables.write(before)
                self._drop(scopes)
        return places

    def _check_new_items(self, after: Sequence[dict[str, Any]]) -> None:
        """
        Errors: `TypeError` for a new item of a dict on one side only: the program may ask for the
                keys of the dict.
        """
        for name, cell in self.variables.cells.items():
            if not (isinstance(cell, Place) and cell.is_new):
                continue
            if all(side[name] is not UNDEFINED for side in after):
                continue
            if not cell.is_item:
                tracing.current().root.perhaps[id(cell.owner), cell.key] = cell.owner
            else:
                error = located(
                    TypeError,
                    f"one side of a condition on a traced value gives a Python dict the new key "
                    f"{cell.key!r}, and letgrad cannot know whether the program makes this change; "
                    "give the dict the key before the condition",
                )
                raise list_sites.because_of(error, cell.owner)

    def _drop(self, scopes: Sequence[tracing.Scope]) -> None:
        """Removes the uses that ops of a side, which nobody needs, make of values outside."""
        for scope in scopes:
            for op in scope.block.ops:
                op.drop_all_references()

    def _join(
        self,
        outer: tracing.Scope,
        scopes: Sequence[tracing.Scope],
        before: dict[str, Any],
        after: Sequence[dict[str, Any]],
        changes: Sequence[storages.Written],
        grown: Sequence[Growth],
    ) -> None:
        plan: dict[str, Any] = {}
        pairs: list[tuple[Array, Array]] = []
        for name in self.variables.cells:
            if name not in self.live and not is_own(name):
                plan[name] = UNDEFINED
                continue
            plan[name] = self._joined(name, scopes, [side[name] for side in after], after, pairs)
        items = self._items(scopes, grown, pairs)
        held = list(dict.fromkeys(s for written in changes for s in written))
        for storage in held:
            pairs.append(
                tuple(  # type: ignore[arg-type]
                    written[storage].after if storage in written else storage.array()
                    for written in changes
                )
            )
        types: list[Any] = []
        for k, scope in enumerate(scopes):
            with tracing.within(scope):
                # A view reads its value here, and nowhere else.
                yielded = [tracing.use(pair[k]) for pair in pairs]
                types = [value.type for value in yielded]
                tracing.add(scf.YieldOp(*yielded))
        mask = tracing.use(self.mask)
        then, otherwise = (Region(scope.block) for scope in scopes)
        op = tracing.add(scf.IfOp(mask, types, then, otherwise))
        results = [Array.of(value, outer) for value in op.results]
        # The variables may hold these storages, or parts of them, so they follow.
        for storage, result in zip(held, results[len(results) - len(held) :]):
            storages.assign(storage, result)
        made: dict[Any, Array] = {}
        for value in plan.values():
            if isinstance(value, _Results):
                value.of(results, made)
        for longer, side, value in items:
            item = self._item(side, value, results, made)
            if isinstance(longer, Growing):
                longer.put([item])
            else:
                longer.append(item)
        joined: dict[tuple[int, ...], Any] = {}
        inner: list[tuple[Sequence[storages.Storage], Array]] = []
        for name, value in plan.items():
            if isinstance(value, _Results):
                one = value.of(results, made, inner)
                chosen_items.keep_contents(one, value.sides)
                if joined_containers.containers(one):
                    # Two variables that hold one list hold one list afterwards.
                    one = joined.setdefault(tuple(map(id, value.sides)), one)
                    self._note(value.sides, one)
                self.variables.put(name, one)
            elif value is UNDEFINED and name in self.live and before[name] is UNDEFINED:
                self.variables.put(name, UNDEFINED, f"{user_code.place()}only one side assigns it")
            else:
                self.variables.put(name, value)
        written_arrays.note_shared(inner)

    def _items(
        self,
        scopes: Sequence[tracing.Scope],
        grown: Sequence[Growth],
        pairs: list[tuple[Array, Array]],
    ) -> list[tuple[list[Any], int | None, Any]]:
        """
        The items that the sides append to lists, and for each the side that appends it. None is the
        side of an item that each side appends.
        """
        found: list[tuple[list[Any], int | None, Any]] = []
        one: Any
        by_list: dict[int, tuple[list[Any], list[list[Any]]]] = {}
        for k, growth in enumerate(grown):
            for owner, items in growth:
                by_list.setdefault(id(owner), (owner, [[], []]))[1][k].extend(items)
        for owner, sides in by_list.values():
            joined_containers.check(owner)
            same = 0
            for x, y in zip(*sides):
                count = len(pairs)
                try:
                    both = x if variables.same(x, y) else self._both("item", scopes, (x, y), pairs)
                except TypeError:
                    del pairs[count:]
                    break
                found.append((owner, None, both))
                same += 1
            for k, items in enumerate(sides):
                for item in items[same:]:
                    leaves, tree = leaf_kinds.flatten(item, "item")
                    one = item
                    if any(isinstance(leaf, Array) for leaf in leaves):
                        one = self._filled("item", item, scopes, leaves, tree, k, pairs)
                        outer = [written_arrays.outer_storages(x, scopes[k]) for x in leaves]
                        one.watched = [
                            found if x.shape else [] for x, found in zip(one.kinds, outer)
                        ]
                    found.append((owner, k, one))
        return found

    def _item(
        self, side: int | None, value: Any, results: Sequence[Array], made: dict[Any, Array]
    ) -> Any:
        """An item of a list after the condition."""
        item = value
        if isinstance(value, _Results):
            item = value.of(results, made)
            if joined_containers.containers(item):
                # A later change of the object that a side appended shows in the item.
                self._note(value.sides, item)
        if side is None:
            return item
        mask: Any = self.mask if side == 0 else np.logical_not(self.mask)
        if isinstance(item, Perhaps):
            return Perhaps(np.logical_and(mask, item.mask), item.value)
        return Perhaps(mask, item)

    def _note(self, sides: Sequence[Any], value: Any) -> None:
        if len(sides) == 1:
            joined_containers.continues(value, sides[0])
        else:
            joined_containers.choose(self.mask, sides, value)

    def _settle(self) -> None:
        """Gives variables their values on the side that has found that they are not None."""
        for name, value in self.variables.read().items():
            settled = optional_values.if_proven(value)
            if settled is not value:
                self.variables.put(name, settled)

    def _contents(self) -> dict[int, Array]:
        """
        The contents of the arrays that variables hold now. Behind the side, an array from outside
        has its content from before the side again.
        """
        found: dict[int, Array] = {}
        for name, value in self.variables.read().items():
            if name not in self.live and not is_own(name):
                continue
            try:
                leaves, _ = leaf_kinds.opened(value)
            except TypeError:
                continue
            for leaf in leaves:
                if isinstance(leaf, Array) and leaf.storage is not None:
                    now = tracing.use(leaf)
                    found[id(leaf)] = Array(now, leaf.shape, leaf.dtype, tracing.current())
        return found

    def _changed_values(self, surroundings: Surroundings) -> dict[int, Any]:
        """
        Copies of the objects that variables hold, if this side changed any object. Behind the side
        the objects are again as before, and the other side may have bound a variable anew.
        """
        if not surroundings.any_changed():
            return {}
        found: dict[int, Any] = {}
        for name, value in self.variables.read().items():
            if (name in self.live or is_own(name)) and joined_containers.containers(value):
                leaves, tree = leaf_kinds.opened(value)
                found[id(value)] = tree.unflatten(leaves)
        return found

    def _at_end(self, k: int, value: Any) -> Any:
        """A value as it is at the end of side k."""
        return self.copies[k].get(id(value), value)

    def _left(self, side: dict[str, Any], flags: Sequence[str]) -> bool:
        return any(side.get(flag) is True for flag in flags)

    def _joined(
        self,
        name: str,
        scopes: Sequence[tracing.Scope],
        values: Sequence[Any],
        after: Sequence[dict[str, Any]],
        pairs: list[tuple[Array, Array]],
    ) -> Any:
        a, b = values
        if variables.same(a, b):
            return a
        returning = [RETURNED] if not is_own(name) and name not in self.variables.outer else []
        # On a side that returned, nothing reads the variables of the function any more.
        free = [self._left(side, returning) for side in after]
        free = [f or value is UNDEFINED for f, value in zip(free, values)]
        if not any(free):
            return self._both(name, scopes, values, pairs)
        kept = values[0] if free[1] else values[1]
        if all(free) and kept is UNDEFINED:
            kept = values[1]
        returned = any(f and self._left(side, returning) for f, side in zip(free, after))
        jumped = self.is_guard or any(
            f and self._left(side, self.flags) for f, side in zip(free, after)
        )
        if kept is UNDEFINED:
            return UNDEFINED
        returned |= variables.is_guarded(name)
        if not is_own(name) and not returned:
            variables.filled.names.add(name)
        is_unset = not (is_own(name) or returned or jumped)
        if name in variables.perhaps.names and not returned:
            return UNDEFINED  # This side may have a value, too.
        if is_unset and variables.catches(NameError):
            variables.perhaps.names.add(name)
            return UNDEFINED  # A handler of the program may catch Python's error.
        index = 0 if kept is values[0] else 1
        try:
            leaves, tree = leaf_kinds.flatten(self._at_end(index, kept), name)
        except Unalike:
            return UNDEFINED if is_unset else kept
        if is_unset:
            left_out(name)
        if not any(isinstance(leaf, Array) for leaf in leaves):
            return kept  # A value that is known is right wherever somebody reads it.
        result = self._filled(name, kept, scopes, leaves, tree, index, pairs, is_unset)
        self._hold(result, leaves, scopes[index], index, pairs)
        return result

    def _filled(
        self,
        name: str,
        kept: Any,
        scopes: Sequence[tracing.Scope],
        leaves: Sequence[Any],
        tree: pytree.Tree,
        index: int,
        pairs: list[tuple[Array, Array]],
        is_unset: bool = False,
    ) -> _Results:
        kinds = [leaf_kinds.kind_of(leaf) for leaf in leaves]
        first = len(pairs)
        for leaf, kind in zip(leaves, kinds):
            with tracing.within(scopes[index]):
                own = kind.lift(self.contents[index].get(id(leaf), leaf))
            with tracing.within(scopes[1 - index]):
                other = kind.filler() if is_unset or name == VALUE else kind.zero()
            pairs.append((own, other) if index == 0 else (other, own))
        return _Results(first, kinds, tree, sides=(kept,))

    def _hold(
        self,
        result: _Results,
        leaves: Sequence[Any],
        scope: tracing.Scope,
        index: int,
        pairs: list[tuple[Array, Array]],
    ) -> None:
        """Notes the arrays of a variable that has a value on one side only."""
        for k, leaf in enumerate(leaves):
            if not isinstance(leaf, Array) or not leaf.shape:
                continue
            with tracing.within(scope):
                held = written_arrays.Held(leaf, index, scope)
                is_held: Any = None
                for mask in held.masks:
                    is_held = mask if is_held is None else np.logical_and(is_held, mask)
            place = None
            if is_held is not None:
                place = len(pairs)
                never = tracing.constant(np.bool_(False))
                pairs.append((is_held, never) if index == 0 else (never, is_held))
            result.held[k] = held, self.mask, place
            result.owners[k] = held.owner
            result.inner[k] = written_arrays.inner_storages(leaf, scope)

    def _both(
        self,
        name: str,
        scopes: Sequence[tracing.Scope],
        values: Sequence[Any],
        pairs: list[tuple[Array, Array]],
    ) -> _Results:
        own = values
        values = _alike_lists(
            optional_values.alike([self._at_end(k, x) for k, x in enumerate(own)])
        )
        ends = values
        values = lengths_at_run_time.alike(ends, scopes, self.contents)
        try:
            (a, tree), (b, other) = (leaf_kinds.flatten(value, name) for value in values)
            common = static_states.common(tree, other)
            if common is not None:
                a, b = (
                    _fitted(scopes[k], leaves, own, common)
                    for k, (leaves, own) in enumerate(((a, tree), (b, other)))
                )
                tree = common
            else:
                unlike = static_states.unlike(tree, other)
                raise Unalike(f"{leaf_kinds.shown(name)} has two structures: {unlike}")
            if (order := tree.order_difference(other)) is not None:
                raise Unalike(f"{leaf_kinds.shown(name)} has {order}")
            if any(getattr(leaf, "is_in_dict", False) for leaf in (*a, *b)):
                raise Unalike(
                    "a list of a dict is on one of them; let the condition choose the key, as in "
                    "items[a if c else b]"
                )
            kinds = [leaf_kinds.join(pair, name) for pair in zip(a, b)]
        except Unalike as error:
            raise located(
                TypeError, f"the two sides of a condition on a traced value differ: {error}"
            ) from None
        first = len(pairs)
        if isinstance(values[0], Sized):
            for x, y, kind in zip(a, b, kinds):
                rows: list[Array] = []
                for scope, leaf in zip(scopes, (x, y)):
                    with tracing.within(scope):
                        rows.append(kind.lift(leaf))
                pairs.append((rows[0], rows[1]))
            memory = [lengths_at_run_time.storages_of(end) for end in ends]
            bases = [[next(iter(found), None) for found in memory], (None, None)]
            outer = [lengths_at_run_time.outside(end, scope) for end, scope in zip(ends, scopes)]
            result = _Results(first, kinds, tree, bases=bases, sides=own)
            result.watched = [[s for found in outer for s in found], ()]
            return result
        views: list[View | None] = []
        owners: list[Any] = []
        bases: list[Any] = []
        for x, y, kind in zip(a, b, kinds):
            sides: list[Array] = []
            for scope, contents, leaf in zip(scopes, self.contents, (x, y)):
                with tracing.within(scope):
                    sides.append(kind.lift(contents.get(id(leaf), leaf)))
            pairs.append((sides[0], sides[1]))
            is_view = any(written_arrays.is_outer(v, s) for v, s in zip((x, y), scopes))
            views.append((self.mask, (x, y), scopes) if is_view else None)
            owners.append(written_arrays.owners((x, y), kind.shape, kind.dtype))
            bases.append(
                [storages.of(v) if isinstance(v, Array) and v.steps else None for v in (x, y)]
            )
        result = _Results(first, kinds, tree, views, owners, bases, own)
        for leaves, scope in zip((a, b), scopes):
            for found, leaf in zip(result.inner, leaves):
                found += written_arrays.inner_storages(leaf, scope)
        return result


def overflow_if(mask: Any, text: str) -> None:
    """Raises an `OverflowError`, when the program runs, if a traced condition holds."""

    def stop() -> list[Any]:
        raise OverflowError(text)

    if_(mask, lambda: callbacks.callback(stop, (), pure=False), _nothing, (), (), ())


def _fitted(
    scope: tracing.Scope, leaves: list[Any], own: pytree.Tree, common: pytree.Tree
) -> list[Any]:
    with tracing.within(scope):
        return static_states.fit(leaves, own, common)


def is_perhaps(owner: Any, name: Any) -> bool:
    """Whether an object has an attribute on one way through the program only."""
    scope = tracing.current() if tracing.tracing() else None
    while scope is not None:
        if (id(owner), name) in scope.root.perhaps:
            return True
        scope = scope.root.parent
    return False


def left_out(name: str) -> None:
    """The remark that Python's error for a variable without a value is not in the program."""
    missed(
        "program",
        "check",
        tracing.location(),
        f"a condition on traced values decides whether {leaf_kinds.shown(name)} has a value, and a "
        "compiled program cannot raise: letgrad leaves the check out",
    )


def _alike_lists(values: Sequence[Any]) -> Sequence[Any]:
    """Two lists of different lengths, with items that one of them does not have."""
    a, b = values
    if type(a) is not list or type(b) is not list:
        return values
    if len(a) == len(b) and not has_perhaps(a) and not has_perhaps(b):
        return values
    sides: tuple[list[Any], list[Any]] = ([], [])
    for pair in itertools.zip_longest(a, b, fillvalue=variables.UNDEFINED):
        if not any(x is variables.UNDEFINED or type(x) is Perhaps for x in pair):
            for side, x in zip(sides, pair):
                side.append(x)
            continue
        for side, x, other in zip(sides, pair, reversed(pair)):
            if type(x) is Perhaps:
                side.append(x)
            elif x is not variables.UNDEFINED:
                side.append(Perhaps(np.bool_(True), x))
            else:
                value = other.value if type(other) is Perhaps else other
                leaves, tree = leaf_kinds.flatten(value, "item")
                zeros = [leaf_kinds.kind_of(leaf).zero() for leaf in leaves]
                side.append(Perhaps(np.bool_(False), tree.unflatten(zeros)))
    return sides


def _arrays_now(growth: Growth) -> dict[int, Array]:
    """The contents, in the current scope, of the arrays among the new items of lists."""
    found: dict[int, Array] = {}
    for _, items in growth:
        for leaf in leaf_kinds.flatten(items, "item")[0]:
            if isinstance(leaf, Array) and leaf.storage is not None:
                now = tracing.use(leaf)
                found[id(leaf)] = Array(now, leaf.shape, leaf.dtype, tracing.current())
    return found


class _Results:
    """Which results of the op are the leaves of a variable."""

    def __init__(
        self,
        first: int,
        kinds: Sequence[leaf_kinds.Kind],
        tree: pytree.Tree,
        views: Sequence[View | None] = (),
        owners: Sequence[Any] = (),
        bases: Sequence[Any] = (),
        sides: Sequence[Any] = (),
    ):
        self.first, self.kinds, self.tree = first, kinds, tree
        self.sides = tuple(sides)
        """The values of the variable on the sides; one if no other side has a value."""
        self.views = views or [None] * len(kinds)
        self.owners = list(owners) or [None] * len(kinds)
        self.held: list[tuple[written_arrays.Held, Array, int | None] | None] = [None] * len(kinds)
        """
        For arrays of a variable that has a value on one side only: the array, the mask, and which
        result is the traced bool that the variable has this array, if it is not the mask.
        """
        self.bases = bases or [(None, None)] * len(kinds)
        self.inner: list[list[storages.Storage]] = [[] for _ in kinds]
        """The storages of the sides whose memory the arrays have."""
        self.watched: Sequence[Sequence[storages.Storage]] = [()] * len(kinds)
        """The arrays outside whose contents the leaves are: a write to these would show."""

    def of(
        self,
        results: Sequence[Array],
        made: dict[Any, Array],
        inner: list[tuple[Sequence[storages.Storage], Array]] | None = None,
    ) -> Any:
        """
        The value. `made` has the arrays that other variables hold too, by their owners. The arrays
        of the value that have memory of the sides are added to `inner`.
        """
        own = results[self.first : self.first + len(self.kinds)]
        leaves = []
        near: list[list[storages.Storage]] = []
        parts_of_leaves = zip(self.kinds, own, self.views, self.owners, self.bases)
        for (kind, x, view, owner, base), held in zip(parts_of_leaves, self.held):
            leaf = kind.wrap(x) if view is None else written_arrays.chosen(*view, x)
            if held is not None:
                array, mask, place = held
                is_held = None if place is None else results[place]
                leaf, owner = array.after(mask, is_held, x, made)
            parts = [
                storages.of(y)
                for whole, y in made.items()
                if any(a is b for a, b in zip(whole, base))
            ]
            if parts:
                # The array is a part of an array that another variable holds.
                leaf = written_arrays.read_only(x, parts)
            near.append(parts)
            leaves.append(leaf if owner is None else made.setdefault(owner, leaf))
        leaves = [
            written_arrays.read_only(leaf, [*parts, *watched]) if watched else leaf
            for leaf, parts, watched in zip(leaves, near, self.watched)
        ]
        leaves = [
            written_arrays.refused(leaf, x, found) if x.shape and found else leaf
            for leaf, x, found in zip(leaves, own, self.inner)
        ]
        if inner is not None:
            inner += [(own, x) for own, x in zip(self.inner, leaves) if own and x.shape]
        return self.tree.unflatten(leaves)


def select(test: Array, a: Any, b: Any) -> Any:
    """`a if test else b` for two values that the program has already."""
    return value_of(test, lambda: a, lambda: b)


def value_of(test: Array, then: Callable[[], Any], orelse: Callable[[], Any]) -> Any:
    """`then() if test else orelse()` for a traced test."""
    result: Any = None

    def first() -> None:
        nonlocal result
        result = then()

    def second() -> None:
        nonlocal result
        result = orelse()

    Branch(test, (first, second), ("result",), ("result",), ()).run()
    return result
