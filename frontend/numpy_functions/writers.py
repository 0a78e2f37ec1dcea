"""Functions that write into their first argument: copyto, put, place and the like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from .. import ops, tracing, user_code, wanted_numbers
from ..array_views import assignment, storages
from ..array_views.viewing import has_traced, held, own, plain
from ..masked import ASK_FOR_SIZE, RULES, Masked, check_raises
from ..ops import BOOL, lift
from ..tracing import Array
from ..user_code import located
from .choices import without_nan
from .registration import find, implements

np: Any = numpy  # its type stubs know no traced arrays

WRITERS: set[Any] = set()
"""Functions that write into their first argument, or may."""


def writes(*names: str) -> Callable[[Callable], Callable]:
    """Decorator: the function below is the rule for functions that write."""

    def register(rule: Callable) -> Callable:
        implements(*names)(rule)
        WRITERS.update(found for name in names if (found := find(name)) is not None)
        return rule

    return register


def _target(name: str, x: Any) -> Array:
    """Errors: `TypeError` for a target that is no traced array."""
    if not isinstance(x, Array):
        found = wanted_numbers.wanted(*user_code.frames(), tracing.FUNCTIONS)
        if found is not None:
            # Some functions of NumPy make an array, and copy a number into it.
            text = tracing.WANTED.format(who=found.who, advice=found.advice)
            raise located(tracing.NoNumber, text)
        raise located(TypeError, assignment.no_target(f"numpy.{name}", x))
    storages.check_writable(x)
    return x


@writes("copyto")
def copyto(dst, src, casting="same_kind", where=True):
    x = _target("copyto", dst)
    src, where = plain(src), plain(where)
    if not tracing.is_weak(src):
        assignment.same_kind(ops.dtype_of(src), x.dtype, "array data", casting)
    new = assignment.fit(src, x.shape, x.dtype)
    if where is not True:
        new = ops.select(ops.to(ops.as_array(where), BOOL, x.shape), new, ops.number(x))
    storages.write(x, new)


@writes("nan_to_num")
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    known = plain(x)
    if has_traced((known, nan, posinf, neginf)):
        found = own(without_nan(x, nan, posinf, neginf))
    else:
        found = held(numpy.nan_to_num(known, True, nan, posinf, neginf))
    if copy or not isinstance(x, Array):
        return found
    copyto(x, found)
    return x


@writes("put")
def put(a, ind, v, mode="raise"):
    """With the mode "raise", a traced index outside of the array writes nothing."""
    x = _target("put", a)
    if isinstance(ind, Masked) and mode == "raise":
        flat = storages.fresh(ops.reshape(ops.number(x), (x.size,)))
        assignment.put(flat, ind, plain(v))
        storages.write(x, ops.reshape(ops.number(flat), x.shape))
        return
    ind = plain(ind)
    ind = ops.as_array(ind if isinstance(ind, Array) else numpy.asarray(ind))
    if mode == "wrap":
        ind = np.remainder(ind, x.size)
    elif mode == "clip":
        ind = np.clip(ind, 0, x.size - 1)
    elif mode != "raise":
        raise located(
            ValueError, f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})"
        )
    flat = np.ravel(ind)
    if flat.size:
        x.flat[flat] = plain(v)


RULES[numpy.put] = put


def _place_part(x: Array, mask: Array, vals: Masked) -> None:
    """`np.place` of the elements that a traced mask chose: often those of the mask itself."""
    if vals.has_mask(mask):
        new = ops.cast(ops.number(vals.whole), x.dtype)
        storages.write(x, ops.select(mask, new, ops.number(x)))
        return
    count = vals.count()
    empty = "Cannot insert from an empty array!"
    none = lambda: np.logical_and(np.any(mask), np.equal(count, 0))  # noqa: E731
    check_raises(ValueError, "numpy.place", ASK_FOR_SIZE, none, empty)
    flat = ops.reshape(mask, (mask.size,))
    turn = (np.cumsum(flat, dtype=np.int64) - 1) % np.maximum(count, 1)
    _choose(x, mask, vals.front(), ops.reshape(lift(turn), x.shape))


@writes("place")
def place(arr, mask, vals):
    """The k-th element where the mask is true becomes vals[k], and vals repeat."""
    x, mask = _target("place", arr), plain(mask)
    mask = ops.cast(lift(mask), BOOL)
    if mask.size != x.size:
        raise located(ValueError, "place: mask and data must be the same size")
    if not x.size:
        return
    if isinstance(vals, Masked):
        _place_part(x, ops.reshape(mask, x.shape), vals.ravel())
        return
    vals = lift(plain(vals))
    vals = ops.reshape(vals, (vals.size,))
    if not vals.size:
        raise located(ValueError, "Cannot insert from an empty array!")
    flat = ops.reshape(mask, (mask.size,))
    turn = (np.cumsum(flat, dtype=np.int64) - 1) % vals.size
    _choose(x, ops.reshape(flat, x.shape), vals, ops.reshape(turn, x.shape))


RULES[numpy.place] = place


@writes("putmask")
def putmask(a, mask, values):
    """The k-th element of the array becomes values[k] where the mask is true; values repeat."""
    x, mask, values = _target("putmask", a), plain(mask), lift(plain(values))
    mask = ops.cast(lift(mask), BOOL)
    if mask.size != x.size:
        raise located(ValueError, "putmask: mask and data must be the same size")
    if not x.size or not values.size:
        return
    turn = lift(numpy.arange(x.size).reshape(x.shape) % values.size)
    _choose(x, ops.reshape(mask, x.shape), ops.reshape(values, (values.size,)), turn)


def _choose(x: Array, mask: Array, values: Array, turn: Array) -> None:
    new = ops.cast(values, x.dtype)
    spread = ops.gather(x.shape, new, lambda *i: [ops.index(turn, list(i))])
    storages.write(x, ops.select(mask, spread, ops.number(x)))


@writes("put_along_axis")
def put_along_axis(arr, indices, values, axis):
    x, indices = _target("put_along_axis", arr), plain(indices)
    if axis is None:
        flat = storages.fresh(ops.reshape(x, (x.size,)))
        put_along_axis(flat, indices, values, 0)
        storages.write(x, ops.reshape(flat, x.shape))
        return
    d = ops.axis(axis, x.ndim)
    shape = ops.shape_of(indices)
    if len(shape) != x.ndim:
        raise located(ValueError, "`indices` and `arr` must have the same number of dimensions")
    key: list[Any] = []
    for k, n in enumerate(x.shape):
        other = numpy.arange(n).reshape([-1 if e == k else 1 for e in range(x.ndim)])
        key.append(indices if k == d else other)
    assignment.put(x, tuple(key), values)


@writes("fill_diagonal")
def fill_diagonal(a, val, wrap=False):
    x = _target("fill_diagonal", a)
    if x.ndim < 2:
        raise located(ValueError, "array must be at least 2-d")
    end = None
    if x.ndim == 2:
        step = x.shape[1] + 1
        if not wrap:
            end = x.shape[1] * x.shape[1]
    else:
        if len(set(x.shape)) > 1:
            raise located(ValueError, "All dimensions of input must be of equal length")
        step = 1 + int(numpy.cumprod(x.shape[:-1]).sum())
    x.flat[:end:step] = val
