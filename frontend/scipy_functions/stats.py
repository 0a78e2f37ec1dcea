"""`scipy.stats`: functions of samples. Tests and the distributions have modules of their own."""

from __future__ import annotations

import math as pymath
from collections.abc import Callable
from typing import Any

import numpy

from .. import ops
from ..tracing import Array
from ..user_code import located
from .offers import floats, implements
from .scipy_special import special

np: Any = numpy  # its type stubs know no traced arrays


class Sample:
    """
    Samples with their axis last, and a way to give a result the shape that a call wants.

    Errors: `TypeError` for another `nan_policy` than 'propagate', because the number of elements
            that are not NaN depends on values.
    """

    def __init__(self, name: str, a: Any, axis: Any, keepdims: bool, nan_policy: str = "propagate"):
        if nan_policy != "propagate":
            raise located(
                TypeError, f"scipy.stats.{name} on traced arrays has the nan_policy 'propagate', "
                f"and not {nan_policy!r}"
            )  # fmt: skip
        (a,) = floats(a)
        self.dims = ops.axes(axis, a.ndim)
        self.kept = tuple(1 if d in self.dims else n for d, n in enumerate(a.shape))
        self.keepdims = keepdims
        self.values = self.last(a)
        self.count = self.values.shape[-1]

    def last(self, a: Array) -> Array:
        """An array of the same shape, with the axis last."""
        others = [d for d in range(a.ndim) if d not in self.dims]
        moved = np.transpose(a, (*others, *self.dims))
        size = pymath.prod(a.shape[d] for d in self.dims)
        return np.reshape(moved, (*(a.shape[d] for d in others), size))

    def weights(self, weights: Any) -> Array | None:
        """The weights, of the shape of the values; None if a call has none."""
        if weights is None:
            return None
        (w,) = floats(weights)
        shape = [0] * len(self.kept)
        others = iter(self.values.shape[:-1])
        for d in range(len(shape)):
            shape[d] = self.count if d in self.dims else next(others)
        if w.ndim == 1 and len(self.dims) == 1:
            return w
        return self.last(ops.broadcast_to(w, tuple(shape)))

    def result(self, value: Array) -> Array:
        return np.reshape(value, self.kept) if self.keepdims else value

    def chosen(self, value: Array) -> Array:
        """The result, from some of the elements. A NaN among the others makes it NaN, too."""
        return self.result(np.where(np.any(np.isnan(self.values), axis=-1), np.nan, value))

    def mean(self, value: Array, w: Array | None = None) -> Array:
        """The mean along the axis, of these weights."""
        if w is None:
            return np.mean(value, axis=-1)
        w = ops.broadcast_to(w, value.shape)
        return np.sum(value * w, axis=-1) / np.sum(w, axis=-1)

    def central(self, *orders: int) -> list[Array]:
        """Central moments."""
        y = self.values - np.mean(self.values, axis=-1, keepdims=True)
        return [np.mean(np.power(y, k), axis=-1) for k in orders]


@implements("stats.zscore")
def zscore(a, axis=0, ddof=0, nan_policy="propagate"):
    """(x - mean) / standard deviation"""
    return zmap(a, a, axis, ddof, nan_policy)


@implements("stats.zmap")
def zmap(scores, compare, axis=0, ddof=0, nan_policy="propagate"):
    """(x - mean) / standard deviation, both of `compare`"""
    scores, compare = floats(scores, compare)
    Sample("zmap", compare, axis, True, nan_policy)
    mean = np.mean(compare, axis=axis, keepdims=True)
    return (scores - mean) / np.std(compare, axis=axis, ddof=ddof, keepdims=True)


@implements("stats.gzscore")
def gzscore(a, *, axis=0, ddof=0, nan_policy="propagate"):
    """zscore(log a)"""
    return zscore(np.log(*floats(a)), axis, ddof, nan_policy)


