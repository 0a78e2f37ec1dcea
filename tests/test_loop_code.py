"""
Loops as one piece of machine code on the CPU, arrays that loops change in place, and the turns that
guards leave out: values and derivatives against the reference, and what the code must not do.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from xdsl.parser import Parser

import letgrad as lg
from letgrad.dialects import kernel, ten
from letgrad.lowering import backends
from letgrad.lowering.cpu import control_flow, loop_code
from letgrad.lowering.cpu.backend import prepared
from letgrad.lowering.cpu.codegen import Codegen
from letgrad.lowering.cpu.instructions import UNROLLED_LOOP
from letgrad.lowering.cpu.loop_code import LoopCode, NotOnePiece, Part
from letgrad.lowering.nests.plan_buffers import ARGUMENTS
from letgrad.lowering.reference import find_function
from letgrad.passes.rewriting.functions import functions

from .generators import same

pytestmark = pytest.mark.sampled(4)

random = np.random.default_rng(0)
SQUARE = random.standard_normal((7, 7))
WIDE = random.standard_normal((5, 11))


def agree(f: Callable[..., Any], *args: Any, tolerance: float = 1e-11) -> None:
    """Value and gradient of f by the CPU and by the reference."""

    def total(*args: Any) -> Any:
        y = f(*args)
        return np.sum(y * np.cos(np.asarray(0.7) + y))

    for g in (f, lg.grad(total)):
        found, expected = (np.asarray(lg.jit(g, backend=b)(*args)) for b in ("cpu", "numpy"))
        assert found.dtype == expected.dtype and found.shape == expected.shape
        np.testing.assert_allclose(
            found.astype(np.float64), expected.astype(np.float64), rtol=tolerance, atol=tolerance
        )


def put(a: Any, key: Any, value: Any) -> Any:
    """a with a part changed; a stays."""
    a = a.copy()
    a[key] = value
    return a


def nested(depth: int, steps: int) -> Callable[[Any], Any]:
    def loop(c: Any, depth: int) -> Any:
        if not depth:
            return c + 0.01 * np.sin(c)
        return lg.scan(lambda c, _: (loop(c, depth - 1), None), c, None, length=steps)[0]

    return lambda x: loop(x, depth)


def places(n: int) -> np.ndarray:
    """1, 2, …, n - 1, 1: these are no line, so `ten-raise-rows` leaves the array in the loop."""
    return np.append(np.arange(1, n), np.arange(1, n)[:1])


def rows(a: Any) -> Any:
    n = a.shape[0]
    return lg.scan(lambda a, i: (put(a, i, a[i] * 0.5 + np.sin(a[i - 1])), None), a, places(n))[0]


def columns(a: Any) -> Any:
    m = a.shape[1]
    step = lambda a, j: (put(a, (slice(None), j), a[:, j] * a[:, j - 1]), None)  # noqa: E731
    return lg.scan(step, a, np.arange(1, m), reverse=True)[0]


def elements(a: Any) -> Any:
    n, m = a.shape

    def row(a: Any, i: Any) -> Any:
        def column(a: Any, j: Any) -> Any:
            return put(a, (i, j), 0.3 * (a[i - 1, j] + a[i, j - 1] * a[i, j])), None

        return lg.scan(column, a, places(m))[0], None

    return lg.scan(row, a, places(n))[0]


def several_parts(a: Any) -> Any:
    def step(a: Any, i: Any) -> Any:
        old = a[i]
        a = put(a, i, a[i - 1])
        a = put(a, i - 1, old * a[0])
        return put(a, (0, slice(1, 3)), a[i, 1:3]), a[i]

    a, ys = lg.scan(step, a, np.arange(1, a.shape[0]))
    return a + np.sum(ys)


def interior(a: Any) -> Any:
    def step(a: Any, _: Any) -> Any:
        new = a[1:-1, 1:-1] + 0.1 * (a[2:, 1:-1] + a[:-2, 1:-1] - 2 * a[1:-1, 2:] * a[1:-1, :-2])
        return put(a, (slice(1, -1), slice(1, -1)), new), None

    return lg.scan(step, a, None, length=4)[0]


def old_is_still_read(a: Any) -> Any:
    """The update may not be in place: the step reads the old array after it."""

    def step(a: Any, i: Any) -> Any:
        b = put(a, i, a[i] * b_of(a))
        return b, np.sum(a * b, axis=0)

    def b_of(a: Any) -> Any:
        return np.sum(a) * 0.1

    a, ys = lg.scan(step, a, np.arange(a.shape[0]))
    return a + np.sum(ys)


def swapped(a: Any) -> Any:
    """Two carries change places, and one is updated."""
    step = lambda c, i: ((put(c[1], i, c[0][i]), c[0]), None)  # noqa: E731
    (x, y), _ = lg.scan(step, (a, a * a), np.arange(a.shape[0]))
    return x - 2 * y


def triangle(a: Any) -> Any:
    n = a.shape[0]

    def step(a: Any, i: Any) -> Any:
        return lg.fori_loop(
            0, i, lambda j, a: put(a, (i, j), a[i, j] - a[j, i] * a[j, j]), a, n
        ), None

    return lg.scan(step, a, np.arange(n))[0]


def until(a: Any) -> Any:
    def body(c: Any) -> Any:
        a, k = c
        return put(a, k, a[k] * 0.5 + 0.1), k + 1

    n = a.shape[0]
    return lg.while_loop(lambda c: (c[1] < n) & (c[0][c[1], 0] < 1.5), body, (a, 0), n)[0]


def sum_to_length(a: Any) -> Any:
    n = a.shape[0]

    def step(c: Any, i: Any) -> Any:
        k = np.arange(n)
        return c + np.sum(np.where(k < i, c * a[i], 0.0)), c

    c, ys = lg.scan(step, a[0], np.arange(n))
    return np.sum(ys, axis=0) + c


def choice(a: Any) -> Any:
    step = lambda c, x: (lg.cond(np.sum(c) > 0, lambda: c * x, lambda: c - x), c[0])  # noqa: E731
    c, ys = lg.scan(step, a[0], a)
    return c * np.sum(ys)


LOOPS = [
    nested(1, 4), nested(2, 3), nested(3, 2), rows, columns, elements, several_parts, interior,
    old_is_still_read, swapped, triangle, until, choice,
]  # fmt: skip


@pytest.mark.parametrize("f", LOOPS, ids=lambda f: f.__qualname__.split(".")[0])
def test_loops(f: Callable[..., Any]):
    agree(f, SQUARE)


@pytest.mark.parametrize("f", [elements, rows, columns, interior, nested(2, 3)])
@pytest.mark.parametrize("kind", ["float16", "float32"])
def test_short_floats(f: Callable[..., Any], kind: str):
    agree(f, (0.5 * WIDE).astype(kind), tolerance=3e-2 if kind == "float16" else 2e-4)


@pytest.mark.parametrize("shape", [(1, 1), (2, 1), (1, 5), (3, 33)])
@pytest.mark.parametrize("f", [elements, rows, columns, nested(2, 3), choice])
def test_odd_shapes(f: Callable[..., Any], shape: tuple[int, ...]):
    agree(f, random.standard_normal(shape))


def test_a_sum_to_a_length():
    agree(sum_to_length, SQUARE)


def test_second_derivatives():
    def f(a: Any) -> Any:
        return np.sum(lg.grad(lambda a: np.sum(rows(a) ** 2))(a) ** 2)

    found, expected = (lg.jit(lg.grad(f), backend=b)(SQUARE) for b in ("cpu", "numpy"))
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def test_no_steps():
    f = lambda a: lg.scan(lambda a, i: (put(a, i, 0.0), a[i]), a, np.zeros(0, np.int64))  # noqa: E731
    for backend in ("cpu", "numpy"):
        a, ys = lg.jit(f, backend=backend)(SQUARE)
        assert np.array_equal(a, SQUARE) and ys.shape == (0, 7)


@pytest.mark.parametrize("i", [-9, -8, -7, -1, 0, 6, 7, 8, 2**40, -(2**62), 2**63 - 1, -(2**63)])
@pytest.mark.parametrize("width", [1, 3])
def test_a_box_drops_what_is_outside(i: int, width: int):
    """For each place of the box, the limits of the loop are those of the array."""
    source = f"""
    func.func @f(%a: tensor<7x5xf64>, %v: tensor<{width}x5xf64>, %i: index) -> tensor<7x5xf64> {{
      %z = arith.constant 0 : index
      %r = ten.scan [2] (%x = %a : tensor<7x5xf64>) -> (tensor<7x5xf64>) {{
        %u = ten.update %x[%i, %z] %v strides [1, 1]
            : tensor<7x5xf64>, tensor<{width}x5xf64> -> tensor<7x5xf64>
        ten.yield %u : tensor<7x5xf64>
      }}
      func.return %r : tensor<7x5xf64>
    }}"""
    module = Parser(backends.context(), source).parse_module()
    args = (random.standard_normal((7, 5)), random.standard_normal((width, 5)), np.int64(i))
    found, expected = (backends.compile(b, module, "f")(*args)[0] for b in ("cpu", "numpy"))
    assert np.array_equal(found, expected)


@pytest.mark.parametrize(
    "predicate", ["eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge"]
)
@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("add", [0, 3, -2])
def test_guards_of_each_comparison(predicate: str, swap: bool, add: int):
    """A sum over the turns that a comparison chooses, for limits near and far."""
    sides = "%n, %j" if swap else "%j, %n"
    source = f"""
    func.func @f(%x: tensor<9xf64>, %n: index) -> f64 {{
      %s = kernel.generic [9] (%i) add [] : f64 {{
        %c = arith.constant {add} : index
        %j = arith.addi %i, %c : index
        %p = arith.cmpi {predicate}, {sides} : index
        %v = kernel.load %x[%i] {{in_bounds}} : tensor<9xf64>
        %o = arith.constant 0.0 : f64
        %w = arith.select %p, %v, %o : f64
        kernel.yield %w : f64
      }}
      func.return %s : f64
    }}"""
    x = 2.0 ** np.arange(9)
    compiled = backends.compile("cpu", Parser(backends.context(), source).parse_module(), "f")
    compare = {
        "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal,
        "gt": np.greater, "ge": np.greater_equal,
    }[predicate[-2:]]  # fmt: skip
    for n in (-(2**63), -5, -1, 0, 1, 4, 8, 9, 10, 12, 2**63 - 1):
        j, k = np.arange(9) + add, np.int64(n)
        if predicate[0] == "u":
            j, k = j.astype(np.uint64), k.astype(np.uint64)
        chosen = compare(k, j) if swap else compare(j, k)
        assert compiled(x, np.int64(n))[0] == np.sum(x[chosen]), n


@pytest.mark.parametrize("other", ["sge", "sle"])
@pytest.mark.parametrize("first", [False, True])
def test_one_turn_in_two_guards(other: str, first: bool):
    """The turn that one guard lets through counts only where the other guard holds."""
    guards = [("eq", "%n"), (other, "%m")]
    (p, a), (q, b) = guards if first else reversed(guards)
    source = f"""
    func.func @f(%x: tensor<9x9xf64>, %n: index, %m: index) -> f64 {{
      %s = kernel.generic [9, 9] (%k, %i) add [] : f64 {{
        %p = arith.cmpi {p}, %i, {a} : index
        %q = arith.cmpi {q}, %i, {b} : index
        %d = arith.cmpi eq, %i, %k : index
        %v = kernel.load %x[%k, %i] {{in_bounds}} : tensor<9x9xf64>
        %o = arith.constant 0.0 : f64
        %w = arith.select %p, %v, %o : f64
        %y = arith.select %q, %w, %o : f64
        %z = arith.select %d, %y, %o : f64
        kernel.yield %z : f64
      }}
      func.return %s : f64
    }}"""
    x = 2.0 ** np.arange(81).reshape(9, 9)
    compiled = backends.compile("cpu", Parser(backends.context(), source).parse_module(), "f")
    for n in (-(2**63), -1, 0, 3, 8, 9, 2**63 - 1):
        for m in (-1, 0, 3, 4, 9):
            holds = 0 <= n < 9 and (n >= m if other == "sge" else n <= m)
            assert compiled(x, np.int64(n), np.int64(m))[0] == (x[n, n] if holds else 0), (n, m)


def carried_in_place(f: Callable[..., Any], *args: Any) -> list[str]:
    """The functions of loops that change what they carry in place."""
    module = prepared(lg.trace(f, *args))
    return [g.sym_name.data for g in functions(module) if ARGUMENTS in g.attributes]


# Columns leave their loop as rows, and then it carries no array.
@pytest.mark.parametrize(
    ("f", "loops"), [(rows, 1), (columns, 0), (elements, 2), (several_parts, 1)]
)
def test_updates_are_in_place(f: Callable[..., Any], loops: int):
    assert len(carried_in_place(f, SQUARE)) == loops


@pytest.mark.parametrize("f", [rows, elements])
def test_gradients_of_updates_are_in_place(f: Callable[..., Any]):
    """Each loop forward and back, but the loops over nothing but residuals."""
    assert len(carried_in_place(lg.grad(lambda a: np.sum(f(a))), SQUARE)) >= 2


ADDED = "%n = arith.addf %x, %s : tensor<3xf64>"


@pytest.mark.parametrize(
    ("turns", "body", "row"),
    [
        ("", ADDED, "%n"),
        ("", ADDED, "%x"),
        ("turns %m", ADDED, "%n"),
        ("", f"{ADDED.replace('%n', '%k')}\n%n = arith.negf %k : tensor<3xf64>", "%n"),
        ("", ADDED.replace("%x", "%a"), "%n"),
    ],
    ids=["carried", "seen", "turns", "negated", "of the argument"],
)
@pytest.mark.parametrize("m", [0, 3])
def test_added_scatters_keep_the_signs_of_zeros(turns: str, body: str, row: str, m: int):
    """x + 0.0 is 0.0 where x is -0.0, also in the elements to which the scatter adds nothing."""
    source = f"""
    func.func @f(%a: tensor<3xf64>, %vs: tensor<4xf64>, %i: index, %m: index)
        -> (tensor<3xf64>, tensor<4x3xf64>) {{
      %r, %y = ten.scan [4] {turns} (%x = %a : tensor<3xf64>) over (%v = %vs : tensor<4xf64>)
          -> (tensor<3xf64>, tensor<4x3xf64>) {{
        %s = ten.scatter [3] %v () : f64 -> tensor<3xf64> {{
          ten.yield %i : index
        }}
        {body}
        ten.yield %n, {row} : tensor<3xf64>, tensor<3xf64>
      }}
      func.return %r, %y : tensor<3xf64>, tensor<4x3xf64>
    }}"""
    module = Parser(backends.context(), source).parse_module()
    args = np.array([-0.0, 1, -0.0]), np.array([-0.0, 1, -0.0, 2]), np.int64(1), np.int64(m)
    found, expected = (backends.compile(b, module, "f")(*args) for b in ("cpu", "numpy"))
    for mine, theirs in zip(found, expected, strict=True):
        assert np.asarray(mine).tobytes() == np.asarray(theirs).tobytes()


def test_gradients_of_any_cotangent_are_in_place():
    """The cotangent of a square may be -0.0. The loop still updates rows."""

    def loss(a: Any) -> Any:
        last = lg.scan(lambda c, i: (put(c, i, np.sin(c[i - 1]) + c[i]), None), a, places(7))
        return np.sum((last[0] - 2.0) ** 2)

    assert len(carried_in_place(lg.grad(loss), SQUARE)) == 2


@pytest.mark.parametrize("f", [interior, old_is_still_read])
def test_other_loops_stay_in_two_buffers(f: Callable[..., Any]):
    assert not carried_in_place(f, SQUARE)


def test_an_update_runs_its_part_alone():
    """The nest has as many points as the row, not as the array."""
    module = prepared(lg.trace(rows, np.zeros((300, 40))))
    step = next(g for g in functions(module) if ARGUMENTS in g.attributes)
    update = [op for op in step.body.block.ops if "update" in op.attributes]
    assert len(update) == 1 and isinstance(update[0], kernel.GenericOp)
    old = step.body.block.args[0]
    code = Codegen(update[0], "", "", lambda x: 0, {old: 0})
    assert code.points == 40


def loop_of(f: Callable[..., Any], *args: Any, written: Any = None) -> LoopCode:
    module = prepared(lg.trace(f, *args))
    entry = find_function(module, f.__name__)
    op = next(op for op in entry.body.block.ops if isinstance(op, ten.ScanOp))
    return LoopCode(op, lambda name: find_function(module, name), False, written)


def test_scalars_of_nested_loops_are_in_registers():
    """After LLVM's passes, no step of three nested loops reads or writes memory."""
    from letgrad.lowering.cpu import machine

    def f(x: Any) -> Any:
        def loop(c: Any, depth: int) -> Any:
            if not depth:
                return c * 0.5 + x
            return lg.scan(lambda c, _: (loop(c, depth - 1), None), c, None, length=50)[0]

        return loop(x, 3)

    (text,) = loop_of(f, 1.0).texts(1)
    code = str(machine.optimized(text, machine.target_machine()))
    inside = code[code.index("@loop") :]
    assert inside.count("phi double") >= 3
    assert "alloca" not in inside and inside.count("store double") == 1


