"""
Reductions with any reducer, over dimensions and over windows.

letgrad has sums, products, extrema and truth values over dimensions. Every other reducer joins
pairs of neighbours, then pairs of these, and so on. This keeps the order of the elements, and the
program is as long as the logarithm of their number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from ...dialects import ten, types
from .. import ops, tracing
from ..ops import BOOL
from ..tracing import Array
from . import convert_moves
from .conversion_table import ELEMENTWISE, Call, converts, target
from .foreign_op import NotConvertible, Source
from .known_values import known_ints

np: Any = numpy  # its type stubs know no traced arrays

Join = Callable[[Sequence[Array], Sequence[Array]], list[Array]]

_IN_REDUCERS = {
    "stablehlo.constant", "stablehlo.select", "stablehlo.reshape", "stablehlo.broadcast_in_dim",
    "stablehlo.return", "func.return", "stablehlo.optimization_barrier", "stablehlo.if",
}  # fmt: skip

_TARGETS = {
    "letgrad.stop_gradient", "letgrad.custom_jvp", "letgrad.custom_vjp",
    *(f"{dialect}.{name}" for dialect in ("mhlo", "chlo") for name in (
        "acos", "acosh", "asin", "asinh", "atan", "atanh", "cosh", "erf", "sinh", "square", "tan",
    )),
}  # fmt: skip
"""The custom calls in reducers: the rules of JAX's users, and functions of each element."""


def check_elementwise(call: Call, k: int = 0) -> None:
    """
    Errors: `NotConvertible` for a region with an op that does not compute each element alone, also
    in a function that the region calls.
    """
    waiting, seen = [call.block(k)], set()
    while waiting:
        for op in waiting.pop().walk():
            source = Source(op)
            name = source.name
            if name == "func.call":
                called = [source.word("callee")]
            elif name == "stablehlo.custom_call":
                target = source.word("call_target_name")
                if target not in _TARGETS:
                    raise NotConvertible(f"letgrad has no call of @{target} in a reducer")
                custom = call.evaluator.of_user.get(source.word("backend_config", ""))
                called = custom.names if custom is not None else ()
            elif name in ELEMENTWISE or name in _IN_REDUCERS:
                continue
            else:
                raise NotConvertible(f"letgrad has no {name} in a reducer")
            for symbol in called:
                function = call.evaluator.functions.get(symbol)
                if symbol not in seen and function is not None:
                    seen.add(symbol)
                    waiting += function.body.blocks


def reducer(call: Call, k: int = 0) -> Join:
    """
    The reducer of an op as a function of arrays.

    Errors: `NotConvertible` for a reducer with an op that does not compute each element alone.
    """
    check_elementwise(call, k)
    region = call.region(k)

    def join(a: Sequence[Array], b: Sequence[Array]) -> list[Array]:
        shape = a[0].shape
        return [ops.broadcast_to(x, shape) for x in region(*a, *b)]

    return join


_NEUTRAL: dict[str, Callable[[Any], Any]] = {
    "stablehlo.add": lambda kind: 0,
    "stablehlo.multiply": lambda kind: 1,
    "stablehlo.maximum": lambda kind: ops.lowest(kind, -1),
    "stablehlo.minimum": lambda kind: ops.lowest(kind, 1),
}


def is_neutral(name: str, init: Array) -> bool:
    """Whether the initial value of a reduction is known to change nothing."""
    number = types.constant_value(init.value)
    if number is None or init.dtype.kind == "c":
        return False
    if init.dtype == BOOL:
        return bool(number) == (
            name in ("stablehlo.and", "stablehlo.multiply", "stablehlo.minimum")
        )
    if name not in _NEUTRAL:
        return False
    neutral = _NEUTRAL[name](init.dtype)
    if init.dtype.kind == "u":
        number = int(number) % (1 << 8 * init.itemsize)
    return bool(number == neutral)


_KINDS = {
    "stablehlo.multiply": "prod", "stablehlo.maximum": "max", "stablehlo.minimum": "min",
}  # fmt: skip
_TRUTH = {
    "stablehlo.or": "any", "stablehlo.add": "any", "stablehlo.maximum": "any",
    "stablehlo.and": "all", "stablehlo.multiply": "all", "stablehlo.minimum": "all",
}  # fmt: skip


def native(name: str | None, x: Array, dims: Sequence[int]) -> Array | None:
    """The reduction by an op of letgrad; None if there is no such op."""
    if x.dtype == BOOL:
        return ops.reduce(_TRUTH[name], x, dims) if name in _TRUTH else None
    if name == "stablehlo.add":
        return ops.sum_(x, dims)
    if name in _KINDS and x.dtype.kind != "c":
        return ops.reduce(_KINDS[name], x, dims)
    return None


