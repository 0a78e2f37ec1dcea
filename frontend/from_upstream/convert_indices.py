"""Ops of the dialect `index`, by those of `arith` on numbers of type `index`."""

from __future__ import annotations

from typing import Any

from xdsl.dialects import arith
from xdsl.ir import Operation

from ...dialects.upstream import arith_ops, index_ops
from .. import tracing
from ..tracing import Array
from .upstream_rules import Call, Rule, converts

OF_ARITH: dict[str, type[Operation]] = {
    "add": arith.AddiOp, "sub": arith.SubiOp, "mul": arith.MuliOp, "divs": arith.DivSIOp,
    "divu": arith.DivUIOp, "ceildivs": arith.CeilDivSIOp, "ceildivu": arith.CeilDivUIOp,
    "floordivs": arith.FloorDivSIOp, "rems": arith.RemSIOp, "remu": arith.RemUIOp,
    "maxs": arith.MaxSIOp, "maxu": arith.MaxUIOp, "mins": arith.MinSIOp, "minu": arith.MinUIOp,
    "shl": arith.ShLIOp, "shrs": arith.ShRSIOp, "shru": arith.ShRUIOp, "and": arith.AndIOp,
    "or": arith.OrIOp, "xor": arith.XOrIOp,
}  # fmt: skip


def _evaluated(call: Call, op: Operation) -> Array:
    """The result of an op that says the same."""
    op.location = call.op.location
    try:
        call.evaluator.operation(op, call.values)
        return call.values.pop(op.results[0])
    finally:
        op.erase()


def _rule(word: str) -> Rule:
    kind = OF_ARITH[word]

    def convert(call: Call, a: Array, b: Array) -> Any:
        lhs, rhs = call.op.operands
        return _evaluated(call, kind(lhs, rhs, lhs.type))  # type: ignore[call-arg]

    convert.__doc__ = f"index.{word} a, b  →  {kind.name}, or the number that is known"
    return convert


for _word in index_ops.MEANINGS:
    converts(f"index.{_word}")(_rule(_word))


@converts("index.cmp")
def compare(call: Call, a: Array, b: Array) -> Any:
    """index.cmp a, b  →  arith.cmpi, or the answer that is known"""
    lhs, rhs = call.op.operands
    return _evaluated(call, arith.CmpiOp(lhs, rhs, call.op.pred.data.value))


@converts("index.constant")
def constant(call: Call) -> Any:
    """index.constant n  →  a constant"""
    return tracing.constant_index(int(call.op.value.value.data))


@converts("index.bool.constant")
def truth(call: Call) -> Any:
    """index.bool.constant x  →  a constant"""
    return tracing.constant(bool(call.op.value.value.data))


@converts("index.sizeof")
def size_of(call: Call) -> Any:
    """index.sizeof  →  64"""
    return tracing.constant_index(64)


@converts("index.casts", "index.castu")
def cast(call: Call, x: Array) -> Any:
    """index.casts x  →  arith.index_cast of the bits, or the number that is known"""
    kind = arith.IndexCastOp if call.name == "index.casts" else arith_ops.IndexCastUIOp
    type = call.op.results[0].type
    return _evaluated(call, kind.create(operands=call.op.operands, result_types=[type]))
