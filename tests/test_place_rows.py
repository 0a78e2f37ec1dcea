"""
Loops that write their rows into the array that joins them: values against the reference, for the
ways in which arrays are joined and loops run, and what the loops write.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from xdsl.dialects import func
from xdsl.ir import Operation
from xdsl.parser import Parser
from xdsl.utils.exceptions import VerifyException

import letgrad as lg
from letgrad.dialects import kernel, ten
from letgrad.lowering import backends
from letgrad.lowering.cpu import backend, control_flow, kept_programs
from letgrad.lowering.cpu.backend import prepared
from letgrad.lowering.cpu.codegen import Codegen
from letgrad.lowering.nests.plan_buffers import ARGUMENTS, overwritten, places_in

random = np.random.default_rng(0)


def rows(x: Any, n: int, reverse: bool = False) -> Any:
    """n rows like x, each from the one before it."""
    step = lambda c, t: (np.sin(c) * 0.5 + t, c * t)  # noqa: E731
    return lg.scan(step, x, x_(n), reverse=reverse)[1]


def joined(x: Any, n: int, low: int, high: int, reverse: bool) -> Any:
    edge = np.cos(x)[None] * 2
    parts = [*[edge] * low, rows(x, n, reverse), *[edge + 1] * high]
    return np.concatenate(parts)


def padded(x: Any, n: int, low: int, high: int, reverse: bool) -> Any:
    around = [(low, high), *[(0, 0)] * np.ndim(x)]
    return np.pad(rows(x, n, reverse), around, constant_values=0.5)


def updated(x: Any, n: int, low: int, high: int, reverse: bool) -> Any:
    whole = np.zeros((low + n + high, *np.shape(x))) + np.cos(x)
    whole[low : low + n] = rows(x, n, reverse)
    return whole


def stacked(x: Any, n: int, low: int, high: int, reverse: bool) -> Any:
    ys = rows(x, n, reverse)
    edge = np.zeros((n, *np.shape(x))) + np.cos(x)
    return np.stack([*[edge] * low, ys, *[edge + 1] * high])


WAYS = [joined, padded, updated, stacked]


def placed(module: Any) -> list[Operation]:
    return [
        op
        for op in prepared(module).walk()
        if isinstance(op, ten.ScanOp) and any(op.first_rows or ())
    ]


@pytest.mark.sampled(6)
@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("size", [(), (3,), (40, 5), (0,)], ids=str)
@pytest.mark.parametrize("way", WAYS, ids=lambda f: f.__name__)
def test_values_are_those_of_the_reference(way: Callable[..., Any], size: Any, reverse: bool):
    x = random.standard_normal(size)
    for n, low, high in [(5, 1, 2), (1, 1, 1), (4, 0, 3), (3, 2, 0), (0, 1, 1), (30, 1, 1)]:

        def f(x: Any, n: int = n, low: int = low, high: int = high) -> Any:
            return way(x, n, low, high, reverse)

        def twice(x: Any, f: Callable[..., Any] = f) -> Any:
            """In a loop, whose carried value is the joined array."""
            return lg.scan(lambda c, t: (f(np.mean(c, axis=0) * t * 0.1 + x), None), f(x), x_(3))[0]

        functions = [f] if way is stacked else [f, twice]
        for g in functions:
            found, expected = (lg.jit(g, backend=b)(x) for b in ("cpu", "numpy"))
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def x_(n: int) -> Any:
    return np.linspace(0.5, 1.5, n)


@pytest.mark.parametrize("way", WAYS, ids=lambda f: f.__name__)
def test_the_loop_writes_into_the_joined_array(way: Callable[..., Any]):
    x = np.zeros(3)
    (loop,) = placed(lg.trace(lambda x: way(x, 20, 2, 1, False), x))
    assert isinstance(loop, ten.ScanOp)
    assert loop.first_rows == ((2 if way is not stacked else 40),)
    whole = loop.results[1]
    (nest,) = {use.operation.parent_op() for use in whole.uses}
    assert isinstance(nest, kernel.GenericOp)
    assert nest.res[0].type == whole.type


def test_derivatives_are_those_of_the_reference():
    x = random.standard_normal(4)

    def f(x: Any) -> Any:
        return sum(np.sum(np.sin(way(x, 6, 1, 2, False) * 0.3)) for way in WAYS)

    found, expected = (lg.jit(lg.grad(f), backend=b)(x) for b in ("cpu", "numpy"))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_nest_stores_the_other_elements_alone():
    for way in WAYS:
        module = prepared(lg.trace(lambda x, way=way: way(x, 50, 1, 2, False), np.zeros(3)))
        (loop,) = (op for op in module.walk() if isinstance(op, ten.ScanOp) and op.first_rows)
        (nest,) = {use.operation.parent_op() for use in loop.results[1].uses}
        assert isinstance(nest, kernel.GenericOp)
        function = nest.parent_op()
        assert isinstance(function, func.FuncOp)
        over = overwritten(nest, places_in(function))
        code = Codegen(nest, "", "", lambda x: 0, over)
        edges = 3 * 50 if way is stacked else 3
        assert list(over) == [loop.results[1]] and code.points == edges * 3


def run_loops_on_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops are no piece of machine code."""
    monkeypatch.setattr(backend.Compiler, "loop", lambda self, op: None)
    monkeypatch.setattr(control_flow, "_in_machine_code", lambda op, slot, parts: None)


