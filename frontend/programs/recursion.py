"""
Functions that call themselves until a traced condition says that it is enough.

    def halved(v):
        return v if v < 1 else halved(v / 2) + 1

letgrad traces both sides of a condition, so such a trace has no end. When it has gone too deep,
letgrad traces the program again, and a function calls itself no more often than a limit says. If
the program needs a deeper call when it runs, it raises an `OverflowError`.
"""

from __future__ import annotations

import dis
import functools
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any

from .. import user_code
from . import function_source, variables

MOST_CALLS = 256
"""A function that names itself at several places calls itself about this often."""

MOST_DEPTH = 32
"""A function that names itself at one place goes down so far."""

MOST_CONDITIONS = 64
"""A trace under more conditions than these has no end."""

MOST_TOGETHER = 1_000
"""A function calls itself so often, because loops call it, before the limit gets lower."""

MOST_RETRIES = 8
"""So many loops are traced in another way after a call that was too deep."""

MOST_SECONDS = 60.0
"""So much time of the processor may pass before a function calls itself under traced conditions."""

MOST_FRAMES = 5_000
"""A call of the program takes about ten frames of Python in a trace."""


class _State(threading.local):
    def __init__(self) -> None:
        self.is_limited = False
        self.depths: dict[CodeType, int] = {}
        self.most_depth = MOST_DEPTH
        self.calls = self.retries = 0
        self.begun = 0.0
        """When the first trace of the program began, in seconds of this thread."""


_state = _State()


class TooDeep(variables.Raised):
    """A call of a function is deeper than letgrad traces. `text` is the error for it."""

    def __init__(self, text: str):
        super().__init__(text)
        self.text = text


class TooMany(RecursionError):
    """A function calls itself very often. A lower limit of its depth may help."""


@contextmanager
def deep(is_limited: bool) -> Iterator[None]:
    """Inside of the `with`, functions may call themselves often."""
    before = sys.getrecursionlimit()
    outer = _state.is_limited, _state.depths
    _state.is_limited, _state.depths, _state.most_depth = is_limited, {}, MOST_DEPTH
    _state.begun = time.thread_time()
    sys.setrecursionlimit(max(before, MOST_FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
        _state.is_limited, _state.depths = outer


def begin(is_limited: bool) -> None:
    """The trace of the program begins, or begins again."""
    _state.is_limited, _state.depths = is_limited, {}
    _state.calls = _state.retries = 0


def lower() -> bool:
    """Makes the limit lower, because calls in loops are too many. Whether it could be lower."""
    found = _state.most_depth > 1
    _state.most_depth = max(_state.most_depth // 4, 1)
    return found


def check_retry(error: Exception) -> None:
    """
    A loop or a comprehension is traced in another way after this error.

    Errors: the error itself, if many loops were: each call may have a loop, and two traces of each
            loop would be a number of traces that has no bound.
    """
    if isinstance(error, RecursionError):
        _state.retries += 1
        if _state.retries > MOST_RETRIES:
            raise error


def check_conditions() -> None:
    """Errors: `RecursionError` under very many conditions."""
    if variables.conditions() > MOST_CONDITIONS:
        raise user_code.located(
            RecursionError,
            "conditions on traced values lead into each other without an end, as in a function "
            "that calls itself until such a condition holds; write a loop",
        )


def bounded(function: Any) -> Any:
    """A function of the user, which calls itself no deeper than the limit under conditions."""
    if not _state.is_limited or not isinstance(function, FunctionType):
        return function
    code = function.__code__

    @functools.wraps(function)
    def calling(*args: Any, **kwargs: Any) -> Any:
        depth = _state.depths.get(code, 0)
        if depth and variables.is_under_condition() and depth >= _limit(function):
            name = function.__name__
            raise TooDeep(
                f"{user_code.place()}the function {name} calls itself more than {depth} times, as "
                "traced values decide; write a loop"
            )
        if depth and time.thread_time() - _state.begun > MOST_SECONDS:
            raise user_code.located(
                RecursionError,
                f"the trace takes more than {MOST_SECONDS:g} seconds, because the function "
                f"{function.__name__} calls itself under conditions on traced values, and each "
                "call is a part of the program; write a loop with a list of what is left to do",
            )
        _state.calls = _state.calls + 1 if depth else 0
        if _state.calls > MOST_TOGETHER:
            raise user_code.located(
                TooMany,
                f"the function {function.__name__} calls itself more than {MOST_TOGETHER} times "
                "during the trace; write a loop",
            )
        _state.depths[code] = depth + 1
        try:
            return function(*args, **kwargs)
        finally:
            _state.depths[code] = depth

    return calling


def explained(error: RecursionError) -> RecursionError:
    """Python's own error for a trace that is too deep, with the line of the program."""
    trace, line = error.__traceback__, None
    while trace is not None:
        code = trace.tb_frame.f_code
        if function_source.RUNTIME in code.co_freevars:
            line = f"{code.co_filename}:{trace.tb_lineno}: the function {code.co_name} calls itself"
        trace = trace.tb_next
    if line is None or not str(error).startswith("maximum recursion depth"):
        return error
    return RecursionError(f"{line} without an end, or deeper than a trace can go; write a loop")


def _limit(function: FunctionType) -> int:
    places = _places(function.__code__, function.__name__)
    if places < 2:
        return min(MOST_DEPTH, _state.most_depth)
    depth = 1
    while places ** (depth + 1) <= MOST_CALLS:
        depth += 1
    return min(depth, _state.most_depth)


@functools.lru_cache(maxsize=256)
def _places(code: CodeType, name: str) -> int:
    """At how many places the function of a code names itself."""
    return sum(
        i.opname.startswith("LOAD") and i.argval == name
        for part in function_source.codes(code)
        for i in dis.get_instructions(part)
    )
