"""Loops: `scan`, whose number of steps is known, and `while`."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Sequence
from math import prod
from typing import ClassVar

from xdsl.dialects.builtin import (
    DenseArrayBase,
    IntegerAttr,
    StringAttr,
    UnitAttr,
    i1,
    i64,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region, SSAValue
from xdsl.irdl import (
    AnyAttr,
    AttrSizedOperandSegments,
    irdl_op_definition,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer

from .. import types
from ..types import Term, like, rank, shape
from .base import index_type, parse_int
from .regions import PureRegionsOp, YieldOp, verify_pure

CHECKPOINT = "checkpoint"
"""The attribute with the number of steps whose carried values reverse mode may keep."""

KEEP = "keep"
"""
The attribute of a scan with a checkpoint that names values which its derivative keeps: those of
`KEPT`.
"""

KEPT = ("dots", "lets")
"""
`dots`: the results of products that sum over a dimension. `lets`: the values of the `sharing.let`
in the body, outside of its regions.
"""


FIRST_ROWS = "first_rows"
"""
The attribute of a scan whose results have more rows than the loop takes: for each of these results
the row that the step of row 0 gives.
"""


class LoopOp(PureRegionsOp, ABC):
    """
    A loop that carries values: `inits` before it, arguments of the body, results after it.

    The attribute `checkpoint = k` asks reverse mode to keep the carried values of at most k steps.
    """

    @property
    def states(self) -> int | None:
        """The number of steps whose carried values reverse mode may keep; None for all steps."""
        given = self.attributes.get(CHECKPOINT)
        return given.value.data if isinstance(given, IntegerAttr) else None

    @property
    def keeps(self) -> str | None:
        """The values that reverse mode keeps although the loop has a checkpoint."""
        given = self.attributes.get(KEEP)
        return given.data if isinstance(given, StringAttr) else None

    def verify_checkpoint(self) -> None:
        kept = self.attributes.get(KEEP)
        self.require(
            kept is None or (isinstance(kept, StringAttr) and kept.data in KEPT),
            lambda: f"{KEEP} is {kept}, which is none of {', '.join(KEPT)}",
        )
        given = self.attributes.get(CHECKPOINT)
        if given is None:
            return
        self.require(
            isinstance(given, IntegerAttr) and given.type == i64 and given.value.data >= 1,
            lambda: f"{CHECKPOINT} is {given}, not an i64 of at least 1",
        )

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return None


@irdl_op_definition
class ScanOp(LoopOp):
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

    The attribute `checkpoint = k` says that the derivative may keep the carried values of at most k
    steps, and computes the others again. With `keep = "dots"` the derivative also keeps the results
    of products that sum over a dimension, and with `keep = "lets"` the values that the body binds
    by `sharing.let`. A scan of one step with a checkpoint stays a loop: its derivative computes the
    values of the step again.

    With `first_rows = array<i64: 1>`, a number f for each result of rows, the loop writes its rows
    into a part of a larger tensor: its row k is row f + k. Rows are those of the last dimensions,
    in row-major order. The other rows are undefined, and no op may use them. `kernel-place-rows`
    makes such loops, behind all passes that rewrite loops.

    Shapes:  inits of any types, xs (length, n…), turns an index; a region from carried values (of
             the types of inits) and rows (n…) to new carried values and values y (m…)  ->  the
             carried values, and (length, m…) for each y. With length 0: inits, and tensors without
             rows. With `first_rows`: (p…, m…), where p… has at least f + length rows.
    Errors:  carried values that change their type; rows of another length; terms among values; a
             checkpoint that is no i64 of at least 1; a `keep` that names no such values;
             `first_rows` of another number of results, or behind the end of a result.
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
    RULES: ClassVar = "scans"
    CARRIES: ClassVar = True
    length = prop_def(IntegerAttr)
    reverse = opt_prop_def(UnitAttr)
    inits = var_operand_def(AnyAttr())
    xs = var_operand_def(AnyAttr())
    turns = opt_operand_def(AnyAttr())
    res = var_result_def(AnyAttr())
    body = region_def("single_block")
    irdl_options = (AttrSizedOperandSegments(as_property=True),)

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

    @property
    def first_rows(self) -> Sequence[int] | None:
        """The first row of each result of rows that the loop writes; None if it writes all rows."""
        given = self.attributes.get(FIRST_ROWS)
        return types.ints(given) if isinstance(given, DenseArrayBase) else None

    def rest_is_read(self, k: int) -> bool:
        """
        Whether anything reads the rows of result k for which the loop takes no turn. Loops with the
        same number of turns do not.
        """
        return self.turns is None or not all(
            isinstance(use.operation, ScanOp)
            and use.operation.turns is self.turns
            and use.operation.trips == self.trips
            and len(use.operation.inits) <= use.index < len(use.operation.operands) - 1
            for use in self.res[k].uses
        )

    def verify_(self) -> None:
        self.verify_operands()
        self.verify_checkpoint()
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
        given = list(self.result_types)
        expected = [
            *(x.type for x in self.inits),
            *(like(y.type, (n, *shape(y.type))) for y in self.ys),
        ]
        if FIRST_ROWS in self.attributes:
            self._verify_first_rows()
            expected[m:] = given[m:]
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

    def _verify_first_rows(self) -> None:
        first, ys = self.first_rows, self.res[len(self.inits) :]
        self.require(
            first is not None
            and len(first) == len(ys) == len(self.ys)
            and min(first, default=0) >= 0,
            lambda: (
                f"{FIRST_ROWS} is {self.attributes[FIRST_ROWS]}, not a row for each of "
                f"{len(ys)} results"
            ),
        )
        for f, y, result in zip(first or (), self.ys, ys):
            sizes, row = shape(result.type), shape(y.type)
            cut = len(sizes) - len(row)
            self.require(
                cut > 0
                and like(y.type, sizes) == result.type
                and sizes[cut:] == row
                and prod(sizes[:cut]) >= f + self.trips,
                f"{result.type} has no {self.trips} rows {y.type} from row {f} on",
            )

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
class WhileOp(LoopOp):
    """
    A loop that goes on as long as a condition on the carried values holds.

        c = inits;   while condition(c):  c = body(c)   ->   c

    With `limit`, the loop takes no more than that many turns. The attribute `checkpoint = k` means
    what it means for `ten.scan`. The regions are pure, and they may
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
    RULES: ClassVar = "whiles"
    CARRIES: ClassVar = True
    limit = opt_prop_def(IntegerAttr)
    inits = var_operand_def(AnyAttr())
    res = var_result_def(AnyAttr())
    condition = region_def("single_block")
    body = region_def("single_block")

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

    def verify_(self) -> None:
        self.verify_operands()
        self.verify_checkpoint()
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
