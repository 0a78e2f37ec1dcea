"""`lg.from_jax`: values and gradients are those of JAX."""

from __future__ import annotations

import functools
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.passes.rewriting.diagnostics import LetgradError

jax = pytest.importorskip("jax", reason="lg.from_jax needs the package jax")

import jax.numpy as jnp  # noqa: E402
import jax.scipy.linalg as jsl  # noqa: E402
from jax.experimental import io_callback  # noqa: E402
from jax.extend.core import Primitive  # noqa: E402
from jax.interpreters import ad, mlir  # noqa: E402

from .jax_programs import FORWARD, NO_GRADIENT, PROGRAMS, ROUNDED  # noqa: E402

FAST = ("mlp", "scan_reverse", "branch", "writes_with_gradient")
"""The programs of the short test. The long test has all."""


def leaves(tree: Any) -> list[np.ndarray]:
    return [np.asarray(x) for x in jax.tree.leaves(tree)]


def check(got: np.ndarray, wanted: np.ndarray, tolerance: float) -> None:
    assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype)
    if wanted.dtype.kind in "iub":
        np.testing.assert_array_equal(got, wanted)
        return
    if wanted.dtype.itemsize < 8 and wanted.dtype.kind != "c":
        tolerance = max(tolerance, 3e-2 if wanted.dtype.itemsize == 2 else 2e-5)
    wide = np.complex128 if wanted.dtype.kind == "c" else np.float64
    a, b = got.astype(wide), wanted.astype(wide)
    scale = np.max(np.abs(b[np.isfinite(b)]), initial=1e-3)
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * scale)


def total(fn: Any) -> Any:
    def summed(*args: Any) -> Any:
        parts = [jnp.sum(jnp.cos(x)) for x in jax.tree.leaves(fn(*args)) if _is_float(x)]
        return sum(parts) + jnp.zeros(())

    return summed


def _is_float(x: Any) -> bool:
    return jnp.issubdtype(x.dtype, jnp.floating)


def check_program(name: str) -> None:
    fn, args = PROGRAMS[name]
    tolerance = ROUNDED.get(name, 1e-12)
    wrt = tuple(i for i, x in enumerate(args) if x.dtype.kind == "f")
    with jax.enable_x64(any(x.dtype.itemsize == 8 for x in args)):
        wanted = leaves(jax.jit(fn)(*args))
        for x, y in zip(leaves(lg.from_jax(fn)(*args)), wanted, strict=True):
            check(x, y, max(tolerance, 1e-11))
        if not wrt or name in NO_GRADIENT:
            return
        summed = total(fn)
        differentiate = jax.jacfwd if name in FORWARD else jax.grad
        wanted = leaves(jax.jit(differentiate(summed, wrt))(*args))
        found = leaves(lg.grad(lg.from_jax(summed), wrt)(*args))
        for x, y in zip(found, wanted, strict=True):
            check(x, y, tolerance)


@pytest.mark.parametrize("name", FAST)
def test_values_and_gradients(name: str):
    check_program(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in FAST])
def test_values_and_gradients_of_all(name: str):
    check_program(name)


def test_structures_dtypes_and_known_numbers():
    def fn(p: Any, n: int) -> Any:
        return {"y": jnp.full(n, p["a"]) * p["b"][0], "z": [p["b"]]}

    p = {"a": np.float32(2), "b": [np.arange(3, dtype=np.float32)]}
    result = lg.jit(lambda p: lg.from_jax(fn)(p, 3))(p)
    assert list(result) == ["y", "z"]
    assert result["y"].dtype == np.float32
    np.testing.assert_array_equal(result["z"][0][0], p["b"][0])


def test_derivatives_of_derivatives_and_batches():
    fn = lg.from_jax(lambda x: jnp.sum(jnp.sin(x) * x**3))
    x = np.linspace(0.1, 2, 4)
    with jax.enable_x64(True):
        wanted = jax.hessian(lambda x: jnp.sum(jnp.sin(x) * x**3))(x)
    np.testing.assert_allclose(lg.hessian(fn)(x), wanted, rtol=1e-12)
    rows = np.stack([x, 2 * x])
    np.testing.assert_allclose(lg.vmap(fn)(rows), [fn(r) for r in rows], rtol=1e-13)


