"""
Calls of letgrad's programs in JAX: a primitive whose lowering is the StableHLO of a program.

The module imports JAX, so letgrad imports this module when a program first asks for XLA. JAX finds
the devices, holds the arrays, and hands the StableHLO to XLA's compiler.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.extend.core
import numpy as np
from jax.interpreters import mlir
from jaxlib.cpu import _lapack
from jaxlib.mlir import ir
from jaxlib.mlir.dialects import func

OPTIONS = {"xla_allow_excess_precision": False}
"""XLA may otherwise leave out the roundings of floats of 16 bits."""


@dataclass(frozen=True, eq=False)
class Program:
    """A program in StableHLO, whose function `@main` runs."""

    name: str
    text: str
    results: Sequence[tuple[tuple[int, ...], np.dtype]]
    """The shapes and the dtypes of the results."""
    rules: Any = field(default=None)
    """The rules by which JAX transforms a call, if there are any."""


call = jax.extend.core.Primitive("letgrad_call")
"""Takes arrays, and gives the results of `program` as a list."""
call.multiple_results = True


@call.def_abstract_eval
def _abstract(*arguments: Any, program: Program) -> list[Any]:
    return [jax.core.ShapedArray(sizes, dtype) for sizes, dtype in program.results]


@functools.cache
def _compiled(program: Program) -> Any:
    return jax.jit(functools.partial(call.bind, program=program), compiler_options=OPTIONS)


@call.def_impl
def _run(*arguments: Any, program: Program) -> list[Any]:
    return _compiled(program)(*arguments)


def _lower(context: Any, *arguments: Any, program: Program) -> Sequence[Any]:
    if "lapack_" in program.text:
        _lapack.initialize()  # it finds the library, by SciPy; a call without it ends the process
    module = ir.Module.parse(program.text)
    target = context.module_context.module
    name = mlir.merge_mlir_modules(
        target, f"letgrad_{program.name}", module,
        dst_symtab=context.module_context.symbol_table,
    )  # fmt: skip
    callee = context.module_context.symbol_table[name]
    results = ir.FunctionType(callee.attributes["function_type"].value).results
    return func.CallOp(results, ir.FlatSymbolRefAttr.get(name), list(arguments)).results


mlir.register_lowering(call, _lower)


def run_in_64_bits() -> Any:
    """A context in which JAX keeps float64 and int64."""
    return jax.enable_x64(True)
