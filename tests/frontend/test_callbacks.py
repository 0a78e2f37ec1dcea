"""`lg.callback` and `lg.debug_print`, on the backends that can call Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.passes.rewriting.diagnostics import LetgradError

BACKENDS = ("numpy", "cpu")


def talks(x: Any, n: int = 3) -> Any:
    y = np.sin(x)
    lg.debug_print("x={} n={n}", x, n=n)
    lg.debug_print("sum={:.2f} {z}", np.sum(y), z=np.zeros(2, np.uint8) + 250)
    lg.debug_print("plain")
    return np.sum(y * x)


SAID = "x=[1. 2.] n=3\nsum=1.75 [250 250]\nplain\n"


@pytest.mark.parametrize("backend", BACKENDS)
def test_prints_in_the_order_of_the_program(backend: str, capsys: Any) -> None:
    x = np.array([1.0, 2.0])
    f = lg.jit(talks, backend=backend)
    for _ in range(2):
        assert f(x) == pytest.approx(np.sum(np.sin(x) * x))
        assert capsys.readouterr().out == SAID


@pytest.mark.parametrize(
    "how", [lg.grad, lg.hessian, lambda f: lg.jit(lg.grad(f)), lambda f: lg.grad(lg.jit(f))]
)
def test_derivatives_print_once(how: Any, capsys: Any) -> None:
    how(talks)(np.array([1.0, 2.0]))
    assert capsys.readouterr().out == SAID


def test_without_a_trace_it_prints_at_once(capsys: Any) -> None:
    talks(np.array([1.0, 2.0]))
    assert capsys.readouterr().out == SAID


def test_each_example_of_a_batch_prints(capsys: Any) -> None:
    lg.vmap(lambda x: (lg.debug_print("{}", x), x)[1])(np.array([1.0, 2.0]))
    assert capsys.readouterr().out == "1.0\n2.0\n"


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32, np.uint8, bool])
@pytest.mark.parametrize("shape", [(), (3,), (0, 2)])
def test_the_function_gets_the_arrays(backend: str, dtype: type, shape: tuple) -> None:
    kept: list[Any] = []

    def spy(v: Any) -> Any:
        kept.append(v)
        return v

    x = np.ones(shape, dtype)
    f = lg.jit(lambda x: lg.callback(spy, lg.spec(shape, dtype), x), backend=backend)
    np.testing.assert_array_equal(f(x), x)
    f(x * 0 if dtype is not bool else ~x)
    # The function may keep what it gets: no later call writes there.
    assert kept[0].dtype == dtype and kept[0].shape == shape
    np.testing.assert_array_equal(kept[0], x)


@pytest.mark.parametrize("backend", BACKENDS)
def test_structures_and_python_numbers(backend: str) -> None:
    result = lg.spec(2, "i1"), {"a": lg.spec((), "i64")}
    f = lg.jit(
        lambda x: lg.callback(lambda d: (d["x"] > 0, {"a": 3}), result, {"x": x}), backend=backend
    )
    positive, rest = f(np.array([1.0, -1.0]))
    assert positive.tolist() == [True, False] and rest == {"a": 3}


def test_a_pure_callback_in_loops_and_batches() -> None:
    def double(c: Any, t: Any) -> Any:
        return lg.callback(lambda v: v * 2, lg.spec(()), c)

    assert lg.jit(lambda x: lg.fold(double, x, np.arange(3)))(1.0) == 8.0
    rows = lg.vmap(lambda x: lg.callback(np.cumsum, lg.spec(2), x))(np.array([[1.0, 2], [3, 4]]))
    np.testing.assert_array_equal(rows, [[1, 3], [3, 7]])


def sensor(k: Any) -> Any:
    READ.append(int(k))
    return k + 1.0


READ: list[int] = []


def reads_a_sensor(x: Any) -> Any:
    """x · 1 · 2 · 3"""

    def step(c: Any, k: Any) -> Any:
        return c * lg.callback(sensor, lg.spec(()), k, pure=False)

    return lg.fold(step, x, np.arange(3.0))


@pytest.mark.parametrize(
    "run, wanted",
    [
        (lambda: lg.jit(reads_a_sensor, backend="numpy")(2.0), 12.0),
        (lambda: lg.jit(reads_a_sensor)(2.0), 12.0),
        (lambda: lg.grad(reads_a_sensor)(2.0), 6.0),
        (lambda: lg.jvp(reads_a_sensor, (2.0,), (1.0,))[1], 6.0),
    ],
)
def test_an_impure_callback_in_a_loop_happens_once_in_each_turn(run: Any, wanted: float) -> None:
    READ.clear()
    assert run() == wanted
    assert READ == [0, 1, 2]


def loops_and_branches(x: Any) -> Any:
    def turn(c: Any, k: Any) -> Any:
        lg.debug_print("turn {}", k)
        c = lg.fori_loop(0, 2, lambda j, d: (lg.debug_print(" inner {}", j), np.sin(d))[1], c)
        return lg.cond(
            c > 0.7, lambda c: (lg.debug_print(" large {:.2f}", c), c * x)[1], lambda c: c * 2, c
        )

    lg.debug_print("begin")
    c = lg.jit(lambda x: lg.fold(turn, x, np.arange(2)))(x)
    lg.debug_print("middle")
    c, k = lg.while_loop(
        lambda s: s[0] > 0.5,
        lambda s: (lg.debug_print("while {}", s[1]), (s[0] / 2, s[1] + 1))[1],
        (c, 0),
    )
    lg.debug_print("end {}", k)
    return c


IN_ORDER = """\
begin
turn 0
 inner 0
 inner 1
 large 0.75