TURNS = """
func.func @main(%x: tensor<3xf64>, %k: index) -> (tensor<3xf64>, tensor<12x3xf64>) {
  %edge = arith.constant dense<7.0> : tensor<1x3xf64>
  %end = arith.constant dense<8.0> : tensor<2x3xf64>
  %c, %ys = ten.scan [9] turns %k DIRECTION (%h = %x : tensor<3xf64>)
      -> (tensor<3xf64>, tensor<9x3xf64>) {
    %g = math.sin %h : tensor<3xf64>
    ten.yield %g, %h : tensor<3xf64>, tensor<3xf64>
  }
  %r = ten.concat %edge, %ys, %end dim 0
      : tensor<1x3xf64>, tensor<9x3xf64>, tensor<2x3xf64> -> tensor<12x3xf64>
  func.return %c, %r : tensor<3xf64>, tensor<12x3xf64>
}
"""


@pytest.mark.parametrize("host", [False, True], ids=["machine", "host"])
@pytest.mark.parametrize("direction", ["", "reverse"])
def test_rows_without_a_turn_are_zeros(direction: str, host: bool, monkeypatch: Any):
    if host:
        run_loops_on_the_host(monkeypatch)
    module = Parser(backends.context(), TURNS.replace("DIRECTION", direction)).parse_module()
    assert placed(module)
    run, reference = (backends.compile(b, module, "main") for b in ("cpu", "numpy"))
    x = np.array([0.3, 0.6, 0.9])
    for k in (9, 4, 1, 0, -3, 12):
        for y, wanted in zip(run(x, k), reference(x, k), strict=True):
            np.testing.assert_allclose(y, wanted, rtol=1e-14)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("way", WAYS, ids=lambda f: f.__name__)
