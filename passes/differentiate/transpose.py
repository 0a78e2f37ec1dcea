"""
Transpose terms: pull cotangents back, by rewriting `delta.pullback`.

Needs:   the terms that a pullback reaches in its own block, and in the `scf.if`s there.
Leaves:  with all steps, no pullback, and no term that nothing uses; after n steps, a pullback whose
         pairs are the state.
Keeps:   the value, up to the order of sums. Each term is taken once; only index functions are
         copied.
Ends:    one step per term. All steps together are one sweep backwards through the block.

One step takes, among the pairs (term : cotangent), the one whose term is defined last:

    pullback (op(d, …) : ct), …   →   pullback (d : op's transpose of ct), …

If a cotangent arrives for a listed term, it is added to the cotangent of that term. Zero cotangents
are not listed.

Masks. If a cotangent has passed a select, some of its zeros must win over every later scaling; see
`masks`.

Reads. If a program reads elements of one tensor, the pass collects their cotangents, and one
scatter puts them into the cotangent of the tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import delta, ten, types
from ...dialects.op_names import op_name
from ...dialects.types import ints
from ...dialects.walking import ops_in
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter, known_before
from ..rewriting.functions import erase_unused_terms
from ..rewriting.rule_tables import transpose
from ..sharing.shared_terms import drop_broken_stamps
from . import linearize_attention as linearize_attention  # This import adds rules.
from . import states_again, transpose_regions, transpose_rules
from .cotangents import OneHot, Pairs
from .expand_whiles import expand_while
from .masks import Masked, added
from .term_flow import drop_unreached
from .widths import fitted, may_be_cotangent, widened

__all__ = ["TransposePass", "transpose_pullback", "transpose_rules"]


@dataclass(frozen=True)
class TransposePass(ModulePass):
    """
    Pulls cotangents back through terms, until only the cotangents of the inputs are left.

    Example:

        >>> module = lg.trace(lambda x: np.sin(x), 1.0)
        >>> run_passes(ctx, module, [LinearizePass(), TransposePass()])
        >>> show(module)
        lambda = \\x ct -> (sin x, cos x * ct)
    """

    name = "delta-transpose"

    steps: int | None = None
    """How many terms to take; all by default."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        if self.steps is not None and self.steps < 0:
            raise LetgradError(f"delta-transpose: steps={self.steps} is negative", op)
        pullbacks = [inner for inner in ops_in(op) if isinstance(inner, delta.PullbackOp)]
        if self.steps is None:
            for block in dict.fromkeys(pullback.parent for pullback in pullbacks):
                assert block is not None
                drop_unreached(block)
        for pullback in pullbacks:
            transpose_pullback(pullback, self.steps)
        erase_unused_terms(op)
        if self.steps is None:
            states_again.checkpoint_scans(op, states_again.UNBOUNDED)
        drop_broken_stamps(op, self.name)


def transpose_pullback(pullback: delta.PullbackOp, steps: int | None = None) -> None:
    """
    Take all terms, or `steps` of them. Replace the pullback by its results, or by a pullback with
    the pairs that are left.
    """
    e = Emitter.before(pullback, known_before(pullback)).derived(pullback, "transpose")
    masked = ints(pullback.masked) if pullback.masked is not None else ()
    pairs = Pairs(e)
    for k, (term, value) in enumerate(zip(pullback.terms, pullback.cotangents)):
        pairs.add(term, Masked(value, masked=k in masked))
    sweep(pairs, pullback.prev_op, steps)

    left = [term for term in pairs if not isinstance(term.owner, delta.InputOp)]
    if left and steps is not None:
        _write_back(pullback, pairs, e)
        return
    if left:
        raise LetgradError("a term of this pullback is defined in another block", left[0])
    gradients: list[Masked | None] = [None] * len(pullback.results)
    for term in list(pairs):
        assert isinstance(term.owner, delta.InputOp)
        position = term.owner.position.value.data
        if position >= len(gradients):
            raise LetgradError(
                f"the pullback of input {position} gives only {len(gradients)} results", pullback
            )
        ct, other = pairs.take(term), gradients[position]
        if ct is not None and other is not None:
            ct = added(other.widened(e), ct.widened(e), e)
        gradients[position] = ct or other
    values = [
        e.constant(0, result.type) if ct is None else ct.settled(e)
        for ct, result in zip(gradients, pullback.results)
    ]
    for k, (result, value) in enumerate(zip(pullback.results, values)):
        if not may_be_cotangent(value.type, types.value_type(result.type)):
            raise LetgradError(
                f"the pullback gives {result.type} for an input of type {value.type}", pullback
            )
        values[k] = value = fitted(value, result, e)
        if value.name_hint is None:
            value.name_hint = result.name_hint
    Rewriter.replace_op(pullback, [], values)


