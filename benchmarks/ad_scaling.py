"""
How the gradient grows with the program: its size, and the time that the compiler takes.

    python benchmarks/ad_scaling.py [--quick] [--profile] [--plot ad_scaling.svg]

Three families of programs with n ops:

    chain      x ← f(x), with f one of many functions
    dag        each op takes any values before it, scalars and tensors; recent ones more often
    sharing    x ← x * x and x ← 0.5 * (x + x), n times: as a tree, 2ⁿ ops

For each, the number of ops of value and gradient per op of the program has to stay below a
constant, and the time per op has to stay the same. `--profile` shows where the time goes, at the
greatest n.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from xdsl.context import Context
from xdsl.dialects import arith, func, math, scf
from xdsl.dialects.builtin import Builtin, ModuleOp, f64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from letgrad.dialects import delta, ten, types
from letgrad.passes.pipelines import gradient_passes
from letgrad.tools.testing.progress import Progress

ROWS, COLUMNS = 3, 4
MATRIX = types.of_shape((ROWS, COLUMNS), f64)
VECTOR = types.of_shape((COLUMNS,), f64)
UNARY = (math.SinOp, math.CosOp, math.TanhOp, math.AtanOp, math.ExpOp, arith.NegfOp, math.ErfOp)
BINARY = (arith.AddfOp, arith.SubfOp, arith.MulfOp, arith.DivfOp, arith.MaximumfOp, math.Atan2Op)


def context() -> Context:
    ctx = Context()
    for dialect in (Builtin, func.Func, arith.Arith, math.Math, scf.Scf, ten.Ten, delta.Delta):
        ctx.load_dialect(dialect)
    return ctx


@dataclass
class Program:
    """A function `@f` that is being written."""

    inputs: Sequence[Attribute]
    block: Block = field(init=False)

    def __post_init__(self) -> None:
        self.block = Block(arg_types=self.inputs)

    def add(self, op: Operation) -> SSAValue:
        self.block.add_op(op)
        return op.results[0]

    def module(self, *results: SSAValue) -> ModuleOp:
        self.block.add_op(func.ReturnOp(*results))
        signature = (list(self.inputs), [v.type for v in results])
        return ModuleOp([func.FuncOp("f", signature, Region(self.block))])


def chain(n: int, seed: int = 0) -> ModuleOp:
    random = Random(seed)
    program = Program([f64])
    x = program.block.args[0]
    for _ in range(n):
        x = program.add(random.choice(UNARY)(x))
    return program.module(x)


def dag(n: int, seed: int = 0) -> ModuleOp:
    """Scalars, vectors and matrices; one result that depends on most of them."""
    random = Random(seed)
    program = Program([f64, VECTOR, MATRIX])
    values: dict[Attribute, list[SSAValue]] = {arg.type: [arg] for arg in program.block.args}
    index = program.add(types.constant(1, ten.index_type))

    def some(type: Attribute) -> SSAValue:
        known = values[type]
        return random.choice(known[-8:] if random.random() < 0.7 else known)

    def step() -> Operation:
        type = random.choice(list(values))
        kind = random.random()
        if kind < 0.3:
            return random.choice(UNARY)(some(type))
        if kind < 0.75:
            return random.choice(BINARY)(some(type), some(type))
        movements: Sequence[Callable[[], Operation]] = (
            lambda: ten.SumOp(some(MATRIX), [0]),
            lambda: ten.BroadcastOp(some(VECTOR), [0], (ROWS, COLUMNS)),
            lambda: ten.SumOp(some(VECTOR), [0]),
            lambda: ten.BroadcastOp(some(f64), [0], (COLUMNS,)),
            lambda: ten.IndexOp(some(MATRIX), [index]),
            lambda: ten.IndexOp(some(VECTOR), [index]),
            lambda: ten.StackOp([some(VECTOR) for _ in range(ROWS)]),
            lambda: ten.ReverseOp(some(MATRIX), [1]),
            lambda: ten.EinsumOp("ij,j->j", [some(MATRIX), some(VECTOR)]),
            lambda: ten.CumsumOp(some(VECTOR), 0),
        )
        return random.choice(movements)()

    for _ in range(n):
        value = program.add(step())
        values[value.type].append(value)
    # Every value that has no use is added up: nothing is dead.
    total = values[f64][0]
    for type, known in values.items():
        loose = [v for v in known if v.first_use is None]
        sum = known[0]
        for v in loose:
            sum = program.add(arith.AddfOp(sum, v))
        dims = range(types.rank(type))
        total = program.add(arith.AddfOp(total, program.add(ten.SumOp(sum, dims)) if dims else sum))
    return program.module(total)


def sharing(n: int, seed: int = 0) -> ModuleOp:
    program = Program([f64])
    x = program.block.args[0]
    half = program.add(types.constant(0.5, f64))
    for k in range(n):
        if k % 2:
            x = program.add(arith.MulfOp(x, x))
        else:
            x = program.add(arith.MulfOp(half, program.add(arith.AddfOp(x, x))))
    return program.module(x)


FAMILIES: dict[str, Callable[[int, int], ModuleOp]] = {
    "chain": chain,
    "dag": dag,
    "sharing": sharing,
}


def size(module: ModuleOp) -> int:
    """The ops that compute: without constants, functions and what ends regions."""
    uncounted = (arith.ConstantOp, func.FuncOp, func.ReturnOp, scf.YieldOp, ten.YieldOp, ModuleOp)
    return sum(not isinstance(op, uncounted) for op in module.walk())


@dataclass(frozen=True)
class Row:
    """What was measured of one program."""

    family: str
    ops: int
    gradient_ops: int
    seconds: dict[str, float]

    @property
    def ratio(self) -> float:
        return self.gradient_ops / self.ops

    @property
    def total(self) -> float:
        return sum(self.seconds.values())


def measure(family: str, n: int, seed: int = 0) -> Row:
    ctx, module = context(), FAMILIES[family](n, seed)
    before = size(module)
    seconds: dict[str, float] = {}
    for a_pass in gradient_passes("f", None, "reverse", None, True, "argument"):
        start = time.perf_counter()
        a_pass.apply(ctx, module)
        seconds[a_pass.name] = time.perf_counter() - start
    return Row(family, before, size(module), seconds)


def table(rows: Sequence[Row]) -> str:
    names = list(rows[0].seconds)
    lines = [
        f"{'family':9}{'ops':>8}{'gradient':>10}{'ratio':>7}{'us/op':>8}"
        + "".join(f"{n:>23}" for n in names)
    ]
    for row in rows:
        per_op = 1e6 * row.total / row.ops
        line = f"{row.family:9}{row.ops:8d}{row.gradient_ops:10d}{row.ratio:7.2f}{per_op:8.0f}"
        lines.append(line + "".join(f"{row.seconds[n]:22.3f}s" for n in names))
    return "\n".join(lines)


def bars(rows: Sequence[Row], width: int = 60) -> str:
    """Time per op as a bar chart in text: flat bars are linear time."""
    most = max(row.total / row.ops for row in rows)
    lines = ["time per op of the program:"]
    for row in rows:
        value = row.total / row.ops
        lines.append(
            f"  {row.family:8} {row.ops:7d} "
            f"{'#' * max(1, round(width * value / most))} {1e6 * value:.0f} us"
        )
    return "\n".join(lines)


def plot(rows: Sequence[Row], path: Path) -> None:
    from matplotlib import pyplot  # optional: without it there are the bars

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 4))
    for family in dict.fromkeys(row.family for row in rows):
        of_family = [row for row in rows if row.family == family]
        ops = [row.ops for row in of_family]
        left.plot(ops, [row.gradient_ops for row in of_family], marker="o", label=family)
        right.plot(ops, [row.total for row in of_family], marker="o", label=family)
    left.set(xlabel="ops of the program", ylabel="ops of value and gradient")
    right.set(xlabel="ops of the program", ylabel="seconds to compile")
    left.legend()
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description="How the gradient grows with the program.")
    parser.add_argument("--quick", action="store_true", help="up to 1,000 ops instead of 10,000")
    parser.add_argument(
        "--profile", action="store_true", help="show where the time goes at the greatest size"
    )
    parser.add_argument(
        "--plot", type=Path, help="write a plot there (.png or .svg; needs matplotlib)"
    )
    args = parser.parse_args()
    sizes = (100, 300, 1000) if args.quick else (100, 1000, 3000, 10000)
    measure("dag", 100)  # what is done once only
    rows = []
    with Progress("gradients", len(FAMILIES) * len(sizes)) as progress:
        for family in FAMILIES:
            for n in sizes:
                progress.advance(f"{family}, n = {n}", by=0)
                rows.append(measure(family, n))
                progress.advance()
    print(table(rows))
    print(bars(rows))
    print(
        f"a gradient has at most {max(row.ratio for row in rows):.2f} times the ops of its program"
    )
    if args.plot is not None:
        try:
            plot(rows, args.plot)
        except ImportError:
            print("no plot: matplotlib is not installed")
    if args.profile:
        for family in FAMILIES:
            with cProfile.Profile() as profile:
                measure(family, sizes[-1])
            print(f"\n{family}, n = {sizes[-1]}")
            pstats.Stats(profile).sort_stats("tottime").print_stats(20)


if __name__ == "__main__":
    main()
