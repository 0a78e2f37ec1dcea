"""Linearize a product over dimensions, so that the derivative is right where factors are zero."""

from __future__ import annotations

from xdsl.ir import SSAValue

from ...dialects import ten, types
from ...dialects.types import ints
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from .linearizer import Linearizer


def linearize_product(walk: Linearizer, op: ten.ReduceOp) -> bool:
    """
    d Π x = the derivative of a tree of products

    The value stays the same, to the last bit.
    """
    if op.kind.data != "prod" or not walk.is_active(op):
        return False
    count(f"linearize({op.name})")
    end = op.next_op
    tree = product_tree(op, Emitter.after(op))
    walk.visit_between(op.next_op, end)
    if (term := walk.terms.get(tree)) is not None:
        walk.define(op.result, term)
    return True


def product_tree(op: ten.ReduceOp, e: Emitter) -> SSAValue:
    """
    A product as a tree of elementwise products of halves, whose derivative is right where factors
    are zero.

    Cost: three to five ops per level, log₂ n levels.
    """
    dims, shape = ints(op.dims), types.shape(op.x.type)
    kept = [d for d in range(len(shape)) if d not in dims]
    rest = [shape[d] for d in kept]
    n = 1
    for d in dims:
        n *= shape[d]
    if n == 0 or types.size(op.result.type) == 0:
        return e.constant(1, op.result.type)
    x = e(ten.TransposeOp(op.x, [*dims, *kept])) if shape else op.x
    x = e(ten.ReshapeOp(x, [n, *rest]))
    zeros = [0] * len(rest)
    while n > 1:
        half = n // 2
        low = e(ten.SliceOp(x, [0, *zeros], [half, *rest]))
        high = e(ten.SliceOp(x, [half, *zeros], [half, *rest]))
        product = e.multiply(low, high)
        if n % 2:
            product = e(ten.ConcatOp([product, e(ten.SliceOp(x, [n - 1, *zeros], [1, *rest]))], 0))
        x, n = product, half + n % 2
    return e(ten.ReshapeOp(x, rest))
