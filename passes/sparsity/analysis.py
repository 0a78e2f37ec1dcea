"""
The analysis: which elements of the inputs each value of a function may depend on, in the sense of
derivatives. An integer depends on nothing, and so does a stopped gradient.

`Analysis` walks over the ops of a function. The table `sparsity` has a rule for each op that is not
elementwise. An op without a rule, and an op whose rule cannot say more, depends on all that its
operands and its regions read: that is dense, and a remark says which op it was. So an op that
nobody thought of costs time, but it never makes a derivative wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from xdsl.dialects import func
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.traits import IsTerminator

from ...dialects import types
from ...dialects.op_names import op_name
from ...dialects.types import shape
from ...dialects.walking import ops_in
from ..rewriting import remarks
from ..rewriting.decomposing import take_apart
from ..rewriting.rule_tables import RuleTable, batch, decompose, linearize
from ..vectorize import batch_rules
from .known_numbers import Known
from .relations import (
    Pattern,
    Piece,
    Shape,
    Table,
    TooManyPairs,
    all_of,
    spread,
    summed,
    united,
)

MOST_STEPS = 1 << 14
"""The most visits of ops for which the analysis takes the steps of a loop one by one."""
MOST_ROUNDS = 6
"""The rounds in which a fixed point must settle by itself; then it is dense."""
NAME = "ten-sparsity"

sparsity = RuleTable("sparsity", "(op, patterns, a) -> pattern, or Several(patterns)")
"""
Which elements of the inputs the results of an op depend on. `patterns` are those of the operands,
and `a` is the `Analysis`. `a.dense(op, why)` says that all may depend on all.

Example:

    >>> @sparsity.rule(CubeOp)
    ... def cube_reads(op, patterns, a):
    ...     return patterns[0]
    >>> module = lg.trace(cube, lg.spec(3))
    >>> SparsityPass().apply(ctx, module)
    >>> print(find_entry(module, None).attributes["letgrad.sparsity"].data[0].data)
    x[i] for i in 0:3
