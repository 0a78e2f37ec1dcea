"""More distributions on the whole line, and below a bound, in `scipy.stats`."""

# The formulas of a distribution name its own shapes, where the base class has any number of them.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

import math as pymath
from typing import Any

import numpy

from .distributions import INF, LOG_2PI, Distribution, decay, distribution, half_square, rise
from .on_half_lines import expm1_over, log1p_over
from .scipy_special import erf, special

np: Any = numpy  # its type stubs know no traced arrays


@distribution
class LogGamma(Distribution):
    """The distribution of the logarithm of a gamma number."""

    name, shapes = "loggamma", ("c",)

    def _logpdf(self, y, c):
        return c * y - np.exp(y) - special("gammaln", c)

    def _cdf(self, y, c):
        return special("gammainc", c, np.exp(y))

    def _sf(self, y, c):
        return special("gammaincc", c, np.exp(y))

    def _ppf(self, p, c):
        return np.log(special("gammaincinv", c, p))

    def _isf(self, q, c):
        return np.log(special("gammainccinv", c, q))

    def _mean(self, c):
        return special("psi", c)

    def _var(self, c):
        return special("zeta", 2.0, c)

    def _entropy(self, c):
        return special("gammaln", c) + c - c * special("psi", c)


@distribution
class GeneralizedExtremeValue(Distribution):
    """The generalized extreme value distribution; with c = 0 a Gumbel one."""

    name, shapes = "genextreme", ("c",)

    def _valid(self, c):
        return (c == c) & (abs(c) < INF)

    def _support(self, c):
        end = 1 / np.where(c == 0, 1.0, c)
        return np.where(c < 0, end, -INF), np.where(c > 0, end, INF)

    def _logpdf(self, y, c):
        t = -y * log1p_over(-c * y)
        # -log(1 - c y) = -c t
        value = (1 - c) * t - np.exp(t)
        return np.where(c * y == 1, -INF, value)

    def _cdf(self, y, c):
        return decay(np.exp(-y * log1p_over(-c * y)))

    def _sf(self, y, c):
        return rise(np.exp(-y * log1p_over(-c * y)))

    def _logcdf(self, y, c):
        return -np.exp(-y * log1p_over(-c * y))

    def _ppf(self, p, c):
        u = -np.log(-np.log(p))
        return expm1_over(-c, u)

    def _isf(self, q, c):
        u = -np.log(-np.log1p(-q))
        return expm1_over(-c, u)

    def _entropy(self, c):
        return np.euler_gamma * (1 - c) + 1


@distribution
class HyperbolicSecant(Distribution):
    """The hyperbolic secant distribution."""

    name = "hypsecant"

    def _logpdf(self, y):
        return pymath.log(2 / pymath.pi) - np.logaddexp(y, -y)

    def _cdf(self, y):
        return 2 / pymath.pi * np.arctan(np.exp(y))

    def _sf(self, y):
        return self._cdf(-y)

    def _ppf(self, p):
        return np.where(p == 1, INF, np.log(np.tan(pymath.pi / 2 * p)))

    def _isf(self, q):
        return -self._ppf(q)

    def _mean(self):
        return 0.0

    def _var(self):
        return pymath.pi**2 / 4

    def _entropy(self):
        return LOG_2PI


@distribution
class LaplaceAsymmetric(Distribution):
    """The Laplace distribution with two rates."""

    name, shapes = "laplace_asymmetric", ("kappa",)

    def _logpdf(self, y, kappa):
        return np.where(y < 0, y / kappa, -y * kappa) - np.log(kappa + 1 / kappa)

    def _cdf(self, y, kappa):
        k2 = kappa * kappa
        return np.where(y < 0, k2 * np.exp(y / kappa), 1 + k2 - np.exp(-y * kappa)) / (1 + k2)

    def _sf(self, y, kappa):
        k2 = kappa * kappa
        return np.where(y < 0, 1 + k2 - k2 * np.exp(y / kappa), np.exp(-y * kappa)) / (1 + k2)

    def _ppf(self, p, kappa):
        k2 = kappa * kappa
        low, high = np.log(p * (1 + k2) / k2) * kappa, -np.log((1 - p) * (1 + k2)) / kappa
        return np.where(p < k2 / (1 + k2), low, high)

    def _isf(self, q, kappa):
        k2 = kappa * kappa
        low, high = np.log((1 - q) * (1 + k2) / k2) * kappa, -np.log(q * (1 + k2)) / kappa
        return np.where(q < 1 / (1 + k2), high, low)

    def _mean(self, kappa):
        return 1 / kappa - kappa

    def _var(self, kappa):
        return 1 / (kappa * kappa) + kappa * kappa

    def _entropy(self, kappa):
        return 1 + np.log(kappa + 1 / kappa)


