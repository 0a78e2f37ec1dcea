"""
The spellings of `mlir-opt`, turned into those of `letgrad-opt`.

- A long flag may have one dash: `-split-input-file`.
- `--mlir-print-op-generic` is `--print-op-generic`, and so for the other flags of `mlir-opt`.
- A switch may have a value: `--split-input-file=false`.
- Each pass is a flag: `--cse`, `--canonicalize=max-iterations=3`, `--gradient="entry=f wrt=0,1"`.
"""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NoReturn

ALIASES = {
    "--mlir-pass-pipeline-crash-reproducer": "--crash-reproducer",
    "--mlir-print-stacktrace-on-diagnostic": "--traceback",
    "--debug": "--trace-rules",
    "--load-dialect-plugin": "--load-pass-plugin",
    "--help-hidden": "--help",
    "--help-list": "--help",
    "--list-dialects": "--show-dialects",
    "--mlir-pretty-debuginfo": "--print-debuginfo",
    "--mlir-reproducer-before-all": "--print-ir-before-all",
}

REFUSED = {
    "emit-bytecode": "letgrad-opt writes text only; mlir-opt --emit-bytecode makes bytecode of it",
    "emit-bytecode-version": "letgrad-opt writes text only; mlir-opt makes bytecode of it",
    "irdl-file": "--load-pass-plugin=FILE.py loads dialects that Python defines",
    "log-actions-to": "--trace-rules says which rule fires where, and --print-ir-after-change what "
    "a pass changed",
    "profile-actions-to": "--timing says where the time goes",
    "log-mlir-actions-filter": "--debug-only=PASS traces the rules of one pass",
    "mlir-print-value-users": "-t dot draws each value and its users",
    "mlir-print-skip-regions": "-t terms prints a short form of a function",
    "mlir-print-unique-ssa-ids": "letgrad-opt gives each name once in a function",
    "mlir-use-nameloc-as-prefix": "--print-debuginfo prints locations",
    "mlir-output-format": "-t TARGET says how to print the result",
    "mlir-very-unsafe-disable-verifier-on-parsing": "letgrad-opt verifies what it reads; "
    "--verify-each=0 does not verify after each pass",
}
"""Flags of `mlir-opt` that letgrad-opt does not have, and what it has in their place."""

OF_MLIR = re.compile(
    r"--?(?:affine|arith|async|buffer|composite|convert|duplicate|expand|finalize|flatten|fold|"
    r"generate|gpu|int-range|linalg|location|lower|math|memref|normalize|one-shot|promote|ownership|"
    r"resolve|scf|sparse|spirv|sroa|tosa|topological|vector)[\w-]*"
)
"""The beginnings of the names of passes that `mlir-opt` has."""


def hint(word: str, flags: Collection[str], passes: Collection[str]) -> str:
    """What else could be meant by a flag that letgrad-opt does not know; "" if nothing is near."""
    name = word.partition("=")[0]
    if not name.startswith("-"):
        return ""
    stem = name.lstrip("-")
    close = difflib.get_close_matches(stem, [*passes, *(f.lstrip("-") for f in flags)], 1, 0.8)
    if close:
        return f"; did you mean --{close[0]}?"
    if OF_MLIR.fullmatch(name):
        return "; if this is a pass of mlir-opt, give mlir-opt the output of letgrad-opt -t linalg"
    return ""


ON, OFF = ("true", "1", "TRUE", "True"), ("false", "0", "FALSE", "False")


