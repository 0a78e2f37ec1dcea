"""The error for a traced value in the place of a number: who wanted it, and what to write."""

from __future__ import annotations

import collections
import copy
import fractions
import heapq
import json
import math
import pickle
import re
import runpy
import statistics
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import letgrad as lg

CONST = np.arange(5.0)
ROWS = [1.0, 2.0, 3.0]


def whole(x: Any) -> Any:
    return x[0].astype(int)


def while_loop(x: Any) -> Any:
    while x[0] > 0:
        x = x - 1
    return x


def branch(x: Any) -> Any:
    if x[0] > 0:
        return x
    return -x


def write_element(x: Any) -> Any:
    a = np.zeros(3)
    a[0] = x[0]
    return a


def write_all(x: Any) -> Any:
    a = np.zeros(3)
    a[:] = x
    return a


def write_at(x: Any) -> Any:
    a = np.zeros(3)
    a[whole(x)] = 1.0
    return a


def counted(x: Any) -> Any:
    for _ in range(whole(x)):
        x = x + 1
    return x


PROGRAMS: list[tuple[Callable[[Any], Any], str, str]] = [
    (lambda x: np.array([x[0], x[1]]), "numpy.array", "lg.asarray([…])"),
    (lambda x: np.asarray(x), "numpy.asarray", "is an array already"),
    (lambda x: np.asarray([x[0], 1.0]), "numpy.asarray", "np.stack([…])"),
    (lambda x: np.full(3, x[0]), "numpy.full", "np.broadcast_to(x, shape)"),
    (lambda x: np.full_like(CONST, x[0]), "numpy.full_like", "np.broadcast_to(x, np.shape(a))"),
    (lambda x: np.int64(x[0]), "numpy.int64", "x.astype(np.int64)"),
    (lambda x: np.float32(x), "numpy.float32", "x.astype(np.float32)"),
    (lambda x: np.arange(x[0]), "numpy.arange", "start + step * np.arange(n)"),
    (lambda x: np.zeros(whole(x)), "numpy.zeros", "sizes are fixed"),
    (lambda x: np.ones((whole(x), 2)), "numpy.ones", "sizes are fixed"),
    (lambda x: np.eye(whole(x)), "numpy.eye", "sizes are fixed"),
    (lambda x: x.reshape(whole(x), -1), "the method reshape", "sizes are fixed"),
    (lambda x: np.fromiter(x, float), "numpy.fromiter", "np.stack(list(values))"),
    (lambda x: np.vectorize(lambda v: v + 1)(x), "numpy.vectorize", "lg.vmap(f)(x)"),
    (lambda x: np.r_[x, 1.0], "numpy.r_", "np.concatenate([…])"),
    (lambda x: np.sum([CONST[0], x[0]]), "numpy.sum", "lg.asarray([…])"),
    (lambda x: np.copyto(np.zeros(3), x), "numpy.copyto", "cannot hold a traced value"),
    (lambda x: np.zeros(3).fill(x[0]), "the method fill", "cannot hold a traced value"),
    (lambda x: CONST.take(x.astype(int)), "numpy.ndarray.take", "lg.asarray(CONST)[i]"),
    (lambda x: np.take(CONST, x.astype(int)), "numpy.take", "lg.asarray(a)[i]"),
    (lambda x: CONST.searchsorted(x), "numpy.ndarray.searchsorted", "np.searchsorted(CONST, …)"),
    (lambda x: CONST[:3].dot(x), "the method dot", "np.dot(CONST[:3], …)"),
    (lambda x: np.random.default_rng(0).normal(x[0], 1.0), "the method normal", "draw standard"),
    (lambda x: CONST[whole(x)], "the index of CONST", "lg.asarray(CONST)[whole(x)]"),
    (lambda x: ROWS[whole(x)], "the index of ROWS", "lg.asarray(ROWS)[whole(x)]"),
    (lambda x: CONST[x > 0], "the index of CONST", "np.where(mask, CONST, 0)"),
    (lambda x: CONST[: whole(x)], "the index of CONST", "lg.gather(n, CONST, "),
    (lambda x: CONST[slice(whole(x))], "the index of CONST", "take static_argnums"),
    (
        lambda x: lg.asarray(CONST)[slice(whole(x))],
        "the index of lg.asarray",
        "lg.gather(n, lg.asarray(CONST), ",
    ),
    (lambda x: math.sin(x[0]), "math.sin", "write np.sin(x)"),
    (lambda x: math.floor(x[0]), "math.floor", "write np.floor(x)"),
    (lambda x: math.pow(x[0], 2.0), "math.pow", "write np.power(x)"),
    (lambda x: int(x[0]), "Python int()", "x.astype(int)"),
    (lambda x: float(x[0]), "Python float()", "x.astype(float)"),
    (lambda x: bool(x[0]), "Python bool()", "x != 0"),
    (lambda x: statistics.fmean(x), "statistics.fmean", "write np.mean(x)"),
    (lambda x: statistics.correlation(x, x), "statistics.correlation", "use NumPy's functions"),
    (lambda x: statistics.NormalDist(x[0], 1).cdf(0), "statistics.NormalDist", "use NumPy's"),
    (lambda x: heapq.nlargest(2, x), "heapq.nlargest", "use NumPy's functions"),
    (lambda x: np.testing.assert_allclose(x, x), "numpy.testing.assert_allclose", "lg.asarray"),
    (lambda x: np.ma.array(x), "numpy.ma", "letgrad supports no masked arrays"),
    (lambda x: max(x[0], x[1]), "Python max()", "np.maximum(a, b)"),
    (lambda x: sorted(x), "Python sorted()", "np.sort(x)"),
    (lambda x: any(x > 0), "Python any()", "np.any(x)"),
    (counted, "Python range()", "lg.fold(step, init, np.arange(n))"),
    (while_loop, "the condition of 'while' (x[0] > 0)", "or use @lg.program"),
    (branch, "the condition of 'if' (x[0] > 0)", "np.where(condition, a, b)"),
    (lambda x: 1 if x[0] > 0 else 2, "the condition of 'if' (x[0] > 0)", "use @lg.program"),
    (lambda x: 1 if x[0] > 0 and x[1] > 0 else 2, "the condition of 'if'", "in place of 'and'"),
    (lambda x: x[0] > 0 or x[1] > 0, "x[0] > 0 or x[1] > 0", "in place of 'or'"),
    (lambda x: not x[0], "not x[0]", "np.logical_not(x)"),
    (lambda x: 0 < x[0] < 1, "0 < x[0] < 1", "(a < x) & (x < b)"),
    (lambda x: [v for v in x if v > 0], "the condition of a comprehension", "np.where"),
    (write_element, "the assignment to a[0]", "import letgrad.numpy as np"),
    (write_all, "the assignment to a[:]", "import letgrad.numpy as np"),
    (write_at, "the assignment to a[whole(x)]", "import letgrad.numpy as np"),
]


