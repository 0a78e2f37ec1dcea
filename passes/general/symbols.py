"""Symbols of any dialect: the names that ops define, and the references to them."""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, StringAttr, SymbolRefAttr
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
    for attribute in (*op.properties.values(), *op.attributes.values()):
        yield from in_attribute(attribute)
    for value in op.results:
        yield from in_attribute(value.type)
    for region in op.regions:
        for block in region.blocks:
            for argument in block.args:
                yield from in_attribute(argument.type)


def in_attribute(attribute: Attribute) -> Iterator[SymbolRefAttr]:
    """The references in an attribute or a type."""
    match attribute:
        case SymbolRefAttr():
            yield attribute
        case ArrayAttr():
            for each in attribute.data:
                yield from in_attribute(each)
        case DictionaryAttr():
            for each in attribute.data.values():
                yield from in_attribute(each)
        case ParametrizedAttribute():
            for each in attribute.parameters:
                yield from in_attribute(each)
        case _:
            pass
