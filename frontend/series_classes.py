"""
The classes of `letgrad.numpy.polynomial` (`Polynomial`, `Chebyshev` …) and `np.poly1d`: NumPy's
own, whose coefficients, domains and places may be traced.

The methods of NumPy's classes are plain Python, so the same code computes with traced arrays, if
the functions that it calls do. One step depends on values, and falls away: NumPy drops coefficients
that are 0.
"""

from __future__ import annotations

import functools
import types
from typing import Any

import numpy
from numpy.polynomial import polyutils
from numpy.polynomial._polybase import ABCPolyBase

from . import numpy_series
from .array_views import viewing
from .ops import lift
from .tracing import Array
from .tracing import tracing as is_tracing
from .user_code import located, place

np: Any = numpy  # its type stubs know no traced arrays

KINDS = tuple(
    getattr(numpy.polynomial, name)
    for name in ("Polynomial", "Chebyshev", "Legendre", "Hermite", "HermiteE", "Laguerre")
)
"""NumPy's classes of series."""

_KEPT = ("_repr_latex_", "__format__", "__str__", "_generate_string", "__repr__")
"""The methods that write text read numbers."""


@functools.cache
def on_traced(kind: type, namespace: Any) -> type:
    """The class of NumPy, whose NumPy is `namespace`."""
    return _polynomial(namespace) if kind is numpy.poly1d else _series(kind, namespace)


def _series(kind: type, namespace: Any) -> type:
    names = {**ABCPolyBase.__init__.__globals__, "np": namespace, "pu": _Utilities(namespace)}
    functions = {
        name: numpy_series.on_traced(value, namespace)
        for name, value in vars(numpy_series.MODULES[_module_of(kind)]).items()
        if numpy_series.is_of_series(value)
    }
    members: dict[str, Any] = {}
    for owner in (ABCPolyBase, kind):
        own_names = {**names, **functions} if owner is kind else names
        for name, member in vars(owner).items():
            if name in _KEPT or getattr(member, "__isabstractmethod__", False):
                continue
            if isinstance(member, types.FunctionType):
                members[name] = _with(kind, member, own_names)
            elif isinstance(member, classmethod):
                members[name] = classmethod(_with(kind, member.__func__, own_names))
            elif isinstance(member, staticmethod):
                members[name] = staticmethod(numpy_series.on_traced(member.__func__, namespace))
    members |= {name: _of_series(name, members[name]) for name in _OPERATORS}
    members |= {
        "__truediv__": _over_number,
        "_get_coefficients": _coefficients_of(members["_get_coefficients"]),
        "__call__": _at(members["__call__"]),
        "convert": _converted(members["convert"], namespace),
        "__eq__": _equal(members["__eq__"]),
        "fit": classmethod(_fitted(members["fit"].__func__)),
        "__repr__": _text,
        "trim": _trimmed(members["trim"]),
        "__module__": "letgrad.numpy.polynomial",
        "__doc__": kind.__doc__,
    }
    return type(kind.__name__, (kind,), members)


def _module_of(kind: type) -> str:
    return kind.__module__.removeprefix("numpy.")


def _with(kind: type, function: types.FunctionType, names: dict[str, Any]) -> Any:
    """The function with these names, whose errors name the user's line."""
    made = types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    made.__kwdefaults__ = function.__kwdefaults__

    @functools.wraps(function)
    def method(*args: Any, **kwargs: Any) -> Any:
        try:
            return made(*args, **kwargs)
        except (TypeError, ValueError, ZeroDivisionError) as error:
            here = place()
            if not is_tracing() or not here or str(error).startswith(here):
                raise
            raise located(type(error), f"numpy.{kind.__name__}: {error}") from None

    return method


class _Utilities:
    """`np.polynomial.polyutils`, whose functions take traced arrays."""

    def __init__(self, namespace: Any):
        self._code = numpy_series.code(namespace)

    def __getattr__(self, name: str) -> Any:
        function = getattr(polyutils, name)
        if not isinstance(function, types.FunctionType):
            return function
        on_traced = self._code.function(function)

        def either(*args: Any) -> Any:
            args = viewing.plain(args)
            return (on_traced if viewing.has_traced(args) else function)(*args)

        def as_series(alist: Any, trim: bool = True) -> Any:
            return either(alist, trim)

        return as_series if name == "as_series" else either


# Methods of which NumPy asks for the class of an operand, or for a number.


_OPERATORS = (
    "__radd__", "__rsub__", "__rmul__", "__rdivmod__", "__rfloordiv__", "__rmod__",
)  # fmt: skip


def _of_series(name: str, method: Any) -> Any:
    """The operator, of which the first operand may be NumPy's series of the same kind."""
    forward = f"__{name[3:]}"

    def reflected(self: Any, other: Any) -> Any:
        if isinstance(other, ABCPolyBase) and isinstance(self, type(other)):
            return getattr(_like(self, other), forward)(self)
        return method(self, other)

    return reflected


def _like(self: Any, other: Any) -> Any:
    """A series of NumPy as one of the class of `self`."""
    return type(self)(other.coef, other.domain, other.window, other.symbol)


