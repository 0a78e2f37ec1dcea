"""Rarer distributions on the half line in `scipy.stats`."""

# The formulas of a distribution name its own shapes, where the base class has any number of them.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

import math as pymath
from typing import Any

import numpy

from ..transforms.derivatives import stop_gradient
from .continuous import Gamma, LogNorm
from .distributions import INF, LOG_2PI, Distribution, distribution, half_square, magnitude
from .on_half_lines import InverseGauss, noncentral_square_above
from .quantiles import quantile
from .scipy_special import erf, special

np: Any = numpy  # its type stubs know no traced arrays


class _FromZero(Distribution):
    def _support(self, *shapes):
        return 0.0, INF


@distribution
class Alpha(_FromZero):
    """The alpha distribution."""

    name, shapes = "alpha", ("a",)
    starts_flat = True

    def _logpdf(self, y, a):
        z = a - 1 / y
        value = -2 * np.log(y) - half_square(z) - LOG_2PI / 2 - special("log_ndtr", a)
        return np.where(y > 0, value, -INF)

    def _cdf(self, y, a):
        return special("ndtr", a - 1 / y) / special("ndtr", a)

    def _ppf(self, p, a):
        rest = a - special("ndtri", p * special("ndtr", a))
        return np.where(p < 1, 1 / np.where(p < 1, rest, 1.0), INF)


def _power_of_odds(y, c, d, power):
    """
    (1 + 1 / yᶜ)⁻ᵈ, with a derivative at 0, where power = c d. A small y has its own power: yᶜ alone
    may be less than the least float.
    """
    low = np.where(y < 1, y, 0.0)
    return np.where(y < 1, low**power / (1 + low**c) ** d, (1 + y**-c) ** -d)


def _log_power_of_odds(y, c, d, power):
    """The logarithm of `_power_of_odds`."""
    low = power * np.log(y) - d * np.log1p(y**c)
    return np.where(y < 1, low, -d * np.log1p(y**-c))


@distribution
class Burr(_FromZero):
    """The Burr distribution of type III."""

    name, shapes = "burr", ("c", "d")

    def _logpdf(self, y, c, d):
        return np.log(c * d) + special("xlogy", c * d - 1, y) - (d + 1) * np.log1p(y**c)

    def _cdf(self, y, c, d):
        return _power_of_odds(y, c, d, c * d)

    def _sf(self, y, c, d):
        return self._rest(y, c, d)

    def _logcdf(self, y, c, d):
        return _log_power_of_odds(y, c, d, c * d)

    def _ppf(self, p, c, d):
        return np.expm1(-np.log(p) / d) ** (-1 / c)

    def _isf(self, p, c, d):
        return np.expm1(-np.log1p(-p) / d) ** (-1 / c)


@distribution
class Mielke(_FromZero):
    """The Mielke distribution: `burr` with other shapes."""

    name, shapes = "mielke", ("k", "s")

    def _logpdf(self, y, k, s):
        return np.log(k) + special("xlogy", k - 1, y) - (1 + k / s) * np.log1p(y**s)

    def _cdf(self, y, k, s):
        return _power_of_odds(y, s, k / s, k)

    def _sf(self, y, k, s):
        return self._rest(y, k, s)

    def _logcdf(self, y, k, s):
        return _log_power_of_odds(y, s, k / s, k)

    def _ppf(self, p, k, s):
        return np.expm1(-np.log(p) * s / k) ** (-1 / s)

    def _isf(self, q, k, s):
        return np.expm1(-np.log1p(-q) * s / k) ** (-1 / s)


@distribution
class Erlang(Gamma):
    """The Erlang distribution: `gamma`."""

    name = "erlang"


@distribution
class ExponentialPower(_FromZero):
    """The exponential power distribution."""

    name, shapes = "exponpow", ("b",)

    def _logpdf(self, y, b):
        power = y**b
        return 1 + np.log(b) + special("xlogy", b - 1, y) + power - np.exp(power)

    def _cdf(self, y, b):
        return -np.expm1(-np.expm1(y**b))

    def _sf(self, y, b):
        return np.exp(-np.expm1(y**b))

    def _ppf(self, p, b):
        return np.log1p(-np.log1p(-p)) ** (1 / b)

    def _isf(self, p, b):
        return np.log1p(-np.log(p)) ** (1 / b)


