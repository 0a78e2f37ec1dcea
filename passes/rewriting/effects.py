"""
Facts from the traits of ops, looked up once per class. xDSL goes through the traits of an op at
each question, and several passes ask these questions for every op of a program.
"""

from __future__ import annotations

import functools

from xdsl import traits
from xdsl.ir import Operation
from xdsl.transforms import dead_code_elimination


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
def _is_only_a_value(op: type[Operation]) -> bool:
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


def would_be_trivially_dead(op: Operation) -> bool:
    """Whether an op is dead if nothing uses its results."""
    return _is_only_a_value(type(op)) or dead_code_elimination.would_be_trivially_dead(op)


def is_trivially_dead(op: Operation) -> bool:
    """
    Whether nothing uses the results of an op, and the op does nothing else.

    Example:

        >>> is_trivially_dead(types.constant(1.0, f64))
        True
    """
    return all(r.first_use is None for r in op.results) and would_be_trivially_dead(op)
