"""Markdown: from docstrings, in tables, and as text for a terminal."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

_FIELD = re.compile(r"([A-Z][\w ]*):(?:\s{2,}(.*)|$)|(Errors|Requires|Note): (.*)")


def escaped(text: str) -> str:
    """Text outside of code, escaped so that Markdown shows it unchanged."""
    parts = re.split(r"(`[^`]*`)", text)
    for i in range(0, len(parts), 2):
        part = parts[i].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        parts[i] = re.sub(r"([\\*_\[\]])", r"\\\1", part)
    return "".join(parts)


def prose(doc: str) -> str:
    """
    A docstring in Markdown: paragraphs, lines that four spaces indent as code, and lines such as
    `Shapes:  x (n…)` as a list.
    """
    out: list[str] = []
    kind = ""

    def close() -> None:
        if kind == "code":
            while out[-1] == "":
                out.pop()
            out.append("```")
        if out and out[-1] != "":
            out.append("")

    for line in doc.splitlines():
        field = _FIELD.match(line)
        indent = len(line) - len(line.lstrip())
        if not line:
            if kind == "code":
                out.append("")
            else:
                close()
                kind = ""
        elif kind in ("field", "item") and indent >= 2:
            out.append(f"  {escaped(line.strip())}")
        elif indent >= 4:
            if kind != "code":
                close()
                out.append("```text")
                kind = "code"
            out.append(line[4:])
        elif field is not None or line.startswith("- "):
            if kind not in ("field", "item"):
                close()
            text = escaped(line[2:])
            if field:
                word, said = field[1] or field[3], field[2] or field[4] or ""
                text = f"**{word}:** {escaped(said)}"
            out.append(f"- {text}".rstrip())
            kind = "field" if field else "item"
        else:
            if kind not in ("text", ""):
                close()
            out.append(escaped(line))
            kind = "text"
    close()
    return "\n".join(out).strip()


def fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.strip()}\n```"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Sequence[str]) -> str:
        shown = (" ".join(cell.split()).replace("|", "&#124;") for cell in cells)
        return f"| {' | '.join(shown)} |"

    return "\n".join([line(head), line(["---"] * len(head)), *map(line, rows)])


def code(text: str) -> str:
    """Text in a line, as code."""
    return f"`{text}`" if text else ""


def shown(markdown: str) -> str:
    """Markdown as text for a terminal: without entities and backslashes of Markdown."""
    lines: list[str] = []
    fence = False
    for line in markdown.splitlines():
        if line.startswith("```"):
            fence = not fence
        lines.append(line if fence or line.startswith("```") else _shown_line(line))
    return "\n".join(lines) + "\n"


def _shown_line(line: str) -> str:
    parts = re.split(r"(`[^`]*`)", line)
    for i, part in enumerate(parts):
        if i % 2:  # code, in which `table` replaces only the character that parts cells
            parts[i] = part.replace("&#124;", "|")
        else:
            parts[i] = html.unescape(re.sub(r"\\([\\*_\[\]])", r"\1", part))
    return "".join(parts)
