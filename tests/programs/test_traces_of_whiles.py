"""How often letgrad traces the body of a `while`, and what the body has then."""

import numpy as np
from program_checks import check_gradient, check_value

import letgrad as lg
from letgrad.frontend.programs.loop_bodies import Body

X = np.array([1.0, 2.0, 3.0])


@lg.program
def halved(x):
    while np.sum(np.abs(x)) > 1.0:
        x = x * 0.5
    return x


@lg.program
def written(x):
    y = x.copy()
    last = y
    while np.max(np.abs(y)) > 1.0:
        last = y.copy()
        y[1:] = 0.5 * y[:-1] + 0.1 * last[1:]
        y[0] *= 0.4
    return y, last


def test_the_test_stands_in_the_condition_only():
    assert str(lg.trace(halved, X)).count("math.absf") == 1


def test_the_body_is_traced_twice(monkeypatch):
    """The first trace finds what the loop carries; the second one is the body."""
    turns = []
    turn = Body.turn
    monkeypatch.setattr(Body, "turn", lambda self, item: turns.append(0) or turn(self, item))
    lg.trace(halved, X)
    assert len(turns) == 2


def test_values_and_gradients():
    for fn in (halved, written):
        check_value(fn, X)
        check_gradient(fn, X)
