"""
SciPy's compiled special functions, for calls out of machine code.

`scipy.special.cython_special` offers most functions as C functions of float64. A few functions are
only in the loops of a ufunc. Such a loop gets a small function around it, which runs the loop once.
"""

from __future__ import annotations

import ctypes
import functools
import re
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from xdsl.ir import Operation

from ...dialects import ten
from ...passes.rewriting.diagnostics import LetgradError
from ..reference.special_library import of_scipy, scipy_module

FUNCTIONS_OF_UFUNC, DATA_OF_UFUNC = 32, 40
"""The places of a ufunc's loops, and of their data, in NumPy's C struct."""


@functools.cache
def _capsules() -> tuple[Any, Any]:
    pointer, name = ctypes.pythonapi.PyCapsule_GetPointer, ctypes.pythonapi.PyCapsule_GetName
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    return pointer, name


def declaration(row: ten.SpecialFunction, op: Operation | None = None) -> tuple[str, str]:
    """
    The name by which machine code calls a function of float64 numbers and an int32, and the text
    that a module needs for the call. LLVM learns the addresses.

    Errors: `LetgradError` without SciPy, or if this version of SciPy has no such function.
    """
    of_scipy(row, op)  # for the errors, at this op
    return _of_capsule(row.name) or _of_loop(row.name)


@functools.cache
def _of_capsule(name: str) -> tuple[str, str] | None:
    """The C function of `cython_special`; None if that has none of numbers in float64 alone."""
    row = ten.FUNCTIONS[name]
    if row.output is not None:
        return None
    pointer, signature = _capsules()
    numbers = ", ".join(["double"] * len(row.parameters))
    wanted = f"double ({numbers}, int __pyx_skip_dispatch)"
    pattern = re.compile(rf"(__pyx_fuse_\d+(_\d+)?)?{re.escape(row.inner or name)}")
    for entry, capsule in scipy_module("cython_special", row).__pyx_capi__.items():
        found = signature(capsule)
        if pattern.fullmatch(entry) and found.decode() == wanted:
            symbol = f"letgrad_scipy_{name}"
            llvm.add_symbol(symbol, pointer(capsule, found))
            attributes = "nounwind willreturn memory(none)"
            return symbol, f"declare double @{symbol}({numbers}, i32) {attributes}"
    return None


@functools.cache
def _of_loop(name: str) -> tuple[str, str]:
    """A function around the loop of the ufunc for float64."""
    row = ten.FUNCTIONS[name]
    ufunc: np.ufunc = of_scipy(row)
    kind = f"{'d' * ufunc.nin}->{'d' * ufunc.nout}"
    if kind not in ufunc.types:
        raise LetgradError(f"this version of SciPy has no {name} of float64 numbers")
    at = ufunc.types.index(kind) * ctypes.sizeof(ctypes.c_void_p)
    symbols = []
    for what, offset in (("loop", FUNCTIONS_OF_UFUNC), ("data", DATA_OF_UFUNC)):
        fields = ctypes.c_void_p.from_address(id(ufunc) + offset).value
        assert fields is not None
        symbols.append(f"letgrad_scipy_{what}_{name}")
        llvm.add_symbol(symbols[-1], ctypes.c_void_p.from_address(fields + at).value)
    symbol = f"letgrad_scipy_once_{name}"
    return symbol, _text(symbol, ufunc.nin, ufunc.nout, row.output or 0, *symbols)


def _text(symbol: str, n: int, outputs: int, output: int, loop: str, data: str) -> str:
    """f(x, …), by a run of the loop over one element, where no pointer moves on."""
    total = n + outputs
    lines = [
        f"declare void @{loop}(ptr, ptr, ptr, ptr)",
        f"@{data} = external global i8",
        f"define internal double @{symbol}({', '.join(f'double %x{k}' for k in range(n))}, i32) {{",
        f"  %numbers = alloca [{total} x double]",
        f"  %places = alloca [{total} x ptr]",
        f"  %steps = alloca [{total} x i64]",
        "  %one = alloca i64",
        "  store i64 1, ptr %one",
    ]
    for k in range(total):
        lines += [
            f"  %n{k} = getelementptr double, ptr %numbers, i64 {k}",
            f"  %p{k} = getelementptr ptr, ptr %places, i64 {k}",
            f"  %s{k} = getelementptr i64, ptr %steps, i64 {k}",
            f"  store ptr %n{k}, ptr %p{k}",
            f"  store i64 0, ptr %s{k}",
        ]
        if k < n:
            lines.append(f"  store double %x{k}, ptr %n{k}")
    lines += [
        f"  call void @{loop}(ptr %places, ptr %one, ptr %steps, ptr @{data})",
        f"  %result = load double, ptr %n{n + output}",
        "  ret double %result",
        "}",
    ]
    return "\n".join(lines)
