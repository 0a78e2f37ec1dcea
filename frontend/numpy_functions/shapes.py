"""Reshaping, moving, repeating and padding."""

from __future__ import annotations

import math as pymath
from typing import Any

import numpy

from .. import masked, ops, tracing
from ..array_views.view_steps import Flip, Order
from ..ops import lift
from ..tracing import Array, constant
from ..user_code import as_python, located
from .elementwise import filled
from .registration import implements

np: Any = numpy  # its type stubs know no traced arrays


@implements("shape")
def shape(a):
    return ops.shape_of(a)


@implements("ndim")
def ndim(a):
    return len(ops.shape_of(a))


@implements("size")
def size(a, axis=None):
    sizes = ops.shape_of(a)
    return pymath.prod(sizes[d] for d in ops.axes(axis, len(sizes)))


@implements("iscomplexobj")
def iscomplexobj(x):
    return ops.dtype_of(x).kind == "c"


@implements("isrealobj")
def isrealobj(x):
    return not iscomplexobj(x)


@implements("common_type")
def common_type(*arrays):
    """The type of floats, or of complex numbers, that all arrays fit into."""
    return numpy.common_type(*(numpy.empty(0, ops.lift(x).dtype) for x in arrays))


@implements("result_type")
def result_type(*arrays_and_dtypes):
    return ops.promote(*arrays_and_dtypes)


@implements("can_cast")
def can_cast(from_, to, casting="safe"):
    return np.can_cast(from_.dtype if isinstance(from_, Array) else from_, to, casting)


@implements("copy")
def copy(a, order="K", subok=False):
    return lift(a)


@implements("astype")
def astype(x, dtype, copy=True):
    return lift(x).astype(dtype, copy=copy)


