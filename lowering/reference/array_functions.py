"""Functions of NumPy arrays that rules need, and that NumPy lacks or defines otherwise."""

from __future__ import annotations

import math as pymath
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ...dialects import arrays

Array = Any
"""A NumPy array or a NumPy scalar."""


def in_float32(function: Callable[..., Array]) -> Callable[..., Array]:
    """The function of floats, with operands of 16 bits computed in float32 and rounded once."""

    def rounded(*xs: Array) -> Array:
        dtype = np.asarray(xs[0]).dtype
        if dtype.itemsize >= 4 or dtype.kind in "biuc":
            return function(*xs)
        wide = (np.asarray(x).astype(np.float32) if np.asarray(x).dtype == dtype else x for x in xs)
        return np.asarray(function(*wide)).astype(dtype)

    return rounded


FEW = 128
"""As many elements NumPy adds in pairs, or one after the other."""


def sum_of(count: int, function: Callable[..., Array]) -> Callable[..., Array]:
    """
    A function that adds up this many elements for each element of its result. Floats of 16 bits are
    added in float32.

    Along some axes NumPy adds all elements one after the other, which loses digits of a long sum.
    So long sums of float32 are computed in float64, and rounded once.
    """
    if count <= FEW:
        return in_float32(function)

    def rounded(*xs: Array) -> Array:
        dtype = np.asarray(xs[0]).dtype
        if dtype in (np.float64, np.complex128) or dtype.kind in "biu":
            return function(*xs)
        wide = np.complex128 if dtype.kind == "c" else np.float64
        with np.errstate(over="ignore"):
            return np.asarray(function(*(np.asarray(x).astype(wide) for x in xs))).astype(dtype)

    return rounded


def maximum(a: Array, b: Array) -> Array:
    """IEEE 754-2019 maximum: NaN wins, and -0 < +0."""
    return np.where((a == 0) & (b == 0), a + b, np.maximum(a, b))


def minimum(a: Array, b: Array) -> Array:
    """IEEE 754-2019 minimum: NaN wins, and -0 < +0."""
    return -maximum(-a, -b)


def as_unsigned(x: Array) -> np.ndarray:
    x = np.asarray(x)
    return x.astype(np.uint8) if x.dtype == np.bool_ else x.view(f"u{x.dtype.itemsize}")


def signed(x: Array) -> np.ndarray:
    """The bits read as a signed integer: an i1 that is set is -1."""
    x = np.asarray(x)
    return -x.astype(np.int8) if x.dtype == np.bool_ else x


