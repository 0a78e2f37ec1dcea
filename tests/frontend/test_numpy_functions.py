"""
Every entry of the tables against NumPy: same dtype, same shape, same numbers.

An entry without an example fails `test_every_entry_has_an_example`.
"""

import importlib.util
import warnings
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import letgrad as lg
from letgrad.frontend import numpy_functions as nf
from letgrad.frontend.tracing import UFUNCS
from letgrad.passes.rewriting import diagnostics, verify

pytestmark = pytest.mark.sampled(8)

rng = np.random.default_rng(0)
unsigned_rng = np.random.default_rng(7)

DTYPES = [
    np.dtype(d)
    for d in (
        "bool", "int8", "int32", "int64", "uint8", "uint32", "float16", "float32", "float64",
    )
]  # fmt: skip
SHAPES = {
    1: [((),), ((0, 3),), ((2, 3),)],
    2: [((), ()), ((2, 3), (3,)), ((4, 1), (1, 5)), ((0, 3), (1, 3)), ((1,), ())],
}
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, -2.5, 3.0, 1e-3, 50.0]


def sample(dtype, shape, nonnegative=False):
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind == "i":
        return rng.integers(0 if nonnegative else -5, 6, shape).astype(dtype)
    if dtype.kind == "u":
        return unsigned_rng.integers(0, 250, shape).astype(dtype)
    return rng.choice(SPECIAL, shape).astype(dtype)


