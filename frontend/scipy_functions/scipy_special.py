"""
`scipy.special`: the table of special functions, and functions that are made of these.

A function here keeps the digits of SciPy's function. So it is a formula of functions of the table
that have no cancellation.
"""

from __future__ import annotations

import inspect
import math as pymath
from typing import Any

import numpy
from xdsl.dialects import math

from ...dialects import ten
from .. import exponentials, ops
from ..numpy_functions.elementwise import filled
from ..ops import lift
from ..tracing import Array, emit, use
from ..transforms.derivatives import stop_gradient
from ..user_code import located
from .offers import UFUNC_RULES, alike, elementwise, floats, implements

np: Any = numpy  # its type stubs know no traced arrays


def special(name: str, *xs: Any) -> Array:
    """A function of the table at each place, of arrays that broadcast."""
    values = [use(x) for x in alike(*xs)]
    return emit(lambda: ten.SpecialOp(name, *values))


def _offer(name: str, row: ten.SpecialFunction) -> None:
    """The rule of a function of the table, with as many parameters as the function has."""

    def rule(*xs: Array) -> Array:
        return special(name, *xs)

    kind = inspect.Parameter.POSITIONAL_ONLY
    rule.__signature__ = inspect.Signature(
        [inspect.Parameter(parameter, kind) for parameter in row.parameters]
    )
    rule.__name__, rule.__doc__ = name, row.equation
    elementwise(name)(rule)


for _name, _row in ten.FUNCTIONS.items():
    if _name != "zeta" and _row.output is None:
        _offer(_name, _row)


# Functions of NumPy that are also SciPy's.


@elementwise("erf")
def erf(x: Array) -> Array:
    """2/√π ∫ exp(-t²) dt from 0 to x"""
    return ops.unary(math.ErfOp, x)


@elementwise("expm1")
def expm1(x: Array) -> Array:
    """eˣ - 1"""
    return np.expm1(x)


@elementwise("log1p")
def log1p(x: Array) -> Array:
    """log(1 + x)"""
    return np.log1p(x)


@elementwise("cbrt")
def cbrt(x: Array) -> Array:
    """∛x"""
    return np.cbrt(x)


@elementwise("exp2")
def exp2(x: Array) -> Array:
    """2ˣ"""
    return np.exp2(x)


@elementwise("exp10")
def exp10(x: Array) -> Array:
    """10ˣ"""
    return np.power(10.0, x)


@elementwise("powm1")
def powm1(x: Array, y: Array) -> Array:
    """x^y - 1"""
    value = np.where(x < 0, np.power(x, y) - 1, np.expm1(special("xlogy", y, x)))
    one = ((x == 1) & ~np.isfinite(y)) | ((y == 0) & np.isnan(x))
    return np.where(one, 0.0, value)


@implements("special.sinc")
def sinc(x):
    """sin(π x) / (π x)"""
    return np.sinc(lift(x))


def _of_degrees(x: Array) -> tuple[Array, Array, Array, Array]:
    """
    Sine and cosine of x degrees behind whole quarters of a turn, which go away without rounding;
    and whether the number of these quarters is odd, and whether it leaves 2 or 3 by 4.
    """
    quarters = np.rint(x / 90)
    rest = (x - 90 * quarters) * (pymath.pi / 180)
    left = quarters - 4 * np.floor(quarters / 4)
    return np.sin(rest), np.cos(rest), (left == 1) | (left == 3), left >= 2


@elementwise("sindg")
def sindg(x: Array) -> Array:
    """sin x, x in degrees"""
    sine, cosine, odd, turned = _of_degrees(x)
    value = np.where(odd, cosine, sine)
    return _of_known_angle(x, np.where(turned, -value, value))


@elementwise("cosdg")
def cosdg(x: Array) -> Array:
    """cos x, x in degrees"""
    sine, cosine, odd, turned = _of_degrees(x)
    value = np.where(odd, -sine, cosine)
    return _of_known_angle(x, np.where(turned, -value, value))


@elementwise("tandg")
def tandg(x: Array) -> Array:
    """tan x, x in degrees; ∞ at the poles"""
    sine, cosine, odd, _ = _of_degrees(x)
    return _of_known_angle(x, _quotient(np.where(odd, cosine, sine), np.where(odd, -sine, cosine)))


@elementwise("cotdg")
def cotdg(x: Array) -> Array:
    """cot x, x in degrees; ∞ at the poles"""
    sine, cosine, odd, _ = _of_degrees(x)
    return _of_known_angle(x, _quotient(np.where(odd, -sine, cosine), np.where(odd, cosine, sine)))


def _of_known_angle(x: Array, value: Array) -> Array:
    """The value, and 0 for so many degrees that the angle is not known: SciPy's bound."""
    return np.where(abs(x) > 1e14, 0.0, value)


