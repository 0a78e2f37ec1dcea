"""Loops of the launchers of Triton: rows that kernels write, in the interpreter."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from letgrad.dialects import arrays
from letgrad.lowering.reference import Evaluator
from letgrad.lowering.triton import backend
from letgrad.passes.rewriting.functions import by_name
from letgrad.tools import opt, source

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("triton") is None, reason="Triton has no wheel for this system"
)

ROUNDING = {"f16": 5e-3, "bf16": 4e-2, "f32": 1e-5, "f64": 1e-12}

STEPS = {
    # The next state, and rows: of which two are one value, and one is the state before.
    "rows": ("", """%n = math.sin %h : T
        %m = arith.addf %n, %x : T""", "%m, %m, %m, %h"),
    "reversed": ("reverse", """%m = arith.mulf %h, %x : T
        %n = math.tanh %m : T""", "%n, %m, %x, %n"),
    "turns": ("turns %k", """%n = math.cos %x : T
        %m = arith.addf %n, %h : T""", "%m, %n, %n, %m"),
    "from outside": ("", """%n = arith.mulf %h, %z : T""", "%n, %z, %x, %n"),
    "nested": ("", """%m, %r = ten.scan [3] (%g = %h : T) -> (T, ROWS) {
          %s = math.sin %g : T
          %t = arith.addf %s, %x : T
          ten.yield %t, %s : T, T
        }
        %u = ten.sum %r dims [0] : ROWS -> T""", "%m, %u, %m, %u"),
}  # fmt: skip
"""The kind of the loop, a step, and what it gives."""


@pytest.mark.sampled(3)
@pytest.mark.parametrize("kind", [*ROUNDING])
@pytest.mark.parametrize("sizes", ["", "5x", "2x3x", "0x"])
@pytest.mark.parametrize("name", [*STEPS])
def test_rows_of_loops(name: str, sizes: str, kind: str):
    how, step, given = STEPS[name]
    row = f"tensor<{sizes}{kind}>" if sizes else kind
    for n in (0, 1, 4):
        rows = f"tensor<{n}x{sizes}{kind}>"
        text = f"""
          func.func @main(%h0: {row}, %xs: {rows}, %z: {row}, %k: index)
              -> ({row}, {rows}, {rows}, {rows}) {{
            %r:4 = ten.scan [{n}] {how} (%h = %h0 : {row}) over (%x = %xs : {rows})
                -> ({row}, {rows}, {rows}, {rows}) {{
              {step.replace("ROWS", f"tensor<3x{sizes}{kind}>").replace("T", row)}
              ten.yield {given} : {row}, {row}, {row}, {row}
            }}
            func.return %r#0, %r#1, %r#2, %r#3 : {row}, {rows}, {rows}, {rows}
          }}"""
        module = source.parse(opt.LetgradOptMain([]).ctx, text)
        rng = np.random.default_rng(n)
        types = by_name(module)["main"].function_type.inputs.data[:3]
        args = [
            np.asarray(rng.uniform(-1, 1, shape), arrays.dtype(types[0]))
            for shape in (shape_of(sizes), (n, *shape_of(sizes)), shape_of(sizes))
        ]
        args.append(np.int64(2))
        wanted = Evaluator(module).call("main", args)
        found = backend.compile(module, "main")(*args)
        for a, b in zip(found, wanted, strict=True):
            np.testing.assert_allclose(
                np.asarray(a, "f8"), np.asarray(b, "f8"), rtol=ROUNDING[kind], atol=ROUNDING[kind]
            )
        # No result shares memory with another one.
        parts = [np.asarray(a) for a in found]
        assert not any(np.shares_memory(a, b) for k, a in enumerate(parts) for b in parts[:k])


def shape_of(sizes: str) -> tuple[int, ...]:
    return tuple(int(n) for n in sizes.split("x") if n)
