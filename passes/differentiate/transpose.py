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
later; see `masks`.

Reads. Cotangents of elements that were read out of one tensor are collected, and put into it by one
scatter.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import delta, ten, types
from ...dialects.types import ints, shape
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter, Known, known_before, note
from ..rewriting.functions import by_name, called, erase_terms, erase_unused_terms
from ..rewriting.rule_tables import transpose
from ..sharing.copying import copy_op, copy_region, inline
from .masks import Masked, added


@dataclass(frozen=True)
class TransposePass(ModulePass):
    """
    Pulls cotangents back through terms, until only those of the inputs are left.

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
            raise LetgradError(f"delta-transpose: steps={self.steps} is negative")
        for pullback in [inner for inner in op.walk() if isinstance(inner, delta.PullbackOp)]:
            transpose_pullback(pullback, self.steps)
        erase_unused_terms(op)


@dataclass(frozen=True)
class OneHot:
    """
    What the transpose of a read gives: `value` at leading `indices` of a tensor of zeros. With a
    `count`, that is what so many reads give: the indices are vectors, and `value` has as many rows.
    """

    indices: tuple[SSAValue, ...]
    value: SSAValue
    masked: bool = False
    """Whether some zeros of `value` come from masks."""
    count: int | None = None


@dataclass
class Pairs:
    """
    The state of reverse mode: terms, and the cotangents that have arrived for them. None is zero.
    """

    e: Emitter
    arrived: dict[SSAValue, Masked] = field(default_factory=dict)
    reads: dict[SSAValue, dict[int, list[OneHot]]] = field(default_factory=dict)

    def __contains__(self, term: SSAValue) -> bool:
        return term in self.arrived or term in self.reads

    def __iter__(self) -> Iterator[SSAValue]:
        return iter(dict.fromkeys([*self.arrived, *self.reads]))

    def add(self, term: SSAValue, ct: Masked | OneHot | None) -> None:
        """Add a cotangent to what has arrived for a term. That of zero is of no interest."""
        if isinstance(term.owner, delta.ZeroOp):
            return
        match ct:
            case OneHot():
                self.reads.setdefault(term, {}).setdefault(len(ct.indices), []).append(ct)
            case Masked():
                if types.value_type(term.type) != ct.value.type:
                    raise LetgradError(
                        f"a transpose rule gave {ct.value.type} for a term of type {term.type}",
                        term,
                    )
                if (other := self.arrived.get(term)) is not None:
                    e = self.e
                    if isinstance(term.owner, Operation):
                        e = e.derived(term.owner, "transpose")
                    ct = added(other, ct, e)
                self.arrived[term] = ct

    def take(self, term: SSAValue) -> Masked | None:
        """Everything that has arrived for a term, which is then no longer listed."""
        for depth, reads in self.reads.pop(term, {}).items():
            masked = any(read.masked for read in reads)
            self.add(term, Masked(scattered(term, depth, reads, self.e), masked=masked))
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
    if len(reads) == 1 and reads[0].count is None:
        return e(
            ten.ScatterOp(dims, reads[0].value, Region(Block([ten.YieldOp(*reads[0].indices)])))
        )
    many = all_reads(reads, e)
    values, tables = many.value, many.indices
    block = Block(arg_types=[ten.index_type])
    lookups = [ten.IndexOp(table, [block.args[0]]) for table in tables]
    block.add_ops([*lookups, ten.YieldOp(*(lookup.result for lookup in lookups))])
    return e(ten.ScatterOp(dims, values, Region(block)))


def all_reads(reads: Sequence[OneHot], e: Emitter) -> OneHot:
    """What several reads give, as one."""

    def joined(parts: Sequence[SSAValue]) -> SSAValue:
        if all(read.count is None for read in reads):
            return e(ten.StackOp(parts))
        rows = [
            e(ten.ReshapeOp(x, (1, *shape(x.type)))) if read.count is None else x
            for read, x in zip(reads, parts)
        ]
        return rows[0] if len(rows) == 1 else e(ten.ConcatOp(rows, 0))

    values = joined([read.value for read in reads])
    return OneHot(
        tuple(joined(column) for column in zip(*(read.indices for read in reads))),
        values,
        any(read.masked for read in reads),
        sum(1 if read.count is None else read.count for read in reads),
    )


def transpose_pullback(pullback: delta.PullbackOp, steps: int | None = None) -> None:
    """
    Take all terms, or `steps` of them, and replace the pullback by its results or by one with the
    pairs that are left.
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
            ct = added(other, ct, e)
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

    def place(term: SSAValue) -> int:
        return order.get(term.owner, -1) if isinstance(term.owner, Operation) else -1

    terms = sorted(pairs, key=place, reverse=True)
    cts = [
        (pairs.take(term) or Masked(e.constant(0, types.value_type(term.type)))) for term in terms
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
    if isinstance(op, ten.ScanOp):
        transpose_scan(pairs, op, cts, e)
        return
    (ct,) = cts if len(cts) == 1 else (None,)
    match op:
        case delta.AddOp():
            pairs.add(op.d, ct)
            pairs.add(op.e, ct)
        case delta.NegOp() if ct is not None:
            pairs.add(op.d, ct.negated(e))
        case delta.ScaleOp() if ct is not None:
            pairs.add(op.d, ct.scaled(op.k, e))
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
                        pairs.add(term, Masked(part, masked=masked))


def transpose_if(pairs: Pairs, op: scf.IfOp, cts: Sequence[Masked | None], e: Emitter) -> None:
    """
    scf.if c {d(outer)} else {e(outer)} : terms   →   scf.if c {d's transpose} else {e's transpose}
    : cotangents of outer

    The branches of `op` hold only terms; the new ones hold only what pulls back through them.
    """
    outer = outer_terms(op)
    settled = [None if ct is None else Masked(ct.settled(e), masked=ct.has_zeros) for ct in cts]
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
        pairs.add(term, Masked(value, masked=True))


def outer_terms(op: Operation) -> list[SSAValue]:
    """The terms from outside that the regions of an op use."""
    inside = {result for inner in op.walk() for result in inner.results}
    inside |= {a for inner in op.walk() for region in inner.regions for a in region.block.args}
    used = (x for inner in op.walk() if inner is not op for x in inner.operands)
    return [x for x in dict.fromkeys(used) if isinstance(x.type, types.Term) and x not in inside]


def transpose_scan(pairs: Pairs, op: ten.ScanOp, cts: Sequence[Masked | None], e: Emitter) -> None:
    """
    dc, dys = scan (dc = dc0) over (r = rs, dx = dxs) { A dc + B dx + C d(outer) }
        →  scan, in the other direction, (c̄ = c̄, s = 0) over (r = rs, ȳ = ȳs) { Aᵀ, s + Cᵀ; Bᵀ }

    The cotangents of terms from outside are sums that are carried; but those of elements that a
    step reads of such a term are given out, with the place of the read, and put there all together.

    Requires: that the body holds only terms, and what is computed of rows and of values from
    outside.
    """
    n, trips = len(op.inits), op.trips
    outer = outer_terms(op)
    # In the module while it is written, for rules look for functions there.
    draft = e.insert(copy_op(op, op.operands, op.result_types))
    region = draft.regions[0]
    block = region.block
    last = block.last_op
    assert last is not None
    yielded = list(last.operands)
    last.detach()
    last.erase()
    old, terms = list(block.ops), list(block.args)
    known: Known = ChainMap({}, e.known or {})
    for value_op in old:
        if not types.gives_terms(value_op):
            note(value_op, known)
    here = Emitter(InsertPoint.at_end(block), op.location, known)
    inner = Pairs(here)
    given = [k for k in range(len(cts) - n) if cts[n + k] is not None]
    carried = _with_cotangents(block, n, yielded, [k for k, ct in enumerate(cts) if ct is not None])
    # A step may mask what the step before it scales; and what only later steps need is zero so far.
    masked = any(isinstance(o, ten.SelectOp | scf.IfOp | ten.ScanOp) for o in old)
    for k in carried:
        ct = cts[k]
        masked |= ct is None or ct.has_zeros
    for at, k in enumerate(carried):
        arg = block.insert_arg(types.value_type(yielded[k].type), at)
        inner.add(yielded[k], Masked(arg, masked=masked))
    for k in given:
        ct = cts[n + k]
        assert ct is not None
        row = block.insert_arg(types.value_type(yielded[n + k].type), len(block.args))
        inner.add(yielded[n + k], Masked(row, masked=ct.has_zeros))
    sweep(inner, old[-1] if old else None)

    nexts = [inner.take(terms[k]) for k in carried]
    after = [_value(ct, terms[k], here) for k, ct in zip(carried, nexts)]
    ys: list[SSAValue] = []
    rows: list[tuple[SSAValue, int, bool]] = []
    reads: list[tuple[SSAValue, int, OneHot]] = []
    sums: list[tuple[SSAValue, bool]] = []
    for x, arg in zip(op.xs, terms[n:]):
        if isinstance(x.type, types.Term) and (ct := inner.take(arg)) is not None:
            rows.append((x, len(ys), ct.has_zeros))
            ys.append(ct.settled(here))
    for term in outer:
        for group in inner.reads.pop(term, {}).values():
            many = group[0] if len(group) == 1 else all_reads(group, here)
            reads.append((term, len(ys), many))
            ys.extend((many.value, *many.indices))
        if (ct := inner.arrived.pop(term, None)) is not None:
            sum = block.insert_arg(ct.value.type, len(after))
            after.append(here.add(sum, ct.settled(here)))
            sums.append((term, ct.has_zeros))
    here.insert(ten.YieldOp(*after, *ys))
    erase_terms(old, terms)

    inits = [_value(cts[k], op.inits[k], e) for k in carried]
    zeros = [e.constant(0, types.value_type(term.type)) for term, _ in sums]
    xs = [x for x in op.xs if not isinstance(x.type, types.Term)]
    cotangents = [_value(cts[n + k], op.results[n + k], e) for k in given]
    new = ten.ScanOp(
        trips,
        [*inits, *zeros],
        [*xs, *cotangents],
        draft.detach_region(region),
        reverse=not op.is_reverse,
    )
    Rewriter.erase_op(draft)
    results = list(e.insert(new).results)
    for k, ct, value in zip(carried, nexts, results):
        has_zeros = masked or (ct is not None and ct.has_zeros)
        pairs.add(op.inits[k], Masked(value, masked=has_zeros))
    for (term, has_zeros), value in zip(sums, results[len(carried) :]):
        pairs.add(term, Masked(value, masked=has_zeros))
    results = results[len(carried) + len(sums) :]
    for term, k, has_zeros in rows:
        pairs.add(term, Masked(results[k], masked=has_zeros))
    for term, k, many in reads:
        value, *indices = (_flat(y, many.count, e) for y in results[k : k + 1 + len(many.indices)])
        number = trips * (1 if many.count is None else many.count)
        pairs.add(term, OneHot(tuple(indices), value, many.masked, number))


def _with_cotangents(
    block: Block, n: int, yielded: Sequence[SSAValue], given: Sequence[int]
) -> list[int]:
    """
    Which of the `n` terms that a scan carries have cotangents at some step, if results `given` have
    them after it.
    """
    found = dict.fromkeys(k for k in given if k < n)
    seen: set[SSAValue] = set()
    pending = [yielded[k] for k in given]
    while pending:
        x = pending.pop()
        if x in seen or not isinstance(x.type, types.Term):
            continue
        seen.add(x)
        if isinstance(x, BlockArgument):
            if x.block is block and x.index < n:
                found[x.index] = None
                pending.append(yielded[x.index])
        elif isinstance(x.owner, Operation) and x.owner.parent is block:
            pending.extend(y for inner in x.owner.walk() for y in inner.operands)
    return sorted(found)


def _value(ct: Masked | None, term: SSAValue, e: Emitter) -> SSAValue:
    return e.constant(0, types.value_type(term.type)) if ct is None else ct.settled(e)


def _flat(rows: SSAValue, count: int | None, e: Emitter) -> SSAValue:
    """What each step has given for one read, or for `count` reads, as one row for each read."""
    if count is None:
        return rows
    trips, _, *rest = shape(rows.type)
    return e(ten.ReshapeOp(rows, (trips * count, *rest)))


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
    given = (cts,) if isinstance(cts, SSAValue) else cts
    cotangents = [
        e.constant(0, types.value_type(r.type)) if ct is None else ct
        for ct, r in zip(given, op.results)
    ]
    takes = [v.type for v in (*op.residuals, *cotangents)]
    gives = [types.value_type(d.type) for d in op.ds]
    backward = called(by_name(module), op.backward, op, takes, gives)
    return tuple(inline(backward, [*op.residuals, *cotangents], e))
