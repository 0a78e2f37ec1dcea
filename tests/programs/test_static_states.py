"""Variables that hold strings or members of an Enum, as traced values decide, beside NumPy."""

from __future__ import annotations

import collections
import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from program_checks import check_gradient, check_value, compare

import letgrad as lg

X = np.array([0.3, 1.2, -0.7, 2.0, 0.9, 1.1, -0.2, 0.1, 1.7, 0.6])


class Mode(enum.Enum):
    HEAT = 1
    COOL = 2
    OFF = "off"


class Level(enum.IntEnum):
    LOW = 0
    MID = 1
    HIGH = 2

    def gain(self):
        return 1.5 * self + 0.5


def thermostat(x, t):
    temp, mode, cost = t, "off", 0.0
    for v in x:
        if temp < 18.0:
            mode = "heat"
        elif temp > 20.0:
            mode = "off"
        if mode == "heat":
            temp = temp + v * v
            cost += v
        else:
            temp = temp - 0.4 * (temp - 10.0) + 0.1 * v
    return temp, cost


def trigger(x, t):
    state, count, total = "low", 0, 0.0
    for v in x:
        match state:
            case "low":
                if v > t:
                    state = "high"
                    count += 1
            case "high":
                if v < t - 0.5:
                    state = "cooldown"
                else:
                    total += v**2
            case "cooldown":
                state = "low"
                total -= 0.1 * v
    return total, count


def by_key(x, t):
    gains = {"up": 2.0, "down": np.array([1.0, 3.0]).sum(), "flat": 0.5}
    uses = {"up": 0, "down": 0, "flat": 0}
    total = 0.0
    for k in range(1, len(x)):
        d = "up" if x[k] > x[k - 1] + t else "down" if x[k] < x[k - 1] - t else "flat"
        total += gains[d] * x[k]
        uses[d] += 1
        if d in ("up", "flat") and d != "flat":
            total += gains.get(d, 7.0)
    return total, uses["up"], uses["down"], uses["flat"]


def members(x, t):
    mode = Mode.OFF
    total = 0.0
    for v in x:
        if v > t:
            mode = Mode.COOL
        elif v < 0:
            mode = Mode.HEAT
        if mode is Mode.COOL:
            total -= v
        elif mode == Mode.HEAT:
            total += v * v
        elif mode is not Mode.OFF:
            total += 100.0
    return total


def ordered(x, t):
    table = np.array([1.0, 4.0, 9.0])
    level = Level.LOW
    total = 0.0
    for v in x:
        if v > t and level < Level.HIGH:
            level = Level.HIGH if v > 1.5 else Level.MID
        elif v < 0:
            level = Level.LOW
        total += table[level] * v + level * 0.25 + level.gain() + level.value
        if level >= Level.MID:
            total += 1.0
    return total


class Machine:
    def __init__(self, gain):
        self.state = "idle"
        self.gain = gain
        self.out = 0.0

    def step(self, v, t):
        if self.state == "idle" and v > t:
            self.state = "busy"
        elif self.state == "busy":
            self.out += self.gain * v
            if v < 0:
                self.state = "failed"
        elif self.state == "failed":
            self.reset()

    def reset(self):
        self.state = "idle"
        self.out *= 0.5


def object_state(x, t):
    m = Machine(t)
    for v in x:
        m.step(v, t)
    return m.out, 1.0 if m.state == "busy" else 0.0


@dataclass
class Signal:
    phase: str
    left: int


def record_state(x, t):
    s = Signal("green", 2)
    order = {"green": "yellow", "yellow": "red", "red": "green"}
    total = 0.0
    for v in x:
        s.left -= 1
        if s.left <= 0 or v > t:
            s.phase = order[s.phase]
            s.left = 3 if s.phase == "green" else 1
        if s.phase.startswith("g"):
            total += v
        elif len(s.phase) > 3:
            total += v * v
    return total


def given_by_function(x, t):
    def kind(v):
        if v > t:
            return "big"
        if v < 0:
            return "negative"
        return "small"

    def label(v):
        return (kind(v), v * 2)

    total = 0.0
    for v in x:
        name, w = label(v)
        if name == "big":
            total += w
        elif name == "negative":
            total -= w * v
    return total


