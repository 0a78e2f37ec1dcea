"""
The decorator `lg.program`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from .. import numpy_namespace
from ..api import Jitted
from ..pytree import Known, KnownBool, WeakFloat
from ..tracing import tracing
from ..transforms.derivatives import Memo
from . import callees, optional_values, variables
from . import runtime as runtime  # This import gives rewritten functions what they call.
from .callees import callee


class Program:
    """A function whose loops and conditions letgrad can trace; see `program`."""

    def __init__(self, fn: Callable[..., Any]):
        functools.update_wrapper(self, fn, updated=())
        self.fn = fn
        self.keeps_ints = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not tracing():
            return self.fn(*args, **kwargs)
        args = tuple(map(_plain, args))
        kwargs = {name: _plain(x) for name, x in kwargs.items()}
        try:
            result = callee(self.fn)(*args, **kwargs)
        except NameError as error:
            raise _explained(error) from None
        return optional_values.refuse(result, self.fn)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind the function as a method of a class: the instance becomes the first argument."""
        return self if instance is None else MethodType(self, instance)


def _plain(x: Any) -> Any:
    if isinstance(x, KnownBool):
        return bool(x)
    if isinstance(x, WeakFloat):
        return float(x)
    return int(x) if isinstance(x, Known) else x


def _explained(error: NameError) -> NameError:
    """The error, with the reason why letgrad gave the variable no value."""
    found = variables.reason_of(error)
    if found is None:
        return error
    step, place = error.__traceback__, ""
    while step is not None:
        code = step.tb_frame.f_code
        module = step.tb_frame.f_globals.get("__name__", "")
        if not module.startswith("letgrad."):
            place = f"{code.co_filename}:{step.tb_lineno}: "
        step = step.tb_next
    name, reason = found
    return type(error)(
        f"{place}the variable {name} may have no value here; at {reason}; assign it before"
    )


def program(fn: Callable[..., Any]) -> Any:
    """
    A decorator for functions as people write them in NumPy: with loops, conditions, jumps, and
    writes to arrays.

    While letgrad traces the function, `for` and `while` become loops of the program, and conditions
    on traced values become conditions of the program; `np` is `letgrad.numpy`. letgrad takes the
    source of the function, and that of the user's functions that it calls. Statements on values
    that are known during the trace run as Python. Outside of a trace, a call runs the function as
    it is, on NumPy. `program` composes with `lg.grad`, `lg.jit` and the others in both orders.
    docs/programs.md says what letgrad takes.
    Errors: `TypeError` at the user's line for a statement that letgrad cannot take.
    """
    if isinstance(fn, Program):
        return fn
    if isinstance(fn, Jitted):
        return fn.of(program(fn.fn))
    if isinstance(fn, FunctionType) and not callees.is_users(fn):
        return callees.with_rewritten_cells(fn)
    return Program(fn)


def _of_programs(function: Any) -> Any:
    if isinstance(function, Program):
        return callee(function.fn)
    if isinstance(function, Jitted):
        return callee(function.fn)
    if isinstance(function, Memo):
        new = callee(function.fn)
        return None if new is function.fn else Memo(new)
    if type(function) is np.vectorize:
        # The user made it outside of the program, often as a decorator.
        options = {"excluded": function.excluded, "signature": function.signature}
        return numpy_namespace.Vectorize(callee(function.pyfunc), function.otypes, **options)
    if type(function) is numpy_namespace.Vectorize:
        new = callee(function.function)
        if new is function.function:
            return None
        return numpy_namespace.Vectorize(new, function.otypes, **function.others)
    return None


callees.WRAPPERS.append(_of_programs)