def test_a_loop_of_known_length_is_a_scan_over_rows():
    def fn(x: Any) -> Any:
        def step(c: Any, r: Any) -> Any:
            return c * r, c + r

        return jax.lax.scan(step, jnp.ones(3, x.dtype), x, reverse=True)

    text = str(lg.trace(lg.from_jax(fn), np.ones((5, 3))))
    assert "ten.scan [5]" in text
    for op in ("ten.while", "ten.update", "ten.index", "ten.gather"):
        assert op not in text, op


def test_ops_have_the_lines_of_the_program_in_jax():
    def fn(x: Any) -> Any:
        return jnp.tanh(x)

    module = lg.trace(lg.from_jax(fn), np.ones(3))
    (op,) = [op for op in module.walk() if op.name == "math.tanh"]
    line = fn.__code__.co_firstlineno + 1
    assert f'test_from_jax.py":{line}:' in str(op.location)


def test_an_op_without_a_rule_is_an_error_at_its_line():
    def fn(x: Any) -> Any:
        return jax.pure_callback(np.sin, x, x)

    with pytest.raises(Exception, match=r"test_from_jax.py:\d+:\d+: error: stablehlo.custom_call"):
        lg.from_jax(fn)(np.ones(3))


def test_without_jax_one_error_says_so():
    code = (
        "import sys, numpy as np; sys.modules['jax'] = None\n"
        "import letgrad as lg\n"
        "try: lg.from_jax(lambda x: x)(np.ones(3))\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "lg.from_jax needs the package jax" in done.stdout, done.stderr


def test_a_stopped_gradient_stays_stopped():
    def fn(x: Any) -> Any:
        return jnp.sum(x + jax.lax.stop_gradient(x**2) * x)

    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(lg.grad(lg.from_jax(fn))(x), 1 + x**2)


def test_the_rule_of_a_custom_jvp_counts():
    @jax.custom_jvp
    def f(x: Any, n: Any) -> Any:
        return x**3, n

    @f.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        x, n = primals
        y, n = f(x, n)
        return (y, n), (7 * tangents[0] * y, np.zeros((), jax.dtypes.float0))

    def fn(x: Any) -> Any:
        y, _ = f(x, 2)
        return jnp.sum(y)

    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(lg.grad(lg.from_jax(fn))(x), 7 * x**3)
    np.testing.assert_array_equal(lg.from_jax(fn)(x), 9)


def test_the_gradient_of_relu_at_zero_is_that_of_jax():
    fn = lg.from_jax(lambda x: jnp.sum(jax.nn.relu(x)))
    np.testing.assert_array_equal(lg.grad(fn)(np.array([-1.0, 0.0, 2.0])), [0, 0, 1])


# Rules of `jax.custom_vjp`. No rule here is the derivative of its function, so that a derivative of
# the body is another number.


@jax.custom_vjp
def rounded(x: Any, low: Any, n: Any) -> Any:
    return jnp.maximum(jnp.round(x), low), n + 1


def rounded_forward(x: Any, low: Any, n: Any) -> Any:
    return rounded(x, low, n), (x, low)


def rounded_backward(residuals: Any, ct: Any) -> Any:
    x, low = residuals
    return 7 * x * ct[0] + low, None, None


rounded.defvjp(rounded_forward, rounded_backward)


def same_as_jax(fn: Any, *args: Any, take: Any = lg.grad, jax_takes: Any = jax.grad) -> None:
    """The derivative of `lg.from_jax(fn)` is the one that JAX gives, to rounding."""
    with jax.enable_x64(True):
        wanted = jax_takes(fn)(*args)
    assert np.any(wanted)
    np.testing.assert_allclose(take(lg.from_jax(fn))(*args), wanted, rtol=1e-11, atol=1e-13)


X = np.linspace(0.3, 2.6, 6).reshape(2, 3)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "fn",
    [
        lambda x: jnp.sum(rounded(x, 0.5, 3)[0] ** 2),
        lambda x: jnp.sum(jax.vmap(lambda r: rounded(r, r[0], 1)[0] * r)(x)),
        lambda x: lax_scan(lambda c, r: (c + rounded(r * c, 1.0, 0)[0], c), x[0], x).sum(),
        lambda x: jnp.sum(jax.jit(lambda r: rounded(r, 1.0, 0)[0])(x)),
        lambda x: jnp.sum(jax.lax.cond(x[0, 0] > 0, lambda r: rounded(r, 1.0, 0)[0], jnp.sin, x)),
        lambda x: jnp.sum(jax.checkpoint(lambda r: rounded(r, 1.0, 0)[0])(x)),
        lambda x: jax.grad(lambda r: jnp.sum(rounded(r * r, 1.0, 0)[0]))(x).sum(),
    ],
)
def test_the_rule_of_a_custom_vjp_counts(fn: Any):
    same_as_jax(fn, X)


