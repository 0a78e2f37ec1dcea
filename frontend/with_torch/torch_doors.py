"""Functions of letgrad's in programs of PyTorch: `torch_function`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ...dialects import arrays
from .. import pytree
from ..traced_functions import known_ints, refuse_changes, trace_function
from ..tracing import tracing as is_tracing
from ..user_code import located
from . import tensors

__all__ = ["torch_function"]


def torch_function(
    fn: Callable[..., Any], *, backend: str | None = None, **options: Any
) -> Callable[..., Any]:
    """
    The function as one of PyTorch's: it takes and gives tensors, and PyTorch differentiates it.

        f = lg.torch_function(loss)
        f(w, x).backward()

    PyTorch sees one op. Its derivative is letgrad's gradient of `fn`, to any order, also inside
    `torch.func.grad`, `torch.func.jvp` and `torch.func.vmap`. Arguments and results are structures
    of tensors, as for `lg.jit`; a Python float takes the dtype of the tensors beside it. Without
    `backend`, tensors of a GPU are computed there, by the backend "triton", and other tensors by
    the default backend. `options` are those of the backend.
    Errors: `LetgradError` without the package torch; `TypeError` for a function that writes to an
            argument, because PyTorch would not see the write: `lg.pure(fn)` gives what it writes.
    """
    kept: dict[Any, Any] = {}

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if is_tracing():
            return fn(*args, **kwargs)
        if "call" not in kept:
            # `torch.compile` calls such a function as it is. It would follow the calls into
            # letgrad otherwise, and compile the compiler.
            kept["call"] = tensors.of_torch().compiler.disable(call)
        return kept["call"](args, kwargs)

    def call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        torch = tensors.of_torch()
        from . import torch_transforms

        args, kwargs = known_ints(fn, args, kwargs)
        leaves, tree = pytree.flatten((args, kwargs))
        leaves = [pytree.WeakFloat(x) if type(x) is float else x for x in leaves]
        specs = [tensors.spec_of(x) for x in leaves]
        key = tree.key, tuple(specs)
        if key not in kept:
            positional, named = tree.unflatten(
                [s if arrays.is_tensor(x) else x for s, x in zip(specs, leaves)]
            )
            traced = trace_function(fn, positional, named, finals=True)
            refuse_changes(traced, "a function for PyTorch")
            if traced.written:
                path = traced.in_tree.paths()[traced.written[0]][3:]
                raise located(
                    TypeError,
                    f"the function writes to its argument {path}, and PyTorch would not see the "
                    "write; lg.pure(fn) gives the arguments as they are after the call",
                )
            program = torch_transforms.TensorProgram.of(traced, backend, options)
            kept[key] = program, traced.out_tree
        program, out_tree = kept[key]
        given = [
            x if arrays.is_tensor(x) else tensors.tensor_of(torch, np.asarray(arrays.asarray(x)))
            for x in leaves
        ]
        return out_tree.unflatten(torch_transforms.apply(program, given))

    return wrapper
