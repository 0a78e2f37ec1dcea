"""
Integers of a program that the conversion computes with: Python's integers where they are known,
and traced scalars elsewhere. The facts about counters of loops go along.
"""

from __future__ import annotations

from typing import Any

from xdsl.dialects import arith
from xdsl.ir import Operation
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
    AffineMap,
    AffineSet,
    AffineSymExpr,
)

from .. import ops, tracing
from ..from_stablehlo.counter_facts import Affine, Facts, joined, times
from ..tracing import Array

Place = int | Array
"""An integer: known, or a traced scalar."""


class Places:
    """Arithmetic on integers, and the facts about them."""

    def __init__(self) -> None:
        self.facts = Facts()

    def known(self, x: Any) -> int | None:
        """The number, if the conversion knows it."""
        return x if isinstance(x, int) else self.facts.number(x)

    def of(self, x: Any) -> Place:
        """The integer as a number, or as a traced scalar of type `index`."""
        number = self.known(x)
        if number is not None:
            return number
        if x.is_index:
            return x
        place = ops.as_index(x)
        fact = self.facts.get(x)
        if fact is not None:
            self.facts.of[place.value] = fact
        return place

    def traced(self, x: Place) -> Array:
        """The integer as a value of type `index`."""
        return tracing.constant_index(x) if isinstance(x, int) else x

    def add(self, a: Place, b: Place) -> Place:
        if isinstance(a, int) and isinstance(b, int):
            return a + b
        if isinstance(a, int) and a == 0:
            return b
        if isinstance(b, int) and b == 0:
            return a
        return self._noted(arith.AddiOp, a, b, lambda x, y: joined(x, y, 1))

    def subtract(self, a: Place, b: Place) -> Place:
        if isinstance(a, int) and isinstance(b, int):
            return a - b
        if isinstance(b, int) and b == 0:
            return a
        return self._noted(arith.SubiOp, a, b, lambda x, y: joined(x, y, -1))

    def multiply(self, a: Place, b: Place) -> Place:
        if isinstance(a, int) and isinstance(b, int):
            return a * b
        for x, y in ((a, b), (b, a)):
            if isinstance(x, int) and x in (0, 1):
                return y if x else 0
        return self._noted(arith.MuliOp, a, b, times)

    def divide_down(self, a: Place, b: Place) -> Place:
        """a / b, rounded down, for b > 0"""
        if isinstance(a, int) and isinstance(b, int):
            return a // b if b else 0
        if isinstance(b, int) and b == 1:
            return a
        return self._noted(arith.FloorDivSIOp, a, b)

    def divide_up(self, a: Place, b: Place) -> Place:
        """a / b, rounded up, for b > 0"""
        if isinstance(a, int) and isinstance(b, int):
            return -(-a // b) if b else 0
        if isinstance(b, int) and b == 1:
            return a
        return self._noted(arith.CeilDivSIOp, a, b)

    def modulo(self, a: Place, b: Place) -> Place:
        """a - b * floor(a / b)"""
        if isinstance(a, int) and isinstance(b, int):
            return a % b if b else 0
        return self.subtract(a, self.multiply(self.divide_down(a, b), b))

    def least(self, a: Place, b: Place) -> Place:
        if isinstance(a, int) and isinstance(b, int):
            return min(a, b)
        return self._noted(arith.MinSIOp, a, b)

    def greatest(self, a: Place, b: Place) -> Place:
        if isinstance(a, int) and isinstance(b, int):
            return max(a, b)
        return self._noted(arith.MaxSIOp, a, b)

    def _noted(self, kind: type[Operation], a: Place, b: Place, rule: Any = None) -> Array:
        x, y = self.traced(a), self.traced(b)
        result = ops.binary_index(kind, x, y)
        if rule is not None:
            self.note(result, rule, x, y)
        return result

    def note(self, result: Array, rule: Any, a: Array, b: Array) -> None:
        """Remember the fact about a result that `rule` computes from the facts about operands."""
        facts = self.facts.get(a), self.facts.get(b)
        if facts[0] is None or facts[1] is None:
            return
        fact: Affine | None = rule(*facts)
        if fact is not None and fact.loop is not None:
            self.facts.of[result.value] = fact

    # Maps.

    def expression(self, e: AffineExpr, dims: list[Place], symbols: list[Place]) -> Place:
        """The value of an affine expression."""
        match e:
            case AffineConstantExpr():
                return e.value
            case AffineDimExpr():
                return dims[e.position]
            case AffineSymExpr():
                return symbols[e.position]
            case AffineBinaryOpExpr():
                a = self.expression(e.lhs, dims, symbols)
                b = self.expression(e.rhs, dims, symbols)
                match e.kind:
                    case AffineBinaryOpKind.Add:
                        return self.add(a, b)
                    case AffineBinaryOpKind.Mul:
                        return self.multiply(a, b)
                    case AffineBinaryOpKind.Mod:
                        return self.modulo(a, b)
                    case AffineBinaryOpKind.FloorDiv:
                        return self.divide_down(a, b)
                    case AffineBinaryOpKind.CeilDiv:
                        return self.divide_up(a, b)
        raise ValueError(f"{e} is no affine expression")

    def map(self, map: AffineMap, operands: list[Place]) -> list[Place]:
        """The results of a map on its dimensions and, behind them, its symbols."""
        dims, symbols = operands[: map.num_dims], operands[map.num_dims :]
        return [self.expression(e, dims, symbols) for e in map.results]

    def holds(self, set: AffineSet, operands: list[Place]) -> bool | Array:
        """Whether all constraints of a set hold: known, or a traced truth value."""
        dims, symbols = operands[: set.num_dims], operands[set.num_dims :]
        masks: list[Array] = []
        for constraint in set.constraints:
            a = self.expression(constraint.lhs, dims, symbols)
            b = self.expression(constraint.rhs, dims, symbols)
            order = constraint.kind.value
            if isinstance(a, int) and isinstance(b, int):
                if not {">=": a >= b, "<=": a <= b, "==": a == b}[order]:
                    return False
                continue
            predicate = {">=": "sge", "<=": "sle", "==": "eq"}[order]
            masks.append(ops.compare_by(predicate, self.traced(a), self.traced(b)))
        if not masks:
            return True
        result = masks[0]
        for mask in masks[1:]:
            result = ops.binary(arith.AndIOp, result, mask)
        return result
