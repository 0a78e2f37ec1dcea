"""The flags `--remarks` and `--remarks-output` of the commands, and what they do."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..passes import diagnostics, remarks
from . import source


def add_arguments(parser: Any) -> None:
    parser.add_argument(
        "--remarks",
        type=_pattern,
        metavar="REGEX",
        help="say on stderr what passes did, did not do, and why: those whose name matches the "
        "expression; of all passes if there is none",
    )
    parser.add_argument(
        "--remarks-output",
        metavar="FILE",
        help="write the remarks to FILE, as a JSON list of objects "
        "{file, line, column, pass, kind, rule, text}",
    )


def spelled(args: Sequence[str]) -> list[str]:
    """Arguments for argparse, which would take the word after a bare `--remarks` for its value."""
    return ["--remarks=" if arg == "--remarks" else arg for arg in args]


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no regular expression: {error}") from error


@contextmanager
def reporting(options: argparse.Namespace) -> Iterator[None]:
    """Report the remarks made in this context as the flags want it; none, if there are no flags."""
    pattern, output = options.remarks, options.remarks_output
    if pattern is None and output is None:
        yield
        return
    found: list[dict[str, str | int | None]] = []

    def hear(remark: remarks.Remark) -> None:
        if pattern is not None and not pattern.search(remark.pass_name):
            return
        found.append(remark.as_json())
        if pattern is not None:
            diagnostics.emit(remark.diagnostic)

    try:
        with remarks.listening(hear):
            yield
    finally:
        if output is not None:
            text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
            source.write(output, text)
