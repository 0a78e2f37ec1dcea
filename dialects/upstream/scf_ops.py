"""Ops of `scf`: `scf.forall`, and short syntax that MLIR's printer writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from xdsl.dialects import scf
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    DenseArrayBase,
    IndexType,
    UnitAttr,
    i1,
    i64,
)
from xdsl.dialects.utils.dynamic_index_list import (
    parse_dynamic_index_list_without_types,
    print_dynamic_index_list,
)
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_op_definition,
    opt_prop_def,
    prop_def,
    region_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.traits import (
    IsTerminator,
    NoTerminator,
    SingleBlockImplicitTerminator,
    ensure_terminator,
)
from xdsl.utils.exceptions import VerifyException

from .spelling import ReadsOtherwise


def indices(parser: Parser) -> list[SSAValue]:
    """Values of type `index` in parentheses."""
    return parser.parse_comma_separated_list(
        Parser.Delimiter.PAREN, lambda: parser.parse_operand(IndexType())
    )


def types_after_arrow(parser: Parser) -> list[Attribute]:
    """`-> type` or `-> (types)`; none if there is no arrow."""
    if parser.parse_optional_punctuation("->") is None:
        return []
    return _types(parser)


def all_types_after_arrow(parser: Parser) -> list[Attribute]:
    """`-> type` or `-> (types)`."""
    parser.parse_punctuation("->")
    return _types(parser)


def _types(parser: Parser) -> list[Attribute]:
    many = parser.parse_optional_comma_separated_list(Parser.Delimiter.PAREN, parser.parse_type)
    return [parser.parse_type()] if many is None else list(many)


def assignments(parser: Parser) -> list[tuple[Parser.UnresolvedArgument, UnresolvedOperand]]:
    """`(%a = %x, …)`, the arguments of a region and their first values."""

    def one() -> tuple[Parser.UnresolvedArgument, UnresolvedOperand]:
        name = parser.parse_argument(expect_type=False)
        parser.parse_punctuation("=")
        return name, parser.parse_unresolved_operand()

    return parser.parse_comma_separated_list(Parser.Delimiter.PAREN, one)


def print_types(printer: Printer, types: Sequence[Attribute]) -> None:
    """` -> (types)`, or nothing."""
    if types:
        printer.print_string(" -> (")
        printer.print_list(types, printer.print_attribute)
        printer.print_string(")")


class IfOp(ReadsOtherwise, scf.IfOp):
    """`scf.if %c -> f32 { … } else { … }`. xDSL reads types in parentheses alone."""

    ON_NUMBERS: ClassVar = scf.IfOp

    @classmethod
    def parse(cls, parser: Parser) -> scf.IfOp:
        condition = parser.parse_operand(i1)
        kinds = types_after_arrow(parser)
        yes, no = scf.IfOp.parse_region_with_yield(parser), Region()
        if parser.parse_optional_keyword("else"):
            no = scf.IfOp.parse_region_with_yield(parser)
        return scf.IfOp(condition, kinds, yes, no, parser.parse_optional_attr_dict())


class ForOp(ReadsOtherwise, scf.ForOp):
    """`scf.for unsigned %i = %low to %high step %s iter_args(%a = %x) -> f32 : i32 { … }`"""

    ON_NUMBERS: ClassVar = scf.ForOp

    @classmethod
    def parse(cls, parser: Parser) -> scf.ForOp:
        unsigned = parser.parse_optional_keyword("unsigned")
        counter = parser.parse_argument(expect_type=False)
        parser.parse_punctuation("=")
        low = parser.parse_unresolved_operand()
        parser.parse_keyword("to")
        high = parser.parse_unresolved_operand()
        parser.parse_keyword("step")
        step = parser.parse_unresolved_operand()
        pos, pairs, kinds = parser.pos, [], []
        if parser.parse_optional_keyword("iter_args"):
            pairs, kinds = assignments(parser), all_types_after_arrow(parser)
        inits = parser.resolve_operands([x for _, x in pairs], kinds, pos)
        kind: Attribute = IndexType()
        if parser.parse_optional_punctuation(":"):
            kind = parser.parse_type()
        first, last, by = (parser.resolve_operand(x, kind) for x in (low, high, step))
        arguments = [name.resolve(type) for (name, _), type in zip(pairs, kinds)]
        body = parser.parse_region([counter.resolve(kind), *arguments])
        attributes = parser.parse_optional_attr_dict()
        op = scf.ForOp(first, last, by, inits, body)
        op.attributes |= attributes
        if unsigned:
            op.attributes["unsignedCmp"] = UnitAttr()
        if not pairs:
            for trait in op.get_traits_of_type(SingleBlockImplicitTerminator):
                ensure_terminator(op, trait)
        return op


class WhileOp(ReadsOtherwise, scf.WhileOp):
    """
    `scf.while (%a = %x) : (f32) -> f32 { … } do { … }`. A loop that carries nothing has no list of
    values: `scf.while : () -> () { … } do { … }`.
    """

    ON_NUMBERS: ClassVar = scf.WhileOp

    @classmethod
    def parse(cls, parser: Parser) -> scf.WhileOp:
        pairs = []
        if parser.parse_optional_punctuation(":") is None:
            pairs = assignments(parser)
            parser.parse_punctuation(":")
        pos = parser.pos
        type = parser.parse_function_type()
        kinds = list(type.inputs.data)
        if len(pairs) != len(kinds):
            parser.raise_error(
                f"scf.while has {len(pairs)} values and {len(kinds)} types for them",
                pos,
                parser.pos,
            )
        inits = parser.resolve_operands([x for _, x in pairs], kinds, pos)
        before = parser.parse_region([name.resolve(k) for (name, _), k in zip(pairs, kinds)])
        parser.parse_keyword("do")
        after = parser.parse_region()
        # xDSL prints no block for a region without arguments whose only op is an empty yield.
        if not after.blocks:
            after.add_block(Block())
        if after.block.last_op is None:
            after.block.add_op(scf.YieldOp())
        attributes = parser.parse_optional_attr_dict_with_keyword()
        op = scf.WhileOp(inits, type.outputs.data, before, after)
        if attributes is not None:
            op.attributes |= attributes.data
        return op


class ParallelOp(scf.ParallelOp):
    """
    `scf.parallel (%i) = (%low) to (%high) step (%s) init (%x) -> f32 { … scf.reduce(%y : f32) … }`
    """

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        names = parser.parse_comma_separated_list(
            Parser.Delimiter.PAREN, lambda: parser.parse_argument(expect_type=False)
        )
        parser.parse_punctuation("=")
        lows = indices(parser)
        parser.parse_keyword("to")
        highs = indices(parser)
        parser.parse_keyword("step")
        steps = indices(parser)
        given = []
        if parser.parse_optional_keyword("init"):
            given = parser.parse_comma_separated_list(
                Parser.Delimiter.PAREN, parser.parse_unresolved_operand
            )
        pos = parser.pos
        kinds = types_after_arrow(parser)
        inits = parser.resolve_operands(given, kinds, pos)
        body = parser.parse_region([name.resolve(IndexType()) for name in names])
        # Older texts end the body by `scf.yield`, or by nothing.
        last = body.block.last_op
        if isinstance(last, scf.YieldOp) and not last.operands:
            last.detach()
            last.erase()
            last = None
        if not isinstance(last, scf.ReduceOp):
            body.block.add_op(scf.ReduceOp())
        attributes = parser.parse_optional_attr_dict()
        op = cls(lows, highs, steps, body, inits)
        op.attributes |= attributes
        return op

    def print(self, printer: Printer) -> None:
        printer.print_string(" (")
        printer.print_list(
            self.body.block.args, lambda a: printer.print_block_argument(a, print_type=False)
        )
        printer.print_string(") = (")
        printer.print_list(self.lowerBound, printer.print_operand)
        printer.print_string(") to (")
        printer.print_list(self.upperBound, printer.print_operand)
        printer.print_string(") step (")
        printer.print_list(self.step, printer.print_operand)
        printer.print_string(")")
        if self.initVals:
            printer.print_string(" init (")
            printer.print_list(self.initVals, printer.print_operand)
            printer.print_string(")")
        print_types(printer, self.res.types)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)
        printer.print_op_attributes(self.attributes)


class ReduceOp(scf.ReduceOp):
    """`scf.reduce(%x, %y : f32, f32) { … }, { … }`"""

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        values: list[SSAValue] = []
        if parser.parse_optional_punctuation("("):
            pos = parser.pos
            given = parser.parse_comma_separated_list(
                Parser.Delimiter.NONE, parser.parse_unresolved_operand
            )
            parser.parse_punctuation(":")
            kinds = parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_type)
            parser.parse_punctuation(")")
            values = list(parser.resolve_operands(given, kinds, pos))
        regions: list[Region] = []
        for k in range(len(values)):
            if k:
                parser.parse_optional_punctuation(",")
            regions.append(parser.parse_region())
        op = cls(values, regions)
        op.attributes |= parser.parse_optional_attr_dict()
        return op

    def print(self, printer: Printer) -> None:
        if self.args:
            printer.print_string("(")
            printer.print_list(self.args, printer.print_operand)
            printer.print_string(" : ")
            printer.print_list(self.args.types, printer.print_attribute)
            printer.print_string(") ")
            printer.print_list(self.reductions, printer.print_region)
        printer.print_op_attributes(self.attributes)


@irdl_op_definition
class InParallelOp(IRDLOperation):
    """The end of an `scf.forall`: its ops insert slices into the results."""

    name = "scf.forall.in_parallel"
    region = region_def()
    traits = traits_def(IsTerminator(), NoTerminator())

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        return cls.create(regions=[parser.parse_region()])

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_region(self.region)


_BOUNDS = ("LowerBound", "UpperBound", "Step")


@irdl_op_definition
class ForallOp(IRDLOperation):
    """
    A body for all points of a box, in any order. Its end inserts slices into the results.

    `scf.forall (%i) = (0) to (%n) step (2) shared_outs(%o = %x) -> (type) { … }`, or shortly
    `scf.forall (%i) in (%n) …`
    """

    name = "scf.forall"
    dynamicLowerBound = var_operand_def(IndexType)
    dynamicUpperBound = var_operand_def(IndexType)
    dynamicStep = var_operand_def(IndexType)
    staticLowerBound = prop_def(DenseArrayBase.constr(i64))
    staticUpperBound = prop_def(DenseArrayBase.constr(i64))
    staticStep = prop_def(DenseArrayBase.constr(i64))
    mapping = opt_prop_def(ArrayAttr)
    outputs = var_operand_def()
    res = var_result_def()
    body = region_def("single_block")

    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    def verify_(self) -> None:
        counts = {
            len(x.get_values())
            for x in (self.staticLowerBound, self.staticUpperBound, self.staticStep)
        }
        if len(counts) != 1:
            raise VerifyException("scf.forall has another number of bounds than of steps")
        wanted = next(iter(counts)) + len(self.outputs)
        if len(self.body.block.args) != wanted:
            raise VerifyException(
                f"the body of scf.forall has {len(self.body.block.args)} arguments, and not the "
                f"{wanted} of its indices and outputs"
            )
        if list(self.outputs.types) != list(self.res.types):
            raise VerifyException("the results of scf.forall have the types of its outputs")

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        names = parser.parse_comma_separated_list(
            Parser.Delimiter.PAREN, lambda: parser.parse_argument(expect_type=False)
        )

        def bound() -> tuple[list[SSAValue], list[int]]:
            values, numbers = parse_dynamic_index_list_without_types(
                parser, DYNAMIC_INDEX, delimiter=Parser.Delimiter.PAREN
            )
            return [parser.resolve_operand(v, IndexType()) for v in values], list(numbers)

        if parser.parse_optional_keyword("in"):
            high = bound()
            n = len(high[1])
            low, step = ([], [0] * n), ([], [1] * n)
        else:
            parser.parse_punctuation("=")
            low = bound()
            parser.parse_keyword("to")
            high = bound()
            parser.parse_keyword("step")
            step = bound()
        pairs = []
        if parser.parse_optional_keyword("shared_outs"):

            def pair():
                name = parser.parse_argument(expect_type=False)
                parser.parse_punctuation("=")
                return name, parser.parse_unresolved_operand()

            pairs = parser.parse_comma_separated_list(Parser.Delimiter.PAREN, pair)
        pos = parser.pos
        kinds = types_after_arrow(parser)
        outputs = parser.resolve_operands([v for _, v in pairs], kinds, pos)
        args = [name.resolve(IndexType()) for name in names]
        args += [name.resolve(kind) for (name, _), kind in zip(pairs, kinds)]
        body = parser.parse_region(args)
        if not isinstance(body.block.last_op, InParallelOp):
            body.block.add_op(InParallelOp.create(regions=[Region(Block())]))
        attributes = parser.parse_optional_attr_dict()
        properties: dict[str, Attribute] = {
            f"static{name}": DenseArrayBase.from_list(i64, numbers)
            for name, (_, numbers) in zip(_BOUNDS, (low, high, step))
        }
        if "mapping" in attributes:
            properties["mapping"] = attributes.pop("mapping")
        return cls.build(
            operands=[low[0], high[0], step[0], outputs],
            result_types=[kinds],
            regions=[body],
            properties=properties,
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        n = len(self.staticUpperBound.get_values())
        args = self.body.block.args
        printer.print_string(" (")
        printer.print_list(args[:n], lambda a: printer.print_block_argument(a, print_type=False))
        printer.print_string(") ")
        bounds = [
            (self.dynamicLowerBound, self.staticLowerBound.get_values()),
            (self.dynamicUpperBound, self.staticUpperBound.get_values()),
            (self.dynamicStep, self.staticStep.get_values()),
        ]
        plain = list(bounds[0][1]) == [0] * n and list(bounds[2][1]) == [1] * n
        words = ("in ",) if plain else ("= ", " to ", " step ")
        for word, (values, numbers) in zip(words, bounds[1:2] if plain else bounds):
            printer.print_string(word)
            print_dynamic_index_list(
                printer, DYNAMIC_INDEX, values, numbers, delimiter=Parser.Delimiter.PAREN
            )
        if self.outputs:
            printer.print_string(" shared_outs(")

            def assignment(pair: tuple[SSAValue, SSAValue]) -> None:
                printer.print_ssa_value(pair[0])
                printer.print_string(" = ")
                printer.print_ssa_value(pair[1])

            printer.print_list(list(zip(args[n:], self.outputs)), assignment)
            printer.print_string(")")
        print_types(printer, self.res.types)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)
        attributes = dict(self.attributes)
        if self.mapping is not None:
            attributes["mapping"] = self.mapping
        printer.print_op_attributes(attributes)


OPS = [IfOp, ForOp, WhileOp, ParallelOp, ReduceOp, ForallOp, InParallelOp]
