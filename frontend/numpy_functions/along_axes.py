"""Differences, running sums, integrals and filters along an axis."""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops
from ..ops import BOOL, INT64, lift
from ..tracing import Array
from ..user_code import as_python, located
from .joining import concatenate
from .reductions import float_dtype, given
from .registration import implements
from .shapes import atleast_1d

np: Any = numpy  # its type stubs know no traced arrays


@implements("diff")
def diff(a, n=1, axis=-1, prepend=None, append=None):
    x = lift(a)
    if n < 0:
        raise located(ValueError, f"order must be non-negative but got {n!r}")
    d = ops.axis(axis, x.ndim)

    def end(value: Any) -> list[Array]:
        if not given(value):
            return []
        value = lift(value)
        return [
            value if value.ndim else ops.broadcast_to(value, (*x.shape[:d], 1, *x.shape[d + 1 :]))
        ]

    ends = [*end(prepend), x, *end(append)]
    x: Any = concatenate(ends, d) if len(ends) > 1 else x
    for _ in range(n):
        size = x.shape[d]
        upper, lower = ops.part(x, d, 1, size), ops.part(x, d, 0, size - 1 if size else 0)
        x = upper != lower if x.dtype == BOOL else upper - lower
    return x


def _refuse_bools(x: Array, name: str) -> None:
    """NumPy subtracts, which it refuses for bools."""
    if x.dtype == BOOL:
        raise as_python(TypeError, f"numpy.{name} does not subtract bools; write x.astype(int)")


@implements("ediff1d")
def ediff1d(ary, to_end=None, to_begin=None):
    x = np.ravel(lift(ary))
    _refuse_bools(x, "ediff1d")

    def end(name: str, value: Any) -> list[Array]:
        if value is None:
            return []
        value = lift(value)
        if not np.can_cast(value.dtype, x.dtype, casting="same_kind"):
            raise as_python(
                TypeError,
                f"dtype of `{name}` must be compatible with input `ary` under the `same_kind` "
                "rule.",
            )
        return [np.ravel(ops.cast(value, x.dtype))]

    return ops.concat([*end("to_begin", to_begin), diff(x), *end("to_end", to_end)], 0)


@implements("gradient")
def gradient(f, *varargs, axis=None, edge_order=1):
    """
    Differences of second order inside, and of the order `edge_order` at the ends. The spacing is a
    number, or the coordinates, for each axis.
    """
    x = lift(f)
    _refuse_bools(x, "gradient")
    x = ops.cast(x, float_dtype(x, None))
    dims = ops.axes(axis, x.ndim)
    spacings = list(varargs) * (len(dims) if len(varargs) == 1 else 1) or [1.0] * len(dims)
    if len(spacings) != len(dims):
        raise located(TypeError, "numpy.gradient wants one spacing, or one for each axis")
    if edge_order not in (1, 2):
        raise located(ValueError, "'edge_order' greater than 2 not supported")
    # As NumPy's, a slope has the dtype of f, and not that of the spacing.
    results = [ops.cast(_slope(x, d, h, edge_order), x.dtype) for d, h in zip(dims, spacings)]
    return results[0] if len(results) == 1 else tuple(results)


