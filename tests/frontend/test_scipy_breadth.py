"""
`letgrad.scipy` beside the functions of special values: samples, filters, spectra, integrals,
splines, matrices, images and distances. Values are SciPy's; derivatives are differences of SciPy's
values, in both modes, of first and second order, and under `vmap`.
"""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import letgrad as lg

from .directions import along

pytest.importorskip("scipy", reason="SciPy is an extra")
import scipy.integrate
import scipy.linalg
import scipy.ndimage
import scipy.signal
import scipy.special

import letgrad.scipy.integrate as integrate
import letgrad.scipy.interpolate as interpolate
import letgrad.scipy.ndimage as images
import letgrad.scipy.signal as signal
import letgrad.scipy.spatial.distance as distance
import letgrad.scipy.special as special
import letgrad.scipy.stats as stats


class Case(NamedTuple):
    """A function of SciPy's module `s` and of arrays, and how much of it is tested."""

    module: str
    f: Callable[..., Any]
    xs: list[Any]
    order: int
    batched: bool
    error: float


CASES: dict[str, Case] = {}


def of(module: str) -> Callable[..., None]:
    """A function that adds cases of a module."""

    def add(
        name: str,
        f: Callable[..., Any],
        xs: list[Any],
        order: int = 2,
        batched: bool = True,
        error: float = 1e-9,
    ) -> None:
        label = f"{module} {name}"
        assert label not in CASES, label
        CASES[label] = Case(module, f, [np.asarray(x, float) for x in xs], order, batched, error)

    return add


def stats_cases() -> None:
    of_stats = of("stats")
    r = np.random.default_rng(1)
    x, y = r.normal(size=9), r.normal(size=9)
    X = abs(r.normal(size=(5, 4))) + 0.3
    of_stats("pearsonr", lambda s, x, y: tuple(s.pearsonr(x, y)), [x, y])
    of_stats(
        "pearsonr stat less", lambda s, x, y: s.pearsonr(x, y, alternative="less").pvalue, [x, y]
    )
    of_stats("spearmanr", lambda s, x, y: tuple(s.spearmanr(x, y)), [x, y], order=0)

    def lr(s, x, y):
        q = s.linregress(x, y)
        return (*q, q.intercept_stderr)

    of_stats("linregress", lr, [x, y])
    of_stats("zscore", lambda s, x: s.zscore(x, axis=1, ddof=1), [X])
    of_stats("zscoreN", lambda s, x: s.zscore(x, axis=None), [X])
    of_stats("iqr", lambda s, x: s.iqr(x, axis=0, keepdims=True, scale="normal"), [X])
    of_stats("iqrN", lambda s, x: s.iqr(x), [X])
    of_stats("skew", lambda s, x: s.skew(x, axis=None, bias=False), [X])
    of_stats("kurt", lambda s, x: s.kurtosis(x, axis=1, bias=False, keepdims=True), [X])
    of_stats("moment", lambda s, x: s.moment(x, order=[1, 2, 3], axis=0), [X])
    of_stats("moment3", lambda s, x: s.moment(x, 3), [X])
    of_stats("sem", lambda s, x: s.sem(x, axis=None), [X])
    of_stats("gmean w", lambda s, x, w: s.gmean(x, axis=0, weights=w), [X, X + 1])
    of_stats(
        "gmean w1", lambda s, x, w: s.gmean(x, axis=1, weights=w), [X, X[0] + 1], batched=False
    )
    of_stats("hmean", lambda s, x: s.hmean(x, axis=(0, 1)), [X])
    of_stats("pmean", lambda s, x: s.pmean(x, 2.5, axis=1, keepdims=True), [X])
    of_stats("trim", lambda s, x: s.trim_mean(x, 0.2), [X])
    of_stats("ttest1", lambda s, x: tuple(s.ttest_1samp(x, 0.5)), [X])
    of_stats(
        "ttest1n", lambda s, x: tuple(s.ttest_1samp(x, 0.5, axis=None, alternative="greater")), [X]
    )
    of_stats("ttestr", lambda s, x, y: tuple(s.ttest_rel(x, y)), [X, X[::-1] ** 2])
    of_stats("ttesti", lambda s, x, y: tuple(s.ttest_ind(x, y)), [X, X[:3] ** 2])
    of_stats(
        "ttesti w",
        lambda s, x, y: tuple(s.ttest_ind(x, y, equal_var=False, axis=0)),
        [X, X[:3] ** 2],
    )
    of_stats("anova", lambda s, x, y, z: tuple(s.f_oneway(x, y, z)), [X, X[:3] ** 2, X[:4] * 2])
    of_stats(
        "entropy", lambda s, x, y: s.entropy(x, y, base=2, axis=1, keepdims=True), [X, X[::-1]]
    )
    of_stats("mad", lambda s, x: s.median_abs_deviation(x, axis=None, scale="normal"), [X[:, :3]])
    of_stats("gstd", lambda s, x: s.gstd(x), [X])
    of_stats("tvar", lambda s, x: s.tstd(x, (0.4, 1.5)), [X[:, 0]])
    of_stats("tmean", lambda s, x: s.tmean(x, (0.4, None)), [X])
    of_stats("rank", lambda s, x: s.rankdata(x, method="dense", axis=0), [np.round(X)], order=0)
    of_stats("ranks", lambda s, x: s.rankdata(x), [np.round(X)], order=0)
    of_stats("gzscore", lambda s, x: s.gzscore(x), [X])
    of_stats("variation", lambda s, x: s.variation(x, axis=1, ddof=1), [X])
    of_stats("diffent", lambda s, x: s.differential_entropy(x, method="vasicek"), [x])
    of_stats("kde", lambda s, x, p: s.gaussian_kde(x)(p), [x, y[:4]])
    of_stats("kde2", lambda s, x, p: s.gaussian_kde(x, bw_method=0.4).logpdf(p), [X.T[:2], X[:2]])
    of_stats(
        "kde const",
        lambda s, p: s.gaussian_kde(x, bw_method="silverman", weights=abs(y)).evaluate(p),
        [y[:4]],
    )


