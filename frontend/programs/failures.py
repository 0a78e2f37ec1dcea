"""
Errors that Python raises only for some values, where a handler of the program catches them.

`attempts` writes a `try` statement with conditions on the number of the handler that is to run.
This module finds that number while letgrad traces the expressions of the body.
"""

from __future__ import annotations

import contextlib
import dis
import functools
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType, ModuleType
from typing import Any

import numpy as np
from xdsl.ir import SSAValue

from ...passes.rewriting.remarks import missed
from .. import masked, ops, refusals, tracing
from ..tracing import Array
from ..user_code import located
from . import attempts, function_source, leaf_kinds, static_states, variables
from .optional_values import Maybe
from .static_states import OneOf
from .weak_numbers import number, truth

CHANGES = frozenset((
    "add", "append", "appending", "appendleft", "augment", "augment_attribute", "augment_item",
    "clear", "delete_item", "discard", "extend", "extendleft", "fill", "insert", "itemset", "pop",
    "popitem", "popleft", "put", "remove", "reverse", "setattr_", "setdefault", "setitem",
    "shuffle", "sort", "update",
))  # fmt: skip
"""Names in functions that may change an object. Behind an error, Python does not change it."""

STORES = (
    "STORE_ATTR",
    "STORE_GLOBAL",
    "STORE_SUBSCR",
    "STORE_SLICE",
    "DELETE_SUBSCR",
    "DELETE_GLOBAL",
)
"""Instructions that change an object, or a variable of a module."""


NOTES, CARRIES = 1, 2
"""Levels of `noting`."""

Parts = dict[int, tuple[Any, ...]]
"""The numbers that errors hold, by the numbers of the errors."""


class Attempt:
    """An expression in a `try`, for which Python may raise an error."""

    def __init__(self, frame: FrameType):
        self.frame = frame
        self.outer: Attempt | None = variables.attempt()
        """The attempt around."""
        self.level = variables.innermost()
        self.conditions, self.block = variables.conditions(), tracing.current().block
        self.failed: Any = 0
        """The number of the error (see `_number_of`), from 1 on; 0 where there is no error."""
        self.errors: list[int] = []
        """The numbers of the errors that there may be."""
        self.parts: Parts = {}


class _Begun:
    """Where a `try` or a function begins."""

    def __init__(self) -> None:
        self.attempt: Attempt | None = variables.attempt()
        """The attempt around."""
        self.block = tracing.current().block
        self.level, self.conditions = variables.innermost(), variables.conditions()

    @property
    def is_certain(self) -> bool:
        """Whether the program comes here for certain: no traced condition or loop is around."""
        is_function = variables.innermost() == self.level
        conditions = self.conditions if is_function else 0  # `catching` counts from 0 on.
        return self.block is tracing.current().block and variables.conditions() == conditions

    @property
    def wanted(self) -> int:
        """The depth of the `try` whose handlers the errors may run."""
        if variables.innermost() != self.level:
            return variables.innermost()
        return -1 if self.attempt is None else self.attempt.level


class _State(threading.local):
    level = 0
    parts: Parts
    """The numbers that the last error holds."""
    last: Attempt | None = None
    count = 0
    known: list[tuple[int, BaseException]]
    """The errors that were noted, each with its handler. The number of the first one is 1."""
    sites: dict[int, Any]
    """Where the errors that hold numbers are raised."""
    errors: dict[int, list[int]]
    """The numbers of the errors of `try` statements and functions, by their places."""
    begun: dict[int, _Begun]
    """Where `try` statements and functions begin, by the places of their errors."""
    pythons: dict[SSAValue, Callable[[], Any]]
    """Numbers that are Python's, and not NumPy's, where a function says so."""


_state = _State()


