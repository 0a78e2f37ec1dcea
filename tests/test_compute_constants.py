"""`ten-compute-constants`: each rule on all small tables of a family, and whole programs."""

from __future__ import annotations

import importlib.util
from itertools import product
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from xdsl.dialects import func
from xdsl.dialects.builtin import UNKNOWN_LOC, ModuleOp
from xdsl.ir import Block, Region
from xdsl.rewriter import InsertPoint

import letgrad as lg
from letgrad.dialects import types
from letgrad.lowering.nests import compute_constants
from letgrad.lowering.nests.compute_constants import rule_for
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting.emitter import Emitter

DTYPES = (
    *(np.dtype(k) for k in ("?", "i1", "i2", "i4", "i8", "f2", "f4", "f8")),
    np.dtype(ml_dtypes.bfloat16),
)


def computed(table: np.ndarray) -> tuple[str | None, np.ndarray | None]:
    """The rule that fires on a table, and the table that the reference computes by it."""
    found = rule_for(table)
    if found is None:
        return None, None
    block = Block()
    e = Emitter(InsertPoint.at_end(block), UNKNOWN_LOC)
    value = found.make(e)
    block.add_op(func.ReturnOp(value))
    function = func.FuncOp("f", ((), (value.type,)), Region(block))
    module = ModuleOp([function])
    module.verify()
    (result,) = Evaluator(module).call("f", [])
    assert types.shape(value.type) == table.shape
    return found.rule, np.asarray(result).astype(table.dtype, copy=False)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small tables are computed too."""
    monkeypatch.setattr(compute_constants, "FEW", 1)


def check(table: np.ndarray) -> str | None:
    rule, made = computed(table)
    if made is not None:
        assert made.dtype == table.dtype and made.tobytes() == table.tobytes(), (rule, table)
    return rule


@pytest.mark.parametrize("shape", [(2,), (9,), (2, 3), (3, 1), (2, 2, 3)], ids=str)
def test_all_tables_of_two_values(shape: tuple[int, ...], small: None):
    """Each subset of places; the rules that fire give the table, and both rules fire somewhere."""
    n = int(np.prod(shape))
    seen = set()
    for bits in product((False, True), repeat=n):
        mask = np.array(bits).reshape(shape)
        seen.add(check(mask))
        check(np.where(mask, np.float32(-0.0), np.float32(np.inf)))
    assert "box" in seen and (len(shape) != 2 or 1 in shape or "band" in seen)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_affine_tables(dtype: np.dtype, small: None):
    fired = 0
    for a, b, c, shape in product(
        (0, 1, -3, 100), (0, 1, -2, 7), (0, 1, 5), ((5,), (3, 4), (1, 6))
    ):
        table = np.full(shape, a, np.int64) + b * np.arange(shape[-1])
        if len(shape) == 2:
            table = table + c * np.arange(shape[0])[:, None]
        with np.errstate(all="ignore"):
            fired += check(table.astype(dtype)) == "affine"
            # Halves, and numbers that 16 bits round.
            check((table * 0.5).astype(dtype))
            check((table * 1000.1).astype(dtype))
    assert fired > 10 or dtype.kind == "b"


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_bands_boxes_and_repeats_of_all_dtypes(dtype: np.dtype, small: None):
    for k in range(-4, 5):
        for table in (np.tri(3, 4, k), np.eye(4, 3, k), np.tri(3, 4, k) - np.tri(3, 4, k - 2)):
            check(table.astype(dtype))
            check(np.broadcast_to(table.astype(dtype), (2, *table.shape)))
    row = np.array([3, 1, 1, 0, 5]).astype(dtype)
    assert check(np.tile(row, (4, 1))) is not None
    assert check(np.tile(row[:, None], (1, 4))) is not None


@pytest.mark.parametrize(
    "table",
    [
        np.array([0.0, -0.0, 0.0, 0.0] * 20),
        np.full((9, 9), np.nan),
        np.where(np.eye(9), np.nan, 1.0),
        np.frombuffer(np.array([0x7FF8000000000001, 0], np.uint64).tobytes() * 40),
        np.array([1 << 62, -(1 << 62)] * 40),
        np.arange(100) * (1 << 60),
        np.arange(300).astype(np.int8),
        np.arange(4096).astype(np.float16),
        np.zeros((0, 100)),
    ],
    ids=range(9),
)
def test_odd_tables(table: np.ndarray):
    check(table)


MASKED: list[tuple[str, Any, tuple[int, ...]]] = [
    ("causal", lambda x: np.where(np.tri(12, dtype=bool), x, -np.inf).max(1), (12, 12)),
    ("positions", lambda x: x * np.arange(144).reshape(12, 12) + np.arange(12.0), (12, 12)),
    ("identity", lambda x: (x + np.eye(12)).sum(0), (12, 12)),
    ("border", lambda x: x * np.pad(np.ones((10, 10)), 1), (12, 12)),
    ("batched", lambda x: np.where(np.tri(12, dtype=bool)[None], x, 0), (3, 12, 12)),
    ("turned", lambda x: x + np.arange(144).reshape(12, 12).T[::-1], (12, 12)),
]


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("backend", "dtype"),
    [("cpu", d) for d in ("f16", "bf16", "f32", "f64")]
    + [("triton", "bf16")] * (importlib.util.find_spec("triton") is not None),
)
@pytest.mark.parametrize(("name", "f", "shape"), MASKED, ids=[m[0] for m in MASKED])
def test_programs(
    name: str, f: Any, shape: tuple[int, ...], dtype: str, backend: str,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    monkeypatch.setattr("letgrad.lowering.cpu.backend.SMALL_TABLE", 64)
    x = np.random.default_rng(0).standard_normal(shape).astype(lg.spec((), dtype).dtype)

    def total(x: Any) -> Any:
        y = f(x)
        return y, lg.grad(lambda x: np.where(np.isfinite(y := f(x)), y, 0).sum())(x)

    with lg.remarks() as found:
        made = lg.jit(total, backend=backend)(x)
    assert any(r.pass_name == "ten-compute-constants" for r in found)
    for y, wanted in zip(made, lg.jit(total, backend="numpy")(x)):
        assert np.allclose(y.astype(float), wanted.astype(float), rtol=1e-2, atol=1e-3)
