"""Classes that people write: operators, items, properties, objects that a condition chooses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg


class Vector:
    """Its methods make arrays, and decide by values."""

    def __init__(self, a: Any):
        self.a = np.asarray(a)

    def __add__(self, other: Vector) -> Vector:
        return Vector(np.array([p + q for p, q in zip(self.a, other.a)]))

    def __mul__(self, k: Any) -> Vector:
        return Vector(self.a * k) if k > 0 else Vector(np.zeros_like(self.a))

    __rmul__ = __mul__

    def __neg__(self) -> Vector:
        return Vector(np.array([-t for t in self.a]))

    def __iadd__(self, other: Vector) -> Vector:
        self.a = self.a + np.asarray(other.a)
        return self

    def __getitem__(self, i: int) -> Any:
        return self.a[i] if self.a[i] > 0 else -self.a[i]

    def __setitem__(self, i: int, value: Any) -> None:
        self.a = np.array([value if k == i else t for k, t in enumerate(self.a)])

    @property
    def length(self) -> Any:
        total = 0.0
        for t in self.a:
            if t > 0.2:
                total += t * t
        return np.sqrt(total)


class Unit(Vector):
    """A subclass, whose reflected method comes first."""

    def __radd__(self, other: Vector) -> Vector:
        return Vector(other.a + 2 * self.a)


class Model:
    def __init__(self, w: Any):
        self.w, self.loss, self.name = w, np.inf, "model"


class Swarm:
    def __init__(self, x: Any):
        self.x, self.best, self.f = x, x.copy(), np.inf

    def step(self, slope: Any) -> Swarm:
        self.x = self.x - 0.1 * slope
        f = np.sum(self.x**2)
        if f < self.f:
            self.f, self.best = f, self.x.copy()
        return self


class Node:
    def __init__(self, value: Any):
        self.value, self.parent, self.children = value, None, []

    def add(self, child: Node) -> Node:
        child.parent = self
        self.children.append(child)
        return child

    def total(self) -> Any:
        return self.value + sum(child.total() for child in self.children)


def operators(x: Any) -> Any:
    v = Vector(x)
    w = x[0] * v + (-v) * 0.3
    w += v
    w[1] = 3 * w[0]
    u = v + Unit(x)
    return w.length + w[1] + u.length


def rebound(x: Any) -> Any:
    v = Vector(np.zeros(4))
    for k in range(10):
        v = v + 0.5**k * Vector(x)
        if v.length > 1:
            v = v * 0.5
    return v.length


def best_model(x: Any) -> Any:
    best = Model(0.0)
    for v in x:
        model = Model(v)
        model.loss = (v - 0.5) ** 2
        if model.loss < best.loss:
            best = model
    return 3 * best.w + best.loss


def best_or_none(x: Any) -> Any:
    best = None
    for v in x:
        model = Model(v)
        model.loss = (v - 0.5) ** 2
        if best is None or model.loss < best.loss:
            best = model
    return best.w + best.loss  # type: ignore[union-attr]


def write_to_one_of_two(x: Any) -> Any:
    a, b = Model(x[0]), Model(x[1])
    c = a if x[0] > x[1] else b
    c.w = 5 * x[2]
    return a.w + 10 * b.w


def swarm(x: Any) -> Any:
    s = Swarm(x)
    for _ in range(20):
        s = s.step(2 * s.x)
    return s.best


def tree_with_parents(x: Any) -> Any:
    """An object that leads to itself stays as it is where no condition chooses it."""
    root = Node(x[0])
    first, last = root.add(Node(x[1])), root.add(Node(x[3]))
    first.add(Node(x[2]))
    total = first.total() if x[0] > 0.5 else last.total()
    for child in root.children:
        if child.value > 0.5:
            total += child.parent.value
    return total + root.total()


PROGRAMS = (
    operators, rebound, best_model, best_or_none, write_to_one_of_two, swarm, tree_with_parents,
)  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_classes(program: Callable[..., Any]) -> None:
    for x in ([0.3, 0.8, 0.4, 0.9], [0.7, 0.1, 0.6, 0.2]):
        check_value(program, np.array(x))
    check_gradient(program, np.array([0.3, 0.8, 0.4, 0.9]))


def test_an_object_that_leads_to_itself_is_an_error() -> None:
    @lg.program
    def chosen(x: Any) -> Any:
        a, b = Node(x[0]), Node(x[1])
        a.add(b)
        if x[0] > 0.5:
            node = a
        else:
            node = b
        return node.value

    with pytest.raises(TypeError, match=r"test_classes.py:\d+: .*leads to itself"):
        lg.trace(chosen, np.ones(2))


def test_prints_and_formats_say_the_type() -> None:
    """The text of a traced number has no digits, and the program goes on."""
    texts = []

    @lg.program
    def program(x: Any) -> Any:
        for k in range(2):
            texts.append(f"{k:02d} {x[0]:8.3e}")
        texts.append("%.2f %s %d%%" % (x[1], "of", 5))  # noqa: UP031
        texts.append("%(a)5.1f" % {"a": x[0]})  # noqa: UP031
        texts.append(f"{x[0]:.2f}" + format(np.ones(1)[0], ".1f"))
        return x.sum()

    lg.trace(program, np.ones(2))
    kind = "traced float64[]"
    assert texts[-3:] == [f"{kind} of 5%", kind, f"{kind}1.0"]
    assert texts[0] in (f"00 {kind}", f"traced int64[] {kind}")


def item(x: Any) -> Any:
    total = x.item(1, 0) + x.item(2) * x[:1, :1].item() + x.item((0, 1))
    return total if x[0].sum().item() > 0 else 0.0


def test_item() -> None:
    x = np.array([[0.3, 0.8], [0.4, 0.9]])
    check_value(item, x)
    check_gradient(item, x)
    with pytest.raises(ValueError, match="only convert an array of size 1"):
        lg.trace(lg.program(lambda x: x.item()), x)


class Returning:
    """A method that returns early, and changes the object on the other ways."""

    def __init__(self, steps: int):
        self.x, self.count, self.steps = 0.0, 0, steps

    def update(self, z: Any) -> Any:
        if z > 0.5:
            return False
        self.x = self.x + z
        return True

    def accept(self, z: Any) -> Any:
        if z <= 0.5:
            self.x = self.x + z
            return True
        return False

    def search(self, z: Any) -> Any:
        for k in range(self.steps):
            self.count += 1
            if z > 0.3 * k:
                self.x += z
                return k
        return -1

    def skip(self, z: Any) -> Any:
        for k in range(self.steps):
            if z > 0.8:
                break
            if k == 1:
                self.x += z
                return k
        return -1


def early_returns_of_methods(x: Any) -> Any:
    f = Returning(3)
    total = 0.0
    for z in x:
        if f.update(z):
            total += 1
        f.accept(0.5 * z)
        total += f.search(z) * f.skip(z)
    return f.x, f.count, total


def early_return_beside_a_nonlocal(x: Any) -> Any:
    total, state = 0.0, {"count": 0.0}

    def add(z: Any) -> None:
        nonlocal total
        if z > 0.5:
            return
        total = total + z
        state["count"] += z

    for z in x:
        add(z)
    add(x[0])
    return total, state["count"]


@pytest.mark.parametrize("fn", [early_returns_of_methods, early_return_beside_a_nonlocal])
def test_a_return_keeps_what_outlives_the_function(fn: Callable[..., Any]) -> None:
    """Attributes, items and variables of the functions around it are read behind a return."""
    x = np.array([0.1, 0.7, 0.3, 0.9, 0.2])
    np.testing.assert_allclose(lg.jit(lg.program(fn))(x), fn(x))
    check_gradient(fn, x)


def leaves_on_each_way(x: Any) -> Any:
    p = 0.0
    for i in range(3):
        if x[i] > 0.6:
            continue
        while p < x[i]:
            p += x[4]
            break
        else:
            p -= 0.1
        if p > 1.0:
            break
    while p > x[3]:
        p = 0.5 * p
        if x[0] > 0.5:
            return p
        p += 1.0
        break
    return 2 * p


def test_a_while_that_always_leaves_is_an_if() -> None:
    for seed in range(4):
        x = np.random.default_rng(seed).random(5)
        np.testing.assert_allclose(lg.jit(lg.program(leaves_on_each_way))(x), leaves_on_each_way(x))


class Body:
    def __init__(self, a: Any):
        self.a, self.b = a, 0.5


def attributes_behind_an_inner_while(x: Any) -> Any:
    body = Body(x[0])
    q, c = 0.5, 0
    while c < 4 and body.a < 0.3:
        c += 1
        k = 0
        while k < 4 and body.b - q > 0.2:
            k += 1
            body.a *= 0.5 * x[1]
        q *= 0.5 * body.a
        body.b = 0.5 * x[0]
        if x[1] > 0.5 - body.a:
            break
    return q + body.a + body.b


def test_a_turn_behind_a_jump_adds_attributes_of_its_own() -> None:
    """The condition around such a turn added places to the variables of the loop: a KeyError."""
    check_value(attributes_behind_an_inner_while, np.array([0.2, 0.1]))


class Sums:
    __slots__ = ("m", "n")

    def __init__(self):
        self.n = 0
        self.m = 0.0

    def push(self, x):
        self.n += 1
        self.m += x
        return self


class Scaled(Sums):
    __slots__ = ("__k", "parts")

    def __init__(self, k):
        super().__init__()
        self.__k = k
        self.parts = np.zeros(2)

    def scale(self):
        self.parts[0] += self.m
        self.__k *= 0.5
        self.m *= self.__k


class Wider(Sums):
    def __init__(self):
        super().__init__()
        self.extra = 1.0


@dataclass(slots=True)
class Falling:
    height: float
    speed: float = 0.0

    def step(self, force):
        self.speed += force
        self.height += self.speed
        if self.height < 0:
            self.height = -self.height


def chosen_slots(x):
    a, b = Sums(), Sums()
    for v in x:
        (a if v > 0 else b).push(v)
        chosen = b if v > 1 else a
        chosen.m += v
    return a.m, b.m, b.n


def slots_of_two_classes(x):
    w, d = Scaled(2.0), Wider()
    for v in x:
        w.push(v)
        if v > 0.5:
            w.scale()
            d.extra += v
        else:
            d.push(v)
    return w.m, w.parts.sum(), w.n, d.extra, d.m


def best_of_slots(x):
    best = None
    for v in x:
        new = Sums()
        new.m = v * v
        if best is None or new.m > best.m:
            best = new
    balls = [Falling(v) for v in x]
    for _ in range(5):
        for ball in balls:
            ball.step(-0.1)
    return best.m, sum(ball.height for ball in balls)


@dataclass(frozen=True)
class OutOfDomain(Exception):
    value: float
    code: int = 0


def frozen_errors(x):
    def root(v):
        if v < 0:
            raise OutOfDomain(v, 3)
        return np.sqrt(v)

    total = 0.0
    for v in x:
        try:
            total += root(v)
        except OutOfDomain as error:
            total += 0.1 * error.value + error.code
    return total


@pytest.mark.sampled(2)
@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("fn", [chosen_slots, slots_of_two_classes, best_of_slots, frozen_errors])
def test_slots_and_frozen_errors(fn, n):
    x = np.random.default_rng(n).standard_normal(n)
    check_value(fn, x)
    check_gradient(fn, x)
