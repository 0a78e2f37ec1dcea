"""Ops of constants: random ones of every op and type that MLIR folds, and the results of folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import ml_dtypes
import numpy as np
from xdsl.dialects import arith, func, math
from xdsl.dialects.builtin import (
    BytesAttr,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    ModuleOp,
    TensorType,
    VectorType,
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
from xdsl.ir import Attribute, Block, Operation, Region

from letgrad.dialects import arrays, types

INTEGERS: tuple[Any, ...] = (i1, i8, i16, i32, i64, IndexType())
ODD: tuple[Any, ...] = (IntegerType(7), IntegerType(33))
FLOATS: tuple[Any, ...] = (f16, bf16, f32, f64)

OF_INTEGERS: tuple[type[Operation], ...] = (
    arith.AddiOp, arith.SubiOp, arith.MuliOp, arith.AndIOp, arith.OrIOp, arith.XOrIOp,
    arith.DivSIOp, arith.DivUIOp, arith.RemSIOp, arith.RemUIOp, arith.FloorDivSIOp,
    arith.CeilDivSIOp, arith.CeilDivUIOp, arith.MinSIOp, arith.MaxSIOp, arith.MinUIOp,
    arith.MaxUIOp, arith.ShLIOp, arith.ShRSIOp, arith.ShRUIOp, math.IPowIOp,
)  # fmt: skip
OF_ONE_INTEGER = (math.AbsIOp, math.CountLeadingZerosOp, math.CountTrailingZerosOp, math.CtPopOp)
EXTENDED = (arith.AddUIExtendedOp, arith.MulSIExtendedOp, arith.MulUIExtendedOp)
OF_FLOATS: tuple[type[Operation], ...] = (
    arith.AddfOp, arith.SubfOp, arith.MulfOp, arith.DivfOp, arith.MaximumfOp, arith.MinimumfOp,
    arith.MaxnumfOp, arith.MinnumfOp, math.CopySignOp,
)  # fmt: skip
OF_ONE_FLOAT = (
    arith.NegfOp, math.AbsFOp, math.CeilOp, math.FloorOp, math.RoundOp, math.RoundEvenOp,
    math.TruncOp, math.SqrtOp,
)  # fmt: skip
FUNCTIONS = (
    math.AcosOp, math.AcoshOp, math.AsinOp, math.AsinhOp, math.AtanOp, math.AtanhOp, math.CbrtOp,
    math.CosOp, math.CoshOp, math.ErfOp, math.Exp2Op, math.ExpM1Op, math.ExpOp, math.Log10Op,
    math.Log1pOp, math.Log2Op, math.LogOp, math.RsqrtOp, math.SinOp, math.SinhOp, math.TanOp,
    math.TanhOp,
)  # fmt: skip
FUNCTIONS_OF_TWO = (math.Atan2Op, math.PowFOp)


def width(type: Attribute) -> int:
    return type.width.data if isinstance(type, IntegerType) else 64


@dataclass(frozen=True)
class Case:
    """An op, the types of its operands and results, and the elements of each operand."""

    kind: type[Operation]
    operands: tuple[Attribute, ...]
    results: tuple[Attribute, ...]
    values: tuple[tuple[Any, ...], ...]
    properties: tuple[tuple[str, Attribute], ...] = ()

    def __str__(self) -> str:
        given = ", ".join(f"{list(v)} : {t}" for v, t in zip(self.values, self.operands))
        return f"{self.kind.name}({given}) {dict(self.properties)} -> {self.results[0]}"


def constant(values: Sequence[Any], type: Any) -> arith.ConstantOp:
    """A constant of a scalar, tensor or vector type; one element stands for all."""
    if isinstance(type, TensorType | VectorType):
        element: Any = type.get_element_type()
        data = element.pack(tuple(values))
        if len(values) == 1:
            data *= int(np.prod(type.get_shape()))
        return arith.ConstantOp(DenseIntOrFPElementsAttr(type, BytesAttr(data)), type)
    (value,) = values
    if types.is_float(type):
        return arith.ConstantOp(FloatAttr(value, type), type)
    return arith.ConstantOp(IntegerAttr(value, type), type)


def module_of(cases: Sequence[Case]) -> ModuleOp:
    """A module with a function that returns the results of all ops."""
    block = Block()
    results = []
    for case in cases:
        xs = [constant(v, t) for v, t in zip(case.values, case.operands, strict=True)]
        op = case.kind.create(
            operands=[x.result for x in xs],
            result_types=case.results,
            properties=dict(case.properties),
        )
        block.add_ops((*xs, op))
        results += op.results
    block.add_op(func.ReturnOp(*results))
    return ModuleOp([func.FuncOp("f", ((), [r.type for r in results]), Region(block))])


def results_of(module: ModuleOp) -> list[arith.ConstantOp | None]:
    """The constants that the function returns. None for each result that is no constant."""
    (function,) = (op for op in module.ops if isinstance(op, func.FuncOp))
    last = function.body.block.last_op
    assert last is not None
    return [x.owner if isinstance(x.owner, arith.ConstantOp) else None for x in last.operands]


def elements(op: arith.ConstantOp) -> tuple[Any, ...]:
    """The elements of a constant. Of a splat, MLIR writes one element, and this gives all."""
    value = op.value
    if isinstance(value, IntegerAttr):
        half = 1 << (width(value.type) - 1)
        return ((value.value.data + half) % (2 * half) - half,)
    if isinstance(value, FloatAttr):
        return (value.value.data,)
    assert isinstance(value, DenseIntOrFPElementsAttr)
    found = tuple(value.iter_values())
    element = value.get_element_type()
    if not types.is_float(element):
        half = 1 << (width(element) - 1)
        found = tuple((int(x) + half) % (2 * half) - half for x in found)
    size = int(np.prod(value.get_shape()))
    return found * size if len(found) == 1 else found


def edges(type: Attribute) -> list[Any]:
    """The numbers of a type that are special."""
    if types.is_float(type):
        dtype = arrays.dtype(type)
        info: Any = ml_dtypes.finfo(dtype)
        some = [0.0, 1.0, 3.0, 0.5, 1.5, 2.5, 0.1, 7.1, 100.0, info.max, info.tiny]
        some += [info.smallest_subnormal, info.eps, 1 + float(info.eps), np.inf]
        some = [float(dtype.type(float(x))) for x in some]
        return [*some, *(-x for x in some), float("nan")]
    half = 1 << (width(type) - 1)
    some = [0, 1, -1, 2, 3, -3, 7, half - 1, half - 2, -half, 1 - half, half // 2, width(type) - 1]
    return sorted({(x + half) % (2 * half) - half for x in (*some, width(type))})


def number(random: Random, type: Attribute) -> Any:
    """A number of a type: special, of the size of 1, or of random bits."""
    kind = random.random()
    if kind < 0.4:
        return random.choice(edges(type))
    if not types.is_float(type):
        half = 1 << (width(type) - 1)
        x = random.randint(-20, 20) if kind < 0.7 else random.randrange(-half, half)
        return (x + half) % (2 * half) - half
    dtype = arrays.dtype(type)
    if kind < 0.8:
        return float(dtype.type(random.gauss(0, 3)))
    bits = random.getrandbits(dtype.itemsize * 8).to_bytes(dtype.itemsize, "little")
    x = float(np.frombuffer(bits, dtype)[0])
    return x if x == x else float("nan")


_SHAPES: tuple[tuple[int, ...] | None, ...] = (None, None, None, None, (3,), (2, 2), (1,), (4,))


def case(random: Random) -> Case:
    """A random op of constants: scalars, and now and then tables, splats and vectors."""
    shape = random.choice(_SHAPES)
    as_table = random.choice((TensorType, VectorType))

    def of(kind: type[Operation], inputs: Sequence[Any], results: Sequence[Any], **more: Any):
        def shaped(t: Any) -> Any:
            return t if shape is None else as_table(t, shape)

        size = 1 if shape is None or random.random() < 0.3 else int(np.prod(shape))
        values = tuple(tuple(number(random, t) for _ in range(size)) for t in inputs)
        return Case(
            kind,
            tuple(map(shaped, inputs)),
            tuple(map(shaped, results)),
            values,
            tuple(more.items()),
        )

    family = random.randrange(12)
    if family <= 2:
        t = random.choice((*INTEGERS, *ODD))
        return of(random.choice(OF_INTEGERS), (t, t), (t,))
    if family == 3:
        t = random.choice(INTEGERS)
        if random.random() < 0.5:
            return of(random.choice(OF_ONE_INTEGER), (t,), (t,))
        kind = random.choice(EXTENDED)
        return of(kind, (t, t), (t, i1 if kind is arith.AddUIExtendedOp else t))
    if family <= 5:
        t = random.choice(FLOATS)
        return of(random.choice(OF_FLOATS), (t, t), (t,))
    if family == 6:
        t = random.choice(FLOATS)
        return of(random.choice(OF_ONE_FLOAT), (t,), (t,))
    if family <= 8:
        t = random.choice((f32, f64, f64, f32, f16, bf16))
        if random.random() < 0.2:
            return of(random.choice(FUNCTIONS_OF_TWO), (t, t), (t,))
        if random.random() < 0.1:
            # MLIR multiplies again and again, which is right for small exponents only.
            x, n = number(random, t), random.choice((-1, 0, 1, 2))
            return Case(math.FPowIOp, (t, i32), (t,), ((x,), (n,)))
        return of(random.choice(FUNCTIONS), (t,), (t,))
    shape = None  # xDSL's conversions and comparisons are of scalars
    if family == 9:
        if random.random() < 0.5:
            t = random.choice(INTEGERS)
            predicate = IntegerAttr(random.randrange(10), i64)
            return of(arith.CmpiOp, (t, t), (i1,), predicate=predicate)
        t = random.choice(FLOATS)
        predicate = IntegerAttr(random.randrange(16), i64)
        return of(arith.CmpfOp, (t, t), (i1,), predicate=predicate)
    if family == 10 and random.random() < 0.3:
        t = random.choice((*INTEGERS, *FLOATS))
        return of(arith.SelectOp, (i1, t, t), (t,))
    return of(*conversion(random))


def conversion(random: Random) -> tuple[type[Operation], tuple[Any, ...], tuple[Any, ...]]:
    whole = (i1, i8, i16, i32, i64, *ODD)
    a, b = sorted(random.sample(whole, 2), key=width)
    x = random.choice(FLOATS)
    wide = random.choice(((f16, f32), (bf16, f32), (f32, f64), (f16, f64), (bf16, f64)))
    same = random.choice(((f16, i16), (bf16, i16), (f32, i32), (f64, i64), (f16, bf16)))
    return random.choice(
        [
            (arith.ExtSIOp, (a,), (b,)),
            (arith.ExtUIOp, (a,), (b,)),
            (arith.TruncIOp, (b,), (a,)),
            (arith.IndexCastOp, (a,), (IndexType(),)),
            (arith.IndexCastOp, (IndexType(),), (a,)),
            (arith.SIToFPOp, (a,), (x,)),
            (arith.UIToFPOp, (b,), (x,)),
            (arith.FPToSIOp, (x,), (b,)),
            (arith.FPToUIOp, (x,), (b,)),
            (arith.ExtFOp, wide[:1], wide[1:]),
            (arith.TruncFOp, wide[1:], wide[:1]),
            (arith.BitcastOp, same[:1], same[1:]),
            (arith.BitcastOp, same[1:], same[:1]),
        ]
    )


def ulps(a: float, b: float, type: Attribute) -> int:
    """How many floats of a type lie from a to b; 0 if they are the same bits."""

    def position(x: float) -> int:
        dtype = arrays.dtype(type)
        bits = int(np.array(x, dtype).view(f"i{dtype.itemsize}"))
        # -0 is one step from 0, so that a wrong sign is seen.
        return bits if bits >= 0 else -1 - (bits + (1 << (dtype.itemsize * 8 - 1)))

    return abs(position(a) - position(b))
