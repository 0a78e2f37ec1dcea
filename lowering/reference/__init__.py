"""
The reference: what every op means, one function each, on NumPy arrays.

Written to be obviously right, not fast: index regions run once per index. Everything else is
compared with it.

- Values are NumPy arrays, or NumPy scalars for scalar types; `index` is int64, `i1` is bool.
- f16 and bf16 ops compute in float32 and round their result once.
- Integers wrap. Operations that upstream leaves undefined have a value here, so that code may be
  moved and both sides of a choice be computed: x / 0 = x % 0 = 0, shifts by the width or more give
  0 (or the sign), conversions of floats to integers saturate and make 0 of NaN.
"""

from . import control_flow, elementwise, tensors
from .elementwise import cast, fused_multiply_add
from .evaluator import (
    MAX_CALL_DEPTH,
    Array,
    Evaluator,
    check_arguments,
    checked,
    find_function,
    is_return,
)

__all__ = [
    "MAX_CALL_DEPTH",
    "Array",
    "Evaluator",
    "cast",
    "check_arguments",
    "checked",
    "control_flow",
    "elementwise",
    "find_function",
    "fused_multiply_add",
    "is_return",
    "tensors",
]
