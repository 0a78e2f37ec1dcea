"""Loops and conditions that change items of lists and dicts, and attributes of objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([0.5, -1.0, 2.0, 0.3])


def items_of_a_dict(x):
    state = {"x": x.copy(), "m": np.zeros_like(x), "n": 0}
    for t in range(1, 6):
        g = 2 * state["x"] + np.sin(state["x"])
        state["m"] = 0.9 * state["m"] + 0.1 * g
        state["x"] -= 0.1 * state["m"] / (1 - 0.9**t)
        state["n"] += t
    return state["x"], state["m"], state["n"]


def items_of_nested_lists(x):
    grid = [[x[0], x[1]], [x[2], x[3]]]
    for _ in range(6):
        grid[0][0] += 0.1 * grid[1][1]
        grid[1][0], grid[0][1] = grid[0][1], grid[1][0]
    return np.array(grid)


class Body:
    def __init__(self, place, speed):
        self.place, self.speed = place, speed

    def step(self, h):
        self.speed = self.speed - h * self.place
        self.place = self.place + h * self.speed


def attributes(x):
    bodies = [Body(x[:2], x[2:]), Body(x[2:] * 2, x[:2])]
    for _ in range(5):
        for body in bodies:
            body.step(0.1)
        bodies[0].speed = bodies[0].speed + 0.01 * bodies[1].place
    return bodies[0].place, bodies[1].speed


@dataclass(slots=True)
class Slots:
    total: float
    turns: int = 0


def slots(x):
    s = Slots(0.0)
    for v in x:
        s.total = 0.5 * s.total + v * v
        s.turns += 1
    return s.total, s.turns


def under_conditions(x):
    state = {"best": x[0], "at": 0}
    s = Slots(0.0)
    for i in range(1, len(x)):
        if x[i] > state["best"]:
            state["best"] = x[i]
            state["at"] = i
        else:
            s.total += x[i] ** 2
            s.turns += 1
    if state["best"] > 0.9:
        s.total *= 3.0
    return state["best"], state["at"], s.total, s.turns


def under_a_while(x):
    state = {"x": x[2], "n": 0}
    while state["x"] < 50.0:
        state["x"] = state["x"] * 1.5 + 1
        state["n"] += 1
        if state["n"] > 4:
            break
    return state["x"], state["n"]


def arrays_of_a_list(x):
    parts = [x.copy(), np.zeros(4)]
    same = parts[0]
    for i in range(3):
        parts[0][i] = 5.0
        parts[1] = parts[1] + parts[0]
        parts[0], parts[1] = parts[1], parts[0] * 1.0
    return parts[0], parts[1], same


def early_return(x):
    state = [x[0]]
    for i in range(1, 4):
        state[0] = state[0] + x[i]
        if state[0] > 1.0:
            return state[0] * 2
    return state[0]


ALL = [
    items_of_a_dict,
    items_of_nested_lists,
    attributes,
    slots,
    under_conditions,
    under_a_while,
    arrays_of_a_list,
    early_return,
]
UNROLLED = {"arrays_of_a_list"}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("fn", ALL, ids=lambda fn: fn.__name__)
@pytest.mark.parametrize("sign", [1, -1])
def test_it_is_as_in_python(fn, sign):
    with lg.remarks() as found:
        check_value(fn, sign * X)
    assert ("is unrolled" in str(found)) == (fn.__name__ in UNROLLED)
    check_gradient(fn, sign * X)


def test_an_object_with_slots_that_a_loop_fills_is_unrolled():
    """The turns differ, and no change of such an object is lost."""

    def fills(x):
        s = Slots(0.0)
        names = []
        for v in x:
            names.append(v)
            s.turns = len(names)
        return s.turns * names[-1]

    check_value(fills, X)