@distribution
class FatigueLife(_FromZero):
    """The fatigue life distribution, of Birnbaum and Saunders."""

    name, shapes = "fatiguelife", ("c",)
    starts_flat = True

    def _logpdf(self, y, c):
        z = (y - 1) / c
        value = np.log1p(y) - z * z / (2 * y) - np.log(2 * c) - 0.5 * (LOG_2PI + 3 * np.log(y))
        return np.where(y > 0, value, -INF)

    def _cdf(self, y, c):
        return special("ndtr", (np.sqrt(y) - 1 / np.sqrt(y)) / c)

    def _sf(self, y, c):
        return special("ndtr", (1 / np.sqrt(y) - np.sqrt(y)) / c)

    def _ppf(self, p, c):
        return self._of_normal(c * special("ndtri", p))

    def _isf(self, p, c):
        return self._of_normal(-c * special("ndtri", p))

    @staticmethod
    def _of_normal(z):
        # z + √(z² + 4) of a negative z would be a difference of two near numbers.
        sum_ = magnitude(z) + np.sqrt(z * z + 4)
        root = np.where(z < 0, 2 / sum_, sum_ / 2)
        return np.where(np.isinf(z), np.where(z < 0, 0.0, INF), root * root)

    def _mean(self, c):
        return 1 + c * c / 2

    def _var(self, c):
        return c * c * (1 + 1.25 * c * c)


@distribution
class FoldedCauchy(_FromZero):
    """The folded Cauchy distribution."""

    name, shapes = "foldcauchy", ("c",)

    def _valid(self, c):
        return c >= 0

    def _pdf(self, y, c):
        left, right = y - c, y + c
        return (1 / (1 + left * left) + 1 / (1 + right * right)) / pymath.pi

    def _cdf(self, y, c):
        return np.arctan2(2 * y, (c - y) * (c + y) + 1) / pymath.pi

    def _sf(self, y, c):
        return (np.arctan2(1.0, y - c) + np.arctan2(1.0, y + c)) / pymath.pi


@distribution
class GeneralizedExponential(_FromZero):
    """The generalized exponential distribution."""

    name, shapes = "genexpon", ("a", "b", "c")

    def _logpdf(self, y, a, b, c):
        return np.log(a - b * np.expm1(-c * y)) + self._logsf(y, a, b, c)

    def _cdf(self, y, a, b, c):
        return -np.expm1(self._logsf(y, a, b, c))

    def _sf(self, y, a, b, c):
        return np.exp(self._logsf(y, a, b, c))

    def _logsf(self, y, a, b, c):
        return -(a + b) * y - b * np.expm1(-c * y) / c


@distribution
class Gibrat(LogNorm):
    """The Gibrat distribution: `lognorm` with the shape 1."""

    name, shapes = "gibrat", ()

    def _support(self):
        return super()._support(1.0)

    def _logpdf(self, y):
        return super()._logpdf(y, 1.0)

    def _cdf(self, y):
        return super()._cdf(y, 1.0)

    def _sf(self, y):
        return super()._sf(y, 1.0)

    def _logcdf(self, y):
        return super()._logcdf(y, 1.0)

    def _logsf(self, y):
        return super()._logsf(y, 1.0)

    def _ppf(self, p):
        return super()._ppf(p, 1.0)

    def _isf(self, p):
        return super()._isf(p, 1.0)

    def _mean(self):
        return super()._mean(1.0)

    def _var(self):
        return super()._var(1.0)

    def _entropy(self):
        return super()._entropy(1.0)


