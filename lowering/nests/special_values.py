"""The special functions whose table states a formula of the value."""

from __future__ import annotations

from xdsl.ir import SSAValue

from ...dialects import ten
from ...passes.rewriting.decomposing import in_float32
from ...passes.rewriting.emitter import Emitter, Expression
from ...passes.rewriting.rule_tables import decompose
from ...passes.rewriting.special_formulas import formula_of


@decompose.rule(ten.SpecialOp)
def special_value(op: ten.SpecialOp, e: Emitter) -> SSAValue:
    """f(x, …) = its formula, if the table of special functions states a formula of the value"""
    row = op.row
    text = row.value
    if text is None:  # nothing to take apart: backends call a library's function
        return e(ten.SpecialOp(row.name, *op.operands))
    xs = [Expression.of(x) for x in op.operands]
    return in_float32(lambda *xs: formula_of(text, row, xs))(*xs).emit(e)
