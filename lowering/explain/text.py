"""
Ops as text, one at a time: with marks where values and regions are, so that the text of an op does
not change when values are numbered anew, or when what is in its regions changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import StringIO
from typing import Any

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, DenseResourceAttr
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ...passes.printing import ExactPrinter

VALUE, REGION = "\x01", "\x02"
"""The marks. Neither is in text: MLIR escapes control characters."""

ELEMENTS = 32
"""Elements of a constant that are shown, at most."""

LENGTH = 2000
"""Characters of the text between two marks, at most."""


class OpPrinter(ExactPrinter):
    """Prints one op, with marks for its values and regions."""

    def __init__(self, block_name: Callable[[Block], str]):
        super().__init__(stream=StringIO())
        self.values: list[SSAValue] = []
        """Those at the marks, in order."""
        self.regions: list[Region] = []
        self._block_name = block_name

    def print_string(self, text: str, *, indent: int | None = None) -> None:
        if VALUE in text or REGION in text:
            text = text.replace(VALUE, "\ufffd").replace(REGION, "\ufffd")
        super().print_string(" ".join(text.split("\n")) if "\n" in text else text)

    def _mark(self, mark: str) -> None:
        super().print_string(mark)

    def print_ssa_value(self, value: SSAValue) -> str:
        self.values.append(value)
        self._mark(VALUE)
        return ""

    def print_block_name(self, block: Block) -> str:
        name = self._block_name(block)
        self.print_string(f"^{name}")
        return name

    def print_region(self, region: Region, *_: Any, **__: Any) -> None:
        self.regions.append(region)
        self.print_string("{")
        self._mark(REGION)
        self.print_string("}")

    def print_block(self, block: Block, *_: Any, **__: Any) -> None:
        region = block.parent
        if region is not None and region not in self.regions:
            self.regions.append(region)
            self._mark(REGION)

    def print_attribute(self, attribute: Attribute) -> None:
        if isinstance(attribute, DenseIntOrFPElementsAttr) and len(attribute) > ELEMENTS:
            if not attribute.is_splat():
                self.print_string(f"dense<… {len(attribute)} elements …> : ")
                super().print_attribute(attribute.get_type())
                return
        if isinstance(attribute, DenseResourceAttr):
            self.print_string("dense_resource<…>")
            return
        super().print_attribute(attribute)


def text_of(
    op: Operation, block_name: Callable[[Block], str]
) -> tuple[list[str], list[SSAValue], list[Region]]:
    """
    The text of an op in pieces, cut where its regions are; the values at the marks in it; and the
    regions. All regions of the op are there, also those that it prints nothing of.
    """
    printer = OpPrinter(block_name)
    try:
        printer.print_op(op)
        text = printer.stream.getvalue()  # type: ignore[attr-defined]
    except Exception as error:
        # A printer of somebody's own: the page shows the others.
        printer = OpPrinter(block_name)
        text = f"{op.name} <cannot be printed: {type(error).__name__}>"
    pieces = text.split(REGION)
    for region in op.regions:
        if region not in printer.regions:
            printer.regions.append(region)
            pieces.append("")
    return [_short(piece) for piece in pieces], printer.values, printer.regions


def label_of(block: Block, name: str) -> tuple[str, Sequence[SSAValue]]:
    """The line before a block."""
    args = ", ".join(f"{VALUE}: {arg.type}" for arg in block.args)
    return (f"^{name}({args}):" if args else f"^{name}:"), block.args


def _short(text: str) -> str:
    # Marks stay, and so do values: only text without any is cut.
    if len(text) <= LENGTH or VALUE in text[LENGTH:]:
        return text
    return f"{text[:LENGTH]} … ({len(text) - LENGTH} more characters)"
