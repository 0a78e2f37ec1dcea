"""`scipy.stats`: functions of samples. The distributions have modules of their own."""

from __future__ import annotations

import math as pymath
from typing import Any

import numpy

from ..tracing import located
from .offers import floats, implements
from .scipy_special import special

np: Any = numpy  # its type stubs know no traced arrays


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


@implements("stats.pmean")
def pmean(a, p, axis=0):
    """The mean of the powers p, raised to 1 / p; the geometric mean where p is the number 0"""
    if isinstance(p, int | float) and p == 0:
        return gmean(a, axis=axis)
    a, p = floats(a, p)
    return np.power(np.mean(np.power(a, p), axis=axis), 1 / p)


@implements("stats.moment")
def moment(a, order=1, axis=0, *, center=None):
    """The mean of (x - center)^order for a whole order; without a center, around the mean"""
    (a,) = floats(a)
    if not isinstance(order, int) or order < 0:
        raise located(ValueError, f"scipy.stats.moment takes a whole order ≥ 0, not {order!r}")
    if center is None and order == 1:
        return np.mean(0.0 * a, axis=axis)
    if center is None:
        center = np.mean(a, axis=axis, keepdims=True)
    return np.mean(np.power(a - center, order), axis=axis)


@implements("stats.skew")
def skew(a, axis=0, bias=True):
    """The third central moment of numbers that are scaled to the variance 1"""
    m, n = _central(a, axis, (2, 3))
    value = m[3] / np.power(m[2], 1.5)
    return value if bias or n < 3 else value * (pymath.sqrt(n * (n - 1)) / (n - 2))


@implements("stats.kurtosis")
def kurtosis(a, axis=0, fisher=True, bias=True):
    """The fourth such moment, minus 3 if `fisher` is true"""
    m, n = _central(a, axis, (2, 4))
    value = m[4] / (m[2] * m[2])
    if not bias and n > 3:
        value = ((n * n - 1) * value - 3 * (n - 1) ** 2) / ((n - 2) * (n - 3)) + 3
    return value - 3 if fisher else value


@implements("stats.variation")
def variation(a, axis=0, ddof=0):
    """Standard deviation / mean"""
    (a,) = floats(a)
    return np.std(a, axis=axis, ddof=ddof) / np.mean(a, axis=axis)


def _central(a: Any, axis: int | None, orders: tuple[int, ...]) -> tuple[dict[int, Any], int]:
    """Central moments by their orders, and the number of elements."""
    (a,) = floats(a)
    y = a - np.mean(a, axis=axis, keepdims=True)
    n = a.size if axis is None else a.shape[axis]
    return {k: np.mean(np.power(y, k), axis=axis) for k in orders}, n


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
