"""
Fourier transforms in machine code that takes several at once.

A vector has one number of each of several transforms, so all arithmetic of a transform is on whole
vectors, with the same factors for all numbers of a vector. Along any dimension but the last, such
vectors are in memory as they are; along the last dimension, blocks of rows are transposed into a
buffer and back. Threads share the vectors.

A transform of n = r m numbers is sums of r numbers each, which are m apart, times factors, and then
r transforms of m numbers each. The passes leave these in order, so none reverses digits (T. G.
Stockham, High-speed convolution and correlation, 1966; C. Van Loan, Computational Frameworks for
the Fast Fourier Transform, 1992, section 1.7).

Two real rows a and b are one complex row a + i b, whose transform has those of both.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from .. import common_code
from ..instructions import Scalars
from ..machine import Library
from ..memory import pool
from ..native_pool import start_pool
from ..shared_parts import share
from ..threads import made_once, thread_count
from .transform_code import (
    COLUMNS,
    GROUP,
    HERMITIAN,
    REAL,
    ROWS,
    VECTOR,
    TransformCode,
    hexadecimal,
)

Array = np.ndarray[Any, Any]

RADICES = 4, 2, 3, 5
"""The factors of lengths, in the order of the passes."""

SHORTEST, LONGEST = 8, 4096
"""The lengths of transforms. The buffers of longer ones leave the cache of a core."""

LONGEST_IN_LOOP = 1024
"""
The length of few transforms in machine code of loops, whose modules have the factors: from `SHARED`
elements on, lengths up to `LONGEST` are worth a longer module.
"""

LEAST, SHARED = 1 << 12, 1 << 14
"""The elements from which vectors pay, and those from which threads share them."""

FEWEST = 8
"""Fewer transforms leave places of a vector empty."""

PARTS = 4
"""The parts that each thread takes, about: one that is late leaves its last ones to the others."""


@lru_cache
def factors(n: int) -> tuple[int, ...] | None:
    """The radices of the passes for n numbers; None if n has other prime factors."""
    found, rest = [], n
    for r in RADICES:
        while rest % r == 0:
            found.append(r)
            rest //= r
    return tuple(found) if rest == 1 and SHORTEST <= n <= LONGEST else None


def fits(kind: str, sizes: tuple[int, ...], dims: tuple[int, ...]) -> bool:
    """Whether a loop in machine code has this transform."""
    if prod(sizes) >= SHARED:
        return takes(kind, sizes, dims)
    return (
        _is_along(kind, sizes, dims)
        and prod(sizes) > 0
        and all(factors(sizes[d]) is not None and sizes[d] <= LONGEST_IN_LOOP for d in dims)
    )


def _is_along(kind: str, sizes: tuple[int, ...], dims: tuple[int, ...]) -> bool:
    """Whether the dimensions are ones of `Transform`: real numbers are in rows."""
    if kind in ("forward", "backward"):
        return True
    return len(dims) == 1 and prod(sizes[dims[0] + 1 :]) == 1


def takes(kind: str, sizes: tuple[int, ...], dims: tuple[int, ...]) -> bool:
    """
    Whether `Transform` takes arrays of these sizes along these dimensions. Of the kinds "real" and
    "hermitian", the sizes are those of the real numbers.
    """
    count, is_complex = prod(sizes), kind in ("forward", "backward")
    if not _is_along(kind, sizes, dims):
        return False
    fewest = FEWEST if is_complex else 2 * FEWEST
    return count >= LEAST and all(
        factors(sizes[d]) is not None and count >= fewest * sizes[d] for d in dims
    )


@lru_cache(maxsize=64)
def plan_of(n: int, forward: bool, type: str) -> tuple[list[int], Array]:
    """
    The passes, as (radix, m, s, offset of factors in bytes) after their number; and the factors:
    w^(p j) for each p < m and 0 < j < radix.
    """
    radices = factors(n)
    assert radices is not None
    tables: list[Array] = []
    entries, length, s, begin = [len(radices)], n, 1, 0
    turn = (-8 if forward else 8) * np.arctan(np.longdouble(1))
    for r in radices:
        m = length // r
        at = np.arange(m)[:, None] * np.arange(1, r)[None]
        angle = turn * (at % length) / length
        tables.append((np.cos(angle) + 1j * np.sin(angle)).astype(type).ravel())
        entries += [r, m, s, begin]
        begin += tables[-1].nbytes
        length, s = m, s * r
    return entries, np.concatenate(tables)


@lru_cache(maxsize=64)
def _plan(n: int, forward: bool, type: str) -> tuple[Array, Array]:
    """The plan with addresses of factors, and the factors, which the caller keeps alive."""
    entries, table = plan_of(n, forward, type)
    plan = np.array(entries, np.int64)
    plan[4::4] += table.ctypes.data
    return plan, table


class Along(NamedTuple):
    """The transforms along one dimension."""

    what: int
    outer: int
    n: int
    inner: int
    """How many rows are in front of the dimension, its size, and the numbers behind it."""
    blocks: int
    """What threads may share."""
    direction: float
    """1, or -1 for an inverse transform."""
    factor: float


def passes(
    sizes: tuple[int, ...], dims: tuple[int, ...], kind: str, factor: float, type: str
) -> Iterator[Along]:
    """What to do for each dimension, in order; the arguments are those of `Transform`."""
    scalars = VECTOR // np.dtype(type.lower()).itemsize
    direction = 1.0 if kind in ("forward", "real") else -1.0
    for k, d in enumerate(reversed(dims)):
        outer, n, inner = prod(sizes[:d]), sizes[d], prod(sizes[d + 1 :])
        if kind in ("real", "hermitian"):
            what, blocks = REAL if kind == "real" else HERMITIAN, -(-outer // scalars)
        elif inner == 1:
            what, blocks = ROWS, -(-outer // (scalars // 2))
        else:
            what, blocks = COLUMNS, outer * -(-inner // (GROUP * scalars // 2))
        yield Along(what, outer, n, inner, blocks, direction, 1.0 if k else factor)


def blocks_of_part(along: Along, elements: int) -> int:
    """How many blocks a part has, of transforms of so many elements in all."""
    threads = thread_count() if elements >= SHARED else 1
    return max(1, along.blocks // (PARTS * threads)) if threads > 1 else along.blocks


def scratch_bytes(n: int) -> int:
    """The bytes of the buffers of one thread."""
    return (GROUP + 2) * VECTOR * n


def _radices(n: int) -> tuple[int, ...]:
    return tuple(sorted(set(factors(n) or ())))


class Transform:
    """
    The transform of arrays along `dims`, times a factor. Of complex numbers, `sizes` are those of
    both arrays. The kinds "real" and "hermitian" have real numbers in x or in y, whose sizes these
    are, and take the last dimension alone. `type` is NumPy's character for the complex type: D or
    F. A call puts the transform of x into y, which are in row-major order.
    """

    def __init__(
        self, sizes: tuple[int, ...], dims: tuple[int, ...], kind: str, factor: float, type: str
    ) -> None:
        self._passes: list[_Call] = []
        for along in passes(sizes, dims, kind, factor, type):
            blocks, n, each = along.blocks, along.n, blocks_of_part(along, prod(sizes))
            plan, table = _plan(n, along.direction > 0, type)
            given = 0, 0, 0, along.outer, n, along.inner, plan.ctypes.data, blocks, each, along.what
            reals = np.array([along.direction, along.factor], type.lower())
            integers, parts = np.array(given, np.int64), -(-blocks // each)
            call, memory = _entry(type, _radices(n)), parts * scratch_bytes(n)
            self._passes.append(_Call(call, integers, reals, parts, memory, (plan, table)))

    def __call__(self, x: Array, y: Array) -> None:
        source, goal = x.ctypes.data, y.ctypes.data
        for along in self._passes:
            # Several threads may call at once, so each call has its own integers.
            integers = along.integers.copy()
            memory = pool.empty((along.memory,), np.dtype(np.uint8), along.memory)
            integers[:3] = source, goal, memory.ctypes.data
            along.call(integers.ctypes.data, along.reals.ctypes.data, along.parts)
            source = goal


class _Call(NamedTuple):
    """The call for one dimension."""

    call: Callable[..., None]
    integers: Array
    """What machine code is told; a call puts three addresses in front."""
    reals: Array
    parts: int
    memory: int
    """The bytes of the buffers of all parts."""
    alive: tuple[Array, ...]
    """Arrays whose addresses the integers have."""


@made_once
def _entry(kind: str, radices: tuple[int, ...]) -> Callable[..., None]:
    """The function (integers, reals, parts), without the interpreter's lock."""
    address = _library(kind, radices).address("transform")
    return ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(address)