def test_a_write_of_one_element_is_no_loop():
    """LLVM would make vectors of a loop with one turn, and takes ten times as long for them."""
    from letgrad.lowering.cpu import machine

    def f(x: Any, at: Any) -> Any:
        return lg.scan(lambda c, k: (put(c, k, c[k - 1] * 0.5), None), x, at)[0]

    x, at = random.standard_normal(40), np.array([3, 0, 39, -1, 7])
    agree(lambda x: f(x, at), x)
    (text,) = loop_of(f, x, at).texts(1)
    code = str(machine.optimized(text, machine.target_machine()))
    # One is the counter, and two are indices: a number, or the number from the end.
    assert code.count(" = phi i64") == 3 and code.count(" = phi i64 [ 0, %entry ]") == 1
    assert "x double>" not in code


def from_python(x: Any) -> Any:
    """Sorted, by a function that only Python can call."""
    return lg.callback(np.sort, lg.spec(x.shape), x)


def test_a_host_op_keeps_a_loop_in_python():
    def f(a: Any) -> Any:
        return lg.scan(lambda c, x: (from_python(c) + x, None), a[0], a)[0]

    with pytest.raises(NotOnePiece) as error:
        loop_of(f, SQUARE)
    assert "host.pure_call" in error.value.why()
    x = 0.1 * SQUARE
    np.testing.assert_allclose(lg.jit(f, backend="cpu")(x), lg.jit(f, backend="numpy")(x))


