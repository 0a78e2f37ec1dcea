"""
Complex numbers: values as NumPy's, derivatives as JAX's, on all backends.
"""

import warnings

import mpmath
import numpy as np
import pytest

import letgrad as lg
from letgrad.frontend.tracing import COMPLEX_UFUNCS

from .test_numpy_functions import EXAMPLES

pytestmark = pytest.mark.sampled(7)

DTYPES = (np.complex64, np.complex128)
rng = np.random.default_rng(7)


def cases(dtype):
    """Numbers of all sizes, at the unit circle, on the axes, with zeros of both signs."""
    real = np.finfo(dtype).dtype
    largest = 80 if real == np.float32 else 700
    ordinary = rng.standard_normal(60) + 1j * rng.standard_normal(60)
    sizes = 10.0 ** rng.uniform(-6, np.log10(largest), 60)
    spread = sizes * np.exp(1j * rng.uniform(-np.pi, np.pi, 60))
    circle = np.exp(1j * rng.uniform(-np.pi, np.pi, 30)) * (1 + 1e-6 * rng.standard_normal(30))
    axes = [
        complex(a, b)
        for a, b in (
            (1, 0.0), (1, -0.0), (-1, 0.0), (-1, -0.0), (2, 0.0), (2, -0.0), (-2, 0.0), (-2, -0.0),
            (0.0, 1), (-0.0, 1), (0.0, -1), (-0.0, -1), (0.0, 3), (-0.0, 3), (0.0, -3), (-0.0, -3),
            (0.6, 0.8), (0.5, 0.0), (0.5, -0.0), (0.0, 0.5), (-0.0, 0.5),
        )
    ]  # fmt: skip
    return np.concatenate([ordinary, spread, circle, axes]).astype(dtype)


def ulps(got, want):
    """The difference in units of the last place of the greater part of each number."""
    eps = np.finfo(want.dtype).eps
    size = np.maximum(abs(np.real(want)), abs(np.imag(want)))
    gap = np.maximum(abs(np.real(got) - np.real(want)), abs(np.imag(got) - np.imag(want)))
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    return np.where(same, 0, gap / np.maximum(size * eps, np.finfo(want.dtype).tiny))


UNARY = sorted(
    u.__name__ for u in COMPLEX_UFUNCS if u.nin == 1 and u.resolve_dtypes((np.dtype(complex), None))
)
MORE_EXACT = {"log1p": lambda z: mpmath.log(1 + z), "expm1": mpmath.expm1}
"""Functions in which NumPy loses digits. These are compared with exact values."""


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", UNARY)
def test_values_are_within_4_ulp_of_numpy(name, dtype):
    z, function = cases(dtype), getattr(np, name)
    with np.errstate(all="ignore"):
        # NumPy's own rounding in single precision is no part of the comparison.
        want = np.asarray(function(z.astype(np.complex128)))
    if name in MORE_EXACT:
        z = z[z.imag != 0]  # mpmath has no signed zeros, so it does not know the sides of a cut
        with mpmath.workdps(40):
            want = np.array([complex(MORE_EXACT[name](mpmath.mpc(complex(x)))) for x in z])
    kind = function.resolve_dtypes((np.dtype(dtype), None))[1]
    for backend in ("numpy", "cpu"):
        got = lg.jit(lambda z: function(z), backend=backend)(z)
        assert got.dtype == kind
        if kind.kind == "b":
            np.testing.assert_array_equal(got, want)
        else:
            # NumPy's exponential in base 2 and its products round more often than once.
            limit = 100 if name == "exp2" and dtype == np.complex64 else 4
            assert np.max(ulps(got, want.astype(kind))) <= limit


