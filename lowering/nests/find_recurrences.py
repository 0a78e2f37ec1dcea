"""
Loops whose steps compose become one op, `kernel.recurrence`: `kernel-find-recurrences`.

    ys = scan [n] (h = h0) over (a = as, b = bs) { t = h * a + b; ten.yield t, f(t, b) }
        →  last, hs = recurrence [n] h0 mul as add bs;  ys = f(hs * as + bs, bs), for all rows

Needs:   no `ten.build`; no terms.
Leaves:  no scan of numbers in which each carried value goes through sums, products, selections or
         maxima with values that do not depend on it, with the exceptions below.
Keeps:   the value, bit for bit. A machine that composes the steps of a `kernel.recurrence` rounds
         in another way.
Ends:    one visit to each scan, inner scans first. Each firing leaves one scan less.

Exceptions: a scan with a number of turns, with a checkpoint, or of fewer than 8 steps; an op that
has regions or no batch rule. A scan whose carried values are not all such values stays whole: a
part of it as a loop costs as much as all of it.

The scan that reverse mode makes of an elementwise loop is linear in its cotangent, so it is such a
scan, also where the loop itself is none. The mask that keeps 0 · ∞ at 0 (see `masks`) is the
action `settle`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import copysign
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, ModuleOp, i1
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import kernel, ten, types
from ...dialects.ten import scans
from ...dialects.types import Term
from ...dialects.walking import ops_in
from ...passes.rewriting import remarks
from ...passes.rewriting.driver import count
from ...passes.rewriting.emitter import Emitter, Known
from ...passes.rewriting.levels import Level
from ...passes.rewriting.rule_tables import batch
from ...passes.sharing.shared_terms import drop_broken_stamps
from ...passes.vectorize.builds import vectorize

LEAST_STEPS = 8
MOST_ACTIONS = 48
MOST_OPS = 2_000
"""Bodies with more ops stay loops: the pass looks at each op once for each carried value."""


class FindRecurrencesPass(ModulePass):
    """
    Makes a `kernel.recurrence` of each scan whose steps compose.

    Example:

        >>> def decay(x):
        ...     return lg.scan(lambda h, row: (0.5 * h + row, h), 0.0, x)[1]
        >>> module = lg.trace(decay, lg.spec(9))
        >>> FindRecurrencesPass().apply(ctx, module)
        >>> "kernel.recurrence [9]" in str(module)
        True
    """

    name = "kernel-find-recurrences"
    needs: ClassVar[Level] = Level.DERIVED

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        # An outer loop comes before its inner loops.
        for scan in reversed([x for x in ops_in(op) if isinstance(x, ten.ScanOp)]):
            if not _may_become_one(scan):
                continue
            order = _order(scan)
            if isinstance(order, str):
                _missed(scan, order)
                continue
            remarks.passed(
                self.name, "recurrence", scan, f"the {scan.trips} steps of the loop compose"
            )
            _replace(scan, order)
            count("recurrence")
        drop_broken_stamps(op, self.name)


def _missed(scan: ten.ScanOp, why: str) -> None:
    text = f"the {scan.trips} steps of the loop run one after the other: {why}"
    remarks.missed(FindRecurrencesPass.name, "recurrence", scan, text)


def _may_become_one(scan: ten.ScanOp) -> bool:
    values = [*scan.operands, *scan.results]
    return (
        scan.trips >= LEAST_STEPS
        and scan.turns is None
        and scan.states is None
        and len(scan.inits) > 0
        and not any(isinstance(x.type, Term) for x in values)
        and not any(types.unsupported(x.type) for x in values)
        and all(_has_numbers(x) for x in scan.inits)
    )


def _has_numbers(x: SSAValue) -> bool:
    e = types.element(x.type)
    whole = types.is_integer(e) and not types.is_bool(e) and not isinstance(e, IndexType)
    return (types.is_float(e) or whole) and not types.is_rank_zero(x.type)


# The actions of a step.

Made = Callable[[Emitter], SSAValue]
"""Makes the operand of an action, of values of the body."""


@dataclass(frozen=True)
class Action:
    name: str
    operand: Made | None = None


@dataclass
class Carried:
    """A carried value, and what a step does to it."""

    place: int
    actions: list[Action]


def _order(scan: ten.ScanOp) -> list[Carried] | str:
    """
    The carried values in an order in which each one depends on those before it only. If there is
    none, the reason.
    """
    ops = list(scan.block.ops)[:-1]
    if len(ops) > MOST_OPS:
        return f"its body has more than {MOST_OPS} ops"
    for op in ops:
        plain = isinstance(op, arith.ConstantOp | ten.IndexOp) or batch.optional(op) is not None
        if op.regions or len(op.results) != 1 or not plain:
            return f"the pass cannot compute {op.name} for all rows at once"
    left = list(range(len(scan.inits)))
    found: list[Carried] = []
    while left:
        sources = {scan.carried[k] for k in left}
        bound = scans.depending(scan, sources.__contains__, outside=False)
        for k in left:
            actions = _actions(scan, k, bound)
            if actions is not None:
                found.append(Carried(k, actions))
                left.remove(k)
                break
        else:
            return "a step is no sum, product, selection or maximum with a carried value"
    return found


def _actions(scan: ten.ScanOp, place: int, bound: set[SSAValue]) -> list[Action] | None:
    """
    What a step does to a carried value, one action after the other; None if it does anything else.
    `bound` are the values that depend on a carried value whose rows are not known yet.
    """
    arg, value = scan.carried[place], scan.nexts[place]
    if value not in bound:
        # The step forgets h.
        never = types.of_shape(types.shape(arg.type), i1)
        nothing = Action("void", lambda e: e.constant(False, never))
        return [nothing, Action("add", lambda e: value)]
    actions = Steps(scan.block, arg.type, bound).between(arg, value)
    if actions is None:
        return None
    names = {a.name for a in actions}
    extrema = names & {"max", "min"}
    allowed = {"add"} if types.is_float(types.element(arg.type)) else set()
    if extrema and (len(extrema) > 1 or names - extrema - allowed):
        return None
    return actions


@dataclass
class Linear:
    """An op on one bound value."""

    before: SSAValue
    actions: list[Action]


@dataclass
class Settled:
    """h where it is a number or g is not 0, then further actions. h is a function of g."""

    h: SSAValue
    g: SSAValue
    actions: list[Action]


@dataclass
class Joined:
    """a + b, or a - b, of two bound values."""

    a: SSAValue
    b: SSAValue
    minus: bool


@dataclass
class Steps:
    """Finds the actions that lead from one value of a body to another one."""

    block: Block
    type: Attribute
    bound: set[SSAValue]
    left: int = MOST_ACTIONS
    """
    The actions that the step may still have. If both sides of a sum begin with the same ops, these
    are actions of both sides, so without a limit there could be exponentially many.
    """

    def between(self, source: SSAValue, value: SSAValue) -> list[Action] | None:
        """The actions that make `value` of `source`; None if there are none."""
        parts: list[list[Action]] = []  # the last part first
        while value is not source:
            step = self.step(value)
            match step:
                case None:
                    return None
                case Linear():
                    part, value = step.actions, step.before
                case Settled():
                    inner = self.between(step.g, step.h)
                    if inner is None:
                        return None
                    part, value = [Action("mark"), *inner, *step.actions], step.g
                case Joined():
                    origin = self.origin(step.a, step.b) or source
                    a, b = self.between(origin, step.a), self.between(origin, step.b)
                    if a is None or b is None:
                        return None
                    part = [Action("mark"), *b]
                    if step.minus:
                        part.append(_scaled_by(-1, step.b))
                    if a:
                        part += [Action("swap"), *a]
                    part.append(Action("join"))
                    value = origin
            self.left -= len(part)
            if self.left < 0:
                return None
            parts.append(part)
        return [action for part in reversed(parts) for action in part]

    def step(self, value: SSAValue) -> Linear | Settled | Joined | None:
        """The op that makes a value. None if it is no such op."""
        op = value.owner
        if isinstance(op, Block) or op.parent is not self.block or value not in self.bound:
            return None
        found = _step(op, self.bound)
        return found if value.type == self.type else None

    def origin(self, a: SSAValue, b: SSAValue) -> SSAValue | None:
        """The last value through which both values go, as far as ops on one value show it."""
        through = self.path(a)
        return next((x for x in self.path(b) if x in through), None)

    def path(self, value: SSAValue) -> dict[SSAValue, None]:
        path = {value: None}
        for _ in range(MOST_ACTIONS):
            step = self.step(value)
            if isinstance(step, Linear):
                value = step.before
            elif isinstance(step, Settled):
                value = step.h
            else:
                break
            path[value] = None
        return path


def _step(op: Operation, bound: set[SSAValue]) -> Linear | Settled | Joined | None:
    match op:
        case arith.AddfOp() | arith.AddiOp():
            return _of_two(op, bound, "add")
        case arith.MulfOp() | arith.MuliOp():
            return _of_two(op, bound, "mul")
        case arith.MaximumfOp() | arith.MaxSIOp():
            return _of_two(op, bound, "max")
        case arith.MinimumfOp() | arith.MinSIOp():
            return _of_two(op, bound, "min")
        case arith.NegfOp():
            return Linear(op.operand, [_scaled_by(-1, op.operand)])
        case arith.SubfOp() | arith.SubiOp():
            return _difference(op, bound)
        case arith.SelectOp():
            return _choice(op.cond, op.lhs, op.rhs, bound)
        case ten.SelectOp():
            mask, a, b = op.operands
            return _choice(mask, a, b, bound)
        case _:
            return None


def _of_two(op: Operation, bound: set[SSAValue], name: str) -> Linear | Joined | None:
    a, b = op.operands
    if a in bound and b in bound:
        if name != "add":
            return None
        return Linear(a, [_scaled_by(2, a)]) if a is b else Joined(a, b, minus=False)
    before, other = (a, b) if a in bound else (b, a)
    return Linear(before, [Action(name, lambda e: other)])


def _scaled_by(number: int, like: SSAValue) -> Action:
    return Action("mul", lambda e: e.constant(number, like.type))


def _difference(op: arith.SubfOp | arith.SubiOp, bound: set[SSAValue]) -> Linear | Joined | None:
    """h - x = h + (-x), x - h = h · (-1) + x and h - f(h) = h + f(h) · (-1), all exactly"""
    a, b = op.operands
    if a in bound and b in bound:
        return None if a is b else Joined(a, b, minus=True)
    if b in bound:
        return Linear(b, [_scaled_by(-1, b), Action("add", lambda e: a)])

    def negative(e: Emitter) -> SSAValue:
        if isinstance(op, arith.SubfOp):
            return e(arith.NegfOp(b))
        return e(arith.SubiOp(e.constant(0, b.type), b))

    return Linear(a, [Action("add", negative)])


def _choice(
    mask: SSAValue, a: SSAValue, b: SSAValue, bound: set[SSAValue]
) -> Linear | Settled | None:
    """
    select(m, h, x) = (h where m, else -0.0) + (-0.0 where m, else x); and the same with h as the
    other operand. If x is 0, a `keep` is all. A sum with -0.0 is exact, whatever the other part is.

    select(h is a number or g ≠ 0, h, 0) settles h.
    """
    if (a in bound) == (b in bound):
        return None
    h, x = (a, b) if a in bound else (b, a)
    kept = a in bound
    if types.shape(mask.type) != types.shape(h.type):
        return None
    nothing = _is_zero(x)
    if mask not in bound:
        name = "keep" if nothing else "void"
        actions = [Action(name, lambda e: mask if kept else _inverted(mask, e))]
        if not nothing:
            actions.append(Action("add", lambda e: _others(mask, x, kept, e)))
        return Linear(h, actions)
    if not (kept and nothing):
        return None
    actions = [Action("settle")]
    g: SSAValue | None = None
    for part in _conjunction(mask):
        if part not in bound:
            actions.append(Action("keep", lambda e, part=part: part))
            continue
        tested = _settles(part, h)
        if tested is None or g is not None:
            return None
        g = tested
    return None if g is None else Settled(h, g, actions)


def _inverted(mask: SSAValue, e: Emitter) -> SSAValue:
    return e(arith.XOrIOp(mask, e.constant(True, mask.type)))


def _others(mask: SSAValue, x: SSAValue, kept: bool, e: Emitter) -> SSAValue:
    """x where the mask chooses x, and elsewhere the zero that leaves each number as it is."""
    zero = e.constant(-0.0 if types.is_float(types.element(x.type)) else 0, x.type)
    return e.select(mask, *((zero, x) if kept else (x, zero)))


def _is_zero(x: SSAValue) -> bool:
    """Whether a value is a constant 0, and not -0.0."""
    number = _number(x)
    return number is not None and number == 0 and copysign(1.0, number) > 0


def _number(x: SSAValue) -> int | float | None:
    """The number that all elements of a value are, if the program says so."""
    owner = x.owner
    return types.constant_value(owner.x if isinstance(owner, ten.BroadcastOp) else x)


def _conjunction(mask: SSAValue) -> list[SSAValue]:
    pending, parts = [mask], list[SSAValue]()
    while pending:
        x = pending.pop()
        if isinstance(x.owner, arith.AndIOp):
            pending += [x.owner.rhs, x.owner.lhs]
        else:
            parts.append(x)
    return parts


def _settles(mask: SSAValue, h: SSAValue) -> SSAValue | None:
    """The g of a mask `h is a number or g ≠ 0`. None if it is another mask."""
    if not isinstance(mask.owner, arith.OrIOp):
        return None
    a, b = mask.owner.operands
    for number, nonzero in ((a, b), (b, a)):
        first, second = _comparison(number), _comparison(nonzero)
        if (
            first is not None
            and second is not None
            and first[0] in ("ord", "oeq")
            and first[1] is first[2] is h
            and second[0] == "une"
            and _number(second[2]) == 0
        ):
            return second[1]
    return None


def _comparison(x: SSAValue) -> tuple[str, SSAValue, SSAValue] | None:
    match x.owner:
        case arith.CmpfOp() as op:
            return arith.CMPF_COMPARISON_OPERATIONS[op.predicate.value.data], op.lhs, op.rhs
        case ten.CompareOp() as op:
            return op.predicate.data, op.a, op.b
        case _:
            return None


# The new program.


def _replace(scan: ten.ScanOp, order: Sequence[Carried]) -> None:
    """Write the recurrences in front of the scan, and its rows of results for all rows at once."""
    arrays: dict[SSAValue, SSAValue] = dict(zip(scan.rows, scan.xs, strict=True))
    known: Known = {}
    last = scan.block.last_op
    assert last is not None
    for carried in order:
        e = Emitter.before(last).at(scan.location)
        steps: list[tuple[str, SSAValue | None]] = []
        for action in carried.actions:
            operand = None if action.operand is None else action.operand(e)
            steps.append(
                (action.name, None if operand is None else _all_rows(scan, operand, arrays, known))
            )
        k = carried.place
        new = kernel.RecurrenceOp(scan.trips, scan.inits[k], steps, scan.is_reverse)
        new.location = scan.location
        new.last.name_hint = scan.results[k].name_hint
        new.before.name_hint = scan.carried[k].name_hint
        Rewriter.insert_op(new, InsertPoint.before(scan))
        arrays[scan.carried[k]] = new.before
        scan.results[k].replace_all_uses_with(new.last)
    for result, y in zip(scan.results[len(scan.inits) :], scan.ys, strict=True):
        if result.first_use is None:
            continue
        rows = _all_rows(scan, y, arrays, known)
        if types.rank(rows.type) == types.rank(y.type):
            wide = ten.BroadcastOp(rows, [0], (scan.trips, *types.shape(y.type)))
            wide.location = scan.location
            Rewriter.insert_op(wide, InsertPoint.before(scan))
            rows = wide.result
        result.replace_all_uses_with(rows)
    Rewriter.erase_op(scan)


def _all_rows(
    scan: ten.ScanOp, value: SSAValue, arrays: dict[SSAValue, SSAValue], known: Known
) -> SSAValue:
    """
    The array of a value of the body in all steps; the value itself, outside of the loop, if it is
    the same in all steps.
    """
    if value in arrays:
        return arrays[value]
    owner = value.owner
    if isinstance(owner, Block) or owner.parent is not scan.block:
        return value
    needed = scans.with_operands([owner], scan.block)
    reads = {x for op in needed for x in op.operands if x in arrays}
    if not reads:
        values: dict[SSAValue, SSAValue] = {}
        for op in needed:
            Rewriter.insert_op(op.clone(values), InsertPoint.before(scan))
        return values[value]
    block = Block(arg_types=[ten.index_type])
    values = {}
    for x in dict.fromkeys(x for op in needed for x in op.operands if x in reads):
        read = ten.IndexOp(arrays[x], [block.args[0]])
        read.location = owner.location
        block.add_op(read)
        values[x] = read.result
    for op in needed:
        if op.results[0] not in values:
            block.add_op(op.clone(values))
    block.add_op(ten.YieldOp(values[value]))
    build = ten.BuildOp([scan.trips], Region(block))
    build.result.name_hint = value.name_hint
    build.location = owner.location
    Rewriter.insert_op(build, InsertPoint.before(scan))
    # The vectorizer puts its value in the place of the build.
    holder = ten.ReshapeOp(build.result, types.shape(build.result.type))
    Rewriter.insert_op(holder, InsertPoint.before(scan))
    vectorize(build, known=known)
    found = holder.x
    holder.detach()
    holder.erase()
    arrays[value] = found
    return found
