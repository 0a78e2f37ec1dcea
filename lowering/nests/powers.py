"""
Powers by constant whole or half exponents, as products.

    x ^ 3     →  (x * x) * x
    x ^ 12    →  x⁴ * x⁸, x⁴ = x² * x², x² = x * x     a product for each bit, and for each 1
    x ^ -2    →  r * r, r = 1 / x
    x ^ 2.5   →  |x² * √x|, ∞ for x = -∞
    x ^ -1.5  →  |r * (1 / √x)|, 0 for x = -∞
    x ^ n     →  (n has the bit 4 ? x⁴ : 1) * (2 ? x² : 1) * (1 ? x : 1),  x = 1 / x for n < 0,
                 for whole n in a table, as in x[:, None] ** arange(6)

The library's function takes about fifty times as long as a product. The products share their
squares: x ^ 4 and its derivative 4 x ^ 3 read one x * x.

With 1 / x first, an intermediate value overflows or vanishes only where the result does so too.
Each product of a float64 loses up to half a unit in the last place, and a square doubles the error
of its factor. So x ^ n loses about n / 2 units. From n = 9 on, the products of a float32 are those
of a float64, which is rounded once.

Requires: an exponent, or a table of them, between -64 and 64. A float of 16 bits is a float32 in
between.
"""

from __future__ import annotations

from math import inf

import numpy as np
from xdsl.dialects import arith, func, math
from xdsl.dialects.builtin import Float32Type, f64
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import Rewriter

from ...dialects import arrays, ten, types
from ...passes.rewriting.decomposing import in_float32
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import (
    Emitter,
    Expression,
    Known,
    cast,
    function,
    note,
    sqrt,
    where,
)

LARGEST = 64
MOST_TABLE = 1 << 16
"""The elements of a table of exponents, at most."""
SHORT = 8
"""The largest exponent for which products of float32 are as exact as the library's function."""

absolute = function(math.AbsFOp)


def expand(function: func.FuncOp) -> None:
    """Write the powers in a function as products, also in the regions of its ops."""
    if any(_is_power(op) for op in function.walk()):
        for block in function.body.blocks:
            _expand(block, {})


def _expand(block: Block, outside: Known) -> None:
    known = dict(outside)
    for op in list(block.ops):
        if not _is_power(op):
            for region in op.regions:
                for inner in region.blocks:
                    _expand(inner, known)
            note(op, known)
            continue
        x = Expression.of(op.operands[0])
        if (n := _exponent(op)) is not None:
            power = in_float32(lambda x, n=n: _power(x, n))(x)
        else:
            ends = whole_numbers(op.operands[1])
            assert ends is not None
            by = in_float32(lambda x, n, ends=ends: _power_by_table(x, n, *ends))
            power = by(x, Expression.of(op.operands[1]))
        value = power.emit(Emitter.before(op, known).derived(op, "power"))
        value.name_hint = value.name_hint or op.results[0].name_hint
        Rewriter.replace_op(op, [], [value])
        count(f"expand({op.name})")


def _exponent(op: Operation) -> float | int | None:
    """The exponent of a power that products can be, or None."""
    if not isinstance(op, math.PowFOp | math.FPowIOp):
        return None
    n = types.constant_value(op.operands[1])
    return n if n and abs(n) <= LARGEST and float(2 * n).is_integer() else None


def _is_power(op: Operation) -> bool:
    """Whether products can be this op."""
    if _exponent(op) is not None:
        return True
    if not isinstance(op, math.PowFOp) or types.constant_value(op.operands[1]) is not None:
        return False
    ends = whole_numbers(op.operands[1])
    return ends is not None and max(map(abs, ends)) <= LARGEST


def whole_numbers(x: SSAValue, depth: int = 8) -> tuple[int, int] | None:
    """The least and the greatest of known numbers, all of which are whole; None if they are not."""
    op = x.owner
    if not isinstance(op, Operation) or not depth:
        return None
    match op:
        case arith.ConstantOp() if 0 < types.size(x.type) <= MOST_TABLE:
            values = np.asarray(arrays.constant_array(op), np.float64)
            if not (np.abs(values) <= LARGEST).all() or (values != np.round(values)).any():
                return None
            return int(values.min()), int(values.max())
        case ten.BroadcastOp() | ten.ReshapeOp() | ten.TransposeOp() | ten.ReverseOp():
            return whole_numbers(op.operands[0], depth - 1)
        case arith.AddfOp() | arith.SubfOp():
            both = [whole_numbers(y, depth - 1) for y in op.operands]
            if both[0] is None or both[1] is None:
                return None
            (a, b), (c, d) = both[0], both[1]
            return (a + c, b + d) if isinstance(op, arith.AddfOp) else (a - d, b - c)
    return None


def _power_by_table(x: Expression, n: Expression, least: int, most: int) -> Expression:
    """x^n for whole numbers n from `least` to `most`."""
    largest = max(abs(least), abs(most))
    if largest > SHORT and isinstance(element := types.element(x.type), Float32Type):
        return cast(_power_by_table(cast(x, f64), cast(n, f64), least, most), element)
    factor = where(n < 0.0, 1 / x, x, x) if least < 0 else x
    rest = absolute(n) if least < 0 else n
    squares = [factor]
    while len(squares) < largest.bit_length():
        squares.append(squares[-1] * squares[-1])
    result: Expression | None = None
    for k, square in reversed(list(enumerate(squares))):
        has = rest.compare("oge", float(1 << k))
        part = where(has, square, 1.0, x)
        result = part if result is None else result * part
        if k:
            rest = where(has, rest - float(1 << k), rest, n)
    assert result is not None
    return result


def _power(x: Expression, n: float | int) -> Expression:
    if abs(n) > SHORT and isinstance(element := types.element(x.type), Float32Type):
        return cast(_power(cast(x, f64), n), element)
    factor = x if n > 0 else 1 / x
    whole, half = divmod(abs(n), 1)
    product = _products(factor, int(whole))
    if not half and product is not None:
        return product
    root = sqrt(x) if n > 0 else 1 / sqrt(x)
    value = absolute(root if product is None else product * root)  # of -0 too, it is +0 or +∞
    return where(x.compare("oeq", -inf), inf if n > 0 else 0.0, value, x)


def _products(x: Expression, n: int) -> Expression | None:
    """x^n, None for n = 0. The lowest bit of n is the first factor."""
    result, square = None, x
    while n:
        if n & 1:
            result = square if result is None else result * square
        if n := n >> 1:
            square = square * square
    return result
