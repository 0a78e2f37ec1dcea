"""
Folds of constants are in the arithmetic of the type: over edge values, what `canonicalize` gives is
what the cpu backend computes. An op whose result MLIR leaves open stays.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from io import StringIO
from typing import Any

import numpy as np
import pytest
from xdsl.dialects import arith, func, math
from xdsl.dialects.builtin import (
    IndexType,
    IntegerAttr,
    ModuleOp,
    bf16,
    f16,
    f32,
    f64,
    i1,
    i8,
    i16,
    i32,
    i64,
)
from xdsl.ir import Block, Region

import letgrad as lg
from letgrad.dialects import arrays, types
from letgrad.lowering import backends
from letgrad.passes.simplify.canonicalize import CanonicalizePass
from letgrad.tools import source
from letgrad.tools.opt import LetgradOptMain

from . import constant_folds as folds

pytestmark = pytest.mark.sampled(4)

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


# All ops, against the cpu backend, which computes them in a loop over arrays.

CTX = LetgradOptMain(args=[]).ctx


def some_fast(kinds: Sequence[Any], *fast: Any) -> list[Any]:
    """All types; `make test` takes some, since each case is a program that is compiled."""
    return [t if t in fast else pytest.param(t, marks=pytest.mark.slow) for t in kinds]


TYPES_OF_INTEGERS = some_fast(folds.INTEGERS, i1, i8, i64)
TYPES_OF_FLOATS = some_fast(folds.FLOATS, f16, f64)


def computed(case: folds.Case, columns: Sequence[Sequence[Any]]) -> list[np.ndarray]:
    """What the cpu backend gives for each row of operands."""
    n = len(columns[0])
    arguments = ", ".join(f"%a{k}: tensor<{n}x{t}>" for k, t in enumerate(case.operands))
    reads = "\n".join(
        f"%x{k} = ten.index %a{k}[%i] : tensor<{n}x{t}> -> {t}" for k, t in enumerate(case.operands)
    )
    operands = ", ".join(f"%x{k}" for k in range(len(columns)))
    properties = ", ".join(f"{name} = {value}" for name, value in case.properties)
    signature = f"({', '.join(map(str, case.operands))}) -> ({', '.join(map(str, case.results))})"
    results = []
    for k, result in enumerate(case.results):
        text = f"""
        func.func @main({arguments}) -> tensor<{n}x{result}> {{
          %r = ten.build [{n}] (%i) : tensor<{n}x{result}> {{
            {reads}
            %y:{len(case.results)} = "{case.kind.name}"({operands}) <{{{properties}}}> : {signature}
            ten.yield %y#{k} : {result}
          }}
          func.return %r : tensor<{n}x{result}>
        }}"""
        module = source.parse(CTX.clone(), text)
        arrays_ = [np.array(c, arrays.dtype(t)) for c, t in zip(columns, case.operands)]
        (found,) = backends.compile("cpu", module, "main")(*arrays_)
        results.append(np.asarray(found))
    return results


def agrees(case: folds.Case, stays: Any = None, steps: int = 0, some: int = 1) -> None:
    """
    Fold the op on all combinations of edge values, or of each `some`-th one, and compare with the
    cpu backend. `stays` says of which operands the op stays.
    """
    rows = [*itertools.product(*(folds.edges(t)[::some] for t in case.operands))]
    cases = [
        folds.Case(
            case.kind, case.operands, case.results, tuple((x,) for x in row), case.properties
        )
        for row in rows
    ]
    module = folds.module_of(cases)
    CanonicalizePass().apply(CTX, module)
    found = folds.results_of(module)
    wanted = computed(case, [[row[k] for row in rows] for k in range(len(case.operands))])
    per = len(case.results)
    for n, row in enumerate(rows):
        for k, type in enumerate(case.results):
            constant = found[n * per + k]
            left = stays is not None and stays(*row)
            assert (constant is None) == bool(left), f"{case.kind.name}{row}: {constant}"
            if constant is None:
                continue
            (x,) = folds.elements(constant)
            y = wanted[k][n].item() if not types.is_float(type) else float(wanted[k][n])
            if types.is_bool(type):
                y = -int(y)
            near = x == y or (x != x and y != y)
            if types.is_float(type) and x == x:
                near = y == y and folds.ulps(x, y, type) <= steps
            assert near, f"{case.kind.name}{row} : {case.operands} -> {type}: {x!r}, not {y!r}"


def one(kind: Any, operands: Sequence[Any], *results: Any, **properties: Any) -> folds.Case:
    return folds.Case(kind, tuple(operands), results, (), tuple(properties.items()))


def divides_badly(type: Any) -> Any:
    least = -(1 << (folds.width(type) - 1))
    return lambda x, y: y == 0 or (x == least and y == -1)


SIGNED = (arith.DivSIOp, arith.FloorDivSIOp, arith.CeilDivSIOp)
UNSIGNED = (arith.DivUIOp, arith.RemUIOp, arith.CeilDivUIOp, arith.RemSIOp)
SHIFTS = (arith.ShLIOp, arith.ShRSIOp, arith.ShRUIOp)


@pytest.mark.parametrize("type", TYPES_OF_INTEGERS, ids=str)
@pytest.mark.parametrize("kind", (*folds.OF_INTEGERS, *folds.EXTENDED), ids=lambda k: k.name)
def test_integers(kind: Any, type: Any):
    stays = None
    if kind in SIGNED and type != i1:  # to divide by the one bit that is set changes nothing
        stays = divides_badly(type)
    elif kind in (*SIGNED, *UNSIGNED):
        stays = lambda x, y: y == 0  # noqa: E731
    elif kind in SHIFTS:
        stays = lambda x, y: not 0 <= y < folds.width(type)  # noqa: E731
    elif kind is math.IPowIOp:
        stays = lambda x, y: x == 0 and y < 0  # noqa: E731
    results = (type,)
    if kind in folds.EXTENDED:
        results = (type, i1 if kind is arith.AddUIExtendedOp else type)
    agrees(one(kind, (type, type), *results), stays)


@pytest.mark.parametrize("type", TYPES_OF_INTEGERS, ids=str)
@pytest.mark.parametrize("kind", folds.OF_ONE_INTEGER, ids=lambda k: k.name)
def test_one_integer(kind: Any, type: Any):
    agrees(one(kind, (type,), type))


@pytest.mark.parametrize("type", TYPES_OF_FLOATS, ids=str)
@pytest.mark.parametrize("kind", folds.OF_FLOATS, ids=lambda k: k.name)
def test_floats(kind: Any, type: Any):
    stays = (lambda x, y: y != y) if kind is math.CopySignOp else None
    if kind not in (arith.MaxnumfOp, arith.MinnumfOp):
        agrees(one(kind, (type, type), type), stays)


@pytest.mark.parametrize("type", TYPES_OF_FLOATS, ids=str)
def test_numbers_of_maxnum_and_minnum(type: Any):
    """Of 0 and -0 the ops may give either; a constant is the one that MLIR gives."""
    rows = [*itertools.product(folds.edges(type), repeat=2)]
    for kind, sign in ((arith.MaxnumfOp, 1), (arith.MinnumfOp, -1)):
        cases = [folds.Case(kind, (type, type), (type,), ((x,), (y,))) for x, y in rows]
        module = folds.module_of(cases)
        CanonicalizePass().apply(CTX, module)
        for (x, y), constant in zip(rows, folds.results_of(module), strict=True):
            assert constant is not None
            (found,) = folds.elements(constant)
            some = [z for z in (x, y) if z == z]
            order = sorted(some, key=lambda z: (sign * z, sign * np.copysign(1, z)))
            wanted = order[-1] if some else float("nan")
            assert repr(float(found)) == repr(float(wanted)), (x, y)


@pytest.mark.parametrize("type", TYPES_OF_FLOATS, ids=str)
@pytest.mark.parametrize("kind", folds.OF_ONE_FLOAT, ids=lambda k: k.name)
def test_one_float(kind: Any, type: Any):
    agrees(one(kind, (type,), type))


@pytest.mark.parametrize("type", some_fast(folds.FLOATS, f64), ids=str)
@pytest.mark.parametrize("kind", (*folds.FUNCTIONS, *folds.FUNCTIONS_OF_TWO), ids=lambda k: k.name)
def test_functions(kind: Any, type: Any):
    """The cpu's functions are near: constants are correctly rounded (tests/test_rounding.py)."""
    operands = (type, type) if kind in folds.FUNCTIONS_OF_TWO else (type,)
    agrees(one(kind, operands, type), steps=8)


