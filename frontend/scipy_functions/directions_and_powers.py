"""`scipy.stats`: samples of directions, k-statistics, limits, and powers of Yeo and Johnson."""

from __future__ import annotations

import math as pymath
from typing import Any

import numpy

from ..tracing import Array
from ..user_code import located
from .offers import alike, floats, implements
from .scipy_special import special
from .stats import Sample, tstd

np: Any = numpy  # its type stubs know no traced arrays

TURN = 2 * pymath.pi


def _direction(sample: Sample, high: Any, low: Any) -> tuple[Array, Array, Any]:
    """The means of sines and cosines of the sample, and the length of a turn."""
    period = high - low
    angle = (sample.values - low) * (TURN / period)
    return np.mean(np.sin(angle), axis=-1), np.mean(np.cos(angle), axis=-1), period


@implements("stats.circmean")
def circmean(samples, high=TURN, low=0, axis=None, nan_policy="propagate", *, keepdims=False):
    """The direction of the mean of unit vectors, between low and high"""
    sample = Sample("circmean", samples, axis, keepdims, nan_policy)
    sine, cosine, period = _direction(sample, high, low)
    turns = np.arctan2(sine, cosine) / TURN
    return sample.result(low + period * (turns - np.floor(turns)))


@implements("stats.circvar")
def circvar(samples, high=TURN, low=0, axis=None, nan_policy="propagate", *, keepdims=False):
    """1 - the length of the mean of unit vectors"""
    sample = Sample("circvar", samples, axis, keepdims, nan_policy)
    sine, cosine, _ = _direction(sample, high, low)
    return sample.result(1 - np.hypot(sine, cosine))


@implements("stats.circstd")
def circstd(samples, high=TURN, low=0, axis=None, nan_policy="propagate", *, normalize=False,
            keepdims=False):  # fmt: skip
    """√(-2 log R), R the length of the mean of unit vectors; in units of the samples"""
    sample = Sample("circstd", samples, axis, keepdims, nan_policy)
    sine, cosine, period = _direction(sample, high, low)
    square = np.minimum(sine * sine + cosine * cosine, 1.0)
    value = np.sqrt(-np.log(square))
    return sample.result(value if normalize else value * (period / TURN))


@implements("stats.tmin")
def tmin(a, lowerlimit=None, axis=0, inclusive=True, nan_policy="propagate", *, keepdims=False):
    """The smallest element that is not below the limit; NaN if there is none"""
    sample = Sample("tmin", a, axis, keepdims, nan_policy)
    return sample.result(_least(sample.values, lowerlimit, inclusive))


@implements("stats.tmax")
def tmax(a, upperlimit=None, axis=0, inclusive=True, nan_policy="propagate", *, keepdims=False):
    """The largest element that is not above the limit; NaN if there is none"""
    sample = Sample("tmax", a, axis, keepdims, nan_policy)
    limit = None if upperlimit is None else -upperlimit
    return sample.result(-_least(-sample.values, limit, inclusive))


def _least(x: Array, limit: Any, inclusive: bool) -> Array:
    if limit is None:
        return np.min(x, axis=-1)
    outside = x < limit if inclusive else x <= limit
    least = np.min(np.where(outside, pymath.inf, x), axis=-1)
    return np.where(np.all(outside, axis=-1), pymath.nan, least)


@implements("stats.tsem")
def tsem(a, limits=None, inclusive=(True, True), axis=0, ddof=1, *, nan_policy="propagate",
         keepdims=False):  # fmt: skip
    """The standard error of the mean of the elements inside of the limits"""
    sample = Sample("tsem", a, axis, keepdims, nan_policy)
    x = sample.values
    low, high = (None, None) if limits is None else limits
    inside: Any = x == x
    if low is not None:
        inside = inside & ((x >= low) if inclusive[0] else (x > low))
    if high is not None:
        inside = inside & ((x <= high) if inclusive[1] else (x < high))
    spread = tstd(x, limits, inclusive, -1, ddof)
    return sample.result(spread / np.sqrt(np.sum(inside, axis=-1) * 1.0))


@implements("stats.kstat")
def kstat(data, n=2, *, axis=None, nan_policy="propagate", keepdims=False):
    """The unbiased estimate of the n-th cumulant, n from 1 to 4"""
    sample = Sample("kstat", data, axis, keepdims, nan_policy)
    if isinstance(n, Array) or n not in (1, 2, 3, 4):
        raise located(ValueError, "k-statistics only supported for 1<=n<=4")
    return sample.result(_cumulant(sample, int(n)))


def _cumulant(sample: Sample, order: int) -> Array:
    n = sample.count
    if order == 1:
        return np.mean(sample.values, axis=-1)
    below = pymath.prod(range(n - order + 1, n))  # (n - 1) (n - 2) …
    if below == 0:
        return np.mean(sample.values, axis=-1) * pymath.nan
    if order < 4:
        return sample.central(order)[0] * (n ** (order - 1) / below)
    second, fourth = sample.central(2, 4)
    return ((n + 1) * fourth - 3 * (n - 1) * (second * second)) * (n * n / below)


@implements("stats.kstatvar")
def kstatvar(data, n=2, *, axis=None, nan_policy="propagate", keepdims=False):
    """An unbiased estimate of the variance of `kstat`, n 1 or 2"""
    sample = Sample("kstatvar", data, axis, keepdims, nan_policy)
    if isinstance(n, Array) or n not in (1, 2):
        raise located(ValueError, "Only n=1 or n=2 supported.")
    size, second = sample.count, _cumulant(sample, 2)
    if n == 1:
        return sample.result(second / size)
    value = 2 * size * (second * second) + (size - 1) * _cumulant(sample, 4)
    return sample.result(value / (size * (size + 1)))


def _yeojohnson(x: Array, power: Array) -> Array:
    positive = special("boxcox1p", np.where(x >= 0, x, 0.0), power)
    negative = special("boxcox1p", np.where(x >= 0, 0.0, -x), 2 - power)
    return np.where(x >= 0, positive, -negative)


@implements("stats.yeojohnson")
def yeojohnson(x, lmbda=None):
    """((1 + x)^lmbda - 1) / lmbda, mirrored below 0; needs lmbda, which SciPy would choose"""
    if lmbda is None:
        raise located(
            TypeError, "scipy.stats.yeojohnson on traced arrays needs lmbda, which SciPy would "
            "choose by an optimization"
        )  # fmt: skip
    return _yeojohnson(*alike(x, lmbda))


@implements("stats.yeojohnson_llf")
def yeojohnson_llf(lmb, data, *, axis=0, nan_policy="propagate", keepdims=False):
    """The logarithm of the likelihood of the power lmb of Yeo and Johnson"""
    sample = Sample("yeojohnson_llf", data, axis, keepdims, nan_policy)
    x, power = alike(sample.values, lmb)
    spread = np.var(_yeojohnson(x, power), axis=-1)
    logs = np.sum(np.sign(x) * np.log1p(abs(x)), axis=-1)
    return sample.result((floats(lmb)[0] - 1) * logs - 0.5 * sample.count * np.log(spread))


@implements("stats.boxcox_llf")
def boxcox_llf(lmb, data, *, axis=0, keepdims=False, nan_policy="propagate"):
    """The logarithm of the likelihood of the power lmb of Box and Cox"""
    sample = Sample("boxcox_llf", data, axis, keepdims, nan_policy)
    spread = np.var(special("boxcox", sample.values, lmb), axis=-1)
    logs = np.sum(np.log(sample.values), axis=-1)
    return sample.result((floats(lmb)[0] - 1) * logs - 0.5 * sample.count * np.log(spread))
