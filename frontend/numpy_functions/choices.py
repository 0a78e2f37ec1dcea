"""Choices between values: where, select, clip and the like."""

from __future__ import annotations

from typing import Any

import numpy

from .. import masked, ops, tracing
from ..ops import INT64, lift
from ..tracing import UFUNCS, Array
from ..user_code import located
from .elementwise import filled, truth
from .reductions import given
from .registration import find, implements

np: Any = numpy  # its type stubs know no traced arrays


@implements("where")
def where(condition, x=None, y=None):
    if x is None or y is None:
        if x is not None or y is not None:
            raise located(ValueError, "either both or neither of x and y should be given")
        return masked.nonzero(condition)
    x, y = (v if tracing.is_weak(v) else ops.as_array(v) for v in (x, y))
    x, y = (ops.number(v) if isinstance(v, Array) else v for v in (x, y))
    kind = ops.promote(x, y)
    if kind.kind in "iu":
        # An int beyond the dtype wraps here, as in NumPy.
        x, y = (np.asarray(v).astype(kind) if type(v) is int else v for v in (x, y))
    mask = truth(lift(condition))
    shape = tracing.broadcast_shape(
        mask.shape,
        np.shape(x) if not isinstance(x, Array) else x.shape,
        np.shape(y) if not isinstance(y, Array) else y.shape,
    )
    mask = ops.broadcast_to(mask, shape) if mask.shape else mask
    return ops.select(mask, ops.to(x, kind, shape), ops.to(y, kind, shape))


@implements("select")
def select(condlist, choicelist, default=0):
    if len(condlist) != len(choicelist) or not condlist:
        raise located(
            ValueError, "list of cases must be same length as list of conditions, and not empty"
        )
    result: Any = default
    kind = ops.promote(*choicelist, default)
    for condition, choice in reversed(list(zip(condlist, choicelist))):
        result = np.where(lift(condition), choice, result)
    return ops.cast(result, kind)


@implements("nonzero")
def nonzero(a):
    """Indices for arrays, as many as are true at run time; see `x[mask]`."""
    return masked.nonzero(lift(a))


@implements("flatnonzero")
def flatnonzero(a):
    """Indices for arrays, as many as are true at run time; see `x[mask]`."""
    return masked.nonzero(np.ravel(lift(a)))[0]


@implements("argwhere")
def argwhere(a):
    """Rows of indices, as many as are true at run time; see `x[mask]`."""
    places = masked.nonzero(lift(a))
    return masked.Masked(np.stack([x.whole for x in places], -1), places[0].mask)


@implements("extract")
def extract(condition, arr):
    """`arr[condition]` of the flat arrays; see `x[mask]`."""
    return compress(np.ravel(ops.as_array(condition)), arr)


@implements("compress")
def compress(condition, a, axis=None):
    """`a[condition]` along an axis, for a known condition or a traced one; see `x[mask]`."""
    x, mask = lift(a), ops.as_array(condition)
    if axis is None:
        x, axis = np.ravel(x), 0
    if mask.ndim != 1:
        raise located(ValueError, "condition must be a 1-d array")
    if isinstance(mask, numpy.ndarray):
        return np.take(x, numpy.flatnonzero(mask), axis=axis)
    mask = truth(mask)
    front = [slice(None)] * ops.axis(axis, x.ndim)
    x = x[(*front, slice(mask.shape[0]))]
    return masked.RULES["key"](x, (*front, mask)) if front else masked.get(x, mask)


@implements("unique")
def unique(
    ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True
):
    """
    The values in order, as many as differ at run time; see `x[mask]`.

    So are their first places and their counts. The inverse has the shape of `ar`.
    """
    if axis is not None:
        raise located(TypeError, "numpy.unique of traced arrays has no axis")
    x = np.ravel(lift(ar))
    n = x.shape[0]
    more = return_index or return_inverse or return_counts
    order: Any = np.argsort(x, kind="stable") if more and n else np.arange(n)
    values: Any = (x[order] if more else np.sort(x)) if n else x
    first: Any = np.ones(min(n, 1), bool)
    if n > 1:
        differs = values[1:] != values[:-1]
        if x.dtype.kind in "fc" and equal_nan:
            differs = np.logical_and(differs, ~np.isnan(values[:-1]))
        first = np.concatenate([first, differs])

    def part(whole):
        return masked.Masked(lift(whole), lift(first)) if n else whole

    if not more:
        return part(values)
    which: Any = np.cumsum(first, dtype=np.int64) - 1
    result = [part(values)]
    if return_index:
        result.append(part(order))
    if return_inverse:
        result.append(np.reshape(lift(which)[np.argsort(order)], np.shape(ar)))
    if return_counts:
        result.append(part(lift(np.bincount(which, minlength=n))[which] if n else order))
    return tuple(result)


