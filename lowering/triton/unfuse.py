"""
`kernel.fused` as nests of their own, for rows that do not stay in registers.

    fused [n] (%i) { %m = generic [k] (%j) … }  →  %m = generic [n, k] (%i, %j) …
"""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.dialects.builtin import UnitAttr
from xdsl.ir import Block, Region, SSAValue
from xdsl.rewriter import Rewriter

from ...dialects import kernel, ten, types
from ...dialects.types import ints

Combined = tuple[str, tuple[int, ...]]


def unfuse(op: kernel.FusedOp) -> None:
    """Put the nests of an op in its place."""
    assert op.parent is not None
    for nest, results in list(_unfused(op)):
        op.parent.insert_op_before(nest, op)
        for x, y in results:
            x.replace_all_uses_with(y)
    Rewriter.erase_op(op)


def _unfused(
    op: kernel.FusedOp,
) -> Iterator[tuple[kernel.GenericOp, list[tuple[SSAValue, SSAValue]]]]:
    """
    The nests, in order, each with the results of `op` that the nest gives.

    Temporaries get the outer loops as leading dimensions.
    """
    outer = len(ints(op.loops))
    made: dict[SSAValue, SSAValue] = {}
    """By a temporary, the tensor of all of its rows."""
    for nest in op.block.ops:
        if not isinstance(nest, kernel.GenericOp):
            continue
        block = Block(arg_types=[ten.index_type] * (outer + len(nest.block.args)))
        args = (*op.block.args, *nest.block.args)
        mapping: dict[SSAValue, SSAValue] = dict(zip(args, block.args))
        around = block.args[:outer]
        for inner in nest.block.ops:
            if isinstance(inner, kernel.LoadOp) and inner.t in made:
                load = kernel.LoadOp(
                    made[inner.t], [*around, *(mapping.get(i, i) for i in inner.indices)]
                )
                load.attributes.update(inner.attributes)
                block.add_op(load)
                mapping[inner.result] = load.result
                continue
            for x in inner.operands:
                if x in made and x not in mapping:
                    load = kernel.LoadOp(made[x], around)
                    load.attributes["in_bounds"] = UnitAttr()
                    block.add_op(load)
                    mapping[x] = load.result
            if not isinstance(inner, kernel.YieldOp):
                block.add_op(inner.clone(mapping))
        outputs: list[Combined] = []
        values: list[SSAValue] = []
        wanted: list[tuple[SSAValue | None, SSAValue | None]] = []
        """Of each output, the temporary or the result of `op` that it is."""
        for (combiner, dims), x, value in zip(nest.outputs, nest.res, nest.yielded):
            inside = tuple(outer + d for d in dims)
            row = combiner, (*range(outer), *inside)
            named: list[tuple[Combined, SSAValue | None]] = [
                ((c if combiner == "store" else combiner, (*kept, *inside)), result)
                for (c, kept), y, result in zip(op.outputs, op.yielded, op.res)
                if y is x
            ]
            # A result of the op may be what later nests read, too.
            read: int | None = None
            if any(use.operation is not op.block.last_op for use in x.uses):
                if row not in (same := [how for how, _ in named]):
                    named.append((row, None))
                    same.append(row)
                read = same.index(row)
            for k, (how, result) in enumerate(named):
                outputs.append(how)
                values.append(mapping.get(value, value))
                wanted.append((x if k == read else None, result))
        block.add_op(kernel.YieldOp(*values))
        wide = kernel.GenericOp((*ints(op.loops), *ints(nest.loops)), outputs, Region(block))
        wide.location = nest.location
        results: list[tuple[SSAValue, SSAValue]] = []
        for (temporary, result), y in zip(wanted, wide.res):
            if temporary is not None:
                made[temporary] = y
                y.name_hint = temporary.name_hint
            if result is not None:
                results.append((result, y))
                y.name_hint = result.name_hint
                assert types.shape(result.type) == types.shape(y.type)
        yield wide, results
