"""The target `triton`: the functions of a module as one Python file of Triton kernels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, ClassVar, Literal

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.target import Target

from ...passes.rewriting.diagnostics import location_of, position
from .backend import lower
from .emit import Options


@dataclass(frozen=True)
class TritonTarget(Target):
    """
    A Python file of Triton kernels, with a launcher over torch tensors for each function.
    """

    name: ClassVar[str] = "triton"

    fast: bool = False
    """Less exact functions, and products contracted into sums."""
    scatter: Literal["sorted", "atomic"] = "sorted"
    """How sums into computed places are taken: `sorted` is the same in each run."""
    matmul: Literal["auto", "triton", "library"] = "auto"
    """Who multiplies matrices: kernels, or torch; `auto` is torch for exact float32."""
    card: Literal["h100", "a100", "mi300x"] = "h100"
    """The card that floors are given for."""

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        output.write(lower(module, self.options(), title(module)).text)

    def options(self) -> Options:
        return Options(self.fast, self.scatter, self.matmul, self.card)


def title(module: ModuleOp) -> str:
    """The text of a file about its source."""
    for op in module.walk():
        if (where := position(location_of(op))) is not None:
            return f"Kernels of {PurePath(where[0]).name}."
    return "Kernels."