def _quotient(above: Array, below: Array) -> Array:
    """above / below, and ∞ where below is 0 or -0: there, above is 1."""
    return above / np.where(below == 0, abs(below), below)


@elementwise("radian")
def radian(d: Array, m: Array, s: Array) -> Array:
    """The angle of d degrees, m minutes and s seconds"""
    return (d + (m + s / 60) / 60) * (np.pi / 180)


# Sums of exponentials.


@implements("special.softmax")
def softmax(x, axis=None):
    """exp(x) / Σ exp(x)"""
    return exponentials.softmax(x, axis)


@implements("special.log_softmax")
def log_softmax(x, axis=None):
    """log softmax x"""
    return exponentials.log_softmax(x, axis)


@implements("special.logsumexp")
def logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    """log Σ b exp(a), and with `return_sign` the sign of the sum beside the log of its size"""
    a = np.atleast_1d(a) if axis is not None else a  # SciPy takes a number as one element
    if b is None and not return_sign:
        return exponentials.logsumexp(a, axis, keepdims)
    a, b = alike(a, 1.0 if b is None else b)
    dims = ops.axes(axis, a.ndim)
    a = np.where(b == 0, -np.inf, a)  # exp(∞) · 0 is NaN, and such an element does not count
    largest = stop_gradient(np.max(a, axis=dims, keepdims=True, initial=-np.inf))
    largest = np.where(np.isinf(largest), 0.0, largest)
    total = np.sum(b * np.exp(a - largest), axis=dims, keepdims=True)
    size = np.log(abs(total) if return_sign else total) + largest
    sign = np.sign(total)
    if not keepdims:
        size, sign = np.squeeze(size, dims), np.squeeze(sign, dims)
    return (size, sign) if return_sign else size


# Gamma functions and their relatives.


@elementwise("digamma")
def digamma(x: Array) -> Array:
    """ψ(x)"""
    return special("psi", x)


@elementwise("loggamma")
def loggamma(x: Array) -> Array:
    """log Γ(x), NaN for x < 0"""
    return np.where(x < 0, np.nan, special("gammaln", x))


@elementwise("gammasgn")
def gammasgn(x: Array) -> Array:
    """The sign of Γ(x); NaN at the poles, where it changes"""
    whole = np.floor(x)
    odd = whole - 2 * np.floor(0.5 * whole)
    below = np.where(whole == x, np.nan, 1 - 2 * odd)
    at_zero = np.copysign(filled(x, 1), x)
    sign = np.where(x > 0, filled(x, 1), np.where(x == 0, at_zero, below))
    return np.where(x == -np.inf, np.nan, np.where(np.isnan(x), x, sign))


@implements("special.polygamma")
def polygamma(n, x):
    """The n-th derivative of ψ(x); the derivative by x alone"""
    n, x = alike(stop_gradient(lift(n)), x)
    size = special("gamma", n + 1) * special("zeta", n + 1, x)
    odd = n - 2 * np.floor(0.5 * n)
    # (-1)^(n + 1), which is no real number for a broken n.
    sign = np.where((odd == 1) | np.isinf(n), 1.0, np.where(odd == 0, -1.0, np.nan))
    return np.where(n == 0, special("psi", x), sign.astype(size.dtype) * size)


@implements("special.zeta")
def zeta(x, q=None):
    """Σ 1 / (q + k)^x over k ≥ 0, q = 1 if it is not given; without q, ζ(x) for all x"""
    return _riemann_zeta(x) if q is None else special("zeta", x, q)


BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)
"""B₂, B₄, …"""


def _riemann_zeta(x: Any) -> Array:
    """
    ζ(x): for 0 ≤ x < 1 by the formula of Euler and Maclaurin behind 12 terms, and for x < 0 by

        ζ(x) = 2 (2π)^(x - 1) sin(π x / 2) Γ(1 - x) ζ(1 - x)
    """
    (x,) = alike(x)
    s = np.where((x >= 0) & (x < 1), x, 0.5)
    log_a, a = pymath.log(13.0), 13.0
    total = np.exp((1 - s) * log_a) / (s - 1) + 0.5 * np.exp(-s * log_a)
    for k in range(1, 13):
        total = total + np.exp(-s * pymath.log(k))
    product = s * np.exp(-s * log_a) / a
    for j, number in enumerate(BERNOULLI, 1):
        total = total + number / pymath.factorial(2 * j) * product
        product = product * (s + (2 * j - 1)) * (s + 2 * j) / (a * a)
    low = np.where(x < 0, x, -0.5)
    turn = 0.5 * low - 2 * np.round(0.25 * low)  # from -1 to 1; its sine is 0 at both ends
    turn = np.where(abs(turn) > 0.5, np.sign(turn) - turn, turn)
    mirror = 2 * np.exp((low - 1) * pymath.log(2 * pymath.pi)) * np.sin(pymath.pi * turn)
    mirror = mirror * special("gamma", 1 - low) * special("zeta", 1 - low, 1.0)
    high = special("zeta", np.where((x < 1) | (x == 1), 2.0, x), 1.0)
    inside = np.where(x < 1, np.where(x < 0, mirror, total), high)
    return np.where(x == 1, pymath.inf, inside)


