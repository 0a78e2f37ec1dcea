"""
Decompositions of matrices and systems, as machine code that calls NumPy's loops, LAPACK and BLAS,
for loops. Each calls the function by which the op runs outside of loops. For large matrices these
functions may run the library's own threads.

As there, a matrix whose decomposition does not exist, or that is not finite, has results of NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from xdsl.dialects.builtin import f64
from xdsl.ir import Attribute

from ....dialects import ten, types
from ....dialects.types import shape
from .. import library_calls
from ..instructions import bytes_stored, number, stored
from ..library_calls import Calls
from ..read_results import reads
from . import lapack, shared_factors
from .threaded_factors import are_shared

FEW_ROWS = 256
"""Matrices with more rows or columns are worth the library's own threads."""

BY_LAPACK = 128
"""From this number of rows on, LAPACK makes triangular and orthonormal factors."""

TILE = 16
"""The rows and columns that are transposed at once: each line of the cache is used whole."""


def decomposition(op: ten.MatrixOp) -> Calls | None:
    """The code of a decomposition; None if a library has no function for it."""
    code = _Decomposition(op)
    return code if code.write() else None


class _Matrices(Calls):
    """Code for the matrices of a batch, one after the other."""

    def __init__(self, element: Attribute, is_complex: bool, sizes: Sequence[int]):
        super().__init__()
        self.is_threaded = max(sizes) > FEW_ROWS
        self.element, self.is_complex = element, is_complex
        self.parts = 2 if is_complex else 1
        self.letter = {1: "sd", 2: "cz"}[self.parts][element == f64]
        """The first letter of the functions of LAPACK for these numbers."""
        self.number = {1: "fd", 2: "FD"}[self.parts][element == f64]

    def over(self, count: int, body: Callable[[str], None]) -> None:
        """Each number from 0 to `count`."""
        if count:
            self.counted("0", str(count), body)

    def part(self, place: str, k: str, size: int, type: Attribute | None = None) -> str:
        """The array k of a batch of arrays with so many scalars."""
        return self.address(place, self.let(f"mul i64 {k}, {size}"), type or self.element)

    def copy(
        self,
        source: tuple[str, Attribute],
        target: tuple[str, Attribute],
        sizes: Sequence[int],
        parts: int,
        transposed: bool = False,
        conjugate: bool = False,
        kept: Callable[[str, str], str] | None = None,
        width: int | None = None,
    ) -> None:
        """
        Copy a matrix of these sizes: with other scalars, transposed, or with zeros where
        `kept(i, j)` is false. The rows of the source are `width` numbers apart.
        """
        (x, from_), (y, to) = source, target
        m, n = sizes
        if not transposed and kept is None and width is None:
            m, n = 1, m * n
        apart = n if width is None else width

        def element(i: str, j: str) -> None:
            at = self.let(f"add i64 {self.let(f'mul i64 {i}, {apart}')}, {j}")
            line, place = (j, i) if transposed else (i, j)
            goal = self.let(f"mul i64 {line}, {m if transposed else n}")
            goal = self.let(f"add i64 {goal}, {place}")
            keep = kept(i, j) if kept else None
            for k in range(parts):
                here, there = at, goal
                if parts > 1:
                    here, there = (self.let(f"mul i64 {p}, {parts}") for p in (at, goal))
                    here, there = (self.let(f"add i64 {p}, {k}") for p in (here, there))
                value = self.load(x, here, from_)
                if k and conjugate:
                    value = self.let(f"fneg {stored(from_)} {value}")
                if keep is not None:
                    zero = number(0, from_)
                    kind = stored(from_)
                    value = self.let(f"select i1 {keep}, {kind} {value}, {kind} {zero}")
                if from_ != to:
                    word = "fpext" if to == f64 else "fptrunc"
                    value = self.let(f"{word} {stored(from_)} {value} to {stored(to)}")
                self.store(value, y, there, to)

        if not transposed or min(m, n) <= TILE:
            self.over(m, lambda i: self.over(n, lambda j: element(i, j)))
            return

        def tile(top: str, left: str) -> None:
            (low, high), (begin, end) = self._tile(top, m), self._tile(left, n)
            # The rows of the target are the inner loop: its writes are beside each other.
            self.counted(begin, end, lambda j: self.counted(low, high, lambda i: element(i, j)))

        self.over(-(-m // TILE), lambda i: self.over(-(-n // TILE), lambda j: tile(i, j)))

    def _tile(self, k: str, size: int) -> tuple[str, str]:
        """Where tile k of so many rows begins and ends."""
        low = self.let(f"mul i64 {k}, {TILE}")
        return low, self._call_intrinsic(
            "smin", "i64", [self.let(f"add i64 {low}, {TILE}"), str(size)]
        )

    def all_finite(
        self, place: str, sizes: tuple[int, int], kept: Callable[[str, str], str] | None = None
    ) -> str:
        """Whether all elements of a matrix are finite, or those where `kept(i, j)` is true."""
        m, n = sizes[0], sizes[1] * self.parts
        if kept is None:
            m, n = 1, m * n
        kind, bad = stored(self.element), self.variable("i8")
        self.put(f"store i8 0, ptr {bad}")

        def element(i: str, j: str) -> None:
            at = self.let(f"add i64 {self.let(f'mul i64 {i}, {n}')}, {j}")
            x = self.load(place, at, self.element)
            # The difference is NaN for those that are infinite too.
            zero = self.let(f"fsub {kind} {x}, {x}")
            wrong = self.let(f"fcmp uno {kind} {zero}, {zero}")
            if kept is not None:
                column = j if self.parts == 1 else self.let(f"udiv i64 {j}, {self.parts}")
                wrong = self.let(f"and i1 {wrong}, {kept(i, column)}")
            before = self.let(f"load i8, ptr {bad}")
            wrong = self.let(f"zext i1 {wrong} to i8")
            self.put(f"store i8 {self.let(f'or i8 {before}, {wrong}')}, ptr {bad}")

        self.over(m, lambda i: self.over(n, lambda j: element(i, j)))
        return self.let(f"icmp eq i8 {self.let(f'load i8, ptr {bad}')}, 0")

    def fill(self, place: str, count: int, pairs: bool) -> None:
        """NaN for so many numbers."""
        nan, zero = number(float("nan"), self.element), number(0, self.element)

        def one(k: str) -> None:
            if not pairs:
                self.store(nan, place, k, self.element)
                return
            at = self.let(f"mul i64 {k}, 2")
            self.store(nan, place, at, self.element)
            self.store(zero, place, self.let(f"add i64 {at}, 1"), self.element)

        self.over(count, one)

    def lower(self, i: str, j: str) -> str:
        return self.let(f"icmp sge i64 {i}, {j}")

    def upper(self, i: str, j: str) -> str:
        return self.let(f"icmp sle i64 {i}, {j}")


class _Decomposition(_Matrices):
    """The code of a decomposition."""

    def __init__(self, op: ten.MatrixOp):
        *batch, self.m, self.n = shape(op.a.type)[: -1 if op.is_complex else None]
        super().__init__(types.element(op.a.type), op.is_complex, (self.m, self.n))
        self.op, self.wanted = op, reads(op)
        self.count = prod(batch)
        self.k = min(self.m, self.n)
        self.sizes = op.sizes(self.m, self.n)

    def write(self) -> bool:
        """Whether the libraries have the functions; then the code is written."""
        if not self.m * self.n:
            self.over(self.count, self._empty)
            return True
        run = self._run()
        if run is None:
            return False
        # Before the loop over the batch, as places on the scratch memory are.
        buffers = run()

        def matrix(b: str) -> None:
            a = self.part("%x0", b, self.m * self.n * self.parts)
            results = [
                self.address(f"%y{k}", self.let(f"mul i64 {b}, {self._scalars(k)}"), self._type(k))
                for k in range(len(self.sizes))
            ]
            failed = self.variable("i8")
            self.put(f"store i8 1, ptr {failed}")

            def compute() -> None:
                bad = self.let(f"zext i1 {buffers(a, results)} to i8")
                self.put(f"store i8 {bad}, ptr {failed}")

            checks = not (isinstance(self.op, ten.CholeskyOp) and self.n >= BY_LAPACK)
            if checks:
                self.where(self.all_finite(a, (self.m, self.n)), compute)
            else:
                compute()
            bad = self.let(f"icmp ne i8 {self.let(f'load i8, ptr {failed}')}, 0")
            self.where(bad, lambda: self._fail(results))

        self.over(self.count, matrix)
        return True

    def _type(self, k: int) -> Attribute:
        return types.element(self.op.results[k].type)

    def _pairs(self, k: int) -> bool:
        return self.op.has_pairs(self.op.RESULTS[k])

    def _scalars(self, k: int) -> int:
        """The scalars of result k for one matrix."""
        return prod(self.sizes[k]) * (1 + self._pairs(k))

    def _ordered(self, place: str, k: int) -> None:
        """The order 0, 1, …"""
        type = self._type(k)
        self.over(prod(self.sizes[k]), lambda i: self.store(i, place, i, type))

    def _fail(self, results: list[str]) -> None:
        for k, place in enumerate(results):
            if self.op.RESULTS[k] in self.op.PLACES:
                self._ordered(place, k)
            else:
                self.fill(place, prod(self.sizes[k]), self._pairs(k))

    def _empty(self, b: str) -> None:
        """Results of matrices without elements: zeros, and orders."""
        for k in range(len(self.sizes)):
            place = self.part(f"%y{k}", b, self._scalars(k), self._type(k))
            if self.op.RESULTS[k] in self.op.PLACES:
                self._ordered(place, k)
            elif self._scalars(k):
                self.clear(place, "0", str(self._scalars(k)), self._type(k))

    # How to compute. Each gives a function that takes scratch memory, which gives one that computes
    # the results of a matrix and says whether it failed; None if a function is missing.

    def _run(self) -> Callable[[], Callable[[str, list[str]], str]] | None:
        has, number = library_calls.has_loop, "D" if self.is_complex else "d"
        match self.op:
            case ten.LuOp():
                return self._lu if library_calls.has_lapack(f"{self.letter}getrf") else None
            case ten.CholeskyOp() if self.n >= BY_LAPACK:
                return self._potrf if library_calls.has_lapack(f"{self.letter}potrf") else None
            case ten.CholeskyOp():
                loop = "cholesky_lo", f"{number}->{number}", [0]
            case ten.EighOp() if not self.wanted[1] and self._by_values(self.n, "syevd"):
                return self._syevd
            case ten.EighOp() as op:
                triangle = "up" if op.is_upper else "lo"
                if self.wanted[1]:
                    loop = f"eigh_{triangle}", f"{number}->d{number}", [0, 1]
                else:
                    loop = f"eigvalsh_{triangle}", f"{number}->d", [0]
            case ten.SvdOp() if self.wanted[0] or self.wanted[2]:
                loop = "svd_s", f"{number}->{number}d{number}", [0, 1, 2]
            case ten.SvdOp() if self._by_values(self.k, "gesdd"):
                return self._gesdd
            case ten.SvdOp():
                loop = "svd", f"{number}->d", [1]
            case ten.EigOp():
                loop = "eig", f"{number}->DD", [0, 1]
            case ten.QrOp() if self._has_factors():
                return self._geqrf
            case ten.QrOp():
                raw = has("linalg", "qr_r_raw", f"{number}->{number}")
                q = has("linalg", "qr_reduced", f"{number}{number}->{number}")
                return self._qr if raw and q else None
            case _:
                return None
        name, kinds, made = loop
        return (lambda: self._by_loop(name, kinds, made)) if has("linalg", name, kinds) else None

    def _strides(self, sizes: tuple[int, ...], parts: int) -> list[int]:
        """The bytes between the elements of each dimension, of float64 numbers without gaps."""
        return [8 * parts * prod(sizes[d + 1 :]) for d in range(len(sizes))]

    def _by_loop(self, name: str, kinds: str, made: list[int]) -> Callable[[str, list[str]], str]:
        """By a loop of NumPy, which computes in float64."""
        is_upper = isinstance(self.op, ten.CholeskyOp) and self.op.is_upper
        moves = is_upper or self.element != f64
        size = self.m * self.n * self.parts
        given = self.memory(8 * size) if moves else ""
        buffers = [self.memory(8 * self._scalars(k)) if moves else "" for k in made]

        def compute(a: str, results: list[str]) -> str:
            if moves:
                plain = (a, self.element), (given, f64), (self.m, self.n), self.parts
                self.copy(*plain, transposed=is_upper, conjugate=is_upper)
            goals = buffers if moves else [results[k] for k in made]
            steps = [0] * (1 + len(made))
            steps += self._strides((self.m, self.n), self.parts)
            for k in made:
                steps += self._strides(self.sizes[k], 1 + self._pairs(k))
            dims = [1, self.m] if self.op.SQUARE else [1, self.m, self.n, self.k]
            self.loop("linalg", name, kinds, [given or a, *goals], dims, steps)
            for k, goal in zip(made, buffers) if moves else ():
                *rows, columns = self.sizes[k]
                sizes, type = (prod(rows), columns), (results[k], self.element)
                parts = 1 + self._pairs(k)
                self.copy((goal, f64), type, sizes, parts, transposed=is_upper, conjugate=is_upper)
            return self._is_nan(results[made[0]])

        return compute

    def _is_nan(self, place: str) -> str:
        """Whether the first number is NaN: a loop of NumPy says so that it found no results."""
        kind, first = stored(self.element), self.load(place, "0", self.element)
        return self.let(f"fcmp uno {kind} {first}, {first}")

    def _qr(self) -> Callable[[str, list[str]], str]:
        m, n, k, parts = self.m, self.n, self.k, self.parts
        number = "D" if self.is_complex else "d"
        work, factors = self.memory(8 * m * n * parts), self.memory(8 * k * parts)
        moved = self.memory(8 * m * k * parts) if self.element != f64 else ""

        def compute(a: str, results: list[str]) -> str:
            q, r = results
            self.copy((a, self.element), (work, f64), (m, n), parts)
            matrix, vector = self._strides((m, n), parts), self._strides((k,), parts)
            dims = [1, m, n, k]
            kinds = f"{number}->{number}"
            self.loop("linalg", "qr_r_raw", kinds, [work, factors], dims, [0, 0, *matrix, *vector])
            if self.wanted[0]:
                kinds = f"{number}{number}->{number}"
                steps = [0, 0, 0, *matrix, *vector, *self._strides((m, k), parts)]
                places = [work, factors, moved or q]
                self.loop("linalg", "qr_reduced", kinds, places, dims, steps)
                if moved:
                    self.copy((moved, f64), (q, self.element), (m, k), parts)
            if self.wanted[1]:
                self.copy((work, f64), (r, self.element), (k, n), parts, kept=self.upper)
            return self._is_nan(factors) if self.element == f64 else "false"

        return compute

    def _by_values(self, rows: int, name: str) -> bool:
        """Whether LAPACK computes the values alone of matrices with so many rows."""
        if self.is_complex or rows < lapack.LONG_VALUES:
            return False
        return library_calls.has_lapack(f"{self.letter}{name}")

    def _report(self, info: str) -> str:
        """Whether a function of LAPACK says that it failed."""
        return self.let(f"icmp ne {library_calls.word_of_lapack()} {info}, 0")

    def _syevd(self) -> Callable[[str, list[str]], str]:
        """As `lapack.eigenvalues`."""
        op, n, of = self.op, self.n, self.element
        assert isinstance(op, ten.EighOp)
        bytes, room = bytes_stored(of), (lapack.ROWS_AT_ONCE + 2) * n
        matrix, space, places = (
            self.memory(bytes * n * n),
            self.memory(bytes * room),
            self.memory(8),
        )

        def compute(a: str, results: list[str]) -> str:
            self.copy((a, of), (matrix, of), (n, n), 1, transposed=not op.is_upper)
            given = n, matrix, n, results[0], space, room, places, 1
            return self._report(self.lapack(f"{self.letter}syevd", b"N", b"L", *given))

        return compute

    def _gesdd(self) -> Callable[[str, list[str]], str]:
        """As `lapack.singular_values`."""
        m, n, k, of = self.m, self.n, self.k, self.element
        room = lapack.space_of_singular_values(m, n, "d" if of == f64 else "f")
        bytes = bytes_stored(of)
        matrix, space = self.memory(bytes * m * n), self.memory(bytes * room)
        places, none = self.memory(64 * k), self.memory(bytes)

        def compute(a: str, results: list[str]) -> str:
            self.copy((a, of), (matrix, of), (m, n), 1)
            vectors = results[1], none, 1, none, 1
            given = n, m, matrix, n, *vectors, space, room, places
            return self._report(self.lapack(f"{self.letter}gesdd", b"N", *given))

        return compute

    def _has_factors(self) -> bool:
        """Whether LAPACK makes the factors of `qr`, as outside of loops."""
        return self.m >= self.n >= BY_LAPACK and all(
            library_calls.has_lapack(name) for kind in ("qr", "lq") for name in self._factors(kind)
        )

    def _factors(self, kind: str) -> tuple[str, str]:
        """The functions that factorize, and that make an orthonormal factor of reflections."""
        orthonormal = "un" if self.is_complex else "or"
        return f"{self.letter}ge{kind}f", f"{self.letter}{orthonormal}g{kind}"

    def _geqrf(self) -> Callable[[str, list[str]], str]:
        """As `lapack.qr_into`."""
        m, n, parts, of = self.m, self.n, self.parts, self.element
        bytes, word = bytes_stored(of) * parts, library_calls.word_of_lapack()
        # Of a matrix with this number of columns or more before the zeros at its end, rows lie
        # together, and of others, columns do.
        widest = 2 * m // 3
        turned, factors = self.memory(bytes * m * n), self.memory(bytes * n)
        room = lapack.ROWS_AT_ONCE * m
        space = self.memory(bytes * room)

        def compute(a: str, results: list[str]) -> str:
            q, r = results
            rank = self._columns(a)
            place = self.variable(word)
            given = rank if word == "i64" else self.let(f"trunc i64 {rank} to i32")
            self.put(f"store {word} {given}, ptr {place}")

            def by(is_tall: bool) -> None:
                factorize, expand = self._factors("qr" if is_tall else "lq")
                work = turned if is_tall else q
                self.copy((a, of), (work, of), (m, n), parts, transposed=is_tall)
                rows, first = (m, (m, place)) if is_tall else (n, (place, m))
                self.lapack(factorize, *first, work, rows, factors, space, room)
                if self.wanted[1]:
                    kept = self.lower if is_tall else self.upper
                    self.copy((work, of), (r, of), (n, n), parts, is_tall, kept=kept, width=rows)
                if self.wanted[0]:
                    sizes = (m, n) if is_tall else (n, m)
                    self.lapack(expand, *sizes, place, work, rows, factors, space, room)
                    if is_tall:
                        self.copy((work, of), (q, of), (n, m), parts, transposed=True)

            if n <= widest:
                by(True)
            else:
                tall = self.let(f"icmp sle i64 {rank}, {widest}")
                wide = self.let(f"icmp sgt i64 {rank}, {widest}")
                self.where(tall, lambda: by(True))
                self.where(wide, lambda: by(False))
            return "false"

        return compute

    def _columns(self, a: str) -> str:
        """The number of columns before those of zeros at the end, but for the first column."""
        m, n, parts = self.m, self.n * self.parts, self.parts
        kind, zero = stored(self.element), number(0, self.element)
        last = self.variable("i64")
        self.put(f"store i64 1, ptr {last}")

        def look(i: str, j: str) -> None:
            at = self.let(f"add i64 {self.let(f'mul i64 {i}, {n}')}, {j}")
            some = self.let(f"fcmp une {kind} {self.load(a, at, self.element)}, {zero}")
            column = self.let(f"add i64 {self.let(f'udiv i64 {j}, {parts}')}, 1")
            here = self.let(f"select i1 {some}, i64 {column}, i64 1")
            most = self._call_intrinsic("smax", "i64", [self.let(f"load i64, ptr {last}"), here])
            self.put(f"store i64 {most}, ptr {last}")

        self.over(m, lambda i: self.counted(str(n - parts), str(n), lambda j: look(i, j)))
        ends = self.let(f"icmp ne i64 {self.let(f'load i64, ptr {last}')}, {self.n}")
        self.where(ends, lambda: self.over(m, lambda i: self.over(n, lambda j: look(i, j))))
        return self.let(f"load i64, ptr {last}")

    def _blocks(self, rows: int) -> shared_factors.Blocks | None:
        """The blocks of a matrix whose columns have so many rows, if threads share its factors."""
        if not are_shared(self.m, self.n) or not shared_factors.has_functions(self.letter):
            return None
        # Each call of a part stays on its thread.
        self.is_threaded = False
        return shared_factors.Blocks(self.element, self.letter, rows)

    def _potrf(self) -> Callable[[str, list[str]], str]:
        op, n = self.op, self.n
        assert isinstance(op, ten.CholeskyOp)
        kept, letter = (self.upper, b"L") if op.is_upper else (self.lower, b"U")
        shared = self._blocks(n)

        def compute(a: str, results: list[str]) -> str:
            (factor,) = results
            of = self.element
            # Columns of LAPACK are rows here: its lower triangle is the upper one, transposed.
            self.copy((a, of), (factor, of), (n, n), self.parts, kept=kept)
            if shared is not None:
                failed = shared_factors.cholesky(self, shared, not op.is_upper, factor)
            else:
                failed = self._report(self.lapack(f"{self.letter}potrf", letter, n, factor, n))
            # An element that is not finite makes the diagonal of its row or column NaN.
            diagonal = self.all_finite(
                factor, (n, n), lambda i, j: self.let(f"icmp eq i64 {i}, {j}")
            )
            return self.let(f"or i1 {failed}, {self.let(f'xor i1 {diagonal}, true')}")

        return compute

    def _lu(self) -> Callable[[str, list[str]], str]:
        op, parts, of = self.op, self.parts, self.element
        assert isinstance(op, ten.LuOp)
        word, by_columns = library_calls.word_of_lapack(), op.by_columns
        swaps = self.memory(self.k * (8 if word == "i64" else 4))
        size = bytes_stored(of) * parts * self.m * self.n
        moved = "" if by_columns else self.memory(size)
        # LAPACK takes the rows of a matrix for its columns.
        rows, columns = (self.n, self.m) if by_columns else (self.m, self.n)
        shared = self._blocks(rows)

        def compute(a: str, results: list[str]) -> str:
            order, packed = results
            sizes = self.m, self.n
            self.copy((a, of), (moved or packed, of), sizes, parts, transposed=not by_columns)
            if shared is not None:
                shared_factors.lu(self, shared, columns, moved or packed, swaps)
            else:
                given = rows, columns, moved or packed, rows, swaps
                self.lapack(f"{self.letter}getrf", *given)
            if moved:
                self.copy((moved, of), (packed, of), sizes[::-1], parts, transposed=True)
            self._ordered(order, 0)

            def exchange(i: str) -> None:
                at = self.let(f"getelementptr {word}, ptr {swaps}, i64 {i}")
                j = self.let(f"load {word}, ptr {at}")
                j = j if word == "i64" else self.let(f"sext {word} {j} to i64")
                j = self.let(f"sub i64 {j}, 1")
                places = [self.let(f"getelementptr i64, ptr {order}, i64 {x}") for x in (i, j)]
                values = [self.let(f"load i64, ptr {p}") for p in places]
                for p, value in zip(places, values[::-1]):
                    self.put(f"store i64 {value}, ptr {p}")

            self.over(self.k, exchange)
            return "false"

        return compute


def triangular_solve(op: ten.TriangularSolveOp) -> Calls | None:
    """The solutions of triangular systems, by BLAS; None if there is no library."""
    *batch, n, m = shape(op.b.type)[: -1 if op.is_complex else None]
    w = _Matrices(types.element(op.b.type), op.is_complex, (n, m))
    if not prod(batch) * n * m:
        return w
    of_vector = m == 1 and library_calls.has_lapack(f"{w.letter}trsv", is_c=True)
    if not library_calls.has_lapack(f"{w.letter}trsm", is_c=True):
        return None
    kinds = [
        lapack.LOWER if op.is_lower else lapack.UPPER,
        lapack.CONJUGATE if op.is_adjoint else lapack.PLAIN,
        lapack.UNIT_DIAGONAL if op.is_unit else lapack.OWN_DIAGONAL,
    ]
    word, kind = library_calls.word_of_lapack(), stored(w.element)
    one = number(1, w.element)
    factor = f"{kind} {one}"
    if op.is_complex:
        factor = f"ptr {w.stored(kind, [one, number(0, w.element)])}"
    systems: shared_factors.Systems | None = None
    if m > lapack.BLOCK:
        like = shared_factors.Blocks(w.element, w.letter, n)
        systems = shared_factors.Systems(like, n, m, kinds, op.is_lower != op.is_adjoint)
        w.is_threaded &= not systems.is_shared

    def system(b: str) -> None:
        t = w.part("%x0", b, n * n * w.parts)
        right, x = (w.part(p, b, n * m * w.parts) for p in ("%x1", "%y0"))
        w.copy((right, w.element), (x, w.element), (n, m), w.parts)
        matrix = [f"ptr {t}", f"{word} {n}", f"ptr {x}"]
        if of_vector:
            w.cblas(f"{w.letter}trsv", [lapack.ROWS, *kinds], f"{word} {n}", *matrix, f"{word} 1")
        elif systems is not None:
            systems.solve(w, t, x)
        else:
            sizes = f"{word} {n}", f"{word} {m}"
            every = [lapack.ROWS, lapack.LEFT, *kinds]
            w.cblas(f"{w.letter}trsm", every, *sizes, factor, *matrix, f"{word} {m}")

    w.over(prod(batch), system)
    return w


def symmetric_solve(op: ten.SymmetricSolveOp) -> Calls | None:
    """The solutions of symmetric systems, by LAPACK; None if there is no library."""
    of = types.element(op.a.type)
    *batch, n, m = shape(op.b.type)
    w = _Matrices(of, False, (n,))
    if not prod(batch) * n * m:
        return w
    if not library_calls.has_lapack(f"{w.letter}sysv"):
        return None
    word, width = library_calls.word_of_lapack(), bytes_stored(of)
    matrix, columns = w.memory(width * n * n), w.memory(width * n * m)
    swaps, space = w.memory(8 * n), w.memory(width * lapack.ROWS_AT_ONCE * n)
    # Columns of LAPACK are rows here: its lower triangle is the upper one, transposed.
    kept, letter = (w.lower, b"U") if op.is_lower else (w.upper, b"L")

    def system(b: str) -> None:
        a = w.part("%x0", b, n * n)
        right, x = (w.part(p, b, n * m) for p in ("%x1", "%y0"))
        failed = w.variable("i8")
        w.put(f"store i8 1, ptr {failed}")
        w.copy((a, of), (matrix, of), (n, n), 1, kept=kept)
        w.copy((right, of), (columns, of), (n, m), 1, transposed=True)

        def solve() -> None:
            given = n, m, matrix, n, swaps, columns, n, space, lapack.ROWS_AT_ONCE * n
            info = w.lapack(f"{w.letter}sysv", letter, *given)
            bad = w.let(f"zext i1 {w.let(f'icmp ne {word} {info}, 0')} to i8")
            w.put(f"store i8 {bad}, ptr {failed}")
            w.copy((columns, of), (x, of), (m, n), 1, transposed=True)

        w.where(w.all_finite(matrix, (n, n)), solve)
        bad = w.let(f"icmp ne i8 {w.let(f'load i8, ptr {failed}')}, 0")
        w.where(bad, lambda: w.fill(x, n * m, False))

    w.over(prod(batch), system)
    return w
