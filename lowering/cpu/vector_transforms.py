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

from . import common_code
from .instructions import Scalars
from .machine import Library
from .memory import pool
from .native_pool import start_pool
from .threads import made_once, thread_count

Array = np.ndarray[Any, Any]

RADICES = 4, 2, 3, 5
"""The factors of lengths, in the order of the passes."""

SHORTEST, LONGEST = 8, 4096
"""The lengths of transforms. The buffers of longer ones leave the cache of a core."""

LONGEST_IN_LOOP = 1024
"""The length of transforms in machine code of loops, whose modules have the factors."""

LEAST, SHARED = 1 << 12, 1 << 14
"""The elements from which vectors pay, and those from which threads share them."""

FEWEST = 8
"""Fewer transforms leave places of a vector empty."""

PARTS = 4
"""The parts that each thread takes, about: one that is late leaves its last ones to the others."""

VECTOR = 64
"""The bytes of a vector."""

GROUP = 4
"""
So many vectors beside each other are read at once: where the numbers of a column share few places
of the cache, or pages of memory, each place is used whole.
"""


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
    """Whether a loop in machine code has this transform: with one thread, and short factors."""
    if not _is_along(kind, sizes, dims):
        return False
    return 0 < prod(sizes) < SHARED and all(
        factors(sizes[d]) is not None and sizes[d] <= LONGEST_IN_LOOP for d in dims
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


ROWS, COLUMNS, REAL, HERMITIAN = range(4)
"""What machine code transforms: complex rows or columns, real rows, and halves of their results."""


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
        threads = thread_count() if prod(sizes) >= SHARED else 1
        self._passes: list[_Call] = []
        for along in passes(sizes, dims, kind, factor, type):
            blocks, n = along.blocks, along.n
            each = max(1, blocks // (PARTS * threads)) if threads > 1 else blocks
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
    text = _Text("double" if kind == "D" else "float", radices).module()
    # LLVM's passes would double the compile time and save nothing here.
    return Library(text, needs=start_pool, faster=False)


def write_call(w: Scalars, along: Along, type: str, source: str) -> None:
    """
    Code that transforms %source into %y along one dimension in this thread; %scratch has
    `scratch_bytes`.
    """
    n, t = along.n, "double" if type == "D" else "float"
    radices = _radices(n)
    name = f"{common_code.PREFIX}transform.{type}.{'.'.join(map(str, radices))}"
    common_code.share_module(name, _Text(t, radices).module(name))
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
    given = [f"ptr {source}", "ptr %y", "ptr %scratch"]
    given += [f"i64 {x}" for x in (along.outer, n, along.inner)]
    given += [f"ptr @{own}", *(f"i64 {x}" for x in (along.blocks, along.blocks, along.what))]
    ints = w.let(f"alloca [{len(given)} x i64]")
    for k, x in enumerate(given):
        w.put(f"store {x}, ptr {w.let(f'getelementptr i64, ptr {ints}, i64 {k}')}")
    reals = w.let(f"alloca [2 x {t}]")
    for k, x in enumerate((along.direction, along.factor)):
        number = _hex(np.float32(x).item() if type == "F" else x)
        w.put(f"store {t} {number}, ptr {w.let(f'getelementptr {t}, ptr {reals}, i64 {k}')}")
    w.put(f"call void @{name}(ptr {ints}, ptr {reals}, i64 1)")


class _Text:
    """Writes the module for numbers of a type, and lengths of these radices."""

    def __init__(self, type: str, radices: tuple[int, ...]) -> None:
        self.type, self.radices = type, radices
        self.bytes = 8 if type == "double" else 4
        self.scalars = VECTOR // self.bytes
        self.numbers = self.scalars // 2
        """The complex numbers of a vector."""
        self.vector = f"<{self.scalars} x {type}>"

    def module(self, alone: str = "") -> str:
        """The module, whose function has the name `alone`, if it has one, and then no threads."""
        passes = [self._pass(r, last) for r in self.radices for last in (False, True)]
        return "\n".join(
            [
                "" if alone else "declare void @letgrad_parallel(ptr, ptr, i64)",
                *passes,
                self._passes(),
                *(self._copy(unit) for unit in (1, 2)),
                *(self._rows(into, unit) for into in (True, False) for unit in (1, 2)),
                *(self._halves(apart) for apart in (True, False)),
                self._columns(True),
                self._columns(False),
                self._part(),
                self._transform(alone),
            ]
        )

    # Vectors.

    def _shuffle(self, w: Scalars, a: str, b: str, mask: list[int]) -> str:
        places = ", ".join(f"i32 {k}" for k in mask)
        t = self.vector
        return w.let(f"shufflevector {t} {a}, {t} {b}, <{len(mask)} x i32> <{places}>")

    def _swap(self, w: Scalars, x: str) -> str:
        """Imaginary and real parts in each other's places."""
        return self._shuffle(w, x, "poison", [k ^ 1 for k in range(self.scalars)])

    def _splat(self, w: Scalars, x: str) -> str:
        one = w.let(f"insertelement {self.vector} poison, {self.type} {x}, i64 0")
        return self._shuffle(w, one, "poison", [0] * self.scalars)

    def _constant(self, *values: float) -> str:
        """A vector that repeats these numbers."""
        of = [values[k % len(values)] for k in range(self.scalars)]
        numbers = (np.float32(v).item() if self.bytes == 4 else v for v in of)
        return f"<{', '.join(f'{self.type} {_hex(v)}' for v in numbers)}>"

    def _do(self, w: Scalars, op: str, a: str, b: str) -> str:
        return w.let(f"{op} contract {self.vector} {a}, {b}")

    def _load(self, w: Scalars, p: str, at: str) -> str:
        place = w.let(f"getelementptr {self.type}, ptr {p}, i64 {at}")
        return w.let(f"load {self.vector}, ptr {place}, align {self.bytes}")

    def _store(self, w: Scalars, x: str, p: str, at: str) -> None:
        place = w.let(f"getelementptr {self.type}, ptr {p}, i64 {at}")
        w.put(f"store {self.vector} {x}, ptr {place}, align {self.bytes}")

    # Passes.

    def _pass(self, r: int, last: bool) -> str:
        """
        From %in, whose vectors are %is scalars apart, to %out, whose vectors are %os apart. In the
        last pass, all factors are 1, and the results are scaled.
        """
        w = Scalars("", True)
        alternate = self._constant(1.0, -1.0)
        # -i x is x with its parts swapped, times (1, -1); i x, for inverse transforms, has (-1, 1).
        turn = self._do(w, "fmul", self._splat(w, "%dir"), alternate)
        scale = self._splat(w, "%scale")
        step_in = w.let(f"mul i64 {w.let('mul i64 %s, %m')}, %is")
        step_out = w.let("mul i64 %s, %os")

        def column(p: str) -> None:
            weights = []
            if not last:
                base = w.let(f"mul i64 {p}, {2 * (r - 1)}")
                for j in range(r - 1):
                    parts = []
                    for k in (0, 1):
                        at = w.let(f"add i64 {base}, {2 * j + k}")
                        place = w.let(f"getelementptr {self.type}, ptr %tw, i64 {at}")
                        parts.append(self._splat(w, w.let(f"load {self.type}, ptr {place}")))
                    weights.append(
                        (parts[0], self._do(w, "fmul", parts[1], self._constant(-1.0, 1.0)))
                    )
            first = w.let(f"mul i64 {p}, %s")
            goal = w.let(f"mul i64 {first}, {r}")

            def row(q: str) -> None:
                at = w.let(f"mul i64 {w.let(f'add i64 {first}, {q}')}, %is")
                a = []
                for k in range(r):
                    a.append(self._load(w, "%in", at))
                    at = w.let(f"add i64 {at}, {step_in}") if k < r - 1 else at
                b = self._sums(w, r, a, turn)
                if last:
                    b = [self._do(w, "fmul", v, scale) for v in b]
                else:
                    for j, (real, imaginary) in enumerate(weights):
                        turned = self._do(w, "fmul", self._swap(w, b[j + 1]), imaginary)
                        straight = self._do(w, "fmul", b[j + 1], real)
                        b[j + 1] = self._do(w, "fadd", straight, turned)
                to = w.let(f"mul i64 {w.let(f'add i64 {goal}, {q}')}, %os")
                for k, v in enumerate(b):
                    self._store(w, v, "%out", to)
                    to = w.let(f"add i64 {to}, {step_out}") if k < r - 1 else to

            w.counted("0", "%s", row)

        w.counted("0", "%m", column)
        t = self.type
        return _function(
            f"pass{r}{'.last' if last else ''}",
            f"ptr %in, i64 %is, ptr %out, i64 %os, i64 %m, i64 %s, ptr %tw, {t} %dir, {t} %scale",
            w,
        )

    def _sums(self, w: Scalars, r: int, a: list[str], turn: str) -> list[str]:
        """The transform of r vectors."""

        def add(x: str, y: str) -> str:
            return self._do(w, "fadd", x, y)

        def sub(x: str, y: str) -> str:
            return self._do(w, "fsub", x, y)

        def times(k: float, x: str) -> str:
            return self._do(w, "fmul", x, self._constant(k))

        def turned(x: str) -> str:
            """-i x."""
            return self._do(w, "fmul", self._swap(w, x), turn)

        if r == 2:
            return [add(*a), sub(*a)]
        if r == 4:
            s, d, t, u = add(a[0], a[2]), sub(a[0], a[2]), add(a[1], a[3]), sub(a[1], a[3])
            u = turned(u)
            return [add(s, t), add(d, u), sub(s, t), sub(d, u)]
        sums = [add(a[k], a[r - k]) for k in range(1, r // 2 + 1)]
        differences = [sub(a[k], a[r - k]) for k in range(1, r // 2 + 1)]
        total = a[0]
        for x in sums:
            total = add(total, x)
        results = [total] + [""] * (r - 1)
        for j in range(1, r // 2 + 1):
            even, odd = a[0], ""
            for k, (x, y) in enumerate(zip(sums, differences), 1):
                angle = 2 * np.pi * (j * k % r) / r
                even = add(even, times(float(np.cos(angle)), x))
                term = times(float(np.sin(angle)), y)
                odd = add(odd, term) if odd else term
            odd = turned(odd)
            results[j], results[r - j] = add(even, odd), sub(even, odd)
        return results

    def _passes(self) -> str:
        """All passes of a plan, by way of two buffers."""
        w = Scalars("", True)
        t = self.type
        w.put("%count = load i64, ptr %plan")
        w.put("%end = sub i64 %count, 1")

        def one(k: str) -> None:
            base = w.let(f"mul i64 {k}, 4")
            entry = []
            for e in range(1, 5):
                at = w.let(f"add i64 {base}, {e}")
                place = w.let(f"getelementptr i64, ptr %plan, i64 {at}")
                entry.append(w.let(f"load i64, ptr {place}"))
            r, m, s, tw = entry
            table = w.let(f"inttoptr i64 {tw} to ptr")
            odd = w.let(f"trunc i64 {k} to i1")
            is_first = w.let(f"icmp eq i64 {k}, 0")
            is_last = w.let(f"icmp eq i64 {k}, %end")
            before = w.let(f"select i1 {odd}, ptr %a, ptr %b")
            after = w.let(f"select i1 {odd}, ptr %b, ptr %a")
            source = w.let(f"select i1 {is_first}, ptr %in, ptr {before}")
            goal = w.let(f"select i1 {is_last}, ptr %out, ptr {after}")
            step_in = w.let(f"select i1 {is_first}, i64 %is, i64 {self.scalars}")
            step_out = w.let(f"select i1 {is_last}, i64 %os, i64 {self.scalars}")
            for radix in self.radices:
                for last in (False, True):
                    here = w.let(f"icmp eq i64 {r}, {radix}")
                    kind = is_last if last else w.let(f"xor i1 {is_last}, true")
                    name = f"pass{radix}{'.last' if last else ''}"
                    w.where(
                        w.let(f"and i1 {here}, {kind}"),
                        lambda name=name: w.put(
                            f"call void @{name}(ptr {source}, i64 {step_in}, ptr {goal}, "
                            f"i64 {step_out}, i64 {m}, i64 {s}, ptr {table}, {t} %dir, {t} %scale)"
                        ),
                    )

        w.counted("0", "%count", one)
        return _function(
            "passes",
            f"ptr %in, i64 %is, ptr %out, i64 %os, ptr %plan, ptr %a, ptr %b, {t} %dir, {t} %scale",
            w,
        )

    # Rows, and ends of columns.

    def _copy(self, unit: int) -> str:
        """
        Numbers of `unit` scalars to other places: those from %begin to %n of %lanes transforms,
        which are %fk and %fl scalars apart.
        """
        w = Scalars("", True)

        def number(k: str) -> None:
            def lane(e: str) -> None:
                places = []
                for p, mk, ml in (("%from", "%fk", "%fl"), ("%to", "%tk", "%tl")):
                    at = w.let(
                        f"add i64 {w.let(f'mul i64 {k}, {mk}')}, {w.let(f'mul i64 {e}, {ml}')}"
                    )
                    places.append(w.let(f"getelementptr {self.type}, ptr {p}, i64 {at}"))
                pair = f"<{unit} x {self.type}>"
                x = w.let(f"load {pair}, ptr {places[0]}, align {self.bytes}")
                w.put(f"store {pair} {x}, ptr {places[1]}, align {self.bytes}")

            w.counted("0", "%lanes", lane)

        w.counted("%begin", "%n", number)
        given = (
            "ptr %from, i64 %fk, i64 %fl, ptr %to, i64 %tk, i64 %tl, i64 %begin, i64 %n, i64 %lanes"
        )
        return _function(f"copy{unit}", given, w)

    def _rows(self, into: bool, unit: int) -> str:
        """
        Rows of %n numbers of `unit` scalars, which are %apart scalars apart, into a buffer of
        vectors, or back. If there are fewer than a vector takes, they go one by one.
        """
        w = Scalars("", True)
        size, b = self.scalars, self.scalars // unit
        w.put(f"%full = icmp eq i64 %lanes, {b}")
        w.put(f"%most = udiv i64 %n, {b}")
        w.put("%blocks = select i1 %full, i64 %most, i64 0")
        w.put(f"%whole = mul i64 %blocks, {b}")

        def block(k: str) -> None:
            line = w.let(f"mul i64 {k}, {size}")
            rows = []
            for _ in range(b):
                rows.append(line)
                line = w.let(f"add i64 {line}, %apart")
            at = w.let(f"mul i64 {k}, {b * size}")
            lines = [w.let(f"add i64 {at}, {e * size}") for e in range(b)]
            sources = [("%rows", x) for x in rows] if into else [("%buffer", x) for x in lines]
            goals = [("%buffer", x) for x in lines] if into else [("%rows", x) for x in rows]
            v = [self._load(w, *source) for source in sources]
            for x, goal in zip(self._transposed(w, v, unit), goals):
                self._store(w, x, *goal)

        w.counted("0", "%blocks", block)
        rows, buffer = f"ptr %rows, i64 {unit}, i64 %apart", f"ptr %buffer, i64 {size}, i64 {unit}"
        ends = f"{rows}, {buffer}" if into else f"{buffer}, {rows}"
        w.put(f"call void @copy{unit}({ends}, i64 %whole, i64 %n, i64 %lanes)")
        given = "ptr %rows, i64 %apart, ptr %buffer, i64 %n, i64 %lanes"
        return _function(f"rows{unit}.{'in' if into else 'out'}", given, w)

    def _halves(self, apart: bool) -> str:
        """
        Of the transform z of a + i b, for real a and b, the first halves of the transforms of a and
        of b; or z from these. Halves are %half vectors each, one after the other.

            a[k] = (z[k] + conj(z[n - k])) / 2     z[k]     = a[k] + i b[k]
            b[k] = (z[k] - conj(z[n - k])) / 2i    z[n - k] = conj(a[k]) + i conj(b[k])
        """
        w = Scalars("", True)
        conjugate, minus = self._constant(1.0, -1.0), self._constant(-1.0, 1.0)
        w.put("%half.all = udiv i64 %n, 2")
        w.put("%half = add i64 %half.all, 1")

        def one(k: str) -> None:
            mirror = w.let(f"sub i64 %n, {k}")
            is_first = w.let(f"icmp eq i64 {k}, 0")
            mirror = w.let(f"select i1 {is_first}, i64 0, i64 {mirror}")
            second = w.let(f"add i64 {k}, %half")
            here, there, a_at, b_at = (
                w.let(f"mul i64 {x}, {self.scalars}") for x in (k, mirror, k, second)
            )
            if apart:
                z = self._load(w, "%z", here)
                other = self._do(w, "fmul", self._load(w, "%z", there), conjugate)
                a = self._do(w, "fmul", self._do(w, "fadd", z, other), self._constant(0.5))
                b = self._swap(w, self._do(w, "fsub", z, other))
                b = self._do(w, "fmul", b, self._constant(0.5, -0.5))
                self._store(w, a, "%halves", a_at)
                self._store(w, b, "%halves", b_at)
                return
            # The first number is real, and so is the middle one.
            is_real = w.let(f"icmp eq i64 {mirror}, {k}")
            found = []
            for at in (a_at, b_at):
                x = self._load(w, "%halves", at)
                mask = [e if e % 2 == 0 else self.scalars for e in range(self.scalars)]
                real = self._shuffle(w, x, "zeroinitializer", mask)
                found.append(w.let(f"select i1 {is_real}, {self.vector} {real}, {self.vector} {x}"))
            a, b = found[0], self._swap(w, found[1])
            z = self._do(w, "fadd", a, self._do(w, "fmul", b, minus))
            other = self._do(w, "fadd", self._do(w, "fmul", a, conjugate), b)
            self._store(w, other, "%z", there)
            self._store(w, z, "%z", here)

        w.counted("0", "%half", one)
        return _function("apart" if apart else "together", "ptr %z, ptr %halves, i64 %n", w)

    def _columns(self, into: bool) -> str:
        """Vectors beside each other into buffers of their own, or back."""
        w = Scalars("", True)
        w.put(f"%room = mul i64 %n, {self.scalars}")

        def number(k: str) -> None:
            line, place = w.let(f"mul i64 {k}, %apart"), w.let(f"mul i64 {k}, {self.scalars}")

            def vector(v: str) -> None:
                there = w.let(f"add i64 {line}, {w.let(f'mul i64 {v}, {self.scalars}')}")
                here = w.let(f"add i64 {place}, {w.let(f'mul i64 {v}, %room')}")
                ends = [("%columns", there), ("%buffer", here)]
                source, goal = ends if into else reversed(ends)
                self._store(w, self._load(w, *source), *goal)

            w.counted("0", "%vectors", vector)

        w.counted("0", "%n", number)
        given = "ptr %columns, i64 %apart, ptr %buffer, i64 %n, i64 %vectors"
        return _function("columns.in" if into else "columns.out", given, w)

    def _transposed(self, w: Scalars, v: list[str], unit: int) -> list[str]:
        """As many vectors as each has numbers of `unit` scalars, transposed."""
        b, d = self.scalars // unit, 1
        while d < b:
            for i in range(b):
                if i & d:
                    continue
                first, second = [], []
                for c in range(b):
                    for part in range(unit):
                        here, there = unit * c + part, self.scalars + unit * c + part
                        first.append(there - unit * d if c & d else here)
                        second.append(there if c & d else here + unit * d)
                a, z = v[i], v[i + d]
                v[i], v[i + d] = self._shuffle(w, a, z, first), self._shuffle(w, a, z, second)
            d *= 2
        return v

    # All transforms.

    def _part(self) -> str:
        """The vectors of one part. %args are two pointers: integers, and numbers."""
        w = Scalars("", True)
        t, b, size = self.type, self.numbers, self.scalars
        w.put("%ints = load ptr, ptr %args")
        w.put("%reals.at = getelementptr ptr, ptr %args, i64 1")
        w.put("%reals = load ptr, ptr %reals.at")
        names = ("x", "y", "memory", "outer", "n", "inner", "plan", "blocks", "each", "kind")
        for k, name in enumerate(names):
            kind = "ptr" if name in ("x", "y", "memory", "plan") else "i64"
            w.put(f"%{name}.at = getelementptr i64, ptr %ints, i64 {k}")
            w.put(f"%{name} = load {kind}, ptr %{name}.at")
        w.put(f"%dir = load {t}, ptr %reals")
        w.put(f"%scale.at = getelementptr {t}, ptr %reals, i64 1")
        w.put(f"%scale = load {t}, ptr %scale.at")
        w.put(f"%room = mul i64 %n, {VECTOR}")
        w.put(f"%group = mul i64 %room, {GROUP}")
        w.put(f"%rooms = mul i64 %room, {GROUP + 2}")
        w.put("%own = mul i64 %rooms, %k")
        w.put("%a = getelementptr i8, ptr %memory, i64 %own")
        w.put("%b = getelementptr i8, ptr %a, i64 %room")
        w.put("%c = getelementptr i8, ptr %b, i64 %room")
        # Lanes that no transform has are computed, too.
        w.put("call void @llvm.memset.p0.i64(ptr %c, i8 0, i64 %group, i1 false)")
        w.declared["llvm.memset"] = "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)"
        w.put("%low = mul i64 %k, %each")
        w.put("%next = add i64 %low, %each")
        w.put("%short = icmp slt i64 %next, %blocks")
        w.put("%high = select i1 %short, i64 %next, i64 %blocks")
        w.put("%half.all = udiv i64 %n, 2")
        w.put("%half = add i64 %half.all, 1")
        w.put("%row = mul i64 %half, 2")
        w.put("%length.rows = mul i64 %row, 2")
        w.put("%h = getelementptr i8, ptr %c, i64 %room")
        w.put(f"%half.room = mul i64 %half, {VECTOR}")
        w.put("%h.second = getelementptr i8, ptr %h, i64 %half.room")
        w.put(f"%up.inner = add i64 %inner, {GROUP * b - 1}")
        w.put(f"%across = udiv i64 %up.inner, {GROUP * b}")
        w.put("%length = mul i64 %n, 2")
        w.put("%apart = mul i64 %inner, 2")
        w.put("%all = mul i64 %length, %inner")
        tail = f"ptr %a, ptr %b, {t} %dir, {t} %scale"
        own = f"ptr %c, i64 {size}"

        def ends(k: str, most: int) -> tuple[str, str]:
            """The first row of a block, and how many there are, at most so many."""
            begin = w.let(f"mul i64 {k}, {most}")
            left = w.let(f"sub i64 %outer, {begin}")
            whole = w.let(f"icmp sge i64 {left}, {most}")
            return begin, w.let(f"select i1 {whole}, i64 {most}, i64 {left}")

        passes = f"call void @passes({own}, {own}, ptr %plan, {tail})"

        def place(pointer: str, at: str) -> str:
            return w.let(f"getelementptr {t}, ptr {pointer}, i64 {at}")

        def rows(k: str) -> None:
            begin, lanes = ends(k, b)
            at = w.let(f"mul i64 {begin}, %length")
            source, goal = place("%x", at), place("%y", at)
            rest = f"i64 %length, ptr %c, i64 %n, i64 {lanes}"
            w.put(f"call void @rows2.in(ptr {source}, {rest})")
            w.put(passes)
            w.put(f"call void @rows2.out(ptr {goal}, {rest})")

        def real_rows(k: str, is_real: bool) -> None:
            begin, lanes = ends(k, size)
            real = place("%x" if is_real else "%y", w.let(f"mul i64 {begin}, %n"))
            first = place("%y" if is_real else "%x", w.let(f"mul i64 {begin}, %row"))
            second = place(first, "%row")
            a_lanes = w.let(f"udiv i64 {w.let(f'add i64 {lanes}, 1')}, 2")
            b_lanes = w.let(f"udiv i64 {lanes}, 2")
            numbers = f"ptr {real}, i64 %n, ptr %c, i64 %n, i64 {lanes}"
            halves = (
                f"ptr {first}, i64 %length.rows, ptr %h, i64 %half, i64 {a_lanes}",
                f"ptr {second}, i64 %length.rows, ptr %h.second, i64 %half, i64 {b_lanes}",
            )
            if is_real:
                w.put(f"call void @rows1.in({numbers})")
                w.put(passes)
                w.put("call void @apart(ptr %c, ptr %h, i64 %n)")
                w.put(f"call void @rows2.out({halves[0]})")
                w.put(f"call void @rows2.out({halves[1]})")
            else:
                w.put(f"call void @rows2.in({halves[0]})")
                w.put(f"call void @rows2.in({halves[1]})")
                w.put("call void @together(ptr %c, ptr %h, i64 %n)")
                w.put(passes)
                w.put(f"call void @rows1.out({numbers})")

        def columns(k: str) -> None:
            o, c = w.let(f"udiv i64 {k}, %across"), w.let(f"urem i64 {k}, %across")
            begin = w.let(f"mul i64 {c}, {GROUP * b}")
            left = w.let(f"sub i64 %inner, {begin}")
            is_whole = w.let(f"icmp sge i64 {left}, {GROUP * b}")
            lanes = w.let(f"select i1 {is_whole}, i64 {GROUP * b}, i64 {left}")
            vectors, rest = w.let(f"udiv i64 {lanes}, {b}"), w.let(f"urem i64 {lanes}, {b}")
            at = w.let(f"add i64 {w.let(f'mul i64 {o}, %all')}, {w.let(f'mul i64 {begin}, 2')}")
            source = w.let(f"getelementptr {t}, ptr %x, i64 {at}")
            goal = w.let(f"getelementptr {t}, ptr %y, i64 {at}")
            past = w.let(f"mul i64 {vectors}, {size}")
            last = w.let(f"getelementptr i8, ptr %c, i64 {w.let(f'mul i64 {vectors}, %room')}")
            some = w.let(f"icmp ne i64 {rest}, 0")
            sizes = f"i64 0, i64 %n, i64 {rest}"
            given = f"ptr %c, i64 %n, i64 {vectors}"
            w.put(f"call void @columns.in(ptr {source}, i64 %apart, {given})")

            def rest_in() -> None:
                end = w.let(f"getelementptr {t}, ptr {source}, i64 {past}")
                w.put(
                    f"call void @copy2(ptr {end}, i64 %apart, i64 2, ptr {last}, i64 {size}, "
                    f"i64 2, {sizes})"
                )

            w.where(some, rest_in)
            count = w.let(f"add i64 {vectors}, {w.let(f'zext i1 {some} to i64')}")

            def one(v: str) -> None:
                place = w.let(f"getelementptr i8, ptr %c, i64 {w.let(f'mul i64 {v}, %room')}")
                own = f"ptr {place}, i64 {size}"
                w.put(f"call void @passes({own}, {own}, ptr %plan, {tail})")

            w.counted("0", count, one)
            w.put(f"call void @columns.out(ptr {goal}, i64 %apart, {given})")

            def rest_out() -> None:
                end = w.let(f"getelementptr {t}, ptr {goal}, i64 {past}")
                w.put(
                    f"call void @copy2(ptr {last}, i64 {size}, i64 2, ptr {end}, i64 %apart, "
                    f"i64 2, {sizes})"
                )

            w.where(some, rest_out)

        kinds = (
            rows,
            columns,
            lambda k: real_rows(k, True),
            lambda k: real_rows(k, False),
        )
        for number, write in enumerate(kinds):
            here = w.let(f"icmp eq i64 %kind, {number}")
            w.where(here, lambda write=write: w.counted("%low", "%high", write))
        declared = "\n".join(w.declared.values())
        return f"{declared}\n{_function('part', 'ptr %args, i64 %k', w)}"

    def _transform(self, alone: str) -> str:
        w = Scalars("", True)
        w.put("%args = alloca [2 x ptr]")
        w.put("store ptr %ints, ptr %args")
        w.put("%second = getelementptr ptr, ptr %args, i64 1")
        w.put("store ptr %reals, ptr %second")
        one, all = "@part(ptr %args, i64 0)", "@letgrad_parallel(ptr @part, ptr %args, i64 %parts)"
        if alone:
            w.put(f"call void {one}")
        else:
            w.put("%one = icmp eq i64 %parts, 1")
            w.put("%more = xor i1 %one, true")
            w.where("%one", lambda: w.put(f"call void {one}"))
            w.where("%more", lambda: w.put(f"call void {all}"))
        text = _function(alone or "transform", "ptr %ints, ptr %reals, i64 %parts", w)
        return text.replace("define internal", "define")


def _hex(x: float) -> str:
    """A number as LLVM reads it, with all of its bits."""
    return f"0x{np.float64(x).view(np.uint64):016X}"


def _function(name: str, given: str, w: Scalars) -> str:
    body = "\n".join(w.lines)
    # Passes run at full width: LLVM prefers half of it for some processors.
    return (
        f"define internal void @{name}({given}) nounwind noinline "
        f'"prefer-vector-width"="512" {{\nentry:\n{body}\n  ret void\n}}\n'
    )