def text_or_none(x, t):
    last = None
    changes = 0
    for v in x:
        now = "above" if v > t else "below"
        if last is not None and now != last:
            changes += 1
        last = now
    return changes


def until_done(x, t):
    state, k, total = "start", 0, 0.0
    while state != "done":
        if state == "start":
            state = "run"
        elif state == "run":
            total += x[k] * t
            k += 1
            if total > 3.0 or k == len(x):
                state = "done"
    return total, k


def named(x, t):
    names = ["low", "mid", "high"]
    name = names[int(np.argmax(x[:3] * t))]
    weights = {"low": 1.0, "mid": 2.0, "high": 3.0}
    return weights[name] * x[1]


def queued(x, t):
    queue = []
    for v in x:
        if v > t:
            queue.append("big" if v > 1.0 else "mid")
    total = 0.0
    for name in queue:
        total += 1.0 if name == "big" else 0.25
    return total + x[0]


def arrays_by_key(x, t):
    rules = {"a": (np.array([1.0, 2.0]), 1), "b": (np.array([0.5, -1.0]), 3)}
    w = np.zeros(2)
    key = "a"
    for v in x:
        grid, n = rules[key]
        w = w * 0.5 + grid * v * n
        key = "b" if w[0] > t else "a"
    return w


def pairs_of_states(x, t):
    a, b, total = "off", "off", 0.0
    for v in x:
        if v > t:
            a, b = b, "on" if v > 1.0 else "off"
        if a == b:
            total += v
        if not (a == "on" or b == "on"):
            total += 0.1
        if (a, b) == ("off", "on"):
            total += 2 * v
    return total


PROGRAMS = [
    thermostat, trigger, by_key, members, ordered, object_state, record_state,
    given_by_function, text_or_none, until_done, named, queued, arrays_by_key, pairs_of_states,
]  # fmt: skip
START = {thermostat: 19.0}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_states_are_as_in_python(program):
    run = lg.jit(lg.program(program), backend="numpy")
    for x, t in ((X, START.get(program, 0.5)), (X[::-1].copy(), START.get(program, 0.7))):
        compare(run(x, t), program(x.copy(), t))


@pytest.mark.parametrize("program", [thermostat, object_state], ids=lambda p: p.__name__)
def test_states_have_gradients(program):
    check_gradient(program, X, START.get(program, 0.5))


def _error(function):
    with pytest.raises((TypeError, KeyError)) as found:
        lg.jit(lg.program(function))(0.5)
    return str(found.value)


def test_a_state_is_no_result():
    def state(x):
        return "big" if x > 0 else "small"

    text = _error(state)
    assert "test_static_states.py" in text
    assert "'big' or 'small', as traced values decide" in text


def test_a_state_has_no_place_in_an_array():
    def state(x):
        return np.sum(x * np.array(["big" if x > 0 else "small"]))

    assert "letgrad" in _error(state)


def test_a_traced_value_decides_about_a_new_key():
    def keys(x, t):
        found = {"a": 1.0}
        found["a" if x[0] > t else "b"] = x[1]
        return found["a"], len(found)

    for t in (-9.0, 9.0):
        check_value(keys, X, t, backends=("numpy",))


def test_a_new_key_of_an_argument_is_an_error():
    def keys(x, found):
        found["a" if x > 0 else "b"] = x
        return found["a"]

    with pytest.raises(TypeError, match=r"test_static_states.py:\d+: .*gets a new key"):
        lg.trace(lg.program(keys), 1.0, {"a": 1.0})


def sums_of_parities(x, t):
    sums = collections.defaultdict(float)
    counts = collections.Counter()
    for k, v in enumerate(x):
        sums["even" if k % 2 == 0 else "odd"] += v
        counts[k % 3] += 1
    return sums["even"] * t, sums["odd"], counts[0], counts[2], counts[7]


def counted_signs(x, t):
    counts = collections.Counter({"+": 0, "-": 0})
    for v in x:
        counts["+" if v > t else "-"] += 1
    return counts["+"], counts["-"], counts["0"]


