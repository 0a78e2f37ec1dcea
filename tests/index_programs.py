"""
Random programs of gathers and scatters whose index maps are affine, quotients, remainders, choices,
table reads, and data: what `ten-simplify-gather-scatter` is for. Indices leave the tensors on both
sides. Sizes are 0 to 6.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from random import Random

import numpy as np
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import ModuleOp, f64, i1, i64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from letgrad.dialects import arrays, ten, types
from letgrad.dialects.types import of_shape, rank, shape

index = ten.index_type
MOST = 400
"""Elements of a tensor, at most."""


def index_program(seed: int, ops: int = 4, scatters: bool = True, data: bool = True) -> ModuleOp:
    """
    A function `@main` of a tensor of floats, one of masks, one of integers, and an index, that
    chains `ops` layouts, gathers, indexings and, if asked for, scatters and sums.
    """
    return _Maker(Random(seed), data).program(ops, scatters)


class _Maker:
    def __init__(self, random: Random, data: bool):
        self.random = random
        self.data = data
        self.block = Block()

    def add(self, op: Operation, block: Block | None = None) -> SSAValue:
        (block or self.block).add_op(op)
        return op.results[0]

    def chance(self, one_in: int) -> bool:
        return self.random.randrange(one_in) == 0

    def size(self) -> int:
        return self.random.choice((1, 2, 3, 4, 5, 6, 2, 3, 4, 6, 0 if self.chance(4) else 3))

    def sizes(self, count: int) -> list[int]:
        sizes: list[int] = []
        for _ in range(count):
            n = self.size()
            sizes.append(n if prod(sizes) * n <= 60 else 1)
        return sizes

    def program(self, count: int, scatters: bool) -> ModuleOp:
        pick = self.random
        sizes = self.sizes(pick.randint(1, 3))
        inputs: list[Attribute] = [
            of_shape(sizes, f64),
            of_shape(self.sizes(pick.randint(1, 2)), i1),
            of_shape(self.sizes(pick.randint(1, 2)), i64),
            index,
        ]
        self.block = Block(arg_types=inputs)
        self.x, self.mask, self.integers, self.offset = self.block.args
        self.table = self.random.choice((self.equal_steps, self.in_parts, self.any_table))()
        steps: list[Callable[[SSAValue], Operation | None]] = [self.gather] * 6
        steps += [self.layout] * 4 + [self.index, self.join]
        steps += [self.scatter] * 6 + [self.sum] if scatters else []
        t = self.x
        for _ in range(count):
            op = pick.choice(steps)(t)
            if op is not None:
                t = self.add(op)
                if not rank(t.type):
                    break
        self.block.add_op(func.ReturnOp(t))
        return ModuleOp([func.FuncOp("main", (inputs, [t.type]), Region(self.block))])

    def equal_steps(self) -> SSAValue:
        start, step, n = self.random.randint(-2, 6), self.random.randint(-2, 2), 6
        return self.stack([start + step * k for k in range(n)])

    def in_parts(self) -> SSAValue:
        numbers: list[int] = []
        for _ in range(self.random.randint(2, 3)):
            start, step, n = (self.random.randint(*ends) for ends in ((-1, 6), (-1, 1), (1, 8)))
            numbers += [start + step * k for k in range(n)]
        return self.stack(numbers)

    def any_table(self) -> SSAValue:
        return self.stack([self.random.randint(-2, 6) for _ in range(4)])

    def stack(self, numbers: Sequence[int]) -> SSAValue:
        if self.chance(2):
            return self.add(ten.StackOp([self.add(types.constant(k, index)) for k in numbers]))
        values = np.array(numbers, np.int64)
        return self.add(arrays.constant(values, of_shape([len(numbers)], i64)))

    # Ops on a tensor.

    def layout(self, t: SSAValue) -> Operation | None:
        pick, sizes = self.random, shape(t.type)
        match pick.randrange(7):
            case 0:
                return ten.TransposeOp(t, pick.sample(range(len(sizes)), len(sizes)))
            case 1:
                return ten.ReverseOp(t, [d for d in range(len(sizes)) if self.chance(2)])
            case 2:
                new = [
                    pick.randint(0, n) if self.chance(6) else pick.randint(min(n, 1), n)
                    for n in sizes
                ]
                strides = [
                    pick.randint(1, max(1, (n - 1) // max(m - 1, 1))) for n, m in zip(sizes, new)
                ]
                spans = [(m - 1) * k + 1 if m else 0 for m, k in zip(new, strides)]
                return ten.SliceOp(
                    t, [pick.randint(0, n - s) for n, s in zip(sizes, spans)], new, strides
                )
            case 3:
                widths = [[pick.choice((0, 0, 1, 2)) for _ in sizes] for _ in range(3)]
                total = [n + sum(w) + n * w[2] for n, w in zip(sizes, zip(*widths))]
                return ten.PadOp(t, *widths) if prod(total) <= MOST else None
            case 4 if len(sizes) < 4:
                d, n = pick.randint(0, len(sizes)), pick.randint(1, 3)
                return (
                    ten.BroadcastOp(t, [d], (*sizes[:d], n, *sizes[d:]))
                    if prod(sizes) * n <= MOST
                    else None
                )
            case 5:
                return ten.ReshapeOp(t, [prod(sizes)] if self.chance(2) else [1, *sizes])
            case _:
                return None

    def join(self, t: SSAValue) -> Operation | None:
        if rank(t.type) > 3 or types.size(t.type) * 2 > MOST:
            return None
        other = self.add(ten.ReverseOp(t, range(rank(t.type))))
        if self.chance(2):
            return ten.StackOp([t, other])
        return ten.ConcatOp([t, other], self.random.randrange(rank(t.type)))

    def sum(self, t: SSAValue) -> Operation | None:
        return ten.SumOp(t, [d for d in range(rank(t.type)) if self.chance(3)])

    def index(self, t: SSAValue) -> Operation | None:
        sizes = shape(t.type)
        places = []
        for n in sizes[: self.random.randint(1, len(sizes))]:
            number = (
                self.random.randint(0, max(n - 1, 0))
                if self.chance(2)
                else self.random.randint(-1, n)
            )
            places.append(
                self.offset if self.chance(4) else self.add(types.constant(number, index))
            )
        return ten.IndexOp(t, places) if len(places) < len(sizes) or self.chance(4) else None

    def gather(self, t: SSAValue) -> Operation | None:
        sizes = shape(t.type)
        depth = self.random.randint(1, len(sizes))
        domain = self.sizes(self.random.randint(1, 3))
        if prod(domain) * prod(sizes[depth:]) > MOST or len(domain) + len(sizes) - depth > 4:
            return None
        return ten.GatherOp(domain, t, self.region(domain, sizes[:depth]))

    def scatter(self, t: SSAValue) -> Operation | None:
        sizes = shape(t.type)
        depth = self.random.randint(0, len(sizes))
        dims = self.sizes(self.random.randint(1, 2))
        if prod(dims) * prod(sizes[depth:]) > MOST or len(dims) + len(sizes) - depth > 4:
            return None
        return ten.ScatterOp(dims, t, self.region(sizes[:depth], dims))

    # Index regions.

    def region(self, domain: Sequence[int], targets: Sequence[int]) -> Region:
        block = Block(arg_types=[index] * len(domain))
        style = self.random.randrange(4)
        if style == 0:
            places = self.digits(block, domain, targets)
        elif style == 1:
            order = self.random.sample(range(len(domain)), len(domain))
            places = [
                self.affine(block, [order[d % len(order)]] if order else [], n)
                for d, n in enumerate(targets)
            ]
        else:
            places = [self.place(block, n) for n in targets]
        block.add_op(ten.YieldOp(*places))
        return Region(block)

    def number(self, n: int, block: Block) -> SSAValue:
        return self.add(types.constant(n, index), block)

    def binary(self, op: type[Operation], a: SSAValue, b: SSAValue | int, block: Block) -> SSAValue:
        return self.add(op(a, self.number(b, block) if isinstance(b, int) else b), block)

    def modulo(self, a: SSAValue, n: int, block: Block) -> SSAValue:
        if self.chance(2):
            return self.binary(arith.RemSIOp, a, n, block)
        whole = self.binary(arith.FloorDivSIOp, a, n, block)
        return self.binary(arith.SubiOp, a, self.binary(arith.MuliOp, whole, n, block), block)

    def digits(self, block: Block, domain: Sequence[int], targets: Sequence[int]) -> list[SSAValue]:
        """The row-major position in the domain, taken apart by the targets: nearly a reshape."""
        total = self.number(self.random.choice((0, 0, 0, 1, -1, 2)), block)
        for arg, n in zip(block.args, domain):
            if self.chance(12):
                continue
            total = self.binary(
                arith.AddiOp, self.binary(arith.MuliOp, total, n, block), arg, block
            )
        places: list[SSAValue] = []
        for k, n in reversed(list(enumerate(targets))):
            n = n if n and not self.chance(8) else self.random.randint(1, 5)
            places.append(total if k == 0 else self.modulo(total, n, block))
            total = self.binary(arith.FloorDivSIOp, total, n, block)
        return places[::-1]

    def affine(self, block: Block, args: Sequence[int], n: int) -> SSAValue:
        """k i + c, often such that it is inside."""
        pick = self.random
        total = self.number(pick.choice((0, 0, 1, -1, 2, n - 1)), block)
        for p in args:
            k = pick.choice((1, 1, 1, -1, 2, -2, 3, n))
            term = self.binary(arith.MuliOp, block.args[p], k, block)
            total = self.binary(arith.AddiOp, total, term, block)
        return total

    def place(self, block: Block, n: int) -> SSAValue:
        pick = self.random
        args = [p for p in range(len(block.args)) if self.chance(2)]
        x = self.affine(block, args, n)
        for _ in range(pick.choice((0, 0, 1, 1, 2))):
            kind = pick.randrange(8)
            if kind == 0:
                x = self.binary(arith.FloorDivSIOp, x, pick.randint(0, 4), block)
            elif kind == 1:
                x = self.modulo(x, pick.randint(1, 4), block)
            elif kind in (2, 3):
                other = self.affine(block, [p for p in range(len(block.args)) if self.chance(3)], n)
                x = self.add(arith.SelectOp(self.condition(block), x, other), block)
            elif kind == 4:
                x = self.whole(self.add(ten.IndexOp(self.table, [x]), block), block)
            elif kind == 5:
                op = pick.choice((arith.MaxSIOp, arith.MinSIOp))
                x = self.binary(op, x, pick.choice((0, n - 1)), block)
            elif kind == 6 and self.data:
                places = [self.an_arg(block) for _ in shape(self.integers.type)]
                read = self.add(ten.IndexOp(self.integers, places), block)
                x = self.binary(arith.AddiOp, x, self.whole(read, block), block)
            elif self.data:
                x = self.binary(arith.AddiOp, x, self.offset, block)
        return x

    def whole(self, x: SSAValue, block: Block) -> SSAValue:
        return x if x.type == index else self.add(arith.IndexCastOp(x, index), block)

    def an_arg(self, block: Block) -> SSAValue:
        return self.random.choice(block.args) if block.args else self.number(0, block)

    def condition(self, block: Block) -> SSAValue:
        pick = self.random
        kind = pick.randrange(5)
        if kind == 0 and self.data:
            places = [self.an_arg(block) for _ in shape(self.mask.type)]
            return self.add(ten.IndexOp(self.mask, places), block)
        if kind == 1 and self.data:
            read = self.add(
                ten.IndexOp(self.x, [self.an_arg(block) for _ in shape(self.x.type)]), block
            )
            zero = self.add(types.constant(0.5, f64), block)
            return self.add(arith.CmpfOp(read, zero, "olt"), block)
        if kind == 2:
            a, b = self.condition(block), self.condition(block)
            return self.add(pick.choice((arith.AndIOp, arith.OrIOp))(a, b), block)
        predicate = pick.choice(("slt", "sle", "sgt", "sge", "eq", "ne", "ult"))
        args = [p for p in range(len(block.args)) if self.chance(2)]
        bound = self.number(pick.randint(-1, 5), block)
        return self.add(arith.CmpiOp(self.affine(block, args, 3), bound, predicate), block)
