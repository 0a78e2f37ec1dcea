"""
`scipy.ndimage`: arrays between their elements, as sums of B-splines.

The coefficients of the B-splines are a linear map of the elements along each axis. The matrix of
this map is SciPy's filter of the identity.
"""

from __future__ import annotations

import importlib
import itertools
import math as pymath
from typing import Any

import numpy

from .. import ops
from ..ops import lift
from ..tracing import Array
from ..user_code import located
from .image_filters import _each, _image
from .offers import floats, implements
from .samples_beyond import BEYOND, beyond

np: Any = numpy  # its type stubs know no traced arrays

AROUND = 12
"""The elements that SciPy adds at each end before it filters, in two of the modes."""


def _check(order: Any, mode: str) -> int:
    if mode not in BEYOND:
        raise located(RuntimeError, f"boundary mode not supported: {mode!r}")
    if order not in range(6):
        raise located(RuntimeError, "spline order not supported")
    return int(order)


def _filtered(x: Array, order: int, mode: str) -> Array:
    """The coefficients of the splines through the elements."""
    if order < 2:
        return x
    image = importlib.import_module("scipy.ndimage")
    for d, n in enumerate(x.shape):
        if n > 1:
            matrix = image.spline_filter1d(numpy.eye(n), order, axis=0, mode=mode)
            x = np.moveaxis(np.tensordot(lift(matrix, x.dtype), x, axes=([1], [d])), 0, d)
    return x


def _weights(t: Array, order: int) -> list[Array]:
    """
    The B-splines at t + k for the places k = 0 … order around, where t in [0, 1] counts from the
    first knot of the interval: Cox and de Boor's recursion for whole knots.
    """
    found = [np.ones_like(t)]
    for p in range(1, order + 1):
        more: list[Any] = []
        for k in range(p + 1):
            value: Any = 0.0
            if k < p:
                value = value + (k + 1 - t) * found[k] / p
            if k > 0:
                value = value + (p - k + t) * found[k - 1] / p
            more.append(value)
        found = more
    return found


def _folded(x: Array, n: int, mode: str) -> tuple[Array, Any]:
    """A place inside of the array for each place, and where there is one."""
    last = n - 1
    inside: Any = None
    match mode:
        case "constant":
            inside = (x >= 0) & (x <= last)
        case "nearest":
            x = np.clip(x, 0, last)
        case "mirror":
            period = max(2 * last, 1)
            x = np.mod(x, period)
            x = np.where(x > last, period - x, x)
        case "reflect" | "grid-mirror":
            y = np.mod(x + 0.5, 2 * n)
            x = np.where(y > n, 2 * n - y, y) - 0.5
        case "wrap":
            x = np.where((x < 0) | (x > last), np.mod(x, max(last, 1)), x)
    return x, inside


def _at(k: Array, n: int, mode: str) -> tuple[Array, Any]:
    """The index for each whole place, which may lie a few places outside."""
    last = n - 1
    match mode:
        case "reflect" | "grid-mirror":
            k = np.mod(k, 2 * n)
            return np.where(k < n, k, 2 * n - 1 - k), None
        case "grid-wrap":
            return np.mod(k, n), None
        case "grid-constant":
            return np.clip(k, 0, last), (k >= 0) & (k <= last)
    k = np.mod(k, max(2 * last, 1))
    return np.where(k < n, k, 2 * last - k), None


@implements("ndimage.map_coordinates")
def map_coordinates(input, coordinates, output=None, order=3, mode="constant", cval=0.0,
                    prefilter=True):  # fmt: skip
    """The spline of this order at places, which are the columns of `coordinates`"""
    given = _image("map_coordinates", input, output)
    order = _check(order, mode)
    x, places = floats(given, coordinates)
    if places.ndim < 1 or places.shape[0] != x.ndim:
        raise located(RuntimeError, "invalid shape for coordinate array")
    shape, base = places.shape[1:], cval
    places = np.reshape(places, (x.ndim, -1))
    # The filter, and the space around, hold of the array without its constant.
    y = x - base if mode in ("constant", "grid-constant") else x
    if prefilter and order > 1:
        if mode in ("nearest", "grid-constant"):
            for d in range(x.ndim):
                y = beyond(y, d, AROUND, AROUND, mode, 0.0)
            places = places + AROUND
        y = _filtered(y, order, mode)
    inside: Any = None
    found = []
    for d, n in enumerate(y.shape):
        p, within = _folded(places[d], n, mode)
        if within is not None:
            inside = within if inside is None else inside & within
            p = np.where(within, p, 0.0)
        if order == 0:
            start = np.floor(p + 0.5)
            weights = [np.ones_like(p)]
        else:
            start = np.floor(p) if order % 2 else np.floor(p + 0.5)
            t = p - start if order % 2 else p - start + 0.5
            start = start - order // 2
            weights = _weights(t, order)
        start = start.astype(np.int64)
        found.append([(*_at(start + k, n, mode), w) for k, w in enumerate(weights)])
    strides = [pymath.prod(y.shape[d + 1 :]) for d in range(x.ndim)]
    flat = np.reshape(y, (-1,))
    total: Any = 0.0
    for corner in itertools.product(*found):
        place: Any = 0
        weight: Any = 1.0
        for s, (k, there, w) in zip(strides, corner):
            place = place + s * k
            weight = weight * (w if there is None else np.where(there, w, 0.0))
        total = total + weight * np.take(flat, place)
    if mode in ("constant", "grid-constant"):
        total = total + base
    if inside is not None:
        total = np.where(inside, total, base)
    return _rounded(np.reshape(total, shape), given)


