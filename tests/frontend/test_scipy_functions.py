"""
`letgrad.scipy`: values as SciPy's, and derivatives as differences, of the functions that are made
of other functions. `tests/test_special_table.py` has the special functions of the table.
"""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg

pytest.importorskip("scipy", reason="SciPy is an extra")
import scipy.special
import scipy.stats

import letgrad.scipy.signal as signal
import letgrad.scipy.special as special
import letgrad.scipy.stats as stats
from letgrad.frontend.scipy_functions.distributions import DISTRIBUTIONS, Distribution
from letgrad.frontend.scipy_functions.offers import RULES, UFUNC_RULES
from letgrad.passes.rewriting.diagnostics import LetgradError

pytestmark = pytest.mark.sampled(8)

ANY = np.array([-2.5, -0.5, 0.3, 0.9, 2.0])
POSITIVE = np.array([0.2, 0.5, 1.0, 2.5, 3.0])


@pytest.fixture(autouse=True)
def without_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def differences(f: Callable[..., Any], xs: list[Any], k: int, h: float = 1e-4) -> np.ndarray:
    """The derivative of Σ f by one argument whose elements do not mix, in fourth order."""

    def at(t: float) -> np.ndarray:
        return np.asarray(f(*xs[:k], xs[k] + t, *xs[k + 1 :]))

    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


def slope(f: Callable[..., Any], xs: list[Any], k: int) -> np.ndarray:
    return lg.grad(lambda *ys: np.sum(f(*ys)), k)(*xs)


# Special functions that are made of others.

SPECIAL: dict[str, list[Any]] = {
    "erf": [ANY], "expm1": [ANY], "log1p": [POSITIVE], "cbrt": [POSITIVE], "exp2": [ANY],
    "exp10": [ANY], "powm1": [POSITIVE, ANY], "sinc": [ANY], "sindg": [ANY * 90],
    "cosdg": [ANY * 90], "tandg": [ANY * 40], "cotdg": [ANY * 40],
    "radian": [ANY, ANY, ANY], "digamma": [POSITIVE],
    "loggamma": [POSITIVE], "polygamma": [2, POSITIVE], "zeta": [2.5, POSITIVE],
    "multigammaln": [POSITIVE + 2, 3], "comb": [7.0, POSITIVE], "perm": [POSITIVE + 4, 2.0],
    "factorial": [POSITIVE], "jn": [2, POSITIVE], "yn": [2, POSITIVE], "kn": [2, POSITIVE],
    "chdtr": [2.5, POSITIVE], "chdtrc": [2.5, POSITIVE], "chdtri": [2.5, POSITIVE / 4],
    "gdtr": [POSITIVE, 1.5, POSITIVE], "gdtrc": [POSITIVE, 1.5, POSITIVE],
    "pdtr": [2, POSITIVE], "pdtrc": [2, POSITIVE], "bdtr": [2, 5, POSITIVE / 4],
    "bdtrc": [2, 5, POSITIVE / 4], "nbdtr": [2, 5, POSITIVE / 4], "nbdtrc": [2, 5, POSITIVE / 4],
    "fdtr": [2.5, 3.5, POSITIVE], "fdtrc": [2.5, 3.5, POSITIVE], "eval_legendre": [4, ANY],
    "eval_chebyt": [4, ANY], "eval_chebyu": [3, ANY], "eval_hermite": [3, ANY],
    "eval_hermitenorm": [3, ANY], "eval_laguerre": [4, ANY], "gammasgn": [ANY],
}  # fmt: skip


def test_every_function_of_scipy_special_is_tested():
    untested = {path[8:] for path in RULES if path.startswith("special.")} - set(SPECIAL)
    from letgrad.dialects import ten

    elsewhere = {"softmax", "log_softmax", "logsumexp", "wofz"}  # test_complex_special.py has wofz
    # test_scipy_breadth.py and test_scipy_kinds.py have these.
    elsewhere |= {path[8:] for path, rule in RULES.items() if _is_of_breadth(path, rule)}
    ufuncs = {name for name, row in ten.FUNCTIONS.items() if row.output is None}
    assert untested == (ufuncs - {"zeta"}) | elsewhere


def _is_of_breadth(path: str, rule: Callable[..., Any]) -> bool:
    inner = inspect.unwrap(rule)
    return path.startswith("special.") and inner.__module__.endswith(
        (".more_special", ".bessel_kinds")
    )