def signal_cases() -> None:
    of_signal = of("signal")
    r = np.random.default_rng(1)
    st = scipy.signal
    x = r.normal(size=40)
    X = r.normal(size=(3, 24))
    b, a = st.butter(3, 0.3)
    sos = st.butter(4, 0.3, output="sos")
    of_signal("lfilter", lambda s, x: s.lfilter(b, a, x), [X])
    of_signal("lfilter ba", lambda s, b, a, x: s.lfilter(b, a, x, axis=0), [b, a * 2, X[:, :3]])
    of_signal(
        "lfilter zi", lambda s, x: tuple(s.lfilter(b, a, x, zi=s.lfilter_zi(b, a) * x[0])), [x]
    )
    of_signal("lfilter_zi", lambda s, b, a: s.lfilter_zi(b, a), [b, a])
    of_signal("fir", lambda s, b, x: s.lfilter(b, [1.0], x), [b, x])
    of_signal("iir1", lambda s, a, x: s.lfilter([1.0], a, x), [np.array([1.0, -0.5]), x])
    of_signal("sosfilt", lambda s, x: s.sosfilt(sos, x), [X])
    of_signal("sosfilt zi", lambda s, x: tuple(s.sosfilt(sos, x, zi=s.sosfilt_zi(sos))), [x])
    of_signal("filtfilt", lambda s, x: s.filtfilt(b, a, x), [X])
    of_signal(
        "filtfilt ax", lambda s, x: s.filtfilt(b, a, x, axis=0, padlen=5, padtype="even"), [X.T]
    )
    of_signal("sosfiltfilt", lambda s, x: s.sosfiltfilt(sos, x), [X])
    of_signal("czt", lambda s, x: s.czt(x, axis=0), [X])
    of_signal("czt m", lambda s, x: s.czt(x, 5, np.exp(0.3j), 1.1 - 0.2j), [x])
    of_signal("zoom_fft", lambda s, x: s.zoom_fft(x, [0.2, 0.7], 6, endpoint=True), [X])
    of_signal("zoom_fft one", lambda s, x: s.zoom_fft(x, 3.0, fs=11.0, axis=0), [X])
    of_signal("decimate", lambda s, x: s.decimate(x, 3, n=2), [X])
    of_signal("decimate fir", lambda s, x: s.decimate(x, 2, 4, "fir", 0, False), [X])
    of_signal("detrend", lambda s, x: s.detrend(x, axis=1), [X])
    of_signal("detrend bp", lambda s, x: s.detrend(x, bp=[10]), [x])
    of_signal("detrend c", lambda s, x: s.detrend(x, type="constant"), [x])
    for m in ["interp", "mirror", "nearest", "wrap", "constant"]:
        of_signal(
            "savgol " + m,
            lambda s, x, m=m: s.savgol_filter(x, 5, 2, mode=m, deriv=1, delta=0.5),
            [X],
            order=1,
        )
    of_signal("savgol even", lambda s, x: s.savgol_filter(x, 6, 2), [X])
    of_signal("savgol even m", lambda s, x: s.savgol_filter(x, 6, 2, mode="nearest"), [X])
    of_signal("hilbert", lambda s, x: s.hilbert(x), [x])
    of_signal("envelope", lambda s, x: np.abs(s.hilbert(x, axis=0)), [X.T])
    of_signal("welch", lambda s, x: tuple(s.welch(x, fs=10.0, nperseg=16)), [x])
    of_signal(
        "welch med",
        lambda s, x: s.welch(
            x,
            nperseg=8,
            noverlap=2,
            nfft=16,
            average="median",
            detrend="linear",
            scaling="spectrum",
        )[1],
        [X],
    )
    of_signal("periodogram", lambda s, x: s.periodogram(x, fs=2.0, axis=0)[1], [X.T])
    of_signal(
        "periodogram hann",
        lambda s, x: s.periodogram(x, window="hann", scaling="spectrum", nfft=64)[1],
        [x],
    )
    of_signal("csd", lambda s, x, y: s.csd(x, y, nperseg=16)[1], [x, x[::-1] ** 2])
    of_signal(
        "coherence", lambda s, x, y: s.coherence(x, y, nperseg=8)[1], [x, x[::-1] ** 2], order=1
    )
    of_signal("spectrogram", lambda s, x: s.spectrogram(x, nperseg=16)[2], [x], order=1)
    of_signal("resample", lambda s, x: s.resample(x, 26), [x])
    of_signal("resample up", lambda s, x: s.resample(x, 51, axis=1), [X])
    of_signal("medfilt", lambda s, x: s.medfilt(x, 5), [x])
    of_signal("deconvolve", lambda s, x, y: tuple(s.deconvolve(x, y)), [x[:8], x[9:12]])
    of_signal("freqz", lambda s, x, y: s.freqz(x, y, worN=8)[1], [b, a])


def interpolate_cases() -> None:
    of_interpolate = of("interpolate")
    r = np.random.default_rng(1)
    x = np.sort(r.uniform(0, 4, 7))
    x[0] = 0
    x[-1] = 4
    y = r.normal(size=7)
    Y = r.normal(size=(7, 2))
    q = np.array([0.3, 1.1, 2.7, 3.9, -0.2, 4.3])
    of_interpolate("cs", lambda s, y, q: s.CubicSpline(x, y)(q), [y, q])
    of_interpolate("cs all", lambda s, x, y: s.CubicSpline(x, y, bc_type="natural")(q), [x, y])
    of_interpolate("cs const", lambda s, q: s.CubicSpline(x, y)(q, 1), [q])
    of_interpolate(
        "cs clamp",
        lambda s, y: s.CubicSpline(x, y, bc_type=((1, [0.5, 0.2]), (2, [0.3, 0.1])), axis=1)(q),
        [Y.T],
    )
    of_interpolate(
        "cs per",
        lambda s, y: s.CubicSpline(x, np.concatenate([y[:-1], y[:1]]), bc_type="periodic")(q),
        [y],
    )
    of_interpolate("cs der", lambda s, y, q: s.CubicSpline(x, y).derivative()(q), [y, q])
    of_interpolate("cs int", lambda s, y, a: s.CubicSpline(x, y).integrate(a, 3.3), [y, 0.7])
    of_interpolate("cs n3", lambda s, y: s.CubicSpline(x[:3], y)(q), [y[:3]])
    of_interpolate("pchip", lambda s, y, q: s.PchipInterpolator(x, y)(q), [y, q[:4]])
    of_interpolate("pchipx", lambda s, x: s.pchip_interpolate(x, y, q[:3]), [x])
    of_interpolate("akima", lambda s, y, q: s.Akima1DInterpolator(x, y)(q), [y, q[:4]])
    of_interpolate("hermite", lambda s, y, d, q: s.CubicHermiteSpline(x, y, d)(q), [y, y**2, q])
    places = np.array([0.1, 2.0, 1.0, 3.5, 2.6])
    of_interpolate(
        "barycentric object", lambda s, y, q: s.BarycentricInterpolator(places, y)(q), [y[:5], q]
    )
    of_interpolate(
        "krogh", lambda s, x, y, q: s.KroghInterpolator(x, y, axis=1)(q), [places, Y[:5].T, q]
    )
    of_interpolate("krogh at", lambda s, y: s.krogh_interpolate(places, y, 0.4), [y[:5]])
    of_interpolate("mis", lambda s, y, q: s.make_interp_spline(x, y, k=3)(q), [y, q])
    of_interpolate("mis2", lambda s, x, y: s.make_interp_spline(x, y, k=2)(q), [x, Y])
    of_interpolate("mis5", lambda s, y: s.make_interp_spline(x, y, k=5)(q), [y])
    of_interpolate("mis nat", lambda s, y: s.make_interp_spline(x, y, bc_type="natural")(q), [y])
    of_interpolate("mis1", lambda s, y: s.make_interp_spline(x, y, 1)(q, 1), [y])
    t = np.array([0, 0, 0, 0, 1, 2, 3, 4, 4, 4, 4.0])
    c = r.normal(size=7)
    of_interpolate("bs", lambda s, c, q: s.BSpline(t, c, 3)(q), [c, q])
    of_interpolate(
        "bs t",
        lambda s, t, c: s.BSpline(t, c, 3)(q, 2),
        [t + np.linspace(0, 1e-3, 11) * 0, c],
        order=0,
    )
    of_interpolate("bs der", lambda s, q: s.BSpline(t, c, 3).derivative()(q), [q])
    of_interpolate("splev", lambda s, q, c: s.splev(q, (t, c, 3), der=1), [q, c])
    for k in ["linear", "nearest", "previous", "next", "quadratic", "cubic", "zero"]:
        of_interpolate(
            "interp1d " + k,
            lambda s, y, q, k=k: s.interp1d(x, y, kind=k, bounds_error=False, fill_value=0.0)(q),
            [y, q[:4]],
            order=1,
        )
    of_interpolate(
        "interp1d ext", lambda s, q: s.interp1d(x, Y, axis=0, fill_value="extrapolate")(q), [q]
    )
    of_interpolate(
        "interp1d pair",
        lambda s, y, q: s.interp1d(x, y, bounds_error=False, fill_value=(1.0, 2.0))(q),
        [y, q],
    )
    g = (np.array([0, 1, 2.5]), np.array([0, 0.5, 2, 3]))
    V = r.normal(size=(3, 4))
    P = np.array([[0.3, 0.2], [1.7, 2.2], [2.2, 0.9]])
    of_interpolate("rgi", lambda s, V, P: s.RegularGridInterpolator(g, V)(P), [V, P])
    of_interpolate(
        "rgi c",
        lambda s, P: s.RegularGridInterpolator(g, V, bounds_error=False, fill_value=None)(P),
        [P + 0.9],
    )
    of_interpolate("rgi n", lambda s, V: s.RegularGridInterpolator(g, V, method="nearest")(P), [V])
    of_interpolate("interpn", lambda s, V, P: s.interpn(g, V, P), [V, P])
    of_interpolate("bary", lambda s, y, q: s.barycentric_interpolate(x, y, q), [y, q])


