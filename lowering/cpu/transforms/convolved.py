"""
Fourier transforms of long rows whose length is no product of two moderate factors, by convolutions.

They are long transforms of small factors (L. Bluestein, A linear filtering approach to the
computation of discrete Fourier transform, 1970). With c[j] = w^(j² / 2) and m ≥ 2n - 1,

    y[k] = c[k] (sum over j of c[j] x[j] conj c[k - j])

The transform of conj c is computed in each call: a constant of a million numbers would be a long
module.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from math import prod
from typing import Any

import numpy as np

from .. import common_code
from ..instructions import Scalars
from ..threads import thread_count
from .long_transforms import LONG, SHARED, Long, moves_of, split
from .vector_transforms import (
    PARTS,
    Plan,
    factors,
    is_forward,
    powers,
    stored_reals,
    write_parts,
    write_plan,
)

Array = np.ndarray[Any, Any]

LONGEST = 1 << 26
"""Lengths whose squares are integers of 64 bits, and whose buffers fit into the memory."""

POINTERS = "x", "y", "chirp", "a", "b", "high", "low"
INTEGERS = "n", "m", "count", "shift", "stage"

CHIRP, BEGIN, MIDDLE, END = range(4)
"""
The stages: c and the filter conj c; a = c x, and zeros; a = conj(a b), whose transform is the
conjugate of the inverse one; y = conj(a) c.
"""


@lru_cache
def length_around(n: int) -> int:
    """The length of the convolution: the least one that is a long transform of small factors."""
    return next(m for m in count(2 * n - 1) if max(factors(m) or (n,)) <= 5 and split(m))


def takes(sizes: tuple[int, ...], d: int) -> bool:
    """Whether these are transforms of long rows that are no long transforms of their own."""
    n = sizes[d]
    return LONG <= n <= LONGEST and prod(sizes[d + 1 :]) == 1 and prod(sizes) > 0 and not split(n)


class _Code:
    """Writes the module for a kind, and numbers of a type."""

    def __init__(self, kind: str, type: str) -> None:
        self.kind, self.type = kind, type

    def module(self, name: str) -> str:
        """The module, with a function of this name, which takes the number of a part."""
        w, t = Scalars("", True), self.type
        for k, given in enumerate((*POINTERS, *INTEGERS)):
            w.put(f"%{given}.at = getelementptr i64, ptr %ints, i64 {k}")
            w.put(f"%{given} = load {'ptr' if given in POINTERS else 'i64'}, ptr %{given}.at")
        w.put(f"%scale.at = getelementptr {t}, ptr %reals, i64 1")
        w.put(f"%scale = load {t}, ptr %scale.at")
        w.put("%half = udiv i64 %n, 2")
        w.put("%twice = mul i64 %n, 2")
        w.put("%begin.all = mul i64 %m, %k")
        w.put("%begin = udiv i64 %begin.all, %count")
        w.put("%next = add i64 %begin.all, %m")
        w.put("%end = udiv i64 %next, %count")
        self._stages(w)
        head = f"define void @{name}(ptr %ints, ptr %reals, i64 %k) nounwind"
        return f"{head} {{\nentry:\n{chr(10).join(w.lines)}\n  ret void\n}}\n"

    def _stages(self, w: Scalars) -> None:
        t = self.type

        def place(p: str, at: str) -> str:
            return w.let(f"getelementptr {t}, ptr {p}, i64 {at}")

        def load(p: str, j: str) -> tuple[str, str]:
            at = w.let(f"mul i64 {j}, 2")
            places = place(p, at), place(p, w.let(f"add i64 {at}, 1"))
            re, im = (w.let(f"load {t}, ptr {x}") for x in places)
            return re, im

        def store(p: str, j: str, re: str, im: str) -> None:
            at = w.let(f"mul i64 {j}, 2")
            w.put(f"store {t} {re}, ptr {place(p, at)}")
            w.put(f"store {t} {im}, ptr {place(p, w.let(f'add i64 {at}, 1'))}")

        def do(op: str, a: str, b: str) -> str:
            return w.let(f"{op} contract {t} {a}, {b}")

        def times(a: tuple[str, str], b: tuple[str, str]) -> tuple[str, str]:
            return (
                do("fsub", do("fmul", a[0], b[0]), do("fmul", a[1], b[1])),
                do("fadd", do("fmul", a[0], b[1]), do("fmul", a[1], b[0])),
            )

        def negative(x: str) -> str:
            return w.let(f"fneg {t} {x}")

        def least(a: str, b: str) -> str:
            return w.let(f"select i1 {w.let(f'icmp slt i64 {a}, {b}')}, i64 {a}, i64 {b}")

        def largest(a: str, b: str) -> str:
            return w.let(f"select i1 {w.let(f'icmp sgt i64 {a}, {b}')}, i64 {a}, i64 {b}")

        def zeros(p: str, low: str, high: str) -> None:
            w.counted(largest("%begin", low), least("%end", high), lambda j: store(p, j, *zero))

        def is_real(j: str) -> str:
            """Whether a number of the half of a transform of real numbers is real."""
            is_middle = w.let(f"icmp eq i64 {w.let(f'mul i64 {j}, 2')}, %n")
            return w.let(f"or i1 {is_middle}, {w.let(f'icmp eq i64 {j}, 0')}")

        zero = "0.0", "0.0"

        def chirp(j: str) -> None:
            power = w.let(f"urem i64 {w.let(f'mul i64 {j}, {j}')}, %twice")
            mask = w.let(f"sub i64 {w.let('shl i64 1, %shift')}, 1")
            high = load("%high", w.let(f"lshr i64 {power}, %shift"))
            re, im = times(high, load("%low", w.let(f"and i64 {power}, {mask}")))
            store("%chirp", j, re, im)
            store("%b", j, re, negative(im))
            is_first = w.let(f"icmp eq i64 {j}, 0")
            mirror = w.let(f"select i1 {is_first}, i64 0, i64 {w.let(f'sub i64 %m, {j}')}")
            store("%b", mirror, re, negative(im))

        def begin(j: str) -> None:
            c = load("%chirp", j)
            if self.kind == "real":
                x = w.let(f"load {t}, ptr {place('%x', j)}")
                store("%a", j, do("fmul", c[0], x), do("fmul", c[1], x))
                return
            at, is_mirror = j, "false"
            if self.kind == "hermitian":
                is_mirror = w.let(f"icmp sgt i64 {j}, %half")
                at = w.let(f"select i1 {is_mirror}, i64 {w.let(f'sub i64 %n, {j}')}, i64 {j}")
            re, im = load("%x", at)
            if self.kind == "hermitian":
                im = w.let(f"select i1 {is_mirror}, {t} {negative(im)}, {t} {im}")
                im = w.let(f"select i1 {is_real(j)}, {t} 0.0, {t} {im}")
            store("%a", j, *times((re, im), c))

        def middle(j: str) -> None:
            re, im = times(load("%a", j), load("%b", j))
            store("%a", j, re, negative(im))

        def end(j: str) -> None:
            re, im = load("%a", j)
            re, im = times((re, negative(im)), load("%chirp", j))
            re, im = do("fmul", re, "%scale"), do("fmul", im, "%scale")
            if self.kind == "hermitian":
                w.put(f"store {t} {re}, ptr {place('%y', j)}")
                return
            if self.kind == "real":
                im = w.let(f"select i1 {is_real(j)}, {t} 0.0, {t} {im}")
            store("%y", j, re, im)

        def first() -> None:
            w.counted("%begin", least("%end", "%n"), chirp)
            zeros("%b", "%n", w.let(f"add i64 {w.let('sub i64 %m, %n')}, 1"))

        def second() -> None:
            w.counted("%begin", least("%end", "%n"), begin)
            zeros("%a", "%n", "%m")

        def last() -> None:
            results = w.let("add i64 %half, 1") if self.kind == "real" else "%n"
            w.counted("%begin", least("%end", results), end)

        for stage, write in (
            (CHIRP, first),
            (BEGIN, second),
            (MIDDLE, lambda: w.counted("%begin", "%end", middle)),
            (END, last),
        ):
            w.where(w.let(f"icmp eq i64 %stage, {stage}"), write)


class Convolved:
    """
    The transforms of the last dimension of arrays of these sizes, times a factor, as convolutions.
    The arguments are those of `Long`.
    """

    def __init__(self, sizes: tuple[int, ...], d: int, kind: str, factor: float, type: str) -> None:
        self.count, self.n, self.type = prod(sizes[:d]), sizes[d], type
        self.forward = is_forward(kind)
        self.kind = kind if kind in ("real", "hermitian") else "complex"
        self.m = length_around(self.n)
        self.long = Long((self.m,), 0, "forward", 1.0, type)
        self.reals = 1.0, factor / self.m
        threads = thread_count() if self.n >= SHARED else 1
        self.shares = PARTS * threads if threads > 1 else 1
        """The parts of a stage."""
        self.parts = max(self.shares, self.long.parts)
        self.shift = (2 * self.n).bit_length() // 2
        item = np.dtype(type).itemsize
        self.rooms = [-(-x * item // 64) * 64 for x in (self.n, self.m, self.m)]
        """The bytes of c, a and b."""
        self.bytes = sum(self.rooms) + self.long.bytes
        """The memory that it needs."""
        self.moves = moves_of(self.kind, self.n, item)

    def tables(self) -> tuple[Array, Array]:
        """Powers of w^(1 / 2), for products of two of them."""
        low = np.arange(1 << self.shift)
        high = np.arange((2 * self.n >> self.shift) + 1) << self.shift
        found = [powers(x, 2 * self.n, self.forward, self.type) for x in (high, low)]
        return found[0], found[1]

    def write(self, w: Scalars, source: str, target: str, scratch: str) -> None:
        """Code that puts the transforms of rows there, with `bytes` of scratch memory."""
        type, t = self.type, "double" if self.type == "D" else "float"
        name = f"{common_code.PREFIX}convolved.{self.kind}.{type}"
        common_code.share_module(name, _Code(self.kind, t).module(name), is_plain=False)
        own = f"convolved.{type}.{self.n}.{'forward' if self.forward else 'inverse'}"
        high, low = self.tables()
        plan, places = Plan([0], [], np.empty(0, type)).joined((high, low))
        write_plan(w, own, plan)
        ends = np.cumsum([0, *self.rooms])
        chirp, a, b, rest = (w.let(f"getelementptr i8, ptr {scratch}, i64 {x}") for x in ends)
        tables = [w.let(f"getelementptr i8, ptr @{own}.table, i64 {x}") for x in places]
        ints = w.let(f"alloca [{len(POINTERS) + len(INTEGERS)} x i64]")
        reals = stored_reals(w, type, *self.reals)
        table = w.let("alloca [2 x i64]")
        # The stack of a loop would grow, so a function transforms.
        inner = Scalars("", True)
        self.long.write(inner, "%a", "%a", "%scratch")
        body = "\n".join(inner.lines)
        transform = f"letgrad.convolved.{type}.{self.m}"
        for symbol, text in inner.declared.items():
            w.declare(symbol, text)
        w.declare(
            transform,
            f"define internal void @{transform}(ptr %a, ptr %scratch) nounwind noinline {{\n"
            f"entry:\n{body}\n  ret void\n}}",
        )

        def stage(number: int, begin: str, end: str) -> None:
            given = [f"ptr {x}" for x in (begin, end, chirp, a, b, *tables)]
            given += [f"i64 {x}" for x in (self.n, self.m, self.shares, self.shift, number)]
            label = f"{own}.{self.kind}"
            write_parts(w, name, label, given, ints, reals, self.shares, table)

        def row(number: str) -> None:
            begin, end = (
                w.let(f"getelementptr i8, ptr {x}, i64 {w.let(f'mul i64 {number}, {move}')}")
                for x, move in zip((source, target), self.moves)
            )
            stage(BEGIN, begin, end)
            w.put(f"call void @{transform}(ptr {a}, ptr {rest})")
            stage(MIDDLE, begin, end)
            w.put(f"call void @{transform}(ptr {a}, ptr {rest})")
            stage(END, begin, end)

        stage(CHIRP, source, target)
        w.put(f"call void @{transform}(ptr {b}, ptr {rest})")
        w.counted("0", str(self.count), row)
