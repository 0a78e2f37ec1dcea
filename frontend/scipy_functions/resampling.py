"""`scipy.signal`: other rates of samples, and spectra of short times."""

from __future__ import annotations

import importlib
import math as pymath
import operator
from typing import Any

import numpy

from .. import ops
from ..ops import lift
from ..tracing import Array
from ..user_code import located
from . import spectra
from .filters import sosfilt, sosfiltfilt
from .offers import floats_or_complex, implements

np: Any = numpy  # its type stubs know no traced arrays

# Filters between two changes of the rate.


PADS: dict[str, dict[str, Any]] = {
    "constant": {"mode": "constant"}, "wrap": {"mode": "wrap"}, "edge": {"mode": "edge"},
    "symmetric": {"mode": "symmetric"}, "reflect": {"mode": "reflect"},
    "antireflect": {"mode": "reflect", "reflect_type": "odd"},
}  # fmt: skip
"""By SciPy's mode of the samples beyond the ends → the parameters of `np.pad`."""


def _beyond(rows: Array, low: int, high: int, mode: str, cval: Any) -> Array:
    """The samples along the last axis with more at both ends."""
    if mode in ("line", "smooth"):
        n = rows.shape[-1]
        first, last = rows[..., :1], rows[..., n - 1 :]
        # `smooth` goes on with the last two samples, `line` with the first and the last.
        slopes = [(last - first) / max(n - 1, 1)] * 2
        if mode == "smooth" and n > 1:
            slopes = [rows[..., 1:2] - first, last - rows[..., n - 2 : n - 1]]
        before = first + numpy.arange(-low, 0).astype(rows.dtype) * slopes[0]
        after = last + numpy.arange(1, high + 1).astype(rows.dtype) * slopes[1]
        return np.concatenate([before, rows, after], axis=-1)
    if mode not in PADS:
        raise located(
            TypeError, f"scipy.signal.upfirdn on traced arrays has the modes {', '.join(PADS)}, "
            f"line and smooth, and not {mode!r}"
        )  # fmt: skip
    more = {"constant_values": cval} if mode == "constant" else {}
    return np.pad(rows, [(0, 0)] * (rows.ndim - 1) + [(low, high)], **PADS[mode], **more)


def _count(taps: int, n: int, up: int, down: int) -> int:
    """The number of samples that a filter of so many taps makes of n."""
    return ((n - 1) * up + taps - 1) // down + 1