CUTS = ("sqrt", "log", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh")


@pytest.mark.parametrize("name", CUTS)
def test_the_sign_of_a_zero_chooses_the_side_of_a_branch_cut(name):
    ends = [complex(s * x, t * 0.0) for x in (0.0, 0.5, 1.5, 4.0) for s in (1, -1) for t in (1, -1)]
    z = np.array(ends + [complex(x.imag, x.real) for x in ends])
    with np.errstate(all="ignore"):
        want = getattr(np, name)(z)
    got = lg.jit(getattr(np, name))(z)
    finite = np.isfinite(want)
    np.testing.assert_allclose(got[finite], want[finite], rtol=1e-14, atol=1e-15)
    for part in (np.real, np.imag):
        away = finite & (part(want) != 0)
        np.testing.assert_array_equal(np.signbit(part(got))[away], np.signbit(part(want))[away])


LARGE_AND_SMALL = [1e200 + 1e200j, 1e-200 - 1e-200j, 1e308 + 1j, 1e-310 + 1e-312j, -1e300 + 5j]


@pytest.mark.parametrize("name", ["sqrt", "log", "absolute", "reciprocal", "sign", "arctan"])
def test_large_and_small_numbers_neither_overflow_nor_underflow(name):
    z = np.array(LARGE_AND_SMALL)
    with np.errstate(all="ignore"):
        want = np.asarray(getattr(np, name)(z))
        given = np.isfinite(want)
        got = np.asarray(lg.jit(getattr(np, name))(z))
    np.testing.assert_allclose(got[given], want[given], rtol=1e-13)


@pytest.mark.parametrize("name", ["exp", "sinh", "cosh", "tanh", "sin", "cos", "tan"])
def test_far_out_only_the_result_overflows(name):
    z = np.array([709.9 + 1.0j, -709.9 + 1.57j, 1.57 + 709.9j, 300 - 2j, -800 + 1j, 2 - 300j])
    with np.errstate(all="ignore"):
        want = getattr(np, name)(z)
    got = lg.jit(getattr(np, name))(z)
    np.testing.assert_allclose(got, want, rtol=1e-13)


INFINITE = [
    complex(re, im)
    for re in (np.inf, -np.inf, 1.0, -1.0, 0.0, -0.0, np.nan)
    for im in (np.inf, -np.inf, 1.0, -1.0, 0.0, -0.0)
    if np.isinf(re) or np.isinf(im)
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ("sqrt", "log", "arcsin", "arccos", "arcsinh", "arccosh"))
def test_infinite_numbers_have_the_limits_of_annex_g_of_c(name, dtype):
    function, z = getattr(np, name), np.array(INFINITE, dtype)
    for backend in ("numpy", "cpu"):
        found, expected = lg.jit(lambda z: function(z), backend=backend)(z), function(z)
        for got, wanted in ((found.real, expected.real), (found.imag, expected.imag)):
            np.testing.assert_allclose(got, wanted, rtol=1e-6)
            there = ~np.isnan(wanted) & ~np.isnan(z)
            np.testing.assert_array_equal(np.signbit(got)[there], np.signbit(wanted)[there])


LIMITS = [
    complex(re, im)
    for re in (np.inf, -np.inf, 1.0, -3.0, 0.0, -0.0, np.nan)
    for im in (np.inf, -np.inf, 1.0, -3.0, 0.0, -0.0, np.nan)
    if not (np.isfinite(re) and np.isfinite(im))
]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
def test_all_functions_of_parts_that_are_infinite_or_no_numbers(backend):
    """
    As in NumPy: one known part of an argument may still say all of a part of the result. NumPy's
    `expm1` has no such rules.
    """
    names, z = [name for name in UNARY if name != "expm1"], np.array(LIMITS)
    with np.errstate(all="ignore"):
        wanted = [getattr(np, name)(z) for name in names]
    found = lg.jit(lambda z: tuple(getattr(np, name)(z) for name in names), backend=backend)(z)
    for name, got, want in zip(names, found, wanted):
        for part in (np.real, np.imag):
            np.testing.assert_allclose(part(got), part(want), rtol=1e-14, err_msg=name)


def test_division_is_that_of_numpy():
    a = np.array([1 + 2j, 1e300 + 1e300j, 1 + 1j, 0j, 3 - 1j, 1e-300 + 0j])
    b = np.array([3 - 4j, 1e300 - 2e300j, 0j, 0j, 2j, 1e-300 + 1e-300j])
    with np.errstate(all="ignore"):
        want = a / b
    np.testing.assert_array_equal(lg.jit(lambda a, b: a / b)(a, b), want)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, -1, -2, -7, 0.5, 1.5 + 0.5j])
def test_powers(n):
    z = np.array([1 + 2j, -0.5 + 0.1j, 2 + 0j, -1 - 1j])
    np.testing.assert_allclose(lg.jit(lambda z: z**n)(z), z**n, rtol=1e-14)


