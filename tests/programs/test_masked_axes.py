"""
Parts that a traced mask chose along any axis, products of parts, and writes to parts, beside NumPy.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg


def arguments(n):
    random = np.random.default_rng(n + 1)
    draw = random.standard_normal
    return draw((3, n)), draw(n), draw((n, 3))


def columns(A, w, X):
    B = A[:, w > 0]
    return B.sum(axis=1), (B**2).sum(), B.sum(axis=0).sum(), B.shape[0] * B.shape[1]


def writes_to_columns(A, w, X):
    m = w > 0
    A[:, m] *= 2
    A[:, m] = A[:, m] + w[m]
    A[1:, m] -= np.array([[1.0], [2.0]])
    A[0, m] = w[m]
    X[m] /= (1 + w[m] ** 2)[:, None]
    X[m] = X[m] * w[m][:, None] - A.T[m]
    return A, X


def products(A, w, X):
    m = w > -0.5
    Y = X[m]
    return (
        Y.T @ w[m],
        Y.T @ Y,
        A[:, m] @ Y,
        A[:, m] @ A[:, m].T,
        w[m] @ Y,
        (np.ones((2, 3)) @ Y.T).sum(axis=1),
    )


def least_squares(A, w, X):
    m = w > -0.5
    beta = np.linalg.solve(X[m].T @ X[m] + np.eye(3), X[m].T @ w[m])
    r = w[m] - X[m] @ beta
    return beta, (r**2).sum()


def arithmetic(A, w, X):
    m = w > 0
    B = A[:, m]
    scaled = B * np.array([[1.0], [2.0], [3.0]]) / w[m]
    low = (B - B.min(axis=0)).max(axis=0).sum()
    return scaled.sum(1), B.T.sum(0), B[0].sum(), B[1:, :].sum(), B[..., :2].sum(), low


def indices(A, w, X):
    idx = np.where(w > 0)[0]
    B = A[:, idx]
    return B.sum(), A[1:, idx].sum(1), np.linalg.norm(B, axis=0).sum(), np.linalg.norm(B)


def three_dimensions(A, w, X):
    T = A[:, None, :] * np.array([[1.0], [2.0]])
    m = w > 0
    apart = T[0, :, m]  # NumPy puts the axis of the mask in front.
    beside = T[:, 0, m]
    return T[:, :, m].sum(axis=(0, 2)), apart.sum(axis=0), T[..., m].sum(), beside.sum(1)


def kept_dimensions(A, w, X):
    Y = X[w > 0]
    unit = Y / np.linalg.norm(Y, axis=1, keepdims=True)
    same = Y / np.sqrt((Y**2).sum(1))[:, None]
    B = A[:, w > 0]
    return unit.sum(0), same.sum(0), (B - B.sum(axis=1, keepdims=True)).sum(1), Y[:, None, 1].sum()


def flat(A, w, X):
    rows = 0.0
    for row in X[w > 0].T:
        rows += row.sum() ** 2
    return A[:, w > 0].ravel().sum(), (A[:, w > 0].flatten() ** 2).sum(), len(X[w > 0].T), rows


def one_element_beside(A, w, X):
    p = w[w > -1]
    return (p * np.array([2.0])).sum(), (p + np.arange(1)).sum()


def writes_to_parts(A, w, X):
    p = w[w > -1]
    p[p > 1] = 0
    p[p < 0] *= -1
    p[p < 0.5] = p[p < 0.5] ** 2
    p[:2] += 1
    p[-1:] = 7
    Y = X[w > 0]
    Y[:, 0] += 1
    Y[:, 1:] *= 2
    Y[:1, 2] = 0
    return p.sum(), Y.sum(0)


def names_of_one_part(A, w, X):
    p = w[w > 0]
    q = p
    size = p[:2].sum()  # This view is gone before the write.
    p[:1] = size
    kept = p.copy()
    p *= 2
    return q.sum(), kept.sum()


FUNCTIONS = [
    columns, writes_to_columns, products, least_squares, arithmetic, indices, three_dimensions,
    kept_dimensions, flat, one_element_beside, writes_to_parts, names_of_one_part,
]  # fmt: skip


@pytest.mark.sampled(4)
@pytest.mark.parametrize("n", [0, 1, 2, 7, 20])
@pytest.mark.parametrize("fn", FUNCTIONS)
def test_parts_along_any_axis(fn, n):
    if fn is arithmetic and n < 2:
        return  # NumPy has no minimum of no numbers, but for another axis.
    check_value(fn, *arguments(n), backends=("numpy", "cpu"))


@pytest.mark.parametrize("fn", FUNCTIONS)
def test_derivatives_of_parts_along_any_axis(fn):
    check_gradient(fn, *arguments(7), argnums=(0, 1, 2))


def logarithms(X, w, c):
    ok = X.min(axis=1) > -0.5
    return np.log(X[ok] + 0.5) @ w * c


def logarithms_of_columns(X, w, c):
    ok = X.min(axis=1) > -0.5
    return (w @ np.log(X.T[:, ok] + 0.5)).sum() * c


@pytest.mark.parametrize("fn", [lambda *xs: logarithms(*xs).sum(), logarithms_of_columns])
def test_numbers_outside_of_a_mask_do_not_count_in_products(fn):
    """The gradient by w was NaN: a product with the logarithms of all rows, times zeros."""
    random = np.random.default_rng(0)
    check_gradient(fn, random.standard_normal((9, 3)), random.random(3), 0.7, argnums=(0, 1, 2))


def view_and_write(w):
    p = w[w > 0]
    v = p[:]
    p[:1] = 3.0
    return v.sum()


def transpose_and_write(w):
    Y = np.outer(w, w)[w > 0]
    V = Y.T
    Y *= 2
    return V.sum()


def write_under_a_condition(w):
    p = w[w > 0]
    if w[0] > 0:
        p[0] = 1.0
    return p.sum()


@pytest.mark.parametrize("fn", [view_and_write, transpose_and_write, write_under_a_condition])
def test_writes_that_would_be_lost_are_errors(fn):
    with pytest.raises(TypeError, match=r"test_masked_axes.py:\d+: this line writes to elements"):
        lg.jit(lg.program(fn))(np.ones(3))


def test_a_write_of_another_kind_is_an_error():
    def fn(w):
        places = np.flatnonzero(w > 0)
        places[:1] += 0.5
        return places.sum()

    with pytest.raises(TypeError, match="same_kind"):
        fn(np.ones(3))
    with pytest.raises(TypeError, match=r"test_masked_axes.py:\d+: .*same_kind"):
        lg.jit(lg.program(fn))(np.ones(3))


def groups(labels, x):
    found, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    sums = np.zeros(5)
    np.add.at(sums, inverse, x)
    most = found[np.argmax(counts)] if len(labels) else 0
    return sums, found[inverse], (found * counts).sum(), most, inverse


def first_places(labels, x):
    found, places = np.unique(labels, return_index=True)
    return x[places].sum(), (found * places).sum()


def unique_numbers(labels, x):
    values = np.where(x > 0.5, np.nan, np.round(x))
    equal, counts = np.unique(values, return_counts=True)
    unequal = np.unique(values, return_counts=True, equal_nan=False)
    _, inverse = np.unique(np.stack([labels, labels + 1]), return_inverse=True)
    return len(equal), (counts**2).sum(), len(unequal[0]), unequal[1].sum(), inverse


@pytest.mark.parametrize("n", [0, 1, 2, 7, 33])
@pytest.mark.parametrize("fn", [groups, first_places, unique_numbers])
def test_unique_with_places_and_counts(fn, n):
    random = np.random.default_rng(n)
    args = random.integers(0, 5, n), random.standard_normal(n)
    check_value(fn, *args, backends=("numpy", "cpu"))


def test_derivatives_of_groups():
    random = np.random.default_rng(3)
    check_gradient(groups, random.integers(0, 5, 9), random.standard_normal(9), argnums=(1,))


def counter_length(a):
    c = Counter(a.tolist())
    return len(c)


def counter_items(a):
    c = Counter(a)
    best = total = 0
    for k, v in c.items():
        best = max(best, v)
        total += k
    return best, total


def counter_keys(a):
    c = Counter(a.tolist())
    c[1] += 2
    return c[2], 3 in c, sum(c.values()), c.most_common(1)[0][1]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("n", [0, 1, 2, 7, 33])
@pytest.mark.parametrize("fn", [counter_length, counter_items, counter_keys])
def test_the_first_use_of_a_counter(fn, n):
    """`len(c)` and `c.items()` were errors: the object in its place had no length, and a list."""
    check_value(fn, np.random.default_rng(n).integers(0, 4, n))


INNER_PRODUCTS = [
    lambda X, w: np.sum(np.inner(X[w > 0], X)),
    lambda X, w: np.sum(np.inner(X[w > 0], X[w > 0])),
    lambda X, w: np.vdot(X[w > 0], X[w > 0]),
]


def test_inner_products_of_complex_parts():
    """The first factor of `vdot` was not conjugated."""

    def fn(z):
        part = z[z.real > 0]
        return np.vdot(part, part), np.inner(part, part), np.vdot(part * 1j, part)

    draw = np.random.default_rng(5).standard_normal
    check_value(fn, draw(7) + 1j * draw(7))


@pytest.mark.parametrize("fn", INNER_PRODUCTS)
def test_inner_products_of_matrices_are_errors(fn):
    """The first was X[w > 0] @ X."""
    with pytest.raises(TypeError, match=r"test_masked_axes.py:\d+: "):
        lg.jit(lg.program(fn))(np.arange(9.0).reshape(3, 3), np.ones(3))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.uint64])
def test_small_integers_as_indices(dtype):
    """An index from the end overflowed in int8, if there are more elements than it holds."""

    def fn(x, k):
        part = x[x > -2]
        part[k[0]] = 7.0
        return part[k], part[k[1]], part.sum()

    places = [-1, -128, 3] if np.dtype(dtype).kind == "i" else [0, 200, 3]
    check_value(fn, np.linspace(-1, 1, 400), np.array(places, dtype))


def test_questions_about_columns():
    def fn(A, w):
        B = A[:, w > 0] > 0
        return B.any(axis=1), np.all(B, axis=1), B.sum(), np.max(B, axis=1)

    draw = np.random.default_rng(6).standard_normal
    check_value(fn, draw((3, 5)), draw(5))


# Rows of parts are views of them.


def rows_of_a_part(A, w, X):
    part = X[w > -0.5]
    copied, positive = part.copy(), part[part[:, 0] > 0]
    if_written = X[w > -0.5]
    row, last = part[0], part[-1]
    row[0] = 9.0
    part[1:] *= 2
    part[0] = part[-1]
    part += 1
    if_written[0][1] = 5.0
    return row, last.sum(), part.sum(), copied.sum(), positive.sum(), if_written.sum(), X


@pytest.mark.parametrize("n", [2, 7])
def test_rows_of_parts_are_views(n):
    """A row that had a name kept its old elements, and a copy of the part changed with it."""
    A, _, X = arguments(n)
    check_value(rows_of_a_part, A, np.ones(n), X)
    w = np.where(np.arange(n) % 3 == 1, -1.0, 1.0)
    check_value(rows_of_a_part, A, w, X)


def written_rows(X, w):
    part = X[w > 0]
    for k, row in enumerate(part):
        row[0] = k
    return part.sum()


def written_pairs_of_rows(X, w):
    part = X[w > 0]
    for row, following in zip(part, part[1:]):  # noqa: RUF007
        row[0] = following[1]
    return part.sum()


def written_items(X, w):
    rows = [row for row in X if row[0] > 0]
    rows[0][0] = 99.0
    return X.sum()


def written_rows_of_a_list(X, w):
    rows = [row for row in X[w > 0]]
    rows[0][0] = 99.0
    return rows[0].sum()


def written_in_place(X, w):
    rows = []
    k = 0
    while k < 3 and w[k] > 0:
        rows.append(np.array([w[k], 1.0]))
        k += 1
    row = rows[-1]
    row += 1
    return rows[-1].sum()


def written_item_or_array(X, w):
    rows = [row.copy() for row in X if row[0] > 0]
    row = rows[0] if w[0] > 0 else np.zeros(3)
    row[0] = 99.0
    return rows[0].sum()


def places_in_tuples(A, w, X):
    """np.where gives a tuple, and the key has a dimension of 1 for it."""
    for d in range(2):
        outside = np.where(X[:, d] < 0)
        X[outside, d] *= -1
        X[outside, 2] = X[outside, d] + 1
    inside = np.nonzero(w > 0)
    X[inside, :] += 2
    A[1, inside] = 3.0
    part = X[inside, 1]
    return X, part.sum(), part[0].sum(), part.shape[0], X[inside, :].sum(axis=(0, 1)), A


@pytest.mark.parametrize("n", [5, 8])
def test_places_in_tuples_within_a_key(n):
    """These were errors."""
    check_value(places_in_tuples, *arguments(n), backends=("cpu", "numpy"))
    check_gradient(places_in_tuples, *arguments(n), argnums=(0, 1, 2))


def test_a_place_in_a_tuple_behind_a_slice_is_an_error():
    def behind(A, w, X):
        return A[:, np.where(w > 0)].sum()

    with pytest.raises(TypeError, match=r"test_masked_axes.py:\d+: .*traced mask"):
        lg.jit(lg.program(behind))(*arguments(5))


def array_of_the_items(X, w):
    rows = [row[1:] for row in X if row[0] > -9]
    X[0] = 1.0
    return rows[0].sum()


WRITTEN_ROWS = [
    written_rows, written_pairs_of_rows, written_items, written_rows_of_a_list, written_in_place,
    written_item_or_array, array_of_the_items,
]  # fmt: skip


@pytest.mark.parametrize("fn", WRITTEN_ROWS)
def test_writes_to_rows_of_a_loop_are_errors(fn):
    """The write was lost."""
    for n in 3, 80:
        with pytest.raises(ValueError, match=r"test_masked_axes.py:\d+: .*(copy|place for each)"):
            lg.jit(lg.program(fn))(np.arange(3.0 * n).reshape(n, 3), np.ones(n))
