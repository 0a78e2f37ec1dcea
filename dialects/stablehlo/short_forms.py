"""
The short syntax of ops, as JAX prints it. A `Form` reads and prints most ops by one line:

    "operand, dims = broadcast_dimensions : function"

The items stand before the colon, in the order of the text: an operand, a list of operands (`*`),
an attribute, or a word and an attribute. `?` stands after an attribute that may be absent. The word
after the colon says how the types are written:

    same       one type for all values, or a function type
    function   a function type
    result     the type of the only result
    each       the types of the operands, and nothing where there are none
    arrow      types of the operands, an arrow, types of the results
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    FunctionType,
    IntegerAttr,
    StringAttr,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Operation, Region
from xdsl.parser import AttrParser, Parser, UnresolvedOperand
from xdsl.printer import Printer

from . import attributes
from .attributes import DotAlgorithmAttr

# --- Attributes -----------------------------------------------------------------------------------


def ints(values: Sequence[int]) -> DenseArrayBase[Any]:
    return DenseArrayBase.from_list(i64, values)


def parse_ints(parser: Parser) -> list[int]:
    return parser.parse_comma_separated_list(
        parser.Delimiter.SQUARE, lambda: parser.parse_integer(allow_boolean=False)
    )


def int_list(values: DenseArrayBase[Any] | Sequence[int]) -> str:
    numbers = values.get_values() if isinstance(values, DenseArrayBase) else values
    return f"[{', '.join(map(str, numbers))}]"


def parse_word(parser: Parser, made: type[Any], words: Any) -> Attribute:
    """An attribute of an enumeration, by its word."""
    at = parser.pos
    word = parser.parse_identifier()
    if word not in words.__members__:
        parser.raise_error(f"'{word}' is none of {', '.join(words.__members__)}", at)
    return made(words[word])


@dataclass(frozen=True)
class Kind:
    """How an attribute of one kind is written in the short syntax."""

    parse: Callable[[Parser], Attribute]
    print: Callable[[Printer, Any], None]


def _word(made: type[Any], words: Any) -> Kind:
    return Kind(
        lambda parser: parse_word(parser, made, words),
        lambda printer, attr: printer.print_string(attr.data.value),
    )


def _number(type: Any) -> Kind:
    return Kind(
        lambda parser: IntegerAttr(parser.parse_integer(allow_boolean=False), type),
        lambda printer, attr: printer.print_string(str(attr.value.data)),
    )


def _precisions(parser: Parser) -> Attribute:
    return ArrayAttr(
        parser.parse_comma_separated_list(
            parser.Delimiter.SQUARE,
            lambda: parse_word(parser, attributes.PrecisionAttr, attributes.Precision),
        )
    )


SHORT: dict[str, Kind] = {
    "bool": Kind(
        lambda parser: IntegerAttr(-1 if parser.parse_boolean() else 0, i1),
        lambda printer, attr: printer.print_string("true" if attr.value.data else "false"),
    ),
    "comparison": _word(attributes.ComparisonDirectionAttr, attributes.ComparisonDirection),
    "comparison_type": _word(attributes.ComparisonTypeAttr, attributes.ComparisonType),
    "dims": Kind(
        lambda parser: ints(parse_ints(parser)),
        lambda printer, attr: printer.print_string(int_list(attr)),
    ),
    "dot_algorithm": Kind(
        lambda parser: DotAlgorithmAttr(DotAlgorithmAttr.parse_parameter(parser)),
        lambda printer, attr: attr.print_parameter(printer),
    ),
    "fft_type": _word(attributes.FftTypeAttr, attributes.FftType),
    "i32": _number(i32),
    "i64": _number(i64),
    "precisions": Kind(
        _precisions,
        lambda printer, attr: printer.print_string(
            f"[{', '.join(each.data.value for each in attr)}]"
        ),
    ),
    "rng_algorithm": _word(attributes.RngAlgorithmAttr, attributes.RngAlgorithm),
    "rng_distribution": _word(attributes.RngDistributionAttr, attributes.RngDistribution),
    "str": Kind(
        lambda parser: StringAttr(parser.parse_str_literal()),
        lambda printer, attr: printer.print_string_literal(attr.data),
    ),
}


def balanced(parser: AttrParser) -> str:
    """The text between the angle bracket at the parser's place and the bracket that closes it."""
    text = parser.lexer.input.content
    start = parser.pos + 1
    parser.parse_punctuation("<")
    end, depth = start, 1
    while depth:
        token = parser._current_token  # pyright: ignore[reportPrivateUsage]
        if not token.text:
            parser.raise_error("a '>' is missing here")
        depth += (token.text == "<") - (token.text == ">")
        end = parser.pos
        parser._consume_token()  # pyright: ignore[reportPrivateUsage]
    return " ".join(text[start:end].split())


