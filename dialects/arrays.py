"""
Conversions between the types and constants of the IR and those of NumPy.

`index` is a 64-bit signed integer, `i1` is NumPy's bool, `bf16` is `ml_dtypes.bfloat16`. A scalar
is a NumPy scalar. `ui8` to `ui64` are types of traces only: `frontend/unsigned.py` says why.

Example:

    >>> print(arrays.type_of(np.zeros((2, 3), np.float32)))
    tensor<2x3xf32>
"""

from __future__ import annotations

import sys
from typing import Any, cast

import ml_dtypes
import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    AnyFloat,
    BFloat16Type,
    BytesAttr,
    ComplexType,
    DenseIntOrFPElementsAttr,
    Float16Type,
    Float32Type,
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    Signedness,
    TensorType,
    bf16,
    f16,
    f32,
    f64,
    i1,
    i8,
    i16,
    i32,
    i64,
)
from xdsl.ir import Attribute
from xdsl.utils.exceptions import DiagnosticException

from . import types

bfloat16 = np.dtype(ml_dtypes.bfloat16)

_ELEMENTS: dict[np.dtype, Attribute] = {
    np.dtype(np.bool_): i1,
    np.dtype(np.int8): i8,
    np.dtype(np.int16): i16,
    np.dtype(np.int32): i32,
    np.dtype(np.int64): i64,
    **{np.dtype(f"uint{n}"): IntegerType(n, Signedness.UNSIGNED) for n in (8, 16, 32, 64)},
    np.dtype(np.float16): f16,
    bfloat16: bf16,
    np.dtype(np.float32): f32,
    np.dtype(np.float64): f64,
    np.dtype(np.complex64): ComplexType(f32),
    np.dtype(np.complex128): ComplexType(f64),
}
_UNSIGNED = {type: dtype for dtype, type in _ELEMENTS.items() if dtype.kind == "u"}
_FLOATS = {
    Float16Type: np.float16,
    BFloat16Type: bfloat16,
    Float32Type: np.float32,
    Float64Type: np.float64,
}


def asarray(x: Any) -> np.ndarray:
    """
    Convert `x` to a NumPy array of this machine's byte order.

    `x` may be anything that NumPy takes (numbers, nested lists, buffers, objects with
    `__array_interface__` or `__array__`), and any object with DLPack's protocol. The result shares
    memory with `x` where that is possible, and may be read-only.

    Errors: `TypeError` if NumPy cannot read `x`.
    """
    known = hasattr(x, "__array_interface__") or hasattr(x, "__array__")
    try:
        # A tensor of another library may refuse, because the tensor is on another device, or
        # because the library records its derivative.
        if type(x) is not np.ndarray and is_tensor(x):
            array = _of_tensor(x)
        else:
            array = np.from_dlpack(x) if not known and hasattr(x, "__dlpack__") else np.asarray(x)
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        reason = str(error).split("\n")[0]
        raise TypeError(f"{type(x).__name__} is no array that NumPy can read: {reason}") from error
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def is_tensor(x: Any) -> bool:
    """Whether `x` is a tensor of PyTorch. The question does not import PyTorch."""
    torch = sys.modules.get("torch")
    kind = getattr(torch, "Tensor", None)
    return kind is not None and isinstance(x, kind) and hasattr(x, "is_conj")


def _of_tensor(x: Any) -> np.ndarray:
    """
    A tensor of PyTorch as an array over the same memory, where the tensor has memory of the
    processor. PyTorch itself gives no array of bfloat16, and none of a lazy conjugate.

    Errors: `TypeError` for a tensor whose derivative PyTorch records: the array would lose it.
    """
    torch = sys.modules["torch"]
    if x.requires_grad and torch.is_grad_enabled():
        raise TypeError(
            "it requires a gradient, which PyTorch would lose here; use lg.torch_function, or "
            "pass x.detach()"
        )
    x = x.detach().resolve_conj().resolve_neg()
    if x.dtype == torch.bfloat16:
        return x.view(torch.int16).numpy().view(bfloat16)
    return x.numpy()


