"""
What each op means: the reference compared with plain loops, or with other NumPy calls than it uses.

Shapes are odd, empty, and of size one; data has NaN, infinities, -0, and the limits of integers.
"""

from __future__ import annotations

import itertools
import math as pymath
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from xdsl.builder import ImplicitBuilder
from xdsl.dialects import arith, func, math, scf
from xdsl.dialects.builtin import (
    IndexType,
    ModuleOp,
    bf16,
    f16,
    f32,
    f64,
    i1,
    i8,
    i16,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from letgrad.dialects import ten, types
from letgrad.lowering import arrays
from letgrad.lowering.reference import Evaluator
from letgrad.passes.diagnostics import LetgradError

from .generators import same

index = IndexType()
FLOAT_DTYPES = [np.float64, np.float32, np.float16, arrays.bfloat16]
INT_DTYPES = [np.int64, np.int32, np.int16, np.int8]
SHAPES = [(3, 4, 5), (1, 7), (2, 0, 3), (5,), (1,), (0,)]


def module_of(make: Callable[..., Any], *kinds: Attribute) -> ModuleOp:
    """`@main`, with these arguments, that returns the results of the op that `make` makes last."""
    block = Block(arg_types=kinds)
    with ImplicitBuilder(block):
        last = make(*block.args)
        results = last.results if isinstance(last, Operation) else [last]
        func.ReturnOp(*results)
    outputs = [r.type for r in results]
    module = ModuleOp([func.FuncOp("main", (list(kinds), outputs), Region(block))])
    module.verify()
    return module


def run(make: Callable[..., Any], *args: Any, kinds: Sequence[Attribute] | None = None) -> Any:
    """The result of an op on arrays."""
    args = tuple(np.asarray(a) for a in args)
    kinds = [arrays.type_of(a) for a in args] if kinds is None else kinds
    results = Evaluator(module_of(make, *kinds)).call("main", args)
    return results[0] if len(results) == 1 else results


def region(arity: int, fill: Callable[..., Sequence[SSAValue]]) -> Region:
    block = Block(arg_types=[index] * arity)
    with ImplicitBuilder(block):
        ten.YieldOp(*fill(*block.args))
    return Region(block)


def constant(n: float, type: Attribute = index) -> SSAValue:
    return types.constant(n, type).result


def data(shape: Sequence[int], dtype: Any = np.float64, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype == np.bool_:
        return rng.integers(0, 2, shape).astype(dtype)
    if dtype.kind == "i":
        return rng.integers(-50, 50, shape).astype(dtype)
    return (rng.integers(-40, 40, shape) / 8).astype(dtype)


def check(actual: Any, expected: Any) -> None:
    """Bit for bit."""
    assert same(actual, expected), f"{actual!r} instead of {expected!r}"


def close(actual: Any, expected: Any, rtol: float = 1e-12) -> None:
    """Up to rounding."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.dtype == expected.dtype and actual.shape == expected.shape
    np.testing.assert_allclose(actual.astype(np.float64), expected.astype(np.float64), rtol=rtol)


def places(shape: Sequence[int]) -> itertools.product[tuple[int, ...]]:
    return itertools.product(*map(range, shape))


# ten.


@pytest.mark.parametrize("type", [i8, i32, i64, index, f16, bf16, f32, f64])
def test_iota(type: Attribute) -> None:
    for d in range(3):
        y = run(lambda d=d: ten.IotaOp(d, types.of_shape((2, 3, 4), type)))
        assert y.dtype == arrays.dtype(type)
        assert all(y[i] == i[d] for i in places((2, 3, 4)))
    assert run(lambda: ten.IotaOp(1, types.of_shape((3, 0), type))).shape == (3, 0)


def test_iota_wraps_and_rounds_as_its_type_does() -> None:
    y = run(lambda: ten.IotaOp(0, types.of_shape([300], i8)))
    assert y[127] == 127 and y[128] == -128 and y[299] == 43
    z = run(lambda: ten.IotaOp(0, types.of_shape([300], bf16)))
    assert float(z[257]) == 256.0 and float(z[259]) == 260.0


@pytest.mark.parametrize("dtype", [np.float64, arrays.bfloat16, np.int8, np.bool_])
@pytest.mark.parametrize("shape", [*SHAPES, ()])
def test_select(shape: tuple[int, ...], dtype: Any) -> None:
    a, b, m = data(shape, dtype, 1), data(shape, dtype, 2), data(shape, np.bool_, 3)
    expected = np.empty(shape, dtype)
    for i in places(shape):
        expected[i] = a[i] if m[i] else b[i]
    check(run(ten.SelectOp, m, a, b), expected)
    check(run(ten.SelectOp, np.True_, a, b), a)
    check(run(ten.SelectOp, np.False_, a, b), b)


@pytest.mark.parametrize("predicate", ten.FLOAT_PREDICATES)
@pytest.mark.parametrize("dtype", FLOAT_DTYPES)
def test_compare_floats(predicate: str, dtype: Any) -> None:
    numbers = [np.nan, -np.inf, -1.5, -0.0, 0.0, 2.0, np.inf]
    a, b = (np.array(x, dtype) for x in zip(*itertools.product(numbers, numbers), strict=True))
    y = run(lambda a, b: ten.CompareOp(predicate, a, b), a, b)
    scalar = module_of(
        lambda a, b: arith.CmpfOp(a, b, predicate), *[arrays.element_type(dtype)] * 2
    )
    for k, (p, q) in enumerate(itertools.product(numbers, numbers)):
        unordered = p != p or q != q
        expected = {
            "false": False,
            "true": True,
            "ord": not unordered,
            "uno": unordered,
        }.get(predicate)
        if expected is None:
            holds = {
                "eq": p == q,
                "ne": p != q,
                "lt": p < q,
                "le": p <= q,
                "gt": p > q,
                "ge": p >= q,
            }
            ordered = predicate[0] == "o"
            expected = (
                holds[predicate[1:]] and not unordered
                if ordered
                else holds[predicate[1:]] or unordered
            )
        assert y[k] == expected, (predicate, p, q)
        assert Evaluator(scalar).call("main", [a[k], b[k]])[0] == expected


@pytest.mark.parametrize("predicate", ten.INTEGER_PREDICATES)
@pytest.mark.parametrize("dtype", INT_DTYPES)
def test_compare_integers(predicate: str, dtype: Any) -> None:
    limits = np.iinfo(dtype)
    numbers = [int(limits.min), -1, 0, 1, int(limits.max)]
    a, b = (np.array(x, dtype) for x in zip(*itertools.product(numbers, numbers), strict=True))
    y = run(lambda a, b: ten.CompareOp(predicate, a, b), a, b)
    for k, (p, q) in enumerate(itertools.product(numbers, numbers)):
        if predicate[0] == "u":
            p, q = p % (1 << limits.bits), q % (1 << limits.bits)
        kind = predicate if predicate in ("eq", "ne") else predicate[1:]
        holds = {"eq": p == q, "ne": p != q, "lt": p < q, "le": p <= q, "gt": p > q, "ge": p >= q}
        assert y[k] == holds[kind]
        assert run(lambda a, b: arith.CmpiOp(a, b, predicate), a[k], b[k]) == holds[kind]


def test_compare_truth_values() -> None:
    a, b = np.array([False, False, True, True]), np.array([False, True, False, True])
    assert run(lambda a, b: ten.CompareOp("ult", a, b), a, b).tolist() == [
        False,
        True,
        False,
        False,
    ]
    assert run(lambda a, b: ten.CompareOp("ne", a, b), a, b).tolist() == [False, True, True, False]


@pytest.mark.parametrize("target", [*INT_DTYPES, np.bool_])
@pytest.mark.parametrize("dtype", FLOAT_DTYPES)
def test_cast_of_floats_truncates_and_saturates(dtype: Any, target: Any) -> None:
    x = np.array(
        [
            np.nan,
            np.inf,
            -np.inf,
            -0.0,
            0.5,
            -0.9,
            1.9,
            -1.9,
            127.5,
            128.0,
            -128.9,
            -129.0,
            1e30,
            -1e30,
            2.0**63,
        ],
        np.float64,
    )
    with np.errstate(over="ignore"):
        x = x.astype(dtype)
    y = run(lambda x: ten.CastOp(x, arrays.element_type(target)), x)
    for number, got in zip(x.astype(np.float64).tolist(), y.tolist(), strict=True):
        if target is np.bool_:
            assert got is (number != 0)
            continue
        low, high = int(np.iinfo(target).min), int(np.iinfo(target).max)
        if number != number:
            expected = 0
        else:
            expected = (
                (high if number > 0 else low)
                if pymath.isinf(number)
                else max(low, min(high, int(number)))
            )
        assert got == expected, number


@pytest.mark.parametrize("target", [*INT_DTYPES, *FLOAT_DTYPES, np.bool_])
@pytest.mark.parametrize("dtype", [*INT_DTYPES, np.bool_])
def test_cast_of_integers_wraps_and_rounds(dtype: Any, target: Any) -> None:
    if dtype is np.bool_:
        x = np.array([False, True])
    else:
        x = np.array(
            [np.iinfo(dtype).min, -129, -1, 0, 1, 100, 255, 2**24 + 2**16 + 1, np.iinfo(dtype).max]
        ).astype(dtype)
    y = run(lambda x: ten.CastOp(x, arrays.element_type(target)), x)
    for number, got in zip(x.tolist(), y, strict=True):
        number = int(number)
        if target is np.bool_:
            assert bool(got) == (number != 0)
        elif np.dtype(target).kind == "i":
            bits = np.iinfo(target).bits
            assert int(got) == (number + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))
        else:
            assert float(got) == nearest(Fraction(number), target)


@pytest.mark.parametrize("target", FLOAT_DTYPES)
@pytest.mark.parametrize("dtype", FLOAT_DTYPES)
def test_cast_between_floats_rounds_to_nearest_even(dtype: Any, target: Any) -> None:
    x = np.array(
        [
            0.1,
            1 + 2**-8,
            1 + 3 * 2**-8,
            1 + 2**-8 + 2**-30,
            65519.0,
            65520.0,
            3e38,
            1e-40,
            2**-24,
            -2.5,
        ]
    )
    with np.errstate(over="ignore"):
        x = x.astype(dtype)
    y = run(lambda x: ten.CastOp(x, arrays.element_type(target)), x)
    for number, got in zip(x.astype(np.float64).tolist(), y, strict=True):
        expected = number if pymath.isinf(number) else nearest(Fraction(number), target)
        assert float(got) == expected, number
    special = run(
        lambda x: ten.CastOp(x, arrays.element_type(target)),
        np.array([np.nan, -0.0, -np.inf], dtype),
    )
    check(special, np.array([np.nan, -0.0, -np.inf], target))


def nearest(exact: Fraction, dtype: Any) -> float:
    """The float of `dtype` that is nearest to `exact`, ties to even: by integer arithmetic."""
    precision, least, greatest = {
        np.dtype(np.float64): (53, -1074, 1024),
        np.dtype(np.float32): (24, -149, 128),
        np.dtype(np.float16): (11, -24, 16),
        arrays.bfloat16: (8, -133, 128),
    }[np.dtype(dtype)]
    if exact == 0:
        return 0.0
    size = abs(exact)
    exponent = size.numerator.bit_length() - size.denominator.bit_length() - precision - 1
    while size >= Fraction(2) ** (exponent + precision):
        exponent += 1
    unit = Fraction(2) ** max(exponent, least)
    value = round(size / unit) * unit
    value = float("inf") if value >= Fraction(2) ** greatest else float(value)
    return -value if exact < 0 else value


@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.bool_])
def test_broadcast(dtype: Any) -> None:
    x = data((3, 4), dtype)
    y = run(lambda x: ten.BroadcastOp(x, [0, 2, 4], [2, 3, 5, 4, 1]), x)
    for place in places((2, 3, 5, 4, 1)):
        assert y[place] == x[place[1], place[3]]
    check(run(lambda x: ten.BroadcastOp(x, [0, 1], [2, 3]), x[1, 2]), np.full((2, 3), x[1, 2]))
    check(run(lambda x: ten.BroadcastOp(x, [0], [0, 3, 4]), x), np.zeros((0, 3, 4), dtype))


def subsets(rank: int) -> list[list[int]]:
    return [list(s) for n in range(rank + 1) for s in itertools.combinations(range(rank), n)]


def folded(
    x: np.ndarray, dims: Sequence[int], start: Any, join: Callable[[Any, Any], Any]
) -> np.ndarray:
    """`x` reduced over `dims`, element by element, by Python's arithmetic on `object`s."""
    sizes = [n for d, n in enumerate(x.shape) if d not in dims]
    y = np.full(sizes, start, object)
    for i in places(x.shape):
        target = tuple(n for d, n in enumerate(i) if d not in dims)
        y[target] = join(y[target], x[i].item())
    return y


def wrapped(y: np.ndarray, dtype: Any) -> np.ndarray:
    """Python's integers modulo 2^width."""
    bits = np.iinfo(dtype).bits
    half = 1 << (bits - 1)
    return np.array([(int(v) + half) % (2 * half) - half for v in y.ravel()], dtype).reshape(
        y.shape
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_sum_of_floats(shape: tuple[int, ...]) -> None:
    x = data(shape)  # eighths: sums are exact
    for dims in subsets(len(shape)):
        expected = folded(x, dims, 0.0, lambda a, b: a + b).astype(np.float64)
        close(run(lambda x, d=dims: ten.SumOp(x, d), x), expected[()])


@pytest.mark.parametrize("dtype", INT_DTYPES)
def test_sum_and_product_of_integers_wrap(dtype: Any) -> None:
    x = data((3, 4, 2), dtype)
    for dims in subsets(3):
        expected = wrapped(folded(x, dims, 0, lambda a, b: a + b), dtype)
        check(run(lambda x, d=dims: ten.SumOp(x, d), x), expected)
        expected = wrapped(folded(x, dims, 1, lambda a, b: a * b), dtype)
        check(run(lambda x, d=dims: ten.ReduceOp("prod", x, d), x), expected)


def test_sum_over_no_dimension_adds_nothing() -> None:
    check(run(lambda x: ten.SumOp(x, []), np.array([-0.0, 1.0])), np.array([-0.0, 1.0]))


@pytest.mark.parametrize("dtype", [np.float16, arrays.bfloat16])
def test_sums_of_short_floats_round_once(dtype: Any) -> None:
    x = np.array([256.0] + [0.75] * 8, dtype)
    assert float(run(lambda x: ten.SumOp(x, [0]), x)) == 262.0
    assert float(run(lambda x: ten.CumsumOp(x, 0), x)[-1]) == 262.0


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [*FLOAT_DTYPES, *INT_DTYPES])
def test_maximum_and_minimum(shape: tuple[int, ...], dtype: Any) -> None:
    x = data(shape, dtype)
    floats = np.dtype(dtype).kind != "i"
    low = -np.inf if floats else np.iinfo(dtype).min
    high = np.inf if floats else np.iinfo(dtype).max
    for dims in subsets(len(shape)):
        expected = folded(x, dims, low, max).astype(dtype)
        check(run(lambda x, d=dims: ten.ReduceOp("max", x, d), x), expected)
        expected = folded(x, dims, high, min).astype(dtype)
        check(run(lambda x, d=dims: ten.ReduceOp("min", x, d), x), expected)


def test_maximum_and_minimum_know_nan_and_the_signs_of_zero() -> None:
    for zeros in itertools.product([0.0, -0.0], repeat=3):
        x = np.array(zeros)
        sign = np.copysign(1, run(lambda x: ten.ReduceOp("max", x, [0]), x))
        assert sign == max(np.copysign(1, x))
        sign = np.copysign(1, run(lambda x: ten.ReduceOp("min", x, [0]), x))
        assert sign == min(np.copysign(1, x))
    for kind in ("max", "min"):
        x = np.array([[1.0, np.nan], [np.inf, -np.inf]])
        y = run(lambda x, k=kind: ten.ReduceOp(k, x, [1]), x)
        check(y, np.array([np.nan, np.inf if kind == "max" else -np.inf]))


@pytest.mark.parametrize("shape", SHAPES)
def test_any_and_all(shape: tuple[int, ...]) -> None:
    x = data(shape, np.bool_)
    for dims in subsets(len(shape)):
        expected = folded(x, dims, False, lambda a, b: a or b).astype(np.bool_)
        check(run(lambda x, d=dims: ten.ReduceOp("any", x, d), x), expected)
        expected = folded(x, dims, True, lambda a, b: a and b).astype(np.bool_)
        check(run(lambda x, d=dims: ten.ReduceOp("all", x, d), x), expected)


@pytest.mark.parametrize("op", [ten.ArgmaxOp, ten.ArgminOp])
@pytest.mark.parametrize("dtype", [np.float64, arrays.bfloat16, np.int8, np.bool_])
@pytest.mark.parametrize("shape", SHAPES)
def test_argmax_and_argmin(shape: tuple[int, ...], dtype: Any, op: Any) -> None:
    x = data(shape, dtype, 4)
    if np.dtype(dtype).kind not in "ib" and x.size > 3:
        x.flat[[1, -1]] = np.nan
    for d in range(len(shape)):
        y = run(lambda x, d=d: op(x, d, i32), x)
        rest = [n for e, n in enumerate(shape) if e != d]
        assert y.shape == tuple(rest) and y.dtype == np.int32
        for i in places(rest):
            line = [float(v) for v in np.moveaxis(x, d, -1)[i]]
            best = 0
            for k, v in enumerate(line):
                known = line[best]
                better = v > known if op is ten.ArgmaxOp else v < known
                if known == known and (v != v or better):
                    best = k
            assert y[i] == best, line


@pytest.mark.parametrize("dtype", [np.float64, np.int8])
@pytest.mark.parametrize("shape", SHAPES)
def test_cumsum(shape: tuple[int, ...], dtype: Any) -> None:
    x = data(shape, dtype)
    for d in range(len(shape)):
        expected = np.zeros(shape, object)
        for i in places(shape):
            before = (*i[:d], i[d] - 1, *i[d + 1 :])
            expected[i] = x[i].item() + (expected[before] if i[d] else 0)
        expected = wrapped(expected, dtype) if dtype is np.int8 else expected.astype(dtype)
        close(run(lambda x, d=d: ten.CumsumOp(x, d), x), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.int16, np.bool_])
def test_layout(dtype: Any) -> None:
    x = data((2, 3, 4), dtype)
    for perm in itertools.permutations(range(3)):
        y = run(lambda x, p=perm: ten.TransposeOp(x, p), x)
        assert y.shape == tuple(x.shape[p] for p in perm)
        for i in places(y.shape):
            j = [0, 0, 0]
            for q, p in enumerate(perm):
                j[p] = i[q]
            assert y[i] == x[tuple(j)]
    y = run(lambda x: ten.ReshapeOp(x, [4, 6]), x)
    assert y.shape == (4, 6) and [v for row in y for v in row] == [
        v for a in x for b in a for v in b
    ]
    for dims in subsets(3):
        y = run(lambda x, d=dims: ten.ReverseOp(x, d), x)
        for i in places(x.shape):
            j = tuple(
                n - 1 - k if d in dims else k
                for d, (k, n) in enumerate(zip(i, x.shape, strict=True))
            )
            assert y[i] == x[j]


def test_layout_of_scalars_and_nothing() -> None:
    assert run(lambda x: ten.ReshapeOp(x, [1, 1]), 2.5).tolist() == [[2.5]]
    assert run(lambda x: ten.ReshapeOp(x, []), np.array([[2.5]])) == 2.5
    assert run(lambda x: ten.ReshapeOp(x, [3, 0]), np.zeros((0, 7))).shape == (3, 0)
    assert run(lambda x: ten.TransposeOp(x, [1, 0]), np.zeros((0, 7))).shape == (7, 0)
    assert run(lambda x: ten.TransposeOp(x, []), 2.5) == 2.5


BOXES = [(0, 5, 1), (1, 2, 3), (4, 1, 7), (5, 0, 1), (2, 0, 9), (0, 3, 2)]


@pytest.mark.parametrize("first", BOXES)
def test_slice(first: tuple[int, int, int]) -> None:
    x = data((5, 4))
    for second in [(0, 4, 1), (1, 2, 2), (4, 0, 1)]:
        offsets, sizes, strides = zip(first, second, strict=True)
        y = run(lambda x, o=offsets, s=sizes, t=strides: ten.SliceOp(x, o, s, t), x)
        assert y.shape == sizes
        for i in places(sizes):
            assert y[i] == x[offsets[0] + i[0] * strides[0], offsets[1] + i[1] * strides[1]]


@pytest.mark.parametrize("shape", [(2, 3), (1, 1), (0, 3), (3, 0)])
@pytest.mark.parametrize(
    "widths", [([0, 0], [0, 0], [0, 0]), ([1, 2], [3, 0], [0, 2]), ([0, 1], [0, 0], [3, 1])]
)
def test_pad(shape: tuple[int, int], widths: Any) -> None:
    x = data(shape) + 10
    low, high, interior = widths
    y = run(lambda x: ten.PadOp(x, low, high, interior), x)
    expected = {}
    for i in places(shape):
        expected[tuple(a + k * (m + 1) for k, a, m in zip(i, low, interior, strict=True))] = x[i]
    for n, size, a, b, m in zip(shape, y.shape, low, high, interior, strict=True):
        assert size == a + b + (n + (n - 1) * m if n else 0)
    for i in places(y.shape):
        assert y[i] == expected.get(i, 0.0)


def test_joining() -> None:
    a, b, c = data((2, 3), seed=1), data((2, 0), seed=2), data((2, 4), seed=3)
    y = run(lambda *xs: ten.ConcatOp(xs, 1), a, b, c)
    assert y.tolist() == [[*a[i], *c[i]] for i in range(2)]
    y = run(lambda *xs: ten.ConcatOp(xs, 0), a, a)
    assert y.tolist() == [*a.tolist(), *a.tolist()]
    y = run(lambda *xs: ten.StackOp(xs), a, a + 1, a + 2)
    assert y.tolist() == [a.tolist(), (a + 1).tolist(), (a + 2).tolist()]
    assert run(lambda *xs: ten.StackOp(xs), 1.5, 2.5).tolist() == [1.5, 2.5]
    assert run(lambda *xs: ten.StackOp(xs), b).shape == (1, 2, 0)


@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.bool_])
def test_index_reads_zero_outside(dtype: Any) -> None:
    t = np.ones((2, 3), dtype)
    kinds = [arrays.type_of(t), index, index]
    for i in (-3, -1, 0, 1, 2, 2**62, -(2**63)):
        for j in (-1, 0, 2, 3):
            y = run(lambda t, i, j: ten.IndexOp(t, [i, j]), t, i, j, kinds=kinds)
            assert y == (0 <= i < 2 and 0 <= j < 3) and y.dtype == dtype
        row = run(lambda t, i: ten.IndexOp(t, [i]), t, i, kinds=kinds[:2])
        assert row.tolist() == [0 <= i < 2] * 3
    assert run(lambda t: ten.IndexOp(t, []), t).tolist() == t.tolist()
    empty = np.ones((0, 2), dtype)
    assert run(
        lambda t, i: ten.IndexOp(t, [i]), empty, 0, kinds=[arrays.type_of(empty), index]
    ).tolist() == [0, 0]


