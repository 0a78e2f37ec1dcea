"""`scipy.linalg` on stacks of matrices: SciPy's results, and derivatives beside differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg

pytest.importorskip("scipy", reason="SciPy is an extra")
import scipy.linalg

import letgrad.scipy.linalg as linalg

RANDOM = np.random.default_rng(5)
ROWS = RANDOM.normal(size=(2, 3)) + np.array([6.0, 0, 0])
OTHERS = RANDOM.normal(size=(2, 3))
A = RANDOM.normal(size=(2, 3, 3)) + 3 * np.eye(3)
POSITIVE = A @ A.mT
SMALL = RANDOM.normal(size=(2, 2, 2)) + 4 * np.eye(2)
WIDE = RANDOM.normal(size=(2, 2, 4))
RIGHT = RANDOM.normal(size=(2, 3, 2))
BAND = np.abs(RANDOM.normal(size=(2, 3, 3))) + np.array([0.0, 5, 0])[:, None]
HALF = BAND[:, 1:]

STACKS: dict[str, tuple[Callable[..., Any], list[np.ndarray]]] = {
    "toeplitz": (lambda s, c: s.toeplitz(c), [ROWS]),
    "toeplitz of one column": (lambda s, c, r: s.toeplitz(c[0], r), [ROWS, OTHERS]),
    "circulant": (lambda s, c: s.circulant(c), [ROWS]),
    "companion": (lambda s, c: s.companion(c), [ROWS]),
    "leslie": (lambda s, f, t: s.leslie(f, t[:, :2]), [ROWS, OTHERS]),
    "fiedler": (lambda s, c: s.fiedler(c), [ROWS]),
    "convolution_matrix": (lambda s, c: s.convolution_matrix(c, 4, "same"), [ROWS]),
    "khatri_rao": (lambda s, a, b: s.khatri_rao(a, b.mT @ b), [A, A]),
    "logm": (lambda s, a: s.logm(a), [POSITIVE]),
    "sqrtm": (lambda s, a: s.sqrtm(a), [POSITIVE]),
    "signm": (lambda s, a: s.signm(a), [A]),
    "fractional_matrix_power": (lambda s, a: s.fractional_matrix_power(a, 0.4), [POSITIVE]),
    "null_space": (lambda s, a: s.null_space(a) @ s.null_space(a).mT, [WIDE]),
    "polar": (lambda s, a: s.polar(a, side="left"), [A]),
    "subspace_angles": (lambda s, a, b: s.subspace_angles(a[..., :1], b), [A, RIGHT]),
    "solve_sylvester": (lambda s, a, b, q: s.solve_sylvester(a, b, q), [A, SMALL, RIGHT]),
    "solve_sylvester of one": (lambda s, a, b, q: s.solve_sylvester(a, b[0], q), [A, SMALL, RIGHT]),
    "solve_continuous_lyapunov": (lambda s, a, q: s.solve_continuous_lyapunov(a, q), [A, A]),
    "solve_discrete_lyapunov": (lambda s, a, q: s.solve_discrete_lyapunov(a / 9, q), [A, A]),
    "solve_banded": (lambda s, ab, b: s.solve_banded((1, 1), ab, b), [BAND, RIGHT]),
    "solve_banded vector": (lambda s, ab, b: s.solve_banded((1, 1), ab, b[0]), [BAND, ROWS]),
    "solveh_banded": (lambda s, ab, b: s.solveh_banded(ab, b, lower=True), [HALF, RIGHT]),
    "eigvals_banded": (lambda s, ab: s.eigvals_banded(ab, lower=True), [HALF]),
    "eigvalsh_tridiagonal": (lambda s, d, e: s.eigvalsh_tridiagonal(d, e[:, :2]), [ROWS, OTHERS]),
    "solve_toeplitz": (lambda s, c, b: s.solve_toeplitz(c, b), [ROWS, RIGHT]),
    "matmul_toeplitz": (lambda s, c, b: s.matmul_toeplitz(c, b), [ROWS, RIGHT]),
    "lstsq": (lambda s, a, b: s.lstsq(a.mT, a.mT @ b)[0], [WIDE, SMALL]),
    "solve diagonal": (lambda s, a, b: s.solve(a, b, assume_a="diagonal"), [A, RIGHT]),
    "solve tridiagonal": (lambda s, a, b: s.solve(a, b, assume_a="tridiagonal"), [A, RIGHT]),
}


def _total(result: Any) -> Any:
    return sum(np.sum(np.sin(part)) for part in (result if isinstance(result, tuple) else [result]))


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", STACKS)
def test_a_stack_of_matrices(name: str):
    f, xs = STACKS[name]
    found, expected = lg.jit(lambda *xs: f(linalg, *xs))(*xs), f(scipy.linalg, *xs)
    pairs = zip(found, expected) if isinstance(found, tuple) else [(found, expected)]
    for part, wanted in pairs:
        assert part.shape == wanted.shape
        np.testing.assert_allclose(part, wanted, rtol=1e-9, atol=1e-10)
    ds = [np.random.default_rng(0).normal(size=x.shape) for x in xs]

    def at(t: float) -> float:
        return float(_total(f(scipy.linalg, *(x + t * d for x, d in zip(xs, ds)))))

    h = 1e-4
    exact = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
    slopes = lg.grad(lambda *xs: _total(f(linalg, *xs)), tuple(range(len(xs))))(*xs)
    found = sum(np.sum(g * d) for g, d in zip(slopes, ds))
    np.testing.assert_allclose(found, exact, rtol=1e-6, atol=1e-8)


def test_small_angles_of_spaces_keep_their_digits():
    a = np.array([[1.0, 0], [0, 1], [0, 0], [0, 0]])
    b = np.array([[1.0, 0], [0, 1], [1e-9, 0], [0, 1e-5]])
    found = lg.jit(linalg.subspace_angles)(a, b)
    np.testing.assert_allclose(found, np.arctan([1e-5, 1e-9]), rtol=1e-6)


def test_stacks_that_do_not_fit_are_an_error_at_the_line():
    with pytest.raises(
        ValueError, match=r"test_scipy_stacks\.py:\d+: .*khatri_rao.*do not broadcast"
    ):
        lg.jit(lambda a, b: linalg.khatri_rao(a, b))(np.zeros((2, 3, 3)), np.zeros((3, 3, 3)))
