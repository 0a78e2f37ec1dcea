"""
Small programs of tensors and index maps, each written once as a Python function of a *machine*:
`Builder` makes IR of it, and `Model` computes what it means, by NumPy and Python's own integers,
without any of letgrad's code.

    def rotated(m, n):
        return m.gather([n], m.array([n]), lambda i: [(i + 1) % n])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import Float64Type, IntegerType, ModuleOp, TensorType, f64, i1
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region, SSAValue

from letgrad.dialects import arrays, ten, types
from letgrad.dialects.types import of_shape, shape

index = ten.index_type


PRIMES = [n for n in range(2, 400) if all(n % k for k in range(2, n))]


def numbers(sizes: Sequence[int], base: int, style: str) -> np.ndarray:
    """
    Exact in sums and products, and different for each prime `base`. In style

        powers   of the base, whose sums and products say what they were made of
        special  these, and NaN, infinities and the negative zero
        primes   small ones, for sums of products of many
    """
    count = int(np.prod(sizes, dtype=int))
    if style == "primes":
        return np.array(PRIMES[base : base + count], np.float64).reshape(sizes)
    x = float(base) ** np.arange(count, dtype=np.float64)
    if style == "special":
        for k, value in ((1, np.nan), (2, -0.0), (4, np.inf), (5, -np.inf)):
            x[k : k + 1] = value
    return x.reshape(sizes)


class Index:
    """An integer or a truth value that IR computes, written as Python's are."""

    def __init__(self, value: SSAValue, block: Block):
        self.value, self.block = value, block

    def op(self, kind: type[Operation], *xs: Any, **more: Any) -> Index:
        """An op of these operands, which are values of IR or Python's numbers."""
        operands = [self.of(x).value for x in xs]
        self.block.add_op(made := kind(*operands, **more))
        return Index(made.results[0], self.block)

    def of(self, x: Index | int) -> Index:
        if isinstance(x, Index):
            return x
        self.block.add_op(constant := types.constant(x, index))
        return Index(constant.result, self.block)

    def __add__(self, other: Index | int) -> Index:
        return self.op(arith.AddiOp, self, other)

    def __radd__(self, other: int) -> Index:
        return self.op(arith.AddiOp, other, self)

    def __sub__(self, other: Index | int) -> Index:
        return self.op(arith.SubiOp, self, other)

    def __rsub__(self, other: int) -> Index:
        return self.op(arith.SubiOp, other, self)

    def __mul__(self, other: Index | int) -> Index:
        return self.op(arith.MuliOp, self, other)

    __rmul__ = __mul__

    def __floordiv__(self, other: int) -> Index:
        return self.op(arith.FloorDivSIOp, self, other)

    def __mod__(self, other: int) -> Index:
        return self - self // other * other

    def _compared(self, other: Index | int, predicate: str) -> Index:
        xs = [x.value for x in (self, self.of(other))]
        self.block.add_op(made := arith.CmpiOp(*xs, predicate))
        return Index(made.result, self.block)

    def __lt__(self, other: Index | int) -> Index:
        return self._compared(other, "slt")

    def __le__(self, other: Index | int) -> Index:
        return self._compared(other, "sle")

    def __gt__(self, other: Index | int) -> Index:
        return self._compared(other, "sgt")

    def __ge__(self, other: Index | int) -> Index:
        return self._compared(other, "sge")


Number = Any
"""An `Index`, or Python's int or bool: functions of indices are written for both."""


def where(c: Number, a: Number, b: Number) -> Number:
    if not isinstance(c, Index):
        return a if c else b
    return c.op(arith.SelectOp, c, a, b)


def extended(c: Number, bits: int) -> Number:
    """0 or 1, from a truth value, by way of an integer of so many bits."""
    if not isinstance(c, Index):
        return int(c)
    c.block.add_op(extend := arith.ExtUIOp(c.value, IntegerType(bits)))
    c.block.add_op(cast := arith.IndexCastOp(extend.result, index))
    return Index(cast.result, c.block)


def smaller(a: Number, b: int) -> Number:
    return a.op(arith.MinSIOp, a, b) if isinstance(a, Index) else min(a, b)


def greater(a: Number, b: int) -> Number:
    return a.op(arith.MaxSIOp, a, b) if isinstance(a, Index) else max(a, b)


def near(i: Number, x: Number) -> Number:
    """x, for arithmetic on it where i is."""
    return Index(x.value, i.block) if isinstance(x, Index) else x


