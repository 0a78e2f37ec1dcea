"""
Optimization remarks: what a pass did, what a pass did not do and which condition failed, as in
LLVM's `-Rpass`, `-Rpass-missed` and `-Rpass-analysis`.

At its end, a pass calls `missed(name, rule, op, lambda: text)` for the ops that are still there. If
nobody listens, letgrad does not make the text, and the pass does not look for the reason. If the
pass asked `wanted()` before, the text may be a plain string. One function decides a condition for
the rule and explains the condition in the remark: the function returns the values that the rule
needs, or a `Why`.

A pipeline runs a pass several times. A `Report` has each remark once. Of the remarks `missed` and
`analysis` it keeps only the remarks of the last run of a pass over a program: `run_of` tells where
a run begins.
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
The condition that failed, with its values, as a text. The text is made when somebody asks for it.

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
        """The parts of the remark by name, for tools. File, line and column are None if unknown."""
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
    """Hears remarks, and hears which program a pass begins to run over."""

    def begin(self, pass_name: str, module: ModuleOp) -> None: ...

    def hear(self, remark: Remark, module: ModuleOp | None) -> None: ...


class Report(Sequence[Remark]):
    """
    Remarks for a person: each printed text once. If a pass runs over its program again, the report
    drops the older remarks of this pass, except those that say what the pass did. The new run says
    what is still so.
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
    """Let `listener` hear the remarks in this context. Listeners that are there hear them too."""
    token = _listeners.set((*_listeners.get(), listener))
    try:
        yield
    finally:
        _listeners.reset(token)


@contextmanager
def run_of(pass_name: str, module: ModuleOp) -> Iterator[None]:
    """
    A run of a pass over a program: the remarks in this context replace those of an earlier run.
    """
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
    Remark that a rule did something.

    Example:

        >>> with lg.remarks() as found:
        ...     remark_passed("my-pass", "MyRule", None, "the cube became a product")
        >>> print(found)
        remark: [my-pass] passed: the cube became a product (MyRule)
    """
    _say(pass_name, Kind.PASSED, rule, at, text)


def missed(pass_name: str, rule: str, at: Place, text: str | Why) -> None:
    """
    Remark that a rule did not do something, and which condition failed.

    Example:

        >>> with lg.remarks() as found:
        ...     remark_missed("my-pass", "MyRule", None, lambda: "the cube stays")
        >>> print(found)
        remark: [my-pass] missed: the cube stays (MyRule)
    """
    _say(pass_name, Kind.MISSED, rule, at, text)


def analysis(pass_name: str, rule: str, at: Place, text: str | Why) -> None:
    """
    Remark a fact that the pass found, on which its decisions depend.

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
