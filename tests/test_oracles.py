"""
Constant folds beside MLIR's own: random ops of constants, canonicalized by letgrad and by MLIR.
Where both fold, the constants are equal. Where MLIR folds, letgrad folds.

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
