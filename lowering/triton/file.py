"""The file that is emitted: its texts that are the same for all programs, and its parts."""

from __future__ import annotations

from dataclasses import dataclass, field

from xdsl.dialects import func

from ...passes.rewriting.diagnostics import location_of, position
from . import helpers
from .cards import CARDS
from .expressions import Scalars
from .kernels import Kernel, Names
from .plans import Step

HEADER = '''"""
{title}

Written by letgrad. Needs torch and Triton 3.6 or later; kernels run on the current CUDA stream.
With TRITON_INTERPRET=1 in the environment they are interpreted, and no GPU is needed.
"""

import torch
import triton
import triton.language as tl
{imports}
DEVICE = "cpu" if triton.knobs.runtime.interpret else "cuda"
'''

EXACT = """
# How kernels are compiled. A product is not contracted into a sum.
EXACT = {"enable_fp_fusion": False}
if DEVICE == "cuda" and torch.version.hip is None:
    # NVIDIA's libdevice keeps subnormal numbers. Triton's compiler for AMD has no such option.
    EXACT["enable_reflect_ftz"] = False
"""

CURRENT = '''
def _device():
    """The device on which kernels run now: a process may have several."""
    return DEVICE if DEVICE == "cpu" else torch.device(DEVICE, torch.cuda.current_device())
'''

ARGUMENT = '''
def _argument(x, dtype, shape):
    """An argument on the device, its elements in order; a number becomes a tensor."""
    if type(x) is torch.Tensor and x.dtype == dtype and x.shape == shape and x.is_contiguous():
        # Most arguments are so. The questions take a third of the time of the conversion.
        if x.device.type == DEVICE and (
            DEVICE == "cpu" or x.get_device() == torch.cuda.current_device()
        ):
            return x
    kind = None if isinstance(x, torch.Tensor) else dtype
    x = torch.as_tensor(x, dtype=kind, device=DEVICE)
    if x.dtype != dtype or tuple(x.shape) != shape:
        raise TypeError(f"{x.dtype} {list(x.shape)} is given where {dtype} {list(shape)} is taken")
    return x.contiguous()
'''

GRAPHED = '''
def graphed(function, *example):
    """
    `function` with its launches recorded once, as a CUDA graph: for many small kernels. The
    next call overwrites the results.
    """
    inputs = [torch.as_tensor(x, device=DEVICE).clone() for x in example]
    function(*inputs)  # compiles, and tunes
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        outputs = function(*inputs)

    def replay(*args):
        for x, arg in zip(inputs, args):
            x.copy_(torch.as_tensor(arg, device=DEVICE))
        graph.replay()
        return outputs

    return replay
'''


@dataclass(frozen=True)
class Options:
    """
    How a file is written.

    Example:

        >>> module = lg.trace(np.tanh, lg.spec(64, "f32"))
        >>> exact = emit_triton(module, TritonOptions()).text
        >>> exact == emit_triton(module, TritonOptions(fast=True)).text
        False
    """

    fast: bool = False
    """Less exact functions, and products contracted into sums."""
    scatter: str = "sorted"
    """How sums into computed places are taken: `sorted`, the same in each run, or `atomic`."""
    matmul: str = "auto"
    """
    Products of matrices: kernels (`triton`), or torch's (`library`); `auto` takes torch's for exact
    float32, where matrix units do not help.
    """
    card: str = "h100"
    """The card that floors are given for."""


@dataclass
class File:
    """An emitted file, and what is known of its kernels."""

    text: str
    kernels: list[Kernel] = field(default_factory=list)
    functions: dict[str, str] = field(default_factory=dict)
    """The names that the functions of the module have in the file."""
    steps: dict[str, list[Step]] = field(default_factory=dict)
    """The steps of each launcher, by the name of the launcher."""


class Emitter:
    """Writes a file."""

    def __init__(self, options: Options):
        self.options = options
        self.scalars = Scalars(options.fast)
        self.kernels: list[Kernel] = []
        self.globals = Names(
            {"DEVICE", "EXACT", "_argument", "_device", "graphed", "helpers"} | set(helpers.HELPERS)
        )
        self.functions: dict[str, str] = {}
        self.bodies: dict[str, func.FuncOp] = {}
        """The functions that are only bodies of scans: the loop's launcher takes their steps."""
        self.extra: dict[str, str] = {}
        """Further definitions, by name."""
        self.imports: set[str] = set()
        self.steps: dict[str, list[Step]] = {}

    def assemble(self, launchers: list[str], title: str) -> File:
        kernels = [self._comment(k) + "\n" + k.text for k in self.kernels]
        imports = "".join(sorted(self.imports))
        if self.scalars.libdevice:
            imports += "from triton.language.extra import libdevice\n"
        parts = [HEADER.format(title=title or "Kernels", imports=imports)]
        if not self.options.fast:
            parts[0] += EXACT
        if self.scalars.libdevice:
            parts.append(helpers.shim(self.scalars.libdevice))
        parts += [f"\n{text}\n" for text in helpers.texts(self.scalars.helpers)]
        parts += [f"\n{text}\n" for text in (*self.extra.values(), *kernels)]
        constants = [CURRENT] if any("(_device())" in text for text in launchers) else []
        parts += [*constants, ARGUMENT, *(f"\n{text}\n" for text in launchers), GRAPHED]
        text = "\n\n\n".join(part.strip("\n") for part in parts) + "\n"
        return File(text, self.kernels, self.functions, self.steps)

    def _comment(self, k: Kernel) -> str:
        """The results of a kernel, and the limit of its speed."""
        where = position(location_of(k.source)) if k.source is not None else None
        place = "" if where is None else f", from {where[0]}:{where[1]}:{where[2]}"
        card = CARDS[self.options.card]
        return f"# {', '.join(k.made)}{place}\n# {card.remark(k)}"
