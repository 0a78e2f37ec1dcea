"""
A program that repeats itself becomes a loop again: `ten-roll-loops`.

    a1 = f(a0, x[0]); a2 = f(a1, x[1]); …; an = f(a(n-1), x[n - 1])
        →  an = scan [n] (a = a0) over (r = x) { f(a, r) }

Needs:   a program of values, without terms.
Leaves:  no repeat that is worth a loop, in the blocks of functions, loops and conditionals.
Keeps:   the value, bit for bit. Sharing: the body of a loop has the ops of one turn, and no op is
         copied.
Ends:    each loop has fewer ops than its turns had.

A Python loop that letgrad traces leaves the ops of all its turns. The passes behind this one, and
the differentiation, take time that grows with the number of ops. So the pass runs at the end of a
trace, before all others.

In each turn the ops are the same, and an operand is one of these:

    a result of the same turn                the value in the body
    a result of up to 8 turns before         a value that the loop carries; several for more turns
    the same value                           this value, from outside
    x[t], x[:, t], x[3 * t : 3 * t + 3]      a row of a view of x
    x[t : t + 5], x[t * t]                   a part of x at a place from a table
    a constant, another one in each turn     a row of a table
    another value from outside in each turn  a row of a stack of these

Behind the loop, results of the last turns are what the loop carries, and the results of all turns
are rows of what the loop gives. Loops in loops come out from the inside to the outside.

A repeat stays if it has few turns, or if a loop would save few ops.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation
from xdsl.passes import ModulePass

from ...dialects import ten, types
from ...dialects.walking import ops_in
from ..rewriting import costs, remarks
from ..rewriting.driver import count
from ..rewriting.levels import Level
from .alike_turns import Constants, Made, Others, Same, Turns, loops_in
from .behind import Behind
from .loop_writer import Writer
from .repeats import repeats
from .sequences import Sequence

NAME = "ten-roll-loops"

FUSED = 8
"""How many times as many ops a repeat needs that runs faster as it is: see the note at the end."""

WIDE, WIDE_TURN = 48, 64
"""The same for repeats whose turns have at least so many ops, most of them elementwise."""

LITTLE = 1 << 12
"""With fewer flops than this, the start of a loop takes longer than its turns."""

SMALL = 4
"""The elements of the values for which that counts. Ops on more of them take long to compile."""

STACKED = 1 << 16
"""More bytes than this of values from outside take long to stack."""


@dataclass(frozen=True)
class RollLoopsPass(ModulePass):
    """
    Makes a loop of a program that repeats itself.

    Example:

        >>> def twelve(x):
        ...     for _ in range(12):
        ...         x = np.sin(x)
        ...     return x
        >>> module = lg.trace(twelve, 1.0)
        >>> RollLoopsPass(min_ops=1).apply(ctx, module)
        >>> show(module)
        twelve = \\x -> scan [12] (x1 = x) do sin x1
    """

    name = NAME
    needs: ClassVar[Level] = Level.SURFACE
    wants_scalars: ClassVar[bool] = False

    min_turns: int = 8
    """The fewest turns that become a loop."""
    min_ops: int = 128
    """The fewest ops that a loop must save."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        rolled = False
        for block in reversed(_blocks(op)):
            rolled |= _in_block(block, self)
        if rolled:
            _erase_constants(op)


def _blocks(module: ModuleOp) -> list[Block]:
    """
    The blocks of functions, loops and conditionals, the outer ones first. An index region runs for
    each index, and `ten-vectorize` makes bulk ops of its ops, but only a loop of a loop.
    """
    found: list[Block] = []
    pending: list[Operation] = [module]
    while pending:
        holder = pending.pop()
        for region in holder.regions:
            for block in region.blocks:
                if isinstance(holder, _HOLDERS):
                    found.append(block)
                pending += [
                    op for op in block.ops if op.regions and not isinstance(op, ten.IndexRegionOp)
                ]
    return found


_HOLDERS = (func.FuncOp, ten.ScanOp, ten.WhileOp, scf.IfOp, scf.ForOp)


def _in_block(block: Block, options: RollLoopsPass) -> bool:
    """Make loops of the ops of a block, inner loops first. Return whether there was one."""
    rolled = False
    while _may_have_turns(block, options):
        sequence = Sequence.of(block)
        loops = _loops(sequence, options)
        # From the last one to the first one: the places of the others stay.
        for loop in sorted(loops, key=lambda loop: -loop.start):
            at = sequence.ops[loop.start].location
            Writer(sequence, loop).write()
            count(NAME)
            if remarks.wanted():
                text = f"{loop.turns} turns of {loop.period} ops became a loop"
                remarks.passed(NAME, "RollLoop", at, text)
        if not loops:
            return rolled
        rolled = True
    return rolled


def _may_have_turns(block: Block, options: RollLoopsPass) -> bool:
    """
    Whether a block has enough ops for a loop, those in its regions included, and some kind of op as
    often as a loop needs turns.
    """
    kinds: Counter[str] = Counter(
        op.name for op in block.ops if not isinstance(op, arith.ConstantOp)
    )
    if max(kinds.values(), default=0) < options.min_turns:
        return False
    enough = islice(ops_in(block), max(options.min_ops, 1) - 1, None)
    return next(enough, None) is not None


