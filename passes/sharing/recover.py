"""
Recover sharing: every stamp becomes one let, or none.

Needs:   nothing.
Leaves:  no `sharing.share`.
Keeps:   the value.
Ends:    the pass takes each stamp once, in the order of the program; the parts of a term come
         before the term.

The pass computes the value of a stamp in the innermost block that contains all shares of the stamp,
before the first share:

    region {… share e {7} …}, region {… share e {7} …}
        →   let v = e; region {… v …}, region {… v …}

The pass does not move the value out of conditional branches, unless every branch needs it.
Otherwise each branch with several shares gets a let of its own. Of two conditionals on one
condition, the first gives out its let for the second. If e depends on index arguments, the pass
tabulates e over their sizes, if that costs less than computing e again:

    region (i) {… share e(i) {7} [i] …}, region (j) {… share e(j) {7} [j] …}
        →   let t = build (k) {e(k)}; region (i) {… t[i] …}, region (j) {… t[j] …}

If the bulk value is there already, the shares read it:

    t = x * y; region (i) {… share (x[i] * y[i]) {7} [i] …}   →   t = x * y; region (i) {… t[i] …}

One let serves all components of an index that are under it. If a stamp has only one share left, the
share becomes its value.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import prod

from xdsl.context import Context
from xdsl.dialects import func, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import sharing, ten, types
from ...dialects.types import ints, shape
from ..rewriting import costs, remarks, scopes
from ..rewriting.driver import count
from ..rewriting.emitter import COMMUTATIVE, Emitter
from ..rewriting.functions import functions
from ..rewriting.remarks import Why
from . import numbering
from .numbering import Numbering
from .shared_terms import arguments_of, check_stamps, shares_by_stamp

USERS_SEEN = 64
"""
The pass looks at no more than this many users of a value for a bulk value that exists already.
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
            recovery = Recovery(function)
            for shares in groups.values():
                recovery.take(shares)
            for share in list(function.walk()):
                if isinstance(share, sharing.ShareOp):  # a copy of one that came too late
                    resolve(share, share.x)


