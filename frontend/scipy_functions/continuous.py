"""The distributions of real numbers in `scipy.stats`."""

# The formulas of a distribution name its own shapes, where the base class has any number of them.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

import math as pymath
from typing import Any, ClassVar

import numpy

from ..tracing import Array
from ..transforms.custom_rules import custom_jvp
from ..transforms.derivatives import jvp, stop_gradient
from .distributions import (
    INF,
    LOG_2PI,
    Distribution,
    decay,
    distribution,
    half_square,
    magnitude,
    rise,
)
from .quantiles import inverse
from .scipy_special import erf, special

np: Any = numpy  # its type stubs know no traced arrays


@distribution
class Norm(Distribution):
    """The normal distribution."""

    name = "norm"

    def _logpdf(self, y):
        return -half_square(y) - LOG_2PI / 2

    def _cdf(self, y):
        return special("ndtr", y)

    def _sf(self, y):
        return special("ndtr", -y)

    def _logcdf(self, y):
        return special("log_ndtr", y)

    def _logsf(self, y):
        return special("log_ndtr", -y)

    def _ppf(self, p):
        return special("ndtri", p)

    def _isf(self, p):
        return -special("ndtri", p)

    def _mean(self):
        return 0.0

    def _var(self):
        return 1.0

    def _entropy(self):
        return (LOG_2PI + 1) / 2


@distribution
class T(Distribution):
    """Student's t distribution."""

    name, shapes = "t", ("df",)

    def _logpdf(self, y, df):
        constant = special("gammaln", (df + 1) / 2) - special("gammaln", df / 2)
        return constant - 0.5 * np.log(df * np.pi) - (df + 1) / 2 * np.log1p(y * y / df)

    def _cdf(self, y, df):
        return special("stdtr", df, y)

    def _sf(self, y, df):
        return special("stdtr", df, -y)

    def _ppf(self, p, df):
        return np.where(p == 0, -INF, special("stdtrit", df, p))

    def _isf(self, p, df):
        return -self._ppf(p, df)

    def _mean(self, df):
        return np.where(df > 1, 0.0, INF)

    def _var(self, df):
        return np.where(df > 2, df / (df - 2), np.where(df > 1, INF, np.nan))

    def _entropy(self, df):
        h, h1 = df / 2, (df + 1) / 2
        rise = special("psi", h1) - special("psi", h)
        return h1 * rise + 0.5 * np.log(df) + special("betaln", h, 0.5)


@distribution
class Chi2(Distribution):
    """The χ² distribution."""

    name, shapes = "chi2", ("df",)

    def _support(self, df):
        return 0.0, INF

    def _logpdf(self, y, df):
        constant = special("gammaln", df / 2) + pymath.log(2) * df / 2
        return special("xlogy", df / 2 - 1, y) - y / 2 - constant

    def _cdf(self, y, df):
        return special("gammainc", df / 2, y / 2)

    def _sf(self, y, df):
        return special("gammaincc", df / 2, y / 2)

    def _ppf(self, p, df):
        return 2 * special("gammaincinv", df / 2, p)

    def _isf(self, p, df):
        return 2 * special("gammainccinv", df / 2, p)

    def _mean(self, df):
        return df

    def _var(self, df):
        return 2 * df

    def _entropy(self, df):
        h = df / 2
        return h + pymath.log(2) + special("gammaln", h) + (1 - h) * special("psi", h)


@distribution
class Gamma(Distribution):
    """The gamma distribution."""

    name, shapes = "gamma", ("a",)

    def _support(self, a):
        return 0.0, INF

    def _logpdf(self, y, a):
        return special("xlogy", a - 1, y) - y - special("gammaln", a)

    def _cdf(self, y, a):
        return special("gammainc", a, y)

    def _sf(self, y, a):
        return special("gammaincc", a, y)

    def _ppf(self, p, a):
        return special("gammaincinv", a, p)

    def _isf(self, p, a):
        return special("gammainccinv", a, p)

    def _mean(self, a):
        return a

    def _var(self, a):
        return a

    def _entropy(self, a):
        return special("psi", a) * (1 - a) + a + special("gammaln", a)


