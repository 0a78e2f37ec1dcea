"""
Functions that give views in NumPy: a write to the array shows in the result, and a write to the
result in the array. A result that is a copy in NumPy is one here, too.
"""

import numpy as np
import pytest

import letgrad as lg
import letgrad.numpy as lnp

M = np.arange(12.0).reshape(3, 4) + 1
V = np.arange(6.0) + 1
C = np.arange(3) + 1j

windows = np.lib.stride_tricks.sliding_window_view

VIEWS = {
    "unstack": (lambda m: np.unstack(m)[1], M),
    "unstack of columns": (lambda m: np.unstack(m, axis=1)[1], M),
    "meshgrid": (lambda m: np.meshgrid(m[0], m[1], copy=False, sparse=True)[1], M),
    "meshgrid of one": (lambda v: np.meshgrid(v, copy=False)[0], V),
    "meshgrid of columns": (
        lambda m: np.meshgrid(m[:, 0], m[1], copy=False, sparse=True, indexing="ij")[0],
        M,
    ),
    "meshgrid, copied": (lambda v: np.meshgrid(v, v)[0], V),
    "meshgrid of one, copied": (lambda v: np.meshgrid(v)[0], V),
    "meshgrid of letgrad.numpy": (lambda v: lnp.meshgrid(v, v, copy=False, sparse=True)[1], V),
    "astype": (lambda m: np.astype(m, float, copy=False), M),
    "astype, copied": (lambda m: np.astype(m, float), M),
    "astype of another dtype": (lambda m: np.astype(m, "f4", copy=False), M),
    "method astype": (lambda m: m.astype(float, copy=False), M),
    "real_if_close": (np.real_if_close, M),
    "conj": (lambda m: m.conj(), M),
    "conjugate": (lambda m: m[1:].conjugate(), M),
    "conj of complex numbers": (lambda c: c.conj(), C),
    "np.conj": (np.conj, M),
    "diff of order 0": (lambda m: np.diff(m, n=0), M),
    "diff": (lambda m: np.diff(m), M),
    "apply_over_axes": (lambda m: np.apply_over_axes(np.sum, m, []), M),
    "apply_over_axes of one": (lambda m: np.apply_over_axes(np.sum, m, [0]), M),
    "real": (lambda c: np.real(c), C),
    "imag": (lambda c: c[::-1].imag, C),
    "split": (lambda m: np.split(m, 2, axis=1)[1], M),
    "einsum": (lambda m: np.einsum("ij->ji", m), M),
    "ravel of columns": (lambda m: m.T.ravel(order="F"), M),
    "ravel, copied": (lambda m: m.T.ravel(), M),
    "rot90": (lambda m: np.rot90(m, 4), M),
    "clip": (lambda m: np.clip(m, -100, 100), M),
    "roll": (lambda m: np.roll(m, 0), M),
    "pad": (lambda m: np.pad(m, 0), M),
    "concatenate": (lambda m: np.concatenate([m]), M),
}

READ_ONLY = {
    "windows": (lambda v: windows(v, 2), V),
    "windows of an axis": (lambda m: windows(m, 2, axis=1), M),
    "windows of two axes": (lambda m: windows(m, (2, 3))[:, ::-1], M),
    "part of windows": (lambda v: windows(v, 2)[::2, 1], V),
    "imag of real numbers": (np.imag, M),
    "diagonal": (np.diagonal, M),
}
"""Read-only in NumPy."""

REFUSING = {
    "meshgrid": (lambda v: np.meshgrid(v, v, copy=False)[0], V),
    "meshgrid of letgrad.numpy": (lambda v: lnp.meshgrid(v, v, copy=False)[1], V),
    "as_strided": (lambda v: lnp.lib.stride_tricks.as_strided(v, (2, 3), (8, 16)), V),
}
"""Views whose elements may be one element of the array, so that letgrad refuses writes."""


def reads(view):
    def fn(x):
        found = view(x)
        x += 100
        return found * 1

    return fn


def writes(view):
    def fn(x):
        found = view(x)
        found[...] = 7
        return x * 1

    return fn


def check(fn, x):
    want, got = x.copy(), x.copy()
    result, found = fn(want), lg.jit(fn)(got)
    np.testing.assert_array_equal(found, result)
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view(name):
    view, x = VIEWS[name]
    check(reads(view), x)
    check(writes(view), x)


@pytest.mark.parametrize("name", READ_ONLY)
def test_a_view_that_is_read_only(name):
    view, x = READ_ONLY[name]
    check(reads(view), x)
    for fn in (writes(view), lg.jit(writes(view))):
        with pytest.raises(ValueError, match="read-only"):
            fn(x.copy())


@pytest.mark.parametrize("name", REFUSING)
def test_a_view_that_refuses_writes(name):
    view, x = REFUSING[name]
    check(reads(view), x)
    with pytest.raises(ValueError, match="read-only"):
        lg.jit(writes(view))(x.copy())


def test_complex_numbers_that_may_be_real():
    with pytest.raises(ValueError, match=r"real_if_close gives a view"):
        lg.jit(writes(np.real_if_close))(C.copy())


def test_known_arrays():
    """Arrays whose content is known during the trace stay known."""

    def fn(x):
        sizes = lnp.array([1, 4, 6])
        steps = np.diff(sizes)
        parts = np.broadcast_arrays(sizes, lnp.zeros((2, 1), int))
        (grid,) = np.meshgrid(sizes, copy=False)
        sizes[0] = 2
        return (
            x * lnp.zeros(int(steps[0])).size,
            x + windows(sizes, 2)[0, 0],
            parts[0] * 1,
            grid * 1,
        )

    three, first, part, grid = lg.jit(fn)(1.0)
    assert three == 3 and first == 3
    np.testing.assert_array_equal(part, [[2, 4, 6]] * 2)
    np.testing.assert_array_equal(grid, [2, 4, 6])


def test_functions_that_write_to_elements_of_piecewise():
    def double(x):
        x *= 2
        return x

    check(lambda v: np.piecewise(v, [v > 2, v < 2], [double, double, 5.0]), V)


def test_flat():
    def fn(x):
        x.flat = [1, 2, 3, 4, 5]
        x[1:].T.flat = 9
        return x * 1

    check(fn, M)
