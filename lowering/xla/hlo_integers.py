"""
The rules of the table `stablehlo` for integers, comparisons, choices and conversions.

Integers wrap. A division by zero gives 0, and a shift by the width or more drops all bits: XLA
leaves both open, so the rules choose.
"""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import IntegerType, Signedness, f64, i1, i8
from xdsl.ir import Attribute, Operation

from ...dialects import ten, types
from ...passes.rewriting.rule_tables import named_after
from .builder import Hlo, Value, element, hlo_element, is_bool, is_float, shape, width
from .converter import stablehlo

Function = Callable[..., Value]


def wrapping(function: Function) -> Function:
    """The function of integers; an i1 counts as an integer modulo 2."""

    def wrapped(h: Hlo, *xs: Value) -> Value:
        if not is_bool(xs[0]):
            return function(h, *xs)
        wide = function(h, *(h.convert(x, i8) for x in xs))
        return h.against("NE", h.both(wide, h.full(1, wide)), 0)

    return wrapped


def unsigned(function: Function) -> Function:
    """The function, on bits read as unsigned integers."""

    def of_bits(h: Hlo, *xs: Value) -> Value:
        kind = element(xs[0])
        return h.signless(function(h, *(h.unsigned(x) for x in xs)), kind)

    return of_bits


def rule(
    *ops: type[Operation], by: Callable[[Function], Function]
) -> Callable[[Function], Function]:
    """Decorator: the function below, changed by `by`, is these ops."""

    def register(function: Function) -> Function:
        changed = by(function)

        @stablehlo.rule(*ops)
        @named_after(function)
        def apply(op: Operation, h: Hlo, *xs: Value) -> Value:
            """z = f(x, y)"""
            return changed(h, *xs)

        return function

    return register


for _op, _name in ((arith.AddiOp, "add"), (arith.SubiOp, "subtract"), (arith.MuliOp, "multiply")):

    @rule(_op, by=wrapping)
    def _wrapping(h: Hlo, x: Value, y: Value, name: str = _name) -> Value:
        """z = f(x, y), modulo 2^width"""
        return h.binary(name, x, y)


for _op, _name in ((arith.AndIOp, "and"), (arith.OrIOp, "or"), (arith.XOrIOp, "xor")):

    @rule(_op, by=lambda f: f)
    def _bits(h: Hlo, x: Value, y: Value, name: str = _name) -> Value:
        """z = f(x, y), bit by bit"""
        return h.binary(name, x, y)


for _op, _name in ((arith.MaxUIOp, "maximum"), (arith.MinUIOp, "minimum")):

    @rule(_op, by=unsigned)
    def _unsigned(h: Hlo, x: Value, y: Value, name: str = _name) -> Value:
        """z = f(x, y), x and y read as unsigned"""
        return h.binary(name, x, y)


# Quotients.


def _parts(h: Hlo, x: Value, y: Value) -> tuple[Value, Value]:
    """x / y towards zero, and the rest; both 0 for y = 0."""
    x, y = h.alike(x, y)
    zero = h.against("EQ", y, 0)
    minus = h.against("EQ", y, -1)
    safe = h.select(h.either(zero, minus), h.full(1, y), y)
    quotient = h.select(minus, h.neg(x), h.div(x, safe))
    rest = h.select(minus, h.full(0, x), h.binary("remainder", x, safe))
    return h.select(zero, h.full(0, x), quotient), h.select(zero, h.full(0, x), rest)


@rule(arith.DivSIOp, by=wrapping)
def quotient(h: Hlo, x: Value, y: Value) -> Value:
    """x / y towards zero; 0 for y = 0"""
    return _parts(h, x, y)[0]


@rule(arith.RemSIOp, by=wrapping)
def rest(h: Hlo, x: Value, y: Value) -> Value:
    """x - (x / y) y; 0 for y = 0"""
    return _parts(h, x, y)[1]


@rule(arith.FloorDivSIOp, by=wrapping)
def floor_quotient(h: Hlo, x: Value, y: Value) -> Value:
    """⌊x / y⌋; 0 for y = 0"""
    return _rounded(h, x, y, "NE", -1)