def lax_scan(step: Any, first: Any, rows: Any) -> Any:
    return jax.lax.scan(step, first, rows)[0]


def test_the_rule_of_a_custom_vjp_has_its_own_derivative():
    def fn(x: Any) -> Any:
        return jnp.sum(rounded(x, 0.5, 3)[0] ** 2)

    def second(grad: Any, jacobian: Any) -> Any:
        return lambda f: jacobian(grad(f))

    same_as_jax(
        fn, X, take=second(lg.grad, lg.jacrev), jax_takes=second(jax.grad, jax.jacrev)
    )  # fmt: skip


def test_rules_that_call_their_function_count_in_every_derivative():
    @jax.custom_vjp
    def f(x: Any) -> Any:
        return jnp.exp(x)

    f.defvjp(lambda x: (f(x), x), lambda x, ct: (3 * f(x) * ct,))

    @jax.custom_jvp
    def g(x: Any) -> Any:
        return jnp.exp(x)

    @g.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        return g(*primals), 5 * jax.jit(lambda x: g(x))(*primals) * tangents[0]

    for fn in f, g:
        scale = 3 if fn is f else 5
        derivative = lg.from_jax(fn)
        for order in range(1, 4):
            derivative = lg.grad(derivative)
            np.testing.assert_allclose(derivative(0.5), scale**order * np.exp(0.5), rtol=1e-14)


def test_a_custom_vjp_of_complex_numbers_and_symbolic_zeros():
    zero = jax.custom_derivatives.SymbolicZero

    @jax.custom_vjp
    def f(z: Any, w: Any) -> Any:
        return z * w, w

    def forward(z: Any, w: Any) -> Any:
        return f(z.value, w.value), (z.value, w.value)

    def backward(residuals: Any, ct: Any) -> Any:
        z, w = residuals
        first = jnp.zeros_like(z) if isinstance(ct[0], zero) else ct[0]
        return first * (2 + 3j), zero(jax.typeof(w))

    f.defvjp(forward, backward, symbolic_zeros=True)

    def fn(x: Any) -> Any:
        z, _ = f(x * (1 + 2j), x)
        return jnp.sum(z.real * 2 + z.imag)

    same_as_jax(fn, X)


