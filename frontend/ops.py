"""
One function on traced arrays for each operation of the IR. The tables of NumPy's functions use
these functions.

Shapes and dtypes must fit here as they must in the IR, unless a function says that it makes them
fit. Positions of dimensions are checked and not negative: `axis` and `axes` turn the positions of a
user into such positions.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, StringAttr
from xdsl.ir import Operation, Region, SSAValue

from ..dialects import arrays, ten, types
from ..passes.simplify import index_maps
from . import refusals, tracing
from .tracing import Array, constant, emit, index_type, ir_type, use
from .user_code import as_python, located

INT64 = np.dtype(np.int64)
BOOL = np.dtype(np.bool_)


# Making things fit.


def number(x: Array) -> Array:
    """The array itself; a traced index becomes an int64."""
    return emit(ten.CastOp, use(x), arrays.element_type(INT64)) if x.is_index else x


def lift(value: Any, dtype: Any = None) -> Array:
    """
    A traced array, from any value that NumPy takes for an array. Numbers become a constant. The
    result is cast to `dtype`, if the caller gives one.
    """
    if not isinstance(value, Array):
        value = as_operand(value)
    if isinstance(value, Array):
        return number(value) if dtype is None else cast(value, np.dtype(dtype))
    return constant(value if dtype is None else value.astype(dtype))


def as_operand(value: Any) -> Array | np.ndarray:
    """
    A constant as a NumPy array; a list that contains traced arrays becomes a traced array.

    Errors: `TypeError` for a value that is no array.
    """
    if isinstance(value, list | tuple):
        return join(value)
    refusals.check_class(value)
    array = arrays.asarray(value) if arrays.is_tensor(value) else np.asarray(value)
    ir_type(array.shape, array.dtype)
    return array


def join(items: Sequence[Any], dtype: Any = None) -> Array | np.ndarray:
    """A stack of the items of nested lists; a NumPy array if the lists contain no traced array."""
    if not _has_traced(items):
        array = np.asarray(items, dtype)
        ir_type(array.shape, array.dtype)
        return array
    parts = [join(item) if isinstance(item, list | tuple) else item for item in items]
    parts = [part if isinstance(part, Array) else np.asarray(part) for part in parts]
    if any(part.shape != parts[0].shape for part in parts):
        raise located(
            ValueError,
            f"parts of the shapes {', '.join(str(p.shape) for p in parts)} make no array; all "
            "parts need one shape",
        )
    return stack(parts, promote(*parts) if dtype is None else np.dtype(dtype))


def _has_traced(items: Any) -> bool:
    if isinstance(items, list | tuple):
        return any(_has_traced(item) for item in items)
    return isinstance(items, Array)


def promote(*values: Any, numbers_are_weak: bool = False) -> np.dtype:
    """
    The dtype that NumPy gives to a mixture of arrays, dtypes and (weak) Python numbers.

    With `numbers_are_weak`, a Python float takes the dtype bfloat16 from its counterpart.
    """
    # A number that the program computes is as weak as one that is known.
    values = tuple(v.kind(0) if isinstance(v, tracing.Number) else v for v in values)
    kinds = [
        v if tracing.is_weak(v) or isinstance(v, np.dtype | type) else dtype_of(v) for v in values
    ]
    if any(k is arrays.bfloat16 for k in kinds):
        of = tracing.BESIDE_BFLOAT16 | ({float: arrays.bfloat16} if numbers_are_weak else {})
        return _sum_dtype([of[type(k)] if tracing.is_weak(k) else np.dtype(k) for k in kinds])
    try:
        return np.result_type(*kinds)
    except TypeError as error:
        raise as_python(TypeError, str(error)) from None


def _sum_dtype(kinds: Sequence[np.dtype]) -> np.dtype:
    """
    The dtype of a sum of arrays, bfloat16 among them. `np.result_type` knows no common dtype of
    bfloat16 and large integers, and NumPy's ufuncs do.
    """
    result = kinds[0]
    for kind in kinds[1:]:
        result = np.add.resolve_dtypes((result, kind, None))[-1] if kind != result else result
    return result


def scalar(number: Any, like: np.dtype) -> Any:
    """
    A Python float as a number of the dtype, if that is bfloat16. For library code: a user's float
    beside bfloat16 gives float32, and functions keep the dtype of their argument.
    """
    return like.type(number) if type(number) is float and like == arrays.bfloat16 else number


def dtype_of(value: Any) -> np.dtype:
    return value.dtype if hasattr(value, "dtype") else as_operand(value).dtype


def shape_of(value: Any) -> tuple[int, ...]:
    return tuple(value.shape) if hasattr(value, "shape") else as_operand(value).shape


def to(value: Any, dtype: np.dtype, shape: tuple[int, ...]) -> Array:
    """An operand, cast to `dtype` and broadcast to `shape`."""
    if isinstance(value, Array):
        if value.dtype == dtype and value.shape == shape and (shape or not value.is_index):
            return value
        return broadcast_to(cast(value, dtype), shape)
    if not isinstance(value, np.ndarray):
        return constant(value, dtype, shape)
    if value.ndim == 0:
        return constant(value.astype(dtype), None, shape)
    return broadcast_to(constant(value.astype(dtype, copy=False)), shape)


def axis(value: Any, rank: int, what: str = "axis") -> int:
    """
    The position of a dimension, from a position that may be negative.

    Errors: `numpy.exceptions.AxisError` for a position outside of the rank.
    """
    try:
        d = operator.index(value)
    except TypeError:
        # NumPy takes a traced integer, which only letgrad does not know.
        make = located if isinstance(value, Array) else as_python
        raise make(TypeError, f"{what} must be an integer, not {value!r}") from None
    if not -rank <= d < rank:
        raise located(
            np.exceptions.AxisError, f"{what} {d} is out of bounds for array of dimension {rank}"
        )
    return d % rank


def axes(value: Any, rank: int) -> tuple[int, ...]:
    """
    Positions of dimensions, from an integer, a tuple, or None for all.

    Errors: those of `axis`; `ValueError` if a dimension stands twice.
    """
    if value is None:
        return tuple(range(rank))
    several = value if isinstance(value, list | tuple | range) else (value,)
    result = tuple(axis(v, rank) for v in several)
    if len(set(result)) != len(result):
        raise located(ValueError, f"axis {value} names a dimension twice")
    return result


def reduced_axes(value: Any, rank: int) -> tuple[int, ...]:
    """As `axes`, for reductions: a scalar counts as one element along axis 0, as in NumPy."""
    if not rank and not isinstance(value, bool) and value in (0, -1):
        return ()
    return axes(value, rank)


def as_index(value: Any, size: int | None = None) -> Array:
    """
    A scalar integer as an `index`. If the caller gives the `size` of the dimension, an integer that
    is data counts from the end where it is negative, and so does a Python int.

    A traced index (an argument of a comprehension, and arithmetic on such arguments) stays as it
    is. docs/indices.md has the rule.

    Errors: `TypeError` for a value that is no integer scalar.
    """
    if isinstance(value, Array):
        if value.is_index:
            return value
        if value.shape or value.dtype.kind not in "iu":
            raise located(TypeError, f"an index must be an integer scalar, not {value!r}")
        value = signed_index(value)
        place = emit(arith.IndexCastOp, use(value), index_type)
        if isinstance(value, tracing.Number) and value.limits[0] >= 0:
            return place
        return from_end(place, size) if size else place
    try:
        n = operator.index(value)
    except TypeError:
        raise located(TypeError, f"an index must be an integer, not {value!r}") from None
    return tracing.constant_index(n + size if n < 0 and size is not None else n)


def signed_index(x: Array) -> Array:
    """
    Unsigned integers as int64 where they are used as indices; others as they are. The largest ones
    become 2^63 - 1, which is outside of every array, and not a negative number.
    """
    if x.dtype.kind != "u":
        return x
    if x.dtype.itemsize == 8:
        limit = constant((1 << 63) - 1, x.dtype, x.shape)
        x = binary(arith.MinUIOp, x, limit)
    return cast(x, INT64)


def from_end(place: Array, size: int) -> Array:
    """
    place + size where the index `place` is negative, otherwise place. An index that is proved not
    to be negative stays as it is.
    """
    low, _ = index_maps.bounds_of_elements(place.value)
    if low >= 0:
        return place
    behind = binary_index(arith.AddiOp, place, tracing.constant_index(size))
    return select(compare_by("slt", place, tracing.constant_index(0)), behind, place)


# Elementwise.


def _add(
    kind: type[Operation], operands: tuple[SSAValue, ...], like: Array, **properties: Any
) -> Array:
    op = kind.create(
        operands=operands,
        result_types=(ir_type(like.shape, like.dtype),),
        location=tracing.location(),
        **properties,
    )
    scope = tracing.current()
    scope.block.add_op(op)
    return Array(op.results[0], like.shape, like.dtype, scope)


def unary(kind: type[Operation], x: Array) -> Array:
    """An op with one operand and a result of the same type."""
    return _add(kind, (use(x),), x)


def binary(kind: type[Operation], a: Array, b: Array) -> Array:
    """An op with two operands and a result of one type."""
    return _add(kind, (use(a), use(b)), a)


def compare(order: str, a: Array, b: Array) -> Array:
    """`order` is eq, ne, lt, le, gt or ge. Comparisons with NaN are false, except for ne."""
    if a.dtype.kind + b.dtype.kind in ("iu", "ui"):
        return _compare_signs(order, a, b)
    if a.dtype.kind in "bu":
        predicate = order if order in ("eq", "ne") else f"u{order}"
    elif a.dtype.kind == "i":
        predicate = order if order in ("eq", "ne") else f"s{order}"
    else:
        predicate = "une" if order == "ne" else f"o{order}"
    return compare_by(predicate, a, b)


_TURNED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}


def _compare_signs(order: str, a: Array, b: Array) -> Array:
    """A comparison of int64 with uint64. NumPy compares the numbers, and converts neither."""
    if a.dtype.kind == "u":
        return _compare_signs(_TURNED[order], b, a)
    negative = compare("lt", a, constant(0, a.dtype, a.shape))
    if order in ("ne", "lt", "le"):
        return binary(arith.OrIOp, negative, compare(order, cast(a, b.dtype), b))
    whole = binary(arith.XOrIOp, negative, constant(True, None, a.shape))
    return binary(arith.AndIOp, whole, compare(order, cast(a, b.dtype), b))


def compare_by(predicate: str, a: Array, b: Array) -> Array:
    """A comparison by the name of a predicate of `arith.cmpi` or `arith.cmpf`."""
    if a.shape:
        truth = Array(a.value, a.shape, BOOL, a.scope)  # for the result's shape and dtype
        properties = {"predicate": StringAttr(predicate)}
        return _add(ten.CompareOp, (use(a), use(b)), truth, properties=properties)
    return emit(arith.CmpiOp if a.dtype.kind in "iub" else arith.CmpfOp, use(a), use(b), predicate)


def select(mask: Array, a: Array, b: Array) -> Array:
    """a in places where the mask is true, otherwise b. The mask has their shape, or is a scalar."""
    if a.shape:
        return _add(ten.SelectOp, (use(mask), use(a), use(b)), a)
    return emit(arith.SelectOp, use(mask), use(a), use(b))


def cast(x: Array, dtype: np.dtype) -> Array:
    """
    Numeric conversion.

    Errors: `TypeError` for a dtype that letgrad does not support, and for a real dtype that would
            lose an imaginary part.
    """
    if x.dtype == dtype and not x.is_index:
        return x
    ir_type((), dtype)
    if x.dtype.kind == "c":
        re, im = parts(x)
        if dtype == BOOL:
            return binary(arith.OrIOp, cast(re, dtype), cast(im, dtype))
        if dtype.kind != "c":
            raise located(
                TypeError,
                f"a cast from {x.dtype} to {dtype} would lose the imaginary part; take x.real",
            )
        return complex_(cast(re, part_of(dtype)), cast(im, part_of(dtype)))
    if dtype.kind == "c":
        re = cast(x, part_of(dtype))
        return complex_(re, constant(0.0, re.dtype, re.shape))
    if x.dtype.kind == "u":
        return _cast_unsigned(x, dtype)
    if dtype.kind == "u" and x.dtype.kind not in "ib":
        return _cast_to_unsigned(x, dtype)
    return _cast(x, dtype)


def _cast(x: Array, dtype: np.dtype) -> Array:
    """The cast of the IR, which reads and makes signed integers."""
    return emit(ten.CastOp, use(x), arrays.element_type(dtype))


def _cast_unsigned(x: Array, dtype: np.dtype) -> Array:
    """
    A cast of unsigned integers. For dtypes that are not wider, only the bits count, and the cast of
    the IR is right. For wider ones it copies the highest bit, and the mask drops the copies.
    """
    width = 8 * x.dtype.itemsize
    if dtype.kind in "iub" and dtype.itemsize <= x.dtype.itemsize:
        return _cast(x, dtype)
    if width == 64:
        return _cast_large(x, dtype)
    wide = INT64 if dtype.kind not in "iu" else dtype
    mask = constant((1 << width) - 1, wide, x.shape)
    return cast(binary(arith.AndIOp, _cast(x, wide), mask), dtype)


def _cast_large(x: Array, dtype: np.dtype) -> Array:
    """
    uint64 to float: x < 2^63 ? float(x) : 2 · float(x / 2), where x / 2 keeps the last bit of x.
    The shift drops that bit, and the bit decides how halves are rounded.
    """
    bits = _cast(x, INT64)
    one, zero = constant(1, INT64, x.shape), constant(0, INT64, x.shape)
    half = binary(arith.OrIOp, binary(arith.ShRUIOp, bits, one), binary(arith.AndIOp, bits, one))
    low, high = _cast(bits, dtype), _cast(half, dtype)
    return select(compare("lt", bits, zero), binary(arith.AddfOp, high, high), low)


def _cast_to_unsigned(x: Array, dtype: np.dtype) -> Array:
    """
    A cast of floats: towards zero, and to the nearest limit where the number is outside; 0 for NaN.
    """
    if dtype.itemsize < 8:
        whole = _cast(x, INT64)
        limit = constant(np.iinfo(dtype).max, INT64, x.shape)
        whole = binary(arith.MinSIOp, whole, limit)
        whole = binary(arith.MaxSIOp, whole, constant(0, INT64, x.shape))
        return _cast(whole, dtype)
    wide = cast(x, np.dtype(np.float64))
    limit = constant(2.0**63, None, x.shape)
    low = binary(arith.MaxSIOp, _cast(wide, INT64), constant(0, INT64, x.shape))
    above = _cast(binary(arith.SubfOp, wide, limit), INT64)
    high = binary(arith.AddiOp, above, constant(-(1 << 63), INT64, x.shape))
    return _cast(select(compare("ge", wide, limit), high, low), dtype)


def signed_keys(x: Array) -> Array:
    """Signed integers in the order of the unsigned integers x; other arrays as they are."""
    if x.dtype.kind != "u":
        return x
    bits = np.dtype(f"i{x.dtype.itemsize}")
    return binary(arith.XOrIOp, _cast(x, bits), constant(np.iinfo(bits).min, bits, x.shape))


# Complex numbers.


def part_of(dtype: np.dtype) -> np.dtype:
    """The dtype of the parts of a complex dtype; float32 or float64 of a float dtype."""
    return np.dtype(np.float32 if dtype in (np.complex64, np.float32) else np.float64)


def complex_(re: Array, im: Array) -> Array:
    """The complex array with these parts."""
    return emit(ten.ComplexOp, use(re), use(im))


def parts(z: Array) -> tuple[Array, Array]:
    """The real and the imaginary part. The parts of an array that was made of parts are those."""
    made = use(z).owner
    if isinstance(made, ten.ComplexOp):
        here = tracing.current()
        return Array.of(made.re, here), Array.of(made.im, here)
    return real(z), imag(z)


def pairs(z: Array) -> Array:
    """Complex numbers as pairs of elements, in a last dimension."""
    return concat([expand(part, [z.ndim]) for part in parts(z)], z.ndim)


def halves(pairs: Array) -> tuple[Array, Array]:
    """The first and the second elements of pairs, which stand in the last dimension."""
    last = pairs.ndim - 1
    first, second = (part(pairs, last, k, k + 1) for k in (0, 1))
    return reshape(first, pairs.shape[:-1]), reshape(second, pairs.shape[:-1])


def of_pairs(pairs: Array) -> Array:
    """Pairs of elements, in the last dimension, as complex numbers."""
    return complex_(*halves(pairs))


def real(z: Array) -> Array:
    return emit(ten.RealOp, use(z))


def imag(z: Array) -> Array:
    return emit(ten.ImagOp, use(z))


# Layout.


def broadcast_to(x: Array, shape: tuple[int, ...]) -> Array:
    """
    The array, repeated by NumPy's rules along missing leading dimensions and dimensions of size 1.

    Errors: `ValueError` if these rules cannot give the shape.
    """
    if x.shape == shape:
        return x
    lead = len(shape) - x.ndim
    if lead < 0 or any(m not in (1, n) for m, n in zip(x.shape, shape[lead:])):
        raise located(ValueError, f"an array of shape {x.shape} cannot be broadcast to {shape}")
    new = [
        *range(lead),
        *(lead + d for d, (m, n) in enumerate(zip(x.shape, shape[lead:])) if m != n),
    ]
    kept = [n for d, n in enumerate(shape) if d not in new]
    return emit(ten.BroadcastOp, use(reshape(x, kept)), new, shape) if new else reshape(x, kept)


def reshape(x: Array, shape: Sequence[int]) -> Array:
    return x if x.shape == tuple(shape) else emit(ten.ReshapeOp, use(number(x)), tuple(shape))


def transpose(x: Array, perm: Sequence[int]) -> Array:
    return x if tuple(perm) == tuple(range(x.ndim)) else emit(ten.TransposeOp, use(x), tuple(perm))


def slice_(
    x: Array, offsets: Sequence[int], sizes: Sequence[int], strides: Sequence[int] | None = None
) -> Array:
    strides = [1] * x.ndim if strides is None else strides
    whole = tuple(sizes) == x.shape and not any(offsets)
    return x if whole else emit(ten.SliceOp, use(x), offsets, sizes, strides)


def update(
    x: Callable[[], Array],
    part: Array,
    shape: tuple[int, ...],
    offsets: Sequence[int | Array],
    strides: Sequence[int],
) -> Array:
    """
    x, in which every `strides[d]`-th element from `offsets` on is replaced by an element of `part`.
    Elements of `part` at places outside of x drop. `x` is called if some of its elements stay.
    """
    if part.shape == shape and not any(isinstance(o, Array) or o for o in offsets):
        return part
    base = x()
    if not part.size:
        return base
    places = [o if isinstance(o, Array) else tracing.constant_index(o) for o in offsets]
    return emit(ten.UpdateOp, use(base), use(part), [use(o) for o in places], tuple(strides))


def part(x: Array, d: int, start: int, stop: int, stride: int = 1) -> Array:
    """x[start:stop:stride] along dimension d, for 0 ≤ start, stop ≤ n, stride ≥ 1."""
    count = len(range(start, stop, stride))
    offsets, sizes, strides = [0] * x.ndim, list(x.shape), [1] * x.ndim
    offsets[d], sizes[d], strides[d] = (start if count else 0), count, stride
    return slice_(x, offsets, sizes, strides)


def pad(
    x: Array, low: Sequence[int], high: Sequence[int], interior: Sequence[int] | None = None
) -> Array:
    """The array with zeros around its elements and between them."""
    if x.dtype == BOOL:
        return cast(pad(cast(x, np.dtype(np.int8)), low, high, interior), BOOL)
    return (
        emit(ten.PadOp, use(x), low, high, interior) if any((*low, *high, *(interior or ()))) else x
    )


def reverse(x: Array, dims: Sequence[int]) -> Array:
    return emit(ten.ReverseOp, use(x), tuple(dims)) if dims else x


def stack(parts: Sequence[Any], dtype: np.dtype) -> Array:
    """Joins arrays of one shape along a new first dimension."""
    shape = shape_of(parts[0])
    values = [use(to(as_array(p), dtype, shape)) for p in parts]
    joined: list[Array] = []
    alone: list[SSAValue] = []
    place = 0
    while place < len(values):
        rows = _rows(values, place)
        n = rows.shape[0] if rows is not None else 1
        if rows is None:
            alone.append(values[place])
        if alone and (rows is not None or place + 1 == len(values)):
            joined.append(emit(ten.StackOp, alone))
            alone = []
        if rows is not None:
            joined.append(rows)
        place += n
    return concat(joined, 0)


FEWEST_ROWS = 8
"""Fewer rows of an array are joined one by one."""


def _rows(values: Sequence[SSAValue], place: int) -> Array | None:
    """The part of an array whose rows the values from `place` on are."""
    first = values[place].owner
    if not isinstance(first, ten.IndexOp) or len(first.indices) != 1:
        return None
    source, row = first.t, first.indices[0].owner
    if not isinstance(row, arith.ConstantOp) or not isinstance(row.value, IntegerAttr):
        return None
    start = row.value.value.data
    most = min(len(values) - place, types.shape(source.type)[0] - start)
    if start < 0 or most < FEWEST_ROWS:
        return None
    n = next((k for k in range(most) if not _is_row(values[place + k], source, start + k)), most)
    if n < FEWEST_ROWS:
        return None
    rows = Array.of(source, tracing.current())
    return rows if n == rows.shape[0] else rows[start : start + n]


def _is_row(x: SSAValue, source: SSAValue, k: int) -> bool:
    """Whether a value is the row k of another one."""
    loop = source.owner
    if isinstance(loop, ten.ScanOp) and x.owner is loop and k == loop.trips - 1:
        # What the loop carries may be what it gives as its last row.
        own: dict[SSAValue, SSAValue] = dict(zip(loop.results, loop.yielded))
        return loop.surely_runs and not loop.is_reverse and own[x] is own[source]
    if not isinstance(x.owner, ten.IndexOp) or x.owner.t is not source:
        return False
    places = x.owner.indices
    if len(places) != 1 or not isinstance(constant := places[0].owner, arith.ConstantOp):
        return False
    return isinstance(constant.value, IntegerAttr) and constant.value.value.data == k


def concat(parts: Sequence[Array], d: int) -> Array:
    return parts[0] if len(parts) == 1 else emit(ten.ConcatOp, [use(p) for p in parts], d)


def as_array(value: Any) -> Array | np.ndarray:
    return value if isinstance(value, Array) else as_operand(value)


def expand(x: Array, dims: Sequence[int]) -> Array:
    """New dimensions of size 1 at these positions of the result."""
    shape = list(x.shape)
    for d in sorted(dims):
        shape.insert(d, 1)
    return reshape(x, shape)


# Reductions.


def sum_(x: Array, dims: Sequence[int]) -> Array:
    return emit(ten.SumOp, use(x), tuple(dims)) if dims else x


def reduce(kind: str, x: Array, dims: Sequence[int]) -> Array:
    """`max`, `min`, `prod`, `any` or `all`."""
    if dims and x.dtype.kind == "u" and kind in ("max", "min"):
        keys = reduce(kind, signed_keys(x), dims)
        least = constant(np.iinfo(keys.dtype).min, keys.dtype, keys.shape)
        return _cast(binary(arith.XOrIOp, keys, least), x.dtype)
    return emit(ten.ReduceOp, kind, use(x), tuple(dims)) if dims else x


def lowest(dtype: np.dtype, sign: int) -> Any:
    """A number of the dtype that no other is above, or for the sign -1, below."""
    if dtype == BOOL:
        return sign > 0
    if dtype.kind in "iu":
        return np.iinfo(dtype).max if sign > 0 else np.iinfo(dtype).min
    return dtype.type(sign * np.inf)


def count(x: Array, dims: Sequence[int]) -> int:
    """How many elements a reduction over dims joins."""
    return prod(x.shape[d] for d in dims)


def iota(shape: tuple[int, ...], d: int, dtype: Any = np.int64) -> Array:
    """0, 1, 2, … along dimension d."""
    return emit(ten.IotaOp, d, ir_type(shape, np.dtype(dtype)))


# Products.


def einsum(spec: str, xs: Sequence[Array]) -> Array:
    return emit(ten.EinsumOp, spec, [use(x) for x in xs])


# Indices.


def index(t: Array, indices: Sequence[Array]) -> Array:
    """The part of t at leading indices of type `index`. Outside of t, the elements are 0."""
    return emit(ten.IndexOp, use(t), [use(i) for i in indices]) if indices else t


def gather(dims: Sequence[int], t: Array, index_map: Any) -> Array:
    """
    `index_map` takes one traced index for each size in dims, and gives the leading indices into t.
    """
    source = use(number(t))
    with tracing.region([index_type] * len(dims)) as (scope, args):
        targets = [as_index(i) for i in index_map(*args)]
        tracing.add_yield(scope, targets)
    return emit(ten.GatherOp, tuple(dims), source, _region(scope))


def scatter(dims: Sequence[int], t: Array, count: int, index_map: Any) -> Array:
    """
    `index_map` takes one index for each of the `count` leading dimensions of t, and gives one index
    for each size in dims.
    """
    source = use(number(t))
    with tracing.region([index_type] * count) as (scope, args):
        targets = [as_index(i) for i in index_map(*args)]
        tracing.add_yield(scope, targets)
    return emit(ten.ScatterOp, tuple(dims), source, _region(scope))


def build(dims: Sequence[int], element: Any) -> Array:
    """`element` takes one traced index for each size in dims, and gives a scalar or an array."""
    with tracing.region([index_type] * len(dims)) as (scope, args):
        tracing.add_yield(scope, [lift(element(*args))])
    return emit(ten.BuildOp, tuple(dims), _region(scope))


def _region(scope: tracing.Scope) -> Region:
    return Region(scope.block)


def along(x: Array, d: int, positions: np.ndarray) -> Array:
    """The slices of x at these static positions along dimension d."""
    table = constant(positions.astype(np.int64))
    perm = [d, *(e for e in range(x.ndim) if e != d)]
    taken = gather([len(positions)], transpose(x, perm), lambda i: (index(table, [i]),))
    return transpose(taken, np.argsort(perm).tolist())


# Arithmetic on indices stays in `index`.


def _floor_divide(a: Array, b: Array) -> Array:
    return binary_index(arith.FloorDivSIOp, a, b)


def _remainder(a: Array, b: Array) -> Array:
    """Python's modulo, 0 for b = 0."""
    rest = binary_index(arith.SubiOp, a, binary_index(arith.MuliOp, _floor_divide(a, b), b))
    if (known := types.constant_value(b.value)) is not None and known != 0:
        return rest
    zero = tracing.constant_index(0)
    return select(compare_by("eq", b, zero), zero, rest)


