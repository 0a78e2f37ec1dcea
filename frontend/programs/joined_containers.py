"""
Lists, dicts and data classes that are one object or another, as a traced condition or a loop
decides.

After `best = a if c else b`, where a and b are lists, letgrad has a new list for `best`, with the
items of the right one. In Python a write to `best` shows in a or in b, and a write to a may show in
`best`. So letgrad notes which containers a new one may be. A write to a container changes also
each container that may be the same one, where the condition says that they are one. If letgrad
cannot know whether they are one, the write is an error. It does not matter for containers that no
variable of the program leads to any more.
"""

from __future__ import annotations

import functools
import sys
from collections import deque
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import tracing, user_code
from ..tracing import Array
from ..user_code import located
from . import (
    chosen_items,
    function_source,
    joined_roots,
    leaf_kinds,
    list_sites,
    traced_texts,
    variables,
)
from .joined_roots import Joined, add, distinct, find, roots

CHANGES = frozenset(
    {
        *("add", "append", "appendleft", "clear", "difference_update", "discard", "extend"),
        *("extendleft", "insert", "intersection_update", "pop", "popitem", "popleft", "remove"),
        *("reverse", "rotate", "setdefault", "sort", "symmetric_difference_update", "update"),
    }
)
"""The methods of Python's containers that change them."""


def containers(value: Any) -> list[Any]:
    """The containers in a value that a program can change, outer ones first."""
    return list(_containers(value))


def _containers(value: Any, around: tuple[int, ...] = ()) -> Iterator[Any]:
    if id(value) in around:
        return  # The value leads to itself.
    if _is_container(value):
        yield value
    for part in leaf_kinds.parts_of(value):
        yield from _containers(part, (*around, id(value)))


def _is_container(value: Any) -> bool:
    return isinstance(value, list | dict) or _is_changeable_record(value)


def can_join(value: Any) -> bool:
    """Whether a condition can choose between this value of a place and another one."""
    if variables.is_plain(value):
        return True
    if not _is_container(value) or chosen_items.has_perhaps(value):
        return False
    try:
        leaves, _ = leaf_kinds.opened(value)
    except (leaf_kinds.Unalike, TypeError):
        return False
    return all(map(variables.is_plain, leaves))


def _is_changeable_record(value: Any) -> bool:
    parameters = getattr(type(value), "__dataclass_params__", None)
    if parameters is None:
        return leaf_kinds.is_object(type(value))
    return not parameters.frozen


def choose(mask: Array, sides: Sequence[Any], value: Any) -> None:
    """
    Notes that the containers in `value` are those of `sides[0] if mask else sides[1]`. A side may
    be None.
    """
    made = containers(value)
    parts = [containers(side) or [None] * len(made) for side in sides]
    if any(len(part) != len(made) for part in parts):
        may_be(value, sides)
        return
    for one, *pair in zip(made, *parts):
        found = distinct(r for side in pair if side is not None for r in roots(side))
        add(Joined(one, found, mask, tuple(pair)))


def continues(value: Any, old: Any) -> None:
    """Notes that the containers in `value` are those of `old`, wherever the program reads them."""
    for one, other in zip(containers(value), containers(old)):
        add(Joined(one, roots(other), None, (other,)))


def may_be(value: Any, olds: Sequence[Any]) -> None:
    """Notes that each container in `value` may be one of those in `olds`, or one of its own."""
    found = distinct(r for old in olds for one in containers(old) for r in roots(one))
    for one in containers(value):
        same = [r for r in found if type(r) is type(one)]
        add(Joined(one, [one, *same]))


def contents(value: Any) -> list[tuple[Any, list[Any]]]:
    """The containers in a value, with their parts now."""
    return [(one, leaf_kinds.parts_of(one)) for one in containers(value)]


def after_loop(ends: dict[str, Any], after: dict[str, Any], begun: dict[str, Any] | None) -> None:
    """
    Notes the containers that the variables may hold after a loop: those after its last turn, and
    those from before the loop, if it may make no turn. Two variables that hold one container after
    a turn hold one after the loop.
    """
    made: dict[int, Any] = {}
    for name, value in ends.items():
        chosen_items.keep_contents(value, [x[name] for x in (after, begun) if x is not None])
        if not containers(value):
            continue
        if id(after[name]) in made:
            ends[name] = made[id(after[name])]
            continue
        made[id(after[name])] = value
        may_be(value, [after[name]] if begun is None else [after[name], begun[name]])


