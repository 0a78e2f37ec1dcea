"""
The rows of a `kernel.fused` in blocks: each nest runs for all rows of a block before the next nest
begins. Each row of a block has its own place on the stack.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from xdsl.ir import Operation, SSAValue

from ...dialects import types
from .instructions import SCALAR_LOOP
from .nest_layout import Layout


def write_blocks(code: Layout, low: str, high: str, steps: Sequence[Callable[[str], None]]) -> None:
    """
    The loop from `low` to `high`, in blocks of `rows_at_once` turns. A step writes what one nest
    does in a turn, or a copy of its row.
    """
    length = code.rows_at_once
    size = code.let(f"sub i64 {high}, {low}")
    count = code.let(f"udiv i64 {code.let(f'add i64 {size}, {length - 1}')}, {length}")
    places = [*code.rows.values(), *(w.place for s in code.schedules for w in s.writes)]
    pointers = [place.pointer for place in places]
    sizes = {home.pointer: (home.type, n) for home, n in code.stack}
    note = f", !llvm.loop {code.declare(*SCALAR_LOOP)}"

    def block(k: str) -> None:
        begin = code.let(f"add nsw i64 {low}, {code.let(f'mul nsw i64 {k}, {length}')}")
        left = code.let(f"sub nsw i64 {high}, {begin}")
        rows = code.let(f"call i64 @llvm.smin.i64(i64 {left}, i64 {length})")
        for step in steps:

            def row(r: str, step: Callable[[str], None] = step) -> None:
                for place, pointer in zip(places, pointers):
                    if pointer in sizes:
                        type, n = sizes[pointer]
                        move = code.let(f"mul nsw i64 {r}, {n}")
                        place.pointer = code.address(pointer, move, type)
                step(code.let(f"add nsw i64 {begin}, {r}"))
                for place, pointer in zip(places, pointers):
                    place.pointer = pointer

            code.counted("0", rows, row, note)

    code.declare("llvm.smin.i64", "declare i64 @llvm.smin.i64(i64, i64)")
    code.counted("0", count, block)


def numbers_read(nest: Operation, rows: Container[SSAValue]) -> list[SSAValue]:
    """The rows without dimensions that a nest reads; another step has loaded them for its row."""
    operands = dict.fromkeys(x for op in nest.walk() for x in op.operands)
    return [x for x in operands if x in rows and not types.rank(x.type)]
