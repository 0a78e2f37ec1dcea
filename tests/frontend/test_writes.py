"""
Writes to traced arrays: each kind of key and each function that writes, against NumPy.

The same function runs on NumPy arrays and traced; results, final arguments and gradients agree.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg
import letgrad.numpy as lnp
from letgrad.dialects import arrays
from letgrad.frontend import tracing
from letgrad.frontend.array_views import storages
from letgrad.frontend.traced_functions import trace_function

pytestmark = pytest.mark.sampled(3)

rng = np.random.default_rng(0)
V = rng.normal(size=6)
M = rng.normal(size=(3, 4))
T = rng.normal(size=(2, 3, 4))
ROWS, COLUMNS = np.array([2, 0, 2, -1]), np.array([1, 3, 1, 1])


def check(function: Any, *args: Any, backend: str = "cpu") -> None:
    """Traced, the function gives the results, and leaves the arguments, as on NumPy arrays."""
    given = [np.array(a) for a in args]
    with np.errstate(all="ignore"):
        expected = function(*given)
    actual_args = [np.array(a) for a in args]
    actual = lg.jit(function, backend=backend)(*actual_args)
    for a, e in zip([actual, *actual_args], [expected, *given]):
        if e is not None:
            assert np.asarray(a).dtype == np.asarray(e).dtype
            tolerance = {2: 1e-2, 4: 1e-6}.get(np.asarray(e).dtype.itemsize, 1e-12)
            np.testing.assert_allclose(
                np.asarray(a, np.float64), np.asarray(e, np.float64), rtol=tolerance, atol=tolerance
            )


KEYS: dict[str, Any] = {
    "int": 1,
    "negative int": -1,
    "slice": slice(1, None),
    "stride": slice(None, None, 2),
    "backwards": slice(None, None, -1),
    "backwards by two": slice(3, 0, -2),
    "empty": slice(2, 2),
    "ellipsis": ...,
    "none": (None, slice(0, 2)),
    "ints": (1, -2),
    "int and slice": (slice(None), 2),
    "ellipsis and int": (..., -1),
    "all": (slice(1, 3), None, ..., slice(None, None, -2)),
    "array": np.array([0, 2, 0]),
    "list": [1, -1],
    "two arrays": (np.array([0, 2, 0]), np.array([1, 1, 1])),
    "broadcast arrays": (np.array([[0], [2]]), np.array([3, 0])),
    "array and slice": (slice(0, 2), np.array([3, 0, 3])),
    "array and int": (np.array([0, 1, 0]), 2),
    "mask": np.array([True, False, True]),
    "full mask": M > 0,
    "mask and slice": (slice(None), np.array([True, False, True, True])),
    "no elements": np.array([], np.int64),
}


@pytest.mark.parametrize("name", KEYS)
def test_each_kind_of_key(name: str) -> None:
    key = KEYS[name]
    shape = np.shape(M[key])

    def write(x: Any, v: Any) -> None:
        x[key] = v

    def add(x: Any, v: Any) -> None:
        x[key] += v

    for function in (write, add):
        check(function, M, rng.normal(size=shape))
        check(function, M, np.float64(3))
        check(function, M, rng.normal(size=shape), backend="numpy")
    if name not in ("ints", "full mask"):
        check(write, M, rng.normal(size=(1, *shape)))  # leading dimensions of size 1


@pytest.mark.parametrize(
    "make",
    [
        lambda i, j: i[0],
        lambda i, j: (i[0], j[1]),
        lambda i, j: (slice(None), j[1]),
        lambda i, j: (i[3], slice(None, None, -2)),
        lambda i, j: i,
        lambda i, j: (i, j),
        lambda i, j: (slice(0, 2), j),
        lambda i, j: (i, 2),
        lambda i, j: (i[:, None], j[:2]),
        lambda i, j: (i[:1], j[:1]),
        lambda i, j: (..., None, j),
    ],
)
def test_traced_integers_as_keys(make: Any) -> None:
    shape = np.shape(M[make(ROWS, COLUMNS)])

    def write(x: Any, v: Any, i: Any, j: Any) -> None:
        x[make(i, j)] = v

    def add(x: Any, v: Any, i: Any, j: Any) -> None:
        x[make(i, j)] += v

    for function in (write, add):
        check(function, M, rng.normal(size=shape), ROWS, COLUMNS)
    gradient = lg.grad(lambda v, x: (write(x, v, ROWS, COLUMNS), (x**3).sum())[1])
    v = rng.normal(size=shape)
    for place in np.ndindex(*shape):
        ends = []
        for e in (1e-6, -1e-6):
            moved, x = v.copy(), M.copy()
            moved[place] += e
            x[make(ROWS, COLUMNS)] = moved
            ends.append((x**3).sum())
        np.testing.assert_allclose(gradient(v, M)[place], (ends[0] - ends[1]) / 2e-6, atol=1e-5)


@pytest.mark.parametrize(
    "place, written", [(0, 0), (5, 5), (-1, 5), (-6, 0), (6, None), (-7, None)]
)
def test_a_traced_place_outside_writes_nothing(place: int, written: int | None) -> None:
    def one(x: Any, i: Any) -> None:
        x[i] = 9.0

    def several(x: Any, i: Any) -> None:
        x[np.stack([i, i])] = 9.0

    def of_view(x: Any, i: Any) -> None:
        x[:6][i] = 9.0

    for function in (one, several, of_view):
        x = np.zeros(8) if function is of_view else np.zeros(6)
        lg.jit(function)(x, np.int64(place))
        expected = np.zeros_like(x)
        if written is not None:
            expected[written] = 9.0
        np.testing.assert_array_equal(x, expected)


def test_views_and_copies() -> None:
    def views(x: Any) -> None:
        for view in (x.T, x[::-1], x.ravel(), x.reshape(4, 3), x[None], np.swapaxes(x, 0, 1)):
            view[0] += 1
        x.T.ravel("F")[5] += 1
        x[1][2] = 7
        for row in x:
            row *= 2
        x.real[0, 0] = 5

    def copies(x: Any) -> Any:
        parts = [x.copy(), x + 0, +x, x[[0, 1]], x.T.ravel(), x.astype(float), x.flatten()]
        parts += [x.T[0:2].reshape(-1), np.concatenate([x]), np.clip(x, -9, 9)]
        parts += [
            x.ravel("F"),
            x.reshape(4, 3, order="F")[0],
            np.round(x, 20),
            np.copy(x),
            lnp.array(x),
        ]
        for part in parts:
            part[0] = 100
        return sum(part.sum() for part in parts)

    def later(x: Any) -> Any:
        view, copy = x[:, 1:], x[:, 1:].copy()
        diagonal, wide = np.diagonal(x), np.broadcast_to(x[0], (2, 4))
        x[...] = x * 2
        return view.sum() + 10 * copy.sum() + 100 * diagonal.sum() + 1000 * wide.sum()

    for function in (views, copies, later):
        check(function, M)
    check(lambda x: np.split(x, 2)[1].__setitem__(slice(None), 3), V)


def test_writes_take_the_dtype_of_the_array() -> None:
    for dtype in (np.float16, np.float32, np.float64, np.int8, np.int32, np.int64, np.bool_):
        check(lambda x, y: x.__setitem__(slice(1, 3), y[:2]), V.astype(dtype), V)
        check(lambda x: x.__setitem__([0, 0], [1, 2]), V.astype(dtype))
        check(lambda x, i: x.__setitem__(i, 1), V.astype(dtype), ROWS)
    bf = V.astype(arrays.bfloat16)
    check(lambda x: x.__setitem__(slice(1, 3), 2.5), bf)
    check(lambda x: x.__imul__(2), V.astype(np.float32))


def test_numbers_are_no_arrays() -> None:
    def accumulate(x: Any) -> Any:
        total = x[0]
        before = total
        total += x[1]
        return total - 10 * before

    check(accumulate, V)


def test_functions_that_write() -> None:
    def at(x: Any, v: Any) -> None:
        np.add.at(x, [0, 0, -1], v[:3])
        np.subtract.at(x, 1, v[0])
        np.multiply.at(x, (np.array([2, 2]),), 3.0)
        np.maximum.at(x, [3, 3], v[:2])
        np.negative.at(x, [4, 4, 5])
        np.power.at(x, slice(0, 2), 2)

    def at_traced(x: Any, v: Any, i: Any) -> None:
        np.add.at(x, i, v[:4])
        np.minimum.at(x, i, v[:4])
        np.divide.at(x, i, 2.0)

    def at_rows(x: Any, i: Any) -> None:
        np.add.at(x, i, x[0])
        np.multiply.at(x, (slice(None), i), 2.0)

    def into(x: Any, v: Any) -> Any:
        np.add(x, v, out=x)
        np.multiply(x[1:], 2, out=x[:-1])
        np.sin(x, out=x, where=x > 0)
        np.divide(1.0, v, out=x, where=v > 0)
        np.cumsum(v, out=x[::-1])
        y = v.copy()
        np.clip(y, -1, 1, out=y)
        q, r = np.divmod(y, 0.3, out=(y, None))
        return q.sum() + np.sum(r)

    def methods(x: Any, v: Any) -> Any:
        x.sort()
        y = x[::-1].copy()
        y.partition(2)
        x.fill(v[0])
        x.flat[1::2] = v[:3]
        x.flat[0] = 4
        x.put([2, -1], v[4:])
        return y.min() + x.flat[3] + len(x.flat) + sum(x.flat)

    check(at, V, V[::-1])
    check(at_traced, V, V[::-1], np.array([0, 2, 2, -1]))
    check(at_rows, M, np.array([0, 2, 2]))
    check(into, V, V[::-1])
    check(methods, V, V[::-1])
    check(lambda x: x.sort(axis=0), M)


def test_masks() -> None:
    def masks(x: Any, w: Any) -> Any:
        x[x < 0] = 0
        x[w > 0] += 1
        x[w > 1] = -x[w > 1] * w[w > 1]
        np.putmask(x, w < -1, [1.0, 2.0])
        np.place(x, w > 0.5, [3.0, 4.0])
        return x[w > 0].sum() + np.mean(x[w > -9])

    def rows(x: Any, w: Any) -> None:
        x[w[:3, 0] > 0] = [1.0, 2.0, 3.0, 4.0]
        x[:, w[0] > 0] = 5.0
        x[w[:3, 0] > 0, 1:] = 6.0
        x[w > 0] = (
            np.arange(12.0)[: (w > 0).sum()] if isinstance(w, np.ndarray) else np.arange(12.0)
        )

    w = rng.normal(size=(3, 4))
    check(masks, V, rng.normal(size=6))
    check(rows, M, w)


def test_derivatives_are_of_the_pure_function() -> None:
    def f(x: Any, y: Any) -> Any:
        x[1:] *= y[:-1]
        y[0] = x[1]
        return (x * y).sum()

    x, y = V.copy(), V[::-1].copy()
    dx, dy = lg.grad(f, argnums=(0, 1))(x, y)
    np.testing.assert_array_equal(x, V)
    np.testing.assert_array_equal(y, V[::-1])
    a, b = V, V[::-1]
    expected = np.array([a[1] * b[0], *(b[:-1] * b[1:])])
    expected[1] += a[0] * b[0]
    np.testing.assert_allclose(dx[1:], expected[1:])
    _, (after_x, after_y) = lg.pure(f)(x, y)
    np.testing.assert_array_equal(x, V)
    assert after_y[0] == after_x[1] == V[1] * V[5]
    _, (tangent, _) = lg.jvp(lg.pure(f), (x, y), (np.ones(6), np.zeros(6)))[1]
    np.testing.assert_allclose(tangent[1:], y[:-1])
    second = lg.grad(lambda x: (lg.grad(f)(x, y) * x).sum())(x)
    e = 1e-5
    for k in range(6):
        moved = [V + s * e * np.eye(6)[k] for s in (1, -1)]
        ends = [(lg.grad(f)(m, y) * m).sum() for m in moved]
        np.testing.assert_allclose(second[k], (ends[0] - ends[1]) / (2 * e), rtol=1e-5, atol=1e-8)
    assert dy.shape == (6,)


def test_vmap_of_local_writes() -> None:
    def f(x: Any, i: Any) -> Any:
        y = x * 1
        y[i] = 9.0
        y[1:3] = y[0]
        return y

    xs, places = rng.normal(size=(5, 6)), np.array([0, 5, -1, 2, 7])
    expected = np.stack([lg.jit(f)(x, i) for x, i in zip(xs, places)])
    np.testing.assert_array_equal(lg.vmap(f)(xs, places), expected)


@pytest.mark.parametrize(
    "function, error, message",
    [
        (lambda x: x.__setitem__(6, 1), IndexError, "out of bounds"),
        (lambda x: x.__setitem__([0, 6], 1), IndexError, "out of bounds"),
        (lambda x: x.__setitem__((0, 0), 1), IndexError, "too many indices"),
        (lambda x: x.__setitem__(slice(3), x[:2]), ValueError, "could not broadcast"),
        (lambda x: x[0].__setitem__((), 1), TypeError, "does not support item assignment"),
        (lambda x: np.diagonal(x.reshape(2, 3)).__setitem__(0, 1), ValueError, "read-only"),
        (lambda x: np.broadcast_to(x, (2, 6)).__iadd__(1), ValueError, "read-only"),
        (lambda x: x.astype(int).__iadd__(x), TypeError, "Cannot cast"),
        (lambda x: x.__iadd__(np.ones((2, 6))), ValueError, "non-broadcastable output"),
        (lambda x: np.sqrt(x, where=x > 0), TypeError, "give out="),
        (lambda x: np.zeros(6).__iadd__(x), TypeError, "import letgrad.numpy as np"),
        (lambda x: np.add.at(np.zeros(6), [0], x[:1]), TypeError, "import letgrad.numpy as np"),
        (lambda x: np.copyto(np.zeros(6), x), TypeError, "import letgrad.numpy as np"),
        (lambda x: lnp.asarray(V).__setitem__(0, x[0]), ValueError, "np.array"),
        (lambda x: lg.cond(x[0] > 0, lambda: x.fill(0), lambda: None), TypeError, "would be lost"),
        (lambda x: lg.build(3, lambda i: x.__iadd__(i)[0]), TypeError, "would be lost"),
        (lambda x: lg.scan(lambda c, r: (c, x.sort()), 0.0, length=2), TypeError, "would be lost"),
        (lambda x: lg.grad(lambda u: (x.fill(0), u.sum())[1])(x * 1), TypeError, "would be lost"),
        (lambda x: lg.vmap(lambda u: u.fill(0))(x.reshape(2, 3)), TypeError, "lg.vmap would lose"),
    ],
)
def test_a_write_that_cannot_be_honoured_is_an_error(
    function: Any, error: Any, message: str
) -> None:
    with pytest.raises(error, match=message):
        lg.trace(function, lg.spec(6))


def test_arguments_that_cannot_take_writes() -> None:
    @lg.jit
    def f(x: Any, y: Any) -> None:
        x += y

    x = np.ones(4)
    with pytest.raises(ValueError, match="shares memory"):
        f(x[:3], x[1:])
    frozen = np.ones(3)
    frozen.flags.writeable = False
    for _ in range(2):
        with pytest.raises(ValueError, match="read-only"):
            f(frozen, np.ones(3))
    y = np.arange(8.0)
    f(y[::2], y[1::2])  # they interleave, and share nothing
    np.testing.assert_array_equal(y, [1, 1, 5, 3, 9, 5, 13, 7])
    fortran = np.asfortranarray(M.copy())
    lg.jit(lambda x: x.__setitem__((0, slice(None)), 1))(fortran)
    np.testing.assert_array_equal(fortran[0], 1)


def test_a_number_as_an_argument() -> None:
    @lg.jit
    def f(x: Any) -> Any:
        x += 1.0
        return x

    for _ in range(2):
        assert f(2.0) == f(np.float64(2.0)) == 3.0
        with pytest.raises(TypeError, match="in-place operator"):
            f(np.array(2.0))


def test_calls_again_write_again() -> None:
    @lg.jit
    def f(x: Any, y: Any, z: Any = None) -> Any:
        x[0] += y
        return x.sum()

    x = np.zeros(3)
    results = [f(x, k) for k in (1, 2, 3)]
    assert x[0] == 6 and results == [1, 3, 6]
    f(x, 1, z={"a": np.ones(2)})
    assert x[0] == 7
    out = np.empty(())
    f(x, 1, out=out)
    assert x[0] == out == 8

    @lg.jit
    def outer(x: Any) -> Any:
        f(x, 10.0)  # a call during a trace writes to the traced array
        return lg.grad(lambda u: f(u, 1.0) * u[0])(x)

    gradient = outer(x)
    assert x[0] == 18
    np.testing.assert_allclose(gradient, [19 + 19, 19, 19])


# letgrad.numpy.


def test_arrays_of_the_namespace() -> None:
    def made(x: Any) -> Any:
        y = lnp.zeros((2, 3))
        y[0] = x
        z = lnp.array([[x[0], 1.0], [2, x[1]]], lnp.float32)
        z[0, 1] = 5
        steps = lnp.arange(4)
        total = sum(y[0, int(k) % 3] * k for k in steps if k > 1)
        table = lnp.asarray(V)[x[0].astype(int)]
        full = lnp.full((2,), x[2])
        full[1] -= 1
        grid = lnp.meshgrid(x, lnp.arange(2))[0]
        joined = lnp.r_[x[0], 0:2, x], lnp.c_[x, x]
        kinds = lnp.int64(x[1]), lnp.float32(x[1]), lnp.sum([x[0], x[1]])
        eye = lnp.eye(3)
        eye[x[0].astype(int), 0] = x[1]
        later = lnp.ones(3)
        view = later[1:]
        later[1] = x[0]
        return y, z, total, table, full, grid, *joined, *kinds, eye, view, lnp.where(eye > 0, 1, 0)

    x = np.array([1.0, 2.0, 3.0])
    for a, e in zip(lg.jit(made)(x), made(x), strict=True):
        assert np.asarray(a).dtype == np.asarray(e).dtype
        np.testing.assert_allclose(a, e)


def test_the_namespace_is_numpy() -> None:
    for name in np.__all__:
        assert hasattr(lnp, name), name
    assert lnp.pi is np.pi and lnp.add is np.add
    for name in np.linalg.__all__:
        assert hasattr(lnp.linalg, name), name
    assert lnp.linalg.LinAlgError is np.linalg.LinAlgError
    assert lnp.float64 == np.float64 and np.dtype(lnp.float32) == np.float32
    assert isinstance(np.float64(1), lnp.floating) and issubclass(lnp.float64, lnp.floating)
    assert lnp.issubdtype(lnp.float64, lnp.floating) and not lnp.issubdtype(int, lnp.floating)
    assert type(lnp.zeros(3)) is np.ndarray and lnp.zeros(2, lnp.int8).dtype == np.int8
    with pytest.raises(AttributeError):
        lnp.no_such_name  # noqa: B018


# What loops and conditions are built on.


def test_recording_collects_writes_of_a_region() -> None:
    def f(x: Any) -> Any:
        view = x[1:]
        storage = storages.of(x)
        with tracing.region([tracing.ir_type(x.shape, x.dtype)]) as (scope, (carried,)):
            with storages.recording() as written:
                storages.assign(storage, carried)
                view *= 2
                local = lnp.zeros(3)
                local[0] = view[0]
            assert list(written) == [storage]
            change = written[storage]
            assert change.before.value is x.value
            tracing.add_yield(scope, [change.after])
        assert [op.name for op in scope.block.ops].count("ten.update") == 2
        return x, view

    function = trace_function(f, (V,)).function
    result, view = function.body.block.last_op.operands
    assert result is function.body.block.args[0]  # the value from before the region
    assert view.owner.operands[0] is result


def test_snapshots_restore_what_was_written() -> None:
    def f(x: Any) -> Any:
        view = x[:2]
        before = storages.snapshot([storages.of(x)])
        x[0] = 5
        storages.restore(before)
        view[1] = 7
        return x

    result = lg.jit(f)(V.copy())
    np.testing.assert_array_equal(result, [V[0], 7, *V[2:]])


def test_pure_copies_the_arrays_around_a_trace():
    def scale(x, factor):
        x *= factor

    known = np.array([1.0, 2.0])
    mapped = lg.vmap(lambda factor: lg.pure(scale)(known, factor)[1][0])
    np.testing.assert_allclose(mapped(np.array([3.0, 4.0])), [[3.0, 6.0], [4.0, 8.0]])
    np.testing.assert_allclose(known, [1.0, 2.0])


def test_an_array_takes_another_shape_in_place():
    @lg.program
    def f(x):
        a = x * 2
        same = a
        a.shape = (2, 3)
        same[0] = 7.0
        a.shape = -1
        part = a[1:5]
        part.shape = 2, 2
        part[1, 0] = 9
        known = np.zeros((2, 3))
        known.shape = 6
        known[2] = x[0]
        known.shape = 3, 2
        return a, part, known

    for actual, expected in zip(lg.jit(f)(V), f(V)):
        np.testing.assert_array_equal(actual, expected)
        assert actual.shape == expected.shape


def test_a_shape_that_needs_a_copy_is_an_error():
    with pytest.raises(AttributeError, match="Incompatible shape for in-place modification"):
        lg.jit(lambda x: setattr(x.T, "shape", 12))(M)
    with pytest.raises(ValueError, match="cannot reshape array of size 12"):
        lg.jit(lambda x: setattr(x, "shape", 7))(M)

    def in_a_loop(x):
        def turn(k, total):
            x.shape = 12
            return total + x[0]

        return lg.fori_loop(0, 3, turn, 0.0)

    with pytest.raises(TypeError, match="from outside of a loop"):
        lg.jit(in_a_loop)(M)


def test_another_dtype_in_place_is_an_error():
    with pytest.raises(TypeError, match="cannot be read as one of another dtype"):
        lg.jit(lambda x: setattr(x, "dtype", np.int64))(M)


def test_a_range_is_an_array_of_integers_as_a_key():
    def f(x):
        x[range(3), [0, 3, 1]] -= 1
        return x[range(2, -1, -2)]

    check(f, M)


def test_ufunc_at_with_arrays_behind_a_slice():
    def columns(x):
        found = np.zeros_like(x, shape=(2, 5, 3))
        np.add.at(found, (slice(None), np.array([0, 1, 1, 3])), x)
        np.add.at(found, (slice(None), np.array([4, 1]), np.array([[0], [2]])), x[:, None, :2, 0])
        return found

    check(columns, np.arange(24.0).reshape(2, 4, 3))
