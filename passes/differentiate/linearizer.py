"""
The engine of `delta-linearize`: a walk through a block. The walk asks for the terms of each op's
results, and keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xdsl.dialects import arith, func
from xdsl.dialects.builtin import ModuleOp, UnregisteredOp
from xdsl.ir import Attribute, Block, BlockArgument, Operation, SSAValue
from xdsl.rewriter import Rewriter

from ...dialects import delta, ten, types
from ...dialects.delta import TermType, term_of
from ...dialects.op_names import op_name
from ...dialects.walking import ops_in
from ..rewriting import diagnostics
from ..rewriting.decomposing import has_to_be_taken_apart, take_apart
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter, Layers, keep_common_flags, key_of, note
from ..rewriting.functions import by_name
from ..rewriting.rule_tables import linearize

Terms = Sequence[SSAValue | None]
"""One per value; None where the derivative is zero."""

Structure = Callable[["Linearizer", Any], bool]
"""
Linearizes an op, with the ops in its regions if needed. Or returns False, and leaves the op to its
rule.
"""


def holds_others(op: Operation) -> bool:
    """
    Whether an op takes or gives values that are neither numbers nor tensors of numbers, such as
    buffers and pairs. Such a value may hold floats, and may give them back. So only a rule knows
    that it holds no floats.
    """
    values = (*op.operands, *op.results)
    return not all(types.is_element(types.element(x.type)) for x in values)


class Linearizer:
    """
    Walks the ops of a block, and puts the terms of each op's results behind it.

    The rules of the table `linearize` give these terms. `structures` take the ops that need more
    than a rule gets: ops with regions, and ops that name functions.
    """

    def __init__(self, module: ModuleOp, structures: Mapping[type[Operation], Structure]):
        self.functions = by_name(module)
        self.structures = structures
        self.terms: dict[SSAValue, SSAValue] = {}
        self.rules: list[str] = []
        """The rules of custom functions in whose bodies the walk is, from the outside in."""
        self.took: Operation | None = None
        """The first unregistered op that took a value with a term, and gave no floats."""
        self.bits: set[SSAValue] = set()
        """The integers that are made of the bits of a float with a term."""
        self.squares: dict[SSAValue, SSAValue | None] = {}
        """
        The terms of the squares of values: those that a rule states. None is zero. See `squares`.
        """
        self.known = Layers()
        """The values computed so far, in this block and in the blocks around it."""

    def visit_block(self, block: Block) -> None:
        op = block.first_op
        while op is not None:
            # Ops that are put after an op from now on are its terms, which have no derivative.
            following = op.next_op
            self.visit(op)
            op = following

    def visit(self, op: Operation) -> None:
        structure = self.structures.get(type(op))
        if structure is None or not structure(self, op):
            self.linearize_op(op)
        if op.parent is not None and not self.is_there(op):
            note(op, self.known)

    def is_there(self, op: Operation) -> bool:
        """
        Replace the op by an earlier value of a rule, if it computes the same: cos x, which the rule
        of an earlier sin x made.
        """
        value = self.known.get(key_of(op, self.known))
        if value is None or value in self.terms or op.results[0] not in self.terms:
            return False
        self.terms[value] = self.terms.pop(op.results[0])
        keep_common_flags(value, op)
        Rewriter.replace_op(op, [], [value])
        return True

    def linearize_op(self, op: Operation) -> None:
        """Put the terms of an op's results behind it."""
        ds = [self.terms.get(x) for x in op.operands]
        if op.regions:
            self._check_region_op(op, ds)
        if not self.is_active(op):
            self._check_hidden_way(op)
            self._check_bits(op)
            return
        if op.name == "tensor.from_elements" and types.is_rank_zero(op.results[0].type):
            raise LetgradError(
                "an op of another dialect takes this value, so there is no derivative here; rank 0 "
                f"is written {types.element(op.results[0].type)}",
                op,
            )
        count(f"linearize({op_name(op)})")
        if has_to_be_taken_apart(op, linearize):
            end = op.next_op
            # A known value may come from a rule, and then has no term. The ops that are put here
            # are new and get terms. Then a known value replaces an equal one, and takes its term
            # (`is_there`).
            self.visit_between(take_apart(op), end)
            return
        e = Emitter.after(op, self.known).derived(op, f"linearize({op_name(op)})")
        terms = linearize.apply(op, ds, e)
        # A value that is no number has no term.
        wanted = [term_of(r.type) if types.is_number(r.type) else None for r in op.results]
        for result, term in zip(op.results, linearize.checked(op, terms, wanted, zero=True)):
            if term is not None:
                self.define(result, term)

    def _check_hidden_way(self, op: Operation) -> None:
        """
        An op that nobody knows may keep a value that another such op gives back. So no such op may
        give floats after one that took a value with a term: the derivative would be 0, unnoticed.
        """
        if not isinstance(op, UnregisteredOp):
            return
        if any(x in self.terms for x in op.operands):
            self.took = self.took or op
        elif self.took is not None and floats(op.results):
            name, before = op_name(op), op_name(self.took)
            raise LetgradError(
                f"{name} may give a value that {before} took, and nobody knows its derivative",
                op,
                (diagnostics.note("it is taken here", self.took),),
            )

    def _check_bits(self, op: Operation) -> None:
        """
        Integers have no derivative, and most of them need none: they are places, counts and signs.
        But the bits of a float may become a float again, and the derivative would be 0, unnoticed.
        """
        is_bitcast = isinstance(op, arith.BitcastOp)
        if not any(x in self.bits or (is_bitcast and x in self.terms) for x in op.operands):
            return
        if not is_bitcast or not floats(op.results):
            # A truth value chooses between numbers, and a choice has no derivative.
            self.bits.update(r for r in op.results if types.is_integer(types.element(r.type)))
            return
        raise LetgradError(
            "these bits are made of the bits of a float, and a bit pattern has no derivative", op
        )

    def is_active(self, op: Operation) -> bool:
        """
        Whether an op takes a value with a term, and gives floats or may hold floats. A return gives
        each value on, and a buffer beside a float holds nothing of this float.
        """
        if isinstance(op, func.ReturnOp):
            return False
        return any(x in self.terms for x in op.operands) and (
            any(types.is_float(types.element(r.type)) for r in op.results) or holds_others(op)
        )

    def reaches_into(self, op: Operation) -> bool:
        """Whether an op, or an op in its regions, uses a value with a term."""
        return any(x in self.terms for inner in ops_in(op) for x in inner.operands)

    def define(self, value: SSAValue, term: SSAValue) -> None:
        if term.name_hint is None and value.name_hint is not None:
            term.name_hint = f"d{value.name_hint}"
        self.terms[value] = term

    def visit_inner_block(self, block: Block) -> None:
        """Visit a block in a region. Values that the block computes are not known outside."""
        self.known = self.known.new_child()
        self.visit_block(block)
        self.known = self.known.parents

    def visit_between(self, op: Operation | None, end: Operation | None) -> None:
        """Visit the ops from `op` up to `end` that are there now."""
        while op is not None and op is not end:
            following = op.next_op
            self.visit(op)
            op = following

    def _check_region_op(self, op: Operation, ds: Terms) -> None:
        """
        Index regions give integers. A derivative through any other region needs a rule, or it is an
        error.
        """
        if isinstance(op, ten.GatherOp | ten.ScatterOp):
            return
        captured = any(
            operand in self.terms
            for region in op.regions
            for inner in ops_in(region)
            for operand in inner.operands
        )
        if not captured and not any(d is not None for d in ds):
            return
        if isinstance(op, ten.BuildOp):
            raise LetgradError(
                "ten.build is not differentiated itself; run ten-vectorize first", op
            )
        if captured and linearize.find(type(op)) is None:
            linearize.of(op)


