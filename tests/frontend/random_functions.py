"""
Random calls of functions of NumPy and SciPy: odd shapes, broadcasting, no elements, all dtypes, and
the options that a function has. Values are compared with NumPy's and SciPy's, first and second
derivatives with differences, and both modes with each other.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import letgrad as lg

Random = np.random.Generator


@dataclass(frozen=True)
class Drawn:
    """A function of a package's modules and of arrays, the arrays, and its text."""

    text: str
    call: Callable[..., Any]
    xs: list[np.ndarray]
    smooth: bool = True
    rough: float = 1.0
    """By how much the function multiplies errors."""


def dtype_of(r: Random, is_complex: bool = False) -> type:
    kinds: list[type] = [np.float64, np.float64, np.float32]
    return r.choice(
        np.array([*kinds, np.complex128, np.complex64] if is_complex else kinds, object)
    )


def numbers(r: Random, shape: Sequence[int], low: float, high: float, kind: type) -> np.ndarray:
    x = r.uniform(low, high, shape)
    if np.dtype(kind).kind == "c":
        x = x + 1j * r.uniform(low, high, shape)
    return np.asarray(x).astype(kind)


def shapes(r: Random, n: int) -> list[tuple[int, ...]]:
    """Shapes that broadcast together; some have no elements."""
    rank = int(r.integers(0, 4))
    full = [int(r.choice([1, 2, 3, 5])) for _ in range(rank)]
    if rank and r.random() < 0.1:
        full[int(r.integers(rank))] = 0
    found = []
    for _ in range(n):
        sizes = [1 if r.random() < 0.25 else k for k in full]
        found.append(tuple(sizes[int(r.integers(0, rank + 1)) if r.random() < 0.4 else 0 :]))
    return found


SPECIAL = {
    "nctdtr": [(1, 9), (-2, 2), (-3, 3)], "ncfdtr": [(1, 6), (2, 6), (0.3, 3), (0.3, 4)],
    "chndtr": [(0.5, 6), (2, 6), (0.3, 3)],
    "erf": [(-3, 3)], "erfc": [(-3, 3)], "erfcx": [(-1, 8)], "erfi": [(-2, 2)], "dawsn": [(-4, 4)],
    "gamma": [(0.2, 8)], "gammaln": [(0.2, 20)], "rgamma": [(0.2, 8)], "psi": [(0.3, 9)],
    "expit": [(-8, 8)], "log_expit": [(-8, 8)], "ndtr": [(-4, 4)], "log_ndtr": [(-4, 4)],
    "i0": [(0.1, 9)], "i1": [(0.1, 9)], "i0e": [(0.1, 9)], "i1e": [(0.1, 9)], "j0": [(0.1, 20)],
    "j1": [(0.1, 20)], "y0": [(0.2, 20)], "y1": [(0.3, 20)], "k0": [(0.2, 9)], "k1": [(0.2, 9)],
    "k0e": [(0.2, 9)], "k1e": [(0.2, 9)], "expi": [(0.2, 5)], "exp1": [(0.2, 5)],
    "cbrt": [(0.5, 9)], "exp2": [(-5, 5)], "exp10": [(-2, 2)], "expm1": [(-2, 2)],
    "exprel": [(-2, 2)], "log1p": [(-0.8, 9)], "xlogy": [(0, 3), (0.2, 3)],
    "xlog1py": [(0, 3), (0, 3)], "entr": [(0.2, 3)], "kl_div": [(0.2, 3), (0.2, 3)],
    "rel_entr": [(0.2, 3), (0.2, 3)], "logit": [(0.05, 0.95)], "erfinv": [(-0.9, 0.9)],
    "erfcinv": [(0.1, 1.9)], "ndtri": [(0.05, 0.95)], "beta": [(0.5, 5), (0.5, 5)],
    "betaln": [(0.5, 9), (0.5, 9)], "betainc": [(0.6, 5), (0.6, 5), (0.1, 0.9)],
    "betaincc": [(0.6, 5), (0.6, 5), (0.1, 0.9)], "betaincinv": [(0.6, 5), (0.6, 5), (0.1, 0.9)],
    "gammainc": [(0.6, 9), (0.2, 9)], "gammaincc": [(0.6, 9), (0.2, 9)],
    "gammaincinv": [(0.6, 9), (0.1, 0.9)], "poch": [(1, 5), (0.2, 3)],
    "binom": [(5, 9), (1.1, 3.9)], "boxcox": [(0.3, 5), (0.3, 2)],
    "boxcox1p": [(0.3, 5), (0.3, 2)], "inv_boxcox": [(0.3, 2), (0.3, 2)],
    "pseudo_huber": [(0.5, 2), (-4, 4)], "spence": [(0.2, 5)], "ellipk": [(0.05, 0.85)],
    "ellipe": [(0.05, 0.85)], "ellipkm1": [(0.1, 0.9)], "ellipkinc": [(0.1, 1.4), (0.1, 0.8)],
    "ellipeinc": [(0.1, 1.4), (0.1, 0.8)], "jv": [(0.3, 3), (0.3, 9)], "iv": [(0.3, 3), (0.3, 5)],
    "kv": [(0.3, 3), (0.3, 5)], "yv": [(0.3, 3), (0.5, 5)], "ive": [(0.3, 3), (0.3, 5)],
    "kve": [(0.3, 3), (0.3, 5)], "stdtr": [(1, 9), (-3, 3)], "chdtr": [(1, 9), (0.3, 9)],
    "fdtr": [(1, 9), (1, 9), (0.3, 3)], "gdtr": [(0.5, 3), (0.5, 3), (0.3, 3)],
    "voigt_profile": [(-3, 3), (0.3, 1), (0.3, 1)], "sinc": [(0.1, 3)], "sindg": [(-90, 90)],
    "cosm1": [(-2, 2)],
    "hyp2f1": [(0.5, 2), (0.5, 2), (2.2, 4), (0.1, 0.7)], "hyp1f1": [(0.5, 2), (0.6, 3), (-2, 2)],
    "hyp0f1": [(0.6, 3), (-2, 2)], "struve": [(0.5, 2), (0.5, 5)],
    "zeta": [(1.5, 6), (0.5, 4)], "owens_t": [(-2, 2), (-2, 2)], "softplus": [(-4, 4)],
    "wrightomega": [(-2, 3)], "lambertw": [(0.1, 3)], "loggamma": [(0.3, 9)],
    "logsumexp": [(-3, 3)], "softmax": [(-3, 3)], "log_softmax": [(-3, 3)],
    "multigammaln": [(2.5, 6)],
}  # fmt: skip
WITH_AXIS = ("logsumexp", "softmax", "log_softmax")


