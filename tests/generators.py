"""
Random well-typed programs, as a hypothesis strategy, and random arguments for them.

    @given(programs(ops=["ten.sum", "math.sin"], max_ops=5))
    def test_…(module): …

A program is a module with one function `@main`. It uses the ops that are named and, to feed them,
constants, and integer arithmetic inside index regions. Sizes are 0 to 4, and elements few in all,
so that the reference runs fast.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import prod
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st
from xdsl.dialects import arith, func, math, scf
from xdsl.dialects.builtin import (
    IndexType,
    ModuleOp,
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

from letgrad.dialects import arrays, ten, types
from letgrad.dialects.types import element, of_shape, rank, shape

index = IndexType()
FLOATS = (f64, f32, f16, bf16)
INTEGERS = (i64, index, i32, i8, i16)
MAX_ELEMENTS = 48
MAX_RANK = 3

SMOOTH = {
    "math.sin": math.SinOp,
    "math.cos": math.CosOp,
    "math.tanh": math.TanhOp,
    "math.atan": math.AtanOp,
    "math.exp": math.ExpOp,
    "math.erf": math.ErfOp,
    "arith.negf": arith.NegfOp,
}
UNARY = {
    **SMOOTH,
    "math.sqrt": math.SqrtOp,
    "math.log": math.LogOp,
    "math.absf": math.AbsFOp,
    "math.floor": math.FloorOp,
    "math.roundeven": math.RoundEvenOp,
}
BINARY_SMOOTH = {"arith.addf": arith.AddfOp, "arith.subf": arith.SubfOp, "arith.mulf": arith.MulfOp}
BINARY = {
    **BINARY_SMOOTH,
    "arith.divf": arith.DivfOp,
    "arith.maximumf": arith.MaximumfOp,
    "arith.minimumf": arith.MinimumfOp,
    "math.atan2": math.Atan2Op,
    "math.copysign": math.CopySignOp,
}
SEES_SIGNS = ("arith.divf", "math.atan2", "math.copysign")
"""The functions whose values for 0.0 and for -0.0 differ."""
SUMS = (ten.SumOp, ten.EinsumOp, ten.ScatterOp)
BINARY_INTEGER = {
    "arith.addi": arith.AddiOp,
    "arith.subi": arith.SubiOp,
    "arith.muli": arith.MuliOp,
    "arith.divsi": arith.DivSIOp,
    "arith.remsi": arith.RemSIOp,
    "arith.floordivsi": arith.FloorDivSIOp,
    "arith.ceildivsi": arith.CeilDivSIOp,
    "arith.maxsi": arith.MaxSIOp,
    "arith.minsi": arith.MinSIOp,
    "arith.shli": arith.ShLIOp,
    "arith.shrsi": arith.ShRSIOp,
    "arith.shrui": arith.ShRUIOp,
}
BINARY_BITS = {"arith.andi": arith.AndIOp, "arith.ori": arith.OrIOp, "arith.xori": arith.XOrIOp}
STRUCTURAL = (
    "ten.broadcast", "ten.sum", "ten.reduce", "ten.cumsum", "ten.transpose", "ten.reshape",
    "ten.reverse", "ten.slice", "ten.pad", "ten.concat", "ten.stack", "ten.index", "ten.gather",
    "ten.scatter", "ten.build", "ten.einsum", "ten.select", "ten.compare", "ten.cast", "ten.iota",
    "ten.update", "scf.if", "ten.scan", "ten.while",
)  # fmt: skip
DIFFERENTIABLE = (*STRUCTURAL, *SMOOTH, *BINARY_SMOOTH, "arith.select")
"""Ops that are smooth where these programs use them, or whose other results are integers."""
ALL = (
    *STRUCTURAL, "ten.argmax", "ten.argmin", "ten.argsort", *UNARY, *BINARY,
    *BINARY_INTEGER, *BINARY_BITS, "arith.cmpf", "arith.cmpi", "arith.select", "math.fma",
)  # fmt: skip


class Program(ModuleOp):
    """A module that hypothesis shows as its text, rather than as a tree of Python objects."""

    def __repr__(self) -> str:
        return f"\n{self}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


def programs(
    ops: Collection[str] = ALL,
    differentiable: bool = False,
    max_ops: int = 16,
    max_depth: int = 2,
) -> st.SearchStrategy[ModuleOp]:
    """
    Modules with one function `@main`.

    `ops` are names out of `ALL`. With `differentiable`, arguments and results are f64, ops are
    those of `DIFFERENTIABLE`, and reductions are sums and products. `max_ops` bounds the ops of
    `@main` itself, `max_depth` the nesting of regions.
    """
    ops = _in_order(ops, differentiable)

    @st.composite
    def program(draw: st.DrawFn) -> ModuleOp:
        return _Program(_Drawn(draw), ops, differentiable, max_depth).module(max_ops)

    return program()


def random_program(
    seed: int,
    ops: Collection[str] = ALL,
    differentiable: bool = False,
    max_ops: int = 16,
    max_depth: int = 2,
) -> ModuleOp:
    """As `programs`, from a seed: quicker, and longer on average, as nothing is to shrink."""
    choices = _Seeded(seed)
    ops = _in_order(ops, differentiable)
    return _Program(choices, ops, differentiable, max_depth).module(max_ops)


def _in_order(ops: Collection[str], differentiable: bool) -> list[str]:
    """What moves data is where the rules are: it comes first, and three times."""
    allowed = [name for name in ALL if name in ops]
    if differentiable:
        allowed = [name for name in allowed if name in DIFFERENTIABLE]
    return [name for name in allowed for _ in range(3 if name in STRUCTURAL else 1)]


def arguments(module: ModuleOp, seed: int, entry: str = "main", special: bool = True) -> list[Any]:
    """
    Random arguments for a function.

    With `special`, NaN, infinities, -0 and the limits of integers are among them.
    """
    rng = np.random.default_rng(seed)
    (function,) = (
        op for op in module.ops if isinstance(op, func.FuncOp) and op.sym_name.data == entry
    )
    return [random_array(rng, type, special) for type in function.function_type.inputs.data]


def random_array(rng: np.random.Generator, type: Attribute, special: bool) -> Any:
    sizes, dtype = shape(type), arrays.dtype(type)
    if dtype == np.bool_:
        values = rng.integers(0, 2, sizes)
    elif types.is_float(element(type)):
        values = np.round(rng.normal(size=sizes) * 2, 2)
        odd = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1e30])
        values = np.where(special & (rng.random(sizes) < 0.1), rng.choice(odd, sizes), values)
    else:
        values = rng.integers(-3, 6, sizes)
        limits = np.iinfo(dtype)
        odd = np.array([limits.min, limits.max, 0])
        values = np.where(special & (rng.random(sizes) < 0.1), rng.choice(odd, sizes), values)
    with np.errstate(over="ignore"):
        return np.asarray(values).astype(dtype)[()]


def same(a: Any, b: Any) -> bool:
    """Whether two arrays are equal bit for bit, any NaN being as good as any other."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind in "biu":
        return bool(np.array_equal(a, b))
    a, b = a.astype(np.float64), b.astype(np.float64)
    return bool(np.all((np.isnan(a) & np.isnan(b)) | ((a == b) & (np.signbit(a) == np.signbit(b)))))


