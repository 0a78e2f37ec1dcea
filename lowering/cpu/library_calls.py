"""
Functions of other libraries, which machine code calls by name, without Python: the loops of NumPy's
generalized ufuncs for matrices and Fourier transforms, and the functions of LAPACK and BLAS.

NumPy's loops check, copy and compute one matrix or row after the other, and hold no lock of the
interpreter. So a call has the results of `numpy.linalg` and `numpy.fft`, bit for bit.

A name says what the function is. So a process that reads machine code out of a file finds the
address of the function in its own libraries.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module

import llvmlite.binding as llvm
import numpy as np

from .instructions import Scalars
from .matrices import blas, lapack_calls
from .scipy_calls import DATA_OF_UFUNC, FUNCTIONS_OF_UFUNC

PREFIX = "letgrad.outside."
"""The names of all these functions begin with it."""

MODULES = {"linalg": "numpy.linalg._umath_linalg", "fft": "numpy.fft._pocketfft_umath"}
"""The modules with NumPy's generalized ufuncs."""

_NAMES = re.compile(rf"@({re.escape(PREFIX)}[\w.]+)")


class NotFound(Exception):
    """A library of this process does not have a function."""


def names_in(texts: Iterable[str]) -> list[str]:
    """The names of these functions that modules call."""
    return sorted({name for text in texts for name in _NAMES.findall(text)})


def are_of_lapack(names: Iterable[str]) -> bool:
    """Whether some of the functions run LAPACK or BLAS, whose own threads must not run then."""
    return any(".fft." not in name for name in names)


def libraries_in(texts: Iterable[str]) -> list[str]:
    """The libraries with threads of their own that modules call: "numpy" and "lapack"."""
    kinds = {name.removeprefix(PREFIX).split(".")[0] for name in names_in(texts)}
    called = {"numpy": {"loop"}, "lapack": {"lapack", "cblas"}}
    return [name for name in called if called[name] & kinds and _library(name) is not None]


def introduce(names: Iterable[str]) -> None:
    """
    Make functions known to code that is loaded after this call. Errors: `NotFound` if a library
    does not have one of them.
    """
    for name in names:
        place = _address(name)
        if not place:
            raise NotFound(name)
        llvm.add_symbol(name, place)


@cache
def _address(name: str) -> int | None:
    """The address of a function, or of the data of a loop; None if there is none."""
    kind, *of = name.removeprefix(PREFIX).split(".")
    if kind in ("loop", "data"):
        module, ufunc, types = of
        return _of_loop(module, ufunc, types.replace("_", "->"), kind == "data")
    if kind == "threads":
        library, what = of
        found = _library(library)
        return None if found is None else blas.threads_of(found, what)
    function, word = of
    if word != word_of_lapack():
        return None
    found = lapack_calls.function(function, is_c=kind == "cblas")
    return None if found is None else ctypes.cast(found, ctypes.c_void_p).value


def _library(name: str) -> blas.Blas | None:
    """The OpenBLAS of NumPy's loops ("numpy"), or that of LAPACK by name ("lapack")."""
    return blas.openblas() if name == "numpy" else lapack_calls.library()


@cache
def _of_loop(module: str, name: str, types: str, data: bool) -> int | None:
    try:
        ufunc = getattr(import_module(MODULES[module]), name, None)
    except ImportError:
        return None
    if not isinstance(ufunc, np.ufunc) or types not in ufunc.types:
        return None
    offset = DATA_OF_UFUNC if data else FUNCTIONS_OF_UFUNC
    fields = ctypes.c_void_p.from_address(id(ufunc) + offset).value
    if fields is None:
        return None
    at = ufunc.types.index(types) * ctypes.sizeof(ctypes.c_void_p)
    return ctypes.c_void_p.from_address(fields + at).value


def word_of_lapack() -> str:
    """The LLVM type of the sizes of LAPACK."""
    return "i64" if lapack_calls.integer_type() is ctypes.c_int64 else "i32"


def has_loop(module: str, name: str, types: str) -> bool:
    """Whether this NumPy has a loop for these types."""
    return _of_loop(module, name, types, False) is not None


def loop_of(module: str, name: str, types: str) -> tuple[int, int | None]:
    """The address of such a loop, and that of its data."""
    place = _of_loop(module, name, types, False)
    if place is None:
        raise NotFound(f"{module}.{name}.{types}")
    return place, _of_loop(module, name, types, True)


def has_lapack(name: str, is_c: bool = False) -> bool:
    """Whether there is a library with this function."""
    return lapack_calls.function(name, is_c) is not None


