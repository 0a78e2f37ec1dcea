"""
The dialect `quant`: types of small integers that stand for real numbers.

`uniform_quantize` of StableHLO has such types. letgrad reads and prints them, and the pass
`convert-stablehlo-to-ten` computes with the real numbers.
"""

from __future__ import annotations

from xdsl.ir import Data, Dialect, TypeAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from .stablehlo.short_forms import balanced


@irdl_attr_definition
class UniformType(Data[str], TypeAttribute):
    """
    `!quant.uniform<i8:f32, 0.1:3>`: the integer n stands for 0.1 · (n - 3). The type keeps the text
    between the brackets.
    """

    name = "quant.uniform"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> str:
        return balanced(parser)

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(f"<{self.data}>")


Quant = Dialect("quant", [], [UniformType])
