"""The rules of the table `evaluate` for matrices: NumPy's LAPACK, and triangular systems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...dialects import ten
from ...dialects.types import shape
from ...passes.rewriting.rule_tables import evaluate
from .array_functions import Array

Arrays = tuple[Array, ...]
Function = Callable[[Array], Arrays]


def eigh(a: Array) -> Arrays:
    """The eigenvalues and eigenvectors of symmetric matrices, by their lower triangle."""
    return tuple(np.linalg.eigh(a))


def eigh_upper(a: Array) -> Arrays:
    """The eigenvalues and eigenvectors of symmetric matrices, by their upper triangle."""
    return tuple(np.linalg.eigh(a, "U"))


def svd(a: Array) -> Arrays:
    """The first singular vectors, and the singular values."""
    return tuple(np.linalg.svd(a, full_matrices=False))


def qr(a: Array) -> Arrays:
    """The orthonormal and the triangular factor."""
    return tuple(np.linalg.qr(a))


def lu(a: Array) -> Arrays:
    """The order of the rows, and the two triangular factors in one, by row pivoting."""
    *batch, m, n = a.shape
    k = min(m, n)
    rest = np.array(a)
    order = np.broadcast_to(np.arange(m), (*batch, m)).copy()
    for j in range(k):
        column = rest[..., j:, j]
        # LAPACK compares |re| + |im| of complex numbers.
        sizes = np.abs(np.real(column)) + np.abs(np.imag(column))
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
    return order, rest


def lu_by_columns(a: Array) -> Arrays:
    """The order of the columns, and the two triangular factors in one, by column pivoting."""
    order, packed = lu(np.swapaxes(a, -1, -2))
    return order, np.swapaxes(packed, -1, -2)


def eig(a: Array) -> Arrays:
    """The eigenvalues and eigenvectors of any square matrices, as complex numbers."""
    w, v = np.linalg.eig(a)
    kind = np.result_type(a, np.complex64)
    return w.astype(kind, copy=False), v.astype(kind, copy=False)


def cholesky(a: Array) -> Arrays:
    """The lower triangular factor of positive definite matrices."""
    return (np.linalg.cholesky(a),)


def cholesky_upper(a: Array) -> Arrays:
    """The upper triangular factor, by the upper triangle."""
    factor = np.linalg.cholesky(np.conjugate(np.swapaxes(a, -1, -2)))
    return (np.conjugate(np.swapaxes(factor, -1, -2)),)


FUNCTIONS: dict[type[ten.MatrixOp], Function] = {
    ten.CholeskyOp: cholesky,
    ten.EigOp: eig,
    ten.EighOp: eigh,
    ten.LuOp: lu,
    ten.QrOp: qr,
    ten.SvdOp: svd,
}


OTHER_FORMS: dict[type[ten.MatrixOp], tuple[str, Function]] = {
    ten.CholeskyOp: ("upper", cholesky_upper),
    ten.EighOp: ("upper", eigh_upper),
    ten.LuOp: ("columns", lu_by_columns),
}
"""By the op → a word that it may have, and the function of the op with the word."""


def numbers(pairs: Array) -> Array:
    """Pairs of elements as complex numbers."""
    return np.ascontiguousarray(pairs).view(f"c{2 * pairs.itemsize}")[..., 0]


def pairs_of(z: Array) -> Array:
    """Complex numbers as pairs of elements."""
    return np.ascontiguousarray(z)[..., None].view(f"f{z.itemsize // 2}")


def decomposed(
    op: ten.MatrixOp, a: Array, functions: Mapping[type[ten.MatrixOp], Function] = FUNCTIONS
) -> Arrays:
    """The results of a decomposition; NaN for a matrix for which the library reports an error."""
    word, other = OTHER_FORMS.get(type(op), ("", None))
    function = other if other is not None and word in op.words else functions[type(op)]
    parts = _decomposed(op, numbers(a) if op.is_complex else a, function)
    return tuple(
        pairs_of(part) if op.has_pairs(name) else part
        for name, part in zip(op.RESULTS, parts, strict=True)
    )


def _decomposed(op: ten.MatrixOp, a: Array, function: Function) -> Arrays:
    sizes: list[tuple[int, ...]] = []
    kinds: list[Any] = []
    for name, result in zip(op.RESULTS, op.results, strict=True):
        dims, has_pairs = shape(result.type), op.has_pairs(name)
        sizes.append(dims[:-1] if has_pairs else dims)
        if name in op.PLACES:
            kinds.append(np.int64)
        else:
            kinds.append(np.result_type(a, np.complex64) if has_pairs else a.real.dtype)
    if not a.size:
        # Without elements there is nothing to compute but identities of no columns.
        return tuple(_empty(*of) for of in zip(op.RESULTS, sizes, kinds, strict=True))
    try:
        if np.all(np.isfinite(a)):
            return function(a)
    except np.linalg.LinAlgError:
        pass
    found = tuple(
        _empty(name, n, kind) if name in op.PLACES else np.full(n, np.nan, kind)
        for name, n, kind in zip(op.RESULTS, sizes, kinds, strict=True)
    )
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


def _empty(name: str, sizes: tuple[int, ...], dtype: Any) -> Array:
    if name == "order":  # of rows that have no elements
        return np.broadcast_to(np.arange(sizes[-1], dtype=dtype), sizes).copy()
    return np.zeros(sizes, dtype)


@evaluate.rule(*FUNCTIONS)
def decomposition(op: ten.MatrixOp, a: Array) -> Arrays:
    """(…) = the factors of a, as NumPy's LAPACK gives them"""
    return decomposed(op, np.asarray(a))


@evaluate.rule(ten.TriangularSolveOp)
def triangular_solve(op: ten.TriangularSolveOp, t: Array, b: Array) -> Array:
    """x = triangle(t)⁻¹ b, one row after the other"""
    t, b = np.asarray(t), np.asarray(b)
    if not op.is_complex:
        return substituted(op, t, b)
    return pairs_of(substituted(op, numbers(t), numbers(b)))


def substituted(op: ten.TriangularSolveOp, t: Array, b: Array) -> Array:
    """The solution, for real or complex numbers."""
    lower = op.is_lower
    if op.is_unit:
        t = np.where(np.eye(t.shape[-1], dtype=bool), np.ones((), t.dtype), t)
    if op.is_adjoint:
        t, lower = np.conjugate(np.swapaxes(t, -1, -2)), not lower
    n = t.shape[-1]
    x = np.array(b)
    for i in range(n) if lower else reversed(range(n)):
        known = slice(0, i) if lower else slice(i + 1, n)
        rest = x[..., i, :] - np.einsum("...k,...km->...m", t[..., i, known], x[..., known, :])
        x[..., i, :] = rest / t[..., i, i, None]
    return x


def mirrored(a: Array, lower: bool) -> Array:
    """The symmetric matrices of one triangle."""
    half = np.tril(a, -1) if lower else np.triu(a, 1)
    return (np.tril(a) if lower else np.triu(a)) + np.swapaxes(half, -1, -2)


@evaluate.rule(ten.SymmetricSolveOp)
def symmetric_solve(op: ten.SymmetricSolveOp, a: Array, b: Array) -> Array:
    """x = mirrored(triangle(a))⁻¹ b, NaN for a singular matrix"""
    a, b = mirrored(np.asarray(a), op.is_lower), np.asarray(b)
    x = np.full_like(b, np.nan)
    for place in np.ndindex(a.shape[:-2]):
        if np.all(np.isfinite(a[place])):
            try:
                x[place] = np.linalg.solve(a[place], b[place])
            except np.linalg.LinAlgError:
                pass
    return x
