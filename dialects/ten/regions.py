"""Ops with pure regions, and among them those over indices: `gather`, `scatter`, `build`."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar, Self

from xdsl.dialects.builtin import DenseArrayBase
from xdsl.dialects.utils import AbstractYieldOperation
from xdsl.interfaces import HasCanonicalizationPatternsInterface, HasFolderInterface
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.pattern_rewriter import RewritePattern
from xdsl.printer import Printer
from xdsl.traits import IsTerminator, Pure, RecursiveMemoryEffect, get_effects
from xdsl.utils.exceptions import VerifyException

from .. import own_types, types
from ..op_names import op_name
from ..types import element, ints, like, rank, shape
from .base import (
    Message,
    check_int_list,
    fold_empty,
    index_type,
    parse_int_list,
    patterns_of,
    require,
)


@irdl_op_definition
class YieldOp(AbstractYieldOperation[Attribute]):
    """
    Gives the values of a region: indices, the element of a `ten.build`, the values that a step of a
    loop carries on, the rows of the results of a `ten.scan`, or the condition of a `ten.while`.
    """

    name = "ten.yield"
    SYNTAX: ClassVar = "ten.yield %a, %b : type of a, type of b"
    traits = traits_def(IsTerminator(), Pure())

    def verify_(self) -> None:
        parent = self.parent_op()
        if parent is not None and not isinstance(parent, PureRegionsOp):
            raise VerifyException(
                "'ten.yield' expects parent op to be one of 'ten.gather', 'ten.scatter', "
                "'ten.build', 'ten.scan', 'ten.while'"
            )


class PureRegionsOp(IRDLOperation, HasFolderInterface, HasCanonicalizationPatternsInterface, ABC):
    """An op whose regions are pure, and end in `ten.yield`."""

    traits = traits_def(Pure())

    REGION: ClassVar[str]
    """The name of such regions in messages, in the plural."""
    RULES: ClassVar[str] = "canonicalization"
    """The module of `dialects.ten` with the canonicalization rules of the op."""
    CARRIES: ClassVar[bool] = False
    """Whether the op passes its operands on, so that they may be of another package's types."""

    def require(self, condition: bool, message: Message) -> None:
        require(self, condition, message)

    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        return patterns_of(cls, cls.RULES)

    def verify_operands(self) -> None:
        for i, value in enumerate(self.operands):
            if self.CARRIES and own_types.is_stored(value.type):
                continue
            types.check(value.type, self.name, f"operand {i}")


class IndexRegionOp(PureRegionsOp, ABC):
    """
    An op with a pure region over index arguments. The syntax is

        ten.op [dims] %t (%i, %j) {attributes} : type of %t -> type { … ten.yield … }
    """

    REGION: ClassVar = "index regions"

    dims = prop_def(DenseArrayBase)
    body = region_def("single_block")

    @property
    def block(self) -> Block:
        return self.body.block

    @property
    def yielded(self) -> Sequence[SSAValue]:
        last = self.body.block.last_op
        return last.operands if last is not None else ()

    @property
    def domain(self) -> tuple[int, ...]:
        """The sizes of the ranges of the index arguments."""
        return ints(self.dims)

    def result_type(self) -> Attribute:
        raise NotImplementedError

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return fold_empty(self)

    def verify_(self) -> None:
        check_int_list(self, "dims")
        self.verify_operands()
        types.check(self.results[0].type, self.name, "the result")
        self.require(
            all(n >= 0 for n in ints(self.dims)),
            lambda: f"dims {list(ints(self.dims))} have a negative size",
        )
        for arg in self.block.args:
            self.require(
                arg.type == index_type, lambda: f"the region takes indices, not {arg.type}"
            )
        self.require(
            isinstance(self.block.last_op, YieldOp), "the region does not end in ten.yield"
        )
        self.require(
            len(self.block.args) == len(self.domain),
            lambda: (
                f"{len(self.block.args)} index arguments range over {len(self.domain)} dimensions "
                f"{list(self.domain)}"
            ),
        )
        verify_pure(self, self.block)
        expected = self.result_type()
        if self.results[0].type != expected:
            raise VerifyException(
                f"{self.name}: the result is {expected}, not {self.results[0].type}"
            )

    def print(self, printer: Printer) -> None:
        printer.print_string(f" [{', '.join(map(str, ints(self.dims)))}]")
        for value in self.operands:
            printer.print_string(" ")
            printer.print_operand(value)
        printer.print_string(" ")
        with printer.in_parens():
            printer.print_list(
                self.block.args, lambda arg: printer.print_block_argument(arg, print_type=False)
            )
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        if self.operands:
            printer.print_attribute(self.operands[0].type)
            printer.print_string(" -> ")
        printer.print_attribute(self.results[0].type)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        dims = parse_int_list(parser)
        operand = parser.parse_optional_unresolved_operand()
        arguments = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, lambda: parser.parse_argument(expect_type=False)
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        operands: Sequence[SSAValue] = ()
        if operand is not None:
            operands = parser.resolve_operands([operand], [parser.parse_type()], position)
            parser.parse_punctuation("->")
        result = parser.parse_type()
        body = parser.parse_region([a.resolve(index_type) for a in arguments])
        return cls.create(
            operands=operands,
            result_types=[result],
            properties={"dims": dims},
            attributes=attributes,
            regions=[body],
        )


