"""Distances between numbers that are next to each other: their bits."""

from __future__ import annotations

from typing import Any

import numpy

from ..array_views.bits import bits_of
from ..numpy_functions.elementwise import filled
from ..numpy_functions.registration import ufunc
from ..tracing import Array
from ..transforms.derivatives import stop_gradient

np: Any = numpy  # its type stubs know no traced arrays

NUMPY_FLOATS = (numpy.float32, numpy.float64)


@ufunc("spacing")
def spacing(x: Array) -> Array:
    """
    The distance to the next number away from 0, with the sign of x; for float16 the distance to the
    next larger number, as in NumPy. At -0.0 it is positive, and for bfloat16 negative, as in
    ml_dtypes. It has no derivative but 0.
    """
    x = stop_gradient(x)
    size = abs(x)
    bits = bits_of(size, np.dtype(f"i{x.itemsize}"))
    step = bits_of(bits + 1, x.dtype) - size
    if x.dtype == np.float16:
        step = np.where(x < 0, size - bits_of(bits - 1, x.dtype), step)
    elif x.dtype in NUMPY_FLOATS:
        step = np.where(x == 0, step, np.copysign(step, x))
    else:
        step = np.copysign(step, x)
    # The bits behind those of ∞ are a NaN, and those behind a NaN may be 0.
    return np.where(size < np.inf, step, filled(step, np.nan))