@implements("stats.sem")
def sem(a, axis=0, ddof=1, nan_policy="propagate", *, keepdims=False):
    """The standard error of the mean"""
    sample = Sample("sem", a, axis, keepdims, nan_policy)
    value = np.std(sample.values, axis=-1, ddof=ddof) / pymath.sqrt(sample.count)
    return sample.result(value)


@implements("stats.gmean")
def gmean(a, axis=0, dtype=None, weights=None, *, nan_policy="propagate", keepdims=False):
    """The geometric mean"""
    sample = Sample("gmean", _cast(a, dtype), axis, keepdims, nan_policy)
    w = sample.weights(weights)
    return sample.result(np.exp(sample.mean(np.log(sample.values), w)))


@implements("stats.hmean")
def hmean(a, axis=0, dtype=None, *, weights=None, nan_policy="propagate", keepdims=False):
    """The harmonic mean"""
    sample = Sample("hmean", _cast(a, dtype), axis, keepdims, nan_policy)
    return sample.result(1 / sample.mean(1 / sample.values, sample.weights(weights)))


@implements("stats.pmean")
def pmean(a, p, *, axis=0, dtype=None, weights=None, nan_policy="propagate", keepdims=False):
    """The mean of the powers p, raised to 1 / p; the geometric mean where p is the number 0"""
    if isinstance(p, int | float) and p == 0:
        return gmean(a, axis, dtype, weights, nan_policy=nan_policy, keepdims=keepdims)
    sample = Sample("pmean", _cast(a, dtype), axis, keepdims, nan_policy)
    values, p = floats(sample.values, p)
    mean = sample.mean(np.power(values, p), sample.weights(weights))
    return sample.result(np.power(mean, 1 / p))


def _cast(a: Any, dtype: Any) -> Any:
    return a if dtype is None else ops.cast(ops.lift(a), np.dtype(dtype))


@implements("stats.gstd")
def gstd(a, axis=0, ddof=1, *, keepdims=False, nan_policy="propagate"):
    """exp of the standard deviation of log a"""
    sample = Sample("gstd", a, axis, keepdims, nan_policy)
    return sample.result(np.exp(np.std(np.log(sample.values), axis=-1, ddof=ddof)))


@implements("stats.moment")
def moment(a, order=1, axis=0, nan_policy="propagate", *, center=None, keepdims=False):
    """The mean of (x - center)^order for whole orders; without a center, around the mean"""
    sample = Sample("moment", a, axis, keepdims, nan_policy)
    orders = numpy.asarray(order)
    if orders.dtype.kind not in "iu" and not (orders == numpy.round(orders)).all():
        raise located(ValueError, f"scipy.stats.moment takes a whole order ≥ 0, not {order!r}")
    if (orders < 0).any():
        raise located(ValueError, f"scipy.stats.moment takes a whole order ≥ 0, not {order!r}")
    x = sample.values
    around = np.mean(x, axis=-1, keepdims=True) if center is None else floats(center)[0]
    found = []
    for k in orders.ravel().tolist():
        value = np.mean(np.power(x - around, int(k)), axis=-1)
        if center is None and k == 1:
            value = np.mean(0.0 * x, axis=-1)
        found.append(sample.result(value))
    return np.stack(found) if orders.ndim else found[0]


@implements("stats.skew")
def skew(a, axis=0, bias=True, nan_policy="propagate", *, keepdims=False):
    """The third central moment of numbers that are scaled to the variance 1"""
    sample = Sample("skew", a, axis, keepdims, nan_policy)
    (second, third), n = sample.central(2, 3), sample.count
    value = third / np.power(second, 1.5)
    return sample.result(value if bias or n < 3 else value * (pymath.sqrt(n * (n - 1)) / (n - 2)))


@implements("stats.kurtosis")
def kurtosis(a, axis=0, fisher=True, bias=True, nan_policy="propagate", *, keepdims=False):
    """The fourth such moment, minus 3 if `fisher` is true"""
    sample = Sample("kurtosis", a, axis, keepdims, nan_policy)
    (second, fourth), n = sample.central(2, 4), sample.count
    value = fourth / (second * second)
    if not bias and n > 3:
        value = ((n * n - 1) * value - 3 * (n - 1) ** 2) / ((n - 2) * (n - 3)) + 3
    return sample.result(value - 3 if fisher else value)