def _loops(sequence: Sequence, options: RollLoopsPass) -> list[Turns]:
    """Loops that are worth it, and that have no op in common. Those of short turns come first."""
    found: list[Turns] = []
    taken = bytearray(len(sequence.ops))
    for repeat in repeats(sequence.numbers, options.min_turns):
        if sum(sequence.counts[repeat.start : repeat.end - repeat.period]) < options.min_ops:
            continue
        for loop in loops_in(sequence, repeat, options.min_turns):
            if 1 in taken[loop.start : loop.end]:
                continue
            why = _why_not(sequence, loop, options)
            if why is None:
                taken[loop.start : loop.end] = b"\1" * (loop.end - loop.start)
                found.append(loop)
            else:
                remarks.missed(NAME, "RollLoop", sequence.ops[loop.start], why)
    return found


def _why_not(sequence: Sequence, loop: Turns, options: RollLoopsPass) -> remarks.Why | None:
    """The reason why turns stay as they are; None if they are worth a loop."""
    ops = sum(sequence.counts[loop.start : loop.start + loop.period])
    saved = (loop.turns - 1) * ops - _new_ops(sequence, loop)
    needed, because = options.min_ops, ""
    share = _elementwise_share(sequence, loop)
    for factor, holds, reason in (
        (WIDE, share >= 0.95 and loop.period >= WIDE_TURN, "whose turns are long"),
        (FUSED, share == 1, "whose turns would run as one loop nest"),
        (FUSED, _computes_little(sequence, loop), "that computes little"),
        (FUSED, _stacked_bytes(sequence, loop) > STACKED, "that stacks arrays"),
    ):
        if factor * options.min_ops > needed and holds:
            needed, because = factor * options.min_ops, f", {reason},"
    if saved >= max(needed, 1):
        return None
    loop_of = f"a loop of {loop.turns} turns of {ops} ops{because}"
    return lambda: f"{loop_of} would save {saved} ops, and needs {needed}"


def _computes_little(sequence: Sequence, loop: Turns) -> bool:
    body = sequence.ops[loop.start : loop.start + loop.period]
    return (
        all(types.size(x.type) <= SMALL for op in body for x in op.results)
        and loop.turns * sum(map(costs.flops, body)) < LITTLE
    )


def _stacked_bytes(sequence: Sequence, loop: Turns) -> int:
    """The bytes of the values from outside that the loop stacks."""
    return loop.turns * sum(
        costs.bytes_of(sequence.reads[loop.start + j][k].type)
        for j, reads in enumerate(loop.reads)
        for k, read in enumerate(reads)
        if isinstance(read, Others)
    )


def _elementwise_share(sequence: Sequence, loop: Turns) -> float:
    """The share of the ops of a turn that a loop nest of other turns could contain."""
    body = sequence.ops[loop.start : loop.start + loop.period]
    return sum(_is_elementwise(op, loop, j, body) for j, op in enumerate(body)) / loop.period


def _new_ops(sequence: Sequence, loop: Turns) -> int:
    """About how many ops a loop needs beside the ops of one turn; not fewer than it needs."""
    new = 1
    for j, reads in enumerate(loop.reads):
        op, later = (sequence.ops[i] for i in loop.places(j)[:2])
        # Stacks, and numbers for tensors.
        new += sum(isinstance(read, Others | Constants) for read in reads)
        if isinstance(op, ten.IndexOp):
            new += 2 * any(isinstance(read, Constants) for read in reads)
        elif isinstance(op, ten.SliceOp) and isinstance(later, ten.SliceOp):
            new += 4 * (op.offsets != later.offsets)
    return new + Behind(sequence, loop).new_ops


def _is_elementwise(op: Operation, loop: Turns, j: int, body: list[Operation]) -> bool:
    """Whether an op of a turn is elementwise, or reads a part of an array from outside."""
    while isinstance(op, ten.IndexOp | ten.SliceOp):
        match loop.reads[j][0]:
            case Same():
                return True
            case Made(distance) if distance <= j:  # a part of a part
                op, j = body[j - distance], j - distance
            case _:
                return False
    return not op.regions and (
        op.dialect_name() in ("arith", "math")
        or isinstance(
            op,
            ten.BroadcastOp
            | ten.CastOp
            | ten.CompareOp
            | ten.FloatFunctionOp
            | ten.IotaOp
            | ten.ReshapeOp
            | ten.SelectOp,
        )
    )


def _erase_constants(module: ModuleOp) -> None:
    """Erase the constants that the turns of loops used, and the loops do not use."""
    for op in list(ops_in(module)):
        if isinstance(op, arith.ConstantOp) and op.result.first_use is None:
            op.detach()
            op.erase()


# Note: what a loop costs on a CPU.
#
# A gradient of a repeat takes 1 to 10 ms for each op to compile, and a gradient of a loop 0.1 s.
# But some repeats run faster than loops do, and need to save more ops to become loops:
#
# - The ops of all turns are elementwise, and read the results of the turn before at the same
#   places. Then all turns are one loop nest, which reads each array once. (A convolution as a sum
#   of 100 shifted arrays ran 5 times as fast.)
# - The turns compute almost nothing. To start a loop takes 10 µs, and 30 µs in a gradient.
# - Each turn reads another array from outside, as the layers of a network do. A stack copies these.
# - The turns are long and mostly elementwise. Then a gradient keeps many values of each turn, and
#   the loop stores them one by one. (Over 64 turns of 89 ops, the gradient of an LSTM ran 13 %
#   slower as a loop, and the LSTM itself 35 % faster.)
