"""Parts without a static size, and the names of NumPy that need more than an example."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
import letgrad.numpy as lnp

pytestmark = pytest.mark.sampled(4)

PLACES = ("numpy", "cpu", "triton")
rng = np.random.default_rng(5)


def check(f: Callable[..., Any], *args: Any, places: tuple[str, ...] = PLACES) -> None:
    with np.errstate(all="ignore"):
        expected = f(*args)
    expected = expected if isinstance(expected, tuple) else (expected,)
    for place in places:
        found = lg.jit(f, backend=place)(*args)
        found = found if isinstance(found, tuple) else (found,)
        for x, y in zip(found, expected, strict=True):
            x, y = np.asarray(x), np.asarray(y)
            assert (x.dtype, x.shape) == (y.dtype, y.shape), place
            np.testing.assert_allclose(x, y, 1e-5 if y.itemsize < 8 else 1e-12, err_msg=place)


REDUCTIONS: dict[str, Callable[[Any], Any]] = {
    "sums": lambda p: (np.sum(p), p.sum(), p.prod(), np.mean(p), p.mean()),
    "extremes": lambda p: (np.max(p), np.min(p), p.max(), p.min()),
    "deviations": lambda p: (np.std(p), p.var(), np.var(p, ddof=1)),
    "truths": lambda p: (np.any(p > 0.5), np.all(p > 0.5), np.count_nonzero(p > 0.5)),
    "sizes": lambda p: (p * 2).size + 1,
    "chains": lambda p: np.sum(np.sqrt(abs(p)) * 2 + 1) / np.size(p),
}


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int32, np.uint8])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_of_a_part(name: str, kind: Any) -> None:
    x = (10 * rng.random((3, 4))).astype(kind)
    check(lambda x: REDUCTIONS[name](x[x > 3]), x)
    rows = x[:, 0] >= np.sort(x[:, 0])[1]
    check(lambda x, m: REDUCTIONS[name](x[m]), x, rows)


def test_reductions_over_axes_of_a_part() -> None:
    x, mask = rng.random((3, 4, 2)), rng.random((3, 4)) > 0.4
    check(lambda x, m: (x[m].sum(0), x[m].max(axis=0), np.mean(x[m], axis=(0, 1))), x, mask)
    with pytest.raises(TypeError, match="shape depends on values"):
        lg.jit(lambda x, m: x[m].sum(1))(x, mask)
    with pytest.raises(TypeError, match="shape depends on values"):
        lg.jit(lambda x, m: np.cumsum(x[m]))(x, mask)


def test_a_part_without_elements() -> None:
    x, none = np.arange(3), np.zeros(3, bool)
    found = lg.jit(lambda x, m: (x[m].sum(), x[m].max(), x[m].size, x[m].any()))(x, none)
    assert [int(v) for v in found] == [0, np.iinfo(np.int64).min, 0, 0]
    assert np.isnan(lg.jit(lambda x, m: np.mean(x[m]))(x, none))


def test_the_gradient_of_a_part() -> None:
    x = np.array([3.0, -1.0, 2.0, -4.0])
    slope = lg.grad(lambda x: np.sum(x[x > 0] ** 2) + np.max(x[x < 0]))(x)
    np.testing.assert_array_equal(slope, [6.0, 1.0, 4.0, 0.0])
    slope = lg.grad(lambda x: np.mean(np.sqrt(x[x > 0])))(x)
    np.testing.assert_allclose(slope, [0.25 / np.sqrt(3), 0, 0.25 / np.sqrt(2), 0])


def test_writes_to_a_part() -> None:
    def f(x: Any, m: Any) -> Any:
        y = x * 1
        y[m] = 7
        y[x > 0.5] *= 2
        y[m & (x < 0.2)] = y[m & (x < 0.2)] + 1
        return y

    check(f, rng.random((3, 4)), rng.random((3, 4)) > 0.5)


# Powers of two.


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_powers_of_two_are_exact(kind: Any) -> None:
    info = np.finfo(kind)
    numbers = [0.0, -0.0, 1.0, -1.5, info.max, info.tiny, info.smallest_subnormal, 3.0]
    numbers += [info.smallest_subnormal * 5, info.tiny * 1.5, np.inf, -np.inf, np.nan, 1 / 3]
    x = np.array(numbers, kind)
    n = np.array([0, 1, -1, 5, -9, info.maxexp, info.minexp, -info.nmant, 2500, -2500, -1074, 70])
    for place in PLACES[:2]:
        with np.errstate(all="ignore"):
            expected = np.ldexp(x[:, None], n)
            found = lg.jit(np.ldexp, backend=place)(x[:, None], n)
            np.testing.assert_array_equal(
                found.view(f"u{x.itemsize}"), expected.view(f"u{x.itemsize}")
            )
            mantissa, exponent = lg.jit(np.frexp, backend=place)(x)
            theirs = np.frexp(x)
        assert exponent.dtype == np.int32 and mantissa.dtype == kind
        np.testing.assert_array_equal(mantissa, theirs[0])
        np.testing.assert_array_equal(exponent[np.isfinite(x)], theirs[1][np.isfinite(x)])
    assert lg.grad(lambda x: np.ldexp(x, 3))(1.5) == 8.0
    assert lg.grad(lambda x: np.frexp(x)[0])(6.0) == 0.125


# Integers.


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint8, np.uint64])
def test_common_divisors_and_multiples(kind: Any) -> None:
    a, b = rng.integers(0, 100, (2, 9)).astype(kind)
    a[0] = b[1] = a[2] = b[2] = 0
    check(lambda a, b: (np.gcd(a, b), np.lcm(a, b)), a, b)
    if np.iinfo(kind).min < 0:
        check(lambda a, b: (np.gcd(a, -b), np.lcm(-a, b)), a, b)


# Derivatives.


def slopes(f: Callable[..., Any], *args: np.ndarray) -> None:
    """The gradient of a fixed sum of the results, beside differences in one direction."""

    def total(*xs: Any) -> Any:
        found = f(*xs)
        return np.sum(found * np.cos(np.arange(found.size, dtype=float)).reshape(found.shape))

    found = lg.grad(total, tuple(range(len(args))))(*args)
    for k, slope in enumerate(found):
        direction, h = rng.standard_normal(args[k].shape), 1e-6
        ends = [
            total(*args[:k], args[k] + sign * h * direction, *args[k + 1 :]) for sign in (1, -1)
        ]
        np.testing.assert_allclose(
            np.sum(slope * direction), (ends[0] - ends[1]) / (2 * h), 1e-5, 1e-8
        )


@pytest.mark.parametrize(
    "f, shapes",
    [
        (lambda w: np.bincount([1, 0, 1, 4], w), [(4,)]),
        (lambda w: np.histogram([0.1, 0.5, 0.7], 3, weights=w, density=True)[0], [(3,)]),
        (lambda x, y: np.polyfit(x, y, 2), [(7,), (7,)]),
        (lambda x, y, w: np.polyfit(x, y, 1, w=w), [(5,), (5, 2), (5,)]),
        (lambda p, q: np.polymul(p, q), [(3,), (4,)]),
        (lambda p, q: np.polydiv(p, q + np.array([3.0, 0.0, 0.0]))[0], [(5,), (3,)]),
        (lambda p: np.polyval(np.polyint(np.polyder(p)), 1.3) + 0 * p, [(4,)]),
        (lambda z: np.poly(z), [(3,)]),
        (lambda x: np.unwrap(4 * x), [(9,)]),
        (lambda x: np.apply_along_axis(lambda r: np.cumsum(r**2), 0, x), [(3, 4)]),
        (lambda x: np.lib.stride_tricks.sliding_window_view(x, 3) ** 2, [(7,)]),
        (lambda x, v: np.insert(x, [0, 2], v) ** 2, [(4,), (2,)]),
        (lambda x: np.nanmedian(np.where(x > 1, np.nan, x), axis=0), [(5, 3)]),
        (lambda x: np.nanquantile(np.where(x > 1, np.nan, x), 0.3, axis=0), [(5, 3)]),
        (lambda x: np.add.reduceat(x, [0, 2, 1]) ** 2, [(5,)]),
        (lambda x: np.partition(x, 2) ** 2, [(5,)]),
        (lambda x: np.ediff1d(x) ** 2, [(5,)]),
    ],
)
def test_derivatives(f: Callable[..., Any], shapes: list[tuple[int, ...]]) -> None:
    slopes(f, *(rng.standard_normal(s) for s in shapes))


def test_a_fit_that_points_do_not_determine_is_nan() -> None:
    x = np.array([1.0, 1.0, 2.0])
    assert np.isnan(lg.jit(lambda x: np.polyfit(x, x, 2))(x)).any()
    assert not np.isnan(lg.jit(lambda x: np.polyfit(x, x, 1))(x)).any()


def test_vectorize() -> None:
    def f(x: Any, y: Any) -> Any:
        pair = lnp.vectorize(lambda a, b: (a * b, a + np.sin(b)))
        single = lnp.vectorize(lambda a: a * a, otypes=[np.float32])
        return (*pair(x, y), single(x), single(x[0, 0]))

    x, y = rng.random((2, 3)), rng.random(3)
    plain = np.vectorize(lambda a, b: (a * b, a + np.sin(b)))
    single = np.vectorize(lambda a: a * a, otypes=[np.float32])
    expected = (*plain(x, y), single(x), single(x[0, 0]))
    for found, e in zip(lg.jit(f)(x, y), expected, strict=True):
        assert found.dtype == e.dtype
        np.testing.assert_allclose(found, e, 1e-6)
    np.testing.assert_allclose(lg.grad(lambda x: np.sum(f(x, y)[0]))(x), np.tile(y, (2, 1)))


def test_vectorize_takes_keywords_and_signatures() -> None:
    def f(x: Any) -> Any:
        power = lnp.vectorize(lambda a, n, k=1.0: k * a**n, excluded=["n", 1])
        unit = lnp.vectorize(lambda row: row / np.sqrt(np.sum(row * row)), signature="(n)->(n)")
        both = lnp.vectorize(np.dot, signature="(n), (n)->()")
        return power(x, n=2), power(x, 3, k=x), unit(x), unit(x[0]), both(x, x[0])

    x = rng.random((2, 3))
    norm = np.sqrt(np.sum(x * x, axis=1, keepdims=True))
    expected = x**2, x**4, x / norm, (x / norm)[0], x @ x[0]
    for found, e in zip(lg.jit(f)(x), expected, strict=True):
        np.testing.assert_allclose(found, e, 1e-12)
    with pytest.raises(TypeError, match=r"names.py:\d+: wrong number of positional arguments"):
        lg.jit(lambda x: lnp.vectorize(np.dot, signature="(n),(n)->()")(x))(x)


def test_known_polynomials_and_angles() -> None:
    p = np.poly1d([2.0, -1.0, 3.0])
    check(lambda x: (p(x), np.polyval(p, x), np.angle(x)), rng.standard_normal(4))
    assert lg.grad(lambda x: p(x))(2.0) == 7.0


@pytest.mark.parametrize(
    "f, message",
    [
        (lambda x: np.bincount(x.astype(int)), "give minlength"),
        (lambda x: np.histogram(x, "auto"), "a number of bins or edges, not text"),
        (lambda x: np.polyfit(x, x, 7), "do not determine 8 coefficients"),
        (lambda x: np.polyfit(x[:2], x[:2], 1, cov=True), "data points must exceed order"),
        (lambda x: np.lib.stride_tricks.as_strided(x), "write letgrad.numpy.lib.stride_tricks"),
        (lambda x: np.partition(x, 9), "out of bounds"),
        (lambda x: np.insert(x, x[:2].astype(int), 1.0), "depends on the places"),
        (lambda x: np.add.reduceat(x, [7]), "out-of-bounds"),
        (lambda x: np.union1d(x, x), "depends on values"),
        (lambda x: np.unpackbits(x), "unsigned byte"),
        (lambda x: np.lib.stride_tricks.sliding_window_view(x, 9), "cannot be larger"),
    ],
)
def test_errors(f: Callable[..., Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError, IndexError), match=message):
        lg.jit(f)(np.arange(4.0))


# Indices from masks.


def places(x, y):
    idx = np.where(x > 0)[0]
    y[idx] = x[idx] * 2
    y[idx] += 1
    table = np.zeros(2 * len(x))
    table[idx + 1] = x[idx]
    table[2 * idx] = -1.0
    return y[idx].sum(), len(idx), x[idx[0]], y[idx[-1]], (idx * idx).max(), table


def places_of_a_matrix(a, x):
    i, j = np.nonzero(a > 0.5)
    a[i, j] *= 2
    rows = np.flatnonzero(x[:4] > 0)
    a[rows] += x[:5]
    a[rows, rows] = 0
    return a[i, j].mean(), (i * j).sum(), a[i].sum()


def masks_of_masks(x):
    part = x[x > 0]
    inner = part[part > 0.5]
    return inner.sum(), len(inner), part[0], part[-1]


def loops_over_places(x, y):
    s = 0.0
    for i in np.where(x > 0)[0]:
        s += x[i] * i
        y[i] = s
    for v in y[y > 0.3]:
        s *= 1 + v
    for i, j in zip(*np.nonzero(np.outer(x, y) > 0.1)):
        s += x[i] - y[j]
    for n, i in enumerate(np.flatnonzero(x < 0)):
        if n > 2:
            break
        s -= n * x[i]
    for i in reversed(np.flatnonzero(y)):
        y[i] += y[i - 1]
    return s


def groups(x, y):
    s = 0.0
    kinds = np.round(3 * y)
    for v in np.unique(kinds):
        s += x[kinds == v].mean() * v
    return s, len(np.unique(kinds))


def rows_and_columns(a, x):
    rows = np.where(a[:, 0] > 0.5)[0]
    columns = np.flatnonzero(a[0] > 0.5)
    read = a[rows, 1].sum() + a[rows, 1:3].sum(axis=0)[1] + a[rows, np.argmax(x[:5])].max()
    a[rows, 2] = 7.0
    a[rows] *= 2.0
    a[rows, 1:3] += x[:2]
    a[:, columns] = -x[0]
    a[rows, np.argmin(x[:5])] += a[rows, 0]
    return read, a.sum()


def rows_of_places(a, x):
    flat = np.argwhere(x > 0).ravel()
    pairs = np.argwhere(a > 0.5)
    s = x[flat].sum() + x[np.argwhere(x > 0).squeeze(axis=1)].max() + x[pairs].sum()
    a[tuple(np.argwhere(a > 0.8).T)] = 0.0
    x[np.argwhere(x < -0.5)] = 0.25
    return s, pairs[0, 1], x[np.argwhere(x > 0)[0, 0]], np.argwhere(x > 0).flatten().size


def functions_of_places(x, y):
    idx = np.where(x > 0)[0]
    np.put(y, idx, 3.0)
    np.add.at(y, idx, x[idx])
    np.maximum.at(y, (x < 0).nonzero(), 0.5)
    left = np.delete(x, idx)
    others = np.delete(x, np.where(x > 0.5)[0] - 1)
    return left.sum(), len(left), others.prod(), np.take(x, idx).max(), np.delete(x, x > 0).min()


def lists_of_places(a, x):
    s = 0.0
    for i, j in list(zip(*np.where(a > 0.5))):
        s += a[i, j] * (i + 1)
    for i in np.where(x > 0)[0].tolist():
        s += x[i] * i
    found = list(np.flatnonzero(x > 0))
    for k, i in enumerate(sorted(np.flatnonzero(x > 0), key=lambda i: -x[i])):
        s += k * x[i]
    for i in range(len(x)):
        if i in np.where(x > 0)[0]:
            s *= 1.01
    return s, len(found), x[found[0]], len(tuple(zip(*np.nonzero(a > 0.5))))


FROM_MASKS: dict[str, tuple[Callable[..., Any], list[np.ndarray]]] = {
    "places": (places, [rng.standard_normal(9), rng.random(9)]),
    "places of a matrix": (places_of_a_matrix, [rng.random((6, 5)), rng.standard_normal(9)]),
    "masks of masks": (masks_of_masks, [rng.standard_normal(12)]),
    "loops": (loops_over_places, [rng.standard_normal(9), rng.random(9)]),
    "rows and columns": (rows_and_columns, [rng.random((6, 5)), rng.standard_normal(9)]),
    "rows of places": (rows_of_places, [rng.random((9, 5)), rng.standard_normal(9)]),
    "functions of places": (functions_of_places, [rng.standard_normal(9), rng.random(9)]),
    "lists of places": (lists_of_places, [rng.random((4, 5)), rng.standard_normal(9)]),
    "groups": (groups, [rng.standard_normal(9), rng.random(9)]),
}


@pytest.mark.parametrize("backend", ["cpu", "numpy"])
@pytest.mark.parametrize("name", FROM_MASKS)
def test_indices_from_masks(name: str, backend: str) -> None:
    f, args = FROM_MASKS[name]
    given, here = [x.copy() for x in args], [x.copy() for x in args]
    expected, found = f(*given), lg.jit(lg.program(f), backend=backend)(*here)
    as_tuple = expected if isinstance(expected, tuple) else (expected,)
    results = found if isinstance(found, tuple) else (found,)
    for x, y in zip([*results, *here], [*as_tuple, *given], strict=True):
        np.testing.assert_allclose(x, y, 1e-12)


def test_an_index_from_a_mask_without_elements() -> None:
    """NumPy raises for the first of no elements. A program reads 0, as beyond any array."""

    @lg.program
    def f(x):
        idx = np.where(x > 100)[0]
        x[idx] = 7.0
        return x[idx].sum(), len(idx), x

    total, count, x = lg.jit(f)(np.arange(3.0))
    assert (total, count) == (0, 0)
    np.testing.assert_array_equal(x, [0.0, 1.0, 2.0])


def test_gradients_through_indices_from_masks() -> None:
    x, dx = FROM_MASKS["loops"][1][0], rng.standard_normal(9)
    f = lg.program(loops_over_places)
    slope = lg.grad(lambda x: f(x, np.cos(x)))(x) @ dx
    up, down = (loops_over_places(x + e * dx, np.cos(x + e * dx)) for e in (1e-6, -1e-6))
    assert abs(slope - (up - down) / 2e-6) < 1e-6 * abs(slope)


# Writes to parts: `part = x[mask]` is an array of its own.


def writes_into_parts(x):
    part = x[x > 0.7]
    other, kept = part, part.copy()
    np.multiply(part, part, part)
    part += 1
    chosen = part > 3
    np.logical_not(chosen, out=chosen)
    return x, other.sum(), kept.sum(), part[chosen].sum(), np.sqrt(part, part).max()


def moved_places(x):
    idx = np.where(x > 1)[0]
    same = idx
    idx -= 1
    y = np.zeros(len(x))
    y[idx] = 5
    return y, x[idx].sum(), x[same].max()


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("f", [writes_into_parts, moved_places])
def test_writes_into_parts(f: Callable[..., Any], backend: str) -> None:
    x = np.array([0.5, 2.0, 3.0, 1.0, 0.25])
    got = lg.jit(lg.program(f), backend=backend)(x.copy())
    for a, b in zip(got, f(x.copy()), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-15)


def test_writes_into_parts_that_would_be_lost() -> None:
    def into_a_view(x: Any) -> Any:
        rows = x[x[:, 0] > 0]
        first = rows[:, 0]
        first += 1
        return rows.sum()

    def in_a_condition(x: Any) -> Any:
        part = x[x > 0]
        if x[0, 0] > 2:
            part += 1
        return part.sum()

    for f in (into_a_view, in_a_condition):
        with pytest.raises(TypeError, match="another name shares or that come from outside"):
            lg.jit(lg.program(f))(np.eye(3))
    with pytest.raises(TypeError, match="casting rule 'same_kind'"):
        lg.jit(lambda x: np.true_divide(x[x > 0], 2, x[x > 0]))(np.arange(3))
    with pytest.raises(TypeError, match="depends on values"):
        lg.jit(lambda x: np.add(x[x > 1], 1, x[x > 2]))(np.arange(4.0))


def test_a_condition_that_changes_a_part_in_a_tuple_names_the_variable() -> None:
    def f(x: Any) -> Any:
        parts = (x[x > 0.5], 1)
        if x[0] > 2:
            parts = (x[x > 1.5], 2)
        return parts[0].sum()

    with pytest.raises(TypeError, match="the variable parts holds the elements that a traced mask"):
        lg.jit(lg.program(f))(np.arange(3.0))


def test_the_modules_of_numpy_find_traced_numbers_in_lists():
    """√(x² + (x + 2)²) has the derivative 1 at 0."""
    from letgrad.numpy.linalg import norm

    for function in (norm, lnp.linalg.norm):
        slope = lg.grad(lambda x, f=function: f([x, x + 2.0]))(0.0)
        np.testing.assert_allclose(slope, 1.0, rtol=1e-15)
    found = lg.jit(lambda x: lnp.real(lnp.fft.fft([x, x, -x])))(1.5)
    np.testing.assert_allclose(found, np.real(np.fft.fft([1.5, 1.5, -1.5])), rtol=1e-14)
    assert lnp.linalg.norm([3.0, 4.0]) == 5.0
    assert lnp.linalg.LinAlgError is np.linalg.LinAlgError
    assert "norm" in dir(lnp.linalg)


@pytest.mark.parametrize("known", [np.arange(3.0), 4.0, np.float32(2.0), np.True_])
def test_the_functions_of_numpy_join_known_and_traced_arrays_in_a_tuple(known: Any):
    """NumPy sees no traced array in a tuple. `np.ndarray` has a priority, as masked arrays have."""
    slope = lg.grad(lambda x: np.sum(lnp.hstack((known, x**2)) * 2.0))(np.array([1.0, 3.0]))
    np.testing.assert_allclose(slope, [4.0, 12.0], rtol=1e-15)


def test_a_program_finds_the_modules_of_numpy():
    @lg.program
    def size(x):
        return np.linalg.norm([x, 2 * x]) + np.linalg.norm(np.array([x, 1.0]))

    np.testing.assert_allclose(lg.grad(size)(2.0), 5**0.5 + 2 / 5**0.5, rtol=1e-14)


def no_places_and_few(x):
    idx = np.where(x > 1)[0]
    y = x * 1.0
    y[idx] -= 1.0
    y = np.append(y, len(np.delete(x, idx)))
    s = 0.0
    for i in idx.tolist():
        s += x[i]
    return y, s, np.argwhere(x > 1).ravel().size


@pytest.mark.parametrize("x", [np.zeros(4), np.arange(4.0), np.full(4, 2.0)], ids=str)
def test_any_number_of_places(x: np.ndarray) -> None:
    for found, expected in zip(lg.jit(lg.program(no_places_and_few))(x), no_places_and_few(x)):
        np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(
    "f",
    [
        lambda a: a[:, np.where(a[0] > 0)[0]],
        lambda a: np.sort(a[:, a[0] > 0], axis=1),
        lambda a: a[np.where(a[:, 0] > 0)[0], None],
        lambda a: a[np.where(a[:, 0] > 0)[0], np.where(a[0] > 0)[0]],
        lambda a: np.delete(a, np.where(a[0] > 0)[0], axis=1),
        lambda a: np.argwhere(a > 0).squeeze(axis=0),
    ],
)
def test_keys_that_letgrad_does_not_take_are_errors(f: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"test_masks_and_names.py:\d+: .*traced mask"):
        lg.trace(f, np.ones((3, 3)))
