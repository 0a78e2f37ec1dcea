"""Gradients of functions that use lg.build, against values computed elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

import letgrad as lg

NUMBERS = [5, 2, 6, 1, -2, 1e-6, 0.1, -0.2, 13.1, 9, 8, -4, 34, 2.99432, -33, 26]
T16 = np.array(NUMBERS).reshape(2, 2, 1, 2, 2)


def foo(x, y, z):
    w = x * np.sin(y)
    return np.arctan2(z, w) + z * w


def bar(x, y):
    w = foo(x, y, x) * np.sin(y)
    return np.arctan2(x, w) + y * w


def foo_build(v):
    r, m = v.sum(), v.min()
    return lg.build(3, lambda i: r * foo(3.0, 5 * r, r * m * m) + bar(r, v[i + 1]))


def nested_build_index(v):
    row = lambda a: lg.build(3, lambda b: lg.build(4, lambda c: v[c])[b])[a]  # noqa: E731
    return lg.build(2, row)


def times_index(n, x):
    return lg.build(n, lambda i: x * i).sum()


def braided(r):
    return lg.build(3, lambda a: lg.build(4, lambda b: lg.asarray([b, 7.0, r, -0.2])[a]))


def concatenated(r):
    return lg.build(
        7,
        lambda i: np.concatenate(
            [np.broadcast_to(r, 5), np.reshape(i * 1.0, 1), np.broadcast_to(r, 13)]
        ),
    )


def by_condition(r, index):
    a = lg.asarray([r, 1.0, 2.0, 3.0, 4.0])
    return lg.build(10, lambda i: lg.cond(i < 5, lambda: a[i], lambda: a[index(i)]))


def by_negation(r):
    a = lg.asarray([r, 1.0, 2.0, 3.0, 4.0])
    return lg.build(10, lambda i: lg.cond(np.logical_not(5 <= i), lambda: a[i], lambda: a[i - 5]))


def out_of_bounds(r):
    t = lg.asarray([r])
    return lg.build(
        7,
        lambda j: np.concatenate(
            [
                lg.gather(5, t, lambda i: i * 0 - 1),
                lg.gather(5, t, lambda i: i * 0 + 10000),
                np.reshape(j * 1.0, 1),
                np.broadcast_to(r, 13),
            ]
        ),
    )


def equal_nothing(r):
    empty = lg.asarray([r, r])[:0]
    return (empty == empty).all()


V = np.array([1.1, 2.2, 3.3, 4.0])
FOO_BUILD = np.array(
    [-4521.201512195087, -5568.7163677622175, -5298.386349932494, -4907.349735554627]
)
ROWS = {
    "27 fooBuild1": (foo_build, V, FOO_BUILD),
    "31 nestedBuildIndex": (nested_build_index, np.ones(5), [1, 1, 0, 0, 0]),
    "32 sum of build": (lambda x: times_index(10, x), 1.1, 45),
    "33 four sums": (
        lambda x: 2 * times_index(10, x) + times_index(20, x) + times_index(20, x + 1),
        1.1,
        470,
    ),
    "34 braidedBuilds": (braided, 3.4, 4),
    "36 concatBuild": (concatenated, 3.4, 126),
    "37 condition": (lambda r: by_condition(r, lambda i: i - 5), 3.4, 2),
    "37 negated condition": (by_negation, 3.4, 2),
    "38 quotient": (lambda r: by_condition(r, lambda i: i - 5 + 1 // np.maximum(1, i - 5)), 3.4, 1),
    "43 gathers out of bounds": (out_of_bounds, 3.4, 91),
    "44 gather at -1": (
        lambda r: lg.gather(5, lg.asarray([r]), lambda i: i * 0 - 1).sum(),
        3.4,
        0,
    ),
    "44 index at -1": (lambda r: lg.build(1, lambda i: lg.asarray([r])[i - 1]), 3.4, 0),
    "46 empty slices": (
        lambda r: lg.cond(equal_nothing(r), lambda: 0.0 * r, lambda: r),
        100.0,
        0,
    ),
    "51 fooBuild0": (lambda v: lg.build(2, lambda i: v.sum()), T16, np.full(T16.shape, 2)),
    "52 fooBuildOut": (
        lambda v: lg.build(2, lambda i: lg.cond(i == 0, lambda: v[i + 1].sum(), lambda: v.sum())),
        T16,
        np.stack([np.full(T16.shape[1:], 1), np.full(T16.shape[1:], 2)]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_gradients(row: str):
    fn, x, expected = ROWS[row]
    got = lg.grad(lambda x: fn(x).sum())(x)
    assert np.allclose(got, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("row", ROWS)
def test_tangents_agree_with_cotangents(row: str):
    fn, x, _ = ROWS[row]
    direction = np.random.default_rng(0).normal(size=np.shape(x))[()]
    value, tangent = lg.jvp(fn, (x,), (direction,))
    cotangent = np.random.default_rng(1).normal(size=np.shape(value))[()]
    (pulled,) = lg.vjp(fn, x)[1](cotangent)
    assert np.allclose(np.sum(cotangent * tangent), np.sum(pulled * direction), rtol=1e-10)


def test_other_directions_of_27_and_33():
    (pulled,) = lg.vjp(foo_build, V)[1](np.full(3, 42.0))
    assert np.allclose(pulled, 42 * FOO_BUILD, rtol=1e-12)
    pushed = lg.jvp(foo_build, (V,), (np.full(4, 42.0),))[1]
    expected = [-296584.8166864211, -290062.472288043, -265770.1775742018]
    assert np.allclose(pushed, expected, rtol=1e-12)
    assert np.allclose(lg.jvp(ROWS["33 four sums"][0], (1.1,), (0.1,))[1], 47)