def linalg_cases() -> None:
    of_linalg = of("linalg")
    r = np.random.default_rng(1)
    st = scipy.linalg
    A = r.normal(size=(4, 4))
    B = r.normal(size=(4, 2))
    P = A @ A.T + np.eye(4)
    c = r.normal(size=4) + np.array([4, 0, 0, 0])
    b = r.normal(size=4)
    of_linalg("lu_factor", lambda s, a: tuple(s.lu_factor(a)), [A], order=1)
    of_linalg("lu_solve", lambda s, a, b: s.lu_solve(s.lu_factor(a), b), [A, B])
    of_linalg("lu_solve T", lambda s, a, b: s.lu_solve(s.lu_factor(a), b, trans=1), [A, b])
    F = st.lu_factor(A)
    of_linalg("lu_solve c", lambda s, b: s.lu_solve(F, b), [b])
    of_linalg("polar", lambda s, a: tuple(s.polar(a)), [A])
    of_linalg("polar l", lambda s, a: tuple(s.polar(a, "left")), [B])
    of_linalg("orth", lambda s, a: s.orth(a) @ s.orth(a).T, [B])
    of_linalg("null", lambda s, a: s.null_space(a) @ s.null_space(a).T, [B.T])
    of_linalg(
        "solveh",
        lambda s, ab, b: s.solveh_banded(ab, b),
        [np.stack([r.normal(size=4) * 0.3, np.full(4, 3.0)]), b],
    )
    of_linalg("toep", lambda s, c, r, b: s.solve_toeplitz((c, r), b), [c, c * 0.7, B])
    of_linalg("circ", lambda s, c, b: s.solve_circulant(c, b), [c, b])
    of_linalg("hankel", lambda s, c, r: s.hankel(c, r), [c, b])
    of_linalg("hankel1", lambda s, c: s.hankel(c), [c])
    of_linalg("companion", lambda s, c: s.companion(c), [c])
    of_linalg("logm", lambda s, a: s.logm(a), [P])
    of_linalg("logm2", lambda s, a: s.logm(a), [np.array([[1.0, 2], [-3, 1]])])
    of_linalg("fmp", lambda s, a: s.fractional_matrix_power(a, 0.3), [P])
    of_linalg("sinm", lambda s, a: s.sinm(a), [A])
    of_linalg("tanm", lambda s, a: s.tanm(a), [A * 0.2])
    of_linalg("tanhm", lambda s, a: s.tanhm(a), [A])
    of_linalg("signm", lambda s, a: s.signm(a), [A], order=1)
    of_linalg("funm", lambda s, a: s.funm(a, lambda x: x * x + np.exp(x)), [A])
    of_linalg("dlyap", lambda s, a, q: s.solve_discrete_lyapunov(a, q), [A * 0.3, P])
    of_linalg("clyap", lambda s, a, q: s.solve_continuous_lyapunov(a, q), [A, P])
    of_linalg("frechet", lambda s, a, q: tuple(s.expm_frechet(a, q)), [A, P], order=1)
    of_linalg("cosm", lambda s, a: s.cosm(a), [A])
    of_linalg("eigvals", lambda s, a, b: np.sort(np.abs(s.eigvals(a, b))), [A, P], order=1)
    of_linalg(
        "eigband",
        lambda s, ab: s.eigvals_banded(ab),
        [np.stack([r.normal(size=4) * 0.3, np.arange(4.0)])],
    )
    of_linalg("tri", lambda s, d, e: s.eigvalsh_tridiagonal(d, e), [c, b[:3]])
    of_linalg(
        "cholb",
        lambda s, ab, b: s.cho_solve_banded((s.cholesky_banded(ab), False), b),
        [np.stack([r.normal(size=4) * 0.3, np.full(4, 3.0)]), b],
    )
    of_linalg("convm", lambda s, c: s.convolution_matrix(c, 5, mode="same"), [c])
    of_linalg("angles", lambda s, a, b: s.subspace_angles(a, b), [B[:, :1], P[:, :1]])


