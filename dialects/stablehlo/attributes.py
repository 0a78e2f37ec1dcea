"""
The types and attributes of StableHLO: `!stablehlo.token`, enumerations, and records of numbers.

An enumeration is one word, such as `#stablehlo<comparison_direction LT>`. A record has named
fields, such as `#stablehlo.gather<offset_dims = [0], index_vector_dim = 1>`. The fields of a record
are Python numbers and tuples: `attr.offset_dims == (0,)`.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import Any, ClassVar, Self, cast, overload

from xdsl.dialects.builtin import ArrayAttr, Float64Type
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import (
    Attribute,
    Data,
    ParametrizedAttribute,
    SpacedOpaqueSyntaxAttribute,
    TypeAttribute,
)
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.str_enum import StrEnum

# --- Types ----------------------------------------------------------------------------------------


@irdl_attr_definition
class TokenType(ParametrizedAttribute, TypeAttribute):
    """The order of ops with effects: an op that takes a token runs after the op that gave it."""

    name = "stablehlo.token"


@irdl_attr_definition
class FutureType(ParametrizedAttribute, TypeAttribute):
    """The results of an `async_start` that an `async_done` waits for."""

    name = "stablehlo.future"

    types: ArrayAttr[Attribute]

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        types = parser.parse_comma_separated_list(parser.Delimiter.ANGLE, parser.parse_type)
        return (ArrayAttr(types),)

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_list(self.types, printer.print_attribute)


# --- Enumerations ---------------------------------------------------------------------------------


class ComparisonDirection(StrEnum):
    EQ = "EQ"
    NE = "NE"
    GE = "GE"
    GT = "GT"
    LE = "LE"
    LT = "LT"


class ComparisonType(StrEnum):
    NOTYPE = "NOTYPE"
    FLOAT = "FLOAT"
    TOTALORDER = "TOTALORDER"
    SIGNED = "SIGNED"
    UNSIGNED = "UNSIGNED"


class CustomCallApiVersion(StrEnum):
    """The conventions by which XLA calls the target of a `custom_call`. MLIR stores a number."""

    UNSPECIFIED = "0"
    ORIGINAL = "1"
    STATUS_RETURNING = "2"
    STATUS_RETURNING_UNIFIED = "3"
    TYPED_FFI = "4"


class FftType(StrEnum):
    FFT = "FFT"
    IFFT = "IFFT"
    RFFT = "RFFT"
    IRFFT = "IRFFT"


class Precision(StrEnum):
    DEFAULT = "DEFAULT"
    HIGH = "HIGH"
    HIGHEST = "HIGHEST"


class ResultAccuracyMode(StrEnum):
    DEFAULT = "DEFAULT"
    HIGHEST = "HIGHEST"
    TOLERANCE = "TOLERANCE"


class RngAlgorithm(StrEnum):
    DEFAULT = "DEFAULT"
    THREE_FRY = "THREE_FRY"
    PHILOX = "PHILOX"


class RngDistribution(StrEnum):
    UNIFORM = "UNIFORM"
    NORMAL = "NORMAL"


class Transpose(StrEnum):
    TRANSPOSE_INVALID = "TRANSPOSE_INVALID"
    NO_TRANSPOSE = "NO_TRANSPOSE"
    TRANSPOSE = "TRANSPOSE"
    ADJOINT = "ADJOINT"


@irdl_attr_definition
class ComparisonDirectionAttr(EnumAttribute[ComparisonDirection], SpacedOpaqueSyntaxAttribute):
    """The comparison that `compare` makes: lhs < rhs for LT."""

    name = "stablehlo.comparison_direction"


@irdl_attr_definition
class ComparisonTypeAttr(EnumAttribute[ComparisonType], SpacedOpaqueSyntaxAttribute):
    """How `compare` reads the bits of its operands."""

    name = "stablehlo.comparison_type"


@irdl_attr_definition
class FftTypeAttr(EnumAttribute[FftType], SpacedOpaqueSyntaxAttribute):
    """The kind of a Fourier transform."""

    name = "stablehlo.fft_type"


@irdl_attr_definition
class PrecisionAttr(EnumAttribute[Precision], SpacedOpaqueSyntaxAttribute):
    """How exactly a product computes: DEFAULT is fast, HIGHEST is exact."""

    name = "stablehlo.precision"


@irdl_attr_definition
class ResultAccuracyModeAttr(EnumAttribute[ResultAccuracyMode]):
    """How exactly an op computes; TOLERANCE has numbers beside it."""

    name = "stablehlo.result_accuracy_mode"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> ResultAccuracyMode:
        with parser.in_angle_brackets():
            return super().parse_parameter(parser)

    def print_parameter(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            super().print_parameter(printer)


@irdl_attr_definition
class RngAlgorithmAttr(EnumAttribute[RngAlgorithm], SpacedOpaqueSyntaxAttribute):
    """The generator of `rng_bit_generator`."""

    name = "stablehlo.rng_algorithm"


@irdl_attr_definition
class RngDistributionAttr(EnumAttribute[RngDistribution], SpacedOpaqueSyntaxAttribute):
    """The distribution of `rng`."""

    name = "stablehlo.rng_distribution"


@irdl_attr_definition
class TransposeAttr(EnumAttribute[Transpose], SpacedOpaqueSyntaxAttribute):
    """How `triangular_solve` turns its matrix first."""

    name = "stablehlo.transpose"


# --- Records --------------------------------------------------------------------------------------


class Numbers:
    """A field of a record that is a list of numbers, `name = [0, 1]`."""

    index: int

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: Record, owner: type) -> tuple[int, ...]: ...
    def __get__(self, record: Record | None, owner: type) -> Self | tuple[int, ...]:
        return self if record is None else cast(tuple[int, ...], record.data[self.index])

    default: ClassVar[Any] = ()

    def parse(self, parser: AttrParser) -> Any:
        return tuple(parser.parse_comma_separated_list(parser.Delimiter.SQUARE, _integer(parser)))

    def print(self, printer: Printer, value: Any) -> None:
        printer.print_string(f"[{', '.join(map(str, value))}]")


class Number:
    """A field of a record that is one number, `name = 1`."""

    index: int
    default: ClassVar[Any] = 0

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: Record, owner: type) -> int: ...
    def __get__(self, record: Record | None, owner: type) -> Self | int:
        return self if record is None else cast(int, record.data[self.index])

    def parse(self, parser: AttrParser) -> Any:
        return parser.parse_integer(allow_boolean=False)

    def print(self, printer: Printer, value: Any) -> None:
        printer.print_string(str(value))


class Flag:
    """A field of a record that is `true` or `false`."""

    index: int
    default: ClassVar[Any] = False

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: Record, owner: type) -> bool: ...
    def __get__(self, record: Record | None, owner: type) -> Self | bool:
        return self if record is None else cast(bool, record.data[self.index])

    def parse(self, parser: AttrParser) -> Any:
        return parser.parse_boolean()

    def print(self, printer: Printer, value: Any) -> None:
        printer.print_string("true" if value else "false")


class Part:
    """A field of a record that is an attribute or a type, `name = f32`."""

    index: int
    default: ClassVar[Any] = None

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: Record, owner: type) -> Attribute: ...
    def __get__(self, record: Record | None, owner: type) -> Self | Attribute:
        return self if record is None else cast(Attribute, record.data[self.index])

    def parse(self, parser: AttrParser) -> Any:
        return parser.parse_attribute()

    def print(self, printer: Printer, value: Any) -> None:
        printer.print_attribute(value)


Field = Numbers | Number | Flag | Part


def _integer(parser: AttrParser):
    return lambda: parser.parse_integer(allow_boolean=False)


class Record(Data[tuple[Any, ...]], ABC):
    """
    An attribute with named fields, `#stablehlo.name<field = value, …>`. A text may leave out
    fields, which then have their default: an empty list, 0.
    """

    FIELDS: ClassVar[dict[str, Field]] = {}
    PRINTS_ALL: ClassVar[bool] = False
    """Whether the printer writes fields that have their default, as MLIR does for this record."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        fields = {n: f for n, f in cls.__dict__.items() if isinstance(f, Field)}
        if fields:
            cls.FIELDS = fields
        for index, each in enumerate(fields.values()):
            each.index = index

    @classmethod
    def of(cls, **fields: Any) -> Self:
        """The record with these fields; the other fields have their default."""
        unknown = set(fields) - set(cls.FIELDS)
        if unknown:
            raise TypeError(f"{cls.name} has no field {min(unknown)}")
        values = (fields.get(name, field.default) for name, field in cls.FIELDS.items())
        return cls(tuple(tuple(v) if isinstance(v, list) else v for v in values))

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> tuple[Any, ...]:
        found: dict[str, Any] = {}

        def one() -> None:
            at = parser.pos
            name = parser.parse_identifier()
            if name not in cls.FIELDS:
                parser.raise_error(f"{cls.name} has no field '{name}'", at)
            if name in found:
                parser.raise_error(f"{cls.name} has the field '{name}' twice", at)
            parser.parse_punctuation("=")
            found[name] = cls.FIELDS[name].parse(parser)

        parser.parse_comma_separated_list(parser.Delimiter.ANGLE, one)
        missing = [n for n, f in cls.FIELDS.items() if f.default is None and n not in found]
        if missing:
            parser.raise_error(f"{cls.name} lacks the field '{missing[0]}'")
        return tuple(found.get(name, field.default) for name, field in cls.FIELDS.items())

    def print_parameter(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            first = True
            for (name, field), value in zip(self.FIELDS.items(), self.data, strict=True):
                if value == field.default and not self.PRINTS_ALL:
                    continue
                printer.print_string(f"{name} = " if first else f", {name} = ")
                field.print(printer, value)
                first = False


@irdl_attr_definition
class ChannelHandleAttr(Record):
    """The channel of a communication between processes."""

    name = "stablehlo.channel_handle"
    PRINTS_ALL = True

    handle = Number()
    type = Number()


@irdl_attr_definition
class DotAttr(Record):
    """
    The dimensions of `dot_general`: the batch dimensions, which both operands have, and the
    contracted dimensions, over which the op sums.
    """

    name = "stablehlo.dot"

    lhs_batching_dimensions = Numbers()
    rhs_batching_dimensions = Numbers()
    lhs_contracting_dimensions = Numbers()
    rhs_contracting_dimensions = Numbers()


@irdl_attr_definition
class DotAlgorithmAttr(Record):
    """The arithmetic that a device uses for a product."""

    name = "stablehlo.dot_algorithm"
    PRINTS_ALL = True

    lhs_precision_type = Part()
    rhs_precision_type = Part()
    accumulation_type = Part()
    lhs_component_count = Number()
    rhs_component_count = Number()
    num_primitive_operations = Number()
    allow_imprecise_accumulation = Flag()


@irdl_attr_definition
class GatherAttr(Record):
    """Which dimensions of a gather's operands and result belong together."""

    name = "stablehlo.gather"

    offset_dims = Numbers()
    collapsed_slice_dims = Numbers()
    operand_batching_dims = Numbers()
    start_indices_batching_dims = Numbers()
    start_index_map = Numbers()
    index_vector_dim = Number()


@irdl_attr_definition
class ScatterAttr(Record):
    """Which dimensions of a scatter's operands and result belong together."""

    name = "stablehlo.scatter"

    update_window_dims = Numbers()
    inserted_window_dims = Numbers()
    input_batching_dims = Numbers()
    scatter_indices_batching_dims = Numbers()
    scatter_dims_to_operand_dims = Numbers()
    index_vector_dim = Number()


@irdl_attr_definition
class OutputOperandAliasAttr(Record):
    """An output of a `custom_call` that shares the memory of an operand."""

    name = "stablehlo.output_operand_alias"
    PRINTS_ALL = True

    output_tuple_indices = Numbers()
    operand_index = Number()
    operand_tuple_indices = Numbers()


@irdl_attr_definition
class ResultAccuracyAttr(Data[tuple[float, float, int, ResultAccuracyModeAttr]]):
    """How exactly an op computes: to an absolute and a relative error, or in units of the last
    place."""

    name = "stablehlo.result_accuracy"

    @property
    def atol(self) -> float:
        return self.data[0]

    @property
    def rtol(self) -> float:
        return self.data[1]

    @property
    def ulps(self) -> int:
        return self.data[2]

    @property
    def mode(self) -> ResultAccuracyMode:
        return self.data[3].data

    @classmethod
    def parse_parameter(
        cls, parser: AttrParser
    ) -> tuple[float, float, int, ResultAccuracyModeAttr]:
        found: dict[str, Any] = {}

        def one() -> None:
            at = parser.pos
            name = parser.parse_identifier()
            parser.parse_punctuation("=")
            if name in ("atol", "rtol"):
                found[name] = float(parser.parse_number())
            elif name == "ulps":
                found[name] = parser.parse_integer(allow_boolean=False)
            elif name == "mode":
                mode = parser.parse_attribute()
                if not isinstance(mode, ResultAccuracyModeAttr):
                    parser.raise_error("mode is a #stablehlo.result_accuracy_mode", at)
                found[name] = mode
            else:
                parser.raise_error(f"{cls.name} has no field '{name}'", at)

        parser.parse_comma_separated_list(parser.Delimiter.ANGLE, one)
        default = ResultAccuracyModeAttr(ResultAccuracyMode.DEFAULT)
        return (
            found.get("atol", 0.0),
            found.get("rtol", 0.0),
            found.get("ulps", 0),
            found.get("mode", default),
        )

    def print_parameter(self, printer: Printer) -> None:
        atol, rtol, ulps, mode = self.data
        with printer.in_angle_brackets():
            if atol:
                printer.print_string("atol = ")
                printer.print_float(atol, Float64Type())
                printer.print_string(", ")
            if rtol:
                printer.print_string("rtol = ")
                printer.print_float(rtol, Float64Type())
                printer.print_string(", ")
            if ulps:
                printer.print_string(f"ulps = {ulps}, ")
            printer.print_string("mode = ")
            printer.print_attribute(mode)


Letters = tuple[str, ...]


@irdl_attr_definition
class ConvAttr(Data[tuple[Letters, Letters, Letters]]):
    """
    What the dimensions of a convolution's operands and result are:
    `#stablehlo.conv<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]>`. A number is a spatial dimension, `b`
    and `f` are the batch and the features, `i` and `o` the kernel's input and output features.
    """

    name = "stablehlo.conv"

    @property
    def input_dims(self) -> Letters:
        return self.data[0]

    @property
    def kernel_dims(self) -> Letters:
        return self.data[1]

    @property
    def output_dims(self) -> Letters:
        return self.data[2]

    @staticmethod
    def _spatial(dims: Letters) -> tuple[int, ...]:
        """The positions of the spatial dimensions 0, 1, … in `dims`."""
        at = {int(c): i for i, c in enumerate(dims) if c.isdigit()}
        return tuple(at[n] for n in sorted(at))

    @property
    def input_batch_dimension(self) -> int:
        return self.data[0].index("b")

    @property
    def input_feature_dimension(self) -> int:
        return self.data[0].index("f")

    @property
    def input_spatial_dimensions(self) -> tuple[int, ...]:
        return self._spatial(self.data[0])

    @property
    def kernel_input_feature_dimension(self) -> int:
        return self.data[1].index("i")

    @property
    def kernel_output_feature_dimension(self) -> int:
        return self.data[1].index("o")

    @property
    def kernel_spatial_dimensions(self) -> tuple[int, ...]:
        return self._spatial(self.data[1])

    @property
    def output_batch_dimension(self) -> int:
        return self.data[2].index("b")

    @property
    def output_feature_dimension(self) -> int:
        return self.data[2].index("f")

    @property
    def output_spatial_dimensions(self) -> tuple[int, ...]:
        return self._spatial(self.data[2])

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> tuple[Letters, Letters, Letters]:
        parser.parse_characters("<")
        dims = cls.parse_dims(parser)
        parser.parse_characters(">")
        return dims

    @classmethod
    def parse_dims(cls, parser: AttrParser) -> tuple[Letters, Letters, Letters]:
        """The dimensions without the angle brackets, as a convolution writes them."""
        input = cls._letters(parser, "bf")
        parser.parse_characters("x")
        kernel = cls._letters(parser, "io")
        parser.parse_characters("->")
        return input, kernel, cls._letters(parser, "bf")

    @staticmethod
    def _letters(parser: AttrParser, letters: str) -> Letters:
        at = parser.pos

        def one() -> str:
            number = parser.parse_optional_integer(allow_boolean=False, allow_negative=False)
            if number is not None:
                return str(number)
            if parser.parse_optional_punctuation("?"):
                return "?"
            return parser.parse_identifier()

        found = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, one)
        spatial = sorted(int(c) for c in found if c.isdigit())
        rest = sorted(c for c in found if not c.isdigit() and c != "?")
        if rest != sorted(letters) or spatial != list(range(len(spatial))):
            parser.raise_error(
                f"these dimensions must be {letters[0]}, {letters[1]} and the numbers from 0, each "
                "once",
                at,
            )
        return tuple(found)

    def print_parameter(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(self.text())

    def text(self) -> str:
        """The dimensions without the angle brackets, as a convolution writes them."""
        input, kernel, output = (f"[{', '.join(dims)}]" for dims in self.data)
        return f"{input}x{kernel}->{output}"


@irdl_attr_definition
class TypeExtensionsAttr(Data[tuple[int | None, ...]]):
    """
    Upper bounds of the unknown sizes of a tensor: `tensor<?x3xf32, #stablehlo.bounds<5, ?>>`. None
    is a size without a bound.
    """

    name = "stablehlo.bounds"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> tuple[int | None, ...]:
        def one() -> int | None:
            if parser.parse_optional_punctuation("?"):
                return None
            return parser.parse_integer(allow_boolean=False, allow_negative=False)

        return tuple(parser.parse_comma_separated_list(parser.Delimiter.ANGLE, one))

    def print_parameter(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(", ".join("?" if n is None else str(n) for n in self.data))


ATTRIBUTES: list[type[Attribute]] = [
    ChannelHandleAttr,
    ComparisonDirectionAttr,
    ComparisonTypeAttr,
    ConvAttr,
    DotAlgorithmAttr,
    DotAttr,
    FftTypeAttr,
    FutureType,
    GatherAttr,
    OutputOperandAliasAttr,
    PrecisionAttr,
    ResultAccuracyAttr,
    ResultAccuracyModeAttr,
    RngAlgorithmAttr,
    RngDistributionAttr,
    ScatterAttr,
    TokenType,
    TransposeAttr,
    TypeExtensionsAttr,
]
