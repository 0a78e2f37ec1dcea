"""`scipy.signal`: linear filters along an axis, as loops over the samples."""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops
from ..control_flow.loops import scan
from ..ops import lift
from ..tracing import Array
from ..user_code import located
from .offers import floats_or_complex, implements

np: Any = numpy  # its type stubs know no traced arrays


def _coefficients(name: str, b: Any, a: Any) -> tuple[Array, Array]:
    """Both vectors divided by a[0], and of the same length."""
    b, a = np.atleast_1d(b), np.atleast_1d(a)
    if b.ndim != 1 or a.ndim != 1:
        raise located(ValueError, f"scipy.signal.{name} takes vectors of coefficients")
    n = max(b.shape[0], a.shape[0])
    first = a[0]
    return np.pad(b / first, (0, n - b.shape[0])), np.pad(a / first, (0, n - a.shape[0]))


@implements("signal.lfilter")
def lfilter(b, a, x, axis=-1, zi=None):
    """Σ a[k] y[n - k] = Σ b[k] x[n - k], as a loop; with zi, also the state at the end"""
    b, a, x, *state = floats_or_complex(b, a, x, *(() if zi is None else (zi,)))
    d = ops.axis(axis, x.ndim)
    b, a = _coefficients("lfilter", b, a)
    order = b.shape[0] - 1
    rows = np.moveaxis(x, d, 0)
    shape = (*rows.shape[1:], order)
    if state:
        given = state[0]
        if given.ndim != x.ndim or given.shape[d] != order:
            raise located(
                ValueError, f"Unexpected shape for zi: expected {order} elements along the axis, "
                f"found {given.shape}"
            )  # fmt: skip
        z = ops.broadcast_to(np.moveaxis(given, d, -1), shape)
    else:
        z = ops.broadcast_to(lift(0, x.dtype), shape)
    y, z = _run(b, a, rows, z)
    y = np.moveaxis(y, 0, d)
    return y if zi is None else (y, np.moveaxis(z, -1, d))


def _run(b: Array, a: Array, rows: Array, z: Array) -> tuple[Array, Array]:
    """The outputs of a filter whose first a is 1, and its state at the end: direct form II."""
    if b.shape[0] == 1 or not rows.shape[0]:
        return b[0] * rows, z

    def step(z: Array, x: Array) -> tuple[Array, Array]:
        y = b[0] * x + z[..., 0]
        later = np.concatenate([z[..., 1:], np.zeros_like(z[..., :1])], axis=-1)
        return later + b[1:] * x[..., None] - a[1:] * y[..., None], y

    z, y = scan(step, z, rows)
    return y, z


@implements("signal.lfilter_zi")
def lfilter_zi(b, a):
    """The state of lfilter in which a constant 1 stays"""
    b, a = _coefficients("lfilter_zi", *floats_or_complex(b, a))
    n = b.shape[0] - 1
    companion = np.concatenate([a[1:, None], -np.eye(n, n - 1, dtype=a.dtype)], axis=1)
    return np.linalg.solve(np.eye(n, dtype=a.dtype) + companion, b[1:] - a[1:] * b[0])


def _sections(sos: Array) -> int:
    if sos.ndim != 2 or sos.shape[1] != 6:
        raise located(ValueError, f"sos array must be shape (n_sections, 6), not {sos.shape}")
    return sos.shape[0]


@implements("signal.sosfilt")
def sosfilt(sos, x, axis=-1, zi=None):
    """lfilter by each section of second order in turn"""
    sos, x, *state = floats_or_complex(sos, x, *(() if zi is None else (zi,)))
    n, d = _sections(sos), ops.axis(axis, x.ndim)
    rows = np.moveaxis(x, d, 0)
    shape = (n, *rows.shape[1:], 2)
    if state:
        wanted = (n, *(2 if e == d else m for e, m in enumerate(x.shape)))
        if state[0].shape != wanted:
            raise located(
                ValueError, f"Invalid zi shape. With axis={axis!r}, an input with shape {x.shape}, "
                f"zi must have shape {wanted}, got {state[0].shape}."
            )  # fmt: skip
        z = np.moveaxis(state[0], d + 1, -1)
    else:
        z = ops.broadcast_to(lift(0, x.dtype), shape)
    ends = []
    for k in range(n):
        scaled = sos[k] / sos[k, 3]
        rows, end = _run(scaled[:3], scaled[3:], rows, z[k])
        ends.append(end)
    y = np.moveaxis(rows, 0, d)
    return y if zi is None else (y, np.moveaxis(np.stack(ends), -1, d + 1))


@implements("signal.sosfilt_zi")
def sosfilt_zi(sos):
    """The state of sosfilt in which a constant 1 stays"""
    (sos,) = floats_or_complex(sos)
    scale, found = lift(1.0, sos.dtype), []
    for k in range(_sections(sos)):
        b, a = sos[k, :3], sos[k, 3:]
        found.append(scale * lfilter_zi(b, a))
        scale = scale * np.sum(b) / np.sum(a)
    return np.stack(found)


