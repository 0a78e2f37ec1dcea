"""`scipy.fft`: transforms as NumPy's, and those of cosines and sines."""

from __future__ import annotations

import inspect
from typing import Any

import numpy

from ...dialects import ten
from .. import ops
from ..ops import lift
from ..tracing import Array, emit, use
from ..user_code import located
from .offers import floats, floats_or_complex, implements

np: Any = numpy  # its type stubs know no traced arrays


def _offer(name: str) -> None:
    """NumPy's function of the same name and parameters."""
    function = getattr(numpy.fft, name)
    parameters = list(inspect.signature(function).parameters)
    where = parameters[2]
    usual = (-2, -1) if name.endswith("2") else None

    def one(x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, *, plan=None):
        return function(lift(x), n, axis, norm)

    def many(x, s=None, axes=usual, norm=None, overwrite_x=False, workers=None, *,
             plan=None):  # fmt: skip
        x = lift(x)
        if axes is None and s is not None:
            axes = tuple(range(x.ndim - len(s), x.ndim))
        return function(x, s, axes, norm)

    rule = one if where == "axis" else many
    rule.__doc__ = f"As numpy.fft.{name}"
    implements(f"fft.{name}")(rule)


for _name in (
    "fft", "ifft", "rfft", "irfft", "hfft", "ihfft", "fft2", "ifft2", "rfft2", "irfft2", "fftn",
    "ifftn", "rfftn", "irfftn",
):  # fmt: skip
    _offer(_name)


@implements("fft.fftshift")
def fftshift(x, axes=None):
    """As numpy.fft.fftshift"""
    return np.fft.fftshift(lift(x), axes)


@implements("fft.ifftshift")
def ifftshift(x, axes=None):
    """As numpy.fft.ifftshift"""
    return np.fft.ifftshift(lift(x), axes)


# Cosines and sines.

INVERSE = {1: 1, 2: 3, 3: 2, 4: 4}
NORMS = {None: "backward", "backward": "backward", "ortho": "ortho", "forward": "forward"}
TURNED = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _transformed(name: str, x: Array, kind: int, n: Any, axis: int, norm: Any, inverse: bool,
                 orthogonalize: Any) -> Array:  # fmt: skip
    sines = "s" in name
    if kind not in INVERSE:
        raise located(ValueError, f"invalid type {kind} of scipy.fft.{name}: it must be 1, 2, 3, 4")
    if norm not in NORMS:
        raise located(
            ValueError, f'Invalid norm value {norm!r}, should be "backward", "ortho" or "forward"'
        )
    if x.dtype.kind == "c":
        parts = [
            _transformed(name, p, kind, n, axis, norm, inverse, orthogonalize)
            for p in (np.real(x), np.imag(x))
        ]
        return ops.complex_(*parts)
    (x,) = floats(x)
    d = ops.axis(axis, x.ndim)
    if n is not None:
        few = min(int(n), x.shape[d])
        x = ops.pad(ops.part(x, d, 0, few), [0] * x.ndim,
                    [int(n) - few if e == d else 0 for e in range(x.ndim)])  # fmt: skip
    size = x.shape[d]
    if size < 1 or (kind == 1 and not sines and size < 2):
        raise located(ValueError, f"Invalid number of data points ({size}) specified")
    scale = NORMS[norm]
    if inverse:
        kind, scale = INVERSE[kind], TURNED[scale]
    orthogonal = norm == "ortho" if orthogonalize is None else bool(orthogonalize)
    period = 2 * size if kind > 1 else 2 * (size + 1) if sines else 2 * (size - 1)
    factor = {"backward": 1.0, "forward": 1 / period, "ortho": period**-0.5}[scale]
    before, after = numpy.ones(size), numpy.ones(size)

    def along(numbers: Any) -> Any:
        return numbers.astype(x.dtype).reshape([-1 if e == d else 1 for e in range(x.ndim)])

    if orthogonal:
        edge = size - 1 if sines else 0
        if kind == 2:
            after[edge] = 0.5**0.5
        elif kind == 3:
            before[edge] = 2**0.5
        elif kind == 1 and not sines:
            before[[0, -1]], after[[0, -1]] = 2**0.5, 0.5**0.5
    if (before != 1).any():
        x = x * along(before)
    y = emit(ten.DctOp, f"{'sine' if sines else 'cosine'}{kind}", use(x), d)
    if (after != 1).any():
        y = y * along(after * factor)
    elif factor != 1:
        y = y * factor
    return y


