"""
The decorator `lg.program`.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, FunctionType, MethodType
from typing import Any

import numpy as np
from xdsl.ir import Block, Operation

from .. import numpy_namespace, traced_functions
from ..api import Jitted
from ..pytree import Known, KnownBool, WeakFloat
from ..tracing import current, tracing
from ..transforms.derivatives import Memo
from ..user_code import located
from . import (
    branching,
    callees,
    failures,
    given_items,
    indexed_lists,
    list_sites,
    moving_lists,
    optional_values,
    recursion,
    variables,
    written_arrays,
)
from . import runtime as runtime  # This import gives rewritten functions what they call.
from .callees import callee

OWN = __name__.partition(".")[0] + "."


class Program:
    """A function whose loops and conditions letgrad can trace; see `program`."""

    def __init__(self, fn: Callable[..., Any], most_items: int | None = None):
        functools.update_wrapper(self, fn, updated=())
        self.fn = fn
        self.keeps_ints = True
        self.most_items = most_items
        self.is_limited = False
        """Whether functions that call themselves have a limit; see `recursion`."""
        self.notes_failures = 0
        """How handlers of errors run as traced values decide; see `failures.noting`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not tracing():
            return self.fn(*args, **kwargs)
        args = tuple(map(_plain, args))
        kwargs = {name: _plain(x) for name, x in kwargs.items()}
        room = self.most_items or moving_lists.room_for((*args, *kwargs.values()))
        # Nothing is kept of an earlier trace: the items of its lists may have had other dtypes.
        with list_sites.planning({}, room) as is_first, _holding((args, kwargs)):
            try:
                if is_first:
                    with recursion.deep(self.is_limited):
                        result = self._restarting(args, kwargs)
                else:
                    result = callee(self.fn)(*args, **kwargs)
            except NameError as error:
                raise _explained(error) from None
            except RecursionError as error:
                raise recursion.explained(error) from None
            return optional_values.refuse(moving_lists.as_result(result), self.fn)

    def _restarting(self, args: Any, kwargs: dict[str, Any]) -> Any:
        """The result of the function, which letgrad traces again if it learns more about it."""
        own = variables.Surroundings([self.fn, *args, *kwargs.values()])
        states = written_arrays.snapshot(own.arrays)
        block = current().block
        last = block.last_op
        for _ in range(list_sites.MOST_RESTARTS):
            list_sites.begin()
            indexed_lists.begin()
            given_items.begin()
            recursion.begin(self.is_limited)
            try:
                with failures.noting(self.notes_failures):
                    result = callee(self.fn)(*args, **kwargs)
                given_items.check()
                return result
            except (Exception, list_sites.Restart) as error:
                if not list_sites.learned(error) and not self._learned(error):
                    raise
                own.restore()
                written_arrays.restore(states)
                _forget(block, last)
        raise located(TypeError, "the types of the items of a list change with each trace")

    def _learned(self, error: BaseException) -> bool:
        """
        Whether another trace ends earlier in functions that call themselves, or runs the handlers
        that values ask for.
        """
        if isinstance(error, variables.Undecided) and error.can_be_noted:
            level = failures.CARRIES if error.needs_parts else failures.NOTES
            found, self.notes_failures = level > self.notes_failures, level
            return found
        if not isinstance(error, RecursionError):
            return False
        if self.is_limited:
            return isinstance(error, recursion.TooMany) and recursion.lower()
        self.is_limited = True
        return True

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind the function as a method of a class: the instance becomes the first argument."""
        return self if instance is None else MethodType(self, instance)


@contextmanager
def _holding(arguments: Any) -> Iterator[None]:
    """
    Inside of the `with`, the caller of the program holds the containers among the arguments. A
    caller that sees no change of them is not one: the pure function of `lg.grad` and the others.
    """
    root = current().root
    frame: FrameType | None = sys._getframe(3)
    while frame is not None and frame.f_globals.get("__name__", "").startswith(OWN):
        if frame.f_code is traced_functions._run.__code__:
            break
        frame = frame.f_back
    else:
        frame = None
    if frame is not None and not root.writes_back:
        yield
        return
    root.held.append(arguments)
    try:
        yield
    finally:
        root.held.pop()


def _forget(block: Block, last: Operation | None) -> None:
    """Takes the ops behind `last` away, but for constants, which later ops may use."""
    kept = {value.owner for value in current().root.constants.values()}
    op = block.last_op
    while op is not None and op is not last:
        before = op.prev_op
        if op not in kept:
            block.detach_op(op)
            op.drop_all_references()
        op = before


def _plain(x: Any) -> Any:
    if isinstance(x, KnownBool):
        return bool(x)
    if isinstance(x, WeakFloat):
        return float(x)
    return int(x) if isinstance(x, Known) else x


def _explained(error: NameError) -> NameError:
    """The error at the user's line, with the reason why the variable has no value there."""
    step, place, is_side = error.__traceback__, "", False
    while step is not None:
        code = step.tb_frame.f_code
        module = step.tb_frame.f_globals.get("__name__", "")
        if not module.startswith("letgrad."):
            place = f"{code.co_filename}:{step.tb_lineno}: "
        is_side |= code is branching.Branch.run.__code__
        step = step.tb_next
    if (found := variables.reason_of(error)) is not None:
        name, reason = found
        text = f"the variable {name} may have no value here; at {reason}; assign it before"
    elif is_side and (name := variables.name_in(error)) is not None:
        text = (
            f"the variable {name} has no value here: letgrad traces both sides of a condition on "
            "traced values, also for the first turn of a loop around; assign it before"
        )
    elif place and not str(error).startswith(place):
        text = str(error)
    else:
        return error
    return type(error)(f"{place}{text}")


def program(fn: Callable[..., Any] | None = None, *, most_items: int | None = None) -> Any:
    """
    A decorator for functions as people write them in NumPy: with loops, conditions, jumps, and
    writes to arrays.

    While letgrad traces the function, `for` and `while` become loops of the program, and conditions
    on traced values become conditions of the program; `np` is `letgrad.numpy`. letgrad takes the
    source of the function, and that of the user's functions that it calls. Statements on values
    that are known during the trace run as Python. Outside of a trace, a call runs the function as
    it is, on NumPy. `program` composes with `lg.grad`, `lg.jit` and the others in both orders.
    docs/programs.md says what letgrad takes.
    `most_items` says how many items a list may have whose length depends on traced values, as that
    of a stack; by default as many as letgrad guesses from the sizes of the arguments.
    Errors: `TypeError` at the user's line for a statement that letgrad cannot take.
    """
    if fn is None:
        return functools.partial(program, most_items=most_items)
    if isinstance(fn, Program):
        return fn if most_items is None else Program(fn.fn, most_items)
    if isinstance(fn, Jitted):
        return fn.of(program(fn.fn, most_items=most_items))
    if isinstance(fn, FunctionType) and not callees.is_users(fn):
        return callees.with_rewritten_cells(fn)
    return Program(fn, most_items)


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
