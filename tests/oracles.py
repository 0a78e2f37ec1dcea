"""MLIR itself, where it is installed: `iree-opt` as a command, and jaxlib's bindings."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest


@functools.cache
def iree_opt_command() -> str | None:
    """The path of `iree-opt`. None if it is not installed."""
    if (found := shutil.which("iree-opt")) is not None:
        return found
    try:
        spec = importlib.util.find_spec("iree.compiler")
    except ImportError:
        return None
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        command = Path(folder) / "_mlir_libs" / "iree-opt"
        if command.is_file():
            return str(command)
    return None


def need_iree_opt() -> None:
    if iree_opt_command() is None:
        pytest.skip("iree-opt is not installed: pip install 'letgrad[oracles]'")


def iree_opt(text: str, *options: str) -> str:
    """What iree-opt makes of a program, in generic form."""
    command = iree_opt_command()
    assert command is not None
    done = subprocess.run(
        [command, "-", "--allow-unregistered-dialect", "--mlir-print-op-generic", *options],
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{done.stderr[-2000:]}\n{text[:2000]}"
    return done.stdout


@functools.cache
def _jaxlib_registry() -> Any:
    from jaxlib.mlir import ir
    from jaxlib.mlir._mlir_libs import _jax_mlir_ext

    registry = ir.DialectRegistry()
    _jax_mlir_ext.register_dialects(registry)
    return registry


def need_jaxlib() -> None:
    pytest.importorskip(
        "jaxlib.mlir", reason="jaxlib is not installed: pip install 'letgrad[oracles]'"
    )


def jaxlib(text: str) -> str:
    """What jaxlib's parser and printer make of a program, in generic form."""
    from jaxlib.mlir import ir

    context = ir.Context()
    context.append_dialect_registry(_jaxlib_registry())
    context.load_all_available_dialects()
    context.allow_unregistered_dialects = True
    with context:
        module = ir.Module.parse(text)
        return module.operation.get_asm(print_generic_op_form=True)


_MARK = "// -----"


def each(read: Callable[..., str], texts: Sequence[str]) -> list[str]:
    """What a reader makes of each program. The command reads all of them in one run."""
    if read is not iree_opt:
        return [read(text) for text in texts]
    out = iree_opt(f"\n{_MARK}\n".join(texts), f"--split-input-file={_MARK}")
    return out.split(_MARK)


def refused_by_iree_opt(lines: Sequence[str]) -> dict[int, str]:
    """The programs that iree-opt refuses, and why. Each program is one line."""
    command = iree_opt_command()
    assert command is not None
    done = subprocess.run(
        [command, "-", f"--split-input-file={_MARK}", "-o", os.devnull],
        input=f"\n{_MARK}\n".join(lines),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode in (0, 1), done.stderr[-2000:]
    errors = re.findall(r"^<stdin>:(\d+):\d+: error: (.*)$", done.stderr, re.M)
    return {(int(line) - 1) // 2: message for line, message in reversed(errors)}


def stablehlo(text: str) -> str:
    """
    What jaxlib makes of a program with ops of StableHLO, CHLO and SDY, in generic form. The parser
    verifies the program, and raises an error if the program is wrong.
    """
    from jaxlib.mlir import ir
    from jaxlib.mlir.dialects import chlo, sdy
    from jaxlib.mlir.dialects import stablehlo as hlo

    context = ir.Context()
    context.append_dialect_registry(_jaxlib_registry())
    context.load_all_available_dialects()
    for dialect in (chlo, sdy, hlo):
        dialect.register_dialect(context)
    with context:
        module = ir.Module.parse(text)
        return module.operation.get_asm(print_generic_op_form=True)