def near(a: Any, b: Any) -> bool:
    """
    Whether two arrays are equal up to the order of sums, which libraries choose by shape and
    processor.
    """
    a, b = np.asarray(a), np.asarray(b)
    if same(a, b) or a.dtype.kind in "biu" or a.dtype != b.dtype or a.shape != b.shape:
        return same(a, b)
    tolerance = {8: 1e-9, 4: 1e-4, 2: 5e-2}[a.dtype.itemsize]
    a, b = a.astype(np.float64), b.astype(np.float64)
    return bool(np.all(np.isclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)))


class _Drawn:
    """Choices by hypothesis."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def permutation(self, items: Sequence[Any]) -> list[Any]:
        return list(self.draw(st.permutations(items)))


class _Seeded:
    """Choices by a seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def permutation(self, items: Sequence[Any]) -> list[Any]:
        return self.random.sample(list(items), len(items))


class _Program:
    """One program under construction: the block that ops go to, and the values visible there."""

    def __init__(
        self, choices: _Drawn | _Seeded, ops: Sequence[str], differentiable: bool, max_depth: int
    ) -> None:
        self.number = choices.number
        """An integer between two bounds; hypothesis shrinks it to the lower one."""
        self.permutation = choices.permutation
        self.ops = ops
        self.differentiable = differentiable
        self.max_depth = max_depth
        self.depth = 0
        self.block = Block()
        self.values: list[SSAValue] = []

    # Choices.

    def chance(self, one_in: int) -> bool:
        """Shrinks to False."""
        return self.number(0, one_in - 1) == one_in - 1

    def choice(self, options: Sequence[Any]) -> Any:
        return options[self.number(0, len(options) - 1)]

    def subset(self, options: Sequence[int]) -> list[int]:
        return [o for o in options if self.chance(2)]

    def size(self) -> int:
        return self.choice((2, 3, 1, 3, 2, 4, 3, 2, 1, 4, 0))

    def sizes(self, rank: int, at_most: int = MAX_ELEMENTS) -> list[int]:
        sizes: list[int] = []
        for _ in range(rank):
            n = self.size()
            sizes.append(n if prod(sizes) * n <= at_most else 1)
        return sizes

    def float_type(self) -> Attribute:
        return f64 if self.differentiable else self.choice((f64, f64, f32, f64, f32, f16, bf16))

    def element_type(self) -> Attribute:
        if self.differentiable:
            return f64
        return self.choice((f64, f32, i64, index, i32, i1, f64, i8, f16, bf16, i16))

    def type(self) -> Attribute:
        return of_shape(self.sizes(self.number(0, MAX_RANK)), self.element_type())

    # Values.

    def add(self, op: Operation) -> SSAValue:
        self.block.add_op(op)
        self.values.extend(op.results)
        return op.results[0]

    def pick(self, wanted: Callable[[Attribute], bool]) -> SSAValue | None:
        """A visible value of a wanted type, the newest first."""
        found = [v for v in reversed(self.values) if wanted(v.type)]
        if not found:
            return None
        return self.choice(found[:2]) if self.chance(2) else self.choice(found)

    def any(self) -> SSAValue:
        value = self.pick(lambda t: True)
        assert value is not None
        return value

    def constant(self, type: Attribute) -> SSAValue:
        """All elements equal, or all different."""
        e = element(type)
        numbers = (0, 1, 2, -1, 3) if types.is_integer(e) else (0, 1)
        numbers = (0.0, 1.0, -0.5, -0.0, 2.5) if types.is_float(e) else numbers
        # xDSL's parser takes no dense constant of index elements.
        if rank(type) and e == index:
            return self.add(ten.IotaOp(self.number(0, rank(type) - 1), type))
        if rank(type) and types.size(type) and self.chance(2):
            values = (np.arange(types.size(type)) * 3 % 5 - 1).reshape(shape(type))
            return self.add(arrays.constant(values % 2 if types.is_bool(e) else values, type))
        if types.size(type) == 0:
            return self.add(arrays.constant(np.zeros(shape(type)), type))
        return self.add(types.constant(self.choice(numbers), type))

    def of_type(self, type: Attribute) -> SSAValue:
        """A visible value of this type, or a new constant."""
        if self.chance(6) or (value := self.pick(lambda t: t == type)) is None:
            return self.constant(type)
        return value

    def tensor(self, wanted: Callable[[Attribute], bool] = lambda t: True) -> SSAValue | None:
        return self.pick(lambda t: rank(t) > 0 and wanted(element(t)))

    def add_if_it_fits(self, op: Operation) -> None:
        if self.fits(shape(op.results[0].type)):
            self.add(op)
        else:
            op.drop_all_references()  # it would be a use of its operands, from nowhere

    def fits(self, sizes: Sequence[int]) -> bool:
        return len(sizes) <= MAX_RANK and prod(sizes) <= MAX_ELEMENTS

    # Programs.

    def module(self, max_ops: int) -> ModuleOp:
        inputs = [
            of_shape((3, 2), self.float_type()),
            *(self.type() for _ in range(self.number(0, 3))),
        ]
        self.block = Block(arg_types=inputs)
        self.values = list(self.block.args)
        for _ in range(self.number(min(3, max_ops), max_ops)):
            self.step()
        results = [
            v
            for v in reversed(self.values)
            if v.first_use is None and (not self.differentiable or element(v.type) == f64)
        ]
        # Nearly nothing is dead: what has no use is a result.
        results = results[:6] or [self.block.args[0]]
        self.block.add_op(func.ReturnOp(*results))
        outputs = [v.type for v in results]
        return Program([func.FuncOp("main", (inputs, outputs), Region(self.block))])

    def step(self) -> None:
        """Add one of the ops whose operands can be had."""
        before = self.block.last_op
        for _ in range(5):
            self.attempt(self.choice(self.ops))
            if self.block.last_op is not before:
                return

    def attempt(self, name: str) -> None:
        if name in UNARY:
            if (x := self.pick(lambda t: types.is_float(element(t)))) is not None:
                self.add(UNARY[name](x))
        elif name in BINARY or name in BINARY_INTEGER or name in BINARY_BITS:
            self.binary(name)
        else:
            getattr(self, name.replace(".", "_"))()

    def binary(self, name: str) -> None:
        op, wanted = {
            **dict.fromkeys(BINARY, (BINARY.get(name), types.is_float)),
            **dict.fromkeys(BINARY_INTEGER, (BINARY_INTEGER.get(name), types.is_integer)),
            **dict.fromkeys(BINARY_BITS, (BINARY_BITS.get(name), lambda e: not types.is_float(e))),
        }[name]
        if op is None or (x := self.pick(lambda t: wanted(element(t)))) is None:
            return
        y = self.of_type(x.type)
        if name in SEES_SIGNS and any(isinstance(made, SUMS) for made in self.block.ops):
            x, y = self.without_negative_zeros(x), self.without_negative_zeros(y)
        self.add(op(x, y) if self.chance(2) else op(y, x))

    def without_negative_zeros(self, x: SSAValue) -> SSAValue:
        """x + 0.0, since a sum may give a zero either sign, and x may come from a sum."""
        zero = self.add(arrays.constant(np.zeros(shape(x.type)), x.type))
        return self.add(arith.AddfOp(x, zero))

    def math_fma(self) -> None:
        if (x := self.pick(lambda t: types.is_float(element(t)))) is not None:
            self.add(math.FmaOp(x, self.of_type(x.type), self.of_type(x.type)))

    def arith_cmpf(self) -> None:
        if (x := self.pick(types.is_float)) is not None:
            predicate = self.choice(tuple(arith.CMPF_COMPARISON_OPERATIONS))
            self.add(arith.CmpfOp(x, self.of_type(x.type), predicate))

    def arith_cmpi(self) -> None:
        if (x := self.pick(types.is_integer)) is not None:
            predicate = self.choice(tuple(arith.CMPI_COMPARISON_OPERATIONS))
            self.add(arith.CmpiOp(x, self.of_type(x.type), predicate))

    def arith_select(self) -> None:
        a = self.any()
        self.add(arith.SelectOp(self.condition(), a, self.of_type(a.type)))

    def condition(self) -> SSAValue:
        """A scalar i1."""
        if (known := self.pick(lambda t: t == i1)) is not None:
            return known
        if (x := self.pick(types.is_float)) is not None:
            return self.add(ten.CompareOp("ogt", x, self.of_type(x.type)))
        if (x := self.pick(types.is_integer)) is not None:
            return self.add(ten.CompareOp("slt", x, self.of_type(x.type)))
        return self.constant(i1)

    # ten, elementwise.

    def ten_compare(self) -> None:
        x = self.any()
        e = element(x.type)
        predicates = ten.FLOAT_PREDICATES if types.is_float(e) else ten.INTEGER_PREDICATES
        allowed = [p for p in predicates if not (types.is_bool(e) and p.startswith("s"))]
        self.add(ten.CompareOp(self.choice(allowed), x, self.of_type(x.type)))

    def ten_select(self) -> None:
        a = self.any()
        b = self.of_type(a.type)
        mask = self.condition()
        if rank(a.type) and self.chance(2):
            if types.is_float(element(a.type)) and self.chance(2):
                mask = self.add(ten.CompareOp("olt", a, b))
            else:
                mask = self.of_type(of_shape(shape(a.type), i1))
        self.add(ten.SelectOp(mask, a, b))

    def ten_cast(self) -> None:
        x = self.any()
        if self.differentiable and types.is_float(element(x.type)):
            return
        self.add(ten.CastOp(x, self.element_type()))

    def ten_iota(self) -> None:
        sizes = self.sizes(self.number(1, MAX_RANK))
        e = f64 if self.differentiable else self.choice((*INTEGERS, *FLOATS))
        self.add(ten.IotaOp(self.number(0, len(sizes) - 1), of_shape(sizes, e)))

    # ten, layout.

    def ten_broadcast(self) -> None:
        x = self.any()
        result, dims = list(shape(x.type)), []
        for d in range(MAX_RANK):
            if d <= len(result) and self.fits([*result, n := self.size()]) and self.chance(2):
                result.insert(d, n)
                dims.append(d)
        self.add(ten.BroadcastOp(x, dims, result))

    def ten_transpose(self) -> None:
        if (x := self.tensor()) is not None:
            self.add(ten.TransposeOp(x, self.permutation(range(rank(x.type)))))

    def ten_reshape(self) -> None:
        x = self.any()
        n = types.size(x.type)
        shapes = [(n,), (1, n), (n, 1)] + [(k, n // k) for k in (2, 3, 4) if n and n % k == 0]
        shapes += [()] if n == 1 else []
        self.add(ten.ReshapeOp(x, self.choice(shapes)))

    def ten_reverse(self) -> None:
        if (x := self.tensor()) is not None:
            self.add(ten.ReverseOp(x, self.subset(range(rank(x.type)))))

    def ten_slice(self) -> None:
        if (x := self.tensor()) is None:
            return
        boxes = []
        for n in shape(x.type):
            offset, stride = self.number(0, n), self.choice((1, 2, 1, 3))
            boxes.append((offset, self.number(0, -(-(n - offset) // stride)), stride))
        offsets, sizes, strides = ([box[k] for box in boxes] for k in range(3))
        self.add(ten.SliceOp(x, offsets, sizes, strides))

    def ten_pad(self) -> None:
        if (x := self.tensor()) is None:
            return
        widths = [[self.choice((0, 1, 2)) for _ in shape(x.type)] for _ in range(3)]
        op = ten.PadOp(x, *widths)
        self.add_if_it_fits(op)

    # ten, joining.

    def ten_concat(self) -> None:
        if (x := self.tensor()) is None:
            return
        d = self.number(0, rank(x.type) - 1)
        rest = [n for e, n in enumerate(shape(x.type)) if e != d]

        def joins(type: Attribute) -> bool:
            others = [n for e, n in enumerate(shape(type)) if e != d]
            same_rank = rank(type) == rank(x.type)
            return same_rank and element(type) == element(x.type) and others == rest

        more = [self.pick(joins) or x for _ in range(self.number(0, 2))]
        xs = [x, *more] if self.chance(2) else [*more, x]
        op = ten.ConcatOp(xs, d)
        self.add_if_it_fits(op)

    def ten_stack(self) -> None:
        x = self.any()
        op = ten.StackOp([x, *(self.of_type(x.type) for _ in range(self.number(0, 2)))])
        self.add_if_it_fits(op)

    # ten, reductions.

    def ten_sum(self) -> None:
        if (x := self.tensor(lambda e: not types.is_bool(e))) is not None:
            self.add(ten.SumOp(x, self.subset(range(rank(x.type)))))

    def ten_reduce(self) -> None:
        if (x := self.tensor()) is None:
            return
        kinds = ("any", "all") if types.is_bool(element(x.type)) else ("max", "min", "prod")
        if self.differentiable:
            kinds = ("prod",) if types.is_float(element(x.type)) else kinds
        self.add(ten.ReduceOp(self.choice(kinds), x, self.subset(range(rank(x.type)))))

    def ten_argmax(self) -> None:
        self.argument_of(ten.ArgmaxOp)

    def ten_argmin(self) -> None:
        self.argument_of(ten.ArgminOp)

    def ten_argsort(self) -> None:
        self.argument_of(ten.ArgsortOp)

    def argument_of(self, op: Callable[[SSAValue, int, Attribute], Operation]) -> None:
        if (x := self.tensor()) is not None:
            self.add(op(x, self.number(0, rank(x.type) - 1), self.choice((i64, index, i32))))

    def ten_cumsum(self) -> None:
        if (x := self.tensor(lambda e: not types.is_bool(e))) is not None:
            self.add(ten.CumsumOp(x, self.number(0, rank(x.type) - 1)))

    def ten_einsum(self) -> None:
        """Letters for one or two operands, such that equal letters have equal sizes."""
        first = self.tensor(lambda e: not types.is_bool(e))
        if first is None:
            return
        xs = [first]
        if self.chance(2):
            second = self.pick(lambda t: element(t) == element(first.type))
            xs += [second] if second is not None else []
        sizes: dict[str, int] = {}
        words = []
        for x in xs:
            word = ""
            for n in shape(x.type):
                known = [c for c, m in sizes.items() if m == n]
                reuse = known and self.chance(2)
                letter = self.choice(known) if reuse else "ijklmnopq"[len(sizes)]
                sizes[letter] = n
                word += letter
            words.append(word)
        output = self.permutation(self.subset_of_letters(sizes))
        op = ten.EinsumOp(f"{','.join(words)}->{''.join(output)}", xs)
        self.add_if_it_fits(op)

    def subset_of_letters(self, sizes: dict[str, int]) -> list[str]:
        letters = list(sizes)
        return [letters[k] for k in self.subset(range(len(letters)))][:MAX_RANK]

    # Regions.

    def nested(self, block: Block, fill: Callable[[], Sequence[SSAValue]], end: Any) -> Region:
        """A region with this block: `fill` adds its ops and says what `end` is to give."""
        outer, visible = self.block, list(self.values)
        self.block, self.values = block, [*visible, *block.args]
        self.depth += 1
        block.add_op(end(*fill()))
        self.depth -= 1
        self.block, self.values = outer, visible
        return Region(block)

    def scf_if(self) -> None:
        if self.depth >= self.max_depth:
            return
        condition = self.condition()
        result = self.any().type

        def branch() -> Sequence[SSAValue]:
            for _ in range(self.number(0, 2)):
                self.step()
            return (self.of_type(result),)

        branches = [self.nested(Block(), branch, scf.YieldOp) for _ in range(2)]
        self.add(scf.IfOp(condition, [result], *branches))

    def ten_build(self) -> None:
        if self.depth >= self.max_depth:
            return
        domain = self.sizes(self.number(0, 2), at_most=12)

        def body() -> Sequence[SSAValue]:
            for _ in range(self.number(0, 2)):
                self.ten_index() if self.chance(2) else self.step()
            value = self.pick(lambda t: self.fits((*domain, *shape(t))))
            return (self.constant(f64) if value is None else value,)

        self.add(ten.BuildOp(domain, self.index_region(len(domain), body)))

    def ten_scan(self) -> None:
        if self.depth >= self.max_depth:
            return
        n = self.choice((2, 3, 1, 0))
        inits = [self.any() for _ in range(self.number(0, 2))]
        rows = (self.pick(lambda t: rank(t) > 0 and shape(t)[0] == n) for _ in range(2))
        xs = [x for x in rows if x is not None and self.chance(2)]
        types_ = [x.type for x in inits]

        def body() -> Sequence[SSAValue]:
            for _ in range(self.number(0, 3)):
                self.step()
            nexts = [self.of_type(t) for t in types_]
            given = [
                self.pick(lambda t: self.fits((n, *shape(t))))
                for _ in range(self.number(0 if inits else 1, 2))
            ]
            return (*nexts, *(self.constant(f64) if y is None else y for y in given))

        arguments = [*types_, *(of_shape(shape(x.type)[1:], element(x.type)) for x in xs)]
        region = self.nested(Block(arg_types=arguments), body, ten.YieldOp)
        turns = self.of_type(ten.index_type) if self.chance(3) else None
        self.add(ten.ScanOp(n, inits, xs, region, self.chance(2), turns))

    def ten_while(self) -> None:
        """A loop whose condition may hold for ever: a limit ends it."""
        if self.depth >= self.max_depth:
            return
        inits = [self.any() for _ in range(self.number(1, 2))]
        types_ = [x.type for x in inits]

        def condition() -> Sequence[SSAValue]:
            for _ in range(self.number(0, 2)):
                self.step()
            return (self.of_type(i1),)

        def body() -> Sequence[SSAValue]:
            for _ in range(self.number(0, 3)):
                self.step()
            return [self.of_type(t) for t in types_]

        regions = [
            self.nested(Block(arg_types=types_), part, ten.YieldOp) for part in (condition, body)
        ]
        self.add(ten.WhileOp(inits, regions[0], regions[1], self.number(0, 3)))

    def ten_gather(self) -> None:
        if (t := self.tensor()) is None:
            return
        depth = self.number(0, rank(t.type))
        domain = self.sizes(self.number(0, 2), at_most=12)
        if self.fits((*domain, *shape(t.type)[depth:])):
            body = self.index_region(len(domain), lambda: self.indices(depth, t))
            self.add(ten.GatherOp(domain, t, body))

    def ten_scatter(self) -> None:
        if (t := self.tensor(lambda e: not types.is_bool(e))) is None:
            return
        depth = self.number(0, rank(t.type))
        dims = self.sizes(self.number(0, 2), at_most=12)
        if self.fits((*dims, *shape(t.type)[depth:])):
            body = self.index_region(depth, lambda: self.indices(len(dims), None))
            self.add(ten.ScatterOp(dims, t, body))

    def index_region(self, arguments: int, fill: Callable[[], Sequence[SSAValue]]) -> Region:
        return self.nested(Block(arg_types=[index] * arguments), fill, ten.YieldOp)

    def ten_index(self) -> None:
        if (t := self.tensor()) is not None:
            self.add(ten.IndexOp(t, self.indices(self.number(1, rank(t.type)), t)))

    def ten_update(self) -> None:
        if (x := self.tensor()) is None:
            return
        box = [self.number(0, n) for n in shape(x.type)]
        strides = [self.choice((1, 1, 2, 3)) for _ in box]
        v = self.of_type(types.like(x.type, box))
        self.add(ten.UpdateOp(x, v, self.indices(len(box), x), strides))

    def indices(self, count: int, t: SSAValue | None) -> list[SSAValue]:
        """`count` indices, often such that they are inside of `t`."""
        sizes = shape(t.type) if t is not None else (3,) * count
        return [self.an_index(n) for n, _ in zip(sizes, range(count), strict=False)]

    def an_index(self, size: int) -> SSAValue:
        """A quasi-affine function of visible indices, a constant, or data read at one."""
        known = self.pick(lambda t: t == index)
        kind = self.number(0, 6)
        if known is None or kind == 1:
            return self.add(types.constant(self.number(-1, size), index))
        if kind == 0:
            return known
        if kind == 2:
            data = self.tensor(types.is_integer)
            if data is None:
                return known
            read = self.add(ten.IndexOp(data, [known] * rank(data.type)))
            return read if read.type == index else self.add(arith.IndexCastOp(read, index))
        op = self.choice(
            (arith.AddiOp, arith.MuliOp, arith.SubiOp, arith.RemSIOp, arith.FloorDivSIOp)
        )
        other = (
            self.add(types.constant(self.number(-1, 3), index)) if kind < 6 else self.of_type(index)
        )
        return self.add(op(known, other))
