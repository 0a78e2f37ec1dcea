"""Ops with regions: over indices (`gather`, `scatter`, `build`), and over steps (`scan`)."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar, Self

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, UnitAttr, i64
from xdsl.dialects.utils import AbstractYieldOperation
from xdsl.interfaces import HasCanonicalizationPatternsInterface, HasFolderInterface
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region, SSAValue
from xdsl.irdl import (
    AnyAttr,
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_op_definition,
    lazy_traits_def,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.pattern_rewriter import RewritePattern
from xdsl.printer import Printer
from xdsl.traits import HasParent, IsTerminator, Pure, get_effects
from xdsl.utils.exceptions import VerifyException

from .. import types
from ..op_names import op_name
from ..types import Term, element, ints, like, rank, shape
from .base import (
    Message,
    check_int_list,
    fold_empty,
    index_type,
    parse_int,
    parse_int_list,
    patterns_of,
    require,
)


@irdl_op_definition
class YieldOp(AbstractYieldOperation[Attribute]):
    """
    Gives the values of a region: indices, the element of a `ten.build`, or the values that a step
    of a `ten.scan` carries on and the rows of its results.
    """

    name = "ten.yield"
    SYNTAX: ClassVar = "ten.yield %a, %b : type of a, type of b"
    traits = lazy_traits_def(
        lambda: (HasParent(GatherOp, ScatterOp, BuildOp, ScanOp), IsTerminator(), Pure())
    )


class IndexRegionOp(IRDLOperation, HasFolderInterface, HasCanonicalizationPatternsInterface, ABC):
    """
    An op with a pure region over index arguments. The syntax is

        ten.op [dims] %t (%i, %j) {attributes} : type of %t -> type { … ten.yield … }
    """

    traits = traits_def(Pure())

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

    def require(self, condition: bool, message: Message) -> None:
        require(self, condition, message)

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return fold_empty(self)

    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        return patterns_of(cls)

    def verify_(self) -> None:
        check_int_list(self, "dims")
        for i, value in enumerate(self.operands):
            types.check(value.type, self.name, f"operand {i}")
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


def verify_pure(holder: IndexRegionOp | ScanOp, block: Block) -> None:
    """Errors: `VerifyException`, if passes may not move an op in a region of `holder`."""
    for op in block.ops:
        if isinstance(op, IndexRegionOp | ScanOp):
            continue  # such an op checks its own region
        what = f"{op_name(op)} is not known to be pure, and {holder.REGION} are"
        holder.require(is_pure(op), what)
        for region in op.regions:
            for inner in region.blocks:
                verify_pure(holder, inner)


def is_pure(op: Operation) -> bool:
    """Whether an op does nothing but give its results, so that passes may move it."""
    effects = get_effects(op)
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


@irdl_op_definition
class ScanOp(IRDLOperation, HasFolderInterface, HasCanonicalizationPatternsInterface):
    """
    A loop of `length` steps. Each step takes the carried values and one row of each tensor in `xs`.

        c_0 = inits;   (c_{k+1}, ys[k]) = body(c_k, xs[k]),  k = 0, 1, …   ->   c_length, ys

    With `reverse`, the steps go from the last row to the first. Row k of a result still comes from
    the step that takes row k of the operands. The body is pure, and it may use values from outside.
    The syntax is

        %c, %ys = ten.scan [5] reverse (%h = %h0 : f64) over (%x = %xs : tensor<5xf64>)
            -> (f64, tensor<5xf64>) { … ten.yield %next, %y : f64, f64 }

    Shapes:  inits of any types, xs (length, n…); a region from carried values (of the types of
             inits) and rows (n…) to new carried values and values y (m…)  ->  the carried values,
             and (length, m…) for each y. With length 0: inits, and tensors without rows.
    Errors:  carried values that change their type; rows of another length; terms among values.
    Linear in the terms among its inits, its xs, and the values from outside, together, if all
    carried values and all results are terms. Its transpose is a scan in the other direction, which
    carries cotangents.
    """

    name = "ten.scan"
    SYNTAX: ClassVar = (
        "ten.scan [length] reverse (%c = %init : type)"
        " over (%x = %xs : type) -> (types) { … ten.yield %next, %y : types }"
    )
    REGION: ClassVar = "bodies of scans"
    length = prop_def(IntegerAttr)
    reverse = opt_prop_def(UnitAttr)
    inits = var_operand_def(AnyAttr())
    xs = var_operand_def(AnyAttr())
    res = var_result_def(AnyAttr())
    body = region_def("single_block")
    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(Pure())

    def __init__(
        self,
        length: int,
        inits: Sequence[SSAValue],
        xs: Sequence[SSAValue],
        body: Region,
        reverse: bool = False,
    ):
        last = body.block.last_op
        assert isinstance(last, YieldOp), "the body of a scan ends in ten.yield"
        n = len(inits)
        rows = [like(y.type, (length, *shape(y.type))) for y in last.operands[n:]]
        super().__init__(
            operands=[list(inits), list(xs)],
            properties={"length": IntegerAttr(length, i64)}
            | ({"reverse": UnitAttr()} if reverse else {}),
            result_types=[[*(y.type for y in last.operands[:n]), *rows]],
            regions=[body],
        )

    @property
    def block(self) -> Block:
        return self.body.block

    @property
    def trips(self) -> int:
        return self.length.value.data

    @property
    def is_reverse(self) -> bool:
        return self.reverse is not None

    @property
    def yielded(self) -> Sequence[SSAValue]:
        last = self.body.block.last_op
        return last.operands if last is not None else ()

    @property
    def carried(self) -> Sequence[BlockArgument]:
        """The arguments of the body for the values that the loop carries from step to step."""
        return self.block.args[: len(self.inits)]

    @property
    def rows(self) -> Sequence[BlockArgument]:
        """The arguments of the body that are rows of `xs`."""
        return self.block.args[len(self.inits) :]

    @property
    def nexts(self) -> Sequence[SSAValue]:
        """The values that the body gives to the next step."""
        return self.yielded[: len(self.inits)]

    @property
    def ys(self) -> Sequence[SSAValue]:
        """The values that the body gives as rows of results."""
        return self.yielded[len(self.inits) :]

    def require(self, condition: bool, message: str) -> None:
        if not condition:
            raise VerifyException(f"{self.name}: {message}")

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return None

    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        return patterns_of(cls, "scans")

    def verify_(self) -> None:
        for i, value in enumerate(self.operands):
            types.check(value.type, self.name, f"operand {i}")
        n, m = self.trips, len(self.inits)
        self.require(n >= 0, f"the length {n} is negative")
        self.require(
            isinstance(self.block.last_op, YieldOp), "the region does not end in ten.yield"
        )
        self.require(
            len(self.block.args) == m + len(self.xs),
            f"the region takes {len(self.block.args)} values, for {m} carried and "
            f"{len(self.xs)} rows",
        )
        self.require(
            len(self.yielded) >= m, f"the region yields {len(self.yielded)} values, and carries {m}"
        )
        for k, (x, arg, new) in enumerate(zip(self.inits, self.carried, self.nexts)):
            self.require(
                x.type == arg.type == new.type,
                f"carried value {k} begins as {x.type}, is {arg.type} in the region and "
                f"{new.type} after it",
            )
        for k, (x, arg) in enumerate(zip(self.xs, self.rows)):
            self.require(
                rank(x.type) > 0 and shape(x.type)[0] == n,
                f"xs {k} is {x.type}, which has not {n} rows",
            )
            row = like(x.type, shape(x.type)[1:])
            self.require(row == arg.type, f"a row of {x.type} is {row}, not {arg.type}")
        for k, y in enumerate(self.ys):
            types.check(y.type, self.name, f"yielded value {m + k}")
        expected = [
            *(x.type for x in self.inits),
            *(like(y.type, (n, *shape(y.type))) for y in self.ys),
        ]
        given = list(self.result_types)
        self.require(
            given == expected,
            f"the results are {', '.join(map(str, expected)) or 'none'}, not "
            f"{', '.join(map(str, given)) or 'none'}",
        )
        terms = [isinstance(t, Term) for t in given]
        self.require(
            all(terms) or not any([*terms, *(isinstance(x.type, Term) for x in self.xs)]),
            "some results are terms and some are values",
        )
        verify_pure(self, self.block)

    def print(self, printer: Printer) -> None:
        def argument(pair: tuple[BlockArgument, SSAValue]) -> None:
            printer.print_block_argument(pair[0], print_type=False)
            printer.print_string(" = ")
            printer.print_operand(pair[1])
            printer.print_string(" : ")
            printer.print_attribute(pair[1].type)

        printer.print_string(f" [{self.trips}]{' reverse' if self.is_reverse else ''} ")
        with printer.in_parens():
            printer.print_list(list(zip(self.carried, self.inits)), argument)
        if self.xs:
            printer.print_string(" over ")
            with printer.in_parens():
                printer.print_list(list(zip(self.rows, self.xs)), argument)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" -> ")
        with printer.in_parens():
            printer.print_list(self.result_types, printer.print_attribute)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)

    @classmethod
    def parse(cls, parser: Parser) -> ScanOp:
        with parser.in_square_brackets():
            length = parse_int(parser)
        reverse = parser.parse_optional_keyword("reverse") is not None

        def argument() -> tuple[Parser.UnresolvedArgument, SSAValue]:
            name = parser.parse_argument(expect_type=False)
            parser.parse_punctuation("=")
            value, position = parser.parse_unresolved_operand(), parser.pos
            parser.parse_punctuation(":")
            (value,) = parser.resolve_operands([value], [parser.parse_type()], position)
            return name, value

        def arguments() -> list[tuple[Parser.UnresolvedArgument, SSAValue]]:
            return parser.parse_comma_separated_list(parser.Delimiter.PAREN, argument)

        carried = arguments()
        position = parser.pos
        over = arguments() if parser.parse_optional_keyword("over") else []
        for _, x in over:
            if rank(x.type) == 0:
                parser.raise_error(f"{x.type} has no rows", position, parser.pos)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation("->")
        results = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
        body = parser.parse_region(
            [
                *(name.resolve(x.type) for name, x in carried),
                *(name.resolve(like(x.type, shape(x.type)[1:])) for name, x in over),
            ]
        )
        inits, xs = [x for _, x in carried], [x for _, x in over]
        properties: dict[str, Attribute] = {"length": IntegerAttr(length, i64)}
        if reverse:
            properties["reverse"] = UnitAttr()
        return cls.build(
            operands=[inits, xs],
            result_types=[results],
            properties=properties,
            attributes=attributes,
            regions=[body],
        )
