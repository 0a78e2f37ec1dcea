"""
The rules of the table `evaluate` for constants, comparisons, choices and conversions of `arith`.
"""

from __future__ import annotations

import numpy as np
from xdsl.dialects import arith
from xdsl.ir import Operation

from ...dialects import arrays, types
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.rule_tables import evaluate
from .array_functions import Array, as_unsigned, cast, compare_floats, compare_integers, signed


@evaluate.rule(arith.ConstantOp)
def constant(op: arith.ConstantOp) -> Array:
    """y = the value that is written"""
    return arrays.constant_array(op)


def _of_scalars(op: Operation) -> None:
    if types.rank(op.operands[0].type):
        raise LetgradError(
            f"{op.name} of tensors has a single i1 in xDSL; compare tensors with ten.compare", op
        )


@evaluate.rule(arith.CmpfOp)
def compare_of_floats(op: arith.CmpfOp, x: Array, y: Array) -> Array:
    """b = x < y, by the predicate; where x or y is NaN, o… is false and u… is true"""
    _of_scalars(op)
    return compare_floats(arith.CMPF_COMPARISON_OPERATIONS[op.predicate.value.data], x, y)


@evaluate.rule(arith.CmpiOp)
def compare_of_integers(op: arith.CmpiOp, x: Array, y: Array) -> Array:
    """b = x < y, by the predicate; u… reads x and y as unsigned, s… a set i1 as -1"""
    _of_scalars(op)
    return compare_integers(arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data], x, y)


@evaluate.rule(arith.SelectOp)
def select(op: arith.SelectOp, condition: Array, x: Array, y: Array) -> Array:
    """z = x if the condition holds, else y"""
    return x if condition else y


@evaluate.rule(arith.BitcastOp)
def bitcast(op: arith.BitcastOp, x: Array) -> Array:
    """y = the bits of x, read as another type of the same width"""
    return np.asarray(x).view(arrays.dtype(op.result.type))


@evaluate.rule(
    arith.ExtFOp,
    arith.TruncFOp,
    arith.TruncIOp,
    arith.FPToSIOp,
    arith.SIToFPOp,
    arith.ExtSIOp,
    arith.IndexCastOp,
)
def conversion(op: Operation, x: Array) -> Array:
    """
    y = x as a number of another type: integers wrap, a float becomes an integer towards zero,
    saturated, NaN 0; an i1 that is set is -1

    A float becomes an i1 that is set if its integer is not 0.
    """
    dtype = arrays.dtype(op.results[0].type)
    if isinstance(op, arith.TruncIOp | arith.IndexCastOp) and dtype == np.bool_:
        return (np.asarray(x) & 1).astype(np.bool_)
    if isinstance(op, arith.FPToSIOp) and dtype == np.bool_:
        return (np.trunc(x) != 0) & ~np.isnan(x)
    return cast(signed(x) if np.asarray(x).dtype == np.bool_ else x, dtype)


@evaluate.rule(arith.ExtUIOp, arith.UIToFPOp)
def conversion_of_unsigned(op: Operation, x: Array) -> Array:
    """y = x, read as unsigned, as a number of another type"""
    return as_unsigned(x).astype(arrays.dtype(op.results[0].type))


@evaluate.rule(arith.FPToUIOp)
def conversion_to_unsigned(op: arith.FPToUIOp, x: Array) -> Array:
    """n = x towards zero, as the bits of an unsigned integer, saturated; 0 for NaN"""
    dtype = arrays.dtype(op.results[0].type)
    if dtype == np.bool_:
        return np.trunc(x) >= 1
    bits = np.dtype(f"u{dtype.itemsize}")
    whole = np.trunc(np.where(np.isnan(x), 0, np.asarray(x, np.float64)))
    high = whole >= float(np.iinfo(bits).max)
    inside = np.where((whole < 0) | high, 0, whole).astype(bits)
    return np.where(high, np.iinfo(bits).max, inside).astype(bits).view(dtype)
