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

A cotangent that arrives for a term which is listed already is added to the one there. Zero
cotangents are not listed.

Masks. A cotangent that has passed a select has zeros which must win over whatever it is scaled by
later: the derivative of
`where(x > 0, sqrt(x), 0)` at 0 is 0, though that of sqrt is infinite there. So a select leaves the
cotangent as it is, and notes the mask; scaling passes the note on; and where the cotangent is used
otherwise, the mask is applied: one select for a whole chain. A scale that comes after that makes
its mask from the zeros.

Reads. Cotangents of elements that were read out of one tensor are collected, and put into it by one
scatter.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from xdsl.context import Context
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects import delta, ten, types
from ..dialects.types import ints, shape
from .copying import copy_region, inline
from .diagnostics import LetgradError
from .driver import count
from .emitter import Emitter, known_before
from .functions import by_name, called, erase_unused_terms
from .rules import transpose


@dataclass(frozen=True)
class TransposePass(ModulePass):
    """Pulls cotangents back through terms, until only those of the inputs are left."""

    name = "delta-transpose"

    steps: int | None = None
    """How many terms to take; all by default."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        if self.steps is not None and self.steps < 0:
            raise LetgradError(f"delta-transpose: steps={self.steps} is negative")
        for pullback in [inner for inner in op.walk() if isinstance(inner, delta.PullbackOp)]:
            transpose_pullback(pullback, self.steps)
        erase_unused_terms(op)


@dataclass(frozen=True)
class Cotangent:
    """
    A cotangent, or a part of one: `value` where `mask` is `kept`, and 0 elsewhere. `masked` says
    that some zeros of
    `value` itself come from masks.
    """

    value: SSAValue
    mask: SSAValue | None = None
    kept: bool = True
    masked: bool = False

    @property
    def has_zeros(self) -> bool:
        """Whether some of its zeros win over what they are scaled by."""
        return self.masked or self.mask is not None

    def settled(self, e: Emitter) -> SSAValue:
        """The cotangent as one value."""
        if self.mask is None:
            return self.value
        zero = e.constant(0, self.value.type)
        a, b = (self.value, zero) if self.kept else (zero, self.value)
        return e.select(self.mask, a, b)

    def narrowed(self, mask: SSAValue, kept: bool, e: Emitter) -> Cotangent:
        """The cotangent, zero also where `mask` is not `kept`."""
        if self.mask is None:
            return replace(self, mask=mask, kept=kept)
        both = [
            _elementwise(m, k, self.value, e) for m, k in ((self.mask, self.kept), (mask, kept))
        ]
        return replace(self, mask=e(arith.AndIOp(*both)), kept=True)


def _elementwise(mask: SSAValue, kept: bool, like: SSAValue, e: Emitter) -> SSAValue:
    """The mask, true where the value is kept, in the shape of the value."""
    if not kept:
        mask = e(arith.XOrIOp(mask, e.constant(True, mask.type)))
    sizes = shape(like.type)
    return mask if shape(mask.type) == sizes else e(ten.BroadcastOp(mask, range(len(sizes)), sizes))


@dataclass(frozen=True)
class OneHot:
    """What the transpose of a read gives: `value` at leading `indices` of a tensor of zeros."""

    indices: tuple[SSAValue, ...]
    value: SSAValue
    masked: bool = False
    """Whether some zeros of `value` come from masks."""


@dataclass
class Pairs:
    """
    The state of reverse mode: terms, and the cotangents that have arrived for them. None is zero.
    """

    e: Emitter
    arrived: dict[SSAValue, Cotangent] = field(default_factory=dict)
    reads: dict[SSAValue, dict[int, list[OneHot]]] = field(default_factory=dict)

    def __contains__(self, term: SSAValue) -> bool:
        return term in self.arrived or term in self.reads

    def __iter__(self) -> Iterator[SSAValue]:
        return iter(dict.fromkeys([*self.arrived, *self.reads]))

    def add(self, term: SSAValue, ct: Cotangent | OneHot | None) -> None:
        """Add a cotangent to what has arrived for a term. That of zero is of no interest."""
        if isinstance(term.owner, delta.ZeroOp):
            return
        match ct:
            case OneHot():
                self.reads.setdefault(term, {}).setdefault(len(ct.indices), []).append(ct)
            case Cotangent():
                if types.value_type(term.type) != ct.value.type:
                    raise LetgradError(
                        f"a transpose rule gave {ct.value.type} for a term of type {term.type}",
                        term,
                    )
                if (other := self.arrived.get(term)) is not None:
                    e = self.e
                    if isinstance(term.owner, Operation):
                        e = e.derived(term.owner, "transpose")
                    sum = e.add(other.settled(e), ct.settled(e))
                    ct = Cotangent(sum, masked=ct.has_zeros or other.has_zeros)
                self.arrived[term] = ct

    def take(self, term: SSAValue) -> Cotangent | None:
        """Everything that has arrived for a term, which is then no longer listed."""
        for depth, reads in self.reads.pop(term, {}).items():
            masked = any(read.masked for read in reads)
            self.add(term, Cotangent(scattered(term, depth, reads, self.e), masked=masked))
        return self.arrived.pop(term, None)

    def take_settled(self, term: SSAValue, e: Emitter) -> SSAValue:
        ct = self.take(term)
        return e.constant(0, types.value_type(term.type)) if ct is None else ct.settled(e)


def scattered(term: SSAValue, depth: int, reads: Sequence[OneHot], e: Emitter) -> SSAValue:
    """
    Σ_k one_hot(indices_k, value_k)  →  scatter(stack of the values, k ↦ indices_k)

    Costs as much as there are reads, where adding one-hot tensors would cost that times their size.
    """
    dims = shape(term.type)[:depth]
    if len(reads) == 1:
        return e(
            ten.ScatterOp(dims, reads[0].value, Region(Block([ten.YieldOp(*reads[0].indices)])))
        )
    values = e(ten.StackOp([read.value for read in reads]))
    tables = [e(ten.StackOp(column)) for column in zip(*(read.indices for read in reads))]
    block = Block(arg_types=[ten.index_type])
    lookups = [ten.IndexOp(table, [block.args[0]]) for table in tables]
    block.add_ops([*lookups, ten.YieldOp(*(lookup.result for lookup in lookups))])
    return e(ten.ScatterOp(dims, values, Region(block)))


def transpose_pullback(pullback: delta.PullbackOp, steps: int | None = None) -> None:
    """
    Take all terms, or `steps` of them, and replace the pullback by its results or by one with the
    pairs that are left.
    """
    e = Emitter.before(pullback, known_before(pullback)).derived(pullback, "transpose")
    masked = ints(pullback.masked) if pullback.masked is not None else ()
    pairs = Pairs(e)
    for k, (term, value) in enumerate(zip(pullback.terms, pullback.cotangents)):
        pairs.add(term, Cotangent(value, masked=k in masked))
    sweep(pairs, pullback.prev_op, steps)

    left = [term for term in pairs if not isinstance(term.owner, delta.InputOp)]
    if left and steps is not None:
        _write_back(pullback, pairs, e)
        return
    if left:
        raise LetgradError("a term of this pullback is defined in another block", left[0])
    gradients: list[Cotangent | None] = [None] * len(pullback.results)
    for term in list(pairs):
        assert isinstance(term.owner, delta.InputOp)
        position = term.owner.position.value.data
        if position >= len(gradients):
            raise LetgradError(
                f"the pullback of input {position} gives only {len(gradients)} results", pullback
            )
        ct, other = pairs.take(term), gradients[position]
        if ct is not None and other is not None:
            ct = Cotangent(e.add(other.settled(e), ct.settled(e)))
        gradients[position] = ct or other
    values = [
        e.constant(0, result.type) if ct is None else ct.settled(e)
        for ct, result in zip(gradients, pullback.results)
    ]
    for result, value in zip(pullback.results, values):
        if result.type != value.type:
            raise LetgradError(
                f"the pullback gives {result.type} for an input of type {value.type}", pullback
            )
        if value.name_hint is None:
            value.name_hint = result.name_hint
    Rewriter.replace_op(pullback, [], values)


def _write_back(pullback: delta.PullbackOp, pairs: Pairs, e: Emitter) -> None:
    """A pullback with the pairs there are, the one to be taken next first."""
    block = pullback.parent
    assert block is not None
    order = {op: k for k, op in enumerate(block.ops)}
    # type: ignore[arg-type]
    terms = sorted(pairs, key=lambda term: order.get(term.owner, -1), reverse=True)
    cts = [
        (pairs.take(term) or Cotangent(e.constant(0, types.value_type(term.type))))
        for term in terms
    ]
    values = [ct.settled(e) for ct in cts]
    masked = [k for k, ct in enumerate(cts) if ct.has_zeros]
    new = delta.PullbackOp(terms, values, pullback.gradients.types, masked)
    new.location = pullback.location
    for old, result in zip(pullback.results, new.results):
        result.name_hint = old.name_hint
    Rewriter.replace_op(pullback, new)


def sweep(pairs: Pairs, last: Operation | None, steps: int | None = None) -> None:
    """
    Take terms from `last` backwards through its block, at most `steps` of them.

    Terms of inputs, and those that other blocks define, stay.
    """
    op = last
    while op is not None and steps != 0:
        before = op.prev_op
        if not isinstance(op, delta.InputOp) and any(r in pairs for r in op.results):
            step(pairs, op)
            steps = None if steps is None else steps - 1
        op = before


def step(pairs: Pairs, op: Operation) -> None:
    """Replace the pairs of `op`'s results by pairs for its operands."""
    e = pairs.e.derived(op, f"transpose({op.name})")
    cts = [pairs.take(r) for r in op.results]
    count(f"transpose({op.name})")
    if isinstance(op, scf.IfOp):
        transpose_if(pairs, op, cts, e)
        return
    (ct,) = cts if len(cts) == 1 else (None,)
    match op:
        case delta.AddOp():
            pairs.add(op.d, ct)
            pairs.add(op.e, ct)
        case delta.NegOp() if ct is not None:
            pairs.add(op.d, replace(ct, value=e(arith.NegfOp(ct.value))))
        case delta.ScaleOp() if ct is not None:
            pairs.add(op.d, scaled(op.k, ct, e))
        case ten.SelectOp() if ct is not None:
            for term, kept in ((op.a, True), (op.b, False)):
                if not isinstance(term.owner, delta.ZeroOp):
                    pairs.add(term, ct.narrowed(op.mask, kept, e))
        case _:
            values = tuple(None if ct is None else ct.settled(e) for ct in cts)
            given = transpose.of(op)(op, values[0] if len(values) == 1 else values, e)
            masked = any(ct is not None and ct.has_zeros for ct in cts)
            terms = [x for x in op.operands if isinstance(x.type, types.Term)]
            for term, part in zip(
                terms, given if isinstance(given, tuple) else (given,), strict=True
            ):
                match part:
                    case None:
                        pass
                    case OneHot():
                        pairs.add(term, replace(part, masked=masked))
                    case _:
                        pairs.add(term, Cotangent(part, masked=masked))


