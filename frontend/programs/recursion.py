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

MOST_FRAMES = 5_000
"""A call of the program takes about ten frames of Python in a trace."""


class _State(threading.local):
    def __init__(self) -> None:
        self.is_limited = False
        self.depths: dict[CodeType, int] = {}


_state = _State()


class TooDeep(variables.Raised):
    """A call of a function is deeper than letgrad traces. `text` is the error for it."""

    def __init__(self, text: str):
        super().__init__(text)
        self.text = text


@contextmanager
def deep(is_limited: bool) -> Iterator[None]:
    """Inside of the `with`, functions may call themselves often."""
    before = sys.getrecursionlimit()
    outer = _state.is_limited, _state.depths
    _state.is_limited, _state.depths = is_limited, {}
    sys.setrecursionlimit(max(before, MOST_FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
        _state.is_limited, _state.depths = outer


def begin(is_limited: bool) -> None:
    """The trace of the program begins, or begins again."""
    _state.is_limited, _state.depths = is_limited, {}


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
        _state.depths[code] = depth + 1
        try:
            return function(*args, **kwargs)
        finally:
            _state.depths[code] = depth

    return calling


def _limit(function: FunctionType) -> int:
    places = _places(function.__code__, function.__name__)
    if places < 2:
        return MOST_DEPTH
    depth = 1
    while places ** (depth + 1) <= MOST_CALLS:
        depth += 1
    return depth


@functools.lru_cache(maxsize=256)
def _places(code: CodeType, name: str) -> int:
    """At how many places the function of a code names itself."""
    return sum(
        i.opname.startswith("LOAD") and i.argval == name
        for part in function_source.codes(code)
        for i in dis.get_instructions(part)
    )