def test_a_rule_without_a_program_is_an_error_that_names_the_function():
    def fn(x: Any, s: Any) -> Any:
        @jax.custom_vjp
        def scaled(y: Any) -> Any:
            return y * s

        scaled.defvjp(lambda y: (y * s, None), lambda _, ct: (ct * s,))
        return jnp.sum(scaled(x))

    # Only a derivative needs the rule.
    two = 2.0 * np.ones(())
    np.testing.assert_allclose(lg.from_jax(fn)(X, two), np.sum(2 * X))
    message = (
        r"test_from_jax.py:\d+:\d+: .*: a rule of scaled at .*test_from_jax.py:\d+ fails: it uses"
    )
    with pytest.raises(LetgradError, match=message):
        lg.grad(lg.from_jax(fn))(X, two)


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x.astype(jnp.float8_e5m2).astype(x.dtype),
        lambda x: jax.lax.reduce_precision(x, 8, 4),
        lambda x: jax.lax.reduce_precision(x, 8, 7),
    ],
)
def test_the_derivative_of_a_rounding_is_that_of_a_cast(fn: Any):
    x = np.array([0.3, 1.7, -2.2], np.float32)
    # JAX rounds the tangents, too.
    wanted = jax.grad(lambda x: jnp.sum(fn(x) * x))(x)
    np.testing.assert_allclose(lg.grad(lg.from_jax(lambda x: jnp.sum(fn(x) * x)))(x), wanted, 0.1)


def test_the_next_float_moves_with_its_operand():
    x = np.array([0.3, -2.2])
    np.testing.assert_array_equal(
        lg.grad(lg.from_jax(lambda x: jnp.sum(jnp.nextafter(x, 3))))(x), 1
    )


@pytest.mark.slow
def test_random_bits_are_those_of_xla():
    algorithms = jax.lax.RandomAlgorithm
    key = np.array([1, 2, 0xFFFFFFFF, 0xFFFFFFFF], np.uint32)
    for shape in (3, 5), (4, 3), (), (7,), (0, 3):
        for dtype in jnp.uint8, jnp.uint32:
            for algorithm in algorithms.RNG_THREE_FRY, algorithms.RNG_DEFAULT:
                fn = functools.partial(
                    jax.lax.rng_bit_generator, shape=shape, dtype=dtype, algorithm=algorithm
                )
                for x, y in zip(lg.from_jax(fn)(key), jax.jit(fn)(key), strict=True):
                    check(x, np.asarray(y), 0)


def test_a_part_for_each_of_one_device():
    mesh = jax.make_mesh((1,), ("d",), axis_types=(jax.sharding.AxisType.Auto,))
    spec = jax.sharding.PartitionSpec

    def part(w: Any, x: Any) -> Any:
        total = jax.lax.psum(jnp.sum(w * x), "d") + jax.lax.axis_index("d")
        return total * jax.lax.all_gather(x, "d", tiled=True)

    fn = jax.shard_map(part, mesh=mesh, in_specs=(spec(), spec("d")), out_specs=spec("d"))
    same_as_jax(lambda x: jnp.sum(fn(x * x, x)), X[0])


# Matrices and right sides.
M, C = np.random.default_rng(3).normal(size=(2, 3, 3)) + 2 * np.eye(3)


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    "fn",
    [
        lambda a: jnp.sum(jnp.linalg.solve(a, C)),
        lambda a: jnp.sum(jnp.linalg.inv(a) ** 2),
        lambda a: jnp.sum(jax.vmap(jnp.linalg.solve, (None, 1))(a, jnp.asarray(C))),
        # The user's own stop_gradient stays: only the right side depends on a.
        lambda a: jnp.sum(jnp.linalg.solve(jax.lax.stop_gradient(a), a)),
        lambda a: jnp.sum(jnp.real(jnp.linalg.solve(a + 1j * C, C[0]) * (2 - 1j))),
        lambda a: jnp.sum(jnp.abs(jnp.linalg.qr(a + 1j * C)[1]) * jnp.arange(3)),
        lambda a: jnp.imag(jnp.linalg.det(a + 1j * C)),
    ],
)
def test_linear_systems_have_derivatives(fn: Any):
    same_as_jax(fn, M)


@pytest.mark.slow
def test_second_derivatives_of_a_linear_system():
    def fn(a: Any) -> Any:
        return jnp.sum(jnp.linalg.solve(a, jnp.asarray(C)) ** 2)

    with jax.enable_x64(True):
        wanted = jax.hessian(fn)(M)
    np.testing.assert_allclose(lg.hessian(lg.from_jax(fn))(M), wanted, rtol=1e-9, atol=1e-11)