@implements("signal.upfirdn")
def upfirdn(h, x, up=1, down=1, axis=-1, mode="constant", cval=0):
    """y[n] = Σ h[n down - k up] x[k]. All modes but 'antisymmetric'"""
    h, x = floats_or_complex(h, x)
    up, down = int(up), int(down)
    if h.ndim != 1 or not h.shape[0]:
        raise located(ValueError, "h must be 1-D with non-zero length")
    if up < 1 or down < 1:
        raise located(ValueError, "Both up and down must be >= 1")
    d = ops.axis(axis, x.ndim)
    rows = np.moveaxis(x, d, -1)
    taps, n = h.shape[0], rows.shape[-1]
    count = _count(taps, n, up, down)
    each = -(-taps // up)  # taps that meet a sample
    phases = np.reshape(np.pad(h, (0, each * up - taps)), (each, up)).T
    places = numpy.arange(count) * down
    newest = places // up
    high = max(int(newest[-1]) - (n - 1), 0)
    wide = _beyond(rows, each - 1, high, mode, cval)
    windows = wide[..., newest[:, None] + (each - 1) - numpy.arange(each)]
    weights = phases[places % up]
    return np.moveaxis(np.sum(windows * weights, axis=-1), -1, d)


@implements("signal.resample_poly")
def resample_poly(x, up, down, axis=0, window=("kaiser", 5.0), padtype="constant", cval=None):
    """up / down times as many samples, by a filter. The window may be the filter itself"""
    (x,) = floats_or_complex(x)
    if up != int(up) or down != int(down):
        raise located(ValueError, "up and down must be integers")
    if up < 1 or down < 1:
        raise located(ValueError, "up and down must be >= 1")
    if cval is not None and padtype != "constant":
        raise located(ValueError, f"cval has no effect when padtype is {padtype}")
    common = pymath.gcd(int(up), int(down))
    up, down = int(up) // common, int(down) // common
    if up == down == 1:
        return x + 0
    d = ops.axis(axis, x.ndim)
    n = x.shape[d]
    wanted = -(-n * up // down)
    if isinstance(window, str | tuple):
        half = 10 * max(up, down)
        firwin = importlib.import_module("scipy.signal").firwin
        h = lift(firwin(2 * half + 1, 1 / max(up, down), window=window), x.dtype)
    else:
        (h,) = floats_or_complex(window)
        if h.ndim != 1:
            raise located(ValueError, "window must be 1-D")
        half = (h.shape[0] - 1) // 2
    before = down - half % down
    start, after = (half + before) // down, 0
    while _count(h.shape[0] + before + after, n, up, down) < wanted + start:
        after += 1
    h = np.pad(h * up, (before, after))
    grounds = {"mean": np.mean, "median": np.median, "minimum": np.min, "maximum": np.max}
    ground, mode = 0, padtype
    if padtype in grounds:
        ground, mode = grounds[padtype](x, axis=d, keepdims=True), "constant"
    y = upfirdn(h, x - ground, up, down, d, mode, 0 if cval is None else cval)
    return ops.part(y, d, start, start + wanted) + ground


@implements("signal.decimate")
def decimate(x, q, n=None, ftype="iir", axis=-1, zero_phase=True):
    """Each q-th sample, behind a filter of Chebyshev ('iir') or of a window ('fir')"""
    (x,) = floats_or_complex(x)
    q, d = operator.index(q), ops.axis(axis, x.ndim)
    if not isinstance(ftype, str) or ftype not in ("iir", "fir"):
        raise located(
            ValueError, f"scipy.signal.decimate on traced arrays has the ftypes 'iir' and 'fir', "
            f"and not {ftype!r}"
        )  # fmt: skip
    design = importlib.import_module("scipy.signal")
    kind = ops.part_of(x.dtype)
    if ftype == "fir":
        b = design.firwin((20 * q if n is None else n) + 1, 1 / q, window="hamming").astype(kind)
        if zero_phase:
            return resample_poly(x, 1, q, axis=axis, window=b)
        y, step = upfirdn(b, x, up=1, down=q, axis=axis), slice(0, -(-x.shape[d] // q))
    else:
        sos = design.cheby1(8 if n is None else n, 0.05, 0.8 / q, output="sos").astype(kind)
        y = (sosfiltfilt if zero_phase else sosfilt)(sos, x, axis=axis)
        step = slice(None, None, q)
    return y[(*[slice(None)] * d, step)]


# Spectra of short times.


ENDS: dict[str, dict[str, Any]] = {
    "even": {"mode": "reflect"}, "odd": {"mode": "reflect", "reflect_type": "odd"},
    "constant": {"mode": "edge"}, "zeros": {"mode": "constant"},
}  # fmt: skip
"""By SciPy's name of a boundary → the parameters of `np.pad`."""


def _norm(window: Array, fs: Any, scaling: str) -> Array:
    match scaling:
        case "spectrum":
            return np.sum(window)
        case "psd":
            return np.sqrt(fs * np.sum(np.square(window)))
    raise located(ValueError, f"Parameter scaling={scaling!r} not in ['spectrum', 'psd']!")


@implements("signal.stft")
def stft(x, fs=1.0, window="hann_periodic", nperseg=256, noverlap=None, nfft=None, detrend=False,
         return_onesided=True, boundary="zeros", padded=True, axis=-1,
         scaling="spectrum"):  # fmt: skip
    """Frequencies, times, and the spectrum of each segment"""
    (x,) = floats_or_complex(x)
    d = ops.axis(axis, x.ndim)
    rows = np.moveaxis(x, d, -1)
    named = isinstance(window, str | tuple)
    window = "hann" if isinstance(window, str) and window == "hann_periodic" else window
    size = nperseg if named else np.shape(window)[0]
    size = min(256 if size is None else int(size), rows.shape[-1])
    if boundary is not None:
        if boundary not in ENDS:
            raise located(
                ValueError, f"Unknown boundary option {boundary!r}, must be one of: "
                f"{[*ENDS, None]}"
            )  # fmt: skip
        widths = [(0, 0)] * (rows.ndim - 1) + [(size // 2, size // 2)]
        rows = np.pad(rows, widths, **ENDS[boundary])
    step = size - (size // 2 if noverlap is None else int(noverlap))
    if padded and step > 0:
        more = (-(rows.shape[-1] - size) % step) % size
        rows = np.pad(rows, [(0, 0)] * (rows.ndim - 1) + [(0, more)])
    cut = spectra.Segments(rows.shape[-1], window, size if named else nperseg, noverlap, nfft)
    real = rows.dtype.kind != "c"
    weights = lift(cut.window, rows.dtype if real else ops.part_of(rows.dtype))
    z = spectra.spectrum(rows, cut, weights, detrend, onesided=bool(return_onesided) and real)
    frequencies = numpy.fft.rfftfreq if return_onesided and real else numpy.fft.fftfreq
    times = (cut.places[:, 0] + (0 if boundary is not None else cut.size / 2)) / fs
    value = np.moveaxis(z / _norm(weights, fs, scaling), -2, -1)
    return frequencies(cut.nfft, 1 / fs), times, np.moveaxis(value, -2, d)


@implements("signal.istft")
def istft(Zxx, fs=1.0, window="hann_periodic", nperseg=None, noverlap=None, nfft=None,
          input_onesided=True, boundary=True, time_axis=-1, freq_axis=-2,
          scaling="spectrum"):  # fmt: skip
    """Times, and the samples whose `stft` this is"""
    (z,) = floats_or_complex(Zxx)
    if z.ndim < 2:
        raise located(ValueError, "Input stft must be at least 2d!")
    time, frequency = ops.axis(time_axis, z.ndim), ops.axis(freq_axis, z.ndim)
    if time == frequency:
        raise located(ValueError, "Must specify differing time and frequency axes!")
    count = z.shape[time]
    usual = 2 * (z.shape[frequency] - 1) if input_onesided else z.shape[frequency]
    size = usual if nperseg is None else int(nperseg)
    if size < 1:
        raise located(ValueError, "nperseg must be a positive integer")
    if nfft is None:
        nfft = size if input_onesided and size == usual + 1 else usual
    elif nfft < size:
        raise located(ValueError, "nfft must be greater than or equal to nperseg.")
    overlap = size // 2 if noverlap is None else int(noverlap)
    if overlap >= size:
        raise located(ValueError, "noverlap must be less than nperseg.")
    step = size - overlap
    others = [e for e in range(z.ndim) if e not in (time, frequency)]
    z = np.transpose(z, (*others, time, frequency))
    if isinstance(window, str) and window == "hann_periodic":
        window = "hann"
    given = spectra.window_of(window, size)
    if np.shape(given) != (size,):
        raise located(ValueError, f"window must have length of {size}")
    parts = (np.fft.irfft if input_onesided else np.fft.ifft)(z, int(nfft))[..., :size]
    weights = lift(given, ops.part_of(parts.dtype) if parts.dtype.kind == "c" else parts.dtype)
    parts = parts * weights * _norm(weights, fs, scaling)
    x = _overlapped(parts, step)
    squares = np.square(weights)
    whole = _overlapped(ops.broadcast_to(squares, (count, size)), step)
    if boundary:
        ends = slice(size // 2, x.shape[-1] - size // 2)
        x, whole = x[..., ends], whole[ends]
    x = x / np.where(whole > 1e-10, whole, 1.0)
    x = np.moveaxis(x, -1, time - (frequency < time))
    return numpy.arange(x.shape[0]) / float(fs), x  # of the first axis, as SciPy


def _overlapped(parts: Array, step: int) -> Array:
    """The sum of segments (…, m, n), each of which begins `step` elements behind the one before."""
    *others, m, n = parts.shape
    blocks = -(-n // step)
    zeros = [(0, 0)] * (parts.ndim - 1)
    parts = np.pad(parts, [*zeros, (0, blocks * step - n)])
    parts = np.reshape(parts, (*others, m, blocks, step))
    total = 0
    for k in range(blocks):
        shifted = np.pad(parts[..., k, :], [*zeros[1:], (k, blocks - 1 - k), (0, 0)])
        total = total + shifted
    total = np.reshape(total, (*others, (m + blocks - 1) * step))
    return total[..., : (m - 1) * step + n]
