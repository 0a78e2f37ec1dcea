"""
Derivatives keep their digits over the whole range of exponents, and special points have the values
that `docs/derivative-accuracy.md` states.
"""

from __future__ import annotations

import itertools
import math as pymath
import re
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy
import pytest
from xdsl.dialects import math

import letgrad as lg
from letgrad.extend import ten

pytestmark = pytest.mark.sampled(9)

np: Any = numpy  # its type stubs know no traced arrays
INF, NAN = numpy.inf, numpy.nan

accuracy: Any = None
try:
    from . import derivative_accuracy

    accuracy = derivative_accuracy
except ImportError:  # mpmath is absent
    pass

needs_mpmath = pytest.mark.skipif(accuracy is None, reason="mpmath computes the exact derivatives")
NAMES = [f.name for f in accuracy.FUNCTIONS] if accuracy is not None else []


def push(f: Callable[..., Any]) -> Callable[..., Any]:
    """The derivative of a function of one number, by forward mode."""
    return lambda x: lg.jvp(f, (x,), (np.ones_like(x),))[1]


def worst_errors(name: str, every: int) -> None:
    f = next(f for f in accuracy.FUNCTIONS if f.name == name)
    modes = set()
    places = list(itertools.product(accuracy.DTYPES, accuracy.BACKENDS))
    if every > 1:  # float64 in the interpreter and float32 in machine code
        places = list(zip(accuracy.DTYPES, accuracy.BACKENDS))
    for dtype, backend in places:
        for found in accuracy.measure(f, dtype, backend, every):
            modes.add(found.mode)
            assert found.worst <= accuracy.BOUND, found
    assert modes == set(accuracy.COLUMNS)


@pytest.mark.sampled(18)
@needs_mpmath
@pytest.mark.parametrize("name", NAMES)
def test_derivatives_keep_their_digits(name: str) -> None:
    worst_errors(name, every=20)


@needs_mpmath
@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_derivatives_keep_their_digits_at_all_points(name: str) -> None:
    worst_errors(name, every=1)


@needs_mpmath
def test_the_exact_derivatives_are_those_of_mpmath() -> None:
    """The formulas of the tables, against differences of the function itself, with 300 digits."""
    mp = accuracy.mpmath.mp
    own = {"multiply": lambda x, y: x * y, "divide": lambda x, y: x / y, "hypot": mp.hypot,
           "power": lambda x, y: x**y, "arctan2": lambda x, y: mp.atan2(y, x),
           "arcsinh": mp.asinh, "arctanh": mp.atanh, "arctan": mp.atan, "tanh": mp.tanh,
           "math.erf": mp.erf, "cbrt": mp.cbrt, "log2": lambda x: mp.log(x, 2),
           "sinc": mp.sincpi,
           "logaddexp": lambda x, y: mp.log(mp.exp(x) + mp.exp(y))}  # fmt: skip
    checked = 0
    for f in accuracy.FUNCTIONS:
        if f.name not in own:
            continue
        at = (mp.mpf(0.375), mp.mpf(0.8125))[: len(f.variables)]
        for partial, exact in f.exact.items():
            order = tuple(partial.count(v) for v in f.variables)
            by_differences = mp.diff(own[f.name], at, order)
            assert abs(by_differences - exact(*at)) < mp.mpf(10) ** -25, (f.name, partial)
            checked += 1
    assert checked > 40


@needs_mpmath
def test_the_page_lists_every_function_within_the_bound() -> None:
    page = accuracy.PAGE.read_text(encoding="utf-8")
    assert page.startswith(accuracy.HEAD) and page.endswith(accuracy.REST)
    rows = re.findall(r"^\| `([^`]+)` \| ([0-9. |]+) \|$", page, re.M)
    assert [name for name, _ in rows] == NAMES
    for name, numbers in rows:
        worst = [float(number) for number in numbers.split(" | ")]
        assert len(worst) == len(accuracy.COLUMNS), name
        assert all(x <= accuracy.BOUND for x in worst), name


