"""
Writes to traced arrays: `x[key] = v`, in-place operators, and `ufunc.at`.

A basic key makes a view, and the write replaces the box that the view is. A mask becomes a choice.
Arrays of integers become a table that says, for each element of the array, which of the new
elements it gets: the last one, where an index stands several times. The table is a constant if the
key is known during the trace; otherwise the program computes it. docs/writes.md has the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from xdsl.ir import Region

from ...dialects import ten
from .. import indexing, ops, tracing
from ..masked import (
    ASK_FOR_SIZE,
    DEPENDS,
    RULES,
    Masked,
    check_raises,
    has_masked,
    unwrapped,
    whole_key,
)
from ..masked_axes import MaskedAxis
from ..ops import BOOL
from ..tracing import Array, constant
from ..user_code import as_python, located
from . import storages
from .view_steps import Shape
from .viewing import has_traced, plain

UNKNOWN_COUNT = (
    "the number of new elements depends on the traced mask; write one number, an array that "
    "broadcasts, or np.where(mask, new, old)"
)


def put(x: Array, key: Any, value: Any) -> None:
    """
    x[key] = value.

    Errors: those of NumPy that depend on shapes, dtypes and known indices; `TypeError` for a write
            that would be lost.
    """
    if isinstance(value, Array) and value.origin is not None:
        base, same = value.origin
        if base is x and same is key:
            return  # `x[key] += y` wrote through the view x[key] already
    storages.check_writable(x)
    if has_masked(key):
        _put_at_masked(x, key, value)
        return
    if (inner := unwrapped(key)) is not None:
        if isinstance(value, MaskedAxis) and value.axis == 1 and value.shape[0] == 1:
            value = value[0]
        elif ops.shape_of(value):
            raise located(TypeError, DEPENDS)
        _put_at_masked(x, inner, value)
        return
    key, value = plain(key), plain(value)
    items = list(key) if isinstance(key, tuple) else [key]
    if isinstance(value, Masked | MaskedAxis) and not any(map(_is_mask, items)):
        raise located(TypeError, DEPENDS)
    if not has_traced((key, value)) and (content := known_here(x)) is not None:
        try:
            content[key] = value
        except (IndexError, TypeError, ValueError, OverflowError) as error:
            raise as_python(type(error), str(error)) from None
        storages.touch(x)
        return
    if any(map(_is_mask, items)):
        _put_masked(x, items, value)
        return
    full = indexing.expanded(x, key)
    if indexing.is_basic(full):
        target = basic_view(x, full)
        storages.write(target, fit(value, target.shape, target.dtype))
    elif has_traced(key):
        _put_at_traced(x, key, full, value)
    else:
        _put_at_known(x, key, value)


def _is_mask(key: Any) -> bool:
    return isinstance(key, Array) and key.dtype == BOOL


def known_here(x: Array) -> np.ndarray | None:
    """
    The content of a known array that may change at once: the scope is the array's own. In a loop
    or a branch, a write has to become an op, because the trace sees the body only once.
    """
    content = storages.known(x)
    return content if content is not None and x.storage.home is tracing.current() else None


def basic_view(x: Array, items: list[Any]) -> Array:
    """x[items], without a read."""
    axes = indexing.resolved(x.shape, items)
    steps = indexing.steps_of(x.shape, items, axes)
    last = steps[-1]
    assert isinstance(last, Shape)
    return storages.lazy(x, last.sizes, steps)


def fit(value: Any, shape: tuple[int, ...], dtype: np.dtype) -> Array:
    """
    New elements for a place of this shape, as NumPy converts them in an assignment.

    Errors: `ValueError` for a shape that cannot be broadcast.
    """
    if not isinstance(value, Array):
        # NumPy reads numbers from text.
        value = np.asarray(value) if isinstance(value, str | bytes) else ops.as_operand(value)
    if not isinstance(value, Array):
        try:
            value = constant(np.asarray(_assigned(value, dtype)))
        except (TypeError, ValueError, OverflowError) as error:
            raise as_python(type(error), str(error)) from None
    value = ops.cast(ops.number(value), dtype)
    own = value.shape
    while len(own) > len(shape) and own[0] == 1:
        own = own[1:]
    lead = len(shape) - len(own)
    if lead < 0 or any(m not in (1, n) for m, n in zip(own, shape[lead:])):
        raise located(
            ValueError,
            f"could not broadcast input array from shape {_tuple(value.shape)} into shape "
            f"{_tuple(shape)}",
        )
    return ops.broadcast_to(ops.reshape(value, own), shape)


def _assigned(value: np.ndarray, dtype: np.dtype) -> np.ndarray:
    result = np.empty(value.shape, dtype)
    with np.errstate(all="ignore"):
        result[...] = value
    return result


def _tuple(shape: tuple[int, ...]) -> str:
    return f"({','.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


# Masks.


def _put_at_masked(x: Array, key: Any, value: Any) -> None:
    """x[key] = value for a key of parts of one mask, such as np.nonzero gives."""
    items = key if isinstance(key, tuple) else (key,)
    if isinstance(items[0], slice) and not ops.shape_of(value) and len(items) == x.ndim:
        # One number goes to the same places, in whichever order the dimensions are.
        first = next(d for d, item in enumerate(items) if isinstance(item, Masked))
        order = (first, *(d for d in range(x.ndim) if d != first))
        if all(d == first or isinstance(item, slice) for d, item in enumerate(items)):
            turned = storages.fresh(ops.transpose(ops.number(x), order))
            _put_at_masked(turned, tuple(items[d] for d in order), value)
            storages.write(x, ops.transpose(ops.number(turned), np.argsort(order).tolist()))
            return
    whole, mask, same = whole_key(x, key, beyond=True)
    if same:
        put(x, mask, value)
        return
    put(x, whole, _at_whole(value, mask, x.ndim - _used_up(whole) + _trail(key)))


def _trail(key: Any) -> int:
    """How many dimensions the parts in a key have behind that of their mask."""
    items = key if isinstance(key, tuple) else (key,)
    return next(item.trail for item in items if isinstance(item, Masked))


def _used_up(key: Sequence[Any]) -> int:
    """How many dimensions the arrays and the single places of a key use up."""
    return sum(not isinstance(item, slice) for item in key)


def _at_whole(value: Any, mask: Array, trail: int) -> Any:
    """
    New elements for a key of parts of this mask as those for its whole arrays. Behind the dimension
    of the mask, the key chooses elements of `trail` dimensions.

    Errors: `TypeError` for elements of another mask, and for one element for each true place.
    """
    if isinstance(value, Masked):
        if not value.has_mask(mask) or value.trail > trail:
            raise located(TypeError, DEPENDS)
        lead = value.whole.shape[: mask.ndim]
        rest = value.whole.shape[mask.ndim :]
        return ops.reshape(value.cleared(), (*lead, *[1] * (trail - value.trail), *rest))
    if len(ops.shape_of(value)) > trail:
        raise located(TypeError, DEPENDS)
    return value


def _put_masked(x: Array, items: list[Any], value: Any) -> None:
    """A traced mask among the items of a key; the others are slices and single places."""
    (at, *more) = [k for k, i in enumerate(items) if isinstance(i, Array) and i.dtype == BOOL]
    mask = items[at]
    rest = [slice(None)] * mask.ndim
    basic = [*items[:at], *rest, *items[at + 1 :]]
    if more or mask.ndim == 0 or not _are_plain(basic):
        raise located(
            TypeError,
            "letgrad supports a traced mask beside slices and single places, not beside other "
            "masks and arrays",
        )
    full = indexing.expanded(x, tuple(basic))
    whole = basic_view(x, full)
    before = [item for item in full[: _position(full, at, items)] if item is not Ellipsis]
    d = sum(item is None or isinstance(item, slice) for item in before)
    single = any(not isinstance(i, slice) and i is not None and i is not Ellipsis for i in full)
    if single and d:
        raise located(
            TypeError,
            "letgrad supports a traced mask beside single places only where it is the first item",
        )
    if isinstance(value, Masked | MaskedAxis):
        _put_part(whole, mask, value, d)
    else:
        put_where(whole, mask, value, d)


def _put_part(x: Array, mask: Array, value: Masked | MaskedAxis, d: int) -> None:
    """x[:, …, mask] = value, with d full slices in front of the mask, for a part of this mask."""
    n = mask.ndim
    if mask.shape != x.shape[d : d + n]:
        raise located(TypeError, DEPENDS)
    content: Any = ops.number(x)
    rows = ops.lift(np.moveaxis(content, range(d, d + n), range(n)))
    target = Masked(rows, mask)
    part = target if d == 0 else MaskedAxis(target, d)
    new = part.operand(value)
    if isinstance(new, Masked):
        new = target.operand(new)
    new = ops.cast(ops.broadcast_to(new, rows.shape), x.dtype)
    chosen: Any = ops.select(target.wide(), new, ops.number(rows))
    storages.write(x, ops.lift(np.moveaxis(chosen, range(n), range(d, d + n))))


def _position(full: list[Any], at: int, items: list[Any]) -> int:
    """Where the item at this place of a key is, after the ellipsis became full slices."""
    if Ellipsis in items[:at]:
        return len(full) - (len(items) - at - 1) - items[at].ndim
    return at


def _are_plain(items: Sequence[Any]) -> bool:
    return all(
        item is None
        or item is Ellipsis
        or isinstance(item, slice | int | np.integer)
        or (isinstance(item, Array) and not item.shape)
        for item in items
    )


def put_where(x: Array, mask: Array, value: Any, d: int = 0) -> None:
    """x[:, …, mask] = value, with d full slices in front of the mask."""
    n = mask.ndim
    for k, (m, size) in enumerate(zip(mask.shape, x.shape[d : d + n])):
        if m != size:
            raise located(
                IndexError,
                f"boolean index did not match indexed array along axis {d + k}; size of axis is "
                f"{size} but size of corresponding boolean axis is {m}",
            )
    if n > x.ndim - d:
        raise located(IndexError, f"too many indices for array: array is {x.ndim}-dimensional")
    value = value if isinstance(value, Array) else ops.as_operand(value)
    trail = x.ndim - d - n
    shape = ops.shape_of(value)
    sizes = x.shape[d : d + n]
    wide = ops.broadcast_to(
        ops.reshape(mask, (*[1] * d, *sizes, *[1] * trail)),
        x.shape,
    )
    if len(shape) <= trail or shape[len(shape) - trail - 1] == 1:
        lead, tail = shape[: max(len(shape) - trail - 1, 0)], shape[len(shape) - trail :]
        tail = shape if len(shape) <= trail else tail
        spread = shape if len(shape) <= trail else (*lead, *[1] * n, *tail)
        new = fit(ops.reshape(ops.lift(value), spread), x.shape, x.dtype)
    else:
        if d:
            raise located(TypeError, UNKNOWN_COUNT)
        new = _in_turn(value, mask, x)
    storages.write(x, ops.select(wide, new, ops.number(x)))


def _in_turn(value: Any, mask: Array, x: Array) -> Array:
    """The k-th element of the value, where the mask is true for the k-th time."""
    value = ops.cast(ops.lift(value), x.dtype)
    tail = x.shape[mask.ndim :]
    if value.ndim > 1 + len(tail):
        raise located(TypeError, UNKNOWN_COUNT)
    value = fit(value, (value.shape[value.ndim - len(tail) - 1], *tail), x.dtype)
    differ = lambda: np.not_equal(np.sum(mask), value.shape[0])  # noqa: E731
    text = "NumPy boolean array indexing assignment cannot assign so many input values"
    check_raises(ValueError, "this write", ASK_FOR_SIZE, differ, text)
    flat = ops.reshape(mask, (mask.size,))
    turn: Any = np.cumsum(flat, dtype=np.int64) - 1
    table = ops.reshape(turn, mask.shape)
    return ops.gather(mask.shape, value, lambda *i: [ops.index(table, list(i))])


# Arrays of integers.


def _put_at_known(x: Array, key: Any, value: Any) -> None:
    """A key that is known during the trace: NumPy itself says which new element comes last."""
    winner = np.full(x.shape, -1, np.int64)
    try:
        shape = winner[key].shape
        count = prod(shape)
        winner[key] = np.arange(count).reshape(shape)
    except (IndexError, TypeError, ValueError) as error:
        raise as_python(type(error), str(error)) from None
    new = fit(value, shape, x.dtype)
    if not count:
        return
    chosen = constant(winner >= 0)
    table = constant(np.maximum(winner, 0))
    flat = ops.reshape(new, (count,))
    spread = ops.gather(x.shape, flat, lambda *i: [ops.index(table, list(i))])
    storages.write(x, ops.select(chosen, spread, ops.number(x)) if x.shape else spread)


def _leading(items: list[Any]) -> int | None:
    """
    How many dimensions the arrays and integers at the front of a key use up, if all that follows
    are full slices. Otherwise None.
    """
    count = 0
    items = [item for item in items if item is not Ellipsis]
    while items and not (items[0] is None or isinstance(items[0], slice)):
        item = items.pop(0)
        count += item.ndim if isinstance(item, np.ndarray) and item.dtype.kind == "b" else 1
    return count if all(isinstance(i, slice) and i == slice(None) for i in items) else None


def places(x: Array, key: Any, items: list[Any]) -> tuple[Array, int]:
    """
    For each element that the key selects, its place among the first dimensions of x in row-major
    order, -1 outside; and the number of these dimensions. The others are selected whole.
    """
    depth = _leading(items)
    depth = x.ndim if depth is None else depth
    sizes = x.shape[:depth]
    count = prod(sizes)
    if depth < x.ndim:
        key = tuple(items[: len(items) - (x.ndim - depth)])
        key = tuple(item for item in key if item is not Ellipsis)
    if len(items) == depth and all(map(_is_integers, items)):
        return _places_by_arithmetic(items, x.shape[:depth]), depth
    if has_traced(key):
        # A read outside gives 0, so the places count from 1.
        numbers = constant(np.arange(1, count + 1).reshape(sizes))
        return indexing.get(numbers, key) - 1, depth
    try:
        return constant(np.arange(count).reshape(sizes)[key]), depth
    except (IndexError, TypeError, ValueError) as error:
        raise located(type(error), str(error)) from None


def _is_integers(item: Any) -> bool:
    is_array = isinstance(item, Array) and item.ndim > 0
    return is_array and item.dtype in (np.dtype(np.int32), np.dtype(np.int64))


def _places_by_arithmetic(items: Sequence[Array], sizes: Sequence[int]) -> Array:
    """As `places`, for arrays of integers: without a table that each element would be read from."""
    place: Any = None
    inside: Any = None
    for item, n in zip(items, sizes, strict=True):
        k: Any = ops.cast(item, np.dtype(np.int64))
        k = np.where(k < 0, k + n, k)
        here = (k >= 0) & (k < n)
        place = k if place is None else place * n + k
        inside = here if inside is None else inside & here
    found: Any = np.where(inside, place, -1)
    return found


def _put_at_traced(x: Array, key: Any, items: list[Any], value: Any) -> None:
    where, depth = places(x, key, items)
    trail = x.shape[depth:]
    new = fit(value, (*where.shape, *trail), x.dtype)
    count, sizes = where.size, x.shape[:depth]
    if not count or not x.size:
        return
    where, new = ops.reshape(where, (count,)), ops.reshape(new, (count, *trail))
    if count == 1:
        old = ops.reshape(ops.number(x), (prod(sizes), *trail))
        at = [ops.as_index(ops.reshape(where, ())), *[0] * len(trail)]
        changed = ops.update(lambda: old, new, old.shape, at, [1] * old.ndim)
        storages.write(x, ops.reshape(changed, x.shape))
        return
    winner = ops.reshape(last_places(where, prod(sizes)), sizes)
    spread = ops.gather(sizes, new, lambda *i: [ops.index(winner, list(i))])
    wide = ops.reshape(winner >= 0, (*sizes, *[1] * len(trail)))
    storages.write(x, ops.select(ops.broadcast_to(wide, x.shape), spread, ops.number(x)))


def last_places(where: Array, count: int) -> Array:
    """
    For each place below `count`, the last k with where[k] equal to it; -1 if there is none. A place
    that is not below `count`, or negative, counts for none.
    """
    order: Any = np.argsort(where)  # equal places stay in order
    there: Any = where[order]
    n = where.shape[0]
    ends = np.concatenate([there[1:] != there[: n - 1], constant(np.ones(1, np.bool_))])
    marked: Any = np.where(ends, order + 1, 0)
    # Each place gets at most one number other than 0, so that the sum is that number.
    return ops.scatter([count], marked, 1, lambda k: [ops.index(there, [k])]) - 1


# Functions that write a result into an array.


def same_kind(source: np.dtype, target: np.dtype, name: str, casting: str = "same_kind") -> None:
    """Errors: `UFuncTypeError` if NumPy's rule does not allow the conversion of a result."""
    if not np.can_cast(source, target, casting=casting):  # type: ignore[arg-type]
        raise as_python(
            TypeError,
            f"Cannot cast {name} output from {source!r} to {target!r} with casting rule "
            f"'{casting}'",
        )


