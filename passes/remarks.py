"""
Optimization remarks: what a pass did, what it did not do and which condition failed, as LLVM's
`-Rpass`, `-Rpass-missed` and `-Rpass-analysis` say it.

A pass says `missed(name, rule, op, lambda: text)` at its end, of what is still there. The text is
made, and what leads to it found, only if somebody listens; where `wanted()` was asked before, it
may be a plain text. A condition that a rule asks, and that a remark explains, is one function: it
gives what the rule needs, or a `Why`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

from xdsl.dialects.builtin import LocationAttr

from .diagnostics import Diagnostic, Place, Severity, location_of, position

Why = Callable[[], str]
"""The condition that failed, with its values, as a text that is made when it is asked for."""


class Kind(StrEnum):
    PASSED = "passed"
    MISSED = "missed"
    ANALYSIS = "analysis"


@dataclass(frozen=True)
class Remark:
    """One remark. `str` gives `file:line:col: remark: [pass] kind: text (rule)`."""

    pass_name: str
    kind: Kind
    rule: str
    text: str
    location: LocationAttr

    @property
    def diagnostic(self) -> Diagnostic:
        message = f"[{self.pass_name}] {self.kind}: {self.text} ({self.rule})"
        return Diagnostic(Severity.REMARK, message, self.location)

    def __str__(self) -> str:
        return str(self.diagnostic)

    def as_json(self) -> dict[str, str | int | None]:
        """Its parts by name, for tools; file, line and column are None if they are not known."""
        file, line, column = position(self.location) or (None, None, None)
        return {
            "file": file,
            "line": line,
            "column": column,
            "pass": self.pass_name,
            "kind": str(self.kind),
            "rule": self.rule,
            "text": self.text,
        }


_listener: ContextVar[Callable[[Remark], None] | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Callable[[Remark], None]) -> Iterator[None]:
    """
    Call `listener` with each remark that is made in this context, once if it is made again; who
    listens already hears it too.
    """
    seen: set[Remark] = set()
    outer = _listener.get()

    def hear(remark: Remark) -> None:
        if remark not in seen:
            seen.add(remark)
            listener(remark)
        if outer is not None:
            outer(remark)

    token = _listener.set(hear)
    try:
        yield
    finally:
        _listener.reset(token)


def wanted() -> bool:
    """Whether somebody listens."""
    return _listener.get() is not None


def passed(pass_name: str, rule: str, at: Place, text: str | Why) -> None:
    """What a rule did."""
    _say(pass_name, Kind.PASSED, rule, at, text)


def missed(pass_name: str, rule: str, at: Place, text: str | Why) -> None:
    """What a rule did not do, and which condition failed."""
    _say(pass_name, Kind.MISSED, rule, at, text)


def analysis(pass_name: str, rule: str, at: Place, text: str | Why) -> None:
    """What was found, and decides what is done."""
    _say(pass_name, Kind.ANALYSIS, rule, at, text)


def _say(pass_name: str, kind: Kind, rule: str, at: Place, text: str | Why) -> None:
    if (listener := _listener.get()) is not None:
        said = text if isinstance(text, str) else text()
        listener(Remark(pass_name, kind, rule, said, location_of(at)))