def scaled(k: SSAValue, ct: Cotangent, e: Emitter) -> Cotangent:
    """k ⊙ ct, 0 where ct is 0 because of a mask, whatever k is there."""
    if ct.masked:
        zero = e.constant(0, ct.value.type)
        ct = replace(ct.narrowed(e.compare("une", ct.value, zero), True, e), masked=False)
    return replace(ct, value=e.multiply(k, ct.value))


def transpose_if(pairs: Pairs, op: scf.IfOp, cts: Sequence[Cotangent | None], e: Emitter) -> None:
    """
    scf.if c {d(outer)} else {e(outer)} : terms   →   scf.if c {d's transpose} else {e's transpose}
    : cotangents of outer

    The branches of `op` hold only terms; the new ones hold only what pulls back through them.
    """
    inside = {result for inner in op.walk() for result in inner.results}
    outer = list(
        dict.fromkeys(
            x
            for inner in op.walk()
            for x in inner.operands
            if isinstance(x.type, types.Term) and x not in inside
        )
    )
    settled = [None if ct is None else Cotangent(ct.settled(e), masked=ct.has_zeros) for ct in cts]
    regions = []
    for region in op.regions:
        block = Block()
        here = Emitter(InsertPoint.at_end(block), e.location, ChainMap({}, e.known or {}))
        inner = Pairs(here)
        last = region.block.last_op
        assert isinstance(last, scf.YieldOp)
        for term, ct in zip(last.operands, settled):
            inner.add(term, ct)
        sweep(inner, last.prev_op)
        here.insert(scf.YieldOp(*(inner.take_settled(term, here) for term in outer)))
        regions.append(Region(block))
    new = e.insert(scf.IfOp(op.cond, [types.value_type(t.type) for t in outer], *regions))
    for term, value in zip(outer, new.results):
        pairs.add(term, Cotangent(value, masked=True))


