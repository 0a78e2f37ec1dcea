"""
Unroll short reductions into the nests that read them: `ten-unroll-reductions`.

Needs:   no `ten.build` or delta terms.
Leaves:  no reduction of 2 to MOST elements whose readers all compute element by element, except
         where each element of the result would be computed many times.
Keeps:   the value, up to the order of sums.
Ends:    one visit to each reduction; an unrolled one leaves none.

A nest stores the results of its reductions. On a GPU a distance between all pairs of points,
Σ_c (x_ic - y_jc)², is then a matrix in memory, which another kernel reads. Written as a sum of
three squares, the reader computes it in registers.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

from xdsl.context import Context
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import sharing, ten, types
from ...dialects.types import ints, shape
from ...dialects.walking import ops_in
from ...passes.rewriting import remarks
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import Emitter
from .body_builder import is_elementwise

MOST = 15
"""The most elements of a reduction that is unrolled."""
AGAIN = 8
"""
The most elements that each element of a stored window reduces again: reading the reduction and the
number that has it costs about as much as 8 elements that are in the cache.
"""
DEEP = 64
"""A reader is looked for through at most so many ops."""

RULE = "unroll"
MOVES = (
    ten.ReshapeOp,
    ten.ReverseOp,
    ten.SliceOp,
    ten.TransposeOp,
)


class UnrollReductionsPass(ModulePass):
    """
    Writes a short reduction as the operations on its elements.

    Example:

        >>> def f(x, y):
        ...     d = x[:, None, :] - y[None, :, :]
        ...     return np.sqrt(np.abs(d).sum(2))
        >>> module = lg.trace(f, lg.spec((20, 3)), lg.spec((30, 3)))
        >>> UnrollReductionsPass().apply(ctx, module)
        >>> any(op.name == "ten.sum" for op in module.walk())
        False
    """

    name = "ten-unroll-reductions"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for inner in list(ops_in(op)):
            if isinstance(inner, ten.SumOp | ten.ReduceOp) and _is_wanted(inner):
                _unroll(inner)


def _is_wanted(op: ten.SumOp | ten.ReduceOp) -> bool:
    sizes = [shape(op.x.type)[d] for d in ints(op.dims)]
    if not 2 <= prod(sizes) <= MOST or not types.size(op.result.type):
        return False
    element = types.element(op.result.type)
    if types.is_float(element) and types.part(element) != element:
        return False
    if not types.rank(op.result.type) or not _is_computed(op.x):
        return False
    # A nest keeps the last dimensions as rows in registers, but not a window of 2 × 2 pixels.
    is_row = ints(op.dims) == tuple(range(types.rank(op.result.type), types.rank(op.x.type)))
    return _reads(op.result, not is_row and prod(sizes) <= AGAIN) > 0


def _is_computed(x: SSAValue) -> bool:
    """Whether a nest computes the elements where it reads them, from few others."""
    for _ in range(DEEP):
        op = x.owner
        if not isinstance(op, Operation):
            return True  # an argument is in memory already
        if isinstance(op, MOVES):
            x = op.operands[0]
            continue
        return (is_elementwise(op) and not _is_costly(op)) or isinstance(
            op, ten.BroadcastOp | arith.ConstantOp | ten.IotaOp
        )
    return False


def _is_costly(op: Operation) -> bool:
    """Whether an element costs so much that no second reader should compute it again."""
    if isinstance(op, ten.SpecialOp | ten.FmodOp):
        return True
    return op.dialect_name() == "math" and not isinstance(op, math.AbsFOp | math.SqrtOp)


def _reads(result: SSAValue, again: bool) -> int:
    """
    How many elementwise ops read a reduction; 0 if a reader needs the result in memory, or if the
    rows of the result's elements are stored: there, a nest that keeps a row in registers reduces it
    once, and each element of an unrolled row would reduce it again. With `again`, it may do so.
    """
    found, seen = 0, set[tuple[SSAValue, bool]]()
    pending = [(result, False)]
    while pending:
        x, is_wide = pending.pop()
        if (x, is_wide) in seen:
            continue
        if len(seen) > DEEP:
            return 0
        seen.add((x, is_wide))
        for use in x.uses:
            op = use.operation
            if isinstance(op, ten.SumOp | ten.ReduceOp):
                reduced = prod(shape(op.x.type)[d] for d in ints(op.dims))
                if is_wide and reduced <= MOST and not again:
                    return 0
                found += 1
            elif isinstance(op, ten.BroadcastOp):
                pending.append((op.result, True))
            elif isinstance(op, MOVES):
                pending.append((op.results[0], is_wide))
            elif isinstance(op, sharing.LetOp) or not is_elementwise(op):
                if x is result or (is_wide and not again):
                    return 0
            else:
                found += 1
                pending.append((op.results[0], is_wide))
    return found


def _unroll(op: ten.SumOp | ten.ReduceOp) -> None:
    """
    sum(x, dims)  →  x[0…] + x[1…] + …

    Stores no result.
    Requires: few elements, whose sum is read element by element. The first one is added to 0, as a
    sum begins with 0: the sum of negative zeros is 0.
    """
    e = Emitter.before(op).derived(op, RULE)
    sizes, dims = shape(op.x.type), ints(op.dims)
    parts: list[SSAValue] = []
    for place in product(*(range(sizes[d]) for d in dims)):
        offsets, counts = [0] * len(sizes), list(sizes)
        for d, k in zip(dims, place):
            offsets[d], counts[d] = k, 1
        part = e(ten.SliceOp(op.x, offsets, counts, [1] * len(sizes)))
        parts.append(e(ten.ReshapeOp(part, shape(op.result.type))))
    total = _combined(op, parts, e)
    count(RULE)
    remarks.passed(
        "ten-unroll-reductions", RULE, op,
        lambda: f"the reduction of {len(parts)} elements is computed where it is read",
    )  # fmt: skip
    Rewriter.replace_op(op, [], [total])


def _combined(op: ten.SumOp | ten.ReduceOp, parts: Sequence[SSAValue], e: Emitter) -> SSAValue:
    is_float = types.is_float(types.element(op.result.type))
    kind = op.kind.data if isinstance(op, ten.ReduceOp) else "add"
    if kind == "add" and is_float:
        parts = [e.constant(0.0, op.result.type), *parts]
    join = (FLOATS if is_float else INTEGERS)[kind]
    total = parts[0]
    for part in parts[1:]:
        total = e(join(total, part))
    return total


FLOATS = {
    "add": arith.AddfOp,
    "prod": arith.MulfOp,
    "max": arith.MaximumfOp,
    "min": arith.MinimumfOp,
}
INTEGERS = {
    "add": arith.AddiOp,
    "prod": arith.MuliOp,
    "max": arith.MaxSIOp,
    "min": arith.MinSIOp,
    "any": arith.OrIOp,
    "all": arith.AndIOp,
}
