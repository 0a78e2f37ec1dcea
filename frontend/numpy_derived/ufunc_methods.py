"""The methods of ufuncs on traced arrays: `reduce`, `accumulate` and `outer`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from .. import ops
from ..ops import lift
from ..tracing import Array
from ..user_code import located
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
    `ufunc.reduce`, `accumulate`, `outer` or `reduceat`.

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
        # As in NumPy, a number is an array here, and not weak.
        a, b = (ops.as_array(x) for x in inputs)
        return kind(np.reshape(a, (*a.shape, *[1] * b.ndim)), b, **kwargs)
    if method in ("accumulate", "reduce") and kind.nin == 2 and kind.nout == 1:
        known = ("array", "axis", "dtype", "out", "keepdims")
        options = dict(zip(known, inputs)) | kwargs
        unknown = [k for k in options if k not in ("array", "axis", "keepdims")]
        if not any(options[k] is not None for k in unknown):
            for k in unknown:
                del options[k]
            return getattr(sorting, method)(kind, **options)
    if method == "reduceat" and kind.nin == 2 and kind.nout == 1:
        known = ("array", "indices", "axis", "dtype", "out")
        options = dict(zip(known, inputs)) | kwargs
        if options.get("dtype") is None and options.get("out") is None:
            return _reduceat(kind, options["array"], options["indices"], options.get("axis", 0))
    raise located(TypeError, f"numpy.{name}.{method} is not supported on traced arrays")


def _reduceat(kind: numpy.ufunc, array: Any, indices: Any, axis: Any) -> Array:
    """
    `kind.reduce` of the parts from each of the indices to the next one; of one element, where the
    next index is not greater.

    Errors: `TypeError` for traced indices; `IndexError` for indices outside.
    """
    x = lift(array)
    d = ops.axis(axis, x.ndim)
    n = x.shape[d]
    if isinstance(indices, Array):
        raise located(TypeError, f"numpy.{kind.__name__}.reduceat takes known indices")
    starts = np.asarray(indices)
    if starts.ndim != 1 or starts.dtype.kind not in "iu":
        raise located(TypeError, "the indices of reduceat are a vector of integers")
    for k in starts.tolist():
        if not 0 <= k < n:
            raise located(
                IndexError, f"index {k} out-of-bounds in {kind.__name__}.reduceat [0, {n})"
            )
    ends = [*starts.tolist()[1:], n]
    parts = [
        kind.reduce(ops.part(x, d, a, max(b, a + 1)), axis=d) for a, b in zip(starts.tolist(), ends)
    ]
    if not parts:
        shape = (*x.shape[:d], 0, *x.shape[d + 1 :])
        return ops.broadcast_to(lift(kind.reduce(x, axis=d))[None] * 0, (1, *shape))[0]
    return np.stack(parts, axis=d)