def check(function, *args):
    """`function` traced and evaluated gives what it gives on NumPy arrays."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected = function(*args)
    compiled = lg.jit(function, backend="numpy")
    verify.verify(compiled.traced(*args).module)
    actual = compiled(*args)
    if isinstance(expected, list):
        expected, actual = tuple(expected), tuple(actual)
    expected = expected if isinstance(expected, tuple) else (expected,)
    actual = actual if isinstance(actual, tuple) else (actual,)
    assert len(actual) == len(expected)
    for a, e in zip(actual, expected):
        e = np.asarray(e)
        assert (np.asarray(a).dtype, np.shape(a)) == (e.dtype, e.shape)
        if e.dtype.kind in "iub":
            np.testing.assert_array_equal(a, e)
        else:
            tolerance = {2: 4e-3, 4: 2e-6, 8: 1e-12}[np.real(e).itemsize]
            np.testing.assert_allclose(a, e, rtol=tolerance, atol=tolerance, equal_nan=True)


def after(function):
    """The first argument of a function that writes to it, as it is after the call."""

    def written(x, *args):
        x = np.copy(x)
        function(x, *args)
        return x

    return written


ELEMENTWISE = [name for name, rule in nf.UFUNC_RULES.items() if nf.find(name) in UFUNCS]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_ufunc(name):
    kind = nf.find(name)
    ran = 0
    for dtype in DTYPES:
        try:
            resolved = kind.resolve_dtypes((dtype,) * kind.nin + (None,) * kind.nout)
        except TypeError:
            with pytest.raises(TypeError):
                lg.trace(kind, *[lg.spec((2,), dtype)] * kind.nin)
            continue
        if resolved[-1] not in DTYPES:
            continue
        for shapes in SHAPES[kind.nin]:
            args = [
                sample(dtype, s, nonnegative="shift" in name or name == "power") for s in shapes
            ]
            if name == "reciprocal" and dtype.kind in "iu":
                args = [abs(a) + 1 for a in args]
            check(kind, *args)
            ran += 1
    assert ran


@pytest.mark.parametrize("a", DTYPES, ids=str)
@pytest.mark.parametrize(
    "b", [*DTYPES, 2, 2.0, True, np.float32(2), np.int8(2), [1, 2, 3]], ids=str
)
@pytest.mark.parametrize("name", ["add", "true_divide", "power", "less", "logical_or", "arctan2"])
def test_promotion(name, a, b):
    kind = nf.find(name)
    x = np.ones(3, a)
    if isinstance(b, np.dtype):
        y = np.ones(3, b)
        check(kind, x, y)
    else:
        check(lambda x: kind(x, b), x)
        check(lambda x: kind(b, x), x)


def f(*shape, low=-2.0):
    return rng.uniform(low, 2.0, shape)


def i(*shape):
    return rng.integers(-4, 5, shape)


def spread(*shape):
    """Numbers between -2 and 2, which draw nothing from `rng`."""
    return 2 * np.sin(2.0 * np.arange(1, 1 + np.prod(shape))).reshape(shape)


def whole(*shape):
    return np.rint(2 * spread(*shape)).astype(np.int64)


NAN = np.array([[1.0, np.nan, 3.0], [np.nan, -1.0, 2.0]])
INF = np.array([1.0, -np.inf, np.inf, np.nan, 0.0])

M = f(3, 4)
P = M.T @ M + np.eye(4)
STATISTICS = ("maximum", "minimum", "mean", "median")
EXAMPLES = {
    "matmul": [
        (lambda a, b: a @ b, f(3, 4), f(4, 2)),
        (lambda a, b: a @ b, f(4), f(2, 4, 3)),
        (np.matmul, f(5, 1, 2, 3), f(4, 3, 2)),
        (lambda a, b: a @ b, f(3), f(3)),
        (np.matmul, i(2, 3), i(3, 2)),
        (np.matmul, i(2, 3) > 0, i(3, 2) > 0),
        (np.matmul, f(0, 3), f(3, 2)),
        (lambda a: np.eye(3) @ a, f(3, 2)),
        (np.matmul, f(2, 0), f(0, 3)),
    ],
    "vecdot": [(np.vecdot, f(2, 3), f(3)), (lambda a, b: np.vecdot(a, b, axis=0), f(3, 2), f(3, 2))]
    if hasattr(np, "vecdot")
    else [],
    "matvec": [(np.matvec, f(2, 3, 4), f(4))] if hasattr(np, "matvec") else [],
    "vecmat": [(np.vecmat, f(3), f(2, 3, 4))] if hasattr(np, "vecmat") else [],
    "sum": [
        (np.sum, M),
        (lambda x: x.sum(0), M),
        (lambda x: x.sum(axis=(0, -1), keepdims=True), M),
        (np.sum, i(3).astype(np.int8)),
        (np.sum, i(3) > 0),
        (lambda x: np.sum(x, where=x > 0, initial=3.0), M),
        (lambda x: np.sum(x, 1, np.float32), M),
        (np.sum, f(0, 3)),
        (np.sum, np.float64(2)),
        (lambda x: np.sum(x, ()), M),
        (lambda x: np.add.reduce(x), M),
        (lambda x: np.sum(x, axis=-1), np.float64(2)),
        (lambda x: np.sum(x, axis=0), np.float64(2)),
    ],
    "prod": [
        (np.prod, M),
        (lambda x: x.prod(1), i(2, 3).astype(np.int8)),
        (np.prod, f(0)),
        (lambda x: np.prod(x, initial=2, where=x > 0), M),
        (lambda x: np.multiply.reduce(x, axis=1), M),
    ],
    "max": [
        (np.max, M),
        (lambda x: np.max(x, axis=-1, keepdims=True), np.float64(2)),
        (lambda x: x.max(axis=0), M),
        (lambda x: x.max(-1, keepdims=True), i(2, 3)),
        (np.max, i(3) > 0),
        (np.max, NAN),
        (lambda x: np.max(x, initial=9), f(0)),
        (lambda x: np.max(x, where=x < 0, initial=-7.0), M),
        (lambda x: np.max(x, axis=1), f(0, 3)),
        (lambda x: np.maximum.reduce(x), M),
    ],
    "min": [
        (np.min, M),
        (lambda x: x.min(axis=(0, 1)), M),
        (np.min, i(3) > 5),
        (np.min, NAN),
        (lambda x: np.minimum.reduce(x, axis=1), i(2, 3)),
    ],
    "amax": [(np.amax, M)],
    "amin": [(np.amin, M)],
    "any": [
        (np.any, M),
        (lambda x: (x > 0).any(1), M),
        (np.any, f(0)),
        (lambda x: np.any(x, keepdims=True), i(2, 2)),
        (lambda x: np.logical_or.reduce(x > 1), M),
    ],
    "all": [
        (np.all, M),
        (lambda x: (x > 0).all(0), M),
        (np.all, f(0)),
        (np.all, NAN),
        (lambda x: np.logical_and.reduce(x > -9), M),
    ],
    "argmax": [
        (np.argmax, M),
        (lambda x: np.argmax(x, axis=0), np.float64(2)),
        (lambda x: x.argmax(1), M),
        (lambda x: np.argmax(x, axis=0, keepdims=True), i(3, 2)),
        (np.argmax, NAN),
        (np.argmax, i(4) > 0),
        (np.argmax, np.float64(1)),
    ],
    "argmin": [
        (np.argmin, M),
        (lambda x: x.argmin(-1), M),
        (lambda x: np.argmin(x, keepdims=True), M),
    ],
    "cumsum": [
        (np.cumsum, M),
        (lambda x: x.cumsum(0), M),
        (np.cumsum, i(3) > 0),
        (lambda x: np.cumsum(x, axis=1, dtype=np.float32), i(2, 3)),
        (np.cumsum, f(0)),
        (lambda x: np.add.accumulate(x, axis=1), M),
    ],
    "cumulative_sum": [
        (np.cumulative_sum, f(4)),
        (lambda x: np.cumulative_sum(x, axis=1, include_initial=True), M),
    ]
    if hasattr(np, "cumulative_sum")
    else [],
    "nancumsum": [(np.nancumsum, NAN)],
    "cumprod": [
        (np.cumprod, M),
        (lambda x: x.cumprod(0), np.array([[1.0, 0.0], [-2.0, 3.0]])),
        (np.cumprod, i(3).astype(np.int8)),
        (np.cumprod, f(0)),
        (lambda x: np.multiply.accumulate(x, axis=1), M),
    ],
    "cumulative_prod": [
        (lambda x: np.cumulative_prod(x, axis=1, include_initial=True), M),
        (lambda x: np.cumulative_prod(x, axis=0, include_initial=True), f(0, 2)),
    ]
    if hasattr(np, "cumulative_prod")
    else [],
    "nancumprod": [(np.nancumprod, NAN)],
    "argsort": [
        (lambda x, k=k: np.argsort(x, axis=k, kind="stable"), x)
        for k in (0, -1, None)
        for x in (M, i(5, 7), NAN, INF)
    ]
    + [(lambda x: x.argsort(kind="stable"), i(9) > 0), (np.argsort, f(2, 0))],
    "sort": [
        (np.sort, f(33)),
        (np.sort, np.array([127, -128, 127, 0, -128], np.int8)),
        (np.sort, np.array([2**63 - 1, -(2**63), 5])),
        (lambda x: np.sort(x, axis=0), NAN),
        (lambda x: np.sort(x, axis=None), M.astype(np.float16)),
        (np.sort, f(1)),
        (np.sort, f(2, 3) > 0),
    ],
    "searchsorted": [
        (lambda a, v, side=side: np.searchsorted(a, v, side), a, v)
        for side in ("left", "right")
        for a, v in (
            (np.array([1, 1, 2, 2, 2, 5]), np.arange(7)),
            (np.array([-np.inf, 0.5, 0.5, np.inf, np.nan, np.nan]), INF),
            (f(0), f(2, 3)),
            (np.arange(3.0), 1),
        )
    ]
    + [
        (lambda v: np.searchsorted(np.arange(4.0), v), f(3)),
        (lambda a, v: np.searchsorted(a, v, sorter=[2, 0, 1]), np.array([2, 3, 1]), i(4)),
    ],
    "digitize": [
        (lambda x, r=r, b=b: np.digitize(x, b, r), i(2, 4))
        for r in (False, True)
        for b in ([-1, 0, 0, 2], [3, 1, -2])
    ],
    "interp": [
        (np.interp, np.array([-9.0, 0.0, 0.3, 1.0, 2.0, 9.0, np.nan]), np.arange(3), f(3)),
        (lambda x: np.interp(x, [0.0, 1.0], [3.0, 4.0], left=-1, right=7), f(2, 3)),
        (np.interp, np.float64(0.5), np.zeros(1), np.ones(1)),
        (lambda x: np.interp(x, [0.5, 4, 2.2], [1, 2, 7], period=3), M),
        (lambda x: np.interp(x, [0.5, 4, 2.2], [1, 2, 7], period=-2.5), M),
    ],
    "quantile": [
        (lambda x: np.quantile(x, np.array([0.2, 0.5], np.float32)), spread(5).astype(np.float32)),
        (lambda x: np.quantile(x, np.array([0.2, 0.5], np.float32)), whole(5).astype(np.int8)),
        (lambda x: np.quantile(x, 0.5, method="lower"), whole(5) > 0),
        (
            lambda x, w: np.quantile(x, [0, 0.3, 1], 1, weights=w, method="inverted_cdf"),
            M,
            np.array([0, 1, 2.0, 0.5]),
        ),
        (lambda x, w: np.quantile(x, 0.4, weights=w, method="inverted_cdf"), f(5), f(5, low=0.1)),
    ]
    + [
        (lambda x, q=q, m=m: np.quantile(x, q, method=m), x)
        for m in ("linear", "midpoint", "lower", "higher", "nearest")
        for q, x in ((0.3, M), ([0.5, 1.0], f(5)), (0.5, i(2, 3)), (0.25, NAN))
    ]
    + [
        (lambda x, m=m: np.quantile(x, [0, 0.05, 0.1, 0.3, 0.5, 0.7, 0.98, 1], method=m), f(10))
        for m in (
            "inverted_cdf",
            "averaged_inverted_cdf",
            "closest_observation",
            "weibull",
            "hazen",
            "interpolated_inverted_cdf",
            "median_unbiased",
            "normal_unbiased",
        )
    ]
    + [
        (lambda x: np.quantile(x, [[0.2], [0.7]], axis=(0, -1), keepdims=True), f(3, 2, 4)),
        (lambda x: np.quantile(x, 0), np.array([1.0, np.inf])),
        (np.quantile, f(7), np.float64(0.4)),
        (lambda x: np.quantile(x, 0.3), f(4).astype(np.float32)),
    ],
    "percentile": [(lambda x: np.percentile(x, [10, 50], axis=1), M)],
    "median": [
        (np.median, M),
        (lambda x: np.median(x, axis=1), f(2, 0)),
        (lambda x: np.median(x, axis=(0, 2), keepdims=True), f(3, 2, 5)),
        (lambda x: np.median(x, axis=1), NAN),
        (np.median, np.array([np.inf, np.inf])),
        (np.median, i(3, 2)),
        (np.median, f(5) > 0),
        (np.median, f(4).astype(np.float16)),
    ],
    "cov": [
        (lambda x: np.cov(x, aweights=[1, 2, 3, 0.5], fweights=[1, 0, 2, 1], ddof=2), M),
        (np.cov, M),
        (np.cov, f(5)),
        (lambda x: np.cov(x, rowvar=False, bias=True), f(1, 4)),
        (lambda x, y: np.cov(x, y, ddof=0), f(3), f(3)),
        (lambda x: np.cov(x, fweights=[1, 2, 1, 3], aweights=[0.5, 1.0, 1.5, 2.0]), M),
        (np.cov, f(1)),
    ],
    "corrcoef": [(np.corrcoef, M), (np.corrcoef, f(4)), (np.corrcoef, f(3), f(3))],
    "mean": [
        (np.mean, M),
        (lambda x: x.mean(0), i(2, 3)),
        (np.mean, f(3).astype(np.float16)),
        (lambda x: np.mean(x, axis=1, keepdims=True, where=x > 0), NAN + 2),
        (np.mean, f(0)),
        (np.mean, f(3).astype(np.float32)),
        (lambda x: np.mean(x, dtype=np.float32), i(3)),
    ],
    "var": [
        (np.var, M),
        (lambda x: x.var(axis=1, ddof=1), M),
        (np.var, i(2, 3)),
        (lambda x: np.var(x, axis=0, keepdims=True, where=x > -1), M),
        (np.var, f(4).astype(np.float32)),
        (lambda x: np.var(x, ddof=3), f(2)),
    ],
    "std": [(np.std, M), (lambda x: x.std(0), M)],
    "ptp": [(np.ptp, M), (lambda x: np.ptp(x, axis=0, keepdims=True), i(2, 3))],
    "count_nonzero": [(np.count_nonzero, i(3, 4)), (lambda x: np.count_nonzero(x > 0, axis=0), M)],
    "average": [
        (np.average, M),
        (lambda x, w: np.average(x, weights=w, axis=1), M, f(4, low=0.1)),
        (lambda x, w: np.average(x, weights=w), i(2, 3), f(2, 3, low=0.1)),
        (lambda x, w: np.average(x, 1, w, returned=True), M, f(4, low=0.1)),
        (lambda x: np.average(x, axis=0, returned=True), M),
    ],
    "nansum": [(np.nansum, NAN), (lambda x: np.nansum(x, axis=0), NAN)],
    "nanprod": [(np.nanprod, NAN)],
    "nanmean": [(lambda x: np.nanmean(x, axis=1), NAN), (np.nanmean, i(3))],
    "nanvar": [(lambda x: np.nanvar(x, axis=1), NAN)],
    "nanstd": [(np.nanstd, NAN)],
    "nanmax": [(lambda x: np.nanmax(x, axis=0), NAN), (np.nanmax, np.full((2,), np.nan))],
    "nanmin": [(np.nanmin, NAN), (np.nanmin, i(3))],
    "shape": [(lambda x: x + np.shape(x)[0], M)],
    "ndim": [(lambda x: x + np.ndim(x), M)],
    "size": [(lambda x: x + np.size(x) + np.size(x, 1), M)],
    "iscomplexobj": [(lambda x: x + np.iscomplexobj(x), M)],
    "isrealobj": [(lambda x: x + np.isrealobj(x), M)],
    "result_type": [(lambda x: x.astype(np.result_type(x, np.float32)), i(2).astype(np.int8))],
    "can_cast": [(lambda x: x + np.can_cast(x.dtype, np.int8), M)],
    "copy": [(np.copy, M), (lambda x: x.copy(), M)],
    "astype": [(lambda x: np.astype(x, np.int32), M)] if hasattr(np, "astype") else [],
    "reshape": [
        (lambda x: x.reshape(2, -1), M),
        (lambda x: x.reshape(2, -1, order="F"), M),
        (lambda x: np.reshape(x, (3, 4), order="F"), f(2, 3, 2)),
        (lambda x: np.reshape(x, 12), M),
        (lambda x: x.reshape((3, 2, 2)), M),
        (lambda x: x.reshape(()), f(1)),
        (lambda x: x.reshape(0, 2), f(2, 0)),
    ],
    "ravel": [
        (np.ravel, M),
        (lambda x: x.ravel(), np.float64(1)),
        (lambda x: x.flatten(), M),
        (lambda x: x.ravel("F"), M),
        (lambda x: x.flatten(order="F"), f(2, 3, 4)),
        (lambda x: np.ravel(x.T, order="F"), f(0, 3)),
        (lambda x: np.ravel(x, order="K"), M),
    ],
    "transpose": [
        (np.transpose, M),
        (lambda x: x.transpose(1, 0, 2), f(2, 3, 4)),
        (lambda x: x.transpose((2, 0, -2)), f(2, 3, 4)),
        (lambda x: x.T, M),
        (lambda x: x.mT, f(2, 3, 4)),
    ],
    "matrix_transpose": [(np.matrix_transpose, f(2, 3, 4))]
    if hasattr(np, "matrix_transpose")
    else [],
    "linalg.matrix_transpose": [(np.linalg.matrix_transpose, f(2, 3, 4))]
    if hasattr(np.linalg, "matrix_transpose")
    else [],
    "swapaxes": [(lambda x: x.swapaxes(0, -1), f(2, 3, 4))],
    "moveaxis": [
        (lambda x: np.moveaxis(x, 0, -1), f(2, 3, 4)),
        (lambda x: np.moveaxis(x, (0, 1), (-1, 0)), f(2, 3, 4)),
    ],
    "rollaxis": [
        (lambda x: np.rollaxis(x, 2), f(2, 3, 4)),
        (lambda x: np.rollaxis(x, 0, 3), f(2, 3, 4)),
        (lambda x: np.rollaxis(x, 1, -1), f(2, 3, 4)),
    ],
    "expand_dims": [(lambda x: np.expand_dims(x, (0, -1)), M), (lambda x: np.expand_dims(x, 1), M)],
    "squeeze": [(np.squeeze, f(1, 3, 1)), (lambda x: x.squeeze(0), f(1, 3, 1))],
    "broadcast_to": [
        (lambda x: np.broadcast_to(x, (2, 3, 4)), f(3, 1)),
        (lambda x: np.broadcast_to(x, 3), np.float64(1)),
        (lambda x: np.broadcast_to(x, (0, 3)), f(1, 3)),
    ],
    "broadcast_arrays": [(lambda x, y: tuple(np.broadcast_arrays(x, y)), f(3, 1), f(4))],
    "atleast_1d": [
        (np.atleast_1d, np.float64(1)),
        (lambda x, y: np.atleast_1d(x, y), np.float64(1), M),
    ],
    "atleast_2d": [(np.atleast_2d, f(3))],
    "atleast_3d": [(np.atleast_3d, f(3)), (np.atleast_3d, M), (np.atleast_3d, np.float64(2))],
    "flip": [(np.flip, M), (lambda x: np.flip(x, -1), M)],
    "fliplr": [(np.fliplr, M)],
    "flipud": [(np.flipud, M)],
    "rot90": [
        (np.rot90, M),
        (lambda x: np.rot90(x, 2), M),
        (lambda x: np.rot90(x, -1), M),
        (lambda x: np.rot90(x, 3, (1, 2)), f(2, 3, 4)),
        (lambda x: np.rot90(x, 4), M),
    ],
    "roll": [
        (lambda x: np.roll(x, 2), M),
        (lambda x: np.roll(x, -1, 1), M),
        (lambda x: np.roll(x, (1, 2), (0, 1)), M),
        (lambda x: np.roll(x, 1), f(0)),
        (lambda x: np.roll(x, 7, 0), M),
        (lambda x, k: np.roll(x, k), f(5), np.int64(-7)),
        (lambda x, k: np.roll(x, k, 1), M, np.int64(1)),
    ],
    "tril": [(np.tril, M), (lambda x: np.tril(x, -1), f(2, 3, 3)), (np.tril, f(3))],
    "triu": [(np.triu, i(3, 4)), (lambda x: np.triu(x, 1), M)],
    "diagonal": [
        (np.diagonal, M),
        (lambda x: x.diagonal(1), M),
        (lambda x: x.diagonal(-2), M),
        (lambda x: np.diagonal(x, 0, 2, 1), f(2, 3, 4)),
        (lambda x: np.diagonal(x, 9), M),
        (lambda x: np.diagonal(x, 3), M),
    ],
    "linalg.diagonal": [(lambda x: np.linalg.diagonal(x, offset=1), f(2, 3, 4))]
    if hasattr(np.linalg, "diagonal")
    else [],
    "trace": [(np.trace, M), (lambda x: x.trace(1), i(3, 3))],
    "linalg.trace": [(np.linalg.trace, f(2, 3, 3))] if hasattr(np.linalg, "trace") else [],
    "diag": [
        (np.diag, f(3)),
        (lambda x: np.diag(x, 1), f(3)),
        (lambda x: np.diag(x, -2), f(2)),
        (np.diag, M),
        (lambda x: np.diag(x, 2), f(0)),
        (np.diag, f(1)),
        (np.diag, i(2) > 0),
    ],
    "diagflat": [(lambda x: np.diagflat(x, 1), f(2, 2))],
    "tile": [
        (lambda x: np.tile(x, 2), M),
        (lambda x: np.tile(x, (2, 1, 3)), M),
        (lambda x: np.tile(x, (0,)), f(2)),
        (lambda x: np.tile(x, (2, 2)), f(3)),
    ],
    "repeat": [
        (lambda x: np.repeat(x, 2), M),
        (lambda x: x.repeat(3, axis=1), M),
        (lambda x: np.repeat(x, [1, 0, 2], axis=0), M),
    ],
    "delete": [
        (lambda x: np.delete(x, 1, axis=0), M),
        (lambda x: np.delete(x, [0, 3]), f(5)),
        (lambda x, k: np.delete(x, k), f(5), np.int64(0)),
        (lambda x, k: np.delete(x, k, axis=1), M, np.int64(-1)),
    ],
    "pad": [
        (lambda x: np.pad(x, 2, mode="linear_ramp"), whole(3)),
        (lambda x: np.pad(x, ((1, 2), (2, 0)), mode="linear_ramp", end_values=-5), whole(2, 3)),
        (lambda x: np.pad(x, 3, mode="linear_ramp"), whole(3) > 0),
        (lambda x: np.pad(x, 3, mode="linear_ramp"), whole(3).astype(np.uint8) % 9),
        (lambda x: np.pad(x, 3, mode="reflect", reflect_type="odd"), whole(3) > 0),
        (lambda x: np.pad(x, 1), M),
        (lambda x: np.pad(x, ((0, 1), (2, 0)), constant_values=3.0), M),
        (lambda x: np.pad(x, (1, 2), constant_values=(1, 2)), f(3)),
        (lambda x: np.pad(x, 2, "edge"), M),
        (lambda x: np.pad(x, 2, mode="reflect"), M),
        (lambda x: np.pad(x, ((1, 0), (0, 2)), mode="symmetric"), M),
        (lambda x: np.pad(x, 3, "wrap"), f(2)),
        (lambda x: np.pad(x, 1), i(2) > 0),
        (lambda x: np.pad(x, 0), M),
        (lambda x: np.pad(x, ((0, 0), (1, 1)), constant_values=9), i(2, 2)),
        (lambda x: np.pad(x, 9, "reflect", reflect_type="odd"), f(4)),
        (lambda x: np.pad(x, (5, 11), "symmetric", reflect_type="odd"), f(4)),
        (lambda x: np.pad(x, 2, "reflect", reflect_type="odd"), f(1)),
        (lambda x: np.pad(x, ((2, 1), (0, 3)), "linear_ramp", end_values=(1, -4)), M),
        *((lambda x, m=m: np.pad(x, ((2, 1), (1, 3)), m), M) for m in STATISTICS),
        *((lambda x, m=m: np.pad(x, (1, 2), m, stat_length=(2, 3)), f(5)) for m in STATISTICS),
        (lambda x: np.pad(x, 2, "mean"), i(4)),
    ],
    "common_type": [
        (lambda x: x.astype(np.common_type(x)), i(3)),
        (lambda x, y: x.astype(np.common_type(x, y)), f(3), f(3).astype(np.complex64)),
    ],
    # NumPy gives real numbers where all results are real.
    "emath.sqrt": [(lambda x: np.emath.sqrt(x) + 0j, f(4))],
    "emath.log": [(lambda x: np.emath.log(x) + 0j, f(4))],
    "emath.log2": [(lambda x: np.emath.log2(x) + 0j, f(4))],
    "emath.log10": [(lambda x: np.emath.log10(x) + 0j, f(4))],
    "emath.arccos": [(lambda x: np.emath.arccos(x) + 0j, f(4))],
    "emath.arcsin": [(lambda x: np.emath.arcsin(x) + 0j, f(4))],
    "emath.arctanh": [(lambda x: np.emath.arctanh(x) + 0j, f(4))],
    "emath.power": [(lambda x: np.emath.power(x, 1.5) + 0j, f(4))],
    "emath.logn": [(lambda x: np.emath.logn(2.5, x) + 0j, f(4))],
    "linalg.norm": [
        (np.linalg.norm, M),
        (np.linalg.norm, f(3)),
        *((lambda x, o=o: np.linalg.norm(x, o), f(4)) for o in (1, 2, 3, np.inf, -np.inf, 0)),
        *((lambda x, o=o: np.linalg.norm(x, o), M) for o in ("fro", 1, -1, np.inf, -np.inf)),
        (lambda x: np.linalg.norm(x, axis=1, keepdims=True), M),
        (np.linalg.norm, i(3)),
        (lambda x: np.linalg.norm(x, 1, axis=(0, 2), keepdims=True), f(2, 3, 4)),
    ],
    "linalg.vector_norm": [
        (np.linalg.vector_norm, M),
        (lambda x: np.linalg.vector_norm(x, axis=0, ord=1), M),
    ]
    if hasattr(np.linalg, "vector_norm")
    else [],
    "linalg.matrix_norm": [(np.linalg.matrix_norm, f(2, 3, 4))]
    if hasattr(np.linalg, "matrix_norm")
    else [],
    "concatenate": [
        (lambda x, y: np.concatenate([x, y]), M, f(2, 4)),
        (lambda x, y: np.concatenate((x, y), axis=1), M, i(3, 2)),
        (lambda x, y: np.concatenate([x, y], axis=None), M, f(2)),
        (lambda x: np.concatenate([x, np.ones(2)]), f(0)),
        (lambda x: np.concatenate([x, x], dtype=np.float32), i(2)),
    ],
    "stack": [
        (lambda x, y: np.stack([x, y]), M, i(3, 4)),
        (lambda x, y: np.stack([x, y], axis=-1), M, M),
        (lambda x: np.stack([x, 1.0]), np.float32(2)),
        (lambda x: np.stack(x, axis=1), M),
    ],
    "vstack": [(lambda x, y: np.vstack([x, y]), f(3), f(2, 3))],
    "hstack": [(lambda x, y: np.hstack([x, y]), f(3), i(2)), (lambda x: np.hstack([x, x]), M)],
    "dstack": [(lambda x: np.dstack([x, x]), M)],
    "column_stack": [(lambda x, y: np.column_stack([x, y]), f(3), M)],
    "block": [
        (lambda x, y: np.block([[x, np.ones((3, 1))], [y, 2.0]]), M, f(4)),
        (lambda x: np.block([x, x]), f(2)),
    ],
    "append": [(lambda x, y: np.append(x, y), M, f(2)), (lambda x: np.append(x, x, axis=1), M)],
    "array_split": [
        (lambda x: np.array_split(x, 3), f(7)),
        (lambda x: np.array_split(x, [1, 3], axis=1), M),
        (lambda x: np.array_split(x, 4), f(2)),
    ],
    "split": [(lambda x: np.split(x, 2, axis=1), M), (lambda x: np.split(x, [2, 1, 9]), f(4))],
    "hsplit": [(lambda x: np.hsplit(x, 2), M), (lambda x: np.hsplit(x, 2), f(4))],
    "vsplit": [(lambda x: np.vsplit(x, 3), M)],
    "dsplit": [(lambda x: np.dsplit(x, 2), f(1, 2, 4))],
    "unstack": [(lambda x: np.unstack(x, axis=1), M)] if hasattr(np, "unstack") else [],
    "meshgrid": [
        (lambda x, y: tuple(np.meshgrid(x, y)), f(2), f(3)),
        (lambda x, y: tuple(np.meshgrid(x, y, indexing="ij", sparse=True)), f(2), f(3)),
        (lambda x: tuple(np.meshgrid(x, x, x)), f(2)),
    ],
    "diff": [
        (np.diff, M),
        (lambda x: np.diff(x, 2, axis=0), M),
        (lambda x: np.diff(x, prepend=0.0, append=x[:, :1]), M),
        (np.diff, i(4) > 0),
        (np.diff, f(1)),
        (np.diff, f(0)),
    ],
    "ediff1d": [(np.ediff1d, M), (lambda x: np.ediff1d(x, to_end=[1.0, 2.0], to_begin=0), f(3))],
    "gradient": [
        (lambda x: np.gradient(x, [0, 1, 3]), spread(3).astype(np.float32)),
        (lambda x, h: np.gradient(x, h), spread(3).astype(np.float32), np.float64(2)),
        (lambda x: np.gradient(x, [0, 1, 3]), spread(3).astype(np.complex64)),
        (np.gradient, f(5)),
        (lambda x: tuple(np.gradient(x, 0.5)), M),
        (lambda x: np.gradient(x, 2.0, axis=1), i(3, 4)),
        (lambda x, y: tuple(np.gradient(x, np.cumsum(y * y + 0.1), 0.5)), M, f(3)),
        (lambda x, y: np.gradient(x, np.cumsum(y * y + 0.1), edge_order=2), f(5), f(5)),
        (lambda x: tuple(np.gradient(x, 0.5, edge_order=2)), M),
        (np.gradient, f(2).astype(np.float32)),
    ],
    "trapezoid": [
        (np.trapezoid, M),
        (lambda y, x: np.trapezoid(y, x, axis=0), M, f(3)),
        (lambda y: np.trapezoid(y, dx=0.5), f(0)),
    ]
    if hasattr(np, "trapezoid")
    else [],
    "trapz": [(np.trapz, M)] if hasattr(np, "trapz") else [],
    "convolve": [
        (lambda a, b, m=m: np.convolve(a, b, m), f(5), f(n))
        for m in ("full", "same", "valid")
        for n in (1, 2, 3, 5, 7)
    ],
    "correlate": [
        (lambda a, b, m=m: np.correlate(a, b, m), f(5), f(n))
        for m in ("full", "same", "valid")
        for n in (1, 2, 3, 4, 5, 6, 7)
    ],
    "where": [
        (lambda x: np.where(x > 0, x, 0), M),
        (lambda x, y: np.where(x > 0, y, 1.5), M, f(4)),
        (lambda x: np.where(x, x, -x), i(3)),
        (lambda x: np.where(x > 0, x, np.int8(1)), np.float32(3)),
        (lambda c: np.where(c, 1, 2.0), np.bool_(True)),
        (lambda c: np.where(c, np.zeros((2, 2)), 1), np.bool_(True)),
        (lambda x: np.where([True, False, True, True], x, 0), M),
    ],
    "select": [(lambda x: np.select([x > 1, x < -1], [x, -x], 0.5), M)],
    "clip": [
        (lambda x: np.clip(x, -1, 1), M),
        (lambda x: x.clip(0), M),
        (lambda x: x.clip(max=1), i(3)),
        (lambda x, y: np.clip(x, None, y), M, f(4)),
        (lambda x: np.clip(x, 0.5, 1), f(3).astype(np.float32)),
        (lambda x: x.clip(0, 1), NAN),
    ],
    "nan_to_num": [
        (np.nan_to_num, INF),
        (lambda x: np.nan_to_num(x, nan=1.0, posinf=2, neginf=-2), INF.astype(np.float32)),
        (np.nan_to_num, i(2)),
    ],
    "isclose": [
        (lambda x: np.isclose(x, x + 1e-9), M),
        (lambda x: np.isclose(x, x, equal_nan=True), INF),
        (lambda x: np.isclose(x, INF), INF[::-1].copy()),
        (lambda x: np.isclose(x, 1), i(3)),
    ],
    "array_equiv": [
        (lambda x: np.array_equiv(x, x[0]), M),
        (lambda x: np.array_equiv(x[:1], x[0]), M),
        (lambda x: np.array_equiv(x, x[:2]), M),
    ],
    "nonzero": [
        (lambda x: x[np.nonzero(x > 0)].sum(), M),
        (lambda x: sum(k.sum() for k in x.nonzero()), i(3, 4)),
    ],
    "flatnonzero": [(lambda x: np.flatnonzero(x).sum(), i(3, 4))],
    "argwhere": [(lambda x: np.argwhere(x > 0).sum(axis=0), M)],
    "extract": [
        (lambda x: np.extract(np.arange(12) % 5 == 0, x), M),
        (lambda x: np.extract([1, 0, 1], x), M),
        (lambda x: np.extract(x > 0, x * 2).max(), M),
    ],
    "compress": [
        (lambda x: np.compress([1, 0, 1], x, axis=0), M),
        (lambda x: np.compress([True, False, True], x, axis=-1), M),
        (lambda x: np.compress([0, 1, 2], x), M),
        (lambda x: x.compress([0, 0, 1, 1]), M),
        (lambda x: np.compress(x[:2, 0] < 9, x, axis=0).sum(axis=0), M),
        (lambda x: x.compress(np.ravel(x) > 0).sum(), M),
    ],
    "unique": [
        (lambda x: (np.unique(x).sum(), np.unique(x)[0], np.unique(x)[-1]), i(3, 4)),
        (lambda x: np.unique(x), f(0)),
        (lambda x: np.nansum(np.nan_to_num(np.unique(x)[-1], nan=5.0)), NAN),
        (lambda x: np.unique(x, return_inverse=True)[1], i(3, 4)),
        (lambda x: [p.sum() for p in np.unique(x, True, False, True)], i(3, 4)),
    ],
    "choose": [
        (lambda k, x: np.choose(k, [x[0, :2], 7, x[1, 2:]]), np.array([[2, 0], [1, 1]]), M),
        (lambda k, x: k.choose(x, mode="wrap"), np.array([-1, 4, 1, 2]), M),
        (lambda k: np.choose(k, [True, 7, 2], mode="clip"), np.array([-9, 4, 1, 2])),
        (lambda k: np.choose(k > 1, [5, np.float32(0.5)]), i(4)),
    ],
    "allclose": [(lambda x: np.allclose(x, x + 1), M)],
    "array_equal": [
        (lambda x: np.array_equal(x, x), M),
        (lambda x: np.array_equal(x, x[1:]), M),
        (lambda x: np.array_equal(x, x, equal_nan=True), NAN),
    ],
    "isin": [
        (lambda x: np.isin(x, [0.5, 1.0]), M),
        (lambda x: np.isin([1, 2, 9], x, invert=True), i(3)),
        (lambda x: np.isin(x, []), i(2)),
    ],
    "piecewise": [
        (lambda x: np.piecewise(x, [x < 0], [lambda v, a, b=0: a * v + b, 2.0], 3.0, b=1), M),
        (lambda x: np.piecewise(x, [x < 0, x > 0.5], [lambda v: -v, lambda v: v**2]), M),
        (lambda x: np.piecewise(x, [x < 0, x > 0.5], [1, np.exp, lambda v: v + 1]), M),
        (lambda x: np.piecewise(x, x < 0, [np.negative, 5]), f(3)),
        (lambda x: np.piecewise(x, [x < 0, x >= 0], [np.negative, 5]), np.float64(-2.0)),
    ],
    "diag_indices_from": [(lambda x: x[np.diag_indices_from(x)], M[:, :3])],
    "tril_indices_from": [(lambda x: x[np.tril_indices_from(x)], M)],
    "triu_indices_from": [(lambda x: x[np.triu_indices_from(x, 1)], M)],
    "unravel_index": [
        (lambda x: np.unravel_index(np.argmax(x), x.shape), M),
        (lambda k: np.unravel_index(k, 7), np.arange(7)),
        (lambda k: np.unravel_index(k, (3, 2, 2), order="F"), np.arange(12)),
    ],
    "ravel_multi_index": [
        (lambda k: np.ravel_multi_index((k, 2 * k), (4, 7)), np.arange(4)),
        (lambda k: np.ravel_multi_index((k, 2 * k), (4, 7), order="F"), np.arange(4)),
        (lambda k: np.ravel_multi_index((k, -k), (2, 3), mode=("clip", "wrap")), np.arange(4)),
    ],
    "nanargmax": [(lambda x: np.nanargmax(x, axis=0, keepdims=True), M), (np.nanargmax, NAN)],
    "nanargmin": [(lambda x: np.nanargmin(x, axis=1), M), (np.nanargmin, NAN)],
    "real": [(np.real, M), (lambda x: x.real, M)],
    "imag": [(np.imag, M), (lambda x: x.imag, M)],
    "angle": [
        (np.angle, whole(3).astype(np.int8)),
        (np.angle, whole(3)),
        (lambda x: np.angle(x, deg=True), spread(3).astype(np.float32)),
        (np.angle, f(2, 3)),
        (lambda x: np.angle(x, deg=True), np.array([1.0, -1.0, 0.0, -0.0, np.inf, np.nan])),
        (lambda x: np.angle(x + 1j), f(4)),
        (np.angle, i(2) - 3),
        (np.angle, i(2) > 0),
    ],
    "real_if_close": [(np.real_if_close, f(3))],
    **{
        f"fft.{name}": [
            (getattr(np.fft, name), f(3, 4)),
            (lambda x, name=name: getattr(np.fft, name)(x, norm="ortho"), f(2, 3)),
        ]
        for name in (
            "fft",
            "ifft",
            "rfft",
            "irfft",
            "hfft",
            "ihfft",
            "fft2",
            "ifft2",
            "rfft2",
            "irfft2",
            "fftn",
            "ifftn",
            "rfftn",
            "irfftn",
        )
    },
    "fft.fftshift": [(np.fft.fftshift, f(3, 4)), (lambda x: np.fft.fftshift(x, 1), f(3, 4))],
    "fft.ifftshift": [(np.fft.ifftshift, f(3, 5))],
    "isreal": [(np.isreal, M)],
    "shares_memory": [(lambda x: x * np.shares_memory(x, x[1:]), M)],
    "may_share_memory": [(lambda x: x + np.may_share_memory(x, x.copy()), M)],
    "iscomplex": [(np.iscomplex, M)],
    "isposinf": [(np.isposinf, INF)],
    "isneginf": [(np.isneginf, INF)],
    "fix": [(np.fix, M)],
    "round": [
        (lambda x: np.round(x, -1), i(5) * 7 - 15),
        (lambda x: np.round(x, -1), (i(3) * 25).astype(np.int8)),
        (np.round, M),
        (lambda x: x.round(2), M),
        (np.round, i(2)),
        (lambda x: np.round(x, -1), 30 * M),
    ],
    "around": [(np.around, M)],
    "i0": [(np.i0, f(3)), (np.i0, i(3))] if importlib.util.find_spec("scipy") else [],
    "sinc": [(np.sinc, np.array([0.0, 0.5, 1.0, -2.5]))],
    "polyval": [(lambda x: np.polyval([1, 2, 3], x), M), (lambda p: np.polyval(p, 2.0), f(3))],
    "vander": [
        (np.vander, f(3)),
        (lambda x: np.vander(x, 4, increasing=True), i(3)),
        (lambda x: np.vander(x, 0), f(2)),
    ],
    "zeros_like": [(lambda x: x + np.zeros_like(x), M)],
    "ones_like": [(lambda x: np.ones_like(x, dtype=np.int8), M)],
    "empty_like": [(lambda x: np.full_like(np.empty_like(x), 2), M)],
    "full_like": [
        (lambda x: np.full_like(x, 2), M),
        (lambda x: np.full_like(x, x[0, 0], shape=(2,)), M),
        (lambda x: np.full_like(x, 2.5), i(2)),
    ],
    "linspace": [
        (lambda x: np.linspace(x, 5, 3), spread(2).astype(np.float32)),
        (lambda x: np.linspace(0.5, x, 3), spread(2).astype(np.float16)),
        (lambda x: np.linspace(x, np.float64(5), 3), spread(2).astype(np.float32)),
        (lambda a, b: np.linspace(a, b, 5), 1.0, 2.0),
        (lambda a: np.linspace(a, 3.0, 4, endpoint=False, axis=-1), f(2)),
        (lambda a: np.linspace(a, 3, 1), 2.0),
        (lambda a: np.linspace(0, a, 3, retstep=True), 2.0),
        (lambda a: np.linspace(a, 3, 0), 2.0),
        (lambda a: np.linspace(a, 9, 4, dtype=int), 2.0),
    ],
    "ix_": [
        (lambda x, j: x[np.ix_(j, [0, 3])], M, np.array([2, 0, -1, 1])),
        (lambda j: np.ix_(np.array([True, False, True]), j), np.array([2, 1], np.int32)),
        (lambda j: np.ix_(j, j[:0], j), np.array([2, 1])),
    ],
    "take": [
        (lambda x: np.take(x, [0, 2]), M),
        (lambda x: x.take(1, axis=1), M),
        (lambda x: np.take(x, [[0, -1]], axis=0), M),
        (lambda x: np.take(x, [5, -9], axis=1, mode="wrap"), M),
        (lambda x, j: np.take(x, j, axis=1, mode="clip"), M, np.array([-1, 9])),
    ],
    "copyto": [
        (after(lambda x, y: np.copyto(x, y)), M, f(4)),
        (after(lambda x, y: np.copyto(x, y, where=y > 0)), M, M[::-1].copy()),
        (after(lambda x, y: np.copyto(x, y, casting="unsafe")), i(3), f(3)),
    ],
    "put": [
        (after(lambda x, y: np.put(x, [0, -1, 0], y)), M, f(2)),
        (after(lambda x, y: np.put(x, [12, -13], y, mode="wrap")), M, f(1)),
        (after(lambda x, y, j: np.put(x, j, y, mode="clip")), M, f(3), np.array([5, 99, 5])),
    ],
    "place": [
        (after(lambda x, y: np.place(x, x > 0, y)), M, f(2)),
        (after(lambda x, y: np.place(x, M > 0, y)), M, f(7)),
    ],
    "putmask": [(after(lambda x, y: np.putmask(x, x > 0, y)), M, f(5))],
    "put_along_axis": [
        (after(lambda x, y: np.put_along_axis(x, np.array([[1], [0], [-1]]), y, 1)), M, f(3, 1)),
        (after(lambda x, j: np.put_along_axis(x, j, 7, 0)), M, np.array([[0, 1, 2, 0]])),
        (after(lambda x: np.put_along_axis(x, np.array([3, 3]), np.array([1, 2]), None)), M),
    ],
    "fill_diagonal": [
        (after(lambda x: np.fill_diagonal(x, x[0, 1])), M),
        (after(lambda x, y: np.fill_diagonal(x, y, wrap=True)), f(7, 3), f(3)),
        (after(lambda x: np.fill_diagonal(x, 1)), f(3, 3, 3)),
    ],
    "take_along_axis": [
        (lambda x: np.take_along_axis(x, np.array([[1], [0], [-1]]), 1), M),
        (lambda x, j: np.take_along_axis(x, j, axis=0), M, np.array([[0, 1, 2, 0]])),
        (lambda x: np.take_along_axis(x, x.argmax(1, keepdims=True), 1), M),
    ],
    "dot": [
        (np.dot, M, f(4)),
        (np.dot, f(4), f(2, 4, 3)),
        (np.dot, M, np.float64(2)),
        (lambda x, y: x.dot(y), M, f(4, 2)),
        (np.dot, i(3), f(3)),
    ],
    "vdot": [(np.vdot, i(3) > 0, i(3) > 1), (np.vdot, M, f(4, 3))],
    "inner": [(np.inner, M, f(2, 4)), (np.inner, f(3), f(3)), (np.inner, np.float64(2), f(3))],
    "linalg.vecdot": [(np.linalg.vecdot, f(2, 3), f(2, 3))] if hasattr(np.linalg, "vecdot") else [],
    "linalg.matmul": [(np.linalg.matmul, f(2, 3), f(3, 2))] if hasattr(np.linalg, "matmul") else [],
    "outer": [(np.outer, f(2), f(3)), (np.outer, M, i(2))],
    "linalg.outer": [(np.linalg.outer, f(2), f(3))] if hasattr(np.linalg, "outer") else [],
    "tensordot": [
        (lambda a, b: np.tensordot(a, b, 1), M, f(4, 2)),
        (lambda a, b: np.tensordot(a, b, ([0, 2], [1, 0])), f(2, 3, 4), f(4, 2, 5)),
        (lambda a, b: np.tensordot(a, b, 0), f(2), f(3)),
        (lambda a, b: np.tensordot(a, b), f(2, 3, 4), f(3, 4)),
    ],
    "linalg.tensordot": [(lambda a, b: np.linalg.tensordot(a, b, axes=1), M, f(4, 2))]
    if hasattr(np.linalg, "tensordot")
    else [],
    "kron": [(np.kron, f(2, 3), f(3, 2)), (np.kron, f(2), f(3, 2)), (np.kron, i(2), i(2))],
    "cross": [
        (np.cross, f(2, 3), f(3)),
        (lambda a, b: np.cross(a, b, axis=0), f(3, 2), f(3, 2)),
        (np.cross, f(4, 2), f(2)),
        (np.cross, f(4, 2), f(3)),
        (np.cross, f(3), f(4, 2)),
        (lambda a, b: np.cross(a, b, axisa=0, axisc=0), f(2, 4), f(4, 3)),
    ],
    "linalg.cross": [(np.linalg.cross, f(2, 3), f(2, 3))] if hasattr(np, "unstack") else [],
    "linalg.multi_dot": [(lambda a, b, c: np.linalg.multi_dot([a, b, c]), f(2, 3), f(3, 4), f(4))],
    "linalg.matrix_power": [
        (lambda x, n=n: np.linalg.matrix_power(x, n), f(2, 3, 3)) for n in (0, 1, 2, 5, -2)
    ],
    "linalg.eigh": [(np.linalg.eigh, f(4, 4)), (lambda x: np.linalg.eigh(x, "U")[0], f(2, 3, 3))],
    "linalg.eigvalsh": [(np.linalg.eigvalsh, f(4, 4)), (np.linalg.eigvalsh, f(2, 3, 3))],
    # NumPy's results are real if all eigenvalues are.
    "linalg.eig": [
        (lambda a: np.linalg.eig(a)[0] + 0j, f(4, 4)),
        (lambda a: np.linalg.eig(a)[1] + 0j, f(2, 3, 3)),
        (lambda a: np.linalg.eig(a)[0] + 0j, f(0, 0)),
        (lambda a: np.linalg.eig(a)[1] + 0j, np.eye(3)),
        (lambda a: np.linalg.eig(a.astype(np.float32))[0].astype(complex), np.eye(3)[[1, 2, 0]]),
    ],
    "linalg.eigvals": [
        (lambda a: np.linalg.eigvals(a) + 0j, f(5, 5)),
        (lambda a: np.linalg.eigvals(a) + 0j, f(2, 3, 3)),
    ],
    "linalg.tensorinv": [
        (lambda a: np.linalg.tensorinv(a, 1), f(6, 2, 3)),
        (np.linalg.tensorinv, f(3, 4, 12)),
    ],
    "linalg.tensorsolve": [
        (np.linalg.tensorsolve, f(2, 3, 6), f(2, 3)),
        (lambda a, b: np.linalg.tensorsolve(a, b, axes=(1,)), f(2, 6, 3), f(2, 3)),
    ],
    "roots": [
        (lambda p: np.roots(p) + 0j, f(5)),
        (lambda p: np.roots(p) + 0j, np.array([1.0, -3.0, 2.0])),
        (lambda p: np.roots(p) + 0j, np.array([2, 3, 4])),
        (lambda p: np.roots(p) + 0j, f(2)),
        (lambda p: np.roots(p) + 0j, f(1)),
    ],
    "linalg.svd": [
        # The signs of the columns without a singular value are free.
        (lambda x: abs(np.linalg.svd(x)[0]), f(4, 3)),
        (lambda x: np.linalg.svd(x, full_matrices=False), f(2, 3, 5)),
        (lambda x: np.linalg.svd(x, compute_uv=False), f(3, 4)),
    ],
    "linalg.svdvals": [(np.linalg.svdvals, f(3, 4)), (np.linalg.svdvals, f(2, 4, 3))],
    "linalg.qr": [
        (np.linalg.qr, f(4, 3)),
        (lambda x: abs(np.linalg.qr(x, "complete")[0]), f(4, 3)),
        (lambda x: np.linalg.qr(x, "r"), f(3, 4)),
    ],
    "linalg.pinv": [(np.linalg.pinv, f(4, 3)), (np.linalg.pinv, f(2, 3, 3))],
    "linalg.lstsq": [
        (lambda a, b: np.linalg.lstsq(a, b)[2], spread(5, 3), spread(5)),
        (lambda a, b: np.linalg.lstsq(a, b)[0], f(5, 3), f(5)),
    ],
    "linalg.cond": [
        (np.linalg.cond, np.zeros((2, 2))),
        (np.linalg.cond, f(3, 3)),
        (lambda x: np.linalg.cond(x, 1), f(3, 3)),
    ],
    "linalg.matrix_rank": [
        (np.linalg.matrix_rank, f(4, 3)),
        (np.linalg.matrix_rank, np.ones((3, 3))),
    ],
    "linalg.inv": [
        (np.linalg.inv, f(4, 4)),
        (np.linalg.inv, f(2, 1, 3, 3)),
        (np.linalg.inv, f(0, 0)),
        (np.linalg.inv, np.eye(5)[[1, 2, 0, 4, 3]]),
        (np.linalg.inv, np.array([[2, 1], [1, 1]])),
    ],
    "linalg.solve": [
        (np.linalg.solve, f(5, 5), f(5)),
        (np.linalg.solve, f(3, 3), f(2, 3, 2)),
        (np.linalg.solve, f(2, 3, 3), f(3, 0)),
        (lambda b: np.linalg.solve(np.eye(3, dtype=np.float32) * 2, b), f(3).astype(np.float32)),
    ],
    "linalg.det": [(np.linalg.det, f(*s)) for s in ((0, 0), (1, 1), (2, 2), (3, 3), (2, 5, 5))]
    + [(np.linalg.det, np.ones((4, 4))), (np.linalg.det, np.eye(5)[[1, 0, 2, 3, 4]])],
    "linalg.slogdet": [
        (lambda a: tuple(np.linalg.slogdet(a)), f(2, 4, 4)),
        (lambda a: tuple(np.linalg.slogdet(a)), np.zeros((3, 3))),
        (lambda a: tuple(np.linalg.slogdet(a)), f(0, 0)),
    ],
    "logspace": [
        (lambda x: np.logspace(x, 2, 3), spread(2).astype(np.float32)),
        (lambda a, b: np.logspace(a, b, 5), f(), f()),
        (lambda a: np.logspace(a, 2.0, 4, endpoint=False, base=2.0), f(3)),
    ],
    "geomspace": [
        (lambda a: np.geomspace(a, 100.0, 4), np.array(2.0)),
        (
            lambda a, b: np.geomspace(a, b, 5, endpoint=False),
            np.array([-2.0, 3.0]),
            -(2.0 ** i(2) + 1) * [1, -1],
        ),
        (lambda a: np.geomspace(a, 8, 1), np.array(2)),
    ],
    "resize": [
        (lambda x: np.resize(x, (3, 5)), f(2, 2)),
        (lambda x: np.resize(x, 3), i(5)),
        (lambda x: np.resize(x, (2, 0)), f(3)),
        (lambda x: np.resize(x, 2), f(0)),
    ],
    "unpackbits": [
        (np.unpackbits, i(2, 3).astype(np.uint8)),
        (lambda x: np.unpackbits(x, axis=0, bitorder="little"), i(2, 3).astype(np.uint8)),
        (lambda x: np.unpackbits(x, axis=1, count=21), i(2, 3).astype(np.uint8)),
        (lambda x: np.unpackbits(x, axis=1, count=-3), i(2, 3).astype(np.uint8)),
    ],
    "packbits": [
        (np.packbits, i(3, 4) % 3 > 0),
        (lambda x: np.packbits(x, axis=1, bitorder="little"), i(2, 11) % 2),
        (lambda x: np.packbits(x, axis=0), np.zeros((0, 2), bool)),
    ],
    "bincount": [
        (lambda w: np.bincount([1, 3, 1, 0], w), f(4)),
        (lambda x: np.bincount(x, minlength=7), np.array([1, 3, 1, 0])),
        (lambda x, w: np.bincount(x, w, 5), np.array([1, 3, 1, 0], np.uint8), i(4)),
        (lambda w: np.bincount([], w, 3), f(0)),
    ],
    "histogram": [
        (np.histogram, f(30)),
        (lambda x: np.histogram(x, 4, (-1, 1)), f(5, 6)),
        (lambda x, w: np.histogram(x, 5, weights=w, density=True), f(30), abs(f(30))),
        (lambda x: np.histogram(x, [-1, 0, 0.5, 3]), f(30)),
        (lambda x, b: np.histogram(x, b), i(12), np.array([0, 2, 5, 9])),
        (lambda x: np.histogram(x, 3), np.ones(4, int)),
        (lambda x: np.histogram(x, 3, (0, 2)), f(0)),
        (lambda x: np.histogram(x, 4), i(12)),
    ],
    "histogram_bin_edges": [
        (np.histogram_bin_edges, f(9)),
        (lambda x: np.histogram_bin_edges(x, 3, (0, 1)), f(9).astype(np.float32)),
    ],
    "histogram2d": [
        (lambda x, y: np.histogram2d(x, y, 3), f(20), f(20)),
        (lambda x, y: np.histogram2d(x, y, [2, 4], density=True), f(20), f(20)),
        (lambda x, y: np.histogram2d(x, y, [0.0, 0.1, 0.5, 1.0]), f(20), f(20)),
    ],
    "histogramdd": [
        (lambda x: (lambda h: (h[0], *h[1]))(np.histogramdd(x, (2, 3, 4))), f(20, 3)),
        (
            lambda x, w: (lambda h: (h[0], *h[1]))(
                np.histogramdd(x, 2, [(-1, 1), (0, 2)], True, w)
            ),
            f(20, 2),
            abs(f(20)),
        ),
    ],
    "polyadd": [(np.polyadd, f(3), f(5)), (np.polyadd, i(2), f(2))],
    "polysub": [(np.polysub, f(3), f(5))],
    "polymul": [(np.polymul, f(3), f(5)), (lambda p: np.polymul([1, 2], p), f(3))],
    "polyder": [(np.polyder, f(5)), (lambda p: np.polyder(p, 2), i(4)), (np.polyder, f(1))],
    "polyint": [(np.polyint, f(3)), (lambda p: np.polyint(p, 2, [1.0, 2.0]), f(3))],
    "polydiv": [
        (np.polydiv, np.array([1.0, 5.0, 6.0, 3.0]), np.array([2.0, 1.0])),
        (np.polydiv, np.array([3.0, 5.0, 2.0, 1.0]), np.array([2.0, 1.0, 4.0])),
        (np.polydiv, np.array([1.0, 2.0]), np.array([2.0, 1.0, 4.0])),
    ],
    "poly": [(np.poly, whole(3).astype(np.float16)), (np.poly, f(4)), (np.poly, i(2))],
    "polyfit": [
        (lambda x, y: np.polyfit(x, y, 2), f(9), f(9)),
        (lambda x, y, w: np.polyfit(x, y, 3, w=w), f(9), f(9), abs(f(9)) + 0.1),
        (lambda x, y: np.polyfit(x, y, 1), i(7), f(7, 2)),
        (lambda x, y: np.polyfit(x, y, 0), f(3), f(3)),
        (lambda x, y: np.polyfit(x, y, 2, cov=True), f(9), f(9)),
        (lambda x, y: np.polyfit(x, y, 1, cov="unscaled", w=abs(x))[1], f(9), f(9, 2)),
        (lambda x, y: np.polyfit(x, y, 2, full=True)[:2], f(9), f(9)),
        (lambda x, y: np.polyfit(x, y, 1, full=True)[3], f(7), f(7, 2)),
    ],
    "apply_along_axis": [
        (lambda x: np.apply_along_axis(np.sum, 0, x), f(2, 3, 4)),
        (lambda x: np.apply_along_axis(lambda r: r[::-1] * r[0], 1, x), f(2, 3, 4)),
        (lambda x: np.apply_along_axis(lambda r: np.outer(r, r), 1, x), f(2, 3, 4)),
        (lambda x: np.apply_along_axis(lambda r, k: r[k], -1, x, 2), f(2, 3)),
        (lambda x: np.apply_along_axis(np.sort, 0, x), f(3)),
    ],
    "apply_over_axes": [
        (lambda x: np.apply_over_axes(np.sum, x, [0, 2]), f(2, 3, 4)),
        (lambda x: np.apply_over_axes(np.max, x, 1), f(2, 3)),
    ],
    "lib.stride_tricks.sliding_window_view": [
        (lambda x: np.lib.stride_tricks.sliding_window_view(x, 3), f(5)),
        (lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 3)), f(3, 5)),
        (lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=0), f(3, 5)),
        (lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 3), (1, 1)), f(2, 7)),
    ],
    "insert": [
        (lambda x: np.insert(x, 1, 5.0), f(3)),
        (lambda x: np.insert(x, 1, 5.0, axis=1), f(2, 3)),
        (lambda x, v: np.insert(x, 1, v, axis=0), f(2, 3), f(3)),
        (lambda x, v: np.insert(x, [0, 2, 2], v), f(3), f(3)),
        (lambda x, v: np.insert(x, [1], v, axis=1), f(2, 3), f(2, 2)),
        (lambda x: np.insert(x, slice(0, 3, 2), 7), i(4)),
        (lambda x, v: np.insert(x, -1, v, axis=1), f(2, 3), f(2)),
        (lambda x, k: np.insert(x, k, 5.0), f(3), np.int64(3)),
        (lambda x, v, k: np.insert(x, k, v, axis=1), f(2, 3), f(2), np.int64(-1)),
    ],
    "unwrap": [
        (np.unwrap, 3 * f(9)),
        (lambda x: np.unwrap(x, axis=0), 5 * f(5, 2)),
        (lambda x: np.unwrap(x, discont=4.0), 5 * f(3, 5)),
        (lambda x: np.unwrap(x, period=4), i(7) % 4),
        (lambda x: np.unwrap(x, period=5), i(7) % 5),
        (np.unwrap, np.array([0.0, np.pi, 2 * np.pi, -np.pi])),
        (np.unwrap, f(0)),
    ],
    "partition": [
        (lambda x: np.sort(np.partition(x, 2)[:2]), f(7)),
        (lambda x: np.partition(x, (1, 3), axis=0)[1], f(5, 2)),
    ],
    "argpartition": [(lambda x: x[np.argpartition(x, 2)[2]], f(7))],
    "lexsort": [
        (lambda a, b: np.lexsort((a, b)), i(7) % 3, i(7) % 2),
        (lambda a: np.lexsort(a), f(2, 5)),
        (lambda a: np.lexsort(a, axis=0), i(2, 5, 3) % 2),
    ],
    "nanmedian": [
        (lambda x: np.nanmedian(x, axis=1, keepdims=True), f(2, 0)),
        (np.nanmedian, np.array([1.0, np.nan, 3.0, 2.0])),
        (lambda x: np.nanmedian(x, axis=0), np.array([[1.0, np.nan], [3.0, np.nan], [4.0, 2.0]])),
        (lambda x: np.nanmedian(x, axis=1, keepdims=True), np.array([[1.0, np.nan], [3.0, 4.0]])),
        (np.nanmedian, i(4)),
    ],
    "nanquantile": [
        (lambda x, m=m: np.nanquantile(x, [0, 0.3, 1], axis=1, method=m), NAN)
        for m in ("inverted_cdf", "averaged_inverted_cdf", "closest_observation", "weibull")
    ]
    + [
        (lambda x: np.nanquantile(x, 0.3), np.array([1.0, np.nan, 3.0, 2.0])),
        (lambda x: np.nanquantile(x, 0.3, axis=0), np.zeros((0, 4))),
        (lambda x: np.nanquantile(x, [0.3, 0.5], axis=0), np.zeros((0, 4))),
        (lambda x: np.nanquantile(x, [0.3, 0.5], axis=1), np.zeros((0, 4))),
        (lambda x: np.nanquantile(x, [0.3, 0.5]), np.zeros((0, 4))),
        (lambda x: np.nanquantile(x, 0.3, axis=(0, 1), keepdims=True), np.zeros((0, 4))),
        (
            lambda x: np.nanquantile(x, [0.0, 0.6, 1.0], axis=0),
            np.where(f(5, 3) > 1, np.nan, f(5, 3)),
        ),
        (lambda x: np.nanquantile(x, 0.5, method="lower"), np.array([1.0, np.nan, 3.0, 2.0])),
    ],
    "nanpercentile": [
        (lambda x: np.nanpercentile(x, 30.0), np.array([1.0, np.nan, 3.0, 2.0])),
        (lambda x: np.nanpercentile(x, [30.0, 50.0], axis=0), np.zeros((0, 4))),
    ],
    "linalg.cholesky": [
        (np.linalg.cholesky, P),
        (lambda a: np.linalg.cholesky(a, upper=True), np.stack([P, np.eye(4)])),
        (np.linalg.cholesky, f(0, 0)),
    ],
    "einsum": [
        (lambda a, b, s=s: np.einsum(s, a, b), f(3, 4), f(4, 2))
        for s in (
            "ij,jk->ik",
            "ij,jk",
            "ij , jk -> k",
            "ij,jk->",
            "...j,jk->...k",
            "ij,j...",
            "ba,ac",
        )
    ]
    + [
        (lambda a: np.einsum("ii->i", a), f(3, 3)),
        (lambda a: np.einsum("ii", a), f(3, 3)),
        (lambda a: np.einsum("...ij->...ji", a), f(2, 3, 4)),
        (lambda a, b: np.einsum("...,...", a, b), f(2, 1), f(3)),
        (lambda a, b: np.einsum("ij,jk->ik", a, b), f(3, 1), f(4, 2)),
        (lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [0, 2]), M, f(4, 2)),
        (lambda a, b: np.einsum(a, [Ellipsis, 1], b, [1]), M, f(4)),
        (lambda a, b: np.einsum("i,i->i", a, b), i(3) > 0, i(3) > 0),
        (lambda a: np.einsum("ij,i,->j", np.ones((3, 2)), a, 2.0), f(3)),
        (lambda a, b: np.einsum("i,i", a, b), i(3), f(3)),
        (lambda a, b: np.einsum("ij,jk", a, b), f(2, 0), f(0, 2)),
    ],
}


def test_every_entry_has_an_example():
    """Entries that this version of NumPy lacks may have an empty list."""
    entries = [*nf.FUNCTION_RULES, *(name for name in nf.UFUNC_RULES if name not in ELEMENTWISE)]
    missing = [
        name
        for name in entries
        if name not in EXAMPLES or (nf.find(name) is not None and not EXAMPLES[name])
    ]
    assert not missing
    assert not [name for name in EXAMPLES if name not in entries]


@pytest.mark.parametrize(
    "name, k", [(name, k) for name, cases in EXAMPLES.items() for k in range(len(cases))]
)
def test_function(name, k):
    function, *args = EXAMPLES[name][k]
    check(function, *args)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("backend", ["cpu", "numpy"])
def test_spacing(dtype, backend):
    """The bits of NumPy's values; no slope."""
    limits = np.finfo(dtype)
    x = [1, -1, 1.5, -4, 0.999, limits.tiny, -limits.tiny / 2, limits.max, -limits.max, 3 / 7]
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, limits.smallest_subnormal, *x], dtype)
    with np.errstate(all="ignore"):
        wanted = np.spacing(x)
    found = lg.jit(np.spacing, backend=backend)(x)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, wanted)
    slope = lg.grad(lambda x: np.sum(x * np.spacing(x)))(x[5:])
    np.testing.assert_array_equal(slope, wanted[5:])
    assert lg.jvp(lambda x: np.spacing(np.sin(x)), (dtype(2),), (dtype(1),))[1] == 0