def _sizes(shape: Any, size: int) -> tuple[int, ...]:
    """The sizes of a shape from a user. The size that is left over replaces a -1."""
    shape = tuple(
        ops.operator.index(n) for n in (shape if isinstance(shape, list | tuple) else (shape,))
    )
    known = pymath.prod(n for n in shape if n != -1)
    if shape.count(-1) == 1 and known and size % known == 0:
        shape = tuple(size // known if n == -1 else n for n in shape)
    if pymath.prod(shape) != size or min(shape, default=0) < 0:
        raise located(ValueError, f"cannot reshape array of size {size} into shape {shape}")
    return shape


@implements("reshape")
def reshape(a, shape=None, order="C", newshape=None, copy=None):
    """The order "F" reads and fills by columns: reshape(xᵀ, reversed sizes)ᵀ."""
    x = lift(a)
    sizes = _sizes(newshape if shape is None else shape, x.size)
    if _by_columns(x, order, "reshape"):
        return np.transpose(np.reshape(np.transpose(x), sizes[::-1]))
    return ops.reshape(x, sizes)


@implements("ravel")
def ravel(a, order="C"):
    x = lift(a)
    if _by_columns(x, order, "ravel"):
        x = np.transpose(x)
    return ops.reshape(x, (x.size,))


def _by_columns(x: Array, order: str, name: str) -> bool:
    """
    Whether the order of elements that a user gives runs along columns.

    Errors: `ValueError` for an order that NumPy does not have. `TypeError` for "A" and "K", which
            follow the memory, and a view whose elements do not lie in row-major order.
    """
    if order not in ("C", "F", "A", "K") or (order == "K" and name == "reshape"):
        known = "'C', 'F' or 'A'" if name == "reshape" else "'C', 'F', 'A' or 'K'"
        raise located(ValueError, f"order of {name} must be one of {known}, not {order!r}")
    if order in ("A", "K") and any(isinstance(s, Order | Flip) for s in x.steps):
        raise located(
            TypeError,
            f"{name} with order={order!r} follows the memory of this view, whose order letgrad "
            "does not know; give order='C' or order='F'",
        )
    return order == "F"


@implements("transpose")
def transpose(a, axes=None):
    x = lift(a)
    if axes is None:
        return ops.transpose(x, range(x.ndim)[::-1])
    perm = ops.axes(tuple(axes), x.ndim)
    if len(perm) != x.ndim:
        raise located(ValueError, f"axes {axes} do not match an array of {x.ndim} dimensions")
    return ops.transpose(x, perm)


@implements("matrix_transpose", "linalg.matrix_transpose")
def matrix_transpose(x):
    return np.swapaxes(x, -1, -2)


@implements("swapaxes")
def swapaxes(a, axis1, axis2):
    x = lift(a)
    perm = list(range(x.ndim))
    first, second = ops.axis(axis1, x.ndim, "axis1"), ops.axis(axis2, x.ndim, "axis2")
    perm[first], perm[second] = second, first
    return ops.transpose(x, perm)


@implements("moveaxis")
def moveaxis(a, source, destination):
    x = lift(a)
    origin, goal = ops.axes(source, x.ndim), ops.axes(destination, x.ndim)
    if len(origin) != len(goal):
        raise located(ValueError, "source and destination must have the same number of elements")
    perm = [d for d in range(x.ndim) if d not in origin]
    for to, d in sorted(zip(goal, origin)):
        perm.insert(to, d)
    return ops.transpose(x, perm)


@implements("rollaxis")
def rollaxis(a, axis, start=0):
    x = lift(a)
    d = ops.axis(axis, x.ndim)
    start = start + x.ndim if start < 0 else start
    if not 0 <= start <= x.ndim:
        raise located(
            np.exceptions.AxisError,
            f"start {start} is out of bounds for array of dimension {x.ndim}",
        )
    return np.moveaxis(x, d, start - 1 if d < start else start)


@implements("expand_dims")
def expand_dims(a, axis):
    x = lift(a)
    axis = tuple(axis) if isinstance(axis, list | tuple) else (axis,)
    return ops.expand(x, ops.axes(axis, x.ndim + len(axis)))


@implements("squeeze")
def squeeze(a, axis=None):
    x = lift(a)
    dims = [d for d, n in enumerate(x.shape) if n == 1] if axis is None else ops.axes(axis, x.ndim)
    if any(x.shape[d] != 1 for d in dims):
        raise located(
            ValueError,
            f"cannot select an axis to squeeze out of {x.shape} which has size not equal to "
            f"one: {axis}",
        )
    return ops.reshape(x, [n for d, n in enumerate(x.shape) if d not in dims])


@implements("broadcast_to")
def broadcast_to(array, shape, subok=False):
    return ops.broadcast_to(
        lift(array), tuple(shape) if isinstance(shape, list | tuple) else (shape,)
    )


@implements("broadcast_arrays")
def broadcast_arrays(*args):
    shape = tracing.broadcast_shape(*map(ops.shape_of, args))
    return tuple(ops.broadcast_to(lift(a), shape) for a in args)


def _several(results: list[Array]) -> Any:
    return results[0] if len(results) == 1 else tuple(results)


@implements("atleast_1d")
def atleast_1d(*arys):
    return _several([ops.reshape(x, x.shape or (1,)) for x in map(lift, arys)])


@implements("atleast_2d")
def atleast_2d(*arys):
    return _several([ops.reshape(x, (*[1] * (2 - x.ndim), *x.shape)) for x in map(lift, arys)])


@implements("atleast_3d")
def atleast_3d(*arys):
    def one(x: Array) -> Array:
        return ops.reshape(
            x, {0: (1, 1, 1), 1: (1, *x.shape, 1), 2: (*x.shape, 1)}.get(x.ndim, x.shape)
        )

    return _several([one(x) for x in map(lift, arys)])


@implements("flip")
def flip(m, axis=None):
    x = lift(m)
    return ops.reverse(x, sorted(ops.axes(axis, x.ndim)))


@implements("fliplr")
def fliplr(m):
    return np.flip(m, 1)


@implements("flipud")
def flipud(m):
    return np.flip(m, 0)


@implements("rot90")
def rot90(m, k=1, axes=(0, 1)):
    x = lift(m)
    first, second = ops.axes(tuple(axes), x.ndim)
    if k % 4 == 0:
        return x
    if k % 4 == 2:
        return np.flip(x, (first, second))
    return (
        np.swapaxes(np.flip(x, second), first, second)
        if k % 4 == 1
        else np.flip(np.swapaxes(x, first, second), second)
    )


@implements("roll")
def roll(a, shift, axis=None):
    x = lift(a)
    if axis is None:
        return ops.reshape(np.roll(np.ravel(x), shift, 0), x.shape)
    if isinstance(shift, Array) and shift.ndim == 0 and isinstance(axis, int | np.integer):
        d = ops.axis(axis, x.ndim)
        n = x.shape[d]
        return np.take(x, (np.arange(n) - shift) % n, axis=d) if n else x
    for s, d in np.broadcast(shift, axis):
        d = ops.axis(int(d), x.ndim)
        n = x.shape[d]
        cut = int(s) % n if n else 0
        if cut:
            x = ops.concat([ops.part(x, d, n - cut, n), ops.part(x, d, 0, n - cut)], d)
    return x


def _band(m: Array, k: int, lower: bool) -> Array:
    if not m.ndim:
        raise as_python(TypeError, "numpy.tril and triu take arrays of one dimension or more")
    if m.ndim < 2:
        m = ops.broadcast_to(m, (m.shape[0], m.shape[0]))
    rows, columns = (ops.iota(m.shape[-2:], d) for d in (0, 1))
    mask = columns <= rows + k if lower else columns >= rows + k
    return np.where(mask, m, filled(m, 0))


@implements("tril")
def tril(m, k=0):
    return _band(lift(m), k, True)


@implements("triu")
def triu(m, k=0):
    return _band(lift(m), k, False)


@implements("diagonal")
def diagonal(a, offset=0, axis1=0, axis2=1):
    """Joins the two dimensions into one, and takes a strided slice of it."""
    x = lift(a)
    if x.ndim < 2:
        raise located(ValueError, "diag requires an array of at least two dimensions")
    x = np.moveaxis(x, ops.axes((axis1, axis2), x.ndim), (-2, -1))
    *batch, rows, columns = x.shape
    start = offset if offset >= 0 else -offset * columns
    length = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    flat = ops.reshape(x, (*batch, rows * columns))
    return ops.part(
        flat,
        len(batch),
        start,
        start + (length - 1) * (columns + 1) + 1 if length else start,
        columns + 1,
    )


implements("linalg.diagonal")(lambda x, offset=0: diagonal(x, offset, -2, -1))


@implements("trace")
def trace(a, offset=0, axis1=0, axis2=1, dtype=None):
    return np.sum(diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


implements("linalg.trace")(lambda x, offset=0, dtype=None: trace(x, offset, -2, -1, dtype))


@implements("diag")
def diag(v, k=0):
    """Spreads the elements of a vector by padding between them; or takes a matrix's diagonal."""
    x = lift(v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise located(ValueError, "Input must be 1- or 2-d.")
    n = x.shape[0] + abs(k)
    if x.shape[0] == 0:
        return constant(0, x.dtype, (n, n))
    low = k if k >= 0 else -k * n
    span = x.shape[0] + (x.shape[0] - 1) * n
    return ops.reshape(ops.pad(x, [low], [n * n - low - span], [n]), (n, n))


@implements("diagflat")
def diagflat(v, k=0):
    return diag(np.ravel(lift(v)), k)


@implements("tile")
def tile(A, reps):
    x = lift(A)
    reps = tuple(reps) if isinstance(reps, list | tuple | np.ndarray) else (reps,)
    reps = (1,) * (x.ndim - len(reps)) + tuple(int(r) for r in reps)
    x = ops.reshape(x, (1,) * (len(reps) - x.ndim) + x.shape)
    spread = ops.reshape(x, [n for size in x.shape for n in (1, size)])
    full = ops.broadcast_to(spread, tuple(n for r, size in zip(reps, x.shape) for n in (r, size)))
    return ops.reshape(full, [r * n for r, n in zip(reps, x.shape)])


@implements("repeat")
def repeat(a, repeats, axis=None):
    x = lift(a)
    if isinstance(repeats, Array):
        raise located(
            TypeError,
            "the shape of numpy.repeat's result depends on the repeats, so the repeats may not be "
            "traced",
        )
    if axis is None:
        x, axis = ops.reshape(x, (x.size,)), 0
    d = ops.axis(axis, x.ndim)
    times = np.asarray(repeats)
    if times.size == 1:
        n = int(times.item())
        shape = (*x.shape[: d + 1], n, *x.shape[d + 1 :])
        return ops.reshape(
            ops.broadcast_to(ops.expand(x, [d + 1]), shape),
            (*x.shape[:d], x.shape[d] * n, *x.shape[d + 1 :]),
        )
    return ops.along(x, d, np.repeat(np.arange(x.shape[d]), times))


@implements("delete")
def delete(arr, obj, axis=None):
    x = lift(arr)
    x, axis = (ops.reshape(x, (x.size,)), 0) if axis is None else (x, axis)
    d = ops.axis(axis, x.ndim)
    n = x.shape[d]
    if isinstance(obj, Array) and obj.dtype == ops.BOOL and obj.shape == (n,) and not d:
        return masked.get(x, lift(np.logical_not(obj)))
    if isinstance(obj, Array):
        place = one_place(obj, n, "delete")
        left = np.arange(n - 1)
        # Without the element at a place outside of x, as NumPy has no result, all reads give 0.
        inside = (0 <= place) & (place < n)
        return np.take(x, np.where(inside, left + (left >= place), n), axis=d)
    return ops.along(x, d, np.delete(np.arange(n), obj))


def one_place(obj: Array, n: int, name: str) -> Array:
    """
    A traced place among n, counted from the start.

    Errors: TypeError for several places, or a mask: the shape of the result depends on them.
    """
    if obj.size != 1 or obj.dtype.kind not in "iu":
        raise located(
            TypeError,
            f"the shape of numpy.{name}'s result depends on the places, so the places may not be "
            "traced; a single integer may be",
        )
    place = obj.reshape(())
    return np.where(place < 0, place + n, place)
