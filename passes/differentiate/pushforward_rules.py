"""
The rules of the table `pushforward`: the tangents of the results of an op that gives terms, for the
tangents ẋ of the terms that it takes.

Without a rule, an op is copied with tangents in place of its terms: op(dx)(ẋ) = op(ẋ).
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
