"""
Python's numbers that a program computes, and Python's operators on them.

A `Number` is weak: beside an array, the array decides the dtype. Operators on such numbers and
Python's numbers give such numbers again, as Python does. NumPy's functions give arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...passes.simplify import index_maps
from .. import ops
from ..tracing import Array, Number, is_weak, use
from ..user_code import as_python, located
from .chosen_items import Chosen, settled
from .optional_values import Maybe
from .static_states import OneOf

KINDS: dict[str, type] = {"i": int, "f": float, "c": complex}
DTYPES: dict[type, np.dtype] = {
    int: np.dtype(np.int64),
    float: np.dtype(np.float64),
    complex: np.dtype(np.complex128),
}


def number(value: Any, kind: type | None = None) -> Number:
    """
    An array of one element as a number of Python: an int, a float or a complex number. Errors:
    `TypeError` for other arrays.
    """
    array = ops.number(value) if isinstance(value, Array) else ops.lift(value)
    if array.shape:
        array = scalar(array)
    if kind is None:
        kind = KINDS.get("i" if array.dtype.kind in "iub" else array.dtype.kind, float)
    if kind is int:
        array = ops.signed_index(array)
    return Number(ops.cast(array, DTYPES[kind]), kind)


def scalar(x: Array) -> Array:
    """The element of an array of one element. Errors: `TypeError` for other arrays."""
    if x.size != 1:
        raise as_python(TypeError, "only length-1 arrays can be converted to Python scalars")
    return ops.reshape(ops.number(x), ())


def _is_number(value: Any) -> bool:
    return isinstance(value, Number) or is_weak(value) or type(value) is bool


def _weak(result: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(map(_weak, result))
    if isinstance(result, Array) and not result.shape and result.dtype.kind in KINDS:
        return number(result)
    return result


def _operator(name: str) -> Callable[..., Any]:
    original = getattr(Array, name)

    def operate(self: Number, *others: Any) -> Any:
        others = tuple(int(o) if type(o) is bool else o for o in others)
        result = original(self, *others)
        if not all(map(_is_number, others)):
            return result
        result = _weak(result)
        if self.kind is not int or not isinstance(result, Number):
            return result
        if name in ("__rsub__", "__neg__"):
            (other,) = others or (0,)
            if type(other) is int:
                result.root = use(self) if self.root is None else self.root
                result.sign, result.offset = -self.sign, other - self.offset
            result.limits = _moved(limits(other), limits(self), -1)
        if name in _SHIFTS:
            sign = _SHIFTS[name]
            if type(others[0]) is int:
                result.root = use(self) if self.root is None else self.root
                result.sign, result.offset = self.sign, self.offset + sign * others[0]
            result.limits = _moved(limits(self), limits(others[0]), sign)
        return result

    operate.__name__ = name
    return operate


def limits(x: Any) -> tuple[float, float]:
    """Two numbers that an int is between."""
    if not isinstance(x, Array):
        return x, x
    low, high = index_maps.bounds_of_elements(use(x))
    if isinstance(x, Number):
        return max(low, x.limits[0]), min(high, x.limits[1])
    return low, high


def limited(place: Any, size: int) -> Any:
    """A place of an axis of this size, which is traced or known."""
    if isinstance(place, Number) and size > 0:
        place.limits = 0, size - 1
    return place


def _moved(a: tuple[float, float], b: tuple[float, float], sign: int) -> tuple[float, float]:
    return (a[0] + b[0], a[1] + b[1]) if sign > 0 else (a[0] - b[1], a[1] - b[0])


_SHIFTS = {"__add__": 1, "__radd__": 1, "__sub__": -1}
"""The operators that move an int by a known int."""

_BINARY = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "and", "or", "xor", "lshift",
    "rshift",
)  # fmt: skip

for _name in _BINARY:
    setattr(Number, f"__{_name}__", _operator(f"__{_name}__"))
    setattr(Number, f"__r{_name}__", _operator(f"__r{_name}__"))
for _name in ("neg", "pos", "abs", "invert", "round"):
    setattr(Number, f"__{_name}__", _operator(f"__{_name}__"))


def _part(name: str) -> property:
    """A part of a number is a number again."""
    of_array = getattr(Array, name)

    def get(self: Number) -> Any:
        return _weak(of_array.fget(self)) if self.kind is complex else of_array.fget(self)

    return property(get)


Number.real = _part("real")
Number.imag = _part("imag")


def _conjugate(self: Number) -> Any:
    return _weak(Array.conjugate(self)) if self.kind is complex else self


Number.conjugate = _conjugate


def _power(base: Any, exponent: Any) -> Any:
    """
    base ** exponent of Python's numbers. An int to a negative int is a float.

    Errors: `TypeError` for an int to an int whose sign is not known.
    """
    ints = all(getattr(x, "kind", type(x)) in (int, bool) for x in (base, exponent))
    if ints and not isinstance(exponent, Number) and exponent < 0:
        return number(np.power(number(base, float), float(exponent)), float)
    if ints and isinstance(exponent, Number):
        low, _ = limits(exponent)
        if low < 0:
            raise located(
                TypeError,
                "Python gives an int or a float for this power of ints, by the sign of the "
                "exponent, which is not known here; make the base a float",
            )
    return _weak(np.power(base, exponent))


def _pow(self: Number, exponent: Any) -> Any:
    return _power(self, exponent) if _is_number(exponent) else Array.__pow__(self, exponent)


def _rpow(self: Number, base: Any) -> Any:
    return _power(base, self) if _is_number(base) else Array.__rpow__(self, base)


Number.__pow__ = _pow  # type: ignore[method-assign]
Number.__rpow__ = _rpow  # type: ignore[method-assign]


def is_traced(value: Any) -> bool:
    return isinstance(value, Array)


TRUTHS: list[Callable[[Any], Array | None]] = []
"""Functions that give the traced truth of an object of the user, and None for other values."""


def truth(value: Any) -> Array | None:
    """
    The truth of a traced value as a scalar bool; None for a value that Python can ask.

    Errors: `ValueError` for an array of several elements, as in NumPy.
    """
    if isinstance(value, OneOf):
        known = value.truth()
        return ops.lift(np.bool_(known)) if isinstance(known, bool) else known
    if isinstance(value, Maybe):
        inner = value.value
        if not isinstance(inner, Array | int | float | complex | np.generic):
            return value.present  # A container beside None.
        return np.logical_and(value.present, truth(ops.lift(inner)))  # type: ignore[return-value]
    if isinstance(value, Chosen) and value.is_generator:
        return None  # A generator is true.
    value = settled(value)
    if isinstance(value, Chosen):
        return value.some()
    if not isinstance(value, Array):
        return next((found for ask in TRUTHS if (found := ask(value)) is not None), None)
    array = ops.number(value)
    if array.size != 1:
        raise located(
            ValueError,
            "The truth value of an array with more than one element is ambiguous. "
            "Use a.any() or a.all()",
        )
    scalar = ops.reshape(array, ())
    return scalar if scalar.dtype == ops.BOOL else tracing_truth(scalar)


def tracing_truth(scalar: Array) -> Array:
    return np.not_equal(scalar, 0)  # type: ignore[return-value]
