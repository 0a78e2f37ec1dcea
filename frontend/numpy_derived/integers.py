"""Common divisors and multiples: loops."""

from __future__ import annotations

from typing import Any

import numpy

from ..control_flow.loops import while_loop
from ..numpy_functions.registration import ufunc
from ..tracing import Array

np: Any = numpy  # its type stubs know no traced arrays


@ufunc("gcd")
def gcd(a: Array, b: Array) -> Array:
    """Euclid's algorithm, on all elements until the last one is done."""
    found = while_loop(
        lambda pair: np.any(pair[1] != 0),
        lambda pair: (
            np.where(pair[1] != 0, pair[1], pair[0]),
            np.where(pair[1] != 0, np.fmod(pair[0], pair[1]), pair[1]),
        ),
        (abs(a), abs(b)),
    )
    return abs(found[0])


@ufunc("lcm")
def lcm(a: Array, b: Array) -> Array:
    # As in NumPy, a product that is too large wraps, and may be negative.
    return abs(a) // gcd(a, b) * abs(b)
