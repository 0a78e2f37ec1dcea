"""
Gradients that fit in a number of bytes: `memory="64MiB"` of `lg.grad`, `lg.jit` and others.

What a gradient keeps are mostly the states of its loops. letgrad lets the loops keep fewer states
(`checkpoint`, see docs/loops.md) until the plan of memory fits: it makes the program, reads the
bytes of the plan, and tries again with another number of bytes for each loop.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from xdsl.dialects import func
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, i64

from ..dialects import ten, types
from ..dialects.walking import ops_in
from ..passes.rewriting import costs, remarks
from ..passes.rewriting.costs import bytes_of
from ..passes.rewriting.functions import by_name
from .traced_functions import Traced
from .tracing import located

__all__ = ["Memory"]

Memory = str | int | None
"""A number of bytes: an integer, or text as "64MiB"; None for no limit."""

UNITS = {"": 1, "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
         "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}  # fmt: skip

TRIES = 6
"""How many programs letgrad makes at most to find the one that fits."""


@dataclass
class Choice:
    """
    The bytes that the states of each loop may take, and the loops that got a checkpoint: as text,
    how many states of how many.
    """

    bytes: int
    made: list[str]


_choice: ContextVar[Choice | None] = ContextVar("choice", default=None)


def bytes_in(memory: str | int) -> int:
    """Errors: `TypeError` or `ValueError`, if this is no number of bytes."""
    if isinstance(memory, int) and type(memory) is not bool:
        number = memory
    elif not isinstance(memory, str):
        raise located(
            TypeError, f'memory={memory!r}: memory takes a number of bytes, or text as "64MiB"'
        )
    else:
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", memory)
        if found is None or found[2] not in UNITS:
            units = ", ".join(unit for unit in UNITS if unit)
            raise located(
                ValueError,
                f"memory={memory!r} is no number of bytes; the units are {units}",
            )
        number = int(float(found[1]) * UNITS[found[2]])
    if number < 0:
        raise located(ValueError, f"memory={memory!r} is negative")
    return number


@contextmanager
def choosing(choice: Choice | None) -> Iterator[None]:
    """Derivatives that are taken in the `with` give their loops checkpoints by this choice."""
    token = _choice.set(choice)
    try:
        yield
    finally:
        _choice.reset(token)


def set_checkpoints(module: ModuleOp) -> None:
    """Give the loops of a program that will be differentiated the checkpoints of the choice."""
    choice = _choice.get()
    if choice is None:
        return
    for op in ops_in(module):
        if not isinstance(op, ten.ScanOp | ten.WhileOp) or op.states is not None:
            continue
        floats = [x for x in op.inits if types.is_float(types.part(types.element(x.type)))]
        if not floats:
            continue
        most = op.trips if isinstance(op, ten.ScanOp) else None
        size = max(1, sum(bytes_of(x.type) for x in op.inits))
        states = max(1, choice.bytes // size)
        if most is not None and states >= most:
            continue
        op.attributes[ten.CHECKPOINT] = IntegerAttr(states, i64)
        of = "an unknown number of" if most is None else most
        choice.made.append(f"a loop keeps {states} of {of} states, {size} bytes each")


def planned_bytes(traced: Traced) -> int:
    """The bytes that a call of a program needs beside its arguments, by the plan for the CPU."""
    # The backend takes a tenth of a second to load, and only budgets need its plan here.
    from ..lowering.cpu.backend import prepared

    module = prepared(traced.module)
    functions = by_name(module)
    arenas = {name: _arena(function) for name, function in functions.items()}
    # Loops of one step give their memory back, and the next such loop of this size takes it.
    passing: set[int] = set()
    for op in ops_in(module):
        if isinstance(op, ten.ScanOp) and op.trips == 1 and op.states is not None:
            for call in op.body.block.ops:
                if isinstance(call, func.CallOp):
                    passing.add(arenas.pop(call.callee.string_value(), 0))
    results = functions[traced.entry].function_type.outputs
    return sum(arenas.values()) + sum(passing) + sum(bytes_of(t) for t in results)


def _arena(function: func.FuncOp) -> int:
    size = function.attributes.get(costs.ARENA_BYTES)
    return size.value.data if isinstance(size, IntegerAttr) else 0


def fit(make: Callable[[], Traced], memory: str | int) -> Traced:
    """
    The program of `make` with as few checkpoints as fit in the memory. `make` makes the program
    again at each call.

    Errors: `ValueError` in one line, if no choice of checkpoints fits.
    """
    budget = bytes_in(memory)

    def tried(bytes: int | None) -> tuple[Traced, int, Choice | None]:
        choice = None if bytes is None else Choice(bytes, [])
        with choosing(choice):
            traced = make()
        return traced, planned_bytes(traced), choice

    traced, whole, _ = tried(None)
    if whole <= budget:
        _say(traced, f"the program needs {shown(whole)} of {shown(budget)}: all states are kept")
        return traced
    traced, least, choice = tried(0)
    if choice is None or not choice.made:
        raise located(
            ValueError,
            f"memory={memory!r} is too little: the program needs {shown(whole)}, and it has no "
            "loop whose states a gradient could compute again",
        )
    if least > budget:
        raise located(
            ValueError,
            f"memory={memory!r} is too little: with one state of each loop the program needs "
            f"{shown(least)}",
        )
    best, needed, made = traced, least, choice.made
    share = (budget - least) // len(choice.made)
    good, bad = 0, None
    for _ in range(TRIES):
        if share <= good or (bad is not None and share >= bad):
            break
        traced, bytes, choice = tried(share)
        assert choice is not None
        if bytes <= budget:
            best, needed, made, good = traced, bytes, choice.made, share
            # The plan is nearly linear in the share. It is good enough near the budget.
            if bytes > 0.9 * budget or bytes <= least:
                break
            share = share * (budget - least) // (bytes - least)
        else:
            bad = share
            share = max(good + 1, share * (budget - least) // (bytes - least) * 95 // 100)
    _say(best, f"the program needs {shown(needed)} of {shown(budget)}: {'; '.join(made)}")
    return best


def _say(traced: Traced, text: str) -> None:
    remarks.analysis("memory", "checkpoints", traced.function, text)


def shown(bytes: int) -> str:
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if bytes >= UNITS[unit]:
            return f"{bytes / UNITS[unit]:.4g} {unit}"
    return f"{bytes} bytes"
