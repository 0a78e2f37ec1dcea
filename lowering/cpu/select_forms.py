"""
Selects of which the CPU computes the value in another way: an index that counts from the end, a
product that is 0 where one factor is 0, and a number that a mask leaves out of a maximum.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isinf

from xdsl.dialects import arith
from xdsl.dialects.builtin import Float32Type, Float64Type, IndexType
from xdsl.ir import Operation, SSAValue, Use

from ...dialects import kernel, types

MOST_FACTORS = 3
"""Factors of a product that are tested."""


def counts_from_the_end(op: arith.SelectOp) -> bool:
    """
    Whether an op is x < 0 ? x + n : x, for an index x and a size n, and only accesses read it. For
    accesses, all negative indices are alike.
    """
    for use in op.result.uses:
        is_index = isinstance(use.operation, kernel.LoadOp) and use.index > 0
        if not is_index and not _is_place(use):
            return False
    n = size_added_below_zero(op)
    return isinstance(op.result.type, IndexType) and n is not None and n >= 0


def size_added_below_zero(op: arith.SelectOp) -> int | None:
    """n of an op  x < 0 ? x + n : x,  for an integer or index x; None of another op."""
    less, add = op.cond.owner, op.lhs.owner
    if not isinstance(less, arith.CmpiOp) or not isinstance(add, arith.AddiOp):
        return None
    n = types.constant_value(add.rhs)
    matches = (
        arith.CMPI_COMPARISON_OPERATIONS[less.predicate.value.data] == "slt"
        and types.constant_value(less.rhs) == 0
        and less.lhs is op.rhs
        and add.lhs is op.rhs
    )
    return n if matches and isinstance(n, int) else None


def _is_place(use: Use) -> bool:
    """Whether an op reads a value as the place of a scatter."""
    op = use.operation
    return (
        isinstance(op, kernel.YieldOp)
        and isinstance(op.parent_op(), kernel.ScatterOp)
        and use.index > 0
    )


def infinite_side(op: Operation) -> int | None:
    """
    The operand that is infinite, of a choice between a number and infinity that a nest yields, as
    to a maximum of the numbers that a mask leaves. LLVM would make  mask ? max(m, x) : m  of
    max(m, mask ? x : -∞), which its vectorizer does not take for a maximum.
    """
    if not isinstance(op.results[0].type, Float32Type | Float64Type):
        return None
    if not any(isinstance(use.operation, kernel.YieldOp) for use in op.results[0].uses):
        return None
    for k in (1, 2):
        number = types.constant_value(op.operands[k])
        if number is not None and isinf(number):
            return k
    return None


def factors_of_guard(op: Operation) -> Sequence[SSAValue]:
    """
    a, b, … of an op  p is a number or t != 0 ? p : 0,  for a product p = t · a · b …

    If a, b, … are finite, the op gives p: then p is no NaN where t is 0. No factors if the op is
    none of this kind.
    """
    if not isinstance(op, arith.SelectOp) or types.constant_value(op.rhs) != 0:
        return ()
    both, p = op.cond.owner, op.lhs
    if not isinstance(both, arith.OrIOp):
        return ()
    for is_number, differs in ((both.lhs, both.rhs), (both.rhs, both.lhs)):
        if _compared(is_number, "ord") != (p, p):
            continue
        match _compared(differs, "une"):
            case t, zero if types.constant_value(zero) == 0:
                return _factors(p, t)
            case _:
                pass
    return ()


def _compared(x: SSAValue, predicate: str) -> tuple[SSAValue, SSAValue] | None:
    """The sides of a comparison of floats."""
    op = x.owner
    if not isinstance(op, arith.CmpfOp):
        return None
    if arith.CMPF_COMPARISON_OPERATIONS[op.predicate.value.data] != predicate:
        return None
    return op.lhs, op.rhs


def _factors(p: SSAValue, t: SSAValue) -> Sequence[SSAValue]:
    """The factors beside t of a product of few factors."""
    pending, found = [p], list[SSAValue]()
    while pending and len(found) <= MOST_FACTORS:
        x = pending.pop()
        op = x.owner
        if x is t:
            return [*found, *pending] if len(found) + len(pending) <= MOST_FACTORS else ()
        if isinstance(op, arith.MulfOp):
            pending += [op.rhs, op.lhs]
        else:
            found.append(x)
    return ()