def shifted(i: SSAValue, j: SSAValue) -> list[SSAValue]:
    """2i - 1 and i + j: partly outside."""
    twice = arith.MuliOp(i, constant(2))
    return [arith.SubiOp(twice, constant(1)).result, arith.AddiOp(i, j).result]


@pytest.mark.parametrize("rest", [(), (2,), (0,)])
@pytest.mark.parametrize("dtype", [np.float64, np.int8, np.bool_])
def test_gather(rest: tuple[int, ...], dtype: Any) -> None:
    t = data((4, 3, *rest), dtype)
    y = run(lambda t: ten.GatherOp([3, 2], t, region(2, shifted)), t)
    assert y.shape == (3, 2, *rest) and y.dtype == dtype
    for i, j in places((3, 2)):
        inside = 0 <= 2 * i - 1 < 4 and i + j < 3
        check(y[i, j], t[2 * i - 1, i + j] if inside else np.zeros(rest, dtype))


@pytest.mark.parametrize("rest", [(), (2,), (0,)])
@pytest.mark.parametrize("dtype", [np.float64, np.int8, arrays.bfloat16])
def test_scatter(rest: tuple[int, ...], dtype: Any) -> None:
    t = data((3, 5, *rest), dtype)
    y = run(lambda t: ten.ScatterOp([4, 3], t, region(2, shifted)), t)
    expected = np.zeros((4, 3, *rest), np.float64)
    for i, j in places((3, 5)):
        if 0 <= 2 * i - 1 < 4 and i + j < 3:
            expected[2 * i - 1, i + j] += t[i, j].astype(np.float64)
    check(y, expected.astype(dtype))