@pytest.mark.parametrize("type", TYPES_OF_FLOATS, ids=str)
def test_fma(type: Any):
    # The cpu computes 16 bits in float32, and rounds twice.
    steps = 1 if type in (f16, bf16) else 0
    agrees(one(math.FmaOp, (type, type, type), type), steps=steps, some=4)


@pytest.mark.parametrize("type", TYPES_OF_FLOATS, ids=str)
def test_comparisons_of_floats(type: Any):
    for predicate in range(16):
        agrees(one(arith.CmpfOp, (type, type), i1, predicate=IntegerAttr(predicate, i64)), some=4)


@pytest.mark.parametrize("type", TYPES_OF_INTEGERS, ids=str)
def test_comparisons_of_integers(type: Any):
    for predicate in range(10):
        agrees(one(arith.CmpiOp, (type, type), i1, predicate=IntegerAttr(predicate, i64)))


@pytest.mark.parametrize("type", (*folds.INTEGERS, *folds.FLOATS), ids=str)
def test_select(type: Any):
    agrees(one(arith.SelectOp, (i1, type, type), type), some=3 if types.is_float(type) else 1)


WHOLE = (i1, i8, i16, i32, i64)


@pytest.mark.parametrize(("a", "b"), [*itertools.combinations(WHOLE, 2)], ids=str)
def test_conversions_of_integers(a: Any, b: Any):
    agrees(one(arith.ExtSIOp, (a,), b))
    agrees(one(arith.ExtUIOp, (a,), b))
    agrees(one(arith.TruncIOp, (b,), a))


