"""
Identities of upstream's arithmetic that upstream's canonicalization lacks. Each identity holds for
every value: NaN, infinities and signed zeros included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf

from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, IntegerType, TensorType, i64
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import ten, types
from ...dialects.types import constant_value
from ..rewriting.lines_of_rows import place_of
from ..rewriting.selects import branch_of
from . import index_maps


def _is(value: SSAValue, number: float) -> bool:
    """
    Whether a value is this number everywhere: a constant, or a repeated constant. A zero must have
    the same sign.
    """
    while (op := value.owner).__class__ is ten.BroadcastOp:
        value = op.x  # type: ignore[union-attr]
    known = constant_value(value)
    # Two floats have the same text if they are the same number, with the same sign of zero.
    return known is not None and str(float(known)) == str(number)


def _either_way(op: Operation) -> Sequence[tuple[SSAValue, SSAValue]]:
    a, b = op._operands
    return (a, b), (b, a)


class MultiplyByOne(RewritePattern):
    """x * 1  →  x"""

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.MulfOp, rewriter: PatternRewriter, /) -> None:
        for x, k in _either_way(op):
            if _is(k, 1.0):
                rewriter.replace(op, (), (x,))
                return


class MultiplyByMinusOne(RewritePattern):
    """x * -1  →  -x"""

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.MulfOp, rewriter: PatternRewriter, /) -> None:
        for x, k in _either_way(op):
            if _is(k, -1.0):
                rewriter.replace(op, arith.NegfOp(x))
                return


class DivideByOne(RewritePattern):
    """x / 1  →  x"""

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.DivfOp, rewriter: PatternRewriter, /) -> None:
        if _is(op.rhs, 1.0):
            rewriter.replace(op, (), (op.lhs,))


class SubtractZero(RewritePattern):
    """
    x - 0  →  x

    Requires: the zero is +0; -0 - -0 is +0.
    """

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.SubfOp, rewriter: PatternRewriter, /) -> None:
        if _is(op.rhs, 0.0):
            rewriter.replace(op, (), (op.lhs,))


class AddMinusZero(RewritePattern):
    """
    x + -0  →  x

    Requires: the zero is -0; -0 + +0 is +0.
    """

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.AddfOp, rewriter: PatternRewriter, /) -> None:
        for x, k in _either_way(op):
            if _is(k, -0.0):
                rewriter.replace(op, (), (x,))
                return


class NegateOfNegate(RewritePattern):
    """-(-x)  →  x"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.NegfOp, rewriter: PatternRewriter, /) -> None:
        if isinstance(op.operand.owner, arith.NegfOp):
            rewriter.replace(op, (), (op.operand.owner.operand,))