def ndimage_cases() -> None:
    of_images = of("ndimage")
    of_fft = of("fft")
    of_distance = of("spatial.distance")
    r = np.random.default_rng(1)
    X = r.normal(size=(5, 6))
    w = r.normal(size=(3, 2))
    x = r.normal(size=7)
    C = r.uniform(-2, 7, size=(2, 9))
    for m in ["reflect", "constant", "nearest", "mirror", "wrap"]:
        of_images(
            "correlate " + m,
            lambda s, X, w, m=m: s.correlate(X, w, mode=m, cval=1.5),
            [X, w],
            order=1,
            batched=False,
        )
        of_images(
            "convolve1d " + m,
            lambda s, X, m=m: s.convolve1d(X, [1, 2.0, 3, 4], axis=0, mode=m),
            [X],
            order=1,
            batched=False,
        )
    of_images("convolve", lambda s, X, w: s.convolve(X, w, origin=(0, -1)), [X, w])
    of_images("gauss", lambda s, X: s.gaussian_filter(X, 1.2), [X])
    of_images(
        "gauss2", lambda s, X: s.gaussian_filter(X, (1.0, 0.5), order=(1, 2), mode="nearest"), [X]
    )
    of_images(
        "gauss1d", lambda s, x: s.gaussian_filter1d(x, 1.5, order=1), [x], order=1, batched=False
    )
    of_images("gauss sig", lambda s, x, g: s.gaussian_filter1d(x, g, radius=3), [x, 1.3])
    of_images("uniform", lambda s, X: s.uniform_filter(X, (2, 3)), [X], order=1, batched=False)
    of_images("sobel", lambda s, X: s.sobel(X, 0), [X], order=1, batched=False)
    of_images("laplace", lambda s, X: s.laplace(X), [X], order=1, batched=False)
    of_images("glap", lambda s, X: s.gaussian_laplace(X, 0.8), [X], order=1, batched=False)
    of_images("ggm", lambda s, X: s.gaussian_gradient_magnitude(X, 0.8), [X])
    of_images("max", lambda s, X: s.maximum_filter(X, size=3), [X], order=1, batched=False)
    of_images("med", lambda s, X: s.median_filter(X, size=(2, 3)), [X], order=1, batched=False)
    of_images(
        "sum",
        lambda s, X: s.mean(X, np.arange(30).reshape(5, 6) % 4, index=[1, 2, 3]),
        [X],
        order=1,
        batched=False,
    )
    of_images("com", lambda s, X: tuple(s.center_of_mass(X)), [abs(X)])
    for m in ["constant", "nearest", "mirror", "reflect", "wrap", "grid-wrap", "grid-constant"]:
        for o in (0, 1, 2, 3, 5):
            of_images(
                f"map {m} {o}",
                lambda s, X, C, m=m, o=o: s.map_coordinates(X, C, order=o, mode=m, cval=0.5),
                [X, C],
                order=2 * (o == 3 and m in ("nearest", "constant")),
                batched=o == 3,
            )
    of_images("shift", lambda s, X: s.shift(X, (0.5, -1.2), cval=2.0), [X], order=1, batched=False)
    of_images(
        "shift1", lambda s, X: s.shift(X, 1.3, order=1, mode="nearest"), [X], order=1, batched=False
    )
    of_images("zoom", lambda s, X: s.zoom(X, 1.7), [X], order=1, batched=False)
    of_images(
        "zoom1",
        lambda s, X: s.zoom(X, (2, 0.5), order=1, mode="nearest"),
        [X],
        order=1,
        batched=False,
    )
    of_images("rot", lambda s, X: s.rotate(X, 30.0, order=1), [X], order=1, batched=False)
    of_images(
        "rot a", lambda s, X, a: s.rotate(X, a, reshape=False, order=3, mode="nearest"), [X, 20.0]
    )
    of_images(
        "affine",
        lambda s, X, M: s.affine_transform(X, M, offset=0.31, order=1, mode="nearest"),
        [X, np.array([[0.9, 0.1], [-0.2, 1.1]])],
        order=1,
    )
    for t in (1, 2, 3, 4):
        for nm in (None, "ortho", "forward"):
            for fn in ("dct", "idct", "dst", "idst"):
                of_fft(
                    f"{fn}{t}{nm}",
                    lambda s, x, fn=fn, nm=nm, t=t: getattr(s, fn)(x, type=t, norm=nm),
                    [x],
                    order=2 * (nm == "ortho" and t == 2),
                    batched=False,
                )
    of_fft("dctn", lambda s, X: s.idctn(s.dctn(X, norm="ortho"), axes=1, s=4), [X])
    of_fft("dct n", lambda s, X: s.dct(X, n=8, axis=0), [X], order=1, batched=False)
    of_fft("rfft", lambda s, X: np.abs(s.rfft2(X)), [X])
    Y = X[:3] * 0.5 + 0.3
    for m in [
        "euclidean",
        "sqeuclidean",
        "cityblock",
        "chebyshev",
        "cosine",
        "correlation",
        "canberra",
        "braycurtis",
    ]:
        of_distance("cdist " + m, lambda s, X, Y, m=m: s.cdist(X, Y, m), [X, Y], batched=False)
    of_distance("cdist mink", lambda s, X, Y: s.cdist(X, Y, "minkowski", p=3.0), [X, Y])
    of_distance(
        "cdist maha",
        lambda s, X, Y: s.cdist(X, Y, "mahalanobis", VI=np.diag(np.arange(1, 7.0))),
        [X, Y],
    )
    of_distance(
        "cdist w", lambda s, X, Y, w: s.cdist(X, Y, "euclidean", w=w), [X, Y, np.arange(1, 7.0)]
    )
    of_distance(
        "cdist seu", lambda s, X, Y: s.cdist(X, Y, "seuclidean", V=np.arange(1, 7.0)), [X, Y]
    )
    of_distance("pdist", lambda s, X: s.pdist(X), [X])
    of_distance("sqf", lambda s, X: s.squareform(s.pdist(X, "sqeuclidean")), [X])
    of_distance("js", lambda s, p, q: s.jensenshannon(p, q), [abs(X[0]), abs(X[1])])


