"""More functions of slices with computed bounds: norms, medians and differences of vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..user_code import located
from .windows import FUNCTIONS, Window, reduce, refused


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord not in (None, 2) or x.ndim != 1:
        raise located(
            TypeError, "np.linalg.norm of a slice with traced bounds is the 2-norm of a vector"
        )
    return np.sqrt(reduce("sum", x * x, axis, keepdims=keepdims))


def _median(x: Any, axis: Any = None, **kwargs: Any) -> Any:
    if x.ndim != 1 or axis not in (None, -1, 0) or kwargs:
        return refused("median")
    data, count = FUNCTIONS[np.sort](x).data, x.length()
    middle = (data[(count - 1) // 2] + data[count // 2]) / 2
    last = data[count - 1]
    return np.where(np.isnan(last), last, middle) if x.dtype.kind == "f" else middle


def _diff(x: Any, n: int = 1, axis: Any = -1, **kwargs: Any) -> Any:
    if x.ndim != 1 or n != 1 or axis not in (-1, 0) or kwargs:
        return refused("diff")
    before = np.concatenate([x.data[:1], x.data[:-1]])
    start, stop = x.ends(0)
    ufunc = np.not_equal if x.dtype == ops.BOOL else np.subtract
    return Window(ufunc(x.data, before), ((start + 1, stop),))


FUNCTIONS[np.linalg.norm] = _norm
FUNCTIONS[np.median] = _median
FUNCTIONS[np.diff] = _diff
