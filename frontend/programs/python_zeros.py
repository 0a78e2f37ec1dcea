"""
Numbers that are Python's for some values, and NumPy's for others.

    chosen = [v for v in x if v > 0]
    try:
        mean = sum(chosen) / len(chosen)
    except ZeroDivisionError:
        mean = 0.0

The sum of no items is Python's int 0, and Python raises an error if it divides its own numbers by
zero. The sum of some items is a number of NumPy, for which the quotient is NaN or infinity.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Block, SSAValue

from ...dialects import ten
from .. import tracing
from ..array_views import storages
from ..tracing import Array, Number
from . import failures

MOST_VALUES = 100
"""The search for a loop or a condition behind a number stops after so many values."""

INSTEAD = "compare the divisor, and write `if` in the place of `try`"

MIXED = (
    "values also decide whether the number is one of Python, for which this is an error, or "
    "one of NumPy; compare the divisor, and write `if` in the place of `try`"
)


def is_pythons(x: Any) -> bool:
    return isinstance(x, int | float | complex | Number) and not isinstance(x, np.generic)


def begun_with(start: Any, found: Any, items: Any) -> Any:
    """`found`, the sum of items that a condition chose. Where there is none, it is `start`."""
    if _is_numpys(found) and is_pythons(start):
        failures.note_pythons(found, _no_item(items))
    return found


def _no_item(items: Any) -> Callable[[], Any]:
    """A function that says whether there is no item. Later changes of a list do not count."""
    if getattr(type(items), "is_carried", False):
        size = items.size()
        return lambda: np.less_equal(size, 0)
    mask = items.mask
    return lambda: np.logical_not(np.any(mask))


def _is_numpys(x: Any) -> bool:
    """Whether a value is a traced number, and none of Python for certain."""
    return isinstance(x, Array) and not isinstance(x, Number) and storages.is_number(x)


def follow(found: Any, *operands: Any) -> Any:
    """`found`, the result of an operator. It is Python's where all operands are."""
    if failures.pythons() and _is_numpys(found):
        sides = [_where(x) for x in operands]
        if all(sides) and not all(side is True for side in sides):
            failures.note_pythons(found, lambda: _all(sides))
    return found


def _where(x: Any) -> Any:
    """
    Where a value is a number of Python: True or False for everywhere or nowhere, a function that
    gives a traced bool, or None if letgrad does not know.
    """
    if is_pythons(x):
        return True
    if not _is_numpys(x):
        return False
    value = tracing.use(x)
    if (noted := failures.pythons().get(value)) is not None:
        return noted
    return None if _may_be_pythons(value) else False


def _all(sides: list[Any]) -> Any:
    return functools.reduce(np.logical_and, [side() for side in sides if side is not True])


def _may_be_pythons(value: SSAValue) -> bool:
    """Whether a loop or a condition may have given a number of Python, or one of NumPy."""
    if not tracing.current().outermost.has_mixed:
        return False
    pending, seen = [value], set[SSAValue]()
    while pending and len(seen) < MOST_VALUES:
        one = pending.pop()
        if one in seen:
            continue
        seen.add(one)
        op = one.owner
        if isinstance(op, Block):
            continue
        if op.regions or isinstance(op, ten.SelectOp | arith.SelectOp):
            return True
        if not any(isinstance(x.type, TensorType) and x.type.get_shape() for x in op.operands):
            pending += op.operands  # The elements of an array are NumPy's.
    return False


def check_division(a: Any, b: Any, is_zero: Callable[[], Any], text: str) -> None:
    """
    `is_zero` says where the operation on a and b is an error for numbers of Python.

    Errors: `TypeError` in a `try` that catches such errors, if letgrad does not know whether the
            numbers are Python's, or if the trace cannot note the error.
    """
    sides = [_where(a), _where(b)]
    if any(side is False for side in sides):
        return
    what = "this division"
    if any(side is None for side in sides):
        failures.check_raises(ZeroDivisionError, what, MIXED)
        return
    failures.check_raises(
        ZeroDivisionError, what, INSTEAD, lambda: np.logical_and(is_zero(), _all(sides)), text
    )
