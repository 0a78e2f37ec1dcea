"""
Greedy colourings in machine code: plain loops over the places of a matrix, which LLVM compiles
once per process, at the first use.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np


class _Writer:
    """Code with loops over arrays of 64-bit integers."""

    def __init__(self, name: str, arrays: Sequence[str]):
        from llvmlite import ir  # loaded late: few programs colour anything

        self.ir = ir
        self.word = ir.IntType(64)
        self.module = ir.Module(name)
        pointer = self.word.as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [self.word, *(pointer for _ in arrays)])
        self.function = ir.Function(self.module, kind, name)
        self.entry = self.function.append_basic_block()
        self.b = ir.IRBuilder(self.function.append_basic_block())
        self.n = self.function.args[0]
        self.arrays = dict(zip(arrays, self.function.args[1:]))

    def number(self, n: int) -> Any:
        return self.ir.Constant(self.word, n)

    def variable(self) -> Any:
        return self.ir.IRBuilder(self.entry).alloca(self.word)

    def load(self, array: str, i: Any) -> Any:
        return self.b.load(self.b.gep(self.arrays[array], [i]))

    def store(self, array: str, i: Any, value: Any) -> None:
        self.b.store(value, self.b.gep(self.arrays[array], [i]))

    @contextmanager
    def loop(self, begin: Any, end: Any) -> Iterator[tuple[Any, Any]]:
        """For each i from `begin` up to `end`: gives i, and the block that ends its turn."""
        i, b = self.variable(), self.b
        head, body, step, after = (self.function.append_basic_block() for _ in range(4))
        b.store(begin, i)
        b.branch(head)
        b.position_at_end(head)
        b.cbranch(b.icmp_signed("<", b.load(i), end), body, after)
        b.position_at_end(body)
        yield b.load(i), step
        b.branch(step)
        b.position_at_end(step)
        b.store(b.add(b.load(i), self.number(1)), i)
        b.branch(head)
        b.position_at_end(after)

    @contextmanager
    def members(self, starts: str, members: str, k: Any) -> Iterator[tuple[Any, Any]]:
        """For each member of list k."""
        begin, end = self.load(starts, k), self.load(starts, self.b.add(k, self.number(1)))
        with self.loop(begin, end) as (at, step):
            yield self.load(members, at), step

    def go_on_if(self, condition: Any, step: Any) -> None:
        """Continue the loop with its next turn if the condition holds."""
        rest = self.function.append_basic_block()
        self.b.cbranch(condition, step, rest)
        self.b.position_at_end(rest)

    def is_free(self, colour: Any) -> Any:
        return self.b.icmp_signed("<", colour, self.number(0))

    def take_first(self, k: Any) -> None:
        """Give k the first colour whose mark is not k."""
        b, colour = self.b, self.variable()
        head, more, after = (self.function.append_basic_block() for _ in range(3))
        b.store(self.number(0), colour)
        b.branch(head)
        b.position_at_end(head)
        b.cbranch(b.icmp_signed("==", self.load("mark", b.load(colour)), k), more, after)
        b.position_at_end(more)
        b.store(b.add(b.load(colour), self.number(1)), colour)
        b.branch(head)
        b.position_at_end(after)
        self.store("colour", k, b.load(colour))

    def text(self) -> str:
        self.b.ret_void()
        first = self.function.basic_blocks[1]
        self.ir.IRBuilder(self.entry).branch(first)
        return str(self.module)


def _columns_text() -> str:
    w = _Writer("columns", ["order", "column_at", "rows", "row_at", "columns", "colour", "mark"])
    with w.loop(w.number(0), w.n) as (at, next_column):
        j = w.load("order", at)
        w.go_on_if(w.b.not_(w.is_free(w.load("colour", j))), next_column)
        with (
            w.members("column_at", "rows", j) as (row, _),
            w.members("row_at", "columns", row) as (other, next_other),
        ):
            colour = w.load("colour", other)
            w.go_on_if(w.is_free(colour), next_other)
            w.store("mark", colour, j)
        w.take_first(j)
    return w.text()


def _star_text() -> str:
    w = _Writer("star", ["order", "at", "near", "colour", "mark"])
    with w.loop(w.number(0), w.n) as (k, _):
        v = w.load("order", k)
        with w.members("at", "near", v) as (one, next_one):
            first = w.load("colour", one)
            with w.members("at", "near", one) as (two, next_two):
                # A neighbour of a neighbour, v - one - two.
                second = w.load("colour", two)
                w.go_on_if(w.is_free(second), next_two)
                w.go_on_if(w.b.icmp_signed("==", w.load("mark", second), v), next_two)
                uncoloured = w.function.append_basic_block()
                coloured = w.function.append_basic_block()
                w.b.cbranch(w.is_free(first), uncoloured, coloured)
                w.b.position_at_end(uncoloured)
                w.store("mark", second, v)
                w.b.branch(next_two)
                w.b.position_at_end(coloured)
                with w.members("at", "near", two) as (three, next_three):
                    # v - one - two - three, with one and three in one colour.
                    w.go_on_if(w.b.icmp_signed("==", three, one), next_three)
                    third = w.load("colour", three)
                    w.go_on_if(w.b.icmp_signed("!=", third, first), next_three)
                    w.store("mark", second, v)
                    w.b.branch(next_two)
                    w.b.position_at_end(w.function.append_basic_block())
            w.go_on_if(w.is_free(first), next_one)
            w.store("mark", first, v)
        w.take_first(v)
    return w.text()


@functools.cache
def _compiled(name: str) -> tuple[Any, Any]:
    """The compiled function, and the engine that owns its code."""
    from llvmlite import binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly({"columns": _columns_text, "star": _star_text}[name]())
    machine = llvm.Target.from_default_triple().create_target_machine(opt=2)
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(2))
    passes.getModulePassManager().run(module, passes)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    count = {"columns": 7, "star": 5}[name]
    kind = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * count)
    return kind(engine.get_function_address(name)), engine


def _call(name: str, n: int, *arrays: np.ndarray) -> None:
    function, _ = _compiled(name)
    given = [np.ascontiguousarray(a, np.int64) for a in arrays]
    function(n, *(a.ctypes.data for a in given))


def colour_columns(
    order: np.ndarray,
    columns: tuple[np.ndarray, np.ndarray],
    rows: tuple[np.ndarray, np.ndarray],
    colours: np.ndarray,
) -> None:
    """
    Give each column of `order` that has no colour (-1) the first colour that no column has which
    shares a row with it. `columns` are where the list of each column begins, and the rows in it;
    `rows` likewise.
    """
    mark = np.full(len(colours) + int(colours.max(initial=0)) + 2, -1)
    _call("columns", len(order), order, *columns, *rows, colours, mark)


def colour_star(
    order: np.ndarray, near: tuple[np.ndarray, np.ndarray], colours: np.ndarray
) -> None:
    """
    Colour a graph so that neighbours differ, and every path over four places has three colours.
    `near` are where the list of each place begins, and its neighbours, without itself.
    """
    mark = np.full(len(colours) + 2, -1)
    _call("star", len(order), order, *near, colours, mark)
