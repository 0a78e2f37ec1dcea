"""
The functions of arrays: on traced ones in a function that is being traced, and on NumPy's outside.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

import letgrad as lg

from .dialect import AttentionOp, ErfcOp, LogsumexpOp, SoftplusOp, SortedSegmentSumOp

__letgrad_library__ = True
"""Errors and locations name the line of who calls these functions."""


def _floats(x: Any) -> Any:
    """An array of floats: of integers, in float64."""
    x = x if hasattr(x, "dtype") else np.asarray(x)
    return x.astype(np.float64) if x.dtype.kind in "bi" else x


def erfc(x: Any) -> Any:
    """1 - erf x, element by element."""
    return lg.apply(ErfcOp, _floats(x))


def softplus(x: Any) -> Any:
    """log(1 + eˣ), element by element."""
    return lg.apply(SoftplusOp, _floats(x))


def logsumexp(x: Any, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    """log Σ eˣ over an axis, several, or all."""
    x = _floats(x)
    dims = sorted(normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim))
    y = lg.apply(lambda v: LogsumexpOp(v, dims), x)
    return np.expand_dims(y, tuple(dims)) if keepdims else y


def sorted_segment_sum(x: Any, ids: Any, count: int) -> Any:
    """The sums of the rows of x with equal ids, of which there are `count`."""
    return lg.apply(lambda v, i: SortedSegmentSumOp(v, i, count), x, ids)


def attention(q: Any, k: Any, v: Any) -> Any:
    """softmax(q kᵀ / √d) v"""
    return lg.apply(AttentionOp, *(_floats(x) for x in (q, k, v)))
