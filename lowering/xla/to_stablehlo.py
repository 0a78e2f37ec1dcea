"""
StableHLO of a program: `convert-ten-to-stablehlo`.

Needs:   no delta terms.
Leaves:  functions of ops of `stablehlo`, `chlo` and `func`. All values are tensors; an index is an
         i64. The pass vectorizes a `ten.build` first, and an index function that does more than
         arithmetic on numbers.
Keeps:   the value, up to the order of sums and the rounding of functions. A read outside of a
         tensor gives 0, a write outside does nothing, and an integer division by zero gives 0.
Ends:    one sweep.

    arith.addf, math.sin, …    →  the op on tensors, f16 and bf16 in f32 where that rounds better
    gather t (i) { f(i) }      →  gather t, f(iota), and 0 where f(iota) is outside of t
    scatter t (i) { f(i) }     →  scatter by add, into zeros
    scan, while, for           →  while, with dynamic_slice and dynamic_update_slice of rows
    if                         →  if
    einsum                     →  dot_general of two operands at a time
    eigh, eig, svd, qr, lu     →  custom calls of LAPACK
    triangular_solve           →  triangular_solve
    symmetric_solve            →  LAPACK's lu, and two triangular_solve
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import FunctionType, ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import delta, ten, types
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.functions import block_of, by_name, check_signature, functions
from ...passes.sharing.shared_terms import drop_broken_stamps
from ...passes.vectorize import vectorize_all
from ..nests import float_functions, special_values
from . import (
    hlo_floats,
    hlo_integers,
    hlo_loops,
    hlo_matrices,
    hlo_places,
    hlo_special,
    hlo_tensors,
)
from .builder import tensor_of
from .converter import Converter, is_pointwise, stablehlo

__all__ = [
    "ConvertTenToStableHloPass",
    "float_functions",
    "hlo_floats",
    "hlo_integers",
    "hlo_loops",
    "hlo_matrices",
    "hlo_places",
    "hlo_special",
    "hlo_tensors",
    "special_values",
    "stablehlo",
]


CALLS = (func.CallOp, delta.CustomVjpOp, delta.CustomJvpOp)


class ConvertTenToStableHloPass(ModulePass):
    """
    Makes StableHLO of the functions of a module.

    Example:

        >>> module = lg.trace(lambda x: x * x, 1.0)
        >>> ConvertTenToStableHloPass().apply(ctx, module)
        >>> [op.name for op in module.walk()][2:4]
        ['stablehlo.multiply', 'func.return']
    """

    name = "convert-ten-to-stablehlo"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for gather in [o for o in op.walk() if isinstance(o, ten.GatherOp | ten.ScatterOp)]:
            if not _is_simple(gather.body.block):
                _tabulate(gather)
        _refuse_recursion(op)
        vectorize_all(op, "error")
        drop_broken_stamps(op, self.name)
        converted = [(f, _converted(op, f)) for f in functions(op)]
        for old, new in converted:
            if new is not None:
                Rewriter.replace_op(old, new)


def _refuse_recursion(module: ModuleOp) -> None:
    """
    Errors: `LetgradError`, at the call, for a function that calls itself, directly or through
            others: XLA writes each call out.
    """
    known = by_name(module)
    calls = {name: [op for op in f.walk() if isinstance(op, CALLS)] for name, f in known.items()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        for op in calls.get(name, ()):
            callee = op.callee.string_value()
            if callee in (*path, name):
                raise LetgradError(
                    f"@{callee} calls itself, directly or through others, and StableHLO has no "
                    "such calls",
                    op,
                )
            if callee not in done:
                visit(callee, (*path, name))
        done.add(name)

    for name in known:
        visit(name, ())


def _is_simple(block: Block) -> bool:
    """Whether an index function is arithmetic on numbers, and reads of tensors from outside."""
    varying: set[SSAValue] = set(block.args)
    for op in block.ops:
        if op is block.last_op or not any(x in varying for i in op.walk() for x in i.operands):
            continue
        varying.update(op.results)
        if isinstance(op, ten.IndexOp):
            if op.t in varying or types.rank(op.result.type):
                return False
        elif not is_pointwise(op):
            return False
    return True


def _tabulate(op: ten.GatherOp | ten.ScatterOp) -> None:
    """gather t (i) { f(i) }  →  gather t (i) { (build (i) { f(i) })[i] }"""
    domain, block = op.domain, op.body.block
    last = block.last_op
    assert last is not None
    tables: list[Operation] = []
    for k in range(len(op.yielded)):
        body = op.body.clone()
        end = body.block.last_op
        assert end is not None
        Rewriter.replace_op(end, ten.YieldOp(end.operands[k]))
        tables.append(ten.BuildOp(domain, body))
    for table in tables:
        table.location = op.location
    parent = op.parent
    assert parent is not None
    parent.insert_ops_before(tables, op)
    new = Block(arg_types=[ten.index_type] * len(domain))
    reads = [ten.IndexOp(t.results[0], list(new.args)) for t in tables]
    new.add_ops([*reads, ten.YieldOp(*(r.result for r in reads))])
    op.body.detach_block(block)
    for inner in reversed(list(block.ops)):
        inner.drop_all_references()
    op.body.add_block(new)


def _converted(module: ModuleOp, function: func.FuncOp) -> func.FuncOp | None:
    """The function in StableHLO."""
    kind = function.function_type
    if not function.body.blocks:
        # A declaration may be another dialect's: a type that is no number stays.
        takes, gives = (
            [tensor_of(t) if types.is_number(t) else t for t in side]
            for side in (kind.inputs, kind.outputs)
        )
        new_kind = FunctionType.from_lists(takes, gives)
        new = func.FuncOp(function.sym_name.data, new_kind, Region(), function.sym_visibility)
        new.location = function.location
        return new
    check_signature(function)
    inputs = [tensor_of(t) for t in kind.inputs]
    new_kind = FunctionType.from_lists(inputs, [tensor_of(t) for t in kind.outputs])
    block = block_of(function.body, function)
    new_block = Block(arg_types=inputs)
    for old, arg in zip(block.args, new_block.args):
        arg.name_hint = old.name_hint
    h = Converter(module, new_block)
    results = h.run(block, new_block.args)
    last = block.last_op
    assert last is not None
    h.location = last.location
    h.put(func.ReturnOp(*results))
    new = func.FuncOp(function.sym_name.data, new_kind, Region(new_block), function.sym_visibility)
    new.attributes.update(function.attributes)
    new.location = function.location
    return new
