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

Real rows of an even length are complex rows of half of it (`half_lengths`). Those of an odd length
are complex rows whose imaginary parts are 0: two rows a and b could be one complex row a + i b, but
a NaN or a large number of one would then change the other.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from itertools import count
from math import prod
from typing import Any, NamedTuple

import numpy as np

from .. import common_code
from ..instructions import Scalars
from ..machine import Library
from ..memory import LARGE, pool
from ..native_pool import start_pool
from ..python_objects import address
from ..shared_parts import share
from ..threads import made_once, thread_count
from .half_lengths import VECTOR, hexadecimal
from .transform_code import (
    ANY,
    COLUMNS,
    EVEN_HERMITIAN,
    EVEN_REAL,
    GROUP,
    ODD_HERMITIAN,
    ODD_REAL,
    PRIME,
    ROWS,
    TransformCode,
)

Array = np.ndarray[Any, Any]

RADICES = 4, 2, 3, 5, 7, 11, 13
"""The factors of lengths with passes of their own, in the order of the passes."""

LARGEST = 127
"""The largest prime factor of lengths for which a pass takes less time than a convolution."""

SHORTEST, LONGEST, LONGEST_COLUMN = 8, 1 << 14, 1 << 16
"""
The lengths of transforms. Longer rows are long transforms, and buffers of longer columns are large.
"""

LONGEST_IN_LOOP = 1024
"""
The length of few transforms in machine code of loops, whose modules have the factors: from `SHARED`
elements on, lengths up to `LONGEST` are worth a longer module.
"""

LEAST, SHARED = 1 << 12, 1 << 14
"""The elements from which vectors pay, and those from which threads share them."""

SHARED_BY_LIBRARY = 1 << 15
"""From this number of elements on, threads share transforms of the library."""

FEWEST = 8
"""Long transforms of fewer rows are many short ones."""

BYTE = np.dtype(np.uint8)

PARTS = 4
"""The parts that each thread takes, about: one that is late leaves its last ones to the others."""


@lru_cache
def factors(n: int) -> tuple[int, ...] | None:
    """The radices of the passes for n numbers; None if n has larger prime factors."""
    found, rest = [], n
    for r in (*RADICES, *range(RADICES[-1] + 2, LARGEST + 1, 2)):
        while rest % r == 0:
            found.append(r)
            rest //= r
    return tuple(found) if rest == 1 else None


@lru_cache
def length_around(n: int) -> int:
    """The length of the convolution for n numbers: the least one of small factors."""
    return next(m for m in count(2 * n - 1) if m % 4 == 0 and max(factors(m) or (n,)) <= 5)


def work_vectors(n: int) -> int:
    """The vectors that a transform needs beside its numbers."""
    radices = factors(n)
    if radices is None:
        return 3 * length_around(n)
    largest = max(radices)
    return 2 * n + (largest - 1 if largest > RADICES[-1] else 0)


def fits(kind: str, sizes: tuple[int, ...], d: int, type: str) -> bool:
    """Whether a loop in machine code has this transform along a dimension."""
    is_short = 0 < prod(sizes) < SHARED and _is_along(kind, sizes, d)
    return (is_short and _is_plain(sizes[d])) or takes(kind, sizes, d, type)


def _is_plain(n: int) -> bool:
    """Whether few transforms of a length are faster here than those of the library, too."""
    return SHORTEST <= n <= LONGEST_IN_LOOP and set(factors(n) or (ANY,)) <= {2, 3, 4, 5}


def _is_along(kind: str, sizes: tuple[int, ...], d: int) -> bool:
    """Whether the dimension is one of `Transform`: real numbers are in rows."""
    return kind in ("forward", "backward") or prod(sizes[d + 1 :]) == 1