def test_scatter_adds_what_meets_and_wraps() -> None:
    t = np.array([100, 100, 100], np.int8)
    y = run(lambda t: ten.ScatterOp([2], t, region(1, lambda i: [constant(1)])), t)
    assert y.tolist() == [0, 44]


def test_index_regions_without_indices_or_domain() -> None:
    t = data((2, 3))
    check(
        run(lambda t: ten.GatherOp([2, 2], t, region(2, lambda i, j: [])), t),
        np.array([[t, t], [t, t]]),
    )
    check(run(lambda t: ten.GatherOp([], t, region(0, lambda: [constant(1)])), t), t[1])
    check(run(lambda t: ten.ScatterOp([], t, region(1, lambda i: [])), t), t[0] + t[1])
    check(
        run(lambda t: ten.ScatterOp([3], t, region(0, lambda: [constant(1)])), t),
        np.stack([0 * t, t, 0 * t]) + 0.0,
    )
    check(run(lambda t: ten.ScatterOp([3], t, region(1, lambda i: [i])), t[:0]), np.zeros((3, 3)))
    assert run(lambda t: ten.GatherOp([0], t, region(1, lambda i: [i])), t).shape == (0, 3)


def test_regions_read_data() -> None:
    table, t = np.array([2, -1, 0, 5]), data((3, 2))

    def read(i: SSAValue) -> list[SSAValue]:
        return [arith.IndexCastOp(ten.IndexOp(table_value, [i]), index).result]

    def make(table: SSAValue, t: SSAValue) -> Operation:
        nonlocal table_value
        table_value = table
        return ten.GatherOp([4], t, region(1, read))

    table_value: Any = None
    y = run(make, table, t)
    assert y.tolist() == [t[2].tolist(), [0, 0], t[0].tolist(), [0, 0]]