UFUNC_RULES["_zeta"] = lambda x, q: special("zeta", x, q)
UFUNC_RULES["_riemann_zeta"] = _riemann_zeta


@implements("special.multigammaln")
def multigammaln(a, d):
    """log Γ_d(a), for a static d"""
    (a,) = floats(a)
    if int(d) != d or d < 1:
        raise located(ValueError, "d should be a positive integer (dimension)")
    parts = a[..., None] - np.arange(int(d), dtype=a.dtype) / 2
    constant = int(d) * (int(d) - 1) / 4 * pymath.log(pymath.pi)
    return np.sum(special("gammaln", parts), axis=-1) + constant


@implements("special.comb")
def comb(N, k, exact=False, repetition=False):
    """n! / (k! (n - k)!), 0 outside of 0 ≤ k ≤ n; floats only"""
    if exact:
        raise located(ValueError, "scipy.special.comb on traced arrays has no exact=True")
    if repetition:
        return comb(N + k - 1, k)
    n, k = alike(N, k)
    inside = (k >= 0) & (n >= 0) & (k <= n)
    return np.where(inside, special("binom", n, k), 0.0)


@implements("special.perm")
def perm(N, k, exact=False):
    """n! / (n - k)!, 0 outside of 0 ≤ k ≤ n; floats only"""
    if exact:
        raise located(ValueError, "scipy.special.perm on traced arrays has no exact=True")
    n, k = alike(N, k)
    inside = (k >= 0) & (n >= 0) & (k <= n)
    return np.where(inside, special("poch", n - k + 1, k), 0.0)


@implements("special.factorial")
def factorial(n, exact=False):
    """Γ(n + 1), 0 for n < 0; floats only"""
    if exact:
        raise located(ValueError, "scipy.special.factorial on traced arrays has no exact=True")
    (n,) = floats(n)
    return np.where(n < 0, 0.0, special("gamma", n + 1))


# Bessel functions of integer order.


@elementwise("jn")
def jn(n: Array, x: Array) -> Array:
    """J_n(x)"""
    return special("jv", n, x)


@elementwise("yn")
def yn(n: Array, x: Array) -> Array:
    """Y_n(x), the order rounded towards 0"""
    return special("yv", np.trunc(n), x)


@elementwise("kn")
def kn(n: Array, x: Array) -> Array:
    """K_n(x), the order rounded towards 0"""
    return special("kv", np.trunc(n), x)


# Distributions.


@elementwise("chdtr")
def chdtr(v: Array, x: Array) -> Array:
    """The probability of a χ² number of v degrees of freedom up to x"""
    return np.where(x < 0, np.nan, special("gammainc", v / 2, x / 2))


@elementwise("chdtrc")
def chdtrc(v: Array, x: Array) -> Array:
    """1 - chdtr(v, x)"""
    return np.where(x < 0, np.nan, special("gammaincc", v / 2, x / 2))


@elementwise("chdtri")
def chdtri(v: Array, p: Array) -> Array:
    """The inverse of chdtrc in x"""
    return 2 * special("gammainccinv", v / 2, p)


@elementwise("gdtr")
def gdtr(a: Array, b: Array, x: Array) -> Array:
    """The probability of a gamma number of rate a and shape b up to x"""
    return np.where(x < 0, np.nan, special("gammainc", b, a * x))


@elementwise("gdtrc")
def gdtrc(a: Array, b: Array, x: Array) -> Array:
    """1 - gdtr(a, b, x)"""
    return np.where(x < 0, np.nan, special("gammaincc", b, a * x))


@elementwise("pdtr")
def pdtr(k: Array, m: Array) -> Array:
    """The probability of a Poisson number of mean m up to k"""
    return np.where((k < 0) | (m < 0), np.nan, special("gammaincc", np.floor(k) + 1, m))


@elementwise("pdtrc")
def pdtrc(k: Array, m: Array) -> Array:
    """1 - pdtr(k, m)"""
    return np.where((k < 0) | (m < 0), np.nan, special("gammainc", np.floor(k) + 1, m))


