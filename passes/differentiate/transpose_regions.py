"""
Pull cotangents back through ops with regions of terms: `scf.if` and `ten.scan`.

Inside of a region, the `sweep` that the caller gives takes the terms backwards, in the same way as
outside.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from ...dialects.types import shape
from ...dialects.walking import ops_in
from ..rewriting import costs
from ..rewriting.emitter import Emitter, Known, Layers, note
from ..rewriting.functions import erase_terms
from ..sharing.copying import copy_op
from .cotangents import OneHot, Pairs, all_reads, scattered
from .masks import Masked
from .term_flow import may_mask, reached_at_any_step
from .widths import fitted, wide_type

MOST_ROOM = 1 << 28
"""The most bytes that a scan gives out for the reads of one term, if all turns run."""

MOST_UNUSED_ROOM = 1 << 22
"""The same for a scan with a number of turns. A run may need very few of these bytes."""

Sweep = Callable[[Pairs, Operation | None], None]
"""Takes all terms from an op backwards through its block."""


def transpose_if(
    pairs: Pairs, op: scf.IfOp, cts: Sequence[Masked | None], e: Emitter, sweep: Sweep
) -> None:
    """
    scf.if c {d(outer)} else {e(outer)} : terms   →   scf.if c {d's transpose} else {e's transpose}
    : cotangents of outer

    The branches of `op` hold only terms. The new branches hold only ops that pull back through
    these terms.
    """
    outer = outer_terms(op)
    draft = None
    if any(isinstance(inner, ten.WhileOp) for inner in ops_in(op)):
        # The sweep puts values beside the terms of a loop. They move to the new branch.
        draft = e.insert(copy_op(op, op.operands, op.result_types))
    # The new branches are in the module from the begin, because copies in them get stamps.
    begun = e.insert(scf.IfOp(op.cond, [], Region(Block()), Region(Block())))
    settled = [None if ct is None else Masked(ct.settled(e), masked=ct.has_zeros) for ct in cts]
    for region, new_region in zip((draft or op).regions, begun.regions):
        block = new_region.block
        here = Emitter(InsertPoint.at_end(block), e.location, Layers({}, e.known or {}))
        inner = Pairs(here)
        last = region.block.last_op
        assert isinstance(last, scf.YieldOp)
        for term, ct in zip(last.operands, settled):
            inner.add(term, ct)
        sweep(inner, last.prev_op)
        _move_values(region.block, block)
        here.insert(scf.YieldOp(*(inner.take_settled(term, here) for term in outer)))
    if draft is not None:
        Rewriter.erase_op(draft)
    then, otherwise = (begun.detach_region(region) for region in list(begun.regions))
    Rewriter.erase_op(begun)
    kinds = [types.value_type(t.type) for t in outer]
    new = e.insert(scf.IfOp(op.cond, kinds, then, otherwise))
    for term, value in zip(outer, new.results):
        pairs.add(term, Masked(value, masked=True))


def _move_values(old: Block, new: Block) -> None:
    """Move the ops of a block that give values to the begin of another block."""
    first = new.first_op
    for op in list(old.ops):
        if op is not old.last_op and not types.gives_terms(op):
            op.detach()
            place = InsertPoint.at_end(new) if first is None else InsertPoint.before(first)
            Rewriter.insert_op(op, place)


def outer_terms(op: Operation) -> list[SSAValue]:
    """The terms from outside that the regions of an op use."""
    inside = {result for inner in ops_in(op) for result in inner.results}
    inside |= {a for inner in ops_in(op) for region in inner.regions for a in region.block.args}
    used = (x for inner in ops_in(op) if inner is not op for x in inner.operands)
    return [x for x in dict.fromkeys(used) if isinstance(x.type, types.Term) and x not in inside]


def transpose_scan(
    pairs: Pairs, op: ten.ScanOp, cts: Sequence[Masked | None], e: Emitter, sweep: Sweep
) -> None:
    """
    dc, dys = scan (dc = dc0) over (r = rs, dx = dxs) { A dc + B dx + C d(outer) }
        →  scan, in the other direction, (c̄ = c̄, s = 0) over (r = rs, ȳ = ȳs) { Aᵀ, s + Cᵀ; Bᵀ }

    The scan carries the cotangents of terms from outside, as sums. Elements that a step reads from
    such a term are an exception: the scan gives out their cotangents with the places of the reads,
    and they are put there all together. If these rows could take much more room than the term, the
    scan carries a sum for reads too.

    Requires: the body holds only terms, and ops on rows and on values from outside.
    """
    masked, also = False, set[int]()
    while True:
        scan = ReversedScan(op, cts, e, masked, also)
        scan.take_cotangents()
        sweep(scan.inner, scan.old[-1] if scan.old else None)
        lost = scan.without_place()
        if not lost:
            scan.give_cotangents()
            if not scan.gained_zeros:
                break
        # The terms alone did not tell what cotangents the rules give. Each time more is known.
        Rewriter.erase_op(scan.draft)
        masked, also = masked or not lost, also | lost
    scan.hand_on(pairs, scan.insert())


class ReversedScan:
    """The scan that pulls cotangents back through a scan of terms, during its construction."""

    def __init__(
        self,
        op: ten.ScanOp,
        cts: Sequence[Masked | None],
        e: Emitter,
        masked: bool = False,
        also: Collection[int] = (),
    ):
        """
        With `masked`, the carried cotangents have zeros that win. The carried terms `also` have
        cotangents.
        """
        self.op, self.cts, self.e = op, cts, e
        self.outer = outer_terms(op)
        # The scan is in the module during its construction, because rules look up functions there.
        self.draft = e.insert(copy_op(op, op.operands, op.result_types))
        self.block = self.draft.regions[0].block
        last = self.block.last_op
        assert last is not None
        self.yielded = list(last.operands)
        last.detach()
        last.erase()
        self.old = list(self.block.ops)
        """The ops of the old body: values stay, terms go."""
        self.terms = list(self.block.args)
        """The arguments of the old body: its carried terms, and the rows."""
        known: Known = Layers({}, e.known or {})
        for value_op in self.old:
            if not types.gives_terms(value_op):
                note(value_op, known)
        self.here = Emitter(InsertPoint.at_end(self.block), op.location, known)
        self.inner = Pairs(self.here)

        n = len(op.inits)
        self.given = [k for k in range(len(cts) - n) if cts[n + k] is not None]
        """Which of the given rows have cotangents."""
        arrived = [k for k, ct in enumerate(cts) if ct is not None]
        carried, found = reached_at_any_step(self.block, n, self.yielded, arrived)
        self.carried = sorted({*carried, *also})
        """Which of the carried terms have cotangents at some step."""
        # A step may mask a value that the step before it scales. A cotangent that only later
        # steps need is zero so far.
        self.masked = masked or may_mask(self.old, found)
        for k in self.carried:
            ct = cts[k]
            self.masked |= ct is None or ct.has_zeros

        self.nexts: list[Masked | None] = []
        """
        The values that the body carries on: the cotangents of the carried terms of the old body.
        """
        self.ys: list[SSAValue] = []
        """The values that the body gives at each step."""
        self.rows: list[tuple[SSAValue, int, bool]] = []
        """Terms of rows: the operand of the old scan, its place in `ys`, whether it has zeros."""
        self.reads: list[tuple[SSAValue, int, OneHot]] = []
        """Terms from outside that are read at indices: the term, its place in `ys`, the reads."""
        self.sums: list[tuple[SSAValue, bool]] = []
        """Terms from outside whose cotangents are summed: the term, whether the sum has zeros."""

    def take_cotangents(self) -> None:
        """Give the body arguments for the cotangents that arrive at a step."""
        n = len(self.op.inits)
        for at, k in enumerate(self.carried):
            arg = self.block.insert_arg(types.value_type(self.yielded[k].type), at)
            self.inner.add(self.yielded[k], Masked(arg, masked=self.masked))
        for k in self.given:
            ct, term = self.cts[n + k], self.yielded[n + k]
            assert ct is not None
            row = self.block.insert_arg(types.value_type(term.type), len(self.block.args))
            self.inner.add(term, Masked(row, masked=ct.has_zeros))

    def without_place(self) -> set[int]:
        """The carried terms that got cotangents, and that are not among the `carried`."""
        terms = enumerate(self.terms[: len(self.op.inits)])
        return {k for k, term in terms if term in self.inner and k not in self.carried}

    def give_cotangents(self) -> None:
        """End the body: it yields the cotangents of the old body's arguments and outside terms."""
        inner, here = self.inner, self.here
        self.nexts = [inner.take(self.terms[k]) for k in self.carried]
        after = [_value(ct, self.terms[k], here) for k, ct in zip(self.carried, self.nexts)]
        for x, arg in zip(self.op.xs, self.terms[len(self.op.inits) :]):
            if isinstance(x.type, types.Term) and (ct := inner.take(arg)) is not None:
                self.rows.append((x, len(self.ys), ct.has_zeros))
                self.ys.append(fitted(ct.settled(here), arg, here))
        for term in self.outer:
            for depth, group in inner.reads.pop(term, {}).items():
                if self.room_of(group) > self.most_room(term):
                    read = scattered(term, depth, group, here)
                    inner.add(term, Masked(read, masked=any(one.masked for one in group)))
                    continue
                many = group[0] if len(group) == 1 else all_reads(group, here)
                self.reads.append((term, len(self.ys), many))
                self.ys.extend((many.value, *many.indices))
            if (ct := inner.arrived.pop(term, None)) is not None:
                # Sums over steps are wide.
                ct = ct.widened(here)
                sum = self.block.insert_arg(ct.value.type, len(after))
                after.append(here.add(sum, ct.settled(here)))
                self.sums.append((term, ct.has_zeros))
        here.insert(ten.YieldOp(*after, *self.ys))
        erase_terms(list(self.block.ops), self.terms)

    @property
    def gained_zeros(self) -> bool:
        """Whether a step gives zeros that win, and the next step would not know it."""
        return not self.masked and any(ct is not None and ct.has_zeros for ct in self.nexts)

    def room_of(self, reads: Sequence[OneHot]) -> int:
        """The bytes of the rows for some reads of a term, over all turns that the scan may take."""
        made = (x for read in reads for x in (read.value, *read.indices))
        return self.op.trips * sum(costs.bytes_of(x.type) for x in made)

    def most_room(self, term: SSAValue) -> int:
        """
        The bytes beyond which rows for reads of a term cost more than a sum that the scan carries.
        A loop of unknown length has 2³⁰ turns for a backend that reserves memory.
        """
        least = MOST_ROOM if self.op.turns is None else MOST_UNUSED_ROOM
        return max(least, 2 * costs.bytes_of(types.value_type(term.type)))

    def insert(self) -> list[SSAValue]:
        """Put the scan in the place of its draft. Return the results of the scan."""
        op, cts, e, n = self.op, self.cts, self.e, len(self.op.inits)
        inits = [_value(cts[k], op.inits[k], e) for k in self.carried]
        zeros = [e.constant(0, wide_type(types.value_type(t.type))) for t, _ in self.sums]
        xs = [x for x in op.xs if not isinstance(x.type, types.Term)]
        cotangents = [_value(cts[n + k], op.results[n + k], e) for k in self.given]
        new = ten.ScanOp(
            op.trips,
            [*inits, *zeros],
            [*xs, *cotangents],
            self.draft.detach_region(self.draft.regions[0]),
            reverse=not op.is_reverse,
            turns=op.turns,
        )
        new.attributes.update(op.attributes)
        Rewriter.erase_op(self.draft)
        return list(e.insert(new).results)

    def hand_on(self, pairs: Pairs, results: Sequence[SSAValue]) -> None:
        """Add the results to the cotangents that have arrived for the operands of the old scan."""
        op, e = self.op, self.e
        # The cotangents of turns that a loop does not take are zeros, and they win as those of a
        # conditional.
        is_skipped = op.turns is not None
        for k, ct, value in zip(self.carried, self.nexts, results):
            has_zeros = self.masked or (ct is not None and ct.has_zeros)
            pairs.add(op.inits[k], Masked(value, masked=has_zeros))
        for (term, has_zeros), value in zip(self.sums, results[len(self.carried) :]):
            pairs.add(term, Masked(value, masked=has_zeros or is_skipped))
        ys = results[len(self.carried) + len(self.sums) :]
        for term, k, has_zeros in self.rows:
            pairs.add(term, Masked(ys[k], masked=has_zeros or is_skipped))
        for term, k, many in self.reads:
            value, *indices = (_flat(y, many.count, e) for y in ys[k : k + 1 + len(many.indices)])
            number = op.trips * (1 if many.count is None else many.count)
            masked = many.masked or is_skipped
            pairs.add(term, OneHot(tuple(indices), value, masked, number))


def _value(ct: Masked | None, term: SSAValue, e: Emitter) -> SSAValue:
    if ct is None:
        return e.constant(0, types.value_type(term.type))
    return fitted(ct.settled(e), term, e)


def _flat(rows: SSAValue, count: int | None, e: Emitter) -> SSAValue:
    """
    The cotangents that each step has given for one read, or for `count` reads, one row per read.
    """
    if count is None:
        return rows
    trips, _, *rest = shape(rows.type)
    return e(ten.ReshapeOp(rows, (trips * count, *rest)))