@pytest.mark.parametrize("program, who, advice", PROGRAMS, ids=[w for _, w, _ in PROGRAMS])
def test_the_error_says_who_and_what_to_write(program: Any, who: str, advice: str):
    with pytest.raises(TypeError, match=r"test_wanted_numbers.py:\d+: ") as caught:
        lg.trace(program, lg.spec(3))
    text = str(caught.value)
    said = re.search(r"py:\d+: (.*) wanted numbers, and a traced array has no numbers", text)
    assert said is not None, text
    assert said[1].startswith(who), text
    assert advice in text.split("during the trace; ")[1], text


X, INDEX = np.array([1.0, 3.0, 2.0]), np.array([2, -1, 0])


@pytest.mark.parametrize(
    "instead, wanted",
    [
        (lambda x, i: lg.asarray([x[0], x[1]]), X[:2]),
        (lambda x, i: np.broadcast_to(x[0], (2, 2)), np.full((2, 2), X[0])),
        (lambda x, i: x.astype(np.int64), X.astype(np.int64)),
        (lambda x, i: x[0] + 2 * np.arange(3), X[0] + 2 * np.arange(3)),
        (lambda x, i: lg.asarray(CONST)[i], CONST[INDEX]),
        (lambda x, i: np.searchsorted(CONST, x), CONST.searchsorted(X)),
        (lambda x, i: np.take(x, (np.arange(3) - i[0]) % 3), np.roll(X, INDEX[0])),
        (lambda x, i: lg.gather(2, CONST, lambda k: i[0] + k), CONST[2:4]),
        (lambda x, i: lg.vmap(lambda v: v + 1)(x), X + 1),
        (lambda x, i: np.stack(list(x)), X),
        (lambda x, i: CONST.clip(0, x[0]), CONST.clip(0, X[0])),
        (
            lambda x, i: lg.fold(
                lambda v, k: np.where(v[0] > 0, v - 1, v), x, np.arange(5)
            ),
            X - 1,
        ),
    ],
)  # fmt: skip
def test_the_advice_works(instead: Any, wanted: Any):
    np.testing.assert_array_equal(lg.jit(instead)(X, INDEX), wanted)


