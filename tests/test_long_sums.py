"""
Long sums of float32 keep their digits, along every axis, on every backend: the sum of 10⁷ equal
elements is within 1e-6 of the true sum.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu import long_sums, machine, nest_layout
from letgrad.lowering.triton import tiles

pytestmark = pytest.mark.sampled(2)

N = 10**7
NEAR = 1e-6

SUMS: dict[str, tuple[tuple[int, ...], Callable[[Any], Any]]] = {
    "sum": ((N,), np.sum),
    "an odd number": ((N - 1,), np.sum),
    "mean": ((N,), np.mean),
    "product": ((N,), lambda x: x @ x),
    "einsum": ((N,), lambda x: np.einsum("i,i,i->", x, x, x)),
    "of squares": ((N // 5, 5), lambda x: np.sum(x * x)),
    "of a function": ((N,), lambda x: np.sum(np.exp(x))),
    "of a function without vectors": ((N // 10,), lambda x: np.sum(np.fmod(x, 0.3))),
    "first axis": ((N // 4, 4), lambda x: np.sum(x, 0)),
    "first axis, long rows": ((N // 1000, 1000), lambda x: np.sum(x, 0)),
    "first axis, rows too long for blocks": ((1000, 10_000), lambda x: np.sum(x, 0)),
    "last axis": ((4, N // 4), lambda x: np.sum(x, 1)),
    "last axis of a transposed array": ((N // 4, 4), lambda x: np.sum(x.T, 1)),
    "middle axis": ((2, N // 10, 5), lambda x: np.sum(x, 1)),
    "middle axis, long rows": ((2, N // 1000, 500), lambda x: np.sum(x, 1)),
    "outer axes": ((N // 20, 4, 5), lambda x: np.sum(x, (0, 2))),
    "some of a padded array": ((N // 4, 4), lambda x: np.sum(np.pad(x, ((3, 0), (0, 0))), 0)),
    "matrix times vector": ((4, N // 4), lambda x: x @ x[0]),
    "vector times matrix": ((N // 4, 4), lambda x: x[:, 1] @ x),
    "of rows": ((N // 10, 10), lambda x: np.sum(np.max(x, 1) + np.sum(x * x, 1))),
    "gradient of a broadcast number": ((N,), lambda x: lg.grad(lambda s: np.sum(s * x))(x[0])),
    "gradient of a broadcast row": (
        (N // 10, 10),
        lambda x: lg.grad(lambda s: np.sum(np.exp(x * s - np.max(x, 1, keepdims=True))))(x[0]),
    ),
}


@pytest.mark.parametrize("name", SUMS)
def test_ten_million_equal_elements(name):
    """All values are exact but for the sum, so float64 gives the true sum."""
    shape, f = SUMS[name]
    element = np.float32(0.7310586)
    found = lg.jit(f, backend="cpu")(np.full(shape, element))
    expected = lg.jit(f, backend="cpu")(np.full(shape, element, np.float64))
    assert found.dtype == np.float32
    # Elementwise functions of float32 have an error of their own.
    near = NEAR if "function" not in name and "gradient of a broadcast row" != name else 2 * NEAR
    np.testing.assert_allclose(found, expected, rtol=near)


@pytest.mark.parametrize("f", [np.sum, lambda x: np.sum(np.sqrt(x)), lambda x: np.sum(x[::-1])])
def test_ten_million_of_any_element(f):
    """Some elements lose more digits than others: each addition rounds in the same direction."""
    run = lg.jit(f, backend="cpu")
    for element in np.random.default_rng(0).uniform(1, 4, 8).astype(np.float32) ** 2:
        one = f(np.array([element])).astype(float)
        np.testing.assert_allclose(run(np.full(N, element)), N * one, rtol=NEAR)


def everything(x: Any) -> Any:
    """Results of all kinds of one nest: only the sums of float32 are in blocks."""
    wide = x.astype(np.float64)
    return np.sum(x), np.max(x), np.min(2 * x), np.any(x > 2), np.sum(wide), 3 * x, np.mean(x * x)


@pytest.mark.parametrize("n", [8193, 8255, 12_288, 65_537, 1_000_003])
def test_sums_beside_other_results(n):
    x = np.random.default_rng(0).uniform(0.1, 1, n).astype(np.float32)
    x[n // 3] = 2.5
    for f in (everything, lambda x: everything(np.pad(x, (5, 9))), lambda x: everything(x[::-1])):
        for found, expected in zip(lg.jit(f, backend="cpu")(x), f(x.astype(float)), strict=True):
            np.testing.assert_allclose(found, expected, rtol=3e-7)


def leaves(found: Any) -> tuple[Any, ...]:
    return found if isinstance(found, tuple) else (found,)


ROWS: dict[str, Callable[[Any], Any]] = {
    "of squares": lambda s: np.sum(s**2),
    "of rows": lambda s: np.sum(s * np.max(s, 1, keepdims=True), 0),
    "and the rows": lambda s: s / np.sqrt(np.sum(s * s, 1, keepdims=True)),
    "and the rows and all": lambda s: (s, np.sum(s), np.sum(np.exp(s), 1)),
}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("shape", [(256, 3, 8), (2000, 5, 4), (300, 150, 3), (64, 5, 300)])
def test_sums_of_short_sums(name, shape):
    """
    A nest in common loops adds few elements to a row, and the next nest reads the row in the same
    turn. The many turns together are no long sum.
    """
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    run = lg.jit(lambda x: ROWS[name](np.sum(x, 1)), backend="cpu")
    for found, expected in zip(leaves(run(x)), leaves(run(x.astype(float))), strict=True):
        scale = np.max(np.abs(expected))
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * scale)


@pytest.mark.parametrize("name", ["sum", "einsum", "first axis", "middle axis", "outer axes"])
def test_in_the_reference(name):
    shape, f = SUMS[name]
    shape = tuple(n // 10 if n > 1000 else n for n in shape)
    x = np.full(shape, np.float32(0.7310586))
    expected = lg.jit(f, backend="numpy")(x.astype(np.float64))
    np.testing.assert_allclose(lg.jit(f, backend="numpy")(x), expected, rtol=1e-7)


def test_strict_sums_add_one_element_after_the_other():
    x = np.full(10**6, np.float32(0.1))
    found = lg.jit(np.sum, backend="cpu", strict=True)(x)
    assert found == np.cumsum(x)[-1]


@pytest.mark.parametrize("threads", ["1", "3"])
def test_infinities_nans_and_digits_in_blocks(threads, monkeypatch):
    """A sum that is infinite stays infinite: its rounding error is no number, and counts as 0."""
    monkeypatch.setenv("LETGRAD_NUM_THREADS", threads)
    run = lg.jit(lambda x: (np.sum(x), np.sum(x.reshape(-1, 4), 0), np.sum(x.reshape(4, -1), 1)))
    x = np.full(2**20, np.float32(0.25))
    for sums in run(x):
        assert np.all(sums == x.size / 4 / np.size(sums))
    for place in (0, 77_777, 2**20 - 1):
        for value in (np.inf, -np.inf, np.nan):
            y = x.copy()
            y[place] = value
            for sums, there in zip(run(y), (0, place % 4, place // 2**18)):
                np.testing.assert_equal(np.ravel(sums)[there], np.float32(value))
                assert np.sum(np.isfinite(sums)) == np.size(sums) - 1
    random = np.random.default_rng(0)
    y = random.standard_normal(2**20).astype(np.float32)
    for sums, axis in zip(run(y), (None, 0, 1)):
        z = y.astype(float).reshape({None: (-1,), 0: (-1, 4), 1: (4, -1)}[axis])
        np.testing.assert_allclose(sums, z.sum(axis), atol=1e-3)


def blocks_in(f: Callable[..., Any], *args: Any) -> list[long_sums.Blocks | None]:
    """The blocks of the nests of a program."""
    found: list[long_sums.Blocks | None] = []

    def noted(*given: Any) -> long_sums.Blocks | None:
        found.append(long_sums.blocks_of(*given))
        return found[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nest_layout, "blocks_of", noted)
        lg.jit(f, backend="cpu")(*args)
    return found


def test_remarks_know_the_loop_of_the_elements_alone():
    with lg.remarks() as found:
        lg.jit(lambda x: np.sum(x * x), backend="cpu")(np.ones(10**5, np.float32))
    said = [r.text for r in found if r.rule == "vectorize"]
    assert len(said) == 1 and said[0].startswith("LLVM: vectorized loop"), said


def test_short_sums_have_no_blocks():
    """No more than 128 additions to one number."""
    lanes = long_sums.LANES * (2 if "e" in machine.vector_functions() else 1)
    assert blocks_in(np.sum, np.ones(128 * lanes, np.float32)) == [None]
    assert blocks_in(lambda x: np.sum(x, 0), np.ones((128, 50), np.float32)) == [None]
    assert blocks_in(np.sum, np.ones(10**6)) == [None], "float64 has digits to spare"
    assert blocks_in(np.max, np.ones(10**6, np.float32)) == [None]
    (blocks,) = blocks_in(np.sum, np.ones(10**6, np.float32))
    assert blocks is not None and blocks.length == long_sums.BLOCK * lanes
    assert blocks.by_calls and blocks.vectors == long_sums.VECTORS
    (blocks,) = blocks_in(lambda x: np.sum(x, 0), np.ones((1000, 50), np.float32))
    assert blocks is not None and blocks.length == long_sums.BLOCK
    (blocks,) = blocks_in(lambda x: np.sum(x, 0), np.ones((1000, 20_000), np.float32))
    assert blocks is None, "too much for the stack: parts of the loop are the blocks"


TILES = [
    ((N,), (0,)),
    ((N // 4, 4), (0,)),
    ((4, N // 4), (1,)),
    ((2, N // 10, 5), (1,)),
    ((N // 1000, 1000), (0,)),
    ((N // 20, 4, 5), (0, 2)),
    ((3000, N // 3000), (1,)),
    ((10, N // 100, 10), (0, 1)),
    ((300, 7, N // 2100), (0, 2)),
]


@pytest.mark.parametrize("sizes, dims", TILES)
def test_a_gpu_adds_few_elements_to_one_number(sizes, dims):
    """
    A program adds its steps one after the other to a tile. Trees join the tile and the programs.
    """

    def moves(loops):
        """How an array with these loops moves along all loops."""
        found, stride = [0] * len(sizes), 1
        for d in reversed(loops):
            found[d], stride = stride, stride * sizes[d]
        return tuple(found), 0

    kept = [d for d in range(len(sizes)) if d not in dims]
    outputs = tiles.Outputs([frozenset(kept)], [False])
    axes = tiles.plan(sizes, [moves(range(len(sizes))), moves(kept)], outputs)
    reduced = [axis for axis in axes if set(axis.loops) <= set(dims)]
    assert reduced and prod(axis.steps for axis in reduced) <= 16
