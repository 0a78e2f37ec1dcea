"""
Special functions as LLVM functions of vectors of float64.

SciPy computes one number after the other. The functions here compute all cases of a function for
all numbers, and choose: a vector of 8 numbers takes a third of the time, or less. For one number,
SciPy is faster, and all machines without vectors of 256 bits take SciPy's functions.

The errors are at most those of SciPy's functions, up to one unit in the last place: 2 to 5 units,
and near a zero of a Bessel function as many of its largest values. Infinite numbers and NaN give
what SciPy gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, pi, sqrt

from . import elementary, series_tables
from .elementary import Body


@dataclass(frozen=True)
class Vector:
    """A vector in a function's body, with the operators of Python."""

    body: Body
    name: str

    def of(self, x: Vector | float) -> str:
        return x.name if isinstance(x, Vector) else self.body.number(x)

    def _do(self, op: str, a: Vector | float, b: Vector | float) -> Vector:
        return Vector(self.body, self.body.binary(op, self.of(a), self.of(b)))

    def __add__(self, y: Vector | float) -> Vector:
        return self._do("fadd", self, y)

    def __radd__(self, y: float) -> Vector:
        return self._do("fadd", y, self)

    def __sub__(self, y: Vector | float) -> Vector:
        return self._do("fsub", self, y)

    def __rsub__(self, y: float) -> Vector:
        return self._do("fsub", y, self)

    def __mul__(self, y: Vector | float) -> Vector:
        return self._do("fmul", self, y)

    def __rmul__(self, y: float) -> Vector:
        return self._do("fmul", y, self)

    def __truediv__(self, y: Vector | float) -> Vector:
        return self._do("fdiv", self, y)

    def __rtruediv__(self, y: float) -> Vector:
        return self._do("fdiv", y, self)

    def __neg__(self) -> Vector:
        return Vector(self.body, self.body.let(f"fneg {self.body.floats} {self.name}"))

    def fma(self, y: Vector | float, z: Vector | float) -> Vector:
        """self y + z"""
        return Vector(self.body, self.body.fma(self.name, self.of(y), self.of(z)))

    def where(
        self, predicate: str, bound: float, yes: Vector | float, no: Vector | float
    ) -> Vector:
        """yes where self compares so with the bound, else no"""
        names = self.of(bound), self.of(yes), self.of(no)
        return Vector(self.body, self.body.where(predicate, self.name, *names))

    def _call(self, name: str, *more: Vector) -> Vector:
        b = self.body
        full = f"llvm.{name}.{f'v{b.lanes}' if b.lanes > 1 else ''}{b.of.suffix}"
        xs = (self, *more)
        b.needs[full] = f"declare {b.floats} @{full}({', '.join([b.floats] * len(xs))})"
        given = ", ".join(f"{b.floats} {x.name}" for x in xs)
        return Vector(b, b.let(f"call {b.floats} @{full}({given})"))

    def sqrt(self) -> Vector:
        return self._call("sqrt")

    def absolute(self) -> Vector:
        return self._call("fabs")

    def signed(self, y: Vector) -> Vector:
        """|self| with the sign of y"""
        return self._call("copysign", y)

    def exp(self) -> Vector:
        return Vector(self.body, elementary.exp(self.body, self.name))

    def log(self) -> Vector:
        return Vector(self.body, elementary.log(self.body, self.name))

    def of_library(self, name: str) -> Vector:
        """A vector function of glibc's libmvec."""
        b = self.body
        full = f"_ZGV{elementary.letter_of(b.lanes, b.of.type)}N{b.lanes}v_{name}"
        b.needs[full] = f"declare {b.floats} @{full}({b.floats}) nounwind willreturn memory(none)"
        return Vector(b, b.let(f"call {b.floats} @{full}({b.floats} {self.name})"))

    def series(self, coefficients: Sequence[float]) -> Vector:
        """
        Σ c[k] self^k, as a series of even powers and one of odd powers. The processor works on both
        at the same time.
        """
        b, square = self.body, (self * self).name
        even = b.polynomial(square, coefficients[::2])
        odd = b.polynomial(square, coefficients[1::2])
        return Vector(b, b.fma(odd, self.name, even))

    def scaled(self, low: float, high: float) -> Vector:
        """The number of [-1, 1] that stands where self stands in [low, high]."""
        return self.fma(2 / (high - low), -(high + low) / (high - low))


