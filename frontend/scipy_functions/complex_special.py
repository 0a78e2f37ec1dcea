"""
Functions of `scipy.special` of complex numbers.

The error functions come from w(z) = exp(-z²) erfc(-iz), for which J. A. C. Weideman (1994) gives a
rational function that keeps 13 digits in the upper half plane. The gamma functions come from
Stirling's series. A formula without a rule of its own says by itself how it differentiates.
"""

from __future__ import annotations

import functools
import math as pymath
from collections.abc import Callable
from typing import Any

import numpy

from .. import ops
from ..numpy_functions.elementwise import filled
from ..tracing import Array
from ..transforms.custom_rules import custom_jvp
from .offers import COMPLEX_RULES, UFUNC_RULES, floats_or_complex, implements
from .scipy_special import special

np: Any = numpy  # its type stubs know no traced arrays


def of_complex(*names: str) -> Callable[[Callable], Callable]:
    """Decorator: the function below is the rule for complex arrays of one shape and dtype."""

    def register(rule: Callable) -> Callable:
        COMPLEX_RULES.update(dict.fromkeys(names, rule))
        return rule

    return register


def _of_slope(slope: Callable[[Array], Array]) -> Callable[[Callable], Callable]:
    """Decorator: the holomorphic function below has this derivative."""

    def register(f: Callable) -> Callable:
        ruled = custom_jvp(f)

        @ruled.defjvp
        def rule(primals: Any, tangents: Any) -> Any:
            (z,), (dz,) = primals, tangents
            return ruled(z), slope(z) * dz

        return ruled

    return register


# Error functions.

TERMS = 40
"""The terms of Weideman's function. 32 keep 12 digits, and more than 40 do not keep more."""
LENGTH = pymath.sqrt(TERMS / pymath.sqrt(2))
ROOT_PI = pymath.sqrt(pymath.pi)


