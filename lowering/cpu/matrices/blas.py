"""
The library with which NumPy multiplies matrices, called without NumPy. It is OpenBLAS, if a wheel
of NumPy brings OpenBLAS with it. If this module does not find OpenBLAS, NumPy multiplies.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import llvmlite.binding as llvm

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
    return bundled("numpy")


@cache
def bundled(package: str) -> Blas | None:
    """The OpenBLAS that a wheel of a package brings; None without package, or without OpenBLAS."""
    try:
        found = find_spec(package)
    except (ImportError, ValueError):  # a package that a test hides has no spec
        return None
    if found is None or found.origin is None:
        return None
    for path in (Path(found.origin).parents[1] / f"{package}.libs").glob("*openblas*"):
        library = ctypes.CDLL(str(path))
        for prefix, suffix in product(("scipy_", ""), ("64_", "")):
            if hasattr(library, f"{prefix}openblas_get_num_threads{suffix}"):
                return Blas(library, prefix, suffix)
    return None


@cache
def integers() -> str | None:
    """
    The LLVM type of sizes in calls of `letgrad_sgemm` and `letgrad_dgemm`, and of `…syrk`; None if
    there is no such function. Code that is loaded after this call finds these functions.
    """
    found = openblas()
    if found is None:
        return None
    for function in ("sgemm", "dgemm", "ssyrk", "dsyrk"):
        name = f"{found.prefix}cblas_{function}{found.suffix}"
        if not hasattr(found.library, name):
            return None
        place = ctypes.cast(found.library[name], ctypes.c_void_p).value
        llvm.add_symbol(f"letgrad_{function}", place)
    return "i64" if found.suffix else "i32"


class _Limit:
    """How many callers keep a library to one thread, and its threads before the first of them."""

    def __init__(self, found: Blas) -> None:
        self.lock = threading.Lock()
        self.depth = 0
        self.before = ctypes.c_int()
        """Machine code knows its address: see `threads_of`."""
        self.get: Callable[[], int] = found.function("get_num_threads")
        self.set: Callable[[int], object] = found.function("set_num_threads")

    def enter(self) -> None:
        with self.lock:
            if not self.depth:
                self.before.value = self.get()
                self.set(1)
            self.depth += 1

    def leave(self) -> None:
        with self.lock:
            self.depth -= 1
            if not self.depth:
                self.set(self.before.value)


_limit = cache(_Limit)
"""The one limit of a library: contexts that overlap in time must agree about its threads."""


def threads_of(found: Blas, what: str) -> int:
    """
    The address of the function that sets ("set") or gives ("get") how many threads a library has,
    or that of a C integer: how many it had before the first open context of `OneThread` ("before").
    """
    if what == "before":
        return ctypes.addressof(_limit(found).before)
    place = ctypes.cast(found.function(f"{what}_num_threads"), ctypes.c_void_p).value
    assert place is not None
    return place


class OneThread:
    """
    Keep libraries to the thread that calls them, while this context is open. A library's own
    threads wait for each other in a loop. If another program needs a processor, this wait takes
    many times as long as the product.
    """

    def __init__(self, *libraries: Blas | None) -> None:
        self.limits = [_limit(x) for x in dict.fromkeys(libraries) if x is not None]

    @property
    def depth(self) -> int:
        """How many such contexts are open."""
        return max((limit.depth for limit in self.limits), default=0)

    def __enter__(self) -> None:
        for limit in self.limits:
            limit.enter()

    def __exit__(self, *_: object) -> None:
        for limit in self.limits:
            limit.leave()


one_thread = OneThread(openblas())
"""For NumPy's library, which multiplies."""
