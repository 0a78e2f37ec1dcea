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
from ...passes.pipelines import OptimizePass
from ...passes.rewriting.diagnostics import remark
from ...passes.rewriting.driver import collector_paused, run_passes
from ...passes.sharing.materialize import MaterializePass
from ...passes.simplify.decompose_attention import DecomposeAttentionPass
from ...passes.simplify.lower_solves import LowerSolvesPass
from .. import backends
from ..nests.decompose import DecomposePass
from ..nests.find_recurrences import FindRecurrencesPass
from ..nests.fuse_rows import FuseRowsPass
from ..nests.outline import OutlinePass
from ..nests.to_kernel import ConvertTenToKernelPass
from ..reference import check_arguments, find_function
from .emit import File, Options, emit
from .interpreter import Dtype, interpreted, torch_or_fake
from .loading import load


def passes() -> Sequence[ModulePass]:
    """The passes that run before the backend makes kernels of a program."""
    return (
        # No derivative is taken from here on.
        LowerSolvesPass(),
        DecomposeAttentionPass(kernels=True),
        OptimizePass(attention=True),
        DecomposeAttentionPass(kernels=True),
        # The launcher starts a loop's kernels at each step: a recurrence is one kernel.
        FindRecurrencesPass(),
        # The body of a loop gets a launcher of its own.
        OutlinePass(),
        DecomposePass(short_products=True, no_integers=True, attention=True),
        MaterializePass(),
        ConvertTenToKernelPass(),
        # A row stays in registers if `can_fuse` allows it.
        FuseRowsPass(row_bytes=1 << 20),
    )


def lower(module: ModuleOp, options: Options, title: str = "") -> File:
    """
    The file for all functions of a module, which is not changed.

    Example:

        >>> kernels = emit_triton(lg.trace(np.sin, lg.spec(64, "f32")), TritonOptions())
        >>> kernels.functions
        {'sin': 'sin'}
    """
    with collector_paused():
        module = module.clone()
        run_passes(backends.context(), module, passes())
        return emit(module, options, title)


def has_gpu() -> bool:
    try:
        import torch  # type: ignore[import-not-found]
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


def compile(module: ModuleOp, entry: str) -> backends.Compiled:
    """`@entry` of the module as Triton kernels."""
    function = find_function(module, entry)
    file = lower(module, Options())
    scalars = [types.rank(t) == 0 for t in function.function_type.outputs.data]
    on_gpu = has_gpu()
    if not on_gpu:
        remark("there is no GPU: the kernels are interpreted, which is slow", function)
    machine = nullcontext if on_gpu else interpreted
    with machine(), torch_or_fake():
        launcher = getattr(load(file.text), file.functions[entry])

    def call(*args: Any) -> tuple[Any, ...]:
        values = check_arguments(function, args)
        with machine(), torch_or_fake() as torch:
            results = launcher(*(to_torch(np.array(x, order="C"), torch) for x in values))
            results = results if isinstance(results, tuple) else (results,)
            copies = [to_numpy(r, torch) for r in results]
        return tuple(x[()] if scalar else x for x, scalar in zip(copies, scalars))

    return call


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
