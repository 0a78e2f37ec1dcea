"""Powers of two: `ldexp` and `frexp`, exactly; and the bits of bytes."""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops
from ..ops import lift
from ..tracing import Array, constant
from ..user_code import located
from .elementwise import filled
from .registration import implements, ufunc

np: Any = numpy  # its type stubs know no traced arrays

DOUBLE = numpy.dtype(numpy.float64)
INT32 = numpy.dtype(numpy.int32)


def _power_of_two(n: Array) -> Array:
    """2.0^n for integers from -1022 to 1023: a product of exact powers, one for each bit of |n|."""
    size, result = abs(n), filled(ops.cast(n, DOUBLE), 1.0)
    for k in range(10):
        step = np.where(n < 0, 2.0 ** -(1 << k), 2.0 ** (1 << k))
        result = np.where((size >> k) & 1 == 1, result * step, result)
    return result


@ufunc("ldexp")
def ldexp(x: Array, n: Array) -> Array:
    """x · 2^n, rounded once."""
    kind = x.dtype
    wide = ops.cast(x, DOUBLE)
    n = ops.cast(n, np.dtype(np.int64)) if n.dtype.itemsize < 8 else n
    if kind != DOUBLE:
        # In float64 the product is exact, and the cast rounds it.
        return ops.cast(wide * _power_of_two(np.clip(n, -400, 400)), kind)
    # Steps of which only the last one may round: the others keep 53 bits above the least number.
    rest = np.clip(n, -2200, 2200)
    for _ in range(2):
        step = np.where(rest > 1023, 1023, np.where(rest < -1022, -969, 0))
        wide = wide * _power_of_two(step)
        rest = rest - step
    return wide * _power_of_two(np.clip(rest, -1022, 1023))


@ufunc("frexp")
def frexp(x: Array) -> tuple[Array, Array]:
    """The mantissa, whose size is from 0.5 to 1, and the exponent: x = mantissa · 2^exponent."""
    kind = x.dtype
    m = ops.cast(x, DOUBLE)
    exponent = constant(0, INT32, x.shape)
    for k in reversed(range(11)):
        # Down to a size below 1, and up to a size of 0.5 or more.
        step = min(1 << k, 1000)
        large = (abs(m) >= 2.0 ** (step - 1)) & np.isfinite(m)
        m = np.where(large, m * 2.0**-step, m)
        exponent = np.where(large, exponent + step, exponent).astype(INT32)
        small = (abs(m) < 2.0**-step) & (m != 0)
        m = np.where(small, m * 2.0**step, m)
        exponent = np.where(small, exponent - step, exponent).astype(INT32)
    return ops.cast(m, kind), exponent


@implements("unpackbits")
def unpackbits(a, axis=None, count=None, bitorder="big"):
    x = _bytes(a, bitorder)
    x, d = (ops.reshape(x, (x.size,)), 0) if axis is None else (x, ops.axis(axis, x.ndim))
    shifts = numpy.arange(8, dtype=numpy.uint8)
    shifts = shifts if bitorder == "little" else shifts[::-1]
    rows = np.moveaxis(x, d, -1)
    found = (rows[..., None] >> shifts) & 1
    found = np.reshape(found, (*rows.shape[:-1], 8 * rows.shape[-1]))
    n = found.shape[-1]
    if count is not None:
        wanted = count if count >= 0 else n + count
        if wanted < 0:
            raise located(ValueError, f"-count {count} larger than number of elements {n}")
        widths = [(0, 0)] * (found.ndim - 1) + [(0, max(wanted - n, 0))]
        found = np.pad(found, widths)[..., :wanted]
    return np.moveaxis(found, -1, d)


@implements("packbits")
def packbits(a, axis=None, bitorder="big"):
    x = lift(a)
    if x.dtype.kind not in "iub" or bitorder not in ("big", "little"):
        raise located(TypeError, f"numpy.packbits takes integers or bools, not {x!r}")
    x, d = (ops.reshape(x, (x.size,)), 0) if axis is None else (x, ops.axis(axis, x.ndim))
    rows = np.moveaxis(x != 0, d, -1).astype(np.uint8)
    groups = -(-rows.shape[-1] // 8)
    rows = np.pad(rows, [(0, 0)] * (rows.ndim - 1) + [(0, 8 * groups - rows.shape[-1])])
    rows = np.reshape(rows, (*rows.shape[:-1], groups, 8))
    values = 1 << numpy.arange(8, dtype=numpy.uint8)
    values = values if bitorder == "little" else values[::-1]
    return np.moveaxis(np.sum(rows * values, axis=-1, dtype=np.uint8), -1, d)


def _bytes(a: Any, bitorder: str) -> Array:
    x = lift(a)
    if x.dtype != np.uint8:
        raise located(TypeError, "Expected an input array of unsigned byte data type")
    if bitorder not in ("big", "little"):
        raise located(ValueError, "'order' must be either 'little' or 'big'")
    return x