def verify_pure(holder: PureRegionsOp, block: Block) -> None:
    """Errors: `VerifyException`, if passes may not move an op in a region of `holder`."""
    for op in block.ops:
        if isinstance(op, PureRegionsOp):
            continue  # such an op checks its own region
        what = f"{op_name(op)} is not known to be pure, and {holder.REGION} are"
        holder.require(is_pure(op), what)
        for region in op.regions:
            for inner in region.blocks:
                verify_pure(holder, inner)


def is_pure(op: Operation) -> bool:
    """Whether an op does nothing but give its results, so that passes may move it."""
    effects = get_effects(op)
    # Nobody knows what an op without a registered name does.
    if effects is None and op.has_trait(RecursiveMemoryEffect, value_if_unregistered=False):
        return all(is_pure(x) for region in op.regions for b in region.blocks for x in b.ops)
    return (effects is not None and not effects) or op.dialect_name() in _TRUSTED


_TRUSTED = {"arith", "math", "func"}
"""
Dialects whose ops are pure here, though some of them do not say so (arith.remui, arith.extui,
func.call).
"""


@irdl_op_definition
class GatherOp(IndexRegionOp):
    """
    Reads of `t` at computed leading indices; 0 where an index is outside.

        y[i…, j…] = t[idx(i…)…, j…]

    Shapes:  t (p…, n…), an index function from dims to as many indices as there are p  ->  y
             (dims…, n…)
    Errors:  more indices than t has dimensions; index values that are not of type index.
    Linear in t; its transpose is `ten.scatter` with the same index function.
    """

    name = "ten.gather"
    SYNTAX: ClassVar = "ten.gather [dims] %t (%i) : type of t -> result { … ten.yield %k : index }"
    t = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, dims: Sequence[int], t: SSAValue | Operation, body: Region):
        type = SSAValue.get(t).type
        last = body.block.last_op
        depth = len(last.operands) if last is not None else 0
        super().__init__(
            operands=[t],
            properties={"dims": types.int_array(dims)},
            result_types=[like(type, (*ints(dims), *shape(type)[depth:]))],
            regions=[body],
        )

    def result_type(self) -> Attribute:
        t, depth = self.t.type, len(self.yielded)
        self.require(
            depth <= rank(t), lambda: f"{depth} indices into {t}, which has rank {rank(t)}"
        )
        for value in self.yielded:
            self.require(
                value.type == index_type, lambda: f"an index has type {value.type}, not index"
            )
        return like(t, (*self.domain, *shape(t)[depth:]))


@irdl_op_definition
class ScatterOp(IndexRegionOp):
    """
    Sums of slices of `t` into a tensor of zeros, at computed leading indices. The op drops slices
    whose index is outside.

        y[p…, j…] = Σ over i… with idx(i…) = p… of t[i…, j…]

    Shapes:  t (m…, n…), an index function from m… to as many indices as there are dims  ->  y
             (dims…, n…)
    Errors:  more index arguments than t has dimensions; another number of indices than dims;
    elements i1. Linear in t; its transpose is `ten.gather` with the same index function.
    """

    name = "ten.scatter"
    SYNTAX: ClassVar = "ten.scatter [dims] %t (%i) : type of t -> result { … ten.yield %k : index }"
    t = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, dims: Sequence[int], t: SSAValue | Operation, body: Region):
        type = SSAValue.get(t).type
        super().__init__(
            operands=[t],
            properties={"dims": types.int_array(dims)},
            result_types=[like(type, (*ints(dims), *shape(type)[len(body.block.args) :]))],
            regions=[body],
        )

    @property
    def domain(self) -> tuple[int, ...]:
        return shape(self.t.type)[: len(self.block.args)]

    def result_type(self) -> Attribute:
        t, dims = self.t.type, ints(self.dims)
        self.require(not types.is_bool(element(t)), lambda: f"{t} has no numbers to add")
        self.require(
            len(self.yielded) == len(dims),
            lambda: f"{len(self.yielded)} indices into the {len(dims)} dims {list(dims)}",
        )
        for value in self.yielded:
            self.require(
                value.type == index_type, lambda: f"an index has type {value.type}, not index"
            )
        return like(t, (*dims, *shape(t)[len(self.block.args) :]))


@irdl_op_definition
class BuildOp(IndexRegionOp):
    """
    Array comprehension.

        y[i…, j…] = v(i…)[j…]

    Shapes:  a region from indices in dims to a value v, a scalar or a tensor (n…)  ->  y (dims…,
             n…)
    Errors:  a region that yields another number of values than one.
    """

    name = "ten.build"
    SYNTAX: ClassVar = "ten.build [dims] (%i, %j) : result { … ten.yield %v : type }"
    result = result_def(AnyAttr())

    def __init__(self, dims: Sequence[int], body: Region):
        last = body.block.last_op
        assert last is not None and len(last.operands) == 1, "a build's region yields one value"
        value = last.operands[0].type
        super().__init__(
            operands=[],
            properties={"dims": types.int_array(dims)},
            result_types=[like(value, (*ints(dims), *shape(value)))],
            regions=[body],
        )

    def result_type(self) -> Attribute:
        self.require(
            len(self.yielded) == 1,
            lambda: f"the region yields {len(self.yielded)} values instead of one",
        )
        value = self.yielded[0].type
        types.check(value, self.name, "the yielded value")
        return like(value, (*self.domain, *shape(value)))
