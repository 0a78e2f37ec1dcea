"""Rarer distributions on the whole line in `scipy.stats`, and on intervals."""

# The formulas of a distribution name its own shapes, where the base class has any number of them.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

import math as pymath
from typing import Any

import numpy

from ..transforms.derivatives import jvp
from .distributions import INF, LOG_2PI, Distribution, distribution, half_square, magnitude
from .quantiles import quantile
from .scipy_special import special

np: Any = numpy  # its type stubs know no traced arrays

LOG_2 = pymath.log(2)


class _Symmetric(Distribution):
    """The common parts of distributions whose density is that of -y, and falls with |y|."""

    def _half(self, e: Any, *shapes: Any) -> Any:
        """The probability of a number above e ≥ 0."""
        raise NotImplementedError

    def _of_half(self, q: Any, *shapes: Any) -> Any:
        """The inverse of `_half`, of q ≤ ½."""
        raise NotImplementedError

    def _cdf(self, y, *shapes):
        half = self._half(magnitude(y), *shapes)
        return np.where(y < 0, half, 1 - half)

    def _sf(self, y, *shapes):
        return self._cdf(-y, *shapes)

    def _ppf(self, p, *shapes):
        e = self._of_half(np.where(p < 0.5, p, 1 - p), *shapes)
        return np.where(p < 0.5, -e, e)

    def _isf(self, p, *shapes):
        return -self._ppf(p, *shapes)

    def _mean(self, *shapes):
        return 0.0 * sum(shapes)


@distribution
class DoubleGamma(_Symmetric):
    """The double gamma distribution."""

    name, shapes = "dgamma", ("a",)

    def _logpdf(self, y, a):
        return special("xlogy", a - 1, abs(y)) - abs(y) - LOG_2 - special("gammaln", a)

    def _half(self, e, a):
        return 0.5 * special("gammaincc", a, e)

    def _of_half(self, q, a):
        return special("gammainccinv", a, 2 * q)

    def _var(self, a):
        return a * (a + 1)


@distribution
class DoubleWeibull(_Symmetric):
    """The double Weibull distribution."""

    name, shapes = "dweibull", ("c",)

    def _logpdf(self, y, c):
        return np.log(c) - LOG_2 + special("xlogy", c - 1, abs(y)) - abs(y) ** c

    def _half(self, e, c):
        return 0.5 * np.exp(-(e**c))

    def _of_half(self, q, c):
        return (-np.log(2 * q)) ** (1 / c)

    def _var(self, c):
        return special("gamma", 1 + 2 / c)


@distribution
class SkewCauchy(Distribution):
    """The skewed Cauchy distribution."""

    name, shapes = "skewcauchy", ("a",)

    def _valid(self, a):
        return abs(a) < 1

    def _logpdf(self, y, a):
        z = y / (1 + a * np.sign(y))
        return -np.log1p(z * z) - pymath.log(pymath.pi)

    def _cdf(self, y, a):
        below = (1 - a) / pymath.pi * np.arctan2(1.0, -y / (1 - a))
        return np.where(y <= 0, below, 1 - self._sf(y, a))

    def _sf(self, y, a):
        above = (1 + a) / pymath.pi * np.arctan2(1.0, y / (1 + a))
        return np.where(y > 0, above, 1 - (1 - a) / pymath.pi * np.arctan2(1.0, -y / (1 - a)))

    def _ppf(self, p, a):
        scale = np.where(p < (1 - a) / 2, 1 - a, 1 + a)
        inside = (p > 0) & (p < 1)
        below = p < (1 - a) / 4  # where the tangent would have the few digits of its place
        y = scale * np.tan(pymath.pi / scale * (p - (1 - a) / 2))
        y = np.where(below, -scale / np.tan(pymath.pi / scale * np.where(below, p, 0.1)), y)
        return np.where(inside, y, np.where(p == 0, -INF, INF))

    def _isf(self, q, a):
        return -self._ppf(q, -a)


