"""
Whether a traced truth value is true in any run of the program.

    if left is None and right is None:
        return 0.0
    elif left is None:
        return right
    ...

The flag of this result is a choice between flags, whose conditions are flags themselves. A table of
all truth values of the few flags that it is made of shows that it is always true.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection

from xdsl.dialects import arith, scf
from xdsl.ir import OpResult, SSAValue

MOST_FLAGS = 5
MOST_VALUES = 100
"""A proof is asked for at each read of a value, so it has to be cheap."""


def is_true(flag: SSAValue, facts: Collection[SSAValue]) -> bool:
    """Whether a value of the type i1 is true wherever all facts are true."""
    if flag in facts:
        return True
    seen: dict[SSAValue, tuple[SSAValue, ...] | None] = {}
    if not _collect(flag, seen):
        return False
    flags = [value for value, parts in seen.items() if parts is None]
    if len(flags) > MOST_FLAGS:
        return False
    # A fact about other flags says nothing here.
    known = [fact for fact in facts if _is_of(fact, seen)]
    if flag in flags and not known:
        return False
    for truths in itertools.product((False, True), repeat=len(flags)):
        table = dict(zip(flags, truths))
        if all(_value(fact, table) for fact in known) and not _value(flag, table):
            return False
    return True


def _is_of(fact: SSAValue, seen: dict[SSAValue, tuple[SSAValue, ...] | None]) -> bool:
    own: dict[SSAValue, tuple[SSAValue, ...] | None] = {}
    return _collect(fact, own) and all(
        value in seen for value, parts in own.items() if parts is None
    )


def _collect(root: SSAValue, seen: dict[SSAValue, tuple[SSAValue, ...] | None]) -> bool:
    """All values that a flag is made of, with their parts; None for flags that have none."""
    left = [root]
    while left:
        value = left.pop()
        if value not in seen:
            seen[value] = parts = _parts(value)
            left += parts or ()
        if len(seen) > MOST_VALUES:
            return False
    return True


def _parts(value: SSAValue) -> tuple[SSAValue, ...] | None:
    """The truth values that a truth value is made of; None for a flag of its own."""
    op = value.owner
    match op:
        case arith.ConstantOp():
            return ()
        case arith.AndIOp() | arith.OrIOp() | arith.XOrIOp() | arith.SelectOp():
            return tuple(op.operands)
        case scf.IfOp() if isinstance(value, OpResult) and op.false_region.blocks:
            ends = [region.block.last_op for region in (op.true_region, op.false_region)]
            if all(isinstance(end, scf.YieldOp) for end in ends):
                return (op.cond, *(end.operands[value.index] for end in ends if end is not None))
    return None


def _value(value: SSAValue, table: dict[SSAValue, bool]) -> bool:
    """The truth of a value, by that of its flags. The table keeps what it has found."""
    if (found := table.get(value)) is not None:
        return found
    op = value.owner
    parts = _parts(value)
    assert parts is not None
    match op:
        case arith.ConstantOp():
            found = bool(op.value.value.data)  # type: ignore[union-attr]
        case arith.AndIOp():
            found = all(_value(x, table) for x in parts)
        case arith.OrIOp():
            found = any(_value(x, table) for x in parts)
        case arith.XOrIOp():
            found = _value(parts[0], table) != _value(parts[1], table)
        case _:
            condition, a, b = parts
            found = _value(a if _value(condition, table) else b, table)
    table[value] = found
    return found
