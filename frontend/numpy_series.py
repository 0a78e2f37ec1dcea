"""
NumPy's functions of polynomials and other series (`np.polynomial.chebyshev.chebval` …) on traced
coefficients and places.

NumPy does not ask the arguments of these functions who computes. They are plain Python, so the same
code computes with traced arrays, if the functions that it calls do: those of `letgrad.numpy`. One
step depends on values, and falls away: NumPy drops zeros behind the last coefficient.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import numpy

from .array_views import viewing
from .tracing import tracing as is_tracing
from .user_code import as_python

MODULES = {
    f"polynomial.{name}": getattr(numpy.polynomial, name)
    for name in ("polynomial", "chebyshev", "legendre", "hermite", "hermite_e", "laguerre")
}
"""The modules of series, by their paths in NumPy."""


def is_of_series(function: Any) -> bool:
    """Whether this is a function of one of the modules."""
    # NumPy asks the arguments of a few of them, and wraps these.
    inner = getattr(function, "_implementation", function)
    return isinstance(inner, types.FunctionType) and any(
        inner.__module__ == module.__name__ for module in MODULES.values()
    )


def on_traced(function: Any, namespace: Any) -> Callable[..., Any]:
    """The function, whose NumPy is `namespace` if an argument is traced."""

    inner = getattr(function, "_implementation", function)

    @functools.wraps(inner)
    def either(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = viewing.plain(args), viewing.plain(kwargs)
        may_capture = is_tracing() and any(isinstance(x, types.FunctionType) for x in args)
        if not viewing.has_traced((args, kwargs)) and not may_capture:
            return viewing.held(function(*args, **kwargs), args, kwargs)
        return viewing.own(code(namespace).function(inner)(*args, **kwargs))

    return either


@functools.cache
def code(namespace: Any) -> Code:
    """The one `Code` of a namespace."""
    return Code(namespace)


class Code:
    """Functions of NumPy with another NumPy in the place of the real one."""

    def __init__(self, namespace: Any):
        self.namespace = namespace
        self._globals: dict[str, dict[str, Any]] = {}

    def function(self, function: types.FunctionType) -> Callable[..., Any]:
        """The function, which computes with the namespace."""
        if function.__name__ in ("polydiv", "chebdiv"):
            product = self._names(function)[function.__name__.replace("div", "mul")]
            return functools.partial(_divided, self.namespace, product)
        made = types.FunctionType(
            function.__code__,
            self._names(function),
            function.__name__,
            function.__defaults__,
            function.__closure__,
        )
        made.__kwdefaults__ = function.__kwdefaults__
        return made

    def _names(self, function: types.FunctionType) -> dict[str, Any]:
        """What the names of a module mean to its functions."""
        module = function.__module__
        if module not in self._globals:
            names = self._globals[module] = dict(function.__globals__)
            for name, value in function.__globals__.items():
                if value is numpy:
                    names[name] = self.namespace
                elif value is numpy.linalg:
                    names[name] = self.namespace.linalg
                elif isinstance(value, types.ModuleType) and value.__name__.endswith(".polyutils"):
                    names[name] = _Utilities(self, value)
                elif name == "trimseq":
                    names[name] = _as_is
                elif getattr(value, "__module__", None) == module and callable(value):
                    inner = getattr(value, "_implementation", value)
                    if isinstance(inner, types.FunctionType):
                        names[name] = self.function(inner)
        return self._globals[module]


def _fit(
    np: Any, vander: Any, x: Any, y: Any, deg: Any, rcond: Any = None, full: bool = False,
    w: Any = None,
) -> Any:  # fmt: skip
    """The series that fits best, as NumPy's `_fit`, of which a warning depends on the rank."""
    x, y, degrees = np.asarray(x) + 0.0, np.asarray(y) + 0.0, numpy.asarray(deg)
    if degrees.ndim > 1 or degrees.dtype.kind not in "iu" or not degrees.size or x.ndim != 1:
        raise as_python(
            TypeError, "deg must be an int or non-empty 1-D array of int, and x a vector"
        )
    if y.ndim not in (1, 2) or x.shape[0] != y.shape[0]:
        raise as_python(TypeError, "expected x and y to have same length")
    highest = int(degrees.max())
    places = numpy.sort(degrees) if degrees.ndim else numpy.arange(highest + 1)
    a = vander(x, highest)[:, places]
    if w is not None:
        w = np.asarray(w) + 0.0
        a, y = a * w[:, None], y * (w[:, None] if y.ndim == 2 else w)
    rcond = x.shape[0] * numpy.finfo(x.dtype).eps if rcond is None else rcond
    size = np.sqrt(np.sum(np.square(abs(a)), axis=0))
    size = np.where(size == 0, 1.0, size)
    c, residuals, rank, s = np.linalg.lstsq(a / size, y, rcond)
    c = (c.T / size).T
    if degrees.ndim:
        row = numpy.full(highest + 1, len(places))
        row[places] = numpy.arange(len(places))
        c = np.concatenate([c, 0 * c[:1]])[row]
    return (c, [residuals, rank, s, rcond]) if full else c


def _divided(np: Any, product: Any, c1: Any, c2: Any) -> Any:
    """
    Quotient and remainder, as NumPy's `_div`, which asks whether the last coefficient is 0. A
    traced one is not 0, or the results are NaN and infinite. The remainder has a coefficient for
    each power below those of `c2`.
    """
    if not viewing.has_traced(c2) and numpy.atleast_1d(c2)[-1] == 0:
        raise ZeroDivisionError("the last coefficient of the divisor is 0")
    rest, c2 = np.atleast_1d(c1) + 0.0, np.atleast_1d(c2) + 0.0
    n, m = len(rest), len(c2)
    if n < m:
        return 0 * rest[:1], rest
    quotient = []
    for k in range(n - m, -1, -1):
        p = product(numpy.eye(1, k + 1, k)[0], c2)
        factor = rest[-1] / p[-1]
        rest = rest[:-1] - factor * p[:-1]
        quotient.append(factor)
    quotient = np.stack(quotient[::-1])
    return quotient, rest if m > 1 else 0 * quotient[:1]


def _as_is(series: Any) -> Any:
    return series


class _Utilities:
    """`np.polynomial.polyutils`, where nothing is trimmed."""

    def __init__(self, code: Code, module: types.ModuleType):
        self._code, self._module = code, module

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if name == "trimseq":
            return _as_is
        if name in ("_fit", "_div"):
            return functools.partial({"_fit": _fit, "_div": _divided}[name], self._code.namespace)
        return self._code.function(value) if isinstance(value, types.FunctionType) else value