def test_build() -> None:
    m, v = data((2, 3), seed=1), data((3,), seed=2)

    def make(m: SSAValue, v: SSAValue) -> Operation:
        def element(i: SSAValue, j: SSAValue) -> list[SSAValue]:
            return [arith.MulfOp(ten.IndexOp(m, [i, j]), ten.IndexOp(v, [j])).result]

        return ten.BuildOp([2, 3], region(2, element))

    check(run(make, m, v), np.array([[m[i, j] * v[j] for j in range(3)] for i in range(2)]))
    rows = run(lambda v: ten.BuildOp([4], region(1, lambda i: [v])), v)
    check(rows, np.array([v, v, v, v]))
    nested = run(
        lambda: ten.BuildOp(
            [2],
            region(
                1,
                lambda i: [
                    ten.BuildOp([3], region(1, lambda j: [arith.MuliOp(i, j).result])).result
                ],
            ),
        )
    )
    assert nested.tolist() == [[0, 0, 0], [0, 1, 2]]
    assert run(lambda v: ten.BuildOp([0], region(1, lambda i: [v])), v).shape == (0, 3)
    assert run(lambda: ten.BuildOp([], region(0, lambda: [constant(2.5, f64)]))) == 2.5


@pytest.mark.parametrize(
    ("spec", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 2)]),
        ("ii->i", [(3, 3)]),
        ("ii->", [(3, 3)]),
        ("iij,j->ji", [(3, 3, 2), (2,)]),
        ("i,j->ji", [(2,), (3,)]),
        (",i->i", [(), (3,)]),
        ("i,i,i->", [(3,), (3,), (3,)]),
        ("ij->", [(2, 3)]),
        ("ij,j->i", [(2, 0), (0,)]),
        ("Aa,a->A", [(2, 3), (3,)]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.int8])
