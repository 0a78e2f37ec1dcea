"""
The rules of the table `stablehlo` for special functions that have no formula of their own.

CHLO has some of them. The rules compute in float64, and round once.
"""

from __future__ import annotations

from collections.abc import Callable
from math import nan, sqrt

from xdsl.dialects.builtin import f64

from ...dialects import ten
from ...passes.rewriting.diagnostics import LetgradError
from .builder import Hlo, Value, element
from .converter import stablehlo


def gamma(h: Hlo, x: Value) -> Value:
    """
    Γ(x) = ± exp(log |Γ(x)|), with the sign of ⌊x⌋'s parity below 0

    A zero gives an infinity of its sign, and an integer below 0 gives NaN.
    """
    floor = h.unary("floor", x)
    half = h.mul(floor, h.number(0.5, x))
    odd = h.compare("NE", h.unary("floor", half), half)
    negative = h.against("LT", x, 0)
    size = h.unary("exponential", h.unary("chlo.lgamma", x))
    value = h.select(h.both(negative, odd), h.neg(size), size)
    value = h.select(h.both(negative, h.compare("EQ", floor, x)), h.full(nan, x), value)
    return h.select(h.against("EQ", x, 0), h.div(h.full(1, x), x), value)


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "erfc": lambda h, x: h.unary("chlo.erfc", x),
    "erfinv": lambda h, x: h.unary("chlo.erf_inv", x),
    "gamma": gamma,
    "gammaln": lambda h, x: h.unary("chlo.lgamma", x),
    "psi": lambda h, x: h.unary("chlo.digamma", x),
    "i1e": lambda h, x: h.unary("chlo.bessel_i1e", x),
    "zeta": lambda h, x, y: h.binary("chlo.zeta", x, y),
    "ndtr": lambda h, x: h.mul(
        h.number(0.5, x), h.unary("chlo.erfc", h.mul(x, h.number(-sqrt(0.5), x)))
    ),
}
"""The functions that CHLO has, or that are few ops of it."""


@stablehlo.rule(ten.SpecialOp)
def special(op: ten.SpecialOp, h: Hlo, *xs: Value) -> Value:
    """The function of CHLO, in float64"""
    if op.row.name not in FUNCTIONS:
        raise LetgradError(
            f"the xla backend has no code for ten.special: XLA has no function {op.row.name}", op
        )
    wide = [h.convert(x, f64) for x in h.alike(*xs)]
    return h.convert(FUNCTIONS[op.row.name](h, *wide), element(xs[0]))
