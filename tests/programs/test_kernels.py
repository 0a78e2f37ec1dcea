"""Programs as people write them: values, final arguments and gradients beside NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from cases import CASES
from program_checks import check_gradient, check_value, copies

import letgrad as lg

pytestmark = pytest.mark.sampled(3)

UNROLLED: set[str] = set()
"""Programs with a loop whose turns differ."""


@pytest.mark.parametrize("name", CASES)
def test_values(name):
    fn, args, _ = CASES[name]
    check_value(fn, *args, backends=("cpu",))


@pytest.mark.parametrize("name", ["lu", "nussinov", "cavity", "adi", "durbin", "swapped"])
def test_values_of_the_reference(name):
    fn, args, _ = CASES[name]
    check_value(fn, *args, backends=("numpy",))


@pytest.mark.parametrize("name", CASES)
def test_writes_to_arguments(name):
    fn, args, _ = CASES[name]
    mine, theirs = copies(args), copies(args)
    lg.jit(lg.program(fn))(*mine)
    fn(*theirs)
    for a, b in zip(mine, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", [name for name, (_, _, wrt) in CASES.items() if wrt])
def test_gradients(name):
    fn, args, wrt = CASES[name]
    check_gradient(fn, *args, argnums=wrt)


@pytest.mark.parametrize("name", CASES)
def test_loops_stay_loops(name):
    fn, args, _ = CASES[name]
    with lg.remarks() as found:
        lg.trace(lg.program(fn), *args)
    assert ("is unrolled" in str(found)) == (name in UNROLLED)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("name", ["jacobi_1d", "lu", "trisolv", "deriche", "gemm", "durbin"])
def test_dtypes_are_those_of_numpy(name, dtype):
    fn, args, _ = CASES[name]
    narrow = [a.astype(dtype) if isinstance(a, np.ndarray) else a for a in args]
    expected = fn(*copies(narrow))
    result = lg.jit(lg.program(fn))(*copies(narrow))
    pairs = zip(result, expected) if isinstance(expected, tuple) else [(result, expected)]
    for r, e in pairs:
        assert r.dtype == e.dtype == dtype
        tolerance = 1e-4 if dtype == np.float32 else 0.1
        np.testing.assert_allclose(
            np.asarray(r, float), np.asarray(e, float), rtol=tolerance, atol=tolerance
        )


def test_a_thousand_steps_are_as_long_as_ten():
    fn, (_, a, b), _ = CASES["jacobi_1d"]
    lengths = [str(lg.trace(lg.program(fn), n, a, b)).count("\n") for n in (10, 1000)]
    assert lengths[0] == lengths[1]
    check_value(fn, 1000, a, b)


@pytest.mark.parametrize("size", [0, 1, 2])
def test_small_and_empty_arrays(size):
    a = np.eye(size) * 2.0 + 0.5
    for name in ("lu", "lu_scalars", "gramschmidt", "floyd_scalars", "seidel_rows"):
        fn, args, _ = CASES[name]
        check_value(fn, *[a if isinstance(x, np.ndarray) else x for x in args])