def test_einsum(spec: str, shapes: Any, dtype: Any) -> None:
    xs = [data(s, dtype, k) for k, s in enumerate(shapes)]
    inputs, output = spec.split("->")
    words = inputs.split(",")
    sizes = {c: n for w, s in zip(words, shapes, strict=True) for c, n in zip(w, s, strict=True)}
    letters = sorted(sizes)
    expected = np.zeros([sizes[c] for c in output], object)
    for place in places([sizes[c] for c in letters]):
        at = dict(zip(letters, place, strict=True))
        product: Any = 1
        for w, x in zip(words, xs, strict=True):
            product *= x[tuple(at[c] for c in w)].item()
        expected[tuple(at[c] for c in output)] += product
    y = run(lambda *xs: ten.EinsumOp(spec, xs), *xs)
    close(
        y,
        (wrapped(expected, dtype) if np.dtype(dtype).kind == "i" else expected.astype(dtype)),
        rtol=1e-6,
    )


# arith.

INTEGER_OPS: dict[Any, Callable[[int, int, int], int]] = {
    arith.AddiOp: lambda a, b, w: a + b,
    arith.SubiOp: lambda a, b, w: a - b,
    arith.MuliOp: lambda a, b, w: a * b,
    arith.AndIOp: lambda a, b, w: a & b,
    arith.OrIOp: lambda a, b, w: a | b,
    arith.XOrIOp: lambda a, b, w: a ^ b,
    arith.FloorDivSIOp: lambda a, b, w: a // b if b else 0,
    arith.CeilDivSIOp: lambda a, b, w: -(-a // b) if b else 0,
    arith.DivSIOp: lambda a, b, w: int(Fraction(a, b)) if b else 0,
    arith.RemSIOp: lambda a, b, w: a - b * int(Fraction(a, b)) if b else 0,
    arith.DivUIOp: lambda a, b, w: (a % 2**w) // (b % 2**w) if b else 0,
    arith.RemUIOp: lambda a, b, w: (a % 2**w) % (b % 2**w) if b else 0,
    arith.CeilDivUIOp: lambda a, b, w: -(-(a % 2**w) // (b % 2**w)) if b else 0,
    arith.ShLIOp: lambda a, b, w: a << b if 0 <= b < w else 0,
    arith.ShRSIOp: lambda a, b, w: a >> b if 0 <= b < w else (-1 if a < 0 else 0),
    arith.ShRUIOp: lambda a, b, w: (a % 2**w) >> b if 0 <= b < w else 0,
    arith.MaxSIOp: lambda a, b, w: max(a, b),
    arith.MinSIOp: lambda a, b, w: min(a, b),
    arith.MaxUIOp: lambda a, b, w: max(a, b, key=lambda n: n % 2**w),
    arith.MinUIOp: lambda a, b, w: min(a, b, key=lambda n: n % 2**w),
}


@pytest.mark.parametrize("op", INTEGER_OPS)
@pytest.mark.parametrize("dtype", INT_DTYPES)
def test_integer_arithmetic(op: Any, dtype: Any) -> None:
    limits = np.iinfo(dtype)
    numbers = [limits.min, limits.min + 1, -7, -3, -1, 0, 1, 2, 3, 7, limits.bits, limits.max]
    a, b = (np.array(x, dtype) for x in zip(*itertools.product(numbers, numbers), strict=True))
    exact = [INTEGER_OPS[op](int(p), int(q), limits.bits) for p, q in zip(a, b, strict=True)]
    check(run(op, a, b), wrapped(np.array(exact, object), dtype))
    check(run(op, a[5], b[5]), wrapped(np.array(exact, object), dtype)[5])
    assert run(op, a[:0], b[:0]).shape == (0,)


def test_indices_are_64_bit_integers() -> None:
    assert run(arith.AddiOp, 2**63 - 1, 1, kinds=[index, index]) == -(2**63)
    assert run(arith.FloorDivSIOp, -7, 2, kinds=[index, index]) == -4


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (arith.AddiOp, [0, 1, 1, 0]),
        (arith.SubiOp, [0, 1, 1, 0]),
        (arith.MuliOp, [0, 0, 0, 1]),
        (arith.AndIOp, [0, 0, 0, 1]),
        (arith.OrIOp, [0, 1, 1, 1]),
        (arith.XOrIOp, [0, 1, 1, 0]),
        (arith.MaxUIOp, [0, 1, 1, 1]),
        (arith.MinUIOp, [0, 0, 0, 1]),
        (arith.MaxSIOp, [0, 0, 0, 1]),  # as signed numbers of one bit, true is -1
        (arith.MinSIOp, [0, 1, 1, 1]),
    ],
)
def test_truth_values_are_integers_modulo_two(op: Any, expected: list[int]) -> None:
    a, b = np.array([False, False, True, True]), np.array([False, True, False, True])
    check(run(op, a, b), np.array(expected, np.bool_))


