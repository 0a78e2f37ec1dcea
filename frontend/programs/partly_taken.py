"""
Iterators of which values decide how many items a function takes.

    large = any(v > 2 for v in items)
    rest = sum(items)

Python's `any` ends at the first item that is true, and a loop at its `break`. A trace takes all
items, and does not know which of them the iterator still has. For each iterator of a program, one
of two things holds: the trace knows how many items the program has taken, or the program does not
use the iterator any more. An iterator of letgrad (`turns.Iterated`) is lost, so that a later use
is an error. For an iterator of Python, `may_be_used` looks for a later use.
"""

from __future__ import annotations

import dis
import functools
import gc
import sys
from collections.abc import Iterator, Sequence
from types import CodeType, FrameType, FunctionType, GeneratorType
from typing import Any

from ..user_code import located
from . import function_source, hidden_states, turns, variables

BODIES = tuple(f"{function_source.RUNTIME}_{what}_" for what in ("body", "test"))
"""How the names of functions begin that run in each turn of a loop."""

READS = (
    "LOAD_FAST", "LOAD_DEREF", "LOAD_CLOSURE", "LOAD_NAME", "LOAD_CLASSDEREF",
    "LOAD_FROM_DICT_OR_DEREF", "STORE_FAST_LOAD_FAST",
)  # fmt: skip
"""How the names of instructions begin that read a variable."""


def behind(items: Any) -> list[Any]:
    """The iterators from which the items of an iterator come; itself is one of them."""
    found: list[Any] = []
    pending = [items]
    while pending:
        one = pending.pop()
        if any(one is other for other in found):
            continue
        match one:
            case GeneratorType():
                if one.gi_frame is not None:  # Otherwise it has ended.
                    pending += [*one.gi_frame.f_locals.values(), one.gi_yieldfrom]
            case hidden_states.Replay():
                pending.append(one.source)
            case functools.partial():
                pending += one.args
                continue
            case turns.Iterated():
                pass
            case _ if hidden_states.is_iterator(one):
                parts = gc.get_referents(one)  # `map` and `zip` keep a tuple.
                parts += [x for part in parts if type(part) is tuple for x in part]
                pending += [x for x in parts if isinstance(x, Iterator)]
            case _:
                continue
        found.append(one)
    return found


def check(name: str, iterators: Sequence[Any]) -> None:
    """
    A function has taken items of these iterators, and values decide how many.

    Errors: `TypeError` if the program may use one of them later.
    """
    for one in iterators:
        if isinstance(one, turns.Iterated):
            one.lose()
    if may_be_used({id(x) for x in iterators if not isinstance(x, turns.Iterated)}):
        raise located(
            TypeError,
            f"traced values decide how many items {name} takes from an iterator that the program "
            "may use later; make the iterator again, or a list of its items before",
        )


def may_be_used(wanted: set[int]) -> bool:
    """Whether the program may use one of these iterators of Python later."""
    return bool(wanted) and (_has_name_later(wanted) or _is_part(wanted))


def _frames() -> Iterator[FrameType]:
    """The running functions of the program, the innermost one first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if function_source.RUNTIME in frame.f_code.co_freevars:
            yield frame
        frame = frame.f_back


def _has_name_later(wanted: set[int]) -> bool:
    """Whether an instruction that may run later reads a variable with one of these objects."""
    for frame in _frames():
        for name, value in frame.f_locals.items():
            if id(value) in wanted and _reads_later(frame, name):
                return True
    return False


def _reads_later(frame: FrameType, name: str) -> bool:
    reads, writes, jumps = _instructions(frame.f_code)
    here = frame.f_lasti
    first = min((to for at, to in jumps if to <= here < at), default=here + 1)
    # In the code of a part, and of a function with parts, instructions run one after the other.
    end = min((at for at in writes.get(name, ()) if at > here), default=len(frame.f_code.co_code))
    for other, places in reads.items():
        if any(first <= at < end and at != here for at in places):
            # A part of the function, such as the side of a condition, stands in front of its call.
            value = frame.f_locals.get(other)
            if other == name or (
                isinstance(value, FunctionType) and name in value.__code__.co_freevars
            ):
                return True
    is_body = frame.f_code.co_name.startswith(BODIES) and name in frame.f_code.co_freevars
    return is_body and name not in writes


@functools.lru_cache(maxsize=1024)
def _instructions(
    code: CodeType,
) -> tuple[dict[str, list[int]], dict[str, list[int]], list[tuple[int, int]]]:
    """Where a code reads variables, where it assigns them, and its jumps backwards."""
    reads: dict[str, list[int]] = {}
    writes: dict[str, list[int]] = {}
    jumps: list[tuple[int, int]] = []
    for one in dis.get_instructions(code):
        names = one.argval if isinstance(one.argval, tuple) else (one.argval,)
        if one.opname.startswith(READS):
            for name in names:
                if isinstance(name, str):
                    reads.setdefault(name, []).append(one.offset)
        elif one.opname.startswith(("STORE_FAST", "STORE_DEREF")):
            for name in names:
                writes.setdefault(name, []).append(one.offset)
        elif one.opname.startswith("JUMP_BACKWARD"):
            jumps.append((one.offset, int(one.argval)))  # type: ignore[arg-type]
    return reads, writes, jumps


def _is_part(wanted: set[int]) -> bool:
    """Whether a container, an object or a function of the program leads to one of these objects."""
    pending: list[Any] = []
    for frame in _frames():
        own = frame.f_locals.items()
        pending += [x for name, x in own if not variables.is_own(name) and id(x) not in wanted]
    seen: set[int] = set()
    while pending and len(seen) < variables.MOST_OBJECTS:
        value = pending.pop()
        if id(value) in wanted:
            return True
        module = getattr(type(value), "__module__", "")
        if variables.is_atom(value) or module.startswith(("letgrad.", "xdsl.")):
            continue
        if id(value) in seen:
            continue
        seen.add(id(value))
        pending.extend(variables.parts_of(value))
    return False
