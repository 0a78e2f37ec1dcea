"""The short syntax of ops that a line of `short_forms` cannot say: loops, reductions, products."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar, cast

from xdsl.dialects.builtin import (
    ComplexType,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    FunctionType,
    IntegerAttr,
    StringAttr,
    TensorType,
    TupleType,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region
from xdsl.parser import Parser
from xdsl.printer import Printer

from ..upstream.spelling import parse_argument
from .attributes import ConvAttr, DotAttr
from .short_forms import (
    SHORT,
    Read,
    int_list,
    ints,
    parse_attributes,
    parse_function,
    parse_ints,
    print_attributes,
)


def _operands(parser: Parser, count: int) -> Read:
    read = Read()
    for index in range(count):
        if index:
            parser.parse_punctuation(",")
        read.operands.append(parser.parse_unresolved_operand())
    return read


def _finish(cls: type[Any], parser: Parser, read: Read) -> Any:
    """The op from attributes and a function type."""
    parse_attributes(parser, read)
    parser.parse_punctuation(":")
    at = parser.pos
    return read.made(cls, parser, *parse_function(parser), at)


def _print_end(op: Any, printer: Printer, written: Sequence[str]) -> None:
    print_attributes(op, printer, written)
    printer.print_string(" : ")
    printer.print_operation_type(op)


# --- Elements -------------------------------------------------------------------------------------


class SelectForm:
    """`select %p, %a, %b : type of %p, type of the result`, where %a and %b have that type."""

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = _operands(parser, 3)
        parse_attributes(parser, read)
        parser.parse_punctuation(":")
        at = parser.pos
        first = parser.parse_type()
        if isinstance(first, FunctionType):
            return read.made(cls, parser, first.inputs.data, first.outputs.data, at)
        parser.parse_punctuation(",")
        type = parser.parse_type()
        return read.made(cls, parser, (first, type, type), (type,), at)

    def print(self, op: Any, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(op.operands, printer.print_operand)
        print_attributes(op, printer)
        printer.print_string(" : ")
        type = op.results[0].type
        if op.operands[1].type != type or op.operands[2].type != type:
            printer.print_operation_type(op)
            return
        printer.print_attribute(op.operands[0].type)
        printer.print_string(", ")
        printer.print_attribute(type)


class ComplexForm:
    """`complex %a, %b : tensor<2xcomplex<f32>>`, where %a and %b have the type of the parts."""

    @staticmethod
    def _part(type: Attribute) -> Attribute | None:
        if isinstance(type, TensorType) and isinstance(type.element_type, ComplexType):
            return TensorType(type.element_type.element_type, type.get_shape(), type.encoding)
        return None

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = _operands(parser, 2)
        parse_attributes(parser, read)
        parser.parse_punctuation(":")
        at = parser.pos
        type = parser.parse_type()
        if isinstance(type, FunctionType):
            return read.made(cls, parser, type.inputs.data, type.outputs.data, at)
        part = self._part(type)
        if part is None:
            parser.raise_error("a tensor of complex numbers belongs here", at)
        return read.made(cls, parser, (part, part), (type,), at)

    def print(self, op: Any, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(op.operands, printer.print_operand)
        print_attributes(op, printer)
        printer.print_string(" : ")
        type = op.results[0].type
        if any(value.type != self._part(type) for value in op.operands):
            printer.print_operation_type(op)
        else:
            printer.print_attribute(type)


_FORMAT = re.compile(r"e(\d+)m(\d+)")


class ReducePrecisionForm:
    """`reduce_precision %x, format = e5m10 : type`."""

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = _operands(parser, 1)
        parser.parse_punctuation(",")
        parser.parse_keyword("format")
        parser.parse_punctuation("=")
        at = parser.pos
        found = _FORMAT.fullmatch(parser.parse_identifier())
        if found is None:
            parser.raise_error("a format is written as e5m10, and this is none", at)
        for name, number in zip(("exponent_bits", "mantissa_bits"), found.groups(), strict=True):
            read.properties[name] = IntegerAttr(int(number), i32)
        parse_attributes(parser, read)
        parser.parse_punctuation(":")
        at = parser.pos
        type = parser.parse_type()
        if isinstance(type, FunctionType):
            return read.made(cls, parser, type.inputs.data, type.outputs.data, at)
        return read.made(cls, parser, (type,), (type,), at)

    def print(self, op: Any, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(op.operand)
        exponent, mantissa = op.exponent_bits.value.data, op.mantissa_bits.value.data
        printer.print_string(f", format = e{exponent}m{mantissa}")
        print_attributes(op, printer, ("exponent_bits", "mantissa_bits"))
        printer.print_string(" : ")
        if op.operand.type == op.output.type:
            printer.print_attribute(op.output.type)
        else:
            printer.print_operation_type(op)


class ConstantForm:
    """`constant dense<1.0> : tensor<2xf32>`. A location may follow the type."""

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = Read()
        parse_attributes(parser, read)
        at = parser.pos
        value = parser.parse_attribute()
        if not isinstance(value, DenseIntOrFPElementsAttr):
            parser.raise_error("the elements of a tensor belong here, such as dense<1.0>", at)
        read.properties["value"] = value
        type: Attribute = value.type
        if parser.parse_optional_punctuation(":"):
            type = parser.parse_type()
        return read.made(cls, parser, (), (type,), at)

    def print(self, op: Any, printer: Printer) -> None:
        print_attributes(op, printer, ("value",))
        printer.print_string(" ")
        printer.print_attribute(op.value)
        if op.value.type != op.output.type:
            printer.print_string(" : ")
            printer.print_attribute(op.output.type)


# --- Tuples and lists of values -------------------------------------------------------------------


class TupleForm:
    """`tuple %a, %b : tuple<type of %a, type of %b>`."""

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = Read()
        first = parser.parse_optional_unresolved_operand()
        if first is not None:
            read.operands.append(first)
            while parser.parse_optional_punctuation(","):
                read.operands.append(parser.parse_unresolved_operand())
        parse_attributes(parser, read)
        parser.parse_punctuation(":")
        at = parser.pos
        type = parser.parse_type()
        if not isinstance(type, TupleType):
            parser.raise_error("the type of a tuple belongs here", at)
        return read.made(cls, parser, type.types.data, (type,), at)

    def print(self, op: Any, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(op.operands, printer.print_operand)
        print_attributes(op, printer)
        printer.print_string(" : ")
        printer.print_attribute(op.results[0].type)


class GetTupleElementForm:
    """`get_tuple_element %t[1] : (type of %t) -> type of the result`."""

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = _operands(parser, 1)
        parser.parse_punctuation("[")
        index = parser.parse_integer(allow_boolean=False)
        read.properties["index"] = IntegerAttr(index, i32)
        parser.parse_punctuation("]")
        return _finish(cls, parser, read)

    def print(self, op: Any, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(op.operand)
        printer.print_string(f"[{op.index.value.data}]")
        _print_end(op, printer, ("index",))


class ValuesForm:
    """
    `optimization_barrier %a, %b : type of %a, type of %b`, whose results have the same types, and
    `optimization_barrier()` of no values. With `one`, all types are one type: `after_all`.
    """

    def __init__(self, one: bool):
        self.one = one

    def text(self) -> str:
        """The syntax as a line of documentation."""
        return f"%a, %b : {'type' if self.one else 'type of %a, type of %b'}"

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = Read()
        first = parser.parse_optional_unresolved_operand()
        if first is not None:
            read.operands.append(first)
            while parser.parse_optional_punctuation(","):
                read.operands.append(parser.parse_unresolved_operand())
        elif not self.one and parser.parse_optional_punctuation("("):
            parser.parse_punctuation(")")
            parse_attributes(parser, read)
            return read.made(cls, parser, (), (), parser.pos)
        parse_attributes(parser, read)
        parser.parse_punctuation(":")
        at = parser.pos
        types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        if self.one:
            return read.made(cls, parser, types * len(read.operands), types, at)
        return read.made(cls, parser, types, types, at)

    def print(self, op: Any, printer: Printer) -> None:
        if not op.operands and not self.one:
            printer.print_string("()")
            print_attributes(op, printer)
            return
        printer.print_string(" ")
        printer.print_list(op.operands, printer.print_operand)
        print_attributes(op, printer)
        printer.print_string(" : ")
        printer.print_list(op.result_types, printer.print_attribute)


# --- Indices --------------------------------------------------------------------------------------


class SliceForm:
    """`slice %x [0:2, 1:6:3] : (type of %x) -> type of the result`: start, limit, stride."""

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = _operands(parser, 1)

        def one() -> tuple[int, int, int]:
            start = parser.parse_integer(allow_boolean=False)
            parser.parse_punctuation(":")
            limit = parser.parse_integer(allow_boolean=False)
            stride = 1
            if parser.parse_optional_punctuation(":"):
                stride = parser.parse_integer(allow_boolean=False)
            return start, limit, stride

        ranges = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, one)
        for index, name in enumerate(("start_indices", "limit_indices", "strides")):
            read.properties[name] = ints([each[index] for each in ranges])
        return _finish(cls, parser, read)

    def print(self, op: Any, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(op.operand)
        starts, limits, strides = (
            each.get_values() for each in (op.start_indices, op.limit_indices, op.strides)
        )
        ranges = (
            f"{start}:{limit}" if stride == 1 else f"{start}:{limit}:{stride}"
            for start, limit, stride in zip(starts, limits, strides, strict=True)
        )
        printer.print_string(f" [{', '.join(ranges)}]")
        _print_end(op, printer, ("start_indices", "limit_indices", "strides"))


# --- Products -------------------------------------------------------------------------------------


class DotGeneralForm:
    """
    `dot_general %a, %b, batching_dims = [0] x [0], contracting_dims = [2] x [1], precision = […],
    algorithm = <…> : function type`, where the batching dimensions, the precision and the algorithm
    may be absent.
    """

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = _operands(parser, 2)
        dims: dict[str, tuple[list[int], list[int]]] = {}
        while parser.parse_optional_punctuation(","):
            at = parser.pos
            word = parser.parse_identifier()
            parser.parse_punctuation("=")
            if word in ("batching_dims", "contracting_dims") and word not in dims:
                left = parse_ints(parser)
                parser.parse_characters("x")
                dims[word] = left, parse_ints(parser)
            elif word == "precision":
                read.properties["precision_config"] = SHORT["precisions"].parse(parser)
            elif word == "algorithm":
                read.properties["algorithm"] = SHORT["dot_algorithm"].parse(parser)
            else:
                parser.raise_error(f"'{word}' has no meaning here, or comes twice", at)
        if "contracting_dims" not in dims:
            parser.raise_error("contracting_dims = […] x […] is missing")
        batch = dims.get("batching_dims", ([], []))
        contracting = dims["contracting_dims"]
        read.properties["dot_dimension_numbers"] = DotAttr(
            (tuple(batch[0]), tuple(batch[1]), tuple(contracting[0]), tuple(contracting[1]))
        )
        return _finish(cls, parser, read)

    def print(self, op: Any, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(op.operands, printer.print_operand)
        dims: DotAttr = op.dot_dimension_numbers
        lhs, rhs = dims.lhs_batching_dimensions, dims.rhs_batching_dimensions
        if lhs or rhs:
            printer.print_string(f", batching_dims = {int_list(lhs)} x {int_list(rhs)}")
        lhs, rhs = dims.lhs_contracting_dimensions, dims.rhs_contracting_dimensions
        printer.print_string(f", contracting_dims = {int_list(lhs)} x {int_list(rhs)}")
        if op.precision_config is not None:
            printer.print_string(", precision = ")
            SHORT["precisions"].print(printer, op.precision_config)
        if op.algorithm is not None:
            printer.print_string(", algorithm = ")
            SHORT["dot_algorithm"].print(printer, op.algorithm)
        _print_end(op, printer, ("dot_dimension_numbers", "precision_config", "algorithm"))


def _pairs(table: DenseIntOrFPElementsAttr) -> list[tuple[int, int]]:
    numbers = [int(n) for n in cast(Sequence[int], table.get_values())]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


class ConvolutionForm:
    """
    `convolution(%a, %b) dim_numbers = […]x[…]->[…], window = {stride = […], …} {…} : function
    type`.
    """

    LISTS: ClassVar[dict[str, str]] = {
        "stride": "window_strides",
        "lhs_dilate": "lhs_dilation",
        "rhs_dilate": "rhs_dilation",
    }

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        parser.parse_punctuation("(")
        read = _operands(parser, 2)
        parser.parse_punctuation(")")
        parser.parse_keyword("dim_numbers")
        parser.parse_punctuation("=")
        read.properties["dimension_numbers"] = ConvAttr(ConvAttr.parse_dims(parser))
        parser.parse_punctuation(",")
        parser.parse_keyword("window")
        parser.parse_punctuation("=")

        def one() -> None:
            at = parser.pos
            word = parser.parse_identifier()
            parser.parse_punctuation("=")
            name, value = self._field(word, parser, at)
            if name in read.properties:
                parser.raise_error(f"'{word}' comes twice", at)
            read.properties[name] = value

        parser.parse_comma_separated_list(parser.Delimiter.BRACES, one)
        return _finish(cls, parser, read)

    def _field(self, word: str, parser: Parser, at: int) -> tuple[str, Attribute]:
        if word in self.LISTS:
            return self.LISTS[word], ints(parse_ints(parser))
        if word == "pad":
            rows = parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE, lambda: parse_ints(parser)
            )
            if any(len(row) != 2 for row in rows):
                parser.raise_error("each entry of pad has two numbers, low and high", at)
            flat = [n for row in rows for n in row]
            type = TensorType(i64, [len(rows), 2])
            return "padding", DenseIntOrFPElementsAttr.from_list(type, flat)
        if word == "reverse":
            flags = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parser.parse_boolean)
            return "window_reversal", DenseArrayBase.from_list(i1, [int(f) for f in flags])
        parser.raise_error(f"'{word}' is no part of a window", at)

    def print(self, op: Any, printer: Printer) -> None:
        printer.print_string("(")
        printer.print_list(op.operands, printer.print_operand)
        printer.print_string(f") dim_numbers = {op.dimension_numbers.text()}, window = {{")
        parts: list[str] = []

        def add(word: str, attr: DenseArrayBase[Any] | None) -> None:
            if attr is not None:
                parts.append(f"{word} = {int_list(attr)}")

        add("stride", op.window_strides)
        if op.padding is not None:
            parts.append(f"pad = [{', '.join(map(int_list, _pairs(op.padding)))}]")
        add("lhs_dilate", op.lhs_dilation)
        add("rhs_dilate", op.rhs_dilation)
        if op.window_reversal is not None:
            flags = ("true" if n else "false" for n in op.window_reversal.get_values())
            parts.append(f"reverse = [{', '.join(flags)}]")
        printer.print_string(f"{', '.join(parts)}}}")
        written = ("padding", "window_reversal", "dimension_numbers", *self.LISTS.values())
        _print_end(op, printer, written)


# --- Calls ----------------------------------------------------------------------------------------


class CustomCallForm:
    """`custom_call @name(%a, %b) {…} : function type`."""

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = Read()
        read.properties["call_target_name"] = parser.parse_symbol_name()
        read.operands = parser.parse_op_args_list()
        return _finish(cls, parser, read)

    def print(self, op: Any, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(op.call_target_name.data)
        printer.print_string("(")
        printer.print_list(op.operands, printer.print_operand)
        printer.print_string(")")
        _print_end(op, printer, ("call_target_name",))


class CompositeForm:
    """`composite "name" %a, %b {decomposition = @f} : function type`, and regions before `:`."""

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = Read()
        read.properties["name"] = StringAttr(parser.parse_str_literal())
        first = parser.parse_optional_unresolved_operand()
        if first is not None:
            read.operands.append(first)
            while parser.parse_optional_punctuation(","):
                read.operands.append(parser.parse_unresolved_operand())
        parse_attributes(parser, read)
        if parser.parse_optional_punctuation("("):
            read.regions = parser.parse_comma_separated_list(
                parser.Delimiter.NONE, parser.parse_region
            )
            parser.parse_punctuation(")")
        parser.parse_punctuation(":")
        at = parser.pos
        return read.made(cls, parser, *parse_function(parser), at)

    def print(self, op: Any, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_string_literal(op.composite_name.data)
        if op.operands:
            printer.print_string(" ")
            printer.print_list(op.operands, printer.print_operand)
        print_attributes(op, printer, ("name",))
        if op.regions:
            printer.print_string(" (")
            printer.print_list(op.regions, printer.print_region)
            printer.print_string(")")
        printer.print_string(" : ")
        printer.print_operation_type(op)


# --- Regions --------------------------------------------------------------------------------------


def _name_alike(printer: Printer, blocks: Sequence[Block]) -> None:
    """Give the arguments of the other blocks the names that those of the first block have."""
    names = printer._ssa_values  # pyright: ignore[reportPrivateUsage]
    for block in blocks[1:]:
        for arg, first in zip(block.args, blocks[0].args, strict=True):
            if first in names:  # a printer may name values in its own way
                names[arg] = names[first]


class WhileForm:
    """`while(%i = %a, %j = %b) : types cond {…} do {…}`; both regions see %i and %j."""

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = Read()

        def one() -> Any:
            argument = parser.parse_argument(expect_type=False)
            parser.parse_punctuation("=")
            read.operands.append(parser.parse_unresolved_operand())
            return argument

        names = parser.parse_comma_separated_list(parser.Delimiter.PAREN, one)
        types: list[Attribute] = []
        at = parser.pos
        if names:
            parser.parse_punctuation(":")
            types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
            if len(types) != len(names):
                parser.raise_error(f"{len(names)} values need {len(names)} types", at)
        read.attributes = _after_keyword(parser)
        arguments = [name.resolve(type) for name, type in zip(names, types, strict=True)]
        for word in ("cond", "do"):
            parser.parse_keyword(word)
            read.regions.append(parser.parse_region(arguments))
        return read.made(cls, parser, types, types, at)

    def print(self, op: Any, printer: Printer) -> None:
        # A region that has not one block with an argument for each operand is refused by the
        # verifier. Such an op is printed only in the generic form.
        args = op.cond.block.args
        for arg in args:
            arg.name_hint = arg.name_hint or "iterArg"
        printer.print_string("(")
        for index, (arg, operand) in enumerate(zip(args, op.operands, strict=True)):
            printer.print_string(", " if index else "")
            printer.print_ssa_value(arg)
            printer.print_string(" = ")
            printer.print_operand(operand)
        printer.print_string(")")
        if args:
            printer.print_string(" : ")
            printer.print_list(op.operand_types, printer.print_attribute)
        if op.attributes:
            printer.print_string(" attributes")
            print_attributes(op, printer)
        _name_alike(printer, [op.cond.block, op.body.block])
        printer.print_string(" cond ")
        printer.print_region(op.cond, print_entry_block_args=False)
        printer.print_string(" do ")
        printer.print_region(op.body, print_entry_block_args=False)


def _after_keyword(parser: Parser) -> dict[str, Attribute]:
    found = parser.parse_optional_attr_dict_with_keyword()
    return {} if found is None else dict(found.data)


class ReduceForm:
    """
    `reduce(%x init: %a) applies stablehlo.add across dimensions = [0] : function type`, or with a
    region: `reduce(%x init: %a), (%y init: %b) across dimensions = [0] : function type reducer(…)
    (…) {…}`. The brackets have two arguments for each operand, the one so far and the next.
    """

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = Read()
        inits: list[Any] = []

        def one() -> None:
            parser.parse_punctuation("(")
            read.operands.append(parser.parse_unresolved_operand())
            parser.parse_keyword("init")
            parser.parse_punctuation(":")
            inits.append(parser.parse_unresolved_operand())
            parser.parse_punctuation(")")

        parser.parse_comma_separated_list(parser.Delimiter.NONE, one)
        read.operands += inits
        applied: str | None = None
        applied_at = parser.pos
        if parser.parse_optional_keyword("applies"):
            applied_at = parser.pos
            applied = parser.parse_identifier()
        parser.parse_keyword("across")
        parser.parse_keyword("dimensions")
        parser.parse_punctuation("=")
        read.properties["dimensions"] = ints(parse_ints(parser))
        parse_attributes(parser, read)
        parser.parse_punctuation(":")
        at = parser.pos
        inputs, outputs = parse_function(parser)
        if applied is None:
            read.regions.append(self._reducer(parser, len(inits)))
        else:
            read.regions.append(self._applied(parser, applied, applied_at, inputs))
        return read.made(cls, parser, inputs, outputs, at)

    @staticmethod
    def _reducer(parser: Parser, count: int) -> Region:
        parser.parse_keyword("reducer")
        left: list[Any] = []
        right: list[Any] = []
        for _ in range(count):
            parser.parse_punctuation("(")
            left.append(parse_argument(parser))
            parser.parse_punctuation(",")
            right.append(parse_argument(parser))
            parser.parse_punctuation(")")
        return parser.parse_region([*left, *right])

    @staticmethod
    def _applied(parser: Parser, name: str, at: int, inputs: Sequence[Attribute]) -> Region:
        """The region with one op of that name, on scalars of the inputs' element type."""
        made = parser.ctx.get_optional_op(name)
        if made is None or not _is_binary(made):
            parser.raise_error(f"'{name}' is no op of two operands and one result", at)
        type = inputs[0] if inputs else None
        if not isinstance(type, TensorType):
            parser.raise_error("reduce has tensors as operands", at)
        scalar = TensorType(type.element_type, [])
        block = Block(arg_types=(scalar, scalar))
        op = made.create(operands=block.args, result_types=(scalar,))
        done = parser.ctx.get_op("stablehlo.return").create(operands=op.results)
        block.add_ops((op, done))
        return Region(block)

    def print(self, op: Any, printer: Printer) -> None:
        count = len(op.operands) // 2
        pairs = list(zip(op.operands[:count], op.operands[count:], strict=True))
        for index, (value, init) in enumerate(pairs):
            printer.print_string(", (" if index else "(")
            printer.print_operand(value)
            printer.print_string(" init: ")
            printer.print_operand(init)
            printer.print_string(")")
        applied = applied_op(op)
        if applied is not None:
            printer.print_string(f" applies {applied.name}")
        printer.print_string(f" across dimensions = {int_list(op.dimensions)}")
        _print_end(op, printer, ("dimensions",))
        if applied is not None:
            return
        printer.print_string(" reducer")
        args = op.body.block.args
        for left, right in zip(args[:count], args[count:], strict=True):
            printer.print_string("(")
            printer.print_block_argument(left)
            printer.print_string(", ")
            printer.print_block_argument(right)
            printer.print_string(") ")
        printer.print_region(op.body, print_entry_block_args=False)