def special(r: Random) -> Drawn:
    name = str(r.choice(list(SPECIAL)))
    ranges: Any = SPECIAL[name]
    kind = dtype_of(r)
    if name in WITH_AXIS:
        rank = int(r.integers(1, 4))
        shape = [int(r.choice([1, 2, 3, 5])) for _ in range(rank)]
        axis = r.choice(np.array([None, *range(-rank, rank)], object))
        more: dict[str, Any] = {"axis": axis}
        if name == "logsumexp" and r.random() < 0.5:
            more["keepdims"] = True
        x = numbers(r, shape, *ranges[0], kind)
        if name == "logsumexp" and r.random() < 0.4:
            b = numbers(r, shape, 0.2, 2, kind)

            return Drawn(
                f"{name}({more}, b)", lambda s, x, b: s.special.logsumexp(x, b=b, **more), [x, b]
            )

        return Drawn(f"{name}({more})", lambda s, x: getattr(s.special, name)(x, **more), [x])
    if name == "multigammaln":
        d = int(r.integers(1, 4))

        def call(s, x):
            return s.special.multigammaln(x, d)

        return Drawn(f"{name}(d={d})", call, [numbers(r, shapes(r, 1)[0], *ranges[0], kind)])
    xs = [numbers(r, s, *ends, kind) for s, ends in zip(shapes(r, len(ranges)), ranges)]
    if len(xs) > 1 and r.random() < 0.3:
        k = int(r.integers(len(xs)))
        xs[k] = xs[k].astype(np.float64)
    if name == "lambertw":
        return Drawn(name, lambda s, x: np.real(s.special.lambertw(x)), xs)
    return Drawn(name, lambda s, *xs: getattr(s.special, name)(*xs), xs)


BINARY: dict[str, Any] = {
    "add": (-3, 3), "subtract": (-3, 3), "multiply": (-3, 3), "divide": (0.5, 3),
    "power": (0.3, 3), "float_power": (0.3, 3), "arctan2": (0.2, 3), "hypot": (0.2, 3),
    "logaddexp": (-3, 3), "logaddexp2": (-3, 3), "maximum": (-3, 3), "minimum": (-3, 3),
    "fmax": (-3, 3), "fmin": (-3, 3), "copysign": (-3, 3), "fmod": (0.3, 3), "remainder": (0.3, 3),
    "heaviside": (0.3, 3), "matmul": (-2, 2), "vecdot": (-2, 2), "floor_divide": (0.3, 3),
}  # fmt: skip
OF_COMPLEX = ("add", "subtract", "multiply", "divide", "power", "matmul", "vecdot", "float_power")