def _coefficients_of(method: Any) -> Any:
    def coefficients(self: Any, other: Any) -> Any:
        if isinstance(other, ABCPolyBase) and isinstance(self, type(other)):
            other = _like(self, other)
        return method(self, other)

    return coefficients


def _over_number(self: Any, other: Any) -> Any:
    """The series over a number, which may be traced."""
    if isinstance(other, Array) and not other.shape:
        return type(self)(self.coef / other, self.domain, self.window, self.symbol)
    return ABCPolyBase.__truediv__(self, other)


def _at(method: Any) -> Any:
    def at(self: Any, arg: Any) -> Any:
        if not isinstance(arg, ABCPolyBase):
            return method(self, arg)
        # The place is a series: NumPy's sums, of series in place of numbers.
        offset, scale = self.mapparms()
        return type(self)._val(offset + scale * arg, self.coef)

    return at


def _converted(method: Any, namespace: Any) -> Any:
    def convert(self: Any, domain: Any = None, kind: Any = None, window: Any = None) -> Any:
        kind = on_traced(kind, namespace) if kind in KINDS else kind
        return method(self, domain, kind, window)

    return convert


def _equal(method: Any) -> Any:
    def equal(self: Any, other: Any) -> Any:
        is_alike = isinstance(other, ABCPolyBase) and isinstance(self, type(other))
        return method(self, _like(self, other) if is_alike else other)

    return equal


def _fitted(method: Any) -> Any:
    """The fit, of which the domain of traced places goes from the least to the greatest."""

    @functools.wraps(method)
    def fit(cls: Any, x: Any, y: Any, deg: Any, domain: Any = None, *args: Any, **more: Any) -> Any:
        if domain is None and viewing.has_traced(x):
            at = lift(x)
            low, high = np.min(at), np.max(at)
            apart = np.where(low == high, 1.0, 0.0)  # as NumPy, for places that are one
            domain = np.stack([low - apart, high + apart])
        return method(cls, x, y, deg, domain, *args, **more)

    return fit


def _trimmed(method: Any) -> Any:
    def trim(self: Any, tol: Any = 0) -> Any:
        if not viewing.has_traced(self.coef):
            return method(self, tol)
        if tol:
            raise located(TypeError, "the length of a trimmed series depends on traced values")
        return self

    return trim


def _text(self: Any) -> str:
    if not viewing.has_traced([self.coef, self.domain, self.window]):
        return ABCPolyBase.__repr__(self)
    return (
        f"{type(self).__name__}({self.coef}, domain={self.domain}, window={self.window}, "
        f"symbol={self.symbol!r})"
    )


# np.poly1d.


def _polynomial(namespace: Any) -> type:
    """`np.poly1d`, whose coefficients, the highest power first, may be traced."""
    kind: Any = numpy.poly1d
    names = {
        **kind.__init__.__globals__,
        "NX": namespace,
        "trim_zeros": _without_zeros,
        "isscalar": _is_number,
        "atleast_1d": namespace.atleast_1d,
        "poly": namespace.poly,
    }
    members: dict[str, Any] = {
        name: _with(kind, member, names)
        for name, member in vars(kind).items()
        if isinstance(member, types.FunctionType) and name not in ("__str__", "__repr__")
    }
    members |= {
        "__call__": _polynomial_at,
        "__array__": _polynomial_array,
        "__truediv__": _divided(members["__truediv__"], False),
        "__rtruediv__": _divided(members["__rtruediv__"], True),
        "__repr__": _polynomial_text("__repr__"),
        "__str__": _polynomial_text("__str__"),
        "__module__": "letgrad.numpy",
        "__doc__": kind.__doc__,
    }
    names["poly1d"] = made = type("poly1d", (kind,), members)
    return made


def _without_zeros(coefficients: Any, trim: Any) -> Any:
    if viewing.has_traced(coefficients):
        return coefficients
    return numpy.trim_zeros(viewing.plain(coefficients), trim)


def _is_number(value: Any) -> bool:
    return numpy.isscalar(value) or (isinstance(value, Array) and not value.shape)


def _polynomial_at(self: Any, val: Any) -> Any:
    if not isinstance(val, numpy.poly1d):
        return numpy.polyval(self.coeffs, val)
    value = type(self)([0])
    for c in self.coeffs:
        value = value * val + c
    return value


def _divided(method: Any, reflected: bool) -> Any:
    """Over a number, or quotient and remainder of two polynomials."""

    def divided(self: Any, other: Any) -> Any:
        kind = type(self)
        both = [p.coeffs for p in (self, kind(other))] if not _is_number(other) else []
        if not viewing.has_traced(both):
            return method(self, other)
        return tuple(kind(c) for c in numpy.polydiv(*(both[::-1] if reflected else both)))

    return divided


def _polynomial_array(self: Any, t: Any = None, copy: Any = None) -> Any:
    return self.coeffs.__array__(*(() if t is None else (t,)), copy=copy)


def _polynomial_text(name: str) -> Any:
    def text(self: Any) -> str:
        if viewing.has_traced(self.coeffs):
            return f"poly1d({self.coeffs})"
        return getattr(numpy.poly1d, name)(self)

    return text
