"""Graphs of blocks, drawn at random: the values are those of a walk from block to block."""

from __future__ import annotations

import numpy as np
import pytest

from letgrad.frontend.from_upstream.upstream_to_ten import convert
from letgrad.lowering import backends
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.tools import source
from letgrad.tools.programs import new_context

TURNS = 9


class Graph:
    """
    Blocks that compute `x = a x + b`, write x to memory, and count. Each block goes to one of two
    others, as its count says. After so many steps every block goes to the end.
    """

    def __init__(self, seed: int):
        r = np.random.default_rng(seed)
        self.n = int(r.integers(2, 7))
        self.numbers = [(float(r.integers(1, 4)) / 2, float(r.integers(-3, 4))) for _ in self.all]
        self.ways = [
            tuple(int(t) for t in r.integers(max(0, b - 2), self.n + 1, 2)) for b in self.all
        ]
        self.marks = [(int(r.integers(0, 5)), int(r.integers(1, 4))) for _ in self.all]

    @property
    def all(self) -> range:
        return range(self.n)

    def text(self) -> str:
        """The program. Block k decides by (count + c) rem 5 < t; block n is the end."""
        lines = [
            "func.func @f(%x: f64, %m: memref<1xf64>) -> (f64, i64) {",
            "  %zero = arith.constant 0 : i64",
            "  %one = arith.constant 1 : i64",
            "  %five = arith.constant 5 : i64",
            f"  %most = arith.constant {TURNS} : i64",
            "  %place = arith.constant 0 : index",
            "  cf.br ^b0(%x, %zero : f64, i64)",
        ]
        for b in self.all:
            (a, c), (shift, limit), (yes, no) = self.numbers[b], self.marks[b], self.ways[b]
            lines += [
                f"^b{b}(%x{b}: f64, %k{b}: i64):",
                f"  %a{b} = arith.constant {a} : f64",
                f"  %c{b} = arith.constant {c} : f64",
                f"  %p{b} = arith.mulf %x{b}, %a{b} : f64",
                f"  %y{b} = arith.addf %p{b}, %c{b} : f64",
                f"  memref.store %y{b}, %m[%place] : memref<1xf64>",
                f"  %j{b} = arith.addi %k{b}, %one : i64",
                f"  %over{b} = arith.cmpi sge, %j{b}, %most : i64",
                f"  cf.cond_br %over{b}, ^b{self.n}(%y{b}, %j{b} : f64, i64), ^c{b}",
                f"^c{b}:",
                f"  %s{b} = arith.constant {shift} : i64",
                f"  %l{b} = arith.constant {limit} : i64",
                f"  %q{b} = arith.addi %j{b}, %s{b} : i64",
                f"  %r{b} = arith.remsi %q{b}, %five : i64",
                f"  %d{b} = arith.cmpi slt, %r{b}, %l{b} : i64",
                f"  cf.cond_br %d{b}, ^b{yes}(%y{b}, %j{b} : f64, i64), "
                f"^b{no}(%y{b}, %j{b} : f64, i64)",
            ]
        end = self.n
        lines += [f"^b{end}(%xe: f64, %ke: i64):", "  return %xe, %ke : f64, i64", "}"]
        return "\n".join(lines)

    def meaning(self, x: float) -> tuple[float, int]:
        b = k = 0
        while b != self.n:
            a, c = self.numbers[b]
            x, k = a * x + c, k + 1
            if k >= TURNS:
                break
            shift, limit = self.marks[b]
            b = self.ways[b][0 if (k + shift) % 5 < limit else 1]
        return x, k


@pytest.mark.sampled(4)
@pytest.mark.parametrize("seed", range(60))
def test_random_graphs(seed: int) -> None:
    graph = Graph(seed)
    module = source.parse(new_context(), graph.text(), f"graph-{seed}.mlir")
    module.verify()
    try:
        convert(module)
    except LetgradError as error:
        assert "can enter this loop at two blocks" in str(error)
        return
    module.verify()
    for x in (0.75, -2.0):
        wanted, steps = graph.meaning(x)
        got, k, memory = backends.compile("numpy", module, "f")(np.float64(x), np.zeros(1))
        assert (got, k) == (wanted, steps)
        assert memory[0] == wanted


def test_most_graphs_are_convertible() -> None:
    """The family above is no family of errors."""
    good = 0
    for seed in range(12):
        module = source.parse(new_context(), Graph(seed).text(), "graph.mlir")
        try:
            convert(module)
            good += 1
        except LetgradError:
            pass
    assert good >= 4