def test_a_host_op_is_found_before_the_ops_in_front_of_it_are_written():
    """The texts of nests and of constants would be for nothing."""
    table = np.sin(np.arange(600.0)).reshape(-1, 6)

    def f(a: Any) -> Any:
        def step(c: Any, x: Any) -> Any:
            return from_python(c * (np.exp(c) @ table.T @ table)) + x, None

        return lg.scan(step, a[0], a)[0]

    written: dict[object, Any] = {}
    with pytest.raises(NotOnePiece):
        loop_of(f, np.ones((5, 6)), written=written)
    assert not written


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_a_running_sum_keeps_no_loop_in_python(axis: int, dtype: Any):
    """Its function adds in NumPy's order, and has NumPy's bits."""

    def f(a: Any, x: Any) -> Any:
        return lg.scan(lambda c, x: (np.cumsum(c, axis) - x, c[0]), a, x)

    a = (5 * random.standard_normal((7, 9))).astype(dtype)
    x = (5 * random.standard_normal((4, 7, 9))).astype(dtype)
    assert loop_of(f, a, x).texts(1)
    c, rows = a, []
    for row in x:
        rows.append(c[0])
        c = np.cumsum(c, axis) - row
    last, found = lg.jit(f, backend="cpu")(a, x)
    np.testing.assert_array_equal(last, c)
    np.testing.assert_array_equal(found, rows)