def test_powers_of_zero():
    with np.errstate(all="ignore"):
        want = np.power(0j, np.array([0, 2, 0.5, 1 + 1j]))
    got = lg.jit(lambda b: np.power(0j, b))(np.array([0, 2, 0.5, 1 + 1j]))
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("other", [2, 2.0, 1j, np.float32(2), np.complex64(1j), np.int8(3), True])
@pytest.mark.parametrize("dtype", [bool, np.int32, np.float16, np.float32, np.float64, *DTYPES])
def test_promotion(dtype, other):
    x = np.ones(3, dtype)
    for function in (
        lambda x: x * (1j * other),
        lambda x: x + other + 0j,
        lambda x: other - x * 1j,
    ):
        want, got = function(x), lg.jit(function, backend="numpy")(x)
        assert got.dtype == want.dtype
        np.testing.assert_allclose(got, want)


# NumPy's functions.


def as_complex(x):
    x = np.asarray(x)
    if x.dtype.kind != "f":
        return x
    kind = np.complex64 if x.dtype == np.float32 else np.complex128
    rng = np.random.default_rng(5)  # each test gets the same numbers, whichever tests run
    return (x + 1j * np.round(rng.standard_normal(x.shape), 2)).astype(kind)


REFUSED = {"sum": 1, "copyto": 1, "interp": 2, "histogram": 3}
"""Examples that NumPy computes without the imaginary part, with a warning. Here it is an error."""


# The result of `real_if_close` stays complex: `test_small_imaginary_parts_go_away` has it.
@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "real_if_close"])
def test_functions_of_complex_arrays_are_those_of_numpy(name):
    """The examples of real arrays, with imaginary parts: the same values, or errors of both."""
    refused = 0
    for function, *args in EXAMPLES[name]:
        args = [as_complex(x) for x in args]
        if name == "searchsorted":
            args[0] = np.sort(args[0])
        if not any(x.dtype.kind == "c" for x in args):
            continue
        copies = [np.copy(x) for x in args]
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore", RuntimeWarning)
                warnings.simplefilter("ignore", DeprecationWarning)
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                want = function(*args)
        except np.linalg.LinAlgError:
            continue  # letgrad gives NaN
        except np.exceptions.ComplexWarning:
            refused += 1
            continue
        except (TypeError, ValueError):
            with pytest.raises((TypeError, ValueError)):
                lg.jit(function, backend="numpy")(*copies)
            continue
        got = lg.jit(function, backend="numpy")(*copies)
        wanted = want if isinstance(want, tuple | list) else (want,)
        given = got if isinstance(got, tuple | list) else (got,)
        assert len(wanted) == len(given)
        for a, b in zip(given, map(np.asarray, wanted)):
            assert (np.asarray(a).dtype, np.shape(a)) == (b.dtype, b.shape)
            rough = 2e-5 if b.dtype in (np.complex64, np.float32) else 1e-10
            np.testing.assert_allclose(a, b, rtol=rough, atol=rough, equal_nan=True)
    assert refused <= REFUSED.get(name, 1)


def of_points(x, y):
    return (
        np.polyfit(x, y, 2),
        *np.polyfit(x, y, 3, full=True),
        *np.polyfit(x, y, 2, cov=True),
        np.polyfit(x, y, 3, rcond=0.2),
        np.polyfit(x, y, 1, rcond=1e-3, full=True)[4],
        np.polyfit(x, y, 1, w=abs(x), cov="unscaled")[1],
    )


