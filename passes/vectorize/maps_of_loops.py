"""
Loops whose steps need nothing of each other, or only add up, are computed in bulk:
`ten-vectorize-maps`.

    ys = scan [n] () over (x = xs) { …, row f(x) }            →  ys = bulk f(xs)
    s = scan [n] (s = s0) over (x = xs) { …, s + f(x) }       →  s = s0 + sum (bulk f(xs))
    s = scan [n] turns m (s = s0) over (x = xs) { s - f(x) }
        →  s = s0 - sum (select(iota < m, bulk f(xs), 0))
    select(c, s + v, s)  →  s + select(c, v, -0.0),  in a loop that adds to s

A loop in the body becomes one loop over bulk values. A backend then takes several steps at once,
and the gradient has no loop.

Needs:   no `ten.build`.
Leaves:  no scan that carries nothing but sums, with the exceptions below.
Keeps:   the value, up to the order of the sums. Sharing: no computation runs more often.
Ends:    one walk, inner loops first: the body of an outer loop then has bulk values.

Exceptions: loops with a checkpoint; loops with a number of turns that give rows, do costly work,
which they would do for steps that they never take, or take few turns or an unknown number; bodies
with costly branches, loops of unknown length, calls, and ops of other dialects; loops with values
that for all steps would take more room than the rows of the loop and `MOST_STORED`; with
`sums=false`, loops that add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import ten, types
from ...dialects.op_kinds import Kinds
from ...dialects.types import Term
from ...dialects.walking import ops_in
from ..rewriting.conditionals import MOST_OF_ROW, flatten_cheap
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.levels import Level
from ..rewriting.lines_of_rows import mean_turns, progression
from ..rewriting.rule_tables import batch
from ..sharing.evaluations import is_heavy
from ..sharing.shared_terms import drop_broken_stamps
from .bulk_forms import Axis, Batched
from .walk import Vectorizer

MOST_STORED = 1 << 18
"""
Elements of a value of all steps: 2 MB of f64. More are fine if the rows of the loop have more.
"""
FEW_TURNS = 24
"""
A sum of all steps begins and ends in the time of so many turns of a loop, and takes a step in a
sixth of the time of a turn.
"""


@dataclass(frozen=True)
class VectorizeMapsPass(ModulePass):
    """
    Computes loops that carry nothing from step to step, or only sums, in bulk.

    Example:

        >>> def squares(x):
        ...     return lg.scan(lambda _, v: (None, v * v), None, x)[1]
        >>> module = lg.trace(squares, lg.spec(5))
        >>> VectorizeMapsPass().apply(ctx, module)
        >>> print(show(module))
        squares = \\x -> x * x
    """

    name = "ten-vectorize-maps"
    seeks: ClassVar[Kinds] = (ten.ScanOp,)
    needs: ClassVar[Level] = Level.BULK

    sums: bool = True
    """Whether loops that add up become sums, which take their elements in any order."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for scan in reversed([x for x in ops_in(op) if isinstance(x, ten.ScanOp)]):
            for k in range(len(scan.inits)):
                # The last one first: its y is the result of the one before.
                for select, total in reversed(chosen_sums(scan, k)):
                    choose_summand(select, total)
                    count(self.name)
            if not scan.inits and scan.turns is None:
                for choice in [x for x in scan.block.ops if isinstance(x, scf.IfOp)]:
                    count(self.name, flatten_cheap(choice, MOST_OF_ROW))
            if (self.sums or not scan.inits) and is_map(scan):
                vectorize_map(scan)
                count(self.name)
        drop_broken_stamps(op, self.name)


def is_map(scan: ten.ScanOp) -> bool:
    """Whether a scan is to be computed in bulk."""
    if (
        scan.trips < 2
        or scan.states is not None
        or any(isinstance(x.type, Term) for x in (*scan.operands, *scan.results))
    ):
        return False
    # Rows that the loop may not reach would be work for nothing. A sum ends where the loop does.
    if scan.turns is not None:
        mean = mean_turns(scan)
        if mean is None or mean < FEW_TURNS + scan.trips / 6:
            return False
        if scan.ys or any(is_heavy(op) for op in ops_in(scan)):
            return False
    if any(not summands(scan, k) for k in range(len(scan.inits))):
        return False
    room = sum(types.size(x.type) for x in (*scan.xs, *scan.results))
    most = max(room, MOST_STORED) // scan.trips
    body = [op for op in ops_in(scan) if op is not scan]
    return all(
        has_bulk_form(op) and all(types.size(x.type) <= most for x in op.results) for op in body
    )


