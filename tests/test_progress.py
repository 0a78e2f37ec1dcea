"""The progress line: shown on a terminal, gone at the end, and nothing in a log."""

from __future__ import annotations

import io

import pytest

from letgrad.tools.testing.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def work(stderr: io.StringIO, monkeypatch: pytest.MonkeyPatch, total: int | None = 4) -> str:
    monkeypatch.setattr("sys.stderr", stderr)
    with Progress("work", total, interval=0.0) as progress:
        for i in range(4):
            progress.advance(f"{i} found")
    return stderr.getvalue()


def test_nothing_where_stderr_is_no_terminal(monkeypatch):
    assert work(io.StringIO(), monkeypatch) == ""


def test_a_line_that_is_gone_at_the_end(monkeypatch):
    shown = work(Terminal(), monkeypatch)
    assert "work: [##########          ] 2/4, " in shown
    assert "s left, 1 found" in shown
    assert "\n" not in shown
    assert shown.endswith("\r\x1b[K")


def test_without_a_total(monkeypatch):
    assert "work: 3, 2 found" in work(Terminal(), monkeypatch, None)
