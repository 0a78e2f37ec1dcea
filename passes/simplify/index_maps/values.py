"""Known facts about the leaves of formulas: constants and tables."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, IntegerType
from xdsl.ir import Attribute, Operation, SSAValue

from ....dialects import ten, types
from ....dialects.arrays import constant_array
from ....dialects.types import rank
from .forms import Choice, Expr, Form, Outside, is_whole

TABLE_LIMIT = 4096
"""The largest constant table, in elements, that is looked at."""

SAFE = 1 << 62
"""A value between -SAFE and SAFE has not wrapped."""

Bounds = tuple[float, float]
"""Least and greatest value, both included. A bound that is not known is infinite."""
ANYTHING: Bounds = (-inf, inf)


def outside(value: SSAValue) -> Expr:
    """The formula of a value that is defined outside of the region."""
    number = types.constant_value(value) if not rank(value.type) else None
    if is_whole(value.type):
        if number is not None:
            return Form(int(number))
        return choice_of_numbers(value) or Form.of(Outside(value))
    if types.is_bool(value.type) and number is not None:
        return bool(number)
    return Outside(value)


def choice_of_numbers(value: SSAValue) -> Form | None:
    """c ? a : b, if that is the formula of a value, for constants a and b and a condition c."""
    numbers = (1, 0)
    op = value.owner
    while isinstance(op, arith.IndexCastOp | arith.ExtUIOp | arith.ExtSIOp | ten.CastOp):
        # 0 and 1 stay 0 and 1 in any type of more than one bit.
        (x,) = op.operands
        if types.is_bool(x.type):
            if isinstance(op, arith.IndexCastOp | arith.ExtSIOp):
                numbers = (-1, 0)
                if op.results[0] is not value:
                    return None
            return Form.of(Choice(Outside(x), *map(Form, numbers)))
        op = x.owner
    if isinstance(op, arith.SelectOp) and op.result is value:
        a, b = (types.constant_value(x) for x in op.operands[1:])
        if isinstance(a, int) and isinstance(b, int) and a != b:
            return Form.of(Choice(Outside(op.cond), Form(a), Form(b)))
    return None


def table(value: SSAValue) -> list[int] | None:
    """The numbers of a constant tensor of integers, or of a stack of such constants."""
    op = value.owner
    if not (is_whole(types.element(value.type)) and rank(value.type)):
        return None
    if isinstance(op, ten.StackOp) and rank(value.type) == 1 and len(op.xs) <= TABLE_LIMIT:
        numbers = [n for x in op.xs if (n := types.constant_value(x)) is not None]
        return [int(n) for n in numbers] if len(numbers) == len(op.xs) else None
    if isinstance(op, arith.ConstantOp) and isinstance(op.value, DenseIntOrFPElementsAttr):
        if types.size(value.type) <= TABLE_LIMIT:
            return [int(n) for n in op.value.iter_values()]  # type: ignore[arg-type]
    return None


PARTS, PART = 4, 3
"""A table counts in at most so many parts, each of so many elements on average."""


def counting(numbers: np.ndarray, most: int) -> list[tuple[int, int, int]] | None:
    """
    The parts of a table that count in equal steps, at most so many: where each begins, its first
    number, and its step. Between two parts, a number that belongs to both is the longer one's.

    The table may have any length: most of those that do not count show it in a few elements.
    """
    for some in (numbers[: 4 * PARTS], numbers):
        # A part brings two: the step to its first number, and the step from there.
        if (changes := _changes(some)).size > 2 * (most - 1):
            return None
    begins, ends = [0], []
    for change in changes.tolist():
        if change > begins[-1] + 1:
            ends.append(change)
            begins.append(change)
    ends.append(len(numbers))
    for k in range(1, len(begins)):
        a, b = begins[k - 1 : k + 1]
        # A part of two numbers may have any step.
        if b - a == 2 < ends[k] - b and _counts(numbers[b - 1 : b + 2]):
            begins[k], ends[k - 1] = b - 1, b - 1
    if len(begins) > max(1, min(most, len(numbers) // PART)):
        return None
    steps = [
        int(numbers[a + 1]) - int(numbers[a]) if b - a > 1 else 0 for a, b in zip(begins, ends)
    ]
    if any(
        abs(step) >= SAFE or int(numbers[b - 1]) - int(numbers[a]) != step * (b - a - 1)
        for a, b, step in zip(begins, ends, steps)
    ):
        return None
    return [(a, int(numbers[a]), step) for a, step in zip(begins, steps)]


def _changes(numbers: np.ndarray) -> np.ndarray:
    """The places k where the step to the number k is not the one before."""
    steps = np.diff(numbers)
    return np.flatnonzero(steps[1:] != steps[:-1]) + 2


def _counts(numbers: np.ndarray) -> bool:
    return not _changes(numbers).size


def elements(value: SSAValue) -> np.ndarray | None:
    """The numbers of a constant tensor of integers, or of a stack of constants."""
    op = value.owner
    if isinstance(op, arith.ConstantOp) and is_whole(types.element(value.type)):
        if isinstance(op.value, DenseIntOrFPElementsAttr):
            return np.asarray(constant_array(op))
    numbers = table(value)
    return None if numbers is None else np.array(numbers, np.int64)


def along_one(numbers: np.ndarray, at: Sequence[Form]) -> tuple[np.ndarray, Form] | None:
    """
    The numbers along the only dimension that an element depends on, and the place in it, if the
    other places are constants or the table is the same at all of them.
    """
    left: list[Form] = []
    for form in at:
        d = len(left)
        if (k := form.number) is not None:
            numbers = numbers.take(k, d)
        elif numbers.ndim > 1 and _is_same_along(numbers, d):
            numbers = numbers.take(0, d)
        else:
            left.append(form)
    return (numbers, left[0]) if len(left) == 1 else None


def _is_same_along(numbers: np.ndarray, d: int) -> bool:
    first = numbers.take([0], d)
    few = numbers.take(range(min(3, numbers.shape[d])), d)
    return bool((few == first).all() and (numbers == first).all())


def truth(value: SSAValue, k: int | None) -> bool | None:
    """Element k of a constant mask."""
    op = value.owner
    if k is None or not isinstance(op, arith.ConstantOp):
        return None
    if not isinstance(op.value, DenseIntOrFPElementsAttr) or types.size(value.type) > TABLE_LIMIT:
        return None
    elements = op.value.data.data  # a byte for each
    return elements[k] != 0 if len(elements) == types.size(value.type) else None


def bounds_of_remainder(x: Bounds, by: Bounds) -> Bounds:
    """Bounds of x - n·trunc(x / n), which has the sign of x; 0 for n = 0."""
    m = max(abs(by[0]), abs(by[1]), 1) - 1
    return (0 if x[0] >= 0 else -m), (0 if x[1] <= 0 else m)


def bounds_of_type(conversion: Operation, source: Attribute) -> Bounds:
    """Bounds of an integer of fewer bits after its conversion to 64 bits."""
    if not isinstance(source, IntegerType) or source.width.data == 64:
        return ANYTHING
    if not is_whole(types.element(conversion.results[0].type)):
        return ANYTHING
    half = 1 << (source.width.data - 1)
    boolean = types.is_bool(source) and isinstance(conversion, ten.CastOp)
    if boolean or isinstance(conversion, arith.ExtUIOp):
        return 0, 2 * half - 1
    return -half, half - 1
