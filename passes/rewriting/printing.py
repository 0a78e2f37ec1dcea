"""The printer of MLIR text: xDSL's, where that is exact."""

from __future__ import annotations

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr
from xdsl.ir import Attribute
from xdsl.printer import Printer


class ExactPrinter(Printer):
    """xDSL's printer, with this mended: `dense<[0.0, -0.0]>` came out as a splat of 0.0."""

    def print_attribute(self, attribute: Attribute) -> None:
        if isinstance(attribute, DenseIntOrFPElementsAttr) and _hides_a_sign(attribute):
            _print_elements(attribute, self)
            self.print_string(" : ")
            self.print_attribute(attribute.get_type())
        else:
            super().print_attribute(attribute)


def _hides_a_sign(attribute: DenseIntOrFPElementsAttr) -> bool:
    """Whether xDSL would print a splat of zeros though the zeros differ in sign."""
    data = attribute.data.data
    width = attribute.type.get_element_type().compile_time_size
    # All bytes are those of 0.0 and -0.0, and both occur.
    return (
        len(data) > width
        and not data.strip(b"\0\x80")
        and data != data[:width] * (len(data) // width)
        and attribute.is_splat()
    )


def _print_elements(attribute: DenseIntOrFPElementsAttr, printer: Printer) -> None:
    """As xDSL prints a dense attribute that is no splat."""
    values = attribute.get_values()
    printer.print_string("dense")
    with printer.in_angle_brackets():
        if len(values) > 100 or not attribute.shape_is_complete:
            printer.print_string(f'"0x{attribute.data.data.hex().upper()}"')
        else:
            attribute._print_dense_list(values, attribute.get_shape(), printer)  # pyright: ignore[reportPrivateUsage]
