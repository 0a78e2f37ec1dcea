"""`checkpoint=k`: reverse mode keeps k states of a loop, and its gradient stays bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from xdsl.dialects import math

import letgrad as lg
from letgrad.lowering.reference import float_rules

Loop = Callable[..., Any]

STEPS = 23


def over_rows(c: Any, w: Any, xs: Any, k: int | None) -> Any:
    return lg.fold(lambda c, x: np.sin(c * w) + x, c, xs, checkpoint=k)


def backwards(c: Any, w: Any, xs: Any, k: int | None) -> Any:
    return lg.scan(lambda c, x: (np.sin(c * w) + x, None), c, xs, reverse=True, checkpoint=k)[0]


def with_results(c: Any, w: Any, xs: Any, k: int | None) -> Any:
    c, ys = lg.scan(lambda c, x: (np.sin(c * w) + x, c * x), c, xs, checkpoint=k)
    return c + ys.sum(axis=0)


def by_counter(c: Any, w: Any, xs: Any, k: int | None) -> Any:
    return lg.fori_loop(0, len(xs), lambda i, c: np.sin(c * w) + 0.1 * i, c, checkpoint=k)


def to_traced_bound(c: Any, w: Any, xs: Any, k: int | None) -> Any:
    n = (xs[:, :1] < np.inf).sum()
    return lg.fori_loop(0, n, lambda i, c: np.sin(c * w) + 0.1 * i, c, checkpoint=k)


def with_a_bound(c: Any, w: Any, xs: Any, k: int | None) -> Any:
    n = (xs[:, :1] < np.inf).sum()
    return lg.fori_loop(0, n, lambda i, c: np.sin(c * w) + 0.1 * i, c, max_steps=60, checkpoint=k)


def until(c: Any, w: Any, xs: Any, k: int | None) -> Any:
    def body(pair: Any) -> Any:
        return np.sin(pair[0] * w) + 0.1 * pair[1], pair[1] + 1.0

    return lg.while_loop(lambda pair: pair[1] < len(xs), body, (c, 0.0), checkpoint=k)[0]


def nested(c: Any, w: Any, xs: Any, k: int | None) -> Any:
    def outer(c: Any, x: Any) -> Any:
        c = lg.fori_loop(0, 5, lambda i, c: np.sin(c * w) + 0.1, c, checkpoint=k)
        return lg.cond(x.sum() > 0, lambda: c * x, lambda: c + x)

    return lg.fold(outer, c, xs, checkpoint=k)


LOOPS: tuple[Loop, ...] = (
    over_rows, backwards, with_results, by_counter, to_traced_bound, with_a_bound, until, nested,
)  # fmt: skip


def example(shape: tuple[int, ...], steps: int, dtype: Any = np.float64) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(steps)
    c, w, xs = (rng.normal(size=s) for s in (shape, shape, (steps, *(shape or (1,)))))
    return tuple(np.asarray(x, dtype) for x in (c, w, xs if shape else xs[:, 0]))


def gradient(loop: Loop, k: int | None, **options: Any) -> Any:
    def loss(c: Any, w: Any, xs: Any) -> Any:
        return (loop(c, w, xs, k) ** 2).sum()

    return lg.jit(lg.grad(loss, argnums=(0, 1, 2)), **options)


def assert_equal_bits(a: Any, b: Any) -> None:
    for x, y in zip(a, b, strict=True):
        assert x.dtype == y.dtype
        assert np.asarray(x).tobytes() == np.asarray(y).tobytes(), (x, y)


@pytest.mark.sampled(8)
@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.__name__)
@pytest.mark.parametrize("backend", ["cpu", "numpy"])
def test_the_gradient_keeps_its_bits(loop: Loop, k: int, backend: str) -> None:
    args = example((2,), STEPS)
    expected = gradient(loop, None, backend=backend)(*args)
    assert np.all(np.isfinite(expected[0])) and np.any(expected[1])
    assert_equal_bits(gradient(loop, k, backend=backend)(*args), expected)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("steps", [0, 1, 2])
@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.__name__)
def test_few_steps(loop: Loop, steps: int) -> None:
    args = example((3,), steps)
    assert_equal_bits(gradient(loop, 1)(*args), gradient(loop, None)(*args))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("shape", [(0,), (2, 1, 3)], ids=str)
def test_shapes_and_dtypes(dtype: Any, shape: tuple[int, ...]) -> None:
    args = example(shape, STEPS, dtype)
    assert_equal_bits(gradient(over_rows, 4)(*args), gradient(over_rows, None)(*args))


@pytest.mark.slow
@pytest.mark.parametrize("loop", [over_rows, until], ids=lambda loop: loop.__name__)
def test_second_derivatives(loop: Loop) -> None:
    args = example((2,), 6)
    v = np.array([0.3, -1.2])

    def loss(k: int | None) -> Callable[..., Any]:
        return lambda c: (loop(c, *args[1:], k) ** 2).sum()

    known: Loop = over_rows if loop is over_rows else by_counter

    def plain(c: Any) -> Any:
        return (known(c, *args[1:], None) ** 2).sum()

    expected = lg.jit(lambda c: lg.grad(lambda c: (lg.grad(plain)(c) * v).sum())(c))(args[0])
    mine = loss(2)
    ways = (
        lambda c: lg.grad(lambda c: (lg.grad(mine)(c) * v).sum())(c),
        lambda c: lg.jvp(lg.grad(mine), (c,), (v,))[1],
        lambda c: lg.grad(lambda c: lg.jvp(mine, (c,), (v,))[1])(c),
    )
    for way in ways:
        np.testing.assert_allclose(lg.jit(way)(args[0]), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.slow
def test_second_derivative_of_a_loop_in_a_loop_of_unknown_length() -> None:
    """Copies of the inner loop get stamps, also while the loops of the derivative are made."""

    def f(x: Any, y: Any) -> Any:
        def outer(i: Any, c: Any) -> Any:
            step = lambda j, b: np.sin(b + y) + x[j % 4]  # noqa: E731
            return lg.fori_loop(0, i, step, c, checkpoint=1)

        return lg.fori_loop(0, (x > -9).sum() * 2, outer, y, checkpoint=2)

    x, y, dx, dy = np.array([0.7, -0.3, 1.2, 0.45]), 0.8, np.array([0.3, -1.0, 0.2, 0.9]), -0.6
    both = lg.jit(lg.grad(f, (0, 1)))

    def along(x: Any, y: Any) -> Any:
        a, b = lg.grad(f, (0, 1))(x, y)
        return (a * dx).sum() + b * dy

    h = 1e-6
    ahead, behind = (both(x + s * dx, y + s * dy) for s in (h, -h))
    for found, a, b in zip(lg.grad(along, (0, 1))(x, y), ahead, behind, strict=True):
        np.testing.assert_allclose(found, (a - b) / (2 * h), rtol=1e-6, atol=1e-7)


def test_vmap() -> None:
    args = tuple(np.stack([x, 0.5 * x, -x]) for x in example((2,), STEPS))
    expected = [gradient(over_rows, None)(*row) for row in zip(*args, strict=True)]
    found = lg.jit(lg.vmap(gradient(over_rows, 3)))(*args)
    for k, x in enumerate(found):
        np.testing.assert_allclose(x, np.stack([row[k] for row in expected]), rtol=1e-12)


def best(n: int, k: int, known: dict[tuple[int, int], int]) -> int:
    """The fewest steps with which k states, the first one among them, give n states backwards."""
    if n <= 1:
        return 0
    if k == 1:
        return n * (n - 1) // 2
    if (n, k) not in known:
        ways = (m + best(n - m, k - 1, known) + best(m, k, known) for m in range(1, n))
        known[n, k] = min(ways)
    return known[n, k]


@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("n", [2, 7, 40])
def test_no_schedule_takes_fewer_steps(n: int, k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    sine = float_rules.evaluate.find(math.SinOp)
    assert sine is not None

    def counting(op: math.SinOp, x: Any) -> Any:
        nonlocal steps
        steps += 1
        return sine(op, x)

    monkeypatch.setitem(float_rules.evaluate._rules, math.SinOp, counting)
    monkeypatch.setattr(float_rules.evaluate, "_found", {})

    def loop(c: Any) -> Any:
        return lg.scan(lambda c, _: (np.sin(c), None), c, length=n, checkpoint=k)[0]

    lg.jit(lg.grad(loop), backend="numpy")(0.5)
    # The first run ends one step later, and the last state of all is computed twice.
    # With a state for each step, there is nothing to compute again.
    assert steps == (best(n, k, {}) if k < n else n)


def test_errors() -> None:
    x = np.ones(3)
    with pytest.raises(TypeError, match=r"checkpoint of .* must be an integer, not 2.0"):
        lg.trace(lambda x: lg.fold(np.add, 0.0, x, checkpoint=2.0), x)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"checkpoint of .* must be at least 1, not 0"):
        lg.trace(lambda x: lg.while_loop(lambda c: c < x, lambda c: c + 1, 0.0, checkpoint=0), 3.0)


def test_custom_derivative_in_the_body() -> None:
    @lg.custom_vjp
    def clipped(x: Any) -> Any:
        return np.sin(x)

    clipped.defvjp(lambda x: (np.sin(x), x), lambda x, ct: (np.clip(ct * np.cos(x), -0.5, 0.5),))

    def loss(k: int | None) -> Any:
        return lambda x: (
            lg.scan(lambda c, _: (clipped(c) * 1.3, c), x, length=9, checkpoint=k)[0]
        ).sum()

    x = np.array([0.3, -0.9])
    # Without a checkpoint, the program computes the cosines of all states at once.
    expected = lg.jit(lg.grad(loss(None)))(x)
    np.testing.assert_allclose(lg.jit(lg.grad(loss(2)))(x), expected, rtol=1e-14)
    assert_equal_bits(
        [lg.jit(lg.grad(loss(2)), backend="numpy")(x)],
        [lg.jit(lg.grad(loss(None)), backend="numpy")(x)],
    )
