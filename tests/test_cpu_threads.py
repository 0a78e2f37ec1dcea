"""Nests in parts: what parts add up is joined, and several callers share one pool of threads."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.ir import Operation

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.cpu import (
    host_steps,
    machine,
    modules,
    nest_code,
    own_steps,
    split,
    threads,
)
from letgrad.lowering.cpu.matrices import blas
from letgrad.passes.rewriting.diagnostics import LetgradError

KINDS = [np.float64, np.float32, np.float16, np.int64, np.int8, np.bool_]
SIZES = [(0, 3), (1, 1), (1, 300), (300, 1), (1001, 3), (1001, 35), (257,), (63, 5, 2)]


def joined(x: Any) -> tuple[Any, ...]:
    """One of each combiner, over everything and over the loop that is split."""
    many = x > 0
    if x.dtype == np.bool_:
        return np.any(x), np.all(x), np.any(x, 0), np.all(x, 0)
    sums = np.sum(x), np.sum(x, 0), np.prod(x), np.prod(x, 0)
    if x.shape[0]:
        sums += np.max(x), np.min(x), np.max(x, 0), np.min(x, 0)
    return *sums, np.any(many), np.all(many), np.any(many, 0), np.all(many, 0)


@pytest.mark.parametrize("said", ["0", "-1", "two", "²"])
def test_what_is_no_number_of_threads(said: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LETGRAD_NUM_THREADS", said)
    with pytest.raises(LetgradError, match=f"LETGRAD_NUM_THREADS={said} is no number of threads"):
        threads.thread_count.__wrapped__()


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no process has processors here")
def test_as_many_threads_as_the_process_has_processors(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("LETGRAD_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {1, 4, 5})
    assert threads.thread_count.__wrapped__() == 3


@pytest.mark.sampled(2)
@pytest.mark.parametrize("kind", KINDS)
def test_each_combiner_in_parts(kind: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(split, "THREAD_WORK", 8)
    rng = np.random.default_rng(0)
    partial = []
    monkeypatch.setattr(
        modules,
        "part_function",
        lambda *a, f=modules.part_function: partial.append(a[0].partial) or f(*a),
    )
    for size in SIZES:
        x = (rng.normal(size=size) + 0.5).astype(kind)
        found, expected = (lg.jit(joined, backend=name)(x) for name in ("cpu", "numpy"))
        for a, b in zip(found, expected, strict=True):
            assert np.asarray(a).dtype == np.asarray(b).dtype
            # Products of many float16 leave little of it, whatever their order.
            tolerance = {np.float16: 3e-2, np.float32: 1e-3}.get(kind, 1e-9)
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
    assert any(partial), "no nest had results that parts add up"


def test_one_pool_and_several_callers():
    """One gets the threads, the others run alone; all get the same bits, and none waits forever."""
    f = lg.jit(lambda x: (np.sum(np.sin(x)), np.exp(x), np.max(x)), backend="cpu")
    given = [np.random.default_rng(k).normal(size=200_003) for k in range(4)]
    expected = [f(x) for x in given]
    wrong: list[int] = []
    done: list[int] = []

    def work(k: int) -> None:
        for _ in range(30):
            if not all(np.array_equal(a, b) for a, b in zip(f(given[k]), expected[k])):
                wrong.append(k)
        done.append(k)

    callers = [threading.Thread(target=work, args=(k,), daemon=True) for k in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert sorted(done) == [0, 1, 2, 3] and not wrong


def test_a_loop_whose_steps_are_split():
    """The loop, and what its steps share out, is one call of machine code."""
    f = lg.jit(lambda x: lg.scan(lambda c, r: (c + np.sum(np.sin(r)), c), 0.0, x), backend="cpu")
    x = np.random.default_rng(0).normal(size=(3, 100_003))
    total, before = f(x)
    each = np.sin(x).sum(1)
    np.testing.assert_allclose(total, each.sum(), rtol=1e-9)
    np.testing.assert_allclose(before, np.cumsum(each) - each, rtol=1e-9, atol=1e-9)


def many_nests(x: Any, y: Any) -> Any:
    """Nests that follow each other: each needs the whole of the one before."""
    for k in range(12):
        x = np.exp(np.sin(x - x.sum() / x.size)) * (y + k) / (1 + np.abs(x).max())
    return x.sum()


def test_a_function_in_several_modules(monkeypatch: pytest.MonkeyPatch):
    """Compiled by several threads, for several callers at once, it is what it is in one."""
    counts: list[int] = []

    class Counted(machine.Library):
        def __init__(self, *texts: str, **how: Any):
            counts.append(len(texts))
            super().__init__(*texts, **how)

    monkeypatch.setenv("LETGRAD_ROLL", "0")
    monkeypatch.setenv("LETGRAD_CACHE", "0")
    x, y = np.linspace(-1, 2, 7), np.linspace(3, 4, 7)

    def results() -> list[Any]:
        value, (dx, dy) = lg.jit(lg.value_and_grad(many_nests, argnums=(0, 1)))(x, y)
        return [value, *dx, *dy]

    monkeypatch.setattr(modules, "MODULE_LINES", 10**9)
    one = results()
    monkeypatch.undo()
    monkeypatch.setenv("LETGRAD_ROLL", "0")
    monkeypatch.setenv("LETGRAD_CACHE", "0")
    monkeypatch.setattr(modules, "MODULE_LINES", 10)
    monkeypatch.setattr(nest_code, "Library", Counted)
    with ThreadPoolExecutor(3) as callers:
        several = list(callers.map(lambda _: results(), range(3)))
    assert max(counts) > 2
    assert all(other == one for other in several)


@pytest.mark.parametrize("n", (100, 256, 257))
def test_small_factors_and_systems_run_on_one_thread(n: int, monkeypatch: pytest.MonkeyPatch):
    """The own threads of the library wait for each other in a loop: small matrices pay no wait."""
    depths: dict[str, int] = {}

    def spy(name: str, function: Any) -> Any:
        def called(*args: Any) -> Any:
            depths[name] = blas.one_thread.depth
            return function(*args)

        return called

    class Spied(machine.Library):
        def run(self, name: str, short: bool = False) -> Any:
            # Code for few elements sets the number of threads itself.
            run = super().run(name, short)
            return run if short else spy("machine code", run)

    monkeypatch.setattr(own_steps, "Library", Spied)
    monkeypatch.setattr(host_steps, "decomposed", spy("factors", host_steps.decomposed))
    solve = spy("system", host_steps.lapack.solve_triangular)
    monkeypatch.setattr(host_steps.lapack, "solve_triangular", solve)
    a = np.eye(n) * 3 + np.random.default_rng(0).normal(size=(n, n)) / n
    b = np.arange(n * 1.0)
    x = lg.jit(lambda a, b: np.linalg.solve(a @ a.T, b), backend="cpu")(a, b)
    np.testing.assert_allclose(a @ (a.T @ x), b, rtol=1e-6, atol=1e-6)
    assert depths
    assert set(depths.values()) == {int(n <= host_steps.SMALL_MATRIX)}
    assert blas.one_thread.depth == 0


def test_threads_share_a_large_transform(monkeypatch: pytest.MonkeyPatch):
    """Of a large prime length, which has no code of letgrad's own outside of loops."""
    random = np.random.default_rng(0)
    x = random.random((3, 65537)) + 1j * random.random((3, 65537))
    library, asked = host_steps._pocketfft(), []
    if library is None:
        pytest.skip("SciPy is not there")

    class Library:
        def c2c(self, *args: Any) -> Any:
            asked.append(args[-1])
            return library.c2c(*args)

    monkeypatch.setattr(host_steps, "_pocketfft", lambda: Library())
    found = []
    for count in (1, 3):
        monkeypatch.setattr(host_steps, "thread_count", lambda count=count: count)
        found.append(lg.jit(lambda x: np.fft.fft(x), backend="cpu")(x))
        lg.jit(lambda x: np.fft.fft(x), backend="cpu")(x[:1, :4099])
    assert asked == [1, 1, 3, 1]
    np.testing.assert_array_equal(*found)
    np.testing.assert_allclose(found[0], np.fft.fft(x), rtol=1e-12, atol=1e-9)


