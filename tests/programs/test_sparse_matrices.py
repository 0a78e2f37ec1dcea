"""Sparse matrices of SciPy in programs: as arguments, and beside traced arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from program_checks import check_gradient

import letgrad as lg

sparse = pytest.importorskip("scipy.sparse")

KINDS = (sparse.csr_matrix, sparse.csc_array, sparse.dia_matrix, sparse.coo_array)


def results(A: Any, B: Any, x: Any, y: Any) -> list[Any]:
    """What people compute with sparse matrices A (5, 4) and B (4, 5)."""
    return [
        A @ x, A @ np.outer(x, y), y @ A, np.outer(x, y) @ A, A.T @ y, A.transpose().dot(y),
        A.dot(x), (2.0 * A) @ x, (A * x[0]) @ x, (x[0] * A) @ x, (-A / 4) @ x, (A @ B) @ y,
        (A + B.T) @ x, (A - 2 * B.T) @ x, A.toarray() * x, (A + np.outer(y, x)) @ x,
        (A @ B).diagonal() * y, A.sum() * x, np.asarray(A.sum(axis=1)).T @ y,
        A.multiply(np.outer(y, x)) @ x,
    ]  # fmt: skip


def random(kind: Any, height: int, width: int, seed: int) -> Any:
    return kind(sparse.random(height, width, density=0.5, format="csr", random_state=seed))


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_results_are_those_of_scipy(kind: Any) -> None:
    A, B = random(kind, 5, 4, 1), random(kind, 4, 5, 2)
    rng = np.random.default_rng(0)
    x, y = rng.random(4), rng.random(5)
    expected = results(A, B, x, y)
    as_constants = lg.jit(lg.program(lambda x, y: results(A, B, x, y)))(x, y)
    as_arguments = lg.jit(lg.program(results))(A, B, x, y)
    for n, (e, *others) in enumerate(zip(expected, as_constants, as_arguments)):
        for found in others:
            np.testing.assert_allclose(np.ravel(found), np.ravel(e), rtol=1e-12, err_msg=str(n))


def test_without_a_program() -> None:
    """SciPy leaves its operators to the traced array."""
    A, x, X = random(sparse.csr_matrix, 5, 4, 1), np.arange(4.0), np.ones((4, 2))
    functions: list[Callable[..., Any]] = [lambda x: A @ x, lambda x: A.dot(x), lambda x: x @ A.T]
    for f in functions:
        np.testing.assert_allclose(lg.jit(f)(x), f(x))
    np.testing.assert_allclose(lg.jit(lambda x: A @ x)(X), A @ X)


def conjugate_gradients(b: Any, A: Any, x: Any) -> Any:
    r = b - A @ x
    p, old = r, r @ r
    for _ in range(100):
        q = A @ p
        alpha = old / (p @ q)
        x = x + alpha * p
        r = r - alpha * q
        new = r @ r
        if np.sqrt(new) < 1e-9:
            break
        p = r + new / old * p
        old = new
    return x


def test_a_solver() -> None:
    A = random(sparse.csr_matrix, 6, 6, 3)
    A = (A @ A.T + sparse.eye(6)).tocsr()
    b = np.arange(1.0, 7.0)
    check_gradient(lambda b: conjugate_gradients(b, A, np.zeros(6)), b)
    x = lg.jit(lg.program(conjugate_gradients))(b, A, np.zeros(6))
    np.testing.assert_allclose(A @ x, b, rtol=1e-8)


def test_a_gradient_by_a_matrix_has_the_places_of_the_matrix() -> None:
    A, x = random(sparse.csc_matrix, 3, 4, 1), np.arange(1.0, 5.0)
    gradient = lg.grad(lambda A: np.sum((A @ x) ** 2))(A)
    assert type(gradient) is sparse.csc_matrix
    expected = 2 * np.outer(A @ x, x) * (A.toarray() != 0)
    np.testing.assert_allclose(gradient.toarray(), expected)


def test_other_places_are_traced_again() -> None:
    f = lg.jit(lambda A, x: A @ x)
    x = np.arange(4.0)
    for seed in (1, 2):
        A = random(sparse.csr_array, 3, 4, seed)
        np.testing.assert_allclose(f(A, x), A @ x)
        A.data *= 2
        np.testing.assert_allclose(f(A, x), A @ x)


def test_a_method_that_letgrad_lacks_is_an_error() -> None:
    A = random(sparse.csr_array, 3, 3, 1)
    with pytest.raises(AttributeError, match=r"matrices.py:\d+: .*no attribute 'argmax'"):
        lg.trace(lambda A: A.argmax(), A)