def test_a_large_table_does_not_keep_a_loop_in_python():
    """The function of the body takes a table of more than 64 KiB as an argument."""
    table = np.sin(np.arange(20_000.0))

    def f(c: Any, k: Any) -> Any:
        def step(s: Any, i: Any) -> tuple[Any, None]:
            c, k = s
            return (0.5 * c + lg.asarray(table)[k], (7 * k + i) % 20_000), None

        return lg.scan(step, (c, k), np.arange(50))[0][0]

    assert "alloca" in loop_of(f, 1.0, 3).entry
    c, k = 1.0, 3
    for i in range(50):
        c, k = 0.5 * c + table[k], (7 * k + i) % 20_000
    np.testing.assert_allclose(lg.jit(f)(1.0, 3), c, rtol=1e-14)


def test_an_inner_loop_is_one_piece_where_the_outer_one_is_not():
    def f(a: Any) -> Any:
        def outer(c: Any, x: Any) -> Any:
            inner = lg.scan(lambda d, y: (np.sin(d) + y, None), c, a)[0]
            return inner[np.argsort(inner)] + x, None

        return lg.scan(outer, a[0], a)[0]

    agree(f, 0.1 * SQUARE)


def test_calls_do_not_write_into_arguments_or_each_other():
    f = lg.jit(rows, backend="cpu")
    a = SQUARE.copy()
    first = f(a)
    kept = first.copy()
    f(a + 1)
    assert np.array_equal(a, SQUARE) and np.array_equal(first, kept)