@pytest.mark.sampled(1)
@pytest.mark.parametrize("kinds", ["dd", "Dd", "dD", "Ff", "fF", "ed", "if"])
def test_fits_of_polynomials(kinds):
    """Values and dtypes. NumPy does not divide complex columns by their lengths: it shows in s."""
    rng = np.random.default_rng(3)
    points = 10 * rng.standard_normal((9, 2, 2)) @ [1, 1j]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        x, y = points[:, 0].astype(kinds[0]), points[:, 1].astype(kinds[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.RankWarning)
        wanted = of_points(x, y)
    for got, want in zip(lg.jit(of_points, backend="numpy")(x, y), wanted, strict=True):
        assert np.asarray(got).dtype == np.asarray(want).dtype
        np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_small_imaginary_parts_go_away(dtype):
    """NumPy's values, in a complex array."""
    eps = np.finfo(dtype).eps
    for size in (0.0, 50 * eps, 99 * eps, 101 * eps, 1.0):
        z = np.array([2 + size * 1j, 3 - size * 0.5j], dtype)
        for given in ((), (1000,), (0.25,)):
            got = lg.jit(lambda z, given=given: np.real_if_close(z, *given))(z)
            assert got.dtype == dtype
            np.testing.assert_array_equal(got, np.real_if_close(z, *given))
    real = np.arange(3.0)
    assert lg.jit(np.real_if_close)(real).dtype == real.dtype


def test_the_type_of_a_real_array_decides_a_condition():
    def root(x):
        return np.sqrt(x) if np.isreal(x) and not np.iscomplex(x) else x

    assert lg.grad(root)(4.0) == 0.25
    assert lg.jit(lambda x: 2 * x if np.any(np.iscomplex(x)) else x)(np.ones(2))[0] == 1
    z = np.array([1, 2j])
    np.testing.assert_array_equal(
        lg.jit(lambda z: (np.isreal(z), np.iscomplex(z)))(z), (np.isreal(z), np.iscomplex(z))
    )


def test_a_cast_to_real_numbers_takes_the_real_part_and_warns():
    z = np.array([1 + 2j, 3 - 1j])
    with pytest.warns(np.exceptions.ComplexWarning):
        got = lg.jit(lambda z: z.astype(np.float32))(z)
    np.testing.assert_array_equal(got, np.float32([1, 3]))
    np.testing.assert_array_equal(lg.jit(lambda z: z.astype(bool))(z - z[0]), [False, True])


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda z: np.sum(z, dtype=float), "would lose the imaginary part; take x.real"),
        (lambda z: np.zeros_like(z.real).__setitem__(0, z[0]), "would lose the imaginary part"),
        (lambda z: np.quantile(z, 0.5), "numpy.quantile takes real numbers"),
        (lambda z: lg.softmax(z), "sums of exponentials take real arrays"),
        (lambda z: np.arctan2(z, z), "ufunc 'arctan2' not supported"),
        (lambda z: z.real.__setattr__("imag", 1), "array does not have imaginary part to set"),
    ],
)
def test_errors(function, message):
    with pytest.raises(TypeError, match=message):
        lg.trace(function, lg.spec(3, "c128"))


# Writes, loops, programs.


def scaled(z):
    z.real = np.imag(z) * 2
    z.imag[1:] += 3
    z[0] *= 1j
    return z.sum()


def replaced(z):
    x = z.copy()
    x.real[0] = 5.0
    y = np.zeros_like(z)
    y[:] = z[::-1]
    y[1:].imag = 1
    return x, y, np.conj(z).T, z.reshape(3, 1).real


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
def test_parts_are_views(backend):
    z = np.array([1 + 2j, 3 - 1j, 0.5j])
    mine, theirs = z.copy(), z.copy()
    assert lg.jit(scaled, backend=backend)(mine) == scaled(theirs)
    np.testing.assert_array_equal(mine, theirs)
    for a, b in zip(lg.jit(replaced, backend=backend)(z), replaced(z)):
        np.testing.assert_array_equal(a, b)


def mandelbrot(x, y, n, horizon):
    c = x + y[:, None] * 1j
    steps = np.zeros(c.shape, dtype=np.int64)
    z = np.zeros(c.shape, dtype=np.complex128)
    for k in range(n):
        inside = abs(z) < horizon
        steps[inside] = k
        z[inside] = z[inside] ** 2 + c[inside]
    steps[steps == n - 1] = 0
    return z, steps


def orbit(c):
    z, k = 0j, 0
    while abs(z) < 2 and k < 50:
        z = z * z + c
        k += 1
    return z, z.real + z.imag, z.conjugate(), k


def widened(x, n):
    z = 1
    for _ in range(n):
        z = z * 1j + x
    return z


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (mandelbrot, (np.linspace(-2, 0.5, 6), np.linspace(-1.2, 1.2, 5), 10, 2.0)),
        (orbit, (0.5 + 0.5j,)),
        (widened, (np.ones(2), 5)),
    ],
)
def test_programs(function, args):
    got, want = lg.program(function)(*args), function(*args)
    for a, b in zip(got, want):
        np.testing.assert_allclose(a, b, rtol=1e-13)