@distribution
class InverseWeibull(_FromZero):
    """The inverse Weibull distribution, of Fréchet."""

    name, shapes = "invweibull", ("c",)

    def _logpdf(self, y, c):
        return np.where(y > 0, np.log(c) - (c + 1) * np.log(y) - y**-c, -INF)

    def _cdf(self, y, c):
        return np.exp(-(y**-c))

    def _sf(self, y, c):
        return -np.expm1(-(y**-c))

    def _ppf(self, p, c):
        return (-np.log(p)) ** (-1 / c)

    def _isf(self, p, c):
        return (-np.log1p(-p)) ** (-1 / c)

    def _mean(self, c):
        return np.where(c > 1, special("gamma", 1 - 1 / np.where(c > 1, c, 2.0)), INF)

    def _var(self, c):
        safe = np.where(c > 2, c, 3.0)
        mean = special("gamma", 1 - 1 / safe)
        return np.where(c > 2, special("gamma", 1 - 2 / safe) - mean * mean, INF)

    def _entropy(self, c):
        return 1 + np.euler_gamma + np.euler_gamma / c - np.log(c)


@distribution
class Kappa3(_FromZero):
    """The kappa distribution of three parameters."""

    name, shapes = "kappa3", ("a",)

    def _logpdf(self, y, a):
        return np.log(a) - (1 / a + 1) * np.log(a + y**a)

    def _cdf(self, y, a):
        return np.where(y == 0, 0.0, np.exp(-np.log1p(a * y**-a) / a))

    def _sf(self, y, a):
        return np.where(y == 0, 1.0, -np.expm1(-np.log1p(a * y**-a) / a))

    def _ppf(self, p, a):
        return (a / np.expm1(-a * np.log(p))) ** (1 / a)

    def _isf(self, q, a):
        return (a / np.expm1(-a * np.log1p(-q))) ** (1 / a)


@distribution
class LogLaplace(_FromZero):
    """The log-Laplace distribution."""

    name, shapes = "loglaplace", ("c",)

    def _logpdf(self, y, c):
        return np.log(c / 2) + special("xlogy", np.where(y < 1, c - 1, -c - 1), y)

    def _cdf(self, y, c):
        return np.where(y < 1, 0.5 * y**c, 1 - 0.5 * y**-c)

    def _sf(self, y, c):
        return np.where(y < 1, 1 - 0.5 * y**c, 0.5 * y**-c)

    def _ppf(self, p, c):
        return np.where(p < 0.5, (2 * p) ** (1 / c), (2 * (1 - p)) ** (-1 / c))

    def _isf(self, p, c):
        return np.where(p > 0.5, (2 * (1 - p)) ** (1 / c), (2 * p) ** (-1 / c))

    def _entropy(self, c):
        return np.log(2 / c) + 1


@distribution
class PowerLogNormal(_FromZero):
    """The power log-normal distribution."""

    name, shapes = "powerlognorm", ("c", "s")
    starts_flat = True

    def _logpdf(self, y, c, s):
        z = np.log(y) / s
        log = special("log_ndtr", -z)
        value = np.log(c / s) - np.log(y) - half_square(z) - LOG_2PI / 2 + (c - 1) * log
        return np.where(y > 0, value, -INF)

    def _cdf(self, y, c, s):
        return -np.expm1(self._logsf(y, c, s))

    def _sf(self, y, c, s):
        return np.exp(self._logsf(y, c, s))

    def _logsf(self, y, c, s):
        return c * special("log_ndtr", -np.log(y) / s)

    def _ppf(self, p, c, s):
        few = p < 0.1  # where 1 minus a number near 1 would have few digits
        low = special("ndtri", -np.expm1(np.log1p(-np.where(few, p, 0.05)) / c))
        return np.exp(s * np.where(few, low, -special("ndtri", np.exp(np.log1p(-p) / c))))

    def _isf(self, p, c, s):
        return np.exp(-s * special("ndtri", p ** (1 / c)))


