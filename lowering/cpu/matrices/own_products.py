"""
Products of matrices in machine code of letgrad's own, for libraries that run without BLAS.

    C = A B, and A and B may be transposed

The columns of B are taken in panels, and its rows in blocks. A block of a panel is copied into one
piece of the stack, and each few rows of A then go over it: their sums stay in registers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects.builtin import f32, f64

from ..instructions import Scalars

LANES = {"float": 16, "double": 8}
"""The columns of a panel: one vector of 512 bits, of which LLVM makes what the machine has."""

ROWS = 4
"""Rows of A whose sums are in registers."""

DEPTH = 256
"""Rows of B in a block."""

LETTERS = {"float": "s", "double": "d"}


@dataclass
class Matrix:
    """A matrix in memory: a pointer, and the elements from one row, and one column, to the next."""

    pointer: str
    row: str
    column: str


class _Writer(Scalars):
    """Writes the product for one type of elements."""

    def __init__(self, t: str):
        super().__init__("", False)
        self.t, self.lanes = t, LANES[t]
        self.type = f32 if t == "float" else f64
        self.vector = f"<{self.lanes} x {t}>"

    def element(self, m: Matrix, i: str, j: str) -> str:
        """The address of an element."""
        down = self.let(f"mul i64 {i}, {m.row}")
        along = self.let(f"mul i64 {j}, {m.column}")
        return self.address(m.pointer, self.let(f"add i64 {down}, {along}"), self.type)

    def least(self, a: str, b: str) -> str:
        return self._call_intrinsic("smin", "i64", [a, b])

    def product(self, a: Matrix, b: Matrix, c: Matrix, sizes: tuple[str, str, str]) -> None:
        rows, columns, inner = sizes
        panels = self.let(f"add i64 {columns}, {self.lanes - 1}")
        panels = self.let(f"udiv i64 {panels}, {self.lanes}")
        blocks = self.let(f"udiv i64 {self.let(f'add i64 {inner}, {DEPTH - 1}')}, {DEPTH}")

        def panel(k: str) -> None:
            j = self.let(f"mul i64 {k}, {self.lanes}")
            width = self.least(self.let(f"sub i64 {columns}, {j}"), str(self.lanes))

            def block(q: str) -> None:
                p = self.let(f"mul i64 {q}, {DEPTH}")
                depth = self.least(self.let(f"sub i64 {inner}, {p}"), str(DEPTH))
                self.pack(b, p, depth, j, width)
                some = self.let(f"udiv i64 {rows}, {ROWS}")
                self.counted(
                    "0", some, lambda i: self.rows(ROWS, a, c, i, ROWS, p, depth, j, width)
                )
                done = self.let(f"mul i64 {some}, {ROWS}")
                self.counted(done, rows, lambda i: self.rows(1, a, c, i, 1, p, depth, j, width))

            self.counted("0", blocks, block)

        self.counted("0", panels, panel)

    def pack(self, b: Matrix, p: str, depth: str, j: str, width: str) -> None:
        """Copy rows `p` … of some columns of B into one piece, with zeros beside them."""

        def row(i: str) -> None:
            at = self.let(f"mul i64 {i}, {self.lanes}")
            self.put(f"store {self.vector} zeroinitializer, ptr {self.place(at)}, align 64")
            below = self.let(f"add i64 {p}, {i}")

            def copy(k: str) -> None:
                source = self.element(b, below, self.let(f"add i64 {j}, {k}"))
                to = self.place(self.let(f"add i64 {at}, {k}"))
                self.put(f"store {self.t} {self.let(f'load {self.t}, ptr {source}')}, ptr {to}")

            self.counted("0", width, copy)

        self.counted("0", depth, row)

    def place(self, at: str) -> str:
        return self.let(f"getelementptr inbounds {self.t}, ptr %packed, i64 {at}")

    def rows(
        self, count: int, a: Matrix, c: Matrix, k: str, step: int,
        p: str, depth: str, j: str, width: str,
    ) -> None:  # fmt: skip
        """Add a block of B's rows, times some rows of A, to these rows of C."""
        first = self.let(f"mul i64 {k}, {step}")
        numbers = [self.let(f"add i64 {first}, {r}") for r in range(count)]
        for r in range(count):
            self.put(f"store {self.vector} zeroinitializer, ptr %sum{r}, align 64")

        def turn(q: str) -> None:
            at = self.place(self.let(f"mul i64 {q}, {self.lanes}"))
            y = self.let(f"load {self.vector}, ptr {at}, align 64")
            inside = self.let(f"add i64 {p}, {q}")
            for r, i in enumerate(numbers):
                x = self.let(f"load {self.t}, ptr {self.element(a, i, inside)}")
                one = self.let(f"insertelement {self.vector} poison, {self.t} {x}, i64 0")
                zeros = f"<{self.lanes} x i32> zeroinitializer"
                x = self.let(f"shufflevector {self.vector} {one}, {self.vector} poison, {zeros}")
                sum = self.let(f"load {self.vector}, ptr %sum{r}, align 64")
                sum = self.muladd(x, y, sum)
                self.put(f"store {self.vector} {sum}, ptr %sum{r}, align 64")

        self.counted("0", depth, turn)
        is_new = self.let(f"fcmp oeq {self.t} %beta, 0.0")
        is_first = self.let(f"and i1 {self.let(f'icmp eq i64 {p}, 0')}, {is_new}")
        for r, i in enumerate(numbers):

            def write(q: str, r: int = r, i: str = i) -> None:
                to = self.element(c, i, self.let(f"add i64 {j}, {q}"))
                old = self.let(f"load {self.t}, ptr {to}")
                # The memory of C holds anything at first, also NaN, so it is not multiplied by 0.
                old = self.let(f"select i1 {is_first}, {self.t} 0.0, {self.t} {old}")
                part = self.let(f"getelementptr inbounds {self.t}, ptr %sum{r}, i64 {q}")
                new = self.let(f"fadd {self.t} {old}, {self.let(f'load {self.t}, ptr {part}')}")
                self.put(f"store {self.t} {new}, ptr {to}")

            # Memory that the loop writes only there, so the sums stay in registers before.
            self.counted("0", width, write)

    def muladd(self, x: str, y: str, z: str) -> str:
        name = f"llvm.fmuladd.v{self.lanes}{'f32' if self.t == 'float' else 'f64'}"
        v = self.vector
        self.declare(name, f"declare {v} @{name}({v}, {v}, {v})")
        return self.let(f"call {v} @{name}({v} {x}, {v} {y}, {v} {z})")


