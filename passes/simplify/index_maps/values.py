"""Known facts about the leaves of formulas: constants and tables."""

from __future__ import annotations

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


def progression(value: SSAValue, at: Form) -> Form | None:
    """
    An element of a constant table that counts in equal steps, or the one at a constant place.

    The table may have any length: most of those that do not count show it in a few elements.
    """
    numbers = _elements(value)
    if numbers is None or not len(numbers):
        return None
    if (k := at.number) is not None:
        return Form(int(numbers[k]))
    first, n = int(numbers[0]), len(numbers)
    step = int(numbers[1]) - first if n > 1 else 0
    if int(numbers[-1]) - first != step * (n - 1) or abs(step) >= SAFE:
        return None
    # Of the steps that wrap around, none is left: the last element is where it would be without.
    if n > 2 and not (np.diff(numbers) == numbers[1] - numbers[0]).all():
        return None
    return at * step + first


def _elements(value: SSAValue) -> np.ndarray | None:
    """The numbers of a constant tensor of rank 1, or of a stack of constants."""
    op = value.owner
    if rank(value.type) == 1 and isinstance(op, arith.ConstantOp):
        if is_whole(types.element(value.type)) and isinstance(op.value, DenseIntOrFPElementsAttr):
            return np.asarray(constant_array(op))
    numbers = table(value)
    return None if numbers is None else np.array(numbers, np.int64)


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
