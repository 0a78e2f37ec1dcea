"""
Powers by constant whole or half exponents, as products.

    x ^ 3     →  (x * x) * x
    x ^ 12    →  x⁴ * x⁸, x⁴ = x² * x², x² = x * x     a product for each bit, and for each 1
    x ^ -2    →  r * r, r = 1 / x
    x ^ 2.5   →  |x² * √x|, ∞ for x = -∞
    x ^ -1.5  →  |r * (1 / √x)|, 0 for x = -∞

The library's function takes about fifty times as long as a product. The products share their
squares: x ^ 4 and its derivative 4 x ^ 3 read one x * x.

With 1 / x first, an intermediate value overflows or vanishes only where the result does so too.
Each product of a float64 loses up to half a unit in the last place, and a square doubles the error
of its factor. So x ^ n loses about n / 2 units. From n = 9 on, the products of a float32 are those
of a float64, which is rounded once.

Requires: an exponent between -64 and 64. A float of 16 bits is a float32 in between.
"""

from __future__ import annotations

from math import inf

from xdsl.dialects import func, math
from xdsl.dialects.builtin import Float32Type, f64
from xdsl.ir import Block, Operation
from xdsl.rewriter import Rewriter

from ...dialects import types
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
SHORT = 8
"""The largest exponent for which products of float32 are as exact as the library's function."""

absolute = function(math.AbsFOp)


def expand(function: func.FuncOp) -> None:
    """Write the powers in a function as products, also in the regions of its ops."""
    if any(_exponent(op) is not None for op in function.walk()):
        for block in function.body.blocks:
            _expand(block, {})


def _expand(block: Block, outside: Known) -> None:
    known = dict(outside)
    for op in list(block.ops):
        if (n := _exponent(op)) is None:
            for region in op.regions:
                for inner in region.blocks:
                    _expand(inner, known)
            note(op, known)
            continue
        power = in_float32(lambda x, n=n: _power(x, n))(Expression.of(op.operands[0]))
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