turn 1
 inner 0
 inner 1
middle
while 0
while 1
end 2
"""


@pytest.mark.parametrize(
    "how",
    [
        lambda f: lg.jit(f, backend="numpy"),
        lg.jit,
        lg.grad,
        lg.hessian,
        lambda f: lambda x: lg.jvp(f, (x,), (1.0,)),
        lambda f: lambda x: lg.linearize(f, x)[1](1.0),
        lambda f: lg.grad(lg.checkpoint(f)),
        pytest.param(lambda f: lg.grad(f, memory="8KiB"), marks=pytest.mark.slow),
    ],
)
def test_loops_and_branches_print_in_order(how: Any, capsys: Any) -> None:
    how(loops_and_branches)(1.0)
    assert capsys.readouterr().out == IN_ORDER


def test_a_program_prints_in_its_loops(capsys: Any) -> None:
    @lg.program
    def doubles(x: Any) -> Any:
        k = 0
        while x < 5:
            x = x * 2
            if x > 3:
                lg.debug_print("{k} {}", x, k=k)
            k += 1
        return x

    assert lg.grad(doubles)(1.0) == 8.0
    assert capsys.readouterr().out == "1 4.0\n2 8.0\n"


def test_examples_print_in_the_turns_and_branches_that_they_take(capsys: Any) -> None:
    def f(x: Any) -> Any:
        def turn(s: Any) -> Any:
            lg.debug_print("{} turn {}", s[0], s[1])
            return s[0] / 2, s[1] + 1

        y, _ = lg.while_loop(lambda s: s[0] > 1, turn, (x, 0))
        return lg.cond(x > 3, lambda y: (lg.debug_print("{} large", x), y)[1], np.sin, y)

    lg.vmap(f)(np.array([4.0, 0.5, 2.0]))
    assert capsys.readouterr().out.split("\n")[:-1] == [
        "4.0 turn 0", "2.0 turn 0", "2.0 turn 1", "4.0 large"
    ]  # fmt: skip


def test_an_error_of_the_user_ends_the_run_as_it_is() -> None:
    class Stop(Exception):
        pass

    def check(k: Any) -> Any:
        if k > 1:
            raise Stop("far enough")
        return k

    def f(x: Any) -> Any:
        def step(c: Any, k: Any) -> Any:
            lg.callback(check, lg.spec(()), k, pure=False)
            return c * 2

        return lg.fold(step, x, np.arange(4.0))

    for backend in BACKENDS:
        with pytest.raises(Stop, match="far enough") as raised:
            lg.jit(f, backend=backend)(1.0)
        assert "the program calls 'check' at " in raised.value.__notes__[0]


def test_an_impure_callback_happens_though_nobody_uses_it() -> None:
    calls: list[float] = []

    def note(v: Any) -> Any:
        calls.append(float(v))
        return v

    def f(x: Any) -> Any:
        lg.callback(note, lg.spec(()), x, pure=False)
        lg.callback(note, lg.spec(()), x, pure=False)
        return x * 2

    for backend in BACKENDS:
        calls.clear()
        assert lg.jit(f, backend=backend)(1.5) == 3.0
        assert calls == [1.5, 1.5]


def test_turns_of_a_python_loop_stay_in_order(capsys: Any) -> None:
    """Many equal turns become a loop of the program, and a loop cannot have effects."""

    def f(x: Any) -> Any:
        for k in range(40):
            x = np.sin(x) + 1.0
            lg.debug_print("{k}", x, k=k)
        return x

    lg.jit(f)(1.0)
    assert capsys.readouterr().out.split() == [str(k) for k in range(40)]


def test_a_derivative_of_its_own() -> None:
    @lg.custom_jvp
    def exp(x: Any) -> Any:
        return lg.callback(np.exp, lg.spec(2), x)

    exp.defjvp(lambda primals, tangents: (exp(*primals), exp(*primals) * tangents[0]))
    x = np.array([0.5, 1.0])
    np.testing.assert_allclose(lg.grad(lambda x: np.sum(exp(x)))(x), np.exp(x))


@pytest.mark.parametrize(
    "kind, words, call",
    [
        (
            LetgradError,
            "nobody knows the derivative of a Python function",
            lambda: lg.grad(lambda x: lg.callback(np.exp, lg.spec(()), x))(1.0),
        ),
        (
            TypeError,
            "gives float64[], and the callback says float64[2]",
            lambda: lg.jit(lambda x: lg.callback(np.sum, lg.spec(2), x))(np.ones(2)),
        ),
        (
            TypeError,
            "another structure than the callback says",
            lambda: lg.jit(lambda x: lg.callback(lambda v: (v, v), lg.spec(2), x))(np.ones(2)),
        ),
        (
            ZeroDivisionError,
            "division by zero",
            lambda: lg.jit(lambda x: lg.callback(lambda v: 1 / 0, lg.spec(2), x))(np.ones(2)),
        ),
        (
            LetgradError,
            "cannot stand in ten.build",
            lambda: lg.jit(lambda x: lg.build(3, lambda i: (lg.debug_print("{}", i), x)[1]))(1.0),
        ),
        (
            LetgradError,
            "cannot stand in the condition of a loop",
            lambda: lg.jit(
                lambda x: lg.while_loop(lambda c: (lg.debug_print("{}", c), c < 3)[1], np.sin, x)
            )(1.0),
        ),
        (
            LetgradError,
            "would call 'sensor' again",
            lambda: lg.grad(lg.checkpoint(reads_a_sensor))(1.0),
        ),
        (
            LetgradError,
            "would call 'sensor' again",
            lambda: lg.linearize(reads_a_sensor, 1.0),
        ),
        (
            TypeError,
            "takes and gives real arrays",
            lambda: lg.jit(lambda x: lg.debug_print("{}", x))(1j),
        ),
        (TypeError, "takes a text first", lambda: lg.debug_print(1.0)),  # type: ignore[arg-type]
        (
            LetgradError,
            "the triton backend has no code for host.call",
            lambda: lg.jit(talks, backend="triton")(np.ones(2, np.float32)),
        ),
    ],
)
def test_errors(kind: type[Exception], words: str, call: Any) -> None:
    with pytest.raises(kind) as raised:
        call()
    assert words in str(raised.value)
