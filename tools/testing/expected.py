"""
Expected diagnostics, written as comments beside their cause, as in MLIR:

    // expected-error@+1 {{ten.reshape: 12 elements cannot become}}
    %r = ten.reshape %x : tensor<3x4xf32> -> tensor<5x3xf32>

`error`, `warning`, `remark`, `note`; the line is the comment's own, or `@+n`, `@-n`, `@above`,
`@below` (the next line that holds no such comment), `@unknown` for a diagnostic without a place.
The text is part of the message. After `-re`, the text in inner braces is a regular expression:
`expected-error-re {{expected {{[0-9]+}} results}}`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects.builtin import FileLineColLoc, IntAttr, StringAttr

from ...passes.rewriting.diagnostics import Diagnostic, Severity

_COMMENT = re.compile(
    r"expected-(?P<severity>error|warning|remark|note)(?P<re>-re)? *"
    r"(?:@(?P<where>[+-]\d+|above|below|unknown))? *\{\{(?P<text>.*)\}\}\s*$"
)
_ATTEMPT = re.compile(r"//.*\bexpected-(error|warning|remark|note)\b")


@dataclass
class Expectation:
    """One `expected-…` comment."""

    severity: Severity
    text: str
    pattern: re.Pattern[str]
    line: int | None
    """The line that the diagnostic is about; None for a diagnostic without a place."""
    location: FileLineColLoc
    """The place of the comment."""

    def accepts(self, diagnostic: Diagnostic, filename: str) -> bool:
        where = diagnostic.position
        at = None if where is None else where[:2]
        return (
            diagnostic.severity == self.severity
            and at == (None if self.line is None else (filename, self.line))
            and self.pattern.search(diagnostic.message) is not None
        )


def expectations(
    text: str, filename: str, first_line: int = 1
) -> tuple[list[Expectation], list[Diagnostic]]:
    """
    The expectations in a text, and errors for comments that look like one and are malformed.
    """
    lines = text.split("\n")
    found: list[Expectation] = []
    malformed: list[Diagnostic] = []
    for index, line in enumerate(lines):
        match = _COMMENT.search(line)
        column = (match.start() if match else 0) + 1
        location = FileLineColLoc(
            StringAttr(filename), IntAttr(first_line + index), IntAttr(column)
        )
        if match is None:
            if _ATTEMPT.search(line):
                malformed.append(
                    Diagnostic(
                        Severity.ERROR,
                        "this is no expected-… comment: // expected-error@+1 {{text}}",
                        location,
                    )
                )
            continue
        try:
            pattern = _pattern(match["text"], match["re"] is not None)
        except re.error as error:
            malformed.append(
                Diagnostic(Severity.ERROR, f"not a regular expression: {error}", location)
            )
            continue
        target = _target(lines, index, match["where"])
        found.append(
            Expectation(
                Severity(match["severity"]),
                match["text"],
                pattern,
                None if target is None else target + first_line,
                location,
            )
        )
    return found, malformed


def _pattern(text: str, is_re: bool) -> re.Pattern[str]:
    if not is_re:
        return re.compile(re.escape(text))
    # Literal text and regular expressions take turns: literal {{regex}} literal …
    parts = re.split(r"\{\{(.*?)\}\}", text)
    return re.compile(
        "".join(re.escape(p) if i % 2 == 0 else f"(?:{p})" for i, p in enumerate(parts))
    )


def _target(lines: Sequence[str], index: int, where: str | None) -> int | None:
    """The index of the line that an expectation on line `index` is about."""
    match where:
        case None:
            return index
        case "unknown":
            return None
        case "above" | "below":
            step = -1 if where == "above" else 1
            index += step
            while 0 <= index < len(lines) and _COMMENT.search(lines[index]):
                index += step
            return index
        case _:
            return index + int(where)


def mismatches(
    text: str,
    filename: str,
    diagnostics: Sequence[Diagnostic],
    first_line: int = 1,
    only_expected: bool = False,
) -> list[Diagnostic]:
    """
    The differences between the diagnostics that came (their notes count too) and the diagnostics
    that the comments in `text` expect. The list is empty if each expectation meets a diagnostic of
    its own, and no diagnostic is left. With `only_expected`, diagnostics may be left.
    """
    waiting, wrong = expectations(text, filename, first_line)
    for diagnostic in (each for d in diagnostics for each in (d, *d.notes)):
        met = next((e for e in waiting if e.accepts(diagnostic, filename)), None)
        if met is not None:
            waiting.remove(met)
        elif not only_expected:
            message = f"unexpected {diagnostic.severity}: {diagnostic.message}"
            wrong.append(Diagnostic(Severity.ERROR, message, diagnostic.location))
    for expectation in waiting:
        message = f'expected {expectation.severity} "{expectation.text}" was not produced'
        wrong.append(Diagnostic(Severity.ERROR, message, expectation.location))
    return wrong