def special_cases() -> None:
    of_special = of("special")
    x = np.array([0.3, 1.2, 2.5])
    z = np.array([-2.5, -0.7, 0.4, 1.9])
    u = np.array([0.2, 0.5, 0.8])
    of_special(
        "lambertw",
        lambda s, x: np.real(s.lambertw(x)),
        [np.array([-0.36, -0.2, 0, 0.5, 3, 50.0, 1e5])],
        error=1e-12,
    )
    of_special(
        "lambertw-1",
        lambda s, x: np.real(s.lambertw(x, -1)),
        [np.array([-0.36, -0.2, -0.01])],
        error=1e-12,
        batched=False,
    )
    of_special("wright", lambda s, x: s.wrightomega(x), [np.array([-60, -5, -1, 0.5, 2, 60.0])])
    for n in ("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn"):
        of_special(n, lambda s, x, n=n: getattr(s, n)(2, x), [x])
        of_special(n + "0", lambda s, x, n=n: getattr(s, n)(0, x), [x])
        of_special(n + " d", lambda s, x, n=n: getattr(s, n)(1, x, True), [x], order=1)
    for n in ("airy", "sici", "shichi", "fresnel"):
        of_special(n, lambda s, x, n=n: tuple(getattr(s, n)(x)), [x])
    of_special("ellipj", lambda s, x: tuple(s.ellipj(x, 0.4)), [x])
    of_special("expn", lambda s, x: s.expn(2, x), [x])
    of_special("expn0", lambda s, x: s.expn(0, x), [x])
    of_special("ellipkinc", lambda s, x: s.ellipkinc(x, 0.3), [x])
    of_special("voigt", lambda s, x, a, b: s.voigt_profile(x, a, b), [z, 1.3, 0.4], batched=False)
    of_special("struve", lambda s, x: s.struve(1.0, x), [x])
    of_special("modstruve", lambda s, x: s.modstruve(0, x), [x])
    of_special("hankel", lambda s, x: s.hankel1(1.5, x), [x])
    of_special("agm", lambda s, a, b: s.agm(a, b), [x, u])
    of_special("fdtri", lambda s, p: s.fdtri(3.0, 4.0, p), [u])
    of_special("gdtrix", lambda s, a, p: s.gdtrix(a, 2.0, p), [x, u])
    of_special("diric", lambda s, x: s.diric(x, 5), [z])
    of_special("genlag", lambda s, a, x: s.eval_genlaguerre(4, a, x), [x, z[:3]])
    of_special("gegen", lambda s, a, x: s.eval_gegenbauer(4, a, x), [x, z[:3]])
    of_special("jac", lambda s, a, b, x: s.eval_jacobi(4, a, b, x), [x, u, z[:3]])
    of_special("shleg", lambda s, x: s.eval_sh_legendre(3, x), [x])
    of_special("shch", lambda s, x: s.eval_sh_chebyt(3, x), [x])
    of_special("chebc", lambda s, x: s.eval_chebyc(3, x), [x])
    of_special("chebs", lambda s, x: s.eval_chebys(3, x), [x])


def integrate_cases() -> None:
    of_integrate = of("integrate")
    r = np.random.default_rng(1)
    Y = r.normal(size=(3, 9))
    x = np.sort(r.uniform(size=9))
    of_integrate("simpson", lambda s, y: s.simpson(y, dx=0.3), [Y])
    of_integrate("simpson x", lambda s, y, x: s.simpson(y, x=x), [Y[:, :8], x[:8]], batched=False)
    of_integrate("simpson ax", lambda s, y: s.simpson(y, axis=0), [Y])
    of_integrate("simpson2", lambda s, y: s.simpson(y), [Y[:, :2]], order=1)
    of_integrate("csimp", lambda s, y, x: s.cumulative_simpson(y, x=x), [Y, x], batched=False)
    of_integrate("csimp8", lambda s, y: s.cumulative_simpson(y[:, :8], dx=0.2, initial=0), [Y])
    of_integrate("romb", lambda s, y: s.romb(y, dx=0.5), [Y])
    of_integrate(
        "quad",
        lambda s, a, b, c: s.quad(lambda t: np.exp(-c * t * t) * np.cos(t), a, b)[0],
        [0.1, 2.3, 1.4],
    )
    of_integrate(
        "quad inf", lambda s, c: s.quad(lambda t: np.exp(-c * t * t), -np.inf, np.inf)[0], [1.4]
    )
    of_integrate(
        "quad inf1",
        lambda s, c: s.quad(lambda t, c: np.exp(-c * t) / (1 + t * t), 0, np.inf, args=(c,))[0],
        [0.4],
    )
    of_integrate(
        "quad sing", lambda s, c: s.quad(lambda t: np.log(t) * np.sqrt(c * t), 0, 1)[0], [0.4]
    )
    of_integrate(
        "quad sing2",
        lambda s, c: s.quad(lambda t: c / np.sqrt(1 - t), 0, 1)[0],
        [0.4],
        error=1e-6,
        batched=False,
    )
    of_integrate(
        "quadvec", lambda s, c: s.quad_vec(lambda t: np.sin(c * t), 0, 2)[0], [np.array([0.4, 1.1])]
    )
    of_integrate(
        "fixed", lambda s, a, b: s.fixed_quad(lambda t: np.sin(t) * a, a, b, n=4)[0], [0.4, 1.1]
    )
    of_integrate(
        "dbl",
        lambda s, c: s.dblquad(lambda y, x: c * x * y * y, 0, 1, 0, lambda x: x)[0],
        [0.4],
        order=1,
    )


def more_cases() -> None:
    of_stats, of_signal, of_interpolate = of("stats"), of("signal"), of("interpolate")
    random = np.random.default_rng(2)
    x, y = random.uniform(0.3, 2, 6), random.uniform(0.3, 2, 4)
    of_stats("chisquare", lambda s, x: tuple(s.chisquare(x)), [x])
    of_stats("jarque_bera", lambda s, x: tuple(s.jarque_bera(x)), [x])
    of_stats("wasserstein_distance", lambda s, x, y: s.wasserstein_distance(x, y), [x, y])
    of_stats("energy_distance", lambda s, x, y: s.energy_distance(x, y), [x, y])
    of_stats("boxcox", lambda s, x, p: s.boxcox(x, lmbda=p), [x, 0.3])
    of_signal("chirp", lambda s, t, f: s.chirp(t, f, 2.0, 3.0), [x, 1.3])
    of_signal(
        "chirp log", lambda s, t, f: s.chirp(t, f, 2.0, 3.0, method="log", phi=30.0), [x, 1.3]
    )
    a, b = random.normal(size=(5, 4)), random.normal(size=(3, 2))
    for mode in ("full", "same", "valid"):
        for boundary in ("wrap", "symm", "fill"):
            for name in ("convolve2d", "correlate2d"):
                of_signal(
                    f"{name} {mode} {boundary}",
                    lambda s, a, b, n=name, m=mode, o=boundary: getattr(s, n)(a, b, m, o, 0.5),
                    [a, b],
                )
    of_interpolate("splrep", lambda s, y, q: s.splev(q, s.splrep(np.arange(6.0), y)), [x, y * 1.7])


