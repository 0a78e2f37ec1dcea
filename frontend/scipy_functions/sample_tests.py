"""`scipy.stats`: correlations, regression, tests of means, and the density of a sample."""

from __future__ import annotations

import math as pymath
from typing import Any, NamedTuple

import numpy

from ..array_views import viewing
from ..tracing import Array
from ..user_code import located
from .objects import Offered, scipy_object
from .offers import floats, implements
from .scipy_special import logsumexp, special
from .stats import Sample, ranks

np: Any = numpy  # its type stubs know no traced arrays


class Significance(NamedTuple):
    """A statistic, and the probability of one as far out by chance."""

    statistic: Any
    pvalue: Any


class _Line(NamedTuple):
    slope: Any
    intercept: Any
    rvalue: Any
    pvalue: Any
    stderr: Any


class Regression(_Line):
    """The result of `linregress`: five fields, and one attribute more."""

    intercept_stderr: Any


class TestOfMeans(Significance):
    """The result of a t-test: two fields, and the degrees of freedom as an attribute."""

    __test__ = False  # no class of pytest
    df: Any


ALTERNATIVES = ("two-sided", "less", "greater")


def _by_student(t: Array, df: Any, alternative: str) -> Array:
    """The probability of Student's t, beyond t on the sides of the alternative."""
    match alternative:
        case "two-sided":
            return 2 * special("stdtr", df, -abs(t))
        case "less":
            return special("stdtr", df, t)
        case "greater":
            return special("stdtr", df, -t)
    raise located(
        ValueError, f"`alternative` must be 'less', 'greater', or 'two-sided', not {alternative!r}"
    )


def _correlation(x: Array, y: Array) -> Array:
    """Pearson's correlation along the last axis."""
    x = x - np.mean(x, axis=-1, keepdims=True)
    y = y - np.mean(y, axis=-1, keepdims=True)
    squares = np.sum(x * x, axis=-1), np.sum(y * y, axis=-1)
    return np.sum(x * y, axis=-1) / (np.sqrt(squares[0]) * np.sqrt(squares[1]))


@implements("stats.pearsonr")
def pearsonr(x, y, *, alternative="two-sided", method=None, axis=0):
    """The statistic and the p-value, a pair"""
    if method is not None:
        raise located(TypeError, "scipy.stats.pearsonr on traced arrays has no method")
    x, y = np.broadcast_arrays(*floats(x, y))
    sample = Sample("pearsonr", x, axis, False)
    n = sample.count
    if n < 2:
        raise located(ValueError, "`x` and `y` must have length at least 2.")
    r = _correlation(sample.values, sample.last(y))
    half = n / 2 - 1
    if n == 2:
        return Significance(r, np.ones(r.shape) + 0 * r)
    match alternative:
        case "two-sided":
            p = 2 * special("betaincc", half, half, (1 + abs(r)) / 2)
        case "less":
            p = special("betainc", half, half, (1 + r) / 2)
        case "greater":
            p = special("betaincc", half, half, (1 + r) / 2)
        case _:
            raise located(ValueError, "`alternative` must be 'less', 'greater', or 'two-sided'.")
    return Significance(r, p)


@implements("stats.spearmanr")
def spearmanr(a, b=None, axis=0, nan_policy="propagate", alternative="two-sided"):
    """The correlation of the ranks, of two vectors. The derivative is 0"""
    if b is None or np.ndim(a) != 1 or np.ndim(b) != 1:
        raise located(TypeError, "scipy.stats.spearmanr on traced arrays takes two vectors")
    a, b = floats(a, b)
    n = Sample("spearmanr", a, 0, False, nan_policy).count
    known = ~np.any(np.isnan(a) | np.isnan(b))
    r = np.where(known, _correlation(ranks(a), ranks(b)), np.nan)
    t = r * np.sqrt((n - 2) / ((1 + r) * (1 - r)))
    return Significance(r, _by_student(t, float(n - 2), alternative))


@implements("stats.linregress")
def linregress(x, y, alternative="two-sided", *, axis=0, nan_policy="propagate", keepdims=False):
    """The line through points: slope, intercept, rvalue, pvalue and stderr"""
    x, y = np.broadcast_arrays(*floats(x, y))
    sample = Sample("linregress", x, axis, keepdims, nan_policy)
    x, y, n = sample.values, sample.last(y), sample.count
    middle, height = np.mean(x, axis=-1), np.mean(y, axis=-1)
    dx, dy = x - middle[..., None], y - height[..., None]
    xx, yy = np.mean(dx * dx, axis=-1), np.mean(dy * dy, axis=-1)
    xy = np.mean(dx * dy, axis=-1)
    slope = xy / xx
    r = np.where(yy == 0, 0.0, xy / np.sqrt(xx * np.where(yy == 0, 1.0, yy)))
    df = n - 2
    p: Any
    if df == 0:
        error = 0 * slope
        p = np.where(y[..., 0] == y[..., 1], 1.0, 0.0)
    else:
        tiny = 1e-20
        t = r * np.sqrt(df / ((1.0 - r + tiny) * (1.0 + r + tiny)))
        p = _by_student(t, float(df), alternative)
        error = np.sqrt((1 - r * r) * yy / xx / df)
    of_intercept = error * np.sqrt(xx + middle * middle)
    found = (slope, height - slope * middle, r, p, error)
    line = Regression(*map(sample.result, found))
    line.intercept_stderr = sample.result(of_intercept)
    return line


