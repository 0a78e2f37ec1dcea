"""
The reference: the meaning of every op, one function each, on NumPy arrays.

The reference is written to be obviously right, and not to be fast: index regions run once per
index. Tests compare everything else with the reference.

- Values are NumPy arrays, or NumPy scalars for scalar types; `index` is int64, `i1` is bool.
- f16 and bf16 ops compute in float32 and round their result once.
- Integers wrap. Operations that upstream leaves undefined have a value here. So passes may move
  code, and compute both sides of a choice: x / 0 = x % 0 = 0, shifts by the width or more give 0
  (or the sign), conversions of floats to integers saturate and turn NaN into 0.
"""

from . import (
    attention_rules,
    conversion_rules,
    float_rules,
    host_rules,
    integer_rules,
    matrix_rules,
    region_rules,
    special_rules,
    system_rules,
    tensor_rules,
)
from .array_functions import Array, cast, fused_multiply_add
from .evaluator import (
    MAX_CALL_DEPTH,
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
    "attention_rules",
    "cast",
    "check_arguments",
    "checked",
    "conversion_rules",
    "find_function",
    "float_rules",
    "fused_multiply_add",
    "host_rules",
    "integer_rules",
    "is_return",
    "matrix_rules",
    "region_rules",
    "special_rules",
    "system_rules",
    "tensor_rules",
]