@distribution
class PowerNormal(Distribution):
    """The power normal distribution."""

    name, shapes = "powernorm", ("c",)

    def _logpdf(self, y, c):
        log = special("log_ndtr", -y)
        return np.log(c) - half_square(y) - LOG_2PI / 2 + np.where(c == 1, 0.0, (c - 1) * log)

    def _cdf(self, y, c):
        return -np.expm1(self._logsf(y, c))

    def _sf(self, y, c):
        return np.exp(self._logsf(y, c))

    def _logsf(self, y, c):
        return c * special("log_ndtr", -y)

    def _ppf(self, p, c):
        few = p < 0.1  # where 1 minus a number near 1 would have few digits
        low = special("ndtri", -np.expm1(np.log1p(-np.where(few, p, 0.05)) / c))
        return np.where(few, low, -special("ndtri", np.exp(np.log1p(-p) / c)))

    def _isf(self, p, c):
        return -special("ndtri", p ** (1 / c))


@distribution
class NormalInverseGauss(Distribution):
    """The normal inverse Gaussian distribution."""

    name, shapes = "norminvgauss", ("a", "b")

    def _valid(self, a, b):
        return (a > 0) & (abs(b) < a)

    def _logpdf(self, y, a, b):
        root = np.hypot(1.0, y)
        gamma = np.sqrt(a * a - b * b)
        density = np.log(a / pymath.pi * special("k1e", a * root) / root)
        return density + b * y - a * root + gamma

    def _mean(self, a, b):
        return b / np.sqrt(a * a - b * b)

    def _var(self, a, b):
        return a * a / (a * a - b * b) ** 1.5


@distribution
class JonesFaddy(Distribution):
    """The skewed t distribution of Jones and Faddy."""

    name, shapes = "jf_skew_t", ("a", "b")

    @staticmethod
    def _share(y, a, b):
        root = np.sqrt(a + b + y * y)
        low = (a + b) / (root + abs(y))  # root + y for y < 0, without cancellation
        return 0.5 * np.where(y < 0, low, root + y) / root

    def _logpdf(self, y, a, b):
        root = np.sqrt(a + b + y * y)
        constant = (a + b - 1) * LOG_2 + special("betaln", a, b) + 0.5 * np.log(a + b)
        up, down = np.log1p(y / root), np.log1p(-y / root)
        return (a + 0.5) * up + (b + 0.5) * down - constant

    def _cdf(self, y, a, b):
        return special("betainc", a, b, self._share(y, a, b))

    def _sf(self, y, a, b):
        return special("betainc", b, a, self._share(-y, b, a))

    def _ppf(self, p, a, b):
        share = special("betaincinv", a, b, p)
        return (2 * share - 1) * np.sqrt(a + b) / (2 * np.sqrt(share * (1 - share)))

    def _isf(self, q, a, b):
        return -self._ppf(q, b, a)


@distribution
class Pearson3(Distribution):
    """Pearson's distribution of type III: a gamma distribution of mean 0 and variance 1."""

    name, shapes = "pearson3", ("skew",)

    def _valid(self, skew):
        return np.isfinite(skew)

    @staticmethod
    def _parts(y, skew):
        """Whether this is a normal distribution; the shape of the gamma distribution; its number"""
        normal = abs(skew) < 0.000016
        beta = 2 / np.where(normal, 1.0, skew)
        return normal, beta * beta, beta * (y + beta), beta

    def _logpdf(self, y, skew):
        normal, a, x, beta = self._parts(y, skew)
        safe = np.where(x > 0, x, 1.0)
        value = np.log(abs(beta)) + special("xlogy", a - 1, safe) - x - special("gammaln", a)
        value = np.where(x > 0, value, -INF)
        return np.where(normal, -half_square(y) - LOG_2PI / 2, value)

    def _cdf(self, y, skew):
        normal, a, x, _ = self._parts(y, skew)
        x = np.where(x > 0, x, 0.0)
        lower, upper = special("gammainc", a, x), special("gammaincc", a, x)
        return np.where(normal, special("ndtr", y), np.where(skew > 0, lower, upper))

    def _sf(self, y, skew):
        return self._cdf(-y, -skew)

    def _ppf(self, p, skew):
        normal, a, _, beta = self._parts(0.0, skew)
        lower, upper = special("gammaincinv", a, p), special("gammainccinv", a, p)
        x = np.where(skew > 0, lower, upper)
        y = np.where(normal, special("ndtri", p), x / beta - beta)
        return np.where(p == 0, -INF, np.where(p == 1, INF, y))

    def _isf(self, p, skew):
        return -self._ppf(p, -skew)

    def _mean(self, skew):
        return 0.0 * skew

    def _var(self, skew):
        return 1 + 0.0 * skew


