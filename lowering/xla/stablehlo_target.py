"""The target `stablehlo`: a module as StableHLO, in the text that XLA and other readers take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.target import Target

from ...passes.pipelines import OptimizePass
from ...passes.rewriting.driver import run_passes
from .text import text_of
from .to_stablehlo import ConvertTenToStableHloPass


@dataclass(frozen=True)
class StableHloTarget(Target):
    """
    StableHLO of a module, in the generic form.
    """

    name: ClassVar[str] = "stablehlo"

    optimize: bool = True
    """Whether the passes of `optimize` run first, as in the backend `xla`."""
    locations: bool = False
    """Whether each op has its location behind it."""

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        module = module.clone()
        first = (OptimizePass(),) if self.optimize else ()
        run_passes(ctx, module, (*first, ConvertTenToStableHloPass()))
        output.write(text_of(module, self.locations))