@rule(arith.CeilDivSIOp, by=wrapping)
def ceiling_quotient(h: Hlo, x: Value, y: Value) -> Value:
    """⌈x / y⌉; 0 for y = 0"""
    return _rounded(h, x, y, "EQ", 1)


def _rounded(h: Hlo, x: Value, y: Value, signs: str, step: int) -> Value:
    """The quotient, and a step further where there is a rest whose sign is, or is not, y's."""
    found, left = _parts(h, x, y)
    compared = h.compare(signs, h.against("LT", left, 0), h.against("LT", y, 0))
    off = h.both(h.against("NE", left, 0), compared)
    return h.select(off, h.add(found, h.full(step, found)), found)


def _unsigned_parts(h: Hlo, x: Value, y: Value) -> tuple[Value, Value]:
    x, y = h.alike(x, y)
    zero = h.against("EQ", y, 0)
    safe = h.select(zero, h.full(1, y), y)
    nothing = h.full(0, x)
    return (
        h.select(zero, nothing, h.div(x, safe)),
        h.select(zero, nothing, h.binary("remainder", x, safe)),
    )


@rule(arith.DivUIOp, by=unsigned)
def unsigned_quotient(h: Hlo, x: Value, y: Value) -> Value:
    """⌊x / y⌋, x and y read as unsigned; 0 for y = 0"""
    return _unsigned_parts(h, x, y)[0]


@rule(arith.RemUIOp, by=unsigned)
def unsigned_rest(h: Hlo, x: Value, y: Value) -> Value:
    """x mod y, x and y read as unsigned; 0 for y = 0"""
    return _unsigned_parts(h, x, y)[1]


@rule(arith.CeilDivUIOp, by=unsigned)
def unsigned_ceiling_quotient(h: Hlo, x: Value, y: Value) -> Value:
    """⌈x / y⌉, x and y read as unsigned; 0 for y = 0"""
    found, left = _unsigned_parts(h, x, y)
    return h.add(found, h.convert(h.against("NE", left, 0), element(found)))


# Shifts.


def _is_inside(h: Hlo, y: Value) -> Value:
    """Whether a shift by y leaves bits, y read as unsigned."""
    return h.against("LT", h.unsigned(y), width(element(y)))


def _shift(name: str) -> Function:
    def shifted(h: Hlo, x: Value, y: Value) -> Value:
        x, y = h.alike(x, y)
        inside = _is_inside(h, y)
        moved = h.binary(name, x, h.select(inside, y, h.full(0, y)))
        return h.select(inside, moved, h.full(0, x))

    return shifted


def _shift_of_bits(name: str) -> Function:
    """A shift of an i1 by 0 keeps it, and a shift by 1 drops it."""
    shifted = _shift(name)

    def shift(h: Hlo, x: Value, y: Value) -> Value:
        if is_bool(x):
            return h.both(*h.alike(x, h.no(y)))
        return shifted(h, x, y)

    return shift


@stablehlo.rule(arith.ShLIOp)
def shift_left(op: Operation, h: Hlo, x: Value, y: Value) -> Value:
    """x 2^y; 0 for y ≥ width"""
    return _shift_of_bits("shift_left")(h, x, y)


@stablehlo.rule(arith.ShRUIOp)
def shift_right_unsigned(op: Operation, h: Hlo, x: Value, y: Value) -> Value:
    """⌊x / 2^y⌋, x read as unsigned; 0 for y ≥ width"""
    return _shift_of_bits("shift_right_logical")(h, x, y)


@stablehlo.rule(arith.ShRSIOp)
def shift_right(op: Operation, h: Hlo, x: Value, y: Value) -> Value:
    """⌊x / 2^y⌋; the sign for y ≥ width"""
    if is_bool(x):
        return h.alike(x, y)[0]
    x, y = h.alike(x, y)
    most = h.full(width(element(y)) - 1, y)
    return h.binary("shift_right_arithmetic", x, h.select(_is_inside(h, y), y, most))


# Signs, powers, bits.


@rule(math.AbsIOp, by=wrapping)
def absolute(h: Hlo, x: Value) -> Value:
    """|x|; the smallest integer stays"""
    return h.select(h.against("LT", x, 0), h.neg(x), x)


