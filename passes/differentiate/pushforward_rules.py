"""
The rules of the table `pushforward`. They give the tangents of an op's results, which are terms,
from the tangents ẋ of the op's term operands.

If an op has no rule, letgrad copies the op with tangents in place of its terms: op(dx)(ẋ) = op(ẋ).
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import SSAValue

from ...dialects import delta
from ..rewriting.emitter import Emitter
from ..rewriting.rule_tables import pushforward


@pushforward.rule(delta.ZeroOp)
def zero(op: delta.ZeroOp, ts: Sequence[SSAValue | None], e: Emitter) -> None:
    """zero(ẋ) = 0"""


pushforward.never(delta.TransposedCallOp, "a custom_vjp says only how cotangents are pulled back")
