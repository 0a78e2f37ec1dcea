"""Texts with traced numbers, which have no digits, and the classes of traced values."""

from __future__ import annotations

import numbers

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.arange(30.0) + 0.5


def palindromes(x):
    total = 0.0
    for i in range(len(x)):
        if str(i) == str(i)[::-1]:
            total += x[i]
    return total


def lengths(x):
    total = 0.0
    for i in range(len(x)):
        total += len(str(i)) * x[i]
    return total


def contained(x):
    total = 0.0
    for i in range(len(x)):
        if "1" in f"{i}":
            total += x[i]
    return total


def ordered(x):
    total = 0.0
    for i in range(len(x)):
        if "%d" % i < "3":  # noqa: UP031
            total += x[i]
    return total


def keys(x):
    table = {f"k{i}": float(i) for i in range(len(x))}
    total = 0.0
    for i in range(len(x)):
        total += table[f"k{i}"] * x[i] + table.get("k{}".format(i), 0.0)  # noqa: UP032
    return total


def pages(x):
    total = 0.0
    for i in range(len(x)):
        if "-".join(["page", repr(i)]).endswith("7"):
            total += x[i]
    return total


def numerals(x):
    total = 0.0
    for i in range(len(x)):
        digits = format(i, "d").zfill(3)
        if digits.strip("0"):
            total += int(digits) * x[i]
    return total


def named(x):
    found = set()
    for i in range(len(x)):
        found.add(f"w{i % 7}")
    return x[0] * len(found)


def ints(x):
    total = 0.0
    for i in range(len(x)):
        if isinstance(i, int) and not isinstance(i, (float, np.integer)):
            total += x[i]
        if type(i) is int and isinstance(i, numbers.Integral):
            total += 1
    return total


@pytest.mark.parametrize(
    "fn", [palindromes, lengths, contained, ordered, keys, pages, numerals, named, ints]
)
def test_the_digits_of_an_index(fn):
    """A loop whose body reads digits, which a traced index does not have, knows its turns."""
    check_value(fn, X)
    check_gradient(fn, X)


def sign(x):
    return x.sum() if str(x[0]).startswith("-") else x[0]


def same(x):
    return 1.0 if f"{x[0]:.2f}" == f"{x[1]:.2f}" else x[0]


def size(n):
    return len("%d" % n) * 1.0  # noqa: UP031


def key(x):
    return {"0": 1.0}.get(f"{x[0]}", 2.0)


def member(x):
    return 1.0 if f"{x[0]}" in ["0.5", "1"] else 2.0


def number(x):
    return float(f"{x[0]:.3f}")


def kept(x):
    mode = "none"
    if x[0] > 0:
        mode = f"{x[0]}"
    return 1.0 if mode == "none" else 2.0


@pytest.mark.parametrize("fn", [sign, same, size, key, member, number, kept])
def test_the_digits_of_a_traced_number_are_an_error(fn):
    """The text of a traced number says its type, and no result may depend on this text."""
    argument = np.int64(7) if fn is size else X
    with pytest.raises(TypeError, match=r"test_texts\.py:\d+: .*no digits"):
        lg.jit(lg.program(fn))(argument)


def test_texts_can_be_kept_and_printed(capsys):
    def report(x):
        lines = []
        text = ""
        for k, v in enumerate(x):
            text = f"{k:3d}: {v:.3f}".ljust(20) + " m" * 2
            lines.append(text)
            print("turn", k, text.upper(), f"{v:>8}", "%.3e" % v, str(v)[:5])  # noqa: UP031
        if text:
            print(", ".join(lines))
        return x.sum()

    assert lg.jit(lg.program(report))(X) == X.sum()
    assert "FLOAT64[]" in capsys.readouterr().out


def kinds(x):
    first = x[0]
    n = x.argmax()
    total = 0.0
    if isinstance(x, (int, float)) or type(x) is not np.ndarray:
        total += 1
    if isinstance(first, float) and type(first) is np.float64:
        total += 2
    if isinstance(n, np.integer) and not isinstance(n, int):
        total += 4
    if type(int(n)) is int and isinstance(float(first), float):
        total += 8
    if isinstance(float(first), np.floating):
        total += 16
    stack = [first]
    if type(stack) is list:
        total += 32
    return total * first


def test_the_classes_of_traced_values():
    check_value(kinds, X)
