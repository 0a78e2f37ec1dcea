"""
Which arrays have the memory of another one. A write to one of them shows in the other, as in NumPy,
or it is an error at the user's line: it is never lost.
"""

from __future__ import annotations

import copy
import linecache
import re
from collections import deque, namedtuple
from typing import Any

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

Pair = namedtuple("Pair", "a b")

FROM_OUTSIDE = {
    "w": "w",
    "list": "ws[0]",
    "last of a list": "ws[-1]",
    "copied list": "list(ws)[0]",
    "slice of a list": "ws[:][0]",
    "shallow copy": "copy.copy(ws)[0]",
    "sorted list": "sorted(ws, key=len)[0]",
    "comprehension": "[x for x in ws][0]",
    "zip": "list(zip(ws, ws))[0][0]",
    "dict": "d['a']",
    "values of a dict": "list(d.values())[0]",
    "tuple": "pair[0]",
    "named tuple": "pair.a",
    "deque": "q[0]",
    "array of objects": "o[0]",
    "astype": "w.astype(float, copy=False)",
    "method squeeze": "w.squeeze()",
    "method ravel": "w.ravel()",
    "slice": "w[:]",
    "ravel": "np.ravel(w)",
    "reshape": "np.reshape(w, 3)",
    "atleast_1d": "np.atleast_1d(w)",
    "atleast_1d of two": "np.atleast_1d(w, w)[0]",
    "require": "np.require(w)",
    "asarray": "np.asarray(w)",
    "array": "np.array(w, copy=False)",
    "array, if needed": "np.array(w, copy=None)",
    "real": "np.real(w)",
    "broadcast_arrays": "np.broadcast_arrays(w)[0]",
    "moveaxis": "np.moveaxis(w, 0, 0)",
    "nan_to_num": "np.nan_to_num(w, copy=False)",
    "as_strided": "np.lib.stride_tricks.as_strided(w)",
    "out": "np.positive(w, out=w)",
}


def program(text: str, tmp_path: Any, **names: Any) -> Any:
    """A function of the user, in a file of its own."""
    path = tmp_path / "program.py"
    path.write_text(text)
    linecache.checkcache(str(path))
    names |= {"np": np, "copy": copy}
    exec(compile(text, str(path), "exec"), names)
    return names["f"]


@pytest.mark.parametrize("name", FROM_OUTSIDE)
def test_no_write_to_an_array_of_the_user_is_lost(name, tmp_path):
    w, o = np.zeros(3), np.empty(1, object)
    o[0] = w
    text = f"def f(t):\n    x = {FROM_OUTSIDE[name]}\n    x[1] = t\n    return w.sum() + x.sum()\n"
    f = program(text, tmp_path, w=w, ws=[w], d={"a": w}, pair=Pair(w, 1), q=deque([w]), o=o)
    with pytest.raises((TypeError, ValueError), match=r"program\.py:3: (this|a NumPy) .*array"):
        lg.grad(lg.program(f))(2.0)
    assert not w.any()


VIEWS = [
    "w", "ws[0]", "w.astype(float, copy=False)", "w.astype(float)", "w.ravel()", "w[:]", "w.T",
    "w[[0, 1, 2]]", "np.asarray(w)", "np.atleast_1d(w, w)[0]", "np.require(w)", "np.array(w)",
    "np.array(w, copy=False)", "np.real(w)", "copy.deepcopy(ws)[0]", "np.nan_to_num(w)",
    "np.nan_to_num(w, copy=False)", "+w",
    "w * 1", "np.add(w, 0, out=w)", "w.clip(0, 1)", "np.copy(w)", "np.meshgrid(w)[0]",
    "np.flip(w)", "np.split(w, 1)[0]", "np.stack([w])[0]", "np.expand_dims(w, 0)[0]",
    "np.einsum('i->i', w)", "np.unwrap(w)", "w.take([0, 1, 2])", "np.require(w[:], None, ['O'])",
    "(w + 0j).real", "np.fft.ifft(np.fft.fft(w)).real",
]  # fmt: skip
ORDERS = [
    "np.ascontiguousarray(m.T)", "np.ascontiguousarray(m)", "np.ascontiguousarray(m[:, 1:])",
    "np.ascontiguousarray(m[:1])", "np.ascontiguousarray(m[::-1])", "np.asfortranarray(m)",
    "np.asfortranarray(m.T)", "np.asarray(m.T, order='C')", "np.asarray(m, order='F')",
    "np.array(m.T, copy=None, order='C')", "np.require(m.T, requirements='C')",
    "np.ascontiguousarray(m.ravel()[::2])", "m.T.astype(float, order='C', copy=False)",
    "m.T.reshape(-1)", "m.ravel('F')", "np.ascontiguousarray((m + 0j).real)",
]  # fmt: skip


