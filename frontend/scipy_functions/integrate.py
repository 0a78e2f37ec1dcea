"""`scipy.integrate`: initial value problems, and integrals of samples."""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops
from ..array_views import viewing
from ..ops import lift
from ..solvers.odes import solved
from ..tracing import Array
from ..user_code import located
from .offers import floats, floats_or_complex, implements

np: Any = numpy  # its type stubs know no traced arrays


@implements("integrate.odeint")
def odeint(func, y0, t, args=(), rtol=1.49012e-8, atol=1.49012e-8, tfirst=False, mxstep=5000):
    """By Dormand and Prince's method. The steps are loops, and derivatives run them backwards"""
    args = args if isinstance(args, tuple) else (args,)
    nested = any(isinstance(x, list | tuple | dict) for x in args)
    y0, t, *rest = floats(y0, t, *(() if nested else args))
    if nested:  # `func` gets lists and tables of arrays as they are
        rest = list(args)
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


class Solution(dict):
    """The result of `solve_ivp`: its values by key, or as attributes."""

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        raise AttributeError(name)


@implements("integrate.solve_ivp")
def solve_ivp(fun, t_span, y0, method="RK45", t_eval=None, dense_output=False, events=None,
              vectorized=False, args=None, rtol=1e-3, atol=1e-6, first_step=None,
              max_step=np.inf):  # fmt: skip
    """By Dormand and Prince's method, at the times `t_eval`; without these, at the end alone"""
    if dense_output or events is not None:
        raise located(
            TypeError, "scipy.integrate.solve_ivp on traced arrays has no dense_output and events"
        )
    if method not in ("RK45", "DOP853", "RK23", "LSODA"):
        raise located(
            TypeError, f"scipy.integrate.solve_ivp on traced arrays has no method {method!r}; "
            "RK45 is one for equations that are not stiff"
        )  # fmt: skip
    start, end = t_span
    rest = () if args is None else tuple(args)
    y0, start, end, *rest = floats(y0, start, end, *rest)
    if y0.ndim != 1:
        raise located(ValueError, "`y0` must be 1-dimensional.")
    inner = np.reshape(end, (1,)) if t_eval is None else floats(t_eval)[0]
    # The steps begin at the start and stop at the end, as SciPy's.
    times = np.concatenate([np.reshape(start, (1,)), inner, np.reshape(end, (1,))])

    def f(y: Array, now: Array) -> Array:
        slope = fun(now, y[:, None] if vectorized else y, *rest)
        if isinstance(slope, list | tuple):
            slope = np.stack([np.reshape(lift(s), ()) for s in slope])
        return np.reshape(ops.cast(lift(slope), y.dtype), y.shape)

    ys = solved(f, y0, times, 0.03 * rtol, 0.03 * atol, 5000)
    return Solution(
        t=inner, y=np.transpose(ys[1:-1]), sol=None, t_events=None, y_events=None, status=0,
        success=True, message="The solver reached the end of the integration interval.",
    )  # fmt: skip


# Integrals of samples.


def _along(y: Any, x: Any, dx: Any, axis: int) -> tuple[Array, Any]:
    """The samples with the axis last, and the distances between them."""
    (y,) = floats_or_complex(y)
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
    """Σ (y[k] + y[k + 1]) / 2 (x[k + 1] - x[k]), in the dtype of y"""
    y, steps = _along(y, x, dx, axis)
    return ops.cast(np.sum((y[..., 1:] + y[..., :-1]) / 2 * steps, axis=-1), y.dtype)


@implements("integrate.cumulative_trapezoid")
def cumulative_trapezoid(y, x=None, dx=1.0, axis=-1, initial=None):
    """The sums of `trapezoid` up to each place"""
    y, steps = _along(y, x, dx, axis)
    sums = np.cumsum((y[..., 1:] + y[..., :-1]) / 2 * steps, axis=-1)
    if initial is not None:
        if not isinstance(initial, Array) and (numpy.ndim(initial) or initial != 0):
            raise located(ValueError, "`initial` must be `None` or `0`.")
        start = ops.broadcast_to(ops.cast(lift(initial), sums.dtype), (*sums.shape[:-1], 1))
        sums = np.concatenate([start, sums], axis=-1)
    return np.moveaxis(sums, -1, axis)


