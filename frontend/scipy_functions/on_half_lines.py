"""More distributions on the half line in `scipy.stats`."""

# The formulas of a distribution name its own shapes, where the base class has any number of them.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

import math as pymath
from typing import Any

import numpy

from ..tracing import Array
from .distributions import (
    INF,
    LOG_2PI,
    Distribution,
    decay,
    distribution,
    half_square,
    log_rise,
    rise,
)  # fmt: skip
from .scipy_special import erf, special

np: Any = numpy  # its type stubs know no traced arrays


def noncentral_square_above(y: Array, df: Any, nc: Any) -> Array:
    """The probability of a noncentral χ² number above y. SciPy's function gives -0.0 at 0."""
    inside = (y > 0) & (y < INF)
    value = special("ncx2_sf", np.where(inside, y, 1.0), df, nc)
    return np.where(inside, value, np.where(y <= 0, 1.0, np.where(y > 0, 0.0, y)))


@distribution
class Maxwell(Distribution):
    """The Maxwell distribution."""

    name = "maxwell"

    def _support(self):
        return 0.0, INF

    def _logpdf(self, y):
        return (
            (pymath.log(2) - pymath.log(pymath.pi)) / 2 + special("xlogy", 2.0, y) - half_square(y)
        )

    def _cdf(self, y):
        return special("gammainc", 1.5, half_square(y))

    def _sf(self, y):
        return special("gammaincc", 1.5, half_square(y))

    def _ppf(self, p):
        return np.sqrt(2 * special("gammaincinv", 1.5, p))

    def _isf(self, q):
        return np.sqrt(2 * special("gammainccinv", 1.5, q))

    def _mean(self):
        return 2 * pymath.sqrt(2 / pymath.pi)

    def _var(self):
        return 3 - 8 / pymath.pi

    def _entropy(self):
        return np.euler_gamma + (LOG_2PI - 1) / 2


@distribution
class Chi(Distribution):
    """The χ distribution."""

    name, shapes = "chi", ("df",)

    def _support(self, df):
        return 0.0, INF

    def _logpdf(self, y, df):
        constant = (df / 2 - 1) * pymath.log(2) + special("gammaln", df / 2)
        return special("xlogy", df - 1, y) - half_square(y) - constant

    def _cdf(self, y, df):
        return special("gammainc", df / 2, half_square(y))

    def _sf(self, y, df):
        return special("gammaincc", df / 2, half_square(y))

    def _ppf(self, p, df):
        return np.sqrt(2 * special("gammaincinv", df / 2, p))

    def _isf(self, q, df):
        return np.sqrt(2 * special("gammainccinv", df / 2, q))

    def _mean(self, df):
        return pymath.sqrt(2) * special("poch", df / 2, 0.5)

    def _var(self, df):
        mean = self._mean(df)
        return df - mean * mean

    def _entropy(self, df):
        h = df / 2
        return special("gammaln", h) + (df - pymath.log(2) - (df - 1) * special("psi", h)) / 2


@distribution
class InverseGauss(Distribution):
    """The inverse Gaussian distribution."""

    name, shapes = "invgauss", ("mu",)

    def _support(self, mu):
        return 0.0, INF

    def _logpdf(self, y, mu):
        z = (y - mu) / mu
        value = -(LOG_2PI + 3 * np.log(y) + z * z / y) / 2
        return np.where(y > 0, value, -INF)

    def _cdf(self, y, mu):
        return np.exp(self._logcdf(y, mu))

    def _sf(self, y, mu):
        return np.exp(self._logsf(y, mu))

    def _logcdf(self, y, mu):
        a, b = self._logarithms(y, mu, 1)
        return np.where(y > 0, a + np.log1p(np.exp(b - a)), -INF)

    def _logsf(self, y, mu):
        a, b = self._logarithms(y, mu, -1)
        return np.where(y > 0, a + np.log1p(-np.exp(b - a)), 0.0)

    def _mean(self, mu):
        return mu

    def _var(self, mu):
        return mu * mu * mu

    @staticmethod
    def _logarithms(y, mu, sign):
        """Of the two terms of the distribution function, or of its complement."""
        root = 1 / np.sqrt(y)
        a = special("log_ndtr", sign * root * (y / mu - 1))
        # The second term is the smaller one. Both are so large near 0 that rounding may hide this.
        return a, np.minimum(2 / mu + special("log_ndtr", -root * (y + mu) / mu), a)


