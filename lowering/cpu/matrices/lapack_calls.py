"""
Calls of the functions of LAPACK and of BLAS by which decompositions run, without NumPy.

The library is SciPy's OpenBLAS, if a wheel of SciPy is installed: so factors take no longer than in
SciPy, whose version is often another one than NumPy's. Without SciPy it is NumPy's. Nothing here
imports SciPy, and the library loads before the first decomposition.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np

from ..python_objects import address
from . import blas

LETTERS = {"f": "s", "d": "d", "F": "c", "D": "z"}
"""The first letters of the names of the library's functions, by NumPy's letters for dtypes."""

Array = np.ndarray[Any, Any]


@cache
def library() -> blas.Blas | None:
    """SciPy's OpenBLAS; NumPy's if SciPy has none; None if NumPy has none either."""
    found = blas.bundled("scipy")
    if found is not None and hasattr(found.library, f"{found.prefix}dgetrf_{found.suffix}"):
        return found
    return blas.openblas()


@cache
def one_thread() -> blas.OneThread:
    """Keeps to one thread both this library and NumPy's, which runs the other decompositions."""
    return blas.OneThread(blas.openblas(), library())


@cache
def function(name: str, is_c: bool = False) -> Any:
    """A function of the library; None if the library does not have it."""
    found = library()
    if found is None:
        return None
    name = f"cblas_{name}" if is_c else f"{name}_"
    return getattr(found.library, f"{found.prefix}{name}{found.suffix}", None)


@cache
def integer_type() -> Any:
    """The type of the library's sizes."""
    found = library()
    return ctypes.c_int64 if found is not None and found.suffix else ctypes.c_int32


def call(function: Any, *arguments: Any) -> int:
    """Call a function of LAPACK, whose last argument is its report. The rest go by address."""
    info = integer_type()()
    run(function, *arguments, info)
    return info.value


def run(function: Any, *arguments: Any) -> None:
    """Call a function whose arguments go by address; bytes are letters."""
    function(*map(_place, arguments))


def _place(x: Any) -> Any:
    if isinstance(x, bytes | ctypes.c_void_p):
        return x
    if isinstance(x, int):
        return ctypes.byref(integer_type()(x))
    return pointer(x) if isinstance(x, np.ndarray) else ctypes.byref(x)


def pointer(x: Array) -> ctypes.c_void_p:
    """The address of the first element."""
    return ctypes.c_void_p(address(x))
