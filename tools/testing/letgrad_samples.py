"""
Samples of letgrad's own ops, and of the ops of `arith` and `math` that are not elementwise of one
type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from xdsl.dialects import arith, math, scf
from xdsl.dialects.builtin import (
    ComplexType,
    IndexType,
    IntegerType,
    bf16,
    f16,
    f32,
    f64,
    i1,
    i8,
    i16,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ...dialects import arrays, delta, sharing, ten, types
from ...dialects.types import element, of_shape, rank, shape
from ...lowering.triton.expressions import SPECIAL
from ...passes.rewriting.rule_tables import samples
from .samples import FLOATS, MAX_ELEMENTS, Draw, Values, normal

index = IndexType()

# arith, math.


@samples.rule(arith.ConstantOp)
def _(draw: Draw) -> Operation | None:
    if draw.differentiable:
        return None
    e = draw.element()
    # xDSL's parser takes no dense constant of index elements.
    sizes = () if e == index else draw.sizes()
    values = draw.any_values(of_shape(sizes, e))(draw.random, sizes)
    return arrays.constant(np.asarray(values).astype(arrays.dtype(e)), of_shape(sizes, e))


@samples.rule(arith.CmpfOp)
def _(draw: Draw) -> Operation:
    x = draw.operand(draw.float())
    return arith.CmpfOp(x, draw.like(x), draw.choice(tuple(arith.CMPF_COMPARISON_OPERATIONS)))


@samples.rule(arith.CmpiOp)
def _(draw: Draw) -> Operation | None:
    if draw.differentiable:
        return None
    x = draw.operand(draw.choice((draw.integer(), i1)))
    return arith.CmpiOp(x, draw.like(x), draw.choice(tuple(arith.CMPI_COMPARISON_OPERATIONS)))


@samples.rule(arith.SelectOp)
def _(draw: Draw) -> Operation:
    a = draw.operand()
    return arith.SelectOp(draw.operand(i1), a, draw.like(a))


def conversion(
    op: type[Operation], sources: Sequence[Attribute], targets: Sequence[Attribute]
) -> None:
    """Samples of a conversion of scalars: from one of these types to a target type that fits."""

    @samples.rule(op)
    def _(draw: Draw) -> Operation | None:
        pairs = [(s, t) for s in sources for t in targets if s != t and _converts(op, s, t)]
        if draw.differentiable:
            pairs = [(s, t) for s, t in pairs if {s, t} <= {f32, f64}]
        if not pairs:
            return None
        source, target = draw.choice(pairs)
        values = _wide if types.is_float(source) and not types.is_float(target) else None
        return op.create(operands=[draw.operand(source, values)], result_types=[target])


def _wide(random: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Floats of all sizes, also beyond the range of integers."""
    return random.standard_normal(shape) * 2.0 ** random.integers(-2, 70, shape)


def _converts(op: type[Operation], source: Attribute, target: Attribute) -> bool:
    if types.is_float(source) and types.is_float(target):
        wider = target.bitwidth > source.bitwidth  # type: ignore[attr-defined]
        narrower = target.bitwidth < source.bitwidth  # type: ignore[attr-defined]
        return wider if op is arith.ExtFOp else narrower
    if isinstance(source, IntegerType) and isinstance(target, IntegerType):
        if op is arith.TruncIOp:
            return target.width.data < source.width.data
        return target.width.data > source.width.data
    return True


_INTEGERS = (i1, i8, i16, i32, i64)
conversion(arith.ExtFOp, FLOATS, FLOATS)
conversion(arith.TruncFOp, FLOATS, FLOATS)
for _op in (arith.ExtSIOp, arith.ExtUIOp, arith.TruncIOp):
    conversion(_op, _INTEGERS, _INTEGERS)
for _op in (arith.SIToFPOp, arith.UIToFPOp):
    conversion(_op, _INTEGERS, FLOATS)
for _op in (arith.FPToSIOp, arith.FPToUIOp):
    conversion(_op, FLOATS, _INTEGERS)


