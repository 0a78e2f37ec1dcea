"""
The states of a loop, computed again from a few of them when a loop in the other direction asks.

    cs = scan [n] (c = c0) { f(c), row c } {checkpoint = k}
    scan [n] reverse (g) over (c = cs) { b(c) }
        →  scan [n] reverse (g, stack = [c0], top = 0) over (t = iota) {
               stack, c = while the state c of step t is not there:
                   c = f(… f(c)), m times; push c;
               b(c); pop
           }

The stack holds at most k states, that of the first step among them. The second scan asks for the
states from the last one to the first one. Where the top of the stack is l - 1 steps before the
state that the scan wants, and c places are left, this one included, the program puts the next state
m steps further:

    m = min(β(c, r - 1), l - β(c - 1, r - 1))
    β(c, r) = (c + r choose c),  β(c, r - 1) < l ≤ β(c, r)

This is the binomial schedule of Griewank and Walther (revolve). No schedule with k states runs f
fewer times: at most r times for each step, with n ≤ β(k, r). The program computes m when it runs,
so the number of steps may be one that only the run knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects import arith
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from ...dialects.ten import scans
from ...dialects.types import Term, rank, shape
from ...dialects.walking import ops_in
from ..rewriting import remarks
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..sharing.copying import copy_region

PASS = "ten-checkpoint-scans"
"""The name of the pass, for its remarks."""

UNBOUNDED = 1 << 40
"""The length of a scan that stands for a loop of unknown length. No program keeps such rows."""


def checkpoint_scans(module: Operation, least: int = 0) -> None:
    """Take all scans with a checkpoint and at least so many steps, inner scans first."""
    for scan in reversed([op for op in ops_in(module) if isinstance(op, ten.ScanOp)]):
        if scan.states is None or scan.trips < least or scan.parent is None:
            continue
        if scan.states >= scan.trips or any(isinstance(x.type, Term) for x in scan.results):
            continue
        readers = readers_of(scan)
        if readers is None:
            remarks.missed(
                PASS,
                "checkpoint",
                scan,
                "the program keeps all states: not only reversed loops read them",
            )
        for reader in readers or ():
            Reversal(scan, reader).rewrite()
            count("checkpoint(ten.scan)")
        if readers is not None:
            _drop_rows(scan)


def state_rows(scan: ten.ScanOp) -> dict[SSAValue, int]:
    """The results of a scan whose rows are carried values, and the places of these values."""
    places: dict[SSAValue, int] = {arg: k for k, arg in enumerate(scan.carried)}
    rows = scan.results[len(scan.inits) :]
    return {row: places[y] for row, y in zip(rows, scan.ys) if y in places}


def readers_of(scan: ten.ScanOp) -> list[ten.ScanOp] | None:
    """
    The scans that take states of this scan as rows, all of them from the last step to the first.
    None if something else reads the states.
    """
    found: dict[ten.ScanOp, None] = {}
    for row in state_rows(scan):
        for use in row.uses:
            op = use.operation
            if (
                not isinstance(op, ten.ScanOp)
                or not len(op.inits) <= use.index < len(op.inits) + len(op.xs)
                or (op.trips, op.is_reverse) != (scan.trips, not scan.is_reverse)
                or op.turns is not scan.turns
                or any(isinstance(x.type, Term) for x in (*op.operands, *op.results))
            ):
                return None
            found[op] = None
    return list(found)


def _drop_rows(scan: ten.ScanOp) -> None:
    """Remove rows that nothing reads from a scan, and the scan if nothing reads its results."""
    n = len(scan.inits)
    if any(row.first_use is not None for row in scan.results[n:]):
        return
    if all(x.first_use is None for x in scan.results):
        Rewriter.erase_op(scan)
        return
    last = scan.block.last_op
    assert last is not None
    Rewriter.replace_op(last, ten.YieldOp(*scan.nexts))
    new = ten.ScanOp(
        scan.trips, list(scan.inits), list(scan.xs), scan.detach_region(scan.body),
        scan.is_reverse, scan.turns,
    )  # fmt: skip
    new.attributes.update(scan.attributes)
    new.location = scan.location
    Rewriter.replace_op(scan, new, [*new.results, *(None for _ in scan.results[n:])])


@dataclass
class Reversal:
    """The scan that computes states again, in the place of one that takes them as rows."""

    scan: ten.ScanOp
    """The loop whose states these are."""
    reader: ten.ScanOp

    def rewrite(self) -> None:
        """
        Let the reader compute the states. The first run fills the stack, if nothing but the reader
        takes rows of the first scan: then no step runs twice for that.
        """
        scan, reader = self.scan, self.reader
        assert scan.states is not None
        self.k = scan.states
        place = scan if self.gives_states_only() else reader
        self.e = e = Emitter.before(place).derived(reader, "checkpoint(ten.scan)")
        self.zero = e.constant(0, ten.index_type)
        self.one = e.constant(1, ten.index_type)
        self.n = e.constant(scan.trips, ten.index_type)
        if scan.turns is not None:
            self.n = scans.taken(scan, e)
        stack = [*(self.first(x, e) for x in scan.inits), self.first(self.zero, e), self.zero]
        if self.gives_states_only():
            stack = self.sweep(stack)
        n, given = len(reader.inits), len(reader.ys)
        new = self.as_scan(stack) if reader.trips < UNBOUNDED else self.as_while(stack)
        values: list[SSAValue | None] = list(new.results[:n])
        if isinstance(new, ten.ScanOp):
            values += new.results[n + len(stack) :]
        else:
            values += [None] * given
        for old, value in zip(reader.results, values):
            if value is not None and value.name_hint is None:
                value.name_hint = old.name_hint
        Rewriter.replace_op(reader, [], values)

    def gives_states_only(self) -> bool:
        """Whether the program needs of the first scan only its last values and these states."""
        rows = [x for x in self.scan.results[len(self.scan.inits) :] if x.first_use is not None]
        return all(use.operation is self.reader for x in rows for use in x.uses) and any(
            x.first_use is not None for x in self.scan.results[: len(self.scan.inits)]
        )

    def sweep(self, stack: Sequence[SSAValue]) -> list[SSAValue]:
        """
        The first scan as the first run through all steps, which fills the stack. Returns the stack.
        """
        scan, e = self.scan, self.e
        end = e(arith.MaxSIOp(e(arith.SubiOp(self.n, self.one)), self.zero))
        values, after = self.states_at(end, stack, e)
        last = self.advance(values, end, self.n, e)
        for old, new in zip(scan.results, last):
            new.name_hint = old.name_hint
            old.replace_all_uses_with(new)
        return after

    def first(self, x: SSAValue, e: Emitter) -> SSAValue:
        """A stack with one value."""
        zeros = [0] * (rank(x.type) + 1)
        one = e(ten.ReshapeOp(x, (1, *shape(x.type))))
        return e(ten.PadOp(one, zeros, [self.k - 1, *zeros[1:]], zeros))

    def as_scan(self, inits: Sequence[SSAValue]) -> ten.ScanOp:
        """The reader as a scan that also carries the stack."""
        reader, e = self.reader, self.e
        steps = e(ten.IotaOp(0, types.of_shape((reader.trips,), ten.index_type)))
        block, n = reader.block, len(reader.inits)
        stack = [block.insert_arg(x.type, n + j) for j, x in enumerate(inits)]
        row = block.insert_arg(ten.index_type, len(block.args))
        first = block.first_op
        assert first is not None
        here = Emitter.before(first).derived(reader, "checkpoint(ten.scan)")
        states, after = self.states_at(self.step_of(row, here), stack, here)
        xs = self.replace_rows(states, n + len(inits))
        nexts, ys = list(reader.nexts), list(reader.ys)
        last = block.last_op
        assert last is not None
        Rewriter.replace_op(last, ten.YieldOp(*nexts, *after, *ys))
        new = ten.ScanOp(
            reader.trips, [*reader.inits, *inits], [*xs, steps],
            reader.detach_region(reader.body), reader.is_reverse, reader.turns,
        )  # fmt: skip
        new.attributes.update(reader.attributes)
        Emitter.before(reader).at(e.location).insert(new)
        return new

    def as_while(self, inits: Sequence[SSAValue]) -> ten.WhileOp:
        """
        The reader as a loop of unknown length, because its own derivative keeps no value of each
        step.
        """
        reader, e = self.reader, self.e
        block, n = reader.block, len(reader.inits)
        stack = [block.insert_arg(x.type, n + j) for j, x in enumerate(inits)]
        done = block.insert_arg(ten.index_type, n + len(inits))
        first = block.first_op
        assert first is not None
        here = Emitter.before(first).derived(reader, "checkpoint(ten.scan)")
        t = here(arith.SubiOp(here(arith.SubiOp(self.n, self.one)), done))
        states, after = self.states_at(t, stack, here)
        xs = self.replace_rows(states, n + len(inits) + 1)
        assert not xs, "a loop of unknown length has no rows"
        more = here(arith.AddiOp(done, self.one))
        last = block.last_op
        assert last is not None
        Rewriter.replace_op(last, ten.YieldOp(*reader.nexts, *after, more))
        carried = [*reader.inits, *inits, self.zero]
        condition = Region(Block(arg_types=[x.type for x in carried]))
        test = Emitter(InsertPoint.at_end(condition.block), reader.location)
        test.insert(ten.YieldOp(test.compare("slt", condition.block.args[-1], self.n)))
        new = ten.WhileOp(carried, condition, reader.detach_region(reader.body))
        new.attributes.update(reader.attributes)
        Emitter.before(reader).at(e.location).insert(new)
        return new

    def step_of(self, row: SSAValue, e: Emitter) -> SSAValue:
        """The number of the step that takes a row, or the row that a step takes."""
        if not self.scan.is_reverse:
            return row
        return e(arith.SubiOp(e(arith.SubiOp(self.n, self.one)), row))

    def replace_rows(self, states: Sequence[SSAValue], begin: int) -> list[SSAValue]:
        """
        Use these states instead of the rows, whose arguments begin at `begin`. Return the other
        rows.
        """
        reader, rows = self.reader, state_rows(self.scan)
        kept: list[SSAValue] = []
        arguments = list(reader.block.args[begin : begin + len(reader.xs)])
        for x, arg in zip(list(reader.xs), arguments):
            if x in rows:
                arg.replace_all_uses_with(states[rows[x]])
                reader.block.erase_arg(arg)
            else:
                kept.append(x)
        return kept

    def states_at(
        self, t: SSAValue, stack: Sequence[SSAValue], e: Emitter
    ) -> tuple[list[SSAValue], list[SSAValue]]:
        """
        The carried values before step t, and the stack for the steps before it. `stack` is a stack
        for each carried value, one of the numbers of steps, and the place of the top.
        """
        *stacks, places, top = stack
        m = len(stacks)
        begins = [e(ten.IndexOp(x, [top])) for x in (*stacks, places)]
        carried = [*begins, *stacks, places, top]
        kinds = [x.type for x in carried]
        test, body = Block(arg_types=kinds), Block(arg_types=kinds)
        here = Emitter(InsertPoint.at_end(test), e.location)
        here.insert(ten.YieldOp(here.compare("slt", test.args[m], t)))
        here = Emitter(InsertPoint.at_end(body), e.location)
        values, s, own = body.args[:m], body.args[m], body.args[m + 1 :]
        room = here(arith.SubiOp(here.constant(self.k, ten.index_type), own[-1]))
        left = here(arith.SubiOp(t, s))
        target = here(
            arith.AddiOp(s, self.distance(here(arith.AddiOp(left, self.one)), room, here))
        )
        new = self.advance(values, s, target, here)
        # A state that the reader takes at once needs no place. A write outside does nothing.
        pushes = here(
            arith.AndIOp(here.compare("slt", target, t), here.compare("sgt", room, self.one))
        )
        higher = here(arith.AddiOp(own[-1], self.one))
        at = here.select(pushes, higher, here.constant(self.k, ten.index_type))
        pushed = [self.push(x, v, at, here) for x, v in zip(own, [*new, target])]
        raised = here.select(pushes, higher, own[-1])
        here.insert(ten.YieldOp(*new, target, *pushed, raised))
        loop = e.insert(ten.WhileOp(carried, Region(test), Region(body)))
        after: list[SSAValue] = list(loop.results[m + 1 :])
        # The state of this step is of no more use.
        at_top = e.compare("eq", e(ten.IndexOp(after[-2], [after[-1]])), t)
        lower = e(arith.MaxSIOp(e(arith.SubiOp(after[-1], self.one)), self.zero))
        after[-1] = e.select(at_top, lower, after[-1])
        return list(loop.results[:m]), after

    def push(self, stack: SSAValue, value: SSAValue, at: SSAValue, e: Emitter) -> SSAValue:
        row = e(ten.ReshapeOp(value, (1, *shape(value.type))))
        return e(ten.UpdateOp(stack, row, [at, *(self.zero for _ in shape(value.type))]))

    def advance(
        self, values: Sequence[SSAValue], begin: SSAValue, end: SSAValue, e: Emitter
    ) -> list[SSAValue]:
        """The carried values before step `end`, from those before step `begin`."""
        scan, m = self.scan, len(values)
        body = copy_region(scan.body)
        block = body.block
        i = block.insert_arg(ten.index_type, m)
        first, last = block.first_op, block.last_op
        assert first is not None and last is not None
        here = Emitter.before(first).at(e.location)
        row = self.step_of(i, here)
        for x, arg in zip(scan.xs, list(block.args[m + 1 :])):
            arg.replace_all_uses_with(here(ten.IndexOp(x, [row])))
            block.erase_arg(arg)
        here = Emitter.before(last).at(e.location)
        Rewriter.replace_op(last, ten.YieldOp(*last.operands[:m], here(arith.AddiOp(i, self.one))))
        condition = Region(Block(arg_types=[arg.type for arg in block.args]))
        here = Emitter(InsertPoint.at_end(condition.block), e.location)
        here.insert(ten.YieldOp(here.compare("slt", condition.block.args[m], end)))
        return list(e.insert(ten.WhileOp([*values, begin], condition, body)).results[:m])

    def distance(self, steps: SSAValue, room: SSAValue, e: Emitter) -> SSAValue:
        """The m of the schedule, for l steps and c places. With one place, m = l - 1."""
        kinds = [ten.index_type] * 2
        test, body = Block(arg_types=kinds), Block(arg_types=kinds)
        several = e.compare("sgt", room, self.one)
        here = Emitter(InsertPoint.at_end(test), e.location)
        goes_on = here(arith.AndIOp(several, here.compare("slt", test.args[1], steps)))
        here.insert(ten.YieldOp(goes_on))
        here = Emitter(InsertPoint.at_end(body), e.location)
        # β(c, r + 1) = β(c, r) (c + r + 1) / (r + 1)
        r = here(arith.AddiOp(body.args[0], self.one))
        wide = here(arith.MuliOp(body.args[1], here(arith.AddiOp(room, r))))
        here.insert(ten.YieldOp(r, here(arith.DivSIOp(wide, r))))
        loop = e.insert(ten.WhileOp([self.zero, self.one], Region(test), Region(body)))
        r, range = loop.results
        # β(c, r - 1) = β(c, r) r / (c + r),  β(c - 1, r - 1) = β(c, r - 1) c / (c + r - 1)
        sum = e(arith.AddiOp(room, r))
        long = e(arith.DivSIOp(e(arith.MuliOp(range, r)), sum))
        short = e(arith.MuliOp(long, room))
        short = e(arith.DivSIOp(short, e(arith.SubiOp(sum, self.one))))
        m = e(arith.MinSIOp(long, e(arith.SubiOp(steps, short))))
        return e.select(several, m, e(arith.SubiOp(steps, self.one)))
