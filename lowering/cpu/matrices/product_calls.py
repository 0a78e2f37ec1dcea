"""
Calls of the library that multiplies matrices, in the text of a loop nest: one for a product, or one
for each of several products that are added up.
"""

from __future__ import annotations

from xdsl.ir import Attribute

from ...nests.matrix_products import Product
from ..instructions import Scalars, number, register, stored

ROW_MAJOR, AS_IT_IS, TRANSPOSED, UPPER = 101, 111, 112, 121
"""Numbers of CBLAS."""

BLOCK = 32
"""Rows that are mirrored together: their numbers in a column stay in the cache."""


def multiply(
    code: Scalars,
    p: Product,
    type: Attribute,
    word: str,
    rows: str,
    sides: tuple[str, str],
    target: tuple[str, int],
    columns: str | None = None,
) -> None:
    """
    This number of rows of a product, and this number of columns, or all. `sides` are the addresses
    of the operands, `target` those of the result with the elements between its rows, and `word` is
    the LLVM type of sizes.
    """
    kind = register(type)
    name = f"letgrad_{'d' if kind == 'double' else 's'}gemm"
    kinds = f"i32 i32 i32 {word} {word} {word} {kind} ptr {word} ptr {word} {kind} ptr {word}"
    kinds = kinds.split()
    code.declare(name, f"declare void @{name}({', '.join(kinds)})")
    how = [TRANSPOSED if s.is_transposed else AS_IT_IS for s in (p.left, p.right)]
    one, none = number(1, type), number(0, type)

    def call(left: str, right: str, kept: str) -> None:
        given = (
            ROW_MAJOR, *how, rows, columns or p.columns, p.inner, one, left, p.left.stride, right,
            p.right.stride, kept, *target,
        )  # fmt: skip
        code.put(f"call void @{name}({', '.join(f'{t} {v}' for t, v in zip(kinds, given))})")

    if p.added == 1:
        call(*sides, none)
        return

    def turn(k: str) -> None:
        left, right = (
            code.address(at, code.let(f"mul i64 {k}, {s.added}"), type)
            for at, s in zip(sides, (p.left, p.right))
        )
        is_first = code.let(f"icmp eq i64 {k}, 0")
        call(left, right, code.let(f"select i1 {is_first}, {kind} {none}, {kind} {one}"))

    code.counted("0", str(p.added), turn)


def multiply_by_itself(
    code: Scalars, p: Product, type: Attribute, word: str, source: str, target: str
) -> None:
    """The product of a matrix and its transpose: one triangle of it, and its mirror image."""
    kind, n = register(type), p.columns
    name = f"letgrad_{'d' if kind == 'double' else 's'}syrk"
    kinds = f"i32 i32 i32 {word} {word} {kind} ptr {word} {kind} ptr {word}".split()
    code.declare(name, f"declare void @{name}({', '.join(kinds)})")
    how = TRANSPOSED if p.left.is_transposed else AS_IT_IS
    given = (
        ROW_MAJOR, UPPER, how, n, p.inner, number(1, type), source, p.left.stride,
        number(0, type), target, n,
    )  # fmt: skip
    code.put(f"call void @{name}({', '.join(f'{t} {v}' for t, v in zip(kinds, given))})")

    def block(b: str) -> None:
        first = code.let(f"mul i64 {b}, {BLOCK}")
        past = code.let(f"add i64 {first}, {BLOCK}")

        def row(j: str) -> None:
            inside = code.let(f"icmp slt i64 {j}, {past}")
            end = code.let(f"select i1 {inside}, i64 {j}, i64 {past}")

            def element(i: str) -> None:
                here, there = (
                    code.let(f"add i64 {code.let(f'mul i64 {a}, {n}')}, {c}")
                    for a, c in ((i, j), (j, i))
                )
                value = code.load(target, here, type)
                place = code.address(target, there, type)
                code.put(f"store {stored(type)} {value}, ptr {place}")

            code.counted(first, end, element)

        code.counted(first, str(n), row)

    code.counted("0", str(-(-n // BLOCK)), block)