@samples.rule(arith.IndexCastOp)
def _(draw: Draw) -> Operation | None:
    if draw.differentiable:
        return None
    one, other = draw.choice(((index, i64), (index, i32), (i64, index), (i8, index)))
    return arith.IndexCastOp(draw.operand(one), other)


@samples.rule(arith.BitcastOp)
def _(draw: Draw) -> Operation:
    one, other = (
        (f64, i64) if draw.differentiable else draw.choice(((f64, i64), (i32, f32), (f16, i16)))
    )
    return arith.BitcastOp(draw.operand(one), other)


@samples.rule(arith.AddUIExtendedOp)
def _(draw: Draw) -> Operation | None:
    if draw.differentiable:
        return None
    x = draw.operand(draw.choice((i8, i32, i64)))
    return arith.AddUIExtendedOp(x, draw.like(x))


@samples.rule(math.FPowIOp)
def _(draw: Draw) -> Operation:
    x = draw.floats()
    return math.FPowIOp(x, draw.like(x, i32))


@samples.rule(scf.IfOp)
def _(draw: Draw) -> Operation:
    a = draw.operand()
    b = draw.like(a)
    then, other = (Region(Block([scf.YieldOp(x)])) for x in (a, b))
    return scf.IfOp(draw.operand(i1), [a.type], then, other)


# ten.


@samples.rule(ten.IotaOp)
def _(draw: Draw) -> Operation:
    sizes = draw.sizes(1)
    e = draw.float() if draw.differentiable or draw.chance(2) else draw.integer()
    return ten.IotaOp(draw.number(0, len(sizes) - 1), of_shape(sizes, e))


@samples.rule(ten.SelectOp)
def _(draw: Draw) -> Operation:
    a = draw.operand()
    mask = draw.operand(i1) if draw.chance(2) else draw.like(a, i1)
    return ten.SelectOp(mask, a, draw.like(a))


@samples.rule(ten.CompareOp)
def _(draw: Draw) -> Operation:
    x = draw.operand()
    e = element(x.type)
    predicates = ten.FLOAT_PREDICATES if types.is_float(e) else ten.INTEGER_PREDICATES
    allowed = [p for p in predicates if not (types.is_bool(e) and p.startswith("s"))]
    return ten.CompareOp(draw.choice(allowed), x, draw.like(x))


@samples.rule(ten.CastOp)
def _(draw: Draw) -> Operation:
    return ten.CastOp(draw.operand(), draw.element())


@samples.rule(ten.BroadcastOp)
def _(draw: Draw) -> Operation:
    x = draw.operand()
    result, dims = list(shape(x.type)), []
    for d in range(4):
        n = draw.size()
        if d <= len(result) and prod(result) * n <= MAX_ELEMENTS and draw.chance(2):
            result.insert(d, n)
            dims.append(d)
    return ten.BroadcastOp(x, dims, result)


def _numbers(draw: Draw, rank: int = 0) -> SSAValue:
    """An operand of any element type but truth values."""
    e = draw.float() if draw.differentiable or draw.chance(2) else draw.integer()
    return draw.operand(of_shape(draw.sizes(rank), e))


@samples.rule(ten.SumOp)
def _(draw: Draw) -> Operation:
    x = _numbers(draw)
    return ten.SumOp(x, draw.subset(rank(x.type)))


@samples.rule(ten.ReduceOp)
def _(draw: Draw) -> Operation:
    x = draw.operand()
    kinds = ("any", "all") if types.is_bool(element(x.type)) else ("max", "min", "prod")
    return ten.ReduceOp(draw.choice(kinds), x, draw.subset(rank(x.type)))


@samples.rule(ten.ArgmaxOp)
def _(draw: Draw) -> Operation:
    return _position(draw, ten.ArgmaxOp)


@samples.rule(ten.ArgminOp)
def _(draw: Draw) -> Operation:
    return _position(draw, ten.ArgminOp)


@samples.rule(ten.ArgsortOp)
def _(draw: Draw) -> Operation:
    return _position(draw, ten.ArgsortOp)


