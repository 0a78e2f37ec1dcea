"""Values, derivatives to second order, batches, machine code: on NumPy's arrays and traced ones."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import letgrad as lg
import special_functions as sf

RANDOM = np.random.default_rng(0)
X = 2 * RANDOM.standard_normal((3, 5))
IDS = np.array([0, 0, 2])
Q, K, V = (RANDOM.standard_normal(sizes) for sizes in ((4, 3), (5, 3), (5, 2)))


def plain_attention(q, k, v):
    """The same in NumPy's words."""
    scores = q @ k.T / math.sqrt(q.shape[1])
    weights = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    return weights / np.sum(weights, axis=1, keepdims=True) @ v


PLAIN = {
    "erfc": (lambda x: sf.erfc(x), lambda x: np.vectorize(math.erfc)(x)),
    "softplus": (lambda x: sf.softplus(x), lambda x: np.logaddexp(0, x)),
    "logsumexp": (
        lambda x: sf.logsumexp(x, axis=0),
        lambda x: np.logaddexp.reduce(x, axis=0),
    ),
    "sorted_segment_sum": (
        lambda x: sf.sorted_segment_sum(x, IDS, 4),
        lambda x: np.stack([x[IDS == s].sum(axis=0) for s in range(4)]),
    ),
    "attention": (lambda x: sf.attention(x, x, x), lambda x: plain_attention(x, x, x)),
}
NAMES = list(PLAIN)


@pytest.mark.parametrize("name", NAMES)
def test_values(name: str):
    function, plain = PLAIN[name]
    np.testing.assert_allclose(function(X), plain(X), rtol=1e-13)
    for backend in ("numpy", "cpu"):
        np.testing.assert_allclose(lg.jit(function, backend=backend)(X), plain(X), rtol=1e-13)


def loss(name: str):
    """A scalar of the function with no symmetry in it, and another function outside."""
    weights = np.cos(np.arange(60.0))

    def scalar(x):
        y = PLAIN[name][0](x).reshape(-1)
        return (np.sin(y) * weights[: y.size]).sum()

    return scalar


@pytest.mark.parametrize("name", NAMES)
def test_derivatives_to_second_order(name: str):
    f, dx, h = loss(name), RANDOM.standard_normal(X.shape), 1e-5
    slope = lg.jit(lg.grad(f))
    value = lg.jit(f)
    difference = (value(X + h * dx) - value(X - h * dx)) / (2 * h)
    np.testing.assert_allclose(np.sum(slope(X) * dx), difference, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(lg.jvp(f, (X,), (dx,))[1], difference, rtol=1e-6, atol=1e-8)
    difference = (slope(X + h * dx) - slope(X - h * dx)) / (2 * h)
    np.testing.assert_allclose(lg.hvp(f, (X,), (dx,)), difference, rtol=1e-5, atol=1e-7)
    # Reverse over reverse is as good as forward over reverse.
    twice = lg.grad(lambda x: (lg.grad(f)(x) * dx).sum())(X)
    np.testing.assert_allclose(twice, difference, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_batches(name: str):
    function = PLAIN[name][0]
    many = RANDOM.standard_normal((2, *X.shape))
    expected = np.stack([function(x) for x in many])
    np.testing.assert_allclose(lg.vmap(function)(many), expected, rtol=1e-12)
    slopes = np.stack([lg.grad(loss(name))(x) for x in many])
    np.testing.assert_allclose(lg.vmap(lg.grad(loss(name)))(many), slopes, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        lg.build(2, lambda i: function(lg.asarray(many)[i])), expected, rtol=1e-12
    )


def test_scalars_in_index_regions():
    """An op with an element rule may stand where indices are computed."""
    x = np.array([0.1, 3.0, -1.0])

    def read(x):
        return lg.gather(3, x, lambda i: ((3 * sf.erfc(x[i])).astype(np.int64),))

    places = (3 * np.vectorize(math.erfc)(x)).astype(int)
    expected = [x[p] if p < 3 else 0.0 for p in places]
    for backend in ("numpy", "cpu"):
        np.testing.assert_array_equal(lg.jit(read, backend=backend)(x), expected)


@pytest.mark.parametrize("sizes", [(0, 5), (1, 1), (1, 0)])
def test_empty_and_single(sizes: tuple[int, int]):
    x = np.zeros(sizes)
    assert sf.erfc(x).shape == sizes
    with np.errstate(divide="ignore"):
        expected = np.log(np.sum(np.exp(x), axis=1))
    np.testing.assert_array_equal(lg.jit(lambda x: sf.logsumexp(x, axis=1))(x), expected)
    y = lg.jit(sf.attention)(np.ones((2, sizes[1])), x, x)
    assert y.shape == (2, sizes[1]) and not np.any(y)


def test_large_arguments():
    x = np.array([1000.0, -1000.0, np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(lg.jit(sf.softplus)(x), [1000, 0, np.inf, 0, np.nan])
    np.testing.assert_array_equal(lg.jit(sf.erfc)(x), [0, 2, 0, 2, np.nan])
    np.testing.assert_array_equal(sf.logsumexp([1000.0, 1000.0]), 1000 + np.log(2))
    small = lg.jit(sf.erfc)(np.array([5.0, 10.0, 20.0]))
    np.testing.assert_allclose(small, [math.erfc(v) for v in (5, 10, 20)], rtol=1e-12)


def test_errors_name_the_line_of_the_caller():
    with pytest.raises(ValueError, match=r"test_special_functions\.py:\d+: special\.attention: q"):
        lg.trace(lambda q: sf.attention(q, K[:2], V), Q)
    module = lg.trace(lambda x: sf.softplus(x), X)
    op = module.body.block.first_op.body.block.first_op
    assert op.location.filename.data == __file__


BEFORE = """
func.func @erfc(%x: tensor<3xf64>) -> tensor<3xf64> {
  %one = arith.constant dense<1.0> : tensor<3xf64>
  %e = math.erf %x : tensor<3xf64>
  %y = arith.subf %one, %e : tensor<3xf64>
  func.return %y : tensor<3xf64>
}
func.func @one_minus_erf_from_the_right_stays(%x: f64) -> f64 {
  %one = arith.constant 1.0 : f64
  %e = math.erf %x : f64
  %y = arith.subf %e, %one : f64
  func.return %y : f64
}
func.func @softplus(%x: f64) -> f64 {
  %e = math.exp %x : f64
  %y = math.log1p %e : f64
  func.return %y : f64
}
func.func @logsumexp(%x: tensor<2x4xf64>) -> tensor<4xf64> {
  %e = math.exp %x : tensor<2x4xf64>
  %s = ten.sum %e dims [0] : tensor<2x4xf64> -> tensor<4xf64>
  %y = math.log %s : tensor<4xf64>
  func.return %y : tensor<4xf64>
}
"""
AFTER = r"""erfc = \x -> special.erfc x
one_minus_erf_from_the_right_stays = \x -> erf x - 1.0
softplus = \x -> special.softplus x
logsumexp = \x -> special.logsumexp x {dims = array<i64: 0>}
"""


def test_raise(tmp_path: Path):
    (tmp_path / "f.mlir").write_text(BEFORE)
    command = [Path(sys.executable).with_name("letgrad-opt"), "f.mlir", "--check-semantics"]
    out = subprocess.run(
        [*command, "-p", "special-raise,canonicalize", "-t", "terms"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert out.stdout == AFTER