def _offer_kind(name: str, inverse: bool) -> None:
    meaning = "sines" if "s" in name else "cosines"

    def one(x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None,
            orthogonalize=None):  # fmt: skip
        return _transformed(name, lift(x), type, n, axis, norm, inverse, orthogonalize)

    def many(x, type=2, s=None, axes=None, norm=None, overwrite_x=False, workers=None, *,
             orthogonalize=None):  # fmt: skip
        y = lift(x)
        sizes: Any = None if s is None else [s] if isinstance(s, int) else list(s)
        count = y.ndim if sizes is None else len(sizes)
        dims = ops.axes(axes if axes is not None else tuple(range(y.ndim - count, y.ndim)), y.ndim)
        for d, n in zip(dims, [None] * len(dims) if sizes is None else sizes):
            y = _transformed(name, y, type, n, d, norm, inverse, orthogonalize)
        return y

    for rule, path in ((one, name), (many, f"{name}n")):
        rule.__doc__ = f"The {'inverse ' if inverse else ''}transform of {meaning}, types 1 to 4"
        implements(f"fft.{path}")(rule)


for _name, _inverse in (("dct", False), ("idct", True), ("dst", False), ("idst", True)):
    _offer_kind(_name, _inverse)


# Transforms at points of a spiral.


@implements("signal.czt")
def czt(x, m=None, w=None, a=1 + 0j, *, axis=-1):
    """Σ x[n] (a w^-k)^-n, by Bluestein's product of chirps. Traced samples need a static w and a"""
    x = _signal("czt", x, axis)
    n = x.shape[-1]
    m = n if m is None else int(m)
    k = numpy.arange(max(m, n), dtype=numpy.float64)
    chirp = numpy.exp(-1j * numpy.pi * k**2 / m) if w is None else (w + 0j) ** (k**2 / 2)
    return np.moveaxis(_by_chirps(x, m, chirp, a), -1, axis)


@implements("signal.zoom_fft")
def zoom_fft(x, fn, m=None, *, fs=2, endpoint=False, axis=-1):
    """The transform at m frequencies between two. Traced samples need static frequencies"""
    x = _signal("zoom_fft", x, axis)
    n = x.shape[-1]
    m = n if m is None else int(m)
    low, high = (0.0, fn) if numpy.size(fn) == 1 else fn
    share = (high - low) * m / (fs * (m - 1)) if endpoint else (high - low) / fs
    k = numpy.arange(max(m, n), dtype=numpy.float64)
    chirp = numpy.exp(-1j * numpy.pi * share * k**2 / m)
    a = numpy.exp(2j * numpy.pi * low / fs)
    return np.moveaxis(_by_chirps(x, m, chirp, a), -1, axis)


def _signal(name: str, x: Any, axis: int) -> Array:
    """The samples, with the axis of the transform last."""
    (x,) = floats_or_complex(x)
    d = ops.axis(axis, x.ndim)
    if not x.shape[d]:
        raise located(ValueError, f"scipy.signal.{name}: invalid number of data points (0)")
    return np.moveaxis(x, d, -1)


def _by_chirps(x: Array, m: int, chirp: Any, a: Any) -> Array:
    """The m sums, by n k = (n² + k² - (k - n)²) / 2: one convolution with 1 / chirp."""
    n = x.shape[-1]
    length = 1 << (n + m - 2).bit_length()  # at least n + m - 1
    into = chirp[:n] * (a + 0j) ** -numpy.arange(n, dtype=numpy.float64)
    other = numpy.fft.fft(1 / numpy.concatenate([chirp[n - 1 : 0 : -1], chirp[:m]]), length)
    y = np.fft.ifft(np.fft.fft(x * into, length) * other)
    return y[..., n - 1 : n + m - 1] * chirp[:m]
