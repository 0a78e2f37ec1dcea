"""The samples beyond the ends of an array, by SciPy's names of the modes."""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops
from ..tracing import Array
from ..user_code import located

np: Any = numpy  # its type stubs know no traced arrays

BEYOND = (
    "reflect", "grid-mirror", "constant", "grid-constant", "nearest", "mirror", "wrap", "grid-wrap",
)  # fmt: skip


def source(places: Any, n: int, mode: str) -> Any:
    """The index inside of n samples from which each place takes its value; NumPy arrays."""
    match mode:
        case "reflect" | "grid-mirror":  # d c b a | a b c d | d c b a
            k = places % (2 * n)
            return numpy.where(k < n, k, 2 * n - 1 - k)
        case "mirror":  # d c b | a b c d | c b a
            k = places % max(2 * n - 2, 1)
            return numpy.where(k < n, k, 2 * n - 2 - k)
        case "nearest":
            return numpy.clip(places, 0, n - 1)
        case "wrap" | "grid-wrap":
            return places % n
    raise located(ValueError, f"there is no mode {mode!r}; the modes are {', '.join(BEYOND)}")


def beyond(x: Array, axis: int, low: int, high: int, mode: str, cval: Any = 0.0) -> Array:
    """The array with more samples in front of it and behind it, along an axis."""
    d = ops.axis(axis, x.ndim)
    if not low and not high:
        return x
    if mode in ("constant", "grid-constant"):
        widths = [(0, 0)] * x.ndim
        widths[d] = (low, high)
        return np.pad(x, widths, constant_values=cval)
    n = x.shape[d]
    return np.take(x, source(numpy.arange(-low, n + high), n, mode), axis=d)
