"""`memory=` of `lg.grad` and `lg.jit`: the loops keep as many states as fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.frontend.control_flow import memory_budgets

C, W = np.linspace(-1.0, 1.0, 100), np.linspace(0.5, 1.5, 100)


def steps(c: Any, w: Any) -> Any:
    return lg.fori_loop(0, 60, lambda i, c: np.tanh(c * w + 0.1), c).sum()


def until(c: Any, w: Any) -> Any:
    return lg.while_loop(lambda c: np.sum(c * c) > 0.01, lambda c: np.sin(c * w) * 0.5, c).sum()


def nested(c: Any, w: Any) -> Any:
    def outer(c: Any, r: Any) -> Any:
        return lg.fori_loop(0, 9, lambda i, c: np.sin(c * w) + r, c), c

    last, rows = lg.scan(outer, c, np.linspace(0.0, 0.2, 12))
    return last.sum() + rows.sum()


def net(x: Any, w: Any) -> Any:
    """Layers that differ, so that no loop is made of them."""
    for k in range(5):
        z = x * w * (0.9 + 0.1 * k) + np.cumsum(x, axis=k % 2) * 0.1
        x = np.tanh(z) * np.exp(-(np.sin(z) ** 2)) if k % 3 else np.cos(z) / (1.0 + x * x)
        x = x - np.mean(x, axis=0)
    return np.sum(x**2)


def texts(found: Any) -> list[str]:
    return [r.text for r in found if r.pass_name == "memory"]


def needed(text: str) -> float:
    """The bytes that a remark says a program needs."""
    number, unit = text.removeprefix("the program needs ").split(" ")[:2]
    return float(number) * memory_budgets.UNITS.get(unit, 1)


@pytest.mark.sampled(7)
@pytest.mark.parametrize("f", [steps, until, pytest.param(nested, marks=pytest.mark.slow)])
@pytest.mark.parametrize("inside", [False, True], ids=["grad", "jit"])
def test_the_gradient_is_the_same_and_its_plan_fits(f: Callable[..., Any], inside: bool):
    expected = lg.grad(f, argnums=(0, 1))(C, W)
    with lg.remarks() as found:
        lg.jit(lg.grad(f, argnums=(0, 1)), memory="1GB")(C, W)
    (text,) = texts(found)
    assert text.endswith("all states are kept")
    whole = needed(text)
    for budget in (int(whole * 0.8),):
        if inside:
            gradient = lg.jit(lambda c, w: lg.grad(f, argnums=(0, 1))(c, w), memory=budget)
        else:
            gradient = lg.grad(f, argnums=(0, 1), memory=budget)
        with lg.remarks() as found:
            results = gradient(C, W)
        (text,) = texts(found)
        assert needed(text) <= budget * 1.001 and "a loop keeps" in text, text
        for x, y in zip(results, expected, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-13, atol=1e-15)


ROWS, WIDTH = np.outer(C, W[:30]), W[:30]


@pytest.mark.slow
@pytest.mark.sampled(2)
@pytest.mark.parametrize("inside", [False, True], ids=["grad", "jit"])
def test_parts_of_a_function_without_loops_are_computed_again(inside: bool):
    expected = lg.grad(net, (0, 1))(ROWS, WIDTH)
    whole = memory_budgets.planned_bytes(lg.jit(lg.grad(net, (0, 1))).traced(ROWS, WIDTH))
    budget = int(whole * 0.8)
    if inside:
        gradient = lg.jit(lambda x, w: lg.grad(net, (0, 1))(x, w), memory=budget)
    else:
        gradient = lg.grad(net, (0, 1), memory=budget)
    with lg.remarks() as found:
        results = gradient(ROWS, WIDTH)
    (text,) = texts(found)
    assert needed(text) <= budget * 1.001 and "in 2 parts again" in text, text
    # The room that is left holds the values that cost the most.
    assert needed("the program needs " + text.split("and keeps ")[1]) > 0, text
    for x, y in zip(results, expected, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-11, atol=1e-13)


@pytest.mark.slow
def test_more_parts_do_not_help_for_ever():
    with pytest.raises(ValueError, match=r"memory=99 is too little: .* if the gradient computes"):
        lg.grad(net, (0, 1), memory=99)(ROWS, WIDTH)


@pytest.mark.slow
def test_parts_and_states_of_loops():
    """One state of the loop is not little enough, so the function around it is cut too."""

    def f(x: Any, w: Any) -> Any:
        y = lg.fori_loop(0, 40, lambda i, c: np.sin(c * w) + 0.01 * i, x)
        return net(np.cos(y) * x, w)

    expected = lg.grad(f, (0, 1))(ROWS, WIDTH)
    with lg.remarks() as found:
        results = lg.grad(f, (0, 1), memory=500_000)(ROWS, WIDTH)
    (text,) = texts(found)
    assert needed(text) <= 500_000 and "a loop keeps 1 of 40" in text and "parts again" in text
    for x, y in zip(results, expected, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-11, atol=1e-13)


def test_the_same_bits():
    expected = lg.grad(steps, argnums=(0, 1))(C, W)
    for budget in ("50KiB", "20KiB"):
        for x, y in zip(lg.grad(steps, (0, 1), memory=budget)(C, W), expected, strict=True):
            np.testing.assert_array_equal(x, y)


@pytest.mark.slow
def test_a_larger_budget_keeps_more_states():
    kept = []
    for budget in ("10KiB", "20KiB", "30KiB"):
        with lg.remarks() as found:
            lg.value_and_grad(steps, memory=budget)(C, W)
        kept.append(int(texts(found)[0].split("a loop keeps ")[1].split()[0]))
    assert 1 <= kept[0] < kept[1] < kept[2] < 60


def test_a_checkpoint_of_the_user_stays():
    def f(c: Any) -> Any:
        return lg.fori_loop(0, 60, lambda i, c: np.tanh(c * W), c, checkpoint=5).sum()

    with pytest.raises(ValueError, match="it has no loop whose states"):
        lg.grad(f, memory=100)(C)


@pytest.mark.parametrize(
    ("memory", "kind", "message"),
    [
        ("64 Mib", ValueError, r"memory='64 Mib' is no number of bytes; the units are B, kB"),
        ("much", ValueError, "is no number of bytes"),
        (-1, ValueError, "memory=-1 is negative"),
        (True, TypeError, "memory takes a number of bytes"),
        (2.5, TypeError, "memory takes a number of bytes"),
    ],
)
def test_budgets_that_are_none(memory: Any, kind: type[Exception], message: str):
    for make in (lg.grad, lg.value_and_grad, lg.jit):
        with pytest.raises(kind, match=message):
            make(steps, memory=memory)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (steps, "memory='99' is too little: with one state of each loop the program needs"),
        (lambda c, w: np.sum(np.sin(c)), "and it has no loop whose states and no part whose"),
    ],
)
def test_what_does_not_fit_is_an_error_of_one_line(f: Any, message: str):
    for run in (lg.grad(f, memory="99"), lg.jit(lg.grad(f), memory="99")):
        with pytest.raises(ValueError, match=message) as caught:
            run(C, W)
        assert "\n" not in str(caught.value)


def test_units():
    for text, number in (("3", 3), ("2kB", 2000), ("1.5 KiB", 1536), ("4MiB", 4 << 20)):
        assert memory_budgets.bytes_in(text) == number
    assert memory_budgets.bytes_in(7) == 7
