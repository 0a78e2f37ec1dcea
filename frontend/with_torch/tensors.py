"""
Calls of `lg.jit` on arrays of other libraries: tensors of PyTorch, and arrays with DLPack's
protocol. Each call gives arrays of the same library.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
from xdsl.ir import Attribute

from ...dialects import arrays, types
from ...lowering import backends
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.simplify.scalarize import scalarize
from ...passes.simplify.split_complex import becomes_pair, split
from .. import api, pytree
from ..traced_functions import Spec, Traced, refuse_changes
from ..tracing import Array
from ..unsigned import is_unsigned
from ..user_code import located

ON_TENSORS = "triton"
"""The backend that computes on tensors where they are."""


def of_torch() -> Any:
    """The package torch. Errors: `LetgradError` without it."""
    try:
        import torch  # type: ignore[import-not-found]
    except ImportError as error:
        raise LetgradError(
            "tensors of PyTorch need the package torch: pip install 'letgrad[gpu]'"
        ) from error
    return torch


def spec_of(x: Any) -> Spec:
    """
    The shape and dtype of an argument. Errors: `TypeError` for a tensor of a dtype, or of a layout,
    that letgrad does not have.
    """
    if not arrays.is_tensor(x):
        array = np.asarray(arrays.asarray(x))
        arrays.element_type(array.dtype)
        return Spec(array.shape, array.dtype, isinstance(x, pytree.WeakFloat))
    torch = of_torch()
    if x.layout != torch.strided:
        raise located(TypeError, f"letgrad takes dense tensors, and not {x.layout}")
    name = str(x.dtype).removeprefix("torch.")
    try:
        dtype = arrays.bfloat16 if name == "bfloat16" else np.dtype(name)
        arrays.element_type(dtype)
    except TypeError:
        raise located(TypeError, f"letgrad has no tensors of {x.dtype}") from None
    return Spec(tuple(x.shape), dtype)


def tensor_of(torch: Any, array: Any) -> Any:
    """
    A tensor over the memory of an array. An array that nobody may write to is copied, as PyTorch
    has no such tensors.
    """
    array = np.asarray(array)
    if not array.flags.writeable or any(s < 0 for s in array.strides):
        array = array.copy()
    if array.dtype == arrays.bfloat16:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def on_gpu(tensors: Sequence[Any]) -> Any:
    """The first of the tensors that is on a GPU; None without one."""
    return next((x for x in tensors if arrays.is_tensor(x) and x.is_cuda), None)


def chosen(backend: str | None, tensors: Sequence[Any]) -> str:
    """The backend for these tensors, if the user may have chosen none."""
    if backend is None and on_gpu(tensors) is not None:
        return ON_TENSORS
    return backends.chosen(backend)


def run(
    traced: Traced, backend: str | None, options: Mapping[str, Any], tensors: Sequence[Any]
) -> list[Any]:
    """The results of a traced function on tensors, as fresh tensors on the same device."""
    torch = of_torch()
    name = chosen(backend, tensors)
    if name == ON_TENSORS:
        return _run_there(torch, traced, options, tensors)
    with torch.no_grad():
        found = api.run(traced, [arrays.asarray(x) for x in tensors], backend, options)
        return [tensor_of(torch, x) for x in found]


def _run_there(
    torch: Any, traced: Traced, options: Mapping[str, Any], tensors: Sequence[Any]
) -> list[Any]:
    """Compute on the device of the kernels. Results are where the arguments are."""
    key = "tensors", *sorted(options.items())
    if key not in traced.compiled:
        traced.compiled[key] = _compiled_for_tensors(traced, options)
    given: list[Any] = []
    for x, kind in zip(tensors, traced.in_types, strict=True):
        x = x.detach()
        if becomes_pair(kind):
            given += [torch.real(x.resolve_conj()), torch.imag(x.resolve_conj())]
        elif is_unsigned(kind):
            given.append(x.view(getattr(torch, f"int{8 * x.element_size()}")))
        else:
            given.append(x.resolve_neg())
    place = on_gpu(tensors)
    with nullcontext() if place is None else torch.cuda.device(place.device):
        found = iter(traced.compiled[key](*given))
    results: list[Any] = []
    for kind in traced.out_types:
        x = next(found)
        if becomes_pair(kind):
            x = torch.complex(x, next(found))
        elif is_unsigned(kind):
            x = x.view(getattr(torch, arrays.dtype(kind).name))
        results.append(x.cpu() if place is None else x)
    return results


def _compiled_for_tensors(traced: Traced, options: Mapping[str, Any]) -> Any:
    """The function for tensors of real numbers: two for each complex one, and bits without sign."""
    module = traced.module
    if any(types.is_complex(types.element(t)) for t in (*traced.in_types, *traced.out_types)):
        module = module.clone()
        scalarize(module)
        split(module)
    compiled: Any = backends.compile(ON_TENSORS, module, traced.entry, **options)
    return compiled.on_tensors


class OnTensors:
    """Calls of a jitted function with a tensor of PyTorch among the arguments."""

    @staticmethod
    def takes(leaves: Sequence[Any]) -> bool:
        return "torch" in sys.modules and any(map(arrays.is_tensor, leaves))

    def __init__(self) -> None:
        self.traced: dict[Any, Traced] = {}

    def __call__(
        self, jitted: api.Jitted, leaves: Sequence[Any], tree: pytree.Tree, out: Any
    ) -> Any:
        torch = of_torch()
        _refuse_others(leaves)
        for x in leaves:
            if arrays.is_tensor(x) and x.requires_grad and torch.is_grad_enabled():
                raise located(
                    TypeError,
                    "an argument requires a gradient, and PyTorch would lose it in lg.jit; use "
                    "lg.torch_function, or pass x.detach()",
                )
        if chosen(jitted.backend, leaves) != ON_TENSORS:
            return self._on_processor(torch, jitted, leaves, tree, out)
        specs = [spec_of(x) if arrays.is_tensor(x) else x for x in leaves]
        key = tree.key, tuple(specs) if all(isinstance(s, Spec) for s in specs) else None
        traced = self.traced.get(key)
        if traced is None:
            args, kwargs = tree.unflatten(specs)
            traced = jitted._traced(args, kwargs, specs, tree)
            if key[1] is not None:
                self.traced[key] = traced
        tensors = [
            x if arrays.is_tensor(x) else tensor_of(torch, _as_taken(x, kind))
            for x, kind in zip(leaves, traced.in_types)
        ]
        refuse_changes(traced, "a call on tensors")
        _refuse_shared(traced, leaves, tensors)
        results = run(traced, ON_TENSORS, jitted.options, tensors)
        count = len(traced.out_types) - len(traced.written)
        with torch.no_grad():
            for k, value in zip(traced.written, results[count:]):
                _write(torch, leaves[k], value)
            if out is None:
                return traced.out_tree.unflatten(results[:count])
            targets = _targets(out, traced, count)
            for target, value in zip(targets, results):
                _write(torch, target, value)
        return out

    def _on_processor(
        self, torch: Any, jitted: api.Jitted, leaves: Sequence[Any], tree: pytree.Tree, out: Any
    ) -> Any:
        """The call on arrays over the memory of the tensors."""
        with torch.no_grad():
            views = [arrays.asarray(x) if arrays.is_tensor(x) else x for x in leaves]
        args, kwargs = tree.unflatten(views)
        _refuse_changes(jitted, args, kwargs, views, tree)
        results = jitted(*args, out=out, **kwargs)
        changed = [] if out is None else pytree.flatten(out)[0]
        if any(traced.written for traced in jitted.traces.values()):
            # NumPy writes to the memory, and PyTorch is to know that the tensor has changed.
            traced = jitted._traced(args, kwargs, views, tree)
            changed += [leaves[k] for k in traced.written]
        for x in changed:
            if arrays.is_tensor(x):
                torch.autograd.graph.increment_version(x)
        if out is not None:
            return out
        return pytree.map_leaves(lambda x: _fresh_tensor(torch, x, views), results)


def _refuse_changes(
    jitted: api.Jitted, args: tuple, kwargs: dict[str, Any], views: list[Any], tree: pytree.Tree
) -> None:
    """Errors: `TypeError` for a function that changes containers: here it is given new ones."""
    if not all(child.is_flat for child in tree.children):
        refuse_changes(jitted._traced(args, kwargs, views, tree), "a call on other arrays")


def _fresh_tensor(torch: Any, x: Any, views: Sequence[Any]) -> Any:
    """A result as a tensor, which shares no memory with an argument."""
    array = np.asarray(x)
    if any(isinstance(view, np.ndarray) and np.may_share_memory(array, view) for view in views):
        array = array.copy()
    return tensor_of(torch, array)


def _as_taken(x: Any, kind: Attribute) -> np.ndarray:
    return np.asarray(arrays.asarray(x), arrays.dtype(kind))


def _write(torch: Any, target: Any, value: Any) -> None:
    if arrays.is_tensor(target):
        target.copy_(value)
    else:
        np.copyto(target, arrays.asarray(value.cpu()))


def _targets(out: Any, traced: Traced, count: int) -> list[Any]:
    """
    The arrays in `out`, one for each result. Errors: as `api.targets_of`.
    """
    leaves, given = pytree.flatten(out)
    if (difference := traced.out_tree.difference(given)) is not None:
        raise located(TypeError, f"out has another structure than the results: {difference}")
    for x, kind, path in zip(leaves, traced.out_types[:count], traced.out_tree.paths()):
        if not arrays.is_tensor(x) and not isinstance(x, np.ndarray):
            raise located(TypeError, f"out{path} must be an array, not {type(x).__name__}")
        spec = spec_of(x)
        if spec.dtype != arrays.dtype(kind):
            raise located(
                TypeError,
                f"out{path} has dtype {spec.dtype}, and the result has {arrays.dtype(kind)}",
            )
        if spec.shape != types.shape(kind):
            raise located(
                ValueError,
                f"out{path} has shape {spec.shape}, and the result has {types.shape(kind)}",
            )
    return leaves


def _refuse_shared(traced: Traced, leaves: Sequence[Any], tensors: Sequence[Any]) -> None:
    """
    Errors: `TypeError` for a number in the place of an argument that the function writes to;
            `ValueError` for such an argument that shares memory with another one.
    """
    for k in traced.written:
        if not arrays.is_tensor(leaves[k]) and not isinstance(leaves[k], np.ndarray):
            raise located(
                TypeError,
                f"the function writes to argument {k}, which is no array but a "
                f"{type(leaves[k]).__name__}",
            )
        for j, other in enumerate(tensors):
            if j != k and _overlap(tensors[k], other):
                raise located(
                    ValueError,
                    f"the function writes to argument {k}, which shares memory with argument {j}; "
                    "pass a copy of one of them",
                )


def _overlap(x: Any, y: Any) -> bool:
    """Whether the memory between the first and the last element of two tensors meets."""
    if x.device != y.device or not x.numel() or not y.numel():
        return False
    (begin, end), (first, last) = (
        (t.data_ptr(), t.data_ptr() + t.element_size() * _extent(t)) for t in (x, y)
    )
    return begin < last and first < end


def _extent(x: Any) -> int:
    return 1 + sum((n - 1) * s for n, s in zip(x.shape, x.stride()))


class OnForeign:
    """
    Calls of a jitted function with an array of a library that has DLPack's protocol and the
    namespace of the array API standard. NumPy and PyTorch have calls of their own.
    """

    @staticmethod
    def takes(leaves: Sequence[Any]) -> bool:
        return any(map(_is_foreign, leaves))

    def __call__(
        self, jitted: api.Jitted, leaves: Sequence[Any], tree: pytree.Tree, out: Any
    ) -> Any:
        _refuse_others(leaves)
        library = next(x for x in leaves if _is_foreign(x)).__array_namespace__()
        there = chosen(jitted.backend, leaves) == ON_TENSORS and "torch" in sys.modules
        if there:
            torch = of_torch()
            views = [torch.from_dlpack(x) if _is_foreign(x) else x for x in leaves]
        else:
            views = [arrays.asarray(x) if _is_foreign(x) else x for x in leaves]
        args, kwargs = tree.unflatten(views)
        if not there:
            _refuse_changes(jitted, args, kwargs, views, tree)
        results = jitted(*args, out=out, **kwargs)
        if out is not None:
            return out

        def given(x: Any) -> Any:
            if isinstance(x, np.generic | np.ndarray):
                x = np.asarray(x)
                if not there and any(np.may_share_memory(x, v) for v in views):
                    x = x.copy()
            try:
                return library.from_dlpack(x)
            except BufferError:  # NumPy's DLPack has no bfloat16, and none for read-only memory
                return library.asarray(x)

        return pytree.map_leaves(given, results)


def _is_foreign(x: Any) -> bool:
    if isinstance(x, np.ndarray | np.generic | Array | Spec) or not hasattr(x, "__dlpack__"):
        return False
    find = getattr(x, "__array_namespace__", None)
    return find is not None and not arrays.is_tensor(x) and hasattr(find(), "from_dlpack")


def _refuse_others(leaves: Sequence[Any]) -> None:
    """Errors: `TypeError` for arrays of two libraries, as the results could be of either one."""
    found = {
        type(x).__module__.partition(".")[0] if not arrays.is_tensor(x) else "torch"
        for x in leaves
        if arrays.is_tensor(x) or _is_foreign(x)
    }
    if len(found) > 1:
        raise located(
            TypeError,
            f"the arguments have arrays of {' and '.join(sorted(found))}; results are arrays of "
            "one library, so pass arrays of one, beside those of NumPy",
        )


api.FOREIGN += [OnTensors, OnForeign]
