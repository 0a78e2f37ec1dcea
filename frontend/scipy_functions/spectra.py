"""`scipy.signal`: trends, smoothing, spectra and analytic signals."""

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
from .offers import floats, floats_or_complex, implements
from .samples_beyond import BEYOND, beyond

np: Any = numpy  # its type stubs know no traced arrays


@implements("signal.detrend")
def detrend(data, axis=-1, type="linear", bp=0, overwrite_data=False):
    """The samples minus their mean, or minus the lines between the static break points `bp`"""
    (x,) = floats_or_complex(data)
    if type not in ("linear", "l", "constant", "c"):
        raise located(ValueError, "Trend type must be 'linear' or 'constant'.")
    d = ops.axis(axis, x.ndim)
    if type[0] == "c":
        return x - np.mean(x, axis=d, keepdims=True)
    rows = np.moveaxis(x, d, -1)
    n = rows.shape[-1]
    ends = sorted({0, n, *numpy.atleast_1d(bp).tolist()})
    if ends[-1] > n or ends[0] < 0:
        raise located(ValueError, "Breakpoints must be less than length of data along given axis.")
    parts = []
    for low, high in itertools.pairwise(ends):
        m = high - low
        part = rows[..., low:high]
        basis = numpy.stack([numpy.arange(1, m + 1) / m, numpy.ones(m)], axis=1)
        fit = numpy.linalg.pinv(basis)
        parts.append(part - (part @ fit.T.astype(x.dtype)) @ basis.T.astype(x.dtype))
    return np.moveaxis(np.concatenate(parts, axis=-1), -1, d)


def _polynomial_rows(window: int, order: int, deriv: int, delta: float, at: Any) -> Any:
    """For each place, the weights of a window whose sum is the fitted polynomial's derivative."""
    half = (window - 1) / 2
    places = numpy.arange(window) - half
    fit = numpy.linalg.pinv(numpy.vander(places, order + 1, increasing=True))
    rows = numpy.zeros((len(at), order + 1))
    for k in range(deriv, order + 1):
        factor = pymath.factorial(k) / pymath.factorial(k - deriv)
        rows[:, k] = factor * (numpy.asarray(at) - half) ** (k - deriv)
    return rows @ fit / delta**deriv


@implements("signal.savgol_filter")
def savgol_filter(x, window_length, polyorder, deriv=0, delta=1.0, axis=-1, mode="interp",
                  cval=0.0):  # fmt: skip
    """The value, or a derivative, of polynomials that fit the windows best"""
    (x,) = floats(x)
    d, window, order = ops.axis(axis, x.ndim), int(window_length), int(polyorder)
    if mode != "interp" and mode not in BEYOND:
        raise located(
            ValueError, "mode must be 'mirror', 'constant', 'nearest' 'wrap' or 'interp'."
        )
    if order >= window:
        raise located(ValueError, "polyorder must be less than window_length.")
    rows = np.moveaxis(x, d, -1)
    n = rows.shape[-1]
    if mode == "interp" and window > n:
        raise located(
            ValueError,
            "If mode is 'interp', window_length must be less than or equal to the size of x.",
        )
    half = window // 2
    # An even window fits around a place between two samples.
    middle = half if window % 2 else half - 0.5
    weights = _polynomial_rows(window, order, deriv, delta, [middle])[0]
    if mode == "interp":
        inner = _windows(rows, weights)
        edge = _polynomial_rows(window, order, deriv, delta, numpy.arange(window))
        edge = edge.astype(x.dtype)
        first = rows[..., :window] @ edge[:half].T
        last = rows[..., n - window :] @ edge[window - half :].T
        inner = inner[..., : n - 2 * half] if window % 2 else inner[..., 1:]
        result = np.concatenate([first, inner, last], axis=-1)
    else:
        padded = beyond(rows, -1, window - 1 - half, half, mode, cval)
        result = _windows(padded, weights)
    return np.moveaxis(result, -1, d)


def _windows(rows: Array, weights: Any) -> Array:
    """The sums of windows along the last axis, with these weights."""
    count = rows.shape[-1] - len(weights) + 1
    places = numpy.arange(count)[:, None] + numpy.arange(len(weights))
    return rows[..., places] @ lift(numpy.asarray(weights), rows.dtype)


