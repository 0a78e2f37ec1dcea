"""The distributions of integers in `scipy.stats`."""

# The formulas of a distribution name its own shapes, where the base class has any number of them.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

from typing import Any

import numpy

from .distributions import INF, Discrete, distribution
from .scipy_special import special

np: Any = numpy  # its type stubs know no traced arrays


@distribution
class Poisson(Discrete):
    """The Poisson distribution."""

    name, shapes = "poisson", ("mu",)

    def _valid(self, mu):
        return mu >= 0

    def _support(self, mu):
        return 0.0, INF

    def _logpdf(self, k, mu):
        return special("xlogy", k, mu) - special("gammaln", k + 1) - mu

    def _cdf(self, k, mu):
        return special("gammaincc", k + 1, mu)

    def _sf(self, k, mu):
        return special("gammainc", k + 1, mu)

    def _mean(self, mu):
        return mu

    def _var(self, mu):
        return mu


class _OfTrials(Discrete):
    """Common parts of distributions of numbers of successes in trials."""

    def _valid(self, n, p):
        return (n >= 0) & (np.floor(n) == n) & (p >= 0) & (p <= 1)


@distribution
class Binom(_OfTrials):
    """The binomial distribution."""

    name, shapes = "binom", ("n", "p")

    def _support(self, n, p):
        return 0.0, n

    def _logpdf(self, k, n, p):
        ways = special("gammaln", n + 1) - special("gammaln", k + 1) - special("gammaln", n - k + 1)
        return ways + special("xlogy", k, p) + special("xlog1py", n - k, -p)

    def _cdf(self, k, n, p):
        return self._of_beta("betaincc", k, n, p)

    def _sf(self, k, n, p):
        return self._of_beta("betainc", k, n, p)

    def _of_beta(self, name, k, n, p):
        inside = (k >= 0) & (k < n)
        return special(name, np.where(inside, k + 1, 1.0), np.where(inside, n - k, 1.0), p)

    def _mean(self, n, p):
        return n * p

    def _var(self, n, p):
        return n * p * (1 - p)


@distribution
class Bernoulli(Discrete):
    """The Bernoulli distribution."""

    name, shapes = "bernoulli", ("p",)

    def _valid(self, p):
        return (p >= 0) & (p <= 1)

    def _support(self, p):
        return 0.0, 1.0

    def _logpdf(self, k, p):
        return special("xlogy", k, p) + special("xlog1py", 1 - k, -p)

    def _cdf(self, k, p):
        return np.where(k < 1, 1 - p, 1.0)

    def _sf(self, k, p):
        return np.where(k < 1, p, 0.0)

    def _mean(self, p):
        return p

    def _var(self, p):
        return p * (1 - p)

    def _entropy(self, p):
        return special("entr", p) + special("entr", 1 - p)


@distribution
class NegativeBinomial(Discrete):
    """The number of failures before n successes."""

    name, shapes = "nbinom", ("n", "p")

    def _valid(self, n, p):
        return (n > 0) & (p > 0) & (p <= 1)

    def _support(self, n, p):
        return 0.0, INF

    def _logpdf(self, k, n, p):
        ways = special("gammaln", n + k) - special("gammaln", k + 1) - special("gammaln", n)
        return ways + n * np.log(p) + special("xlog1py", k, -p)

    def _cdf(self, k, n, p):
        return special("betainc", n, k + 1, p)

    def _sf(self, k, n, p):
        return special("betaincc", n, k + 1, p)

    def _mean(self, n, p):
        return n * (1 - p) / p

    def _var(self, n, p):
        return n * (1 - p) / (p * p)


@distribution
class Geom(Discrete):
    """The number of trials up to the first success."""

    name, shapes = "geom", ("p",)

    def _valid(self, p):
        return (p > 0) & (p <= 1)

    def _support(self, p):
        return 1.0, INF

    def _logpdf(self, k, p):
        return special("xlog1py", k - 1, -p) + np.log(p)

    def _cdf(self, k, p):
        return -np.expm1(np.log1p(-p) * k)

    def _sf(self, k, p):
        return np.exp(self._logsf(k, p))

    def _logsf(self, k, p):
        return k * np.log1p(-p)

    def _mean(self, p):
        return 1 / p

    def _var(self, p):
        return (1 - p) / (p * p)

    def _entropy(self, p):
        return (special("entr", p) + special("entr", 1 - p)) / p


@distribution
class BetaBinomial(Discrete):
    """The binomial distribution whose probability is a beta number."""

    name, shapes = "betabinom", ("n", "a", "b")

    def _valid(self, n, a, b):
        return (n >= 0) & (np.floor(n) == n) & (a > 0) & (b > 0)

    def _support(self, n, a, b):
        return 0.0, n

    def _logpdf(self, k, n, a, b):
        ways = -np.log(n + 1) - special("betaln", n - k + 1, k + 1)
        return ways + special("betaln", k + a, n - k + b) - special("betaln", a, b)

    def _mean(self, n, a, b):
        return n * a / (a + b)

    def _var(self, n, a, b):
        s = a + b
        return n * (s + n) * (a / s) * (b / s) / (s + 1)
