"""
Running sums along any dimension but the last one: machine code that adds whole rows.

NumPy adds one column after the other, and so each addition waits for the one before and reads
another line of the cache. Here the inner loop goes along the row, with vectors. Each element is
still the sum of the one before and of the operand's, so the results have NumPy's bits.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from math import prod
from typing import Any

import numpy as np
from xdsl.ir import Attribute

from ...dialects import arrays
from .instructions import Scalars
from .machine import Library

Array = Any


def running_sum(x: Array, d: int, y: Array) -> None:
    """Put the running sums of x along dimension d into y. Both are in row-major order."""
    outer, n, inner = prod(x.shape[:d]), x.shape[d], prod(x.shape[d + 1 :])
    if x.size:
        _entry(x.dtype)(x.ctypes.data, y.ctypes.data, outer, n, inner)


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


@cache
def _entry(dtype: np.dtype) -> Callable[..., None]:
    """The function (x, y, outer, n, inner), without the interpreter's lock."""
    address = _library(dtype).address("running_sum")
    return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 3)(address)


@cache
def _library(dtype: np.dtype) -> Library:
    # One element after the other, as NumPy adds them.
    w = Scalars("", True)
    size = w.let("mul i64 %n, %inner")
    add_rows(w, arrays.element_type(dtype), "%outer", "%n", "%inner", size)
    body = "\n".join(w.lines)
    return Library(
        "define void @running_sum(ptr noalias %x, ptr noalias %y, i64 %outer, i64 %n, i64 %inner) "
        f"nounwind {{\nentry:\n{body}\n  ret void\n}}\n"
    )
