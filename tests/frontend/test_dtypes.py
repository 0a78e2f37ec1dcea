"""
The dtype and the value of each ufunc for all pairs of dtypes, as arrays, NumPy's scalars and
Python's numbers, against NumPy and ml_dtypes. What differs for other functions is in the table of
docs/dtypes.md.
"""

from __future__ import annotations

import operator
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import letgrad as lg
from letgrad.frontend import numpy_functions as nf
from letgrad.frontend.tracing import UFUNCS

from .test_data_indices import BACKENDS, _quiet
from .test_numpy_functions import EXAMPLES

__all__ = ["_quiet"]  # a fixture that every test uses

pytestmark = [
    pytest.mark.sampled(6),
    pytest.mark.filterwarnings("ignore:overflow encountered in cast"),
]

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
DTYPES = [
    *(np.dtype(d) for d in ("bool", "int8", "int16", "int32", "int64", "float16")),
    *(np.dtype(d) for d in ("uint8", "uint16", "uint32", "uint64")),
    BFLOAT16,
    np.dtype(np.float32),
    np.dtype(np.float64),
]
UNSUPPORTED = [np.dtype(np.longdouble)]
NUMBERS = [True, 2, 3.0, 0.5, 1e300, 300, -3]
OPERATORS: dict[str, Callable[..., Any]] = {
    name: getattr(operator, name)
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor",
                 "lshift", "rshift", "lt", "le", "gt", "ge", "eq", "ne")
} | {"divmod": divmod}  # fmt: skip
FUNCTIONS: dict[str, Callable[..., Any]] = OPERATORS | {
    f"np.{name}": nf.find(name) for name in nf.UFUNC_RULES if nf.find(name) in UFUNCS
}
POSITIVE = ("power", "pow", "shift", "reciprocal")
"""Functions whose second operand, or argument, is positive here; others raise errors for some."""
REMAINDERS = ("mod", "divmod", "np.remainder", "np.divmod", "np.fmod")
"""
Functions that are exact for quotients up to 2^53. The negative numbers here would be 2^64 - 2 and
the like as unsigned numbers.
"""
EXACT = {2: 2**-7, 4: 4e-6, 8: 1e-12}


def array(numbers: Any, dtype: np.dtype) -> np.ndarray:
    return numbers != 0 if dtype.kind == "b" else numbers.astype(dtype)


