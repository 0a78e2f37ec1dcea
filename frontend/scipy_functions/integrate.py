"""`scipy.integrate`: initial value problems, and integrals of samples."""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops
from ..derivatives import stop_gradient
from ..loops import scan, while_loop
from ..numpy_functions.elementwise import filled
from ..ops import lift
from ..tracing import Array, located
from .offers import floats, implements

np: Any = numpy  # its type stubs know no traced arrays

# Dormand and Prince's method of order 5: the places of the stages, their weights, the weights of
# the result, and their difference from the weights of order 4.
PLACES = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0)
STAGES = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
)
RESULT = (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84)
ERROR = (
    71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40,
)  # fmt: skip


def _step(f: Any, t: Array, y: Array, h: Array) -> tuple[Array, Array]:
    """The result of one step, and its error."""
    slopes: list[Array] = []
    for place, weights in zip(PLACES, STAGES):
        inner = y
        for k, w in zip(slopes, weights):
            inner = inner + (h * w) * k
        slopes.append(f(inner, t + place * h))
    result = y
    for k, w in zip(slopes, RESULT):
        if w:
            result = result + (h * w) * k
    slopes.append(f(result, t + h))
    error = filled(y, 0)
    for k, w in zip(slopes, ERROR):
        if w:
            error = error + (h * w) * k
    return result, error


def _solved(f: Any, y0: Array, t: Array, rtol: float, atol: float, most: int) -> Array:
    """The solution at the times t, of which the first is the start."""
    ends = t[-1] - t[0]

    def advance(carry: Any, target: Array) -> Any:
        y, start, h = carry

        def goes_on(state: Any) -> Array:
            _, now, _, _ = state
            return now != target

        def turn(state: Any) -> Any:
            y, now, h, count = state
            last = abs(target - now) <= abs(h) * 1.000001
            size = np.where(last, target - now, h)
            found, error = _step(f, now, y, size)
            # The choice of the steps has no derivative: the solution does not depend on it.
            bound = atol + rtol * np.maximum(abs(y), abs(found))
            ratio = stop_gradient(
                np.sqrt(np.sum(np.square(error / bound)) / max(int(np.prod(y.shape)), 1))
            )
            ok = (ratio <= 1) | (abs(size) < 1e-13 * abs(ends)) | ~(ratio < np.inf)
            factor = np.clip(0.9 * np.maximum(ratio, 1e-10) ** -0.2, 0.2, 5.0)
            # A step that was cut at its target says little about the next one.
            longer = np.where(last & ok & (factor > 1), h, size * factor)
            count = count + 1
            stop = count >= most
            y = np.where(stop, np.nan, np.where(ok, found, y))
            now = np.where(stop, target, np.where(ok, np.where(last, target, now + size), now))
            return y, now, stop_gradient(longer), count

        state = (y, start, h, np.asarray(0))
        y, _, h, _ = while_loop(goes_on, turn, state)
        return (y, target, h), y

    first = stop_gradient((t[1] - t[0]) * 0.01)
    _, ys = scan(advance, (y0, t[0], first), t[1:])
    return np.concatenate([y0[None], ys])


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
    return _solved(f, y0, t, tight * (rtol or 1.49012e-8), tight * (atol or 1.49012e-8), mxstep)


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
