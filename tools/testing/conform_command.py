"""The command `letgrad conform`: checks the ops of a dialect, and writes a table of the results."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from xdsl.ir import Operation

from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.rule_tables import samples
from .. import opt, source
from . import conform
from .conform import (
    COLUMNS,
    EQUATIONS,
    FAIL,
    MORE,
    NEVER,
    NO_SAMPLES,
    Cell,
    Conformance,
    Row,
    dialect_ops,
)
from .progress import Progress


def table(rows: Sequence[Row], columns: Sequence[str]) -> list[list[str]]:
    return [
        ["op", *columns],
        *([row.op.name, *(row.cells[c].status for c in columns)] for row in rows),
    ]


def as_text(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """
    The matrix, aligned, and below it the reasons and the failures.

    Example:

        >>> kit = Conformance(ctx, ["evaluate"], cases=2)
        >>> rows = [kit.row(math.SinOp), kit.row(math.CosOp)]
        >>> print(conformance_text(rows, kit.columns), end="")
        op        evaluate
        math.sin  pass
        math.cos  pass
    """
    lines = table(rows, columns)
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    out = ["  ".join(w.ljust(n) for w, n in zip(line, widths)).rstrip() for line in lines]
    for row, name, cell in _cells(rows, columns, NEVER):
        out.append(f"{row.op.name}: {name} never: {cell.reason}")
    for row in rows:
        if all(cell.reason == NO_SAMPLES for cell in row.cells.values()):
            out.append(
                f"{row.op.name}: nothing was tried, there are no instances of it; "
                f"add @samples.rule({row.op.__name__}): {samples.signature}"
            )
    for row, name, cell in _cells(rows, columns, FAIL):
        out.append("")
        out.append(f"{row.op.name}: {name} FAIL (seed {cell.seed}): {cell.reason}")
        out.extend(cell.program.splitlines())
    return "\n".join(out) + "\n"


def as_markdown(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """The matrix as a table of Markdown, the reasons as a list, and the equations of the rules."""
    first, *rest = table(rows, columns)
    out = ["| " + " | ".join(first) + " |", "|---" * len(first) + "|"]
    out += [f"| `{line[0]}` | " + " | ".join(line[1:]) + " |" for line in rest]
    reasons: dict[str, list[str]] = {}
    for row, _, cell in _cells(rows, columns, NEVER):
        ops = reasons.setdefault(_general(cell.reason, row.op), [])
        if row.op.name not in ops:
            ops.append(row.op.name)
    if reasons:
        out += ["", "Never:", ""]
        out += [
            f"- {reason}: {', '.join(f'`{op}`' for op in ops)}" for reason, ops in reasons.items()
        ]
    out += ["", *_equations([row.op for row in rows])]
    return "\n".join(out) + "\n"


def _equations(ops: Sequence[type[Operation]]) -> list[str]:
    """The rules of the ops, by table, as lists of Markdown; a rule of many ops is there once."""
    out: list[str] = []
    for rules in EQUATIONS:
        found: dict[str, dict[str, None]] = {}
        for op in ops:
            if said := rules.equation(op):
                found.setdefault(said, {})[f"`{op.name}`"] = None
        if found:
            out += [f"Rules of the table `{rules.name}`:", ""]
            out += [f"- {', '.join(names)}: `{said}`" for said, names in found.items()]
            out.append("")
    return out[:-1]


def _general(reason: str, op: type[Operation]) -> str:
    """A reason without the op's name."""
    return reason.split(" rule: ")[-1].removeprefix(f"{op.name} ")


def _cells(
    rows: Sequence[Row], columns: Sequence[str], status: str
) -> Iterator[tuple[Row, str, Cell]]:
    for row in rows:
        for name in columns:
            if row.cells[name].status == status:
                yield row, name, row.cells[name]


def add_command(commands: Any) -> None:
    """Add `conform` to the commands of `letgrad`."""
    parser = commands.add_parser(
        "conform",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        help="check that the ops of a dialect agree with its rules",
        description="Check on random instances that the ops of a dialect agree with its rules, "
        "and print a table of the results.",
        epilog=COLUMNS_HELP,
    )
    parser.add_argument(
        "dialects", nargs="+", metavar="MODULE", help="a Python module, or a dialect by its name"
    )
    parser.add_argument(
        "--op", action="append", default=[], metavar="NAME", help="only this op (again for more)"
    )
    parser.add_argument(
        "--columns",
        default=",".join(COLUMNS),
        metavar="A,B,…",
        help="the columns to check (default: all)",
    )
    parser.add_argument(
        "--cases", type=_positive, default=8, metavar="N", help="instances of an op (default: 8)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of the first instance (default: 0)"
    )
    parser.add_argument(
        "--format", choices=("text", "markdown"), default="text", help="of the matrix"
    )
    parser.add_argument(
        "-o",
        dest="output",
        metavar="FILE",
        help="write the table to FILE; if FILE has the marks <!-- begin: letgrad conform --> and\n"
        "<!-- end: letgrad conform -->, the table goes between these",
    )
    parser.add_argument(
        "--traceback", action="store_true", help="show Python's traceback of errors"
    )
    parser.set_defaults(run=main)


BEGIN, END = "<!-- begin: letgrad conform -->\n", "<!-- end: letgrad conform -->\n"


def _in_page(page: str, text: str) -> str | None:
    """The page with the text between its marks, or None if the page has no marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{begin}\n{text}\n{end}{after}" if begin and end else None


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{number} is no number of instances")
    return number


COLUMNS_HELP = (conform.__doc__ or "").partition("\n\n")[2]


def main(options: argparse.Namespace) -> int:
    columns = options.columns.split(",")
    known = COLUMNS | MORE
    if unknown := [c for c in columns if c not in known]:
        raise LetgradError(f"there is no column '{unknown[0]}'; there are {', '.join(known)}")
    context = opt.LetgradOptMain([]).ctx
    ops = [op for name in options.dialects for op in dialect_ops(context, name)]
    names = [op.name for op in ops]
    if unknown := [op for op in options.op if op not in names]:
        raise LetgradError(f"there is no op '{unknown[0]}'; there are {', '.join(names)}")
    kit = Conformance(context, columns, options.cases, options.seed)
    chosen = [op for op in ops if not options.op or op.name in options.op]
    rows = []
    with Progress("conform", len(chosen)) as progress:
        for op in chosen:
            progress.advance(op.name, by=0)
            rows.append(kit.row(op))
            progress.advance(op.name)
    text = (as_markdown if options.format == "markdown" else as_text)(rows, columns)
    if options.output:
        with source.writing(options.output) as path:
            if path.exists() and (page := _in_page(path.read_text(encoding="utf-8"), text)):
                text = page
            path.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    failed = list(_cells(rows, columns, FAIL))
    if failed and (options.output or options.format != "text"):
        for row, name, cell in failed:
            print(f"{row.op.name}: {name} FAIL (seed {cell.seed}): {cell.reason}", file=sys.stderr)
    return 1 if failed else 0
