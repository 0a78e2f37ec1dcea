"""Iterators and random generators that the body of a loop moves on: each turn gets its own item."""

from __future__ import annotations

import functools
import itertools
import random

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([0.3, -1.2, 0.7, 2.1, -0.4])


def noise(x):
    rng = np.random.default_rng(0)
    total = 0.0
    for _ in range(4):
        total += np.sum(np.tanh(x + 0.1 * rng.normal(size=5)))
    return total


def permutations(x):
    rng = np.random.RandomState(1)
    total = 0.0
    for _ in range(3):
        for i in rng.permutation(5):
            total = 0.9 * total + x[i]
    return total


def bound_draws(x):
    draw = np.random.default_rng(2).normal
    pair = functools.partial(random.Random(3).gauss, 0, 1)
    total = 0.0
    for v in x:
        total += v * draw() + pair() * v**2
    return total


class Walk:
    def __init__(self):
        self.rng = np.random.default_rng(5)

    def step(self, x):
        return x + self.rng.uniform()


def generator_of_an_object(x):
    walk = Walk()
    for _ in range(3):
        x = np.sin(walk.step(x))
    return x


def items_of_a_list(x):
    weights = iter([1.0, 2.0, 5.0, 7.0, 11.0])
    total = 0.0
    for v in x:
        total += v * next(weights)
    return total


def cycle_and_count(x):
    parts = {"sign": itertools.cycle([1.0, -1.0]), "power": itertools.count(1)}
    total = 0.0
    for v in x:
        total += next(parts["sign"]) * v ** next(parts["power"])
    return total


def generator_function(x):
    def powers():
        k = 1.0
        while True:
            yield k
            k *= 1.5

    scales = powers()
    total = next(scales)
    for v in x:
        total += v * next(scales) * next(scales)
    return total + next(scales)


def two_names(x):
    ks = iter(range(10))
    other = ks
    total = 0.0
    for v in x:
        total = 0.5 * total + v * next(ks) - next(other)
    return total


PROGRAMS = (
    noise, permutations, bound_draws, generator_of_an_object, items_of_a_list, cycle_and_count,
    generator_function, two_names,
)  # fmt: skip


@pytest.mark.parametrize("fn", PROGRAMS)
def test_each_turn_has_its_own_item(fn):
    check_value(fn, X)
    check_gradient(fn, X)


def takes_an_item(x):
    ks = itertools.count(1)
    total = 0.0
    for v in x:
        if v > 0:
            total += v * next(ks)
    return total


def draws_a_number(x):
    rng = np.random.default_rng(0)
    while x[0] < 5:
        x = x + rng.uniform()
    return x


@pytest.mark.parametrize(
    "fn, message",
    [
        (takes_an_item, "test_hidden_states.py:.* changes the place of a Python count"),
        (draws_a_number, r"test_hidden_states.py:.* the state of a random generator \(Generator\)"),
    ],
)
def test_what_only_the_run_decides_is_an_error(fn, message):
    with pytest.raises(TypeError, match=message):
        lg.jit(lg.program(fn))(X)


def test_an_iterator_beside_a_loop_gives_items_only():
    def sends(x):
        def echo():
            y = 0.0
            while True:
                y = yield y

        pipe = echo()
        next(pipe)
        for v in x:
            x = x + pipe.send(v)
        return x

    with pytest.raises(TypeError, match="take items of the generator, and not use its send"):
        lg.jit(lg.program(sends))(X)


def test_a_generator_from_outside_of_a_loop():
    """An error in the trace of a turn must not end the generator."""

    def roots(x):
        def newton(a):
            g = 1.0
            while True:
                g = 0.5 * (g + a / g)
                yield g

        steps = newton(x[0])
        squares = map(lambda v: v * v, x)
        total = 0.0
        for _ in range(3):
            total = total + next(steps) * next(squares)
        return total

    check_value(roots, np.array([2.0, 3.0, 5.0]))
    check_gradient(roots, np.array([2.0, 3.0, 5.0]))


def test_a_set_of_objects():
    """Python knows an object of the user from all others."""

    class Node:
        def __init__(self, value, before=()):
            self.value, self.before = value, before

    def walked(x):
        first = Node(x[0])
        second = Node(x[1], (first,))
        third = Node(x[2], (first, second))
        seen = set()
        order = []

        def walk(node):
            if node not in seen:
                seen.add(node)
                for other in node.before:
                    walk(other)
                order.append(node)

        walk(third)
        return sum(k * node.value for k, node in enumerate(order))

    check_value(walked, np.array([2.0, 3.0, 5.0]))
    check_gradient(walked, np.array([2.0, 3.0, 5.0]))
