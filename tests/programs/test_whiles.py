"""
Programs with `while`, as people write them: the condition is a traced value, and only the run knows
the number of turns.

Each program has its value, both derivatives, a second derivative, and vmap. NumPy runs the program
itself beside it, and finite differences stand beside the derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from program_checks import check_value

import letgrad as lg

pytestmark = pytest.mark.sampled(6)


def newton(a):
    """The cube root of a."""
    x = a
    while abs(x * x * x - a) > 1e-12 * abs(a):
        x = x - (x * x * x - a) / (3 * x * x)
    return x


def bisection(low, high, a):
    """The place of the end of a bracket; its derivative is that of the bracket's ends."""
    while high - low > 1e-3:
        middle = 0.5 * (low + high)
        if middle * middle > a:
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


def collatz(n, x):
    """The path of Collatz; x takes another function in each turn."""
    while n != 1:
        if n % 2 == 0:
            n = n // 2
            x = np.sin(x) + 0.5
        else:
            n = 3 * n + 1
            x = x * 1.1
    return x


def power_iteration(a):
    """The largest eigenvalue of a symmetric matrix, when its eigenvector has converged."""
    v = np.ones(a.shape[0]) / a.shape[0]
    old = np.zeros(a.shape[0])
    value = 0.0
    while np.sum((v - old) ** 2) > 1e-26:
        old = v
        w = a @ v
        value = np.sqrt(w @ w)
        v = w / value
    return value


