"""The machines for which letgrad writes libraries ahead of time."""

from __future__ import annotations

import functools
import subprocess
import sys

import llvmlite.binding as llvm

from ...passes.rewriting.diagnostics import LetgradError
from .machine import vector_functions

VECTORS = {"x86-64-v3": "d", "x86-64-v4": "ed"}
"""The kinds of vectors that a level of x86-64 has, by their letters in the vector function ABI."""


@functools.cache
def _all_targets() -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()


_ASKS = """
import sys
import llvmlite.binding as llvm

llvm.initialize_all_targets()
llvm.initialize_all_asmprinters()
llvm.Target.from_triple(sys.argv[1]).create_target_machine(cpu=sys.argv[2])
"""


@functools.cache
def _has_processor(triple: str, cpu: str) -> bool:
    """
    Whether LLVM knows a processor. For an unknown one LLVM writes a line to stderr, and may later
    end the process, so another process asks.
    """
    given = [sys.executable, "-c", _ASKS, triple, cpu]
    asked = subprocess.run(given, stderr=subprocess.PIPE, text=True, check=False)
    return not asked.returncode and "not a recognized processor" not in asked.stderr


class Machine:
    """
    A machine that a library runs on. The triple "" is the one of this host. The processor "" is the
    oldest one of the triple, and "native" is the one of this host.

    Errors: `LetgradError` for a triple or a processor that LLVM does not have, or for which letgrad
            has no code.
    """

    def __init__(self, triple: str = "", cpu: str = ""):
        _all_targets()
        host = llvm.get_default_triple()
        self.triple = triple or host
        try:
            self._target = llvm.Target.from_triple(self.triple)
        except RuntimeError as error:
            raise LetgradError(f"LLVM has no target '{triple}'") from error
        self.architecture = self.triple.split("-")[0]
        self.is_linux = "linux" in self.triple
        self.is_host = self.architecture == host.split("-")[0] and (
            self.is_linux == ("linux" in host)
        )
        """Whether this host's linker links the code."""
        if cpu == "native" and not self.is_host:
            raise LetgradError(f"the processor 'native' is that of {host}, not of {self.triple}")
        if cpu not in ("", "native") and not _has_processor(self.triple, cpu):
            raise LetgradError(f"LLVM has no processor '{cpu}' for {self.triple}")
        self.cpu, self._features = cpu, ""
        self.vectors = ""
        """The kinds of vector functions of glibc that code may call."""
        if cpu == "native":
            self.vectors = vector_functions()
            self.cpu = llvm.get_host_cpu_name()
            self._features = llvm.get_host_cpu_features().flatten()
        elif self.is_linux and self.architecture == "x86_64":
            self.vectors = VECTORS.get(cpu, "")
        layout = str(self.target_machine().target_data)
        pointers = [part for part in layout.split("-") if part.startswith("p:")]
        if not layout.startswith("e") or any(part.split(":")[1] != "64" for part in pointers):
            raise LetgradError(
                f"{self.triple} has pointers of other than 64 bits, or the highest byte first, and "
                "letgrad writes no code for such machines"
            )

    def target_machine(self) -> llvm.TargetMachine:
        return self._target.create_target_machine(
            cpu=self.cpu, features=self._features, opt=3, reloc="pic", codemodel="default"
        )