def test_a_stopped_matrix_of_a_solver_stays_stopped():
    def fn(a: Any, b: Any) -> Any:
        held = jax.lax.stop_gradient(a)

        def product(x: Any) -> Any:
            return held @ x

        def solve(_: Any, b: Any) -> Any:
            return jnp.linalg.inv(held) @ b

        return jnp.sum(jax.lax.custom_linear_solve(product, b, solve, solve) * a)

    # The other factor is a, so that the gradient is not all zeros.
    same_as_jax(lambda a: fn(a, jnp.asarray(C[0])), M)


def test_a_rule_may_call_its_function_by_another_function():
    @jax.custom_jvp
    def f(x: Any) -> Any:
        return jnp.exp(x)

    derivative = jax.jit(lambda x: 3 * f(x))
    f.defjvps(lambda t, _, x: derivative(x) * t)
    twice = lg.grad(lg.grad(lg.from_jax(f)))
    np.testing.assert_allclose(twice(0.5), 9 * np.exp(0.5), rtol=1e-14)


def test_a_rule_of_a_rule_that_jax_lacks_is_the_derivative_of_the_function():
    @functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
    def power(n: Any, x: Any) -> Any:
        return x**n

    @power.defjvp
    @jax.jit
    def rule(n: Any, primals: Any, tangents: Any) -> Any:
        (x,), (t,) = primals, tangents
        return power(n, x), 7 * power(n - 1, x) * t

    once = lg.grad(lg.from_jax(lambda x: power(3, x)))
    np.testing.assert_allclose(once(2.0), 7 * 4, rtol=1e-14)
    # The order is traced in the rule. There the function has no rule of its own.
    np.testing.assert_allclose(lg.grad(once)(2.0), 7 * 2 * 2, rtol=1e-14)


def test_a_rule_that_uses_a_traced_value_is_an_error_that_names_the_function():
    def fn(x: Any, s: Any) -> Any:
        @jax.custom_jvp
        def scaled(y: Any) -> Any:
            return y * s

        scaled.defjvps(lambda t, _, y: t * s)
        return jnp.sum(scaled(x))

    with pytest.raises(LetgradError, match=r"a rule of scaled at .* uses traced values"):
        lg.grad(lg.from_jax(fn))(X, 2.0 * np.ones(()))


def test_a_function_with_a_rule_may_read_tables():
    table = np.array([2.0, 3.0, 5.0])

    @jax.custom_vjp
    def f(x: Any) -> Any:
        return x * table

    f.defvjp(lambda x: (f(x), None), lambda _, ct: (7 * ct * table,))
    same_as_jax(lambda x: jnp.sum(f(x)), X[0])


def test_a_reducer_may_call_functions():
    larger = jax.jit(lambda a, b: jnp.where(a > b, a, b))

    def fn(x: Any) -> Any:
        least = np.array(-np.inf)
        return jnp.sum(jax.lax.reduce(x, least, larger, (1,)) * jax.lax.cumlogsumexp(x[:, 0]))

    with jax.enable_x64(True):
        wanted = fn(X)
    np.testing.assert_allclose(lg.from_jax(fn)(X), wanted, rtol=1e-14)


@pytest.mark.parametrize("kind", ["float64", "float32", "float16", "bfloat16"])
def test_narrower_exponents(kind: str):
    some = [0.3, -1.7, 65504, 65520, 3e38, 6.1e-5, 6.09e-5, 1e-39, 0, -0.0, np.inf, -np.inf, np.nan]
    with np.errstate(over="ignore"):
        x = np.array(some).astype(kind if kind != "bfloat16" else jnp.bfloat16)
    formats = ((5, 3), (5, 10), (8, 7), (4, 3), (2, 1), (8, 23), (11, 20))

    def fn(x: Any) -> Any:
        return [jax.lax.reduce_precision(x, e, m) for e, m in formats]

    with jax.enable_x64(True):
        wanted = jax.jit(fn)(x)
    for got, by_jax in zip(lg.from_jax(fn)(x), wanted, strict=True):
        found, given = (np.asarray(y).astype(np.float64) for y in (got, by_jax))
        np.testing.assert_array_equal(found, given)
        np.testing.assert_array_equal(np.signbit(found), np.signbit(given))