T = series_tables


def _inverse_error(x: Vector, w: Vector) -> Vector:
    """
    erf⁻¹ x by w = -log(1 - x²). The quotient by x, or by the root of w where x is nearly 1, is
    smooth.
    """
    s = w.sqrt()
    near = w.fma(w.scaled(0, 6.25).series(T.INVERSE_NEAR), sqrt(pi) / 2)
    middle = s.scaled(2.45, 5).series(T.INVERSE_MIDDLE)
    far = s * (1 / s).scaled(1 / 27.5, 1 / 5).series(T.INVERSE_FAR)
    y = x * w.where("olt", 6.25, near, s.where("olt", 5, middle, far))
    # erf⁻¹ of 1 and -1
    return w.where("oeq", inf, Vector(y.body, y.body.number(inf)).signed(x), y)


def erfinv(x: Vector) -> Vector:
    return _inverse_error(x, -((1 - x) * (1 + x)).log())


def erfcinv(y: Vector) -> Vector:
    return _inverse_error(1 - y, -(y * (2 - y)).log())


def ndtri(p: Vector) -> Vector:
    w = -(4 * p * (1 - p)).log()
    return sqrt(2) * _inverse_error(2 * p - 1, w)


def _erfcx(x: Vector) -> Vector:
    """erfcx x for x ≥ 0: (1 + 2 x) erfcx x is smooth in (x - 3.75) / (x + 3.75)."""
    return (1 - 7.5 / (x + 3.75)).series(T.ERFCX) / (1 + 2 * x)


def _exp_of_square(x: Vector, factor: float) -> Vector:
    """exp(factor x²), with the digits that the square loses as a factor."""
    square = x * x
    rest = x.fma(x, -square)
    # Beyond, the rest is NaN, or the result does not depend on it.
    rest = square.where("olt", 2000, factor * rest, 0.0)
    value = (factor * square).exp()
    product = value.fma(rest, value)
    return value.where("oeq", inf, value, product)


def erfcx(x: Vector) -> Vector:
    upper = _erfcx(x.absolute())
    return x.where("olt", 0, 2 * _exp_of_square(x, 1.0) - upper, upper)


def erfc(x: Vector) -> Vector:
    a = x.absolute()
    upper = _exp_of_square(x, -1.0) * _erfcx(a)
    far = x.where("olt", 0, 2 - upper, upper)
    return a.where("olt", 0.5, 1 - x.of_library("erf"), far)


def ndtr(x: Vector) -> Vector:
    a, scaled = x.absolute(), sqrt(0.5) * x
    upper = 0.5 * (_exp_of_square(x, -0.5) * _erfcx(scaled.absolute()))
    far = x.where("ogt", 0, 1 - upper, upper)
    return a.where("olt", 0.7, scaled.of_library("erf").fma(0.5, 0.5), far)


def log_ndtr(x: Vector) -> Vector:
    """log ndtr x, by the probability above x where x ≥ 0, and by erfcx below."""
    half = 0.5 * _erfcx(sqrt(0.5) * x.absolute())
    upper = _exp_of_square(x, -0.5) * half
    rest = 1 - upper
    logarithm = x.where("olt", 0, half, rest).log()
    lost = upper - (1 - rest)  # what 1 - upper rounds away
    return x.where("olt", 0, (x * x).fma(-0.5, logarithm), logarithm - lost)