@distribution
class InvGamma(Distribution):
    """The distribution of 1 / x, where x is a gamma number."""

    name, shapes = "invgamma", ("a",)

    def _support(self, a):
        return 0.0, INF

    def _logpdf(self, y, a):
        value = -(a + 1) * np.log(y) - special("gammaln", a) - 1 / y
        return np.where(y > 0, value, -INF)

    def _cdf(self, y, a):
        return np.where(y > 0, special("gammaincc", a, 1 / y), 0.0)

    def _sf(self, y, a):
        return np.where(y > 0, special("gammainc", a, 1 / y), 1.0)

    def _ppf(self, p, a):
        return 1 / special("gammainccinv", a, p)

    def _isf(self, q, a):
        return 1 / special("gammaincinv", a, q)

    def _mean(self, a):
        return np.where(a > 1, 1 / (a - 1), INF)

    def _var(self, a):
        return np.where(a > 2, 1 / ((a - 1) * (a - 1) * (a - 2)), INF)

    def _entropy(self, a):
        return a - (a + 1) * special("psi", a) + special("gammaln", a)


@distribution
class Beta(Distribution):
    """The beta distribution."""

    name, shapes = "beta", ("a", "b")

    def _support(self, a, b):
        return 0.0, 1.0

    def _logpdf(self, y, a, b):
        powers = special("xlogy", a - 1, y) + special("xlog1py", b - 1, -y)
        return powers - special("betaln", a, b)

    def _cdf(self, y, a, b):
        return special("betainc", a, b, y)

    def _sf(self, y, a, b):
        return special("betaincc", a, b, y)

    def _ppf(self, p, a, b):
        return special("betaincinv", a, b, p)

    def _isf(self, p, a, b):
        return special("betainccinv", a, b, p)

    def _mean(self, a, b):
        return a / (a + b)

    def _var(self, a, b):
        return a * b / ((a + b) * (a + b) * (a + b + 1))

    def _entropy(self, a, b):
        psi_a, psi_b, psi = (special("psi", x) for x in (a, b, a + b))
        return special("betaln", a, b) - (a - 1) * psi_a - (b - 1) * psi_b + (a + b - 2) * psi


@distribution
class F(Distribution):
    """The F distribution."""

    name, shapes = "f", ("dfn", "dfd")

    def _support(self, m, n):
        return 0.0, INF

    def _logpdf(self, y, m, n):
        constant = m / 2 * np.log(m) + n / 2 * np.log(n) - special("betaln", m / 2, n / 2)
        return special("xlogy", m / 2 - 1, y) - (m + n) / 2 * np.log(n + m * y) + constant

    def _cdf(self, y, m, n):
        return special("betainc", m / 2, n / 2, m * y / (n + m * y))

    def _sf(self, y, m, n):
        return special("betainc", n / 2, m / 2, n / (n + m * y))

    def _mean(self, m, n):
        return np.where(n > 2, n / (n - 2), INF)

    def _var(self, m, n):
        value = 2 * n * n * (m + n - 2) / (m * (n - 2) * (n - 2) * (n - 4))
        return np.where(n > 4, value, INF)

    def _ppf(self, p, m, n):
        # The beta number b = m y / (n + m y) and its rest 1 - b, each with all its digits.
        b, rest = special("betaincinv", m / 2, n / 2, p), special("betainccinv", n / 2, m / 2, p)
        return n * b / (m * rest)

    def _isf(self, q, m, n):
        b, rest = special("betainccinv", m / 2, n / 2, q), special("betaincinv", n / 2, m / 2, q)
        return n * b / (m * rest)

    def _entropy(self, m, n):
        m, n = m / 2, n / 2
        psi_m, psi_n, psi = (special("psi", x) for x in (m, n, m + n))
        constant = np.log(n) - np.log(m) + special("betaln", m, n)
        return constant + (1 - m) * psi_m - (1 + n) * psi_n + (m + n) * psi


