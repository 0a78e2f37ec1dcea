"""`scipy.special`: functions of several results, of whole orders, and of complex results."""

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
from ..transforms.derivatives import stop_gradient
from ..user_code import located
from .complex_special import wofz
from .offers import UFUNC_RULES, alike, elementwise, floats, implements
from .scipy_special import _degree, _recurrence, special

np: Any = numpy  # its type stubs know no traced arrays

# Functions whose results are a tuple; the table has a row for each result.


def _several(name: str, parts: tuple[str, ...], meaning: str, count: int = 1) -> None:
    def of_one(x):
        return tuple(special(part, x) for part in parts)

    def of_two(u, m):
        return tuple(special(part, u, m) for part in parts)

    rule: Callable[..., Any] = of_one if count == 1 else of_two
    rule.__doc__ = meaning
    implements(f"special.{name}")(rule)
    UFUNC_RULES[name] = rule


_several("airy", ("airy_ai", "airy_aip", "airy_bi", "airy_bip"), "Ai, Ai', Bi and Bi'")
_several("sici", ("sici_si", "sici_ci"), "∫ sin t / t dt and ∫ cos t / t dt")
_several("shichi", ("shichi_shi", "shichi_chi"), "∫ sinh t / t dt and ∫ cosh t / t dt")
_several("fresnel", ("fresnel_s", "fresnel_c"), "∫ sin(π t² / 2) dt and ∫ cos(π t² / 2) dt")
_several(
    "ellipj", ("ellipj_sn", "ellipj_cn", "ellipj_dn", "ellipj_ph"),
    "sn, cn, dn and the amplitude; the derivative by u alone", 2,
)  # fmt: skip


# Lambert's W.

TURNS = 7
"""Halley's steps from the first guess, which the fourth does not change any more."""


def _real_lambert(x: Array, branch: int) -> Array:
    """The real w on this branch with w eʷ = x; NaN if there is none."""
    near = np.maximum(2 * (np.e * x + 1), 0.0)
    p = np.sqrt(near)
    if branch == 0:
        positive = np.maximum(x, -0.3)
        log = np.log1p(positive)
        far = log * (1 - np.log1p(log) / (2 + log))
        w = np.where(near < 0.6, -1 + p * (1 - p / 3 + 11 * near / 72), far)
    else:
        inside = np.where((x < 0) & (x > -0.3), x, -0.1)
        log = np.log(-inside)
        far = log - np.log(-log) + np.log(-log) / log
        w = np.where(near < 0.6, -1 - p * (1 + p / 3 + 11 * near / 72), far)
    for _ in range(TURNS):
        e = np.exp(w)
        f = w * e - x
        slope = e * (w + 1) - (w + 2) * f / np.where(w == -1, 1.0, 2 * w + 2)
        step = f / np.where(slope == 0, 1.0, slope)
        w = np.where((w == -1) | (slope == 0), w, w - step)
    w = np.where(x < -1 / np.e, np.nan, w)
    if branch == 0:
        return np.where(x == np.inf, x, np.where(x == 0, x, w))
    return np.where(x == 0, -np.inf, np.where(x > 0, np.nan, w))


@functools.cache
def _lambert(branch: int) -> Callable[[Array], Array]:
    @custom_jvp
    def value(x: Array) -> Array:
        return _real_lambert(x, branch)

    @value.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        """dw = dx / (eʷ (1 + w))"""
        (x,), (dx,) = primals, tangents
        w = value(x)
        return w, np.exp(-w) / (1 + w) * dx

    return value


@implements("special.lambertw")
def lambertw(z, k=0, tol=1e-8):
    """w with w eʷ = z on the branch 0 or -1, complex numbers; NaN where w is not real"""
    if isinstance(k, Array) or np.ndim(k) or k not in (0, -1):
        raise located(
            TypeError, "scipy.special.lambertw on traced arrays has the branches 0 and -1"
        )
    (x,) = floats(z)
    x = ops.cast(x, np.dtype(np.float64))  # as SciPy
    w = _lambert(int(k))(x)
    return ops.complex_(w, 0 * w)


