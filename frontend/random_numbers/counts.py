"""
Random counts: numbers of the Poisson and the binomial distribution, and others that need tries.

The methods are those of W. Hörmann, The transformed rejection method for generating Poisson random
variables (1993) and The generation of binomial random variates (1993), and for small means a
search through the distribution from 0. Counts have no derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from math import lgamma, log, pi
from typing import Any

import numpy

from .. import ops
from ..control_flow.loops import scan, while_loop
from ..tracing import Array
from ..transforms.derivatives import stop_gradient
from . import threefry
from .threefry import wrapping

np: Any = numpy  # its type stubs know no traced arrays

TRIES = 128
"""Each try of a number succeeds with probability 0.6 or more."""

SMALL = 10.0
"""Below this mean, a search from 0 is shorter than tries are."""

STEPS = 128
"""The search ends before: a Poisson number of mean 10 is above 60 once in 10²⁰."""

Try = Callable[[Any, Any], tuple[Any, Any]]
"""From two uniform arrays to whether the try is good, and the numbers."""


def fixed(*xs: Any) -> list[Any]:
    """The parameters, which counts do not depend on in a differentiable way."""
    return [stop_gradient(x) if isinstance(x, Array) else np.asarray(x) for x in xs]


def _repeated(traced: bool, most: int, goes_on: Any, turn: Any, state: tuple) -> tuple:
    """A loop over (count, …), of Python if nothing is traced."""
    if traced:
        return while_loop(lambda s: (s[0] < most) & goes_on(*s[1:]), turn, (np.int64(0), *state))[
            1:
        ]
    current = (0, *state)
    while current[0] < most and goes_on(*current[1:]):
        current = turn(current)
    return current[1:]


def accepted(key: Any, shape: tuple[int, ...], attempt: Try, traced: bool) -> Any:
    """The numbers of the first good try at each place."""

    def turn(state: Any) -> Any:
        count, done, kept = state
        both = threefry.split(threefry.fold_in(key, count))
        good, found = attempt(*(threefry.uniform(k, shape) for k in both))
        return count + 1, done | good, np.where(good & ~done, found, kept)

    state = np.zeros(shape, bool), np.zeros(shape)
    return _repeated(traced, TRIES, lambda done, _: ~np.all(done), turn, state)[1]


TABLE = numpy.array([
    lgamma(k + 1) - ((k + 0.5) * log(k + 1) - (k + 1) + 0.5 * log(2 * pi)) for k in range(10)
])  # fmt: skip


def _tail(k: Any) -> Any:
    """log k! less Stirling's (k + 1/2) log(k + 1) - (k + 1) + log(2π) / 2, for k ≥ 0."""
    x = np.maximum(k, 9.0) + 1.0
    r = 1.0 / (x * x)
    series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r / 1680))) / x
    for n, exact in enumerate(TABLE):
        series = np.where(k == n, exact, series)
    return series


def _log_factorial(k: Any) -> Any:
    return (k + 0.5) * np.log(k + 1.0) - (k + 1.0) + 0.5 * log(2 * pi) + _tail(k)


def _searched(u: Any, first: Any, ratio: Callable[[Any], Any], traced: bool) -> Any:
    """The least k with P(0) + … + P(k) > u, where P(k + 1) = P(k) ratio(k + 1)."""

    def turn(state: Any) -> Any:
        count, rest, p, k = state
        goes_on = rest >= p
        following = np.where(goes_on, k + 1.0, k)
        new = np.where(goes_on, p * ratio(following), p)
        return count + 1, np.where(goes_on, rest - p, rest), new, following

    state = u, first, np.zeros_like(u)
    return _repeated(traced, STEPS, lambda rest, p, _: np.any(rest >= p), turn, state)[2]


@wrapping
def poisson(key: Any, mean: Any, shape: tuple[int, ...]) -> Any:
    """Poisson numbers, as float64. The mean is not below 0."""
    traced = isinstance(mean, Array) or isinstance(key, Array)
    (mean,) = fixed(mean)
    mean = np.broadcast_to(mean, shape)
    is_small = mean < SMALL
    keys = threefry.split(key)
    low = np.where(is_small, mean, 1.0)
    searched = _searched(threefry.uniform(keys[0], shape), np.exp(-low), lambda k: low / k, traced)
    high = np.where(is_small, SMALL, mean)
    b = 0.931 + 2.53 * np.sqrt(high)
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    sure = 0.9277 - 3.6224 / (b - 2.0)

    def attempt(u: Any, v: Any) -> tuple[Any, Any]:
        u = u - 0.5
        rest = 0.5 - abs(u)
        k = np.floor((2.0 * a / rest + b) * u + high + 0.43)
        possible = (k >= 0) & ~((rest < 0.013) & (v > rest))
        safe = np.maximum(k, 0.0)
        weight = np.log(v * inverse / (a / (rest * rest) + b))
        below = weight <= safe * np.log(high) - high - _log_factorial(safe)
        return is_small | ((rest >= 0.07) & (v <= sure)) | (possible & below), k

    return np.where(is_small, searched, accepted(keys[1], shape, attempt, traced))


