"""`scipy.signal`: convolutions and correlations, with zeros around the arrays."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy

from .. import ops
from ..tracing import Array
from ..transforms.batching import vmap
from ..user_code import located
from .offers import floats, implements
from .samples_beyond import beyond

np: Any = numpy  # its type stubs know no traced arrays

MODES = ("full", "valid", "same")


def _check_mode(mode: Any) -> None:
    if mode not in MODES:
        raise located(ValueError, f"the mode is {mode!r}, and must be 'full', 'valid' or 'same'")


def _pair(name: str, a: Any, b: Any) -> tuple[Array, Array]:
    a, b = ops.lift(a), ops.lift(b)
    kind = ops.promote(a, b)
    if kind == np.bool_:
        kind = np.dtype(np.int64)
    return ops.cast(a, kind), ops.cast(b, kind)


def _convolved(
    a: Array, b: Array, axes: tuple[Sequence[int], Sequence[int]], dots: tuple[Any, Any], mode: str
) -> Array:
    """
    The convolution of a and b along pairs of axes, and their product summed along the pairs `dots`.

    The result has the other axes of a, the other axes of b, and then the convolved axes.
    """
    axes_a, axes_b = ([ops.axis(d, x.ndim) for d in ds] for ds, x in zip(axes, (a, b)))
    dots_a, dots_b = ([ops.axis(d, x.ndim) for d in ds] for ds, x in zip(dots, (a, b)))
    if len(axes_a) != len(axes_b) or len(dots_a) != len(dots_b):
        raise located(ValueError, "convolve takes as many axes of one array as of the other")
    for ds, x in ((axes_a + dots_a, "first"), (axes_b + dots_b, "second")):
        if len(set(ds)) != len(ds):
            raise located(ValueError, f"convolve uses an axis of the {x} array twice: {ds}")
    sizes = [(a.shape[p], b.shape[q]) for p, q in zip(axes_a, axes_b)]
    if mode == "valid" and any(m < n for m, n in sizes) and any(m > n for m, n in sizes):
        raise located(
            ValueError,
            "For 'valid' mode, one must be at least as large as the other in every dimension",
        )
    if any(0 in pair for pair in sizes):
        shape = [n for d, n in enumerate(a.shape) if d not in axes_a + dots_a]
        shape += [n for d, n in enumerate(b.shape) if d not in axes_b + dots_b]
        return ops.constant(0, a.dtype, (*shape, *[0] * len(sizes)))
    # The array with fewer elements along the axes slides over the other one.
    swapped = np.prod([m for m, _ in sizes]) < np.prod([n for _, n in sizes])
    if mode == "valid":
        swapped = any(m < n for m, n in sizes)
    (big, big_axes), (small, small_axes) = ((a, axes_a), (b, axes_b))
    if swapped:
        (big, big_axes), (small, small_axes) = (b, axes_b), (a, axes_a)
    small = np.flip(small, tuple(small_axes))
    letters = iter(string.ascii_letters)
    big_word: list[Any] = [[next(letters)] for _ in range(big.ndim)]
    small_word = [next(letters) for _ in range(small.ndim)]
    out: list[str] = []
    for p, q in zip(big_axes, small_axes):
        n, k = big.shape[p], small.shape[q]
        pad = k - 1 if mode != "valid" else 0
        count = n + 2 * pad - k + 1
        widths = [(0, 0)] * big.ndim
        widths[p] = (pad, pad)
        big = np.pad(big, widths)
        big_word[p] = [next(letters), small_word[q]]
        out.append(big_word[p][0])
    # Windows: one new dimension for each axis, behind the axis.
    for p in sorted(range(big.ndim), reverse=True):
        if p in big_axes:
            k = small.shape[small_axes[big_axes.index(p)]]
            count = big.shape[p] - k + 1
            places = np.arange(count)[:, None] + np.arange(k)
            big = np.take(big, places, axis=p)
    for d_a, d_b in zip(dots_a, dots_b):
        big_dot, small_dot = (d_b, d_a) if swapped else (d_a, d_b)
        small_word[small_dot] = big_word[big_dot][0]
    big_kept = [
        w[0] for d, w in enumerate(big_word) if d not in big_axes and w[0] not in small_word
    ]
    small_kept = [
        w
        for d, w in enumerate(small_word)
        if d not in small_axes and all(w not in part for part in big_word)
    ]
    first, second = (small_kept, big_kept) if swapped else (big_kept, small_kept)
    spec = f"{''.join(c for w in big_word for c in w)},{''.join(small_word)}->"
    return np.einsum(spec + "".join([*first, *second, *out]), big, small)


def _same(full: Array, axes: Sequence[int], sizes: Sequence[int]) -> Array:
    """The middle part of these sizes."""
    key: list[Any] = [slice(None)] * full.ndim
    for d, n in zip(axes, sizes):
        start = (full.shape[d] - n) // 2
        key[d] = slice(start, start + n)
    return full[tuple(key)]


@implements("signal.convolve")
def convolve(in1, in2, mode="full", method="auto", axes=None, dot_axes=((), ())):
    """
    Beside SciPy's parameters: `axes`, two lists of the axes to convolve, and `dot_axes`, two lists
    of the axes to sum products along. The result has the other axes first.
    """
    _check_mode(mode)
    if all(ops.dtype_of(x) == np.bool_ for x in (in1, in2)):
        counts = (ops.cast(ops.lift(x), np.dtype(np.int64)) for x in (in1, in2))
        return convolve(*counts, mode, method, axes, dot_axes) != 0
    a, b = _pair("convolve", in1, in2)
    if axes is None:
        if a.ndim != b.ndim:
            raise located(ValueError, "volume and kernel should have the same dimensionality")
        every = list(range(a.ndim))
        axes = (every, every)
    result = _convolved(a, b, axes, dot_axes, mode)
    if mode == "same":
        count = len(axes[0])
        sizes = [a.shape[d] for d in axes[0]]
        result = _same(result, range(result.ndim - count, result.ndim), sizes)
    return result


@implements("signal.fftconvolve")
def fftconvolve(in1, in2, mode="full", axes=None):
    """By sums of products. With `axes`, the others are a batch"""
    _check_mode(mode)
    a, b = _pair("fftconvolve", in1, in2)
    a, b = (x if x.dtype.kind in "fc" else ops.cast(x, np.dtype(np.float64)) for x in (a, b))
    if axes is None:
        return convolve(a, b, mode)
    if a.ndim != b.ndim:
        raise located(ValueError, "in1 and in2 should have the same dimensionality")
    dims = ops.axes(axes, a.ndim)
    others = [d for d in range(a.ndim) if d not in dims]
    shape = tuple(
        np.broadcast_shapes(tuple(a.shape[d] for d in others), tuple(b.shape[d] for d in others))
    )
    moved = []
    for x in (a, b):
        x = np.transpose(x, (*others, *dims))
        moved.append(ops.broadcast_to(x, (*shape, *x.shape[len(others) :])))

    def one(x: Any, y: Any) -> Any:
        return convolve(x, y, mode)

    for _ in others:
        one = vmap(one)
    result = one(*moved)
    return np.transpose(result, np.argsort([*others, *dims]).tolist())


@implements("signal.oaconvolve")
def oaconvolve(in1, in2, mode="full", axes=None):
    """As fftconvolve"""
    return fftconvolve(in1, in2, mode, axes)


@implements("signal.correlate")
def correlate(in1, in2, mode="full", method="auto"):
    """The convolution with the conjugate of the second array, reversed"""
    a, b = ops.lift(in1), ops.lift(in2)
    if b.dtype.kind == "c":
        b = np.conj(b)
    _check_mode(mode)
    if mode == "valid" and any(m < n for m, n in zip(a.shape, b.shape)):
        return np.flip(convolve(b, np.flip(a), mode))
    return convolve(a, np.flip(b), mode)


@implements("signal.convolve2d")
def convolve2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    """The boundaries fill, wrap and symm, around the first array"""
    return _in_plane(convolve, in1, in2, mode, boundary, fillvalue)


@implements("signal.correlate2d")
def correlate2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    """The boundaries fill, wrap and symm, around the first array"""
    return _in_plane(correlate, in1, in2, mode, boundary, fillvalue)


BOUNDARIES = {
    "fill": "constant", "pad": "constant", "wrap": "wrap", "circular": "wrap", "symm": "reflect",
    "symmetric": "reflect",
}  # fmt: skip


def _in_plane(function: Any, a: Any, b: Any, mode: str, boundary: str, fillvalue: Any) -> Array:
    if boundary not in BOUNDARIES:
        raise located(
            ValueError, "Acceptable boundary flags are 'fill', 'circular' (or 'wrap'), and "
            "'symmetric' (or 'symm')."
        )  # fmt: skip
    _check_mode(mode)
    a, b = ops.lift(a), ops.lift(b)
    if a.ndim != 2 or b.ndim != 2:
        raise located(ValueError, "in1 and in2 must both be 2-D arrays")
    zeros = boundary == "fill" and not isinstance(fillvalue, Array) and fillvalue == 0
    if mode == "valid":
        return function(a, b, mode)
    sizes = a.shape
    if zeros:
        full = function(a, b, "full")
    else:
        for d in (0, 1):
            more = b.shape[d] - 1
            a = beyond(a, d, more, more, BOUNDARIES[boundary], fillvalue)
        full = function(a, b, "valid")
    if mode == "full":
        return full
    if function is convolve:
        return _same(full, (0, 1), sizes)
    starts = [b.shape[d] // 2 for d in (0, 1)]
    return full[tuple(slice(s, s + n) for s, n in zip(starts, sizes))]


# Waves.


@implements("signal.chirp")
def chirp(t, f0, t1, f1, method="linear", phi=0, vertex_zero=True, *, complex=False):
    """A cosine whose frequency goes from f0 to f1 as `method` says; with `complex`, exp(i phase)"""
    t, f0, t1, f1, phi = floats(t, f0, t1, f1, phi)
    if method in ("linear", "lin", "li"):
        turns = f0 * t + 0.5 * (f1 - f0) / t1 * t * t
    elif method in ("quadratic", "quad", "q"):
        bend = (f1 - f0) / (t1 * t1)
        if vertex_zero:
            turns = f0 * t + bend * t * t * t / 3
        else:
            left = t1 - t
            turns = f1 * t + bend * (left * left * left - t1 * t1 * t1) / 3
    elif method in ("logarithmic", "log", "lo"):
        same = f0 == f1
        growth = np.log(np.where(same, np.e, f1 / f0)) / t1
        turns = np.where(same, f0 * t, f0 * np.expm1(growth * t) / growth)
    elif method in ("hyperbolic", "hyp"):
        same = f0 == f1
        pole = -f1 * t1 / np.where(same, 1.0, f0 - f1)
        turns = np.where(same, f0 * t, -pole * f0 * np.log(abs(1 - t / pole)))
    else:
        raise located(
            ValueError, "method must be 'linear', 'quadratic', 'logarithmic', or 'hyperbolic', but "
            f"a value of {method!r} was given."
        )  # fmt: skip
    phase = 2 * np.pi * turns + phi * (np.pi / 180)
    return np.exp(1j * phase) if complex else np.cos(phase)
