"""
Split a short dimension that a sum keeps: `ten-split-kept`.

Needs:   no `ten.build` or delta terms.
Leaves:  no reduction of at least LEAST elements, FEWEST for each result, that keeps a dimension of
         2 to MOST along which it reads computed elements that are the same.
Keeps:   the value, up to the order of sums.
Ends:    one visit to each reduction.

The gradient by a of Σ_c (a_ic - b_jc)², weighted, is Σ_j w_ij (a_ic - b_jc). The nest of this sum
goes over i, j and c, and would compute w_ij once for each c. So w is stored, although it is the
largest tensor of all. Three sums, one for each c, are one nest over i and j, which computes w_ij in
registers.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import ten, types
from ...dialects.types import ints, rank, shape
from ...dialects.walking import ops_in
from ...passes.rewriting import remarks
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import Emitter
from .body_builder import is_elementwise

MOST = 8
"""The most parts that a dimension is split into."""
FEWEST = 16
"""
The fewest elements that are combined into one: then results are small beside what is not stored.
"""
LEAST = 1 << 20
"""The fewest elements of an operand: to store fewer takes no longer than one more kernel."""
DEEP = 64
"""An equal operand is looked for through at most so many ops."""

RULE = "split-kept"


class SplitKeptPass(ModulePass):
    """
    Writes a reduction that keeps a short dimension as one reduction for each of its elements, if
    it computes what does not depend on the dimension.

    Example:

        >>> def f(a, b):
        ...     d = a[:, None] - b
        ...     return (np.exp(-(d * d).sum(2))[:, :, None] * d).sum(1)
        >>> module = lg.trace(f, lg.spec((2000, 2)), lg.spec((3000, 2)))
        >>> SplitKeptPass().apply(ctx, module)
        >>> sum(op.name == "ten.concat" for op in module.walk())
        1
    """

    name = "ten-split-kept"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for inner in list(ops_in(op)):
            if isinstance(inner, ten.SumOp | ten.ReduceOp) and (d := _kept(inner)) is not None:
                _split(inner, d)


def _kept(op: ten.SumOp | ten.ReduceOp) -> int | None:
    """The dimension to split, of the operand."""
    sizes, dims = shape(op.x.type), ints(op.dims)
    reduced = types.size(op.x.type) // max(types.size(op.result.type), 1)
    if reduced < FEWEST or types.size(op.x.type) < LEAST:
        return None
    for d, n in enumerate(sizes):
        if d not in dims and 2 <= n <= MOST and _is_equal_along(op.x, d):
            return d
    return None


def _is_equal_along(x: SSAValue, d: int) -> bool:
    """
    Whether an elementwise computation reads computed elements that are equal along `d`, and no
    tensor of its own size: beside one, to store what is equal costs little.
    """
    pending, seen, found = [x], {x}, False
    while pending:
        op = pending.pop().owner
        if isinstance(op, ten.BroadcastOp):
            found |= ints(op.dims) == (d,) and _is_computed(op.x)
        elif isinstance(op, Operation) and is_elementwise(op) and len(seen) <= DEEP:
            new = {y for y in op.operands if rank(y.type)} - seen
            seen |= new
            pending += new
        elif not isinstance(op, arith.ConstantOp | ten.IotaOp):
            return False
    return found


def _is_computed(x: SSAValue) -> bool:
    """Whether elements come from an operation on elements, of which not all are in memory."""
    return isinstance(x.owner, Operation) and is_elementwise(x.owner)


def _split(op: ten.SumOp | ten.ReduceOp, d: int) -> None:
    """
    sum(x, dims)  →  concat(sum(x[…, 0, …], dims), sum(x[…, 1, …], dims), …)

    Stores no operand of x that is the same for each element of the dimension.
    Requires: a short dimension that the sum keeps, and a computed operand that is equal along it;
    the others are broadcasts, too, and smaller than it.
    """
    e = Emitter.before(op, {}).derived(op, RULE)
    dims = ints(op.dims)
    to = sum(k not in dims for k in range(d))
    one = list(shape(op.result.type))
    one[to] = 1
    less = [i - (i > d) for i in dims]
    parts: list[SSAValue] = []
    n = shape(op.x.type)[d]
    for k in range(n):
        x = _Part(e, d, k).of(op.x)
        y = ten.SumOp(x, less) if isinstance(op, ten.SumOp) else ten.ReduceOp(op.kind.data, x, less)
        parts.append(e(ten.ReshapeOp(e(y), one)))
    count(RULE)
    remarks.passed(
        "ten-split-kept", RULE, op,
        lambda: f"one reduction for each of the {n} elements of dimension {d}: "
        "they share what they read, and nothing of it is stored",
    )  # fmt: skip
    Rewriter.replace_op(op, [], [e(ten.ConcatOp(parts, to))])


class _Part:
    """
    Values at place `k` of dimension `d`, without the dimension: elementwise ops on such values. So
    what is equal along the dimension is one value for all of its places.
    """

    def __init__(self, e: Emitter, d: int, k: int):
        self.e, self.d, self.k = e, d, k
        self.made: dict[SSAValue, SSAValue] = {}

    def of(self, x: SSAValue) -> SSAValue:
        if x not in self.made:
            self.made[x] = self._of(x)
        return self.made[x]

    def _of(self, x: SSAValue) -> SSAValue:
        sizes, op, d = shape(x.type), x.owner, self.d
        less = [n for i, n in enumerate(sizes) if i != d]
        if isinstance(op, ten.BroadcastOp):
            dims = ints(op.dims)
            if d in dims:
                rest = [i - (i > d) for i in dims if i != d]
                return self.e(ten.BroadcastOp(op.x, rest, less)) if rest else op.x
        elif isinstance(op, Operation) and is_elementwise(op) and len(self.made) < DEEP:
            operands = [self.of(y) if rank(y.type) else y for y in op.operands]
            return self.e(
                type(op).create(
                    operands=operands,
                    result_types=[types.like(x.type, less)],
                    properties=op.properties,
                    attributes=op.attributes,
                )
            )
        offsets, counts = [0] * len(sizes), list(sizes)
        offsets[d], counts[d] = self.k, 1
        part = self.e(ten.SliceOp(x, offsets, counts, [1] * len(sizes)))
        return self.e(ten.ReshapeOp(part, less))
