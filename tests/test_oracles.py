"""
Constant folds beside MLIR's own: random ops of constants, canonicalized by letgrad and by MLIR.
Where both fold, the constants are equal. Where MLIR folds, letgrad folds.

And ops of random types: what MLIR refuses, letgrad refuses.

MLIR is `iree-opt`, of the package iree-base-compiler (extra `oracles`).
"""

from __future__ import annotations

import os
from collections import Counter
from io import StringIO
from math import isnan
from random import Random

import numpy as np
import pytest
from xdsl.dialects import arith, math

from letgrad.dialects import arrays, types
from letgrad.passes.rewriting import verify
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.simplify.canonicalize import CanonicalizePass
from letgrad.tools import source
from letgrad.tools.opt import LetgradOptMain

from . import constant_folds as folds
from . import oracles

CTX = LetgradOptMain(args=[]).ctx

AT_ONCE = 1000

ROUNDED = {*folds.FUNCTIONS, *folds.FUNCTIONS_OF_TWO, math.FPowIOp}
"""Functions that MLIR computes by C's library, which is wrong by a step of the float or two."""

STEPS = 2


def differences(seed: int, count: int) -> tuple[list[str], Counter[str]]:
    """The cases that differ, and how many cases of each op both fold."""
    random = Random(seed)
    cases = [folds.case(random) for _ in range(count)]
    module, out = folds.module_of(cases), StringIO()
    source.print_module(module, out, generic=True)
    theirs = source.parse(CTX.clone(), oracles.iree_opt(out.getvalue(), "--canonicalize"))
    CanonicalizePass().apply(CTX, module)
    pairs = iter(zip(folds.results_of(module), folds.results_of(theirs), strict=True))
    wrong, both = [], Counter[str]()
    for case in cases:
        for type in case.results:
            a, b = next(pairs)
            if b is None:
                continue
            if a is None:
                if not stays(case):
                    wrong.append(f"{case}: stays, and MLIR gives {b.value}")
                continue
            both[case.kind.name] += 1
            element = types.any_element(type)
            for x, y in zip(folds.elements(a), folds.elements(b), strict=True):
                if not agree(case, element, x, y):
                    wrong.append(f"{case}: {x!r}, and MLIR gives {y!r}")
    return wrong, both


def agree(case: folds.Case, element: object, x: float, y: float) -> bool:
    if x != x or y != y:
        return x != x and y != y
    if isinstance(x, float):
        steps = folds.ulps(x, y, element)  # type: ignore[arg-type]
        return steps <= (STEPS if case.kind in ROUNDED else 0)
    return x == y


_SHIFTS = (arith.ShLIOp, arith.ShRSIOp, arith.ShRUIOp)
_DIVISIONS = (
    arith.DivSIOp, arith.DivUIOp, arith.RemSIOp, arith.RemUIOp, arith.FloorDivSIOp,
    arith.CeilDivSIOp, arith.CeilDivUIOp,
)  # fmt: skip


def stays(case: folds.Case) -> bool:
    """
    Whether letgrad may keep an op that MLIR folds: MLIR's result is any number, or depends on bits
    of a NaN, which letgrad does not keep.
    """
    if case.kind is math.CopySignOp:
        return any(isnan(x) for x in case.values[1])
    if case.kind is arith.BitcastOp:
        return isnan_as_float(case)
    width = folds.width(types.any_element(case.operands[0]))
    if case.kind in _SHIFTS:
        return any(y < 0 or y >= width for y in case.values[1])
    if case.kind in _DIVISIONS:
        smallest = -(1 << (width - 1))
        pairs = [*zip(*case.values, strict=True)]
        return any(y == 0 or (x == smallest and y == -1) for x, y in pairs)
    return False


def isnan_as_float(case: folds.Case) -> bool:
    """Whether a bitcast has a NaN on either side."""
    a, b = (types.any_element(t) for t in (*case.operands, *case.results))
    (values,) = case.values
    xs = np.array(values, arrays.dtype(a))
    return any(np.isnan(xs.view(arrays.dtype(t))).any() for t in (a, b) if types.is_float(t))


def test_folds_are_those_of_mlir():
    oracles.need_iree_opt()
    wrong, both = differences(seed=0, count=600)
    assert not wrong, "\n".join(wrong)
    assert sum(both.values()) > 300


@pytest.mark.slow
def test_40_000_folds_are_those_of_mlir():
    oracles.need_iree_opt()
    wrong, both = [], Counter[str]()
    first = int(os.environ.get("SEED", "1000"))
    for seed in range(first, first + 40_000 // AT_ONCE):
        found, counts = differences(seed, AT_ONCE)
        wrong += found
        both += counts
    assert not wrong, "\n".join(wrong[:50])
    # Each op that MLIR folds at all is among them, many times.
    assert sum(both.values()) > 25_000
    few = [kind.name for kind in (*folds.OF_INTEGERS, *folds.OF_FLOATS) if both[kind.name] < 50]
    assert not few


TYPES = [
    "f16", "bf16", "f32", "f64", "i1", "i8", "i32", "i64", "index", "i0", "si32", "ui8", "none",
    "tensor<f32>", "tensor<3xf32>", "tensor<3xf64>", "tensor<2x3xf32>", "tensor<?xf32>",
    "tensor<3xi32>", "tensor<3xi1>", "tensor<i32>", "tensor<3xindex>", "vector<3xf32>",
    "vector<3xf64>", "vector<[3]xf32>", "vector<3xi32>", "vector<3xi1>", "memref<3xf32>",
    "complex<f32>",
]  # fmt: skip


def op_of_random_types(random: Random) -> str:
    """An op of arith or math whose values have one type, but for some of them."""
    kind = random.choice([*arith.Arith.operations, *math.Math.operations])
    definition = kind.get_irdl_definition()  # type: ignore[attr-defined]
    main, rate = random.choice(TYPES), random.choice([0.0, 0.3, 0.6])
    operands, results = (
        [random.choice(TYPES) if random.random() < rate else main for _ in values]
        for values in (definition.operands, definition.results)
    )
    arguments = ", ".join(f"%{k}: {type}" for k, type in enumerate(operands))
    names = ", ".join(f"%{k}" for k in range(len(operands)))
    note = " {predicate = 1 : i64}" if "predicate" in definition.properties else ""
    signature = f"({', '.join(operands)}) -> ({', '.join(results)})"
    given = f"%r:{len(results)} = "
    return (
        f'func.func @f({arguments}) {{ {given}"{kind.name}"({names}){note} : {signature} return }}'
    )


def accepted(text: str) -> bool:
    try:
        verify.verify(source.parse(CTX.clone(), text, as_written=True))
    except LetgradError:
        return False
    return True


def test_what_mlir_refuses_is_refused():
    oracles.need_iree_opt()
    random = Random(0)
    lines = [op_of_random_types(random) for _ in range(1500)]
    refused = oracles.refused_by_iree_opt(lines)
    taken = [k for k, line in enumerate(lines) if accepted(line)]
    wrong = [f"{refused[k]}\n  {lines[k]}" for k in taken if k in refused]
    assert not wrong, "\n".join(wrong)
    assert len(taken) > 50
    assert len(refused) > 500
