"""
A function that gives the values of a sparse Jacobian: a few derivatives in many directions at once,
and one gather, which puts each element into its place.

    values[p] = derivatives[colour of p's column][p's row]       for each place p of the pattern

The directions are masks: direction c is 1 where the colour of an element is c.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import (
    FunctionType,
    StringAttr,
    UnitAttr,
    f32,
    f64,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import arrays, sharing, ten, types
from ...dialects.types import shape, size
from ..rewriting.emitter import Emitter
from .colouring import ANY, Plan


def common_element(kinds: Sequence[Attribute]) -> Attribute:
    """The element type of the values: the widest of some floats."""
    elements = list(dict.fromkeys(types.element(t) for t in kinds))
    if len(elements) < 2:
        return elements[0] if elements else f64
    return f64 if f64 in elements else f32


def write(
    function: func.FuncOp,
    plan: Plan,
    inputs: Sequence[Attribute],
    outputs: Sequence[Attribute],
    forward: func.FuncOp | None,
    backward: func.FuncOp | None,
) -> None:
    """
    Replace the body of a function by code for the values of its Jacobian. `inputs` and `outputs`
    are the types that the Jacobian is about. `forward` takes directions of the inputs, `backward`
    those of the outputs; a derivative without colours is not needed.
    """
    kinds = function.function_type.inputs.data
    block = Block(arg_types=kinds)
    for new, old in zip(block.args, function.body.block.args):
        new.name_hint, new.location = old.name_hint, old.location
    e = Emitter(InsertPoint.at_end(block), function.location)
    element = common_element([*inputs, *outputs])
    products = []
    for derivative, colouring, directions, given in (
        (forward, plan.forward_colours, inputs, outputs),
        (backward, plan.backward_colours, outputs, inputs),
    ):
        if colouring is not None and colouring.count and sum(map(size, given)):
            assert derivative is not None
            colours = _split(colouring.colours, directions)
            products.append(
                _products(e, block.args, derivative, colouring.count, colours, directions, element)
            )
    if not products:
        # The function still does what it does beside its results: it prints, or writes. Ops
        # without effects are dead now.
        mapped: dict[SSAValue, SSAValue] = dict(zip(function.body.block.args, block.args))
        for op in function.body.block.ops:
            if op is not function.body.block.last_op:
                e.insert(op.clone(mapped))
    places = places_of(plan)
    if not products or not len(places):
        values = e.constant(0.0, types.of_shape((0,), element))
    else:
        if len(products) == 1:
            # By colour and element, as to divide one number would take longer than the read.
            indices = np.divmod(places, shape(products[0].type)[1])
            values = _taken(e, products[0], indices)
        else:
            rows = [e(ten.ReshapeOp(p, [size(p.type)])) for p in products]
            values = _taken(e, e(ten.ConcatOp(rows, 0)), [places])
    e.insert(func.ReturnOp(values))
    function.detach_region(function.body)
    function.add_region(Region(block))
    function.properties["function_type"] = FunctionType.from_lists(kinds, [values.type])


def _split(numbers: np.ndarray, kinds: Sequence[Attribute]) -> list[np.ndarray]:
    """The numbers of the elements of each array."""
    found, at = [], 0
    for kind in kinds:
        found.append(numbers[at : at + size(kind)].reshape(shape(kind)))
        at += size(kind)
    return found


def _products(
    e: Emitter,
    arguments: Sequence[SSAValue],
    derivative: func.FuncOp,
    count: int,
    colours: Sequence[np.ndarray],
    directions: Sequence[Attribute],
    element: Attribute,
) -> SSAValue:
    """The derivative in the direction of each colour, as one row for each."""
    region = Region(Block(arg_types=[ten.index_type]))
    inner = Emitter(InsertPoint.at_end(region.block), e.location)
    number = inner(arith.IndexCastOp(region.block.args[0], i64))
    seeds = []
    for colour, kind in zip(colours, directions):
        seeds.append(_seed(e, inner, number, colour, kind))
    body = derivative.body.block
    mapped: dict[SSAValue, SSAValue] = dict(zip(body.args, [*arguments, *seeds], strict=True))
    last = body.last_op
    assert last is not None
    for op in body.ops:
        if op is not last:
            inner.insert(op.clone(mapped))
    rows = []
    for result in last.operands:
        value = mapped[result]
        flat = types.rank(value.type) == 1
        row = value if flat else inner(ten.ReshapeOp(value, [size(value.type)]))
        if types.element(row.type) != element:
            row = inner(ten.CastOp(row, element))
        rows.append(row)
    joined = rows[0] if len(rows) == 1 else inner(ten.ConcatOp(rows, 0))
    inner.insert(ten.YieldOp(joined))
    products = e(ten.BuildOp([count], region))
    # Otherwise the gather would compute each element that it reads by itself, at scattered places.
    return e(_stored(products))


def _stored(value: SSAValue) -> sharing.LetOp:
    let = sharing.LetOp(value)
    let.attributes["decision"] = StringAttr("store")
    return let


def store_parts(function: func.FuncOp) -> None:
    """
    Also store what is joined to a stored value: else one nest would compute all parts at each
    place, and choose. The function is in bulk form.
    """
    for op in list(function.body.block.ops):
        if not isinstance(op, sharing.LetOp):
            continue
        pending, is_joined = [op.x], False
        parts: list[SSAValue] = []
        while pending:
            x = pending.pop()
            if isinstance(x.owner, ten.StackOp | ten.ConcatOp):
                is_joined = True
                pending += x.owner.operands
            elif isinstance(x.owner, ten.ReshapeOp | ten.TransposeOp | ten.BroadcastOp):
                pending += x.owner.operands
            elif isinstance(x.owner, Operation) and not isinstance(x.owner, sharing.LetOp):
                parts.append(x)
        for part in dict.fromkeys(parts) if is_joined else ():
            if types.rank(part.type) and not types.is_constant(part):
                uses = list(part.uses)
                let = Emitter.after(cast(Operation, part.owner)).insert(_stored(part))
                for use in uses:
                    use.operation.operands[use.index] = let.results[0]


def _seed(
    e: Emitter, inner: Emitter, number: SSAValue, colour: np.ndarray, kind: Attribute
) -> SSAValue:
    """
    1 where an element has a colour, 0 elsewhere. Along a dimension along which the colours are all
    the same, the mask is a broadcast: then it does not matter who reads it, and passes see that.
    """
    same, rest = [], colour
    for d, n in enumerate(colour.shape):
        one = rest.max(axis=d, keepdims=True) if n else rest
        if n and ((rest == one) | (rest == ANY)).all():
            same.append(d)
            rest = one
    rest = np.squeeze(rest, axis=tuple(same))
    table = e.insert(arrays.constant(rest.astype(np.int64))).results[0]
    sizes = rest.shape
    chosen = inner(ten.BroadcastOp(number, range(len(sizes)), sizes)) if sizes else number
    mask = inner.compare("eq", table, chosen)
    seed = inner(ten.CastOp(mask, types.element(kind)))
    return inner(ten.BroadcastOp(seed, same, shape(kind))) if same else seed


def places_of(plan: Plan) -> np.ndarray:
    """For each place of the matrix, the element of all products that is its value."""
    matrix = plan.matrix
    rows, columns = matrix.rows, matrix.columns
    found = np.zeros(matrix.size, np.int64)
    before = 0
    if plan.forward_colours is not None:
        colours = plan.forward_colours.colours
        chosen = ~plan.backward[rows]
        row, column = rows[chosen], columns[chosen]
        if plan.flipped is not None:
            flipped = plan.flipped[chosen]
            row, column = np.where(flipped, column, row), np.where(flipped, row, column)
        found[chosen] = colours[column] * matrix.height + row
        before = plan.forward_colours.count * matrix.height
    if plan.backward_colours is not None:
        colours = plan.backward_colours.colours
        chosen = plan.backward[rows]
        found[chosen] = before + colours[rows[chosen]] * matrix.width + columns[chosen]
    return found


def _taken(e: Emitter, values: SSAValue, indices: Sequence[np.ndarray]) -> SSAValue:
    """values[indices…]"""
    most = max(shape(values.type), default=0)
    tables = [
        e.insert(arrays.constant(i.astype(np.int32 if most < 1 << 31 else np.int64))).results[0]
        for i in indices
    ]
    region = Region(Block(arg_types=[ten.index_type]))
    inner = Emitter(InsertPoint.at_end(region.block), e.location)
    places = []
    for table in tables:
        number = inner(ten.IndexOp(table, [region.block.args[0]]))
        places.append(inner(arith.IndexCastOp(number, ten.index_type)))
    inner.insert(ten.YieldOp(*places))
    gather = ten.GatherOp([len(indices[0])], values, region)
    gather.attributes["in_bounds"] = UnitAttr()
    return e(gather)


def add_structure(function: func.FuncOp, plan: Plan) -> None:
    """Let the function also give the columns of the values, and where each row begins."""
    last = function.body.block.last_op
    assert isinstance(last, func.ReturnOp)
    e = Emitter.before(last)
    more = [
        e.insert(arrays.constant(np.asarray(x, np.int64))).results[0]
        for x in (plan.matrix.columns, plan.matrix.starts)
    ]
    results = [*last.operands, *more]
    Rewriter.replace_op(last, [func.ReturnOp(*results)], [])
    inputs = function.function_type.inputs.data
    kinds = [x.type for x in results]
    function.properties["function_type"] = FunctionType.from_lists(inputs, kinds)