@custom_jvp
def _wright(x: Array) -> Array:
    w = np.where(x > 1, x - np.log(np.maximum(x, 1.0)), np.exp(np.minimum(x, 1.0)) / (1 + 0.5))
    w = np.where(x < -2, np.exp(np.minimum(x, 0.0)), w)
    for _ in range(6):
        # Fritsch, Shafer and Crowley's step of fourth order.
        r = x - w - np.log(w)
        a = w + 1
        b = 2 * a * (a + 2 * r / 3)
        w = w * (1 + r / a * (b - r) / (b - 2 * r))
    return np.where(x < -50, np.exp(x), np.where(x > 1e20, x, w))


@_wright.defjvp
def _wright_rule(primals: Any, tangents: Any) -> Any:
    """dw = w / (1 + w) dx"""
    (x,), (dx,) = primals, tangents
    w = _wright(x)
    return w, w / (1 + w) * dx


@elementwise("wrightomega")
def wrightomega(x: Array) -> Array:
    """w with w + log w = x"""
    return _wright(x)


# Spherical Bessel functions of whole orders.

_SPHERICAL: dict[str, tuple[str, float, float]] = {
    # The function of half orders, and the factors of the neighbours in the derivative.
    "spherical_jn": ("jv", 1.0, -1.0),
    "spherical_yn": ("yv", 1.0, -1.0),
    "spherical_in": ("iv", 1.0, 1.0),
    "spherical_kn": ("kv", -1.0, -1.0),
}


@functools.cache
def _spherical(name: str) -> Callable[[Array, Array], Array]:
    of_half, below, above = _SPHERICAL[name]
    at_zero = name in ("spherical_jn", "spherical_in")

    @custom_jvp
    def value(n: Array, x: Array) -> Array:
        zero = x == 0
        size = np.where(zero, 1.0, abs(x))
        y = np.sqrt(np.pi / 2 / size) * special(of_half, n + 0.5, size)
        odd = n - 2 * np.floor(0.5 * n)
        turned = odd if name != "spherical_yn" else 1 - odd
        if name == "spherical_kn":
            y = np.where(x < 0, np.nan, y)
        else:
            y = np.where((x < 0) & (turned == 1), -y, y)
        if at_zero:
            return np.where(zero, np.where(n == 0, 1.0, 0.0), y)
        return np.where(zero, -np.inf if name == "spherical_yn" else np.inf, y)

    @value.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        """d f_n(x) = (± n f_(n - 1)(x) ± (n + 1) f_(n + 1)(x)) / (2n + 1) dx"""
        (n, x), (_, dx) = primals, tangents
        lower = value(np.where(n > 0, n - 1, 0.0), x)
        slope = (below * n * lower + above * (n + 1) * value(n + 1, x)) / (2 * n + 1)
        return value(n, x), slope * dx

    return value


def _offer_spherical(name: str, meaning: str) -> None:
    value = _spherical(name)

    def rule(n, z, derivative=False):
        n, x = alike(stop_gradient(ops.lift(n)), z)
        if not derivative:
            return value(n, x)
        _, below, above = _SPHERICAL[name]
        lower = value(np.where(n > 0, n - 1, 0.0), x)
        return (below * n * lower + above * (n + 1) * value(n + 1, x)) / (2 * n + 1)

    rule.__doc__ = f"{meaning}, of a whole order; the derivative by z alone"
    implements(f"special.{name}")(rule)


for _name, _meaning in (
    ("spherical_jn", "√(π / 2z) J_(n + ½)(z)"), ("spherical_yn", "√(π / 2z) Y_(n + ½)(z)"),
    ("spherical_in", "√(π / 2z) I_(n + ½)(z)"), ("spherical_kn", "√(π / 2z) K_(n + ½)(z)"),
):  # fmt: skip
    _offer_spherical(_name, _meaning)


