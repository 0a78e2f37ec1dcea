"""
A `ten.while` that carries terms, as scans: transposition takes these backwards.

    _, dc = while (c = c0, dc = dc0) { p } do { f, df }
        →  n = the turns of while (c = c0) { p } do { f }, then n turns of (f, df) in levels:

    level 1, up to S turns:
        rs = scan [S] turns n (c) { f, r };  scan [S] turns n (dc) over (rs) { df }
    level k, up to Sᵏ turns:
        cs = scan [S] turns ⌈n / Sᵏ⁻¹⌉ (c) { c after Sᵏ⁻¹ turns, row c };
        scan [S] turns ⌈n / Sᵏ⁻¹⌉ (dc) over (c = cs) { level k - 1 from c }

The loops of a level run from snapshots of the carried values, so reverse mode keeps S snapshots in
each level, and the residuals of S turns. If the residuals of all turns that a limit of the loop
allows are little, they are kept, and level 1 is all. The rows of a result are in memory for all
turns that the limit allows, so a high limit and few turns would cost more than the turns.

With a checkpoint of the loop, level 1 is all too: a scan of more rows than any memory holds. As
soon as the scan of terms is transposed, `states_again` computes these rows from a few of them.

Cost: f runs once to count the turns, and once for each level that the number of turns needs: twice
      for up to S turns, three times for up to S² turns, and so on.
Errors: more turns than Sᴷ give NaN: the program would not know the derivative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, i1, i64
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import delta, ten, types
from ...dialects.ten import scans, whiles
from ...dialects.walking import ops_in
from ..rewriting import costs
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.functions import by_name, erase_terms
from ..rewriting.rule_tables import transpose
from ..rewriting.scopes import operands_of, rename
from ..sharing.copying import copy_region
from ..sharing.shared_terms import ancestors
from . import scans_of_terms, states_again
from .equal_loops import contained
from .linearizer import live_terms

SMALL = (1024, 3)
"""Slots of a level and the number of levels for loops whose turns give little: 10⁹ turns."""

LARGE = (64, 4)
"""The same for other loops: 1.6 · 10⁷ turns."""

LITTLE = 1 << 12
"""At most so many bytes of values that a turn computes are little."""


MANY = 24
"""A body of so many ops becomes a function, if several levels run it."""

DISTANCE = 1000
"""The loop of the values is at most so many ops in front of the loop of the terms."""

PART = 64
"""
The levels call the function that gives the values, too, if it does at most one part in so many
that they do not need.
"""

OPEN = ten.WhileOp, scf.WhileOp, scf.ForOp, func.CallOp
"""Ops that need not end, or not soon, if they get other values than the program's."""

FEW = 64
"""Elements of a constant that a function has of its own."""

ENOUGH = 1 << 24
"""Residuals of all turns up to a limit that are at most so many bytes are kept."""


def expand_while(op: ten.WhileOp) -> list[SSAValue | None]:
    """
    Put scans of terms before a loop that carries terms. Return for each result of the loop the term
    that takes its place; None for values, which the loop must not give to others.
    """
    count("expand(ten.while)")
    return Expansion(op, Emitter.before(op).derived(op, "expand(ten.while)")).result()


