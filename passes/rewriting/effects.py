"""
Facts from the traits of ops, looked up once per class. xDSL goes through the traits of an op at
each question, and several passes ask these questions for every op of a program.
"""

from __future__ import annotations

import functools
from collections.abc import Set as AbstractSet

from xdsl import traits
from xdsl.dialects.builtin import UnregisteredOp
from xdsl.ir import Operation
from xdsl.transforms import dead_code_elimination

from ...dialects.walking import ops_in


@functools.cache
def is_terminator(op: type[Operation]) -> bool:
    """Whether ops of a class end blocks. For an unregistered op: whether the op may end a block."""
    return op.has_trait(traits.IsTerminator)


@functools.cache
def is_isolated(op: type[Operation]) -> bool:
    """
    Whether regions of ops of a class use no value from outside. This includes unregistered ops.
    """
    return op.has_trait(traits.IsolatedFromAbove)


@functools.cache
def _is_pure(op: type[Operation]) -> bool:
    """Whether no op of a class has an effect, whatever its operands and regions are."""
    found = op.get_traits_of_type(traits.MemoryEffect)
    return bool(found) and all(isinstance(t, traits.NoMemoryEffect) for t in found)


@functools.cache
def is_only_a_value(op: type[Operation]) -> bool:
    """Whether an op of a class is dead if nothing uses its results, whatever its operands are."""
    return (
        _is_pure(op)
        and not op.has_trait(traits.IsTerminator, value_if_unregistered=False)
        and not op.has_trait(traits.SymbolOpInterface, value_if_unregistered=False)
    )


def is_side_effect_free(op: Operation) -> bool:
    """
    Whether an op does nothing but compute its results.

    Example:

        >>> is_side_effect_free(types.constant(1.0, f64))
        True
        >>> is_side_effect_free(func.CallOp("f", [], []))
        False
    """
    return _is_pure(type(op)) or traits.is_side_effect_free(op)


class EffectsOfNests:
    """
    Effects of ops with regions, computed once for each op. xDSL goes through all regions inside of
    an op at each question, so a pass that asks about each op of a nest takes time quadratic in its
    depth.

    Requires: the regions of an op do not change after the first question about the op.
    """

    def __init__(self) -> None:
        self._known: dict[Operation, AbstractSet[traits.EffectInstance] | None] = {}

    def of(self, op: Operation) -> AbstractSet[traits.EffectInstance] | None:
        """The effects of an op, as `xdsl.traits.get_effects` gives them. None: unknown effects."""
        if _is_pure(type(op)):
            return frozenset()
        if not op.regions:
            return traits.get_effects(op)
        if op not in self._known:
            self._known[op] = self._computed(op)
        return self._known[op]

    def _computed(self, op: Operation) -> AbstractSet[traits.EffectInstance] | None:
        found: set[traits.EffectInstance] = set()
        interfaces = op.get_traits_of_type(traits.MemoryEffect)
        for interface in interfaces:
            if isinstance(interface, traits.RecursiveMemoryEffect):
                parts = [
                    self.of(inner)
                    for region in op.regions
                    for block in region.blocks
                    for inner in block.ops
                ]
            else:
                parts = [interface.get_effects(op)]
            for part in parts:
                if part is None:
                    return None
                found.update(part)
        return found if interfaces else None

    def is_side_effect_free(self, op: Operation) -> bool:
        """Whether an op does nothing but compute its results."""
        found = self.of(op)
        return found is not None and not found

    def only_reads(self, op: Operation) -> bool:
        """Whether an op reads memory, and has no other effect."""
        found = self.of(op)
        return bool(found) and all(e.kind == traits.MemoryEffectKind.READ for e in found)

    def is_trivially_dead(self, op: Operation) -> bool:
        """Whether nothing uses the results of an op, and the op does nothing else."""
        if any(r.first_use is not None for r in op.results):
            return False
        if not op.regions or self.of(op):
            # Reads, and buffers that the op makes for itself, are no effects on others.
            return would_be_trivially_dead(op)
        return (
            self.is_side_effect_free(op)
            and not op.has_trait(traits.IsTerminator, value_if_unregistered=False)
            and not op.has_trait(traits.SymbolOpInterface, value_if_unregistered=False)
        )


def is_unknown(op: Operation) -> bool:
    """
    Whether an op is unregistered, or has an unregistered op in its regions: it may do anything.
    """
    ops = ops_in(op) if op.regions else (op,)
    return any(isinstance(each, UnregisteredOp) for each in ops)


def would_be_trivially_dead(op: Operation) -> bool:
    """Whether an op is dead if nothing uses its results."""
    return is_only_a_value(type(op)) or dead_code_elimination.would_be_trivially_dead(op)


def is_trivially_dead(op: Operation) -> bool:
    """
    Whether nothing uses the results of an op, and the op does nothing else.

    Example:

        >>> is_trivially_dead(types.constant(1.0, f64))
        True
    """
    return all(r.first_use is None for r in op.results) and would_be_trivially_dead(op)
