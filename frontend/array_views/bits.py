"""
The memory of an array, read as numbers of another dtype, as `x.view(dtype)` reads it.

The last dimension grows by the factor by which elements become narrower, and the lowest bits come
first, as in the memory of all hosts that letgrad compiles for. Complex numbers are pairs of floats.
So a view from complex numbers to floats, or back, has derivatives; bits of floats have none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.dialects import arith

from .. import ops, tracing
from ..ops import BOOL
from ..tracing import Array
from ..user_code import located


def _alike(x: Array, number: int) -> Array:
    return tracing.constant(number, x.dtype, x.shape)


def bits_of(x: Array, dtype: Any) -> Array:
    """The bits of x as numbers of a dtype of the same width."""
    x = ops.cast(x, x.dtype)  # a traced index becomes an integer
    if x.dtype == dtype:
        return x
    if x.dtype.kind in "iu" and dtype.kind in "iu":
        return ops.cast(x, dtype)
    if x.dtype.kind == "u":
        x = ops.cast(x, np.dtype(f"i{x.itemsize}"))
    signed = np.dtype(f"i{dtype.itemsize}") if dtype.kind == "u" else dtype
    type = tracing.ir_type(x.shape, signed)
    op = arith.BitcastOp.create(operands=[tracing.use(x)], result_types=[type])
    tracing.add(op)
    return ops.cast(Array.of(op.results[0], tracing.current()), dtype)


def narrower(x: Array, dtype: np.dtype) -> Array:
    """The bits of each number as several numbers along a new last dimension."""
    wide, narrow = x.dtype.itemsize, dtype.itemsize
    bits = bits_of(x, np.dtype(f"i{wide}"))
    parts = []
    for k in range(wide // narrow):
        moved = ops.binary(arith.ShRUIOp, bits, _alike(bits, 8 * narrow * k))
        parts.append(ops.cast(moved, np.dtype(f"i{narrow}")))
    return bits_of(_last(ops.stack(parts, parts[0].dtype)), dtype)


def _last(x: Array) -> Array:
    """The first dimension, moved to the end."""
    return ops.transpose(x, [*range(1, x.ndim), 0])


def wider(x: Array, dtype: np.dtype) -> Array:
    """The bits of the numbers along the last dimension as one number."""
    narrow, wide = dtype.itemsize, x.dtype.itemsize
    bits = ops.cast(bits_of(x, np.dtype(f"u{wide}")), np.dtype(f"u{narrow}"))
    bits = ops.cast(bits, np.dtype(f"i{narrow}"))
    total: Array | None = None
    for k in range(narrow // wide):
        part = ops.reshape(ops.part(bits, bits.ndim - 1, k, k + 1), bits.shape[:-1])
        moved = ops.binary(arith.ShLIOp, part, _alike(part, 8 * wide * k))
        total = moved if total is None else ops.binary(arith.OrIOp, total, moved)
    assert total is not None
    return bits_of(total, dtype)


def shape_as(shape: tuple[int, ...], before: np.dtype, after: np.dtype) -> tuple[int, ...]:
    """
    The shape of an array whose memory is read as another dtype.

    Errors: NumPy's `ValueError` if the memory of a row is no whole number of elements.
    """
    if before.itemsize == after.itemsize:
        return shape
    if not shape:
        raise located(
            ValueError,
            "Changing the dtype of a 0d array is only supported if the itemsize is unchanged",
        )
    size = shape[-1] * before.itemsize
    if before.itemsize % after.itemsize and size % after.itemsize:
        raise located(
            ValueError,
            "When changing to a larger dtype, its size must be a divisor of the total size in "
            "bytes of the last axis of the array.",
        )
    return (*shape[:-1], size // after.itemsize)


def check(before: np.dtype, after: np.dtype) -> None:
    """Errors: `TypeError` for bytes as truth values, which NumPy keeps as they are."""
    tracing.ir_type((), after)
    if after == BOOL and before != BOOL:
        raise located(
            TypeError,
            f"a view of {before} as bool could hold bytes other than 0 and 1, which traced arrays "
            "do not have; write x != 0",
        )


def read_as(x: Array, dtype: np.dtype) -> Array:
    """The memory of x as numbers of another dtype."""
    if x.dtype == dtype:
        return x
    shape = shape_as(x.shape, x.dtype, dtype)
    if x.dtype.kind == "c":
        parts = list(ops.parts(x))
        flat = _last(ops.stack(parts, parts[0].dtype))
        whole = (*x.shape[:-1], 2 * x.shape[-1]) if x.shape else (2,)
        return read_as(ops.reshape(flat, whole), dtype)
    if dtype.kind == "c":
        part = ops.part_of(dtype)
        rest = (*shape[:-1], 2 * shape[-1]) if shape else (2,)
        pairs = ops.reshape(read_as(x, part), (*rest[:-1], rest[-1] // 2, 2))
        last = pairs.ndim - 1
        re, im = (ops.reshape(ops.part(pairs, last, k, k + 1), pairs.shape[:-1]) for k in (0, 1))
        return ops.reshape(ops.complex_(re, im), shape)
    if x.dtype == BOOL:
        return read_as(ops.cast(x, np.dtype(np.int8)), dtype)
    wide, narrow = x.dtype.itemsize, dtype.itemsize
    if wide == narrow:
        return bits_of(x, dtype)
    if wide > narrow:
        return ops.reshape(narrower(x, dtype), shape)
    return wider(ops.reshape(x, (*shape, narrow // wide)), dtype)