@implements("choose")
def choose(a, choices, out=None, mode="raise"):
    """A number beyond the choices gives 0 in the mode "raise"."""
    if mode not in ("raise", "wrap", "clip"):
        raise located(ValueError, f"numpy.choose: no mode is called {mode!r}")
    parts = list(choices)
    index = lift(a)
    if index.dtype.kind not in "iub" or not parts:
        raise located(
            TypeError, f"numpy.choose takes integers and at least one choice, not {index.dtype}"
        )
    index = ops.cast(index, INT64)
    if mode == "wrap":
        index = index % len(parts)
    elif mode == "clip":
        index = np.clip(index, 0, len(parts) - 1)
    kind = ops.promote(*parts)
    result: Any = filled(ops.cast(lift(parts[0]), kind), 0)
    for k, part in enumerate(parts):
        result = np.where(index == k, ops.cast(lift(part), kind), result)
    return result


@implements("clip")
def clip(a, a_min=None, a_max=None, min=None, max=None):
    low = min if a_min is None or a_min is np._NoValue else a_min
    high = max if a_max is None or a_max is np._NoValue else a_max
    x = lift(a)
    if x.dtype.kind in "iu":
        # As in NumPy, an int beyond the dtype is no bound.
        info = np.iinfo(x.dtype)
        low = None if type(low) is int and low <= info.min else low
        high = None if type(high) is int and high >= info.max else high
    kind = ops.promote(*[v for v in (x, low, high) if given(v)])
    x = ops.cast(x, kind)
    x = np.maximum(x, low) if given(low) else x
    return np.minimum(x, high) if given(high) else x


def _clip(x: Array, low: Array, high: Array) -> Array:
    """The ufunc that the method of a NumPy array calls."""
    return np.minimum(np.maximum(x, low), high)


if isinstance(_ufunc := getattr(find("_core.umath"), "clip", None), numpy.ufunc):
    UFUNCS[_ufunc] = _clip


def without_nan(x, nan, posinf, neginf):
    """nan_to_num, which leaves its argument alone."""
    x = lift(x)
    if x.dtype.kind in "iub":
        return x
    if x.dtype.kind == "c":
        parts = (without_nan(part, nan, posinf, neginf) for part in ops.parts(x))
        return ops.complex_(*parts)
    limits = np.finfo(x.dtype) if x.dtype.kind == "f" else np.finfo(np.float32)
    result = np.where(np.isnan(x), ops.cast(lift(nan), x.dtype), x)
    result = np.where(
        x == np.inf,
        filled(x, limits.max) if posinf is None else ops.cast(lift(posinf), x.dtype),
        result,
    )
    return np.where(
        x == -np.inf,
        filled(x, limits.min) if neginf is None else ops.cast(lift(neginf), x.dtype),
        result,
    )


@implements("isclose")
def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    x, y = lift(a), lift(b)
    if y.dtype.kind in "iub":
        y = ops.cast(y, np.dtype(np.float64))
    close = (abs(x - y) <= atol + rtol * abs(y)) & np.isfinite(y) | (x == y)
    return close | (np.isnan(x) & np.isnan(y)) if equal_nan else close


@implements("allclose")
def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    return np.all(isclose(a, b, rtol, atol, equal_nan))


@implements("array_equal")
def array_equal(a1, a2, equal_nan=False):
    x, y = lift(a1), lift(a2)
    if x.shape != y.shape:
        return False
    return np.all((x == y) | (np.isnan(x) & np.isnan(y)) if equal_nan else x == y)


@implements("array_equiv")
def array_equiv(a1, a2):
    x, y = lift(a1), lift(a2)
    try:
        np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        return False
    return np.all(x == y)


@implements("isin")
def isin(element, test_elements, assume_unique=False, invert=False, kind=None):
    """Compares each element with each of the test elements."""
    x, others = lift(element), np.ravel(lift(test_elements))
    found = np.any(ops.expand(x, [x.ndim]) == others, axis=-1)
    return ~found if invert else found


@implements("piecewise")
def piecewise(x, condlist, funclist, *args, **kw):
    """Each function gets all of x, and not only the elements that its condition chooses."""
    x = lift(x)
    first = condlist[0]
    several = not x.ndim or isinstance(first, list) or bool(ops.shape_of(first))
    conditions = [lift(c) for c in (condlist if several else [condlist])]
    if len(funclist) not in (len(conditions), len(conditions) + 1):
        raise located(
            ValueError,
            f"with {len(conditions)} condition(s), either {len(conditions)} or "
            f"{len(conditions) + 1} functions are expected",
        )

    def value_of(f: Any) -> Any:
        if not callable(f):
            return f
        return f(np.copy(x) if x.ndim else x, *args, **kw)  # NumPy gives elements of a copy

    values = [ops.cast(lift(value_of(f)), x.dtype) for f in funclist]
    result = values.pop() if len(values) > len(conditions) else filled(x, 0)
    for condition, value in zip(conditions, values):
        result = np.where(condition, value, result)
    return result
