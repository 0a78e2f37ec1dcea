"""
The derivatives of special functions: the slopes that the table of functions states.

Sources: the NIST Handbook of Mathematical Functions (dlmf.nist.gov), chapters 5 to 13 and 19.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import SSAValue

from ...dialects import ten
from ..rewriting.diagnostics import LetgradError
from ..rewriting.emitter import Emitter, Expression
from ..rewriting.rule_tables import linearize
from ..rewriting.special_formulas import formula_of
from .argument_slopes import ARGUMENT_SLOPES
from .bessel_slopes import ORDER_SLOPES
from .noncentral_slopes import NONCENTRAL_SLOPES
from .partials import scaled, total
from .shape_slopes import SHAPE_SLOPES
from .struve_slopes import STRUVE_SLOPES


@linearize.rule(ten.SpecialOp)
def special_function(
    op: ten.SpecialOp, ds: Sequence[SSAValue | None], e: Emitter
) -> tuple[SSAValue | None]:
    """d f(x, y) = ∂₀f dx + ∂₁f dy, by the slopes in the table of special functions"""
    row = op.row
    xs = [Expression.of(x) for x in op.operands]
    terms: list[SSAValue | None] = []
    for name, slope, d in zip(row.parameters, row.slopes, ds, strict=True):
        if d is None:
            continue
        if slope is None:
            raise LetgradError(
                f"letgrad has no derivative of {row.name} by its parameter {name}; give {name} a "
                "value that does not depend on what you differentiate by, or mark it with "
                "lg.stop_gradient",
                op,
            )
        k = formula_of(
            slope,
            row,
            xs,
            result=Expression.of(op.result),
            **SHAPE_SLOPES,
            **ORDER_SLOPES,
            **ARGUMENT_SLOPES,
            **NONCENTRAL_SLOPES,
            **STRUVE_SLOPES,
        )
        terms.append(scaled(k, d, e))
    return (total(terms, e),)
