"""
The dialect `sdy` (Shardy): how tensors are cut over the devices of a mesh.

A mesh names its axes and their sizes. A sharding says for each dimension of a tensor along which
axes of the mesh the dimension is cut. XLA's partitioner reads the shardings; letgrad keeps them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xdsl.dialects.builtin import IntegerAttr, StringAttr, i32, i64
from xdsl.ir import Attribute, Dialect
from xdsl.irdl import BaseAttr
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import SymbolOpInterface

from .sdy_attributes import (
    AllToAllParamListAttr,
    AxisRefListAttr,
    ListOfAxisRefListsAttr,
    ManualAxesAttr,
    Mesh,
    MeshAttr,
    OpShardingRuleAttr,
    Sharding,
    ShardingAttr,
    ShardingPerValueAttr,
    parse_mesh,
    parse_sharding,
)
from .stablehlo.long_forms import ConstantForm
from .stablehlo.op_table import KINDS, TERMINATOR, Table
from .stablehlo.short_forms import (
    Read,
    parse_attributes,
    parse_function,
    print_attributes,
)
from .upstream.spelling import parse_argument

# --- Syntax ---------------------------------------------------------------------------------------


class MeshForm:
    """`sdy.mesh @name = <["x"=4]>`."""

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = Read()
        read.properties["sym_name"] = parser.parse_symbol_name()
        parser.parse_punctuation("=")
        read.properties["mesh"] = MeshAttr(parse_mesh(parser))
        parse_attributes(parser, read)
        return read.made(cls, parser, (), (), parser.pos)

    def print(self, op: Any, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(op.sym_name.data)
        printer.print_string(f" = {op.mesh.data}")
        print_attributes(op, printer, ("sym_name", "mesh"))


_DIRECTIONS = ("NONE", "FORWARD", "BACKWARD", "BOTH")


def _parse_direction(parser: Parser) -> Attribute:
    at = parser.pos
    word = parser.parse_identifier()
    if word not in _DIRECTIONS:
        parser.raise_error(f"'{word}' is none of {', '.join(_DIRECTIONS)}", at)
    return IntegerAttr(_DIRECTIONS.index(word), i32)


def _parse_number(parser: Parser) -> Attribute:
    return IntegerAttr(parser.parse_integer(allow_boolean=False), i64)


_KINDS: dict[str, tuple[Callable[[Parser], Attribute], Callable[[Any], str]]] = {
    "all_to_all": (
        lambda parser: AllToAllParamListAttr(AllToAllParamListAttr.parse_parameter(parser)),
        lambda attr: attr.text(),
    ),
    "axes": (
        lambda parser: AxisRefListAttr(AxisRefListAttr.parse_parameter(parser)),
        lambda attr: attr.text(),
    ),
    "axis_lists": (
        lambda parser: ListOfAxisRefListsAttr(ListOfAxisRefListsAttr.parse_parameter(parser)),
        lambda attr: attr.text(),
    ),
    "direction": (_parse_direction, lambda attr: _DIRECTIONS[attr.value.data]),
    "number": (_parse_number, lambda attr: str(attr.value.data)),
    "sharding": (
        lambda parser: ShardingAttr(parse_sharding(parser)),
        lambda attr: str(attr.data),
    ),
}


class ShardyForm:
    """
    `[before] %x [word=]after : type of %x and of the result`. `before` and `after` are the name of
    an attribute and its kind, `sharding:sharding`, or empty.
    """

    def __init__(self, before: str = "", word: str = "", after: str = "", optional: bool = False):
        self.before, _, before_kind = before.partition(":")
        self.after, _, after_kind = after.partition(":")
        self.word = word
        self.optional = optional
        self.kinds = {self.before: before_kind, self.after: after_kind}

    def text(self) -> str:
        """The syntax as a line of documentation."""
        word = f"{self.word}=" if self.word else ""
        parts = [f"<{self.before}>" if self.before else "", "%x", f"{word}<{self.after}>"]
        return f"{' '.join(part for part in parts if part)} : type"

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = Read()
        if self.before:
            read.properties[self.before] = _KINDS[self.kinds[self.before]][0](parser)
        read.operands.append(parser.parse_unresolved_operand())
        if self._after(parser):
            read.properties[self.after] = _KINDS[self.kinds[self.after]][0](parser)
        parse_attributes(parser, read)
        parser.parse_punctuation(":")
        at = parser.pos
        type = parser.parse_type()
        return read.made(cls, parser, (type,), (type,) * len(cls.get_irdl_definition().results), at)

    def _after(self, parser: Parser) -> bool:
        if not self.after:
            return False
        if not self.word:
            return True
        if self.optional:
            if parser.parse_optional_keyword(self.word) is None:
                return False
        else:
            parser.parse_keyword(self.word)
        parser.parse_punctuation("=")
        return True

    def print(self, op: Any, printer: Printer) -> None:
        if self.before:
            printer.print_string(f" {self._text(op, self.before)}")
        printer.print_string(" ")
        printer.print_operand(op.operands[0])
        if self.after in op.properties:
            word = f"{self.word}=" if self.word else ""
            printer.print_string(f" {word}{self._text(op, self.after)}")
        print_attributes(op, printer, (self.before, self.after))
        printer.print_string(" : ")
        printer.print_attribute(op.operands[0].type)

    def _text(self, op: Any, name: str) -> str:
        return _KINDS[self.kinds[name]][1](op.properties[name])


class ComputationForm:
    """
    `manual_computation(%x) in_shardings=[…] out_shardings=[…] manual_axes={…} (%a: type) {…} :
    function type`, and `named_computation<"name">(%x) …` without manual axes.
    """

    def __init__(self, named: bool):
        self.named = named

    def parse(self, cls: type[Any], parser: Parser) -> Any:
        read = Read()
        if self.named:
            parser.parse_punctuation("<")
            read.properties["name"] = StringAttr(parser.parse_str_literal())
            parser.parse_punctuation(">")
        read.operands = parser.parse_op_args_list()
        for word in ("in_shardings", "out_shardings"):
            if self.named and parser.parse_optional_keyword(word) is None:
                continue
            if not self.named:
                parser.parse_keyword(word)
            parser.parse_punctuation("=")
            read.properties[word] = ShardingPerValueAttr(ShardingPerValueAttr.parse_list(parser))
        if not self.named:
            parser.parse_keyword("manual_axes")
            parser.parse_punctuation("=")
            axes = ManualAxesAttr.parse_parameter(parser)
            read.properties["manual_axes"] = ManualAxesAttr(axes)
        arguments = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, lambda: parse_argument(parser)
        )
        read.regions.append(parser.parse_region(arguments))
        parse_attributes(parser, read)
        parser.parse_punctuation(":")
        at = parser.pos
        return read.made(cls, parser, *parse_function(parser), at)

    def print(self, op: Any, printer: Printer) -> None:
        if self.named:
            printer.print_string("<")
            printer.print_string_literal(op.computation_name.data)
            printer.print_string(">")
        printer.print_string("(")
        printer.print_list(op.operands, printer.print_operand)
        printer.print_string(")")
        for word in ("in_shardings", "out_shardings"):
            if word in op.properties:
                printer.print_string(f" {word}={op.properties[word].text()}")
        if not self.named:
            printer.print_string(f" manual_axes={op.manual_axes.text()}")
        printer.print_string(" (")
        printer.print_list(op.body.block.args, printer.print_block_argument)
        printer.print_string(") ")
        printer.print_region(op.body, print_entry_block_args=False)
        written = ("name", "in_shardings", "out_shardings", "manual_axes")
        print_attributes(op, printer, written)
        printer.print_string(" : ")
        printer.print_operation_type(op)


# --- Ops ------------------------------------------------------------------------------------------

SDY = Table(
    "sdy",
    KINDS
    | {
        "all_to_all": BaseAttr(AllToAllParamListAttr),
        "axes": BaseAttr(AxisRefListAttr),
        "axis_lists": BaseAttr(ListOfAxisRefListsAttr),
        "manual_axes": BaseAttr(ManualAxesAttr),
        "mesh": BaseAttr(MeshAttr),
        "sharding": BaseAttr(ShardingAttr),
        "shardings": BaseAttr(ShardingPerValueAttr),
    },
)
op = SDY.op

MeshOp = op(
    "mesh",
    "",
    "",
    "sym_name:str mesh:mesh",
    pure=False,
    traits=(SymbolOpInterface(),),
    form=MeshForm(),
    meaning="A mesh of devices with a name, for the shardings of the module.",
)
ShardingConstraintOp = op(
    "sharding_constraint",
    "input",
    attributes="sharding:sharding",
    form=ShardyForm(after="sharding:sharding"),
    meaning="The input, which is cut over the devices so.",
)
ReshardOp = op(
    "reshard",
    "input",
    attributes="sharding:sharding",
    form=ShardyForm(after="sharding:sharding"),
    meaning="The input, cut anew over the devices.",
)
ManualComputationOp = op(
    "manual_computation",
    "tensors*",
    "results_*",
    "in_shardings:shardings out_shardings:shardings manual_axes:manual_axes",
    "body",
    pure=False,
    form=ComputationForm(named=False),
    meaning="The body on each device, with the device's part of each tensor.",
)
NamedComputationOp = op(
    "named_computation",
    "inputs*",
    "results_*",
    "computation_name=name:str in_shardings?:shardings out_shardings?:shardings",
    "body",
    pure=False,
    form=ComputationForm(named=True),
    meaning="The body, a computation with a name and shardings of its own.",
)
ReturnOp = op(
    "return",
    "inputs*",
    "",
    traits=(TERMINATOR,),
    form="inputs* : each",
    meaning="The end of the region of an op of sdy, with the region's results.",
)
ShardingGroupOp = op(
    "sharding_group",
    "input",
    "",
    "group_id:i64",
    pure=False,
    form=ShardyForm("", "group_id", "group_id:number"),
    meaning="The input has the sharding of every other tensor of its group.",
)
DataFlowEdgeOp = op(
    "data_flow_edge",
    "input",
    attributes="sharding?:sharding",
    form=ShardyForm("", "sharding", "sharding:sharding", optional=True),
    meaning="The input, at the border of an op with regions.",
)
FuncDataFlowEdgeOp = op(
    "func_data_flow_edge",
    "operand",
    form="operand : same",
    meaning="The operand, at the border of a function.",
)
PropagationBarrierOp = op(
    "propagation_barrier",
    "input",
    attributes="allowed_direction:any",
    form=ShardyForm("", "allowed_direction", "allowed_direction:direction"),
    meaning="The input; shardings propagate through it in one direction only.",
)
ConstantOp = op(
    "constant", "", "output", "value:any", form=ConstantForm(), meaning="The known tensor `value`."
)
AllGatherOp = op(
    "all_gather",
    "tensor",
    attributes="gathering_axes:axis_lists out_sharding:sharding",
    form=ShardyForm("gathering_axes:axis_lists", "out_sharding", "out_sharding:sharding"),
    meaning="The tensor, no longer cut along these axes.",
)
AllReduceOp = op(
    "all_reduce",
    "tensor",
    attributes="reduction_axes:axes out_sharding:sharding",
    form=ShardyForm("reduction_axes:axes", "out_sharding", "out_sharding:sharding"),
    meaning="The sum of the tensors along these axes.",
)
AllSliceOp = op(
    "all_slice",
    "tensor",
    attributes="slicing_axes:axis_lists out_sharding:sharding",
    form=ShardyForm("slicing_axes:axis_lists", "out_sharding", "out_sharding:sharding"),
    meaning="The tensor, cut along these axes too.",
)
AllToAllOp = op(
    "all_to_all",
    "tensor",
    attributes="params:all_to_all out_sharding:sharding",
    form=ShardyForm("params:all_to_all", "out_sharding", "out_sharding:sharding"),
    meaning="The tensor, cut along these axes in other dimensions.",
)
CollectivePermuteOp = op(
    "collective_permute",
    "tensor",
    attributes="out_sharding:sharding",
    form=ShardyForm("", "out_sharding", "out_sharding:sharding"),
    meaning="The tensor, with its parts on other devices.",
)
ReduceScatterOp = op(
    "reduce_scatter",
    "tensor",
    attributes="reduce_scatter_axes:axis_lists out_sharding:sharding",
    form=ShardyForm("reduce_scatter_axes:axis_lists", "out_sharding", "out_sharding:sharding"),
    meaning="The sum of the tensors along these axes, cut along them.",
)
ReplicatedToUnreducedOp = op(
    "replicated_to_unreduced",
    "tensor",
    attributes="axes:axes out_sharding:sharding",
    form=ShardyForm("axes:axes", "out_sharding", "out_sharding:sharding"),
    meaning="The tensor as a sum that is still to be made over these axes.",
)
ShardedToUnreducedOp = op(
    "sharded_to_unreduced",
    "tensor",
    attributes="axes:axis_lists out_sharding:sharding",
    form=ShardyForm("axes:axis_lists", "out_sharding", "out_sharding:sharding"),
    meaning="The parts of the tensor as a sum that is still to be made over these axes.",
)


def sharding_of(attributes: dict[str, Attribute]) -> Sharding | None:
    """The sharding among the attributes of an argument or a result of a function."""
    found = attributes.get("sdy.sharding")
    return found.data if isinstance(found, ShardingAttr) else None


def mesh_of(op: object) -> tuple[str, Mesh]:
    """The name and the mesh of an `sdy.mesh`."""
    name: StringAttr = op.sym_name  # type: ignore[attr-defined]
    return name.data, op.mesh.data  # type: ignore[attr-defined]


Sdy = Dialect(
    "sdy",
    list(SDY.ops.values()),
    [
        AllToAllParamListAttr,
        AxisRefListAttr,
        ListOfAxisRefListsAttr,
        ManualAxesAttr,
        MeshAttr,
        OpShardingRuleAttr,
        ShardingAttr,
        ShardingPerValueAttr,
    ],
)
