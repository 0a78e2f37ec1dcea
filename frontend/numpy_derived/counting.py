"""Counts: `bincount` and the histograms. Weights have derivatives; places in bins have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
from xdsl.dialects import arith

from ...dialects import arrays
from .. import ops, tracing
from ..numpy_functions.registration import implements
from ..ops import INT64, lift
from ..tracing import Array
from ..transforms.derivatives import stop_gradient
from ..user_code import as_python, located

np: Any = numpy  # its type stubs know no traced arrays

FLOAT64 = numpy.dtype(numpy.float64)


def _counted(places: Any, weights: Any, n: int) -> Array:
    """How often each number below n is among the places, or the sum of the weights there."""
    table = lift(places, INT64)
    kind = INT64 if weights is None else weights.dtype
    parts = tracing.constant(1, kind, table.shape) if weights is None else weights
    return ops.scatter((n,), parts, 1, lambda i: (_as_it_is(ops.index(table, [i])),))


def _as_it_is(place: Array) -> Array:
    """A place as an index. A negative one is outside, and does not count from the end."""
    return tracing.emit(arith.IndexCastOp, tracing.use(place), tracing.index_type)


@implements("bincount")
def bincount(x, weights=None, minlength=0):
    """Of traced numbers, minlength is the length of the result; numbers beyond do not count."""
    if not isinstance(x, Array):
        x = numpy.asarray(x)
        x = x if x.size else x.astype(INT64)
    if len(x.shape) != 1:
        raise located(ValueError, "object too deep for desired array")
    if x.dtype.kind not in "iub":
        raise as_python(TypeError, f"Cannot cast array data from {x.dtype} to dtype('int64')")
    length = int(minlength)
    if isinstance(x, Array):
        if not length:
            raise located(
                TypeError,
                "the length of numpy.bincount's result depends on values; give minlength, "
                "which is the length for traced numbers",
            )
        x = ops.signed_index(x)
    else:
        if x.size and x.min() < 0:
            raise located(ValueError, "'list' argument must have no negative elements")
        length = max(length, int(x.max()) + 1 if x.size else 0)
    if not isinstance(x, Array) and not x.size:
        return tracing.constant(0, INT64, (length,))
    if weights is not None:
        weights = lift(weights, FLOAT64)
        if weights.shape != tuple(x.shape):
            raise located(ValueError, "The weights and list don't have the same length.")
    return _counted(x, weights, length)


# Histograms.


def _edges(name: str, a: Array, bins: Any, range: Any) -> Any:
    """
    The edges of the bins, of NumPy's dtype.

    Errors: `TypeError` for text, which chooses a number of bins by values; NumPy's `ValueError`.
    """
    if isinstance(bins, str):
        raise located(
            TypeError, f"numpy.{name} of traced arrays takes a number of bins or edges, not text"
        )
    if np.ndim(bins) > 1:
        raise located(ValueError, "`bins` must be 1d, when an array")
    if np.ndim(bins) == 1:
        edges = ops.as_array(bins)
        if not isinstance(edges, Array) and (edges[:-1] > edges[1:]).any():
            raise located(ValueError, "`bins` must increase monotonically, when an array")
        return edges
    n = bins.__index__()
    if n < 1:
        raise located(ValueError, "`bins` must be positive, when an integer")
    if range is not None:
        low, high = range
        if not isinstance(low, Array) and not isinstance(high, Array):
            if low > high:
                raise located(ValueError, "max must be larger than min in range parameter.")
            if low == high:
                low, high = low - 0.5, high + 0.5
            kind = numpy.result_type(low, high, a.dtype)
            kind = FLOAT64 if kind.kind in "iub" or _is_wide(name, kind) else kind
            return numpy.linspace(low, high, n + 1, dtype=kind)
    elif a.size:
        low, high = np.min(a), np.max(a)
    else:
        return numpy.linspace(0.0, 1.0, n + 1)
    low, high = lift(low), lift(high)
    kind = FLOAT64 if a.dtype.kind in "iub" or _is_wide(name, a.dtype) else a.dtype
    low, high = ops.cast(low, kind), ops.cast(high, kind)
    equal = low == high
    half = kind.type(0.5)
    return np.linspace(np.where(equal, low - half, low), np.where(equal, high + half, high), n + 1)


def _is_wide(name: str, kind: numpy.dtype) -> bool:
    """Whether NumPy computes the edges in float64, for an element type that is not its own."""
    return name == "histogramdd" and kind == arrays.bfloat16


def _bins(a: Array, edges: Any) -> Any:
    """The bin of each element: -1 below the first edge, and the number of bins above the last."""
    edges = stop_gradient(lift(edges))
    n = edges.shape[0] - 1
    a = stop_gradient(a)
    at = np.searchsorted(edges, a, "right") - 1
    # The last bin has both of its ends.
    return np.where((at == n) & (a == edges[n]), n - 1, at)


@implements("histogram_bin_edges")
def histogram_bin_edges(a, bins=10, range=None, weights=None):
    return _edges("histogram_bin_edges", np.ravel(lift(a)), bins, range)


@implements("histogram")
def histogram(a, bins=10, range=None, density=None, weights=None):
    x = lift(a)
    x = ops.cast(x, np.dtype(np.uint8)) if x.dtype == ops.BOOL else x
    if weights is not None:
        weights = lift(weights)
        if weights.shape != x.shape:
            raise located(ValueError, "weights should have the same shape as a.")
        weights = np.ravel(weights)
    x = np.ravel(x)
    edges = _edges("histogram", x, bins, range)
    n = edges.shape[0] - 1
    counts = _counted(_bins(x, edges), weights, n)
    if density:
        return counts / np.diff(edges) / np.sum(counts), edges
    return counts, edges


@implements("histogramdd")
def histogramdd(sample, bins=10, range=None, density=None, weights=None):
    if isinstance(sample, Array | numpy.ndarray):
        points = lift(sample)
        points = points[:, None] if points.ndim == 1 else points
        columns = [points[:, k] for k in np.arange(points.shape[1])]
    else:
        columns = [lift(c) for c in sample]
    dims = len(columns)
    several = bins if isinstance(bins, Sequence) and not isinstance(bins, str) else [bins] * dims
    if len(several) != dims:
        raise located(
            ValueError, "The dimension of bins must be equal to the dimension of the sample x."
        )
    ranges = [None] * dims if range is None else list(range)
    if len(ranges) != dims:
        raise located(ValueError, "range argument must have one entry per dimension")
    edges = [_edges("histogramdd", c, b, r) for c, b, r in zip(columns, several, ranges)]
    sizes = [e.shape[0] - 1 for e in edges]
    place: Any = 0
    inside: Any = True
    for column, ends, size in zip(columns, edges, sizes):
        at = _bins(column, ends)
        inside = inside & (at >= 0) & (at < size)
        place = place * size + at
    total = numpy.prod(sizes, dtype=int)
    if weights is not None:
        weights = lift(weights, FLOAT64)
    counts = _counted(np.where(inside, place, -1), weights, int(total)).astype(np.float64)
    counts = np.reshape(counts, sizes)
    if density:
        everything = np.sum(counts)
        for d, ends in enumerate(edges):
            shape = [-1 if e == d else 1 for e in numpy.arange(dims)]
            counts = counts / np.reshape(np.diff(ends), shape)
        counts = counts / everything
    return counts, tuple(edges)


@implements("histogram2d")
def histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    if len(ops.shape_of(x)) != 1 or ops.shape_of(x) != ops.shape_of(y):
        raise located(ValueError, "x and y must have the same length.")
    count = len(bins) if isinstance(bins, Sequence | numpy.ndarray | Array) else 1
    several = [bins, bins] if count not in (1, 2) else bins
    counts, edges = histogramdd([x, y], several, range, density, weights)
    return counts, edges[0], edges[1]
