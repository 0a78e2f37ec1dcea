"""
Softmax and its relatives: sums of exponentials, with derivatives of their own.

All three subtract the greatest element first, so no exponential overflows. Elements that are
-infinity count as masked: their weight is 0. Floats of 16 bits are computed in float32 and rounded
once, in the derivatives too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy

from . import ops
from .api import here
from .numpy_derived.norms import wide
from .numpy_functions.reductions import float_dtype
from .tracing import Array
from .transforms.custom_rules import custom_jvp
from .user_code import located

np: Any = numpy  # its type stubs know no traced arrays

__all__ = ["log_softmax", "logsumexp", "softmax"]

Axis = int | tuple[int, ...] | None


def _greatest(x: Array, dims: tuple[int, ...]) -> Array:
    """The greatest elements, with dims kept; 0 where they are infinite."""
    m = np.max(x, axis=dims, keepdims=True, initial=-np.inf)
    return np.where(np.isinf(m), 0.0, m)


@functools.cache
def _functions(dims: tuple[int, ...]) -> tuple[Callable[[Array], Array], ...]:
    """The softmax, its logarithm, and the log of the sum of exponentials (which keeps dims)."""

    def total(x: Array) -> Array:
        return np.sum(x, axis=dims, keepdims=True)

    @custom_jvp
    def softmax(x: Array) -> Array:
        """0 where all elements are -infinity."""
        e = np.exp(x - _greatest(x, dims))
        sum = total(e)
        return e / np.where(sum == 0, 1.0, sum)

    @softmax.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        """d s = s (dx - Σ s dx)"""
        (x,), (dx,) = primals, tangents
        s = softmax(x)
        return s, s * (dx - total(s * dx))

    @custom_jvp
    def log_softmax(x: Array) -> Array:
        y = x - _greatest(x, dims)
        return y - np.log(total(np.exp(y)))

    @log_softmax.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        """d log s = dx - Σ s dx"""
        (x,), (dx,) = primals, tangents
        return log_softmax(x), dx - total(softmax(x) * dx)

    @custom_jvp
    def logsumexp(x: Array) -> Array:
        m = _greatest(x, dims)
        return np.log(total(np.exp(x - m))) + m

    @logsumexp.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        """d log Σ eˣ = Σ s dx"""
        (x,), (dx,) = primals, tangents
        return logsumexp(x), total(softmax(x) * dx)

    return softmax, log_softmax, logsumexp


def _operand(x: Any, axis: Axis) -> tuple[Array, numpy.dtype, tuple[int, ...]]:
    """The array, at least float32, the dtype of the result, and the positions of the dims."""
    x = ops.lift(x)
    if x.dtype.kind == "c":
        raise located(TypeError, f"sums of exponentials take real arrays, not {x!r}")
    kind = float_dtype(x, None)
    return wide(ops.cast(x, kind)), kind, ops.axes(axis, x.ndim)


@here
def softmax(x: Any, axis: Axis = None) -> Any:
    """
    exp(x) / Σ exp(x), the sum over `axis` (an int, a tuple of ints, or None for all axes), as
    SciPy's `softmax`.

    Elements that are -infinity give 0. Where all elements are -infinity, the result is NaN.
    """
    y, kind, dims = _operand(x, axis)
    masked = np.all(y == -np.inf, axis=dims, keepdims=True)
    return ops.cast(np.where(masked, np.nan, _functions(dims)[0](y)), kind)


@here
def log_softmax(x: Any, axis: Axis = None) -> Any:
    """
    log(softmax(x, axis)), without the loss of digits, as SciPy's `log_softmax`.

    Elements that are -infinity give -infinity. Where all elements are -infinity, the result is NaN.
    """
    y, kind, dims = _operand(x, axis)
    return ops.cast(_functions(dims)[1](y), kind)


@here
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """
    log Σ exp(x), the sum over `axis` (an int, a tuple of ints, or None for all axes), as
    SciPy's `logsumexp`.

    The result of no elements, or of elements that are all -infinity, is -infinity. Its derivative
    by such elements is 0.
    """
    y, kind, dims = _operand(x, axis)
    result = ops.cast(_functions(dims)[2](y), kind)
    return result if keepdims else np.squeeze(result, dims)
