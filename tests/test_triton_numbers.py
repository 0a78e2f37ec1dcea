"""
Numbers in the text of Triton's kernels have the width of their values. Kernels compute indices with
32 bits where these are enough. A number that needs 64 must not become one of 32 bits beside them:
Triton's compiler cuts off the other bits without an error, and its interpreter refuses.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

pytest.importorskip("triton", reason="Triton has no wheel for this system")

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.lowering.triton import backend, resources
from letgrad.lowering.triton.emit import Options
from letgrad.tools import opt, source

MOST, LEAST = (1 << 63) - 1, -(1 << 63)

STORED = {
    "a number": ("index", f"%r = arith.constant {MOST} : index"),
    "the least number": ("index", f"%r = arith.constant {LEAST} : index"),
    "just too large": ("index", f"%r = arith.constant {1 << 31} : index"),
    "two numbers": ("i1", f"""
        %a = arith.constant 0 : index
        %b = arith.constant {MOST} : index
        %r = arith.cmpi slt, %a, %b : index"""),
    "compared": ("i1", f"""
        %n = arith.constant 3 : index
        %a = arith.remsi %i, %n : index
        %b = arith.constant {(1 << 32) + 1} : index
        %r = arith.cmpi sgt, %a, %b : index"""),
    "compared without signs": ("i1", f"""
        %n = arith.constant 3 : index
        %a = arith.remsi %i, %n : index
        %b = arith.constant {MOST} : index
        %r = arith.cmpi ult, %a, %b : index"""),
    "chosen": ("index", f"""
        %n = arith.constant 3 : index
        %a = arith.constant {(1 << 32) + 1} : index
        %c = arith.cmpi slt, %i, %n : index
        %r = arith.select %c, %a, %i : index"""),
    "converted": ("i64", f"""
        %a = arith.constant {MOST} : index
        %r = arith.index_cast %a : index to i64"""),
    "the least factor": ("index", f"""
        %f = arith.constant {LEAST} : index
        %m = arith.muli %i, %f : index
        %r = arith.addi %m, %f : index"""),
    "less the least": ("index", f"""
        %f = arith.constant {LEAST} : index
        %r = arith.subi %i, %f : index"""),
}  # fmt: skip


def agree(text: str, *args: np.ndarray) -> str:
    """The text of the kernels, which have the values of the reference, and compile."""
    wanted = Evaluator(parsed(text)).call("main", args)
    file = backend.lower(parsed(text), Options())
    assert file.kernels
    for c in resources.compile_kernels(file, "sm_90", Options()):
        assert c.stages["cubin"][:4] == b"\x7fELF"
    for number, dtype in re.findall(r"tl\.full\(\[.*?\], (-?\d+), tl\.int(\d+)\)", file.text):
        assert int(dtype) == 1 or -(1 << int(dtype) - 1) <= int(number) < 1 << int(dtype) - 1
    found = backends.compile("triton", parsed(text), "main")(*args)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(a, b)
    return file.text


def parsed(text: str) -> ModuleOp:
    return source.parse(opt.LetgradOptMain([]).ctx, text)


@pytest.mark.parametrize("name", STORED)
def test_numbers_in_a_nest(name: str):
    type, body = STORED[name]
    agree(f"""
      func.func @main() -> tensor<5x{type}> {{
        %y = kernel.generic [5] (%i) store [0] : tensor<5x{type}> {{
          {body}
          kernel.yield %r : {type}
        }}
        func.return %y : tensor<5x{type}>
      }}""")


def test_a_sum_whose_terms_need_64_bits():
    """32 bits hold both values of the sum, -(2^31 - 1) and 2^31 - 1."""
    text = agree("""
      func.func @main() -> tensor<2xindex> {
        %y = kernel.generic [2] (%i) store [0] : tensor<2xindex> {
          %f = arith.constant 4294967294 : index
          %b = arith.constant -2147483647 : index
          %m = arith.muli %i, %f : index
          %r = arith.addi %m, %b : index
          kernel.yield %r : index
        }
        func.return %y : tensor<2xindex>
      }""")
    assert "i.to(tl.int64) * 4294967294" in text


@pytest.mark.parametrize("places", ["%r, %f", "%f, %r", "%f, %f", "%big, %r", "%r, %big"])
def test_places_that_are_numbers(places: str):
    """Of 2^32 + 1, the lower 32 bits are a place inside."""
    agree(
        f"""
      func.func @main(%x: tensor<6xf64>) -> tensor<3x4xf64> {{
        %y = "kernel.scatter"() <{{
            loops = array<i64: 6>, domain = 1 : i64, dims = array<i64: 3, 4>}}> ({{
        ^bb0(%i: index):
          %v = kernel.load %x[%i] : tensor<6xf64>
          %f = arith.constant 4294967297 : index
          %big = arith.constant 1073741824 : index
          %n = arith.constant 3 : index
          %r = arith.remsi %i, %n : index
          kernel.yield %v, {places} : f64, index, index
        }}) : () -> tensor<3x4xf64>
        func.return %y : tensor<3x4xf64>
      }}""",
        np.arange(1.0, 7.0),
    )


def test_the_gradient_of_a_long_while():
    """The function of its turns takes the largest number as the number of turns that are left."""

    def f(x: Any) -> Any:
        def turn(s: Any) -> Any:
            y = s[0]
            for _ in range(12):
                y = np.sin(y) * x
            return y, s[1] + 1.0

        return lg.while_loop(lambda s: s[1] < 3.0, turn, (x * 1.0, 0.0))[0]

    traced = lg.jit(lg.grad(f)).traced(0.8)
    file = backend.lower(traced.module, Options())
    assert f"tl.full([], 0, tl.int64) < {MOST}" in file.text
    found = lg.jit(lg.grad(f), backend="triton")(0.8)
    assert float(found) == pytest.approx(float(lg.grad(f)(0.8)), rel=1e-12)