# Rules.


@transpose.rule(ten.BroadcastOp)
def _(op: ten.BroadcastOp, ct: SSAValue, e: Emitter) -> SSAValue:
    return e(ten.SumOp(ct, ints(op.dims)))


@transpose.rule(ten.SumOp)
def _(op: ten.SumOp, ct: SSAValue, e: Emitter) -> SSAValue:
    return e(ten.BroadcastOp(ct, ints(op.dims), shape(op.x.type)))


@transpose.rule(ten.CumsumOp)
def _(op: ten.CumsumOp, ct: SSAValue, e: Emitter) -> SSAValue:
    d = op.dim.value.data
    return e(ten.ReverseOp(e(ten.CumsumOp(e(ten.ReverseOp(ct, [d])), d)), [d]))


@transpose.rule(ten.TransposeOp)
def _(op: ten.TransposeOp, ct: SSAValue, e: Emitter) -> SSAValue:
    perm = ints(op.perm)
    return e(ten.TransposeOp(ct, [perm.index(d) for d in range(len(perm))]))


@transpose.rule(ten.ReshapeOp)
def _(op: ten.ReshapeOp, ct: SSAValue, e: Emitter) -> SSAValue:
    return e(ten.ReshapeOp(ct, shape(op.x.type)))


@transpose.rule(ten.ReverseOp)
def _(op: ten.ReverseOp, ct: SSAValue, e: Emitter) -> SSAValue:
    return e(ten.ReverseOp(ct, ints(op.dims)))


