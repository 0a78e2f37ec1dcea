"""
SciPy's functions behind the special functions. SciPy is an extra: letgrad imports it when a program
computes a function that only SciPy has.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from xdsl.ir import Operation

from ...dialects import ten
from ...passes.rewriting.diagnostics import LetgradError


def of_scipy(row: ten.SpecialFunction, op: Operation | None = None) -> np.ufunc:
    """SciPy's ufunc for a function of the table. Errors: `LetgradError` without such a SciPy."""
    module = scipy_module("_ufuncs", row, op)
    found: Any = getattr(module, row.inner or row.name, None)
    if found is None:
        raise LetgradError(f"this version of SciPy has no special function {row.name}", op)
    return found


def scipy_module(name: str, row: ten.SpecialFunction, op: Operation | None = None) -> Any:
    """A module of `scipy.special`. Errors: `LetgradError` if SciPy is not installed."""
    try:
        return importlib.import_module(f"scipy.special.{name}")
    except ImportError:
        raise LetgradError(
            f"the value of {row.name} comes from SciPy, which is not installed; install it with "
            "`pip install scipy`",
            op,
        ) from None
