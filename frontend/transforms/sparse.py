"""
Sparse Jacobians and Hessians. letgrad finds the pattern and the colours when it compiles; a call
computes the values only.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...dialects import types
from ...lowering import backends
from ...passes.pipelines import Order, planned, sparsity_of
from ...passes.pipelines import sparse_jacobian as compress_jacobian
from ...passes.rewriting.driver import collector_paused
from ...passes.sparsity.colouring import Plan
from .. import unsigned
from ..traced_functions import Traced, functions_of, known_ints, trace_function
from ..tracing import tracing as is_tracing
from ..user_code import located
from . import derivatives, jacobians

__all__ = ["SparsePattern", "sparse_hessian", "sparse_jacobian", "sparsity"]


@dataclass(frozen=True, eq=False)
class SparsePattern:
    """
    The places of a sparse matrix that may not be zero, row by row, and how letgrad finds their
    values. Row i has the columns `indices[indptr[i]:indptr[i + 1]]`, in increasing order.
    """

    shape: tuple[int, int]
    indptr: np.ndarray
    indices: np.ndarray
    colours: int
    """How many derivatives a call computes."""
    bound: int
    """A lower bound of it, for this choice of rows and columns."""

    @property
    def nnz(self) -> int:
        """The number of places."""
        return len(self.indices)

    def csr(self, values: Any) -> Any:
        """
        The matrix with these values, as a `scipy.sparse.csr_array`.

        Errors: `ImportError` without SciPy.
        """
        data = np.asarray(values)
        if data.dtype.itemsize == 2:
            data = data.astype(np.float32)  # SciPy computes with no narrower floats
        parts = data, self.indices.copy(), self.indptr.copy()
        return _scipy_sparse().csr_array(parts, shape=self.shape)


@dataclass(frozen=True, eq=False)
class _Compressed(Traced):
    """A function that gives the values of a sparse matrix, and their places."""

    pattern: SparsePattern = field(kw_only=True)


def _scipy_sparse() -> Any:
    try:
        import scipy.sparse
    except ImportError as error:
        raise located(
            ImportError,
            "sparse matrices are SciPy's, and SciPy is not installed (pip install "
            "'letgrad[scipy]'); `.values` and `.pattern` need no SciPy",
        ) from error
    return scipy.sparse


def _pattern(plan: Plan) -> SparsePattern:
    matrix = plan.matrix
    most = max(matrix.size, matrix.width, matrix.height)
    index = np.int32 if most < 1 << 31 else np.int64
    colourings = [c for c in (plan.forward_colours, plan.backward_colours) if c is not None]
    return SparsePattern(
        (matrix.height, matrix.width),
        matrix.starts.astype(index),
        matrix.columns.astype(index),
        plan.passes,
        sum(c.bound for c in colourings),
    )


class SparseDerivative:
    """
    A function that gives a sparse matrix of derivatives: the result of `lg.sparse_jacobian` and of
    `lg.sparse_hessian`.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        argnums: int | Sequence[int],
        order: Order | None,
        symmetric: bool,
    ):
        functools.update_wrapper(self, fn)
        self.fn = fn
        self.nums = derivatives.numbers_of(argnums)
        self.order: Order | None = order
        self.symmetric = symmetric
        of = derivatives.grad(fn, self.nums) if symmetric else fn
        self.memo = derivatives.Memo(of)

    def _derived(
        self, args: tuple, kwargs: dict[str, Any]
    ) -> tuple[Traced, Traced, SparsePattern, list[Any]]:
        args, kwargs = known_ints(self.fn, args, kwargs)
        groups = derivatives.positions(args, kwargs, self.nums)
        traced, known, leaves = self.memo.traced(args, kwargs)
        what = "a sparse Hessian" if self.symmetric else "a sparse Jacobian"
        wrt = tuple(derivatives.float_leaves(traced, groups, what))
        if len(wrt) != sum(map(len, groups)):
            raise located(ValueError, f"argnums={self.nums} names an argument twice")
        jacobians.check_floats(traced)
        for type in (*traced.in_types, *traced.out_types):
            if types.is_complex(types.element(type)):
                raise located(
                    TypeError,
                    f"{what} takes no complex numbers, and {traced.entry} has {type}; split them "
                    "into real and imaginary parts",
                )
        key = "sparse", wrt, self.order
        if key not in known:
            known[key] = _compress(traced, wrt, self.order, self.symmetric)
        derived = known[key]
        assert isinstance(derived, _Compressed)
        return traced, derived, derived.pattern, leaves

    def values(self, *args: Any, **kwargs: Any) -> Any:
        """
        The elements at the places of the pattern, row by row, as one array. Traced functions can
        use it, too.
        """
        traced, derived, _, leaves = self._derived(args, kwargs)
        return derivatives.apply(derived, traced.captures, leaves, [])[0]

    def colouring(self, *args: Any, **kwargs: Any) -> SparsePattern:
        """
        As `pattern`, but letgrad only finds the places and the colours, and compiles nothing. It
        forgets both again.
        """
        args, kwargs = known_ints(self.fn, args, kwargs)
        groups = derivatives.positions(args, kwargs, self.nums)
        traced, _, _ = self.memo.traced(args, kwargs)
        wrt = derivatives.float_leaves(traced, groups, "a sparse derivative")
        _, plan = planned(
            backends.context(), traced.module, traced.entry, wrt, self.order, self.symmetric
        )
        return _pattern(plan)

    def pattern(self, *args: Any, **kwargs: Any) -> SparsePattern:
        """The places that may not be zero, for arguments of these shapes."""
        return self._derived(args, kwargs)[2]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if is_tracing():
            raise located(
                TypeError,
                "a traced function has no scipy.sparse matrices; take the elements with "
                "`.values(…)`, whose places `.pattern(…)` gives",
            )
        traced, derived, pattern, leaves = self._derived(args, kwargs)
        return pattern.csr(derivatives.apply(derived, traced.captures, leaves, [])[0])