def test_loops_branches_and_batches():
    z = np.array([1 + 2j, 3 - 1j, 0.5j])
    last, rows = lg.scan(lambda c, x: (c * x, c), 1 + 0j, z)
    np.testing.assert_allclose((last, *rows), (np.prod(z), 1, z[0], z[0] * z[1]))
    chosen = lg.jit(lambda z: lg.cond(z[0].real > 0, lambda: z * 1j, lambda: z))(z)
    np.testing.assert_array_equal(chosen, z * 1j)
    np.testing.assert_allclose(lg.vmap(lambda z: np.exp(z) * z)(z), np.exp(z) * z)
    np.testing.assert_allclose(lg.build(3, lambda i: lg.asarray(z)[i] * 2j), z * 2j)


# The doors of compiled functions.


@pytest.mark.parametrize("backend", ["numpy", "cpu", "triton"])
def test_doors(backend):
    function = lg.jit(lambda z, x: (z * x, z.real, x), backend=backend)
    z, x = np.arange(12).reshape(3, 4) * (1 + 2j), np.arange(4.0)
    for given in (z, z[::-1, ::-1], np.asfortranarray(z), (2 * z)[:2]):
        a, b, c = function(given, x)
        np.testing.assert_array_equal(a, given * x)
        np.testing.assert_array_equal(b, given.real)
        np.testing.assert_array_equal(c, x)
    assert isinstance(lg.jit(lambda z: z * 2, backend=backend)(1j), np.complex128)
    empty = np.zeros((0, 3), np.complex64)
    assert lg.jit(lambda z: z * 2, backend=backend)(empty).dtype == np.complex64


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
def test_results_go_into_arrays_that_may_be_arguments(backend):
    function = lg.jit(lambda z, w: (w * 1j, z.imag), backend=backend)
    z, w, y = np.array([1 + 2j, 3 - 1j]), np.array([1j, 2 + 0j]), np.zeros(2)
    want = w * 1j, z.imag.copy()
    function(z, w, out=(z, y))
    np.testing.assert_array_equal(z, want[0])
    np.testing.assert_array_equal(y, want[1])


# Derivatives.


def quadratic(z):
    return np.sum(abs(np.exp(z) * W) ** 2 + np.real(z * z * W))


W = np.array([0.3 - 1j, 1j, 2 + 0.1j])
Z = np.array([1 + 2j, 0.4 - 1j, 0.5j])
D = np.array([0.5 - 0.2j, 1 + 1j, -0.3j])
A = rng.standard_normal((3, 3)) + 1j * rng.standard_normal((3, 3)) + 3 * np.eye(3)

REAL = {
    "quadratic": quadratic,
    "abs": lambda z: np.sum(abs(z) ** 3),
    "angle": lambda z: np.sum(np.angle(z * W)),
    "log": lambda z: np.sum(np.log(z * W).real * np.log(z).imag),
    "division": lambda z: np.sum(abs(W / z + z / (W + 2))),
    "power": lambda z: np.sum((z**3 + z**-2 + z**0.5 + W**z).real),
    "trigonometric": lambda z: np.sum((np.sin(z) * np.cos(z) + np.tan(z)).imag),
    "hyperbolic": lambda z: np.sum((np.sinh(z) * np.cosh(z) + np.tanh(z)).real),
    "inverse": lambda z: np.sum(
        abs(np.arcsin(z) + np.arccos(z) * np.arctan(z) + np.arcsinh(z) * np.arctanh(z))
        + np.arccosh(z).imag
    ),
    "others": lambda z: np.sum(
        (np.sqrt(z) * np.log1p(z) + np.expm1(z) + np.exp2(z) + np.log2(z) + np.log10(z)).real
    ),
    "sign": lambda z: np.sum(np.sign(z).real * W.imag + np.reciprocal(z).imag),
    "product": lambda z: abs(np.prod(z)) + np.cumprod(z)[1].real,
    "vdot": lambda z: np.vdot(z, W).real * np.vdot(z, z).real,
    "matmul": lambda z: abs(z @ A @ np.conj(z)),
    "einsum": lambda z: abs(np.einsum("i,ij,j,k->", z, A, z, W)),
    "norm": lambda z: np.linalg.norm(z) * np.linalg.norm(z, 3) * np.linalg.norm(z, 1),
    "std": lambda z: np.std(z) * np.var(z),
    "solve": lambda z: abs(np.sum(np.linalg.solve(A + np.diag(z), W))),
    "inv": lambda z: np.linalg.norm(np.linalg.inv(A * z)),
    "det": lambda z: abs(np.linalg.det(A * z)),
    "large det": lambda z: abs(np.linalg.det(np.kron(A, np.eye(2)) + np.diag(np.tile(z, 2)))),
    "slogdet": lambda z: np.linalg.slogdet(A * z)[1] + np.linalg.slogdet(A + z)[0].real,
    "cholesky": lambda z: abs(
        np.sum(np.linalg.cholesky(np.outer(z, np.conj(z)) + A @ np.conj(A.T)))
    ),
    "written": lambda z: abs(scaled(z * 1j)) ** 2,
}


