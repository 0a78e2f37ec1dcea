"""
Run emitted files without a GPU: Triton's interpreter, and enough of torch over NumPy arrays.

`interpreted` switches the process to Triton's interpreter and back, also if Triton was imported
before. So one process can interpret kernels and compile them. This module corrects the differences
between the interpreter and the compiler: the interpreter truncates where the machine rounds to
bfloat16, gives the wrong zero for maximum(0, -0), and combines element by element.
"""

from __future__ import annotations

import sys
import types as python_types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...dialects import arrays

Array = Any


class Dtype:
    """A dtype of torch's, by its name."""

    def __init__(self, name: str, numpy: Any):
        self.name, self.numpy = name, np.dtype(numpy)
        self.itemsize = self.numpy.itemsize

    def __repr__(self) -> str:
        return f"torch.{self.name}"


DTYPES = {
    name: Dtype(name, numpy)
    for name, numpy in {
        "float64": np.float64,
        "float32": np.float32,
        "float16": np.float16,
        "bfloat16": arrays.bfloat16,
        "int64": np.int64,
        "int32": np.int32,
        "int16": np.int16,
        "int8": np.int8,
        "bool": np.bool_,
    }.items()
}
BY_NUMPY = {d.numpy: d for d in DTYPES.values()}


class Storage:
    """The memory of a tensor."""

    def __init__(self, array: np.ndarray):
        self.array = array

    def data_ptr(self) -> int:
        """
        Triton's key for a storage. A row of a tensor is a storage of its own here, and the first
        row begins where the tensor does: so the key is the array, and not its address.
        """
        return id(self.array)

    def cpu(self) -> Storage:
        return self

    def copy_(self, other: Storage) -> None:
        assert other.array is self.array


class Tensor:
    """A NumPy array with the methods of a tensor that launchers and the interpreter call."""

    def __init__(self, array: Array):
        # `ascontiguousarray` has no rank 0.
        self.array = np.asarray(array) if np.ndim(array) == 0 else np.ascontiguousarray(array)

    @property
    def dtype(self) -> Dtype:
        return BY_NUMPY[self.array.dtype]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    device = python_types.SimpleNamespace(type="cpu")

    def is_contiguous(self) -> bool:
        return self.array.flags.c_contiguous

    def size(self) -> tuple[int, ...]:
        return self.array.shape

    def stride(self) -> tuple[int, ...]:
        return tuple(s // self.array.itemsize for s in self.array.strides)

    def storage_offset(self) -> int:
        return 0

    def untyped_storage(self) -> Storage:
        return Storage(self.array)

    def data_ptr(self) -> int:
        return self.array.ctypes.data

    def new_empty(self, *size: int, device: object = None) -> Tensor:
        return Tensor(np.empty(0, self.array.dtype))

    def set_(
        self, storage: Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...]
    ) -> None:
        self.array = storage.array

    @property
    def mT(self) -> Tensor:
        return Tensor(np.swapaxes(self.array, -1, -2))

    @property
    def mH(self) -> Tensor:
        return Tensor(np.conjugate(np.swapaxes(self.array, -1, -2)))

    @property
    def real(self) -> Tensor:
        return Tensor(np.real(self.array))

    def resolve_conj(self) -> Tensor:
        return self

    def abs(self) -> Tensor:
        return Tensor(np.abs(self.array))

    def argmax(self, dim: int) -> Tensor:
        return Tensor(np.argmax(self.array, dim))

    def masked_fill(self, mask: Tensor, value: float) -> Tensor:
        return Tensor(np.where(mask.array, self.array.dtype.type(value), self.array))

    def __ne__(self, other: object) -> Any:
        return Tensor(self.array != other)

    __hash__ = None  # type: ignore[assignment]

    def contiguous(self) -> Tensor:
        return Tensor(np.asarray(self.array, order="C"))  # `ascontiguousarray` has no rank 0

    def clone(self) -> Tensor:
        return Tensor(self.array.copy())

    def item(self) -> Any:
        return self.array.item()

    def numel(self) -> int:
        return self.array.size

    def reshape(self, *shape: Any) -> Tensor:
        return Tensor(self.array.reshape(*shape))

    def sum(self, dims: tuple[int, ...], dtype: Dtype) -> Tensor:
        return Tensor(self.array.sum(axis=dims, dtype=dtype.numpy))

    def __getitem__(self, k: Any) -> Tensor:
        """A view, of rank 0 too."""
        return Tensor(self.array[k, ...] if isinstance(k, int) else self.array[k])

    def __setitem__(self, k: int, value: Tensor) -> None:
        self.array[k] = value.array

    def __mul__(self, other: Tensor) -> Tensor:
        return Tensor(self.array * other.array)

    def to(self, dtype: Dtype) -> Tensor:
        return Tensor(self.array.astype(dtype.numpy))

    def view(self, dtype: Dtype) -> Tensor:
        return Tensor(self.array.view(dtype.numpy))

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.array


