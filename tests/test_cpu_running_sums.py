"""Running sums on the backend `cpu`, along each dimension: the bits of NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg

PLACES = [
    ((5, 7), 0), ((3, 4, 5), 0), ((3, 4, 5), 1), ((3, 4, 5), 2), ((40, 33), 0), ((1, 3), 0),
    ((0, 4), 0), ((4, 0), 0), ((4, 0, 3), 0), ((6,), 0),
]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.int32, np.int8, np.bool_])
def test_as_numpy(dtype: Any) -> None:
    for shape, d in PLACES:
        x = (20 * np.random.default_rng(2).standard_normal(shape)).astype(dtype)
        found, wanted = lg.jit(lambda x, d=d: np.cumsum(x, axis=d))(x), np.cumsum(x, axis=d)
        assert (found.dtype, found.tobytes()) == (wanted.dtype, wanted.tobytes()), (shape, d)


def test_special_values_and_other_layouts() -> None:
    x = np.array([[-0.0, np.inf, 1.0, np.nan], [-0.0, -np.inf, 1e308, 2.0]] * 3)
    run = lg.jit(lambda x: np.cumsum(x, axis=0))
    np.testing.assert_array_equal(run(x), np.cumsum(x, axis=0))
    assert np.all(np.signbit(run(x)[:, 0]))
    np.testing.assert_array_equal(run(x[::-1, ::2]), np.cumsum(x[::-1, ::2], axis=0))
    out = np.empty((4, 6))
    run(np.ones((4, 6)), out=out)
    np.testing.assert_array_equal(out[:, 0], [1.0, 2.0, 3.0, 4.0])
