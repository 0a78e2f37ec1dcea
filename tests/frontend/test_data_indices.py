"""
Indices that are data count from the end where they are negative, as NumPy's do; beyond, they read 0
and a scatter drops. Indices of comprehensions are used as they are. docs/indices.md has the rule.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg
from letgrad.passes.pipelines import OptimizePass
from letgrad.passes.rewriting import diagnostics
from letgrad.passes.simplify.canonicalize import CanonicalizePass

INTEGERS = (np.int8, np.int16, np.int32, np.int64)
BACKENDS = [
    "numpy",
    "cpu",
    pytest.param(
        "triton",
        marks=pytest.mark.skipif(
            importlib.util.find_spec("triton") is None, reason="Triton has no wheel for this system"
        ),
    ),
]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """That Triton's kernels are interpreted is known here."""
    with diagnostics.handling(lambda diagnostic: None):
        yield


def numbers(*shape: int) -> np.ndarray:
    return np.arange(1.0, np.prod(shape, dtype=int) + 1).reshape(shape)


def expected(t: np.ndarray, i: np.ndarray, axis: int = 0) -> np.ndarray:
    """np.take, with 0 where NumPy raises an error."""
    n = t.shape[axis]
    i = i.astype(np.int64)
    found = np.take(t, np.clip(i, -n, n - 1), axis)
    inside = (-n <= i) & (i < n)
    return found * inside.reshape((*i.shape, *[1] * (t.ndim - axis - 1)))


def every(n: int, kind: Any) -> np.ndarray:
    """Indices on both sides of a dimension of size n, and the ends of the dtype."""
    ends = np.iinfo(kind)
    near = [k for k in range(-n - 2, n + 2) if ends.min <= k <= ends.max]
    return np.array([*near, ends.min, ends.min + 1, ends.max], kind)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", INTEGERS)
@pytest.mark.parametrize("n", [1, 3, 200])
def test_every_place(backend: str, kind: Any, n: int):
    """200 elements are more than int8 has numbers: the sum of an index and a size must not wrap."""
    t, i = numbers(n, 2), every(n, kind)
    f = lg.jit(
        lambda t, i: (
            t[i],
            t.T[:, i],
            np.take(t, i, axis=0),
            np.take(t, i, axis=0, mode="wrap"),
            np.take(t, i, axis=0, mode="clip"),
            np.take_along_axis(t, np.stack([i, i], 1), 0),
            t[i, i % 2],
        ),
        backend=backend,
    )
    rows = expected(t, i)
    wide = i.astype(np.int64)
    wanted = (
        rows, rows.T, rows, t[wide % n], t[np.clip(wide, 0, n - 1)], rows,
        rows[np.arange(len(i)), wide % 2],
    )  # fmt: skip
    for a, e in zip(f(t, i), wanted, strict=True):
        np.testing.assert_array_equal(a, e)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", INTEGERS)
def test_every_scalar(backend: str, kind: Any):
    t = numbers(3, 4)
    f = lg.jit(
        lambda t, i: (t[i], t[:, i], t[i, i], t[i, 1:], t[[0, 1], i], t[..., i, None]),
        backend=backend,
    )
    for i in every(4, kind):
        rows = expected(t, np.array(i))
        columns = expected(t, np.array(i), 1)
        both = expected(rows, np.array(i))
        wanted = (rows, columns, both, rows[1:], columns[[0, 1]], columns[:, None])
        for a, e in zip(f(t, i), wanted, strict=True):
            np.testing.assert_array_equal(a, e)


TABLE, INDEX = numbers(4, 3), np.array([2, -1, -4, 0, 4, -5, -1])
CASES: dict[str, Callable[[Any, Any], Any]] = {
    "rows": lambda t, i: t[i],
    "columns": lambda t, i: t.T[:, i].T,
    "take": lambda t, i: np.take(t, i, axis=0),
    "method": lambda t, i: t.take(i, axis=0),
    "along": lambda t, i: np.take_along_axis(t, np.stack([i] * 3, 1), 0),
    "scalar": lambda t, i: np.stack([t[i[k]] for k in range(7)]),
    "gather": lambda t, i: lg.gather(7, t, lambda k: i[k]),
    "build": lambda t, i: lg.build(7, lambda k: t[i[k]]),
    "build of elements": lambda t, i: lg.build((7, 3), lambda k, j: t[i[k], j]),
    "vmap": lambda t, i: lg.vmap(lambda k: t[k])(i),
    "vmap of both": lambda t, i: lg.vmap(lambda u, k: u[k])(np.stack([t] * 7), i),
    "scan": lambda t, i: lg.scan(lambda c, k: (c, t[k]), 0.0, i)[1],
    "cond": lambda t, i: lg.cond(i[0] > 0, lambda: t[i], lambda: 0 * t[i]),
    "float16": lambda t, i: t.astype(np.float16)[i].astype(np.float64),
}


