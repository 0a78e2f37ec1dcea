"""What each op of letgrad becomes in upstream's dialects. A rule gives the values of results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, prod
from typing import Any

import numpy as np
from xdsl.dialects import arith, func, scf, tensor
from xdsl.dialects.builtin import DenseArrayBase, f32, i64
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineExpr, AffineMap
from xdsl.irdl import IRDLOperation
from xdsl.traits import SymbolTable

from ...dialects import arrays, delta, sharing, ten, types
from ...dialects.upstream import arith_ops, math_ops
from ...passes.rewriting.diagnostics import LetgradError
from .writer import Writer, projection

Rule = Callable[[Any, Writer], Any]
RULES: dict[type[Operation], Rule] = {}


def rule(*ops: type[Operation]) -> Callable[[Rule], Rule]:
    """Makes a function the rule of these ops."""

    def add(function: Rule) -> Rule:
        for op in ops:
            assert op not in RULES, f"{op.name} has a rule"
            RULES[op] = function
        return function

    return add


def inlined(e: Writer, block: Block, args: Sequence[SSAValue]) -> list[SSAValue]:
    """The ops of a block again, at another place. Returns the operands of its last op."""
    mapping: dict[SSAValue, SSAValue] = dict(zip(block.args, args, strict=True))
    last = block.last_op
    assert last is not None
    for op in block.ops:
        if op is not last:
            e.insert(op.clone(mapping))
    return [mapping.get(x, x) for x in last.operands]


# Each element.


@rule(delta.StopOp, sharing.LetOp, sharing.ShareOp)
def same(op: Operation, e: Writer) -> Any:
    """stop x  →  x"""
    return op.operands[0]


@rule(ten.CompareOp)
def compare(op: ten.CompareOp, e: Writer) -> Any:
    """ten.compare  →  arith.cmpf, arith.cmpi"""
    return e.compared(op.predicate.data, op.a, op.b)


@rule(ten.SelectOp)
def select(op: ten.SelectOp, e: Writer) -> Any:
    """ten.select  →  arith.select"""
    return e.chosen(op.mask, op.a, op.b)


@rule(ten.FmodOp)
def fmod(op: ten.FmodOp, e: Writer) -> Any:
    """ten.fmod  →  arith.remf"""
    return e(
        arith_ops.RemfOp.create(
            operands=list(op.operands),
            result_types=[op.x.type],
            properties={"fastmath": arith.FastMathFlagsAttr("none")},
        )
    )


def _division(op: type[IRDLOperation], at_minus_one: Any) -> Rule:
    """x / y, where 0 is the value for y = 0, and -1 cannot overflow."""

    def convert(old: Operation, e: Writer) -> Any:
        def element(e: Writer, x: SSAValue, y: SSAValue) -> SSAValue:
            zero, one = e.number(0, x.type), e.number(1, x.type)
            empty = e.compare("eq", y, zero)
            avoided, negative = empty, None
            if at_minus_one is not None:
                negative = e.compare("eq", y, e.number(-1, x.type))
                avoided = e.binary(arith.OrIOp, empty, negative)
            value = e.binary(op, x, e.chosen(avoided, one, y))
            if negative is not None and at_minus_one is not None:
                value = e.chosen(negative, at_minus_one(e, x), value)
            return e.chosen(empty, zero, value)

        if _is_safe(old.operands[1], at_minus_one is not None):
            return None
        return e.mapped(old.operands, old.results[0].type, element)

    return convert


def _is_safe(y: SSAValue, signed: bool) -> bool:
    """Whether a divisor is a constant without 0 and -1, or what a rule wrote."""
    # The one number of an i1 beside 0 reads as 1 and as -1.
    bits = 1 if types.is_bool(types.element(y.type)) else 64

    def known(x: SSAValue) -> int | None:
        number = types.constant_value(x)
        return None if number is None else int(number) % (1 << bits)

    avoided = {0, (1 << bits) - 1} if signed else {0}
    if known(y) is not None:
        return known(y) not in avoided
    owner = y.owner
    if not isinstance(owner, arith.SelectOp) or known(owner.lhs) != 1:
        return False
    # One of the tests asks for 0; a signed division asks for -1 as well.
    tests = [owner.cond.owner]
    if isinstance(tests[0], arith.OrIOp):
        tests = [x.owner for x in tests[0].operands]
    asked = {
        known(t.rhs)
        for t in tests
        if isinstance(t, arith.CmpiOp) and t.lhs is owner.rhs and t.predicate.value.data == 0
    }
    return asked >= avoided


def _is_within(y: SSAValue, width: int) -> bool:
    """Whether a number of bits is a constant below the width, or what a rule wrote."""
    bits = 1 if types.is_bool(types.element(y.type)) else 64

    def known(x: SSAValue) -> int | None:
        number = types.constant_value(x)
        return None if number is None else int(number) % (1 << bits)

    number = known(y)
    if number is not None:
        return number < width
    owner = y.owner
    if not isinstance(owner, arith.SelectOp) or not isinstance(owner.cond.owner, arith.CmpiOp):
        return False
    test, other = owner.cond.owner, known(owner.rhs)
    return (
        test.predicate.value.data == ten.INTEGER_PREDICATES.index("ult")
        and test.lhs is owner.lhs
        and known(test.rhs) == width
        and other is not None
        and other < width
    )


def _negated(e: Writer, x: SSAValue) -> SSAValue:
    return e.binary(arith.SubiOp, e.number(0, x.type), x)


for _op in (arith.DivSIOp, arith.FloorDivSIOp, arith.CeilDivSIOp):
    rule(_op)(_division(_op, _negated))
rule(arith.RemSIOp)(_division(arith.RemSIOp, lambda e, x: e.number(0, x.type)))
for _op in (arith.DivUIOp, arith.RemUIOp, arith.CeilDivUIOp):
    rule(_op)(_division(_op, None))


def _shift(op: type[IRDLOperation]) -> Rule:
    """x shifted by y; all bits are gone for y at or above the width, read without a sign."""

    def convert(old: Operation, e: Writer) -> Any:
        width = getattr(getattr(types.element(old.operands[0].type), "width", None), "data", 64)

        def element(e: Writer, x: SSAValue, y: SSAValue) -> SSAValue:
            inside = e.compare("ult", y, e.number(width, x.type))
            if op is arith.ShRSIOp:
                return e.binary(op, x, e.chosen(inside, y, e.number(width - 1, x.type)))
            zero = e.number(0, x.type)
            return e.chosen(inside, e.binary(op, x, e.chosen(inside, y, zero)), zero)

        if _is_within(old.operands[1], width):
            return None
        return e.mapped(old.operands, old.results[0].type, element)

    return convert


for _op in (arith.ShLIOp, arith.ShRUIOp, arith.ShRSIOp):
    rule(_op)(_shift(_op))


@rule(ten.CastOp)
def cast(op: ten.CastOp, e: Writer) -> Any:
    """ten.cast  →  the casts of arith"""
    target = types.element(op.result.type)
    return e.mapped([op.x], op.result.type, lambda e, x: casted(e, x, target))


def casted(e: Writer, x: SSAValue, target: Attribute) -> SSAValue:
    """A number in another type."""
    source = x.type
    if source == target:
        return x

    def made(kind: type[IRDLOperation], y: SSAValue, type: Attribute) -> SSAValue:
        return e(kind.build(operands=[y], result_types=[type]))

    if types.is_float(source) and types.is_float(target):
        a, b = (arrays.dtype(t).itemsize for t in (source, target))
        if a == b:  # f16 and bf16
            return made(arith.TruncFOp, made(arith.ExtFOp, x, f32), target)
        return made(arith.ExtFOp if a < b else arith.TruncFOp, x, target)
    if types.is_float(source):
        if types.is_bool(target):
            return e.compare("une", x, e.number(0, source))
        if target == ten.index_type:
            return made(arith.IndexCastOp, made(arith.FPToSIOp, x, i64), target)
        return made(arith.FPToSIOp, x, target)
    if source == ten.index_type:
        x = made(arith.IndexCastOp, x, i64)
        return casted(e, x, target)
    if target == ten.index_type:
        if types.is_bool(source):
            x = made(arith.ExtUIOp, x, i64)
        return made(arith.IndexCastOp, x, target)
    if types.is_float(target):
        return made(arith.UIToFPOp if types.is_bool(source) else arith.SIToFPOp, x, target)
    if types.is_bool(target):
        return e.compare("ne", x, e.number(0, source))
    a, b = (t.width.data for t in (source, target))  # type: ignore[attr-defined]
    if a > b:
        return made(arith.TruncIOp, x, target)
    return made(arith.ExtUIOp if types.is_bool(source) else arith.ExtSIOp, x, target)


@rule(ten.SpecialOp)
def special(op: ten.SpecialOp, e: Writer) -> Any:
    """ten.special  →  math.erfc, or the formula of the function"""
    if op.function.data != "erfc":
        return NotImplemented  # by its formula, if it has one
    return e(math_ops.ErfcOp.build(operands=list(op.xs), result_types=[op.result.type]))


# Layout.


@rule(ten.IotaOp)
def iota(op: ten.IotaOp, e: Writer) -> Any:
    """ten.iota  →  linalg.generic of linalg.index"""
    d, element = op.dim.value.data, types.element(op.result.type)
    return e.built(op.result.type, lambda e, at: casted(e, at[d], element))


@rule(ten.BroadcastOp)
def broadcast(op: ten.BroadcastOp, e: Writer) -> Any:
    """ten.broadcast  →  linalg.broadcast; linalg.fill with a number, tensor.splat of an index"""
    type = op.result.type
    if types.shape(type) == types.shape(op.x.type):
        return op.x
    if not types.rank(op.x.type):
        if types.element(type) != ten.index_type:  # xDSL's op takes floats and integers
            return e(linalg.FillOp([op.x], [e.empty(type)], [type]))
        return e(tensor.SplatOp.build(operands=[op.x, []], result_types=[type]))
    new = types.ints(op.dims)
    if types.element(type) == ten.index_type:  # xDSL's op takes floats and integers of some width
        return e.built(
            type, lambda e, at: e.extracted(op.x, [i for d, i in enumerate(at) if d not in new])
        )
    dims = DenseArrayBase.from_list(i64, list(new))
    return e(linalg.BroadcastOp(op.x, e.empty(type), dims, type))


@rule(ten.TransposeOp)
def transpose(op: ten.TransposeOp, e: Writer) -> Any:
    """ten.transpose  →  linalg.transpose"""
    type = op.result.type
    if not types.rank(type):
        return op.x
    order = types.ints(op.perm)
    if types.element(type) == ten.index_type:
        return e.built(
            type, lambda e, at: e.extracted(op.x, [at[order.index(d)] for d in range(len(at))])
        )
    perm = DenseArrayBase.from_list(i64, list(order))
    return e(linalg.TransposeOp(op.x, e.empty(type), perm, type))


@rule(ten.ReshapeOp)
def reshape(op: ten.ReshapeOp, e: Writer) -> Any:
    """ten.reshape  →  tensor.collapse_shape and tensor.expand_shape"""
    return e.reshaped(op.x, op.result.type)


@rule(ten.ReverseOp)
def reverse(op: ten.ReverseOp, e: Writer) -> Any:
    """ten.reverse  →  linalg.generic that reads at n - 1 - i"""
    dims, shape = types.ints(op.dims), types.shape(op.x.type)

    def point(e: Writer, at: Sequence[SSAValue]) -> SSAValue:
        places = [
            e.binary(arith.SubiOp, e.index(n - 1), i) if d in dims else i
            for d, (i, n) in enumerate(zip(at, shape))
        ]
        return e.extracted(op.x, places)

    return e.built(op.x.type, point)


@rule(ten.SliceOp)
def slice_(op: ten.SliceOp, e: Writer) -> Any:
    """ten.slice  →  tensor.extract_slice"""
    if not types.size(op.result.type):
        return e.empty(op.result.type)
    return e.sliced(op.x, *(types.ints(x) for x in (op.offsets, op.sizes, op.strides)))


@rule(ten.PadOp)
def pad(op: ten.PadOp, e: Writer) -> Any:
    """ten.pad  →  tensor.insert_slice into zeros"""
    low, interior = types.ints(op.low), types.ints(op.interior)
    zeros = e.filled(0, op.result.type)
    shape = types.shape(op.x.type)
    if not types.size(op.x.type):
        return zeros
    return e.inserted(op.x, zeros, low, shape, [k + 1 for k in interior])


@rule(ten.ConcatOp)
def concat(op: ten.ConcatOp, e: Writer) -> Any:
    """ten.concat  →  tensor.insert_slice of each part"""
    result, d, at = e.empty(op.result.type), op.dim.value.data, 0
    for x in op.xs:
        shape = types.shape(x.type)
        offsets = [at if k == d else 0 for k in range(len(shape))]
        if types.size(x.type):
            result = e.inserted(x, result, offsets, shape, [1] * len(shape))
        at += shape[d]
    return result


@rule(ten.StackOp)
def stack(op: ten.StackOp, e: Writer) -> Any:
    """ten.stack  →  tensor.from_elements, or tensor.insert_slice of each row"""
    type = op.result.type
    if types.rank(type) == 1:
        return e(tensor.FromElementsOp.create(operands=list(op.xs), result_types=[type]))
    result, rank = e.empty(type), types.rank(type)
    for k, x in enumerate(op.xs):
        if types.size(x.type):
            sizes = (1, *types.shape(x.type))
            result = e.inserted(x, result, [k, *[0] * (rank - 1)], sizes, [1] * rank)
    return result


# Places.


@rule(ten.IndexOp)
def index(op: ten.IndexOp, e: Writer) -> Any:
    """ten.index  →  tensor.extract, and 0 outside"""
    at = list(op.indices)
    if not types.rank(op.result.type):
        return e.read(op.t, at)
    return e.built(op.result.type, lambda e, rest: e.read(op.t, [*at, *rest]))


@rule(ten.GatherOp)
def gather(op: ten.GatherOp, e: Writer) -> Any:
    """ten.gather  →  linalg.generic of tensor.extract, and 0 outside"""
    n = len(types.ints(op.dims))

    def point(e: Writer, at: Sequence[SSAValue]) -> SSAValue:
        return e.read(op.t, [*inlined(e, op.body.block, at[:n]), *at[n:]])

    return e.built(op.result.type, point)


@rule(ten.BuildOp)
def build(op: ten.BuildOp, e: Writer) -> Any:
    """ten.build  →  linalg.generic"""
    n = len(types.ints(op.dims))

    def point(e: Writer, at: Sequence[SSAValue]) -> SSAValue:
        (value,) = inlined(e, op.body.block, at[:n])
        return e.extracted(value, at[n:]) if at[n:] else value

    return e.built(op.result.type, point)


@rule(ten.ScatterOp)
def scatter(op: ten.ScatterOp, e: Writer) -> Any:
    """ten.scatter  →  loops that add each part at its place"""
    shape, type = types.shape(op.t.type), op.result.type
    n, m = len(op.body.block.args), len(types.ints(op.dims))
    zeros = e.filled(0, type)
    if not types.size(op.t.type) or not types.size(type):
        return zeros

    def turn(e: Writer, k: SSAValue, values: Sequence[SSAValue]) -> Sequence[SSAValue]:
        at = e.indices_of(k, shape)
        places = [*inlined(e, op.body.block, at[:n]), *at[n:]]
        assert len(places) == m + len(shape) - n

        def add(e: Writer) -> list[SSAValue]:
            old, new = e.extracted(values[0], places), e.extracted(op.t, at)
            return [e.replaced(values[0], _sum(e, old, new), places)]

        return e.if_(e.inside_of(zeros, places, range(len(places))), [type], add, lambda e: values)

    return e.loop(prod(shape), [zeros], turn)[0]


def _sum(e: Writer, a: SSAValue, b: SSAValue) -> SSAValue:
    if types.is_float(a.type):
        return e.binary(arith.AddfOp, a, b)
    return e.binary(arith.OrIOp if types.is_bool(a.type) else arith.AddiOp, a, b)


@rule(ten.UpdateOp)
def update(op: ten.UpdateOp, e: Writer) -> Any:
    """ten.update  →  tensor.insert_slice at known places inside, otherwise linalg.generic"""
    shape, part = types.shape(op.x.type), types.shape(op.v.type)
    strides = types.ints(op.strides)
    known = [types.constant_value(o) for o in op.offsets]
    if not types.size(op.v.type):
        return op.x
    if all(
        o is not None and 0 <= o and o + (n - 1) * s < m
        for o, n, s, m in zip(known, part, strides, shape)
    ):
        return e.inserted(op.v, op.x, [int(o) for o in known if o is not None], part, strides)

    def point(e: Writer, at: Sequence[SSAValue]) -> SSAValue:
        mask, places = None, []
        for i, o, n, s in zip(at, op.offsets, part, strides):
            k = e.binary(arith.SubiOp, i, o)
            here = e.compare("ult", k, e.index((n - 1) * s + 1))
            if s > 1:
                rest = e.binary(arith.RemUIOp, k, e.index(s))
                even = e.compare("eq", rest, e.index(0))
                here = e.binary(arith.AndIOp, here, even)
                k = e.binary(arith.DivUIOp, k, e.index(s))
            mask = here if mask is None else e.binary(arith.AndIOp, mask, here)
            places.append(k)
        assert mask is not None
        safe = [e.chosen(mask, k, e.index(0)) for k in places]
        return e.chosen(mask, e.extracted(op.v, safe), e.extracted(op.x, at))

    return e.built(op.x.type, point)


# Reductions.


def _wide(element: Attribute) -> Attribute:
    """The type in which a sum is: f32 for floats of 16 bits."""
    return f32 if types.is_float(element) and arrays.dtype(element).itemsize == 2 else element


def reduced(
    e: Writer, op: Operation, xs: Sequence[SSAValue], maps: Sequence[AffineMap],
    kept: Sequence[int], rank: int, start: float, join: Any, wide: bool,
) -> SSAValue:  # fmt: skip
    """A nest that joins a function of the elements along all dimensions but `kept`."""
    type = op.results[0].type
    element = types.element(type)
    inner = _wide(element) if wide else element
    whole = types.of_shape(types.shape(type), inner)
    outer = whole if types.rank(whole) else types.of_shape((1,), inner)
    init = e.filled(start, outer)
    # A number is a tensor of one element, which a further dimension of size 1 selects.
    target = projection(rank, kept) if kept else AffineMap(rank, 0, (_zero(),))
    flags = [d not in kept for d in range(rank)]

    def body(e: Writer, args: Sequence[SSAValue]) -> list[SSAValue]:
        return [join(e, [casted(e, a, inner) for a in args[:-1]], args[-1])]

    (value,) = e.generic(xs, [init], [*maps, target], flags, body)
    if not types.rank(type):
        value = e.extracted(value, [e.index(0)])
    return e.mapped([value], type, lambda e, x: casted(e, x, element)) if (
        inner != element
    ) else value  # fmt: skip


def _zero() -> Any:
    return AffineExpr.constant(0)


def _kept(op: Any) -> list[int]:
    dims = types.ints(op.dims)
    return [d for d in range(types.rank(op.x.type)) if d not in dims]


@rule(ten.SumOp)
def sum_(op: ten.SumOp, e: Writer) -> Any:
    """ten.sum  →  linalg.generic that adds"""
    rank = types.rank(op.x.type)
    return reduced(
        e, op, [op.x], [AffineMap.identity(rank)], _kept(op), rank, 0,
        lambda e, xs, acc: _sum(e, acc, xs[0]), wide=True,
    )  # fmt: skip


_JOINS: dict[str, tuple[Any, Any]] = {
    "max": (arith.MaximumfOp, arith.MaxSIOp),
    "min": (arith.MinimumfOp, arith.MinSIOp),
    "prod": (arith.MulfOp, arith.MuliOp),
    "any": (None, arith.OrIOp),
    "all": (None, arith.AndIOp),
}


@rule(ten.ReduceOp)
def reduce(op: ten.ReduceOp, e: Writer) -> Any:
    """ten.reduce  →  linalg.generic that joins"""
    rank, kind = types.rank(op.x.type), op.kind.data
    element = types.element(op.x.type)
    is_float = types.is_float(element)
    join = _JOINS[kind][0 if is_float else 1]
    if kind in ("max", "min"):
        sign = -1 if kind == "max" else 1
        if is_float:
            start: float = sign * inf
        elif types.is_bool(element):
            start = int(kind == "min")
        else:
            limits = np.iinfo(arrays.dtype(element))
            start = int(limits.min if sign < 0 else limits.max)
    else:
        start = {"prod": 1, "any": 0, "all": 1}[kind]
    if types.is_bool(element) and kind in ("max", "min"):
        join = arith.OrIOp if kind == "max" else arith.AndIOp
    return reduced(
        e, op, [op.x], [AffineMap.identity(rank)], _kept(op), rank, start,
        lambda e, xs, acc: e.binary(join, acc, xs[0]), wide=kind == "prod",
    )  # fmt: skip


@rule(ten.EinsumOp)
def einsum(op: ten.EinsumOp, e: Writer) -> Any:
    """ten.einsum  →  linalg.generic that adds products"""
    inputs, _, output = op.spec.data.partition("->")
    words = inputs.split(",")
    letters = sorted(set(inputs) - {","})
    maps = [projection(len(letters), [letters.index(x) for x in word]) for word in words]
    xs, scalars = [], []
    for word, x in zip(words, op.xs):
        (xs if word else scalars).append(x)
    kept = [letters.index(x) for x in output]

    def join(e: Writer, values: Sequence[SSAValue], acc: SSAValue) -> SSAValue:
        product: SSAValue | None = None
        for value in values:
            product = value if product is None else _product(e, product, value)
        assert product is not None
        return _sum(e, acc, product)

    maps = [m for m, word in zip(maps, words) if word]
    if not xs:
        value = scalars[0]
        for x in scalars[1:]:
            value = _product(e, value, x)
        return value
    value = reduced(e, op, xs, maps, kept, len(letters), 0, join, wide=True)
    for x in scalars:
        value = e.mapped([value], value.type, lambda e, y, x=x: _product(e, y, x))
    return value


def _product(e: Writer, a: SSAValue, b: SSAValue) -> SSAValue:
    if types.is_float(a.type):
        return e.binary(arith.MulfOp, a, b)
    return e.binary(arith.AndIOp if types.is_bool(a.type) else arith.MuliOp, a, b)


@rule(ten.ArgmaxOp, ten.ArgminOp)
def arg_extreme(op: Any, e: Writer) -> Any:
    """ten.argmax  →  a loop that keeps the first best element and its place"""
    x, d = op.x, op.dim.value.data
    shape, type = types.shape(x.type), op.results[0].type
    target = types.element(type)
    order = [k for k in range(len(shape)) if k != d]

    def point(e: Writer, at: Sequence[SSAValue]) -> SSAValue:
        def place(k: SSAValue) -> list[SSAValue]:
            return [k if j == d else at[order.index(j)] for j in range(len(shape))]

        def turn(e: Writer, k: SSAValue, values: Sequence[SSAValue]) -> Sequence[SSAValue]:
            new, (best, found) = e.extracted(x, place(k)), values
            better = _better(e, op, new, best)
            return [e.chosen(better, new, best), e.chosen(better, k, found)]

        zero = e.index(0)
        first = e.extracted(x, place(zero))
        return casted(e, e.loop(shape[d], [first, zero], turn)[1], target)

    if not types.rank(type):
        return point(e, [])
    return e.built(type, point)


def _better(e: Writer, op: Any, new: SSAValue, best: SSAValue) -> SSAValue:
    up = isinstance(op, ten.ArgmaxOp)
    if not types.is_float(new.type):
        if types.is_bool(new.type):
            return e.compare("ugt" if up else "ult", new, best)
        return e.compare("sgt" if up else "slt", new, best)
    above = e.compare("ogt" if up else "olt", new, best)
    both = e.binary(arith.AndIOp, e.compare("uno", new, new), e.compare("ord", best, best))
    return e.binary(arith.OrIOp, above, both)


@rule(ten.CumsumOp)
def cumsum(op: ten.CumsumOp, e: Writer) -> Any:
    """ten.cumsum  →  a loop that adds one element after the other"""
    x, d = op.x, op.dim.value.data
    shape, element = types.shape(x.type), types.element(x.type)
    if not types.size(x.type):
        return x

    def turn(e: Writer, k: SSAValue, values: Sequence[SSAValue]) -> Sequence[SSAValue]:
        at = e.indices_of(k, [n for j, n in enumerate(shape) if j != d])

        def step(e: Writer, i: SSAValue, inner: Sequence[SSAValue]) -> Sequence[SSAValue]:
            place = [*at[:d], i, *at[d:]]
            total = _sum(e, inner[1], e.extracted(x, place))
            return [e(tensor.InsertOp(total, inner[0], place)), total]

        return e.loop(shape[d], [values[0], e.number(0, element)], step)[:1]

    count = prod(n for j, n in enumerate(shape) if j != d)
    return e.loop(count, [e.filled(0, x.type)], turn)[0]


# Flow.


@rule(ten.ScanOp)
def scan(op: ten.ScanOp, e: Writer) -> Any:
    """ten.scan  →  scf.for that reads rows and writes rows"""
    m, n = len(op.inits), op.trips
    ys = [e.filled(0, r.type) for r in op.results[m:]]
    if not n:
        return [*op.inits, *ys]
    count: SSAValue | int = n
    if op.turns is not None:
        least = e.binary(arith.MaxSIOp, op.turns, e.index(0))
        count = e.binary(arith.MinSIOp, least, e.index(n))

    def turn(e: Writer, k: SSAValue, values: Sequence[SSAValue]) -> Sequence[SSAValue]:
        if op.is_reverse:
            last = e.index(n) if isinstance(count, int) else count
            k = e.binary(arith.SubiOp, e.binary(arith.SubiOp, last, e.index(1)), k)
        rows = [e.row(x, k) for x in op.xs]
        given = inlined(e, op.block, [*values[:m], *rows])
        return [
            *given[:m],
            *(e.with_row(y, new, k) for y, new in zip(values[m:], given[m:], strict=True)),
        ]

    return list(e.loop(count, [*op.inits, *ys], turn))


@rule(ten.WhileOp)
def while_(op: ten.WhileOp, e: Writer) -> Any:
    """ten.while  →  scf.while; a limit is one more carried value, which counts the turns"""
    most = op.most
    inits = [*([e.index(0)] if most is not None else []), *op.inits]
    skip = len(inits) - len(op.inits)
    kinds = [x.type for x in inits]
    before, after = Block(arg_types=kinds), Block(arg_types=kinds)
    inner = e.inside(before)
    (mask,) = inlined(inner, op.condition.block, before.args[skip:])
    if most is not None:
        below = inner.compare("slt", before.args[0], inner.index(most))
        mask = inner.binary(arith.AndIOp, mask, below)
    inner.insert(scf.ConditionOp(mask, *before.args))
    inner = e.inside(after)
    given = inlined(inner, op.block, after.args[skip:])
    if most is not None:
        given = [inner.binary(arith.AddiOp, after.args[0], inner.index(1)), *given]
    inner.insert(scf.YieldOp(*given))
    loop = e.insert(scf.WhileOp(inits, kinds, Region(before), Region(after)))
    return list(loop.results)[skip:]


@rule(delta.CustomVjpOp, delta.CustomJvpOp)
def custom(op: Any, e: Writer) -> Any:
    """delta.custom_vjp @f(x)  →  func.call @f(x)"""
    if SymbolTable.lookup_symbol(op, op.callee) is None:
        raise LetgradError(f"there is no function @{op.callee.string_value()}", op)
    call = func.CallOp(op.callee, list(op.operands), [r.type for r in op.results])
    return list(e.insert(call).results)
