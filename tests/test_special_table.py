"""
The table of special functions: values and slopes of each function against mpmath, on all backends.

A function without an entry in `EXACT` fails the first test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from xdsl.dialects import func

import letgrad as lg
from letgrad.dialects import ten
from letgrad.lowering import backends
from letgrad.lowering.reference import special_library
from letgrad.lowering.triton.expressions import SPECIAL
from letgrad.passes.rewriting.diagnostics import LetgradError

pytestmark = pytest.mark.sampled(8)

mp: Any = pytest.importorskip("mpmath", reason="mpmath is an extra").mp
scipy_special: Any = pytest.importorskip("scipy.special", reason="SciPy is an extra")


def _inverse(f: Callable[..., Any], guess: Callable[..., Any]) -> Callable[..., Any]:
    """The inverse in the last parameter, by Newton's method in many digits from SciPy's value."""

    def inverse(*given: Any) -> Any:
        *xs, y = given
        return mp.findroot(lambda t: f(*xs, t) - y, mp.mpf(float(guess(*map(float, given)))))

    return inverse


def _betainc(a: Any, b: Any, x: Any) -> Any:
    return mp.betainc(a, b, 0, x, regularized=True)


def _gammainc(a: Any, x: Any) -> Any:
    return mp.gammainc(a, 0, x, regularized=True)


def _t(n: Any, t: Any) -> Any:
    rest = _betainc(n / 2, mp.mpf(1) / 2, n / (n + t * t)) / 2
    return rest if t < 0 else 1 - rest


def _log_normal(x: Any) -> Any:
    return mp.log(mp.erfc(-x / mp.sqrt(2)) / 2)


def _mixture(c: Any, share: Callable[[int], Any]) -> Any:
    """Σ share(j) over a Poisson number j of mean c / 2"""
    return mp.exp(-c / 2) * sum((c / 2) ** j / mp.factorial(j) * share(j) for j in range(60))


EXACT: dict[str, Callable[..., Any]] = {
    "expit": lambda x: 1 / (1 + mp.exp(-x)),
    "log_expit": lambda x: -mp.log(1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "logit": lambda x: mp.log(x / (1 - x)),
    "xlogy": lambda x, y: x * mp.log(y),
    "xlog1py": lambda x, y: x * mp.log(1 + y),
    "entr": lambda x: -x * mp.log(x),
    "rel_entr": lambda x, y: x * mp.log(x / y),
    "kl_div": lambda x, y: x * mp.log(x / y) - x + y,
    "huber": lambda d, x: d * (abs(x) - d / 2),
    "pseudo_huber": lambda d, x: d * d * (mp.sqrt(1 + (x / d) ** 2) - 1),
    "boxcox": lambda x, p: (x**p - 1) / p,
    "boxcox1p": lambda x, p: ((1 + x) ** p - 1) / p,
    "inv_boxcox": lambda y, p: (1 + p * y) ** (1 / p),
    "inv_boxcox1p": lambda y, p: (1 + p * y) ** (1 / p) - 1,
    "exprel": lambda x: (mp.exp(x) - 1) / x,
    "cosm1": lambda x: mp.cos(x) - 1,
    "erfc": lambda x: mp.erfc(x),
    "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
    "erfi": lambda x: mp.erfi(x),
    "dawsn": lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x),
    "erfinv": lambda x: mp.erfinv(x),
    "erfcinv": lambda x: mp.erfinv(1 - x),
    "ndtr": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "log_ndtr": _log_normal,
    "ndtri": lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1),
    "ndtri_exp": _inverse(_log_normal, lambda y: scipy_special.ndtri_exp(y)),
    "owens_t": lambda h, a: (
        mp.quad(lambda t: mp.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a]) / (2 * mp.pi)
    ),
    "gamma": lambda x: mp.gamma(x),
    "gammaln": lambda x: mp.re(mp.loggamma(x)),
    "rgamma": lambda x: mp.rgamma(x),
    "psi": lambda x: mp.digamma(x),
    "zeta": lambda s, q: mp.zeta(s, q),
    "beta": lambda a, b: mp.beta(a, b),
    "betaln": lambda a, b: mp.log(mp.beta(a, b)),
    "binom": lambda n, k: mp.binomial(n, k),
    "poch": lambda x, m: mp.rf(x, m),
    "gammainc": _gammainc,
    "gammaincc": lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True),
    "gammaincinv": _inverse(_gammainc, lambda a, p: scipy_special.gammaincinv(a, p)),
    "gammainccinv": _inverse(
        lambda a, x: 1 - _gammainc(a, x), lambda a, p: scipy_special.gammainccinv(a, p)
    ),
    "betainc": _betainc,
    "betaincc": lambda a, b, x: 1 - _betainc(a, b, x),
    "betaincinv": _inverse(_betainc, lambda a, b, p: scipy_special.betaincinv(a, b, p)),
    "betainccinv": _inverse(
        lambda a, b, x: 1 - _betainc(a, b, x), lambda a, b, p: scipy_special.betainccinv(a, b, p)
    ),
    "stdtr": _t,
    "chndtr": lambda x, n, c: mp.nsum(
        lambda j: mp.exp(-c / 2) * (c / 2) ** j / mp.factorial(j) * _gammainc(n / 2 + j, x / 2),
        [0, mp.inf],
    ),
    "ncx2_sf": lambda x, n, c: _mixture(
        c, lambda j: mp.gammainc(n / 2 + j, x / 2, mp.inf, regularized=True)
    ),
    "ncfdtr": lambda a, b, c, x: _mixture(
        c, lambda j: mp.betainc(a / 2 + j, b / 2, 0, a * x / (b + a * x), regularized=True)
    ),
    "ncf_sf": lambda x, a, b, c: _mixture(
        c, lambda j: mp.betainc(a / 2 + j, b / 2, a * x / (b + a * x), 1, regularized=True)
    ),
    "nctdtr": lambda n, c, t: (
        mp.quad(
            lambda s: mp.ncdf(t * s / mp.sqrt(n) - c) * s ** (n - 1) * mp.exp(-s * s / 2),
            [0, mp.sqrt(n) / 3, mp.sqrt(n), mp.sqrt(n) + 3, mp.sqrt(n) + 14],
        )
        / (2 ** (n / 2 - 1) * mp.gamma(n / 2))
    ),
    "stdtrit": _inverse(_t, lambda n, p: scipy_special.stdtrit(n, p)),
    "j0": lambda x: mp.besselj(0, x),
    "j1": lambda x: mp.besselj(1, x),
    "y0": lambda x: mp.bessely(0, x),
    "y1": lambda x: mp.bessely(1, x),
    "i0": lambda x: mp.besseli(0, x),
    "i1": lambda x: mp.besseli(1, x),
    "i0e": lambda x: mp.exp(-abs(x)) * mp.besseli(0, x),
    "i1e": lambda x: mp.exp(-abs(x)) * mp.besseli(1, x),
    "k0": lambda x: mp.besselk(0, x),
    "k1": lambda x: mp.besselk(1, x),
    "k0e": lambda x: mp.exp(x) * mp.besselk(0, x),
    "k1e": lambda x: mp.exp(x) * mp.besselk(1, x),
    "jv": lambda v, x: mp.besselj(v, x),
    "yv": lambda v, x: mp.bessely(v, x),
    "iv": lambda v, x: mp.besseli(v, x),
    "kv": lambda v, x: mp.besselk(v, x),
    "ive": lambda v, x: mp.exp(-abs(x)) * mp.besseli(v, x),
    "kve": lambda v, x: mp.exp(x) * mp.besselk(v, x),
    "expi": lambda x: mp.ei(x),
    "exp1": lambda x: mp.e1(x),
    "spence": lambda x: mp.re(mp.polylog(2, 1 - x)),
    "ellipk": lambda m: mp.ellipk(m),
    "ellipkm1": lambda p: mp.ellipk(1 - p),
    "ellipe": lambda m: mp.ellipe(m),
    "hyp0f1": lambda b, x: mp.hyp0f1(b, x),
    "hyp1f1": lambda a, b, x: mp.hyp1f1(a, b, x),
    "hyp2f1": lambda a, b, c, x: mp.hyp2f1(a, b, c, x),
    "hyperu": lambda a, b, x: mp.hyperu(a, b, x),
    "ellipkinc": lambda p, m: mp.ellipf(p, m),
    "ellipeinc": lambda p, m: mp.ellipe(p, m),
    "expn": lambda n, x: mp.expint(n, x),
    "struve": lambda v, x: mp.struveh(v, x),
    "modstruve": lambda v, x: mp.struvel(v, x),
    "airy_ai": lambda x: mp.airyai(x),
    "airy_aip": lambda x: mp.airyai(x, 1),
    "airy_bi": lambda x: mp.airybi(x),
    "airy_bip": lambda x: mp.airybi(x, 1),
    "sici_si": lambda x: mp.si(x),
    "sici_ci": lambda x: mp.ci(x),
    "shichi_shi": lambda x: mp.shi(x),
    "shichi_chi": lambda x: mp.chi(x),
    "fresnel_s": lambda x: mp.fresnels(x),
    "fresnel_c": lambda x: mp.fresnelc(x),
    "ellipj_sn": lambda u, m: mp.ellipfun("sn", u, m=m),
    "ellipj_cn": lambda u, m: mp.ellipfun("cn", u, m=m),
    "ellipj_dn": lambda u, m: mp.ellipfun("dn", u, m=m),
    "ellipj_ph": lambda u, m: mp.quad(lambda t: mp.ellipfun("dn", t, m=m), [0, u]),
}

CASES = [
    (name, k)
    for name, row in ten.FUNCTIONS.items()
    for k, slope in enumerate(row.slopes)
    if slope is not None
]
WITHOUT = [
    (name, k)
    for name, row in ten.FUNCTIONS.items()
    for k, slope in enumerate(row.slopes)
    if slope is None
]


def function(name: str) -> Callable[..., Any]:
    return lambda *xs: lg.apply(lambda *vs: ten.SpecialOp(name, *vs), *xs)


def points(name: str, shape: tuple[int, ...] = (3,), dtype: Any = np.float64) -> list[np.ndarray]:
    random = np.random.default_rng(sum(map(ord, name)))
    domain = ten.FUNCTIONS[name].domain
    return [random.uniform(low, high, shape).astype(dtype) for low, high in domain]


def exact(name: str, xs: list[np.ndarray], order: tuple[int, ...] | None = None) -> np.ndarray:
    """The value, or a derivative, in 40 digits."""
    with mp.workdps(40):
        found = []
        for at in zip(*(x.astype(np.float64).ravel() for x in xs)):
            place = tuple(mp.mpf(float(x)) for x in at)
            if order is None:
                found.append(float(mp.re(EXACT[name](*place))))
            else:
                found.append(float(mp.re(mp.diff(EXACT[name], place, order))))
    return np.array(found).reshape(xs[0].shape)


def orders(name: str, k: int, n: int) -> tuple[int, ...]:
    return tuple(n * (j == k) for j in range(len(ten.FUNCTIONS[name].parameters)))


def along(f: Callable[..., Any], xs: list[np.ndarray], k: int) -> np.ndarray:
    """The derivative by parameter k in forward mode."""
    return lg.jvp(lambda x: f(*xs[:k], x, *xs[k + 1 :]), (xs[k],), (np.ones_like(xs[k]),))[1]


def test_the_table_and_the_references_have_the_same_functions():
    assert set(EXACT) == set(ten.FUNCTIONS)
    assert len(EXACT) >= 60


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("name", EXACT)
def test_the_value(name: str, backend: str):
    xs = points(name)
    result = lg.jit(function(name), backend=backend)(*xs)
    np.testing.assert_allclose(result, exact(name, xs), rtol=2e-12)


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("name", EXACT)
def test_small_floats_and_no_elements(name: str, backend: str):
    f = lg.jit(function(name), backend=backend)
    for dtype, error in ((np.float32, 5e-7), (np.float16, 1e-3), (ml_dtypes.bfloat16, 8e-3)):
        xs = points(name, (2, 3), dtype)
        result = f(*xs)
        wide = function(name)(*(x.astype(np.float64) for x in xs))
        assert result.dtype == dtype
        np.testing.assert_allclose(result.astype(np.float64), wide, rtol=error, atol=error / 10)
    assert f(*points(name, (0, 2))).shape == (0, 2)


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("name", ["kl_div", "rel_entr"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_entropies_of_numbers_that_are_near_each_other(name: str, dtype: Any, backend: str):
    """Their logarithm of x / y has its digits, and so do the slopes by x, which contain it."""
    y = np.array([0.3, 1.0, 7.0, 1e30, 1e-30], dtype)[:, None]
    steps = np.array([-0.5, -0.3, -0.2, -1e-2, -1e-4, 1e-6, 1e-3, 0.1, 0.26, 0.6, 0.7], dtype)
    x, y = np.broadcast_arrays(y * (1 + steps), y)
    error = 16 * np.finfo(dtype).eps
    found = lg.jit(function(name), backend=backend)(x, y)
    least = float(np.finfo(dtype).smallest_subnormal)
    np.testing.assert_allclose(found, exact(name, [x, y]), rtol=error, atol=least)
    slope = lg.grad(lambda x: np.sum(function(name)(x, y)))(x)
    wanted = exact(name, [x, y], (1, 0))
    np.testing.assert_allclose(slope, wanted, rtol=error)


@pytest.mark.sampled(44)
@pytest.mark.parametrize("name, k", CASES)
def test_the_slope_in_both_modes(name: str, k: int):
    xs = points(name)
    slope = exact(name, xs, orders(name, k, 1))
    f = function(name)
    forward = along(f, xs, k)
    backward = lg.grad(lambda *ys: np.sum(f(*ys)), k)(*xs)
    batched = lg.vmap(lg.grad(f, k))(*xs)
    for found in (forward, backward, batched):
        np.testing.assert_allclose(found, slope, rtol=1e-10, atol=1e-14)
    small = [x.astype(np.float32) for x in xs]
    single = lg.grad(lambda *ys: np.sum(f(*ys)), k)(*small)
    wide = lg.grad(lambda *ys: np.sum(f(*ys)), k)(*(x.astype(np.float64) for x in small))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, wide, rtol=2e-5, atol=1e-6)


@pytest.mark.sampled(36)
@pytest.mark.parametrize("name, k", CASES)
def test_the_second_derivative(name: str, k: int):
    xs = points(name, (2,))
    second = exact(name, xs, orders(name, k, 2))
    f = function(name)
    slope = lg.grad(lambda *ys: np.sum(f(*ys)), k)
    found = along(slope, xs, k)
    np.testing.assert_allclose(found, second, rtol=1e-9, atol=1e-12)


FAR: dict[tuple[str, int], list[tuple[float, ...]]] = {
    ("zeta", 0): [(1.0001, 1.0), (20.0, 50.0), (2.5, 1e6), (1.01, 1e-3)],
    ("hyp0f1", 0): [(0.5, -2000.0), (0.5, -8.9), (1.5, 0.0), (0.1, 1000.0)],
    ("hyp1f1", 0): [(0.5, 1.5, -60.0), (2.0, 0.5, -3.9), (30.0, 2.0, 40.0), (1.0, 5.0, 0.0)],
    ("hyp1f1", 1): [(0.5, 1.5, -60.0), (2.0, 0.5, -3.9), (30.0, 2.0, 40.0), (1.0, 5.0, 0.0)],
    ("hyp2f1", 0): [(0.5, 1.0, 1.5, 0.85), (1.0, 2.0, 3.0, -5.0)],
    ("hyp2f1", 2): [(0.5, 1.0, 1.5, 0.85), (1.0, 2.0, 3.0, -5.0)],
    ("ellipkinc", 1): [(1.5, 0.9999), (1.2, 1.0), (1.2, -3000.0), (0.01, -100.0), (10.0, -2.0)],
    ("struve", 0): [
        (0.3, 6.0),
        (-0.7, 20.0),
        (5.0, 90.0),
        (30.0, 60.0),
        (-0.19, 99.0),
        (60.0, 9.0),
    ],
    ("modstruve", 0): [(-1.2, 5.0), (5.0, 90.0), (60.0, 10.0), (-0.3, 1e-3)],
    ("hyperu", 0): [(0.25, 2.7, 20.0), (3.0, -4.0, 2.0), (10.0, 15.0, 1.0), (0.5, 0.5, 300.0)],
    ("hyperu", 1): [(0.25, 2.7, 20.0), (3.0, -4.0, 2.0), (2.0, 30.0, 5.0), (2.0, 1.0, 0.01)],
    ("nctdtr", 0): [(3.5, 0.7, 8.0), (2.2, 3.0, -4.0), (9.0, 10.0, 12.0), (0.7, -1.0, 2.0)],
    ("nctdtr", 1): [(3.5, 0.7, 8.0), (2.2, 3.0, -4.0), (9.0, 10.0, 12.0), (0.7, -1.0, 2.0)],
    ("nctdtr", 2): [(3.5, 0.7, 8.0), (2.2, 3.0, -4.0), (400.0, 2.5, 3.0), (0.2, -1.0, 2.0)],
    ("ellipeinc", 1): [(1.5, 0.9999), (1.2, 1.0), (1.2, -3000.0), (0.01, -100.0), (4.0, 0.7)],
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name, k", FAR)
def test_a_slope_by_a_parameter_where_other_sums_take_over(name: str, k: int):
    xs = [np.array(column) for column in zip(*FAR[name, k])]
    slope = lg.grad(lg.jit(lambda *ys: np.sum(function(name)(*ys)), backend="numpy"), k)(*xs)
    np.testing.assert_allclose(slope, exact(name, xs, orders(name, k, 1)), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("name, k, at", [
    ("zeta", 0, (0.5, 1.0)), ("hyp1f1", 0, (-0.5, 1.0, 2.0)), ("hyp2f1", 1, (3.0, 4.0, 2.0, -0.8)),
    ("ellipkinc", 1, (0.3, 1.5)), ("struve", 0, (1.0, 101.0)), ("modstruve", 0, (-1.5, 1.0)),
    ("hyperu", 0, (-0.5, 1.0, 2.0)), ("nctdtr", 1, (0.3, 1.0, 2.0)),
])  # fmt: skip
def test_a_slope_by_a_parameter_is_no_number_where_no_sum_holds(
    name: str, k: int, at: tuple[float, ...]
):
    assert np.isnan(lg.grad(function(name), k)(*at))


@pytest.mark.parametrize("name, k", WITHOUT)
def test_a_derivative_that_no_formula_has_is_an_error(name: str, k: int):
    parameter = ten.FUNCTIONS[name].parameters[k]
    with pytest.raises(LetgradError, match=f"no derivative of {name} by its parameter {parameter}"):
        lg.grad(lambda *ys: np.sum(function(name)(*ys)), k)(*points(name))


def slope_of(name: str) -> Callable[[float], float]:
    return lg.grad(function(name))


@pytest.mark.parametrize(
    "name, x, slope",
    [
        ("expit", -800.0, 0.0),
        ("expit", 40.0, 4.248354255291589e-18),
        ("log_ndtr", -1e4, 1.00000001e4 - 1e-12),
        ("log_ndtr", 60.0, 0.0),
        ("erfc", 100.0, 0.0),
        # At a pole of Γ and ψ: (1/Γ)' = (-1)^n n! at -n.
        ("rgamma", -2.0, 2.0),
        ("rgamma", 0.0, 1.0),
        ("exprel", 0.0, 0.5),
        ("exprel", 1e-9, 0.5 + 1e-9 / 3),
        ("ellipk", 0.0, np.pi / 8),
        ("i1", 0.0, 0.5),
        ("j1", 0.0, 0.5),
        ("spence", 1.0, -1.0),
        ("psi", -0.5, 8.934802200544679),
    ],
)
def test_slopes_at_places_where_a_naive_formula_has_none(name: str, x: float, slope: float):
    np.testing.assert_allclose(slope_of(name)(x), slope, rtol=1e-13, atol=1e-290)


@pytest.mark.parametrize("name, x, second", [
    ("erfc", 1e200, 0.0), ("log_ndtr", 60.0, 0.0), ("rgamma", 0.0, 2 * np.euler_gamma),
    ("exprel", 0.0, 1 / 3), ("expit", 800.0, 0.0),
])  # fmt: skip
def test_second_derivatives_far_out_and_at_such_places(name: str, x: float, second: float):
    np.testing.assert_allclose(lg.grad(slope_of(name))(x), second, rtol=1e-13, atol=1e-15)


OF_TRITON = [
    name
    for name, row in ten.FUNCTIONS.items()
    if name in SPECIAL or (row.value is not None and "hyp" not in row.value)
]


@pytest.mark.parametrize("name", OF_TRITON)
def test_a_kernel_of_triton(name: str):
    """libdevice's functions, and formulas. The interpreter has SciPy's in place of libdevice's."""
    pytest.importorskip("triton")
    for dtype, error in ((np.float64, 1e-12), (np.float32, 2e-6)):
        xs = points(name, (5,), dtype)
        module = lg.trace(function(name), *xs)
        (entry,) = (op.sym_name.data for op in module.ops if isinstance(op, func.FuncOp))
        (found,) = backends.compile("triton", module, entry)(*xs)
        wide = function(name)(*(x.astype(np.float64) for x in xs))
        np.testing.assert_allclose(found, wide, rtol=error, atol=error / 10)


def test_triton_names_a_function_that_it_does_not_have():
    pytest.importorskip("triton")
    module = lg.trace(function("psi"), lg.spec(3))
    with pytest.raises(LetgradError, match=r"libdevice has no function psi.*backend cpu"):
        backends.compile("triton", module, "lambda")


def test_without_scipy_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    def refuse(name: str, *more: Any) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(special_library.importlib, "import_module", refuse)
    f = function("gammaln")
    for backend in ("numpy", "cpu"):
        with pytest.raises(LetgradError, match=r"gammaln comes from SciPy.*pip install scipy"):
            lg.jit(f, backend=backend)(np.ones(3))
    # A function that has a formula needs no SciPy.
    np.testing.assert_allclose(lg.jit(function("expit"))(np.zeros(3)), 0.5)


def test_a_loop_calls_the_function_without_python():
    """No remark about a function that goes through Python, also where a ufunc's loop is called."""
    for name in ("gammaln", "zeta"):
        with lg.remarks() as report:
            lg.jit(lambda *xs, name=name: function(name)(*xs) * 2.0)(*points(name))
        assert "in Python" not in str(report)