def reference(t: np.ndarray) -> np.ndarray:
    return expected(t, INDEX)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_values(name: str, backend: str):
    f = lg.jit(lambda t, i: CASES[name](t, i), backend=backend)
    np.testing.assert_array_equal(f(TABLE, INDEX), reference(TABLE))


@pytest.mark.parametrize("name", CASES)
def test_gradients(name: str):
    """A cotangent goes to the place that was read, and drops where nothing was read."""
    weights = numbers(7, 3)
    wanted = np.zeros((4, 3))
    for k, place in enumerate(INDEX):
        if -4 <= place < 4:
            wanted[place] += weights[k]

    def value(t: Any, i: Any) -> Any:
        return np.sum(CASES[name](t, i) * weights)

    for backend in ("numpy", "cpu"):
        slope = lg.jit(lg.grad(value), backend=backend)(TABLE, INDEX)
        np.testing.assert_allclose(slope, wanted)

    def tangent(t: Any, i: Any) -> Any:
        return lg.jvp(lambda t: CASES[name](t, i), (t,), (t * 2,))[1]

    np.testing.assert_allclose(lg.jit(tangent)(TABLE, INDEX), 2 * reference(TABLE))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_scatter_counts_from_the_end_too(backend: str):
    """The transpose of a gather: what a gather reads outside, a scatter drops."""
    v = numbers(7)

    def f(v: Any, i: Any) -> Any:
        return lg.scatter(4, v, lambda k: i[k])

    wanted = np.zeros(4)
    for k, place in enumerate(INDEX):
        if -4 <= place < 4:
            wanted[place] += v[k]
    np.testing.assert_array_equal(lg.jit(f, backend=backend)(v, INDEX), wanted)
    w = np.array([1.0, 10.0, 100.0, 1000.0])
    slope = lg.jit(lg.grad(lambda v, i: np.sum(f(v, i) * w)), backend=backend)(v, INDEX)
    np.testing.assert_array_equal(slope, expected(w, INDEX))


@pytest.mark.parametrize("backend", BACKENDS)
def test_indices_of_comprehensions_are_used_as_they_are(backend: str):
    f = lg.jit(
        lambda t: (
            lg.build(4, lambda k: t[k - 1]),
            lg.gather(4, t, lambda k: k - 1),
            lg.scatter(4, t, lambda k: k - 1),
            # Data: a conversion, and arithmetic with data.
            lg.build(4, lambda k: t[k.astype(np.int64) - 1]),
            lg.build(4, lambda k: t[k - np.sum(t > 0)]),
        ),
        backend=backend,
    )
    t = np.array([1.0, 2.0, 3.0, 4.0])
    wanted = ([0, 1, 2, 3], [0, 1, 2, 3], [2, 3, 4, 0], [4, 1, 2, 3], [1, 2, 3, 4])
    for a, e in zip(f(t), wanted, strict=True):
        np.testing.assert_array_equal(a, e)


def test_a_dimension_without_elements():
    for backend in ("numpy", "cpu"):
        f = lg.jit(lambda t, i: (t[i], np.take(t, i, axis=0, mode="clip")), backend=backend)
        for part in f(np.zeros((0, 2)), np.array([0, -1, 1])):
            np.testing.assert_array_equal(part, np.zeros((3, 2)))


@pytest.mark.parametrize("kind", [np.uint8, np.uint64])
def test_unsigned_indices_are_constants(kind: Any):
    i = np.array([0, 3, 1], kind)
    for f in (
        lambda t: t[i],
        lambda t: np.take(t, i, axis=0),
        lambda t: np.take(t, i, axis=0, mode="wrap"),
        lambda t: np.take_along_axis(t, i[:, None], 0),
        lambda t: t[i[1]],
        lambda t: lg.gather(1, t, lambda k: i[1]),
    ):
        assert not chooses(lg.trace(f, TABLE))
    np.testing.assert_array_equal(lg.jit(lambda t: np.take(t, i, axis=0))(TABLE), TABLE[i])
    with pytest.raises(IndexError, match="out of bounds"):
        lg.trace(lambda t: np.take(t, np.array([2**64 - 1], np.uint64)), TABLE)


def test_multi_indices_of_small_dtypes():
    i = np.array([5, 100, 127], np.int8)
    f = lg.jit(lambda i: np.unravel_index(i, (3, 300)))
    for a, e in zip(f(i), np.unravel_index(i, (3, 300)), strict=True):
        assert a.dtype == e.dtype
        np.testing.assert_array_equal(a, e)
    back = lg.jit(lambda i, j: np.ravel_multi_index((i, j), (200, 300), mode=("raise", "wrap")))
    wanted = np.ravel_multi_index((i, i), (200, 300), mode=("raise", "wrap"))
    np.testing.assert_array_equal(back(i, i), wanted)


