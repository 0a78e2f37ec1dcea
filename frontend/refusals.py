"""
What a trace refuses: numbers that a traced array does not have, for which another library may have
raised an error of its own, and masked elements.
"""

from __future__ import annotations

import inspect
import opcode
import re
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import numpy as np

from . import wanted_numbers
from .tracing import FUNCTIONS, Array, NoNumber, last_refusal, scope_or_none
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


def is_limit(error: BaseException) -> bool:
    """
    Whether an error says what letgrad does not take, and not what Python or NumPy refuse, too. No
    handler of a program may take such an error for one of the program: the value would be wrong,
    and nobody would see it. So each TypeError and AttributeError that letgrad raises is a limit,
    unless `as_python` made it. An error of Python itself that a line of letgrad led to, as for
    `x < "a"`, is none, unless it says that a function of letgrad has no such parameter.
    """
    if not isinstance(error, TypeError | AttributeError):
        return False
    if getattr(error, "is_pythons", False):
        # The dtype of which Python says this may be another one there.
        scope = scope_or_none()
        return scope is not None and scope.outermost.has_mixed
    if isinstance(error, AttributeError) and _is_of_letgrad(type(error.obj).__module__):
        return True  # An object of Python, in whose place is one of letgrad, may have it.
    step = error.__traceback__
    if step is None:
        return False
    while step.tb_next is not None:
        step = step.tb_next
    if not _is_letgrads(step):
        return False
    if step.tb_frame.f_code.co_code[step.tb_lasti] == _RAISE:
        return True
    found = _PARAMETERS.match(str(error))
    return found is not None and not _is_call_of_another(step, found.group(1), str(error))


_PARAMETERS = re.compile(r"([\w.<>]+)\(\) (?:got|takes|missing) ")
"""What Python says of a call that does not fit the parameters of a function."""


def _is_call_of_another(step: TracebackType, name: str, text: str) -> bool:
    """
    Whether a function that is not letgrad's refuses the arguments that a line of letgrad gives it.
    A function of NumPy may be one of letgrad in truth, which takes fewer arguments.
    """
    for called in step.tb_frame.f_locals.values():
        own = getattr(called, "__qualname__", None)
        module = getattr(called, "__module__", None)
        if type(own) is not str or type(module) is not str or not callable(called):
            continue
        package = module.partition(".")[0]
        if package == "letgrad" or name not in (own, f"{own}.__init__", f"{own}.__new__"):
            continue
        if package not in ("numpy", "scipy"):
            return True
        keyword = _KEYWORD.search(text)
        return keyword is not None and keyword.group(1) not in inspect.signature(called).parameters
    return False


_KEYWORD = re.compile(r"unexpected keyword argument '(\w+)'")


def _is_letgrads(step: TracebackType) -> bool:
    return _is_of_letgrad(step.tb_frame.f_globals.get("__name__", ""))


def _is_of_letgrad(module: str) -> bool:
    return module.partition(".")[0] == "letgrad"


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
