"""
Costly work on the rows of a loop leaves the loop: `ten-hoist-rows`.

    ys = scan [n] (c = c0) over (x = xs) { …, a = tanh x, …, f(c, a) }
        →  as = tanh xs; ys = scan [n] (c = c0) over (x = xs, a = as) { …, f(c, a) }
    ys = scan [n] (c = c0) over (x = xs) { …, a = x w, …, f(c, a) }
        →  as = xs w; ys = scan [n] (c = c0) over (a = as) { …, f(c, a) }

Needs:   no `ten.build`.
Leaves:  in the body of a scan, no division, root or transcendental function of the rows and of
         values from outside, and no product of a row and a matrix from outside, with the
         exceptions below.
Keeps:   the value, bit for bit, but sums of an einsum may run in another order. Sharing: each
         computation that moves runs as often as before. So a function of a row in the loop, and of
         all rows outside, is then one computation for `cse`.
Ends:    one walk, inner loops first. From an inner loop, work moves to the rows of the outer loop.

Exceptions: an op in a branch of a conditional, or in a loop with a number of turns, which may never
run; an op that reads rows which another scan of the block makes in as many steps, because
`ten-fuse-scans` makes one loop of the two, and these rows are never stored; an op that reads rows
of a scan with a checkpoint; an op whose result is larger than each row of the scan, or for a
product more than four times as large, because its array could take much more room than the arrays
that are there; a product of few numbers; a product in a scan with a checkpoint; an op on terms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from ...dialects.op_kinds import Kinds
from ...dialects.ten import scans
from ...dialects.types import Term
from ...dialects.walking import ops_in
from ..rewriting.driver import count
from ..rewriting.emitter import Known
from ..rewriting.levels import Level
from ..rewriting.rule_tables import batch
from ..sharing.evaluations import is_heavy
from ..sharing.numbering import is_costly
from ..sharing.shared_terms import drop_broken_stamps
from .builds import vectorize

LEAST_PRODUCTS = 1024
"""A product of fewer multiplications stays: to store its result takes as long."""

WIDER = 4
"""
How many times the elements of a row the result of a product may have: the four gates of an LSTM are
one product of a row.
"""


class HoistRowsPass(ModulePass):
    """
    Computes costly functions of the rows of a loop, and products of rows with a matrix, in bulk, in
    front of the loop.

    Example:

        >>> def decay(x):
        ...     return lg.scan(lambda c, row: (c * row + np.exp(row), c), 0.0, x)[0]
        >>> module = lg.trace(decay, lg.spec(5))
        >>> HoistRowsPass().apply(ctx, module)
        >>> "exp x" in show(module)
        True
    """

    name = "ten-hoist-rows"
    seeks: ClassVar[Kinds] = (ten.ScanOp,)
    needs: ClassVar[Level] = Level.BULK

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        # An outer loop comes before its inner loops.
        for scan in reversed([x for x in ops_in(op) if isinstance(x, ten.ScanOp)]):
            hoist_rows(scan)
        drop_broken_stamps(op, self.name)


def hoist_rows(scan: ten.ScanOp) -> None:
    """Move the costly work on rows of one scan in front of it."""
    if not _movable(scan):
        return
    # Work that is the same in each turn needs no array.
    for op in scans.invariant(scan):
        op.detach()
        Rewriter.insert_op(op, InsertPoint.before(scan))
    moved = _movable(scan)
    # A build for each costly op reads the builds of the others, so that no op is in two builds.
    builds: dict[SSAValue, ten.BuildOp] = {}
    for op in moved:
        if is_costly(op):
            builds[op.results[0]] = _build(scan, op, moved, builds)
    for build in builds.values():
        Rewriter.insert_op(build, InsertPoint.before(scan))
    inside = set(moved)
    kept = [x for x in builds if any(use.operation not in inside for use in x.uses)]
    _read_rows(scan, kept, [builds[x].result for x in kept])
    for op in reversed(moved):
        if op.results[0].first_use is None:
            op.detach()
            op.erase()
    known: Known = {}
    for build in builds.values():
        vectorize(build, known=known)
    count("ten-hoist-rows", len(kept))


def _movable(scan: ten.ScanOp) -> list[Operation]:
    """The heavy ops of a body that depend on rows alone, and the ops that these need, in order."""
    # A loop that ends early would not do the work for the rows that it does not reach.
    if (
        scan.trips < 2
        or scan.turns is not None
        or any(isinstance(x.type, Term) for x in (*scan.operands, *scan.results))
    ):
        return []
    other = {*scan.carried, *_fused_rows(scan)}
    varies = scans.depending(scan, other.__contains__, outside=False)
    of_rows = scans.variant(scan)
    most = max((types.size(row.type) for row in scan.rows), default=0)
    products = {
        op
        for op in scan.block.ops
        # A loop that keeps only some of its states is to keep no products.
        if scan.states is None and is_product_of_row(op, of_rows)
    }
    movable: dict[Operation, None] = {}
    for op in scan.block.ops:
        if (
            len(op.results) == 1
            and not op.regions
            and op.dialect_name() in ("arith", "math", "ten")
            and op.results[0] not in varies
            and (
                types.size(op.results[0].type) <= (most * WIDER if op in products else most)
                or not is_costly(op)
            )
            and (isinstance(op, arith.ConstantOp | ten.IndexOp) or batch.optional(op) is not None)
            and all(x.owner in movable or not _is_made_in(scan.block, x) for x in op.operands)
        ):
            movable[op] = None
    heavy = [op for op in movable if op in products or (is_heavy(op) and op.results[0] in of_rows)]
    return scans.with_operands(heavy, scan.block)


def is_product_of_row(op: Operation, of_rows: set[SSAValue]) -> bool:
    """
    Whether an op multiplies a value of the step by a matrix that is the same in each step: for all
    steps this is one product of matrices, which reads the matrix once.
    """
    if not isinstance(op, ten.EinsumOp) or len(op.xs) != 2:
        return False
    words, output = op.letters
    sizes = {c: n for w, x in zip(words, op.xs) for c, n in zip(w, types.shape(x.type))}
    return (
        sum(x in of_rows for x in op.xs) == 1
        and all(len(set(w)) == len(w) < len(sizes) for w in words)
        and any(c in words[1] and c not in output for c in words[0])
        and prod(sizes.values()) >= LEAST_PRODUCTS
    )


def _is_made_in(block: Block, x: SSAValue) -> bool:
    return isinstance(x.owner, Operation) and x.owner.parent is block


def _fused_rows(scan: ten.ScanOp) -> list[SSAValue]:
    """
    The rows that another scan makes, with which `ten-fuse-scans` may fuse this scan; and the rows
    of a scan with a checkpoint, which `ten-checkpoint-scans` removes.
    """
    return [
        row
        for x, row in zip(scan.xs, scan.rows, strict=True)
        if isinstance(x.owner, ten.ScanOp)
        and (
            x.owner.states is not None
            or (
                x.owner.parent is scan.parent
                and (x.owner.trips, x.owner.is_reverse) == (scan.trips, scan.is_reverse)
            )
        )
    ]


def _build(
    scan: ten.ScanOp,
    op: Operation,
    moved: Sequence[Operation],
    builds: Mapping[SSAValue, ten.BuildOp],
) -> ten.BuildOp:
    """The array of the op's result for all rows. It reads arrays that other builds make."""
    block = Block(arg_types=[ten.index_type])
    arrays: dict[SSAValue, SSAValue] = dict(zip(scan.rows, scan.xs, strict=True))
    arrays |= {x: build.result for x, build in builds.items()}
    values: dict[SSAValue, SSAValue] = {}
    needed: set[Operation] = {op}
    for inner in reversed(moved):
        if inner in needed:
            given = [x.owner for x in inner.operands if x not in arrays]
            needed |= {x for x in given if isinstance(x, Operation) and x.parent is scan.block}
    for inner in moved:
        if inner not in needed:
            continue
        for x in inner.operands:
            if x in arrays and x not in values:
                read = ten.IndexOp(arrays[x], [block.args[0]])
                block.add_op(read)
                values[x] = read.result
        block.add_op(inner.clone(values))
    result = op.results[0]
    block.add_op(ten.YieldOp(values[result]))
    build = ten.BuildOp([scan.trips], Region(block))
    build.result.name_hint = result.name_hint
    build.location = op.location
    return build


def _read_rows(scan: ten.ScanOp, values: Sequence[SSAValue], arrays: Sequence[SSAValue]) -> None:
    """Read values of the body as rows of these arrays."""
    block = scan.block
    for value in values:
        arg = block.insert_arg(value.type, len(block.args))
        arg.name_hint = value.name_hint
        value.replace_all_uses_with(arg)
    body = scan.detach_region(scan.body)
    new = ten.ScanOp(scan.trips, scan.inits, [*scan.xs, *arrays], body, scan.is_reverse)
    new.attributes.update(scan.attributes)
    new.location = scan.location
    for old, result in zip(scan.results, new.results, strict=True):
        result.name_hint = old.name_hint
    Rewriter.replace_op(scan, new)
