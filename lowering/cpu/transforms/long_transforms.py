"""
Long Fourier transforms in machine code, as many short ones, which stay in the cache, and which
threads share.

Of n = p q numbers, with w = exp(-2πi / n):

    y[k + p l] = Σ_j w^(p j l) (w^(j k) Σ_i w^(q i k) x[q i + j])

That is a transform of the p numbers of each column j of x, a factor, and a transform of the q
numbers of each row k (D. H. Bailey, FFTs in external or hierarchical memory, 1990). Vectors have
numbers of several columns, and then of several rows. So the results of rows, which are columns of
y, are in memory as they are in vectors.

A transform of real numbers computes the rows k ≤ p / 2 alone: the others are their mirror images.
Its inverse first transforms these rows, and then the columns.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from math import isqrt, prod
from typing import Any, NamedTuple

import numpy as np

from .. import common_code
from ..instructions import Scalars
from ..memory import pool
from ..python_objects import address
from ..threads import thread_count
from . import vector_transforms
from .half_lengths import VECTOR
from .long_code import INTEGERS, POINTERS, LongCode
from .transform_code import GROUP
from .vector_transforms import (
    BYTE,
    FEWEST,
    PARTS,
    SHORTEST,
    Plan,
    PlanInMemory,
    Ready,
    cost_of_library,
    entry,
    is_forward,
    plan_of,
    powers,
    radices_of,
    stored_reals,
    with_addresses,
    work_vectors,
    write_parts,
    write_plan,
)

Array = np.ndarray[Any, Any]

LONG = 1 << 13
"""From this number of elements on, short transforms take less time."""

SHARED = 1 << 16
"""From this number of elements on, threads share a transform."""

LONGEST = 1 << 14
"""The longest transform of a row or column: the buffers of longer ones leave the cache."""

REAL_ROWS, COMPLEX_ROWS = {"D": 5400, "F": 3450}, {"D": 3700, "F": 1900}
"""What a row of n numbers costs, times n, in the unit of `vector_transforms.Costs`."""

PADDING = 128
"""The bytes behind a row in between: columns of rows of 2^k bytes share few places of the cache."""


@lru_cache
def split(n: int) -> tuple[int, int] | None:
    """The factors p ≤ q of n that are nearest to each other; None if n is no long transform."""
    if n < LONG:
        return None
    pairs = ((p, n // p) for p in range(isqrt(n), SHORTEST - 1, -1) if n % p == 0)
    p, q = next(pairs, (0, 0))
    if not p or q > LONGEST:
        return None
    return (p, q)


def fits(sizes: tuple[int, ...], d: int) -> bool:
    """
    Whether arrays have long transforms of rows along a dimension. Of the kinds "real" and
    "hermitian", the sizes are those of the real numbers.
    """
    return prod(sizes[d + 1 :]) == 1 and prod(sizes) > 0 and split(sizes[d]) is not None


def takes(kind: str, sizes: tuple[int, ...], d: int, type: str) -> bool:
    """Whether few or very long transforms of rows take less time than those of the library."""
    if not fits(sizes, d):
        return False
    rows, n = prod(sizes[:d]), sizes[d]
    if rows >= FEWEST:
        return not vector_transforms.takes(kind, sizes, d, type)
    kinds = REAL_ROWS if kind in ("real", "hermitian") else COMPLEX_ROWS
    return rows * kinds[type] < n * cost_of_library(sizes, d, type)


def moves_of(kind: str, n: int, item: int) -> tuple[int, int]:
    """
    The bytes from one row to the next, of numbers and of results. `kind` is "complex", "real" or
    "hermitian", and `item` the bytes of a complex number.
    """
    whole, real, half = n * item, n * item // 2, (n // 2 + 1) * item
    ways = {"complex": (whole, whole), "real": (real, half), "hermitian": (half, real)}
    return ways[kind]


class Step(NamedTuple):
    """One of the two steps."""

    n: int
    """The length of its transforms."""
    source: int
    target: int
    """The scalars from one row to the next of its numbers, and of its results."""
    trip: int
    """How many columns or rows it transforms."""
    blocks: int
    factor: float
    length: int
    """The length of the long transform."""

    @property
    def each(self) -> int:
        """The blocks of a part."""
        threads = thread_count() if self.length >= SHARED else 1
        return max(1, self.blocks // (PARTS * threads)) if threads > 1 else self.blocks

    @property
    def parts(self) -> int:
        return -(-self.blocks // self.each)

    @property
    def bytes(self) -> int:
        """The buffers of all its parts."""
        return self.parts * VECTOR * (GROUP * (self.n + 2) + work_vectors(self.n))


class Long:
    """
    The transforms of the last dimension of arrays of these sizes, times a factor. `kind` is
    "forward", "backward", "real" or "hermitian", and `type` NumPy's character for the complex type:
    D or F. A call puts those of x into y, which are in row-major order; y may be x.
    """

    WAY = "of long rows as many short ones"
    """How it transforms, for remarks."""

    def __init__(self, sizes: tuple[int, ...], d: int, kind: str, factor: float, type: str) -> None:
        self.count, n = prod(sizes[:d]), sizes[d]
        found = split(n)
        assert found is not None
        (p, q), item = found, np.dtype(type).itemsize
        self.n, self.p, self.q, self.type = n, p, q, type
        self.forward = is_forward(kind)
        self.direction = 1.0 if self.forward else -1.0
        self.kind = kind if kind in ("real", "hermitian") else "complex"
        numbers = VECTOR // item
        group = GROUP * numbers
        half = p // 2 + 1
        rows = p if self.kind == "complex" else half
        # Blocks are written whole, so rows in between have the columns of all blocks.
        self.rows, columns = -(-rows // group) * group, -(-q // (2 * group)) * 2 * group
        between = 2 * (columns + PADDING // item)
        self.between = self.rows * between * item // 2
        """The bytes between the two steps."""
        if self.kind == "complex":
            first = Step(p, 2 * q, between, q, -(-q // group), 1.0, n)
            second = Step(q, between, 2 * p, p, -(-p // group), factor, n)
        elif self.kind == "real":
            first = Step(p, q, between, q, -(-q // (2 * group)), 1.0, n)
            second = Step(q, between, 0, half, -(-half // group), factor, n)
        else:
            first = Step(q, 0, between, half, -(-half // group), 1.0, n)
            second = Step(p, between, q, q, -(-q // (2 * group)), factor, n)
        self.steps = first, second
        self.width = group * (2 if self.kind == "real" else 1)
        self.shift = (n.bit_length() + 1) // 2

    @property
    def moves(self) -> tuple[int, int]:
        """The bytes from one row to the next, of numbers and of results."""
        return moves_of(self.kind, self.n, np.dtype(self.type).itemsize)

    @property
    def bytes(self) -> int:
        """The memory that it needs."""
        return self.between + max(step.bytes for step in self.steps)

    @property
    def parts(self) -> int:
        return max(step.parts for step in self.steps)

    def plans(self) -> tuple[tuple[Plan, ...], Array, list[int]]:
        """The plans of both steps, and the tables of factors with their three places."""
        plans = tuple(plan_of(step.n, self.forward, self.type) for step in self.steps)
        count = self.steps[0].n // 2 + 1 if self.kind == "real" else self.steps[0].n
        fine = powers(
            np.arange(count)[:, None] * np.arange(self.width), self.n, self.forward, self.type
        )
        low = np.arange(1 << self.shift)
        high = np.arange(-(-self.n >> self.shift) + 1) << self.shift
        tables = fine, *(powers(x, self.n, self.forward, self.type) for x in (high, low))
        joined, places = Plan([], [], np.empty(0, self.type)).joined(tables)
        return plans, joined.table, places

    def integers(self, second: int) -> tuple[int, ...]:
        """The values of `INTEGERS`."""
        s = self.steps[second]
        given = s.n, s.source, s.target, s.trip, work_vectors(s.n), s.blocks, s.each
        return *given, self.n, self.p, self.shift, second

    @cached_property
    def ready(self) -> tuple[Ready, Ready]:
        plans, table, places = _tables(self.n, self.kind, self.forward, self.type)
        tables = [table[place:] for place in places]
        call = entry(LongCode, self.type, radices_of(self.p, self.q), self.kind)
        first, second = (
            Ready(
                call, (plans[k], *tables), self.integers(k), (self.direction, step.factor),
                self.type, step.parts,
            )
            for k, step in enumerate(self.steps)
        )  # fmt: skip
        return first, second

    def __call__(self, x: Array, y: Array) -> None:
        memory = pool.empty((self.bytes,), BYTE, self.bytes)
        middle, source, target = address(memory), address(x), address(y)
        behind, (first, second) = middle + self.between, self.ready
        for _ in range(self.count):
            first.run(source, middle, behind)
            second.run(middle, target, behind)
            source, target = source + self.moves[0], target + self.moves[1]

    def write(self, w: Scalars, source: str, target: str, scratch: str) -> None:
        """Code that does the same, with `bytes` of scratch memory."""
        type, t = self.type, "double" if self.type == "D" else "float"
        radices = radices_of(self.p, self.q)
        name = f"{common_code.PREFIX}long.{self.kind}.{type}.{'.'.join(map(str, radices))}"
        common_code.share_module(name, LongCode(t, radices, self.kind).module(name))
        way = "forward" if self.forward else "inverse"
        own = f"transform.{self.kind}.{type}.{self.n}.{way}"
        made, factors, places = self.plans()
        write_plan(w, f"{own}.factors", Plan([0], [], factors))
        plans = []
        for step, plan in zip(self.steps, made):
            plans.append(f"transform.{type}.{step.n}.{way}")
            write_plan(w, plans[-1], plan)
        tables = [w.let(f"getelementptr i8, ptr @{own}.factors.table, i64 {x}") for x in places]
        behind = w.let(f"getelementptr i8, ptr {scratch}, i64 {self.between}")
        size = len(POINTERS) + len(INTEGERS)
        ints = [w.let(f"alloca [{size} x i64]") for _ in self.steps]
        reals = [stored_reals(w, type, self.direction, step.factor) for step in self.steps]
        table = w.let("alloca [2 x i64]")

        def row(number: str) -> None:
            begin, end = (
                w.let(f"getelementptr i8, ptr {x}, i64 {w.let(f'mul i64 {number}, {move}')}")
                for x, move in zip((source, target), self.moves)
            )
            for k, ends in enumerate(((begin, scratch), (scratch, end))):
                given = [f"ptr {x}" for x in (*ends, behind, f"@{plans[k]}", *tables)]
                given += [f"i64 {x}" for x in self.integers(k)]
                parts = self.steps[k].parts
                write_parts(w, name, own, given, ints[k], reals[k], parts, table)

        w.counted("0", str(self.count), row)


@lru_cache(maxsize=16)
def _tables(
    n: int, kind: str, forward: bool, type: str
) -> tuple[list[PlanInMemory], Array, list[int]]:
    """What `plans` gives, with addresses in plans."""
    kind = kind if kind != "complex" else "forward" if forward else "backward"
    plans, table, places = Long((n,), 0, kind, 1.0, type).plans()
    return [with_addresses(plan) for plan in plans], table, places
