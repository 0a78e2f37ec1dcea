"""`lg.associative_scan` against loops, in all modes of differentiation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg

pytestmark = pytest.mark.sampled(4)


def join(p: Any, q: Any) -> Any:
    """The steps x ↦ a x + b, one after the other."""
    return p[0] * q[0], p[1] * q[0] + q[1]


def recurrence(a: Any, b: Any, reverse: bool = False) -> Any:
    return lg.associative_scan(join, (a, b), reverse=reverse)[1]


def loop(a: Any, b: Any, reverse: bool = False) -> Any:
    def step(x: Any, row: Any) -> Any:
        x = row[0] * x + row[1]
        return x, x

    return lg.scan(step, np.zeros(b.shape[1:]), (a, b), reverse=reverse)[1]


def example(n: int, dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    a, b = rng.uniform(-1.2, 1.2, (n, 2)), rng.normal(size=(n, 2))
    return a.astype(dtype), b.astype(dtype)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 7, 16, 31])
@pytest.mark.parametrize("backend", ["cpu", "numpy"])
def test_recurrence(n: int, reverse: bool, backend: str) -> None:
    a, b = example(n)
    found = lg.jit(lambda a, b: recurrence(a, b, reverse), backend=backend)(a, b)
    expected = lg.jit(lambda a, b: loop(a, b, reverse))(a, b)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_dtypes(dtype: Any) -> None:
    a, b = example(6, dtype)
    found = lg.jit(recurrence)(a, b)
    assert found.dtype == dtype
    np.testing.assert_allclose(
        found, lg.jit(loop)(a, b), rtol=1e-2 if dtype == np.float16 else 1e-5
    )


def test_derivatives() -> None:
    a, b = example(11)
    v = np.random.default_rng(0).normal(size=(11, 2))

    def loss(f: Any) -> Any:
        return lambda a: (f(a, b) * v).sum() + (f(a, b) ** 2).sum()

    mine, other = loss(recurrence), loss(loop)
    for way in (
        lambda f: lambda a: lg.grad(f)(a),
        lambda f: lambda a: lg.jvp(f, (a,), (v,))[1],
        lambda f: lambda a: lg.grad(lambda a: (lg.grad(f)(a) * v).sum())(a),
        lambda f: lambda a: lg.jvp(lg.grad(f), (a,), (v,))[1],
    ):
        np.testing.assert_allclose(
            lg.jit(way(mine))(a), lg.jit(way(other))(a), rtol=1e-11, atol=1e-12
        )


def test_vmap() -> None:
    a, b = (np.stack([x, -x, 0.5 * x]) for x in example(9))
    found = lg.jit(lg.vmap(recurrence))(a, b)
    expected = np.stack([lg.jit(loop)(*pair) for pair in zip(a, b)])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, -3])
def test_an_op_that_does_not_commute(axis: int) -> None:
    x = np.moveaxis(np.random.default_rng(5).normal(size=(5, 3, 2, 2)), 0, axis)
    found = lg.jit(lambda x: lg.associative_scan(lambda p, q: p @ q, x, axis=axis))(x)
    rows = np.moveaxis(x, axis, 0)
    expected = [rows[0]]
    for row in rows[1:]:
        expected.append(expected[-1] @ row)
    np.testing.assert_allclose(found, np.moveaxis(np.stack(expected), 0, axis), rtol=1e-12)


def test_exact_ops() -> None:
    """Where rounding does not come in, the results are those of NumPy's accumulations."""
    x = np.random.default_rng(1).integers(-9, 9, 23)
    for op, expected in (
        (np.maximum, np.maximum.accumulate(x)),
        (np.add, np.cumsum(x)),
        (np.bitwise_xor, np.bitwise_xor.accumulate(x)),
    ):
        np.testing.assert_array_equal(lg.jit(lg.associative_scan)(op, x), expected)


def test_errors() -> None:
    a, b = example(4)
    with pytest.raises(TypeError, match="needs an array"):
        lg.trace(lambda: lg.associative_scan(np.add, ()))
    with pytest.raises(ValueError, match="has 4 rows, and xs\\[1\\] has 3"):
        lg.trace(lambda a, b: lg.associative_scan(join, (a, b)), a, b[:3])
    with pytest.raises(ValueError, match="has no axis 0"):
        lg.trace(lambda x: lg.associative_scan(np.add, x), 1.0)
    with pytest.raises(TypeError, match=r"from float64\[2, 2\] to float64\[2\]"):
        lg.trace(lambda a: lg.associative_scan(lambda p, q: (p + q).sum(axis=1), a), a)
    with pytest.raises(TypeError, match="changes a structure"):
        lg.trace(lambda a: lg.associative_scan(lambda p, q: (p, q), a), a)
