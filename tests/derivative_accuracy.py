"""
The error of every partial derivative, against mpmath, over the whole range of exponents.

    python tests/derivative_accuracy.py [FILE]      writes FILE, or docs/derivative-accuracy.md

An error is counted in units of the bound: one ulp of the exact derivative, times the condition
number of the derivative where that is above 1. (The condition number says by how much a relative
change of the operands grows: Σ |x ∂k/∂x| / |k| for a derivative k.)
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import mpmath
import numpy
from xdsl.dialects import math

import letgrad as lg
from letgrad.extend import ten

np: Any = numpy  # its type stubs know no traced arrays
mp: Any = mpmath.mp  # its attributes are made when it is imported
mp.prec = 400
PAGE = Path(__file__).parents[1] / "docs" / "derivative-accuracy.md"
BOUND = 4
BACKENDS = ("numpy", "cpu")
DTYPES = (np.float64, np.float32)
MODES = "forward", "reverse"

Exact = Callable[..., Any]


@dataclass(frozen=True)
class Function:
    """
    A function of one or two floats. `exact` has the exact partial derivatives by their variables:
    x, xx, or x, y, xx, xy, yy. They raise an error, or give no finite number, outside of the
    domain.
    """

    name: str
    traced: Callable[..., Any]
    exact: dict[str, Exact] = field(hash=False)
    within: Callable[..., bool] = lambda *xs: True
    """The open domain in which the function is smooth."""
    reads: tuple[Exact, ...] = ()
    """What the first, and the second, derivatives read: points count where that is normal or 0."""
    value: Exact | None = None
    """The function, if points count only where it is 0 or a normal number."""

    @property
    def variables(self) -> str:
        return "xy" if "y" in self.exact else "x"


def unary(name: str, traced: Any, first: Exact, second: Exact, within: Any = None) -> Function:
    return Function(name, traced, {"x": first, "xx": second}, within or (lambda x: True))


def op(kind: Any) -> Callable[..., Any]:
    return lambda *xs: lg.apply(kind, *xs)


def power_of(n: float) -> Function:
    m = mp.mpf(n)
    return unary(
        f"x ** {n}", lambda x: x**n,
        lambda x: m * x ** (m - 1), lambda x: m * (m - 1) * x ** (m - 2),
        (lambda x: x != 0) if n == int(n) else positive,
    )  # fmt: skip


def positive(x: Any) -> bool:
    return x > 0


def inside(x: Any) -> bool:
    return abs(x) < 1


def nonzero(x: Any) -> bool:
    return x != 0


def sech(x: Any) -> Any:
    return mp.sech(x)


def sinc_slope(x: Any) -> Any:
    """With the digits that sin and cos lose near 0."""
    with mp.workprec(4000):
        y = mp.pi * x
        return mp.pi * (mp.cos(y) / y - mp.sin(y) / y**2)


def sinc_curvature(x: Any) -> Any:
    with mp.workprec(8000):
        y = mp.pi * x
        return mp.pi**2 * (-mp.sin(y) / y - 2 * mp.cos(y) / y**2 + 2 * mp.sin(y) / y**3)


def logistic(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def bell(x: Any) -> Any:
    """σ(x) (1 - σ(x))"""
    e = mp.exp(-abs(x))
    return e / (1 + e) ** 2


LN2, LN10 = mp.log(2), mp.log(10)
ERF = 2 / mp.sqrt(mp.pi)

FUNCTIONS = [
    unary("sin", np.sin, mp.cos, lambda x: -mp.sin(x)),
    unary("cos", np.cos, lambda x: -mp.sin(x), lambda x: -mp.cos(x)),
    unary("tan", np.tan, lambda x: mp.sec(x) ** 2, lambda x: 2 * mp.tan(x) * mp.sec(x) ** 2),
    unary("arcsin", np.arcsin, lambda x: 1 / mp.sqrt((1 - x) * (1 + x)),
          lambda x: x / ((1 - x) * (1 + x)) ** 1.5, inside),
    unary("arccos", np.arccos, lambda x: -1 / mp.sqrt((1 - x) * (1 + x)),
          lambda x: -x / ((1 - x) * (1 + x)) ** 1.5, inside),
    unary("arctan", np.arctan, lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2),
    unary("sinh", np.sinh, mp.cosh, mp.sinh),
    unary("cosh", np.cosh, mp.sinh, mp.cosh),
    unary("tanh", np.tanh, lambda x: sech(x) ** 2, lambda x: -2 * mp.tanh(x) * sech(x) ** 2),
    unary("ten.sech2", op(ten.Sech2Op), lambda x: -2 * mp.tanh(x) * sech(x) ** 2,
          lambda x: 2 * (3 * mp.tanh(x) ** 2 - 1) * sech(x) ** 2),
    unary("arcsinh", np.arcsinh, lambda x: 1 / mp.sqrt(1 + x * x),
          lambda x: -x / mp.sqrt(1 + x * x) ** 3),
    unary("arccosh", np.arccosh, lambda x: 1 / mp.sqrt((x - 1) * (x + 1)),
          lambda x: -x / mp.sqrt((x - 1) * (x + 1)) ** 3, lambda x: x > 1),
    unary("arctanh", np.arctanh, lambda x: 1 / ((1 - x) * (1 + x)),
          lambda x: 2 * x / ((1 - x) * (1 + x)) ** 2, inside),
    unary("exp", np.exp, mp.exp, mp.exp),
    unary("exp2", np.exp2, lambda x: LN2 * mp.mpf(2) ** x, lambda x: LN2**2 * mp.mpf(2) ** x),
    unary("expm1", np.expm1, mp.exp, mp.exp),
    unary("log", np.log, lambda x: 1 / x, lambda x: -1 / x**2, positive),
    unary("log2", np.log2, lambda x: 1 / x / LN2, lambda x: -1 / x**2 / LN2, positive),
    unary("log10", np.log10, lambda x: 1 / x / LN10, lambda x: -1 / x**2 / LN10, positive),
    unary("log1p", np.log1p, lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2,
          lambda x: x > -1),
    unary("sqrt", np.sqrt, lambda x: 1 / (2 * mp.sqrt(x)),
          lambda x: -1 / (4 * mp.sqrt(x) ** 3), positive),
    unary("math.rsqrt", op(math.RsqrtOp), lambda x: -1 / (2 * mp.sqrt(x) ** 3),
          lambda x: 3 / (4 * mp.sqrt(x) ** 5), positive),
    unary("cbrt", np.cbrt, lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2),
          lambda x: -mp.sign(x) * 2 / (9 * mp.cbrt(abs(x)) ** 5), nonzero),
    unary("square", np.square, lambda x: 2 * x, lambda x: mp.mpf(2)),
    unary("reciprocal", np.reciprocal, lambda x: -1 / x**2, lambda x: 2 / x**3, nonzero),
    unary("absolute", np.absolute, mp.sign, lambda x: mp.mpf(0), nonzero),
    unary("math.erf", op(math.ErfOp), lambda x: ERF * mp.exp(-x * x),
          lambda x: -2 * x * ERF * mp.exp(-x * x)),
    unary("sinc", np.sinc, lambda x: sinc_slope(x) if x else mp.mpf(0),
          lambda x: sinc_curvature(x) if x else -mp.pi**2 / 3,
          lambda x: abs(x) < 1000),  # beyond, πx has lost its digits, as in NumPy
    *map(power_of, (3, -2, 2.5, 0.375, -0.25, 2.0**-10, -1.5)),
    Function("multiply", np.multiply, {
        "x": lambda x, y: y, "y": lambda x, y: x, "xx": lambda x, y: mp.mpf(0),
        "xy": lambda x, y: mp.mpf(1), "yy": lambda x, y: mp.mpf(0)}),
    Function("divide", np.divide, {
        "x": lambda x, y: 1 / y, "y": lambda x, y: -x / y**2, "xx": lambda x, y: mp.mpf(0),
        "xy": lambda x, y: -1 / y**2, "yy": lambda x, y: 2 * x / y**3}, lambda x, y: y != 0,
        (lambda x, y: 1 / y, lambda x, y: 1 / y), lambda x, y: x / y),
    Function("power", np.power, {
        "x": lambda x, y: y * x ** (y - 1), "y": lambda x, y: x**y * mp.log(x),
        "xx": lambda x, y: y * (y - 1) * x ** (y - 2),
        "xy": lambda x, y: x ** (y - 1) * (1 + y * mp.log(x)),
        "yy": lambda x, y: x**y * mp.log(x) ** 2}, lambda x, y: x > 0,
        (lambda x, y: mp.mpf(0), lambda x, y: 1 / x)),
    Function("arctan2", lambda x, y: np.arctan2(y, x), {
        "x": lambda x, y: -y / (x * x + y * y), "y": lambda x, y: x / (x * x + y * y),
        "xx": lambda x, y: 2 * x * y / (x * x + y * y) ** 2,
        "xy": lambda x, y: (y - x) * (y + x) / (x * x + y * y) ** 2,
        "yy": lambda x, y: -2 * x * y / (x * x + y * y) ** 2},
        lambda x, y: x != 0 or y != 0),
    Function("hypot", np.hypot, {
        "x": lambda x, y: x / mp.hypot(x, y), "y": lambda x, y: y / mp.hypot(x, y),
        "xx": lambda x, y: y * y / mp.hypot(x, y) ** 3,
        "xy": lambda x, y: -x * y / mp.hypot(x, y) ** 3,
        "yy": lambda x, y: x * x / mp.hypot(x, y) ** 3},
        lambda x, y: x != 0 or y != 0, (), mp.hypot),
    Function("logaddexp", np.logaddexp, {
        "x": lambda x, y: logistic(x - y), "y": lambda x, y: logistic(y - x),
        "xx": lambda x, y: bell(x - y), "xy": lambda x, y: -bell(x - y),
        "yy": lambda x, y: bell(x - y)}),
    Function("logaddexp2", np.logaddexp2, {
        "x": lambda x, y: logistic((x - y) * LN2), "y": lambda x, y: logistic((y - x) * LN2),
        "xx": lambda x, y: LN2 * bell((x - y) * LN2), "xy": lambda x, y: -LN2 * bell((x - y) * LN2),
        "yy": lambda x, y: LN2 * bell((x - y) * LN2)}),
]  # fmt: skip


# Points.


@cache
def points(dtype: Any, variables: int, every: int = 1) -> numpy.ndarray:
    """
    Rows of operands: the special points, and points of all exponents, of both signs. With `every`,
    about one in so many of them.
    """
    if every > 1:
        all_points = points(dtype, variables)
        chosen = numpy.random.default_rng(0).permutation(all_points.shape[1])
        return all_points[:, numpy.sort(chosen[::every])]
    limits = np.finfo(dtype)
    random = numpy.random.default_rng(variables)
    tiny, eps, largest = float(limits.tiny), float(limits.eps), float(limits.max)
    low, high = numpy.log2(float(limits.smallest_subnormal)), limits.maxexp - 1
    special = [
        0.0, float(limits.smallest_subnormal), tiny, eps, eps**0.5, 0.5, 1.0, 1 + eps, 3.0,
        1 / eps, tiny**0.5 / 4, tiny**-0.5 * 4, largest,
    ]  # fmt: skip
    if variables == 1:
        special += [tiny / 8, eps**3, 0.25, 0.75, 1 - eps / 2, 2.0, 10.0, 1 / eps**0.5, largest / 4]
    n = 300 if variables == 1 else 8
    exponents = numpy.linspace(low, high, n)
    drawn = numpy.minimum(2.0**exponents, largest / 2) * random.uniform(1, 1.99, n)
    near = random.uniform(0, 1, n // 2) * 10.0 ** random.integers(-3, 3, n // 2)
    close = 1 + random.uniform(-1, 1, n // 4) * eps ** random.uniform(0, 1, n // 4)
    sizes = numpy.unique(numpy.array([*special, *drawn, *near, *close], dtype))
    one = numpy.concatenate([-sizes, sizes])
    if variables == 1:
        return one[None]
    pairs = numpy.stack(numpy.meshgrid(one, one)).reshape(2, -1)
    # Points near the diagonal, and near the boundary between two ways to compute.
    x = drawn.astype(dtype)
    beside = [x * (1 + k * dtype(eps)) for k in (-1, 1, 2)]
    return numpy.concatenate([pairs, *(numpy.stack([x, y.astype(dtype)]) for y in beside)], axis=1)


# Derivatives, by each mode and composition of modes.


def by(mode: str, f: Callable[..., Any], position: int) -> Callable[..., Any]:
    """The partial derivative of an elementwise function by one operand."""

    def derivative(*xs: Any) -> Any:
        def moved(x: Any) -> Any:
            return f(*xs[:position], x, *xs[position + 1 :])

        x = xs[position]
        if mode == "forward":
            return lg.jvp(moved, (x,), (np.ones_like(x),))[1]
        return lg.grad(lambda x: np.sum(moved(x)))(x)

    return derivative


def ways(f: Function, partial: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    positions = ["xy".index(v) for v in partial]
    for inner in MODES:
        first = by(inner, f.traced, positions[0])
        if len(positions) == 1:
            yield inner, first
            continue
        for outer in MODES:
            yield f"{outer} over {inner}", by(outer, first, positions[1])


# Errors.


@cache
def expected(
    f: Function, partial: str, dtype: Any, every: int = 1
) -> tuple[numpy.ndarray, numpy.ndarray, Any]:
    """
    The exact derivatives at the points, rounded to float64 pairs (high and low part), one ulp times
    the condition number, and which points count.
    """
    xs = points(dtype, len(f.variables), every)
    count = xs.shape[1]
    high, low, unit = (numpy.zeros(count) for _ in range(3))
    counts = numpy.zeros(count, bool)
    limits = numpy.finfo(dtype)
    largest, least = (mp.mpf(float(v)) for v in (limits.max, limits.smallest_subnormal))
    exact = f.exact[partial]
    firsts = [f.exact[v] for v in f.variables]
    for k in range(count):
        at = [mp.mpf(float(x)) for x in xs[:, k]]
        if not f.within(*at):
            continue
        if len(partial) == 2 and not all(is_normal(first(*at), limits) for first in firsts):
            continue
        value = exact(*at)
        if abs(value) > largest / 4:
            continue
        if f.reads and not is_normal(f.reads[len(partial) - 1](*at), limits):
            continue
        if f.value is not None and not is_normal(f.value(*at), limits):
            continue
        ulp = max(abs(value) * mp.mpf(float(limits.eps)), least)
        high[k] = float(value)
        low[k] = float(value - mp.mpf(high[k]))
        condition = mp.mpf(1)
        if value:
            total = mp.mpf(0)
            for i in range(len(at)):
                if at[i] == 0:
                    continue
                step = mp.mpf(2) ** -80
                moved = [x * (1 + step) if i == j else x for j, x in enumerate(at)]
                if f.within(*moved):
                    total += abs(exact(*moved) - value) / step
            condition = max(condition, total / abs(value))
        unit[k] = float(min(ulp * condition, mp.mpf(10) ** 300))
        counts[k] = True
    return high, low, (unit, counts)


def is_normal(value: Any, limits: Any) -> bool:
    """
    Whether a first derivative has all its digits in this type. Where it has not, nor has the second
    derivative.
    """
    return value == 0 or float(limits.tiny) <= abs(value) <= mp.mpf(float(limits.max))


@dataclass
class Finding:
    """The worst error of one derivative by one mode, in units of the bound's ulp · condition."""

    function: str
    partial: str
    mode: str
    backend: str
    dtype: str
    worst: float
    at: tuple[float, ...]
    got: float
    exact: float
    checked: int


