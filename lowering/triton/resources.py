"""
Compile emitted kernels for a named card, without a card: TTIR, PTX, machine code, and their costs.

Triton compiles with the same settings as at launch: pointers that are multiples of 16 bytes,
products not contracted into sums. `ptxas` gives registers and spills of the machine code.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...passes.rewriting.diagnostics import LetgradError
from .cards import CARDS, amount
from .emit import File, Options
from .expressions import storage
from .interpreter import torch_or_fake
from .kernels import Buffer, Kernel
from .loading import load

SIGNATURES = {
    "float64": "fp64",
    "float32": "fp32",
    "float16": "fp16",
    "bfloat16": "bf16",
    "int1": "i1",
    "int8": "i8",
    "int16": "i16",
    "int32": "i32",
    "int64": "i64",
}
STAGES = ("ttir", "ttgir", "llir", "ptx", "cubin", "amdgcn", "hsaco")


@dataclass
class Compiled:
    """One kernel for one architecture."""

    kernel: Kernel
    stages: dict[str, Any]
    """Text, or bytes of machine code, by the name of the stage."""
    shared: int
    """Bytes of memory that the threads of a program share."""


ARCHITECTURES = (
    *("sm_75", "sm_80", "sm_86", "sm_87", "sm_89", "sm_90"),
    *("sm_100", "sm_103", "sm_110", "sm_120", "sm_121"),
    *("gfx906", "gfx908", "gfx90a", "gfx942", "gfx950"),
    *("gfx1100", "gfx1101", "gfx1102", "gfx1150", "gfx1151", "gfx1200", "gfx1201", "gfx1250"),
)
"""Architectures for which Triton 3.9 compiles. For another number its LLVM ends the process."""


def card_of(arch: str) -> str:
    """The card for an architecture: the one of this architecture, or else of this maker."""
    if arch.startswith("gfx"):
        return "mi300x"
    return "a100" if arch == "sm_80" else "h100"


def check_architecture(arch: str) -> None:
    """Errors: `LetgradError` for a name that is no architecture."""
    if arch not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise LetgradError(f"'{arch}' is no architecture; these are: {known}")


def target(arch: str) -> Any:
    """
    The target of Triton's that an architecture is.

    Errors: `LetgradError` for a name that is none.
    """
    from triton.backends.compiler import GPUTarget

    check_architecture(arch)
    if arch.startswith("sm_"):
        return GPUTarget("cuda", int(arch.removeprefix("sm_")), 32)
    return GPUTarget("hip", arch, 64 if arch.startswith("gfx9") else 32)


def compile_kernels(file: File, arch: str, options: Options) -> list[Compiled]:
    """
    Each kernel of a file, compiled.

    Errors: `LetgradError` for what Triton cannot compile, at the kernel's source.
    """
    import triton
    from triton import knobs
    from triton.compiler import ASTSource

    machine = target(arch)
    if knobs.runtime.interpret:
        raise LetgradError("TRITON_INTERPRET is set: Triton interprets, and does not compile")
    with torch_or_fake():
        module = load(file.text)
    made = []
    for k in file.kernels:
        function = getattr(module, k.name)
        function = function if isinstance(function, triton.JITFunction) else function.fn
        signature = {p: f"*{SIGNATURES[element(a)]}" for p, a in zip(k.parameters, k.arguments)}
        signature |= dict.fromkeys(k.constants, "constexpr")
        constants = {(len(k.parameters) + n,): v for n, v in enumerate(k.constants.values())}
        aligned = {(n,): [["tt.divisibility", 16]] for n in range(len(k.parameters))}
        source = ASTSource(function, signature, constants, aligned)
        settings = {"num_warps": k.warps, "num_stages": k.stages}
        if not options.fast:
            # As the file's `EXACT`, but for the target, and not for the GPU at hand.
            settings["enable_fp_fusion"] = False
            if machine.backend == "cuda":
                settings["enable_reflect_ftz"] = False
        try:
            result = triton.compile(source, target=machine, options=settings)
        except Exception as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
            message = f"Triton does not compile {k.name} for {arch}: {reason}"
            raise LetgradError(message, k.source) from error
        stages = {name: result.asm[name] for name in STAGES if name in result.asm}
        made.append(Compiled(k, stages, result.metadata.shared))
    return made


def element(a: Any) -> str:
    return a.dtype if isinstance(a, Buffer) else storage(a.type)


def report(made: list[Compiled], arch: str, card: str, file: File) -> str:
    """A paragraph with the costs of each kernel, and a line of what each function runs."""
    paragraphs = [_paragraph(c, arch, card) for c in made]
    return "\n".join([*paragraphs, *(_launches(name, file) for name in file.functions.values())])


def _launches(name: str, file: File) -> str:
    """What a call of a launcher runs: kernels, calls of torch by name, fills and copies."""
    steps = file.steps.get(name, [])
    kernels = sum(s.times for s in steps if s.kind == "kernel")
    found = [f"{kernels} kernel{'s' if kernels != 1 else ''}"]
    kinds = {"torch": "torch", "fill": "fill by", "copy": "copy by", "call": "call of"}
    for kind, text in kinds.items():
        counts = Counter[str]()
        for s in steps:
            if s.kind == kind:
                counts[s.name] += s.times
        found += [f"{n} x {text} {of}" for of, n in counts.items()]
    return f"{name} runs {', '.join(found)}"


def _paragraph(c: Compiled, arch: str, card: str) -> str:
    k = c.kernel
    bound, seconds = CARDS[card].floor(k)
    shapes = ", ".join(f"{name}={value}" for name, value in k.constants.items()) or "scalar"
    lines = [
        f"{k.name} for {arch}: {k.grid} programs of {k.warps} warps, {shapes}",
        f"  moves    {amount(k.reads)} in, {amount(k.writes)} out; "
        f"{k.reads / k.points:.3g} and {k.writes / k.points:.3g} bytes a point",
        f"  bound by {bound}: {seconds * 1e6:.3g} µs at best on {CARDS[card].name}",
    ]
    if "ptx" in c.stages:
        registers, spills = resources(c.stages["cubin"])
        lines.append(
            f"  uses     {registers} registers, {spills} bytes spilled, {c.shared} bytes shared"
        )
        for what, found in (
            ("loads", widths(c.stages["ptx"], "ld")),
            ("stores", widths(c.stages["ptx"], "st")),
        ):
            text = ", ".join(f"{n} x {w}" for w, n in found.items()) or "none"
            lines.append(f"  {what:8} {text}")
        counts = ", ".join(f"{n} x {op}" for op, n in slow_instructions(c.stages["ptx"]).items())
        lines.append(f"  computes {counts or 'nothing slow'}")
    else:
        lines.append(f"  uses     {c.shared} bytes shared")
    return "\n".join(lines)


SLOW = ("ex2", "lg2", "sin", "cos", "tanh", "rsqrt", "sqrt", "rcp", "div", "mma", "wgmma")
"""
Instructions of PTX that take several times as long as an addition, and products of matrices.