def takes(kind: str, sizes: tuple[int, ...], d: int, type: str) -> bool:
    """
    Whether `Transform` takes less time than the library for arrays of these sizes along this
    dimension. Of the kinds "real" and "hermitian", the sizes are those of the real numbers.
    """
    n, inner = sizes[d], prod(sizes[d + 1 :])
    if not _is_along(kind, sizes, d) or prod(sizes) < LEAST:
        return False
    if not SHORTEST <= n <= (LONGEST if inner == 1 else LONGEST_COLUMN):
        return False
    return pays(_costs(kind, n, type), sizes, d, type)


class Costs(NamedTuple):
    """
    The times of code of letgrad's own. A unit is the time of SciPy's library for its vectors of
    transforms of one length: 2 of float64, or 4 of float32. They are measured with one thread.
    """

    vector: float
    """That of the transforms of one vector, 4 of complex128 or 8 of complex64."""
    call: float
    """The time of a call, for a length of one: a call of n numbers takes an n-th of it."""


CACHED_ODD = 512
"""Up to this length, the buffers of complex transforms of real numbers stay in the first caches."""

ALONE = 0.75
"""The time of the library for each transform that fills no vector of it."""


def pays(costs: Costs, sizes: tuple[int, ...], d: int, type: str) -> bool:
    """Whether the transforms along dimension d take less time than those of the library."""
    outer, n, inner = prod(sizes[:d]), sizes[d], prod(sizes[d + 1 :])
    lanes = VECTOR // np.dtype(type.upper()).itemsize
    vectors = -(-outer // lanes) if inner == 1 else outer * -(-inner // lanes)
    if prod(sizes) >= SHARED:
        vectors = -(-vectors // thread_count())
    return costs.call / n + vectors * costs.vector < cost_of_library(sizes, d, type)


def cost_of_library(sizes: tuple[int, ...], d: int, type: str) -> float:
    """What the transforms along dimension d cost in the library, in the unit of `Costs`."""
    n, count = sizes[d], prod(sizes) // sizes[d]
    lanes = VECTOR // np.dtype(type.upper()).itemsize // 2
    # It gives each thread a vector at least, and four short ones.
    parts = count // lanes // (1 if n >= 1000 else 4)
    threads = thread_count() if prod(sizes) >= SHARED_BY_LIBRARY else 1
    whole, rest = divmod(-(-count // max(1, min(threads, parts))), lanes)
    return whole + ALONE * rest


def _costs(kind: str, n: int, type: str) -> Costs:
    """What transforms of n numbers cost. The library's are slow where factors are large."""
    is_real, radices = kind in ("real", "hermitian"), factors(n)
    if radices is None or max(radices) > 5:
        return Costs(1.15, 100)
    is_double = type == "D"
    if not is_real:
        return Costs(1.4, 800) if is_double else Costs(1.2, 650)
    call = 1600 if is_double else 1150
    if n % 2 == 0:
        return Costs(1.1, call)
    # Odd rows of real numbers have twice the arithmetic; the library halves it for small factors.
    return Costs(cost_of_odd(n, is_double), call)


def cost_of_odd(n: int, is_double: bool) -> float:
    """The cost of a vector of complex transforms of n real numbers: long ones leave the cache."""
    if n <= CACHED_ODD:
        return 1.5 if is_double else 1.35
    return 1.95 if is_double else 1.65


class Plan(NamedTuple):
    """What machine code is told about the transforms of a length."""

    entries: list[int]
    """
    The number of passes, the length, and for each pass (radix, m, s, place of factors). A length
    with other prime factors has: 0, the length n, m, places of two tables, and the plan of m.
    """
    places: list[int]
    """Those of the entries that are places in the table, in bytes."""
    table: Array

    def joined(self, tables: Sequence[Array]) -> tuple[Plan, list[int]]:
        """The plan with more tables behind its own, and their places."""
        parts, places = [self.table.view(np.uint8)], []
        end = self.table.nbytes
        for x in tables:
            parts += [np.zeros(-end % VECTOR, np.uint8), x.ravel().view(np.uint8)]
            end += -end % VECTOR
            places.append(end)
            end += x.nbytes
        return self._replace(table=np.concatenate(parts)), places


@lru_cache(maxsize=64)
def plan_of(n: int, forward: bool, type: str) -> Plan:
    """The plan of transforms of n numbers, with w^(p j) for each p < m and 0 < j < radix."""
    radices = factors(n)
    if radices is None:
        return _plan_of_any(n, forward, type)
    tables: list[Array] = []
    entries, length, s, begin = [len(radices), n], n, 1, 0
    for r in radices:
        m = length // r
        at = np.arange(m)[:, None] * np.arange(1, r)[None]
        tables.append(powers(at, length, forward, type).ravel())
        if r > RADICES[-1]:
            j = np.arange(1, r // 2 + 1)
            tables[-1] = np.append(powers(j[:, None] * j, r, False, type), tables[-1])
        entries += [r, m, s, begin]
        begin += tables[-1].nbytes
        length, s = m, s * r
    return Plan(entries, [*range(5, len(entries), 4)], np.concatenate(tables))


def powers(at: Array, n: int, forward: bool, type: str) -> Array:
    """exp(-2πi at / n), or its conjugates for an inverse transform."""
    turn = (-8 if forward else 8) * np.arctan(np.longdouble(1))
    angle = turn * (at % n) / n
    return (np.cos(angle) + 1j * np.sin(angle)).astype(type)


def _plan_of_any(n: int, forward: bool, type: str) -> Plan:
    m, at = length_around(n), np.arange(n)
    inner = plan_of(m, True, type)
    chirp = powers(at * at, 2 * n, forward, "G")
    response = np.zeros(m, "G")
    response[:n] = chirp.conj()
    response[m - n + 1 :] = response[1:n][::-1]
    tables = chirp.astype(type), (np.fft.fft(response) / m).astype(type)
    plan, places = inner.joined(tables)
    entries = [0, n, m, *places, *inner.entries]
    return plan._replace(entries=entries, places=[3, 4, *(5 + k for k in inner.places)])


class PlanInMemory(NamedTuple):
    """The entries of a plan with addresses in its table, which stays while the entries are used."""

    entries: Array
    table: Array


@lru_cache(maxsize=64)
def plan_with_addresses(n: int, forward: bool, type: str) -> PlanInMemory:
    return with_addresses(plan_of(n, forward, type))


def with_addresses(plan: Plan) -> PlanInMemory:
    entries = np.array(plan.entries, np.int64)
    entries[plan.places] += address(plan.table)
    return PlanInMemory(entries, plan.table)


class Ready:
    """
    A function of a module of transforms, and what all its calls tell it: a call from Python takes
    less time then. `given` are the tables and plans behind the places of x, y and the memory, and
    then the integers. Several threads may call at once.
    """

    def __init__(
        self,
        call: Callable[..., None],
        given: Sequence[PlanInMemory | Array],
        integers: Sequence[int],
        reals: Sequence[float],
        type: str,
        parts: int,
    ) -> None:
        self.call, self.given, self.parts = call, given, parts
        places = (address(x if isinstance(x, np.ndarray) else x.entries) for x in given)
        self.integers = *places, *integers
        self.list = ctypes.c_int64 * (3 + len(self.integers))
        self.reals = np.array(reals, type.lower())
        self.reals_at = address(self.reals)
        self.idle: list[tuple[Any, Array]] = []
        """What no call uses: what a call is told, and its memory."""

    def __call__(self, x: int, y: int, bytes: int) -> None:
        """Transform from place x to place y, with so many bytes of memory."""
        if bytes < LARGE:
            self._small(x, y, bytes)
            return
        memory = pool.empty((bytes,), BYTE, bytes)
        self.run(x, y, address(memory))

    def _small(self, x: int, y: int, bytes: int) -> None:
        """
        With memory that stays for the next call, which has as many bytes: to make the list takes
        longer than to run.
        """
        try:
            told, memory = self.idle.pop()
        except IndexError:
            memory = np.empty(bytes, BYTE)
            told = self.list(0, 0, address(memory), *self.integers)
        told[0], told[1] = x, y
        self.call(told, self.reals_at, self.parts)
        self.idle.append((told, memory))

    def run(self, x: int, y: int, memory: int) -> None:
        self.call(self.list(x, y, memory, *self.integers), self.reals_at, self.parts)


def is_forward(kind: str) -> bool:
    return kind in ("forward", "real")


def parts_of(blocks: int, n: int, elements: int) -> tuple[int, int]:
    """The blocks of a part, and the parts, of transforms of n numbers of so many elements."""
    threads = thread_count() if elements >= SHARED else 1
    # Each part has buffers of its own.
    count = (PARTS if n <= LONGEST else 1) * threads if threads > 1 else 1
    each = max(1, -(-blocks // count))
    return each, -(-blocks // each)


def radices_of(*lengths: int) -> tuple[int, ...]:
    """
    The radices of all passes for these lengths, `PRIME` for those that have no pass of their own,
    and `ANY` if a length has larger prime factors.
    """
    found: set[int] = set()
    for n in lengths:
        of = factors(n) or (ANY, *(factors(length_around(n)) or ()))
        found.update(r if r <= RADICES[-1] else PRIME for r in of)
    return tuple(sorted(found))


class Transform:
    """
    The transform of arrays along dimension d, times a factor. Of complex numbers, `sizes` are those
    of both arrays. The kinds "real" and "hermitian" have real numbers in x or in y, whose sizes
    these are, and take the last dimension alone. `type` is NumPy's character for the complex type:
    D or F. A call puts the transform of x into y, which are in row-major order; y may be x.
    """

    WAY = "in vectors of several"
    """How it transforms, for remarks."""

    def __init__(self, sizes: tuple[int, ...], d: int, kind: str, factor: float, type: str) -> None:
        scalars = VECTOR // np.dtype(type.lower()).itemsize
        self.n, self.type, self.forward = sizes[d], type, is_forward(kind)
        outer, n, inner = prod(sizes[:d]), sizes[d], prod(sizes[d + 1 :])
        self.waves = 0
        """Of real rows of an even length, this length: their transforms are of half of it."""
        numbers = scalars // 2
        blocks = -(-outer // numbers)
        if kind in ("real", "hermitian") and n % 2 == 0:
            what = EVEN_REAL if kind == "real" else EVEN_HERMITIAN
            self.waves, self.n = n, n // 2
        elif kind in ("real", "hermitian"):
            what = ODD_REAL if kind == "real" else ODD_HERMITIAN
        elif inner == 1:
            what = ROWS
        else:
            what, blocks = COLUMNS, outer * -(-inner // (GROUP * numbers))
        each, self.parts = parts_of(blocks, n, prod(sizes))
        self.sizes = outer, n, inner
        self.blocks = blocks, each, what, work_vectors(self.n)
        self.reals = (1.0 if self.forward else -1.0), factor
        buffers = n * min(GROUP, -(-inner // numbers))
        self.bytes = self.parts * VECTOR * (buffers + work_vectors(self.n))
        """The memory that it needs."""

    @cached_property
    def ready(self) -> Ready:
        plan = plan_with_addresses(self.n, self.forward, self.type)
        tables = plan, waves_of(self.waves, self.forward, self.type)
        call = entry(TransformCode, self.type, radices_of(self.n))
        return Ready(call, tables, (*self.sizes, *self.blocks), self.reals, self.type, self.parts)

    def __call__(self, x: Array, y: Array) -> None:
        self.ready(address(x), address(y), self.bytes)

    def write(self, w: Scalars, source: str, target: str, scratch: str) -> None:
        """Code that does the same, with `bytes` of scratch memory."""
        n, type, t = self.n, self.type, "double" if self.type == "D" else "float"
        radices = radices_of(n)
        name = f"{common_code.PREFIX}transform.{type}.{'.'.join(map(str, radices))}"
        common_code.share_module(name, TransformCode(t, radices).module(name))
        own = f"transform.{type}.{n}.{'forward' if self.forward else 'inverse'}"
        write_plan(w, own, plan_of(n, self.forward, type))
        given = [f"ptr {x}" for x in (source, target, scratch, f"@{own}")]
        given.append(f"ptr {write_waves(w, self.waves, self.forward, type)}")
        given += [f"i64 {x}" for x in (*self.sizes, *self.blocks)]
        ints = w.let(f"alloca [{len(given)} x i64]")
        reals = stored_reals(w, type, *self.reals)
        write_parts(w, name, own, given, ints, reals, self.parts)


def write_parts(
    w: Scalars,
    name: str,
    own: str,
    given: Sequence[str],
    ints: str,
    reals: str,
    parts: int,
    table: str | None = None,
) -> None:
    """
    A call of this function of transforms for each part. `ints` is a place for what it is told, and
    `reals` that of direction and scale. `own` names the plan; see `share` for `table`.
    """
    w.declared[name] = f"declare void @{name}(ptr, ptr, i64)"
    for k, x in enumerate(given):
        w.put(f"store {x}, ptr {w.let(f'getelementptr i64, ptr {ints}, i64 {k}')}")
    if parts == 1:
        w.put(f"call void @{name}(ptr {ints}, ptr {reals}, i64 0)")
        return
    part = Scalars("", True)
    part.put(f"call void @{name}(ptr %ints, ptr %reals, i64 %k)")
    pointers = {"ints": ints, "reals": reals}
    share(w, part, f"{name}.{own}", str(parts), pointers, table=table)


@made_once
def entry(
    code: type[TransformCode], kind: str, radices: tuple[int, ...], *rest: str
) -> Callable[..., None]:
    """
    The function (integers, reals, parts) of the module that this class writes for numbers of a
    kind, D or F; without the interpreter's lock.
    """
    address = _library(code, kind, radices, *rest).address("transform")
    return ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(address)


@made_once
def _library(code: type[TransformCode], kind: str, radices: tuple[int, ...], *rest: str) -> Library:
    text = code("double" if kind == "D" else "float", radices, *rest).module()
    # LLVM's passes would double the compile time and save nothing here.
    return Library(text, needs=start_pool, faster=False)


def write_plan(w: Scalars, own: str, plan: Plan) -> None:
    """
    The constants of a plan: its entries with this name, and its table with one that ends in
    `.table`. Named by what they are, so a module has them once.
    """
    data, size = "\\" + plan.table.tobytes().hex("\\"), plan.table.nbytes
    kind = "private unnamed_addr constant"
    w.declared[f"{own}.table"] = f'@{own}.table = {kind} [{size} x i8] c"{data}", align {VECTOR}'
    entries = [
        f"i64 ptrtoint (ptr getelementptr (i8, ptr @{own}.table, i64 {x}) to i64)"
        if k in plan.places
        else f"i64 {x}"
        for k, x in enumerate(plan.entries)
    ]
    w.declared[own] = f"@{own} = {kind} [{len(entries)} x i64] [{', '.join(entries)}]"


@lru_cache(maxsize=64)
def waves_of(n: int, forward: bool, type: str) -> Array:
    """w^k for k ≤ n / 4, by which transforms of n / 2 numbers become those of n real ones."""
    return powers(np.arange(n // 4 + 1 if n else 0), max(n, 1), forward, type)


def write_waves(w: Scalars, n: int, forward: bool, type: str) -> str:
    """The place of these numbers, which become constants; null for no numbers."""
    if not n:
        return "null"
    name = f"waves.{type}.{n}.{'forward' if forward else 'inverse'}"
    write_plan(w, name, Plan([0], [], waves_of(n, forward, type)))
    return f"@{name}.table"


def stored_reals(w: Scalars, type: str, *values: float) -> str:
    """The place of numbers, which machine code of transforms reads."""
    t = "double" if type == "D" else "float"
    place = w.let(f"alloca [{len(values)} x {t}]")
    for k, x in enumerate(values):
        number = hexadecimal(np.float32(x).item() if type == "F" else x)
        w.put(f"store {t} {number}, ptr {w.let(f'getelementptr {t}, ptr {place}, i64 {k}')}")
    return place
