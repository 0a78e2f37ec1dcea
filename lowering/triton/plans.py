"""
The plan of an emitted file: the steps that a launcher takes, what they move, and what they leave in
global memory. It needs no card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

from xdsl.ir import SSAValue

from ...dialects import types
from .kernels import Buffer, Kernel, bits

Kind = Literal["kernel", "torch", "fill", "copy", "call"]


@dataclass(frozen=True)
class Step:
    """A line of a launcher that starts work on the device, or calls another launcher."""

    kind: Kind
    name: str
    """The kernel, the op that torch runs, or the launcher."""
    times: int
    """How often a call of the launcher takes the step. A `while` counts as one turn."""
    reads: int
    writes: int
    """Bytes that the step moves, at least."""
    made: tuple[int, ...] = ()
    """The bytes of each tensor that the step makes."""
    kernel: Kernel | None = None


@dataclass(frozen=True)
class Plan:
    """What one call of a launcher does. Both sides of a branch count."""

    kernels: int
    """Launches of kernels."""
    torch: int
    """Calls of torch that compute."""
    fills: int
    copies: int
    moved: int
    """Bytes read and written."""
    tensors: int
    stored: int
    """The number and the bytes of the tensors in global memory that are no results."""

    @property
    def launches(self) -> int:
        return self.kernels + self.torch + self.fills + self.copies


def size_of(x: SSAValue | Buffer) -> int:
    """The bytes of a tensor."""
    if isinstance(x, Buffer):
        return prod(x.shape) * x.bytes
    return types.size(x.type) * bits(x.type) // 8


def plan(steps: Mapping[str, Sequence[Step]], launcher: str, results: Sequence[int]) -> Plan:
    """
    The plan of one call of a launcher, whose results have these bytes.
    """
    count = {"kernel": 0, "torch": 0, "fill": 0, "copy": 0}
    moved = tensors = stored = 0

    def add(name: str, times: int) -> None:
        nonlocal moved, tensors, stored
        for step in steps.get(name, ()):
            n = times * step.times
            if step.kind == "call":
                if step.name != name:  # a function that calls itself has no known depth
                    add(step.name, n)
                continue
            count[step.kind] += n
            moved += n * (step.reads + step.writes)
            if step.name != "row":
                tensors += n * len(step.made)
                stored += n * sum(step.made)

    add(launcher, 1)
    return Plan(
        count["kernel"],
        count["torch"],
        count["fill"],
        count["copy"],
        moved,
        max(0, tensors - len(results)),
        max(0, stored - sum(results)),
    )
