"""
The methods of `Array` that are made of ops, and the step from a ufunc to ops.

`tracing` defines the class `Array`, and ops are functions of its instances. So the class gets these
methods here, after the import of the modules that the methods need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import indexing, ops, tracing
from .numpy_derived.ufunc_methods import ufunc_method
from .tracing import GENERALIZED, UFUNCS, Array, located


def apply_ufunc(
    ufunc: np.ufunc,
    inputs: Sequence[Any],
    method: str = "__call__",
    kwargs: dict[str, Any] | None = None,
) -> Any:
    """
    The result of `ufunc(*inputs)`, or of a method of the ufunc, on traced arrays: an array, or a
    tuple of arrays.
    """
    kwargs = kwargs or {}
    if ufunc in GENERALIZED and method == "__call__":
        return GENERALIZED[ufunc](*inputs, **kwargs)
    if ufunc not in UFUNCS:
        own = getattr(np, ufunc.__name__, None) is ufunc
        name = f"numpy.{ufunc.__name__}" if own else f"the ufunc {ufunc.__name__}"
        raise located(TypeError, f"{name} is not supported on traced arrays")
    if method != "__call__":
        return ufunc_method(ufunc, method, inputs, kwargs)
    dtype = kwargs.pop("dtype", None) if kwargs else None
    for name, value in kwargs.items():
        if name == "out" and not (value is None or all(o is None for o in value)):
            raise located(
                TypeError,
                f"numpy.{ufunc.__name__} cannot write a traced value into out=; use the result of "
                f"numpy.{ufunc.__name__}",
            )
        if name == "where" and value is not True:
            raise located(
                TypeError,
                f"numpy.{ufunc.__name__} does not support where= on traced arrays; use np.where",
            )
    operands = [
        x if isinstance(x, Array) or tracing.is_weak(x) else ops.as_operand(x) for x in inputs
    ]
    if (result := ops.on_indices(ufunc, operands)) is not None:
        return result
    kinds = tuple(map(tracing.kind_of, operands))
    try:
        resolved = tracing.resolved_dtypes(ufunc, kinds, None if dtype is None else np.dtype(dtype))
    except TypeError as error:
        raise located(TypeError, str(error)) from None
    shape = tracing.broadcast_shape(
        *(np.shape(x) if not isinstance(x, Array) else x.shape for x in operands)
    )
    if ufunc in _ORDER and (decided := _beyond(ufunc, operands, resolved)) is not None:
        return tracing.constant(decided, None, shape)
    try:
        same = [ops.to(x, d, shape) for x, d in zip(operands, resolved)]
    except OverflowError as error:
        raise located(OverflowError, str(error)) from None
    return UFUNCS[ufunc](*same)


_ORDER: dict[np.ufunc, tuple[bool, bool]] = {
    np.less: (True, False), np.less_equal: (True, False), np.greater: (False, True),
    np.greater_equal: (False, True), np.equal: (False, False), np.not_equal: (True, True),
}  # fmt: skip
"""Comparison: whether it holds for all elements below a number, and for all elements above it."""


def _beyond(ufunc: np.ufunc, operands: Sequence[Any], resolved: Sequence[np.dtype]) -> bool | None:
    """
    What a comparison with a Python int gives that the integer dtype cannot hold; None for other
    operands. NumPy compares with the number, and does not convert it.
    """
    for k, (x, dtype) in enumerate(zip(operands, resolved)):
        if type(x) is not int or dtype.kind != "i":
            continue
        limits = np.iinfo(dtype)
        if not limits.min <= x <= limits.max:
            elements_are_below = x > limits.max
            # The comparison of the number with the elements is the other way round.
            return _ORDER[ufunc][elements_are_below == (k == 0)]
    return None


def _array_ufunc(self: Array, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    return apply_ufunc(ufunc, inputs, method, kwargs)


def _getitem(self: Array, key: Any) -> Array:
    return indexing.get(self, key)


def astype(
    self: Array,
    dtype: Any,
    order: str = "K",
    casting: str = "unsafe",
    subok: bool = True,
    copy: bool = True,
) -> Any:
    if not np.can_cast(self.dtype, dtype, casting=casting):  # type: ignore[arg-type]
        raise located(
            TypeError,
            f"the casting rule '{casting}' does not allow a cast from {self.dtype} to "
            f"{np.dtype(dtype)}",
        )
    return ops.cast(self, np.dtype(dtype))


Array.__array_ufunc__ = _array_ufunc
Array.__getitem__ = _getitem
Array.astype = astype
