"""Powers by constant exponents are products. They keep signs, infinities, NaNs and digits."""

import numpy as np
import pytest

import letgrad as lg

EXPONENTS = (3, 4, 5, 7, 8, 9, 12, 31, 64, -2, -3, -7, -33, 1.5, 2.5, 7.5, -0.5, -1.5, -2.5)
UNITS = {
    "float64": lambda n: 1 + abs(n) * (0.75 if n > 0 else 1.5),
    "float32": lambda n: 8.0,
    "float16": lambda n: 1.0,
}
"""By dtype: how many units in the last place a power may be off."""


@pytest.mark.sampled(2)
@pytest.mark.parametrize("backend", ["cpu", "triton"])
@pytest.mark.parametrize("dtype", UNITS)
@pytest.mark.parametrize("n", EXPONENTS)
def test_a_power_is_as_numpy_has_it(n: float, dtype: str, backend: str) -> None:
    limits = np.finfo(dtype)
    rng = np.random.default_rng(0)
    usual = rng.normal(size=500) * 10.0 ** rng.uniform(-3, 3, size=500)
    ends = [
        0.0,
        1.0,
        np.inf,
        float(limits.smallest_subnormal),
        float(limits.tiny),
        float(limits.max),
    ]
    with np.errstate(all="ignore"):
        x = np.concatenate([usual, ends, np.negative(ends), [np.nan]]).astype(dtype)
        want = np.power(x.astype(np.longdouble), n).astype(dtype)
    got = lg.jit(lambda x: np.power(x, n), backend=backend)(x)
    assert np.array_equal(np.isnan(got), np.isnan(want))
    assert np.array_equal(np.signbit(got[~np.isnan(got)]), np.signbit(want[~np.isnan(want)]))
    with np.errstate(all="ignore"):
        distance = np.abs(got.astype(np.longdouble) - want)
        unit = np.spacing(np.abs(want)).astype(np.longdouble)
    off = np.where((got == want) | np.isnan(want), 0, distance / unit)
    assert off.max() <= UNITS[dtype](n), (x[off.argmax()], got[off.argmax()], want[off.argmax()])


@pytest.mark.parametrize("backend", ["cpu", "triton"])
@pytest.mark.parametrize("dtype", UNITS)
@pytest.mark.parametrize("least, most", [(0, 5), (-3, 8), (-9, 64)])
def test_powers_of_a_table(least: int, most: int, dtype: str, backend: str) -> None:
    """x ** arange has a product for each bit of the largest exponent."""
    n = np.arange(least, most + 1)
    x = np.array([0.0, -0.0, 1.0, -1.25, 0.7, 3.0, np.inf, -np.inf, np.nan]).astype(dtype)
    with np.errstate(all="ignore"):
        want = np.power(x[:, None].astype(np.longdouble), n).astype(dtype)
    f = lg.jit(lambda x: x[:, None] ** n.astype(dtype), backend=backend)
    tolerance, least_number = 100 * float(np.finfo(dtype).eps), float(np.finfo(dtype).tiny)
    np.testing.assert_allclose(f(x), want, rtol=tolerance, atol=least_number)
    odd = want[np.isfinite(want)]
    assert np.array_equal(np.signbit(f(x)[np.isfinite(want)]), np.signbit(odd))


def test_the_gradient_of_powers_of_a_table() -> None:
    c, t = np.array([1.0, -2.0, 0.5, 3.0]), np.array([0.0, -1.5, 2.0])

    def f(t):
        return ((t[:, None] ** np.arange(4)) @ c).sum()

    got = lg.jit(lg.grad(f), backend="cpu")(t)
    np.testing.assert_allclose(got, c[1] + 2 * c[2] * t + 3 * c[3] * t**2, rtol=1e-14)
