"""
`letgrad generate-checks`: writes a FileCheck test from the output of a pipeline, or writes the
checks of a test again.

The command runs the commands of a test. From their output, it makes one label for each function and
one check for each line. In the checks, values are captures that have the names of the program. So a
test does not depend on the numbers of values, and fails on any other change. Comments and the
program stay as they are.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Operation, OpResult

from ...passes.rewriting.diagnostics import LetgradError, position, warning
from .. import opt, source

TIME_LIMIT = 300
"""Seconds for one command."""

WIDTH = 100

DESCRIPTION = """
Write a FileCheck test from the output of passes for a program, or write the checks of a test again.

A file without RUN lines gets one, from -p and -t, and the checks before each function. In a file
with RUN lines, new checks from the output of COMMAND replace the checks of each
`COMMAND | filecheck %s [--check-prefix=NAME]`. Comments, the program, and the checks of other
commands stay.
"""


def add_command(commands: Any) -> None:
    parser = commands.add_parser(
        "generate-checks",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        help="write a FileCheck test from the output of passes",
        description=DESCRIPTION,
    )
    add = parser.add_argument
    add("file", help="the program, or the test to write again")
    add("-p", "--passes", default="", metavar="PIPELINE", help="the passes, for a new test")
    add("-t", "--target", default="mlir", help="how to print, for a new test (default: mlir)")
    add(
        "--split-input-file",
        action="store_true",
        help=f"for a new test: split the program at lines '{opt.SEPARATOR}'",
    )
    add("-o", dest="output", metavar="FILE", help="write the test there, not to stdout")
    add("-i", "--in-place", action="store_true", help="write the test over the file")
    add("--traceback", action="store_true", help="show Python's traceback of errors")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    path = Path(options.file)
    if options.in_place and options.output:
        raise LetgradError("-i writes over the file, and -o elsewhere; give one of them")
    if options.file == "-":
        raise LetgradError("a test is made of a file, which its commands read; - is none")
    text = source.read(options.file)
    if _has_run_line(text):
        if options.passes or options.target != "mlir" or options.split_input_file:
            raise LetgradError(
                "this test has RUN lines, which say what to run; leave out -p, -t and "
                "--split-input-file, which are for new tests, to write its checks again",
                source.place(options.file, 1, 1),
            )
    else:
        arguments = ["-p", options.passes] if options.passes else []
        arguments += ["-t", options.target] if options.target != "mlir" else []
        arguments += ["--split-input-file"] if options.split_input_file else []
        command = " ".join(["letgrad-opt", "%s", *map(shlex.quote, arguments)])
        text = f"// RUN: {command} | filecheck %s\n\n{text.lstrip()}"
    result = with_checks(text, path)
    for command, prefixes, number in _piped(text):
        if _can_be_generated(command, prefixes):
            continue
        if not re.search(rf"\b({'|'.join(map(re.escape, prefixes))})(-[A-Z-]+)?:", text):
            why = "has several prefixes" if len(prefixes) > 1 else "checks the messages on stderr"
            warning(
                f"the checks of this command are yours to write: it {why}",
                source.place(options.file, number, 1),
            )
    if options.in_place and b"\r\n" in path.read_bytes():
        result = result.replace("\n", "\r\n")  # a file from Windows stays one
    if options.output or options.in_place:
        source.write(options.output or options.file, result)
    else:
        sys.stdout.write(result)
    return 0


# The RUN lines of a test.

_RUN = re.compile(r"\bRUN:\s*(.*)$")
_CHECKED = re.compile(r"^(?P<command>.*\S)\s*\|\s*filecheck\s+%s(?P<rest>.*)$")
_PREFIX = re.compile(r"--check-prefix(?:es)?[= ]([\w,-]+)")


@dataclass
class Checked:
    """A command whose output FileCheck checks, by lines with `prefix`, from line `line` on."""

    command: str
    prefix: str
    line: int

    @property
    def splits(self) -> bool:
        return "--split-input-file" in self.command


def _has_run_line(text: str) -> bool:
    return any(_RUN.search(line) for line in text.splitlines())


def _piped(text: str) -> Iterator[tuple[str, list[str], int]]:
    """The commands of a test with a pipe into filecheck: prefixes, and the last line of each."""
    joined = ""
    for number, line in enumerate(text.splitlines(), 1):
        if (run := _RUN.search(line)) is None:
            continue
        joined += run[1].rstrip()
        if joined.endswith("\\"):
            joined = joined[:-1]
            continue
        whole, joined = joined, ""
        if (match := _CHECKED.match(whole)) is not None:
            names = _PREFIX.findall(match["rest"]) or ["CHECK"]
            yield match["command"], [name for given in names for name in given.split(",")], number


def _can_be_generated(command: str, prefixes: Sequence[str]) -> bool:
    return len(prefixes) == 1 and "2>&1" not in command


def checked_commands(text: str, filename: str) -> list[Checked]:
    """
    The commands of a test with a pipe into filecheck that have one prefix, and whose checks are
    about standard output alone.

    Errors: `LetgradError` if there is no such command, or if one shares its prefix with a
            command of another kind.
    """
    found: list[Checked] = []
    others: dict[str, int] = {}
    for command, prefixes, number in _piped(text):
        if _can_be_generated(command, prefixes):
            found.append(Checked(command, prefixes[0], number))
        else:
            others |= dict.fromkeys(prefixes, number)
    if not found:
        raise LetgradError(
            "no RUN line is of the form COMMAND | filecheck %s [--check-prefix=NAME], with the "
            "standard output of COMMAND alone",
            source.place(filename, 1, 1),
        )
    for each in found:
        if each.prefix in others:
            raise LetgradError(
                f"the command of line {others[each.prefix]} has the prefix {each.prefix} too, and "
                "its checks cannot be generated; give it another prefix",
                source.place(filename, each.line, 1),
            )
    return found


def output_of(checked: Checked, path: Path) -> str:
    """
    The output of a command.

    Errors: `LetgradError` if the command fails, takes too long, or prints nothing.
    """
    at = source.place(str(path), checked.line, 1)
    values = {
        "%s": shlex.quote(str(path)),
        "%S": shlex.quote(str(path.parent)),
        "%python": shlex.quote(sys.executable),
        "%%": "%",
    }
    command = re.sub(r"%(python|s\b|S\b|%)", lambda m: values[m[0]], checked.command)
    # A RUN line is a line of shell: it may have pipes and quotes.
    try:
        run = subprocess.run(
            command,
            shell=True,
            env=opt.shell_environment(),
            capture_output=True,
            timeout=TIME_LIMIT,
        )
    except subprocess.TimeoutExpired as error:
        raise LetgradError(f"the command takes more than {TIME_LIMIT} seconds", at) from error
    said = run.stderr.decode(errors="replace").strip().splitlines()
    if run.returncode:
        reason = said[0] if said else f"exit status {run.returncode}"
        raise LetgradError(f"the command fails: {reason}", at)
    printed = run.stdout.decode(errors="replace")
    if not printed.strip():
        raise LetgradError("the command prints nothing", at)
    return printed


# The test with its checks.


def with_checks(text: str, path: Path) -> str:
    """
    A test with the checks of its commands written again.

    The checks of a function of the program stand before the function. The checks of a function that
    passes made stand with the checks of the function that is printed before it.

    Errors: `LetgradError`, see `checked_commands` and `output_of`; and if two commands with one
            prefix print different things.
    """
    commands = checked_commands(text, str(path))
    groups: dict[tuple[str, bool], list[list[Group]]] = {}
    printed: dict[str, str] = {}
    for each in commands:
        output = output_of(each, path)
        told = _LOCATION.sub("", output)
        if printed.setdefault(each.prefix, told) != told:
            raise LetgradError(
                f"two commands have the prefix {each.prefix} and print different things; give one "
                "of them another prefix",
                source.place(str(path), each.line, 1),
            )
        chunks = [c for c, _ in opt.split(output)] if each.splits else [output]
        groups[each.prefix, each.splits] = [list(checks(c, each.prefix)) for c in chunks]
    text = without_checks(text, {each.prefix for each in commands})
    pieces = [chunk for chunk, _ in opt.split(text)]
    if not any(splits for _, splits in groups):
        pieces = [text]
    per_piece: list[list[list[Group]]] = [[] for _ in pieces]
    for chunks in groups.values():
        for piece, chunk in zip(per_piece, chunks):
            piece.append(chunk)
    placed = [_placed(piece, gs) for piece, gs in zip(pieces, per_piece)]
    return f"{opt.SEPARATOR}\n".join(placed)


_LOCATION = re.compile(r'loc\("[^"\n]*":\d+:\d+\)')
"""A part that checks leave open: it names the file, and a line that moves with new checks."""


def without_checks(text: str, prefixes: set[str]) -> str:
    """A test without the lines of checks with one of these prefixes."""
    any_of = "|".join(map(re.escape, sorted(prefixes)))
    check = re.compile(
        rf"\s*//\s*(?:{any_of})(?:-(?:NEXT|SAME|LABEL|DAG|NOT|EMPTY|COUNT-\d+))?(?:{{LITERAL}})?:"
    )
    return "".join(line for line in text.splitlines(keepends=True) if not check.match(line))


def _placed(program: str, groups: list[list[Group]]) -> str:
    """The program with each group of checks before the function of the group."""
    lines = program.split("\n")
    anchors = _anchors(program)
    names = [name for name, _ in anchors]
    before: dict[int, list[str]] = {}
    at_end: list[str] = []
    for of_command in groups:
        reached = -1
        waiting: list[str] = []  # groups before the first function of the program
        for group in of_command:
            # FileCheck matches checks in order, so places may only move down.
            later = (
                names.index(group.symbol, reached + 1)
                if group.symbol in names[reached + 1 :]
                else None
            )
            if later is not None:
                reached = later
            if reached < 0:
                waiting += group.lines
                continue
            before.setdefault(anchors[reached][1], []).extend(waiting + group.lines)
            waiting = []
        at_end += waiting
    result: list[str] = []
    for number, line in enumerate(lines):
        if number in before:
            above = result[-1].strip() if result else ""
            if above and not above.startswith("//"):
                result.append("")
            indent = line[: len(line) - len(line.lstrip())]
            result += [indent + check for check in before[number]]
        result.append(line)
    text = "\n".join(result)
    if at_end:
        text = text.rstrip() + "\n\n" + "\n".join(at_end) + "\n"
    return text


def _anchors(program: str) -> list[tuple[str, int]]:
    """The functions of a program, each with the index of the line that it starts on."""
    try:
        module = source.parse(_context(), program, "-")
    except LetgradError:
        return []  # the subject of a test may be a text that does not parse
    found: list[tuple[str, int]] = []
    for op in _top_level(module):
        where = position(op.location)
        if (symbol := _symbol(op)) is not None and where is not None and where[0] == "-":
            found.append((symbol, where[1] - 1))
    return found


def _context() -> Any:
    context = opt.LetgradOptMain([]).ctx
    context.allow_unregistered = True
    return context


def _top_level(module: ModuleOp) -> Iterator[Operation]:
    for op in module.ops:
        if isinstance(op, ModuleOp):
            yield from _top_level(op)
        else:
            yield op


def _symbol(op: Operation) -> str | None:
    symbol = op.properties.get("sym_name", op.attributes.get("sym_name"))
    return symbol.data if isinstance(symbol, StringAttr) else None


# From output to checks.


@dataclass
class Group:
    """The checks of one function, or of another op at the top; `symbol` is its name."""

    symbol: str | None
    lines: list[str]


def checks(printed: str, prefix: str) -> Iterator[Group]:
    """The checks of a text with a prefix; in groups by function, if the text has functions."""
    spans = source.Spans()
    try:
        module = source.parse(_context(), printed, spans=spans)
    except LetgradError:
        yield from _of_plain_text(printed, prefix)
        return
    text = _Text(printed, spans)
    by_op = {span.op: span for span in spans.ops}
    for op in _top_level(module):
        yield text.checks(by_op[op], _symbol(op), prefix)


_EQUATION = re.compile(r"(\w+) = ")


def _of_plain_text(printed: str, prefix: str) -> Iterator[Group]:
    """The checks of text that is no MLIR, by lines; `name = …` starts a function, as in `terms`."""
    group: Group | None = None
    after = False
    for line in printed.rstrip().splitlines():
        if not line.strip():
            kind, body = "-EMPTY", ""
        else:
            kind, body = "-NEXT" if after else "", f" {_literal(line)}{_end(line)}"
        if (name := _EQUATION.match(line)) or group is None:
            if group is not None:
                yield group
            group = Group(name[1] if name else None, [])
        group.lines.append(f"// {prefix}{kind}:{body}")
        after = True
    if group is not None:
        yield group


class _Text:
    """Printed MLIR, whose value names become captures."""

    def __init__(self, printed: str, spans: source.Spans):
        self.printed = printed
        self.names = spans.sorted_names()
        self.starts = [n.start for n in self.names]

    def checks(self, op: source.OpSpan, symbol: str | None, prefix: str) -> Group:
        """The checks of one op at the top, and of all ops in it."""
        variables = _Variables()
        start = self.printed.rfind("\n", 0, op.start) + 1
        indent = op.start - start
        lines: list[str] = []
        for i, line in enumerate(self.printed[start : op.end].split("\n")):
            end = start + len(line)
            if i:
                body = self.rendered(start + indent, end, variables)
                lines.append(f"// {prefix}-NEXT:  {body}")
            else:
                lines += self.head(start, end, symbol, prefix, variables)
            start = end + 1
        return Group(symbol, lines)

    def head(
        self, start: int, end: int, symbol: str | None, prefix: str, variables: _Variables
    ) -> list[str]:
        """
        The checks of the first line of an op: a label up to the function's name, and the rest of
        the line. A label may hold no captures.
        """
        line = self.printed[start:end]
        named = re.search(rf'@"?{re.escape(symbol)}"?\(?', line) if symbol is not None else None
        if named is None:
            kind = "" if symbol is None or self.between(start, end) else "-LABEL"
            return [f"// {prefix}{kind}: {self.rendered(start, end, variables).lstrip()}"]
        label = f"// {prefix}-LABEL: {_literal(named.string[: named.end()].strip())}"
        start += named.end()
        if not self.printed[start:end]:
            return [label]
        same = f"// {prefix}-SAME:"
        rest = self.rendered(start, end, variables)
        if len(same) + len(rest) < WIDTH:
            return [label, f"{same} {rest.lstrip()}"]
        # One line for each argument.
        cuts = [start, *(n.start for n in self.between(start, end)[1:]), end]
        variables = _Variables()
        parts = [self.rendered(a, b, variables) for a, b in pairwise(cuts)]
        return [label, *(f"{same} {part.strip()}" for part in parts)]

    def between(self, start: int, end: int) -> list[source.NameSpan]:
        return self.names[bisect_right(self.starts, start - 1) : bisect_right(self.starts, end - 1)]

    def rendered(self, start: int, end: int, variables: _Variables) -> str:
        """A part of a line, with captures for the names of values."""
        names = self.between(start, end)
        line_start = self.printed.rfind("\n", 0, start) + 1
        indented = not self.printed[line_start:start].strip()
        parts: list[str] = []
        at, last = start, None
        for name in names:
            if last is not None and name.start == last.start:
                # One name for the arguments of two regions, as of `stablehlo.while`.
                variables.names.setdefault(name.value, variables.names[last.value])
                continue
            text = self.printed[at : name.start]
            # FileCheck would read [[[ from its left end.
            parts.append(_literal(text[:-1]) + r"{{\[}}" if text.endswith("[") else _literal(text))
            alone = (
                indented
                and self.printed.startswith(" = ", name.end)
                and not self.printed[start : name.start].strip()
            )
            parts.append(variables.of(name, self.printed, alone))
            at, last = name.end, name
        parts.append(_literal(self.printed[at:end]))
        return "".join(parts) + _end(self.printed[start:end])


@dataclass
class _Variables:
    """The FileCheck variables of one function: each value has its own."""

    names: dict[Any, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    numbers: dict[str, int] = field(default_factory=dict)
    """The number of variables of each word."""

    def of(self, name: source.NameSpan, printed: str, alone: bool) -> str:
        """
        A capture at the first place of the value, and a reference to the capture at the later
        places.

        Beside other names, the pattern must match one name only: `%.*` would match `%x: f64, %y`.
        """
        if name.value in self.names:
            return f"[[{self.names[name.value]}]]"
        word = self._word(name, printed[name.start + 1 : name.end])
        number = self.numbers.get(word, 0)
        while (variable := f"{word}_{number}" if number else word) in self.taken:
            number += 1
        self.numbers[word] = number + 1
        self.taken.add(variable)
        self.names[name.value] = variable
        return f"[[{variable}:{'%.*' if alone else '%[^ ,:)]+'}]]"

    @staticmethod
    def _word(name: source.NameSpan, printed: str) -> str:
        """The word for a variable: the value's name, or its op if the value has only a number."""
        if printed.isdigit():
            value = name.value
            printed = value.op.name.rpartition(".")[2] if isinstance(value, OpResult) else "arg"
        return re.sub(r"\W", "_", printed).upper()


def _literal(text: str) -> str:
    """A text that FileCheck matches literally, with locations left open."""
    parts = [
        re.sub(r"\[\[+|\{\{+", lambda m: "{{" + f"\\{m[0][0]}" * len(m[0]) + "}}", part)
        for part in _LOCATION.split(text)
    ]
    return "loc({{.*}})".join(parts)


def _end(text: str) -> str:
    """
    A check for the end of the line if more text there could make another program: `i1` begins
    `i16`.
    """
    closed = re.search(r"(?:\W|\b(?:f64|f32|f16|bf16|index))$", text)
    return "" if closed else "{{$}}"
