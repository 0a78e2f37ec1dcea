"""`ten-hoist-rows` on random loops: the same bits, and no evaluation more."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pytest
from xdsl.dialects import math
from xdsl.dialects.builtin import ModuleOp, bf16, f16, f32, f64

import letgrad as lg
from letgrad.dialects import arrays, ten
from letgrad.dialects.walking import ops_in
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting.verify import verify
from letgrad.tools import opt, source

from .test_stamps import apply, evaluations

pytestmark = pytest.mark.sampled(2)

KINDS = {"f16": f16, "bf16": bf16, "f32": f32, "f64": f64}
HEAVY = ("math.exp", "math.sin", "math.tanh")


def body(pick: Random, names: list[str], type: str, prefix: str, depth: int) -> list[str]:
    """Random ops on values of one type. `names` gets the results."""
    lines: list[str] = []
    for k in range(pick.randint(2, 7)):
        name, x, y = f"%{prefix}{k}", pick.choice([*names, "%a", "%b"]), pick.choice(names[-4:])
        match pick.randrange(8):
            case 0 | 1 | 2 | 3:
                lines.append(f"{name} = {pick.choice(HEAVY)} {x} : {type}")
            case 4 if "tensor" not in type:
                lines += [
                    f"{name}c = arith.cmpf olt, {x}, {y} : {type}",
                    f"{name} = arith.select {name}c, {y}, {x} : {type}",
                ]
            case 5 if depth:
                inner = [*names, f"{name}h"]
                steps = body(pick, inner, type, f"{prefix}{k}_", depth - 1)
                lines += [
                    f"{name} = ten.scan [2] ({name}h = {x} : {type}) -> ({type}) {{",
                    *steps,
                    f"ten.yield {pick.choice(inner[-2:])} : {type}",
                    "}",
                ]
            case _:
                lines.append(f"{name} = arith.{pick.choice(('addf', 'mulf'))} {x}, {y} : {type}")
        names.append(name)
    return lines


def program(seed: int) -> tuple[ModuleOp, list[np.ndarray]]:
    """A scan over two arrays, with a value from outside, and a function of all rows after it."""
    pick = Random(seed)
    kind, n = pick.choice(("f16", "bf16", "f32", "f64")), pick.choice((0, 1, 2, 5))
    row = pick.choice((kind, f"tensor<3x{kind}>"))
    rows = f"tensor<{n}x{row}>" if row == kind else f"tensor<{n}x3x{kind}>"
    names = ["%a", "%b", "%h", "%z"]
    lines = body(pick, names, row, "v", 1)
    text = f"""
      func.func @main(%x: {rows}, %y: {rows}, %c: {row}, %z: {row}) -> ({row}, {rows}, {rows}) {{
        %r, %ys = ten.scan [{n}] {pick.choice(("", "reverse"))} (%h = %c : {row})
            over (%a = %x : {rows}, %b = %y : {rows}) -> ({row}, {rows}) {{
          {chr(10).join(lines)}
          ten.yield {names[-1]}, {pick.choice(names[4:])} : {row}, {row}
        }}
        %e = math.exp %x : {rows}
        func.return %r, %ys, %e : {row}, {rows}, {rows}
      }}"""
    module = source.parse(opt.LetgradOptMain([]).ctx, text)
    sizes = (3,) if row != kind else ()
    rng = np.random.default_rng(seed)
    dtype = arrays.dtype(KINDS[kind])
    xs = [rng.uniform(-1, 1, s).astype(dtype) for s in ((n, *sizes), (n, *sizes), sizes, sizes)]
    return module, xs


def bits(values: Sequence[np.ndarray]) -> list[bytes]:
    return [np.asarray(x).tobytes() for x in values]


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_random_loops_keep_their_bits_and_evaluate_no_more(first: int):
    moved = 0
    for seed in range(first, first + 20):
        module, xs = program(seed)
        wanted, before = Evaluator(module).call("main", xs), evaluations(module)
        text = str(module)
        apply(module, "ten-hoist-rows")
        verify(module)
        assert evaluations(module) <= before, text
        assert bits(Evaluator(module).call("main", xs)) == bits(wanted), text
        # What is left in the body of the loop depends on the value that the loop carries.
        moved += str(module) != text
        again = str(module)
        apply(module, "ten-hoist-rows")
        assert str(module) == again, text
        apply(module, "optimize")
        assert bits(Evaluator(module).call("main", xs)) == bits(wanted), text
    assert moved >= 5


def loss(x, w):
    def step(h, row):
        return np.tanh(h * w + np.sin(row) / np.exp(row[::-1])), np.log1p(row * row)

    h, logs = lg.scan(step, np.zeros(3, x.dtype), x)
    return np.sum(h * h) + np.sum(logs * np.sin(x))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_derivatives_of_loops_whose_rows_are_hoisted(dtype: str):
    rng = np.random.default_rng(0)
    x, w = rng.uniform(0, 1, (4, 3)).astype(dtype), rng.uniform(0, 1, 3).astype(dtype)
    for f in (
        lg.value_and_grad(loss, argnums=(0, 1)),
        lg.grad(lambda x, w: lg.grad(loss)(x, w).sum()),
    ):
        found = lg.jit(f, backend="cpu")(x, w)
        wanted = lg.jit(f, backend="numpy")(x, w)
        for a, b in zip(np.ravel(found[0]), np.ravel(wanted[0]), strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-4 if dtype == "f4" else 1e-10)


def test_a_function_of_a_row_and_of_all_rows_is_one_computation():
    module = lg.trace(loss, lg.spec((4, 3)), lg.spec(3))
    apply(module, "optimize")
    scan = next(op for op in ops_in(module) if isinstance(op, ten.ScanOp))
    assert [op.name for op in ops_in(scan) if op.dialect_name() == "math"] == ["math.tanh"]
    assert sum(isinstance(op, math.SinOp) for op in ops_in(module)) == 1


def test_a_loop_keeps_its_turns() -> None:
    def add(x: Any, n: Any) -> Any:
        return lg.fori_loop(0, n, lambda i, c: c + np.sin(0.1 * i + 0.3), x, max_steps=20)

    expected = 1.0 + sum(np.sin(0.1 * i + 0.3) for i in range(3))
    assert abs(lg.jit(add)(1.0, np.int64(3)) - expected) < 1e-12
