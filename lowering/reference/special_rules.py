"""
The rule of the table `evaluate` for special functions.

The rule computes in float64, and rounds once. A function that has a formula needs NumPy alone; all
other functions are SciPy's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dialects import ten
from ...passes.rewriting.rule_tables import evaluate
from ...passes.rewriting.special_formulas import evaluated
from .array_functions import Array, erf
from .special_library import of_scipy

_NUMPY: dict[str, Any] = {
    "exp": np.exp,
    "log": np.log,
    "log1p": np.log1p,
    "expm1": np.expm1,
    "sqrt": np.sqrt,
    "absolute": np.abs,
    "sin": np.sin,
    "cos": np.cos,
    "floor": np.floor,
    "copysign": np.copysign,
    "sign": np.sign,
    "erf": erf,
    "where": np.where,
    "equal": np.equal,
    "isnan": np.isnan,
    "both": np.logical_and,
    "either": np.logical_or,
    "pi": np.pi,
    "inf": np.inf,
}


@evaluate.rule(ten.SpecialOp)
def special_function(op: ten.SpecialOp, *xs: Array) -> Array:
    """y = f(x, …), as the table of special functions states"""
    row = op.row
    wide = [np.asarray(x, np.float64) for x in xs]
    with np.errstate(all="ignore"):
        if row.value is None:
            found = of_scipy(row, op)(*wide)
            value = found[row.output or 0] if isinstance(found, tuple) else found
        else:
            value = evaluated(row.value, dict(zip(row.parameters, wide, strict=True)), _NUMPY)
        return np.asarray(value).astype(np.asarray(xs[0]).dtype)[()]