@rule(math.IPowIOp, by=wrapping)
def power(h: Hlo, x: Value, y: Value) -> Value:
    """
    x^y, modulo 2^width; for y < 0, 1 / x^-y towards zero

    The loop squares, once for each bit of y.
    """
    x, y = h.alike(x, y)
    one, zero = h.full(1, x), h.full(0, x)
    negative = h.against("LT", y, 0)
    exponent = h.select(negative, h.full(0, y), y)

    def goes_on(n: Value, _: Value, __: Value) -> Value:
        any_left = h.against("NE", n, 0)
        dims = range(len(shape(n)))
        if not shape(n):
            return any_left
        start = h.constant(False, i1)
        return h.reduce([any_left], [start], list(dims), h.either)[0]

    def turn(n: Value, square: Value, found: Value) -> list[Value]:
        odd = h.against("NE", h.both(n, h.full(1, n)), 0)
        half = h.binary("shift_right_logical", n, h.full(1, n))
        return [half, h.mul(square, square), h.select(odd, h.mul(found, square), found)]

    found = h.while_([exponent, x, one], goes_on, turn)[2]
    odd = h.against("NE", h.both(y, h.full(1, y)), 0)
    of_minus = h.select(odd, h.full(-1, x), one)
    other = h.select(h.against("EQ", x, -1), of_minus, zero)
    inverse = h.select(h.against("EQ", x, 1), one, other)
    return h.select(negative, inverse, found)


def of_bits(name: str) -> Callable[[Operation, Hlo, Value], Value]:
    """A rule that counts bits; an i1 has one."""

    def count(op: Operation, h: Hlo, x: Value) -> Value:
        """y = f(x), a number of bits"""
        if not is_bool(x):
            return h.unary(name, x)
        return x if name == "popcnt" else h.no(x)

    return count


stablehlo.rule(math.CtPopOp)(of_bits("popcnt"))
stablehlo.rule(math.CountLeadingZerosOp)(of_bits("count_leading_zeros"))


@stablehlo.rule(math.CountTrailingZerosOp)
def trailing_zeros(op: Operation, h: Hlo, x: Value) -> Value:
    """The number of ones in (x and -x) - 1"""
    if is_bool(x):
        return h.no(x)
    lowest = h.both(x, h.neg(x))
    return h.unary("popcnt", h.sub(lowest, h.full(1, x)))


def _signed_order(name: str) -> Callable[[Operation, Hlo, Value, Value], Value]:
    """A rule for the greater or the less of two; a set i1 is -1, so for i1 the other one."""
    other = {"maximum": "and", "minimum": "or"}[name]

    def chosen(op: Operation, h: Hlo, x: Value, y: Value) -> Value:
        """z = f(x, y), where a set i1 is -1"""
        return h.binary(other if is_bool(x) else name, x, y)

    return chosen


stablehlo.rule(arith.MaxSIOp)(_signed_order("maximum"))
stablehlo.rule(arith.MinSIOp)(_signed_order("minimum"))


# Results of twice the width.


@stablehlo.rule(arith.AddUIExtendedOp)
def extended_sum(op: Operation, h: Hlo, x: Value, y: Value) -> tuple[Value, Value]:
    """low, carry = x + y"""
    x, y = h.alike(x, y)
    total = wrapping(lambda h, x, y: h.add(x, y))(h, x, y)
    return total, h.compare("LT", h.unsigned(total), h.unsigned(x))


def _unsigned_high(h: Hlo, x: Value, y: Value) -> Value:
    """The upper half of the product of two unsigned integers, from the products of their halves."""
    kind = element(x)
    half = width(kind) // 2
    shift, mask = h.full(half, x), h.full((1 << half) - 1, x)

    def split(v: Value) -> tuple[Value, Value]:
        return h.both(v, mask), h.binary("shift_right_logical", v, shift)

    (a, b), (c, d) = split(x), split(y)
    low_rest = split(h.mul(a, c))[1]
    middle, carried = split(h.add(h.mul(b, c), low_rest))
    other = split(h.add(h.mul(a, d), middle))[1]
    return h.add(h.add(h.mul(b, d), carried), other)