class AddOfNegate(RewritePattern):
    """x + -y  →  x - y"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.AddfOp, rewriter: PatternRewriter, /) -> None:
        for x, y in _either_way(op):
            if isinstance(y.owner, arith.NegfOp):
                rewriter.replace(op, arith.SubfOp(x, y.owner.operand, op.fastmath))
                return


# Integers. Every op is modulo 2^width, so these hold for all numbers.


def _whole(value: SSAValue) -> int | None:
    """
    The integer that a value is everywhere, as a signed number: a set i1 is -1. None for anything
    else.
    """
    while isinstance(value.owner, ten.BroadcastOp):
        value = value.owner.x
    known = constant_value(value)
    if not isinstance(known, int):
        return None
    half = 1 << (_width(value.type) - 1)
    return (known + half) % (2 * half) - half


def _width(type: Attribute) -> int:
    element = types.any_element(type)
    return element.width.data if isinstance(element, IntegerType) else 64


def _smallest(width: int) -> int:
    return -(1 << (width - 1))


def _greatest(width: int) -> int:
    return (1 << (width - 1)) - 1


def _zero(width: int) -> int:
    return 0


def _all_ones(width: int) -> int:
    return -1


def _unit(width: int) -> int:
    return 1 if width > 1 else -1  # the bit of an i1


def _is_static(type: Attribute) -> bool:
    return isinstance(type, TensorType) and -1 not in type.get_shape()


def _replace_by_zero(op: Operation, rewriter: PatternRewriter) -> None:
    type = op.results[0].type
    if isinstance(type, IntegerType | IndexType) or _is_static(type):
        rewriter.replace(op, types.constant(0, type))


_UNITS: Mapping[type[Operation], Callable[[int], int]] = {
    arith.AddiOp: _zero,
    arith.SubiOp: _zero,
    arith.OrIOp: _zero,
    arith.XOrIOp: _zero,
    arith.ShLIOp: _zero,
    arith.ShRSIOp: _zero,
    arith.ShRUIOp: _zero,
    arith.AndIOp: _all_ones,
    arith.MuliOp: _unit,
    arith.DivSIOp: _unit,
    arith.DivUIOp: _unit,
    arith.FloorDivSIOp: _unit,
    arith.CeilDivSIOp: _unit,
    arith.CeilDivUIOp: _unit,
    arith.MaxSIOp: _smallest,
    arith.MinSIOp: _greatest,
    arith.MaxUIOp: _zero,
    arith.MinUIOp: _all_ones,
}
"""For each op, the number k of a width for which x ∘ k is x."""

_ABSORBING: Mapping[type[Operation], Callable[[int], int]] = {
    arith.MuliOp: _zero,
    arith.AndIOp: _zero,
    arith.OrIOp: _all_ones,
    arith.MaxSIOp: _greatest,
    arith.MinSIOp: _smallest,
    arith.MaxUIOp: _all_ones,
    arith.MinUIOp: _zero,
}
"""For each op, the number k of a width for which x ∘ k and k ∘ x are k."""

_FROM_THE_RIGHT = (
    arith.SubiOp, arith.ShLIOp, arith.ShRSIOp, arith.ShRUIOp, arith.DivSIOp, arith.DivUIOp,
    arith.FloorDivSIOp, arith.CeilDivSIOp, arith.CeilDivUIOp,
)  # fmt: skip
"""The ops of `_UNITS` that do not commute."""


class IntegerWithUnit(RewritePattern):
    """x + 0, x * 1, x & -1, max(x, smallest) and the like  →  x"""

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: arith.SignlessIntegerBinaryOperation, rewriter: PatternRewriter, /
    ) -> None:
        unit = _UNITS.get(type(op))
        if unit is None:
            return
        sides = _either_way(op)[: 1 if isinstance(op, _FROM_THE_RIGHT) else 2]
        for x, k in sides:
            if _whole(k) == unit(_width(k.type)):
                rewriter.replace(op, (), (x,))
                return


class IntegerWithAbsorbing(RewritePattern):
    """x * 0, x & 0, x | -1, max(x, greatest) and the like  →  the constant"""

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: arith.SignlessIntegerBinaryOperation, rewriter: PatternRewriter, /
    ) -> None:
        absorbing = _ABSORBING.get(type(op))
        if absorbing is None:
            return
        for _, k in _either_way(op):
            if _whole(k) == absorbing(_width(k.type)):
                rewriter.replace(op, (), (k,))
                return


class RemainderOfDivisionByOne(RewritePattern):
    """x mod 1  →  0"""

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: arith.RemSIOp | arith.RemUIOp, rewriter: PatternRewriter, /
    ) -> None:
        if _whole(op.rhs) == _unit(_width(op.rhs.type)):
            _replace_by_zero(op, rewriter)


class OfItself(RewritePattern):
    """x & x, x | x, max(x, x), min(x, x)  →  x"""

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self,
        op: arith.AndIOp
        | arith.OrIOp
        | arith.MaxSIOp
        | arith.MaxUIOp
        | arith.MinSIOp
        | arith.MinUIOp
        | arith.MaximumfOp
        | arith.MinimumfOp
        | arith.MaxnumfOp
        | arith.MinnumfOp,
        rewriter: PatternRewriter,
        /,
    ) -> None:
        if op.lhs == op.rhs:
            rewriter.replace(op, (), (op.lhs,))


class DifferenceOfItself(RewritePattern):
    """x - x, x xor x  →  0, for integers"""

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: arith.SubiOp | arith.XOrIOp, rewriter: PatternRewriter, /
    ) -> None:
        if op.lhs == op.rhs:
            _replace_by_zero(op, rewriter)


class XorOfXor(RewritePattern):
    """(x xor y) xor y  →  x"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.XOrIOp, rewriter: PatternRewriter, /) -> None:
        for inner, y in _either_way(op):
            if isinstance(inner.owner, arith.XOrIOp):
                for x, z in _either_way(inner.owner):
                    if z == y:
                        rewriter.replace(op, (), (x,))
                        return


