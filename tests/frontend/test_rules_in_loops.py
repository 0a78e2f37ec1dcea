"""
Functions with derivatives of their own (`lg.custom_jvp`, `lg.custom_vjp`) in the bodies of loops,
in branches that `lg.vmap` computes for all elements, and in nested scans.

The rules are wrong on purpose, so that no derivative of the function itself passes for the rule's.
Beside them stand functions with the same value whose own derivative is the one of the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import letgrad as lg

pytestmark = pytest.mark.sampled(8)


class Pair(NamedTuple):
    square: Callable[[Any], Any]
    cube: Callable[[Any], Any]


def rules() -> Pair:
    square = lg.custom_jvp(lambda x: x * x)
    square.defjvp(lambda p, t: (square(p[0]), 3.0 * p[0] * t[0]))
    cube = lg.custom_vjp(lambda x: x**3)
    cube.defvjp(lambda x: (cube(x), x), lambda x, ct: (5.0 * x * x * ct,))
    return Pair(square, cube)


def alike() -> Pair:
    """The same values, with 3 x and 5 x² as derivatives of ordinary functions."""
    return Pair(
        lambda x: lg.stop_gradient(x * x - 1.5 * x * x) + 1.5 * x * x,
        lambda x: lg.stop_gradient(x**3 - 5 / 3 * x**3) + 5 / 3 * x**3,
    )


def mixed(p: Pair, x: Any) -> Any:
    return p.square(x) * 0.4 + p.cube(x) * 0.2


def scan(p: Pair, x: Any) -> Any:
    step = lambda c, r: (p.square(c) * 0.3 + p.cube(r) * 0.1, p.cube(c))  # noqa: E731
    return lg.scan(step, x[0], x)[1].sum()


def scan_with_checkpoint(p: Pair, x: Any) -> Any:
    step = lambda c, r: (p.square(c) * 0.3 + p.cube(r) * 0.1, p.cube(c))  # noqa: E731
    return lg.scan(step, x[0], x, checkpoint=2)[1].sum()


def fori(p: Pair, x: Any) -> Any:
    return lg.fori_loop(0, 5, lambda i, c: mixed(p, c), x).sum()


def until(p: Pair, x: Any) -> Any:
    return lg.while_loop(lambda c: c.sum() > 0.2, lambda c: mixed(p, c), x).sum()


def until_at_most(p: Pair, x: Any) -> Any:
    return lg.while_loop(lambda c: c.sum() > 0.2, lambda c: mixed(p, c), x, max_steps=20).sum()


def condition_of_a_rule(p: Pair, x: Any) -> Any:
    return lg.while_loop(lambda c: p.square(c).sum() > 0.1, lambda c: mixed(p, c), x).sum()


def cond(p: Pair, x: Any) -> Any:
    return lg.cond(p.square(x[0]) > 0.3, lambda: p.square(x), lambda: p.cube(x)).sum()


def switch(p: Pair, x: Any) -> Any:
    both = lambda x: p.square(p.cube(x))  # noqa: E731
    return lg.switch((x[0] * 3).astype(int), [p.square, p.cube, both], x).sum()


def cond_in_scan(p: Pair, x: Any) -> Any:
    def step(c: Any, r: Any) -> Any:
        return lg.cond(r > 0.5, lambda: p.square(c), lambda: p.cube(c) + r), c

    return lg.scan(step, x[0], x)[1].sum()


def while_in_cond(p: Pair, x: Any) -> Any:
    loop = lambda: lg.while_loop(lambda c: c > 0.1, lambda c: p.square(c) * 0.7, x[1])  # noqa: E731
    return lg.cond(x[0] > 0.5, loop, lambda: p.cube(x[1]))


def nested(p: Pair, x: Any) -> Any:
    def outer(c: Any, r: Any) -> Any:
        step = lambda d, q: (p.square(d) * 0.3 + p.cube(q) * 0.2 + r * 0.1, d)  # noqa: E731
        return lg.scan(step, c, x)[0], c

    return lg.scan(outer, x[0], x)[1].sum()


def for_in_while(p: Pair, x: Any) -> Any:
    body = lambda c: lg.fori_loop(0, 3, lambda i, d: mixed(p, d) * 1.2, c)  # noqa: E731
    return lg.while_loop(lambda c: c.max() > 0.05, body, x).sum()


def associative(p: Pair, x: Any) -> Any:
    return lg.associative_scan(lambda a, b: a + b, p.square(x) + p.cube(x)).sum()


def mapped(p: Pair, x: Any) -> Any:
    return lg.vmap(lambda r: lg.fori_loop(0, 3, lambda i, d: mixed(p, d), r))(x).sum()


PROGRAMS = (
    scan, scan_with_checkpoint, fori, until, until_at_most, condition_of_a_rule, cond, switch,
    cond_in_scan, while_in_cond, nested, for_in_while, associative, mapped,
)  # fmt: skip
X = np.array([0.9, 0.3, 0.7, 0.5])
ROWS = np.stack([X, X[::-1], X * 0.2 + 0.1])
T = np.array([0.3, -0.2, 0.5, 0.1])


@pytest.fixture(params=PROGRAMS, ids=lambda f: f.__name__)
def both(request: pytest.FixtureRequest) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A program on functions with rules, and the same one on ordinary functions."""
    return tuple(lambda x, p=p: request.param(p, x) for p in (rules(), alike()))  # type: ignore[return-value]


def close(x: Any, y: Any) -> None:
    np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-12)


def test_values(both: Any):
    for backend in ("numpy", "cpu"):
        close(lg.jit(both[0], backend=backend)(X), both[1](X))


def test_gradients(both: Any):
    close(*(lg.grad(f)(X) for f in both))


def test_gradients_of_gradients(both: Any):
    close(*(lg.grad(lambda x, f=f: (lg.grad(f)(x) * T).sum())(X) for f in both))


def test_vmap(both: Any):
    close(lg.jit(lg.vmap(both[0]))(ROWS), [both[1](x) for x in ROWS])


def test_vmap_of_gradients(both: Any):
    close(lg.jit(lg.vmap(lg.grad(both[0])))(ROWS), [lg.grad(both[1])(x) for x in ROWS])


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_forward_derivatives(program: Callable[..., Any]):
    """`custom_vjp` has no forward derivative. So both functions have a `custom_jvp` rule here."""
    square, cube = rules().square, lg.custom_jvp(lambda x: x**3)
    cube.defjvp(lambda p, t: (cube(p[0]), 5.0 * p[0] * p[0] * t[0]))
    pairs = Pair(square, cube), alike()
    close(*(lg.jvp(lambda x, p=p: program(p, x), (X,), (T,))[1] for p in pairs))