class Refused(argparse.Action):
    """A flag of `mlir-opt` that letgrad-opt does not have, and the reason."""

    def __init__(self, option_strings: Sequence[str], dest: str, reason: str, help: str):
        # The value, if there is one, stands behind an equals sign.
        super().__init__(option_strings, dest, nargs="?", help=help)
        self.reason = reason

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: Any,
        values: Any,
        option: str | None = None,
    ) -> NoReturn:
        parser.exit(1, f"{parser.prog}: error: {option}: {self.reason}\n")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `mlir-opt` that change nothing here, and those that letgrad-opt refuses."""
    group = parser.add_argument_group(
        "flags of mlir-opt",
        "Each --mlir-NAME is --NAME, if letgrad-opt has such a flag. letgrad-opt accepts the flags "
        "below, and they change nothing.",
    )
    for name, help in (
        ("disable-threading", "letgrad-opt uses one thread"),
        ("print-local-scope", "letgrad-opt prints each location and attribute where it is used"),
        ("print-assume-verified", "letgrad-opt verifies the IR after each pass"),
        ("print-op-on-diagnostic", "an error names the op and its place"),
        ("pass-pipeline-local-reproducer", "a reproducer starts at the failing pass anyway"),
        ("enable-debugger-hook", "letgrad-opt has no such hook"),
    ):
        group.add_argument(f"--mlir-{name}", action="store_true", help=help)
    group.add_argument(
        "--mlir-elide-resource-strings-if-larger", metavar="N", help="letgrad-opt has no resources"
    )
    group.add_argument("--color", nargs="?", const="", help="letgrad-opt prints no colours")
    for name in ("timing-display", "pass-statistics-display"):
        group.add_argument(
            f"--mlir-{name}", choices=("list", "tree", "pipeline"), help="there is one layout"
        )
    for name, reason in REFUSED.items():
        group.add_argument(
            f"--{name}", action=Refused, reason=reason, help=f"refused: {reason}"
        )  # fmt: skip


def plugins(args: Sequence[str]) -> Iterator[str]:
    """
    The modules that the arguments load. They are needed before all other arguments, because each
    pass of a module is a flag.
    """
    words = iter(args)
    for word in words:
        name, equals, value = word.partition("=")
        if name.lstrip("-") in ("load-pass-plugin", "load-dialect-plugin") and name[:1] == "-":
            yield from (value,) if equals else _next(words)


def spelled(
    args: Sequence[str], parser: argparse.ArgumentParser, passes: Collection[str]
) -> list[str]:
    """
    The arguments as `parser` knows them. A pass with its options becomes an argument of `-p`, at
    its place in the order.

    A flag whose value may be missing gets its default value here, because argparse would take the
    next word as its value.
    """
    flags: dict[str, argparse.Action] = parser._option_string_actions
    return list(_spelled(args, flags, passes))


def _spelled(
    args: Sequence[str], flags: dict[str, argparse.Action], passes: Collection[str]
) -> Iterator[str]:
    words = iter(args)
    for word in words:
        if word == "--":
            yield word
            yield from words
            return
        name, equals, value = word.partition("=")
        flag = _known(name, flags, passes)
        if flag is None:
            action = flags.get(name)
            yield word
            if action is not None and not equals and _takes_a_word(action):
                yield from _next(words)
            continue
        action = flags.get(flag)
        if action is None:
            yield f"-p={spec_of_pass(flag.removeprefix('--'), value)}"
        elif action.nargs == 0 and equals and value in (*ON, *OFF):
            if value in ON:
                yield flag
        elif action.nargs == "?" and value in OFF and action.const not in (None, 1):
            continue
        elif action.nargs == "?":
            yield f"{flag}={_optional_value(action, equals, value)}"
        else:
            yield f"{flag}{equals}{value}"
            if not equals and _takes_a_word(action):
                yield from _next(words)


def _optional_value(action: argparse.Action, equals: str, value: str) -> str:
    if not equals or (value in ON and isinstance(action.const, str)):
        return "" if action.const is None else str(action.const)
    if action.type is None and action.choices is None:
        return value
    return {"true": "1", "false": "0"}.get(value, value) if action.const == 1 else value


def _takes_a_word(action: argparse.Action) -> bool:
    return action.nargs is None


def _next(words: Iterator[str]) -> Iterator[str]:
    word = next(words, None)
    if word is not None:
        yield word


def _known(name: str, flags: dict[str, argparse.Action], passes: Collection[str]) -> str | None:
    """A long flag with two dashes, or a pass with two dashes; None if `name` is neither."""
    if not name.startswith("-"):
        return None
    stem = name.lstrip("-")
    if len(stem) < 2 or name[: len(name) - len(stem)] not in ("-", "--"):
        return None
    long = f"--{stem}"
    if long in flags:
        return long
    if stem in passes:
        return long
    long = ALIASES.get(long, long)
    if long not in flags and stem.startswith("mlir-"):
        long = f"--{stem.removeprefix('mlir-')}"
    return long if long in flags else None


def spec_of_pass(name: str, options: str) -> str:
    """A pass with its options, as a pipeline spells it."""
    # Quotes and braces around the options are those of a pipeline, and do no harm here.
    options = options.strip()
    if options.startswith("{") and options.endswith("}"):
        options = options[1:-1].strip()
    return f"{name}{{{' '.join(_quoted(options))}}}" if options else name


_STRING = r'"(?:\\.|[^"\\])*"'
_OPTION = re.compile(
    rf"(?P<key>[^\s=]+)(?:=(?P<value>(?:{_STRING}|'[^']*'|\([^)]*\)|\{{[^}}]*\}}|[^\s\"'({{])*))?"
)
_WORD = rf"(?:{_STRING}|[-+]?\d+\.\d+|[\w+-]+)"
_PLAIN = re.compile(rf"{_WORD}(?:,{_WORD})*")


def _quoted(options: str) -> Iterator[str]:
    """
    The options of a pass as a pipeline spells them. In a flag, as in `mlir-opt`, a value may be
    empty and may have any characters but spaces.
    """
    for match in _OPTION.finditer(options):
        key, value = match["key"], match["value"]
        if value is None or _PLAIN.fullmatch(value):
            yield match[0]
        else:
            stripped = value[1:-1] if value[:1] == value[-1:] == "'" and len(value) > 1 else value
            escaped = stripped.replace("\\", "\\\\").replace('"', '\\"')
            yield f'{key}="{escaped}"'