def binary(r: Random) -> Drawn:
    name = str(r.choice(list(BINARY)))
    kinds = [dtype_of(r, name in OF_COMPLEX) for _ in range(2)]
    if name == "matmul":
        b = shapes(r, 2)
        m, k, n = (int(r.choice([0, 1, 2, 3, 5], p=[0.05, 0.15, 0.3, 0.3, 0.2])) for _ in range(3))
        left, right = [(*b[0], m, k), (*b[1], k, n)]
        if r.random() < 0.2:
            left = (k,)
        elif r.random() < 0.2:
            right = (k,)
        both = [left, right]
    else:
        both = shapes(r, 2)
        if name == "vecdot":
            k = int(r.choice([1, 2, 3]))
            both = [(*s, k) for s in both]
    function = getattr(np, name)
    xs = [numbers(r, s, *BINARY[name], kind) for s, kind in zip(both, kinds)]
    smooth = name not in ("floor_divide",)
    return Drawn(name, lambda s, x, y: function(x, y), xs, smooth, 3.0)


def along(r: Random, low: int = 4, high: int = 8) -> tuple[tuple[int, ...], int]:
    """A shape, and one of its axes."""
    rank = int(r.integers(1, 4))
    shape = [int(r.integers(1, 4)) for _ in range(rank)]
    axis = int(r.integers(-rank, rank))
    shape[axis] = int(r.integers(low, high))
    return tuple(shape), axis


def integrate(r: Random) -> Drawn:
    name = str(
        r.choice(
            [
                "trapezoid",
                "simpson",
                "cumulative_trapezoid",
                "cumulative_simpson",
                "romb",
                "np.trapezoid",
            ]
        )
    )
    shape, axis = along(r, 3, 9)
    kind = dtype_of(r, name not in ("romb", "cumulative_simpson"))
    if name == "romb":
        sizes = list(shape)
        sizes[axis] = int(r.choice([2, 3, 5, 9]))
        shape = tuple(sizes)
    y = numbers(r, shape, -2, 2, kind)
    more: dict[str, Any] = {"axis": axis}
    if name.startswith("cumulative") and r.random() < 0.5:
        more["initial"] = 0

    def function(s):
        return np.trapezoid if name[:2] == "np" else getattr(s.integrate, name)

    if name != "romb" and r.random() < 0.6:
        n = shape[axis]
        real = np.float32 if kind in (np.float32, np.complex64) else np.float64
        x = (np.cumsum(r.uniform(0.5, 1.5, n))).astype(real)
        if r.random() < 0.3:
            wide = [1] * len(shape)
            wide[axis] = n
            x = np.broadcast_to(x.reshape(wide), shape).copy()
        return Drawn(
            f"{name}({more}, x)", lambda s, y, x: function(s)(y, x=x, **more), [y, x], True, 3.0
        )
    more["dx"] = 0.3
    return Drawn(f"{name}({more})", lambda s, y: function(s)(y, **more), [y], True, 3.0)


