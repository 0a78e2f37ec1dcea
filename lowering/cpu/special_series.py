"""
Special functions as LLVM functions of vectors of float64.

SciPy computes one number after the other. The functions here compute all cases of a function for
all numbers, and choose: a vector of 8 numbers takes a third of the time, or less. For one number,
SciPy is faster, and all machines without vectors of 256 bits take SciPy's functions.

The errors are at most those of SciPy's functions, up to one unit in the last place: 2 to 5 units,
and near a zero of a Bessel function as many of its largest values (of ψ and log |Γ| below 0: of the
terms of the formula). Infinite numbers and NaN give what SciPy gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, nan, pi, sqrt

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

    def rint(self) -> Vector:
        """The nearest whole number"""
        return self._call("rint")

    def floor(self) -> Vector:
        return self._call("floor")

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


def dawsn(x: Vector) -> Vector:
    """(1 + 2 x²) / x and 2 x are factors that leave a smooth function of x², or of 1 / x²."""
    square = x * x
    near = square.fma(square.scaled(0, 3).series(T.DAWSN_NEAR), 1.0)
    near = square.where("ole", 3, near, square.scaled(3, 25).series(T.DAWSN_MIDDLE))
    far = (1 / square).scaled(0, 1 / 25).series(T.DAWSN_FAR) * (0.5 / x)
    return square.where("ole", 25, x * near / square.fma(2.0, 1.0), far)


def erfi(x: Vector) -> Vector:
    """2/√π exp(x²) dawsn x. The root of exp(x²) is finite up to where erfi overflows."""
    square = x * x
    rest = square.where("olt", 2000, x.fma(x, -square), 0.0)  # what x² rounds away
    root = (0.5 * square).exp()
    value = root * (dawsn(x) * (2 / sqrt(pi)))
    value = value.fma(rest, value)
    # Beyond the largest numbers, where the rest of an infinite root would give NaN
    return square.where("ogt", 800, x * inf, value * root)


def _sine_of_turns(x: Vector) -> tuple[Vector, Vector, Vector]:
    """
    The whole number that is nearest to x, the rest r, and sin(π r) / π. The rest is exact. It is 0
    for large numbers, which are whole.
    """
    whole = x.rint()
    r = x - whole
    square = r * r
    return whole, r, (r * square).fma(square.scaled(0, 0.25).series(T.SIN), r)


def _signed_as_sine(y: Vector, whole: Vector) -> Vector:
    """y or -y, as the number of half turns is even or odd"""
    rest = whole - 2 * (0.5 * whole).floor()
    return rest.where("oeq", 1, -y, y)


GAMMA_NEAR = 8.5
"""Up to here, products lead Γ to the numbers from 1.5 to 2.5. Beyond is Stirling's series."""


@dataclass(frozen=True)
class _Reduced:
    """For a ≥ -½: Γ(a) = above / below · Γ(2 + t), -½ ≤ t ≤ ½, where a < `GAMMA_NEAR`."""

    nearest: Vector
    """The whole number that is nearest to a."""
    t: Vector
    above: Vector
    below: Vector

    @staticmethod
    def of(a: Vector) -> _Reduced:
        """The factors a - 1, a - 2, … are exact, and their product has one rounding."""
        n = a.rint()
        product = n.where("olt", 2.5, 1.0, a - 1)
        lost = None
        for k in range(2, 7):
            factor = n.where("olt", k + 1.5, 1.0, a - k)
            next = product * factor
            rounded = product.fma(factor, -next)
            lost = rounded if lost is None else lost.fma(factor, rounded)
            product = next
        assert lost is not None
        below = n.where("olt", 0.5, a * (a + 1), n.where("olt", 1.5, a, 1.0))
        return _Reduced(n, a - n, product + lost, below)


def _long_log(x: Vector) -> tuple[Vector, Vector]:
    """log x in two parts with 64 bits together, for x ≥ 2."""
    b = x.body
    n, f = (Vector(b, name) for name in elementary.power_and_rest(b, x.name))
    large, small = b.of.log_log2
    # log(1 + f) = 2 s + s z (2/3 + 2/5 z + …), z = s², s = f / (2 + f)
    below = f + 2
    s = f / below
    rest = (f - (below - 2)).fma(-s, (-s).fma(below, f)) / below
    z = s * s
    cube = s * (z * Vector(b, b.polynomial(z.name, [2 / (2 * k + 1) for k in range(1, 14)])))
    first, twice = n * large, 2 * s
    high = first + twice
    low = twice - (high - first) + n.fma(small, rest.fma(2.0, cube))
    total = high + low
    return total, low - (total - high)


def _stirling(x: Vector) -> tuple[Vector, Vector]:
    """Two factors of Γ(x) for x ≥ `GAMMA_NEAR`; Γ itself may be larger than all numbers."""
    log, rest = _long_log(x)
    power = x - 0.5
    product = power * log
    whole = product - x
    lost = (product - whole) - x
    lost = lost + power.fma(rest, power.fma(log, -product))
    root = (0.5 * whole).exp()
    value = root * (1 / x).scaled(0, 1 / GAMMA_NEAR).series(T.GAMMA_FAR)
    return value.fma(lost, value), root


