"""StableHLO as text that every reader of MLIR takes: ops in the generic form."""

from __future__ import annotations

from io import StringIO

from xdsl.dialects.builtin import ModuleOp
from xdsl.printer import Printer


def text_of(module: ModuleOp, locations: bool = False) -> str:
    """The text of a module of StableHLO."""
    output = StringIO()
    Printer(output, print_generic_format=True, print_debuginfo=locations).print_op(module)
    return output.getvalue() + "\n"
