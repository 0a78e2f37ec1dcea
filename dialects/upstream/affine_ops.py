"""Ops of `affine`: short syntax of `affine.if` and `affine.parallel`, and `affine.max`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

from xdsl.dialects import affine
from xdsl.dialects.builtin import (
    AffineMapAttr,
    AffineSetAttr,
    AnyFloat,
    ArrayAttr,
    DenseIntElementsAttr,
    IndexType,
    IntegerAttr,
    MemRefType,
    StringAttr,
    TensorType,
    VectorType,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.ir.affine import AffineExpr, AffineMap
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.parser.core import UnresolvedOperand
from xdsl.printer import Printer
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect, Pure, RecursiveMemoryEffect
from xdsl.utils.exceptions import VerifyException

from . import linear_index_ops
from .scf_ops import print_types, types_after_arrow
from .semi_affine import SubscriptParser
from .spelling import ReadsOtherwise

print_expression: Any = affine._print_affine_expr_of_ssa_ids  # pyright: ignore[reportPrivateUsage]

KINDS = (
    "addf", "addi", "andi", "assign", "maximumf", "maxnumf", "maxs", "maxu", "minimumf", "minnumf",
    "mins", "minu", "mulf", "muli", "ori", "xori",
)  # fmt: skip
"""
The kinds of reductions and of atomic updates, by their numbers in MLIR of 2026. Until 2025 MLIR
numbered them in another order, and then an op often has a kind that does not fit its type.
"""


def check_kind(op: str, kind: Attribute, type: Attribute) -> None:
    """
    Errors: `VerifyException` for a kind that does not join values of a type.
    """
    word = name(kind)
    if word != "assign" and word.endswith("f") != isinstance(type, AnyFloat):
        wanted = "a float" if word.endswith("f") else "an integer"
        raise VerifyException(f"{op} of the kind {word} joins {wanted}, and not {type}")


def operands_of_map(parser: Parser) -> list[SSAValue]:
    """`(dims)[symbols]`, the operands of a map or a set."""

    def one() -> SSAValue:
        return parser.parse_operand(IndexType())

    dims = parser.parse_optional_comma_separated_list(Parser.Delimiter.PAREN, one) or []
    symbols = parser.parse_optional_comma_separated_list(Parser.Delimiter.SQUARE, one) or []
    return [*dims, *symbols]


def print_operands_of_map(printer: Printer, operands: Sequence[SSAValue], dims: int) -> None:
    printer.print_string("(")
    printer.print_list(operands[:dims], printer.print_operand)
    printer.print_string(")")
    if operands[dims:]:
        printer.print_string("[")
        printer.print_list(operands[dims:], printer.print_operand)
        printer.print_string("]")


def _ended(region: Region) -> Region:
    """The region with an `affine.yield` at its end."""
    if not region.blocks:
        region.add_block(Block())
    if not isinstance(region.block.last_op, affine.YieldOp):
        region.block.add_op(affine.YieldOp.get())
    return region


class IfOp(affine.IfOp):
    """`affine.if #set(dims)[symbols] -> type { … } else { … }`"""

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        pos = parser.pos
        condition = parser.parse_attribute()
        if not isinstance(condition, AffineSetAttr):
            parser.raise_error("an affine set expected", pos)
        operands = operands_of_map(parser)
        kinds = types_after_arrow(parser)
        yes, no = _ended(parser.parse_region()), Region()
        if parser.parse_optional_keyword("else"):
            no = _ended(parser.parse_region())
        attributes = parser.parse_optional_attr_dict()
        return cls.build(
            operands=[operands],
            result_types=[kinds],
            properties={"condition": condition},
            attributes=attributes,
            regions=[yes, no],
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.condition)
        print_operands_of_map(printer, self.args, self.condition.data.num_dims)
        print_types(printer, self.res.types)
        printer.print_string(" ")
        printer.print_region(self.then_region, print_block_terminators=bool(self.res))
        if self.else_region.blocks:
            printer.print_string(" else ")
            printer.print_region(self.else_region, print_block_terminators=bool(self.res))
        printer.print_op_attributes(self.attributes)


def _groups(counts: Sequence[int]) -> DenseIntElementsAttr:
    return DenseIntElementsAttr.from_list(TensorType(i32, [len(counts)]), list(counts))


def _expressions(parser: Parser) -> tuple[Callable[[], AffineExpr], dict[str, int], list[Any]]:
    """
    A function that reads `%i + symbol(%n)`, the number of each name that it has read, and the
    places of these names in the text.
    """
    inner: Any = SubscriptParser(parser._parser_state)  # pyright: ignore[reportPrivateUsage]
    of_value, names, spans = inner._get_parse_optional_ssa_value()

    def value() -> AffineExpr | None:
        if parser.parse_optional_keyword("symbol") is None:
            return of_value()
        parser.parse_punctuation("(")
        found = of_value()
        parser.parse_punctuation(")")
        return found

    return lambda: inner._parse_affine_expr(value), names, spans


def _indices(spans: Sequence[Any], parser: Parser) -> list[SSAValue]:
    """The values at these places in the text."""
    return [parser.resolve_operand(UnresolvedOperand(s, 0), IndexType()) for s in spans]


def _bounds(parser: Parser, word: str) -> tuple[AffineMap, list[int], list[SSAValue]]:
    """`(0, %n + 1, max(%a, %b))`: a map, how many results belong to each bound, operands."""
    expression, names, spans = _expressions(parser)

    def bound() -> list[AffineExpr]:
        if parser.parse_optional_keyword(word):
            return parser.parse_comma_separated_list(Parser.Delimiter.PAREN, expression)
        return [expression()]

    groups = parser.parse_comma_separated_list(Parser.Delimiter.PAREN, bound)
    # MLIR takes the index of a loop as a dimension only, so all operands are dimensions.
    dims: list[AffineExpr] = [AffineExpr.dimension(k) for k in range(len(names))]
    results = tuple(e.replace_dims_and_symbols([], dims) for group in groups for e in group)
    map = AffineMap(len(names), 0, results)
    return map, [len(group) for group in groups], _indices(spans, parser)


@irdl_op_definition
class ParallelOp(IRDLOperation):
    """
    A body for all points of a box, in any order. Its values join by `reductions`.

    `affine.parallel (%i, %j) = (0, max(%a, %b)) to (%n, 8) step (1, 2) reduce ("addf") -> f32 {…}`
    """

    name = "affine.parallel"
    map_operands = var_operand_def(IndexType)
    reductions = prop_def(ArrayAttr)
    lowerBoundsMap = prop_def(AffineMapAttr)
    lowerBoundsGroups = prop_def(DenseIntElementsAttr)
    upperBoundsMap = prop_def(AffineMapAttr)
    upperBoundsGroups = prop_def(DenseIntElementsAttr)
    steps = prop_def(ArrayAttr)
    res = var_result_def()
    body = region_def("single_block")
    traits = traits_def(RecursiveMemoryEffect())

    def verify_(self) -> None:
        maps = self.lowerBoundsMap.data, self.upperBoundsMap.data
        wanted = sum(m.num_dims + m.num_symbols for m in maps)
        if len(self.map_operands) != wanted:
            raise VerifyException(
                f"affine.parallel has {len(self.map_operands)} operands, and its maps have {wanted}"
            )
        n = len(self.steps)
        for map, groups in zip(maps, (self.lowerBoundsGroups, self.upperBoundsGroups)):
            counts = [int(k) for k in groups.get_values()]
            if len(counts) != n or sum(counts) != len(map.results):
                raise VerifyException(f"affine.parallel has {n} steps, and bounds for {counts}")
        if len(self.body.block.args) != n:
            raise VerifyException(
                f"the body of affine.parallel has {len(self.body.block.args)} indices, and not {n}"
            )
        if len(self.reductions) != len(self.res):
            raise VerifyException(
                f"affine.parallel has {len(self.res)} results and {len(self.reductions)} reductions"
            )
        for kind, type in zip(self.reductions, self.res.types):
            check_kind(self.name, kind, type)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        names = parser.parse_comma_separated_list(
            Parser.Delimiter.PAREN, lambda: parser.parse_argument(expect_type=False)
        )
        parser.parse_punctuation("=")
        low, low_groups, low_operands = _bounds(parser, "max")
        parser.parse_keyword("to")
        high, high_groups, high_operands = _bounds(parser, "min")
        steps = [1] * len(names)
        if parser.parse_optional_keyword("step"):
            steps = parser.parse_comma_separated_list(Parser.Delimiter.PAREN, parser.parse_integer)
        kinds: list[Attribute] = []
        if parser.parse_optional_keyword("reduce"):
            words = parser.parse_comma_separated_list(
                Parser.Delimiter.PAREN, parser.parse_str_literal
            )
            for word in words:
                if word not in KINDS:
                    parser.raise_error(f"'{word}' is no kind of reduction")
                kinds.append(IntegerAttr(KINDS.index(word), i64))
        results = types_after_arrow(parser)
        body = _ended(parser.parse_region([n.resolve(IndexType()) for n in names]))
        attributes = parser.parse_optional_attr_dict()
        return cls.build(
            operands=[[*low_operands, *high_operands]],
            result_types=[results],
            properties={
                "reductions": ArrayAttr(kinds),
                "lowerBoundsMap": AffineMapAttr(low),
                "lowerBoundsGroups": _groups(low_groups),
                "upperBoundsMap": AffineMapAttr(high),
                "upperBoundsGroups": _groups(high_groups),
                "steps": ArrayAttr([IntegerAttr(s, i64) for s in steps]),
            },
            attributes=attributes,
            regions=[body],
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" (")
        printer.print_list(
            self.body.block.args, lambda a: printer.print_block_argument(a, print_type=False)
        )
        low, high = self.lowerBoundsMap.data, self.upperBoundsMap.data
        n = low.num_dims + low.num_symbols
        for text, word, map, groups, operands in (
            (") = (", "max", low, self.lowerBoundsGroups, self.map_operands[:n]),
            (") to (", "min", high, self.upperBoundsGroups, self.map_operands[n:]),
        ):
            printer.print_string(text)
            # In a map, a symbol comes behind all dimensions, and so does its operand.
            shifted = AffineMap(0, map.num_dims + map.num_symbols, tuple(
                e.replace_dims_and_symbols(
                    [AffineExpr.symbol(k) for k in range(map.num_dims)],
                    [AffineExpr.symbol(map.num_dims + k) for k in range(map.num_symbols)],
                ) for e in map.results))  # fmt: skip
            rest = list(shifted.results)
            for k, count in enumerate(int(c) for c in groups.get_values()):
                printer.print_string(", " if k else "")
                if count != 1:
                    printer.print_string(f"{word}(")
                printer.print_list(
                    rest[:count], lambda e, xs=operands: print_expression(printer, e, xs)
                )
                if count != 1:
                    printer.print_string(")")
                rest = rest[count:]
        printer.print_string(")")
        steps = [int(s.value.data) for s in self.steps if isinstance(s, IntegerAttr)]
        if any(s != 1 for s in steps):
            printer.print_string(f" step ({', '.join(map_str(steps))})")
        if self.reductions:
            words = ", ".join(f'"{name(kind)}"' for kind in self.reductions)
            printer.print_string(f" reduce ({words})")
        print_types(printer, self.res.types)
        printer.print_string(" ")
        printer.print_region(
            self.body, print_entry_block_args=False, print_block_terminators=bool(self.res)
        )
        printer.print_op_attributes(self.attributes)


def map_str(numbers: Sequence[int]) -> list[str]:
    return [str(n) for n in numbers]


def name(kind: Attribute) -> str:
    """
    The name of a kind of reduction. Errors: `VerifyException` for a number that no kind has.
    """
    if isinstance(kind, StringAttr) and kind.data in KINDS:
        return kind.data
    if isinstance(kind, IntegerAttr) and 0 <= kind.value.data < len(KINDS):
        return KINDS[kind.value.data]
    raise VerifyException(f"{kind} is no kind of reduction")


@irdl_op_definition
class MaxOp(IRDLOperation):
    """y = the greatest of the results of a map: `affine.max affine_map<…>(dims)[symbols]`"""

    name = "affine.max"
    arguments = var_operand_def(IndexType())
    result = result_def(IndexType())
    map = prop_def(AffineMapAttr)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        map = self.map.data
        if len(self.arguments) != map.num_dims + map.num_symbols:
            raise VerifyException(
                f"affine.max has {len(self.arguments)} operands, and its map has "
                f"{map.num_dims + map.num_symbols}"
            )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        pos = parser.pos
        map = parser.parse_attribute()
        if not isinstance(map, AffineMapAttr):
            parser.raise_error("an affine map expected", pos)
        operands = operands_of_map(parser)
        attributes = parser.parse_optional_attr_dict()
        return cls.create(
            operands=operands,
            result_types=[IndexType()],
            properties={"map": map},
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.map)
        print_operands_of_map(printer, self.arguments, self.map.data.num_dims)
        printer.print_op_attributes(self.attributes)


def _access(
    parser: Parser, rest: Callable[[], None] | None = None
) -> tuple[SSAValue, list[SSAValue], AffineMapAttr, MemRefType, Any]:
    """
    `%x[%i + 1, symbol(%n)] {…} : memref<…>`; `rest` reads the text before the braces. MLIR takes
    the index of a loop as a dimension only, so all indices are dimensions of the map.
    """
    memref = parser.parse_unresolved_operand()
    expression, names, spans = _expressions(parser)
    results = parser.parse_comma_separated_list(Parser.Delimiter.SQUARE, expression)
    dims: list[AffineExpr] = [AffineExpr.dimension(k) for k in range(len(names))]
    results = [e.replace_dims_and_symbols([], dims) for e in results]
    if rest is not None:
        rest()
    attributes = parser.parse_optional_attr_dict()
    parser.parse_punctuation(":")
    pos = parser.pos
    type = parser.parse_type()
    if not isinstance(type, MemRefType):
        parser.raise_error("a type of memory expected", pos)
    map = AffineMapAttr(AffineMap(len(dims), 0, tuple(results)))
    return (
        parser.resolve_operand(memref, type), _indices(spans, parser), map, type, attributes
    )  # fmt: skip


def _print_place(
    printer: Printer, memref: SSAValue, map: Attribute, indices: Sequence[SSAValue]
) -> None:
    assert isinstance(map, AffineMapAttr)
    printer.print_operand(memref)
    printer.print_string("[")
    printer.print_list(map.data.results, lambda e: print_expression(printer, e, indices))
    printer.print_string("]")


class LoadOp(ReadsOtherwise, affine.LoadOp):
    """`affine.load %x[%i + symbol(%n)]`, whose indices xDSL reads as symbols."""

    ON_NUMBERS: ClassVar = affine.LoadOp

    @classmethod
    def parse(cls, parser: Parser) -> affine.LoadOp:
        memref, indices, map, type, attributes = _access(parser)
        op = affine.LoadOp(memref, indices, map, type.get_element_type())
        op.attributes |= attributes
        return op


class StoreOp(ReadsOtherwise, affine.StoreOp):
    """`affine.store %a, %x[%i + symbol(%n)]`, whose indices xDSL reads as symbols."""

    ON_NUMBERS: ClassVar = affine.StoreOp

    @classmethod
    def parse(cls, parser: Parser) -> affine.StoreOp:
        value = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        memref, indices, map, type, attributes = _access(parser)
        stored = parser.resolve_operand(value, type.get_element_type())
        op = affine.StoreOp(stored, memref, indices, map)
        op.attributes |= attributes
        return op


class VectorAccessOp(IRDLOperation):
    """The elements of memory from a place on, along its last dimensions."""

    def verify_(self) -> None:
        map = self.properties["map"]
        memref = next(v.type for v in self.operands if isinstance(v.type, MemRefType))
        vector = next(
            v.type for v in (*self.operands, *self.results) if isinstance(v.type, VectorType)
        )
        assert isinstance(map, AffineMapAttr)
        if len(map.data.results) != memref.get_num_dims():
            raise VerifyException(
                f"{self.name} has {len(map.data.results)} indices, and {memref} has "
                f"{memref.get_num_dims()} dimensions"
            )
        if vector.element_type != memref.element_type:
            raise VerifyException(f"{vector} has other elements than {memref}")
        if vector.get_num_dims() > memref.get_num_dims():
            raise VerifyException(f"{vector} has more dimensions than {memref}")

    @staticmethod
    def parse_vector(parser: Parser) -> Attribute:
        parser.parse_punctuation(",")
        pos = parser.pos
        type = parser.parse_type()
        if not isinstance(type, VectorType):
            parser.raise_error("a type of vectors expected", pos)
        return type

    def print_access(
        self, printer: Printer, memref: SSAValue, indices: Sequence[SSAValue], vector: SSAValue
    ) -> None:
        _print_place(printer, memref, self.properties["map"], indices)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_list((memref.type, vector.type), printer.print_attribute)


@irdl_op_definition
class VectorLoadOp(VectorAccessOp):
    """y[j…] = x[map(i) + j…]: `affine.vector_load %x[%i + 1] : memref<8xf32>, vector<4xf32>`"""

    name = "affine.vector_load"
    memref = operand_def(MemRefType)
    indices = var_operand_def(IndexType)
    map = prop_def(AffineMapAttr)
    result = result_def(VectorType)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        memref, indices, map, _, attributes = _access(parser)
        return cls.create(
            operands=[memref, *indices],
            result_types=[cls.parse_vector(parser)],
            properties={"map": map},
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        self.print_access(printer, self.memref, self.indices, self.result)


@irdl_op_definition
class VectorStoreOp(VectorAccessOp):
    """x[map(i) + j…] = v[j…]: `affine.vector_store %v, %x[%i + 1] : …, …`"""

    name = "affine.vector_store"
    value = operand_def(VectorType)
    memref = operand_def(MemRefType)
    indices = var_operand_def(IndexType)
    map = prop_def(AffineMapAttr)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        value = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        memref, indices, map, _, attributes = _access(parser)
        stored = parser.resolve_operand(value, cls.parse_vector(parser))
        return cls.create(
            operands=[stored, memref, *indices], properties={"map": map}, attributes=attributes
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.value)
        printer.print_string(", ")
        self.print_access(printer, self.memref, self.indices, self.value)


@irdl_op_definition
class PrefetchOp(IRDLOperation):
    """`affine.prefetch %x[%i + 1], read, locality<3>, data : memref<4xf32>`"""

    name = "affine.prefetch"
    memref = operand_def(MemRefType)
    indices = var_operand_def(IndexType)
    map = prop_def(AffineMapAttr)
    isWrite = prop_def(IntegerAttr)
    localityHint = prop_def(IntegerAttr)
    isDataCache = prop_def(IntegerAttr)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        hints: dict[str, Attribute] = {}
        memref, indices, map, _, attributes = _access(
            parser, lambda: hints.update(parse_hints(parser))
        )
        return cls.create(
            operands=[memref, *indices], properties={"map": map} | hints, attributes=attributes
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        _print_place(printer, self.memref, self.map, self.indices)
        print_hints(printer, self.isWrite, self.localityHint, self.isDataCache)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.memref.type)


def parse_hints(parser: Parser) -> dict[str, Attribute]:
    """`, write, locality<3>, data`, the hints of a prefetch."""
    parser.parse_punctuation(",")
    writes = parser.parse_keyword_in(("read", "write"), "read or write") == "write"
    parser.parse_punctuation(",")
    parser.parse_keyword("locality")
    parser.parse_punctuation("<")
    locality = parser.parse_integer()
    parser.parse_punctuation(">")
    parser.parse_punctuation(",")
    data = parser.parse_keyword_in(("data", "instr"), "data or instr") == "data"
    return {
        "isWrite": IntegerAttr(int(writes), i1),
        "localityHint": IntegerAttr(locality, i32),
        "isDataCache": IntegerAttr(int(data), i1),
    }


def print_hints(
    printer: Printer, writes: IntegerAttr, locality: IntegerAttr, data: IntegerAttr
) -> None:
    printer.print_string(", write" if writes.value.data else ", read")
    printer.print_string(f", locality<{locality.value.data}>")
    printer.print_string(", data" if data.value.data else ", instr")


OPS = [
    VectorLoadOp, VectorStoreOp, IfOp, ParallelOp, MaxOp, LoadOp, StoreOp, PrefetchOp,
    *linear_index_ops.OPS,
]  # fmt: skip
