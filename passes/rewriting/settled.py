"""
Passes that have nothing to do, because the program is as it was after their last run.

A pipeline runs `canonicalize` after each step that may have left it something. Most steps change
nothing in most programs. A pass with `settles` leaves a program in which a second run would change
nothing. `run` notes this together with a snapshot of the program. A snapshot takes a fiftieth of
the time of `canonicalize`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from operator import is_

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

from . import remarks

_NAME = "_letgrad_settled"
"""A module has its note as an attribute of Python, so that both end together."""


class _Note:
    """The passes that would change nothing in the program of a snapshot."""

    def __init__(self, parts: list[object]) -> None:
        self.parts = parts
        self.passes: set[Hashable] = set()

    def is_of(self, parts: list[object]) -> bool:
        return len(parts) == len(self.parts) and all(map(is_, parts, self.parts))


def run(a_pass: Hashable, ctx: Context, module: ModuleOp, apply: Callable[[], None]) -> None:
    """
    Run a pass that settles, unless the last run of an equal pass left the program as it is now.

    Who listens to remarks hears them from the last run of a pass, so then each pass runs.
    """
    if remarks.wanted():
        return apply()
    note: _Note | None = module.__dict__.get(_NAME)
    if note is None or not note.is_of(snapshot(ctx, module)):
        note = None
    elif a_pass in note.passes:
        return None
    apply()
    parts = snapshot(ctx, module)
    if note is None or not note.is_of(parts):
        note = module.__dict__[_NAME] = _Note(parts)
    note.passes.add(a_pass)
    return None


def snapshot(ctx: Context, module: ModuleOp) -> list[object]:
    """
    The parts of a program that rules look at, by identity: ops, operands, properties, attributes,
    types and blocks, each after what holds it. Attributes are immutable, so a program with the same
    parts is the same program. The snapshot keeps the parts alive, so no other object has their
    identities. Source locations and names of values are not among the parts.
    """
    parts: list[object] = [ctx]
    pending: list[Operation] = [module]
    while pending:
        op = pending.pop()
        parts.append(op)
        parts.extend(op.operands)
        for named in (op.properties, op.attributes):
            parts.extend(named)
            parts.extend(named.values())
        parts.extend([x.type for x in op.results])
        parts.extend(op.successors)
        for region in op.regions:
            parts.append(region)
            for block in region.blocks:
                parts.append(block)
                parts.extend([x.type for x in block.args])
                inner = [*block.ops]
                parts.extend(inner)
                pending.extend(inner)
    return parts