def _is_binary(made: type[Operation]) -> bool:
    definition = getattr(made, "get_irdl_definition", None)
    if definition is None:
        return False
    found = definition()
    return len(found.operands) == 2 and len(found.results) == 1 and not found.regions


def applied_op(op: Any) -> Operation | None:
    """
    The op of the region of a reduce if the region is that op alone, on the region's two arguments
    in their order. Such a reduce has the short form.
    """
    if len(op.operands) != 2 or len(op.body.blocks) != 1:
        return None
    block = op.body.block
    ops = list(block.ops)
    if len(block.args) != 2 or len(ops) != 2:
        return None
    inner, done = ops
    input = op.operands[0].type
    if not isinstance(input, TensorType):
        return None
    scalar = TensorType(input.element_type, [])
    right = (
        inner.name.startswith("stablehlo.")
        and not inner.regions
        and not inner.attributes
        and not inner.properties
        and tuple(inner.operands) == tuple(block.args)
        and [arg.type for arg in block.args] == [scalar, scalar]
        and [r.type for r in inner.results] == [scalar]
        and done.name == "stablehlo.return"
        and not done.attributes
        and tuple(done.operands) == tuple(inner.results)
    )
    return inner if right else None


class TopKForm:
    """`chlo.top_k(%x, k = 5) : type of %x -> (types of the results)`."""

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        parser.parse_punctuation("(")
        read = _operands(parser, 1)
        parser.parse_punctuation(",")
        parser.parse_keyword("k")
        parser.parse_punctuation("=")
        read.properties["k"] = IntegerAttr(parser.parse_integer(allow_boolean=False), i64)
        parser.parse_punctuation(")")
        parse_attributes(parser, read)
        parser.parse_punctuation(":")
        at = parser.pos
        type = parser.parse_type()
        parser.parse_punctuation("->")
        results = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
        return read.made(cls, parser, (type,), results, at)

    def print(self, op: Any, printer: Printer) -> None:
        printer.print_string("(")
        printer.print_operand(op.operand)
        printer.print_string(f", k = {op.k.value.data})")
        print_attributes(op, printer, ("k",))
        printer.print_string(" : ")
        printer.print_attribute(op.operand.type)
        printer.print_string(" -> (")
        printer.print_list(op.result_types, printer.print_attribute)
        printer.print_string(")")


