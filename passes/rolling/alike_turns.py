"""
The turns of a loop in a repeat: which of its ops read in each turn values of the same turn, of a
turn before, from outside of the loop, or constants.

A repeat says that the ops of each turn are alike. The ops are the turns of a loop if they also read
alike. `loops_in` looks at one turn after the other, from the last one to the first one, and stops
where a turn reads otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from xdsl.dialects import arith
from xdsl.ir import SSAValue

from ...dialects import types
from .repeats import Repeat
from .sequences import Sequence

MOST_LAG = 8
"""From how many turns before an op may read. The loop carries a value for each of them."""


@dataclass(frozen=True)
class Made:
    """The result `result` of the op that is `distance` places before the op that reads it."""

    distance: int
    result: int


@dataclass(frozen=True)
class Same:
    """A value that is the same in each turn."""

    value: SSAValue


@dataclass(frozen=True)
class Constants:
    """A constant in each turn."""


@dataclass(frozen=True)
class Others:
    """A value from outside of the loop in each turn."""


Read = Made | Same | Constants | Others

Result = tuple[int, int]
"""An op of a turn, and which of its results."""


@dataclass(frozen=True)
class Turns:
    """The places `start`, …, `start` + `turns` * `period` - 1 of a sequence as turns of a loop."""

    start: int
    period: int
    turns: int
    reads: tuple[tuple[Read, ...], ...]
    """For each op of a turn, in order."""

    @property
    def end(self) -> int:
        return self.start + self.turns * self.period

    def places(self, j: int) -> range:
        """The places of the op j in all turns."""
        return range(self.start + j, self.end, self.period)

    def lag(self, j: int, read: Made) -> int:
        """How many turns before the op j of a turn the value that it reads was made."""
        return max(0, -((j - read.distance) // self.period))


def loops_in(sequence: Sequence, repeat: Repeat, turns: int) -> Iterator[Turns]:
    """The loops of at least so many turns in a repeat, the last one first."""
    end = repeat.end
    while (end - repeat.start) // repeat.period >= turns:
        found = _Loop(sequence, repeat, end).found()
        if found is not None and found.turns >= turns:
            yield found
            end = found.start
        else:
            end -= repeat.period


class _Loop:
    """
    The longest loop that ends near `end`.

    `first` is the first place that is in the loop for sure. `least` is the least place at which a
    loop that contains all places from `first` on may start.
    """

    def __init__(self, sequence: Sequence, repeat: Repeat, end: int):
        self.sequence, self.repeat, self.end = sequence, repeat, end
        self.period = repeat.period
        self.reads: list[tuple[Read, ...]] = [()] * self.period
        self.first = end
        self.least = 0

    def found(self) -> Turns | None:
        while self.first > self.repeat.start and self._extends_down(self.first - 1):
            self.first -= 1
        if self.end - self.first < 2 * self.period:
            return None
        while self.end < self.repeat.end and self._extends_up(self.end):
            self.end += 1
        turns, spare = divmod(self.end - self.first, self.period)
        start = self.first
        if spare:
            crossing = self._crossings()
            start = min(range(start, start + spare + 1), key=lambda i: crossing[i % self.period])
        reads = [self.reads[(start + j) % self.period] for j in range(self.period)]
        loop = Turns(start, self.period, turns, tuple(reads))
        # Values from more turns ago than the loop has are all from outside.
        reads = [
            tuple(Others() if isinstance(x, Made) and loop.lag(j, x) >= turns else x for x in own)
            for j, own in enumerate(reads)
        ]
        lags = [loop.lag(j, x) for j, own in enumerate(reads) for x in own if isinstance(x, Made)]
        if max(lags, default=0) > MOST_LAG:
            return None
        return Turns(start, self.period, turns, tuple(reads))

    def _extends_down(self, i: int) -> bool:
        """Whether the loop may contain the place i, in front of all places from `first` on."""
        values = self.sequence.reads[i]
        least = self.least
        if i >= self.end - self.period:
            return True  # the last turn has nothing to compare it with
        if i >= self.end - 2 * self.period:
            later = self.sequence.reads[i + self.period]
            reads = tuple([self._read(i, x, y) for x, y in zip(values, later, strict=True)])
            for read, x, y in zip(reads, values, later, strict=True):
                if not isinstance(read, Made):
                    least = max(least, self.sequence.place(x) + 1, self.sequence.place(y) + 1)
            self.reads[i % self.period] = reads
        else:
            for read, x in zip(self.reads[i % self.period], values, strict=True):
                if read.__class__ is Made:
                    assert isinstance(read, Made)
                    if not self._is_made(read, x, i):
                        # A first turn of the loop: the carried value as it is before the loop.
                        least = max(least, i - read.distance + 1, self.sequence.place(x) + 1)
                elif not self._fits(read, x):
                    return False
                elif read.__class__ is Others:
                    least = max(least, self.sequence.place(x) + 1)
        if least > i:
            return False
        self.least = least
        return True

    def _extends_up(self, i: int) -> bool:
        """Whether the place i goes on with the loop, behind its end."""
        return all(
            self._is_made(read, x, i)
            if isinstance(read, Made)
            else self._fits(read, x) and self.sequence.place(x) < self.first
            for read, x in zip(self.reads[i % self.period], self.sequence.reads[i], strict=True)
        )

    def _read(self, i: int, x: SSAValue, y: SSAValue) -> Read:
        """What the op at place i reads as x, and one turn later as y."""
        if is_constant(x) and is_constant(y):
            return Constants()
        if x is y:
            return Same(x)
        if (place := self.sequence.place(y)) >= 0:
            read = Made(i + self.period - place, y.index)  # type: ignore[attr-defined]
            if self._is_made(read, x, i):
                return read
        return Others()

    def _is_made(self, read: Made, x: SSAValue, i: int) -> bool:
        return (
            self.sequence.place(x) == i - read.distance >= 0 and x.index == read.result  # type: ignore[attr-defined]
        )

    def _fits(self, read: Read, x: SSAValue) -> bool:
        match read:
            case Same(value):
                return value is x
            case Constants():
                return is_constant(x)
            case _:
                return True

    def _crossings(self) -> list[int]:
        """
        For each place of a turn modulo the period: how many elements pass from turn to turn if the
        turns begin there.
        """
        n = self.period
        last: dict[tuple[int, int], int] = {}
        for i in range(n):
            for read in self.reads[i]:
                if isinstance(read, Made):
                    made = (i - read.distance) % n, read.result
                    last[made] = max(last.get(made, 0), read.distance)
        # The value made at `at` passes each turn that begins at `at` + 1, …, `at` + `distance`.
        changes = [0] * (2 * n + 1)
        everywhere = 0
        for (at, result), distance in last.items():
            op = self.sequence.ops[self.first + (at - self.first) % n]
            size = types.size(op.results[result].type)
            everywhere += distance // n * size
            changes[at + 1] += size
            changes[at + 1 + distance % n] -= size
        counts = list(accumulate(changes, initial=everywhere))[1:]
        return [counts[i] + counts[i + n] - everywhere for i in range(n)]


def is_constant(value: SSAValue) -> bool:
    return value.owner.__class__ is arith.ConstantOp