def _longer(x: Array, padtype: Any, width: int, name: str) -> Array:
    """The samples along the last axis with `width` more at each end."""
    if padtype is None or not width:
        return x
    n = x.shape[-1]
    if width > n - 1:
        raise located(
            ValueError, f"The length of the input vector x must be greater than padlen, which is "
            f"{width}."
        )  # fmt: skip
    left, right = x[..., :1], x[..., n - 1 :]
    before, after = x[..., width:0:-1], x[..., n - 2 : n - 2 - width : -1]
    if n - 2 - width < 0:
        after = x[..., n - 2 :: -1]
    match padtype:
        case "odd":
            before, after = 2 * left - before, 2 * right - after
        case "even":
            pass
        case "constant":
            before, after = (ops.broadcast_to(e, before.shape) for e in (left, right))
        case _:
            raise located(
                ValueError, f"Unknown value '{padtype}' given to padtype.  padtype must be 'even', "
                "'odd', 'constant', or None."
            )  # fmt: skip
    return np.concatenate([before, x, after], axis=-1)


@implements("signal.filtfilt")
def filtfilt(b, a, x, axis=-1, padtype="odd", padlen=None, method="pad", irlen=None):
    """lfilter forward and then backward. The method 'pad' alone"""
    if method != "pad":
        raise located(TypeError, f"scipy.signal.filtfilt on traced arrays has no method {method!r}")
    b, a, x = floats_or_complex(b, a, x)
    b, a = np.atleast_1d(b), np.atleast_1d(a)
    width = 3 * max(b.shape[0], a.shape[0]) if padlen is None else int(padlen)
    d = ops.axis(axis, x.ndim)
    wide = _longer(np.moveaxis(x, d, -1), padtype, width, "filtfilt")
    if max(b.shape[0], a.shape[0]) == 1:
        once = again = lfilter(b, a, wide)
        again = lfilter(b, a, once)
    else:
        zi = ops.broadcast_to(lfilter_zi(b, a), (*wide.shape[:-1], max(b.shape[0], a.shape[0]) - 1))
        once, _ = lfilter(b, a, wide, zi=zi * wide[..., :1])
        once = once[..., ::-1]
        again, _ = lfilter(b, a, once, zi=zi * once[..., :1])
        again = again[..., ::-1]
    if padtype is not None and width:
        again = again[..., width : again.shape[-1] - width]
    return np.moveaxis(again, -1, d)


@implements("signal.sosfiltfilt")
def sosfiltfilt(sos, x, axis=-1, padtype="odd", padlen=None):
    """sosfilt forward and then backward. Traced sections need `padlen`"""
    if isinstance(sos, Array) and padlen is None:
        raise located(
            TypeError, "the usual padlen of scipy.signal.sosfiltfilt depends on the values of sos; "
            "give padlen"
        )  # fmt: skip
    if padlen is None:
        known = numpy.asarray(sos)
        taps = 2 * len(known) + 1
        padlen = 3 * (taps - min((known[:, 2] == 0).sum(), (known[:, 5] == 0).sum()))
    sos, x = floats_or_complex(sos, x)
    d, width = ops.axis(axis, x.ndim), int(padlen)
    wide = _longer(np.moveaxis(x, d, -1), padtype, width, "sosfiltfilt")
    zi = sosfilt_zi(sos)
    zi = np.reshape(zi, (zi.shape[0], *[1] * (wide.ndim - 1), 2))
    y = wide
    for _ in range(2):
        start = ops.broadcast_to(zi * y[..., :1], (zi.shape[0], *y.shape[:-1], 2))
        y, _ = sosfilt(sos, y, zi=start)
        y = y[..., ::-1]
    if padtype is not None and width:
        y = y[..., width : y.shape[-1] - width]
    return np.moveaxis(y, -1, d)


@implements("signal.deconvolve")
def deconvolve(signal, divisor):
    """Quotient and remainder of polynomials"""
    signal, divisor = floats_or_complex(signal, divisor)
    n, m = signal.shape[0], divisor.shape[0]
    if m > n:
        return np.zeros(0), signal
    start = ops.broadcast_to(lift(0, signal.dtype), (n - m + 1,))
    impulse = np.concatenate([lift(numpy.ones(1), signal.dtype), start[1:]])
    quotient = lfilter(signal, divisor, impulse)
    return quotient, signal - np.convolve(divisor, quotient)


@implements("signal.freqz")
def freqz(b, a=1, worN=512, whole=False, plot=None, fs=2 * numpy.pi, include_nyquist=False):
    """Frequencies, and the response of the filter at each"""
    b, a = (np.atleast_1d(x) for x in floats_or_complex(b, a))
    if isinstance(worN, int | numpy.integer) or worN is None:
        count = 512 if worN is None else int(worN)
        last = 2 * numpy.pi if whole else numpy.pi
        with_end = include_nyquist and not whole
        w: Any = numpy.linspace(0, last, count, endpoint=with_end)
    else:
        w = lift(worN) * (2 * numpy.pi / fs)
    z = np.exp(-1j * lift(w))

    def at(p: Array) -> Array:
        powers = np.power(z[..., None], numpy.arange(p.shape[0], dtype=float))
        return powers @ p.astype(z.dtype)

    return w * (fs / (2 * numpy.pi)), at(b) / at(a)
