"""`ten-roll-loops` on random programs that repeat themselves: the same bits as without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block

import letgrad as lg
from letgrad.dialects import arrays, ten
from letgrad.dialects.walking import ops_in
from letgrad.lowering import backends
from letgrad.passes.pipelines import GradientPass
from letgrad.passes.rewriting.driver import run_passes
from letgrad.passes.rewriting.verify import verify
from letgrad.passes.rolling.repeats import Repeat, repeats
from letgrad.passes.rolling.roll_loops import RollLoopsPass
from letgrad.passes.sharing.shared_terms import drop_broken_stamps


def unary(pick: Random) -> Callable[[Any], Any]:
    return pick.choice([np.sin, np.tanh, np.negative, lambda x: x * x, lambda x: x + 0.5])


def binary(pick: Random) -> Callable[[Any, Any], Any]:
    return pick.choice([np.add, np.subtract, np.multiply, np.maximum])


class Program:
    """
    A random function with a loop of Python, and sometimes a loop in the loop. `step` is the list of
    what each turn does: the functions that it applies, to the names of values.
    """

    def __init__(self, seed: int):
        pick = self.pick = Random(seed)
        self.dtype = pick.choice((np.float64, np.float32, np.float16, arrays.bfloat16))
        self.n = pick.choice((0, 1, 2, 5))
        self.scalar = pick.random() < 0.3
        self.turns = pick.randint(3, 9)
        self.inner = pick.choice((0, 0, 0, 3, 4))
        self.states = pick.randint(1, 3)
        self.lags = pick.choice((0, 0, 1, 2))
        self.numbers = [pick.choice((0.0, -0.0, 0.25, -1.5)) for _ in range(self.turns)]
        self.places = [pick.randrange(self.turns) for _ in range(self.turns)]
        self.before, self.behind = (pick.randint(0, 3) for _ in range(2))
        self.steps = [self.random_step() for _ in range(pick.randint(1, 7))]
        self.inner_steps = [self.random_step() for _ in range(pick.randint(1, 3))]
        self.kept = pick.choice(("none", "all", "all reversed", "some", "last two", "joined"))
        self.shift = [pick.randrange(self.states) for _ in range(self.states)]

    def random_step(self) -> tuple[Any, ...]:
        pick = self.pick
        kind = pick.choice(
            ("unary", "binary", "row", "column", "box", "window", "number", "weight", "count",
             "old", "first", "place", "update", "inner")
        )  # fmt: skip
        return kind, unary(pick), binary(pick), pick.random(), pick.randrange(3)

    def arguments(self) -> list[np.ndarray]:
        rng, t, n = np.random.default_rng(self.pick.randrange(1000)), self.turns, self.n
        sizes = () if self.scalar else (n,)
        rest = (1,) if self.scalar else (n,)
        shapes = [
            *[sizes] * self.states,
            (t, *sizes), (*rest, t), (3 * t + 2, *sizes), (t + 3, *sizes),
            *[sizes] * t,
        ]  # fmt: skip
        return [rng.uniform(-1, 1, s).astype(self.dtype) for s in shapes]

    def __call__(self, *args: Any) -> Any:
        k, t_max = self.states, self.turns
        state = list(args[:k])
        rows, columns, boxes, windows = args[k : k + 4]
        weights = args[k + 4 :]
        for i in range(self.before):
            state[i % k] = np.sin(state[i % k])
        kept: list[Any] = []
        old = [state[0]] * 3
        for t in range(t_max):
            values = [*state]
            for step in self.steps:
                values.append(
                    self.apply(step, values, t, rows, columns, boxes, windows, weights, old)
                )
            if self.inner:
                for s in range(self.inner):
                    for step in self.inner_steps:
                        values[-1] = self.apply(
                            step, values, s % t_max, rows, columns, boxes, windows, weights, old
                        )
            old = [state[0], *old[:2]]
            new = values[-k:] if len(values) >= 2 * k else values[:k]
            state = [new[j % len(new)] for j in self.shift]
            kept.append(values[-1])
        for i in range(self.behind):
            state[i % k] = np.tanh(state[i % k]) * state[-1]
        match self.kept:
            case "all":
                return state, np.stack(kept)
            case "all reversed":
                return state, np.stack([state[0], *kept[::-1]])
            case "some":
                return state, [kept[t] for t in self.places[:3]]
            case "last two":
                return state, kept[-2:]
            case "joined" if not self.scalar:
                return state, np.concatenate([state[-1], *kept])
            case _:
                return state

    def apply(
        self, step: tuple[Any, ...], values: list[Any], t: int, rows: Any, columns: Any, boxes: Any,
        windows: Any, weights: Sequence[Any], old: list[Any],
    ) -> Any:  # fmt: skip
        kind, one, two, choice, number = step
        x = values[int(choice * len(values))]
        match kind:
            case "unary":
                return one(x)
            case "row":
                return two(x, rows[t])
            case "column":
                column = columns[:, t]
                return two(x, column[0] if self.scalar else column)
            case "box":
                return two(x, boxes[3 * t : 3 * t + 2].sum(0))
            case "window":
                return two(x, windows[t : t + 3 : 2].sum(0))
            case "number":
                return two(x, np.asarray(self.numbers[t], self.dtype))
            case "weight":
                return two(x, weights[t])
            case "count":
                return two(x, np.asarray(t * number, self.dtype))
            case "old":
                return two(x, old[number])
            case "first":
                return two(x, values[0])
            case "place":
                return two(x, rows[self.places[t]] + rows[self.turns - 1 - t])
            case "update" if not self.scalar and self.n:
                y = x.copy()
                y[t % self.n] = one(y[(t + number) % self.n])
                return y
            case _:
                return two(x, one(values[-1]))


def bits(module: ModuleOp, xs: Sequence[np.ndarray]) -> list[tuple[Any, ...]]:
    found = backends.compile("numpy", module, "lambda")(*xs)
    return [(np.shape(x), x.dtype, np.asarray(x).tobytes()) for x in found]


def scans(module: ModuleOp) -> list[ten.ScanOp]:
    return [op for op in ops_in(module) if isinstance(op, ten.ScanOp)]


def rolled(module: ModuleOp, min_turns: int = 3, min_ops: int = 1) -> ModuleOp:
    result = module.clone()
    RollLoopsPass(min_turns, min_ops).apply(Context(), result)
    result.verify()
    verify(result)
    return result


@pytest.fixture(autouse=True)
def as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Traces keep the turns of loops, if a test does not ask for loops."""
    monkeypatch.setenv("LETGRAD_ROLL", "0")


