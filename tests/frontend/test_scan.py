"""`lg.scan` and `lg.fold`: each against the same loop written out, and what they say of errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import letgrad as lg
from letgrad.frontend import pytree

pytestmark = pytest.mark.sampled(5)

RNG = np.random.default_rng(0)
XS = RNG.standard_normal(5)


def loop(f: Callable, init: Any, xs: Any = None, length: int | None = None, reverse: bool = False):
    """`lg.scan` by a loop of Python."""
    leaves, tree = pytree.flatten(xs)
    n = length if length is not None else len(leaves[0])
    carry, ys = init, [None] * n
    for k in reversed(range(n)) if reverse else range(n):
        carry, ys[k] = f(carry, tree.unflatten([lg.asarray(x)[k] for x in leaves]))
    rows = [pytree.flatten(y) for y in ys]
    stacked = [lg.asarray(list(column)) for column in zip(*(row for row, _ in rows))]
    return carry, rows[0][1].unflatten(stacked)


def same(a: Any, b: Any) -> None:
    (xs, tree), (ys, other) = pytree.flatten(a), pytree.flatten(b)
    assert tree == other
    for x, y in zip(xs, ys, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-12)


class State(NamedTuple):
    h: Any
    n: Any


def recurrence(scan, c, xs):
    return scan(lambda c, x: (np.sin(c * x + 0.5), c * x), c, xs)


def backwards(scan, c, xs):
    return scan(lambda c, x: (np.sin(c * x + 0.5), c + x), c, xs, reverse=True)


def containers(scan, c, xs):
    def step(carry, x):
        state, old = carry
        h = np.tanh(state.h["a"] * x["u"] + x["v"])
        return (State({"a": h}, state.n + 1), [h * old[0]]), {"h": h, "n": state.n}

    return scan(step, (State({"a": c}, 0), [1.0]), {"u": xs, "v": xs**2})


def counted(scan, c, xs):
    xs = lg.asarray(xs)

    def step(carry, _):
        k, total = carry
        return (k + 1, total + xs[k] * xs[(k * k) % 5] * c), total * xs[k]

    return scan(step, (0, 0.0), None, length=5)


def of_scans(scan, c, xs):
    def step(c, x):
        inner, ys = scan(lambda d, y: (d * y + x, np.cos(d)), c, xs)
        return np.sin(inner), np.sum(ys) * x

    return scan(step, c, xs)


def with_a_branch(scan, c, xs):
    def step(c, x):
        new = lg.cond(x > 0, lambda: np.exp(np.sin(c * x)), lambda: np.tanh(np.sin(c)) + x)
        return new, new * x

    return scan(step, c, xs)


def in_a_branch(scan, c, xs):
    return lg.cond(c > 0, lambda: recurrence(scan, c, xs), lambda: backwards(scan, c, xs))


def with_a_build(scan, c, xs):
    def step(v, x):
        return lg.build(3, lambda i: np.sin(v[i] * x) + v[(i + 1) % 3]), v[0]

    return scan(step, np.stack([c, c * 2, c + 1]), xs)


def in_a_build(scan, c, xs):
    xs = lg.asarray(xs)
    return lg.build(4, lambda i: scan(lambda d, x: (np.sin(d * x), d), c * xs[i], xs)[1])


def with_selects(scan, c, xs):
    return scan(lambda c, x: (np.where(x > 0, np.sqrt(abs(x)) * c, c), c), c, xs)


def with_a_constant(scan, c, xs):
    return scan(lambda c, x: (c * lg.stop_gradient(c) + x, lg.stop_gradient(c)), c, xs)


def with_a_gradient(scan, c, xs):
    slope = lg.grad(lambda c, x: np.sin(c * x))
    return scan(lambda c, x: (c + slope(c, x), slope(c, x)), c, xs)


@lg.custom_jvp
def cube(x):
    return x**3


@cube.defjvp
def _(primals, tangents):
    return primals[0] ** 3, 3 * primals[0] ** 2 * tangents[0]


@lg.custom_vjp
def sine(x, y):
    return np.sin(x) * y


sine.defvjp(
    lambda x, y: (np.sin(x) * y, (x, y)),
    lambda r, ct: (np.cos(r[0]) * r[1] * ct, np.sin(r[0]) * ct),
)


def with_a_custom_jvp(scan, c, xs):
    return scan(lambda c, x: (np.sin(cube(c * x)), cube(c)), c, xs)


def with_a_custom_vjp(scan, c, xs):
    return scan(lambda c, x: (sine(c, x), c * x), c, xs)


FUNCTIONS = [
    recurrence, backwards, containers, counted, of_scans, with_a_branch, in_a_branch, with_a_build,
    in_a_build, with_selects, with_a_constant, with_a_gradient, with_a_custom_jvp,
    with_a_custom_vjp,
]  # fmt: skip
FORWARD = [f for f in FUNCTIONS if f is not with_a_custom_vjp]


def total(f: Callable, scan: Callable) -> Callable:
    """A number of all that f gives."""

    def of(c, xs):
        leaves, _ = pytree.flatten(f(scan, c, xs))
        return sum((k + 1.5) * np.sum(np.sin(leaf)) for k, leaf in enumerate(leaves))

    return of


@pytest.mark.parametrize("f", FUNCTIONS)
def test_values(f):
    for backend in ("numpy", "cpu"):
        run = lg.jit(lambda c, xs: f(lg.scan, c, xs), backend=backend)
        same(run(0.7, XS), lg.jit(lambda c, xs: f(loop, c, xs), backend="numpy")(0.7, XS))


@pytest.mark.parametrize("f", FUNCTIONS)
def test_gradients(f):
    grads = [lg.value_and_grad(total(f, scan), argnums=(0, 1))(0.7, XS) for scan in (lg.scan, loop)]
    same(*grads)


@pytest.mark.parametrize("f", FORWARD)
def test_jvp(f):
    tangents = (1.5, RNG.standard_normal(5))
    same(*(lg.jvp(total(f, scan), (0.7, XS), tangents) for scan in (lg.scan, loop)))


@pytest.mark.sampled(6)
@pytest.mark.parametrize("f", FORWARD)
def test_hessians(f):
    same(*(lg.hessian(total(f, scan), argnums=1)(0.7, XS) for scan in (lg.scan, loop)))


@pytest.mark.parametrize("f", FUNCTIONS)
def test_vmap(f):
    for axes, args in (
        ((0, None), (np.linspace(-1, 1, 3), XS)),
        ((None, 0), (0.7, RNG.standard_normal((3, 5)))),
        ((0, 1), (np.linspace(-1, 1, 3), RNG.standard_normal((5, 3)))),
    ):
        run = lg.vmap(lambda c, xs: f(lg.scan, c, xs), in_axes=axes)
        same(run(*args), lg.vmap(lambda c, xs: f(loop, c, xs), in_axes=axes)(*args))


@pytest.mark.parametrize("f", [recurrence, counted, of_scans, with_a_branch, with_a_build])
def test_jacobians(f):
    for jacobian in (lg.jacrev, lg.jacfwd):
        found = [
            jacobian(lambda xs, scan=scan: f(scan, xs[1], xs)[1])(XS) for scan in (lg.scan, loop)
        ]
        same(*found)


@pytest.mark.parametrize("f", [recurrence, backwards, with_a_build])
def test_gradients_of_gradients(f):
    def norm(scan):
        slope = lg.grad(total(f, scan), argnums=1)
        return lambda c, xs: np.sum(slope(c, xs) ** 2)

    same(*(lg.grad(norm(scan), argnums=(0, 1))(0.7, XS) for scan in (lg.scan, loop)))
    third = [
        lg.jvp(lg.grad(norm(scan), argnums=1), (0.7, XS), (1.0, XS)) for scan in (lg.scan, loop)
    ]
    same(*third)


def test_fold():
    assert lg.fold(lambda c, x: c * x, 1.0, np.array([2.0, 3, 4])) == 24
    assert lg.grad(lambda xs: lg.fold(lambda c, x: c * x, 1.0, xs))(np.ones(3)).tolist() == [1] * 3


def test_no_steps():
    carry, ys = lg.scan(lambda c, x: (c * x, {"y": c + x}), 2.5, np.zeros(0))
    assert carry == 2.5 and ys["y"].shape == (0,)
    carry, ys = lg.scan(lambda c, x: (c, np.zeros((2, 3))), (), None, length=0)
    assert carry == () and ys.shape == (0, 2, 3)
    gradient = lg.grad(lambda c: lg.fold(lambda c, x: np.sum(c * x), c, np.zeros((0, 3))))
    assert gradient(2.0) == 1


def test_a_hundred_thousand_steps():
    xs = np.random.default_rng(1).standard_normal(100_000)
    value, slopes = lg.value_and_grad(
        lambda xs: lg.fold(lambda c, x: 0.5 * c + np.sin(x), 0.0, xs)
    )(xs)
    expected = 0.0
    for x in xs:
        expected = 0.5 * expected + np.sin(x)
    np.testing.assert_allclose(value, expected)
    np.testing.assert_allclose(slopes[-3:], np.cos(xs[-3:]) * [0.25, 0.5, 1])


@pytest.mark.parametrize("dtype", ["f16", "bf16", "f32", "i8", "i16", "i32", "i1"])
def test_dtypes(dtype):
    kind = lg.spec((), dtype).dtype
    xs = np.array([0, 1, 1, 2, 1]).astype(kind)
    step = (lambda c, x: c ^ x) if dtype == "i1" else (lambda c, x: c * x + c)
    for backend in ("numpy", "cpu"):
        run = lg.jit(
            lambda c, xs: lg.scan(lambda c, row: (step(c, row), c), c, xs), backend=backend
        )
        carry, ys = run(np.ones((), kind)[()], xs)
        assert carry.dtype == ys.dtype == kind
        c = np.ones((), kind)[()]
        for k, x in enumerate(xs):
            assert ys[k] == c
            c = step(c, x)
        assert carry == c


@pytest.mark.parametrize(
    ("init", "xs", "step", "dtype"),
    [
        (0, np.ones(3, np.float32), lambda c, x: c + x, "float32"),
        (0.0, np.ones(3, np.float32), lambda c, x: c + x, "float32"),
        (0.0, np.ones(3, np.float16), lambda c, x: c + x, "float16"),
        (0.0, np.ones(3, np.int32), lambda c, x: c + 1, "float64"),
        (0, np.ones(3, np.int32), lambda c, x: c + 1, "int64"),
        (0, np.ones(3, np.int8), lambda c, x: c + x, "int8"),
        (0, np.ones(3, np.int32), lambda c, x: c + 0.5, "float64"),
        (0.0, np.ones(3), lambda c, x: 1, "float64"),
        (0.0, np.ones(3, np.float32), lambda c, x: c + 1, "float64"),
        (0.0, np.ones(3, lg.spec((), "bf16").dtype), lambda c, x: c + x, "bfloat16"),
        (np.float32(0), np.ones(3, np.float32), lambda c, x: 0.5, "float32"),
    ],
)
def test_python_numbers_take_the_dtype_that_they_meet(init, xs, step, dtype):
    assert lg.fold(step, init, xs).dtype == dtype


def test_numbers_that_change_places():
    """Each is as wide as what comes into its place, be it a step later."""
    first, second = lg.fold(lambda c, x: (c[1], c[0] + x), (0, 0.0), np.ones(3, np.float32))
    assert first.dtype == second.dtype == np.float32


ERRORS: dict[str, Callable] = {
    "the function of lg.scan must give a pair (carry, y), not": lambda: lg.scan(
        lambda c, x: c, 0.0, XS
    ),
    "the carry of lg.fold changes its structure: * against (*, *)": lambda: lg.fold(
        lambda c, x: (c, c), 0.0, XS
    ),
    "the carry of lg.scan changes at ['a'] from float32[2] to float64[2]; the carry must keep "
    "its shape and dtype in each step": lambda: lg.scan(
        lambda c, x: ({"a": c["a"] * x}, 0), {"a": np.zeros(2, np.float32)}, XS
    ),
    "the carry of lg.fold changes from int64[] to float64[]": lambda: lg.fold(
        lambda c, x: c + x, np.int64(0), XS
    ),
    "the carry of lg.fold changes at [1] from float64[5] to float64[2, 5]": lambda: lg.fold(
        lambda c, x: (c[0], np.stack([c[1], c[1]])), (0.0, XS), XS
    ),
    "lg.scan: xs[0] has 5 rows, and xs[1] has 4 rows": lambda: lg.scan(
        lambda c, x: (c, c), 0.0, (XS, XS[1:])
    ),
    "lg.scan: length is 4, and xs has 5 rows": lambda: lg.scan(
        lambda c, x: (c, c), 0.0, XS, length=4
    ),
    "lg.scan needs xs or a length": lambda: lg.scan(lambda c, x: (c, c), 0.0),
    "lg.fold steps over rows, and xs[0] is a scalar": lambda: lg.fold(
        lambda c, x: c, 0.0, (1.0, XS)
    ),
    "the length of lg.scan is negative: -1": lambda: lg.scan(
        lambda c, x: (c, c), 0.0, length=-1
    ),
    "the length of lg.scan must be an integer, not 2.0": lambda: lg.scan(
        lambda c, x: (c, c), 0.0, length=2.0
    ),
    "reverse must be True or False, not 1": lambda: lg.scan(
        lambda c, x: (c, c), 0.0, XS, reverse=1
    ),
}  # fmt: skip


@pytest.mark.parametrize("message", ERRORS)
def test_errors(message):
    call = ERRORS[message]
    with pytest.raises((TypeError, ValueError), match=re.escape(message)) as error:
        call()
    assert "test_scan.py:" in str(error.value)


def test_what_leaks_out_of_a_step():
    kept = []
    lg.fold(lambda c, x: kept.append(x) or c, 0.0, XS)
    with pytest.raises(TypeError, match="after the end of its trace"):
        lg.trace(lambda y: y + kept[0], 1.0)
