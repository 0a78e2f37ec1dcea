"""
The dialect `sdy` (Shardy): how tensors are cut over the devices of a mesh.

A mesh names its axes and their sizes. A sharding says for each dimension of a tensor along which
axes of the mesh the dimension is cut. XLA's partitioner reads the shardings; letgrad keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from xdsl.dialects.builtin import IntegerAttr, StringAttr, i32, i64
from xdsl.ir import Attribute, Data, Dialect, OpaqueSyntaxAttribute
from xdsl.irdl import BaseAttr, irdl_attr_definition
from xdsl.parser import AttrParser, Parser
from xdsl.printer import Printer
from xdsl.traits import SymbolOpInterface

from .stablehlo.long_forms import ConstantForm, parse_argument
from .stablehlo.op_table import KINDS, TERMINATOR, Table
from .stablehlo.short_forms import (
    Read,
    balanced,
    parse_attributes,
    parse_function,
    print_attributes,
)

# --- Axes -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Axis:
    """
    An axis of a mesh, `"x"`, or a part of one: `"x":(2)4` is the part of size 4 of an axis that has
    a part of size 2 before.
    """

    name: str
    before: int = 1
    size: int | None = None

    def __str__(self) -> str:
        part = "" if self.size is None else f":({self.before}){self.size}"
        return f'"{self.name}"{part}'


@dataclass(frozen=True)
class Dimension:
    """
    The axes along which a dimension is cut, the major one first. Propagation may add axes to an
    open dimension, `{"x", ?}`. A priority orders propagation.
    """

    axes: tuple[Axis, ...] = ()
    open: bool = False
    priority: int | None = None

    def __str__(self) -> str:
        parts = [*map(str, self.axes), *(["?"] if self.open else [])]
        return f"{{{', '.join(parts)}}}{'' if self.priority is None else f'p{self.priority}'}"


@dataclass(frozen=True)
class Mesh:
    """Named axes with sizes, and the order of the devices where it is not 0, 1, …."""

    axes: tuple[tuple[str, int], ...] = ()
    device_ids: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """The number of devices."""
        return prod(n for _, n in self.axes)

    def __str__(self) -> str:
        axes = ", ".join(f'"{name}"={size}' for name, size in self.axes)
        order = f", device_ids=[{', '.join(map(str, self.device_ids))}]" if self.device_ids else ""
        return f"<[{axes}]{order}>"


@dataclass(frozen=True)
class Sharding:
    """
    The mesh (its symbol, or a mesh), a `Dimension` for each dimension, the axes over which the
    tensor must be copied, and those over which a sum is still to be made.
    """

    mesh: str | Mesh
    dimensions: tuple[Dimension, ...]
    replicated: tuple[Axis, ...] = ()
    unreduced: tuple[Axis, ...] = ()

    def __str__(self) -> str:
        mesh = f"@{_symbol(self.mesh)}" if isinstance(self.mesh, str) else f"mesh{self.mesh}"
        text = f"{mesh}, [{', '.join(map(str, self.dimensions))}]"
        for word, axes in (("replicated", self.replicated), ("unreduced", self.unreduced)):
            if axes:
                text += f", {word}={_braces(axes)}"
        return f"<{text}>"


def _symbol(name: str) -> str:
    plain = name.replace("_", "a").replace("$", "a").replace(".", "a")
    return name if plain.isalnum() and not name[0].isdigit() else f'"{name}"'


def _braces(axes: Sequence[Axis]) -> str:
    return f"{{{', '.join(map(str, axes))}}}"


def _axis(parser: AttrParser) -> Axis:
    name = parser.parse_str_literal()
    if not parser.parse_optional_punctuation(":"):
        return Axis(name)
    parser.parse_punctuation("(")
    before = parser.parse_integer(allow_boolean=False, allow_negative=False)
    parser.parse_punctuation(")")
    return Axis(name, before, parser.parse_integer(allow_boolean=False, allow_negative=False))


def _axes(parser: AttrParser) -> tuple[Axis, ...]:
    return tuple(parser.parse_comma_separated_list(parser.Delimiter.BRACES, lambda: _axis(parser)))


def _dimension(parser: AttrParser) -> Dimension:
    axes: list[Axis] = []
    is_open = False
    parser.parse_punctuation("{")
    while not parser.parse_optional_punctuation("}"):
        if axes or is_open:
            parser.parse_punctuation(",")
        if parser.parse_optional_punctuation("?"):
            is_open = True
            parser.parse_punctuation("}")
            break
        axes.append(_axis(parser))
    return Dimension(tuple(axes), is_open, _priority(parser))


def _priority(parser: AttrParser) -> int | None:
    at = parser.pos
    word = parser.parse_optional_identifier()
    if word is None:
        return None
    if word[:1] != "p" or not word[1:].isdecimal():
        parser.raise_error("a priority is the letter p and a number, such as p1", at)
    return int(word[1:])


def parse_mesh(parser: AttrParser) -> Mesh:
    """A mesh with its angle brackets."""

    def axis() -> tuple[str, int]:
        name = parser.parse_str_literal()
        parser.parse_punctuation("=")
        return name, parser.parse_integer(allow_boolean=False, allow_negative=False)

    parser.parse_punctuation("<")
    axes = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, axis)
    ids: list[int] = []
    if parser.parse_optional_punctuation(","):
        parser.parse_keyword("device_ids")
        parser.parse_punctuation("=")
        ids = parser.parse_comma_separated_list(
            parser.Delimiter.SQUARE, lambda: parser.parse_integer(allow_boolean=False)
        )
    parser.parse_punctuation(">")
    return Mesh(tuple(axes), tuple(ids))


def parse_sharding(parser: AttrParser) -> Sharding:
    """A sharding with its angle brackets."""
    parser.parse_punctuation("<")
    name = parser.parse_optional_symbol_name()
    if name is None:
        parser.parse_keyword("mesh")
    mesh = parse_mesh(parser) if name is None else name.data
    parser.parse_punctuation(",")
    dimensions = parser.parse_comma_separated_list(
        parser.Delimiter.SQUARE, lambda: _dimension(parser)
    )
    found: dict[str, tuple[Axis, ...]] = {}
    while parser.parse_optional_punctuation(","):
        at = parser.pos
        word = parser.parse_identifier()
        if word not in ("replicated", "unreduced") or word in found:
            parser.raise_error("replicated={…} or unreduced={…} belongs here, each once", at)
        parser.parse_punctuation("=")
        found[word] = _axes(parser)
    parser.parse_punctuation(">")
    return Sharding(mesh, tuple(dimensions), **found)


# --- Attributes -----------------------------------------------------------------------------------


@irdl_attr_definition
class MeshAttr(Data[Mesh]):
    """`#sdy.mesh<["x"=4, "y"=2]>`: the devices as an array with named axes."""

    name = "sdy.mesh"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> Mesh:
        return parse_mesh(parser)

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(str(self.data))


@irdl_attr_definition
class ShardingAttr(Data[Sharding]):
    """`#sdy.sharding<@mesh, [{"x"}, {}]>`: how a tensor is cut over the devices of a mesh."""

    name = "sdy.sharding"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> Sharding:
        return parse_sharding(parser)

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(str(self.data))


@irdl_attr_definition
class ShardingPerValueAttr(Data[tuple[Sharding, ...]]):
    """`#sdy.sharding_per_value<[<@mesh, [{"x"}]>]>`: a sharding for each of several values."""

    name = "sdy.sharding_per_value"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> tuple[Sharding, ...]:
        parser.parse_punctuation("<")
        found = cls.parse_list(parser)
        parser.parse_punctuation(">")
        return found

    @classmethod
    def parse_list(cls, parser: AttrParser) -> tuple[Sharding, ...]:
        """The shardings in square brackets, as ops write them."""
        return tuple(
            parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE, lambda: parse_sharding(parser)
            )
        )

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(f"<{self.text()}>")

    def text(self) -> str:
        """The shardings in square brackets, as ops write them."""
        return f"[{', '.join(map(str, self.data))}]"


@irdl_attr_definition
class ManualAxesAttr(Data[tuple[str, ...]], OpaqueSyntaxAttribute):
    """`#sdy<manual_axes{"x"}>`: the axes over which a `manual_computation` runs by itself."""

    name = "sdy.manual_axes"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> tuple[str, ...]:
        return tuple(
            parser.parse_comma_separated_list(parser.Delimiter.BRACES, parser.parse_str_literal)
        )

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(self.text())

    def text(self) -> str:
        names = ", ".join(f'"{name}"' for name in self.data)
        return f"{{{names}}}"


@irdl_attr_definition
class AxisRefListAttr(Data[tuple[Axis, ...]], OpaqueSyntaxAttribute):
    """`#sdy<axis_ref_list{"x", "y"}>`: axes of a mesh."""

    name = "sdy.axis_ref_list"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> tuple[Axis, ...]:
        return _axes(parser)

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(self.text())

    def text(self) -> str:
        return _braces(self.data)


@irdl_attr_definition
class ListOfAxisRefListsAttr(Data[tuple[tuple[Axis, ...], ...]], OpaqueSyntaxAttribute):
    """`#sdy<list_of_axis_ref_lists[{"x"}, {}]>`: axes of a mesh for each dimension."""

    name = "sdy.list_of_axis_ref_lists"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> tuple[tuple[Axis, ...], ...]:
        return tuple(
            parser.parse_comma_separated_list(parser.Delimiter.SQUARE, lambda: _axes(parser))
        )

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(self.text())

    def text(self) -> str:
        return f"[{', '.join(map(_braces, self.data))}]"


@dataclass(frozen=True)
class AllToAllParam:
    """Axes that move from the cut of one dimension to the cut of another, `{"x"}: 0->1`."""

    axes: tuple[Axis, ...]
    source: int
    target: int

    def __str__(self) -> str:
        return f"{_braces(self.axes)}: {self.source}->{self.target}"


@irdl_attr_definition
class AllToAllParamListAttr(Data[tuple[AllToAllParam, ...]], OpaqueSyntaxAttribute):
    """`#sdy<all_to_all_param_list[{"x"}: 0->1]>`: axes that move between dimensions."""

    name = "sdy.all_to_all_param_list"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> tuple[AllToAllParam, ...]:
        def one() -> AllToAllParam:
            axes = _axes(parser)
            parser.parse_punctuation(":")
            source = parser.parse_integer(allow_boolean=False, allow_negative=False)
            parser.parse_punctuation("->")
            target = parser.parse_integer(allow_boolean=False, allow_negative=False)
            return AllToAllParam(axes, source, target)

        return tuple(parser.parse_comma_separated_list(parser.Delimiter.SQUARE, one))

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(self.text())

    def text(self) -> str:
        return f"[{', '.join(map(str, self.data))}]"


@irdl_attr_definition
class OpShardingRuleAttr(Data[str]):
    """
    `#sdy.op_sharding_rule<([i, j], [j, k])->([i, k]) {i=8, j=2, k=4}>`: which dimensions of the
    operands and results of an op belong together. The attribute keeps the text.
    """

    name = "sdy.op_sharding_rule"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> str:
        return balanced(parser)

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(f"<{self.data}>")


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