def _slope(x: Array, d: int, spacing: Any, order: int) -> Array:
    n = x.shape[d]
    if n < order + 1:
        raise located(
            ValueError,
            "Shape of array too small to calculate a numerical gradient, at least "
            f"{order + 1} elements are required.",
        )

    def at(start: int, stop: int) -> Any:
        return ops.part(x, d, start, stop)

    if not ops.shape_of(spacing):
        h = spacing
        inner = (at(2, n) - at(0, n - 2)) / (2 * h)
        first = (at(1, 2) - at(0, 1)) / h
        last = (at(n - 1, n) - at(n - 2, n - 1)) / h
        if order == 2:
            first = (-1.5 / h) * at(0, 1) + (2.0 / h) * at(1, 2) + (-0.5 / h) * at(2, 3)
            last = (
                (0.5 / h) * at(n - 3, n - 2)
                + (-2.0 / h) * at(n - 2, n - 1)
                + (1.5 / h) * at(n - 1, n)
            )
        return concatenate([first, inner, last], d)
    places = lift(spacing)
    if places.ndim != 1 or places.shape[0] != n:
        raise located(
            ValueError,
            "numpy.gradient: the coordinates of an axis are one array of as many elements as the "
            f"axis has, which is {n}, and not of the shape {places.shape}",
        )
    h = ops.reshape(diff(places), [n - 1 if e == d else 1 for e in range(x.ndim)])

    def step(start: int, stop: int) -> Any:
        return ops.part(h, d, start, stop)

    a, b = step(0, n - 2), step(1, n - 1)
    inner = (
        -b / (a * (a + b)) * at(0, n - 2)
        + (b - a) / (a * b) * at(1, n - 1)
        + a / (b * (a + b)) * at(2, n)
    )
    if order == 1:
        first = (at(1, 2) - at(0, 1)) / step(0, 1)
        last = (at(n - 1, n) - at(n - 2, n - 1)) / step(n - 2, n - 1)
    else:
        a, b = step(0, 1), step(1, 2)
        first = (
            -(2 * a + b) / (a * (a + b)) * at(0, 1)
            + (a + b) / (a * b) * at(1, 2)
            - a / (b * (a + b)) * at(2, 3)
        )
        a, b = step(n - 3, n - 2), step(n - 2, n - 1)
        last = (
            b / (a * (a + b)) * at(n - 3, n - 2)
            - (b + a) / (a * b) * at(n - 2, n - 1)
            + (2 * b + a) / (b * (a + b)) * at(n - 1, n)
        )
    return concatenate([first, inner, last], d)


@implements("trapezoid", "trapz")
def trapezoid(y, x=None, dx=1.0, axis=-1):
    y = lift(y)
    d = ops.axis(axis, y.ndim)
    n = y.shape[d]
    if x is not None:
        x = lift(x)
        dx = diff(x, axis=d if x.ndim > 1 else -1)
        if x.ndim == 1:
            dx = ops.reshape(dx, [n - 1 if e == d else 1 for e in range(y.ndim)])
    upper, lower = ops.part(y, d, 1, n), ops.part(y, d, 0, n - 1 if n else 0)
    return np.sum(ops.scalar(dx, y.dtype) * (upper + lower) / 2, axis=d)


def _convolution(a: Array, v: Array, mode: str, reverse: bool) -> Array:
    """Windows of a times v: y[i] = Σ_j a[i + start ∓ j] v[j]. Outside of a, the windows read 0."""
    kind = ops.promote(a, v)
    if kind == BOOL:  # any of the products, for which the code counts them
        found = _convolution(ops.cast(a, INT64), ops.cast(v, INT64), mode, reverse)
        return np.not_equal(found, 0)
    a, v = ops.cast(a, kind), ops.cast(v, kind)
    n, m = a.shape[0], v.shape[0]
    longest, shortest = max(n, m), min(n, m)
    full = n + m - 1
    start, length = {
        "full": (0, full),
        "same": ((shortest - 1) // 2, longest),
        "valid": (shortest - 1, longest - shortest + 1),
    }[mode]
    if reverse:
        windows = ops.gather([length, m], a, lambda i, j: (i + start - (m - 1) + j,))
    else:
        windows = ops.gather([length, m], a, lambda i, j: (i + start - j,))
    return ops.einsum("ij,j->i", [windows, v])


def _vectors(a: Any, v: Any, name: str, mode: str) -> tuple[Array, Array]:
    a, v = atleast_1d(a), atleast_1d(v)
    if a.ndim != 1 or v.ndim != 1 or not a.size or not v.size:
        raise located(
            ValueError,
            f"numpy.{name} takes two vectors with elements, not shapes {a.shape} and {v.shape}",
        )
    if mode not in ("full", "same", "valid"):
        raise located(ValueError, f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")
    return a, v


@implements("convolve")
def convolve(a, v, mode="full"):
    a, v = _vectors(a, v, "convolve", mode)
    if v.size > a.size:
        a, v = v, a
    return _convolution(a, v, mode, reverse=False)


@implements("correlate")
def correlate(a, v, mode="valid"):
    a, v = _vectors(a, v, "correlate", mode)
    v = np.conjugate(v) if v.dtype.kind == "c" else v  # The conjugates of bools are int8.
    if v.size > a.size:  # NumPy computes the other way round, and turns the result
        return np.flip(_convolution(v, a, mode, reverse=True))
    return _convolution(a, v, mode, reverse=True)
