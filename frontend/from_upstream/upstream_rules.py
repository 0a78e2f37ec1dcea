"""
The table of conversions: a function for each op of upstream's dialects. A function takes the call,
which knows the op's attributes and regions, and the operands: traced arrays, and views of memory.
It gives the results.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.dialects.builtin import DYNAMIC_INDEX, MemRefType, TensorType, VectorType
from xdsl.ir import Attribute, Block, Region, SSAValue

from ...dialects import types
from ..from_stablehlo.foreign_op import NotConvertible, Source
from ..from_stablehlo.foreign_programs import Rule, adds_to
from .cells import Memory
from .places import Place, Places

RULES: dict[str, Rule] = {}
"""The name of an op → its rule."""


converts = adds_to(RULES)
"""Makes a function the rule of the ops with these names."""


class Call(Source):
    """An op at the place where the conversion is. `evaluator` is an `Evaluator`."""

    op: Any

    def __init__(self, op: Any, evaluator: Any, values: dict[SSAValue, Any]):
        super().__init__(op)
        self.evaluator = evaluator
        self.values = values
        self.places: Places = evaluator.places
        self.memory: Memory = evaluator.memory

    def region(self, k: int = 0) -> Callable[..., list[Any]]:
        """The region as a function of its arguments."""
        region: Region = self.op.regions[k]
        return lambda *xs: self.evaluator.region(region, xs, self.values)

    def block(self, k: int = 0) -> Block:
        return self.op.regions[k].block

    def of(self, values: Sequence[SSAValue]) -> list[Any]:
        """What the conversion has for these values of the program."""
        return [self.values[v] for v in values]

    def mixed(self, static: str, given: Sequence[Any]) -> list[Place]:
        """Integers of a list in which a dynamic one stands among the operands."""
        rest = iter(given)
        return [self.places.of(next(rest)) if n == DYNAMIC_INDEX else n for n in self.ints(static)]

    def fixed(self, what: str, values: Sequence[Place]) -> tuple[int, ...]:
        """
        Integers that must be known.

        Errors: `NotConvertible` for an integer that the program computes.
        """
        for value in values:
            if not isinstance(value, int):
                text = f"letgrad computes with fixed sizes; it must know the {what}"
                if arguments := self.evaluator.say_sizes:
                    names = ", ".join(f"%{a.name_hint or a.index}" for a in arguments)
                    text += (
                        f", which may follow from {names}: the option sizes, or --sizes of "
                        "letgrad, gives numbers for each ? and each such argument"
                    )
                raise NotConvertible(text)
        return tuple(values)  # type: ignore[arg-type]

    def sizes(self, given: Sequence[Any], k: int = 0) -> tuple[int, ...]:
        """The shape of a result, whose dynamic sizes stand among the operands."""
        rest = iter(given)
        shape = shape_of(self.op.results[k].type)
        return self.fixed("sizes", [self.places.of(next(rest)) if n is None else n for n in shape])


def shape_of(type: Attribute) -> tuple[int | None, ...]:
    """
    The sizes of a type; None for a dynamic one. Memory of vectors has the dimensions of a vector
    behind its own.
    """
    assert isinstance(type, TensorType | MemRefType)
    shape = tuple(None if n == DYNAMIC_INDEX else n for n in type.get_shape())
    if not isinstance(type.element_type, VectorType):
        return shape
    if any(type.element_type.get_scalable_dims()):
        raise NotConvertible(f"letgrad computes with fixed sizes, and not with {type}")
    return (*shape, *type.element_type.get_shape())


def number_of(type: Attribute) -> Attribute:
    """The type of the numbers in an array, or in the vectors of an array."""
    element = types.any_element(type)
    return element.get_element_type() if isinstance(element, VectorType) else element