def check_turn(
    after: dict[str, Any], before: Sequence[tuple[Any, list[Any]]], heads: Container[str]
) -> None:
    """
    Errors: `Unalike` if a turn changes a container of those in `before`, and two variables hold one
            container after the turn, or a variable holds one that others hold outside of the loop:
            the next turn would change a copy. So for an item of a list that keeps items in arrays,
            in one of the variables `heads`, which the next turn reads.
    """
    is_changed = not all(_has_parts(one, parts) for one, parts in before)
    for name, value in after.items():
        found = [group for one in containers(value) for group in joined_roots.groups(one)]
        if found and name in heads and (is_changed or any(group.is_written for group in found)):
            raise leaf_kinds.Unalike(
                f"the variable {name} holds an item of a list after a turn, and the body changes "
                "such items"
            )
    if not is_changed:
        return
    if (name := _shared(after)) is not None:
        raise leaf_kinds.Unalike(
            f"the variable {name} holds a container after a turn that another variable holds too, "
            "and the body changes such containers"
        )


def _has_parts(container: Any, parts: Sequence[Any]) -> bool:
    now = leaf_kinds.parts_of(container)
    return len(now) == len(parts) and all(x is y for x, y in zip(now, parts))


def _shared(values: dict[str, Any]) -> str | None:
    """
    The name of a value with a container that may be in another value too, or that a variable of
    the program leads to.
    """
    seen: dict[int, str] = {}
    for name, value in values.items():
        for root in distinct(r for one in containers(value) for r in roots(one)):
            if seen.setdefault(id(root), name) != name:
                return name
    return next((seen[key] for key in reached(set(seen))), None)


# Writes.


def write(
    container: Any,
    put: Callable[[Any, Any], None],
    get: Callable[[Any], Any],
    value: Any,
    select: Callable[[Array, Any, Any], Any],
) -> None:
    """
    `put(container, value)`, and the same for each container that may be this one. `get` reads what
    the write replaces, and `select` is a choice by a traced condition.

    Errors: `TypeError` if letgrad cannot know whether another container is this one.
    """
    found = others(container)
    _note_write(container)
    put(container, value)
    for other in found:
        holds = is_one(container, other)
        if holds is True:
            put(other, value)
        elif holds is not False:
            put(other, select(holds, value, get(other)))


def check(container: Any) -> None:
    """Errors: `TypeError` if a change of the container would have to show in another one."""
    if any(is_one(container, other) is not False for other in others(container)):
        raise _unknown(container)
    _note_write(container)


def _note_write(container: Any) -> None:
    for root in roots(container):
        if isinstance(root, joined_roots.Group):
            root.is_written = True


def _unknown(container: Any) -> Exception:
    return located(
        TypeError,
        f"this {type(container).__name__} is one object or another, by a condition on traced "
        "values, by the turns of a loop, or as an item of a list whose length depends on values, "
        "and the change would have to show in the right one; change a copy",
    )


def others(container: Any) -> list[Any]:
    """The other containers that may be this one, and that variables of the program lead to."""
    joined = list(joined_roots.every())
    if not joined:
        return []
    own = {id(r) for r in roots(container)}
    near = [j for j in joined if own.intersection(map(id, j.roots))]
    found = distinct(x for j in near for x in (j.container, *j.roots))
    candidates = [
        x
        for x in found
        if x is not container
        and own.intersection(map(id, roots(x)))
        and not joined_roots.are_apart(container, x)
    ]
    if not candidates:
        return []
    found_ids = reached({id(x) for x in candidates})
    return [x for x in candidates if id(x) in found_ids]


def is_one(a: Any, b: Any) -> Any:
    """Whether two values are one: a bool, or a traced one for containers that may be one."""
    found: Any = a is b
    if found or not all(_is_container(x) or find(x) is not None for x in (a, b)):
        return found
    for root in roots(a):
        if any(root is r for r in roots(b)):
            both = _and(_is_root(a, root), _is_root(b, root))
            found = _or(found, both)
    return found


def _and(a: Any, b: Any) -> Any:
    if a is False or b is False:
        return False
    return b if a is True else a if b is True else np.logical_and(a, b)


def _or(a: Any, b: Any) -> Any:
    if a is True or b is True:
        return True
    return b if a is False else a if b is False else np.logical_or(a, b)


