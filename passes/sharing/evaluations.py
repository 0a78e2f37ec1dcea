"""
How often the costly computations of a function run: the frequencies in the law of sharing.

An op in an index region runs once for each point of the region, an op in a loop once for each turn,
and a bulk op once for each element of its result. So `exp` of a tensor<5xf64> and `exp` of an
element in a region over [5] both run 5 times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from math import prod
from operator import or_

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
    `sharing-recover` makes them one. A computation in both branches of a conditional counts once. A
    loop without a known number of turns counts once.
    """
    numbering = Numbering.of(function)
    shared = stamped(function, numbering)
    most: dict[str, tuple[int, Operation]] = {}
    written = _runs(function.body.blocks, 1, numbering, most, set())
    total = _runs(function.body.blocks, 1, numbering, most, shared)
    return {
        kind: Evaluations(
            sum(name == kind for name, _ in total),
            sum(n for (name, _), n in total.items() if name == kind),
            sum(n for (name, _), n in written.items() if name == kind),
            op,
        )
        for kind, (_, op) in most.items()
    }


def _runs(
    blocks: Iterable[Block],
    times: int,
    numbering: Numbering,
    most: dict[str, tuple[int, Operation]],
    shared: set[int],
) -> Counter[tuple[str, int]]:
    """How often each computation runs, by the name of its op and its number."""
    counts: Counter[tuple[str, int]] = Counter()
    for block in blocks:
        for op in block.ops:
            if is_heavy(op):
                n = times * types.size(op.results[0].type)
                most[op.name] = max(most.get(op.name, (0, op)), (n, op), key=lambda run: run[0])
                _add(counts, Counter({(op.name, numbering.number(op.results[0])): n}), shared)
            turns = times * _turns(op)
            inner = [_runs(r.blocks, turns, numbering, most, shared) for r in op.regions]
            if isinstance(op, scf.IfOp):
                inner = [reduce(or_, inner)]
            for found in inner:
                _add(counts, found, shared)
    return counts


def _add(
    counts: Counter[tuple[str, int]], more: Counter[tuple[str, int]], shared: set[int]
) -> None:
    for key, n in more.items():
        counts[key] = max(counts[key], n) if key[1] in shared else counts[key] + n


def _turns(op: Operation) -> int:
    match op:
        case ten.IndexRegionOp():
            return prod(op.domain)
        case ten.ScanOp():
            return op.trips if op.turns is None else min(op.trips, 1)
        case kernel.LoopsOp():
            return prod(types.ints(op.loops))
        case scf.ForOp():
            return costs.trip_count(op) or 1
        case _:
            return 1


def is_heavy(op: Operation) -> bool:
    """Whether an element of the result costs at least as much as a division."""
    if op.regions or not is_costly(op):
        return False
    if isinstance(op, ten.TenOp) and not isinstance(op, ten.FloatFunctionOp):
        return False
    return costs.flops(op) >= costs.DIVISION * types.size(op.results[0].type) > 0
