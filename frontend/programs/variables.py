"""
The variables of a rewritten function, and the other state that a traced part could change.

A part is a function inside of the function. Its cells hold the variables. A part that is traced
for a loop or a branch runs once, or several times, or for both sides of a condition; so letgrad has
to find each change that the part makes to a Python object, and to take it back.
"""

from __future__ import annotations

import dis
import functools
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import (
    BuiltinMethodType,
    CellType,
    CodeType,
    FunctionType,
    MethodType,
    ModuleType,
)
from typing import Any, Union

import numpy as np
from xdsl.ir import Block, Operation

from .. import pytree, tracing
from ..tracing import Array
from . import function_source, hidden_states, optional_values
from .chosen_items import StandIn
from .growing_lists import Growing
from .static_states import OneOf, is_state
from .static_states import same as same

Part = Callable[..., Any]

MOST_OBJECTS = 2_000
"""The search for Python objects that a part can change stops after this number."""

MOST_BYTES = 1 << 22
"""letgrad does not look for changes in larger NumPy arrays."""


class Undefined:
    """The value of a variable that has none."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Undefined()


def is_flag(name: str) -> bool:
    """Whether letgrad added this variable, for `return`, `break` or `continue`."""
    return name.startswith(function_source.RUNTIME) and name != "_letgrad_value"


def is_own(name: str) -> bool:
    return name.startswith(function_source.RUNTIME)


def is_guarded(name: str) -> bool:
    """Whether `attempts` added this variable: where it has no value, nothing reads it."""
    return name.startswith(("_value_failed_", "_result_failed_"))


class _Reasons(threading.local):
    def __init__(self) -> None:
        self.of: dict[str, str] = {}


reasons = _Reasons()
"""Why a variable may be undefined, for the error if the program reads it."""


def reason_of(error: NameError) -> tuple[str, str] | None:
    """The variable that an error names, and why letgrad gave it no value."""
    name = name_in(error)
    if name is None or name not in reasons.of:
        return None
    return name, reasons.of[name]


def name_in(error: NameError) -> str | None:
    """The variable of a function without a value that an error names."""
    found = re.search(r"variable '(\w+)'", str(error))
    return None if found is None else found.group(1)


class _Filled(threading.local):
    def __init__(self) -> None:
        self.names: set[str] = set()


filled = _Filled()
"""
Variables that have no value on one way: on one that a `break` or a `continue` left, and on the side
of a condition that does not assign them. There they hold a filler.
"""


Cell = Union[CellType, "Place"]


class Variables:
    """
    The variables that some parts of a function assign. Those of the functions around it, `outer`,
    live on behind the end of the function, and so do places in Python objects.
    """

    def __init__(self, parts: Iterable[Part], names: Sequence[str], outer: Iterable[str] = ()):
        self.outer = set(outer)
        cells: dict[str, Cell] = {}
        for part in parts:
            code, closure = part.__code__, part.__closure__
            cells |= dict(zip(code.co_freevars, closure or ()))
        self.cells = {name: cells[name] for name in names if name in cells}
        self.outside = [name for name in names if name not in cells]
        """Globals that the parts assign. letgrad cannot carry them."""

    def copy(self) -> Variables:
        """The same variables, to which others can be added."""
        new = Variables((), (), self.outer)
        new.cells, new.outside = dict(self.cells), list(self.outside)
        return new

    def add(self, places: Iterable[Place]) -> list[str]:
        """Takes places in Python objects for variables, too; their names."""
        names = []
        for place in places:
            name = str(place)
            while name in self.cells:  # two objects of one type
                name += "'"
            self.cells[name] = place
            names.append(name)
        self.outer.update(names)
        return names

    def forget(self, owners: Iterable[Any]) -> None:
        """Takes the places in these objects away again."""
        ids = {id(owner) for owner in owners}
        for name, cell in list(self.cells.items()):
            if isinstance(cell, Place) and id(cell.owner) in ids:
                del self.cells[name]

    def read(self) -> dict[str, Any]:
        return {name: self.get(name) for name in self.cells}

    def get(self, name: str) -> Any:
        try:
            return self.cells[name].cell_contents
        except ValueError:
            return UNDEFINED

    def put(self, name: str, value: Any, reason: str | None = None) -> None:
        if value is not UNDEFINED:
            self.cells[name].cell_contents = value
            return
        if self.get(name) is not UNDEFINED:
            del self.cells[name].cell_contents
        if reason is not None:
            reasons.of[name] = reason

    def write(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            self.put(name, value)


# Python objects that a part can reach.


@functools.lru_cache(maxsize=1024)
def _names(code: CodeType) -> tuple[str, ...]:
    """The names of globals and of attributes in a code and in the codes inside of it."""
    codes = function_source.codes(code)
    return tuple(dict.fromkeys(name for inner in codes for name in inner.co_names))


def parts_of(value: Any) -> Iterator[Any]:
    """The objects that an object leads to."""
    match value:
        case FunctionType():
            module = value.__globals__.get("__name__") or ""
            is_around = module.startswith("letgrad.frontend.programs.")
            if module.partition(".")[0] in ("letgrad", "numpy") and not is_around:
                return
            for cell in value.__closure__ or ():
                try:
                    yield cell.cell_contents
                except ValueError:
                    continue
            yield from (value.__defaults__ or ())
            if is_around:
                return  # letgrad made it around functions of the program.
            yield from (
                value.__globals__[name]
                for name in _names(value.__code__)
                if name in value.__globals__
            )
            yield from (value.__kwdefaults__ or {}).values()
        case MethodType():
            yield from (value.__func__, value.__self__)
        case BuiltinMethodType():
            yield value.__self__
        case functools.partial():
            yield from (value.func, *value.args, *value.keywords.values())
        case dict():
            yield from value.values()
        case Growing():
            yield from (*value.new(), value.last, value.length)
        case StandIn():
            yield from value.parts()
        case list() | tuple() | set() | frozenset() | deque():
            yield from value
        case _ if getattr(type(value), "leads_on", True):
            yield from (pytree.attributes_of(value) or {}).values()


def is_internal(value: Any) -> bool:
    """Whether this is an object of letgrad that leads to no object of the program."""
    module = getattr(type(value), "__module__", "")
    if not module.startswith(("letgrad.", "xdsl.")):
        return False
    if isinstance(value, OneOf | optional_values.Maybe | Growing | StandIn):
        return False
    kind: Any = type(value)
    return not (getattr(kind, "is_carried", False) or getattr(kind, "leads_on", False))


class Place:
    """
    An item of a list or of a dict, or an attribute of an object, as the cell of a variable: a loop
    carries such places as it carries variables.
    """

    def __init__(self, owner: Any, key: Any, is_new: bool = False):
        self.owner, self.key = owner, key
        self.is_new = is_new
        """Whether there is no such item or attribute before the condition."""

    def __str__(self) -> str:
        kind = type(self.owner).__name__
        return f"{kind}[{self.key!r}]" if self.is_item else f"{kind}.{self.key}"

    @property
    def is_item(self) -> bool:
        return isinstance(self.owner, dict | list | deque)

    @property
    def cell_contents(self) -> Any:
        try:
            if self.is_item:
                return self.owner[self.key]
            return object.__getattribute__(self.owner, self.key)
        except (LookupError, AttributeError):
            raise ValueError from None

    @cell_contents.setter
    def cell_contents(self, value: Any) -> None:
        if self.is_item:
            self.owner[self.key] = value
        else:
            object.__setattr__(self.owner, self.key, value)

    @cell_contents.deleter
    def cell_contents(self) -> None:
        if not self.is_new:
            # The place is there before and after each turn, so this is for the time between only.
            self.cell_contents = UNDEFINED
        elif self.is_item:
            del self.owner[self.key]
        else:
            object.__delattr__(self.owner, self.key)


def _content(value: Any) -> Any:
    """What a change of an object would change; None for an object that cannot be changed."""
    if (hidden := hidden_states.state(value)) is not None:
        return hidden
    match value:
        case Growing():
            return value.new()
        case StandIn():
            return None
        case list() | deque():
            return list(value)
        case dict():
            return dict(value)
        case set():
            return set(value)
        case np.ndarray() if value.flags.writeable and value.dtype != object:
            return value.copy() if value.nbytes <= MOST_BYTES else None
        case bytearray():
            return bytes(value)
    return pytree.attributes_of(value)


def is_atom(value: Any) -> bool:
    """Whether a value leads to no other objects."""
    kinds = str | bytes | int | float | complex | ModuleType | type | Array | np.generic | range
    return value is None or isinstance(value, kinds | tracing.Scope)


def _twins() -> dict[int, list[Any]]:
    """For containers that may be one, by their ids, the others; see `joined_containers`."""
    found: dict[int, list[Any]] = {}
    scope = tracing.current() if tracing.tracing() else None
    while scope is not None:
        for joined in scope.root.joined.values():
            group = [joined.container, *joined.roots]
            for one in group:
                found.setdefault(id(one), []).extend(group)
        scope = scope.root.parent
    return found


def content_of(cell: CellType) -> list[Any]:
    """The content of a cell, if it has one."""
    try:
        return [cell.cell_contents]
    except ValueError:
        return []


class Surroundings:
    """The contents of all Python objects that some parts can reach."""

    def __init__(self, parts: Iterable[Part], carried: Iterable[Cell] = ()):
        """`carried` are the cells of the variables that somebody else looks after."""
        self.drawn = hidden_states.drawn()
        self.places: list[tuple[CellType | dict[str, Any], str, Any]] = []
        carried = list(carried)
        known = set(map(id, carried))
        self.carried = {(id(c.owner), c.key) for c in carried if isinstance(c, Place)}
        self.contents: list[tuple[Any, Any]] = []
        self.arrays: list[Array] = []
        seen: set[int] = set()
        pending: list[Any] = list(parts)
        others = _twins()
        while pending and len(seen) < MOST_OBJECTS:
            value = pending.pop()
            if isinstance(value, Array):
                self.arrays.append(value)
            if is_atom(value) or id(value) in seen:
                continue
            seen.add(id(value))
            if (hidden := hidden_states.state(value)) is not None:
                self.contents.append((value, hidden))
                continue
            if is_internal(value):
                continue
            for cell in cells_where(value, hidden_states.holds_iterator):
                cell.cell_contents = hidden_states.replayed(cell.cell_contents)
            if isinstance(value, FunctionType):
                self.places += [place for place in _places(value) if id(place[0]) not in known]
            content = None if isinstance(value, FunctionType) else _content(value)
            if content is not None:
                self.contents.append((value, content))
            if not isinstance(value, np.ndarray):
                pending.extend(parts_of(value))
            # A write to a container that may be another one shows in that one, too.
            pending.extend(others.get(id(value), ()))
        self.is_whole = not pending
        """Whether these are all objects."""

    def changed(self) -> Any:
        """An object that has another content now; None if there is none."""
        if (generator := hidden_states.drawn_from(self.drawn)) is not None:
            return generator
        for place, name, value in self.places:
            if value_at(place, name) is not value:
                return place
        for value, content in self.contents:
            if _alike(now := _content(value), content):
                continue
            if not (keys := _changed_keys(now, content, bool(self.carried))):
                return value
            if any((id(value), key) not in self.carried for key in keys):
                return value
        return None

    def any_changed(self) -> bool:
        """Whether an object has another content now, also in places that somebody carries."""
        return any(not _alike(_content(value), content) for value, content in self.contents)

    def objects(self) -> list[Any]:
        """The objects that have contents."""
        return [value for value, _ in self.contents]

    def all_changed(self) -> list[Any]:
        """The lists, deques and sets that have another content now."""
        kinds = list | deque | set
        return [
            value
            for value, content in self.contents
            if isinstance(value, kinds) and not _alike(_content(value), content)
        ]

    def changed_places(
        self, takes_new: bool = False, can_carry: Callable[[Any], bool] | None = None
    ) -> list[Place]:
        """
        The places that changed, if a loop or a condition can carry all of them: they were there
        before, and have numbers and arrays before and after, or other values for which `can_carry`
        holds. With `takes_new`, items of dicts and attributes of objects may be new. Otherwise an
        empty list.
        """
        can_carry = can_carry or is_plain
        found: list[Place] = []
        if any(value_at(place, name) is not value for place, name, value in self.places):
            return []
        for value, content in self.contents:
            if _alike(now := _content(value), content):
                continue
            keys = _changed_keys(now, content, takes_new)
            if not keys:
                return []
            for key in keys:
                is_new = isinstance(content, dict) and key not in content
                if not (can_carry(now[key]) and (is_new or can_carry(content[key]))):
                    return []
                if (id(value), key) not in self.carried:
                    found.append(Place(value, key, is_new))
        return found

    def changed_lists(self) -> list[list[Any]]:
        """The lists that have other items now, if nothing else changed; otherwise none."""
        found = []
        for value, content in self.contents:
            if not _alike(_content(value), content):
                if type(value) is not list:
                    return []
                found.append(value)
        return found

    def taken_growth(self) -> list[tuple[list[Any], list[Any]]]:
        """
        The lists that only became longer, and their new items. They lose the new items.
        """
        found = []
        for value, content in self.contents:
            if type(value) not in (list, Growing):
                continue
            now, n = _content(value), len(content)
            if len(now) > n and all(x is y for x, y in zip(now, content)):
                found.append((value, now[n:]))
                if isinstance(value, Growing):
                    value.become(content)
                else:
                    del value[n:]
        return found

    def grown(self) -> list[list[Any]]:
        """The lists that only became longer."""
        return [
            value
            for value, content in self.contents
            if type(value) in (list, Growing)
            and len(now := _content(value)) > len(content)
            and all(x is y for x, y in zip(now, content))
        ]

    def put_back(self) -> dict[hidden_states.Taken, int | None]:
        """The iterators of which a part has taken items, and how many. They get the items again."""
        found: dict[hidden_states.Taken, int | None] = {}
        for value, content in self.contents:
            if isinstance(value, hidden_states.Taken) and hidden_states.state(value) != content:
                found[value] = value.count
                hidden_states.restore(value, content)
        return found

    def restore(self) -> None:
        hidden_states.take_back(self.drawn)
        for place, name, value in self.places:
            if value_at(place, name) is value:
                continue
            if isinstance(place, dict):
                place[name] = value
            elif value is UNDEFINED:
                del place.cell_contents
            else:
                place.cell_contents = value
        for value, content in self.contents:
            if _alike(_content(value), content):
                continue
            if hidden_states.state(value) is not None:
                hidden_states.restore(value, content)
                continue
            match value:
                case Growing():
                    value.become(content)
                case list() | np.ndarray() | bytearray():
                    value[:] = content
                case deque():
                    value.clear()
                    value.extend(content)
                case dict() | set():
                    value.clear()
                    value.update(content)
                case _:
                    for name in (pytree.attributes_of(value) or {}).keys() - content.keys():
                        object.__delattr__(value, name)
                    for name, old in content.items():
                        object.__setattr__(value, name, old)


def cells_where(value: Any, holds: Callable[[Any], bool]) -> Iterator[Cell]:
    """The variables and globals of a function, or the parts of an object, whose value `holds`."""
    match value:
        case FunctionType():
            yield from (c for c in value.__closure__ or () if holds(value_at(c, "")))
            names = value.__globals__
            for name in _names(value.__code__):
                if name in names and holds(names[name]):
                    yield Place(names, name)
        case Growing() | StandIn():
            return
        case list() | deque():
            yield from (Place(value, k) for k, part in enumerate(value) if holds(part))
        case dict():
            yield from (Place(value, k) for k in list(value) if holds(value[k]))
        case _:
            parts = pytree.attributes_of(value) or {}
            yield from (Place(value, name) for name in parts if holds(parts[name]))


def value_at(place: Cell | dict[str, Any], name: str) -> Any:
    if isinstance(place, dict):
        return place.get(name, UNDEFINED)
    try:
        return place.cell_contents
    except ValueError:
        return UNDEFINED


def _places(function: FunctionType) -> Iterator[tuple[CellType | dict[str, Any], str, Any]]:
    """The variables around a function that it can assign: cells, and globals."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        yield cell, name, value_at(cell, name)
    for name in _stored_globals(function.__code__):
        yield function.__globals__, name, function.__globals__.get(name, UNDEFINED)


