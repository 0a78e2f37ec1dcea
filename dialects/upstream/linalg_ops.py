"""
Ops of `linalg` that xDSL lacks. The named ops differ in their names only:

    linalg.matvec {…} ins(%a, %x : …) outs(%y : …) -> tensor<…>
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DenseIntElementsAttr,
    DictionaryAttr,
    IntegerAttr,
    MemRefType,
    StringAttr,
    TensorType,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.dialects.linalg.attrs import IteratorType, IteratorTypeAttr
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.irdl import (
    AnyAttr,
    AttrSizedOperandSegments,
    IRDLOperation,
    SameVariadicOperandSize,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    var_operand_def,
    var_region_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from . import named_bodies, pack_ops
from .scf_ops import types_after_arrow
from .spelling import ReadsOtherwise, WordAttr, parse_argument


@irdl_attr_definition
class TypeFnAttr(WordAttr):
    """How an op reads integers that it casts: `#linalg.type_fn<cast_unsigned>`"""

    name = "linalg.type_fn"
    word: StringAttr


@irdl_attr_definition
class ElementwiseKindAttr(WordAttr):
    """The function of an `linalg.elementwise`: `#linalg.elementwise_kind<exp>`"""

    name = "linalg.elementwise_kind"
    word: StringAttr


def parse_operands(parser: Parser, word: str) -> list[SSAValue]:
    """`ins(%a, %b : type, type)`, or nothing."""
    if parser.parse_optional_keyword(word) is None:
        return []
    parser.parse_punctuation("(")
    if parser.parse_optional_punctuation(")"):
        return []
    pos = parser.pos
    given = parser.parse_comma_separated_list(
        Parser.Delimiter.NONE, parser.parse_unresolved_operand
    )
    parser.parse_punctuation(":")
    types = parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_type)
    parser.parse_punctuation(")")
    return list(parser.resolve_operands(given, types, pos))


def print_operands(printer: Printer, word: str, values: Sequence[SSAValue]) -> None:
    if not values:
        return
    printer.print_string(f" {word}(")
    printer.print_list(values, printer.print_operand)
    printer.print_string(" : ")
    printer.print_list([v.type for v in values], printer.print_attribute)
    printer.print_string(")")


def tensors(values: Sequence[SSAValue]) -> list[Attribute]:
    """The types of the results of an op that writes to these values."""
    return [v.type for v in values if isinstance(v.type, TensorType)]


def check_results(op: Any, outputs: Sequence[SSAValue]) -> None:
    if list(op.res.types) != tensors(outputs):
        raise VerifyException(f"the results of {op.name} have the types of its outputs")


class NamedOp(IRDLOperation):
    """A named op. Its name says the maps of its operands, and the arithmetic."""

    inputs = var_operand_def()
    outputs = var_operand_def()
    res = var_result_def()
    body = var_region_def()
    strides = opt_prop_def(DenseIntElementsAttr)
    dilations = opt_prop_def(DenseIntElementsAttr)
    indexing_maps = opt_prop_def(ArrayAttr)
    cast = opt_prop_def(AnyAttr())
    kind = opt_prop_def(AnyAttr())

    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    def verify_(self) -> None:
        check_results(self, self.outputs)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        given = parser.parse_optional_attr_dict()
        while True:
            word = parser.parse_optional_keyword_in(("indexing_maps", "kind"))
            if word is None:
                break
            parser.parse_punctuation("=")
            given[word] = parser.parse_attribute()
        given |= parser.parse_optional_attr_dict()
        inputs = parse_operands(parser, "ins")
        outputs = parse_operands(parser, "outs")
        if parser.parse_optional_keyword("attrs"):
            parser.parse_punctuation("=")
        given |= parser.parse_optional_attr_dict()
        known = cls.get_irdl_definition().properties
        properties = {k: v for k, v in given.items() if k in known}
        return cls.build(
            operands=[inputs, outputs],
            result_types=[types_after_arrow(parser)],
            properties=properties,
            attributes={k: v for k, v in given.items() if k not in known},
            regions=[_body(cls, inputs, outputs, properties)],
        )

    def print(self, printer: Printer) -> None:
        if self.indexing_maps is not None:
            printer.print_string(" indexing_maps = ")
            printer.print_attribute(self.indexing_maps)
        if self.kind is not None:
            printer.print_string(" kind = ")
            printer.print_attribute(self.kind)
        rest = dict(self.attributes)
        for name in ("strides", "dilations", "cast"):
            if (value := self.properties.get(name)) is not None:
                rest[name] = value
        printer.print_op_attributes(rest)
        print_operands(printer, "ins", self.inputs)
        print_operands(printer, "outs", self.outputs)
        if self.res:
            printer.print_string(" -> ")
            if len(self.res) == 1:
                printer.print_attribute(self.res[0].type)
            else:
                printer.print_string("(")
                printer.print_list(self.res.types, printer.print_attribute)
                printer.print_string(")")


def _body(
    cls: type[NamedOp], inputs: Sequence[SSAValue], outputs: Sequence[SSAValue],
    properties: dict[str, Attribute],
) -> list[Region]:  # fmt: skip
    region = named_bodies.body(
        cls.name.removeprefix("linalg."),
        inputs,
        outputs,
        named_bodies.is_unsigned(properties.get("cast")),
        named_bodies.kind_of(properties.get("kind")),
    )
    return [] if region is None else [region]


def named(word: str) -> type[NamedOp]:
    """The class of a named op."""
    title = "".join(part.capitalize() for part in word.split("_"))
    body: dict[str, Any] = {
        "name": f"linalg.{word}",
        "__doc__": f"`linalg.{word} ins(…) outs(…) -> type`",
        "__module__": __name__,
    }
    return irdl_op_definition(type(f"{title}Op", (NamedOp,), body))


NAMES = (
    "matmul_transpose_a", "matmul_transpose_b", "batch_matmul", "batch_matmul_transpose_a",
    "batch_matmul_transpose_b", "batch_reduce_matmul", "matvec", "vecmat", "batch_matvec",
    "batch_vecmat", "dot", "mmt4d", "batch_mmt4d", "conv_1d", "conv_2d", "conv_3d",
    "conv_1d_nwc_wcf", "conv_1d_ncw_fcw", "conv_3d_ndhwc_dhwcf", "conv_3d_ncdhw_fcdhw",
    "depthwise_conv_1d_nwc_wc", "depthwise_conv_1d_ncw_cw", "depthwise_conv_1d_nwc_wcm",
    "depthwise_conv_2d_nhwc_hwc", "depthwise_conv_2d_nchw_chw", "depthwise_conv_2d_nhwc_hwcm",
    "depthwise_conv_3d_ndhwc_dhwc", "depthwise_conv_3d_ncdhw_cdhw", "pooling_nhwc_sum",
    "pooling_nchw_sum", "pooling_nhwc_max", "pooling_nhwc_min", "pooling_nhwc_max_unsigned",
    "pooling_nhwc_min_unsigned", "pooling_nwc_sum", "pooling_ncw_sum", "pooling_nwc_max",
    "pooling_ncw_max", "pooling_nwc_min", "pooling_nwc_max_unsigned", "pooling_nwc_min_unsigned",
    "pooling_ndhwc_sum", "pooling_ndhwc_max", "pooling_ndhwc_min", "div", "div_unsigned", "powf",
    "abs", "ceil", "floor", "negf", "round", "rsqrt", "tanh", "erf", "reciprocal", "square",
    "contract", "elementwise",
)  # fmt: skip
"""The named ops that xDSL lacks."""


@irdl_op_definition
class IndexedMatmulOp(NamedOp):
    """
    `linalg.matmul indexing_maps = […] ins(…) outs(…) -> type`. Without maps it is xDSL's, which
    multiplies elements of one type.
    """

    name = "linalg.matmul"

    @classmethod
    def create(cls, **kwargs: Any) -> Self:
        properties = kwargs.get("properties", {})
        if {"indexing_maps", "cast"} & properties.keys() or _mixed(kwargs.get("operands", ())):
            return super().create(**kwargs)
        return linalg.MatmulOp.create(**kwargs)  # type: ignore[return-value]

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        # xDSL's class reads the rest of a text without maps, from the attributes on.
        made = super().parse(parser)
        if made.indexing_maps is not None or made.cast is not None or _mixed(made.operands):
            return made
        ins, outs = list(made.inputs), list(made.outputs)
        op = linalg.MatmulOp(ins, outs, list(made.res.types) or None, made.attributes)
        made.erase()
        return op  # type: ignore[return-value]


def _mixed(values: Sequence[SSAValue]) -> bool:
    """Whether the elements of the operands have several types."""
    return len({element(v) for v in values}) > 1


def element(value: SSAValue) -> Attribute:
    assert isinstance(value.type, TensorType | MemRefType)
    return value.type.get_element_type()


def long_body(parser: Parser) -> Region:
    """`(%a: f32, %b: f32) { … }`"""
    args = parser.parse_comma_separated_list(Parser.Delimiter.PAREN, lambda: parse_argument(parser))
    return parser.parse_region(args)


def print_body(printer: Printer, region: Region) -> None:
    printer.print_string(" (")
    printer.print_list(region.block.args, printer.print_block_argument)
    printer.print_string(") ")
    printer.print_region(region, print_entry_block_args=False)


@irdl_op_definition
class MapOp(IRDLOperation):
    """y[i…] = f(x[i…], …): `linalg.map ins(…) outs(…) (%a: f32) { … }`"""

    name = "linalg.map"
    inputs = var_operand_def()
    init = operand_def(AnyAttr())
    res = var_result_def()
    mapper = region_def("single_block")

    def verify_(self) -> None:
        check_results(self, self.operands[-1:])
        count = len(self.mapper.block.args)
        if count not in (len(self.operands) - 1, len(self.operands)):
            raise VerifyException(
                f"the body of linalg.map has {count} arguments, and {len(self.operands) - 1} inputs"
            )
        if len({getattr(x.type, "get_shape", tuple)() for x in self.operands}) > 1:
            raise VerifyException("the operands of linalg.map have one shape")

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        return _parse_with_body(cls, parser, lambda ins, outs: [*ins, *outs])

    def print(self, printer: Printer) -> None:
        print_operands(printer, "ins", self.operands[:-1])
        print_operands(printer, "outs", self.operands[-1:])
        printer.print_op_attributes(self.attributes)
        print_body(printer, self.mapper)


class GenericOp(ReadsOtherwise, linalg.GenericOp):
    """
    `linalg.generic {…} ins(…) outs(…) {…} -> (type, type)`, or `linalg.generic #trait ins(…) …`.
    xDSL reads no parentheses and no alias.
    """

    ON_NUMBERS: ClassVar = linalg.GenericOp

    @classmethod
    def parse(cls, parser: Parser) -> linalg.GenericOp:
        pos = parser.pos
        trait = parser.parse_optional_attribute()
        if not isinstance(trait, DictionaryAttr):
            parser.raise_error("linalg.generic needs indexing_maps and iterator_types", pos)
        given = dict(trait.data)
        maps, words = given.pop("indexing_maps", None), given.pop("iterator_types", None)
        if not isinstance(maps, ArrayAttr) or not isinstance(words, ArrayAttr):
            parser.raise_error("linalg.generic needs indexing_maps and iterator_types", pos)
        kinds = []
        for word in words:
            if isinstance(word, StringAttr) and word.data in set(IteratorType):
                word = IteratorTypeAttr(IteratorType(word.data))
            if not isinstance(word, IteratorTypeAttr):
                parser.raise_error(f"{word} is no iterator type", pos)
            kinds.append(word)
        named = {k: given.pop(k) for k in ("doc", "library_call") if k in given}
        inputs, outputs = parse_operands(parser, "ins"), parse_operands(parser, "outs")
        if parser.parse_optional_keyword("attrs"):
            parser.parse_punctuation("=")
            given |= parser.parse_optional_attr_dict()
        body = parser.parse_region()
        results = types_after_arrow(parser)
        # Older texts have no parentheses around several types.
        while results and parser.parse_optional_punctuation(","):
            results.append(parser.parse_type())
        properties = {"indexing_maps": maps, "iterator_types": ArrayAttr(kinds)} | named
        return linalg.GenericOp.build(
            operands=[inputs, outputs],
            result_types=[results],
            properties=properties,
            attributes=given,
            regions=[body],
        )


def _parse_with_body(cls: Any, parser: Parser, arguments: Any) -> Any:
    """An op whose body is one op in front, or a region at the end."""
    payload = None
    if parser.parse_optional_punctuation("{"):
        pos = parser.pos
        name = parser.parse_identifier()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation("}")
        payload = (pos, name, attributes)
    inputs = parse_operands(parser, "ins")
    outputs = parse_operands(parser, "outs")
    properties: dict[str, Attribute] = {}
    if cls is ReduceOp:
        parser.parse_keyword("dimensions")
        parser.parse_punctuation("=")
        dims = parser.parse_comma_separated_list(Parser.Delimiter.SQUARE, parser.parse_integer)
        properties["dimensions"] = DenseArrayBase.from_list(i64, dims)
    rest = parser.parse_optional_attr_dict()
    if payload is None:
        region = long_body(parser)
    else:
        region = _payload_body(parser, payload, arguments(inputs, outputs), outputs, cls)
    return cls.build(
        operands=[inputs, outputs] if cls is ReduceOp else [inputs, *outputs],
        result_types=[tensors(outputs)],
        properties=properties,
        attributes=rest,
        regions=[region],
    )


def _payload_body(
    parser: Parser, payload: Any, arguments: Sequence[SSAValue], outputs: Sequence[SSAValue],
    cls: Any,
) -> Region:  # fmt: skip
    pos, name, attributes = payload
    found = parser.ctx.get_optional_op(name)
    if found is None:
        parser.raise_error(f"there is no op {name}", pos)
    block = Block(arg_types=[element(v) for v in arguments])
    known = found.get_irdl_definition().properties if issubclass(found, IRDLOperation) else {}
    defaults = {k: p.default_value for k, p in known.items() if p.default_value is not None}
    # A reduction has what it has so far in front. A map does not use the element that it replaces.
    given = list(block.args)
    if cls is MapOp:
        given = given[: -len(outputs)]
    else:
        given = given[len(given) // 2 :] + given[: len(given) // 2]
    op = found.create(
        operands=given,
        result_types=[element(v) for v in outputs],
        properties=defaults | {k: v for k, v in attributes.items() if k in known},
        attributes={k: v for k, v in attributes.items() if k not in known},
    )
    block.add_ops([op, linalg.YieldOp(*op.results)])
    return Region(block)


@irdl_op_definition
class ReduceOp(IRDLOperation):
    """
    Elements along `dimensions`, joined: `linalg.reduce ins(…) outs(…) dimensions = [1]
    (%x: f32, %y: f32) { … }`
    """

    name = "linalg.reduce"
    inputs = var_operand_def()
    inits = var_operand_def()
    irdl_options = (SameVariadicOperandSize(),)
    res = var_result_def()
    combiner = region_def("single_block")
    dimensions = prop_def(DenseArrayBase.constr(i64))

    def verify_(self) -> None:
        n = len(self.operands) // 2
        check_results(self, self.operands[n:])
        if len(self.combiner.block.args) != 2 * n or len(self.operands) != 2 * n:
            raise VerifyException(
                f"linalg.reduce has {len(self.operands)} operands, and its body has "
                f"{len(self.combiner.block.args)} arguments"
            )
        dims = [int(d) for d in self.dimensions.get_values()]
        for x, y in zip(self.operands[:n], self.operands[n:]):
            shapes = [list(getattr(v.type, "get_shape", tuple)()) for v in (x, y)]
            if sorted(set(dims)) != dims or any(not 0 <= d < len(shapes[0]) for d in dims):
                raise VerifyException(f"there are no dimensions {dims} in {x.type}")
            kept = [m for d, m in enumerate(shapes[0]) if d not in dims]
            if kept != shapes[1]:
                raise VerifyException(f"{x.type} without the dimensions {dims} is not {y.type}")

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        return _parse_with_body(cls, parser, lambda ins, outs: [*ins, *outs])

    def print(self, printer: Printer) -> None:
        n = len(self.operands) // 2
        print_operands(printer, "ins", self.operands[:n])
        print_operands(printer, "outs", self.operands[n:])
        printer.print_string(" dimensions = [")
        printer.print_list(self.dimensions.get_values(), printer.print_int)
        printer.print_string("]")
        printer.print_op_attributes(self.attributes)
        print_body(printer, self.combiner)


@irdl_op_definition
class SoftmaxOp(IRDLOperation):
    """y = exp(x - max x) / Σ exp(x - max x) along a dimension."""

    name = "linalg.softmax"
    input = operand_def(AnyAttr())
    output = operand_def(AnyAttr())
    res = var_result_def()
    dimension = prop_def(IntegerAttr)

    def verify_(self) -> None:
        check_results(self, self.operands[1:])
        rank = len(getattr(self.operands[0].type, "get_shape", tuple)())
        if not 0 <= self.dimension.value.data < rank:
            raise VerifyException(
                f"there is no dimension {self.dimension.value.data} in {self.operands[0].type}"
            )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        attributes = parser.parse_optional_attr_dict()
        parser.parse_keyword("dimension")
        parser.parse_punctuation("(")
        d = parser.parse_integer()
        parser.parse_punctuation(")")
        inputs = parse_operands(parser, "ins")
        outputs = parse_operands(parser, "outs")
        return cls.build(
            operands=[*inputs, *outputs],
            result_types=[types_after_arrow(parser)],
            properties={"dimension": IntegerAttr(d, i64)},
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_op_attributes(self.attributes)
        printer.print_string(f" dimension({self.dimension.value.data})")
        print_operands(printer, "ins", self.operands[:1])
        print_operands(printer, "outs", self.operands[1:])
        if self.res:
            printer.print_string(" -> ")
            printer.print_list(self.res.types, printer.print_attribute)


OPS = [
    *map(named, NAMES), GenericOp, IndexedMatmulOp, MapOp, ReduceOp, SoftmaxOp, *pack_ops.OPS,
]  # fmt: skip
ATTRIBUTES = [TypeFnAttr, ElementwiseKindAttr]
