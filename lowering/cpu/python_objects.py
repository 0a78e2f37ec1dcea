"""
Where lists of CPython and arrays of NumPy have their pointers in memory. `machine` checks both
places before it makes code that reads them.
"""

from __future__ import annotations

import ctypes

import numpy as np

ITEMS = object.__basicsize__ + ctypes.sizeof(ctypes.c_ssize_t)
"""The place of the pointer to the items in a list."""

DATA = object.__basicsize__
"""The place of the pointer to the elements in an array."""

_word_at = ctypes.c_ssize_t.from_address


def address(x: np.ndarray) -> int:
    """
    The address of the elements of an array. `x.ctypes.data` and `x.__array_interface__` give it,
    too, and take ten times as long.
    """
    return _word_at(id(x) + DATA).value
