"""
The functions of `bisect` on sorted lists and arrays of traced numbers.

    place = bisect.bisect_left(tails, v)

Where a list is sorted, the place is the number of its items that are less than v.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..masked import Masked
from ..tracing import Array, Number
from ..user_code import located
from . import chosen_items, joined_containers, list_sites
from .chosen_items import Chosen
from .growing_lists import Growing
from .python_functions import replaces
from .weak_numbers import number


def _place(search: Callable[..., Any], is_before: Callable[..., Any]) -> Callable[..., Any]:
    def place(a: Any, x: Any, lo: Any = 0, hi: Any = None, *, key: Any = None) -> Any:
        """
        The place in a sorted list of numbers.

        Errors: `TypeError` for items that are no numbers, and for a key.
        """
        items: Any = chosen_items.settled(a)
        if isinstance(items, Growing):
            items.refuse()
        if not any(isinstance(v, Array | Chosen | Masked) for v in (items, x, lo, hi)):
            if not isinstance(items, list | tuple) or not any(map(_is_traced, items)):
                return search(items, x, lo, hi, key=key)
        if key is not None or _is_traced_tuple(x):
            raise located(
                TypeError, "bisect on traced values takes sorted numbers, and no key and no tuples"
            )
        values, mask = _values(items, x)
        size = values.shape[0]
        before = np.logical_and(is_before(values, x), mask)
        which = np.arange(size)
        if not (type(lo) is int and lo == 0):
            before = np.logical_and(before, which >= lo)
        if hi is not None:
            before = np.logical_and(before, which < hi)
        found = number(lo + np.sum(before, dtype=np.int64), int)
        if type(lo) is int and lo >= 0:
            found.limits = lo, max(size, lo)
        return found

    return place


def _is_traced(x: Any) -> bool:
    return isinstance(x, Array) or _is_traced_tuple(x)


def _is_traced_tuple(x: Any) -> bool:
    return isinstance(x, tuple | list) and any(map(_is_traced, x))


def _values(items: Any, x: Any) -> tuple[Any, Any]:
    """The items as a vector, and a mask that says which of them there are."""
    if isinstance(items, Chosen):
        if items.some() is None and len(items) == 0:
            return np.zeros(0, ops.lift(x).dtype), True
        items = items.now().masked()
    if isinstance(items, Masked):
        if items.ndim != 1:
            raise located(TypeError, "bisect on traced values takes sorted numbers")
        return items.front(), np.arange(items.mask.size) < items.count()
    if not len(items):
        return np.zeros(0, ops.lift(x).dtype), True
    if any(map(_is_traced_tuple, items)):
        raise located(TypeError, "bisect on traced values takes sorted numbers, and no tuples")
    rows = items if isinstance(items, Array | np.ndarray) else ops.join(items)
    return ops.lift(rows), True


bisect_left = _place(bisect.bisect_left, np.less)
# Not `less_equal`: NaN stands behind all numbers.
bisect_right = _place(bisect.bisect_right, lambda values, x: np.logical_not(np.less(x, values)))
replaces(bisect.bisect_left)(bisect_left)
replaces(bisect.bisect_right)(bisect_right)


def _insert(search: Callable[..., Any], place: Callable[..., Any]) -> Callable[..., Any]:
    def insort(a: Any, x: Any, lo: Any = 0, hi: Any = None, *, key: Any = None) -> None:
        at = place(a, x if key is None else key(x), lo, hi, key=key)
        if isinstance(at, Number) and not isinstance(a, Chosen):
            error = chosen_items.no("insert an item at a place that values decide")
            raise list_sites.because_of(error, a)
        joined_containers.check(a)
        a.insert(at, x)

    return insort


replaces(bisect.insort_left)(_insert(bisect.insort_left, bisect_left))
replaces(bisect.insort_right)(_insert(bisect.insort_right, bisect_right))
