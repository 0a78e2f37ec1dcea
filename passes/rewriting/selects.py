"""What a choice is, where its condition is known."""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.ir import SSAValue

from ...dialects import ten


def branch_of(x: SSAValue, condition: SSAValue, k: int) -> SSAValue:
    """What x is where the condition is true (k = 0) or false (k = 1), by the choices in x."""
    while isinstance(x.owner, arith.SelectOp | ten.SelectOp) and x.owner.operands[0] is condition:
        x = x.owner.operands[1 + k]
    return x
