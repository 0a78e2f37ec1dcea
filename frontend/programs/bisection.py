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
from ..user_code import as_python, located
from . import chosen_items, failures, joined_containers, list_sites
from .chosen_items import Chosen
from .growing_lists import Growing
from .python_functions import replaces
from .weak_numbers import limits, number


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
        _check_low(lo)
        size = values.shape[0]
        before = np.logical_and(is_before(values, x), mask)
        which = np.arange(size)
        if not (type(lo) is int and lo == 0):
            before = np.logical_and(before, which >= lo)
        length = size if mask is True else np.sum(mask, dtype=np.int64)
        hi = _end(hi, length)
        if hi is not None:
            before = np.logical_and(before, which < hi)
        found = number(lo + np.sum(before, dtype=np.int64), int)
        if type(lo) is int and lo >= 0:
            found.limits = lo, max(size, lo)
        if hi is not None:
            _check_high(lo, hi, length, found)
        return found

    return place


INSTEAD = "compare the bounds before"


def _check_low(lo: Any) -> None:
    """Python raises `ValueError` for a negative place to begin with."""
    text = "lo must be non-negative"
    if limits(lo)[1] < 0:
        raise as_python(ValueError, text)
    if limits(lo)[0] < 0:
        failures.check_raises(ValueError, "bisect", INSTEAD, lambda: np.less(lo, 0), text)
        failures.left_out(
            "the place where bisect begins is traced and may be negative, and a compiled program "
            "cannot raise: letgrad leaves the check out"
        )


def _end(hi: Any, length: Any) -> Any:
    """The place where the search ends; None for the end of the list, for which -1 stands, too."""
    if hi is None or (not isinstance(hi, Array) and hi == -1):
        return None
    return np.where(np.equal(hi, -1), length, hi) if limits(hi)[0] < 0 else hi


def _check_high(lo: Any, hi: Any, length: Any, found: Number) -> None:
    """
    Python raises `IndexError` if its search looks at a place behind the list. It halves the places
    between `lo` and `hi`, and looks there if all places in front hold less than the number.
    """
    if limits(hi)[1] <= limits(length)[0]:
        return
    text, condition = "list index out of range", None
    if not any(isinstance(n, Array) for n in (lo, hi, length)):
        asked, place = [], lo
        while place < hi and (middle := (place + hi) // 2) < length:
            asked.append(middle)
            place = middle + 1
        if place >= hi:
            return
        if not asked:
            raise as_python(IndexError, text)
        condition = lambda: np.greater(found, asked[-1])  # noqa: E731
    failures.check_raises(IndexError, "bisect", INSTEAD, condition, text)
    failures.left_out(
        "bisect may look behind the end of the list, and a compiled program cannot raise: letgrad "
        "leaves the check out"
    )


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