# No cost where the bounds are known.


def ops(module: ModuleOp) -> list[str]:
    return [op.name for op in module.walk()]


def chooses(module: ModuleOp) -> bool:
    return any(name in ("arith.select", "ten.select", "arith.cmpi") for name in ops(module))


FREE: dict[str, Callable[[Any, Any], Any]] = {
    "iota": lambda t, i: t[np.arange(4)],
    "constant": lambda t, i: t[lg.asarray(np.array([3, 1]))[np.argmax(i)]],
    "argmax": lambda t, i: t[np.argmax(i)],
    "argmax along": lambda t, i: t[np.argmax(t, axis=0)],
    "argmin": lambda t, i: np.take(t, np.argmin(t, axis=1)),
    "remainder": lambda t, i: t[i % 4],
    "remainder of a scalar": lambda t, i: t[i[0] % 4],
    "modes": lambda t, i: (np.take(t, i, mode="wrap"), np.take(t, i, mode="clip")),
    "maximum": lambda t, i: t[np.maximum(i, 0)],
    "clip": lambda t, i: t[np.clip(i, 0, 3)],
    "mask": lambda t, i: t[(i > 0).astype(np.int32)],
    "count": lambda t, i: t[np.sum(i > 0)],
    "running count": lambda t, i: t[np.cumsum(i > 0)],
    "bits": lambda t, i: t[i & 3],
    "quotient": lambda t, i: t[np.argmax(i) // 2],
    "product": lambda t, i: t[np.argmax(i) * 2],
    "take along": lambda t, i: np.take_along_axis(t, np.argmax(t, axis=0)[None], 0),
    "scatter": lambda t, i: lg.scatter(4, i, lambda k: lg.asarray(np.arange(7)[::-1].copy())[k]),
    "comprehension": lambda t, i: lg.build(4, lambda k: t[k - 1]),
    "stop_gradient": lambda t, i: t[lg.stop_gradient(np.argmax(i))],
    "reshape": lambda t, i: t[np.reshape(np.stack([np.argmax(i), np.argmin(i)]), (2, 1))],
}


@pytest.mark.parametrize("name", FREE)
def test_traces_without_a_choice(name: str):
    module = lg.trace(FREE[name], TABLE, INDEX)
    assert not chooses(module), module


LATER: dict[str, Callable[[Any, Any], Any]] = {
    "where": lambda t, i: t[np.where(i > 0, 1, 2)],
    "argsort": lambda t, i: t[np.argsort(t[:, 0])],
    "sort": lambda t, i: t[np.sort(np.argmax(t, axis=1))],
    "searchsorted": lambda t, i: t[np.searchsorted(t[:, 0], t[0])],
    "rows of a loop": lambda t, i: lg.scan(lambda c, k: (c, t[k]), 0.0, np.arange(4))[1],
    "carried": lambda t, i: lg.fold(lambda c, x: np.minimum(c + 1, 3), 0, t),
}


@pytest.mark.parametrize("name", LATER)
def test_compiles_without_a_choice(name: str):
    """The choice of an index that a loop computes goes when the loop is whole."""
    module = lg.trace(LATER[name], TABLE, INDEX)
    CanonicalizePass().apply(Context(), module)
    from_end = [op for op in module.walk() if op.name == "arith.select" and "index" in str(op)]
    assert not from_end, module


def test_data_pays_for_one_choice():
    """The tests above can fail."""
    module = lg.trace(lambda t, i: t[i], TABLE, INDEX)
    assert chooses(module)
    OptimizePass().apply(Context(), module)
    assert ops(module).count("arith.select") == 1


FUSED = {
    "permutation": lambda t, i: t[np.arange(4)[::-1].copy()],
    "iota": lambda t, i: t[lg.build(4, lambda k: k)],
    "shifted": lambda t, i: lg.build((3, 3), lambda k, j: t[k + 1, j]),
    "windows": lambda t, i: t[lg.build((2, 2), lambda k, j: k + j)],
    "remainder": lambda t, i: t[lg.build(4, lambda k: k) % 4],
}


@pytest.mark.parametrize("name", FUSED)
def test_gathers_at_known_places_are_layouts(name: str):
    module = lg.trace(FUSED[name], TABLE, INDEX)
    OptimizePass().apply(Context(), module)
    assert not chooses(module), module
    if name != "windows":
        assert "ten.gather" not in ops(module), module
