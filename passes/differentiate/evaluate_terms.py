"""
Evaluate terms: push tangents forward, which turns `delta.pushforward` into ordinary values.

Needs:   nothing.
Leaves:  no `delta.pushforward`, and no term that nothing uses.
Keeps:   the value. Each term is evaluated once for the same tangents.
Ends:    one sweep forward through the block.

    pushforward (op(d, …)), (t…)   →   op(pushforward d, (t…), …)

Masks. Some zeros of a tangent must win over every later scaling: the zeros of a value that does not
depend on the inputs at all. Such zeros come from a constant that a select or an `scf.if` took, and
from pads, scatters, joins and reads outside of a tensor; see `masks`.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import delta, ten, types
from ...dialects.op_names import op_name
from ...dialects.walking import ops_in
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter, Known, Layers, known_before, note
from ..rewriting.functions import erase_terms, erase_unused_terms
from ..rewriting.rule_tables import pushforward
from ..sharing.copying import copy_op
from ..sharing.shared_terms import drop_broken_stamps
from . import pushforward_rules
from .masks import Masked, added

__all__ = ["EvaluatePass", "Evaluation", "pushforward_rules"]


class EvaluatePass(ModulePass):
    """Pushes tangents forward through terms."""

    name = "delta-evaluate"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        evaluations: dict[tuple[Block, tuple[SSAValue, ...]], Evaluation] = {}
        for push in [inner for inner in ops_in(op) if isinstance(inner, delta.PushforwardOp)]:
            block = push.parent
            assert block is not None
            key = (block, tuple(push.tangents))
            if key not in evaluations:
                evaluations[key] = Evaluation(block, push.tangents)
            evaluations[key].replace(push)
        erase_unused_terms(op)
        drop_broken_stamps(op, self.name)


class Evaluation:
    """The values of the terms of one block, for given tangents of the inputs. None means zero."""

    def __init__(self, block: Block, tangents: Sequence[SSAValue]):
        self.order = {op: k for k, op in enumerate(block.ops)}
        self.tangents = tangents
        self.known: Known | None = None
        """The values that the block computes before the pushforwards."""
        self.values: dict[SSAValue, Masked | None] = {}
        self._drafts = 0
        """How many copies of loops are around the op that is visited."""

    def replace(self, push: delta.PushforwardOp) -> None:
        """Replace a pushforward by the value of its term, computed before it."""
        if self.known is None:
            self.known = known_before(push)
        e = Emitter.before(push, self.known).derived(push, "evaluate")
        for op in self.needed(push.d):
            self.visit(op, e)
        value = self.value(push.d, e)
        if value.type != push.result.type:
            raise LetgradError(
                f"the pushforward gives {push.result.type}, and its term has {value.type}", push
            )
        if value.name_hint is None:
            value.name_hint = push.result.name_hint
        Rewriter.replace_op(push, [], [value])

    def needed(self, term: SSAValue) -> list[Operation]:
        """The ops of the block that a term depends on and that have no value yet, in order."""
        found: set[Operation] = set()
        pending = [term]
        while pending:
            x = pending.pop()
            op = x.owner
            if x in self.values or op in found or op not in self.order:
                continue
            found.add(op)  # type: ignore[arg-type]
            for inner in ops_in(op):
                pending.extend(y for y in inner.operands if isinstance(y.type, types.Term))
        return sorted(found, key=self.order.__getitem__)

    def value(self, term: SSAValue, e: Emitter) -> SSAValue:
        """The value of a term that has been visited."""
        if term not in self.values:
            raise LetgradError("a term of this pushforward is defined in another block", term)
        tangent = self.values[term]
        return e.constant(0, types.value_type(term.type)) if tangent is None else tangent.settled(e)

    def visit(self, op: Operation, e: Emitter) -> None:
        """Give values to the terms that are the results of `op`."""
        count(f"evaluate({op_name(op)})")
        e = e.derived(op, f"evaluate({op_name(op)})")
        for term, value in zip(op.results, self.evaluated(op, e), strict=True):
            self.values[term] = value

    def evaluated(self, op: Operation, e: Emitter) -> Sequence[Masked | None]:
        """The tangents of the results of `op`."""
        if isinstance(op, scf.IfOp):
            return self.visit_if(op, e)
        if isinstance(op, ten.ScanOp):
            return self.visit_scan(op, e)
        if isinstance(op, ten.WhileOp):
            return self.visit_while(op, e)
        if isinstance(op, delta.InputOp):
            position = op.position.value.data
            if position >= len(self.tangents):
                raise LetgradError(
                    f"input {position} has no tangent; tangents here: {len(self.tangents)}", op
                )
            return [Masked(self.tangents[position])]
        terms = [x for x in op.operands if isinstance(x.type, types.Term)]
        given = [self.values[x] for x in terms]
        if all(t is None for t in given):
            return [None] * len(op.results)
        match op, given:
            case delta.AddOp(), [a, b]:
                return [added(a, b, e) if a is not None and b is not None else a or b]
            case delta.NegOp(), [Masked() as t]:
                return [t.negated(e)]
            case delta.ScaleOp(), [Masked() as t]:
                return [t.scaled(op.k, e)]
            case ten.SelectOp(), [Masked() as t, None]:
                return [t.narrowed(op.mask, True, e)]
            case ten.SelectOp(), [None, Masked() as t]:
                return [t.narrowed(op.mask, False, e)]
        masked = adds_zeros(op, given) or any(t is not None and t.has_zeros for t in given)
        if (rule := pushforward.optional(op)) is not None:
            with pushforward.running(op):
                made = rule(op, [None if t is None else t.settled(e) for t in given], e)
            wanted = [types.value_type(r.type) for r in op.results]
            results = pushforward.checked(op, made, wanted, zero=True)
        else:
            tangents = iter(self.value(x, e) for x in terms)
            operands = [
                next(tangents) if isinstance(x.type, types.Term) else x for x in op.operands
            ]
            copy = copy_op(op, operands, [types.value_type(r.type) for r in op.results])
            results = e.insert(copy).results
        return [None if value is None else Masked(value, masked=masked) for value in results]

    def visit_if(self, op: scf.IfOp, e: Emitter) -> Sequence[Masked]:
        """scf.if c {d} else {e} : terms   →   scf.if c {d's value} else {e's value} : values"""
        regions = []
        masked = [False] * len(op.results)
        for region in op.regions:
            block = Block()
            here = Emitter(InsertPoint.at_end(block), e.location, Layers({}, e.known or {}))
            last = region.block.last_op
            for inner in region.block.ops:
                if inner is not last:
                    self.visit(inner, here)
            assert last is not None
            here.insert(scf.YieldOp(*(self.value(x, here) for x in last.operands)))
            regions.append(Region(block))
            for k, x in enumerate(last.operands):
                t = self.values[x]
                masked[k] |= t is None or t.has_zeros
        types_ = [types.value_type(r.type) for r in op.results]
        values = e.insert(scf.IfOp(op.cond, types_, *regions)).results
        return [Masked(value, masked=m) for value, m in zip(values, masked, strict=True)]

    def _draft(self, op: Operation, e: Emitter) -> Operation:
        """
        A copy of a loop, in the module while the pass writes it, because rules look up functions
        there. A loop inside of a copy is no more needed, so its regions move: if each level of a
        nest copied the levels inside of it, the work would grow with the square of the depth.
        """
        if not self._drafts:
            return e.insert(copy_op(op, op.operands, op.result_types))
        regions = [op.detach_region(region) for region in list(op.regions)]
        return e.insert(
            type(op).create(
                operands=op.operands,
                result_types=op.result_types,
                properties=op.properties.copy(),
                attributes=op.attributes.copy(),
                regions=regions,
                location=op.location,
            )
        )

    def _visit_all(self, ops: Sequence[Operation], e: Emitter) -> None:
        """Give values to the terms of a draft's body."""
        self._drafts += 1
        for op in ops:
            if types.gives_terms(op):
                self.visit(op, e)
            elif e.known is not None:
                note(op, e.known)
        self._drafts -= 1

    def visit_scan(self, op: ten.ScanOp, e: Emitter) -> Sequence[Masked]:
        """scan (dc = dc0) over (r = rs, dx = dxs) { d }  →  the same scan of their values"""
        draft = self._draft(op, e)
        region = draft.regions[0]
        block = region.block
        last = block.last_op
        assert last is not None
        last.detach()
        old, terms, n = list(block.ops), list(block.args), len(op.inits)
        # A step may mask a value that the next step scales. A value that is not there yet is zero.
        firsts = [self.values[x] for x in op.inits]
        masked = any(t is None or t.has_zeros for t in firsts)
        masked |= any(isinstance(inner, MAY_MASK) for inner in old)
        inits = [self.value(x, e) for x in op.inits]
        for k, x in enumerate(inits):
            self.values[terms[k]] = Masked(block.insert_arg(x.type, k), masked=masked)
        xs = [x for x in op.xs if not isinstance(x.type, types.Term)]
        for x, arg in zip(op.xs, terms[n:]):
            if not isinstance(x.type, types.Term):
                continue
            self.values[arg] = None
            if (t := self.values[x]) is not None:
                row = block.insert_arg(types.value_type(arg.type), len(block.args))
                self.values[arg] = Masked(row, masked=t.has_zeros)
                xs.append(self.value(x, e))
        here = Emitter(InsertPoint.at_end(block), op.location, Layers({}, e.known or {}))
        self._visit_all(old, here)
        given = [self.values[x] for x in last.operands]
        here.insert(ten.YieldOp(*(self.value(x, here) for x in last.operands)))
        last.erase()
        erase_terms(old, terms)
        body = draft.detach_region(region)
        new = ten.ScanOp(op.trips, inits, xs, body, op.is_reverse, op.turns)
        new.attributes.update(op.attributes)
        Rewriter.erase_op(draft)
        return [
            Masked(value, masked=masked or t is None or t.has_zeros)
            for value, t in zip(e.insert(new).results, given, strict=True)
        ]

    def visit_while(self, op: ten.WhileOp, e: Emitter) -> Sequence[Masked | None]:
        """while (c = c0, dc = dc0) { p } do { f, d }  →  the same loop of c and the values of dc"""
        draft = self._draft(op, e)
        assert isinstance(draft, ten.WhileOp)
        condition, block = draft.condition.block, draft.block
        last = block.last_op
        assert last is not None
        last.detach()
        old, arguments = list(block.ops), list(block.args)
        places = [k for k, x in enumerate(op.inits) if isinstance(x.type, types.Term)]
        others = [k for k in range(len(op.inits)) if k not in places]
        # A turn may mask a value that the next turn scales.
        firsts = [self.values[op.inits[k]] for k in places]
        masked = any(t is None or t.has_zeros for t in firsts)
        masked |= any(isinstance(inner, MAY_MASK) for inner in old)
        inits = [self.value(op.inits[k], e) for k in places]
        for k, x in zip(places, inits):
            value = block.insert_arg(x.type, len(block.args))
            value.name_hint = arguments[k].name_hint
            self.values[arguments[k]] = Masked(value, masked=masked)
            condition.insert_arg(x.type, len(condition.args)).name_hint = value.name_hint
        here = Emitter(InsertPoint.at_end(block), op.location, Layers({}, e.known or {}))
        self._visit_all(old, here)
        given = [self.values[last.operands[k]] for k in places]
        tangents = [self.value(last.operands[k], here) for k in places]
        here.insert(ten.YieldOp(*(last.operands[k] for k in others), *tangents))
        last.erase()
        erase_terms(old, arguments)
        erase_terms((), list(condition.args))
        regions = [draft.detach_region(region) for region in list(draft.regions)]
        carried = [*(op.inits[k] for k in others), *inits]
        new = e.insert(ten.WhileOp(carried, regions[0], regions[1], op.most))
        new.attributes.update(op.attributes)
        Rewriter.erase_op(draft)
        found: list[Masked | None] = [None] * len(op.results)
        for k, value, t in zip(places, new.results[len(others) :], given):
            found[k] = Masked(value, masked=masked or t is None or t.has_zeros)
        return found


MAY_MASK = (
    ten.SelectOp, ten.PadOp, ten.ScatterOp, ten.GatherOp, ten.IndexOp, ten.ConcatOp, ten.StackOp,
    ten.UpdateOp, ten.ScanOp, ten.WhileOp, scf.IfOp,
)  # fmt: skip
"""Ops whose results may have zeros that win over later scaling."""


def adds_zeros(op: Operation, given: Sequence[Masked | None]) -> bool:
    """Whether some results of an op depend on none of its operands, beside others that do."""
    match op:
        case ten.PadOp() | ten.ScatterOp():
            return True
        case ten.GatherOp():
            return "in_bounds" not in op.attributes
        case ten.IndexOp():
            places = [types.constant_value(i) for i in op.indices]
            return any(i is None or not 0 <= i < n for i, n in zip(places, types.shape(op.t.type)))
        case _:
            # Joined, or chosen between.
            return None in given
