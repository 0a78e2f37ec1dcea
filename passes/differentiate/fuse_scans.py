"""
Fuse a scan into one that runs over its rows: `ten-fuse-scans`.

Needs:   nothing.
Leaves:  no scan over the rows of another scan of its block, with as many steps in the same
         direction. Two exceptions stay: a scan that also needs final results of the other scan, and
         a scan of delta terms over the rows of a scan of values.
         And no `ten.while` of which another one of the block computes all carried values and the
         condition, if nothing between the two needs the first loop for the second.
Keeps:   the value, bit for bit.
Ends:    each firing leaves one loop less.

    ys = scan [n] (c) { f }; scan [n] (d) over (y = ys) { g(y) }   →   scan [n] (c, d) { f; g(y) }
    c = while (c) { p(c) } do { f(c) }; c', d = while (c, d) { p(c) } do { f(c); g(c, d) }
        →   c, d = while (c, d) { p(c) } do { f(c); g(c, d) };  c' = c

So forward mode is one loop over pairs of a value and its tangent. The residuals that were stored
for all steps are now values of the step, and their rows are dead.
"""

from __future__ import annotations

from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from ...dialects.op_kinds import Kinds
from ..rewriting import scopes
from ..rewriting.driver import count
from ..sharing.shared_terms import drop_broken_stamps
from .equal_loops import contained

DISTANCE = 10_000
"""The pass looks at no more than this many ops between two scans: more would make it quadratic."""


class FuseScansPass(ModulePass):
    """Makes one scan from two scans, of which the second runs over rows of the first."""

    name = "ten-fuse-scans"
    seeks: ClassVar[Kinds] = (ten.ScanOp, ten.WhileOp)

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        pending: list[Operation] = [op]
        while pending:
            holder = pending.pop()
            for region in holder.regions:
                for block in region.blocks:
                    fuse_in(block)
                    pending.extend(inner for inner in block.ops if inner.regions)
        drop_broken_stamps(op, self.name)


def fuse_in(block: Block) -> None:
    """Fuse the scans of a block, in the order of the block."""
    op = block.first_op
    while op is not None:
        following = op.next_op
        if isinstance(op, ten.ScanOp):
            for first in dict.fromkeys(x.owner for x in op.xs):
                if (
                    isinstance(first, ten.ScanOp)
                    and first.parent is block
                    and (first.trips, first.is_reverse) == (op.trips, op.is_reverse)
                    and first.turns is op.turns
                    and is_of_terms(first) == is_of_terms(op)
                    and not (is_kept_apart(first) or is_kept_apart(op))
                    and (later := between(first, op)) is not None
                ):
                    for other in reversed(later):
                        other.detach()
                        Rewriter.insert_op(other, InsertPoint.after(op))
                    op = fuse(first, op)
                    following = op.next_op
                    count("fuse")
        elif isinstance(op, ten.WhileOp):
            while (first := wider_than(op)) is not None:
                loop, places, later = first
                for other in reversed(later):
                    other.detach()
                    Rewriter.insert_op(other, InsertPoint.after(op))
                for k, result in zip(places, loop.results):
                    if op.results[k].name_hint is None:
                        op.results[k].name_hint = result.name_hint
                    result.replace_all_uses_with(op.results[k])
                Rewriter.erase_op(loop)
                following = op.next_op
                count("fuse")
        op = following


def wider_than(
    second: ten.WhileOp,
) -> tuple[ten.WhileOp, list[int], list[Operation]] | None:
    """
    A loop before `second` in its block all of whose carried values `second` computes too; for each
    of them, the place among the carried values of `second`; and the ops between the loops that need
    the first loop, and so must come after both.
    """
    op = second.prev_op
    for _ in range(DISTANCE):
        if op is None:
            break
        if isinstance(op, ten.WhileOp) and len(op.inits) <= len(second.inits):
            places = contained(op, second)
            if places is not None and (later := dependents(op, second)) is not None:
                return op, places, later
        op = op.prev_op
    return None