def test_an_assert(tmp_path: Path):
    """In a file of its own, because pytest writes the asserts of tests anew."""
    path = tmp_path / "asserting.py"
    path.write_text("def f(x):\n    assert x[0] > 0\n    return x\n", encoding="utf-8")
    f = runpy.run_path(str(path))["f"]
    with pytest.raises(TypeError, match=r"asserting.py:2: the condition of 'assert' \(x\[0\] > 0"):
        lg.trace(f, lg.spec(3))


def test_without_source_the_error_says_what_the_array_cannot_become():
    names: dict[str, Any] = {"np": np}
    exec("def f(x): return np.full(3, x[0])", names)
    with pytest.raises(TypeError, match="so the array cannot become a NumPy array; join traced"):
        lg.trace(names["f"], lg.spec(3))


def test_an_error_of_the_user_stays():
    """A refusal that the program caught has no part in a later error."""

    def f(x: Any) -> Any:
        try:
            float(x[0])
        except TypeError:
            pass
        raise ValueError("of the user")

    with pytest.raises(ValueError, match="of the user"):
        lg.trace(f, lg.spec(3))


@pytest.mark.parametrize(
    "program, advice",
    [
        (lambda x: x[0].item(), "index the array as x[()]"),
        (lambda x: x.tolist(), "use list(x)"),
        (lambda x: f"{x[0]:.2f}", "write {x}"),
        (lambda x: 1.0 in x, "(x == value).any()"),
    ],
)
def test_what_an_array_is_asked_for_itself(program: Any, advice: str):
    with pytest.raises(TypeError, match=re.escape(advice)):
        lg.trace(program, lg.spec(3))


FOREIGN: dict[str, tuple[Callable[..., Any], str]] = {
    "statistics.mean": (lambda x: statistics.mean(x), "statistics.mean does not take .* np.mean"),
    "statistics.mode": (lambda x: statistics.mode(x), "statistics.mode does not take"),
    "a set": (lambda x: set(x), "set does not take .*unhashable"),
    "the text of a set": (lambda x: {x[0], 1.0}, "unhashable type: 'Array'; a traced array has no"),
    "a key": (lambda x: {x: 1}, "unhashable type: 'Array'; a traced array has no numbers"),
    "an index of a dict": (lambda x: {1.0: 2}[x[0]], "the index of .* does not take traced arrays"),
    "json": (lambda x: json.dumps({"a": [x]}), "json.dumps does not take traced arrays"),
    "Counter": (lambda x: collections.Counter(x), "collections.Counter does not take"),
    "trunc": (lambda x: math.trunc(x[0]), "math.trunc does not take .*write np.trunc"),
    "struct, a float": (lambda x: struct.pack("3d", *x), "struct.pack wanted numbers"),
    "struct, an int": (lambda x: struct.pack("q", whole(x)), "struct.pack wanted numbers"),
    "pickle": (lambda x: pickle.dumps([x]), "cannot become bytes"),
    "memoryview": (lambda x: memoryview(x), "memoryview does not take"),
    "Fraction": (lambda x: fractions.Fraction(x[0]), "fractions.Fraction does not take"),
    "join": (lambda x: ", ".join(x), "does not take traced arrays"),
    "default_rng": (lambda x: np.random.default_rng(whole(x)), "default_rng does not take"),
    "pow": (lambda x: pow(whole(x), 2, 5), r"write x\*\*y % z"),
    "text": (lambda x: x + "a", "unsupported operand .* a traced array has no numbers"),
    "a longer list": (lambda x: [x[0]] * whole(x), "the number of repetitions of a list"),
    "a longer tuple": (lambda x: whole(x) * (1.0, 2.0), "the number of repetitions of a list"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_functions_that_do_not_know_traced_arrays(name: str):
    """Python's error speaks of a type 'Array'. Without an error, the answer would be wrong."""
    f, message = FOREIGN[name]
    line = f.__code__.co_firstlineno
    with pytest.raises(TypeError, match=rf"test_wanted_numbers.py:{line}: .*{message}"):
        lg.jit(f)(np.array([3.0, 1.0, 2.0]))


def test_errors_of_the_users_own_stay():
    def f(x: Any) -> Any:
        raise ValueError("an Array of another kind")

    with pytest.raises(ValueError, match=r"^an Array of another kind$"):
        lg.jit(f)(np.zeros(3))


def test_lists_times_arrays_are_products():
    np.testing.assert_array_equal(lg.jit(lambda x: [1, 2, 3] * x)(np.arange(3)), [0, 2, 6])
    np.testing.assert_array_equal(lg.jit(lambda x: [1.0, 2.0] * x[0])(np.full(1, 3.0)), [3, 6])


def test_copies_are_values():
    f = lg.jit(lambda x: copy.deepcopy({"a": x})["a"] + copy.copy(x))
    np.testing.assert_array_equal(f(np.arange(3.0)), [0, 2, 4])
