"""One size that only the call knows."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, TensorType, f64

import letgrad as lg
from letgrad.extend import LetgradError
from letgrad.frontend import dims, pytree, symbolic_sizes
from letgrad.lowering.cpu import machine

pytestmark = pytest.mark.sampled(3)

BATCH = lg.Dim("batch")


def loss(w, b, x, y):
    return np.mean((np.sum(np.tanh(x @ w + b), axis=1) - y) ** 2)


def scanned(x):
    return lg.scan(lambda c, row: (c * 0.5 + np.sin(row), np.sum(c)), x[0], x)


def cross_entropy(x, y):
    return -np.sum(lg.log_softmax(x, axis=1) * y) / x.shape[0]


PARAMETERS = lg.spec((5, 4)), lg.spec(4)
SHORT = lg.spec((5, 4), "f32"), lg.spec(4, "f32")
PROGRAMS: dict[str, tuple[Callable[..., Any], tuple]] = {
    "elementwise": (lambda x: np.sin(x) * 2, (lg.spec((BATCH, 3)),)),
    "rank one": (lambda x: x * x, (lg.spec(BATCH, "f32"),)),
    "sums": (lambda x: (np.sum(x, 0), np.sum(x, 1), np.sum(x)), (lg.spec((BATCH, 3)),)),
    "greatest": (np.max, (lg.spec((BATCH, 3)),)),
    "mean": (np.mean, (lg.spec((BATCH, 3)),)),
    "gradient": (
        lg.value_and_grad(loss, argnums=(0, 1)),
        (*PARAMETERS, lg.spec((BATCH, 5)), lg.spec(BATCH)),
    ),
    "float32": (lg.grad(loss), (*SHORT, lg.spec((BATCH, 5), "f32"), lg.spec(BATCH, "f32"))),
    "scan": (scanned, (lg.spec((BATCH, 3)),)),
    "gradient of scan": (lg.grad(lambda x: np.sum(scanned(x)[0])), (lg.spec((BATCH, 3)),)),
    "gather": (lambda t, i: t[i], (lg.spec((7, 2)), lg.spec(BATCH, "i64"))),
    "shifts": (lambda x: x[1:] - x[:-1], (lg.spec((BATCH, 3)),)),
    "running sum": (lambda x: np.cumsum(x, 0), (lg.spec((BATCH, 3)),)),
    "half": (lambda x: np.sum(x * 2, 1), (lg.spec((BATCH, 3), "f16"),)),
    "softmax": (lg.grad(cross_entropy), (lg.spec((BATCH, 6)), lg.spec((BATCH, 6)))),
    "hessian": (
        lg.hessian(lambda w, x: np.sum(np.exp(x @ w))),
        (lg.spec(3), lg.spec((BATCH, 3))),
    ),
    "no number": (lambda x: np.where(x > 0, x, np.nan), (lg.spec((BATCH, 3)),)),
    # These have no one program, and their values are right all the same.
    "outer": (lambda x: x @ x.T, (lg.spec((BATCH, 3)),)),
    "sort": (lambda x: np.sort(x, axis=0), (lg.spec((BATCH, 3)),)),
    "complex": (lambda z: np.exp(z), (lg.spec(BATCH, "c128"),)),
}


def inputs(specs: tuple, n: int) -> list[Any]:
    random = np.random.default_rng(n)
    made = []
    for spec in specs:
        shape = (n, *spec.rest) if hasattr(spec, "dim") else spec.shape
        numbers = random.standard_normal(shape) * 3
        made.append(numbers.astype(spec.dtype))
    return made


def agree(got: Any, want: Any) -> None:
    for x, y in zip(pytree.flatten(got)[0], pytree.flatten(want)[0], strict=True):
        x, y = np.asarray(x), np.asarray(y)
        assert x.dtype == y.dtype and x.shape == y.shape
        tolerance = {"f": 1e-4, "e": 1e-2}.get(x.dtype.char, 1e-10)
        np.testing.assert_allclose(x, y, tolerance, tolerance)


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", PROGRAMS)
def test_values_are_those_of_the_reference_for_each_size(name: str):
    fn, specs = PROGRAMS[name]
    function = lg.symbolic(fn, *specs, backend="cpu")
    for n in (20, 21, 33, 16, 50, 5, 7, 1, 31, 3, 2, 20):
        args = inputs(specs, n)
        agree(function(*args), lg.jit(fn, backend="numpy")(*args))


@pytest.mark.parametrize("n", [0, 1])
def test_no_rows_and_one_row(n: int):
    function = lg.symbolic(lambda x: (np.sum(x, 0), x * 2), lg.spec((BATCH, 3)))
    x = np.ones((n, 3))
    agree(function(x), (np.sum(x, 0), x * 2))


def one_program(name: str) -> bool:
    # LLVM writes other instructions for the greatest element of each number of rows.
    return name not in ("sort", "complex", "greatest")


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_new_size_compiles_nothing(name: str, monkeypatch: pytest.MonkeyPatch):
    fn, specs = PROGRAMS[name]
    function = lg.symbolic(fn, *specs, backend="cpu")
    function(*inputs(specs, 20))
    assert bool(function.templates) == one_program(name)
    if not one_program(name):
        return
    refuse = lambda *a: pytest.fail("it compiles")  # noqa: E731
    monkeypatch.setattr(machine, "kept_code", refuse)
    if name != "softmax":  # it reads a shape, so letgrad traces it for each size
        monkeypatch.setattr(function, "traced", refuse)
    for n in {16, 17, 25, 31} & set(function.templates[-1].range):
        function(*inputs(specs, n))


def rows_and_sums(x):
    return np.sum(np.sin(x), axis=0), np.cos(x)


def cheap_rows_and_sums(x):
    return np.sum(np.abs(x), axis=0), x + 1.0


def test_threads_share_the_loops_of_one_program(monkeypatch: pytest.MonkeyPatch):
    # At 200 rows no loop has enough points for threads, and at 600 rows two loops have.
    spec = lg.spec((BATCH, 256))
    function = lg.symbolic(cheap_rows_and_sums, spec, backend="cpu")
    for n in (600, 200):
        agree(function(*inputs((spec,), n)), cheap_rows_and_sums(*inputs((spec,), n)))
    few, many = sorted((t.range for t in function.templates), key=lambda r: r[0])
    assert few[-1] + 1 == many[0] == 256
    monkeypatch.setattr(machine, "kept_code", lambda *a: pytest.fail("it compiles"))
    for n in (255, 256, 257, 1023, 128):
        agree(function(*inputs((spec,), n)), cheap_rows_and_sums(*inputs((spec,), n)))


def test_a_call_with_arrays_walks_no_structure(monkeypatch: pytest.MonkeyPatch):
    function = lg.symbolic(rows_and_sums, lg.spec((BATCH, 3)), backend="cpu")
    x = np.ones((5, 3))
    function(x)
    monkeypatch.setattr(function, "size", lambda *a: pytest.fail("it walks"))
    agree(function(x), rows_and_sums(x))
    with pytest.raises(TypeError, match="was given"):
        monkeypatch.undo()
        function(np.ones((5, 4)))


def test_a_new_size_costs_little():
    fn, specs = PROGRAMS["gradient"]
    function = lg.symbolic(fn, *specs, backend="cpu")
    function(*inputs(specs, 20))
    times = []
    for n in (17, 19, 25, 29, 31):
        args = inputs(specs, n)
        begin = time.process_time()
        function(*args)
        times.append(time.process_time() - begin)
    assert sorted(times)[2] < 0.02, times


def test_a_call_sees_the_keys_of_a_dict_in_their_order():
    rows = lg.spec((lg.Dim("n"), 2))
    f = lg.symbolic(lambda d: np.concatenate(list(d.values())), {"a": rows, "b": lg.spec((1, 2))})
    a, b = np.zeros((2, 2)), np.ones((1, 2))
    for d in ({"a": a, "b": b}, {"b": b, "a": a}, {"a": a, "b": b}):
        np.testing.assert_array_equal(f(d), np.concatenate(list(d.values())))


def test_it_is_inlined_in_a_trace_and_writes():
    function = lg.symbolic(lambda x: np.sum(x**3), lg.spec(BATCH))
    agree(lg.grad(lambda x: function(x) * 2)(np.arange(3.0)), 6 * np.arange(3.0) ** 2)

    def scale(x):
        x *= 2

    x = np.ones((9, 2))
    assert lg.symbolic(scale, lg.spec((BATCH, 2)))(x) is None
    agree(x, np.full((9, 2), 2.0))


@pytest.mark.parametrize(
    ("fn", "op"),
    [
        (lambda x: x * np.log(x.shape[0]), "arith.constant"),
        (lambda x: x * (x.shape[0] % 5), "arith.constant"),
        (lambda x: np.stack([np.sin(x[k]) * (k + 1.5) for k in range(x.shape[0])]), ""),
        (lambda x: np.sum(x.reshape(-1), 0) ** x.shape[0], ""),
    ],
)
def test_an_op_that_depends_on_the_size_is_named_or_specialised(fn: Callable[..., Any], op: str):
    function = lg.symbolic(fn, lg.spec((BATCH, 3)), backend="cpu")
    x = np.random.default_rng(0).random((20, 3)) * 0.01
    try:
        got = function(x)
    except LetgradError as error:
        assert op in str(error) and "depends on the size 'batch'" in str(error)
        assert "test_symbolic.py:" in str(error)
    else:
        assert op != "arith.constant"
        agree(got, fn(x))


def by_equality(x):
    return x * 2 if x.shape[0] == 20 else x


def by_length(x):
    return x * 2 if len(x) == 20 else x


def by_number_of_elements(x):
    return x * 2 if x.size in (60, 84) else x


def by_sum(x):
    return x * 2 if x.shape[0] + 1 == 21 else x


def by_float(x):
    return x * 2 if 1.0 / np.shape(x)[0] == 0.05 else x


def by_length_of_a_result(x):
    y = np.concatenate([x, x])
    return x * 2 if len(y) == 40 else x


@lg.program
def by_length_in_a_program(x):
    y = np.zeros(3)
    for k in range(3):
        if len(x) == 20:
            y[k] += x[k, k]
    return y + x[0]


def by_shape(x):
    return x * 2 if x.shape == (20, 3) else x


def reshaped(x):
    return np.sum(x.reshape(4, -1), axis=1)


def limited(x):
    return x * 2 if x.shape[0] < 21 else x


DECISIONS = [
    by_equality, by_length, by_number_of_elements, by_sum, by_float, by_length_of_a_result,
    by_length_in_a_program, by_shape, reshaped, limited,
]  # fmt: skip


@pytest.mark.parametrize("fn", DECISIONS)
def test_decisions_of_the_function_by_the_size_are_kept(fn: Callable[..., Any]):
    function = lg.symbolic(fn, lg.spec((BATCH, 3)), backend="cpu")
    for n in (24, 20, 28, 16, 64):
        x = np.random.default_rng(0).random((n, 3))
        agree(function(x), fn(x))


def classified(w, x, y):
    scores = lg.log_softmax(np.tanh(x @ w), axis=1)
    return -np.mean(scores[np.arange(x.shape[0]), y])


def attended(x):
    weights = np.exp(x @ x.T)
    return weights / np.sum(weights, axis=-1, keepdims=True) @ x


def recurrent(w, u, x):
    def step(h, row):
        h = np.tanh(row @ w + h @ u)
        return h, h

    return np.sum(lg.scan(step, np.zeros((x.shape[0], 3)), np.moveaxis(x, 1, 0))[0] ** 2)


FORMS: dict[str, tuple[Callable[..., Any], tuple, int]] = {
    # Names of LLVM such as `%i8` were read as the type of a size.
    "labels": (
        lg.value_and_grad(classified),
        (lg.spec((5, 4)), lg.spec((BATCH, 5)), lg.spec(BATCH, "i64")),
        90,
    ),
    # Arrays of the stack grow with the size.
    "attention": (lg.grad(lambda x: np.sum(attended(x) ** 2)), (lg.spec((BATCH, 4)),), 90),
    # The derivative has other ops from some size on.
    "recurrent": (
        lg.grad(recurrent),
        (lg.spec((2, 3)), lg.spec((3, 3)), lg.spec((BATCH, 6, 2))),
        90,
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_range_of_one_form_has_one_program(name: str, monkeypatch: pytest.MonkeyPatch):
    fn, specs, n = FORMS[name]
    if name == "labels":
        make = lambda n: [np.ones((5, 4)), np.ones((n, 5)), np.arange(n) % 4]  # noqa: E731
    else:
        make = lambda n: inputs(specs, n)  # noqa: E731
    function = lg.symbolic(fn, *specs, backend="cpu")
    function(*make(n))
    assert function.templates, "there is one program"
    monkeypatch.setattr(machine, "kept_code", lambda *a: pytest.fail("it compiles"))
    monkeypatch.setattr(function, "traced", lambda n: pytest.fail("it differentiates"))
    for other in (n - 7, n + 7):
        assert other in function.templates[-1].range
        args = make(other)
        agree(function(*args), lg.jit(fn, backend="numpy")(*args))


def test_a_wrapper_of_a_derivative_decides_for_itself():
    inner = lg.grad(lambda x: np.sum(x**2) / x.shape[0])

    @functools.wraps(inner)
    def outer(x):
        return inner(x) * (2 if x.shape[0] == 20 else 1)

    function = lg.symbolic(outer, lg.spec((BATCH, 3)), backend="cpu")
    for n in (24, 20, 28):
        x = np.random.default_rng(0).random((n, 3))
        agree(function(x), outer(x))


def by_equality_in_a_derivative(x):
    return np.sum(x**3) * (2 if x.shape[0] == 20 else 1)


def test_a_derivative_keeps_the_decisions_of_its_function():
    fn = lg.grad(by_equality_in_a_derivative)
    function = lg.symbolic(fn, lg.spec((BATCH, 3)), backend="cpu")
    for n in (24, 20, 28):
        x = np.random.default_rng(0).random((n, 3))
        agree(function(x), fn(x))


def test_arrays_that_count_are_one_constant():
    def dense(x: Any) -> DenseIntOrFPElementsAttr:
        return DenseIntOrFPElementsAttr.from_list(TensorType(f64, [len(x)]), list(x))

    find = symbolic_sizes._constants
    assert find([dense(np.arange(n) * 0.5) for n in (4, 5, 6, 9)], (4, 5, 6, 9)) is None
    assert find([dense(np.linspace(0, 1, n)) for n in (4, 5, 6, 9)], (4, 5, 6, 9)) is not None
    assert find([dense([0.0, np.nan, *range(n)]) for n in (4, 5, 6, 9)], (4, 5, 6, 9)) is not None


def test_remarks_say_why_sizes_get_programs_of_their_own():
    function = lg.symbolic(by_equality, lg.spec((BATCH, 3)), backend="cpu")
    with lg.remarks() as found:
        function(np.ones((20, 3)))
    (text,) = {r.text for r in found if r.pass_name == "symbolic"}
    assert "size 20 of 'batch' gets a program of its own: the function reads a shape at" in text
    assert f"{__file__.rpartition('/')[2]}:" in text


def test_reads_of_shapes_are_those_of_one_thread():
    """A trace in another thread, and one after the block, leave no place."""

    def reads() -> None:
        lg.trace(lambda x: x * x.shape[0], np.ones(3))

    with dims.reads_of_shapes() as found:
        other = threading.Thread(target=reads)
        other.start()
        other.join()
        assert found == []
        reads()
        (place,) = found
    assert place.rpartition(":")[0] == __file__
    reads()
    assert found == [place]


def test_wrong_arguments_are_refused():
    function = lg.symbolic(lambda x, y: x + y, lg.spec((BATCH, 3)), lg.spec((BATCH, 3)))
    with pytest.raises(TypeError, match="another argument 4; both are 'batch'"):
        function(np.ones((4, 3)), np.ones((5, 3)))
    for x in (np.ones((4, 2)), np.ones((4, 3), np.float32), np.ones(3), 1.0):
        with pytest.raises(TypeError, match=r"argument \[0\] is spec\(\(batch, 3\), float64\)"):
            function(x, np.ones((4, 3)))
    with pytest.raises(TypeError, match="takes other arguments"):
        function(np.ones((4, 3)))
    with pytest.raises(TypeError, match=r"needs specs with one lg.Dim, and has none"):
        lg.symbolic(np.sin, lg.spec(3))
    with pytest.raises(TypeError, match=r"needs specs with one lg.Dim, and has a, b"):
        lg.symbolic(np.add, lg.spec(lg.Dim("a")), lg.spec(lg.Dim("b")))
    with pytest.raises(TypeError, match=r"an lg\.Dim that is not its first size"):
        lg.spec((3, BATCH))


def test_a_constant_that_is_no_number_is_one_constant() -> None:
    given = [DenseIntOrFPElementsAttr.from_list(TensorType(f64, [n]), [np.nan]) for n in (4, 5, 6)]
    assert symbolic_sizes._constants(given, (4, 5, 6)) is None


def test_llvm_says_nothing_of_loops_whose_turns_are_the_size(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """LLVM warned of each such loop of small matrices on stderr: `loop not unrolled`."""
    monkeypatch.setenv("LETGRAD_CACHE", "0")
    function = lg.symbolic(np.linalg.inv, lg.spec((BATCH, 2, 2)), backend="cpu")
    x = np.eye(2) + np.arange(36.0).reshape(9, 2, 2) / 40
    np.testing.assert_allclose(function(x), np.linalg.inv(x))
    assert "unrolled" not in capfd.readouterr().err