# --- An op that is being read ---------------------------------------------------------------------


@dataclass
class Read:
    """The parts of an op that a form has read."""

    operands: list[UnresolvedOperand] = field(default_factory=list)
    properties: dict[str, Attribute] = field(default_factory=dict)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    regions: list[Region] = field(default_factory=list)

    def made(
        self,
        cls: type[Any],
        parser: Parser,
        operand_types: Sequence[Attribute],
        result_types: Sequence[Attribute],
        at: int,
    ) -> Any:
        """The op. An attribute that the op's row names becomes a property."""
        operands = parser.resolve_operands(self.operands, operand_types, at)
        if self.attributes:
            names = cls.get_irdl_definition().properties
            for name in [name for name in self.attributes if name in names]:
                if name in self.properties:
                    parser.raise_error(f"'{name}' is given twice", at)
                self.properties[name] = self.attributes.pop(name)
        return cls.create(
            operands=operands,
            result_types=result_types,
            properties=self.properties,
            attributes=self.attributes,
            regions=self.regions,
        )


def parse_attributes(parser: Parser, read: Read) -> None:
    read.attributes = parser.parse_optional_attr_dict()


def print_attributes(op: Operation, printer: Printer, written: Sequence[str] = ()) -> None:
    """The attributes and properties that the short syntax does not write otherwise."""
    rest = {n: a for n, a in op.properties.items() if n not in written} | op.attributes
    if rest:
        printer.print_op_attributes(dict(sorted(rest.items())))


class Syntax(Protocol):
    """What reads and prints the part of an op after its name."""

    def parse(self, cls: type[Any], parser: Parser) -> Any: ...

    def print(self, op: Any, printer: Printer) -> None: ...


# --- Types ----------------------------------------------------------------------------------------

Types = tuple[Sequence[Attribute], Sequence[Attribute]]


def parse_function(parser: Parser) -> Types:
    type = parser.parse_function_type()
    return type.inputs.data, type.outputs.data


def print_function(op: Operation, printer: Printer) -> None:
    printer.print_operation_type(op)


def _same(op: Operation) -> bool:
    types = [*op.operand_types, *op.result_types]
    return all(t == types[0] for t in types[1:])


def _parse_types(parser: Parser, tail: str, operands: int, results: int) -> Types:
    if tail == "function":
        return parse_function(parser)
    if tail == "same":
        type = parser.parse_type()
        if isinstance(type, FunctionType):
            return type.inputs.data, type.outputs.data
        return [type] * operands, [type] * results
    if tail == "result":
        return [], [parser.parse_type()]
    types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
    if tail == "each":
        return types, []
    parser.parse_punctuation("->")
    if parser.parse_optional_punctuation("("):
        outputs = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        parser.parse_punctuation(")")
        return types, outputs
    return types, [parser.parse_type()]


def _print_types(op: Operation, printer: Printer, tail: str) -> None:
    if tail == "function" or (tail == "same" and not _same(op)):
        printer.print_operation_type(op)
    elif tail in ("same", "result"):
        printer.print_attribute(op.results[0].type)
    else:
        printer.print_list(op.operand_types, printer.print_attribute)
        if tail == "arrow":
            printer.print_string(" -> ")
            printer.print_attribute(op.results[0].type)


