"""Arrays of NumPy that a program knows: what it computes of these can take traced values."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from program_checks import compare

import letgrad as lg

W = np.arange(9.0).reshape(3, 3) + np.eye(3)
X = np.full((3, 3), 0.7)


def copied(x, w):
    a, b, c = w.copy(), copy.copy(w), copy.deepcopy(w)
    a += x
    b[0] -= x[0]
    c[1:] *= x[1:]
    return a.sum() + (b * c).sum()


def operators(x, w):
    a, b, c = w * 2.0, -w, w @ w
    a[0, 0] += x[0, 0]
    b *= x
    c[1] = x[1]
    return (a**2).sum() + b.sum() + c.sum()


def functions(x, w):
    a, b = np.sqrt(w), np.add(w, 1.0)
    a *= x
    b[0] = x[0]
    return a.sum() + b.sum()


def methods(x, w):
    a, b, c = w.sum(axis=0), w.astype(float), w.flatten()
    a += x[0]
    b += x
    c[0] = x[0, 0]
    return a.sum() + b.sum() + c.sum()


def parts(x, w):
    a, b, c = w[:2].copy(), w[[0, 2]], w[w > 2.0]
    a[0] = x[0]
    b[1] += x[1]
    c[0] = x[0, 0]
    return (a * b).sum() + c.sum()


def rows(x, w):
    found = []
    for row in w:
        row = row.copy()
        row[0] = x[0, 0]
        found.append(row)
    return np.array(found)


def named(x, w):
    values, vectors = np.linalg.eigh(w + w.T)
    values[0] = x[0, 0]
    return values.sum() + np.abs(vectors).sum()


@pytest.mark.parametrize("fn", [copied, operators, functions, methods, parts, rows, named])
def test_new_arrays_take_traced_values(fn):
    for w in (W, W[::-1], np.asfortranarray(W)):
        before = w.copy()
        compare(lg.jit(lambda x: lg.program(fn)(x, w))(X), fn(X, w.copy()))  # noqa: B023
        np.testing.assert_array_equal(w, before)


def test_an_array_from_outside_does_not():
    """A write would have to show in the array of the user."""

    def outside(x, w):
        w[0] = x[0]
        return w.sum()

    def view(x, w):
        v = w.reshape(-1)
        v[0] = x[0, 0]
        return w.sum()

    def target(x, w):
        v = np.add(w, 1.0, out=w)
        v[0] = x[0]
        return w.sum()

    for fn in (outside, view, target):
        with pytest.raises(TypeError, match=r"test_known_arrays\.py:\d+: .*NumPy array"):
            lg.jit(lambda x: lg.program(fn)(x, W.copy()))(X)  # noqa: B023


def test_an_exponent_that_max_keeps_positive():
    def scaled(a):
        s = max(0, int(np.ceil(np.log2(np.linalg.norm(a)))) + 1)
        return a / 2**s

    for a in (X, X / 100):
        compare(lg.jit(lg.program(scaled))(a), scaled(a))
