"""The name of an op, as programs spell it."""

from __future__ import annotations

from xdsl.dialects.builtin import UnregisteredOp
from xdsl.ir import Operation


def op_name(op: Operation) -> str:
    """
    The name of an op. xDSL calls every op that nobody registered `builtin.unregistered`, and keeps
    its name among the attributes.
    """
    return op.op_name.data if isinstance(op, UnregisteredOp) else op.name