def measure(f: Function, dtype: Any, backend: str, every: int = 1) -> Iterator[Finding]:
    """The worst error of each derivative of a function, by each mode."""
    xs = points(dtype, len(f.variables), every)
    for partial in f.exact:
        high, low, (unit, counts) = expected(f, partial, dtype, every)
        for mode, derivative in ways(f, partial):
            with numpy.errstate(all="ignore"):
                got = lg.jit(derivative, backend=backend)(*xs)
                wrong = numpy.abs((got.astype(numpy.float64) - high) - low) / unit
            wrong = numpy.where(numpy.isnan(wrong), numpy.inf, wrong)[counts]
            if not len(wrong):
                continue
            k = numpy.flatnonzero(counts)[numpy.argmax(wrong)]
            yield Finding(
                f.name, partial, mode, backend, numpy.dtype(dtype).name, float(wrong.max()),
                tuple(map(float, xs[:, k])), float(got[k]), float(high[k]), len(wrong),
            )  # fmt: skip


COLUMNS = (*MODES, *(f"{outer} over {inner}" for inner in MODES for outer in MODES))

HEAD = f"""\
# How accurate derivatives are

Made by `python tests/derivative_accuracy.py`; do not edit.

First and second derivatives keep their digits over the whole range of exponents. The unit of this
table is one ulp of the exact derivative (the type's epsilon times the derivative, or the smallest
subnormal number), times the condition number of the derivative where that is above 1. No derivative
may be off by more than {BOUND} of these units. `tests/test_derivative_accuracy.py` checks this.

The condition number of a derivative k is Σ |x ∂k/∂x| / |k| over the operands x. It says by how much
k magnifies a relative change of the operands, which every rounding of an operand causes.

A number is the worst one over all partial derivatives, float32 and float64, the interpreter and the
backend `cpu`, at all points that were tried. The points are special ones (both zeros, 1 and its
neighbours, the smallest and the largest numbers), and random ones of all exponents and both signs.
mpmath computes the exact derivatives. A point counts if the exact derivative is below a quarter of
the largest number. A point counts for a second derivative if the first derivatives are normal
numbers, or 0.

"""

