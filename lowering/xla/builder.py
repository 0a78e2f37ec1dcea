"""
A writer of StableHLO ops. Each value is a tensor; a scalar has rank 0, and `index` is `i64`.

An operand of rank 0 stands for a tensor whose elements are all equal: `alike` broadcasts it. So a
rule for scalars is a rule for tensors, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any, TypeAlias

import numpy as np
from xdsl.dialects.builtin import (
    UNKNOWN_LOC,
    ArrayAttr,
    BFloat16Type,
    BytesAttr,
    ComplexType,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    Float16Type,
    IndexType,
    IntegerAttr,
    IntegerType,
    LocationAttr,
    Signedness,
    TensorType,
    f32,
    f64,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ...dialects import arrays, types
from ...dialects.chlo import CHLO
from ...dialects.stablehlo import STABLEHLO, attributes

Value: TypeAlias = SSAValue
Combine: TypeAlias = Callable[..., Sequence[Value] | Value]

_OPS: dict[str, type[Operation]] = {
    op.name: op for table in (STABLEHLO, CHLO) for op in table.ops.values()
}


def hlo_element(element: Attribute) -> Attribute:
    """The type in StableHLO of the elements of a type of letgrad's."""
    return i64 if isinstance(element, IndexType) else element


def tensor(shape: Sequence[int], element: Attribute) -> TensorType[Any]:
    """The type of tensors of this shape; an index is an i64."""
    return TensorType(hlo_element(element), list(shape))


def tensor_of(type: Attribute) -> TensorType[Any]:
    """The type in StableHLO of the values of a type of letgrad's."""
    return tensor(types.shape(type), types.element(type))


def shape(x: Value) -> tuple[int, ...]:
    return types.shape(x.type)


def element(x: Value) -> Attribute:
    return types.any_element(x.type)


def is_float(x: Value) -> bool:
    return types.is_float(element(x))


def is_bool(x: Value) -> bool:
    return element(x) == i1


def is_short(x: Value) -> bool:
    """Whether the elements are floats of 16 bits."""
    return isinstance(element(x), Float16Type | BFloat16Type)


def width(element: Attribute) -> int:
    assert isinstance(element, IntegerType)
    return element.width.data


def numbers(values: Sequence[int]) -> DenseArrayBase:
    return DenseArrayBase.from_list(i64, list(values))


def dense(array: np.ndarray, element: Attribute) -> DenseIntOrFPElementsAttr:
    """A table of numbers as an attribute. An array of one element may stand for a splat."""
    stored = -array.astype(np.int8) if array.dtype == np.bool_ else array
    table = DenseIntOrFPElementsAttr(tensor(array.shape, element), BytesAttr(stored.tobytes()))
    return types.compact(table)