@elementwise("hankel1")
def hankel1(v: Array, z: Array) -> Array:
    """J_v(z) + i Y_v(z) of a real z; NaN at 0"""
    first, second, cosine, sine = _bessel_pair(v, z)
    # H⁽¹⁾_v(-x) = -exp(-i v π) H⁽²⁾_v(x)
    left = (sine * second - cosine * first, cosine * second + sine * first)
    return ops.complex_(*(np.where(z < 0, a, b) for a, b in zip(left, (first, second))))


@elementwise("hankel2")
def hankel2(v: Array, z: Array) -> Array:
    """J_v(z) - i Y_v(z) of a real z; NaN at 0"""
    first, second, cosine, sine = _bessel_pair(v, z)
    # H⁽²⁾_v(-x) = (2 exp(i v π) + exp(-i v π)) J_v(x) - i exp(-i v π) Y_v(x)
    left = (3 * cosine * first - sine * second, sine * first - cosine * second)
    return ops.complex_(*(np.where(z < 0, a, b) for a, b in zip(left, (first, -second))))


def _bessel_pair(v: Array, z: Array) -> tuple[Array, ...]:
    """J_v(x) and Y_v(x) of the size x of z, NaN at 0; cos(v π) and sin(v π)."""
    none = (z == 0) | np.isinf(v)
    angle = np.pi * (v - 2 * np.rint(v / 2))
    pair = [np.where(none, np.nan, special(name, v, abs(z))) for name in ("jv", "yv")]
    return (*pair, np.cos(angle), np.sin(angle))


# Line shapes, means, and inverses of distributions.


@elementwise("voigt_profile")
def voigt_profile(x: Array, sigma: Array, gamma: Array) -> Array:
    """The density of a normal number plus a Cauchy number, by wofz"""
    narrow = sigma == 0
    width = np.where(narrow, 1.0, sigma) * pymath.sqrt(2)
    place = x / width
    w = np.real(wofz(ops.complex_(place, gamma / width)))
    # Far from 0, w is almost imaginary, and its real part has few digits. Without a Cauchy number
    # it is known. The derivatives by gamma are those of w.
    known = np.exp(-place * place)
    w = np.where(gamma == 0, stop_gradient(known) + (w - stop_gradient(w)), w)
    smooth = w / (width * pymath.sqrt(pymath.pi))
    value = np.where(narrow, _narrow_voigt(x, sigma, gamma), smooth)
    return np.where((x == 0) & narrow & (gamma == 0), np.inf, value)


def _narrow_voigt(x: Array, sigma: Array, gamma: Array) -> Array:
    """
    Voigt's profile near sigma = 0, for the derivatives there: Σ sigma²ᵏ / (2ᵏ k!) L⁽²ᵏ⁾(x) with the
    Cauchy density L, which is the imaginary part of 1 / (π c), c = x - i gamma. The first terms
    give all derivatives by sigma up to the seventh.
    """
    size = x * x + gamma * gamma
    real, imaginary = x / size, gamma / size  # 1 / c
    square_re, square_im = real * real - imaginary * imaginary, 2 * real * imaginary
    weight = sigma * sigma
    re, im = filled(x, 1), filled(x, 0)
    for k in (5, 3, 1):  # Σ (2k - 1)!! sigma²ᵏ / c²ᵏ, from the last term
        re, im = (
            1 + k * weight * (square_re * re - square_im * im),
            k * weight * (square_re * im + square_im * re),
        )
    return (imaginary * re + real * im) / np.pi


@elementwise("agm")
def agm(a: Array, b: Array) -> Array:
    """The limit of arithmetic and geometric means of positive numbers"""
    total = a + b
    # 1 - ((a - b) / (a + b))², which has its digits also where one number is far smaller.
    rest = 4 * (a / total) * (b / total)
    value = np.pi / 4 * total / special("ellipkm1", rest)
    is_limit = ((a == 0) & (b == 0)) | ((np.isinf(a) | np.isinf(b)) & (a * b > 0))
    return np.where(is_limit, total, value)


