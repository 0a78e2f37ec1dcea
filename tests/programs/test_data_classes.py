"""Data classes whose making runs functions of the program."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from typing import ClassVar

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg


@dataclass
class Body:
    mass: float
    place: np.ndarray
    speed: np.ndarray = field(default_factory=lambda: np.zeros(2))
    scale: InitVar[float] = 2.0
    pull: ClassVar[float] = 9.81
    log: list = field(default_factory=list, repr=False)
    weight: float = field(init=False)
    drag: float = field(default=1.5, kw_only=True)

    def __post_init__(self, scale):
        if self.mass > 0.5:
            self.mass = self.mass * scale
        self.weight = self.mass * self.pull
        self.speed[0] = self.place[1]


@dataclass
class Ship(Body):
    length: float = 3.0


@dataclass(frozen=True)
class Size:
    a: float
    b: float = 0.25

    def __post_init__(self):
        if self.a < 0:
            object.__setattr__(self, "a", -self.a)


@dataclass(slots=True)
class Record:
    a: float
    items: list = field(default_factory=lambda: [0.0] * 3)

    def __post_init__(self):
        self.items[1] = self.a


def objects(x):
    body = Body(x[0], x[1:3], scale=3.0)
    ship = Ship(x[1], x[2:4], length=x[0], drag=x[3])
    body.speed += x[2:4]
    ship.log.append(x[0])
    size, record = Size(x[3]), Record(x[2])
    return body.mass, body.weight, body.speed, ship.mass * ship.drag, ship.weight, ship.length, (
        ship.speed, size.a + size.b, record.items, len(ship.log), len(body.log),
    )  # fmt: skip


@pytest.mark.parametrize("x", [[0.3, 0.8, 1.2, -0.4], [0.9, 0.1, 1.2, 0.4]])
def test_factories_and_post_init(x):
    check_value(objects, np.array(x))
    check_gradient(objects, np.array(x))


def test_arguments_are_checked():
    with pytest.raises(TypeError, match="missing a required argument: 'place'"):
        lg.jit(lg.program(lambda a: Body(a).mass))(1.0)
