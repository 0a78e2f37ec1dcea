"""
Programs of upstream MLIR from programs of letgrad: `convert-ten-to-linalg`.

Needs:   no delta terms. Complex numbers are pairs of real numbers (`ten-split-complex`).
Leaves:  functions of ops of `linalg`, `tensor`, `scf`, `arith`, `math` and `func`, without memory:
         bufferization is left to the reader.
Keeps:   the value, up to the order of sums and the rounding of functions. A read outside of a
         tensor gives 0, a write outside does nothing, and an integer division by zero gives 0.
Ends:    each firing leaves one op of `ten`, `delta` or `sharing` less, or one op of `arith` whose
         operands upstream does not define. A rule writes no such op.

An op without a rule and without a formula stays in no program: the pass stops at the op.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import types
from ...dialects.op_names import op_name
from ...passes.rewriting.decomposing import parts, replace_by_parts
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.driver import count
from ...passes.rewriting.rule_tables import decompose
from ...passes.sharing.shared_terms import drop_broken_stamps
from ...passes.vectorize import vectorize_all
from ..nests import float_functions, special_values
from .linalg_rules import RULES
from .writer import Writer

__all__ = ["ConvertTenToLinalgPass", "float_functions", "special_values"]

OURS = ("ten", "delta", "sharing", "kernel")
"""The dialects of which no op stays."""


class ConvertTenToLinalgPass(ModulePass):
    """
    Makes upstream's `linalg` and `tensor` of the functions of a module.

    Example:

        >>> module = lg.trace(lambda x: x @ x, np.ones((2, 2)))
        >>> ConvertTenToLinalgPass().apply(ctx, module)
        >>> sorted({op.name for op in module.walk() if op.name.startswith("linalg")})
        ['linalg.generic', 'linalg.yield']
    """

    name = "convert-ten-to-linalg"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for inner in op.walk():
            for x in (*inner.operands, *inner.results):
                if isinstance(x.type, types.Term):
                    raise LetgradError(f"{op_name(inner)} has terms; evaluate them first", inner)
        vectorize_all(op, "error")
        drop_broken_stamps(op, self.name)
        moving = True
        while moving:
            moving = False
            for inner in list(op.walk()):
                if inner.parent is not None and _is_attached(inner, op):
                    moving |= _convert(inner)


def _is_attached(op: Operation, module: ModuleOp) -> bool:
    """Whether an op is in the module still: a rule replaces an op with its regions."""
    at: Operation | None = op
    while at is not None and at is not module:
        at = at.parent_op()
    return at is module


def _convert(op: Operation) -> bool:
    """Replace one op. Returns whether the op had a rule."""
    if op.dialect_name() in OURS and any(map(_is_complex, (*op.operands, *op.results))):
        raise LetgradError(
            f"{op.name} has complex numbers; ten-split-complex writes them as pairs first", op
        )
    found = RULES.get(type(op))
    given = (
        NotImplemented if found is None else found(op, Writer(InsertPoint.before(op), op.location))
    )
    if given is NotImplemented:
        if op.dialect_name() not in OURS or op.name == "ten.yield":
            return False
        if type(op) in decompose and not _is_opaque(op):
            replace_by_parts(op, parts(op))
            return True
        raise LetgradError(f"convert-ten-to-linalg has no rule for {op_name(op)}", op)
    if given is None:  # The op is one of upstream's, and its operands are safe.
        return False
    values = given if isinstance(given, list | tuple) else [given]
    for old, value in zip(op.results, values, strict=True):
        if value.name_hint is None:
            value.name_hint = old.name_hint
    Rewriter.replace_op(op, [], list(values))
    count(f"linalg({op_name(op)})")
    return True


def _is_complex(x: SSAValue) -> bool:
    return types.is_complex(types.element(x.type))


def _is_opaque(op: Operation) -> bool:
    """Whether a backend calls a library for the op."""
    row = getattr(op, "row", None)
    return row is not None and row.value is None
