"""Whether a loop computes all that another loop computes."""

from __future__ import annotations

from typing import Any

from xdsl.ir import Block, Operation, OpResult, SSAValue

from ...dialects import ten
from ...dialects.walking import ops_in
from ..rewriting import scopes


def contained(first: ten.WhileOp, second: ten.WhileOp) -> list[int] | None:
    """
    Where the carried values of one loop are among those of another one, if both loops take equal
    turns: equal inits, conditions and bodies, and the same limit. Otherwise None.
    """
    if first.most != second.most:
        return None
    places: list[int] = []
    for x in first.inits:
        k = next((k for k, y in enumerate(second.inits) if y is x and k not in places), None)
        if k is None:
            return None
        places.append(k)
    same: dict[SSAValue, SSAValue] = {}
    for a, b in zip(first.regions, second.regions):
        same.update((arg, b.block.args[k]) for arg, k in zip(a.block.args, places))
    pairs = [(first.goes_on, second.goes_on)]
    pairs += [(x, second.nexts[k]) for k, x in zip(places, first.nexts)]
    blocks = {region.block for region in first.regions}
    return places if all(are_equal(x, y, same, blocks) for x, y in pairs) else None


def are_equal(a: SSAValue, b: SSAValue, same: dict[SSAValue, SSAValue], blocks: set[Block]) -> bool:
    """
    Whether b is computed as a is, up to values that are the `same`. The function adds the values on
    the way to `same`. Values that are not of `blocks` are the same only if they are one value. The
    function adds the bodies of loops to `blocks`.

    Loops are the same, up to results that nobody asks for, if they start with the same values, and
    if steps from the same carried values give the same: so the second loop may give more rows.
    """
    pending = [(a, b)]
    while pending:
        x, y = pending[-1]
        if x in same:
            if same[x] is not y:
                return False
            pending.pop()
            continue
        op, other = x.owner, y.owner
        if isinstance(op, Block) or op.parent not in blocks:
            if x is not y:
                return False
            pending.pop()
            continue
        if isinstance(other, Block) or type(op) is not type(other):
            return False
        needed = _parts(x, y, same, blocks)
        if needed is None:
            return False
        missing = [pair for pair in needed if same.get(pair[0]) is not pair[1]]
        missing = [(p, q) for p, q in missing if p in same or p is not q or _is_of(p, blocks)]
        if any(p in same for p, _ in missing):
            return False
        if missing:
            pending.extend(missing)
            continue
        if isinstance(op, ten.ScanOp | ten.WhileOp):
            same[x] = y
            continue
        context: dict[Any, Any] = {**same, op.parent: other.parent}
        if not op.is_structurally_equivalent(other, context) or not _have_same_types(op, other):
            return False
        same.update(zip(op.results, other.results))
    return True


def _have_same_types(op: Operation, other: Operation) -> bool:
    """
    Whether two ops of one structure, and the ops inside, give values of the same types. The
    structure does not say it: a cast is to the type of its result.
    """
    pairs = zip(ops_in(op), ops_in(other), strict=True)
    return all(tuple(a.result_types) == tuple(b.result_types) for a, b in pairs)


def _parts(
    x: SSAValue, y: SSAValue, same: dict[SSAValue, SSAValue], blocks: set[Block]
) -> list[tuple[SSAValue, SSAValue]] | None:
    """
    The pairs of values that must be the same if two results of ops of one class are. None if the
    results are not the same whatever these are.
    """
    op, other = x.owner, y.owner
    assert isinstance(x, OpResult) and isinstance(y, OpResult)
    assert isinstance(op, Operation) and isinstance(other, Operation)
    match op, other:
        case (ten.ScanOp(), ten.ScanOp()) | (ten.WhileOp(), ten.WhileOp()):
            return _parts_of_loops(op, other, (x.index, y.index), same, blocks)
        case _:
            if len(op.operands) != len(other.operands) or x.index != y.index:
                return None
            outer = scopes.operands_of(op), scopes.operands_of(other)
            return list(zip(*outer)) if len(outer[0]) == len(outer[1]) else None


def _parts_of_loops(
    op: ten.ScanOp | ten.WhileOp,
    other: ten.ScanOp | ten.WhileOp,
    places: tuple[int, int],
    same: dict[SSAValue, SSAValue],
    blocks: set[Block],
) -> list[tuple[SSAValue, SSAValue]] | None:
    """
    `_parts` of the results of two loops at `places`. The carried values of `op` come first among
    those of the other loop, and so do its rows. In the bodies, they are the `same`.
    """
    n, (k, m) = len(op.inits), places
    if n > len(other.inits):
        return None
    pairs = list(zip(op.inits, other.inits))
    pairs += zip(op.nexts, other.nexts)
    arguments = [*zip(op.carried, other.carried)]
    if isinstance(op, ten.ScanOp) and isinstance(other, ten.ScanOp):
        if (op.trips, op.is_reverse) != (other.trips, other.is_reverse):
            return None
        if len(op.xs) > len(other.xs) or (op.turns is None) != (other.turns is None):
            return None
        pairs += zip(op.xs, other.xs)
        if op.turns is not None and other.turns is not None:
            pairs.append((op.turns, other.turns))
        arguments += zip(op.rows, other.rows)
        if k >= n:
            if m < len(other.inits):
                return None
            pairs.append((op.ys[k - n], other.ys[m - len(other.inits)]))
    elif isinstance(op, ten.WhileOp) and isinstance(other, ten.WhileOp):
        if op.most != other.most:
            return None
        pairs.append((op.goes_on, other.goes_on))
        arguments += zip(op.condition.block.args, other.condition.block.args)
    if k < n and k != m:
        return None
    for arg, its in arguments:
        if same.setdefault(arg, its) is not its or arg.type != its.type:
            return None
    blocks.update(region.block for region in op.regions)
    return pairs


def _is_of(x: SSAValue, blocks: set[Block]) -> bool:
    """Whether a value is computed in one of these blocks, or is an argument of one."""
    return (x.owner if isinstance(x.owner, Block) else x.owner.parent) in blocks
