"""
NumPy's `fft`: discrete Fourier transforms, by the op `ten.fft`.

The op takes each complex number as a pair of elements in a last dimension, and has no factor in
front. Here a transform gets its size, and the factor that `norm` asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy

from ...dialects import arrays, ten
from .. import ops
from ..ops import lift
from ..tracing import Array, emit, use
from ..user_code import located
from .registration import implements

np: Any = numpy  # its type stubs know no traced arrays

NORMS = (None, "backward", "ortho", "forward")
SWAPPED = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}
"""The norm of the transform in the other direction that has the same factor."""


def _number(a: Any, is_complex: bool) -> Array:
    """The array with the dtype of a transform: single precision stays, all else is double."""
    x = lift(a)
    if x.dtype == arrays.bfloat16:
        raise located(TypeError, "numpy.fft does not take bfloat16; cast the array to float32")
    single = x.dtype in (np.float16, np.float32, np.complex64)
    if is_complex:
        return ops.cast(x, np.dtype(np.complex64 if single else np.complex128))
    if x.dtype.kind == "c":
        raise located(TypeError, f"this transform takes real numbers, not {x!r}")
    return ops.cast(x, np.dtype(np.float32 if single else np.float64))


def _factor(norm: Any, forward: bool, n: int) -> float:
    if norm not in NORMS:
        raise located(
            ValueError,
            f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".',
        )
    if norm == "ortho":
        return 1 / n**0.5
    return 1 / n if (norm == "forward") == forward else 1.0


def _sized(x: Array, d: int, n: int) -> Array:
    """The first n elements along a dimension, with zeros behind them where there are fewer."""
    if n < 1:
        raise located(ValueError, f"Invalid number of FFT data points ({n}) specified.")
    x = ops.part(x, d, 0, min(n, x.shape[d]))
    high = [0] * x.ndim
    high[d] = n - x.shape[d]
    if x.dtype.kind == "c":
        return ops.complex_(*(ops.pad(part, [0] * x.ndim, high) for part in ops.parts(x)))
    return ops.pad(x, [0] * x.ndim, high)


def _of_pairs(pairs: Array, factor: float) -> Array:
    return ops.complex_(*ops.halves(_times(pairs, factor)))


def _times(x: Any, factor: float) -> Any:
    return x if factor == 1 else x * factor


def _complex(z: Array, dims: Sequence[int], norm: Any, forward: bool) -> Array:
    """A transform of complex numbers over dimensions, which may stand several times."""
    kind = "forward" if forward else "backward"
    factor = _factor(norm, forward, prod(z.shape[d] for d in dims))
    if not dims or not z.size:
        return z
    pairs, left = ops.pairs(z), list(dims)
    while left:
        once = list(dict.fromkeys(left))
        pairs = emit(ten.FftOp, kind, use(pairs), once)
        for d in once:
            left.remove(d)
    return _of_pairs(pairs, factor)


def _real(x: Array, d: int, norm: Any) -> Array:
    n = x.shape[d]
    factor = _factor(norm, True, n)
    if not x.size:
        sizes = [n // 2 + 1 if e == d else m for e, m in enumerate(x.shape)]
        kind = np.complex64 if x.dtype == np.float32 else np.complex128
        return lift(np.zeros(sizes, kind))
    return _of_pairs(emit(ten.FftOp, "real", use(x), [d]), factor)


def _hermitian(z: Array, d: int, n: int, norm: Any) -> Array:
    z = _sized(z, d, n // 2 + 1) if n >= 1 else _sized(z, d, n)
    factor = _factor(norm, False, n)
    if not z.size:
        sizes = [n if e == d else m for e, m in enumerate(z.shape)]
        return lift(np.zeros(sizes, ops.part_of(z.dtype)))
    return _times(emit(ten.FftOp, "hermitian", use(ops.pairs(z)), [d], n), factor)


# One dimension.


@implements("fft.fft")
def fft(a, n=None, axis=-1, norm=None):
    z = _number(a, True)
    d = ops.axis(axis, z.ndim)
    return _complex(_sized(z, d, z.shape[d] if n is None else n), [d], norm, True)


@implements("fft.ifft")
def ifft(a, n=None, axis=-1, norm=None):
    z = _number(a, True)
    d = ops.axis(axis, z.ndim)
    return _complex(_sized(z, d, z.shape[d] if n is None else n), [d], norm, False)


@implements("fft.rfft")
def rfft(a, n=None, axis=-1, norm=None):
    x = _number(a, False)
    d = ops.axis(axis, x.ndim)
    return _real(_sized(x, d, x.shape[d] if n is None else n), d, norm)


@implements("fft.irfft")
def irfft(a, n=None, axis=-1, norm=None):
    z = _number(a, True)
    d = ops.axis(axis, z.ndim)
    return _like(a, _hermitian(z, d, 2 * (z.shape[d] - 1) if n is None else n, norm))


def _like(a: Any, result: Array) -> Array:
    """A real result, in the dtype that NumPy gives: float16 stays float16."""
    return ops.cast(result, np.dtype(np.float16)) if ops.dtype_of(a) == np.float16 else result


@implements("fft.hfft")
def hfft(a, n=None, axis=-1, norm=None):
    _factor(norm, True, 1)
    return irfft(np.conjugate(lift(a)), n, axis, SWAPPED[norm])


@implements("fft.ihfft")
def ihfft(a, n=None, axis=-1, norm=None):
    _factor(norm, True, 1)
    return np.conjugate(rfft(a, n, axis, SWAPPED[norm]))


# Several dimensions.


def _axes(x: Array, s: Any, axes: Any) -> tuple[list[int], list[int | None]]:
    """The dimensions of a transform, and a size for each; None for all that there are."""
    if axes is None:
        axes = range(x.ndim) if s is None else range(-len(s), 0)
    dims = [ops.axis(d, x.ndim, "axes") for d in axes]
    sizes: list[int | None] = [None] * len(dims) if s is None else list(s)
    if len(sizes) != len(dims):
        raise located(ValueError, "Shape and axes have different lengths.")
    sizes = [None if n == -1 else n for n in sizes]
    if len(set(dims)) < len(dims):
        # The sizes are those of x, also where an earlier transform along the axis has changed it.
        sizes = [x.shape[d] if n is None else n for d, n in zip(dims, sizes)]
    return dims, sizes


def _all_sized(x: Array, dims: Sequence[int], sizes: Sequence[int | None]) -> Array:
    for d, n in zip(dims, sizes):
        x = _sized(x, d, x.shape[d] if n is None else n)
    return x


def _several(name: str, forward: bool, axes: Any) -> Callable[..., Any]:
    @implements(f"fft.{name}")
    def transform(a, s=None, axes=axes, norm=None):
        z = _number(a, True)
        dims, sizes = _axes(z, s, axes)
        return _complex(_all_sized(z, dims, sizes), dims, norm, forward)

    return transform


fftn, ifftn = _several("fftn", True, None), _several("ifftn", False, None)
fft2, ifft2 = _several("fft2", True, (-2, -1)), _several("ifft2", False, (-2, -1))


@implements("fft.rfftn")
def rfftn(a, s=None, axes=None, norm=None):
    x = _number(a, False)
    dims, sizes = _axes(x, s, axes)
    if not dims:
        raise located(IndexError, "numpy.fft.rfftn needs one axis or more")
    x = _all_sized(x, dims[-1:], sizes[-1:])
    z = _real(x, dims[-1], norm)
    return _complex(_all_sized(z, dims[:-1], sizes[:-1]), dims[:-1], norm, True)


@implements("fft.irfftn")
def irfftn(a, s=None, axes=None, norm=None):
    z = _number(a, True)
    dims, sizes = _axes(z, s, axes)
    if not dims:
        raise located(IndexError, "numpy.fft.irfftn needs one axis or more")
    n = 2 * (z.shape[dims[-1]] - 1) if sizes[-1] is None or s is None else sizes[-1]
    z = _complex(_all_sized(z, dims[:-1], sizes[:-1]), dims[:-1], norm, False)
    result = _hermitian(z, dims[-1], n, norm)
    return result if len(dims) > 1 else _like(a, result)


@implements("fft.rfft2")
def rfft2(a, s=None, axes=(-2, -1), norm=None):
    return rfftn(a, s, axes, norm)


@implements("fft.irfft2")
def irfft2(a, s=None, axes=(-2, -1), norm=None):
    return irfftn(a, s, axes, norm)


# Shifts.


def _shifts(x: Array, axes: Any, forward: bool) -> tuple[list[int], list[int]]:
    dims = range(x.ndim) if axes is None else axes if isinstance(axes, tuple | list) else (axes,)
    places = [ops.axis(d, x.ndim) for d in dims]
    return [x.shape[d] // 2 if forward else -(x.shape[d] // 2) for d in places], places


@implements("fft.fftshift")
def fftshift(x, axes=None):
    x = lift(x)
    return np.roll(x, *_shifts(x, axes, True))


@implements("fft.ifftshift")
def ifftshift(x, axes=None):
    x = lift(x)
    return np.roll(x, *_shifts(x, axes, False))
