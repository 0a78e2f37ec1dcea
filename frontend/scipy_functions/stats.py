"""
`scipy.stats`: distributions, with SciPy's names of parameters and methods.

A distribution is a class with formulas of a standard number y = (x - loc) / scale. The methods for
users come from these formulas: a density has the factor 1 / scale, and a distribution function has
none. Outside of the support, densities are 0 and distribution functions are 0 or 1, as in SciPy.
"""

# The formulas of a distribution name its own shapes, where the base class has any number of them.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

import functools
import math as pymath
from collections.abc import Callable
from typing import Any, ClassVar

import numpy

from .. import ops, viewing
from ..api import here
from ..numpy_functions.elementwise import filled
from ..tracing import Array, located
from ..tracing import tracing as is_tracing
from .offers import alike, floats, implements
from .scipy_special import special

np: Any = numpy  # its type stubs know no traced arrays

INF = pymath.inf
LOG_2PI = pymath.log(2 * pymath.pi)

DISTRIBUTIONS: dict[str, Any] = {}
"""By name."""


class Distribution:
    """
    A distribution. `family(*shapes, loc, scale)` is the distribution with these parameters fixed.

    A subclass gives formulas of y and the shapes, and the support. A formula that a subclass does
    not give follows from others: `pdf` from `logpdf`, `sf` from `cdf`, logarithms from values.
    """

    name: ClassVar[str]
    shapes: ClassVar[tuple[str, ...]] = ()
    discrete: ClassVar[bool] = False
    METHODS: ClassVar[tuple[str, ...]] = (
        "pdf", "logpdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf", "mean", "var", "std",
        "entropy",
    )  # fmt: skip

    # For subclasses: formulas of standard numbers.

    def _support(self, *shapes: Array) -> tuple[Any, Any]:
        return -INF, INF

    def _valid(self, *shapes: Array) -> Any:
        """Whether the shapes are shapes of a distribution: without more, if all are positive."""
        valid: Any = True
        for shape in shapes:
            valid = valid & (shape > 0)
        return valid

    def _logpdf(self, y: Array, *shapes: Array) -> Array:
        return np.log(self._pdf(y, *shapes))

    def _pdf(self, y: Array, *shapes: Array) -> Array:
        return np.exp(self._logpdf(y, *shapes))

    def _cdf(self, y: Array, *shapes: Array) -> Array:
        return self._missing("cdf")

    def _sf(self, y: Array, *shapes: Array) -> Array:
        return 1 - self._cdf(y, *shapes)

    def _logcdf(self, y: Array, *shapes: Array) -> Array:
        return np.log(self._cdf(y, *shapes))

    def _logsf(self, y: Array, *shapes: Array) -> Array:
        return np.log(self._sf(y, *shapes))

    def _ppf(self, p: Array, *shapes: Array) -> Array:
        return self._missing("ppf")

    def _isf(self, p: Array, *shapes: Array) -> Array:
        return self._ppf(1 - p, *shapes)

    def _mean(self, *shapes: Array) -> Any:
        return self._missing("mean")

    def _var(self, *shapes: Array) -> Any:
        return self._missing("var")

    def _entropy(self, *shapes: Array) -> Any:
        return self._missing("entropy")

    def _missing(self, method: str) -> Any:
        raise located(
            TypeError, f"scipy.stats.{self.name}.{method} is not supported on traced arrays"
        )

    # The arguments of the methods.

    def _arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        """The shapes, loc and scale."""
        names = [*self.shapes, "loc", *(() if self.discrete else ("scale",))]
        given = dict(zip(names, args))
        if len(args) > len(names) or given.keys() & kwargs.keys() or kwargs.keys() - set(names):
            raise located(
                TypeError,
                f"scipy.stats.{self.name} takes the parameters {', '.join(names)}, "
                f"not {len(args)} of them and {', '.join(kwargs) or 'no names'}",
            )
        given |= kwargs
        missing = [name for name in self.shapes if name not in given]
        if missing:
            raise located(TypeError, f"scipy.stats.{self.name} needs {', '.join(missing)}")
        defaults = {"loc": 0.0, "scale": 1.0}
        return [given.get(name, defaults.get(name)) for name in names] + [1.0] * self.discrete

    def _of_number(
        self, formula: Callable[..., Array], x: Any, args: Any, kwargs: Any
    ) -> tuple[Any, Any, Array, list[Array], Array]:
        """
        The value of a formula at y, whether the parameters are right, y, the shapes and the scale.
        """
        x, *shapes, loc, scale = alike(x, *self._arguments(args, kwargs))
        y = x - loc if self.discrete else (x - loc) / scale
        valid = self._valid(*shapes) & (scale > 0) & (x == x)
        return formula(y, *shapes), valid, y, shapes, scale

    def _density(self, x: Any, args: Any, kwargs: Any, is_log: bool) -> Array:
        formula = self._logpdf if is_log else self._pdf
        value, valid, y, shapes, scale = self._of_number(formula, x, args, kwargs)
        if not self.discrete:
            value = value - np.log(scale) if is_log else value / scale
        low, high = self._support(*shapes)
        inside = (y >= low) & (y <= high)
        if self.discrete:
            inside = inside & (np.floor(y) == y)
        value = np.where(inside, value, -INF if is_log else 0.0)
        return np.where(valid, value, np.nan)

    def _probability(
        self,
        formula: Callable[..., Array],
        x: Any,
        args: Any,
        kwargs: Any,
        ends: tuple[float, float],
    ) -> Array:
        """A distribution function. `ends` are its values below and above the support."""

        def at_whole(y: Array, *shapes: Array) -> Array:
            low, high = self._support(*shapes)
            y = np.floor(y) if self.discrete else y
            # The formulas hold inside of the support alone.
            below, above = (y < low), (y >= high)
            value = formula(y, *shapes)
            return np.where(below, ends[0], np.where(above, ends[1], value))

        value, valid, *_ = self._of_number(at_whole, x, args, kwargs)
        return np.where(valid, value, np.nan)

    def _quantile(self, formula: Callable[..., Array], p: Any, args: Any, kwargs: Any) -> Array:
        p, *shapes, loc, scale = alike(p, *self._arguments(args, kwargs))
        valid = self._valid(*shapes) & (scale > 0) & (p >= 0) & (p <= 1)
        return np.where(valid, formula(p, *shapes) * scale + loc, np.nan)

    # SciPy's methods.

    def logpdf(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The logarithm of the density."""
        return self._density(x, args, kwargs, True)

    def pdf(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The density."""
        return self._density(x, args, kwargs, False)

    def cdf(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The probability of a number up to x."""
        return self._probability(self._cdf, x, args, kwargs, (0.0, 1.0))

    def sf(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The probability of a number above x."""
        return self._probability(self._sf, x, args, kwargs, (1.0, 0.0))

    def logcdf(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The logarithm of `cdf`."""
        return self._probability(self._logcdf, x, args, kwargs, (-INF, 0.0))

    def logsf(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The logarithm of `sf`."""
        return self._probability(self._logsf, x, args, kwargs, (0.0, -INF))

    def ppf(self, q: Any, *args: Any, **kwargs: Any) -> Any:
        """The number up to which the probability is q."""
        return self._quantile(self._ppf, q, args, kwargs)

    def isf(self, q: Any, *args: Any, **kwargs: Any) -> Any:
        """The number above which the probability is q."""
        return self._quantile(self._isf, q, args, kwargs)

    def _moment(self, args: Any, kwargs: Any, formula: Any) -> Array:
        *shapes, loc, scale = alike(*self._arguments(args, kwargs))
        value = formula(shapes, loc, scale)
        return np.where(self._valid(*shapes) & (scale > 0), value, np.nan)

    def mean(self, *args: Any, **kwargs: Any) -> Any:
        """The mean."""
        return self._moment(args, kwargs, lambda s, loc, scale: self._mean(*s) * scale + loc)

    def var(self, *args: Any, **kwargs: Any) -> Any:
        """The variance."""
        return self._moment(args, kwargs, lambda s, loc, scale: self._var(*s) * (scale * scale))

    def std(self, *args: Any, **kwargs: Any) -> Any:
        """The standard deviation."""
        return self._moment(args, kwargs, lambda s, loc, scale: np.sqrt(self._var(*s)) * scale)

    def entropy(self, *args: Any, **kwargs: Any) -> Any:
        """The entropy, in nats."""
        return self._moment(args, kwargs, lambda s, loc, scale: self._entropy(*s) + np.log(scale))


class Discrete(Distribution):
    """A distribution of integers. `_logpdf` is the logarithm of a probability."""

    discrete: ClassVar[bool] = True
    METHODS: ClassVar[tuple[str, ...]] = (
        "pmf", "logpmf", "cdf", "logcdf", "sf", "logsf", "mean", "var", "std", "entropy",
    )  # fmt: skip

    def logpmf(self, k: Any, *args: Any, **kwargs: Any) -> Any:
        """The logarithm of the probability of k."""
        return self._density(k, args, kwargs, True)

    def pmf(self, k: Any, *args: Any, **kwargs: Any) -> Any:
        """The probability of k."""
        return self._density(k, args, kwargs, False)


class Family:
    """A distribution as users see it: on NumPy's arrays SciPy's own, on traced arrays letgrad's."""

    def __init__(self, own: Any, name: str, methods: tuple[str, ...]):
        self.__name__ = self.name = name
        self.__doc__ = own.__doc__
        self._own = own
        self._methods = methods

    def __repr__(self) -> str:
        return f"<letgrad.scipy.stats.{self.name}>"

    def __dir__(self) -> list[str]:
        return [*self._methods]

    def __getattr__(self, method: str) -> Any:
        if method.startswith("__"):
            raise AttributeError(method)
        theirs = getattr(_of_scipy(self.name), method, None)
        if method not in self._methods:
            if theirs is None:
                raise AttributeError(f"scipy.stats.{self.name} has no method '{method}'")
            return theirs
        ours = getattr(self._own, method)

        def either(*args: Any, **kwargs: Any) -> Any:
            args, kwargs = viewing.plain(args), viewing.plain(kwargs)
            if viewing.has_traced((args, kwargs)):
                return viewing.own(ours(*args, **kwargs))
            if theirs is not None:
                result = theirs(*args, **kwargs)
                return viewing.held(result) if is_tracing() else result
            return here(ours)(*args, **kwargs)

        either.__name__ = method
        either.__doc__ = ours.__doc__
        return either

    def __call__(self, *parameters: Any, **named: Any) -> Frozen:
        return Frozen(self, parameters, named)


class Frozen:
    """A distribution with fixed parameters: `norm(loc, scale).pdf(x)`."""

    def __init__(self, family: Family, parameters: tuple[Any, ...], named: dict[str, Any]):
        self.dist, self.args, self.kwds = family, parameters, named

    def __getattr__(self, method: str) -> Any:
        if method.startswith("__"):
            raise AttributeError(method)
        function = getattr(self.dist, method)

        def fixed(*args: Any, **kwargs: Any) -> Any:
            return function(*args, *self.args, **kwargs, **self.kwds)

        return fixed


@functools.cache
def _of_scipy(name: str) -> Any:
    try:
        import scipy.stats
    except ImportError:
        return None
    return getattr(scipy.stats, name, None)


def distribution(cls: type[Distribution]) -> type[Distribution]:
    """Class decorator: offer a distribution."""
    DISTRIBUTIONS[cls.name] = Family(cls(), cls.name, cls.METHODS)
    return cls


def _half(y: Array) -> Array:
    return 0.5 * (y * y)


# Distributions of real numbers.


@distribution
class Norm(Distribution):
    """The normal distribution."""

    name = "norm"

    def _logpdf(self, y):
        return -_half(y) - LOG_2PI / 2

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
        return special("gammaincc", a, 1 / y)

    def _sf(self, y, a):
        return special("gammainc", a, 1 / y)

    def _ppf(self, p, a):
        return 1 / special("gammainccinv", a, p)

    def _mean(self, a):
        return np.where(a > 1, 1 / (a - 1), INF)

    def _var(self, a):
        return np.where(a > 2, 1 / ((a - 1) * (a - 1) * (a - 2)), INF)


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


@distribution
class Expon(Distribution):
    """The exponential distribution."""

    name = "expon"

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
        e = 0.5 * np.exp(-abs(y))
        return np.where(y > 0, 1 - e, e)

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
        inside = (p > 0) & (p < 1)
        return np.where(inside, np.tan(pymath.pi * (p - 0.5)), np.where(p == 0, -INF, INF))

    def _isf(self, p):
        return -self._ppf(p)

    def _entropy(self):
        return pymath.log(4 * pymath.pi)


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
        return np.where(y > 0, -_half(z) - np.log(s * y) - LOG_2PI / 2, -INF)

    def _cdf(self, y, s):
        return special("ndtr", np.log(y) / s)

    def _sf(self, y, s):
        return special("ndtr", -np.log(y) / s)

    def _logcdf(self, y, s):
        return special("log_ndtr", np.log(y) / s)

    def _logsf(self, y, s):
        return special("log_ndtr", -np.log(y) / s)

    def _ppf(self, p, s):
        return np.exp(s * special("ndtri", p))

    def _isf(self, p, s):
        return np.exp(-s * special("ndtri", p))

    def _mean(self, s):
        return np.exp(_half(s))

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


@distribution
class Rayleigh(Distribution):
    """The Rayleigh distribution."""

    name = "rayleigh"

    def _support(self):
        return 0.0, INF

    def _logpdf(self, y):
        return np.where(y < INF, np.log(y) - _half(y), -INF)

    def _cdf(self, y):
        return -np.expm1(-_half(y))

    def _sf(self, y):
        return np.exp(-_half(y))

    def _logsf(self, y):
        return -_half(y)

    def _ppf(self, p):
        return np.sqrt(-2 * np.log1p(-p))

    def _isf(self, p):
        return np.sqrt(-2 * np.log(p))

    def _mean(self):
        return pymath.sqrt(pymath.pi / 2)

    def _var(self):
        return 2 - pymath.pi / 2


@distribution
class HalfNorm(Distribution):
    """The distribution of |x|, where x is a normal number."""

    name = "halfnorm"

    def _support(self):
        return 0.0, INF

    def _logpdf(self, y):
        return -_half(y) + 0.5 * pymath.log(2 / pymath.pi)

    def _cdf(self, y):
        return 1 - self._sf(y)

    def _sf(self, y):
        return 2 * special("ndtr", -y)

    def _logsf(self, y):
        return pymath.log(2) + special("log_ndtr", -y)

    def _ppf(self, p):
        return special("ndtri", (1 + p) / 2)

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


@distribution
class GumbelR(Distribution):
    """The Gumbel distribution of maxima."""

    name = "gumbel_r"

    def _logpdf(self, y):
        return -y - np.exp(-y)

    def _cdf(self, y):
        return np.exp(-np.exp(-y))

    def _sf(self, y):
        return -np.expm1(-np.exp(-y))

    def _logcdf(self, y):
        return -np.exp(-y)

    def _ppf(self, p):
        return -np.log(-np.log(p))

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
        return -np.expm1(-np.exp(y))

    def _sf(self, y):
        return np.exp(-np.exp(y))

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
        return pymath.log(2) - _half(y) - LOG_2PI / 2 + special("log_ndtr", a * y)

    def _cdf(self, y, a):
        return special("ndtr", y) - 2 * special("owens_t", y, a)

    # The tails of this difference have no digits.

    def _logcdf(self, y, a):
        return self._missing("logcdf")

    def _logsf(self, y, a):
        return self._missing("logsf")


@distribution
class GenNorm(Distribution):
    """The generalized normal distribution."""

    name, shapes = "gennorm", ("beta",)

    def _logpdf(self, y, beta):
        size = np.power(abs(y), beta)
        return np.log(beta / 2) - special("gammaln", 1 / beta) - size


@distribution
class VonMises(Distribution):
    """The von Mises distribution on the circle."""

    name, shapes = "vonmises", ("kappa",)
    METHODS: ClassVar[tuple[str, ...]] = ("pdf", "logpdf", "entropy")

    def _valid(self, kappa):
        return kappa >= 0

    def _logpdf(self, y, kappa):
        return kappa * special("cosm1", y) - LOG_2PI - np.log(special("i0e", kappa))

    def _entropy(self, kappa):
        i0, i1 = special("i0e", kappa), special("i1e", kappa)
        return -kappa * i1 / i0 + LOG_2PI + np.log(i0) + kappa


# Distributions of integers.


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


# Distributions of vectors.


class MultivariateNormal:
    """The normal distribution of vectors."""

    METHODS = ("pdf", "logpdf", "entropy")

    def logpdf(self, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
        """The logarithm of the density, at each vector along the last dimension of x."""
        x, mean, cov = self._arguments(x, mean, cov)
        if allow_singular:
            return _of_subspace(x - mean, cov)
        inverse, log_det = _whitening(cov)
        y = np.einsum("ij,...j->...i", inverse, x - mean)
        return -0.5 * (cov.shape[-1] * LOG_2PI + log_det + np.sum(y * y, axis=-1))

    def pdf(self, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
        """The density."""
        return np.exp(self.logpdf(x, mean, cov, allow_singular))

    def entropy(self, mean: Any = None, cov: Any = 1) -> Any:
        """The entropy, in nats."""
        _, _, cov = self._arguments(0.0, mean, cov)
        _, log_det = _whitening(cov)
        return 0.5 * (cov.shape[-1] * (LOG_2PI + 1) + log_det)

    @staticmethod
    def _arguments(x: Any, mean: Any, cov: Any) -> tuple[Array, Array, Array]:
        """A vector or many, the mean, and the covariance as a matrix."""
        if mean is not None:
            n = int(pymath.prod(ops.shape_of(mean)))
        else:
            n = (1, *ops.shape_of(cov))[-1]
        x, mean, cov = floats(x, np.zeros(n) if mean is None else mean, cov)
        mean = np.reshape(mean, (n,))
        if cov.ndim == 0:
            cov = cov * np.eye(n, dtype=cov.dtype)
        elif cov.ndim == 1:
            cov = np.diag(cov)
        if cov.shape != (n, n):
            raise located(
                ValueError,
                f"scipy.stats.multivariate_normal: the covariance has shape {cov.shape}, and the "
                f"vectors have {n} elements",
            )
        if x.ndim == 0:
            x = np.reshape(x, (1,))
        elif x.ndim == 1 and n == 1:
            x = x[:, None]
        return x, mean, cov


def _whitening(cov: Array) -> tuple[Array, Array]:
    """The inverse l⁻¹ of the factor l with l lᵀ = cov, and log det cov."""
    # The derivative is the one by a symmetric matrix, whichever triangle a program varies.
    lower = np.linalg.cholesky((cov + cov.T) / 2)
    return np.linalg.inv(lower), 2 * np.sum(np.log(np.diagonal(lower)))


def _of_subspace(difference: Array, cov: Array) -> Array:
    """
    The logarithm of the density on the subspace that the covariance spans, -∞ outside of it.

    SciPy takes an eigenvalue below a bound for 0, and a distance below 1000 times the bound.
    """
    values, vectors = np.linalg.eigh((cov + cov.T) / 2)
    factor = 1e3 if cov.dtype == np.float32 else 1e6
    bound = factor * np.finfo(cov.dtype).eps * np.max(abs(values), initial=0.0)
    there = values > bound
    safe = np.where(there, values, 1.0)
    along = np.einsum("ji,...j->...i", vectors, difference)
    squares = np.sum(np.where(there, along * along / safe, 0.0), axis=-1)
    rank = np.sum(np.where(there, filled(values, 1), 0.0))
    result = -0.5 * (rank * LOG_2PI + np.sum(np.where(there, np.log(safe), 0.0)) + squares)
    beside = np.sum(np.where(there, 0.0, along * along), axis=-1)
    return np.where(beside < np.square(1e3 * bound), result, -INF)


class Dirichlet:
    """The Dirichlet distribution."""

    METHODS = ("pdf", "logpdf", "mean", "var", "entropy")

    def logpdf(self, x: Any, alpha: Any) -> Any:
        """The logarithm of the density; x has its components along the first dimension."""
        x, alpha = floats(x, alpha)
        if alpha.ndim != 1:
            raise located(ValueError, f"alpha must be a vector, and has the shape {alpha.shape}")
        n = alpha.shape[0]
        if x.ndim == 0 or x.shape[0] not in (n, n - 1):
            raise located(
                ValueError,
                f"x has the shape {x.shape}, and alpha has {n} elements; x must have as many along "
                "its first dimension, or one less",
            )
        if x.shape[0] == n - 1:
            x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)], axis=0)
        alphas = np.reshape(alpha, (n, *[1] * (x.ndim - 1)))
        constant = np.sum(special("gammaln", alpha)) - special("gammaln", np.sum(alpha))
        return np.sum(special("xlogy", alphas - 1, x), axis=0) - constant

    def pdf(self, x: Any, alpha: Any) -> Any:
        """The density."""
        return np.exp(self.logpdf(x, alpha))

    def mean(self, alpha: Any) -> Any:
        """The mean of each component."""
        (alpha,) = floats(alpha)
        return alpha / np.sum(alpha)

    def var(self, alpha: Any) -> Any:
        """The variance of each component."""
        (alpha,) = floats(alpha)
        total = np.sum(alpha)
        return alpha * (total - alpha) / (total * total * (total + 1))

    def entropy(self, alpha: Any) -> Any:
        """The entropy, in nats."""
        (alpha,) = floats(alpha)
        total = np.sum(alpha)
        constant = np.sum(special("gammaln", alpha)) - special("gammaln", total)
        n = alpha.shape[-1]
        rest = (total - n) * special("psi", total)
        return constant + rest - np.sum((alpha - 1) * special("psi", alpha))


class Multinomial:
    """The multinomial distribution."""

    METHODS = ("pmf", "logpmf")

    def logpmf(self, x: Any, n: Any, p: Any) -> Any:
        """The logarithm of the probability of counts along the last dimension."""
        x, p = floats(x, p)
        (n,) = floats(n)
        ways = special("gammaln", n + 1) - np.sum(special("gammaln", x + 1), axis=-1)
        value = ways + np.sum(special("xlogy", x, p), axis=-1)
        right = (np.sum(x, axis=-1) == n) & np.all(x >= 0, axis=-1)
        return np.where(right, value, -INF)

    def pmf(self, x: Any, n: Any, p: Any) -> Any:
        """The probability of counts."""
        return np.exp(self.logpmf(x, n, p))


for _name, _class in {
    "multivariate_normal": MultivariateNormal,
    "dirichlet": Dirichlet,
    "multinomial": Multinomial,
}.items():
    DISTRIBUTIONS[_name] = Family(_class(), _name, _class.METHODS)


# Functions of samples.


@implements("stats.zscore")
def zscore(a, axis=0, ddof=0):
    """(x - mean) / standard deviation"""
    (a,) = floats(a)
    mean = np.mean(a, axis=axis, keepdims=True)
    return (a - mean) / np.std(a, axis=axis, ddof=ddof, keepdims=True)


@implements("stats.sem")
def sem(a, axis=0, ddof=1):
    """The standard error of the mean"""
    (a,) = floats(a)
    n = a.size if axis is None else a.shape[axis]
    return np.std(a, axis=axis, ddof=ddof) / pymath.sqrt(n)


@implements("stats.gmean")
def gmean(a, axis=0):
    """The geometric mean"""
    (a,) = floats(a)
    return np.exp(np.mean(np.log(a), axis=axis))


@implements("stats.hmean")
def hmean(a, axis=0):
    """The harmonic mean"""
    (a,) = floats(a)
    return 1 / np.mean(1 / a, axis=axis)


@implements("stats.entropy")
def entropy(pk, qk=None, base=None, axis=0):
    """-Σ p log p, or Σ p log(p / q), of p and q divided by their sums"""
    (p,) = floats(pk)
    p = p / np.sum(p, axis=axis, keepdims=True)
    if qk is None:
        result = np.sum(special("entr", p), axis=axis)
    else:
        (q,) = floats(qk)
        result = np.sum(special("rel_entr", p, q / np.sum(q, axis=axis, keepdims=True)), axis=axis)
    return result if base is None else result / np.log(base)