@distribution
class Moyal(Distribution):
    """The Moyal distribution."""

    name = "moyal"

    def _logpdf(self, y):
        return -(y + np.exp(-y) + LOG_2PI) / 2

    def _cdf(self, y):
        return special("erfc", np.exp(-y / 2) / pymath.sqrt(2))

    def _sf(self, y):
        return erf(np.exp(-y / 2) / pymath.sqrt(2))

    def _ppf(self, p):
        z = special("erfcinv", p)
        return -np.log(2 * z * z)

    def _isf(self, q):
        z = special("erfinv", q)
        return -np.log(2 * z * z)

    def _mean(self):
        return np.euler_gamma + pymath.log(2)

    def _var(self):
        return pymath.pi**2 / 2


@distribution
class ExponentialNormal(Distribution):
    """The distribution of the sum of a normal and an exponential number."""

    name, shapes = "exponnorm", ("K",)

    def _logpdf(self, y, K):
        rate = 1 / K
        return rate * (rate / 2 - y) + special("log_ndtr", y - rate) - np.log(K)

    def _cdf(self, y, K):
        rate = 1 / K
        return special("ndtr", y) - np.exp(rate * (rate / 2 - y) + special("log_ndtr", y - rate))

    def _sf(self, y, K):
        rate = 1 / K
        return special("ndtr", -y) + np.exp(rate * (rate / 2 - y) + special("log_ndtr", y - rate))

    def _mean(self, K):
        return K

    def _var(self, K):
        return 1 + K * K


@distribution
class JohnsonSU(Distribution):
    """Johnson's distribution on the whole line."""

    name, shapes = "johnsonsu", ("a", "b")

    def _valid(self, a, b):
        return b > 0

    def _logpdf(self, y, a, b):
        z = a + b * np.arcsinh(y)
        return np.log(b) - 0.5 * np.log1p(y * y) - half_square(z) - LOG_2PI / 2

    def _cdf(self, y, a, b):
        return special("ndtr", a + b * np.arcsinh(y))

    def _sf(self, y, a, b):
        return special("ndtr", -a - b * np.arcsinh(y))

    def _ppf(self, p, a, b):
        return np.sinh((special("ndtri", p) - a) / b)

    def _isf(self, q, a, b):
        return np.sinh((-special("ndtri", q) - a) / b)


@distribution
class GeneralizedLogistic(Distribution):
    """The generalized logistic distribution."""

    name, shapes = "genlogistic", ("c",)

    def _logpdf(self, y, c):
        return np.log(c) - y + (c + 1) * special("log_expit", y)

    def _cdf(self, y, c):
        return np.exp(c * special("log_expit", y))

    def _sf(self, y, c):
        return -np.expm1(c * special("log_expit", y))

    def _logcdf(self, y, c):
        return c * special("log_expit", y)

    def _ppf(self, p, c):
        return -np.log(np.expm1(-np.log(p) / c))

    def _isf(self, q, c):
        return -np.log(np.expm1(-np.log1p(-q) / c))

    def _mean(self, c):
        return np.euler_gamma + special("psi", c)

    def _var(self, c):
        return pymath.pi**2 / 6 + special("zeta", 2.0, c)


@distribution
class WeibullMax(Distribution):
    """The distribution of -x, where x is a Weibull number."""

    name, shapes = "weibull_max", ("c",)
    regular_ends = True

    def _support(self, c):
        return -INF, 0.0

    def _logpdf(self, y, c):
        return np.log(c) + special("xlogy", c - 1, -y) - np.power(-y, c)

    def _cdf(self, y, c):
        return np.exp(-np.power(-y, c))

    def _logcdf(self, y, c):
        return -np.power(-y, c)

    def _sf(self, y, c):
        return -np.expm1(-np.power(-y, c))

    def _ppf(self, p, c):
        return -np.power(-np.log(p), 1 / c)

    def _isf(self, q, c):
        return -np.power(-np.log1p(-q), 1 / c)

    def _mean(self, c):
        return -special("gamma", 1 + 1 / c)

    def _var(self, c):
        mean = self._mean(c)
        return special("gamma", 1 + 2 / c) - mean * mean

    def _entropy(self, c):
        return np.euler_gamma * (1 - 1 / c) - np.log(c) + 1