def test_new_keys_of_a_defaultdict():
    check_value(sums_of_parities, X, 0.5, backends=("numpy",))
    check_value(counted_signs, X, 0.5, backends=("numpy",))

    def signs(x, t):
        sums = collections.defaultdict(float)
        for v in x:
            sums["+" if v > t else "-"] += v
        return sums["+"], sums["-"]

    check_value(signs, X, 0.5, backends=("numpy",))
    check_value(signs, X, 1e3, backends=("numpy",))


def test_no_key_of_the_dict():
    def keys(x):
        return {"c": 1.0}["a" if x > 0 else "b"] * x

    assert "'a' or 'b'" in _error(keys)


def conversions(x, t):
    name, level, total = "b", Level.MID, 0.0
    for v in x:
        if v > t:
            name, level = "long", Level.HIGH
        if isinstance(name, str) and str(name) + "er" == "longer":
            total += float(level) * v + int(level)
        total += len(name) + name.count("o") if name.upper() == "LONG" else 0.5
    return total


def test_functions_of_states():
    check_value(conversions, X, 0.5)


def tables_by_pairs(x, t):
    table = {
        ("a", "hi"): "b", ("a", "lo"): "a", ("b", "hi"): "c", ("b", "lo"): "a",
        ("c", "hi"): "c", ("c", "lo"): "b",
    }  # fmt: skip
    state, total, count = "a", 0.0, {0: 0, 1: 0, 2: 0}
    for v in x:
        state = table[state, "hi" if v > t else "lo"]
        if state == "c":
            total += v
        k = int(np.clip(v, 0, 2))
        count[k] += 1
        total += {0: 1.0, 1: 5.0}.get(k, -1.0) if k + 1 in count else 0.5
    return total, count[0], count[1], count[2]


def functions_as_states(x, t):
    def linear(v):
        return v * t

    def square(v, p=2):
        return t * v**p

    act, total = linear, 0.0
    for v in x:
        if v > t:
            act = square
        elif v < 0:
            act = linear
        total += act(v)
    g = np.sin if total > t else np.cos
    return g(x).sum() + total + (1.0 if act is square else 0.0)


class Counter:
    def __init__(self, gain):
        self.gain = gain
        self.calls = 0

    def run(self, v):
        self.calls += 1
        return self.gain * v


def methods_as_states(x, t):
    a, b, total = Counter(2.0), Counter(t), 0.0
    for v in x:
        run = a.run if v > t else b.run
        total += run(v)
    return total, a.calls, b.calls


def lists_by_key(x, t):
    groups = {"hi": [0.0, 0], "lo": [0.0, 0]}
    for v in x:
        k = "hi" if v > t else "lo"
        groups[k][0] += v
        groups[k][1] += 1
    return groups["hi"][0], groups["hi"][1], groups["lo"][0]


def object_or_none(x, t):
    a, current = Counter(0.5), None
    for v in x:
        if v > t:
            current = a
        if current is not None:
            current.gain += v
    return a.gain


@pytest.mark.parametrize(
    "program",
    [tables_by_pairs, functions_as_states, methods_as_states, lists_by_key],
    ids=lambda p: p.__name__,
)
def test_keys_and_functions(program):
    check_value(program, X, 0.5, backends=("numpy",))


def one_object_or_another_or_none(x, t):
    a, b, current = Counter(0.5), Counter(1.5), None
    for v in x:
        if v > t:
            current = a
        elif v < -t:
            current = b
        if current is not None:
            current.gain += v
    return a.gain, b.gain


def test_a_write_to_an_object_or_none_is_not_lost():
    for x in (X, -X, X[::-1].copy(), 0 * X):
        check_value(object_or_none, x, 0.5)
    with pytest.raises(TypeError, match=r"test_static_states.py:\d+: this Counter"):
        lg.jit(lg.program(one_object_or_another_or_none))(X, 0.5)


def test_a_text_of_two_states_is_an_error():
    def text(x):
        return {"a!": 1.0}[f"{'a' if x > 0 else 'b'}{'!' if x > 1 else '?'}"] * x

    assert "whether this is 'a' or 'b'" in _error(text)