def has_bulk_form(op: Operation) -> bool:
    """
    Whether an op in a body costs in bulk what it costs in all steps together. A branch that few
    steps take, or a loop that ends early in most of them, would run for all.
    """
    if isinstance(op, ten.ScanOp):
        return op.turns is None or not any(is_heavy(inner) for inner in ops_in(op))
    if isinstance(op, ten.WhileOp) or op.dialect_name() not in ("arith", "math", "ten"):
        return False
    if isinstance(op, ten.YieldOp | ten.IndexOp | ten.GatherOp | ten.ScatterOp):
        return True
    return not op.operands or batch.find(type(op)) is not None


def summands(scan: ten.ScanOp, k: int) -> list[tuple[SSAValue, bool]]:
    """
    The values v, w, … of a carried value c whose next one is c + v - w + …, and whether each is
    added. No values if it is no such sum, or if anything else reads c or a part of the sum. Truth
    values have no sum: `arith.addi` of them is their exclusive or.
    """
    carried = scan.carried[k]
    if types.is_bool(types.element(carried.type)):
        return []

    def parts(x: SSAValue) -> list[tuple[SSAValue, bool]] | None:
        op = x.owner
        if x is carried or not x.has_one_use():
            return [] if x is carried else None
        if isinstance(op, arith.AddfOp | arith.AddiOp) and op.parent is scan.block:
            for rest, other in (op.operands, reversed(op.operands)):
                if (found := parts(rest)) is not None:
                    return [*found, (other, True)]
        if isinstance(op, arith.SubfOp | arith.SubiOp) and op.parent is scan.block:
            if (found := parts(op.lhs)) is not None:
                return [*found, (op.rhs, False)]
        return None

    return (parts(scan.nexts[k]) or []) if carried.has_one_use() else []


Sum = arith.AddfOp | arith.AddiOp | arith.SubfOp | arith.SubiOp


def chosen_sums(scan: ten.ScanOp, k: int) -> list[tuple[arith.SelectOp, SSAValue]]:
    """
    The choices between a sum y ± v and y itself, from the carried value k to its next one, each
    with its y. No choices if anything else reads one of these values.
    """
    found: list[tuple[arith.SelectOp, SSAValue]] = []
    x: SSAValue = scan.carried[k]
    while x is not scan.nexts[k]:
        users = [use.operation for use in x.uses]
        sums = [op for op in users if isinstance(op, Sum) and x in _totals(op.results[0])]
        selects = [op for op in users if isinstance(op, arith.SelectOp)]
        if len(sums) != 1 or sums[0].parent is not scan.block:
            return []
        total = sums[0].results[0]
        if len(users) == 1:
            x = total
        elif (
            len(users) == 2
            and selects
            and total.has_one_use()
            and {selects[0].lhs, selects[0].rhs} == {x, total}
        ):
            found.append((selects[0], x))
            x = selects[0].result
        else:
            return []
    return found


def _totals(x: SSAValue) -> list[SSAValue]:
    """The operands of a sum to which something is added, or from which it is taken."""
    op = x.owner
    if isinstance(op, arith.SubfOp | arith.SubiOp):
        return [op.lhs]
    return [*op.operands] if isinstance(op, arith.AddfOp | arith.AddiOp) else []