REST = """
- Of `sinc`, points up to 1000 count. Beyond, πx has lost its digits, as in NumPy.
- Of `divide`, points count where 1/y is a normal number, and x/y is normal or 0. Of `power`, second
  derivatives count where 1/x is normal. The derivatives read these quotients.
- Of `hypot`, points count where its value is normal. Beyond, it overflows itself.
- Floats of 16 bits: the functions of `ten` compute in float32 and round once, so nothing overflows
  within them.

## Functions that derivatives need

A quotient like x / (x² + y²) overflows or underflows on the way, although its value is an ordinary
number, and the derivative of such a formula cancels. So `ten` has four functions, whose partial
derivatives are products of such functions:

| op | value | is the derivative of |
|---|---|---|
| `ten.hypot x, y` | √(x² + y²) | |
| `ten.unit x, y` | x / √(x² + y²) | hypot, asinh |
| `ten.invert x, y` | x / (x² + y²) | atan, atan2 |
| `ten.sech2 x` | 1 / cosh² x | tanh |

## Special points

| where | derivative |
|---|---|
| `sqrt`, `cbrt`, `log…` at 0; `arcsin`, `arctanh` at ±1; `arccosh` at 1 | ∞, the limit |
| `arccos` at ±1 | -∞ |
| `arcsin`, `arccos`, `arccosh`, `sqrt` outside of their domain | NaN |
| `log…`, `arctanh` outside | the number of the formula (1/x for `log`), as in JAX and PyTorch |
| `absolute` at 0 | 0 |
| `maximum`, `minimum` of equal numbers | ½ for each |
| `hypot` at (0, 0) | 0 for both, a subgradient; 0 for those of higher order |
| even powers of `hypot`, `abs`, `sqrt` and norms at 0 | those of the polynomial |
| `arctan2` at (0, 0) | NaN: there is no angle |
| `tanh`, `arctan`, `arcsinh`, `math.erf` at ±∞ | 0, and 0 for the second derivative |
| `hypot` where x alone is infinite | ±1 by x, 0 by y |
| `arctan2` where an operand is infinite | 0 |
| `x ** 0` by x | 0, also at x = 0 |
| `0 ** y` by y, y ≥ 0 | 0 |
| `0 ** y` by y, y < 0 | -∞ |
"""


def cell(worst: float) -> str:
    return f"{worst:.1f}"


def table(found: Sequence[Finding]) -> str:
    """One row for each function: the worst error by each mode."""
    lines = [f"| function | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    for f in FUNCTIONS:
        own = [x for x in found if x.function == f.name]
        worst = [max(x.worst for x in own if x.mode == mode) for mode in COLUMNS]
        lines.append(f"| `{f.name}` | {' | '.join(map(cell, worst))} |")
    return "\n".join(lines) + "\n"


def main(args: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description="Measure the error of every partial derivative, and write the page about it.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "file", nargs="?", type=Path, default=PAGE, help="the page (docs/derivative-accuracy.md)"
    )
    page: Path = parser.parse_args(args).file
    found = []
    for f in FUNCTIONS:
        for dtype in DTYPES:
            for backend in BACKENDS:
                found += measure(f, dtype, backend)
        expected.cache_clear()
    for x in found:
        if x.worst > BOUND:
            print(x)
    page.write_text(HEAD + table(found) + REST, encoding="utf-8")


if __name__ == "__main__":
    main()
