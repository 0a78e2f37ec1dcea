"""Sums, extremes, means and the like, over axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ...dialects import delta, ten
from .. import ops, tracing
from ..ops import BOOL, INT64, lift
from ..tracing import Array, constant, use
from ..user_code import as_python, located
from . import complex_numbers
from .elementwise import filled, truth
from .registration import implements

np: Any = numpy  # its type stubs know no traced arrays


def sum_dtype(x: Array, dtype: Any) -> numpy.dtype:
    """The dtype of a sum: small integers and bools add up as int64, unsigned ones as uint64."""
    if dtype is not None:
        return np.dtype(dtype)
    if x.dtype.kind == "u":
        return np.dtype(np.uint64)
    return INT64 if x.dtype.kind in "ib" else x.dtype


def keep(result: Array, x: Array, dims: Sequence[int], keepdims: Any) -> Array:
    if not keepdims or keepdims is np._NoValue:
        return result
    return ops.reshape(result, [1 if d in dims else n for d, n in enumerate(x.shape)])


def given(value: Any) -> bool:
    return value is not None and value is not np._NoValue


def _masked(x: Array, where: Any, neutral: Any) -> Array:
    """x, with the neutral element in the places where the mask is false."""
    if where is True or where is np._NoValue:
        return x
    return np.where(where, x, filled(x, neutral))


@implements("sum")
def sum_(a, axis=None, dtype=None, keepdims=False, initial=0, where=True):
    x = lift(a)
    x = _masked(ops.cast(x, sum_dtype(x, dtype)), where, 0)
    dims = ops.reduced_axes(axis, x.ndim)
    if x.dtype == BOOL:
        result = ops.reduce("any", x, dims)
    else:
        result = ops.sum_(x, dims)
    if given(initial) and not (type(initial) is int and initial == 0):
        result = result + ops.cast(lift(initial), result.dtype)
    return keep(result, x, dims, keepdims)


@implements("prod")
def prod(a, axis=None, dtype=None, keepdims=False, initial=1, where=True):
    x = lift(a)
    x = _masked(ops.cast(x, sum_dtype(x, dtype)), where, 1)
    dims = ops.reduced_axes(axis, x.ndim)
    if x.dtype.kind == "c":
        result = complex_numbers.product(x, dims)
    else:
        result = ops.reduce("all" if x.dtype == BOOL else "prod", x, dims)
    if given(initial) and not (type(initial) is int and initial == 1):
        result = result * ops.cast(lift(initial), result.dtype)
    return keep(result, x, dims, keepdims)


def _extremum(kind: str, a: Any, axis: Any, keepdims: Any, initial: Any, where: Any) -> Array:
    x = lift(a)
    dims = ops.reduced_axes(axis, x.ndim)
    if not given(initial) and dims and ops.count(x, dims) == 0:
        raise located(
            ValueError, f"zero-size array to reduction operation {kind}imum which has no identity"
        )
    if where is not True and where is not np._NoValue:
        if not given(initial):
            raise located(
                ValueError,
                f"reduction operation '{kind}imum' does not have an identity, so to use a "
                "where mask one has to specify 'initial'",
            )
        x = np.where(where, x, ops.cast(lift(initial), x.dtype))
    if x.dtype.kind == "c":
        if not ops.count(x, dims):
            filling = ops.cast(lift(initial), x.dtype)
            return keep(ops.broadcast_to(filling, ops.sum_(x, dims).shape), x, dims, keepdims)
        result = complex_numbers.extremum(kind, x, dims)
    else:
        names = {"max": "any", "min": "all"} if x.dtype == BOOL else {"max": "max", "min": "min"}
        result = ops.reduce(names[kind], x, dims)
    if given(initial):
        pair = np.maximum if kind == "max" else np.minimum
        result = pair(result, ops.cast(lift(initial), result.dtype))
    return keep(result, x, dims, keepdims)


@implements("max", "amax")
def max_(a, axis=None, keepdims=False, initial=None, where=True):
    return _extremum("max", a, axis, keepdims, initial, where)


@implements("min", "amin")
def min_(a, axis=None, keepdims=False, initial=None, where=True):
    return _extremum("min", a, axis, keepdims, initial, where)


@implements("any")
def any_(a, axis=None, keepdims=False, where=True):
    x = _masked(truth(lift(a)), where, False)
    dims = ops.reduced_axes(axis, x.ndim)
    return keep(ops.reduce("any", x, dims), x, dims, keepdims)


@implements("all")
def all_(a, axis=None, keepdims=False, where=True):
    x = _masked(truth(lift(a)), where, True)
    dims = ops.reduced_axes(axis, x.ndim)
    return keep(ops.reduce("all", x, dims), x, dims, keepdims)


def _position(kind: Any, a: Any, axis: Any, keepdims: Any) -> Array:
    x = lift(a)
    source = x if axis is not None and x.ndim else ops.reshape(x, (x.size,))
    d = ops.axis(0 if axis is None else axis, source.ndim)
    if source.shape[d] == 0:
        raise located(
            ValueError,
            f"attempt to get {kind.__name__.removesuffix('Op').lower()} of an empty sequence",
        )
    source = ops.cast(source, np.dtype(np.int8)) if source.dtype == BOOL else source
    if source.dtype.kind == "c":
        name = "max" if kind is ten.ArgmaxOp else "min"
        source, kind = complex_numbers.marks_of_extremum(name, source, d), ten.ArgmaxOp
    result = tracing.emit(kind, use(ops.signed_keys(source)), d)
    return keep(result, x, range(x.ndim) if axis is None or not x.ndim else (d,), keepdims)


@implements("argmax")
def argmax(a, axis=None, keepdims=False):
    return _position(ten.ArgmaxOp, a, axis, keepdims)


@implements("argmin")
def argmin(a, axis=None, keepdims=False):
    return _position(ten.ArgminOp, a, axis, keepdims)


@implements("cumsum")
def cumsum(a, axis=None, dtype=None):
    x = lift(a)
    kind = sum_dtype(x, dtype)
    if kind == BOOL:  # whether an element up to here is true, for which the code counts them
        return cumsum(ops.cast(x, BOOL), axis, INT64) != 0
    x = ops.cast(x, kind)
    # NumPy takes a number for a vector.
    x = ops.reshape(x, (x.size,)) if axis is None or not x.ndim else x
    return tracing.emit(ten.CumsumOp, use(x), ops.axis(0 if axis is None else axis, x.ndim))


@implements("cumulative_sum")
def cumulative_sum(x, axis=None, dtype=None, include_initial=False):
    return cumulative(np.cumsum, 0, x, axis, dtype, include_initial)


def cumulative(
    running: Any, neutral: int, x: Any, axis: Any, dtype: Any, include_initial: bool
) -> Array:
    """A running sum or product with the array API's parameters."""
    x = lift(x)
    if axis is None and x.ndim > 1:
        raise located(
            ValueError,
            "For arrays which have more than one dimension ``axis`` argument is required.",
        )
    d = ops.axis(0 if axis is None else axis, x.ndim)
    result = running(x, axis=d, dtype=dtype)
    if not include_initial:
        return result
    shape = tuple(1 if e == d else n for e, n in enumerate(x.shape))
    return ops.concat([constant(neutral, result.dtype, shape), result], d)


