"""Syntax of `cf` that xDSL lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from xdsl.dialects import cf
from xdsl.dialects.builtin import DenseArrayBase, i1, i32
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.irdl import (
    AnyAttr,
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    successor_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.traits import IsTerminator


@irdl_op_definition
class CondBranchOp(IRDLOperation):
    """
    `cf.cond_br %c weights([9, 1]), ^a(%x : f32), ^b`. The op is xDSL's, with the weights, which say
    how often a program takes each branch, as an attribute.
    """

    name = "cf.cond_br"
    ON_NUMBERS: ClassVar[type[Operation]] = cf.ConditionalBranchOp
    cond = operand_def(i1)
    then_arguments = var_operand_def(AnyAttr())
    else_arguments = var_operand_def(AnyAttr())
    branch_weights = opt_prop_def(DenseArrayBase)
    then_block = successor_def()
    else_block = successor_def()
    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(IsTerminator())

    @classmethod
    def create(
        cls, *, properties: Mapping[str, Attribute] = {}, attributes: Mapping[str, Attribute] = {},
        **kwargs: Any,
    ) -> Self:  # fmt: skip
        left, found = dict(properties), dict(attributes)
        weights = left.pop("branch_weights", None)
        if weights is not None:
            found["branch_weights"] = weights
        made = cls.ON_NUMBERS.create(properties=left, attributes=found, **kwargs)
        return made  # type: ignore[return-value]

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        condition = parser.parse_operand(i1)
        weights: dict[str, Attribute] = {}
        if parser.parse_optional_keyword("weights"):
            parser.parse_punctuation("(")
            found = parser.parse_comma_separated_list(Parser.Delimiter.SQUARE, parser.parse_integer)
            parser.parse_punctuation(")")
            weights["branch_weights"] = DenseArrayBase.from_list(i32, found)
        targets = [cls._target(parser) for _ in range(2)]
        attributes = weights | parser.parse_optional_attr_dict()
        sizes = DenseArrayBase.from_list(i32, [1, *(len(given) for _, given in targets)])
        return cls.create(
            operands=[condition, *targets[0][1], *targets[1][1]],
            successors=[block for block, _ in targets],
            properties={"operandSegmentSizes": sizes},
            attributes=attributes,
        )

    @staticmethod
    def _target(parser: Parser) -> tuple[Block, list[SSAValue]]:
        """`, ^bb(%x, %y : f32, index)`"""
        parser.parse_punctuation(",")
        block, given = parser.parse_successor(), list[SSAValue]()
        if parser.parse_optional_punctuation("("):
            names = parser.parse_comma_separated_list(
                Parser.Delimiter.NONE, parser.parse_unresolved_operand
            )
            pos = parser.pos
            parser.parse_punctuation(":")
            kinds = parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_type)
            parser.parse_punctuation(")")
            given = list(parser.resolve_operands(names, kinds, pos))
        return block, given


OPS = [CondBranchOp]