def store(name: str, result: Any, out: Any, where: Any = True, casting: str = "same_kind") -> Array:
    """
    Writes a result into `out`, at the places where `where` is true, and gives `out`.

    Errors: `TypeError` for an `out` that is no traced array; `ValueError` for another shape.
    """
    if not isinstance(out, Array):
        raise located(TypeError, no_target(name, out))
    storages.check_writable(out)
    value = result if isinstance(result, Array) else ops.lift(result)
    same_kind(value.dtype, out.dtype, name, casting)
    shape = tracing.broadcast_shape(out.shape, value.shape)
    if shape != out.shape:
        raise located(
            ValueError,
            f"non-broadcastable output operand with shape {_tuple(out.shape)} doesn't match the "
            f"broadcast shape {_tuple(shape)}",
        )
    new = ops.broadcast_to(ops.cast(ops.number(value), out.dtype), out.shape)
    if where is not True:
        mask = ops.to(ops.as_array(where), BOOL, out.shape)
        new = ops.select(mask, new, ops.number(out))
    storages.write(out, new)
    return out


def no_target(name: str, out: Any) -> str:
    """The text of the error about a NumPy array that should take a traced value."""
    if not isinstance(out, np.ndarray):
        return f"return arrays must be of ArrayType, not {type(out).__name__}"
    return f"{name} cannot write a traced value into a NumPy array; {tracing.HOLDS_NUMBERS}"


