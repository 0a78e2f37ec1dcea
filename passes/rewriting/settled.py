"""
Rules that have nothing to do, because the program is as it was when they matched none of its ops.

A pipeline runs `canonicalize` after each step that may have left it something. Most steps change
nothing in most programs. At its end, a driver has tried its rules on all ops, and none fired. It
notes the rules together with a snapshot of the program. As long as the program is the same, no
driver needs to try these rules. A snapshot takes a fiftieth of the time of `canonicalize`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import is_

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

_NAME = "_letgrad_settled"
"""A module has its note as an attribute of Python, so that both end together."""


class Rules:
    """The rules that match no op in the program of a snapshot. Rules are compared by identity."""

    def __init__(self, parts: list[object]) -> None:
        self.parts = parts
        self._rules: dict[int, object] = {}

    def __iter__(self) -> Iterator[object]:
        return iter(self._rules.values())

    def __bool__(self) -> bool:
        return bool(self._rules)

    def has(self, rules: Iterable[object]) -> bool:
        return all(id(rule) in self._rules for rule in rules)

    def add(self, rules: Iterable[object]) -> None:
        # The note keeps the rules alive, so no other object has their identities.
        self._rules.update((id(rule), rule) for rule in rules)

    def are_of(self, parts: list[object]) -> bool:
        return len(parts) == len(self.parts) and all(map(is_, parts, self.parts))


def rules(module: ModuleOp) -> Rules | None:
    """The rules that are known to match nothing in the module as it is now."""
    found: Rules | None = getattr(module, _NAME, None)
    return found if found is not None and found.are_of(snapshot(module)) else None


def current(module: ModuleOp) -> Rules:
    """The note of the module as it is now, to which the caller may add rules that match nothing."""
    found: Rules | None = getattr(module, _NAME, None)
    parts = snapshot(module)
    if found is None or not found.are_of(parts):
        found = Rules(parts)
        setattr(module, _NAME, found)
    return found


def note(module: ModuleOp, tried: Iterable[object]) -> None:
    """Note that these rules match nothing in the module as it is now."""
    current(module).add(tried)


def clone(module: ModuleOp) -> ModuleOp:
    """A copy of a module. The rules that match nothing in the module match nothing in the copy."""
    copy, known = module.clone(), rules(module)
    if known is not None:
        note(copy, known)
    return copy


def snapshot(module: ModuleOp) -> list[object]:
    """
    The parts of a program that rules look at, by identity: ops, operands, properties, attributes,
    types and blocks, each after what holds it. Attributes are immutable, so a program with the same
    parts is the same program. The snapshot keeps the parts alive, so no other object has their
    identities. Source locations and names of values are not among the parts.
    """
    parts: list[object] = []
    _add_own(module, parts)
    pending: list[Operation] = [module]
    while pending:
        op = pending.pop()
        parts.append(op)
        for region in op.regions:
            parts.append(region)
            block = region.first_block
            while block is not None:
                parts.append(block)
                for x in block.args:
                    parts.append(x.type)
                inner = block.first_op
                while inner is not None:
                    _add_own(inner, parts)
                    if inner.regions:
                        pending.append(inner)
                    inner = inner.next_op
                block = block.next_block
    return parts


def _add_own(op: Operation, parts: list[object]) -> None:
    parts.append(op)
    # xDSL makes a new tuple at each change of an operand.
    parts.append(op._operands)
    if op.properties:
        parts.extend(op.properties)
        parts.extend(op.properties.values())
    if op.attributes:
        parts.extend(op.attributes)
        parts.extend(op.attributes.values())
    for x in op.results:
        parts.append(x.type)
    if op._successors:
        parts.extend(op._successors)
