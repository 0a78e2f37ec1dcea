"""Symbols of any dialect: the names that ops define, and the references to them."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    FloatAttr,
    IntegerAttr,
    StringAttr,
    SymbolRefAttr,
)
from xdsl.ir import Attribute, Operation, ParametrizedAttribute
from xdsl.traits import SymbolOpInterface, SymbolTable

from ...dialects.walking import ops_in

PUBLIC, PRIVATE, NESTED = "public", "private", "nested"


def name_of(op: Operation) -> str | None:
    """The symbol that an op defines, or None. An unregistered op defines the one in `sym_name`."""
    trait = op.get_trait(SymbolOpInterface)
    if trait is not None:
        found = trait.get_sym_attr_name(op)
        return None if found is None else found.data
    stated = op.attributes.get("sym_name")
    return stated.data if isinstance(stated, StringAttr) else None


def visibility(op: Operation) -> str:
    """Who may refer to the symbol of an op."""
    stated = op.properties.get("sym_visibility") or op.attributes.get("sym_visibility")
    return stated.data if isinstance(stated, StringAttr) else PUBLIC


def is_table(op: Operation) -> bool:
    """Whether the symbols in the body of an op are names of this op."""
    return op.has_trait(SymbolTable, value_if_unregistered=False)


def spelled(op: Operation) -> str:
    """An op in a message: its symbol if it has one, and its name else."""
    name = name_of(op)
    return op.name if name is None else f"@{name}"


def references(root: Operation) -> Iterator[SymbolRefAttr]:
    """The references to symbols in an op and in the ops of its regions, also inside of types."""
    for op in ops_in(root):
        yield from references_of(op)


def references_of(op: Operation) -> Iterator[SymbolRefAttr]:
    """The references of one op, without those of the ops in its regions."""
    for attributes in (op.properties, op.attributes):
        for attribute in attributes.values() if attributes else ():
            yield from in_attribute(attribute)
    for value in op.results:
        yield from in_attribute(value.type)
    for region in op.regions:
        for block in region.blocks:
            for argument in block.args:
                yield from in_attribute(argument.type)


_WITHOUT = DenseArrayBase, DenseIntOrFPElementsAttr, FloatAttr, IntegerAttr, StringAttr
"""Attributes that contain no references."""


def in_attribute(attribute: Attribute) -> Sequence[SymbolRefAttr]:
    """The references in an attribute or a type."""
    parts: Collection[Attribute]
    match attribute:
        case SymbolRefAttr():
            return (attribute,)
        case ArrayAttr():
            parts = attribute.data
        case DictionaryAttr():
            parts = attribute.data.values()
        case ParametrizedAttribute() if not isinstance(attribute, _WITHOUT):
            return _in_parts(attribute)
        case _:
            return ()
    return [each for part in parts for each in in_attribute(part)]


@functools.lru_cache(4096)
def _in_parts(attribute: ParametrizedAttribute) -> tuple[SymbolRefAttr, ...]:
    # Types come again and again.
    return tuple(each for part in attribute.parameters for each in in_attribute(part))
