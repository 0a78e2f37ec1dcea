"""`lg.odeint` against closed forms, SciPy, and differences, with both ways of its derivatives."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg

TS = np.array([0.0, 0.3, 1.1, 2.0])
Y0 = np.array([1.0, 0.2])


def pendulum(y: Any, t: Any, p: Any) -> Any:
    return np.stack([y[1], -p["k"] * np.sin(y[0]) - p["n"] * 0.1 * y[1] + p["none"][0] * np.cos(t)])


def motion(y0: Any, ts: Any, k: Any, force: Any, **options: Any) -> Any:
    p = {"k": k, "n": 2, "none": (force, None)}
    return lg.odeint(pendulum, y0, ts, p, rtol=1e-10, atol=1e-10, **options)


def loss(y0: Any, ts: Any, k: Any, force: Any, **options: Any) -> Any:
    return np.sum(motion(y0, ts, k, force, **options)[1:] ** 3)


def difference(f: Callable, x: Any, d: Any, e: float = 1e-5) -> Any:
    return (f(x + e * d) - f(x - e * d)) / (2 * e)


def test_solution_is_that_of_scipy() -> None:
    scipy = pytest.importorskip("scipy.integrate", reason="SciPy is the oracle of this test")
    p = {"k": 2.0, "n": 2, "none": (0.5, None)}
    wanted = scipy.solve_ivp(
        lambda t, y: pendulum(y, t, p), (0, 2), Y0, t_eval=TS, rtol=1e-12, atol=1e-12
    )
    np.testing.assert_allclose(motion(Y0, TS, 2.0, 0.5), wanted.y.T, atol=1e-8)


@pytest.mark.parametrize("adjoint", [pytest.param(False, marks=pytest.mark.slow), True])
def test_gradients(adjoint: bool) -> None:
    """By the start, the times, and parameters."""
    xs = (Y0, TS, np.float64(2.0), np.float64(0.5))
    f = functools.partial(loss, adjoint=adjoint)
    slopes = lg.grad(f, (0, 1, 2, 3))(*xs)
    plain = lg.jit(loss)
    for i, x in enumerate(xs):
        d = np.cos(np.arange(np.size(x))).reshape(np.shape(x))
        wanted = difference(lambda x, i=i: plain(*xs[:i], x, *xs[i + 1 :]), x, d)
        np.testing.assert_allclose(np.sum(slopes[i] * d), wanted, rtol=2e-6)


@pytest.mark.slow
@pytest.mark.parametrize("adjoint", [False, True])
def test_second_derivatives(adjoint: bool) -> None:
    """Forwards and backwards over the gradient."""
    f = functools.partial(loss, adjoint=adjoint)
    slope = lg.jit(lg.grad(lambda k: f(Y0, TS, k, 0.5)))
    wanted = difference(slope, 2.0, 1.0)
    for second in (lg.jacfwd, lg.grad):
        np.testing.assert_allclose(second(slope)(2.0), wanted, rtol=1e-5)


@pytest.mark.parametrize("backend", ["numpy", "triton"])
def test_backends(backend: str) -> None:
    f = lambda k: np.sum(lg.odeint(lambda y, t: -k * y, 1.0, np.array([0.0, 0.5]), rtol=1e-4))  # noqa: E731
    found = lg.jit(lg.value_and_grad(f), backend=backend)(2.0)
    np.testing.assert_allclose(found, [1 + np.exp(-1.0), -0.5 * np.exp(-1.0)], rtol=1e-3)


@pytest.mark.slow
def test_forward_mode_and_batches() -> None:
    f = lambda k: lg.odeint(lambda y, t: -k * y, 1.0, TS)[-1]  # noqa: E731
    wanted = np.exp(-2.0 * np.array([0.5, 1.0, 3.0]))
    ks = np.array([0.5, 1.0, 3.0])
    np.testing.assert_allclose(lg.vmap(f)(ks), wanted, atol=1e-7)
    np.testing.assert_allclose(lg.jvp(f, (0.5,), (1.0,))[1], -2 * wanted[0], rtol=1e-6)
    np.testing.assert_allclose(lg.vmap(lg.grad(f))(ks), -2 * wanted, atol=1e-6)


@pytest.mark.slow
def test_times() -> None:
    f = functools.partial(lg.odeint, lambda y, t: -y, 1.0)
    backwards = np.array([1.0, 0.0, 0.0, -1.0])
    np.testing.assert_allclose(f(backwards), np.exp(1 - backwards), rtol=1e-6)
    np.testing.assert_allclose(f(np.array([2, 3])), [1, np.exp(-1)], rtol=1e-6)
    assert f(np.zeros(0)).shape == (0,)
    assert list(f(np.array([5.0]))) == [1.0]
    assert list(f(np.array([5.0, 5.0]))) == [1.0, 1.0]
    # Many times in one step.
    many = np.linspace(0, 1, 101)
    np.testing.assert_allclose(f(many), np.exp(-many), atol=1e-6)
    # Times that turn around get the solution, or NaN.
    for turning in ([0.0, 1.0, 0.5, -1.0], [0.0, 1.0, 0.1, 2.0], [0.0, 2.0, 1.0], [0.0, -1.0, 0.0]):
        found = f(np.array(turning))
        right = np.isclose(found, np.exp(-np.array(turning)), atol=1e-6)
        assert (right | np.isnan(found)).all() and np.isnan(found).any()


def test_steps_that_do_not_suffice_give_nan() -> None:
    ts = np.array([0.0, 0.5, 0.9, 1.1, 1.2])
    y = lg.odeint(lambda y, t: y * y, 1.0, ts, max_steps=200)
    np.testing.assert_allclose(y[:3], 1 / (1 - ts[:3]), rtol=1e-6)
    assert np.isnan(y[3:]).all()


def test_containers_and_dtypes() -> None:
    wave = lambda y, t: {"x": y["v"], "v": -y["x"]}  # noqa: E731
    y = lg.odeint(wave, {"x": np.ones((2, 1)), "v": np.zeros((2, 1))}, TS)
    assert y["x"].shape == (4, 2, 1)
    np.testing.assert_allclose(y["x"][:, 1, 0], np.cos(TS), atol=1e-6)
    two = lg.odeint(lambda y, t: (-y[0], -y[1]), (np.float32(1), np.float64(1)), TS)
    assert [x.dtype for x in two] == [np.float32, np.float64]
    z = lg.odeint(lambda z, t: 1j * z, 1 + 0j, TS)
    np.testing.assert_allclose(z, np.exp(1j * TS), atol=1e-6)
    for dtype, digits in ((np.float16, 2e-3), (np.float32, 1e-5)):
        y = lg.odeint(lambda y, t: -y, np.ones(2, dtype), TS)
        assert y.dtype == dtype
        np.testing.assert_allclose(y[:, 0], np.exp(-TS), atol=digits)
    assert lg.odeint(lambda y, t: y, np.zeros((0, 3)), TS).shape == (4, 0, 3)


def test_custom_derivatives_inside() -> None:
    @lg.custom_vjp
    def still(x):
        return x

    still.defvjp(lambda x: (x, None), lambda _, ct: (0.0 * ct,))
    f = lambda k: lg.odeint(lambda y, t: -still(k) * y, k, TS)[-1]  # noqa: E731
    np.testing.assert_allclose(lg.grad(f)(1.0), np.exp(-2.0), rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: lg.odeint(lambda y, t: y[:1], Y0, TS), TypeError, r"gives the shape \(1,\)"),
        (lambda: lg.odeint(lambda y, t: (y, y), Y0, TS), TypeError, "another structure"),
        (lambda: lg.odeint(lambda y, t: 1j * y, Y0, TS), TypeError, "make y0 complex"),
        (lambda: lg.odeint(lambda y, t: y, Y0, 1.0), ValueError, "takes a vector of times"),
        (lambda: lg.odeint(lambda y, t: y, Y0, TS, rtol=-1), ValueError, "rtol of lg.odeint"),
        (lambda: lg.odeint(lambda y, t: y, Y0, TS, atol=""), TypeError, "atol of lg.odeint"),
        (lambda: lg.odeint(lambda y, t: y, Y0, TS, max_steps=0), ValueError, "max_steps"),
    ],
)
def test_errors(call: Callable, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


@pytest.mark.slow
def test_the_arguments_of_an_equation_may_be_lists_of_arrays():
    pytest.importorskip("scipy", reason="SciPy is an extra")
    integrate = lg.scipy.integrate

    def net(y: Any, t: Any, params: Any) -> Any:
        for w, b in params:
            y = np.tanh(y @ w + b)
        return y

    def end(params: Any) -> Any:
        return np.sum(integrate.odeint(net, [0.3, 0.1], np.linspace(0, 1, 3), (params,))[-1])

    r = np.random.default_rng(0)
    params = [(r.normal(size=(2, 3)), r.normal(size=3)), (r.normal(size=(3, 2)), r.normal(size=2))]
    ds = [(r.normal(size=w.shape), r.normal(size=b.shape)) for w, b in params]
    h = 1e-5
    moved = [
        end([(w + s * dw, b + s * db) for (w, b), (dw, db) in zip(params, ds)]) for s in (h, -h)
    ]
    g = lg.grad(end)(params)
    found = sum(np.sum(x * dx) for row, d in zip(g, ds) for x, dx in zip(row, d))
    np.testing.assert_allclose(found, (moved[0] - moved[1]) / (2 * h), rtol=1e-5)
