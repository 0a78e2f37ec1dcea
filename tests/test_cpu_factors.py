"""Factors by elimination on the backend `cpu`, which writes them into the results' own memory."""

from __future__ import annotations

import numpy as np
import pytest
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Region

import letgrad as lg
from letgrad.dialects import arrays, ten
from letgrad.lowering.cpu.backend import compile
from letgrad.lowering.reference import Evaluator

SHAPES = [(4, 4), (2, 3, 3), (5, 3), (3, 5), (2, 1, 4), (1, 1), (0, 0), (0, 3, 3), (2, 0, 3)]


def factors(shape: tuple[int, ...], dtype: type) -> ModuleOp:
    block = Block(arg_types=[arrays.type_of(np.zeros(shape, dtype))])
    op = ten.LuOp(block.args[0])
    block.add_ops([op, func.ReturnOp(*op.results)])
    kinds = [x.type for x in op.results]
    return ModuleOp([func.FuncOp("f", (list(block.arg_types), kinds), Region(block))])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_as_the_reference(shape: tuple[int, ...], dtype: type) -> None:
    module = factors(shape, dtype)
    a = np.random.default_rng(3).standard_normal(shape).astype(dtype)
    for special in (None, np.nan):
        if special is not None and a.ndim == 3 and a.size:
            a[-1, 0, 0] = special
        wanted = Evaluator(module).call("f", [a])
        found = compile(module, "f")(a)
        for x, y in zip(found, wanted, strict=True):
            assert np.shape(x) == np.shape(y)
            np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-5)


def test_a_determinant_of_zero_and_a_solution() -> None:
    a = np.array([[[1.0, 2.0], [2.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]]])
    np.testing.assert_allclose(lg.jit(np.linalg.det)(a), [0.0, -1.0])
    b = np.array([[3.0], [5.0]])
    np.testing.assert_allclose(lg.jit(np.linalg.solve)(a[1], b), [[5.0], [3.0]])