@pytest.mark.parametrize("name", SPECIAL)
def test_special(name: str):
    given = SPECIAL[name]
    traced = [k for k, x in enumerate(given) if isinstance(x, np.ndarray)]

    def ours(*xs: Any) -> Any:
        return getattr(special, name)(*_with(given, traced, xs))

    def theirs(*xs: Any) -> Any:
        return getattr(scipy.special, name)(*_with(given, traced, xs))

    xs = [given[k] for k in traced]
    np.testing.assert_allclose(lg.jit(ours)(*xs), theirs(*xs), rtol=1e-11, atol=1e-15)
    # On NumPy's arrays it is SciPy's function, bit for bit.
    np.testing.assert_array_equal(ours(*xs), theirs(*xs))
    for k in range(len(xs)):
        np.testing.assert_allclose(
            slope(ours, xs, k), differences(theirs, xs, k), rtol=1e-7, atol=1e-9
        )


def _with(given: list[Any], traced: list[int], xs: tuple[Any, ...]) -> list[Any]:
    known = dict(zip(traced, xs))
    return [known.get(k, x) for k, x in enumerate(given)]


@pytest.mark.parametrize("name", ["gammaln", "expit", "jn", "erfinv", "zetac"])
def test_scipys_own_ufuncs_take_traced_arrays(name: str):
    f = getattr(scipy.special, name)
    x = np.array([0.25, 0.5])
    xs = (2, x) if name == "jn" else (x,)
    if name not in UFUNC_RULES:
        with pytest.raises(TypeError, match=f"scipy.special.{name} is not supported on traced"):
            lg.jit(lambda x: f(x))(x)
        return
    np.testing.assert_allclose(lg.jit(lambda x: f(*xs[:-1], x))(x), f(*xs), rtol=1e-13)
    single = x.astype(np.float32)
    assert lg.jit(lambda x: f(*xs[:-1], x))(single).dtype == f(*xs[:-1], single).dtype


@pytest.mark.parametrize(
    "how",
    [{}, {"axis": 1}, {"axis": 0, "keepdims": True}, {"axis": (0, 1)}, {"b": 2.0, "axis": 0}],
)
def test_logsumexp(how: dict[str, Any]):
    a = np.array([[0.3, 1.0, -np.inf], [2.0, 3.0, 800.0]])
    result = lg.jit(lambda a: special.logsumexp(a, **how))(a)
    np.testing.assert_allclose(result, scipy.special.logsumexp(a, **how), rtol=1e-14)


def test_logsumexp_with_weights_and_signs():
    a, b = np.array([[0.3, 1.0, 5.0], [2.0, 3.0, 4.0]]), np.array([[1.0, -2.0, 0.0], [3, 1, 1]])
    ours = lg.jit(lambda a, b: special.logsumexp(a, 1, b, return_sign=True))(a, b)
    theirs = scipy.special.logsumexp(a, 1, b, return_sign=True)
    np.testing.assert_allclose(ours, theirs, rtol=1e-14)
    weights = abs(b) + 0.5

    def f(b: Any) -> Any:
        return special.logsumexp(a, None, b)

    # d log Σ b eᵃ = Σ eᵃ db / Σ b eᵃ
    exact = np.exp(a) / np.sum(weights * np.exp(a))
    np.testing.assert_allclose(lg.grad(f)(weights), exact, rtol=1e-13)


# Distributions.

