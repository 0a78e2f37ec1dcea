"""The functions of `math` of constants are correctly rounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Context, Decimal
from math import copysign, inf, isinf, isnan, ldexp, nan, pi
from random import Random
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from letgrad.passes.rewriting import rounding
from letgrad.passes.rewriting.rounding import FUNCTIONS, Dyadic, Format, dyadic, nearest

F16, BF16, F32, F64 = Format(11, 15), Format(8, 127), Format(24, 127), Format(53, 1023)
FORMATS = (F16, BF16, F32, F64)
DTYPES: dict[Format, Any] = {
    F16: np.float16, BF16: ml_dtypes.bfloat16, F32: np.float32, F64: np.float64,
}  # fmt: skip

SPECIAL = (
    1.0, -1.0, 2.0, 0.5, 0.25, 3.0, 8.0, 10.0, 27.0, 100.0, 1e22, pi, pi / 2, 5e-324, 1e-310, 1e308,
    1 - 2**-53, 1 + 2**-52, 710.0, -745.2, 88.7, -103.9, 11.09, 16.0, 1e-8,
)  # fmt: skip


def arguments(seed: int, format: Format, count: int) -> Iterator[float]:
    """Numbers of a format: special ones, of the size of 1, and of every size."""
    random = Random(seed)
    for _ in range(count):
        x = random.choice(SPECIAL)
        if random.random() < 0.7:
            size = random.gauss(0, 3) if random.random() < 0.6 else random.uniform(-1074, 1023)
            x = random.choice((1, -1)) * ldexp(random.uniform(1, 2), int(size))
        found = nearest(dyadic(x), format)
        if not isinf(found):
            yield found


@pytest.mark.parametrize("format", FORMATS, ids=str)
def test_the_nearest_float(format: Format):
    """Casts of NumPy round to nearest, ties to even; of 53 bits they see all."""
    for x in arguments(0, F64, 3000):
        for y in (x, nearest(dyadic(x), F16) if abs(x) < 6e4 else x):
            with np.errstate(all="ignore"):
                if format is BF16 and float(np.float32(y)) != y:
                    continue  # ml_dtypes goes through float32
                wanted = float(np.float64(y).astype(DTYPES[format]))
            assert nearest(dyadic(y), format) == wanted


def test_ties_and_ends():
    assert nearest(Dyadic((1 << 53) + 1, 0), F64) == float(1 << 53)
    assert nearest(Dyadic((1 << 53) + 3, 0), F64) == float((1 << 53) + 4)
    assert nearest(Dyadic((1 << 54) + 3, 0), F64) == float((1 << 54) + 4)
    assert nearest(Dyadic(65519, 0), F16) == 65504 and nearest(Dyadic(65520, 0), F16) == inf
    assert nearest(Dyadic(1, -1075), F64) == 0 and nearest(Dyadic(3, -1076), F64) == 5e-324


def decided(low: Decimal, high: Decimal, format: Format) -> float | None:
    """The float that both numbers round to; None if they differ."""
    a, b = (nearest(Dyadic((n << 4400) // d, -4400), format)
            for n, d in (low.as_integer_ratio(), high.as_integer_ratio()))  # fmt: skip
    return a if a == b else None


DIGITS = Context(prec=60, Emin=-9999, Emax=9999)
OF_DECIMALS: dict[str, Callable[[Decimal], Decimal]] = {
    "exp": DIGITS.exp,
    "log": DIGITS.ln,
    "log10": DIGITS.log10,
    "sqrt": DIGITS.sqrt,
    "log2": lambda x: DIGITS.divide(DIGITS.ln(x), DIGITS.ln(Decimal(2))),
    "rsqrt": lambda x: DIGITS.divide(Decimal(1), DIGITS.sqrt(x)),
}


@pytest.mark.parametrize("format", FORMATS, ids=str)
@pytest.mark.parametrize("name", OF_DECIMALS)
def test_functions_of_decimals(name: str, format: Format):
    """Python's decimals are right to all their digits in these functions."""
    compared = 0
    for x in arguments(1, format, 300):
        if (x <= 0 and name != "exp") or (name == "exp" and abs(x) > 2000):
            continue
        exact = OF_DECIMALS[name](Decimal(x))
        near = [DIGITS.multiply(exact, Decimal(1) + s * Decimal("1e-55")) for s in (-1, 1)]
        wanted = decided(*near, format)
        compared += wanted is not None
        assert wanted is None or FUNCTIONS[name](x, format) == wanted, x
    assert compared > 80