def test_the_cases_that_lost_their_digits() -> None:
    """Far out and near 0: the derivative is an ordinary number, and a naive formula loses it."""
    single = np.float32

    def second(f: Callable[..., Any]) -> Callable[..., Any]:
        return lg.grad(lg.grad(f))

    cases: list[tuple[Callable[..., Any], tuple[Any, ...], float]] = [
        (lg.grad(np.expm1), (-30.0,), 9.357622968840175e-14),
        (lg.grad(np.tanh), (30.0,), 4 * pymath.exp(-60)),
        (lg.grad(np.arcsinh), (single(3e20),), 1 / 3e20),
        (lg.grad(np.arccosh), (1e180,), 1e-180),
        (lg.grad(np.arctan2), (single(2e-24), single(2e-24)), 2.5e23),
        (lg.grad(np.log10), (1.7e308,), 1 / 1.7e308 / pymath.log(10)),
        (lg.grad(lambda x: x**1e-3), (1e-300,), 1e-3 * 10.0**-0.3 * 1e300),
        (second(np.arcsin), (1e-12,), 1e-12),
        (second(np.arccos), (1e-12,), -1e-12),
        (second(np.tanh), (1e-9,), -2e-9),
        (second(np.arctanh), (single(3e-6),), 6e-6),
        (second(np.arctan), (1e90,), -2e-270),
        (second(np.sinc), (0.2,), -2.9092946817677032),
        (second(lambda x: np.hypot(x, 1.0)), (1e6,), 9.999999999985e-19),
    ]
    cases += [
        (push(push(lambda x: np.hypot(x, 3e-170))), (4e-170,), 9 / 125 * 1e170),
        # 1/y² is below, or above, all floats, and 2x/y³ is an ordinary number.
        (lg.grad(lg.grad(np.divide, 1), 1), (single(1e38), single(1e23)), 2e-31),
        (push(push(lambda y: single(1e-37) / y)), (single(2e-24),), 0.25e35),
        (lg.grad(push(lambda y: 1e-300 / y)), (1e-200,), 2e300),
        (push(lg.grad(lambda y: np.sum(1e-300 / y))), (1e-200,), 2e300),
        (lg.grad(lg.grad(lambda y: np.sum(np.full(5, 1e-300) / y))), (1e-200,), 1e301),
        (lg.grad(lg.grad(lg.grad(lambda y: 1e-300 / y))), (1e-150,), -6e300),
    ]
    for backend in ("numpy", "cpu"):
        for derivative, at, expected in cases:
            got = lg.jit(derivative, backend=backend)(*at)
            tolerance = 1e-6 if isinstance(at[0], single) else 1e-12
            np.testing.assert_allclose(got, expected, rtol=tolerance, err_msg=str((at, backend)))


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
def test_derivatives_of_tanh_at_many_points(backend: str) -> None:
    """Up to the third: the worst errors are at ordinary numbers, and points are rare there."""
    x = numpy.linspace(0.01, 3, 400_000).astype(np.float32)
    wide = x.astype(np.float64)
    t, s = np.tanh(wide), 1 / np.cosh(wide) ** 2
    third = 2 * s * (3 * t * t - 1)
    exact = [s, -2 * t * s, third]
    slopes = [-2 * t * s, third, -8 * t * s * (1 - 3 * s)]
    f: Callable[..., Any] = np.tanh
    for k, slope in zip(exact, slopes):
        f = lg.grad(lambda x, f=f: np.sum(f(x)))
        unit = numpy.abs(k) * np.finfo(np.float32).eps * numpy.maximum(1, np.abs(wide * slope / k))
        error = numpy.abs(lg.jit(f, backend=backend)(x) - k) / unit
        assert error.max() < 4, (error.max(), x[error.argmax()])


def erf(x: Any) -> Any:
    return lg.apply(math.ErfOp, x)


