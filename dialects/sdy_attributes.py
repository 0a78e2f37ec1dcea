"""The meshes and shardings of the dialect `sdy`, their syntax, and the attributes with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from xdsl.ir import Data, OpaqueSyntaxAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from .stablehlo.short_forms import (
    balanced,
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