def fake_torch() -> Any:
    """A module with those functions of torch that emitted files call, over NumPy arrays."""
    torch: Any = python_types.ModuleType("torch")
    vars(torch).update(DTYPES)
    torch.Tensor = Tensor
    torch.version = python_types.SimpleNamespace(hip=None)

    def as_tensor(x: Any, dtype: Dtype | None = None, device: object = None) -> Tensor:
        if isinstance(x, Tensor) and dtype in (None, x.dtype):
            return x
        return Tensor(np.asarray(x, None if dtype is None else dtype.numpy))

    def einsum(spec: str, *xs: Tensor) -> Tensor:
        dtype = xs[0].array.dtype
        wide = [
            x.array.astype(np.float32) if dtype.itemsize == 2 and dtype.kind != "i" else x.array
            for x in xs
        ]
        with np.errstate(all="ignore"):
            return Tensor(np.einsum(spec, *wide, optimize=True).astype(dtype))

    def matmul(a: Tensor, b: Tensor) -> Tensor:
        batch = "".join("abcdefgh"[: a.array.ndim - 2])
        return einsum(f"{batch}xy,{batch}yz->{batch}xz", a, b)

    def cumsum(x: Tensor, dim: int, dtype: Dtype) -> Tensor:
        with np.errstate(all="ignore"):
            return Tensor(np.cumsum(x.array, axis=dim, dtype=dtype.numpy))

    def sort(x: Tensor, stable: bool, dim: int = -1) -> tuple[Tensor, Tensor]:
        order = np.argsort(x.array, dim, kind="stable")
        return Tensor(np.take_along_axis(x.array, order, dim)), Tensor(order)

    def view_as_complex(x: Tensor) -> Tensor:
        return Tensor(x.array.view(f"c{2 * x.array.itemsize}")[..., 0])

    def view_as_real(x: Tensor) -> Tensor:
        return Tensor(x.array[..., None].view(f"f{x.array.itemsize // 2}"))

    def lu_unpack(packed: Tensor, order: Tensor, unpack_data: bool) -> tuple[Tensor]:
        rows = np.eye(packed.shape[-2])[order.array]
        return (Tensor(rows).mT,)

    def transform(name: str) -> Any:
        function = getattr(np.fft, name)

        def of_tensor(x: Tensor, dim: Any, norm: str = "backward", **size: int) -> Tensor:
            which = {"axes" if isinstance(dim, tuple) else "axis": dim}
            return Tensor(function(x.array, norm=norm, **which, **size))

        return of_tensor

    names = ("fftn", "ifftn", "rfft", "irfft")
    torch.fft = python_types.SimpleNamespace(**{name: transform(name) for name in names})
    torch.linalg = python_types.SimpleNamespace(**fake_linalg())
    torch.lu_unpack = lu_unpack
    torch.nan = np.nan
    torch.view_as_complex, torch.view_as_real = view_as_complex, view_as_real
    torch.as_tensor = torch.tensor = as_tensor
    torch.empty = lambda shape, dtype, device=None: Tensor(np.empty(shape, dtype.numpy))
    torch.zeros = lambda shape, dtype, device=None: Tensor(np.zeros(shape, dtype.numpy))
    torch.full = lambda shape, x, dtype, device=None: Tensor(np.full(shape, x, dtype.numpy))
    torch.arange = lambda n, dtype, device=None: Tensor(np.arange(n, dtype=dtype.numpy))
    torch.frombuffer = lambda data, dtype: Tensor(np.frombuffer(data, dtype.numpy))
    torch.einsum, torch.cumsum, torch.sort = einsum, cumsum, sort
    torch.matmul = matmul
    torch.searchsorted = lambda a, v: Tensor(np.searchsorted(a.array, v.array))
    return torch


