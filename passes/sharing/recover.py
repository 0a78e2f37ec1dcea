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

A share at a computed index reads the table there, if the bounds of the index are known:

    region (i) {… share e(i) {7} [i] …}, region (j) {… share e(4 - j) {7} [4 - j] …}
        →   let t = build (k) {e(k)}; region (i) {… t[i] …}, region (j) {… t[4 - j] …}

If the bulk value is there already, the shares read it:

    t = x * y; region (i) {… share (x[i] * y[i]) {7} [i] …}   →   t = x * y; region (i) {… t[i] …}

One let serves all components of an index that are under it. If a stamp has only one share left, the
share becomes its value.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import prod
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import sharing, ten, types
from ...dialects.op_kinds import Kinds
from ...dialects.op_names import op_name
from ...dialects.types import ints, shape
from ...dialects.walking import ops_in
from ..rewriting import costs, remarks, scopes
from ..rewriting.driver import count
from ..rewriting.emitter import COMMUTATIVE, Emitter
from ..rewriting.functions import functions
from ..rewriting.remarks import Why
from . import numbering
from .functions_of_indices import Applied, Range, Terms, Undone
from .shared_terms import Shown, Stamps, check_stamps

USERS_SEEN = 64
"""
The pass looks at no more than this many users of a value for a bulk value that exists already.
"""


class RecoverPass(ModulePass):
    """Turns stamps into lets."""

    name = "sharing-recover"
    seeks: ClassVar[Kinds] = (sharing.ShareOp,)

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in functions(op):
            stamps = Stamps.of(function) if function.body.blocks else None
            if stamps is None:
                continue
            check_stamps(stamps)
            for share in stamps.values:
                stamps.shown_by(share)  # while the terms are as they were compared
            recovery = Recovery(function, stamps)
            for shares in stamps.groups.values():
                recovery.take(shares)
            for share in list(ops_in(function)):
                if isinstance(share, sharing.ShareOp):  # a copy of one that came too late
                    resolve(share, share.x)


@dataclass(frozen=True)
class Argument:
    """An argument of a share: the value, and the same as a function of the indices around it."""

    value: SSAValue
    applied: Applied


Arguments = Mapping[sharing.ShareOp, tuple[Argument, ...]]


@dataclass(frozen=True)
class Own:
    """
    How a table holds shares: the arguments that the table is over, with the range of each, and a
    share whose term shows the function.
    """

    arguments: Arguments
    ranges: tuple[Range | None, ...]
    share: sharing.ShareOp
    undone: tuple[Undone, ...] | None
    """The variables of the share as functions of its arguments, if its term needs these."""

    all_read_all: bool
    """Whether each share may read each element of the table."""

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple([r[1] - r[0] + 1 for r in self.ranges if r is not None])


