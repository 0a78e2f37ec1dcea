"""
The memory of a process while it runs a gradient, beside the plan. Each measure is in a process of
its own: compile and run once, give all memory of the pool back, and run again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="/proc of Linux says the peak"),
]

BEGIN = """
import ctypes, gc, hashlib, json, sys
import numpy as np
import letgrad as lg
from letgrad.frontend.control_flow.memory_budgets import planned_bytes
from letgrad.lowering.cpu.memory import pool


def kilobytes(of):
    with open("/proc/self/status") as file:
        return int(file.read().split(of + ":")[1].split()[0])


def peak(run):
    gc.collect()
    pool.clear()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak begins anew
    before = kilobytes("VmRSS")
    results = run()
    return (kilobytes("VmHWM") - before) * 1024, results


def bits(results):
    return hashlib.sha256(b"".join(np.asarray(x).tobytes() for x in results)).hexdigest()


"""

LONG = """
n, turns, k = json.loads(sys.argv[1])
c, w = np.linspace(-1.0, 1.0, n), np.linspace(0.5, 1.0, n)


def f(c, w):
    return lg.fori_loop(0, turns, lambda i, c: np.tanh(c * w + 0.1), c, checkpoint=k).sum()


g = lg.jit(lg.grad(f, argnums=(0, 1)))
g(c, w)
measured, results = peak(lambda: g(c, w))
plan = planned_bytes(g.traced(c, w))
print(json.dumps([measured / 8 / n, plan / 8 / n, bits(results)]))
"""

UNTIL = """
bound = json.loads(sys.argv[1])
c, w = np.linspace(-1.0, 1.0, 64), np.linspace(0.5, 1.0, 64)


def f(c, w, turns):
    more, step = lambda s: s[0] < turns, lambda s: (s[0] + 1, np.tanh(s[1] * w + 0.1))
    return lg.while_loop(more, step, (0, c), max_steps=bound)[1].sum()


g = lg.jit(lg.value_and_grad(f, argnums=(0, 1)))
g(c, w, 1)
least = lambda turns: min(peak(lambda: g(c, w, turns))[0] for _ in range(4))
print(json.dumps([least(turns) / 8 / 64 for turns in (1, 100, 1000, 10_000)]))
"""

UNKNOWNS = """
n = 100_000
b = np.linspace(1.0, 2.0, n)


def near(x, p):
    return 0.3 * np.cos(x) + 0.1 * np.roll(x, 1) + p


def f(p):
    return np.sum(lg.fixed_point(near, np.zeros(n), p) ** 2)


g = lg.jit(lg.grad(f))
g(b)
measured, slope = peak(lambda: g(b))
t = np.cos(b)
h = 1e-6
wanted = (lg.jit(f)(b + h * t) - lg.jit(f)(b - h * t)) / (2 * h)
print(json.dumps([measured / 8 / n, float(slope @ t), float(wanted)]))
"""


def measured(program: str, argument: Any = None) -> Any:
    command = [sys.executable, "-c", BEGIN + program, json.dumps(argument)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("n", "turns", "k"), [(100_000, 10_000, 32), (1_000_000, 60, 8)])
def test_the_peak_of_checkpoints_is_that_of_the_plan(n: int, turns: int, k: int):
    """At most k states and 8 arrays beside them: arguments of a step, results and temporaries."""
    states, plan, _ = measured(LONG, [n, turns, k])
    assert states <= k + 8 and plan <= k + 8
    # A process has some memory beside its arrays: up to 2 MB, and 5 % of the plan.
    assert abs(states - plan) <= 0.05 * plan + 2e6 / 8 / n


def test_checkpoints_keep_the_bits_of_the_gradient():
    checked, whole = (measured(LONG, [100_000, 1000, k]) for k in (32, None))
    assert checked[2] == whole[2]
    assert checked[0] <= 40 < 1000 <= whole[0]
    assert whole[0] <= 1.05 * whole[1]


@pytest.mark.parametrize("bound", [None, 16_384, 1 << 20])
def test_the_memory_of_a_while_loop_follows_its_turns(bound: int | None):
    """Up to 1024 turns: two rows for each turn. With more turns, it keeps some states beside."""
    one, hundred, thousand, many = measured(UNTIL, bound)
    pages = 16 * 4096 / 8 / 64  # the first and the last page of each array, and some of the process
    assert one <= pages
    assert hundred <= 2 * 100 + pages
    assert thousand <= 2 * 1000 + pages
    assert many <= 2 * 1024 + 100 + pages


def test_a_fixed_point_of_many_unknowns_has_no_matrix():
    arrays, slope, wanted = measured(UNKNOWNS)
    assert arrays < 128  # a matrix would be 100,000 arrays
    assert abs(slope - wanted) < 1e-6 * abs(wanted)