@implements("nancumsum")
def nancumsum(a, axis=None, dtype=None):
    return np.cumsum(without_nan(a, 0), axis=axis, dtype=dtype)


def float_dtype(x: Array, dtype: Any) -> numpy.dtype:
    """The dtype of a mean: the mean of integers is a float64."""
    if dtype is not None:
        return np.dtype(dtype)
    return np.dtype(np.float64) if x.dtype.kind in "iub" else x.dtype


@implements("mean")
def mean(a, axis=None, dtype=None, keepdims=False, where=True):
    x = lift(a)
    kind = float_dtype(x, dtype)
    wide = np.dtype(np.float32) if dtype is None and kind.itemsize == 2 else kind
    total = np.sum(x, axis=axis, dtype=wide, keepdims=keepdims, where=where)
    return ops.cast(total / _number_of(x, axis, keepdims, where), kind)


def _number_of(x: Array, axis: Any, keepdims: Any, where: Any) -> Any:
    """How many elements a reduction joins: a number, or an array if there is a mask."""
    if where is True or where is np._NoValue:
        return float(ops.count(x, ops.axes(axis, x.ndim)))
    mask = ops.broadcast_to(lift(where), x.shape)
    return np.sum(mask, axis=axis, keepdims=keepdims)


def deviations(
    a: Any, axis: Any, dtype: Any, ddof: Any, where: Any, mean: Any, correction: Any
) -> tuple[numpy.dtype, Array, Any, tuple[int, ...]]:
    """
    For a variance: its dtype, the elements minus their mean (0 where a mask leaves them out, at
    least float32), the number by which the sum of squares is divided, and the reduced dims.
    """
    x = lift(a)
    kind = float_dtype(x, dtype)
    x = ops.cast(x, np.dtype(np.float32) if kind.itemsize == 2 else kind)
    dims = ops.axes(axis, x.ndim)
    if not given(mean):
        everything = where is True or where is np._NoValue
        if everything and ops.count(x, dims) == 1:
            # One element is its own mean: by structure, the difference has no derivative.
            x = tracing.emit(delta.StopOp, use(x))
        mean = np.mean(x, axis=axis, keepdims=True, where=where)
    difference = _masked(x - ops.cast(lift(mean), x.dtype), where, 0)
    number = _number_of(x, axis, True, where)
    freedom = np.maximum(number - (correction if given(correction) else ddof), 0.0)
    return kind, difference, freedom, dims