def fake_linalg() -> dict[str, Any]:
    """Those functions of `torch.linalg` that emitted files call, over NumPy arrays."""

    def of_numpy(function: Any) -> Any:
        def of_tensor(x: Tensor, **options: Any) -> tuple[Tensor, ...]:
            return tuple(Tensor(np.ascontiguousarray(y)) for y in function(x.array, **options))

        return of_tensor

    def cholesky_ex(x: Tensor, upper: bool = False) -> tuple[Tensor, Tensor]:
        x = x.mH if upper else x
        factor, info = np.zeros_like(x.array), np.zeros(x.array.shape[:-2], np.int32)
        for place in np.ndindex(info.shape):
            try:
                factor[place] = np.linalg.cholesky(x.array[place])
            except np.linalg.LinAlgError:
                info[place] = 1
        found = Tensor(factor)
        return found.mH if upper else found, Tensor(info)

    def solve_triangular(t: Tensor, b: Tensor, upper: bool, unitriangular: bool = False) -> Tensor:
        triangle = np.triu(t.array) if upper else np.tril(t.array)
        if unitriangular:
            triangle = np.where(np.eye(triangle.shape[-1], dtype=bool), 1, triangle)
        return Tensor(np.linalg.solve(triangle, b.array))

    def lu_factor_ex(x: Tensor) -> tuple[Tensor, Tensor, None]:
        """The order of the rows stands for the pivots, for `lu_unpack` below."""
        order, packed = of_reference("lu")(x)
        return packed, order, None

    def of_reference(name: str) -> Any:
        def of_matrices(x: Any) -> Any:
            # Not at the head of this module, which also runs where only its own file is.
            from ..reference import matrix_rules

            return getattr(matrix_rules, name)(x)

        return of_numpy(of_matrices)

    names: dict[str, Any] = {
        "eig": of_reference("eig"),
        "eigh": of_numpy(np.linalg.eigh),
        "qr": of_numpy(np.linalg.qr),
        "svd": of_numpy(np.linalg.svd),
    }
    return {
        **names,
        "cholesky_ex": cholesky_ex,
        "lu_factor_ex": lu_factor_ex,
        "solve_triangular": solve_triangular,
    }


@contextmanager
def torch_or_fake() -> Iterator[Any]:
    """The module `torch`, while this context is open: the fake one if torch is missing."""
    try:
        import torch

        yield torch
    except ImportError:
        fake = fake_torch()
        sys.modules["torch"] = fake
        try:
            yield fake
        finally:
            sys.modules.pop("torch", None)


@contextmanager
def interpreted() -> Iterator[None]:
    """Triton's `jit` gives interpreted functions, and its own device functions are such."""
    import triton.language as tl
    from triton import knobs
    from triton.runtime import interpreter
    from triton.runtime.jit import JITFunction

    before = knobs.runtime.interpret
    # If one device function calls another, the interpreter does not undo its patches.
    patched = [
        tl,
        tl.core,
        tl.math,
        tl.tensor,
        tl.dtype,
        tl.condition,
        tl.core.tensor_descriptor_base,
    ]
    saved = [(x, dict(vars(x))) for x in patched]
    changed: list[tuple[Any, str, Any]] = []

    def change(where: Any, name: str, value: Any) -> None:
        changed.append((where, name, getattr(where, name)))
        setattr(where, name, value)

    knobs.runtime.interpret = True
    made: dict[int, Any] = {}
    try:
        for module in (tl, tl.standard):
            for name, value in list(vars(module).items()):
                if isinstance(value, JITFunction):
                    made.setdefault(id(value), interpreter.InterpretedFunction(value.fn))
                    change(module, name, made[id(value)])
        builder = interpreter.InterpreterBuilder
        change(builder, "cast_impl", _cast_impl(builder.cast_impl))
        for name, combine in (("maximum", np.maximum), ("minimum", np.minimum)):
            change(builder, f"create_{name}f", _ieee(combine))
        change(builder, "create_maxnumf", lambda self, a, b: self.binary_op(a, b, np.fmax))
        change(builder, "create_minnumf", lambda self, a, b: self.binary_op(a, b, np.fmin))
        change(builder, "create_fma", _fma)
        change(interpreter, "_patch_lang_tensor", _indexed(interpreter._patch_lang_tensor))
        change(builder, "create_splat", _splat)
        change(builder, "create_dot", _dot(builder.create_dot))
        change(interpreter.ReduceOps, "generic_reduce", _reduce)
        with np.errstate(all="ignore"):
            yield
    finally:
        for where, names in saved:
            for name, value in list(vars(where).items()):
                if name not in names:
                    delattr(where, name)
                elif value is not names[name]:
                    setattr(where, name, names[name])
        for where, name, value in reversed(changed):
            setattr(where, name, value)
        knobs.runtime.interpret = before


