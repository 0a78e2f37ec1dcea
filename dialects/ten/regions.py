"""Ops with regions: over indices (`gather`, `scatter`, `build`), and loops (`scan`, `while`)."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, UnitAttr, i1, i64
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
    opt_operand_def,
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
    Gives the values of a region: indices, the element of a `ten.build`, the values that a step of a
    loop carries on, the rows of the results of a `ten.scan`, or the condition of a `ten.while`.
    """

    name = "ten.yield"
    SYNTAX: ClassVar = "ten.yield %a, %b : type of a, type of b"
    traits = lazy_traits_def(
        lambda: (HasParent(GatherOp, ScatterOp, BuildOp, ScanOp, WhileOp), IsTerminator(), Pure())
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


def verify_pure(holder: IndexRegionOp | ScanOp | WhileOp, block: Block) -> None:
    """Errors: `VerifyException`, if passes may not move an op in a region of `holder`."""
    for op in block.ops:
        if isinstance(op, IndexRegionOp | ScanOp | WhileOp):
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


def may_not_end(op: Operation) -> bool:
    """
    Whether an op may run for ever: a `ten.while`, a call of a function, which may have one, or an
    op with such an op in its regions. No pass runs such an op where the program would not run it.
    """
    return any(
        isinstance(inner, WhileOp) or inner.name in _CALLS
        for inner in (op.walk() if op.regions else (op,))
    )


_CALLS = {"func.call", "delta.custom_vjp", "delta.custom_jvp"}

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

    With an index `turns`, the loop takes only the first rows: max(0, min(turns, length)) of them,
    with `reverse` from the last of these to row 0. The other rows of results are 0. The syntax is

        %c = ten.scan [5] turns %n reverse (%h = %h0 : f64) -> (f64) { … ten.yield %next : f64 }

    Shapes:  inits of any types, xs (length, n…), turns an index; a region from carried values (of
             the types of inits) and rows (n…) to new carried values and values y (m…)  ->  the
             carried values, and (length, m…) for each y. With length 0: inits, and tensors without
             rows.
    Errors:  carried values that change their type; rows of another length; terms among values.
    Linear in the terms among its inits, its xs, and the values from outside, together, if all
    carried values and all results are terms. Its transpose is a scan in the other direction, which
    carries cotangents.
    """

    name = "ten.scan"
    SYNTAX: ClassVar = (
        "ten.scan [length] turns %n reverse (%c = %init : type)"
        " over (%x = %xs : type) -> (types) { … ten.yield %next, %y : types }"
    )
    REGION: ClassVar = "bodies of scans"
    length = prop_def(IntegerAttr)
    reverse = opt_prop_def(UnitAttr)
    inits = var_operand_def(AnyAttr())
    xs = var_operand_def(AnyAttr())
    turns = opt_operand_def(AnyAttr())
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
        turns: SSAValue | None = None,
    ):
        last = body.block.last_op
        assert isinstance(last, YieldOp), "the body of a scan ends in ten.yield"
        n = len(inits)
        rows = [like(y.type, (length, *shape(y.type))) for y in last.operands[n:]]
        super().__init__(
            operands=[list(inits), list(xs), turns],
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
        """The number of rows: the loop takes as many steps, or with `turns` no more than these."""
        return self.length.value.data

    @property
    def surely_runs(self) -> bool:
        """Whether the loop takes at least one step, whatever the values are."""
        return self.trips > 0 and self.turns is None

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
        if self.turns is not None:
            self.require(
                self.turns.type == index_type, f"turns has type {self.turns.type}, not index"
            )
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
        printer.print_string(f" [{self.trips}]")
        if self.turns is not None:
            printer.print_string(" turns ")
            printer.print_operand(self.turns)
        printer.print_string(f"{' reverse' if self.is_reverse else ''} ")
        _print_bindings(printer, self.carried, self.inits)
        if self.xs:
            printer.print_string(" over ")
            _print_bindings(printer, self.rows, self.xs)
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
        turns = None
        if parser.parse_optional_keyword("turns") is not None:
            turns = parser.resolve_operand(parser.parse_unresolved_operand(), index_type)
        reverse = parser.parse_optional_keyword("reverse") is not None
        carried = _parse_bindings(parser)
        position = parser.pos
        over = _parse_bindings(parser) if parser.parse_optional_keyword("over") else []
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
            operands=[inits, xs, turns],
            result_types=[results],
            properties=properties,
            attributes=attributes,
            regions=[body],
        )


def _print_bindings(
    printer: Printer, arguments: Sequence[BlockArgument], values: Sequence[SSAValue]
) -> None:
    """`(%c = %init : type, …)`, the arguments of a loop's body and the values that they begin as"""

    def one(pair: tuple[BlockArgument, SSAValue]) -> None:
        printer.print_block_argument(pair[0], print_type=False)
        printer.print_string(" = ")
        printer.print_operand(pair[1])
        printer.print_string(" : ")
        printer.print_attribute(pair[1].type)

    with printer.in_parens():
        printer.print_list(list(zip(arguments, values)), one)


def _parse_bindings(parser: Parser) -> list[tuple[Parser.UnresolvedArgument, SSAValue]]:
    """What `_print_bindings` writes."""

    def one() -> tuple[Parser.UnresolvedArgument, SSAValue]:
        name = parser.parse_argument(expect_type=False)
        parser.parse_punctuation("=")
        value, position = parser.parse_unresolved_operand(), parser.pos
        parser.parse_punctuation(":")
        (value,) = parser.resolve_operands([value], [parser.parse_type()], position)
        return name, value

    return parser.parse_comma_separated_list(parser.Delimiter.PAREN, one)


@irdl_op_definition
class WhileOp(IRDLOperation, HasFolderInterface, HasCanonicalizationPatternsInterface):
    """
    A loop that goes on as long as a condition on the carried values holds.

        c = inits;   while condition(c):  c = body(c)   ->   c

    With `limit`, the loop takes no more than that many turns. The regions are pure, and they may
    use values from outside. Both regions take the carried values. The syntax is

        %c = ten.while limit 9 (%h = %h0 : f64) -> (f64) { … ten.yield %go : i1 }
            do (%k) { … ten.yield %next : f64 }

    A loop may not end. A pass may drop a loop whose results nothing uses, and it may merge equal
    loops. No pass runs a loop that the program would not run: no pass moves a loop out of a branch,
    or out of the body of another loop that may take no turn.

    Shapes:  inits of any types; a region from carried values to an i1; a region from carried values
             to new ones  ->  the carried values
    Errors:  carried values that change their type; a condition that is not i1; a condition that
             depends on terms.
    Linear in the terms among its inits and the values from outside, together, where the carried
    values that are no terms do not depend on terms. Transposition counts the turns, and rewrites
    the loop as scans.
    """

    name = "ten.while"
    SYNTAX: ClassVar = (
        "ten.while limit n (%c = %init : type) -> (types) { … ten.yield %go : i1 }"
        " do (%k) { … ten.yield %next : types }"
    )
    REGION: ClassVar = "regions of whiles"
    limit = opt_prop_def(IntegerAttr)
    inits = var_operand_def(AnyAttr())
    res = var_result_def(AnyAttr())
    condition = region_def("single_block")
    body = region_def("single_block")
    traits = traits_def(Pure())

    def __init__(
        self,
        inits: Sequence[SSAValue],
        condition: Region,
        body: Region,
        limit: int | None = None,
    ):
        super().__init__(
            operands=[list(inits)],
            properties={} if limit is None else {"limit": IntegerAttr(limit, i64)},
            result_types=[[x.type for x in inits]],
            regions=[condition, body],
        )

    @property
    def block(self) -> Block:
        return self.body.block

    @property
    def most(self) -> int | None:
        """The number of turns that the loop never exceeds, if the program gives one."""
        return None if self.limit is None else self.limit.value.data

    @property
    def carried(self) -> Sequence[BlockArgument]:
        """The arguments of the body."""
        return self.block.args

    @property
    def nexts(self) -> Sequence[SSAValue]:
        """The values that the body gives to the next turn."""
        last = self.block.last_op
        return last.operands if last is not None else ()

    @property
    def goes_on(self) -> SSAValue:
        """The value of the condition, in its region."""
        last = self.condition.block.last_op
        assert last is not None
        return last.operands[0]

    def require(self, condition: bool, message: str) -> None:
        if not condition:
            raise VerifyException(f"{self.name}: {message}")

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return None

    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        return patterns_of(cls, "whiles")

    def verify_(self) -> None:
        for i, value in enumerate(self.operands):
            types.check(value.type, self.name, f"operand {i}")
        most = self.most
        self.require(most is None or most >= 0, f"the limit {most} is negative")
        for name, region in (("condition", self.condition), ("body", self.body)):
            block = region.block
            self.require(
                isinstance(block.last_op, YieldOp), f"the {name} does not end in ten.yield"
            )
            self.require(
                [arg.type for arg in block.args] == [x.type for x in self.inits],
                f"the {name} takes {_listed(arg.type for arg in block.args)}, for carried values "
                f"{_listed(x.type for x in self.inits)}",
            )
        given = self.condition.block.last_op
        assert given is not None
        self.require(
            [x.type for x in given.operands] == [i1],
            f"the condition yields {_listed(x.type for x in given.operands)}, not i1",
        )
        self.require(
            [x.type for x in self.nexts] == [x.type for x in self.inits],
            f"the body yields {_listed(x.type for x in self.nexts)}, for carried values "
            f"{_listed(x.type for x in self.inits)}",
        )
        self.require(
            list(self.result_types) == [x.type for x in self.inits],
            f"the results are {_listed(x.type for x in self.inits)}, not "
            f"{_listed(self.result_types)}",
        )
        for op in self.condition.walk():
            terms = any(isinstance(x.type, Term) for x in (*op.operands, *op.results))
            self.require(not terms, "the condition depends on a term")
        verify_pure(self, self.condition.block)
        verify_pure(self, self.block)

    def print(self, printer: Printer) -> None:
        if self.limit is not None:
            printer.print_string(f" limit {self.limit.value.data}")
        printer.print_string(" ")
        _print_bindings(printer, self.condition.block.args, self.inits)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" -> ")
        with printer.in_parens():
            printer.print_list(self.result_types, printer.print_attribute)
        printer.print_string(" ")
        printer.print_region(self.condition, print_entry_block_args=False)
        printer.print_string(" do ")
        with printer.in_parens():
            printer.print_list(
                self.carried, lambda arg: printer.print_block_argument(arg, print_type=False)
            )
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)

    @classmethod
    def parse(cls, parser: Parser) -> WhileOp:
        properties: dict[str, Attribute] = {}
        if parser.parse_optional_keyword("limit") is not None:
            properties["limit"] = IntegerAttr(parse_int(parser), i64)
        bindings = _parse_bindings(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation("->")
        results = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
        condition = parser.parse_region([name.resolve(x.type) for name, x in bindings])
        parser.parse_keyword("do")
        position = parser.pos
        names = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, lambda: parser.parse_argument(expect_type=False)
        )
        if len(names) != len(bindings):
            message = f"the body names {len(names)} of {len(bindings)} carried values"
            parser.raise_error(message, position, parser.pos)
        body = parser.parse_region([name.resolve(x.type) for name, (_, x) in zip(names, bindings)])
        return cls.build(
            operands=[[x for _, x in bindings]],
            result_types=[results],
            properties=properties,
            attributes=attributes,
            regions=[condition, body],
        )


def _listed(given: Iterable[Attribute]) -> str:
    return ", ".join(map(str, given)) or "nothing"
