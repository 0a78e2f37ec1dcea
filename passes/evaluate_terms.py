"""
Evaluate terms: push tangents forward, which turns `delta.pushforward` into ordinary values.

Needs:   nothing.
Leaves:  no `delta.pushforward`, and no term that nothing uses.
Keeps:   the value. Each term is evaluated once for the same tangents.
Ends:    one sweep forward through the block.

    pushforward (op(d, …)), (t…)   →   op(pushforward d, (t…), …)
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Sequence

from xdsl.context import Context
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects import delta, types
from .copying import copy_op
from .diagnostics import LetgradError
from .driver import count
from .emitter import Emitter, Known, known_before
from .functions import erase_unused_terms
from .rules import pushforward


class EvaluatePass(ModulePass):
    """Pushes tangents forward through terms."""

    name = "delta-evaluate"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        evaluations: dict[tuple[Block, tuple[SSAValue, ...]], Evaluation] = {}
        for push in [inner for inner in op.walk() if isinstance(inner, delta.PushforwardOp)]:
            block = push.parent
            assert block is not None
            key = (block, tuple(push.tangents))
            if key not in evaluations:
                evaluations[key] = Evaluation(block, push.tangents)
            evaluations[key].replace(push)
        erase_unused_terms(op)


class Evaluation:
    """The values of the terms of one block, for given tangents of the inputs. None is zero."""

    def __init__(self, block: Block, tangents: Sequence[SSAValue]):
        self.order = {op: k for k, op in enumerate(block.ops)}
        self.tangents = tangents
        self.known: Known | None = None
        """What is computed before the pushforwards."""
        self.values: dict[SSAValue, SSAValue | None] = {}

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
        """The ops of the block that a term is made of and that have no value yet, in order."""
        found: set[Operation] = set()
        pending = [term]
        while pending:
            x = pending.pop()
            op = x.owner
            if x in self.values or op in found or op not in self.order:
                continue
            found.add(op)  # type: ignore[arg-type]
            for inner in op.walk():  # type: ignore[union-attr]
                pending.extend(y for y in inner.operands if isinstance(y.type, types.Term))
        return sorted(found, key=self.order.__getitem__)

    def value(self, term: SSAValue, e: Emitter) -> SSAValue:
        """The value of a term that has been visited."""
        if term not in self.values:
            raise LetgradError("a term of this pushforward is defined in another block", term)
        value = self.values[term]
        return e.constant(0, types.value_type(term.type)) if value is None else value

    def visit(self, op: Operation, e: Emitter) -> None:
        """Give values to the terms that are the results of `op`."""
        count(f"evaluate({op.name})")
        e = e.derived(op, f"evaluate({op.name})")
        if isinstance(op, scf.IfOp):
            results: Sequence[SSAValue | None] = self.visit_if(op, e)
        elif isinstance(op, delta.InputOp):
            position = op.position.value.data
            if position >= len(self.tangents):
                raise LetgradError(
                    f"there is no tangent of input {position} here, but {len(self.tangents)}", op
                )
            results = [self.tangents[position]]
        else:
            terms = [x for x in op.operands if isinstance(x.type, types.Term)]
            given = [self.values[x] for x in terms]
            if all(t is None for t in given):
                results = [None] * len(op.results)
            elif (rule := pushforward.optional(op)) is not None:
                made = rule(op, given, e)
                results = made if isinstance(made, tuple) else (made,)
            else:
                tangents = iter(self.value(x, e) for x in terms)
                operands = [
                    next(tangents) if isinstance(x.type, types.Term) else x for x in op.operands
                ]
                copy = copy_op(op, operands, [types.value_type(r.type) for r in op.results])
                results = e.insert(copy).results
        for term, value in zip(op.results, results, strict=True):
            self.values[term] = value

    def visit_if(self, op: scf.IfOp, e: Emitter) -> Sequence[SSAValue]:
        """scf.if c {d} else {e} : terms   →   scf.if c {d's value} else {e's value} : values"""
        regions = []
        for region in op.regions:
            block = Block()
            here = Emitter(InsertPoint.at_end(block), e.location, ChainMap({}, e.known or {}))
            last = region.block.last_op
            for inner in region.block.ops:
                if inner is not last:
                    self.visit(inner, here)
            assert last is not None
            here.insert(scf.YieldOp(*(self.value(x, here) for x in last.operands)))
            regions.append(Region(block))
        types_ = [types.value_type(r.type) for r in op.results]
        return e.insert(scf.IfOp(op.cond, types_, *regions)).results


@pushforward.rule(delta.ZeroOp)
def _(op: delta.ZeroOp, ts: Sequence[SSAValue | None], e: Emitter) -> None:
    return None


@pushforward.rule(delta.AddOp)
def _(op: delta.AddOp, ts: Sequence[SSAValue | None], e: Emitter) -> SSAValue | None:
    a, b = ts
    return e.add(a, b) if a is not None and b is not None else a or b


@pushforward.rule(delta.NegOp)
def _(op: delta.NegOp, ts: Sequence[SSAValue], e: Emitter) -> SSAValue:
    return e(arith.NegfOp(ts[0]))


@pushforward.rule(delta.ScaleOp)
def _(op: delta.ScaleOp, ts: Sequence[SSAValue], e: Emitter) -> SSAValue:
    return e.multiply(op.k, ts[0])


pushforward.never(delta.TransposedCallOp, "a custom_vjp says only how cotangents are pulled back")
