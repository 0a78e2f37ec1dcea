"""
Slices whose bounds the program computes: `A[i, :i]`, `x[i + 1:]`, `x[start[k]:start[k + 1]]`.

A `Window` is an array of the full size of its source along such an axis, together with the bounds
between which its elements count. Elementwise functions keep the bounds; reductions and products
take the elements between them; a write changes these elements only.

A slice of a known length at a computed place, `x[i:i + 3]`, is an ordinary array.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import ops
from ..array_views import storages
from ..masked import ASK_FOR_SIZE, check_raises
from ..tracing import Array, Number
from ..user_code import located
from . import weak_numbers
from .traced_bounds import (
    Bound,
    Bounds,
    Strided,
    bound_of,
    check_lengths,
    difference,
    equal_lengths,
    inner_bounds,
    inside,
    is_moving,
    range_of,
    smaller,
    unequal,
)


@dataclass
class _Split:
    """A key, with full slices in the place of the moving ones."""

    key: tuple[Any, ...]
    bounds: dict[int, Bounds]
    """The bounds of the moving slices, by their axis in the source."""
    items: dict[int, int]
    """The position in the key of each moving slice."""
    strided: dict[int, Strided]
    """The moving slices that have a step. Their bounds are those of their elements."""


def _split(x: Any, key: Any) -> _Split:
    items = list(key) if isinstance(key, tuple) else [key]
    taken = sum(item is not None and item is not Ellipsis for item in items)
    if Ellipsis in [i for i in items if not isinstance(i, Array | np.ndarray)]:
        at = next(k for k, item in enumerate(items) if item is Ellipsis)
        items[at : at + 1] = [slice(None)] * (x.ndim - taken)
    bounds: dict[int, Bounds] = {}
    where: dict[int, int] = {}
    strided: dict[int, Strided] = {}
    axis = 0
    for k, item in enumerate(items):
        if item is None:
            continue
        if isinstance(item, slice) and is_moving(item):
            n = x.shape[axis]
            if item.step is None or (type(item.step) is int and item.step == 1):
                bounds[axis] = bound_of(item.start, n, 0), bound_of(item.stop, n, n)
            else:
                strided[axis] = Strided.of(item, n)
                bounds[axis] = 0, strided[axis].count
            where[axis] = k
            items[k] = slice(None)
        axis += 1
    return _Split(tuple(items), bounds, where, strided)


def _fixed_length(bounds: Bounds, n: int) -> int | None:
    """The length of a slice that is known and inside of the array; None for others."""
    size = difference(bounds[1], bounds[0])
    if size is None or range_of(bounds[0])[0] < 0 or range_of(bounds[1])[1] > n:
        return None
    return max(size, 0)


def getitem(x: Any, key: Any) -> Any:
    """x[key], for a key with moving slices."""
    split = _split(x, key)
    rest: dict[int, Bounds] = {}
    moved: list[tuple[int, int, Callable[[Any], Any]]] = []
    for axis, bounds in split.bounds.items():
        n = x.shape[axis]
        if axis in split.strided:
            steps = split.strided[axis]
            size = steps.fixed()
            if size is None:
                rest[axis] = bounds
            moved.append((axis, steps.most if size is None else size, steps.at))
        elif (size := _fixed_length(bounds, n)) is None:
            rest[axis] = bounds
        else:
            moved.append((axis, size, lambda k, start=bounds[0]: k + start))
    base = x
    if moved:

        def again(array: Array) -> Array:
            for axis, size, at in moved:
                places: Any = np.clip(at(np.arange(size)), 0, max(array.shape[axis] - 1, 0))
                array = np.take(array, places, axis=axis)
            return array

        def placed(array: np.ndarray) -> np.ndarray:
            shape, strides = list(array.shape), list(array.strides)
            for axis, size, _ in moved:
                shape[axis] = size
                steps = split.strided.get(axis)
                # A traced step is no stride that anybody knows: 2 stands for it.
                step = 1 if steps is None else steps.step
                strides[axis] *= step if isinstance(step, int) else 2
            return np.lib.stride_tricks.as_strided(array, shape, strides, writeable=False)

        base = storages.read_only(x, again, lambda array: None, placed)
    data = base[split.key]
    if not rest:
        return data
    axes = _axes_after(split, data)
    found: list[Bounds | None] = [None] * data.ndim
    for axis, bounds in rest.items():
        found[axes[axis]] = bounds
    return Window(data, tuple(found), (x, key))


def _axes_after(split: _Split, data: Any) -> dict[int, int]:
    """The axis of the result for each moving slice of the key."""
    result: dict[int, int] = {}
    position = 0
    places = {k: axis for axis, k in split.items.items()}
    for k, item in enumerate(split.key):
        if item is None:
            position += 1
        elif isinstance(item, slice):
            if k in places:
                result[places[k]] = position
            position += 1
        elif np.ndim(item) if not isinstance(item, Array) else item.ndim:
            raise located(
                TypeError,
                "letgrad takes a slice with traced bounds beside slices and integers only",
            )
    return result


def setitem(x: Any, key: Any, value: Any) -> None:
    """x[key] = value, for a key with moving slices, or a value that is a slice with bounds."""
    split = _split(x, key)
    old = x[split.key]
    if not split.bounds and isinstance(old, Array):
        x[key] = _spread(value, (None,) * old.ndim, old.shape)
        return
    axes = _axes_after(split, old)
    bounds: list[Bounds | None] = [None] * old.ndim
    compact = list(old.shape)
    for axis, own in split.bounds.items():
        bounds[axes[axis]] = own
        if axis in split.strided:
            compact[axes[axis]] = split.strided[axis].most
    plain = [None if d in {axes[a] for a in split.strided} else b for d, b in enumerate(bounds)]
    mask = Window(old, tuple(plain)).mask()
    new = _spread(value, tuple(bounds), compact)
    for axis, steps in split.strided.items():
        d = axes[axis]
        taken, which = steps.found(old.shape[d])
        mask = np.logical_and(
            mask, np.reshape(taken, [-1 if k == d else 1 for k in range(old.ndim)])
        )
        own = d - old.ndim + np.ndim(new)
        if own >= 0 and np.shape(new)[own] != 1:
            new = np.take(new, which, axis=own)
    x[split.key] = np.where(mask, new, old)


def _spread(value: Any, bounds: Sequence[Bounds | None], shape: Sequence[int]) -> Any:
    """The new elements, at their places in an array of this shape, between the bounds."""
    value = ops.as_array(value) if isinstance(value, list | tuple) else value
    if not isinstance(value, Window):
        if not np.shape(value) if not isinstance(value, Array) else not value.shape:
            return value
        value = ops.lift(value)
        own = tuple(
            None if n == 1 else (0, n) if wanted is not None else None
            for n, wanted in zip(value.shape, bounds[len(bounds) - value.ndim :])
        )
        value = Window(value, own)
    lead = len(bounds) - value.ndim
    if lead < 0:
        raise located(ValueError, f"could not broadcast a slice of {value.ndim} dimensions")
    for d, own in enumerate(value.bounds):
        wanted, size = bounds[lead + d], shape[lead + d]
        if own is not None or wanted is not None:
            value = value.bounded(d)
        if value.bounds[d] is not None:
            value = value.moved(d, wanted or (0, size), size)
    return value.data


class Window:
    """
    The elements `data[start:stop]` along each axis that has bounds. `origin` is the array and the
    key that the window was read with. An `owned` window is the result of a function, so the
    elements outside of the bounds are nobody's. `refusal` says why a program may not write to the
    window.
    """

    __array_priority__ = 2000
    __hash__ = None  # type: ignore[assignment]
    has_computed_length = True

    def __init__(
        self,
        data: Any,
        bounds: tuple[Bounds | None, ...],
        origin: tuple[Any, Any] | None = None,
        owned: bool = False,
        refusal: str | None = None,
    ):
        self.data = data
        self.bounds = bounds
        self.origin = origin
        self.owned = owned
        self.refusal = refusal

    def __repr__(self) -> str:
        sizes = ["?" if b else str(n) for b, n in zip(self.bounds, self.data.shape)]
        return f"traced {self.dtype}[{', '.join(sizes)}]"

    @property
    def ndim(self) -> int:
        return self.data.ndim

    @property
    def dtype(self) -> np.dtype:
        return self.data.dtype

    @property
    def shape(self) -> tuple[Any, ...]:
        return tuple(
            n if b is None else self.length(d)
            for d, (n, b) in enumerate(zip(self.data.shape, self.bounds))
        )

    @property
    def size(self) -> Any:
        size: Any = 1
        for n in self.shape:
            size = size * n
        return size

    @property
    def T(self) -> Window:
        return Window(self.data.T, self.bounds[::-1], refusal=self.refusal)

    def length(self, d: int = 0) -> Any:
        """The number of elements along an axis."""
        bounds = self.bounds[d]
        if bounds is None:
            return self.data.shape[d]
        start, stop = self.ends(d)
        count = stop - start
        if isinstance(count, Number) and range_of(count)[0] < 0:
            count = weak_numbers.number(np.maximum(count, 0), int)
        return count

    def ends(self, d: int) -> Bounds:
        """The bounds along an axis that has bounds, of which none is beyond the data."""
        bounds = self.bounds[d]
        assert bounds is not None
        return bounds[0], smaller(bounds[1], self.data.shape[d])

    def bounded(self, d: int) -> Window:
        """The window with bounds along an axis, unless the axis has the size 1."""
        if self.bounds[d] is not None or self.data.shape[d] == 1:
            return self
        whole = 0, self.data.shape[d]
        return Window(self.data, tuple(whole if k == d else b for k, b in enumerate(self.bounds)))

    def without(self, d: int) -> Window:
        """The window whose elements along an axis all count."""
        return Window(self.data, tuple(None if k == d else b for k, b in enumerate(self.bounds)))

    def mask(self, axes: Sequence[int] | None = None) -> Any:
        """Which elements count, along all axes with bounds or along these."""
        found: Any = np.bool_(True)
        for d, bounds in enumerate(self.bounds):
            if bounds is None or (axes is not None and d not in axes):
                continue
            n = self.data.shape[d]
            places = np.arange(n).reshape([-1 if k == d else 1 for k in range(self.ndim)])
            start, stop = bounds
            if start is not None and not (type(start) is int and start == 0):
                found = np.logical_and(found, np.greater_equal(places, start))
            if not (type(stop) is int and stop >= n):
                found = np.logical_and(found, np.less(places, stop))
        return found

    def filled(self, fill: Any, axes: Sequence[int] | None = None) -> Any:
        """The data, with a number in the place of elements that do not count."""
        return np.where(self.mask(axes), self.data, np.asarray(fill, self.dtype))

    def cleared(self) -> Any:
        """
        The data. A function computes elements that do not count, and the program does not: they are
        zeros here, so that no infinite derivative of one meets a cotangent of zero.
        """
        is_computed = self.origin is None and self.dtype.kind in "fc"
        return self.filled(0) if is_computed else self.data

    def moved(self, d: int, wanted: Bounds, size: int) -> Window:
        """The window with other bounds along an axis of another size: its elements, shifted."""
        own = self.bounds[d]
        assert own is not None
        single: Any = False
        if not equal_lengths(own, wanted):
            check_lengths(own, wanted)
            own, single = self.ends(d), np.equal(self.length(d), 1)
        if single is False and difference(own[0], wanted[0]) == 0 and self.data.shape[d] == size:
            return self
        data = self.cleared()
        places: Any = np.arange(size) - wanted[0]
        if single is not False:
            places = np.where(single, 0, places)  # The one element stands beside all others.
        places = places + own[0]
        # Places beyond the data have elements that do not count.
        places = np.clip(places, 0, max(data.shape[d] - 1, 0))
        if data.shape[d]:
            data = np.take(data, places, axis=d)
        bounds = tuple(wanted if k == d else b for k, b in enumerate(self.bounds))
        return Window(data, bounds)

    # Parts.

    def __len__(self) -> int:
        raise located(TypeError, "the length of this slice is known at run time only")

    def __iter__(self) -> Iterator[Any]:
        raise located(TypeError, "the length of this slice is known at run time only")

    def __getitem__(self, key: Any) -> Any:
        if key is None or (isinstance(key, tuple) and any(item is None for item in key)):
            return FUNCTIONS[np.newaxis](self, key if isinstance(key, tuple) else (key,))
        items = self._items(key)
        for d, (item, bounds) in enumerate(zip(items, self.bounds)):
            if bounds is not None and isinstance(item, slice) and item.step == -1:
                if item.start is not None or item.stop is not None:
                    raise located(TypeError, "the step of a slice of this slice must be 1")
                items[d] = slice(None)
                return _flip(self, (d,))[tuple(items)]
        places, kept = self._places(items)
        is_item = not any(isinstance(item, slice) for item in items)
        data = (self.cleared() if is_item else self.data)[places]
        return Window(data, kept, refusal=self.refusal) if any(kept) else data

    def __setitem__(self, key: Any, value: Any) -> None:
        if self.refusal is not None:
            raise located(TypeError, self.refusal)
        if key is Ellipsis:
            key = ()
        items = self._items(key)
        if all(isinstance(i, slice) and i == slice(None) for i in items):
            self.assign(value)
            return
        places, kept = self._places(items)
        inner = iter(kept)
        new: list[Any] = []
        for item in places:
            own = next(inner) if isinstance(item, slice) else None
            new.append(item if own is None else slice(*own))
        if is_moving(tuple(new)):
            setitem(self.data, tuple(new), value)
        else:
            self.data[tuple(new)] = value

    def assign(self, value: Any) -> None:
        """`self[...] = value`"""
        if self.refusal is not None:
            raise located(TypeError, self.refusal)
        if self.origin is not None:
            x, key = self.origin
            setitem(x, key, value)
            return
        new = _spread(value, self.bounds, self.data.shape)
        self.data[...] = new if self.owned else np.where(self.mask(), new, self.data)

    def _items(self, key: Any) -> list[Any]:
        """An item of a key for each axis."""
        items = list(key) if isinstance(key, tuple) else [key]
        plain = [i for i in items if not isinstance(i, Array | np.ndarray | Window)]
        if len(plain) < len(items):
            scalars = [i for i in items if isinstance(i, Array | np.ndarray) and not i.shape]
            if len(plain) + len(scalars) < len(items):
                raise located(
                    TypeError,
                    "letgrad takes ints and slices of a slice with traced bounds, and no arrays of "
                    "places or masks; use np.where",
                )
        if Ellipsis in plain or None in plain or len(items) > self.ndim:
            raise located(TypeError, "letgrad takes ints and slices of a slice with traced bounds")
        return [*items, *[slice(None)] * (self.ndim - len(items))]

    def _places(self, items: Sequence[Any]) -> tuple[tuple[Any, ...], tuple[Bounds | None, ...]]:
        """A key of the data, with whole axes for slices of axes with bounds, and these bounds."""
        new: list[Any] = []
        kept: list[Bounds | None] = []
        for d, (item, bounds) in enumerate(zip(items, self.bounds)):
            if bounds is None:
                new.append(item)
                if isinstance(item, slice):
                    kept.append(None)
                continue
            start, stop = self.ends(d)
            if isinstance(item, slice):
                if item.step not in (None, 1):
                    raise located(TypeError, "the step of a slice of this slice must be 1")
                kept.append(inner_bounds(item, start, stop))
                new.append(slice(None))
            else:
                new.append(inside(item, start, stop, start))
        return tuple(new), tuple(kept)

    # Functions.

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if ufunc is np.matmul and method == "__call__":
            return product(*inputs)
        if method == "outer":
            a, b = (x if isinstance(x, Window) else ops.as_array(x) for x in inputs)
            return ufunc(_with_axes(a, b.ndim), b)
        if method == "reduce":
            found = {np.add: "sum", np.multiply: "prod", np.maximum: "max", np.minimum: "min"}
            found |= {np.logical_and: "all", np.logical_or: "any"}
            if ufunc in found:
                return reduce(found[ufunc], *inputs, **kwargs)
        if method != "__call__" or any(
            v is not None and v is not True for k, v in kwargs.items() if k in ("out", "where")
        ):
            raise located(
                TypeError,
                f"numpy.{ufunc.__name__}.{method} does not take a slice with traced bounds",
            )
        datas, bounds = aligned(inputs)
        result = ufunc(*datas, **kwargs)
        if not any(bounds):
            return result
        if isinstance(result, tuple):
            return tuple(Window(r, bounds, owned=True) for r in result)
        return Window(result, bounds, owned=True)

    def __array_function__(
        self, function: Callable, kinds: Any, args: tuple, kwargs: dict[str, Any]
    ) -> Any:
        if function not in FUNCTIONS:
            name = getattr(function, "__name__", function)
            raise located(TypeError, f"numpy.{name} does not take a slice with traced bounds")
        return FUNCTIONS[function](*args, **kwargs)

    def astype(self, dtype: Any) -> Window:
        if np.dtype(dtype) == self.dtype:
            return self.copy()
        return Window(_owned(self.data.astype(dtype)), self.bounds, owned=True)

    def copy(self) -> Window:
        return Window(_owned(self.data.copy()), self.bounds, owned=True)

    def dot(self, other: Any) -> Any:
        return product(self, other)

    def sum(self, axis: Any = None, **kwargs: Any) -> Any:
        return reduce("sum", self, axis, **kwargs)

    def prod(self, axis: Any = None, **kwargs: Any) -> Any:
        return reduce("prod", self, axis, **kwargs)

    def max(self, axis: Any = None, **kwargs: Any) -> Any:
        return reduce("max", self, axis, **kwargs)

    def min(self, axis: Any = None, **kwargs: Any) -> Any:
        return reduce("min", self, axis, **kwargs)

    def argmax(self, axis: Any = None, **kwargs: Any) -> Any:
        return _arg("argmax", self, axis, **kwargs)

    def argmin(self, axis: Any = None, **kwargs: Any) -> Any:
        return _arg("argmin", self, axis, **kwargs)

    def mean(self, axis: Any = None, **kwargs: Any) -> Any:
        return mean(self, axis, **kwargs)

    def std(self, axis: Any = None, **kwargs: Any) -> Any:
        return _spread_of("std", self, axis, **kwargs)

    def var(self, axis: Any = None, **kwargs: Any) -> Any:
        return _spread_of("var", self, axis, **kwargs)

    def cumsum(self, axis: Any = None) -> Any:
        return _running("cumsum", 0, self, axis)

    def cumprod(self, axis: Any = None) -> Any:
        return _running("cumprod", 1, self, axis)

    def clip(self, min: Any = None, max: Any = None) -> Any:
        return _clip(self, min, max)

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        return FUNCTIONS[np.reshape](self, shape[0] if len(shape) == 1 else shape, order)

    def ravel(self, order: str = "C") -> Any:
        return self if self.ndim == 1 else refused("ravel")

    def flatten(self, order: str = "C") -> Any:
        return self.copy() if self.ndim == 1 else refused("flatten")

    def sort(self) -> None:
        self[:] = _sort(self)

    def fill(self, value: Any) -> None:
        self[:] = value

    def all(self, axis: Any = None, **kwargs: Any) -> Any:
        return reduce("all", self, axis, **kwargs)

    def any(self, axis: Any = None, **kwargs: Any) -> Any:
        return reduce("any", self, axis, **kwargs)

    def __bool__(self) -> bool:
        raise located(
            ValueError,
            "The truth value of an array with more than one element is "
            "ambiguous. Use a.any() or a.all()",
        )


def _owned(data: Any) -> Array:
    """A new array that a program can write to."""
    return storages.holding(data) if isinstance(data, np.ndarray) else data


def _is_zero(x: Bound) -> bool:
    return type(x) is int and x == 0


for _name in (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift",
    "rshift",
):  # fmt: skip
    _ufunc = {
        "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide,
        "floordiv": np.floor_divide, "mod": np.remainder, "pow": np.power,
        "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor,
        "lshift": np.left_shift, "rshift": np.right_shift,
    }[_name]  # fmt: skip

    def _forward(self: Window, other: Any, ufunc: np.ufunc = _ufunc) -> Any:
        return self.__array_ufunc__(ufunc, "__call__", self, other)

    def _backward(self: Window, other: Any, ufunc: np.ufunc = _ufunc) -> Any:
        return self.__array_ufunc__(ufunc, "__call__", other, self)

    setattr(Window, f"__{_name}__", _forward)
    setattr(Window, f"__r{_name}__", _backward)

for _name, _ufunc in {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "eq": np.equal, "ne": np.not_equal,
}.items():  # fmt: skip

    def _compare(self: Window, other: Any, ufunc: np.ufunc = _ufunc) -> Any:
        return self.__array_ufunc__(ufunc, "__call__", self, other)

    setattr(Window, f"__{_name}__", _compare)

for _name, _ufunc in {"neg": np.negative, "abs": np.absolute, "invert": np.invert}.items():

    def _unary(self: Window, ufunc: np.ufunc = _ufunc) -> Any:
        return self.__array_ufunc__(ufunc, "__call__", self)

    setattr(Window, f"__{_name}__", _unary)

Window.__matmul__ = lambda self, other: product(self, other)  # type: ignore[attr-defined]
Window.__rmatmul__ = lambda self, other: product(other, self)  # type: ignore[attr-defined]


def _with_axes(x: Any, count: int) -> Any:
    """x with new axes of size 1 behind its own."""
    if not isinstance(x, Window):
        return np.reshape(x, (*x.shape, *[1] * count))
    data = ops.reshape(ops.lift(x.data), (*x.data.shape, *[1] * count))
    return Window(data, (*x.bounds, *[None] * count))


def aligned(inputs: Sequence[Any]) -> tuple[list[Any], tuple[Bounds | None, ...]]:
    """
    The data of operands that broadcast together, and the bounds of the result.

    Errors: `TypeError` for bounds that letgrad does not know to be equal.
    """
    windows = [x if isinstance(x, Window) else _plain(x) for x in inputs]
    rank = max(w.ndim for w in windows)
    bounds: list[Bounds | None] = [None] * rank
    sizes = [1] * rank
    for d in range(rank):
        places = [(i, d - rank + w.ndim) for i, w in enumerate(windows) if d - rank + w.ndim >= 0]
        if all(windows[i].bounds[k] is None for i, k in places):
            continue
        known = [windows[i].data.shape[k] for i, k in places if windows[i].bounds[k] is None]
        sizes[d] = next((n for n in known if n != 1), 1)
        for i, k in places:
            windows[i] = windows[i].bounded(k)
        if sizes[d] != 1:  # The result has this size, and the slices have it or one element.
            for i, k in places:
                if windows[i].bounds[k] is not None:
                    windows[i] = windows[i].moved(k, (0, sizes[d]), sizes[d]).without(k)
            continue
        own = [(windows[i], k) for i, k in places]
        bounds[d] = _common([(w, k) for w, k in own if w.bounds[k] is not None])
        sizes[d] = max(w.data.shape[k] for w, k in own)
    datas: list[Any] = []
    for w, x in zip(windows, inputs):
        for d in range(rank):
            k = d - rank + w.ndim
            if bounds[d] is not None and k >= 0 and w.bounds[k] is not None:
                w = w.moved(k, bounds[d], sizes[d])  # type: ignore[arg-type]
        datas.append(w.data if isinstance(x, Window) or w.ndim else x)
    return datas, tuple(bounds)


def _common(windows: Sequence[tuple[Window, int]]) -> Bounds:
    """The bounds of the elements that windows have together, along these axes of theirs."""
    (first, axis), *others = windows
    common = first.bounds[axis]
    assert common is not None
    for w, k in others:
        own = w.bounds[k]
        assert own is not None
        if not equal_lengths(common, own):
            check_lengths(common, own)
            if common is first.bounds[axis]:
                common = first.ends(axis)
            single = np.equal(common[1] - common[0], 1)
            start, stop = (
                weak_numbers.number(np.where(single, b, a), int) for a, b in zip(common, w.ends(k))
            )
            common = start, stop
    return common


def _plain(x: Any) -> Window:
    array = (
        x
        if isinstance(x, Array | np.ndarray)
        else np.asarray(ops.as_array(x) if isinstance(x, list | tuple) else x)
    )
    return Window(array, (None,) * array.ndim)


def _axes(window: Window, axis: Any) -> tuple[int, ...]:
    return ops.axes(axis, window.ndim)


def reduce(
    name: str,
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    **kwargs: Any,
) -> Any:
    """A reduction over the elements that count. Of no elements, max and min give -inf and inf."""
    if not isinstance(x, Window):
        return getattr(np, name)(x, axis=axis, keepdims=keepdims)
    if out is not None or any(v is not np._NoValue and v is not True for v in kwargs.values()):
        raise located(TypeError, f"{name} of a slice with traced bounds takes axis and keepdims")
    axes = _axes(x, axis)
    if name in ("max", "min"):
        _check_some(name, x, axes, "zero-size array to reduction operation has no identity")
    fills = {
        "sum": 0, "prod": 1, "any": False, "all": True,
        "max": ops.lowest(x.dtype, -1), "min": ops.lowest(x.dtype, 1),
    }  # fmt: skip
    data = x.data if name not in ("any", "all") else np.not_equal(x.data, 0)
    whole = Window(data, x.bounds).filled(fills[name], axes)
    more = {} if dtype is None else {"dtype": dtype}
    result = getattr(np, name)(whole, axis=axes, keepdims=keepdims, **more)
    bounds = tuple(
        None if d in axes else b for d, b in enumerate(x.bounds) if keepdims or d not in axes
    )
    return Window(result, bounds) if any(bounds) else result


def _check_some(name: str, x: Window, axes: Sequence[int], text: str) -> None:
    """Where the slice has no elements along some of these axes, NumPy raises an error."""
    none = lambda: functools.reduce(  # noqa: E731
        np.logical_or, [x.length(d) <= 0 for d in axes if x.bounds[d] is not None], False
    )
    check_raises(ValueError, f"numpy.{name}", ASK_FOR_SIZE, none, text)


def mean(
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    **kwargs: Any,
) -> Any:
    if not isinstance(x, Window):
        return np.mean(x, axis=axis, keepdims=bool(keepdims))
    count: Any = 1
    for d in _axes(x, axis):
        count = count * x.length(d)
    total = reduce(
        "sum", x, axis, keepdims=bool(keepdims) if keepdims is not np._NoValue else False
    )
    return total / count


def product(a: Any, b: Any) -> Any:
    """a @ b, over the elements that count."""
    a, b = (x if isinstance(x, Window) else _plain(x) for x in (a, b))
    if not a.ndim or not b.ndim:
        return np.multiply(a if a.ndim else a.data, b if b.ndim else b.data)
    if a.ndim > 2 or b.ndim > 2:
        raise located(TypeError, "products of slices with traced bounds take vectors and matrices")
    inner, other = a.ndim - 1, max(b.ndim - 2, 0)
    if a.bounds[inner] is not None or b.bounds[other] is not None:
        a, b = a.bounded(inner), b.bounded(other)
        first, second = a.bounds[inner], b.bounds[other]
        if first is None or second is None:
            raise unequal()
        size = min(a.data.shape[inner], b.data.shape[other])
        if difference(first[0], second[0]) == 0:
            a, b = _cut(a, inner, size), _cut(b, other, size)
            b = b.moved(other, first, size)
        else:
            b = b.moved(other, first, a.data.shape[inner])
        left, right = a.filled(0, [inner]), b.filled(0, [other])
    else:
        left, right = a.data, b.data
    result = np.matmul(left, right)
    bounds = tuple(x for d, x in enumerate(a.bounds) if d != inner)
    bounds += tuple(x for d, x in enumerate(b.bounds) if d != other)
    return Window(result, bounds) if any(bounds) else result


def _cut(x: Window, d: int, size: int) -> Window:
    """The window over the first `size` places: its bounds end there."""
    if x.data.shape[d] == size:
        return x
    key = tuple(slice(0, size) if k == d else slice(None) for k in range(x.ndim))
    return Window(x.data[key], x.bounds)


def _flip(x: Any, axis: Any = None) -> Any:
    axes = _axes(x, axis)
    bounds = list(x.bounds)
    data = x.cleared() if any(x.bounds[d] is not None for d in axes) else x.data
    for d in axes:
        if bounds[d] is None:
            data = np.flip(data, d)
            continue
        start, stop = x.ends(d)
        n = data.shape[d]
        places = np.clip(start + stop - 1 - np.arange(n), 0, max(n - 1, 0))
        data = np.take(data, places, axis=d) if n else data
    refusal = None
    if any(x.bounds[d] is not None for d in axes):
        refusal = (
            "letgrad cannot write to a slice with traced bounds through its reverse; write to the "
            "slice itself, or to a copy of the reverse"
        )
    return Window(data, tuple(bounds), refusal=refusal)


def _outer(a: Any, b: Any) -> Any:
    return np.multiply(_with_axes(a if isinstance(a, Window) else ops.as_array(a), 1), b)


def _like(x: Any, fill: Any, dtype: Any = None, **kwargs: Any) -> Any:
    kind = x.dtype if dtype is None else dtype
    return Window(storages.holding(np.full(x.data.shape, fill, kind)), x.bounds, owned=True)


def _where(condition: Any, a: Any, b: Any) -> Any:
    datas, bounds = aligned((condition, a, b))
    found: Any = np.where(*datas)
    return Window(found, bounds, owned=True) if any(bounds) else found


def _arg(name: str, x: Any, axis: Any = None, **kwargs: Any) -> Any:
    """The first place of the largest or the least element, counted from the start of the slice."""
    if x.ndim != 1 or axis not in (None, 0, -1) or kwargs or x.dtype.kind == "b":
        return refused(name)
    _check_some(name, x, (0,), f"attempt to get {name} of an empty sequence")
    place = getattr(np, name)(x.filled(ops.lowest(x.dtype, -1 if name == "argmax" else 1)))
    bounds = x.bounds[0]
    if bounds is None or _is_zero(bounds[0]):
        return place
    # If all elements are the fill, the first place in front of the slice wins, in place of the
    # start.
    return np.maximum(place - bounds[0], 0)


def _spread_of(name: str, x: Any, axis: Any = None, **kwargs: Any) -> Any:
    """The variance of the elements that count, or its root."""
    kwargs = {k: v for k, v in kwargs.items() if v is not np._NoValue and v is not None}
    if not isinstance(x, Window):
        return getattr(np, name)(x, axis=axis, **kwargs)
    axes = _axes(x, axis)
    if kwargs.keys() - {"ddof"} or any(b and d not in axes for d, b in enumerate(x.bounds)):
        return refused(name)
    mask = np.broadcast_to(x.mask(), x.data.shape)
    return getattr(np, name)(x.data, axis=axes, where=mask, **kwargs)


def _running(name: str, neutral: int, x: Any, axis: Any = None, **kwargs: Any) -> Any:
    """Sums or products of all elements up to each one."""
    if kwargs or (axis is None and x.ndim != 1):
        return refused(name)
    d = ops.axis(0 if axis is None else axis, x.ndim)
    result = getattr(np, name)(x.filled(neutral, [d]), axis=d)
    return Window(result, x.bounds)


def _sort(x: Any, axis: Any = -1, **kwargs: Any) -> Window:
    """The sorted elements of a vector, from the place 0 on."""
    if x.ndim != 1 or axis not in (-1, 0) or kwargs:
        return refused("sort")
    # No element comes behind NaN. So the elements that do not count stand at the end.
    last = np.nan if x.dtype.kind == "f" else ops.lowest(x.dtype, 1)
    return Window(np.sort(x.filled(last)), ((0, x.length()),))


def _clip(x: Any, a_min: Any = None, a_max: Any = None, **kwargs: Any) -> Any:
    low, high = kwargs.pop("min", a_min), kwargs.pop("max", a_max)
    if kwargs:
        return refused("clip")
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def _reduction(name: str) -> Callable[..., Any]:
    return lambda x, axis=None, **kwargs: reduce(name, x, axis, **kwargs)


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.dot: product, np.inner: product, np.vdot: product, np.outer: _outer, np.flip: _flip,
    np.flipud: lambda x: _flip(x, 0), np.mean: mean, np.average: mean,
    np.zeros_like: lambda x, *a, **k: _like(x, 0, *a, **k),
    np.empty_like: lambda x, *a, **k: _like(x, 0, *a, **k),
    np.ones_like: lambda x, *a, **k: _like(x, 1, *a, **k),
    np.copy: lambda x, **k: x.copy(), np.where: _where,
    np.transpose: lambda x, axes=None: x.T if axes is None else refused("transpose"),
    np.shape: lambda x: x.shape, np.ndim: lambda x: x.ndim, np.size: lambda x: x.size,
    np.std: lambda x, *a, **k: _spread_of("std", x, *a, **k),
    np.var: lambda x, *a, **k: _spread_of("var", x, *a, **k),
    np.cumsum: lambda x, *a, **k: _running("cumsum", 0, x, *a, **k),
    np.cumprod: lambda x, *a, **k: _running("cumprod", 1, x, *a, **k),
    np.sort: _sort, np.clip: _clip,
    np.ptp: lambda x, axis=None: reduce("max", x, axis) - reduce("min", x, axis),
    np.count_nonzero: lambda x, axis=None: reduce("sum", np.not_equal(x, 0), axis),
    np.ravel: lambda x: x.ravel(),
    np.argmax: lambda x, *a, **k: _arg("argmax", x, *a, **k),
    np.argmin: lambda x, *a, **k: _arg("argmin", x, *a, **k),
    np.amax: _reduction("max"), np.amin: _reduction("min"),
    **{getattr(np, n): _reduction(n) for n in ("sum", "prod", "max", "min", "any", "all")},
}  # fmt: skip


def refused(name: str) -> Any:
    raise located(TypeError, f"numpy.{name} does not take these arguments for such a slice")