def dtype(type: Attribute) -> np.dtype:
    """
    The NumPy dtype of the elements of a scalar or tensor type.

    Errors: `TypeError` for elements that letgrad does not have (`si8`, `i7`, `f8…`).
    """
    e = types.element(type)
    if e in _UNSIGNED:
        return _UNSIGNED[e]
    if not types.is_element(e):
        raise TypeError(f"no NumPy dtype stands for {e}")
    if isinstance(e, IndexType):
        return np.dtype(np.int64)
    if isinstance(e, ComplexType):
        return np.dtype(np.complex64 if e.element_type == f32 else np.complex128)
    if isinstance(e, IntegerType):
        return np.dtype(np.bool_) if e.width.data == 1 else np.dtype(f"int{e.width.data}")
    return np.dtype(_FLOATS[e.__class__])


def element_type(dtype: Any) -> Attribute:
    """
    The element type for a NumPy dtype.

    Errors: `TypeError` for dtypes that letgrad does not have (strings, objects).
    """
    dtype = np.dtype(dtype)
    native = dtype.newbyteorder("=")
    if native not in _ELEMENTS:
        supported = ", ".join(str(d) for d in _ELEMENTS)
        raise TypeError(f"arrays of {dtype} are not supported; these are: {supported}")
    return _ELEMENTS[native]


def type_of(array: Any) -> Attribute:
    """The type of an array, a NumPy scalar or a Python number (float64, int64, bool)."""
    array = np.asarray(array)
    return types.of_shape(array.shape, element_type(array.dtype))


def constant(
    array: Any, type: Attribute | None = None, data: bytes | None = None
) -> arith.ConstantOp:
    """
    The `arith.constant` of an array or a number.

    The constant has the type `type` if the caller gives one: `type` decides between i64 and index.
    `data` is `array.tobytes()`. A caller that has these bytes already passes them, since an array
    may be large.
    """
    given = np.asarray(array)
    type = type_of(given) if type is None else type
    array = np.asarray(given, dtype(type))
    if types.rank(type) == 0:
        if types.is_complex(type):
            raise TypeError("arith.constant holds no single complex number; make it of its parts")
        number = array.item()
        if types.is_float(type):
            return arith.ConstantOp(FloatAttr(float(number), cast(AnyFloat, type)), type)
        whole = cast(IntegerType | IndexType, type)
        return arith.ConstantOp(IntegerAttr(int(number), whole, truncate_bits=True), type)
    if array.dtype == np.bool_:
        array = -array.astype(np.int8)  # -1 for true, as xDSL's parser makes it
    elements = array.tobytes() if data is None or array is not given else data
    table = DenseIntOrFPElementsAttr(cast(TensorType[Any], type), BytesAttr(elements))
    return arith.ConstantOp(types.compact(table), type)


def constant_array(op: arith.ConstantOp) -> np.ndarray | np.generic:
    """
    The value of an `arith.constant`: a NumPy scalar, or a read-only array.

    Errors: `DiagnosticException` for elements that stand behind the program (`dense_resource`).
    """
    type = op.result.type
    match op.value:
        case IntegerAttr() | FloatAttr():
            number = op.value.value.data
            return np.bool_(number != 0) if types.is_bool(type) else dtype(type).type(number)
        case DenseIntOrFPElementsAttr():
            stored = np.dtype(np.int8) if types.is_bool(types.element(type)) else dtype(type)
            array = np.frombuffer(op.value.data.data, stored)
            array = array.astype(np.bool_) if types.is_bool(types.element(type)) else array
            shape = types.shape(type)
            return (
                array.reshape(shape)
                if array.size == types.size(type)
                else np.broadcast_to(array, shape)
            )
        case _:
            raise DiagnosticException(f"letgrad does not read the elements of {op.value}")
