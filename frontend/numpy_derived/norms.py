"""
Norms and standard deviations: roots of sums of squares, and other powers of sums of powers.

These functions have derivatives of their own. The chain rule would take 1 / √0 for a vector of
zeros, and squares of elements that overflow or underflow. Here

- the elements are scaled before they are squared, by a power of two, which changes no digit;
- the derivative of a norm is `x / norm`, whose elements are at most 1, and 0 where the norm is 0.

0 is the subgradient that minimizes the length of a gradient. So the standard deviation of equal
elements has the derivative 0 as well.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy

from ...dialects import arrays
from .. import ops
from ..numpy_functions.reductions import (
    deviations,
    float_dtype,
    keep,
    without_nan,
)
from ..numpy_functions.registration import implements
from ..ops import lift
from ..tracing import Array
from ..transforms.custom_rules import custom_jvp
from ..transforms.derivatives import stop_gradient
from ..user_code import located
from .decompositions import spectral_norm

np: Any = numpy  # its type stubs know no traced arrays

FLOAT32 = np.dtype(np.float32)

SCALES = {np.dtype(np.float64): (480, -600, -450, 600), FLOAT32: (45, -85, -45, 95)}
"""
For a dtype four exponents of 2. Greater elements than the first are scaled by the second, and
smaller ones than the third by the fourth: then no sum of squares overflows, and no square that
counts underflows.
"""

Root = Callable[[Array, Any], Array]


def wide(x: Array) -> Array:
    """Floats of 16 bits as float32."""
    return ops.cast(x, FLOAT32) if x.dtype in (np.float16, arrays.bfloat16) else x


def _scale(x: Array, dims: tuple[int, ...]) -> Array:
    """The power of two by which the elements are scaled. The dims are kept."""
    high, down, low, up = SCALES[x.dtype]
    largest = np.max(abs(x), axis=dims, keepdims=True, initial=0.0)
    scale = np.where(largest > 2.0**high, 2.0**down, np.where(largest < 2.0**low, 2.0**up, 1.0))
    return scale.astype(x.dtype)


@functools.cache
def root_of_squares(dims: tuple[int, ...]) -> Root:
    """
    The function √(Σ x² / n) over dims, which are kept, of float32 or float64.

    n has no derivative.
    """

    def scaled_root(x: Array, n: Array) -> tuple[Array, Array]:
        """The elements times a scale, and their root."""
        y = x * _scale(x, dims)
        return y, np.sqrt(np.sum(y * y, axis=dims, keepdims=True) / n)

    @custom_jvp
    def root(x: Array, n: Array) -> Array:
        return scaled_root(x, n)[1] / _scale(x, dims)

    @custom_jvp
    def slope(x: Array, n: Array) -> Array:
        """x / (n root), 0 where the root is 0. It is right also where the root itself overflows."""
        y, r = scaled_root(x, n)
        return y / (n * np.where(r == 0, 1.0, r))

    @root.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        """d √(Σ x² / n) = Σ x / (n √(Σ x² / n)) dx"""
        (x, n), (dx, _) = primals, tangents
        return root(x, n), np.sum(slope(x, n) * dx, axis=dims, keepdims=True)

    @root.defsquare
    def _(primals: Any, tangents: Any) -> Any:
        """d (Σ x² / n) = 2 Σ x / n dx, also where the root is 0"""
        (x, n), (dx, _) = primals, tangents
        return np.sum(2 * x / n * dx, axis=dims, keepdims=True)

    @slope.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        """d (x / (n r)) = (dx - n k Σ k dx) / (n r), where k = x / (n r)"""
        (x, n), (dx, _) = primals, tangents
        k, r = slope(x, n), root(x, n)
        along = n * np.sum(k * dx, axis=dims, keepdims=True)
        return k, (dx - k * along) / np.where(r == 0, np.inf, n * r)

    return root


@functools.cache
def root_of_powers(p: float, dims: tuple[int, ...]) -> Callable[[Array], Array]:
    """The function (Σ |x|^p)^(1/p) over dims, which are kept, of float32 or float64; p ≠ 0."""

    def scaled(x: Array) -> tuple[Array, Array]:
        """The elements divided by the greatest |element|, or for p < 0 by the least; that one."""
        best = (np.max if p > 0 else np.min)(
            abs(x), axis=dims, keepdims=True, initial=0.0 if p > 0 else np.inf
        )
        scale = stop_gradient(np.where((best == 0) | np.isinf(best), 1.0, best))
        return x / scale, scale

    @custom_jvp
    def root(x: Array) -> Array:
        y, scale = scaled(x)
        return np.sum(abs(y) ** p, axis=dims, keepdims=True) ** (1 / p) * scale

    @root.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        """d (Σ |x|^p)^(1/p) = Σ sign x (|x| / root)^(p-1) dx, 0 at x = 0 and where the root is 0"""
        (x,), (dx,) = primals, tangents
        y, _ = scaled(x)
        r = root(y)
        away = (y != 0) & (r != 0)
        part = np.where(away, abs(y) / np.where(r == 0, 1.0, r), 1.0)  # at most 1 for p ≥ 1
        slope = np.where(away, np.sign(x) * part ** (p - 1), 0.0)
        return root(x), np.sum(slope * dx, axis=dims, keepdims=True)

    return root


def _root_of_lengths(x: Array, dims: tuple[int, ...], n: Any) -> Array:
    """
    √(Σ |x|² / n) over dims, which are kept. The parts of complex elements are elements of their
    own: so the derivative is smooth where one element is 0.
    """
    if x.dtype.kind != "c":
        x = wide(x)
        return root_of_squares(dims)(x, lift(n, x.dtype))
    parts = np.stack(ops.parts(x), axis=-1)
    number = lift(n, parts.dtype)
    number = ops.expand(number, [number.ndim]) if number.ndim else number
    root = root_of_squares((*dims, x.ndim))(parts, number)
    return ops.reshape(root, root.shape[:-1])


def _reduced(x: Array, dims: tuple[int, ...], keepdims: Any) -> Array:
    """The array without the dims, which have one element, if they are not to be kept."""
    return x if keepdims and keepdims is not np._NoValue else np.squeeze(x, dims)


@implements("linalg.norm")
def norm(x, ord=None, axis=None, keepdims=False):
    """The derivative at 0 is 0."""
    x = lift(x)
    x = ops.cast(x, float_dtype(x, None))
    if axis is None and (
        ord is None or (ord in ("f", "fro") and x.ndim == 2) or (ord == 2 and x.ndim == 1)
    ):
        return _vector_norm(x, 2, tuple(range(x.ndim)), keepdims)
    dims = ops.axes(axis, x.ndim)
    if len(dims) == 1:
        return _vector_norm(x, 2 if ord is None else ord, dims, keepdims)
    if len(dims) != 2:
        raise located(ValueError, "Improper number of dimensions to norm.")
    if ord in (None, "f", "fro"):
        return _vector_norm(x, 2, dims, keepdims)
    if ord in (2, -2, "nuc"):
        part = ops.part_of(x.dtype) if x.dtype.kind == "c" else x.dtype
        result = ops.cast(spectral_norm(wide(x), ord, dims), part)
        if keepdims and keepdims is not np._NoValue:
            return np.expand_dims(result, dims)
        return result
    if ord not in (1, -1, np.inf, -np.inf):
        raise located(ValueError, "Invalid norm order for matrices.")
    first, second = dims if abs(ord) == 1 else dims[::-1]
    sums = np.sum(abs(x), axis=first, keepdims=True)
    result = (np.max if ord > 0 else np.min)(sums, axis=second, keepdims=True)
    return result if keepdims else np.squeeze(result, dims)


def _vector_norm(x: Array, ord: Any, dims: tuple[int, ...], keepdims: Any) -> Array:
    if not isinstance(ord, int | float | np.integer | np.floating):
        raise located(ValueError, f"Invalid norm order {ord!r} for vectors")
    if ord == 2:
        result = _root_of_lengths(x, dims, 1.0)
        kind = ops.part_of(x.dtype) if x.dtype.kind == "c" else x.dtype
        return _reduced(ops.cast(result, kind), dims, keepdims)
    if x.dtype.kind == "c":
        x = abs(x)
    if ord == np.inf:
        # NumPy lets a maximum begin at 0 since version 2.3, so the norm of no elements is 0.
        return np.max(abs(x), axis=dims, keepdims=keepdims, initial=0.0)
    if ord == -np.inf:
        return np.min(abs(x), axis=dims, keepdims=keepdims)
    if ord == 0:
        return ops.cast(np.sum(x != 0, axis=dims, keepdims=keepdims), x.dtype)
    if ord == 1:
        return np.sum(abs(x), axis=dims, keepdims=keepdims)
    result = root_of_powers(float(ord), dims)(wide(x))
    return _reduced(ops.cast(result, x.dtype), dims, keepdims)


@implements("linalg.vector_norm")
def vector_norm(x, axis=None, keepdims=False, ord=2):
    """See `linalg.norm`."""
    x = lift(x)
    x = ops.cast(x, float_dtype(x, None))
    return _vector_norm(x, ord, ops.axes(axis, x.ndim), keepdims)


@implements("linalg.matrix_norm")
def matrix_norm(x, keepdims=False, ord="fro"):
    """See `linalg.norm`."""
    return norm(x, ord, (-2, -1), keepdims)


@implements("std")
def std(a, axis=None, dtype=None, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    """The derivative is 0 where all elements are equal. Floats of 16 bits use float32."""
    x, difference, freedom, dims = deviations(a, axis, dtype, ddof, where, mean, correction)
    number = freedom if isinstance(freedom, Array) else np.float64(freedom)
    root = _root_of_lengths(difference, dims, number)
    x = ops.part_of(x) if x.kind == "c" else x
    return keep(_reduced(ops.cast(root, x), dims, False), difference, dims, keepdims)


@implements("nanstd")
def nanstd(a, axis=None, dtype=None, ddof=0, keepdims=False):
    """See `std`."""
    x, there = without_nan(a, 0), np.logical_not(np.isnan(lift(a)))
    return std(x, axis, dtype, ddof, keepdims, where=there)
