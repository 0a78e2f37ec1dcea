"""Ops on elements, which keep the type of their operands: also `index`, which NumPy has not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.dialects import arith
from xdsl.ir import Region
from xdsl.irdl import IRDLOperation

from ...dialects import ten
from .. import tracing
from ..tracing import Array


def binary(kind: type[IRDLOperation], a: Array, b: Array) -> Array:
    """An op with two operands and a result of one type."""
    x, y = tracing.use(a), tracing.use(b)
    return tracing.emit(lambda: kind.build(operands=[x, y], result_types=[x.type]))


def select(mask: Array, a: Array, b: Array) -> Array:
    """A choice by one mask, or of each element."""
    kind = ten.SelectOp if a.shape else arith.SelectOp
    return tracing.emit(kind, tracing.use(mask), tracing.use(a), tracing.use(b))


def reshape(x: Array, shape: Sequence[int]) -> Array:
    """The elements in row-major order, in another shape."""
    if x.shape == tuple(shape):
        return x
    return tracing.emit(ten.ReshapeOp, tracing.use(x), tuple(shape))


def gather(dims: Sequence[int], x: Array, index_map: Callable[..., Sequence[Array]]) -> Array:
    """x at the leading indices, of type `index`, that a function of indices gives."""
    source = tracing.use(x)
    with tracing.region([ten.index_type] * len(dims)) as (scope, args):
        tracing.add_yield(scope, list(index_map(*args)))
    return tracing.emit(ten.GatherOp, tuple(dims), source, Region(scope.block))


def build(dims: Sequence[int], element: Callable[..., Any]) -> Array:
    """An array by a function of its indices, which gives one element."""
    with tracing.region([ten.index_type] * len(dims)) as (scope, args):
        tracing.add_yield(scope, [element(*args)])
    return tracing.emit(ten.BuildOp, tuple(dims), Region(scope.block))
