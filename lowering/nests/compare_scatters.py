"""
Write a scatter with one place in each row as comparisons: `ten-compare-scatters`.

Needs:   no `ten.build` or delta terms.
Leaves:  no scatter that keeps all its indices but adds one or more that it computes, if the
         readers compute element by element, or return it.
Keeps:   the value, bit for bit.
Ends:    one visit to each scatter; the ops in its place have none.

The gradient of x[np.arange(n), y], as in cross entropy, is a scatter: a tensor of zeros with one
number in each row. As comparisons it is computed where it is read, and on a GPU it is part of the
kernel that has the row in registers.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import ModuleOp, UnitAttr, i32, i64
from xdsl.ir import Block, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import ten, types
from ...dialects.types import ints, shape
from ...dialects.walking import ops_in
from ...passes.rewriting import remarks
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import Emitter
from .body_builder import is_elementwise

RULE = "compare-scatter"


class CompareScattersPass(ModulePass):
    """
    Replaces scatters of one number in each row by comparisons of places.

    Example:

        >>> rows = np.arange(20)
        >>> f = lg.grad(lambda x, y: np.sum(x[rows, y] ** 2))
        >>> module = lg.trace(f, lg.spec((20, 30)), lg.spec(20, "i64"))
        >>> CompareScattersPass().apply(ctx, module)
        >>> any(op.name == "ten.scatter" for op in module.walk())
        False
    """

    name = "ten-compare-scatters"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for inner in list(ops_in(op)):
            if isinstance(inner, ten.ScatterOp) and (computed := computed_indices(inner)):
                _compare(inner, computed)


def computed_indices(op: ten.ScatterOp) -> list[int]:
    """
    The places of the indices that a scatter computes, if the others are all its arguments in their
    order and over the whole of a dimension; else none. Then no two elements have the same place.
    """
    if types.is_complex(types.element(op.result.type)):
        return []
    arguments = [*op.block.args]
    kept = [d for d, x in enumerate(op.yielded) if x in arguments]
    if [op.yielded[d] for d in kept] != arguments:
        return []
    if [ints(op.dims)[d] for d in kept] != [*op.domain] or not _is_read_by_nests(op.result):
        return []
    return [d for d in range(len(ints(op.dims))) if d not in kept]


READERS = (ten.SumOp, ten.ReduceOp, func.ReturnOp)


def _is_read_by_nests(x: SSAValue) -> bool:
    return all(is_elementwise(u.operation) or isinstance(u.operation, READERS) for u in x.uses)


def _compare(op: ten.ScatterOp, computed: list[int]) -> None:
    """
    scatter t to (i, k(i))  →  where(k(i) = j, t[i], 0) at each (i, j)

    Stores no tensor of zeros.
    Requires: each argument is an index, in their order. A k(i) that is outside is no j: a read of
    the table 1, 2, … gives 0 there, and k(i) becomes -1. The number is added to 0, as in a sum: the
    sum of negative zeros is 0.
    """
    e = Emitter.before(op).derived(op, RULE)
    result, dims = op.result.type, ints(op.dims)
    sizes = shape(result)
    rest = range(len(dims), len(sizes))
    condition: SSAValue | None = None
    for d in computed:
        whole = i32 if dims[d] < 1 << 31 else i64
        counted = types.of_shape((dims[d],), whole)
        table = e(arith.AddiOp(e(ten.IotaOp(0, counted)), e.constant(1, counted)))
        read = ten.GatherOp(op.domain, table, _index(op, d))
        if "in_bounds" in op.attributes:
            read.attributes["in_bounds"] = UnitAttr()
        index = e(arith.SubiOp(e(read), e.constant(1, read.result.type)))
        there = e(ten.BroadcastOp(index, [*computed, *rest], sizes))
        here = e(ten.IotaOp(d, types.of_shape(sizes, whole)))
        equal = e(ten.CompareOp("eq", there, here))
        condition = equal if condition is None else e(arith.AndIOp(condition, equal))
    assert condition is not None
    zero = e.constant(0, result)
    add = arith.AddfOp if types.is_float(types.element(result)) else arith.AddiOp
    number = e(add(zero, e(ten.BroadcastOp(op.t, computed, sizes))))
    chosen = e(ten.SelectOp(condition, number, zero))
    count(RULE)
    remarks.passed(
        "ten-compare-scatters", RULE, op,
        lambda: "its elements are compared with their places where they are read",
    )  # fmt: skip
    Rewriter.replace_op(op, [], [chosen])


def _index(op: ten.ScatterOp, d: int) -> Region:
    """The index function of one index of a scatter."""
    block = Block(arg_types=[x.type for x in op.block.args])
    values: dict[SSAValue, SSAValue] = dict(zip(op.block.args, block.args))
    for inner in op.block.ops:
        if not isinstance(inner, ten.YieldOp):
            block.add_op(inner.clone(values))
    x = op.yielded[d]
    block.add_op(ten.YieldOp(values.get(x, x)))
    return Region(block)
