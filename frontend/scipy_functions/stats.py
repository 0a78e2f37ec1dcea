"""`scipy.stats`: functions of samples. The distributions have modules of their own."""

from __future__ import annotations

import math as pymath
from typing import Any

import numpy

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
