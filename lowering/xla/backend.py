"""
The backend `xla`: a function as StableHLO, which jaxlib compiles for this machine's processor.

XLA treats subnormal numbers as zeros, and takes the sums of long tensors in an order of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, StringAttr, SymbolRefAttr
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import arrays, types
from ...passes.pipelines import OptimizePass
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.driver import collector_paused, run_passes
from ...passes.rewriting.functions import by_name
from ...passes.simplify.decompose_attention import DecomposeAttentionPass
from .. import backends
from ..reference import find_function
from ..reference.evaluator import check_arguments
from .text import text_of
from .to_stablehlo import ConvertTenToStableHloPass


def passes() -> Sequence[ModulePass]:
    """The passes from a program to StableHLO."""
    return (DecomposeAttentionPass(), OptimizePass(), ConvertTenToStableHloPass())


def compile(module: ModuleOp, entry: str) -> XlaFunction:
    """`@entry` of the module, compiled by XLA."""
    function = find_function(module, entry)
    jax_primitive = jax_calls()
    with collector_paused():
        text = text_of(_of_one_device(lowered(module, entry)))
        kind = function.function_type
        results = [(types.shape(t), arrays.dtype(t)) for t in kind.outputs.data]
        program = jax_primitive.Compiled(function.sym_name.data, results, text)
        return XlaFunction(function, program, jax_primitive)


def jax_calls() -> Any:
    """
    The module that calls programs in JAX.

    Errors: `LetgradError` without JAX.
    """
    try:
        from . import jax_primitive
    except ImportError as error:
        raise LetgradError(
            "the backend 'xla' needs the package jax: pip install 'letgrad[xla]'"
        ) from error
    return jax_primitive


def lowered(module: ModuleOp, entry: str) -> ModuleOp:
    """StableHLO of a module, in which `@entry` is the public function `@main`."""
    module = module.clone()
    _make_main(module, entry)
    run_passes(backends.context(), module, passes())
    return module


def _of_one_device(module: ModuleOp) -> ModuleOp:
    """The module, in which no value is cut over devices."""
    for op in list(module.walk()):
        if op.name == "sdy.sharding_constraint":
            Rewriter.replace_op(op, [], [op.operands[0]])
    return module


def _make_main(module: ModuleOp, entry: str) -> None:
    """Name the entry `main`, and keep only the functions that it calls, directly or not."""
    functions = by_name(module)
    if entry != "main":
        names = {entry: "main"}
        if "main" in functions:
            other = "main_"
            while other in functions:
                other += "_"
            names["main"] = other
        for name, new in names.items():
            functions[name].sym_name = StringAttr(new)
        for op in module.walk():
            for key, value in list(op.properties.items()):
                if isinstance(value, SymbolRefAttr) and value.string_value() in names:
                    op.properties[key] = SymbolRefAttr(names[value.string_value()])
        functions = by_name(module)
    needed, pending = {"main"}, [functions["main"]]
    while pending:
        for op in pending.pop().walk():
            for value in op.properties.values():
                if isinstance(value, SymbolRefAttr):
                    name = value.string_value()
                    if name in functions and name not in needed:
                        needed.add(name)
                        pending.append(functions[name])
    for name, function in functions.items():
        if name not in needed:
            function.detach()
            function.erase(safe_erase=False)
        else:
            function.sym_visibility = StringAttr("public" if name == "main" else "private")


class XlaFunction:
    """A compiled function of arrays of NumPy."""

    def __init__(self, function: func.FuncOp, program: Any, jax_primitive: Any):
        self.function = function
        self.program = program
        self._calls = jax_primitive
        import jax

        given = [
            jax.ShapeDtypeStruct(types.shape(t), arrays.dtype(t))
            for t in function.function_type.inputs.data
        ]
        with jax_primitive.run_in_64_bits():
            try:
                self.executable = jax_primitive.jitted(program).lower(*given).compile()
            except Exception as error:
                said = "; ".join(str(error).strip().split("\n")[:3])
                raise LetgradError(f"XLA does not compile this program: {said}") from error

    def __call__(self, *args: Any) -> tuple[Any, ...]:
        with self._calls.run_in_64_bits():
            found = self.executable(*check_arguments(self.function, args))
        return tuple(np.asarray(x)[()] for x in found)
