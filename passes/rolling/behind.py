"""
The uses of what the turns of a loop compute, behind the loop: of the last turn, of a few turns, or
of all turns side by side.
"""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from ...dialects.types import rank, shape
from ..rewriting.scopes import ancestor_in
from .sequences import Sequence
from .turns import Result, Turns


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

    def _uses(self, result: SSAValue, scan: ten.ScanOp | None) -> list[tuple[Operation, int]]:
        """The uses of a result behind the loop, which `scan` is when it is written."""
        found = []
        for use in result.uses:
            op = use.operation
            top = op if op.parent is self.block else ancestor_in(self.block, op)
            place = self.sequence.places.get(top)
            if top is not scan and (place is None or place >= self.loop.end):
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
        joins = {
            op: None
            for t in used
            for op, _ in self._uses(results[t], scan)
            if isinstance(op, ten.StackOp | ten.ConcatOp)
        }
        for op in joins:
            _join(op, turn_of, rows)
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


def _join(op: ten.StackOp | ten.ConcatOp, turn_of: Mapping[SSAValue, int], rows: SSAValue) -> None:
    """
    stack(a, y_2, y_3, y_4)  →  concat(stack(a), y[2:5]),  where y_t is the row t of y

    The same for `ten.concat`.
    """
    xs = list(op.operands)
    parts: list[list[SSAValue]] = []
    steps: list[int] = []
    for x in xs:
        t = turn_of.get(x)
        before = turn_of.get(parts[-1][-1]) if parts else None
        step = t - before if t is not None and before is not None else 0
        if t is None and parts and before is None:
            parts[-1].append(x)
        elif abs(step) == 1 and steps[-1] in (0, step):
            parts[-1].append(x)
            steps[-1] = step
        else:
            parts.append([x])
            steps.append(0)
    if not any(steps):
        return
    new: list[Operation] = []

    def add(made: Operation) -> SSAValue:
        made.location = op.location
        new.append(made)
        return made.results[0]

    dim = 0 if isinstance(op, ten.StackOp) else op.dim.value.data
    values: list[SSAValue] = []
    for part, step in zip(parts, steps, strict=True):
        if step:
            turns = [turn_of[x] for x in part]
            piece = _part(rows, min(turns), len(turns), step, add)
            values.append(piece if isinstance(op, ten.StackOp) else _side_by_side(piece, dim, add))
        elif isinstance(op, ten.StackOp):
            values.append(add(ten.StackOp(part)))
        else:
            values += part
    result = values[0] if len(values) == 1 else add(ten.ConcatOp(values, dim))
    Rewriter.replace_op(op, new, [result])


def _part(rows: SSAValue, first: int, n: int, step: int, add) -> SSAValue:
    """n rows from row `first` on, in reverse order if the step is -1."""
    whole = shape(rows.type)
    if n < whole[0]:
        rest = whole[1:]
        rows = add(ten.SliceOp(rows, [first, *[0] * len(rest)], [n, *rest]))
    return rows if step > 0 else add(ten.ReverseOp(rows, [0]))


def _side_by_side(rows: SSAValue, dim: int, add) -> SSAValue:
    """The rows, one after another along a dimension of the rows."""
    n, *sizes = shape(rows.type)
    if dim:
        others = list(range(1, rank(rows.type)))
        rows = add(ten.TransposeOp(rows, [*others[:dim], 0, *others[dim:]]))
    sizes[dim] *= n
    return add(ten.ReshapeOp(rows, sizes))