@implements("signal.hilbert")
def hilbert(x, N=None, axis=-1):
    """The analytic signal: x + i H x"""
    (x,) = floats(x)
    d = ops.axis(axis, x.ndim)
    n = x.shape[d] if N is None else int(N)
    factors = numpy.zeros(n)
    factors[0] = 1
    factors[1 : (n + 1) // 2] = 2
    if n % 2 == 0:
        factors[n // 2] = 1
    shape = [1] * x.ndim
    shape[d] = n
    spectrum = np.fft.fft(x, n, axis=d)
    return np.fft.ifft(spectrum * factors.reshape(shape).astype(x.dtype), axis=d)


def window_of(window: Any, n: int) -> Any:
    """The values of a window of SciPy, by its name and its static parameters."""
    if isinstance(window, str | tuple):
        return importlib.import_module("scipy.signal").get_window(window, n)
    return window


class Segments:
    """How `welch` cuts the samples."""

    def __init__(self, n: int, window: Any, nperseg: Any, noverlap: Any, nfft: Any):
        if isinstance(window, str | tuple):
            self.size = min(256 if nperseg is None else int(nperseg), n)
            self.window = window_of(window, self.size)
        else:
            self.window = window
            self.size = np.shape(window)[0]
            if nperseg is not None and nperseg != self.size:
                raise located(
                    ValueError,
                    "value specified for nperseg is different from length of window",
                )
            if self.size > n:
                raise located(ValueError, "window is longer than input signal")
        self.overlap = self.size // 2 if noverlap is None else int(noverlap)
        self.nfft = self.size if nfft is None else int(nfft)
        if self.overlap >= self.size:
            raise located(ValueError, "noverlap must be less than nperseg.")
        if self.nfft < self.size:
            raise located(ValueError, "nfft must be greater than or equal to nperseg.")
        step = self.size - self.overlap
        self.count = (n - self.overlap) // step
        self.places = numpy.arange(self.count)[:, None] * step + numpy.arange(self.size)


def spectrum(rows: Array, cut: Segments, weights: Array, trend: Any, onesided: bool) -> Array:
    """The spectra of the segments: (…, n)  →  (…, segments, frequencies)."""
    z: Any = rows[..., cut.places]
    if callable(trend):
        z = trend(z)
    elif trend:
        z = detrend(z, type=trend)
    z = z * weights
    return np.fft.rfft(z, cut.nfft) if onesided else np.fft.fft(z, cut.nfft)


def _median_bias(n: int) -> float:
    places = 2 * numpy.arange(1.0, (n - 1) // 2 + 1)
    return 1 + float(numpy.sum(1.0 / (places + 1) - 1.0 / places))


def _cross(x: Any, y: Any, fs: Any, window: Any, nperseg: Any, noverlap: Any, nfft: Any,
           trend: Any, onesided: bool, scaling: str, axis: int) -> tuple[Any, Array]:  # fmt: skip
    """The frequencies, and conj(X) Y of the segments: (…, frequencies, segments)."""
    same = y is None or y is x
    (x,) = floats_or_complex(x)
    other = x if same else floats_or_complex(y)[0]
    rows, others = (np.moveaxis(z, ops.axis(axis, z.ndim), -1) for z in (x, other))
    n = max(rows.shape[-1], others.shape[-1])
    rows, others = (
        np.pad(z, [(0, 0)] * (z.ndim - 1) + [(0, n - z.shape[-1])]) for z in (rows, others)
    )
    cut = Segments(n, window, nperseg, noverlap, nfft)
    real = rows.dtype.kind != "c" and others.dtype.kind != "c"
    if scaling not in ("density", "spectrum"):
        raise located(ValueError, f"Unknown scaling: {scaling!r}")
    weights = lift(cut.window, ops.part_of(rows.dtype) if rows.dtype.kind == "c" else rows.dtype)
    power = np.sum(np.square(weights)) * fs if scaling == "density" else np.sum(weights) ** 2
    onesided = onesided and real

    first = spectrum(rows, cut, weights, trend, onesided)
    if same:
        product = np.square(np.real(first)) + np.square(np.imag(first))
    else:
        product = np.conj(first) * spectrum(others, cut, weights, trend, onesided)
    product = product / power
    if onesided:
        twice = numpy.full(cut.nfft // 2 + 1, 2.0)
        twice[0] = 1
        if cut.nfft % 2 == 0:
            twice[-1] = 1
        product = product * twice.astype(weights.dtype)
    frequencies = numpy.fft.rfftfreq if onesided else numpy.fft.fftfreq
    return frequencies(cut.nfft, 1 / fs), np.moveaxis(product, -2, -1)


@implements("signal.csd")
def csd(x, y, fs=1.0, window="hann_periodic", nperseg=None, noverlap=None, nfft=None,
        detrend="constant", return_onesided=True, scaling="density", axis=-1,
        average="mean"):  # fmt: skip
    """Frequencies, and the cross spectral density: the mean over segments of the samples"""
    if isinstance(window, str) and window == "hann_periodic":
        window = "hann"
    frequencies, product = _cross(
        x, y, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis
    )
    count = product.shape[-1]
    match average:
        case "mean":
            value = np.mean(product, axis=-1)
        case "median":
            if product.dtype.kind == "c":
                value = np.median(np.real(product), axis=-1) + 1j * np.median(
                    np.imag(product), axis=-1
                )
            else:
                value = np.median(product, axis=-1)
            value = value / _median_bias(count)
        case _:
            raise located(ValueError, f"average must be 'median' or 'mean', got {average}")
    return frequencies, np.moveaxis(value, -1, axis)


@implements("signal.welch")
def welch(x, fs=1.0, window="hann_periodic", nperseg=None, noverlap=None, nfft=None,
          detrend="constant", return_onesided=True, scaling="density", axis=-1,
          average="mean"):  # fmt: skip
    """Frequencies, and the spectral density: the mean over segments of the samples"""
    return csd(
        x, None, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis,
        average,
    )  # fmt: skip


@implements("signal.periodogram")
def periodogram(x, fs=1.0, window="boxcar", nfft=None, detrend="constant", return_onesided=True,
                scaling="density", axis=-1):  # fmt: skip
    """Frequencies, and the spectral density of all samples at once"""
    (x,) = floats_or_complex(x)
    n = x.shape[ops.axis(axis, x.ndim)]
    window = "boxcar" if window is None else window
    if nfft is not None and nfft < n:
        x = ops.part(x, ops.axis(axis, x.ndim), 0, int(nfft))
        n, nfft = int(nfft), None
    values = window_of(window, n)
    return welch(x, fs, values, None, 0, nfft, detrend, return_onesided, scaling, axis, "mean")


@implements("signal.coherence")
def coherence(x, y, fs=1.0, window="hann_periodic", nperseg=None, noverlap=None, nfft=None,
              detrend="constant", axis=-1):  # fmt: skip
    """Frequencies, and |Pxy|² / (Pxx Pyy)"""
    how = (fs, window, nperseg, noverlap, nfft, detrend)
    frequencies, xx = welch(x, *how, axis=axis)
    _, yy = welch(y, *how, axis=axis)
    _, xy = csd(x, y, *how, axis=axis)
    return frequencies, (np.square(np.real(xy)) + np.square(np.imag(xy))) / (xx * yy)


@implements("signal.spectrogram")
def spectrogram(x, fs=1.0, window=("tukey_periodic", 0.25), nperseg=None, noverlap=None, nfft=None,
                detrend="constant", return_onesided=True, scaling="density", axis=-1,
                mode="psd"):  # fmt: skip
    """Frequencies, times, and the spectral density of each segment. The mode 'psd' alone"""
    if mode != "psd":
        raise located(TypeError, f"scipy.signal.spectrogram on traced arrays has no mode {mode!r}")
    if isinstance(window, tuple) and window[0] == "tukey_periodic":
        window = ("tukey", *window[1:])
    (x,) = floats_or_complex(x)
    d = ops.axis(axis, x.ndim)
    n = x.shape[d]
    if noverlap is None:
        size = Segments(n, window, nperseg, 0, nfft).size
        noverlap = size // 8
    cut = Segments(n, window, nperseg, noverlap, nfft)
    frequencies, product = _cross(
        x, None, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis
    )
    times = (cut.places[:, 0] + cut.size / 2) / fs
    return frequencies, times, np.moveaxis(product, -2, d)


@implements("signal.resample")
def resample(x, num, t=None, axis=0, window=None, domain="time"):
    """`num` samples of the same frequencies; with the times `t`, also the new times"""
    if domain not in ("time", "freq"):
        raise located(ValueError, f"Parameter domain={domain!r} not in ('time', 'freq')!")
    (x,) = floats_or_complex(x)
    d, num = ops.axis(axis, x.ndim), int(num)
    rows = np.moveaxis(x, d, -1)
    n = rows.shape[-1]
    one_sided = domain == "time" and x.dtype.kind != "c"
    factors = None
    if window is not None:
        factors = _of_frequencies(window, n, x.dtype if one_sided else None)
    if one_sided:
        spectrum = np.fft.rfft(rows)
        if factors is not None:
            # Real samples have the mean factor of a frequency and of its opposite.
            mean = (factors + np.roll(np.flip(factors), 1)) / 2
            spectrum = spectrum * mean[: n // 2 + 1]
        few = min(n, num)
        spectrum = spectrum[..., : few // 2 + 1]
        if few % 2 == 0 and n != num:
            # The frequency at the end of the band stands for two of the longer signal, or is two.
            ends = numpy.ones(few // 2 + 1)
            ends[-1] = 2.0 if num < n else 0.5
            spectrum = spectrum * ends.astype(x.dtype)
        y = np.fft.irfft(spectrum, num) * (num / n)
    else:
        spectrum = np.fft.fft(rows) if domain == "time" else rows
        if factors is not None:
            spectrum = spectrum * factors
        y = np.fft.ifft(_of_length(spectrum, num) * (num / n), num)
    y = np.moveaxis(y, -1, d)
    if t is None:
        return y
    t = t if isinstance(t, Array) else numpy.asarray(t)
    return y, t[0] + (t[1] - t[0]) * (n / num) * numpy.arange(num)


def _of_frequencies(window: Any, n: int, kind: numpy.dtype | None) -> Any:
    """The factors of n frequencies, in the order of `fft`."""
    if callable(window):
        return window(numpy.fft.fftfreq(n))
    if isinstance(window, str | tuple | float):
        get_window = importlib.import_module("scipy.signal").get_window
        known = numpy.fft.fftshift(get_window(window, n))
        return known if kind is None else known.astype(kind)
    if np.shape(window) != (n,):
        raise located(
            ValueError, f"window.shape={np.shape(window)} != ({n},), i.e., window length is not "
            "equal to number of frequency bins!"
        )  # fmt: skip
    return window


def _of_length(spectrum: Array, num: int) -> Array:
    """A two-sided spectrum of `num` frequencies, with zeros for those that are not there."""
    n = spectrum.shape[-1]
    few = min(n, num)
    half = few // 2
    low = spectrum[..., : few - half]
    high = spectrum[..., n - half + (few % 2 == 0) :] if half else spectrum[..., :0]
    zeros = np.zeros((*spectrum.shape[:-1], num - few), spectrum.dtype)
    if few % 2 or n == num:
        parts = [low, zeros, spectrum[..., n - half :]] if half else [low, zeros]
    elif num < n:  # both ends of the band are one frequency
        parts = [low, spectrum[..., half : half + 1] + spectrum[..., n - half : n - half + 1], high]
    else:  # the end of the band becomes two
        end = spectrum[..., half : half + 1] / 2
        parts = [low, end, zeros[..., 1:], end, high]
    return np.concatenate(parts, axis=-1)


@implements("signal.medfilt")
def medfilt(volume, kernel_size=None):
    """The median of the window around each element, with zeros around the array"""
    x = lift(volume)
    if x.dtype == np.bool_:
        raise located(ValueError, "dtype=bool is not supported by medfilt")
    if x.dtype.kind not in "iu":
        (x,) = floats(x)
    sizes = [3] * x.ndim if kernel_size is None else numpy.atleast_1d(kernel_size).tolist()
    sizes = sizes * x.ndim if len(sizes) == 1 else sizes
    if any(n % 2 == 0 for n in sizes):
        raise located(ValueError, "Each element of kernel_size should be odd.")
    y = np.pad(x, [(n // 2, n // 2) for n in sizes])
    for d, n in enumerate(sizes):
        y = np.take(y, numpy.arange(x.shape[d])[:, None] + numpy.arange(n), axis=2 * d)
    y = np.transpose(y, (*range(0, 2 * x.ndim, 2), *range(1, 2 * x.ndim, 2)))
    y = np.reshape(y, (*x.shape, -1))
    if x.dtype.kind != "f":
        return np.sort(y, axis=-1)[..., y.shape[-1] // 2]
    return np.median(y, axis=-1)
