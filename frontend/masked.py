"""
`x[mask]` for a mask that the program computes: elements whose number is not known.

Such a part has no static shape, so it is no array. It keeps the whole array and the mask. Functions
element by element work on the whole array, `x[mask] = part` chooses by the mask, and reductions
take the elements where the mask is true. Every other use is an error.

Axis 0 of the part stands for all dimensions of the mask. The number of elements along this axis is
known at run time.
"""

from __future__ import annotations

import functools
import inspect
import math
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from xdsl.ir import Operation, SSAValue

from ..passes.rewriting.remarks import missed
from . import ops, tracing
from .array_views import storages, viewing
from .indexing import DEPENDS
from .tracing import Array, Number, constant
from .user_code import as_python, located

SUMS: set[Any] = {np.sum, np.prod, np.mean, np.any, np.all, np.std, np.var}
"""Functions that have a parameter `where`."""

EXTREMES: dict[Any, int] = {np.max: -1, np.min: 1, np.amax: -1, np.amin: 1}
"""The same with a neutral number: the sign of the infinity that never wins."""

_METHODS = {"argmax", "argmin", "clip", "cumprod", "cumsum"}

NO_WRITE = (
    "this line writes to elements of an array whose length depends on values; write to an array "
    "with a place for each element"
)

ASK_FOR_SIZE = "ask for its size before"

METHODS_BY_NAME = {f.__name__: f for f in (*SUMS, *EXTREMES)} | {"max": np.max, "min": np.min}


raising: list[Callable[..., None]] = []
"""What notes the errors that Python raises for some values; `programs.failures` gives it."""


def check_raises(
    kind: type[Exception], what: str, instead: str, condition: Callable[[], Any], text: str = ""
) -> None:
    """Where `condition()` holds, Python raises an error: see `programs.failures.check_raises`."""
    for check in raising:
        check(kind, what, instead, condition, text)


RULES: dict[Any, Callable[..., Any]] = {}
"""More functions on such elements; `masked_functions` and the modules of writes fill the table."""