@pytest.mark.sampled(1)
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_spacing_of_all_numbers_of_16_bits(dtype):
    x = np.arange(2**16, dtype=np.uint16).view(dtype)
    with np.errstate(all="ignore"):
        wanted = np.spacing(x)
    found = lg.jit(np.spacing)(x)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.astype(float), wanted.astype(float))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("rcond", [None, -1, 0, 1.0, 2, 1e-3, 0.3])
def test_bounds_of_least_squares(rcond):
    """LAPACK takes its eps for a bound that is not between 0 and 1."""
    a, b = np.eye(7, 5) * [3, 0.5, 1, 2e-15, 1e-17], np.cos(np.arange(7.0))
    x, _, rank, s = np.linalg.lstsq(a, b, rcond)
    found = lg.jit(lambda a, b: np.linalg.lstsq(a, b, rcond))(a, b)
    assert found[2] == rank
    np.testing.assert_allclose(found[0], x, rtol=1e-12)
    np.testing.assert_allclose(found[3], s, rtol=1e-12)


@pytest.mark.parametrize("function", [np.fmax, np.fmin, np.maximum, np.minimum])
def test_extremes_of_complex_numbers(function):
    nan = complex(np.nan, 2)
    x = np.array([1 + 2j, np.nan + 1j, 3, 3, 1 + np.nan * 1j, nan])
    y = np.array([1 + 1j, 2, np.nan + 5j, 1 + 9j, nan, complex(1, np.nan)])
    check(function, x, y)
    check(lambda x: function.reduce(x), x[:1].repeat(3) * np.array([1, 2j, -1]))