def test_transforms_without_numbers():
    fn = lg.from_jax(lambda x: (jnp.fft.fft(x), jnp.fft.fft(x.T, axis=0)))
    assert [y.shape for y in fn(np.zeros((0, 4)))] == [(0, 4), (4, 0)]


def test_approximate_extrema_are_exact():
    def fn(x: Any) -> Any:
        return jax.lax.approx_max_k(x, 2), jax.lax.approx_min_k(x, 1, reduction_dimension=0)

    x = np.array([[3, 1, 2.5], [-1, 7, 0.5]], np.float32)
    for got, wanted in zip(leaves(lg.from_jax(fn)(x)), leaves(fn(x)), strict=True):
        check(got, wanted, 0)


@pytest.mark.slow
def test_the_gradient_of_random_gammas():
    key = np.array([0, 42], np.uint32)
    same_as_jax(lambda a: jnp.sum(jax.random.gamma(key, a)), np.array([0.4, 2.5]))


def test_numbers_have_64_bits_where_the_user_says_so():
    fn = lg.from_jax(lambda x: x + jnp.arange(2.0))
    x = np.array([1, 2], np.int32)
    for wide, kind in ((False, np.float32), (True, np.float64), (False, np.float32)):
        with jax.enable_x64(wide):
            assert fn(x).dtype == kind
            assert lg.jit(lambda x: fn(x) * 1)(x).dtype == kind


def test_a_callback_with_an_order_is_refused():
    kind = jax.ShapeDtypeStruct((2,), np.float32)
    fn = lg.from_jax(lambda x: io_callback(np.sin, kind, x, ordered=True))
    with pytest.raises(TypeError, match=r"test_from_jax\.py:.*no callbacks with an order"):
        fn(np.zeros(2, np.float32))


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "kind", ["pairs", "symmetric", "triangular", "zero", "float32", "complex64"]
)
def test_schur_forms(kind: str):
    """A real matrix has blocks of 2 × 2 with equal elements on the diagonal; the signs are free."""
    r = np.random.default_rng(7)
    a = r.normal(size=(5, 5))
    a = {"symmetric": a + a.T, "triangular": np.triu(a), "zero": 0 * a}.get(kind, a)
    dtype = np.dtype(kind if kind in ("float32", "complex64") else np.float64)
    a, close = a.astype(dtype), 1e-9 if dtype.itemsize == 8 and dtype.kind == "f" else 1e-4
    form = "complex" if dtype.kind == "c" else "real"
    t, z = lg.jit(lg.from_jax(lambda a: jax.scipy.linalg.schur(a, output=form)))(a)
    assert t.dtype == z.dtype == dtype
    np.testing.assert_allclose(z @ t @ z.conj().T, a, atol=close)
    np.testing.assert_allclose(z @ z.conj().T, np.eye(5), atol=close)
    assert not np.tril(t, -2).any()
    below, on = np.diagonal(t, -1), np.diagonal(t)
    if form == "complex" or kind in ("symmetric", "triangular", "zero"):
        np.testing.assert_allclose(below, 0, atol=close)
        return
    blocks = below != 0
    assert blocks.any() and not (blocks[1:] & blocks[:-1]).any()
    np.testing.assert_allclose(on[1:][blocks], on[:-1][blocks], atol=close)


@pytest.mark.slow
def test_the_derivative_of_a_real_schur_form():
    def fn(a: Any) -> Any:
        t, _ = jax.scipy.linalg.schur(a)
        return jnp.sum(jnp.abs(t) ** 1.5) + jnp.diagonal(t) @ jnp.arange(4)

    r = np.random.default_rng(0)
    a, da = r.normal(size=(2, 4, 4))
    assert np.iscomplex(np.linalg.eigvals(a)).any()
    value, h = lg.jit(lg.from_jax(fn)), 1e-6
    slope = (value(a + h * da) - value(a - h * da)) / (2 * h)
    np.testing.assert_allclose(np.sum(lg.grad(lg.from_jax(fn))(a) * da), slope, rtol=1e-6)


