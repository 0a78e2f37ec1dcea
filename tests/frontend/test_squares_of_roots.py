"""
Squares of roots have derivatives where the roots have none: |z|² at 0, the square of a norm of
zeros, and others. Each function stands beside the polynomial that it equals.
"""

import itertools

import numpy as np
import pytest

import letgrad as lg
from letgrad.extend import Evaluator, new_context, parse, run_pipeline
from letgrad.passes.rewriting.diagnostics import LetgradError

C = np.array([0.2, -1.5])
"""At this point the roots of the examples are 0."""
POINTS = (C, np.array([0.2, 0.5]), np.array([1.25, -0.75]))

EXAMPLES = {
    "abs(z) ** 2": (lambda x: np.sum(abs((1 + 2j) * (x - C)) ** 2), lambda x: 5 * _squares(x)),
    "abs(z) * abs(z)": (
        lambda x: np.sum(abs((1 + 2j) * (x - C)) * abs((1 + 2j) * (x - C))),
        lambda x: 5 * _squares(x),
    ),
    "np.square(abs(z))": (
        lambda x: np.sum(np.square(abs(x - C + 2j * (x[::-1] - C[::-1])))),
        lambda x: 5 * _squares(x),
    ),
    "abs(fft) ** 2": (lambda x: np.sum(abs(np.fft.fft(x - C)) ** 2), lambda x: 2 * _squares(x)),
    "abs(z) @ abs(z)": (
        lambda x: abs((1 + 2j) * (x - C)) @ abs((1 + 2j) * (x - C)),
        lambda x: 5 * _squares(x),
    ),
    "einsum of three": (
        lambda x: np.einsum("i,i,i->", abs(x - C), abs(x - C), x * x),
        lambda x: np.sum((x - C) ** 2 * x * x),
    ),
    "hypot ** 2": (lambda x: np.hypot(*(x - C)) ** 2, lambda x: _squares(x)),
    "hypot ** 2.0": (
        lambda x: np.power(np.hypot(x - C, 2 * (x - C)), 2.0).sum(),
        lambda x: 5 * _squares(x),
    ),
    "hypot ** 4": (
        lambda x: np.hypot(*(x - C)) ** 4,
        lambda x: _squares(x) * _squares(x),
    ),
    "hypot of hypot": (
        lambda x: np.hypot(np.hypot(*(x - C)), 3 * (x[0] - C[0])) ** 2,
        lambda x: _squares(x) + 9 * (x[0] - C[0]) ** 2,
    ),
    "(hypot / y) ** 2": (
        lambda x: (np.hypot(*(x - C)) / np.exp(x[1])) ** 2,
        lambda x: _squares(x) * np.exp(-2 * x[1]),
    ),
    "0.5 * hypot * hypot": (
        lambda x: 0.5 * np.hypot(*(x - C)) * np.hypot(*(x - C)),
        lambda x: 0.5 * _squares(x),
    ),
    "hypot * y * hypot": (
        lambda x: np.hypot(*(x - C)) * np.sin(x[0]) * np.hypot(*(x - C)),
        lambda x: np.sin(x[0]) * _squares(x),
    ),
    "(y * hypot) ** 2": (
        lambda x: (np.sin(x[0]) * np.hypot(*(x - C))) ** 2,
        lambda x: np.sin(x[0]) * np.sin(x[0]) * _squares(x),
    ),
    "exp(-hypot ** 2)": (
        lambda x: np.exp(-(np.hypot(*(x - C)) ** 2)),
        lambda x: np.exp(-_squares(x)),
    ),
    "abs ** 2": (lambda x: np.sum(abs(x - C) ** 2), lambda x: _squares(x)),
    "abs ** 4": (lambda x: np.sum(abs(x - C) ** 4), lambda x: np.sum((x - C) ** 4)),
    "(-abs / 2) ** 2": (lambda x: np.sum((-abs(x - C) / 2) ** 2), lambda x: _squares(x) / 4),
    "norm ** 2": (lambda x: np.linalg.norm(x - C) ** 2, lambda x: _squares(x)),
    "norm * norm": (
        lambda x: np.linalg.norm(x - C) * np.linalg.norm(x - C),
        lambda x: _squares(x),
    ),
    "norm ** 4": (lambda x: np.linalg.norm(x - C) ** 4, lambda x: _squares(x) * _squares(x)),
    "(norm / y) ** 2": (
        lambda x: (np.linalg.norm(x - C) / np.exp(x[1])) ** 2,
        lambda x: _squares(x) * np.exp(-2 * x[1]),
    ),
    "norm of rows ** 2": (
        lambda x: np.sum(np.linalg.norm(np.outer(x - C, [1.0, 2.0]), axis=1) ** 2),
        lambda x: 5 * _squares(x),
    ),
    "norm of z ** 2": (
        lambda x: np.linalg.norm((1 + 2j) * (x - C)) ** 2,
        lambda x: 5 * _squares(x),
    ),
    "std ** 2": (
        lambda x: np.std((x - C) * [1.0, 2.0]) ** 2,
        lambda x: np.var((x - C) * [1.0, 2.0]),
    ),
    "sqrt ** 2": (
        lambda x: np.sqrt(np.sum((x - C) ** 2)) ** 2,
        lambda x: _squares(x),
    ),
    "sqrt ** 4": (
        lambda x: np.sqrt(np.sum((x - C) ** 2)) ** 4,
        lambda x: _squares(x) * _squares(x),
    ),
    "sqrt of anything ** 2": (
        lambda x: np.sum(np.sqrt((x - C) * (x - C) + 0 * x) ** 2),
        lambda x: _squares(x),
    ),
    "reshape of hypot": (
        lambda x: np.sum(np.hypot(x - C, x - C)[:, None] ** 2 * [[1.0, 2.0, 3.0]]),
        lambda x: 12 * _squares(x),
    ),
    "where of hypot": (
        lambda x: np.sum(np.where(x > -9, np.hypot(x - C, x - C), x) ** 2),
        lambda x: 2 * _squares(x),
    ),
    "joined with another": (
        lambda x: np.sum(np.concatenate([_length(x - C), x]) ** 2 * [1.0, 1.0, 3.0, 3.0]),
        lambda x: 2 * _squares(x) + 3 * np.sum(x * x),
    ),
    "stacked": (
        lambda x: np.sum(np.stack([_length(x - C), abs(x - C), np.ones(2)]) ** 2),
        lambda x: 3 * _squares(x) + 2,
    ),
    "distances of points": (
        lambda x: np.sum(np.sqrt(np.sum((np.stack([x, C]) - x) ** 2, axis=1)) ** 2),
        lambda x: _squares(x),
    ),
    "in a loop": (
        lambda x: lg.scan(lambda s, t: (s + np.hypot(*(t - C)) ** 2, None), 0.0, np.stack([x, x]))[
            0
        ],
        lambda x: 2 * _squares(x),
    ),
    "in a loop, of a root outside": (
        lambda x: _with_root_outside(np.linalg.norm(x - C)),
        lambda x: 6 * _squares(x),
    ),
    "in a choice": (
        lambda x: lg.cond(x[0] > 0, lambda t: np.linalg.norm(t - C) ** 2, lambda t: t[0], x),
        lambda x: _squares(x),
    ),
    "in a choice, of a root outside": (
        lambda x: _chosen(x, abs((1 + 2j) * (x[0] - C[0]))),
        lambda x: 5 * (x[0] - C[0]) ** 2,
    ),
    "in a build": (
        lambda x: np.sum(lg.build(2, lambda i: _length(x[i] - lg.asarray(C)[i]) ** 2)),
        lambda x: 2 * _squares(x),
    ),
    "in a batch": (
        lambda x: np.sum(lg.vmap(lambda t: np.linalg.norm(t - C) ** 2)(np.stack([x, x]))),
        lambda x: 2 * _squares(x),
    ),
    "in a function of its own": (
        lambda x: lg.jit(lambda r: r * r)(np.linalg.norm(x - C)),
        lambda x: _squares(x),
    ),
}