def greatest_divisor(a, b, x):
    """Euclid's algorithm. The quotients of its turns act on x."""
    while b != 0:
        x = x * np.cos(0.1 * (a // b)) + 0.3 * (a % b)
        a, b = b, a % b
    return x * a


def adaptive_step(y, rate):
    """Heun's method for y' = -rate y², with steps whose sizes the errors choose."""
    t = 0.0
    h = 0.1
    while t < 1.0:
        h = min(h, 1.0 - t)
        k1 = -rate * y * y
        z = y + h * k1
        k2 = -rate * z * z
        error = 0.5 * h * abs(k2 - k1)
        if error < 1e-3:
            t = t + h
            y = y + 0.5 * h * (k1 + k2)
            h = h * 1.5
        else:
            h = h * 0.5
    return y


def golden_section(p):
    """The least value of a function, which the search has found up to 1e-4 in x."""
    ratio = (np.sqrt(5.0) - 1) / 2
    low, high = 0.0, 3.0
    c = high - ratio * (high - low)
    d = low + ratio * (high - low)
    while high - low > 1e-4:
        if (c - p) ** 2 + 0.1 * c < (d - p) ** 2 + 0.1 * d:
            high = d
        else:
            low = c
        c = high - ratio * (high - low)
        d = low + ratio * (high - low)
    x = 0.5 * (low + high)
    return (x - p) ** 2 + 0.1 * x * p


def secant(a, b):
    """The root of x³ + a x - b."""
    x, y = 0.5, 1.5
    while abs(y - x) > 1e-9:
        f = x * x * x + a * x - b
        g = y * y * y + a * y - b
        x, y = y, y - g * (y - x) / (g - f)
    return y


def continued_fraction(x):
    """Lentz's method for tan x = x / (1 - x² / (3 - x² / (5 - …)))."""
    f = 1e-30
    c = f
    d = 0.0
    k = 0
    change = 2.0
    while abs(change - 1.0) > 1e-14:
        top = x if k == 0 else -x * x
        bottom = 2.0 * k + 1.0
        d = 1.0 / (bottom + top * d)
        c = bottom + top / c
        change = c * d
        f = f * change
        k = k + 1
    return f


def line_search(x):
    """Steps of gradient descent, each with a loop that shortens the step: two loops deep."""
    turns = 0
    while np.sum(x * x) > 0.05 and turns < 20:
        value = np.sum(x * x) + np.sum(np.cos(x))
        slope = 2 * x - np.sin(x)
        step = 1.0
        trial = x - step * slope
        while np.sum(trial * trial) + np.sum(np.cos(trial)) > value - 0.3 * step * (slope @ slope):
            step = step * 0.5
            trial = x - step * slope
        x = trial
        turns = turns + 1
    return x


def aitken(x):
    """The fixed point of cos(x) + 0.1 x, where each turn accelerates the iteration."""
    old = x + 1.0
    while abs(x - old) > 1e-7:
        old = x
        y = np.cos(x) + 0.1 * x
        z = np.cos(y) + 0.1 * y
        x = x - (y - x) ** 2 / (z - 2 * y + x)
    return x


def queue(arrivals, services):
    """The waiting times of a queue, until the doors close at time 6."""
    waits = np.zeros(arrivals.shape[0])
    now = 0.0
    free = 0.0
    k = 0
    while k < arrivals.shape[0] and now < 6.0:
        now = now + arrivals[k]
        start = max(now, free)
        waits[k] = (start - now) ** 2
        free = start + services[k]
        k = k + 1
    return waits


def three_deep(x, n):
    """Loops in loops in loops, of which each has a number of turns that depends on the others."""
    total = x
    i = 0
    while i < n:
        j = 0
        while j < i:
            y = total
            while y > 0.3:
                y = y * 0.6
            total = 0.5 * total + y * x + j
            j = j + 1
        i = i + 1
    return total


@dataclass(frozen=True)
class Case:
    fn: Callable[..., Any]
    args: tuple[Any, ...]
    argnums: tuple[int, ...]


R = np.random.default_rng(3)
M = R.standard_normal((4, 4))
SYMMETRIC = M @ M.T + np.diag([3.0, 0.5, 0.1, 0.0])

CASES = {
    case.fn.__name__: case
    for case in (
        Case(newton, (np.float64(7.0),), (0,)),
        Case(bisection, (np.float64(1.0), np.float64(2.5), np.float64(2.0)), (0, 1)),
        Case(collatz, (np.int64(7), np.float64(0.4)), (1,)),
        Case(power_iteration, (SYMMETRIC,), (0,)),
        Case(greatest_divisor, (np.int64(84), np.int64(36), np.float64(0.7)), (2,)),
        Case(adaptive_step, (np.float64(1.3), np.float64(2.1)), (0, 1)),
        Case(golden_section, (np.float64(1.2),), (0,)),
        Case(secant, (np.float64(0.8), np.float64(1.9)), (0, 1)),
        Case(continued_fraction, (np.float64(0.9),), (0,)),
        Case(line_search, (np.array([1.5, -0.7, 0.3]),), (0,)),
        Case(aitken, (np.float64(0.2),), (0,)),
        Case(queue, (R.random(20), R.random(20) * 1.2), (0, 1)),
        Case(three_deep, (np.float64(0.9), np.int64(4)), (0,)),
    )
}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture
def total(case: Case) -> Callable[..., Any]:
    """A smooth number of the program's results, as a function of the arguments that count."""
    program = lg.program(case.fn)

    def f(*moved: Any) -> Any:
        y = program(*placed(case, moved))
        return np.sum(np.sin(y) * (1 + 0.1 * np.arange(np.size(y)).reshape(np.shape(y))))

    return f


def placed(case: Case, moved: tuple[Any, ...]) -> list[Any]:
    args = list(case.args)
    for k, x in zip(case.argnums, moved):
        args[k] = x
    return args


def start(case: Case) -> tuple[Any, ...]:
    return tuple(case.args[k] for k in case.argnums)


def direction(case: Case) -> tuple[Any, ...]:
    r = np.random.default_rng(1)
    return tuple(np.asarray(r.standard_normal(np.shape(x)))[()] for x in start(case))


def slope(f: Callable[..., Any], case: Case, h: float = 1e-6) -> Any:
    """The central difference of f in the direction."""
    ends = [
        f(*(x + sign * h * d for x, d in zip(start(case), direction(case)))) for sign in (1, -1)
    ]
    return (np.asarray(ends[0]) - ends[1]) / (2 * h)


def inner(gradients: Any, directions: tuple[Any, ...]) -> Any:
    return sum(np.sum(g * d) for g, d in zip(gradients, directions))


def test_values(case: Case):
    check_value(case.fn, *case.args, backends=("numpy", "cpu"))


def test_values_of_kernels(case: Case):
    pytest.importorskip("triton", reason="Triton has no wheel for this system")
    check_value(case.fn, *case.args, backends=("triton",))


def test_a_program_is_a_loop_of_unknown_length(case: Case):
    """The loop did not run while letgrad traced the program: the program has the loop."""
    assert "ten.while" in str(lg.trace(lg.program(case.fn), *case.args))


def test_forward_derivatives(case: Case, total: Callable[..., Any]):
    _, forward = lg.jvp(total, start(case), direction(case))
    np.testing.assert_allclose(forward, slope(total, case), rtol=1e-5, atol=1e-7)


def test_reverse_derivatives(case: Case, total: Callable[..., Any]):
    gradients = lg.grad(total, argnums=tuple(range(len(case.argnums))))(*start(case))
    _, forward = lg.jvp(total, start(case), direction(case))
    np.testing.assert_allclose(inner(gradients, direction(case)), forward, rtol=1e-9, atol=1e-12)


def test_second_derivatives(case: Case, total: Callable[..., Any]):
    """Forward over reverse, and forward over forward, against differences of first derivatives."""
    argnums = tuple(range(len(case.argnums)))
    gradient = lg.jit(lg.grad(total, argnums=argnums))
    _, second = lg.jvp(lg.grad(total, argnums=argnums), start(case), direction(case))

    def along(*xs: Any) -> Any:
        return lg.jvp(total, xs, direction(case))[1]

    wanted = slope(lambda *xs: inner(gradient(*xs), direction(case)), case, 1e-7)
    np.testing.assert_allclose(inner(second, direction(case)), wanted, rtol=1e-5, atol=1e-6)
    _, second = lg.jvp(along, start(case), direction(case))
    np.testing.assert_allclose(second, wanted, rtol=1e-5, atol=1e-6)


def test_reverse_over_reverse_derivatives(case: Case, total: Callable[..., Any]):
    argnums = tuple(range(len(case.argnums)))
    gradient = lg.grad(total, argnums=argnums)

    def along(*xs: Any) -> Any:
        return inner(gradient(*xs), direction(case))

    _, wanted = lg.jvp(gradient, start(case), direction(case))
    second = lg.grad(along, argnums=argnums)(*start(case))
    for a, b in zip(second, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)


def test_vmap(case: Case, total: Callable[..., Any]):
    """The elements of a batch take different numbers of turns."""
    batch = [
        tuple(x + 0.05 * k * np.abs(d) for x, d in zip(start(case), direction(case)))
        for k in (0, 3, 1, 8)
    ]
    stacked = [np.stack(parts) for parts in zip(*batch, strict=True)]
    wanted = [total(*xs) for xs in batch]
    np.testing.assert_allclose(lg.jit(lg.vmap(total))(*stacked), wanted, rtol=1e-10)
    gradient = lg.grad(total, argnums=tuple(range(len(case.argnums))))
    found = lg.jit(lg.vmap(gradient))(*stacked)
    for k, xs in enumerate(batch):
        for a, b in zip(found, gradient(*xs), strict=True):
            np.testing.assert_allclose(a[k], b, rtol=1e-8, atol=1e-11)
