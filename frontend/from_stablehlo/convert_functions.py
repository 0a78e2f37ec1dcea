"""The functions of the dialect chlo, and Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from xdsl.dialects import arith, math

from ...dialects import ten
from .. import ops, tracing
from ..numpy_functions.elementwise import filled, in_single
from ..tracing import Array, constant
from .conversion_table import Call, converts, elementwise, target
from .convert_elements import bits_of, straight
from .foreign_op import NotConvertible

np: Any = numpy  # its type stubs know no traced arrays


def special(name: str, *xs: Array) -> Array:
    """A function of letgrad's table of special functions."""
    return tracing.emit(lambda: ten.SpecialOp(name, *[tracing.use(x) for x in xs]))


_OF_NUMPY = {
    "acos": np.arccos, "acosh": np.arccosh, "asin": np.arcsin, "asinh": np.arcsinh,
    "atan": np.arctan, "atanh": np.arctanh, "cosh": np.cosh, "sinh": np.sinh, "tan": np.tan,
    "square": np.square,
}  # fmt: skip
_SPECIAL = {
    "erfc": "erfc", "erf_inv": "erfinv", "lgamma": "gammaln", "digamma": "psi", "bessel_i1e": "i1e",
}  # fmt: skip


def _offer(name: str, function: Callable[..., Array], what: str) -> None:
    def rule(call: Call, *xs: Array) -> Array:
        return function(*xs)

    rule.__doc__, rule.__name__ = f"chlo.{name} x  →  {what}", name
    elementwise(f"chlo.{name}")(rule)
    target(f"mhlo.{name}", f"chlo.{name}")(rule)


for _name, _function in _OF_NUMPY.items():
    _offer(_name, _function, f"the op of `numpy.{_function.__name__}`")
for _name, _row in _SPECIAL.items():
    _offer(_name, lambda x, row=_row: special(row, x), f'ten.special "{_row}"')
_offer("erf", lambda x: ops.unary(math.ErfOp, x), "math.erf")
_offer("zeta", lambda x, q: special("zeta", x, q), 'ten.special "zeta"')


@in_single
def _polygamma(n: Array, x: Array) -> Array:
    """ψ⁽ⁿ⁾(x) = (-1)ⁿ⁺¹ n! ζ(n + 1, x), and ψ(x) for n = 0"""
    one = filled(n, 1)
    even = ops.compare("eq", np.fmod(n, filled(n, 2)), filled(n, 0))
    sign = ops.select(even, filled(n, -1), one)
    higher = sign * special("gamma", n + one) * special("zeta", n + one, x)
    whole = ops.compare("eq", np.floor(n), n)
    valid = ops.binary(arith.AndIOp, whole, ops.compare("ge", n, filled(n, 0)))
    found = ops.select(ops.compare("eq", n, filled(n, 0)), special("psi", x), higher)
    return ops.select(valid, found, filled(n, np.nan))


_offer("polygamma", _polygamma, "(-1)ⁿ⁺¹ n! ζ(n + 1, x), and ψ(x) for n = 0")


@elementwise("chlo.next_after")
def next_after(call: Call, x: Array, y: Array) -> Array:
    """chlo.next_after x, y  →  x with its bits as an integer one step nearer to y"""
    return straight(_next_after, "next_after")(x, y)


def _next_after(x: Array, y: Array) -> Array:
    kind = np.dtype(f"i{x.dtype.itemsize}")
    bits = bits_of(x, kind)
    zero, one = filled(bits, 0), filled(bits, 1)
    magnitude = ops.binary(arith.AndIOp, bits, filled(bits, np.iinfo(kind).max))
    is_zero = ops.compare("eq", magnitude, zero)
    sign = filled(bits, np.iinfo(kind).min)
    y_sign = ops.binary(arith.AndIOp, bits_of(y, kind), sign)
    least = ops.binary(arith.OrIOp, y_sign, one)
    outward = ops.compare(
        "lt",
        ops.select(ops.compare("lt", bits, zero), y, x),
        ops.select(ops.compare("lt", bits, zero), x, y),
    )
    stepped = ops.select(outward, np.add(bits, one), np.subtract(bits, one))
    result = bits_of(ops.select(is_zero, least, stepped), x.dtype)
    result = ops.select(ops.compare("eq", x, y), y, result)
    nan = ops.binary(arith.OrIOp, ops.compare("ne", x, x), ops.compare("ne", y, y))
    return ops.select(nan, np.add(x, y), result)


# Fourier transforms.


@converts("stablehlo.fft")
def fft(call: Call, x: Array) -> Array:
    """stablehlo.fft x  →  ten.fft over the last dimensions; IFFT and IRFFT divide by the length"""
    kind, lengths = call.word("fft_type"), call.ints("fft_length")
    axes = tuple(range(-len(lengths), 0))
    sizes = tuple(lengths)
    shape, dtype = call.kind()
    if not x.size or 0 in shape:
        # Without numbers, each sum of the transform is 0.
        return constant(0, dtype, shape)
    match kind:
        case "FFT":
            result = np.fft.fftn(x, axes=axes)
        case "IFFT":
            result = np.fft.ifftn(x, axes=axes)
        case "RFFT":
            result = np.fft.rfftn(x, axes=axes)
        case "IRFFT":
            result = np.fft.irfftn(x, s=sizes, axes=axes)
        case _:
            raise NotConvertible(f"letgrad has no transform {kind}")
    return result if result.dtype == dtype else ops.cast(result, dtype)