@pytest.mark.sampled(4)
@pytest.mark.parametrize("start", ["np.ones", "t / t * np.ones"], ids=["known", "traced"])
@pytest.mark.parametrize("text", [*VIEWS, *ORDERS])
def test_writes_show_where_they_do_in_numpy(text, start, tmp_path):
    lines = [
        "def f(t):",
        f"    w, m = {start}(3), {start}((2, 3))",
        "    ws = [w]",
        f"    x = {text}",
        "    x[:1] = 3 * t",
        "    return (w * [1.0, 2.0, 3.0]).sum() + 10 * m.sum() + 100 * x.sum()",
    ]
    f = program("\n".join(lines), tmp_path)
    value, slope = lg.value_and_grad(lg.program(f))(2.0)
    assert value == pytest.approx(f(2.0)) and slope == pytest.approx(f(2.5) - f(1.5))


REFUSED = [
    "np.meshgrid(w, copy=False)[0]", "np.trim_zeros(w)", "np.lib.stride_tricks.as_strided(w)",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_a_result_with_the_memory_of_its_argument_refuses_writes(text, tmp_path):
    lines = ["def f(t):", "    w = np.ones(3)", f"    x = {text}", "    x[1] = t", "    return w"]
    f = program("\n".join(lines), tmp_path)
    said = re.escape("program.py:4: this array has the memory of an argument of the function")
    with pytest.raises(ValueError, match=said):
        lg.jit(lg.program(f))(2.0)


def test_nan_to_num_writes_into_a_traced_array():
    @lg.program
    def f(x):
        y = x / x
        z = np.nan_to_num(y, copy=False, nan=5.0)
        z[0] = x[0]
        return y

    np.testing.assert_allclose(lg.jit(f)(np.array([2.0, 0.0, 3.0])), [2, 5, 1])


def written_before_a_dict_has_a_new_key(x, k, t):
    tot = {0: t}
    x[0] += t
    for i in range(5):
        x[1] += i
        tot[k] = t
    return x, len(tot)


def written_before_a_list_moves(x, k, t):
    x *= t
    stack = [k]
    while stack:
        n = stack.pop()
        x[n] += 1
        if n > 0:
            stack.append(n - 1)
    return x


def halved(a, n):
    if n <= 0 or a <= 1:
        return a
    return halved(a * 0.5, n - 1) + 0.1


def written_before_calls_without_an_end(x, k, t):
    for _ in range(5):
        y = x.reshape(2, 2)
        y[0, 1] += t
    return halved(t, k), x


@pytest.mark.parametrize(
    "f",
    [
        written_before_a_dict_has_a_new_key,
        written_before_a_list_moves,
        written_before_calls_without_an_end,
    ],
)
def test_a_program_that_is_traced_again_writes_to_its_arguments_once(f):
    """The first trace leaves nothing in arguments to which nobody wrote before it."""
    x = np.arange(4.0)
    wanted, found = x.copy(), x.copy()
    f(wanted, np.int64(2), 1.5)
    check_value(f, x, np.int64(2), 1.5)
    lg.jit(lg.program(f))(found, np.int64(2), 1.5)
    np.testing.assert_allclose(found, wanted)


def rows_of_a_choice(x, y, k):
    z = y if k > 2 else x
    total = 0.0
    for e in z:
        total = 0.5 * total + e
        z[...] = np.where(z > 2, x[0], 5 * total)
    return total


def rows_while_the_choice_is_written(x, y, k):
    z = (y if k > 2 else x)[::-1]
    total = 0.0
    for i, e in enumerate(x):
        total = 0.5 * total + e
        z[...] = i
    return total


def rows_of_a_choice_while_its_array_is_written(x, y, k):
    z = y if k > 2 else x
    total = 0.0
    for i, (e, g) in enumerate(zip(z, y)):
        total = 0.5 * total + e - 0.1 * g
        x[1:] = i
    return total


def rows_beside_an_array_that_may_be_a_copy(x, y, k):
    if k > 2:
        y = x.copy()
    total = 0.0
    for e, g in zip(x, y):
        total = 0.5 * total + e - g
        y.sort()
    return total


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize(
    "f",
    [
        rows_of_a_choice,
        rows_while_the_choice_is_written,
        rows_of_a_choice_while_its_array_is_written,
        rows_beside_an_array_that_may_be_a_copy,
    ],
)
def test_a_loop_sees_writes_to_the_rows_that_a_condition_chose(f, k):
    """A body that writes to one of the arrays that its rows may be reads each row in its turn."""
    x, y = np.array([3.0, 1.0, 4.0, 2.0]), np.array([9.0, 7.0, 8.0, 6.0])
    check_value(f, x, y, np.int64(k))


@pytest.mark.parametrize("rows", ["x", "z"])
def test_rows_that_may_be_one_array_or_another_by_turns_are_an_error(rows, tmp_path):
    lines = [
        "def f(x, y, n):",
        "    z = x",
        "    for k in range(n):",
        "        z = y",
        "    total = 0.0",
        f"    for e in {rows}:",
        "        total += e",
        f"        {'z' if rows == 'x' else 'y'}[...] = total",
        "    return total",
    ]
    f = program("\n".join(lines), tmp_path)
    with pytest.raises(ValueError, match=r"program\.py:\d+: .*one array or another"):
        lg.jit(lg.program(f))(np.ones(3), np.zeros(3), np.int64(1))


class Kept:
    """An object with a row."""


def kept_as_a_variable(x):
    best = x[0]
    for row in x:
        if row.sum() > best.sum():
            best = row
    return best


def kept_behind_none(x):
    best = None
    for row in x:
        if best is None or row.sum() > best.sum():
            best = row
    return best


def kept_as_a_part(x):
    best = x[0, 1:]
    for row in x:
        if row[1:].sum() > best.sum():
            best = row[1:]
    return best


def kept_in_a_tuple(x):
    best = x[0], 0
    for i, row in enumerate(x):
        if row.sum() > best[0].sum():
            best = row, i
    return best[0]


def kept_in_an_object(x):
    found = Kept()
    found.best = x[0]
    for row in x:
        if row.sum() > found.best.sum():
            found.best = row
    return found.best


def kept_from_a_zip(x):
    best = x[0]
    for row, other in zip(x, x[::-1]):
        if other[0] > 0:
            best = row
    return best


KEEPING = [
    kept_as_a_variable, kept_behind_none, kept_as_a_part, kept_in_a_tuple, kept_in_an_object,
    kept_from_a_zip,
]  # fmt: skip


@pytest.mark.parametrize("keep", KEEPING)
def test_a_variable_keeps_a_row_of_a_loop(keep):
    def total(x):
        return np.sum(keep(x) ** 2)

    check_value(total, ROWS)
    check_gradient(total, ROWS)


@pytest.mark.parametrize("keep", KEEPING)
def test_no_write_behind_a_loop_is_lost_in_a_row_that_a_variable_keeps(keep):
    """The row was the one from before the write."""

    def of_the_array(x):
        best = keep(x)
        x[3] *= 2
        return best.sum()

    def of_the_row(x):
        best = keep(x)
        best *= 2
        return x.sum()

    for total in (of_the_array, of_the_row):
        with pytest.raises(ValueError, match=r"test_memory_of_arrays.*one array or another"):
            lg.jit(lg.program(total))(ROWS.copy())


ROWS = np.outer([1.0, 2, -1, 4, 3, -2], [1.0, 0.5, -0.25, 2])
