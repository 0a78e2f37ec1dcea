"""
Ops of `arith` and of other dialects that stay as they are on numbers, and that letgrad writes by
other ops on tensors: constants, comparisons, choices and casts. Integers that are known fold.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    DenseResourceAttr,
    FloatAttr,
    IntegerAttr,
)

from ...dialects import arrays, ten, types
from ...dialects.upstream import arith_flags, arith_ops
from .. import ops, tracing
from ..from_stablehlo.convert_elements import table_of
from ..from_stablehlo.counter_facts import joined, times
from ..from_stablehlo.foreign_op import NotConvertible
from ..tracing import Array
from . import elements
from .cells import View, choice
from .convert_loops import constant_of
from .elements import binary, select
from .function_values import Function
from .loop_writing import bits_of
from .upstream_evaluator import array
from .upstream_rules import Call, Rule, converts


@converts("arith.constant")
def constant(call: Call) -> Any:
    """arith.constant  →  a constant at the beginning of the function"""
    value, type = call.need("value"), call.op.results[0].type
    element = types.element(type)
    if isinstance(value, DenseIntOrFPElementsAttr):
        if element == ten.index_type:
            if types.is_rank_zero(type):
                return tracing.constant_index(int(value.get_values()[0]))
            copy = call.op.clone()
            return Array.of(tracing.add(copy).results[0], tracing.current())
        return table_of(value, type)
    if isinstance(value, IntegerAttr):
        return constant_of(_word(value.value.data, bits_of(element)), element)
    if isinstance(value, FloatAttr):
        return tracing.constant(np.asarray(value.value.data, arrays.dtype(type)))
    if isinstance(value, DenseResourceAttr):
        handle = value.resource_handle.data
        raise NotConvertible(f"letgrad does not read the elements of dense_resource<{handle}>")
    raise NotConvertible(f"letgrad has no constant {value}")


@converts("ub.poison")
def poison(call: Call) -> Any:
    """ub.poison  →  zeros: the program may take any value"""
    type = call.op.results[0].type
    if not types.is_number(type):
        raise NotConvertible(f"letgrad does not compute with {type}")
    if type == ten.index_type:
        return tracing.constant_index(0)
    dtype = arrays.dtype(type)
    return tracing.constant(dtype.type(0), dtype, tuple(types.shape(type)))


# Integers that are known.


def _word(x: int, bits: int) -> int:
    """x modulo 2^bits, as a signed integer."""
    x %= 1 << bits
    return x - (1 << bits) if bits > 1 and x >> (bits - 1) else x


def _toward_zero(a: int, b: int) -> int:
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


Fold = Callable[[int, int], int]
SIGNED: dict[str, Fold] = {
    "addi": operator.add, "subi": operator.sub, "muli": operator.mul, "minsi": min, "maxsi": max,
    "andi": operator.and_, "ori": operator.or_, "xori": operator.xor,
    "divsi": _toward_zero, "remsi": lambda a, b: a - b * _toward_zero(a, b),
    "floordivsi": operator.floordiv, "ceildivsi": lambda a, b: -(-a // b),
}  # fmt: skip
UNSIGNED: dict[str, Fold] = {
    "divui": operator.floordiv, "remui": operator.mod, "ceildivui": lambda a, b: -(-a // b),
    "minui": min, "maxui": max,
}  # fmt: skip
SHIFTS: dict[str, Fold] = {
    "shli": operator.lshift,
    "shrsi": operator.rshift,
    "shrui": operator.rshift,
}
DIVISIONS = {"divsi", "remsi", "floordivsi", "ceildivsi", "divui", "remui", "ceildivui"}
CASTS = {
    "index_cast": False, "index_castui": True, "extsi": False, "extui": True, "trunci": False,
}  # fmt: skip
"""The casts of integers, and whether they read the bits without a sign."""

ORDERS: tuple[tuple[Fold, bool], ...] = (
    (operator.eq, False), (operator.ne, False), (operator.lt, False), (operator.le, False),
    (operator.gt, False), (operator.ge, False), (operator.lt, True), (operator.le, True),
    (operator.gt, True), (operator.ge, True),
)  # fmt: skip
"""The comparisons of `arith.cmpi` by their numbers, and whether they read bits without a sign."""


def _copied(call: Call) -> Array:
    """
    The op as it stands, without the flags that say for which operands it has no value.

    Errors: `NotConvertible` for a cast that does not round to the nearest number.
    """
    op = call.op
    if not isinstance(op, arith_ops.CastOp | arith_flags.ExactOp):
        call.evaluator.copy(op, call.values)
        return call.values[op.results[0]]
    plain = op.ON_NUMBERS.create(operands=op.operands, result_types=op.result_types)
    plain.location = op.location
    try:
        call.evaluator.copy(plain, call.values)
        return call.values.pop(plain.results[0])
    finally:
        plain.erase()


def _integers(name: str, fold: Fold, unsigned: bool) -> Rule:
    rule = {"addi": lambda a, b: joined(a, b, 1), "subi": lambda a, b: joined(a, b, -1),
            "muli": times}.get(name)  # fmt: skip

    def convert(call: Call, a: Array, b: Array) -> Any:
        if array(a).shape:
            return _copied(call)
        bits = bits_of(call.op.results[0].type)
        x, y = call.places.known(a), call.places.known(array(b))
        if x is not None and y is not None and not (name in DIVISIONS and not y):
            if unsigned:
                x, y = x % (1 << bits), y % (1 << bits)
            return constant_of(_word(fold(x, y), bits), call.op.results[0].type)
        result = _copied(call)
        # A number that a type of fewer bits cannot hold wraps, and then the fact is another one.
        if rule is not None and bits == 64:
            call.places.note(result, rule, a, b)
        return result

    convert.__doc__ = f"arith.{name} a, b  →  arith.{name}, or the number that is known"
    return convert


for _name, _fold in SIGNED.items():
    converts(f"arith.{_name}")(_integers(_name, _fold, False))
for _name, _fold in UNSIGNED.items():
    converts(f"arith.{_name}")(_integers(_name, _fold, True))


def _shift(name: str, fold: Fold) -> Rule:
    def convert(call: Call, a: Array, b: Array) -> Any:
        if array(a).shape:
            return _copied(call)
        bits = bits_of(call.op.results[0].type)
        x, by = call.places.known(a), call.places.known(array(b))
        # A shift by too many bits has no value upstream, and 0 here.
        if x is None or by is None or not 0 <= by < bits:
            return _copied(call)
        x = x % (1 << bits) if name == "shrui" else x
        return constant_of(_word(fold(x, by), bits), call.op.results[0].type)

    convert.__doc__ = f"arith.{name} a, b  →  arith.{name}, or the number that is known"
    return convert


for _name, _fold in SHIFTS.items():
    converts(f"arith.{_name}")(_shift(_name, _fold))


@converts("arith.index_cast", "arith.index_castui", "arith.extsi", "arith.extui", "arith.trunci")
def integer_cast(call: Call, x: Array) -> Any:
    """arith.extsi x  →  arith.extsi on a number, ten.cast on a tensor"""
    name = call.name.partition(".")[2]
    source = types.element(array(x).value.type)
    target = types.element(call.op.results[0].type)
    unsigned = CASTS[name] or (bits_of(source) == 1 and name == "extui")
    known = call.places.known(x)
    if known is not None:
        value = known % (1 << bits_of(source)) if unsigned else _word(known, bits_of(source))
        if bits_of(source) == 1 and not unsigned:
            value = -value
        return constant_of(_word(value, bits_of(target)), target)
    if not x.shape:
        if name == "index_castui":
            if bits_of(source) < 64:
                x = tracing.emit(arith.ExtUIOp, tracing.use(x), types.i64)
            return tracing.emit(arith.IndexCastOp, tracing.use(x), target)
        result = _copied(call)
        fact = call.places.facts.get(x)
        if fact is not None and fact.loop is not None and bits_of(target) >= bits_of(source):
            if not unsigned or fact.bounds[0] >= 0:
                call.places.facts.of[result.value] = fact
        return result
    if unsigned and bits_of(source) > 1:
        wide = _cast(x, types.i64)
        if bits_of(source) == 64:
            return _cast(wide, target)
        mask = tracing.constant(np.int64((1 << bits_of(source)) - 1), None, x.shape)
        x = binary(arith.AndIOp, wide, mask)
    elif bits_of(source) == 1 and name == "extsi":
        x = _cast(x, types.i64)
        x = binary(arith.SubiOp, tracing.constant(np.int64(0), None, x.shape), x)
    if types.is_bool(target) and bits_of(source) > 1:
        # A cast to a truth value asks whether the number is 0; the op keeps its last bit.
        x = _cast(x, types.i64)
        x = binary(arith.AndIOp, x, tracing.constant(np.int64(1), None, x.shape))
    return _cast(x, target)


def _cast(x: Array, element: Any) -> Array:
    if types.element(x.value.type) == element:
        return x
    return tracing.emit(ten.CastOp, tracing.use(x), element)


@converts("arith.addf", "arith.subf", "arith.mulf", "arith.divf")
def float_arithmetic(call: Call, a: Array, b: Array) -> Any:
    """arith.addf a, b  →  arith.addf"""
    _check_rounding(call)
    call.evaluator.copy(call.op, call.values)
    return call.values[call.op.results[0]]


def _check_rounding(call: Call) -> None:
    """Errors: `NotConvertible` for a rounding that is not to the nearest number."""
    if call.int("roundingmode", 0):
        rounding = arith_flags.ROUNDINGS[call.int("roundingmode")]
        raise NotConvertible(f"letgrad rounds to the nearest number, and not {rounding}")


@converts("arith.extf", "arith.truncf", "arith.sitofp", "arith.fptosi")
def float_cast(call: Call, x: Array) -> Any:
    """arith.extf x  →  arith.extf on a number, ten.cast on a tensor"""
    _check_rounding(call)
    if not array(x).shape:
        return _copied(call)
    if call.name == "arith.sitofp" and types.is_bool(types.element(x.value.type)):
        return ops.unary(arith.NegfOp, _cast(x, types.element(call.op.results[0].type)))
    return _cast(x, types.element(call.op.results[0].type))


@converts("arith.uitofp", "arith.fptoui")
def unsigned_cast(call: Call, x: Array) -> Any:
    """arith.uitofp x  →  arith.uitofp of each element"""
    if not array(x).shape:
        return _copied(call)
    target = types.element(call.op.results[0].type)
    op = arith.UIToFPOp if call.name == "arith.uitofp" else arith.FPToUIOp
    return elements.build(
        x.shape, lambda *at: tracing.emit(op, tracing.use(ops.index(x, at)), target)
    )


@converts("arith.cmpi")
def compare_integers(call: Call, a: Array, b: Array) -> Any:
    """arith.cmpi a, b  →  arith.cmpi, ten.compare on tensors, or the answer that is known"""
    number = call.int("predicate")
    if array(a).shape:
        return _compared(ten.INTEGER_PREDICATES[number], a, b)
    x, y = call.places.known(a), call.places.known(array(b))
    if x is not None and y is not None:
        order, unsigned = ORDERS[number]
        if unsigned:
            bits = bits_of(a.value.type)
            x, y = x % (1 << bits), y % (1 << bits)
        elif bits_of(a.value.type) == 1:
            x, y = -x, -y
        return tracing.constant(np.bool_(order(x, y)))
    return _copied(call)


@converts("arith.cmpf")
def compare_floats(call: Call, a: Array, b: Array) -> Any:
    """arith.cmpf a, b  →  arith.cmpf, or ten.compare on tensors"""
    if not array(a).shape:
        return _copied(call)
    return _compared(arith.CMPF_COMPARISON_OPERATIONS[call.int("predicate")], a, b)


def _compared(predicate: str, a: Array, b: Array) -> Array:
    return tracing.emit(ten.CompareOp, predicate, tracing.use(a), tracing.use(array(b)))


@converts("arith.select")
def choose(call: Call, mask: Array, a: Any, b: Any) -> Any:
    """arith.select m, a, b  →  arith.select, ten.select on tensors, or one of two views"""
    known = call.places.known(mask)
    if known is not None:
        return a if known else b
    if isinstance(a, Function):
        return a.choose(mask, b)
    if isinstance(a, View):
        assert isinstance(b, View)
        return choice(mask, a, b)
    return select(mask, a, b)


@converts("arith.remf")
def remainder(call: Call, a: Array, b: Array) -> Any:
    """arith.remf a, b  →  ten.fmod"""
    return tracing.emit(ten.FmodOp, tracing.use(array(a)), tracing.use(array(b)))


@converts("math.isnan")
def is_nan(call: Call, x: Array) -> Any:
    """math.isnan x  →  x ≠ x, by the order uno"""
    return _floats_compared("uno", array(x), x)


@converts("math.isinf")
def is_infinite(call: Call, x: Array) -> Any:
    """math.isinf x  →  |x| = ∞"""
    return _floats_compared("oeq", _absolute(x), _infinity(x))


@converts("math.isfinite")
def is_finite(call: Call, x: Array) -> Any:
    """math.isfinite x  →  |x| < ∞"""
    return _floats_compared("olt", _absolute(x), _infinity(x))


@converts("math.isnormal")
def is_normal(call: Call, x: Array) -> Any:
    """math.isnormal x  →  |x| < ∞, and |x| is at least the least number of full precision"""
    size = _absolute(x)
    tiny = tracing.constant(_tiny(x.dtype), x.dtype, x.shape)
    finite = _floats_compared("olt", size, _infinity(x))
    return binary(arith.AndIOp, finite, _floats_compared("oge", size, tiny))


def _tiny(dtype: np.dtype) -> float:
    return 2.0**-126 if dtype == arrays.bfloat16 else float(np.finfo(dtype).tiny)


def _absolute(x: Array) -> Array:
    return ops.unary(math.AbsFOp, array(x))


def _infinity(x: Array) -> Array:
    return tracing.constant(x.dtype.type(np.inf), x.dtype, x.shape)


def _floats_compared(predicate: str, a: Array, b: Array) -> Array:
    if a.shape:
        return _compared(predicate, a, b)
    return tracing.emit(lambda x, y: arith.CmpfOp(x, y, predicate), tracing.use(a), tracing.use(b))


@converts("math.sincos")
def sincos(call: Call, x: Array) -> Any:
    """math.sincos x  →  math.sin x and math.cos x"""
    return [ops.unary(math.SinOp, array(x)), ops.unary(math.CosOp, x)]


@converts("math.clampf")
def clamp(call: Call, x: Array, low: Array, high: Array) -> Any:
    """math.clampf x to [a, b]  →  max(min(x, b), a)"""
    return binary(arith.MaximumfOp, binary(arith.MinimumfOp, array(x), high), low)


@converts("math.erfc")
def erfc(call: Call, x: Array) -> Any:
    """math.erfc x  →  ten.special the function erfc of ten.special"""
    value = tracing.use(array(x))
    return tracing.emit(lambda: ten.SpecialOp("erfc", value))


@converts("cf.assert")
def assertion(call: Call, condition: Array) -> Any:
    """cf.assert c  →  nothing: letgrad takes c to hold"""
    return []