def wrapped(x: Number) -> Number:
    """What 64 bits are left with."""
    return x if isinstance(x, Index) else (x + 2**63) % 2**64 - 2**63


def truncated_remainder(a: Number, n: int) -> Number:
    """With the sign of a; 0 for n = 0."""
    if isinstance(a, Index):
        return a.op(arith.RemSIOp, a, n)
    return (abs(a) % n if n else 0) * (1 if a >= 0 else -1)


class Builder:
    """Makes a function `main`, and keeps arguments for it in `data`."""

    def __init__(self, style: str = "powers"):
        self.style = style
        self.block = Block()
        self.data: list[Any] = []

    def module(self, *results: SSAValue) -> ModuleOp:
        self.block.add_op(func.ReturnOp(*results))
        signature = [a.type for a in self.block.args], [r.type for r in results]
        return ModuleOp([func.FuncOp("main", signature, Region(self.block))])

    def _argument(self, type: Attribute, value: Any) -> BlockArgument:
        self.data.append(value)
        return self.block.insert_arg(type, len(self.block.args))

    def add(self, op: Operation) -> SSAValue:
        self.block.add_op(op)
        return op.results[0]

    def array(self, sizes: Sequence[int], base: int = 2) -> SSAValue:
        return self._argument(of_shape(sizes, f64), numbers(sizes, base, self.style)[()])

    def integers(self, values: Sequence[int]) -> SSAValue:
        return self._argument(of_shape([len(values)], index), np.array(values, np.int64))

    def table(self, values: Sequence[int]) -> SSAValue:
        """Constants."""
        type = of_shape([len(values)], index)
        return self.add(arrays.constant(np.array(values, np.int64), type))

    def mask(self, values: Sequence[bool]) -> SSAValue:
        return self._argument(of_shape([len(values)], i1), np.array(values, bool))

    def truth(self, value: bool) -> Index:
        """A truth value that the program does not know."""
        return Index(self._argument(i1, np.bool_(value)), self.block)

    def number(self, value: int) -> Index:
        """A number that the program does not know."""
        return Index(self._argument(index, np.int64(value)), self.block)

    def literal(self, value: int) -> Index:
        """A constant that is one value, however often it is used."""
        return Index(self.add(types.constant(value, index)), self.block)

    def constant(self, number: float, sizes: Sequence[int]) -> SSAValue:
        return self.add(types.constant(number, of_shape(sizes, f64)))

    def read(self, t: SSAValue, i: Index) -> Index:
        op = ten.IndexOp(t, [i.value])
        i.block.add_op(op)
        return Index(op.result, i.block)

    def _region(self, domain: Sequence[int], fn: Callable[..., Sequence[Number]]) -> Region:
        block = Block(arg_types=[index] * len(domain))
        args = [Index(a, block) for a in block.args]
        first = Index(args[0].value, block) if args else Index(None, block)  # type: ignore
        places = [first.of(p).value for p in fn(*args)]
        block.add_op(ten.YieldOp(*places))
        return Region(block)

    def gather(self, domain: Sequence[int], t: SSAValue, fn: Callable[..., Any]) -> SSAValue:
        return self.add(ten.GatherOp(domain, t, self._region(domain, fn)))

    def scatter(
        self, dims: Sequence[int], t: SSAValue, depth: int, fn: Callable[..., Any]
    ) -> SSAValue:
        """Over the `depth` leading dimensions of t."""
        region = self._region(shape(t.type)[:depth], fn)
        return self.add(ten.ScatterOp(dims, t, region))

    def index(self, t: SSAValue, places: Sequence[Index | int]) -> SSAValue:
        here = Index(t, self.block)
        return self.add(ten.IndexOp(t, [here.of(p).value for p in places]))

    def update(
        self, x: SSAValue, v: SSAValue, offsets: Sequence[Index | int], strides: Sequence[int]
    ) -> SSAValue:
        here = Index(x, self.block)
        return self.add(ten.UpdateOp(x, v, [here.of(o).value for o in offsets], strides))

    def iota(self, sizes: Sequence[int], dim: int, floats: bool = False) -> SSAValue:
        return self.add(ten.IotaOp(dim, of_shape(sizes, f64 if floats else index)))

    def transpose(self, x: SSAValue, perm: Sequence[int]) -> SSAValue:
        return self.add(ten.TransposeOp(x, perm))

    def reverse(self, x: SSAValue, dims: Sequence[int]) -> SSAValue:
        return self.add(ten.ReverseOp(x, dims))

    def reshape(self, x: SSAValue, sizes: Sequence[int]) -> SSAValue:
        return self.add(ten.ReshapeOp(x, sizes))

    def broadcast(self, x: SSAValue, dims: Sequence[int], sizes: Sequence[int]) -> SSAValue:
        return self.add(ten.BroadcastOp(x, dims, sizes))

    def slice(
        self, x: SSAValue, offsets: Sequence[int], sizes: Sequence[int], strides: Sequence[int]
    ) -> SSAValue:
        return self.add(ten.SliceOp(x, offsets, sizes, strides))

    def pad(
        self, x: SSAValue, low: Sequence[int], high: Sequence[int], interior: Sequence[int]
    ) -> SSAValue:
        return self.add(ten.PadOp(x, low, high, interior))

    def concat(self, xs: Sequence[SSAValue], dim: int) -> SSAValue:
        return self.add(ten.ConcatOp(xs, dim))

    def stack(self, xs: Sequence[SSAValue]) -> SSAValue:
        return self.add(ten.StackOp(xs))

    def sum(self, x: SSAValue, dims: Sequence[int]) -> SSAValue:
        return self.add(ten.SumOp(x, dims))

    def select(self, mask: SSAValue | Index, a: SSAValue, b: SSAValue) -> SSAValue:
        """By one truth value, or by a mask of the same sizes."""
        return self.add(ten.SelectOp(mask.value if isinstance(mask, Index) else mask, a, b))

    def compare(self, predicate: str, a: SSAValue, b: SSAValue) -> SSAValue:
        return self.add(ten.CompareOp(predicate, a, b))

    def whole(self, number: int, sizes: Sequence[int]) -> SSAValue:
        """An array of one integer."""
        return self.add(types.constant(number, of_shape(sizes, index)))

    def modulo(self, a: SSAValue, n: int) -> SSAValue:
        return self.add(arith.RemSIOp(a, self.whole(n, self.shape(a))))

    def truths(self, values: Sequence[bool]) -> SSAValue:
        """A mask that the program knows."""
        return self.add(arrays.constant(np.array(values, bool)))

    def exclusive(self, a: SSAValue, b: SSAValue) -> SSAValue:
        return self.add(arith.XOrIOp(a, b))

    def either(self, a: SSAValue, b: SSAValue) -> SSAValue:
        return self.add(arith.OrIOp(a, b))

    def both(self, a: SSAValue, b: SSAValue) -> SSAValue:
        return self.add(arith.AndIOp(a, b))

    def plus(self, a: SSAValue, b: SSAValue) -> SSAValue:
        return self.add(arith.AddfOp(a, b))

    def times(self, a: SSAValue, b: SSAValue) -> SSAValue:
        floats = isinstance(types.element(a.type), Float64Type)
        return self.add((arith.MulfOp if floats else arith.MuliOp)(a, b))

    def einsum(self, spec: str, *xs: SSAValue) -> SSAValue:
        return self.add(ten.EinsumOp(spec, xs))

    def shape(self, x: SSAValue) -> tuple[int, ...]:
        return tuple(x.type.get_shape()) if isinstance(x.type, TensorType) else ()


