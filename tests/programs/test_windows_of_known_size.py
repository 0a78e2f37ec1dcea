"""Slices with computed bounds beside arrays of known sizes, which say how long the slices are."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([3.2, 1.3, 2.4, 5.1, 4.6, 6.7])


def neighbours(x, count=3):
    """The bounds of some elements, as two numbers of which no trace knows the distance."""
    near = [0, count]
    while x[near[0]] > 1.5:
        near[0] += 1
        near[1] += 1
    return near


def written(x):
    a, b = neighbours(x)
    w = np.zeros(3)
    w[:] = x[a:b]
    return w


def written_to_a_column(x):
    a, b = neighbours(x)
    w = np.ones((3, 2))
    w[:, 1] = x[a:b]
    w[0] = w[1] * 2
    return w


def written_to_a_view(x):
    def put(weights, entries):
        weights[:] = entries
        weights -= entries[0]
        weights /= 2

    a, b = neighbours(x)
    w = np.zeros((4, 3))
    put(w[1, :], x[a:b])
    return w


def one_element_for_all(x):
    a, b = neighbours(x, 1)
    w = np.zeros(3)
    w[:] = x[a:b]
    return w, w * np.arange(3) + x[a:b]


def added_in_place(x):
    a, b = neighbours(x)
    w = np.arange(3.0)
    v = w
    w += x[a:b]
    return v


def added_to_an_argument(x):
    def add(w, y):
        w += y
        w *= y

    a, b = neighbours(x)
    w = np.zeros((4, 3))
    add(w[1, :], x[a:b])
    w[2] += x[a:b]
    return w


def added_to_an_attribute(x):
    class Sums:
        def __init__(self):
            self.w = np.zeros(3)

    a, b = neighbours(x)
    sums = Sums()
    w = sums.w
    sums.w += x[a:b]
    return w


def beside_an_array(x):
    a, b = neighbours(x)
    y = np.arange(3.0) * np.sqrt(x[a:b])
    return y, np.where(y > 2, x[a:b], y), np.minimum(x[a:b], [1.5, 2.0, 3.0])


def as_a_column(x):
    a, b = neighbours(x)
    return x[a:b].reshape(3, 1) * np.ones((3, 2)), np.reshape(x[a:b], (1, 3))


def new_axes(x):
    a, b = neighbours(x)
    y = x[a:b]
    d = y[:, None] - y[None, :]
    z = np.expand_dims(y, 1) * y.reshape(1, -1)
    return np.sum(d**2 * z), np.sum(y[np.newaxis], axis=1)


def new_axes_of_rows(x):
    a, b = neighbours(x)
    y = np.stack([x, x**2], 1)[a:b]
    return np.sum(y[:, None, 1] * y[:, :1] + y[None, :, 0])


@pytest.mark.parametrize(
    "fn",
    [
        written, written_to_a_column, written_to_a_view, one_element_for_all, added_in_place,
        added_to_an_argument, added_to_an_attribute, beside_an_array, as_a_column, new_axes,
        new_axes_of_rows,
    ],
)  # fmt: skip
def test_the_length_of_a_slice(fn):
    check_value(fn, X, backends=("cpu", "numpy"))
    check_gradient(fn, X)


def the_slice_as_a_result(x):
    a, b = neighbours(x)
    return x[a:b]


def a_wrong_shape(x):
    a, b = neighbours(x)
    return np.stack([x, x], 1)[a:b].reshape(3, 1)


def a_write_through_new_axes(x):
    a, b = neighbours(x)
    x[a:b][:, None][0, 0] = 1.0
    return x


def a_kind_that_the_array_does_not_hold(x):
    a, b = neighbours(x)
    w = np.arange(3)
    w += x[a:b]
    return w


@pytest.mark.parametrize(
    "fn, error, message",
    [
        (the_slice_as_a_result, TypeError, "an array whose length depends on values"),
        (a_wrong_shape, ValueError, "cannot reshape a slice of rows of 2 elements"),
        (a_write_through_new_axes, TypeError, "through its other shape"),
        (a_kind_that_the_array_does_not_hold, TypeError, "Cannot cast add in place"),
    ],
)
def test_errors(fn, error, message):
    with pytest.raises(error, match=message):
        lg.jit(lg.program(fn))(X)