@pytest.mark.parametrize(
    "function, error",
    [
        (lambda x: np.diff(x, n=-1), ValueError),
        (lambda x: np.linspace(x, 1, -2), ValueError),
        (lambda x: np.logspace(x, 1, -2), ValueError),
        (lambda x: np.cov(x, ddof=1.5), ValueError),
        (lambda x: np.cov(x, fweights=[1, 2]), RuntimeError),
        (lambda x: np.cov(x, aweights=[[1, 2, 3]]), RuntimeError),
        (lambda x: np.cov(x, fweights=[1, 2.5, 1]), TypeError),
        (lambda x: np.cov(x, aweights=[1, -1, 1]), ValueError),
        (lambda x: np.linalg.multi_dot([x]), ValueError),
        (lambda x: np.linalg.matrix_power(x, 2.5), TypeError),
        (lambda x: np.linalg.cond(x[:0, :0]), np.linalg.LinAlgError),
        (lambda x: np.linalg.cond(x[:0, :0], "fro"), np.linalg.LinAlgError),
        (lambda x: np.linalg.inv(x[:2]), np.linalg.LinAlgError),
        (lambda x: np.linalg.det(x[0]), np.linalg.LinAlgError),
        (lambda x: np.linalg.svd(x[0]), np.linalg.LinAlgError),
        (lambda x: np.linalg.matrix_power(x[:2], 2), np.linalg.LinAlgError),
        (lambda x: np.linalg.lstsq(x, x[0, :2]), np.linalg.LinAlgError),
        (lambda x: np.tril(x[0, 0]), TypeError),
        (lambda x: np.ediff1d(x.astype(int), to_end=1.5), TypeError),
        (lambda x: np.nanquantile(x > 0, 0.3), TypeError),
        (lambda x: np.compress([0, 1, 1, 1], x, axis=0), IndexError),
    ],
)
def test_errors_of_numpy_are_errors_here(function, error):
    """Some of these gave a value. NumPy's error is one of the same class."""
    x = np.arange(9.0).reshape(3, 3) + np.eye(3)
    with pytest.raises(error):
        function(x)
    with pytest.raises(error, match=r"test_numpy_functions\.py:\d+: "):
        lg.jit(function)(x)