def _is_root(container: Any, root: Any) -> Any:
    joined = find(container)
    if joined is None:
        return container is root
    if not joined.sides:
        raise _unknown(container)
    if joined.mask is None:
        return _is_root(joined.sides[0], root)
    if not _is_usable(joined.mask):
        raise _unknown(container)
    then, otherwise = (_is_root(side, root) for side in joined.sides)
    if then is otherwise:
        return then
    then, otherwise = _and(joined.mask, then), _and(np.logical_not(joined.mask), otherwise)
    return _or(then, otherwise)


def _is_usable(mask: Array) -> bool:
    return mask.scope.open and mask.scope.encloses(tracing.current())


def reached(wanted: set[int], *past: Any) -> set[int]:
    """
    Which of these objects the variables of the running functions of the program lead to, or the
    arguments of the program, on other ways than through the objects `past`.
    """
    pending: list[Any] = []
    frame = sys._getframe()
    while frame is not None:
        if function_source.RUNTIME in frame.f_code.co_freevars:
            own = frame.f_locals
            pending += [x for name, x in own.items() if not variables.is_own(name)]
            pending += [frame.f_globals.get(name) for name in frame.f_code.co_names]
        frame = frame.f_back
    scope = tracing.current()
    while scope is not None:
        pending += scope.root.held
        scope = scope.root.parent
    seen = set(map(id, past))
    while pending and len(seen) < variables.MOST_OBJECTS and not wanted <= seen:
        value = pending.pop()
        if variables.is_atom(value) or id(value) in seen:
            continue
        seen.add(id(value))
        if not isinstance(value, np.ndarray):
            pending.extend(variables.parts_of(value))
    return wanted & seen if len(seen) < variables.MOST_OBJECTS else wanted


def changing(method: Any) -> Any:
    """A bound method of a container of Python. Errors: those of `check`, if it changes it."""
    owner = method.__self__
    if isinstance(owner, list | dict | set | deque) and method.__name__ in CHANGES:
        check(owner)
        if type(owner) is set:
            return functools.partial(_change_set, owner, method)
        if isinstance(owner, dict) and method.__name__ in ("pop", "setdefault"):
            return functools.partial(_change_dict, owner, method)
        if chosen_items.has_perhaps(owner) and method.__name__ not in ("append", "extend", "clear"):
            raise list_sites.because_of(_no_method(method), owner)
        if method.__name__ in ("insert", "pop", "popleft", "remove"):
            return functools.partial(_of_known_length, owner, method)
    elif chosen_items.has_perhaps(owner):
        raise list_sites.because_of(_no_method(method), owner)
    return method


@contextmanager
def of_known_length(owner: Any) -> Iterator[None]:
    """
    Errors: `IndexError` and `NoNumber` of a list or deque say that they would not be there if its
            length were traced.
    """
    try:
        yield
    except (IndexError, tracing.NoNumber) as error:
        if type(owner) in (list, deque):
            list_sites.because_of(error, owner)
        if type(owner) in (list, tuple) and isinstance(error, tracing.NoNumber):
            list_sites.because_of_index(error, user_code.place())
        raise


def _of_known_length(owner: Any, method: Any, *args: Any, **named: Any) -> Any:
    with of_known_length(owner):
        return method(*args, **named)


def _change_set(owner: set[Any], method: Any, *args: Any) -> Any:
    """Errors: `TypeError` for a traced item, which a set of Python cannot find again."""
    traced_texts.check(*args)
    for item in args:
        if type(item).__hash__ is object.__hash__ and not isinstance(item, Array):
            continue  # Python knows such an object from all others.
        if any(isinstance(leaf, Array) for leaf in leaf_kinds.opened(item)[0]):
            error = located(
                TypeError,
                "a set of Python cannot hold a traced number; use an array of bools, as in "
                "seen[k] = True",
            )
            raise list_sites.because_of(error, owner)
    return method(*args)


def _change_dict(owner: dict[Any, Any], method: Any, *args: Any) -> Any:
    """Errors: `TypeError` for a traced key."""
    traced_texts.check(args[:1])
    if any(isinstance(leaf, Array) for leaf in leaf_kinds.opened(args[:1])[0]):
        error = located(
            TypeError, "a traced value decides which key of this dict the program means"
        )
        raise list_sites.because_of(error, owner)
    return method(*args)


def _no_method(method: Any) -> TypeError:
    return chosen_items.no(f"use its {method.__name__} method")
