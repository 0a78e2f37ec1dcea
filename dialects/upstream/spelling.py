"""Parts of the syntax of several of upstream's dialects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Attribute, Operation, ParametrizedAttribute
from xdsl.parser import AttrParser, Parser
from xdsl.printer import Printer


def parse_argument(parser: Parser) -> Parser.Argument:
    """The argument of a region, with its type, and its location if the text has one."""
    argument = parser.parse_argument(expect_type=True)
    location = parser.parse_optional_location()
    return Parser.Argument(argument.name, argument.type, location)


class WordAttr(ParametrizedAttribute):
    """A word in angle brackets."""

    word: StringAttr

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            return [StringAttr(parser.parse_identifier())]

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{self.word.data}>")


class ReadsOtherwise:
    """An op of xDSL in another syntax: a class reads the text, and makes the op `ON_NUMBERS`."""

    ON_NUMBERS: ClassVar[type[Operation]]

    @classmethod
    def create(cls, **kwargs: Any) -> Any:
        return cls.ON_NUMBERS.create(**kwargs)