def test_ufunc_methods():
    # A number beside `outer` is an array, and not weak.
    check(lambda x: np.multiply.outer(x, 2.0), f(2).astype(np.float32))
    check(lambda x: np.subtract.outer([x[0], 1.0], x), f(2))
    check(lambda a, b: np.subtract.outer(a, b), f(2), f(3, 1))
    check(lambda a: np.multiply.outer(np.arange(3), a), f(2))
    check(lambda x: np.maximum.accumulate(x, axis=1), M)
    check(lambda x: np.fmax.accumulate(x), NAN)
    check(lambda x: np.minimum.accumulate(x, 1), M[:, :0])
    check(np.subtract.accumulate, i(3))
    check(lambda x: np.logaddexp.reduce(x, axis=-1, keepdims=True), M)
    check(np.logaddexp.reduce, M[:0])
    check(np.subtract.reduce, i(3, 2))
    check(np.bitwise_xor.reduce, i(4))
    check(lambda x: np.add.reduceat(x, [0, 2, 1, 3]), f(5))
    check(lambda x: np.maximum.reduceat(x, [0, 2], axis=1), M)
    check(lambda x: np.bitwise_or.reduceat(x, [1, 1, 0]), i(4))
    check(lambda x: np.add.reduceat(x, np.array([], int)), f(4, 2))
    for function, message in [
        (lambda x: np.less.reduce(x), "numpy.less.reduce is not supported on a traced float64"),
        (lambda x: np.subtract.reduce(x[:0]), "which has no identity"),
        (lambda x: np.subtract.reduce(x, dtype=int), "numpy.subtract.reduce is not supported"),
    ]:
        with pytest.raises(
            (TypeError, ValueError), match=rf"test_numpy_functions.py:\d+: .*{message}"
        ):
            lg.trace(function, M)