@implements("stats.variation")
def variation(a, axis=0, nan_policy="propagate", ddof=0, *, keepdims=False):
    """Standard deviation / mean"""
    sample = Sample("variation", a, axis, keepdims, nan_policy)
    x = sample.values
    return sample.result(np.std(x, axis=-1, ddof=ddof) / np.mean(x, axis=-1))


@implements("stats.entropy")
def entropy(pk, qk=None, base=None, axis=0, *, nan_policy="propagate", keepdims=False):
    """-Σ p log p, or Σ p log(p / q), of p and q divided by their sums"""
    p, q = floats(pk, pk if qk is None else qk)
    p, q = np.broadcast_arrays(p, q)
    sample = Sample("entropy", p, axis, keepdims, nan_policy)
    p = sample.values / np.sum(sample.values, axis=-1, keepdims=True)
    if qk is None:
        value = np.sum(special("entr", p), axis=-1)
    else:
        q = sample.last(q)
        value = np.sum(special("rel_entr", p, q / np.sum(q, axis=-1, keepdims=True)), axis=-1)
    return sample.result(value if base is None else value / np.log(base))


@implements("stats.iqr")
def iqr(x, axis=None, rng=(25, 75), scale=1.0, nan_policy="propagate", interpolation="linear",
        keepdims=False):  # fmt: skip
    """The distance of two percentiles, divided by `scale`, a number or 'normal'"""
    sample = Sample("iqr", x, axis, keepdims, nan_policy)
    low, high = np.percentile(sample.values, sorted(rng), axis=-1, method=interpolation)
    if isinstance(scale, str):
        if scale.lower() != "normal":
            raise located(ValueError, f"{scale} not a valid scale for `iqr`")
        scale = 1.3489795003921634
    return sample.result((high - low) / scale)


@implements("stats.median_abs_deviation")
def median_abs_deviation(x, axis=0, center=None, scale=1.0, nan_policy="propagate", *,
                         keepdims=False):  # fmt: skip
    """The median of |x - center|; without a center, around the median"""
    sample = Sample("median_abs_deviation", x, axis, keepdims, nan_policy)
    find: Callable[..., Any] = np.median if center is None else center
    around = find(sample.values, axis=-1)[..., None]
    if isinstance(scale, str):
        if scale.lower() != "normal":
            raise located(ValueError, f"{scale} is not a valid scale value.")
        scale = 0.6744897501960817
    return sample.result(np.median(abs(sample.values - around), axis=-1) / scale)


@implements("stats.trim_mean")
def trim_mean(a, proportiontocut, axis=0, *, nan_policy="propagate", keepdims=False):
    """The mean without the static share of the smallest and of the largest elements"""
    sample = Sample("trim_mean", a, axis, keepdims, nan_policy)
    n = sample.count
    cut = int(proportiontocut * n)
    if 2 * cut >= n:
        raise located(ValueError, "Proportion too big.")
    return sample.chosen(np.mean(np.sort(sample.values, axis=-1)[..., cut : n - cut], axis=-1))


@implements("stats.tmean")
def tmean(a, limits=None, inclusive=(True, True), axis=None, *, nan_policy="propagate",
          keepdims=False):  # fmt: skip
    """The mean of the elements inside of the limits"""
    sample = Sample("tmean", a, axis, keepdims, nan_policy)
    inside = _inside(sample.values, limits, inclusive)
    total = np.sum(np.where(inside, sample.values, 0.0), axis=-1)
    return sample.chosen(total / np.sum(inside, axis=-1))


@implements("stats.tvar")
def tvar(a, limits=None, inclusive=(True, True), axis=0, ddof=1, *, nan_policy="propagate",
         keepdims=False):  # fmt: skip
    """The variance of the elements inside of the limits"""
    sample = Sample("tvar", a, axis, keepdims, nan_policy)
    inside = _inside(sample.values, limits, inclusive)
    count = np.sum(inside, axis=-1, keepdims=True)
    mean = np.sum(np.where(inside, sample.values, 0.0), axis=-1, keepdims=True) / count
    squares = np.where(inside, np.square(sample.values - mean), 0.0)
    return sample.chosen(np.sum(squares, axis=-1) / (count[..., 0] - ddof))


