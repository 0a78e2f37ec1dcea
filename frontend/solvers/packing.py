"""Containers of arrays as one real array, for solvers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ...dialects import arrays
from .. import ops, pytree
from ..tracing import Array

np: Any = numpy  # its type stubs know no traced arrays


class Packing:
    """
    How to write arrays as one real array: one real array as it is, and several ones as a vector of
    all elements. A complex array counts as two real ones.
    """

    def __init__(self, tree: pytree.Tree, values: Sequence[Array]):
        self.tree = tree
        self.shapes = [x.shape for x in values]
        self.dtypes = [x.dtype for x in values]
        self.is_vector = len(values) != 1 or values[0].dtype.kind == "c"
        reals = [ops.real(x) if x.dtype.kind == "c" else x for x in values]
        self.dtype = ops.promote(*reals) if reals else numpy.dtype(float)
        self.size = sum(
            int(numpy.prod(shape)) * (1 + (dtype.kind == "c"))
            for shape, dtype in zip(self.shapes, self.dtypes)
        )

    def packed(self, values: Sequence[Array]) -> Array:
        """
        The values as one real array. They may have other shapes than the arrays of the packing.
        """
        if not self.is_vector and len(values) == 1 and values[0].dtype.kind != "c":
            return ops.cast(values[0], self.dtype)
        parts = []
        for x in values:
            for part in ops.parts(x) if x.dtype.kind == "c" else (x,):
                parts.append(np.reshape(ops.cast(part, self.dtype), (-1,)))
        return np.concatenate(parts) if parts else ops.lift(numpy.zeros(0, self.dtype))

    def unpacked(self, x: Array) -> Any:
        """The arrays in their structure."""
        return self.rows(x, 0)

    def rows(self, x: Array, leading: int) -> Any:
        """The arrays in their structure, where each has the same leading dimensions."""
        front = x.shape[:leading]
        if not self.is_vector:
            return self.tree.unflatten([ops.cast(x, self.dtypes[0])])
        leaves, at = [], 0
        for shape, dtype in zip(self.shapes, self.dtypes):
            n = int(numpy.prod(shape))
            own = ops.part_of(dtype) if dtype.kind == "c" else dtype
            parts = []
            for _ in range(1 + (dtype.kind == "c")):
                part = np.reshape(x[..., at : at + n], (*front, *shape))
                parts.append(ops.cast(part, own))
                at += n
            leaves.append(parts[0] if len(parts) == 1 else ops.complex_(*parts))
        return self.tree.unflatten(leaves)


def is_inexact(dtype: numpy.dtype) -> bool:
    """Whether values of a dtype have derivatives."""
    return dtype.kind in "fc" or dtype == arrays.bfloat16


def precision(dtype: numpy.dtype) -> float:
    """The distance from 1 to the next larger number."""
    return 2.0**-7 if dtype == arrays.bfloat16 else float(numpy.finfo(dtype).eps)
