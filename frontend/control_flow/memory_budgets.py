"""
Gradients that fit in a number of bytes: `memory="64MiB"` of `lg.grad`, `lg.jit` and others.

letgrad lets the loops keep fewer states (`checkpoint`, see docs/loops.md) until the plan of memory
fits: it makes the program, reads the bytes of the plan, and tries again with another number of
bytes for each loop. If that does not suffice, it also cuts the function into parts, and the
gradient computes the values of each part again (`single_steps`). In the room that is left, the
parts keep the values that take the most operations for a byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from xdsl.dialects import func
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, i64

from ...dialects import ten, types
from ...dialects.walking import ops_in
from ...passes.differentiate import single_steps
from ...passes.rewriting import remarks
from ...passes.rewriting.costs import bytes_of
from ...passes.rewriting.functions import by_name
from ..traced_functions import Traced
from ..user_code import located

__all__ = ["Memory"]

Memory = str | int | None
"""A number of bytes: an integer, or text as "64MiB"; None for no limit."""

UNITS = {"": 1, "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
         "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}  # fmt: skip

TRIES = 6
"""How many programs letgrad makes at most to find the states of loops that fit."""

PARTS = (2, 3, 4, 6, 8, 12, 16, 24, 32)
"""The numbers of parts that letgrad tries, until the program fits or needs more memory again."""


@dataclass
class Choice:
    """
    The bytes that the states of each loop may take, the number of parts whose values the gradient
    computes again, and the bytes that it keeps of these values. `made` says as text what came of
    the choice.
    """

    bytes: int
    parts: int = 0
    kept: int = 0
    made: list[str] = field(default_factory=list)


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


def compute_parts_again(function: func.FuncOp) -> None:
    """Cut a function that will be differentiated into the parts of the choice."""
    choice = _choice.get()
    if choice is None or len(function.body.blocks) != 1:
        return
    parts = single_steps.parts_of(function.body.block, choice.parts)
    kept = single_steps.worth_keeping(parts, choice.kept)
    made = [
        part
        for k, part in enumerate(parts)
        if single_steps.compute_again(part, kept.get(k, ())) is not None
    ]
    if made:
        values = [x for xs in kept.values() for x in xs]
        again, flops = sum(part.bytes for part in made), sum(part.flops for part in made)
        choice.made.append(
            f"the gradient computes {shown(again)} in {len(made)} parts again, by {flops} "
            f"operations, and keeps {shown(sum(bytes_of(x.type) for x in values))} of these"
        )


def planned_bytes(traced: Traced) -> int:
    """The bytes that a call of a program needs beside its arguments, by the plan for the CPU."""
    # The backend takes a tenth of a second to load, and only budgets need its plan here.
    from ...lowering.cpu.backend import prepared
    from ...lowering.nests.plan_buffers import arena_of, single_steps

    module = prepared(traced.module)
    functions = by_name(module)
    arenas = {name: arena_of(function) for name, function in functions.items()}
    passing = 0
    for same in single_steps(module).values():
        passing += max(arenas.pop(function.sym_name.data) for function in same)
    results = functions[traced.entry].function_type.outputs
    return sum(arenas.values()) + passing + sum(bytes_of(t) for t in results)


def fit(make: Callable[[], Traced], memory: str | int) -> Traced:
    """
    The program of `make` with as few checkpoints as fit in the memory. `make` makes the program
    again at each call.

    Errors: `ValueError` in one line, if no choice of checkpoints fits.
    """
    budget = bytes_in(memory)

    def tried(choice: Choice | None) -> tuple[Traced, int]:
        with choosing(choice):
            traced = make()
        return traced, planned_bytes(traced)

    traced, whole = tried(None)
    if whole <= budget:
        _say(traced, f"the program needs {shown(whole)} of {shown(budget)}: all states are kept")
        return traced
    choice = Choice(0)
    traced, least = tried(choice)
    if not choice.made or least > budget:
        return _fit_parts(tried, memory, whole, least if choice.made else None)
    best, needed, made = traced, least, choice.made
    share = (budget - least) // len(choice.made)
    good, bad = 0, None
    for _ in range(TRIES):
        if share <= good or (bad is not None and share >= bad):
            break
        choice = Choice(share)
        traced, bytes = tried(choice)
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


def _fit_parts(
    tried: Callable[[Choice], tuple[Traced, int]],
    memory: str | int,
    whole: int,
    with_one_state: int | None,
) -> Traced:
    """
    The program whose gradient computes parts of the function again, and keeps one state of each
    loop: with the fewest parts that fit, and as many kept values as fit.

    Errors: `ValueError` in one line.
    """
    budget = bytes_in(memory)
    least, worse = whole if with_one_state is None else with_one_state, 0
    for parts in PARTS:
        choice = Choice(0, parts)
        traced, bytes = tried(choice)
        if bytes <= budget:
            break
        # More parts have more values between them.
        worse = 0 if bytes < least else worse + 1
        least = min(least, bytes)
        if worse == 2:
            raise _too_little(memory, whole, with_one_state, least)
    else:
        raise _too_little(memory, whole, with_one_state, least)
    room = budget - bytes
    for share in (1.0, 0.5):
        more = Choice(0, choice.parts, int(room * share))
        again, needed = tried(more)
        if needed <= budget:
            traced, bytes, choice = again, needed, more
            break
    _say(traced, f"the program needs {shown(bytes)} of {shown(budget)}: {'; '.join(choice.made)}")
    return traced


def _too_little(
    memory: str | int, whole: int, with_one_state: int | None, least: int
) -> ValueError:
    if with_one_state is not None:
        text = f"with one state of each loop the program needs {shown(with_one_state)}"
    elif least == whole:
        text = (
            f"the program needs {shown(whole)}, and it has no loop whose states and no part whose "
            "values a gradient could compute again"
        )
    else:
        text = f"the program needs {shown(whole)}"
    if least < (whole if with_one_state is None else with_one_state):
        text += f", and {shown(least)} if the gradient computes parts of the function again"
    return located(ValueError, f"memory={memory!r} is too little: {text}")


def _say(traced: Traced, text: str) -> None:
    remarks.analysis("memory", "checkpoints", traced.function, text)


def shown(bytes: int) -> str:
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if bytes >= UNITS[unit]:
            return f"{bytes / UNITS[unit]:.4g} {unit}"
    return f"{bytes} bytes"
