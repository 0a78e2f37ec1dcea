"""`ten-roll-loops` on random programs that repeat themselves: the same bits as without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg
from letgrad.dialects import arrays, ten
from letgrad.dialects.walking import ops_in
from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting.verify import verify
from letgrad.passes.rolling.repeats import Repeat, repeats
from letgrad.passes.rolling.roll_loops import RollLoopsPass


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
                values.append(self.apply(step, values, t, rows, columns, boxes, windows, weights, old))
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


def bits(module: ModuleOp, name: str, xs: Sequence[np.ndarray]) -> list[tuple[Any, ...]]:
    found = backends.compile("numpy", module, name)(*xs)
    return [(x.shape, x.dtype, np.asarray(x).tobytes()) for x in found]


def scans(module: ModuleOp) -> int:
    return sum(isinstance(op, ten.ScanOp) for op in ops_in(module))


def check(seed: int) -> tuple[int, int]:
    program = Program(seed)
    xs = program.arguments()
    module = lg.trace(lambda *xs: program(*xs), *xs)
    rolled = module.clone()
    RollLoopsPass(min_turns=3, min_ops=1).apply(Context(), rolled)
    rolled.verify()
    verify(rolled)
    assert bits(rolled, "lambda", xs) == bits(module, "lambda", xs)
    return scans(rolled), len(list(ops_in(module))) - len(list(ops_in(rolled)))

if __name__ == "__main__":
    import sys
    tot=0
    for s in range(int(sys.argv[1]), int(sys.argv[2])):
        try:
            n = check(s)
            tot += bool(n[0])
        except Exception as e:
            print("SEED", s, type(e), str(e)[:300])
    print(tot)