def check_values(seed: int) -> int:
    program = Program(seed)
    xs = program.arguments()
    module = lg.trace(lambda *xs: program(*xs), *xs)
    loops = rolled(module)
    assert bits(loops, xs) == bits(module, xs), seed
    assert not drop_broken_stamps(loops, "test")
    return len(scans(loops))


@pytest.mark.sampled(7)
@pytest.mark.parametrize("first", range(0, 300, 30))
def test_random_programs_keep_their_bits(first: int):
    assert sum(check_values(seed) > 0 for seed in range(first, first + 30)) >= 15


@pytest.mark.slow
@pytest.mark.parametrize("first", range(300, 5000, 100))
def test_more_random_programs_keep_their_bits(first: int):
    assert sum(check_values(seed) > 0 for seed in range(first, first + 100)) >= 50


def gradients(module: ModuleOp, xs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The gradient of the sum of all results, each with a random weight."""
    rng = np.random.default_rng(0)
    values = backends.compile("numpy", module, "lambda")(*xs)
    weights = [rng.uniform(-1, 1, np.shape(x)).astype(x.dtype) for x in values]
    module = module.clone()
    run_passes(backends.context(), module, [GradientPass("lambda")])
    return list(backends.compile("numpy", module, "lambda")(*xs, *weights))


def check_gradients(seed: int) -> None:
    """The gradients agree up to the order of sums: a loop adds turn by turn."""
    program = Program(seed)
    program.dtype = np.float64
    xs = program.arguments()
    module = lg.trace(lambda *xs: program(*xs), *xs)
    for a, b in zip(gradients(rolled(module), xs), gradients(module, xs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * (1 + np.abs(b).max(initial=0)))


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_gradients_of_random_programs(first: int):
    for seed in range(first, first + 10):
        check_gradients(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(40, 1000, 40))
def test_gradients_of_more_random_programs(first: int):
    for seed in range(first, first + 40):
        check_gradients(seed)


# Programs as people write them.


def predator_prey(x: Any, y: Any, turns: int = 110) -> Any:
    for _ in range(turns):
        dx = x * (1.1 - 0.4 * y)
        dy = y * (0.1 * x - 0.4)
        x, y = x + 0.01 * dx, y + 0.01 * dy
    return x + y


def heat(u: Any, turns: int = 30) -> Any:
    for _ in range(turns):
        u = u + 0.1 * (np.roll(u, 1) - 2 * u + np.roll(u, -1))
    return np.sum(u * u)


def heat_in_place(u: Any, turns: int = 30) -> Any:
    u = u * 1
    for _ in range(turns):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def leapfrog(u: Any, turns: int = 30) -> Any:
    before = u
    for t in range(turns):
        bent = np.roll(u, 1) - 2 * u + np.roll(u, -1)
        before, u = u, 2 * u - before + np.cos(0.1 * t) * bent
    return np.sum(u * before)


def recurrent(w: Any, xs: Any) -> Any:
    h = np.zeros(w.shape[-1], w.dtype)
    outputs = []
    for weights, x in zip(w, xs):
        h = np.tanh(weights @ h + x)
        outputs.append(h)
    return np.sum(np.stack(outputs) ** 2)


def two_loops(u: Any) -> Any:
    for _ in range(9):
        for k in range(20):
            u = np.tanh(u + 0.1 * np.roll(u, 1) * np.sum(u)) + 0.01 * k
        u = u / (1 + np.sum(u * u))
    return np.sum(u)


PROGRAMS: dict[str, tuple[Callable[..., Any], list[tuple[int, ...]], int]] = {
    "predator and prey": (predator_prey, [(), ()], 1),
    "heat": (heat, [(7,)], 1),
    "heat in place": (heat_in_place, [(7,)], 1),
    "leapfrog": (leapfrog, [(7,)], 1),
    "recurrent": (recurrent, [(40, 3, 3), (40, 3)], 1),
    "two loops": (two_loops, [(5,)], 2),
}


SECOND_IN_ANOTHER_ORDER = ("recurrent", "two loops")
"""Programs whose second derivatives add in another order as loops."""


@pytest.mark.sampled(7)
@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_programs_become_loops(name: str, dtype: str, monkeypatch: pytest.MonkeyPatch):
    fn, shapes, loops = PROGRAMS[name]
    rng = np.random.default_rng(0)
    xs = [np.asarray(rng.uniform(0.1, 1, s), dtype) for s in shapes]
    at = tuple(range(len(xs)))

    def second(*xs: Any) -> Any:
        return sum(np.sum(g * g) for g in lg.grad(fn, argnums=at)(*xs))

    orders = [fn, lg.grad(fn, argnums=at)]
    if dtype == "f8":
        orders.append(lg.grad(second, argnums=at))
    found: list[list[Any]] = []
    for roll in "01":
        monkeypatch.setenv("LETGRAD_ROLL", roll)
        assert len(scans(lg.trace(fn, *xs))) == (loops if roll == "1" else 0)
        found.append([lg.jit(lambda *xs, f=f: f(*xs), backend="numpy")(*xs) for f in orders])
    tolerance = {"f2": 0.03, "f4": 1e-4, "f8": 1e-12}[dtype]
    for k, (a, b) in enumerate(zip(*found, strict=True)):
        most = max(np.abs(x).max() for x in leaves(b))
        for x, y in zip(leaves(a), leaves(b), strict=True):
            # The order of the sums in a gradient is the same. For f16, these sums are in f32, and a
            # loop rounds them once in each turn.
            if k == 0 or (dtype != "f2" and (k == 1 or name not in SECOND_IN_ANOTHER_ORDER)):
                assert x.tobytes() == y.tobytes()
            np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance * most)


def leaves(values: Any) -> list[np.ndarray]:
    return list(map(np.asarray, values if isinstance(values, tuple) else [values]))


def test_the_length_of_a_trace_does_not_depend_on_the_number_of_turns(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("LETGRAD_ROLL", "1")
    for fn, xs, most in (
        (lambda x, y: predator_prey(x, y, 200), (1.0, 2.0), 20),
        (lambda u: heat(u, 1000), (np.ones(50),), 20),
        (lambda u: heat_in_place(u, 1000), (np.ones(50),), 20),
        (lambda u: leapfrog(u, 1000), (np.ones(50),), 20),
    ):
        module = lg.trace(fn, *xs)
        assert len(scans(module)) == 1
        assert len(list(ops_in(module))) <= most + 3


def test_loops_in_loops(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LETGRAD_ROLL", "1")
    module = lg.trace(two_loops, np.ones(5))
    outer, inner = scans(module)
    assert (outer.trips, inner.trips) == (9, 20)
    assert inner.parent is outer.block


def test_the_pass_says_what_it_did_and_what_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LETGRAD_ROLL", "1")
    with lg.remarks() as found:
        lg.trace(heat, np.ones(50))
        lg.trace(lambda x, y: predator_prey(x, y, 20), 1.0, 2.0)
    said = str(found)
    assert "[ten-roll-loops] passed: 30 turns of 11 ops became a loop" in said
    assert "[ten-roll-loops] missed: a loop of 20 turns of 10 ops" in said
    assert "would save 183 ops, and needs 1024" in said


def test_a_loop_that_a_program_unrolls_becomes_a_loop(monkeypatch: pytest.MonkeyPatch):
    """`lg.program` unrolls this loop, because its body reads a list at the index."""
    monkeypatch.setenv("LETGRAD_ROLL", "1")
    rates = [0.1 * k for k in range(40)]

    def grow(x: Any) -> Any:
        for k in range(40):
            x = x + rates[k] * np.roll(np.tanh(x), 1)
        return np.sum(x)

    x = np.linspace(0, 1, 6)
    (scan,) = scans(lg.trace(lg.program(grow), x))
    assert scan.trips == 40
    np.testing.assert_allclose(lg.jit(lg.program(grow))(x), grow(x), rtol=1e-12)


def test_ops_in_no_block_are_no_uses():
    """A trace may make an op or a region, and then drop it. The op still uses its operands."""
    module = lg.trace(lambda u: heat(u, 20), np.ones(50))
    turns = [op for op in ops_in(module) if isinstance(op, ten.ConcatOp)]
    dropped = [ten.ReshapeOp(op.result, (50, 1)) for op in turns]
    dropped += [ten.ReshapeOp(op.xs[0], (1, 1)) for op in turns]
    regions = [Block([ten.ReverseOp(op.result, [0])]) for op in turns]
    RollLoopsPass().apply(Context(), module)
    verify(module)
    assert len(scans(module)) == 1
    assert len(dropped) == 2 * len(turns) == 2 * len(regions)


# The search for repeats.


def longest_repeats(numbers: Sequence[int], turns: int) -> set[Repeat]:
    """All repeats, by comparing each place with each later one."""
    found: set[Repeat] = set()
    for period in range(1, len(numbers)):
        start: int | None = None
        for i in range(len(numbers) - period + 1):
            equal = i + period < len(numbers) and numbers[i] == numbers[i + period]
            if equal and start is None:
                start = i
            elif not equal and start is not None:
                found.add(Repeat(period, start, i + period))
                start = None
    return {r for r in found if r.turns >= turns}


def test_repeats():
    assert repeats([2, 7, 1, 5, 1, 5, 1, 5, 9], 3) == [Repeat(2, 2, 8)]
    assert repeats([], 3) == repeats([4], 3) == []
    for seed in range(300):
        pick, numbers = Random(seed), list[int]()
        while len(numbers) < 30:
            part = [pick.randrange(3) for _ in range(pick.randint(1, 6))]
            numbers += part * pick.choice([1, 1, 3, 5])
        every = longest_repeats(numbers, 3)
        # Two turns of a repeat are a turn of another repeat. Only the shorter ones are wanted.
        wanted = {
            r
            for r in every
            if not any(
                r.period > s.period
                and r.period % s.period == 0
                and s.start <= r.start
                and r.end <= s.end
                for s in every
            )
        }
        found = set(repeats(numbers, 3))
        assert wanted <= found <= every, numbers


@pytest.mark.parametrize("shape", [(), (2,), (0, 3)])
def test_a_complex_value_that_no_turn_reads_comes_out_of_the_loop(shape: tuple[int, ...]):
    def f(z: Any) -> Any:
        total = z
        for k in range(12):
            last = z + k
            total = total - np.log(last)
        return total, last

    z = np.full(shape, 0.25 + 0.5j)
    module = rolled(lg.trace(f, z))
    assert scans(module)
    for got, wanted in zip(backends.compile("numpy", module, "f")(z), f(z), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-14)