def samples_and_points_cases() -> None:
    of_stats, of_signal, of_interpolate = of("stats"), of("signal"), of("interpolate")
    r = np.random.default_rng(5)
    x, y, h, points = r.normal(size=24), r.normal(size=9), r.normal(size=5), r.normal(size=(8, 2))

    def parts(z: Any) -> tuple[Any, Any]:
        return np.real(z), np.imag(z)

    of_signal("upfirdn", lambda s, h, x: s.upfirdn(h, x, 3, 2), [h, x])
    of_signal("upfirdn wrap", lambda s, x: s.upfirdn(h, x, 2, mode="wrap", axis=0), [points])
    of_signal("resample_poly", lambda s, x: s.resample_poly(x, 3, 2), [x])
    of_signal(
        "resample_poly line",
        lambda s, x: s.resample_poly(x, 2, 3, window=("kaiser", 4.0), padtype="line"),
        [x],
    )
    of_signal("resample_poly mean", lambda s, x, h: s.resample_poly(x, 2, 3, 0, h, "mean"), [x, h])
    of_signal("stft", lambda s, x: parts(s.stft(x, nperseg=8)[2]), [x])
    of_signal(
        "stft odd",
        lambda s, x: parts(s.stft(x, 2.0, "hamming", 7, 5, 9, "linear", True, "odd", False)[2]),
        [x],
    )
    of_signal("istft", lambda s, x: s.istft(s.stft(x, nperseg=8)[2] ** 2, nperseg=8), [x])
    of_signal(
        "istft psd",
        lambda s, x: s.istft(
            s.stft(x, nperseg=6, noverlap=4, scaling="psd")[2], nperseg=6, noverlap=4, scaling="psd"
        )[1],
        [x],
    )
    for alternative in ("two-sided", "less", "greater"):
        of_stats(
            f"kendalltau {alternative}",
            lambda s, x, y, a=alternative: tuple(s.kendalltau(x, y, alternative=a)),
            [y, y[::-1] ** 2 + y],
            order=0,
        )
        of_stats(
            f"kendalltau of ties {alternative}",
            lambda s, x, y, a=alternative: tuple(s.kendalltau(x, y, alternative=a)),
            [np.round(y), np.round(2 * y[::-1] ** 2 + y)],
            order=0,
        )
    of_stats(
        "kendalltau of many", lambda s, x: tuple(s.kendalltau(x, x[::-1] ** 2)),
        [r.normal(size=40)], order=0,
    )  # fmt: skip
    of_stats("kendalltau of one", lambda s, x: tuple(s.kendalltau(x, x)), [np.arange(40)], order=0)
    of_stats(
        "kendalltau of NaN", lambda s, x: tuple(s.kendalltau(x, x[::-1])),
        [[1.0, 2, np.nan, 4]], order=0, batched=False,
    )  # fmt: skip
    of_stats("describe", lambda s, x: s.describe(x)[2:], [y])
    of_stats("describe rows", lambda s, x: s.describe(x, axis=1, ddof=0, bias=False)[2:4], [points])

    eye = np.eye(3)
    a = r.normal(size=(3, 3))
    for name in ("wishart", "invwishart"):
        of_stats(
            name,
            lambda s, a, x, n=name: getattr(s, n).logpdf(x @ x.T + eye, 5.5, a @ a.T + eye),
            [a, a.T - eye],
            batched=False,
        )
        of_stats(
            f"{name} df",
            lambda s, t, n=name: getattr(s, n).logpdf(np.stack([eye, 2 * eye], -1), t * 1, eye),
            [4.5],
            batched=False,
        )
    of_stats("wishart moments", lambda s, a: (s.wishart.mean(5, a), s.wishart.var(5, a)), [a])
    of_stats("wishart entropy", lambda s, a: s.wishart.entropy(5, a @ a.T + eye), [a])
    of_stats(
        "multivariate_t",
        lambda s, x, m, a, t: s.multivariate_t.logpdf(x, m, a @ a.T + eye, t),
        [r.normal(size=(4, 3)), y[:3], a, 3.5],
        batched=False,
    )
    of_stats("multivariate_t pdf", lambda s, x: s.multivariate_t.pdf(x, 0.3, 2.0, 4), [y])
    of_stats(
        "multivariate_t entropy", lambda s, a, t: s.multivariate_t.entropy(None, a @ a.T + eye, t),
        [a, 3.5], batched=False,
    )  # fmt: skip
    of_stats(
        "matrix_normal",
        lambda s, x, m, a: s.matrix_normal.logpdf(x, m, a @ a.T + eye, [1.0, 2.0]),
        [r.normal(size=(4, 3, 2)), r.normal(size=(3, 2)), a],
    )
    of_stats(
        "matrix_normal entropy", lambda s, a: s.matrix_normal.entropy(a @ a.T + eye, 2 * eye), [a]
    )

    at = points[:5] * 0.6
    for kernel in (
        "linear", "thin_plate_spline", "cubic", "quintic", "multiquadric", "inverse_multiquadric",
        "inverse_quadratic", "gaussian",
    ):  # fmt: skip
        of_interpolate(
            f"rbf {kernel}",
            lambda s, p, v, q, k=kernel: s.RBFInterpolator(p, v, kernel=k, epsilon=1.3)(q),
            [points, y[:8], at],
        )
    of_interpolate(
        "rbf smooth", lambda s, v: s.RBFInterpolator(points, v, smoothing=0.1, degree=2)(at),
        [r.normal(size=(8, 2))],
    )  # fmt: skip
    xs = np.linspace(0, 1, 9) + 0.01 * y
    q = np.array([0.3, 0.45, 0.6])
    of_interpolate(
        "univariate", lambda s, x, y, q: s.InterpolatedUnivariateSpline(x, y)(q), [xs, y, q]
    )
    of_interpolate(
        "univariate 2", lambda s, y, q: s.InterpolatedUnivariateSpline(xs, y, k=2)(q, 1), [y, q]
    )
    of_interpolate(
        "univariate beyond",
        lambda s, y, q: tuple(
            s.InterpolatedUnivariateSpline(xs, y, k=1, bbox=[-1, 2], ext=e)(q)
            for e in (0, 1, "const")
        ),
        [y, np.array([-2.0, 0.4, 3.0])],
    )

    def sums(s: Any, y: Any, q: Any) -> Any:
        # Higher derivatives are large, and the differences are those of their cosines.
        spline = s.UnivariateSpline(xs, y / 1000, s=0)
        integral = spline.integral(-3.0, 0.6)
        return (
            spline.antiderivative()(q),
            spline.derivative(2)(q),
            integral,
            spline.derivatives(0.4),
        )

    of_interpolate("univariate sums", sums, [y, q], batched=False)
    of_interpolate("univariate known", lambda s, q: s.UnivariateSpline(xs, y, s=0.5)(q), [q])
    of_interpolate("lagrange", lambda s, x, y: s.lagrange(x, y)(q), [xs[::2], y[:5]])
    of_interpolate("lagrange coef", lambda s, y: s.lagrange(np.arange(4.0), y).coef, [y[:4]])

    of_linalg = of("linalg")
    of_linalg("hessenberg", lambda s, a: s.hessenberg(a), [r.normal(size=(4, 4))], batched=False)
    of_linalg(
        "hessenberg q", lambda s, a: s.hessenberg(a, calc_q=True), [r.normal(size=(5, 5))],
        batched=False,
    )  # fmt: skip
    of_linalg(
        "hessenberg complex",
        lambda s, a, b: tuple(p for z in s.hessenberg(a + 1j * b, calc_q=True) for p in parts(z)),
        [r.normal(size=(3, 3)), r.normal(size=(3, 3))],
        batched=False,
    )
    truths = r.normal(size=(4, 6))
    for metric in ("jaccard", "dice", "rogerstanimoto", "russellrao", "sokalsneath", "yule"):
        of("spatial.distance")(
            metric,
            lambda s, x, m=metric: (
                s.cdist(x > 0, x > 0.3, m), s.pdist(np.where(x > 0, x, 0), m),
                getattr(s, m)(x[0] > 0, x[1] > 0), getattr(s, m)(x[0] > 0, x[1] > 0, abs(x[2])),
            ),
            [truths], order=0, batched=False,
        )  # fmt: skip