@pytest.mark.parametrize(
    "function, message",
    [
        (lambda x: np.bincount(x[0].astype(int)), "result depends on values; give minlength"),
        (lambda x: np.nextafter(x, 2.0), "numpy.nextafter is not supported"),
        (lambda x: np.nextafter(x, 1), "numpy.nextafter is not supported"),
        (lambda x: np.sum(x, out=np.zeros(())), "numpy.sum cannot write a traced value"),
        (
            lambda x: np.add(x, 1, out=np.zeros((3, 4))),
            "cannot write a traced value into a NumPy array",
        ),
        (lambda x: np.add(x, 1, where=[True, False, True, True]), "give out=, or write np.where"),
        (lambda x: np.union1d(x, x), "the shape of numpy.union1d's result depends on values"),
        (lambda x: np.where(x, 1), "either both or neither of x and y"),
        (lambda x: x[:, np.nonzero(x[0])[0]], "whose shape depends on values"),
        (lambda x: np.floor(x * 1j), "ufunc 'floor' not supported for the input types"),
        (lambda x: x.choose([x]), "numpy.choose takes integers"),
        (lambda x: x.sum(axis=2), "out of bounds for array of dimension 2"),
        (lambda x: x.reshape(5, -1), "cannot reshape array of size 12"),
        (lambda x: x + np.ones(3), r"could not be broadcast together with shapes \(3, 4\) \(3,\)"),
        (lambda x: np.max(x[:0]), "zero-size array to reduction operation maximum"),
        (lambda x: x @ x, "do not fit: 4 columns, 3 rows"),
        (lambda x: np.einsum("ij,jk", x, x), "subscript 'j' has sizes 4 and 3"),
        (lambda x: x.astype(np.int8) + 300, "out of bounds for int8"),
        (lambda x: x.astype(int) ** -1, "Integers to negative integer powers"),
        (lambda x: np.concatenate([x, x.T]), "cannot be concatenated"),
        (lambda x: np.stack([]) if x is None else np.stack([x, x[0]]), "must have the same shape"),
        (lambda x: np.reshape(x, 12, order="K"), "must be one of 'C', 'F' or 'A', not 'K'"),
        (lambda x: np.ravel(x.T, order="K"), "give order='C' or order='F'"),
        (lambda x: x.astype("U5"), "arrays of <U5 are not supported"),
        (np.linalg.inv, r"numpy.linalg.inv takes square matrices, not an array of \(3, 4\)"),
        (lambda x: np.linalg.solve(x[:, :3], x[0]), r"matrices have shape \(3, 3\), and the right"),
        (
            lambda x: np.linalg.det(x[:, :3].astype("f2")),
            "takes float32, float64, complex64 and complex128, not",
        ),
        (lambda x: np.searchsorted(x, 1.0), "numpy.searchsorted searches in a vector, not in"),
        (lambda x: np.digitize(x, [1, 3, 2]), "monotonically increasing or decreasing"),
        (lambda x: np.quantile(x, 1.5), r"Quantiles must be in the range \[0, 1\]"),
        (lambda x: np.percentile(x, 101), r"Percentiles must be in the range \[0, 100\]"),
        (lambda x: np.quantile(x[:0], 0.5), "numpy.quantile needs at least one element"),
        (lambda x: np.quantile(x, 0.5, method="gumbel"), "supports the methods linear, midpoint"),
        (lambda x: np.interp(x, x[0], x[:, 0]), "not of the same length"),
        (lambda x: np.piecewise(x, [x < 0], []), r"with 1 condition\(s\), either 1 or 2"),
        (lambda x: np.diag_indices_from(x), "all its dimensions are equal"),
        (lambda x: np.cov(x[None]), "numpy.cov takes up to two dimensions"),
    ],
)
def test_errors_name_the_line(function, message):
    with pytest.raises(
        (TypeError, ValueError, OverflowError), match=rf"test_numpy_functions.py:\d+: .*{message}"
    ):
        lg.trace(function, M)