@distribution
class Expon(Distribution):
    """The exponential distribution."""

    name = "expon"
    regular_ends = True

    def _support(self):
        return 0.0, INF

    def _logpdf(self, y):
        return -y

    def _cdf(self, y):
        return -np.expm1(-y)

    def _sf(self, y):
        return np.exp(-y)

    def _logsf(self, y):
        return -y

    def _ppf(self, p):
        return -np.log1p(-p)

    def _isf(self, p):
        return -np.log(p)

    def _mean(self):
        return 1.0

    def _var(self):
        return 1.0

    def _entropy(self):
        return 1.0


@distribution
class Uniform(Distribution):
    """The uniform distribution from loc to loc + scale."""

    name = "uniform"
    regular_ends = True

    def _support(self):
        return 0.0, 1.0

    def _logpdf(self, y):
        return 0.0 * y

    def _cdf(self, y):
        return y

    def _ppf(self, p):
        return p

    def _mean(self):
        return 0.5

    def _var(self):
        return 1 / 12

    def _entropy(self):
        return 0.0


@distribution
class Laplace(Distribution):
    """The Laplace distribution."""

    name = "laplace"

    def _logpdf(self, y):
        return -abs(y) - pymath.log(2)

    def _cdf(self, y):
        e = 0.5 * np.exp(-magnitude(y))
        return np.where(y < 0, e, 1 - e)

    def _sf(self, y):
        return self._cdf(-y)

    def _logcdf(self, y):
        small = np.where(y > 0, np.log1p(-0.5 * np.exp(-abs(y))), y - pymath.log(2))
        return small

    def _logsf(self, y):
        return self._logcdf(-y)

    def _ppf(self, p):
        return np.where(p > 0.5, -np.log(2 * (1 - p)), np.log(2 * p))

    def _isf(self, p):
        return -self._ppf(p)

    def _mean(self):
        return 0.0

    def _var(self):
        return 2.0

    def _entropy(self):
        return pymath.log(2) + 1


@distribution
class Cauchy(Distribution):
    """The Cauchy distribution."""

    name = "cauchy"

    def _logpdf(self, y):
        return -np.log1p(y * y) - pymath.log(pymath.pi)

    def _cdf(self, y):
        return np.arctan2(1.0, -y) / pymath.pi

    def _sf(self, y):
        return np.arctan2(1.0, y) / pymath.pi

    def _ppf(self, p):
        # Near the ends, tan(π (p - ½)) would have the digits of p - ½ only.
        share = np.where(p < 0.5, p, 1 - p)
        near = (share > 0) & (share < 0.25)
        far = 1 / np.tan(pymath.pi * np.where(near, share, 0.25))
        far = np.where(share == 0, INF, far)
        y = np.where(share < 0.25, np.where(p < 0.5, -far, far), np.tan(pymath.pi * (p - 0.5)))
        return np.where((p >= 0) & (p <= 1), y, np.nan)

    def _isf(self, p):
        return -self._ppf(p)

    def _entropy(self):
        return pymath.log(4 * pymath.pi)

    def _mean(self):
        return np.nan

    def _var(self):
        return np.nan


@distribution
class Logistic(Distribution):
    """The logistic distribution."""

    name = "logistic"

    def _logpdf(self, y):
        return special("log_expit", y) + special("log_expit", -y)

    def _cdf(self, y):
        return special("expit", y)

    def _sf(self, y):
        return special("expit", -y)

    def _logcdf(self, y):
        return special("log_expit", y)

    def _logsf(self, y):
        return special("log_expit", -y)

    def _ppf(self, p):
        return special("logit", p)

    def _isf(self, p):
        return -special("logit", p)

    def _mean(self):
        return 0.0

    def _var(self):
        return pymath.pi**2 / 3

    def _entropy(self):
        return 2.0