SPECIAL: list[tuple[Callable[..., Any], float, float, float]] = [
    # function, operand, first and second derivative
    (np.sqrt, 0.0, INF, -INF),
    (np.sqrt, INF, 0, 0),
    (np.sqrt, -1.0, NAN, NAN),
    (np.cbrt, 0.0, INF, -INF),
    (np.cbrt, -0.0, INF, INF),
    (np.cbrt, INF, 0, 0),
    (np.log, 0.0, INF, -INF),
    (np.log, -2.0, -0.5, -0.25),
    (np.log1p, -1.0, INF, -INF),
    (np.arcsin, 1.0, INF, INF),
    (np.arcsin, -1.0, INF, -INF),
    (np.arcsin, 2.0, NAN, NAN),
    (np.arccos, 1.0, -INF, -INF),
    (np.arccos, -1.0, -INF, INF),
    (np.arccosh, 1.0, INF, -INF),
    (np.arccosh, 0.5, NAN, NAN),
    (np.arccosh, -3.0, NAN, NAN),
    (np.arccosh, INF, 0, 0),
    (np.arctanh, 1.0, INF, INF),
    (np.arctanh, -1.0, INF, -INF),
    (np.absolute, 0.0, 0, 0),
    (np.tanh, 0.0, 1, 0),
    (np.tanh, INF, 0, 0),
    (np.tanh, -INF, 0, 0),
    (np.arctan, -0.0, 1, 0),
    (np.arctan, INF, 0, 0),
    (np.arctan, -INF, 0, 0),
    (np.arcsinh, 0.0, 1, 0),
    (np.arcsinh, INF, 0, 0),
    (np.arcsinh, -INF, 0, 0),
    (erf, INF, 0, 0),
    (erf, -INF, 0, 0),
    (np.sinc, 0.0, 0, -(numpy.pi**2) / 3),
    (np.exp, -INF, 0, 0),
    (lambda x: x**0.25, 0.0, INF, -INF),
    (lambda x: x**0.25, INF, 0, 0),
    (lambda x: x**3, 0.0, 0, 0),
]


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_derivatives_at_special_points(backend: str, dtype: Any) -> None:
    for function, at, first, second in SPECIAL:
        x = dtype(at)
        for by in (lg.grad, push):
            got = lg.jit(by(function), backend=backend)(x)
            np.testing.assert_allclose(got, first, rtol=1e-6, err_msg=f"{function} at {at}")
            for again in (lg.grad, push):
                got = lg.jit(again(by(function)), backend=backend)(x)
                np.testing.assert_allclose(got, second, rtol=1e-6, err_msg=f"{function} at {at}")


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
def test_derivatives_of_two_operands_at_special_points(backend: str) -> None:
    half = numpy.sqrt(0.5)
    cases: list[tuple[Any, tuple[float, float], tuple[float, float]]] = [
        (np.hypot, (0.0, 0.0), (0, 0)),
        (np.hypot, (0.0, -2.0), (0, -1)),
        (np.hypot, (-INF, 1.0), (-1, 0)),
        (np.hypot, (1.0, INF), (0, 1)),
        (np.hypot, (INF, INF), (half, half)),
        (np.hypot, (1e308, 1e308), (half, half)),
        (np.hypot, (5e-324, 0.0), (1, 0)),
        (np.hypot, (NAN, 1.0), (NAN, NAN)),
        (np.arctan2, (0.0, 0.0), (NAN, NAN)),
        (np.arctan2, (1.0, INF), (0, 0)),
        (np.arctan2, (-INF, 1.0), (0, 0)),
        (np.arctan2, (NAN, INF), (NAN, NAN)),
        (np.power, (0.0, 0.0), (0, 0)),
        (np.power, (0.0, 2.0), (0, 0)),
        (np.power, (INF, -1.5), (0, 0)),
        (np.power, (0.0, 1.0), (1, 0)),
        (np.maximum, (2.0, 2.0), (0.5, 0.5)),
    ]
    for function, at, expected in cases:
        got = lg.jit(lg.grad(function, (0, 1)), backend=backend)(*at)
        np.testing.assert_allclose(got, expected, rtol=1e-12, err_msg=f"{function} at {at}")
    by_y = lg.jit(lg.grad(np.power, 1), backend=backend)(0.0, -2.0)
    assert by_y == -INF


