"""Elements that a traced mask chose: places in them, `np.place`, and arrays of more dimensions."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([3.2, 1.3, 2.4, 5.1, 4.6, 6.7])


def places_in_a_part(x):
    part = x[x > 2]
    (i,) = np.where(part > 4)
    (j,) = np.nonzero(part < 4)
    (k,) = np.where(np.where(x > 3)[0])
    return part[i].sum(), (part[j] ** 2).sum(), len(i), k.size, k.sum()


def neighbours_in_a_part(x):
    part = x[x > 2]
    rising = np.flatnonzero(np.diff(part) > 0)
    return np.sum(part[rising + 1] / part[rising]), part[rising - 1].sum()


def a_node_without_neighbours(a):
    total = 0.0
    for v in range(len(a)):
        (near,) = np.where(a[v] > 2.5)
        if np.where(near)[0].size:
            total += a[v, near].sum()
    return total


def placed(x):
    found = np.zeros(len(x))
    np.place(found, x > 3, np.sqrt(np.extract(x > 3, x)))
    return found


def placed_in_rows(x):
    rows = x.reshape(2, 3) * 2
    np.place(rows, rows > 6, rows[rows > 6] - 6)
    return rows


def placed_by_another_mask(x):
    found = x.copy()
    np.place(found, x > 3, x[x < 4] * 10)  # three elements for four places
    return found


def beside_a_column(x):
    part = x[x > 2]
    powers = part ** np.arange(3)[:, np.newaxis]
    return np.sum(np.prod(part - np.arange(4)[:, None], 0)), powers.sum(axis=1)


@pytest.mark.parametrize(
    "fn",
    [
        places_in_a_part, neighbours_in_a_part, placed, placed_in_rows, placed_by_another_mask,
        beside_a_column,
    ],
)  # fmt: skip
def test_parts(fn):
    check_value(fn, X, backends=("cpu", "numpy"))
    check_gradient(fn, X)


def test_places_of_places():
    a = np.array([[0.0, 3.2, 1.5], [4.1, 0.0, 2.7], [1.0, 2.0, 0.5]])
    check_value(a_node_without_neighbours, a, backends=("cpu", "numpy"))
    check_gradient(a_node_without_neighbours, a)


def test_an_array_of_as_many_columns_is_an_error():
    def beside_rows(x):
        return (x[x > 2] * np.ones((2, 5))).sum()

    with pytest.raises(TypeError, match="shape depends on values"):
        lg.jit(lg.program(beside_rows))(X)
