"""
LLVM IR of one long Fourier transform in two steps of many short ones (see `long_transforms`).
"""

from __future__ import annotations

from ..instructions import Scalars
from .half_lengths import VECTOR, function
from .transform_code import GROUP, TransformCode

KINDS = "complex", "real", "hermitian"
"""Transforms of complex numbers, of real ones, and of the halves of results of these."""

POINTERS = "x", "y", "memory", "plan", "fine", "high", "low"
INTEGERS = "n", "from", "to", "trip", "work", "blocks", "each", "length", "p", "shift", "second"
"""
What a step is told: the places of its numbers, results, buffers, and tables; the length of its
transforms, the scalars between rows of its numbers and of its results, how many columns or rows it
has, the vectors of its buffers, its blocks and those of a part, the length of the long transform,
the numbers between two results of a row, how the table of powers is split, and which step it is.
"""


class LongCode(TransformCode):
    """Writes the module of both steps for a kind, a type, and lengths of these radices."""

    def __init__(self, type: str, radices: tuple[int, ...], kind: str) -> None:
        super().__init__(type, radices)
        self.kind = kind
        self.group = GROUP * self.numbers
        """The complex numbers of a block."""

    @property
    def width(self) -> int:
        """The vectors of factors for one number: two halves of a real column have as many."""
        return 2 * GROUP if self.kind == "real" else GROUP

    def module(self, alone: str = "") -> str:
        """
        The module. If its function has the name `alone`, it has no threads, and takes the number of
        a part instead of the number of parts.
        """
        functions = {
            "complex": lambda: [self._block(True, 2), self._rows(True, 2), self._block(False, 2)],
            "real": lambda: [
                self._block(True, 1),
                self._copy(1),
                self._halves_in_place(),
                self._rows(True, 2),
                self._mirrored(False),
            ],
            "hermitian": lambda: [
                self._mirrored(True),
                self._rows(False, 2),
                self._whole(),
                self._block(False, 1),
                self._copy(1),
            ],
        }[self.kind]()
        return "\n".join(
            [
                "" if alone else "declare void @letgrad_parallel(ptr, ptr, i64)",
                *self.transforms(),
                self._copy(2),
                self._twiddle(),
                *functions,
                self._part(),
                self._transform(alone),
            ]
        )

    # Factors between the steps.

    def _twiddle(self) -> str:
        """
        The numbers k < %n of all vectors of a block times w^(k j), to %out. The block's first
        column is j = %j, and

            w^(k (%j + e)) = high[k %j >> shift] low[k %j & (2^shift - 1)] fine[k, e].
        """
        w = Scalars("", True)
        sign = self._constant(-1.0, 1.0)
        w.put("%ones = shl i64 1, %shift")
        w.put("%mask = sub i64 %ones, 1")
        duplicate = [[e & ~1 for e in range(self.scalars)], [e | 1 for e in range(self.scalars)]]
        # The vectors of real columns come in two halves: see `_halves_in_place`.
        is_real = self.kind == "real"

        def pair(table: str, at: str) -> list[str]:
            twice = w.let(f"mul i64 {at}, 2")
            places = [twice, w.let(f"add i64 {twice}, 1")]
            spots = [w.let(f"getelementptr {self.type}, ptr {table}, i64 {p}") for p in places]
            return [w.let(f"load {self.type}, ptr {p}") for p in spots]

        def number(k: str) -> None:
            power = w.let(f"mul i64 {k}, %j")
            a = pair("%high", w.let(f"lshr i64 {power}, %shift"))
            b = pair("%low", w.let(f"and i64 {power}, %mask"))

            def times(x: str, y: str) -> str:
                return w.let(f"fmul contract {self.type} {x}, {y}")

            real = w.let(f"fsub contract {self.type} {times(a[0], b[0])}, {times(a[1], b[1])}")
            other = w.let(f"fadd contract {self.type} {times(a[0], b[1])}, {times(a[1], b[0])}")
            straight = self._splat(w, real)
            turned = self._do(w, "fmul", self._splat(w, other), sign)
            first = w.let(f"mul i64 {k}, {self.scalars}")
            second = first
            if is_real:
                second = w.let(f"mul i64 {self._second(w, k)}, {self.scalars}")
            fine = w.let(f"mul i64 {k}, {self.width * self.scalars}")
            goal = w.let(f"mul i64 {k}, %ok")
            for v in range(self.width):
                f = self._load(w, "%fine", w.let(f"add i64 {fine}, {v * self.scalars}"))
                t = self._do(w, "fmul", self._swap(w, f), turned)
                t = self._do(w, "fadd", self._do(w, "fmul", f, straight), t)
                parts = [self._shuffle(w, t, "poison", mask) for mask in duplicate]
                parts[1] = self._do(w, "fmul", parts[1], sign)
                room = w.let(f"mul i64 %room, {v // 2 if is_real else v}")
                at = second if is_real and v % 2 else first
                x = self._load(w, "%buffer", w.let(f"add i64 {room}, {at}"))
                y = self._do(w, "fmul", self._swap(w, x), parts[1])
                y = self._do(w, "fadd", self._do(w, "fmul", x, parts[0]), y)
                self._store(w, y, "%out", w.let(f"add i64 {goal}, {w.let(f'mul i64 %ov, {v}')}"))

        w.counted("0", "%n", number)
        given = (
            "ptr %buffer, i64 %room, ptr %out, i64 %ok, i64 %ov, i64 %n, i64 %length, ptr %fine, "
            "ptr %high, ptr %low, i64 %shift, i64 %j"
        )
        return function("twiddle", given, w)

    def _second(self, w: Scalars, k: str) -> str:
        """Where number k of a second half is: n - k, and n + 1 if that is k."""
        mirror = w.let(f"sub i64 %length, {k}")
        is_middle = w.let(f"icmp eq i64 {mirror}, {k}")
        return w.let(f"select i1 {is_middle}, i64 {w.let('add i64 %length, 1')}, i64 {mirror}")

    # Blocks of columns.

    def _block(self, into: bool, unit: int) -> str:
        """
        Columns of %n numbers of `unit` scalars, which are %apart scalars apart, into the buffers of
        a block, or back; %count scalars of each row.
        """
        w = Scalars("", True)
        w.put(f"%whole = icmp sge i64 %count, {GROUP * self.scalars}")
        w.put("%ends = xor i1 %whole, true")

        def row(k: str, vectors: int | str) -> None:
            vector = self._vector_of_row(w, k, into)
            if isinstance(vectors, str):
                w.counted("0", vectors, vector)
            else:
                for v in range(vectors):
                    vector(str(v))

        def part() -> None:
            vectors = w.let(f"udiv i64 %count, {self.scalars}")
            w.counted("0", "%n", lambda k: row(k, vectors))
            past = w.let(f"mul i64 {vectors}, {self.scalars}")
            lanes = w.let(f"udiv i64 {w.let(f'sub i64 %count, {past}')}, {unit}")
            memory = w.let(f"getelementptr {self.type}, ptr %columns, i64 {past}")
            room = w.let(f"mul i64 {vectors}, %room")
            own = w.let(f"getelementptr {self.type}, ptr %buffer, i64 {room}")
            sides = (
                f"ptr {memory}, i64 %apart, i64 {unit}",
                f"ptr {own}, i64 {self.scalars}, i64 {unit}",
            )
            ends = ", ".join(sides if into else reversed(sides))
            w.put(f"call void @copy{unit}({ends}, i64 0, i64 %n, i64 {lanes})")

        w.where("%whole", lambda: w.counted("0", "%n", lambda k: row(k, GROUP)))
        w.where("%ends", part)
        given = "ptr %columns, i64 %apart, ptr %buffer, i64 %room, i64 %n, i64 %count"
        return function(f"block{unit}.{'in' if into else 'out'}", given, w)

    def _mirrored(self, into: bool) -> str:
        """
        Numbers %k + %p l of a half, for l < %n and %lanes columns, into the buffers of a block, or
        back. Numbers behind the half are in it as mirror images: y[length - m] = conj y[m].
        """
        w = Scalars("", True)
        b = self.numbers
        conjugate = self._constant(1.0, -1.0)
        backwards = [2 * (b - 1 - e // 2) + e % 2 for e in range(self.scalars)]
        w.put("%half = udiv i64 %length, 2")
        w.put(f"%whole.lanes = icmp sge i64 %lanes, {self.group}")

        def vector(m: str, own: str, v: int) -> None:
            """Numbers from m on, which have this place in the buffers; v counts their vectors."""
            end = w.let(f"add i64 {m}, {b - 1}")
            is_here = w.let(f"icmp sle i64 {end}, %half")
            is_mirror = w.let(f"icmp sgt i64 {m}, %half")
            here, mirror = (w.let(f"and i1 {x}, %whole.lanes") for x in (is_here, is_mirror))
            others = w.let(f"xor i1 {w.let(f'or i1 {here}, {mirror}')}, true")

            def move(at: str, is_reversed: bool) -> None:
                ends = [("%y", w.let(f"mul i64 {at}, 2")), ("%buffer", own)]
                source, goal = ends if into else reversed(ends)
                x = self._load(w, *source)
                if is_reversed:
                    x = self._shuffle(w, x, "poison", backwards)
                    x = self._do(w, "fmul", x, conjugate)
                self._store(w, x, *goal)

            def lane(e: str) -> None:
                number = w.let(f"add i64 {m}, {e}")
                column = w.let(f"add i64 {e}, {v * b}")
                mine = w.let(f"add i64 {own}, {w.let(f'mul i64 {e}, 2')}")

                def one(is_reversed: bool) -> None:
                    at = w.let(f"sub i64 %length, {number}") if is_reversed else number
                    ends = [("%y", w.let(f"mul i64 {at}, 2")), ("%buffer", mine)]
                    for part in (0, 1):
                        source, goal = (
                            w.let(
                                f"getelementptr {self.type}, ptr {p}, i64 "
                                + w.let(f"add i64 {i}, {part}")
                            )
                            for p, i in (ends if into else reversed(ends))
                        )
                        x = w.let(f"load {self.type}, ptr {source}")
                        if part and is_reversed:
                            x = w.let(f"fneg {self.type} {x}")
                        w.put(f"store {self.type} {x}, ptr {goal}")

                is_column = w.let(f"icmp slt i64 {column}, %lanes")
                is_first = w.let(f"icmp sle i64 {number}, %half")
                is_second = w.let(f"xor i1 {is_first}, true")
                w.where(w.let(f"and i1 {is_column}, {is_first}"), lambda: one(False))
                w.where(w.let(f"and i1 {is_column}, {is_second}"), lambda: one(True))

            w.where(here, lambda: move(m, False))
            w.where(mirror, lambda: move(w.let(f"sub i64 %length, {end}"), True))
            w.where(others, lambda: w.counted("0", str(b), lane))

        def row(line: str) -> None:
            first = w.let(f"add i64 %k, {w.let(f'mul i64 {line}, %p')}")
            place = w.let(f"mul i64 {line}, {self.scalars}")
            for v in range(GROUP):
                m = w.let(f"add i64 {first}, {v * b}") if v else first
                vector(m, w.let(f"add i64 {place}, {w.let(f'mul i64 %room, {v}')}"), v)

        w.counted("0", "%n", row)
        given = "ptr %y, i64 %length, i64 %p, i64 %k, ptr %buffer, i64 %room, i64 %n, i64 %lanes"
        return function(f"mirrored.{'in' if into else 'out'}", given, w)

    # Real columns, two of which are one complex column.

    def _interleaved(self, second: bool) -> list[int]:
        """The first or the second half of the numbers of a and b, by turns."""
        start, found = self.numbers // 2 if second else 0, []
        for e in range(self.numbers // 2):
            for side in (0, self.scalars):
                found += [side + 2 * (start + e), side + 2 * (start + e) + 1]
        return found

    def _halves_in_place(self) -> str:
        """
        The first halves of the transforms a and b of real columns, of that of a + i b, in its
        place. The numbers of neighbouring columns are neighbours again: the first vector of two is
        at k, and the other one at n - k (see `_second`).
        """
        w = Scalars("", True)
        conjugate = self._constant(1.0, -1.0)
        w.put("%half.length = udiv i64 %length, 2")
        w.put("%half = add i64 %half.length, 1")

        def one(k: str) -> None:
            mirror = w.let(f"sub i64 %length, {k}")
            is_first = w.let(f"icmp eq i64 {k}, 0")
            mirror = w.let(f"select i1 {is_first}, i64 0, i64 {mirror}")
            here, there, second = (
                w.let(f"mul i64 {x}, {self.scalars}") for x in (k, mirror, self._second(w, k))
            )
            z = self._load(w, "%z", here)
            other = self._do(w, "fmul", self._load(w, "%z", there), conjugate)
            a = self._do(w, "fmul", self._do(w, "fadd", z, other), self._constant(0.5))
            b = self._swap(w, self._do(w, "fsub", z, other))
            b = self._do(w, "fmul", b, self._constant(0.5, -0.5))
            self._store(w, self._shuffle(w, a, b, self._interleaved(False)), "%z", here)
            self._store(w, self._shuffle(w, a, b, self._interleaved(True)), "%z", second)

        w.counted("0", "%half", one)
        return function("halves", "ptr %z, i64 %length", w)

    def _whole(self) -> str:
        """The opposite of `_halves_in_place`: rows of a and b, %apart scalars apart, give z."""
        w = Scalars("", True)
        conjugate, minus = self._constant(1.0, -1.0), self._constant(-1.0, 1.0)
        w.put("%half.length = udiv i64 %length, 2")
        w.put("%half = add i64 %half.length, 1")
        # Every second number of two vectors: those of a, and those of b.
        masks = [
            [4 * (e // 2) + e % 2 + 2 * which for e in range(self.scalars)] for which in (0, 1)
        ]

        def one(k: str) -> None:
            mirror = w.let(f"sub i64 %length, {k}")
            is_first = w.let(f"icmp eq i64 {k}, 0")
            mirror = w.let(f"select i1 {is_first}, i64 0, i64 {mirror}")
            here, there = (w.let(f"mul i64 {x}, {self.scalars}") for x in (k, mirror))
            is_real = w.let(f"icmp eq i64 {mirror}, {k}")
            line = w.let(f"mul i64 {k}, %apart")
            for v in range(GROUP):
                places = [w.let(f"add i64 {line}, {(2 * v + e) * self.scalars}") for e in (0, 1)]
                rows = [self._load(w, "%rows", place) for place in places]
                found = []
                for mask in masks:
                    x = self._shuffle(w, rows[0], rows[1], mask)
                    even = [e if e % 2 == 0 else self.scalars for e in range(self.scalars)]
                    real = self._shuffle(w, x, "zeroinitializer", even)
                    t = self.vector
                    found.append(w.let(f"select i1 {is_real}, {t} {real}, {t} {x}"))
                a, b = found[0], self._swap(w, found[1])
                z = self._do(w, "fadd", a, self._do(w, "fmul", b, minus))
                other = self._do(w, "fadd", self._do(w, "fmul", a, conjugate), b)
                room = w.let(f"mul i64 %room, {v}")
                self._store(w, other, "%buffer", w.let(f"add i64 {room}, {there}"))
                self._store(w, z, "%buffer", w.let(f"add i64 {room}, {here}"))

        w.counted("0", "%half", one)
        given = "ptr %rows, i64 %apart, ptr %buffer, i64 %room, i64 %length"
        return function("whole", given, w)

    # The steps.

    def _store_pair(self, w: Scalars, place: str) -> None:
        """Put zero there, as a complex number."""
        pair = f"<2 x {self.type}>"
        w.put(f"store {pair} zeroinitializer, ptr {place}, align {self.bytes}")

    def _part(self) -> str:
        """The blocks of one part of a step. %args are two pointers: integers, and numbers."""
        w = Scalars("", True)
        t, size = self.type, self.scalars
        self._arguments(w, POINTERS, INTEGERS)
        w.put("%vectors = add i64 %n, 2")
        w.put(f"%room = mul i64 %vectors, {size}")
        w.put(f"%rooms = mul i64 %vectors, {GROUP * VECTOR}")
        self._begin_part(w, "%rooms")
        w.put("%half.n = udiv i64 %n, 2")
        w.put("%half = add i64 %half.n, 1")
        w.put("%half.length = udiv i64 %length, 2")

        def place(pointer: str, at: str) -> str:
            return w.let(f"getelementptr {t}, ptr {pointer}, i64 {at}")

        def buffers() -> list[str]:
            return [place("%c", w.let(f"mul i64 %room, {v}")) for v in range(GROUP)]

        def transforms(lanes: str, most: int, each: str = "") -> None:
            """
            Those of a block's vectors that have some of its columns, of which a vector has `most`,
            and what follows each of them.
            """

            def one(v: str) -> None:
                own = place("%c", w.let(f"mul i64 %room, {v}"))
                own_rows = f"ptr {own}, i64 {size}"
                w.put(
                    f"call void @passes({own_rows}, {own_rows}, ptr %plan, ptr %a, "
                    f"{t} %dir, {t} %scale)"
                )
                if each:
                    w.put(f"call void @{each}(ptr {own}, i64 %n)")

            filled = w.let(f"udiv i64 {w.let(f'add i64 {lanes}, {most - 1}')}, {most}")
            w.counted("0", filled, one)

        def begins(block: str, most: int) -> tuple[str, str]:
            """The first column of a block, and how many there are, at most so many."""
            first = w.let(f"mul i64 {block}, {most}")
            left = w.let(f"sub i64 %trip, {first}")
            whole = w.let(f"icmp sge i64 {left}, {most}")
            return first, w.let(f"select i1 {whole}, i64 {most}, i64 {left}")

        tables = "ptr %fine, ptr %high, ptr %low, i64 %shift"

        def columns_in(block: str) -> None:
            """Columns of the numbers, times factors, into rows in between."""
            unit = 1 if self.kind == "real" else 2
            first, lanes = begins(block, GROUP * size // unit)
            at = w.let(f"mul i64 {first}, {unit}")
            source, count = place("%x", at), w.let(f"mul i64 {lanes}, {unit}")
            goal = place("%y", w.let(f"mul i64 {first}, 2"))
            w.put(
                f"call void @block{unit}.in(ptr {source}, i64 %from, ptr %c, i64 %room, i64 %n, "
                f"i64 {count})"
            )
            each = "halves" if self.kind == "real" else ""
            transforms(lanes, size // unit, each)
            rows = "%half" if self.kind == "real" else "%n"
            w.put(
                f"call void @twiddle(ptr %c, i64 %room, ptr {goal}, i64 %to, i64 {size}, "
                f"i64 {rows}, i64 %n, {tables}, i64 {first})"
            )

        def rows_in(first: str) -> None:
            """Rows in between as columns."""
            for v, own in enumerate(buffers()):
                row = w.let(f"add i64 {first}, {v * self.numbers}")
                source = place("%x", w.let(f"mul i64 {row}, %from"))
                w.put(
                    f"call void @rows2.in(ptr {source}, i64 %from, ptr {own}, i64 %n, "
                    f"i64 {self.numbers})"
                )

        def rows_to_columns(block: str) -> None:
            first, lanes = begins(block, self.group)
            rows_in(first)
            transforms(lanes, self.numbers)
            goal, count = place("%y", w.let(f"mul i64 {first}, 2")), w.let(f"mul i64 {lanes}, 2")
            w.put(
                f"call void @block2.out(ptr {goal}, i64 %to, ptr %c, i64 %room, i64 %n, "
                f"i64 {count})"
            )

        mirrored = "i64 %length, i64 %p, i64 {}, ptr %c, i64 %room, i64 %n, i64 {}"

        def no_imaginary_part(at: str) -> None:
            odd = w.let(f"add i64 {at}, 1")
            w.put(f"store {t} 0.0, ptr {place('%c', odd)}")

        def real_numbers(first: str, lanes: str) -> None:
            """The numbers 0, and n / 2 if n is even, have no imaginary parts."""
            w.where(w.let(f"icmp eq i64 {first}, 0"), lambda: no_imaginary_part("0"))
            row, column = w.let("udiv i64 %half.length, %p"), w.let("urem i64 %half.length, %p")
            inside = w.let(f"sub i64 {column}, {first}")
            is_even = w.let("icmp eq i64 %length, " + w.let("mul i64 %half.length, 2"))
            is_inside = w.let(f"icmp ult i64 {inside}, {lanes}")

            def middle() -> None:
                vector = w.let(f"udiv i64 {inside}, {self.numbers}")
                lane = w.let(f"urem i64 {inside}, {self.numbers}")
                room, line = w.let(f"mul i64 {vector}, %room"), w.let(f"mul i64 {row}, {size}")
                at = w.let(
                    f"add i64 {w.let(f'add i64 {room}, {line}')}, {w.let(f'mul i64 {lane}, 2')}"
                )
                no_imaginary_part(at)

            w.where(w.let(f"and i1 {is_even}, {is_inside}"), middle)

        def rows_to_half(block: str) -> None:
            first, lanes = begins(block, self.group)
            rows_in(first)
            transforms(lanes, self.numbers)
            real_numbers(first, lanes)
            w.put(f"call void @mirrored.out(ptr %y, {mirrored.format(first, lanes)})")

        def zero(row: str) -> None:
            """
            The column behind the last one is 0, in rows of one vector: the second step transforms
            two columns as one, and would mix the last one of an odd number with what is there.
            """
            at = w.let(f"add i64 {w.let(f'mul i64 {row}, %to')}, {w.let('mul i64 %n, 2')}")
            for _ in range(self.numbers):
                self._store_pair(w, place("%y", at))
                at = w.let(f"add i64 {at}, %to")

        def half_to_rows(block: str) -> None:
            first, lanes = begins(block, self.group)
            w.put(f"call void @mirrored.in(ptr %x, {mirrored.format(first, lanes)})")
            real_numbers(first, lanes)
            transforms(lanes, self.numbers)
            w.put(
                f"call void @twiddle(ptr %c, i64 %room, ptr %c, i64 {size}, i64 %room, i64 %n, "
                f"i64 %n, {tables}, i64 {first})"
            )
            for v, own in enumerate(buffers()):
                row = w.let(f"add i64 {first}, {v * self.numbers}")
                goal = place("%y", w.let(f"mul i64 {row}, %to"))
                w.put(
                    f"call void @rows2.out(ptr {goal}, i64 %to, ptr {own}, i64 %n, "
                    f"i64 {self.numbers})"
                )
                zero(row)

        def rows_to_reals(block: str) -> None:
            first, lanes = begins(block, GROUP * size)
            source = place("%x", w.let(f"mul i64 {first}, 2"))
            w.put(f"call void @whole(ptr {source}, i64 %from, ptr %c, i64 %room, i64 %n)")
            transforms(lanes, size)
            w.put(
                f"call void @block1.out(ptr {place('%y', first)}, i64 %to, ptr %c, i64 %room, "
                f"i64 %n, i64 {lanes})"
            )

        steps = {
            "complex": (columns_in, rows_to_columns),
            "real": (columns_in, rows_to_half),
            "hermitian": (half_to_rows, rows_to_reals),
        }[self.kind]
        for number, write in enumerate(steps):
            here = w.let(f"icmp eq i64 %second, {number}")
            w.where(here, lambda write=write: w.counted("%begin", "%end", write))
        declared = "\n".join(w.declared.values())
        return f"{declared}\n{function('part', 'ptr %args, i64 %k', w)}"
