"""
Functions of Python's library on traced numbers: heaps, statistics, and lists of arrays.
"""

from __future__ import annotations

import collections
import heapq
import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..masked import DEPENDS, Masked
from ..tracing import Array, Number
from ..user_code import located
from . import chosen_items, joined_containers, list_sites, python_functions
from .chosen_items import Chosen
from .moving_lists import Moving
from .python_functions import replaces
from .weak_numbers import KINDS, number

MOST_ITEMS = 20_000
"""An array with more elements does not become a list."""


@replaces(Array.tolist)
def tolist(x: Array) -> Any:
    """
    `x.tolist()`: lists of Python's numbers.

    Errors: `TypeError` for an array with more than `MOST_ITEMS` elements.
    """
    if x.size > MOST_ITEMS:
        raise located(
            TypeError,
            f"a list of {x.size} traced numbers would be as many operations; use the array itself",
        )
    if x.shape:
        return [tolist(row) for row in x]
    return number(x) if x.dtype.kind in KINDS or x.dtype.kind == "u" else x


@replaces(Masked.tolist)
def tolist_of_part(x: Masked) -> Any:
    """
    The list of the elements of a part with one dimension.

    Errors: `TypeError` for rows: a list of lists would need known lengths.
    """
    if x.trail:
        raise located(TypeError, DEPENDS)
    return python_functions.list_(x)


@replaces(Array.item)
def item(x: Array, *place: Any) -> Any:
    """
    `x.item()`, `x.item(k)` and `x.item(i, j)`: an element as Python's number. A single place counts
    in row-major order.

    Errors: `ValueError` for `x.item()` of an array with more or fewer elements than one.
    """
    if len(place) == 1 and isinstance(place[0], tuple):
        (place,) = place
    if not place and x.size != 1:
        raise located(ValueError, "can only convert an array of size 1 to a Python scalar")
    if len(place) == x.ndim and x.ndim != 1 and place:
        return tolist(x[place])
    return tolist(np.ravel(x)[place[0] if place else 0])


def _is_traced(items: Any) -> bool:
    if isinstance(items, tuple | list):
        return any(map(_is_traced, items))
    return isinstance(items, Array | Chosen)


@replaces(collections.deque)
def deque(*given: Any, **options: Any) -> Any:
    """`deque(items)`. Of items that conditions choose, an assignment makes one (`moving_lists`)."""
    if len(given) == 1 and not options and isinstance(given[0], Chosen):
        items = given[0].now()
        return items.copy() if isinstance(items, Chosen) else collections.deque(items)
    return collections.deque(*given, **options)


# A sorted list is a heap. So a heap of traced numbers is kept sorted.


def _sort_heap(heap: Any) -> None:
    """Errors: `TypeError` for a list whose items conditions choose; it needs a traced length."""
    if isinstance(heap, Chosen) or chosen_items.has_perhaps(heap):
        raise list_sites.because_of(chosen_items.no("keep a heap in it"), heap)
    joined_containers.check(heap)
    heap[:] = python_functions.sorted_(heap)


@replaces(heapq.heapify)
def heapify(heap: list[Any], /) -> None:
    if isinstance(heap, Moving):
        heap.keep_as_heap()
        return
    if not _is_traced(heap):
        heapq.heapify(heap)
        return
    _sort_heap(heap)


@replaces(heapq.heappush)
def heappush(heap: list[Any], item: Any, /) -> None:
    if isinstance(heap, Moving):
        heap.push(item)
        return
    if not _is_traced(heap) and not _is_traced(item):
        heapq.heappush(heap, item)
        return
    joined_containers.check(heap)
    heap.append(item)
    _sort_heap(heap)


@replaces(heapq.heappop)
def heappop(heap: list[Any], /) -> Any:
    if isinstance(heap, Moving):
        return heap.pop_least()
    if not _is_traced(heap):
        return heapq.heappop(heap)
    _sort_heap(heap)
    return heap.pop(0)


@replaces(heapq.heappushpop)
def heappushpop(heap: list[Any], item: Any, /) -> Any:
    if not _is_traced(heap) and not _is_traced(item):
        return heapq.heappushpop(heap, item)
    heappush(heap, item)
    return heappop(heap)


@replaces(heapq.heapreplace)
def heapreplace(heap: list[Any], item: Any, /) -> Any:
    if not _is_traced(heap) and not _is_traced(item):
        return heapq.heapreplace(heap, item)
    least = heappop(heap)
    heappush(heap, item)
    return least


def _some(function: Callable[..., Any], reverse: bool) -> Callable[..., Any]:
    def some(n: int, iterable: Any, key: Any = None) -> Any:
        items = iterable if isinstance(iterable, Chosen) else list(iterable)
        if not _is_traced(items):
            return function(n, items, key)
        return python_functions.sorted_(items, key=key, reverse=reverse)[: max(n, 0)]

    some.__name__ = function.__name__
    return some


replaces(heapq.nlargest)(_some(heapq.nlargest, True))
replaces(heapq.nsmallest)(_some(heapq.nsmallest, False))


# Statistics.


def _statistic(function: Callable[..., Any], of_numpy: Callable[..., Any], **options: Any) -> Any:
    def statistic(data: Any, *args: Any) -> Any:
        items = data if isinstance(data, Array | Chosen | np.ndarray) else list(data)
        if not _is_traced(items):
            return function(items, *args)
        if args:
            raise located(
                TypeError, f"statistics.{function.__name__} of traced numbers takes the data only"
            )
        if isinstance(items, list):
            weak = all(not isinstance(x, Array) or isinstance(x, Number) for x in items)
            whole: Any = np.stack([ops.lift(x) for x in items])
            return number(of_numpy(whole, **options)) if weak else of_numpy(whole, **options)
        return of_numpy(chosen_items.as_masked(items), **options)

    statistic.__name__ = function.__name__
    return statistic


for _function, _of_numpy, _options in (
    (statistics.mean, np.mean, {}), (statistics.fmean, np.mean, {}),
    (statistics.median, np.median, {}), (statistics.pstdev, np.std, {}),
    (statistics.pvariance, np.var, {}), (statistics.stdev, np.std, {"ddof": 1}),
    (statistics.variance, np.var, {"ddof": 1}),
):  # fmt: skip
    replaces(_function)(_statistic(_function, _of_numpy, **_options))


# Lengths.


@replaces(math.hypot)
def hypot(*coordinates: Any) -> Any:
    coordinates = tuple(python_functions.floated(x) for x in coordinates)
    if not any(isinstance(x, Array) for x in coordinates):
        return math.hypot(*coordinates)
    if len(coordinates) == 1:
        return number(np.abs(coordinates[0]), float)
    found = coordinates[0]
    for x in coordinates[1:]:
        found = np.hypot(found, x)
    return number(found, float)


@replaces(math.dist)
def dist(p: Any, q: Any, /) -> Any:
    ps, qs = list(p), list(q)
    if not _is_traced(ps) and not _is_traced(qs):
        return math.dist(ps, qs)
    if len(ps) != len(qs):
        raise located(ValueError, "both points must have the same number of dimensions")
    return hypot(*(a - b for a, b in zip(ps, qs)))
