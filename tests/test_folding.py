"""
Folds of constants are in the arithmetic of the type: over edge values, what `canonicalize` gives is
what the cpu backend computes.
"""

from __future__ import annotations

import itertools
from io import StringIO
from typing import Any

import numpy as np
import pytest
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import IndexType, ModuleOp, bf16, f16, f32, f64, i8, i16, i32, i64
from xdsl.ir import Block, Region

import letgrad as lg
from letgrad.dialects import arrays, types
from letgrad.passes.simplify.canonicalize import CanonicalizePass
from letgrad.tools import source
from letgrad.tools.opt import LetgradOptMain

INTEGERS = (arith.AddiOp, arith.SubiOp, arith.MuliOp, arith.AndIOp, arith.OrIOp, arith.XOrIOp)
FLOATS = (arith.AddfOp, arith.SubfOp, arith.MulfOp, arith.DivfOp)


def edges(type: Any) -> np.ndarray:
    dtype = arrays.dtype(type)
    if types.is_float(type):
        info = lg_finfo(dtype)
        numbers = [0.0, -0.0, 1.0, -3.0, info.max, info.min, info.tiny, info.smallest_subnormal]
        return np.array([*map(float, numbers), 0.1, np.inf, -np.inf, np.nan]).astype(dtype)
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    return np.array([0, 1, -1, 3, low, low + 1, high, high - 1, high // 2 + 1], dtype)


def lg_finfo(dtype: np.dtype) -> Any:
    import ml_dtypes

    return ml_dtypes.finfo(dtype)


def folded(op: Any, type: Any, pairs: list[tuple[Any, Any]]) -> list[Any]:
    """What canonicalization makes of the op on each pair of constants."""
    block = Block()
    results = []
    for a, b in pairs:
        x, y = arrays.constant(a, type), arrays.constant(b, type)
        op_ = op(x, y)
        block.add_ops((x, y, op_))
        results.append(op_.results[0])
    block.add_op(func.ReturnOp(*results))
    function = func.FuncOp("f", ((), [r.type for r in results]), Region(block))
    module = ModuleOp([function])
    CanonicalizePass().apply(LetgradOptMain(args=[]).ctx, module)
    end = block.last_op
    assert end is not None
    values = []
    for value in end.operands:
        assert isinstance(value.owner, arith.ConstantOp)
        values.append(arrays.constant_array(value.owner))
    source.print_module(module, StringIO())
    return values


@pytest.mark.parametrize("type", [f16, bf16, f32, f64], ids=str)
@pytest.mark.parametrize("op", FLOATS, ids=lambda op: op.name)
def test_floats_fold_in_their_type(op: Any, type: Any):
    check(op, type)


@pytest.mark.parametrize("type", [i8, i16, i32, i64, IndexType()], ids=str)
@pytest.mark.parametrize("op", INTEGERS, ids=lambda op: op.name)
def test_integers_fold_in_their_type(op: Any, type: Any):
    check(op, type)


COMPUTED = {
    "arith.addf": lambda a, b: a + b,
    "arith.subf": lambda a, b: a - b,
    "arith.mulf": lambda a, b: a * b,
    "arith.divf": lambda a, b: a / b,
    "arith.addi": lambda a, b: a + b,
    "arith.subi": lambda a, b: a - b,
    "arith.muli": lambda a, b: a * b,
    "arith.andi": lambda a, b: a & b,
    "arith.ori": lambda a, b: a | b,
    "arith.xori": lambda a, b: a ^ b,
}


def check(op: Any, type: Any) -> None:
    values = edges(type)
    pairs = list(itertools.product(values, values))
    got = np.array(folded(op, type, pairs))
    a, b = (np.array([p[k] for p in pairs]) for k in (0, 1))
    wanted = np.asarray(lg.jit(COMPUTED[op.name])(a, b))
    assert got.dtype == wanted.dtype
    nan = np.isnan(wanted) if types.is_float(type) else np.zeros(len(pairs), bool)
    if types.is_float(type):
        np.testing.assert_array_equal(np.isnan(got), nan)
    assert got[~nan].tobytes() == wanted[~nan].tobytes()


@pytest.mark.parametrize("type", [np.float16, np.float32])
def test_constants_that_overflow_are_infinite(type: Any):
    x = np.ones((), type)
    with np.errstate(all="ignore"):
        assert np.isinf(lg.jit(lambda x: x * 3e38 * 3e38)(x))
        assert np.isinf(lg.grad(lambda x: x * 3e38 * 3e38)(x))
