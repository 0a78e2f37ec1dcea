"""
Numbers of a loop that depend on known numbers only, in each of its turns.

    while t < 1.0:
        x = step(x)
        t += dt
        times.append(t)

A loop carries `t` as a traced number, because each turn gives it another value. But t begins with a
known number, and known numbers make the next one. So letgrad runs this part of the loop while it
traces, and knows the number of turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ShapedType
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ...passes.rewriting.rule_tables import evaluate

MOST_TURNS = 10_000
MOST_STEPS = 400_000
"""letgrad gives up after so many ops of a loop."""


class Unknown(Exception):
    """The numbers are not known, or it takes too long to compute them."""


class Simulation:
    """
    The numbers of a loop with the body `block`, turn after turn. `given` are the values of the
    first arguments of the block before the loop, `ends` those at the end of a turn, and `rows` the
    arrays whose rows the other arguments are.
    """

    def __init__(
        self,
        block: Block,
        given: Sequence[SSAValue],
        ends: Sequence[SSAValue],
        rows: Sequence[SSAValue] = (),
    ):
        self.block, self.ends = block, ends
        self.now: dict[SSAValue, Any] = {
            x: constant(y) for x, y in zip(block.args, given, strict=False)
        }
        self.carried = list(zip(self.now, ends))
        """The values that the loop carries, with those of the next turn."""
        self.rows = dict(zip(block.args[len(given) :], map(constant, rows)))
        self.never: set[SSAValue] = {x for x, y in (self.now | self.rows).items() if y is None}
        """Values that no turn knows."""
        self.found: dict[SSAValue, Any] = {}
        self.goes_on: dict[scf.IfOp, int] = {}
        """For conditions of which a side leaves the loop: the other side."""
        self.assumes = False
        """Whether letgrad had to assume that a turn does not leave the loop."""
        self.turn = 0
        self.steps = 0

    def only(self, values: Sequence[SSAValue]) -> None:
        """From here on, the caller asks for these values alone, and for what they depend on."""
        ends, seen = dict(self.carried), set[SSAValue]()
        pending = list(values)
        while pending:
            x = pending.pop()
            if x in seen:
                continue
            seen.add(x)
            if isinstance(x, BlockArgument):
                if x in ends:
                    pending.append(ends[x])
                continue
            op = x.owner
            assert isinstance(op, Operation)
            if isinstance(op, scf.IfOp):
                pending += [op.cond, *_sides(op, x)]
            elif not op.regions:
                pending += op.operands
        self.carried = [(x, y) for x, y in self.carried if x in seen]
        self.now = {x: self.now[x] for x, _ in self.carried}

    def value(self, x: SSAValue) -> Any:
        """A value in this turn; None if it is not known."""
        if x in self.never:
            return None
        if x not in self.found:
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise Unknown
            self.found[x] = self._value(x)
        return self.found[x]

    def _value(self, x: SSAValue) -> Any:
        if isinstance(x, BlockArgument):
            if x in self.rows:
                return self.rows[x][self.turn]
            if x in self.now:
                return self.now[x]
            return self._lost(x)
        op = x.owner
        assert isinstance(op, Operation)
        if isinstance(op, arith.ConstantOp):
            return constant(x)
        if isinstance(x.type, ShapedType) or not _is_inside(op.parent_block(), self.block):
            return self._lost(x)
        if isinstance(op, scf.IfOp):
            return self._of_condition(op, x)
        if op.regions:
            return self._lost(x)
        values = [self.value(y) for y in op.operands]
        if isinstance(op, arith.AndIOp | arith.OrIOp) and x.type.width.data == 1:  # type: ignore[attr-defined]
            decides = isinstance(op, arith.OrIOp)
            if any(y is not None and bool(y) is decides for y in values):
                return np.bool_(decides)
        elif any(y in self.never for y in op.operands):
            return self._lost(x)
        if any(y is None for y in values):
            return None
        found = evaluate.of(op)(op, *values)
        return found[op.results.index(x)] if isinstance(found, tuple) else found

    def _lost(self, x: SSAValue) -> None:
        self.never.add(x)

    def _of_condition(self, op: scf.IfOp, x: SSAValue) -> Any:
        sides = _sides(op, x)
        condition = self.value(op.cond)
        if condition is not None:
            return self.value(sides[0 if condition else 1])
        if op in self.goes_on:
            self.assumes = True
            return self.value(sides[self.goes_on[op]])
        # On each side, the condition itself is known.
        then, otherwise = (
            np.bool_(truth) if side is op.cond else self.value(side)
            for truth, side in zip((True, False), sides)
        )
        return then if then is not None and then == otherwise else None

    def stays(self, flag: SSAValue) -> None:
        """From here on, unknown conditions do not set this flag."""
        op = flag.owner
        if not isinstance(op, scf.IfOp):
            return
        for k, region in enumerate((op.true_region, op.false_region)):
            end = region.block.last_op
            assert end is not None
            value = end.operands[op.results.index(flag)]
            if constant(value):
                self.goes_on[op] = 1 - k
            self.stays(value)

    def next(self, assumed: Sequence[SSAValue] = ()) -> None:
        """
        Goes to the next turn. `assumed` are flags that are false there, or there is no such turn.
        """
        self.now = {x: self.value(y) for x, y in self.carried}
        for x, y in self.carried:
            if self.now[x] is None and y in self.never:
                self.never.add(x)
        for flag in assumed:
            if self.now[flag] is None:
                self.now[flag] = np.bool_(False)
                self.never.discard(flag)
        self.found.clear()
        self.turn += 1


def _sides(op: scf.IfOp, x: SSAValue) -> list[SSAValue]:
    """The values of which a condition chooses x."""
    place = op.results.index(x)
    ends = [region.block.last_op for region in (op.true_region, op.false_region)]
    return [end.operands[place] for end in ends if end is not None]


def _is_same(a: Any, b: Any) -> bool:
    """Whether two numbers are equal, or unknown."""
    return a is b or (
        a is not None and b is not None and not np.ndim(a) and not np.ndim(b) and bool(a == b)
    )


def _is_inside(block: Block | None, outer: Block) -> bool:
    while block is not None and block is not outer:
        block = block.parent_block()
    return block is outer


def constant(x: SSAValue) -> Any:
    """The number or the array of a constant; None for other values."""
    op = x.owner
    return evaluate.of(op)(op) if isinstance(op, arith.ConstantOp) else None


def values(simulation: Simulation, x: SSAValue, count: int) -> list[Any] | None:
    """A value in each of `count` turns; None if one of them is not known."""
    found = []
    if count > MOST_TURNS:
        return None
    simulation.only([x])
    try:
        for _ in range(count):
            if (value := simulation.value(x)) is None:
                return None
            found.append(value.item())
            simulation.next()
    except Unknown:
        return None
    return found


def count(
    simulation: Simulation, test: SSAValue | None, flags: Sequence[BlockArgument]
) -> tuple[int, bool] | None:
    """
    The number of turns of a loop that goes on while the test is true and no flag is, and whether
    the loop makes all of them. None if the number is not known.
    """
    is_exact = True
    ends_of_flags = [simulation.ends[flag.index] for flag in flags]
    for end in ends_of_flags:
        simulation.stays(end)
    simulation.only([*flags, *ends_of_flags, *([] if test is None else [test])])
    try:
        while simulation.turn <= MOST_TURNS:
            go_on = True if test is None else simulation.value(test)
            if go_on is None and test in simulation.never and not flags:
                return None
            if go_on is not None and not go_on:
                return simulation.turn, is_exact and not simulation.assumes
            is_exact = is_exact and go_on is not None
            ends = list(map(simulation.value, ends_of_flags))
            if any(end is not None and bool(end) for end in ends):
                return simulation.turn + 1, is_exact and not simulation.assumes
            is_exact = is_exact and all(end is not None for end in ends)
            before = simulation.now
            simulation.next(flags)
            if all(_is_same(x, y) for x, y in zip(before.values(), simulation.now.values())):
                return None  # So are all turns after this one.
    except Unknown:
        pass
    return None
