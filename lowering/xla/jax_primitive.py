"""
Calls of letgrad's programs in JAX: a primitive whose lowering is the StableHLO of a program.

The module imports JAX, so letgrad imports this module when a program first asks for XLA. JAX finds
the devices, holds the arrays, and hands the StableHLO to XLA's compiler.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.extend.core
import numpy as np
from jax.core import ShapedArray
from jax.interpreters import mlir
from jaxlib.cpu import _lapack
from jaxlib.mlir import ir
from jaxlib.mlir.dialects import func

OPTIONS = {"xla_allow_excess_precision": False}
"""XLA may otherwise leave out the roundings of floats of 16 bits."""


class Program:
    """A program that JAX calls. Subclasses say how JAX transforms a call of it."""

    name: str
    results: Sequence[tuple[tuple[int, ...], np.dtype]]
    """The shapes and the dtypes of the results."""

    def stablehlo(self) -> str:
        """The text of a module, whose function `@main` runs."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Compiled(Program):
    """A program whose StableHLO is there, and that JAX does not transform."""

    name: str
    results: Sequence[tuple[tuple[int, ...], np.dtype]]
    text: str

    def stablehlo(self) -> str:
        return self.text


call = jax.extend.core.Primitive("letgrad_call")
"""
Takes arrays, and gives the results of `program` as a list. `linear` has the positions of the
arguments in which the program is linear, together.
"""
call.multiple_results = True


def bind(program: Program, arguments: Sequence[Any], linear: tuple[int, ...] = ()) -> list[Any]:
    """
    The results of a program, as JAX's arrays.

    In a `shard_map`, a value may differ between devices along some axes of the mesh. All arguments
    of a call get the axes of all of them: JAX then knows over which axes it must add cotangents.
    """
    axes: set[str] = set().union(*(jax.typeof(x).manual_axis_type.varying for x in arguments))
    given = [_varying(x, axes) for x in arguments] if axes else arguments
    return call.bind(*given, program=program, linear=linear)


def _varying(x: Any, axes: set[str]) -> Any:
    missing = tuple(sorted(axes - jax.typeof(x).manual_axis_type.varying))
    return jax.lax.pcast(x, missing, to="varying") if missing else x


@call.def_abstract_eval
def _abstract(*arguments: Any, program: Program, linear: tuple[int, ...]) -> list[Any]:
    def kind(sizes: tuple[int, ...], dtype: np.dtype) -> Any:
        if not arguments:
            return ShapedArray(sizes, dtype)
        # On the same mesh, whole along each axis of it that JAX itself does not choose.
        whole = jax.sharding.PartitionSpec(*[None] * len(sizes))
        return ShapedArray(
            sizes, dtype,
            sharding=arguments[0].sharding.update(spec=whole),
            manual_axis_type=arguments[0].manual_axis_type,
        )  # fmt: skip

    return [kind(sizes, dtype) for sizes, dtype in program.results]


@functools.cache
def jitted(program: Program) -> Any:
    """The program as a function that JAX compiles once."""
    bound = functools.partial(call.bind, program=program, linear=())
    return jax.jit(bound, compiler_options=OPTIONS, keep_unused=True)


@call.def_impl
def _run(*arguments: Any, program: Program, linear: tuple[int, ...]) -> list[Any]:
    return jitted(program)(*arguments)


def _lower(
    context: Any, *arguments: Any, program: Program, linear: tuple[int, ...]
) -> Sequence[Any]:
    text = program.stablehlo()
    if "lapack_" in text:
        _lapack.initialize()  # it finds the library, by SciPy; a call without it ends the process
    module = ir.Module.parse(text)
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
