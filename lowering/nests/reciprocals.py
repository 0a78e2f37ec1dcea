"""
Multiply by a reciprocal that several divisions share, where the divisions allow it.

    x / y, 1 / y     →  x * (1 / y), 1 / y
    x / y, z / y     →  x * (1 / y), z * (1 / y)
    x / broadcast s  →  x * broadcast (1 / s)      one division for each element of s

A division is several times as slow as a product. But 1 / y may be no normal number where x / y is
one, and then the product loses its digits. So only divisions with MLIR's flag `arcp` change, which
derivatives have. Derivatives read 1 / y anyway.

Requires: float32 or float64. Of floats of 16 bits, too many have no normal reciprocal.
"""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects import arith, func
from xdsl.dialects.builtin import Float32Type, Float64Type
from xdsl.dialects.utils import FastMathFlag
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import Rewriter

from ...dialects import ten, types
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import Emitter, made

Known = Mapping[SSAValue, SSAValue]
"""The reciprocals that dominate a place, by their denominators."""


def share(function: func.FuncOp) -> None:
    """Share the reciprocals in a function, also in the regions of its ops."""
    for block in function.body.blocks:
        _share(block, {})


def _share(block: Block, outside: Known) -> None:
    known = dict(outside)
    here: dict[SSAValue, arith.DivfOp] = {}
    quotients: dict[SSAValue, list[arith.DivfOp]] = {}
    place: dict[Operation, int] = {}
    holders: list[Operation] = []
    for k, op in enumerate(block.ops):
        if op.regions:
            holders.append(op)
        elif isinstance(op, arith.DivfOp) and _has_room(op):
            place[op] = k
            if _is_one(op.lhs):
                here.setdefault(op.rhs, op)
            elif FastMathFlag.ALLOW_RECIP in op.fastmath.data:
                quotients.setdefault(_unrepeated(op.rhs), []).append(op)
    for y, group in quotients.items():
        old, first = here.get(y), group[0]
        repeated = types.size(y.type) < types.size(first.result.type)
        if old is None and y not in outside and len(group) == 1 and not repeated:
            continue  # one division is one division
        if y in outside:
            reciprocal = outside[y]
        elif old is not None and place[old] < place[first]:
            reciprocal = old.result
        else:
            e = Emitter.before(first)
            reciprocal = e(made(arith.DivfOp, e.constant(1.0, y.type), y))
            if old is not None:
                Rewriter.replace_op(old, [], [reciprocal])
                del here[y]
        known[y] = reciprocal
        for op in group:
            _multiply(op, y, reciprocal)
    # An op with regions that comes before the reciprocal cannot read it.
    for holder in holders:
        before = {y: r for y, r in known.items() if y in outside or _dominates(r, holder)}
        before |= {y: op.result for y, op in here.items() if op.is_before_in_block(holder)}
        for region in holder.regions:
            for inner in region.blocks:
                _share(inner, before)


def _dominates(value: SSAValue, op: Operation) -> bool:
    owner = value.owner
    return not isinstance(owner, Operation) or owner.is_before_in_block(op)


def _multiply(op: arith.DivfOp, y: SSAValue, reciprocal: SSAValue) -> None:
    """x / y, where `op` reads y or repeats it, becomes x * reciprocal."""
    e = Emitter.before(op)
    repeats: list[ten.BroadcastOp] = []
    denominator = op.rhs
    while denominator is not y:
        repeat = denominator.owner
        assert isinstance(repeat, ten.BroadcastOp)
        repeats.append(repeat)
        denominator = repeat.x
    for repeat in reversed(repeats):
        reciprocal = e(
            ten.BroadcastOp.create(
                operands=[reciprocal],
                result_types=[repeat.result.type],
                properties=repeat.properties,
            )
        )
    count("divide_by_shared")
    product = e.multiply(op.lhs, reciprocal)
    product.name_hint = op.result.name_hint
    Rewriter.replace_op(op, [], [product])


def _has_room(op: arith.DivfOp) -> bool:
    return types.is_number(op.result.type) and isinstance(
        types.element(op.result.type), Float32Type | Float64Type
    )


def _is_one(x: SSAValue) -> bool:
    return types.constant_value(_unrepeated(x)) == 1


def _unrepeated(x: SSAValue) -> SSAValue:
    """The value that x repeats along some dimensions, or x."""
    while isinstance(x.owner, ten.BroadcastOp):
        x = x.owner.x
    return x