def _position(draw: Draw, op: Callable[[SSAValue, int, Attribute], Operation]) -> Operation:
    x = draw.operand(rank=1)
    return op(x, draw.number(0, rank(x.type) - 1), draw.choice((i64, index, i32)))


@samples.rule(ten.CumsumOp)
def _(draw: Draw) -> Operation:
    x = _numbers(draw, 1)
    return ten.CumsumOp(x, draw.number(0, rank(x.type) - 1))


def _part_type(draw: Draw) -> Attribute:
    """The type of the parts of complex numbers."""
    return f64 if draw.differentiable else draw.choice((f32, f64))


def _pairs_of_normals(random: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return random.standard_normal(shape) + 1j * random.standard_normal(shape)


@samples.rule(ten.ComplexOp)
def _(draw: Draw) -> Operation:
    re = draw.operand(of_shape(draw.sizes(), _part_type(draw)))
    return ten.ComplexOp(re, draw.like(re))


def _part(draw: Draw, op: type[ten.PartOp]) -> Operation:
    kind = of_shape(draw.sizes(), ComplexType(draw.choice((f32, f64))))
    return op(draw.operand(kind, _pairs_of_normals))


@samples.rule(ten.RealOp)
def _(draw: Draw) -> Operation:
    return _part(draw, ten.RealOp)


@samples.rule(ten.ImagOp)
def _(draw: Draw) -> Operation:
    return _part(draw, ten.ImagOp)


@samples.rule(ten.FftOp)
def _(draw: Draw) -> Operation:
    kind = draw.choice(ten.TRANSFORMS)
    sizes = list(draw.sizes(1))
    d = draw.number(0, len(sizes) - 1)
    sizes[d] = max(sizes[d], 1)  # a transform needs elements
    dims, n = [d], None
    if kind in ("forward", "backward"):
        dims = sorted({d, *(e for e in draw.subset(len(sizes)) if sizes[e])})
    if kind == "hermitian":
        n = sizes[d]
        sizes[d] = n // 2 + 1
    if kind != "real":
        sizes.append(2)
    return ten.FftOp(kind, draw.operand(of_shape(sizes, _part_type(draw)), normal), dims, n)


@samples.rule(ten.DctOp)
def _(draw: Draw) -> Operation:
    kind = draw.choice(ten.WAVES)
    sizes = list(draw.sizes(1))
    d = draw.number(0, len(sizes) - 1)
    sizes[d] = max(sizes[d], 2 if kind == "cosine1" else 1)
    return ten.DctOp(kind, draw.operand(of_shape(sizes, _part_type(draw)), normal), d)


@samples.rule(ten.TransposeOp)
def _(draw: Draw) -> Operation:
    x = draw.operand()
    return ten.TransposeOp(x, draw.permutation(rank(x.type)))


@samples.rule(ten.ReshapeOp)
def _(draw: Draw) -> Operation:
    x = draw.operand()
    n = types.size(x.type)
    shapes: list[tuple[int, ...]] = [(n,), (1, n), (n, 1)]
    shapes += [(k, n // k) for k in (2, 3, 4) if n and n % k == 0]
    shapes += [()] if n == 1 else []
    return ten.ReshapeOp(x, draw.choice(shapes))


@samples.rule(ten.ReverseOp)
def _(draw: Draw) -> Operation:
    x = draw.operand()
    return ten.ReverseOp(x, draw.subset(rank(x.type)))


@samples.rule(ten.SliceOp)
def _(draw: Draw) -> Operation:
    x = draw.operand()
    boxes = []
    for n in shape(x.type):
        offset, stride = draw.number(0, n), draw.choice((1, 2, 1, 3))
        boxes.append((offset, draw.number(0, -(-(n - offset) // stride)), stride))
    return ten.SliceOp(x, *([box[k] for box in boxes] for k in range(3)))


@samples.rule(ten.PadOp)
def _(draw: Draw) -> Operation:
    x = _numbers(draw)
    return ten.PadOp(x, *([draw.choice((0, 1, 2)) for _ in shape(x.type)] for _ in range(3)))


@samples.rule(ten.ConcatOp)
def _(draw: Draw) -> Operation:
    x = draw.operand(rank=1)
    d = draw.number(0, rank(x.type) - 1)

    def part() -> SSAValue:
        sizes = list(shape(x.type))
        sizes[d] = draw.size()
        return draw.operand(of_shape(sizes, element(x.type)))

    return ten.ConcatOp([x, *(part() for _ in range(draw.number(0, 2)))], d)


@samples.rule(ten.StackOp)
def _(draw: Draw) -> Operation:
    x = draw.operand()
    return ten.StackOp([x, *(draw.like(x) for _ in range(draw.number(0, 2)))])


@samples.rule(ten.IndexOp)
def _(draw: Draw) -> Operation:
    t = draw.operand(rank=1)
    sizes = shape(t.type)[: draw.number(1, rank(t.type))]
    return ten.IndexOp(t, [draw.indices((), n, index) for n in sizes])


@samples.rule(ten.UpdateOp)
def _(draw: Draw) -> Operation:
    """Boxes that are inside of x, and some that leave x."""
    x = draw.operand(rank=1)
    sizes = [draw.number(0, n) for n in shape(x.type)]
    strides = [draw.choice((1, 1, 2, 3)) for _ in sizes]
    v = draw.operand(of_shape(sizes, element(x.type)))
    return ten.UpdateOp(x, v, [draw.indices((), n, index) for n in shape(x.type)], strides)


@samples.rule(ten.EinsumOp)
def _(draw: Draw) -> Operation:
    """Letters for one to three operands, such that equal letters have equal sizes."""
    sizes = {c: draw.size() for c in "ijkl"}
    e = draw.float() if draw.differentiable or draw.chance(2) else draw.choice((i64, i32))
    words = [
        "".join(draw.choice("ijkl") for _ in range(draw.number(0, 3)))
        for _ in range(draw.number(1, 3))
    ]
    letters = sorted(set("".join(words)))
    kept = [letters[k] for k in draw.subset(len(letters))][:3]
    output = "".join(kept[k] for k in draw.permutation(len(kept)))
    xs = [draw.operand(of_shape([sizes[c] for c in word], e)) for word in words]
    return ten.EinsumOp(f"{','.join(words)}->{output}", xs)


def _positive(random: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return 0.5 + random.random(shape)


def attention_sample(op: type[ten.AttentionLike]) -> None:
    """Samples of an op of attention: layouts, batches, biases, masks, bands and softmaxes."""

    @samples.rule(op)
    def _(draw: Draw) -> Operation:
        whole = op is not ten.AttentionGradientOp
        sizes = {c: draw.size() for c in "ideh"} | {"j": max(draw.size(), 1), "b": draw.size()}
        e = draw.float()
        batch = draw.choice(("", "b", "bh"))
        wide = e in (bf16, f16) and draw.chance(2)

        def word(own: str, lacks: bool) -> str:
            letters = [c for c in own + batch if c in "ijde" or not (lacks and draw.chance(3))]
            return "".join(letters[k] for k in draw.permutation(len(letters)))

        full = draw.number(0, 2)
        words = [word(own, whole and k != full) for k, own in enumerate(("id", "jd", "je"))]
        xs = [draw.operand(of_shape([sizes[c] for c in w], e), normal) for w in words]
        soft = f32 if wide else e
        for scalar, values in ((soft, normal), (i1, None)):
            if draw.chance(2):
                words.append(word(draw.choice(("ij", "j", "i", "ji")), True))
                kind = of_shape([sizes[c] for c in words[-1]], scalar)
                xs.append(draw.operand(kind, values))
        output = word("ie", False)
        adds = draw.chance(3)
        scores = ten.Scores(
            draw.choice((1.0, 0.5, -0.3)),
            draw.choice((None, None, -2, 0)),
            draw.choice((None, 0, 1)),
            # With -inf, a row without keys is NaN, and has no derivative.
            draw.choice((-2.0, -30.0)) if adds else draw.choice((-2.0, -1e4)),
            adds,
            wide,
            not wide and draw.chance(3),
        )
        spec = ",".join(words) + f"->{output}"
        if op is ten.AttentionOp:
            return ten.AttentionOp(spec, xs, scores)
        rows = of_shape([sizes[c] for c in output if c != "e"], f64 if e == f64 else f32)
        o = of_shape([sizes[c] for c in output], e)
        stats = [draw.operand(rows, normal), draw.operand(rows, _positive)]
        if op is ten.AttentionGradientOp:
            more = [*stats, draw.operand(o, normal), draw.operand(rows, normal)]
        else:
            biases = [x for x in xs[3:] if types.element(x.type) != i1]
            tangents = [draw.operand(x.type, normal) for x in (*xs[:3], *biases)]
            more = [draw.operand(o, normal), *stats, *tangents]
        return op(spec, [*xs, *more], scores)


for _attention in ten.ATTENTION_OPS:
    attention_sample(_attention)


def _places(draw: Draw, block: Block, sizes: Sequence[int]) -> list[SSAValue]:
    """One index for each of these sizes: a shifted argument of the region, or a read in a table."""
    found: list[SSAValue] = []
    for n in sizes:
        if not block.args or draw.chance(4):
            found.append(
                draw.operand(index, lambda random, shape, n=n: random.integers(-1, n + 1, shape))
            )
            continue
        i = draw.choice(block.args)
        if draw.chance(2):
            table = draw.indices((draw.number(1, 4),), n, index)
            block.add_op(read := ten.IndexOp(table, [i]))
            found.append(read.result)
        else:
            block.add_op(shift := types.constant(draw.number(-1, 1), index))
            block.add_op(moved := arith.AddiOp(i, shift))
            found.append(moved.result)
    return found


def _index_region(draw: Draw, count: int, fill: Callable[[Block], Sequence[SSAValue]]) -> Region:
    block = Block(arg_types=[index] * count)
    values = fill(block)
    block.add_op(ten.YieldOp(*values))
    return Region(block)


@samples.rule(ten.GatherOp)
def _(draw: Draw) -> Operation:
    t = draw.operand()
    domain = draw.sizes(0, 2)
    sizes = shape(t.type)[: draw.number(0, rank(t.type))]
    return ten.GatherOp(
        domain, t, _index_region(draw, len(domain), lambda b: _places(draw, b, sizes))
    )


@samples.rule(ten.ScatterOp)
def _(draw: Draw) -> Operation:
    t = _numbers(draw)
    dims = draw.sizes(0, 2)
    depth = draw.number(0, rank(t.type))
    return ten.ScatterOp(dims, t, _index_region(draw, depth, lambda b: _places(draw, b, dims)))


@samples.rule(ten.BuildOp)
def _(draw: Draw) -> Operation:
    domain, t = draw.sizes(0, 2), _numbers(draw, 1)

    def body(block: Block) -> Sequence[SSAValue]:
        block.add_op(read := ten.IndexOp(t, _places(draw, block, shape(t.type)[:1])))
        kind: Any = arith.AddfOp if types.is_float(element(t.type)) else arith.AddiOp
        block.add_op(twice := kind(read.result, read.result))
        return [twice.result]

    return ten.BuildOp(domain, _index_region(draw, len(domain), body))


@samples.rule(ten.ScanOp)
def _(draw: Draw) -> Operation:
    """
    A scan: c ← c x + x. A row of its result is the product of the old c and the new c. It takes all
    rows, or a number of them.
    """
    xs = draw.floats(1)
    length, *rest = shape(xs.type)
    row = of_shape(rest, element(xs.type))
    block = Block(arg_types=[row, row])
    carried, x = block.args
    block.add_op(product := arith.MulfOp(carried, x))
    block.add_op(following := arith.AddfOp(product, x))
    block.add_op(given := arith.MulfOp(following, carried))
    block.add_op(ten.YieldOp(following.result, given.result))
    turns = draw.operand(index) if draw.chance(2) else None
    return ten.ScanOp(length, [draw.operand(row)], [xs], Region(block), draw.chance(2), turns)


@samples.rule(ten.WhileOp)
def _(draw: Draw) -> Operation:
    """c ← c x + x and k ← k + 1 while k < 2, at most three times."""
    x = draw.floats()
    kinds = [x.type, index]
    condition, body = Block(arg_types=kinds), Block(arg_types=kinds)
    condition.add_op(most := types.constant(2, index))
    condition.add_op(goes_on := arith.CmpiOp(condition.args[1], most.result, "slt"))
    condition.add_op(ten.YieldOp(goes_on.result))
    body.add_op(product := arith.MulfOp(body.args[0], x))
    body.add_op(following := arith.AddfOp(product, x))
    body.add_op(one := types.constant(1, index))
    body.add_op(more := arith.AddiOp(body.args[1], one.result))
    body.add_op(ten.YieldOp(following.result, more.result))
    inits = [draw.operand(x.type), draw.operand(index)]
    return ten.WhileOp(inits, Region(condition), Region(body), 3)


# sharing, delta.


@samples.rule(sharing.LetOp)
def _(draw: Draw) -> Operation:
    return sharing.LetOp(draw.operand())


@samples.rule(sharing.ShareOp)
def _(draw: Draw) -> Operation:
    return sharing.ShareOp(draw.operand(), draw.number(1, 9))


@samples.rule(delta.StopOp)
def _(draw: Draw) -> Operation | None:
    """Not differentiable: the derivative is 0 by definition, and not the slope of the value."""
    return None if draw.differentiable else delta.StopOp(draw.operand())


@samples.rule(ten.SpecialOp)
def _(draw: Draw) -> Operation:
    """A function that every backend has, where it is smooth; for derivatives, by each operand."""
    everywhere = [
        row
        for name, row in ten.FUNCTIONS.items()
        if name in SPECIAL or (row.value is not None and "hyp" not in f"{row.value} {row.slopes}")
    ]
    row = draw.choice([row for row in everywhere if None not in row.slopes])
    type = of_shape(draw.sizes(), draw.float())
    return ten.SpecialOp(row.name, *(draw.operand(type, _between(*ends)) for ends in row.domain))


def _between(low: float, high: float) -> Values:
    return lambda random, sizes: random.uniform(low, high, sizes)


def _decomposition(op: type[ten.MatrixOp]) -> None:
    @samples.rule(op)
    def _(draw: Draw) -> Operation:
        *batch, m, n = draw.sizes(2)
        kind = draw.choice((f32, f64))
        is_complex = draw.choice((False, True))
        sizes = (*batch, m, m if op.SQUARE else n, *[2] * is_complex)
        words = {word: True for word in op.WORDS[1:] if draw.choice((False, True))}
        return op(draw.operand(of_shape(sizes, kind), normal), is_complex, **words)


for _op in ten.MATRIX_OPS:
    _decomposition(_op)


@samples.rule(ten.TriangularSolveOp)
def _(draw: Draw) -> Operation:
    *batch, n, m = draw.sizes(2)
    kind, part = draw.choice(ten.TRIANGLES), _part_type(draw)
    pair = [2] * kind.startswith("complex")
    t = draw.operand(of_shape((*batch, n, n, *pair), part), _well_conditioned(bool(pair)))
    return ten.TriangularSolveOp(
        kind, t, draw.operand(of_shape((*batch, n, m, *pair), part), normal)
    )


@samples.rule(ten.SymmetricSolveOp)
def _(draw: Draw) -> Operation:
    *batch, n, m = draw.sizes(2)
    part = _part_type(draw)
    a = draw.operand(of_shape((*batch, n, n), part), _well_conditioned(False))
    b = draw.operand(of_shape((*batch, n, m), part), normal)
    return ten.SymmetricSolveOp(draw.choice(("lower", "upper")), a, b)


def _well_conditioned(pairs: bool) -> Values:
    """Matrices with a large diagonal: their inverses have no large elements."""

    def values(random: Any, sizes: Any) -> Any:
        numbers = 0.3 * random.standard_normal(sizes)
        matrices = numbers[..., 0] if pairs else numbers
        matrices += 2 * np.eye(matrices.shape[-1])
        return numbers

    return values
