"""Choices between functions that the program makes when it runs: `cond` and `switch`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import scf
from xdsl.ir import Block, Region, SSAValue

from .. import numpy_functions, ops, pytree, tracing
from ..api import here
from ..tracing import Array
from ..user_code import located

__all__ = ["cond", "switch"]


@here
def cond(
    pred: Any, then_fn: Callable[..., Any], else_fn: Callable[..., Any], *operands: Any
) -> Any:
    """
    `then_fn(*operands)` if `pred` holds, otherwise `else_fn(*operands)`. The program runs only the
    function that `pred` chooses.

    `pred` is a scalar. If `pred` is not traced, `cond` is Python's `if`. Both functions give the
    same structure, shapes and dtypes, and their dicts list keys in one order. A Python number takes
    the dtype of its counterpart.
    Errors: `TypeError` that says how the results of the two functions differ.
    """
    if not isinstance(pred, Array):
        if np.ndim(pred):
            raise located(
                TypeError,
                f"the predicate of lg.cond must be a scalar, and it has shape {np.shape(pred)}",
            )
        return (then_fn if pred else else_fn)(*operands)
    if pred.shape:
        raise located(
            TypeError,
            f"the predicate of lg.cond must be a scalar, and it has shape {pred.shape}; for arrays "
            "use np.where",
        )
    mask = tracing.use(numpy_functions.truth(ops.number(pred)))

    outer = tracing.current()
    branches = []
    scopes = [tracing.Scope(Block(), outer, outer.root) for _ in range(2)]
    try:
        for scope, fn in zip(scopes, (then_fn, else_fn)):
            with tracing.within(scope):
                branches.append(pytree.flatten(fn(*operands)))
        (then_leaves, tree), (else_leaves, else_tree) = branches
        if (difference := tree.difference(else_tree)) is not None:
            raise located(
                TypeError, f"the branches of lg.cond give different structures: {difference}"
            )
        if (order := tree.order_difference(else_tree)) is not None:
            raise located(TypeError, f"the branches of lg.cond give {order}")
        results = [
            _joined(scopes, pair, path)
            for pair, path in zip(zip(then_leaves, else_leaves), tree.paths())
        ]
        values: list[SSAValue] = []
        for k, scope in enumerate(scopes):
            with tracing.within(scope):
                # A view reads its array here, in the branch.
                values = [tracing.use(pair[k]) for pair in results]
                tracing.add(scf.YieldOp(*values))
    finally:
        for scope in scopes:
            scope.open = False
    result_types = [value.type for value in values]
    then_region, else_region = (Region(scope.block) for scope in scopes)
    op = tracing.add(scf.IfOp(mask, result_types, then_region, else_region))
    return tree.unflatten([Array.of(value, outer) for value in op.results])


@here
def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """
    `branches[index](*operands)`. The program runs only the function that `index` chooses.

    `index` is an integer scalar. An index below 0 chooses the first function, and one that is too
    large chooses the last one. If `index` is not traced, `switch` just calls that function. All
    functions give the same structure, shapes and dtypes, as those of `cond`.
    Errors: `TypeError` for an index that is no integer scalar, and as `cond`; `ValueError` without
            functions.

    Example:

        >>> f = lambda k, x: lg.switch(k, [np.sin, np.cos, lambda x: x * x], x)
        >>> print(lg.grad(f, argnums=1)(2, 3.0), lg.jit(f)(7, 3.0))
        6.0 9.0
    """
    functions = list(branches)
    if not functions:
        raise located(ValueError, "lg.switch needs at least one function")
    if isinstance(index, Array):
        if index.shape or not (index.is_index or index.dtype.kind in "iu"):
            raise located(
                TypeError,
                f"the index of lg.switch must be an integer scalar, not {index.dtype}"
                f"{list(index.shape)}",
            )
        # A narrow type may not hold the number of the last function.
        index = ops.cast(ops.signed_index(ops.number(index)), ops.INT64)
    else:
        given = np.asarray(index)
        if given.shape or given.dtype.kind not in "iu":
            raise located(
                TypeError, f"the index of lg.switch must be an integer scalar, not {index!r}"
            )
        index = int(given)

    def choose(low: int, high: int) -> Any:
        """One of the functions from `low` up to `high`, by halves."""
        if high - low == 1:
            return functions[low](*operands)
        middle = (low + high) // 2
        return cond(index < middle, lambda: choose(low, middle), lambda: choose(middle, high))

    return choose(0, len(functions))


def _joined(scopes: Sequence[tracing.Scope], pair: tuple[Any, Any], path: str) -> list[Array]:
    """One leaf of the results of both branches, as arrays of one type."""
    strong = [v for v in pair if not tracing.is_weak(v)]
    kind = ops.promote(*pair, numbers_are_weak=True) if len(strong) == 1 else None
    result = []
    for scope, value in zip(scopes, pair):
        with tracing.within(scope):
            result.append(ops.lift(value, kind if tracing.is_weak(value) else None))
    a, b = result
    if a.shape != b.shape or a.dtype != b.dtype:
        place = f" at {path}" if path else ""
        raise located(
            TypeError,
            f"the branches of lg.cond give different types{place}: {a.dtype}{list(a.shape)} and "
            f"{b.dtype}{list(b.shape)}",
        )
    return result
