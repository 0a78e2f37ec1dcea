"""The table of rules for SciPy's functions, and the decorators that fill the table."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...dialects import arrays
from .. import ops, tracing, wanted_numbers
from ..tracing import Array
from ..user_code import located

np: Any = numpy  # its type stubs know no traced arrays

RULES: dict[str, Callable[..., Any]] = {}
"""By the path in SciPy (`special.logsumexp`) → function of traced arrays."""

UFUNC_RULES: dict[str, Callable[..., Any]] = {}
"""
By the name of a ufunc in `scipy.special` → function of arrays of one shape and one float dtype.
"""

COMPLEX_RULES: dict[str, Callable[..., Any]] = {}
"""
By the name of such a ufunc → function of arrays of one shape and one complex dtype. Few have one.
"""

OBJECTS: set[str] = set()
"""
The paths of rules that make objects, such as a spline. An object of known numbers holds SciPy's,
and takes traced arrays later.
"""

DTYPE = (np.dtype(np.float32), np.dtype(np.float64))
"""SciPy computes special functions in these."""


def implements(*paths: str, makes_objects: bool = False) -> Callable[[Callable], Callable]:
    """
    Decorator: the function below is the rule for these functions of SciPy, also for known numbers
    if it makes objects.
    """

    def register(rule: Callable) -> Callable:
        for path in paths:
            if makes_objects:
                OBJECTS.add(path)
            RULES[path] = _checked(path, rule)
            wanted_numbers.OFFERED.add(path)
        return rule

    return register


def _checked(path: str, rule: Callable) -> Callable:
    """The rule, with an error at the user's line for arguments that it does not take."""
    signature = inspect.signature(rule)

    @functools.wraps(rule)
    def checked(*args: Any, **kwargs: Any) -> Any:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            raise located(
                TypeError, f"scipy.{path} on traced arrays: {error}; it takes {signature}"
            ) from None
        return rule(*args, **kwargs)

    return checked


def elementwise(*names: str) -> Callable[[Callable], Callable]:
    """
    Decorator: the function below is the rule for these functions of `scipy.special`, at each place
    of arrays of one shape and one float dtype.
    """

    def register(rule: Callable) -> Callable:
        for name in names:
            broadcast = _broadcast(name, rule)
            UFUNC_RULES[name] = broadcast
            implements(f"special.{name}")(broadcast)
        return rule

    return register


def _broadcast(name: str, rule: Callable) -> Callable:
    """The rule of arrays that broadcast: this rule, or for complex arrays their own."""

    @functools.wraps(rule)
    def broadcast(*xs: Any) -> Any:
        if name not in COMPLEX_RULES or _operands(xs, complex_too=True)[1].kind != "c":
            return rule(*alike(*xs))
        return COMPLEX_RULES[name](*alike_complex(*xs))

    return broadcast


def alike(*xs: Any) -> list[Array]:
    """
    The operands, broadcast to one shape, in the float dtype in which SciPy computes: float32 if
    the floats have at most 32 bits, and float64 otherwise.

    Errors: `TypeError` for operands that are no real numbers.
    """
    operands, dtype = _operands(xs)
    shape = tracing.broadcast_shape(*(ops.shape_of(x) for x in operands))
    return [ops.to(x, dtype, shape) for x in operands]


def floats(*xs: Any) -> list[Array]:
    """The operands in one float dtype, as `alike`, and of their own shapes."""
    operands, dtype = _operands(xs)
    return [ops.to(x, dtype, ops.shape_of(x)) for x in operands]


def alike_complex(*xs: Any) -> list[Array]:
    """The operands, broadcast to one shape, in one complex dtype."""
    operands, dtype = _operands(xs, complex_too=True)
    shape = tracing.broadcast_shape(*(ops.shape_of(x) for x in operands))
    return [ops.to(x, dtype, shape) for x in operands]


def floats_or_complex(*xs: Any) -> list[Array]:
    """The operands in one float or complex dtype, and of their own shapes."""
    operands, dtype = _operands(xs, complex_too=True)
    return [ops.to(x, dtype, ops.shape_of(x)) for x in operands]


def _operands(xs: Sequence[Any], complex_too: bool = False) -> tuple[list[Any], numpy.dtype]:
    operands = [x if isinstance(x, Array) or tracing.is_weak(x) else ops.as_operand(x) for x in xs]
    kind = ops.promote(*operands, numbers_are_weak=True)
    if complex_too and kind.kind == "c":
        return operands, kind
    is_float = kind.kind == "f" or kind == arrays.bfloat16
    if not is_float and kind.kind not in "biu":
        raise located(TypeError, f"this function of SciPy takes real numbers only, not {kind}")
    return operands, DTYPE[not (is_float and kind.itemsize <= 4)]