def pairs(name: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Operands of a function with two of them, and what they are."""
    positive = any(word in name for word in POSITIVE)
    a, b = np.array([1, -2, 3, 4]), np.array([2, 3, -1, 1])
    a, b = (abs(a), abs(b)) if positive else (a, b)
    for first in DTYPES:
        x = array(abs(a) if first.kind == "u" and name in REMAINDERS else a, first)
        for second in DTYPES:
            y = array(abs(b) if second.kind == "u" and name in REMAINDERS else b, second)
            yield f"{first} array, {second} array", (x, y)
            yield f"{first} array, {second} scalar", (x, y[1])
            yield f"{second} scalar, {first} array", (y[1], x)
        for number in NUMBERS:
            if not (positive and number == -3):
                yield f"{first} array, {number!r}", (x, number)
                yield f"{number!r}, {first} array", (number, x)


def numpy_result(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """The result of NumPy, or the type of the error."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return function(*args)
        except (TypeError, OverflowError) as error:
            return OverflowError if isinstance(error, OverflowError) else TypeError


def over(function: Callable[..., Any], args: tuple[Any, ...], data: Sequence[Any]) -> Any:
    """The function of args, with `data` in the place of arrays and NumPy's scalars."""
    rest = iter(data)
    return function(*(next(rest) if isinstance(x, np.ndarray | np.generic) else x for x in args))


def traced_result(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """The same in letgrad: arrays and NumPy's scalars are arguments, numbers are in the program."""
    data = [x for x in args if isinstance(x, np.ndarray | np.generic)]
    try:
        return lg.jit(lambda *xs: over(function, args, xs), backend="numpy")(*data)
    except (TypeError, OverflowError) as error:
        return OverflowError if isinstance(error, OverflowError) else TypeError


def dtypes(result: Any) -> str:
    if isinstance(result, type):
        return result.__name__
    results = result if isinstance(result, tuple | list) else (result,)
    return " ".join(str(np.asarray(x).dtype) for x in results)


def compare(what: str, expected: Any, actual: Any) -> None:
    assert dtypes(actual) == dtypes(expected), what
    if isinstance(expected, type):
        return
    both = zip(expected, actual) if isinstance(expected, tuple) else [(expected, actual)]
    for e, a in both:
        e, a = np.asarray(e), np.asarray(a)
        tolerance = 0.0 if e.dtype.kind in "iub" else EXACT[e.dtype.itemsize]
        np.testing.assert_allclose(
            a.astype(np.float64), e.astype(np.float64), tolerance, tolerance * 1e-2, err_msg=what
        )


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_all_pairs(name: str):
    function = FUNCTIONS[name]
    operands = 2 if name in OPERATORS else function.nin  # type: ignore[attr-defined]
    if operands == 1:
        numbers = np.array([1, 2, 3]) if "reciprocal" in name else np.array([1, -2, 3])
        for dtype in DTYPES:
            x = array(numbers, dtype)
            for args in ((x,), (x[1],)):
                what = f"{name} of {dtype}"
                compare(what, numpy_result(function, args), traced_result(function, args))
        return
    good: list[tuple[str, tuple[Any, ...], Any]] = []
    for what, args in pairs(name):
        expected = numpy_result(function, args)
        if isinstance(expected, type):
            assert traced_result(function, args) is expected, f"{name} of {what}"
        else:
            good.append((what, args, expected))
    # One program for all that has a result.
    data = [[x for x in args if isinstance(x, np.ndarray | np.generic)] for _, args, _ in good]

    def program(data: list[list[Any]]) -> list[Any]:
        return [over(function, args, given) for (_, args, _), given in zip(good, data)]

    for (what, _, expected), actual in zip(good, lg.jit(program, backend="numpy")(data)):
        compare(f"{name} of {what}", expected, actual)


@pytest.mark.parametrize("dtype", UNSUPPORTED, ids=str)
def test_other_dtypes_are_errors(dtype: np.dtype):
    for f in (lambda x: x + 1, lambda x: np.ones(2) + x):
        with pytest.raises(TypeError, match=f"arrays of {dtype} are not supported"):
            lg.jit(f)(np.ones(2, dtype))
    with pytest.raises(TypeError, match=f"arrays of {dtype} are not supported"):
        lg.jit(lambda x: x + np.ones(2, dtype))(np.ones(2))


@pytest.mark.parametrize("number", [127, 128, 300, -128, -129, 2**40, -(2**70), 2**70])
@pytest.mark.parametrize("dtype", [d for d in DTYPES if d.kind in "iu"], ids=str)
def test_comparisons_with_large_numbers(dtype: np.dtype, number: int):
    x = np.array([-128, -3, 0, 127]).astype(dtype)
    for name in ("lt", "le", "gt", "ge", "eq", "ne"):
        f = OPERATORS[name]
        for args in ((x, number), (number, x)):
            compare(f"{name} of {args}", f(*args), traced_result(f, args))


def test_the_square_of_a_bool_is_an_int8():
    x = np.array([True, False])
    assert (x**2).dtype == np.int8
    for f, dtype in ((lambda x: x**2, np.int8), (lambda x: np.power(x, 2), np.int64)):
        result = lg.jit(f)(x)
        assert result.dtype == dtype
        np.testing.assert_array_equal(result, [1, 0])


# bfloat16.


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * x.dtype.type(0.5),
        lambda x: x * np.asarray(0.5, x.dtype),
        lambda x: (x * 0.5).astype(x.dtype),
        lambda x: x / 2 - 1,
        lambda x: True * x,
        np.mean, np.sum, np.var, np.std, np.prod, np.max, np.median, np.linalg.norm,
        lambda x: np.sum(x, initial=2.0),
        lambda x: np.max(x, initial=0.5),
        lambda x: np.linalg.norm(x, 3),
        lambda x: np.linalg.norm(x, 2.5),
        lambda x: np.quantile(x, 0.3),
        lambda x: np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x))),
        lambda x: np.logaddexp(x, x), lambda x: np.logaddexp2(x, x), lambda x: np.hypot(x, x),
        lambda x: np.round(x, 1), lambda x: np.sinc(x), lambda x: np.trapezoid(x, dx=0.5),
        lambda x: np.gradient(x, 0.5), lambda x: np.linspace(x[0], x[1], 3),
        lambda x: lg.cond(x[0] > 0, lambda: x, lambda: 0 * x),
        lambda x: lg.cond(x[0] > 0, lambda: x[0], lambda: 0.0),
        lambda x: lg.fold(lambda c, y: c + y, 0.0, x),
        lambda x: lg.scan(lambda c, y: (c + y, c), 0.5, x)[1],
        lambda x: np.nan_to_num(x, nan=0.5), lambda x: np.deg2rad(x), lambda x: np.cumsum(x),
    ],
)  # fmt: skip
def test_functions_and_derivatives_keep_bfloat16(f: Callable[..., Any]):
    x = np.array([1.0, 2.0, 0.5], BFLOAT16)
    assert lg.jit(f)(x).dtype == BFLOAT16
    slope = lg.grad(lambda x: np.sum(f(x)))(x)
    assert slope.dtype == BFLOAT16
    assert np.isfinite(slope.astype(float)).all()
    tangent = lg.jvp(f, (x,), (x,))[1]
    assert tangent.dtype == BFLOAT16


