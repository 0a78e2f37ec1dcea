"""
Our own series of special functions, for vectors of the CPU: against mpmath over the whole range,
and SciPy's functions where numbers are infinite or NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad import scipy as lg_scipy
from letgrad.lowering.cpu import backend, loop_code, machine, special_series

mp: Any = pytest.importorskip("mpmath", reason="mpmath is an extra").mp
scipy_special: Any = pytest.importorskip("scipy.special", reason="SciPy is an extra")

pytestmark = pytest.mark.skipif(
    not machine.vector_functions(), reason="this machine has no vectors of 256 bits"
)

COUNT = 48
RANDOM = np.random.default_rng(1)


def even(low: float, high: float, count: int = COUNT) -> np.ndarray:
    return RANDOM.uniform(low, high, count)


def powers(low: float, high: float, count: int = COUNT) -> np.ndarray:
    """Numbers of all sizes."""
    return np.exp(RANDOM.uniform(np.log(low), np.log(high), count))


def _upper(q: Any, near: float) -> Any:
    """The inverse of erfc, by Newton's method on its logarithm."""
    y = mp.mpf(near)
    for _ in range(7):
        e = mp.erfc(y)
        y += mp.log(e / q) * e * mp.sqrt(mp.pi) / 2 * mp.exp(y * y)
    return y


def _erfcinv(q: Any) -> Any:
    if q == 1:
        return mp.mpf(0)
    if q > 1:
        return -_erfcinv(2 - q)
    return _upper(q, 0.5 if q > 0.1 else float(mp.sqrt(-mp.log(q))))


def _erfinv(x: Any) -> Any:
    return mp.erfinv(x) if abs(x) < 0.9 else _erfcinv(1 - x)


SIDES = np.concatenate([even(-20, 20), even(-690, 690), powers(1e-9, 1)])
HALF_LINE = np.concatenate([even(0.01, 6), powers(1e-9, 600)])
WAVES = np.concatenate([even(0.01, 30), powers(1e-9, 1e4)])
PROBABILITIES = np.concatenate([even(0, 1), powers(1e-307, 1), 1 - powers(1e-16, 0.1)])
BELOW_1 = np.concatenate([even(-3, 1), 1 - powers(1e-16, 1), -powers(1e-5, 1e9)])

GAMMA = np.concatenate([even(0.5, 8.5), even(-0.5, 0.5), even(8.5, 171.6), even(-20, -0.5)])
SMALL = np.concatenate([powers(1e-300, 1), -powers(1e-9, 0.5)])