def test_the_rule_of_a_primitive_of_a_library_counts():
    """Its ops compute values only: here they drop a factor that the rule has."""
    thrice = Primitive("thrice")
    thrice.def_abstract_eval(lambda x: x)
    mlir.register_lowering(
        thrice, mlir.lower_fun(lambda x: 3 * jax.lax.stop_gradient(x), multiple_results=False)
    )
    ad.primitive_jvps[thrice] = lambda xs, ds: (thrice.bind(*xs), 5 * ds[0])
    found = lg.grad(lg.from_jax(lambda x: jnp.sum(thrice.bind(x) * x)))(X)
    np.testing.assert_allclose(found, 3 * X + 5 * X, rtol=1e-14)


def test_a_rule_may_apply_its_function_to_a_tangent():
    @jax.custom_jvp
    def shifted(x: Any) -> Any:
        return jnp.roll(x, 1, 0)

    shifted.defjvp(lambda xs, ds: (shifted(*xs), shifted(*ds)))
    same_as_jax(lambda x: jnp.sum(shifted(x * x) * x), X)
    same_as_jax(
        lambda x: jnp.sum(shifted(x) ** 3),
        X,
        take=second_derivative(lg),
        jax_takes=second_derivative(jax),
    )


def second_derivative(of: Any) -> Any:
    return lambda fn: of.grad(lambda x: (of.grad(fn)(x) ** 2).sum())


def scaled_by_a_constant() -> Any:
    """A function whose rule wants an argument that does not change, and asks so in Python."""

    @jax.custom_vjp
    def scaled(x: Any, k: Any) -> Any:
        return x * k

    def forward(x: Any, k: Any) -> Any:
        assert not k.perturbed
        return x.value * k.value, (k.value, x.perturbed)

    def backward(kept: Any, ct: Any) -> Any:
        k, is_perturbed = kept
        return (7 * ct * k if is_perturbed else None), None

    scaled.defvjp(forward, backward, symbolic_zeros=True)
    return scaled


def test_a_rule_may_want_an_argument_that_does_not_change():
    scaled = scaled_by_a_constant()
    same_as_jax(lambda x: jnp.sum(scaled(x, 2.0 * jnp.ones(3)) ** 2), X)
    changing = lg.from_jax(lambda x: jnp.sum(scaled(x, x[0])))
    np.testing.assert_allclose(changing(X), np.sum(X * X[0]))
    with pytest.raises(LetgradError, match="no derivative here: the rule of this function wants"):
        lg.grad(changing)(X)


def test_a_function_may_hold_arrays_of_jax():
    """The search for generators of random numbers does not stumble over them."""
    weights = {"w": jnp.arange(3.0)}
    same_as_jax(lambda x: jnp.sum(jnp.sin(x) * weights["w"]), X)


@pytest.mark.parametrize("lower", [True, False])
def test_the_derivative_of_a_cholesky_factor_has_both_triangles(lower: bool):
    """The rule of JAX, also by a matrix of which `jnp.linalg` did not make x + xᵀ before."""
    a = 4 * np.eye(3) + X.T @ X
    weights = np.arange(9.0).reshape(3, 3)
    same_as_jax(lambda a: jnp.sum(jsl.cholesky(a, lower=lower) ** 2 * weights), a)


def test_a_function_in_its_own_rule_is_the_linear_map_of_its_values():
    """Its body stops the derivative, and the rule applies it to a tangent: nothing stops there."""

    @jax.custom_jvp
    def thrice(x: Any) -> Any:
        return 3 * jax.lax.stop_gradient(x)

    thrice.defjvp(lambda xs, ds: (thrice(*xs), thrice(*ds)))
    found = lg.grad(lg.from_jax(lambda x: jnp.sum(thrice(x) * x)))(X)
    np.testing.assert_allclose(found, 3 * X + 3 * X, rtol=1e-14)
