"""Slices whose bounds a loop computes, beside NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

A = np.arange(12.0).reshape(4, 3) / 7 + 0.3


def by_name(a):
    for i in range(1, 4):
        w = a[:i, 0]
        w += 1
        a[0, 0] = 5
        a[i, 1] = w.sum()
    return a


def reductions(a):
    x = a.reshape(-1).copy()
    n = x.shape[0]
    s = 0.0
    for i in range(n):
        s += np.max(x[: i + 1]) + np.mean(x[i:]) + x[i:].min() * x[:i].sum()
    return s


def moving_writes(a):
    x = a.reshape(-1).copy()
    for i in range(2, 10):
        x[i - 2 : i + 1] = x[i - 2 : i + 1] * 0.5 + 1
        x[:i] = x[i - 1]
        x[i:] -= x[: 12 - i].sum()
    return x


def lengths(a):
    x = a.reshape(-1).copy()
    out = np.zeros(12)
    for i in range(12):
        out[i] = len(x[i:]) + np.linalg.norm(x[:i]) + (x[i:] > 0.5).sum()
        for v in x[:i]:
            out[i] += v
    return out


def reversed_part(a):
    x = a.reshape(-1).copy()
    for i in range(5):
        x[i : 12 - i] = x[i : 12 - i][::-1]
    return x


def from_the_end(a):
    x = a.reshape(-1).copy()
    y = np.zeros(12)
    for i in range(1, 11):
        y[i] = x[-i:].sum() + x[:-i].sum() + x[i - 3 : i].sum()
    return y


def outer_products(a):
    M = np.outer(a.reshape(-1), a.reshape(-1)) + 12 * np.eye(12)
    for k in range(11):
        M[k + 1 :, k] /= M[k, k]
        M[k + 1 :, k + 1 :] -= np.outer(M[k + 1 :, k], M[k, k + 1 :])
    return M


def cholesky_by_columns(a):
    M = np.outer(a.reshape(-1), a.reshape(-1)) + 12 * np.eye(12)
    L = np.zeros_like(M)
    for j in range(12):
        L[j, j] = np.sqrt(M[j, j] - np.sum(L[j, :j] ** 2))
        L[j + 1 :, j] = (M[j + 1 :, j] - L[j + 1 :, :j] @ L[j, :j]) / L[j, j]
    return L


def selection_sort(a):
    x = a.reshape(-1).copy()
    for i in range(12):
        k = np.argmax(x[i:]) + i
        t = x[i]
        x[i] = x[k]
        x[k] = t
    return x


def insertion_sort(a):
    x = a.reshape(-1).copy()
    for i in range(1, 12):
        key = x[i]
        j = i - 1
        while j >= 0 and x[j] < key:
            x[j + 1] = x[j]
            j -= 1
        x[j + 1] = key
    return x


def pivoting(a):
    M = a.T @ a + 3 * np.eye(3)
    b = a[0].copy()
    n = 3
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(M[i, k]) > abs(M[p, k]):
                p = i
        if p != k:
            M[[k, p]] = M[[p, k]]
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            f = M[i, k] / M[k, k]
            M[i, k:] -= f * M[k, k:]
            b[i] -= f * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - np.dot(M[i, i + 1 :], x[i + 1 :])) / M[i, i]
    return x


ALL = [
    by_name,
    reductions,
    moving_writes,
    pytest.param(lengths, marks=pytest.mark.slow),
    reversed_part,
    from_the_end,
    outer_products,
    cholesky_by_columns,
    selection_sort,
    insertion_sort,
    pivoting,
]

UNROLLED = {"lengths"}
"""A slice of a computed length cannot be gone through by `for`."""


@pytest.mark.sampled(6)
@pytest.mark.parametrize("fn", ALL, ids=lambda fn: fn.__name__)
def test_it_is_as_in_numpy(fn):
    with lg.remarks() as found:
        check_value(fn, A)
    assert ("is unrolled" in str(found)) == (fn.__name__ in UNROLLED)
    check_gradient(fn, A)


def test_lengths_that_may_differ_are_an_error():
    def unequal(x, n):
        return x[:n] * x[n:]

    with pytest.raises(TypeError, match=r"test_windows.py:\d+: letgrad cannot tell"):
        lg.jit(lg.program(unequal))(A[0], np.int64(1))


@pytest.mark.parametrize("name", ["argmax", "argmin"])
@pytest.mark.parametrize("worst", [np.inf, -np.inf, np.nan])
def test_first_places(name, worst):
    """The place counts from the start of the slice, also if no element beats the filling."""

    def first_places(x):
        found = np.zeros(x.size, np.int64)
        for k in range(x.size):
            found[k] = getattr(np, name)(x[k:]) + 10 * getattr(x[: k + 1], name)()
        return found

    x = np.array([2.0, worst, 1.0, 2.0, worst, worst])
    np.testing.assert_array_equal(lg.jit(lg.program(first_places))(x), first_places(x))


# Slices that are results, and not views: programs write to them, too.

TABLE = np.arange(6.0)


def parts_of_results(x):
    total = 0.0
    for i in range(1, 5):
        w = x[:i] * 2
        w[0] = 7.0
        other = w
        w += 1
        w[-1] *= 3
        w[1:] = w[1:] + 1
        total += other.sum() * w[0]
    return total


def parts_of_new_arrays(x):
    total = 0.0
    for i in range(1, 5):
        w = np.zeros_like(x[:i])
        view = w[:]
        for j in range(i):
            w[j] = x[j] * j
        view[0] = 3.0 * x[0]
        total += w.sum()
    return total


def parts_of_views(x):
    for i in range(1, 5):
        w = x[i:]
        w[0] = w[-1] * 2
        w[1:] -= 1
    return x


def corners(x):
    M = np.outer(x, x)
    for i in range(1, 5):
        w = M[i:, i:]
        w[0, 1:] = 1.0
        w[1:, 0] *= 0.5
        w.T[0, 0] = 4.0
        q = w.T + 1
        q[0, :] = 0.0
        M[i:, i:] += q
    return M


def copies_of_parts(x):
    total = 0.0
    for i in range(1, 5):
        w = x[:i].astype(np.float64)
        w[0] = 5.0
        total += w.sum()
    return x, total


def shifted_bits(x):
    k = np.arange(6)
    for i in range(1, 5):
        k[i:] = (k[i:] << 2) >> 1
    return x[k % 6]


def householder(x):
    R = np.outer(x, x) + np.diag(x)
    Q = np.eye(6)
    for j in range(5):
        norm = np.linalg.norm(R[j:, j])
        s = -np.sign(R[j, j])
        u = R[j, j] - s * norm
        w = R[j:, j] / u
        w[0] = 1.0
        tau = -s * u / norm
        R[j:, :] = R[j:, :] - np.outer(tau * w, w @ R[j:, :])
        Q[:, j:] = Q[:, j:] - np.outer(Q[:, j:] @ w, tau * w)
    return Q, R


@pytest.mark.parametrize(
    "fn",
    [
        parts_of_results,
        parts_of_new_arrays,
        parts_of_views,
        corners,
        copies_of_parts,
        shifted_bits,
        householder,
    ],
    ids=lambda fn: fn.__name__,
)
def test_writes_to_results(fn):
    x = np.array([0.3, 1.2, -0.7, 2.0, 0.9, 1.1])
    with lg.remarks() as found:
        lg.trace(lg.program(fn), x)
    assert "is unrolled" not in str(found)
    check_value(fn, x)
    check_gradient(fn, x)


def test_writes_that_would_be_lost_are_errors():
    def by_the_reverse(x, n):
        x[:n][::-1][0] = 1.0
        return x

    def of_a_table(x, n):
        TABLE[:n][0] = x[0]
        return x

    def of_a_row_of_a_table(x, n):
        row = TABLE.reshape(2, 3)[n]
        row[0] = x[0]
        return x

    def by_places(x, n):
        x[:n][np.array([0, 1])] = 1.0
        return x

    def of_floats(x, n):
        w = np.zeros(4, np.int64)[:n] + 1
        w += x[0]
        return w.sum()

    before = TABLE.copy()
    for fn, said in [
        (by_the_reverse, "through its reverse"),
        (of_a_table, "made outside of the traced functions"),
        (of_a_row_of_a_table, "made outside of the traced functions"),
        (by_places, "no arrays of places or masks"),
        (of_floats, "Cannot cast add in place output"),
    ]:
        with pytest.raises((TypeError, ValueError), match=rf"test_windows.py:\d+: .*{said}"):
            lg.jit(lg.program(fn))(np.ones(4), np.int64(2))
    np.testing.assert_array_equal(TABLE, before)


def test_lengths_that_are_data():
    """Slices whose lengths only the run knows, also one of length 1, beside each other."""

    def products(A, B, a, b, n):
        y = np.zeros((len(n), 3))
        for i in range(len(n)):
            p, q = A[i, a[i] : a[i] + n[i]], B[i, b[i] : b[i] + n[i]]
            y[i, 0] = p @ q
            y[i, 1] = (p * A[i, a[i] : a[i] + 1 + 0 * b[i]] - q / 2).sum()
            A[i, a[i] : a[i] + n[i]] = 2 * q
            y[i, 2] = A[i].sum()
        return y

    rng = np.random.default_rng(0)
    args = (
        rng.random((4, 7)),
        rng.random((4, 7)),
        *np.array([[0, 1, 2, 0], [2, 1, 0, 3], [3, 4, 5, 1]]),
    )
    check_value(products, *args)
    check_gradient(products, *args, argnums=(0, 1))


def parts_behind_each_other(x, n):
    both = np.concatenate([x[:n], x])
    more = np.append(x[:n], [1.0])
    last = np.hstack((2 * x, x[:n]))
    return both.sum() + both[0] + len(both), more.sum(), last[-1], last.size


def rotated(x, n):
    turned = np.concatenate([x[n:], x[:n]])
    x[0] = 100.0
    return turned * np.arange(x.size), turned.shape[0]


def rotations_in_a_loop(x, n):
    rows = np.zeros((x.size, x.size))
    for k in range(x.size):
        rows[k] = np.hstack((x[k:], x[:k]))
    return rows


def one_left_out(x, n):
    found = np.zeros(x.size)
    for k in range(x.size):
        rest = np.concatenate((x[:k], x[k + 1 :]))
        found[k] = rest.mean() + np.prod(rest)
    return found


def rows_behind_each_other(x, n):
    table = np.outer(x, x)
    more = np.vstack([table[:n], x])
    turned = np.concatenate([table[n:], table[:n]], axis=0)
    return more.sum(axis=0), turned


def rotated_along_negative_axes(x, n):
    table = np.outer(x, x)
    turned = np.concatenate([x[n:], x[:n]], axis=-1), np.append(x[n:], x[:n], axis=-1)
    rows = np.concatenate([table[n:], table[:n]], axis=-2), np.append(table[n:], table[:n], -2)
    return *turned, *rows, np.vstack([table[n:], table[:n]]), np.append(x[n:], x[:n])


def ints_and_floats(x, n):
    return np.concatenate([np.arange(x.size)[:n], x[n:]])


@pytest.mark.sampled(2)
@pytest.mark.parametrize("n", [0, 2, 5])
@pytest.mark.parametrize(
    "fn",
    [
        parts_behind_each_other, rotated, rotations_in_a_loop, one_left_out, rows_behind_each_other,
        ints_and_floats, rotated_along_negative_axes,
    ],
)  # fmt: skip
def test_parts_one_behind_the_other(fn, n):
    """np.concatenate of slices with computed bounds was an error about arrays of object."""
    x = np.array([1.0, 2.0, 0.5, 4.0, 3.0])
    check_value(fn, x, np.int64(n), backends=("numpy", "cpu"))
    check_gradient(fn, x, np.int64(n))


@pytest.mark.parametrize(
    "fn, said",
    [
        (lambda x, n: len(np.vstack([x[:n], x[:n]])), "numpy.vstack does not take"),
        (lambda x, n: np.vstack([x[:n]]).sum(), "numpy.vstack does not take"),
        (lambda x, n: np.hstack([x[:, n:], x[:, :n]]).sum(), "numpy.hstack does not take"),
        (lambda x, n: np.append(x[:, n:], 1.0).sum(), "numpy.append does not take"),
        (lambda x, n: np.delete(x[:, n:], 0).sum(), "numpy.delete does not take"),
    ],
)
def test_slices_that_cannot_stand_behind_each_other(fn, said):
    """Vectors as rows stood one behind the other, and made twice as many."""
    x = np.arange(4.0) if "vstack" in said else np.ones((2, 4))
    with pytest.raises(TypeError, match=said):
        lg.jit(lg.program(fn), backend="numpy")(x, np.int64(2))


def test_rotations_are_one_loop():
    with lg.remarks() as found:
        lg.trace(lg.program(rotations_in_a_loop), np.ones(20), 0)
    assert "unrolled" not in str(found)