@pytest.mark.parametrize("type", WHOLE, ids=str)
def test_conversions_of_indices(type: Any):
    agrees(one(arith.IndexCastOp, (type,), IndexType()))
    agrees(one(arith.IndexCastOp, (IndexType(),), type))


@pytest.mark.parametrize("float", TYPES_OF_FLOATS, ids=str)
@pytest.mark.parametrize("whole", some_fast(WHOLE, i8, i64), ids=str)
def test_conversions_between_integers_and_floats(whole: Any, float: Any):
    n = whole.width.data

    def leaves(low: int, high: int) -> Any:
        return lambda x: not (np.isfinite(x) and low <= int(x) < high)

    agrees(one(arith.SIToFPOp, (whole,), float))
    agrees(one(arith.UIToFPOp, (whole,), float))
    agrees(one(arith.FPToSIOp, (float,), whole), leaves(-(1 << (n - 1)), 1 << (n - 1)))
    agrees(one(arith.FPToUIOp, (float,), whole), leaves(0, 1 << n))


@pytest.mark.parametrize(
    ("a", "b"), [(f16, f32), (f16, f64), (bf16, f32), (bf16, f64), (f32, f64)], ids=str
)
def test_conversions_of_floats(a: Any, b: Any):
    agrees(one(arith.ExtFOp, (a,), b))
    agrees(one(arith.TruncFOp, (b,), a))


@pytest.mark.parametrize(("a", "b"), [(f16, i16), (bf16, i16), (f32, i32), (f64, i64)], ids=str)
def test_bits(a: Any, b: Any):
    agrees(one(arith.BitcastOp, (a,), b), lambda x: x != x)
    dtype = arrays.dtype(a)
    agrees(
        one(arith.BitcastOp, (b,), a),
        lambda n: bool(np.isnan(np.array(n, arrays.dtype(b)).view(dtype))),
    )


@pytest.mark.slow
@pytest.mark.parametrize("type", (f16, bf16), ids=str)
@pytest.mark.parametrize("kind", folds.FUNCTIONS, ids=lambda k: k.name)
def test_functions_of_every_float_of_16_bits(kind: Any, type: Any, monkeypatch: Any):
    dtype = arrays.dtype(type)
    every = np.arange(1 << 16).astype(np.uint16).view(dtype).astype(float)
    for part in every.reshape(16, -1):
        monkeypatch.setattr(folds, "edges", lambda type, part=part: part.tolist())
        agrees(one(kind, (type,), type), steps=8)


@pytest.mark.parametrize("type", (f16, bf16), ids=str)
@pytest.mark.parametrize("kind", folds.OF_ONE_FLOAT, ids=lambda k: k.name)
@pytest.mark.slow
def test_every_float_of_16_bits(kind: Any, type: Any, monkeypatch: Any):
    dtype = arrays.dtype(type)
    every = np.arange(1 << 16).astype(np.uint16).view(dtype).astype(float)
    for part in every.reshape(16, -1):
        monkeypatch.setattr(folds, "edges", lambda type, part=part: part.tolist())
        agrees(one(kind, (type,), type))


@pytest.mark.slow
@pytest.mark.parametrize("kind", folds.OF_INTEGERS, ids=lambda k: k.name)
def test_every_pair_of_bytes(kind: Any, monkeypatch: Any):
    monkeypatch.setattr(folds, "edges", lambda type: [*range(-128, 128)])
    test_integers(kind, i8)
