"""Results in arrays that are given, and what may be given as an argument."""

from __future__ import annotations

import array
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu.memory import Pool, pool
from letgrad.passes.rewriting.diagnostics import LetgradError

X = np.arange(12.0).reshape(3, 4)
BACKENDS = ["cpu", "numpy"]


def place(x: np.ndarray) -> int:
    return x.__array_interface__["data"][0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_results_are_written_where_they_are_wanted(backend: str):
    f = lg.jit(lambda x: {"s": np.sum(x), "y": (x + 1, x > 3)}, backend=backend)
    out = {"s": np.empty(()), "y": (np.empty((3, 4)), np.empty((3, 4), bool))}
    assert f(X, out=out) is out
    assert out["s"] == 66
    np.testing.assert_array_equal(out["y"][0], X + 1)
    np.testing.assert_array_equal(out["y"][1], X > 3)


def test_no_memory_is_made(monkeypatch: pytest.MonkeyPatch):
    x = np.ones((100, 1000))
    f = lg.jit(lambda x: (np.cumsum(np.sin(x), axis=0), np.cos(x), x), backend="cpu")
    out = tuple(np.empty_like(x) for _ in range(3))
    f(x, out=out)
    made = []
    take = Pool.take
    monkeypatch.setattr(Pool, "take", lambda self, n: made.append(n) or take(self, n))
    f(x, out=out)
    assert not made
    f(x)
    assert made
    np.testing.assert_allclose(out[0], np.cumsum(np.sin(x), axis=0))
    np.testing.assert_array_equal(out[2], x)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: (y, x),
        lambda x, y: (x[::-1] + y, y * 2),
        lambda x, y: (np.cumsum(x), x),
        lambda x, y: (x + 1, x + 2),
    ],
)
def test_out_may_be_the_arguments(backend: str, f: Any):
    given = np.arange(7.0), np.arange(7.0) ** 2
    expected = f(*(x.copy() for x in given))
    lg.jit(f, backend=backend)(*given, out=given)
    for a, b in zip(given, expected):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_out_may_be_a_part_of_an_argument():
    x = np.arange(10.0)
    lg.jit(lambda x: x[::-1][:5] + x[:5], backend="cpu")(x, out=x[3:8])
    y = np.arange(10.0)
    np.testing.assert_array_equal(x[3:8], y[::-1][:5] + y[:5])


def test_one_value_as_two_results():
    a, b = np.empty(4), np.empty(4)
    lg.jit(lambda x: (x + 1,) * 2, backend="cpu")(np.arange(4.0), out=(a, b))
    assert np.array_equal(a, b) and np.array_equal(a, np.arange(4.0) + 1)


def test_gradients_into_arrays():
    def f(p, x):
        return np.sum(np.tanh(x @ p["w"]) * p["b"])

    p = {"w": np.ones((4, 2)), "b": np.full(2, 0.5)}
    value, expected = lg.value_and_grad(f)(p, X)
    out = {"w": np.empty((4, 2)), "b": np.empty(2)}
    assert lg.grad(f)(p, X, out=out) is out
    np.testing.assert_allclose(out["w"], expected["w"])
    there = np.empty(()), {"w": np.empty((4, 2)), "b": np.empty(2)}
    found = lg.value_and_grad(f)(p, X, out=there)
    assert found[1] is there[1] and there[0] == value
    np.testing.assert_allclose(there[1]["b"], expected["b"])
    # Only the value, and one argument named twice.
    (a, b), only = (np.empty(2), np.empty(2)), np.empty(())
    lg.value_and_grad(lambda x: np.sum(x * x))(np.ones(2), out=(only, None))
    assert only == 2
    lg.grad(lambda x: np.sum(x * x), argnums=(0, 0))(np.ones(2), out=(a, b))
    assert np.array_equal(a, [2, 2]) and np.array_equal(b, [2, 2])
    h = np.empty((2, 2))
    lg.jit(lg.hessian(lambda x: np.sum(x**3)))(np.ones(2), out=h)
    np.testing.assert_allclose(h, 6 * np.eye(2))


def read_only() -> np.ndarray:
    x = np.zeros((3, 4))
    x.flags.writeable = False
    return x


@pytest.mark.parametrize(
    "out, error, message",
    [
        (np.empty((3, 5)), ValueError, r"out has shape \(3, 5\), and the result has \(3, 4\)"),
        (np.empty((3, 4), "f4"), TypeError, "out has dtype float32, and the result has float64"),
        (np.empty((4, 3)).T, ValueError, "out is not contiguous"),
        (read_only(), ValueError, "out is read-only"),
        ((np.empty((3, 4)),), TypeError, "out has another structure than the results"),
        ([[0.0] * 4] * 3, TypeError, "out has another structure than the results"),
        (1.0, TypeError, "out must be an array, not float"),
    ],
)
def test_out_that_does_not_fit(out: Any, error: type[Exception], message: str):
    with pytest.raises(error, match=message):
        lg.jit(lambda x: x + 1)(X, out=out)


def test_outs_that_share_memory():
    x = np.empty(10)
    with pytest.raises(ValueError, match=r"out\[1\] and out\[0\] share memory"):
        lg.jit(lambda x: (x + 1, x + 2))(np.ones(5), out=(x[4:9], x[:5]))


def test_out_while_tracing():
    inner = lg.jit(lambda x: x + 1)
    with pytest.raises(TypeError, match="out= takes arrays"):
        lg.jit(lambda x: inner(x, out=X))(X)