@functools.cache
def _weideman() -> list[float]:
    """The coefficients, from the highest power down: a Fourier transform of samples."""
    count = 4 * TERMS
    t = LENGTH * np.tan(np.arange(1 - count // 2, count // 2) * np.pi / count)
    samples = np.concatenate([[0], np.exp(-t * t) * (LENGTH * LENGTH + t * t)])
    return (np.fft.fft(np.fft.fftshift(samples)).real / count)[TERMS:0:-1].tolist()


def _polynomial(x: Array, coefficients: list[float]) -> Array:
    """The polynomial with these real coefficients, from the highest power down."""
    total = filled(x, coefficients[0])
    for c in coefficients[1:]:
        total = total * x + c
    return total


def _turned(z: Array) -> Array:
    """i z, exact also for infinite parts."""
    re, im = ops.parts(z)
    return ops.complex_(-im, re)


def _upper_w(z: Array) -> Array:
    """w(z) in the upper half plane."""
    far = np.isinf(z)
    turned = _turned(np.where(far, filled(z, 0), z))
    below = 1 / (LENGTH - turned)
    value = 2 * below * _polynomial((LENGTH + turned) * below, _weideman()) + 1 / ROOT_PI
    return np.where(far, filled(z, 0), below * value)


def _w(z: Array) -> Array:
    """w(z) = exp(-z²) erfc(-iz), in the lower half plane by w(z) + w(-z) = 2 exp(-z²)."""
    lower = np.imag(z) < 0
    upper = _upper_w(np.where(lower, -z, z))
    power = np.where(lower, -z * z, filled(z, 0))
    return np.where(lower, 2 * np.exp(power) - upper, upper)


SERIES = [1 / (pymath.factorial(n) * (2 * n + 1)) for n in range(30, -1, -1)]
"""∫ exp(t²) dt from 0 to z is z Σ z²ⁿ / (n! (2n + 1)). Up to |z|² = 3 it keeps all but a digit."""


def _is_near(z: Array) -> Array:
    """Whether a power series is better than a difference of two functions near 1."""
    re, im = ops.parts(z)
    return re * re + im * im < 3


def _near_or_far(z: Array, near: Callable[[Array], Array], far: Callable[[Array], Array]) -> Array:
    """Either function, in places where it has a value."""
    close = _is_near(z)
    return np.where(
        close, near(np.where(close, z, filled(z, 0))), far(np.where(close, filled(z, 4), z))
    )


def _odd(z: Array, right: Callable[[Array], Array]) -> Array:
    """An odd function, from its values in the right half plane."""
    left = np.real(z) < 0
    value = right(np.where(left, -z, z))
    return np.where(left, -value, value)


@of_complex("erf")
@_of_slope(lambda z: 2 / ROOT_PI * np.exp(-z * z))
def erf(z: Array) -> Array:
    """2/√π z Σ (-z²)ⁿ / (n! (2n + 1)) near 0, and ±(1 - exp(-z²) w(±iz)) far from it"""

    def near(z: Array) -> Array:
        return 2 / ROOT_PI * z * _polynomial(-z * z, SERIES)

    def right(z: Array) -> Array:
        return 1 - np.exp(-z * z) * _upper_w(_turned(z))

    return _near_or_far(z, near, lambda z: _odd(z, right))


@of_complex("erfc")
@_of_slope(lambda z: -2 / ROOT_PI * np.exp(-z * z))
def erfc(z: Array) -> Array:
    """exp(-z²) w(iz) in the right half plane, and 2 - erfc(-z) in the left"""
    left = np.real(z) < 0
    right = np.where(left, -z, z)
    value = np.exp(-z * z) * _upper_w(_turned(right))
    return np.where(left, 2 - value, value)


@of_complex("erfcx")
def erfcx(z: Array) -> Array:
    """w(iz)"""
    return _w(_turned(z))


@of_complex("erfi")
def erfi(z: Array) -> Array:
    """-i erf(iz)"""
    return -_turned(erf(_turned(z)))


@of_complex("dawsn")
def dawsn(z: Array) -> Array:
    """√π/2 exp(-z²) erfi(z) near 0, and ±i √π/2 (exp(-z²) - w(±z)) far from it"""

    def near(z: Array) -> Array:
        return z * np.exp(-z * z) * _polynomial(z * z, SERIES)

    def upper(z: Array) -> Array:
        return ROOT_PI / 2 * _turned(np.exp(-z * z) - _upper_w(z))

    def far(z: Array) -> Array:
        lower = np.imag(z) < 0
        value = upper(np.where(lower, -z, z))
        return np.where(lower, -value, value)

    return _near_or_far(z, near, far)


@of_complex("ndtr")
def ndtr(z: Array) -> Array:
    """erfc(-z / √2) / 2"""
    re, im = ops.parts(z)  # A product of complex numbers makes NaN of an infinite part.
    return 0.5 * erfc(ops.complex_(re * -pymath.sqrt(0.5), im * -pymath.sqrt(0.5)))


@implements("special.wofz")
def wofz(z):
    """exp(-z²) erfc(-iz), a complex number also of a real z"""
    (z,) = floats_or_complex(z)
    if z.dtype.kind == "c":
        return _w(z)
    return ops.complex_(np.exp(-z * z), 2 / ROOT_PI * special("dawsn", z))


UFUNC_RULES["wofz"] = wofz
of_complex("wofz")(_w)


# Gamma functions.

SHIFT = 12
"""Stirling's series keeps its digits at z + 12 for Re z ≥ 0."""
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)


def _reflected(z: Array) -> tuple[Array, Array]:
    """Whether z is in the left half plane, and 1 - z there, else z."""
    left = np.real(z) < 0
    return left, np.where(left, 1 - z, z)


def _stirling(z: Array) -> Array:
    """log Γ(z) for Re z ≥ 0. Each logarithm is continuous there, and so is the sum."""
    far = z + SHIFT
    inverse = 1 / far
    series = [b / (2 * k * (2 * k - 1)) for k, b in enumerate(BERNOULLI, 1)][::-1]
    total = (far - 0.5) * np.log(far) - far + 0.5 * pymath.log(2 * pymath.pi)
    total = total + inverse * _polynomial(inverse * inverse, series)
    for k in range(SHIFT):
        total = total - np.log(z + k)
    return total


def _half_turns(z: Array) -> tuple[Array, Array]:
    """sin(πz) and cos(πz) but for the sign that both have, from the part of z next to 0."""
    re, im = ops.parts(z)
    rest = pymath.pi * ops.complex_(re - np.rint(re), im)
    return np.sin(rest), np.cos(rest)


def _loggamma_slope(z: Array) -> Array:
    return psi(z)


@of_complex("loggamma")
@_of_slope(_loggamma_slope)
def loggamma(z: Array) -> Array:
    """Stirling's series, and log π - log sin(πz) - log Γ(1 - z) in the left half plane"""
    left, right = _reflected(z)
    value = _stirling(right)
    safe = np.where(left, z, filled(z, -0.5))
    re, im = ops.parts(safe)
    # log sin(πz), without overflow: 2 sin(πz) = ±i exp(∓iπz) (1 - exp(±2iπz)) for ±Im z ≥ 0. This
    # is the continuous function that is real between -1 and 0 for Γ's logarithm on the upper side.
    up = ~np.signbit(im)
    y = ops.complex_(re, np.where(up, im, -im))
    turn = _turned(2 * pymath.pi * ops.complex_(re - np.rint(re), np.imag(y)))
    logs = _turned(-pymath.pi * (y - 0.5)) + np.log(-np.expm1(turn)) - pymath.log(2)
    part, angle = ops.parts(logs)
    logs = ops.complex_(part, np.where(up, angle, -angle))
    return np.where(left, pymath.log(pymath.pi) - logs - value, value)


def _gamma_slope(z: Array) -> Array:
    return gamma(z) * psi(z)


@of_complex("gamma")
@_of_slope(_gamma_slope)
def gamma(z: Array) -> Array:
    """exp log Γ(z); NaN at the poles"""
    re, im = ops.parts(z)
    pole = (im == 0) & (re <= 0) & (re == np.floor(re))
    return np.where(pole, np.nan, np.exp(loggamma(np.where(pole, filled(z, 1), z))))


@of_complex("rgamma")
def rgamma(z: Array) -> Array:
    """1 / Γ(z), and Γ(1 - z) sin(πz) / π in the left half plane"""
    left, right = _reflected(z)
    logs = _stirling(right)
    sine, _ = _half_turns(np.where(left, z, filled(z, -0.5)))
    whole = np.rint(np.real(z))
    even = whole == 2 * np.floor(whole / 2)
    sign = np.where(even, filled(whole, 1), filled(whole, -1))
    return np.where(left, sign * sine * np.exp(logs) / pymath.pi, np.exp(-logs))


@of_complex("psi", "digamma")
def psi(z: Array) -> Array:
    """The derivative of Stirling's series, and ψ(1 - z) - π cot(πz) in the left half plane"""
    left, right = _reflected(z)
    far = right + SHIFT
    inverse = 1 / far
    series = [-b / (2 * k) for k, b in enumerate(BERNOULLI, 1)][::-1]
    squared = inverse * inverse
    total = np.log(far) - 0.5 * inverse + squared * _polynomial(squared, series)
    for k in range(SHIFT):
        total = total - 1 / (right + k)
    sine, cosine = _half_turns(np.where(left, z, filled(z, -0.5)))
    return np.where(left, total - pymath.pi * (cosine / sine), total)


# Logarithms.


@of_complex("xlogy")
def xlogy(x: Array, y: Array) -> Array:
    """x log y, 0 where x is 0"""
    zero = (x == 0) & ~np.isnan(y)
    return np.where(zero, filled(x, 0), x * np.log(np.where(zero, filled(y, 1), y)))


@of_complex("xlog1py")
def xlog1py(x: Array, y: Array) -> Array:
    """x log(1 + y), 0 where x is 0"""
    zero = (x == 0) & ~np.isnan(y)
    return np.where(zero, filled(x, 0), x * np.log1p(np.where(zero, filled(y, 0), y)))


@of_complex("expm1")
def expm1(z: Array) -> Array:
    """e^z - 1"""
    return np.expm1(z)


@of_complex("log1p")
def log1p(z: Array) -> Array:
    """log(1 + z)"""
    return np.log1p(z)