@functools.lru_cache(maxsize=1024)
def _stored_globals(code: CodeType) -> tuple[str, ...]:
    found: set[str] = set()
    for inner in function_source.codes(code):
        # Most codes assign no global, and `dis` takes long. Each second byte is an instruction.
        if dis.opmap["STORE_GLOBAL"] in inner.co_code[::2]:
            instructions = dis.get_instructions(inner)
            found |= {str(i.argval) for i in instructions if i.opname == "STORE_GLOBAL"}
    return tuple(found)


def assigns(part: Part) -> bool:
    """Whether a part assigns a variable of the function, as `:=` does."""
    return assigns_in(part.__code__)


def assigns_in(code: CodeType) -> bool:
    """Whether a code assigns a variable of the function around it."""
    return dis.opmap["STORE_DEREF"] in code.co_code[::2]


def _changed_keys(now: Any, before: Any, takes_new: bool = False) -> list[Any]:
    """
    The keys, indices or names of the parts that changed. An empty list if there are other parts now
    than before, or their order is another one, or for an object without such parts. With
    `takes_new`, a dict may have more keys, behind the others.
    """
    if takes_new and isinstance(now, dict) and isinstance(before, dict):
        if list(now)[: len(before)] == list(before):
            return [k for k in now if k not in before or now[k] is not before[k]]
        return []
    if isinstance(now, dict) and isinstance(before, dict) and list(now) == list(before):
        return [key for key in now if now[key] is not before[key]]
    if isinstance(now, list) and isinstance(before, list) and len(now) == len(before):
        return [k for k, (x, y) in enumerate(zip(now, before)) if x is not y]
    return []