@converts("stablehlo.reduce")
def reduce(call: Call, *operands: Array) -> Any:
    """
    stablehlo.reduce x, init  →  ten.sum or ten.reduce, joined with init once; ten.argmax for the
    reducer of two operands with which JAX writes argmax; pairs of neighbours for any other one
    """
    n = len(operands) // 2
    xs, inits = operands[:n], operands[n:]
    dims = tuple(sorted(call.ints("dimensions")))
    join = reducer(call)
    if any(not xs[0].shape[d] for d in dims):
        shape = tuple(m for d, m in enumerate(xs[0].shape) if d not in dims)
        return [ops.broadcast_to(init, shape) for init in inits]
    if n == 1 and (name := call.operation()) is not None:
        found = native(name, xs[0], dims)
        if found is not None:
            if is_neutral(name, inits[0]):
                return found
            return join([ops.broadcast_to(inits[0], found.shape)], [found])
    if n == 2 and len(dims) == 1 and (kind := _extremum(call)) is not None:
        found = _places_of_extrema(call, kind, xs, inits, dims[0])
        if found is not None:
            return found
    rows = [_rows(x, dims) for x in xs]
    ends = tree(rows, join)
    return join([ops.broadcast_to(i, e.shape) for i, e in zip(inits, ends)], ends)


def _rows(x: Array, dims: Sequence[int]) -> Array:
    """x with the dimensions `dims` as one first dimension, in row-major order."""
    kept = [d for d in range(x.ndim) if d not in dims]
    x = ops.transpose(x, [*dims, *kept])
    return ops.reshape(x, (-1 if not x.size else _count(x, len(dims)), *x.shape[len(dims) :]))


def _count(x: Array, depth: int) -> int:
    return int(np.prod(x.shape[:depth], dtype=object))


def tree(xs: Sequence[Array], join: Join) -> list[Array]:
    """The rows of each array, joined in their order."""
    rows = list(xs)
    while (n := rows[0].shape[0]) > 1:
        even = [ops.part(x, 0, 0, n - n % 2, 2) for x in rows]
        odd = [ops.part(x, 0, 1, n, 2) for x in rows]
        joined = join(even, odd)
        if n % 2:
            last = [ops.part(x, 0, n - 1, n) for x in rows]
            joined = [ops.concat([a, b], 0) for a, b in zip(joined, last)]
        rows = joined
    return [ops.reshape(x, x.shape[1:]) for x in rows]


# The places of extrema, as JAX writes them.


def _extremum(call: Call) -> str | None:
    """
    `max` or `min` for the reducer of (x, i) and (y, j) with which JAX writes argmax and argmin:

        x wins where x > y, or x is NaN;  i wins where x wins, or x = y and i < j
    """
    body = [op for op in call.block().ops]
    names = [Source(op).name.partition(".")[2] for op in body]
    if names != [
        "compare", "compare", "or", "compare", "compare", "and", "or", "select", "select", "return",
    ]:  # fmt: skip
        return None
    x, i, y, j = call.block().args
    above, nan, wins, same, before, both, place, value, index, last = body
    words = [Source(op).word("comparison_direction") for op in (above, nan, same, before)]
    if words[0] not in ("GT", "LT") or words[1:] != ["NE", "EQ", "LT"]:
        return None
    wanted = [
        (above, [x, y]), (nan, [x, x]), (wins, [above.results[0], nan.results[0]]),
        (same, [x, y]), (before, [i, j]), (both, [same.results[0], before.results[0]]),
        (place, [wins.results[0], both.results[0]]), (value, [wins.results[0], x, y]),
        (index, [place.results[0], i, j]), (last, [value.results[0], index.results[0]]),
    ]  # fmt: skip
    if any(list(op.operands) != given for op, given in wanted):
        return None
    return "max" if words[0] == "GT" else "min"


def _places_of_extrema(
    call: Call, kind: str, xs: Sequence[Array], inits: Sequence[Array], d: int
) -> list[Array] | None:
    """
    ten.argmax and the element at its place, if the second operand counts along the dimension, and
    the initial values lose against every element.
    """
    x, places = xs
    made = places.value.owner
    if not isinstance(made, ten.IotaOp) or made.dim.value.data != d or x.dtype.kind == "u":
        return None
    init, start = (types.constant_value(v.value) for v in inits)
    lowest = ops.lowest(x.dtype, -1 if kind == "max" else 1)
    # An initial pair that ties would win with a place below the first one; 0 is the first one.
    if init is None or init != lowest or start != 0:
        return None
    op = ten.ArgmaxOp if kind == "max" else ten.ArgminOp
    at = tracing.emit(op, tracing.use(x), d, types.element(places.value.type))
    first = ops.transpose(x, [d, *(e for e in range(x.ndim) if e != d)])
    value = ops.gather(at.shape, first, lambda *i: [ops.index(at, i), *i]) if at.shape else None
    if value is None:
        value = ops.index(x, [ops.as_index(at)])
    return [value, at]


# Windows.