class Masked:
    """The elements of an array where a mask over its first dimensions is true."""

    __array_priority__ = 1001
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, whole: Array, mask: Array):
        self.whole = whole
        self.mask = mask
        self.home = tracing.scope_or_none()
        """The scope that made the part. Another scope cannot write to it."""
        self._is_shared = False
        self._views: list[weakref.ref[Masked]] = [weakref.ref(self)]
        """The parts that have this memory in NumPy: a write to one would have to show in all."""

    @property
    def shares(self) -> bool:
        """Whether another part may have the same memory, which a write would have to change."""
        return self._is_shared or any(
            view() is not None and view() is not self for view in self._views
        )

    @shares.setter
    def shares(self, value: bool) -> None:
        self._is_shared = value

    def share(self, view: Masked) -> Masked:
        """Notes that a part has the memory of this one, and gives it back."""
        if view is not self:
            view._is_shared |= self._is_shared
            view._views = self._views
            self._views.append(weakref.ref(view))
        return view

    @property
    def dtype(self) -> np.dtype:
        return self.whole.dtype

    @property
    def trail(self) -> int:
        """How many dimensions the mask does not index."""
        return self.whole.ndim - self.mask.ndim

    def __repr__(self) -> str:
        return f"{self.whole!r}[traced mask]"

    def has_mask(self, mask: Array) -> bool:
        """Whether the mask is computed as this part's mask is."""
        return self.mask.shape == mask.shape and _same(self.mask.value, mask.value)

    def wide(self) -> Array:
        """The mask, for each element of the whole array."""
        shape = (*self.mask.shape, *[1] * self.trail)
        return ops.broadcast_to(ops.reshape(self.mask, shape), self.whole.shape)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if ufunc is np.matmul and method == "__call__" and not kwargs:
            return RULES["product"](*inputs)
        if method == "at" and isinstance(inputs[0], Array):
            return RULES["at"](ufunc, *inputs)
        targets = kwargs.pop("out", ())
        if method != "__call__" or kwargs.keys() - {"dtype"}:
            raise located(TypeError, DEPENDS)
        parts = [x for x in inputs if isinstance(x, Masked)]
        most = max((len(ops.shape_of(x)) for x in inputs if not isinstance(x, Masked)), default=0)
        if most > max(x.ndim for x in parts) and not targets:
            # The axis of the mask is not the first one beside such an array.
            return ufunc(*(x[None] if isinstance(x, Masked) else x for x in inputs), **kwargs)
        if any(not x.has_mask(parts[0].mask) or x.trail != parts[0].trail for x in parts):
            if targets:
                raise located(TypeError, DEPENDS)
            return RULES["beside"](ufunc, inputs, kwargs)
        result = ufunc(*(self.operand(x) for x in inputs), **kwargs)
        if isinstance(result, tuple):
            if any(target is not None for target in targets):
                raise located(TypeError, DEPENDS)
            return tuple(Masked(part, self.mask) for part in result)
        if not targets or targets[0] is None:
            return Masked(result, self.mask)
        if not isinstance(targets[0], Masked):
            raise located(TypeError, DEPENDS)
        targets[0]._take(ufunc, Masked(result, self.mask))
        return targets[0]

    def _take(self, ufunc: np.ufunc, new: Masked) -> None:
        """
        Writes other elements to the part, which is an array of its own in NumPy, too.

        Errors: `TypeError` for elements of another mask, for a dtype that does not hold them, and
                where the write would be lost: for a part that has views, and for a part from
                outside of the loop or the condition that is being traced.
        """
        if not new.has_mask(self.mask) or new.whole.shape != self.whole.shape:
            raise located(TypeError, DEPENDS)
        _check_kind(ufunc.__name__, new.dtype, self.dtype)
        if self.shares or self.home is not tracing.scope_or_none():
            raise located(
                TypeError,
                "this line writes to elements that a traced mask chose, and that another name "
                "shares or that come from outside of a loop or a condition; write y = f(x)",
            )
        self._replace(ops.cast(new.whole, self.dtype))
        if isinstance(self, Place):
            self.dim = -1  # other indices than those where the mask is true

    def operand(self, x: Any) -> Any:
        if isinstance(x, Masked):
            if x.has_mask(self.mask) and x.trail == self.trail:
                return x.whole
            raise located(TypeError, DEPENDS)
        shape = ops.shape_of(x)
        if len(shape) <= self.trail:
            return x
        if len(shape) == self.trail + 1 and shape[0] == 1:
            return np.squeeze(x, 0)
        raise located(TypeError, DEPENDS)

    def __array_function__(
        self, function: Callable[..., Any], kinds: Any, args: tuple, kwargs: dict[str, Any]
    ) -> Any:
        if function in SUMS or function in EXTREMES:
            return self._reduced(function, *args[1:], **kwargs)
        if function in _PRODUCTS and len(args) == 2 and not kwargs:
            return _product(function, *args)
        is_alone = len(args) == 1 and args[0] is self and not kwargs
        if is_alone and function in _QUESTIONS:
            return _QUESTIONS[function](self)
        if function is np.count_nonzero and is_alone:
            return np.sum(np.logical_and(np.not_equal(self.whole, 0), self.wide()))
        if (rule := RULES.get(function)) is not None:
            given = {k: v for k, v in kwargs.items() if v is not np._NoValue and v is not None}
            try:
                inspect.signature(rule).bind(*args, **given)
            except TypeError:
                raise located(TypeError, DEPENDS) from None
            return rule(*args, **given)
        raise located(TypeError, DEPENDS)

    def _reduced(
        self, function: Any, axis: Any = None, dtype: Any = None, out: Any = None, **kwargs: Any
    ) -> Any:
        """
        A sum, or another reduction. Of no elements, the greatest and the least are infinities, or
        the ends of the integers.
        """
        kwargs = {k: v for k, v in kwargs.items() if v is not np._NoValue}
        keeps = kwargs.pop("keepdims", False)
        if out is not None or kwargs.keys() - {"ddof"}:
            raise located(TypeError, DEPENDS)
        if dtype is not None:
            kwargs["dtype"] = dtype
        lead = self.mask.ndim
        dims = ops.axes(axis, self.trail + 1)
        if keeps:
            found = self._reduced(function, axis, **kwargs)
            if isinstance(found, Masked):
                places = tuple(lead + d - 1 for d in dims)
                return Masked(ops.lift(np.expand_dims(found.whole, places)), found.mask)
            return np.expand_dims(found, tuple(dims))
        axes = tuple(d for k in dims for d in (range(lead) if k == 0 else [lead + k - 1]))
        if 0 not in dims:
            return Masked(function(self.whole, axis=axes, **kwargs), self.mask)
        if function in EXTREMES:
            text = "zero-size array to reduction operation has no identity"
            none = lambda: np.logical_not(np.any(self.mask))  # noqa: E731
            check_raises(ValueError, f"numpy.{function.__name__}", ASK_FOR_SIZE, none, text)
            neutral = ops.lowest(self.dtype, EXTREMES[function])
            return function(np.where(self.wide(), self.whole, neutral), axis=axes)
        return function(self.whole, axis=axes, where=self.wide(), **kwargs)

    def count(self) -> Any:
        """The number of elements along axis 0, which is a weak int, as NumPy's is."""
        return Number(np.sum(self.mask, dtype=np.int64), int)  # type: ignore[call-overload]

    @property
    def ndim(self) -> int:
        return self.trail + 1

    @property
    def shape(self) -> tuple[Any, ...]:
        return (self.count(), *self.whole.shape[self.mask.ndim :])

    @property
    def size(self) -> Any:
        sizes = self.whole.shape[self.mask.ndim :]
        return Number(self.count() * int(np.prod(sizes, dtype=np.int64)), int)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise located(TypeError, DEPENDS)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in METHODS_BY_NAME:
            return functools.partial(self._reduced, METHODS_BY_NAME[name])
        if name in _METHODS:
            return functools.partial(getattr(np, name), self)
        raise located(TypeError, DEPENDS)

    def __matmul__(self, other: Any) -> Any:
        return RULES["product"](self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return RULES["product"](other, self)

    def dot(self, other: Any) -> Any:
        return RULES["product"](self, other)

    def __len__(self) -> int:
        raise located(TypeError, DEPENDS)

    def __iter__(self) -> Any:
        raise located(TypeError, DEPENDS)

    def __getitem__(self, key: Any) -> Any:
        """
        All elements along axis 0 and a part along the others, one element along axis 0, or the
        elements that a mask of as many elements chooses. None in front is a new axis.
        """
        if isinstance(key, Masked):
            if key.dtype == ops.BOOL and not key.trail and key.has_mask(self.mask):
                both: Any = np.logical_and(self.mask, key.whole)
                return Masked(self._content(), both)
            if key.dtype.kind not in "iu" or key.trail:
                raise located(TypeError, DEPENDS)
            places: Any = np.where(np.less(key.whole, 0), key.whole + self.count(), key.whole)
            return Masked(ops.lift(self.front()[places]), key.mask)
        if isinstance(key, int | np.integer) and not isinstance(key, bool):
            return self._element(int(key))
        first, *others = key if isinstance(key, tuple) else (key,)
        if first is None and (others or [slice(None)]) == [slice(None)]:
            return RULES["in front"](self)
        if others and is_place(first):
            return self[first][tuple(others)]
        if isinstance(first, slice) and first == slice(None) and all(map(_is_simple, others)):
            lead = [slice(None)] * self.mask.ndim
            return self.share(Masked(self.whole[(*lead, *others)], self.mask))
        if others:
            raise located(TypeError, DEPENDS)
        return RULES["part"](self, first)

    def __setitem__(self, key: Any, value: Any) -> None:
        """
        Writes to elements of the part, which is an array of its own.

        Errors: `TypeError` where the write would be lost, as in `_take`, and for keys and values
                whose elements letgrad cannot bring together.
        """
        first, *others = key if isinstance(key, tuple) else (key,)
        self._write(RULES["chosen"](self, first), others, value)

    def put_back(self, key: Any, old: Any, new: Any, operation: str) -> None:
        """
        self[key] = new, where `old` was self[key], which nobody has kept.

        Errors: those of `__setitem__`, and for elements of a kind that an operation in place, as
                `self[key] += v`, does not give this part.
        """
        if not isinstance(old, Masked):
            self[key] = new
            return
        _check_kind(operation, new.dtype, self.dtype)
        self._views[:] = [view for view in self._views if view() is not old]
        self._write(old.mask, key[1:] if isinstance(key, tuple) else (), new)

    def _write(self, chosen: Array, others: Sequence[Any], value: Any) -> None:
        """Writes elements where a mask is true, at the places `others` of the axes behind it."""
        if self.shares or self.home is not tracing.scope_or_none():
            raise located(TypeError, NO_WRITE)
        if not all(map(_is_simple, others)) or chosen.shape != self.mask.shape:
            raise located(TypeError, DEPENDS)
        key = (*[slice(None)] * self.mask.ndim, *others)
        target = Masked(ops.lift(self.whole[key]), chosen)
        new = ops.broadcast_to(ops.lift(target.operand(value)), target.whole.shape)
        new = ops.select(target.wide(), ops.cast(new, self.dtype), ops.number(target.whole))
        if others:
            whole: Any = storages.fresh(ops.number(self.whole)).copy()
            whole[key] = new
            new = ops.number(whole)
        self._replace(new)
        if isinstance(self, Place):
            self.dim = -1  # other indices than those where the mask is true

    def cleared(self) -> Array:
        """
        The whole array, with zeros where the mask is false. The program computes no such element,
        so that an infinite derivative of one must not meet a cotangent of zero.
        """
        whole = ops.number(self.whole)
        if whole.dtype.kind not in "fc":
            return whole
        return ops.select(self.wide(), whole, ops.cast(ops.lift(0), whole.dtype))

    def front(self) -> Array:
        """An array whose first elements along axis 0 are those of the part; the others follow."""
        mask = np.ravel(self.mask)
        rows = np.reshape(self.cleared(), (mask.shape[0], *self.whole.shape[self.mask.ndim :]))
        return rows[np.argsort(np.logical_not(mask), kind="stable")]  # type: ignore[return-value]

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """
        The elements as an array of a known shape, such as the pixels that a seam leaves:
        `image[keep].reshape(rows, columns - 1)`. The shape says how many elements there are, and a
        compiled program cannot raise if there are others.

        Errors: `TypeError` for a shape with -1 beside other sizes; `ValueError` for more elements
                than the array has.
        """
        sizes = shape[0] if len(shape) == 1 else shape
        sizes = tuple(sizes) if isinstance(sizes, tuple | list) else (sizes,)
        if sizes == (-1,):
            return self.ravel(order)
        if order != "C" or any(not isinstance(n, int | np.integer) or n < 0 for n in sizes):
            raise located(TypeError, DEPENDS)
        rest = self.whole.shape[self.mask.ndim :]
        count, size = math.prod(sizes), max(math.prod(rest), 1)
        if count > self.whole.size or count % size:
            raise located(
                ValueError,
                f"cannot reshape elements that a mask of shape {self.mask.shape} chose into shape "
                f"{sizes}",
            )
        differ = lambda: np.not_equal(np.sum(self.mask) * size, count)  # noqa: E731
        text = f"cannot reshape the elements into shape {sizes}"
        check_raises(ValueError, "reshape", ASK_FOR_SIZE, differ, text)
        missed(
            "program",
            "check",
            tracing.location(),
            f"a traced mask decides whether there are {count} elements for the shape {sizes}, and "
            "a compiled program cannot raise: letgrad leaves the check out",
        )
        return np.reshape(self.front()[: count // size], sizes)

    def ravel(self, order: str = "C") -> Masked:
        """The elements as a part with one dimension, such as `np.argwhere(x > 0).ravel()`."""
        if order != "C":
            raise located(TypeError, DEPENDS)
        return self.share(Masked(self.whole, ops.lift(self.wide())))

    def flatten(self, order: str = "C") -> Masked:
        return self.ravel(order).copy()

    def squeeze(self, axis: Any = None) -> Masked:
        """
        The part without its dimensions of one place. Of axis 0, no trace knows the size.

        Errors: `ValueError` for an axis with more places; `TypeError` for axis 0.
        """
        rest = self.whole.shape[self.mask.ndim :]
        if axis is None:
            dims = tuple(d + 1 for d, n in enumerate(rest) if n == 1)
        else:
            dims = ops.axes(axis, self.ndim)
        if 0 in dims:
            raise located(TypeError, DEPENDS)
        if any(rest[d - 1] != 1 for d in dims):
            raise located(
                ValueError, "cannot select an axis to squeeze out which has size not equal to one"
            )
        left = tuple(n for d, n in enumerate(rest) if d + 1 not in dims)
        whole: Any = np.reshape(self.whole, (*self.mask.shape, *left))
        found = Masked(whole, self.mask)
        return self.share(found)

    @property
    def T(self) -> Any:
        """The part with its axes in the reverse order: `tuple(np.argwhere(m).T)` is an index."""
        return RULES["T"](self) if self.trail else self

    def transpose(self) -> Any:
        return self.T

    def tolist(self) -> Any:
        """In a rewritten function, the list of the elements (`programs.library_functions`)."""
        raise located(TypeError, DEPENDS)

    def _element(self, k: int) -> Any:
        """The element k along axis 0; 0 where there are not so many."""
        mask = np.ravel(self.mask)
        if not mask.shape[0]:
            return np.zeros_like(self.whole, shape=self.whole.shape[self.mask.ndim :])
        seen = np.cumsum(mask, dtype=np.int64)
        number = k + 1 if k >= 0 else np.sum(mask, dtype=np.int64) + (k + 1)
        found = np.logical_and(mask, seen == number)
        text = "index is out of bounds"
        none = lambda: np.logical_not(np.any(found))  # noqa: E731
        check_raises(IndexError, "an index", ASK_FOR_SIZE, none, text)
        place = np.where(np.any(found), np.argmax(found), mask.shape[0])
        # A row is a view, to which the program may write.
        whole = self.whole if self.trail else self.cleared()
        rows = np.reshape(whole, (mask.shape[0], *self.whole.shape[self.mask.ndim :]))
        return rows[place]

    def __bool__(self) -> bool:
        raise located(TypeError, DEPENDS)

    def copy(self) -> Masked:
        return Masked(self._content(), self.mask)

    def _content(self) -> Array:
        """The whole array as one of its own, which does not change with this one."""
        return storages.fresh(ops.number(self.whole))

    def _replace(self, new: Array) -> None:
        """Gives the part other elements, also in the rows of it that have a name."""
        if self.whole.storage is None:
            self.whole = new
        else:
            storages.write(self.whole, new)

    def rows(self) -> Array:
        """
        All rows of the whole array, for a loop. It would lose writes to them, and refuses these.
        """
        mask_size, rest = self.mask.size, self.whole.shape[self.mask.ndim :]
        found = ops.reshape(self.cleared(), (mask_size, *rest))
        return storages.watching(found, [], NO_WRITE) if rest else found

    def front_rows(self) -> Array:
        """`front()` for a loop, as `rows`."""
        found = self.front()
        return storages.watching(ops.number(found), [], NO_WRITE) if self.trail else found

    def astype(self, dtype: Any) -> Masked:
        return Masked(self.whole.astype(dtype), self.mask)


def _check_kind(name: str, new: np.dtype, old: np.dtype) -> None:
    if not np.can_cast(new, old, "same_kind"):
        raise as_python(
            TypeError,
            f"Cannot cast ufunc '{name}' output from {new!r} to {old!r} with casting rule "
            "'same_kind'",
        )


class Place(Masked):
    """One of the results of np.nonzero: the index along a dimension where the mask is true."""

    def __init__(self, mask: Array, dim: int):
        n = mask.shape[dim]
        shape = [n if d == dim else 1 for d in range(mask.ndim)]
        whole: Any = np.reshape(constant(np.arange(n)), shape)
        super().__init__(ops.broadcast_to(whole, mask.shape), mask)
        self.dim = dim
        """The dimension whose places the indices are; -1 after a write."""


def nonzero(x: Any) -> tuple[Place, ...]:
    """np.nonzero(x), whose parts are indices for arrays."""
    x = ops.number(ops.lift(x))
    mask = viewing.own(x if x.dtype == ops.BOOL else np.not_equal(x, 0))
    if not mask.ndim:
        raise located(ValueError, "Calling nonzero on 0d arrays is not allowed.")
    return tuple(Place(mask, d) for d in range(mask.ndim))


def has_masked(key: Any) -> bool:
    """Whether a key has such parts among its items."""
    return isinstance(key, Masked) or (
        isinstance(key, tuple) and any(isinstance(item, Masked) for item in key)
    )


def unwrapped(key: Any) -> tuple[Any, ...] | None:
    """
    A key with parts in the places of `(part,)`, which np.where gives: NumPy makes an array with a
    dimension of 1 in front of such a tuple. None for other keys.
    """
    wraps = [
        isinstance(item, tuple) and len(item) == 1 and isinstance(item[0], Masked)
        for item in (key if isinstance(key, tuple) else ())
    ]
    if not any(wraps):
        return None
    inner = tuple(item[0] if wrap else item for item, wrap in zip(key, wraps))
    if isinstance(inner[0], slice):
        raise located(TypeError, DEPENDS)
    return inner


def is_place(item: Any) -> bool:
    """Whether an item of a key stands for one place along its dimension."""
    if isinstance(item, Array):
        return not item.shape and item.dtype.kind in "iu"
    return isinstance(item, int | np.integer) and not isinstance(item, bool | np.bool_)


def whole_key(x: Array, key: Any, beyond: bool = False) -> tuple[tuple[Any, ...], Array, bool]:
    """
    A key of parts of one mask, slices and single places: the key with the whole arrays of the
    parts, the mask, and whether the key chooses those elements of x where the mask is true. With
    `beyond`, the whole arrays have places outside of x where the mask is false.

    Errors: `TypeError` for other keys, and for a slice in front of the parts, which puts the
            elements behind another axis; `IndexError` for parts that are no integers.
    """
    items = list(key) if isinstance(key, tuple) else [key]
    if len(items) > x.ndim:
        raise located(IndexError, f"too many indices for array: array is {x.ndim}-dimensional")
    while isinstance(items[-1], slice) and items[-1] == slice(None):
        items.pop()
    parts = [item for item in items if isinstance(item, Masked)]
    mask = parts[0].mask
    if not all(part.has_mask(mask) and part.trail == parts[0].trail for part in parts):
        raise located(TypeError, DEPENDS)
    if any(part.dtype.kind not in "iu" for part in parts):
        raise located(IndexError, "arrays used as indices must be of integer (or boolean) type")
    others = [item for item in items if not isinstance(item, Masked)]
    if not all(isinstance(item, slice) or is_place(item) for item in others):
        raise located(TypeError, DEPENDS)
    if isinstance(items[0], slice):
        raise located(
            TypeError,
            "indices from a traced mask behind a slice give a result whose shape depends on "
            "values; move the axis of the mask to the front, or write a single number there",
        )
    same = x.shape[: mask.ndim] == mask.shape and len(items) == mask.ndim
    same = same and all(isinstance(i, Place) and i.dim == d for d, i in enumerate(items))
    whole = []
    for d, item in enumerate(items):
        if isinstance(item, Masked):
            item = np.where(item.wide(), item.whole, x.shape[d]) if beyond else item.whole
        whole.append(item)
    return tuple(whole), mask, same


def get_at(x: Array, key: Any) -> Any:
    """x[key] for a key of parts of one mask."""
    if isinstance(key, tuple) and isinstance(key[0], slice):
        return RULES["key"](x, key)
    whole, mask, same = whole_key(x, key)
    return get(x, mask) if same else Masked(viewing.own(x[whole]), mask)


_PRODUCTS = (np.dot, np.inner, np.vdot, np.matmul)


def _product(function: Any, a: Any, b: Any) -> Any:
    """One of `_PRODUCTS`, of parts and arrays. Of vectors, they are one, but for conjugates."""
    dims = [x.ndim if isinstance(x, Masked) else len(ops.shape_of(x)) for x in (a, b)]
    if function is np.inner and dims[1] > 1:
        raise located(TypeError, "numpy.inner of a part that a traced mask chose; write a @ b.T")
    if function is np.vdot:
        if dims != [1, 1]:
            raise located(TypeError, DEPENDS)
        a = np.conjugate(a)
    return RULES["product"](a, b)


_QUESTIONS: dict[Any, Callable[[Masked], Any]] = {
    np.shape: lambda x: x.shape, np.size: lambda x: x.size, np.ndim: lambda x: x.ndim,
    np.copy: lambda x: x.copy(),
}  # fmt: skip


def _is_simple(item: Any) -> bool:
    """Whether an item of a key keeps the dimensions in front of its own in their places."""
    return item is None or isinstance(item, slice) or is_place(item)


def _operator(ufunc: np.ufunc, reflected: bool) -> Callable[..., Any]:
    def operate(self: Any, other: Any) -> Any:
        pair = (other, self) if reflected else (self, other)
        return self.__array_ufunc__(ufunc, "__call__", *pair)

    return operate


def _in_place(ufunc: np.ufunc) -> Callable[..., Any]:
    def operate(self: Any, other: Any) -> Any:
        return self.__array_ufunc__(ufunc, "__call__", self, other, out=(self,))

    return operate


def operators() -> Iterator[tuple[str, Callable[..., Any]]]:
    """The methods of the operators of parts, by their names."""
    for name, ufunc in {
        "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide,
        "floordiv": np.floor_divide, "mod": np.remainder, "pow": np.power, "and": np.bitwise_and,
        "or": np.bitwise_or, "xor": np.bitwise_xor,
    }.items():  # fmt: skip
        yield f"__{name}__", _operator(ufunc, False)
        yield f"__r{name}__", _operator(ufunc, True)
        yield f"__i{name}__", _in_place(ufunc)
    for name, ufunc in {
        "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
        "eq": np.equal, "ne": np.not_equal,
    }.items():  # fmt: skip
        yield f"__{name}__", _operator(ufunc, False)
    for name, ufunc in {"neg": np.negative, "abs": np.absolute, "invert": np.invert}.items():
        yield f"__{name}__", lambda self, u=ufunc: self.__array_ufunc__(u, "__call__", self)


for _name, _method in operators():
    setattr(Masked, _name, _method)


def get(x: Array, mask: Array) -> Masked:
    """
    x[mask].

    Errors: `IndexError` for a mask that does not fit the first dimensions of x.
    """
    if mask.ndim > x.ndim:
        raise located(IndexError, f"too many indices for array: array is {x.ndim}-dimensional")
    for d, (m, n) in enumerate(zip(mask.shape, x.shape)):
        if m != n:
            raise located(
                IndexError,
                f"boolean index did not match indexed array along axis {d}; size of axis is {n} "
                f"but size of corresponding boolean axis is {m}",
            )
    return Masked(viewing.own(ops.number(x)), viewing.own(mask))


def _same(a: SSAValue, b: SSAValue, depth: int = 8) -> bool:
    """Whether two values are computed alike, as far as a few ops show it."""
    if a is b:
        return True
    p, q = a.owner, b.owner
    return (
        depth > 0
        and isinstance(p, Operation)
        and isinstance(q, Operation)
        and p.name == q.name
        and not p.regions
        and p.properties == q.properties
        and p.result_types == q.result_types
        and len(p.operands) == len(q.operands)
        and all(_same(x, y, depth - 1) for x, y in zip(p.operands, q.operands))
    )
