"""The two results of sums with a carry and of long products, for all bytes and for edge values."""

from __future__ import annotations

import numpy as np
import pytest

from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.tools import opt, source

CONTEXT = opt.LetgradOptMain([]).ctx

PROGRAM = """
func.func @main(%x: tensor<{n}x{t}>, %y: tensor<{n}x{t}>) -> ({results}) {{
  %a, %b = arith.addui_extended %x, %y : tensor<{n}x{t}>, tensor<{n}xi1>
  %c, %d = arith.mului_extended %x, %y : tensor<{n}x{t}>
  %e, %f = arith.mulsi_extended %x, %y : tensor<{n}x{t}>
  func.return %a, %b, %c, %d, %e, %f : {results}
}}
"""


def check(t: str, x: np.ndarray, y: np.ndarray):
    kind = f"tensor<{x.size}x{t}>"
    results = ", ".join([kind, f"tensor<{x.size}xi1>", *[kind] * 4])
    module = source.parse(CONTEXT, PROGRAM.format(n=x.size, t=t, results=results))
    expected = Evaluator(module).call("main", [x, y])
    for a, b in zip(backends.compile("cpu", module, "main")(x, y), expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_all_bytes():
    every = np.arange(256).astype(np.int8)
    x, y = (a.reshape(-1) for a in np.meshgrid(every, every))
    check("i8", x, y)


def test_truth_values():
    x, y = np.array([0, 0, 1, 1], bool), np.array([0, 1, 0, 1], bool)
    check("i1", x, y)


@pytest.mark.parametrize("bits", (16, 32, 64))
def test_edges(bits: int):
    dtype = np.dtype(f"i{bits // 8}")
    half, whole = 1 << bits // 2, 1 << bits
    near = [
        b + d for b in (0, half // 2, half, whole // 2, whole - half) for d in (-2, -1, 0, 1, 2)
    ]
    values = np.array([v % whole for v in near], np.uint64).astype(f"u{bits // 8}").view(dtype)
    x, y = (a.reshape(-1) for a in np.meshgrid(values, values))
    random = np.random.default_rng(bits).integers(0, 256, 2 * 500 * bits // 8).astype(np.uint8)
    more = random.view(dtype).reshape(2, -1)
    check(f"i{bits}", np.concatenate([x, more[0]]), np.concatenate([y, more[1]]))
