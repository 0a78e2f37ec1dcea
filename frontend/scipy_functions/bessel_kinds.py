"""
`scipy.special`: derivatives of Bessel functions, exponentially scaled functions of real numbers,
spherical harmonics, and further polynomials and inverses.
"""

from __future__ import annotations

import math as pymath
from collections.abc import Callable
from typing import Any

import numpy

from .. import ops
from ..tracing import Array
from ..user_code import located
from .distributions import magnitude
from .more_special import eval_jacobi, hankel1, hankel2
from .offers import alike, elementwise, floats, implements
from .scipy_special import _degree, eval_chebyu, special

np: Any = numpy  # its type stubs know no traced arrays


@elementwise("jve")
def jve(v: Array, z: Array) -> Array:
    """exp(-|imag z|) J_v(z) of a real z, which is J_v(z)"""
    pole = (z == 0) & (v < 0) & (v != np.floor(v))
    return np.where(pole | np.isinf(v), np.nan, special("jv", v, z))


@elementwise("yve")
def yve(v: Array, z: Array) -> Array:
    """exp(-|imag z|) Y_v(z) of a real z, which is Y_v(z); NaN at 0"""
    return np.where(z == 0, np.nan, special("yv", v, z))


def _turn(z: Array) -> Array:
    """exp(i z)"""
    return ops.complex_(np.cos(z), np.sin(z))


@elementwise("hankel1e")
def hankel1e(v: Array, z: Array) -> Array:
    """exp(-i z) H⁽¹⁾_v(z) of a real z"""
    return hankel1(v, z) * _turn(-z)


@elementwise("hankel2e")
def hankel2e(v: Array, z: Array) -> Array:
    """exp(i z) H⁽²⁾_v(z) of a real z"""
    return hankel2(v, z) * _turn(z)


def _offer_slopes(name: str, function: Callable[..., Array], sign: int, odd: int, letter: str):
    """
    The n-th derivative by z of a Bessel function B:  2⁻ⁿ Σ signᵏ (n over k) B_(v - n + 2k)(z),
    times oddⁿ.
    """

    def rule(v, z, n=1):
        v, z = alike(v, z)
        count = _degree(name, n)
        parts = [
            (odd**count * sign**k * pymath.comb(count, k) / 2**count)
            * function(v + (2.0 * k - count), z)
            for k in range(count + 1)
        ]
        return sum(parts[1:], start=parts[0])

    rule.__doc__ = f"The n-th derivative of {letter}_v(z) by z, for a static n"
    implements(f"special.{name}")(rule)


def _row(name: str) -> Callable[..., Array]:
    return lambda v, z: special(name, v, z)


_offer_slopes("jvp", _row("jv"), -1, 1, "J")
_offer_slopes("yvp", _row("yv"), -1, 1, "Y")
_offer_slopes("ivp", _row("iv"), 1, 1, "I")
_offer_slopes("kvp", _row("kv"), 1, -1, "K")
_offer_slopes("h1vp", hankel1, -1, 1, "H⁽¹⁾")
_offer_slopes("h2vp", hankel2, -1, 1, "H⁽²⁾")


@elementwise("pdtri")
def pdtri(k: Array, y: Array) -> Array:
    """The inverse of pdtr in m, for k rounded towards 0"""
    k = np.trunc(k)
    value = special("gammainccinv", k + 1, y)
    return np.where((k < 0) | (y < 0) | (y >= 1), np.nan, value)


@elementwise("bdtri")
def bdtri(k: Array, n: Array, y: Array) -> Array:
    """The inverse of bdtr in p"""
    k = np.floor(k)
    return special("betainccinv", k + 1, n - k, y)


@elementwise("nbdtri")
def nbdtri(k: Array, n: Array, y: Array) -> Array:
    """The inverse of nbdtr in p"""
    return special("betaincinv", n, np.floor(k) + 1, y)


@elementwise("gdtria")
def gdtria(p: Array, b: Array, x: Array) -> Array:
    """The inverse of gdtr in a"""
    return special("gammaincinv", b, p) / x


@implements("special.eval_sh_chebyu")
def eval_sh_chebyu(n, x):
    """The Chebyshev polynomial of the second kind of the static degree n at 2x - 1"""
    (x,) = floats(x)
    return eval_chebyu(n, 2 * x - 1)


@implements("special.eval_sh_jacobi")
def eval_sh_jacobi(n, p, q, x):
    """The shifted Jacobi polynomial of the static degree n"""
    p, q, x = alike(p, q, x)
    n = _degree("eval_sh_jacobi", n)
    return eval_jacobi(n, p - q, q - 1, 2 * x - 1) / special("binom", 2 * n + p - 1, float(n))


@implements("special.sph_harm_y")
def sph_harm_y(n, m, theta, phi, *, diff_n=0):
    """The spherical harmonic of the static degree n and order m at polar and azimuthal angle"""
    if diff_n != 0:
        raise located(
            TypeError, "scipy.special.sph_harm_y on traced arrays has no diff_n; differentiate it"
        )
    if isinstance(m, Array) or np.ndim(m) or int(m) != m:
        raise located(
            TypeError,
            f"scipy.special.sph_harm_y on traced arrays takes a static order m, not {m!r}",
        )
    degree, order = _degree("sph_harm_y", n), int(m)
    theta, phi = alike(theta, phi)
    size = abs(order)
    if size > degree:
        return ops.complex_(0 * theta, 0 * phi)
    # P = |sin θ|ᵐ times a polynomial of cos θ, with the norm inside: the factors stay near 1.
    x = np.cos(theta)
    p = magnitude(np.sin(theta)) ** size * pymath.sqrt(
        pymath.prod((2 * k + 1) / (2 * k) for k in range(1, size + 1)) / (4 * pymath.pi)
    )
    if size % 2 and order > 0:
        p = -p
    before: Any = 0.0
    for k in range(size + 1, degree + 1):
        gain = pymath.sqrt((4 * k * k - 1) / (k * k - size * size))
        last = pymath.sqrt(((k - 1) ** 2 - size * size) / (4 * (k - 1) ** 2 - 1)) if k > 1 else 0.0
        before, p = p, gain * (x * p - last * before)
    return ops.complex_(p * np.cos(order * phi), p * np.sin(order * phi))
