"""
The table `element`: the element of an op's result at given indices, from elements of its operands.
These rules put values into loop nests.

A rule may assume that its indices are inside of the result: `BodyBuilder.element` calls the rules,
and gives 0 for an element outside. In the equations, i… are the indices, and n… the sizes of x.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.ir import Operation, SSAValue

from ...dialects import delta, sharing, ten, types
from ...dialects.types import ints, shape
from ...passes.rewriting.emitter import made
from ...passes.rewriting.rule_tables import Rule, element
from .body_builder import BodyBuilder, Get


@element.rule(arith.ConstantOp)
def constant_element(op, i, get, nest):
    """c[i…] = c"""
    number = types.constant_value(op.result)
    assert number is not None, "only equal elements are computed; other constants are stored"
    if types.element(op.result.type) == ten.index_type:
        return nest.constant(int(number))  # so that its bounds are known
    return nest.e.constant(number, types.element(op.result.type))


@element.rule(ten.CompareOp)
def compare_element(op, i, get, nest):
    """compare(p, a, b)[i…] = p(a[i…], b[i…])"""
    return nest.e.compare(op.predicate.data, get(op.a, i), get(op.b, i))


@element.rule(ten.SelectOp)
def select_element(op, i, get, nest):
    """
    select(m, a, b)[i…] = m[i…] ? a[i…] : b[i…], and m ? a[i…] : b[i…] where m is a scalar
    """
    mask = get(op.mask, i if types.rank(op.mask.type) else ())
    return nest.select(mask, get(op.a, i), get(op.b, i))


@element.rule(ten.CastOp)
def cast_element(op, i, get, nest):
    """cast(x)[i…] = cast(x[i…])"""
    return nest.cast(get(op.x, i), types.element(op.result.type))


@element.rule(sharing.LetOp, sharing.ShareOp, delta.StopOp)
def operand_element(op, i, get, nest):
    """let(x)[i…] = share(x)[i…] = stop(x)[i…] = x[i…]"""
    return get(op.operands[0], i)


@element.rule(ten.IotaOp)
def iota_element(op, i, get, nest):
    """iota(d)[i…] = cast(i_d)"""
    return nest.cast(i[op.dim.value.data], types.element(op.result.type))


@element.rule(ten.BroadcastOp)
def broadcast_element(op, i, get, nest):
    """broadcast(x, dims)[i…] = x[i… without the indices at dims]"""
    dims = ints(op.dims)
    return get(op.x, [j for d, j in enumerate(i) if d not in dims])


@element.rule(ten.TransposeOp)
def transpose_element(op, i, get, nest):
    """transpose(x, perm)[i…] = x[j…], j[perm[d]] = i[d]"""
    perm = ints(op.perm)
    return get(op.x, [i[perm.index(d)] for d in range(len(perm))])


@element.rule(ten.ReverseOp)
def reverse_element(op, i, get, nest):
    """reverse(x, dims)[i…] = x[j…], j[d] = n[d] - 1 - i[d] for d in dims, else i[d]"""
    dims, sizes = ints(op.dims), shape(op.x.type)
    return get(
        op.x, [nest.affine(j, -1, sizes[d] - 1) if d in dims else j for d, j in enumerate(i)]
    )


@element.rule(ten.SliceOp)
def slice_element(op, i, get, nest):
    """slice(x)[i…] = x[offsets + i * strides]"""
    return get(
        op.x, [nest.affine(j, t, o) for j, o, t in zip(i, ints(op.offsets), ints(op.strides))]
    )


@element.rule(ten.PadOp)
def pad_element(op, i, get, nest):
    """
    pad(x)[i…] = x[(i - low) / (interior + 1)] where interior + 1 divides i - low, else 0

    An index outside of x needs nothing here: `get` gives 0 for it.
    """
    places, between = [], []
    for j, low, interior in zip(i, ints(op.low), ints(op.interior)):
        k = nest.affine(j, 1, -low)
        if interior:
            between.append(nest.compare("ne", nest.remainder(k, interior + 1), 0))
            k = nest.quotient(k, interior + 1)
        places.append(k)
    value = get(op.x, places)
    for hole in between:
        value = nest.select(hole, nest.e.constant(0, value.type), value)
    return value


@element.rule(ten.ReshapeOp)
def reshape_element(op, i, get, nest):
    """
    reshape(x)[i…] = x[j…], where j… has the place among the sizes of x, in row-major order, that i…
    has among those of the result
    """
    if not types.size(op.result.type):
        return nest.e.constant(0, types.element(op.result.type))  # sizes of 0 have no groups
    return get(op.x, reindexed(shape(op.result.type), shape(op.x.type), i, nest))


def reindexed(
    old: Sequence[int], new: Sequence[int], i: Sequence[SSAValue], nest: BodyBuilder
) -> list[SSAValue]:
    """
    The indices into sizes `new` of the element that row-major order puts at `i` in sizes `old`.

    The function takes dimensions in the smallest groups of equal size. So most need no division.
    """
    places: list[SSAValue] = [nest.constant(0)] * len(new)
    a = b = 0
    while b < len(new):
        a0, b0 = a, b
        m, n = (old[a] if a < len(old) else 1), new[b]
        a, b = min(a + 1, len(old)), b + 1
        while m != n:
            if m < n:
                m, a = m * old[a], a + 1
            else:
                n, b = n * new[b], b + 1
        position = nest.constant(0)
        stride = 1
        for d in reversed(range(a0, a)):
            position = nest.add(position, nest.affine(i[d], stride, 0))
            stride *= old[d]
        for d in reversed(range(b0, b)):
            if d == b0:
                places[d] = position
            else:
                places[d] = nest.remainder(position, new[d])
                position = nest.quotient(position, new[d])
    return places


@element.rule(ten.ConcatOp)
def concat_element(op, i, get, nest):
    """
    concat(x…, d)[i…] = x_k[i… with i[d] - start_k], start_k ≤ i[d] < start_(k+1), where start_k is
    the sum of the sizes of x_0 … x_(k-1) along d
    """
    d, end = op.dim.value.data, shape(op.result.type)[op.dim.value.data]
    low, high = nest.range_of(i[d], end)
    value: SSAValue | None = None
    for x in reversed(op.xs):
        start = end - shape(x.type)[d]
        if start <= high and low < end:
            places = [nest.affine(j, 1, -start) if k == d else j for k, j in enumerate(i)]
            part = get(x, places)
            if value is None:
                value = part
            else:
                value = nest.select(nest.compare("slt", i[d], end), part, value)
        end = start
    return get(op.xs[0], i) if value is None else value  # no element is there


@element.rule(ten.StackOp)
def stack_element(op, i, get, nest):
    """stack(x…)[k, i…] = x_k[i…]"""
    low, high = nest.range_of(i[0], len(op.xs))
    value = get(op.xs[high], i[1:])
    for k in reversed(range(low, high)):
        here = nest.compare("eq", i[0], k)
        value = nest.select(here, get(op.xs[k], i[1:]), value)
    return value


@element.rule(ten.IndexOp)
def index_element(op, i, get, nest):
    """index(t, j…)[i…] = t[j…, i…]"""
    return get(op.t, [*(get(j, ()) for j in op.indices), *i])


@element.rule(ten.UpdateOp)
def update_element(op, i, get, nest):
    """
    update(x, v)[i…] = v[(i - offsets) / strides] where that is a place of v, else x[i…]
    """
    places, outside = [], []
    for j, offset, t, m, n in zip(
        i, op.offsets, ints(op.strides), shape(op.v.type), shape(op.x.type)
    ):
        low = types.constant_value(offset)
        if low == 0 and m == n and t == 1:
            places.append(j)
            continue
        if low is not None:
            k = nest.affine(j, 1, -int(low))
        else:
            k = nest.e(made(arith.SubiOp, j, get(offset, ())))
        if t > 1 and m > 1:
            # The quotient rounds down, so that no negative place becomes 0.
            outside.append(nest.compare("ne", nest.remainder(k, t), 0))
            k = nest.quotient(k, t)
        if not nest.is_inside([k], [m])[0]:
            outside.append(nest.compare("uge", k, m))
        places.append(k)
    value, old = get(op.v, places), get(op.x, i)
    for beside in reversed(outside):
        value = nest.select(beside, old, value)
    return value


@element.rule(ten.GatherOp)
def gather_element(op, i, get, nest):
    """gather(t, f)[i…, k…] = t[f(i…), k…], with i… in the domain of f"""
    n = len(op.domain)
    return get(op.t, [*region_values(op, i[:n], get, nest), *i[n:]])


def region_values(
    op: ten.IndexRegionOp, i: Sequence[SSAValue], get: Get, nest: BodyBuilder
) -> list[SSAValue]:
    """The values that an index region yields at these indices."""
    mapping: dict[SSAValue, SSAValue] = dict(zip(op.block.args, i))

    def inside(x: SSAValue) -> SSAValue:
        return mapping[x] if x in mapping else get(x, ())

    for inner in op.block.ops:
        if isinstance(inner, ten.YieldOp):
            return [inside(x) for x in inner.operands]
        if isinstance(inner, ten.IndexOp):
            mapping[inner.result] = get(inner.t, [inside(x) for x in inner.indices])
        elif (rule := foreign_rule(inner)) is not None:
            mapping[inner.results[0]] = rule(
                inner, [], lambda x, j: inside(x) if not j else get(x, j), nest
            )
        else:
            xs = [inside(x) for x in inner.operands]
            mapping[inner.results[0]] = nest.scalar_op(inner, xs)
    raise AssertionError("a region without a terminator")


def is_scalar_op(op: Operation) -> bool:
    """Whether an op of an index region can stand in the body of a nest."""
    if isinstance(op, ten.YieldOp):
        return True
    if isinstance(op, ten.IndexOp):
        return types.rank(op.result.type) == 0
    known = op.dialect_name() in ("arith", "math") or isinstance(
        op, ten.CastOp | ten.FmodOp | ten.SelectOp | ten.SpecialOp | sharing.LetOp
    )
    known = known or foreign_rule(op) is not None
    return known and not op.regions and len(op.results) == 1 and types.rank(op.results[0].type) == 0


def foreign_rule(op: Operation) -> Rule | None:
    """The element rule of an op outside of `ten` that nests cannot compute as it stands."""
    return None if op.dialect_name() in _OWN else element.find(type(op))


_OWN = ("arith", "math", "ten", "sharing", "delta")