def _rounded(value: Array, like: Array) -> Array:
    """The value in the dtype of the image; of integers, the nearest one, and halves outward."""
    if like.dtype.kind in "iu":
        value = np.trunc(value + np.copysign(0.5, value))
    return ops.cast(value, like.dtype)


def _static(name: str, *values: Any) -> None:
    if any(isinstance(v, Array) for v in values):
        raise located(
            TypeError, f"scipy.ndimage.{name} on traced arrays takes known numbers beside the "
            "array; map_coordinates takes traced places"
        )  # fmt: skip


def _by_matrices(x: Array, cval: Any, maps: list[Any]) -> Array:
    """A map of each axis on its own, where the space around has one value."""
    y = x - cval if cval else x
    for d, matrix in enumerate(maps):
        if matrix is not None:
            y = np.moveaxis(np.tensordot(lift(matrix, x.dtype), y, axes=([1], [d])), 0, d)
    return y + cval if cval else y


@implements("ndimage.shift")
def shift(input, shift, output=None, order=3, mode="constant", cval=0.0, prefilter=True):
    """The array, moved by a known distance along each axis"""
    image = importlib.import_module("scipy.ndimage")
    x = _image("shift", input, output)
    _static("shift", shift, cval)
    (y,) = floats(x)
    maps = []
    for n, s in zip(x.shape, _each(shift, x.ndim, "shift")):
        rows = [image.shift(e, float(s), None, order, mode, 0.0, prefilter) for e in numpy.eye(n)]
        maps.append(numpy.stack(rows, axis=1))
    return _rounded(_by_matrices(y, cval, maps), x)


@implements("ndimage.zoom")
def zoom(input, zoom, output=None, order=3, mode="constant", cval=0.0, prefilter=True, *,
         grid_mode=False):  # fmt: skip
    """The array with more elements or fewer, by a known factor along each axis"""
    image = importlib.import_module("scipy.ndimage")
    x = _image("zoom", input, output)
    _static("zoom", zoom, cval)
    (y,) = floats(x)
    maps = []
    for n, z in zip(x.shape, _each(zoom, x.ndim, "zoom")):
        rows = [
            image.zoom(e, float(z), None, order, mode, 0.0, prefilter, grid_mode=grid_mode)
            for e in numpy.eye(n)
        ]
        maps.append(numpy.stack(rows, axis=1))
    return _rounded(_by_matrices(y, cval, maps), x)


@implements("ndimage.affine_transform")
def affine_transform(input, matrix, offset=0.0, output_shape=None, output=None, order=3,
                     mode="constant", cval=0.0, prefilter=True):  # fmt: skip
    """The array at the places matrix @ i + offset, which may be traced"""
    x = _image("affine_transform", input, output)
    n = x.ndim
    (m,) = floats(matrix)
    shape = x.shape if output_shape is None else tuple(output_shape)
    if m.ndim == 2 and m.shape[1] == n + 1:
        m, offset = m[:n, :n], m[:n, n]
    places = numpy.indices(shape).reshape(n, -1).astype(float)
    (shift,) = floats(offset)
    moved = m @ places if m.ndim == 2 else m[:, None] * places
    moved = moved + (np.reshape(shift, (-1, 1)) if shift.ndim else shift)
    value = map_coordinates(x, moved, None, order, mode, cval, prefilter)
    return np.reshape(value, shape)


@implements("ndimage.rotate")
def rotate(input, angle, axes=(1, 0), reshape=True, output=None, order=3, mode="constant",
           cval=0.0, prefilter=True):  # fmt: skip
    """The array, turned by degrees in the plane of two axes. A traced angle needs reshape=False"""
    x = _image("rotate", input, output)
    first, second = sorted(ops.axis(d, x.ndim) for d in axes)
    if x.ndim != 2:
        raise located(TypeError, "scipy.ndimage.rotate takes a traced array of two axes")
    if reshape and isinstance(angle, Array):
        raise located(
            TypeError, "the shape of scipy.ndimage.rotate depends on the angle; give reshape=False"
        )
    radians = angle * (numpy.pi / 180)
    c, s = np.cos(radians), np.sin(radians)
    sizes = numpy.array([x.shape[first], x.shape[second]])
    out = sizes
    if reshape:
        corners = numpy.array([[c, s], [-s, c]]) @ numpy.array(
            [[0, 0, sizes[0], sizes[0]], [0, sizes[1], 0, sizes[1]]]
        )
        out = (numpy.ptp(corners, axis=1) + 0.5).astype(int)
    turn = np.stack([np.stack([c, s]), np.stack([-s, c])])
    middle = turn @ ((out - 1) / 2)
    offset = (sizes - 1) / 2 - middle
    return affine_transform(
        x, turn, offset, tuple(out.tolist()), None, order, mode, cval, prefilter
    )