@pytest.mark.parametrize("format", FORMATS, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_mpmath(name: str, format: Format):
    mpmath = pytest.importorskip("mpmath", reason="mpmath is not installed: extra `oracles`")
    check_beside(mpmath, name, format, arguments(2, format, 60))


@pytest.mark.slow
@pytest.mark.parametrize("format", (F16, BF16), ids=["f16", "bf16"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_every_float_of_16_bits(name: str, format: Format):
    mpmath = pytest.importorskip("mpmath", reason="mpmath is not installed: extra `oracles`")
    every = np.arange(1 << 16).astype(np.uint16).view(DTYPES[format]).astype(float)
    check_beside(mpmath, name, format, (float(x) for x in every if np.isfinite(x) and x != 0))


def check_beside(mpmath: Any, name: str, format: Format, xs: Iterator[float]) -> None:
    of = {
        "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
        "exp2": lambda x: mpmath.power(2, x),
        "log2": lambda x: mpmath.log(x, 2),
        "rsqrt": lambda x: 1 / mpmath.sqrt(x),
    }
    exact = of.get(name) or getattr(mpmath, name)
    far = name in ("exp", "exp2", "expm1", "sinh", "cosh", "tanh", "erf")
    for x in xs:
        if far and abs(x) > 2000:
            continue
        mpmath.mp.prec = 300 if 1e-10 < abs(x) < 1e10 else 2600
        try:
            z = exact(mpmath.mpf(x))
        except (ValueError, ZeroDivisionError):
            continue
        found = FUNCTIONS[name](x, format)
        assert found is not None
        if isinstance(z, mpmath.mpc) or mpmath.isnan(z):
            assert isnan(found), x
        elif mpmath.isinf(z):
            assert found == float(z), x
        else:
            sign, m, e, _ = z._mpf_
            assert found == nearest(Dyadic(-int(m) if sign else int(m), int(e)), format), x


@pytest.mark.parametrize("name", FUNCTIONS)
def test_special_points(name: str):
    """Zeros of both signs, infinities, and NaN, as NumPy has them."""
    of = {"acos": "arccos", "acosh": "arccosh", "asin": "arcsin", "asinh": "arcsinh",
          "atan": "arctan", "atanh": "arctanh"}.get(name, name)  # fmt: skip
    if name in ("erf", "rsqrt"):
        return
    for x in (0.0, -0.0, 1.0, -1.0, inf, -inf, nan, 2.0, -2.0):
        with np.errstate(all="ignore"):
            wanted = float(getattr(np, of)(x))
        found = FUNCTIONS[name](x, F64)
        assert found is not None
        if isnan(wanted) or isnan(found):
            assert isnan(wanted) and isnan(found), x
        else:
            assert copysign(1, found) == copysign(1, wanted), x
            assert found == wanted or abs(found - wanted) <= 4e-16 * abs(wanted), x


def test_special_points_of_two():
    some = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, inf, -inf, nan, 1e300, -1e-300)
    for x in some:
        for y in some:
            for function, numpy in ((rounding.power, np.power), (rounding.atan2, np.arctan2)):
                with np.errstate(all="ignore"):
                    wanted = float(numpy(x, y))
                if numpy is np.power and y == 0.5 and (x == 0 or isinf(x)):
                    wanted = abs(x)  # NumPy takes a root there
                found = function(x, y, F64)
                assert found is not None
                same = repr(found) == repr(wanted)
                assert same or abs(found - wanted) <= 4e-16 * abs(wanted), (function, x, y)


def test_powers_that_are_floats_or_halfway():
    assert rounding.power(1.5, 2, F16) == 2.25
    assert rounding.power(2.0**-215, 5.0, F64) == 0.0  # a tie of 0 and the smallest number
    assert rounding.power(2.0**-268, 4.0, F64) == 2.0**-1072
    assert rounding.power(0.0625, -0.75, F64) == 8.0
    assert rounding.power(float(2**27 + 1), 2.0, F64) == float((2**27 + 1) ** 2)
    assert rounding.power(-3.0, 3, F32) == -27.0
