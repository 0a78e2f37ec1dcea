"""
The classes behind the distributions of `scipy.stats`, with SciPy's names of parameters and methods.

A distribution is a class with formulas of a standard number y = (x - loc) / scale. The methods for
users come from these formulas: a density has the factor 1 / scale, and a distribution function has
none. Outside of the support, densities are 0 and distribution functions are 0 or 1, as in SciPy.
"""

from __future__ import annotations

import functools
import math as pymath
from collections.abc import Callable
from typing import Any, ClassVar

import numpy

from ..api import here
from ..array_views import viewing
from ..tracing import Array
from ..tracing import tracing as is_tracing
from ..user_code import located
from .offers import alike
from .quantiles import quantile, with_ends

np: Any = numpy  # its type stubs know no traced arrays

INF = pymath.inf
LOG_2 = pymath.log(2)
LOG_2PI = pymath.log(2 * pymath.pi)

DISTRIBUTIONS: dict[str, Any] = {}
"""By name."""


def _known(x: Any) -> float | None:
    """A number that the trace knows; None for others."""
    return x if isinstance(x, float) else None


class Distribution:
    """
    A distribution. `family(*shapes, loc, scale)` is the distribution with these parameters fixed.

    A subclass gives formulas of y and the shapes, and the support. A formula that a subclass does
    not give follows from others: `pdf` from `logpdf`, `sf` from `cdf`, logarithms from values.
    """

    name: ClassVar[str]
    shapes: ClassVar[tuple[str, ...]] = ()
    discrete: ClassVar[bool] = False
    starts_flat: ClassVar[bool] = False
    """Whether the density at the lower end of the support is 0 for all shapes."""
    regular_ends: ClassVar[bool] = False
    """Whether the formulas of quantiles have derivatives for shares of 0 and 1."""
    METHODS: ClassVar[tuple[str, ...]] = (
        "pdf", "logpdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf", "median", "interval",
        "mean", "var", "std", "stats", "support", "entropy",
    )  # fmt: skip

    # For subclasses: formulas of standard numbers.

    def _support(self, *shapes: Any) -> tuple[Any, Any]:
        return -INF, INF

    def _valid(self, *shapes: Any) -> Any:
        """Whether the shapes are shapes of a distribution: without more, if all are positive."""
        valid: Any = True
        for shape in shapes:
            valid = valid & (shape > 0)
        return valid

    def _logpdf(self, y: Array, *shapes: Any) -> Array:
        return np.log(self._pdf(y, *shapes))

    def _pdf(self, y: Array, *shapes: Any) -> Array:
        log = self._logpdf(y, *shapes)
        # Where the density is 0, its logarithm changes infinitely fast: 0 · ∞ would be NaN.
        return np.where(log == -INF, 0.0, np.exp(log))

    def _cdf(self, y: Array, *shapes: Any) -> Array:
        return self._missing("cdf")

    def _sf(self, y: Array, *shapes: Any) -> Array:
        return 1 - self._cdf(y, *shapes)

    def _rest(self, y: Array, *shapes: Any) -> Array:
        """
        The upper share for a subclass that has exact formulas of `cdf` and `logcdf`. Each of the
        two forms has its digits, and its derivative, where the other one loses them.
        """
        cdf = self._cdf(y, *shapes)
        return np.where(cdf < 0.5, 1 - cdf, -np.expm1(self._logcdf(y, *shapes)))

    def _logcdf(self, y: Array, *shapes: Any) -> Array:
        return log_of_share(self._cdf(y, *shapes), self._sf(y, *shapes))

    def _logsf(self, y: Array, *shapes: Any) -> Array:
        return log_of_share(self._sf(y, *shapes), self._cdf(y, *shapes))

    def _ppf(self, p: Array, *shapes: Any) -> Array:
        return self._inverted("ppf", p, shapes, False)

    def _isf(self, p: Array, *shapes: Any) -> Array:
        if type(self)._ppf is not Distribution._ppf:
            return self._ppf(1 - p, *shapes)
        return self._inverted("isf", p, shapes, True)

    def _inverted(self, method: str, p: Array, shapes: tuple[Any, ...], upper: bool) -> Array:
        """A quantile by the distribution function, if there is one."""
        if type(self)._cdf is Distribution._cdf:
            return self._missing(method)
        share = self._sf if upper else self._cdf
        return quantile(share, self._pdf, self._support, p, shapes, upper)

    def _mean(self, *shapes: Any) -> Any:
        return self._missing("mean")

    def _var(self, *shapes: Any) -> Any:
        return self._missing("var")

    def _entropy(self, *shapes: Any) -> Any:
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
        inside = (y >= low) & (y <= high) & (abs(y) < INF)
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
            below, above = (y < low) | (y == -INF), (y >= high)
            if self.starts_flat:  # The formulas divide by 0 there, and 0 is the derivative.
                below = y <= low
            value = formula(y, *shapes)
            return np.where(below, ends[0], np.where(above, ends[1], value))

        value, valid, *_ = self._of_number(at_whole, x, args, kwargs)
        return np.where(valid, value, np.nan)

    def _quantile(
        self, formula: Callable[..., Array], p: Any, args: Any, kwargs: Any, upper: bool
    ) -> Array:
        p, *shapes, loc, scale = alike(p, *self._arguments(args, kwargs))
        valid = self._valid(*shapes) & (scale > 0) & (p >= 0) & (p <= 1)
        ends = self._support(*shapes)
        if self.discrete or self.regular_ends or (-INF, INF) == tuple(map(_known, ends)):
            x = formula(p, *shapes)
        else:
            x = with_ends(formula, self._pdf, self._support, p, tuple(shapes), upper)
        return np.where(valid, x * scale + loc, np.nan)

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
        return self._quantile(self._ppf, q, args, kwargs, False)

    def isf(self, q: Any, *args: Any, **kwargs: Any) -> Any:
        """The number above which the probability is q."""
        return self._quantile(self._isf, q, args, kwargs, True)

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

    def median(self, *args: Any, **kwargs: Any) -> Any:
        """The number up to which the probability is ½."""
        return self.ppf(0.5, *args, **kwargs)

    def interval(self, confidence: Any, *args: Any, **kwargs: Any) -> Any:
        """The ends of an interval of this probability. Both numbers outside are as probable."""
        rest = (1 - alike(confidence)[0]) / 2
        return self.ppf(rest, *args, **kwargs), self.ppf(1 - rest, *args, **kwargs)

    def support(self, *args: Any, **kwargs: Any) -> Any:
        """The ends of the support."""

        def end(k: int) -> Any:
            def formula(s: Any, loc: Any, scale: Any) -> Any:
                ends: Any = self._support(*s)
                return ends[k] * scale + loc

            return self._moment(args, kwargs, formula)

        return end(0), end(1)

    def stats(self, *args: Any, moments: str = "mv", **kwargs: Any) -> Any:
        """The mean (m) and the variance (v)."""
        if not moments or set(moments) - {"m", "v"}:
            raise located(
                TypeError,
                f"scipy.stats.{self.name}.stats has the moments m and v on traced arrays, "
                f"not {moments!r}",
            )
        methods = {"m": self.mean, "v": self.var}
        found = [methods[m](*args, **kwargs) for m in "mv" if m in moments]
        return tuple(found) if len(found) > 1 else found[0]

    def entropy(self, *args: Any, **kwargs: Any) -> Any:
        """The entropy, in nats."""
        return self._moment(args, kwargs, lambda s, loc, scale: self._entropy(*s) + np.log(scale))