@elementwise("bdtr")
def bdtr(k: Array, n: Array, p: Array) -> Array:
    """The probability of at most k successes in n trials of probability p"""
    value = np.where(np.floor(k) == n, 1.0, _binomial("betaincc", k, n, p))
    return np.where((k < 0) | (p < 0) | (p > 1) | (np.floor(k) > n), np.nan, value)


@elementwise("bdtrc")
def bdtrc(k: Array, n: Array, p: Array) -> Array:
    """1 - bdtr(k, n, p)"""
    value = np.where(np.floor(k) == n, 0.0, _binomial("betainc", k, n, p))
    return np.where((p < 0) | (p > 1) | (np.floor(k) > n), np.nan, np.where(k < 0, 1.0, value))


def _binomial(name: str, k: Array, n: Array, p: Array) -> Array:
    k = np.floor(k)
    inside = (k >= 0) & (k < n)
    return special(name, np.where(inside, k + 1, 1.0), np.where(inside, n - k, 1.0), p)


@elementwise("nbdtr")
def nbdtr(k: Array, n: Array, p: Array) -> Array:
    """The probability of at most k failures before n successes of probability p"""
    return np.where((k < 0) | (n <= 0), np.nan, special("betainc", n, np.floor(k) + 1, p))


@elementwise("nbdtrc")
def nbdtrc(k: Array, n: Array, p: Array) -> Array:
    """1 - nbdtr(k, n, p)"""
    return np.where((k < 0) | (n <= 0), np.nan, special("betaincc", n, np.floor(k) + 1, p))


@elementwise("fdtr")
def fdtr(m: Array, n: Array, x: Array) -> Array:
    """The probability of an F number of m and n degrees of freedom up to x"""
    w = m * x
    return np.where(
        (x < 0) | (m <= 0) | (n <= 0), np.nan, special("betainc", m / 2, n / 2, w / (n + w))
    )


@elementwise("fdtrc")
def fdtrc(m: Array, n: Array, x: Array) -> Array:
    """1 - fdtr(m, n, x)"""
    w = m * x
    return np.where(
        (x < 0) | (m <= 0) | (n <= 0), np.nan, special("betainc", n / 2, m / 2, n / (n + w))
    )


# Polynomials of a static degree.


def _degree(name: str, n: Any) -> int:
    if isinstance(n, Array) or np.ndim(n) or int(n) != n or n < 0:
        raise located(
            TypeError,
            f"scipy.special.{name} on traced arrays takes a static degree n ≥ 0, not {n!r}",
        )
    return int(n)


def _recurrence(n: int, x: Array, first: Array, step: Any) -> Array:
    """p_n of p₀ = 1, p₁ = `first`, p_(k+1) = step(k, p_k, p_(k-1))"""
    before, p = filled(x, 1), first
    if n == 0:
        return before
    for k in range(1, n):
        before, p = p, step(k, p, before)
    return p


@implements("special.eval_legendre")
def eval_legendre(n, x):
    """The Legendre polynomial of the static degree n"""
    (x,) = floats(x)

    def step(k: int, p: Array, before: Array) -> Array:
        return ((2 * k + 1) * x * p - k * before) / (k + 1)

    return _recurrence(_degree("eval_legendre", n), x, x, step)


@implements("special.eval_chebyt")
def eval_chebyt(n, x):
    """The Chebyshev polynomial of the first kind of the static degree n"""
    (x,) = floats(x)
    return _recurrence(_degree("eval_chebyt", n), x, x, lambda k, p, b: 2 * x * p - b)


@implements("special.eval_chebyu")
def eval_chebyu(n, x):
    """The Chebyshev polynomial of the second kind of the static degree n"""
    (x,) = floats(x)
    return _recurrence(_degree("eval_chebyu", n), x, 2 * x, lambda k, p, b: 2 * x * p - b)


@implements("special.eval_hermite")
def eval_hermite(n, x):
    """The Hermite polynomial of physics of the static degree n"""
    (x,) = floats(x)
    return _recurrence(_degree("eval_hermite", n), x, 2 * x, lambda k, p, b: 2 * x * p - 2 * k * b)


@implements("special.eval_hermitenorm")
def eval_hermitenorm(n, x):
    """The Hermite polynomial of statistics of the static degree n"""
    (x,) = floats(x)
    return _recurrence(_degree("eval_hermitenorm", n), x, x, lambda k, p, b: x * p - k * b)


@implements("special.eval_laguerre")
def eval_laguerre(n, x):
    """The Laguerre polynomial of the static degree n"""
    (x,) = floats(x)

    def step(k: int, p: Array, before: Array) -> Array:
        return ((2 * k + 1 - x) * p - k * before) / (k + 1)

    return _recurrence(_degree("eval_laguerre", n), x, 1 - x, step)
