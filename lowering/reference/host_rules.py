"""The rules of `host`: Python calls a Python function."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dialects import arrays, host, types
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.rule_tables import evaluate


@evaluate.rule(*host.CALLS)
def call(op: host.HostCallOp, *xs: Any) -> tuple[Any, ...]:
    """y… = f(x…)"""
    function = host.function_of(op.function.value.data)
    if function is None:
        raise LetgradError(
            f"the Python function '{op.called.data}' belongs to another process, so this program "
            "cannot call it",
            op,
        )
    # A backend writes other values into its buffers later, and the function may keep its arguments.
    given = [np.array(x) for x in xs]
    results = [np.zeros(types.shape(r.type), arrays.dtype(r.type)) for r in op.results]
    sizes = _examples(op)
    for place in np.ndindex(*sizes):
        values = function(*(x[place][()] for x in given))
        for target, value in zip(results, values, strict=True):
            target[place] = value
    return tuple(results)


def _examples(op: host.HostCallOp) -> tuple[int, ...]:
    """The leading dimensions whose elements are examples."""
    first = (*op.operands, *op.results)
    return types.shape(first[0].type)[: op.batch_dims] if first else ()