"""


def is_tracked(value: SSAValue) -> bool:
    """Whether a value can have a derivative: floats and complex numbers do."""
    return types.is_number(value.type) and types.is_float(types.part(types.element(value.type)))


class Analysis:
    """The patterns of the values of one function."""

    def __init__(self, functions: Mapping[str, func.FuncOp], sizes: Sequence[int]):
        self.functions = functions
        self.sizes = sizes
        """The number of elements of each input."""
        self.patterns: dict[SSAValue, Pattern] = {}
        self.known = Known()
        self.views: list[list[Shape]] = [[] for _ in sizes]
        """The other shapes in which the function takes each input: a vector may be a grid."""
        self._steps = 0
        self._calls = 0

    def pattern(self, value: SSAValue) -> Pattern:
        """What a value depends on; nothing, if its element is no float."""
        return self.patterns.get(value, ())

    def function(self, function: func.FuncOp, given: Sequence[Pattern]) -> list[Pattern]:
        """The patterns of a function's results, from those of its arguments."""
        block = function.body.block
        self._enter(block, given)
        self.block(block)
        last = block.last_op
        assert last is not None
        return [self.pattern(x) for x in last.operands]

    def _enter(self, block: Block, given: Sequence[Pattern]) -> None:
        self.patterns.update(zip(block.args, given, strict=True))

    def block(self, block: Block) -> None:
        """Find the patterns of all values of a block. Its arguments have theirs."""
        for op in block.ops:
            if op.results and not op.has_trait(IsTerminator, value_if_unregistered=False):
                self.visit(op)

    def visit(self, op: Operation) -> None:
        self._steps += 1
        if not any(map(is_tracked, op.results)):
            return
        given = [self.pattern(x) for x in op.operands]
        if not op.regions and not any(given):
            found: Sequence[Pattern] = ((),) * len(op.results)
        else:
            try:
                made = self._rule(op)(op, given, self)
            except TooManyPairs:
                made = self.dense(op, "its relation has too many pairs for a table")
            found = made if isinstance(made, Several) else (made,)
        for result, pattern in zip(op.results, found, strict=True):
            self.patterns[result] = pattern if is_tracked(result) else ()

    def _rule(self, op: Operation) -> Callable[..., tuple]:
        rule = sparsity.find(type(op))
        if rule is not None:
            return rule
        if batch.find(type(op)) is batch_rules.elementwise_in_bulk:
            return elementwise
        # If somebody states the derivative of an op, the derivative may read more than the op.
        if type(op) in decompose and type(op) not in linearize and not op.regions:
            return by_parts
        return lambda op, given, a: a.dense(op, "the analysis has no rule for it")

    def dense(self, op: Operation, why: str, rule: str = "Dense") -> Several:
        """
        Each element of the results depends on all that the operands of `op` and its regions read.
        """
        inner = (x for region in op.regions for o in region.walk() for x in o.operands)
        read = [x for x in dict.fromkeys((*op.operands, *inner)) if self.pattern(x)]
        try:
            sums = [summed(self.pattern(x), s := shape(x.type), range(len(s))) for x in read]
            total = united(*sums, shape=()) if sums else ()
        except TooManyPairs:
            total = self.all_inputs([self.pattern(x) for x in read], ())
        results = []
        for result in op.results:
            tracked = is_tracked(result)
            sizes = shape(result.type) if tracked else ()
            results.append(spread(total, (), range(len(sizes)), sizes) if tracked else ())
        if any(results):
            remarks.analysis(NAME, rule, op, f"{op_name(op)} makes the pattern dense: {why}")
        return Several(results)

    def all_inputs(self, patterns: Iterable[Pattern], sizes: Shape) -> Pattern:
        """All elements of each input that some of these patterns read."""
        inputs = sorted({p.input for pattern in patterns for p in pattern})
        return tuple(q for k in inputs for q in all_of(k, self.sizes[k], sizes))

    def inline(self, region: Region, given: Sequence[Pattern]) -> list[Pattern]:
        """The patterns of what a region yields, for these patterns of its arguments."""
        block = region.block
        self._enter(block, given)
        self.block(block)
        last = block.last_op
        assert last is not None
        return [self.pattern(x) if is_tracked(x) else () for x in last.operands]

    def call(self, op: Operation, name: str, given: Sequence[Pattern]) -> Several:
        """The results of a function of the module."""
        callee = self.functions.get(name)
        if callee is None or len(callee.body.blocks) != 1 or self._calls > 100:
            return self.dense(op, f"the analysis does not see the body of @{name}")
        self._calls += 1
        try:
            return Several(self.function(callee, given))
        finally:
            self._calls -= 1

    def is_cheap(self, op: Operation, turns: int) -> bool:
        """Whether the analysis may take the turns of a loop one by one."""
        return turns * sum(1 for _ in ops_in(op)) + self._steps <= MOST_STEPS

    def settled(
        self,
        op: Operation,
        start: Sequence[Pattern],
        shapes: Sequence[Shape],
        step: Callable[[Sequence[Pattern]], Sequence[Pattern]],
    ) -> list[Pattern]:
        """Patterns that hold `start`, and with each pattern what `step` makes of it."""
        state = list(start)
        for turn in range(MOST_ROUNDS + len(self.sizes) * len(state) + 1):
            new = [
                united(a, b, shape=s) for a, b, s in zip(state, step(state), shapes, strict=True)
            ]
            if all(map(_same, state, new)):
                return state
            if turn >= MOST_ROUNDS:
                # From here on a state that still grows is dense in the inputs that it reads. There
                # are finitely many inputs, so this ends.
                new = [
                    a if _same(a, b) else self.all_inputs([b], s)
                    for a, b, s in zip(state, new, shapes, strict=True)
                ]
                text = f"the values that {op_name(op)} carries read more in each turn"
                remarks.analysis(NAME, "GrowingLoop", op, text)
            state = new
        return [self.all_inputs(state, s) for s in shapes]


class Several(tuple[Pattern, ...]):
    """One pattern for each result of an op."""


def _same(a: Pattern, b: Pattern) -> bool:
    """Whether two patterns are plainly equal; tables are compared by their pairs."""
    return len(a) == len(b) and all(p == q or _same_table(p, q) for p, q in zip(a, b))


def _same_table(p: Piece, q: Piece) -> bool:
    return (
        isinstance(p, Table)
        and isinstance(q, Table)
        and p.input == q.input
        and np.array_equal(p.rows, q.rows)
        and np.array_equal(p.columns, q.columns)
    )


def elementwise(op: Operation, patterns: Sequence[Pattern], a: Analysis) -> tuple:
    """op(x, y)[i…] reads what x[i…] and y[i…] read"""
    sizes = shape(op.results[0].type)
    if any(shape(x.type) != sizes for x in (*op.operands, *op.results)):
        return a.dense(op, "its operands and results have several shapes")
    found = united(*patterns, shape=sizes)
    return Several([found] * len(op.results))


def by_parts(op: Operation, patterns: Sequence[Pattern], a: Analysis) -> tuple:
    """op(x, y) reads what the ops read that its `decompose` rule makes"""
    block = Block(arg_types=op.operand_types)
    copy = op.clone(dict(zip(op.operands, block.args)))
    block.add_ops([copy, func.ReturnOp(*copy.results)])
    take_apart(copy)
    return Several(a.inline(Region(block), patterns))