@stablehlo.rule(arith.MulUIExtendedOp)
def unsigned_extended_product(op: Operation, h: Hlo, x: Value, y: Value) -> tuple[Value, Value]:
    """low, high = x y, x and y read as unsigned"""
    x, y = h.alike(x, y)
    if is_bool(x):
        return h.both(x, y), h.full(False, x)
    high = _unsigned_high(h, h.unsigned(x), h.unsigned(y))
    return h.mul(x, y), h.signless(high, element(x))


@stablehlo.rule(arith.MulSIExtendedOp)
def extended_product(op: Operation, h: Hlo, x: Value, y: Value) -> tuple[Value, Value]:
    """low, high = x y; the upper half is less by y where x < 0, and by x where y < 0"""
    x, y = h.alike(x, y)
    if is_bool(x):
        # -1 times -1 is 1: its low bit is 1, and its high bit is 0.
        return h.both(x, y), h.full(False, x)
    high = h.signless(_unsigned_high(h, h.unsigned(x), h.unsigned(y)), element(x))
    zero = h.full(0, x)
    high = h.sub(high, h.select(h.against("LT", x, 0), y, zero))
    return h.mul(x, y), h.sub(high, h.select(h.against("LT", y, 0), x, zero))


# Comparisons and choices.

OPPOSITE = {"eq": "ne", "ne": "eq", "gt": "le", "ge": "lt", "lt": "ge", "le": "gt"}


def compare_floats(h: Hlo, predicate: str, x: Value, y: Value) -> Value:
    """A comparison by the name of a predicate of `arith.cmpf`."""
    x, y = h.alike(x, y)
    if predicate in ("false", "true"):
        return h.constant(predicate == "true", i1, shape(x))
    unordered = predicate in ("uno", "ord")
    if unordered or predicate in ("one", "ueq"):
        nan = h.either(h.is_nan(x), h.is_nan(y))
        if predicate == "uno":
            return nan
        if predicate == "ord":
            return h.no(nan)
        if predicate == "one":
            return h.both(h.compare("NE", x, y), h.no(nan))
        return h.either(h.compare("EQ", x, y), nan)
    if predicate == "une":
        return h.compare("NE", x, y)
    if predicate[0] == "o":
        return h.compare(predicate[1:].upper(), x, y)
    return h.no(h.compare(OPPOSITE[predicate[1:]].upper(), x, y))


def compare_integers(h: Hlo, predicate: str, x: Value, y: Value) -> Value:
    """A comparison by the name of a predicate of `arith.cmpi`."""
    x, y = h.alike(x, y)
    if predicate in ("eq", "ne"):
        return h.compare(predicate.upper(), x, y)
    if is_bool(x):
        # false < true, or as signed integers true = -1 < false
        if predicate[0] == "s":
            x, y = y, x
        return h.compare(predicate[1:].upper(), x, y)
    if predicate[0] == "u":
        x, y = h.unsigned(x), h.unsigned(y)
    return h.compare(predicate[1:].upper(), x, y)


@stablehlo.rule(ten.CompareOp)
def compare(op: ten.CompareOp, h: Hlo, x: Value, y: Value) -> Value:
    """x < y, by the predicate"""
    rule = compare_floats if is_float(x) else compare_integers
    return rule(h, op.predicate.data, x, y)


@stablehlo.rule(arith.CmpfOp)
def compare_of_floats(op: arith.CmpfOp, h: Hlo, x: Value, y: Value) -> Value:
    """x < y, by the predicate"""
    return compare_floats(h, arith.CMPF_COMPARISON_OPERATIONS[op.predicate.value.data], x, y)


@stablehlo.rule(arith.CmpiOp)
def compare_of_integers(op: arith.CmpiOp, h: Hlo, x: Value, y: Value) -> Value:
    """x < y, by the predicate"""
    return compare_integers(h, arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data], x, y)


@stablehlo.rule(ten.SelectOp, arith.SelectOp)
def select(op: Operation, h: Hlo, mask: Value, x: Value, y: Value) -> Value:
    """x where mask, else y"""
    return h.select(mask, x, y)


