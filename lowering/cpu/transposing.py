"""
A function that copies a part of a matrix and transposes it. It transposes squares of eight by eight
elements in registers, and single elements at the edges.
"""

from __future__ import annotations

from xdsl.ir import Attribute

from . import common_code
from .instructions import SCALAR_LOOP, Scalars, stored

EDGE = 8
"""The edge of a square."""

_BITS = {"double": 64, "float": 32, "half": 16}


def transposing(code: Scalars, type: Attribute) -> str:
    """
    The name of a function (from, stride, to, stride, rows, columns) for elements of this type. Row
    i of `from` becomes column i of `to`. The elements of a row of `from` lie side by side, and so
    do those of a row of `to`.
    """
    kind = stored(type)
    kind = f"i{_BITS[kind]}" if kind in _BITS else kind
    return common_code.share(
        code,
        f"transpose.{kind}",
        "(ptr noalias %from, i64 %stride, ptr noalias %to, i64 %pitch, i64 %rows, i64 %columns)"
        ' nounwind noinline "prefer-vector-width"="512"',
        _function(kind),
    )


def _function(kind: str) -> Scalars:
    code, vector = Scalars("", True), f"<{EDGE} x {kind}>"

    def at(pointer: str, row: str, stride: str, column: str) -> str:
        place = code.let(f"add nsw i64 {code.let(f'mul nsw i64 {row}, {stride}')}, {column}")
        return code.let(f"getelementptr inbounds {kind}, ptr {pointer}, i64 {place}")

    def element(i: str, j: str) -> None:
        x = code.let(f"load {kind}, ptr {at('%from', i, '%stride', j)}")
        code.put(f"store {kind} {x}, ptr {at('%to', j, '%pitch', i)}")

    def square(i: str, j: str) -> None:
        rows = []
        for r in range(EDGE):
            here = at("%from", code.let(f"add nsw i64 {i}, {r}"), "%stride", j)
            rows.append(code.let(f"load {vector}, ptr {here}, align {_bytes(kind)}"))
        half = EDGE // 2
        for _ in range(half.bit_length()):
            # Elements of two rows in turn. After three times, each column is a row.
            pairs = [(rows[r], rows[r + half], low) for r in range(half) for low in (0, half)]
            rows = [_in_turn(code, vector, a, b, low) for a, b, low in pairs]
        for c, column in enumerate(rows):
            here = at("%to", code.let(f"add nsw i64 {j}, {c}"), "%pitch", i)
            code.put(f"store {vector} {column}, ptr {here}, align {_bytes(kind)}")

    def squares(i: str) -> None:
        row = code.let(f"mul nsw i64 {i}, {EDGE}")
        code.counted("0", across, lambda j: square(row, code.let(f"mul nsw i64 {j}, {EDGE}")))
        # At most seven columns: LLVM would take 50 ms to make vectors that never run.
        after = code.let(f"add nsw i64 {row}, {EDGE}")
        code.counted(
            row,
            after,
            lambda i: code.counted(columns, "%columns", lambda j: element(i, j), note),
            note,
        )

    note = f", !llvm.loop {code.declare(*SCALAR_LOOP)}"
    down, across = (code.let(f"udiv i64 {n}, {EDGE}") for n in ("%rows", "%columns"))
    rows, columns = (code.let(f"mul nsw i64 {n}, {EDGE}") for n in (down, across))
    code.counted("0", down, squares)
    code.counted(
        rows, "%rows", lambda i: code.counted("0", "%columns", lambda j: element(i, j), note), note
    )
    return code


def _bytes(kind: str) -> int:
    return int(kind[1:]) // 8


def _in_turn(code: Scalars, vector: str, a: str, b: str, low: int) -> str:
    """Half of the elements of two vectors, from `low` on, in turn."""
    places = [low + k // 2 + EDGE * (k % 2) for k in range(EDGE)]
    mask = ", ".join(f"i32 {place}" for place in places)
    order = f"<{EDGE} x i32> <{mask}>"
    return code.let(f"shufflevector {vector} {a}, {vector} {b}, {order}")