def _of_means(sample: Sample, t: Array, df: Any, alternative: str) -> TestOfMeans:
    found = TestOfMeans(sample.result(t), sample.result(_by_student(t, df, alternative)))
    found.df = df + 0 * found.statistic if isinstance(df, float) else sample.result(df)
    return found


@implements("stats.ttest_1samp")
def ttest_1samp(a, popmean, axis=0, nan_policy="propagate", alternative="two-sided", *,
                keepdims=False):  # fmt: skip
    """Student's t of the mean: statistic and p-value, and the attribute df"""
    sample = Sample("ttest_1samp", a, axis, keepdims, nan_policy)
    (popmean,) = floats(popmean)
    n = sample.count
    if popmean.ndim == len(sample.kept) and popmean.ndim:
        popmean = np.squeeze(popmean, axis=sample.dims)
    error = np.std(sample.values, axis=-1, ddof=1) / pymath.sqrt(n)
    t = (np.mean(sample.values, axis=-1) - popmean) / error
    return _of_means(sample, t, float(n - 1), alternative)


@implements("stats.ttest_rel")
def ttest_rel(a, b, axis=0, nan_policy="propagate", alternative="two-sided", *, keepdims=False):
    """Student's t of the mean of a - b: statistic and p-value, and the attribute df"""
    a, b = floats(a, b)
    return ttest_1samp(a - b, 0.0, axis, nan_policy, alternative, keepdims=keepdims)


@implements("stats.ttest_ind")
def ttest_ind(a, b, *, axis=0, equal_var=True, nan_policy="propagate", alternative="two-sided",
              trim=0, method=None, keepdims=False):  # fmt: skip
    """Student's t, or Welch's, of the difference of two means: as ttest_1samp"""
    if trim or method is not None:
        raise located(TypeError, "scipy.stats.ttest_ind on traced arrays has no trim and no method")
    first, second = (Sample("ttest_ind", x, axis, keepdims, nan_policy) for x in floats(a, b))
    n, m = first.count, second.count
    v, w = (np.var(s.values, axis=-1, ddof=1) for s in (first, second))
    if equal_var:
        df = n + m - 2.0 + 0 * v
        error = np.sqrt(((n - 1) * v + (m - 1) * w) / (n + m - 2.0) * (1 / n + 1 / m))
    else:
        df = np.square(v / n + w / m) / (np.square(v / n) / (n - 1) + np.square(w / m) / (m - 1))
        error = np.sqrt(v / n + w / m)
    t = (np.mean(first.values, axis=-1) - np.mean(second.values, axis=-1)) / error
    return _of_means(first, t, df, alternative)


@implements("stats.f_oneway")
def f_oneway(*samples, axis=0, equal_var=True, nan_policy="propagate", keepdims=False):
    """F of the analysis of variance of groups: statistic, pvalue"""
    if not equal_var:
        raise located(TypeError, "scipy.stats.f_oneway on traced arrays has equal_var=True only")
    groups = [Sample("f_oneway", x, axis, keepdims, nan_policy) for x in floats(*samples)]
    sizes = [g.count for g in groups]
    n, k = sum(sizes), len(groups)
    means = [np.mean(g.values, axis=-1) for g in groups]
    mean = sum(c * m for c, m in zip(sizes, means)) / n
    between = sum(c * np.square(m - mean) for c, m in zip(sizes, means)) / (k - 1)
    within = sum(
        np.sum(np.square(g.values - m[..., None]), axis=-1) for g, m in zip(groups, means)
    ) / (n - k)
    f: Any = between / within
    w = (k - 1) * f
    p = special("betainc", (n - k) / 2, (k - 1) / 2, (n - k) / (n - k + w))
    return Significance(groups[0].result(f), groups[0].result(p))


@implements("stats.chisquare")
def chisquare(f_obs, f_exp=None, ddof=0, axis=0, *, sum_check=True):
    """Σ (observed - expected)² / expected, and the p-value"""
    sample = Sample("chisquare", f_obs, axis, False)
    x = sample.values
    if f_exp is None:
        expected = np.mean(x, axis=-1, keepdims=True)
    else:
        (given,) = floats(f_exp)
        expected = sample.last(np.broadcast_arrays(given, floats(f_obs)[0])[0])
    value = np.sum(np.square(x - expected) / expected, axis=-1)
    df = sample.count - 1 - ddof
    return Significance(value, special("gammaincc", df / 2, value / 2))


@implements("stats.jarque_bera")
def jarque_bera(x, *, axis=None, nan_policy="propagate", keepdims=False):
    """n / 6 (skewness² + kurtosis² / 4), and the p-value"""
    sample = Sample("jarque_bera", x, axis, keepdims, nan_policy)
    second, third, fourth = sample.central(2, 3, 4)
    skewness, excess = third / np.power(second, 1.5), fourth / (second * second) - 3
    value = sample.count / 6 * (np.square(skewness) + np.square(excess) / 4)
    return Significance(sample.result(value), sample.result(np.exp(-value / 2)))