@dataclass
class Expansion:
    """The scans for one loop, during their construction."""

    op: ten.WhileOp
    e: Emitter

    def __post_init__(self) -> None:
        inits = self.op.inits
        for inner in self.op.block.ops:
            # A call may give terms beside values, and the scan of terms could not contain it.
            if isinstance(inner, func.CallOp) and any(
                isinstance(x.type, types.Term) for x in (*inner.operands, *inner.results)
            ):
                transpose.of(inner)
        self.terms = [k for k, x in enumerate(inits) if isinstance(x.type, types.Term)]
        self.values = [k for k in range(len(inits)) if k not in self.terms]
        made = (r.type for inner in self.op.block.ops for r in inner.results)
        room = sum(costs.bytes_of(t) for t in made if not isinstance(t, types.Term))
        room += sum(costs.bytes_of(inits[k].type) for k in self.values)
        most = self.op.most
        self.size = sum(1 for inner in ops_in(self.op.body) if not types.gives_terms(inner))
        module = self.op.get_toplevel_object()
        self.module = module if isinstance(module, ModuleOp) else None
        read = [
            x
            for inner in self.op.block.ops
            if types.gives_terms(inner)
            for x in operands_of(inner)
            if not isinstance(x.type, types.Term)
        ]
        read_by_terms = whiles.carried_for(read, self.op)
        self.kept = [k for k in self.values if k in read_by_terms]
        """
        The carried values that the terms need. The levels carry no others: these would stay in the
        loops, because each loop hands them on to the loop inside.
        """
        self.function: str | None = None
        """The function of several turns, after its first call."""
        self.gives_all = False
        """Whether the function takes and gives all carried values, and gives the turns."""
        self.captured: list[SSAValue] = []
        """The values from outside that the function takes."""
        self.slots, self.levels = SMALL if room <= LITTLE else LARGE
        if self.op.states is not None:
            self.slots, self.levels = states_again.UNBOUNDED if most is None else most, 1
        elif most is not None and (most <= self.slots or most * room <= ENOUGH):
            self.slots, self.levels = most, 1
        elif most is not None:
            self.levels = next(k for k in range(2, 65) if self.slots**k >= most)

    def result(self) -> list[SSAValue | None]:
        op, e = self.op, self.e
        n = self.turns()
        carried = [op.inits[k] for k in self.kept]
        given = self.level(self.levels, carried, n, [op.inits[k] for k in self.terms], e)
        if op.most is None and op.states is None:
            capacity = e.constant(self.slots**self.levels, ten.index_type)
            known = e.compare("sle", n, capacity)
            given = [self.known_or_nan(d, known) for d in given]
        found: list[SSAValue | None] = [None] * len(op.inits)
        for k, d in zip(self.terms, given):
            found[k] = d
        return found

    def known_or_nan(self, d: SSAValue, known: SSAValue) -> SSAValue:
        e, kind = self.e, types.value_type(d.type)
        one, other = (e.constant(x, types.element(kind)) for x in (1, nan))
        factor = e.select(known, one, other)
        if sizes := types.shape(kind):
            factor = e(ten.BroadcastOp(factor, range(len(sizes)), sizes))
        return e(delta.ScaleOp(factor, d))

    def body(
        self, kept: Sequence[int]
    ) -> tuple[Region, list[SSAValue], list[SSAValue], list[BlockArgument]]:
        """
        A copy of the body without its end, the `kept` ones of the carried values and the terms that
        it gives, and the arguments that are terms, which come last.

        Requires: neither the terms nor the kept values need other carried values.
        """
        region = copy_region(self.op.body)
        block = region.block
        last = block.last_op
        assert last is not None
        given = list(last.operands)
        if len(kept) < len(self.values):
            wanted = [given[k] for k in (*kept, *self.terms)]
            Rewriter.replace_op(last, end := ten.YieldOp(*wanted))
            whiles.erase_unused(block)
            Rewriter.erase_op(end)
        else:
            Rewriter.erase_op(last)
        old = [block.args[k] for k in self.terms]
        new = [block.insert_arg(arg.type, len(block.args)) for arg in old]
        for before, after in zip(old, new):
            after.name_hint = before.name_hint
            before.replace_all_uses_with(after)
            given = [after if x is before else x for x in given]
        values, terms = [given[k] for k in kept], [given[k] for k in self.terms]
        for arg in list(block.args)[len(self.op.inits) - 1 :: -1]:
            if arg.index not in kept:
                block.erase_arg(arg)
        return region, values, terms, new

    def values_only(self, kept: Sequence[int]) -> tuple[Region, list[SSAValue]]:
        """
        A copy of the body without terms and its end, and the `kept` ones of the carried values that
        it gives.
        """
        region, values, _, terms = self.body(kept)
        erase_terms(list(region.block.ops), terms)
        return region, values

    def turns(self) -> SSAValue:
        """The number of turns of the loop, which a loop without terms counts."""
        op, e, n = self.op, self.e, len(self.values)
        if (known := known_turns(op, e)) is not None:
            return known
        if (counted := self.turns_of_values()) is not None:
            return counted
        condition = copy_region(op.condition)
        erase_terms((), list(condition.block.args))
        condition.block.insert_arg(ten.index_type, n)
        region, values = self.values_only(self.values)
        k = region.block.insert_arg(ten.index_type, n)
        inner = Emitter(InsertPoint.at_end(region.block), op.location)
        more = inner(arith.AddiOp(k, inner.constant(1, ten.index_type)))
        inner.insert(ten.YieldOp(*values, more))
        zero = e.constant(0, ten.index_type)
        inits = [*(op.inits[k] for k in self.values), zero]
        return e.insert(ten.WhileOp(inits, condition, region, op.most)).results[n]

    def level(
        self,
        k: int,
        carried: Sequence[SSAValue],
        turns: SSAValue,
        terms: Sequence[SSAValue],
        e: Emitter,
    ) -> list[SSAValue]:
        """The terms after `turns` turns from these values and terms, at most Sᵏ turns."""
        if k == 1:
            return self.lowest(carried, turns, terms, e)
        stride = self.slots ** (k - 1)
        # ⌈turns / stride⌉ without an overflow: turns may be any number of at most 2⁶³ - 1.
        step = e.constant(stride, ten.index_type)
        zero, one = (e.constant(x, ten.index_type) for x in (0, 1))
        whole = e(arith.DivSIOp(turns, step))
        rest = e(arith.RemSIOp(turns, step))
        more = e.select(e.compare("sgt", rest, zero), one, zero)
        segments = e(arith.AddiOp(whole, more))
        starts = e(ten.IotaOp(0, types.of_shape((self.slots,), ten.index_type)))
        steps = e(ten.BroadcastOp(step, [0], (self.slots,)))
        starts = e(arith.MuliOp(starts, steps))
        snapshots = self.snapshots(stride, carried, segments, turns, starts, e)

        block = Block(arg_types=[*(d.type for d in terms), *(x.type for x in carried),
                                 ten.index_type])  # fmt: skip
        own, values = block.args[: len(terms)], block.args[len(terms) : -1]
        last = ten.YieldOp(*own)
        block.add_op(last)
        linear = ten.ScanOp(
            self.slots, list(terms), [*snapshots, starts], Region(block), turns=segments
        )
        self.keep_states_only(linear)
        # The scan is in the module before its body is made: copies of values need stamps, and the
        # module says which stamps there are.
        e.insert(linear)
        inner = Emitter(InsertPoint.before(last), e.location)
        left = inner(arith.SubiOp(turns, block.args[-1]))
        left = inner(arith.MinSIOp(left, inner.constant(stride, ten.index_type)))
        given = self.level(k - 1, values, left, own, inner)
        Rewriter.replace_op(last, ten.YieldOp(*given))
        return list(linear.results)

    def keep_states_only(self, linear: ten.ScanOp) -> None:
        """
        Let the derivative of a scan keep only what the scan carries and its rows. The scans of the
        levels stand in each other: what one keeps for each step, another would keep for each of
        its own steps.
        """
        if linear.states is None:
            linear.attributes[ten.CHECKPOINT] = IntegerAttr(max(1, self.slots), i64)

    def snapshots(
        self,
        stride: int,
        carried: Sequence[SSAValue],
        segments: SSAValue,
        turns: SSAValue,
        starts: SSAValue,
        e: Emitter,
    ) -> list[SSAValue]:
        """The carried values at the starts of the segments of `stride` turns."""
        n = len(carried)
        block = Block(arg_types=[*(x.type for x in carried), ten.index_type])
        inner = Emitter(InsertPoint.at_end(block), e.location)
        # Nobody asks for the values behind the last segment.
        width = inner.constant(stride, ten.index_type)
        left = inner(arith.SubiOp(turns, block.args[-1]))
        none = inner.constant(0, ten.index_type)
        ahead = inner.select(inner.compare("sgt", left, width), width, none)
        after = self.advance(list(block.args[:n]), ahead, inner)
        inner.insert(ten.YieldOp(*after, *block.args[:n]))
        scan = ten.ScanOp(self.slots, list(carried), [starts], Region(block), turns=segments)
        return list(e.insert(scan).results[n:])

    def advance(
        self, carried: Sequence[SSAValue], ahead: SSAValue, e: Emitter
    ) -> Sequence[SSAValue]:
        """The carried values after `ahead` more turns."""
        if self.gives_all:
            # The kept values need no others, which may be any here.
            known = dict(zip(self.kept, carried))
            values = [known.get(k, self.op.inits[k]) for k in self.values]
            after = self.call(values, ahead, e.constant(True, i1), e)
            return [after[self.values.index(k)] for k in self.kept]
        if self.is_long and self.module is not None:
            if self.function is None:
                self.function = self.advancing(self.module)
            kinds = [x.type for x in carried]
            call = func.CallOp(self.function, [*carried, ahead, *self.captured], kinds)
            return e.insert(call).results
        # A scan of that length would keep values of each turn, if it is differentiated again.
        region, values = self.values_only(self.kept)
        return counted(carried, region, values, ahead, e).results[: len(carried)]

    @property
    def is_long(self) -> bool:
        """Whether several levels run a long body."""
        return self.levels > 2 and self.size >= MANY

    def turns_of_values(self) -> SSAValue | None:
        """
        The number of turns, from the loop that computes the values. This loop becomes a function of
        several turns, which the levels call, too: so there is one copy of the body less.

            c = while (c = c0) { p } do { f }  →  c, n = call @turns(c0, all, false)

            @turns(c0, ahead, goes on) = while (c = c0, k = 0) { k < ahead and (p or goes on) }
                do { f, k + 1 }

        None if there is no such loop, or if a level would do much that it does not need.
        """
        if self.module is None or not self.is_long:
            return None
        first = self.loop_of_values()
        if first is None or not self.is_cheap_for_levels(first):
            return None
        self.function, self.gives_all = self.turning(self.module, first), True
        e = Emitter.before(first).derived(first, "expand(ten.while)")
        most = e.constant((1 << 63) - 1, ten.index_type)
        results = self.call(first.inits, most, e.constant(False, i1), e)
        for old, new in zip(first.results, results):
            new.name_hint = old.name_hint
        Rewriter.replace_op(first, [], results[:-1])
        return results[-1]

    def loop_of_values(self) -> ten.WhileOp | None:
        """The loop in front of this one that computes the values alone."""
        op = self.op.prev_op
        for _ in range(DISTANCE):
            if isinstance(op, ten.WhileOp) and len(op.inits) == len(self.values):
                if contained(op, self.op) == self.values:
                    return op
            if op is None:
                break
            op = op.prev_op
        return None

    def is_cheap_for_levels(self, first: ten.WhileOp) -> bool:
        """Whether nearly all that the loop computes is for the kept values."""
        if len(self.kept) < len(self.values) and any(
            isinstance(op, OPEN) and op is not first for op in ops_in(first)
        ):
            return False  # A loop inside need not end from any values.
        kept = [first.nexts[self.values.index(k)] for k in self.kept]
        needed: set[Operation] = set()
        pending = [x.owner for x in kept]
        while pending:
            op = pending.pop()
            if isinstance(op, Operation) and op.parent is first.block and op not in needed:
                needed.add(op)
                pending.extend(x.owner for x in operands_of(op))
        # An op in a region is not of the block, and its operands are among those of the region.
        cost = sum(costs.flops(op) for op in needed)
        return PART * (costs.flops(first) - cost) <= costs.flops(first)

    def call(
        self, values: Sequence[SSAValue], ahead: SSAValue, goes_on: SSAValue, e: Emitter
    ) -> Sequence[SSAValue]:
        """The values after at most `ahead` turns, and the number of turns."""
        assert self.function is not None
        kinds = [*(x.type for x in values), ten.index_type]
        arguments = [*values, ahead, goes_on, *self.captured]
        return e.insert(func.CallOp(self.function, arguments, kinds)).results

    def turning(self, module: ModuleOp, first: ten.WhileOp) -> str:
        """The function `turns`, which takes the regions of the loop."""
        n = len(first.inits)
        kinds = [x.type for x in first.inits]
        block = Block(arg_types=[*kinds, ten.index_type, i1])
        for arg, x in zip(block.args, first.inits):
            arg.name_hint = x.name_hint
        ahead, always = block.args[n:]
        e = Emitter(InsertPoint.at_end(block), first.location)
        given: list[SSAValue] = []
        for region in first.regions:
            end = region.block.last_op
            assert end is not None
            given.extend(end.operands)
            Rewriter.erase_op(end)
        condition, body = (first.detach_region(region) for region in list(first.regions))
        mapping = self.moved_into(block, [condition, body], given, e)
        goes_on, *values = (mapping.get(x, x) for x in given)
        k = condition.block.insert_arg(ten.index_type, n)
        inner = Emitter(InsertPoint.at_end(condition.block), first.location)
        either = inner(arith.OrIOp(goes_on, always))
        left = inner.compare("slt", k, ahead)
        inner.insert(ten.YieldOp(inner(arith.AndIOp(left, either))))
        k = body.block.insert_arg(ten.index_type, n)
        inner = Emitter(InsertPoint.at_end(body.block), first.location)
        more = inner(arith.AddiOp(k, inner.constant(1, ten.index_type)))
        inner.insert(ten.YieldOp(*values, more))
        zero = e.constant(0, ten.index_type)
        loop = e.insert(ten.WhileOp([*block.args[:n], zero], condition, body, first.most))
        e.insert(func.ReturnOp(*loop.results))
        return self.added(module, block)

    def advancing(self, module: ModuleOp) -> str:
        """
        A function of carried values, a number of turns, and values that the body reads from
        outside, which gives the carried values after these turns. Each level calls it: a copy of a
        long body for each level would take the time of all passes. Passes do not look into the
        function from its calls.
        """
        inits = [self.op.inits[k] for k in self.kept]
        block = Block(arg_types=[*(x.type for x in inits), ten.index_type])
        for arg, x in zip(block.args, inits):
            arg.name_hint = x.name_hint
        e = Emitter(InsertPoint.at_end(block), self.e.location)
        region, values = self.values_only(self.kept)
        mapping = self.moved_into(block, [region], values, e)
        values = [mapping.get(x, x) for x in values]
        loop = counted(block.args[: len(inits)], region, values, block.args[len(inits)], e)
        e.insert(func.ReturnOp(*loop.results[: len(inits)]))
        return self.added(module, block)

    def moved_into(
        self, block: Block, regions: Sequence[Region], values: Sequence[SSAValue], e: Emitter
    ) -> dict[SSAValue, SSAValue]:
        """
        Let regions, and values that they give, take what they read from outside of the loop from
        the block of the function. The block gets more arguments, for `captured`.
        """
        # Rules see constants, and not what a caller passes.
        mapping: dict[SSAValue, SSAValue] = {}
        for x in captured_by(regions, values):
            if types.is_constant(x) and types.size(x.type) <= FEW:
                assert isinstance(x.owner, Operation)
                mapping[x] = e(x.owner.clone())
            else:
                mapping[x] = block.insert_arg(x.type, len(block.args))
                mapping[x].name_hint = x.name_hint
                self.captured.append(x)
        for op in (op for region in regions for op in region.block.ops):
            rename(op, mapping)
        return mapping

    def added(self, module: ModuleOp, block: Block) -> str:
        """The name of a new function of the module, with this block."""
        known = by_name(module)
        holder = next(f for f in ancestors(self.op) if isinstance(f, func.FuncOp))
        base = name = f"{holder.sym_name.data}_turns"
        k = 0
        while name in known:
            k += 1
            name = f"{base}{k}"
        last = block.last_op
        assert last is not None
        kinds = [arg.type for arg in block.args], [x.type for x in last.operands]
        function = func.FuncOp(name, kinds, Region(block), "private")
        function.location = self.op.location
        module.body.block.add_op(function)
        return name

    def lowest(
        self, carried: Sequence[SSAValue], turns: SSAValue, terms: Sequence[SSAValue], e: Emitter
    ) -> list[SSAValue]:
        """A scan that computes the values and keeps residuals, and a scan of terms over these."""
        region, values, ds, arguments = self.body(self.kept)
        block = region.block
        Emitter(InsertPoint.at_end(block), e.location).insert(ten.YieldOp(*values))
        both = ten.ScanOp(self.slots, list(carried), [], region, turns=turns)
        both.attributes.update(self.op.attributes)
        e.insert(both)
        moved = live_terms(block, ds)
        primal, body, xs, mapping = scans_of_terms.split_scan(both, moved, arguments)
        here = Emitter(InsertPoint.at_end(body), e.location)
        here.insert(ten.YieldOp(*(mapping.get(d, d) for d in ds)))
        linear = ten.ScanOp(self.slots, list(terms), xs, Region(body), turns=primal.turns)
        linear.attributes.update(self.op.attributes)
        self.keep_states_only(linear)
        e.insert(linear)
        scans_of_terms.move_before(scans.invariant(linear), linear)
        return list(linear.results)