def choose_summand(select: arith.SelectOp, total: SSAValue) -> None:
    """
    select(c, y + v, y)  →  y + select(c, v, -0.0),  select(c, y - v, y)  →  y - select(c, v, 0.0)

    Adding a zero of this sign, or taking it off, keeps every y, also 0.0 and -0.0. The sum no
    longer waits for the choice, and a loop that adds up only adds.
    """
    is_first = select.rhs is total
    chain = (select.lhs if is_first else select.rhs).owner
    assert isinstance(chain, Sum)
    v = chain.rhs if chain.lhs is total else chain.lhs
    e = Emitter.before(select)
    is_float = types.is_float(v.type)
    zero = e.constant(-0.0 if isinstance(chain, arith.AddfOp) else 0.0 if is_float else 0, v.type)
    v = e.select(select.cond, *((v, zero) if is_first else (zero, v)))
    value = e(type(chain)(total, v))
    value.name_hint = select.result.name_hint
    Rewriter.replace_op(select, [], [value])
    Rewriter.erase_op(chain)


def vectorize_map(scan: ten.ScanOp) -> None:
    """
    scan [n] (s = s0) over (x = xs) { …, s + f(x), row g(x) }
        →  s0 + sum (bulk f(xs)), bulk g(xs)

    Requires: nothing is carried but sums.
    """
    block, n = scan.block, len(scan.inits)
    added = [take_total(scan, k) for k in range(n)]
    first, last = block.first_op, block.last_op
    assert first is not None and last is not None
    walk = Vectorizer(Emitter.before(scan, {}).derived(scan, "vectorize"), "error")
    axis = Axis(scan.trips, 0)
    walk.depth = 1
    i = block.insert_arg(ten.index_type, len(block.args))
    inside = Emitter.before(first)
    for x, row in zip(scan.xs, block.args[n:-1], strict=True):
        if (line := progression(x)) is None:
            walk.env[row] = Batched(walk.e, (axis,), row.type, x)
            continue
        start, step = line
        value: SSAValue = i
        if step != 1:
            value = inside(arith.MuliOp(value, inside.constant(step, ten.index_type)))
        if start:
            value = inside(arith.AddiOp(value, inside.constant(start, ten.index_type)))
        if value.type != row.type:
            value = inside(arith.IndexCastOp(value, row.type))
        row.replace_all_uses_with(value)
    walk.env[i] = Batched(walk.e, (axis,), i.type, axis=axis)
    walk.visit_block(block)
    e, values = walk.e, list[SSAValue]()
    # The walk may replace what the step gives.
    every = [walk.aligned(walk.of(y), (axis,)) for y in last.operands]
    for init, rows, is_added in zip(scan.inits, every, added):
        if scan.turns is not None:
            sizes = types.shape(rows.type)
            steps = e(ten.IotaOp(0, types.of_shape(sizes, ten.index_type)))
            end = e(ten.BroadcastOp(scan.turns, range(len(sizes)), sizes))
            rows = e.select(e.compare("slt", steps, end), rows, e.constant(0, rows.type))
        value = e(ten.SumOp(rows, [0]))
        is_float = types.is_float(types.element(value.type))
        if is_added:
            value = e.add(init, value) if is_float else e(arith.AddiOp(init, value))
        else:
            value = e((arith.SubfOp if is_float else arith.SubiOp)(init, value))
        values.append(value)
    values += every[n:]
    for value, result in zip(values, scan.results, strict=True):
        value.name_hint = value.name_hint or result.name_hint
    Rewriter.replace_op(scan, [], values)


def take_total(scan: ten.ScanOp, k: int) -> bool:
    """
    s + f(x)  →  f(x), as the next value k. Returns False if the step takes f(x) off s.
    """
    parts = summands(scan, k)
    last, chain = scan.block.last_op, scan.nexts[k]
    assert last is not None
    add, subtract = (
        (arith.AddfOp, arith.SubfOp)
        if types.is_float(types.element(chain.type))
        else (arith.AddiOp, arith.SubiOp)
    )
    parts.sort(key=lambda part: not part[1])
    value, is_added = parts[0]
    e = Emitter.before(last)
    for x, plus in parts[1:]:
        value = e((add if plus == is_added else subtract)(value, x))
    gone, taken = list[Operation](), {x for x, _ in parts}
    while chain is not scan.carried[k]:
        assert isinstance(chain.owner, Operation)
        gone.append(chain.owner)
        chain = next(x for x in chain.owner.operands if x not in taken or x is scan.carried[k])
    last.operands[k] = value
    for op in gone:
        Rewriter.erase_op(op)
    return is_added