def _squares(x):
    return np.sum((x - C) * (x - C))


def _length(t):
    return np.hypot(t, t)


def _with_root_outside(r):
    return lg.scan(lambda s, t: (s + t * r * r, None), 0.0, np.array([1.0, 2.0, 3.0]))[0]


def _chosen(x, r):
    return lg.cond(x[0] > 0, lambda t: r * r, lambda t: t[0], x)


def derivative(f, modes):
    for mode in modes:
        f = {"F": lg.jacfwd, "R": lg.jacrev}[mode](f)
    return f


@pytest.mark.sampled(16)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_derivatives_are_those_of_the_polynomial(name, backend):
    f, polynomial = EXAMPLES[name]
    for n in (1, 2):
        want = lg.jit(derivative(polynomial, "R" * n))
        for modes in map("".join, itertools.product("FR", repeat=n)):
            got = lg.jit(derivative(f, modes), backend=backend)
            for x in POINTS:
                np.testing.assert_allclose(
                    got(x), want(x), rtol=1e-9, atol=1e-9, err_msg=f"{modes} at {x}"
                )


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", ["abs(z) ** 2", "hypot ** 4", "abs ** 4", "norm ** 4", "std ** 2"])
@pytest.mark.parametrize("modes", ["RRR", "FRF", "FFRR"])
def test_higher_derivatives(name, modes):
    f, polynomial = EXAMPLES[name]
    got, want = (lg.jit(derivative(g, modes))(C) for g in (f, polynomial))
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["abs(z) ** 2", "norm ** 2", "sqrt ** 2", "hypot ** 4"])
def test_float32(name):
    f, polynomial = EXAMPLES[name]
    x = C.astype(np.float32)
    narrow = lambda g: lambda y: g(y.astype(np.float64) + (C - x)).astype(np.float32)  # noqa: E731
    got = lg.hessian(narrow(f))(x)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, lg.hessian(polynomial)(C), rtol=1e-5, atol=1e-6)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("power", [1, 2.5, 3, 5])