@distribution
class Wald(InverseGauss):
    """The Wald distribution: `invgauss` with the mean 1."""

    name, shapes = "wald", ()

    def _support(self):
        return 0.0, INF

    def _logpdf(self, y):
        return super()._logpdf(y, 1.0)

    def _cdf(self, y):
        return np.exp(self._logcdf(y))

    def _sf(self, y):
        return np.exp(self._logsf(y))

    def _logcdf(self, y):
        return super()._logcdf(y, 1.0)

    def _logsf(self, y):
        return super()._logsf(y, 1.0)

    def _mean(self):
        return 1.0

    def _var(self):
        return 1.0


@distribution
class Fisk(Distribution):
    """The log-logistic distribution."""

    name, shapes = "fisk", ("c",)

    def _support(self, c):
        return 0.0, INF

    def _logpdf(self, y, c):
        power = np.power(y, c)
        return np.log(c) + special("xlogy", c - 1, y) - 2 * np.log1p(power)

    def _cdf(self, y, c):
        return np.where(y > 0, special("expit", c * np.log(y)), 0.0)

    def _sf(self, y, c):
        return np.where(y > 0, special("expit", -c * np.log(y)), 1.0)

    def _ppf(self, p, c):
        return np.exp(special("logit", p) / c)

    def _isf(self, q, c):
        return np.exp(-special("logit", q) / c)

    def _entropy(self, c):
        return 2 - np.log(c)


@distribution
class Lomax(Distribution):
    """The Lomax distribution, a Pareto distribution that begins at 0."""

    name, shapes = "lomax", ("c",)

    def _support(self, c):
        return 0.0, INF

    def _logpdf(self, y, c):
        return np.log(c) - (c + 1) * np.log1p(y)

    def _cdf(self, y, c):
        return -np.expm1(-c * np.log1p(y))

    def _sf(self, y, c):
        return np.exp(-c * np.log1p(y))

    def _logsf(self, y, c):
        return -c * np.log1p(y)

    def _ppf(self, p, c):
        return np.expm1(-np.log1p(-p) / c)

    def _isf(self, q, c):
        return np.expm1(-np.log(q) / c)

    def _mean(self, c):
        return np.where(c > 1, 1 / (c - 1), INF)

    def _var(self, c):
        return np.where(c > 2, c / ((c - 1) * (c - 1) * (c - 2)), INF)

    def _entropy(self, c):
        return 1 + 1 / c - np.log(c)


@distribution
class GeneralizedPareto(Distribution):
    """The generalized Pareto distribution; with c = 0 an exponential one."""

    name, shapes = "genpareto", ("c",)

    def _valid(self, c):
        return (c == c) & (abs(c) < INF)

    def _support(self, c):
        return 0.0, np.where(c < 0, -1 / np.where(c < 0, c, -1.0), INF)

    def _logpdf(self, y, c):
        # With c = -1 the density is 1, also at its end, where the logarithm is infinite.
        z = np.where((c == -1) & (c * y == -1), 0.0, c * y)
        return -(c + 1) * y * log1p_over(z)

    def _cdf(self, y, c):
        return -np.expm1(-y * log1p_over(c * y))

    def _sf(self, y, c):
        return np.exp(-y * log1p_over(c * y))

    def _logsf(self, y, c):
        return -y * log1p_over(c * y)

    def _ppf(self, p, c):
        u = -np.log1p(-p)
        return expm1_over(c, u)

    def _isf(self, q, c):
        u = -np.log(q)
        return expm1_over(c, u)

    def _mean(self, c):
        return np.where(c < 1, 1 / (1 - c), INF)

    def _var(self, c):
        return np.where(c < 0.5, 1 / ((1 - c) * (1 - c) * (1 - 2 * c)), INF)

    def _entropy(self, c):
        return 1 + c


@distribution
class Gompertz(Distribution):
    """The Gompertz distribution."""

    name, shapes = "gompertz", ("c",)

    def _support(self, c):
        return 0.0, INF

    def _logpdf(self, y, c):
        return np.log(c) + y - c * np.expm1(y)

    def _cdf(self, y, c):
        return rise(c * np.expm1(y))

    def _sf(self, y, c):
        return decay(c * np.expm1(y))

    def _logsf(self, y, c):
        return -c * np.expm1(y)

    def _ppf(self, p, c):
        return np.log1p(-np.log1p(-p) / c)

    def _isf(self, q, c):
        return np.log1p(-np.log(q) / c)


