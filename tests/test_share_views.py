"""`ten-share-views` on random programs of views of two arrays: the same bits, and no more work."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from xdsl.dialects import arith, func, math
from xdsl.dialects.builtin import ModuleOp, f64
from xdsl.ir import Block, Region, SSAValue

import letgrad as lg
from letgrad.dialects import ten, types
from letgrad.dialects.types import of_shape, rank, shape, size
from letgrad.lowering.reference import Evaluator
from letgrad.passes.sharing.evaluations import evaluations
from letgrad.passes.simplify.share_views import ShareViewsPass
from letgrad.tools.programs import new_context

from .generators import same

SIZES = (4, 3)


class Views:
    """A program of views of two arrays, of elementwise ops, and of costly functions of these."""

    def __init__(self, seed: int):
        self.random = Random(seed)
        self.block = Block(arg_types=[of_shape(SIZES, f64), of_shape(SIZES, f64)])

    def add(self, op: object) -> SSAValue:
        self.block.add_op(op)  # type: ignore[arg-type]
        return op.results[0]  # type: ignore[attr-defined]

    def view(self, x: SSAValue) -> SSAValue:
        sizes = shape(x.type)
        match self.random.randrange(10):
            case 0 if sizes:
                order = list(range(len(sizes)))
                self.random.shuffle(order)
                return self.add(ten.TransposeOp(x, order))
            case 1 if sizes:
                return self.add(ten.ReverseOp(x, [self.random.randrange(len(sizes))]))
            case 2 if sizes:
                offsets = [self.random.randrange(n) if n else 0 for n in sizes]
                strides = [self.random.choice((1, 1, 2)) for _ in sizes]
                counts = [
                    self.random.randint(0 if self.random.random() < 0.1 else 1, -(-(n - o) // k))
                    if n
                    else 0
                    for n, o, k in zip(sizes, offsets, strides)
                ]
                return self.add(ten.SliceOp(x, offsets, counts, strides))
            case 3 if sizes:
                k = self.random.randint(-1, sizes[0])
                return self.add(ten.IndexOp(x, [self.add(types.constant(k, ten.index_type))]))
            case 4 if len(sizes) < 3:
                d = self.random.randint(0, len(sizes))
                more = (*sizes[:d], self.random.choice((0, 1, 2, 2)), *sizes[d:])
                return self.add(ten.BroadcastOp(x, [d], more))
            case 5 if sizes:
                low, high, between = (
                    [self.random.choice((0, 0, 1, 2)) for _ in sizes] for _ in range(3)
                )
                return self.add(ten.PadOp(x, low, high, between))
            case 6 if sizes:
                # Boxes that are inside of the array, and some that are not.
                more = [n + self.random.choice((0, 1, 2)) for n in sizes]
                number = self.add(types.constant(self.random.choice((2.0, -0.0, 0.0)), f64))
                whole = self.add(ten.BroadcastOp(number, range(len(more)), more))
                at = [
                    self.add(types.constant(self.random.choice((0, 0, 1)), ten.index_type))
                    for _ in more
                ]
                return self.add(ten.UpdateOp(whole, x, at))
            case 7 if sizes:
                return self.add(ten.ReshapeOp(x, self.random.choice((sizes[::-1], [size(x.type)]))))
            case 8 if sizes:
                return self.gathered(x)
            case _:
                return x

    def gathered(self, x: SSAValue) -> SSAValue:
        """A read at multiples of an argument, at a constant, or outside."""
        n = self.random.randint(1, 3)
        block = Block(arg_types=[ten.index_type])
        places: list[SSAValue] = []
        for _ in range(self.random.randint(1, rank(x.type))):
            k, c = self.random.choice((-1, 0, 1, 1, 2)), self.random.choice((0, 0, 1, 2))
            ops = [types.constant(k, ten.index_type), types.constant(c, ten.index_type)]
            product = arith.MuliOp(block.args[0], ops[0])
            total = arith.AddiOp(product, ops[1])
            block.add_ops([*ops, product, total])
            places.append(total.result)
        block.add_op(ten.YieldOp(*places))
        return self.add(ten.GatherOp([n], x, Region(block)))

    def like(self, x: SSAValue, values: list[SSAValue]) -> SSAValue:
        """A value of the same sizes: another one, or a number."""
        found = [y for y in values if y.type == x.type]
        if found and self.random.random() < 0.7:
            return self.random.choice(found)
        number = types.constant(self.random.choice((2.0, -0.5)), f64)
        if self.random.random() < 0.5 or not rank(x.type):
            return self.add(types.constant(number.value.value.data, x.type))  # type: ignore
        return self.add(ten.BroadcastOp(self.add(number), range(rank(x.type)), shape(x.type)))

    def module(self, n: int) -> ModuleOp:
        values: list[SSAValue] = list(self.block.args)
        results: list[SSAValue] = []
        for _ in range(n):
            x = self.random.choice(values[-8:] if self.random.random() < 0.5 else values)
            match self.random.randrange(5):
                case 0:
                    x = self.add(arith.AddfOp(x, self.like(x, values)))
                case 1:
                    x = self.add(arith.DivfOp(self.like(x, values), x))
                    results.append(x)
                case 2:
                    x = self.add(math.SinOp(x))
                    results.append(x)
                case _:
                    x = self.view(x)
            values.append(x)
        self.block.add_op(func.ReturnOp(*results))
        signature = [a.type for a in self.block.args], [r.type for r in results]
        return ModuleOp([func.FuncOp("main", signature, Region(self.block))])


def check(seed: int) -> int:
    """Return how many evaluations the pass saved."""
    module = Views(seed).module(24)
    rng = np.random.default_rng(seed)
    xs = [rng.standard_normal(SIZES) for _ in range(2)]
    before, (f,) = Evaluator(module).call("main", xs), module.ops
    assert isinstance(f, func.FuncOp)
    was = evaluations(f)
    text = str(module)
    ShareViewsPass().apply(new_context(), module)
    module.verify()
    now = evaluations(f)
    for a, b in zip(before, Evaluator(module).call("main", xs), strict=True):
        assert same(a, b), f"{text}\nbecame\n{module}"
    assert all(now[k].times <= was[k].times for k in now), f"{text}\nbecame\n{module}"
    return sum(e.times for e in was.values()) - sum(e.times for e in now.values())


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_values_stay_and_work_does_not_grow(first: int) -> None:
    saved = [check(seed) for seed in range(first, first + 50)]
    assert sum(n > 0 for n in saved) > 20


def test_a_value_of_many_ways_is_computed_once() -> None:
    """From the padded array to the costly op there are 2¹⁴ ways, and 14 ops."""

    def f(v):
        y = np.pad(v - 0.5, (3, 20))
        for _ in range(14):
            y = y * y
        return np.sum(np.tanh(y))

    module = lg.trace(f, lg.spec(5))
    before = len(list(module.walk()))
    ShareViewsPass().apply(new_context(), module)
    assert before < len(list(module.walk())) < 4 * before
    (found,) = Evaluator(module).call("f", [np.linspace(0.6, 1.4, 5)])
    assert np.allclose(found, f(np.linspace(0.6, 1.4, 5)))


@pytest.mark.slow
def test_many_programs() -> None:
    assert sum(check(seed) > 0 for seed in range(1000, 6000)) > 1000
