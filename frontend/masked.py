"""
`x[mask]` for a mask that the program computes: elements whose number is not known.

Such a part has no static shape, so it is no array. It keeps the whole array and the mask. Functions
element by element work on the whole array, `x[mask] = part` chooses by the mask, and sums, means,
deviations and extremes take the elements where the mask is true. Every other use is an error.

The number of the elements, `x[mask].size`, is a number that the program computes. The mean of no
elements is NaN, as in NumPy. The maximum of none is the least number of the dtype, and the minimum
the greatest one; NumPy raises an error there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from xdsl.ir import Operation, SSAValue

from . import ops, viewing
from .indexing import DEPENDS
from .tracing import Array, Number, located

_SUMS: set[Any] = {np.sum, np.prod, np.mean, np.any, np.all, np.std, np.var}
"""Functions that have a parameter `where`, and give one number."""

_EXTREMES: dict[Any, int] = {np.max: -1, np.min: 1, np.amax: -1, np.amin: 1}
"""Functions that also need `initial`, and the sign of the number that no element replaces."""

_OPTIONS = ("axis", "dtype", "ddof", "keepdims")


def _last(dtype: np.dtype, sign: int) -> Any:
    """The greatest number of a dtype, or the least one."""
    if dtype.kind == "b":
        return sign > 0
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return info.max if sign > 0 else info.min
    return sign * np.inf


class Masked:
    """The elements of an array where a mask over its first dimensions is true."""

    __array_priority__ = 1001
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, whole: Array, mask: Array):
        self.whole = whole
        self.mask = mask

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
        if method != "__call__" or kwargs.keys() - {"dtype"}:
            raise located(TypeError, DEPENDS)
        result = ufunc(*(self._operand(x) for x in inputs), **kwargs)
        if isinstance(result, tuple):
            return tuple(Masked(part, self.mask) for part in result)
        return Masked(result, self.mask)

    def _operand(self, x: Any) -> Any:
        if isinstance(x, Masked):
            if x.has_mask(self.mask) and x.trail == self.trail:
                return x.whole
        elif len(ops.shape_of(x)) <= self.trail or not ops.shape_of(x):
            return x
        raise located(TypeError, DEPENDS)

    def __array_function__(
        self, function: Callable[..., Any], kinds: Any, args: tuple, kwargs: dict[str, Any]
    ) -> Any:
        if len(args) != 1 or args[0] is not self:
            raise located(TypeError, DEPENDS)
        if function is np.size:
            return self.size
        if function is np.count_nonzero and not kwargs:
            return np.sum(np.not_equal(self.whole, 0), where=self.wide())
        if function in _SUMS or function in _EXTREMES:
            return self._reduced(function, **kwargs)
        raise located(TypeError, DEPENDS)

    def _reduced(self, function: Callable[..., Any], **kwargs: Any) -> Any:
        """
        A reduction of the elements where the mask is true. The axis 0 means the elements of the
        mask; others follow.
        """
        kwargs = {
            k: v
            for k, v in kwargs.items()
            if v is not np._NoValue and not (k == "out" and v is None)
        }
        if kwargs.keys() - set(_OPTIONS):
            raise located(TypeError, DEPENDS)
        rank = self.trail + 1
        axis = kwargs.pop("axis", None)
        dims = {*ops.axes(axis, rank)}
        if 0 not in dims or kwargs.get("keepdims"):
            raise located(TypeError, DEPENDS)
        first = self.mask.ndim
        kwargs["axis"] = (*range(first), *(first + d - 1 for d in sorted(dims - {0})))
        if function in _EXTREMES:
            kwargs["initial"] = _last(self.dtype, _EXTREMES[function])
        return function(self.whole, where=self.wide(), **kwargs)

    @property
    def size(self) -> Any:
        """The number of elements, which is a weak int, as NumPy's is."""
        count: Any = np.sum(self.mask, dtype=np.int64)  # type: ignore[call-overload]
        sizes = self.whole.shape[self.mask.ndim :]
        return Number(count * int(np.prod(sizes, dtype=np.int64)), int)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise located(TypeError, DEPENDS)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        function: Any = getattr(np, name, None)
        if function in _SUMS or function in _EXTREMES:
            names = {
                "var": ("axis", "dtype"),
                "std": ("axis", "dtype"),
                "any": ("axis",),
                "all": ("axis",),
                "max": ("axis",),
                "min": ("axis",),
            }
            known = names.get(name, ("axis", "dtype"))
            return lambda *args, **kwargs: self._reduced(
                function, **dict(zip(known, args)), **kwargs
            )
        raise located(TypeError, DEPENDS)

    def __len__(self) -> int:
        raise located(TypeError, DEPENDS)

    def __iter__(self) -> Any:
        raise located(TypeError, DEPENDS)

    def __getitem__(self, key: Any) -> Any:
        raise located(TypeError, DEPENDS)

    def __bool__(self) -> bool:
        raise located(TypeError, DEPENDS)

    def copy(self) -> Masked:
        return self

    def astype(self, dtype: Any) -> Masked:
        return Masked(self.whole.astype(dtype), self.mask)


def _operator(ufunc: np.ufunc, reflected: bool) -> Callable[[Masked, Any], Any]:
    def operate(self: Masked, other: Any) -> Any:
        pair = (other, self) if reflected else (self, other)
        return self.__array_ufunc__(ufunc, "__call__", *pair)

    return operate


for _name, _ufunc in {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide,
    "floordiv": np.floor_divide, "mod": np.remainder, "pow": np.power, "and": np.bitwise_and,
    "or": np.bitwise_or, "xor": np.bitwise_xor,
}.items():  # fmt: skip
    setattr(Masked, f"__{_name}__", _operator(_ufunc, False))
    setattr(Masked, f"__r{_name}__", _operator(_ufunc, True))
for _name, _ufunc in {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "eq": np.equal, "ne": np.not_equal,
}.items():  # fmt: skip
    setattr(Masked, f"__{_name}__", _operator(_ufunc, False))
for _name, _ufunc in {"neg": np.negative, "abs": np.absolute, "invert": np.invert}.items():
    setattr(
        Masked, f"__{_name}__", lambda self, u=_ufunc: self.__array_ufunc__(u, "__call__", self)
    )


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