@implements("integrate.simpson")
def simpson(y, x=None, *, dx=1.0, axis=-1):
    """By parabolas; of an even number of samples, the last interval by the last three samples"""
    y, steps = _along(y, x, dx, axis)
    n = y.shape[-1]
    if n > 2 and (x is not None or n % 2 == 0):  # there, SciPy computes with 64 bits
        y = ops.cast(y, np.dtype(np.complex128 if y.dtype.kind == "c" else np.float64))
    if n < 2:
        return np.sum(0 * y, axis=-1)
    steps = ops.broadcast_to(ops.cast(lift(steps), ops.part_of(y.dtype)), (*y.shape[:-1], n - 1))
    if n == 2:
        return 0.5 * steps[..., 0] * (y[..., 0] + y[..., 1])
    m = n if n % 2 else n - 1
    value = np.sum(_parabolas(y[..., :m], steps[..., : m - 1]), axis=-1)
    if m == n:
        return value
    h, k = steps[..., n - 3], steps[..., n - 2]
    alpha = _ratio(2 * k * k + 3 * h * k, 6 * (h + k))
    beta = _ratio(k * k + 3 * h * k, 6 * h)
    eta = _ratio(k * k * k, 6 * h * (h + k))
    return value + alpha * y[..., n - 1] + beta * y[..., n - 2] - eta * y[..., n - 3]


def _ratio(a: Array, b: Array) -> Array:
    """a / b, and 0 where b is 0: SciPy's rule for places that are there twice."""
    some = b != 0
    return np.where(some, a / np.where(some, b, 1.0), 0.0)


def _parabolas(y: Array, steps: Array) -> Array:
    """The integrals over pairs of intervals."""
    h, k = steps[..., ::2], steps[..., 1::2]
    both = h + k
    share = _ratio(h, k)
    return (
        both
        / 6.0
        * (
            y[..., :-2:2] * (2.0 - _ratio(lift(1.0, share.dtype), share))
            + y[..., 1:-1:2] * (both * _ratio(both, h * k))
            + y[..., 2::2] * (2.0 - share)
        )
    )


@implements("integrate.cumulative_simpson")
def cumulative_simpson(y, *, x=None, dx=1.0, axis=-1, initial=None):
    """The integrals up to each place, by parabolas through three samples"""
    (y,) = floats_or_complex(y)
    d = ops.axis(axis, y.ndim)
    if x is not None and not viewing.has_traced(x):
        known = numpy.asarray(x)
        if numpy.any(numpy.diff(known, axis=d if known.ndim > 1 else -1) <= 0):
            raise located(ValueError, "Input x must be strictly increasing.")
    if y.shape[d] < 3:
        sums = np.moveaxis(cumulative_trapezoid(y, x, dx, d), d, -1)
    else:
        if numpy.ndim(dx):
            dx = np.moveaxis(lift(dx), d, -1)
        rows, steps = _along(y, x, dx, d)
        n = rows.shape[-1]
        steps = ops.broadcast_to(floats(steps)[0], (*rows.shape[:-1], n - 1))
        first = _left_parts(rows, steps)
        second = np.flip(_left_parts(np.flip(rows, -1), np.flip(steps, -1)), -1)
        # The interval k is the first of the parabola at k if k is even, and else the second of
        # the parabola before. The last interval is the second of the last parabola.
        places = numpy.arange(n - 1)
        is_first = (places % 2 == 0) & (places < n - 2)
        low = np.concatenate([first, first[..., -1:]], axis=-1)
        high = np.concatenate([second[..., :1], second], axis=-1)
        sums = np.cumsum(np.where(is_first, low, high), axis=-1)
    if initial is not None:
        start = floats_or_complex(initial)[0]
        if start.ndim:
            start = np.moveaxis(start, d, -1)
        start = ops.broadcast_to(ops.cast(start, sums.dtype), (*sums.shape[:-1], 1))
        sums = np.concatenate([start, sums + start], axis=-1)
    return np.moveaxis(sums, -1, d)


def _left_parts(y: Array, steps: Array) -> Array:
    """The integrals over the first interval of the parabolas through three neighbours."""
    h, k = steps[..., :-1], steps[..., 1:]
    share = h / (h + k)
    bend = share * h / k
    middle = (3 + bend + share) * y[..., 1:-1]
    return h / 6 * ((3 - share) * y[..., :-2] + middle - bend * y[..., 2:])


@implements("integrate.romb")
def romb(y, dx=1.0, axis=-1, show=False):
    """By Romberg's method, of 2^k + 1 samples"""
    y, _ = _along(y, None, dx, axis)
    y = ops.cast(y, np.dtype(np.complex128 if y.dtype.kind == "c" else np.float64))
    n = y.shape[-1] - 1
    levels = n.bit_length() - 1
    if n < 1 or 1 << levels != n:
        raise located(ValueError, "Number of samples must be one plus a non-negative power of 2.")
    table = []
    for k in range(levels + 1):
        step = n >> k
        part = y[..., ::step]
        inner = np.sum(part, axis=-1) - (part[..., 0] + part[..., -1]) / 2
        row = [inner * step * dx]
        for j in range(1, k + 1):
            row.append(row[-1] + (row[-1] - table[-1][j - 1]) / (4**j - 1))
        table.append(row)
    return table[-1][-1]
