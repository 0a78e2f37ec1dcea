"""Known facts about the leaves of formulas: constants, tables, bounds of elements."""

from __future__ import annotations

from itertools import pairwise
from math import inf

from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, IntegerType
from xdsl.ir import Attribute, Operation, SSAValue

from ....dialects import ten, types
from ....dialects.types import rank, shape
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
    """An element of a constant table that counts in equal steps, or the one at a constant place."""
    numbers = table(value)
    if not numbers:
        return None
    if (k := at.number) is not None:
        return Form(numbers[k])
    step = numbers[1] - numbers[0] if len(numbers) > 1 else 0
    if any(b - a != step for a, b in pairwise(numbers)) or abs(step) >= SAFE:
        return None
    return at * step + numbers[0]


def bounds_of_elements(value: SSAValue, depth: int = 6) -> Bounds:
    """Bounds of an integer, or of all elements of a tensor of integers."""
    op = value.owner
    if depth == 0 or not isinstance(op, Operation):
        return ANYTHING
    if rank(value.type) == 0 and (number := types.constant_value(value)) is not None:
        return number, number
    xs = [bounds_of_elements(x, depth - 1) for x in op.operands] if type(op) in _BOUNDED else []
    match op:
        case arith.MaxSIOp():
            return max(xs[0][0], xs[1][0]), max(xs[0][1], xs[1][1])
        case arith.MinSIOp():
            return min(xs[0][0], xs[1][0]), min(xs[0][1], xs[1][1])
        case arith.RemSIOp():
            return bounds_of_remainder(*xs)
        case arith.RemUIOp() if xs[1][0] > 0:
            return 0, xs[1][1] - 1
        case arith.AddiOp() | arith.SubiOp() if is_whole(types.element(value.type)):
            (p, q), (r, s) = xs
            low, high = (p + r, q + s) if isinstance(op, arith.AddiOp) else (p - s, q - r)
            return (low, high) if -SAFE < low and high < SAFE else ANYTHING
        case arith.SelectOp() | ten.SelectOp():
            return min(xs[1][0], xs[2][0]), max(xs[1][1], xs[2][1])
        case ten.IotaOp():
            return 0, max(shape(value.type)[op.dim.value.data] - 1, 0)
        case ten.ArgmaxOp() | ten.ArgminOp():
            return 0, max(shape(op.x.type)[op.dim.value.data] - 1, 0)
        case ten.IndexOp() | ten.GatherOp() | ten.PadOp():
            return min(xs[0][0], 0), max(xs[0][1], 0)
        case (
            ten.BroadcastOp()
            | ten.ReshapeOp()
            | ten.TransposeOp()
            | ten.SliceOp()
            | ten.ReverseOp()
        ):
            return xs[0]
        case arith.IndexCastOp() | ten.CastOp() | arith.ExtSIOp() | arith.ExtUIOp():
            source = types.element(op.operands[0].type)
            if is_whole(source) and is_whole(types.element(value.type)):
                return xs[0]
            return bounds_of_type(op, source)
        case _:
            numbers = table(value)
            return (min(numbers), max(numbers)) if numbers else ANYTHING


_BOUNDED: set[type[Operation]] = {
    arith.MaxSIOp, arith.MinSIOp, arith.RemSIOp, arith.RemUIOp, arith.AddiOp, arith.SubiOp,
    arith.SelectOp, ten.SelectOp, ten.IndexOp, ten.GatherOp, ten.PadOp, ten.BroadcastOp,
    ten.ReshapeOp, ten.TransposeOp, ten.SliceOp, ten.ReverseOp, arith.IndexCastOp, ten.CastOp,
    arith.ExtSIOp, arith.ExtUIOp,
}  # fmt: skip


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
