"""
Elements that a mask or the bounds of a slice leave out: letgrad computes them, and the program does
not. Where such an element has an infinite derivative, the gradient has no NaN.
"""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient

X = np.array([3.2, 2.9, 2.0, 2.4, 1.7, 5.1])
"""1 / sqrt(x - 2) is infinite at the third number, and NaN at the fifth."""


def chosen(x):
    return 1 / np.sqrt(x[x > 2.2] - 2)


def added_at_places(x):
    found = np.zeros(6)
    np.add.at(found, (x[x > 2.2] * 0.5).astype(int), chosen(x))
    return found**2


def multiplied_at_places(x):
    found = np.ones(6)
    np.multiply.at(found, x[x > 2.2].astype(int), chosen(x))
    return found


def written_at_places(x):
    found = np.zeros(6)
    i = x[x > 2.2].astype(int)
    found[i] = chosen(x)
    found[i] += chosen(x) ** 2
    return found


def placed(x):
    found = np.zeros(6)
    np.place(found, x > 2.3, chosen(x))
    return found**2


def items(x):
    y = chosen(x)
    return y[1] ** 2, y[-1]


def in_a_loop(x):
    total = 0.0
    for v in chosen(x):
        total += v * v
    return total


def of_a_known_shape(x):
    return chosen(x).reshape(2, 2)[1] ** 2


def beside_another_mask(x):
    return (chosen(x) * x[x < 3]).sum()


def at_places_of_places(x):
    y = chosen(x)
    return y[np.where(y > 0.96)[0]].sum()


def bounds(x):
    near = [0, 2]
    while x[near[0]] > 3:
        near[0] += 1
        near[1] += 1
    return near


def between(x):
    a, b = bounds(x)
    return 1 / np.sqrt(x[a:b] - 1.7)


def in_an_array_of_this_size(x):
    w = np.zeros(2)
    w[:] = between(x)
    return w**2


def beside_an_array_of_this_size(x):
    return between(x) * np.arange(1.0, 3.0), between(x).reshape(2, 1) ** 2


def items_of_a_slice(x):
    y = between(x)
    return y[0] ** 2, y[-1], y[1:][0]


def in_other_places(x):
    a, b = bounds(x)
    y = x.copy()
    y[a:b] += between(x)[::-1]
    y[a - 1 : b - 1] = between(x)
    return y**2


@pytest.mark.parametrize(
    "fn",
    [
        added_at_places, multiplied_at_places, written_at_places, placed, items, in_a_loop,
        of_a_known_shape, beside_another_mask, at_places_of_places, in_an_array_of_this_size,
        beside_an_array_of_this_size, items_of_a_slice, in_other_places,
    ],
)  # fmt: skip
def test_the_gradient_has_no_nan(fn):
    check_gradient(fn, X)