@contextlib.contextmanager
def noting(level: int) -> Iterator[None]:
    """
    Inside of the `with`, letgrad traces `try` statements as `attempts` writes them from the level
    `NOTES` on. From `CARRIES` on, errors may hold numbers that a condition or a loop computes.
    """
    outer = _state.level, _state.last, getattr(_state, "errors", {}), variables.attempt()
    begun, known = getattr(_state, "begun", {}), getattr(_state, "known", [])
    _state.level, _state.last, _state.errors, _state.begun = level, None, {}, {}
    sites, parts = getattr(_state, "sites", {}), getattr(_state, "parts", {})
    _state.known, _state.sites, _state.parts = [], {}, {}
    numbers, _state.pythons = pythons(), {}
    variables.set_attempt(None)
    variables.perhaps.names.clear()
    try:
        yield
    finally:
        _state.level, _state.last, _state.errors = outer[:3]
        _state.begun, _state.known, _state.sites, _state.parts = begun, known, sites, parts
        _state.pythons = numbers
        variables.set_attempt(outer[3])


def pythons() -> dict[SSAValue, Callable[[], Any]]:
    """The numbers of this trace that are Python's for some values; see `python_zeros`."""
    return getattr(_state, "pythons", {})


def note_pythons(number: Array, holds: Callable[[], Any]) -> None:
    """A number is Python's where `holds()` is true, and NumPy's elsewhere."""
    pythons()[tracing.use(number)] = holds


def are_noted() -> bool:
    """Whether `attempts` is to write the `try` statements of functions."""
    return _state.level >= NOTES


def level() -> int:
    """The level of `noting`."""
    return _state.level


def are_carried() -> bool:
    """Whether the numbers that errors hold get variables, too."""
    return _state.level >= CARRIES


def check_raises(
    kind: type[Exception],
    what: str,
    instead: str,
    condition: Callable[[], Any] | None = None,
    text: str = "",
) -> None:
    """
    Python raises an error of a kind here where `condition()` holds: letgrad notes this, if a
    handler of the program catches such errors.

    Errors: `TypeError` without a condition, or if the trace cannot note the error.
    """
    if not variables.catches(kind):
        return
    if condition is not None and _noted(kind, condition, text):
        return
    error = located(
        variables.Undecided,
        f"traced numbers decide whether {what} raises {kind.__name__}, and a handler of the "
        f"program may catch it; {instead}",
    )
    error.can_be_noted = condition is not None
    raise error


masked.raising.append(check_raises)


def _noted(kind: type[Exception], condition: Callable[[], Any], text: str) -> bool:
    """
    Whether the attempt around can note an error. What runs behind the error, up to the end of the
    expression, must change nothing that is there after it.
    """
    attempt = variables.attempt()
    level, k = variables.handler_of(kind)
    if attempt is None or attempt.level != level or not _can_note(attempt, sys._getframe(1)):
        return False
    mask = condition()
    if not isinstance(mask, Array) and not mask:
        return True
    n = _number_of(k, kind(text))
    attempt.errors.append(n)
    _fail(attempt, np.where(mask, np.int64(n), np.int64(0)) if isinstance(mask, Array) else n)
    return True


def _number_of(k: int, error: BaseException) -> int:
    """
    The number of an error for which handler k runs. Errors that no program tells apart share it.
    """
    parts = _parts(error)[0] if are_carried() else ()
    site = _site() if parts else None
    for n, (other_k, other) in enumerate(_state.known, 1):
        if other_k == k and _state.sites.get(n) == site and _are_alike(error, other, site):
            break
    else:
        _state.known.append((k, error))
        n = len(_state.known)
        _state.sites[n] = site
    if parts:
        _state.parts[n] = parts
    return n


def _parts(error: BaseException) -> tuple[tuple[Any, ...], Callable[[Iterator[Any]], Any]]:
    """The numbers that an error holds, and a function that makes the error with others."""
    leaves, tree = _opened(error)

    def again(parts: Iterator[Any]) -> BaseException:
        args, own = tree.unflatten([next(parts) if leaf_kinds.is_data(x) else x for x in leaves])
        new = type(error).__new__(type(error))
        new.args = args
        new.__dict__.update(own)
        return new

    return tuple(x for x in leaves if leaf_kinds.is_data(x)), again