class ScanForm:
    """`chlo.scan(%x) inits (%a) dimension=0 attributes {…} {…} : function type`."""

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = Read()
        read.operands = parser.parse_op_args_list()
        inputs = len(read.operands)
        parser.parse_keyword("inits")
        inits = parser.parse_op_args_list()
        read.operands += inits
        parser.parse_keyword("dimension")
        parser.parse_punctuation("=")
        dimension = parser.parse_integer(allow_boolean=False)
        read.properties["dimension"] = IntegerAttr(dimension, i64)
        read.attributes = _after_keyword(parser)
        read.regions.append(parser.parse_region())
        parser.parse_punctuation(":")
        at = parser.pos
        operands, results = parse_function(parser)
        for name, counts in (
            ("operandSegmentSizes", (inputs, len(inits))),
            ("resultSegmentSizes", (len(results) - len(inits), len(inits))),
        ):
            if min(counts) < 0:
                parser.raise_error("a scan has a result for each initial value", at)
            read.properties[name] = DenseArrayBase.from_list(i32, counts)
        return read.made(cls, parser, operands, results, at)

    def print(self, op: Any, printer: Printer) -> None:
        printer.print_string("(")
        printer.print_list(op.inputs, printer.print_operand)
        printer.print_string(") inits (")
        printer.print_list(op.inits, printer.print_operand)
        printer.print_string(f") dimension={op.dimension.value.data}")
        written = ("dimension", "operandSegmentSizes", "resultSegmentSizes")
        if any(name not in written for name in op.properties) or op.attributes:
            printer.print_string(" attributes")
            print_attributes(op, printer, written)
        printer.print_string(" ")
        printer.print_region(op.body)
        printer.print_string(" : ")
        printer.print_operation_type(op)
