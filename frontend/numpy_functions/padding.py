"""NumPy's `pad`: more elements around an array."""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops
from ..ops import lift
from ..tracing import Array
from ..user_code import located
from .registration import implements

np: Any = numpy  # its type stubs know no traced arrays

MOVED = ("edge", "reflect", "symmetric", "wrap")
"""The modes whose new elements are elements of the array."""
STATISTICS = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "median": np.median}


def _pairs(value: Any, rank: int) -> list[tuple[Any, Any]]:
    """A pair for each dimension, from one value, a pair, or pairs, as `np.pad` takes them."""
    if isinstance(value, dict):
        pairs = {ops.axis(d, rank): v if isinstance(v, tuple) else (v, v) for d, v in value.items()}
        return [pairs.get(d, (0, 0)) for d in range(rank)]
    if isinstance(value, Array):
        return [(value, value)] * rank
    full = np.broadcast_to(np.asarray(value), (rank, 2))
    return [(low, high) for low, high in full.tolist()]


@implements("pad")
def pad(array, pad_width, mode="constant", constant_values=0, reflect_type="even", end_values=0,
        stat_length=None):  # fmt: skip
    """All modes but functions, which would write to the array; 'empty' gives zeros."""
    x = lift(array)
    widths = [(int(low), int(high)) for low, high in _pairs(pad_width, x.ndim)]
    if any(n < 0 for pair in widths for n in pair):
        raise located(ValueError, "index can't contain negative values")
    if mode in ("constant", "empty"):
        return _pad_constant(x, widths, constant_values if mode == "constant" else 0)
    if mode not in (*MOVED, *STATISTICS, "linear_ramp"):
        raise located(TypeError, f"numpy.pad does not support mode={mode!r} on traced arrays")
    if reflect_type not in ("even", "odd"):
        raise located(ValueError, f"reflect_type is {reflect_type!r}, and must be 'even' or 'odd'")
    odd = reflect_type == "odd" and mode in ("reflect", "symmetric")
    lengths = _pairs(stat_length, x.ndim)
    ends = _pairs(end_values, x.ndim)
    for d, width in enumerate(widths):
        if not any(width):
            continue
        if mode in STATISTICS:
            x = _pad_statistic(x, d, width, mode, lengths[d])
        elif mode == "linear_ramp":
            x = _pad_ramp(x, d, width, ends[d])
        elif odd:
            x = _pad_odd(x, d, width, mode)
        else:
            try:
                positions = np.pad(np.arange(x.shape[d]), width, mode)
            except ValueError as error:
                raise located(ValueError, str(error)) from None
            x = ops.along(x, d, positions)
    return x


def _around(before: Array, x: Array, after: Array, d: int) -> Array:
    return ops.concat([p for p in (before, x, after) if p.shape[d]] or [x], d)


def _repeated(x: Array, d: int, n: int) -> Array:
    """n copies of an array of size 1 along a dimension."""
    return ops.broadcast_to(x, (*x.shape[:d], n, *x.shape[d + 1 :]))


def _pad_statistic(
    x: Array, d: int, width: tuple[int, int], mode: str, lengths: tuple[Any, Any]
) -> Array:
    n = x.shape[d]
    parts = []
    for side, (count, length) in enumerate(zip(width, lengths)):
        m = n if length is None else min(int(length), n)
        if m < 1:
            raise located(ValueError, "stat_length of 0 yields no value for padding")
        part = ops.part(x, d, n - m, n) if side else ops.part(x, d, 0, m)
        value = STATISTICS[mode](part, axis=d, keepdims=True)
        if x.dtype.kind in "iu" and value.dtype != x.dtype:
            value = np.rint(value)
        parts.append(_repeated(ops.cast(value, x.dtype), d, count))
    return _around(parts[0], x, parts[1], d)


def _pad_ramp(x: Array, d: int, width: tuple[int, int], ends: tuple[Any, Any]) -> Array:
    n = x.shape[d]
    parts = []
    if x.dtype.kind in "iub":
        # As NumPy: a linspace of whole numbers, rounded down.
        for side, (count, end) in enumerate(zip(width, ends)):
            edge = ops.part(x, d, n - 1, n) if side else ops.part(x, d, 0, 1)
            edge = ops.reshape(edge, [*x.shape[:d], *x.shape[d + 1 :]])
            ramp = np.linspace(end, edge, count, endpoint=False, axis=d)
            ramp = np.floor(ramp) if x.dtype.kind in "iu" else ramp
            parts.append(ops.cast(np.flip(ramp, d) if side else ramp, x.dtype))
        return _around(parts[0], x, parts[1], d)
    for side, (count, end) in enumerate(zip(width, ends)):
        edge = ops.part(x, d, n - 1, n) if side else ops.part(x, d, 0, 1)
        shares = np.linspace(0, 1, count, endpoint=False).astype(x.dtype)
        shares = np.reshape(shares[::-1] if side else shares, (-1, *[1] * (x.ndim - 1 - d)))
        parts.append(ops.cast(shares * edge + (1 - shares) * end, x.dtype))
    return _around(parts[0], x, parts[1], d)


def _pad_odd(x: Array, d: int, width: tuple[int, int], mode: str) -> Array:
    """2 edge - mirrored, and again from there until there are enough."""
    low, high = width
    if x.shape[d] == 1 and mode == "reflect":
        return _around(_repeated(x, d, low), x, _repeated(x, d, high), d)
    skipped = 1 if mode == "reflect" else 0
    period = x.shape[d] - skipped
    while low or high:
        n = x.shape[d]
        left, right = min(low, period), min(high, period)
        first, last = ops.part(x, d, 0, 1), ops.part(x, d, n - 1, n)
        before = ops.along(x, d, np.arange(left - 1 + skipped, skipped - 1, -1))
        after = ops.along(x, d, np.arange(n - 1 - skipped, n - 1 - skipped - right, -1))
        before, after = (ops.cast(y, x.dtype) for y in (2 * first - before, 2 * last - after))
        x = _around(before, x, after, d)
        low, high = low - left, high - right
        if low or high:
            period = x.shape[d] - skipped
    return x


def _pad_constant(x: Array, widths: list[tuple[int, int]], values: Any) -> Array:
    if type(values) in (int, float) and values == 0:
        return ops.pad(x, [low for low, _ in widths], [high for _, high in widths])
    for d, ((low, high), ends) in enumerate(zip(widths, _pairs(values, x.ndim))):
        before, after = (
            ops.to(ops.as_array(v), x.dtype, (*x.shape[:d], n, *x.shape[d + 1 :]))
            for v, n in zip(ends, (low, high))
        )
        x = ops.concat([p for p in (before, x, after) if p.shape[d]] or [x], d)
    return x