def captured_by(regions: Sequence[Region], values: Sequence[SSAValue]) -> list[SSAValue]:
    """The values from outside that regions of one block read or give, each once."""
    blocks = [region.block for region in regions]
    used: dict[SSAValue, None] = {}
    for x in (*(x for block in blocks for op in block.ops for x in operands_of(op)), *values):
        owner = x.owner if isinstance(x.owner, Block) else x.owner.parent
        if owner not in blocks:
            used[x] = None
    return list(used)


def counted(
    inits: Sequence[SSAValue],
    body: Region,
    values: Sequence[SSAValue],
    turns: SSAValue,
    e: Emitter,
) -> ten.WhileOp:
    """A loop of `turns` turns with this body, which has no end yet and gives these values."""
    zero = e.constant(0, ten.index_type)
    kinds = [*(x.type for x in inits), ten.index_type]
    condition = Region(Block(arg_types=kinds))
    inner = Emitter(InsertPoint.at_end(condition.block), e.location)
    inner.insert(ten.YieldOp(inner.compare("slt", condition.block.args[-1], turns)))
    k = body.block.insert_arg(ten.index_type, len(inits))
    inner = Emitter(InsertPoint.at_end(body.block), e.location)
    more = inner(arith.AddiOp(k, inner.constant(1, ten.index_type)))
    inner.insert(ten.YieldOp(*values, more))
    loop = ten.WhileOp([*inits, zero], condition, body)
    e.insert(loop)
    return loop


def known_turns(op: ten.WhileOp, e: Emitter) -> SSAValue | None:
    """
    The turns of while (i = i0) { i < n } do { i + 1 }: max(0, n - i0), and at most the limit. None
    for any other loop.
    """
    found = whiles.counter_of(op)
    if found is None:
        return None
    k, end = found
    # A difference may be larger than its type, but not than an index in the time of a run.
    zero = e.constant(0, ten.index_type)
    first, last = op.inits[k], end
    runs = e.compare("slt", first, last)
    if first.type != ten.index_type:
        first, last = (e(ten.CastOp(x, ten.index_type)) for x in (first, last))
    n = e.select(runs, e(arith.SubiOp(last, first)), zero)
    if op.most is None:
        return n
    return e(arith.MinSIOp(n, e.constant(op.most, ten.index_type)))
