"""
Transforms of cosines and sines in machine code that takes several at once: complex transforms of
half of the length, with a step in front of them and one behind (`cosine_code`).
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from math import prod
from typing import Any

import numpy as np

from .. import common_code
from ..instructions import Scalars
from ..python_objects import address
from .cosine_code import COLUMNS, CosineCode, Family
from .half_lengths import VECTOR
from .vector_transforms import (
    LEAST,
    LONGEST,
    LONGEST_COLUMN,
    SHORTEST,
    Costs,
    Plan,
    Ready,
    cost_of_odd,
    entry,
    factors,
    parts_of,
    pays,
    plan_of,
    plan_with_addresses,
    powers,
    radices_of,
    stored_reals,
    work_vectors,
    write_parts,
    write_plan,
)

Array = np.ndarray[Any, Any]


def family_of(kind: str, n: int) -> Family:
    """The family of a kind of `ten.dct`, of n numbers."""
    type = int(kind[-1])
    return Family(type, type > 1 and n % 2 == 1)


def complex_length(kind: str, n: int) -> int:
    """The length of the complex transforms."""
    family = family_of(kind, n)
    if family.type == 1:
        return n - 1 if kind == "cosine1" else n + 1
    return n if family.is_odd else n // 2


def takes(kind: str, sizes: tuple[int, ...], d: int, type: str) -> bool:
    """Whether `Cosines` takes less time than the library."""
    n, inner = sizes[d], prod(sizes[d + 1 :])
    if prod(sizes) < LEAST or not SHORTEST <= n <= (LONGEST if inner == 1 else LONGEST_COLUMN):
        return False
    return pays(_costs(kind, n, type), sizes, d, type)


def _costs(kind: str, n: int, type: str) -> Costs:
    """What transforms of n numbers cost; see `vector_transforms`."""
    family, is_double = family_of(kind, n), type == "d"
    if family.type == 1:
        return Costs(1.4, 750)
    # The library's are slow where factors are large.
    if max(factors(n) or (n,)) > 5:
        return Costs(1.15, 500)
    if family.is_odd:
        return Costs(cost_of_odd(n, is_double), 1300 if is_double else 1100)
    return Costs(1.1, 1300) if is_double else Costs(1.0, 1000)


@lru_cache(maxsize=32)
def tables_of(kind: str, n: int, type: str) -> tuple[Array, Array]:
    """The two tables of a kind, which the steps read by the names %first and %second."""
    family, sines = family_of(kind, n), kind.startswith("sine")
    none = np.empty(0, type)
    match family:
        case Family(1):
            m = complex_length(kind, n)
            k = np.arange(m // 2 + 1)
            # Of sines, the results are real parts of i times those numbers.
            turn = (1j if sines else 1) / 2
            first = np.full(k.shape, turn)
            return first.astype(type), (-1j * turn * powers(k, 2 * m, True, "G")).astype(type)
        case Family(2, True):
            return (2 * powers(np.arange(n // 2 + 1), 4 * n, True, "G")).astype(type), none
        case Family(3, True):
            return powers(np.arange(n // 2 + 1), 4 * n, False, type), none
        case Family(4, False):
            k = np.arange(n // 2)
            first, second = powers(4 * k + 1, 8 * n, True, type), powers(k, 2 * n, True, "G")
            return first, (2 * second).astype(type)
        case _:
            # t[k] and -i t[k] w^k; of odd results of 2n numbers, those of that length.
            length = n if family.type < 4 else 2 * n
            k = np.arange(length // 4 + 1)
            forward, i = family.type != 3, 1j if family.type == 3 else -1j
            second = i * powers(5 * k, 4 * length, forward, "G")
            return powers(k, 4 * length, forward, type), second.astype(type)


class Cosines:
    """
    The transforms of a kind of `ten.dct` of arrays of these sizes along dimension d, times a
    factor. `type` is NumPy's character for their numbers: d or f. A call puts the transform of x
    into y, which are in row-major order; y may be x.
    """

    WAY = "in vectors of several"
    """How it transforms, for remarks."""

    def __init__(self, sizes: tuple[int, ...], d: int, kind: str, factor: float, type: str) -> None:
        self.kind, self.n, self.type = kind, sizes[d], type.upper()
        outer, n, inner = prod(sizes[:d]), sizes[d], prod(sizes[d + 1 :])
        self.family, sines = family_of(kind, n), kind.startswith("sine")
        lanes = VECTOR // np.dtype(self.type).itemsize
        self.m = complex_length(kind, n)
        blocks = -(-outer // lanes) if inner == 1 else outer * -(-inner // (COLUMNS * lanes))
        each, self.parts = parts_of(blocks, n, prod(sizes))
        work = work_vectors(self.m)
        # Where element j is, and result k: base + step j.
        straight, turned = (0, 1), (n - 1, -1)
        ways = {1: ((-1, 1), (-1, 1)), 2: (straight, turned), 3: (turned, straight)}
        before, after = ways.get(self.family.type, (turned, straight))
        if not sines:
            before, after = straight, straight
        begin = 1 if kind == "sine1" else 0
        self.integers = outer, n, inner, blocks, each, self.m, work, *before, *after, begin
        sign = -1.0 if sines else 1.0
        self.reals = (1.0 if self.family.type != 3 else -1.0), factor, sign, sign
        halves = (n + 4) * min(COLUMNS, -(-inner // lanes))
        self.bytes = self.parts * VECTOR * (work + self.m + 1 + -(-halves // 2))
        """The memory that it needs."""

    @cached_property
    def ready(self) -> Ready:
        plan = plan_with_addresses(self.m, self.family.type != 3, self.type)
        given = plan, *tables_of(self.kind, self.n, self.type)
        call = entry(CosineCode, self.type, radices_of(self.m), self.family.name)
        return Ready(call, given, self.integers, self.reals, self.type, self.parts)

    def __call__(self, x: Array, y: Array) -> None:
        self.ready(address(x), address(y), self.bytes)

    def write(self, w: Scalars, source: str, target: str, scratch: str) -> None:
        """Code that does the same, with `bytes` of scratch memory."""
        type, t = self.type, "double" if self.type == "D" else "float"
        forward, radices = self.family.type != 3, radices_of(self.m)
        last = f"{self.family.name}.{t}.{'.'.join(map(str, radices))}"
        name = f"{common_code.PREFIX}cosines.{last}"
        common_code.share_module(name, CosineCode(t, radices, self.family.name).module(name))
        own = f"transform.{t}.{self.m}.{'forward' if forward else 'inverse'}"
        write_plan(w, own, plan_of(self.m, forward, type))
        factors = f"{self.kind}.{t}.{self.n}"
        plan, places = Plan([0], [], np.empty(0, type)).joined(tables_of(self.kind, self.n, type))
        write_plan(w, factors, plan)
        tables = [w.let(f"getelementptr i8, ptr @{factors}.table, i64 {x}") for x in places]
        given = [f"ptr {x}" for x in (source, target, scratch, f"@{own}", *tables)]
        given += [f"i64 {x}" for x in self.integers]
        ints = w.let(f"alloca [{len(given)} x i64]")
        write_parts(w, name, own, given, ints, stored_reals(w, type, *self.reals), self.parts)