@dataclass(frozen=True)
class Window:
    """The window of an op along each dimension: sizes, strides, dilations and padding."""

    sizes: Sequence[int]
    strides: Sequence[int]
    base: Sequence[int]
    dilations: Sequence[int]
    padding: Sequence[int]
    """For each dimension, the numbers of elements before and after."""

    @classmethod
    def of(cls, call: Call, rank: int) -> Window:
        ones = (1,) * rank
        return cls(
            call.ints("window_dimensions", ones),
            call.ints("window_strides", ones),
            call.ints("base_dilations", ones),
            call.ints("window_dilations", ones),
            call.ints("padding", (0,) * (2 * rank)),
        )

    @property
    def low(self) -> Sequence[int]:
        return self.padding[0::2]

    @property
    def high(self) -> Sequence[int]:
        return self.padding[1::2]

    def padded(self, x: Array, value: Array) -> Array:
        interior = tuple(d - 1 for d in self.base)
        return convert_moves.padded(x, value, self.low, self.high, interior)

    def is_running(self, shape: Sequence[int], d: int) -> bool:
        """Whether window k has exactly the elements 0 … k along dimension d alone."""
        others = all(
            (w, t, b, lo, hi) == (1, 1, 1, 0, 0)
            for e, (w, t, b, lo, hi) in enumerate(
                zip(self.sizes, self.strides, self.base, self.low, self.high)
            )
            if e != d
        )
        mine = (self.strides[d], self.base[d], self.dilations[d], self.high[d])
        n = shape[d]
        return others and mine == (1, 1, 1, 0) and self.sizes[d] == n and self.low[d] == n - 1


@converts("stablehlo.reduce_window")
def reduce_window(call: Call, *operands: Array) -> Any:
    """
    stablehlo.reduce_window x, init  →  ten.cumsum for running sums; otherwise windows along one
    dimension after the other, each joined from slices of the padded x
    """
    n = len(operands) // 2
    xs, inits = operands[:n], operands[n:]
    return _windows(Window.of(call, xs[0].ndim), call.operation(), reducer(call), xs, inits)


def _windows(
    window: Window, name: str | None, join: Join, xs: Sequence[Array], inits: Sequence[Array]
) -> Any:
    """The elements of each window, joined. `name` is the op of a reducer of one op."""
    if len(xs) == 1 and name == "stablehlo.add" and xs[0].dtype != BOOL:
        x = xs[0]
        for d in range(x.ndim):
            if is_neutral("stablehlo.add", inits[0]) and window.is_running(x.shape, d):
                return np.cumsum(x, axis=d, dtype=x.dtype)
    rows = [window.padded(x, init) for x, init in zip(xs, inits)]
    for d in reversed(range(xs[0].ndim)):
        rows = along(rows, join, d, window.sizes[d], window.strides[d], window.dilations[d])
    if not all(is_neutral(name or "", init) for init in inits):
        # The initial value joins each window once, beside the padding.
        rows = join([ops.broadcast_to(i, r.shape) for i, r in zip(inits, rows)], rows)
    return rows


@target("stablehlo.dynamic_reduce_window")
def dynamic_reduce_window(call: Call, *operands: Array) -> Any:
    """
    custom_call @stablehlo.dynamic_reduce_window(x, init, sizes, strides, dilations, padding)  →
    the windows of stablehlo.reduce_window, for sizes that are known
    """
    *rest, sizes, strides, base, dilations, padding = operands
    n = len(rest) // 2
    numbers = [known_ints(x, "windows") for x in (sizes, strides, base, dilations, padding)]
    window = Window(*numbers)
    return _windows(window, call.operation(), reducer(call), rest[:n], rest[n:])


def along(
    xs: Sequence[Array], join: Join, d: int, size: int, stride: int, dilation: int
) -> list[Array]:
    """The windows of each array along one dimension, joined in their order."""
    n = xs[0].shape[d]
    span = (size - 1) * dilation + 1
    count = (n - span) // stride + 1 if n >= span else 0
    if size == 1 or not count:
        stop = (count - 1) * stride + 1 if count else 0
        return [ops.part(x, d, 0, stop, stride) for x in xs]
    if size <= DIRECT:
        slices = [
            [
                ops.part(x, d, k * dilation, k * dilation + (count - 1) * stride + 1, stride)
                for x in xs
            ]
            for k in range(size)
        ]
        result = slices[0]
        for part in slices[1:]:
            result = join(result, part)
        return result
    return [
        ops.part(x, d, 0, (count - 1) * stride + 1, stride)
        for x in _doubled(xs, join, d, size, dilation)
    ]


DIRECT = 8
"""Windows of at most this size are joined slice by slice, and larger ones by doubling."""


def _doubled(xs: Sequence[Array], join: Join, d: int, size: int, dilation: int) -> list[Array]:
    """
    The windows of a size at all places. Windows of 2k elements are two windows of k elements, and
    the binary digits of the size say which of these windows make up the whole one.
    """
    whole: list[Array] | None = None
    start, power, blocks = 0, 1, list(xs)
    n = xs[0].shape[d] - (size - 1) * dilation
    while True:
        if size & power:
            offset = start * dilation
            part = [ops.part(x, d, offset, offset + n) for x in blocks]
            whole = part if whole is None else join(whole, part)
            start += power
        if power * 2 > size:
            assert whole is not None
            return whole
        step, length = power * dilation, blocks[0].shape[d]
        blocks = join(
            [ops.part(x, d, 0, length - step) for x in blocks],
            [ops.part(x, d, step, length) for x in blocks],
        )
        power *= 2
