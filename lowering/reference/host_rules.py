"""The rules of `host`: Python calls a Python function."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dialects import arrays, host, types
from ...passes.rewriting.diagnostics import LetgradError, position
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
    ordered = isinstance(op, host.OrderedCallOp)
    when = ordered and op.when is not None
    for place in np.ndindex(*sizes):
        if when and not given[1][place]:
            results[0][place] = given[0][place]
            continue
        try:
            values = function(*(x[place][()] for x in given[ordered + when :]))
        except Exception as error:
            if (where := position(op.location)) is not None:
                error.add_note(f"the program calls '{op.called.data}' at {where[0]}:{where[1]}")
            host.mark_raised(error)
            raise
        if ordered:
            values = (given[0][place] + 1, *values)
        for target, value in zip(results, values, strict=True):
            target[place] = value
    return tuple(results)


@evaluate.rule(host.BeginOp)
def begin(op: host.BeginOp) -> np.int64:
    """n = 0"""
    return np.int64(0)


@evaluate.rule(host.EndOp)
def end(op: host.EndOp, count: Any) -> tuple[()]:
    """end n = nothing"""
    return ()


def _examples(op: host.HostCallOp) -> tuple[int, ...]:
    """The leading dimensions whose elements are examples."""
    first = (*op.operands, *op.results)
    return types.shape(first[0].type)[: op.batch_dims] if first else ()
