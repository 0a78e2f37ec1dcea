"""
The functions of `math`, correctly rounded: the float that is nearest to the exact value.

Each function is computed on balls, which are intervals that hold the exact value for certain. If
both ends of the interval round to one float, this float is the result. If not, the function is
computed again with twice as many bits (Ziv's method). Values that are floats, or lie halfway
between two floats, would never end this loop. So the functions find those values by exact
arithmetic first. Everything is arithmetic of Python's integers, so no library's error bound is
trusted.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from math import copysign, inf, isinf, isnan, isqrt, nan
from typing import NamedTuple

from xdsl.dialects.builtin import BFloat16Type, Float16Type, Float32Type, Float64Type
from xdsl.ir import Attribute


class Format(NamedTuple):
    """A binary format of IEEE 754: the bits of the significand, and the greatest exponent."""

    precision: int
    greatest: int

    @property
    def least(self) -> int:
        """The exponent of the smallest number: 2^least."""
        return 2 - self.greatest - self.precision


_FORMATS = {
    Float16Type: Format(11, 15),
    BFloat16Type: Format(8, 127),
    Float32Type: Format(24, 127),
    Float64Type: Format(53, 1023),
}


def format_of(element: Attribute) -> Format | None:
    """The format of a float type that letgrad has. None for other types."""
    return _FORMATS.get(element.__class__)


class Dyadic(NamedTuple):
    """The number m 2^e."""

    m: int
    e: int


def dyadic(x: float) -> Dyadic:
    """A finite float, exactly; the factor m is odd, or 0."""
    m, denominator = x.as_integer_ratio()
    if denominator > 1 or not m:
        return Dyadic(m, 1 - denominator.bit_length())
    zeros = (m & -m).bit_length() - 1
    return Dyadic(m >> zeros, zeros)


def nearest(x: Dyadic, format: Format) -> float:
    """
    The float of a format that is nearest to x; ties to even. Beyond half a step above the largest
    number it is an infinity. It is 0.0, not -0.0, for each x that rounds to 0.
    """
    m, e = abs(x.m), x.e
    last = max(m.bit_length() + e - format.precision, format.least)
    if (drop := last - e) > 0:
        rest, half = m & ((1 << drop) - 1), 1 << (drop - 1)
        m >>= drop
        m += rest > half or (rest == half and bool(m & 1))
    else:
        m <<= -drop
    if m.bit_length() + last > format.greatest + 1:
        return -inf if x.m < 0 else inf
    return math.ldexp(-m if x.m < 0 else m, last)


# Balls.


class _Undecided(Exception):
    """The ball holds 0, or a place where the function is not defined: more bits are needed."""


class _Ball:
    """All numbers from (mid - rad) / 2^w to (mid + rad) / 2^w."""

    __slots__ = ("mid", "rad", "w")

    def __init__(self, mid: int, rad: int, w: int):
        self.mid, self.rad, self.w = mid, rad, w

    @staticmethod
    def of(x: Dyadic, w: int) -> _Ball:
        shift = x.e + w
        return _Ball(x.m << shift, 0, w) if shift >= 0 else _Ball(x.m >> -shift, 1, w)

    @staticmethod
    def between(low: int, high: int, w: int) -> _Ball:
        return _Ball((low + high) // 2, (high - low) // 2 + 1, w)

    def __add__(self, other: _Ball) -> _Ball:
        return _Ball(self.mid + other.mid, self.rad + other.rad, self.w)

    def __sub__(self, other: _Ball) -> _Ball:
        return _Ball(self.mid - other.mid, self.rad + other.rad, self.w)

    def plus(self, n: int) -> _Ball:
        return _Ball(self.mid + (n << self.w), self.rad, self.w)

    def __mul__(self, other: _Ball) -> _Ball:
        a, b, w = self.mid, other.mid, self.w
        error = abs(a) * other.rad + abs(b) * self.rad + self.rad * other.rad
        return _Ball((a * b) >> w, (error >> w) + 2, w)

    def __truediv__(self, other: _Ball) -> _Ball:
        least = abs(other.mid) - other.rad
        if least <= 0:
            raise _Undecided
        quotient = (self.mid << self.w) // other.mid
        error = (self.rad << self.w) + (abs(quotient) + 1) * other.rad
        return _Ball(quotient, error // least + 2, self.w)

    def times(self, n: int) -> _Ball:
        return _Ball(self.mid * n, self.rad * abs(n), self.w)

    def over(self, n: int) -> _Ball:
        """The ball divided by an integer above 0."""
        return _Ball(self.mid // n, self.rad // n + 2, self.w)

    def scaled(self, k: int) -> _Ball:
        """The ball times 2^k."""
        if k >= 0:
            return _Ball(self.mid << k, self.rad << k, self.w)
        return _Ball(self.mid >> -k, (self.rad >> -k) + 2, self.w)

    def at(self, w: int) -> _Ball:
        """The ball with fewer bits behind the point."""
        ball = self.scaled(w - self.w)
        return _Ball(ball.mid, ball.rad, w)

    def root(self) -> _Ball:
        if self.mid < self.rad:
            raise _Undecided
        low, high = self.mid - self.rad, self.mid + self.rad
        return _Ball.between(isqrt(low << self.w), isqrt(high << self.w) + 1, self.w)


_KEPT = 32
"""The number of precisions for which π and log 2 are kept."""


def _inverse_series(n: int, w: int, sign: int) -> _Ball:
    """atan(1/n) for sign -1, atanh(1/n) for sign 1."""
    term, total, k, by = (1 << w) // n, 0, 0, 1
    while term:
        total += by * (term // (2 * k + 1))
        term //= n * n
        k += 1
        by *= sign
    # Each term is cut twice, by less than 1 each time; what is left out is less than a term.
    return _Ball(total, 3 * k + 3, w)


@functools.lru_cache(_KEPT)
def _pi(w: int) -> _Ball:
    more = w + 20
    by_5, by_239 = (_inverse_series(n, more, -1) for n in (5, 239))
    return (by_5.times(16) - by_239.times(4)).at(w)


@functools.lru_cache(_KEPT)
def _log_2(w: int) -> _Ball:
    a, b, c = (_inverse_series(n, w + 20, 1) for n in (26, 4801, 8749))
    return (a.times(18) - b.times(2) + c.times(8)).at(w)


def _exp(x: _Ball) -> _Ball:
    w = x.w
    k = x.mid // _log_2(w).mid
    halvings = max(8, isqrt(w) // 2)
    rest = (x - _log_2(w).times(k)).scaled(-halvings)
    if rest.rad >> (w - 4):
        raise _Undecided
    # 0 ≤ rest < 1/300 up to its radius. The derivative of exp is below 2 there, and each term of
    # the series is wrong by less than 3.
    t, term, total, n = rest.mid, 1 << w, 1 << w, 0
    while term > 0:
        n += 1
        term = ((term * t) >> w) // n
        total += term
    power = _Ball(total, 2 * rest.rad + 3 * n + 4, w)
    for _ in range(halvings):
        power = power * power
    return power.scaled(k)


def _log(x: _Ball) -> _Ball:
    w = x.w
    if x.mid <= 16 * x.rad:
        raise _Undecided
    k = x.mid.bit_length() - w
    if 3 * x.mid < 1 << (k + w + 1):
        k -= 1
    m = x.scaled(-k)  # from 2/3 to 4/3
    one = 1 << w
    z = ((m.mid - one) << w) // (m.mid + one)
    # |z| ≤ 1/5, the derivative of log is below 2 at m, and each term is wrong by less than 3.
    square, term, total, n = (z * z) >> w, z, 0, 0
    while abs(term) > 1:
        total += term // (2 * n + 1)
        term = (term * square) >> w
        n += 1
    return _Ball(2 * total, 2 * (3 * n + 4) + 2 * m.rad, w) + _log_2(w).times(k)


def _atan(x: _Ball) -> _Ball:
    """The arctangent of a ball around a number that is not negative."""
    w = x.w
    if x.mid > 1 << w:
        return _pi(w).scaled(-1) - _atan(_Ball(1 << w, 0, w) / x)
    halvings = max(4, isqrt(w) // 4)
    for _ in range(halvings):
        x = x / (x * x).plus(1).root().plus(1)
    # The derivative of atan is at most 1, and each term is wrong by less than 3.
    square, term, total, n, sign = (x.mid * x.mid) >> w, x.mid, 0, 0, 1
    while abs(term) > 1:
        total += sign * (term // (2 * n + 1))
        term = (term * square) >> w
        n, sign = n + 1, -sign
    return _Ball(total, x.rad + 3 * n + 4, w).scaled(halvings)


def _sin_cos(x: Dyadic, w: int) -> tuple[_Ball, _Ball, int]:
    """The sine and cosine of x - n π/2, and n modulo 4, for the n that makes it small."""
    more = w + max(0, x.m.bit_length() + x.e) + 8
    half_pi = _pi(more).scaled(-1)
    exact = _Ball.of(x, more)
    n = (2 * exact.mid + half_pi.mid) // (2 * half_pi.mid)
    r = (exact - half_pi.times(n)).at(w)
    square = (r.mid * r.mid) >> w
    sums = []
    for first, start in ((r.mid, 1), (1 << w, 0)):
        # |r| < 1: the derivative is at most 1, and each term is wrong by less than 3.
        term, total, k, count = first, first, start, 0
        while abs(term) > 1:
            term = -(((term * square) >> w) // ((k + 1) * (k + 2)))
            total += term
            k, count = k + 2, count + 1
        sums.append(_Ball(total, r.rad + 3 * count + 4, w))
    return sums[0], sums[1], n % 4


# The functions, each on exact arguments and with w bits behind the point.


def _sin_ball(x: Dyadic, w: int) -> _Ball:
    sin, cos, n = _sin_cos(x, w)
    return (sin, cos, sin.times(-1), cos.times(-1))[n]


def _cos_ball(x: Dyadic, w: int) -> _Ball:
    sin, cos, n = _sin_cos(x, w)
    return (cos, sin.times(-1), cos.times(-1), sin)[n]


def _tan_ball(x: Dyadic, w: int) -> _Ball:
    sin, cos, n = _sin_cos(x, w)
    return sin / cos if n % 2 == 0 else cos.times(-1) / sin


def _one(w: int) -> _Ball:
    return _Ball(1 << w, 0, w)


def _asin_ball(x: Dyadic, w: int) -> _Ball:
    """asin x = atan(x / √((1 - x) (1 + x))), for 0 < x < 1"""
    a = _Ball.of(x, w)
    return _atan(a / ((_one(w) - a) * (_one(w) + a)).root())


def _acos_ball(x: Dyadic, w: int) -> _Ball:
    """acos x = 2 atan √((1 - x) / (1 + x)), for -1 < x < 1"""
    a = _Ball.of(x, w)
    return _atan(((_one(w) - a) / (_one(w) + a)).root()).times(2)


def _erf_ball(x: Dyadic, w: int) -> _Ball:
    """erf x = 2/√π exp(-x²) Σ 2ⁿ x^(2n+1) / (1 3 5 … (2n+1)), for 0 < x < 6"""
    a = _Ball.of(x, w)
    square = a * a
    term, total, n = a, a, 0
    while term.mid > 1 or 4 * square.mid > (2 * n + 3) << w:
        n += 1
        term = (term * square).times(2).over(2 * n + 1)
        total = total + term
    # From here on, each term is at most half of the one before: the rest is at most the last one.
    total = _Ball(total.mid, total.rad + abs(term.mid) + term.rad, w)
    return (total * _exp(square.times(-1))).times(2) / _pi(w).root()


def _expm1_ball(x: Dyadic, w: int) -> _Ball:
    return _exp(_Ball.of(x, w)).plus(-1)


def _sinh_ball(x: Dyadic, w: int) -> _Ball:
    e = _exp(_Ball.of(x, w))
    return (e - _one(w) / e).scaled(-1)


def _cosh_ball(x: Dyadic, w: int) -> _Ball:
    e = _exp(_Ball.of(x, w))
    return (e + _one(w) / e).scaled(-1)


def _tanh_ball(x: Dyadic, w: int) -> _Ball:
    e = _exp(_Ball.of(x, w).times(2))
    return e.plus(-1) / e.plus(1)


def _asinh_ball(x: Dyadic, w: int) -> _Ball:
    a = _Ball.of(x, w)
    return _log(a + (a * a).plus(1).root())


def _acosh_ball(x: Dyadic, w: int) -> _Ball:
    a = _Ball.of(x, w)
    return _log(a + (a.plus(-1) * a.plus(1)).root())


def _atanh_ball(x: Dyadic, w: int) -> _Ball:
    a = _Ball.of(x, w)
    return _log((_one(w) + a) / (_one(w) - a)).scaled(-1)


def _log_ball(x: Dyadic, w: int) -> _Ball:
    # The exponent of x is taken out, so that a small x has bits at any w.
    k = x.m.bit_length() + x.e
    return _log(_Ball.of(Dyadic(x.m, x.e - k), w)) + _log_2(w).times(k)


def _log2_ball(x: Dyadic, w: int) -> _Ball:
    return _log_ball(x, w) / _log_2(w)


def _log10_ball(x: Dyadic, w: int) -> _Ball:
    return _log_ball(x, w) / _log(_Ball(10 << w, 0, w))


def _log1p_ball(x: Dyadic, w: int) -> _Ball:
    return _log(_Ball.of(x, w).plus(1))


def _exp2_ball(x: Dyadic, w: int) -> _Ball:
    return _exp(_Ball.of(x, w) * _log_2(w))


def _sqrt_ball(x: Dyadic, w: int) -> _Ball:
    shift = x.e + 2 * w
    if shift < 0:
        raise _Undecided
    root = isqrt(x.m << shift)
    return _Ball.between(root, root + 1, w)


def _rsqrt_ball(x: Dyadic, w: int) -> _Ball:
    shift = 2 * w - x.e
    if shift < 0:
        raise _Undecided
    root = isqrt((1 << shift) // x.m)
    return _Ball.between(root, root + 1, w)


def _cube_root(n: int) -> int:
    """⌊∛n⌋"""
    if n == 0:
        return 0
    root = 1 << -(-n.bit_length() // 3)
    while True:
        next = (2 * root + n // (root * root)) // 3
        if next >= root:
            return root
        root = next


def _cbrt_ball(x: Dyadic, w: int) -> _Ball:
    shift = x.e + 3 * w
    if shift < 0:
        raise _Undecided
    root = _cube_root(x.m << shift)
    return _Ball.between(root, root + 1, w)


# Rounding.

_BITS = (128, 256, 512, 1024, 2048, 4096, 8192)


def _decide(ball: Callable[[int], _Ball], format: Format, sign: int = 1) -> float | None:
    """
    The float that is nearest to `sign` times the number in all the balls. A number that rounds to
    0 has the sign of `sign`. None if the last ball does not decide.
    """
    for w in _BITS:
        try:
            found = ball(w)
        except _Undecided:
            continue
        low, high = found.mid - found.rad, found.mid + found.rad
        a, b = (nearest(Dyadic(n, -w), format) for n in (low, high))
        if a == b:
            return sign * a
    return None


Function = Callable[[float, Format], "float | None"]


def _odd(
    ball: Callable[[Dyadic, int], _Ball], at_infinity: float, decided: float = inf, then: float = 0
) -> Function:
    """
    An odd function with f(0) = 0. If |x| is above `decided`, the result is `then`: the exact one
    rounds to it.
    """

    def function(x: float, format: Format) -> float | None:
        if x == 0 or isnan(x):
            return x
        if isinf(x):
            return copysign(at_infinity, x)
        if abs(x) > decided:
            return copysign(then, x)
        sign, of = (1 if x > 0 else -1), dyadic(abs(x))
        return _decide(lambda w: ball(of, w), format, sign)

    return function


def _sqrt(x: float, format: Format) -> float | None:
    if x == 0 or isnan(x) or x == inf:
        return x
    if x < 0:
        return nan
    m, e = dyadic(x)
    if e % 2 == 0 and isqrt(m) ** 2 == m:
        return nearest(Dyadic(isqrt(m), e // 2), format)
    return _decide(lambda w: _sqrt_ball(Dyadic(m, e), w), format)


def _rsqrt(x: float, format: Format) -> float | None:
    if x == 0 or isinf(x) or isnan(x) or x < 0:
        return copysign(inf, x) if x == 0 else 0.0 if x == inf else nan
    m, e = dyadic(x)
    if m == 1 and e % 2 == 0:
        return nearest(Dyadic(1, -e // 2), format)
    return _decide(lambda w: _rsqrt_ball(Dyadic(m, e), w), format)


def _cbrt(x: float, format: Format) -> float | None:
    if x == 0 or isnan(x) or isinf(x):
        return x
    sign = 1 if x > 0 else -1
    m, e = dyadic(abs(x))
    if e % 3 == 0 and _cube_root(m) ** 3 == m:
        return nearest(Dyadic(sign * _cube_root(m), e // 3), format)
    return _decide(lambda w: _cbrt_ball(Dyadic(m, e), w), format, sign)


_FAR = 1500
"""Beyond this, 2^x and exp(x) are infinite or 0 in every format."""


def _exp_of(x: float, format: Format) -> float | None:
    if isnan(x) or x == 0:
        return x if x else 1.0
    if abs(x) > _FAR:
        return inf if x > 0 else 0.0
    return _decide(lambda w: _exp(_Ball.of(dyadic(x), w)), format)


def _exp2(x: float, format: Format) -> float | None:
    if isnan(x):
        return nan
    if abs(x) > _FAR:
        return inf if x > 0 else 0.0
    if x == math.floor(x):
        return nearest(Dyadic(1, int(x)), format)
    return _decide(lambda w: _exp2_ball(dyadic(x), w), format)


def _expm1(x: float, format: Format) -> float | None:
    if isnan(x) or x == 0:
        return x
    if x > _FAR or x < -100:
        return inf if x > 0 else -1.0
    return _decide(lambda w: _expm1_ball(dyadic(x), w), format)


def _logarithm(ball: Callable[[Dyadic, int], _Ball], base: int) -> Function:
    """A logarithm; it is an integer for powers of the base. 0 stands for e, which has none."""

    def function(x: float, format: Format) -> float | None:
        if isnan(x) or x < 0:
            return nan
        if x == 0 or x == inf:
            return -inf if x == 0 else inf
        of = dyadic(x)
        if x == 1:
            return 0.0
        if base == 2 and of.m == 1:
            return nearest(Dyadic(of.e, 0), format)
        if base == 10 and x == math.floor(x) and str(n := int(x)).rstrip("0") == "1":
            return float(len(str(n)) - 1)
        return _decide(lambda w: ball(of, w), format)

    return function


def _log1p(x: float, format: Format) -> float | None:
    if isnan(x) or x == 0 or x == inf:
        return x
    if x <= -1:
        return -inf if x == -1 else nan
    return _decide(lambda w: _log1p_ball(dyadic(x), w), format)


def _sin(x: float, format: Format) -> float | None:
    if x == 0 or isnan(x) or isinf(x):
        return nan if isinf(x) else x
    return _decide(lambda w: _sin_ball(dyadic(x), w), format)


def _cos(x: float, format: Format) -> float | None:
    if x == 0 or isnan(x) or isinf(x):
        return 1.0 if x == 0 else nan
    return _decide(lambda w: _cos_ball(dyadic(x), w), format)


def _tan(x: float, format: Format) -> float | None:
    if x == 0 or isnan(x) or isinf(x):
        return nan if isinf(x) else x
    return _decide(lambda w: _tan_ball(dyadic(x), w), format)


def _asin(x: float, format: Format) -> float | None:
    if isnan(x) or x == 0 or abs(x) > 1:
        return x if x == 0 else nan
    sign, of = (1 if x > 0 else -1), dyadic(abs(x))
    if abs(x) == 1:
        return _decide(lambda w: _pi(w).scaled(-1), format, sign)
    return _decide(lambda w: _asin_ball(of, w), format, sign)


def _acos(x: float, format: Format) -> float | None:
    if isnan(x) or abs(x) > 1:
        return nan
    if abs(x) == 1:
        return 0.0 if x == 1 else _decide(_pi, format)
    return _decide(lambda w: _acos_ball(dyadic(x), w), format)


def _atan_of(x: float, format: Format) -> float | None:
    if isnan(x) or x == 0:
        return x
    sign = 1 if x > 0 else -1
    if isinf(x):
        return _decide(lambda w: _pi(w).scaled(-1), format, sign)
    return _decide(lambda w: _atan(_Ball.of(dyadic(abs(x)), w)), format, sign)


def _cosh(x: float, format: Format) -> float | None:
    if isnan(x) or x == 0:
        return x if x else 1.0
    if abs(x) > _FAR:
        return inf
    return _decide(lambda w: _cosh_ball(dyadic(abs(x)), w), format)


def _acosh(x: float, format: Format) -> float | None:
    if isnan(x) or x <= 1:
        return 0.0 if x == 1 else nan
    return inf if x == inf else _decide(lambda w: _acosh_ball(dyadic(x), w), format)


def _atanh(x: float, format: Format) -> float | None:
    if isnan(x) or abs(x) >= 1:
        return copysign(inf, x) if abs(x) == 1 else nan
    if x == 0:
        return x
    sign, of = (1 if x > 0 else -1), dyadic(abs(x))
    return _decide(lambda w: _atanh_ball(of, w), format, sign)


def atan2(y: float, x: float, format: Format) -> float | None:
    """The angle of the point (x, y), from -π to π, correctly rounded."""
    if isnan(x) or isnan(y):
        return nan
    sign, left = int(copysign(1, y)), copysign(1, x) < 0
    if y == 0 or (x == inf and not isinf(y)):
        return _decide(_pi, format, sign) if left else copysign(0.0, y)
    quarters = None  # the angle of |y| and x in parts of π/4, where it is such a one
    if isinf(y):
        quarters = (3 if left else 1) if isinf(x) else 2
    elif isinf(x):
        quarters = 4
    elif x == 0:
        quarters = 2
    if quarters is not None:
        return _decide(lambda w: _pi(w).scaled(-2).times(quarters), format, sign)
    a, b = dyadic(abs(y)), dyadic(abs(x))

    def ball(w: int) -> _Ball:
        steep = abs(y) > abs(x)
        (m, e), (n, f) = (b, a) if steep else (a, b)
        shift = e - f + w
        ratio = (m << shift) // n if shift >= 0 else m // (n << -shift)
        angle = _atan(_Ball(ratio, 1, w))
        if steep:
            angle = _pi(w).scaled(-1) - angle
        return _pi(w) - angle if left else angle

    return _decide(ball, format, sign)


def power(x: float, y: float | int, format: Format) -> float | None:
    """x^y, correctly rounded; y is a float or an integer of any size."""
    if y == 0 or x == 1:
        return 1.0
    if isnan(x) or isnan(y):
        return nan
    if isinf(y):
        if abs(x) == 1:
            return 1.0
        return inf if (abs(x) > 1) == (y > 0) else 0.0
    n = Dyadic(y, 0) if isinstance(y, int) else dyadic(y)
    n = _odd_factor(n)
    sign = -1 if copysign(1, x) < 0 and n.e == 0 else 1  # n.e is 0 for odd integers alone
    if x == 0 or isinf(x):
        return sign * (0.0 if (x == 0) == (y > 0) else inf)
    if x < 0 and n.e < 0:
        return nan
    if abs(x) == 1:
        return float(sign)
    base = dyadic(abs(x))
    # log2 |x| is right to some parts in 10^15, and the limit is far from where it matters.
    log = math.log2(abs(x)) * _clipped(y)
    if abs(log) > _FAR:
        return sign * (inf if log > 0 else 0.0)
    exact = _exact_power(base, n)
    if exact is not None:
        return sign * nearest(exact, format)
    return _decide(lambda w: _exp(_Ball.of(n, w) * _log_ball(base, w)), format, sign)


def _clipped(y: float | int) -> float:
    return float(max(-(1 << 1000), min(1 << 1000, y)))


def _odd_factor(x: Dyadic) -> Dyadic:
    zeros = (x.m & -x.m).bit_length() - 1
    return Dyadic(x.m >> zeros, x.e + zeros)


_MIDPOINT = 56
"""A number with more significant bits than this is no float, and not halfway between two."""


def _exact_power(x: Dyadic, y: Dyadic) -> Dyadic | None:
    """
    x^y for x > 0, if it is m 2^e with at most `_MIDPOINT` bits in m; else None.

    The power x^(n/2^k) with odd n is rational only if x has a rational root of order 2^k.
    """
    m, e = x
    for _ in range(max(0, -y.e)):
        if e % 2 or isqrt(m) ** 2 != m:
            return None
        m, e = isqrt(m), e // 2
        if m == 1 and e == 0:
            break
    n = y.m << max(0, y.e)
    if m == 1:
        return Dyadic(1, e * n)
    if n < 0 or n * (m.bit_length() - 1) > _MIDPOINT:
        return None
    return Dyadic(m**n, e * n)


def multiply_add(x: float, y: float, z: float, format: Format) -> float:
    """x y + z, rounded once."""
    if isinf(z) and math.isfinite(x) and math.isfinite(y):
        return z  # the product may be beyond all floats
    if not all(map(math.isfinite, (x, y, z))) or x == 0 or y == 0:
        return x * y + z
    a, b, c = dyadic(x), dyadic(y), dyadic(z)
    e = min(a.e + b.e, c.e)
    total = ((a.m * b.m) << (a.e + b.e - e)) + (c.m << (c.e - e))
    found = nearest(Dyadic(total, e), format)
    return copysign(found, 1 if total > 0 else -1) if total else 0.0


FUNCTIONS: dict[str, Function] = {
    "acos": _acos,
    "acosh": _acosh,
    "asin": _asin,
    "asinh": _odd(_asinh_ball, inf),
    "atan": _atan_of,
    "atanh": _atanh,
    "cbrt": _cbrt,
    "cos": _cos,
    "cosh": _cosh,
    "erf": _odd(_erf_ball, 1.0, decided=6, then=1.0),
    "exp": _exp_of,
    "exp2": _exp2,
    "expm1": _expm1,
    "log": _logarithm(_log_ball, 0),
    "log10": _logarithm(_log10_ball, 10),
    "log1p": _log1p,
    "log2": _logarithm(_log2_ball, 2),
    "rsqrt": _rsqrt,
    "sin": _sin,
    "sinh": _odd(_sinh_ball, inf, decided=_FAR, then=inf),
    "sqrt": _sqrt,
    "tan": _tan,
    "tanh": _odd(_tanh_ball, 1.0, decided=100, then=1.0),
}
"""The functions of one argument, by the names of `math`."""