SHAPES: dict[str, tuple[float, ...]] = {
    "t": (3.5,), "chi2": (3.2,), "gamma": (2.3,), "invgamma": (3.3,), "beta": (2.2, 1.7),
    "f": (3.1, 5.2), "lognorm": (0.8,), "pareto": (2.6,), "weibull_min": (1.7,),
    "skewnorm": (1.3,), "gennorm": (1.6,), "vonmises": (1.9,), "poisson": (2.3,),
    "binom": (7, 0.3), "bernoulli": (0.3,), "nbinom": (4.5, 0.4), "geom": (0.3,),
    "betabinom": (6, 1.4, 2.2), "powerlaw": (1.7,), "triang": (0.4,), "loguniform": (0.3, 4.0),
    "reciprocal": (0.3, 4.0), "truncexpon": (2.5,), "truncnorm": (-0.8, 1.9),
    "johnsonsb": (0.4, 1.3), "chi": (2.6,), "invgauss": (0.8,), "fisk": (2.7,), "lomax": (2.6,),
    "genpareto": (0.3,), "gompertz": (0.7,), "nakagami": (1.3,), "rice": (0.8,),
    "exponweib": (1.6, 1.3), "betaprime": (2.2, 3.4), "foldnorm": (0.7,), "gengamma": (1.6, 1.3),
    "burr12": (2.3, 1.6), "loggamma": (1.4,), "genextreme": (0.2,), "laplace_asymmetric": (1.4,),
    "exponnorm": (1.2,), "johnsonsu": (0.4, 1.3), "genlogistic": (1.6,), "weibull_max": (1.7,),
    "dgamma": (1.7,), "dweibull": (1.7,), "skewcauchy": (0.3,), "powernorm": (1.6,),
    "norminvgauss": (1.3, 0.4), "jf_skew_t": (2.2, 1.7), "pearson3": (0.6,), "bradford": (1.4,),
    "rdist": (3.2,), "trapezoid": (0.3, 0.6), "wrapcauchy": (0.4,), "genhalflogistic": (0.3,),
    "alpha": (1.4,), "burr": (2.3, 1.6), "mielke": (2.3, 1.6), "erlang": (3.0,),
    "exponpow": (1.6,), "fatiguelife": (0.8,), "foldcauchy": (0.7,), "genexpon": (0.6, 0.9, 1.3),
    "invweibull": (3.4,), "kappa3": (1.4,), "loglaplace": (2.6,), "powerlognorm": (1.6, 0.8),
    "halfgennorm": (1.6,), "recipinvgauss": (0.8,), "geninvgauss": (0.6, 1.4), "ncx2": (3.2, 0.9),
    "nct": (3.2, 0.9), "ncf": (3.1, 6.2, 1.2),
    "truncpareto": (1.6, 9.0), "truncweibull_min": (1.7, 0.2, 2.1), "randint": (1, 5),
    "planck": (0.6,), "dlaplace": (0.6,), "boltzmann": (0.6, 6), "logser": (0.4,), "zipf": (3.3,),
    "yulesimon": (2.6,), "betanbinom": (4, 2.6, 1.4), "hypergeom": (12, 5, 4),
    "skellam": (2.3, 1.4),
}  # fmt: skip
OF_SHAPES = ("median", "mean", "var", "std", "stats", "support", "entropy")
SCALARS = {name: f for name, f in DISTRIBUTIONS.items() if isinstance(f._own, Distribution)}
REAL = np.array(
    [-np.inf, -5, -2, -1, -0.3, 0, 0.2, 0.4, 0.5, 0.9, 1, 1.5, 3, 8, 20, np.inf, np.nan]
)
WHOLE = np.array([-3, -1, 0, 0.5, 1, 2, 3.0, 4, 6, 7, 8, 20, np.nan, np.inf, -np.inf])
SHARES = np.array([-0.1, 0, 0.02, 0.3, 0.5, 0.9, 0.999, 1, 1.1, np.nan])


def supported(name: str, method: str) -> bool:
    """Whether letgrad has the method, and not an error that names it."""
    shapes = [np.float64(s) for s in SHAPES.get(name, ())]
    arguments = shapes if method in OF_SHAPES else [np.array([0.5]), *shapes]
    try:
        lg.trace(lambda *xs: getattr(getattr(stats, name), method)(*xs), *arguments or [1.0])
    except TypeError as error:
        # The error may name the method that this one is made of.
        assert re.search(rf"scipy.stats.{name}.\w+ is not supported on traced arrays", str(error))
        return False
    return True


@pytest.mark.parametrize("x", [1e-300, 1e-9, 0.3, 3.0])
def test_a_half_normal_has_small_probabilities(x: float):
    """1 - 2 Φ(-x) would be 0 below 1e-16."""
    for method in ("cdf", "logcdf"):
        result = lg.jit(lambda x, m=method: getattr(stats.halfnorm, m)(x))(np.float64(x))
        np.testing.assert_allclose(result, getattr(scipy.stats.halfnorm, method)(x), rtol=1e-13)


FAR_QUANTILES = {
    "isf": [
        "invgamma", "gumbel_r", "exponweib", "gengamma", "burr12", "johnsonsb",
        "laplace_asymmetric", "genlogistic", "mielke", "kappa3", "skewcauchy", "jf_skew_t",
    ],
    "ppf": ["halfnorm", "skewcauchy", "powernorm", "powerlognorm", "foldcauchy"],
}  # fmt: skip


@pytest.mark.parametrize("method", FAR_QUANTILES)
def test_quantiles_far_out_keep_their_digits(method: str):
    """1 - q would have 8 digits of q = 1e-8, and none of 1e-20."""
    share = {"isf": "sf", "ppf": "cdf"}[method]
    q = np.array([0.3, 1e-4, 1e-8, 1e-20])
    for name in FAR_QUANTILES[method]:
        f, shapes = getattr(stats, name), [np.float64(s) for s in SHAPES.get(name, ())]
        x = lg.jit(lambda q, *s, f=f: getattr(f, method)(q, *s), backend="numpy")(q, *shapes)
        back = lg.jit(lambda x, *s, f=f: getattr(f, share)(x, *s), backend="numpy")(x, *shapes)
        # The numbers of johnsonsb lie below 1, where few digits say how far.
        close = 1e-10 if name != "johnsonsb" else 1e-6
        np.testing.assert_allclose(back, q, rtol=close, err_msg=name)


