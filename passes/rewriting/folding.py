"""
Arithmetic of constants, in the arithmetic of their type. Floats round to the type and overflow to
infinity. Integers wrap, and `index` wraps at 64 bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import FloatAttr, IndexType, IntegerAttr
from xdsl.ir import Operation

from ...dialects import arrays, types

_FLOATS: Mapping[type[Operation], Callable[[Any, Any], Any]] = {
    arith.AddfOp: np.add,
    arith.SubfOp: np.subtract,
    arith.MulfOp: np.multiply,
    arith.DivfOp: np.divide,
}


def constants(
    op: Operation,
) -> tuple[FloatAttr, FloatAttr] | tuple[IntegerAttr, IntegerAttr] | None:
    """The two scalar constants that an op reads. None if the op reads anything else."""
    if len(op.operands) != 2:
        return None
    a, b = (x.owner.value if isinstance(x.owner, arith.ConstantOp) else None for x in op.operands)
    if isinstance(a, FloatAttr) and isinstance(b, FloatAttr):
        return a, b
    if isinstance(a, IntegerAttr) and isinstance(b, IntegerAttr):
        return a, b
    return None


def folded(op: Operation) -> arith.ConstantOp | None:
    """The constant that an op of two scalar constants gives. None if the op is not a known one."""
    known = constants(op)
    if known is None:
        return None
    a, b = known
    if isinstance(a, FloatAttr) or isinstance(b, FloatAttr):
        function = _FLOATS.get(type(op))
        if function is None or not types.is_float(a.type):
            return None
        of = arrays.dtype(a.type).type
        with np.errstate(all="ignore"):
            number = float(function(of(a.value.data), of(b.value.data)))
        # Which NaN an operation gives differs from processor to processor.
        number = float("nan") if np.isnan(number) else number
        return arith.ConstantOp(types.float_attr(number, a.type))
    if not isinstance(op, arith.SignlessIntegerBinaryOperation):
        return None
    whole = op.py_operation(a.value.data, b.value.data)
    if whole is None:
        return None
    if isinstance(a.type, IndexType):
        whole = types.word(whole)
    return arith.ConstantOp(IntegerAttr(whole, a.type, truncate_bits=True))
