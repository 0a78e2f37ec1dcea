"""Indexing of traced arrays against NumPy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

import letgrad as lg


def compare(x, key):
    try:
        expected = x[key]
    except IndexError:
        with pytest.raises(IndexError, match=r"test_indexing.py:\d+: "):
            lg.trace(lambda x: x[key], x)
        return
    actual = lg.jit(lambda x: x[key], backend="numpy")(x)
    assert np.shape(actual) == np.shape(expected)
    np.testing.assert_array_equal(actual, expected)


def numbers(shape):
    return np.arange(1.0, np.prod(shape, dtype=int) + 1).reshape(shape)


shapes = hn.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)


@st.composite
def basic(draw):
    shape = draw(shapes)
    return numbers(shape), draw(hn.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))


@st.composite
def mixed(draw):
    """Ints, slices, None, an ellipsis, integer arrays that broadcast together, a mask."""
    shape = draw(hn.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4))
    common = draw(hn.array_shapes(min_dims=1, max_dims=2, min_side=1, max_side=3))
    items, d = [], 0
    while d < len(shape) and draw(st.integers(0, 5)):
        n = shape[d]
        kind = draw(st.sampled_from(["int", "slice", "array", "array", "none", "mask", "dots"]))
        if kind == "none":
            items.append(None)
        elif kind == "dots" and Ellipsis not in [i if i is Ellipsis else 0 for i in items]:
            items.append(Ellipsis)
            d += draw(st.integers(0, len(shape) - d))
        elif kind == "int":
            items.append(draw(st.integers(-n, n - 1)))
            d += 1
        elif kind == "slice":
            items.append(draw(st.slices(n)))
            d += 1
        elif kind == "mask" and n == common[-1] == 1:
            items.append(np.array([True]))
            d += 1
        else:
            trailing = common[draw(st.integers(0, len(common) - 1)) :]
            size = tuple(draw(st.sampled_from([1, m])) for m in trailing)
            items.append(
                draw(
                    hn.arrays(
                        np.int64,
                        size,
                        elements=st.integers(-n - (draw(st.integers(0, 20)) == 0), n - 1),
                    )
                )
            )
            d += 1
    # An ellipsis stands for what is left over.
    return numbers(shape), tuple(items)


@settings(deadline=None, max_examples=200)
@given(basic())
def test_basic(case):
    compare(*case)


@settings(deadline=None, max_examples=300)
@given(mixed())
def test_mixed(case):
    compare(*case)


X = numbers((3, 4, 5))


@pytest.mark.parametrize(
    "key",
    [
        0,
        -1,
        3,
        -4,
        (0, 1),
        (0, 1, 2),
        (0, 1, 2, 3),
        (slice(None), 1),
        (Ellipsis, 2),
        (1, Ellipsis, 2),
        (None, 0),
        (Ellipsis, Ellipsis),
        slice(None, None, -1),
        (slice(2, 0, -2), slice(5, 1)),
        np.array([0, 2]),
        [0, -3],
        [],
        (0, [1, 2]),
        ([1, 2], slice(None), [0, 1]),
        (slice(None), [0, 1], [1, 2]),
        (0, slice(None), [0, 1]),
        ([[0], [1]], [0, 1]),
        (None, [0], None, [1]),
        ([0], Ellipsis, [1]),
        ([0], None, [1]),
        X[:, 0, 0] > 20,
        X > 30,
        (slice(None), X[0] > 10),
        (X[:, 0, 0] > 20, slice(None), 0),
        np.zeros(3, bool),
        np.ones(4, bool),
        True,
        False,
        (0, True),
        np.array(1),
        np.int8(2),
        (np.array(1), [0, 1]),
        ([5], 0),
        1.5,
        (),
        "a",
        (np.zeros((0, 2), int),),
        np.array([0, 1], np.uint8),
    ],
    ids=repr,
)
def test_static(key):
    compare(X, key)


def test_traced_scalars():
    f = lg.jit(
        lambda x, i, j: (x[i], x[i, j], x[:, i], x[1, i], x[i, ::2, j], x[None, i, ..., None, 0]),
        backend="numpy",
    )
    for a, e in zip(
        f(X, 1, 2), (X[1], X[1, 2], X[:, 1], X[1, 1], X[1, ::2, 2], X[None, 1, ..., None, 0])
    ):
        np.testing.assert_array_equal(a, e)


def test_a_traced_index_outside_reads_zero():
    f = lg.jit(lambda x, i: (x[i], x[:, i, 1], x[[0, 1], i]), backend="numpy")
    for i in (-6, 5):
        for part in f(X, i):
            np.testing.assert_array_equal(part, np.zeros_like(part))


def test_traced_arrays():
    j = np.array([[0, 3], [2, 1]])
    f = lg.jit(
        lambda x, j: (x[:, j], x[0, j, [1, 2]], x[j % 3, :, 0], x[None, :, j, 1:3], x[j]),
        backend="numpy",
    )
    *inside, outside = f(X, j)
    for a, e in zip(inside, (X[:, j], X[0, j, [1, 2]], X[j % 3, :, 0], X[None, :, j, 1:3])):
        np.testing.assert_array_equal(a, e)
    np.testing.assert_array_equal(outside, np.stack([[X[0], 0 * X[0]], [X[2], X[1]]]))


def test_scalars_of_a_constant():
    a = np.arange(5) * 1.5
    assert lg.jit(lambda i: lg.asarray(a)[i])(3) == 4.5
    assert type(lg.asarray(a)[3]) is np.float64


@pytest.mark.parametrize(
    "function, message",
    [
        (lambda x: x[x > 0], "shape depends on values"),
        (lambda x: x[x], "must be of integer type"),
        (lambda x: x[: x[0, 0, 0].astype(int)], "no static shape"),
        (lambda x: np.arange(3)[x[0, 0, 0].astype(int)], r"lg.asarray\(np.arange\(3\)\)\[x"),
    ],
)
def test_errors_say_what_to_do(function, message):
    with pytest.raises((TypeError, IndexError), match=rf"test_indexing.py:\d+: .*{message}"):
        lg.trace(function, X)


def test_leading_integers_are_one_op():
    module = lg.trace(lambda x, i: x[1, i], X, 0)
    names = [op.name for op in module.walk() if op.name.startswith("ten.")]
    assert names == ["ten.index"]
