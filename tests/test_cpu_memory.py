"""What makes the backend `cpu` fast, where it could go wrong: pooled memory, parts, kept code."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering import cache_files
from letgrad.lowering.cpu import machine
from letgrad.lowering.cpu.memory import LARGE, Pool

random = np.random.default_rng(0)
X = random.standard_normal((50, 7))
PLACES = random.integers(-3, 12, 50)
NANS = X.copy()
NANS[3, 2] = NANS[9, 2] = np.nan
NANS[5] = 1.0


def agree(f, *args, tolerance: float = 1e-12) -> None:
    found, expected = (lg.jit(f, backend=name)(*args) for name in ("cpu", "numpy"))
    for a, b in zip(*(x if isinstance(x, tuple) else (x,) for x in (found, expected))):
        assert np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("x", [X, X.astype(np.float32), (100 * X).astype(np.int64), X[:0]])
@pytest.mark.parametrize(
    "f",
    [
        lambda x, p: lg.scatter((10,), x, lambda i: p[i]),
        lambda x, p: lg.scatter((10,), x, lambda i, j: p[i] + j),
        lambda x, p: lg.scatter((10, 4), x, lambda i: (p[i], p[i] - 5)),
        lambda x, p: lg.scatter((10, 4), x * x, lambda i, j: (p[i], j)),
        lambda x, p: lg.scatter((), x, lambda i: ()),
        lambda x, p: lg.scatter((0,), x, lambda i: i),
    ],
)
def test_scatters_into_any_places(f, x):
    agree(f, x, PLACES[: len(x)], tolerance=1e-5 if x.dtype == np.float32 else 1e-12)


def test_large_scatters_do_not_depend_on_threads(monkeypatch: pytest.MonkeyPatch):
    from letgrad.lowering.cpu import split

    x = random.standard_normal((5_000, 64))
    p = random.integers(-1, 40, len(x))
    results = []
    for n in (1, 2, 3):
        monkeypatch.setattr(split, "thread_count", lambda n=n: n)
        results.append(
            lg.jit(lambda x, p: lg.scatter((40,), x, lambda i: p[i]), backend="cpu")(x, p)
        )
    assert all(np.array_equal(r, results[0]) for r in results)
    expected = np.zeros((40, 64))
    np.add.at(expected, p, x)  # -1 is the last row, as in NumPy
    np.testing.assert_allclose(results[0], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("x", [X, NANS, NANS.astype(np.float32), (3 * X).astype(np.int32), X > 0])
def test_positions_of_extremes(x):
    agree(lambda x: (np.argmax(x, axis=0), np.argmin(x, axis=1)), x)


@pytest.mark.parametrize("spec", ["ij,j->i", "ij,i->j", "ij,ij->", "ij,ij->ji", "ij,j->ji"])
def test_products_that_are_loops(spec):
    y = random.standard_normal(7 if ",j-" in spec else 50)
    agree(lambda x, y: np.einsum(spec, x, y), X, X if ",ij" in spec else y)


def test_sums_in_parts():
    """Over everything, along each dimension, and together with what is stored."""
    x = random.standard_normal((700, 1000))
    sums = lambda x: (np.sum(x), np.sum(x, axis=0), np.sum(x, axis=1), np.max(x, axis=0))  # noqa: E731
    agree(sums, x, tolerance=1e-10)
    agree(lambda x: (np.sum(x), np.any(x > 3), np.all(x < 3), np.min(x), x + 1), x, tolerance=1e-10)


def test_results_are_not_overwritten():
    """Not while the caller has them, or a view of them; and two of them never share memory."""
    x = random.standard_normal((100, 1000))
    f = lg.jit(lambda x: (x * 2, x * 2, x + 1), backend="cpu")
    kept = [f(x + k) for k in range(4)]
    view = f(x)[0][3:5]
    f(x + 9)
    assert np.array_equal(view, 2 * x[3:5])
    for k, results in enumerate(kept):
        assert np.array_equal(results[0], 2 * (x + k)) and np.array_equal(results[2], x + k + 1)
        assert not np.shares_memory(results[0], results[1])


def test_calls_at_the_same_time_have_frames_of_their_own():
    def f(x):
        y = np.cumsum(np.sin(x), axis=0)
        return np.cumsum(np.exp(y) @ x.T, axis=1), np.sum(y)

    compiled = lg.jit(f, backend="cpu")
    given = [random.standard_normal((40, 40)) / 40 for _ in range(8)]
    expected = [compiled(x) for x in given]
    wrong: list[int] = []

    def work(k: int) -> None:
        for _ in range(50):
            found = compiled(given[k])
            if not all(np.array_equal(a, b) for a, b in zip(found, expected[k])):
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_free_blocks_are_used_again_and_given_back():
    pool = Pool(limit=4 * LARGE)
    a = pool.empty((LARGE,), np.int8, LARGE)
    place = a.__array_interface__["data"][0]
    assert place % 64 == 0
    b = a[1:]
    del a
    assert pool.empty((LARGE,), np.int8, LARGE).__array_interface__["data"][0] != place
    del b
    assert pool.empty((LARGE,), np.int8, LARGE).__array_interface__["data"][0] == place
    pool.clear()
    assert pool.total == 0


def test_kept_code_is_used_and_a_damaged_file_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("LETGRAD_CACHE", raising=False)
    monkeypatch.setenv("LETGRAD_CACHE_DIR", str(tmp_path))
    made = []
    monkeypatch.setattr(
        machine, "_compiled", lambda *a, f=machine._compiled: made.append(1) or f(*a)
    )

    def run() -> None:
        assert lg.jit(lambda x: x * 3 + 1, backend="cpu")(np.float64(2.0)) == 7

    run()
    # The nest, and the function that calls it.
    files = sorted(tmp_path.iterdir())
    assert len(files) == 2
    run()
    assert len(made) == 2
    for file in files:
        file.write_bytes(file.read_bytes()[:-8])
        run()
    assert len(made) == 4
    monkeypatch.setenv("LETGRAD_CACHE", "0")
    run()
    assert len(made) == 6 and sorted(tmp_path.iterdir()) == files


def test_the_oldest_files_of_a_full_cache_go(tmp_path: Path):
    for k in range(6):
        for ending in ("o", "program"):
            (tmp_path / f"{k}a.{ending}").touch()
            os.utime(tmp_path / f"{k}a.{ending}", (100 + (k - 2) % 6, 100 + (k - 2) % 6))
    cache_files.forget_oldest(tmp_path / "1a.o", 2)  # one file in sixteen looks for others
    assert len(list(tmp_path.iterdir())) == 12
    cache_files.forget_oldest(tmp_path / "0a.o", 4)
    assert sorted(x.name for x in tmp_path.glob("*.o")) == ["0a.o", "1a.o", "4a.o", "5a.o"]
    assert len(list(tmp_path.glob("*.program"))) == 6