@pytest.mark.parametrize("name, method", [("cosine", "ppf"), ("cosine", "isf"), ("ncx2", "isf")])
def test_quantiles_far_out_are_scipys(name: str, method: str):
    """1 - cdf, and the sum π + y + sin y near -π, had 8 digits of a share of 1e-12."""
    q = np.array([0.3, 1e-3, 1e-6, 1e-9, 1e-12, 1e-15])
    shapes = SHAPES.get(name, ())
    found = lg.jit(lambda q: getattr(getattr(stats, name), method)(q, *shapes))(q)
    wanted = getattr(getattr(scipy.stats, name), method)(q, *shapes)
    np.testing.assert_allclose(found, wanted, rtol=2e-13)


def test_shares_far_out_keep_their_digits():
    x = np.array([-1.0, 0.0, 0.5, 3.0, 14.0, np.inf, np.nan])
    above = lg.jit(lambda x: stats.ncx2.sf(x * abs(x), 3.0, 2.0))(x)
    np.testing.assert_allclose(above, scipy.stats.ncx2.sf(x * abs(x), 3.0, 2.0), rtol=1e-12)
    # SciPy has the share of `rice` as 1 - cdf.
    above = lg.jit(lambda x: stats.rice.sf(x, 1.3))(x)
    np.testing.assert_allclose(above, scipy.stats.ncx2.sf(x * abs(x), 2.0, 1.3**2), rtol=1e-12)


@pytest.mark.parametrize("f, text", [
    (lambda x: stats.norm.rvs(x, size=3), "norm.rvs is not supported .* generator of lg.random"),
    (lambda x: stats.norm.fit(x + np.arange(3.0)), "norm.fit is not .* by lg.value_and_grad"),
    (lambda x: stats.gamma.moment(2, x), "gamma.moment is not supported .* these methods .* pdf, "),
    (lambda x: stats.norm(x).expect(), "norm.expect is not .* letgrad.scipy.integrate.quad"),
    (lambda x: stats.crystalball.pdf(x, 3.0, 2.0), "crystalball.pdf is not .*scipy-coverage"),
    (lambda x: stats.crystalball(3.0, x).pdf(1.0), "crystalball.pdf is not .*scipy-coverage"),
])  # fmt: skip
def test_a_method_without_formula_says_what_to_write(f: Callable[..., Any], text: str):
    """The error told users of letgrad.scipy.stats to use letgrad.scipy.stats."""
    with pytest.raises(TypeError, match=rf"test_scipy_functions.py:\d+: scipy.stats.{text}"):
        lg.jit(f)(1.3)
    assert stats.crystalball.cdf(0.5, 3.0, 2.0) == scipy.stats.crystalball.cdf(0.5, 3.0, 2.0)


def test_zeta_has_all_numbers_also_by_scipys_own_name():
    """SciPy's function calls ufuncs with private names. Below 1, Hurwitz' sum has no value."""
    x = np.array([-20.3, -7.5, -2.0, -1.0, -0.3, 0.0, 0.5, 0.99, 1.0, 1.01, 3.0, np.nan])
    for zeta in (special.zeta, scipy.special.zeta):
        result = lg.jit(lambda x, f=zeta: f(x))(x)
        np.testing.assert_allclose(result, scipy.special.zeta(x), rtol=1e-14, atol=1e-18)
    # ζ'(0) = -log(2π) / 2 and ζ'(-2) = -ζ(3) / (4π²)
    slope = lg.grad(lambda x: np.sum(special.zeta(x)))(np.array([0.0, -2.0]))
    exact = [-np.log(2 * np.pi) / 2, -scipy.special.zeta(3.0) / (4 * np.pi**2)]
    np.testing.assert_allclose(slope, exact, rtol=1e-13)
    two = lg.jit(lambda x, q: scipy.special.zeta(x, q))(3.0, 2.0)
    np.testing.assert_allclose(two, scipy.special.zeta(3.0, 2.0), rtol=1e-14)


def test_narrow_angles_and_rare_integers_keep_their_digits():
    """From κ = 50 on, SciPy takes a normal distribution for the angles: 6 digits."""
    cdf = lg.jit(lambda y, kappa: stats.vonmises.cdf(y, kappa))
    y, kappa = np.array([-0.4, -0.1, 0.2, 7.0]), np.float64(60.0)
    # Integrals of the density in 30 digits.
    exact = [0.001066071877641234, 0.21986570049125617, 0.9386270828643242, 1.9999999705538511]
    np.testing.assert_allclose(cdf(y, kappa), exact, rtol=1e-12)
    slope = lg.grad(lambda y: np.sum(stats.vonmises.cdf(y, kappa)))(y)
    np.testing.assert_allclose(slope, scipy.stats.vonmises.pdf(y, kappa), rtol=1e-12)
    rare = lg.jit(stats.zipf.sf)(np.float64(1e6), np.float64(4.0))
    np.testing.assert_allclose(rare, 3.079790056716366e-19, rtol=1e-10)