def floor_divide(a: Array, b: Array) -> Array:
    """⌊a / b⌋; 0 where b is 0."""
    return np.where(
        b == 0, 0, np.where(b == -1, 0 - a, a // np.where((b == 0) | (b == -1), 1, b))
    ).astype(a.dtype)


def _remainder_sign(a: Array, b: Array) -> Array:
    """Whether a / b is not whole."""
    return (b != 0) & (a - floor_divide(a, b) * b != 0)


def ceil_divide(a: Array, b: Array) -> Array:
    """⌈a / b⌉; 0 where b is 0."""
    return (floor_divide(a, b) + _remainder_sign(a, b)).astype(a.dtype)


def divide(a: Array, b: Array) -> Array:
    """a / b towards zero; 0 where b is 0."""
    return np.where((a < 0) != (b < 0), ceil_divide(a, b), floor_divide(a, b)).astype(a.dtype)


def remainder(a: Array, b: Array) -> Array:
    """a - b * divide(a, b), which has the sign of a; 0 where b is 0."""
    return np.where(b == 0, 0, a - divide(a, b) * b).astype(a.dtype)


def shifted(function: Callable[..., Array]) -> Callable[[Array, Array], Array]:
    """A shift. A shift by the width or more drops all bits."""

    def shift(a: Array, b: Array) -> Array:
        width = a.dtype.itemsize * 8
        inside = as_unsigned(b) < width
        return np.where(inside, function(a, np.where(inside, b, 0)), 0).astype(a.dtype)

    return shift


def shift_right_signed(a: Array, b: Array) -> Array:
    width = a.dtype.itemsize * 8
    return a >> np.where(as_unsigned(b) < width, b, width - 1)


def compare_floats(predicate: str, a: Array, b: Array) -> Array:
    """
    A comparison by the name of a predicate of `arith.cmpf`. If an operand is NaN, o… is false, and
    u… is true.
    """
    unordered = np.isnan(a) | np.isnan(b)
    if predicate in ("false", "true"):
        return np.full(np.shape(a), predicate == "true")
    if predicate in ("ord", "uno"):
        return unordered == (predicate == "uno")
    order = {
        "eq": np.equal,
        "ne": np.not_equal,
        "gt": np.greater,
        "ge": np.greater_equal,
        "lt": np.less,
        "le": np.less_equal,
    }
    holds = order[predicate[1:]](a, b)
    return (holds & ~unordered) if predicate[0] == "o" else (holds | unordered)


def compare_integers(predicate: str, a: Array, b: Array) -> Array:
    """A comparison by the name of a predicate of `arith.cmpi`."""
    if predicate in ("eq", "ne"):
        return np.equal(a, b) if predicate == "eq" else np.not_equal(a, b)
    read = as_unsigned if predicate[0] == "u" else signed
    order = {"gt": np.greater, "ge": np.greater_equal, "lt": np.less, "le": np.less_equal}
    return order[predicate[1:]](read(a), read(b))


def to_odd(exact: Fraction, dtype: Any) -> Any:
    """
    `exact` as a float. If no float equals `exact`, the result is the one of its two neighbours
    whose last bit is set.

    A second rounding, to a type with at least two bits less, then gives the same as one rounding of
    `exact`.
    """
    y = dtype(float(exact))
    if not np.isfinite(y) or Fraction(float(y)) == exact or as_unsigned(y) & 1:
        return y
    return np.nextafter(y, dtype(np.inf if exact > Fraction(float(y)) else -np.inf))


def cast(x: Array, dtype: np.dtype) -> Array:
    """The numeric conversion of `ten.cast`."""
    x = np.asarray(x)
    if dtype == np.bool_:
        return x != 0
    if np.issubdtype(dtype, np.integer) and x.dtype.kind not in "iub":
        x = x.astype(np.float64)
        limits = np.iinfo(dtype)
        whole = np.trunc(np.where(np.isnan(x), 0, x))
        # 2^63 - 1 is no float64: clip by comparing, not by the rounded limit.
        low, high = whole <= limits.min, whole >= float(limits.max)
        inside = np.where(low | high, 0, whole).astype(dtype)
        return np.where(low, limits.min, np.where(high, limits.max, inside)).astype(dtype)
    if dtype == arrays.bfloat16 and x.dtype in (np.float64, np.int64, np.int32):
        # ml_dtypes goes through float32. Rounding to odd there makes its rounding the only one.
        def narrowed(v: float) -> Any:
            return to_odd(Fraction(v), np.float32) if v and pymath.isfinite(v) else np.float32(v)

        x = np.vectorize(narrowed, otypes=[np.float32])(x)
    return x.astype(dtype)


def power(x: Array, y: Array) -> Array:
    """
    x^y by IEEE 754. For y = 1/2 NumPy may take √x, which is NaN at -∞ instead of ∞, and -0 at -0
    instead of 0.
    """
    root = (y == 0.5) & ((x == -np.inf) | (x == 0))
    return np.where(root, np.abs(x), np.power(x, y)).astype(x.dtype)


def erf(x: Array) -> Array:
    return np.vectorize(pymath.erf, otypes=[np.asarray(x).dtype])(x)


def rounded_half_away(x: Array) -> Array:
    """To the nearest integer, halves away from zero."""
    truncated = np.trunc(x)
    away = truncated + np.copysign(np.ones_like(x), x)
    return np.copysign(np.where(np.abs(x - truncated) >= 0.5, away, truncated), x)


def fused_multiply_add(a: Array, b: Array, c: Array) -> Array:
    """a * b + c, rounded once."""
    dtype = np.asarray(a).dtype

    def exact(x: float, y: float, z: float) -> float:
        x, y, z = float(x), float(y), float(z)
        if not (pymath.isfinite(x) and pymath.isfinite(y) and pymath.isfinite(z)):
            return float(np.float64(x) * np.float64(y) + np.float64(z))
        total = Fraction(x) * Fraction(y) + Fraction(z)
        if total == 0:
            return x * y + z
        try:
            return float(total) if dtype == np.float64 else to_odd(total, np.float64)
        except OverflowError:
            return pymath.inf if total > 0 else -pymath.inf

    return np.vectorize(exact, otypes=[np.float64])(a, b, c).astype(dtype)


def integer_power(a: Array, b: Array) -> Array:
    """a^b; for b < 0 the truncated quotient 1 / a^-b, which is 0 but for a = ±1."""

    def power(x: int, n: int, width: int) -> int:
        if n < 0:
            return {1: 1, -1: -1 if n % 2 else 1}.get(x, 0)
        value = pow(x, n, 1 << width)
        return value - (1 << width) if value >> (width - 1) else value

    dtype = np.asarray(a).dtype
    width = dtype.itemsize * 8
    return np.vectorize(lambda x, n: power(int(x), int(n), width), otypes=[dtype])(a, b)


def waves(kind: str, x: np.ndarray) -> np.ndarray:
    """
    A transform of cosines or sines along the last axis, without a factor in front, from Fourier
    transforms of longer signals. `ten.dct` names the kinds.
    """
    n = x.shape[-1]
    k = np.arange(n)
    signs = (-1.0) ** k
    match kind:
        case "cosine1":
            return np.fft.rfft(np.concatenate([x, x[..., n - 2 : 0 : -1]], axis=-1)).real
        case "cosine2":
            spectrum = np.fft.rfft(np.concatenate([x, x[..., ::-1]], axis=-1))[..., :n]
            return (spectrum * np.exp(-0.5j * np.pi * k / n)).real
        case "cosine3":
            turned = x * np.exp(0.5j * np.pi * k / n)
            return np.fft.irfft(turned, 2 * n, norm="forward")[..., :n]
        case "cosine4":
            return waves("cosine2", np.concatenate([x, 0 * x], axis=-1))[..., 1::2]
        case "sine1":
            zero = 0 * x[..., :1]
            ahead = np.concatenate([zero, x, zero, -x[..., ::-1]], axis=-1)
            return -np.fft.rfft(ahead).imag[..., 1 : n + 1]
        case "sine2":
            return waves("cosine2", x * signs)[..., ::-1]
        case _:
            return waves(kind.replace("sine", "cosine"), x[..., ::-1]) * signs
