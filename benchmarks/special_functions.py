"""
Special functions, Fourier transforms and decompositions of arrays of a million elements, beside
SciPy and NumPy.

    python benchmarks/special_functions.py [--only erf,gammaln] [--turns 9] [--least] [--jax]

Each row calls one compiled function of letgrad and the function of SciPy with the same name, on the
same arrays. A time is the median over turns in which the systems run one after the other, in
milliseconds, after both results were compared. The ratio is letgrad's time over SciPy's: a row
holds if it is at most 1, up to the noise of the machine. `--jax` adds the time of JAX's function,
if JAX has one of the name.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import letgrad as lg

SIZE = 10**6
INTERVALS: dict[str, list[tuple[float, float]]] = {
    "erf": [(-3, 3)], "erfc": [(-3, 3)], "erfcx": [(-1, 8)], "erfi": [(-2, 2)],
    "dawsn": [(-4, 4)], "gamma": [(0.1, 20)], "gammaln": [(0.1, 50)], "loggamma": [(0.1, 50)],
    "rgamma": [(0.1, 20)], "psi": [(0.1, 30)], "digamma": [(0.1, 30)], "expit": [(-8, 8)],
    "log_expit": [(-8, 8)], "ndtr": [(-4, 4)], "log_ndtr": [(-4, 4)], "i0": [(0, 9)],
    "i1": [(0, 9)], "i0e": [(0, 9)], "i1e": [(0, 9)], "j0": [(0, 20)], "j1": [(0, 20)],
    "y0": [(0.1, 20)], "y1": [(0.1, 20)], "k0": [(0.1, 9)], "k1": [(0.1, 9)],
    "expi": [(0.1, 5)], "exp1": [(0.1, 5)], "cbrt": [(-9, 9)], "exp2": [(-9, 9)],
    "exp10": [(-5, 5)], "expm1": [(-2, 2)], "exprel": [(-2, 2)], "log1p": [(-0.9, 9)],
    "xlogy": [(0, 3), (0.1, 3)], "xlog1py": [(0, 3), (0, 3)], "entr": [(0.1, 3)],
    "kl_div": [(0.1, 3), (0.1, 3)], "rel_entr": [(0.1, 3), (0.1, 3)], "logit": [(0.01, 0.99)],
    "erfinv": [(-0.99, 0.99)], "erfcinv": [(0.01, 1.99)], "ndtri": [(0.01, 0.99)],
    "beta": [(0.1, 9), (0.1, 9)], "betaln": [(0.1, 9), (0.1, 9)],
    "betainc": [(0.5, 5), (0.5, 5), (0.01, 0.99)], "gammainc": [(0.5, 9), (0.1, 9)],
    "gammaincc": [(0.5, 9), (0.1, 9)], "poch": [(1, 5), (0.1, 3)], "binom": [(5, 9), (1, 4)],
    "boxcox": [(0.1, 5), (0.1, 2)], "boxcox1p": [(0.1, 5), (0.1, 2)],
    "huber": [(0.5, 2), (-4, 4)], "pseudo_huber": [(0.5, 2), (-4, 4)], "spence": [(0.1, 5)],
    "ellipk": [(0, 0.9)], "ellipe": [(0, 0.9)], "jv": [(0.1, 3), (0.1, 9)],
    "iv": [(0.1, 3), (0.1, 5)], "kv": [(0.1, 3), (0.1, 5)], "stdtr": [(1, 9), (-3, 3)],
    "chdtr": [(1, 9), (0.1, 9)], "voigt_profile": [(-3, 3), (0.1, 1), (0.1, 1)],
}  # fmt: skip
"""By the name of a function of `scipy.special` → where each of its arguments lies."""


@dataclass(frozen=True)
class Row:
    """A function of the modules of letgrad, SciPy or JAX, and its arrays."""

    name: str
    module: str
    call: Callable[..., Any]
    xs: list[np.ndarray]
    error: float = 1e-9

    def of(self, package: str) -> Callable[..., Any]:
        """The function of a package."""
        module = importlib.import_module(f"{package}{self.module}")
        return lambda *xs: self.call(module, *xs)


def rows() -> list[Row]:
    """All rows."""
    r = np.random.default_rng(0)
    found = []
    for name, intervals in INTERVALS.items():
        xs = [r.uniform(low, high, SIZE) for low, high in intervals]
        found.append(Row(name, ".special", lambda s, *xs, n=name: getattr(s, n)(*xs), xs))

    x = r.normal(size=SIZE)
    table = x.reshape(1000, 1000)
    z = table + 1j * table[::-1]
    for name, arrays in {
        "fft": [x + 1j], "ifft": [x + 1j], "rfft": [x], "irfft": [x + 1j], "fft2": [z],
        "rfft2": [table], "fftn": [z.reshape(100, 100, 100)],
    }.items():  # fmt: skip
        found.append(Row(name, ".fft", lambda s, x, n=name: getattr(s, n)(x), arrays))
    found.append(Row("fft of rows", ".fft", lambda s, x: s.fft(x, axis=1), [z]))
    found.append(Row("rfft of rows", ".fft", lambda s, x: s.rfft(x, axis=1), [table]))
    found.append(Row("dct of rows", ".fft", lambda s, x: s.dct(x, axis=1), [table]))

    positive = table @ table.T / 1000 + np.eye(1000)
    some = r.normal(size=(1000, 8))
    for name, call, arrays in (
        ("cholesky", lambda s, a: s.cholesky(a), [positive]),
        ("solve", lambda s, a, b: s.solve(a, b), [table, some]),
        ("inv", lambda s, a: s.inv(a), [table]),
        ("det", lambda s, a: s.det(a / 20), [table]),
        ("qr", lambda s, a: s.qr(a, mode="economic")[1], [table[:, :500]]),
        ("svd", lambda s, a: s.svd(a, full_matrices=False)[1], [table]),
        ("svdvals", lambda s, a: s.svdvals(a), [table]),
        ("eigh", lambda s, a: s.eigh(a)[0], [positive]),
        ("eigvalsh", lambda s, a: s.eigvalsh(a), [positive]),
        ("lu", lambda s, a: s.lu(a)[2], [table]),
        ("expm", lambda s, a: s.expm(a / 100), [table]),
        (
            "solve_triangular",
            lambda s, a, b: s.solve_triangular(a, b, lower=True),
            [positive, some],
        ),
        ("upper triangular", lambda s, a, b: s.solve_triangular(a, b), [positive, some]),
        ("triangular of one", lambda s, a, b: s.solve_triangular(a, b), [positive, x[:1000]]),
        ("lower cholesky", lambda s, a: s.cholesky(a, lower=True), [positive]),
        ("cho_solve", lambda s, a, b: s.cho_solve(s.cho_factor(a), b), [positive, some]),
        ("solve pos", lambda s, a, b: s.solve(a, b, assume_a="pos"), [positive, some]),
        ("solve sym", lambda s, a, b: s.solve(a, b, assume_a="sym"), [table + table.T, some]),
        ("permuted lu", lambda s, a: s.lu(a, permute_l=True)[0], [table]),
    ):
        found.append(Row(name, ".linalg", call, arrays, 1e-6))
    return found


def ready(result: Any) -> Any:
    """The result, after the device has computed it."""
    return result.block_until_ready() if hasattr(result, "block_until_ready") else result


def measure(row: Row, turns: int, with_jax: bool, least: bool) -> dict[str, float]:
    """The median or least times, in milliseconds."""
    systems = {"letgrad": lg.jit(row.of("letgrad.scipy")), "scipy": row.of("scipy")}
    xs: dict[str, list[Any]] = {name: row.xs for name in systems}
    if with_jax:
        jax = importlib.import_module("jax")
        jax.config.update("jax_enable_x64", True)
        try:
            f = jax.jit(row.of("jax.scipy" if row.module != ".fft" else "jax.numpy"))
            on_device = [jax.numpy.asarray(x) for x in row.xs]
            ready(f(*on_device))
            systems["jax"], xs["jax"] = f, on_device
        except (AttributeError, ImportError, TypeError, NotImplementedError):
            pass  # JAX has no function of the name
    wanted = systems["scipy"](*row.xs)
    np.testing.assert_allclose(systems["letgrad"](*row.xs), wanted, rtol=1e-6, atol=row.error)
    times: dict[str, list[float]] = {name: [] for name in systems}
    for turn in range(turns):
        for name in (list(systems), list(systems)[::-1])[turn % 2]:
            start = time.perf_counter()
            ready(systems[name](*xs[name]))
            times[name].append(time.perf_counter() - start)
    of_all = min if least else statistics.median
    return {name: 1e3 * of_all(t) for name, t in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", default="", help="names of rows, with commas between them")
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--least", action="store_true", help="the least time of the turns")
    parser.add_argument("--quick", action="store_true", help="three turns")
    parser.add_argument("--jax", action="store_true")
    options = parser.parse_args()
    if importlib.util.find_spec("scipy") is None:
        sys.exit("this table needs SciPy: pip install letgrad[scipy]")
    only = [name for name in options.only.split(",") if name]
    turns = 3 if options.quick else options.turns
    print(f"{'function':18} {'letgrad':>9} {'SciPy':>9} {'ratio':>6}" + " JAX" * options.jax)
    slower = []
    warnings.simplefilter("ignore")
    for row in rows():
        if only and row.name not in only:
            continue
        t = measure(row, turns, options.jax, options.least)
        ratio = t["letgrad"] / t["scipy"]
        more = f" {t['jax']:9.2f}" if "jax" in t else ""
        print(f"{row.name:18} {t['letgrad']:9.2f} {t['scipy']:9.2f} {ratio:6.2f}{more}", flush=True)
        if ratio > 1:
            slower.append(row.name)
    print(f"slower than SciPy: {', '.join(slower) or 'none'}")


if __name__ == "__main__":
    main()