def _opened(error: BaseException) -> tuple[list[Any], Any]:
    own = {name: value for name, value in vars(error).items() if name not in _NOTES}
    return leaf_kinds.opened((error.args, own))


def _site() -> tuple[Any, ...]:
    """The place in the program, with the calls that lead to it."""
    found, frame = [], sys._getframe(1)
    while frame is not None:
        if function_source.RUNTIME in frame.f_code.co_freevars:  # A function of the program.
            found.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return tuple(found)


def _without_numbers(error: BaseException) -> Any:
    """What an error is, but for the numbers that it holds."""
    leaves, tree = _opened(error)
    shapes = [ops.shape_of(x) if leaf_kinds.is_data(x) else None for x in leaves]
    return tree, shapes, tuple(None if leaf_kinds.is_data(x) else x for x in leaves)


def _are_alike(a: BaseException, b: BaseException, site: Any) -> bool:
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if site is not None:
        (*ours, leaves), (*theirs, others) = map(_without_numbers, (a, b))
        return ours == theirs and variables.same(leaves, others)
    own, others = ({k: v for k, v in vars(x).items() if k not in _NOTES} for x in (a, b))
    return (
        variables.same(a.args, b.args)
        and own.keys() == others.keys()
        and all(variables.same(own[k], others[k]) for k in own)
    )


_NOTES = "left_scope", "is_pythons", "can_be_noted"
"""What letgrad notes at errors."""


def _fail(attempt: Attempt, new: Any) -> None:
    """Notes the number of an error, if there was no error before."""
    known = attempt.failed
    if type(known) is int:
        attempt.failed = known or new
    else:
        attempt.failed = np.where(np.equal(known, 0), new, known)


def is_behind_error() -> bool:
    """
    Whether an expression around has failed for some values: what still runs of it must change
    nothing.
    """
    attempt: Attempt | None = variables.attempt()
    while attempt is not None:
        if type(attempt.failed) is not int or attempt.failed:
            return True
        attempt = attempt.outer
    return False


def check_no_change() -> None:
    """Errors: `TypeError` behind an error in the same expression, where something changes."""
    if is_behind_error():
        error = located(
            variables.Undecided,
            "traced numbers decide whether an expression raises an error, and the rest of the "
            "expression changes an object or a variable; give the part that may raise it a name",
        )
        error.can_be_noted = True
        raise error


def check_code(code: CodeType) -> None:
    """Errors: `TypeError` behind an error in the same expression, if the code changes something."""
    if is_behind_error() and may_change(code):
        check_no_change()


def check_call(function: Any) -> None:
    """
    What the program is to call, or a part of it, where an error may be in front of it.

    Errors: `TypeError` behind an error in the same expression, if it may change something.
    """
    if variables.attempt() is None or not is_behind_error():
        return
    code = getattr(function, "__code__", None)
    if isinstance(code, CodeType):
        check_code(code)
    elif function is next:
        check_no_change()
    elif getattr(function, "__name__", None) in CHANGES:
        owner = getattr(function, "__self__", None)
        if owner is not None and not isinstance(owner, ModuleType):
            check_no_change()


def _can_note(attempt: Attempt, step: FrameType) -> bool:
    """
    Whether an attempt can note an error in the frame `step`: no loop and no condition is between,
    and what runs in between, behind the error, changes nothing.
    """
    if attempt.conditions != variables.conditions():
        return False
    return attempt.block is tracing.current().block and _changes_nothing(attempt.frame, step)


def _changes_nothing(frame: FrameType, step: FrameType | None) -> bool:
    """Whether the functions of the user that run inside of a frame change only variables."""
    while step is not None and step is not frame:
        name = step.f_globals.get("__name__", "").partition(".")[0]
        if name not in ("letgrad", "numpy", "scipy") and may_change(step.f_code):
            return False
        step = step.f_back
    return step is frame


