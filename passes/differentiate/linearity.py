"""
Check that the tangents that a `custom_jvp` gives are linear in the tangents that it takes.

Each op on the way of a tangent must be linear in the tangent: a sum of tangents, a product of a
tangent with a value that is no tangent, a layout of a tangent. The check trusts ops of other
dialects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from xdsl.dialects import arith, math, scf
from xdsl.ir import Operation, SSAValue

from ...dialects import delta, sharing, ten, types
from ...dialects.op_names import op_name
from ...dialects.ten.value_facts import splat
from ..rewriting.diagnostics import LetgradError

JOINTLY = (
    arith.AddfOp, arith.SubfOp, arith.NegfOp, arith.SelectOp, arith.ExtFOp, arith.TruncFOp,
    ten.BroadcastOp, ten.CastOp, ten.ConcatOp, ten.CumsumOp, ten.DctOp, ten.FftOp,
    ten.GatherOp, ten.IndexOp, ten.PadOp, ten.ReshapeOp, ten.ReverseOp, ten.ScatterOp,
    ten.SelectOp, ten.SliceOp, ten.StackOp, ten.SumOp, ten.TransposeOp, ten.UpdateOp,
    sharing.LetOp, sharing.ShareOp,
)  # fmt: skip
"""Ops that are linear in all their floats together."""
PRODUCTS = (arith.MulfOp, ten.EinsumOp)
KNOWN = ("arith", "math", "ten", "sharing")
"""Dialects whose ops are linear only if this file says so."""


def check_linear(
    ops: Iterable[Operation],
    tangents: Collection[SSAValue],
    values: Sequence[SSAValue],
    given: Sequence[SSAValue],
    name: str,
    at: Operation,
) -> None:
    """
    Check that `values` do not depend on `tangents`, and that the tangents `given` are linear in
    `tangents`. `ops` compute both. If no tangent has elements, each tangent that is given is 0:
    sums over no elements have become constants, which do not depend on the tangents.

    Errors: `LetgradError` at the op that is not linear, or `at` a result that is not linear.
    """
    found = set(tangents)
    _spread(ops, found, name)
    for value in values:
        if value in found:
            raise LetgradError(f"a value that @{name} gives depends on the tangents", at)
    if all(types.size(tangent.type) == 0 for tangent in tangents):
        return
    for k, tangent in enumerate(given):
        if tangent not in found and not is_zero(tangent):
            raise LetgradError(
                f"tangent {k} that @{name} gives is not linear in the tangents: it does not depend "
                "on them",
                at,
            )


def _spread(ops: Iterable[Operation], found: set[SSAValue], name: str) -> None:
    """Add to `found` the results that are linear in the values that `found` already has."""
    for op in ops:
        if isinstance(op, scf.IfOp) and op.cond not in found:
            ends = []
            for region in op.regions:
                _spread(region.block.ops, found, name)
                ends.append(region.block.last_op)
            for k, result in enumerate(op.results):
                yielded = [end.operands[k] for end in ends if end is not None]
                if any(y in found for y in yielded):
                    found.add(result)
                    if not all(y in found or is_zero(y) for y in yielded):
                        raise _error(op, name)
        elif any(x in found for x in op.operands) and op.results:
            if not is_linear(op, found):
                raise _error(op, name)
            found.update(op.results)


def is_linear(op: Operation, found: set[SSAValue]) -> bool:
    """Whether an op is linear in those of its operands that are in `found`, taken together."""
    holds = [x in found for x in op.operands]
    match op:
        case ten.CastOp() if not types.is_float(types.element(op.result.type)):
            return False
        case _ if isinstance(op, JOINTLY):
            floats = [x for x in op.operands if types.is_float(types.element(x.type))]
            return all(x in found or is_zero(x) for x in floats)
        case _ if isinstance(op, PRODUCTS):
            return sum(holds) == 1
        case arith.DivfOp():
            return not holds[1]
        case math.FmaOp() if any(holds[:2]):
            return not all(holds[:2]) and (holds[2] or is_zero(op.c))
        case math.FmaOp():
            return is_zero(op.a) or is_zero(op.b)
        case ten.TriangularSolveOp():
            return op.t not in found
        case ten.SymmetricSolveOp():
            return op.a not in found
        case delta.StopOp():
            return False
        case _:
            return op.dialect_name() not in KNOWN


def is_zero(value: SSAValue) -> bool:
    """
    Whether a value is written as zero: a constant, a multiple of a zero, or a layout or sum of
    zeros. Arrays without elements are zero. A sum over no elements is a constant.
    """
    if types.size(value.type) == 0:
        return True
    op = value.owner
    if isinstance(op, arith.MulfOp):
        return any(is_zero(x) for x in op.operands)
    if isinstance(op, arith.DivfOp):
        return is_zero(op.lhs)
    if isinstance(op, JOINTLY):
        floats = {x for x in op.operands if types.is_float(types.element(x.type))}
        return bool(floats) and all(is_zero(x) for x in floats)
    return splat(value) == 0


def _error(op: Operation, name: str) -> LetgradError:
    return LetgradError(
        f"the tangents that @{name} gives must be linear in those that it takes, and "
        f"{op_name(op)} is "
        "not linear here",
        op,
    )