def _own(t: str) -> str:
    """`letgrad_<letter>gemm` with sizes of 64 bits, for factor 1, and 0 or 1 of what is there."""
    writer = _Writer(t)
    one = {name: writer.let(f"icmp eq i32 %{name}, 112") for name in ("ta", "tb")}
    sides: list[Matrix] = []
    for name, flag in (("a", one["ta"]), ("b", one["tb"])):
        row = writer.let(f"select i1 {flag}, i64 1, i64 %ld{name}")
        column = writer.let(f"select i1 {flag}, i64 %ld{name}, i64 1")
        sides.append(Matrix(f"%{name}", row, column))
    a, b = sides
    writer.product(a, b, Matrix("%c", "%ldc", "1"), ("%m", "%n", "%k"))
    # The stack of the calling thread has room: the threads of the pool have 8 MB.
    memory = [f"  %packed = alloca [{DEPTH * writer.lanes} x {t}], align 64"]
    memory += [f"  %sum{r} = alloca {writer.vector}, align 64" for r in range(ROWS)]
    body = "\n".join([*memory, *writer.lines])
    declared = "".join(f"{text}\n" for text in writer.declared.values())
    head = _head(LETTERS[t], t, "i64")
    return f"{declared}define void {head} nounwind noinline {{\nentry:\n{body}\n  ret void\n}}\n"


def _head(letter: str, t: str, word: str) -> str:
    given = (
        f"i32 %order, i32 %ta, i32 %tb, {word} %m, {word} %n, {word} %k, {t} %alpha, "
        f"ptr noalias %a, {word} %lda, ptr noalias %b, {word} %ldb, {t} %beta, "
        f"ptr noalias %c, {word} %ldc"
    )
    return f"@letgrad_{letter}gemm({given})"


def _by_name(t: str) -> str:
    """`letgrad_<letter>gemm` with sizes of 32 bits, as a call of CBLAS."""
    letter = LETTERS[t]
    head = _head(letter, t, "i32")
    given = head[head.index("(") :].replace("noalias ", "")
    kinds = ", ".join(part.split(" ")[0] for part in given.strip("()").split(", "))
    return (
        f"declare void @cblas_{letter}gemm({kinds})\n"
        f"define void {head} nounwind alwaysinline {{\n"
        f"  call void @cblas_{letter}gemm{given}\n  ret void\n}}\n"
    )


WORDS = {"own": "i64", "cblas": "i32"}
"""Where products come from, and the LLVM type of sizes in their calls."""


def products_text(letters: Sequence[str], source: str) -> str:
    """A module with the products that are called, for the elements with these letters of BLAS."""
    write = _own if source == "own" else _by_name
    return "".join(write({"s": "float", "d": "double"}[letter]) for letter in letters)
