"""`scipy.ndimage`: filters of arrays, as weighted sums, medians and extrema of windows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from .. import ops
from ..ops import lift
from ..tracing import Array
from ..user_code import located
from .offers import implements
from .samples_beyond import beyond

np: Any = numpy  # its type stubs know no traced arrays


def _image(name: str, x: Any, output: Any = None) -> Array:
    """
    The array, of the dtype of the result.

    Errors: `TypeError` for an output, which SciPy would write to.
    """
    x = lift(x)
    if output is None:
        return x
    if isinstance(output, Array | numpy.ndarray):
        raise located(
            TypeError, f"scipy.ndimage.{name} on traced arrays writes to no output; it takes a "
            "dtype as output, and its result is the array"
        )  # fmt: skip
    return ops.cast(x, np.dtype(output))


def _as(result: Array, like: Array) -> Array:
    """SciPy computes in double precision and gives the dtype of the array."""
    return ops.cast(result, like.dtype) if result.dtype != like.dtype else result


def _axes(axes: Any, ndim: int) -> tuple[int, ...]:
    return tuple(range(ndim)) if axes is None else ops.axes(axes, ndim)


def _each(value: Any, count: int, name: str) -> list[Any]:
    """One value for each axis."""
    if isinstance(value, str) or np.ndim(value) == 0:
        return [value] * count
    values = list(value)
    if len(values) != count:
        raise located(
            RuntimeError, f"scipy.ndimage: {name} must have as many elements as axes: {count}"
        )
    return values


def _correlated(x: Array, weights: Any, axis: int, mode: str, cval: Any, origin: int) -> Array:
    """Σ weights[k] x[i + k - size // 2 - origin] along an axis."""
    n, size = x.shape[axis], np.shape(weights)[0]
    low = size // 2 + origin
    if not 0 <= low < size:
        raise located(ValueError, "Invalid origin; origin must satisfy -(weights.size // 2) <= "
                      "origin <= (weights.size-1) // 2")  # fmt: skip
    wide = beyond(x, axis, low, size - 1 - low, mode, cval)
    total: Any = None
    known = not isinstance(weights, Array)
    for k in range(size):
        if known and weights[k] == 0:
            continue
        part = weights[k] * ops.part(wide, axis, k, k + n)
        total = part if total is None else total + part
    return 0 * x if total is None else total


def _real(x: Array) -> Array:
    return x if x.dtype.kind in "fc" else ops.cast(x, np.dtype(np.float64))


@implements("ndimage.correlate1d")
def correlate1d(input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    """Σ weights[k] x[i + k - size // 2 - origin] along an axis"""
    x = _image("correlate1d", input, output)
    weights = _weights(weights)
    d = ops.axis(axis, x.ndim)
    return _as(_correlated(_real(x), weights, d, mode, cval, origin), x)


@implements("ndimage.convolve1d")
def convolve1d(input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    """correlate1d of the reversed weights"""
    weights = _weights(weights)[::-1]
    origin = -origin - (0 if np.shape(weights)[0] % 2 else 1)
    return correlate1d(input, weights, axis, output, mode, cval, origin)


def _weights(weights: Any) -> Any:
    return weights if isinstance(weights, Array) else numpy.asarray(weights, dtype=float)


@implements("ndimage.correlate")
def correlate(input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    """The sums of windows with these weights"""
    x, weights = _image("correlate", input, output), _weights(weights)
    dims = _axes(axes, x.ndim)
    if weights.ndim != len(dims):
        raise located(
            RuntimeError, f"weights.ndim ({weights.ndim}) must match len(axes) ({len(dims)})"
        )
    y, sizes = _real(x), weights.shape
    for d, size, shift, how in zip(
        dims, sizes, _each(origin, len(dims), "origin"), _each(mode, len(dims), "mode")
    ):
        low = size // 2 + shift
        if not 0 <= low < size:
            raise located(ValueError, "invalid origin")
        y = beyond(y, d, low, size - 1 - low, how, cval)
    total: Any = None
    known = not isinstance(weights, Array)
    for place in itertools.product(*map(range, sizes)):
        if known and weights[place] == 0:
            continue
        part = y
        for d, k in zip(dims, place):
            part = ops.part(part, d, k, k + x.shape[d])
        part = weights[place] * part
        total = part if total is None else total + part
    return _as(0 * _real(x) if total is None else total, x)


@implements("ndimage.convolve")
def convolve(input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    """correlate of the reversed weights"""
    weights = _weights(weights)
    flipped = np.flip(weights)
    shifts = [
        -o - (0 if n % 2 else 1)
        for o, n in zip(_each(origin, weights.ndim, "origin"), weights.shape)
    ]
    return correlate(input, flipped, output, mode, cval, shifts, axes=axes)


def _gaussian(sigma: Any, order: int, radius: int) -> Any:
    """The weights of a Gaussian, or of its derivative of this order, at -radius … radius."""
    x = numpy.arange(-radius, radius + 1.0)
    variance = sigma * sigma
    weights = np.exp(-0.5 / variance * x * x)
    weights = weights / np.sum(weights)
    if not order:
        return weights
    # The derivatives are this times a polynomial, by q' - q x / σ² from one order to the next.
    q = [1.0, *[0.0] * order]
    for _ in range(order):
        slope = [(k + 1) * q[k + 1] for k in range(order)] + [0.0]
        product = [0.0] + [-q[k] / variance for k in range(order)]
        q = [a + b for a, b in zip(slope, product)]
    return sum((c * x**k for k, c in enumerate(q)), start=0 * x) * weights


def _radius(sigma: Any, truncate: float, radius: Any) -> int:
    if radius is not None:
        return int(radius)
    if isinstance(sigma, Array):
        raise located(
            TypeError, "the size of a Gaussian filter depends on sigma; with a traced sigma, give "
            "radius"
        )  # fmt: skip
    return int(truncate * float(sigma) + 0.5)


@implements("ndimage.gaussian_filter1d")
def gaussian_filter1d(input, sigma, axis=-1, order=0, output=None, mode="reflect", cval=0.0,
                      truncate=4.0, *, radius=None):  # fmt: skip
    """A Gaussian's weights along an axis. A traced sigma needs `radius`"""
    size = _radius(sigma, truncate, radius)
    weights = _gaussian(sigma, int(order), size)[::-1]
    return correlate1d(input, weights, axis, output, mode, cval)


@implements("ndimage.gaussian_filter")
def gaussian_filter(input, sigma, order=0, output=None, mode="reflect", cval=0.0, truncate=4.0, *,
                    radius=None, axes=None):  # fmt: skip
    """A Gaussian's weights along each axis. A traced sigma needs `radius`"""
    x = _image("gaussian_filter", input, output)
    dims = _axes(axes, x.ndim)
    n = len(dims)
    how = (_each(v, n, name) for v, name in (
        (sigma, "sigma"), (order, "order"), (mode, "mode"), (radius, "radius")
    ))  # fmt: skip
    for d, s, k, m, r in zip(dims, *how):
        if isinstance(s, Array) or s > 1e-15:
            x = gaussian_filter1d(x, s, d, k, None, m, cval, truncate, radius=r)
    return x


@implements("ndimage.uniform_filter1d")
def uniform_filter1d(input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    """The mean of windows along an axis"""
    x = _image("uniform_filter1d", input, output)
    d, n = ops.axis(axis, x.ndim), int(size)
    # The quotient of a sum keeps whole means whole, which SciPy cuts off for integers.
    return _as(_correlated(_real(x), numpy.ones(n), d, mode, cval, origin) / n, x)


@implements("ndimage.uniform_filter")
def uniform_filter(input, size=3, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    """The mean of windows"""
    x = _image("uniform_filter", input, output)
    dims = _axes(axes, x.ndim)
    n = len(dims)
    how = zip(dims, _each(size, n, "size"), _each(mode, n, "mode"), _each(origin, n, "origin"))
    for d, k, m, o in how:
        if k > 1:
            x = uniform_filter1d(x, k, d, None, m, cval, o)
    return x


def _edges(weights: Sequence[float]) -> Callable[..., Array]:
    def rule(input: Any, axis: int, output: Any, mode: Any, cval: Any, name: str) -> Array:
        x = _image(name, input, output)
        d = ops.axis(axis, x.ndim)
        modes = _each(mode, x.ndim, "mode")
        y = correlate1d(x, [-1, 0, 1], d, None, modes[d], cval)
        for e in range(x.ndim):
            if e != d:
                y = correlate1d(y, weights, e, None, modes[e], cval)
        return y

    return rule


@implements("ndimage.sobel")
def sobel(input, axis=-1, output=None, mode="reflect", cval=0.0):
    """Differences along an axis, with the weights 1, 2, 1 along the others"""
    return _edges([1, 2, 1])(input, axis, output, mode, cval, "sobel")


@implements("ndimage.prewitt")
def prewitt(input, axis=-1, output=None, mode="reflect", cval=0.0):
    """Differences along an axis, summed over three neighbours along the others"""
    return _edges([1, 1, 1])(input, axis, output, mode, cval, "prewitt")


@implements("ndimage.laplace")
def laplace(input, output=None, mode="reflect", cval=0.0, *, axes=None):
    """The sum of second differences"""
    x = _image("laplace", input, output)
    dims = _axes(axes, x.ndim)
    modes = _each(mode, len(dims), "mode")
    parts = [correlate1d(x, [1, -2, 1], d, None, m, cval) for d, m in zip(dims, modes)]
    return sum(parts[1:], start=parts[0])


def _second(x: Array, sigma: Any, mode: Any, cval: Any, dims: Sequence[int], k: int) -> list[Array]:
    """For each axis, the Gaussian filter that differentiates k times along the axis."""
    parts = []
    for d in dims:
        order = [k * (e == d) for e in dims]
        parts.append(gaussian_filter(x, sigma, order, None, mode, cval, axes=dims))
    return parts


@implements("ndimage.gaussian_laplace")
def gaussian_laplace(input, sigma, output=None, mode="reflect", cval=0.0, *, axes=None):
    """The sum of second derivatives of Gaussian filters"""
    x = _image("gaussian_laplace", input, output)
    parts = _second(x, sigma, mode, cval, _axes(axes, x.ndim), 2)
    return sum(parts[1:], start=parts[0])


@implements("ndimage.gaussian_gradient_magnitude")
def gaussian_gradient_magnitude(input, sigma, output=None, mode="reflect", cval=0.0, *, axes=None):
    """The norm of the derivatives of Gaussian filters"""
    x = _image("gaussian_gradient_magnitude", input, output)
    parts = _second(x, sigma, mode, cval, _axes(axes, x.ndim), 1)
    return np.sqrt(sum(np.square(p) for p in parts))


# Order statistics of windows.


def _windows(name: str, input: Any, size: Any, footprint: Any, output: Any, mode: Any, cval: Any,
             origin: Any, axes: Any) -> tuple[Array, Array]:  # fmt: skip
    """The array, and the elements of the window at each place in a last dimension."""
    x = _image(name, input, output)
    dims = _axes(axes, x.ndim)
    if footprint is None:
        if size is None:
            raise located(RuntimeError, "no footprint or filter size provided")
        footprint = numpy.ones(_each(size, len(dims), "size"), bool)
    footprint = numpy.asarray(footprint, bool)
    if footprint.ndim != len(dims):
        raise located(RuntimeError, "footprint.ndim must match the number of axes")
    y = x
    origins, modes = _each(origin, len(dims), "origin"), _each(mode, len(dims), "mode")
    for d, n, o, m in zip(dims, footprint.shape, origins, modes):
        y = beyond(y, d, n // 2 + o, n - 1 - n // 2 - o, m, cval)
    parts = []
    for place in numpy.argwhere(footprint).tolist():
        part = y
        for d, k in zip(dims, place):
            part = ops.part(part, d, k, k + x.shape[d])
        parts.append(part)
    return x, np.stack(parts, axis=-1)


@implements("ndimage.maximum_filter")
def maximum_filter(input, size=None, footprint=None, output=None, mode="reflect", cval=0.0,
                   origin=0, *, axes=None):  # fmt: skip
    """The largest element of windows"""
    how = (size, footprint, output, mode, cval, origin, axes)
    return np.max(_windows("maximum_filter", input, *how)[1], axis=-1)


@implements("ndimage.minimum_filter")
def minimum_filter(input, size=None, footprint=None, output=None, mode="reflect", cval=0.0,
                   origin=0, *, axes=None):  # fmt: skip
    """The smallest element of windows"""
    how = (size, footprint, output, mode, cval, origin, axes)
    return np.min(_windows("minimum_filter", input, *how)[1], axis=-1)


@implements("ndimage.rank_filter")
def rank_filter(input, rank, size=None, footprint=None, output=None, mode="reflect", cval=0.0,
                origin=0, *, axes=None):  # fmt: skip
    """The element of this rank in windows"""
    how = (size, footprint, output, mode, cval, origin, axes)
    return np.sort(_windows("rank_filter", input, *how)[1], axis=-1)[..., int(rank)]


@implements("ndimage.median_filter")
def median_filter(input, size=None, footprint=None, output=None, mode="reflect", cval=0.0,
                  origin=0, *, axes=None):  # fmt: skip
    """The element in the middle of windows in order"""
    how = (size, footprint, output, mode, cval, origin, axes)
    _, parts = _windows("median_filter", input, *how)
    return np.sort(parts, axis=-1)[..., parts.shape[-1] // 2]


@implements("ndimage.percentile_filter")
def percentile_filter(input, percentile, size=None, footprint=None, output=None, mode="reflect",
                      cval=0.0, origin=0, *, axes=None):  # fmt: skip
    """The element of windows in order up to which there is a static share, in percent"""
    share = float(percentile) + (100.0 if percentile < 0 else 0.0)
    if not 0 <= share <= 100:
        raise located(RuntimeError, "invalid percentile")
    how = (size, footprint, output, mode, cval, origin, axes)
    _, parts = _windows("percentile_filter", input, *how)
    n = parts.shape[-1]
    return np.sort(parts, axis=-1)[..., n - 1 if share == 100 else int(n * share / 100)]


@implements("ndimage.maximum_filter1d")
def maximum_filter1d(input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    """The largest element of windows along an axis"""
    d = (ops.axis(axis, np.ndim(input)),)
    return maximum_filter(input, size, None, output, mode, cval, origin, axes=d)


@implements("ndimage.minimum_filter1d")
def minimum_filter1d(input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    """The smallest element of windows along an axis"""
    d = (ops.axis(axis, np.ndim(input)),)
    return minimum_filter(input, size, None, output, mode, cval, origin, axes=d)


# Sums of labels.


def _labelled(values: Any, labels: Any, index: Any) -> tuple[Array, Any]:
    """The values, and for each index the mask of its elements (…, elements)."""
    x = np.ravel(_real(lift(values)))
    if labels is None:
        return x, numpy.ones(x.shape, bool)
    labels = np.ravel(np.broadcast_to(labels, np.shape(values)))
    if index is None:
        return x, labels > 0
    return x, labels == numpy.asarray(index)[..., None]


@implements("ndimage.sum_labels", "ndimage.sum")
def sum_labels(input, labels=None, index=None):
    """The sums of the elements of each label"""
    x, mask = _labelled(input, labels, index)
    return np.sum(np.where(mask, x, 0.0), axis=-1)


@implements("ndimage.mean")
def mean(input, labels=None, index=None):
    """The means of the elements of each label"""
    x, mask = _labelled(input, labels, index)
    return np.sum(np.where(mask, x, 0.0), axis=-1) / np.sum(mask, axis=-1)


@implements("ndimage.variance")
def variance(input, labels=None, index=None):
    """The variances of the elements of each label"""
    x, mask = _labelled(input, labels, index)
    count = np.sum(mask, axis=-1)
    means = np.sum(np.where(mask, x, 0.0), axis=-1) / count
    return np.sum(np.where(mask, np.square(x - means[..., None]), 0.0), axis=-1) / count


@implements("ndimage.standard_deviation")
def standard_deviation(input, labels=None, index=None):
    """The standard deviations of the elements of each label"""
    return np.sqrt(variance(input, labels, index))


@implements("ndimage.maximum")
def maximum(input, labels=None, index=None):
    """The largest elements of each label; 0 for a label without elements"""
    return _extreme(np.max, lift(input), labels, index)


@implements("ndimage.minimum")
def minimum(input, labels=None, index=None):
    """The smallest elements of each label; 0 for a label without elements"""
    return _extreme(np.min, lift(input), labels, index)


def _extreme(find: Callable[..., Array], x: Array, labels: Any, index: Any) -> Array:
    _, mask = _labelled(x, labels, index)
    # An element of the label takes the places of the others, so the result is one of the label.
    shown = np.where(mask, np.ravel(x), np.take(np.ravel(x), np.argmax(mask, axis=-1))[..., None])
    zero = numpy.zeros((), x.dtype)
    return np.where(np.any(mask, axis=-1), find(shown, axis=-1), zero)


@implements("ndimage.center_of_mass")
def center_of_mass(input, labels=None, index=None):
    """The mean place, with the elements as weights. Without an index"""
    if index is not None:
        raise located(TypeError, "scipy.ndimage.center_of_mass on traced arrays has no index")
    x, mask = _labelled(input, labels, None)
    x = np.where(mask, x, 0.0)
    total = np.sum(x)
    places = numpy.indices(np.shape(input)).reshape(np.ndim(input), -1).astype(float)
    return tuple(np.sum(x * p) / total for p in places)
