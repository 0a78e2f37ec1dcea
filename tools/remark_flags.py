"""The flags `--remarks` and `--remarks-output` of the commands, and their implementation."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..passes.rewriting import diagnostics, remarks
from . import source


def add_arguments(parser: Any) -> None:
    parser.add_argument(
        "--remarks",
        type=_pattern,
        nargs="?",
        metavar="REGEX",
        help="say on stderr what passes did, did not do, and why; --remarks=REGEX takes passes "
        "whose name matches",
    )
    parser.add_argument(
        "--remarks-output",
        metavar="FILE",
        help="write the remarks to FILE, as a JSON list of objects "
        "{file, line, column, pass, kind, rule, text}",
    )


def spelled(args: Sequence[str]) -> list[str]:
    """
    The arguments in a form for argparse, which takes the word after a bare `--remarks` as its
    value.
    """
    return ["--remarks=" if arg == "--remarks" else arg for arg in args]


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no regular expression: {error}") from error


class Reporter:
    """Prints and writes remarks as the flags say. Without flags, passes make no remarks."""

    def __init__(self, options: argparse.Namespace):
        self.pattern: re.Pattern[str] | None = getattr(options, "remarks", None)
        self.output: str | None = getattr(options, "remarks_output", None)
        self.wanted = self.pattern is not None or self.output is not None
        self.found: list[remarks.Remark] = []

    @contextmanager
    def of_one_program(self) -> Iterator[None]:
        """Print the remarks of this context at its end, also if it ends with an error."""
        if not self.wanted:
            yield
            return
        report = remarks.Report()
        try:
            with remarks.listening(report):
                yield
        finally:
            for remark in report:
                if self.pattern is None or self.pattern.search(remark.pass_name):
                    self.found.append(remark)
                    if self.pattern is not None:
                        diagnostics.emit(remark.diagnostic)

    def write(self) -> None:
        """Write the file of remarks. Errors: `LetgradError` if the file cannot be written."""
        if self.output is None:
            return
        data = [remark.as_json() for remark in self.found]
        text = json.dumps(data, indent=1, ensure_ascii=False)
        source.write(self.output, f"{text}\n")
