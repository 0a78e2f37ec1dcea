"""
Messages of the compiler to a person: errors, warnings and remarks, each with its place in the
source.

If a pass cannot go on, it raises `LetgradError`. If a pass can go on, it calls `warning` or
`remark`. The driver chooses with `handling` how it treats these messages: it prints them, or it
matches them against `expected-…` comments.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import cast

from xdsl.dialects.builtin import (
    UNKNOWN_LOC,
    ArrayAttr,
    CallSiteLoc,
    FileLineColLoc,
    FusedLoc,
    LocationAttr,
    NameLoc,
    UnknownLoc,
)
from xdsl.ir import Attribute, BlockArgument, Operation, SSAValue
from xdsl.utils.exceptions import DiagnosticException

Place = Operation | SSAValue | Attribute | None


class Severity(StrEnum):
    """
    How much a diagnostic matters.

    Example:

        >>> str(Severity.WARNING)
        'warning'
    """

    ERROR = "error"
    WARNING = "warning"
    REMARK = "remark"
    NOTE = "note"


@dataclass(frozen=True)
class Diagnostic:
    """
    One message. `str` gives `file:line:col: severity: message`, without the place if it is unknown.

    Example:

        >>> def show_message(diagnostic: Diagnostic):
        ...     print(diagnostic.severity, diagnostic.message, sep=" | ")
        >>> with handling_diagnostics(show_message):
        ...     warning("the cube of a large number is infinite")
        warning | the cube of a large number is infinite
    """

    severity: Severity
    message: str
    location: LocationAttr = UNKNOWN_LOC
    notes: tuple[Diagnostic, ...] = ()

    @property
    def position(self) -> tuple[str, int, int] | None:
        return position(self.location)

    def __str__(self) -> str:
        where = self.position
        prefix = "" if where is None else f"{where[0]}:{where[1]}:{where[2]}: "
        return f"{prefix}{self.severity}: {self.message}"


class LetgradError(DiagnosticException):
    """
    An error that a person can act on. `at` is the op, value or location of the error.

    Example:

        >>> module = parse(ctx, "func.func @f() { func.return }", "f.mlir")
        >>> try:
        ...     raise LetgradError("this is not a cube", find_function(module, "f"))
        ... except LetgradError as error:
        ...     print(error)
        f.mlir:1:1: error: this is not a cube
    """

    diagnostic: Diagnostic

    def __init__(self, message: str, at: Place = None, notes: tuple[Diagnostic, ...] = ()):
        self.diagnostic = Diagnostic(
            Severity.ERROR, " ".join(message.split()), location_of(at), notes
        )
        super().__init__(str(self.diagnostic))

    def move(self, location: LocationAttr) -> None:
        """Gives the error another place."""
        self.diagnostic = replace(self.diagnostic, location=location)
        self.args = (str(self.diagnostic),)


def location_of(place: Place) -> LocationAttr:
    """
    The source location of an op, of a value, or of a location itself. For any other object the
    location is unknown.

    Example:

        >>> module = parse(ctx, "func.func @f() { func.return }", "f.mlir")
        >>> position_of(location_of(find_function(module, "f")))
        ('f.mlir', 1, 1)
    """
    match place:
        case Operation():
            return place.location
        case BlockArgument():
            if isinstance(place.location, UnknownLoc):
                return location_of(place.block.parent_op())
            return place.location
        case SSAValue():
            return location_of(place.owner) if isinstance(place.owner, Operation) else UNKNOWN_LOC
        case UnknownLoc() | FileLineColLoc() | CallSiteLoc() | NameLoc() | FusedLoc():
            return place
        case _:
            return UNKNOWN_LOC


def position(location: Attribute) -> tuple[str, int, int] | None:
    """
    File, line and column of a location. A location with several parts gives the position of the
    first part that has one.

    Example:

        >>> module = parse(ctx, "func.func @f() { func.return }", "f.mlir")
        >>> position_of(find_function(module, "f").location)
        ('f.mlir', 1, 1)
    """
    match location:
        case FileLineColLoc():
            return location.filename.data, location.line.data, location.column.data
        case NameLoc():
            return position(location.location)
        case CallSiteLoc():
            return position(location.callee) or position(location.caller)
        case FusedLoc():
            parts = cast(ArrayAttr, location.locations)  # xDSL's declaration of it says less
            return next((p for p in map(position, parts) if p is not None), None)
        case _:
            return None


def _print(diagnostic: Diagnostic) -> None:
    for d in (diagnostic, *diagnostic.notes):
        print(d, file=sys.stderr)


_handler: ContextVar[Callable[[Diagnostic], None]] = ContextVar("handler", default=_print)


@contextmanager
def handling(handler: Callable[[Diagnostic], None]) -> Iterator[None]:
    """
    Send every diagnostic that is emitted in this context to `handler`.

    Example:

        >>> found = []
        >>> with handling_diagnostics(found.append):
        ...     warning("the cube of a large number is infinite")
        >>> print(found[0])
        warning: the cube of a large number is infinite
    """
    token = _handler.set(handler)
    try:
        yield
    finally:
        _handler.reset(token)


def emit(diagnostic: Diagnostic) -> None:
    _handler.get()(diagnostic)


def warning(message: str, at: Place = None) -> None:
    """
    Warn a person, and go on. `at` is the op, value or location of the warning.

    Example:

        >>> with handling_diagnostics(print):
        ...     warning("the cube of a large number is infinite")
        warning: the cube of a large number is infinite
    """
    emit(Diagnostic(Severity.WARNING, message, location_of(at)))


def remark(message: str, at: Place = None) -> None:
    emit(Diagnostic(Severity.REMARK, message, location_of(at)))


def note(message: str, at: Place = None) -> Diagnostic:
    """
    A note, which belongs to an error or a warning: the note points at a second place.

    Example:

        >>> error = LetgradError("this is not a cube", notes=(note("it was made here"),))
        >>> print(error.diagnostic.notes[0])
        note: it was made here
    """
    return Diagnostic(Severity.NOTE, message, location_of(at))


def explain(error: BaseException) -> str:
    """
    A Python error in words: its message, and the kind of error if the kind says more. For an error
    in a user's Python code, the text has the file and line too.
    """
    message = " ".join(str(error).split())
    if isinstance(error, DiagnosticException) and message:
        return message
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    said = f"{type(error).__name__}: {message}" if message else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, NameError | AttributeError | TypeError) and frames:
        # The author of `raise TypeError(…)` wrote the message for the caller.
        if not (frames[-1].line or "").startswith("raise "):
            said += f" ({frames[-1].filename}:{frames[-1].lineno})"
    return said