def test_hypot_neither_overflows_nor_underflows():
    check(np.hypot, np.array([1e300, 1e-300, 5e-324, 3.0]), np.array([1e300, 1e-300, 0.0, 4.0]))
    for dtype in (np.float16, np.float32, np.float64):
        check(np.hypot, np.array([np.finfo(dtype).max]), np.zeros(1, dtype))


def test_remainders_are_exact():
    """1 % 0.1 is not 0: the quotient rounds to 10, though it is below."""
    a, b = np.array([1.0, -1.0, 5.3, -7.1, 1e15]), np.array([0.1, 0.1, 0.7, -1.3, 0.3])
    for function in (np.fmod, np.remainder, np.floor_divide):
        x, y = function(a, b), lg.jit(function, backend="numpy")(a, b)
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("backend", ["numpy", "cpu", "triton"])
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
def test_remainders_of_large_quotients_are_exact(dtype: Any, backend: str):
    """Over all exponents, in vectors and beyond them, and where the quotient is infinite."""
    limits, random = ml_dtypes.finfo(dtype), np.random.default_rng(0)
    low, high = (np.log2(float(x)) for x in (limits.smallest_normal, limits.max))
    sizes = np.exp2(random.uniform(low - 4, high, (2, 133)))
    a, b = (sizes * random.choice([-1, 1], sizes.shape)).astype(dtype)
    points = [0.0, -0.0, 1, -3, 0.7, np.inf, -np.inf, np.nan, float(limits.max), 5e3]
    points = np.array([*points, float(limits.smallest_subnormal)]).astype(dtype)
    a = np.concatenate([a, np.repeat(points, len(points))])
    b = np.concatenate([b, np.tile(points, len(points))])
    wide = np.float64 if dtype is np.float64 else np.float32
    for function in (np.fmod, np.remainder):
        with np.errstate(all="ignore"):
            # ml_dtypes rounds on the way, so the results of 16 bits come from float32.
            expected = function(a.astype(wide), b.astype(wide)).astype(dtype).astype(wide)
        with diagnostics.handling(lambda diagnostic: None):
            found = lg.jit(function, backend=backend)(a, b)
        assert found.dtype == dtype
        found = found.astype(wide)
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(
            np.signbit(found[~np.isnan(found)]), np.signbit(expected[~np.isnan(found)])
        )
    if dtype in (np.float32, np.float64):
        with np.errstate(all="ignore"):
            found = lg.jit(np.floor_divide, backend=backend)(a, b)
            np.testing.assert_allclose(found, np.floor_divide(a, b), rtol=1e-6)
