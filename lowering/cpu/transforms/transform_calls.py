"""
Fourier transforms of all lengths as calls of NumPy's loops, for machine code of loops. Lengths of
few small factors have machine code of letgrad's own (`vector_transforms`), which is faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from math import prod

import numpy as np
from xdsl.dialects.builtin import f64

from ....dialects import ten, types
from ....dialects.types import ints, shape
from .. import library_calls
from ..instructions import number, stored
from ..library_calls import Calls
from . import vector_transforms
from .transform_factors import factor_of

SHARED = 1 << 15
"""From this number of elements on, threads share the rows of a transform of SciPy."""

LONG = 1 << 12
"""From this number of elements on, SciPy's transforms run outside of loops."""

SMALL_FACTORS = 2, 3, 5, 7, 11
"""The factors of a length for which NumPy takes as long as SciPy."""


def sizes_of_numbers(op: ten.FftOp) -> tuple[int, ...]:
    """The sizes of the real numbers of a transform; of complex transforms, those of both arrays."""
    kind = op.kind.data
    sizes = shape(op.result.type if kind == "hermitian" else op.x.type)
    return tuple(sizes if kind in ("real", "hermitian") else sizes[:-1])


def why_in_python(op: ten.FftOp) -> str | None:
    """Why a loop gains nothing by the code of a transform; None if it does."""
    sizes, kind, dims = sizes_of_numbers(op), op.kind.data, ints(op.dims)
    elements = max(prod(shape(op.x.type)), prod(shape(op.result.type)))
    if vector_transforms.fits(kind, sizes, dims):
        return None
    if elements >= SHARED:
        return "threads share its work"
    rows = prod(sizes) // max(sizes[dims[0]], 1)
    if kind in ("real", "hermitian") and elements >= LONG and rows > 1 and _has_scipy():
        rest = sizes[dims[0]]
        for r in SMALL_FACTORS:
            while rest % r == 0:
                rest //= r
        if rest > 1:
            # Of 4 rows of 4093 numbers, NumPy takes twice as long as SciPy.
            return "SciPy transforms several of its rows at once"
    return None


@cache
def _has_scipy() -> bool:
    try:
        return find_spec("scipy") is not None
    except (ImportError, ValueError):  # a package that a test hides has no spec
        return False


def transform(op: ten.FftOp) -> Calls | None:
    """The code of a transform by one call for each dimension; None if this NumPy has no loop."""
    kind, dims, sizes = op.kind.data, ints(op.dims), sizes_of_numbers(op)
    element = types.element(op.x.type)
    real, pair = ("d", "D") if element == f64 else ("f", "F")
    w = Calls()
    for k, d in enumerate(reversed(dims)):
        n = sizes[d]
        match kind:
            case "real":
                name = f"rfft_n_{'odd' if n % 2 else 'even'}"
                given, made, letters = n, n // 2 + 1, f"{real}{real}->{pair}"
            case "hermitian":
                name, given, made, letters = "irfft", n // 2 + 1, n, f"{pair}{real}->{real}"
            case _:
                name = "fft" if kind == "forward" else "ifft"
                given, made, letters = n, n, f"{pair}{real}->{pair}"
        if not library_calls.has_loop("fft", name, letters):
            return None
        # The last transform multiplies while it writes its numbers.
        factor = number(factor_of(op) if k == len(dims) - 1 else 1.0, element)
        around = prod(sizes[:d]), prod(sizes[d + 1 :])
        if prod(around):
            places = ["%y0" if k else "%x0", w.stored(stored(element), [factor]), "%y0"]
            _along(w, name, letters, places, around, (given, made))
    return w


def _along(
    w: Calls,
    name: str,
    types: str,
    places: Sequence[str],
    around: tuple[int, int],
    sizes: tuple[int, int],
) -> None:
    """
    The transforms along one dimension of arrays of these sizes there. `places` are those of the
    operand, of the factor, and of the result, and `around` are the sizes in front of the dimension
    and behind it.
    """
    outer, inner = around
    # The bytes of numbers, of columns, and of all numbers for one place in front.
    width = np.dtype(types[0]).itemsize, np.dtype(types[-1]).itemsize
    step = inner * width[0], inner * width[1]
    whole = sizes[0] * step[0], sizes[1] * step[1]
    is_rows = inner == 1
    count, apart = (outer, whole) if is_rows else (inner, width)
    steps = [apart[0], 0, apart[1], *step]

    def columns(o: str) -> None:
        source, factor, target = places
        if not is_rows:
            source, target = (
                w.let(f"getelementptr i8, ptr {p}, i64 {w.let(f'mul i64 {o}, {bytes}')}")
                for p, bytes in zip((source, target), whole)
            )
        w.loop("fft", name, types, [source, factor, target], [count, *sizes], steps)

    w.counted("0", "1" if is_rows else str(outer), columns)
