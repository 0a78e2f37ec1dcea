"""
How the time of `ten-vectorize` grows with the program.

    python benchmarks/vectorize_scaling.py [--quick]

    body      one build, n ops in its body: the time per op has to stay the same
    nested    100 ops under d builds, one in the other: time per level has to stay the same
    reads     n reads at computed indices: each becomes a gather, with the arithmetic in it
    builds    n builds, each of the one before it
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from xdsl.dialects import arith, func
from xdsl.dialects.builtin import ModuleOp, f64
from xdsl.ir import Block, Region

from letgrad.dialects import ten, types
from letgrad.passes.vectorize import vectorize_all

VECTOR = types.of_shape([4], f64)


def module_of(block: Block, value) -> ModuleOp:
    block.add_op(func.ReturnOp(value))
    return ModuleOp([func.FuncOp("main", ([VECTOR], [value.type]), Region(block))])


def nested(n: int, depth: int) -> ModuleOp:
    """n additions under `depth` builds."""
    blocks = [Block(arg_types=[VECTOR]), *(Block(arg_types=[ten.index_type]) for _ in range(depth))]
    read = ten.IndexOp(blocks[0].args[0], [blocks[-1].args[0]])
    blocks[-1].add_op(read)
    value = read.result
    for _ in range(n):
        blocks[-1].add_op(op := arith.AddfOp(value, read.result))
        value = op.result
    for k in range(depth, 0, -1):
        blocks[k].add_op(ten.YieldOp(value))
        blocks[k - 1].add_op(build := ten.BuildOp([4 if k == depth else 1], Region(blocks[k])))
        value = build.result
    return module_of(blocks[0], value)


def reads(n: int) -> ModuleOp:
    """A sum of n reads, each at an index of its own."""
    outer, body = Block(arg_types=[VECTOR]), Block(arg_types=[ten.index_type])
    value = None
    for k in range(n):
        offset = types.constant(k, ten.index_type)
        place = arith.AddiOp(body.args[0], offset.result)
        read = ten.IndexOp(outer.args[0], [place.result])
        body.add_ops([offset, place, read])
        if value is not None:
            body.add_op(total := arith.AddfOp(value, read.result))
        value = read.result if value is None else total.result
    body.add_op(ten.YieldOp(value))
    outer.add_op(build := ten.BuildOp([4], Region(body)))
    return module_of(outer, build.result)


def many(n: int) -> ModuleOp:
    """n builds, each of the one before it."""
    outer = Block(arg_types=[VECTOR])
    value = outer.args[0]
    for _ in range(n):
        body = Block(arg_types=[ten.index_type])
        read = ten.IndexOp(value, [body.args[0]])
        total = arith.AddfOp(read.result, read.result)
        body.add_ops([read, total, ten.YieldOp(total.result)])
        outer.add_op(build := ten.BuildOp([4], Region(body)))
        value = build.result
    return module_of(outer, value)


def measure(name: str, unit: str, make: Callable[[int], ModuleOp], sizes: list[int]) -> None:
    print(f"{name:10} {unit:>8} {'seconds':>9} {'µs each':>9}")
    for n in sizes:
        module = make(n)
        start = time.perf_counter()
        vectorize_all(module)
        seconds = time.perf_counter() - start
        module.verify()
        print(f"{'':10} {n:8} {seconds:9.3f} {seconds / n * 1e6:9.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    small = 10 if parser.parse_args().quick else 1
    measure("body", "ops", lambda n: nested(n, 1), [n // small for n in (1000, 10_000, 100_000)])
    measure("nested", "levels", lambda d: nested(100, d), [4, 8, 16, 32, 64])
    measure("reads", "reads", reads, [n // small for n in (1000, 10_000)])
    measure("builds", "builds", many, [n // small for n in (1000, 10_000)])


if __name__ == "__main__":
    main()
