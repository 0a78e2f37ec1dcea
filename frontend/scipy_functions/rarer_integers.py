"""Rarer distributions of integers in `scipy.stats`."""

# The formulas of a distribution name its own shapes, where the base class has any number of them.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

from typing import Any

import numpy

from .distributions import INF, Discrete, distribution
from .scipy_special import special

np: Any = numpy  # its type stubs know no traced arrays


@distribution
class RandInt(Discrete):
    """The uniform distribution of integers, without `high`."""

    name, shapes = "randint", ("low", "high")

    def _valid(self, low, high):
        return (high > low) & (np.floor(low) == low) & (np.floor(high) == high)

    def _support(self, low, high):
        return low, high - 1

    def _logpdf(self, k, low, high):
        return -np.log(high - low) + 0 * k

    def _cdf(self, k, low, high):
        return (k - low + 1) / (high - low)

    def _sf(self, k, low, high):
        return (high - 1 - k) / (high - low)

    def _mean(self, low, high):
        return (high + low - 1) / 2

    def _var(self, low, high):
        d = high - low
        return (d * d - 1) / 12

    def _entropy(self, low, high):
        return np.log(high - low)


@distribution
class Zipf(Discrete):
    """The zeta distribution: k⁻ᵃ / ζ(a)."""

    name, shapes = "zipf", ("a",)

    def _valid(self, a):
        return a > 1

    def _support(self, a):
        return 1.0, INF

    def _logpdf(self, k, a):
        return -a * np.log(k) - np.log(special("zeta", a, 1.0))

    def _cdf(self, k, a):
        return 1 - self._sf(k, a)

    def _sf(self, k, a):
        return special("zeta", a, k + 1) / special("zeta", a, 1.0)

    def _mean(self, a):
        return self._power(1, a)

    def _var(self, a):
        mean = self._power(1, a)
        return np.where(a > 3, self._power(2, np.where(a > 3, a, 4.0)) - mean * mean, INF)

    @staticmethod
    def _power(n, a):
        known = a > n + 1
        inside = np.where(known, a, n + 2.0)
        ratio = special("zeta", inside - n, 1.0) / special("zeta", inside, 1.0)
        return np.where(known, ratio, INF)


@distribution
class Planck(Discrete):
    """The Planck distribution."""

    name, shapes = "planck", ("lambda_",)

    def _support(self, lambda_):
        return 0.0, INF

    def _logpdf(self, k, lambda_):
        return np.log(-np.expm1(-lambda_)) - lambda_ * k

    def _cdf(self, k, lambda_):
        return -np.expm1(-lambda_ * (k + 1))

    def _sf(self, k, lambda_):
        return np.exp(-lambda_ * (k + 1))

    def _logsf(self, k, lambda_):
        return -lambda_ * (k + 1)

    def _mean(self, lambda_):
        return 1 / np.expm1(lambda_)

    def _var(self, lambda_):
        e = np.expm1(-lambda_)
        return np.exp(-lambda_) / (e * e)


@distribution
class DiscreteLaplace(Discrete):
    """The discrete Laplace distribution."""

    name, shapes = "dlaplace", ("a",)

    def _logpdf(self, k, a):
        return np.log(np.tanh(a / 2)) - a * abs(k)

    def _cdf(self, k, a):
        low = np.exp(a * (np.where(k < 0, k, 0.0) + 1)) / (np.exp(a) + 1)
        return np.where(k < 0, low, 1 - self._upper(k, a))

    def _sf(self, k, a):
        return np.where(k < 0, 1 - self._cdf(k, a), self._upper(k, a))

    @staticmethod
    def _upper(k, a):
        return np.exp(-a * np.where(k < 0, 0.0, k)) / (np.exp(a) + 1)

    def _mean(self, a):
        return 0.0 * a

    def _var(self, a):
        e = np.expm1(a)
        return 2 * np.exp(a) / (e * e)

    def _entropy(self, a):
        return a / np.sinh(a) - np.log(np.tanh(a / 2))


