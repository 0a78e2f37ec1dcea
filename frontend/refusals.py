"""
What a trace refuses: numbers that a traced array does not have, for which another library may have
raised an error of its own, and masked elements.
"""

from __future__ import annotations

import opcode
import re
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import numpy as np

from . import wanted_numbers
from .tracing import FUNCTIONS, Array, NoNumber, last_refusal
from .user_code import located


def refusal_behind(error: Exception) -> TypeError | None:
    """
    The error about missing numbers for which another library raised its own at the same place. That
    error then speaks of sequences or sizes, or of a type 'Array' that no user wrote. letgrad's own
    errors say more than the refusal.
    """
    if isinstance(error, NoNumber) or error.__traceback__ is None:
        return None
    steps = [error.__traceback__]
    while (step := steps[-1].tb_next) is not None:
        steps.append(step)
    if _is_letgrads(steps[-1]):
        return None
    if (refused := last_refusal()) is not None:
        found, code, instruction = refused
        if any(s.tb_frame.f_code is code and s.tb_lasti == instruction for s in steps):
            return found
    return _unknown_array(error, steps) if isinstance(error, TypeError | ValueError) else None


_LIMITS = re.compile(
    r"\btraced\b|\bletgrad\b|not supported|depends? on values|at run time|does not take"
)


def is_limit(error: BaseException) -> bool:
    """
    Whether an error says what letgrad does not take, and not what Python or NumPy refuse, too. No
    handler of a program may take such an error for one of the program.
    """
    if not isinstance(error, TypeError) or _LIMITS.search(str(error)) is None:
        return False
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return step is not None and _is_letgrads(step)


def _is_letgrads(step: TracebackType) -> bool:
    name: str = step.tb_frame.f_globals.get("__name__", "")
    return name.partition(".")[0] == "letgrad"


_OWN_NAMES = re.compile(r"\bArray\b|\btraced \w+\[")
"""The class of traced arrays, and a traced array as text."""


def _unknown_array(error: Exception, steps: Sequence[TracebackType]) -> TypeError | None:
    """
    The error of a function that does not know traced arrays: `set(x)`, `json.dumps(x)`. None where
    the user's own code raised it.
    """
    place = user = called = None
    for step in steps:
        frame = step.tb_frame
        module = frame.f_globals.get("__name__", "")
        if wanted_numbers.is_other_library(module, frame.f_code.co_filename):
            called = called or frame
        elif module.partition(".")[0] not in ("letgrad", "numpy"):
            place, user, called = step, frame, None
    if place is None or user is None:
        return None
    if place is steps[-1] and user.f_code.co_code[place.tb_lasti] == _RAISE:
        return None
    inside = () if called is None else steps[-1].tb_frame.f_locals.values()
    if not _OWN_NAMES.search(str(error)) and not any(isinstance(x, Array) for x in inside):
        return None
    where = f"{user.f_code.co_filename}:{place.tb_lineno}"
    found = wanted_numbers.wanted(user, called, FUNCTIONS)
    if found is None:
        return NoNumber(f"{where}: {error}; a traced array has no numbers during the trace")
    return NoNumber(
        f"{where}: {found.who} does not take traced arrays, which have no numbers during the trace "
        f"({error}); {found.advice}"
    )


_RAISE = opcode.opmap["RAISE_VARARGS"]


def check_class(value: Any) -> None:
    """Errors: `TypeError` for an np.matrix, and for an array that has masked elements."""
    if isinstance(value, np.matrix):  # Operators mean something else for matrices than for arrays.
        raise located(TypeError, "letgrad does not support np.matrix; pass np.asarray(x)")
    ma = sys.modules.get("numpy.ma")  # NumPy loads it late, and no array has a mask before that.
    if ma is not None and isinstance(value, ma.MaskedArray) and ma.is_masked(value):
        raise located(
            TypeError,
            f"letgrad does not support masked elements; {wanted_numbers.MASKED}",
        )