def passes_on(result: SSAValue) -> bool:
    """Whether an op may give the derivative of its operands to this result: to a float, if the op
    is no `delta.stop`. One with a reason passes on, so that somebody asks for its derivative."""
    stops = isinstance(result.owner, delta.StopOp) and result.owner.reason is None
    return types.is_float(types.element(result.type)) and not stops


def floats(values: Sequence[SSAValue]) -> list[SSAValue]:
    return [v for v in values if types.is_float(types.element(v.type))]


def add_argument(block: Block, type: Attribute, name: str | None) -> BlockArgument:
    """A new last argument of a block."""
    arg = block.insert_arg(type, len(block.args))
    arg.name_hint = name
    return arg


def live_terms(block: Block, needed: Sequence[SSAValue]) -> list[Operation]:
    """The ops of a block that give terms which these depend on. The function erases other terms."""
    live: set[Operation] = set()
    pending = list(needed)
    while pending:
        op = pending.pop().owner
        if isinstance(op, Operation) and op.parent is block and op not in live:
            live.add(op)
            pending.extend(
                x for inner in ops_in(op) for x in inner.operands if isinstance(x.type, TermType)
            )
    for op in reversed(block.ops):
        if types.gives_terms(op) and op not in live:
            op.detach()
            op.erase()
    return [op for op in block.ops if op in live]
