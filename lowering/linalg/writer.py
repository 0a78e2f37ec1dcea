"""What the rules write with: ops of upstream's dialects at one place, and nests of `linalg`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import (
    AffineMapAttr,
    ArrayAttr,
    DenseArrayBase,
    FloatAttr,
    IntegerAttr,
    TensorType,
    i1,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.dialects.linalg.attrs import IteratorType, IteratorTypeAttr
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.ir.affine import AffineExpr, AffineMap
from xdsl.irdl import IRDLOperation
from xdsl.rewriter import InsertPoint

from ...dialects import ten, types
from ...dialects.upstream import arith_ops
from ...passes.rewriting.emitter import Emitter

PARALLEL = IteratorTypeAttr(IteratorType.PARALLEL)
REDUCTION = IteratorTypeAttr(IteratorType.REDUCTION)

Point = Callable[["Writer", Sequence[SSAValue]], SSAValue]


@dataclass
class Writer(Emitter):
    """An emitter of ops of upstream's dialects."""

    limits: dict[SSAValue, int] = field(default_factory=dict)
    """The sizes of the dimensions whose indices a nest has, while its body is written."""

    def inside(self, block: Block) -> Writer:
        """The end of a block."""
        return Writer(InsertPoint.at_end(block), self.location, limits=self.limits)

    def index(self, number: int) -> SSAValue:
        return self.constant(number, ten.index_type)

    def number(self, number: float, type: Attribute) -> SSAValue:
        """A scalar of an element type."""
        if types.is_float(type):
            return self(arith.ConstantOp(FloatAttr(number, type)))  # type: ignore[arg-type]
        return self.constant(int(number), type)

    def binary(self, op: type[IRDLOperation], a: SSAValue, b: SSAValue) -> SSAValue:
        return self(op.build(operands=[a, b], result_types=[a.type]))

    def compared(self, predicate: str, a: SSAValue, b: SSAValue) -> SSAValue:
        """A comparison of numbers or of the elements of tensors, as an op of `arith`."""
        if not types.rank(a.type):
            return self.compare(predicate, a, b)
        op = arith_ops.CmpfOp if types.is_float(types.element(a.type)) else arith_ops.CmpiOp
        properties: dict[str, Attribute] = {
            "predicate": IntegerAttr(op.ORDERS.index(predicate), i64)
        }
        if op is arith_ops.CmpfOp:
            properties["fastmath"] = arith.FastMathFlagsAttr("none")
        return self(
            op.create(
                operands=[a, b], result_types=[arith_ops.mask_type(a.type)], properties=properties
            )
        )

    def chosen(self, mask: SSAValue, a: SSAValue, b: SSAValue) -> SSAValue:
        """A choice by one mask, or of each element."""
        op = arith_ops.SelectOp if types.rank(mask.type) else arith.SelectOp
        return self(op.create(operands=[mask, a, b], result_types=[a.type]))

    # Tensors.

    def empty(self, type: Attribute) -> SSAValue:
        return self(tensor.EmptyOp((), type))

    def filled(self, number: float, type: Attribute) -> SSAValue:
        """A tensor of equal elements; a number for a type of numbers."""
        if not types.rank(type):
            return self.number(number, type)
        return self.constant(number, type)

    def generic(
        self,
        inputs: Sequence[SSAValue],
        outputs: Sequence[SSAValue],
        maps: Sequence[AffineMap],
        reduced: Sequence[bool],
        body: Callable[[Writer, Sequence[SSAValue]], Sequence[SSAValue]],
    ) -> Sequence[SSAValue]:
        """A nest of loops over the dimensions of the maps, whose body gives the new elements."""
        operands = [*inputs, *outputs]
        block = Block(arg_types=[types.element(x.type) for x in operands])
        inner = self.inside(block)
        inner.insert(linalg.YieldOp(*body(inner, block.args)))
        op = linalg.GenericOp(
            inputs,
            outputs,
            Region(block),
            [AffineMapAttr(m) for m in maps],
            [REDUCTION if r else PARALLEL for r in reduced],
            [x.type for x in outputs],
        )
        return self.insert(op).results

    def built(self, type: Attribute, point: Point) -> SSAValue:
        """A tensor by a function of its indices."""
        rank = types.rank(type)
        if not rank:
            return point(self, [])

        def body(e: Writer, args: Sequence[SSAValue]) -> list[SSAValue]:
            at = [e(linalg.IndexOp(d)) for d in range(rank)]
            e.limits.update(zip(at, types.shape(type)))
            return [point(e, at)]

        identity = AffineMap.identity(rank)
        (result,) = self.generic([], [self.empty(type)], [identity], [False] * rank, body)
        return result

    def mapped(self, xs: Sequence[SSAValue], type: Attribute, f: Any) -> SSAValue:
        """f of each element of tensors of one shape, or of numbers."""
        if not types.rank(type):
            return f(self, *xs)
        rank = types.rank(type)
        identity = AffineMap.identity(rank)
        (result,) = self.generic(
            xs,
            [self.empty(type)],
            [identity] * (len(xs) + 1),
            [False] * rank,
            lambda e, args: [f(e, *args[:-1])],
        )
        return result

    def extracted(self, x: SSAValue, at: Sequence[SSAValue]) -> SSAValue:
        """An element that is in the tensor; a number is its only element."""
        if not types.rank(x.type):
            return x
        return self(tensor.ExtractOp(x, list(at), types.element(x.type)))

    def indices_of(self, k: SSAValue, shape: Sequence[int]) -> list[SSAValue]:
        """The indices of element k of a tensor in row-major order."""
        result: list[SSAValue] = []
        for d in range(len(shape)):
            below = self.index(prod(shape[d + 1 :]))
            result.append(self.binary(arith.DivUIOp, k, below))
            k = self.binary(arith.RemUIOp, k, below)
        return result

    def replaced(self, x: SSAValue, value: SSAValue, at: Sequence[SSAValue]) -> SSAValue:
        """x with another element, at a place in x."""
        return self(tensor.InsertOp(value, x, list(at))) if types.rank(x.type) else value

    def inside_of(self, x: SSAValue, at: Sequence[SSAValue], dims: Sequence[int]) -> SSAValue:
        """
        Whether the indices of some dimensions are in the tensor. Read without a sign, a negative
        index is large.
        """
        mask: SSAValue | None = None
        for d in dims:
            here = self.compare("ult", at[d], self.index(types.shape(x.type)[d]))
            mask = here if mask is None else self.binary(arith.AndIOp, mask, here)
        return self.constant(True, i1) if mask is None else mask

    def is_inside(self, index: SSAValue, n: int) -> bool:
        """Whether an index is known to be in 0 … n - 1."""
        number = types.constant_value(index)
        if number is not None:
            return 0 <= number < n
        if index in self.limits:
            return self.limits[index] <= n
        owner = index.owner
        nest = owner.parent_op() if isinstance(owner, linalg.IndexOp) else None
        if not isinstance(nest, linalg.GenericOp) or nest.inputs:
            return False
        return types.shape(nest.outputs[0].type)[owner.dim.value.data] <= n  # type: ignore[union-attr]

    def read(self, x: SSAValue, at: Sequence[SSAValue]) -> SSAValue:
        """An element, or 0 outside of the tensor."""
        element = types.element(x.type)
        if not types.size(x.type):
            return self.number(0, element)
        if not at:
            return x
        sure = [self.is_inside(i, n) for i, n in zip(at, types.shape(x.type))]
        if all(sure):
            return self.extracted(x, at)
        unsure = [k for k, s in enumerate(sure) if not s]
        mask, zero = self.inside_of(x, at, unsure), self.index(0)
        safe = [i if s else self.chosen(mask, i, zero) for i, s in zip(at, sure)]
        return self.chosen(mask, self.extracted(x, safe), self.number(0, element))

    def sliced(
        self, x: SSAValue, offsets: Sequence[int], sizes: Sequence[int], strides: Sequence[int]
    ) -> SSAValue:
        type = types.like(x.type, sizes)
        if not sizes:
            return x
        return self(
            tensor.ExtractSliceOp.build(
                operands=[x, [], [], []],
                result_types=[type],
                properties=_box(offsets, sizes, strides),
            )
        )

    def inserted(
        self, part: SSAValue, x: SSAValue, offsets: Sequence[int], sizes: Sequence[int],
        strides: Sequence[int],
    ) -> SSAValue:  # fmt: skip
        if not sizes:
            return part
        return self(
            tensor.InsertSliceOp.build(
                operands=[part, x, [], [], []],
                result_types=[x.type],
                properties=_box(offsets, sizes, strides),
            )
        )

    def reshaped(self, x: SSAValue, type: Attribute) -> SSAValue:
        """The elements in row-major order, in another shape; or a number as a tensor, and back."""
        before, after = types.shape(x.type), types.shape(type)
        if before == after:
            return x
        element = types.element(type)
        if not before:
            return self(tensor.FromElementsOp.create(operands=[x], result_types=[type]))
        if not after:
            return self.extracted(x, [self.index(0)] * len(before))
        flat = TensorType(element, [types.size(type)])
        if not types.size(type):
            return self.empty(type)
        if len(before) > 1:
            x = self(
                tensor.CollapseShapeOp.build(
                    operands=[x],
                    result_types=[flat],
                    properties={"reassociation": _all_dims(len(before))},
                )
            )
        if len(after) > 1:
            x = self(
                tensor.ExpandShapeOp.build(
                    operands=[x, []],
                    result_types=[type],
                    properties={
                        "reassociation": _all_dims(len(after)),
                        "static_output_shape": DenseArrayBase.from_list(i64, list(after)),
                    },
                )
            )
        return x

    def row(self, x: SSAValue, k: SSAValue) -> SSAValue:
        """x[k], for an index inside of x."""
        shape = types.shape(x.type)
        if len(shape) == 1:
            return self.extracted(x, [k])
        n = len(shape)
        return self(
            tensor.ExtractSliceOp.build(
                operands=[x, [k], [], []],
                result_types=[types.like(x.type, shape[1:])],
                properties=_box([_DYNAMIC, *[0] * (n - 1)], [1, *shape[1:]], [1] * n),
            )
        )

    def with_row(self, x: SSAValue, part: SSAValue, k: SSAValue) -> SSAValue:
        """x, in which x[k] is another one, for an index inside of x."""
        shape = types.shape(x.type)
        if len(shape) == 1:
            return self(tensor.InsertOp(part, x, [k]))
        n = len(shape)
        return self(
            tensor.InsertSliceOp.build(
                operands=[part, x, [k], [], []],
                result_types=[x.type],
                properties=_box([_DYNAMIC, *[0] * (n - 1)], [1, *shape[1:]], [1] * n),
            )
        )

    # Flow.

    def loop(
        self, count: SSAValue | int, inits: Sequence[SSAValue],
        body: Callable[[Writer, SSAValue, Sequence[SSAValue]], Sequence[SSAValue]],
    ) -> Sequence[SSAValue]:  # fmt: skip
        """A loop of `count` turns that carries values."""
        low, step = self.index(0), self.index(1)
        high = self.index(count) if isinstance(count, int) else count
        block = Block(arg_types=[ten.index_type, *(x.type for x in inits)])
        inner = self.inside(block)
        inner.insert(scf.YieldOp(*body(inner, block.args[0], block.args[1:])))
        return self.insert(scf.ForOp(low, high, step, list(inits), block)).results

    def if_(
        self, mask: SSAValue, kinds: Sequence[Attribute],
        yes: Callable[[Writer], Sequence[SSAValue]], no: Callable[[Writer], Sequence[SSAValue]],
    ) -> Sequence[SSAValue]:  # fmt: skip
        blocks = []
        for branch in (yes, no):
            inner = self.inside(block := Block())
            inner.insert(scf.YieldOp(*branch(inner)))
            blocks.append(block)
        yes_region, no_region = map(Region, blocks)
        return self.insert(scf.IfOp(mask, list(kinds), yes_region, no_region)).results


_DYNAMIC = -(1 << 63)


def _all_dims(rank: int) -> Attribute:
    """The reassociation of all dimensions into one."""
    return ArrayAttr([ArrayAttr([IntegerAttr(d, i64) for d in range(rank)])])


def _box(
    offsets: Sequence[int], sizes: Sequence[int], strides: Sequence[int]
) -> dict[str, Attribute]:
    names = ("static_offsets", "static_sizes", "static_strides")
    return {
        name: DenseArrayBase.from_list(i64, list(numbers))
        for name, numbers in zip(names, (offsets, sizes, strides))
    }


def projection(rank: int, dims: Sequence[int]) -> AffineMap:
    """The map that selects dimensions."""
    return AffineMap(rank, 0, tuple(AffineExpr.dimension(d) for d in dims))
