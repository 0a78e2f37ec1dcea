"""`kernel.recurrence`: a loop whose steps compose, so that a machine need not run them in order."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, StringAttr, UnitAttr, i1, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from . import types

MASKS = ("keep", "void")
WITH_OPERAND = ("add", "mul", *MASKS, "max", "min")
ACTIONS = (*WITH_OPERAND, "mark", "swap", "settle", "join")


@irdl_op_definition
class RecurrenceOp(IRDLOperation):
    """
    A loop of `length` steps over one carried value h, elementwise. Each step takes a row of each
    operand, and does the actions one after the other:

        add x    h = h + x
        mul x    h = h * x
        keep m   h = h where m, and 0 elsewhere
        void m   h = h where m, and -0.0 elsewhere, to which a sum with any x is x
        max x    h = maximum(h, x)
        min x    h = minimum(h, x)
        mark     puts h on a stack
        swap     h changes places with the top of the stack
        settle   takes g from the stack;  h = 0 where h is NaN and g is 0, and h elsewhere
        join     takes g from the stack;  h = g + h

    The results are the last h, and the array of the values of h before each step. With `reverse`,
    the steps go from the last row to the first: row k of this array is h before the step that takes
    row k. An operand without rows is the same in each step.

        %last, %before = kernel.recurrence [5] reverse %h0 mul %a add %b
            : f64, tensor<5xf64>, f64 -> (f64, tensor<5xf64>)

    The steps compose: two steps are again such a function of h. A machine may compose steps before
    it knows h. So it may round sums and products of floats in another way than the loop.

    Shapes:  h (n…), each operand (length, n…) or (n…)  ->  (n…), (length, n…)
    Errors:  an action that the op does not know; a rank, a size or an element type that differs;
             max and min together, or one of them beside another action than the add of floats;
             a stack that is empty where an action takes from it, or not empty at the end; `settle`
             on integers; h of i1.
    """

    name = "kernel.recurrence"
    length = prop_def(IntegerAttr)
    actions = prop_def(ArrayAttr[StringAttr])
    reverse = opt_prop_def(UnitAttr)
    init = operand_def(AnyAttr())
    xs = var_operand_def(AnyAttr())
    last = result_def(AnyAttr())
    before = result_def(AnyAttr())
    traits = traits_def(Pure())

    def __init__(
        self,
        length: int,
        init: SSAValue,
        actions: Sequence[tuple[str, SSAValue | None]],
        reverse: bool = False,
    ):
        rows = types.of_shape((length, *types.shape(init.type)), types.element(init.type))
        super().__init__(
            operands=[init, [x for _, x in actions if x is not None]],
            properties={
                "length": IntegerAttr(length, i64),
                "actions": ArrayAttr(StringAttr(name) for name, _ in actions),
            }
            | ({"reverse": UnitAttr()} if reverse else {}),
            result_types=[init.type, rows],
        )

    @property
    def trips(self) -> int:
        return self.length.value.data

    @property
    def is_reverse(self) -> bool:
        return self.reverse is not None

    @property
    def steps(self) -> list[tuple[str, SSAValue | None]]:
        """The actions of a step, each with its operand."""
        left = iter(self.xs)
        names = [name.data for name in self.actions]
        return [(name, next(left) if name in WITH_OPERAND else None) for name in names]

    def has_rows(self, x: SSAValue) -> bool:
        """Whether an operand has another value in each step."""
        return types.rank(x.type) > types.rank(self.init.type)

    @property
    def extremum(self) -> str | None:
        """`max` or `min`, if a step has such an action."""
        return next((a.data for a in self.actions if a.data in ("max", "min")), None)

    def verify_(self) -> None:
        n, h = self.trips, self.init.type
        names = [name.data for name in self.actions]
        self._require(n >= 0, f"the length {n} is negative")
        for name in names:
            self._require(name in ACTIONS, f"'{name}' is none of {', '.join(ACTIONS)}")
        wanted = sum(name in WITH_OPERAND for name in names)
        self._require(
            wanted == len(self.xs), f"{len(self.xs)} operands for {wanted} actions that take one"
        )
        scalar = types.element(h)
        self._require(
            types.is_float(scalar) or (types.is_integer(scalar) and not types.is_bool(scalar)),
            f"the carried value is {h}, which has no numbers",
        )
        floats = types.is_float(scalar)
        for name, x in self.steps:
            if x is None:
                continue
            sizes = types.shape(h)
            self._require(
                types.shape(x.type) in (sizes, (n, *sizes)),
                f"{name} takes {x.type}, which fits neither {h} nor {n} rows of it",
            )
            element = i1 if name in MASKS else scalar
            self._require(
                types.element(x.type) == element,
                f"{name} takes {x.type}, whose elements are not {element}",
            )
        if (extremum := self.extremum) is not None:
            allowed = (extremum, "add") if floats else (extremum,)
            for name in names:
                self._require(name in allowed, f"{name} is beside {extremum}")
        depth = 0
        for name in names:
            self._require(
                depth > 0 or name not in ("swap", "settle", "join"), f"{name} has an empty stack"
            )
            self._require(name != "settle" or floats, f"settle is for floats, not for {h}")
            depth += {"mark": 1, "settle": -1, "join": -1}.get(name, 0)
        self._require(depth == 0, f"a step leaves {depth} values on the stack")
        rows = types.of_shape((n, *types.shape(h)), scalar)
        self._require(
            self.last.type == h and self.before.type == rows,
            f"the results are {h} and {rows}, not {self.last.type} and {self.before.type}",
        )

    def _require(self, condition: bool, message: str) -> None:
        if not condition:
            raise VerifyException(f"{self.name}: {message}")

    def print(self, printer: Printer) -> None:
        printer.print_string(f" [{self.trips}]{' reverse' if self.is_reverse else ''} ")
        printer.print_operand(self.init)
        for name, x in self.steps:
            printer.print_string(f" {name}")
            if x is not None:
                printer.print_string(" ")
                printer.print_operand(x)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_list(self.operand_types, printer.print_attribute)
        printer.print_string(" -> ")
        with printer.in_parens():
            printer.print_list(self.result_types, printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser) -> RecurrenceOp:
        with parser.in_square_brackets():
            length = parser.parse_integer()
        reverse = parser.parse_optional_keyword("reverse") is not None
        given = [parser.parse_unresolved_operand()]
        names: list[str] = []
        while (name := parser.parse_optional_identifier()) is not None:
            names.append(name)
            if name in WITH_OPERAND:
                given.append(parser.parse_unresolved_operand())
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        kinds = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        parser.parse_punctuation("->")
        results = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
        init, *xs = parser.resolve_operands(given, kinds, position)
        properties: dict[str, Attribute] = {
            "length": IntegerAttr(length, i64),
            "actions": ArrayAttr(StringAttr(name) for name in names),
        }
        if reverse:
            properties["reverse"] = UnitAttr()
        return cls.build(
            operands=[init, xs], result_types=results, properties=properties, attributes=attributes
        )