@distribution
class LogNorm(Distribution):
    """The distribution of e^x, where x is a normal number of standard deviation s."""

    name, shapes = "lognorm", ("s",)

    def _support(self, s):
        return 0.0, INF

    def _logpdf(self, y, s):
        z = np.log(y) / s
        return np.where(y > 0, -half_square(z) - np.log(s * y) - LOG_2PI / 2, -INF)

    def _cdf(self, y, s):
        return np.where(y > 0, special("ndtr", np.log(y) / s), 0.0)

    def _sf(self, y, s):
        return np.where(y > 0, special("ndtr", -np.log(y) / s), 1.0)

    def _logcdf(self, y, s):
        return special("log_ndtr", np.log(y) / s)

    def _logsf(self, y, s):
        return np.where(y > 0, special("log_ndtr", -np.log(y) / s), 0.0)

    def _ppf(self, p, s):
        return np.exp(s * special("ndtri", p))

    def _isf(self, p, s):
        return np.exp(-s * special("ndtri", p))

    def _mean(self, s):
        return np.exp(half_square(s))

    def _var(self, s):
        return np.expm1(s * s) * np.exp(s * s)

    def _entropy(self, s):
        return 0.5 + LOG_2PI / 2 + np.log(s)


@distribution
class Pareto(Distribution):
    """The Pareto distribution."""

    name, shapes = "pareto", ("b",)

    def _support(self, b):
        return 1.0, INF

    def _logpdf(self, y, b):
        return np.log(b) - (b + 1) * np.log(y)

    def _cdf(self, y, b):
        return -np.expm1(-b * np.log(y))

    def _sf(self, y, b):
        return np.exp(-b * np.log(y))

    def _logsf(self, y, b):
        return -b * np.log(y)

    def _ppf(self, p, b):
        return np.exp(-np.log1p(-p) / b)

    def _isf(self, p, b):
        return np.exp(-np.log(p) / b)

    def _mean(self, b):
        return np.where(b > 1, b / (b - 1), INF)

    def _var(self, b):
        return np.where(b > 2, b / ((b - 2) * (b - 1) * (b - 1)), INF)

    def _entropy(self, b):
        return 1 + 1 / b - np.log(b)


@distribution
class WeibullMin(Distribution):
    """The Weibull distribution."""

    name, shapes = "weibull_min", ("c",)
    regular_ends = True

    def _support(self, c):
        return 0.0, INF

    def _logpdf(self, y, c):
        return np.log(c) + special("xlogy", c - 1, y) - np.power(y, c)

    def _cdf(self, y, c):
        return -np.expm1(-np.power(y, c))

    def _sf(self, y, c):
        return np.exp(-np.power(y, c))

    def _logsf(self, y, c):
        return -np.power(y, c)

    def _ppf(self, p, c):
        return np.power(-np.log1p(-p), 1 / c)

    def _isf(self, p, c):
        return np.power(-np.log(p), 1 / c)

    def _mean(self, c):
        return special("gamma", 1 + 1 / c)

    def _entropy(self, c):
        return np.euler_gamma * (1 - 1 / c) - np.log(c) + 1

    def _var(self, c):
        mean = special("gamma", 1 + 1 / c)
        return special("gamma", 1 + 2 / c) - mean * mean


@distribution
class Rayleigh(Distribution):
    """The Rayleigh distribution."""

    name = "rayleigh"

    def _support(self):
        return 0.0, INF

    def _logpdf(self, y):
        return np.where(y < INF, np.log(y) - half_square(y), -INF)

    def _cdf(self, y):
        return -np.expm1(-half_square(y))

    def _sf(self, y):
        return np.exp(-half_square(y))

    def _logsf(self, y):
        return -half_square(y)

    def _ppf(self, p):
        return np.sqrt(-2 * np.log1p(-p))

    def _isf(self, p):
        return np.sqrt(-2 * np.log(p))

    def _mean(self):
        return pymath.sqrt(pymath.pi / 2)

    def _var(self):
        return 2 - pymath.pi / 2

    def _entropy(self):
        return np.euler_gamma / 2 + 1 - pymath.log(2) / 2