class Discrete(Distribution):
    """A distribution of integers. `_logpdf` is the logarithm of a probability."""

    discrete: ClassVar[bool] = True
    METHODS: ClassVar[tuple[str, ...]] = (
        "pmf", "logpmf", "cdf", "logcdf", "sf", "logsf", "mean", "var", "std", "stats", "support",
        "entropy",
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
            return self._refusing(method, theirs) if callable(theirs) else theirs
        ours = getattr(self._own, method)

        def either(*args: Any, **kwargs: Any) -> Any:
            args, kwargs = viewing.plain(args), viewing.plain(kwargs)
            if viewing.has_traced((args, kwargs)):
                return viewing.own(ours(*args, **kwargs))
            if theirs is not None:
                result = theirs(*args, **kwargs)
                return viewing.held(result, args, kwargs) if is_tracing() else result
            return here(ours)(*args, **kwargs)

        either.__name__ = method
        either.__doc__ = ours.__doc__
        return either

    def _refusing(self, method: str, theirs: Callable[..., Any]) -> Callable[..., Any]:
        """SciPy's method, which gives an error for traced arrays."""

        @functools.wraps(theirs)
        def refusing(*args: Any, **kwargs: Any) -> Any:
            if viewing.has_traced((args, kwargs)):
                known = f"these methods take them: {', '.join(self._methods)}"
                advice = ADVICE.get(method, known if self._methods else NO_DISTRIBUTION)
                raise located(
                    TypeError,
                    f"scipy.stats.{self.name}.{method} is not supported on traced arrays; {advice}",
                )
            return theirs(*args, **kwargs)

        return refusing

    def __call__(self, *parameters: Any, **named: Any) -> Frozen:
        return Frozen(self, parameters, named)


ADVICE = {
    "rvs": "draw from a generator of lg.random, which is an argument of the function",
    "fit": "give scipy.optimize.minimize the sum of -logpdf, by lg.value_and_grad",
    "expect": "write letgrad.scipy.integrate.quad of the function times the density",
}
NO_DISTRIBUTION = "docs/scipy-coverage.md has the distributions that take them"


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
def unsupported(name: str, theirs: Any) -> Family:
    """A distribution of SciPy without formulas here: each method refuses traced arrays."""
    return Family(theirs, name, ())


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


def magnitude(y: Array) -> Array:
    """
    |y|, with the slope 1 at 0, where that of `abs` is 0. So the two sides of a symmetric formula
    meet with the slopes of both.
    """
    return np.where(y < 0, -y, y)


def half_square(y: Array) -> Array:
    """y² / 2"""
    return 0.5 * (y * y)


def log_of_share(share: Array, rest: Array) -> Array:
    """log(share), where share + rest = 1. Near 1 the digits are those of the rest."""
    return np.where(share > 0.5, np.log1p(-rest), np.log(share))


def decay(e: Array) -> Array:
    """exp(-e), with the derivative 0 where e is ∞: if e is an exponential, 0 · ∞ would be NaN."""
    return np.where(e == INF, 0.0, np.exp(-e))


def rise(e: Array) -> Array:
    """1 - exp(-e), with the derivative 0 where e is ∞."""
    return np.where(e == INF, 1.0, -np.expm1(-e))


def log_rise(e: Array) -> Array:
    """log(1 - exp(-e)) for e ≥ 0, with the digits of a small e and of a small exp(-e)."""
    return np.where(e < LOG_2, np.log(-np.expm1(-e)), np.log1p(-np.exp(-e)))
