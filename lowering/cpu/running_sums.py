"""
Running sums: machine code that adds whole rows, or along the last dimension element by element.

NumPy adds one column after the other, and so each addition waits for the one before and reads
another line of the cache. Here the inner loop goes along the row, with vectors. Along the last
dimension NumPy reads each sum back from memory, and here it stays in a register. Each element is
still the sum of the one before and of the operand's, so the results have NumPy's bits.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from xdsl.ir import Attribute

from ...dialects import arrays
from .instructions import Scalars, stored
from .machine import Library
from .python_objects import address
from .threads import made_once

Array = Any


def running_sum(x: Array, d: int, y: Array) -> None:
    """Put the running sums of x along dimension d into y. Both are in row-major order."""
    outer, n, inner = prod(x.shape[:d]), x.shape[d], prod(x.shape[d + 1 :])
    if x.size and inner == 1:
        _entry(x.dtype, "running_line")(address(x), address(y), outer, n, 1)
    elif x.size:
        _entry(x.dtype)(address(x), address(y), outer, n, inner)


def prepare(dtype: np.dtype) -> None:
    """Make the machine code for this type now, and not in the first call."""
    _entry(dtype)


def add_rows(w: Scalars, element: Attribute, outer: str, n: str, inner: str, size: str) -> None:
    """
    The code for n rows of `inner` elements, `outer` times, from %x to %y. `size` is n · inner.
    """

    def block(o: str) -> None:
        begin = w.let(f"mul i64 {o}, {size}")

        def first(i: str) -> None:
            at = w.let(f"add i64 {begin}, {i}")
            w.store(w.load("%x", at, element), "%y", at, element)

        def turn(k: str) -> None:
            here = w.let(f"add i64 {begin}, {w.let(f'mul i64 {k}, {inner}')}")

            def add(i: str) -> None:
                at = w.let(f"add i64 {here}, {i}")
                before = w.load("%y", w.let(f"sub i64 {at}, {inner}"), element)
                total = w.combine("add", before, w.load("%x", at, element), element)
                w.store(total, "%y", at, element)

            w.counted("0", inner, add)

        w.counted("0", inner, first)
        w.counted("1", n, turn)

    w.counted("0", outer, block)


def add_elements(w: Scalars, element: Attribute, outer: str, n: str) -> None:
    """The code for n elements, `outer` times, from %x to %y; %sum is a variable."""

    def line(o: str) -> None:
        begin = w.let(f"mul i64 {o}, {n}")
        w.store(w.load("%x", begin, element), "%y", begin, element)
        w.store(w.load("%x", begin, element), "%sum", "0", element)

        def add(k: str) -> None:
            at = w.let(f"add i64 {begin}, {k}")
            before, here = w.load("%sum", "0", element), w.load("%x", at, element)
            total = w.combine("add", before, here, element)
            w.store(total, "%sum", "0", element)
            w.store(total, "%y", at, element)

        w.counted("1", n, add)

    w.counted("0", outer, line)


@made_once
def _entry(dtype: np.dtype, name: str = "running_sum") -> Callable[..., None]:
    """The function (x, y, outer, n, inner), without the interpreter's lock."""
    address = _library(dtype).address(name)
    return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 3)(address)


@made_once
def _library(dtype: np.dtype) -> Library:
    # One element after the other, as NumPy adds them.
    w, element = Scalars("", True), arrays.element_type(dtype)
    size = w.let("mul i64 %n, %inner")
    add_rows(w, element, "%outer", "%n", "%inner", size)
    v = Scalars("", True)
    v.put(f"%sum = alloca {stored(element)}")
    add_elements(v, element, "%outer", "%n")
    arguments = "(ptr noalias %x, ptr noalias %y, i64 %outer, i64 %n, i64 %inner)"
    return Library(
        "".join(
            f"define void @{name}{arguments} nounwind {{\nentry:\n{body}\n  ret void\n}}\n"
            for name, body in (
                ("running_sum", "\n".join(w.lines)),
                ("running_line", "\n".join(v.lines)),
            )
        )
    )
