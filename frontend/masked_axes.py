"""
`x[:, mask]` for a mask that the program computes: elements whose number is not known, along another
axis than the first.

Such a part is a part along the first axis (`masked.Masked`) of the array whose axes are in another
order. The transpose of rows that a mask chose, `x[mask].T`, is one, too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from . import masked, ops
from .indexing import DEPENDS
from .masked import EXTREMES, METHODS_BY_NAME, RULES, SUMS, Masked
from .tracing import Array
from .user_code import located


class MaskedAxis:
    """
    A part whose elements along `axis`, which is not the first one, a mask chose. `part` has this
    axis in front, and the others behind it in their order.
    """

    __array_priority__ = 1002  # Each operation with a `Masked` is this one's.
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, part: Masked, axis: int):
        self.part, self.axis = part, axis

    # What an array has.

    @property
    def dtype(self) -> np.dtype:
        return self.part.dtype

    @property
    def ndim(self) -> int:
        return self.part.ndim

    @property
    def shape(self) -> tuple[Any, ...]:
        count, *rest = self.part.shape
        return (*rest[: self.axis], count, *rest[self.axis :])

    @property
    def size(self) -> Any:
        return self.part.size

    @property
    def T(self) -> Any:
        return self.transpose()

    def transpose(self) -> Any:
        return turned(_reversed(self.part), self.ndim - 1 - self.axis)

    def copy(self) -> MaskedAxis:
        return MaskedAxis(self.part.copy(), self.axis)

    def astype(self, dtype: Any) -> MaskedAxis:
        return MaskedAxis(self.part.astype(dtype), self.axis)

    def whole(self) -> Array:
        """The array of all elements, with its axes in their order."""
        return self._in_order(self.part.whole)

    def wide(self) -> Array:
        """The mask, for each element of the whole array."""
        return self._in_order(self.part.wide())

    def _in_order(self, x: Any) -> Array:
        n = self.part.mask.ndim
        return ops.lift(np.moveaxis(x, range(n), range(self.axis, self.axis + n)))

    def ravel(self, order: str = "C") -> Masked:
        """The elements, row by row, as a part with one dimension."""
        if order != "C":
            raise located(TypeError, DEPENDS)
        return self.part.share(Masked(self.whole(), self.wide()))

    flatten = ravel

    def __repr__(self) -> str:
        return f"{self.part.whole!r}[traced mask along axis {self.axis}]"

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return iter([self[k] for k in range(len(self))])

    def __bool__(self) -> bool:
        raise located(TypeError, DEPENDS)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise located(TypeError, DEPENDS)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in METHODS_BY_NAME:
            return functools.partial(self._reduced, METHODS_BY_NAME[name])
        if name == "clip":
            return functools.partial(np.clip, self)
        if name == "dot":
            return functools.partial(product, self)
        raise located(TypeError, DEPENDS)

    # Functions.

    def operand(self, x: Any) -> Any:
        """An operand beside this part, with the axis of the mask in front."""
        if isinstance(x, MaskedAxis):
            if x.ndim == self.ndim and x.axis == self.axis:
                return x.part
            raise located(TypeError, DEPENDS)
        behind = self.ndim - self.axis - 1
        if isinstance(x, Masked):
            if x.trail != behind:
                raise located(TypeError, DEPENDS)
            lead, rest = x.mask.shape, x.whole.shape[x.mask.ndim :]
            whole = ops.reshape(ops.number(x.whole), (*lead, *[1] * self.axis, *rest))
            return Masked(whole, x.mask)
        shape = ops.shape_of(x)
        if len(shape) <= behind:
            return x
        if len(shape) > self.ndim or shape[len(shape) - behind - 1] != 1:
            raise located(TypeError, DEPENDS)
        return np.squeeze(x, len(shape) - behind - 1)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__":
            raise located(TypeError, DEPENDS)
        if ufunc is np.matmul and not kwargs:
            return product(*inputs)
        ours = next(x for x in (*inputs, *kwargs.get("out", ())) if isinstance(x, MaskedAxis))
        targets = kwargs.pop("out", ())
        if targets:
            if len(targets) > 1 or not isinstance(targets[0], MaskedAxis):
                raise located(TypeError, DEPENDS)
            kwargs["out"] = (ours.operand(targets[0]),)
        found = ufunc(*map(ours.operand, inputs), **kwargs)
        if targets:
            return targets[0]
        if isinstance(found, tuple):
            return tuple(MaskedAxis(x, ours.axis) for x in found)
        return MaskedAxis(found, ours.axis)

    def __array_function__(
        self, function: Callable[..., Any], kinds: Any, args: tuple, kwargs: dict[str, Any]
    ) -> Any:
        kwargs = {k: v for k, v in kwargs.items() if v is not np._NoValue}
        if function in SUMS or function in EXTREMES:
            return self._reduced(function, *args[1:], **kwargs)
        if function in (np.dot, np.matmul) and len(args) == 2 and not kwargs:
            return product(*args)
        if function in (np.where, np.clip) and not kwargs.get("out"):
            ours = next(x for x in args if isinstance(x, MaskedAxis))
            return MaskedAxis(function(*map(ours.operand, args), **kwargs), ours.axis)
        if function is np.linalg.norm and kwargs.keys() <= {"axis", "keepdims"} and len(args) == 1:
            if kwargs.get("axis") is None or isinstance(kwargs["axis"], int | np.integer):
                return np.sqrt(np.sum(np.abs(self) ** 2, **kwargs))
        if len(args) == 1 and not kwargs and function in _QUESTIONS:
            return _QUESTIONS[function](args[0])
        raise located(TypeError, DEPENDS)

    def _reduced(
        self, function: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, **more: Any
    ) -> Any:
        dims = ops.axes(axis, self.ndim)
        if more.get("out", 0) is None:
            del more["out"]
        inner = [0 if d == self.axis else d + 1 if d < self.axis else d for d in dims]
        if dtype is not None:
            more["dtype"] = dtype
        found = function(self.part, axis=tuple(inner), keepdims=keepdims, **more)
        if not isinstance(found, Masked):
            return np.moveaxis(found, 0, self.axis) if keepdims else found
        return turned(found, self.axis - (0 if keepdims else sum(d < self.axis for d in dims)))

    def __matmul__(self, other: Any) -> Any:
        return product(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return product(other, self)

    # Items.

    def __getitem__(self, key: Any) -> Any:
        items = expanded(self.ndim, key if isinstance(key, tuple) else (key,))
        at = [k for k, item in enumerate(items) if item is not None]
        where = at[self.axis]
        own = items[where]
        front, back = items[:where], items[where + 1 :]
        if not all(map(_is_simple, (*front, *back))):
            raise located(TypeError, DEPENDS)
        is_full = isinstance(own, slice) and own == slice(None)
        inner = self.part if is_full else self.part[own]
        if isinstance(inner, Masked):
            axis = sum(item is None or isinstance(item, slice) for item in front)
            return turned(inner[(slice(None), *front, *back)], axis)
        if not masked.is_place(own):
            raise located(TypeError, DEPENDS)
        return inner[(*front, *back)]

    def __setitem__(self, key: Any, value: Any) -> None:
        raise located(TypeError, masked.NO_WRITE)


def _is_simple(item: Any) -> bool:
    return item is None or isinstance(item, slice) or masked.is_place(item)


def turned(part: Any, axis: int) -> Any:
    """A part whose first axis stands in the place of `axis`."""
    return part if axis == 0 else MaskedAxis(part, axis)


def _in_front(part: Masked) -> MaskedAxis:
    """part[None]"""
    return MaskedAxis(part[:, None], 1)


def _reversed(part: Masked) -> Masked:
    """A part with the axes behind the first one in the reverse order."""
    n = part.mask.ndim
    order = (*range(n), *reversed(range(n, part.whole.ndim)))
    return part.share(Masked(ops.lift(np.transpose(part.whole, order)), part.mask))


def transposed(part: Masked) -> Any:
    """part.T"""
    return turned(_reversed(part), part.ndim - 1)


_QUESTIONS: dict[Any, Callable[[MaskedAxis], Any]] = {
    np.shape: lambda x: x.shape, np.size: lambda x: x.size, np.ndim: lambda x: x.ndim,
    np.copy: lambda x: x.copy(), np.transpose: lambda x: x.T, np.ravel: lambda x: x.ravel(),
}  # fmt: skip


def _cleared(x: MaskedAxis | Masked) -> Array:
    """
    The whole array with zeros where the mask is false, for a product: infinities there would make
    NaN of the zeros of derivatives. One dimension stands for those of the mask.
    """
    part = x.part if isinstance(x, MaskedAxis) else x
    n = part.mask.ndim
    clear = ops.select(part.wide(), ops.number(part.whole), ops.lift(np.zeros((), part.dtype)))
    rows: Any = ops.reshape(clear, (part.mask.size, *part.whole.shape[n:]))
    return ops.lift(np.moveaxis(rows, 0, x.axis)) if isinstance(x, MaskedAxis) else rows


def product(a: Any, b: Any) -> Any:
    """
    a @ b, of matrices and vectors. The axis of the mask may be the one of the sum.

    Errors: `TypeError` for two masks of which letgrad cannot know that they are alike, and for
            other operands.
    """
    first, second = _part_of(a), _part_of(b)
    dims = [
        x.ndim if p is not None else len(ops.shape_of(x)) for x, p in zip((a, b), (first, second))
    ]
    if min(dims) < 1 or max(dims) > 2:
        raise located(TypeError, DEPENDS)
    in_sum = _axis(a) == dims[0] - 1, _axis(b) == 0
    if in_sum[0] or in_sum[1]:
        if in_sum != (True, True) or not first.has_mask(second.mask):  # type: ignore[union-attr]
            raise located(TypeError, DEPENDS)
        return np.matmul(_cleared(a), _cleared(b))
    if first is not None and second is not None:
        raise located(TypeError, DEPENDS)
    if first is not None:
        found = np.matmul(_cleared(a), ops.lift(b))
        return turned(Masked(_spread(found, first), first.mask), 0)
    assert second is not None
    found = np.moveaxis(np.matmul(ops.lift(a), _cleared(b)), -1, 0)
    return turned(Masked(_spread(found, second), second.mask), len(ops.shape_of(a)) - 1)


def _spread(rows: Any, part: Masked) -> Array:
    """Rows for all places of a mask, with the dimensions of the mask."""
    return ops.reshape(ops.lift(rows), (*part.mask.shape, *ops.shape_of(rows)[1:]))


def _part_of(x: Any) -> Masked | None:
    return x.part if isinstance(x, MaskedAxis) else x if isinstance(x, Masked) else None


def _axis(x: Any) -> int | None:
    """The axis of the mask; None for an array."""
    return x.axis if isinstance(x, MaskedAxis) else 0 if isinstance(x, Masked) else None


def get(x: Array, key: tuple[Any, ...]) -> Any:
    """
    x[key] for a key with one traced mask, or with indices of one mask, beside slices and single
    places.

    Errors: those of `masked.get`; `TypeError` for keys with several masks, or with other arrays.
    """
    items = expanded(x.ndim, key)
    own = [k for k, item in enumerate(items) if _is_mask(item) or isinstance(item, Masked)]
    others = [item for k, item in enumerate(items) if k not in own]
    is_run = own == [*range(own[0], own[-1] + 1)]
    if not all(map(_is_simple, others)) or not is_run or (len(own) > 1 and _has_mask(items)):
        raise located(TypeError, DEPENDS)
    front, back = items[: own[0]], items[own[-1] + 1 :]
    n = sum(items[k].ndim if _is_mask(items[k]) else 1 for k in own)
    base: Any = x[(*front, *[slice(None)] * n, *back)]
    lead = sum(item is None or isinstance(item, slice) for item in front)
    rows = ops.lift(np.moveaxis(base, range(lead, lead + n), range(n)))
    inner: Any = items[own[0]] if len(own) == 1 else tuple(items[k] for k in own)
    found = masked.get(rows, inner) if _is_mask(inner) else masked.get_at(rows, inner)
    return turned(found, 0 if _is_apart(front, back) else lead)


def _is_apart(front: Sequence[Any], back: Sequence[Any]) -> bool:
    """
    Whether a slice stands between the mask and a single place: NumPy then puts the axis of the mask
    in front.
    """
    for side in (front[::-1], back):
        is_behind_slice = False
        for item in side:
            if item is None or isinstance(item, slice):
                is_behind_slice = True
            elif is_behind_slice:
                return True
    return False


def expanded(ndim: int, key: tuple[Any, ...]) -> list[Any]:
    """
    The items of a key, with full slices for what the key leaves out.

    Errors: `IndexError` for more items than dimensions, and for two ellipses.
    """
    items = list(key)
    marks = [k for k, item in enumerate(items) if item is Ellipsis]
    if len(marks) > 1:
        raise located(IndexError, "an index can only have a single ellipsis ('...')")
    taken = sum(
        item.ndim if _is_mask(item) else item is not None and item is not Ellipsis for item in items
    )
    if taken > ndim:
        raise located(
            IndexError,
            f"too many indices for array: array is {ndim}-dimensional, but {taken} were indexed",
        )
    at = marks[0] if marks else len(items)
    items[at : at + 1] = [slice(None)] * (ndim - taken)
    return items


def _is_mask(item: Any) -> bool:
    return isinstance(item, Array) and item.dtype == ops.BOOL and item.ndim > 0


def _has_mask(items: Sequence[Any]) -> bool:
    return any(map(_is_mask, items))


for _name, _operator in masked.operators():
    setattr(MaskedAxis, _name, _operator)

RULES.update({"T": transposed, "in front": _in_front, "product": product, "key": get})