def _gamma_of(a: Vector) -> tuple[Vector, Vector, Vector]:
    """Γ(a) as the product of two numbers over a third one, for a ≥ -½."""
    near = _Reduced.of(a)
    # At 200, both Γ and 1 / Γ are beyond all numbers.
    far, root = _stirling(a.where("olt", GAMMA_NEAR, GAMMA_NEAR, a.where("ogt", 200, 200.0, a)))
    below = near.below * near.t.scaled(-0.5, 0.5).series(T.RGAMMA)
    return (
        a.where("olt", GAMMA_NEAR, near.above, far),
        a.where("olt", GAMMA_NEAR, 1.0, root),
        a.where("olt", GAMMA_NEAR, below, 1.0),
    )


def gamma(x: Vector) -> Vector:
    """Γ(x), for x < -½ by Γ(x) Γ(-x) = -π / (x sin(π x)). At the poles below 0 it is NaN."""
    first, second, below = _gamma_of(x.where("olt", -0.5, -x, x))
    whole, r, sine = _sine_of_turns(x)
    mirrored = _signed_as_sine(-below / (x * sine * first) / second, whole)
    mirrored = r.where("oeq", 0, nan, mirrored)
    return x.where("olt", -0.5, mirrored, first / below * second)


def rgamma(x: Vector) -> Vector:
    first, second, below = _gamma_of(x.where("olt", -0.5, -x, x))
    whole, r, sine = _sine_of_turns(x)
    mirrored = _signed_as_sine((x * sine) / below * first * -second, whole)
    mirrored = r.where("oeq", 0, 0.0, mirrored)
    mirrored = x.where("oeq", -inf, 0.0, mirrored)
    return x.where("olt", -0.5, mirrored, below / first / second)


def gammaln(x: Vector) -> Vector:
    """log |Γ(x)|. It is 0 at 1 and 2: log Γ(2 + t) has the factor t, and log(1 + t) is exact."""
    a = x.where("olt", -0.5, -x, x)
    near = _Reduced.of(a)
    series = near.t * near.t.scaled(-0.5, 0.5).series(T.GAMMALN)
    below, n = near.below.absolute(), near.nearest
    log = n.where("olt", 1.5, below, a.where("olt", GAMMA_NEAR, near.above, a)).log()
    w = 1 / a
    far = (w * w).scaled(0, 1 / GAMMA_NEAR**2).series(T.GAMMALN_FAR)
    far = w.fma(far, (a - 0.5).fma(log - 1, 0.5 * LOG_2PI - 0.5))
    far = a.where("oeq", inf, inf, far)
    value = n.where("olt", 1.5, series - log, a.where("olt", GAMMA_NEAR, series + log, far))
    _, r, sine = _sine_of_turns(x)
    mirrored = r.where("oeq", 0, inf, -(x * sine).absolute().log() - value)
    return x.where("olt", -0.5, x.where("oeq", -inf, -inf, mirrored), value)


LOG_2PI = 1.8378770664093453


def psi(x: Vector) -> Vector:
    """
    ψ(x). By ψ(x + 1) = ψ(x) + 1 / x, numbers from -¾ to 8 come into [1, 2], where ψ has the factor
    x - r of its root r. The reciprocals add up as p' / p of the product p of the numbers. For x <
    -¾, it is ψ(-x) - 1 / x - π cot(π x).
    """
    a = x.where("olt", -0.75, -x, x)
    above = a.where("olt", 0, a + 2, a + 1)
    lost = a - a.where("olt", 0, above - 2, above - 1)
    lost = a.where("olt", 1, lost, 0.0)
    product, slope = a.where("olt", 2, 1.0, a - 1), a.where("olt", 2, 0.0, 1.0)
    for k in range(2, 7):
        factor = a - k
        slope = a.where("olt", k + 1, slope, slope.fma(factor, product))
        product = a.where("olt", k + 1, product, product * factor)
    slope = a.where("olt", 0, a.fma(-2.0, -1.0), a.where("olt", 1, -1.0, slope))
    product = a.where("olt", 0, a * (a + 1), a.where("olt", 1, a, product))
    z = a.where("olt", 1, above, a - a.where("olt", 8, a, 0.0).floor() + 1)
    root, rest = T.PSI_ROOT
    near = (((z - root) - rest) + lost) * z.scaled(1, 2).series(T.PSI_NEAR) + slope / product
    w = 1 / a
    square = w * w
    far = a.log() - w.fma(0.5, square * square.scaled(0, 1 / 64).series(T.PSI_FAR))
    value = a.where("olt", 8, near, far)
    _, r, sine = _sine_of_turns(x)
    square = r * r
    cosine = square.fma(square.scaled(0, 0.25).series(T.COS), 1.0)
    mirrored = r.where("oeq", 0, nan, value + w - cosine / sine)
    return x.where("olt", -0.75, mirrored, value)


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
    "dawsn": dawsn,
    "erfi": erfi,
    "gamma": gamma,
    "rgamma": rgamma,
    "gammaln": gammaln,
    "psi": psi,
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
