"""
Sparse matrices of SciPy in traced functions: beside traced arrays, and as arguments.

A matrix is a container whose leaf has the elements that it stores. The places of these elements
belong to the structure: letgrad traces the function again for other places. So a gradient by a
matrix is a matrix with the same places.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from .. import ops, pytree, tracing
from ..array_views import storages
from ..tracing import Array
from ..user_code import located


@dataclass(frozen=True, eq=False)
class Places:
    """
    The places of the elements that a sparse matrix stores: element k stands in row `rows[k]` and
    column `columns[k]`. `make(data)` is the matrix of SciPy. Two elements at one place add up.
    """

    shape: tuple[int, int]
    rows: np.ndarray
    columns: np.ndarray
    make: Callable[[Any], Any]
    is_matrix: bool
    """Whether `*` is the product of matrices, as for SciPy's older classes."""
    kind: str = ""
    """SciPy's class."""
    key: Any = field(default=None)

    def __post_init__(self) -> None:
        key = self.shape, self.kind, self.rows.tobytes(), self.columns.tobytes()
        object.__setattr__(self, "key", key)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Places) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"{self.kind}{list(self.shape)}, {len(self.rows)} elements"

    @cached_property
    def turned(self) -> tuple[Places, np.ndarray]:
        """The places of the transpose, and the elements in the order of these places."""
        order = np.lexsort((self.rows, self.columns))
        turned = self.like(self.shape[::-1], self.columns[order], self.rows[order])
        return turned, order

    def like(self, shape: Sequence[int], rows: np.ndarray, columns: np.ndarray) -> Places:
        """Other places of a matrix of the same family, as a list of rows and columns."""
        import scipy.sparse

        cls = scipy.sparse.csr_matrix if self.is_matrix else scipy.sparse.csr_array
        height, width = shape

        def make(data: Any) -> Any:
            return cls((data, (rows, columns)), shape=(height, width))

        return Places((height, width), rows, columns, make, self.is_matrix, cls.__name__)


def is_scipys(value: Any) -> bool:
    """Whether a value is a sparse matrix or a sparse array of SciPy."""
    return type(value).__module__.startswith("scipy.sparse") and hasattr(value, "tocsr")


def places_of(matrix: Any) -> tuple[Places, np.ndarray]:
    """
    The places of a matrix of SciPy, and its elements.

    Errors: `TypeError` for a sparse array with one dimension, or with more than two.
    """
    if matrix.ndim != 2:
        raise located(TypeError, "letgrad takes sparse arrays of two dimensions")
    cls, shape = type(matrix), matrix.shape
    if matrix.format not in ("csr", "csc", "coo"):
        matrix = matrix.tocsr()
        cls = type(matrix)
    if matrix.format == "coo":
        parts: tuple[Any, ...] = (matrix.row, matrix.col)
        rows, columns = parts
    else:
        parts = (matrix.indices, matrix.indptr)
        other = np.repeat(np.arange(len(matrix.indptr) - 1), np.diff(matrix.indptr))
        rows, columns = matrix.indices, other
        if matrix.format == "csr":
            rows, columns = columns, rows
    is_coo = matrix.format == "coo"

    def make(data: Any) -> Any:
        return cls((data, parts) if is_coo else (data, *parts), shape=shape)

    rows, columns = (np.array(x, np.int64) for x in (rows, columns))
    is_matrix = not cls.__name__.endswith("_array")
    return Places(shape, rows, columns, make, is_matrix, cls.__name__), matrix.data


class Sparse:
    """A sparse matrix whose elements may be traced. `data[k]` stands at the place k of `places`."""

    __array_ufunc__ = None
    """NumPy leaves the operators to this class."""
    __array_priority__ = 3000

    def __init__(self, places: Places, data: Any):
        self.places, self.data = places, data

    @staticmethod
    def of(matrix: Any) -> Sparse:
        return matrix if isinstance(matrix, Sparse) else Sparse(*places_of(matrix))

    def __repr__(self) -> str:
        return f"traced {self.places!r}"

    shape = property(lambda self: self.places.shape)
    ndim = 2
    dtype = property(lambda self: ops.dtype_of(self.data))
    nnz = property(lambda self: len(self.places.rows))
    size = nnz

    @property
    def T(self) -> Sparse:
        turned, order = self.places.turned
        return Sparse(turned, _taken(self.data, order))

    def transpose(self) -> Sparse:
        return self.T

    def copy(self) -> Sparse:
        return self

    tocsr = tocsc = tocoo = copy

    def astype(self, dtype: Any) -> Sparse:
        return Sparse(self.places, self.data.astype(dtype))

    def toarray(self) -> Any:
        height, width = self.shape
        flat = self.places.rows * width + self.places.columns
        return np.reshape(_sums(self.data, flat, height * width), (height, width))

    todense = toarray

    def diagonal(self) -> Any:
        at = self.places
        on = np.flatnonzero(at.rows == at.columns)
        return _sums(_taken(self.data, on), at.rows[on], min(self.shape))

    def sum(self, axis: int | None = None) -> Any:
        if axis is None:
            return np.sum(self.data)
        at = self.places
        own, n = (at.columns, at.shape[1]) if axis in (0, -2) else (at.rows, at.shape[0])
        total = _sums(self.data, own, n)
        if not at.is_matrix:
            return total
        return np.reshape(total, (1, n) if axis in (0, -2) else (n, 1))

    def dot(self, other: Any) -> Any:
        return self * other if np.ndim(other) == 0 and not _is_sparse(other) else self @ other

    def multiply(self, other: Any) -> Any:
        """The product of the elements, with a number or an array."""
        if _is_sparse(other):
            raise located(TypeError, "letgrad multiplies a sparse matrix with numbers and arrays")
        other = ops.lift(other)
        if other.shape:
            whole: Any = np.broadcast_to(other, self.shape)
            other = whole[self.places.rows, self.places.columns]
        return Sparse(self.places, self.data * other)

    def __matmul__(self, other: Any) -> Any:
        if _is_sparse(other):
            return _product(self, Sparse.of(other))
        x: Any = ops.lift(other)
        if x.ndim not in (1, 2) or x.shape[0] != self.shape[1]:
            raise located(
                ValueError,
                f"matmul: dimension mismatch of a sparse matrix {self.shape} and {x.shape}",
            )
        data = self.data if x.ndim == 1 else np.reshape(self.data, (-1, 1))
        return _sums(data * x[self.places.columns], self.places.rows, self.shape[0])

    def __rmatmul__(self, other: Any) -> Any:
        x: Any = ops.lift(other)
        return self.T @ x if x.ndim == 1 else np.transpose(self.T @ np.transpose(x))

    def __mul__(self, other: Any) -> Any:
        is_number = not _is_sparse(other) and np.ndim(other) == 0
        return self @ other if self.places.is_matrix and not is_number else self.multiply(other)

    def __rmul__(self, other: Any) -> Any:
        is_number = np.ndim(other) == 0
        return other @ self if self.places.is_matrix and not is_number else self.multiply(other)

    def __truediv__(self, other: Any) -> Any:
        return (
            Sparse(self.places, self.multiply(1.0).data / other)
            if np.ndim(other) == 0
            else (self.toarray() / other)
        )

    def __neg__(self) -> Sparse:
        return Sparse(self.places, -self.data)

    def __add__(self, other: Any) -> Any:
        if _is_sparse(other):
            return _total(self, Sparse.of(other))
        return self.toarray() + other

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise located(AttributeError, f"a traced sparse matrix has no attribute '{name}'")


