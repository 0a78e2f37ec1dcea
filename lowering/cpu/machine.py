"""From LLVM IR text to functions that can be called: the host's processor, and what its C library has for vectors."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Sequence

import llvmlite.binding as llvm
import numpy as np

from ...passes.diagnostics import LetgradError
from .codegen import DATA, ITEMS


@functools.cache
def _initialized() -> llvm.Target:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


def target_machine() -> llvm.TargetMachine:
    """The host, with all its vector features. An engine owns its machine, so each needs one."""
    target = _initialized()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        jit=True,
    )


@functools.cache
def has_mvec() -> bool:
    """Whether glibc's vector functions are there, with those for eight doubles and the less common ones."""
    try:
        library = ctypes.CDLL("libmvec.so.1")
        available = all(hasattr(library, name) for name in ("_ZGVeN8v_sin", "_ZGVeN8vv_atan2", "_ZGVdN4v_tanh"))
    except OSError:
        return False
    if available:
        llvm.load_library_permanently("libmvec.so.1")
    return available


Entry = ctypes.CFUNCTYPE(None, ctypes.py_object, ctypes.c_int64, ctypes.c_int64)
"""
A nest: a list with the arrays of its function, and the range of the outermost loop that is to run. It takes the pointers out of
Python's objects itself, for Python needs microseconds to do that. It runs without the interpreter's lock, so the list is not to be
changed, nor an array resized, before it has returned.
"""


@functools.cache
def check_layout() -> None:
    """Whether lists and arrays have their pointers where `codegen` says. Errors: `LetgradError` if not."""
    array = np.zeros(3)
    slots = [array]
    items = ctypes.c_void_p.from_address(id(slots) + ITEMS).value
    item = ctypes.c_void_p.from_address(items).value if items else None
    data = ctypes.c_void_p.from_address(id(array) + DATA).value
    if item != id(array) or data != array.__array_interface__["data"][0]:
        raise LetgradError("the cpu backend does not know this Python's lists or this NumPy's arrays")


class Library:
    """Machine code, for as long as this object lives."""

    def __init__(self, text: str, names: Sequence[str]):
        check_layout()
        machine = target_machine()
        module = llvm.parse_assembly(text)
        module.triple = machine.triple
        module.data_layout = str(machine.target_data)
        module.verify()
        options = llvm.create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization = True
        options.slp_vectorization = True
        options.loop_interleaving = True
        options.loop_unrolling = True
        builder = llvm.create_pass_builder(machine, options)
        passes = builder.getModulePassManager()
        passes.run(module, builder)
        self.module = module
        self.engine = llvm.create_mcjit_compiler(module, machine)
        self.engine.finalize_object()
        self.entries = {name: Entry(self.engine.get_function_address(name)) for name in names}
