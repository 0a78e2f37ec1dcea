"""`lg.while_loop` and `lg.fori_loop`: values, derivatives, vmap, and errors."""

from __future__ import annotations

import re

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.reference import find_function
from letgrad.passes.pipelines import OptimizePass
from letgrad.passes.rewriting.driver import run_passes

pytestmark = pytest.mark.sampled(3)

BACKENDS = ("numpy", "cpu")


def newton(a):
    return lg.while_loop(lambda x: abs(x * x - a) > 1e-9, lambda x: (x + a / x) / 2, a)


def spiral(x, n, max_steps=None):
    """A contraction of two numbers, with a step that depends on its index."""

    def body(i, c):
        a, b = c
        return 0.9 * np.sin(a + 0.1 * b) + 0.01 * i, 0.8 * np.cos(b) * a

    return lg.fori_loop(0, n, body, (x, x * 0.5), max_steps=max_steps)[0]


def spiral_in_python(x, n):
    a, b = x, x * 0.5
    for i in range(n):
        a, b = 0.9 * np.sin(a + 0.1 * b) + 0.01 * i, 0.8 * np.cos(b) * a
    return a


@pytest.mark.sampled(3)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("max_steps", [None, 0, 3, 8])
@pytest.mark.parametrize("n", [-2, 0, 1, 2, 3, 7])
def test_values(backend, max_steps, n):
    run = lg.jit(lambda x, n: spiral(x, n, max_steps), backend=backend)
    turns = n if max_steps is None else min(n, max_steps)
    np.testing.assert_allclose(run(1.1, n), spiral_in_python(1.1, turns), rtol=1e-13)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int64"])
def test_dtypes_of_carries(backend, dtype):
    def f(x):
        return lg.while_loop(lambda c: c[0] < 3, lambda c: (c[0] + 1, c[1] + c[1]), (0, x))

    x = np.arange(3).astype(dtype)
    count, y = lg.jit(f, backend=backend)(x)
    assert count == 3 and y.dtype == dtype
    np.testing.assert_array_equal(y, x * 8)


def test_empty_arrays_and_swapped_carries():
    def f(x, y):
        body = lambda c: (c[0] + 1, c[2], c[1])  # noqa: E731
        return lg.while_loop(lambda c: c[0] < 3, body, (0, x, y))[1:]

    for n in (0, 2):
        a, b = lg.jit(f)(np.zeros(n), np.ones(n))
        np.testing.assert_array_equal(a, np.ones(n))
        np.testing.assert_array_equal(b, np.zeros(n))


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64"])
@pytest.mark.parametrize("max_steps", [None, 300])
def test_bounds_far_apart_in_a_narrow_type(dtype, max_steps):
    def f(low, high):
        return lg.fori_loop(low, high, lambda i, c: c + 1, 0, max_steps=max_steps)

    low, high = np.array(-100, dtype), np.array(100, dtype)
    assert lg.jit(f)(low, high) == 200
    assert lg.jit(f)(high, low) == 0


def test_a_python_bound_outside_of_the_dtype_of_the_other():
    assert lg.jit(lambda n: lg.fori_loop(-1000, n, lambda i, c: c + 1, 0))(np.int8(-100)) == 900