def of_pair(function):
    """The function of the real and the imaginary parts."""
    return lambda p: function(p[0] + 1j * p[1])


LARGE = {"large det", "inverse", "slogdet"}
"""Programs that take seconds to compile, to the second order in both modes."""


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n in LARGE else ()) for n in REAL]
)
def test_gradients_are_those_of_the_parts(name):
    """First and second order, both modes, against differences: a gradient is d/dx - i d/dy."""
    f, h = REAL[name], 1e-6
    gradient = lg.grad(f)
    g = gradient(Z)
    slope = (f(Z + h * D) - f(Z - h * D)) / (2 * h)
    np.testing.assert_allclose(np.sum(np.real(g * D)), slope, rtol=1e-6, atol=1e-7)
    value, pushed = lg.jvp(f, (Z,), (D,))
    np.testing.assert_allclose(value, f(Z), rtol=1e-12)
    np.testing.assert_allclose(pushed, np.sum(np.real(g * D)), rtol=1e-9, atol=1e-12)
    second = lg.hvp(f, (Z,), (D,))
    change = (gradient(Z + h * D) - gradient(Z - h * D)) / (2 * h)
    np.testing.assert_allclose(second, change, rtol=1e-5, atol=1e-5 * np.max(abs(change)))
    pair = np.stack([Z.real, Z.imag])
    parts = lg.grad(of_pair(f))(pair)
    np.testing.assert_allclose(g, parts[0] - 1j * parts[1], rtol=1e-10, atol=1e-12)


HOLOMORPHIC = {
    "cube": (lambda z: z**3, lambda z: 3 * z**2),
    "exp": (np.exp, np.exp),
    "log": (np.log, lambda z: 1 / z),
    "sqrt": (np.sqrt, lambda z: 0.5 / np.sqrt(z)),
    "quotient": (lambda z: z / (z + 2j), lambda z: 2j / (z + 2j) ** 2),
    "sinh": (np.sinh, np.cosh),
    "sin": (np.sin, np.cos),
    "arccos": (np.arccos, lambda z: -1 / np.sqrt(1 - z * z)),
    "arcsinh": (np.arcsinh, lambda z: 1 / np.sqrt(1 + z * z)),
    "arctan": (np.arctan, lambda z: 1 / (1 + z * z)),
    "arcsin": (np.arcsin, lambda z: 1 / np.sqrt(1 - z * z)),
    "arctanh": (np.arctanh, lambda z: 1 / (1 - z * z)),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "log1p": (np.log1p, lambda z: 1 / (1 + z)),
}


@pytest.mark.parametrize("name", HOLOMORPHIC)
def test_holomorphic_functions_have_complex_derivatives(name):
    f, slope = HOLOMORPHIC[name]
    # Next to 0, at the unit circle, and on lines where a part of z, 1 - z or 1 + z is 0.
    near = [0.3 + 0.4j, -0.7 + 0.1j, 2 - 1j, 1e-3 + 1e-4j, -0.2 - 3j]
    points = np.array([*near, 0.5j, 1 + 2j, -1 + 0.5j, 0.6 + 0.8j])
    each = lg.vmap(lg.grad(f, holomorphic=True))(points)
    np.testing.assert_allclose(each, slope(points), rtol=1e-11)
    pushed = lg.jvp(f, (points,), (points * 2j,))[1]
    np.testing.assert_allclose(pushed, slope(points) * points * 2j, rtol=1e-11)
    pulled = lg.vjp(f, points)[1](points * 2j)[0]
    np.testing.assert_allclose(pulled, slope(points) * points * 2j, rtol=1e-11)
    for jacobian in (lg.jacrev, lg.jacfwd):
        rows = jacobian(f, holomorphic=True)(points)
        np.testing.assert_allclose(rows, np.diag(slope(points)), rtol=1e-11, atol=1e-14)


