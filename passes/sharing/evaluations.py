"""
How often the costly computations of a function run: the frequencies in the law of sharing.

An op in an index region runs once for each point of the region, an op in a loop once for each turn,
and a bulk op once for each element of its result. So `exp` of a tensor<5xf64> and `exp` of an
element in a region over [5] both run 5 times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod

from xdsl.dialects import func, scf
from xdsl.ir import Block, Operation

from ...dialects import kernel, ten, types
from ..rewriting import costs
from .numbering import Numbering, is_costly, stamped


@dataclass(frozen=True)
class Evaluations:
    """
    The evaluations of all ops of one kind: `distinct` ops compute different values, and all ops run
    `times` times, where copies under one stamp count once. `written` counts all copies. `most` is
    the op that runs most often.
    """

    distinct: int
    times: int
    written: int
    most: Operation


def evaluations(function: func.FuncOp) -> dict[str, Evaluations]:
    """
    The evaluations of divisions, roots and transcendental functions, by name of the op.

    Copies under one stamp count as often as the copy that runs most often, because
    `sharing-recover` makes them one. Both branches of a conditional count. A loop without a known
    number of turns counts once.
    """
    numbering = Numbering.of(function)
    shared = stamped(function, numbering)
    counts: dict[str, dict[int, list[tuple[int, Operation]]]] = {}
    for op, times in running(function.body.blocks, 1):
        if is_heavy(op):
            number = numbering.number(op.results[0])
            counts.setdefault(op.name, {}).setdefault(number, []).append((times, op))
    found: dict[str, Evaluations] = {}
    for name, by_number in counts.items():
        total = sum(
            (max if number in shared else sum)(times for times, _ in runs)
            for number, runs in by_number.items()
        )
        runs = [run for runs in by_number.values() for run in runs]
        written = sum(times for times, _ in runs)
        _, most = max(runs, key=lambda run: run[0])
        found[name] = Evaluations(len(by_number), total, written, most)
    return found


def running(blocks: Iterable[Block], times: int) -> Iterator[tuple[Operation, int]]:
    """Each op, and how often it runs, times the elements of its result."""
    for block in blocks:
        for op in block.ops:
            if op.results:
                yield op, times * types.size(op.results[0].type)
            for region in op.regions:
                yield from running(region.blocks, times * _turns(op))


def _turns(op: Operation) -> int:
    match op:
        case ten.IndexRegionOp():
            return prod(op.domain)
        case ten.ScanOp():
            return op.trips
        case kernel.LoopsOp():
            return prod(types.ints(op.loops))
        case scf.ForOp():
            return costs.trip_count(op) or 1
        case _:
            return 1


def is_heavy(op: Operation) -> bool:
    """Whether an element of the result costs at least as much as a division."""
    if op.regions or not is_costly(op) or isinstance(op, ten.TenOp):
        return False
    return costs.flops(op) >= costs.DIVISION * types.size(op.results[0].type) > 0