def states_in_errors(x, t):
    state, total = "a", 0.0
    for v in x:
        if state == "a":
            state = "b" if v > t else "a"
        elif state == "b":
            total += v
            state = "a"
        else:
            raise ValueError(f"unknown state {state!r} at {v:.2f} {state:>5}")
    return total


def options_of_functions(x, t):
    mode = "edge" if x[0] > t else "reflect"
    name = "sum" if x[1] > t else "mean"
    return np.pad(x, 2, mode=mode) * getattr(x, name)()


@pytest.mark.parametrize("program", [states_in_errors, options_of_functions])
def test_texts_of_states(program):
    check_value(program, X, 0.5, backends=("numpy",))


class Named:
    """A function with a name, which alone says what `==` is."""

    def __init__(self, name: str, of: Any):
        self.name, self.of = name, of

    def __call__(self, x: Any) -> Any:
        return self.of(x)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


def one_if_equal(x: Any) -> Any:
    f = Named("f", np.sin)
    if x > 0:
        f = Named("f", np.cos)
    return f(x)


def one_expression_if_equal(x: Any) -> Any:
    f = Named("f", np.sin) if x > 0 else Named("f", np.cos)
    return f.of(x)


def an_item_if_equal(x: Any) -> Any:
    fs = {"f": Named("f", np.sin)}
    if x > 0:
        fs["f"] = Named("f", np.cos)
    return fs["f"](x)


def turns_if_equal(x: Any) -> Any:
    f = Named("f", np.sin)
    for _ in range(9):
        if x > 0:
            f = Named("f", np.cos)
    return f(x)


def while_if_equal(x: Any) -> Any:
    f, n = Named("f", np.sin), 0
    while n < x:
        f, n = Named("f", np.cos), n + 1
    return f(x)


def place_if_equal(x: Any) -> Any:
    fs = [Named("f", np.sin), Named("f", np.cos)]
    return fs[int(x > 0)](x)


class Line:
    """Lines of one slope are equal."""

    def __init__(self, start: Any, slope: Any):
        self.start, self.slope = start, slope

    def __call__(self, x: Any) -> Any:
        return self.start + self.slope * x

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Line) and self.slope == other.slope

    def __hash__(self) -> int:
        return 1


def numbers_if_equal(x: Any) -> Any:
    f = Line(1.0, 2.0)
    if x > 0:
        f = Line(3.0, 2.0)
    return f(x)


def greatest_of_equal(x: Any) -> Any:
    lines = [Line(1.0, 2.0), Line(5.0, 2.0)]
    return max(lines, key=lambda f: f(x) * x).start * x


def traced_numbers_if_equal(x: Any) -> Any:
    f = Line(1.0, x)
    if x > 0:
        f = Line(3.0, x)
    return f(x)


def new_in_each_turn(x: Any) -> Any:
    f = Line(1.0, 0.5)
    for _ in range(12):
        x = f(x)
        f = Line(1.0, 0.5)
    return f(x)


@pytest.mark.parametrize(
    "f",
    [
        one_if_equal, one_expression_if_equal, an_item_if_equal, turns_if_equal, while_if_equal,
        place_if_equal, numbers_if_equal, greatest_of_equal, traced_numbers_if_equal,
        new_in_each_turn,
    ],
)  # fmt: skip
def test_equal_objects_are_not_one(f: Callable[[Any], Any]):
    for x in (1.5, -1.5):
        check_value(f, x)


def sorted_texts(x: Any) -> Any:
    pairs = sorted([("b" if v < 1 else "a", v) for v in x if v > -1])
    total = 0.0
    for name, v in pairs:
        total = 0.5 * total + v * (2 if name == "a" else 1)
    return total


def test_texts_in_their_order():
    """Their order was that in which letgrad met them."""
    check_value(sorted_texts, np.array([0.5, 2.5, 1.5, -0.5, 3.5, 0.25]))


def greatest_by_a_key(x: Any) -> Any:
    total = 0.0
    for k in range(6):
        place = max(k - 6, -2, key=lambda v: -v)
        total = 0.5 * total + x[place]
    return total


def test_the_greatest_by_a_key_is_any_number():
    """letgrad took the place for one of at least -2, and an element outside reads 0."""
    check_value(greatest_by_a_key, np.arange(1.0, 7.0))