@pytest.mark.sampled(34)
@pytest.mark.parametrize("name", SCALARS)
def test_a_distribution(name: str):
    ours, theirs = getattr(stats, name), getattr(scipy.stats, name)
    shapes = [np.float64(s) for s in SHAPES.get(name, ())]
    discrete = SCALARS[name]._own.discrete
    tested = 0
    for method in SCALARS[name]._methods:
        if not supported(name, method):
            continue
        tested += 1
        if method in OF_SHAPES:
            at = [np.float64(0.3)] if discrete else [np.float64(0.3), np.float64(1.7)]
            result = lg.jit(lambda *xs, m=method: getattr(ours, m)(*xs))(*shapes, *at)
            # Without a formula, SciPy integrates an entropy.
            close = 1e-10 if method == "entropy" else 1e-11
            np.testing.assert_allclose(result, getattr(theirs, method)(*shapes, *at), rtol=close)
            continue
        x = SHARES if method in ("ppf", "isf") else WHOLE if discrete else REAL
        x = SHARES[2:7] if method == "interval" else x
        for at in ((0.0,), (2.0,)) if discrete else ((0.0, 1.0), (0.4, 1.7), (0.0, -1.0)):
            result = lg.jit(lambda x, *s, m=method, at=at: getattr(ours, m)(x, *s, *at))(x, *shapes)
            expected = getattr(theirs, method)(x, *shapes, *at)
            # SciPy takes the logarithm of a number that may have become 0.
            result = np.asarray(result)  # of the two ends of an interval, too
            expected = np.where(np.isneginf(expected) & (result < -700), result, expected)
            if (name, method) == ("rice", "logsf"):
                # SciPy's is that of 1 - cdf, which has few digits.
                square = ((x - at[0]) / at[1]) ** 2
                exact = scipy.stats.ncx2.logsf(square, 2, shapes[0] ** 2)
                expected = np.where(expected < -10, exact, expected)
            # It also takes ∞ - ∞ in some densities at the ends of the line.
            expected = np.where(np.isinf(x) & np.isnan(expected), result, expected)
            np.testing.assert_allclose(
                result, expected, rtol=1e-10, atol=1e-15, err_msg=f"{method} {at}"
            )
    assert tested >= 2


WHOLE_SHAPES = {
    "binom": (1,),
    "betabinom": (1,),
    "betanbinom": (1,),
    "boltzmann": (2,),
    "hypergeom": (1, 2, 3),
    "randint": (1, 2),
}
WHOLE_INSIDE = {"bernoulli": np.array([0.0, 1.0])}
INSIDE = {
    "beta": np.array([0.2, 0.7]),
    "uniform": np.array([0.2, 0.7]),
    "pareto": np.array([1.3, 2]),
    "arcsine": np.array([0.2, 0.7]),
    "powerlaw": np.array([0.2, 0.7]),
    "triang": np.array([0.2, 0.7]),
    "semicircular": np.array([-0.2, 0.7]),
    "johnsonsb": np.array([0.2, 0.7]),
    "weibull_max": np.array([-1.4, -0.6]),
    "anglit": np.array([-0.2, 0.5]),
    "bradford": np.array([0.2, 0.7]),
    "levy_l": np.array([-1.4, -0.6]),
    "rdist": np.array([-0.2, 0.7]),
    "trapezoid": np.array([0.2, 0.8]),
    "truncpareto": np.array([1.6, 2]),
}


@pytest.mark.sampled(17)
@pytest.mark.parametrize("name", SCALARS)
def test_the_derivatives_of_a_distribution(name: str):
    """By x, by the shapes, loc and scale, where a formula has them."""
    ours, theirs = getattr(stats, name), getattr(scipy.stats, name)
    shapes = [np.float64(s) for s in SHAPES.get(name, ())]
    discrete = SCALARS[name]._own.discrete
    x = (
        WHOLE_INSIDE.get(name, np.array([1.0, 3.0]))
        if discrete
        else INSIDE.get(name, np.array([0.6, 1.4]))
    )
    for method in SCALARS[name]._methods:
        if method in (*OF_SHAPES, "ppf", "isf", "interval", "cdf", "sf", "logcdf", "logsf"):
            continue
        at = [] if discrete else [np.float64(-0.05), np.float64(1.3)]
        xs = [x, *shapes, *at]
        f = lambda *ys, m=method: np.sum(getattr(ours, m)(*ys))  # noqa: E731
        g = lambda *ys, m=method: np.sum(getattr(theirs, m)(*ys))  # noqa: E731
        for k in range(discrete, len(xs)):
            if k in WHOLE_SHAPES.get(name, ()):
                continue  # a number of trials is whole, for example
            one = lg.grad(f, k)(*xs)
            if k == 0:
                expected = differences(
                    lambda y, m=method, rest=xs[1:]: getattr(theirs, m)(y, *rest), [x], 0
                )
            else:
                expected = differences(g, xs, k)
            np.testing.assert_allclose(one, expected, rtol=2e-7, atol=1e-9, err_msg=f"{method} {k}")
    if "cdf" in SCALARS[name]._methods and not discrete and supported(name, "cdf"):
        for method in ("cdf", "sf"):
            one = lg.grad(lambda y, m=method: np.sum(getattr(ours, m)(y, *shapes)))(x)
            expected = differences(lambda y, m=method: getattr(theirs, m)(y, *shapes), [x], 0)
            np.testing.assert_allclose(one, expected, rtol=1e-7, atol=1e-10, err_msg=method)