@dataclass
class Recovery:
    """One function, and the order of its ops at the time when the pass looked for stamps."""

    function: func.FuncOp
    stamps: Stamps
    order: dict[Operation, int] = field(init=False)

    def __post_init__(self) -> None:
        self.order = {op: k for k, op in enumerate(ops_in(self.function))}

    @property
    def terms(self) -> Terms:
        return self.stamps.terms

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
        shares = self.read_existing(shares)
        if not shares:
            return
        if len(shares) == 1:
            resolve(shares[0], shares[0].x)
            return
        found = self.one_function(shares)
        if found is None:
            self.recover_apart(shares, None)
            return
        arguments, shown = found
        block = block_for(shares, arguments)
        own = self.own(shares, arguments, shown, block)
        unknown = [
            share
            for share in shares
            if any(self.terms.range_of(x.applied) is None for x in own.arguments[share])
        ]
        if 0 < len(unknown) < len(shares):
            # The others can have a table.
            n, k, what = len(shares), len(unknown), shares[0].x
            remarks.missed(
                RecoverPass.name,
                "table",
                what,
                lambda: (
                    f"{k} of {n} copies of {_name(what)} are not in a table: "
                    "the bounds of their indices are not known"
                ),
            )
            self.recover([share for share in shares if share not in unknown])
            self.recover_apart(unknown, arguments)
            return
        why = self.apart(shares, own, block)
        if why is None:
            self.share_at(shares, own, scopes.ancestor_in(block, shares[0]), len(shares))
        elif not self.recover_in_one_branch(shares, own, block):
            what, n = shares[0].x, len(shares)
            remarks.missed(
                RecoverPass.name,
                "table" if own.ranges else "let",
                what,
                lambda: f"{n} copies of {_name(what)} are not one value: {why()}",
            )
            self.recover_apart(shares, arguments)

    def one_function(self, shares: Sequence[sharing.ShareOp]) -> tuple[Arguments, Shown] | None:
        """
        The arguments at which the shares show one function, and a share that shows it. Terms that
        are the same function of the indices around them need no other arguments than these.
        """
        terms = self.terms
        values = [self.stamps.values[share] for share in shares]
        fixed = {tuple(v for v in x.to if scopes.size_of(v) is None) for x in values}
        if len({x.function for x in values}) == 1 and len(fixed) == 1:
            first = values[0].to
            order = sorted(range(len(first)), key=lambda k: terms.order(first[k]))
            arguments = {
                share: tuple([Argument(x.to[k], terms.variable(x.to[k])) for k in order])
                for share, x in zip(shares, values)
            }
            given = tuple([x.applied for x in arguments[shares[0]]])
            return arguments, Shown(shares[0], given, None)
        shown = next((s for share in shares if (s := self.stamps.shown_by(share))), None)
        if shown is None:
            return None
        to = set(self.stamps.values[shown.share].to)
        needed = [k for k, x in enumerate(shown.arguments) if to & set(x.to)]
        given = {share: self.given(share) for share in shares}
        arguments = {share: tuple([given[share][k] for k in needed]) for share in shares}
        undone = None if shown.undone is None else tuple([shown.undone[k] for k in needed])
        return arguments, Shown(shown.share, tuple([shown.arguments[k] for k in needed]), undone)

    def given(self, share: sharing.ShareOp) -> tuple[Argument, ...]:
        """The arguments of a share, with their values."""
        applied = self.stamps.arguments(share)
        listed = len(share.indices)
        return tuple(
            [
                Argument(share.indices[k] if k < listed else x.to[0], x)
                for k, x in enumerate(applied)
            ]
        )

    def own(
        self,
        shares: Sequence[sharing.ShareOp],
        arguments: Arguments,
        shown: Shown,
        block: Block,
    ) -> Own:
        """
        The arguments for which a table in `block` needs a dimension: they differ between the
        shares, or are not known there.
        """
        needed: list[int] = []
        ranges: list[Range | None] = []
        all_read_all = True
        for k, column in enumerate(zip(*(arguments[share] for share in shares))):
            differ = len({x.applied for x in column}) > 1
            if not differ and all(_is_around(v, block) for x in column for v in x.applied.to):
                continue
            needed.append(k)
            each = [self.terms.range_of(x) for x in dict.fromkeys(x.applied for x in column)]
            all_read_all = all_read_all and len(set(each)) == 1
            known = [r for r in each if r is not None]
            ranges.append(
                (min(r[0] for r in known), max(r[1] for r in known))
                if len(known) == len(each)
                else None
            )
        return Own(
            {share: tuple([arguments[share][k] for k in needed]) for share in shares},
            tuple(ranges),
            shown.share,
            None if shown.undone is None else tuple([shown.undone[k] for k in needed]),
            all_read_all,
        )

    def read_existing(self, shares: Sequence[sharing.ShareOp]) -> Sequence[sharing.ShareOp]:
        """
        If a bulk value holds the shares, read them from it. Return the shares that are left.
        """
        if not shares:
            return ()
        found = self.one_function(shares)
        if found is not None:
            arguments, shown = found
            left = self.read_from_table(shares, arguments, shown.share)
            if len(left) < len(shares):
                return left
        for share in shares:
            # A share at a computed index may show no function, and yet be in a table.
            given = {share: self.given(share)}
            computed = any(isinstance(i.owner, Operation) for i in share.indices)
            if computed and not self.read_from_table([share], given, share):
                shares = [s for s in shares if s is not share]
        return shares

    def read_from_table(
        self, shares: Sequence[sharing.ShareOp], arguments: Arguments, by: sharing.ShareOp
    ) -> Sequence[sharing.ShareOp]:
        """Read shares from the table of the function that one of them shows."""
        own = arguments[by]
        variables = {v for share in shares for x in arguments[share] for v in x.applied.to}
        if not own or any(scopes.size_of(v) is None for v in variables):
            return shares
        block = outside_of(variables, scopes.common_block(shares), shares[0])
        place = scopes.ancestor_in(block, shares[0])
        tables = Tables([x.value for x in own], place, self.order)
        table = tables.of(by.x)
        if table is None:
            return shares
        sizes = shape(table.type)
        held, left = [], []
        for share in shares:
            ranges = [self.terms.range_of(x.applied) for x in arguments[share]]
            inside = all(r is not None and r[0] >= 0 and r[1] < n for r, n in zip(ranges, sizes))
            (held if inside else left).append(share)
        for share in held:
            at = [x.value for x in arguments[share]]
            resolve(share, Emitter.before(share)(ten.IndexOp(table, at)))
        if held:
            count("existing table")
        return left

    def apart(self, shares: Sequence[sharing.ShareOp], own: Own, block: Block) -> Why | None:
        """Why no single place in `block` computes all shares, if there is none."""
        if None in own.ranges:
            variables = {v for given in own.arguments.values() for x in given for v in x.applied.to}
            if any(scopes.size_of(v) is None for v in variables):
                return lambda: "they depend on the counter of a loop, or on a value that it carries"
            return lambda: "the bounds of an index are not known"
        if not scopes.needed_by_all_branches(shares, block):
            return lambda: "not every branch around them needs it"
        if not own.ranges:
            return None
        if not self.is_defined(own, block):
            return lambda: "their term reads indices that are no functions of its arguments"
        return self.no_table(shares, own, block)

    def no_table(self, shares: Sequence[sharing.ShareOp], own: Own, block: Block) -> Why | None:
        """
        Why it is better to compute the term again for each share than to use a table, if it is. A
        table is computed once for each of its elements, stored, and loaded as often as the shares
        run.
        """
        variables = {v for x in own.arguments[own.share] for v in x.applied.to}
        made = set(self.definition(own, block)[0])
        ops = [op for op in numbering.between([*variables], own.share.x) if op in made]
        if all(costs.is_cheap(op) for op in ops):
            return lambda: "computing it is as cheap as reading it"
        once = sum(map(costs.cost_once, ops))
        elements = types.size(own.share.x.type)
        runs = sum(scopes.trips(share, block) for share in shares)
        # If a share reads more of the table than others, and is in a branch that is not taken,
        # nobody needs all of the table.
        sure = sum(
            scopes.trips(share, block)
            for share in shares
            if own.all_read_all or scopes.needed_by_all_branches([share], block)
        )
        places = prod(own.sizes)
        table = places * (once + costs.STORE * elements) + runs * costs.LOAD * elements
        if table <= sure * once:
            return None
        return lambda: (
            f"a table of {places} costs as much as {table} flops, "
            f"computing it {sure} times {sure * once}"
        )

    def recover_in_one_branch(
        self,
        shares: Sequence[sharing.ShareOp],
        own: Own,
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
        if (
            own.share not in here
            or None in own.ranges
            or not scopes.needed_by_all_branches(here, branch)
            or (own.ranges and not self.is_defined(own, branch))
            or (own.ranges and self.no_table(shares, own, block))
        ):
            return False
        let = self.share_at(here, own, scopes.ancestor_in(branch, here[0]), len(shares))
        given = self.give_out(first, branch, let)
        read_instead([share for share in shares if holders[share] is not first], own, given)
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

    def recover_apart(self, shares: Sequence[sharing.ShareOp], arguments: Arguments | None) -> None:
        """
        Groups of shares that have a place together: of the same term, at the same indices, or in
        the same branch.
        """
        groups: dict[Hashable, list[sharing.ShareOp]] = {}
        for share in shares:
            groups.setdefault(self.stamps.values[share].function, []).append(share)
        if len(groups) == 1 and arguments is not None:
            groups = {}
            for share in shares:
                key = tuple([x.applied for x in arguments[share]])
                groups.setdefault(key, []).append(share)
        if len(groups) == 1:
            common, groups = scopes.common_block(shares), {}
            for share in shares:
                around = [*scopes.blocks_around(share), share]
                groups.setdefault(around[around.index(common) + 1], []).append(share)
        for group in groups.values():
            self.recover(group)

    def share_at(
        self, shares: Sequence[sharing.ShareOp], own: Own, place: Operation, copies: int
    ) -> SSAValue:
        """Compute the shared value once, at `place`, for this number of copies. Return the let."""
        first = shares[0]
        what = _name(first.x)
        block = place.parent
        assert block is not None
        e = Emitter.before(place).derived(first, "recover")
        if own.ranges:
            value = self.build(own, block, e)
        else:
            move_out(first.x, place)
            value = first.x
        let = e(sharing.LetOp(value))
        let.name_hint = first.result.name_hint or first.x.name_hint
        read_instead(shares, own, let)
        kind = "table" if own.ranges else "let"
        count(kind)
        remarks.passed(
            RecoverPass.name,
            kind,
            let,
            lambda: f"{copies} copies of {what} are one value",
        )
        return let

    def build(self, own: Own, block: Block, e: Emitter) -> SSAValue:
        """The function of the shares, as a table."""
        share = own.share
        body = Block(arg_types=[ten.index_type] * len(own.ranges))
        inner = Emitter(InsertPoint.at_end(body), share.location)
        values = [plus(arg, r[0], inner) for arg, r in zip(body.args, own.ranges) if r is not None]
        ops, places = self.definition(own, block)
        mapping = {x: values[k] for x, k in places.items()}
        undone = {u.variable: (u, values[k]) for k, u in enumerate(own.undone or ())}
        for v in variables_of(ops, share.x, block, mapping):
            if v in undone:
                mapping[v] = undo(*undone[v], inner)
            else:
                mapping[v] = inner.constant(0, v.type)
        for op in ops:
            inner.insert(op.clone(mapping))
        inner.insert(ten.YieldOp(mapping.get(share.x, share.x)))
        return e(ten.BuildOp(own.sizes, Region(body)))

    def definition(self, own: Own, block: Block) -> tuple[list[Operation], dict[SSAValue, int]]:
        """
        The ops that compute the function of the shares from its arguments, and the values that are
        arguments.
        """
        known = self.terms.known
        x = own.share.x
        places = {argument.applied: k for k, argument in enumerate(own.arguments[own.share])}
        ops = made_of(x, block)
        read = [x, *(y for op in ops for inner in op.walk() for y in inner.operands)]
        found = {y: places[known[y]] for y in read if known.get(y) in places}
        return made_of(x, block, found), found

    def is_defined(self, own: Own, block: Block) -> bool:
        """
        Whether the ops compute the function from its arguments. They may read other indices, where
        a part of the term became a read of a table at these.
        """
        ops, places = self.definition(own, block)
        known = {v for u in own.undone or () for v in (u.variable, *u.zero)}
        needed = self.stamps.values[own.share].to
        left = variables_of(ops, own.share.x, block, places)
        return all(v in known or v not in needed for v in left)


def plus(x: SSAValue, constant: int, e: Emitter) -> SSAValue:
    """x + constant"""
    if not constant:
        return x
    return e(arith.AddiOp(x, e.constant(constant, x.type)))


def undo(u: Undone, x: SSAValue, e: Emitter) -> SSAValue:
    """The variable that gives x: sign · (x - constant)"""
    if u.sign > 0:
        return plus(x, -u.constant, e)
    return e(arith.SubiOp(e.constant(u.constant, x.type), x))


@dataclass
class Tables:
    """
    Finds bulk values that hold, at the indices `own`, the values that their region computes, if the
    indices are inside. All of them have the same sizes.

        x * y, for x[i] * y[i];   x, for x[i]
    """

    own: Sequence[SSAValue]
    place: Operation
    order: Mapping[Operation, int]
    sizes: tuple[int, ...] | None = None
    """The sizes of the first one that was found."""
    known: dict[SSAValue, SSAValue | None] = field(default_factory=dict)

    def of(self, value: SSAValue) -> SSAValue | None:
        """The table of `value`, or None."""
        pending = [value]
        while pending:
            x = pending[-1]
            needs = [y for y in self.parts(x) if y not in self.known]
            if x not in self.known and needs:
                pending.extend(needs)
                continue
            pending.pop()
            if x not in self.known:
                self.known[x] = self.find(x)
        return self.known[value]

    def parts(self, value: SSAValue) -> Sequence[SSAValue]:
        """The values whose tables make the table of a value."""
        op = value.owner
        if value in self.known or not isinstance(op, Operation):
            return ()
        if isinstance(op, sharing.LetOp | sharing.ShareOp):
            return (op.x,)
        if not is_elementwise(op):
            return ()
        return [x for x in op.operands if not _is_around(x, self.place.parent)]

    def find(self, value: SSAValue) -> SSAValue | None:
        """The table of a value, given those of its parts."""
        op = value.owner
        if not isinstance(op, Operation):
            return None
        if isinstance(op, sharing.LetOp | sharing.ShareOp):
            return self.known[op.x]
        if isinstance(op, ten.IndexOp):
            sizes = shape(op.t.type)
            if (
                tuple(op.indices) != tuple(self.own)
                or len(sizes) != len(self.own)
                or self.sizes not in (None, sizes)
                or not self.is_before(op.t)
            ):
                return None
            self.sizes = sizes
            return op.t
        if not is_elementwise(op):
            return None
        for x in op.operands:
            if (t := self.known.get(x)) is None:
                continue
            for use in islice(t.uses, USERS_SEEN):
                if self.is_bulk_of(use.operation, op):
                    return use.operation.results[0]
        return None

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
        return self.known.get(x) is tensor


def is_elementwise(op: Operation) -> bool:
    return not op.regions and len(op.results) == 1 and op.dialect_name() in ("arith", "math")


def block_for(shares: Sequence[sharing.ShareOp], arguments: Arguments) -> Block:
    """The innermost block that has all shares inside, and is outside of the indices that differ."""
    varying = {
        v
        for column in zip(*(arguments[share] for share in shares))
        if len({x.applied for x in column}) > 1
        for x in column
        for v in x.applied.to
    }
    return outside_of(varying, scopes.common_block(shares), shares[0])


def outside_of(variables: Collection[BlockArgument], block: Block, inside: Operation) -> Block:
    """The innermost block around `block` that is outside of the regions of these variables."""
    around = scopes.blocks_around(scopes.ancestor_in(block, inside))
    for k, outer in enumerate(around):
        if any(v.block is outer for v in variables):
            return around[k - 1]
    return block


def _is_around(value: SSAValue, block: Block | None) -> bool:
    """Whether `block`, or a block around it, defines a value."""
    assert block is not None and block.last_op is not None
    home = value.block if isinstance(value, BlockArgument) else value.owner.parent
    return home in scopes.blocks_around(block.last_op)


def made_of(value: SSAValue, block: Block, known: Container[SSAValue] = ()) -> list[Operation]:
    """
    The ops below `block` that `value` depends on, each after its operands. Known values need no
    ops.
    """
    found: dict[Operation, None] = {}

    def is_missing(x: SSAValue) -> bool:
        op = x.owner
        return (
            isinstance(op, Operation)
            and op not in found
            and x not in known
            and not _is_around(x, block)
        )

    pending = [value]
    while pending:
        x = pending[-1]
        if not is_missing(x):
            pending.pop()
            continue
        assert isinstance(x.owner, Operation)
        needs = [y for y in scopes.operands_of(x.owner) if is_missing(y)]
        pending.extend(needs)
        if not needs:
            pending.pop()
            found[x.owner] = None
    return list(found)


def variables_of(
    ops: Sequence[Operation], value: SSAValue, block: Block, known: Container[SSAValue]
) -> list[BlockArgument]:
    """
    The variables from inside of `block` that ops and their value read, and that are not known.
    """
    inside = {b for op in ops for o in op.walk() for region in o.regions for b in region.blocks}
    read = dict.fromkeys(x for op in ops for o in op.walk() for x in o.operands)
    return [
        x
        for x in (*read, value)
        if isinstance(x, BlockArgument)
        and x not in known
        and x.block not in inside
        and not _is_around(x, block)
    ]


def move_out(value: SSAValue, place: Operation) -> None:
    """Put the ops that `value` depends on before `place`, where all their operands are visible."""
    block = place.parent
    assert block is not None
    ops = made_of(value, block)
    e = Emitter.before(place)
    # The term does not depend on these, as `i - i` does not depend on i.
    zeros: dict[SSAValue, SSAValue] = {
        v: e.constant(0, v.type) for v in variables_of(ops, value, block, ())
    }
    for op in ops:
        op.detach()
        Rewriter.insert_op(op, InsertPoint.before(place))
        if zeros:
            scopes.rename(op, zeros)


def _name(value: SSAValue) -> str:
    return op_name(value.owner) if isinstance(value.owner, Operation) else "an argument"


def read_instead(shares: Sequence[sharing.ShareOp], own: Own, let: SSAValue) -> None:
    """Replace shares by the value of a let, or by reads of a table at their own arguments."""
    for share in shares:
        if not own.ranges:
            resolve(share, let)
            continue
        e = Emitter.before(share)
        at = [plus(x.value, -r[0], e) for x, r in zip(own.arguments[share], own.ranges) if r]
        resolve(share, e(ten.IndexOp(let, at)))


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
