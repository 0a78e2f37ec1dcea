"""IREE as an oracle: compiles the text of upstream MLIR, and runs its functions."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest


def is_there() -> bool:
    try:
        return all(importlib.util.find_spec(f"iree.{x}") for x in ("compiler", "runtime"))
    except ModuleNotFoundError:
        return False


def need_iree() -> None:
    """Skips a test where IREE's compiler or its runtime is not installed."""
    if not is_there():
        pytest.skip("iree-base-compiler and iree-base-runtime are not installed")


class Program:
    """The functions of a text, which IREE compiles for the CPU."""

    def __init__(self, text: str):
        import iree.compiler as compiler
        import iree.runtime as runtime

        binary = compiler.compile_str(
            text,
            target_backends=["llvm-cpu"],
            extra_args=[
                "--iree-llvmcpu-target-cpu=generic",
                "--iree-input-demote-f64-to-f32=false",
            ],
        )
        config = runtime.Config("local-sync")
        self.context = runtime.SystemContext(config=config)
        self.context.add_vm_module(runtime.VmModule.copy_buffer(self.context.instance, binary))

    def __call__(self, entry: str, args: Sequence[Any]) -> list[np.ndarray]:
        """The results of a function."""
        function = self.context.modules.module[entry]
        given = [_number(x) if np.ndim(x) == 0 else np.ascontiguousarray(x) for x in args]
        results = function(*given)
        many = results if isinstance(results, tuple | list) else [results]
        return [np.asarray(x) for x in many]


def _number(x: Any) -> Any:
    """A scalar as IREE takes it: a truth value is an integer."""
    return int(x) if isinstance(x, bool | np.bool_) else x.item()


def run(text: str, args: Sequence[Any], entry: str = "f") -> list[np.ndarray]:
    """The results of a function of a text."""
    return Program(text)(entry, args)