class SubtractOfAdd(RewritePattern):
    """(x + y) - y  →  x"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.SubiOp, rewriter: PatternRewriter, /) -> None:
        if isinstance(op.lhs.owner, arith.AddiOp):
            for x, y in _either_way(op.lhs.owner):
                if y == op.rhs:
                    rewriter.replace(op, (), (x,))
                    return


class AddOfSubtract(RewritePattern):
    """(x - y) + y  →  x"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.AddiOp, rewriter: PatternRewriter, /) -> None:
        for inner, y in _either_way(op):
            if isinstance(inner.owner, arith.SubiOp) and inner.owner.rhs == y:
                rewriter.replace(op, (), (inner.owner.lhs,))
                return


class MaximumWithInfinity(RewritePattern):
    """maximum(x, -∞)  →  x,  minimum(x, ∞)  →  x; also for NaN"""

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: arith.MaximumfOp | arith.MinimumfOp, rewriter: PatternRewriter, /
    ) -> None:
        end = -inf if isinstance(op, arith.MaximumfOp) else inf
        for x, k in _either_way(op):
            if _is(k, end):
                rewriter.replace(op, (), (x,))
                return


class SelectOfNot(RewritePattern):
    """select(not c, x, y)  →  select(c, y, x)"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.SelectOp, rewriter: PatternRewriter, /) -> None:
        if isinstance(inner := op.cond.owner, arith.XOrIOp):
            for c, k in _either_way(inner):
                if _whole(k) == -1:
                    rewriter.replace(op, arith.SelectOp(c, op.rhs, op.lhs))
                    return


class SelectOfSelect(RewritePattern):
    """
    select(c, select(c, x, y), z)  →  select(c, x, z)
    select(c, x, select(c, y, z))  →  select(c, x, z)
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: arith.SelectOp | ten.SelectOp, rewriter: PatternRewriter, /
    ) -> None:
        condition, *values = op.operands
        found = [branch_of(value, condition, k) for k, value in enumerate(values)]
        if found != values:
            rewriter.replace(op, type(op)(condition, *found))


class CompareByNothing(RewritePattern):
    """cmpf false x y  →  false,  cmpf true x y  →  true"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.CmpfOp, rewriter: PatternRewriter, /) -> None:
        predicate = arith.CMPF_COMPARISON_OPERATIONS[op.predicate.value.data]
        if predicate in ("false", "true") and types.is_bool(op.result.type):
            rewriter.replace(op, types.constant(predicate == "true", op.result.type))


# Conversions of conversions.


class ExtensionOfExtension(RewritePattern):
    """
    extui(extui x)  →  extui x,  extsi(extsi x)  →  extsi x,  extsi(extui x)  →  extui x

    The sign of an extension with zeros is not set.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: arith.ExtSIOp | arith.ExtUIOp, rewriter: PatternRewriter, /
    ) -> None:
        inner = op.input.owner
        if isinstance(inner, arith.ExtUIOp) or (
            isinstance(inner, arith.ExtSIOp) and isinstance(op, arith.ExtSIOp)
        ):
            rewriter.replace(op, _resized(type(inner), inner.input, op.result.type))


class TruncationOfExtension(RewritePattern):
    """trunc(ext x)  →  x, or its extension, or its truncation: by the width of the result"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.TruncIOp, rewriter: PatternRewriter, /) -> None:
        inner = op.input.owner
        if not isinstance(inner, arith.ExtSIOp | arith.ExtUIOp):
            return
        x, target = inner.input, op.result.type
        if x.type == target:
            rewriter.replace(op, (), (x,))
        elif _width(x.type) < _width(target):
            rewriter.replace(op, _resized(type(inner), x, target))
        else:
            rewriter.replace(op, _resized(arith.TruncIOp, x, target))


class TruncationOfTruncation(RewritePattern):
    """trunc(trunc x)  →  trunc x"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.TruncIOp, rewriter: PatternRewriter, /) -> None:
        if isinstance(inner := op.input.owner, arith.TruncIOp):
            rewriter.replace(op, _resized(arith.TruncIOp, inner.input, op.result.type))


