"""Unsigned integers of all widths, beside NumPy, bit for bit, in all places."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.passes.rewriting import verify

pytestmark = pytest.mark.sampled(6)

WIDTHS = (np.uint8, np.uint16, np.uint32, np.uint64)
PLACES = ("numpy", "cpu", "triton")


def numbers(kind: Any, shape: tuple[int, ...] = (3, 5), seed: int = 0) -> np.ndarray:
    """Random bits, with 0 and the limits among them."""
    rng = np.random.default_rng(seed)
    info = np.iinfo(kind)
    x = rng.integers(info.min, info.max, shape, kind, endpoint=True)
    ends = [info.max, 0, 1, info.max // 2, info.max // 2 + 1, 3]
    np.put(x, rng.permutation(x.size)[: len(ends)], ends)
    return x


def check(f: Callable[..., Any], *args: Any, places: tuple[str, ...] = PLACES) -> None:
    """The same bits and dtypes as NumPy, from every place."""
    with np.errstate(all="ignore"):
        expected = f(*args)
    expected = expected if isinstance(expected, tuple) else (expected,)
    for place in places:
        compiled = lg.jit(f, backend=place)
        module = compiled.traced(*args).module
        verify.verify(module)
        assert not re.search(r"ui(8|16|32|64)\b", str(module))  # only the ops have signs
        found = compiled(*args)
        found = found if isinstance(found, tuple) else (found,)
        for x, y in zip(found, expected, strict=True):
            assert np.asarray(x).dtype == np.asarray(y).dtype, (place, x, y)
            np.testing.assert_array_equal(np.asarray(x), np.asarray(y), place)


ARITHMETIC: dict[str, Callable[..., Any]] = {
    "sums": lambda a, b: (a + b, a - b, a * b, -a, +a, abs(a)),
    "quotients": lambda a, b: (a // b, a % b, np.fmod(a, b), *np.divmod(a, b), a / b),
    "bits": lambda a, b: (a & b, a | b, a ^ b, ~a, np.bitwise_count(a)),
    "orders": lambda a, b: (a < b, a <= b, a > b, a >= b, a == b, a != b),
    "extremes": lambda a, b: (
        np.maximum(a, b), np.minimum(a, b), np.fmax(a, b), np.fmin(a, b), np.clip(a, 3, b),
    ),
    "choices": lambda a, b: (np.where(a > b, a, b), np.sign(a), a.astype(bool), np.square(a)),
    "shifts": lambda a, b: (a << (b % 70), a >> (b % 70), a << 3, a >> 1),
    "powers": lambda a, b: (a**2, a**3, np.power(a, b % 5), np.power(a, b), np.reciprocal(a)),
    "numbers": lambda a, b: (a + 3, 200 - a, 2 * a, a == 300, a > -1, a < 2**63, np.isnan(a)),
}  # fmt: skip


@pytest.mark.parametrize("kind", WIDTHS)
@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic_wraps_as_numpys(name: str, kind: Any) -> None:
    check(ARITHMETIC[name], numbers(kind), numbers(kind, seed=1))


@pytest.mark.parametrize("kind", WIDTHS)
def test_reductions(kind: Any) -> None:
    def f(x: Any) -> tuple[Any, ...]:
        return (
            x.sum(), x.sum(0), x.sum(1, dtype=x.dtype), x.prod(1), x.max(), x.min(0), x.max(1),
            x.argmax(1), x.argmin(0), np.cumsum(x, 1), x.mean(), np.any(x, 0), np.all(x), np.ptp(x),
            np.maximum.accumulate(x, 1), np.bitwise_xor.reduce(x), x @ x.T, np.count_nonzero(x),
        )  # fmt: skip

    check(f, numbers(kind))


@pytest.mark.parametrize("kind", WIDTHS)
def test_order(kind: Any) -> None:
    def f(x: Any) -> tuple[Any, ...]:
        return (
            np.sort(x),
            np.argsort(x, kind="stable"),
            np.searchsorted(np.sort(x), x),
            np.median(x),
        )

    check(f, numbers(kind, (7,)), places=("numpy", "cpu"))


@pytest.mark.parametrize("kind", WIDTHS)
def test_layout(kind: Any) -> None:
    def f(x: Any) -> tuple[Any, ...]:
        y = np.concatenate([x, x[::-1]])
        y[1] = 7
        return y, x.T, x[1:, ::2], np.pad(x, 1), np.repeat(x, 2, 0), np.roll(x, 1), np.tril(x), x[1]

    check(f, numbers(kind))
    check(lambda x: (x.T + x.T, np.sum(x, 0), x[:, 1:]), np.zeros((0, 3), kind))


KINDS = (np.bool_, np.int8, np.int16, np.int32, np.int64, *WIDTHS)


@pytest.mark.parametrize("kind", WIDTHS)
@pytest.mark.parametrize("target", (*KINDS, np.float16, np.float32, np.float64))
def test_casts(kind: Any, target: Any) -> None:
    check(lambda x: x.astype(target), numbers(kind))
    check(lambda x: x[0, 0].astype(target), numbers(kind))


@pytest.mark.parametrize("kind", WIDTHS)
@pytest.mark.parametrize("source", KINDS)
def test_promotion(kind: Any, source: Any) -> None:
    other = numbers(source) if source is not np.bool_ else numbers(np.int8) > 0
    check(lambda a, b: (a + b, a * b, a < b, a >= b, a == b, a != b), numbers(kind), other)
    check(lambda a, b: (b <= a, b > a, np.maximum(a, b)), numbers(kind), other)


@pytest.mark.parametrize("kind", WIDTHS)
@pytest.mark.parametrize("source", (np.float16, np.float32, np.float64))
def test_floats_become_unsigned(kind: Any, source: Any) -> None:
    info = np.iinfo(kind)
    inside = [0.0, -0.0, 0.75, 3.5, 100.25, float(info.max // 2 + 1), -0.5]
    x = np.array([v for v in inside if v <= np.finfo(source).max], source)
    check(lambda x: x.astype(kind), x)
    outside = np.array([-1.0, -np.inf, np.inf, np.nan, 2.0**70], source)
    for place in PLACES:
        found = lg.jit(lambda x: x.astype(kind), backend=place)(outside)
        np.testing.assert_array_equal(found, [0, 0, info.max, 0, info.max])


def test_the_other_byte_order() -> None:
    table = np.array([1, 2**31 + 5, 77], ">u4")
    found = lg.jit(lambda x: (x + table, x * table[1]))(table)
    np.testing.assert_array_equal(found[0], (table + table).astype(np.uint32))
    np.testing.assert_array_equal(found[1], (table * table[1]).astype(np.uint32))
    strided = numbers(np.uint16, (6, 4))[::2, ::-1]
    np.testing.assert_array_equal(lg.jit(lambda x: x // 3)(strided), strided // 3)


@pytest.mark.parametrize("kind", WIDTHS)
def test_bounds_outside_of_the_dtype_do_not_clip(kind: Any) -> None:
    check(
        lambda x: (np.clip(x, -1, 300), np.clip(x, -(2**70), None), x.clip(3, 2**70)), numbers(kind)
    )


def test_a_choice_wraps_numbers() -> None:
    check(lambda x: (np.where(x > 5, x, -1), np.where(x > 5, 300, x)), numbers(np.uint8))
    check(lambda x: np.where(x > 5, x, 300), numbers(np.int8))


def test_a_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(OverflowError, match="out of bounds for uint8"):
        lg.jit(lambda x: x + 256)(np.zeros(3, np.uint8))
    with pytest.raises(OverflowError, match="out of bounds for uint32"):
        lg.jit(lambda x: x - -1)(np.zeros(3, np.uint32))


# Unsigned values in loops, branches, derivatives and calls.


def test_loops_and_branches_carry_them() -> None:
    def f(x: Any) -> tuple[Any, ...]:
        last, rows = lg.scan(lambda c, r: (c * np.uint32(3) + r, c ^ r), x[0], x)
        loop = lg.while_loop(lambda c: c < 4_000_000_000, lambda c: c * 5 + 1, x[0])
        chosen = lg.cond(x[0] > x[1], lambda: x[0], lambda: x[1])
        built = lg.build(x.size, lambda i: x[i] >> 3)
        return last, rows, loop, chosen, built

    def of_numpy(x: np.ndarray) -> tuple[Any, ...]:
        c, rows = x[0], []
        for r in x:
            rows.append(c ^ r)
            c = c * np.uint32(3) + r
        loop = x[0]
        while loop < 4_000_000_000:
            loop = loop * np.uint32(5) + np.uint32(1)
        return c, np.array(rows), loop, max(x[0], x[1]), x >> 3

    x = np.array([5, 4_294_967_290, 77, 2_147_483_648], np.uint32)
    with np.errstate(over="ignore"):
        expected = of_numpy(x)
    for place in PLACES:
        for found, y in zip(lg.jit(f, backend=place)(x), expected, strict=True):
            assert found.dtype == np.uint32
            np.testing.assert_array_equal(found, y)


def test_derivatives_take_them_as_constants() -> None:
    def f(x: Any, n: Any) -> Any:
        return np.sum(x**2 * n + x * (n >> 1)), n + 1

    x, n = np.array([1.5, -2.0]), np.array([2**64 - 1, 3], np.uint64)
    (value, more), slope = lg.value_and_grad(f, has_aux=True)(x, n)
    assert more.dtype == np.uint64
    np.testing.assert_array_equal(more, [0, 4])
    np.testing.assert_allclose(value, f(x, n)[0])
    np.testing.assert_allclose(slope, 2 * x * n + (n >> np.uint64(1)))
    (_, same), (tangent, none) = lg.jvp(f, (x, n), (np.ones(2), np.zeros(2, np.uint64)))
    np.testing.assert_array_equal(same, [0, 4])
    np.testing.assert_allclose(tangent, slope.sum())
    assert none.dtype == np.uint64 and not none.any()
    _, pullback = lg.vjp(f, x, n)
    back, zeros = pullback((1.0, np.zeros(2, np.uint64)))
    np.testing.assert_allclose(back, slope)
    assert zeros.dtype == np.uint64
    outer = lg.jit(lambda x, n: (lg.grad(lambda y: f(y, n)[0])(x), n // 2))
    np.testing.assert_allclose(outer(x, n)[0], slope)
    np.testing.assert_array_equal(outer(x, n)[1], n // 2)
    np.testing.assert_allclose(lg.hessian(lambda x: f(x, n)[0])(x), np.diag(2.0 * n))
    jacobian = lg.jacrev(lambda x, n: x * n)(x, n)
    np.testing.assert_allclose(jacobian, np.diag(n.astype(float)))


def test_vmap_out_and_rules_of_the_user() -> None:
    x = numbers(np.uint16, (4, 3))
    np.testing.assert_array_equal(lg.vmap(lambda r: r.max() - r)(x), x.max(1, keepdims=True) - x)
    out = np.zeros((4, 3), np.uint16)
    assert lg.jit(lambda x: x // 3)(x, out=out) is out
    np.testing.assert_array_equal(out, x // 3)

    @lg.custom_vjp
    def scaled(y: Any, n: Any) -> Any:
        return y * n

    scaled.defvjp(lambda y, n: (y * n, n), lambda n, ct: (ct * (n * 2), None))
    n = np.uint32(2**31 + 1)
    assert lg.grad(scaled)(3.0, n) == 2.0
    assert lg.jit(scaled)(1.0, n) == 2.0**31 + 1

    assert len(lg.profile(lambda x: x // 3, x).rows) > 0

    def writes(x: Any) -> Any:
        x[0] = x[1] + x[2]
        x >>= 1

    target, like = x.copy(), x.copy()
    lg.jit(writes)(target)
    writes(like)
    np.testing.assert_array_equal(target, like)


@pytest.mark.parametrize("kind", WIDTHS)
def test_indices(kind: Any) -> None:
    table = np.arange(12.0).reshape(6, 2)
    places = np.array([5, 0, 3], kind)
    check(lambda t, i: (t[i], t[i[1]], np.take(t, i, 0), t[i, 1]), table, places)

    def added(t: Any, i: Any) -> Any:
        y = t[:, 0] * 0
        y[i] += 2.0
        return y

    check(added, table, places)
    outside = lg.jit(lambda t, i: t[i])(np.arange(1.0, 4.0), np.array([2**64 - 1], np.uint64))
    assert outside == [0.0]  # no index from the end