def signal(r: Random) -> Drawn:
    name = str(
        r.choice(
            [
                "convolve",
                "correlate",
                "fftconvolve",
                "oaconvolve",
                "convolve2d",
                "correlate2d",
                "lfilter",
                "filtfilt",
                "sosfilt",
                "savgol_filter",
                "detrend",
                "hilbert",
                "resample",
                "resample_poly",
                "upfirdn",
                "periodogram",
                "welch",
                "decimate",
                "sosfiltfilt",
                "lfilter zi",
                "medfilt",
                "freqz",
                "czt",
                "deconvolve",
                "stft",
                "csd",
                "coherence",
            ]
        )
    )
    if name in ("convolve", "correlate", "fftconvolve", "oaconvolve"):
        kinds = [dtype_of(r, True) for _ in range(2)]
        mode = str(r.choice(["full", "same", "valid"]))
        rank = int(r.integers(1, 3))
        left = tuple(int(r.integers(3, 7)) for _ in range(rank))
        right = tuple(int(r.integers(1, n + 1)) for n in left)
        if r.random() < 0.3 and mode != "same":
            left, right = right, left
        more: dict[str, Any] = {"mode": mode}
        if name in ("convolve", "correlate") and r.random() < 0.5:
            more["method"] = str(r.choice(["direct", "fft", "auto"]))
        if name in ("fftconvolve", "oaconvolve") and rank == 2 and r.random() < 0.5:
            more["axes"] = int(r.integers(-2, 2))
            d = more["axes"] % 2
            right = tuple(right[k] if k == d else left[k] for k in range(2))
        xs = [numbers(r, s, -2, 2, k) for s, k in zip((left, right), kinds)]
        return Drawn(
            f"{name}({more})", lambda s, x, y: getattr(s.signal, name)(x, y, **more), xs, True, 10.0
        )
    if name in ("convolve2d", "correlate2d"):
        more = {
            "mode": str(r.choice(["full", "same", "valid"])),
            "boundary": str(r.choice(["fill", "wrap", "symm"])),
        }
        if more["boundary"] == "fill":
            more["fillvalue"] = float(r.choice([0, 1.5]))
        left = tuple(int(r.integers(3, 7)) for _ in range(2))
        right = tuple(int(r.integers(1, n + 1)) for n in left)
        xs = [numbers(r, s, -2, 2, dtype_of(r, False)) for s in (left, right)]
        return Drawn(
            f"{name}({more})", lambda s, x, y: getattr(s.signal, name)(x, y, **more), xs, True, 10.0
        )
    kind = dtype_of(r)
    if name in ("lfilter", "lfilter zi", "filtfilt"):
        shape, axis = along(r, 14, 20) if name == "filtfilt" else along(r, 3, 9)
        b, a = (
            numbers(r, (int(r.integers(1, 4)),), 0.2, 1, kind),
            numbers(r, (int(r.integers(1, 3)),), 0.1, 0.4, kind),
        )
        a = np.concatenate([np.array([1.5], kind), a])[: max(1, a.size)]
        x = numbers(r, shape, -2, 2, kind)
        if name == "lfilter zi":
            n = max(len(a), len(b)) - 1
            z = list(shape)
            z[axis] = n
            zi = numbers(r, z, -1, 1, kind)
            return Drawn(
                f"lfilter({axis}, zi)",
                lambda s, b, a, x, zi: s.signal.lfilter(b, a, x, axis=axis, zi=zi),
                [b, a, x, zi],
                True,
                10.0,
            )
        return Drawn(
            f"{name}({axis})",
            lambda s, b, a, x: getattr(s.signal, name)(b, a, x, axis=axis),
            [b, a, x],
            True,
            10.0,
        )
    ss: Any = importlib.import_module("scipy.signal")

    shape, axis = along(r, 24, 34)
    x = numbers(r, shape, -2, 2, kind)
    if name in ("sosfilt", "sosfiltfilt"):
        sos = ss.butter(3, 0.3, output="sos").astype(kind)
        return Drawn(
            f"{name}({axis})",
            lambda s, x: getattr(s.signal, name)(sos, x, axis=axis),
            [x],
            True,
            10.0,
        )
    if name == "deconvolve":
        return Drawn(
            name,
            lambda s, x, y: s.signal.deconvolve(x, y),
            [numbers(r, (7,), -2, 2, kind), numbers(r, (3,), 1, 2, kind)],
            True,
            100.0,
        )
    if name == "csd" or name == "coherence":
        y = numbers(r, shape, -2, 2, kind)
        return Drawn(
            f"{name}({axis})",
            lambda s, x, y: getattr(s.signal, name)(x, y, nperseg=8, axis=axis)[1],
            [x, y],
            True,
            100.0,
        )
    options: dict[str, Any] = {
        "savgol_filter": lambda: (
            (5, 2),
            {
                "axis": axis,
                "mode": str(r.choice(["interp", "mirror", "nearest", "constant", "wrap"])),
                "deriv": int(r.integers(0, 2)),
            },
        ),
        "detrend": lambda: ((), {"axis": axis, "type": str(r.choice(["linear", "constant"]))}),
        "hilbert": lambda: ((), {"axis": axis}),
        "resample": lambda: ((int(r.integers(5, 40)),), {"axis": axis}),
        "resample_poly": lambda: ((int(r.integers(1, 4)), int(r.integers(1, 4))), {"axis": axis}),
        "upfirdn": lambda: ((int(r.integers(1, 4)), int(r.integers(1, 4))), {"axis": axis}),
        "periodogram": lambda: (
            (),
            {
                "axis": axis,
                "window": str(r.choice(["hann", "boxcar"])),
                "scaling": str(r.choice(["density", "spectrum"])),
            },
        ),
        "welch": lambda: (
            (),
            {
                "axis": axis,
                "nperseg": 8,
                "detrend": r.choice(np.array(["constant", "linear", False], object)),
            },
        ),
        "decimate": lambda: ((2,), {"axis": axis, "ftype": str(r.choice(["iir", "fir"]))}),
        "medfilt": lambda: ((), {}),
        "freqz": lambda: ((), {"worN": 8}),
        "czt": lambda: ((), {"axis": axis}),
        "stft": lambda: ((), {"axis": axis, "nperseg": 8}),
    }
    args, more = options[name]()
    if name == "upfirdn":
        h = numbers(r, (4,), -1, 1, kind)
        return Drawn(
            f"upfirdn({args}, {more})",
            lambda s, h, x: s.signal.upfirdn(h, x, *args, **more),
            [h, x],
            True,
            10.0,
        )
    if name == "freqz":
        return Drawn(
            name,
            lambda s, b, a: s.signal.freqz(b, a, **more)[1],
            [
                numbers(r, (3,), 0.5, 1, kind),
                numbers(r, (2,), 0.5, 1, kind) * np.array([2, 0.3], kind),
            ],
            True,
            10.0,
        )
    pick = (
        (lambda v: v[1])
        if name in ("periodogram", "welch")
        else (lambda v: v[2])
        if name == "stft"
        else (lambda v: v)
    )
    return Drawn(
        f"{name}({args}, {more})",
        lambda s, x: pick(getattr(s.signal, name)(x, *args, **more)),
        [x],
        name not in ("medfilt",),
        100.0,
    )


