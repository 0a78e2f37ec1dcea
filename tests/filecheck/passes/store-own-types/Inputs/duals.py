"""A type of another package: a dual number, stored as two floats."""

from xdsl.dialects.builtin import f64
from xdsl.ir import Dialect, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure

from letgrad.extend import Expression, store, stored_as


@irdl_attr_definition
class DualType(ParametrizedAttribute, TypeAttribute):
    name = "duals.dual"


@stored_as(DualType)
def storage(type):
    return f64, f64


@irdl_op_definition
class MulOp(IRDLOperation):
    """(a + a' ε) (b + b' ε) = a b + (a b' + a' b) ε"""

    name = "duals.mul"
    a = operand_def(DualType)
    b = operand_def(DualType)
    y = result_def(DualType)
    traits = traits_def(Pure())
    assembly_format = "$a `,` $b attr-dict `:` type($y)"


@irdl_op_definition
class UnknownOp(IRDLOperation):
    """An op whose rule nobody has written."""

    name = "duals.unknown"
    a = operand_def(DualType)
    traits = traits_def(Pure())
    assembly_format = "$a attr-dict `:` type($a)"


@store.rule(MulOp)
def product(op, a, b, e):
    """(a b, a b' + a' b)"""
    a, da, b, db = map(Expression.of, (*a, *b))
    return (a * b).emit(e), (a * db + da * b).emit(e)


DUALS = Dialect("duals", [MulOp, UnknownOp], [DualType])
