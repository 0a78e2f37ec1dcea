"""The numbers of turns that letgrad finds while it traces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.frontend.programs import known_turns


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The turns of loops through which letgrad goes while it traces."""
    found: list[int] = []
    go_on = known_turns.Simulation.next

    def noted(self: Any, *args: Any) -> None:
        found.append(self.turn)
        go_on(self, *args)

    monkeypatch.setattr(known_turns.Simulation, "next", noted)
    return found


def test_turns_that_change_nothing_known_end_the_search(steps: list[int]):
    """A place in a heap: no turn knows it, and each turn may be the last one."""

    @lg.program
    def sifted(x: Any, root: Any) -> Any:
        a = x.copy()
        while 2 * root + 1 < len(a):
            child = 2 * root + 1
            if a[root] < a[child]:
                a[root], a[child] = a[child], a[root]
                root = child
            else:
                break
        return a

    x = np.array([1.0, 5.0, 2.0, 4.0, 3.0, 0.5, 0.25])
    np.testing.assert_array_equal(lg.jit(sifted)(x, np.int64(0)), sifted(x, 0))
    assert len(steps) < 10


def test_numbers_that_no_condition_needs_are_not_computed(steps: list[int]):
    """The condition needs k alone, and the number of turns is known."""
    computed: list[Any] = []

    @lg.program
    def turns(x: Any) -> Any:
        k, t = 0, 0.0
        while k < 20:
            t = t * 0.5 + 1.0
            x = np.sin(x) + t
            k += 1
        return x

    value = known_turns.Simulation._value

    def noted(self: Any, x: Any) -> Any:
        computed.append(x.type)
        return value(self, x)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known_turns.Simulation, "_value", noted)
        lg.trace(turns, 0.5)
    assert steps and computed
    assert not any("f64" in str(type) for type in computed)
    assert np.isclose(lg.jit(turns)(0.5), turns(0.5))
