"""
What sharing saves, and that keeping it is linear.

    python benchmarks/sharing.py [--quick] [--plot sharing.svg]

For families of programs that are exponential as trees: the ops of value and gradient, the size of
the tree (an exact integer; here its digits), the computations, and the time that the gradient takes
to compile, against n. Then second and third derivatives. Then, for each program in `examples/`,
what `sharing-report` says of value and gradient.

Of divisions, roots and transcendental functions, the column "differ" has the number of computations
that differ, and "evaluated" has how often the program runs them. (An op on a tensor runs once for
each element.) The families are programs on scalars, so the two are equal where nothing is computed
twice.

A family is linear where the columns "ops/n" and "us/n" stay the same.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.func import FuncOp

from letgrad.passes.rewriting import costs
from letgrad.passes.sharing import report
from letgrad.passes.sharing.evaluations import evaluations
from letgrad.tools import opt, source

EXAMPLES = Path(__file__).parents[1] / "examples"
C = 0.499999985


def blowup(n: int, i: float = 0.0, lets: bool = False) -> str:
    """y₀ = v₀ / v₁;  y ← 0.499999985 (y + y − i), n times;  y − i. As a tree, 2ⁿ divisions."""
    lines = [f"%c = arith.constant {literal(C)} : f64"]
    lines += [f"%i = arith.constant {literal(i)} : f64"]
    lines += ["%y0 = arith.divf %x, %z : f64"]
    y = "%y0"
    for k in range(n):
        lines += [
            f"%s{k} = arith.addf {y}, {y} : f64",
            f"%d{k} = arith.subf %s{k}, %i : f64",
            f"%p{k} = arith.mulf %c, %d{k} : f64",
        ]
        y = f"%p{k}"
        if lets:
            lines.append(f"%l{k} = sharing.let {y} : f64")
            y = f"%l{k}"
    lines.append(f"%r = arith.subf {y}, %i : f64")
    return function("blowup", "%x: f64, %z: f64", lines)


def mult(n: int, epsilon: float = 1e-9, lets: bool = False) -> str:
    """y₀ = v₀ v₁;  s = y + y y / (y − ε);  y ← √(0.499999985² s²), n times."""
    lines = [f"%c = arith.constant {literal(C * C)} : f64"]
    lines += [f"%e = arith.constant {literal(epsilon)} : f64"]
    lines += ["%zero = arith.constant 0.0 : f64", "%y0 = arith.mulf %x, %z : f64"]
    y = "%y0"
    for k in range(n):
        lines += [
            f"%q{k} = arith.mulf {y}, {y} : f64",
            f"%d{k} = arith.subf {y}, %e : f64",
            f"%f{k} = arith.divf %q{k}, %d{k} : f64",
            f"%s{k} = arith.addf {y}, %f{k} : f64",
            f"%ss{k} = arith.mulf %s{k}, %s{k} : f64",
            f"%cs{k} = arith.mulf %c, %ss{k} : f64",
            f"%p{k} = math.sqrt %cs{k} : f64",
        ]
        y = f"%p{k}"
        if lets:
            lines.append(f"%l{k} = sharing.let {y} : f64")
            y = f"%l{k}"
    lines.append(f"%r = arith.subf {y}, %zero : f64")
    return function("mult", "%x: f64, %z: f64", lines)


def nested_foo(n: int) -> str:
    """x ← foo(x, y, z) = atan2(z, x sin y) + z (x sin y), n times."""
    lines = []
    x = "%x"
    for k in range(n):
        lines += [
            f"%s{k} = math.sin %y : f64",
            f"%w{k} = arith.mulf {x}, %s{k} : f64",
            f"%a{k} = math.atan2 %z, %w{k} : f64",
            f"%b{k} = arith.mulf %z, %w{k} : f64",
            f"%r{k} = arith.addf %a{k}, %b{k} : f64",
        ]
        x = f"%r{k}"
    lines.append(f"%r = arith.addf {x}, {x} : f64")
    return function("nested_foo", "%x: f64, %y: f64, %z: f64", lines)


def literal(x: float) -> str:
    """A float as MLIR writes it: with a point, and all its digits."""
    return f"{x:.17e}"


def function(name: str, arguments: str, lines: Sequence[str]) -> str:
    """The text of a function that gives the scalar %r."""
    body = "\n".join(f"  {line}" for line in lines)
    return f"func.func @{name}({arguments}) -> f64 {{\n{body}\n  func.return %r : f64\n}}\n"


FAMILIES: dict[str, Callable[[int], str]] = {
    "blowup": blowup,
    "blowupLet": lambda n: blowup(n, lets=True),
    "mult": mult,
    "foo in foo": nested_foo,
}

GRADIENT = "gradient"
DERIVATIVE = "gradient{wrt=1 seed=one primal=false}"


def compiled(text: str, passes: str) -> tuple[ModuleOp, float]:
    """A program after a pipeline, and the seconds that it took."""
    main = opt.LetgradOptMain([])
    ctx: Context = main.ctx
    module = source.parse(ctx, text)
    start = time.perf_counter()
    for a_pass in main.parse_passes(passes):
        a_pass.apply(ctx, module)
    return module, time.perf_counter() - start


def the_function(module: ModuleOp) -> FuncOp:
    return next(op for op in module.ops if isinstance(op, FuncOp))


def ops(module: ModuleOp) -> int:
    return sum(1 for _ in the_function(module).body.block.ops)


@dataclass(frozen=True)
class Computed:
    """The divisions, roots and transcendental functions that differ, and how often they run."""

    differ: int
    evaluated: int

    @staticmethod
    def of(function: FuncOp) -> Computed:
        found = evaluations(function).values()
        return Computed(sum(x.distinct for x in found), sum(x.times for x in found))

    def __str__(self) -> str:
        return f"{self.differ:10d}{self.evaluated:10d}"


@dataclass(frozen=True)
class Row:
    """What was measured of one member of a family."""

    family: str
    n: int
    ops: int
    digits: int
    computed: Computed
    seconds: float

    def __str__(self) -> str:
        per = f"{self.ops / self.n:8.2f}{1e6 * self.seconds / self.n:8.0f}"
        return (
            f"{self.family:16}{self.n:8d}{self.ops:9d}{self.digits:9d}"
            f"{self.computed}{self.seconds:9.3f}{per}"
        )


HEAD = (
    f"{'family':16}{'n':>8}{'ops':>9}{'digits':>9}{'differ':>10}{'evaluated':>10}"
    f"{'seconds':>9}{'ops/n':>8}{'us/n':>8}"
)


def measure(family: str, n: int) -> Row:
    module, seconds = compiled(FAMILIES[family](n), GRADIENT)
    return row(family, n, module, seconds)


def row(family: str, n: int, module: ModuleOp, seconds: float) -> Row:
    derivative = the_function(module)
    digits = len(costs.in_digits(costs.tree_sizes(derivative)))
    return Row(family, n, ops(module), digits, Computed.of(derivative), seconds)


def derivatives(n: int) -> list[Row]:
    """The first, second and third derivative of the families by their second argument."""
    rows = []
    for family in ("blowup", "mult"):
        for order in (1, 2, 3):
            passes = ",".join([DERIVATIVE] * order)
            module, seconds = compiled(FAMILIES[family](n), passes)
            rows.append(row(f"{family} d{order}", n, module, seconds))
    return rows


def reports() -> list[str]:
    """What `sharing-report` says of value and gradient of each example."""
    lines = []
    for path in sorted(EXAMPLES.glob("*.mlir")):
        module, _ = compiled(path.read_text(encoding="utf-8"), "gradient")
        derivative = the_function(module)
        found = Computed.of(derivative)
        lines.append(
            f"{path.name}: {report.report(derivative)}; {found.differ} divisions, roots and "
            f"functions differ, {found.evaluated} evaluated"
        )
    return lines


def bars(rows: Sequence[Row], width: int = 50) -> str:
    """Time per step as a bar chart in text: equal bars are linear time."""
    most = max(row.seconds / row.n for row in rows)
    lines = ["seconds per step, as bars:"]
    for member in rows:
        length = max(1, round(width * member.seconds / member.n / most))
        lines.append(f"  {member.family:12} {member.n:7d} {'#' * length}")
    return "\n".join(lines)


def plot(rows: Sequence[Row], path: Path) -> None:
    """Ops and seconds against n, as an SVG file."""
    colors = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd")
    families = list(dict.fromkeys(row.family for row in rows))
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="760" height="340" '
        'font-family="sans-serif" font-size="12">'
    ]
    parts.append('<rect width="760" height="340" fill="white"/>')
    measures: tuple[tuple[str, Callable[[Row], float]], ...] = (
        ("ops of value and gradient", lambda row: row.ops),
        ("seconds to compile", lambda row: row.seconds),
    )
    for k, (title, value) in enumerate(measures):
        left, top, width, height = 60 + 380 * k, 30, 290, 240
        most_n, most = max(row.n for row in rows), max(map(value, rows))
        parts.append(f'<text x="{left}" y="{top - 10}">{title}, at most {most:.6g}</text>')
        parts.append(
            f'<path d="M{left} {top} V{top + height} H{left + width}" fill="none" stroke="black"/>'
        )
        parts.append(f'<text x="{left + width - 60}" y="{top + height + 16}">n = {most_n}</text>')
        for family, color in zip(families, colors):
            points = " ".join(
                f"{left + width * row.n / most_n:.1f},{top + height * (1 - value(row) / most):.1f}"
                for row in rows
                if row.family == family
            )
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>'
            )
    for k, (family, color) in enumerate(zip(families, colors)):
        parts.append(f'<text x="{60 + 160 * k}" y="320" fill="{color}">{family}</text>')
    path.write_text("\n".join([*parts, "</svg>\n"]), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description="What sharing saves, and that keeping it is linear."
    )
    parser.add_argument("--quick", action="store_true", help="n up to 150 instead of 100,000")
    parser.add_argument("--plot", type=Path, help="write a plot there (.svg)")
    args = parser.parse_args()
    sizes = (7, 50, 150) if args.quick else (200, 2_000, 7_000, 20_000, 100_000)
    measure("blowup", 100)  # what is done once only
    print("value and gradient; digits are those of the size as a tree")
    print(HEAD)
    rows = []
    for family in FAMILIES:
        for n in sizes:
            if family in ("mult", "foo in foo") and n > 20_000:
                continue  # as long as ten times that of the others, and as linear
            rows.append(measure(family, n))
            print(rows[-1], flush=True)
    print(bars(rows))
    print("\nfirst, second and third derivatives")
    print(HEAD)
    for n in sizes[:2]:
        for derivative in derivatives(n):
            print(derivative, flush=True)
    print("\nvalue and gradient of the examples")
    print("\n".join(reports()))
    if args.plot is not None:
        plot(rows, args.plot)


if __name__ == "__main__":
    main()