Source: NVIDIA, Parallel Thread Execution ISA, "Floating Point Instructions".
"""


def slow_instructions(ptx: str) -> dict[str, int]:
    """How often the text of a kernel has each slow instruction of floats; a loop counts once."""
    names = "|".join(SLOW)
    found = Counter(
        name
        for name, rest in re.findall(rf"^\s*(?:@!?%\w+\s+)?({names})\.([\w.:]+)", ptx, re.M)
        if "mma" in name or re.search(r"\b(f16|f16x2|bf16|bf16x2|f32|f64)\b", rest)
    )
    return {name: found[name] for name in SLOW if found[name]}


def widths(ptx: str, kind: str) -> dict[str, int]:
    """How often global memory is read (`ld`) or written (`st`), by the bits of one access."""
    found: dict[str, int] = {}
    for vector, bits in re.findall(rf"\b{kind}\.global(?:\.\w+)*?(?:\.(v\d))?\.[bfsu](\d+)\b", ptx):
        width = f"{int(vector[1:] or 1) * int(bits) if vector else int(bits)} bits"
        found[width] = found.get(width, 0) + 1
    return dict(sorted(found.items(), key=lambda item: -int(item[0].split()[0])))


def resources(cubin: bytes) -> tuple[int, int]:
    """The registers of a thread and the bytes that it spills, as machine code states them."""
    import triton

    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        text = subprocess.run(
            [str(tool), "-res-usage", file.name], capture_output=True, text=True, check=True
        ).stdout
    registers, stack = re.search(r"REG:(\d+)", text), re.search(r"STACK:(\d+)", text)
    return int(registers[1]) if registers else 0, int(stack[1]) if stack else 0
