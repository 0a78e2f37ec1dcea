"""
Fourier transforms of columns of real numbers in machine code, and their inverses: transforms of
half of their length (`half_lengths`). So rows of real numbers are vectors as they are.
"""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from .. import common_code
from ..instructions import Scalars
from ..python_objects import address
from .half_lengths import VECTOR, function
from .transform_code import GROUP, TransformCode
from .vector_transforms import (
    LEAST,
    LONGEST_COLUMN,
    SHORTEST,
    Ready,
    entry,
    factors,
    is_forward,
    parts_of,
    plan_of,
    plan_with_addresses,
    radices_of,
    stored_reals,
    waves_of,
    work_vectors,
    write_parts,
    write_plan,
    write_waves,
)

Array = np.ndarray[Any, Any]

POINTERS = "x", "y", "memory", "plan", "waves"
INTEGERS = "n", "inner", "work", "blocks", "each"


def takes(kind: str, sizes: tuple[int, ...], d: int, type: str) -> bool:
    """
    Whether code for these columns takes less time than the library; the sizes are those of the real
    numbers. The library has vectors, too, but for short factors alone.
    """
    n, inner = sizes[d], prod(sizes[d + 1 :])
    if kind not in ("real", "hermitian") or inner == 1 or prod(sizes) < LEAST or n % 2:
        return False
    size = VECTOR // np.dtype(type.lower()).itemsize
    fewest = 2 * size if factors(n // 2) else size // 2
    return 2 * SHORTEST <= n <= LONGEST_COLUMN and inner >= fewest


class ColumnsCode(TransformCode):
    """Writes the module for a kind, numbers of a type, and halves of lengths of these radices."""

    def __init__(self, type: str, radices: tuple[int, ...], kind: str) -> None:
        super().__init__(type, radices)
        self.is_real = kind == "real"

    def module(self, alone: str = "") -> str:
        """As that of `TransformCode`."""
        return "\n".join(
            [
                "" if alone else "declare void @letgrad_parallel(ptr, ptr, i64)",
                *self.transforms(),
                *(self._copy(unit) for unit in (1, 2)),
                self._pairs(),
                self._half_rows(),
                self._unfold() if self.is_real else self._fold(),
                self._part(),
                self._transform(alone),
            ]
        )

    def _pairs(self) -> str:
        """Rows 2 j and 2 j + 1 of real numbers into vectors j of the buffers, or back."""
        w = Scalars("", True)
        size, b = self.scalars, self.numbers
        # Real vectors become two vectors of pairs.
        joined = [[h + e // 2 + e % 2 * size for e in range(size)] for h in (0, b)]
        parted = [[2 * e + odd for e in range(size)] for odd in (0, 1)]

        def one(j: str) -> None:
            even = w.let(f"mul i64 {w.let(f'mul i64 {j}, 2')}, %apart")
            odd = w.let(f"add i64 {even}, %apart")
            place = w.let(f"mul i64 {j}, {size}")
            for v in range(GROUP):
                rows = [w.let(f"add i64 {x}, {v * size}") for x in (even, odd)]
                buffers = [
                    w.let(f"add i64 {place}, {w.let(f'mul i64 %room, {2 * v + e}')}")
                    for e in (0, 1)
                ]
                ends = [("%rows", rows), ("%buffer", buffers)]
                (source, at), (goal, to) = ends if self.is_real else reversed(ends)
                x, y = (self._load(w, source, place) for place in at)
                masks = joined if self.is_real else parted
                for mask, place_to in zip(masks, to):
                    self._store(w, self._shuffle(w, x, y, mask), goal, place_to)

        w.counted("0", "%h", one)
        return function("pairs", "ptr %rows, i64 %apart, ptr %buffer, i64 %room, i64 %h", w)

    def _half_rows(self) -> str:
        """The numbers k ≤ h of the buffers to rows of results, or from such rows."""
        w = Scalars("", True)
        w.put("%end = add i64 %h, 1")

        def one(k: str) -> None:
            line, place = w.let(f"mul i64 {k}, %apart"), w.let(f"mul i64 {k}, {self.scalars}")
            for v in range(2 * GROUP):
                row = "%rows", w.let(f"add i64 {line}, {v * self.scalars}")
                own = "%buffer", w.let(f"add i64 {place}, {w.let(f'mul i64 %room, {v}')}")
                source, goal = (own, row) if self.is_real else (row, own)
                self._store(w, self._load(w, *source), *goal)

        w.counted("0", "%end", one)
        return function("halves", "ptr %rows, i64 %apart, ptr %buffer, i64 %room, i64 %h", w)

    def _part(self) -> str:
        """The blocks of one part. %args are two pointers: integers, and numbers."""
        w = Scalars("", True)
        t, size, b = self.type, self.scalars, self.numbers
        columns = GROUP * size
        self._arguments(w, POINTERS, INTEGERS)
        w.put("%h = udiv i64 %n, 2")
        w.put("%half = add i64 %h, 1")
        w.put(f"%room = mul i64 %half, {size}")
        w.put(f"%rooms = mul i64 %half, {2 * GROUP * VECTOR}")
        w.put("%both = mul i64 %rooms, 2")
        self._begin_part(w, "%both")
        # The rows of a block that is not whole.
        w.put("%spare = getelementptr i8, ptr %c, i64 %rooms")
        w.put(f"%up.inner = add i64 %inner, {columns - 1}")
        w.put(f"%across = udiv i64 %up.inner, {columns}")
        w.put("%reals.all = mul i64 %n, %inner")
        w.put("%twice = mul i64 %inner, 2")
        w.put("%pairs.all = mul i64 %half, %twice")

        def place(pointer: str, at: str) -> str:
            return w.let(f"getelementptr {t}, ptr {pointer}, i64 {at}")

        def block(k: str) -> None:
            o, c = w.let(f"udiv i64 {k}, %across"), w.let(f"urem i64 {k}, %across")
            first = w.let(f"mul i64 {c}, {columns}")
            left = w.let(f"sub i64 %inner, {first}")
            whole = w.let(f"icmp sge i64 {left}, {columns}")
            part = w.let(f"xor i1 {whole}, true")
            lanes = w.let(f"select i1 {whole}, i64 {columns}, i64 {left}")
            real_at = w.let(f"add i64 {w.let(f'mul i64 {o}, %reals.all')}, {first}")
            pair_at = w.let(f"mul i64 {first}, 2")
            pair_at = w.let(f"add i64 {w.let(f'mul i64 {o}, %pairs.all')}, {pair_at}")
            reals = place("%x" if self.is_real else "%y", real_at)
            pairs = place("%y" if self.is_real else "%x", pair_at)

            def move(unit: int, into: bool) -> str:
                """The call that copies columns of a block that is not whole."""
                user = f"ptr {pairs}, i64 %twice, i64 2", f"ptr {reals}, i64 %inner, i64 1"
                own = f"ptr %spare, i64 {unit * columns}, i64 {unit}"
                ends = user[unit == 1], own
                rows = "%n" if unit == 1 else "%half"
                given = ", ".join(ends if into else reversed(ends))
                return f"call void @copy{unit}({given}, i64 0, i64 {rows}, i64 {lanes})"

            def rows(user: str, apart: str, unit: int) -> str:
                place = w.let(f"select i1 {whole}, ptr {user}, ptr %spare")
                step = w.let(f"select i1 {whole}, i64 {apart}, i64 {unit * columns}")
                return f"ptr {place}, i64 {step}, ptr %c, i64 %room, i64 %h"

            def one(v: str) -> None:
                own = place("%c", w.let(f"mul i64 %room, {v}"))
                passes = (
                    f"call void @passes(ptr {own}, i64 {size}, ptr {own}, i64 {size}, ptr %plan, "
                    f"ptr %a, {t} %dir, {t} %scale)"
                )
                turned = "unfold" if self.is_real else "fold"
                turn = f"call void @{turned}(ptr {own}, i64 %h, ptr %waves)"
                for call in (passes, turn) if self.is_real else (turn, passes):
                    w.put(call)

            steps = [
                (1, f"call void @pairs({rows(reals, '%inner', 1)})"),
                (2, f"call void @halves({rows(pairs, '%twice', 2)})"),
            ]
            (first_unit, begin), (last_unit, end) = steps if self.is_real else reversed(steps)
            w.where(part, lambda: w.put(move(first_unit, True)))
            w.put(begin)
            filled = w.let(f"udiv i64 {w.let(f'add i64 {lanes}, {b - 1}')}, {b}")
            w.counted("0", filled, one)
            w.put(end)
            w.where(part, lambda: w.put(move(last_unit, False)))

        w.counted("%begin", "%end", block)
        declared = "\n".join(w.declared.values())
        return f"{declared}\n{function('part', 'ptr %args, i64 %k', w)}"


class Columns:
    """
    The transforms of columns, times a factor: along dimension d of real numbers of these sizes. A
    call puts the transform of x into y, which are in row-major order.
    """

    WAY = "of real columns in vectors of several"
    """How it transforms, for remarks."""

    def __init__(self, sizes: tuple[int, ...], d: int, kind: str, factor: float, type: str) -> None:
        self.n, self.kind, self.type, self.forward = sizes[d], kind, type, is_forward(kind)
        half, outer, inner = sizes[d] // 2, prod(sizes[:d]), prod(sizes[d + 1 :])
        columns = GROUP * VECTOR // np.dtype(type.lower()).itemsize
        blocks = outer * -(-inner // columns)
        each, self.parts = parts_of(blocks, self.n, prod(sizes))
        work = work_vectors(half)
        self.integers = self.n, inner, work, blocks, each
        self.reals = (1.0 if self.forward else -1.0), factor
        self.bytes = self.parts * VECTOR * (work + 4 * GROUP * (half + 1))
        """The memory that it needs."""

    @cached_property
    def ready(self) -> Ready:
        plan = plan_with_addresses(self.n // 2, self.forward, self.type)
        waves = waves_of(self.n, self.forward, self.type)
        call = entry(ColumnsCode, self.type, radices_of(self.n // 2), self.kind)
        return Ready(call, (plan, waves), self.integers, self.reals, self.type, self.parts)

    def __call__(self, x: Array, y: Array) -> None:
        self.ready(address(x), address(y), self.bytes)

    def write(self, w: Scalars, source: str, target: str, scratch: str) -> None:
        """Code that does the same, with `bytes` of scratch memory."""
        type, t, half = self.type, "double" if self.type == "D" else "float", self.n // 2
        radices = radices_of(half)
        name = f"{common_code.PREFIX}columns.{self.kind}.{type}.{'.'.join(map(str, radices))}"
        common_code.share_module(name, ColumnsCode(t, radices, self.kind).module(name))
        way = "forward" if self.forward else "inverse"
        own = f"transform.{type}.{half}.{way}"
        write_plan(w, own, plan_of(half, self.forward, type))
        waves = write_waves(w, self.n, self.forward, type)
        given = [f"ptr {x}" for x in (source, target, scratch, f"@{own}", waves)]
        given += [f"i64 {x}" for x in self.integers]
        ints = w.let(f"alloca [{len(given)} x i64]")
        write_parts(w, name, own, given, ints, stored_reals(w, type, *self.reals), self.parts)