def test_second_complex_derivatives():
    f = lambda z: np.sum(z**3 + np.exp(z))  # noqa: E731
    hessian = lg.hessian(f, holomorphic=True)(Z)
    np.testing.assert_allclose(hessian, np.diag(6 * Z + np.exp(Z)), rtol=1e-12, atol=1e-14)
    twice = lg.grad(lg.grad(np.sin, holomorphic=True), holomorphic=True)
    np.testing.assert_allclose(twice(1 + 2j), -np.sin(1 + 2j), rtol=1e-13)


def test_gradients_at_zero_are_zero():
    assert lg.grad(abs)(0j) == 0
    np.testing.assert_array_equal(lg.grad(np.linalg.norm)(np.zeros(3, complex)), np.zeros(3))


def test_a_norm_is_smooth_where_one_element_is_zero():
    z = np.array([0j, 3 + 4j])
    np.testing.assert_allclose(
        lg.hvp(np.linalg.norm, (z,), (np.array([1j, 0]),)), [-0.2j, 0], atol=1e-15
    )


def test_custom_rules_get_cotangents_as_vjp_does():
    @lg.custom_vjp
    def square(z):
        return z * z

    square.defvjp(lambda z: (square(z), z), lambda z, ct: (2 * z * ct,))

    @lg.custom_jvp
    def cube(z):
        return z**3

    cube.defjvp(lambda x, dx: (cube(x[0]), 3 * x[0] ** 2 * dx[0]))

    for custom, plain in ((square, lambda z: z * z), (cube, lambda z: z**3)):
        f = lambda z, g: np.sum(np.real(g(z) * W) + abs(g(np.conj(z))))  # noqa: E731
        for k in (f, lambda z, g: np.sum(np.real(lg.grad(f)(z, g) * D))):  # noqa: B023
            np.testing.assert_allclose(
                lg.grad(k)(Z, custom), lg.grad(k)(Z, plain), rtol=1e-11, atol=1e-13
            )


@pytest.mark.parametrize(
    ("derive", "message"),
    [
        (lambda: lg.grad(lambda z: z * z)(1j), "a gradient needs a real value, and lambda gives"),
        (lambda: lg.grad(abs, holomorphic=True)(1j), "needs complex values, and the value of abs"),
        (lambda: lg.grad(lambda x: x * 1j, holomorphic=True)(1.0), "needs complex arguments"),
        (lambda: lg.jacrev(np.exp)(Z), "lg.jacrev needs real values, and exp has"),
        (lambda: lg.jacfwd(abs)(Z), "lg.jacfwd needs real arguments, and abs has"),
        (lambda: lg.jacfwd(abs, holomorphic=True)(Z), "with holomorphic=True needs complex values"),
        (lambda: lg.vjp(abs, Z)[1](Z), "a cotangent is complex, but it needs the dtype float64"),
        (lambda: lg.jvp(np.sin, (1.0,), (1j,)), "a tangent is complex, but it needs the dtype"),
    ],
)
def test_errors_of_derivatives(derive, message):
    with pytest.raises(TypeError, match=message):
        derive()


JAX = {
    "gradient": (lambda m: lambda z: m.sum(abs(m.exp(z)) * m.real(z * z)), "grad"),
    "jacobian of a real function": (lambda m: lambda z: abs(z) * m.real(z), "jacrev"),
    "complex value of real numbers": (lambda m: lambda z: m.exp(1j * m.real(z)) * z.imag, "vjp"),
    "not holomorphic": (lambda m: lambda z: z * m.conj(z) * m.sin(z) / abs(z), "vjp"),
    "tangents": (lambda m: lambda z: m.conj(z) ** 2 * m.log(z), "jvp"),
}


@pytest.mark.parametrize("name", JAX)
def test_the_convention_is_that_of_jax(name):
    jax = pytest.importorskip("jax", reason="jax is not installed: pip install jax")
    jnp = pytest.importorskip("jax.numpy")
    make, how = JAX[name]
    # Other tests in this process compute in float32.
    with jax.enable_x64(True):
        if how == "jvp":
            got, want = (m.jvp(make(n), (Z,), (D,))[1] for m, n in ((lg, np), (jax, jnp)))
        elif how == "vjp":
            got, want = (m.vjp(make(n), n.asarray(Z))[1](n.asarray(D + 0j))[0]
                         for m, n in ((lg, np), (jax, jnp)))  # fmt: skip
        else:
            got, want = (getattr(m, how)(make(n))(Z) for m, n in ((lg, np), (jax, jnp)))
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["exp", "multiply", "tanh"])
def test_kernels_compute_with_pairs(name):
    z = np.array([1 + 2j, 0.4 - 1j, 0.5j], np.complex64)
    f = (lambda z: z * np.conj(z[::-1])) if name == "multiply" else getattr(np, name)
    np.testing.assert_allclose(lg.jit(f, backend="triton")(z), f(z), rtol=2e-6)
    g = lambda z: np.sum(abs(f(z)))  # noqa: E731
    np.testing.assert_allclose(
        lg.jit(lg.grad(g), backend="triton")(z), lg.jit(lg.grad(g), backend="numpy")(z), rtol=2e-5
    )


