"""
Random numbers that each turn of a loop draws from a generator with a known state.

    rng = np.random.default_rng(0)
    for k in range(1000):
        x = x + 0.1 * rng.normal(size=3)

The numbers are constants of the program. A turn of a loop of the program cannot draw them, because
letgrad traces it once. So letgrad finds out which draws a turn makes, makes those of all turns in
Python's order, and gives the turns rows of an array.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import frozen_values, ops, tracing
from ..array_views import viewing
from ..tracing import Array
from . import hidden_states, leaf_kinds, variables
from .leaf_kinds import Kind, Unalike

MOST_NUMBERS = 1 << 22
"""A loop does not keep more random numbers than these as constants."""


class Drawn(Unalike):
    """A turn draws random numbers, those of `found`."""

    def __init__(self, text: str, found: list[Draw]):
        super().__init__(text)
        self.found = found


@dataclass
class Draw:
    """A draw of a turn. `run` gives its numbers, of the kinds `kinds`; `key` says what it does."""

    run: Callable[[], tuple[Any, ...]]
    kinds: tuple[Kind, ...]
    owners: tuple[Any, ...]
    key: bytes

    def is_one(self, other: Draw) -> bool:
        same = all(x is y for x, y in zip(self.owners, other.owners))
        return same and self.key == other.key

    def checked(self) -> tuple[Any, ...]:
        values = self.run()
        if tuple(map(leaf_kinds.kind_of, values)) != self.kinds:
            raise Unalike("the body draws other random numbers in each turn")
        return values


class Draws:
    """The draws of the turns of a loop. Inside of the `with`, the body draws from here."""

    def __init__(self, count: int):
        self.count = count
        self.found: list[Draw] = []
        """The draws of one turn, as the last trace of the body made them."""
        self.wanted: list[Draw] | None = None
        """The draws of each turn, when letgrad has made those of all turns."""
        self.rows: list[Array] = []
        self.given: Sequence[Array] = ()
        """The rows of the turn that is being traced."""
        self.before: list[tuple[Any, bytes]] = []

    def __enter__(self) -> Draws:
        self.outer, hidden_states.drawing.innermost = hidden_states.drawing.innermost, self
        self.mark = 0 if self.outer is None else len(self.outer.found)
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        hidden_states.drawing.innermost = self.outer
        if error is not None:
            for generator, state in self.before:
                frozen_values.put_state(generator, pickle.loads(state))
            if self.outer is not None:
                del self.outer.found[self.mark :]

    def begin(self, given: Sequence[Array]) -> None:
        """Another trace of the body begins."""
        self.found, self.given = [], given

    def check(self) -> None:
        """Errors: `Unalike` if a trace of the body ends before it has made all draws."""
        if self.wanted is not None and len(self.found) < len(self.wanted):
            raise Unalike("the body draws other random numbers in each turn")

    def draw(self, method: Any, *args: Any, **options: Any) -> Any:
        """A draw of the body: `method(*args, **options)`."""
        try:
            key = pickle.dumps((method.__name__, args, options))
        except Exception:
            raise Unalike("the numbers that the body draws depend on traced values") from None
        owners = (method.__self__,)
        (found,) = self._drawn(lambda: (method(*args, **options),), owners, key)
        return found

    def _drawn(
        self, run: Callable[[], tuple[Any, ...]], owners: tuple[Any, ...], key: bytes
    ) -> tuple[Any, ...]:
        variables.touch()  # The numbers of a turn are traced.
        if variables.is_under_condition():
            raise Unalike("a condition decides whether the body draws random numbers")
        if self.wanted is None:
            values = run()
            kinds = tuple(map(leaf_kinds.kind_of, values))
            self.found.append(Draw(run, kinds, owners, key))
            return values
        k = len(self.found)
        if k == len(self.wanted) or not self.wanted[k].is_one(Draw(run, (), owners, key)):
            raise Unalike("the body draws other random numbers in each turn")
        first = sum(len(draw.kinds) for draw in self.wanted[:k])
        self.found.append(self.wanted[k])
        rows = self.given[first:]
        return tuple(
            viewing.own(row) if row.shape else kind.wrap(row)
            for row, kind in zip(rows, self.wanted[k].kinds)
        )

    def make(self, wanted: list[Draw]) -> None:
        """
        Makes the draws `wanted` of all turns.

        Errors: `Unalike` for draws of other shapes or types in some turns.
        """
        if self.wanted is not None or not wanted:
            raise Unalike("the body draws other random numbers in each turn")
        kinds = [kind for draw in wanted for kind in draw.kinds]
        if sum(math.prod(kind.shape) for kind in kinds) * self.count > MOST_NUMBERS:
            raise Unalike("the body draws very many random numbers")
        owners = tuple({id(x): x for draw in wanted for x in draw.owners}.values())

        def run() -> tuple[Any, ...]:
            turns = [
                [value for draw in wanted for value in draw.checked()] for _ in range(self.count)
            ]
            return tuple(np.array(x, kind.dtype) for x, kind in zip(zip(*turns), kinds))

        if self.outer is None:
            self.before = [(owner, frozen_values.state(owner)) for owner in owners]
            values = run()
        else:
            # The loop around has rows for all turns of this one.
            key = pickle.dumps((self.count, [draw.key for draw in wanted]))
            values = self.outer._drawn(run, owners, key)
        self.rows = [ops.lift(value) for value in values]
        self.wanted = wanted


def drawing(method: Any) -> Any:
    """
    A method of a generator, as a program calls it; None for other functions. A program can write
    traced values to the arrays that it draws.
    """
    if not isinstance(getattr(method, "__self__", None), frozen_values.Generator):
        return None

    def draw(*args: Any, **options: Any) -> Any:
        draws = hidden_states.drawing.innermost
        if draws is not None:
            value = draws.draw(method, *args, **options)
        else:
            value = method(*args, **options)
        if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
            return viewing.held(value, args, options) if tracing.tracing() else value
        return value

    return draw
