"""The target `llvm`: the text of LLVM that a program's machine code is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.target import Target

from ...passes.rewriting.diagnostics import LetgradError


@dataclass(frozen=True)
class LlvmTarget(Target):
    """
    LLVM IR of the public functions of a module, as `letgrad compile --emit llvm` writes it: each
    function takes scalars by value and arrays by pointer, and returns a status. A module of the
    dialect `llvm` is translated as it is.
    """

    name: ClassVar[str] = "llvm"

    strict: bool = False
    """Whether each sum adds one element after the other, in row-major order."""
    blas: str = "own"
    """Where products of matrices come from: "own" code, or "cblas", by its names."""
    threads: bool = True
    """Whether loops may run in several threads."""
    triple: str = ""
    """The machine, such as "aarch64-linux-gnu"; empty for this one."""
    cpu: str = ""
    """The processor that the code may use all of; empty for any of the machine."""

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        # LLVM takes a while to import, and other targets start faster without it.
        if any(op.name.startswith("llvm.") for op in module.ops):
            from xdsl.backend.llvm.convert import LLVMTarget

            LLVMTarget().emit(ctx, module, output)
            return
        from . import ahead
        from .ahead_targets import Machine

        module = module.clone()
        entries = [f.sym_name.data for f in ahead.entries_of(module)]
        if not entries:
            raise LetgradError("there is no public function with a body", module)
        machine = Machine(self.triple, self.cpu)
        options = ahead.Options(machine, self.blas, self.strict, self.threads)
        output.write(ahead.library(module, entries, options).text)