class Calls(Scalars):
    """
    Writes a function `(operands…, results…, scratch)` that calls other libraries. The operands are
    %x0, %x1 …, and the results %y0, %y1 …; a result may have the memory of an operand.
    """

    def __init__(self) -> None:
        super().__init__("", True)
        self.stack: list[str] = []
        self.scratch = 0
        """The bytes of scratch memory that are taken."""
        self.has_parts = False
        """Whether the code gives parts to letgrad's threads."""
        self.is_threaded = False
        """
        Whether the libraries of matrices may run threads of their own in the calls that follow.
        Around the code they have one thread (`blas.OneThread`).
        """

    def text(self, operands: int, results: int) -> str:
        """The function without its name."""
        given = [f"ptr %x{k}" for k in range(operands)] + [f"ptr %y{k}" for k in range(results)]
        lines = "".join(f"{line}\n" for line in (*self.stack, *self.lines))
        head = f"({', '.join(given)}, ptr %scratch) nounwind noinline"
        return f"{head} {{\nentry:\n{lines}  ret void\n}}\n"

    def variable(self, type: str) -> str:
        """A place on the stack, which the function makes when it begins."""
        name = self.fresh("s")
        self.stack.append(f"  {name} = alloca {type}")
        return name

    def memory(self, bytes: int) -> str:
        """A place in the scratch memory."""
        begin = self.scratch
        self.scratch += -(-bytes // 64) * 64
        return self.let(f"getelementptr i8, ptr %scratch, i64 {begin}")

    def stored(self, type: str, values: Sequence[str | int]) -> str:
        """The place of these values, one behind the other."""
        place = self.variable(f"[{len(values)} x {type}]")
        for k, value in enumerate(values):
            at = self.let(f"getelementptr {type}, ptr {place}, i64 {k}") if k else place
            self.put(f"store {type} {value}, ptr {at}")
        return place

    def loop(
        self,
        module: str,
        name: str,
        types: str,
        places: Sequence[str],
        dims: Sequence[int | str],
        steps: Sequence[int],
    ) -> None:
        """
        A call of a loop of NumPy. `dims` has how many times it runs, and the sizes of the letters
        of its signature; `steps` has the bytes from one run to the next for each array, and then
        those between the elements of each dimension.
        """
        symbol = f"{module}.{name}.{types.replace('->', '_')}"
        function = self.declare(
            f"{PREFIX}loop.{symbol}", f"declare void @{PREFIX}loop.{symbol}(ptr, ptr, ptr, ptr)"
        )
        data = "null"
        if _of_loop(module, name, types, True):
            data = f"@{PREFIX}data.{symbol}"
            self.declare(data, f"{data} = external global i8")
        given = self.stored("ptr", places), self.stored("i64", dims), self.stored("i64", steps)
        arguments = [*(f"ptr {p}" for p in given), f"ptr {data}"]
        self._call("numpy", f"call void @{function}({', '.join(arguments)})")

    def integer(self, value: str) -> str:
        """The place of an integer of LAPACK with this value."""
        word = word_of_lapack()
        place = self.variable(word)
        value = (
            value if word == "i64" or value.isdecimal() else self.let(f"trunc i64 {value} to i32")
        )
        self.put(f"store {word} {value}, ptr {place}")
        return place

    def lapack(self, name: str, *arguments: str | int | bytes) -> str:
        """
        A call of a function of LAPACK, as `fortran`, whose last argument is its report: 0 if all is
        well. The result is this report.
        """
        word = word_of_lapack()
        report = self.stored(word, [0])
        self.fortran(name, *arguments, report)
        return self.let(f"load {word}, ptr {report}")

    def fortran(self, name: str, *arguments: str | int | bytes) -> None:
        """
        A call of a function of LAPACK or BLAS, whose arguments go by address: numbers, letters, and
        places.
        """
        word = word_of_lapack()
        function = f"{PREFIX}lapack.{name}.{word}"
        given: list[str] = []
        for x in arguments:
            if isinstance(x, bytes):
                given.append(self.stored("i8", [ord(x)]))
            else:
                given.append(self.stored(word, [x]) if isinstance(x, int) else x)
        self.declare(function, f"declare void @{function}({', '.join(['ptr'] * len(given))})")
        self._call("lapack", f"call void @{function}({', '.join(f'ptr {x}' for x in given)})")

    def cblas(self, name: str, kinds: Sequence[int], *arguments: str) -> None:
        """
        A call of a function of BLAS by its interface for C: first these constants, and then the
        arguments, with their types.
        """
        function = f"{PREFIX}cblas.{name}.{word_of_lapack()}"
        given = [*(f"i32 {k}" for k in kinds), *arguments]
        types = ", ".join(x.split(" ", 1)[0] for x in given)
        self.declare(function, f"declare void @{function}({types})")
        self._call("lapack", f"call void @{function}({', '.join(given)})")

    def _call(self, library: str, text: str) -> None:
        """A call of a library, with the threads that it had before, if it may have threads."""
        if not self.is_threaded or _library(library) is None:
            self.put(text)
            return
        name = f"{PREFIX}threads.{library}"
        self.declare(f"{name}.set", f"declare void @{name}.set(i32)")
        self.declare(f"{name}.before", f"@{name}.before = external global i32")
        before = self.let(f"load i32, ptr @{name}.before")
        self.put(f"call void @{name}.set(i32 {before})")
        self.put(text)
        self.put(f"call void @{name}.set(i32 1)")
