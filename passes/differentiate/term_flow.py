"""
Which terms cotangents reach, through loops and conditionals of any depth.

Reverse mode asks before it takes the terms of a loop: a carried term that no cotangent reaches
needs no place in the reversed loop, and only some loops give zeros that win over later scaling.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from xdsl.dialects import scf
from xdsl.ir import Block, BlockArgument, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import delta, ten, types
from ...dialects.walking import all_ops, ops_in

Loop = ten.ScanOp | ten.WhileOp


@dataclass
class Reached:
    """
    The terms of a block, and of all regions in it, that cotangents reach. For the arguments of the
    block, and for terms from outside, the caller knows where they come from.
    """

    block: Block
    terms: set[SSAValue] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._blocks = {self.block}
        for op in ops_in(self.block):
            self._blocks.update(block for region in op.regions for block in region.blocks)

    def add(self, starts: Iterable[SSAValue]) -> None:
        """Add what cotangents of `starts` reach."""
        pending = list(starts)
        while pending:
            x = pending.pop()
            if x not in self.terms and isinstance(x.type, types.Term):
                self.terms.add(x)
                block = x.owner if isinstance(x.owner, Block) else x.owner.parent
                if block in self._blocks:
                    pending.extend(_operands(x, self.block))


def _operands(x: SSAValue, within: Block) -> Iterator[SSAValue]:
    """The values whose cotangents that of a term becomes a part of."""
    if isinstance(x, BlockArgument):
        loop = x.block.parent_op()
        if x.block is within or not isinstance(loop, Loop):
            return
        if x.index < len(loop.inits):
            yield loop.operands[x.index]
            yield _given(x.block)[x.index]
        elif isinstance(loop, ten.ScanOp):
            yield loop.xs[x.index - len(loop.inits)]
        return
    op = x.owner
    if not isinstance(op, Operation):
        return
    match op:
        case ten.ScanOp() | ten.WhileOp():
            k = x.index  # pyright: ignore[reportAttributeAccessIssue]
            yield _given(_body(op))[k]
            if k < len(op.inits):
                # The loop may take no turn.
                yield op.inits[k]
        case _:
            # A reversed conditional gives cotangents to all terms that its sides use.
            for inner in ops_in(op):
                yield from inner.operands


def _body(loop: Loop) -> Block:
    return loop.block if isinstance(loop, ten.WhileOp) else loop.regions[0].block


def _given(block: Block) -> Sequence[SSAValue]:
    last = block.last_op
    assert last is not None
    return last.operands


def reached_at_any_step(
    block: Block, n: int, yielded: Sequence[SSAValue], given: Sequence[int]
) -> tuple[list[int], set[SSAValue]]:
    """
    Which of the `n` terms that a scan carries have cotangents at some step, if its results `given`
    have cotangents after the scan, and all terms of the body that cotangents reach.
    """
    carried: dict[int, None] = {}
    found = Reached(block)
    more = list(given)
    while more:
        carried.update((k, None) for k in more if k < n)
        found.add(yielded[k] for k in more)
        more = [k for k in range(n) if k not in carried and block.args[k] in found.terms]
    return sorted(carried), found.terms


def may_mask(ops: Iterable[Operation], found: set[SSAValue]) -> bool:
    """
    Whether cotangents that pass these ops backwards may get zeros that win over later scaling:
    a select and a conditional give such zeros. So does a loop that starts with the zero cotangent
    of a term that only its earlier steps need, and one that may take fewer turns than it has rows,
    to terms that it reads from outside. `found` has the terms that cotangents reach.
    """
    for op in ops:
        for inner in ops_in(op):
            match inner:
                case ten.SelectOp() | scf.IfOp():
                    if any(r in found for r in inner.results):
                        return True
                case ten.ScanOp() | ten.WhileOp():
                    args = _body(inner).args
                    reads = [x for x in inner.operands[len(inner.inits) :] if x in found]
                    if may_be_idle(inner) and (reads or not found.isdisjoint(outer_terms(inner))):
                        return True
                    for k, result in enumerate(inner.results[: len(inner.inits)]):
                        if args[k] in found and result not in found:
                            return True
                case _:
                    pass
    return False


def outer_terms(op: Operation) -> list[SSAValue]:
    """The terms from outside that the regions of an op use."""
    inside = {result for inner in ops_in(op) for result in inner.results}
    inside |= {a for inner in ops_in(op) for region in inner.regions for a in region.block.args}
    used = (x for inner in ops_in(op) if inner is not op for x in inner.operands)
    return [x for x in dict.fromkeys(used) if isinstance(x.type, types.Term) and x not in inside]


def may_be_idle(loop: Loop) -> bool:
    """Whether a loop may take fewer turns than it has rows, or none."""
    return isinstance(loop, ten.WhileOp) or loop.turns is not None or loop.trips == 0


def drop_unreached(scope: Block) -> None:
    """
    Make the carried terms of loops that no cotangent reaches 0, from the start and in each turn:

        dc, de = scan (dc = dc0, de = de0) { f dc, g dc de }
            →  dc, de = scan (dc = dc0, de = 0) { f dc, 0 }

    Then nothing depends on these terms, and reverse mode keeps no values for them. A loop often
    carries such a term: the error that ends the loop has a tangent, too.

    Requires: no op of the scope that is no term needs de, at once or by other terms.
    """
    ops = all_ops(scope)
    loops = [op for op in ops if isinstance(op, Loop)]
    if not any(isinstance(x.type, types.Term) for loop in loops for x in loop.inits):
        return
    # A yield hands terms on, and all other ops without terms as results read terms.
    passes_on = ten.YieldOp, scf.YieldOp
    ends = (op for op in ops if not isinstance(op, passes_on) and not types.gives_terms(op))
    found = Reached(scope)
    found.add(x for op in ends for x in op.operands)
    for loop in loops:
        args, last = _body(loop).args, _body(loop).last_op
        assert last is not None
        for k, init in enumerate(loop.inits):
            if isinstance(init.type, types.Term) and found.terms.isdisjoint(
                (loop.results[k], args[k])
            ):
                for user in (loop, last):
                    zero = delta.ZeroOp(types.value_type(init.type))
                    Rewriter.insert_op(zero, InsertPoint.before(user))
                    user.operands[k] = zero.result