def _mixed(q: Any, _: Any) -> tuple[Any, None]:
    """A step that reads elements where it stores others, and so takes two buffers by turns."""
    return np.stack([q[1] * q[0], q[0]]), None


@pytest.mark.parametrize("inner", [1, 2, 4])
@pytest.mark.parametrize("outer", [2, 3])
def test_loops_in_loops_exchange_their_buffers(outer: int, inner: int):
    """LLVM moved a load of the inner loop's carry out of the outer loop."""

    def f(x: Any) -> Any:
        return lg.scan(lambda y, _: lg.scan(_mixed, y, length=inner), x, length=outer)[0]

    x = np.array([0.83, 0.31])
    expected = x
    for _ in range(outer * inner):
        expected = _mixed(expected, None)[0]
    np.testing.assert_allclose(lg.jit(f)(x), expected)


def test_loops_that_exchange_buffers_in_a_while():
    def inner(y: Any) -> Any:
        return lg.scan(_mixed, y, length=2)[0]

    def f(x: Any, n: Any) -> Any:
        return lg.while_loop(lambda s: s[0] < n, lambda s: (s[0] + 1, inner(s[1])), (0, x))[1]

    x = np.array([0.83, 0.31])
    expected = x
    for _ in range(6):
        expected = _mixed(expected, None)[0]
    np.testing.assert_allclose(lg.jit(f)(x, 3), expected)


def test_a_short_sum_with_guards_is_a_loop():
    """A short sum is written out where its ends are known. Those of a correlation's gradient depend
    on the loop around it."""
    x, y = np.linspace(0.0, 1.0, 40), np.linspace(0.1, 2.0, 6)
    by_x, by_y = lg.grad(lambda x, y: np.sum(np.correlate(x, y, "valid") ** 2), (0, 1))(x, y)
    cotangent = 2 * np.correlate(x, y, "valid")
    np.testing.assert_allclose(by_x, np.convolve(cotangent, y), rtol=1e-12)
    np.testing.assert_allclose(by_y, np.correlate(x, cotangent, "valid"), rtol=1e-12)


def _turned(q: Any, _: Any) -> tuple[Any, None]:
    return np.array([[0.8, -0.6], [0.6, 0.8]]) @ q + 0.01, None


def _turned_back(q: Any, _: Any) -> tuple[Any, None]:
    return q @ np.array([[0.8, -0.6], [0.6, 0.8]]) + 0.01, None


def _squared(q: Any, _: Any) -> tuple[Any, None]:
    return 0.1 * (q @ q.T) @ q + 0.5 * q, None


