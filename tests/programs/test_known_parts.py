"""Parts of programs that need numbers: masks from constants, lists by traced indices, tables."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.linspace(0.5, 1.7, 20).reshape(4, 5)


def mask_of_constants(x):
    columns, rows = np.meshgrid(range(5), range(4))
    disk = (columns - 2) ** 2 + (rows - 1.5) ** 2 < 3
    x = x.copy()
    inside = x[disk]
    for k in range(3):
        x = np.roll(x, 1, axis=0)
        x[disk] = inside * k + np.zeros(inside.shape[0])
    return x, x[:, disk[1]]


def removed_columns(x):
    keep = np.ones(x.shape, dtype=bool)
    places = np.argmin(x * np.cos(9 * x), axis=1)
    for i in range(x.shape[0]):
        keep[i, places[i]] = False
    return x[keep].reshape(4, 4) + np.reshape(x[keep], (2, 8))[0, 0]


def relaxed(x, edges):
    distances = [9.0, 9.0, 9.0, 9.0]
    distances[0] = 0.0
    for _ in range(3):
        changed = False
        for (u, v), w in zip(edges, x[0]):
            if distances[u] + w < distances[v]:
                distances[v] = distances[u] + w
                changed = True
        if not changed:
            break
    return sum(distances)


def counted(x):
    counts = [0] * 4
    for row in x:
        for v in row:
            counts[int(3 * v) % 4] += 1
    return counts


def by_letters(x, text):
    score = 0.0
    for i in range(len(text)):
        for j in range(10):
            if text[i] == "abcabcabca"[j]:
                score += x[i % 4, j % 5]
    return score


def table_of_floats(x):
    weights = [0.1, 0.4, 0.2, 0.9, 0.3, 0.5, 0.7, 0.6, 0.8]
    total = 0.0
    for k in range(len(weights)):
        total += weights[k] * x[0, k % 5]
    return total


def diagonal_by_einsum(x):
    y = x[:, :4].copy()
    diagonal = np.einsum("ii->i", y)
    diagonal *= 2
    np.einsum("ij->ji", y)[0, 1] = 9.0
    return y


def texts(x):
    weights = {"s:up": 1.5, "s:down": 0.5}
    total, label = 0.0, "s:"
    for v in x[0]:
        state = "up" if v > 0.6 else "down"
        label = f"s:{state}"
        print(f"{k_format(v)!s:>8} {state}", state)
        total += weights[label] * v
        if label == "s:up":
            total += 1.0
    return total


def k_format(v):
    return "value"


EDGES = [(0, 1), (1, 2), (0, 2), (2, 3), (1, 3)]
CASES = {
    "mask_of_constants": (mask_of_constants, X),
    "removed_columns": (removed_columns, X),
    "relaxed": (relaxed, X, EDGES),
    "by_letters": (by_letters, X, "abacbacbab"),
    "table_of_floats": (table_of_floats, X),
    "texts": (texts, X),
    "diagonal_by_einsum": (diagonal_by_einsum, X),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient(name):
    fn, *args = CASES[name]
    check_value(fn, *args, backends=("numpy",))
    check_gradient(fn, *args)


def test_items_at_traced_indices_are_counted():
    check_value(counted, X, backends=("numpy",))


@pytest.mark.parametrize("name", ["by_letters", "table_of_floats"])
def test_long_tables_are_loops(name):
    fn, *args = CASES[name]
    with lg.remarks() as found:
        lg.trace(lg.program(fn), *args)
    assert "unrolled" not in str(found)


def test_a_write_to_a_diagonal_that_is_no_slice_is_an_error():
    def f(x):
        np.einsum("iji->ij", x)[0] = 1.0
        return x

    with pytest.raises(ValueError, match=r"test_known_parts\.py:\d+: .*read-only"):
        lg.trace(lg.program(f), np.ones((2, 3, 2)))


def test_a_long_list_at_a_traced_index_is_an_error():
    def f(x):
        items = [0.0] * 100
        items[np.argmax(x[0])] = 1.0
        return sum(items)

    with pytest.raises(TypeError, match=r"test_known_parts\.py:\d+: .* make an array of it"):
        lg.trace(lg.program(f), X)


def missing_key(x):
    return x * {"rate": 0.1}["lr"]


def float_key(x):
    return {0.5: x}[x[0, 0]]


def shorter(x):
    while np.sum(x) > 1e-3:
        x = x[:-1]
    return x


@pytest.mark.parametrize(
    "fn, kind, text",
    [
        (missing_key, KeyError, "no key of this dict is 'lr'"),
        (float_key, TypeError, "cannot be a key of a dict"),
        (shorter, TypeError, "an array whose length depends on values"),
    ],
)
def test_errors_name_the_line(fn, kind, text):
    with pytest.raises(kind, match=rf"test_known_parts\.py:\d+: .*{text}"):
        lg.trace(lg.program(fn), X)
