"""
Programs of StableHLO as programs of letgrad.

Needs:   functions of StableHLO, CHLO and SDY ops. Their calls go to functions of the module. The
         option `sizes` gives the sizes that the types of their arguments leave open.
Leaves:  no op of these dialects. Functions that had such an op call no function: calls are inlined,
         and private functions that nothing calls any more are gone. Rank-0 tensors are scalars, and
         unsigned integers are integers without a sign, on which unsigned ops compute.
Keeps:   the value, up to the order of sums. Reads and writes at places outside of an array, an
         integer divided by 0, and conversions of numbers that are too large are as XLA has them.
         Each op has the location of the op that it comes from.
Ends:    each op is converted once for each call of its function.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, TensorType, UnregisteredOp
from xdsl.ir import Attribute
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import types
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.functions import block_of
from .. import tracing
from . import (  # noqa: F401 (the modules fill the table of rules)
    convert_collectives,
    convert_elements,
    convert_flow,
    convert_functions,
    convert_indexing,
    convert_matrices,
    convert_more,
    convert_moves,
    convert_products,
    convert_random,
    convert_reductions,
    convert_sorts,
    convert_targets,
    jax_rules,
)
from .foreign_op import NotConvertible, kind_of
from .foreign_programs import calls, computations, functions_in, is_private, needs, written
from .program_evaluator import Evaluator, is_foreign


@dataclass(frozen=True)
class ConvertStableHloToTenPass(ModulePass):
    """
    Writes functions of StableHLO ops in letgrad's dialects.

    Example:

        >>> text = "func.func @f(%x: tensor<f64>) -> tensor<f64> { func.return %x : tensor<f64> }"
        >>> module = parse(ctx, text, "f.mlir")
        >>> ConvertStableHloToTenPass().apply(ctx, module)
        >>> show(module)
        f = \\x -> x
    """

    name = "convert-stablehlo-to-ten"

    sizes: tuple[int, ...] = ()
    """The dynamic sizes of the arguments of each function, in order; one number is for all."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        convert(op, self.sizes)


def has_foreign_ops(module: ModuleOp) -> bool:
    """Whether a module has an op that `convert-stablehlo-to-ten` replaces."""
    return any(is_foreign(op) for op in module.walk())


def convert(module: ModuleOp, sizes: Sequence[int] = ()) -> None:
    """
    Convert all functions of a module. `sizes` are the sizes that the types of the arguments of each
    function leave open, in their order.

    Errors: `LetgradError` at the op that has no conversion.
    """
    known = functions_in(module)
    wanted = [f for f in known.values() if f.body.blocks and needs(f, known, is_foreign)]
    # A private function goes where its callers inline it. It stays if something else calls it.
    named = computations(module)
    called = {name for f in wanted for name in calls(f)} | named
    inlined = {
        f for f in wanted
        if f.sym_name.data in named or (is_private(f) and f.sym_name.data in called)
    }  # fmt: skip
    names = set(known)

    def write(functions: Iterable[func.FuncOp]) -> None:
        # A function may call any other one of them, so that all stay as they are until the end.
        made: list[tuple[func.FuncOp, list[func.FuncOp]]] = []
        for function in functions:
            new, helpers = converted(function, Evaluator(known), names, sizes)
            names.update(f.sym_name.data for f in helpers)
            made.append((function, [new, *helpers]))
        for function, new in made:
            Rewriter.replace_op(function, new, [])

    write(f for f in wanted if f not in inlined)
    others = {name for f in functions_in(module).values() if f not in inlined for name in calls(f)}
    write(f for f in wanted if f in inlined and f.sym_name.data in others)
    for function in inlined:
        if function.sym_name.data not in others:
            function.detach()
    for op in list(module.ops):
        if is_foreign(op):  # a mesh
            if op.results or op.regions or isinstance(op, UnregisteredOp):
                name = op.op_name.data if isinstance(op, UnregisteredOp) else op.name
                raise LetgradError(f"{name} stands outside of all functions", op)
            op.detach()
            op.erase(safe_erase=False)
    for name in list(module.attributes):
        if name.startswith("mhlo."):
            del module.attributes[name]


def converted(
    function: func.FuncOp, evaluator: Evaluator, names: Iterable[str], sizes: Sequence[int] = ()
) -> tuple[func.FuncOp, list[func.FuncOp]]:
    """
    The function in letgrad's dialects, and new functions that its ops name. `names` are the names
    that the module has.
    """
    block = block_of(function.body, function)  # Errors: several blocks.
    rest = list(sizes)
    if len(rest) == 1:
        rest *= sum(n < 0 for a in block.args for n in _shape(a.type))
    return written(
        function,
        names,
        lambda type: tracing.ir_type(*kind_of(_sized(type, rest))),
        lambda arguments: evaluator.call(function, arguments),
    )


def _shape(type: Attribute) -> Sequence[int]:
    return type.get_shape() if isinstance(type, TensorType) else ()


def _sized(type: Attribute, sizes: list[int]) -> Attribute:
    """
    The type, with the first of `sizes` in place of the sizes that it leaves open.

    Errors: `NotConvertible` if `sizes` has too few numbers.
    """
    shape = list(_shape(type))
    for d, n in enumerate(shape):
        if n < 0:
            if not sizes:
                raise NotConvertible(
                    f"letgrad computes with fixed sizes, and not with {type}; the option sizes of "
                    "convert-stablehlo-to-ten, or --sizes of letgrad, gives the sizes"
                )
            shape[d] = sizes.pop(0)
    return TensorType(types.element(type), shape) if shape else type