stats_cases()
signal_cases()
interpolate_cases()
linalg_cases()
ndimage_cases()
special_cases()
integrate_cases()
more_cases()
samples_and_points_cases()


def total(result: Any) -> Any:
    """A number of all parts of a result."""
    value = 0.0
    for part in result if isinstance(result, tuple | list) else (result,):
        if part.dtype.kind == "c":
            value = value + np.sum(np.cos(np.real(part))) + np.sum(np.sin(np.imag(part)))
        elif part.dtype.kind == "f":
            value = value + np.sum(np.cos(part))
    return value


def flat(result: Any) -> np.ndarray:
    parts = result if isinstance(result, tuple | list) else (result,)
    return np.concatenate([np.ravel(np.asarray(part)) for part in parts])


LONG = {"linalg hessenberg complex"}
"""The second derivative takes seconds to compile."""


def marked(name: str):
    return pytest.param(name, marks=pytest.mark.slow) if name in LONG else name


@pytest.mark.sampled(163)
@pytest.mark.parametrize("name", map(marked, CASES))
def test_values_and_derivatives(name: str):
    case = CASES[name]
    xs = case.xs
    places = tuple(range(len(xs)))

    def of_module(package: str) -> Callable[..., Any]:
        module = importlib.import_module(f"{package}.{case.module}")
        return lambda *xs: case.f(module, *xs)

    ours, theirs = of_module("letgrad.scipy"), of_module("scipy")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_allclose(
            flat(lg.jit(ours)(*xs)), flat(theirs(*xs)), rtol=case.error, atol=case.error
        )
        if case.batched:
            batch = [np.stack([x, 1.01 * x]) for x in xs]
            found = lg.vmap(ours)(*batch)
            rows = tuple(y[1] for y in found) if isinstance(found, tuple) else found[1]
            wanted = theirs(*(x[1] for x in batch))
            np.testing.assert_allclose(flat(rows), flat(wanted), rtol=1e-7, atol=1e-7)
        if not case.order:
            return
        random = np.random.default_rng(0)
        ds = [np.asarray(random.normal(size=x.shape)) for x in xs]

        def slope(*xs: Any) -> Any:
            parts = lg.grad(lambda *xs: total(ours(*xs)), places)(*xs)
            return sum(np.sum(p * d) for p, d in zip(parts, ds))

        def number(*xs: Any) -> float:
            found = theirs(*xs)
            parts = found if isinstance(found, tuple) else (found,)
            return total([np.asarray(part) for part in parts])

        exact = along(number, xs, ds)
        forward = lg.jvp(lambda *xs: total(ours(*xs)), tuple(xs), tuple(ds))[1]
        np.testing.assert_allclose(forward, exact, rtol=2e-5, atol=2e-6)
        np.testing.assert_allclose(slope(*xs), exact, rtol=2e-5, atol=2e-6)
        if case.order == 2:
            second = lg.jvp(slope, tuple(xs), tuple(ds))[1]
            np.testing.assert_allclose(second, along(slope, xs, ds), rtol=2e-5, atol=2e-5)


def test_objects_of_known_numbers_are_scipys_and_take_traced_places():
    x, y = np.arange(5.0), np.array([1.0, -2, 0.5, 3, 1])
    spline = interpolate.CubicSpline(x, y)
    assert spline(1.5) == scipy.interpolate.CubicSpline(x, y)(1.5)
    assert len(spline.roots()) == 3
    np.testing.assert_allclose(lg.grad(spline)(1.5), spline(1.5, 1), rtol=1e-12)
    density = stats.gaussian_kde(y)
    assert density.n == 5
    np.testing.assert_allclose(lg.jit(density)(x), density(x), rtol=1e-12)


def test_a_function_that_uses_traced_numbers_is_integrated_by_fixed_nodes():
    def f(c: float) -> Any:
        return integrate.quad(lambda t: np.exp(-c * t), 0, 1)[0]

    np.testing.assert_allclose(lg.grad(f)(2.0), (3 * np.exp(-2.0) - 1) / 4, rtol=1e-12)


@pytest.mark.slow
def test_an_equation_that_uses_traced_numbers_is_solved():
    def decay(k: float) -> Any:
        return integrate.odeint(lambda y, t: -k * y, 1.0, np.linspace(0, 1, 3))[-1, 0]

    np.testing.assert_allclose(lg.grad(decay)(2.0), -np.exp(-2.0), rtol=1e-6)


def test_results_have_scipys_fields():
    x, y = np.arange(5.0), np.array([1.0, -2, 0.5, 3, 1])

    def f(y: Any) -> Any:
        fit = stats.linregress(x, y)
        slope, intercept, _, _, _ = fit
        test = stats.ttest_ind(x, y)
        return slope, intercept, fit.intercept_stderr, test.df, test.statistic

    fit, test = scipy.stats.linregress(x, y), scipy.stats.ttest_ind(x, y)
    wanted = fit.slope, fit.intercept, fit.intercept_stderr, test.df, test.statistic
    np.testing.assert_allclose(lg.jit(f)(y), wanted, rtol=1e-12)


def test_slopes_where_a_quotient_has_no_value():
    assert lg.grad(lambda t: special.spherical_jn(1, t))(0.0) == pytest.approx(1 / 3)
    assert lg.grad(lambda t: special.sici(t)[0])(0.0) == 1
    x = np.array([[0.0, 1.0], [2.0, 0.5]])
    assert np.isfinite(lg.grad(lambda x: np.sum(distance.cdist(x, x)))(x)).all()


def test_integrals_of_samples_have_scipys_dtypes():
    for name in ("trapezoid", "simpson", "cumulative_trapezoid", "romb"):
        for n in (9, 8):
            for kind in (np.float32, np.complex64):
                y = ((1 + 1j) * np.arange(n) ** 2 if kind is np.complex64 else np.arange(n)).astype(
                    kind
                )
                for x in (None, np.arange(n) ** 1.5):
                    if name == "romb" and (n == 8 or x is not None):
                        continue
                    more = {} if x is None else {"x": x}
                    wanted = getattr(scipy.integrate, name)(y, **more)
                    found = lg.jit(lambda y: getattr(integrate, name)(y, **more))  # noqa: B023
                    value = found(y)
                    assert value.dtype == wanted.dtype, (name, n, kind)
                    np.testing.assert_allclose(value, wanted, rtol=1e-5)