def test_a_costly_body_is_worth_threads_at_fewer_points(monkeypatch: pytest.MonkeyPatch):
    """2^15 exponentials take as long as twice as many sums."""
    counts: list[int] = []
    monkeypatch.setattr(
        nest_code,
        "bounds_of",
        lambda *a, f=nest_code.bounds_of: counts.append(len(b := f(*a))) or b,
    )
    x = np.ones(1 << 15, np.float32)
    for function, parts in ((lambda x: x + 1, 1), (lambda x: np.exp(x) + 1, 4)):
        counts.clear()
        np.testing.assert_allclose(lg.jit(function, backend="cpu")(x), function(x), rtol=1e-6)
        assert counts == [parts]


def test_threads_that_ask_at_once_get_one_piece_of_machine_code():
    """An address from a library that a cache does not keep would outlive the library."""
    made: list[int] = []
    meet = threading.Barrier(4)

    @threads.made_once
    def make(key: int) -> object:
        made.append(key)
        sleep(0.02)
        return object()

    def ask(_: int) -> object:
        meet.wait()
        return make(1)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(4)))
    assert made == [1] and all(x is found[0] for x in found)


def test_threads_load_a_dialect_of_the_backends_once(monkeypatch: pytest.MonkeyPatch):
    backends.context.cache_clear()
    ctx, meet, load = backends.context(), threading.Barrier(4), Context.load_op

    def slowly(self: Context, op: type[Operation]) -> None:
        sleep(0.001)
        load(self, op)

    monkeypatch.setattr(Context, "load_op", slowly)

    def ask(_: int) -> object:
        meet.wait()
        return ctx.get_op("math.sin")

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
