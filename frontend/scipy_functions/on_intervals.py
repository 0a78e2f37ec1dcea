"""The distributions on bounded intervals in `scipy.stats`, but for `beta` and `uniform`."""

# The formulas of a distribution name its own shapes, where the base class has any number of them.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

import math as pymath
from typing import Any

import numpy

from ..transforms.derivatives import stop_gradient
from .distributions import INF, LOG_2PI, Distribution, distribution, half_square
from .scipy_special import special

np: Any = numpy  # its type stubs know no traced arrays


@distribution
class Arcsine(Distribution):
    """The arcsine distribution."""

    name = "arcsine"

    def _support(self):
        return 0.0, 1.0

    def _logpdf(self, y):
        return -pymath.log(pymath.pi) - 0.5 * np.log(y * (1 - y))

    def _cdf(self, y):
        return 2 / pymath.pi * np.arcsin(np.sqrt(y))

    def _sf(self, y):
        return 2 / pymath.pi * np.arcsin(np.sqrt(1 - y))

    def _ppf(self, p):
        root = np.sin(pymath.pi / 2 * p)
        return root * root

    def _mean(self):
        return 0.5

    def _var(self):
        return 0.125

    def _entropy(self):
        return pymath.log(pymath.pi / 4)


@distribution
class PowerLaw(Distribution):
    """The distribution with a density that is a power of y."""

    name, shapes = "powerlaw", ("a",)

    def _support(self, a):
        return 0.0, 1.0

    def _logpdf(self, y, a):
        return np.log(a) + special("xlogy", a - 1, y)

    def _cdf(self, y, a):
        return np.power(y, a)

    def _sf(self, y, a):
        return self._rest(y, a)

    def _logcdf(self, y, a):
        return special("xlogy", a, y)

    def _ppf(self, p, a):
        return np.power(p, 1 / a)

    def _isf(self, q, a):
        return np.exp(np.log1p(-q) / a)

    def _mean(self, a):
        return a / (a + 1)

    def _var(self, a):
        return a / ((a + 2) * (a + 1) * (a + 1))

    def _entropy(self, a):
        return 1 - 1 / a - np.log(a)


@distribution
class Triangular(Distribution):
    """The triangular distribution, with its mode at c."""

    name, shapes = "triang", ("c",)

    def _valid(self, c):
        return (c >= 0) & (c <= 1)

    def _support(self, c):
        return 0.0, 1.0

    def _pdf(self, y, c):
        # At the mode, the side that has a length counts.
        falls = (y > c) | (c == 0)
        return np.where(
            falls, 2 * (1 - y) / np.where(falls, 1 - c, 1.0), 2 * y / np.where(falls, 1.0, c)
        )

    def _cdf(self, y, c):
        falls = y > c
        return np.where(falls, 1 - self._sf(y, c), y * y / np.where(falls, 1.0, c))

    def _sf(self, y, c):
        falls = y >= c
        down = (1 - y) * (1 - y) / np.where(falls, 1 - c, 1.0)
        return np.where(falls, down, 1 - y * y / np.where(falls, 1.0, c))

    def _ppf(self, p, c):
        return np.where(p < c, np.sqrt(c * p), 1 - np.sqrt((1 - c) * (1 - p)))

    def _mean(self, c):
        return (c + 1) / 3

    def _var(self, c):
        return (1 - c + c * c) / 18

    def _entropy(self, c):
        return 0.5 - pymath.log(2) + 0.0 * c


@distribution
class LogUniform(Distribution):
    """The distribution of numbers whose logarithm is uniform between log a and log b."""

    name, shapes = "loguniform", ("a", "b")

    def _valid(self, a, b):
        return (a > 0) & (b > a)

    def _support(self, a, b):
        return a, b

    def _logpdf(self, y, a, b):
        return -np.log(y) - np.log(np.log(b / a))

    def _cdf(self, y, a, b):
        return np.log(y / a) / np.log(b / a)

    def _sf(self, y, a, b):
        return np.log(b / y) / np.log(b / a)

    def _ppf(self, p, a, b):
        return a * np.exp(p * np.log(b / a))

    def _mean(self, a, b):
        return (b - a) / np.log(b / a)

    def _var(self, a, b):
        mean = self._mean(a, b)
        return (b - a) * (b + a) / (2 * np.log(b / a)) - mean * mean

    def _entropy(self, a, b):
        return 0.5 * np.log(a * b) + np.log(np.log(b / a))


@distribution
class Reciprocal(LogUniform):
    """SciPy's other name of `loguniform`."""

    name = "reciprocal"


@distribution
class Semicircular(Distribution):
    """The semicircular distribution, from -1 to 1."""

    name = "semicircular"
    starts_flat = True

    def _support(self):
        return -1.0, 1.0

    def _pdf(self, y):
        return 2 / pymath.pi * (np.sqrt(1 - y) * np.sqrt(1 + y))  # ±∞ is the slope at the ends

    def _cdf(self, y):
        return 0.5 + (y * np.sqrt((1 - y) * (1 + y)) + np.arcsin(y)) / pymath.pi

    def _sf(self, y):
        return self._cdf(-y)

    def _mean(self):
        return 0.0

    def _var(self):
        return 0.25

    def _entropy(self):
        return pymath.log(pymath.pi) - 0.5