@transpose.rule(ten.CastOp)
def _(op: ten.CastOp, ct: SSAValue, e: Emitter) -> SSAValue:
    return e(ten.CastOp(ct, types.element(op.x.type)))


@transpose.rule(ten.SliceOp)
def _(op: ten.SliceOp, ct: SSAValue, e: Emitter) -> SSAValue:
    offsets, sizes, strides = ints(op.offsets), ints(op.sizes), ints(op.strides)
    spans = [(s - 1) * t + 1 if s else 0 for s, t in zip(sizes, strides)]
    high = [n - o - span for n, o, span in zip(shape(op.x.type), offsets, spans)]
    return e(ten.PadOp(ct, offsets, high, [t - 1 for t in strides]))


@transpose.rule(ten.PadOp)
def _(op: ten.PadOp, ct: SSAValue, e: Emitter) -> SSAValue:
    return e(ten.SliceOp(ct, ints(op.low), shape(op.x.type), [m + 1 for m in ints(op.interior)]))


@transpose.rule(ten.ConcatOp)
def _(op: ten.ConcatOp, ct: SSAValue, e: Emitter) -> tuple[SSAValue, ...]:
    d, start, parts = op.dim.value.data, 0, []
    for x in op.xs:
        sizes = shape(x.type)
        parts.append(e(ten.SliceOp(ct, [start if k == d else 0 for k in range(len(sizes))], sizes)))
        start += sizes[d]
    return tuple(parts)


@transpose.rule(ten.StackOp)
def _(op: ten.StackOp, ct: SSAValue, e: Emitter) -> tuple[SSAValue, ...]:
    return tuple(e(ten.IndexOp(ct, [e.constant(k, ten.index_type)])) for k in range(len(op.xs)))


@transpose.rule(ten.IndexOp)
def _(op: ten.IndexOp, ct: SSAValue, e: Emitter) -> OneHot:
    return OneHot(tuple(op.indices), ct)


@transpose.rule(ten.GatherOp)
def _(op: ten.GatherOp, ct: SSAValue, e: Emitter) -> SSAValue:
    return e(ten.ScatterOp(shape(op.t.type)[: len(op.yielded)], ct, copy_region(op.body)))


@transpose.rule(ten.ScatterOp)
def _(op: ten.ScatterOp, ct: SSAValue, e: Emitter) -> SSAValue:
    return e(ten.GatherOp(op.domain, ct, copy_region(op.body)))


@transpose.rule(ten.EinsumOp)
def _(op: ten.EinsumOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """
    The cotangent times the other operands, summed to the letters of the term; a letter that only
    the term has is broadcast, one that stands twice in it is put on the diagonal.
    """
    words, output = op.letters
    (j,) = (k for k, x in enumerate(op.xs) if isinstance(x.type, types.Term))
    sizes = dict(zip(words[j], shape(op.xs[j].type)))
    others = [k for k in range(len(words)) if k != j]
    known = set(output).union(*(words[k] for k in others))
    present = "".join(c for c in sizes if c in known)
    spec = ",".join([*(words[k] for k in others), output]) + "->" + present
    value = e(ten.EinsumOp(spec, [*(op.xs[k] for k in others), ct]))
    if len(present) < len(sizes):
        missing = [d for d, c in enumerate(sizes) if c not in known]
        value = e(ten.BroadcastOp(value, missing, list(sizes.values())))
    if len(sizes) < len(words[j]):
        block = Block(arg_types=[ten.index_type] * len(sizes))
        place = dict(zip(sizes, block.args))
        block.add_op(ten.YieldOp(*(place[c] for c in words[j])))
        value = e(ten.ScatterOp(shape(op.xs[j].type), value, Region(block)))
    return value


@transpose.rule(delta.TransposedCallOp)
def _(
    op: delta.TransposedCallOp, cts: SSAValue | Sequence[SSAValue | None], e: Emitter
) -> tuple[SSAValue, ...]:
    """The backward function of a custom_vjp runs here."""
    module = op.get_toplevel_object()
    assert isinstance(module, ModuleOp)
    given = cts if isinstance(cts, tuple) else (cts,)
    cotangents = [
        e.constant(0, types.value_type(r.type)) if ct is None else ct
        for ct, r in zip(given, op.results)
    ]
    takes = [v.type for v in (*op.residuals, *cotangents)]
    gives = [types.value_type(d.type) for d in op.ds]
    backward = called(by_name(module), op.backward, op, takes, gives)
    return tuple(inline(backward, [*op.residuals, *cotangents], e))