@distribution
class HalfLogistic(Distribution):
    """The distribution of the size of a logistic number."""

    name = "halflogistic"

    def _support(self):
        return 0.0, INF

    def _logpdf(self, y):
        return pymath.log(2) - y - 2 * np.log1p(np.exp(-y))

    def _cdf(self, y):
        return np.tanh(y / 2)

    def _sf(self, y):
        return 2 * special("expit", -y)

    def _logsf(self, y):
        return pymath.log(2) + special("log_expit", -y)

    def _ppf(self, p):
        return 2 * np.arctanh(p)

    def _isf(self, q):
        return -special("logit", q / 2)

    def _mean(self):
        return 2 * pymath.log(2)

    def _var(self):
        return pymath.pi**2 / 3 - 4 * pymath.log(2) ** 2

    def _entropy(self):
        return 2 - pymath.log(2)


@distribution
class Levy(Distribution):
    """The Lévy distribution."""

    name = "levy"

    def _support(self):
        return 0.0, INF

    def _logpdf(self, y):
        return np.where(y > 0, -(LOG_2PI + 3 * np.log(y) + 1 / y) / 2, -INF)

    def _cdf(self, y):
        return np.where(y > 0, special("erfc", np.sqrt(0.5 / y)), 0.0)

    def _sf(self, y):
        return np.where(y > 0, erf(np.sqrt(0.5 / y)), 1.0)

    def _ppf(self, p):
        z = special("erfcinv", p)
        return 0.5 / (z * z)

    def _isf(self, q):
        z = special("erfinv", q)
        return 0.5 / (z * z)

    def _mean(self):
        return INF

    def _var(self):
        return INF

    def _entropy(self):
        return (1 + 3 * np.euler_gamma + pymath.log(16 * pymath.pi)) / 2


@distribution
class Nakagami(Distribution):
    """The Nakagami distribution."""

    name, shapes = "nakagami", ("nu",)

    def _support(self, nu):
        return 0.0, INF

    def _logpdf(self, y, nu):
        constant = pymath.log(2) + special("xlogy", nu, nu) - special("gammaln", nu)
        return constant + special("xlogy", 2 * nu - 1, y) - nu * y * y

    def _cdf(self, y, nu):
        return special("gammainc", nu, nu * y * y)

    def _sf(self, y, nu):
        return special("gammaincc", nu, nu * y * y)

    def _ppf(self, p, nu):
        return np.sqrt(special("gammaincinv", nu, p) / nu)

    def _isf(self, q, nu):
        return np.sqrt(special("gammainccinv", nu, q) / nu)

    def _mean(self, nu):
        return special("poch", nu, 0.5) / np.sqrt(nu)

    def _var(self, nu):
        mean = self._mean(nu)
        return 1 - mean * mean


@distribution
class Rice(Distribution):
    """The Rice distribution."""

    name, shapes = "rice", ("b",)

    def _valid(self, b):
        return b >= 0

    def _support(self, b):
        return 0.0, INF

    def _logpdf(self, y, b):
        z = y - b
        return special("xlogy", 1.0, y) - half_square(z) + np.log(special("i0e", y * b))

    def _cdf(self, y, b):
        return special("chndtr", y * y, 2.0, b * b)

    def _sf(self, y, b):
        return noncentral_square_above(y * y, 2.0, b * b)

    def _mean(self, b):
        s = b * b / 4
        return pymath.sqrt(pymath.pi / 2) * (
            (1 + 2 * s) * special("i0e", s) + 2 * s * special("i1e", s)
        )

    def _var(self, b):
        mean = self._mean(b)
        return 2 + b * b - mean * mean


@distribution
class ExponentiatedWeibull(Distribution):
    """The exponentiated Weibull distribution."""

    name, shapes = "exponweib", ("a", "c")

    def _support(self, a, c):
        return 0.0, INF

    def _logpdf(self, y, a, c):
        power = np.power(y, c)
        inner = special("xlogy", a - 1, -np.expm1(-power))
        return np.log(a) + np.log(c) + inner - power + special("xlogy", c - 1, y)

    def _cdf(self, y, a, c):
        return np.power(-np.expm1(-np.power(y, c)), a)

    def _logcdf(self, y, a, c):
        return a * log_rise(np.power(y, c))

    def _sf(self, y, a, c):
        return self._rest(y, a, c)

    def _ppf(self, p, a, c):
        return np.power(-np.log1p(-np.power(p, 1 / a)), 1 / c)

    def _isf(self, q, a, c):
        return np.power(-np.log(-np.expm1(np.log1p(-q) / a)), 1 / c)


