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


MOST_RUNS = 8
"""How often the parts that the values come from may change, from one value to the next."""


MOST_TABLES = 4
"""The dimensions of a part, at most: each has a table of its own, which the gather reads."""


def read_parts(function: func.FuncOp) -> None:
    """
    Read the values from the parts of which all derivatives are joined: to join them would only move
    each element once more. The function is in bulk form.
    """
    for op in list(function.body.block.ops):
        if not isinstance(op, ten.GatherOp) or not isinstance(
            let := op.operands[0].owner, sharing.LetOp
        ):
            continue
        places = _known_places(op)
        if places is None or not len(places[0]) or not let.result.has_one_use():
            continue
        flat = np.ravel_multi_index(tuple(places), shape(let.x.type))
        which = np.zeros(len(flat), np.int64)
        parts = _parts_of(let.x, flat, np.arange(len(flat)))
        if parts is None or [x for x, _, _ in parts] == [let.x]:
            continue
        if max(types.rank(x.type) for x, _, _ in parts) > MOST_TABLES:
            continue
        found = np.zeros(len(flat), np.int64)
        for k, (_, at, own) in enumerate(parts):
            which[at], found[at] = k, own
        ends = np.flatnonzero(np.diff(which)) + 1
        if len(ends) >= MOST_RUNS:
            continue
        e = Emitter.before(op)
        stored: dict[SSAValue, SSAValue] = {}
        rows = []
        for run in np.split(np.arange(len(flat)), ends):
            part = parts[which[run[0]]][0]
            if part not in stored:
                is_given = types.is_constant(part) or not isinstance(part.owner, Operation)
                is_given = is_given or isinstance(part.owner, sharing.LetOp)
                stored[part] = part if is_given else e(_stored(part))
            rows.append(_taken(e, stored[part], np.unravel_index(found[run], shape(part.type))))
        joined = rows[0] if len(rows) == 1 else e(ten.ConcatOp(rows, 0))
        joined.name_hint = op.result.name_hint
        op.result.replace_all_uses_with(joined)
        unused: list[Operation] = [op]
        while unused:
            dead = unused.pop()
            if dead.parent is not None and not any(x.uses for x in dead.results):
                given = [x.owner for x in dead.operands if isinstance(x.owner, Operation)]
                Rewriter.erase_op(dead)
                unused += given


def _known_places(op: ten.GatherOp) -> list[np.ndarray] | None:
    """The places at which a gather reads, if all are elements of constants."""
    last = op.block.last_op
    assert last is not None
    found = []
    for index in last.operands:
        cast_ = index.owner
        if not isinstance(cast_, arith.IndexCastOp):
            return None
        read = cast_.input.owner
        if not isinstance(read, ten.IndexOp) or list(read.operands[1:]) != list(op.block.args):
            return None
        table = read.operands[0].owner
        if not isinstance(table, arith.ConstantOp) or len(op.domain) != 1:
            return None
        found.append(np.asarray(arrays.constant_array(table)))
    return found if len(found) == types.rank(op.operands[0].type) else None


Parts = list[tuple[SSAValue, np.ndarray, np.ndarray]]
"""Values, each with the numbers of the elements that come from it, and their flat places there."""


def _parts_of(x: SSAValue, places: np.ndarray, numbers: np.ndarray) -> Parts | None:
    """The parts from which elements at flat places come; None if one is a scalar."""
    op = x.owner
    if not types.rank(x.type):
        return None
    if isinstance(op, ten.ReshapeOp):
        return _parts_of(op.operands[0], places, numbers)
    if not isinstance(op, ten.StackOp | ten.ConcatOp | ten.TransposeOp | ten.BroadcastOp):
        return [(x, numbers, places)]
    at = list(np.unravel_index(places, shape(x.type)))
    if isinstance(op, ten.TransposeOp):
        perm = types.ints(op.perm)
        at = [at[perm.index(d)] for d in range(len(perm))]
        return _parts_of(op.operands[0], _flat(at, op.operands[0]), numbers)
    if isinstance(op, ten.BroadcastOp):
        new = types.ints(op.dims)
        at = [i for d, i in enumerate(at) if d not in new]
        return _parts_of(op.operands[0], _flat(at, op.operands[0]), numbers)
    found: Parts = []
    dim = op.dim.value.data if isinstance(op, ten.ConcatOp) else 0
    begin = 0
    for part in op.operands:
        width = shape(part.type)[dim] if isinstance(op, ten.ConcatOp) else 1
        mine = (at[dim] >= begin) & (at[dim] < begin + width)
        inner = [i[mine] for i in at]
        inner[dim] = inner[dim] - begin
        if isinstance(op, ten.StackOp):
            del inner[dim]
        begin += width
        if mine.any():
            more = None if not inner else _parts_of(part, _flat(inner, part), numbers[mine])
            if more is None:
                return None
            found += more
    return found


def _flat(at: Sequence[np.ndarray], x: SSAValue) -> np.ndarray:
    return np.ravel_multi_index(tuple(at), shape(x.type)) if at else np.zeros(0, np.int64)


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