def binary_index(kind: type[Operation], a: Array, b: Array) -> Array:
    return emit(kind, use(a), use(b))


_INDEX_OPS: dict[np.ufunc, Any] = {
    np.add: lambda a, b: binary_index(arith.AddiOp, a, b),
    np.subtract: lambda a, b: binary_index(arith.SubiOp, a, b),
    np.multiply: lambda a, b: binary_index(arith.MuliOp, a, b),
    np.minimum: lambda a, b: binary_index(arith.MinSIOp, a, b),
    np.maximum: lambda a, b: binary_index(arith.MaxSIOp, a, b),
    np.floor_divide: _floor_divide,
    np.remainder: _remainder,
    np.divmod: lambda a, b: (_floor_divide(a, b), _remainder(a, b)),
    np.negative: lambda a: binary_index(arith.SubiOp, tracing.constant_index(0), a),
    np.positive: lambda a: a,
    np.less: lambda a, b: compare_by("slt", a, b),
    np.less_equal: lambda a, b: compare_by("sle", a, b),
    np.greater: lambda a, b: compare_by("sgt", a, b),
    np.greater_equal: lambda a, b: compare_by("sge", a, b),
    np.equal: lambda a, b: compare_by("eq", a, b),
    np.not_equal: lambda a, b: compare_by("ne", a, b),
}


def on_indices(ufunc: np.ufunc, operands: Sequence[Any]) -> Any:
    """
    The ufunc on traced indices and integers, as an `index`; None if an operand is another value.
    """
    if ufunc not in _INDEX_OPS or not any(
        isinstance(x, Array) and not x.shape and x.is_index for x in operands
    ):
        return None
    if not all(_is_index_like(x) for x in operands):
        return None
    return _INDEX_OPS[ufunc](
        *(as_index(x) if isinstance(x, Array) else tracing.constant_index(int(x)) for x in operands)
    )


def _is_index_like(x: Any) -> bool:
    if isinstance(x, Array):
        return not x.shape and x.is_index
    return type(x) is int or (isinstance(x, np.ndarray) and x.ndim == 0 and x.dtype.kind in "iu")