@distribution
class HalfGeneralizedNormal(_FromZero):
    """The upper half of a generalized normal distribution."""

    name, shapes = "halfgennorm", ("beta",)

    def _logpdf(self, y, beta):
        return np.log(beta) - special("gammaln", 1 / beta) - y**beta

    def _cdf(self, y, beta):
        return special("gammainc", 1 / beta, y**beta)

    def _sf(self, y, beta):
        return special("gammaincc", 1 / beta, y**beta)

    def _ppf(self, p, beta):
        return special("gammaincinv", 1 / beta, p) ** (1 / beta)

    def _isf(self, p, beta):
        return special("gammainccinv", 1 / beta, p) ** (1 / beta)

    def _entropy(self, beta):
        return 1 / beta - np.log(beta) + special("gammaln", 1 / beta)


@distribution
class ReciprocalInverseGauss(_FromZero):
    """The distribution of the reciprocal of a number of `invgauss`."""

    name, shapes = "recipinvgauss", ("mu",)

    def _logpdf(self, y, mu):
        z = (1 - mu * y) / mu
        return np.where(y > 0, -(z * z / y + LOG_2PI + np.log(y)) / 2, -INF)

    def _cdf(self, y, mu):
        return np.where(y > 0, InverseGauss()._sf(1 / np.where(y > 0, y, 1.0), mu), 0.0)

    def _sf(self, y, mu):
        return np.where(y > 0, InverseGauss()._cdf(1 / np.where(y > 0, y, 1.0), mu), 1.0)


@distribution
class GeneralizedInverseGauss(_FromZero):
    """The generalized inverse Gaussian distribution."""

    name, shapes = "geninvgauss", ("p", "b")

    def _valid(self, p, b):
        return (p == p) & (b > 0)

    def _logpdf(self, y, p, b):
        constant = np.log(2 * special("kve", p, b)) - b
        return np.where(y > 0, (p - 1) * np.log(y) - b * (y + 1 / y) / 2 - constant, -INF)


@distribution
class NoncentralChi2(_FromZero):
    """The noncentral χ² distribution."""

    name, shapes = "ncx2", ("df", "nc")

    def _valid(self, df, nc):
        return (df > 0) & (nc >= 0)

    def _logpdf(self, y, df, nc):
        h, roots = df / 2 - 1, np.sqrt(y) - np.sqrt(nc)
        powers = special("xlogy", h / 2, y / nc)
        value = powers - half_square(roots) + np.log(special("ive", h, np.sqrt(nc * y)) / 2)
        return np.where(nc == 0, special("xlogy", h, y / 2) - y / 2 - special("gammaln", df / 2)
                        - pymath.log(2), value)  # fmt: skip

    def _cdf(self, y, df, nc):
        return special("chndtr", y, df, nc)

    def _sf(self, y, df, nc):
        return noncentral_square_above(y, df, nc)

    def _ppf(self, p, df, nc):
        return self._by_nc(self._cdf, p, df, nc, False)

    def _isf(self, p, df, nc):
        return self._by_nc(self._sf, p, df, nc, True)

    def _by_nc(self, share, q, df, nc, upper):
        """A quantile. There is no derivative by df: it would be that of `chndtr`."""
        x = quantile(share, self._pdf, self._support, q, (df, nc), upper, fixed=1)
        by_df = special("chndtr", 1.0, df, 1.0)
        return x + (by_df - stop_gradient(by_df))

    def _mean(self, df, nc):
        return df + nc

    def _var(self, df, nc):
        return 2 * (df + 2 * nc)


