"""
Numbers that the compiler knows: constants, and what a program computes from constants only.

`Known` evaluates integers, truth values and layouts of constants with NumPy, so that an analysis
sees the indices of a gather or the holes of a mask. A value that it does not know is None. A region
of indices runs at all places at once: a scalar of the region is an array over the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod

import numpy as np
from xdsl.dialects import arith
from xdsl.ir import Block, Operation, SSAValue

from ...dialects import arrays, sharing, ten, types
from ...dialects.types import ints, shape
from ..rewriting.rule_tables import RuleTable

LIMIT = 1 << 22
"""The most elements of an array that the analysis looks at."""

Value = np.ndarray

numbers = RuleTable("numbers", "(op, *arrays) -> array")
"""
What an op of integers or of layouts gives for NumPy arrays. The operands of an elementwise op
broadcast. The result is cast to the type of the op's result.
"""


class Known:
    """The values of a program that are known, each computed once when somebody asks."""

    def __init__(self) -> None:
        self.found: dict[SSAValue, Value | None] = {}

    def of(self, value: SSAValue) -> Value | None:
        """The elements of a value, if they are known."""
        pending = [value]
        while pending:  # not by recursion: a program may be a long chain
            x = pending[-1]
            if x in self.found:
                pending.pop()
                continue
            op = x.owner
            if isinstance(op, Block) or not _is_small(x) or type(op) not in numbers or op.regions:
                self.found[x] = None
                continue
            missing = [y for y in op.operands if y not in self.found]
            if missing:
                pending += missing
                continue
            self.found[x] = self._apply(op, [self.found[y] for y in op.operands])
        return self.found[value]

    @contextmanager
    def turn(self, block: Block, arguments: Sequence[Value | None]) -> Iterator[None]:
        """A turn of a loop, in which the values of the body are other ones than in other turns."""
        inside = [r for op in block.walk() for r in op.results]
        for value in inside:
            self.found.pop(value, None)
        self.found.update(zip(block.args, arguments, strict=True))
        try:
            yield
        finally:
            for value in (*inside, *block.args):
                self.found.pop(value, None)

    def _apply(self, op: Operation, xs: Sequence[Value | None]) -> Value | None:
        given = [x for x in xs if x is not None]
        if len(given) != len(xs) or len(op.results) != 1:
            return None
        result = _evaluated(op, given)
        return None if result is None else np.broadcast_to(result, shape(op.results[0].type))

    def in_region(
        self, block: Block, domain: Sequence[int], wanted: Sequence[SSAValue]
    ) -> list[Value | None]:
        """The values of a region of indices at all places of its domain."""
        env: dict[SSAValue, Value | None] = {}
        grid = np.indices(tuple(domain), sparse=True) if prod(domain) <= LIMIT else None
        for k, argument in enumerate(block.args):
            env[argument] = None if grid is None else grid[k]
        for op in block.ops:
            if not op.results:
                continue
            xs = [env[x] if x in env else self._outside(x) for x in op.operands]
            for result in op.results:
                env[result] = None
            plain = all(types.rank(r.type) == 0 for r in op.results) and len(op.results) == 1
            given = [x for x in xs if x is not None]
            if not plain or op.regions or len(given) != len(xs):
                continue
            if isinstance(op, ten.IndexOp):
                env[op.result] = _read(given[0], given[1:])
            elif type(op) in numbers and all(types.rank(x.type) == 0 for x in op.operands):
                env[op.results[0]] = _evaluated(op, given)
        return [env[x] if x in env else self._outside(x) for x in wanted]

    def _outside(self, value: SSAValue) -> Value | None:
        # An argument of a region around this one is not known.
        return self.of(value)


def _is_small(value: SSAValue) -> bool:
    return types.is_number(value.type) and types.size(value.type) <= LIMIT


def _evaluated(op: Operation, xs: Sequence[Value]) -> Value | None:
    with np.errstate(all="ignore"):
        result = numbers.of(op)(op, *xs)
    if result is None:
        return None
    return np.asarray(result).astype(arrays.dtype(op.results[0].type))


def _read(t: Value, at: Sequence[Value]) -> Value | None:
    """t[at…], 0 outside."""
    if len(at) != t.ndim:
        return None
    if not t.size:
        return np.zeros(np.broadcast_shapes(*(i.shape for i in at)), t.dtype)
    inside = np.True_
    for i, n in zip(at, t.shape):
        inside = inside & (i >= 0) & (i < n)
    clipped = tuple(np.clip(i, 0, n - 1) for i, n in zip(at, t.shape))
    return np.where(inside, t[clipped], np.zeros((), t.dtype)) if at else t


def _elementwise(function: Callable[..., Value]) -> Callable[..., Value]:
    return lambda op, *xs: function(*xs)


def _quotient(x: Value, y: Value) -> Value:
    """x / y towards 0; 0 for y = 0."""
    safe = np.where(y == 0, 1, y)
    floor = np.floor_divide(x, safe)
    exact = floor * safe == x
    towards = np.where(~exact & ((x < 0) != (safe < 0)), floor + 1, floor)
    return np.where(y == 0, 0, towards)


def _floor_quotient(x: Value, y: Value) -> Value:
    return np.where(y == 0, 0, np.floor_divide(x, np.where(y == 0, 1, y)))


def _remainder(x: Value, y: Value) -> Value:
    """x - y · (x / y), towards 0; 0 for y = 0."""
    return np.where(y == 0, 0, np.fmod(x, np.where(y == 0, 1, y)))


_FUNCTIONS: Mapping[type[Operation], Callable[..., Value]] = {
    arith.AddiOp: np.add,
    arith.SubiOp: np.subtract,
    arith.MuliOp: np.multiply,
    arith.AndIOp: np.bitwise_and,
    arith.OrIOp: np.bitwise_or,
    arith.XOrIOp: np.bitwise_xor,
    arith.MinSIOp: np.minimum,
    arith.MaxSIOp: np.maximum,
    arith.FloorDivSIOp: _floor_quotient,
    arith.DivSIOp: _quotient,
    arith.RemSIOp: _remainder,
    arith.SelectOp: np.where,
    ten.SelectOp: np.where,
    sharing.LetOp: lambda x: x,
}
for _op, _function in _FUNCTIONS.items():
    numbers.rule(_op)(_elementwise(_function))


@numbers.rule(arith.ConstantOp)
def constant(op: arith.ConstantOp) -> Value | None:
    """The constant itself."""
    return np.asarray(arrays.constant_array(op))


@numbers.rule(ten.IotaOp)
def iota(op: ten.IotaOp) -> Value:
    """y[i…] = i_dim"""
    d, sizes = op.dim.value.data, shape(op.result.type)
    counts = np.arange(sizes[d]).reshape([-1 if e == d else 1 for e in range(len(sizes))])
    return np.broadcast_to(counts, sizes)


@numbers.rule(ten.CastOp, arith.IndexCastOp, arith.ExtSIOp, arith.TruncIOp, arith.SIToFPOp)
def cast(op: Operation, x: Value) -> Value | None:
    """The same number in another type; a set i1 is 1 in `ten.cast` only."""
    element = types.element(op.results[0].type)
    if x.dtype == np.bool_ and not isinstance(op, ten.CastOp):
        return None
    if types.is_bool(element) and x.dtype != np.bool_:
        return x != 0 if isinstance(op, ten.CastOp) else None
    whole = types.is_float(element) or x.dtype.kind in "ib"
    return x if whole else None


@numbers.rule(arith.ExtUIOp)
def extended(op: arith.ExtUIOp, x: Value) -> Value | None:
    """0 or 1, from a truth value"""
    return x if x.dtype == np.bool_ else None


_ORDERED: Mapping[str, Callable[..., Value]] = {
    "eq": np.equal, "ne": np.not_equal, "slt": np.less, "sle": np.less_equal,
    "sgt": np.greater, "sge": np.greater_equal,
}  # fmt: skip


@numbers.rule(ten.CompareOp, arith.CmpiOp)
def compared(op: Operation, x: Value, y: Value) -> Value | None:
    """The truth of a comparison of integers."""
    if isinstance(op, ten.CompareOp):
        predicate = op.predicate.data
    else:
        assert isinstance(op, arith.CmpiOp)
        predicate = arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data]
    if predicate not in _ORDERED or x.dtype.kind not in "ib":
        return None
    if x.dtype == np.bool_ and predicate not in ("eq", "ne"):
        return None
    return _ORDERED[predicate](x, y)


@numbers.rule(ten.BroadcastOp)
def broadcast(op: ten.BroadcastOp, x: Value) -> Value:
    """x, repeated along new dimensions"""
    return np.broadcast_to(np.expand_dims(x, ints(op.dims)), shape(op.result.type))


@numbers.rule(ten.ReshapeOp)
def reshape(op: ten.ReshapeOp, x: Value) -> Value:
    """The same elements in another shape"""
    return x.reshape(shape(op.result.type))


@numbers.rule(ten.TransposeOp)
def transpose(op: ten.TransposeOp, x: Value) -> Value:
    """The dimensions in another order"""
    return x.transpose(ints(op.perm))


@numbers.rule(ten.ReverseOp)
def reverse(op: ten.ReverseOp, x: Value) -> Value:
    """The elements from the other end"""
    return np.flip(x, ints(op.dims))


@numbers.rule(ten.SliceOp)
def slice_(op: ten.SliceOp, x: Value) -> Value:
    """A box of x"""
    boxes = zip(ints(op.offsets), ints(op.sizes), ints(op.strides))
    return x[tuple(slice(o, o + max(n - 1, 0) * s + min(n, 1), s) for o, n, s in boxes)]


@numbers.rule(ten.ConcatOp)
def concat(op: ten.ConcatOp, *xs: Value) -> Value:
    """The operands one after another"""
    return np.concatenate(xs, op.dim.value.data)


@numbers.rule(ten.StackOp)
def stack(op: ten.StackOp, *xs: Value) -> Value:
    """The operands side by side"""
    return np.stack(xs)


@numbers.rule(ten.IndexOp)
def index(op: ten.IndexOp, t: Value, *at: Value) -> Value:
    """The part of t at leading indices, 0 outside"""
    inside = all(0 <= int(i) < n for i, n in zip(at, t.shape))
    return t[tuple(map(int, at))] if inside else np.zeros(shape(op.result.type), t.dtype)
