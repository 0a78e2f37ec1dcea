"""Programs of textbooks: values, final arguments and gradients beside NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, compare, copies
from textbook import TEXTBOOK

import letgrad as lg

FAST = {
    "lu_checked", "qr_givens", "power_method", "peaks_and_valleys", "pairs_within",
    "zero_crossings", "newton_checked", "regula_falsi", "burgers_upwind", "metropolis", "knapsack",
    "page_rank", "rejected_outliers", "otsu", "nelder_mead_steps", "crc16_modbus", "adler32",
    "piecewise_linear", "smallest_gaps", "traced_match",
}  # fmt: skip


def named(names, fast=FAST):
    return [pytest.param(n, marks=[] if n in fast else [pytest.mark.slow]) for n in names]


@pytest.mark.parametrize("name", named(TEXTBOOK))
def test_values_and_final_arguments(name):
    fn, args, _ = TEXTBOOK[name]
    mine, theirs = copies(args), copies(args)
    compare(lg.jit(lg.program(fn), backend="numpy")(*mine), fn(*theirs))
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n, (_, _, wrt) in TEXTBOOK.items() if wrt])
def test_gradients(name):
    fn, args, wrt = TEXTBOOK[name]
    check_gradient(fn, *args, argnums=wrt)