@pytest.mark.sampled(3)
@pytest.mark.parametrize("max_steps", [None, 9])
@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_derivatives(n, max_steps):
    def f(x):
        return spiral(x, n, max_steps)

    def slope(x):
        h = 1e-6
        return (spiral_in_python(x + h, n) - spiral_in_python(x - h, n)) / (2 * h)

    first = slope(1.1)
    np.testing.assert_allclose(lg.grad(f)(1.1), first, rtol=1e-7)
    np.testing.assert_allclose(lg.jvp(f, (1.1,), (1.0,))[1], first, rtol=1e-7)
    # The second derivative in the four orders, each from the same program.
    forward = lambda g: lambda x: lg.jvp(g, (x,), (1.0,))[1]  # noqa: E731
    orders = [a(b(f))(1.1) for a in (lg.grad, forward) for b in (lg.grad, forward)]
    np.testing.assert_allclose(orders, orders[-1], rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(orders[-1], _second(n), rtol=1e-5, atol=1e-8)


def _second(n):
    h, x = 1e-4, 1.1
    values = [spiral_in_python(x + k * h, n) for k in (-1, 0, 1)]
    return (values[0] - 2 * values[1] + values[2]) / h**2


@pytest.mark.parametrize("n", [1023, 1024, 1025, 2050])
def test_gradient_over_several_levels(n):
    """The levels hold 1024 turns each; the segments of the second level end at these numbers."""

    def decay(x, n):
        return lg.fori_loop(0, n, lambda i, c: c * 0.999 + x * 1e-3 * np.sin(c), x)

    def f(x):
        return decay(x, n)

    np.testing.assert_allclose(lg.grad(decay)(1.1, n), lg.jvp(f, (1.1,), (1.0,))[1], rtol=1e-10)


def long_body(x, w):
    """A loop with a long body, which reads an array from outside and ends by its own values."""

    def body(s):
        k, c, high = s
        for j in range(2):
            c = np.sin(c * w + 0.1 * j) * 0.99
        return k + 1, c, high + (c > 0.5)

    more = lambda s: s[0] < 11 + 0 * abs(s[1]).sum()  # noqa: E731
    _, c, high = lg.while_loop(more, body, (0.0, x, 0 * x))
    # No slope depends on `high`, so no level needs it.
    return c.sum() * (high > -1).all()


def long_body_in_python(x, w):
    for _ in range(11):
        for j in range(2):
            x = np.sin(x * w + 0.1 * j) * 0.99
    return x.sum()


LONG = np.array([0.3, -1.2, 2.0]), np.array([1.2, 1.1, -0.9])


@pytest.fixture
def short_levels(monkeypatch):
    from letgrad.passes.differentiate import expand_whiles

    monkeypatch.setattr(expand_whiles, "SMALL", (4, 3))
    monkeypatch.setattr(expand_whiles, "MANY", 4)


def test_levels_call_one_function_for_a_long_body(short_levels):
    """The body stands in the count of turns, in one function for all levels, and at residuals."""
    text = str(lg.trace(lg.grad(long_body, argnums=(0, 1)), *LONG))
    assert text.count("math.sin") == 3 * 2
    call = (
        r"func.call @long_body_turns\([^)]*\) : \(tensor<3xf64>, index, tensor<3xf64>\) -> tensor"
    )
    assert len(re.findall(call, text)) == 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_gradient_through_the_function_of_a_long_body(short_levels, backend):
    expect = lg.grad(long_body_in_python, argnums=(0, 1))(*LONG)
    both = lg.jit(lg.value_and_grad(long_body, argnums=(0, 1)), backend=backend)
    value, found = both(*LONG)
    np.testing.assert_allclose(value, long_body_in_python(*LONG), rtol=1e-13)
    np.testing.assert_allclose(found, expect, rtol=1e-12)


def settling(x, w):
    """Rows that come to rest: the test reads a sum, and another value counts the turns."""
    most, count = 1.0, 0.0
    while most > 0.02 and count < 40:
        y = x
        for j in range(2):
            y = np.sin(y * w + 0.1 * j) * 0.9
        most, x, count = np.sum(np.abs(y - x)), y, count + 1
    return np.sum(x) + most + 0 * count


def test_the_values_and_the_levels_have_one_function(short_levels, monkeypatch):
    """The levels give the function any `most`: the test does not end their turns."""
    from letgrad.passes.differentiate import expand_whiles

    texts, found, compile = [], [], backends.compile

    def compiled(name, module, *args, **options):
        texts.append(str(module))
        return compile(name, module, *args, **options)

    monkeypatch.setattr(backends, "compile", compiled)
    for part in (0, 1 << 60):
        monkeypatch.setattr(expand_whiles, "PART", part)
        value, slopes = lg.value_and_grad(lg.program(settling), argnums=(0, 1))(*LONG)
        found.append((value, *slopes))
    assert [text.count("math.sin") for text in texts] == [2, 3]
    np.testing.assert_allclose(found[0][0], settling(*LONG), rtol=1e-13)
    for a, b in zip(*found):
        np.testing.assert_array_equal(a, b)


def test_a_loop_inside_has_no_other_values(short_levels, monkeypatch):
    """
    No slope depends on `same`, so no level knows that it is k. From any other number the loop
    inside would not end.
    """
    from letgrad.passes.differentiate import expand_whiles

    monkeypatch.setattr(expand_whiles, "PART", 0)

    @lg.program
    def f(x, w, n):
        k, same = 0 * n, 0 * n
        while k * k < n:
            i = 1.0 * (same - k)
            while i != 0:
                i = i * i
            same = same + 1 + int(i)
            x = np.sin(x * w + 0.1 * k) * 0.99
            x = np.cos(x * w + 0.1) * 0.99
            k = k + 1
        return np.sum(x) + 0.0 * same

    def in_python(x, w):
        for k in range(11):
            x = np.cos(np.sin(x * w + 0.1 * k) * 0.99 * w + 0.1) * 0.99
        return x.sum()

    expect = lg.grad(in_python, argnums=(0, 1))(*LONG)
    np.testing.assert_allclose(lg.grad(f, argnums=(0, 1))(*LONG, np.int64(121)), expect, rtol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_loops_that_differ_by_the_types_of_results_alone(backend):
    """`ten-fuse-scans` took one loop for the other: a cast and a reshape name no type."""

    def cast(c, kind):
        return c * 1.25 + c.astype(kind).astype(np.float64)

    def folded(c, kind):
        sizes = (2, 3) if kind is np.float32 else (3, 2)
        return c * 1.25 + c.reshape(sizes).sum(axis=0)[0]

    def f(x, step):
        low = lambda c: c.sum() < 100  # noqa: E731
        first = lg.while_loop(low, lambda c: step(c, np.float32), x)
        body = lambda s: (step(s[0], np.float16), s[1] + 1)  # noqa: E731
        return first, *lg.while_loop(lambda s: low(s[0]), body, (x, 0.0))

    def expected(x, step, kind):
        while x.sum() < 100:
            x = step(x, kind)
        return x

    x = np.linspace(0.1, 0.7, 6)
    for step in (cast, folded):
        both = lg.jit(
            lambda x, step=step: lg.jvp(lambda x: f(x, step), (x,), (x,)), backend=backend
        )
        first, second, _ = both(x)[0]
        np.testing.assert_allclose(first, expected(x, step, np.float32), rtol=1e-14)
        np.testing.assert_allclose(second, expected(x, step, np.float16), rtol=1e-14)


@pytest.mark.slow
def test_derivatives_of_the_function_of_a_long_body(short_levels):
    x, w = LONG
    f, g = (lambda x: long_body(x, w)), (lambda x: long_body_in_python(x, w))
    np.testing.assert_allclose(lg.jvp(lg.grad(f), (x,), (w,))[1], lg.jvp(lg.grad(g), (x,), (w,))[1])
    np.testing.assert_allclose(lg.vmap(lg.grad(f))(np.stack([x, w]))[1], lg.grad(g)(w))
    step = lg.jit(lambda x: lg.scan(lambda c, _: (c - 0.1 * lg.grad(f)(c), None), x, length=2)[0])
    y = x - 0.1 * lg.grad(g)(x)
    np.testing.assert_allclose(step(x), y - 0.1 * lg.grad(g)(y))


def test_nothing_is_left_of_a_gradient_that_nobody_reads(short_levels):
    """A call may do anything, and a loop around a call computes its results and no more."""
    module = lg.trace(lambda x, w: lg.value_and_grad(long_body)(x, w)[0], *LONG)
    run_passes(backends.context(), module, [OptimizePass()])
    text = str(find_function(module, "lambda"))
    assert "ten.while" in text and "ten.scan" not in text and "func.call" not in text


@pytest.mark.sampled(2)
@pytest.mark.parametrize("loop", ["while", "fori"])
def test_a_limit_that_is_far_too_large(loop, monkeypatch):
    """The gradient goes by levels, takes memory for the turns that run, and ends at the limit."""
    from letgrad.frontend.control_flow import loops
    from letgrad.frontend.control_flow.memory_budgets import planned_bytes
    from letgrad.passes.differentiate import expand_whiles

    def f(x, n, most):
        step = lambda i, c: np.sin(c + 0.1 * i) * x  # noqa: E731
        if loop == "fori":
            return lg.fori_loop(0, n, step, x, max_steps=most).sum()
        body = lambda p: (step(p[1], p[0]), p[1] + 1.0)  # noqa: E731
        return lg.while_loop(lambda p: p[1] < n, body, (x, 0.0), most)[0].sum()

    def slope(most):
        return lg.jit(lg.grad(lambda x, n: f(x, n, most)))

    far = slope(1 << 30)
    assert planned_bytes(far.traced(np.ones(3), 5)) < 1 << 20
    monkeypatch.setattr(expand_whiles, "SMALL", (3, 2))
    monkeypatch.setattr(expand_whiles, "ENOUGH", 0)
    monkeypatch.setattr(loops, "ROWS", 0)
    x = np.array([0.3, 1.1])
    for most in (0, 10):
        by_levels = slope(most)
        for n in (-1, 0, 1, 3, 4, 9, 10, 29):
            c, d = x, np.ones(2)
            for i in range(min(n, most)):
                inner = c + 0.1 * i
                c, d = np.sin(inner) * x, np.sin(inner) + np.cos(inner) * d * x
            np.testing.assert_allclose(by_levels(x, n), d, rtol=1e-13)


def test_gradient_of_a_large_carry():
    """A carry of many bytes has levels of 64 turns."""
    weights = np.linspace(0.5, 1.5, 600)

    def f(x, n):
        return lg.fori_loop(0, n, lambda i, c: np.sin(c) * weights + x, x).sum()

    x = np.linspace(-1, 1, 600)
    for n in (0, 63, 64, 65, 130):
        c, d = x, np.ones_like(x)
        for _ in range(n):
            c, d = np.sin(c) * weights + x, np.cos(c) * weights * d + 1
        np.testing.assert_allclose(lg.grad(f)(x, n), d, rtol=1e-9)


def test_condition_on_a_float_and_on_a_captured_value():
    for a in (2.0, 9.0, 1e4):
        np.testing.assert_allclose(lg.jit(newton)(a), a**0.5)
        np.testing.assert_allclose(lg.grad(newton)(a), 0.5 / a**0.5, rtol=1e-6)


def test_gradient_of_an_integer_carry_is_none():
    def f(x):
        return lg.while_loop(lambda c: c[0] < 5, lambda c: (c[0] + 2, c[1] * c[0]), (1, x))[1]

    assert lg.grad(f)(2.0) == 3.0
    assert lg.jvp(f, (2.0,), (1.0,)) == (6.0, 3.0)


def test_loops_in_loops():
    """A triangle: the inner loop has as many turns as the outer index."""

    def triangle(x, n):
        def inner(i, s):
            return lg.fori_loop(0, i, lambda j, t: t * 0.5 + x * np.sin(t) + j, s)

        return lg.fori_loop(0, n, inner, x)

    def in_python(x, n):
        s = x
        for i in range(n):
            for j in range(i):
                s = s * 0.5 + x * np.sin(s) + j
        return s

    h = 1e-6
    for n in (0, 1, 5):
        np.testing.assert_allclose(lg.jit(triangle)(0.7, n), in_python(0.7, n))
        slope = (in_python(0.7 + h, n) - in_python(0.7 - h, n)) / (2 * h)
        np.testing.assert_allclose(lg.grad(triangle)(0.7, n), slope, rtol=1e-6)


def test_loop_in_a_branch_and_in_a_scan():
    def f(x, n):
        def step(c, v):
            more = lambda: lg.fori_loop(0, n, lambda i, t: t * np.sin(v), c)  # noqa: E731
            return lg.cond(v > 0.5, more, lambda: c + v), c

        return lg.scan(step, x[0], x)[1].sum()

    def in_python(x, n):
        c, total = x[0], 0.0
        for v in x:
            total += c
            if v > 0.5:
                for _ in range(n):
                    c = c * np.sin(v)
            else:
                c = c + v
        return total

    x, h = np.array([0.9, 0.2, 0.7, 0.4]), 1e-6
    for n in (0, 3):
        np.testing.assert_allclose(lg.jit(f)(x, n), in_python(x, n))
        moves = np.eye(4) * h
        slopes = [(in_python(x + d, n) - in_python(x - d, n)) / (2 * h) for d in moves]
        np.testing.assert_allclose(lg.grad(f)(x, n), slopes, rtol=1e-6, atol=1e-9)


# vmap.


@pytest.mark.parametrize("max_steps", [None, 7])
def test_vmap_of_the_bound(max_steps):
    x, n = np.array([1.0, 0.4, 0.9, 2.0, 0.1]), np.array([0, 3, 5, 9, -1])
    turns = n if max_steps is None else np.minimum(n, max_steps)
    run = lg.jit(lg.vmap(lambda x, n: spiral(x, n, max_steps)))
    wanted = [spiral_in_python(a, int(k)) for a, k in zip(x, turns)]
    np.testing.assert_allclose(run(x, n), wanted)
    slopes = lg.jit(lg.vmap(lambda x, n: lg.grad(lambda x: spiral(x, n, max_steps))(x)))(x, n)
    wanted = [lg.grad(lambda x: spiral(x, int(k)))(a) for a, k in zip(x, turns)]  # noqa: B023
    np.testing.assert_allclose(slopes, wanted)
    assert run(x[:0], n[:0]).shape == (0,)


def test_vmap_of_an_inner_loop_that_ends_only_where_it_runs():
    """The inner loop never ends from the state of an element that is done."""

    def collatz(n):
        def body(c):
            up = lg.while_loop(lambda k: k != c[0], lambda k: k + 1, 2)
            return np.where(c[0] % 2 == 0, up // 2, 3 * up + 1), c[1] + 1

        return lg.while_loop(lambda c: c[0] != 1, body, (n, 0))[1]

    np.testing.assert_array_equal(
        lg.jit(lg.vmap(collatz))(np.arange(1, 9)), [0, 1, 7, 2, 5, 8, 16, 3]
    )


def test_vmap_of_a_branch_with_a_loop_that_ends_only_there():
    def f(n):
        count = lambda: lg.while_loop(lambda k: k != n, lambda k: k + 1, 0)  # noqa: E731
        return lg.cond(n >= 0, count, lambda: -n)

    np.testing.assert_array_equal(lg.jit(lg.vmap(f))(np.array([-3, 5, 0])), [3, 5, 0])


def test_the_zero_of_a_branch_is_no_nan_after_a_loop():
    """sqrt has an infinite slope at 0, and the loop takes no turn there."""

    def f(x):
        return lg.while_loop(lambda c: c[0] < x, lambda c: (c[0] + 1, np.sqrt(x)), (0.0, 1.0))[1]

    assert lg.grad(f)(0.0) == 0.0
    assert lg.grad(f)(4.0) == 0.25
    np.testing.assert_array_equal(lg.jit(lg.vmap(lg.grad(f)))(np.array([0.0, 4.0])), [0.0, 0.25])


# Errors.


def test_errors():
    with pytest.raises(TypeError, match=r"carry of lg.while_loop changes from int64.. to float64"):
        lg.jit(lambda x: lg.while_loop(lambda c: c < 3, lambda c: c + 0.5, x))(1)
    with pytest.raises(TypeError, match=r"condition of lg.while_loop must give a scalar"):
        lg.jit(lambda x: lg.while_loop(lambda c: c < 3, lambda c: c + 1, x))(np.zeros(2))
    with pytest.raises(TypeError, match=r"carry of lg.while_loop changes its structure"):
        lg.jit(lambda x: lg.while_loop(lambda c: True, lambda c: (c, c), x))(1.0)
    with pytest.raises(ValueError, match=r"max_steps of lg.while_loop is negative: -1"):
        lg.jit(lambda x: lg.while_loop(lambda c: c < 3, lambda c: c, x, max_steps=-1))(1.0)
    with pytest.raises(TypeError, match=r"max_steps of lg.fori_loop must be an integer"):
        lg.jit(lambda x: lg.fori_loop(0, 3, lambda i, c: c, x, max_steps=2.5))(1.0)
    with pytest.raises(TypeError, match=r"bounds of lg.fori_loop must be integer scalars"):
        lg.jit(lambda x: lg.fori_loop(0, x, lambda i, c: c, x))(1.0)
