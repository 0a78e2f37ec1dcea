"""
What `sdy.sharding_constraint` means in a program of letgrad's: the op is the identity, and its
tangents and cotangents are cut as its operand is.

`lg.shard` loads this module. The dialect `sdy` takes long to load, and few programs use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.ir import Operation, SSAValue

from ...dialects import sdy, types
from ...dialects.sdy_attributes import Axis, Dimension, Mesh, Sharding, ShardingAttr
from ...lowering.xla.builder import Hlo, Value
from ...lowering.xla.converter import stablehlo
from ...passes.rewriting.emitter import Emitter
from ...passes.rewriting.rule_tables import batch, element, evaluate, linearize, transpose


def constraint(x: SSAValue, sharding: ShardingAttr) -> Operation:
    """The op for a value with a dimension for each one of the sharding."""
    return sdy.ShardingConstraintOp.create(
        operands=[x], result_types=[x.type], properties={"sharding": sharding}
    )


def sharding_of(axes: Sequence[tuple[str, int]], cuts: Sequence[Sequence[str]]) -> ShardingAttr:
    """The attribute for axes of a mesh, and for the names that cut each dimension."""
    dimensions = tuple(Dimension(tuple(map(Axis, names))) for names in cuts)
    return ShardingAttr(Sharding(Mesh(tuple(axes)), dimensions))


@evaluate.rule(sdy.ShardingConstraintOp)
def whole(op: Any, x: Any) -> Any:
    """y = x"""
    return x


@element.rule(sdy.ShardingConstraintOp)
def element_of_whole(op: Any, i: Any, get: Any, nest: Any) -> Any:
    """sharded(x)[i…] = x[i…]"""
    return get(op.operands[0], i)


@linearize.rule(sdy.ShardingConstraintOp)
def sharded_tangent(op: Any, ds: Any, e: Emitter) -> Any:
    """d sharded(x) = sharded(dx)"""
    return None if ds[0] is None else e(constraint(ds[0], op.properties["sharding"]))


@transpose.rule(sdy.ShardingConstraintOp)
def sharded_cotangent(op: Any, ct: SSAValue, e: Emitter) -> SSAValue:
    """sharded(x)ᵀ ȳ = sharded(ȳ)"""
    return e(constraint(ct, op.properties["sharding"]))


@batch.rule(sdy.ShardingConstraintOp)
def sharded_batch(
    op: Any, xs: Sequence[SSAValue], batched: Sequence[bool], sizes: Sequence[int], e: Emitter
) -> SSAValue:
    """batch(sharded(x)) = sharded(x), where XLA chooses the cut of the new dimensions"""
    given = op.properties["sharding"].data
    extra = (Dimension(open=True),) * (types.rank(xs[0].type) - len(given.dimensions))
    cut = Sharding(given.mesh, (*extra, *given.dimensions))
    return e(constraint(xs[0], ShardingAttr(cut)))


@stablehlo.rule(sdy.ShardingConstraintOp)
def constraint_of_xla(op: Any, h: Hlo, x: Value) -> Value:
    """sdy.sharding_constraint x"""
    new = constraint(x, op.properties["sharding"])
    h.put(new)
    return new.results[0]