@pytest.mark.parametrize(
    ("step", "x"),
    [
        (_mixed, np.ones(2)),
        (_turned, np.ones(2)),
        (_turned_back, np.ones(2)),
        (_squared, np.eye(3) + 0.1),
    ],
    ids=["exchanged", "matrix 2 x 2", "by a matrix 2 x 2", "matrices 3 x 3"],
)
@pytest.mark.parametrize("outer", [1, 3])
def test_small_states_are_in_registers(step: Any, x: np.ndarray, outer: int):
    """After LLVM's passes, no step reads or writes the state in memory."""
    from letgrad.lowering.cpu import machine

    def f(x: Any) -> Any:
        return lg.scan(lambda y, _: (lg.scan(step, y, length=50)[0], None), x, length=outer)[0]

    (text,) = loop_of(f, x).texts(1)
    code = str(machine.optimized(text, machine.target_machine()))
    inside = code[code.index("@loop") :]
    assert "alloca" not in inside and "call void @part" not in inside
    loops = inside[inside.index("phi ") :]
    assert "load " not in loops and loops[: loops.rindex("br i1")].count("store ") == 0
    agree(f, 0.3 * x)


@pytest.mark.parametrize(
    "shape, ops, unrolled",
    [((16,), 2, True), ((16,), 20, False), ((3, 3), 35, True)],
    ids=["cheap step", "long step", "long step of a small matrix"],
)
def test_llvm_writes_no_turns_of_long_steps(shape: tuple[int, ...], ops: int, unrolled: bool):
    """LLVM took 0.3 s for rows of 20 elements; the loop is as fast, and has the same digits."""

    def f(x: Any) -> Any:
        def step(y: Any, _: Any) -> Any:
            for k in range(ops):
                y = y * x + 0.1 * k
            return y, None

        return lg.scan(step, x, None, length=5)[0]

    x = random.uniform(-0.5, 0.5, shape)
    (text,) = loop_of(f, x).texts(1)
    (nest,) = (part for part in text.split("define ") if "fmul" in part)
    assert (UNROLLED_LOOP[0] in nest) == unrolled
    np.testing.assert_array_equal(lg.jit(f)(x), f(x))


def _rolled(q: Any, _: Any) -> tuple[Any, None]:
    return np.roll(q, 1, axis=0) * q + 0.1, None


def test_larger_states_exchange_buffers():
    """LLVM would move loads of such a loop out of the loop around."""

    def f(x: Any) -> Any:
        return lg.scan(lambda y, _: (lg.scan(_rolled, y, length=2)[0], None), x, length=3)[0]

    (text,) = loop_of(f, SQUARE).texts(1)
    heads = [line for line in text.splitlines() if line.startswith("define internal void @part")]
    assert sum("noinline" in head for head in heads) == 1, heads
    agree(f, 0.1 * SQUARE)


def test_a_state_in_registers_beside_a_state_in_buffers():
    """LLVM took what the last step wrote to a buffer for other memory than what this step reads."""

    def inner(c: Any, _: Any) -> Any:
        m, q = c
        return (0.8 * np.sin(m) + 0.1 * np.mean(m), 0.8 * np.sin(q) + 0.1 * np.mean(m)), None

    def outer(c: Any, _: Any) -> Any:
        m, q = c
        m = 0.5 * np.outer(m[:, 0], m[0]) + 0.1 * np.mean(m)
        q = 0.8 * np.sin(q) + 0.1 * np.mean(q)
        return lg.scan(inner, (m, q), length=4)[0], None

    def f(m: Any, q: Any) -> Any:
        return lg.scan(outer, (m, q), length=2)[0]

    m, q = np.linspace(-1.0, 1.0, 15).reshape(5, 3), np.array([0.3, -0.2])
    first = expected = (m, q)
    for _ in range(2):
        m, q = expected
        expected = (
            0.5 * np.outer(m[:, 0], m[0]) + 0.1 * np.mean(m),
            0.8 * np.sin(q) + 0.1 * np.mean(q),
        )
        for _ in range(4):
            expected = inner(expected, None)[0]
    for found, wanted in zip(lg.jit(f)(*first), expected):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_no_remark_of_llvm_about_loops(capfd: pytest.CaptureFixture[str]):
    """LLVM writes each turn of short loops, but not where a number of the program ends them."""
    agree(sum_to_length, SQUARE[:3, :3])
    agree(triangle, SQUARE[:3, :3])
    assert capfd.readouterr().err == ""


SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -2.5, 5e-324, -1e308])


@pytest.mark.parametrize("kind", ["float64", "float32"])
@pytest.mark.parametrize("extremum", [np.maximum, np.minimum], ids=lambda f: f.__name__)
def test_extrema_of_special_values(extremum: Any, kind: str):
    """A loop takes one instruction where an operand is a number and not 0."""
    draw = np.random.default_rng(3)
    with np.errstate(over="ignore"):
        x, y = (draw.choice(SPECIAL, 300).astype(kind) for _ in range(2))
    fresh = draw.random(300) < 0.7

    def f(x: Any, y: Any) -> Any:
        def step(c: Any, row: Any) -> tuple[Any, Any]:
            x, y, fresh = row
            c = extremum(np.where(fresh, x, c), y)
            return c, extremum(y, np.where(fresh, c, x))

        return lg.scan(step, x[0], (x, y, fresh))

    (c, found), (d, expected) = (lg.jit(f, backend=b)(x, y) for b in ("cpu", "numpy"))
    assert same(found, expected) and same(np.asarray(c), np.asarray(d))