@distribution
class TruncatedExponential(Distribution):
    """The exponential distribution, given that the number is at most b."""

    name, shapes = "truncexpon", ("b",)

    def _support(self, b):
        return 0.0, b

    def _logpdf(self, y, b):
        return -y - np.log(-np.expm1(-b))

    def _cdf(self, y, b):
        return np.expm1(-y) / np.expm1(-b)

    def _sf(self, y, b):
        return np.exp(-y) * np.expm1(y - b) / np.expm1(-b)

    def _ppf(self, p, b):
        return -np.log1p(p * np.expm1(-b))

    def _mean(self, b):
        return 1 - b / np.expm1(b)

    def _entropy(self, b):
        return np.log(-np.expm1(-b)) + 1 - b / np.expm1(b)


@distribution
class TruncatedNormal(Distribution):
    """The normal distribution, given that the number is between a and b."""

    name, shapes = "truncnorm", ("a", "b")

    def _valid(self, a, b):
        return a < b

    def _support(self, a, b):
        return a, b

    def _logpdf(self, y, a, b):
        return -half_square(y) - LOG_2PI / 2 - _log_mass(a, b)

    def _logcdf(self, y, a, b):
        return _log_mass(a, y) - _log_mass(a, b)

    def _logsf(self, y, a, b):
        return _log_mass(y, b) - _log_mass(a, b)

    def _cdf(self, y, a, b):
        return _share(_parts_of_mass(a, y), _log_mass(a, b))

    def _sf(self, y, a, b):
        return _share(_parts_of_mass(y, b), _log_mass(a, b))

    def _ppf(self, p, a, b):
        left = np.logaddexp(special("log_ndtr", a), np.log(p) + _log_mass(a, b))
        right = np.logaddexp(special("log_ndtr", -b), np.log1p(-p) + _log_mass(a, b))
        y = np.where(a < 0, special("ndtri_exp", left), -special("ndtri_exp", right))
        return np.where(p == 0, a, np.where(p == 1, b, y))

    def _mean(self, a, b):
        mass = _log_mass(a, b)
        return _density(a, mass) - _density(b, mass)

    def _var(self, a, b):
        mass, mean = _log_mass(a, b), self._mean(a, b)
        return 1 + _moment(a, mass) - _moment(b, mass) - mean * mean

    def _entropy(self, a, b):
        mass = _log_mass(a, b)
        return mass + (LOG_2PI + 1 + _moment(a, mass) - _moment(b, mass)) / 2


def _in_left_tail(a, b):
    """Two ends a ≤ b, mirrored to the side where the smaller one is below 0."""
    flip = a > 0
    return np.where(flip, -b, a), np.where(flip, -a, b)


def _parts_of_mass(a, b):
    """
    Φ(b) - Φ(a) = eˢ f, where a ≤ b, with the digits of the tail that both are in. Where a = b, f is
    0 and has a derivative, which the logarithm has not.
    """
    low, high = _in_left_tail(a, b)
    log_high = special("log_ndtr", high)
    below = special("log_ndtr", low) - log_high
    # Two implementations may have made the two logarithms, so that the difference is above 0.
    below = below - stop_gradient(np.maximum(below, 0.0))
    middle = 1 - special("ndtr", low) - special("ndtr", -high)
    return np.where(high > 0, 0.0, log_high), np.where(high > 0, middle, -np.expm1(below))


def _log_mass(a, b):
    """log(Φ(b) - Φ(a)), where a ≤ b"""
    low, high = _in_left_tail(a, b)
    log_scale, fraction = _parts_of_mass(a, b)
    middle = np.log1p(-special("ndtr", low) - special("ndtr", -high))
    return np.where(high > 0, middle, log_scale + np.log(np.where(high > 0, 1.0, fraction)))


def _share(parts, log_mass):
    """A part of a mass"""
    log_scale, fraction = parts
    return np.exp(log_scale - log_mass) * fraction


def _density(end, log_mass):
    """φ(end) / mass"""
    return np.exp(-half_square(end) - LOG_2PI / 2 - log_mass)


def _moment(end, log_mass):
    """end φ(end) / mass, 0 at ±∞"""
    return np.where(abs(end) == INF, 0.0, end * _density(end, log_mass))


@distribution
class JohnsonSB(Distribution):
    """Johnson's distribution on the interval from 0 to 1."""

    name, shapes = "johnsonsb", ("a", "b")
    starts_flat = True

    def _valid(self, a, b):
        return b > 0

    def _support(self, a, b):
        return 0.0, 1.0

    def _logpdf(self, y, a, b):
        z = a + b * special("logit", y)
        value = np.log(b) - np.log(y) - np.log1p(-y) - half_square(z) - LOG_2PI / 2
        return np.where((y > 0) & (y < 1), value, -INF)

    def _cdf(self, y, a, b):
        return special("ndtr", a + b * special("logit", y))

    def _sf(self, y, a, b):
        return special("ndtr", -a - b * special("logit", y))

    def _ppf(self, p, a, b):
        return special("expit", (special("ndtri", p) - a) / b)

    def _isf(self, q, a, b):
        return special("expit", (-special("ndtri", q) - a) / b)