# --- Forms ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """One item of a form: an operand, operands, or an attribute."""

    name: str
    word: str | None
    kind: Kind | None
    many: bool
    optional: bool
    closed: bool
    """Whether an item with a word follows the operands of a list."""


class Form:
    """A syntax of one line; see the top of this file."""

    def __init__(self, text: str, kinds: dict[str, str]):
        """`kinds` has the kind of each attribute of the op, by name."""
        items, _, self.tail = (part.strip() for part in text.partition(" : "))
        self.items = tuple(_item(part.strip(), kinds) for part in items.split(",") if part.strip())
        self.written = tuple(item.name for item in self.items if item.kind)

    def text(self) -> str:
        """The syntax as a line of documentation."""
        parts: list[str] = []
        for item in self.items:
            text = f"<{item.name}>" if item.kind else f"%{item.name}{', …' if item.many else ''}"
            parts.append(f"{item.word} = {text}" if item.word else text)
        tails = {
            "same": "type",
            "function": "(types) -> types",
            "result": "type of the result",
            "each": "types",
            "arrow": "types -> types",
        }
        return f"{', '.join(parts)} : {tails[self.tail]}".strip()

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = Read()
        first = True
        for item in self.items:
            if item.many:
                self._parse_operands(item, parser, read, first)
                first = first and not read.operands
                continue
            if item.optional:
                if not first and not parser.parse_optional_punctuation(","):
                    continue
            elif not first:
                parser.parse_punctuation(",")
            first = False
            if item.kind is None:
                read.operands.append(parser.parse_unresolved_operand())
                continue
            if item.word is not None:
                parser.parse_keyword(item.word)
                parser.parse_punctuation("=")
            read.properties[item.name] = item.kind.parse(parser)
        parse_attributes(parser, read)
        if self.tail == "each" and not read.operands:
            return read.made(cls, parser, (), (), parser.pos)
        parser.parse_punctuation(":")
        at = parser.pos
        results = len(cls.get_irdl_definition().results)
        inputs, outputs = _parse_types(parser, self.tail, len(read.operands), results)
        return read.made(cls, parser, inputs, outputs, at)

    def _parse_operands(self, item: Item, parser: Parser, read: Read, first: bool) -> None:
        if first:
            operand = parser.parse_optional_unresolved_operand()
            if operand is None:
                return
            read.operands.append(operand)
        if item.closed:
            # The comma before the next item belongs to that item. MLIR prints `%x, , sizes = []`
            # for an empty list, and reads only `%x, sizes = []`.
            while True:
                start = parser.pos
                if parser.parse_optional_punctuation(",") is None:
                    return
                operand = parser.parse_optional_unresolved_operand()
                if operand is None:
                    if parser.lexer.input.content[parser.pos] != ",":
                        parser._resume_from(start)  # pyright: ignore[reportPrivateUsage]
                    return
                read.operands.append(operand)
        while parser.parse_optional_punctuation(","):
            read.operands.append(parser.parse_unresolved_operand())

    def print(self, op: Any, printer: Printer) -> None:
        text = " "
        for item in self.items:
            if item.many:
                values = getattr(op, item.name)
                if values:
                    printer.print_string(text)
                    printer.print_list(values, printer.print_operand)
                    text = ", "
                continue
            attr = op.properties.get(item.name)
            if item.kind is not None and attr is None:
                continue
            printer.print_string(text)
            text = ", "
            if item.kind is None:
                printer.print_operand(getattr(op, item.name))
                continue
            if item.word is not None:
                printer.print_string(f"{item.word} = ")
            item.kind.print(printer, attr)
        print_attributes(op, printer, self.written)
        if self.tail == "each" and not op.operands:
            return
        printer.print_string(" : ")
        _print_types(op, printer, self.tail)


def _item(text: str, kinds: dict[str, str]) -> Item:
    word, _, name = text.rpartition("=")
    stars = name.count("*")
    optional = "?" in name
    name = name.strip(" *?")
    kind = SHORT[kinds[name]] if name in kinds else None
    return Item(name, word.strip() or None, kind, stars > 0, optional, stars > 1)