def _cast_impl(original: Any) -> Any:
    def cast(self: Any, src: Any, dst_type: Any) -> Any:
        """To bfloat16, by rounding once."""
        import triton.language as tl
        from triton.runtime.interpreter import TensorHandle

        a, b = src.dtype.scalar, dst_type.scalar
        if b == tl.bfloat16 and a != tl.bfloat16:
            from ..reference import cast as convert

            return TensorHandle(convert(src.data, arrays.bfloat16).view(np.uint16), b)
        if a == tl.bfloat16 and b != tl.bfloat16:
            wide = src.data.view(arrays.bfloat16).astype(np.float32)
            return original(self, TensorHandle(wide, tl.float32), dst_type)
        return original(self, src, dst_type)

    return cast


def _ieee(combine: Any) -> Any:
    def operation(self: Any, a: Any, b: Any) -> Any:
        """-0 is less than +0."""

        def exact(x: Array, y: Array) -> Array:
            zero = x + y if combine is np.maximum else -(-x - y)
            return np.where((x == 0) & (y == 0), zero, combine(x, y))

        return self.binary_op(a, b, exact)

    return operation


def _fma(self: Any, a: Any, b: Any, c: Any) -> Any:
    """Rounded once, as older versions do not."""
    from triton.runtime.interpreter import TensorHandle

    from ..reference import fused_multiply_add

    return TensorHandle(fused_multiply_add(a.data, b.data, c.data), c.dtype.scalar)


def _indexed(original: Any) -> Any:
    def patch(tensor: Any, *scope: Any) -> None:
        """A scalar can be the end of a range, whose array has one element."""
        original(tensor, *scope)
        tensor.__index__ = lambda self: int(self.handle.data.reshape(()))

    return patch


def _dot(original: Any) -> Any:
    def dot(self: Any, a: Any, b: Any, *rest: Any) -> Any:
        """Of bfloat16, as numbers. (Its bits were multiplied.)"""
        import triton.language as tl
        from triton.runtime.interpreter import TensorHandle

        if a.dtype.scalar == tl.bfloat16:
            a, b = (
                TensorHandle(x.data.view(arrays.bfloat16).astype(np.float32), tl.float32)
                for x in (a, b)
            )
        return original(self, a, b, *rest)

    return dot


def _splat(self: Any, kind: Any, x: Any) -> Any:
    """A scalar all over a tile. (A comparison kept the type of what it compared.)"""
    from triton.runtime.interpreter import TensorHandle

    return TensorHandle(np.full(kind.shape, x.data.reshape(()), x.data.dtype), x.dtype.scalar)


def _reduce(self: Any, inputs: Any) -> list[Any]:
    """Combine the two halves until one is left: as many calls as the size has bits."""
    import triton.language as tl
    from triton.runtime.interpreter import TensorHandle

    (x,) = inputs
    data = np.moveaxis(x.handle.data, self.axis, 0)

    def tensor(part: np.ndarray) -> Any:
        return tl.tensor(TensorHandle(part, x.dtype), tl.block_type(x.dtype, list(part.shape)))

    while len(data) > 1:
        half = len(data) // 2
        joined = self.combine_fn.fn(tensor(data[:half]), tensor(data[half : 2 * half])).handle.data
        data = np.concatenate([joined, data[2 * half :]]) if len(data) % 2 else joined
    if self.keep_dims:
        return [self.to_tensor(np.moveaxis(data, 0, self.axis), x.dtype)]
    return [self.to_tensor(data[0], x.dtype)]