@distribution
class HalfNorm(Distribution):
    """The distribution of |x|, where x is a normal number."""

    name = "halfnorm"

    def _support(self):
        return 0.0, INF

    def _logpdf(self, y):
        return -half_square(y) + 0.5 * pymath.log(2 / pymath.pi)

    def _cdf(self, y):
        return erf(y / pymath.sqrt(2))

    def _sf(self, y):
        return 2 * special("ndtr", -y)

    def _logsf(self, y):
        return pymath.log(2) + special("log_ndtr", -y)

    def _ppf(self, p):
        return pymath.sqrt(2) * special("erfinv", p)

    def _isf(self, p):
        return -special("ndtri", p / 2)

    def _mean(self):
        return pymath.sqrt(2 / pymath.pi)

    def _var(self):
        return 1 - 2 / pymath.pi

    def _entropy(self):
        return 0.5 * pymath.log(pymath.pi / 2) + 0.5


@distribution
class HalfCauchy(Distribution):
    """The distribution of |x|, where x is a Cauchy number."""

    name = "halfcauchy"

    def _support(self):
        return 0.0, INF

    def _logpdf(self, y):
        return pymath.log(2 / pymath.pi) - np.log1p(y * y)

    def _cdf(self, y):
        return 2 / pymath.pi * np.arctan(y)

    def _sf(self, y):
        return 2 / pymath.pi * np.arctan2(1.0, y)

    def _ppf(self, p):
        return np.where(p < 1, np.tan(pymath.pi / 2 * p), INF)

    def _isf(self, p):
        return 1 / np.tan(pymath.pi / 2 * p)

    def _entropy(self):
        return pymath.log(2 * pymath.pi)

    def _mean(self):
        return INF

    def _var(self):
        return INF


@distribution
class GumbelR(Distribution):
    """The Gumbel distribution of maxima."""

    name = "gumbel_r"

    def _logpdf(self, y):
        return -y - np.exp(-y)

    def _cdf(self, y):
        return decay(np.exp(-y))

    def _sf(self, y):
        return rise(np.exp(-y))

    def _logcdf(self, y):
        return -np.exp(-y)

    def _ppf(self, p):
        return -np.log(-np.log(p))

    def _isf(self, q):
        return -np.log(-np.log1p(-q))

    def _mean(self):
        return np.euler_gamma

    def _var(self):
        return pymath.pi**2 / 6

    def _entropy(self):
        return np.euler_gamma + 1


@distribution
class GumbelL(Distribution):
    """The Gumbel distribution of minima."""

    name = "gumbel_l"

    def _logpdf(self, y):
        return y - np.exp(y)

    def _cdf(self, y):
        return rise(np.exp(y))

    def _sf(self, y):
        return decay(np.exp(y))

    def _logsf(self, y):
        return -np.exp(y)

    def _ppf(self, p):
        return np.log(-np.log1p(-p))

    def _isf(self, p):
        return np.log(-np.log(p))

    def _mean(self):
        return -np.euler_gamma

    def _var(self):
        return pymath.pi**2 / 6

    def _entropy(self):
        return np.euler_gamma + 1


@distribution
class SkewNorm(Distribution):
    """The skew normal distribution."""

    name, shapes = "skewnorm", ("a",)

    def _valid(self, a):
        return a == a

    def _logpdf(self, y, a):
        return pymath.log(2) - half_square(y) - LOG_2PI / 2 + special("log_ndtr", a * y)

    def _cdf(self, y, a):
        return special("ndtr", y) - 2 * special("owens_t", y, a)

    # The tails of this difference have no digits.

    def _logcdf(self, y, a):
        return self._missing("logcdf")

    def _logsf(self, y, a):
        return self._missing("logsf")

    def _sf(self, y, a):
        return special("ndtr", -y) + 2 * special("owens_t", y, a)

    def _mean(self, a):
        return pymath.sqrt(2 / pymath.pi) * a / np.sqrt(1 + a * a)

    def _var(self, a):
        return 1 - 2 / pymath.pi * (a * a) / (1 + a * a)


