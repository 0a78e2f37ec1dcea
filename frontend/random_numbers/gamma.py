"""
Logarithms of numbers of the gamma distribution, and their derivative by the distribution's shape.

The logarithm has no underflow for small shapes, where most numbers of the distribution are 0. The
derivative is implicit: the number z has a fixed place F(z; a) in the distribution, so
dz / da = -(∂F / ∂a) / p(z), for the density p.
"""

from __future__ import annotations

from math import pi
from typing import Any

import numpy

from .. import ops, tracing
from ..control_flow.loops import while_loop
from ..tracing import Array
from ..transforms.custom_rules import custom_jvp
from ..transforms.derivatives import stop_gradient
from . import threefry
from .threefry import wrapping

np: Any = numpy  # its type stubs know no traced arrays

TRIES = 64
"""Each try of a number succeeds with probability 0.95 or more."""


@wrapping
def log_gamma(k: Any, a: Any) -> Any:
    """One number log z for each element of the float64 array a, the shape of its distribution."""
    if not isinstance(a, Array) and not isinstance(k, Array):
        return _draw(k, a)
    a = ops.lift(a)
    return _with_derivative(a, stop_gradient(ops.lift(_draw(k, stop_gradient(a)))))


def _draw(k: Any, a: Any) -> Any:
    """
    G. Marsaglia and W. W. Tsang, A simple method for generating gamma variables (2000): for shapes
    a ≥ 1. For a < 1 it draws for a + 1, and log z falls by an exponential number over a.
    """
    small = a < 1
    d = np.where(small, a + 1.0, a) - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    shape = tuple(a.shape)
    keys = threefry.split(k)

    def step(turn: Any, done: Any, kept: Any) -> tuple[Any, Any]:
        both = threefry.split(threefry.fold_in(keys[0], turn))
        x = threefry.normal(both[0], shape)
        u = threefry.uniform(both[1], shape)
        v = 1.0 + c * x
        is_positive = v > 0
        log_v = 3.0 * np.log(np.where(is_positive, v, 1.0))
        bound = 0.5 * x * x + d - d * np.exp(log_v) + d * log_v
        good = is_positive & (np.log1p(-u) < bound)
        return done | good, np.where(good & ~done, log_v, kept)

    done, kept = np.zeros(shape, bool), np.zeros(shape)
    if isinstance(a, Array) or isinstance(k, Array):
        state = while_loop(
            lambda s: (s[0] < TRIES) & ~np.all(s[1]),
            lambda s: (s[0] + 1, *step(s[0], s[1], s[2])),
            (np.int64(0), done, kept),
        )
        kept = state[2]
    else:
        for turn in range(TRIES):
            if done.all():
                break
            done, kept = step(turn, done, kept)
    exponential = -np.log1p(-threefry.uniform(keys[1], shape))
    return np.log(d) + kept - np.where(small, exponential / np.where(small, a, 1.0), 0.0)


def _made() -> Any:
    """log z as a function of a and of the number that was drawn, with the implicit derivative."""

    @custom_jvp
    def gamma_number(a: Any, drawn: Any) -> Any:
        return np.copy(drawn)

    def rule(primals: Any, tangents: Any) -> Any:
        a, drawn = primals
        # The derivative reads log z as the function of a that it is, for derivatives of the next
        # order.
        log_z = gamma_number(a, drawn)
        return log_z, slope(a, log_z) * tangents[0] + 0.0 * tangents[1]

    gamma_number.defjvp(rule)
    return gamma_number


_with_derivative = _made()


# The integral of the derivative.

NODES = 97
REACH = 3.5


def _nodes() -> tuple[numpy.ndarray, numpy.ndarray]:
    """
    Places v from 0 to ∞ and their weights, for integrands that are smooth on the scale 1 (by the
    substitution v = exp(π/2 sinh t)).
    """
    t = numpy.linspace(-REACH, REACH * 0.75, NODES)
    v = numpy.exp(pi / 2 * numpy.sinh(t))
    return v, v * pi / 2 * numpy.cosh(t) * (t[1] - t[0])


PLACES, WEIGHTS = _nodes()
FARTHEST = 600.0


def slope(a: Any, log_z: Any) -> Any:
    """
    d log z / da = ± ∫ exp(± a v - z (exp(± v) - 1)) (log z ± v - ψ(a)) dv, over v from 0 to ∞.

    The signs are + for numbers above a, and - below: ∂F / ∂a is an integral of the density's
    derivative from 0 to z, and from z to ∞ the same with the other sign. The substitution
    t = z exp(± v) gives the formula.
    """
    a, log_z = ops.lift(a), ops.lift(log_z)
    side = np.where(stop_gradient(log_z) > np.log(stop_gradient(a)), 1.0, -1.0)
    fixed, far = stop_gradient(a), stop_gradient(np.exp(log_z))
    # The scales on which the integrands change.
    scale = np.where(side > 0, 1.0 / np.sqrt(np.maximum(far, 1.0)), np.sqrt(1.0 + fixed) / fixed)
    lead = (NODES, *[1] * a.ndim)
    v = tracing.constant(PLACES.reshape(lead)) * scale
    v = np.where(side > 0, np.minimum(v, FARTHEST), v)
    z = np.exp(log_z)
    integrand = np.exp(side * a * v - z * np.expm1(side * v)) * (log_z + side * v - digamma(a))
    total = np.sum(tracing.constant(WEIGHTS.reshape(lead)) * integrand, axis=0)
    return side * scale * total


def digamma(x: Any) -> Any:
    """ψ(x) for x > 0: ψ(x + 10) - Σ 1 / (x + k), and the asymptotic series."""
    below: Any = 0.0
    for k in range(10):
        below = below + 1.0 / (x + float(k))
    y = x + 10.0
    square = 1.0 / (y * y)
    series = square * (
        1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square * (1 / 132))))
    )
    return np.log(y) - 0.5 / y - series - below