def followers(first: Operation, second: Operation) -> tuple[list[Operation], set[SSAValue]] | None:
    """
    The ops between two ops of a block that need the first one, and so must come after both; and the
    values that need the first one. None if such an op may not move, or if the second op does not
    follow within `DISTANCE`.
    """
    needs: set[SSAValue] = set(first.results)
    later: list[Operation] = []
    op = first.next_op
    for _ in range(DISTANCE):
        if op is second or op is None:
            break
        if any(x in needs for x in scopes.operands_of(op)):
            if not ten.is_pure(op):
                return None
            needs.update(op.results)
            later.append(op)
        op = op.next_op
    return (later, needs) if op is second else None


def dependents(first: Operation, second: Operation) -> list[Operation] | None:
    """`followers`; None if the second op itself needs the first one."""
    found = followers(first, second)
    if found is None:
        return None
    later, needs = found
    return None if any(x in needs for x in scopes.operands_of(second)) else later


def is_kept_apart(scan: ten.ScanOp) -> bool:
    """
    Whether a scan of one step has a checkpoint. The derivative of both in one loop would keep all
    values of both at the same time.
    """
    return scan.trips == 1 and scan.states is not None


def is_of_terms(scan: ten.ScanOp) -> bool:
    return any(isinstance(t, types.Term) for t in scan.result_types)


def between(first: ten.ScanOp, second: ten.ScanOp) -> list[Operation] | None:
    """
    The ops between two scans that need the first scan, and so must come after both. None if the
    scans cannot become one, because the second needs more from the first than rows.
    """
    found = followers(first, second)
    if found is None:
        return None
    later, needs = found
    n = len(first.inits)
    rows = set(first.results[n:])
    inner = [x for x in scopes.operands_of(second) if x in needs]
    outer = [x for x in second.operands if x in needs]
    runs_over = [x for x in second.xs if x in rows]
    return later if len(inner) == len(outer) == len(runs_over) else None


def fuse(first: ten.ScanOp, second: ten.ScanOp) -> ten.ScanOp:
    """One scan in the place of the second scan. It takes the rows of the first as they are made."""
    n, m = len(first.inits), len(second.inits)
    made: dict[SSAValue, SSAValue] = dict(zip(first.results[n:], first.ys))
    own = [x for x in second.xs if x not in made]
    block = first.block
    carried = [block.insert_arg(arg.type, n + k) for k, arg in enumerate(second.carried)]
    rows = iter([block.insert_arg(arg.type, len(block.args))
                 for x, arg in zip(second.xs, second.rows) if x not in made])  # fmt: skip
    values = [*carried, *(made[x] if x in made else next(rows) for x in second.xs)]
    for arg, value in zip(list(second.block.args), values, strict=True):
        if value.name_hint is None:
            value.name_hint = arg.name_hint
        arg.replace_all_uses_with(value)
    ends = [block.last_op, second.block.last_op]
    assert ends[0] is not None and ends[1] is not None
    given = (list(ends[0].operands), list(ends[1].operands))
    for end in ends:
        assert end is not None
        Rewriter.erase_op(end)
    for op in list(second.block.ops):
        op.detach()
        block.add_op(op)
    block.add_op(ten.YieldOp(*given[0][:n], *given[1][:m], *given[0][n:], *given[1][m:]))
    new = ten.ScanOp(
        first.trips,
        [*first.inits, *second.inits],
        [*first.xs, *own],
        first.detach_region(first.body),
        first.is_reverse,
        first.turns,
    )
    new.attributes.update({**first.attributes, **second.attributes})
    new.location = second.location
    Rewriter.insert_op(new, InsertPoint.before(second))
    carries, ys = new.results[: n + m], new.results[n + m :]
    k = len(first.results) - n
    for old, results in ((first, (*carries[:n], *ys[:k])), (second, (*carries[n:], *ys[k:]))):
        for before, after in zip(old.results, results, strict=True):
            after.name_hint = before.name_hint
            before.replace_all_uses_with(after)
        Rewriter.erase_op(old)
    return new
