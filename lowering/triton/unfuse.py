"""
`kernel.fused` as nests of their own, for rows that do not stay in registers.

    fused [n] (%i) { %m = generic [k] (%j) … }  →  %m = generic [n, k] (%i, %j) …
"""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.ir import Block, Region, SSAValue

from ...dialects import kernel, ten, types
from ...dialects.types import ints, shape


def unfused(
    op: kernel.FusedOp,
) -> Iterator[tuple[kernel.GenericOp, list[tuple[SSAValue, SSAValue]]]]:
    """
    The nests, in order, each with those results of `op` that are results of its.

    Temporaries get the outer loops as leading dimensions. What is combined over the outer loops is
    combined by a nest of its own.
    """
    outer = ints(op.loops)
    made: dict[SSAValue, SSAValue] = {}
    """By a temporary, the tensor of all of its rows."""
    for nest in op.block.ops:
        if not isinstance(nest, kernel.GenericOp):
            continue
        loops = (*outer, *ints(nest.loops))
        block = Block(arg_types=[ten.index_type] * len(loops))
        mapping: dict[SSAValue, SSAValue] = dict(zip((*op.block.args, *nest.block.args), block.args))
        for inner in nest.block.ops:
            if isinstance(inner, kernel.LoadOp) and inner.t in made:
                places = [mapping.get(i, i) for i in inner.indices]
                load = kernel.LoadOp(made[inner.t], [*block.args[: len(outer)], *places])
                load.attributes.update(inner.attributes)
                block.add_op(load)
                mapping[inner.result] = load.result
                continue
            for x in inner.operands:
                if x in made and x not in mapping:
                    load = kernel.LoadOp(made[x], block.args[: len(outer)])
                    block.add_op(load)
                    mapping[x] = load.result
            block.add_op(inner.clone(mapping))
        results = [
            (c, (*range(len(outer)), *(len(outer) + d for d in dims))) for c, dims in nest.outputs
        ]
        wide = kernel.GenericOp(loops, results, Region(block))
        wide.location = nest.location
        for x, y in zip(nest.res, wide.res):
            y.name_hint = x.name_hint
            made[x] = y
        yield wide, []
    for (combiner, dims), value, result in zip(op.outputs, op.yielded, op.res):
        # Stored or combined from what is stored: a copy where it is stored as it is.
        loops = (*outer, *shape(value.type))
        block = Block(arg_types=[ten.index_type] * len(loops))
        load = kernel.LoadOp(made[value], block.args)
        load.attributes["in_bounds"] = IN_BOUNDS
        block.add_ops([load, kernel.YieldOp(load.result)])
        kept = (*dims, *range(len(outer), len(loops)))
        nest = kernel.GenericOp(loops, [(combiner, kept)], Region(block))
        nest.location = op.location
        nest.res[0].name_hint = result.name_hint
        assert nest.res[0].type == result.type and types.rank(load.result.type) == 0
        yield nest, [(result, nest.res[0])]


from xdsl.dialects.builtin import UnitAttr  # noqa: E402

IN_BOUNDS = UnitAttr()