def in_place(ufunc: np.ufunc) -> Callable[[Array, Any], Any]:
    """The in-place operator: it writes into an array, and gives a number a new value."""

    def operate(self: Array, other: Any) -> Any:
        if not tracing.is_operand(other):
            return NotImplemented
        if storages.is_number(self):
            self.scope.root.rebound.add(self.value)
            return ufunc(self, other)
        return ufunc(self, other, out=(self,))

    return operate


IN_PLACE: dict[str, np.ufunc] = {
    "__iadd__": np.add, "__isub__": np.subtract, "__imul__": np.multiply,
    "__itruediv__": np.true_divide, "__ifloordiv__": np.floor_divide, "__imod__": np.remainder,
    "__ipow__": np.power, "__imatmul__": np.matmul, "__iand__": np.bitwise_and,
    "__ior__": np.bitwise_or, "__ixor__": np.bitwise_xor, "__ilshift__": np.left_shift,
    "__irshift__": np.right_shift,
}  # fmt: skip


# ufunc.at.


def at(ufunc: np.ufunc, x: Any, key: Any, *operands: Any) -> None:
    """
    ufunc.at(x, key, v): for each element that the key selects, one after the other,
    x[place] = ufunc(x[place], v).
    """
    name = f"ufunc '{ufunc.__name__}'"
    if not isinstance(x, Array):
        raise located(TypeError, no_target(f"numpy.{ufunc.__name__}.at", x))
    storages.check_writable(x)
    if has_masked(key):
        trail = _trail(key)
        key, mask, _ = whole_key(x, key, beyond=True)
        trail += x.ndim - _used_up(key)
        operands = tuple(_at_whole(value, mask, trail) for value in operands)
    key = plain(key)
    items = indexing.expanded(x, key)
    if indexing.is_basic(items):
        # No element is selected twice.
        view = basic_view(x, items)
        ufunc(view, *operands, out=(view,))
        return
    where, depth = places(x, key, items)
    trail, count, size = x.shape[depth:], where.size, prod(x.shape[:depth])
    values = []
    for value in operands:
        value = value if tracing.is_weak(value) else ops.lift(plain(value))
        sizes = (*where.shape, *trail)
        kind = value.dtype if isinstance(value, Array) else ops.promote(x.dtype, value)
        values.append(ops.reshape(fit(value, sizes, kind), (count, *trail)))
    kinds = (x.dtype, *(v if tracing.is_weak(v) else ops.dtype_of(v) for v in operands))
    result = tracing.resolved_dtypes(
        ufunc, tuple(type(k) if tracing.is_weak(k) else k for k in kinds), None
    )[-1]
    same_kind(result, x.dtype, name)
    if not count or not size:
        return
    where = ops.reshape(where, (count,))
    old = ops.reshape(ops.number(x), (size, *trail))
    if ufunc in (np.add, np.subtract) and x.dtype != BOOL:
        part = ops.cast(values[0], x.dtype)
        total = ops.scatter([size], part, 1, lambda k: [ops.index(where, [k])])
        new = ufunc(old, total)
    else:
        new = _one_after_the_other(ufunc, old, where, values)
    storages.write(x, ops.reshape(new, x.shape))


