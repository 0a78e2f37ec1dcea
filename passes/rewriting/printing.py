"""The printer of MLIR text: xDSL's printer, with its inexact cases mended."""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import (
    AffineMapAttr,
    AnyFloat,
    ArrayAttr,
    ComplexType,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    FloatAttr,
    FunctionType,
    IndexType,
    IntegerAttr,
    IntegerType,
    NoneAttr,
    StringAttr,
    SymbolRefAttr,
    TensorType,
    UnitAttr,
    UnregisteredOp,
    i1,
)
from xdsl.dialects.utils.bit_enum_attribute import BitEnumAttribute
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.printer import Printer

from ...dialects import types
from . import effects

LISTED = 100
"""A table with more elements than this is printed as one string of bytes, as MLIR does it."""


def exact_text(op: Operation) -> str:
    """
    The generic text of an op, without places in sources, which xDSL's own parser reads exactly.
    That parser takes the bits of a NaN in a list for a number. It reads strings of bytes well.
    """
    try:
        return _Writer().text(op)
    except _NeedsPrinter:
        printer, out = _exact_printer()
        printer.print_op(op)
        return out.getvalue()


def _exact_printer() -> tuple[ExactPrinter, io.StringIO]:
    out = io.StringIO()
    printer = ExactPrinter(out, print_generic_format=True)
    printer.is_for_xdsl = True
    return printer, out


class _NeedsPrinter(Exception):
    """An op has parts that only xDSL's printer writes."""


_REPEATED = (
    AffineMapAttr, AnyFloat, BitEnumAttribute, DenseArrayBase, FloatAttr, FunctionType, IndexType,
    IntegerAttr, IntegerType, StringAttr, SymbolRefAttr, TensorType,
)  # fmt: skip
"""Attributes that come in many ops and programs."""
_MOST_TEXTS = 20_000
_texts: dict[Attribute, str] = {}
"""The texts of such attributes. Equal ones have equal bits."""


def exact_attribute(attribute: Attribute) -> str:
    """The text of an attribute or a type in `exact_text`."""
    found = _texts.get(attribute)
    if found is not None:
        return found
    printer, out = _exact_printer()
    printer.print_attribute(attribute)
    text = out.getvalue()
    if "\n" in text:
        raise _NeedsPrinter  # its lines are indented as the op is
    # Nobody knows of an encoding which ones are equal.
    known = not isinstance(attribute, TensorType) or isinstance(attribute.encoding, NoneAttr)
    if known and isinstance(attribute, _REPEATED) and len(text) < 1000:
        if len(_texts) >= _MOST_TEXTS:
            _texts.clear()
        _texts[attribute] = text
    return text


@functools.cache
def _text_of_key(name: str) -> str:
    printer, out = _exact_printer()
    printer.print_identifier_or_string_literal(name)
    return out.getvalue()


class _Writer:
    """
    Writes what xDSL's printer prints of an op in generic form, without source locations, in a
    fifth of the time: the printer writes each bracket by two context managers.
    """

    def __init__(self) -> None:
        self._out: list[str] = []
        self._values: dict[SSAValue, str] = {}
        self._blocks: dict[Block, str] = {}
        self._hinted: dict[str, int] = {}
        self._hinted_blocks: dict[str, int] = {}
        self._numbers = 0

    def text(self, op: Operation) -> str:
        self._write(op, "\n")
        return "".join(self._out)

    def _name(self, x: SSAValue) -> str:
        found = self._values.get(x)
        if found is None:
            if hint := x.name_hint:
                found = "%" + _next_name(hint, self._hinted)
            else:
                found = f"%{self._numbers}"
                self._numbers += 1
            self._values[x] = found
        return found

    def _write(self, op: Operation, line: str) -> None:
        """Write an op; `line` begins a line of its indentation."""
        if isinstance(op, UnregisteredOp):
            raise _NeedsPrinter
        name, out = self._name, self._out
        if op.results:
            out.append(", ".join(map(name, op.results)) + " = ")
        outside = None
        if effects.is_isolated(type(op)):
            outside = self._numbers, self._hinted, self._hinted_blocks
            self._hinted, self._hinted_blocks = self._hinted.copy(), self._hinted_blocks.copy()
        out.append(f'"{op.name}"(' + ", ".join(map(name, op._operands)) + ")")
        if op.successors:
            if not all(block in self._blocks for block in op.successors):
                raise _NeedsPrinter
            out.append(f" [{', '.join('^' + self._blocks[block] for block in op.successors)}]")
        if op.properties:
            out.append(f" <{_text_of_named(op.properties)}>")
        if op.regions:
            for k, region in enumerate(op.regions):
                out.append(", " if k else " (")
                self._write_region(region, line)
            out.append(")")
        if op.attributes:
            out.append(" " + _text_of_named(op.attributes))
        inputs = ", ".join([exact_attribute(x.type) for x in op._operands])
        outputs = ", ".join([exact_attribute(x.type) for x in op.results])
        if len(op.results) != 1 or isinstance(op.results[0].type, FunctionType):
            outputs = f"({outputs})"
        out.append(f" : ({inputs}) -> {outputs}")
        if outside is not None:
            self._numbers, self._hinted, self._hinted_blocks = outside

    def _write_region(self, region: Region, line: str) -> None:
        out = self._out
        out.append("{")
        for k, block in enumerate(region.blocks):
            if block not in self._blocks:
                hint = block.name_hint
                self._blocks[block] = _next_name(hint, self._hinted_blocks) if hint else f"bb{k}"
        for k, block in enumerate(region.blocks):
            if k or block.args or block.is_empty:
                args = [f"{self._name(x)}: {exact_attribute(x.type)}" for x in block.args]
                listed = f"({', '.join(args)})" if args else ""
                out.append(f"{line}^{self._blocks[block]}{listed}:")
            for op in block.ops:
                out.append(line + "  ")
                self._write(op, line + "  ")
        out.append(line + "}")


