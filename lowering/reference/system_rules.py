"""
The rules of the table `evaluate` for ops about systems of equations.

A system is solved by its matrix if the matrix is small, and by an iteration if it is not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...dialects import delta
from ...passes.rewriting.rule_tables import evaluate, with_regions
from .array_functions import Array
from .evaluator import find_function

DENSE = 2048
"""The most unknowns for which the rule makes the matrix."""


@evaluate.rule(delta.ImplicitOp)
def solution(op, x, *params):
    """y = x"""
    return x


@evaluate.rule(delta.SolveOp)
@with_regions
def solved(op, evaluator, b, *params):
    """y, where apply(p…, y) = b"""
    function = find_function(evaluator.module, op.apply.string_value(), op)
    b = np.asarray(b)
    batch = b.shape[: op.batches]
    k, n = int(np.prod(batch)), int(np.prod(b.shape[op.batches :]))
    kind = np.float64 if b.dtype == np.float64 else np.float32

    def times(v: Array) -> Array:
        """The matrices times vectors [k, n]."""
        x = v.reshape(b.shape).astype(b.dtype)
        (y,) = evaluator.call_function(function, (*params, x[()] if x.ndim == 0 else x))
        return np.asarray(y).astype(kind).reshape(k, n)

    right = b.astype(kind).reshape(k, n)
    if not k or not n:
        return b
    with np.errstate(all="ignore"):
        x = by_matrix(times, right) if n <= DENSE else by_iteration(times, right)
    return x.astype(b.dtype).reshape(b.shape)


def by_matrix(times: Callable[[Array], Array], right: Array) -> Array:
    k, n = right.shape
    columns = [times(np.broadcast_to(unit, (k, n))) for unit in np.eye(n, dtype=right.dtype)]
    result = np.full_like(right, np.nan)
    for i, matrix in enumerate(np.stack(columns, axis=-1)):
        try:
            result[i] = np.linalg.solve(matrix, right[i])
        except np.linalg.LinAlgError:
            pass  # A singular matrix gives NaN.
    return result


def by_iteration(times: Callable[[Array], Array], right: Array) -> Array:
    """
    GMRES without restarts: x has the least residual among the sums of the vectors r, A r, A² r, …
    """
    size = np.max(abs(right), axis=1, keepdims=True)
    size[size == 0] = 1
    b = right / size
    norm = np.linalg.norm(b, axis=1, keepdims=True)
    eps = np.finfo(right.dtype).eps
    x, r, d = np.zeros_like(b), b.copy(), b
    ps: list[Array] = []
    qs: list[Array] = []
    for _ in range(min(b.shape[1], 1000)):
        if np.all(np.linalg.norm(r, axis=1, keepdims=True) <= 100 * eps * norm):
            break
        p, q = d, times(d)
        whole = np.linalg.norm(q, axis=1, keepdims=True)
        for _ in range(2):
            for known, image in zip(ps, qs):
                part = np.sum(image * q, axis=1, keepdims=True)
                p, q = p - part * known, q - part * image
        left = np.linalg.norm(q, axis=1, keepdims=True)
        factor = np.where(left > 10 * eps * whole, 1 / left, 0)
        p, q = p * factor, q * factor
        part = np.sum(r * q, axis=1, keepdims=True)
        x, r, d = x + part * p, r - part * q, q
        ps.append(p)
        qs.append(q)
    error = np.linalg.norm(b - times(x), axis=1, keepdims=True)
    return np.where(error <= np.sqrt(eps) * norm, x * size, np.nan)