def _i(x: Vector, order: int) -> Vector:
    """exp(-x) I_v(x) for x ≥ 0"""
    near, far = [(T.I0E_NEAR, T.I0E_FAR), (T.I1E_NEAR, T.I1E_FAR)][order]
    small = x.scaled(0, 8).series(near)
    large = (1 / x).scaled(0, 1 / 8).series(far)
    product = x.where("ole", 8, small * (0.5 * x) if order else small, large)
    return product / x.where("ole", 8, 1 + x, x.sqrt())


def i0e(x: Vector) -> Vector:
    return _i(x.absolute(), 0)


def i1e(x: Vector) -> Vector:
    return _i(x.absolute(), 1).signed(x)


def i0(x: Vector) -> Vector:
    a = x.absolute()
    return a.exp() * _i(a, 0)


def i1(x: Vector) -> Vector:
    a = x.absolute()
    return (a.exp() * _i(a, 1)).signed(x)


def _k(x: Vector, order: int, scaled: bool) -> Vector:
    """
    K_v(x), or eˣ K_v(x). Up to 2 it is a series of x² and the logarithm of x / 2 times the series
    of I_v. Beyond, eˣ √x K_v(x) is smooth in 1 / x.
    """
    square, logarithm = x * x, (0.5 * x).log()
    if order == 0:
        small = square.series(T.K0_A) - logarithm * square.series(T.K0_I)
    else:
        small = 1 / x + x * (logarithm.fma(square.series(T.K1_I), square.series(T.K1_A)))
        small = x.where("oeq", 0, inf, small)
    large = (1 / x).scaled(0, 1 / 2).series((T.K0E_FAR, T.K1E_FAR)[order]) / x.sqrt()
    power = (x if scaled else -x).exp()
    if scaled:
        small = small * power
    else:
        large = large * power
    return x.where("ogt", 2, large, small)


def _bessel(x: Vector, order: int) -> tuple[Vector, Vector]:
    """
    J_v(x) and Y_v(x) for x > 5, by P, Q, the sine and the cosine (Abramowitz and Stegun 9.2.5).
    The sums of sine and cosine are √2 times those of x - π/4.
    """
    w = 1 / (x * x)
    p, q = [(T.J0_P, T.J0_Q), (T.J1_P, T.J1_Q)][order]
    v = w.scaled(0, 1 / 25)
    p, q = v.series(p), v.series(q) / x
    s, c = x.of_library("sin"), x.of_library("cos")
    root = sqrt(pi) * x.sqrt()
    plus, minus = s + c, s - c
    if order == 0:
        return p.fma(plus, -(q * minus)) / root, p.fma(minus, q * plus) / root
    return p.fma(minus, q * plus) / root, q.fma(minus, -(p * plus)) / root


def _zero(x: Vector, root: tuple[float, float]) -> Vector:
    """x² - r², also where x is near the root r"""
    high, low = root
    return ((x - high) - low) * (x + high)


def _j_near(x: Vector, order: int) -> Vector:
    z = (x * x).scaled(0, 25)
    first, second, other = T.ROOTS
    if order == 0:
        return _zero(x, first) * _zero(x, second) * z.series(T.J0_NEAR)
    return x * _zero(x, other) * z.series(T.J1_NEAR)


def j0(x: Vector) -> Vector:
    a = x.absolute()
    return a.where("ole", 5, _j_near(a, 0), _bessel(a, 0)[0])


def j1(x: Vector) -> Vector:
    a = x.absolute()
    y = a.where("ole", 5, _j_near(a, 1), _bessel(a, 1)[0])
    return y * Vector(x.body, x.body.number(1.0)).signed(x)


def y0(x: Vector) -> Vector:
    series = (x * x).scaled(0, 25).series(T.Y0_NEAR)
    near = (2 / pi * x.log()).fma(_j_near(x, 0), series)
    return x.where("ole", 5, near, _bessel(x, 0)[1])


