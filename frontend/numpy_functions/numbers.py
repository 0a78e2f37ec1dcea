"""Predicates and numbers of types."""

from __future__ import annotations

import math as pymath
from typing import Any

import numpy

from ...dialects import arrays, ten
from .. import ops, tracing
from ..ops import BOOL, INT64, lift
from ..tracing import constant, use
from ..user_code import as_python, located
from .registration import implements

SINGLE = numpy.dtype(numpy.float32)
BFLOAT16 = arrays.bfloat16

np: Any = numpy  # its type stubs know no traced arrays


@implements("real")
def real(val):
    x = lift(val)
    return ops.real(x) if x.dtype.kind == "c" else x


@implements("imag")
def imag(val):
    x = lift(val)
    return ops.imag(x) if x.dtype.kind == "c" else np.zeros_like(val)


@implements("isreal")
def isreal(x):
    x = lift(x)
    # The type of a real array says so. A plain result may decide an `if` while letgrad traces.
    return np.imag(x) == 0 if x.dtype.kind == "c" else numpy.ones(x.shape, bool)[()]


@implements("iscomplex")
def iscomplex(x):
    x = lift(x)
    return np.imag(x) != 0 if x.dtype.kind == "c" else numpy.zeros(x.shape, bool)[()]


@implements("angle")
def angle(z, deg=False):
    z = lift(z)
    result = np.arctan2(*ops.parts(z)[::-1]) if z.dtype.kind == "c" else np.arctan2(0, z)
    return result * ops.scalar(180 / np.pi, result.dtype) if deg else result


@implements("i0")
def i0(x):
    """The modified Bessel function of order 0. It needs SciPy."""
    x = lift(x)
    if x.dtype.kind == "c":
        raise as_python(TypeError, "i0 not supported for complex values")
    kind = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    wide = ops.cast(x, SINGLE if kind.itemsize == 2 else kind)
    return ops.cast(tracing.emit(ten.SpecialOp, "i0", use(wide)), kind)


@implements("real_if_close")
def real_if_close(a, tol=100):
    """Complex for a complex array: with imaginary parts 0 if all are close to 0"""
    x = lift(a)
    if x.dtype.kind != "c":
        return x
    re, im = ops.parts(x)
    # NumPy's rule: a tolerance above 1 counts units in the last place of 1.
    bound = tol * numpy.finfo(re.dtype).eps if tol > 1 else tol
    close = np.all(abs(im) < ops.scalar(bound, re.dtype))
    return ops.complex_(re, np.where(close, np.zeros_like(im), im))


@implements("isposinf")
def isposinf(x):
    return _real("isposinf", x) == np.inf


@implements("isneginf")
def isneginf(x):
    return _real("isneginf", x) == -np.inf


def _real(name: str, value: Any) -> Any:
    """Errors: `TypeError` for a complex array, as in NumPy."""
    x = lift(value)
    if x.dtype.kind == "c":
        raise located(TypeError, f"numpy.{name} is not defined for complex arrays")
    return x


@implements("fix")
def fix(x):
    return np.trunc(x)


@implements("round", "around")
def round_(a, decimals=0):
    x = lift(a)
    if x.dtype == BOOL:
        return ops.cast(x, np.dtype(np.float16))
    if x.dtype.kind in "iu":
        if decimals >= 0:
            return x
        scale = 10.0**-decimals
        return ops.cast(np.rint(ops.cast(x, np.dtype(np.float64)) / scale) * scale, x.dtype)
    if decimals == 0:
        return np.rint(x)
    if x.dtype == BFLOAT16:
        return ops.cast(round_(ops.cast(x, SINGLE), decimals), BFLOAT16)
    scale = 10.0 ** abs(decimals)
    return np.rint(x * scale) / scale if decimals > 0 else np.rint(x / scale) * scale


@implements("sinc")
def sinc(x):
    """
    sin(πx) / πx; near 0 its power series, so that derivatives of any order are right there too.
    """
    x = lift(x)
    if x.dtype == BFLOAT16:
        return ops.cast(sinc(ops.cast(x, SINGLE)), BFLOAT16)
    y = np.pi * x
    near = abs(y) < 2  # from there on, the derivatives of sin(y) / y do not cancel
    far = np.where(near, 1.0, y)
    series = [(-1) ** k / pymath.factorial(2 * k + 1) for k in reversed(range(16))]
    square = np.where(near, y, 0.0) ** 2
    return np.where(near, polyval(np.asarray(series, y.dtype), square), np.sin(far) / far)


@implements("polyval")
def polyval(p, x):
    x = lift(x)
    p = ops.as_array(p)
    y: Any = np.zeros_like(x)
    for c in p:
        y = y * x + c
    return y


@implements("vander")
def vander(x, N=None, increasing=False):
    x = lift(x)
    if x.ndim != 1:
        raise located(ValueError, "x must be a one-dimensional array or sequence.")
    n = x.shape[0] if N is None else N
    kind = ops.promote(x, INT64)
    x = ops.cast(x, kind)
    powers = [constant(1, kind, x.shape)][:n]
    while len(powers) < n:
        powers.append(powers[-1] * x)
    if not powers:
        return constant(0, kind, (x.shape[0], 0))
    return np.stack(powers if increasing else powers[::-1], axis=1)
