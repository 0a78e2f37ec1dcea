"""The target `linalg`: a module in upstream's dialects, as the text that mlir-opt and IREE read."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from typing import IO, ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.printer import Printer
from xdsl.utils.target import Target

from ...passes.pipelines import OptimizePass
from ...passes.rewriting.driver import run_passes
from ...passes.simplify.split_complex import SplitComplexPass
from .to_linalg import ConvertTenToLinalgPass


@dataclass(frozen=True)
class LinalgTarget(Target):
    """
    A module in `linalg`, `tensor`, `scf`, `arith` and `math`, in the generic form of ops.
    """

    name: ClassVar[str] = "linalg"

    optimize: bool = True
    """Whether the passes of `optimize` run first."""
    locations: bool = False
    """Whether each op has its location behind it."""

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        module = module.clone()
        first = (OptimizePass(),) if self.optimize else ()
        run_passes(ctx, module, (SplitComplexPass(), *first, ConvertTenToLinalgPass()))
        output.write(text_of(module, self.locations))


def text_of(module: ModuleOp, locations: bool = False) -> str:
    """The text of a module of upstream's dialects."""
    output = StringIO()
    Printer(output, print_generic_format=True, print_debuginfo=locations).print_op(module)
    return output.getvalue() + "\n"
