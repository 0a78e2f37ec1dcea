# pyright: reportArgumentType=false, reportCallIssue=false, reportOptionalSubscript=false
"""Which errors of a trace a handler of the program takes: those of Python, and none of letgrad."""

from __future__ import annotations

import contextlib
import math

import numpy as np
import pytest
from program_checks import compare

import letgrad as lg

X = np.array([2.0, -1.0, 0.0, 3.0])


def twice(a):
    return 2 * a


class Pair:
    def __init__(self, a):
        self.a = a

    def plus(self, b):
        return self.a + b


def value(fn, *args):
    return lg.jit(lg.program(fn), backend="numpy")(*args)


@pytest.mark.parametrize(
    "act",
    [
        lambda x: x + "a",
        lambda x: x < "a",
        lambda x: x + None,
        lambda x: x % None,
        lambda x: x | 1,
        lambda x: ~x,
        lambda x: x << 1,
        lambda x: x["a"],
        lambda x: x[1.5],
        lambda x: x[1 : x[0]],
        lambda x: x[7],
        lambda x: x[0, 0],
        lambda x: float(x),
        lambda x: math.sqrt(x),
        lambda x: math.hypot(x[0], x),
        lambda x: math.pow(x, 2.0),
        lambda x: math.isnan(x),
        lambda x: math.floor(x),
        lambda x: math.gamma(x),
        lambda x: int(x),
        lambda x: x(),
        lambda x: hash(x),
        lambda x: list(x[0]),
        lambda x: len(x[0]),
        lambda x: range(x[0]),
        lambda x: x.reshape(5),
        lambda x: x + np.ones(3),
        lambda x: x.no_such_name,
        lambda x: np.sum(x, axis=3),
        lambda x: np.sum(x, axis=1.5),
        lambda x: np.sum(x, no_such_name=1),
        lambda x: x.astype("nope"),
        lambda x: x.astype(int, casting="safe"),
        lambda x: (x * 1).__setitem__(0, "q"),
        lambda x: (lambda a, b: a)(*x),
        lambda x: twice(x, 2),
        lambda x: twice(x, scale=2),
        lambda x: Pair(x, x),
        lambda x: Pair(x).plus(),
    ],
)
def test_a_handler_runs_where_python_refuses(act):
    def fn(x):
        try:
            act(x)
            result = 1.0
        except Exception:
            result = -1.0
        return result

    assert fn(X) == -1
    compare(value(fn, X), fn(X))


def optional_array(x):
    a = x * 1 if x[0] > 0 else None
    a[0] = 3.0
    return a[0]


def mixed_range(x):
    n = 3.0 if x[1] > 0 else 2
    return len([1 for _ in range(n)])


def mixed_slice(x):
    n = x[0] if x[1] > 0 else np.int64(2)
    return x[:n].sum()


def mixed_bits(x):
    n = x[0] if x[1] > 0 else np.int64(2)
    return n | 1


@pytest.mark.parametrize(
    "act, said",
    [
        (lambda x: 2 ** int(x[0]), "an int or a float for this power"),
        (lambda x: float(x[0] * (1 + 1j)), "lose the imaginary part"),
        (lambda x: len(x.tobytes()), "tobytes is not supported"),
        (lambda x: 1 if x.ctypes else 2, "ctypes is not supported"),
        (lambda x: np.hstack([x[x > 0], x], dtype=np.float32)[0], "shape depends"),
        (optional_array, "this array may be None"),
        (mixed_range, "cannot be a bound of a range"),
        (mixed_slice, "slice indices must be integers"),
        (mixed_bits, "bitwise_or"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Casting complex")
def test_no_handler_runs_where_letgrad_alone_refuses(act, said):
    """The handler ran, and the value was that of another computation."""

    def broad(x):
        try:
            result = act(x)
        except Exception:
            result = -100.0
        return result

    def narrow(x):
        result = -100.0
        with contextlib.suppress(TypeError, AttributeError):
            result = act(x)
        return result

    for fn in (broad, narrow):
        assert fn(X) != -100
        with pytest.raises((TypeError, AttributeError), match=said):
            value(fn, X)


def test_numbers_from_text():
    def fn(x):
        y = x * 1
        y[0] = "3.5"
        try:
            y[1] = "q"
        except ValueError:
            y[1] = 8
        return y

    compare(value(fn, X), fn(X))


@pytest.mark.parametrize(
    "fn, said",
    [
        (lambda x: math.sqrt(x), "only length-1 arrays"),
        (lambda x: math.hypot(x[0], x), "only length-1 arrays"),
        (lambda x: math.exp(x[x > 0]), "math.exp takes numbers"),
        (lambda x: math.exp(x[: int(x[0])]), "math.exp takes numbers"),
    ],
)
def test_math_takes_no_arrays(fn, said):
    """The error was one of the compiler, or had no place, or the value was an array."""
    with pytest.raises(TypeError, match=rf"test_caught_refusals.py:\d+: {said}"):
        value(fn, X)