def test_a_quantile_by_inversion_has_derivatives():
    """`invgauss` has no formula for it. SciPy's values have the digits that differences need."""
    q, mu = np.array([0.2, 0.9]), np.array(0.8)
    theirs = scipy.stats.invgauss.ppf

    def f(q: Any, mu: Any) -> Any:
        return np.sum(stats.invgauss.ppf(q, mu))

    gradients = lg.grad(f, (0, 1))(q, mu)
    for k, g in enumerate(gradients):
        expected = differences(theirs if k == 0 else lambda *xs: np.sum(theirs(*xs)), [q, mu], k)
        np.testing.assert_allclose(g, expected, rtol=1e-6)
    second = lg.grad(lg.grad(f, 1), 1)(q, mu)
    slopes = [lg.grad(f, 1)(q, mu + h) for h in (1e-5, -1e-5)]
    np.testing.assert_allclose(second, (slopes[0] - slopes[1]) / 2e-5, rtol=1e-6)


def test_an_inverse_gaussian_number_near_zero():
    """Rounding of two large logarithms made the probability infinite."""
    assert lg.jit(lambda x: stats.invgauss.cdf(x, 0.8))(1e-153) == 0


def test_quantiles_of_a_cauchy_number_near_the_ends():
    q = np.array([1e-14, 1e-9, 0.3])
    for method in ("ppf", "isf"):
        result = lg.jit(lambda q, m=method: getattr(stats.cauchy, m)(q))(q)
        np.testing.assert_allclose(result, getattr(scipy.stats.cauchy, method)(q), rtol=1e-14)


@pytest.mark.parametrize("wrong", ["s", "mk", ""])
def test_moments_that_stats_does_not_have(wrong: str):
    with pytest.raises(
        TypeError, match=r"test_scipy_functions.*norm.stats has the moments m and v"
    ):
        lg.trace(lambda x: stats.norm.stats(x, moments=wrong), 1.0)


def test_a_derivative_by_the_degrees_of_freedom_of_ncx2():
    with pytest.raises(LetgradError, match="no derivative of chndtr by its parameter n"):
        lg.grad(lambda df: stats.ncx2.ppf(0.3, df, 0.7))(2.5)


def test_derivatives_by_the_degrees_of_freedom_of_ncf():
    """Densities have them, and quantiles do not."""
    slope = lg.grad(lambda n: stats.ncf.logpdf(0.7, n, 5.0, 0.9))(3.2)
    step = 1e-6
    more, less = (scipy.stats.ncf.logpdf(0.7, 3.2 + d, 5.0, 0.9) for d in (step, -step))
    np.testing.assert_allclose(slope, (more - less) / (2 * step), rtol=1e-7)
    for k in range(2):
        with pytest.raises(
            LetgradError, match=f"no derivative of ncfdtr by its parameter {'ab'[k]}"
        ):
            lg.grad(lambda *n: stats.ncf.ppf(0.3, *n, 0.7), k)(2.5, 3.5)


@pytest.mark.parametrize("name, shapes", [("nct", (3.2, 0.9)), ("ncf", (3.1, 6.2, 1.2))])
def test_noncentral_numbers_far_out(name: str, shapes: tuple[float, ...]):
    """Both tails keep their digits, and quantiles lead back to the shares."""
    ours, theirs = getattr(stats, name), getattr(scipy.stats, name)
    x = np.array([1e-3, 0.4, 30.0, 400.0])
    x = np.concatenate([-x, x]) if name == "nct" else x
    for method in ("pdf", "logpdf", "cdf", "sf"):
        found = lg.jit(lambda x, m=method: getattr(ours, m)(x, *shapes))(x)
        np.testing.assert_allclose(found, getattr(theirs, method)(x, *shapes), rtol=1e-10)
    q = np.array([1e-12, 1e-3, 0.4])
    for method, share in (("ppf", "cdf"), ("isf", "sf")):
        x = lg.jit(lambda q, m=method: getattr(ours, m)(q, *shapes))(q)
        np.testing.assert_allclose(getattr(theirs, share)(x, *shapes), q, rtol=1e-10)


