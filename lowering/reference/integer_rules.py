"""
The rules of the table `evaluate` for integers: `arith` and `math`, at every place of a tensor.

Integers wrap: the result of an op is right modulo 2^width. Python's `x // y` floors. If a rule
rounds its quotient otherwise, the rule says so.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from xdsl.dialects import arith, math
from xdsl.ir import Operation

from ...passes.rewriting.rule_tables import evaluate, named_after
from .array_functions import (
    Array,
    as_unsigned,
    ceil_divide,
    divide,
    floor_divide,
    integer_power,
    remainder,
    shift_right_signed,
    shifted,
    signed,
)

Function = Callable[..., Array]


def wrapping(function: Callable[..., Array]) -> Callable[..., Array]:
    """
    The function of integers, modulo 2^width. A bool counts as an integer modulo 2.
    """

    def wrapped(*xs: Array) -> Array:
        if np.asarray(xs[0]).dtype == np.bool_:
            wide = function(*(np.asarray(x).astype(np.int8) for x in xs))
            return (wide & 1).astype(np.bool_)
        return function(*(np.asarray(x) for x in xs))

    return wrapped


def unsigned(function: Callable[..., Array]) -> Callable[..., Array]:
    """The function, on the operands' bits read as unsigned integers."""

    def of_bits(*xs: Array) -> Array:
        read = [as_unsigned(x) for x in xs]
        result = np.asarray(function(*read))
        dtype = np.asarray(xs[0]).dtype
        return (
            result.astype(np.bool_)
            if dtype == np.bool_
            else result.astype(read[0].dtype).view(dtype)
        )

    return of_bits


def of_integers(*ops: type[Operation]) -> Callable[[Function], Function]:
    """Decorator: the function below, modulo 2^width, is the meaning of these ops."""

    def register(function: Function) -> Function:
        wrapped = wrapping(function)

        @evaluate.rule(*ops)
        @named_after(function)
        def modulo(op: Operation, *xs: Array) -> Array:
            """y = f(x), modulo 2^width"""
            return wrapped(*xs)

        return function

    return register


def of_unsigned(*ops: type[Operation]) -> Callable[[Function], Function]:
    """Decorator: the function below is these ops, on bits read as unsigned integers."""

    def register(function: Function) -> Function:
        computed = unsigned(function)

        @evaluate.rule(*ops)
        @named_after(function)
        def of_bits(op: Operation, *xs: Array) -> Array:
            """y = f(x), x read as unsigned"""
            return computed(*xs)

        return function

    return register


def of_each_integer(*ops: type[Operation]) -> Callable[[Callable[[int, int], int]], Function]:
    """Decorator: the function below, of one integer's bits and their number, is these ops."""

    def register(function: Callable[[int, int], int]) -> Function:
        @evaluate.rule(*ops)
        @named_after(function)
        def one_by_one(op: Operation, x: Array) -> Array:
            """y = f(x, width), one integer after the other"""
            dtype = np.asarray(x).dtype
            width = 1 if dtype == np.bool_ else dtype.itemsize * 8
            of_bits = np.vectorize(lambda bits: function(int(bits), width), otypes=[dtype])
            return of_bits(as_unsigned(x))

        return function

    return register


@of_integers(arith.AddiOp)
def add(x: Array, y: Array) -> Array:
    """z = x + y, modulo 2^width"""
    return np.add(x, y)


@of_integers(arith.SubiOp)
def subtract(x: Array, y: Array) -> Array:
    """z = x - y, modulo 2^width"""
    return np.subtract(x, y)


@of_integers(arith.MuliOp)
def multiply(x: Array, y: Array) -> Array:
    """z = x y, modulo 2^width"""
    return np.multiply(x, y)


@of_integers(arith.AndIOp)
def bits_and(x: Array, y: Array) -> Array:
    """z = x and y, bit by bit"""
    return np.bitwise_and(x, y)


@of_integers(arith.OrIOp)
def bits_or(x: Array, y: Array) -> Array:
    """z = x or y, bit by bit"""
    return np.bitwise_or(x, y)


@of_integers(arith.XOrIOp)
def bits_xor(x: Array, y: Array) -> Array:
    """z = x xor y, bit by bit"""
    return np.bitwise_xor(x, y)


@of_integers(arith.DivSIOp)
def quotient(x: Array, y: Array) -> Array:
    """z = x / y, towards zero; 0 for y = 0"""
    return divide(x, y)


@of_integers(arith.RemSIOp)
def rest(x: Array, y: Array) -> Array:
    """z = x - (x / y) y, with the sign of x; 0 for y = 0"""
    return remainder(x, y)


@of_integers(arith.FloorDivSIOp)
def floor_quotient(x: Array, y: Array) -> Array:
    """z = ⌊x / y⌋; 0 for y = 0"""
    return floor_divide(x, y)


@of_integers(arith.CeilDivSIOp)
def ceiling_quotient(x: Array, y: Array) -> Array:
    """z = ⌈x / y⌉; 0 for y = 0"""
    return ceil_divide(x, y)


@of_integers(arith.ShLIOp)
def shift_left(x: Array, y: Array) -> Array:
    """z = x 2^y, modulo 2^width; 0 for y ≥ width, y read as unsigned"""
    return shifted(np.left_shift)(x, y)