CASES: dict[str, tuple[Callable[[Any], Any], np.ndarray]] = {
    "erfinv": (_erfinv, np.concatenate([PROBABILITIES, -PROBABILITIES])),
    "erfcinv": (_erfcinv, 2 * PROBABILITIES),
    "ndtri": (lambda p: -mp.sqrt(2) * _erfcinv(2 * p), PROBABILITIES),
    "erfcx": (lambda x: mp.exp(x * x) * mp.erfc(x), np.concatenate([even(-26, 30), even(-2, 2)])),
    "erfc": (mp.erfc, np.concatenate([even(-6, 26.4), even(-1, 1)])),
    "ndtr": (lambda x: mp.erfc(-x / mp.sqrt(2)) / 2, np.concatenate([even(-37, 8), even(-1, 1)])),
    "log_ndtr": (
        lambda x: (
            mp.log1p(-mp.erfc(x / mp.sqrt(2)) / 2)
            if x > 0
            else mp.log(mp.erfc(-x / mp.sqrt(2)) / 2)
        ),
        np.concatenate([even(-40, 37), even(-1, 1), -powers(1, 1e3), powers(1e-9, 1)]),
    ),
    "i0": (lambda x: mp.besseli(0, x), SIDES),
    "i1": (lambda x: mp.besseli(1, x), SIDES),
    "i0e": (lambda x: mp.besseli(0, x) * mp.exp(-abs(x)), SIDES),
    "i1e": (lambda x: mp.besseli(1, x) * mp.exp(-abs(x)), SIDES),
    "k0": (lambda x: mp.besselk(0, x), HALF_LINE),
    "k1": (lambda x: mp.besselk(1, x), HALF_LINE),
    "k0e": (lambda x: mp.besselk(0, x) * mp.exp(x), HALF_LINE),
    "k1e": (lambda x: mp.besselk(1, x) * mp.exp(x), HALF_LINE),
    "j0": (lambda x: mp.besselj(0, x), np.concatenate([WAVES, -WAVES])),
    "j1": (lambda x: mp.besselj(1, x), np.concatenate([WAVES, -WAVES])),
    "y0": (lambda x: mp.bessely(0, x), WAVES),
    "y1": (lambda x: mp.bessely(1, x), WAVES),
    "ellipk": (mp.ellipk, BELOW_1),
    "ellipkm1": (lambda p: mp.ellipk(1 - p), np.concatenate([even(0.01, 3), powers(1e-30, 1e9)])),
    "ellipe": (mp.ellipe, BELOW_1),
    "spence": (
        lambda x: mp.polylog(2, 1 - x).real,
        np.concatenate([even(0.01, 4), powers(1e-9, 1e9), 1 + powers(1e-12, 0.1)]),
    ),
    "dawsn": (
        lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x),
        np.concatenate([even(-6, 6), even(0, 2), even(5, 30), SMALL, powers(30, 1e15)]),
    ),
    "erfi": (mp.erfi, np.concatenate([even(-6, 6), even(0, 2), even(5, 26.6), SMALL])),
    "gamma": (
        mp.gamma,
        # Halves of whole numbers are between the ranges, and 1 / Γ(171.7) is subnormal.
        np.concatenate([GAMMA, powers(1e-300, 1), np.arange(0.5, 16.5), even(-170, -20)]),
    ),
    "rgamma": (
        mp.rgamma,
        np.concatenate([GAMMA, SMALL, np.arange(0.5, 16.5), even(-170, -20)]),
    ),
    "gammaln": (
        lambda x: mp.re(mp.loggamma(x)),
        np.concatenate(
            [
                even(0.5, 8.5),
                SMALL,
                1 + SMALL * 0.4,
                2 + SMALL * 0.4,
                powers(8.5, 1e300),
                np.arange(0.5, 16.5),
                even(-2, 0),
            ]
        ),
    ),
    "psi": (
        mp.digamma,
        np.concatenate(
            [
                even(1, 8),
                even(-0.45, 1),
                powers(8, 1e300),
                SMALL,
                1.4616321449683622 + SMALL * 0.3,
                np.arange(1.0, 17.0),
                even(-30, -0.75),
            ]
        ),
    ),
}
"""The function in many digits, and where the test asks for it."""

WAVE = ("j0", "j1", "y0", "y1")
UNITS = 6
"""The greatest error in units of the last place. Most are below 3; SciPy has up to 8 of `i1`."""


def ours(name: str, x: np.ndarray) -> np.ndarray:
    return lg.jit(lambda x: getattr(lg_scipy.special, name)(x))(x)


def test_every_function_has_a_case():
    assert set(CASES) == set(special_series.FUNCTIONS)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", special_series.FUNCTIONS)
