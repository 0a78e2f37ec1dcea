"""
Where in the user's code an op or an error comes from: the innermost frame outside of letgrad,
NumPy, SciPy and Python's own library.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import TypeVar

from xdsl.dialects.builtin import FileLineColLoc, IntAttr, LocationAttr, StringAttr

from ..passes.rewriting.diagnostics import LetgradError
from . import wanted_numbers


@functools.lru_cache(maxsize=256)
def _positions(code: CodeType) -> list[tuple[int | None, int | None]]:
    return [(line, column) for line, _, column, _ in code.co_positions()]


def user_frame() -> FrameType | None:
    """
    The innermost frame of the user's code. Frames of letgrad, of NumPy, of SciPy, of Python's own
    library, and of modules that contain `__letgrad_library__ = True` do not count as the user's
    code.
    """
    return frames()[0]


def frames() -> tuple[FrameType | None, FrameType | None]:
    """
    The innermost frame of the user's code. Then the frame that the user's code called, if this is
    a function of another library than letgrad and NumPy, or of a part of NumPy that reads numbers.
    """
    frame: FrameType | None = sys._getframe(2)
    called: FrameType | None = None
    while frame is not None:
        names = frame.f_globals
        module = names.get("__name__", "")
        if (may_read := _may_read(module)) is not None:
            # Most frames are these.
            called = frame if may_read and wanted_numbers.reads_numbers(frame) else None
        elif wanted_numbers.is_other_library(module, frame.f_code.co_filename):
            called = frame
        elif not names.get("__letgrad_library__", False):
            break
        frame = frame.f_back
    return frame, called


@functools.lru_cache(4096)
def _may_read(module: str) -> bool | None:
    """Whether a module of letgrad or NumPy may read numbers; None for other modules."""
    if module.partition(".")[0] not in ("letgrad", "numpy"):
        return None
    return module.startswith(wanted_numbers.READERS)


def place() -> str:
    """`file:line: ` of the user's code, for messages."""
    frame = user_frame()
    return "" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}: "


E = TypeVar("E", bound=Exception)


def located(kind: type[E], message: str) -> E:
    """An exception whose message begins with the user's file and line."""
    return kind(place() + message)


def as_python(kind: type[E], message: str) -> E:
    """
    As `located`, for an error that Python or NumPy raise here, too: a handler of the program runs
    for it. Each other TypeError or AttributeError that letgrad raises says what letgrad does not
    take; see `refusals.is_limit`.
    """
    error = located(kind, message)
    error.is_pythons = True  # type: ignore[attr-defined]
    return error


@contextmanager
def at_call() -> Iterator[None]:
    """
    An error of the compiler that has no place gets the place of the user's code, which called
    letgrad.
    """
    try:
        yield
    except LetgradError as error:
        frame = user_frame()
        if error.diagnostic.position is None and frame is not None:
            error.move(location_of(frame.f_code, frame.f_lasti))
        raise


def location_of(code: CodeType, instruction: int) -> LocationAttr:
    """The file, line and column of an instruction of Python's."""
    line, column = _positions(code)[instruction // 2]
    return _place(code.co_filename, line or 0, (column or 0) + 1)


@functools.lru_cache(4096)
def _place(file: str, line: int, column: int) -> LocationAttr:
    return FileLineColLoc(StringAttr(file), IntAttr(line), IntAttr(column))