@functools.cache
def may_change(code: CodeType) -> bool:
    codes = [*function_source.codes(code)]
    # `__init__` writes to an object that is new.
    names = CHANGES - {"setattr_"} if code.co_name in ("__init__", "__post_init__") else CHANGES
    if any(not names.isdisjoint(inner.co_names) for inner in codes):
        return True
    outer = {name for name in code.co_freevars if not name.startswith(attempts.OWN)}
    for instruction in (i for inner in codes for i in dis.get_instructions(inner)):
        name = instruction.opname
        if name in STORES or (name == "STORE_DEREF" and instruction.argval in outer):
            return True
    return False


starts: list[Callable[[], None]] = []
"""What is checked at the start of a `try`."""


@contextlib.contextmanager
def catching(kinds: Callable[[], Any]) -> Iterator[None]:
    """The body of a `try` with handlers: an error of one of `kinds()` leads to a handler."""
    with variables.catching(kinds):
        for check in starts:
            check()
        yield


# What functions call as `attempts` writes them.


def errors() -> int:
    """The place of the errors of a `try`, or of a function, which may not run behind an error."""
    if is_behind_error() and may_change(sys._getframe(1).f_code):
        check_no_change()
    _state.count += 1
    _state.begun[_state.count] = _Begun()
    return _state.count


def attempt() -> Any:
    """The value of an expression in a `try` begins. The attempt around, if there is one."""
    outer = variables.attempt()
    variables.set_attempt(Attempt(sys._getframe(1)))
    return outer


def attempted(outer: Any, value: Any) -> Any:
    """The value of an expression in a `try`."""
    _state.last = variables.attempt()
    variables.set_attempt(outer)
    return value


class trying:
    """
    The statement of an expression in a `try`, or in a function that one calls. An error that the
    trace itself raises in a loop, or under a traced condition, is noted: Python raises it only if
    the program comes there.
    """

    def __init__(self, place: int):
        self.place = place

    def __enter__(self) -> None:
        self.outer = variables.attempt()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        begun = _state.begun[self.place]
        if error is None:
            return False
        last = variables.attempt()
        has_failed = last is not self.outer and isinstance(last.failed, Array)
        variables.set_attempt(self.outer)
        if not isinstance(error, Exception) or _is_own(error):
            return False
        level, k = variables.handler_of(type(error))
        if k and has_failed:
            raise _undecided(type(error).__name__)  # Another error may stand in front of it.
        if not k or (begun.is_certain and not _leaves_scope(error)):
            return False
        if level != begun.wanted or _leaves_scope(error):
            raise _undecided(type(error).__name__)
        _state.last = Attempt(sys._getframe(1))
        _state.parts = {}
        _state.last.failed = _number_of(k, error)
        _state.last.parts, _state.parts = _state.parts, {}
        _state.last.errors.append(_state.last.failed)
        return True


def _leaves_scope(error: BaseException) -> bool:
    """Whether an error comes out of a loop or a side of a condition: not all turns may raise it."""
    return getattr(error, "left_scope", False)


def _is_own(error: BaseException) -> bool:
    """Whether an error is letgrad's, which no handler of the program may take for its own."""
    if isinstance(error, tracing.NoNumber | variables.Undecided) or refusals.is_limit(error):
        return True
    # A condition on traced values decides whether there is this error.
    return isinstance(error, NameError) and variables.reason_of(error) is not None


def failure(place: int) -> Any:
    """The number of the error of the last value; 0 if there is no error."""
    found = _state.last
    assert found is not None
    _state.parts = found.parts
    _keep(place, found.errors)
    return number(found.failed, int) if isinstance(found.failed, Array) else found.failed


def failing(place: int, error: Any) -> Any:
    """
    The number of the error of a `raise`.

    Errors: the error, if no handler of this `try` catches it.
    """
    return _raised_in(place, error, lambda level, k: bool(k) and level == variables.innermost())


def raising(place: int, error: Any) -> Any:
    """
    The number of the error of a `raise` in a function, for which a handler around its call runs.

    Errors: the error, if no such handler catches it, and those of `raised`.
    """
    attempt = _state.begun[place].attempt
    return _raised_in(
        place,
        error,
        lambda level, k: (
            bool(k)
            and attempt is not None
            and attempt.level == level
            and variables.is_under_condition()
        ),
    )