class Hlo:
    """Puts ops at the end of a block."""

    def __init__(self, block: Block):
        self.block = block
        self.location: LocationAttr = UNKNOWN_LOC
        """The location of the ops that follow."""

    def op(
        self,
        name: str,
        operands: Sequence[Value],
        results: Sequence[Attribute],
        regions: Sequence[Region] = (),
        **properties: Attribute,
    ) -> Operation:
        """An op by its name, `add` for `stablehlo.add`."""
        kind = _OPS[name if "." in name else f"stablehlo.{name}"]
        op = kind.create(
            operands=operands, result_types=results, properties=properties, regions=regions
        )
        return self.put(op)

    def put(self, op: Operation) -> Operation:
        op.location = self.location
        self.block.add_op(op)
        return op

    def one(
        self,
        name: str,
        operands: Sequence[Value],
        result: Attribute,
        regions: Sequence[Region] = (),
        **properties: Attribute,
    ) -> Value:
        return self.op(name, operands, [result], regions, **properties).results[0]

    @contextmanager
    def inside(self, arguments: Sequence[Attribute]) -> Iterator[Block]:
        """A new block, which takes the ops that follow."""
        outer, self.block = self.block, Block(arg_types=arguments)
        try:
            yield self.block
        finally:
            self.block = outer

    def region(self, arguments: Sequence[Attribute], body: Combine) -> Region:
        """A region of one block, which returns what `body` gives for the block's arguments."""
        with self.inside(arguments) as block:
            found = body(*block.args)
            values = [found] if isinstance(found, SSAValue) else list(found)
            self.op("return", values, [])
        return Region(block)

    # Constants.

    def constant(self, number: Any, element: Attribute, sizes: Sequence[int] = ()) -> Value:
        """A number, in a tensor of this shape."""
        if isinstance(element, ComplexType):
            part = self.constant(number.real, element.element_type, sizes)
            other = self.constant(number.imag, element.element_type, sizes)
            return self.complex(part, other)
        stored = np.dtype(np.uint8)
        if not (isinstance(element, IntegerType) and _is_unsigned(element)):
            one = np.asarray(number).astype(arrays.dtype(element))
        else:
            stored = np.dtype(f"u{width(element) // 8}")
            one = np.asarray(number, stored)
        data = (-one.astype(np.int8) if one.dtype == np.bool_ else one).tobytes()
        kind = tensor(sizes, element)
        if prod(sizes) == 0:
            data = b""
        return self.one("constant", [], kind, value=DenseIntOrFPElementsAttr(kind, BytesAttr(data)))

    def table(self, array: np.ndarray, element: Attribute | None = None) -> Value:
        """The elements of an array as a constant."""
        kind = arrays.element_type(array.dtype) if element is None else element
        value = dense(array, kind)
        return self.one("constant", [], value.type, value=value)

    def full(self, number: Any, like: Value) -> Value:
        """A number with the shape and the elements of another value."""
        return self.constant(number, element(like), shape(like))

    def zeros(self, kind: Attribute) -> Value:
        e = types.any_element(kind)
        return self.constant(0j if isinstance(e, ComplexType) else 0, e, types.shape(kind))

    def iota(self, sizes: Sequence[int], dim: int, element: Attribute = i64) -> Value:
        kind = tensor(sizes, element)
        return self.one("iota", [], kind, iota_dimension=IntegerAttr(dim, i64))

    # Layout.

    def broadcast(self, x: Value, sizes: Sequence[int], dims: Sequence[int] | None = None) -> Value:
        """x in a larger shape: dimension k of x is dims[k] of it; by default the last ones."""
        sizes = tuple(sizes)
        if dims is None:
            dims = range(len(sizes) - len(shape(x)), len(sizes))
        if shape(x) == sizes:
            return x
        kind = tensor(sizes, element(x))
        return self.one("broadcast_in_dim", [x], kind, broadcast_dimensions=numbers(list(dims)))

    def alike(self, *xs: Value) -> list[Value]:
        """The values, those of rank 0 broadcast to the shape of the others."""
        sizes = max((shape(x) for x in xs), key=len)
        return [self.broadcast(x, sizes, ()) if not shape(x) else x for x in xs]

    def reshape(self, x: Value, sizes: Sequence[int]) -> Value:
        if shape(x) == tuple(sizes):
            return x
        return self.one("reshape", [x], tensor(sizes, element(x)))

    def transpose(self, x: Value, perm: Sequence[int]) -> Value:
        if list(perm) == list(range(len(perm))):
            return x
        kind = tensor([shape(x)[d] for d in perm], element(x))
        return self.one("transpose", [x], kind, permutation=numbers(perm))

    def slice(
        self, x: Value, low: Sequence[int], high: Sequence[int], strides: Sequence[int]
    ) -> Value:
        sizes = [max(0, -((a - b) // t)) for a, b, t in zip(low, high, strides)]
        return self.one(
            "slice", [x], tensor(sizes, element(x)), start_indices=numbers(low),
            limit_indices=numbers(high), strides=numbers(strides),
        )  # fmt: skip

    def part(self, x: Value, dim: int, low: int, high: int) -> Value:
        """x from `low` up to `high` along one dimension."""
        n = len(shape(x))
        start, end = [0] * n, list(shape(x))
        start[dim], end[dim] = low, high
        return self.slice(x, start, end, [1] * n)

    def pad(
        self, x: Value, low: Sequence[int], high: Sequence[int], interior: Sequence[int]
    ) -> Value:
        sizes = [a + b + n + max(0, n - 1) * m for a, b, n, m in zip(low, high, shape(x), interior)]
        return self.one(
            "pad", [x, self.zeros(tensor((), element(x)))], tensor(sizes, element(x)),
            edge_padding_low=numbers(low), edge_padding_high=numbers(high),
            interior_padding=numbers(interior),
        )  # fmt: skip

    def concat(self, xs: Sequence[Value], dim: int) -> Value:
        if len(xs) == 1:
            return xs[0]
        sizes = list(shape(xs[0]))
        sizes[dim] = sum(shape(x)[dim] for x in xs)
        kind = tensor(sizes, element(xs[0]))
        return self.one("concatenate", xs, kind, dimension=IntegerAttr(dim, i64))

    def reverse(self, x: Value, dims: Sequence[int]) -> Value:
        return self.one("reverse", [x], x.type, dimensions=numbers(dims))

    # Arithmetic.

    def unary(self, name: str, x: Value) -> Value:
        return self.one(name, [x], x.type)

    def binary(self, name: str, x: Value, y: Value) -> Value:
        x, y = self.alike(x, y)
        return self.one(name, [x, y], x.type)

    def add(self, x: Value, y: Value) -> Value:
        return self.binary("add", x, y)

    def sub(self, x: Value, y: Value) -> Value:
        return self.binary("subtract", x, y)

    def mul(self, x: Value, y: Value) -> Value:
        return self.binary("multiply", x, y)

    def div(self, x: Value, y: Value) -> Value:
        return self.binary("divide", x, y)

    def neg(self, x: Value) -> Value:
        return self.unary("negate", x)

    def both(self, x: Value, y: Value) -> Value:
        return self.binary("and", x, y)

    def either(self, x: Value, y: Value) -> Value:
        return self.binary("or", x, y)

    def no(self, x: Value) -> Value:
        return self.unary("not", x)

    def all_of(self, xs: Sequence[Value]) -> Value | None:
        """The conjunction of truth values; None of nothing."""
        found: Value | None = None
        for x in xs:
            found = x if found is None else self.both(found, x)
        return found

    def complex(self, re: Value, im: Value) -> Value:
        return self.one("complex", [re, im], tensor(shape(re), ComplexType(element(re))))  # type: ignore[arg-type]

    def real(self, z: Value) -> Value:
        return self.one("real", [z], tensor(shape(z), types.part(element(z))))

    def imag(self, z: Value) -> Value:
        return self.one("imag", [z], tensor(shape(z), types.part(element(z))))

    def compare(self, direction: str, x: Value, y: Value) -> Value:
        """x < y for LT, and so on, by the order that the type of the elements has."""
        x, y = self.alike(x, y)
        e = element(x)
        if isinstance(e, IntegerType):
            kind = "UNSIGNED" if e == i1 or _is_unsigned(e) else "SIGNED"
        else:
            kind = "FLOAT"
        return self.one(
            "compare", [x, y], tensor(shape(x), i1),
            comparison_direction=attributes.ComparisonDirectionAttr(
                attributes.ComparisonDirection(direction)
            ),
            compare_type=attributes.ComparisonTypeAttr(attributes.ComparisonType(kind)),
        )  # fmt: skip

    def against(self, direction: str, x: Value, number: Any) -> Value:
        return self.compare(direction, x, self.constant(number, element(x)))

    def is_nan(self, x: Value) -> Value:
        return self.compare("NE", x, x)

    def select(self, mask: Value, x: Value, y: Value) -> Value:
        x, y = self.alike(x, y)
        if shape(mask) and not shape(x):
            x, y = (self.broadcast(v, shape(mask), ()) for v in (x, y))
        return self.one("select", [mask, x, y], x.type)

    def number(self, number: Any, like: Value) -> Value:
        """A number of rank 0 with the elements of another value."""
        return self.constant(number, element(like))

    def convert(self, x: Value, to: Attribute) -> Value:
        """The elements as numbers of another type, as StableHLO converts them."""
        to = hlo_element(to)
        if element(x) == to:
            return x
        return self.one("convert", [x], tensor(shape(x), to))

    def bitcast(self, x: Value, to: Attribute) -> Value:
        """The same bits as elements of another type of the same width."""
        if element(x) == to:
            return x
        return self.one("bitcast_convert", [x], tensor(shape(x), to))

    def unsigned(self, x: Value) -> Value:
        """The bits of integers, read as unsigned integers."""
        if is_bool(x):
            return self.convert(x, IntegerType(8, Signedness.UNSIGNED))
        return self.bitcast(x, IntegerType(width(element(x)), Signedness.UNSIGNED))

    def signless(self, x: Value, to: Attribute) -> Value:
        """Unsigned integers as integers of the type `to`, with the same bits."""
        return self.against("NE", x, 0) if to == i1 else self.bitcast(x, to)

    def bits(self, x: Value) -> Value:
        """The bits of floats as signless integers."""
        kinds = {16: IntegerType(16), 32: i32, 64: i64}
        e = element(x)
        size = 64 if e == f64 else 32 if e == f32 else 16
        return self.bitcast(x, kinds[size])

    # Reductions.

    def reduce(
        self, xs: Sequence[Value], starts: Sequence[Value], dims: Sequence[int], combine: Combine
    ) -> list[Value]:
        """Several tensors of one shape, joined over dimensions from their starts on."""
        sizes = shape(xs[0])
        kept = [n for d, n in enumerate(sizes) if d not in dims]
        kinds = [tensor((), element(x)) for x in xs]
        body = self.region([*kinds, *kinds], combine)
        results = [tensor(kept, element(x)) for x in xs]
        op = self.op("reduce", [*xs, *starts], results, [body], dimensions=numbers(dims))
        return list(op.results)

    def sort(self, xs: Sequence[Value], dim: int, before: Combine) -> list[Value]:
        """Tensors of one shape in a stable order along `dim`. `before` takes pairs of each one."""
        kinds = [tensor((), element(x)) for x in xs for _ in range(2)]
        body = self.region(kinds, before)
        stable = {"dimension": IntegerAttr(dim, i64), "is_stable": IntegerAttr(1, i1)}
        return list(self.op("sort", xs, [x.type for x in xs], [body], **stable).results)

    def sum(self, x: Value, dims: Sequence[int]) -> Value:
        start = self.zeros(tensor((), element(x)))
        return self.reduce([x], [start], dims, self.add)[0]

    # Parts at computed places.

    def dynamic_slice(self, x: Value, starts: Sequence[Value], sizes: Sequence[int]) -> Value:
        kind = tensor(sizes, element(x))
        return self.one("dynamic_slice", [x, *starts], kind, slice_sizes=numbers(sizes))

    def dynamic_update(self, x: Value, v: Value, starts: Sequence[Value]) -> Value:
        return self.one("dynamic_update_slice", [x, v, *starts], x.type)

    def row(self, x: Value, k: Value) -> Value:
        """x[k], for a k in bounds."""
        sizes = shape(x)
        zero = self.constant(0, i64)
        found = self.dynamic_slice(x, [k, *[zero] * (len(sizes) - 1)], (1, *sizes[1:]))
        return self.reshape(found, sizes[1:])

    def with_row(self, x: Value, row: Value, k: Value) -> Value:
        """x with another x[k], for a k in bounds."""
        zero = self.constant(0, i64)
        new = self.reshape(row, (1, *shape(row)))
        return self.dynamic_update(x, new, [k, *[zero] * len(shape(row))])

    # Products.

    def dot(
        self, x: Value, y: Value, batch: Sequence[Sequence[int]], inner: Sequence[Sequence[int]]
    ) -> Value:
        """The product of two tensors: batch dimensions, then the rest of x, then that of y."""
        a, b = shape(x), shape(y)
        sizes = [a[d] for d in batch[0]]
        sizes += [n for d, n in enumerate(a) if d not in (*batch[0], *inner[0])]
        sizes += [n for d, n in enumerate(b) if d not in (*batch[1], *inner[1])]
        highest = attributes.PrecisionAttr(attributes.Precision.HIGHEST)
        return self.one(
            "dot_general", [x, y], tensor(sizes, element(x)),
            dot_dimension_numbers=attributes.DotAttr.of(
                lhs_batching_dimensions=tuple(batch[0]), rhs_batching_dimensions=tuple(batch[1]),
                lhs_contracting_dimensions=tuple(inner[0]),
                rhs_contracting_dimensions=tuple(inner[1]),
            ),
            precision_config=ArrayAttr([highest, highest]),
        )  # fmt: skip

    # Loops.

    def while_(
        self,
        starts: Sequence[Value],
        condition: Callable[..., Value],
        body: Callable[..., Sequence[Value]],
    ) -> list[Value]:
        kinds = [x.type for x in starts]
        regions = [self.region(kinds, condition), self.region(kinds, body)]
        return list(self.op("while", starts, kinds, regions).results)

    def count(
        self, turns: Value, starts: Sequence[Value], body: Callable[..., Sequence[Value]]
    ) -> list[Value]:
        """`turns` times body(k, carried…), for k from 0 on."""

        def goes_on(k: Value, *_: Value) -> Value:
            return self.compare("LT", k, turns)

        def turn(k: Value, *carried: Value) -> list[Value]:
            new = list(body(k, *carried))
            return [self.add(k, self.constant(1, i64)), *new]

        return self.while_([self.constant(0, i64), *starts], goes_on, turn)[1:]


def _is_unsigned(e: IntegerType) -> bool:
    return e.signedness.data is Signedness.UNSIGNED
