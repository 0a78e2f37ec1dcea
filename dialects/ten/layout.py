"""Ops that repeat, reorder or reshape the elements of a tensor; and `ten.iota`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, i64
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import AnyAttr, irdl_op_definition, operand_def, prop_def, result_def

from .. import types
from ..types import Term, element, ints, like, rank, shape
from .base import ByDims, TenOp, without


@irdl_op_definition
class IotaOp(TenOp):
    """
    0, 1, 2, … along dimension `dim`, the same along all others.

        y[i…] = i_dim

    Shapes:  -> y (n…), of a number type.
    Errors:  a scalar result, `dim` outside of the rank, elements `i1`.
    """

    name = "ten.iota"
    dim = prop_def(IntegerAttr)
    result = result_def(AnyAttr())
    DIMENSION: ClassVar = True
    ONE_TYPE: ClassVar = True

    def __init__(self, dim: int, result_type: Attribute):
        self._build([], {"dim": IntegerAttr(dim, i64)}, result_type)

    def result_type(self) -> Attribute:
        type = self.result.type
        d = self.dim.value.data
        self.require(
            not isinstance(type, Term)
            and not types.is_bool(element(type))
            and not types.is_complex(element(type)),
            lambda: f"{type} has no numbers to count with",
        )
        self.require(
            0 <= d < rank(type),
            lambda: f"dim {d} is not in 0..{rank(type) - 1} (rank {rank(type)})",
        )
        return type


@irdl_op_definition
class BroadcastOp(ByDims):
    """
    x repeated along new dimensions. The new dimensions stand at positions `dims` of the result.

        y[i…] = x[i… without those at dims]

    Shapes:  x (m…)  ->  y (n…), where n… without dims is m…
    Linear in x; its transpose is `ten.sum` over dims.
    """

    name = "ten.broadcast"
    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, x: SSAValue | Operation, dims: Sequence[int], result_shape: Sequence[int]):
        self._build([x], {"dims": types.int_array(dims)}, like(SSAValue.get(x).type, result_shape))

    def result_type(self) -> Attribute:
        x, y = self.x.type, self.result.type
        rest = without(shape(y), self.checked_dims(rank(y)))
        self.require(
            rest == shape(x),
            lambda: (
                f"{y} without dims {list(ints(self.dims))} has sizes {list(rest)}, but the operand "
                f"is {x}"
            ),
        )
        return like(x, shape(y))

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.x,) if not ints(self.dims) else super().fold()


@irdl_op_definition
class TransposeOp(TenOp):
    """
    Dimensions in another order.

        y[i_0, i_1, …] = x[j…]  with  j_{perm[q]} = i_q        (dimension q of y is dimension
        perm[q] of x)

    Shapes:  x (n…)  ->  y (n_{perm[0]}, n_{perm[1]}, …)
    Linear in x; its transpose has the inverse permutation.
    """

    name = "ten.transpose"
    x = operand_def(AnyAttr())
    perm = prop_def(DenseArrayBase)
    result = result_def(AnyAttr())
    LISTS: ClassVar = ("perm",)

    def __init__(self, x: SSAValue | Operation, perm: Sequence[int]):
        self._build([x], {"perm": types.int_array(perm)})

    def result_type(self) -> Attribute:
        x, perm = self.x.type, ints(self.perm)
        self.require(
            sorted(perm) == list(range(rank(x))),
            lambda: f"perm {list(perm)} is not a permutation of the {rank(x)} dimensions of {x}",
        )
        return like(x, [shape(x)[p] for p in perm])

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        perm = ints(self.perm)
        return (self.x,) if perm == tuple(range(len(perm))) else super().fold()


@irdl_op_definition
class ReshapeOp(TenOp):
    """
    The same elements, in row-major order, in another shape.

    Shapes:  x (m…)  ->  y (n…), Π m = Π n; a scalar is a shape too.
    Linear in x; its transpose reshapes back.
    """

    name = "ten.reshape"
    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, x: SSAValue | Operation, result_shape: Sequence[int]):
        self._build([x], {}, like(SSAValue.get(x).type, result_shape))

    def result_type(self) -> Attribute:
        x, y = self.x.type, self.result.type
        self.require(
            types.size(x) == types.size(y),
            lambda: f"{types.size(x)} elements cannot become {y} ({types.size(y)})",
        )
        return like(x, shape(y))

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.x,) if self.x.type == self.result.type else super().fold()


@irdl_op_definition
class ReverseOp(ByDims):
    """
    The elements in reverse order along `dims`.

        y[i…] = x[j…]  with  j_d = n_d - 1 - i_d for d in dims, else i_d

    Shapes:  x (n…)  ->  y (n…)
    Linear in x; the op is its own transpose.
    """

    name = "ten.reverse"
    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())
    ONE_TYPE: ClassVar = True

    def __init__(self, x: SSAValue | Operation, dims: Sequence[int]):
        self._build([x], {"dims": types.int_array(sorted(dims))})

    def result_type(self) -> Attribute:
        self.checked_dims(rank(self.x.type))
        return self.x.type

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        if all(shape(self.x.type)[d] <= 1 for d in ints(self.dims)):
            return (self.x,)
        return super().fold()
