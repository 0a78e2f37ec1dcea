"""
The backend `triton`: functions as kernels. If torch has a GPU, they run on the GPU, and otherwise
in Triton's interpreter.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ...dialects import arrays, types
from ...passes.general.inline_custom import InlineCustomPass
from ...passes.pipelines import OptimizePass
from ...passes.rewriting.diagnostics import remark
from ...passes.rewriting.driver import collector_paused, run_passes
from ...passes.sharing.materialize import MaterializePass
from ...passes.simplify.decompose_attention import DecomposeAttentionPass
from ...passes.simplify.lower_solves import LowerSolvesPass
from .. import backends
from ..nests.align_shapes import AlignShapesPass
from ..nests.compare_scatters import CompareScattersPass
from ..nests.compute_constants import ComputeConstantsPass
from ..nests.decompose import DecomposePass
from ..nests.find_recurrences import FindRecurrencesPass
from ..nests.fuse_rows import FuseRowsPass
from ..nests.join_windows import JoinWindowsPass
from ..nests.outline import OutlinePass
from ..nests.split_kept import SplitKeptPass
from ..nests.to_kernel import ConvertTenToKernelPass
from ..nests.unroll_reductions import UnrollReductionsPass
from ..reference import check_arguments, find_function
from .emit import File, Options, emit
from .interpreter import Dtype, interpreted, torch_or_fake
from .loading import load
from .recording import Recorded, pays
from .tiles import LONGEST_ROW

FLOPS_PER_BYTE = 6.0
"""
How many flops take as long as moving a byte of global memory. An H100 has 20 flops of float32 for a
byte. Functions count as more flops than they take, and not all flops run at the best rate.
"""


def passes(tiles: bool = True, entry: str = "") -> Sequence[ModulePass]:
    """
    The passes that run before the backend makes kernels of a program. With `tiles`, kernels
    multiply matrices, not only a library. The function `entry` stays, also if it is private.
    """
    return (
        # No derivative is taken from here on.
        LowerSolvesPass(),
        InlineCustomPass(keep=entry),
        DecomposeAttentionPass(kernels=True),
        OptimizePass(attention=True, row=LONGEST_ROW),
        DecomposeAttentionPass(kernels=True),
        # Nests of different loops share no rows.
        AlignShapesPass(),
        # Nothing after this line asks for the numbers of a table.
        ComputeConstantsPass(),
        # A scatter would be a kernel of its own, after one that fills its result with zeros.
        CompareScattersPass(),
        # A kernel computes a product tile by tile, and can read windows where they are.
        *([JoinWindowsPass()] if tiles else []),
        # The launcher starts a loop's kernels at each step: a recurrence is one kernel.
        FindRecurrencesPass(),
        # The body of a loop gets a launcher of its own.
        OutlinePass(distinct=False),
        DecomposePass(short_products=True, no_integers=True, attention=True),
        # The result of a reduction would be stored.
        UnrollReductionsPass(),
        # What is equal along a short dimension would be stored, too.
        SplitKeptPass(),
        MaterializePass(flops_per_byte=FLOPS_PER_BYTE),
        ConvertTenToKernelPass(views=True, later=True),
        # A row stays in registers if `can_fuse` allows it.
        FuseRowsPass(row_bytes=1 << 24, tiles=tiles),
    )


def lower(module: ModuleOp, options: Options, title: str = "", entry: str = "") -> File:
    """
    The file for all functions of a module, which is not changed.

    Example:

        >>> kernels = emit_triton(lg.trace(np.sin, lg.spec(64, "f32")), TritonOptions())
        >>> kernels.functions
        {'sin': 'sin'}
    """
    with collector_paused():
        module = module.clone()
        run_passes(backends.context(), module, passes(options.matmul != "library", entry))
        return emit(module, options, title)


def has_gpu() -> bool:
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


def compile(module: ModuleOp, entry: str) -> TritonFunction:
    """`@entry` of the module as Triton kernels."""
    return TritonFunction(module, entry)


class TritonFunction:
    """A compiled function of arrays of NumPy, which also takes and gives tensors (`on_tensors`)."""

    def __init__(self, module: ModuleOp, entry: str):
        self.function = find_function(module, entry)
        file = lower(module, Options(), entry=entry)
        self.scalars = [types.rank(t) == 0 for t in self.function.function_type.outputs.data]
        on_gpu = has_gpu()
        if not on_gpu:
            remark("there is no GPU: the kernels are interpreted, which is slow", self.function)
        self.machine = nullcontext if on_gpu else interpreted
        with backends.needing("the backend 'triton'"), self.machine(), torch_or_fake():
            loaded = load(file.text)
            self.launcher = getattr(loaded, file.functions[entry])
        self.recorded = (
            Recorded(self.launcher, loaded.graphed, lambda text: remark(text, self.function))
            if on_gpu and pays(file, entry)
            else None
        )

    def __call__(self, *args: Any) -> tuple[Any, ...]:
        values = check_arguments(self.function, args)
        with self.machine(), torch_or_fake() as torch:
            results = self._launch(*(to_torch(np.array(x, order="C"), torch) for x in values))
            copies = [to_numpy(r, torch) for r in results]
        return tuple(x[()] if scalar else x for x, scalar in zip(copies, self.scalars))

    def on_tensors(self, *args: Any) -> tuple[Any, ...]:
        """
        The results as tensors on the device of the kernels. A tensor that is there already stays
        there: no copy goes over the processor's memory. No result shares memory with an argument.

        Errors: `TypeError` for a tensor of another shape or dtype.
        """
        with self.machine(), torch_or_fake():
            return self._launch(*args)

    def _launch(self, *tensors: Any) -> tuple[Any, ...]:
        if self.recorded is None:
            results = self.launcher(*tensors)
        else:
            import torch

            results = self.recorded(torch.cuda.current_device(), *tensors)
        return results if isinstance(results, tuple) else (results,)


def to_torch(x: np.ndarray, torch: Any) -> Any:
    """A tensor in the processor's memory: launchers move it. NumPy's bfloat16 is not torch's."""
    if x.dtype == arrays.bfloat16 and not isinstance(torch.bfloat16, Dtype):
        return torch.as_tensor(x.view(np.int16)).view(torch.bfloat16)
    return torch.as_tensor(x)


def to_numpy(x: Any, torch: Any) -> np.ndarray:
    """A copy of a tensor."""
    if isinstance(torch.bfloat16, Dtype):
        return np.array(x)
    if x.dtype == torch.bfloat16:
        return x.cpu().view(torch.int16).numpy().view(arrays.bfloat16).copy()
    return x.cpu().numpy().copy()
