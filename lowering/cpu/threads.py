"""
Threads that share the parts of a loop. A free thread takes the next part, and no thread waits in a
loop.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, wraps
from itertools import pairwise
from threading import RLock
from typing import Any, ParamSpec, TypeVar

from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.settings import Setting

NUM_THREADS = Setting(
    "LETGRAD_NUM_THREADS",
    "as many as processors that the process may use",
    "Threads, the caller included. Results do not depend on it, but for products and factors of "
    "matrices and long transforms of real numbers, whose last bits may.",
)

GRAIN = 64
"""A multiple of the iterations that a vectorized loop runs in one turn."""


P = ParamSpec("P")
R = TypeVar("R")


def made_once(make: Callable[P, R]) -> Callable[P, R]:
    """
    `functools.cache` for machine code. The function runs once for each argument, also if several
    threads ask at once: an address from a second library would outlive the library.
    """
    cached, lock = cache(make), RLock()

    @wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> R:
        with lock:
            return cached(*args, **kwargs)

    return made


def processors() -> int:
    """The processors that this process may use: a container may have few of the machine's."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def thread_count() -> int:
    """
    How many threads share the parts of a loop, the caller included. Errors: `LetgradError` if
    LETGRAD_NUM_THREADS is no number.
    """
    said = NUM_THREADS.get()
    if said and not (said.isdecimal() and int(said) > 0):
        raise LetgradError(f"LETGRAD_NUM_THREADS={said} is no number of threads")
    return int(said) if said else processors()


@cache
def workers() -> ThreadPoolExecutor | None:
    """A pool with one thread less, for the caller works too."""
    count = thread_count()
    return ThreadPoolExecutor(count - 1, "letgrad") if count > 1 else None


def parts(trip: int, count: int) -> list[tuple[int, int]]:
    """`trip` iterations in about `count` equal ranges."""
    bounds = [trip * k // count for k in range(count)]
    if trip >= count * 16 * GRAIN:
        # Vectors begin where they would in one range, so the same iterations remain at the end.
        bounds = [b - b % GRAIN for b in bounds]
    return list(pairwise([*bounds, trip]))


def run_parts(entry: Callable[..., None], calls: Sequence[tuple[Any, int, int]]) -> None:
    """Make each call once. The first free thread makes it: the caller, or one of the pool."""
    threads = workers()
    left = iter(calls)

    def work() -> None:
        for call in left:
            entry(*call)

    if threads is None:
        work()
        return
    pending = [threads.submit(work) for _ in range(min(thread_count(), len(calls)) - 1)]
    work()
    for future in pending:
        # A helper that has not begun has nothing left to do.
        if not future.cancel():
            future.result()