SHORT = {
    name: f
    for name, f in {
        "sin": np.sin, "tan": np.tan, "arcsin": np.arcsin, "arctan": np.arctan, "tanh": np.tanh,
        "sinh": np.sinh, "arcsinh": np.arcsinh, "arccosh": np.arccosh, "arctanh": np.arctanh,
        "exp": np.exp, "expm1": np.expm1, "log": np.log, "log2": np.log2, "log10": np.log10,
        "log1p": np.log1p, "sqrt": np.sqrt, "cbrt": np.cbrt, "erf": erf,
        "x**0.375": lambda x: x**0.375,
        "x**1.5": lambda x: x**1.5, "hypot": lambda x: np.hypot(x, 3), "logaddexp":
        lambda x: np.logaddexp(x, 1), "arctan2": lambda x: np.arctan2(x, 2),
    }.items()
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize("name", SHORT)
def test_nothing_overflows_within_a_derivative_of_16_bits(name: str, dtype: Any) -> None:
    """All floats of 16 bits: where the derivative is a normal number, it has its first digits."""
    f = SHORT[name]
    x = numpy.arange(1 << 16, dtype=numpy.uint16).view(dtype)
    limits = ml_dtypes.finfo(dtype)
    with numpy.errstate(all="ignore"):
        exact = lg.jit(lg.grad(lambda x: np.sum(f(x))))(x.astype(numpy.float64))
        slope = lg.jit(lg.grad(lambda x: np.sum(lg.grad(lambda x: np.sum(f(x)))(x))))(
            x.astype(numpy.float64)
        )
        condition = numpy.maximum(1, numpy.abs(x.astype(numpy.float64) * slope / exact))
        size = numpy.abs(exact)
        counts = (size >= float(limits.tiny)) & (size <= float(limits.max) / 2)
        counts &= numpy.isfinite(condition)
        got = lg.jit(lg.grad(lambda x: np.sum(f(x))))(x).astype(numpy.float64)
        error = numpy.abs(got / exact - 1) / condition / float(limits.eps)
    assert counts.sum() > 1000
    worst = numpy.argmax(numpy.where(counts, numpy.where(numpy.isnan(error), INF, error), 0))
    assert error[worst] <= 4, (x[worst], got[worst], exact[worst])


def test_functions_of_ten_agree_between_interpreter_and_cpu() -> None:
    """The formulas that run fast give what the rules of the table `evaluate` give."""
    random = numpy.random.default_rng(0)
    for dtype in (np.float64, np.float32):
        limits = np.finfo(dtype)
        low, high = numpy.log2(float(limits.smallest_subnormal)), limits.maxexp - 0.001
        near = random.uniform(-3, 3, 4000)
        e = random.uniform(low, high, (2, 4000))
        e[1, ::2] = numpy.clip(e[0] + near, low, high)[::2]
        x, y = (2.0**e * random.choice([-1, 1], e.shape)).astype(dtype)
        x[:40], y[20:60], x[60:80], y[70:90] = 0, 0, INF, -INF
        for kind in (ten.HypotOp, ten.UnitOp, ten.InvertOp):

            def apply(x: Any, y: Any, kind: Any = kind) -> Any:
                return lg.apply(kind, x, y)

            with numpy.errstate(all="ignore"):
                a = lg.jit(apply, backend="numpy")(x, y)
                b = lg.jit(apply)(x, y)
                ordinary = np.isfinite(dtype(1) / np.hypot(x, y))
            at = f"{kind.name} {numpy.dtype(dtype)}"
            tiny = 4 * float(limits.smallest_subnormal)
            np.testing.assert_allclose(
                b[ordinary], a[ordinary], rtol=3 * float(limits.eps), atol=tiny, err_msg=at
            )
