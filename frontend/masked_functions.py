"""
NumPy's functions of the elements that a traced mask chose, beyond those element by element: orders,
running sums, medians, parts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..passes.rewriting.remarks import missed
from . import ops, tracing
from .indexing import DEPENDS
from .masked import ASK_FOR_SIZE, NO_WRITE, RULES, Masked, Place, check_raises, get, is_place
from .tracing import Array
from .user_code import located


def _vector(x: Any, axis: Any = -1) -> tuple[Any, Any]:
    """
    The whole array and the mask of a part with one dimension, both as vectors.

    Errors: `TypeError` for another part, or for another axis than its own.
    """
    if not isinstance(x, Masked) or x.trail or axis not in (None, 0, -1):
        raise located(TypeError, DEPENDS)
    return np.ravel(x.whole), np.ravel(x.mask)


def _places(mask: Any) -> Any:
    """For each element of a vector, how many elements in front of it the mask chooses."""
    return np.cumsum(mask, dtype=np.int64) - mask


def _count(mask: Any) -> Any:
    return np.sum(mask, dtype=np.int64)


def _first(whole: Any, count: Any) -> Masked:
    """The part of the first `count` elements of a vector."""
    return Masked(ops.lift(whole), ops.lift(np.less(np.arange(whole.shape[0]), count)))


def sort(a, axis=-1, kind=None, order=None):
    whole, mask = _vector(a, axis)
    # No element comes behind NaN. So the elements that do not count stand at the end.
    last = np.nan if whole.dtype.kind == "f" else ops.lowest(whole.dtype, 1)
    return _first(np.sort(np.where(mask, whole, np.asarray(last, whole.dtype))), _count(mask))


def quantile(a, q, axis=None):
    none = lambda: np.equal(_count(a.mask), 0)  # noqa: E731
    text = "index -1 is out of bounds for axis 0 with size 0"
    check_raises(IndexError, "numpy.quantile", ASK_FOR_SIZE, none, text)
    return _quantile(a, q, axis)


def _quantile(a, q, axis=None):
    """The elements at the places (count - 1) * q in order, and between them a line."""
    whole, mask = _vector(a, axis)
    ordered = sort(a).whole
    count = _count(mask)
    q = np.asarray(q) if not isinstance(q, Array) else q
    last: Any = np.maximum(count - 1, 0)
    place = last * q
    low: Any = np.floor(place).astype(np.int64)
    if isinstance(q, Array):  # The slope by q at the last place is that in front of it.
        low = np.where((place == last) & (last > 0), low - 1, low)
    share = place - low
    a0, a1 = ordered[low], ordered[np.minimum(low + 1, last)]
    gap = a1 - a0
    if isinstance(q, Array) and whole.dtype.kind == "f":
        gap = np.where((share == 1) & ~np.isfinite(gap), a1 - a1, gap)  # as NumPy
    found = np.where(share >= 0.5, a1 - gap * (1 - share), a0 + gap * share)
    if whole.dtype.kind != "f":
        return np.where(count > 0, found, np.nan)
    has_nan = np.any(np.logical_and(mask, np.isnan(whole)))
    return np.where(np.logical_or(count == 0, has_nan), np.nan, found)


def percentile(a, q, axis=None):
    return quantile(a, np.true_divide(q, 100), axis)


def median(a, axis=None):
    return _quantile(a, 0.5, axis).astype(np.result_type(a.dtype, np.float16))


def _running(name: str, neutral: int) -> Callable[..., Masked]:
    """Each sum or product stands at the place of its last element."""

    def running(a, axis=None, dtype=None):
        whole, mask = _vector(a, axis)
        filled = np.where(mask, whole, np.asarray(neutral, whole.dtype))
        found = getattr(np, name)(filled, dtype=dtype)
        return Masked(ops.lift(np.reshape(found, a.mask.shape)), a.mask)

    return running


def diff(a, n=1, axis=-1):
    _vector(a, axis)
    if n != 1:
        raise located(TypeError, DEPENDS)
    front: Any = a.front()
    return _first(np.diff(front), a.count() - 1)


def beside(ufunc: np.ufunc, inputs: Any, options: dict[str, Any]) -> Masked:
    """
    A function element by element of parts of different masks: the k-th elements of all parts stand
    beside each other. A part of one element stands beside each of the others, as in NumPy.

    Errors: `TypeError` for parts of different ranks, for arrays, and for a function with several
            results.
    """
    parts = [x for x in inputs if isinstance(x, Masked)]
    trail = parts[0].trail
    if ufunc.nout > 1 or any(x.trail != trail for x in parts):
        raise located(TypeError, DEPENDS)
    places = max(x.mask.size for x in parts)
    counts = [_count(x.mask) for x in parts]
    count = counts[0]
    for other in counts[1:]:
        differ = lambda a=count, b=other: (a != b) & (a != 1) & (b != 1)  # noqa: E731
        text = "operands could not be broadcast together"
        check_raises(ValueError, "the function", "ask for the sizes before", differ, text)
        count = np.where(count == 1, other, count)
    order = np.arange(places)
    given = []
    for x in inputs:
        if not isinstance(x, Masked):
            given.append(parts[0].operand(x))
            continue
        rows: Any = x.front()
        given.append(rows[np.where(_count(x.mask) == 1, 0, order)])
    missed(
        "program",
        "check",
        tracing.location(),
        "traced values decide whether two arrays have as many elements, and a compiled program "
        "cannot raise: letgrad leaves the check out",
    )
    return _first(ufunc(*given, **options), count)


def _arg(name: str, sign: int) -> Callable[..., Any]:
    def arg(a, axis=None):
        whole, mask = _vector(a, axis)
        text = f"attempt to get {name} of an empty sequence"
        none = lambda: np.logical_not(np.any(mask))  # noqa: E731
        check_raises(ValueError, f"numpy.{name}", ASK_FOR_SIZE, none, text)
        worst = ops.lowest(whole.dtype, sign)
        best = getattr(np, name)(np.where(mask, whole, np.asarray(worst, whole.dtype)))
        # If all elements are the worst number, the first of them wins.
        best = np.where(mask[best], best, np.argmax(mask))
        return _places(mask)[best]

    return arg


def concatenate(arrays, axis=0):
    """Parts and arrays, one behind the other."""
    arrays = list(arrays)
    if axis is None or (arrays and ops.axis(axis, len(ops.shape_of(arrays[0])))):
        raise located(TypeError, DEPENDS)
    wholes, masks = [], []
    for x in arrays:
        if isinstance(x, Masked):
            rows = np.reshape(x.whole, (-1, *x.whole.shape[x.mask.ndim :]))
            wholes.append(rows)
            masks.append(np.ravel(x.mask))
        else:
            rows = ops.lift(x)
            wholes.append(rows)
            masks.append(np.ones(rows.shape[0], bool))
    return Masked(ops.lift(np.concatenate(wholes)), ops.lift(np.concatenate(masks)))


def append(arr, values, axis=None):
    if axis is not None:
        both = [x if isinstance(x, Masked) else ops.lift(x) for x in (arr, values)]
        return concatenate(both, axis)
    parts = [x if isinstance(x, Masked) else np.ravel(ops.lift(x)) for x in (arr, values)]
    if any(isinstance(x, Masked) and x.trail for x in parts):
        raise located(TypeError, DEPENDS)
    return concatenate(parts)


def vstack(tup):
    """
    Rows and parts of matrices, one behind the other. Errors: `TypeError` for parts of vectors,
    which would be rows of a length that values decide.
    """
    tup = list(tup)
    if any(isinstance(x, Masked) and not x.trail for x in tup):
        raise located(TypeError, DEPENDS)
    return concatenate([x if isinstance(x, Masked) else np.atleast_2d(ops.lift(x)) for x in tup])


def hstack(tup):
    """
    Elements one behind the other. Errors: `TypeError` for rows of matrices, which two masks would
    have to choose alike.
    """
    parts = [x if isinstance(x, Masked) else np.atleast_1d(ops.lift(x)) for x in tup]
    if not any(isinstance(x, Masked) and x.trail for x in parts):
        return concatenate(parts)
    rows = [x for x in parts if isinstance(x, Masked) and x.trail == x.mask.ndim == 1]
    if len(rows) < len(parts) or not all(x.has_mask(rows[0].mask) for x in rows):
        raise located(TypeError, DEPENDS)
    return Masked(ops.lift(np.hstack([x.whole for x in rows])), rows[0].mask)


def nonzero(a):
    """The places of the elements that are not zero, counted in the part."""
    whole, mask = _vector(a)
    found = whole if whole.dtype == ops.BOOL else np.not_equal(whole, 0)
    return (Masked(ops.lift(_places(mask)), ops.lift(np.logical_and(mask, found))),)


def where(condition, x=None, y=None):
    if x is None and y is None:
        return nonzero(condition)
    (part, *_) = (p for p in (condition, x, y) if isinstance(p, Masked))
    chosen = np.where(*(part.operand(p) for p in (condition, x, y)))
    return Masked(ops.lift(chosen), part.mask)


def clip(a, a_min=None, a_max=None, *, min=None, max=None):
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


def norm(x, ord=None, axis=None, keepdims=False):
    if ord not in (None, 2) or not (isinstance(axis, int) or (axis is None and ord is None)):
        _vector(x, axis)
        if ord not in (None, 2) or keepdims:
            raise located(TypeError, DEPENDS)
    return np.sqrt(np.sum(np.abs(x) ** 2, axis=axis, keepdims=keepdims))


def _without(x: Masked, place: Any, axis: Any) -> Masked:
    """
    A part without the row at a single place.

    Errors: `TypeError` for several places, and for another axis than 0.
    """
    is_known = isinstance(place, int | np.integer) and not isinstance(place, bool)
    is_place = is_known or (
        isinstance(place, Array) and not place.shape and place.dtype.kind in "iu"
    )
    if not is_place or axis not in (None, 0) or (axis is None and x.trail):
        raise located(TypeError, DEPENDS)
    which = np.reshape(_places(np.ravel(x.mask)), x.mask.shape)
    if is_known:
        place = place if place >= 0 else place + x.count()
    else:
        place = np.where(place < 0, place + x.count(), place)
    _check_place(place, x.count())
    return Masked(x.copy().whole, ops.lift(np.logical_and(x.mask, np.not_equal(which, place))))


def delete(arr, obj, axis=None):
    """
    The elements of an array at all places but those of a part: a part of the array.

    Errors: `TypeError` for another axis than 0, and for elements of a part.
    """
    if isinstance(arr, Masked):
        return _without(arr, obj, axis)
    x = ops.lift(arr)
    x = ops.lift(np.ravel(x)) if axis is None else x
    if ops.axis(0 if axis is None else axis, x.ndim):
        raise located(TypeError, DEPENDS)
    if isinstance(obj, Place) and obj.dim == 0 and obj.mask.shape == x.shape[:1]:
        return get(x, ops.lift(np.logical_not(obj.mask)))
    if obj.dtype.kind not in "iu":
        raise located(IndexError, "arrays used as indices must be of integer (or boolean) type")
    n = x.shape[0]
    # A sum has room for places that stand several times, and leaves out those beyond the array.
    hits: Any = np.bincount(
        np.ravel(np.where(obj.wide(), np.where(obj.whole < 0, obj.whole + n, obj.whole), n)),
        minlength=n + 1,
    )
    return get(x, ops.lift(np.equal(hits[:n], 0)))


def part(x: Masked, key: Any) -> Any:
    """
    x[key], for a slice or integers along axis 0. Beyond the elements, it reads 0.

    Errors: `TypeError` for other keys.
    """
    if isinstance(key, list) and all(isinstance(k, int | np.integer) for k in key):
        key = np.asarray(key, np.int64)
    if isinstance(key, Array | np.ndarray) and key.dtype.kind in "iu":
        rows: Any = x.front()
        count = x.count()
        place = _from_front(key, count)
        is_there = np.logical_and(np.greater_equal(place, 0), np.less(place, count))
        outside = lambda: np.logical_not(np.all(is_there))  # noqa: E731
        check_raises(IndexError, "an index", ASK_FOR_SIZE, outside, "index is out of bounds")
        return rows[np.where(is_there, place, rows.shape[0])]
    if not isinstance(key, slice):
        raise located(TypeError, DEPENDS)
    if key.step == -1 and key.start is None and key.stop is None:
        rows = x.front()
        turned = np.maximum(x.count() - 1 - np.arange(rows.shape[0]), 0)
        return x.share(_first(rows[turned], x.count()))
    return x.share(Masked(x.whole, _in_slice(x, key)))


def _from_front(key: Any, count: Any) -> Any:
    """Places of which negative ones count from the end. Small integers do not hold the count."""
    places = key if isinstance(key, int) else key.astype(np.int64)
    return np.where(np.less(places, 0), places + count, places)


def _check_place(place: Any, count: Any) -> None:
    """Python raises `IndexError` for a place that has no element: a handler runs there."""
    outside = lambda: np.logical_or(np.less(place, 0), np.greater_equal(place, count))  # noqa: E731
    check_raises(IndexError, "an index", ASK_FOR_SIZE, outside, "index is out of bounds")


def _in_slice(x: Masked, key: slice) -> Array:
    """
    The mask of a slice of a part.

    Errors: `TypeError` for a step that is traced, or below 1.
    """
    step = 1 if key.step is None else key.step
    if not isinstance(step, int) or step < 1:
        raise located(TypeError, DEPENDS)
    count = x.count()

    def end(place: Any) -> Any:
        if isinstance(place, Array):
            return np.where(place < 0, place + count, place)
        return place + count if place < 0 else place

    start = np.maximum(0 if key.start is None else end(key.start), 0)
    which = np.reshape(_places(np.ravel(x.mask)), x.mask.shape)
    chosen = np.logical_and(x.mask, which >= start)
    if key.stop is not None:
        chosen = np.logical_and(chosen, which < end(key.stop))
    if step > 1:
        chosen = np.logical_and(chosen, (which - start) % step == 0)
    return ops.lift(chosen)


def chosen(x: Masked, key: Any) -> Array:
    """
    The mask of the elements x[key], for a slice, a single place, or a mask of x's own.

    Errors: `TypeError` for other keys.
    """
    if isinstance(key, Masked) and key.dtype == ops.BOOL and not key.trail:
        if key.has_mask(x.mask):
            return ops.lift(np.logical_and(x.mask, key.whole))
    elif isinstance(key, slice):
        return x.mask if key == slice(None) else _in_slice(x, key)
    elif is_place(key):
        count = x.count()
        place = _from_front(key, count)
        _check_place(place, count)
        which = np.reshape(_places(np.ravel(x.mask)), x.mask.shape)
        return ops.lift(np.logical_and(x.mask, np.equal(which, place)))
    raise located(TypeError, NO_WRITE)


RULES.update(
    {
        np.sort: sort, np.median: median, np.quantile: quantile, np.percentile: percentile,
        np.cumsum: _running("cumsum", 0), np.cumprod: _running("cumprod", 1), np.diff: diff,
        np.argmax: _arg("argmax", -1), np.argmin: _arg("argmin", 1), np.where: where,
        np.concatenate: concatenate, np.append: append, np.clip: clip, np.linalg.norm: norm,
        np.average: lambda a, axis=None: np.mean(a, axis=axis),
        np.ptp: lambda a, axis=None: np.max(a, axis=axis) - np.min(a, axis=axis),
        np.delete: delete, np.squeeze: lambda a, axis=None: a.squeeze(axis),
        np.ravel: lambda a, order="C": a.ravel(order), np.transpose: lambda a: a.T,
        np.hstack: hstack, np.vstack: vstack, "part": part, "beside": beside, "chosen": chosen,
        np.reshape: lambda a, shape: a.reshape(shape), np.nonzero: nonzero,
        np.flatnonzero: lambda a: nonzero(np.ravel(a))[0],
    }
)  # fmt: skip