def _raised_in(place: int, error: Any, is_caught: Callable[[int, int], bool]) -> Any:
    """
    The number of an error, which may be one of several. `is_caught` says of the depth of a `try`
    and the number of its handler whether it catches errors here.
    """
    errors = error.values if isinstance(error, OneOf) else (error,)
    found = []
    _state.parts = {}
    for one in errors:
        kind = one if isinstance(one, type) else type(one)
        level, k = variables.handler_of(kind)
        if not is_caught(level, k):
            raise raised(error)
        found.append(_number_of(k, kind() if isinstance(one, type) else one))
    _keep(place, found)
    return number(error.table(found), int) if isinstance(error, OneOf) else found[0]


def parts_of_error() -> Parts | None:
    """The numbers that the error holds which was noted last."""
    found, _state.parts = _state.parts, {}
    return found or None


def _joined(parts: Sequence[Any]) -> Parts:
    """The numbers of all errors. Where there is no error, nothing reads its numbers."""
    found: Parts = {}
    for part in parts:
        part = part.value if isinstance(part, Maybe) else part
        found |= part or {}
    return found


def propagate(place: int, failed: Any, *parts: Any) -> None:
    """
    The expression around the call of a function has failed where the function has. `parts` are
    the numbers that errors hold.

    Errors: `TypeError` if the trace cannot note the error.
    """
    begun = _state.begun[place]
    attempt = begun.attempt
    # A part of the function that Python has left may have begun another one.
    variables.set_attempt(attempt)
    if type(failed) is int and failed == 0:
        return
    if type(failed) is int and (attempt is None or type(attempt.failed) is int):
        # This call always raises the error.
        raise _error(failed, _joined(parts))
    errors = _state.errors.get(place, [])
    if attempt is None or not _can_note(attempt, sys._getframe(2)):
        raise _undecided(type(_state.known[errors[0] - 1][1]).__name__ if errors else "an error")
    attempt.errors += errors
    attempt.parts |= _joined(parts)
    _fail(attempt, number(failed, int) if isinstance(failed, Array) else failed)


def _keep(place: int, errors: Sequence[int]) -> None:
    known = _state.errors.setdefault(place, [])
    known += [n for n in errors if n not in known]


def goes_on(failed: Any) -> Any:
    """Whether there is no error. Where there is one, nothing reads what the body would assign."""
    mask = np.equal(failed, 0) if isinstance(failed, Array) else failed == 0
    variables.set_guard(mask if isinstance(mask, Array) else None)
    return mask


def handled(failed: Any) -> bool:
    """Whether a handler ran for an error of the trace itself."""
    return type(failed) is int and failed == -1


def handles(place: int, failed: Any, k: int) -> Any:
    """Whether handler k of a `try` runs for the error of this number: a bool, or a traced one."""
    if not isinstance(failed, Array):
        return failed > 0 and _state.known[failed - 1][0] == k
    found: Any = False
    for n in _errors_of(place, k):
        is_one = np.equal(failed, n)
        found = is_one if found is False else np.logical_or(found, is_one)
    return found


def error_of(place: int, failed: Any, k: int, *parts: Any) -> Any:
    """
    The error of this number, which handler k catches: one of several, if values decide. `parts`
    are the numbers that the errors hold.

    Errors: `variables.Undecided` for numbers of a condition or a loop that this trace does not
            carry.
    """
    held = _joined(parts)
    if not isinstance(failed, Array):
        return _error(failed, held) if failed > 0 else Exception()
    numbers = [n for n in _errors_of(place, k) if n in held or _state.sites.get(n) is None]
    errors = tuple(_error(n, held) for n in numbers)
    if len(errors) < 2:
        return errors[0] if errors else Exception()  # Without errors, the handler does not run.
    order = [0] * (len(_state.known) + 1)
    for at, n in enumerate(numbers):
        order[n] = at
    return OneOf(static_states.moved(failed, order), errors)