def interpolate(r: Random) -> Drawn:
    name = str(
        r.choice(
            [
                "CubicSpline",
                "PchipInterpolator",
                "Akima1DInterpolator",
                "make_interp_spline",
                "BarycentricInterpolator",
                "KroghInterpolator",
                "interp1d",
                "RegularGridInterpolator",
                "np.interp",
                "CubicHermiteSpline",
                "splrep",
                "InterpolatedUnivariateSpline",
            ]
        )
    )
    kind = np.float64
    n = int(r.integers(5, 8))
    x = np.cumsum(r.uniform(0.5, 1.5, n))
    rest = tuple(int(r.integers(1, 3)) for _ in range(int(r.integers(0, 3))))
    axis = int(r.integers(0, len(rest) + 1))
    shape = (*rest[:axis], n, *rest[axis:])
    y = numbers(r, shape, -2, 2, kind)
    at = r.uniform(x[0] + 0.05, x[-1] - 0.05, [(), (4,), (2, 3)][int(r.integers(3))])
    if name == "CubicSpline":
        bc = str(r.choice(["not-a-knot", "natural", "clamped"]))
        nu = int(r.integers(0, 3))
        return Drawn(
            f"{name}({bc},{nu},axis={axis})",
            lambda s, x, y, at: s.interpolate.CubicSpline(x, y, axis=axis, bc_type=bc)(at, nu),
            [x, y, at],
            nu < 2,
            100.0,
        )
    if name in ("PchipInterpolator", "Akima1DInterpolator"):
        return Drawn(
            f"{name}({axis})",
            lambda s, x, y, at: getattr(s.interpolate, name)(x, y, axis=axis)(at),
            [x, y, at],
            name[0] != "A" or True,
            100.0,
        )
    if name == "CubicHermiteSpline":
        return Drawn(
            f"{name}({axis})",
            lambda s, x, y, d, at: s.interpolate.CubicHermiteSpline(x, y, d, axis=axis)(at),
            [x, y, numbers(r, shape, -1, 1, kind), at],
            True,
            100.0,
        )
    if name == "make_interp_spline":
        k = int(r.choice([1, 2, 3]))
        return Drawn(
            f"{name}({k},{axis})",
            lambda s, y, at: s.interpolate.make_interp_spline(x, y, k=k, axis=axis)(at),
            [y, at],
            k > 1,
            100.0,
        )
    if name in ("BarycentricInterpolator", "KroghInterpolator"):
        return Drawn(
            f"{name}({axis})",
            lambda s, y, at: getattr(s.interpolate, name)(x, y, axis=axis)(at),
            [y, at],
            True,
            1000.0,
        )
    if name == "interp1d":
        k = str(r.choice(["linear", "quadratic", "cubic", "nearest", "previous", "next"]))
        return Drawn(
            f"{name}({k},{axis})",
            lambda s, y, at: s.interpolate.interp1d(x, y, kind=k, axis=axis)(at),
            [y, at],
            True,
            100.0,
        )
    if name == "RegularGridInterpolator":
        m = str(r.choice(["linear", "nearest"]))
        y = numbers(r, (n, 5), -2, 2, kind)
        at = np.stack([r.uniform(x[0] + 0.05, x[-1] - 0.05, 3), r.uniform(0.05, 3.9, 3)], -1)
        return Drawn(
            f"{name}({m})",
            lambda s, y, at: s.interpolate.RegularGridInterpolator(
                (x, np.arange(5.0)), y, method=m
            )(at),
            [y, at],
            True,
            100.0,
        )
    if name == "np.interp":
        return Drawn(
            name,
            lambda s, at, x, y: np.interp(at, x, y),
            [at, x, numbers(r, (n,), -2, 2, kind)],
            True,
            10.0,
        )
    y = numbers(r, (n,), -2, 2, kind)
    if name == "splrep":
        der = int(r.integers(0, 2))
        return Drawn(
            f"splrep({der})",
            lambda s, y, at: s.interpolate.splev(at, s.interpolate.splrep(x, y), der=der),
            [y, at],
            True,
            100.0,
        )
    k = int(r.choice([1, 2, 3]))
    return Drawn(
        f"{name}({k})",
        lambda s, y, at: s.interpolate.InterpolatedUnivariateSpline(x, y, k=k)(at),
        [y, at],
        k > 1,
        100.0,
    )