@dataclass
class Recovery:
    """One function, and the order of its ops at the time when the pass looked for stamps."""

    function: func.FuncOp
    order: dict[Operation, int] = field(init=False)

    def __post_init__(self) -> None:
        self.order = {op: k for k, op in enumerate(self.function.walk())}

    def take(self, shares: Sequence[sharing.ShareOp]) -> None:
        """Replace the shares of one stamp, in their order, by one let, or by the shared value."""
        # Unneeded shares may have been erased with another stamp.
        there = [share for share in shares if share.parent is not None and self.has(share)]
        for share in there:
            if share.result.first_use is None:
                remove(share)
        # In a function with jumps, a let of the first block serves all blocks. No other block is
        # around the shares of several blocks.
        blocks: dict[Block, list[sharing.ShareOp]] = {}
        for share in there:
            if share.parent is not None:
                blocks.setdefault(scopes.blocks_around(share)[0], []).append(share)
        first = self.function.body.blocks[0]
        if first in blocks and scopes.needed_by_all_branches(blocks[first], first):
            blocks = {first: [share for group in blocks.values() for share in group]}
        for group in blocks.values():
            self.recover(group)

    def has(self, share: sharing.ShareOp) -> bool:
        return scopes.blocks_around(share)[0].parent is self.function.body

    def recover(self, shares: Sequence[sharing.ShareOp]) -> None:
        if not shares:
            return
        arguments = {share: arguments_of(share) for share in shares}
        if self.is_there(shares, arguments):
            return
        if len(shares) == 1:
            resolve(shares[0], shares[0].x)
            return
        block = block_for(shares, arguments)
        own = {s: tuple(i for i in arguments[s] if not _is_around(i, block)) for s in shares}
        why = apart(shares, arguments, own[shares[0]], block)
        if why is None:
            self.share_at(shares, own, scopes.ancestor_in(block, shares[0]), len(shares))
        elif not self.recover_in_one_branch(shares, arguments, own, block):
            what, n = shares[0].x, len(shares)
            remarks.missed(
                RecoverPass.name,
                "table" if own[shares[0]] else "let",
                what,
                lambda: f"{n} copies of {_name(what)} are not one value: {why()}",
            )
            self.recover_apart(shares, arguments)

    def is_there(
        self,
        shares: Sequence[sharing.ShareOp],
        arguments: Mapping[sharing.ShareOp, tuple[BlockArgument, ...]],
    ) -> bool:
        """If a bulk value holds the shares, read the shares from it."""
        first = arguments[shares[0]]
        if not first or any(scopes.size_of(i) is None for i in first):
            return False
        around = scopes.blocks_around(shares[0])
        outside = around[min(around.index(i.block) for i in first) - 1]
        place = scopes.ancestor_in(outside, shares[0])
        table = Tables(first, place, self.order).of(shares[0].x)
        if table is None:
            return False
        read_instead(shares, arguments, table)
        count("existing table")
        return True

    def recover_in_one_branch(
        self,
        shares: Sequence[sharing.ShareOp],
        arguments: Mapping[sharing.ShareOp, tuple[BlockArgument, ...]],
        own: Mapping[sharing.ShareOp, tuple[BlockArgument, ...]],
        block: Block,
    ) -> bool:
        """
        Shares in the same branch of conditionals on the same condition, as for a value and its
        derivative: the first conditional gives out the let, and a zero from its other branch.

            if c {… e …}; if c {… e …}   →   x, l = if c {let l = e …; l} else {…; 0}; if c {… l …}
        """
        holders = {share: scopes.ancestor_in(block, share) for share in shares}
        branches: dict[Operation, set[int]] = {}
        for share, holder in holders.items():
            if not isinstance(holder, scf.IfOp) or not all(r.blocks for r in holder.regions):
                return False
            around = scopes.blocks_around(share)
            branches.setdefault(holder, set()).add(
                next(k for k, region in enumerate(holder.regions) if region.block in around)
            )
        first = holders[shares[0]]
        assert isinstance(first, scf.IfOp)
        taken = branches[first]
        if (
            len(branches) < 2
            or len(taken) > 1
            or any(other != taken for other in branches.values())
            or any(holder.cond is not first.cond for holder in branches)  # type: ignore[union-attr]
        ):
            return False
        branch = first.regions[next(iter(taken))].block
        here = [share for share in shares if holders[share] is first]
        indices = own[here[0]]
        if (
            any(len(own[share]) != len(indices) for share in shares)
            or any(scopes.size_of(i) is None for i in indices)
            or not scopes.needed_by_all_branches(here, branch)
            or (indices and no_table(shares, indices, block))
        ):
            return False
        let = self.share_at(here, own, scopes.ancestor_in(branch, here[0]), len(shares))
        given = self.give_out(first, branch, let)
        rest = [share for share in shares if holders[share] is not first]
        if indices:
            read_instead(rest, own, given)
        else:
            for share in rest:
                resolve(share, given)
        return True

    def give_out(self, old: scf.IfOp, branch: Block, value: SSAValue) -> SSAValue:
        """The conditional again, with one more result: a value of one branch, or zero."""
        for region in old.regions:
            last = region.block.last_op
            assert last is not None
            e = Emitter.before(last)
            extra = value if region.block is branch else e.constant(0, value.type)
            Rewriter.replace_op(last, scf.YieldOp(*last.operands, extra))
        regions = [old.detach_region(region) for region in list(old.regions)]
        new = scf.IfOp(old.cond, [*old.result_types, value.type], regions[0], regions[1])
        new.attributes.update(old.attributes)
        new.location = old.location
        Rewriter.insert_op(new, InsertPoint.before(old))
        for before, after in zip(old.results, new.results):
            after.name_hint = before.name_hint
            before.replace_all_uses_with(after)
        new.results[-1].name_hint = value.name_hint
        self.order[new] = self.order[old]
        Rewriter.erase_op(old)
        return new.results[-1]

    def recover_apart(
        self,
        shares: Sequence[sharing.ShareOp],
        arguments: Mapping[sharing.ShareOp, tuple[BlockArgument, ...]],
    ) -> None:
        """
        Groups of shares that have a place together: at the same indices, or in the same branch.
        """
        groups: dict[Hashable, list[sharing.ShareOp]] = {}
        for share in shares:
            groups.setdefault(arguments[share], []).append(share)
        if len(groups) == 1:
            common, groups = scopes.common_block(shares), {}
            for share in shares:
                around = [*scopes.blocks_around(share), share]
                groups.setdefault(around[around.index(common) + 1], []).append(share)
        for group in groups.values():
            self.recover(group)

    def share_at(
        self,
        shares: Sequence[sharing.ShareOp],
        own: Mapping[sharing.ShareOp, tuple[BlockArgument, ...]],
        place: Operation,
        copies: int,
    ) -> SSAValue:
        """Compute the shared value once, at `place`, for this number of copies. Return the let."""
        first = shares[0]
        what = _name(first.x)
        block = place.parent
        assert block is not None
        e = Emitter.before(place).derived(first, "recover")
        if own[first]:
            value = self.build(first, own[first], block, e)
        else:
            move_out(first.x, place)
            value = first.x
        let = e(sharing.LetOp(value))
        let.name_hint = first.result.name_hint or first.x.name_hint
        if own[first]:
            read_instead(shares, own, let)
        else:
            for share in shares:
                resolve(share, let)
        kind = "table" if own[first] else "let"
        count(kind)
        remarks.passed(
            RecoverPass.name,
            kind,
            let,
            lambda: f"{copies} copies of {what} are one value",
        )
        return let

    def build(
        self, share: sharing.ShareOp, own: Sequence[BlockArgument], block: Block, e: Emitter
    ) -> SSAValue:
        """The term of a share as a function of its own indices."""
        sizes = [size for i in own if (size := scopes.size_of(i)) is not None]
        body = Block(arg_types=[ten.index_type] * len(sizes))
        inner = Emitter(InsertPoint.at_end(body), share.location)
        mapping: dict[SSAValue, SSAValue] = dict(zip(own, body.args))
        for op in made_of(share.x, block):
            inner.insert(op.clone(mapping))
        inner.insert(ten.YieldOp(mapping.get(share.x, share.x)))
        return e(ten.BuildOp(sizes, Region(body)))