def test_a_frozen_distribution_and_named_parameters():
    x = np.array([0.5, 1.5])
    expected = scipy.stats.norm.logpdf(x, 0.3, 2.0)
    np.testing.assert_allclose(lg.jit(lambda x: stats.norm(0.3, 2.0).logpdf(x))(x), expected)
    np.testing.assert_allclose(
        lg.jit(lambda x: stats.norm.logpdf(x, scale=2.0, loc=0.3))(x), expected
    )
    np.testing.assert_allclose(lg.jit(lambda s: stats.norm(0.3, scale=s).logpdf(x))(2.0), expected)


@pytest.mark.parametrize("wrong", [
    lambda x: stats.norm.pdf(x, 1.0, 2.0, 3.0), lambda x: stats.norm.pdf(x, mu=1.0),
    lambda x: stats.t.pdf(x), lambda x: stats.norm.pdf(x, 1.0, loc=1.0),
])  # fmt: skip
def test_wrong_parameters_are_an_error_at_the_users_line(wrong: Callable[..., Any]):
    line = inspect.getsourcelines(wrong)[1]
    with pytest.raises(TypeError, match=r"test_scipy_functions.py:\d+: scipy.stats.\w+ ") as caught:
        lg.trace(wrong, lg.spec(3))
    assert abs(int(str(caught.value).split(":")[1]) - line) <= 1


COVARIANCES: list[Any] = [1.3, np.array([[2.0, 0.3], [0.3, 1.0]]), np.array([1.0, 2.0]), np.eye(1)]


@pytest.mark.parametrize("cov", COVARIANCES, ids=["number", "matrix", "vector", "one"])
@pytest.mark.parametrize("shape", [(), (2,), (4, 2), (3, 4, 2)], ids=str)
def test_multivariate_normal(shape: tuple[int, ...], cov: Any):
    x = np.random.default_rng(0).normal(size=shape)
    tested = 0
    for mean in (None, np.array([0.1, 0.2]), 0.2, np.array([0.3])):
        try:
            expected = scipy.stats.multivariate_normal.logpdf(x, mean, cov)
        except Exception:
            continue
        f = lg.jit(lambda x, cov, m=mean: stats.multivariate_normal.logpdf(x, m, cov))
        result = f(x, cov)
        assert np.shape(result) == np.shape(expected)
        np.testing.assert_allclose(result, expected, rtol=1e-12)
        tested += 1
    assert tested or len(shape) in (0, 1) or np.ndim(cov) == 0 or np.shape(cov) == (1, 1)


def test_the_derivatives_of_multivariate_normal():
    random = np.random.default_rng(1)
    x, mean, a = random.normal(size=(3, 2)), random.normal(size=2), random.normal(size=(2, 2))

    def f(x: Any, mean: Any, a: Any, normal: Any = stats.multivariate_normal) -> Any:
        return np.sum(normal.logpdf(x, mean, a @ a.T + np.eye(2)))

    for k, argument in enumerate((x, mean, a)):
        found = lg.grad(f, k)(x, mean, a)
        expected = np.zeros(argument.shape)
        for place in np.ndindex(argument.shape):
            step = np.zeros(argument.shape)
            step[place] = 1e-5
            sides = []
            for sign in (1, -1):
                xs = [x, mean, a]
                xs[k] = xs[k] + sign * step
                sides.append(f(*xs, normal=scipy.stats.multivariate_normal))
            expected[place] = (sides[0] - sides[1]) / 2e-5
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)
    entropy = lg.jit(lambda a: stats.multivariate_normal.entropy(np.zeros(2), a @ a.T + np.eye(2)))
    exact = scipy.stats.multivariate_normal.entropy(np.zeros(2), a @ a.T + np.eye(2))
    np.testing.assert_allclose(entropy(a), exact, rtol=1e-13)


def test_dirichlet_and_multinomial():
    alpha = np.array([1.2, 2.3, 0.7])
    x = np.random.default_rng(0).dirichlet(alpha)
    for method in ("pdf", "logpdf"):
        ours, theirs = getattr(stats.dirichlet, method), getattr(scipy.stats.dirichlet, method)
        np.testing.assert_allclose(lg.jit(ours)(x, alpha), theirs(x, alpha), rtol=1e-13)
        np.testing.assert_allclose(lg.jit(ours)(x[:2], alpha), theirs(x[:2], alpha), rtol=1e-13)
    for method in ("mean", "var", "entropy"):
        ours, theirs = getattr(stats.dirichlet, method), getattr(scipy.stats.dirichlet, method)
        np.testing.assert_allclose(lg.jit(ours)(alpha), theirs(alpha), rtol=1e-13)
    exact = scipy.special.psi(alpha.sum()) - scipy.special.psi(alpha) + np.log(x)
    slopes = lg.grad(stats.dirichlet.logpdf, 1)(x, alpha)
    np.testing.assert_allclose(slopes, exact, rtol=1e-12)
    counts, p = np.array([1.0, 2.0, 1.0]), alpha / alpha.sum()
    np.testing.assert_allclose(
        lg.jit(stats.multinomial.logpmf)(counts, 4.0, p),
        scipy.stats.multinomial.logpmf([1, 2, 1], 4, p),
    )