def _apart(u: Any, v: Any) -> tuple[Array, Array]:
    """The difference of the shares of both samples up to each element, and the steps."""
    u, v = floats(u, v)
    u, v = np.sort(np.ravel(u)), np.sort(np.ravel(v))
    both = np.sort(np.concatenate([u, v]))
    places = both[:-1]
    shares = [np.searchsorted(s, places, side="right") / s.shape[0] for s in (u, v)]
    return shares[0] - shares[1], np.diff(both)


def _no_weights(name: str, *weights: Any) -> None:
    if any(w is not None for w in weights):
        raise located(TypeError, f"scipy.stats.{name} on traced arrays has no weights")


@implements("stats.wasserstein_distance")
def wasserstein_distance(u_values, v_values, u_weights=None, v_weights=None):
    """∫ |F - G| of the shares of both samples up to x"""
    _no_weights("wasserstein_distance", u_weights, v_weights)
    difference, steps = _apart(u_values, v_values)
    return np.sum(abs(difference) * steps)


@implements("stats.energy_distance")
def energy_distance(u_values, v_values, u_weights=None, v_weights=None):
    """√(2 ∫ (F - G)²) of the shares of both samples up to x"""
    _no_weights("energy_distance", u_weights, v_weights)
    difference, steps = _apart(u_values, v_values)
    return np.sqrt(2 * np.sum(np.square(difference) * steps))


@implements("stats.boxcox")
def boxcox(x, lmbda=None, alpha=None, optimizer=None):
    """special.boxcox; needs lmbda, which SciPy would choose by an optimization"""
    if lmbda is None:
        raise located(TypeError, "scipy.stats.boxcox on traced arrays needs lmbda")
    return special("boxcox", x, lmbda)


# Densities.


class GaussianKde(Offered):
    """
    `gaussian_kde`: the mean of normal densities around the points of a sample.

    Shapes:  dataset (n) or (d, n); points (m) or (d, m)  ->  (m)
    """

    def __init__(self, own: Any, dataset: Any, bw_method: Any = None, weights: Any = None):
        super().__init__("stats.gaussian_kde", own)
        if own is not None:
            self._points, self._weights = own.dataset, own.weights
            self._chosen, self._width = own.factor, own.covariance
            return
        (x,) = floats(dataset)
        self._points = np.reshape(x, (1, -1)) if x.ndim < 2 else x
        d, n = self._points.shape
        w = np.ones(n) / n if weights is None else floats(weights)[0]
        w = w / np.sum(w)
        count = 1 / np.sum(w * w) if weights is not None else float(n)
        match bw_method:
            case None | "scott":
                factor = np.power(count, -1 / (d + 4))
            case "silverman":
                factor = np.power(count * (d + 2) / 4, -1 / (d + 4))
            case str():
                raise located(
                    ValueError, "`bw_method` must be 'scott', 'silverman', a number or a function."
                )  # fmt: skip
            case _ if callable(bw_method):
                factor = bw_method(self)
            case _:
                factor = bw_method
        centred = self._points - (self._points @ w)[:, None]
        spread = (centred * w) @ centred.T / (1 - np.sum(w * w))
        self._weights, self._chosen = w, factor
        self._width = spread * factor * factor

    @property
    def factor(self) -> Any:
        return self._chosen

    @property
    def covariance(self) -> Any:
        return self._width

    def logpdf(self, x: Any) -> Any:
        """The logarithm of the density at points."""
        x = viewing.plain(x)
        if self._own is not None and not viewing.has_traced(x):
            return self._own.logpdf(x)
        points, x, width, weights = floats(self._points, x, self._width, self._weights)
        d, n = points.shape
        x = np.reshape(x, (d, -1)) if x.ndim < 2 else x
        if x.shape[0] != d:
            raise located(
                ValueError, f"points have dimension {x.shape[0]}, dataset has dimension {d}"
            )
        factor = np.linalg.cholesky(width)
        apart = np.linalg.solve(factor, np.reshape(x[:, :, None] - points[:, None, :], (d, -1)))
        energy = np.reshape(np.sum(np.square(apart), axis=0), (x.shape[1], n)) / 2
        scale = np.sum(np.log(np.diagonal(factor))) + d / 2 * pymath.log(2 * pymath.pi)
        return logsumexp(-energy, axis=1, b=weights) - scale

    def evaluate(self, points: Any) -> Any:
        """The density at points."""
        points = viewing.plain(points)
        if self._own is not None and not viewing.has_traced(points):
            return self._own.evaluate(points)
        return np.exp(self.logpdf(points))

    __call__ = pdf = evaluate


@implements("stats.gaussian_kde", makes_objects=True)
def gaussian_kde(dataset, bw_method=None, weights=None):
    """With the methods evaluate, pdf and logpdf, for which sample and points may be traced"""
    own = scipy_object("stats.gaussian_kde", dataset, bw_method, weights)
    return GaussianKde(own, dataset, bw_method, weights)
