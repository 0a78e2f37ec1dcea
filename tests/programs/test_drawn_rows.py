"""Loops that draw from generators of known states are loops, with the numbers that Python draws."""

from __future__ import annotations

import random

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([1.0, 0.5, 2.0])
N = 10


def walk(x):
    rng = np.random.default_rng(3)
    path = [x.copy()]
    for _ in range(N):
        x = x + 0.1 * rng.normal(size=3) * x[rng.integers(3)]
        path.append(x)
    return np.array(path), rng.random()


def metropolis(x):
    rng = np.random.RandomState(3)
    accepted = 0
    for _ in range(N):
        y = x + 0.3 * rng.randn(3)
        if rng.rand() < np.exp(np.sum(x**2) - np.sum(y**2)):
            x = y
            accepted += 1
    return x, accepted


def loops_in_loops(x):
    rng = np.random.default_rng(0)
    for _ in range(N):
        x = x + 0.1 * rng.normal(size=3)
        for _ in range(3):
            x = x * rng.uniform(0.5, 1)
        for _ in range(N):
            x = x + 0.01 * rng.normal()
        x = x - rng.normal()
    return x, rng.random()


def batches(x):
    rng = np.random.RandomState(1)
    data = rng.randn(24, 3)
    for _ in range(3):
        order = rng.permutation(24)
        for i in range(0, 24, 8):
            batch = data[order[i : i + 8]]
            x = x - 0.1 * batch.T @ (batch @ x - 1) / 8
    return x


def of_python(x):
    rng = random.Random(3)
    for _ in range(N):
        x = x + rng.gauss(0, 1) * 0.1 * x + rng.choice([1.0, 2.0])
    return x, rng.random()


def written(x):
    rng = np.random.default_rng(0)
    first = rng.normal(size=(2, 3))
    first[0] = x
    for _ in range(N):
        noise = rng.normal(size=3)
        noise *= x
        noise[1] = 0.0
        x = 0.9 * x + 0.1 * noise
    return x + first.sum(axis=0)


LOOPS = [walk, metropolis, loops_in_loops, batches, of_python, written]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("fn", LOOPS, ids=lambda f: f.__name__)
def test_value_and_gradient(fn):
    check_value(fn, X, backends=("numpy",))
    check_gradient(fn, X)


@pytest.mark.parametrize("fn", LOOPS, ids=lambda f: f.__name__)
def test_is_a_loop(fn):
    with lg.remarks() as found:
        lg.trace(lg.program(fn), X)
    assert "unrolled" not in str(found)


def other_sizes(x):
    rng = np.random.default_rng(0)
    for k in range(N):
        x = x + rng.normal(size=k % 3 + 1).sum()
    return x, rng.random()


def in_a_comprehension(x):
    rng = np.random.default_rng(0)
    for _ in range(N):
        x = x + sum([rng.normal() for _ in range(4)])
    return x, rng.random()


def in_a_while_inside(x):
    rng = np.random.default_rng(0)
    for _ in range(N):
        k = 0
        while k < 3:
            x = x + 0.1 * rng.normal(size=3)
            k += 1
    return x, rng.random()


@pytest.mark.parametrize("fn", [other_sizes, in_a_comprehension, in_a_while_inside])
def test_other_draws_are_right(fn):
    check_value(fn, X, backends=("numpy",))


def test_draws_under_a_condition_are_an_error():
    def f(x):
        rng = np.random.default_rng(0)
        for _ in range(N):
            if x[0] < 1.2:
                x = x + 0.1 * rng.normal(size=3)
        return x

    with pytest.raises(TypeError, match=r"test_drawn_rows\.py:\d+: .*random generator"):
        lg.trace(lg.program(f), X)
