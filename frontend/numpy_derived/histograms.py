"""
NumPy's functions that count elements in bins.

The bin of an element has no derivative. The sums of weights in the bins are linear in the weights,
and the edges of the bins have the derivatives of the least and the largest element.
"""

from __future__ import annotations

from typing import Any

import numpy

from .. import assignment, ops, storages
from ..derivatives import stop_gradient
from ..numpy_functions.registration import implements
from ..ops import INT64, lift
from ..tracing import Array, constant, located

np: Any = numpy  # its type stubs know no traced arrays

UNKNOWN_LENGTH = (
    "the length of numpy.bincount's result depends on the largest of the traced numbers; make an "
    "array of the length that you need, and write np.add.at(counts, x, weights)"
)


@implements("bincount")
def bincount(x, /, weights=None, minlength=0):
    """Of known numbers, with weights that may be traced."""
    if isinstance(x, Array):
        raise located(TypeError, UNKNOWN_LENGTH)
    x = np.asarray(x)
    if x.ndim != 1 or ops.shape_of(weights) != x.shape:
        raise located(ValueError, "The weights and list don't have the same length.")
    count = max(int(x.max(initial=-1)) + 1, int(minlength))
    if x.size and x.min() < 0:
        raise located(ValueError, "'list' argument must have no negative elements")
    if not x.size:
        return constant(0, INT64, (count,))  # NumPy gives integers then
    return _sums(constant(x.astype(np.int64)), weights, None, np.dtype(np.float64), count)


def _sums(places: Array, weights: Any, keep: Any, dtype: numpy.dtype, count: int) -> Array:
    """
    The sums of the weights, which may be None for ones, in `count` bins. Elements count where
    `keep` is true. NumPy takes the sums in float64 or in integers.
    """
    kind = np.dtype(np.int64) if dtype.kind in "ib" else np.dtype(np.float64)
    terms = constant(1, kind, places.shape) if weights is None else ops.cast(lift(weights), kind)
    if keep is not None:
        terms = np.where(keep, terms, np.zeros((), kind))
        places = np.where(keep, places, 0)
    result = storages.fresh(constant(0, kind, (count,)))
    storages.of(result)
    if count:
        assignment.at(np.add, result, places, terms)
    return ops.cast(ops.number(result), dtype)


@implements("histogram_bin_edges")
def histogram_bin_edges(a, bins=10, range=None, weights=None):
    """Bins are a number, or edges that go up."""
    if len(ops.shape_of(bins)) == 1:
        return lift(bins)
    return _edges(np.ravel(lift(a)), bins, range)[0]


def _edges(x: Array, bins: Any, limits: Any) -> tuple[Array, Any, Any]:
    """The edges of bins of equal width, and the first and the last of them."""
    if isinstance(bins, str | Array) or ops.shape_of(bins):
        raise located(
            TypeError, f"numpy.histogram of traced arrays takes no bins={bins!r}; give a number"
        )
    if bins < 1:
        raise located(ValueError, "`bins` must be positive, when an integer")
    if limits is not None:
        first, last = limits
        known = not (isinstance(first, Array) or isinstance(last, Array))
        if known and not first <= last:
            raise located(ValueError, "max must be larger than min in range parameter.")
    elif not x.size:
        first, last = 0, 1
    else:
        first, last = np.min(x), np.max(x)
    same = np.equal(first, last)
    if isinstance(same, Array):
        first, last = np.where(same, first - 0.5, first), np.where(same, last + 0.5, last)
    elif same:
        first, last = first - 0.5, last + 0.5
    kind = np.result_type(*(ops.dtype_of(v) if isinstance(v, Array) else v for v in (first, last)))
    kind = np.result_type(kind, x.dtype)
    if kind.kind in "ib":
        kind = np.result_type(kind, float)
    return lift(np.linspace(first, last, int(bins) + 1, dtype=kind)), first, last