@pytest.mark.parametrize("kind", ["float64", "float32"])
def test_products_of_special_values_with_zeros(kind: str):
    """The cotangent 0 stays 0 through a factor that is infinite or no number."""
    draw = np.random.default_rng(4)
    with np.errstate(all="ignore"):
        a, b = (draw.choice(SPECIAL, 200).astype(kind) for _ in range(2))
        chosen = draw.random(200) < 0.2

        def f(a: Any, b: Any) -> Any:
            ys = lg.scan(lambda y, r: (r[0] * y + r[1], y), a[0], (a, b))[1]
            return np.sum(np.where(chosen, ys, 0.0))

        gradient = lg.grad(f, argnums=(0, 1))
        found, expected = (lg.jit(gradient, backend=k)(a, b) for k in ("cpu", "numpy"))
    for x, y in zip(found, expected, strict=True):
        assert same(x, y)


def test_large_bodies_are_functions_of_several_loops():
    """LLVM took five times as long for a body that the gradient of a while runs in five places."""

    def loop(x: Any) -> Any:
        return nested(2, 3)(x)

    code = loop_of(loop, np.arange(4.0))
    heads = "define internal void @part{}() nounwind alwaysinline {{\n"
    calls = ["", "", "call void @part1()\n", "call void @part1()\ncall void @part2()\n"]
    weights = [10, loop_code.SHARED_WEIGHT + 1, loop_code.SHARED_WEIGHT + 1, None]
    code.alike = {
        (str(k), 0): Part(f"part{k}", 0, weight, heads.format(k) + call + "}\n")
        for k, (weight, call) in enumerate(zip(weights, calls))
    }
    text = code.text_of_parts("call void @part0()\ncall void @part0()\ncall void @part3()\n")
    inlined = ["alwaysinline" in line for line in text.split("\n") if line.startswith("define")]
    # Part 0 is small, part 1 has two callers, and part 2 has one.
    assert inlined == [True, False, True, True]


def test_shared_bodies_have_the_same_values(monkeypatch: pytest.MonkeyPatch):
    def turns(x: Any) -> Any:
        while np.abs(x) < 100.0:
            x = 1.5 * x + 0.1 * np.sin(x) + np.where(x > 3.0, np.exp(-x), x * x)
        return x

    monkeypatch.setenv("LETGRAD_CACHE", "0")
    gradient = lg.grad(lg.program(turns))
    values = []
    for weight in (0, 1 << 30):
        monkeypatch.setattr(loop_code, "SHARED_WEIGHT", weight)
        values.append(lg.jit(gradient)(0.7))
    assert values[0] == values[1]
    h = 1e-6
    assert np.isclose(values[0], (turns(0.7 + h) - turns(0.7 - h)) / (2 * h), rtol=1e-6)


def two_loops(x: Any) -> Any:
    """Two loops with steps of which some nests are alike, and others nearly so."""

    def step(x: Any, weight: Any) -> Any:
        sums = [
            np.where(x[::-1] > 0.5, x * 2.0, x + 1.0).sum(),
            np.where(x[::-1] < 0.5, x * 2.0, x + 1.0).sum(),
            np.where(x[::-1] < 0.5, x * 3.0, x + 1.0).sum(),
        ]
        return np.sin(x[::-1]) * sums[0] + weight * x * sums[1] / sums[2]

    def outer(x: Any, _: Any) -> tuple[Any, None]:
        x = lg.scan(lambda x, _: (step(x, 0.75), None), x, None, length=3)[0]
        return lg.scan(lambda x, _: (step(x, 0.25), None), x * 0.5, None, length=2)[0], None

    return lg.scan(outer, x, None, length=4)[0]


def test_nests_that_are_alike_are_written_once(monkeypatch: pytest.MonkeyPatch):
    """And the text is that of a writer that writes each nest."""
    x = np.linspace(0.1, 0.9, 40)
    written: list[Any] = []
    write = loop_code.PieceCode._nest

    def noted(code: Any, op: Any, in_place: Any) -> Any:
        written.append(op)
        return write(code, op, in_place)

    monkeypatch.setattr(loop_code.PieceCode, "_nest", noted)
    texts = loop_of(two_loops, x).texts(1)
    once = len(written)
    written.clear()
    numbers = iter(range(1 << 20))
    monkeypatch.setattr(loop_code, "nest_form", lambda op, _: (next(numbers), []))
    assert loop_of(two_loops, x).texts(1) == texts
    assert once < len(written)