def test_values(name):
    exact, x = CASES[name]
    x = x[: len(x) // 16 * 16]
    with mp.workdps(60):
        wanted = [exact(mp.mpf(float(a))) for a in x]
        values = np.array([float(w) for w in wanted])
        errors = np.array([float(abs(mp.mpf(float(y)) - w)) for y, w in zip(ours(name, x), wanted)])
    allowed = UNITS * np.spacing(np.abs(values))
    if name in WAVE:  # near a zero, a part of the amplitude counts
        allowed = allowed + 4e-16 * np.minimum(1, 1 / np.sqrt(np.abs(x)))
    if name == "psi":  # near a zero below 0, a part of the logarithm counts
        allowed = allowed + 1e-15 * np.where(x < 0, np.log(2 + np.abs(x)), 0)
    worst = np.argmax(errors / allowed)
    assert np.all(errors <= allowed), f"{name}({x[worst]!r}): {errors[worst]} > {allowed[worst]}"


@pytest.mark.parametrize("name", special_series.FUNCTIONS)
def test_ends(name):
    x = np.array([0, -0.0, 1, -1, 2, -2, 0.5, np.inf, -np.inf, np.nan, 5, 8, 700, 712, -700, 27.0])
    with np.errstate(all="ignore"):
        wanted = getattr(scipy_special, name)(x)
    np.testing.assert_allclose(ours(name, x), wanted, rtol=1e-12, atol=1e-14)


def test_loops_call_the_series():
    """SciPy's function loses the digits of x - π/4: its error here is 1e-15."""
    x = np.full(64, 100000.5)
    assert abs(ours("j0", x)[0] - float(mp.besselj(0, mp.mpf(100000.5)))) < 1e-17


def test_float32_is_rounded_once():
    x = np.linspace(0.1, 30, 64, dtype=np.float32)
    for name in ("k0", "j1", "ndtr", "spence"):
        wanted = getattr(scipy_special, name)(x.astype(np.float64)).astype(np.float32)
        found = ours(name, x)
        assert found.dtype == np.float32
        np.testing.assert_array_max_ulp(found, wanted, 1)


def test_vectors_of_256_bits(monkeypatch: pytest.MonkeyPatch):
    """On machines with vectors of 512 bits no other test runs these functions."""
    if "d" not in machine.vector_functions():
        pytest.skip("this machine has no vectors of 256 bits")
    cases = {name: CASES[name][1][: len(CASES[name][1]) // 16 * 16] for name in CASES}
    wide = {name: ours(name, x) for name, x in cases.items()}
    texts: list[str] = []
    definition = special_series.definition
    with monkeypatch.context() as patch:
        for module in (machine, backend, loop_code):
            patch.setattr(module, "vector_functions", lambda: "d")

        def written(*given: Any) -> Any:
            texts.append(f"{given[0]} {given[2]}")
            return definition(*given)

        patch.setattr(special_series, "definition", written)
        for name, x in cases.items():
            narrow = ours(name, x)
            close = np.maximum(4 * np.spacing(abs(wide[name])), 1e-15 if name in WAVE else 0)
            assert np.all(abs(narrow - wide[name]) <= close), name
    assert set(texts) == {f"{name} 4" for name in CASES}


def test_any_length():
    """The numbers behind the last whole vector are SciPy's."""
    for n in (1, 3, 7, 8, 13, 37):
        x = np.linspace(0.1, 9, n)
        np.testing.assert_allclose(ours("k1", x), scipy_special.k1(x), rtol=1e-14)


def test_gamma_below_the_smallest_normal_numbers():
    x = np.linspace(-171.9, -171.1, 16)
    with mp.workdps(60):
        wanted = np.array([float(mp.gamma(mp.mpf(float(a)))) for a in x])
        reciprocals = np.array([float(mp.rgamma(mp.mpf(-float(a)))) for a in x])
    np.testing.assert_allclose(ours("gamma", x), wanted, rtol=1e-14, atol=5e-323)
    np.testing.assert_allclose(ours("rgamma", -x), reciprocals, rtol=1e-14, atol=5e-323)


@pytest.mark.parametrize("name", ["gamma", "rgamma", "gammaln", "psi"])
def test_poles(name):
    """At -1, -2, … as SciPy, also where the whole numbers are far apart; beside, by the formula."""
    poles = -np.concatenate([np.arange(12.0), [170, 171, 1e5, 2.0**52]])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(ours(name, poles), getattr(scipy_special, name)(poles))
    beside = np.nextafter(poles[1:13], 0)[:8]
    with mp.workdps(60):
        exact = [CASES[name][0](mp.mpf(float(a))) for a in beside]
    np.testing.assert_allclose(ours(name, beside), [float(y) for y in exact], rtol=2e-15)


def test_overflow_of_erfi():
    """erfi is finite where exp(x²) is not."""
    x = np.array([26.62, 26.63, 26.64, 26.65, 26.66, 26.7, 26.75, 30.0, 1e200, np.inf] * 2)[:16]
    with mp.workdps(60):
        wanted = [float(mp.erfi(mp.mpf(float(a)))) if a < 40 else np.inf for a in x]
    np.testing.assert_allclose(ours("erfi", x), wanted, rtol=1e-14)
    x = np.concatenate([np.linspace(27, 60, 40), powers(27, 1e300)])
    np.testing.assert_array_equal(
        ours("erfi", np.concatenate([x, -x])), np.repeat([np.inf, -np.inf], len(x))
    )