@pytest.mark.parametrize(
    "name", ["zscore", "sem", "gmean", "hmean", "entropy", "skew", "kurtosis", "variation"]
)
def test_functions_of_samples(name: str):
    x = np.array([[0.3, 1.0, 2.5], [1.5, 0.7, 0.9]])
    ours, theirs = getattr(stats, name), getattr(scipy.stats, name)
    for axis in (0, 1):
        result = lg.jit(lambda x, axis=axis: ours(x, axis=axis))(x)
        np.testing.assert_allclose(result, theirs(x, axis=axis), rtol=1e-13)


# In programs.


def test_a_program_that_calls_scipy_is_traced_through_letgrads_functions():
    from scipy.special import logsumexp
    from scipy.stats import multivariate_normal, norm

    @lg.program
    def f(x: Any, s: Any) -> Any:
        total = logsumexp(x) + norm.logpdf(x, 0.1, s).sum() + scipy.stats.t.logpdf(x, 3.0).sum()
        return total + multivariate_normal.logpdf(x, np.zeros(3), np.eye(3) * s)

    x = np.array([0.3, 1.2, 2.0])
    expected = logsumexp(x) + norm.logpdf(x, 0.1, 1.5).sum() + scipy.stats.t.logpdf(x, 3.0).sum()
    expected += multivariate_normal.logpdf(x, np.zeros(3), np.eye(3) * 1.5)
    np.testing.assert_allclose(f(x, 1.5), expected, rtol=1e-13)
    gradient = lg.grad(f)(x, 1.5)
    exact = scipy.special.softmax(x) - (x - 0.1) / 1.5**2 - 4 * x / (3 + x * x) - x / 1.5
    np.testing.assert_allclose(gradient, exact, rtol=1e-12)


def test_parameters_that_scipy_lacks_work_on_numpys_arrays():
    a, b = np.arange(12.0).reshape(3, 4), np.arange(15.0).reshape(3, 5)
    found = signal.convolve(a, b, axes=([1], [1]), dot_axes=([0], [0]))
    np.testing.assert_allclose(found, sum(np.convolve(x, y) for x, y in zip(a, b)))
    assert special.logsumexp(1.5, axis=0) == lg.jit(lambda x: special.logsumexp(x, axis=0))(1.5)


@pytest.mark.parametrize(
    "f",
    [
        lambda s, a: s.skew(a, axis=1, bias=False),
        lambda s, a: s.kurtosis(a, axis=None, fisher=False, bias=False),
        lambda s, a: s.moment(a, 3, axis=1),
        lambda s, a: s.moment(a, 2, center=0.5),
        lambda s, a: s.moment(a),
        lambda s, a: s.pmean(a, 2.5, axis=None),
        lambda s, a: s.pmean(a, 0),
    ],
)
def test_moments_and_means(f: Callable[..., Any]):
    a = np.random.default_rng(3).uniform(0.5, 2, (3, 5))
    f_of_a = f(scipy.stats, a)
    np.testing.assert_allclose(lg.jit(lambda a: f(stats, a))(a), f_of_a, rtol=1e-12, atol=1e-16)


def test_gradients_at_the_ends_of_a_support_are_no_nan():
    """The density of these numbers begins with 0, and Gumbel's decays as exp(-exp(-x))."""
    for family, shapes in ((stats.gamma, (2.3,)), (stats.beta, (2.2, 3.1)), (stats.rayleigh, ())):
        for k in range(len(shapes) + 1):
            assert lg.grad(family.pdf, k)(0.0, *shapes) == 0
    for method in (stats.gumbel_r.pdf, stats.gumbel_r.cdf, stats.gumbel_r.sf):
        assert lg.grad(method)(-1e4) == 0
    assert lg.grad(stats.lognorm.cdf)(0.0, 0.8) == 0
    assert lg.grad(stats.invgamma.cdf, 1)(0.0, 2.3) == 0


def test_logarithms_of_probabilities_next_to_0_and_1_keep_their_digits():
    """For large x, log(1 - e) is -e."""
    x = 9.5
    e = np.exp(-x * x / 2)
    np.testing.assert_allclose(lg.jit(stats.rayleigh.logcdf)(x), -e, rtol=1e-14)
    far = lg.jit(lambda x: stats.skewnorm.sf(x, 1.3))(20.0)
    np.testing.assert_allclose(far, scipy.stats.skewnorm.sf(20.0, 1.3), rtol=1e-10)


def test_the_generalized_pareto_distribution_is_uniform_at_minus_one():
    x = np.array([-0.5, 0.0, 0.5, 1.0, 2.0])
    found = lg.jit(lambda x: stats.genpareto.logpdf(x, -1.0))(x)
    np.testing.assert_array_equal(np.exp(found), [0, 1, 1, 1, 0])