def _is_sparse(value: Any) -> bool:
    return isinstance(value, Sparse) or is_scipys(value)


def _taken(data: Any, places: np.ndarray) -> Any:
    return data[places] if isinstance(data, np.ndarray) else np.take(data, places, axis=0)


def _sums(values: Any, places: np.ndarray, count: int) -> Any:
    """For each of `count` places, the sum of the rows of `values` that belong to it."""
    zeros = np.zeros((count, *ops.shape_of(values)[1:]), ops.dtype_of(values))
    if not isinstance(values, Array):
        np.add.at(zeros, places, values)
        return zeros
    total: Any = storages.holding(zeros)
    if len(places):
        np.add.at(total, places, values)
    return total


def _joined(rows: np.ndarray, columns: np.ndarray, width: int) -> tuple[Any, Any, Any]:
    """The different places in order, as rows and columns, and which of them each one is."""
    keys, which = np.unique(rows * max(width, 1) + columns, return_inverse=True)
    return keys // max(width, 1), keys % max(width, 1), which.reshape(-1)


def _product(a: Sparse, b: Sparse) -> Sparse:
    """a @ b: each element of a meets the elements of b in the row of its column."""
    if a.shape[1] != b.shape[0]:
        raise located(ValueError, f"matmul: dimension mismatch of {a.shape} and {b.shape}")
    order = np.argsort(b.places.rows, kind="stable")
    ends = np.searchsorted(b.places.rows[order], np.arange(b.shape[0] + 1))
    begin, counts = ends[a.places.columns], np.diff(ends)[a.places.columns]
    first = np.repeat(np.arange(a.nnz), counts)
    turn = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    second = order[np.repeat(begin, counts) + turn]
    shape = a.shape[0], b.shape[1]
    rows, columns, which = _joined(a.places.rows[first], b.places.columns[second], shape[1])
    values = _taken(a.data, first) * _taken(b.data, second)
    return Sparse(a.places.like(shape, rows, columns), _sums(values, which, len(rows)))


def _total(a: Sparse, b: Sparse) -> Sparse:
    """a + b, with the places of both."""
    if a.shape != b.shape:
        raise located(ValueError, f"inconsistent shapes {a.shape} and {b.shape}")
    rows, columns, which = _joined(
        np.concatenate([a.places.rows, b.places.rows]),
        np.concatenate([a.places.columns, b.places.columns]),
        a.shape[1],
    )
    values = np.concatenate([ops.lift(a.data), ops.lift(b.data)])
    return Sparse(a.places.like(a.shape, rows, columns), _sums(values, which, len(rows)))


# Matrices as containers, and beside traced arrays.


def _opened(matrix: Any) -> tuple[list[Any], Places]:
    found = Sparse.of(matrix)
    return [found.data], found.places


def _closed(places: Places, parts: Sequence[Any]) -> Any:
    (data,) = parts
    return places.make(data) if isinstance(data, np.ndarray) else Sparse(places, data)


def _register(kind: type) -> bool:
    """Whether a class is one of SciPy's sparse matrices, which are containers from now on."""
    if kind.__module__.startswith("scipy.sparse") and hasattr(kind, "tocsr"):
        pytree.REGISTERED[kind] = _opened, _closed
        return True
    return False


pytree.REGISTERED[Sparse] = _opened, _closed
pytree.LATE.append(_register)


def method(bound: Any) -> Callable[..., Any]:
    """A method of a matrix of SciPy, which is letgrad's if an argument is traced."""

    def calling(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(x, Array | Sparse) for x in (*args, *kwargs.values())):
            return getattr(Sparse.of(bound.__self__), bound.__name__)(*args, **kwargs)
        return bound(*args, **kwargs)

    return calling


def _operand(value: Any) -> Sparse | None:
    return Sparse.of(value) if _is_sparse(value) else None


tracing.SPARSE.append(_operand)