@wrapping
def binomial(key: Any, n: Any, p: Any, shape: tuple[int, ...]) -> Any:
    """Binomial numbers, as float64, of n ≥ 0 trials with 0 ≤ p ≤ 1."""
    traced = any(isinstance(x, Array) for x in (key, n, p))
    n, p = (np.broadcast_to(x, shape) for x in fixed(n, p))
    turned = p > 0.5
    p = np.where(turned, 1.0 - p, p)
    is_small = n * p < SMALL
    keys = threefry.split(key)

    few, low = np.where(is_small, n, 1.0), np.where(is_small, p, 0.5)
    odds = low / (1.0 - low)
    searched = _searched(
        threefry.uniform(keys[0], shape),
        np.exp(few * np.log1p(-low)),
        lambda k: np.maximum(few - k + 1.0, 0.0) / k * odds,
        traced,
    )
    searched = np.minimum(searched, few)  # where rounding leaves a rest of u behind the last k

    many, high = np.where(is_small, 40.0, n), np.where(is_small, 0.5, p)
    r = high / (1.0 - high)
    spread = np.sqrt(many * high * (1.0 - high))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * high
    center = many * high + 0.5
    sure = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * spread
    middle = np.floor((many + 1.0) * high)
    at_middle = (middle + 0.5) * np.log((middle + 1.0) / (r * (many - middle + 1.0)))
    at_middle = at_middle + _tail(middle) + _tail(many - middle)

    def attempt(u: Any, v: Any) -> tuple[Any, Any]:
        u = u - 0.5
        rest = 0.5 - abs(u)
        k = np.floor((2.0 * a / rest + b) * u + center)
        possible = (k >= 0) & (k <= many)
        safe = np.clip(k, 0.0, many)
        weight = np.log(v * alpha / (a / (rest * rest) + b))
        bound = at_middle - _tail(safe) - _tail(many - safe)
        bound = bound + (many + 1.0) * np.log((many - middle + 1.0) / (many - safe + 1.0))
        bound = bound + (safe + 0.5) * np.log(r * (many - safe + 1.0) / (safe + 1.0))
        good = possible & (((rest >= 0.07) & (v <= sure)) | (weight <= bound))
        return is_small | good, k

    drawn = np.where(is_small, searched, accepted(keys[1], shape, attempt, traced))
    return np.where(turned, n - drawn, drawn)


@wrapping
def multinomial(key: Any, n: Any, shares: Any, shape: tuple[int, ...]) -> Any:
    """Counts of n trials over the last dimension of `shares`, one binomial number after another."""
    traced = any(isinstance(x, Array) for x in (key, n, shares))
    n, shares = fixed(n, shares)
    kinds = shares.shape[-1]
    rest = np.broadcast_to(n, shape)
    if not kinds:
        return np.zeros((*shape, 0))
    # What is left for a kind and those behind it. A sum from the end has no cancellation.
    left = np.flip(np.cumsum(np.flip(shares, -1), axis=-1), -1)
    parts = np.where(left > 0, shares / np.where(left > 0, left, 1.0), 0.0)
    parts = np.moveaxis(np.broadcast_to(np.clip(parts, 0.0, 1.0), (*shape, kinds)), -1, 0)

    def turn(rest: Any, row: Any) -> Any:
        place, part = row
        count = binomial(threefry.fold_in(key, place), rest, part, shape)
        return rest - count, count

    if traced:
        places = np.arange(kinds - 1)
        rest, found = scan(turn, rest * 1.0, (places, parts[:-1]))
        return np.moveaxis(np.concatenate([found, rest[None]]), 0, -1)
    counts = []
    for place in range(kinds - 1):
        rest, count = turn(rest, (place, parts[place]))
        counts.append(count)
    return np.stack([*counts, rest], axis=-1)


@wrapping
def zipf(key: Any, a: Any, shape: tuple[int, ...]) -> Any:
    """L. Devroye, Non-uniform random variate generation (1986), chapter X.6.1; a > 1."""
    traced = isinstance(a, Array) or isinstance(key, Array)
    (a,) = fixed(a)
    a = np.broadcast_to(a, shape)
    b = 2.0 ** (a - 1.0)

    def attempt(u: Any, v: Any) -> tuple[Any, Any]:
        x = np.floor((1.0 - u) ** (-1.0 / (a - 1.0)))
        t = (1.0 + 1.0 / x) ** (a - 1.0)
        # Integers of 64 bits do not hold larger numbers.
        return (x < 2.0**62) & (v * x * (t - 1.0) / (b - 1.0) <= t / b), x

    return np.maximum(accepted(key, shape, attempt, traced), 1.0)


@wrapping
def vonmises(key: Any, kappa: Any, shape: tuple[int, ...]) -> Any:
    """D. J. Best and N. I. Fisher, Efficient simulation of the von Mises distribution (1979)."""
    traced = isinstance(kappa, Array) or isinstance(key, Array)
    (kappa,) = fixed(kappa)
    kappa = np.broadcast_to(kappa, shape)
    flat = kappa < 1e-8
    k = np.where(flat, 1.0, kappa)
    r = 1.0 + np.sqrt(1.0 + 4.0 * k * k)
    rho = (r - np.sqrt(2.0 * r)) / (2.0 * k)
    s = (1.0 + rho * rho) / (2.0 * rho)
    keys = threefry.split(key)

    def attempt(u: Any, v: Any) -> tuple[Any, Any]:
        z = np.cos(pi * u)
        w = (1.0 + s * z) / (s + z)
        y = k * (s - w)
        good = (y * (2.0 - y) > v) | (np.log(y / np.where(v > 0, v, 1.0)) + 1.0 >= y)
        return flat | good, np.clip(w, -1.0, 1.0)

    angle = np.arccos(accepted(keys[0], shape, attempt, traced))
    sign = threefry.uniform(keys[1], shape)
    turned = np.where(sign < 0.5, -angle, angle)
    return np.where(flat, pi * (2.0 * sign - 1.0), turned)


def whole(x: Any) -> Any:
    return ops.cast(x, numpy.dtype(numpy.int64)) if isinstance(x, Array) else x.astype(np.int64)