def test_a_python_float_widens_bfloat16_and_its_derivative_does_not():
    x = np.array([1.0, 2.0], BFLOAT16)
    module = lg.trace(lambda x: np.where(x > 0, np.sin(x) * 2.0 + 1, 0.0), x)
    (function,) = module.ops
    assert str(function.function_type.outputs.data[0]) == "tensor<2xf32>"  # type: ignore[attr-defined]
    slope = lg.grad(lambda x: np.sum(np.sin(x) * 2.0))(x)
    assert slope.dtype == BFLOAT16


PRODUCTS: dict[str, Callable[..., Any]] = {
    "@": lambda a, b: a @ b,
    "matmul": np.matmul,
    "linalg.matmul": lambda a, b: np.linalg.matmul(a, b),
    "dot": np.dot,
    "method": lambda a, b: a.dot(b),
    "inner": lambda a, b: np.inner(a, b.T),
    "einsum": lambda a, b: np.einsum("ij,jk->ik", a, b),
    "lg.einsum": lambda a, b: lg.einsum("ij,jk", a, b),
    "tensordot": lambda a, b: np.tensordot(a, b, 1),
    "linalg.tensordot": lambda a, b: np.linalg.tensordot(a, b, axes=1),
    "multi_dot": lambda a, b: np.linalg.multi_dot([a, b]),
    "matvec": lambda a, b: np.stack([np.matvec(a, b[:, k]) for k in range(2)], 1),
    "vecmat": lambda a, b: np.stack([np.vecmat(a[k], b) for k in range(3)]),
    "vecdot": lambda a, b: np.vecdot(a[:, None], b.T),
    "linalg.vecdot": lambda a, b: np.linalg.vecdot(a[:, None], b.T),
    "vdot": lambda a, b: np.stack(
        [np.stack([np.vdot(a[i], b[:, k]) for k in range(2)]) for i in range(3)]
    ),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", [BFLOAT16, np.dtype(np.float16)], ids=str)
@pytest.mark.parametrize("name", PRODUCTS)
def test_products_of_16_bits_add_up_in_float32(name: str, dtype: np.dtype, backend: str):
    """In bfloat16, 256 + 1 is 256: a sum of 600 ones would stop there."""
    a, b = np.ones((3, 600), dtype), np.ones((600, 2), dtype)
    a[0, :300] = 0.5
    result = lg.jit(PRODUCTS[name], backend=backend)(a, b)
    assert result.dtype == dtype
    wanted = (a.astype(np.float64) @ b.astype(np.float64)).astype(dtype)
    np.testing.assert_array_equal(result.astype(float), wanted.astype(float))


def test_products_of_bfloat16_with_others():
    a = np.ones((2, 3), BFLOAT16)
    for other in DTYPES:
        b = array(np.ones((3, 2), int), other)
        wanted = np.add(a[0, 0], b[0, 0]).dtype
        for f in (np.matmul, np.dot, lambda a, b: np.einsum("ij,jk", a, b)):
            assert lg.eval_shape(f, a, b).dtype == wanted
            assert lg.eval_shape(f, b.T, a.T).dtype == wanted


# The table.


def listed() -> set[tuple[str, str, str]]:
    page = Path(__file__).parents[2] / "docs" / "dtypes.md"
    rows = re.findall(r"^\| (`.*) \| (\w+) \| (\w+) \|$", page.read_text("utf-8"), re.MULTILINE)
    return {
        (name, theirs, ours)
        for names, theirs, ours in rows
        for name in re.findall(r"`([\w.]+)`", names)
    }


def found() -> set[tuple[str, str, str]]:
    """The functions whose results for bfloat16 have another dtype than in NumPy."""
    differences = set()
    for name, examples in EXAMPLES.items():
        for function, *values in examples:
            args = tuple(
                x.astype(BFLOAT16) if x.dtype.kind == "f" else x for x in map(np.asarray, values)
            )
            if not any(x.dtype == BFLOAT16 for x in args):
                continue
            theirs = dtypes(numpy_result(function, args))
            ours = dtypes(traced_result(function, args))
            if theirs != ours:
                differences.add((name, theirs.split()[0], ours.split()[0]))
    return differences


def test_the_table_has_all_differences():
    differences, table = found(), listed()
    assert differences <= table, "the table lacks these"
    if np.lib.NumpyVersion(np.__version__) >= "2.2.0":
        assert table <= differences, "the table has these, and they are no differences"


def test_a_python_number_is_an_array_as_an_argument():
    """The page says so, beside the table."""
    x = np.ones(2, np.float32)
    assert lg.jit(lambda x, y: x * y)(x, 2.0).dtype == np.float64
    assert lg.jit(lambda x: x * 2.0)(x).dtype == np.float32


@pytest.mark.parametrize("backend", BACKENDS)
def test_sums_of_bools_are_bools(backend: str):
    """NumPy takes "or" for the sum of bools where the result is a bool, and refuses to subtract."""
    x, y = np.array([[False, True, False], [False, False, True]]), np.array([0.0, -0.5, np.nan])
    for f in (
        lambda x, y: np.convolve(x[0], x[1]),
        lambda x, y: np.correlate(x[0], x[1], "same"),
        lambda x, y: np.cumsum(x, axis=1, dtype=bool),
        lambda x, y: np.cumsum(y, dtype=bool),
        lambda x, y: np.sum(y, dtype=bool),
    ):
        found, expected = lg.jit(f, backend=backend)(x, y), f(x, y)
        assert np.asarray(found).dtype == np.asarray(expected).dtype == np.bool_
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("f", [np.ediff1d, np.gradient])
def test_bools_are_not_subtracted(f: Callable[..., Any]):
    for function in (f, lg.jit(f)):
        with pytest.raises(TypeError):
            function(np.array([True, False, True]))