class IndexCastOfIndexCast(RewritePattern):
    """index_cast(index_cast(x : A) : B) : A  →  x, where B has every number of A"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.IndexCastOp, rewriter: PatternRewriter, /) -> None:
        inner = op.input.owner
        if (
            isinstance(inner, arith.IndexCastOp)
            and inner.input.type == op.result.type
            and _width(inner.input.type) <= _width(op.input.type)
        ):
            rewriter.replace(op, (), (inner.input,))


class BitcastOfBitcast(RewritePattern):
    """bitcast(bitcast x)  →  bitcast x, or x where the type is the same again"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.BitcastOp, rewriter: PatternRewriter, /) -> None:
        inner = op.input.owner
        if not isinstance(inner, arith.BitcastOp):
            return
        if inner.input.type == op.result.type:
            rewriter.replace(op, (), (inner.input,))
        elif not any(
            isinstance(types.any_element(v.type), IndexType)
            for v in (inner.input, op.input, op.result)
        ):
            rewriter.replace(op, arith.BitcastOp(inner.input, op.result.type))


def _resized(kind: type[Operation], x: SSAValue, type: Attribute) -> Operation:
    return kind.create(operands=[x], result_types=[type])


class CompareOfBounds(RewritePattern):
    """
    x < y  →  true or false    where the bounds of x and y decide the comparison of integers

    An index that is data counts from the end if it is negative. So the program compares the index
    with 0, and chooses. This rule removes both where an index cannot be negative, as that of the
    element k - j - 1 in a loop whose j ends before k.
    Requires: bounds that hold for all elements, also where arithmetic wraps.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: arith.CmpiOp | ten.CompareOp, rewriter: PatternRewriter, /
    ) -> None:
        if isinstance(op, arith.CmpiOp):
            predicate = arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data]
        elif types.is_float(types.element(op.operands[0].type)):
            return  # nothing is known of floats, and so nothing is decided
        else:
            predicate = op.predicate.data
        holds = index_maps.decided(predicate, *op.operands)
        if holds is None and isinstance(op, arith.CmpiOp):
            holds = decided_by_turns(predicate, op.lhs, op.rhs)
        if holds is not None:
            rewriter.replace(op, types.constant(holds, op.results[0].type))


class ExtremumOfBounds(RewritePattern):
    """
    max(x, y)  →  x    where the bounds of x and y say that x >= y; and so for min, and for y

    The number of turns of `range(a, b)` is max(b - a, 0).
    Requires: bounds that hold for all elements, also where arithmetic wraps.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: arith.MaxSIOp | arith.MinSIOp, rewriter: PatternRewriter, /
    ) -> None:
        is_greater = index_maps.decided("sge", op.lhs, op.rhs)
        if is_greater is None and index_maps.decided("sle", op.lhs, op.rhs):
            is_greater = False
        if is_greater is not None:
            takes_left = is_greater == isinstance(op, arith.MaxSIOp)
            rewriter.replace(op, (), [op.lhs if takes_left else op.rhs])


def decided_by_turns(predicate: str, a: SSAValue, b: SSAValue) -> bool | None:
    """What a comparison of indices gives in all turns of the loops whose counters they have."""
    if a.type not in (i64, ten.index_type) or predicate not in ORDERS:
        return None
    places = place_of(a), place_of(b)
    # Numbers that wrap have no order.
    if not all(-WIDE < low and high < WIDE for low, high in (p.range() for p in places)):
        return None
    low, high = places[0].plus(places[1], -1).range_in_turns()
    least, most = ORDERS[predicate]
    if least <= low and high <= most:
        return True
    return False if high < least or low > most else None


ORDERS = {"slt": (-inf, -1), "sle": (-inf, 0), "sgt": (1, inf), "sge": (0, inf)}
"""The differences of two integers for which a comparison holds."""

WIDE = 1 << 62

RULES: tuple[RewritePattern, ...] = (
    MultiplyByOne(),
    MultiplyByMinusOne(),
    DivideByOne(),
    SubtractZero(),
    AddMinusZero(),
    NegateOfNegate(),
    AddOfNegate(),
    IntegerWithUnit(),
    IntegerWithAbsorbing(),
    RemainderOfDivisionByOne(),
    OfItself(),
    DifferenceOfItself(),
    XorOfXor(),
    SubtractOfAdd(),
    AddOfSubtract(),
    MaximumWithInfinity(),
    SelectOfNot(),
    SelectOfSelect(),
    CompareByNothing(),
    ExtensionOfExtension(),
    TruncationOfExtension(),
    TruncationOfTruncation(),
    IndexCastOfIndexCast(),
    BitcastOfBitcast(),
    CompareOfBounds(),
    ExtremumOfBounds(),
)
