"""lg.vmap: against a Python loop over the examples; axes, structures, nesting, derivatives."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest

import letgrad as lg

RNG = np.random.default_rng(0)
X, Y, W = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4)), RNG.normal(size=4)
Pair = namedtuple("Pair", "a b")


def test_examples_are_rows():
    assert np.allclose(lg.vmap(lambda x: (x * W).sum())(X), X @ W)


def test_axes():
    assert np.allclose(lg.vmap(lambda x, w: (x * w).sum(), (1, 0))(X, W), (X * W).sum(0))
    assert np.allclose(lg.vmap(np.dot, (0, None))(X, W), X @ W)
    assert lg.vmap(lambda x: x, 1)(X).shape == (4, 3)
    assert lg.vmap(lambda x: x, -1, -1)(X).shape == (3, 4)
    assert lg.vmap(lambda x: np.outer(x, x), 0, 1)(X).shape == (4, 3, 4)


def test_structures():
    fn = lambda d, p: {"sum": d["x"] + p.a * p.b, "same": p.b}  # noqa: E731
    got = lg.vmap(fn, ({"x": 0}, Pair(1, None)), {"sum": 0, "same": None})({"x": X}, Pair(Y.T, 2.0))
    assert np.allclose(got["sum"], X + 2 * Y) and got["same"] == 2.0


def test_keyword_arguments_are_mapped():
    assert np.allclose(lg.vmap(lambda x, y: x + y)(X, y=Y), X + Y)


def test_a_result_that_is_the_same_for_all():
    assert np.array_equal(lg.vmap(lambda x: np.ones(2))(X), np.ones((3, 2)))
    assert np.array_equal(lg.vmap(lambda x: np.ones(2), 0, None)(X), np.ones(2))
    assert np.array_equal(lg.vmap(lambda x: np.ones(2), 0, 1)(X), np.ones((2, 3)))


def test_no_examples():
    assert lg.vmap(lambda x: x.sum())(np.zeros((0, 4))).shape == (0,)


def test_nested():
    outer = lg.vmap(lg.vmap(lambda x, y: x * y, (None, 0)), (0, None))
    assert np.allclose(outer(W, W), np.outer(W, W))
    pairs = lg.vmap(lambda x: lg.vmap(lambda y: x @ y)(Y))
    assert np.allclose(pairs(X), X @ Y.T)


def test_inside_of_jit_and_build():
    assert np.allclose(lg.jit(lambda x: lg.vmap(np.sin)(x) + 1)(X), np.sin(X) + 1)
    built = lg.build(3, lambda i: lg.vmap(lambda x: x * i)(lg.asarray(X)[i]))
    assert np.allclose(built, X * np.arange(3)[:, None])


def loss(x, w):
    return np.tanh(x @ w) ** 2


def test_vmap_of_grad():
    got = lg.vmap(lg.grad(loss, 1), (0, None))(X, W)
    expected = np.stack([lg.grad(loss, 1)(x, W) for x in X])
    assert np.allclose(got, expected)


def test_grad_of_vmap():
    total = lambda w: lg.vmap(loss, (0, None))(X, w).sum()  # noqa: E731
    expected = sum(lg.grad(loss, 1)(x, W) for x in X)
    assert np.allclose(lg.grad(total)(W), expected)


def test_jacobians_of_vmap_and_by_vmap():
    fn = lambda w: np.sin(w) * w[::-1]  # noqa: E731
    pulled = lg.jit(lambda w: lg.vmap(lambda ct: lg.vjp(fn, w)[1](ct)[0])(np.eye(4)))(W)
    pushed = lg.jit(lambda w: lg.vmap(lambda t: lg.jvp(fn, (w,), (t,))[1])(np.eye(4)).T)(W)
    assert np.allclose(pulled, lg.jacrev(fn)(W)) and np.allclose(pushed, lg.jacfwd(fn)(W))
    each = lg.jacrev(lambda x: lg.vmap(fn)(x))(X)
    assert np.allclose(np.einsum("ijil->ijl", each), np.stack([lg.jacrev(fn)(x) for x in X]))


def test_hessians_of_examples():
    got = lg.vmap(lg.hessian(lambda w: loss(W, w)))(X)
    assert np.allclose(got, np.stack([lg.hessian(lambda w: loss(W, w))(x) for x in X]))


def test_cond_on_an_example_is_a_select():
    fn = lambda x: lg.cond(x > 0, lambda: np.sqrt(x), lambda: x * x)  # noqa: E731
    expected = np.where(W > 0, np.sqrt(np.abs(W)), W * W)
    assert np.allclose(lg.vmap(fn)(W), expected)
    ops = [op.name for op in lg.trace(lg.vmap(fn), W).walk()]
    assert "ten.select" in ops and "scf.if" not in ops
    # The branch that is not taken has no say in the derivative.
    expected = np.where(W > 0, 0.5 / np.sqrt(np.abs(W)), 2 * W)
    assert np.allclose(lg.vmap(lg.grad(fn))(W), expected)


def test_cond_on_what_is_the_same_for_all_stays():
    fn = lambda x, p: lg.cond(p > 0, lambda: np.sin(x), lambda: x)  # noqa: E731
    assert np.allclose(lg.vmap(fn, (0, None))(W, 1.0), np.sin(W))
    assert np.allclose(lg.vmap(fn, (0, None))(W, -1.0), W)
    ops = [op.name for op in lg.trace(lg.vmap(fn, (0, None)), W, 1.0).walk()]
    assert "scf.if" in ops and "ten.select" not in ops
    total = lambda x, p: lg.vmap(fn, (0, None))(x, p).sum()  # noqa: E731
    assert np.allclose(lg.grad(total)(W, 1.0), np.cos(W))


# Derivatives of one's own.


@lg.custom_vjp
def scaled(x, y):
    return np.sin(x) * y


scaled.defvjp(
    lambda x, y: (np.sin(x) * y, (x, y)),
    lambda res, ct: (10 * ct * np.cos(res[0]) * res[1], ct * np.sin(res[0])),
)


@lg.custom_jvp
def sevenfold(x):
    return np.sin(x)


sevenfold.defjvp(lambda primals, tangents: (np.sin(primals[0]), 7 * tangents[0]))


def test_custom_vjp_under_vmap():
    assert np.allclose(lg.vmap(scaled, (0, None))(W, 2.0), 2 * np.sin(W))
    dx, dy = lg.vmap(lg.grad(scaled, (0, 1)), (0, None))(W, 2.0)
    assert np.allclose(dx, 20 * np.cos(W)) and np.allclose(dy, np.sin(W))
    total = lambda x, y: lg.vmap(scaled, (0, None))(x, y).sum()  # noqa: E731
    dx, dy = lg.grad(total, (0, 1))(W, 2.0)
    assert np.allclose(dx, 20 * np.cos(W)) and np.allclose(dy, np.sin(W).sum())
    rows = lg.vmap(lambda x: total(x, 3.0))
    assert np.allclose(lg.grad(lambda x: rows(x).sum())(X), 30 * np.cos(X))


def test_custom_vjp_in_build():
    total = lambda w, y: lg.build(4, lambda i: scaled(w[i], y)).sum()  # noqa: E731
    dx, dy = lg.grad(total, (0, 1))(W, 2.0)
    assert np.allclose(dx, 20 * np.cos(W)) and np.allclose(dy, np.sin(W).sum())


def test_custom_jvp_under_vmap():
    assert np.allclose(lg.vmap(lg.grad(sevenfold))(W), 7)
    assert np.allclose(lg.grad(lambda w: lg.vmap(sevenfold)(w).sum())(W), 7)
    assert np.allclose(lg.jvp(lg.vmap(sevenfold), (W,), (W,))[1], 7 * W)


def test_a_rule_that_calls_its_function_under_vmap():
    @lg.custom_jvp
    def sine(x):
        return np.sin(x)

    sine.defjvp(lambda x, dx: (sine(x[0]), 7 * sine(x[0]) * dx[0]))
    assert np.allclose(lg.vmap(sine)(W), np.sin(W))
    assert np.allclose(lg.vmap(lg.grad(lg.grad(sine)))(W), 49 * np.sin(W))
    total = lambda w: lg.build(4, lambda i: sine(w[i])).sum()  # noqa: E731
    assert np.allclose(lg.grad(total)(W), 7 * np.sin(W))


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: lg.vmap(lambda a, b: a)(X, W), ValueError, "different sizes: 3 of [0], 4 of [1]"),
        (lambda: lg.vmap(lambda a: a, None)(X), ValueError, "needs at least one argument"),
        (lambda: lg.vmap(lambda: 1.0)(), ValueError, "needs at least one argument"),
        (lambda: lg.vmap(lambda a: a, 2)(X), ValueError, "axis 2 of argument [0], which has 2"),
        (lambda: lg.vmap(lambda a: a)(1.0), ValueError, "axis 0 of argument [0], which has 0"),
        (
            lambda: lg.vmap(lambda a: a, (0, 0))(X),
            TypeError,
            "in_axes is (0, 0), which does not fit",
        ),
        (
            lambda: lg.vmap(lambda a: a, ({"y": 0},))({"x": X}),
            TypeError,
            "in_axes[0] is {'y': 0}, which does not fit {'x': *}",
        ),
        (lambda: lg.vmap(lambda a: a, 0, None)(X), ValueError, "differs between examples"),
        (lambda: lg.vmap(lambda a: a, 0, 2)(X), ValueError, "out_axes names axis 2 of the value"),
        (
            lambda: lg.vmap(lambda a: a, 0, (0,))(X),
            TypeError,
            "out_axes is (0,), which does not fit",
        ),
    ],
)
def test_errors(call, kind, message):
    with pytest.raises(kind) as info:
        call()
    assert message in str(info.value) and "test_vmap.py" in str(info.value)