def _write_back(pullback: delta.PullbackOp, pairs: Pairs, e: Emitter) -> None:
    """A pullback with the present pairs. The pair that the next step takes comes first."""
    block = pullback.parent
    assert block is not None
    order = {op: k for k, op in enumerate(block.ops)}

    def place(term: SSAValue) -> int:
        return order.get(term.owner, -1) if isinstance(term.owner, Operation) else -1

    terms = sorted(pairs, key=place, reverse=True)
    cts = [
        (pairs.take(term) or Masked(e.constant(0, types.value_type(term.type)))) for term in terms
    ]
    values = [fitted(ct.settled(e), term, e) for term, ct in zip(terms, cts)]
    masked = [k for k, ct in enumerate(cts) if ct.has_zeros]
    new = delta.PullbackOp(terms, values, pullback.gradients.types, masked)
    new.location = pullback.location
    for old, result in zip(pullback.results, new.results):
        result.name_hint = old.name_hint
    Rewriter.replace_op(pullback, new)


def sweep(pairs: Pairs, last: Operation | None, steps: int | None = None) -> None:
    """
    Take terms from `last` backwards through its block, at most `steps` of them.

    Terms of inputs stay, and so do terms that other blocks define.
    """
    op = last
    while op is not None and steps != 0:
        if isinstance(op, ten.WhileOp) and any(r in pairs for r in op.results):
            for result, term in zip(op.results, expand_while(op)):
                if term is not None:
                    pairs.add(term, pairs.take(result))
            op = op.prev_op
            continue
        before = op.prev_op
        if not isinstance(op, delta.InputOp) and any(r in pairs for r in op.results):
            step(pairs, op)
            steps = None if steps is None else steps - 1
        op = before


def step(pairs: Pairs, op: Operation) -> None:
    """Replace the pairs of `op`'s results by pairs for its operands."""
    e = pairs.e.derived(op, f"transpose({op_name(op)})")
    cts = [pairs.take(r) for r in op.results]
    count(f"transpose({op_name(op)})")
    match op:
        case scf.IfOp():
            transpose_regions.transpose_if(pairs, op, cts, e, sweep)
        case ten.ScanOp():
            transpose_regions.transpose_scan(pairs, op, cts, e, sweep)
        case delta.AddOp() | delta.NegOp() | delta.ScaleOp() | ten.SelectOp():
            (ct,) = cts
            if ct is not None:
                step_under_masks(pairs, op, ct, e)
        case _:
            step_by_rule(pairs, op, cts, e)


def step_under_masks(pairs: Pairs, op: Operation, ct: Masked, e: Emitter) -> None:
    """
    The ops that pass a cotangent on with its masks:

        (d + e)ᵀ ȳ = ȳ, ȳ;    (-d)ᵀ ȳ = -ȳ;    (k ⊙ d)ᵀ ȳ = k ⊙ ȳ
        select(m, d, e)ᵀ ȳ = ȳ where m, ȳ where not m; 0 elsewhere
    """
    match op:
        case delta.AddOp():
            pairs.add(op.d, ct)
            pairs.add(op.e, ct)
        case delta.NegOp():
            pairs.add(op.d, ct.negated(e))
        case delta.ScaleOp():
            pairs.add(op.d, ct.scaled(op.k, e))
        case ten.SelectOp():
            for term, kept in ((op.a, True), (op.b, False)):
                if not isinstance(term.owner, delta.ZeroOp):
                    pairs.add(term, ct.narrowed(op.mask, kept, e))


LAYOUTS = (
    ten.SumOp, ten.TransposeOp, ten.ReshapeOp, ten.ReverseOp, ten.CastOp, ten.SliceOp, ten.PadOp,
    ten.ConcatOp, ten.StackOp, ten.IndexOp, ten.ScatterOp, ten.UpdateOp,
)  # fmt: skip
"""Ops whose rules take wide cotangents, and give wide ones."""

SUMS = (ten.BroadcastOp, ten.CumsumOp, ten.GatherOp)
"""Ops whose rules add up cotangents."""


def _of_width(op: Operation, term: SSAValue, value: SSAValue, e: Emitter) -> SSAValue:
    """The cotangent of a result of `op` with the width that the rule of the op wants."""
    if isinstance(op, SUMS):
        return widened(value, e)
    return value if isinstance(op, LAYOUTS) else fitted(value, term, e)


def step_by_rule(pairs: Pairs, op: Operation, cts: Sequence[Masked | None], e: Emitter) -> None:
    """The ops with a rule in the table. A rule gets plain values, so masks are applied first."""
    values = tuple(
        None if ct is None else _of_width(op, r, ct.settled(e), e) for r, ct in zip(op.results, cts)
    )
    given = transpose.apply(op, values[0] if len(values) == 1 else values, e)
    masked = any(ct is not None and ct.has_zeros for ct in cts)
    terms = [x for x in op.operands if isinstance(x.type, types.Term)]
    wanted = [types.value_type(x.type) for x in terms]
    parts = transpose.checked(op, given, wanted, zero=True, also=OneHot, alike=may_be_cotangent)
    for term, part in zip(terms, parts):
        match part:
            case None:
                pass
            case OneHot():
                pairs.add(term, replace(part, masked=masked))
            case _:
                pairs.add(term, Masked(part, masked=masked))