@implements("stats.tstd")
def tstd(a, limits=None, inclusive=(True, True), axis=0, ddof=1, *, nan_policy="propagate",
         keepdims=False):  # fmt: skip
    """The standard deviation of the elements inside of the limits"""
    return np.sqrt(tvar(a, limits, inclusive, axis, ddof, nan_policy=nan_policy, keepdims=keepdims))


def _inside(x: Array, limits: Any, inclusive: tuple[bool, bool]) -> Array:
    low, high = (None, None) if limits is None else limits
    inside: Any = ~np.isnan(x)
    if low is not None:
        inside = inside & ((x >= low) if inclusive[0] else (x > low))
    if high is not None:
        inside = inside & ((x <= high) if inclusive[1] else (x < high))
    return inside


@implements("stats.rankdata")
def rankdata(a, method="average", *, axis=None, nan_policy="propagate"):
    """The place of each element in the order, from 1. The derivative is 0"""
    Sample("rankdata", a, axis, False, nan_policy)
    x = ops.lift(a)
    d = -1 if axis is None else axis
    x = np.moveaxis(np.reshape(x, (-1,)) if axis is None else x, d, -1)
    found = ranks(x, method)
    if found.dtype.kind == "f":  # Whole numbers cannot say that a NaN has no place.
        found = np.where(np.any(np.isnan(x), axis=-1, keepdims=True), np.nan, found)
    return np.moveaxis(found, -1, d)


def ranks(x: Array, method: str = "average") -> Array:
    """The place of each element in the order of the last axis, by comparisons: O(n²)."""
    mine, other = x[..., :, None], x[..., None, :]
    less, same = np.sum(other < mine, axis=-1), np.sum(other == mine, axis=-1)
    match method:
        case "average":
            return less + (same + 1) / 2
        case "min":
            return less + 1
        case "max":
            return less + same
        case "ordinal":
            places = numpy.arange(x.shape[-1])
            before = (other == mine) & (places[None, :] < places[:, None])
            return less + 1 + np.sum(before, axis=-1)
        case "dense":
            places = numpy.arange(x.shape[-1])
            earlier = (other == mine) & (places[None, :] < places[:, None])
            first = ~np.any(earlier, axis=-1)
            return np.sum((other < mine) & first[..., None, :], axis=-1) + 1
    raise located(ValueError, f'unknown method "{method}"')


@implements("stats.differential_entropy")
def differential_entropy(values, *, window_length=None, base=None, axis=0, method="auto",
                         nan_policy="propagate", keepdims=False):  # fmt: skip
    """Vasicek's estimate, by the distances of elements that are a window apart in the order"""
    sample = Sample("differential_entropy", values, axis, keepdims, nan_policy)
    n = sample.count
    if method == "auto":
        method = "van es" if n <= 10 else "ebrahimi" if n <= 1000 else "vasicek"
    if method != "vasicek":
        raise located(
            TypeError, "scipy.stats.differential_entropy on traced arrays has the method "
            f"'vasicek' alone, and not {method!r}"
        )  # fmt: skip
    m = pymath.floor(pymath.sqrt(n) + 0.5) if window_length is None else int(window_length)
    if not 2 <= 2 * m < n:
        raise located(
            ValueError, f"Window length ({m}) must be positive and less than half the sample "
            f"size ({n})."
        )  # fmt: skip
    x = np.sort(sample.values, axis=-1)
    places = numpy.arange(n)
    apart = x[..., numpy.minimum(places + m, n - 1)] - x[..., numpy.maximum(places - m, 0)]
    value = np.mean(np.log(n / (2 * m) * apart), axis=-1)
    return sample.result(value if base is None else value / np.log(base))