RULES["at"] = at


def _one_after_the_other(
    ufunc: np.ufunc, old: Array, where: Array, values: Sequence[Array]
) -> Array:
    """A loop over the selected elements."""
    rows = [where, *values]
    kinds = [(old.shape, old.dtype), *((r.shape[1:], r.dtype) for r in rows)]
    types = [tracing.ir_type(*kind) for kind in kinds]
    with tracing.region(types) as (scope, (carried, place, *row)):
        spot = ops.as_index(place)
        now = ops.index(carried, [spot])
        new = ops.cast(ufunc(now, *row), old.dtype)
        box = ops.reshape(new, (1, *new.shape))
        places = [spot, *[0] * new.ndim]
        after = ops.update(lambda: carried, box, carried.shape, places, [1] * carried.ndim)
        tracing.add_yield(scope, [after])
    inits, xs = [tracing.use(old)], [tracing.use(r) for r in rows]
    scan = ten.ScanOp(where.shape[0], inits, xs, Region(scope.block))
    return Array.of(tracing.add(scan).results[0], tracing.current())


# x.flat.


class Flat:
    """`x.flat`: the elements in row-major order, to read, to write and to iterate over."""

    def __init__(self, base: Array):
        self.base = base

    def _all(self) -> Array:
        return storages.fresh(ops.reshape(self.base, (self.base.size,)))

    def __getitem__(self, key: Any) -> Any:
        return storages.fresh(self._all()[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        storages.check_writable(self.base)
        new = self._all()
        part = storages.fresh(new[key])
        if not part.size:
            return
        value = value if isinstance(value, Array) else ops.as_operand(plain(value))
        put(new, key, _repeated(value, part.shape))
        storages.write(self.base, ops.reshape(new, self.base.shape))

    def __len__(self) -> int:
        return self.base.size

    def __iter__(self) -> Any:
        whole = self._all()
        return (whole[k] for k in range(self.base.size))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self._all().__array__(dtype, copy)


def _repeated(value: Any, shape: tuple[int, ...]) -> Any:
    """The elements of a value, again and again, as `x.flat[key] = value` takes them."""
    count, size = prod(shape), prod(ops.shape_of(value))
    if size in (1, count) or not size or not count:
        if size == count and size != 1:
            return ops.reshape(ops.lift(value), shape)
        return value
    flat = ops.reshape(ops.lift(value), (size,))
    return ops.reshape(ops.along(flat, 0, np.arange(count) % size), shape)
