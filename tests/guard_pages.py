"""
A script: programs on the backend `cpu` whose buffers end, or begin, at a page that may not be
touched. An access outside of a buffer ends the process.

    python guard_pages.py programs|all_programs|overrun

`overrun` reads one element too many, to show that it would be seen.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Callable, Sequence
from typing import Any

import generators  # type: ignore[import-not-found]  # beside this script
import numpy as np

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.cpu import frames
from letgrad.lowering.reference import Evaluator

PAGE = mmap.PAGESIZE
libc = ctypes.CDLL(None, use_errno=True)
libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


class Guarded:
    """Arrays whose first byte follows, or whose last byte precedes, a page of no access."""

    def __init__(self, at_end: bool):
        self.at_end = at_end
        self.made = 0
        self.kept: list[mmap.mmap] = []

    def empty(self, shape: Any, dtype: Any = float, **ignored: Any) -> np.ndarray:
        sizes = shape if isinstance(shape, tuple | list) else (shape,)
        dtype = np.dtype(dtype)
        count = int(np.prod(sizes, dtype=np.int64))
        length = -(-max(count * dtype.itemsize, 1) // PAGE) * PAGE
        memory = mmap.mmap(-1, length + 2 * PAGE)
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        for page in (address, address + PAGE + length):
            if libc.mprotect(page, PAGE, 0):
                raise OSError(ctypes.get_errno(), "mprotect")
        self.kept.append(memory)
        self.made += 1
        offset = PAGE + (length - count * dtype.itemsize if self.at_end else 0)
        return np.frombuffer(memory, dtype, count, offset).reshape(sizes)

    def copy(self, array: Any) -> Any:
        if not isinstance(array, np.ndarray):
            return array
        result = self.empty(array.shape, array.dtype)
        result[...] = array
        return result


results_made = 0
"""How many arrays the backend made in guarded memory."""

views_made = 0
"""How many intermediate values were in guarded memory."""


def run_guarded(at_end: bool, compiled: Callable[..., Any], *args: Any) -> tuple[Any, ...]:
    """
    Call with guarded arguments, and guarded memory wherever `np.empty` is called and for each view
    of the arena.
    """
    global results_made, views_made
    guarded = Guarded(at_end)
    inputs = [guarded.copy(x) for x in args]
    before, plain, view = guarded.made, np.empty, frames.view
    places: dict[Any, np.ndarray] = {}

    def guarded_view(block: Any, offset: int, size: tuple[int, ...], dtype: Any) -> np.ndarray:
        global views_made
        # What is written in place has to be the memory of what was read there.
        key = offset, size, dtype
        if key not in places:
            places[key] = guarded.empty(size, dtype)
        views_made += 1
        return places[key]

    compiled.frames.idle.clear()  # type: ignore[attr-defined]
    frames.view = guarded_view
    np.empty = guarded.empty  # type: ignore[assignment]
    try:
        results = compiled(*inputs)
    finally:
        np.empty = plain
        frames.view = view
    results_made += guarded.made - before
    return tuple(np.array(r) for r in results)


def anywhere(rng: np.random.Generator, n: int, dtype: Any) -> np.ndarray:
    """Indices from all of a type's range, and near the ends of small arrays."""
    limits = np.iinfo(dtype)
    far = rng.integers(limits.min, limits.max, n, dtype=dtype, endpoint=True)
    near = rng.integers(-3, 40, n).astype(dtype)
    return np.where(rng.random(n) < 0.5, far, near)


def moves(n: int) -> Callable[..., Any]:
    """Reads and writes at places p and q, which may be anywhere."""

    def f(x: Any, m: Any, p: Any, q: Any) -> Any:
        return (
            lg.gather(n, x, lambda i: p[i]) * 2,
            lg.gather(n, m, lambda i: p[i]) + m[0],
            lg.build(n, lambda i: m[p[i], q[i]]),
            lg.build(n, lambda i: x[p[i] + n * i]),
            lg.scatter(n, x, lambda i: p[i]),
            lg.scatter(n, m, lambda i: p[i]),
        )

    return f


def layouts(x: Any, m: Any) -> Any:
    return (
        np.pad(x, 3),
        x[::-1],
        x[1:],
        np.concatenate([x, x[:1], x]),
        m.T,
        np.stack([m, m]),
        m.T.reshape(-1),
        np.roll(m, 1, 1),
        *((m.any(0), m.all(1)) if m.dtype == bool else (m.sum(0), m.max(1))),
    )


def convolution(x: Any, w: Any) -> Any:
    n = x.shape[0]
    return lg.build(n, lambda i: sum(x[i + k - 1] * w[k] for k in range(3))), np.exp(x) * x.sum()


def cases(rng: np.random.Generator, sizes: Sequence[int]) -> Any:
    """Python functions with arguments."""
    numbers = (np.float64, np.float32, np.int64, np.int32, np.int16, np.int8)
    for n in sizes:
        for k, dtype in enumerate((*numbers, np.bool_)):
            x = rng.integers(0, 2 if dtype == np.bool_ else 5, n).astype(dtype)
            m = rng.integers(0, 2 if dtype == np.bool_ else 5, (n, 3)).astype(dtype)
            yield layouts, (x, m)
            if dtype != np.bool_:
                index = (np.int64, np.int32, np.int8)[k % 3]
                yield moves(n), (x, m, anywhere(rng, n, index), anywhere(rng, n, index))
        yield convolution, (rng.normal(size=n), rng.normal(size=3))


def programs(sizes: Sequence[int] = (7,), seeds: int = 10) -> None:
    rng = np.random.default_rng(0)
    for k, (f, args) in enumerate(cases(rng, sizes)):
        traced = lg.jit(f).traced(*args)
        expected = Evaluator(traced.module).call(traced.entry, args)
        compiled = backends.compile("cpu", traced.module, traced.entry)
        for at_end in (False, True):
            results = run_guarded(at_end, compiled, *args)
            for a, b in zip(results, expected, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-5, err_msg=f"case {k}")
    ops = ["ten.gather", "ten.index", "ten.scatter", "ten.pad", "ten.slice", "ten.concat"]
    for seed in range(seeds):
        module = generators.random_program(seed, [*ops, "ten.reshape", "ten.build", "ten.sum"])
        args = generators.arguments(module, seed)
        compiled = backends.compile("cpu", module, "main")
        for at_end in (False, True):
            run_guarded(at_end, compiled, *args)
    assert results_made > 75 * len(sizes), f"only {results_made} results were guarded"
    assert views_made > seeds, f"only {views_made} intermediate values were guarded"


def all_programs() -> None:
    programs((1, 7, 16, 33), 30)


def overrun() -> None:
    memory = Guarded(True).empty(5, np.float64)
    outside = ctypes.cast(memory.__array_interface__["data"][0], ctypes.POINTER(ctypes.c_double))
    print(outside[5])


if __name__ == "__main__":
    {"programs": programs, "all_programs": all_programs, "overrun": overrun}[sys.argv[1]]()
