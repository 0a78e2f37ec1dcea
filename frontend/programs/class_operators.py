"""
Operators, items and properties of the user's classes: their methods are rewritten, as methods that
a program calls by their names are.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from .. import ops
from ..array_views import storages, viewing
from ..scipy_functions import sparse_matrices
from ..tracing import Array, Number
from ..user_code import as_python, located
from . import failures, given_items, python_zeros, state_values, traced_texts, variables
from .callees import rewritten
from .function_source import is_users
from .python_zeros import is_pythons
from .static_states import OneOf

METHODS: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "Add": ("add", operator.add), "Sub": ("sub", operator.sub), "Mult": ("mul", operator.mul),
    "Div": ("truediv", operator.truediv), "FloorDiv": ("floordiv", operator.floordiv),
    "Mod": ("mod", operator.mod), "Pow": ("pow", operator.pow),
    "LShift": ("lshift", operator.lshift), "RShift": ("rshift", operator.rshift),
    "BitOr": ("or", operator.or_), "BitXor": ("xor", operator.xor),
    "BitAnd": ("and", operator.and_), "MatMult": ("matmul", operator.matmul),
    "DivMod": ("divmod", divmod),
}  # fmt: skip
"""
Each operator's name in Python's syntax trees: the stem of its methods, and its function. `divmod`
counts as an operator.
"""

UNARY: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "USub": ("__neg__", operator.neg),
    "UAdd": ("__pos__", operator.pos),
    "Invert": ("__invert__", operator.invert),
}


@functools.lru_cache(maxsize=4096)
def own(cls: type, name: str) -> FunctionType | None:
    """The method of this name, if the user wrote it."""
    method = getattr(cls, name, None)
    if not isinstance(method, FunctionType) or not is_users(method):
        return None
    return None if method.__code__.co_filename.startswith("<") else method


def binary(name: str, a: Any, b: Any) -> Any:
    """`a + b`, and so for the other operators."""
    stem, plain = METHODS[name]
    if name == "Mod" and isinstance(a, str):
        return traced_texts.formatted(a, b)
    if isinstance(a, OneOf) or isinstance(b, OneOf):
        return state_values.binary(plain, a, b)
    if isinstance(b, Array) and sparse_matrices.is_scipys(a):
        return plain(sparse_matrices.Sparse.of(a), b)
    check_numbers(name, a, b)
    check_flags(name, a, b)
    if own(type(a), f"__{stem}__") is None and own(type(b), f"__r{stem}__") is None:
        return python_zeros.follow(viewing.held_if_new(plain(a, b), a, b), a, b)
    found = by_methods(f"__{stem}__", f"__r{stem}__", a, b)
    return plain(a, b) if found is NotImplemented else found  # Python's own error


def check_numbers(name: str, a: Any, b: Any) -> None:
    """
    For numbers of Python, a divisor that is zero, and a power of zero or one that is too large, are
    errors, which a handler may catch. Numbers of NumPy give infinity.

    Errors: `TypeError` in a `try` that catches such errors, if the trace cannot note them.
    """
    if name not in ("Div", "FloorDiv", "Mod", "DivMod", "Pow"):
        return
    if not all(map(is_pythons, (a, b))):
        if variables.catches(ZeroDivisionError):
            _check_mixed(name, a, b)
        return
    if name == "Pow":
        if isinstance(a, Number) or isinstance(b, Number):
            _check_power(a, b)
    elif isinstance(b, Number):
        failures.check_raises(
            ZeroDivisionError,
            "this division",
            "compare the divisor, and write `if` in the place of `try`",
            lambda: np.equal(b, 0),
            _text(name, _kind(a), _kind(b)),
        )


def _check_mixed(name: str, a: Any, b: Any) -> None:
    """
    The same for numbers of which some are Python's for some values only.

    Errors: those of `python_zeros.check_division`.
    """
    if name != "Pow":
        if isinstance(b, Array) or (is_pythons(b) and not b):
            zero, text = lambda: np.equal(b, 0), _text(name, _kind(a), _kind(b))
            python_zeros.check_division(a, b, zero, text)
    elif not (is_pythons(b) and not isinstance(b, Number | complex) and b >= 0):
        zero = lambda: np.logical_and(np.equal(a, 0), np.less(np.real(b), 0))  # noqa: E731
        python_zeros.check_division(a, b, zero, "0.0 cannot be raised to a negative power")


def check_flags(name: str, a: Any, b: Any) -> None:
    """
    Errors: `TypeError` for the sum of two truth values, of which one is traced: it is a number for
            bools of Python, and for those of NumPy it says whether one of them is true.
    """
    if name != "Add" or not (_is_flag(a) and _is_flag(b)) or type(a) is type(b) is bool:
        return
    raise located(
        TypeError,
        "these truth values may be bools of Python, whose sum is a number, or of NumPy, whose sum "
        "is `a or b`, and letgrad cannot know which; write int(a) + int(b), or a | b",
    )


def _is_flag(x: Any) -> bool:
    """Whether a value is True or False, or a traced truth value."""
    return type(x) is bool or (isinstance(x, Array) and not x.shape and x.dtype == ops.BOOL)


def _kind(x: Any) -> type:
    if isinstance(x, Number):
        return x.kind
    return int if isinstance(x, Array) else type(x)  # The sum of no items is an int.


@functools.cache
def _text(name: str, a: type, b: type) -> str:
    """What Python says about a divisor that is zero, for operands of these types."""
    try:
        METHODS[name][1](a(1), b(0))
    except ZeroDivisionError as error:
        return str(error)
    except TypeError:
        pass  # Complex numbers have no floor.
    return "division by zero"


def _check_power(a: Any, b: Any) -> None:
    instead = "compare the numbers, and write `if` in the place of `try`"
    if complex in (_kind(a), _kind(b)):
        no_power = lambda: np.logical_and(  # noqa: E731
            np.equal(a, 0), np.logical_or(np.less(np.real(b), 0), np.not_equal(np.imag(b), 0))
        )
        text = "0.0 to a negative or complex power"
        failures.check_raises(ZeroDivisionError, "this power", instead, no_power, text)
        return
    is_zero = lambda: np.logical_and(  # noqa: E731
        np.equal(a, 0), np.logical_and(np.less(b, 0), np.isfinite(b))
    )
    text = "0.0 cannot be raised to a negative power"
    failures.check_raises(ZeroDivisionError, "this power", instead, is_zero, text)
    if all(issubclass(_kind(x), int) for x in (a, b)):
        return  # Python's ints have no largest one.
    failures.check_raises(
        OverflowError,
        "this power",
        instead,
        lambda: np.logical_and(is_too_large(a, b), np.logical_not(is_zero())),
        "Numerical result out of range",
    )


def is_too_large(a: Any, b: Any) -> Any:
    """Whether `a**b` of finite numbers is no finite number."""
    finite = np.logical_and(np.isfinite(a), np.isfinite(b))
    return np.logical_and(np.isinf(np.float_power(a, b)), finite)


def by_methods(name: str, reflected: str, a: Any, b: Any) -> Any:
    """The result of the methods of both operands, in Python's order; or NotImplemented."""
    tries = [(name, a, b), (reflected, b, a)]
    if type(a) is type(b):
        tries.pop()
    elif issubclass(type(b), type(a)) and _overrides(type(b), type(a), reflected):
        tries.reverse()
    for method, x, y in tries:
        if getattr(type(x), method, None) is None:
            continue
        if (result := call(x, method, y)) is not NotImplemented:
            return result
    return NotImplemented