@of_integers(math.AbsIOp)
def absolute(x: Array) -> Array:
    """y = |x|, modulo 2^width: the smallest integer stays as it is"""
    return np.abs(x)


@of_integers(math.IPowIOp)
def power_of(x: Array, y: Array) -> Array:
    """z = x^y, modulo 2^width; for y < 0, 1 / x^-y towards zero; 0 for x = 0 and y < 0"""
    return integer_power(x, y)


@evaluate.rule(arith.ShRSIOp)
def shift_right(op: arith.ShRSIOp, x: Array, y: Array) -> Array:
    """z = ⌊x / 2^y⌋; for y ≥ width, y read as unsigned, it is -1 for x < 0, else 0"""
    # The only bit of an i1 is its sign.
    x, y = np.asarray(x), np.asarray(y)
    return x if x.dtype == np.bool_ else shift_right_signed(x, y)


@evaluate.rule(arith.MaxSIOp)
def largest(op: arith.MaxSIOp, x: Array, y: Array) -> Array:
    """z = max(x, y), where an i1 that is set is -1"""
    return np.where(signed(x) >= signed(y), x, y)


@evaluate.rule(arith.MinSIOp)
def smallest(op: arith.MinSIOp, x: Array, y: Array) -> Array:
    """z = min(x, y), where an i1 that is set is -1"""
    return np.where(signed(x) <= signed(y), x, y)


@of_unsigned(arith.DivUIOp)
def unsigned_quotient(x: Array, y: Array) -> Array:
    """z = ⌊x / y⌋, x and y read as unsigned; 0 for y = 0"""
    return np.where(y == 0, 0, x // np.where(y == 0, 1, y))


@of_unsigned(arith.RemUIOp)
def unsigned_rest(x: Array, y: Array) -> Array:
    """z = x mod y, x and y read as unsigned; 0 for y = 0"""
    return np.where(y == 0, 0, x % np.where(y == 0, 1, y))


@of_unsigned(arith.CeilDivUIOp)
def unsigned_ceiling_quotient(x: Array, y: Array) -> Array:
    """z = ⌈x / y⌉, x and y read as unsigned; 0 for y = 0"""
    y_or_1 = np.where(y == 0, 1, y)
    return np.where(y == 0, 0, x // y_or_1 + (x % y_or_1 != 0))


@of_unsigned(arith.ShRUIOp)
def shift_right_unsigned(x: Array, y: Array) -> Array:
    """z = ⌊x / 2^y⌋, x and y read as unsigned; 0 for y ≥ width"""
    return shifted(np.right_shift)(x, y)


@of_unsigned(arith.MaxUIOp)
def unsigned_largest(x: Array, y: Array) -> Array:
    """z = max(x, y), x and y read as unsigned"""
    return np.maximum(x, y)


@of_unsigned(arith.MinUIOp)
def unsigned_smallest(x: Array, y: Array) -> Array:
    """z = min(x, y), x and y read as unsigned"""
    return np.minimum(x, y)


# Results of twice the width.


@evaluate.rule(arith.AddUIExtendedOp)
def extended_sum(op: arith.AddUIExtendedOp, x: Array, y: Array) -> tuple[Array, Array]:
    """low, carry = x + y: the sum modulo 2^width, and whether it left out 2^width"""
    total = wrapping(np.add)(x, y)
    return total, as_unsigned(total) < as_unsigned(x)


def _extended_product(
    a: Array, b: Array, read: Callable[[Array], np.ndarray]
) -> tuple[Array, Array]:
    dtype = np.asarray(a).dtype
    width = 1 if dtype == np.bool_ else dtype.itemsize * 8
    product = read(a).astype(object) * read(b).astype(object)

    def bits(x: Array) -> Array:
        low = np.asarray(x & ((1 << width) - 1)).astype(np.uint64)
        return (
            low.astype(np.bool_)
            if dtype == np.bool_
            else low.astype(f"u{dtype.itemsize}").view(dtype)
        )

    return bits(product), bits(product >> width)


@evaluate.rule(arith.MulUIExtendedOp)
def unsigned_extended_product(op: arith.MulUIExtendedOp, x: Array, y: Array) -> tuple[Array, Array]:
    """low, high = x y: the two halves of the product, x and y read as unsigned"""
    return _extended_product(x, y, as_unsigned)


@evaluate.rule(arith.MulSIExtendedOp)
def extended_product(op: arith.MulSIExtendedOp, x: Array, y: Array) -> tuple[Array, Array]:
    """low, high = x y: the two halves of the product, where an i1 that is set is -1"""
    return _extended_product(x, y, signed)


# Bits.


@of_each_integer(math.CountLeadingZerosOp)
def leading_zeros(bits: int, width: int) -> int:
    """y = how many of the highest bits of x are 0 before the first 1; width for x = 0"""
    return width - bits.bit_length()


@of_each_integer(math.CountTrailingZerosOp)
def trailing_zeros(bits: int, width: int) -> int:
    """y = how many of the lowest bits of x are 0 before the first 1; width for x = 0"""
    return (bits & -bits).bit_length() - 1 if bits else width


@of_each_integer(math.CtPopOp)
def ones(bits: int, width: int) -> int:
    """y = how many bits of x are 1"""
    return bits.bit_count()