def _next_name(hint: str, hinted: dict[str, int]) -> str:
    count = hinted.get(hint, 0)
    hinted[hint] = count + 1
    return f"{hint}_{count}" if count else hint


def _text_of_named(attributes: Mapping[str, Attribute]) -> str:
    each = [
        _text_of_key(name) + ("" if isinstance(x, UnitAttr) else f" = {exact_attribute(x)}")
        for name, x in attributes.items()
    ]
    return f"{{{', '.join(each)}}}"


class ExactPrinter(Printer):
    """
    xDSL's printer, with these defects mended:

    - Declarations lost the attributes of their arguments and results.
    - `dense<[0.0, -0.0]>` came out as a splat of 0.0.
    - The payload of a NaN was lost.
    - A large splat of NaN came out as a list of one element.
    - `scf.while` had its location a second time, between its type and its region.
    - The attributes of a `scf.reduce` without regions read back as its region. The op has its
      generic form then.
    - The step of an `affine.for` that is not positive, which its custom form cannot have.
    """

    is_for_xdsl = False
    """Whether tables with NaNs and infinities become strings of bytes."""

    _declared: func.FuncOp | None = None
    """The declaration that is being printed."""
    listed: int = LISTED
    """Tables of more elements are printed as one string of bytes."""
    elide: int | None = None
    """Tables of more elements are printed without their elements. None prints all elements."""

    def print_operation_type(self, op: Operation) -> None:
        generic = self.print_generic_format or Operation.print is type(op).print
        if generic or isinstance(op, UnregisteredOp):
            super().print_operation_type(op)
        else:  # `print_op` prints the location, at the end
            self.print_function_type(op.operand_types, op.result_types)

    def print_op(self, op: Operation) -> None:
        self._declared = None
        if isinstance(op, func.FuncOp) and not op.body.blocks and (op.arg_attrs or op.res_attrs):
            self._declared = op
        generic = self.print_generic_format
        self.print_generic_format = generic or _is_ambiguous(op)
        super().print_op(op)
        self.print_generic_format = generic

    def print_attribute(self, attribute: Attribute) -> None:
        declared = self._declared
        if declared is not None and attribute is declared.function_type:
            self._declared = None
            if not self.print_generic_format:
                _print_signature(declared, self)
                return
        match attribute:
            case DenseIntOrFPElementsAttr() if (
                self.elide is not None
                and len(attribute) > self.elide
                and not types.is_splat(attribute)
            ):
                # As mlir-opt prints it: no tool takes this for the table.
                self.print_string("dense_resource<__elided__> : ")
                self.print_attribute(attribute.get_type())
            case DenseIntOrFPElementsAttr():
                _print_table(attribute, self)
            case DenseArrayBase() if types.is_any_float(attribute.elt_type):
                _print_floats(attribute, self)
            case _:
                super().print_attribute(attribute)

    def print_float(self, value: float, type: Any) -> None:
        try:
            super().print_float(value, type)
        except OverflowError:
            # Six digits of the largest numbers may round up beyond the type.
            self.print_string(_pattern(type.pack((value,))))