@implements("var")
def var(a, axis=None, dtype=None, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    kind, x, freedom, dims = deviations(a, axis, dtype, ddof, where, mean, correction)
    kind = ops.part_of(kind) if kind.kind == "c" else kind
    squares = np.sum(complex_numbers.squared_length(x), axis=dims, keepdims=True)
    result = lift(squares / (freedom if isinstance(freedom, Array) else float(freedom)))
    return keep(np.squeeze(ops.cast(result, kind), dims), x, dims, keepdims)


@implements("ptp")
def ptp(a, axis=None, keepdims=False):
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@implements("count_nonzero")
def count_nonzero(a, axis=None, keepdims=False):
    return np.sum(truth(lift(a)), axis=axis, keepdims=keepdims)


@implements("average")
def average(a, axis=None, weights=None, returned=False, keepdims=False):
    x = lift(a)
    if weights is None:
        mean = np.mean(x, axis=axis, keepdims=keepdims)
        count = ops.count(x, ops.axes(axis, x.ndim))
        return (mean, np.full_like(mean, count)) if returned else mean
    weights = lift(weights)
    kind = ops.promote(x, weights, *([np.dtype(np.float64)] if x.dtype.kind in "iub" else []))
    if weights.shape != x.shape:
        dims = ops.axes(axis, x.ndim)
        if axis is None or weights.shape != tuple(x.shape[d] for d in dims):
            raise located(
                ValueError,
                f"weights of shape {weights.shape} do not fit an array of shape {x.shape} "
                f"and axis {axis}",
            )
        order = np.argsort(dims).tolist()
        weights = ops.transpose(weights, order)
        weights = ops.reshape(weights, [n if d in dims else 1 for d, n in enumerate(x.shape)])
    weights = ops.broadcast_to(ops.cast(weights, kind), x.shape)
    total = np.sum(ops.cast(x, kind) * weights, axis=axis, keepdims=keepdims)
    whole = np.sum(weights, axis=axis, keepdims=keepdims)
    return (total / whole, whole) if returned else total / whole


@implements("cov")
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, dtype=None):
    x = _variables(m, y, rowvar, dtype)
    if ddof is not None and ddof != int(ddof):
        raise located(ValueError, "ddof must be integer")
    weights: Any = 1
    if fweights is not None:
        weights = _weights_of(x, fweights, "fweights")
    if aweights is not None:
        aweights = _weights_of(x, aweights, "aweights")
        weights = weights * aweights
    weights = lift(weights).astype(x.dtype)
    ddof = (0 if bias else 1) if ddof is None else ddof
    n = x.shape[1]
    weights = ops.broadcast_to(weights, (n,))
    total = np.sum(weights)
    freedom = total - ddof
    if aweights is not None:
        freedom = total - ddof * np.sum(weights * aweights) / total
    centred = x - (x @ weights / total)[:, None]
    result = (centred * weights) @ np.conjugate(centred.T)
    known = np.real(freedom) > 0
    return np.squeeze(result / np.where(known, freedom, 0.0).astype(x.dtype))


