"""
Fourier transforms for machine code of loops: code of letgrad's own where it takes less time
(`own_transforms`), and calls of NumPy's loops for the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from xdsl.dialects.builtin import f64
from xdsl.ir import Attribute

from ....dialects import ten, types
from ....dialects.types import ints, shape
from .. import library_calls
from ..instructions import number, stored
from ..library_calls import Calls
from ..shared_parts import share
from ..threads import thread_count
from .numpy_loops import name_of
from .own_transforms import own_cosines, transform_in_loop
from .transform_factors import factor_of
from .vector_transforms import PARTS

SHARED = 1 << 15
"""From this number of elements on, threads share the transforms of the library."""


def sizes_of_numbers(op: ten.FftOp) -> tuple[int, ...]:
    """The sizes of the real numbers of a transform; of complex transforms, those of both arrays."""
    kind = op.kind.data
    sizes = shape(op.result.type if kind == "hermitian" else op.x.type)
    return tuple(sizes if kind in ("real", "hermitian") else sizes[:-1])


def transform(op: ten.FftOp) -> Calls | None:
    """The code of a transform, one dimension after the other; None if this NumPy has no loop."""
    kind, dims, sizes = op.kind.data, ints(op.dims), sizes_of_numbers(op)
    element = types.element(op.x.type)
    pair = "D" if element == f64 else "F"
    w = Calls()
    for k, d in enumerate(reversed(dims)):
        # The last transform multiplies while it writes its numbers.
        factor = factor_of(op) if k == len(dims) - 1 else 1.0
        source = "%y0" if k else "%x0"
        own = transform_in_loop(sizes, d, kind, factor, pair)
        if own is not None:
            own.write(w, source, "%y0", "%scratch")
            w.scratch = max(w.scratch, own.bytes)
            w.has_parts |= own.parts > 1
        elif not _by_library(w, kind, sizes, d, element, number(factor, element), source):
            return None
    return w


def cosines(op: ten.DctOp) -> Calls | None:
    """The code of a transform of cosines or sines; None if there is none of letgrad's own."""
    if (own := own_cosines(op)) is None:
        return None
    w = Calls()
    own.write(w, "%x0", "%y0", "%scratch")
    w.scratch, w.has_parts = own.bytes, own.parts > 1
    return w


def _by_library(
    w: Calls,
    kind: str,
    sizes: tuple[int, ...],
    d: int,
    element: Attribute,
    factor: str,
    source: str,
) -> bool:
    """The transforms along a dimension by NumPy's loop, and whether this NumPy has the loop."""
    n, (real, pair) = sizes[d], ("d", "D") if element == f64 else ("f", "F")
    name, letters = name_of(kind, n, real, pair)
    given = n // 2 + 1 if kind == "hermitian" else n
    made = n // 2 + 1 if kind == "real" else n
    if not library_calls.has_loop("fft", name, letters):
        return False
    around = prod(sizes[:d]), prod(sizes[d + 1 :])
    if prod(around):
        places = [source, w.stored(stored(element), [factor]), "%y0"]
        _along(w, name, letters, places, around, (given, made))
    return True


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
    trip, apart = (outer, whole) if is_rows else (inner, width)
    steps = [apart[0], 0, apart[1], *step]
    threads = thread_count() if outer * inner * max(sizes) >= SHARED else 1
    count = min(trip, PARTS * threads) if threads > 1 else 1

    def at(w: Calls, place: str, number: str, bytes: int) -> str:
        return w.let(f"getelementptr i8, ptr {place}, i64 {w.let(f'mul i64 {number}, {bytes}')}")

    def columns(o: str) -> None:
        source, factor, target = places
        if not is_rows:
            source, target = (at(w, p, o, move) for p, move in zip((source, target), whole))
        if count == 1:
            w.loop("fft", name, types, [source, factor, target], [str(trip), *sizes], steps)
            return
        part = Calls()
        low, high = (
            part.let(f"udiv i64 {part.let(f'mul i64 {k}, {trip}')}, {count}")
            for k in ("%k", part.let("add i64 %k, 1"))
        )
        ends = [at(part, p, low, move) for p, move in zip(("%source", "%target"), apart)]
        some = part.let(f"sub i64 {high}, {low}")
        part.loop("fft", name, types, [ends[0], "%factor", ends[1]], [some, *sizes], steps)
        pointers = {"source": source, "factor": factor, "target": target}
        own = f"{name}.{types.replace('->', '.')}.{outer}.{inner}.{sizes[0]}.{sizes[1]}"
        share(w, part, own, str(count), pointers, table=table, stack=part.stack)

    table = w.variable("[3 x i64]")
    w.counted("0", "1" if is_rows else str(outer), columns)
    w.has_parts |= count > 1