def test_rows_behind_the_last_turn_are_zeros_where_something_reads_them():
    """Only the rows that loops with as many turns take stay as they are."""
    text = """
    func.func @main(%x: tensor<3xf64>, %k: index, %m: index)
        -> (tensor<3xf64>, tensor<3xf64>, tensor<9x3xf64>) {
      %c, %a, %b, %d = ten.scan [9] turns %k (%h = %x : tensor<3xf64>)
          -> (tensor<3xf64>, tensor<9x3xf64>, tensor<9x3xf64>, tensor<9x3xf64>) {
        %g = math.sin %h : tensor<3xf64>
        ten.yield %g, %h, %g, %h : tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3xf64>
      }
      %r = ten.scan [9] turns %k reverse (%h = %x : tensor<3xf64>)
          over (%p = %a : tensor<9x3xf64>) -> (tensor<3xf64>) {
        %q = arith.mulf %h, %p : tensor<3xf64>
        ten.yield %q : tensor<3xf64>
      }
      %s = ten.scan [9] turns %m (%h = %x : tensor<3xf64>)
          over (%p = %b : tensor<9x3xf64>) -> (tensor<3xf64>) {
        %q = arith.addf %h, %p : tensor<3xf64>
        ten.yield %q : tensor<3xf64>
      }
      func.return %r, %s, %d : tensor<3xf64>, tensor<3xf64>, tensor<9x3xf64>
    }"""
    module = Parser(backends.context(), text).parse_module()
    first = next(op for op in module.walk() if isinstance(op, ten.ScanOp))
    assert [first.rest_is_read(k) for k in range(1, 4)] == [False, True, True]
    run, reference = (backends.compile(b, module, "main") for b in ("cpu", "numpy"))
    x = np.array([0.3, 0.6, 0.9])
    for k, m in ((9, 9), (9, 3), (4, 9), (0, 9), (2, 1), (0, 0), (-3, 12)):
        for y, wanted in zip(run(x, k, m), reference(x, k, m), strict=True):
            np.testing.assert_allclose(y, wanted, rtol=1e-14)


def test_threads_call_one_loop_at_once():
    """Each call has memory of its own. 120 x 120 elements are more than a loop keeps."""

    def products(x: Any) -> Any:
        return lg.scan(lambda s, _: (s @ s / np.sum(s * s) + np.sin(s.T), None), x, None, length=20)

    f = lg.jit(lambda x: products(x)[0])
    for n in (20, 120):
        assert (n == 120) == (n * n * 8 > control_flow.MOST_KEPT)
        given = [random.standard_normal((n, n)) for _ in range(8)]
        expected = [f(x) for x in given]
        with ThreadPoolExecutor(8) as threads:
            for _ in range(20):
                for found, value in zip(threads.map(f, given), expected, strict=True):
                    np.testing.assert_array_equal(found, value)


def test_reads_by_counters_have_no_tests():
    """Where all numbers that a loop goes over are places of an array, its reads have no test."""
    places = np.array([1, 4, 2, 3, 1])

    def f(a: Any, first: int) -> Any:
        def step(c: Any, i: Any) -> Any:
            return np.sin(c * a[i] + a[i + first]), None

        return lg.scan(step, 0.5, places)[0]

    a = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    for first, is_known in ((0, True), (1, False)):
        module = prepared(lg.trace(lambda a, first=first: f(a, first), a))
        loads = [x for x in str(module).splitlines() if "kernel.load" in x and "5xf64" in x]
        assert loads and all("in_bounds" in x for x in loads) == is_known, module
        agree(lambda a, first=first: f(a, first), a)


def test_equal_bodies_keep_the_bounds_of_their_own_counters():
    """Two loops have the same body; the numbers of the second one leave the array."""
    a = np.array([0.1, 0.2, 0.3, 0.4, 0.5])

    def f(a: Any) -> Any:
        c = a[0]
        for places in ([1, 4, 2, 3, 1], [3, 9, 1 << 40, 1, 7]):
            c = lg.scan(lambda c, i: (np.sin(c * a[i]), None), c, np.array(places))[0]
        return c

    agree(f, a)


LARGE = random.standard_normal((300, 300))
"""Threads share a nest over these elements."""


@pytest.mark.parametrize(
    "said, step",
    (
        ("machine code runs each step: kernel.generic: threads share", np.tanh),
        ("all steps are one piece", lambda c: np.tanh(c)[np.argsort(c[:, 0])]),
        (
            "all steps are one piece",
            lambda c: lg.fori_loop(0, 3, lambda i, c: np.tanh(c), c) + np.mean(c),
        ),
        ("Python runs each step: host.pure_call", lambda c: from_python(np.tanh(c))),
    ),
    ids=("nests", "sort", "loop", "callback"),
)
def test_nests_that_threads_share(said: str, step: Any):
    """Beside other ops, they are in the one piece, too. The remark says what runs the steps."""

    def f(x: Any) -> Any:
        return lg.scan(lambda c, _: (step(c), None), x, None, length=3)[0]

    with lg.remarks() as found:
        actual = lg.jit(f, backend="cpu")(LARGE)
    loops = [r.text for r in found if r.pass_name == "cpu" and r.rule == "loop"]
    assert any(text.startswith(said) for text in loops)
    expected = lg.jit(f, backend="numpy")(LARGE)
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-14)
