"""
`ten-raise-rows`: all loops of a family that update and read an array at places of their counter,
before and after the pass, by the reference; and values and gradients of programs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting.lines_of_rows import Place, place_of, progression
from letgrad.passes.sharing.cse import CsePass
from letgrad.passes.simplify.canonicalize import CanonicalizePass
from letgrad.passes.simplify.raise_rows import RaiseRowsPass

from .generators import same

SIZE = 9


@dataclass(frozen=True)
class Loop:
    """
    Each step writes at first + step · k. It reads at `reads` from there, before the update, and at
    `after`, after it; `factor` multiplies the counter of a read.
    """

    first: int
    step: int
    trips: int
    reads: tuple[int, ...]
    after: tuple[int, ...]
    reverse: bool
    wide: bool
    factor: int = 1
    as_is: bool = False

    def run(self, a: Any, b: Any) -> Any:
        def step(a: Any, i: Any) -> tuple[Any, Any]:
            v = 0.5 * b[i] + sum((c + 2) * a[i * self.factor + r] for c, r in enumerate(self.reads))
            a = put(a, i, a[i * self.factor + self.reads[0]] if self.as_is else np.sin(v))
            return a, sum((a[i + r] for r in self.after), 0.0)

        places = self.first + self.step * np.arange(self.trips)
        return lg.scan(step, a, places, reverse=self.reverse)


def put(a: Any, i: Any, v: Any) -> Any:
    """a with a row changed; a stays."""
    a = a.copy()
    a[i] = v
    return a


def family() -> Iterator[Loop]:
    places = [(0, 1, 9), (1, 1, 8), (2, 1, 4), (8, -1, 9), (7, -1, 3), (0, 2, 4), (8, -3, 3)]
    places += [(5, 1, 5), (2, -1, 4)]  # these leave the array
    reads = [(), (-1,), (1,), (0,), (-2,), (-1, -2), (2, -1), (-3, 0), (3,), (-5,)]
    after = [(), (0,), (-1,), (1, -2)]
    for k, (place, r, w, reverse) in enumerate(product(places, reads, after, (False, True))):
        loop = Loop(*place, r, w, reverse, k % 3 == 0, 2 if k % 11 == 5 else 1)
        yield loop
        if len(r) == 1:
            yield replace(loop, as_is=True)


def canonical(f: Callable[..., Any], *args: Any) -> ModuleOp:
    module, ctx = lg.trace(f, *args), backends.context()
    CsePass().apply(ctx, module)
    CanonicalizePass().apply(ctx, module)
    return module


def raised(module: ModuleOp, free: bool = False) -> ModuleOp:
    new, ctx = module.clone(), backends.context()
    RaiseRowsPass(free).apply(ctx, new)
    new.verify()
    return new


def check(loop: Loop) -> bool:
    """Whether the pass changes a loop; it keeps the values."""
    random = np.random.default_rng(1)
    shape = (SIZE, 2) if loop.wide else (SIZE,)
    args = random.standard_normal(shape), random.standard_normal(shape)
    before = canonical(loop.run, *args)
    after = raised(before)
    results = [Evaluator(m).call("run", args) for m in (before, after)]
    for x, y in zip(*results, strict=True):
        assert same(np.asarray(x), np.asarray(y)), f"{loop}: {x} became {y} in\n{after}"
    return carries(before) != carries(after)


def carries(module: ModuleOp) -> bool:
    """Whether a loop updates an array."""
    return "ten.update" in str(module).split("ten.scan")[1].split("ten.yield")[0]


@pytest.mark.slow
def test_the_whole_family_keeps_its_values():
    fired = sum(map(check, family()))
    assert fired > 150, fired


def test_a_sample_of_the_family_keeps_its_values():
    assert sum(map(check, Random(0).sample(list(family()), 25))) > 3


@pytest.mark.parametrize(
    ("loop", "fires"),
    [
        (Loop(1, 1, 8, (-1,), (), False, False), True),
        (Loop(8, -1, 9, (), (0,), False, True), True),
        (Loop(0, 2, 4, (1,), (), False, False), True),
        (Loop(7, -1, 8, (1,), (), False, False), True),
        # It writes what it has read: the row of a step before, with a read of it after the update.
        (Loop(1, 1, 8, (-1,), (), False, False, as_is=True), True),
        (Loop(1, 1, 8, (-1,), (0,), False, True, as_is=True), True),
        (Loop(2, 1, 4, (-2,), (-1,), False, False, as_is=True), True),
        # Backwards, the loop has not yet written the rows before.
        (Loop(1, 1, 8, (-1,), (), True, False), True),
        # Place 9 is outside, and so is -1.
        (Loop(5, 1, 5, (), (), False, False), False),
        (Loop(0, 1, 9, (-1,), (), False, False), False),
        # Another distance between the places of the reads: any step may have written there.
        (Loop(0, 1, 4, (0,), (), False, False, 2), False),
        # Five steps before.
        (Loop(5, 1, 4, (-5,), (), False, False), False),
    ],
)
def test_which_loops_carry_rows(loop: Loop, fires: bool):
    assert check(loop) == fires


def columns(a: Any) -> Any:
    for i in range(1, a.shape[0] - 1):
        a[:, i] = a[:, i - 1]
    return a


def in_a_triangle(a: Any) -> Any:
    """The loop inside writes its counter."""
    places = np.zeros(a.shape[0], int)
    for i in range(a.shape[0]):
        for j in range(i):
            places[j] = j
    return places


@pytest.mark.parametrize("f", [columns, in_a_triangle])
def test_what_a_loop_reads_is_all_that_it_writes(f: Callable[..., Any]):
    a = np.random.default_rng(0).standard_normal((5, 5))
    np.testing.assert_array_equal(lg.jit(lg.program(f))(a.copy()), f(a.copy()))


def test_a_part_becomes_what_it_was():
    source = """
    func.func @f(%a: tensor<7xf64>) -> (tensor<7xf64>, tensor<5xf64>) {
      %i = arith.constant 2 : index
      %r, %ys = ten.scan [5] (%x = %a : tensor<7xf64>) -> (tensor<7xf64>, tensor<5xf64>) {
        %h = ten.index %x[%i] : tensor<7xf64> -> f64
        %w = ten.reshape %h : f64 -> tensor<1xf64>
        %u = ten.update %x[%i] %w strides [1] : tensor<7xf64>, tensor<1xf64> -> tensor<7xf64>
        %y = ten.index %u[%i] : tensor<7xf64> -> f64
        ten.yield %u, %y : tensor<7xf64>, f64
      }
      func.return %r, %ys : tensor<7xf64>, tensor<5xf64>
    }"""
    before = Parser(backends.context(), source).parse_module()
    after = raised(before)
    assert carries(before) and not carries(after)
    results = [Evaluator(m).call("f", (np.arange(7.0),)) for m in (before, after)]
    for x, y in zip(*results, strict=True):
        assert same(np.asarray(x), np.asarray(y))


def first_of_rows(a: Any, b: Any) -> Any:
    for j in range(3):
        for i in range(5):
            if j < 1:
                a[j, i] = b[i]
    return a


def first_of_columns(a: Any, b: Any) -> Any:
    for j in range(3):
        for i in range(5):
            if j < 1:
                a[i, j] = b[i]
    return a


@pytest.mark.parametrize("f, shape", [(first_of_rows, (1, 5)), (first_of_columns, (5, 1))])
def test_a_dimension_of_one_element_that_a_loop_around_leaves(f: Any, shape: tuple[int, int]):
    """In the later steps the place is outside, so the update has no effect, whole row or not."""
    program, b = lg.program(f), np.arange(1.0, 6.0)

    def total(a: Any, b: Any) -> Any:
        return np.sum(program(a, b) ** 2)

    for backend in ("numpy", "cpu"):
        value, slopes = lg.jit(lg.value_and_grad(total, argnums=(0, 1)), backend=backend)(
            np.ones(shape), b
        )
        assert value == 55.0
        np.testing.assert_array_equal(slopes[0], np.zeros(shape))
        np.testing.assert_array_equal(slopes[1], 2 * b)


@pytest.mark.parametrize("sizes", [*product((1, 3), (1, 4))])
def test_places_that_may_be_outside(sizes: tuple[int, int]):
    """A row and a column at an index that the caller gives, which is or is not in the array."""
    type, (n, m) = f"tensor<{sizes[0]}x{sizes[1]}xf64>", sizes
    a, b = np.arange(1.0, 1.0 + n * m).reshape(sizes), -np.arange(1.0, 5.0)
    for place, trips in product(("%i, %k", "%k, %i", "%z, %i", "%i, %z"), (2, 4)):
        source = f"""
        func.func @f(%a: {type}, %b: tensor<{trips}xf64>, %k: index) -> {type} {{
          %is = ten.iota dim 0 : tensor<{trips}xindex>
          %r = ten.scan [{trips}] (%x = %a : {type}) over (%i = %is : tensor<{trips}xindex>, %v = %b : tensor<{trips}xf64>) -> ({type}) {{
            %z = arith.constant 0 : index
            %h = ten.index %x[{place}] : {type} -> f64
            %s = arith.addf %h, %v : f64
            %w = ten.reshape %s : f64 -> tensor<1x1xf64>
            %u = ten.update %x[{place}] %w strides [1, 1] : {type}, tensor<1x1xf64> -> {type}
            ten.yield %u : {type}
          }}
          func.return %r : {type}
        }}"""  # noqa: E501
        before = Parser(backends.context(), source).parse_module()
        modules = [before, raised(before), raised(before, free=True)]
        for k in range(-2, 5):
            expected, *results = (Evaluator(x).call("f", (a, b[:trips], k))[0] for x in modules)
            for result in results:
                np.testing.assert_array_equal(result, expected, f"{place}, {k}")


def test_a_place_that_the_loop_never_writes():
    def f(a: Any) -> Any:
        return lg.scan(lambda a, i: (put(a, i, a[0] * a[i - 1] + a[7]), None), a, np.arange(1, 7))[
            0
        ]

    before = canonical(f, np.ones(9))
    assert carries(before) and not carries(raised(before))


def test_a_place_that_a_step_writes_stays():
    def f(a: Any) -> Any:
        return lg.scan(lambda a, i: (put(a, i, a[3] * 0.5), None), a, np.arange(1, 7))[0]

    before = canonical(f, np.ones(9))
    assert carries(before) and carries(raised(before))


def test_a_loop_that_uses_the_whole_array_stays():
    def f(a: Any) -> Any:
        return lg.scan(lambda a, i: (put(a, i, np.sum(a)), None), a, np.arange(1, 7))[0]

    before = canonical(f, np.ones(9))
    assert carries(raised(before))


def test_free_rows_need_no_copy():
    def f(a: Any, b: Any) -> Any:
        return lg.scan(lambda c, i: (c * a[i] + b[i + 1], None), 0.5, np.arange(5))[0]

    before = canonical(f, np.ones(5), np.ones(6))
    assert str(raised(before, free=True)).count("ten.index ") == 1
    assert str(raised(before)).count("ten.index ") == 0


def table(a: Any, b: Any) -> Any:
    """A table as those of dynamic programs, loop in loop."""
    n, m = a.shape

    def row(t: Any, i: Any) -> Any:
        def column(t: Any, j: Any) -> Any:
            v = np.maximum(t[i - 1, j - 1] + a[i, j], np.maximum(t[i - 1, j], t[i, j - 1]) - b[j])
            return put(t, (i, j), v), None

        return lg.scan(column, t, np.arange(1, m))[0], None

    return lg.scan(row, np.zeros((n, m)) + a[0, 0], np.arange(1, n))[0]


def test_a_table_is_rows_of_rows():
    args = np.random.default_rng(0).standard_normal((6, 5)), np.linspace(0, 1, 5)
    before = canonical(table, *args)
    after = raised(before)
    assert "ten.update" in str(before)
    body = str(after).split("ten.scan", 1)[1].split("ten.update %")
    assert all("6x5" not in part.splitlines()[0] for part in body[1:-1]), str(after)
    results = [Evaluator(m).call("table", args)[0] for m in (before, after)]
    assert same(*results)


def total(a: Any, b: Any) -> Any:
    return np.sum(np.cos(table(a, b)) ** 2)


@pytest.mark.parametrize("backend", ["cpu", "numpy"])
def test_gradients_of_a_table(backend: str):
    """Beside the loops written as Python's, turn by turn."""

    def plain(a: Any, b: Any) -> Any:
        n, m = a.shape
        t = [[a[0, 0]] * m for _ in range(n)]
        for i in range(1, n):
            for j in range(1, m):
                v = np.maximum(t[i - 1][j], t[i][j - 1]) - b[j]
                t[i][j] = np.maximum(t[i - 1][j - 1] + a[i, j], v)
        return sum(np.cos(t[i][j]) ** 2 for i in range(n) for j in range(m))

    args = np.random.default_rng(0).standard_normal((4, 5)), np.linspace(0, 1, 5)
    found, expected = (
        lg.jit(lg.grad(f, argnums=(0, 1)), backend=b)(*args)
        for f, b in ((total, backend), (plain, "numpy"))
    )
    for x, y in zip(found, expected, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-13)


def test_places():
    """A place is a sum of counters and unknown indices; and which vectors are lines."""
    source = """
    func.func @f(%n: index) {
      %a = arith.constant dense<[3, 5, 7]> : tensor<3xi64>
      %b = arith.constant dense<[3, 5, 8]> : tensor<3xi64>
      %i = ten.iota dim 0 : tensor<4xi64>
      %two = arith.constant 2 : index
      %m = arith.muli %n, %two : index
      %k = arith.subi %m, %two : index
      func.return
    }"""
    ops = list(Parser(backends.context(), source).parse_module().walk())
    values = {r.name_hint: r for op in ops for r in op.results}
    n = ops[1].regions[0].block.args[0]
    assert [progression(values[x]) for x in "abi"] == [(3, 2), None, (0, 1)]
    assert place_of(values["k"]) == Place(-2, {n: 2})
    assert not place_of(values["k"]).in_range(10**9)
