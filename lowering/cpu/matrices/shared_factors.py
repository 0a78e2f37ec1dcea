"""
Factors and systems of large matrices, in machine code whose parts letgrad's threads share. Each
part is calls of LAPACK and of BLAS that stay on their thread. `threaded_factors` and `lapack` have
the same parts for calls outside of loops, so the results are the same.

All matrices of factors keep columns together, as LAPACK does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.ir import Attribute

from .. import library_calls
from ..instructions import number, stored
from ..library_calls import Calls
from ..shared_parts import share
from . import lapack, threaded_factors

WIDTH = threaded_factors.WIDTH

FACTORS = "getrf", "potrf", "laswp", "trsm", "gemm"
"""The functions that the parts call."""


class Blocks(Calls):
    """
    Writes code on the matrix %x with `rows` numbers in a column: the function itself, or a part.
    """

    def __init__(self, element: Attribute, letter: str, rows: int) -> None:
        super().__init__()
        self.element, self.letter, self.rows = element, letter, rows
        self.parts = 2 if letter in "cz" else 1
        self.adjoint = b"C" if letter in "cz" else b"T"

    def same(self) -> Blocks:
        """A writer for the code of a part."""
        return Blocks(self.element, self.letter, self.rows)

    def at(self, i: str, j: str, x: str = "%x") -> str:
        """The address of element (i, j)."""
        number = self.let(f"add i64 {self.let(f'mul i64 {j}, {self.rows}')}, {i}")
        if self.parts > 1:
            number = self.let(f"mul i64 {number}, {self.parts}")
        return self.let(f"getelementptr {stored(self.element)}, ptr {x}, i64 {number}")

    def factor(self, x: float, is_real: bool = False) -> str:
        """The place of a number."""
        values = [number(x, self.element), number(0, self.element)]
        return self.stored(stored(self.element), values[: 1 if is_real else 2])

    def minus(self, a: str, b: str) -> str:
        return self.let(f"sub i64 {a}, {b}")

    def least(self, a: str, b: str) -> str:
        return self._call_intrinsic("smin", "i64", [a, b])

    def ends(self, first: str, k: str, last: str) -> tuple[str, str]:
        """Where block k of those from `first` to `last` begins and ends."""
        begin = self.let(f"add i64 {first}, {self.let(f'mul i64 {k}, {WIDTH}')}")
        return begin, self.least(self.let(f"add i64 {begin}, {WIDTH}"), last)


def has_functions(letter: str) -> bool:
    """Whether the library has the functions of factors."""
    update = "herk" if letter in "cz" else "syrk"
    return all(library_calls.has_lapack(f"{letter}{name}") for name in (*FACTORS, update))


def _share(
    w: Calls, part: Calls, name: str, count: str, pointers: dict[str, str], numbers: dict[str, str]
) -> None:
    """As `shared_parts.share`; the table is on the stack once."""
    table = w.variable(f"[{len(pointers) + len(numbers)} x i64]")
    share(w, part, name, count, pointers, numbers, table, part.stack)
    w.has_parts = True


def lu(w: Calls, to: Blocks, columns: int, x: str, swaps: str) -> None:
    """
    The factors of the matrix at x over it, and the exchanges of rows: `threaded_factors.lu`. `to`
    writes nothing, and says what the matrix has.
    """
    rows = to.rows
    end = min(rows, columns)
    panels, behind = -(-end // WIDTH), -(-(columns - end) // WIDTH)
    word = library_calls.word_of_lapack()
    name = f"lu.{to.letter}.{rows}.{columns}"

    def factorize(
        b: Calls, at: Callable[[str, str], str], swaps: str, first: str, last: str
    ) -> None:
        own = b.let(f"getelementptr {word}, ptr {swaps}, i64 {first}")
        height, width = b.let(f"sub i64 {rows}, {first}"), b.let(f"sub i64 {last}, {first}")
        b.lapack(
            f"{to.letter}getrf", b.integer(height), b.integer(width), at(first, first), rows, own
        )
        shift = first if word == "i64" else b.let(f"trunc i64 {first} to i32")

        def move(i: str) -> None:
            place = b.let(f"getelementptr {word}, ptr {own}, i64 {i}")
            value = b.let(f"add {word} {b.let(f'load {word}, ptr {place}')}, {shift}")
            b.put(f"store {word} {value}, ptr {place}")

        b.counted("0", width, move)

    first = to.same()
    factorize(first, first.at, "%swaps", "0", str(min(WIDTH, end)))
    pointers = {"x": x, "swaps": swaps}
    _share(w, first, f"{name}.first", "1", pointers, {})

    b = to.same()
    left, right = b.ends("0", "%panel", str(end))
    inside = b.minus(str(panels - 1), "%panel")
    is_panel = b.let(f"icmp slt i64 %k, {inside}")
    own = b.ends(right, "%k", str(end))
    rest = b.ends(str(end), b.minus("%k", inside), str(columns))
    begin, stop = (b.let(f"select i1 {is_panel}, i64 {p}, i64 {q}") for p, q in zip(own, rest))
    width, n = b.minus(right, left), b.minus(stop, begin)
    corner, one = b.at(left, begin), b.factor(1)
    following = b.integer(b.let(f"add i64 {left}, 1"))
    b.fortran(
        f"{to.letter}laswp", b.integer(n), b.at("0", begin), rows, following, b.integer(right),
        "%swaps", 1,
    )  # fmt: skip
    sizes = b.integer(width), b.integer(n)
    b.fortran(
        f"{to.letter}trsm",
        b"L",
        b"L",
        b"N",
        b"U",
        *sizes,
        one,
        b.at(left, left),
        rows,
        corner,
        rows,
    )

    def subtract() -> None:
        below = b.integer(b.minus(str(rows), right))
        b.fortran(
            f"{to.letter}gemm", b"N", b"N", below, b.integer(n), b.integer(width), b.factor(-1),
            b.at(right, left), rows, corner, rows, one, b.at(right, begin), rows,
        )  # fmt: skip

    b.where(b.let(f"icmp slt i64 {right}, {rows}"), subtract)
    is_next = b.let("icmp eq i64 %k, 0")
    is_next = b.let(f"and i1 {is_next}, {is_panel}")
    b.where(is_next, lambda: factorize(b, b.at, "%swaps", begin, stop))

    def panel(k: str) -> None:
        count = w.let(f"sub i64 {panels - 1 + behind}, {k}")
        _share(w, b, f"{name}.update", count, pointers, {"panel": k})

    w.counted("0", str(panels), panel)

    e = to.same()
    begin, stop = e.ends("0", "%k", str(end))
    after = e.integer(e.let(f"add i64 {stop}, 1"))
    e.fortran(
        f"{to.letter}laswp", e.integer(e.minus(stop, begin)), e.at("0", begin), rows, after, end,
        "%swaps", 1,
    )  # fmt: skip
    _share(w, e, f"{name}.exchange", str(panels - 1), pointers, {})


def cholesky(w: Calls, to: Blocks, upper: bool, x: str) -> str:
    """
    A triangular factor of the matrix at x over the triangle: `threaded_factors.cholesky`. Gives
    whether there is none.
    """
    size, letter, side = to.rows, *((b"U", b"L") if upper else (b"L", b"R"))
    how = (to.adjoint, b"N") if upper else (b"N", to.adjoint)
    name = f"cholesky.{to.letter}.{'upper' if upper else 'lower'}.{size}"
    word, failed = library_calls.word_of_lapack(), w.variable("i8")
    w.put(f"store i8 0, ptr {failed}")

    def beside(b: Blocks, k: str) -> str:
        """A block above the rest of the matrix, or left of it."""
        return b.at("%first", k) if upper else b.at(k, "%first")

    def turned(b: Blocks, sizes: Sequence[str]) -> list[str]:
        return [b.integer(n) for n in (sizes if upper else sizes[::-1])]

    s = to.same()
    begin, end = s.ends("%middle", "%k", "%last")
    inner = s.minus("%middle", "%first")
    sizes = turned(s, (inner, s.minus(end, begin)))
    s.fortran(
        f"{to.letter}trsm", side, letter, to.adjoint, b"N", *sizes, s.factor(1),
        s.at("%first", "%first"), size, beside(s, begin), size,
    )  # fmt: skip

    u = to.same()
    # The last blocks are the largest, so they come first.
    begin, end = u.ends("%middle", u.let("sub i64 %most, %k"), "%last")
    inner, before, width = (
        u.minus(a, b) for a, b in (("%middle", "%first"), (begin, "%middle"), (end, begin))
    )

    def product() -> None:
        others, target = (beside(u, "%middle"), beside(u, begin)), u.at("%middle", begin)
        if not upper:
            others, target = others[::-1], u.at(begin, "%middle")
        u.fortran(
            f"{to.letter}gemm", *how, *turned(u, (before, width)), u.integer(inner), u.factor(-1),
            others[0], size, others[1], size, u.factor(1), target, size,
        )  # fmt: skip

    u.where(u.let(f"icmp ne i64 {before}, 0"), product)
    update = "herk" if to.parts > 1 else "syrk"
    u.fortran(
        f"{to.letter}{update}", letter, how[0], u.integer(width), u.integer(inner),
        u.factor(-1, True), beside(u, begin), size, u.factor(1, True), u.at(begin, begin), size,
    )  # fmt: skip

    def factorize(first: int, last: int) -> None:
        n = last - first
        if n <= 2 * WIDTH:
            corner = w.let(
                f"getelementptr {stored(to.element)}, ptr {x}, i64 {first * (size + 1) * to.parts}"
            )
            info = w.lapack(f"{to.letter}potrf", letter, n, corner, size)
            bad = w.let(f"zext i1 {w.let(f'icmp ne {word} {info}, 0')} to i8")
            bad = w.let(f"or i8 {bad}, {w.let(f'load i8, ptr {failed}')}")
            w.put(f"store i8 {bad}, ptr {failed}")
            return
        middle = first + (n // 2 + WIDTH - 1) // WIDTH * WIDTH
        factorize(first, middle)
        blocks = -(-(last - middle) // WIDTH)
        numbers = {"first": first, "middle": middle, "last": last, "most": blocks - 1}
        given = {key: str(value) for key, value in numbers.items()}
        _share(w, s, f"{name}.solve", str(blocks), {"x": x}, given)
        _share(w, u, f"{name}.subtract", str(blocks), {"x": x}, given)
        factorize(middle, last)

    factorize(0, size)
    return w.let(f"icmp ne i8 {w.let(f'load i8, ptr {failed}')}, 0")


class Systems:
    """
    Triangular systems T X = B with many right sides, n x m, as `lapack.solve_triangular` solves
    them: of right sides that begin with zeros, as those of the identity do, only what follows.
    `kinds` are the numbers of the C interface for the triangle, and `forward` says that the first
    row of X comes first.
    """

    def __init__(self, like: Blocks, n: int, m: int, kinds: Sequence[int], forward: bool) -> None:
        self.like, self.n, self.m, self.kinds, self.forward = like, n, m, kinds, forward
        self.is_shared = threaded_factors.are_shared(n, m)
        self.blocks = -(-m // lapack.BLOCK)

    def solve(self, w: Calls, t: str, x: str) -> None:
        """Solve the systems in place: x has the right sides, and then the solutions."""
        n, m, block = self.n, self.m, lapack.BLOCK
        widest = 2 * block if self.is_shared else m
        begin_with_zeros = self._begin_with_zeros(w, x)
        width = w.let(f"select i1 {begin_with_zeros}, i64 {block}, i64 {widest}")
        count = w.let(f"select i1 {begin_with_zeros}, i64 {self.blocks}, i64 {-(-m // widest)}")
        part = self.like.same()
        self._part(part, "%k", "%width")
        name = f"systems.{self.like.letter}.{n}.{m}.{'.'.join(map(str, self.kinds))}"
        if self.is_shared:
            _share(w, part, name, count, {"t": t, "x": x}, {"width": width})
        else:
            w.counted("0", count, lambda k: self._part(w, k, width, t, x))

    def _part(self, w: Calls, k: str, width: str, t: str = "%t", x: str = "%x") -> None:
        n, m, like = self.n, self.m, self.like
        left = w.let(f"mul i64 {k}, {width}")
        right = w._call_intrinsic("smin", "i64", [w.let(f"add i64 {left}, {width}"), str(m)])
        # Blocks of this width begin with zeros.
        is_short = w.let(f"icmp eq i64 {width}, {lapack.BLOCK}")
        if self.forward:
            first = w.let(f"select i1 {is_short}, i64 {left}, i64 0")
            count = w.let(f"sub i64 {n}, {first}")
        else:
            first = "0"
            count = w._call_intrinsic("smin", "i64", [right, str(n)])
            count = w.let(f"select i1 {is_short}, i64 {count}, i64 {n}")
        kind, word = stored(like.element), library_calls.word_of_lapack()

        def place(of: str, row: str, column: str, width: int) -> str:
            at = w.let(f"add i64 {w.let(f'mul i64 {row}, {width}')}, {column}")
            at = w.let(f"mul i64 {at}, {like.parts}")
            return w.let(f"getelementptr {kind}, ptr {of}, i64 {at}")

        def size(value: str) -> str:
            return f"{word} {value if word == 'i64' else w.let(f'trunc i64 {value} to i32')}"

        one = number(1, like.element)
        factor = f"{kind} {one}"
        if like.parts > 1:
            factor = f"ptr {w.stored(kind, [one, number(0, like.element)])}"
        w.cblas(
            f"{like.letter}trsm", [lapack.ROWS, lapack.LEFT, *self.kinds], size(count),
            size(w.let(f"sub i64 {right}, {left}")), factor, f"ptr {place(t, first, first, n)}",
            f"{word} {n}", f"ptr {place(x, first, left, m)}", f"{word} {m}",
        )  # fmt: skip

    def _begin_with_zeros(self, w: Calls, x: str) -> str:
        """Whether the right sides begin with zeros, a block of rows more for each block of them."""
        n, m, like, block = self.n, self.m, self.like, lapack.BLOCK
        if self.forward and (self.blocks - 1) * block >= n:
            return "false"
        kind, zero, found = stored(like.element), number(0, like.element), w.variable("i8")
        w.put(f"store i8 0, ptr {found}")

        def look(i: str, low: str, high: str) -> None:
            def element(j: str) -> None:
                at = w.let(f"add i64 {w.let(f'mul i64 {i}, {m * like.parts}')}, {j}")
                some = w.let(f"fcmp une {kind} {w.load(x, at, like.element)}, {zero}")
                some = w.let(
                    f"or i8 {w.let(f'load i8, ptr {found}')}, {w.let(f'zext i1 {some} to i8')}"
                )
                w.put(f"store i8 {some}, ptr {found}")

            low, high = (w.let(f"mul i64 {j}, {like.parts}") for j in (low, high))
            w.counted(low, high, element)

        def row(i: str) -> None:
            corner = w.let(f"mul i64 {w.let(f'udiv i64 {i}, {block}')}, {block}")
            if self.forward:
                low = w.let(f"add i64 {corner}, {block}")
                look(i, w._call_intrinsic("smin", "i64", [low, str(m)]), str(m))
            else:
                look(i, "0", w._call_intrinsic("smin", "i64", [corner, str(m)]))

        row("0" if self.forward else str(n - 1))
        is_open = w.let(f"icmp eq i8 {w.let(f'load i8, ptr {found}')}, 0")
        w.where(is_open, lambda: w.counted("0", str(n), row))
        return w.let(f"icmp eq i8 {w.let(f'load i8, ptr {found}')}, 0")
