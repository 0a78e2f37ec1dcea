"""
Recover sharing: every stamp becomes one let, or none.

Needs:   nothing.
Leaves:  no `sharing.share`.
Keeps:   the value.
Ends:    stamps are taken in order, each once; a term's stamp is larger than those of its parts.

A stamp's value is computed in the innermost block that all its shares are in, before the first of
them:

    region {… share e {7} …}, region {… share e {7} …}   →   let v = e; region {… v …}, region {… v
    …}

but not out of conditional branches, unless it is needed whichever is taken. Where e depends on
index arguments, one per region, it is tabulated over their sizes, if that costs less than computing
it again:

    region (i) {… share e(i) {7} [i] …}, region (j) {… share e(j) {7} [j] …}
        →   let t = build (k) {e(k)}; region (i) {… t[i] …}, region (j) {… t[j] …}

One let serves all components of an index that are under it. A stamp with one share left is that
value.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects import sharing, ten
from . import costs, scopes
from .diagnostics import LetgradError
from .driver import count
from .emitter import Emitter
from .functions import functions
from .numbering import Numbering
from .stamps import check_stamps, shares_by_stamp

TABLE_FLOPS = 2
"""
Flops per element, of one more computation, from which a table (one store, and a load per use) is
the cheaper one.
"""


class RecoverPass(ModulePass):
    """Turns stamps into lets."""

    name = "sharing-recover"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in functions(op):
            groups = shares_by_stamp(function)
            if not groups:
                continue
            check_stamps(groups, Numbering.of(function))
            for stamp in sorted(groups):
                recover(groups[stamp])


def recover(shares: Sequence[sharing.ShareOp]) -> None:
    """Replace the shares of one stamp by one let, or by a table, or by what they share."""
    live = [share for share in shares if share.result.first_use is not None]
    for share in shares:
        if share not in live:
            _remove(share)
    if len(live) < 2:
        for share in live:
            _resolve(share, share.x)
        return
    block = scopes.common_block(live)
    own = [tuple(i for i in share.indices if not _is_around(i, block)) for share in live]
    if any(own) and not all(len(indices) == len(own[0]) for indices in own):
        raise LetgradError("shares of one stamp have different index arguments", live[0])
    if not own[0]:
        _bind(live, block)
    elif worth_a_table(live[0], own[0]):
        _tabulate(live, own, block)
    else:
        for share in live:
            _resolve(share, share.x)


def _is_around(index: SSAValue, block: Block) -> bool:
    """Whether an index argument is visible in `block`: it is of a region around it."""
    chain = scopes.blocks_around(block.last_op) if block.last_op is not None else [block]
    return not isinstance(index, BlockArgument) or index.block in chain


def _bind(shares: Sequence[sharing.ShareOp], block: Block) -> None:
    if not scopes.needed_by_all_branches(shares, block):
        for share in shares:
            _resolve(share, share.x)
        return
    place = scopes.first_of(block, shares)
    e = Emitter(InsertPoint.before(place), shares[0].location)
    let = e(sharing.LetOp(hoisted(shares[0].x, {}, block, e)))
    let.name_hint = shares[0].result.name_hint or shares[0].x.name_hint
    for share in shares:
        _resolve(share, let)
    count("let")


def worth_a_table(share: sharing.ShareOp, own: Sequence[SSAValue]) -> bool:
    """
    Whether computing the shared term once more costs more flops per element than a table costs
    loads.
    """
    flops = 0
    seen: set[Operation] = set()
    pending = [share.x]
    blocks = {i.block for i in own if isinstance(i, BlockArgument)}
    while pending:
        op = pending.pop().owner
        if (
            not isinstance(op, Operation)
            or op in seen
            or not blocks & set(scopes.blocks_around(op))
        ):
            continue
        seen.add(op)
        flops += costs.flops(op) if not costs.is_cheap(op) else 0
        pending.extend(op.operands)
    return flops >= TABLE_FLOPS


def _tabulate(
    shares: Sequence[sharing.ShareOp], own: Sequence[tuple[SSAValue, ...]], block: Block
) -> None:
    place = scopes.first_of(block, shares)
    e = Emitter(InsertPoint.before(place), shares[0].location)
    sizes = [_size(i, shares[0]) for i in own[0]]
    for share, indices in zip(shares, own):
        if [_size(i, share) for i in indices] != sizes:
            raise LetgradError("shares of one stamp range over different sizes", share)
    body = Block(arg_types=[ten.index_type] * len(sizes))
    inner = Emitter(InsertPoint.at_end(body), shares[0].location)
    mapping: dict[SSAValue, SSAValue] = dict(zip(own[0], body.args))
    inner.insert(ten.YieldOp(hoisted(shares[0].x, mapping, block, inner)))
    table = e(sharing.LetOp(e(ten.BuildOp(sizes, Region(body)))))
    table.name_hint = shares[0].result.name_hint or shares[0].x.name_hint
    for share, indices in zip(shares, own):
        _resolve(share, Emitter.before(share)(ten.IndexOp(table, indices)))
    count("table")


def _size(index: SSAValue, at: Operation) -> int:
    parent = index.block.parent_op() if isinstance(index, BlockArgument) else None
    if not isinstance(parent, ten.IndexRegionOp):
        raise LetgradError("an index argument of this share is of no index region", at)
    return parent.domain[index.index]  # type: ignore[union-attr]


def hoisted(
    value: SSAValue, mapping: dict[SSAValue, SSAValue], block: Block, e: Emitter
) -> SSAValue:
    """
    `value` at the emitter's place, in `block`: its ops are made again there, down to what is
    visible in `block`. The ones in the regions die with their last use.
    """
    pending = [value]
    while pending:
        x = pending[-1]
        op = x.owner
        if x in mapping or not isinstance(op, Operation) or _is_visible(op, block):
            mapping.setdefault(x, x)
            pending.pop()
            continue
        needs = [
            y
            for inner in op.walk()
            for y in inner.operands
            if y not in mapping and not _inside(y, op)
        ]
        if needs:
            pending.extend(needs)
            continue
        pending.pop()
        copy = e.insert(op.clone({x: y for x, y in mapping.items()}))
        mapping.update(zip(op.results, copy.results))
    return mapping[value]


def _is_visible(op: Operation, block: Block) -> bool:
    around = scopes.blocks_around(block.last_op) if block.last_op is not None else [block]
    return op.parent in around


def _inside(value: SSAValue, op: Operation) -> bool:
    """Whether a value is defined in a region of `op`."""
    owner = value.owner.parent_op() if isinstance(value.owner, Block) else value.owner
    while owner is not None:
        if isinstance(value.owner, Block) and owner is op:
            return True
        owner = owner.parent_op()
        if owner is op:
            return True
    return False


def _resolve(share: sharing.ShareOp, value: SSAValue) -> None:
    """Replace a share by a value, and erase what computed it if nothing else needs it."""
    x = share.x
    Rewriter.replace_op(share, [], [value])
    erase_dead(x)


def _remove(share: sharing.ShareOp) -> None:
    x = share.x
    share.detach()
    share.erase()
    erase_dead(x)


def erase_dead(value: SSAValue) -> None:
    """Erase the op of a value that nothing uses, and those that only it used."""
    pending = [value]
    while pending:
        x = pending.pop()
        op = x.owner
        if (
            not isinstance(op, Operation)
            or op.parent is None
            or any(r.first_use is not None for r in op.results)
        ):
            continue
        operands = list(op.operands)
        op.detach()
        op.erase()
        pending.extend(operands)
