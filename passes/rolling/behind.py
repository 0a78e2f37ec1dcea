"""
The uses of what the turns of a loop compute, behind the loop: of the last turn, of a few turns, or
of all turns side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from ...dialects.types import rank, shape
from .alike_turns import Result, Turns
from .sequences import Sequence

Add = Callable[[Operation], SSAValue]


class Behind:
    """The uses behind a loop. It is made before the ops of the turns change."""

    def __init__(self, sequence: Sequence, loop: Turns):
        self.sequence, self.loop = sequence, loop
        block = sequence.ops[loop.start].parent
        assert block is not None
        self.block = block
        self.turns_of: dict[Result, set[int]] = {}
        """The turns of which the program uses a result behind the loop."""
        for j in range(loop.period):
            for turn, i in enumerate(loop.places(j)):
                for r, result in enumerate(sequence.ops[i].results):
                    if self._uses(result, None):
                        self.turns_of.setdefault((j, r), set()).add(turn)

    @property
    def new_ops(self) -> int:
        """About how many ops the program needs behind the loop to read its results."""
        new = 0
        for made, turns in self.turns_of.items():
            if turns == {self.loop.turns - 1}:
                continue
            results = self._results(made)
            uses = {t: [op for op, _ in self._uses(results[t], None)] for t in turns}
            turn_of = {x: t for t, x in enumerate(results)}
            joins: dict[Operation, _Join] = {op: _Join(op, turn_of) for op in _joins(uses.values())}
            new += sum(join.new_ops for join in joins.values())
            new += sum(
                any(op not in joins or results[t] not in joins[op].joined for op in ops)
                for t, ops in uses.items()
            )
        return new

    def _uses(self, result: SSAValue, scan: ten.ScanOp | None) -> list[tuple[Operation, int]]:
        """The uses of a result behind the loop, which `scan` is when it is written."""
        found = []
        for use in result.uses:
            op = use.operation
            top = ancestor_in(self.block, op)
            if top is None or top is scan:
                continue
            place = self.sequence.places.get(top)
            if place is None or place >= self.loop.end:
                found.append((op, use.index))
        return found

    def _results(self, made: Result) -> list[SSAValue]:
        j, r = made
        return [self.sequence.ops[i].results[r] for i in self.loop.places(j)]

    def read(self, made: Result, scan: ten.ScanOp, values: Mapping[int, SSAValue]) -> None:
        """Let the ops behind the loop read these values in place of a result in these turns."""
        results = self._results(made)
        for turn, value in values.items():
            for op, k in self._uses(results[turn], scan):
                op.operands[k] = value

    def read_rows(self, made: Result, scan: ten.ScanOp, rows: SSAValue) -> None:
        """Let the ops behind the loop read rows in place of a result, for each turn."""
        results = self._results(made)
        turn_of = {x: t for t, x in enumerate(results)}
        used = sorted(self.turns_of[made])
        for op in _joins([op for op, _ in self._uses(results[t], scan)] for t in used):
            _Join(op, turn_of).read_rows(rows)
        point = InsertPoint.after(scan)
        for t in used:
            uses = self._uses(results[t], scan)
            if uses:
                turn = types.constant(t, ten.index_type)
                row = ten.IndexOp(rows, [turn])
                row.location = turn.location = scan.location
                row.result.name_hint = results[t].name_hint
                Rewriter.insert_op([turn, row], point)
                for op, k in uses:
                    op.operands[k] = row.result


def ancestor_in(block: Block, op: Operation) -> Operation | None:
    """
    The op of `block` that is `op` or contains it. None for an op that is nowhere in the program: a
    trace may make an op or a region, and then drop it.
    """
    holder: Operation | None = op
    while holder is not None and holder.parent is not block:
        holder = holder.parent_op()
    return holder


def _joins(uses: Iterable[Iterable[Operation]]) -> list[ten.StackOp | ten.ConcatOp]:
    found = dict.fromkeys(op for ops in uses for op in ops)
    return [op for op in found if isinstance(op, ten.StackOp | ten.ConcatOp)]


class _Join:
    """
    stack(a, y_2, y_3, y_4)  →  concat(stack(a), y[2:5]),  where y_t is the row t of y

    The same for `ten.concat`, and for results that stand in reverse order.
    """

    def __init__(self, op: ten.StackOp | ten.ConcatOp, turn_of: Mapping[SSAValue, int]):
        self.op, self.turn_of = op, turn_of
        self.parts: list[list[SSAValue]] = []
        self.steps: list[int] = []
        """For each part: the distance of its turns; 0 for a part that is no row of results."""
        for x in op.operands:
            self._add(x)

    def _add(self, x: SSAValue) -> None:
        t = self.turn_of.get(x)
        before = self.turn_of.get(self.parts[-1][-1]) if self.parts else None
        step = t - before if t is not None and before is not None else 0
        if t is None and self.parts and before is None:
            self.parts[-1].append(x)
        elif abs(step) == 1 and self.steps[-1] in (0, step):
            self.parts[-1].append(x)
            self.steps[-1] = step
        else:
            self.parts.append([x])
            self.steps.append(0)

    @property
    def joined(self) -> set[SSAValue]:
        """The values that the op finds in parts of the rows."""
        return {x for part, step in zip(self.parts, self.steps, strict=True) if step for x in part}

    @property
    def new_ops(self) -> int:
        """How many ops `read_rows` makes, at most."""
        if not any(self.steps):
            return 0
        rows = sum(map(bool, self.steps))
        others = len(self.steps) - rows
        is_stack = isinstance(self.op, ten.StackOp)
        return 1 + (2 * rows + others if is_stack else 4 * rows)

    def read_rows(self, rows: SSAValue) -> None:
        """Put rows in the places of results."""
        if not any(self.steps):
            return
        op, new = self.op, list[Operation]()

        def add(made: Operation) -> SSAValue:
            made.location = op.location
            new.append(made)
            return made.results[0]

        dim = 0 if isinstance(op, ten.StackOp) else op.dim.value.data
        values: list[SSAValue] = []
        for part, step in zip(self.parts, self.steps, strict=True):
            if step:
                first = min(self.turn_of[part[0]], self.turn_of[part[-1]])
                piece = _part(rows, first, len(part), step, add)
                is_stack = isinstance(op, ten.StackOp)
                values.append(piece if is_stack else _side_by_side(piece, dim, add))
            elif isinstance(op, ten.StackOp):
                values.append(add(ten.StackOp(part)))
            else:
                values += part
        result = values[0] if len(values) == 1 else add(ten.ConcatOp(values, dim))
        Rewriter.replace_op(op, new, [result])


def _part(rows: SSAValue, first: int, n: int, step: int, add: Add) -> SSAValue:
    """n rows from row `first` on, in reverse order if the step is -1."""
    whole = shape(rows.type)
    if n < whole[0]:
        rest = whole[1:]
        rows = add(ten.SliceOp(rows, [first, *[0] * len(rest)], [n, *rest]))
    return rows if step > 0 else add(ten.ReverseOp(rows, [0]))


def _side_by_side(rows: SSAValue, dim: int, add: Add) -> SSAValue:
    """The rows, one after another along a dimension of the rows."""
    n, *sizes = shape(rows.type)
    if dim:
        others = list(range(1, rank(rows.type)))
        rows = add(ten.TransposeOp(rows, [*others[:dim], 0, *others[dim:]]))
    sizes[dim] *= n
    return add(ten.ReshapeOp(rows, sizes))
