"""
New arrays of computed sizes: `np.zeros(n)`, where the program computes n.

    n = np.sum(x > 0)
    kept = np.zeros(n)            # as np.zeros(x.size)[:n]

Such an array is a slice with a computed bound (see `windows`) of an array with the most places
that the size may ask for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import numpy_namespace
from ..tracing import Array, NoNumber, Number
from ..user_code import located
from . import failures, windows
from .python_functions import replaces
from .weak_numbers import limits, number

MOST_PLACES = 1 << 24
"""A size that may be larger has to be bounded by the program."""


def _is_size(n: Any) -> bool:
    return isinstance(n, Array) and not n.shape and n.dtype.kind in "iu" and n.numbers() is None


def _sized(name: str) -> Callable[..., Any]:
    """A function that makes an array. Errors: `NoNumber` for a size without a known bound."""
    function = numpy_namespace.lookup(name)

    @functools.wraps(function)
    def make(*args: Any, **kwargs: Any) -> Any:
        in_front = bool(args)
        shape = args[0] if in_front else kwargs.get("shape")
        sizes = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
        if not any(map(_is_size, sizes)):
            return function(*args, **kwargs)
        most, places = [], 1
        for n in sizes:
            if _is_size(n):
                _check_size(name, n)
            most.append(_most(name, n) if _is_size(n) else n)
            places *= most[-1] if isinstance(most[-1], int) else 1
        if places > MOST_PLACES:
            raise _unbounded(name)
        if in_front:
            args = (tuple(most), *args[1:])
        else:
            kwargs["shape"] = tuple(most)
        whole = function(*args, **kwargs)
        key = tuple(slice(None, _bound(n)) if _is_size(n) else slice(None) for n in sizes)
        return windows.getitem(whole, key)

    return make


def _bound(n: Any) -> Number:
    return n if isinstance(n, Number) else number(n, int)


def _check_size(name: str, n: Any) -> None:
    """Python raises `ValueError` for a negative size: a handler runs, or a remark says so."""
    if limits(n)[0] >= 0:
        return
    text = "negative dimensions are not allowed"
    what, instead = f"numpy.{name}", "make the size with max(n, 0)"
    failures.check_raises(ValueError, what, instead, lambda: np.less(n, 0), text)
    failures.left_out(
        f"a traced size of numpy.{name} may be negative, and a compiled program cannot raise: "
        "letgrad leaves the check out"
    )


def _most(name: str, n: Any) -> int:
    high = limits(n)[1]
    if high > MOST_PLACES:
        raise _unbounded(name)
    return max(int(high), 1)  # A condition may be around a write that is never made.


def _unbounded(name: str) -> NoNumber:
    return located(
        NoNumber,
        f"a size of numpy.{name} is traced, and letgrad does not know how large it may be; bound "
        "it by known numbers, as in np.clip(n, 0, 100)",
    )


for _name in ("zeros", "ones", "empty", "full"):
    replaces(numpy_namespace.lookup(_name))(_sized(_name))