def test_loops_on_the_host_write_there_too(
    way: Callable[..., Any], reverse: bool, monkeypatch: pytest.MonkeyPatch
):
    run_loops_on_the_host(monkeypatch)
    for size, n in itertools.product([(), (4, 3), (0,)], [1, 6]):
        x = random.standard_normal(size)

        def f(x: Any, n: int = n) -> Any:
            return way(x, n, 2, 1, reverse)

        # In the second function, the array has memory in the arena, and not of a result.
        for g in (f, lambda x, f=f: f(x)[::-1] + 1):
            found, expected = (lg.jit(g, backend=b)(x) for b in ("cpu", "numpy"))
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("inner", [*itertools.product([False, True], repeat=2)], ids=str)
def test_loops_in_loops(inner: tuple[bool, bool]):
    """Sweeps over a grid whose edge stays: rows join elements, and the grid joins rows."""
    x = random.random((9, 12))

    def sweep(x: Any, _: Any) -> Any:
        def row(above: Any, at: Any) -> Any:
            here, below = at

            def point(left: Any, at: Any) -> Any:
                a, b, c, d = at
                new = 0.2 * (left + a + b + c + d)
                return new, new

            xs = (above[1:-1], here[1:-1], here[2:], below[1:-1])
            ys = lg.scan(point, here[0], xs, reverse=inner[0])[1]
            new = np.concatenate([here[:1], ys, here[-1:]])
            return new, new

        ys = lg.scan(row, x[0], (x[1:-1], x[2:]), reverse=inner[1])[1]
        return np.concatenate([x[:1], ys, x[-1:]]), None

    def f(x: Any) -> Any:
        return lg.scan(sweep, x, None, length=3)[0]

    def total(x: Any) -> Any:
        return np.sum(np.sin(f(x)))

    for g in (f, lg.grad(total)):
        found, expected = (lg.jit(g, backend=b)(x) for b in ("cpu", "numpy"))
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_exported_libraries_and_kept_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """One more process reads the loops, of which one runs on the host, from a file."""

    def f(x: Any) -> Any:
        return joined(x, 6, 1, 2, True), padded(x, 7, 2, 1, False) * 2

    x = random.standard_normal((4, 4))
    path = tmp_path / "joined.so"
    lg.export(f, x, path=path, name="joined")
    expected = lg.jit(f, backend="numpy")(x)
    out = [np.full(np.shape(y), np.nan) for y in expected]
    pointers = (ctypes.c_void_p(y.ctypes.data) for y in (x, *out))
    assert ctypes.CDLL(str(path)).joined(*pointers) == 0
    for y, wanted in zip(out, expected, strict=True):
        np.testing.assert_allclose(y, wanted, rtol=1e-12, atol=1e-12)

    monkeypatch.delenv("LETGRAD_CACHE", raising=False)
    monkeypatch.setenv("LETGRAD_CACHE_PROGRAMS", "1")
    for host in (False, True):
        monkeypatch.setenv("LETGRAD_CACHE_DIR", str(tmp_path / str(host)))
        if host:
            run_loops_on_the_host(monkeypatch)
        first = lg.jit(f, backend="cpu")(x)
        (file,) = (tmp_path / str(host)).glob("**/*.program")
        program = kept_programs.kept(file)
        assert program is not None
        for y, z, wanted in zip(first, program(x), expected, strict=True):
            np.testing.assert_array_equal(y, z)
            np.testing.assert_allclose(y, wanted, rtol=1e-12, atol=1e-12)


def test_an_array_that_a_loop_carries_in_place_stays_in_place():
    """A small part of it is new in each step."""

    def step(a: Any, t: Any) -> Any:
        a = a.copy()
        a[3:5] = lg.scan(lambda c, s: (c + s, np.sin(c) * t), t, x_(2))[1]
        return a, None

    def f(a: Any) -> Any:
        return lg.scan(step, a, x_(4))[0]

    a = random.random(400)
    module = lg.trace(f, a)
    assert any(ARGUMENTS in op.attributes for op in prepared(module).walk())
    np.testing.assert_allclose(lg.jit(f)(a), lg.jit(f, backend="numpy")(a), rtol=1e-14)


@pytest.mark.parametrize(
    ("first", "type"),
    [("1, 0", "7xf64"), ("-1", "7xf64"), ("3", "7xf64"), ("1", "7xf32"), ("1", "2x2xf64")],
)
def test_rows_that_have_no_place_are_an_error(first: str, type: str):
    text = f"""
    func.func @main(%x: f64) -> tensor<{type}> {{
      %c, %ys = ten.scan [5] (%h = %x : f64) {{first_rows = array<i64: {first}>}}
          -> (f64, tensor<{type}>) {{
        ten.yield %h, %h : f64, f64
      }}
      func.return %ys : tensor<{type}>
    }}"""
    module = Parser(backends.context(), text).parse_module()
    with pytest.raises(VerifyException, match=r"first_rows|has no 5 rows"):
        module.verify()
