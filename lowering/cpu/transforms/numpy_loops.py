"""
NumPy's loops of Fourier transforms, called without NumPy: its functions check their arguments in
Python, which takes longer than a short transform. The numbers are those of NumPy's functions, bit
for bit.
"""

from __future__ import annotations

import ctypes
from math import prod

import numpy as np

from .. import library_calls
from ..python_objects import address

Loop = ctypes.PYFUNCTYPE(None, *[ctypes.c_void_p] * 4)
"""
Takes the places of the operand, the factor and the result; how often it runs, and the sizes; the
bytes from one run to the next and between the elements; and the data of the ufunc. It keeps the
interpreter's lock.
"""


def name_of(kind: str, n: int, real: str, pair: str) -> tuple[str, str]:
    """
    The ufunc of a kind of transforms of n numbers, and the types of its loop. `real` and `pair` are
    NumPy's characters for the real and the complex type.
    """
    match kind:
        case "real":
            return f"rfft_n_{'odd' if n % 2 else 'even'}", f"{real}{real}->{pair}"
        case "hermitian":
            return "irfft", f"{pair}{real}->{real}"
        case _:
            return "fft" if kind == "forward" else "ifft", f"{pair}{real}->{pair}"


class NumpyTransform:
    """
    The transforms of an array along dimension d, times a factor; for `sizes`, `kind` and `type` see
    `Transform`. A call takes the places of x and y, which are in row-major order; of complex
    numbers, y may be x. Several threads may call at once.
    """

    def __init__(self, sizes: tuple[int, ...], d: int, kind: str, factor: float, type: str) -> None:
        n, self.outer, inner = sizes[d], prod(sizes[:d]), prod(sizes[d + 1 :])
        half = n // 2 + 1
        given = half if kind == "hermitian" else n
        made = half if kind == "real" else n
        name, types = name_of(kind, n, type.lower(), type)
        self.is_there = library_calls.has_loop("fft", name, types)
        if not self.is_there:
            return
        place, data = library_calls.loop_of("fft", name, types)
        self.loop, self.data = Loop(place), data
        self.factor = np.array(factor, type.lower())
        widths = np.dtype(types[0]).itemsize, np.dtype(types[-1]).itemsize
        steps = [inner * w for w in widths]
        whole = given * steps[0], made * steps[1]
        trips = inner
        apart = widths
        if inner == 1:  # all rows are one call
            trips, apart, self.outer = self.outer, whole, min(self.outer, 1)
        self.moves = whole
        self.sizes = (ctypes.c_ssize_t * 3)(trips, given, made)
        self.steps = (ctypes.c_ssize_t * 5)(apart[0], 0, apart[1], *steps)
        self.idle: list[ctypes.Array[ctypes.c_ssize_t]] = []

    def __call__(self, x: int, y: int) -> None:
        try:
            places = self.idle.pop()
        except IndexError:
            places = (ctypes.c_ssize_t * 3)(0, address(self.factor), 0)
        for k in range(self.outer):
            places[0], places[2] = x + k * self.moves[0], y + k * self.moves[1]
            self.loop(places, self.sizes, self.steps, self.data)
        self.idle.append(places)
