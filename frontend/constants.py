"""Constant arrays that traced integers may index, and the names of their dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dialects import arrays
from . import ops
from .tracing import Array
from .tracing import tracing as is_tracing

__all__ = ["asarray"]

DTYPES: dict[str, np.dtype] = {
    "f16": np.dtype(np.float16),
    "bf16": arrays.bfloat16,
    "f32": np.dtype(np.float32),
    "f64": np.dtype(np.float64),
    "c64": np.dtype(np.complex64),
    "c128": np.dtype(np.complex128),
    "i1": np.dtype(np.bool_),
    "i8": np.dtype(np.int8),
    "i16": np.dtype(np.int16),
    "i32": np.dtype(np.int32),
    "i64": np.dtype(np.int64),
    "ui8": np.dtype(np.uint8),
    "ui16": np.dtype(np.uint16),
    "ui32": np.dtype(np.uint32),
    "ui64": np.dtype(np.uint64),
}
"""The dtypes by their names in the IR."""


class ConstantArray(np.ndarray):
    """A NumPy array that a traced integer may index; see `asarray`."""

    def __getitem__(self, key: Any) -> Any:
        if is_tracing() and any(
            isinstance(item, Array) for item in (key if isinstance(key, tuple) else (key,))
        ):
            return ops.lift(np.asarray(self))[key]
        return super().__getitem__(key)


def asarray(a: Any, dtype: Any = None) -> Any:
    """
    A NumPy array that traced integers may index: `lg.asarray(a)[i]`. (The `[]` of a plain NumPy
    array refuses a traced integer.) docs/indices.md says what indices outside read.

    `asarray` returns a traced array as it is. It turns a list that contains traced numbers or
    arrays into a traced array.
    Errors: `ValueError` for parts of different shapes.
    """
    kind = DTYPES[dtype] if isinstance(dtype, str) and dtype in DTYPES else dtype
    if isinstance(a, list | tuple):
        a = ops.join(a, kind)
    if isinstance(a, Array):
        return ops.lift(a, kind)
    return np.asarray(a, kind).view(ConstantArray)