@distribution
class BetaPrime(Distribution):
    """The distribution of b / (1 - b), where b is a beta number."""

    name, shapes = "betaprime", ("a", "b")

    def _support(self, a, b):
        return 0.0, INF

    def _logpdf(self, y, a, b):
        return special("xlogy", a - 1, y) - special("xlog1py", a + b, y) - special("betaln", a, b)

    def _cdf(self, y, a, b):
        return special("betainc", a, b, y / (1 + y))

    def _sf(self, y, a, b):
        return special("betainc", b, a, 1 / (1 + y))

    def _ppf(self, p, a, b):
        return special("betaincinv", a, b, p) / special("betainccinv", b, a, p)

    def _isf(self, q, a, b):
        return special("betainccinv", a, b, q) / special("betaincinv", b, a, q)

    def _mean(self, a, b):
        return np.where(b > 1, a / (b - 1), INF)

    def _var(self, a, b):
        return np.where(b > 2, a * (a + b - 1) / ((b - 2) * (b - 1) * (b - 1)), INF)


@distribution
class FoldedNormal(Distribution):
    """The distribution of the size of a normal number with the mean c."""

    name, shapes = "foldnorm", ("c",)

    def _valid(self, c):
        return c >= 0

    def _support(self, c):
        return 0.0, INF

    def _logpdf(self, y, c):
        return np.logaddexp(-half_square(y - c), -half_square(y + c)) - LOG_2PI / 2

    def _cdf(self, y, c):
        return special("ndtr", y - c) - special("ndtr", -y - c)

    def _sf(self, y, c):
        return special("ndtr", c - y) + special("ndtr", -y - c)

    def _mean(self, c):
        return 2 * np.exp(-half_square(c) - LOG_2PI / 2) + c * (1 - 2 * special("ndtr", -c))

    def _var(self, c):
        mean = self._mean(c)
        return c * c + 1 - mean * mean


@distribution
class GeneralizedGamma(Distribution):
    """The distribution of a power of a gamma number."""

    name, shapes = "gengamma", ("a", "c")

    def _valid(self, a, c):
        return (a > 0) & (c != 0)

    def _support(self, a, c):
        return 0.0, INF

    def _logpdf(self, y, a, c):
        return (
            np.log(abs(c)) + special("xlogy", c * a - 1, y) - np.power(y, c) - special("gammaln", a)
        )

    def _cdf(self, y, a, c):
        power = np.power(y, c)
        return np.where(c > 0, special("gammainc", a, power), special("gammaincc", a, power))

    def _sf(self, y, a, c):
        power = np.power(y, c)
        return np.where(c > 0, special("gammaincc", a, power), special("gammainc", a, power))

    def _ppf(self, p, a, c):
        lower, upper = special("gammaincinv", a, p), special("gammainccinv", a, p)
        return np.power(np.where(c > 0, lower, upper), 1 / c)

    def _isf(self, q, a, c):
        lower, upper = special("gammaincinv", a, q), special("gammainccinv", a, q)
        return np.power(np.where(c > 0, upper, lower), 1 / c)

    def _mean(self, a, c):
        return special("poch", a, 1 / c)

    def _var(self, a, c):
        mean = self._mean(a, c)
        return special("poch", a, 2 / c) - mean * mean


@distribution
class Burr12(Distribution):
    """The Burr distribution of type XII."""

    name, shapes = "burr12", ("c", "d")

    def _support(self, c, d):
        return 0.0, INF

    def _logpdf(self, y, c, d):
        return (
            np.log(c)
            + np.log(d)
            + special("xlogy", c - 1, y)
            + special("xlog1py", -d - 1, np.power(y, c))
        )

    def _cdf(self, y, c, d):
        return -np.expm1(special("xlog1py", -d, np.power(y, c)))

    def _logsf(self, y, c, d):
        return special("xlog1py", -d, np.power(y, c))

    def _sf(self, y, c, d):
        return np.exp(special("xlog1py", -d, np.power(y, c)))

    def _ppf(self, p, c, d):
        return np.power(np.expm1(-np.log1p(-p) / d), 1 / c)

    def _isf(self, q, c, d):
        return np.power(np.expm1(-np.log(q) / d), 1 / c)


def log1p_over(z):
    """log(1 + z) / z, 1 where z is 0, with the digits of its derivatives near 0"""
    near = abs(z) < 0.02
    series = 0.0
    for n in range(11, 0, -1):
        series = 1 / n - z * series
    z = np.where(near, 1.0, z)
    return np.where(near, series, np.log1p(z) / z)


def expm1_over(c, u):
    """(exp(c u) - 1) / c, and u where c is 0, also for an infinite u"""
    far = abs(c * u) > 1
    near = u * special("exprel", np.where(far, 0.0, c * u))
    value = np.where(far, np.expm1(c * u) / np.where(far, c, 1.0), near)
    return np.where((c == 0) & (abs(u) == INF), u, value)
