"""`ten-compare-scatters`: scatters of one number in each row, as comparisons of places."""

from __future__ import annotations

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.nests.compare_scatters import CompareScattersPass
from letgrad.lowering.reference import Evaluator
from letgrad.lowering.triton import backend
from letgrad.lowering.triton.emit import Options
from letgrad.lowering.triton.plans import plan
from letgrad.tools import source


def parse(text: str) -> ModuleOp:
    return source.parse(backends.context(), text)


INDICES = {
    "inside": [0, 6, 2, 2, 5],
    "outside": [7, -1, 0, 1 << 40, -(1 << 40)],
}


@pytest.mark.parametrize("given", INDICES)
@pytest.mark.parametrize("e", ["f16", "bf16", "f64", "i8", "i64"])
@pytest.mark.parametrize("trailing", ["", "3x"])
def test_the_value_keeps_its_bits(e: str, trailing: str, given: str):
    module = parse(f"""
      func.func @f(%g: tensor<5x{trailing}{e}>, %y: tensor<5xindex>)
          -> tensor<5x7x{trailing}{e}> {{
        %s = ten.scatter [5, 7] %g (%i) : tensor<5x{trailing}{e}> -> tensor<5x7x{trailing}{e}> {{
          %k = ten.index %y[%i] : tensor<5xindex> -> index
          ten.yield %i, %k : index, index
        }}
        func.return %s : tensor<5x7x{trailing}{e}>
      }}""")
    g = np.arange(5.0 * (3 if trailing else 1)).reshape(5, *([3] if trailing else []))
    g = g.astype(lg.spec(1, e).dtype) * g.dtype.type(-1)  # the first is -0.0
    args = [g.astype(lg.spec(1, e).dtype), np.array(INDICES[given])]
    (expected,) = Evaluator(module).call("f", args)
    CompareScattersPass().apply(backends.context(), module)
    module.verify()
    assert not any(op.name == "ten.scatter" for op in module.walk())
    (actual,) = Evaluator(module).call("f", args)
    assert np.asarray(actual).tobytes() == np.asarray(expected).tobytes()


def test_an_empty_row_has_no_place():
    module = parse("""
      func.func @f(%g: tensor<5xf32>, %y: tensor<5xindex>) -> tensor<5x0xf32> {
        %s = ten.scatter [5, 0] %g (%i) : tensor<5xf32> -> tensor<5x0xf32> {
          %k = ten.index %y[%i] : tensor<5xindex> -> index
          ten.yield %i, %k : index, index
        }
        func.return %s : tensor<5x0xf32>
      }""")
    CompareScattersPass().apply(backends.context(), module)
    (actual,) = Evaluator(module).call("f", [np.ones(5, np.float32), np.arange(5)])
    assert np.shape(actual) == (5, 0)


def entropy(x, y):
    s = x - x.max(1, keepdims=True)
    logs = np.log(np.exp(s).sum(1)) - s[np.arange(x.shape[0]), y]
    return logs.sum()


@pytest.mark.parametrize("shape", [(4096, 1000), (8192, 32000)], ids=str)
def test_the_gradient_of_cross_entropy_is_one_kernel(shape: tuple[int, int]):
    """
    It moves what it must: it reads `x` and the labels, and writes the gradient. Before long rows,
    one more kernel makes two numbers of each label, which two passes over the row read.
    """
    rows, classes = shape
    x, y = lg.spec((rows, classes), "f32"), lg.spec(rows, "i64")
    file = backend.lower(lg.trace(lg.grad(entropy), x, y), Options())
    (name,) = file.functions.values()
    found = plan(file.steps, name, [4 * rows * classes])
    more = classes > 16384
    assert (found.kernels, found.launches, found.tensors) == (1 + more, 1 + more, 2 * more)
    assert found.stored <= 8 * rows
    assert found.moved <= 2 * 4 * rows * classes + 32 * rows


def test_the_values_of_that_kernel():
    random = np.random.default_rng(0)
    x, y = random.standard_normal((5, 9)).astype(np.float32), np.array([0, 8, -1, 3, 3])
    exact = lg.jit(lg.grad(entropy), backend="numpy")(x.astype(np.float64), y)
    found = lg.jit(lg.grad(entropy), backend="triton")(x, y)
    np.testing.assert_allclose(found, exact, rtol=1e-5, atol=1e-6)