# Arguments and results of compiled functions.


def layouts(z):
    """The same numbers, with other distances in memory."""
    wide = np.zeros((*z.shape, 3), z.dtype)
    wide[..., 1] = z
    return [z, np.asfortranarray(z), wide[..., 1], z[..., ::-1].copy()[..., ::-1]]


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
@pytest.mark.parametrize("shape", [(), (1,), (5,), (0, 3), (3, 0), (2, 3, 5)])
def test_complex_arguments_in_any_layout(shape, dtype):
    def f(unused, z, x, w):
        return z * w + x, np.conj(w).T, z.real, abs(w)

    rng = np.random.default_rng(3)
    z, w = ((rng.standard_normal(shape) + 1j * rng.standard_normal(shape)) for _ in "zw")
    z, w = np.asarray(z, dtype), np.asarray(w, dtype)
    x = np.asarray(rng.standard_normal(shape), z.real.dtype)
    compiled = lg.jit(f, backend="cpu")
    wanted = f(z, z, x, w)
    for a, b in zip(layouts(z), layouts(w)) if shape else [(z, w), (z[()], w[()])]:
        for got, want in zip(compiled(z, a, x, b), wanted, strict=True):
            assert got.dtype == want.dtype
            np.testing.assert_allclose(got, want, rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("n", [3, 5000])
def test_a_result_may_be_written_over_an_argument(n):
    rng = np.random.default_rng(4)
    z, w = (rng.standard_normal(n) + 1j * rng.standard_normal(n) for _ in "zw")
    step = lg.jit(lambda z, w: (w, z[::-1] * w), backend="cpu")
    wanted = w.copy(), z[::-1] * w
    got = step(z, w, out=(z, w))
    assert got[0] is z and got[1] is w
    np.testing.assert_array_equal(z, wanted[0])
    np.testing.assert_allclose(w, wanted[1], rtol=1e-15)


def test_machine_code_reads_complex_numbers_where_they_stand():
    """No argument is copied: the compiled function takes the memory of the caller's array."""
    from letgrad.lowering import backends, complex_doors

    module = lg.trace(lambda z, w: z * w, *[lg.spec((7, 4), "c128")] * 2)
    compiled = backends.compile("cpu", module, "lambda")
    assert isinstance(compiled, complex_doors.WithComplexDoors)
    z = np.ones((7, 4), complex)
    (part, _) = compiled._parts([z, z])
    assert part.shape == (7, 4, 2)
    assert part.flags.c_contiguous
    assert np.shares_memory(part, z)


@pytest.mark.parametrize("dtype", DTYPES)
def test_quotients_by_real_numbers_are_numpys_bit_for_bit(dtype):
    real = np.finfo(dtype).dtype
    ends = [0.0, -0.0, 1.5, -2.5, np.inf, -np.inf, np.nan, np.finfo(real).tiny, np.finfo(real).max]
    c = np.array(ends, real)
    z = np.zeros((len(c) ** 2, 1), dtype)
    z.real, z.imag = (part.reshape(-1, 1) for part in np.meshgrid(c, c))
    for divide in (lambda z, c: z / c, lambda z, c: z / (c + 0j)):
        with np.errstate(all="ignore"):
            want = divide(z, c)
        for backend in ("numpy", "cpu"):
            got = lg.jit(divide, backend=backend)(z, c)
            assert got.dtype == want.dtype
            for part in ("real", "imag"):
                found, expected = getattr(got, part), getattr(want, part)
                np.testing.assert_array_equal(found, expected)
                known = ~np.isnan(expected)
                assert np.array_equal(np.signbit(found)[known], np.signbit(expected)[known])