@dataclass
class Tables:
    """
    Finds bulk values that hold, at the indices `own`, the values that their region computes.

        x * y, for x[i] * y[i];   x, for x[i]
    """

    own: Sequence[BlockArgument]
    place: Operation
    order: Mapping[Operation, int]
    known: dict[SSAValue, SSAValue | None] = field(default_factory=dict)

    def of(self, value: SSAValue) -> SSAValue | None:
        """The table of `value`, or None."""
        if value not in self.known:
            self.known[value] = None
            self.known[value] = self.find(value)
        return self.known[value]

    def find(self, value: SSAValue) -> SSAValue | None:
        op = value.owner
        if not isinstance(op, Operation):
            return None
        if isinstance(op, sharing.LetOp | sharing.ShareOp):
            return self.of(op.x)
        if isinstance(op, ten.IndexOp):
            whole = tuple(op.indices) == tuple(self.own) and shape(op.t.type) == self.sizes
            return op.t if whole and self.is_before(op.t) else None
        if op.regions or len(op.results) != 1 or op.dialect_name() not in ("arith", "math"):
            return None
        for x in op.operands:
            if _is_around(x, self.place.parent) or (t := self.of(x)) is None:
                continue
            for use in islice(t.uses, USERS_SEEN):
                if self.is_bulk_of(use.operation, op):
                    return use.operation.results[0]
        return None

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(size for i in self.own if (size := scopes.size_of(i)) is not None)

    def is_before(self, value: SSAValue) -> bool:
        """Whether a value may be used at the place."""
        block = self.place.parent
        assert block is not None
        if not _is_around(value, block):
            return False
        op = value.owner
        if not isinstance(op, Operation):
            return True
        assert op.parent is not None
        at = self.place if op.parent is block else scopes.ancestor_in(op.parent, self.place)
        return op in self.order and at in self.order and self.order[op] < self.order[at]

    def is_bulk_of(self, bulk: Operation, op: Operation) -> bool:
        """Whether `bulk` is the result of `op`, for all indices."""
        if (
            type(bulk) is not type(op)
            or bulk.properties != op.properties
            or bulk.attributes != op.attributes
            or shape(bulk.results[0].type) != self.sizes
            or not self.is_before(bulk.results[0])
        ):
            return False
        orders = [list(bulk.operands)]
        if op.__class__ in COMMUTATIVE:
            orders.append(list(reversed(bulk.operands)))
        return any(all(map(self.holds, xs, op.operands)) for xs in orders)

    def holds(self, tensor: SSAValue, x: SSAValue) -> bool:
        """Whether `tensor` holds x for all indices."""
        if (number := types.constant_value(x)) is not None:
            return types.constant_value(tensor) == number
        if isinstance(tensor.owner, ten.BroadcastOp) and tensor.owner.x is x:
            return len(ints(tensor.owner.dims)) == len(self.own)
        return not _is_around(x, self.place.parent) and self.of(x) is tensor


