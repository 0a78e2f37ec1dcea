"""Functions of many launches, recorded: with a launcher and a recorder of this test."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.triton import backend, recording
from letgrad.lowering.triton.emit import Options
from letgrad.lowering.triton.recording import Recorded


class Box:
    """A tensor of one number, which a graph overwrites."""

    def __init__(self, x: float):
        self.x = x

    def clone(self) -> Box:
        return Box(self.x)


class Device:
    """Counts launches and replays. A recorded call writes its results to the same boxes."""

    def __init__(self, fails: bool = False, several: bool = True):
        self.log: list[str] = []
        self.fails, self.several = fails, several

    def launcher(self, x: Box) -> Any:
        self.log.append("launch")
        return (Box(2 * x.x), Box(3 * x.x)) if self.several else Box(2 * x.x)

    def record(self, launcher: Any, *example: Box) -> Any:
        if self.fails:
            raise RuntimeError("operation not permitted when stream is capturing")
        self.log.append("record")
        results = launcher(*example)

        def replay(x: Box) -> Any:
            self.log.append("replay")
            for box, new in zip(results if self.several else [results], (2 * x.x, 3 * x.x)):
                box.x = new
            return results

        return replay


def numbers(results: Any) -> list[float]:
    return [box.x for box in (results if isinstance(results, tuple) else [results])]


@pytest.mark.parametrize("several", [True, False])
def test_the_second_call_records(several: bool):
    device, said = Device(several=several), list[str]()
    f = Recorded(device.launcher, device.record, said.append)
    found = [f(0, Box(x)) for x in (1.0, 2.0, 5.0)]
    expected = [[2 * x, 3 * x][: 1 + several] for x in (1.0, 2.0, 5.0)]
    assert [numbers(x) for x in found] == expected and not said
    assert device.log == ["launch", "record", "launch", "replay", "replay"]


def test_each_device_has_a_graph():
    device = Device()
    f = Recorded(device.launcher, device.record, print)
    for k in (0, 1, 0, 1):
        f(k, Box(1.0))
    assert device.log == ["launch", "launch", *["record", "launch", "replay"] * 2]


def test_what_cannot_be_recorded_is_launched():
    device, said = Device(fails=True), list[str]()
    f = Recorded(device.launcher, device.record, said.append)
    assert [numbers(f(0, Box(x))) for x in (1.0, 2.0, 5.0)] == [[2, 3], [4, 6], [10, 15]]
    assert said == ["no graph was recorded: operation not permitted when stream is capturing"]
    assert device.log == ["launch"] * 3


def rows(f: Any, n: int) -> bool:
    def loop(w: Any, x: Any) -> Any:
        return lg.scan(lambda h, row: (f(w, h) + row,) * 2, x[0] * 0, x)[1]

    traced = lg.jit(loop).traced(lg.spec((32, 32)), lg.spec((n, 32)))
    file = backend.lower(traced.module, Options(), entry=traced.entry)
    return recording.pays(file, traced.entry)


def test_loops_of_many_launches_are_recorded():
    assert rows(lambda w, h: np.tanh(w @ h), 64)
    assert not rows(lambda w, h: np.tanh(w @ h), 4)


def test_no_launcher_that_waits_for_the_card_is_recorded():
    def branch(w: Any, h: Any) -> Any:
        return lg.cond(h.sum() > 0, lambda: np.tanh(w @ h), lambda: w @ h)

    assert not rows(branch, 64)