def signed_zero_max(a: float, b: float) -> float:
    if a != a or b != b:
        return float("nan")
    return max((a, b), key=lambda n: (n, pymath.copysign(1, n)))


def divided(a: float, b: float) -> float:
    if a != a or b != b or (b == 0 and a == 0):
        return float("nan")
    if b == 0:
        return pymath.copysign(float("inf"), a) * pymath.copysign(1, b)
    return a / b


FLOAT_OPS: dict[Any, Callable[[float, float], float]] = {
    arith.AddfOp: lambda a, b: a + b,
    arith.SubfOp: lambda a, b: a - b,
    arith.MulfOp: lambda a, b: a * b,
    arith.DivfOp: divided,
    arith.MaximumfOp: signed_zero_max,
    arith.MinimumfOp: lambda a, b: -signed_zero_max(-a, -b),
    arith.MaxnumfOp: lambda a, b: b if a != a else a if b != b else max(a, b),
    arith.MinnumfOp: lambda a, b: b if a != a else a if b != b else min(a, b),
    math.Atan2Op: pymath.atan2,
    math.CopySignOp: pymath.copysign,
}


@pytest.mark.parametrize("op", FLOAT_OPS)
@pytest.mark.parametrize("dtype", FLOAT_DTYPES)
def test_float_arithmetic(op: Any, dtype: Any) -> None:
    numbers = [-np.inf, -2.5, -1.0, -0.0, 0.0, 0.5, 3.0, np.inf, np.nan]
    a, b = (np.array(x, dtype) for x in zip(*itertools.product(numbers, numbers), strict=True))
    y = run(op, a, b)
    assert y.dtype == dtype
    precise = {
        np.dtype(np.float64): 1e-15,
        np.dtype(np.float32): 1e-6,
        np.dtype(np.float16): 1e-3,
    }.get(np.dtype(dtype), 1e-2)
    for p, q, got in zip(a, b, y, strict=True):
        expected = FLOAT_OPS[op](float(p), float(q))
        got = float(got)
        if expected != expected:
            assert got != got, (p, q)
        elif op in (arith.MaxnumfOp, arith.MinnumfOp):  # whose zeros have either sign
            assert got == expected
        else:
            assert pymath.isclose(got, expected, rel_tol=precise, abs_tol=0) or got == expected, (
                p,
                q,
            )
            assert pymath.copysign(1, got) == pymath.copysign(1, expected), (p, q)


def test_negf_of_zero() -> None:
    check(run(arith.NegfOp, np.array([0.0, -0.0, np.inf])), np.array([-0.0, 0.0, -np.inf]))


def test_select_of_scalars_takes_anything() -> None:
    x, y = data((2, 3), seed=1), data((2, 3), seed=2)
    check(run(arith.SelectOp, np.True_, x, y), x)
    check(run(arith.SelectOp, np.False_, x, y), y)


