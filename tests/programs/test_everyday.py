"""Programs of many subjects: values, final arguments and gradients beside NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from everyday import EVERYDAY
from further import FURTHER
from program_checks import check_gradient, compare, copies
from recipes import RECIPES
from strangers import STRANGERS

import letgrad as lg

pytestmark = pytest.mark.sampled(5)

PROGRAMS = EVERYDAY | FURTHER | STRANGERS | RECIPES

SLOW = {
    "svm_sgd",
    "svd_jacobi",
    "tsp_bitmask",
    "lu_pivot",
    "romberg",
    "quickselect",
    "particle_filter",
    "sph",
}
"""Programs that take seconds to compile: many operations, or turns that differ."""

UNKNOWN_TURNS = {"flood_heights"}
"""
Programs with a loop in a loop of unknown length. Their gradients ask for more memory than there is.
"""


def named(names):
    return [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in names]


@pytest.mark.sampled(10)
@pytest.mark.parametrize("name", named(PROGRAMS))
def test_values_and_final_arguments(name):
    fn, args, _ = PROGRAMS[name]
    mine, theirs = copies(args), copies(args)
    compare(lg.jit(lg.program(fn))(*mine), fn(*theirs))
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    "name", named(n for n, (_, _, wrt) in PROGRAMS.items() if wrt and n not in UNKNOWN_TURNS)
)
def test_gradients(name):
    fn, args, wrt = PROGRAMS[name]
    check_gradient(fn, *args, argnums=wrt)