# On intervals.


@distribution
class Anglit(Distribution):
    """The anglit distribution."""

    name = "anglit"

    def _support(self):
        return -pymath.pi / 4, pymath.pi / 4

    def _pdf(self, y):
        return np.cos(2 * y)

    def _cdf(self, y):
        s = np.sin(y + pymath.pi / 4)
        return s * s

    def _sf(self, y):
        return self._cdf(-y)

    def _ppf(self, p):
        return np.arcsin(np.sqrt(p)) - pymath.pi / 4

    def _mean(self):
        return 0.0

    def _var(self):
        return pymath.pi**2 / 16 - 0.5

    def _entropy(self):
        return 1 - LOG_2


@distribution
class Bradford(Distribution):
    """The Bradford distribution."""

    name, shapes = "bradford", ("c",)

    def _support(self, c):
        return 0.0, 1.0

    def _pdf(self, y, c):
        return c / ((1 + c * y) * np.log1p(c))

    def _cdf(self, y, c):
        return np.log1p(c * y) / np.log1p(c)

    def _ppf(self, p, c):
        return np.expm1(p * np.log1p(c)) / c

    def _mean(self, c):
        k = np.log1p(c)
        return (c - k) / (c * k)

    def _var(self, c):
        k = np.log1p(c)
        return ((c + 2) * k - 2 * c) / (2 * c * k * k)

    def _entropy(self, c):
        k = np.log1p(c)
        return k / 2 - np.log(c / k)


@distribution
class Cosine(Distribution):
    """The cosine distribution."""

    name = "cosine"

    def _support(self):
        return -pymath.pi, pymath.pi

    def _pdf(self, y):
        return (1 + np.cos(y)) / (2 * pymath.pi)

    def _cdf(self, y):
        # d - sin d of the distance d from -π, by its series where the difference has few digits.
        d = pymath.pi + y
        square, series = d * d, 1.0
        for n in range(17, 3, -2):
            series = 1 - square / (n * (n - 1)) * series
        near = d * square / 6 * series
        return np.where(d < 1, near, d + np.sin(y)) / (2 * pymath.pi)

    def _sf(self, y):
        return self._cdf(-y)

    def _mean(self):
        return 0.0

    def _var(self):
        return pymath.pi**2 / 3 - 2

    def _entropy(self):
        return pymath.log(4 * pymath.pi) - 1


@distribution
class Rdist(Distribution):
    """The R distribution: a symmetric beta distribution on [-1, 1]."""

    name, shapes = "rdist", ("c",)

    def _support(self, c):
        return -1.0, 1.0

    def _logpdf(self, y, c):
        h = c / 2
        return special("xlog1py", h - 1, -y * y) - special("betaln", 0.5, h)

    def _cdf(self, y, c):
        return special("betainc", c / 2, c / 2, (y + 1) / 2)

    def _sf(self, y, c):
        return self._cdf(-y, c)

    def _ppf(self, p, c):
        return 2 * special("betaincinv", c / 2, c / 2, p) - 1

    def _mean(self, c):
        return 0.0 * c

    def _var(self, c):
        return 1 / (c + 1)


