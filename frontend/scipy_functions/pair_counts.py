"""`scipy.stats`: the correlation of orders, and a table of what describes a sample."""

from __future__ import annotations

import functools
import math as pymath
from typing import Any, NamedTuple

import numpy

from ..ops import lift
from ..tracing import Array
from ..user_code import located
from .offers import floats, implements
from .sample_tests import ALTERNATIVES, Significance
from .scipy_special import special
from .stats import Sample, kurtosis, skew

np: Any = numpy  # its type stubs know no traced arrays

EXACT = 33
"""SciPy counts orders up to this size, and takes a normal distribution beyond."""


@functools.cache
def _orders(n: int) -> Any:
    """For each number of pairs out of order, the share of the orders of n that have so many."""
    counts = numpy.ones(1)
    for k in range(2, n + 1):
        counts = numpy.convolve(counts, numpy.ones(k)) / k
    return counts


@implements("stats.kendalltau")
def kendalltau(x, y, *, nan_policy="propagate", method="auto", variant="b",
               alternative="two-sided"):  # fmt: skip
    """Of two vectors, by all pairs. The variant 'b' alone. The derivative is 0"""
    if variant != "b":
        raise located(TypeError, f"scipy.stats.kendalltau on traced arrays has no {variant=}")
    if method not in ("auto", "exact", "asymptotic") or alternative not in ALTERNATIVES:
        raise located(ValueError, f"kendalltau has no method {method!r} or no {alternative=}")
    x, y = (np.ravel(z) for z in floats(x, y))
    n = Sample("kendalltau", x, 0, False, nan_policy).count
    if y.shape[0] != n:
        raise located(ValueError, "Array shapes are incompatible for broadcasting.")
    rows, columns = numpy.triu_indices(n, 1)
    of_x, of_y = (np.sign(z[rows] - z[columns]) for z in (x, y))
    score = np.sum(of_x * of_y)
    ties = [np.sum(z == 0) for z in (of_x, of_y)]
    total = len(rows)
    tau = score / np.sqrt(np.where(total == ties[0], np.nan, total - ties[0]))
    tau = tau / np.sqrt(np.where(total == ties[1], np.nan, total - ties[1]))
    tau = np.clip(tau, -1.0, 1.0)
    p = _by_normal(score, x, y, ties, alternative)
    none = np.isnan(tau)
    if method == "asymptotic" or n < 2:
        return Significance(tau, np.where(none, np.nan, p))
    # Without ties, `score` is the number of pairs in order minus those out of order.
    out = (total - score) / 2
    exact = _by_counts(n, out, alternative)
    tied = (ties[0] != 0) | (ties[1] != 0)
    if method == "exact":
        return Significance(tau, np.where(tied | none, np.nan, exact))
    few = np.minimum(out, total - out) <= 1
    counted = ~tied if n <= EXACT else ~tied & few
    return Significance(tau, np.where(none, np.nan, np.where(counted, exact, p)))


def _by_counts(n: int, out: Array, alternative: str) -> Array:
    """The probability by the number of orders with as many pairs out of order."""
    total = n * (n - 1) // 2
    if n <= EXACT:
        share = numpy.cumsum(_orders(n))
    else:  # for one pair at most out of order, or in order
        share = numpy.ones(total + 1)
        share[:2] = [1 / pymath.factorial(n), 1 / pymath.factorial(n - 1)] if n < 171 else 0.0
    share = lift(share)
    at = np.clip(out, 0, total).astype(int)
    match alternative:
        case "greater":
            return share[at]
        case "less":
            return share[total - at]
    least = np.minimum(at, total - at)
    return np.where(2 * least == total, 1.0, np.minimum(2 * share[least], 1.0))


def _by_normal(score: Array, x: Array, y: Array, ties: list[Array], alternative: str) -> Array:
    """The probability by a normal distribution of the score."""
    n = x.shape[0]
    if n < 3:
        return np.where(score == score, 1.0, np.nan)
    # Each element is of a group of equal ones, of this size.
    groups = [np.sum(z[:, None] == z, axis=1) for z in (x, y)]
    cubes = [np.sum((g - 1) * (g - 2)) for g in groups]
    fives = [np.sum((g - 1) * (2 * g + 5)) for g in groups]
    m = n * (n - 1.0)
    spread = (m * (2 * n + 5) - fives[0] - fives[1]) / 18 + 2 * ties[0] * ties[1] / m
    spread = spread + cubes[0] * cubes[1] / (9 * m * (n - 2))
    z = score / np.sqrt(np.where(spread > 0, spread, np.nan))
    match alternative:
        case "less":
            return special("ndtr", z)
        case "greater":
            return special("ndtr", -z)
    return 2 * special("ndtr", -abs(z))


class Description(NamedTuple):
    """What `describe` says of a sample."""

    nobs: Any
    minmax: tuple[Any, Any]
    mean: Any
    variance: Any
    skewness: Any
    kurtosis: Any


@implements("stats.describe")
def describe(a, axis=0, ddof=1, bias=True, nan_policy="propagate"):
    """nobs, minmax, mean, variance, skewness and kurtosis, along one axis or of all elements"""
    whole = lift(a)
    whole, axis = (np.ravel(whole), 0) if axis is None else (whole, axis)
    (a,) = floats(whole)
    count = Sample("describe", a, axis, False, nan_policy).count
    if not a.size:
        raise located(ValueError, "The input must not be empty.")
    return Description(
        count,
        (np.min(whole, axis=axis), np.max(whole, axis=axis)),
        np.mean(a, axis=axis),
        np.var(a, axis=axis, ddof=ddof),
        skew(a, axis, bias),
        kurtosis(a, axis, True, bias),
    )
