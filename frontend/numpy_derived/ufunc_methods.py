"""The methods of ufuncs on traced arrays: `reduce`, `accumulate` and `outer`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..ops import lift
from ..tracing import Array, located
from . import sorting

np: Any = numpy  # its type stubs know no traced arrays

_REDUCTIONS: dict[str, str] = {
    "add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min",
    "logical_and": "all", "logical_or": "any",
}  # fmt: skip


_RUNNING: dict[str, str] = {"add": "cumsum", "multiply": "cumprod"}
"""ufunc: its `accumulate`."""


def ufunc_method(
    kind: numpy.ufunc, method: str, inputs: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    """
    `ufunc.reduce`, `accumulate` or `outer`.

    Errors: `TypeError` for other methods, or for ufuncs without such a method here.
    """
    name = kind.__name__
    kwargs = {k: v for k, v in kwargs.items() if not (k == "out" and (v is None or v == (None,)))}
    if method == "reduce" and name in _REDUCTIONS:
        options = dict(zip(("axis", "dtype"), inputs[1:])) | kwargs
        return getattr(np, _REDUCTIONS[name])(inputs[0], **({"axis": 0} | options))
    if method == "accumulate" and name in _RUNNING:
        options = dict(zip(("axis", "dtype"), inputs[1:])) | kwargs
        return getattr(np, _RUNNING[name])(inputs[0], **({"axis": 0} | options))
    if method == "outer" and kind.nin == 2:
        a, b = (lift(x) if isinstance(x, Array) else x for x in inputs)
        a = np.asarray(a) if not isinstance(a, Array) else a
        return kind(np.reshape(a, (*a.shape, *[1] * np.ndim(b))), b, **kwargs)
    if method in ("accumulate", "reduce") and kind.nin == 2 and kind.nout == 1:
        known = ("array", "axis", "dtype", "out", "keepdims")
        options = dict(zip(known, inputs)) | kwargs
        unknown = [k for k in options if k not in ("array", "axis", "keepdims")]
        if not any(options[k] is not None for k in unknown):
            for k in unknown:
                del options[k]
            return getattr(sorting, method)(kind, **options)
    raise located(TypeError, f"numpy.{name}.{method} is not supported on traced arrays")