def y1(x: Vector) -> Vector:
    series = (x * x).scaled(0, 25).series(T.Y1_NEAR)
    near = x.fma(series, 2 / pi * (x.log() * _j_near(x, 1) - 1 / x))
    return x.where("ole", 5, x.where("oeq", 0, -inf, near), _bessel(x, 1)[1])


def _elliptic(p: Vector, first: bool) -> Vector:
    """
    K(1 - p) or E(1 - p) for p ≥ 0: a polynomial of p, and one times log p. Beyond 1, an equation of
    Landen leads to 1 / p (Abramowitz and Stegun 17.4.17).
    """
    above, root = p.where("ogt", 1, 1 / p, p), p.sqrt()
    logarithm = -above.log()
    if first:
        value = logarithm.fma(above.series(T.ELLIPK_Q), above.series(T.ELLIPK_P))
        value = p.where("ogt", 1, value / root, value)
        return p.where("oeq", inf, 0.0, value)
    value = (logarithm * above).fma(above.series(T.ELLIPE_Q), above.series(T.ELLIPE_P))
    value = above.where("oeq", 0, 1.0, value)
    return p.where("ogt", 1, value * root, value)


def spence(x: Vector) -> Vector:
    """
    Li₂(1 - x), where Li₂(1 - e⁻ᵘ) = u - u²/4 + u³ S(u²). The cases bring u into [-log 2, log 2]:

        Li₂(1 - x) = π²/6 - log(x) log(1 - x) - Li₂(x)          for x < ½
        Li₂(1 - x) = -π²/6 - log²(x - 1) / 2 - Li₂(1/(1 - x))   for x > 2
    """
    below = x - 1
    of = x.where("olt", 0.5, 1 - x, x.where("ogt", 2, x / below, x))
    lost = x.where("olt", 0.5, x - (1 - of), 0.0)  # what 1 - x rounds away
    u, other = lost - of.log(), x.where("ogt", 2, below, x).log()
    square = u * u
    li = (square * u).fma(square.scaled(0, 0.4805).series(T.SPENCE), square.fma(-0.25, u))
    low = u.fma(other, pi * pi / 6) - li
    high = (other * other).fma(-0.5, -pi * pi / 6) - li
    value = x.where("olt", 0.5, low, x.where("ogt", 2, high, li))
    return x.where("oeq", 0, pi * pi / 6, value)


FUNCTIONS: dict[str, Callable[[Vector], Vector]] = {
    "erfinv": erfinv,
    "erfcinv": erfcinv,
    "ndtri": ndtri,
    "erfcx": erfcx,
    "erfc": erfc,
    "ndtr": ndtr,
    "log_ndtr": log_ndtr,
    "i0": i0,
    "i1": i1,
    "i0e": i0e,
    "i1e": i1e,
    "k0": lambda x: _k(x, 0, False),
    "k1": lambda x: _k(x, 1, False),
    "k0e": lambda x: _k(x, 0, True),
    "k1e": lambda x: _k(x, 1, True),
    "j0": j0,
    "j1": j1,
    "y0": y0,
    "y1": y1,
    "ellipk": lambda m: _elliptic(1 - m, True),
    "ellipkm1": lambda p: _elliptic(p, True),
    "ellipe": lambda m: _elliptic(1 - m, False),
    "spence": spence,
}
"""By SciPy's names."""


def definition(function: str, name: str, lanes: int) -> tuple[str, dict[str, str]]:
    """The text of the function @name of so many numbers, and the declarations that it needs."""
    body = Body(elementary.FORMATS["double"], lanes)
    result = FUNCTIONS[function](Vector(body, "%x"))
    t = body.floats
    lines = "\n".join([*body.lines, f"ret {t} {result.name}"])
    # Inside of the loop, LLVM's vectorizer would see no call.
    attributes = "noinline nounwind willreturn memory(none)"
    return f"define internal {t} @{name}({t} %x) {attributes} {{\n{lines}\n}}", body.needs