def _error(n: int, held: Parts) -> BaseException:
    """The error of this number, which holds these numbers."""
    error = _state.known[n - 1][1]
    parts, again = _parts(error)
    if n in held:
        return again(iter(held[n]))
    if not all(_is_live(part) for part in parts if isinstance(part, Array)):
        found = _undecided(type(error).__name__)
        found.needs_parts = True
        raise found
    return error


def _is_live(part: Array) -> bool:
    """Whether an op in the current scope may use an array."""
    if part.storage is not None:
        part.refresh()
    return part.scope.open and part.scope.encloses(tracing.current())


def _errors_of(place: int, k: int) -> list[int]:
    """The numbers of the errors of a `try` that handler k catches."""
    return [n for n in _state.errors.get(place, ()) if _state.known[n - 1][0] == k]


# Statements.


def holds(test: Any) -> bool:
    """The test of an `assert`: a traced one counts as true, because a trace has no numbers."""
    mask = truth(test)
    if mask is None:
        return bool(test)
    instead = "write `if` in the place of `try`"
    check_raises(AssertionError, "this assert", instead, lambda: np.logical_not(mask))
    left_out("an assert on a traced value counts as true: letgrad leaves the check out")
    return True


def left_out(text: str) -> None:
    missed("program", "check", tracing.location(), text)


def raised(error: Any) -> Any:
    """
    The error of a `raise`.

    Errors: `variables.Raised` under a condition on a traced value: the program goes on as if the
            condition took the other way. `TypeError` in a `try` whose handlers may catch the error.
    """
    errors = error.values if isinstance(error, OneOf) else (error,)
    if not variables.is_under_condition() and len(errors) == 1:
        return error
    kinds = [one if isinstance(one, type) else type(one) for one in errors]
    name = " or ".join(dict.fromkeys(kind.__name__ for kind in kinds))
    if not variables.is_under_condition() or any(map(variables.catches, kinds)):
        raise _undecided(name)
    left_out(
        f"a condition on a traced value decides whether the program raises {name}, and a compiled "
        "program cannot raise: letgrad leaves the check out"
    )
    return variables.Raised()


def cause(error: Any) -> Any:
    """The cause of the error of a `raise`; the first one of several, which is for readers alone."""
    return error.values[0] if isinstance(error, OneOf) else error


def caught() -> None:
    """
    The start of a handler.

    Errors: those of letgrad that no handler of the program may take for errors of the program.
    """
    error = sys.exc_info()[1]
    assert error is not None
    if _is_own(error):
        raise error
    if _leaves_scope(error):
        raise _undecided(type(error).__name__)


def _undecided(name: str) -> variables.Undecided:
    found = located(
        variables.Undecided,
        f"a condition on a traced value decides whether the program raises {name}, and a "
        "handler of the program may catch it; write `if` in the place of `try`",
    )
    found.can_be_noted = True
    return found


class _Suppressing:
    """`contextlib.suppress(…)`, which does not take letgrad's errors for those of the program."""

    def __init__(self, inner: contextlib.suppress):
        self.inner = inner
        self.catching = variables.catching(lambda: self.inner._exceptions)  # type: ignore[attr-defined]

    def __enter__(self) -> None:
        self.inner.__enter__()
        self.catching.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        self.catching.__exit__(None, None, None)
        if error is not None and _is_own(error):
            return False
        if error is not None and _leaves_scope(error) and self.inner.__exit__(kind, error, trace):
            raise _undecided(type(error).__name__)
        return bool(self.inner.__exit__(kind, error, trace))


def suppressed(value: Any) -> tuple[type[BaseException], ...]:
    """The errors that a context manager takes, if it is one of `contextlib.suppress`."""
    if type(value) is not contextlib.suppress:
        return ()
    return value._exceptions  # type: ignore[attr-defined]


def manager(value: Any) -> Any:
    """The context manager of a `with`."""
    return _Suppressing(value) if type(value) is contextlib.suppress else value
