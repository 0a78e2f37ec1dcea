"""The rules of the table `evaluate` for decompositions of matrices: NumPy's LAPACK."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...dialects import ten
from ...dialects.types import shape
from ...passes.rewriting.rule_tables import evaluate
from .array_functions import Array

Arrays = tuple[Array, ...]


def eigh(a: Array) -> Arrays:
    """The eigenvalues and eigenvectors of symmetric matrices."""
    return tuple(np.linalg.eigh(a))


def svd(a: Array) -> Arrays:
    """The first singular vectors, and the singular values."""
    return tuple(np.linalg.svd(a, full_matrices=False))


def qr(a: Array) -> Arrays:
    """The orthonormal and the triangular factor."""
    return tuple(np.linalg.qr(a))


def lu(a: Array) -> Arrays:
    """The permutation, and the two triangular factors, by elimination with row pivoting."""
    *batch, m, n = a.shape
    k = min(m, n)
    rest = np.array(a)
    order = np.broadcast_to(np.arange(m), (*batch, m)).copy()
    for j in range(k):
        sizes = np.abs(rest[..., j:, j])
        pivot = j + np.argmax(np.where(np.isnan(sizes), np.inf, sizes), axis=-1)
        for values, rank in ((rest, 2), (order, 1)):
            place = pivot.reshape(*pivot.shape, *[1] * rank)
            axis = -rank
            upper = np.take(values, [j], axis)
            lower = np.take_along_axis(values, place, axis)
            np.put_along_axis(values, place, upper, axis)
            if rank == 2:
                values[..., j : j + 1, :] = lower
            else:
                values[..., j : j + 1] = lower
        head = rest[..., j, j][..., None]
        column = rest[..., j + 1 :, j] / np.where(head == 0, 1, head)
        rest[..., j + 1 :, j] = column
        rest[..., j + 1 :, j + 1 :] -= column[..., None] * rest[..., j : j + 1, j + 1 :]
    lower = np.tril(rest[..., :, :k], -1) + np.eye(m, k, dtype=a.dtype)
    # Row i of p l is row `place of i` of l.
    p = np.swapaxes(np.eye(m, dtype=a.dtype)[order], -1, -2)
    return p, lower, np.triu(rest[..., :k, :])


FUNCTIONS: dict[type[ten.MatrixOp], Callable[[Array], Arrays]] = {
    ten.EighOp: eigh,
    ten.LuOp: lu,
    ten.QrOp: qr,
    ten.SvdOp: svd,
}


def decomposed(op: ten.MatrixOp, a: Array) -> Arrays:
    """The results of a decomposition; NaN for a matrix for which the library reports an error."""
    function = FUNCTIONS[type(op)]
    sizes = [shape(r.type) for r in op.results]
    if not a.size:
        # Without elements there is nothing to compute but identities of no columns.
        return tuple(_empty(name, n, a.dtype) for name, n in zip(op.RESULTS, sizes, strict=True))
    try:
        if np.all(np.isfinite(a)):
            return function(a)
    except np.linalg.LinAlgError:
        pass
    found = tuple(np.full(n, np.nan, a.dtype) for n in sizes)
    for place in np.ndindex(a.shape[:-2]):
        if not np.all(np.isfinite(a[place])):
            continue
        try:
            parts = function(a[place])
        except np.linalg.LinAlgError:
            continue
        for result, part in zip(found, parts, strict=True):
            result[place] = part
    return found


def _empty(name: str, sizes: tuple[int, ...], dtype: np.dtype) -> Array:
    if name == "p":  # the permutation of rows that have no elements
        return np.broadcast_to(np.eye(sizes[-1], dtype=dtype), sizes).copy()
    return np.zeros(sizes, dtype)


@evaluate.rule(*FUNCTIONS)
def decomposition(op: ten.MatrixOp, a: Array) -> Arrays:
    """(…) = the factors of a, as NumPy's LAPACK gives them"""
    return decomposed(op, np.asarray(a))
