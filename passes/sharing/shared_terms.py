"""The stamps of a function, and the check that each stamp is on one term."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from weakref import WeakKeyDictionary

from xdsl.dialects import func
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, i64
from xdsl.ir import BlockArgument, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import sharing, types
from ...dialects.op_kinds import may_have
from ...dialects.walking import all_ops, ops_in
from ..rewriting import costs, locations, remarks, scopes
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..rewriting.functions import functions
from .functions_of_indices import Applied, Terms, Undone, is_opaque
from .numbering import is_costly


def shares_by_stamp(function: func.FuncOp) -> dict[int, list[sharing.ShareOp]]:
    """The shares of a function, by their stamps."""
    groups: dict[int, list[sharing.ShareOp]] = {}
    if not may_have(function, (sharing.ShareOp,)):
        return groups  # as in nearly all programs
    for op in all_ops(function):
        if op.__class__ is sharing.ShareOp:
            assert isinstance(op, sharing.ShareOp)
            groups.setdefault(op.stamp.value.data, []).append(op)
    return groups


_last: WeakKeyDictionary[Operation, int] = WeakKeyDictionary()
"""The last stamp given in a module, so that a copy need not search the module for it."""


def fresh_stamp(op: Operation) -> int:
    """A stamp that the module of `op` does not have yet."""
    module = op.get_toplevel_object()
    assert isinstance(module, Operation)
    if module not in _last:
        used = [o.stamp.value.data for o in ops_in(module) if isinstance(o, sharing.ShareOp)]
        _last[module] = max(used, default=-1)
    _last[module] += 1
    return _last[module]


def stamp_roots(holder: Operation) -> None:
    """
    Stamp the costly values in the regions of an op, so that copies of the regions share them. A
    value needs no stamp if it has one, or if its only use is in one other costly value, which has a
    stamp then.

        region (i) {… cheap(costly(i)) …}
            →   region (i) {… cheap(share costly(i) {stamp = n} [i]) …}
    """
    # A share depends on what its operand depends on.
    known = scopes.Dependences()
    pending = list(holder.regions)[::-1]
    while pending:
        region = pending.pop()
        for op in (op for block in region.blocks for op in list(block.ops)):
            if not is_term(op):
                pending.extend(op.regions)
                continue
            users = {use.operation for use in op.results[0].uses}
            if any(isinstance(user, sharing.ShareOp) for user in users):
                continue
            if users and not (len(users) == 1 and all(map(is_term, users))):
                indices = known.indices_of(op.results[0])
                # A value that depends on a carried value of a loop cannot be computed elsewhere.
                if indices is not None:
                    share_value(op.results[0], fresh_stamp(holder), indices)


def is_term(op: Operation) -> bool:
    """Whether an op gives one value, at a cost: the terms that may have stamps."""
    return (
        is_costly(op)
        and len(op.results) == 1
        and not types.is_rank_zero(op.results[0].type)
        and (not op.regions or costs.flops(op) > 0)
        and not is_opaque(op)
    )


def share_value(value: SSAValue, stamp: int, indices: Sequence[SSAValue]) -> None:
    """
    Put a share behind a value, for all its uses, at the indices that the value depends on. A
    carried value of a loop is no index: a value that depends on it cannot be computed elsewhere,
    and gets no share.
    """
    assert isinstance(value.owner, Operation)
    if any(not isinstance(i, BlockArgument) or scopes.size_of(i) is None for i in indices):
        return
    uses = [(use.operation, use.index) for use in value.uses]
    share = sharing.ShareOp(value, stamp, indices)
    share.location = locations.derived(value.owner.location, "stamp")
    Rewriter.insert_op(share, InsertPoint.after(value.owner))
    share.result.name_hint = value.name_hint
    for user, index in uses:
        user.operands[index] = share.result


def stamp_repeated(
    function: func.FuncOp, kinds: tuple[type[Operation], ...] = (Operation,)
) -> None:
    """Stamp the terms of these kinds that are computed in several regions of a function."""
    # Of equal terms, the first is in a block inside of another block, or both depend on indices.
    # Most functions have no such term, and then values need no numbers.
    entry = function.body.first_block
    if not any(
        op.parent is not entry and isinstance(op, kinds) and is_term(op) for op in ops_in(function)
    ):
        return
    terms = Terms.of(function)
    groups: dict[Hashable, list[Operation]] = {}
    for op, applied in terms.computed.items():
        if isinstance(op, kinds):
            groups.setdefault(_over(applied), []).append(op)
    repeated = {
        key: ops
        for key, ops in groups.items()
        if len(ops) > 1 and is_term(ops[0]) and are_apart(ops, terms)
    }
    group_of = {op: key for key, ops in repeated.items() for op in ops}
    for ops in repeated.values():
        if is_part(ops, group_of):
            continue
        stamp = fresh_stamp(function)
        # All shares list their indices in one order: that of the regions around the first.
        first = terms.computed[ops[0]].to
        order = sorted(range(len(first)), key=lambda k: terms.order(first[k]))
        for op in ops:
            to = terms.computed[op].to
            share_value(op.results[0], stamp, [to[k] for k in order])
        count("stamp")


def _over(applied: Applied) -> Hashable:
    """
    A key of a term, as a function of indices over sizes. A value that a loop carries is no index:
    only the same one gives the same term.
    """
    sizes = [scopes.size_of(v) for v in applied.to]
    return (applied.function, *(v if n is None else n for v, n in zip(applied.to, sizes)))


def are_apart(ops: Sequence[Operation], terms: Terms) -> bool:
    """
    Whether the first of the ops does not dominate the others, or the others are at other indices:
    `cse` does not merge these.
    """
    if ops[0].parent is not scopes.common_block(ops):
        return True
    return len({terms.computed[op].to for op in ops}) > 1


def is_part(ops: Sequence[Operation], group_of: Mapping[Operation, Hashable]) -> bool:
    """
    Whether the ops need no stamp, because all of them are in regions of repeated ops, or all are
    operands of one other repeated value, or have a stamp.
    """
    if all(any(o in group_of for o in ancestors(op)) for op in ops):
        return True
    users = {use.operation for op in ops for use in op.results[0].uses}
    if any(isinstance(user, sharing.ShareOp) for user in users):
        return True
    # Nothing reads these, so their repetition does not matter.
    return len({group_of.get(user, user) for user in users}) <= 1 and all(
        user in group_of for user in users
    )


def ancestors(op: Operation) -> Iterator[Operation]:
    parent = op.parent_op()
    while parent is not None:
        yield parent
        parent = parent.parent_op()


def renew_stamps(root: Operation, new: dict[int, int]) -> None:
    """
    Give the shares in a copy stamps of their own, because a copy on other operands is another
    value. `new` maps stamps of the original to stamps of the copy.
    """
    for op in ops_in(root):
        if isinstance(op, sharing.ShareOp):
            old = op.stamp.value.data
            if old not in new:
                new[old] = fresh_stamp(root)
            op.properties["stamp"] = IntegerAttr(new[old], i64)


# Which shares are one function.


@dataclass
class Stamps:
    """The stamps of a function (of the program), and which shares show one function of integers."""

    terms: Terms
    groups: dict[int, list[sharing.ShareOp]]
    values: dict[sharing.ShareOp, Applied] = field(init=False)
    """The terms of the shares, also after their parts were replaced."""
    _given: dict[sharing.ShareOp, list[Applied]] = field(default_factory=dict)
    _shown: dict[sharing.ShareOp, Shown | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shares = [share for group in self.groups.values() for share in group]
        self.values = {share: self.terms.value(share.x) for share in shares}
        for share in shares:
            self._given[share] = [self.terms.value(i) for i in share.indices]

    @staticmethod
    def of(function: func.FuncOp) -> Stamps | None:
        """None for a function without stamps, for which there is nothing to do."""
        groups = shares_by_stamp(function)
        return Stamps(Terms.of(function), groups) if groups else None

    def arguments(self, share: sharing.ShareOp) -> list[Applied]:
        """
        The arguments of a share: those that it lists, then the indices that its term depends on and
        that are in none of these.
        """
        given = self._given[share]
        rest = [v for v in self._not_listed(share) if scopes.size_of(v) is not None]
        return [*given, *map(self.terms.variable, sorted(rest, key=self.terms.order))]

    def fixed(self, share: sharing.ShareOp) -> list[BlockArgument]:
        """
        The variables of a loop that a term reads, and that its share does not list: the function of
        a share is one of this loop.
        """
        return [v for v in self._not_listed(share) if scopes.size_of(v) is None]

    def _not_listed(self, share: sharing.ShareOp) -> list[BlockArgument]:
        listed = {v for x in self._given[share] for v in x.to}
        return [v for v in self.values[share].to if v not in listed]

    def needed(self, share: sharing.ShareOp) -> list[Applied]:
        """The arguments without the indices that the term does not depend on."""
        to = set(self.values[share].to)
        return [
            x
            for x in self.arguments(share)
            if len(x.to) != 1 or x != self.terms.variable(x.to[0]) or x.to[0] in to
        ]

    def functions(self, shares: Sequence[sharing.ShareOp]) -> list[list[sharing.ShareOp]]:
        """The shares of one stamp, those together that are proved to be of one function."""
        alike: dict[Hashable, list[sharing.ShareOp]] = {}
        for share in shares:
            together = self.terms.together([self.values[share], *self.needed(share)])
            key = (share.x.type, together.function, *self.fixed(share))
            alike.setdefault(key, []).append(share)
        found: list[list[sharing.ShareOp]] = []
        pending = list(alike.values())
        while pending:
            # A group that shows its function takes in the other groups of this function.
            function = next((f for g in pending if (f := self.shown_by(g[0])) is not None), None)
            if function is None or len(pending) == 1:
                found.extend(pending)
                break
            is_own = [g[0] is function.share or self.is_of(function, g[0]) for g in pending]
            found.append([share for g, own in zip(pending, is_own) if own for share in g])
            pending = [g for g, own in zip(pending, is_own) if not own]
        order = {share: k for k, share in enumerate(shares)}
        for group in found:
            group.sort(key=order.__getitem__)
        return sorted(found, key=lambda group: order[group[0]])

    def shown_by(self, share: sharing.ShareOp) -> Shown | None:
        """The function of a share, if its arguments can be undone."""
        if share not in self._shown:
            self._shown[share] = self._shown_by(share)
        return self._shown[share]

    def _shown_by(self, share: sharing.ShareOp) -> Shown | None:
        arguments = self.arguments(share)
        if (undone := self.terms.undo(arguments)) is not None:
            function = Shown(share, tuple(arguments), undone)
            if all(not u.zero for u in undone) or self.is_of(function, share):
                return function
        if self.terms.depends_only_on(share.x, arguments):
            return Shown(share, tuple(arguments), None)
        return None

    def is_of(self, function: Shown, share: sharing.ShareOp) -> bool:
        """Whether a share shows the function at its arguments."""
        arguments = self.arguments(share)
        if share.x.type != function.share.x.type or len(arguments) != len(function.arguments):
            return False
        if function.undone is None:
            by = dict(zip(function.arguments, arguments))
        else:
            by = self.terms.undoing(function.undone, arguments)
        return self.terms.substituted(function.share.x, by) == self.values[share]


class Shown(NamedTuple):
    """A share that shows the function of its stamp."""

    share: sharing.ShareOp
    arguments: tuple[Applied, ...]
    undone: tuple[Undone, ...] | None
    """
    The variables of the share as functions of its arguments. Without these, the term reads its
    variables only through its arguments.
    """


def check_stamps(stamps: Stamps) -> None:
    """
    One stamp, one function.

    Errors: `LetgradError` at a share that is not proved to be of the function of the first share
            with its stamp.
    """
    for stamp, shares in stamps.groups.items():
        groups = stamps.functions(shares)
        if len(groups) == 1:
            continue
        first, other = groups[0][0], groups[1][0]
        own, given = (len(stamps.needed(share)) for share in (other, first))
        if first.x.type != other.x.type:
            what = f"a {other.x.type} here and on a {first.x.type} elsewhere"
        elif own != given:
            what = f"a term of {own} indices here and of {given} elsewhere"
        else:
            what = "two different terms"
        raise LetgradError(f"stamp {stamp} is on {what}", other)


def _functions_of(scope: Operation) -> Iterable[func.FuncOp]:
    """The function that `scope` is, or the functions of the module that it is."""
    if isinstance(scope, func.FuncOp):
        return (scope,)
    return functions(scope) if isinstance(scope, ModuleOp) else ()


def drop_broken_stamps(scope: Operation, by: str) -> None:
    """
    Take stamps off terms that a pass rewrote so far that they are no longer proved to be one
    function. Each pass that rewrites ends with this. Of the terms of one stamp, the first function
    that several shares show keeps the stamp; the others that several shares show get new stamps.
    """
    if not may_have(scope, (sharing.ShareOp,)):
        return
    for function in _functions_of(scope):
        stamps = Stamps.of(function) if function.body.blocks else None
        if stamps is None:
            continue
        for stamp, shares in stamps.groups.items():
            groups = stamps.functions(shares)
            if len(groups) == 1:
                continue
            keep = max(groups, key=len)
            for group in groups:
                if len(group) > 1 and group is not keep:
                    new = IntegerAttr(fresh_stamp(function), i64)
                    for share in group:
                        share.properties["stamp"] = new
                elif len(group) == 1:
                    share = group[0]
                    remarks.missed(
                        by,
                        "stamp",
                        share,
                        lambda stamp=stamp: (
                            f"the other terms of stamp {stamp} are no longer proved to be the same "
                            "function: this one is computed for itself"
                        ),
                    )
                    Rewriter.replace_op(share, [], [share.x])
                    count("broken stamp")


def drop_stamps(module: ModuleOp, by: str) -> None:
    """Take all stamps off, for a pass that decides for each value where it is computed."""
    if not may_have(module, (sharing.ShareOp,)):
        return
    for op in all_ops(module):
        if isinstance(op, sharing.ShareOp):
            stamp = op.stamp.value.data
            remarks.missed(
                by,
                "stamp",
                op,
                lambda stamp=stamp: (
                    f"stamp {stamp} is dropped, and each of its terms is computed for itself: "
                    "sharing-recover did not run"
                ),
            )
            Rewriter.replace_op(op, [], [op.x])
            count("dropped stamp")
