"""The turns of a repeat, written as a `ten.scan`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from xdsl.dialects import arith
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ...dialects import arrays, ten, types
from ...dialects.types import element, ints, shape
from . import sequences
from .alike_turns import Constants, Made, Result, Same, Turns, is_constant
from .behind import Behind, ancestor_in
from .moving import Boxes, box_at, elements_of, side_by_side


@dataclass(frozen=True, eq=False)
class _Carry:
    init: SSAValue
    argument: SSAValue
    made: Result
    """The value that the carried one was, `lag` turns ago."""
    lag: int
    next: _Carry | None
    """The carry that becomes this one in the next turn; None if `made` does."""


class Writer:
    """
    Writes a loop in the place of its turns.

    The ops of the first turn become the body. So no op is copied, and the names and the places in
    the source stay.
    """

    def __init__(self, sequence: sequences.Sequence, loop: Turns):
        self.sequence, self.loop = sequence, loop
        self.body = sequence.ops[loop.start : loop.start + loop.period]
        parent, behind = self.body[0].parent, sequence.ops[loop.end - 1].next_op
        assert parent is not None and behind is not None
        self.around: Block = parent
        self.behind: Operation = behind
        """The op behind the turns. All that the loop reads is in front of it."""
        self.location = self.body[0].location
        self.block = Block()
        self.carries: dict[tuple[Result, tuple[SSAValue, ...]], _Carry] = {}
        self.rows: dict[object, tuple[SSAValue, SSAValue]] = {}
        """Arrays, and the arguments of the body that are their rows."""
        self.moved: dict[SSAValue, SSAValue] = {}
        """Results of the body, and the values that the loop has in their places."""

    def write(self) -> ten.ScanOp | None:
        """The loop; None if the program uses no result of the turns. Then these only go."""
        uses = Behind(self.sequence, self.loop)
        if not uses.turns_of:
            _erase(self.around, self.sequence.ops[self.loop.start : self.loop.end])
            return None
        for j, op in enumerate(self.body):
            self._add(j, op)
        carried_out = {
            made: self._carries_out(made, turns) for made, turns in uses.turns_of.items()
        }
        stacked = [made for made, out in carried_out.items() if out is None]
        carries = list(self.carries.values())
        self.block.add_op(
            last := ten.YieldOp(
                *(c.next.argument if c.next else self._result(c.made) for c in carries),
                *map(self._result, stacked),
            )
        )
        last.location = self.location
        xs = [x for x, _ in self.rows.values()]
        scan = ten.ScanOp(self.loop.turns, [c.init for c in carries], xs, Region(self.block))
        self._insert(scan)
        made = [*(c.made for c in carries), *stacked]
        for result, of in zip(scan.results, made, strict=True):
            result.name_hint = self._result(of).name_hint
        for of, out in carried_out.items():
            if out is None:
                uses.read_rows(of, scan, scan.results[len(carries) + stacked.index(of)])
            else:
                last_values = {t: scan.results[carries.index(c)] for t, c in out.items()}
                uses.read(of, scan, last_values)
        dead = self.sequence.ops[self.loop.start + self.loop.period : self.loop.end]
        _erase(self.around, dead)
        for x in self.moved:
            assert isinstance(x.owner, Operation)
            x.owner.erase(safe_erase=x.first_use is None)
        return scan

    def _result(self, made: Result) -> SSAValue:
        value = self.body[made[0]].results[made[1]]
        return self.moved.get(value, value)

    def _insert(self, op: Operation) -> SSAValue:
        """The first result of a new op in front of the loop."""
        op.location = self.location
        self.around.insert_op_before(op, self.behind)
        return op.results[0]

    def _inner(self, op: Operation) -> SSAValue:
        """The result of a new op at the end of the body."""
        op.location = self.location
        self.block.add_op(op)
        return op.results[0]

    def _read(self, turn: int, j: int, k: int) -> SSAValue:
        return self.sequence.reads[self.loop.start + turn * self.loop.period + j][k]

    def _reads(self, j: int, k: int) -> tuple[SSAValue, ...]:
        """What the op j of a turn reads, in all turns."""
        return tuple(self._read(t, j, k) for t in range(self.loop.turns))

    # The body.

    def _add(self, j: int, op: Operation) -> None:
        """Move an op of the first turn into the body."""
        reads = self.loop.reads[j]
        row = self._row_of(j, op)
        if row is not None:
            # The row has the leading index.
            given: list[SSAValue] = [self._value(j, k) for k in range(2, len(reads))]
            value = self._inner(ten.IndexOp(row, given)) if given else row
            self._replace(op, value)
            return
        given = [self._value(j, k) for k in range(len(reads))]
        for (inner, k), value in zip(list(sequences.uses_from_outside(op)), given, strict=True):
            inner.operands[k] = value
        boxes = self._boxes(j, op)
        if boxes is None:
            op.detach()
            self.block.add_op(op)
            return
        assert isinstance(op, ten.SliceOp)
        x = op.x
        if isinstance(reads[0], Same) and boxes.along() is not None:
            key = "boxes", x, boxes
            value = self._row(key, lambda: side_by_side(x, boxes, self._insert))
        else:
            value = box_at(x, boxes, self._place, self._inner)
        self._replace(op, value)

    def _replace(self, op: Operation, value: SSAValue) -> None:
        """Let the ops of the body read `value` in place of the result of an op that goes."""
        value.name_hint = value.name_hint or op.results[0].name_hint
        op.detach()
        op.operands = []  # an op that goes uses no values
        self.moved[op.results[0]] = value

    def _value(self, j: int, k: int) -> SSAValue:
        """What the op j of the body reads as its value k."""
        first = self._read(0, j, k)
        match self.loop.reads[j][k]:
            case Same():
                return first
            case Made() as read:
                lag = self.loop.lag(j, read)
                made = (j - read.distance) % self.loop.period, read.result
                if not lag:
                    return self._result(made)
                return self._carry(made, tuple(self._read(t, j, k) for t in range(lag))).argument
            case Constants():
                return self._row_of_constants(self._reads(j, k))
            case _:
                values = self._reads(j, k)
                return self._row(values, lambda: self._insert(ten.StackOp(values)), first.name_hint)

    def _carry(self, made: Result, inits: tuple[SSAValue, ...]) -> _Carry:
        """
        The carried value that is `inits[t]` in turn t, for each of these, and from then on the
        result that was made len(inits) turns before.
        """
        if (made, inits) not in self.carries:
            init, later = inits[0], inits[1:]
            following = self._carry(made, later) if later else None
            argument = self.block.insert_arg(init.type, len(self.carries))
            argument.name_hint = init.name_hint or self._result_hint(made)
            carry = _Carry(init, argument, made, len(inits), following)
            self.carries[made, inits] = carry
        return self.carries[made, inits]

    def _result_hint(self, made: Result) -> str | None:
        return self.body[made[0]].results[made[1]].name_hint

    def _carries_out(self, made: Result, turns: set[int]) -> dict[int, _Carry] | None:
        """
        The carries that have the result of these turns when the loop ends. None if the loop must
        give the results of all turns.
        """
        n = self.loop.turns
        known = {n - c.lag: c for c in self.carries.values() if c.made == made}
        if turns == {n - 1} and n - 1 not in known:
            # No turn reads this value. So the value before the loop may be any.
            return {n - 1: self._carry(made, (self._zero(self._result(made).type),))}
        return {t: known[t] for t in turns} if turns <= known.keys() else None

    def _zero(self, type: Attribute) -> SSAValue:
        e = element(type)
        if not types.is_complex(e):
            return self._insert(types.constant(0, type))
        part = self._zero(types.of_shape(shape(type), types.part(e)))
        return self._insert(ten.ComplexOp(part, part))

    # Rows.

    def _row(self, key: object, array: Callable[[], SSAValue], hint: str | None = None) -> SSAValue:
        """The row of an array that has the turns as its first dimension."""
        if key not in self.rows:
            x = array()
            type = types.of_shape(shape(x.type)[1:], element(x.type))
            argument = self.block.insert_arg(type, len(self.block.args))
            argument.name_hint = hint
            self.rows[key] = x, argument
        return self.rows[key][1]

    def _row_of_constants(self, values: Sequence[SSAValue]) -> SSAValue:
        """A constant that changes from turn to turn; or the one constant."""
        first, type = values[0], values[0].type
        if all(x is first for x in values):
            return first
        numbers = [constant_array(x) for x in values]
        if all(x.tobytes() == numbers[0].tobytes() for x in numbers):
            return first
        sizes = shape(type)
        if sizes and all(types.constant_value(x) is not None for x in values):
            table = np.stack([x.reshape(-1)[0] for x in numbers])
            row = self._table(table, element(type))
            return self._inner(ten.BroadcastOp(row, range(len(sizes)), sizes))
        return self._table(np.stack(numbers), type)

    def _table(self, table: np.ndarray, type: Attribute) -> SSAValue:
        whole = types.of_shape((len(table), *shape(type)), element(type))
        key = table.tobytes(), whole
        return self._row(key, lambda: self._insert(arrays.constant(table, whole)))

    def _place(self, places: Sequence[int]) -> SSAValue:
        return self._table(np.asarray(places, np.int64), ten.index_type)

    def _row_of(self, j: int, op: Operation) -> SSAValue | None:
        """x[t, …] as a row of x, if op is that, and x is the same in each turn."""
        reads = self.loop.reads[j]
        if not isinstance(op, ten.IndexOp) or len(reads) < 2:
            return None
        if not isinstance(reads[0], Same) or not isinstance(reads[1], Constants):
            return None
        numbers = [types.constant_value(x) for x in self._reads(j, 1)]
        places = [n for n in numbers if isinstance(n, int)]
        key = "elements", op.t, tuple(places)
        if key not in self.rows:
            array = elements_of(op.t, places, self._insert)
            if array is None:
                return None
            self._row(key, lambda: array)
        return self.rows[key][1]

    def _boxes(self, j: int, op: Operation) -> Boxes | None:
        """The boxes of a slice that moves from turn to turn; None for another op."""
        if not isinstance(op, ten.SliceOp) or not types.size(op.result.type):
            return None
        of = [self.sequence.ops[i] for i in self.loop.places(j)]
        offsets = tuple(ints(x.offsets) for x in of if isinstance(x, ten.SliceOp))
        boxes = Boxes(offsets, ints(op.sizes), ints(op.strides))
        return boxes if boxes.moving else None


def _erase(block: Block, ops: Sequence[Operation]) -> None:
    """Erase ops of a block. Only ops that are nowhere in the program may still use them."""
    for op in reversed(ops):
        users = [use.operation for result in op.results for use in result.uses]
        assert all(ancestor_in(block, user) is None for user in users), f"{op.name} has uses"
        op.detach()
        op.erase(safe_erase=not users)


def constant_array(value: SSAValue) -> np.ndarray:
    assert is_constant(value) and isinstance(value.owner, arith.ConstantOp)
    return np.asarray(arrays.constant_array(value.owner))