def _compress(
    traced: Traced, wrt: Sequence[int], order: Order | None, symmetric: bool
) -> _Compressed:
    with collector_paused():
        module = traced.module.clone()
        context = backends.context()
        plan = compress_jacobian(context, module, traced.entry, wrt, order, symmetric)
    function = functions_of(module)[traced.entry].function_type
    return _Compressed(
        module,
        traced.entry,
        traced.in_tree,
        traced.out_tree,
        unsigned.read_as(function.inputs.data, traced.in_types),
        tuple(function.outputs.data),
        pattern=_pattern(plan),
    )


def sparse_jacobian(
    fn: Callable[..., Any], argnums: int | Sequence[int] = 0, order: Order | None = None
) -> SparseDerivative:
    """
    A function that gives the Jacobian of `fn` as a `scipy.sparse.csr_array`.

    It has one row for each element of the values of `fn`, and one column for each element of the
    arguments at `argnums`, both in the order of the leaves and row-major. letgrad finds the places
    that may not be zero when it compiles, and computes as many derivatives as the matrix has
    colours. `order` says which: those of "columns" (forward mode), of "rows" (reverse mode), or of
    "both". By default letgrad takes columns or rows, whichever costs less.

    `lg.sparse_jacobian(fn).values(*args)` gives the elements alone, also in traced functions, and
    `.pattern(*args)` gives their places.
    Errors: `TypeError` for arguments or values that are no real floats; `ValueError` for another
            order, and for an argument that is named twice; `ImportError` without SciPy.

    Example:

        >>> jacobian = lg.sparse_jacobian(lambda x: x[1:] * x[:-1])
        >>> print(jacobian.values(np.arange(4.0)), jacobian.pattern(np.arange(4.0)).colours)
        [1. 0. 2. 1. 3. 2.] 2
    """
    if order not in (None, "columns", "rows", "both"):
        raise located(ValueError, f"order={order!r} is none of 'columns', 'rows', 'both'")
    return SparseDerivative(fn, argnums, order, symmetric=False)


def sparse_hessian(fn: Callable[..., Any], argnums: int | Sequence[int] = 0) -> SparseDerivative:
    """
    A function that gives the Hessian of `fn` as a `scipy.sparse.csr_array`. The value of `fn` is a
    float scalar.

    As for `lg.sparse_jacobian`, with `.values` and `.pattern`. A Hessian is symmetric, so one
    element may stand for two: letgrad colours it by stars.
    Errors: as for `lg.grad`, and those of `lg.sparse_jacobian`.

    Example:

        >>> hessian = lg.sparse_hessian(lambda x: np.sum(x[0] * x**2))
        >>> print(hessian.pattern(np.ones(100)).colours)
        2
    """
    return SparseDerivative(fn, argnums, None, symmetric=True)


def sparsity(fn: Callable[..., Any], *args: Any, argnums: int | Sequence[int] = 0) -> Any:
    """
    The places of the Jacobian of `fn` that may not be zero, as a `scipy.sparse.csr_array` of truth
    values. `args` are arrays, or specs of their shapes.

    The pattern holds for all values of the arguments. It may have places that are always zero.
    `lg.remarks()` says which operation made it dense.
    Errors: `TypeError` for arguments or values that are no real floats; `ImportError` without
            SciPy.
    """
    nums = derivatives.numbers_of(argnums)
    args, kwargs = known_ints(fn, args, {})
    groups = derivatives.positions(args, kwargs, nums)
    traced = trace_function(fn, args, kwargs)
    wrt = derivatives.float_leaves(traced, groups, "a sparse Jacobian")
    jacobians.check_floats(traced)
    _, matrix = sparsity_of(backends.context(), traced.module, traced.entry, wrt)
    parts = np.ones(matrix.size, bool), matrix.columns.copy(), matrix.starts.copy()
    return _scipy_sparse().csr_array(parts, shape=(matrix.height, matrix.width))
