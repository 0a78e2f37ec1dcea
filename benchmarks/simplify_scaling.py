"""
How the time of `ten-simplify-gather-scatter` grows with the program.

    python benchmarks/simplify_scaling.py [--quick]

    rotations   n gathers, each of the one before it, by (i + 3) mod 64: they become one
    shifts      n gathers by i + 3, which leave the tensor: pads and slices, joined into one
    data        n gathers at indices that are read: nothing is known, and each stays
    scatters    n scatters, each of the one before it, by i + 3
    wide        n gathers of one tensor, each by a map of its own, and their sum
    selects     n gathers, each by a condition between two reads

The time per op has to stay the same.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence

from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import Builtin, ModuleOp, f64
from xdsl.dialects.math import Math
from xdsl.ir import Block, Operation, Region, SSAValue

from letgrad.dialects import ten, types
from letgrad.passes.simplify.gather_scatter import SimplifyGatherScatterPass

SIZE = 64
VECTOR = types.of_shape([SIZE], f64)
INDICES = types.of_shape([SIZE], ten.index_type)


class Program:
    """A function of a vector of numbers and one of indices."""

    def __init__(self) -> None:
        self.block = Block(arg_types=[VECTOR, INDICES])
        self.x, self.p = self.block.args

    def add(self, op: Operation) -> SSAValue:
        self.block.add_op(op)
        return op.results[0]

    def module(self, value: SSAValue) -> ModuleOp:
        self.block.add_op(func.ReturnOp(value))
        return ModuleOp(
            [func.FuncOp("main", ([VECTOR, INDICES], [value.type]), Region(self.block))]
        )


class Body:
    """An index region of one argument."""

    def __init__(self) -> None:
        self.block = Block(arg_types=[ten.index_type])
        self.i = self.block.args[0]

    def op(self, kind: type[Operation], *xs: SSAValue | int) -> SSAValue:
        values = [self.number(x) if isinstance(x, int) else x for x in xs]
        self.block.add_op(made := kind(*values))
        return made.results[0]

    def number(self, value: int) -> SSAValue:
        self.block.add_op(constant := types.constant(value, ten.index_type))
        return constant.result

    def read(self, t: SSAValue, i: SSAValue) -> SSAValue:
        self.block.add_op(read := ten.IndexOp(t, [i]))
        return read.result

    def region(self, place: SSAValue) -> Region:
        self.block.add_op(ten.YieldOp(place))
        return Region(self.block)


def shifted(body: Body, program: Program, k: int) -> SSAValue:
    return body.op(arith.AddiOp, body.i, 3)


def rotated(body: Body, program: Program, k: int) -> SSAValue:
    return body.op(arith.RemSIOp, shifted(body, program, k), SIZE)


def at_data(body: Body, program: Program, k: int) -> SSAValue:
    return body.read(program.p, body.i)


def chain(n: int, place: Callable[[Body, Program, int], SSAValue], scatters: bool = False):
    """n gathers or scatters, each of the one before it."""
    program = Program()
    value = program.x
    for k in range(n):
        body = Body()
        region = body.region(place(body, program, k))
        kind = ten.ScatterOp if scatters else ten.GatherOp
        value = program.add(kind([SIZE], value, region))
    return program.module(value)


def wide(n: int, place: Callable[[Body, Program, int], SSAValue]) -> ModuleOp:
    """n gathers of the argument, added up."""
    program = Program()
    total: SSAValue | None = None
    for k in range(n):
        body = Body()
        part = program.add(ten.GatherOp([SIZE], program.x, body.region(place(body, program, k))))
        total = part if total is None else program.add(arith.AddfOp(total, part))
    assert total is not None
    return program.module(total)


def own(body: Body, program: Program, k: int) -> SSAValue:
    """(k mod 5 - 2) i + k mod 61"""
    return body.op(arith.AddiOp, body.op(arith.MuliOp, body.i, k % 5 - 2), k % 61)


def chosen(body: Body, program: Program, k: int) -> SSAValue:
    """i < k mod 64 ? i + 1 : i - 1"""
    body.block.add_op(less := arith.CmpiOp(body.i, body.number(k % SIZE), "slt"))
    a, b = (body.op(kind, body.i, 1) for kind in (arith.AddiOp, arith.SubiOp))
    return body.op(arith.SelectOp, less.result, a, b)


def measure(name: str, make: Callable[[int], ModuleOp], sizes: Sequence[int]) -> None:
    context = Context()
    for dialect in (Builtin, func.Func, arith.Arith, Math, ten.Ten):
        context.load_dialect(dialect)
    for n in sizes:
        module = make(n)
        before = sum(1 for _ in module.walk())
        start = time.process_time()
        SimplifyGatherScatterPass().apply(context, module)
        seconds = time.process_time() - start
        module.verify()
        after = sum(1 for _ in module.walk())
        each = seconds / before * 1e6
        print(f"{name:10} {n:6} {before:7} {after:7} {seconds:9.3f} {each:10.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    small = 10 if parser.parse_args().quick else 1
    sizes = [n // small for n in (250, 500, 1000, 2000)]
    print(f"{'':10} {'n':>6} {'ops':>7} {'left':>7} {'seconds':>9} {'µs per op':>10}")
    measure("rotations", lambda n: chain(n, rotated), sizes)
    measure("shifts", lambda n: chain(n, shifted), sizes)
    measure("data", lambda n: chain(n, at_data), sizes)
    measure("scatters", lambda n: chain(n, shifted, scatters=True), sizes)
    measure("wide", lambda n: wide(n, own), sizes)
    measure("selects", lambda n: wide(n, chosen), sizes)


if __name__ == "__main__":
    main()
