"""
LLVM IR of Fourier transforms: whole vectors of several transforms (see `vector_transforms`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..instructions import Scalars
from .half_lengths import VECTOR, HalfCode, function

GROUP = 4
"""
So many vectors beside each other are read at once: where the numbers of a column share few places
of the cache, or pages of memory, each place is used whole.
"""

ROWS, COLUMNS, ODD_REAL, ODD_HERMITIAN, EVEN_REAL, EVEN_HERMITIAN = range(6)
"""
What machine code transforms: complex rows or columns; and of odd and of even lengths, real rows, or
the first halves of complex rows whose transforms are real.
"""

ANY, PRIME = 0, 1
"""
Among the radices, they stand for lengths with large prime factors, and for passes of all radices
that have no function of their own.
"""


class TransformCode(HalfCode):
    """Writes the module for numbers of a type, and lengths of these radices."""

    def __init__(self, type: str, radices: tuple[int, ...]) -> None:
        super().__init__(type)
        self.radices = radices

    def module(self, alone: str = "") -> str:
        """
        The module. If its function has the name `alone`, it has no threads, and takes the number of
        a part instead of the number of parts.
        """
        return "\n".join(
            [
                "" if alone else "declare void @letgrad_parallel(ptr, ptr, i64)",
                *self.transforms(),
                *(self._copy(unit) for unit in (1, 2)),
                *(self._rows(into, unit) for into in (True, False) for unit in (1, 2)),
                self._real_sum(),
                self._mirror(),
                self._unfold(),
                self._fold(),
                self._columns(True),
                self._columns(False),
                self._part(),
                self._transform(alone),
            ]
        )

    def transforms(self) -> list[str]:
        """The functions of which `passes` transforms vectors beside each other."""
        return [
            *(self._pass(r, last) for r in self._own for last in (False, True)),
            *([self._prime_pass()] if PRIME in self.radices else []),
            *([self._passes("smooth"), self._any(), self._either()] if ANY in self.radices else []),
            *([] if ANY in self.radices else [self._passes("passes")]),
        ]

    @property
    def _own(self) -> list[int]:
        """The radices with functions of their own."""
        return [r for r in self.radices if r not in (ANY, PRIME)]

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
        return function(
            f"pass{r}{'.last' if last else ''}",
            f"ptr %in, i64 %is, ptr %out, i64 %os, i64 %m, i64 %s, ptr %tw, {t} %dir, {t} %scale",
            w,
        )

    def _prime_pass(self) -> str:
        """
        A pass of any odd radix %r. Its table begins with exp(2πi j k / r) for 0 < j, k ≤ r / 2, and
        %spare is memory for r - 1 vectors.

            x[j], x[r - j] = Σ_k cos(2π j k / r) (a[k] + a[r - k]) ∓ i Σ_k sin(…) (a[k] - a[r - k])
        """
        w = Scalars("", True)
        t, size = self.type, self.scalars
        turn = self._do(w, "fmul", self._splat(w, "%dir"), self._constant(1.0, -1.0))
        sign = self._constant(-1.0, 1.0)
        scale = self._splat(w, "%scale")
        w.put("%half = udiv i64 %r, 2")
        w.put("%end = add i64 %half, 1")
        w.put("%rest = sub i64 %r, 1")
        w.put("%squared = mul i64 %half, %half")
        w.put("%waves = mul i64 %squared, 2")
        w.put(f"%tw = getelementptr {t}, ptr %table, i64 %waves")
        w.put("%is.inner = xor i1 %is.last, true")
        w.put(f"%differences.at = mul i64 %half, {size}")
        w.put(f"%differences = getelementptr {t}, ptr %spare, i64 %differences.at")
        step_in = w.let(f"mul i64 {w.let('mul i64 %s, %m')}, %is")
        step_out = w.let("mul i64 %s, %os")
        total_at = w.let(f"alloca {self.vector}")
        several = w.let("udiv i64 %half, 4")
        w.put(f"%whole = mul i64 {several}, 4")

        def splat_at(table: str, at: str) -> str:
            place = w.let(f"getelementptr {t}, ptr {table}, i64 {at}")
            return self._splat(w, w.let(f"load {t}, ptr {place}"))

        def column(p: str) -> None:
            first = w.let(f"mul i64 {p}, %s")
            goal = w.let(f"mul i64 {first}, %r")
            factors = w.let(f"mul i64 {w.let(f'mul i64 {p}, %rest')}, 2")

            def row(q: str) -> None:
                at = w.let(f"mul i64 {w.let(f'add i64 {first}, {q}')}, %is")
                to = w.let(f"mul i64 {w.let(f'add i64 {goal}, {q}')}, %os")
                zeroth = self._load(w, "%in", at)
                w.put(f"store {self.vector} {zeroth}, ptr {total_at}")

                def pair(k: str) -> None:
                    other = w.let(f"sub i64 %r, {k}")
                    x, y = (
                        self._load(
                            w, "%in", w.let(f"add i64 {at}, {w.let(f'mul i64 {e}, {step_in}')}")
                        )
                        for e in (k, other)
                    )
                    place = w.let(f"mul i64 {w.let(f'sub i64 {k}, 1')}, {size}")
                    both = self._do(w, "fadd", x, y)
                    self._store(w, both, "%spare", place)
                    self._store(w, self._do(w, "fsub", x, y), "%differences", place)
                    before = w.let(f"load {self.vector}, ptr {total_at}")
                    after = self._do(w, "fadd", before, both)
                    w.put(f"store {self.vector} {after}, ptr {total_at}")

                w.counted("1", "%end", pair)
                total = w.let(f"load {self.vector}, ptr {total_at}")

                def put(x: str, j: str) -> None:
                    """Result j, which has a factor before the last pass and a scale in it."""
                    place = w.let(f"add i64 {to}, {w.let(f'mul i64 {j}, {step_out}')}")
                    before = w.let(f"sub i64 {j}, 1")
                    at = w.let(f"add i64 {factors}, {w.let(f'mul i64 {before}, 2')}")

                    def inner() -> None:
                        real = splat_at("%tw", at)
                        imaginary = splat_at("%tw", w.let(f"add i64 {at}, 1"))
                        imaginary = self._do(w, "fmul", imaginary, sign)
                        turned = self._do(w, "fmul", self._swap(w, x), imaginary)
                        straight = self._do(w, "fmul", x, real)
                        self._store(w, self._do(w, "fadd", straight, turned), "%out", place)

                    w.where("%is.inner", inner)
                    scaled = self._do(w, "fmul", x, scale)
                    w.where("%is.last", lambda: self._store(w, scaled, "%out", place))

                def results(first_j: str, many: int) -> None:
                    """The results j and r - j for so many j, from this one on, counted from 0."""
                    lines = []
                    for e in range(many):
                        j = w.let(f"add i64 {first_j}, {e}")
                        lines.append(w.let(f"mul i64 {j}, %half"))
                    before, head, inside, after = w.block, *(w.fresh("b")[1:] for _ in range(3))
                    w.put(f"br label %{head}")
                    w.begin(head)
                    k, following = w.fresh("i"), w.fresh("i")
                    hole = len(w.lines)
                    w.lines += [""] * (1 + 2 * many)
                    even, odd = ([w.fresh() for _ in range(many)] for _ in range(2))
                    more = w.let(f"icmp slt i64 {k}, %half")
                    w.put(f"br i1 {more}, label %{inside}, label %{after}")
                    w.begin(inside)
                    place = w.let(f"mul i64 {k}, {size}")
                    x, y = self._load(w, "%spare", place), self._load(w, "%differences", place)
                    next_even, next_odd = [], []
                    for e in range(many):
                        at = w.let(f"mul i64 {w.let(f'add i64 {lines[e]}, {k}')}, 2")
                        c, s = (splat_at("%table", z) for z in (at, w.let(f"add i64 {at}, 1")))
                        next_even.append(self._do(w, "fadd", even[e], self._do(w, "fmul", c, x)))
                        next_odd.append(self._do(w, "fadd", odd[e], self._do(w, "fmul", s, y)))
                    w.put(f"{following} = add i64 {k}, 1")
                    w.put(f"br label %{head}")
                    phis = [(k, "i64", "0", following)]
                    phis += [(a, self.vector, zeroth, b) for a, b in zip(even, next_even)]
                    phis += [(a, self.vector, "zeroinitializer", b) for a, b in zip(odd, next_odd)]
                    for n, (name, type, start, end) in enumerate(phis):
                        w.lines[hole + n] = (
                            f"  {name} = phi {type} [ {start}, %{before} ], [ {end}, %{inside} ]"
                        )
                    w.begin(after)
                    for e in range(many):
                        turned = self._do(w, "fmul", self._swap(w, odd[e]), turn)
                        j = w.let(f"add i64 {first_j}, {e + 1}")
                        put(self._do(w, "fadd", even[e], turned), j)
                        put(self._do(w, "fsub", even[e], turned), w.let(f"sub i64 %r, {j}"))

                w.counted("0", several, lambda b: results(w.let(f"mul i64 {b}, 4"), 4))
                w.counted("%whole", "%half", lambda j: results(j, 1))
                scaled = self._do(w, "fmul", total, scale)
                x = w.let(f"select i1 %is.last, {self.vector} {scaled}, {self.vector} {total}")
                self._store(w, x, "%out", to)

            w.counted("0", "%s", row)

        w.counted("0", "%m", column)
        given = (
            f"ptr %in, i64 %is, ptr %out, i64 %os, i64 %m, i64 %s, ptr %table, {t} %dir, "
            f"{t} %scale, i64 %r, ptr %spare, i1 %is.last"
        )
        return function("pass.prime", given, w)

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
                angle = 8 * np.arctan(np.longdouble(1)) * (j * k % r) / r
                even = add(even, times(float(np.cos(angle)), x))
                term = times(float(np.sin(angle)), y)
                odd = add(odd, term) if odd else term
            odd = turned(odd)
            results[j], results[r - j] = add(even, odd), sub(even, odd)
        return results

    def _passes(self, name: str) -> str:
        """All passes of a plan, by way of two buffers of %work."""
        w = Scalars("", True)
        t = self.type
        w.put("%count = load i64, ptr %plan")
        w.put("%end = sub i64 %count, 1")
        w.put("%n.at = getelementptr i64, ptr %plan, i64 1")
        w.put("%n = load i64, ptr %n.at")
        w.put(f"%room = mul i64 %n, {VECTOR}")
        w.put("%b = getelementptr i8, ptr %work, i64 %room")
        if PRIME in self.radices:
            w.put("%spare = getelementptr i8, ptr %b, i64 %room")

        def one(k: str) -> None:
            base = w.let(f"mul i64 {k}, 4")
            entry = []
            for e in range(2, 6):
                at = w.let(f"add i64 {base}, {e}")
                place = w.let(f"getelementptr i64, ptr %plan, i64 {at}")
                entry.append(w.let(f"load i64, ptr {place}"))
            r, m, s, tw = entry
            table = w.let(f"inttoptr i64 {tw} to ptr")
            odd = w.let(f"trunc i64 {k} to i1")
            is_first = w.let(f"icmp eq i64 {k}, 0")
            is_last = w.let(f"icmp eq i64 {k}, %end")
            before = w.let(f"select i1 {odd}, ptr %work, ptr %b")
            after = w.let(f"select i1 {odd}, ptr %b, ptr %work")
            source = w.let(f"select i1 {is_first}, ptr %in, ptr {before}")
            goal = w.let(f"select i1 {is_last}, ptr %out, ptr {after}")
            step_in = w.let(f"select i1 {is_first}, i64 %is, i64 {self.scalars}")
            step_out = w.let(f"select i1 {is_last}, i64 %os, i64 {self.scalars}")
            if PRIME in self.radices:
                known = w.let("add i1 false, false")
                for radix in self._own:
                    known = w.let(f"or i1 {known}, {w.let(f'icmp eq i64 {r}, {radix}')}")
                given = (
                    f"ptr {source}, i64 {step_in}, ptr {goal}, i64 {step_out}, i64 {m}, i64 {s}, "
                    f"ptr {table}, {t} %dir, {t} %scale, i64 {r}, ptr %spare, i1 {is_last}"
                )
                call = f"call void @pass.prime({given})"
                w.where(w.let(f"xor i1 {known}, true"), lambda: w.put(call))
            for radix in self._own:
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
        return function(name, self._given, w)

    @property
    def _given(self) -> str:
        t = self.type
        return f"ptr %in, i64 %is, ptr %out, i64 %os, ptr %plan, ptr %work, {t} %dir, {t} %scale"

    # Lengths with large prime factors.

    def _any(self) -> str:
        """
        A transform of n numbers as a convolution of m ≥ 2n - 1 (L. Bluestein, A linear filtering
        approach to the computation of discrete Fourier transform, 1970): j k = (j² + k² - (k -
        j)²) / 2, so with c[j] = w^(j² / 2),

            y[k] = c[k] Σ_j (c[j] x[j]) conj(c[k - j]).

        The plan has the numbers c, the transform of conj(c) divided by m, and the plan of m.
        """
        w = Scalars("", True)
        t = self.type
        for k, name in enumerate(("n", "m", "chirp", "filter"), 1):
            kind = "ptr" if k > 2 else "i64"
            w.put(f"%{name}.at = getelementptr i64, ptr %plan, i64 {k}")
            w.put(f"%{name} = load {kind}, ptr %{name}.at")
        w.put("%plan.m = getelementptr i64, ptr %plan, i64 5")
        w.put(f"%room = mul i64 %m, {VECTOR}")
        w.put("%rest = getelementptr i8, ptr %work, i64 %room")
        sign, conjugate = self._constant(-1.0, 1.0), self._constant(1.0, -1.0)

        def times(x: str, table: str, k: str) -> str:
            """A vector times number k of a table."""
            parts, at = [], w.let(f"mul i64 {k}, 2")
            for place in (at, w.let(f"add i64 {at}, 1")):
                place = w.let(f"getelementptr {t}, ptr {table}, i64 {place}")
                parts.append(self._splat(w, w.let(f"load {t}, ptr {place}")))
            turned = self._do(w, "fmul", self._do(w, "fmul", self._swap(w, x), sign), parts[1])
            return self._do(w, "fadd", self._do(w, "fmul", x, parts[0]), turned)

        def own(k: str) -> str:
            return w.let(f"mul i64 {k}, {self.scalars}")

        def first(k: str) -> None:
            x = self._load(w, "%in", w.let(f"mul i64 {k}, %is"))
            self._store(w, times(x, "%chirp", k), "%work", own(k))

        def zero(k: str) -> None:
            self._store(w, "zeroinitializer", "%work", own(k))

        def middle(k: str) -> None:
            # Of the conjugates, the transform is the conjugate of the inverse one.
            x = times(self._load(w, "%work", own(k)), "%filter", k)
            self._store(w, self._do(w, "fmul", x, conjugate), "%work", own(k))

        def last(k: str) -> None:
            x = self._do(w, "fmul", self._load(w, "%work", own(k)), conjugate)
            x = self._do(w, "fmul", times(x, "%chirp", k), scale)
            self._store(w, x, "%out", w.let(f"mul i64 {k}, %os"))

        scale = self._splat(w, "%scale")
        place = f"ptr %work, i64 {self.scalars}"
        convolve = f"call void @smooth({place}, {place}, ptr %plan.m, ptr %rest, {t} 1.0, {t} 1.0)"
        w.counted("0", "%n", first)
        w.counted("%n", "%m", zero)
        w.put(convolve)
        w.counted("0", "%m", middle)
        w.put(convolve)
        w.counted("0", "%n", last)
        return function("any", self._given, w)

    def _either(self) -> str:
        """The transform of a plan; one without passes is for other lengths."""
        w = Scalars("", True)
        w.put("%count = load i64, ptr %plan")
        w.put("%is.any = icmp eq i64 %count, 0")
        w.put("%is.smooth = xor i1 %is.any, true")
        w.where("%is.any", lambda: w.put(f"call void @any({self._given})"))
        w.where("%is.smooth", lambda: w.put(f"call void @smooth({self._given})"))
        return function("passes", self._given, w)

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
        return function(f"copy{unit}", given, w)

    def _rows(self, into: bool, unit: int) -> str:
        """
        Rows of %n numbers of `unit` scalars, which are %apart scalars apart, into a buffer of
        vectors, or back. If there are fewer than a vector takes, they go one by one. Those of one
        scalar are real: the imaginary parts become 0, and are not read back.
        """
        w = Scalars("", True)
        size, b = self.scalars, self.numbers
        w.put(f"%full = icmp eq i64 %lanes, {b}")
        w.put(f"%most = udiv i64 %n, {b}")
        w.put("%blocks = select i1 %full, i64 %most, i64 0")
        w.put(f"%whole = mul i64 %blocks, {b}")

        def block(k: str) -> None:
            line = w.let(f"mul i64 {k}, {b * unit}")
            rows = []
            for _ in range(b):
                rows.append(line)
                line = w.let(f"add i64 {line}, %apart")
            at = w.let(f"mul i64 {k}, {b * size}")
            lines = [w.let(f"add i64 {at}, {e * size}") for e in range(b)]
            if into:
                v = [self._load_numbers(w, "%rows", x, unit) for x in rows]
                for x, to in zip(self._transposed(w, v), lines):
                    self._store(w, x, "%buffer", to)
            else:
                v = [self._load(w, "%buffer", x) for x in lines]
                for x, to in zip(self._transposed(w, v), rows):
                    self._store_numbers(w, x, "%rows", to, unit)

        def zero(k: str) -> None:
            self._store(w, "zeroinitializer", "%buffer", w.let(f"mul i64 {k}, {size}"))

        w.counted("0", "%blocks", block)
        if into and unit == 1:
            w.counted("%whole", "%n", zero)
        rows, buffer = f"ptr %rows, i64 {unit}, i64 %apart", f"ptr %buffer, i64 {size}, i64 2"
        ends = f"{rows}, {buffer}" if into else f"{buffer}, {rows}"
        w.put(f"call void @copy{unit}({ends}, i64 %whole, i64 %n, i64 %lanes)")
        given = "ptr %rows, i64 %apart, ptr %buffer, i64 %n, i64 %lanes"
        return function(f"rows{unit}.{'in' if into else 'out'}", given, w)

    def _load_numbers(self, w: Scalars, p: str, at: str, unit: int) -> str:
        """A vector of complex numbers; with one scalar for each, their imaginary parts are 0."""
        if unit == 2:
            return self._load(w, p, at)
        b, half = self.numbers, self._half_vector
        place = w.let(f"getelementptr {self.type}, ptr {p}, i64 {at}")
        x = w.let(f"load {half}, ptr {place}, align {self.bytes}")
        mask = ", ".join(f"i32 {b if e % 2 else e // 2}" for e in range(self.scalars))
        return w.let(
            f"shufflevector {half} {x}, {half} zeroinitializer, <{self.scalars} x i32> <{mask}>"
        )

    def _store_numbers(self, w: Scalars, x: str, p: str, at: str, unit: int) -> None:
        """A vector of complex numbers, or their real parts."""
        if unit == 2:
            return self._store(w, x, p, at)
        real = self._shuffle(w, x, "poison", [2 * e for e in range(self.numbers)])
        place = w.let(f"getelementptr {self.type}, ptr {p}, i64 {at}")
        w.put(f"store {self._half_vector} {real}, ptr {place}, align {self.bytes}")

    @property
    def _half_vector(self) -> str:
        """The real parts of a vector."""
        return f"<{self.numbers} x {self.type}>"

    def _real_sum(self) -> str:
        """The first vector of a buffer without its imaginary parts."""
        w = Scalars("", True)
        real = [e if e % 2 == 0 else self.scalars for e in range(self.scalars)]
        x = self._shuffle(w, self._load(w, "%z", "0"), "zeroinitializer", real)
        self._store(w, x, "%z", "0")
        return function("real.sum", "ptr %z", w)

    def _mirror(self) -> str:
        """
        The numbers z[n - k] = conj z[k] behind the first half of an odd number of them. The
        imaginary part of z[0] does not count.
        """
        w = Scalars("", True)
        conjugate = self._constant(1.0, -1.0)

        def one(k: str) -> None:
            here, there = (
                w.let(f"mul i64 {x}, {self.scalars}") for x in (k, w.let(f"sub i64 %n, {k}"))
            )
            x = self._do(w, "fmul", self._load(w, "%z", here), conjugate)
            self._store(w, x, "%z", there)

        w.put("call void @real.sum(ptr %z)")
        w.counted("1", "%half", one)
        return function("mirror", "ptr %z, i64 %n, i64 %half", w)

    def _vector_of_row(self, w: Scalars, k: str, into: bool) -> Callable[[str], None]:
        """Copies vector v of row k of %columns into the buffer of its columns, or back."""
        line, place = w.let(f"mul i64 {k}, %apart"), w.let(f"mul i64 {k}, {self.scalars}")

        def vector(v: str) -> None:
            there = w.let(f"add i64 {line}, {w.let(f'mul i64 {v}, {self.scalars}')}")
            here = w.let(f"add i64 {place}, {w.let(f'mul i64 {v}, %room')}")
            ends = [("%columns", there), ("%buffer", here)]
            source, goal = ends if into else reversed(ends)
            self._store(w, self._load(w, *source), *goal)

        return vector

    def _columns(self, into: bool) -> str:
        """Vectors beside each other into buffers of their own, or back."""
        w = Scalars("", True)
        w.put(f"%room = mul i64 %n, {self.scalars}")

        def number(k: str) -> None:
            w.counted("0", "%vectors", self._vector_of_row(w, k, into))

        w.counted("0", "%n", number)
        given = "ptr %columns, i64 %apart, ptr %buffer, i64 %n, i64 %vectors"
        return function("columns.in" if into else "columns.out", given, w)

    def _transposed(self, w: Scalars, v: list[str]) -> list[str]:
        """As many vectors as each has complex numbers, transposed."""
        b, d = self.numbers, 1
        while d < b:
            for i in range(b):
                if i & d:
                    continue
                first, second = [], []
                for c in range(b):
                    for part in (0, 1):
                        here, there = 2 * c + part, self.scalars + 2 * c + part
                        first.append(there - 2 * d if c & d else here)
                        second.append(there if c & d else here + 2 * d)
                a, z = v[i], v[i + d]
                v[i], v[i + d] = self._shuffle(w, a, z, first), self._shuffle(w, a, z, second)
            d *= 2
        return v

    # All transforms.

    def _arguments(
        self,
        w: Scalars,
        pointers: Sequence[str],
        integers: Sequence[str],
        reals: Sequence[str] = ("dir", "scale"),
    ) -> None:
        """Read what %args has: two pointers, to integers, and to numbers."""
        t = self.type
        w.put("%ints = load ptr, ptr %args")
        w.put("%reals.at = getelementptr ptr, ptr %args, i64 1")
        w.put("%reals = load ptr, ptr %reals.at")
        for k, name in enumerate((*pointers, *integers)):
            w.put(f"%{name}.at = getelementptr i64, ptr %ints, i64 {k}")
            w.put(f"%{name} = load {'ptr' if name in pointers else 'i64'}, ptr %{name}.at")
        for k, name in enumerate(reals):
            w.put(f"%{name}.at = getelementptr {t}, ptr %reals, i64 {k}")
            w.put(f"%{name} = load {t}, ptr %{name}.at")

    def _begin_part(self, w: Scalars, room: str) -> None:
        """
        What a part has of %memory: %a for passes, and %c of so many bytes, which are zeros: lanes
        that no transform has are computed, too. Its blocks are those from %begin to %end.
        """
        w.put(f"%works = mul i64 %work, {VECTOR}")
        w.put(f"%bytes = add i64 {room}, %works")
        w.put("%own = mul i64 %bytes, %k")
        w.put("%a = getelementptr i8, ptr %memory, i64 %own")
        w.put("%c = getelementptr i8, ptr %a, i64 %works")
        w.put(f"call void @llvm.memset.p0.i64(ptr %c, i8 0, i64 {room}, i1 false)")
        w.declared["llvm.memset"] = "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)"
        w.put("%begin = mul i64 %k, %each")
        w.put("%next = add i64 %begin, %each")
        w.put("%short = icmp slt i64 %next, %blocks")
        w.put("%end = select i1 %short, i64 %next, i64 %blocks")

    def _part(self) -> str:
        """The vectors of one part. %args are two pointers: integers, and numbers."""
        w = Scalars("", True)
        t, b, size = self.type, self.numbers, self.scalars
        pointers = "x", "y", "memory", "plan", "waves"
        integers = "outer", "n", "inner", "blocks", "each", "kind", "work"
        self._arguments(w, pointers, integers)
        w.put(f"%room = mul i64 %n, {VECTOR}")
        # Rows have inner = 1: one buffer.
        w.put(f"%up = add i64 %inner, {b - 1}")
        w.put(f"%vectors = udiv i64 %up, {b}")
        w.put(f"%some = icmp slt i64 %vectors, {GROUP}")
        w.put(f"%count = select i1 %some, i64 %vectors, i64 {GROUP}")
        w.put("%buffers = mul i64 %room, %count")
        self._begin_part(w, "%buffers")
        w.put("%half.all = udiv i64 %n, 2")
        w.put("%half = add i64 %half.all, 1")
        w.put("%row = mul i64 %half, 2")
        w.put(f"%up.inner = add i64 %inner, {GROUP * b - 1}")
        w.put(f"%across = udiv i64 %up.inner, {GROUP * b}")
        w.put("%length = mul i64 %n, 2")
        w.put("%apart = mul i64 %inner, 2")
        w.put("%matrix = mul i64 %length, %inner")
        tail = f"ptr %a, {t} %dir, {t} %scale"
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

        def odd_rows(k: str, is_real: bool) -> None:
            begin, lanes = ends(k, b)
            real = place("%x" if is_real else "%y", w.let(f"mul i64 {begin}, %n"))
            half = place("%y" if is_real else "%x", w.let(f"mul i64 {begin}, %row"))
            numbers = f"ptr {real}, i64 %n, ptr %c, i64 %n, i64 {lanes}"
            halves = f"ptr {half}, i64 %row, ptr %c, i64 %half, i64 {lanes}"
            if is_real:
                w.put(f"call void @rows1.in({numbers})")
                w.put(passes)
                w.put("call void @real.sum(ptr %c)")
                w.put(f"call void @rows2.out({halves})")
            else:
                w.put(f"call void @rows2.in({halves})")
                w.put("call void @mirror(ptr %c, i64 %n, i64 %half)")
                w.put(passes)
                w.put(f"call void @rows1.out({numbers})")

        def columns(k: str) -> None:
            o, c = w.let(f"udiv i64 {k}, %across"), w.let(f"urem i64 {k}, %across")
            begin = w.let(f"mul i64 {c}, {GROUP * b}")
            left = w.let(f"sub i64 %inner, {begin}")
            is_whole = w.let(f"icmp sge i64 {left}, {GROUP * b}")
            lanes = w.let(f"select i1 {is_whole}, i64 {GROUP * b}, i64 {left}")
            vectors, rest = w.let(f"udiv i64 {lanes}, {b}"), w.let(f"urem i64 {lanes}, {b}")
            at = w.let(f"add i64 {w.let(f'mul i64 {o}, %matrix')}, {w.let(f'mul i64 {begin}, 2')}")
            source, goal = place("%x", at), place("%y", at)
            past = w.let(f"mul i64 {vectors}, {size}")
            last = w.let(f"getelementptr i8, ptr %c, i64 {w.let(f'mul i64 {vectors}, %room')}")
            some = w.let(f"icmp ne i64 {rest}, 0")
            given = f"ptr %c, i64 %n, i64 {vectors}"

            def copy_rest(into: bool) -> None:
                """The numbers that fill no vector, into the buffer behind the others, or back."""
                memory = f"ptr {place(source if into else goal, past)}, i64 %apart, i64 2"
                buffer = f"ptr {last}, i64 {size}, i64 2"
                ends = f"{memory}, {buffer}" if into else f"{buffer}, {memory}"
                w.put(f"call void @copy2({ends}, i64 0, i64 %n, i64 {rest})")

            def one(v: str) -> None:
                at = w.let(f"getelementptr i8, ptr %c, i64 {w.let(f'mul i64 {v}, %room')}")
                own = f"ptr {at}, i64 {size}"
                w.put(f"call void @passes({own}, {own}, ptr %plan, {tail})")

            w.put(f"call void @columns.in(ptr {source}, i64 %apart, {given})")
            w.where(some, lambda: copy_rest(True))
            count = w.let(f"add i64 {vectors}, {w.let(f'zext i1 {some} to i64')}")
            w.counted("0", count, one)
            w.put(f"call void @columns.out(ptr {goal}, i64 %apart, {given})")
            w.where(some, lambda: copy_rest(False))

        def even_rows(k: str, is_real: bool) -> None:
            begin, lanes = ends(k, b)
            real = place("%x" if is_real else "%y", w.let(f"mul i64 {begin}, %n"))
            half = place("%y" if is_real else "%x", w.let(f"mul i64 {begin}, %row"))
            numbers = f"ptr {real}, i64 %n, ptr %c, i64 %half.all, i64 {lanes}"
            halves = f"ptr {half}, i64 %row, ptr %c, i64 %half, i64 {lanes}"
            turn = "ptr %c, i64 %half.all, ptr %waves"
            if is_real:
                w.put(f"call void @rows2.in({numbers})")
                w.put(passes)
                w.put(f"call void @unfold({turn})")
                w.put(f"call void @rows2.out({halves})")
            else:
                w.put(f"call void @rows2.in({halves})")
                w.put(f"call void @fold({turn})")
                w.put(passes)
                w.put(f"call void @rows2.out({numbers})")

        kinds = (
            rows,
            columns,
            lambda k: odd_rows(k, True),
            lambda k: odd_rows(k, False),
            lambda k: even_rows(k, True),
            lambda k: even_rows(k, False),
        )
        for number, write in enumerate(kinds):
            here = w.let(f"icmp eq i64 %kind, {number}")
            w.where(here, lambda write=write: w.counted("%begin", "%end", write))
        declared = "\n".join(w.declared.values())
        return f"{declared}\n{function('part', 'ptr %args, i64 %k', w)}"

    def _transform(self, alone: str) -> str:
        w = Scalars("", True)
        w.put("%args = alloca [2 x ptr]")
        w.put("store ptr %ints, ptr %args")
        w.put("%second = getelementptr ptr, ptr %args, i64 1")
        w.put("store ptr %reals, ptr %second")
        one = "@part(ptr %args, i64 0)"
        several = "@letgrad_parallel(ptr @part, ptr %args, i64 %parts)"
        if alone:
            w.put("call void @part(ptr %args, i64 %parts)")
        else:
            w.put("%one = icmp eq i64 %parts, 1")
            w.put("%more = xor i1 %one, true")
            w.where("%one", lambda: w.put(f"call void {one}"))
            w.where("%more", lambda: w.put(f"call void {several}"))
        text = function(alone or "transform", "ptr %ints, ptr %reals, i64 %parts", w)
        return text.replace("define internal", "define")