@distribution
class Boltzmann(Discrete):
    """The Boltzmann distribution: `planck` below the number N."""

    name, shapes = "boltzmann", ("lambda_", "N")

    def _valid(self, lambda_, N):
        return (lambda_ > 0) & (N > 0) & (np.floor(N) == N)

    def _support(self, lambda_, N):
        return 0.0, N - 1

    def _logpdf(self, k, lambda_, N):
        return np.log(np.expm1(-lambda_) / np.expm1(-lambda_ * N)) - lambda_ * k

    def _cdf(self, k, lambda_, N):
        return np.expm1(-lambda_ * (k + 1)) / np.expm1(-lambda_ * N)


@distribution
class LogSeries(Discrete):
    """The logarithmic series distribution."""

    name, shapes = "logser", ("p",)

    def _valid(self, p):
        return (p > 0) & (p < 1)

    def _support(self, p):
        return 1.0, INF

    def _logpdf(self, k, p):
        return k * np.log(p) - np.log(k) - np.log(-np.log1p(-p))

    def _mean(self, p):
        return -p / ((1 - p) * np.log1p(-p))

    def _var(self, p):
        r = np.log1p(-p)
        mean = self._mean(p)
        return -p / r / ((p - 1) * (p - 1)) - mean * mean


@distribution
class YuleSimon(Discrete):
    """The Yule-Simon distribution."""

    name, shapes = "yulesimon", ("alpha",)

    def _support(self, alpha):
        return 1.0, INF

    def _logpdf(self, k, alpha):
        return np.log(alpha) + special("betaln", k, alpha + 1)

    def _cdf(self, k, alpha):
        return 1 - self._sf(k, alpha)

    def _sf(self, k, alpha):
        return k * special("beta", k, alpha + 1)


@distribution
class BetaNegativeBinom(Discrete):
    """The beta negative binomial distribution."""

    name, shapes = "betanbinom", ("n", "a", "b")

    def _valid(self, n, a, b):
        return (n >= 0) & (np.floor(n) == n) & (a > 0) & (b > 0)

    def _support(self, n, a, b):
        return 0.0, INF

    def _logpdf(self, k, n, a, b):
        ways = -np.log(n + k) - special("betaln", n, k + 1)
        return ways + special("betaln", a + n, b + k) - special("betaln", a, b)


@distribution
class Hypergeom(Discrete):
    """The hypergeometric distribution."""

    name, shapes = "hypergeom", ("M", "n", "N")

    def _valid(self, M, n, N):
        whole = (np.floor(M) == M) & (np.floor(n) == n) & (np.floor(N) == N)
        return whole & (M > 0) & (n >= 0) & (N >= 0) & (n <= M) & (N <= M)

    def _support(self, M, n, N):
        return np.maximum(N - (M - n), 0.0), np.minimum(n, N)

    def _logpdf(self, k, M, n, N):
        def ways(a, b):
            return -special("betaln", a - b + 1, b + 1) - np.log1p(a)

        return ways(n, k) + ways(M - n, N - k) - ways(M, N)

    def _mean(self, M, n, N):
        return N * (n / M)

    def _var(self, M, n, N):
        return N * (n / M) * ((M - n) / M) * ((M - N) / (M - 1))


@distribution
class Skellam(Discrete):
    """The distribution of the difference of two numbers of `poisson`."""

    name, shapes = "skellam", ("mu1", "mu2")

    def _logpdf(self, k, mu1, mu2):
        roots = np.sqrt(mu1) - np.sqrt(mu2)
        bessel = np.log(special("ive", abs(k), 2 * np.sqrt(mu1 * mu2)))
        return bessel + 0.5 * k * np.log(mu1 / mu2) - roots * roots

    def _mean(self, mu1, mu2):
        return mu1 - mu2

    def _var(self, mu1, mu2):
        return mu1 + mu2