def block_for(
    shares: Sequence[sharing.ShareOp],
    arguments: Mapping[sharing.ShareOp, tuple[BlockArgument, ...]],
) -> Block:
    """The innermost block that has all shares inside, and is outside of the indices that differ."""
    block = scopes.common_block(shares)
    varying = {i for column in zip(*arguments.values()) if len(set(column)) > 1 for i in column}
    around = scopes.blocks_around(scopes.ancestor_in(block, shares[0]))
    for k, outer in enumerate(around):
        if any(i.block is outer for i in varying):
            return around[k - 1]
    return block


def _is_around(value: SSAValue, block: Block | None) -> bool:
    """Whether `block`, or a block around it, defines a value."""
    assert block is not None and block.last_op is not None
    home = value.block if isinstance(value, BlockArgument) else value.owner.parent  # type: ignore[union-attr]
    return home in scopes.blocks_around(block.last_op)


def made_of(value: SSAValue, block: Block) -> list[Operation]:
    """The ops below `block` that `value` depends on, each after its operands."""
    found: dict[Operation, None] = {}
    pending = [value]
    while pending:
        x = pending[-1]
        op = x.owner
        if not isinstance(op, Operation) or op in found or _is_around(x, block):
            pending.pop()
            continue
        needs = [
            y
            for y in scopes.operands_of(op)
            if isinstance(y.owner, Operation) and y.owner not in found and not _is_around(y, block)
        ]
        pending.extend(needs)
        if not needs:
            pending.pop()
            found[op] = None
    return list(found)


def move_out(value: SSAValue, place: Operation) -> None:
    """Put the ops that `value` depends on before `place`, where all their operands are visible."""
    block = place.parent
    assert block is not None
    for op in made_of(value, block):
        op.detach()
        Rewriter.insert_op(op, InsertPoint.before(place))


def apart(
    shares: Sequence[sharing.ShareOp],
    arguments: Mapping[sharing.ShareOp, tuple[BlockArgument, ...]],
    own: Sequence[BlockArgument],
    block: Block,
) -> Why | None:
    """Why no single place in `block` computes all shares, if there is none."""
    if len({len(given) for given in arguments.values()}) > 1:
        return lambda: "they depend on different numbers of indices"
    if any(scopes.size_of(i) is None for i in own):
        return lambda: "they depend on the counter of a loop, or on a value that it carries"
    if not scopes.needed_by_all_branches(shares, block):
        return lambda: "not every branch around them needs it"
    return no_table(shares, own, block) if own else None


def no_table(
    shares: Sequence[sharing.ShareOp], own: Sequence[BlockArgument], block: Block
) -> Why | None:
    """
    Why it is better to compute the term again for each share than to use a table, if it is. A table
    is computed once for each of its elements, stored, and loaded as often as the shares run.
    """
    ops = numbering.between(own, shares[0].x)
    if all(costs.is_cheap(op) for op in ops):
        return lambda: "computing it is as cheap as reading it"
    once = sum(map(costs.cost_once, ops))
    elements = types.size(shares[0].x.type)
    runs = sum(scopes.trips(share, block) for share in shares)
    places = prod(size for i in own if (size := scopes.size_of(i)) is not None)
    table = places * (once + costs.STORE * elements) + runs * costs.LOAD * elements
    if table <= runs * once:
        return None
    return lambda: (
        f"a table of {places} costs as much as {table} flops, "
        f"computing it {runs} times {runs * once}"
    )


def _name(value: SSAValue) -> str:
    return value.owner.name if isinstance(value.owner, Operation) else "an argument"


def read_instead(
    shares: Sequence[sharing.ShareOp],
    own: Mapping[sharing.ShareOp, Sequence[SSAValue]],
    table: SSAValue,
) -> None:
    """Replace shares by reads of a table at their own indices."""
    for share in shares:
        resolve(share, Emitter.before(share)(ten.IndexOp(table, own[share])))


def resolve(share: sharing.ShareOp, value: SSAValue) -> None:
    """Replace a share by a value, and erase the ops that only the share needed."""
    x = share.x
    Rewriter.replace_op(share, [], [value])
    erase_dead(x)


def remove(share: sharing.ShareOp) -> None:
    """Erase a share that nothing uses."""
    x = share.x
    share.detach()
    share.erase()
    erase_dead(x)


def erase_dead(value: SSAValue) -> None:
    """Erase the op of a value that nothing uses, and the ops that only this op used."""
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
        operands = scopes.operands_of(op)
        op.detach()
        op.erase()
        pending.extend(operands)
