"""
Optimization remarks: what a pass did, what it did not do and which condition failed, as LLVM's
`-Rpass`, `-Rpass-missed` and `-Rpass-analysis` say it.

A pass says `missed(name, rule, op, lambda: text)` at its end, of what is still there. The text is
made, and what leads to it found, only if somebody listens; where `wanted()` was asked before, it
may be a plain text. A condition that a rule asks, and that a remark explains, is one function: it
gives what the rule needs, or a `Why`.

A pipeline runs a pass several times. A `Report` has each remark once, and of what was missed or
found only what the last run of a pass over a program said: `run_of` tells where a run begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, overload

from xdsl.dialects.builtin import LocationAttr, ModuleOp

from .diagnostics import Diagnostic, Place, Severity, location_of, position

Why = Callable[[], str]
"""
The condition that failed, with its values, as a text that is made when it is asked for.

Example:

    >>> why: Why = lambda: f"{1 + 1} uses, not one"
    >>> with lg.remarks() as found:
    ...     remark_missed("my-pass", "MyRule", None, why)
    >>> print(found)
    remark: [my-pass] missed: 2 uses, not one (MyRule)
"""


class Kind(StrEnum):
    PASSED = "passed"
    MISSED = "missed"
    ANALYSIS = "analysis"


@dataclass(frozen=True)
class Remark:
    """
    One remark. `str` gives `file:line:col: remark: [pass] kind: text (rule)`.

    Example:

        >>> with lg.remarks() as found:
        ...     remark_missed("my-pass", "MyRule", None, "the cube stays")
        >>> isinstance(found[0], Remark), found[0].text
        (True, 'the cube stays')
    """

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


class Listener(Protocol):
    """Hears remarks, and which program a pass begins to run over."""

    def begin(self, pass_name: str, module: ModuleOp) -> None: ...

    def hear(self, remark: Remark, module: ModuleOp | None) -> None: ...


class Report(Sequence[Remark]):
    """
    Remarks as a person wants them: each once, by what it prints; and those that are not of what was
    done are gone when their pass runs over their program again, which says what is still so.
    """

    def __init__(self) -> None:
        self._said: dict[tuple[str, ModuleOp | None], Remark] = {}

    def begin(self, pass_name: str, module: ModuleOp) -> None:
        self._said = {
            (text, program): remark
            for (text, program), remark in self._said.items()
            if remark.kind is Kind.PASSED or remark.pass_name != pass_name or program is not module
        }

    def hear(self, remark: Remark, module: ModuleOp | None) -> None:
        self._said.setdefault((str(remark), module), remark)

    @property
    def _once(self) -> list[Remark]:
        return list({text: remark for (text, _), remark in self._said.items()}.values())

    def __len__(self) -> int:
        return len(self._once)

    @overload
    def __getitem__(self, index: int) -> Remark: ...
    @overload
    def __getitem__(self, index: slice) -> list[Remark]: ...
    def __getitem__(self, index: int | slice) -> Remark | list[Remark]:
        return self._once[index]

    def __iter__(self) -> Iterator[Remark]:
        return iter(self._once)

    def __repr__(self) -> str:
        return "\n".join(map(str, self))


_listeners: ContextVar[tuple[Listener, ...]] = ContextVar("listeners", default=())
_program: ContextVar[ModuleOp | None] = ContextVar("program", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let `listener` hear the remarks that are made in this context, besides who hears them."""
    token = _listeners.set((*_listeners.get(), listener))
    try:
        yield
    finally:
        _listeners.reset(token)


@contextmanager
def run_of(pass_name: str, module: ModuleOp) -> Iterator[None]:
    """A run of a pass over a program: what it says in this context stands for what it said."""
    for listener in _listeners.get():
        listener.begin(pass_name, module)
    token = _program.set(module)
    try:
        yield
    finally:
        _program.reset(token)


def wanted() -> bool:
    """
    Whether somebody listens.

    Example:

        >>> remarks_wanted()
        False
        >>> with lg.remarks():
        ...     remarks_wanted()
        True
    """
    return bool(_listeners.get())


def passed(pass_name: str, rule: str, at: Place, text: str | Why) -> None:
    """
    What a rule did.

    Example:

        >>> with lg.remarks() as found:
        ...     remark_passed("my-pass", "MyRule", None, "the cube became a product")
        >>> print(found)
        remark: [my-pass] passed: the cube became a product (MyRule)
    """
    _say(pass_name, Kind.PASSED, rule, at, text)


def missed(pass_name: str, rule: str, at: Place, text: str | Why) -> None:
    """
    What a rule did not do, and which condition failed.

    Example:

        >>> with lg.remarks() as found:
        ...     remark_missed("my-pass", "MyRule", None, lambda: "the cube stays")
        >>> print(found)
        remark: [my-pass] missed: the cube stays (MyRule)
    """
    _say(pass_name, Kind.MISSED, rule, at, text)


def analysis(pass_name: str, rule: str, at: Place, text: str | Why) -> None:
    """
    What was found, and decides what is done.

    Example:

        >>> with lg.remarks() as found:
        ...     remark_analysis("my-pass", "MyRule", None, "the cube has 3 uses")
        >>> print(found)
        remark: [my-pass] analysis: the cube has 3 uses (MyRule)
    """
    _say(pass_name, Kind.ANALYSIS, rule, at, text)


def _say(pass_name: str, kind: Kind, rule: str, at: Place, text: str | Why) -> None:
    if listeners := _listeners.get():
        said = text if isinstance(text, str) else text()
        remark = Remark(pass_name, kind, rule, said, location_of(at))
        for listener in listeners:
            listener.hear(remark, _program.get())