@implements("histogram")
def histogram(a, bins=10, range=None, density=None, weights=None):
    """Bins are a number, or edges that go up."""
    x = np.ravel(lift(a))
    if weights is not None:
        if ops.shape_of(weights) != ops.shape_of(a):
            raise located(ValueError, "weights should have the same shape as a.")
        weights = np.ravel(lift(weights))
    kind = INT64 if weights is None else weights.dtype
    if x.dtype == ops.BOOL:
        x = ops.cast(x, np.dtype(np.int8))
    if len(ops.shape_of(bins)) == 1:
        edges = bins if isinstance(bins, Array) else np.asarray(bins)
        if not isinstance(edges, Array) and np.any(edges[:-1] > edges[1:]):
            raise located(ValueError, "`bins` must increase monotonically, when an array")
        count = edges.shape[0] - 1
        places, keep = _place_between(x, edges)
        edges = lift(edges)
    else:
        edges, first, last = _edges(x, bins, range)
        count = edges.shape[0] - 1
        places, keep = _place_of_equal(x, edges, first, last)
    found = _sums(places, weights, keep, kind, count)
    if density:
        widths = ops.cast(np.diff(edges), np.dtype(np.float64))
        found = found / widths / np.sum(found)
    return found, edges


def _place_of_equal(x: Array, edges: Array, first: Any, last: Any) -> tuple[Array, Array]:
    """The bins of elements, among bins of equal width, by NumPy's formula and its corrections."""
    x, edges = stop_gradient(x), stop_gradient(edges)
    first, last = (stop_gradient(v) if isinstance(v, Array) else v for v in (first, last))
    count = edges.shape[0] - 1
    keep = np.logical_and(x >= first, x <= last)
    x = ops.cast(x, edges.dtype)
    width = ops.scalar(last, edges.dtype) - ops.scalar(first, edges.dtype)
    place = (x - ops.scalar(first, edges.dtype)) / width * count
    # Where an element does not count, the formula may give no number.
    places = ops.cast(np.where(keep, place, 0), INT64)
    places = np.where(places == count, count - 1, places)
    places = np.where(x < edges[places], places - 1, places)
    beyond = np.logical_and(x >= edges[places + 1], places != count - 1)
    return np.where(beyond, places + 1, places), keep


def _place_between(x: Array, edges: Any) -> tuple[Array, Array]:
    """The bins of elements between edges that go up. The last edge belongs to the last bin."""
    count = edges.shape[0] - 1
    places = lift(np.searchsorted(edges if isinstance(edges, Array) else lift(edges), x, "right"))
    places = np.where(stop_gradient(x) == stop_gradient(lift(edges[-1])), count, places) - 1
    return places, np.logical_and(places >= 0, places < count)


@implements("histogram2d")
def histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    """Bins are a number, edges that go up, or a list of two of these."""
    sample = [np.ravel(lift(v)) for v in (x, y)]
    if sample[0].shape != sample[1].shape:
        raise located(ValueError, "x and y must have the same length.")
    own = bins if isinstance(bins, list | tuple) and len(bins) == 2 else [bins, bins]
    limits = [None, None] if range is None else range
    edges: list[Array] = []
    places: Any = 0
    keep: Any = np.True_
    for v, number, ends in zip(sample, own, limits, strict=True):
        if len(ops.shape_of(number)) == 1:
            edge = number if isinstance(number, Array) else np.asarray(number)
        else:
            edge = _edges(v, number, ends)[0]
        place, inside = _place_between(v, edge)
        places = places * (edge.shape[0] - 1) + place
        keep = np.logical_and(keep, inside)
        edges.append(lift(edge))
    shape = [edge.shape[0] - 1 for edge in edges]
    kind = np.dtype(np.float64)
    found = ops.reshape(_sums(places, weights, keep, kind, shape[0] * shape[1]), tuple(shape))
    if density:
        widths = [ops.cast(np.diff(edge), kind) for edge in edges]
        found = found / np.outer(*widths) / np.sum(found)
    return found, *edges