@elementwise("fdtri")
def fdtri(m: Array, n: Array, p: Array) -> Array:
    """The inverse of fdtr in x"""
    w, rest = special("betaincinv", m / 2, n / 2, p), special("betainccinv", n / 2, m / 2, p)
    return n * w / (m * rest)


@elementwise("gdtrix")
def gdtrix(a: Array, b: Array, p: Array) -> Array:
    """The inverse of gdtr in x"""
    return special("gammaincinv", b, p) / a


@elementwise("diric")
def diric(x: Array, n: Array) -> Array:
    """sin(n x / 2) / (n sin(x / 2))"""
    whole = np.rint(x / (2 * np.pi))
    near = x - 2 * np.pi * whole
    turns = whole * (n - 1)
    sign = 1 - 2 * (turns - 2 * np.floor(turns / 2))
    # `sinc` has derivatives of any order at 0, and a quotient of sines has none there.
    return sign * np.sinc(n * near / (2 * np.pi)) / np.sinc(near / (2 * np.pi))


# Polynomials of a static degree, with parameters.


@implements("special.eval_genlaguerre")
def eval_genlaguerre(n, alpha, x):
    """The generalized Laguerre polynomial of the static degree n"""
    a, x = alike(alpha, x)

    def step(k: int, p: Array, before: Array) -> Array:
        return ((2 * k + 1 + a - x) * p - (k + a) * before) / (k + 1)

    return _recurrence(_degree("eval_genlaguerre", n), x, 1 + a - x, step)


@implements("special.eval_gegenbauer")
def eval_gegenbauer(n, alpha, x):
    """The Gegenbauer polynomial of the static degree n"""
    a, x = alike(alpha, x)

    def step(k: int, p: Array, before: Array) -> Array:
        return (2 * (k + a) * x * p - (k + 2 * a - 1) * before) / (k + 1)

    return _recurrence(_degree("eval_gegenbauer", n), x, 2 * a * x, step)


@implements("special.eval_jacobi")
def eval_jacobi(n, alpha, beta, x):
    """The Jacobi polynomial of the static degree n"""
    a, b, x = alike(alpha, beta, x)

    def step(k: int, p: Array, before: Array) -> Array:
        m = k + 1
        s = 2 * m + a + b
        middle = (s - 1) * (s * (s - 2) * x + a * a - b * b) * p
        return (middle - 2 * (m + a - 1) * (m + b - 1) * s * before) / (
            2 * m * (m + a + b) * (s - 2)
        )

    first = (a + 1) + (a + b + 2) * (x - 1) / 2
    return _recurrence(_degree("eval_jacobi", n), x, first, step)


@implements("special.eval_sh_legendre")
def eval_sh_legendre(n, x):
    """The Legendre polynomial of the static degree n at 2x - 1"""
    (x,) = floats(x)

    def step(k: int, p: Array, before: Array) -> Array:
        return ((2 * k + 1) * (2 * x - 1) * p - k * before) / (k + 1)

    return _recurrence(_degree("eval_sh_legendre", n), x, 2 * x - 1, step)


@implements("special.eval_sh_chebyt")
def eval_sh_chebyt(n, x):
    """The Chebyshev polynomial of the first kind of the static degree n at 2x - 1"""
    (x,) = floats(x)
    y = 2 * x - 1
    return _recurrence(_degree("eval_sh_chebyt", n), y, y, lambda k, p, b: 2 * y * p - b)


@implements("special.eval_chebyc")
def eval_chebyc(n, x):
    """2 T_n(x / 2), of the static degree n"""
    (x,) = floats(x)
    degree = _degree("eval_chebyc", n)
    y = x / 2
    return 2 * _recurrence(degree, y, y, lambda k, p, b: 2 * y * p - b)


@implements("special.eval_chebys")
def eval_chebys(n, x):
    """U_n(x / 2), of the static degree n"""
    (x,) = floats(x)
    return _recurrence(_degree("eval_chebys", n), x, x, lambda k, p, b: x * p - b)
