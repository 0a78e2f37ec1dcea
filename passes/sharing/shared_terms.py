"""The stamps of a function, and the check that each stamp is on one term."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from weakref import WeakKeyDictionary

from xdsl.dialects import func
from xdsl.dialects.builtin import IntegerAttr, i64
from xdsl.ir import BlockArgument, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import sharing, types
from ...dialects.walking import ops_in
from ..rewriting import costs, locations, scopes
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from .numbering import Numbering, is_costly


def shares_by_stamp(function: func.FuncOp) -> dict[int, list[sharing.ShareOp]]:
    """The shares of a function, by their stamps."""
    groups: dict[int, list[sharing.ShareOp]] = {}
    for op in ops_in(function):
        if isinstance(op, sharing.ShareOp):
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
                share_value(op.results[0], fresh_stamp(holder))


def is_term(op: Operation) -> bool:
    """Whether an op gives one value, at a cost: the terms that may have stamps."""
    return (
        is_costly(op)
        and len(op.results) == 1
        and not types.is_rank_zero(op.results[0].type)
        and (not op.regions or costs.flops(op) > 0)
    )


def share_value(value: SSAValue, stamp: int) -> None:
    """
    Put a share behind a value, for all its uses. A carried value of a loop is no index: a value
    that depends on it cannot be computed elsewhere, and gets no share.
    """
    assert isinstance(value.owner, Operation)
    indices = scopes.arguments_of(value)
    if any(scopes.size_of(i) is None for i in indices):
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
    # Of equal terms, the first is in a block inside of another block. Most functions have no
    # such term, and then values need no numbers.
    entry = function.body.first_block
    if not any(
        op.parent is not entry and isinstance(op, kinds) and is_term(op) for op in ops_in(function)
    ):
        return
    numbering = Numbering.of(function)
    repeated = {
        number: ops
        for number, ops in numbering.computed.items()
        if len(ops) > 1 and isinstance(ops[0], kinds) and is_term(ops[0]) and are_apart(ops)
    }
    number_of = {op: number for number, ops in repeated.items() for op in ops}
    for ops in repeated.values():
        if is_part(ops, number_of):
            continue
        stamp = fresh_stamp(function)
        for op in ops:
            share_value(op.results[0], stamp)
        count("stamp")


def are_apart(ops: Sequence[Operation]) -> bool:
    """
    Whether the first of the ops does not dominate the others: it is in a block inside of their
    common block.
    """
    return ops[0].parent is not scopes.common_block(ops)


def is_part(ops: Sequence[Operation], number_of: Mapping[Operation, int]) -> bool:
    """
    Whether the ops need no stamp, because all of them are in regions of repeated ops, or all are
    operands of one other repeated value, or have a stamp.
    """
    if all(any(o in number_of for o in ancestors(op)) for op in ops):
        return True
    users = {use.operation for op in ops for use in op.results[0].uses}
    if any(isinstance(user, sharing.ShareOp) for user in users):
        return True
    # Nothing reads these, so their repetition does not matter.
    return len({number_of.get(user, user) for user in users}) <= 1 and all(
        user in number_of for user in users
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


def arguments_of(share: sharing.ShareOp) -> tuple[BlockArgument, ...]:
    """
    The arguments of a share's term as a function: the share's index arguments that the term depends
    on, in their order, then arguments of regions around it that the share does not name.
    """
    depends = scopes.arguments_of(share.x)
    named = [i for i in dict.fromkeys(share.indices) if i in depends]
    return (*named, *(i for i in depends if i not in named))  # type: ignore[return-value]


def check_stamps(groups: dict[int, list[sharing.ShareOp]], numbering: Numbering) -> None:
    """
    One stamp, one value.

    Errors: `LetgradError` at a share whose term, as a function of its index arguments, differs from
            the term of the first share with its stamp.
    """
    for stamp, (first, *others) in groups.items():
        arguments = arguments_of(first)
        sizes = [scopes.size_of(i) for i in arguments]
        number: int | None = None
        for share in others:
            if share.x.type != first.x.type:
                raise LetgradError(
                    f"stamp {stamp} is on a {share.x.type} here and on a {first.x.type} elsewhere",
                    share,
                )
            own = arguments_of(share)
            if len(own) != len(arguments):
                raise LetgradError(
                    f"stamp {stamp} is on a term of {len(own)} indices here and of "
                    f"{len(arguments)} elsewhere",
                    share,
                )
            if [scopes.size_of(i) for i in own] != sizes:
                raise LetgradError(
                    f"stamp {stamp} is on terms over different sizes: "
                    f"{_listed(own)} here and {_listed(arguments)} elsewhere",
                    share,
                )
            if number is None:
                number = numbering.at(first.x, arguments)
            if numbering.at(share.x, own) != number:
                raise LetgradError(f"stamp {stamp} is on two different terms", share)


def _listed(arguments: tuple[BlockArgument, ...]) -> str:
    return str([size for i in arguments if (size := scopes.size_of(i)) is not None])