def linalg(r: Random) -> Drawn:
    L: Any = np.linalg
    name = str(
        r.choice(
            [
                "inv",
                "solve",
                "det",
                "slogdet",
                "eigvalsh",
                "eigh",
                "svd",
                "qr",
                "cholesky",
                "pinv",
                "lstsq",
                "norm",
                "vector_norm",
                "matrix_norm",
                "matrix_power",
                "multi_dot",
                "cross",
                "trace",
                "kron",
                "tensorsolve",
                "tensorinv",
                "cond",
                "outer",
                "eigvals",
                "s.expm",
                "s.lu",
                "s.sqrtm",
                "s.logm",
                "s.polar",
                "s.solve_triangular",
                "s.cho_solve",
                "s.solve_banded",
                "s.solve_sylvester",
                "s.toeplitz",
                "s.block_diag",
                "s.norm",
                "s.eigh b",
                "s.null",
                "s.solve pos",
            ]
        )
    )
    kind = dtype_of(r, True)
    batch = shapes(r, 1)[0][:2]
    n = int(r.choice([0, 1, 2, 3, 4, 67], p=[0.04, 0.1, 0.28, 0.28, 0.25, 0.05]))
    m = int(r.integers(1, 5))
    if n > 10:
        batch = ()

    def adj(a):
        return np.conj(np.swapaxes(a, -1, -2))

    a = numbers(r, (*batch, n, n), -1, 1, kind)

    def reg(a):
        return a + (2 + n / 2) * np.eye(n, dtype=np.float32)

    def pos(a):
        return a @ adj(a) + np.eye(n, dtype=np.float32)

    numbers(r, (n, n), -1, 1, kind)
    simple = {
        "inv": lambda s, a: L.inv(reg(a)),
        "det": lambda s, a: L.det(a),
        "slogdet": lambda s, a: tuple(L.slogdet(reg(a))),
        "eigvalsh": lambda s, a: L.eigvalsh(a + adj(a)),
        "cholesky": lambda s, a: L.cholesky(pos(a), upper=bool(m % 2)),
        "trace": lambda s, a: np.trace(a, int(m - 3), -2, -1),
        # NumPy gives real numbers if none has an imaginary part.
        "eigvals": lambda s, a: np.sum((L.eigvals(a) + 0j) ** 3, axis=-1),
        "matrix_power": lambda s, a: L.matrix_power(reg(a), m - 2),
    }
    if name in simple:
        return Drawn(f"{name} {m}", simple[name], [a], True, 100.0)
    if name == "solve":
        b = numbers(r, (n,) if r.random() < 0.5 else (*batch, n, m), -1, 1, kind)
        return Drawn(name, lambda s, a, b: L.solve(reg(a), b), [a, b], True, 100.0)
    if name == "eigh":
        return Drawn(
            name,
            lambda s, a: (lambda w, v: (w, (v * w[..., None, :] ** 2) @ adj(v)))(
                *L.eigh(a + adj(a))
            ),
            [a],
            True,
            100.0,
        )
    wide = numbers(r, (*batch, m, int(r.integers(1, 5))), -1, 1, kind)
    if name == "svd":
        k = int(r.integers(3))
        f = [
            lambda a: L.svd(a, compute_uv=False),
            lambda a: (lambda u, s, v: (u * s[..., None, :] ** 2) @ v)(
                *L.svd(a, full_matrices=False)
            ),
            lambda a: L.svdvals(a),
        ][k]
        return Drawn(f"svd{k}", lambda s, a: f(a), [wide], True, 100.0)
    if name == "qr":
        tall = numbers(r, (*batch, m + 2, m), -1, 1, kind)
        return Drawn(name, lambda s, a: tuple(L.qr(a)), [tall], True, 300.0)
    if name in ("pinv", "cond"):
        tall = numbers(r, (*batch, m + 2, m), -1, 1, kind)
        p = None if name == "pinv" else r.choice(np.array([None, 2, -2], object))
        return Drawn(
            f"{name} {p}",
            (lambda s, a: L.pinv(a)) if name == "pinv" else (lambda s, a: L.cond(a, p)),
            [tall],
            True,
            1000.0,
        )
    if name == "lstsq":
        tall = numbers(r, (m + 2, m), -1, 1, kind)
        b = numbers(r, (m + 2,) if r.random() < 0.5 else (m + 2, 2), -1, 1, kind)
        return Drawn(name, lambda s, a, b: L.lstsq(a, b, rcond=None)[:2], [tall, b], True, 1000.0)
    if name in ("norm", "vector_norm", "matrix_norm", "s.norm"):
        x = numbers(r, (2, 3, 4)[: int(r.integers(1, 4))], -2, 2, kind)
        if name == "matrix_norm" and x.ndim < 2:
            x = x[None]
        orders = {
            "vector_norm": [1, 2, 3, np.inf, -np.inf, 0.5],
            "matrix_norm": ["fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf],
        }
        more: dict[str, Any] = {"keepdims": bool(r.random() < 0.5)}
        if name in orders:
            more["ord"] = r.choice(np.array(orders[name], object))
            if name == "vector_norm":
                more["axis"] = r.choice(np.array([None, *range(x.ndim)], object))
        else:
            two = x.ndim >= 2 and r.random() < 0.5
            more["axis"] = (
                tuple(int(d) for d in r.permutation(x.ndim)[:2]) if two else int(r.integers(x.ndim))
            )
            more["ord"] = r.choice(
                np.array([None, *(orders["matrix_norm"] if two else orders["vector_norm"])], object)
            )
        f = (lambda s: s.linalg.norm) if name == "s.norm" else (lambda s: getattr(L, name))
        return Drawn(f"{name}({more}) {x.shape}", lambda s, x: f(s)(x, **more), [x], True, 30.0)
    if name == "multi_dot":
        d = [int(r.integers(1, 5)) for _ in range(5)]
        xs = [numbers(r, (d[k], d[k + 1]), -1, 1, kind) for k in range(int(r.integers(2, 5)))]
        return Drawn(name, lambda s, *xs: L.multi_dot(xs), xs, True, 30.0)
    if name == "cross":
        s_ = shapes(r, 2)
        k = int(r.choice([3]))
        return Drawn(
            name,
            lambda s, x, y: np.cross(x, y),
            [numbers(r, (*q, k), -1, 1, kind) for q in s_],
            True,
            10.0,
        )
    if name in ("kron", "outer"):
        xs = [numbers(r, q, -1, 1, kind) for q in shapes(r, 2)]
        return Drawn(name, lambda s, x, y: getattr(np, name)(x, y), xs, True, 10.0)
    if name == "tensorsolve":
        return Drawn(
            name,
            lambda s, a, b: L.tensorsolve(a, b),
            [
                numbers(r, (2, 3, 6), -1, 1, kind) + np.eye(6, dtype=kind).reshape(2, 3, 6) * 4,
                numbers(r, (2, 3), -1, 1, kind),
            ],
            True,
            100.0,
        )
    if name == "tensorinv":
        return Drawn(
            name,
            lambda s, a: L.tensorinv(a, ind=1),
            [numbers(r, (6, 2, 3), -1, 1, kind) + np.eye(6, dtype=kind).reshape(6, 2, 3) * 4],
            True,
            100.0,
        )
    low, tr, unit = bool(r.random() < 0.5), int(r.integers(3)), bool(r.random() < 0.3)
    n2 = max(n, 1)
    sq = numbers(r, (n2, n2), -1, 1, kind)

    def reg2(a):
        return a + (2 + n2 / 2) * np.eye(n2, dtype=np.float32)

    def pos2(a):
        return a @ adj(a) + np.eye(n2, dtype=np.float32)

    b = numbers(r, (n2,) if r.random() < 0.5 else (n2, m), -1, 1, kind)
    of: dict[str, Any] = {
        "s.expm": (lambda s, a: s.linalg.expm(a), [sq[:4, :4]]),
        "s.lu": (
            lambda s, a: tuple(s.linalg.lu(a, permute_l=low, p_indices=False))[-2:],
            [numbers(r, (m, int(r.integers(1, 5))), -1, 1, kind) if n < 10 else sq],
        ),
        "s.sqrtm": (
            lambda s, a: s.linalg.sqrtm(a @ adj(a) + 2 * np.eye(a.shape[0], dtype=np.float32)),
            [sq[:4, :4]],
        ),
        "s.logm": (
            lambda s, a: s.linalg.logm(a @ adj(a) + 2 * np.eye(a.shape[0], dtype=np.float32)),
            [sq[:4, :4]],
        ),
        "s.polar": (
            lambda s, a: tuple(s.linalg.polar(a + 3 * np.eye(a.shape[0], dtype=np.float32))),
            [sq[:4, :4]],
        ),
        "s.solve_triangular": (
            lambda s, a, b: s.linalg.solve_triangular(
                a / n2 if unit else reg2(a), b, trans=tr, lower=low, unit_diagonal=unit
            ),
            [sq, b],
        ),
        "s.cho_solve": (
            lambda s, a, b: s.linalg.cho_solve(s.linalg.cho_factor(pos2(a), low), b),
            [sq, b],
        ),
        "s.solve_banded": (
            lambda s, ab, b: s.linalg.solve_banded(
                (1, 1), ab + np.array([[0], [4], [0]], np.float32), b
            ),
            [numbers(r, (3, n2), -1, 1, kind), b],
        ),
        "s.solve_sylvester": (
            lambda s, a, c, q: s.linalg.solve_sylvester(
                a + 3 * np.eye(a.shape[0], dtype=np.float32), c + 3 * np.eye(m, dtype=np.float32), q
            ),
            [sq[:3, :3], numbers(r, (m, m), -1, 1, kind), numbers(r, (min(n2, 3), m), -1, 1, kind)],
        ),
        "s.toeplitz": (
            lambda s, c, q: s.linalg.toeplitz(c, q),
            [b[:, 0] if b.ndim > 1 else b, numbers(r, (m,), -1, 1, kind)],
        ),
        "s.block_diag": (
            lambda s, *x: s.linalg.block_diag(*x),
            [sq[:4, :4], numbers(r, (m,), -1, 1, kind)],
        ),
        "s.eigh b": (
            lambda s, a, c: s.linalg.eigh(
                a + adj(a),
                c @ adj(c) + np.eye(a.shape[0], dtype=np.float32),
                lower=low,
                eigvals_only=True,
            ),
            [sq[:4, :4], sq[:4, :4] * 0.7],
        ),
        "s.null": (
            lambda s, a: (lambda z: z @ adj(z))(s.linalg.null_space(a)),
            [numbers(r, (2, 4), -1, 1, kind)],
        ),
        "s.solve pos": (
            lambda s, a, b: s.linalg.solve(pos2(a), b, assume_a="pos", lower=low),
            [sq, b],
        ),
    }
    call, xs = of[name]
    return Drawn(f"{name} {low} {tr} {unit}", call, xs, True, 300.0)


DRAWS: dict[str, list[tuple[float, float]]] = {
    "normal": [(-2, 2), (0.3, 2)], "uniform": [(-2, 0), (0.5, 2)], "exponential": [(0.3, 2)],
    "laplace": [(-2, 2), (0.3, 2)], "logistic": [(-2, 2), (0.3, 2)], "gumbel": [(-2, 2), (0.3, 2)],
    "lognormal": [(-1, 1), (0.2, 0.8)], "rayleigh": [(0.3, 2)], "weibull": [(0.7, 3)],
    "pareto": [(1.5, 4)], "power": [(0.7, 3)], "triangular": [(-2, -1), (-0.5, 0.5), (1, 2)],
    "gamma": [(0.5, 4), (0.3, 2)], "beta": [(0.5, 4), (0.5, 4)], "chisquare": [(1, 5)],
    "standard_t": [(2, 6)], "poisson": [(0.5, 6)], "vonmises": [(-2, 2), (0.5, 3)],
    "wald": [(0.5, 2), (0.5, 2)], "bernoulli": [(0.2, 0.8)], "geometric": [(0.2, 0.8)],
}  # fmt: skip
"""By the name of a draw → where each of its parameters lies."""
BY_REJECTION = (
    "gamma", "beta", "chisquare", "standard_t", "poisson", "vonmises", "wald", "bernoulli",
    "geometric",
)  # fmt: skip
"""Draws that jump where a proposal is refused, or that are integers: differences say nothing."""


def draws(r: Random) -> Drawn:
    """Random numbers of `lg.random`. The same seed gives the same numbers in and out of a trace."""
    name, seed = str(r.choice(list(DRAWS))), int(r.integers(1000))
    both = shapes(r, len(DRAWS[name]))
    xs = [numbers(r, s, *ends, np.float64) for s, ends in zip(both, DRAWS[name])]
    size = None
    if r.random() < 0.5:
        size = (int(r.integers(0, 4)), *np.broadcast_shapes(*both))

    def call(_: Any, *xs: Any) -> Any:
        return getattr(lg.random.default_rng(seed), name)(*xs, size=size)

    return Drawn(f"{name} {seed} {size}", call, xs, name not in BY_REJECTION)


KINDS: dict[str, Callable[[Random], Drawn]] = {
    "special": special,
    "binary": binary,
    "integrate": integrate,
    "signal": signal,
    "interpolate": interpolate,
    "linalg": linalg,
    "draws": draws,
}
"""By a kind of functions → a function that draws one of them, with its operands."""
