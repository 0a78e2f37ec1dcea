"""
Loops whose number of turns has a bound that the program shows, as scans of so many rows.

Keeps:   the value, bit for bit.
Ends:    each firing leaves one `ten.while` less, or a scan with fewer rows.
"""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint

from ...dialects import ten, types
from ...dialects.ten import whiles
from ..rewriting import costs
from . import index_maps

ROOM = 1 << 17
"""
At most so many bytes of values that all turns may compute. A derivative of the scan keeps room for
such values of each turn; a derivative of the loop computes them again.
"""


WORD = 1 << 63
"""An index is less than this, and not less than its negative."""


class WhileOfCounter(RewritePattern):
    """
    i, c = while (i = low, c = c0) { i < high } do { i + 1, f(i, c) }
        →  c = scan [n] turns (high - low) (c = c0) over (i = low + iota) { f(i, c) };
           i = low < high ? high : low

    The derivative of a scan keeps what it needs of each turn. So an inner loop over `range(i)` is
    a scan with as many rows as the outer one has.
    Requires: high - low ≤ n for all their values, and that the difference does not wrap. Only the
              counter decides, and it counts by 1. The values of n turns take little room.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.WhileOp, rewriter: PatternRewriter):
        found = whiles.counter_of(op)
        if found is None or op.most is not None:
            return
        k, high = found
        low = op.inits[k]
        (low_least, low_most), (least, most) = map(index_maps.bounds_of_elements, (low, high))
        apart = index_maps.bounds_of_difference(high, low, index_maps.bounds_of_elements)[1]
        n = max(0, min(most - low_least, apart))
        made = (r.type for inner in op.block.ops for r in inner.results)
        if max(least, -WORD) - min(low_most, WORD - 1) < -WORD:
            return
        if n * sum(map(costs.bytes_of, made)) > ROOM:
            return

        def add(new: Operation) -> SSAValue:
            rewriter.insert(new, InsertPoint.before(op))
            return new.results[0]

        n, kind = int(n), low.type
        many = types.of_shape((n,), kind)
        rows = add(arith.AddiOp(add(ten.IotaOp(0, many)), add(ten.BroadcastOp(low, [0], (n,)))))
        first, last = low, high
        if kind != ten.index_type:
            first, last = (add(ten.CastOp(x, ten.index_type)) for x in (low, high))
        turns = add(arith.SubiOp(last, first))
        end = add(arith.SelectOp(add(arith.CmpiOp(low, high, "slt")), high, low))

        arg, block = op.carried[k], op.block
        row = block.insert_arg(kind, len(block.args))
        row.name_hint = arg.name_hint
        arg.replace_all_uses_with(row)
        block_last = block.last_op
        assert block_last is not None
        kept = [j for j in range(len(op.inits)) if j != k]
        rewriter.replace(block_last, ten.YieldOp(*(op.nexts[j] for j in kept)))
        block.erase_arg(arg)
        scan = ten.ScanOp(
            n, [op.inits[j] for j in kept], [rows], op.detach_region(op.body), turns=turns
        )
        scan.attributes.update(op.attributes)
        results: list[SSAValue] = list(scan.results)
        for j, result in zip(kept, results):
            result.name_hint = op.results[j].name_hint
        results.insert(k, end)
        rewriter.replace(op, scan, results)


class ScanOfFewTurns(RewritePattern):
    """
    c, y… = scan [n] turns t (c = c0) over (x…) { … }
        →  c, y… = scan [m] turns t (c = c0) over (slice(x, 0, m)…) { … };  pad(y, 0, n - m)…

    A loop has room for the rows of all its turns, and so has its derivative for what it keeps of
    each turn.
    Requires: t ≤ m < n for all values of t. The loop keeps no states, whose rows it numbers, and
              has no terms: a derivative has the rows that its function has.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScanOp, rewriter: PatternRewriter):
        if op.turns is None or op.states is not None:
            return
        if any(isinstance(x.type, types.Term) for x in (*op.operands, *op.results)):
            return
        n = op.trips
        m = max(index_maps.bounds_of_elements(op.turns)[1], 0)
        if m >= n:
            return

        m = int(m)
        place = InsertPoint.before(op)
        few: list[SSAValue] = []
        for x in op.xs:
            sizes = types.shape(x.type)
            if isinstance(x.owner, ten.IotaOp) and len(sizes) == 1:
                part = ten.IotaOp(0, types.of_shape((m,), types.element(x.type)))
            else:
                part = ten.SliceOp(x, [0] * len(sizes), [m, *sizes[1:]], [1] * len(sizes))
            rewriter.insert(part, place)
            few.append(part.result)
        body = op.detach_region(op.body)
        scan = ten.ScanOp(m, op.inits, few, body, op.is_reverse, op.turns)
        scan.attributes.update(op.attributes)
        results: list[SSAValue] = list(scan.results)
        for k in range(len(op.inits), len(results)):
            pads = [0] * types.rank(results[k].type)
            pad = ten.PadOp(results[k], pads, [n - m, *pads[1:]], pads)
            rewriter.insert(pad, InsertPoint.after(op))
            results[k] = pad.result
        for old, new in zip(op.results, results):
            new.name_hint = old.name_hint
        rewriter.replace(op, scan, results)


RULES: tuple[RewritePattern, ...] = WhileOfCounter(), ScanOfFewTurns()