@distribution
class GenNorm(Distribution):
    """The generalized normal distribution."""

    name, shapes = "gennorm", ("beta",)

    def _logpdf(self, y, beta):
        # Of a sharp edge, the slope at its top is 0.
        top = (beta == 1) & (y == 0)
        size = np.where(top, abs(y), np.power(magnitude(y), beta))
        return np.log(beta / 2) - special("gammaln", 1 / beta) - size

    def _cdf(self, y, beta):
        def formula(y: Array, beta: Array) -> Array:
            size = np.power(magnitude(y), beta)
            tail = 0.5 * special("gammaincc", 1 / beta, size)
            # At 0 the incomplete gamma function rises infinitely fast, and the power not at all.
            straight = 0.5 + y * np.exp(np.log(beta / 2) - special("gammaln", 1 / beta))
            return np.where(size < 1e-18, straight, np.where(y > 0, 1 - tail, tail))

        value = custom_jvp(formula)

        @value.defjvp
        def _rule(primals: Any, tangents: Any) -> Any:
            """d cdf = pdf dy + ∂cdf/∂β dβ. The straight line is right in its slope alone."""
            (y, beta), (dy, dbeta) = primals, tangents
            by_beta = jvp(lambda b: formula(y, b), (beta,), (dbeta,))[1]
            return value(y, beta), self._pdf(y, beta) * dy + by_beta

        return value(y, beta)

    def _sf(self, y, beta):
        return self._cdf(-y, beta)

    def _ppf(self, p, beta):
        def value(p: Array, beta: Array) -> Array:
            upper = p > 0.5
            size = special("gammainccinv", 1 / beta, 2 * np.where(upper, 1 - p, p))
            size = np.power(size, 1 / beta)
            return np.where(upper, size, -size)

        # Where p is ½, the power rises infinitely fast.
        return inverse(value, self._cdf, self._pdf, upper=False)(p, beta)

    def _isf(self, q, beta):
        return -self._ppf(q, beta)

    def _mean(self, beta):
        return 0.0 * beta

    def _var(self, beta):
        return np.exp(special("gammaln", 3 / beta) - special("gammaln", 1 / beta))

    def _entropy(self, beta):
        return 1 / beta - np.log(beta / 2) + special("gammaln", 1 / beta)


@distribution
class VonMises(Distribution):
    """The von Mises distribution on the circle."""

    name, shapes = "vonmises", ("kappa",)
    METHODS: ClassVar[tuple[str, ...]] = (
        "pdf", "logpdf", "cdf", "logcdf", "sf", "logsf", "entropy",
    )  # fmt: skip

    def _valid(self, kappa):
        return kappa >= 0

    def _cdf(self, y, kappa):
        turns = np.round(y / (2 * pymath.pi))
        y = y - 2 * pymath.pi * turns
        tail = self._tail(np.where(y > 0, y, -y), kappa)
        return np.where(y > 0, 1 - tail, tail) + turns

    def _sf(self, y, kappa):
        return self._cdf(-y, kappa)

    @staticmethod
    def _tail(z, kappa):
        """
        The probability of a number between z ≥ 0 and π: a sum over nodes up to the number where
        the density is e⁻⁴⁰ of that at z.
        """
        nodes, weights = numpy.polynomial.legendre.leggauss(64)
        low = np.cos(z) - 40 / kappa
        end = np.where(low > -1, np.arccos(np.where(low > -1, low, 0.0)), pymath.pi)
        width = (stop_gradient(end) - z)[..., None]
        at = z[..., None] + width * ((nodes + 1) / 2)
        density = np.exp(kappa[..., None] * special("cosm1", at)) * (weights / 2)
        return np.sum(width * density, axis=-1) / (2 * pymath.pi * special("i0e", kappa))

    def _logpdf(self, y, kappa):
        return kappa * special("cosm1", y) - LOG_2PI - np.log(special("i0e", kappa))

    def _entropy(self, kappa):
        i0, i1 = special("i0e", kappa), special("i1e", kappa)
        return -kappa * i1 / i0 + LOG_2PI + np.log(i0) + kappa