@distribution
class NoncentralF(_FromZero):
    """The noncentral F distribution."""

    name, shapes = "ncf", ("dfn", "dfd", "nc")

    def _valid(self, dfn, dfd, nc):
        return (dfn > 0) & (dfd > 0) & (nc >= 0)

    def _logpdf(self, y, dfn, dfd, nc):
        a, b, share = dfn / 2, dfd / 2, dfn * y / (dfd + dfn * y)
        value = special("xlogy", a, dfn / dfd) + special("xlogy", a - 1, y)
        value = value - (a + b) * np.log1p(dfn / dfd * y) - special("betaln", a, b)
        return value - nc / 2 + np.log(special("hyp1f1", a + b, a, nc * share / 2))

    def _cdf(self, y, dfn, dfd, nc):
        return special("ncfdtr", dfn, dfd, nc, y)

    def _sf(self, y, dfn, dfd, nc):
        return special("ncf_sf", y, dfn, dfd, nc)

    def _ppf(self, p, dfn, dfd, nc):
        return self._by_nc(self._cdf, p, dfn, dfd, nc, False)

    def _isf(self, p, dfn, dfd, nc):
        return self._by_nc(self._sf, p, dfn, dfd, nc, True)

    def _by_nc(self, share, q, dfn, dfd, nc, upper):
        """A quantile. There is no derivative by dfn and dfd: it would be that of `ncfdtr`."""
        x = quantile(share, self._pdf, self._support, q, (dfn, dfd, nc), upper, fixed=2)
        by_counts = special("ncfdtr", dfn, dfd, 1.0, 1.0)
        return x + (by_counts - stop_gradient(by_counts))

    def _mean(self, dfn, dfd, nc):
        return np.where(dfd > 2, dfd * (dfn + nc) / (dfn * (dfd - 2)), numpy.nan)

    def _var(self, dfn, dfd, nc):
        scale = 2 * (dfd / dfn) ** 2 / ((dfd - 2) ** 2 * (dfd - 4))
        value = scale * ((dfn + nc) ** 2 + (dfd - 2) * (dfn + 2 * nc))
        return np.where(dfd > 4, value, numpy.nan)


# With a first or last number that is not 0 or ∞.


@distribution
class TruncatedPareto(Distribution):
    """The Pareto distribution up to the number c."""

    name, shapes = "truncpareto", ("b", "c")

    def _valid(self, b, c):
        return (b != 0) & (c > 1)

    def _support(self, b, c):
        return 1.0, c

    def _logpdf(self, y, b, c):
        return np.log(b / -np.expm1(-b * np.log(c))) - (b + 1) * np.log(y)

    def _cdf(self, y, b, c):
        return np.expm1(-b * np.log(y)) / np.expm1(-b * np.log(c))

    def _ppf(self, p, b, c):
        return np.exp(-np.log1p(p * np.expm1(-b * np.log(c))) / b)


@distribution
class TruncatedWeibull(Distribution):
    """The Weibull distribution between two numbers."""

    name, shapes = "truncweibull_min", ("c", "a", "b")

    def _valid(self, c, a, b):
        return (a >= 0) & (b > a) & (c > 0)

    def _support(self, c, a, b):
        return a, b

    def _whole(self, c, a, b):
        return np.exp(-(a**c)) - np.exp(-(b**c))

    def _logpdf(self, y, c, a, b):
        return np.log(c) + special("xlogy", c - 1, y) - y**c - np.log(self._whole(c, a, b))

    def _cdf(self, y, c, a, b):
        return (np.exp(-(a**c)) - np.exp(-(y**c))) / self._whole(c, a, b)

    def _sf(self, y, c, a, b):
        return (np.exp(-(y**c)) - np.exp(-(b**c))) / self._whole(c, a, b)

    def _ppf(self, p, c, a, b):
        rest = (1 - p) * np.exp(-(a**c)) + p * np.exp(-(b**c))
        return (-np.log(rest)) ** (1 / c)

    def _isf(self, p, c, a, b):
        rest = p * np.exp(-(a**c)) + (1 - p) * np.exp(-(b**c))
        return (-np.log(rest)) ** (1 / c)


@distribution
class LevyLeft(Distribution):
    """The Lévy distribution of negative numbers."""

    name = "levy_l"

    def _support(self):
        return -INF, 0.0

    def _logpdf(self, y):
        e = -y
        return np.where(e > 0, -(LOG_2PI + 3 * np.log(e) + 1 / e) / 2, -INF)

    def _cdf(self, y):
        return erf(1 / np.sqrt(-2 * y))

    def _sf(self, y):
        return 2 * special("ndtr", -1 / np.sqrt(-y))

    def _ppf(self, p):
        z = special("erfinv", p)
        return -0.5 / (z * z)

    def _isf(self, p):
        z = special("erfcinv", p)
        return -0.5 / (z * z)