def _weights_of(x: Array, weights: Any, name: str) -> Any:
    """One weight for each column of x. The program does not detect negative weights."""
    weights = ops.as_array(weights)
    if weights.ndim > 1:
        raise located(RuntimeError, f"cannot handle multidimensional {name}")
    if weights.shape != x.shape[1:]:
        raise located(RuntimeError, f"incompatible numbers of samples and {name}")
    if isinstance(weights, numpy.ndarray):
        if name == "fweights" and (weights != numpy.around(weights)).any():
            raise as_python(TypeError, "fweights must be integer")
        if (weights < 0).any():
            raise located(ValueError, f"{name} cannot be negative")
    return weights


def _variables(m: Any, y: Any, rowvar: bool, dtype: Any) -> Array:
    """A row for each variable, a column for each observation."""
    parts = []
    for value in (m,) if y is None else (m, y):
        x = lift(value)
        if x.ndim > 2:
            raise located(ValueError, f"numpy.cov takes up to two dimensions, not {x!r}")
        in_columns = not rowvar and x.ndim == 2 and (not parts or x.shape[0] != 1)
        x = x.T if in_columns else x
        parts.append(x if x.ndim == 2 else ops.reshape(x, (1, x.size)))
    kind = np.result_type(*(x.dtype for x in parts), np.float64) if dtype is None else dtype
    return np.concatenate([ops.cast(x, np.dtype(kind)) for x in parts])


@implements("corrcoef")
def corrcoef(x, y=None, rowvar=True, dtype=None):
    c = np.cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    deviation = np.sqrt(np.real(np.diag(c)))
    c = c / deviation[:, None] / deviation
    if c.dtype.kind == "c":
        return ops.complex_(*(np.clip(part, -1, 1) for part in ops.parts(c)))
    return np.clip(c, -1, 1)


def without_nan(a: Any, number: Any) -> Array:
    x = lift(a)
    return x if x.dtype.kind in "iub" else np.where(np.isnan(x), filled(x, number), x)


@implements("nansum")
def nansum(a, axis=None, dtype=None, keepdims=False, initial=0, where=True):
    return np.sum(
        without_nan(a, 0), axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where
    )


@implements("nanprod")
def nanprod(a, axis=None, dtype=None, keepdims=False, initial=1, where=True):
    return np.prod(
        without_nan(a, 1), axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where
    )


@implements("nanmean")
def nanmean(a, axis=None, dtype=None, keepdims=False):
    return np.mean(
        a, axis=axis, dtype=dtype, keepdims=keepdims, where=np.logical_not(np.isnan(lift(a)))
    )


@implements("nanvar")
def nanvar(a, axis=None, dtype=None, ddof=0, keepdims=False):
    x, there = without_nan(a, 0), np.logical_not(np.isnan(lift(a)))
    return np.var(x, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, where=there)


def _nan_extremum(reduction: Any, least: float, a: Any, axis: Any, keepdims: Any) -> Array:
    x = lift(a)
    result = reduction(without_nan(x, least), axis=axis, keepdims=keepdims)
    if x.dtype.kind in "iub":
        return result
    return np.where(
        np.all(np.isnan(x), axis=axis, keepdims=keepdims), filled(result, np.nan), result
    )


@implements("nanmax")
def nanmax(a, axis=None, keepdims=False):
    return _nan_extremum(np.max, -np.inf, a, axis, keepdims)


@implements("nanmin")
def nanmin(a, axis=None, keepdims=False):
    return _nan_extremum(np.min, np.inf, a, axis, keepdims)


@implements("nanargmax")
def nanargmax(a, axis=None, keepdims=False):
    """0 where all are NaN."""
    return np.argmax(without_nan(a, -np.inf), axis=axis, keepdims=keepdims)


@implements("nanargmin")
def nanargmin(a, axis=None, keepdims=False):
    """0 where all are NaN."""
    return np.argmin(without_nan(a, np.inf), axis=axis, keepdims=keepdims)
