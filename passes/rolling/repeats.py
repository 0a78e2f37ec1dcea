"""
Tandem repeats in a sequence of numbers: where a part of the sequence repeats itself at once.

    2 7 1 5 1 5 1 5 9   →   from place 2 to place 8, with the period 2

`repeats` finds them by words whose lengths double. Two places have the same number for the words of
length 2 L if they have the same numbers for the words of length L, there and L places later. Inside
of a repeat of period p, a word of at least p numbers stands first p places before. So the words of
the lengths 1, 2, 4, … show the repeats of each period.

Cost:    n log n for a sequence of n numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, order=True)
class Repeat:
    """The numbers at `start`, …, `end` - `period` - 1 are equal to those `period` places later."""

    period: int
    start: int
    end: int

    @property
    def turns(self) -> int:
        """How often the part stands in the repeat."""
        return (self.end - self.start) // self.period


def repeats(numbers: Sequence[int], turns: int) -> list[Repeat]:
    """The longest repeats of at least `turns` turns, those of short periods first."""
    n = len(numbers)
    words = np.unique(np.asarray(numbers, np.int64), return_inverse=True)[1]
    length, found = 1, []
    while len(words) > 1 and length // 2 * turns <= n:
        found += [r for r in _of_words(words, length) if r.turns >= turns]
        if len(words) <= length:
            break
        pairs = words[:-length] * len(words) + words[length:]
        words = np.unique(pairs, return_inverse=True)[1]
        length *= 2
    return sorted(found)


def _of_words(words: np.ndarray, length: int) -> list[Repeat]:
    """The repeats of a period from length / 2 + 1 to `length` that words of this length show."""
    order = np.argsort(words, kind="stable")
    same = words[order[1:]] == words[order[:-1]]
    distance = np.zeros(len(words), np.int64)
    distance[order[1:][same]] = (order[1:] - order[:-1])[same]
    distance[(distance <= length // 2) | (distance > length)] = 0
    edges = np.flatnonzero(np.diff(distance, prepend=0, append=0))
    return [
        Repeat(period, first - period, last + length - 1)
        for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        if (period := int(distance[first]))
    ]