@pytest.mark.parametrize("modes", ["F", "R", "FF", "FR", "RF", "RR"])
def test_other_powers_of_a_length_have_no_nan(power, modes):
    for f in (lambda x: np.hypot(*x) ** power, lambda x: np.linalg.norm(x) ** power):
        got = lg.jit(derivative(f, modes))(np.zeros(2))
        np.testing.assert_array_equal(got, np.zeros_like(got))


@pytest.mark.parametrize("modes", ["FFF", "FRR", "RRR"])
def test_third_derivatives_of_a_length_at_zero_are_zero(modes):
    got = lg.jit(derivative(lambda x: np.hypot(*x), modes))(np.zeros(2))
    np.testing.assert_array_equal(got, np.zeros((2, 2, 2)))


def test_a_power_of_a_square_root_has_its_derivative_at_zero():
    """d (√s)³ = 3/2 √s ds is 0 at 0. The chain rule has 3 · 0 · ∞."""
    for mode in (lg.jacfwd, lg.jacrev):
        assert lg.jit(mode(lambda s: np.sqrt(s) ** 3))(0.0) == 0
        assert lg.jit(mode(lambda s: np.sqrt(s) ** 2))(0.0) == 1


def test_outside_of_its_domain_the_square_of_a_square_root_has_no_derivative():
    for mode in (lg.jacfwd, lg.jacrev):
        assert np.isnan(lg.jit(mode(lambda s: np.sqrt(s) ** 2))(-1.0))


def test_factors_that_overflow_together():
    """(c r)² has the derivative 2 c² x, where c² is infinite."""
    f = lambda x: (1e200 * np.hypot(x, 0 * x)) ** 2  # noqa: E731
    assert lg.grad(f)(1e-200) == pytest.approx(2e200)


