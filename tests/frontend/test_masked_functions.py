"""Orders, running sums, parts and joins of the elements that a traced mask chose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg

RNG = np.random.default_rng(1)


def results(x: Any) -> list[Any]:
    p = x[x > -0.3]
    s = np.sort(p)
    return [
        s[0], s[-1], s[1:3].sum(), np.median(p), np.percentile(p, 30), np.quantile(p, 0.8),
        np.quantile(p, [0.1, 0.5]), np.cumsum(p)[-1], np.cumsum(p).sum(), np.cumprod(p)[2],
        (np.diff(p) ** 2).sum(), np.argmax(p), p[np.argmin(p)], p.argmax(), np.ptp(p),
        np.where(p > 0.5, p, -p).sum(), np.where(p > 0.5, 1.0, p).sum(), np.clip(p, 0, 0.5).sum(),
        np.concatenate([p, x.ravel()[:2]]).sum(), np.concatenate([x.ravel()[:2], p])[1:4].sum(),
        np.hstack([p, p])[::2].sum(), np.append(p, 3.0).mean(), p.clip(min=0.1).mean(),
        np.linalg.norm(p), np.average(p), p[1:].sum(), p[:-1].sum(), p[::2].sum(), p[::-1][0],
        p[-2:].sum(), p[1:][::-1][1], s[::-1][:2].sum(), p[s.size - 1],
        ((p[1:] - p[:-1]) ** 2).sum(), np.maximum(x[x > -0.3], x[x == x.max()]).sum(),
    ]  # fmt: skip


@pytest.mark.parametrize("shape", [(9,), (3, 4)], ids=str)
def test_results_are_those_of_numpy(shape: tuple[int, ...]) -> None:
    x = RNG.standard_normal(shape)
    for found, expected in zip(lg.jit(results)(x), results(x)):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_integers_nan_and_no_elements() -> None:
    def several(x: Any, n: Any) -> list[Any]:
        p, q = x[x != 1.0], n[n > 2]
        return [np.median(p), np.sort(p).sum(), np.median(q), np.sort(q)[-1], q[1:].sum()]

    n = np.array([5, 1, 3, 4])
    for x in ([3.0, np.nan, 1.0], [2.0, 1.0, 5.0]):
        found = lg.jit(several)(np.array(x), n)
        for f, expected in zip(found, several(np.array(x), n)):
            np.testing.assert_array_equal(f, expected)
            assert f.dtype == expected.dtype
    assert np.isnan(lg.jit(lambda x: np.median(x[x > 9]))(np.ones(3)))
    assert lg.jit(lambda x: np.cumsum(x[x > 9]).sum())(np.ones(3)) == 0


def test_a_gradient() -> None:
    """A trimmed mean and the range between quartiles."""

    def trimmed(x: Any) -> Any:
        y = x[np.abs(x - np.mean(x)) < np.std(x)]
        middle = np.median(y)
        near = y[np.abs(y - middle) < 2 * np.median(np.abs(y - middle))]
        return near.mean() + np.percentile(near, 75) * np.cumsum(y)[1]

    x = RNG.standard_normal(12)
    d = RNG.standard_normal(12)
    slope = (trimmed(x + 1e-6 * d) - trimmed(x - 1e-6 * d)) / 2e-6
    np.testing.assert_allclose(lg.grad(trimmed)(x) @ d, slope, rtol=1e-6)


@pytest.mark.parametrize(
    "f",
    [
        lambda p: p[::-2],
        lambda p: np.sort(p, axis=1),
        lambda p: np.quantile(p, 0.5, method="lower"),
        lambda p: np.diff(p, 2),
        lambda p: np.vstack([p, p]),
        lambda p: np.vstack([p]),
        lambda p: np.concatenate([p, p], axis=None),
    ],
)
def test_others_are_errors(f: Any) -> None:
    with pytest.raises(TypeError, match=r"test_masked_functions.py:\d+: .*traced mask"):
        lg.trace(lambda x: f(x[x > 0]), np.ones(5))


def test_rows_beside_each_other() -> None:
    """np.hstack put rows of matrices one below the other, as np.vstack does."""

    def beside(x: Any) -> Any:
        rows, others = x[x[:, 0] > 2], x[x[:, 1] > 5]
        return np.hstack([rows, 2 * rows]).sum(axis=0), np.hstack([rows[:, 0], others[:, 1]]).sum()

    x = np.arange(12.0).reshape(4, 3)
    for found, expected in zip(lg.jit(beside)(x), beside(x), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)

    def two_masks(x: Any) -> Any:
        return np.hstack([x[x[:, 0] > 2], x[x[:, 1] > 5]]).sum(axis=0)

    with pytest.raises(TypeError, match=r"test_masked_functions.py:\d+: "):
        lg.trace(two_masks, x)


def test_axes_of_joined_parts() -> None:
    """The axis -1 of vectors is the axis 0, and was an error."""

    def joined(x: Any) -> Any:
        part, rows = x[x > 2], x[x[:, 0] > 2]
        more = np.concatenate([rows, x], axis=-2), np.append(rows, x, axis=-2)
        return np.cumsum(np.concatenate([part, x[0]], axis=-1))[3], *(m.sum(axis=0) for m in more)

    x = np.arange(12.0).reshape(4, 3)
    for found, expected in zip(lg.jit(joined)(x), joined(x), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    with pytest.raises(
        np.exceptions.AxisError, match=r"test_masked_functions.py:\d+: axis 1 is out"
    ):
        lg.trace(lambda x: np.concatenate([x[x > 0], x], axis=1), np.ones(5))
    with pytest.raises(TypeError, match=r"test_masked_functions.py:\d+: .*traced mask"):
        lg.trace(lambda x: np.concatenate([x[x[:, 0] > 2], x], axis=-1), x)
