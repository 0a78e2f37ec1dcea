"""
Programs of StableHLO as programs of letgrad.

Needs:   functions of StableHLO, CHLO and SDY ops on tensors of fixed sizes. Their calls go to
         functions of the module.
Leaves:  no op of these dialects. Functions that had such an op call no function: calls are inlined,
         and private functions that nothing calls any more are gone. Rank-0 tensors are scalars, and
         unsigned integers are integers without a sign, on which unsigned ops compute.
Keeps:   the value, up to the order of sums. Reads and writes at places outside of an array, an
         integer divided by 0, and conversions of numbers that are too large are as XLA has them.
         Each op has the location of the op that it comes from.
Ends:    each op is converted once for each call of its function.
"""

from __future__ import annotations

from collections.abc import Iterable

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Block, Operation, Region
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import ten
from ...dialects.walking import forget_uses_outside
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.functions import block_of
from .. import tracing, unsigned
from ..tracing import Array
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
from .program_evaluator import Evaluator, is_foreign


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

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        convert(op)


def has_foreign_ops(module: ModuleOp) -> bool:
    """Whether a module has an op that `convert-stablehlo-to-ten` replaces."""
    return any(is_foreign(op) for op in module.walk())


def functions_in(module: ModuleOp) -> dict[str, func.FuncOp]:
    """The functions of a module by their names."""
    return {op.sym_name.data: op for op in module.ops if isinstance(op, func.FuncOp)}


def convert(module: ModuleOp) -> None:
    """
    Convert all functions of a module.

    Errors: `LetgradError` at the op that has no conversion.
    """
    known = functions_in(module)
    wanted = [f for f in known.values() if f.body.blocks and _needs(f, known, set())]
    # A private function goes where its callers inline it. It stays if something else calls it.
    called = {name for f in wanted for name in calls(f)}
    inlined = {f for f in wanted if is_private(f) and f.sym_name.data in called}
    names = set(known)
    for function in wanted:
        if function in inlined:
            continue
        new, helpers = converted(function, Evaluator(known), names)
        names.update(f.sym_name.data for f in helpers)
        Rewriter.replace_op(function, [new, *helpers], [])
        known[new.sym_name.data] = new if function not in wanted else function
    others = {name for f in functions_in(module).values() if f not in inlined for name in calls(f)}
    for function in inlined:
        if function.sym_name.data not in others:
            function.detach()
        else:
            new, helpers = converted(function, Evaluator(known), names)
            names.update(f.sym_name.data for f in helpers)
            Rewriter.replace_op(function, [new, *helpers], [])
    for op in list(module.ops):
        if is_foreign(op):  # a mesh
            if op.results:
                raise LetgradError(f"{op.name} stands outside of all functions", op)
            op.detach()
            op.erase(safe_erase=False)
    for name in list(module.attributes):
        if name.startswith("mhlo."):
            del module.attributes[name]


def is_private(function: func.FuncOp) -> bool:
    return function.sym_visibility is not None and function.sym_visibility.data == "private"


def calls(root: Operation) -> Iterable[str]:
    """The symbols that the ops in `root` name, such as the functions that a function calls."""
    for op in root.walk():
        for value in (*op.properties.values(), *op.attributes.values()):
            if hasattr(value, "root_reference"):
                yield value.string_value()  # type: ignore[attr-defined]


def _needs(function: func.FuncOp, known: dict[str, func.FuncOp], seen: set[str]) -> bool:
    """Whether a function has an op to convert, or calls a function that has one."""
    if function.sym_name.data in seen:
        return False
    seen.add(function.sym_name.data)
    for op in function.walk():
        if is_foreign(op):
            return True
        if isinstance(op, func.CallOp):
            callee = known.get(op.callee.string_value())
            if callee is not None and callee.body.blocks and _needs(callee, known, seen):
                return True
    return False


def converted(
    function: func.FuncOp, evaluator: Evaluator, names: Iterable[str]
) -> tuple[func.FuncOp, list[func.FuncOp]]:
    """
    The function in letgrad's dialects, and new functions that its ops name. `names` are the names
    that the module has.
    """
    kinds = []
    body = block_of(function.body, function)
    for argument in body.args:
        try:
            kinds.append(kind_of(argument.type))
        except NotConvertible as error:
            raise LetgradError(str(error), argument) from None
    scope = tracing.Scope(Block(arg_types=[tracing.ir_type(*kind) for kind in kinds]), None)
    scope.functions.update(dict.fromkeys(names))
    for old, new in zip(body.args, scope.block.args):
        new.location, new.name_hint = old.location, old.name_hint
    try:
        with tracing.within(scope), tracing.placed(function.location):
            arguments = [
                Array(value, shape, dtype, scope)
                for value, (shape, dtype) in zip(scope.block.args, kinds)
            ]
            results = evaluator.call(function, arguments)
            values = [tracing.use(x) for x in results]
            last = func.ReturnOp(*values)
            ending = body.last_op
            last.location = function.location if ending is None else ending.location
            scope.block.add_op(last)
    finally:
        scope.open = False
    name, inputs = function.sym_name.data, [a.type for a in scope.block.args]
    made = func.FuncOp(name, (inputs, [v.type for v in values]), Region(scope.block))
    if function.sym_visibility is not None:
        made.properties["sym_visibility"] = StringAttr(function.sym_visibility.data)
    made.location = function.location
    if scope.has_unsigned:
        unsigned.erase_signs(made)
    drop_unused(made)
    return made, [f for f in scope.functions.values() if f is not None]


def drop_unused(function: func.FuncOp) -> None:
    """Remove ops without uses, such as those that compute the place of a row of a loop."""
    forget_uses_outside(function)
    for op in reversed(list(function.walk())):
        if op.results and all(r.first_use is None for r in op.results) and _may_go(op):
            op.detach()
            op.erase()


def _may_go(op: Operation) -> bool:
    return ten.is_pure(op) and not isinstance(op, func.FuncOp) and not ten.may_not_end(op)