def is_plain(value: Any) -> bool:
    """
    Whether a value is a number, an array, a string, a member of an Enum, or a tuple of these, so
    that it cannot be changed.
    """
    if isinstance(value, tuple):
        return all(map(is_plain, value))
    kinds = Array | np.ndarray | np.generic | int | float | bool
    if isinstance(value, OneOf) or is_state(value):
        return True
    return optional_values.may_be_none(value) or isinstance(value, kinds)


def _alike(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list):
        return len(a) == len(b) and all(x is y for x, y in zip(a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(a[key] is b[key] for key in a)
    return bool(a == b)


# Which part is being traced.


class _Depth(threading.local):
    conditions = 0
    probe = False
    catches = False
    caught: tuple[Any, ...] = ()
    guard: Any = None
    attempt: Any = None
    """The expression in a `try` whose errors `failures` notes."""


_depth = _Depth()


@contextmanager
def under_condition() -> Iterator[None]:
    """Inside of the `with`, the program runs only if a traced condition holds."""
    _depth.conditions += 1
    try:
        yield
    finally:
        _depth.conditions -= 1


def conditions() -> int:
    """Under how many traced conditions the program runs here."""
    return _depth.conditions


def is_under_condition() -> bool:
    return _depth.conditions > 0


@contextmanager
def catching(kinds: Callable[[], Any]) -> Iterator[None]:
    """The body of a `try` with handlers: an error of one of `kinds()` leads to a handler."""
    outer = _depth.conditions, _depth.catches, _depth.caught, _depth.attempt
    try:
        found = kinds()
        found = found if isinstance(found, tuple) else (found,)
        issubclass(IndexError, found)
    except (NameError, AttributeError, TypeError):
        found = ()  # Python finds this error when there is something to catch.
    _depth.conditions, _depth.catches, _depth.attempt = 0, True, None
    _depth.caught = (*_depth.caught, found)
    try:
        yield
    finally:
        _depth.conditions, _depth.catches, _depth.caught, _depth.attempt = outer


def catches(kind: type[Exception]) -> bool:
    """Whether a handler of the program catches errors of this kind."""
    return any(issubclass(kind, found) for found in _depth.caught)


def handler_of(kind: type[BaseException]) -> tuple[int, int]:
    """
    The `try` that catches errors of a kind, as its depth, and the number of the handler, from 1 on;
    (-1, 0) if there is none.
    """
    for level in reversed(range(len(_depth.caught))):
        for k, handled in enumerate(_depth.caught[level], 1):
            if issubclass(kind, handled):
                return level, k
    return -1, 0


def innermost() -> int:
    """The depth of the `try` around, as `handler_of` counts."""
    return len(_depth.caught) - 1


def attempt() -> Any:
    """The expression in the `try` around whose errors `failures` notes; None if there is none."""
    return _depth.attempt


def set_attempt(new: Any) -> None:
    _depth.attempt = new


def guard() -> Any:
    """The last condition that the body of a `try` goes on; see `failures`."""
    return _depth.guard


def set_guard(mask: Any) -> None:
    _depth.guard = mask


class _Perhaps(threading.local):
    def __init__(self) -> None:
        self.names: set[str] = set()
        """Variables that are taken for unset, and that have a value where a condition holds."""


perhaps = _Perhaps()


def is_caught() -> bool:
    """Whether a handler of the program may catch an error that a condition here decides about."""
    return _depth.catches


class Raised(BaseException):
    """A side of a condition on a traced value raises an error."""


class Undecided(TypeError):
    """A condition on a traced value decides whether a handler of the program runs."""

    can_be_noted = False
    """Whether a trace that notes errors may run the handler; see `failures`."""
    needs_parts = False
    """Whether such a trace has to carry the numbers that errors hold."""

    def __init__(self, text: str, can_be_noted: bool = False):
        super().__init__(text)
        self.can_be_noted = can_be_noted
        """Whether a trace with attempts may run the handler."""


class Touched(BaseException):
    """A probe met the first operation on traced values."""


class _Probing:
    """A block that refuses operations."""

    def __init__(self, block: Block):
        self.block = block

    def add_op(self, op: Operation) -> None:
        raise Touched

    def __getattr__(self, name: str) -> Any:
        return getattr(self.block, name)


@contextmanager
def probing() -> Iterator[None]:
    """Inside of the `with`, the first operation on traced values raises `Touched`."""
    touch()
    outer = tracing.current()
    block, outer.block = outer.block, _Probing(outer.block)  # type: ignore[assignment]
    _depth.probe = True
    try:
        yield
    finally:
        outer.block = block
        _depth.probe = False


def touch() -> None:
    """Ends a probe: a condition or a loop is about to be traced."""
    if _depth.probe:
        raise Touched


hidden_states.Replay.touches.append(touch)


def described(changed: Any) -> str:
    """A changed object, for messages."""
    if isinstance(changed, CellType):
        return "a variable of a function around"
    if (hidden := hidden_states.described(changed)) is not None:
        return hidden
    return f"a Python {type(changed).__name__}"