def test_extended_arithmetic() -> None:
    limits = np.iinfo(np.int8)
    for a, b in itertools.product([limits.min, -1, 0, 3, limits.max], repeat=2):
        low, high = run(arith.MulSIExtendedOp, np.int8(a), np.int8(b))
        assert int(high) * 256 + int(low) % 256 == a * b
        low, high = run(arith.MulUIExtendedOp, np.int8(a), np.int8(b))
        assert int(high) % 256 * 256 + int(low) % 256 == (a % 256) * (b % 256)
        total, carry = run(arith.AddUIExtendedOp, np.int8(a), np.int8(b))
        assert int(total) % 256 + 256 * int(carry) == a % 256 + b % 256


@pytest.mark.parametrize(
    ("make", "x", "expected"),
    [
        (lambda x: arith.ExtFOp(x, f64), np.float32(1.5), np.float64(1.5)),
        (lambda x: arith.TruncFOp(x, f32), np.float64(1e300), np.float32(np.inf)),
        (lambda x: arith.TruncFOp(x, f16), np.float64(0.1), np.float16(0.1)),
        (lambda x: arith.ExtSIOp(x, i32), np.int8(-3), np.int32(-3)),
        (lambda x: arith.ExtUIOp(x, i32), np.int8(-3), np.int32(253)),
        (lambda x: arith.ExtSIOp(x, i32), np.True_, np.int32(-1)),
        (lambda x: arith.ExtUIOp(x, i32), np.True_, np.int32(1)),
        (lambda x: arith.TruncIOp(x, i8), np.int32(300), np.int8(44)),
        (lambda x: arith.TruncIOp(x, i1), np.int32(2), np.False_),
        (lambda x: arith.SIToFPOp(x, f64), np.int8(-3), np.float64(-3)),
        (lambda x: arith.UIToFPOp(x, f64), np.int8(-3), np.float64(253)),
        (lambda x: arith.SIToFPOp(x, f64), np.True_, np.float64(-1)),
        (lambda x: arith.UIToFPOp(x, f64), np.True_, np.float64(1)),
        (lambda x: arith.FPToSIOp(x, i8), np.float64(-1.9), np.int8(-1)),
        (lambda x: arith.FPToSIOp(x, i8), np.float64(1e9), np.int8(127)),
        (lambda x: arith.FPToSIOp(x, i64), np.float64(np.nan), np.int64(0)),
        (lambda x: arith.FPToSIOp(x, i64), np.float64(2.0**63), np.int64(2**63 - 1)),
        (lambda x: arith.FPToUIOp(x, i8), np.float64(200.7), np.int8(-56)),
        (lambda x: arith.FPToUIOp(x, i8), np.float64(-5.0), np.int8(0)),
        (lambda x: arith.FPToUIOp(x, i8), np.float64(1e9), np.int8(-1)),
        (lambda x: arith.IndexCastOp(x, index), np.int32(-7), np.int64(-7)),
        (lambda x: arith.BitcastOp(x, i32), np.float32(1.0), np.int32(0x3F800000)),
        (lambda x: arith.BitcastOp(x, f16), np.int16(0x3C00), np.float16(1.0)),
    ],
)
def test_conversions_of_scalars(make: Any, x: Any, expected: Any) -> None:
    check(run(make, x), expected)


@pytest.mark.parametrize("type", [i1, i8, i16, i32, i64, index, f16, bf16, f32, f64])
def test_constants(type: Attribute) -> None:
    values = np.array([[1, 0, 1], [0, 0, 1]]).astype(arrays.dtype(type))
    check(run(lambda: arrays.constant(values[0, 0], type)), values[0, 0])
    check(run(lambda: types.constant(1, type)), values[0, 0])
    if type != index:
        tensor = types.of_shape((2, 3), type)
        check(run(lambda: arrays.constant(values, tensor)), values)
        check(run(lambda: types.constant(1, tensor)), np.ones((2, 3)).astype(values.dtype))
        empty = types.of_shape((0, 3), type)
        check(run(lambda: arrays.constant(values[:0], empty)), values[:0])


# math.

UNARY: dict[Any, Callable[[float], float]] = {
    math.AbsFOp: abs,
    math.AcosOp: pymath.acos,
    math.AcoshOp: pymath.acosh,
    math.AsinOp: pymath.asin,
    math.AsinhOp: pymath.asinh,
    math.AtanOp: pymath.atan,
    math.AtanhOp: pymath.atanh,
    math.CbrtOp: lambda x: pymath.copysign(abs(x) ** (1 / 3), x),
    math.CeilOp: pymath.ceil,
    math.CosOp: pymath.cos,
    math.CoshOp: pymath.cosh,
    math.ErfOp: pymath.erf,
    math.Exp2Op: lambda x: 2**x,
    math.ExpM1Op: pymath.expm1,
    math.ExpOp: pymath.exp,
    math.FloorOp: pymath.floor,
    math.Log10Op: pymath.log10,
    math.Log1pOp: pymath.log1p,
    math.Log2Op: pymath.log2,
    math.LogOp: pymath.log,
    math.RoundEvenOp: round,
    math.RoundOp: lambda x: pymath.copysign(pymath.floor(abs(x) + 0.5), x),
    math.RsqrtOp: lambda x: 1 / pymath.sqrt(x),
    math.SinOp: pymath.sin,
    math.SinhOp: pymath.sinh,
    math.SqrtOp: pymath.sqrt,
    math.TanOp: pymath.tan,
    math.TanhOp: pymath.tanh,
    math.TruncOp: pymath.trunc,
}


