"""`lg.checkpoint`: the gradient computes values of a function again, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.frontend.control_flow.memory_budgets import planned_bytes

R = np.random.default_rng(0)
W, X = R.standard_normal((5, 5)) * 0.4, R.standard_normal((7, 5))


def layer(x: Any, w: Any) -> Any:
    a = np.sin(x @ w)
    b = np.cos(a * x) + a
    c = np.tanh(b @ w) * b
    return c + np.exp(-c * c)


def two(f: Callable[..., Any]) -> Callable[..., Any]:
    """Two different layers, so that no loop is made of them."""
    return lambda x, w: np.sum(f(np.sin(f(x, w)), w.T) ** 2)


def in_scan(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, w: np.sum(lg.scan(lambda c, _: (f(c, w), None), x, length=4)[0] ** 2)


def in_scan_with_checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    step = lambda w: lambda c, _: (f(c, w), None)  # noqa: E731
    return lambda x, w: np.sum(lg.scan(step(w), x, length=9, checkpoint=3)[0] ** 2)


def in_while(f: Callable[..., Any]) -> Callable[..., Any]:
    more = lambda c: c[0] < 3  # noqa: E731
    return lambda x, w: np.sum(lg.while_loop(more, lambda c: (c[0] + 1, f(c[1], w)), (0, x))[1])


def in_branch(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, w: np.sum(lg.cond(x[0, 0] > 9, lambda: x, lambda: f(f(x, w), w)))


def in_another(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, w: np.sum(lg.checkpoint(lambda x: f(f(x, w), w.T))(x))


def count(program: Any, name: str) -> int:
    return str(program).count(name)


@pytest.fixture(params=["nothing", "dots", "everything"])
def policy(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.mark.sampled(2)
@pytest.mark.parametrize("around", [two, in_scan])
def test_values_and_derivatives_are_the_same(around: Any, policy: str):
    f, g = around(layer), around(lg.checkpoint(layer, policy))
    np.testing.assert_array_equal(lg.jit(g)(X, W), lg.jit(f)(X, W))
    for a, b in zip(lg.grad(g, (0, 1))(X, W), lg.grad(f, (0, 1))(X, W), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13)
    t = (np.cos(X), W * 0.3)
    np.testing.assert_allclose(lg.jvp(g, (X, W), t)[1], lg.jvp(f, (X, W), t)[1], rtol=1e-11)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("around", [in_scan_with_checkpoint, in_while, in_branch, in_another])
def test_gradients_in_other_places(around: Any):
    f, g = around(layer), around(lg.checkpoint(layer))
    for a, b in zip(lg.grad(g, (0, 1))(X, W), lg.grad(f, (0, 1))(X, W), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


def test_second_derivatives_and_vmap(policy: str):
    def f(x: Any) -> Any:
        return np.sum(np.sin(x * np.exp(-x * x)) * W[0])

    g = lg.checkpoint(f, policy)
    x = X[0]
    along = lambda f: lambda x: (lg.grad(f)(x) * X[1]).sum()  # noqa: E731
    np.testing.assert_allclose(lg.grad(along(g))(x), lg.grad(along(f))(x), rtol=1e-11)
    forward = lambda f: lg.jvp(lg.grad(f), (x,), (X[1],))[1]  # noqa: E731
    np.testing.assert_allclose(forward(g), forward(f), rtol=1e-11)
    rows = lg.jit(lg.vmap(lg.grad(g)))(X)
    np.testing.assert_allclose(rows, [lg.grad(f)(x) for x in X], rtol=1e-11)


def test_what_the_gradient_computes_again():
    """Each layer has one tanh and two products. A gradient has four products more for each."""
    gradients = {p: lg.trace(lg.grad(two(lg.checkpoint(layer, p)), (0, 1)), X, W)
                 for p in ("everything", "dots", "nothing")}  # fmt: skip
    assert {p: count(g, "math.tanh") for p, g in gradients.items()} == {
        "everything": 2, "dots": 4, "nothing": 4,
    }  # fmt: skip
    products = {p: count(g, "ten.einsum") for p, g in gradients.items()}
    assert products["dots"] == products["everything"] == products["nothing"] - 4


def test_the_plan_needs_less_memory():
    x, w = np.ones((256, 64)), np.ones((64, 64))
    sizes = {
        p: planned_bytes(
            lg.jit(lg.grad(in_scan(lg.checkpoint(layer, p)), argnums=(0, 1))).traced(x, w)
        )
        for p in ("everything", "dots", "nothing")
    }
    assert sizes["nothing"] < 0.9 * sizes["dots"] < 0.9 * 0.9 * sizes["everything"]


def test_structures_numbers_and_values_from_outside():
    f = lambda d, k, *, shift: {"y": np.sin(d["x"] * k) + shift, "n": (d["n"], d["x"].sum())}  # noqa: E731
    x = np.ones(3, np.float32)

    def run(f: Any) -> Any:
        return lambda x: f({"x": x, "n": 2}, 0.5, shift=1.0)

    a, b = lg.jit(run(f))(x), lg.jit(run(lg.checkpoint(f)))(x)
    assert a["y"].dtype == b["y"].dtype == np.float32  # a number of Python stays weak
    np.testing.assert_array_equal(a["y"], b["y"])
    assert b["n"][0] == 2 and a["n"][1] == b["n"][1]
    assert lg.checkpoint(f)({"x": x, "n": 2}, 0.5, shift=1.0)["y"].dtype == np.float32

    def outside(scale: Any) -> Any:
        return lg.checkpoint(lambda x: np.sum(np.tanh(x * scale)))(X[0])

    wanted = np.sum(X[0] / np.cosh(X[0] * 0.7) ** 2)
    np.testing.assert_allclose(lg.grad(outside)(0.7), wanted)


def test_a_derivative_of_its_own_counts_inside():
    f = lg.custom_vjp(lambda x: x * x)
    f.defvjp(lambda x: (f(x), x), lambda x, ct: (7.0 * ct,))
    assert lg.grad(lambda x: lg.checkpoint(lambda x: f(x) * 2.0)(x))(3.0) == 14.0


def test_without_arguments_and_on_empty_arrays():
    assert lg.jit(lambda: lg.checkpoint(lambda: 3.0)())() == 3.0
    gradient = lg.grad(lambda x: lg.checkpoint(lambda x: np.sum(np.sin(x) * x))(x))
    assert gradient(np.zeros((0, 2))).shape == (0, 2)


@pytest.mark.parametrize("backend", ["numpy", "triton"])
def test_other_backends(backend: str):
    if backend == "triton":
        pytest.importorskip("triton", reason="Triton has no wheel for this system")
    f = lambda x: np.sum(np.sin(x) * np.exp(x))  # noqa: E731
    found = lg.jit(lg.grad(lambda x: lg.checkpoint(f)(np.cos(x))), backend=backend)(X[0])
    np.testing.assert_allclose(found, lg.grad(lambda x: f(np.cos(x)))(X[0]), rtol=1e-12)


def test_a_policy_that_is_none():
    with pytest.raises(ValueError, match=r"policy='all' of lg.checkpoint is none of nothing, dots"):
        lg.checkpoint(layer, "all")
    with pytest.raises(TypeError, match=r"save_only_these_names takes names as text, not \['a'\]"):
        lg.checkpoint_policies.save_only_these_names(["a"])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"the name of lg\.checkpoint_name must be text, not 3"):
        lg.checkpoint_name(1.0, 3)  # type: ignore[arg-type]


def named(x: Any, w: Any) -> Any:
    a = lg.checkpoint_name(np.sin(x @ w), "wave")
    c = lg.checkpoint_name({"c": np.cosh(a * x) * 0.1}, "crest")["c"]
    return c + np.exp(-c * c)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("policy", "sines", "cosines"),
    [
        (lg.checkpoint_policies.nothing_saveable, 4, 4),
        (lg.checkpoint_policies.save_only_these_names("wave", "other"), 2, 4),
        (lg.checkpoint_policies.save_only_these_names("crest"), 4, 2),
        (lg.checkpoint_policies.save_any_names_but_these("wave"), 4, 2),
        (lg.checkpoint_policies.save_any_names_but_these(), 2, 2),
        (lg.checkpoint_policies.everything_saveable, 2, 2),
    ],
    ids=["nothing", "wave", "crest", "but-wave", "all", "everything"],
)
def test_policies_by_names(policy: Any, sines: int, cosines: int):
    """A gradient that keeps a value does not compute it again, and has the same bits."""
    f, g = (lg.grad(two(layer), (0, 1)) for layer in (named, lg.checkpoint(named, policy)))
    program = lg.trace(g, X, W)
    # One more sine stands between the two layers.
    assert (count(program, "math.sin "), count(program, "math.cosh ")) == (sines + 1, cosines)
    for a, b in zip(g(X, W), f(X, W), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13)


def test_names_under_vmap():
    keep = lg.checkpoint_policies.save_only_these_names("wave", "crest")
    f, g = (lg.grad(two(layer)) for layer in (named, lg.checkpoint(named, keep)))
    rows = lg.vmap(g, in_axes=(0, None))(np.stack([X, -X]), W)
    np.testing.assert_allclose(rows[1], f(-X, W), rtol=1e-11, atol=1e-13)


def test_a_name_outside_of_a_checkpoint_is_the_value():
    assert lg.checkpoint_name(2.5, "x") == 2.5
    plain, marked = lambda x: x * np.sin(x), lambda x: x * lg.checkpoint_name(np.sin(x), "s")
    assert str(lg.trace(plain, 1.0)) == str(lg.trace(marked, 1.0)).replace("marked", "plain")