@made_once
def _library(kind: str, radices: tuple[int, ...]) -> Library:
    text = TransformCode("double" if kind == "D" else "float", radices).module()
    # LLVM's passes would double the compile time and save nothing here.
    return Library(text, needs=start_pool, faster=False)


def write_call(
    w: Scalars, along: Along, type: str, source: str, target: str, scratch: str, each: int
) -> int:
    """
    Code that transforms one array into another one along one dimension, in parts of so many blocks,
    and the number of these parts. Each needs `scratch_bytes` of scratch memory.
    """
    n, t = along.n, "double" if type == "D" else "float"
    radices = _radices(n)
    name = f"{common_code.PREFIX}transform.{type}.{'.'.join(map(str, radices))}"
    common_code.share_module(name, TransformCode(t, radices).module(name))
    w.declared[name] = f"declare void @{name}(ptr, ptr, i64)"
    entries, table = plan_of(n, along.direction > 0, type)
    # Named by what they are, so a module has them once.
    own = f"transform.{type}.{n}.{'forward' if along.direction > 0 else 'inverse'}"
    data = "\\" + table.tobytes().hex("\\")
    kind = "private unnamed_addr constant"
    w.declared[f"{own}.factors"] = (
        f'@{own}.factors = {kind} [{table.nbytes} x i8] c"{data}", align {VECTOR}'
    )
    places = [
        f"i64 ptrtoint (ptr getelementptr (i8, ptr @{own}.factors, i64 {x}) to i64)"
        if k and k % 4 == 0
        else f"i64 {x}"
        for k, x in enumerate(entries)
    ]
    w.declared[own] = f"@{own} = {kind} [{len(places)} x i64] [{', '.join(places)}]"
    given = [f"ptr {source}", f"ptr {target}", f"ptr {scratch}"]
    given += [f"i64 {x}" for x in (along.outer, n, along.inner)]
    given += [f"ptr @{own}", *(f"i64 {x}" for x in (along.blocks, each, along.what))]
    ints = w.let(f"alloca [{len(given)} x i64]")
    for k, x in enumerate(given):
        w.put(f"store {x}, ptr {w.let(f'getelementptr i64, ptr {ints}, i64 {k}')}")
    reals = w.let(f"alloca [2 x {t}]")
    for k, x in enumerate((along.direction, along.factor)):
        number = hexadecimal(np.float32(x).item() if type == "F" else x)
        w.put(f"store {t} {number}, ptr {w.let(f'getelementptr {t}, ptr {reals}, i64 {k}')}")
    count = -(-along.blocks // each)
    if count == 1:
        w.put(f"call void @{name}(ptr {ints}, ptr {reals}, i64 0)")
    else:
        part = Scalars("", True)
        part.put(f"call void @{name}(ptr %ints, ptr %reals, i64 %k)")
        share(w, part, f"{own}.{len(radices)}", str(count), {"ints": ints, "reals": reals})
    return count
