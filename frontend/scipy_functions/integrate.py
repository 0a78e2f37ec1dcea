"""`scipy.integrate`: initial value problems, and integrals of samples."""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops
from ..ops import lift
from ..solvers.odes import solved
from ..tracing import Array, located
from .offers import floats, implements

np: Any = numpy  # its type stubs know no traced arrays


@implements("integrate.odeint")
def odeint(func, y0, t, args=(), rtol=1.49012e-8, atol=1.49012e-8, tfirst=False, mxstep=5000):
    """By Dormand and Prince's method. The steps are loops, and derivatives run them backwards"""
    y0, t, *rest = floats(y0, t, *args)
    if t.ndim != 1 or y0.ndim > 1:
        raise located(ValueError, "odeint takes a vector of times and a vector y0")
    y0 = np.reshape(y0, (1,)) if y0.ndim == 0 else y0

    def f(y: Array, now: Array) -> Array:
        slope = func(now, y, *rest) if tfirst else func(y, now, *rest)
        return ops.broadcast_to(ops.cast(lift(slope), y.dtype), y.shape)

    if t.shape[0] < 2:
        return np.repeat(y0[None], t.shape[0], axis=0)
    if not mxstep:
        mxstep = 5000
    # The derivative takes the steps for given. It has the digits of the solution only if the
    # error of the steps hardly matters.
    tight = 0.03
    return solved(f, y0, t, tight * (rtol or 1.49012e-8), tight * (atol or 1.49012e-8), mxstep)


# Integrals of samples.


def _along(y: Any, x: Any, dx: Any, axis: int) -> tuple[Array, Any]:
    """The samples with the axis last, and the distances between them."""
    (y,) = floats(y)
    d = ops.axis(axis, y.ndim)
    moved = np.moveaxis(y, d, -1)
    if x is None:
        return moved, dx
    (x,) = floats(x)
    if x.ndim == 1:
        return moved, x[1:] - x[:-1]
    x = np.moveaxis(ops.broadcast_to(x, y.shape), d, -1)
    return moved, x[..., 1:] - x[..., :-1]


@implements("integrate.trapezoid")
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """Σ (y[k] + y[k + 1]) / 2 (x[k + 1] - x[k])"""
    y, steps = _along(y, x, dx, axis)
    return np.sum((y[..., 1:] + y[..., :-1]) / 2 * steps, axis=-1)


@implements("integrate.cumulative_trapezoid")
def cumulative_trapezoid(y, x=None, dx=1.0, axis=-1, initial=None):
    """The sums of `trapezoid` up to each place"""
    y, steps = _along(y, x, dx, axis)
    sums = np.cumsum((y[..., 1:] + y[..., :-1]) / 2 * steps, axis=-1)
    if initial is not None:
        start = ops.broadcast_to(ops.cast(lift(initial), sums.dtype), (*sums.shape[:-1], 1))
        sums = np.concatenate([start, sums], axis=-1)
    return np.moveaxis(sums, -1, axis)