# Conversions.


def cast(h: Hlo, x: Value, to: Attribute) -> Value:
    """
    The elements as numbers of another type: integers wrap; a float becomes an integer towards zero,
    saturated, 0 for NaN; x ≠ 0 for i1.
    """
    to = hlo_element(to)
    if element(x) == to:
        return x
    if to == i1:
        return h.against("NE", x, 0)
    if not is_float(x) or not isinstance(to, IntegerType):
        return h.convert(x, to)
    bits = width(to)
    signed = to.signedness.data is not Signedness.UNSIGNED
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    wide = h.convert(x, f64)
    below = h.compare("LE", wide, h.constant(float(low), f64))
    above = h.compare("GE", wide, h.constant(float(high), f64))
    outside = h.either(h.either(below, above), h.is_nan(wide))
    whole = h.convert(h.select(outside, h.full(0, wide), wide), to)
    whole = h.select(above, h.constant(high, to, shape(x)), whole)
    return h.select(below, h.constant(low, to, shape(x)), whole)


@stablehlo.rule(ten.CastOp)
def cast_elements(op: ten.CastOp, h: Hlo, x: Value) -> Value:
    """x as a number of another type"""
    return cast(h, x, types.element(op.result.type))


@stablehlo.rule(arith.ExtFOp, arith.TruncFOp, arith.FPToSIOp, arith.SIToFPOp, arith.ExtSIOp)
def conversion(op: Operation, h: Hlo, x: Value) -> Value:
    """x as a number of another type; a set i1 is -1"""
    to = types.element(op.results[0].type)
    if isinstance(op, arith.FPToSIOp) and to == i1:
        # The integer of a float is 0 between -1 and 1.
        return h.both(h.against("GE", h.unary("abs", x), 1), h.no(h.is_nan(x)))
    found = cast(h, x, to)
    return h.neg(found) if is_bool(x) else found


@stablehlo.rule(arith.TruncIOp, arith.IndexCastOp)
def truncation(op: Operation, h: Hlo, x: Value) -> Value:
    """The lowest bits of x; a set i1 is -1"""
    to = hlo_element(types.element(op.results[0].type))
    if element(x) == to:
        return x
    if to == i1:
        return h.against("NE", h.both(x, h.full(1, x)), 0)
    found = h.convert(x, to)
    return h.neg(found) if is_bool(x) else found


@stablehlo.rule(arith.ExtUIOp, arith.UIToFPOp)
def conversion_of_unsigned(op: Operation, h: Hlo, x: Value) -> Value:
    """x, read as unsigned, as a number of another type"""
    to = hlo_element(types.element(op.results[0].type))
    bits = h.unsigned(x)
    if not isinstance(to, IntegerType):
        return h.convert(bits, to)
    return h.signless(h.convert(bits, IntegerType(width(to), Signedness.UNSIGNED)), to)


@stablehlo.rule(arith.FPToUIOp)
def conversion_to_unsigned(op: arith.FPToUIOp, h: Hlo, x: Value) -> Value:
    """x towards zero, as the bits of an unsigned integer, saturated; 0 for NaN"""
    to = hlo_element(types.element(op.results[0].type))
    if to == i1:
        return h.against("GE", x, 1)
    return h.signless(cast(h, x, IntegerType(width(to), Signedness.UNSIGNED)), to)


@stablehlo.rule(arith.BitcastOp)
def bitcast(op: arith.BitcastOp, h: Hlo, x: Value) -> Value:
    """The bits of x, read as another type of the same width"""
    return h.bitcast(x, hlo_element(types.element(op.result.type)))


@stablehlo.rule(ten.ComplexOp)
def complex_of(op: Operation, h: Hlo, re: Value, im: Value) -> Value:
    """re + im √-1"""
    return h.complex(*h.alike(re, im))


@stablehlo.rule(ten.RealOp)
def real(op: Operation, h: Hlo, z: Value) -> Value:
    """Re z"""
    return h.real(z)


@stablehlo.rule(ten.ImagOp)
def imag(op: Operation, h: Hlo, z: Value) -> Value:
    """Im z"""
    return h.imag(z)