class Model:
    """Computes. `moves` has the indices of each gather and scatter, and the sizes they are into."""

    def __init__(self, style: str = "powers"):
        self.style = style
        self.moves: list[tuple[list[tuple[int, ...]], tuple[int, ...]]] = []

    def array(self, sizes: Sequence[int], base: int = 2) -> np.ndarray:
        return numbers(sizes, base, self.style)

    def integers(self, values: Sequence[int]) -> np.ndarray:
        return np.array(values, np.int64)

    table = integers

    def mask(self, values: Sequence[bool]) -> np.ndarray:
        return np.array(values, bool)

    def truth(self, value: bool) -> bool:
        return value

    def number(self, value: int) -> int:
        return value

    literal = number

    def constant(self, number: float, sizes: Sequence[int]) -> np.ndarray:
        return np.full(sizes, float(number))

    def read(self, t: np.ndarray, i: int) -> Any:
        return t[i].item() if 0 <= i < len(t) else t.dtype.type(0).item()

    def _moves(
        self, domain: Sequence[int], sizes: Sequence[int], fn: Callable[..., Any]
    ) -> list[tuple[tuple[int, ...], tuple[int, ...] | None]]:
        """From each place of the domain the indices, None where one is outside."""
        places = list(product(*map(range, domain)))
        found = [tuple(fn(*p)) for p in places]
        depth = len(found[0]) if found else 0
        self.moves.append((found, tuple(sizes[:depth])))
        return [
            (p, i if all(0 <= j < n for j, n in zip(i, sizes)) else None)
            for p, i in zip(places, found, strict=True)
        ]

    def gather(self, domain: Sequence[int], t: np.ndarray, fn: Callable[..., Any]) -> np.ndarray:
        depth = len(fn(*(0 for _ in domain)))
        y = np.zeros((*domain, *t.shape[depth:]), t.dtype)
        for place, source in self._moves(domain, t.shape[:depth], fn):
            if source is not None:
                y[place] = t[source]
        return y

    def scatter(
        self, dims: Sequence[int], t: np.ndarray, depth: int, fn: Callable[..., Any]
    ) -> np.ndarray:
        y = np.zeros((*dims, *t.shape[depth:]), t.dtype)
        for place, target in self._moves(t.shape[:depth], dims, fn):
            if target is not None:
                y[target] += t[place]
        return y

    def index(self, t: np.ndarray, places: Sequence[int]) -> np.ndarray:
        inside = all(0 <= i < n for i, n in zip(places, t.shape))
        return t[tuple(places)] if inside else np.zeros(t.shape[len(places) :], t.dtype)

    def update(
        self, x: np.ndarray, v: np.ndarray, offsets: Sequence[int], strides: Sequence[int]
    ) -> np.ndarray:
        y = x.copy()
        for place in np.ndindex(v.shape):
            target = tuple(o + t * i for o, t, i in zip(offsets, strides, place, strict=True))
            if all(0 <= j < n for j, n in zip(target, x.shape, strict=True)):
                y[target] = v[place]
        return y

    def iota(self, sizes: Sequence[int], dim: int, floats: bool = False) -> np.ndarray:
        return np.indices(sizes)[dim].astype(np.float64 if floats else np.int64)

    def transpose(self, x: np.ndarray, perm: Sequence[int]) -> np.ndarray:
        return np.transpose(x, perm)

    def reverse(self, x: np.ndarray, dims: Sequence[int]) -> np.ndarray:
        return np.flip(x, tuple(dims))

    def reshape(self, x: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
        return np.reshape(x, sizes)

    def broadcast(self, x: np.ndarray, dims: Sequence[int], sizes: Sequence[int]) -> np.ndarray:
        return np.broadcast_to(np.expand_dims(x, tuple(dims)), sizes)

    def slice(
        self, x: np.ndarray, offsets: Sequence[int], sizes: Sequence[int], strides: Sequence[int]
    ) -> np.ndarray:
        for d, (o, n, k) in enumerate(zip(offsets, sizes, strides, strict=True)):
            x = np.take(x, [o + k * i for i in range(n)], d)
        return x

    def pad(
        self, x: np.ndarray, low: Sequence[int], high: Sequence[int], interior: Sequence[int]
    ) -> np.ndarray:
        sizes = [
            a + b + (n - 1) * (k + 1) + 1 if n else a + b
            for n, a, b, k in zip(x.shape, low, high, interior, strict=True)
        ]
        y = np.zeros(sizes, x.dtype)
        for place in np.ndindex(x.shape):
            y[tuple(a + i * (k + 1) for i, a, k in zip(place, low, interior, strict=True))] = x[
                place
            ]
        return y

    def concat(self, xs: Sequence[np.ndarray], dim: int) -> np.ndarray:
        return np.concatenate(xs, dim)

    def stack(self, xs: Sequence[np.ndarray]) -> np.ndarray:
        return np.stack(xs)

    def sum(self, x: np.ndarray, dims: Sequence[int]) -> np.ndarray:
        return np.sum(x, tuple(dims))

    def select(self, mask: np.ndarray | bool, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.where(mask, a, b)

    def compare(self, predicate: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        name = {"eq": "equal", "ne": "not_equal", "slt": "less", "sle": "less_equal",
                "sgt": "greater", "sge": "greater_equal"}[predicate]  # fmt: skip
        return getattr(np, name)(a, b)

    def whole(self, number: int, sizes: Sequence[int]) -> np.ndarray:
        return np.full(sizes, number)

    def modulo(self, a: np.ndarray, n: int) -> np.ndarray:
        return a % n

    def truths(self, values: Sequence[bool]) -> np.ndarray:
        return np.array(values, bool)

    def exclusive(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a ^ b

    def either(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a | b

    def both(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a & b

    def plus(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a + b

    def times(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a * b

    def einsum(self, spec: str, *xs: np.ndarray) -> np.ndarray:
        return np.einsum(spec, *xs)

    def shape(self, x: np.ndarray) -> tuple[int, ...]:
        return x.shape