@distribution
class Trapezoid(Distribution):
    """The trapezoidal distribution."""

    name, shapes = "trapezoid", ("c", "d")

    def _valid(self, c, d):
        return (c >= 0) & (c <= 1) & (d >= 0) & (d <= 1) & (d >= c)

    def _support(self, c, d):
        return 0.0, 1.0

    def _pdf(self, y, c, d):
        top = 2 / (d - c + 1)
        rising = top * y / np.where(c == 0, 1.0, c)
        falling = top * (1 - y) / np.where(d == 1, 1.0, 1 - d)
        return np.where(y < c, rising, np.where(y <= d, top, falling))

    def _cdf(self, y, c, d):
        width = d - c + 1
        rising = y * y / np.where(c == 0, 1.0, c) / width
        middle = (c + 2 * (y - c)) / width
        return np.where(y < c, rising, np.where(y <= d, middle, 1 - self._falling(y, d, width)))

    def _sf(self, y, c, d):
        width = d - c + 1
        return np.where(y > d, self._falling(y, d, width), 1 - self._cdf(y, c, d))

    @staticmethod
    def _falling(y, d, width):
        return (1 - y) * (1 - y) / np.where(d == 1, 1.0, 1 - d) / width

    def _ppf(self, p, c, d):
        width = d - c + 1
        first, last = self._cdf(c, c, d), self._cdf(d, c, d)
        rising = np.sqrt(p * c * width)
        middle = 0.5 * p * width + 0.5 * c
        falling = 1 - np.sqrt((1 - p) * (1 - d) * width)
        return np.where(p < first, rising, np.where(p <= last, middle, falling))


@distribution
class WrappedCauchy(Distribution):
    """The wrapped Cauchy distribution, on [0, 2π]."""

    name, shapes = "wrapcauchy", ("c",)

    def _valid(self, c):
        return (c > 0) & (c < 1)

    def _support(self, c):
        return 0.0, 2 * pymath.pi

    def _pdf(self, y, c):
        return (1 - c * c) / (2 * pymath.pi * (1 + c * c - 2 * c * np.cos(y)))

    def _cdf(self, y, c):
        return np.arctan2((1 + c) * np.sin(y / 2), (1 - c) * np.cos(y / 2)) / pymath.pi

    def _sf(self, y, c):
        return self._cdf(2 * pymath.pi - y, c)

    def _ppf(self, p, c):
        half = pymath.pi * p
        return 2 * np.arctan2((1 - c) * np.sin(half), (1 + c) * np.cos(half))

    def _entropy(self, c):
        return LOG_2PI + np.log1p(-c * c)


@distribution
class GeneralizedHalfLogistic(Distribution):
    """The generalized half-logistic distribution."""

    name, shapes = "genhalflogistic", ("c",)

    def _support(self, c):
        return 0.0, 1 / c

    def _pdf(self, y, c):
        rest = 1 - c * y
        power = rest ** (1 / c - 1)
        sum_ = 1 + power * rest
        return 2 * power / (sum_ * sum_)

    def _cdf(self, y, c):
        power = (1 - c * y) ** (1 / c)
        return (1 - power) / (1 + power)

    def _sf(self, y, c):
        power = (1 - c * y) ** (1 / c)
        return 2 * power / (1 + power)

    def _ppf(self, p, c):
        return (1 - ((1 - p) / (1 + p)) ** c) / c

    def _isf(self, p, c):
        return (1 - (p / (2 - p)) ** c) / c


@distribution
class NoncentralT(Distribution):
    """The noncentral t distribution."""

    name, shapes = "nct", ("df", "nc")

    def _valid(self, df, nc):
        return (df > 0) & (nc == nc)

    def _support(self, df, nc):
        return -INF, INF

    def _pdf(self, y, df, nc):
        return jvp(lambda y: special("nctdtr", df, nc, y), (y,), (np.ones_like(y),))[1]

    def _logpdf(self, y, df, nc):
        return np.log(self._pdf(y, df, nc))

    def _cdf(self, y, df, nc):
        return special("nctdtr", df, nc, y)

    def _sf(self, y, df, nc):
        return special("nctdtr", df, -nc, -y)

    def _ppf(self, p, df, nc):
        return quantile(self._cdf, self._pdf, self._support, p, (df, nc), False)

    def _isf(self, p, df, nc):
        return quantile(self._sf, self._pdf, self._support, p, (df, nc), True)

    def _mean(self, df, nc):
        logs = special("gammaln", (df - 1) / 2) - special("gammaln", df / 2)
        return np.where(df > 1, nc * np.sqrt(df / 2) * np.exp(logs), numpy.nan)

    def _var(self, df, nc):
        value = df * (1 + nc * nc) / (df - 2) - self._mean(df, nc) ** 2
        return np.where(df > 2, value, numpy.nan)