def test_out_of_gradients_that_does_not_fit():
    both = lg.value_and_grad(np.sum)
    with pytest.raises(TypeError, match=r"out must be a pair \(value, gradient\)"):
        both(X, out=X)
    with pytest.raises(ValueError, match=r"out\[1\] has shape \(2,\), and the result has"):
        both(X, out=(None, np.empty(2)))


# What may be an argument.


class Speaks:
    """An array that is known by one protocol alone."""

    def __init__(self, x: np.ndarray, protocol: str):
        self.x = x
        if protocol == "interface":
            self.__array_interface__ = x.__array_interface__


class Dlpack:
    def __init__(self, x: np.ndarray):
        self.x = x

    def __dlpack__(self, **options: Any) -> Any:
        return self.x.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.x.__dlpack_device__()


def kinds() -> list[Any]:
    frozen = X.copy()
    frozen.flags.writeable = False
    strided = np.zeros((6, 8))
    strided[::2, ::-2] = X
    return [
        X.copy(),
        np.asfortranarray(X),
        strided[::2, ::-2],
        frozen,
        X.astype(">f8"),
        X.view(np.memmap),
        np.broadcast_to(X, (3, 4)),
        memoryview(X),
        Speaks(X, "interface"),
        Dlpack(X),
        Dlpack(strided[::2, ::-2]),
        X.tolist() and np.ma.array(X),
    ]


@pytest.mark.parametrize("k", range(len(kinds())))
@pytest.mark.parametrize("backend", BACKENDS)
def test_arrays_of_every_kind(k: int, backend: str):
    f = lg.jit(lambda x, y: x * 2 + y, backend=backend)
    np.testing.assert_array_equal(f(kinds()[k], X), X * 3)
    np.testing.assert_array_equal(lg.grad(lambda x: np.sum(np.multiply(x, x)))(kinds()[k]), X * 2)


def test_a_buffer_is_read_where_it_is():
    """The result of the identity would be a copy; what the backend was given is seen in between."""
    seen: list[Any] = []
    traced = lg.jit(lambda x: x + 1, backend="cpu")
    for x in (X, memoryview(X), Dlpack(X), Speaks(X, "interface")):
        (leaf,) = [lg.frontend.api.arrays.asarray(x)]
        seen.append(place(leaf))
        traced(x)
    assert len(set(seen)) == 1
    assert lg.jit(lambda x: np.sum(x))(array.array("f", [1, 2])).dtype == np.float32


def test_what_cannot_be_read():
    class Elsewhere:
        def __dlpack__(self, **options: Any) -> Any:
            raise BufferError("it is on another device\nsee there")

        def __dlpack_device__(self) -> tuple[int, int]:
            return 1, 0

    with pytest.raises(TypeError, match="Elsewhere is no array that NumPy can read: it is on ano"):
        lg.jit(lambda x: x + 1)(Elsewhere())


def test_tensors_of_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    x = torch.arange(12, dtype=torch.float64).reshape(3, 4)
    f = lg.jit(lambda x, y: x * 2 + y, backend="cpu")
    result = f(x, x.T.contiguous().T)
    assert type(result) is torch.Tensor
    assert np.array_equal(result.numpy(), 3 * X)
    out = torch.empty(3, 4, dtype=torch.float64)
    assert f(x, x, out=out) is out
    assert torch.equal(out, 3 * x)
    assert place(lg.frontend.api.arrays.asarray(x)) == x.data_ptr()
    with pytest.raises(TypeError, match="requires a gradient"):
        f(x.requires_grad_(), x)


# Options.


def test_strict_sums():
    """One addition after the other, as a loop of Python adds."""
    x = np.random.default_rng(0).standard_normal((300, 1000)).astype(np.float32) * 1e3
    strict = lg.jit(
        lambda x: (np.sum(x), np.sum(x, axis=1), np.sum(x, axis=0), x @ x[0]),
        backend="cpu",
        strict=True,
    )
    total, rows, columns, product = strict(x)
    assert total == np.add.accumulate(x.ravel(), dtype=np.float32)[-1]
    assert np.array_equal(rows, np.add.accumulate(x, axis=1)[:, -1])
    assert np.array_equal(columns, np.add.accumulate(x, axis=0)[-1])
    assert np.array_equal(product, np.add.accumulate(x * x[0], axis=1)[:, -1])
    assert strict(x)[0] != lg.jit(np.sum, backend="cpu")(x)


def test_strict_products_of_matrices():
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((40, 40)).astype(np.float32) for _ in range(2))
    expected = np.add.accumulate(a[:, None, :] * b.T[None], axis=2)[:, :, -1]
    assert np.array_equal(lg.jit(np.matmul, backend="cpu", strict=True)(a, b), expected)


def test_an_option_that_is_not_there():
    with pytest.raises(LetgradError, match="backend 'cpu' has no option 'fast'; it has strict"):
        lg.jit(lambda x: x, backend="cpu", fast=True)(X)
    with pytest.raises(LetgradError, match="backend 'numpy' has no option 'strict'; it has none"):
        lg.jit(lambda x: x, backend="numpy", strict=True)(X)


def test_idle_frames_are_given_up():
    x = np.ones((100, 1000))
    f = lg.jit(lambda x: np.cumsum(np.cumsum(np.cumsum(x))), backend="cpu")
    f(x)
    pool.clear()
    before = pool.total
    f(x)
    f(x)
    assert pool.total > before
    pool.clear()
    assert pool.total == before
