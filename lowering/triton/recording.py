"""
Functions of many launches, which a CUDA graph replays at once.

Python takes some microseconds for a launch, and many kernels of a loop take less. A graph has all
launches of a call, with their arguments: the next call copies its tensors to where those of the
recorded call were, and starts the graph.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .file import File
from .plans import plan

FEWEST = 64
"""Launches of a call, at least: a graph copies the arguments and the results."""
MOST_BYTES = 1 << 30
"""Bytes of temporaries, at most: a graph keeps all of them as long as it lives."""
WAITS = ".item()"
"""In a launcher, the processor waits for a number of the card, and goes on by it."""

Launcher = Callable[..., Any]


class Recorded:
    """
    A launcher that records its second call. The first one has compiled, and tuned, all kernels.

    `record(launcher, *tensors)` gives the function that replays the launches with other tensors,
    and overwrites its results with those of the next call. If it fails, because an op waits for the
    card, say, `report` gets the reason, and all calls launch one kernel after the other.
    """

    def __init__(
        self,
        launcher: Launcher,
        record: Callable[..., Launcher],
        report: Callable[[str], None],
    ):
        self.launcher, self.record, self.report = launcher, record, report
        self.replays: dict[Any, Launcher | None] = {}
        """By the device that is current: None after the first call, and what replays after that."""

    def __call__(self, device: Any, *tensors: Any) -> Any:
        """The results, as tensors of their own; `device` is where the kernels run."""
        if device not in self.replays:
            self.replays[device] = None
            return self.launcher(*tensors)
        if (replay := self.replays[device]) is None:
            try:
                replay = self.record(self.launcher, *tensors)
            except RuntimeError as error:
                self.report(f"no graph was recorded: {error}")
                replay = self.launcher
            self.replays[device] = replay
        results = replay(*tensors)
        if replay is self.launcher:
            return results
        several = isinstance(results, tuple)
        return tuple(x.clone() for x in results) if several else results.clone()


def pays(file: File, entry: str) -> bool:
    """Whether calls of a file's function `entry` should be recorded."""
    found = plan(file.steps, file.functions[entry], [])
    return found.launches >= FEWEST and found.stored <= MOST_BYTES and WAITS not in file.text
