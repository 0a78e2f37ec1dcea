"""
LLVM IR of transforms of cosines and sines (see `vector_cosines`): complex transforms of half of the
length, and a step in front of them and one behind.

Let t[k] = exp(-iπk / 2n), w = exp(-2πi / n) and h = n / 2. Of cosine2, v has the elements of x at
even places, and then those at odd places from the end (J. Makhoul, A fast cosine transform in one
and two dimensions, 1980). Its transform V is that of h complex numbers v[2j] + i v[2j+1], which is
z (`half_lengths`), and

    y[k] - i y[n - k] = 2 t[k] V[k]              = p + q      p = t[k] (z[k] + conj z[h - k])
    y[h - k] - i y[h + k] = 2 t[h - k] V[h - k]  = exp(-iπ/4) conj(p - q)
                                                              q = -i t[k] w^k (z[k] - conj z[h - k])

cosine3 takes these steps from their end. In cosine4, z is the transform of (x[2j] + i x[n-1-2j])
exp(-iπ(4j + 1) / 4n), and y[2k] - i y[n-1-2k] = 2 exp(-iπk / n) z[k]. Of an odd n, cosine2 and
cosine3 have complex transforms of n numbers, and cosine4 is the odd results of cosine2 of x and n
zeros. cosine1 is the transform of x and of its inner elements from the end.

Sines are cosines of other elements: of (-1)^j x[j], or of x from the end; and so are the results.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import NamedTuple

from ..instructions import Scalars
from .half_lengths import VECTOR, function
from .transform_code import GROUP, TransformCode

POINTERS = "x", "y", "memory", "plan", "first", "second"
INTEGERS = (
    "outer", "n", "inner", "blocks", "each", "m", "work", "in.base", "in.step", "out.base",
    "out.step", "begin.results",
)  # fmt: skip
"""
What a part is told: the places of its numbers, results, buffers, and tables; the sizes in front of
the dimension, along it, and behind it; the blocks, and those of a part; the length of the complex
transforms, and the vectors of their buffers; where the steps find elements and put results; and the
first number for which the last step has results.
"""

REALS = "dir", "scale", "in.sign", "out.sign"

COLUMNS = 2 * GROUP
"""The vectors of real numbers that lie beside each other, of which a block of columns has some."""


class Family(NamedTuple):
    """Transforms that share their code: the type, 1 to 4, of cosines and of sines."""

    type: int
    is_odd: bool
    """Whether the length is odd. Type 1 has the same code for all lengths."""

    @property
    def name(self) -> str:
        return f"{self.type}{'odd' if self.is_odd else ''}"


class CosineCode(TransformCode):
    """
    Writes the module of a family. A real vector has one number of each of several transforms; a
    buffer %r of such vectors has the elements, and then the results, of a block. Its places -1 and
    n are there, too: elements there are 0, and results there do not count.
    """

    def __init__(self, type: str, radices: tuple[int, ...], family: str) -> None:
        super().__init__(type, radices)
        self.family = family

    def module(self, alone: str = "") -> str:
        """As that of `TransformCode`."""
        before, after = {
            "1": (self._mirrored_pairs, self._results_of_one),
            "2": (self._makhoul_pairs, self._results_of_two),
            "2odd": (self._makhoul_numbers, self._results_of_odd_two),
            "3": (self._folded, self._makhoul_results),
            "3odd": (self._halves_of_odd_three, self._makhoul_odd_results),
            "4": (self._turned_pairs, self._turned_results),
            "4odd": (self._pairs_with_zeros, self._odd_results_of_two),
        }[self.family]
        return "\n".join(
            [
                "" if alone else "declare void @letgrad_parallel(ptr, ptr, i64)",
                *self.transforms(),
                self._copy(1),
                self._real_rows(True),
                self._real_rows(False),
                self._real_columns(True),
                self._real_columns(False),
                self._step("before", before),
                self._step("after", after),
                self._part(),
                self._transform(alone),
            ]
        )

    # Real vectors.

    def _element(self, w: Scalars, j: str) -> str:
        """Element j."""
        return self._half(w, w.let(f"add i64 {w.let(f'mul i64 {j}, %step')}, %base"))

    def _half(self, w: Scalars, place: str) -> str:
        at = w.let(f"mul i64 {place}, {self.numbers}")
        pointer = w.let(f"getelementptr {self.type}, ptr %r, i64 {at}")
        return w.let(f"load {self._half_vector}, ptr {pointer}, align {self.bytes}")

    def _pair(self, w: Scalars, re: str, im: str) -> str:
        """Two real vectors as one of complex numbers."""
        b, half = self.numbers, self._half_vector
        mask = ", ".join(f"i32 {k // 2 + k % 2 * b}" for k in range(self.scalars))
        return w.let(f"shufflevector {half} {re}, {half} {im}, <{self.scalars} x i32> <{mask}>")

    def _put(self, w: Scalars, x: str, re: str, im: str = "") -> None:
        """The real parts of a vector become result number `re`, and the imaginary ones `im`."""
        for part, k in ((0, re), (1, im)):
            if not k:
                continue
            half = self._shuffle(w, x, "poison", [2 * e + part for e in range(self.numbers)])
            place = w.let(f"add i64 {w.let(f'mul i64 {k}, %step')}, %base")
            at = w.let(f"mul i64 {place}, {self.numbers}")
            pointer = w.let(f"getelementptr {self.type}, ptr %r, i64 {at}")
            w.put(f"store {self._half_vector} {half}, ptr {pointer}, align {self.bytes}")

    def _signs(self, w: Scalars, re: str, im: str) -> str:
        """A vector of these numbers by turns."""
        mask = [k if k % 2 == 0 else self.scalars + k for k in range(self.scalars)]
        return self._shuffle(w, self._splat(w, re), self._splat(w, im), mask)

    def _complex(self, w: Scalars, k: str) -> str:
        return self._load(w, "%c", w.let(f"mul i64 {k}, {self.scalars}"))

    def _set(self, w: Scalars, x: str, k: str) -> None:
        self._store(w, x, "%c", w.let(f"mul i64 {k}, {self.scalars}"))

    def _conjugate(self, w: Scalars, x: str) -> str:
        return self._do(w, "fmul", x, self._constant(1.0, -1.0))

    def _step(self, name: str, write: Callable[[Scalars], None]) -> str:
        """A step from %r to the %m complex numbers of %c, or back."""
        w = Scalars("", True)
        w.put("%half = udiv i64 %m, 2")
        w.put("%half.end = add i64 %half, 1")
        write(w)
        t = self.type
        given = f"i64 %n, i64 %m, i64 %base, i64 %step, {t} %sign, i64 %begin"
        return function(name, f"ptr %r, ptr %c, ptr %first, ptr %second, {given}", w)

    # The steps of each family.

    def _mirrored_pairs(self, w: Scalars) -> None:
        """u[2k] + i u[2k + 1], where u[j] is x[j] up to j = m, and then ± x[2m - j]."""
        w.put("%length = mul i64 %m, 2")

        def element(j: str) -> tuple[str, str]:
            inside = w.let(f"icmp sle i64 {j}, %m")
            mirror = w.let(f"sub i64 %length, {j}")
            place = w.let(f"select i1 {inside}, i64 {j}, i64 {mirror}")
            sign = w.let(f"select i1 {inside}, {self.type} 1.0, {self.type} %sign")
            return self._element(w, place), sign

        def pair(k: str) -> None:
            j = w.let(f"mul i64 {k}, 2")
            (re, s), (im, t) = element(j), element(w.let(f"add i64 {j}, 1"))
            self._set(w, self._do(w, "fmul", self._pair(w, re, im), self._signs(w, s, t)), k)

        w.counted("0", "%m", pair)

    def _results_of_one(self, w: Scalars) -> None:
        """y[k] and y[m - k] are the real parts of p + q and of ± (p - q)."""
        signs = self._splat(w, "%sign")

        def one(k: str) -> None:
            p, q = self._unfolded(w, k)
            self._put(w, self._do(w, "fadd", p, q), k)
            other = self._do(w, "fmul", self._do(w, "fsub", p, q), signs)
            self._put(w, other, w.let(f"sub i64 %m, {k}"))

        w.counted("%begin", "%half.end", one)

    def _unfolded(self, w: Scalars, k: str) -> tuple[str, str]:
        """z[k] + conj z[m - k], and z[k] - conj z[m - k], times numbers k of the tables."""
        is_first = w.let(f"icmp eq i64 {k}, 0")
        mirror = w.let(f"select i1 {is_first}, i64 0, i64 {w.let(f'sub i64 %m, {k}')}")
        z, other = self._complex(w, k), self._conjugate(w, self._complex(w, mirror))
        sums, differences = self._do(w, "fadd", z, other), self._do(w, "fsub", z, other)
        return (
            self._times_wave(w, sums, k, "%first"),
            self._times_wave(w, differences, k, "%second"),
        )

    def _over_makhoul(self, w: Scalars, do: Callable[[str, str, str, str, str], None]) -> None:
        """
        For each number k < m, do(k, place of v[2k], its sign, place of v[2k + 1], its sign): first
        those of even places, then those of odd ones, and one of both if m is odd.
        """
        one = "1.0"
        w.put("%rest = urem i64 %m, 2")
        w.put("%begin.odd = add i64 %half, %rest")
        w.put("%mixed = icmp eq i64 %rest, 1")
        w.put("%last = sub i64 %n, 1")
        w.put("%twice = mul i64 %n, 2")

        def even(k: str) -> None:
            j = w.let(f"mul i64 {k}, 4")
            do(k, j, one, w.let(f"add i64 {j}, 2"), one)

        def odd(k: str) -> None:
            j = w.let(f"sub i64 %twice, {w.let(f'mul i64 {k}, 4')}")
            places = [w.let(f"sub i64 {j}, {e}") for e in (1, 3)]
            do(k, places[0], "%sign", places[1], "%sign")

        w.counted("0", "%half", even)
        w.where("%mixed", lambda: do("%half", w.let("sub i64 %n, 2"), one, "%last", "%sign"))
        w.counted("%begin.odd", "%m", odd)

    def _makhoul_pairs(self, w: Scalars) -> None:
        """v[2k] + i v[2k + 1], for k < m = n / 2."""

        def pair(k: str, j: str, s: str, i: str, t: str) -> None:
            x = self._pair(w, self._element(w, j), self._element(w, i))
            self._set(w, self._do(w, "fmul", x, self._signs(w, s, t)), k)

        self._over_makhoul(w, pair)

    def _makhoul_results(self, w: Scalars) -> None:
        """The real and imaginary parts of z[k] are v[2k] and v[2k + 1]."""

        def results(k: str, j: str, s: str, i: str, t: str) -> None:
            x = self._do(w, "fmul", self._complex(w, k), self._signs(w, s, t))
            self._put(w, x, j, i)

        self._over_makhoul(w, results)

    def _over_odd_makhoul(self, w: Scalars, do: Callable[[str, str, str], None]) -> None:
        """For each number k < m = n of an odd n, do(k, place of v[k], its sign)."""
        w.put("%twice = mul i64 %n, 2")

        def odd(k: str) -> None:
            place = w.let(f"sub i64 %twice, {w.let(f'mul i64 {k}, 2')}")
            do(k, w.let(f"sub i64 {place}, 1"), "%sign")

        w.counted("0", "%half.end", lambda k: do(k, w.let(f"mul i64 {k}, 2"), "1.0"))
        w.counted("%half.end", "%m", odd)

    def _makhoul_numbers(self, w: Scalars) -> None:
        """v[k], as a complex number."""

        def number(k: str, j: str, s: str) -> None:
            x = self._pair(w, self._element(w, j), "zeroinitializer")
            self._set(w, self._do(w, "fmul", x, self._splat(w, s)), k)

        self._over_odd_makhoul(w, number)

    def _makhoul_odd_results(self, w: Scalars) -> None:
        """The real part of z[k] is v[k]."""

        def result(k: str, j: str, s: str) -> None:
            self._put(w, self._do(w, "fmul", self._complex(w, k), self._splat(w, s)), j)

        self._over_odd_makhoul(w, result)

    def _corner(self, w: Scalars, x: str) -> str:
        """exp(-iπ/4) conj x, as (a, -b) of its parts: (re x - im x, re x + im x) / √2"""
        turned = self._do(w, "fmul", self._swap(w, x), self._constant(-1.0, 1.0))
        return self._do(w, "fmul", self._do(w, "fadd", x, turned), self._constant(sqrt(0.5)))

    def _results_of_two(self, w: Scalars) -> None:
        """y[k] - i y[n - k] = p + q, and y[m - k] - i y[m + k] = exp(-iπ/4) conj(p - q)."""

        def one(k: str) -> None:
            p, q = self._unfolded(w, k)
            total = self._conjugate(w, self._do(w, "fadd", p, q))
            self._put(w, total, k, w.let(f"sub i64 %n, {k}"))
            rest = self._corner(w, self._do(w, "fsub", p, q))
            self._put(w, rest, w.let(f"sub i64 %m, {k}"), w.let(f"add i64 %m, {k}"))

        w.counted("0", "%half.end", one)

    def _results_of_odd_two(self, w: Scalars) -> None:
        """y[k] - i y[n - k] = 2 t[k] z[k]"""

        def one(k: str) -> None:
            x = self._conjugate(w, self._times_wave(w, self._complex(w, k), k, "%first"))
            self._put(w, x, k, w.let(f"sub i64 %n, {k}"))

        w.counted("0", "%half.end", one)

    def _folded(self, w: Scalars) -> None:
        """
        z[k] = p + q, and z[m - k] = conj(p - q), where p is conj t[k] (a + b), q is i conj(t[k]
        w^k) (a - b), a = x[k] - i x[n - k], and b = exp(-iπ/4) (x[m - k] + i x[m + k]).
        """

        def one(k: str) -> None:
            a = self._conjugate(w, self._pair(w, *(
                self._element(w, j) for j in (k, w.let(f"sub i64 %n, {k}"))
            )))  # fmt: skip
            b = self._pair(
                w, *(self._element(w, w.let(f"{op} i64 %m, {k}")) for op in ("sub", "add"))
            )
            # exp(-iπ/4) (c + i d) = (c + d + i (d - c)) / √2
            turned = self._do(w, "fmul", self._swap(w, b), self._constant(1.0, -1.0))
            b = self._do(w, "fmul", self._do(w, "fadd", b, turned), self._constant(sqrt(0.5)))
            p = self._times_wave(w, self._do(w, "fadd", a, b), k, "%first")
            q = self._times_wave(w, self._do(w, "fsub", a, b), k, "%second")
            other = self._conjugate(w, self._do(w, "fsub", p, q))
            self._set(w, other, w.let(f"sub i64 %m, {k}"))
            self._set(w, self._do(w, "fadd", p, q), k)

        w.counted("0", "%half.end", one)

    def _halves_of_odd_three(self, w: Scalars) -> None:
        """z[k] = conj t[k] (x[k] - i x[n - k]), and z[n - k] = conj z[k]."""

        def one(k: str) -> None:
            mirror = w.let(f"sub i64 %n, {k}")
            x = self._conjugate(w, self._pair(w, *(self._element(w, j) for j in (k, mirror))))
            x = self._times_wave(w, x, k, "%first")
            self._set(w, self._conjugate(w, x), mirror)
            self._set(w, x, k)

        w.counted("0", "%half.end", one)

    def _turned_pairs(self, w: Scalars) -> None:
        """(x[2k] + i x[n - 1 - 2k]) exp(-iπ(4k + 1) / 4n)"""
        w.put("%last = sub i64 %n, 1")

        def one(k: str) -> None:
            j = w.let(f"mul i64 {k}, 2")
            x = self._pair(w, self._element(w, j), self._element(w, w.let(f"sub i64 %last, {j}")))
            self._set(w, self._times_wave(w, x, k, "%first"), k)

        w.counted("0", "%m", one)

    def _turned_results(self, w: Scalars) -> None:
        """y[2k] ∓ i y[n - 1 - 2k] = 2 exp(-iπk / n) z[k]"""
        w.put("%last = sub i64 %n, 1")
        signs = self._do(w, "fmul", self._signs(w, "1.0", "%sign"), self._constant(1.0, -1.0))

        def one(k: str) -> None:
            j = w.let(f"mul i64 {k}, 2")
            x = self._times_wave(w, self._complex(w, k), k, "%second")
            self._put(w, self._do(w, "fmul", x, signs), j, w.let(f"sub i64 %last, {j}"))

        w.counted("0", "%m", one)

    def _pairs_with_zeros(self, w: Scalars) -> None:
        """v[2k] + i v[2k + 1] of x and n zeros, which place n stands for."""
        w.put("%length = mul i64 %n, 2")
        w.put("%twice = mul i64 %n, 4")

        def place(j: str) -> str:
            twice = w.let(f"mul i64 {j}, 2")
            mirror = w.let(f"sub i64 {w.let(f'sub i64 %twice, {twice}')}, 1")
            even = w.let(f"icmp slt i64 {twice}, %length")
            at = w.let(f"select i1 {even}, i64 {twice}, i64 {mirror}")
            return w.let(f"select i1 {w.let(f'icmp slt i64 {at}, %n')}, i64 {at}, i64 %n")

        def one(k: str) -> None:
            j = w.let(f"mul i64 {k}, 2")
            places = place(j), place(w.let(f"add i64 {j}, 1"))
            self._set(w, self._pair(w, *(self._element(w, p) for p in places)), k)

        w.counted("0", "%m", one)

    def _odd_results_of_two(self, w: Scalars) -> None:
        """
        y[j] is result 2j + 1 of `_results_of_two` for 2n numbers: an odd k gives the results k and
        2n - k, and an even one n - k and n + k.
        """
        signs = self._splat(w, "%sign")
        w.put("%last = sub i64 %n, 1")

        def one(k: str) -> None:
            p, q = self._unfolded(w, k)
            is_odd = w.let(f"trunc i64 {k} to i1")
            total = self._conjugate(w, self._do(w, "fadd", p, q))
            rest = self._corner(w, self._do(w, "fsub", p, q))
            t = self.vector
            x = w.let(f"select i1 {is_odd}, {t} {total}, {t} {rest}")
            low = w.let(f"select i1 {is_odd}, i64 {k}, i64 {w.let(f'sub i64 %n, {k}')}")
            high = w.let(f"sub i64 {w.let('mul i64 %n, 2')}, {low}")
            places = [w.let(f"udiv i64 {j}, 2") for j in (low, high)]
            # Results j and n - 1 - j are both even or both odd.
            odd = w.let(f"trunc i64 {places[0]} to i1")
            x = w.let(f"select i1 {odd}, {t} {self._do(w, 'fmul', x, signs)}, {t} {x}")
            self._put(w, x, *places)

        w.counted("0", "%half.end", one)

    # Rows and columns.

    def _real_rows(self, into: bool) -> str:
        """%lanes rows of %n numbers, which are %apart scalars apart, into %r, or back."""
        w = Scalars("", True)
        size, b = self.scalars, self.numbers
        w.put(f"%full = icmp eq i64 %lanes, {b}")
        w.put(f"%most = udiv i64 %n, {size}")
        w.put("%blocks = select i1 %full, i64 %most, i64 0")
        w.put(f"%whole = mul i64 %blocks, {size}")
        # Vectors of pairs, by rows, and of first and second numbers.
        parted = [2 * e for e in range(b)] + [2 * e + 1 for e in range(b)]
        joined = [e // 2 + e % 2 * b for e in range(size)]

        def block(k: str) -> None:
            line = w.let(f"mul i64 {k}, {size}")
            rows = []
            for _ in range(b):
                rows.append(line)
                line = w.let(f"add i64 {line}, %apart")
            at = w.let(f"mul i64 {k}, {b * size}")
            lines = [w.let(f"add i64 {at}, {e * size}") for e in range(b)]
            if into:
                v = self._transposed(w, [self._load(w, "%rows", x) for x in rows])
                for x, to in zip(v, lines):
                    self._store(w, self._shuffle(w, x, "poison", parted), "%r", to)
            else:
                v = [self._shuffle(w, self._load(w, "%r", x), "poison", joined) for x in lines]
                for x, to in zip(self._transposed(w, v), rows):
                    self._store(w, x, "%rows", to)

        w.counted("0", "%blocks", block)
        rows, buffer = "ptr %rows, i64 1, i64 %apart", f"ptr %r, i64 {b}, i64 1"
        ends = f"{rows}, {buffer}" if into else f"{buffer}, {rows}"
        w.put(f"call void @copy1({ends}, i64 %whole, i64 %n, i64 %lanes)")
        given = "ptr %rows, i64 %apart, ptr %r, i64 %n, i64 %lanes"
        return function(f"rows.{'in' if into else 'out'}", given, w)

    def _real_columns(self, into: bool) -> str:
        """%vectors vectors beside each other into buffers, %room scalars apart, or back."""
        w = Scalars("", True)
        b, half = self.numbers, self._half_vector

        def number(k: str) -> None:
            line, place = w.let(f"mul i64 {k}, %apart"), w.let(f"mul i64 {k}, {b}")

            def vector(v: str) -> None:
                there = w.let(f"add i64 {line}, {w.let(f'mul i64 {v}, {b}')}")
                here = w.let(f"add i64 {place}, {w.let(f'mul i64 {v}, %room')}")
                places = [
                    w.let(f"getelementptr {self.type}, ptr {p}, i64 {at}")
                    for p, at in (("%columns", there), ("%r", here))
                ]
                source, goal = places if into else reversed(places)
                x = w.let(f"load {half}, ptr {source}, align {self.bytes}")
                w.put(f"store {half} {x}, ptr {goal}, align {self.bytes}")

            w.counted("0", "%vectors", vector)

        w.counted("0", "%n", number)
        given = "ptr %columns, i64 %apart, ptr %r, i64 %room, i64 %n, i64 %vectors"
        return function(f"columns.{'in' if into else 'out'}", given, w)

    # All transforms.

    def _part(self) -> str:
        """The blocks of one part. %args are two pointers: integers, and numbers."""
        w = Scalars("", True)
        t, b = self.type, self.numbers
        self._arguments(w, POINTERS, INTEGERS, REALS)
        # The real numbers of one buffer, with those in front and behind; the complex ones.
        w.put("%more = add i64 %n, 4")
        w.put(f"%room = mul i64 %more, {b}")
        w.put("%numbers = add i64 %m, 1")
        w.put(f"%complex = mul i64 %numbers, {VECTOR}")
        w.put(f"%up = add i64 %inner, {b - 1}")
        w.put(f"%vectors = udiv i64 %up, {b}")
        w.put(f"%some = icmp slt i64 %vectors, {COLUMNS}")
        w.put(f"%buffers.count = select i1 %some, i64 %vectors, i64 {COLUMNS}")
        w.put("%halves = mul i64 %more, %buffers.count")
        w.put("%even = add i64 %halves, 1")
        w.put("%both = udiv i64 %even, 2")
        w.put(f"%real = mul i64 %both, {VECTOR}")
        w.put("%buffers = add i64 %complex, %real")
        self._begin_part(w, "%buffers")
        w.put("%all = getelementptr i8, ptr %c, i64 %complex")
        w.put(f"%r = getelementptr {t}, ptr %all, i64 {2 * b}")
        w.put("%rows = icmp eq i64 %inner, 1")
        w.put("%columns = xor i1 %rows, true")
        w.put(f"%up.inner = add i64 %inner, {COLUMNS * b - 1}")
        w.put(f"%across = udiv i64 %up.inner, {COLUMNS * b}")
        w.put("%matrix = mul i64 %n, %inner")

        def transformed(r: str) -> None:
            ends = f"ptr {r}, ptr %c, ptr %first, ptr %second, i64 %n, i64 %m"
            own = f"ptr %c, i64 {self.scalars}"
            for call in (
                f"@before({ends}, i64 %in.base, i64 %in.step, {t} %in.sign, i64 0)",
                f"@passes({own}, {own}, ptr %plan, ptr %a, {t} %dir, {t} %scale)",
                f"@after({ends}, i64 %out.base, i64 %out.step, {t} %out.sign, i64 %begin.results)",
            ):
                w.put(f"call void {call}")

        def place(pointer: str, at: str) -> str:
            return w.let(f"getelementptr {t}, ptr {pointer}, i64 {at}")

        def least(x: str, most: int) -> str:
            is_whole = w.let(f"icmp sge i64 {x}, {most}")
            return w.let(f"select i1 {is_whole}, i64 {most}, i64 {x}")

        def rows(k: str) -> None:
            begin = w.let(f"mul i64 {k}, {b}")
            lanes = least(w.let(f"sub i64 %outer, {begin}"), b)
            at = w.let(f"mul i64 {begin}, %n")
            source, goal = place("%x", at), place("%y", at)
            rest = f"i64 %n, ptr %r, i64 %n, i64 {lanes}"
            w.put(f"call void @rows.in(ptr {source}, {rest})")
            transformed("%r")
            w.put(f"call void @rows.out(ptr {goal}, {rest})")

        def columns(k: str) -> None:
            o, c = w.let(f"udiv i64 {k}, %across"), w.let(f"urem i64 {k}, %across")
            begin = w.let(f"mul i64 {c}, {COLUMNS * b}")
            lanes = least(w.let(f"sub i64 %inner, {begin}"), COLUMNS * b)
            vectors, rest = w.let(f"udiv i64 {lanes}, {b}"), w.let(f"urem i64 {lanes}, {b}")
            at = w.let(f"add i64 {w.let(f'mul i64 {o}, %matrix')}, {begin}")
            source, goal = place("%x", at), place("%y", at)
            past = w.let(f"mul i64 {vectors}, {b}")
            last = place("%r", w.let(f"mul i64 {vectors}, %room"))
            some = w.let(f"icmp ne i64 {rest}, 0")

            def move(pointer: str, into: bool) -> None:
                name = f"columns.{'in' if into else 'out'}"
                w.put(
                    f"call void @{name}(ptr {pointer}, i64 %inner, ptr %r, i64 %room, i64 %n, "
                    f"i64 {vectors})"
                )

                def copy_rest() -> None:
                    memory = f"ptr {place(pointer, past)}, i64 %inner, i64 1"
                    buffer = f"ptr {last}, i64 {b}, i64 1"
                    ends = f"{memory}, {buffer}" if into else f"{buffer}, {memory}"
                    w.put(f"call void @copy1({ends}, i64 0, i64 %n, i64 {rest})")

                w.where(some, copy_rest)

            def one(v: str) -> None:
                transformed(place("%r", w.let(f"mul i64 {v}, %room")))

            move(source, True)
            w.counted("0", w.let(f"add i64 {vectors}, {w.let(f'zext i1 {some} to i64')}"), one)
            move(goal, False)

        w.where("%rows", lambda: w.counted("%begin", "%end", rows))
        w.where("%columns", lambda: w.counted("%begin", "%end", columns))
        declared = "\n".join(w.declared.values())
        return f"{declared}\n{function('part', 'ptr %args, i64 %k', w)}"