def _overrides(cls: type, base: type, name: str) -> bool:
    return getattr(cls, name, None) is not getattr(base, name, None)


def call(x: Any, name: str, *args: Any, **named: Any) -> Any:
    """`type(x).name(x, *args)`, rewritten if the user wrote the method."""
    method = own(type(x), name)
    if method is None:
        return getattr(type(x), name)(x, *args, **named)
    return rewritten(method)(x, *args, **named)


def unary(name: str, x: Any) -> Any:
    """`-x`, `+x` and `~x`."""
    method, plain = UNARY[name]
    if own(type(x), method) is None:
        return python_zeros.follow(viewing.held_if_new(plain(x), x), x)
    return call(x, method)


@functools.lru_cache(maxsize=4096)
def _computed(cls: type, name: str) -> FunctionType | None:
    """The function of the user that computes this attribute: that of a property."""
    for base in cls.__mro__:
        if name in vars(base):
            found = vars(base)[name]
            function = found.fget if type(found) is property else None
            users = isinstance(function, FunctionType) and is_users(function)
            return function if users else None
    return None


def class_of_array(x: Array) -> type:
    """The class of a traced array or number in Python."""
    if isinstance(x, Number):
        return x.kind
    return x.dtype.type if storages.is_number(x) else np.ndarray


def attribute(x: Any, name: str) -> Any:
    """
    `x.name`

    Errors: `AttributeError`, if a handler of the program catches it, for an attribute that x has
            not in Python, such as the shape of a float.
    """
    if isinstance(x, OneOf):
        return state_values.attribute(x, name, attribute)
    if isinstance(x, Array) and variables.catches(AttributeError):
        kind = class_of_array(x)
        if not hasattr(kind, name):
            raise as_python(AttributeError, f"'{kind.__name__}' object has no attribute '{name}'")
    function = _computed(type(x), name)
    if function is not None:
        return rewritten(function)(x)
    given_items.check_read(x, name)
    if own(type(x), "__getattr__") is None or own(type(x), "__getattribute__") is not None:
        return getattr(x, name)
    try:
        return object.__getattribute__(x, name)
    except AttributeError:
        return call(x, "__getattr__", name)


def iterated(items: Any) -> Any:
    """The iterator over an object whose `__iter__` the user wrote; other values as they are."""
    return items if own(type(items), "__iter__") is None else call(items, "__iter__")


class _Entered:
    """A context manager whose methods are rewritten."""

    def __init__(self, of: Any):
        self.of = of

    def __enter__(self) -> Any:
        return call(self.of, "__enter__")

    def __exit__(self, *error: Any) -> Any:
        return call(self.of, "__exit__", *error)


def manager(value: Any) -> Any:
    """The context manager of a `with`."""
    if own(type(value), "__enter__") is None and own(type(value), "__exit__") is None:
        return failures.manager(value)
    return _Entered(value)