def _is_ambiguous(op: Operation) -> bool:
    """Whether the custom form of an op reads back as another op, or not at all."""
    if isinstance(op, scf.ReduceOp):
        return not op.regions and bool(op.attributes)
    if op.name == "affine.for":
        step = op.properties.get("step")
        return isinstance(step, IntegerAttr) and step.value.data < 1
    return False


def _pattern(data: bytes) -> str:
    return f"0x{data[::-1].hex().upper()}"


def _print_number(data: bytes, type: Any, printer: ExactPrinter) -> None:
    """One element, from its bytes."""
    if isinstance(type, ComplexType):
        half = len(data) // 2
        printer.print_string("(")
        _print_number(data[:half], type.element_type, printer)
        printer.print_string(", ")
        _print_number(data[half:], type.element_type, printer)
        printer.print_string(")")
        return
    number = type.unpack(data, 1)[0]
    if not types.is_any_float(type):
        printer.print_int(number, type)
    elif math.isfinite(number):
        printer.print_float(number, type)
    else:
        printer.print_string(_pattern(data))


def _print_table(table: DenseIntOrFPElementsAttr, printer: ExactPrinter) -> None:
    type, data = table.get_element_type(), table.data.data
    width = type.compile_time_size
    printer.print_string("dense")
    with printer.in_angle_brackets():
        if not len(table):
            pass
        elif printer.is_for_xdsl and types.is_any_float(type) and not _is_finite(table):
            shown = data[:width] if types.is_splat(table) else data
            printer.print_string(f'"0x{shown.hex().upper()}"')
        elif types.is_splat(table):
            _print_number(data[:width], type, printer)
        elif len(table) > printer.listed and (type != i1 or printer.is_for_xdsl):
            printer.print_string(f'"0x{data.hex().upper()}"')
        else:
            # Compilers differ in how they pack i1 into bytes, so these are listed for others.
            elements = [data[i : i + width] for i in range(0, len(data), width)]
            _print_list(elements, table.get_shape(), type, printer)
    printer.print_string(" : ")
    printer.print_attribute(table.get_type())


def _is_finite(table: DenseIntOrFPElementsAttr) -> bool:
    type, data = table.get_element_type(), table.data.data
    count = 1 if types.is_splat(table) else len(table)
    numbers = type.unpack(data[: count * type.compile_time_size], count)
    return all(math.isfinite(x) for x in numbers)  # type: ignore[arg-type]


def _print_list(
    elements: Sequence[bytes], sizes: Sequence[int], type: Any, printer: ExactPrinter
) -> None:
    if not sizes:
        _print_number(elements[0], type, printer)
        return
    n = len(elements) // sizes[0]
    rows = [elements[i : i + n] for i in range(0, len(elements), n)]
    with printer.in_square_brackets():
        printer.print_list(rows, lambda row: _print_list(row, sizes[1:], type, printer))


def _print_floats(array: DenseArrayBase, printer: ExactPrinter) -> None:
    type, data = array.elt_type, array.data.data
    width = type.compile_time_size
    elements = [data[i : i + width] for i in range(0, len(data), width)]
    printer.print_string("array")
    with printer.in_angle_brackets():
        printer.print_attribute(type)
        if elements:
            printer.print_string(": ")
            printer.print_list(elements, lambda x: _print_number(x, type, printer))


def _print_signature(declared: func.FuncOp, printer: ExactPrinter) -> None:
    """The types that a declaration takes and gives, each with its attributes."""
    type = declared.function_type
    _print_types(type.inputs.data, declared.arg_attrs, printer)
    if type.outputs.data:
        printer.print_string(" -> ")
        if declared.res_attrs is None and len(type.outputs.data) == 1:
            printer.print_attribute(type.outputs.data[0])
        else:
            _print_types(type.outputs.data, declared.res_attrs, printer)


def _print_types(
    types: Sequence[Attribute],
    attributes: ArrayAttr[DictionaryAttr] | None,
    printer: ExactPrinter,
) -> None:
    def print_one(one: tuple[Attribute, DictionaryAttr]) -> None:
        printer.print_attribute(one[0])
        if one[1].data:
            printer.print_string(" ")
            printer.print_attribute(one[1])

    each = attributes.data if attributes is not None else (DictionaryAttr({}),) * len(types)
    with printer.in_parens():
        printer.print_list(list(zip(types, each, strict=True)), print_one)