@pytest.mark.parametrize("op", UNARY)
@pytest.mark.parametrize("dtype", FLOAT_DTYPES)
def test_elementwise_functions(op: Any, dtype: Any) -> None:
    x = np.array([-3.5, -2.5, -0.5, -0.25, 0.25, 0.5, 0.75, 1.5, 2.5, 3.5]).astype(dtype)
    y = run(op, x)
    assert y.dtype == dtype
    rtol = {8: 1e-14, 4: 1e-6}.get(np.dtype(dtype).itemsize, 1e-2)
    for number, got in zip(x, y, strict=True):
        try:
            expected = float(UNARY[op](float(number)))
        except ValueError:
            assert np.isnan(float(got)), number
            continue
        assert pymath.isclose(float(got), expected, rel_tol=rtol, abs_tol=0.0), number
    assert run(op, x[:0]).shape == (0,)
    assert np.isnan(float(run(op, np.array(np.nan, dtype))))
    close(run(op, x[6]), y[6])


def test_functions_at_the_edge() -> None:
    check(run(math.LogOp, np.array([0.0, -1.0, np.inf])), np.array([-np.inf, np.nan, np.inf]))
    check(run(math.SqrtOp, np.array([-0.0, -1.0, np.inf])), np.array([-0.0, np.nan, np.inf]))
    check(run(math.ExpOp, np.array([-np.inf, 1e4])), np.array([0.0, np.inf]))
    check(run(math.RsqrtOp, np.array([0.0, np.inf])), np.array([np.inf, 0.0]))
    half = np.array([0.5, -0.5, 2.5, -0.2, 0.49999999999999994, np.inf, 2.0**53 + 1])
    check(run(math.RoundOp, half), np.array([1.0, -1.0, 3.0, -0.0, 0.0, np.inf, 2.0**53 + 1]))
    check(run(math.RoundEvenOp, half), np.array([0.0, -0.0, 2.0, -0.0, 0.0, np.inf, 2.0**53 + 1]))


def test_powers() -> None:
    x, y = np.array([2.0, -2.0, 0.0, 9.0, -8.0]), np.array([3.0, 3.0, 0.0, 0.5, 1 / 3])
    check(run(math.PowFOp, x, y), np.array([8.0, -8.0, 1.0, 3.0, np.nan]))
    n = np.array([3, -1, 0, 2, 1], np.int32)
    check(run(math.FPowIOp, x, n), np.array([8.0, -0.5, 1.0, 81.0, -8.0]))
    a, b = np.array([2, -1, 3, 0, 5, -1, 2], np.int8), np.array([7, -3, -1, -2, 0, -4, 6], np.int8)
    check(run(math.IPowIOp, a, b), np.array([-128, -1, 0, 0, 1, 1, 64], np.int8))


@pytest.mark.parametrize("dtype", INT_DTYPES)
def test_functions_of_bits(dtype: Any) -> None:
    bits = np.iinfo(dtype).bits
    numbers = [0, 1, 2, 12, -1, int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)]
    x = np.array(numbers, dtype)
    written = [format(n % 2**bits, f"0{bits}b") for n in numbers]
    leading = [len(w) - len(w.lstrip("0")) for w in written]
    trailing = [len(w) - len(w.rstrip("0")) for w in written]
    assert run(math.CountLeadingZerosOp, x).tolist() == leading
    assert run(math.CountTrailingZerosOp, x).tolist() == trailing
    assert run(math.CtPopOp, x).tolist() == [w.count("1") for w in written]
    check(run(math.AbsIOp, x), wrapped(np.array([abs(n) for n in numbers], object), dtype))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_fma_rounds_once(dtype: Any) -> None:
    eps = float(np.finfo(dtype).eps)
    triples = [
        (1 + eps, 1 - eps, -1.0),
        (1 + eps, 1 + eps, -1.0),
        (3.0, 0.1, eps / 64),
        (0.0, -1.0, -0.0),
        (1 + eps, 1 + eps, eps * eps / 2**30),
    ]
    a, b, c = (np.array(t, dtype) for t in zip(*triples, strict=True))
    y = run(math.FmaOp, a, b, c)
    for p, q, r, got in zip(a, b, c, y, strict=True):
        exact = Fraction(float(p)) * Fraction(float(q)) + Fraction(float(r))
        assert float(got) == nearest(exact, dtype)
    check(run(math.FmaOp, np.float32(np.inf), np.float32(0), np.float32(1)), np.float32(np.nan))
    top = np.finfo(dtype).max
    check(run(math.FmaOp, top, dtype(2), dtype(0)), dtype(np.inf))


# func, scf, and what is refused.


def test_if_runs_one_branch() -> None:
    def make(c: SSAValue, x: SSAValue) -> Operation:
        def branch(value: Callable[[], Operation]) -> Region:
            block = Block()
            with ImplicitBuilder(block):
                scf.YieldOp(value())
            return Region(block)

        return scf.IfOp(
            c, [f64], branch(lambda: arith.NegfOp(x)), branch(lambda: arith.AddfOp(x, x))
        )

    assert run(make, np.True_, 3.0) == -3.0
    assert run(make, np.False_, 3.0) == 6.0


@pytest.mark.parametrize(
    ("bounds", "expected"), [((0, 5, 1), 10), ((1, 8, 3), 12), ((5, 0, 1), 0), ((-2, 1, 2), -2)]
)
def test_for_adds_its_variable(bounds: tuple[int, int, int], expected: int) -> None:
    def make(*values: SSAValue) -> Operation:
        block = Block(arg_types=[index, index])
        with ImplicitBuilder(block):
            scf.YieldOp(arith.AddiOp(block.args[0], block.args[1]))
        return scf.ForOp(*values, [constant(0)], Region(block))

    assert run(make, *bounds, kinds=[index] * 3) == expected


def test_arguments_are_checked() -> None:
    module = module_of(arith.NegfOp, types.of_shape([3], f32))
    with pytest.raises(LetgradError, match="takes 1 arguments, not 2"):
        Evaluator(module).call("main", [np.zeros(3, np.float32)] * 2)
    with pytest.raises(
        LetgradError, match=r"argument 0 of @main is tensor<3xf32>, and was given float64\[3\]"
    ):
        Evaluator(module).call("main", [np.zeros(3)])
    with pytest.raises(LetgradError, match=r"was given float32\[4\]"):
        Evaluator(module).call("main", [np.zeros(4, np.float32)])
    with pytest.raises(LetgradError, match="there is no function @other; the module has @main"):
        Evaluator(module).call("other", [])
