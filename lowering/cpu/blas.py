"""
The library with which NumPy multiplies matrices, called without NumPy. It is OpenBLAS, if a wheel
of NumPy brings OpenBLAS with it. If this module does not find OpenBLAS, NumPy multiplies.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import llvmlite.binding as llvm
import numpy as np

ALONE = 1 << 18
"""Multiplications for which OpenBLAS wakes no thread of its own."""


class Blas(NamedTuple):
    """OpenBLAS, and how the names of its functions begin and end."""

    library: Any
    prefix: str
    suffix: str

    def function(self, name: str) -> Any:
        return self.library[f"{self.prefix}openblas_{name}{self.suffix}"]


@cache
def openblas() -> Blas | None:
    """NumPy's OpenBLAS; None if NumPy has another library, or one in another folder."""
    for path in (Path(np.__file__).parents[1] / "numpy.libs").glob("*openblas*"):
        library = ctypes.CDLL(str(path))
        for prefix, suffix in product(("scipy_", ""), ("64_", "")):
            if hasattr(library, f"{prefix}openblas_get_num_threads{suffix}"):
                return Blas(library, prefix, suffix)
    return None


@cache
def integers() -> str | None:
    """
    The LLVM type of sizes in calls of `letgrad_sgemm` and `letgrad_dgemm`; None if there is no such
    function. Code that is loaded after this call finds the two functions.
    """
    found = openblas()
    if found is None:
        return None
    for letter in "sd":
        name = f"{found.prefix}cblas_{letter}gemm{found.suffix}"
        if not hasattr(found.library, name):
            return None
        place = ctypes.cast(found.library[name], ctypes.c_void_p).value
        llvm.add_symbol(f"letgrad_{letter}gemm", place)
    return "i64" if found.suffix else "i32"


class OneThread:
    """
    Keep the library to the thread that calls it, while this context is open. The library's own
    threads wait for each other in a loop. If another program needs a processor, this wait takes
    many times as long as the product.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.depth = self.before = 0
        found = openblas()
        self.get: Callable[[], int] = found.function("get_num_threads") if found else lambda: 1
        self.set: Callable[[int], object] = (
            found.function("set_num_threads") if found else lambda n: None
        )

    def __enter__(self) -> None:
        with self.lock:
            if not self.depth:
                self.before = self.get()
                self.set(1)
            self.depth += 1

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.depth -= 1
            if not self.depth:
                self.set(self.before)


one_thread = OneThread()