SCALED = {
    "abs / s": lambda x, s: (abs(x) / s) ** 2,
    "abs / s, negated": lambda x, s: (-(abs(x) / s)) ** 2,
    "s * abs": lambda x, s: (s * abs(x)) * (s * abs(x)),
    "hypot * s": lambda x, s: np.square(np.hypot(x, x) * s),
    "hypot * s * hypot * s": lambda x, s: np.hypot(x, x) * s * np.hypot(x, x) * s,
    "where / s": lambda x, s: (np.where(x > 0, abs(x), x) / s) ** 2,
    "rows of abs * s": lambda x, s: np.sum((abs(x + np.zeros(2)) * (s + np.zeros(2))) ** 2),
    "column of abs * s": lambda x, s: np.sum((np.stack([abs(x)])[:, None] * s) ** 2),
    "einsum": lambda x, s: (np.stack([abs(x)]) * s) @ (np.stack([abs(x)]) * s),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("name", SCALED)
@pytest.mark.parametrize("dtype, size", [(np.float16, 1e3), (np.float16, 1e4), (np.float32, 1e25)])
def test_scales_whose_squares_are_no_numbers_of_the_type(name, backend, dtype, size):
    """(|x| / s)² is an ordinary number, and so is its derivative; s² and 1 / s² are not."""
    f = SCALED[name]
    is_quotient = "/" in name
    for x, s in ((0.5 * size, size), (0.5 / size, 1 / size)):
        s = s if is_quotient else 1 / s
        got = lg.jit(lg.grad(f, argnums=(0, 1)), backend=backend)(dtype(x), dtype(s))
        want = lg.grad(f, argnums=(0, 1))(x, s)
        assert all(d.dtype == dtype for d in got)
        np.testing.assert_allclose(got, want, rtol=10 * np.finfo(dtype).eps)


def test_the_square_of_a_widened_root_has_the_range_of_the_wide_type():
    f = lambda x: np.float32(1e-3) * abs(x).astype(np.float32) ** 2  # noqa: E731
    for mode in (lg.jacfwd, lg.jacrev):
        assert mode(f)(np.float16(40000)) == pytest.approx(80, rel=1e-3)


def test_the_square_of_a_product_of_many_factors():
    def f(x):
        y = abs(x) * np.sin(x) * np.cos(x) * np.exp(x) * np.tanh(x)
        return y * y

    g = lambda x: (x * np.sin(x) * np.cos(x) * np.exp(x) * np.tanh(x)) ** 2  # noqa: E731
    for x in (0.0, 0.5, -3.0):
        assert lg.grad(f)(x) == pytest.approx(lg.grad(g)(x), rel=1e-12)


def test_products_of_squares_of_square_roots():
    s = np.array([0.0, 1.0, 2.0])

    def f(s):
        u = np.sqrt(s) * np.sqrt(s)
        return u @ u

    np.testing.assert_allclose(lg.grad(f)(s), 2 * s)


def test_many_choices_of_roots():
    """Each step uses the value before it twice, and the sides of its choice are looked at once."""

    def f(x):
        y = abs(x)
        for k in range(40):
            y = np.where(x > k, y, y * abs(x - 0.5) * 3)
        return y * y

    def g(x):
        return (x * (3 * (x - 0.5)) ** 40) ** 2

    assert lg.grad(f)(-0.75) == pytest.approx(lg.grad(g)(-0.75), rel=1e-9)


def test_values_keep_their_bits():
    x = np.random.default_rng(0).standard_normal((100, 2))
    f = lambda x: np.hypot(x[:, 0], x[:, 1]) ** 2  # noqa: E731
    (value, _) = lg.vjp(f, x)
    np.testing.assert_array_equal(value, lg.jit(f)(x))


@lg.custom_jvp
def length(x, y):
    return np.sqrt(x * x + y * y)


@length.defjvp
def length_rule(primals, tangents):
    (x, y), (dx, dy) = primals, tangents
    r = length(x, y)
    return r, (x * dx + y * dy) / np.where(r == 0, 1.0, r)


@length.defsquare
def length_square(primals, tangents):
    (x, y), (dx, dy) = primals, tangents
    return 2 * (x * dx + y * dy)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("modes", ["FF", "FR", "RF", "RR"])
def test_a_rule_of_the_user_may_state_the_square(modes, backend):
    f = lambda x: np.sum((0.5 * length(x[0], x[1])) ** 2)  # noqa: E731
    batch = lambda x: np.sum(lg.vmap(f)(np.stack([x, 3 * x])))  # noqa: E731
    for x in (np.zeros(2), np.array([0.5, -2.0])):
        got = lg.jit(derivative(f, modes), backend=backend)(x)
        np.testing.assert_allclose(got, 0.5 * np.eye(2), atol=1e-14)
        got = lg.jit(derivative(batch, modes), backend=backend)(x)
        np.testing.assert_allclose(got, 5 * np.eye(2), atol=1e-14)


def test_a_square_has_the_structure_of_the_value():
    @lg.custom_jvp
    def f(x):
        return x * x

    f.defjvp(lambda primals, tangents: (f(*primals), 2 * primals[0] * tangents[0]))
    f.defsquare(lambda primals, tangents: (tangents[0], tangents[0]))
    with pytest.raises(TypeError, match="the square of f has the structure"):
        lg.grad(f)(1.0)


def test_a_square_of_complex_numbers_is_refused():
    """Its parts would be taken for the squares of the parts."""

    @lg.custom_jvp
    def f(z):
        return 1 * z

    f.defjvp(lambda primals, tangents: (f(*primals), tangents[0]))
    f.defsquare(lambda primals, tangents: 2 * primals[0] * tangents[0])
    with pytest.raises(TypeError, match="f gives complex numbers"):
        lg.grad(lambda x: np.real(f((1 + 2j) * x)) ** 2)(3.0)


def test_a_rule_of_a_function_that_gives_nothing():
    @lg.custom_jvp
    def f(x):
        return ()

    f.defjvp(lambda primals, tangents: ((), ()))
    assert lg.grad(lambda x: (f(x), x * x)[1])(3.0) == 6


SQUARE = """
func.func private @root(%s: f64) -> f64 {
  %r = math.sqrt %s : f64
  func.return %r : f64
}
func.func private @root_jvp(%s: f64, %ds: f64) -> (f64, f64, f64) {
  %r = math.sqrt %s : f64
  %d = arith.divf %ds, %r : f64
  func.return %r, %d, SQUARE
}
func.func @f(%s: f64) -> f64 {
  %r = delta.custom_jvp @root, @root_jvp(%s) : (f64) -> f64
  %y = arith.mulf %r, %r : f64
  func.return %y : f64
}
"""


def test_a_rule_in_mlir_may_state_the_square():
    module = parse(new_context(), SQUARE.replace("SQUARE", "%ds : f64, f64, f64"))
    run_pipeline(new_context(), module, "gradient{seed=one}")
    assert Evaluator(module).call("f", [0.0]) == (0.0, 1.0)


COMPLEX = """
func.func private @same(%z: complex<f64>) -> complex<f64> {
  func.return %z : complex<f64>
}
func.func private @same_jvp(%z: complex<f64>, %dz: complex<f64>) -> (KINDS) {
  func.return GIVEN : KINDS
}
func.func @f(%x: f64) -> f64 {
  %z = ten.complex %x, %x : f64, f64 -> complex<f64>
  %w = delta.custom_jvp @same, @same_jvp(%z) : (complex<f64>) -> complex<f64>
  %y = ten.real %w : complex<f64> -> f64
  func.return %y : f64
}
"""


def test_a_rule_in_mlir_states_no_square_of_complex_numbers():
    def gradient(given):
        kinds = ", ".join(["complex<f64>"] * len(given))
        text = COMPLEX.replace("KINDS", kinds).replace("GIVEN", ", ".join(given))
        module = parse(new_context(), text)
        run_pipeline(new_context(), module, "ten-split-complex,gradient{seed=one}")
        return Evaluator(module).call("f", [3.0])

    assert gradient(["%z", "%dz"]) == (3.0, 1.0)
    with pytest.raises(LetgradError, match="@same_jvp states squares of complex numbers"):
        gradient(["%z", "%dz", "%dz"])


def test_a_rule_states_all_squares_or_none():
    text = SQUARE.replace("-> (f64, f64, f64)", "-> (f64, f64, f64, f64)")
    module = parse(new_context(), text.replace("SQUARE", "%ds, %ds : f64, f64, f64, f64"))
    with pytest.raises(LetgradError, match=r"needs @root_jvp to be .* -> \(f64, f64, f64\)"):
        run_pipeline(new_context(), module, "gradient")


@pytest.mark.parametrize("modes", ["FF", "FR", "RF", "RR"])
def test_the_second_derivative_of_logit_at_its_poles(modes):
    got = lg.jit(derivative(lg.scipy.special.logit, modes))
    assert got(0.0) == -np.inf
    assert got(1.0) == np.inf