def test_factors_of_scipy():
    r = np.random.default_rng(2)
    for sizes in ((4, 4), (5, 3), (2, 3, 5)):
        for a in (r.normal(size=sizes), r.normal(size=sizes) + 1j * r.normal(size=sizes)):
            for more in ({}, {"permute_l": True}, {"p_indices": True}):
                wanted = scipy.linalg.lu(a, **more)
                found = lg.jit(lambda a: lg.scipy.linalg.lu(a, **more))(a)  # noqa: B023
                for x, y in zip(found, wanted, strict=True):
                    assert x.dtype == y.dtype
                    np.testing.assert_allclose(x, y, atol=1e-12)


@pytest.mark.parametrize("kind", ["pos", "upper triangular", "lower triangular"])
def test_systems_of_known_structure(kind: str):
    """Large enough for the library; the derivative is that of the general solution."""
    n = 66
    r = np.random.default_rng(3)
    a, b = r.normal(size=(n, n)) / n + 3 * np.eye(n), r.normal(size=n)
    a = {"p": a @ a.T, "u": np.triu(a), "l": np.tril(a)}[kind[0]]
    da, db = r.normal(size=(n, n)), r.normal(size=n)
    da = {"p": da + da.T, "u": np.triu(da), "l": np.tril(da)}[kind[0]]

    def solve(a: Any, b: Any) -> Any:
        return lg.scipy.linalg.solve(a, b, assume_a=kind)

    x, dx = lg.jvp(solve, (a, b), (da, db))
    np.testing.assert_allclose(x, scipy.linalg.solve(a, b, assume_a=kind), rtol=1e-9)
    np.testing.assert_allclose(dx, np.linalg.solve(a, db - da @ x), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("lower", [False, True])
def test_a_diagonal_of_one_has_no_tangent(lower: bool):
    """The op does not read the diagonal, so the solution does not depend on it."""
    n = 66
    r = np.random.default_rng(4)
    a, da = r.normal(size=(n, n)) / n, r.normal(size=(n, n))
    b = r.normal(size=n)

    def solve(a: Any) -> Any:
        return lg.scipy.linalg.solve_triangular(a, b, lower=lower, unit_diagonal=True)

    x, dx = lg.jvp(solve, (a,), (da,))
    inside = np.tril if lower else np.triu
    k = -1 if lower else 1
    whole = inside(a, k) + np.eye(n)
    np.testing.assert_allclose(x, np.linalg.solve(whole, b), rtol=1e-9)
    np.testing.assert_allclose(dx, -np.linalg.solve(whole, inside(da, k) @ x), rtol=1e-8)
    gradient = lg.grad(lambda a: np.sum(solve(a)))(a)
    np.testing.assert_allclose(np.sum(gradient * da), np.sum(dx), rtol=1e-8)
    np.testing.assert_array_equal(np.diagonal(gradient), 0)


def test_images_of_integers_stay_of_integers():
    """SciPy rounds values between elements, and cuts off means."""
    x = np.array([[3, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8]])
    for f in (
        lambda s, x: s.zoom(x, 2, order=1),
        lambda s, x: s.map_coordinates(x, [[0.5, 1.5], [1.2, 2.2]], order=1),
        lambda s, x: s.uniform_filter(x, 3),
        lambda s, x: s.median_filter(x, 3),
    ):
        found, wanted = lg.jit(lambda x, f=f: f(images, x))(x), f(scipy.ndimage, x)
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    "program, said",
    [
        (lambda x: stats.zscore(x, nan_policy="omit"), "nan_policy 'propagate', and not 'omit'"),
        (lambda x: special.lambertw(x, 2), "branches 0 and -1"),
        (lambda x: distance.pdist(x[:, None], "kulsinski"), "no metric 'kulsinski'"),
        (lambda x: interpolate.UnivariateSpline(x, x), "traced samples need s=0"),
        (lambda x: interpolate.RBFInterpolator(x[:, None], x, neighbors=2), "has no neighbors"),
        (lambda x: signal.upfirdn(x, x, mode="antisymmetric"), "has the modes constant, wrap"),
        (lambda x: stats.wishart.logpdf(np.eye(3), 1, np.diag(x)), "greater than the dimension"),
        (lambda x: signal.filtfilt([1.0], [1.0], x, method="gust"), "no method 'gust'"),
        (lambda x: interpolate.CubicSpline([0.0, 2.0, 1.0], x), "must be strictly increasing"),
        (
            lambda x: integrate.solve_ivp(lambda t, y: -y, (0, 1), x, method="Radau"),
            "no method 'Radau'",
        ),
    ],
)
def test_what_traced_arrays_do_not_have_is_an_error_at_the_line(program: Any, said: str):
    place = f"test_scipy_breadth.py:{inspect.getsourcelines(program)[1]}"
    with pytest.raises((TypeError, ValueError), match=said) as caught:
        lg.trace(program, np.ones(3))
    assert place in str(caught.value)


OF_NAN: dict[str, Callable[..., Any]] = {
    "rankdata": lambda s, x: s.rankdata(x),
    "rankdata axis": lambda s, x: s.rankdata(np.stack([x, np.zeros(4)]), axis=1),
    "spearmanr": lambda s, x: tuple(s.spearmanr(x, np.arange(4.0))),
    "trim_mean": lambda s, x: s.trim_mean(x, 0.25),
    "tmean": lambda s, x: s.tmean(x, (0.0, 3.0)),
    "tmean all": lambda s, x: s.tmean(x),
    "tvar": lambda s, x: s.tvar(x, (0.0, 3.0)),
    "tstd": lambda s, x: s.tstd(x, (0.0, 3.0)),
    "tsem": lambda s, x: s.tsem(x, (0.0, 3.0)),
}


@pytest.mark.parametrize("name", OF_NAN)
def test_a_nan_propagates(name: str):
    """Also one that is not among the chosen elements."""
    import scipy.stats

    f = OF_NAN[name]
    for x in (np.array([1.0, np.nan, 3.0, 2.5]), np.array([1.0, 0.5, 3.0, 2.5])):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = f(scipy.stats, x)
        np.testing.assert_allclose(lg.jit(lambda x: f(stats, x))(x), wanted, rtol=1e-12)


def test_eigenvalues_by_their_indices():
    r = np.random.default_rng(3)
    a = r.normal(size=(4, 4))
    a = a @ a.T + np.eye(4)
    linalg: Any = lg.scipy.linalg
    for f in (
        lambda s, a: s.eigvalsh(a, subset_by_index=[1, 2]),
        lambda s, a: s.eigh(a, subset_by_index=[0, 1])[0],
        lambda s, a: abs(s.eigh(a, a @ a, subset_by_index=(3, 3))[1]),
        lambda s, a: s.eigvalsh(a, driver="ev"),
    ):
        np.testing.assert_allclose(
            lg.jit(lambda a, f=f: f(linalg, a))(a), f(scipy.linalg, a), rtol=1e-9
        )
    for bad in ([2, 4], [2, 1], [-1, 1]):
        with pytest.raises(ValueError, match="test_scipy_breadth"):
            lg.jit(lambda a, bad=bad: linalg.eigvalsh(a, subset_by_index=bad))(a)
