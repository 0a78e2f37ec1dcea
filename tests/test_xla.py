"""
The backend `xla`, and the text that it compiles: values against the reference and the cpu backend.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from xdsl.dialects import arith, func, math
from xdsl.dialects.builtin import AnyFloat, FunctionType, ModuleOp, TensorType, f32, f64
from xdsl.ir import Block, Operation, Region, SSAValue

import letgrad as lg
from letgrad.dialects import ten
from letgrad.dialects.stablehlo import StableHlo
from letgrad.frontend import pytree
from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.lowering.xla import hlo_special
from letgrad.lowering.xla.backend import lowered
from letgrad.lowering.xla.text import text_of
from letgrad.lowering.xla.to_stablehlo import ConvertTenToStableHloPass
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.verify import verify
from letgrad.tools import source
from letgrad.tools.testing import conform

from .generators import arguments, near, random_program
from .test_adbench import DATA, ba, gmm, hand, lstm, needs_data

pytest.importorskip("jax", reason="JAX is not installed: pip install 'letgrad[xla]'")


def check(module: ModuleOp, args: Sequence[Any]) -> None:
    """XLA gives the values of the reference."""
    wanted = Evaluator(module).call("main", args)
    found = backends.compile("xla", module, "main")(*args)
    for k, (x, y) in enumerate(zip(wanted, found, strict=True)):
        assert near(x, y), f"result {k}: {x} and {y} in\n{module}"


@pytest.mark.sampled(4)
@pytest.mark.parametrize("seed", range(8))
def test_generated_programs(seed: int):
    module = random_program(seed)
    check(module, arguments(module, seed))


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_many_generated_programs(block: int):
    for seed in range(100 + 30 * block, 130 + 30 * block):
        module = random_program(seed)
        check(module, arguments(module, seed))


def test_jaxlib_reads_the_text():
    from . import oracles

    oracles.need_jaxlib()
    for seed in range(20, 26):
        module = lowered(random_program(seed), "main")
        assert any(op.dialect_name() == StableHlo.name for op in module.walk())
        verify(module)
        oracles.jaxlib(text_of(module))


# Programs as people write them.

RNG = np.random.default_rng(0)
A = RNG.normal(size=(4, 4))
S = A @ A.T + 4 * np.eye(4)
V = RNG.normal(size=7)

EVERYDAY: dict[str, tuple[Any, ...]] = {
    "solve": (lambda a, b: lg.grad(lambda a: np.linalg.solve(a, b).sum())(a), S, V[:4]),
    "cholesky": (lambda a: lg.grad(lambda a: np.linalg.cholesky(a).sum())(a), S),
    "determinant": (lambda a: (np.linalg.det(a), np.linalg.inv(a), np.linalg.slogdet(a)), A),
    "eigh": (lambda a: lg.grad(lambda a: (np.linalg.eigh(a + a.T)[0] * V[:4]).sum())(a), A),
    "eigh of the upper triangle": (lambda a: tuple(np.linalg.eigh(a, "U")), A),
    "svd": (lambda a: lg.grad(lambda a: np.linalg.svd(a)[1].sum())(a), A),
    "complex decompositions": (
        lambda a: (
            np.linalg.eigvalsh(a + np.conj(a.T)),
            np.linalg.svd(a)[1],
            np.linalg.qr(a),
            np.linalg.det(a),
            np.linalg.solve(a, a[:, :2]),
        ),
        A + 1j * S,
    ),
    "eigenvalues": (lambda a: np.linalg.eig(a), A),
    "complex eigenvalues": (lambda a: np.linalg.eig(a), np.stack([A, S]) * (1 + 0.5j)),
    "gradient of eigenvalues": (
        lambda a: lg.grad(lambda a: np.abs(np.linalg.eigvals(a)).sum())(a),
        A,
    ),
    "gradient of qr": (lambda a: lg.grad(lambda a: np.abs(np.linalg.qr(a)[1]).sum())(a), A),
    "triangular systems": (
        lambda a, b: [
            lg.scipy.linalg.solve_triangular(m, b, lower=lower, trans=t)
            for m in (a, a * (1 + 0.3j))
            for lower in (False, True)
            for t in "NTC"
        ],
        S,
        V[:4],
    ),
    "sort": (lambda x: (np.sort(x), np.argsort(x), np.median(x)), V),
    "gradient of sort": (lambda x: lg.grad(lambda x: (np.sort(x, axis=0) * V[:4]).sum())(x), A),
    "running": (lambda x: (np.cumprod(x), np.maximum.accumulate(x), np.cumsum(x)), V),
    "convolution": (np.convolve, V, V[:3]),
    "gradient of fft": (lambda x: lg.grad(lambda x: np.abs(np.fft.rfft(x)).sum())(x), V),
    "interpolation": (lambda x: np.interp(x, np.arange(4.0), np.array([1, 3, 2, 5.0])), 2 * V),
    "condition": (lambda x: lg.cond(x > 0, lambda: np.sin(x), lambda: np.cos(x)), 0.3),
    "hessian": (lambda x: lg.hessian(lambda x: np.prod(np.exp(x * x[::-1])))(x), V[:3]),
    "while": (
        lambda x: lg.grad(lambda x: lg.while_loop(lambda c: c < 10.0, lambda c: c * x, x))(x),
        1.7,
    ),
    "build": (lambda x: lg.build((3, 4), lambda i, j: x[(i * j) % 5] * x[i - j]), V),
    "bincount": (lambda k: np.bincount(k, minlength=5), np.array([1, 2, 2, 4])),
    "histogram": (lambda x: np.histogram(x, bins=4, range=(-2, 2))[0], V),
    "bools": (lambda m, n: (m & n, m ^ n, m.any(), np.sum(m)), V > 0, V > 0.5),
    "no elements": (lambda x: (x.sum(), np.cumsum(x), x @ x, np.sort(x)), np.zeros(0)),
    "vmap of scan": (
        lambda x: lg.vmap(lambda v: lg.scan(lambda c, y: (c + y, c * y), 0.0, v)[1])(x),
        A,
    ),
    "unsigned": (
        lambda a, b: (a // b, a >> b, a < b, a.astype(np.float64), a * b),
        np.array([2**63 + 5, 7, 0], np.uint64),
        np.array([3, 0, 9], np.uint64),
    ),
    "product of integers": (np.matmul, RNG.integers(0, 9, (3, 4)), RNG.integers(0, 9, (4, 2))),
}


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", EVERYDAY)
def test_everyday_programs(name: str):
    fn, *args = EVERYDAY[name]
    wanted, found = (pytree.flatten(lg.jit(fn, backend=b)(*args))[0] for b in ("numpy", "xla"))
    for x, y in zip(wanted, found, strict=True):
        assert np.asarray(x).dtype == np.asarray(y).dtype
        np.testing.assert_allclose(y, x, rtol=1e-12, atol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["arith", "math", "ten", "scf"])
def test_every_op_conforms(dialect: str):
    """Random instances of each op, against the rule that defines the op."""
    context = backends.context()
    kit = conform.Conformance(context, ["xla"], cases=6)
    rows = [kit.row(op) for op in conform.dialect_ops(context, dialect)]
    failed = [
        (row.op.name, cell.reason)
        for row in rows
        if (cell := row.cells["xla"]).status == conform.FAIL
    ]
    assert not failed
    tried = [row for row in rows if row.cells["xla"].status in (conform.PASS, conform.PARTS)]
    assert len(tried) >= {"arith": 40, "math": 35, "ten": 35, "scf": 1}[dialect]


# ADBench's problems.


def agree(fn: Callable[..., Any], *args: Any) -> None:
    """XLA and the cpu backend give the same to 1e-12, relative to the norm."""
    cpu, xla = (pytree.flatten(lg.jit(fn, backend=name)(*args))[0] for name in ("cpu", "xla"))
    for x, y in zip(cpu, xla, strict=True):
        assert np.shape(x) == np.shape(y)
        assert np.linalg.norm(np.asarray(x) - y) <= 1e-12 * np.linalg.norm(x)


@needs_data
@pytest.mark.slow
def test_gaussian_mixture():
    parameters, x, gamma, m = gmm.load(DATA / "gmm" / "1k" / "gmm_d2_K5.txt")
    agree(lg.value_and_grad(lambda p, x: gmm.objective(p, x, gamma, m)), parameters, x)


@needs_data
@pytest.mark.slow
def test_bundle_adjustment():
    problem = ba.varied(ba.load(DATA / "ba" / "test.txt"), 7)
    agree(lambda q, p: lg.value_and_grad(lambda q: ba.objective(q, p))(q), problem[:3], problem)
    agree(ba.jacobian_blocks, problem)


@needs_data
@pytest.mark.slow
def test_lstm():
    parameters, state, sequence = lstm.load(DATA / "lstm" / "lstm_l2_c1024.txt")
    agree(lg.value_and_grad(lambda p: lstm.objective(p, state, sequence)), parameters)


@needs_data
@pytest.mark.slow
def test_hand():
    model = hand.load_model(DATA / "hand" / "model")
    theta, vertices, points = hand.load(DATA / "hand" / "simple_small" / "hand1_t26_c100.txt")

    def residuals(theta: Any) -> Any:
        return hand.residuals(theta, vertices, points, model)

    agree(lg.jacfwd(residuals), theta)
    agree(lg.value_and_grad(lambda theta: 0.5 * np.sum(residuals(theta) ** 2)), theta)


# Functions of floats, at special numbers.

NUMBERS = (
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -3.0, 1e-3, 8.0, 1000.0, np.nan, np.inf, -np.inf,
    700.0, -700.0, 1e30, -1e30, 2.5, -2.5, 0.999,
)  # fmt: skip

UNARY: tuple[type[Operation], ...] = (
    math.SqrtOp, math.RsqrtOp, math.CbrtOp, math.ExpOp, math.Exp2Op, math.ExpM1Op, math.LogOp,
    math.Log2Op, math.Log10Op, math.Log1pOp, math.SinOp, math.CosOp, math.TanOp, math.AsinOp,
    math.AcosOp, math.AtanOp, math.SinhOp, math.CoshOp, math.TanhOp, math.AsinhOp, math.AcoshOp,
    math.AtanhOp, math.CeilOp, math.FloorOp, math.TruncOp, math.RoundOp, math.RoundEvenOp,
    math.ErfOp, math.AbsFOp, ten.Sech2Op,
)  # fmt: skip
BINARY: tuple[type[Operation], ...] = (
    math.Atan2Op, math.PowFOp, math.CopySignOp, arith.MaximumfOp, arith.MinimumfOp, arith.MaxnumfOp,
    arith.MinnumfOp, arith.DivfOp, ten.HypotOp, ten.FmodOp, ten.UnitOp, ten.InvertOp,
)  # fmt: skip


def functions_of_floats(element: AnyFloat, count: int, positive: bool) -> ModuleOp:
    """All functions of one or two floats in a program, of numbers or of their absolute values."""
    kind = TensorType(element, [count])
    block = Block(arg_types=[kind, kind])
    xs: list[SSAValue] = list(block.args)
    if positive:
        sizes = [math.AbsFOp(x) for x in xs]
        block.add_ops(sizes)
        xs = [op.result for op in sizes]
    found = [
        op.create(
            operands=xs[:arity],
            result_types=[kind],
            properties={}
            if op.name.startswith("ten")
            else {"fastmath": arith.FastMathFlagsAttr("none")},
        )
        for ops, arity in ((UNARY, 1), (BINARY, 2))
        for op in ops
    ]
    block.add_ops([*found, func.ReturnOp(*(op.results[0] for op in found))])
    outputs = [kind] * len(found)
    main = func.FuncOp("main", FunctionType.from_lists([kind, kind], outputs), Region(block))
    return ModuleOp([main])


@pytest.mark.sampled(8)
@pytest.mark.parametrize("element", [f32, f64], ids=str)
@pytest.mark.parametrize("positive", [False, True])
def test_special_numbers(element: AnyFloat, positive: bool):
    """XLA knows that an absolute value is positive, and simplifies by it: NaN must not appear."""
    dtype = np.float32 if element == f32 else np.float64
    pairs = np.array(list(itertools.product(NUMBERS, NUMBERS))).T
    args = [x.astype(dtype) for x in pairs]
    module = functions_of_floats(element, len(args[0]), positive)
    wanted = Evaluator(module).call("main", args)
    found = backends.compile("xla", module, "main")(*args)
    names = [op.name for op in (*UNARY, *BINARY)]
    tolerance = 2e-6 if element == f32 else 1e-13
    least = np.finfo(dtype).tiny  # XLA takes subnormal numbers for zeros
    with np.errstate(all="ignore"):
        for name, x, y in zip(names, wanted, found, strict=True):
            same = (x == y) & (np.signbit(x) == np.signbit(y)) | np.isnan(x) & np.isnan(y)
            close = np.isfinite(x) & (x != 0) & (np.abs(x - y) <= tolerance * np.abs(x))
            small = (np.abs(x) < least) & (np.abs(y) <= least)
            bad = np.flatnonzero(~(same | close | small))
            shown = [(args[0][k], args[1][k], x[k], y[k]) for k in bad[:3]]
            assert not len(bad), f"{name}: {shown}"


def test_logarithms_of_powers_are_whole():
    powers = 2.0 ** np.arange(-300, 300)
    np.testing.assert_array_equal(lg.jit(np.log2, backend="xla")(powers), np.arange(-300, 300))
    tens = 10.0 ** np.arange(0, 22)
    np.testing.assert_array_equal(lg.jit(np.log10, backend="xla")(tens), np.arange(0, 22))


# Places outside, loops of no turns, division by zero.


def test_reads_and_writes_outside():
    x = np.arange(1.0, 6.0)

    def read(x: Any, k: Any) -> Any:
        return lg.gather(4, x, lambda i: 3 * i + k - 2)

    def write(x: Any, k: Any) -> Any:
        return lg.scatter(3, x, lambda i: i * i + k)

    for k in (-9, -1, 0, 1, 2, 7, np.iinfo(np.int64).max, np.iinfo(np.int64).min):
        for fn in (read, write):
            wanted = lg.jit(fn, backend="numpy")(x, k)
            np.testing.assert_array_equal(lg.jit(fn, backend="xla")(x, k), wanted)


def test_an_index_function_of_an_index_function():
    t = np.array([[3, 1, 9], [0, -2, 1]])

    def fn(x: Any, t: Any) -> Any:
        return lg.gather((2, 3), x, lambda i, j: t[i, j] + t[i].sum() - np.max(t[:, j]))

    x = np.arange(12.0)
    wanted = lg.jit(fn, backend="numpy")(x, t)
    np.testing.assert_array_equal(lg.jit(fn, backend="xla")(x, t), wanted)


@pytest.mark.sampled(6)
@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint64])
def test_integers_by_zero(dtype: Any):
    limits = np.iinfo(dtype)
    x = np.array([limits.min, limits.max, 0, 1, 7, limits.max // 2], dtype)
    a, b = (v.ravel() for v in np.meshgrid(x, x))

    def fn(a: Any, b: Any) -> Any:
        return a // b, a % b, a << b, a >> b

    for x, y in zip(*(lg.jit(fn, backend=name)(a, b) for name in ("numpy", "xla"))):
        np.testing.assert_array_equal(x, y)


@pytest.mark.sampled(6)
@pytest.mark.parametrize("n", [0, 1, 5])
@pytest.mark.parametrize("turns", [-1, 0, 3, 9])
def test_loops(n: int, turns: int):
    def fn(xs: Any, k: Any) -> Any:
        last, rows = lg.scan(lambda c, x: (c * 0.5 + x, c), 1.0, xs)
        power = lg.while_loop(lambda c: c[0] < k, lambda c: (c[0] + 1, c[1] * 1.5), (0, 1.0))
        return last, rows, power

    xs = np.arange(float(n))
    cpu, xla = (pytree.flatten(lg.jit(fn, backend=b)(xs, turns))[0] for b in ("numpy", "xla"))
    for x, y in zip(cpu, xla, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-15)


def test_a_gradient_of_a_loop_with_data_in_16_bits():
    def fn(w: Any, x: Any) -> Any:
        return lg.grad(lambda w: (np.tanh(x @ w) ** 2).astype(np.float32).sum())(w)

    rng = np.random.default_rng(0)
    w, x = (rng.normal(size=s).astype(np.float16) for s in (4, (3, 4)))
    wanted = lg.jit(fn, backend="numpy")(w, x)
    found = lg.jit(fn, backend="xla")(w, x)
    assert found.dtype == np.float16
    np.testing.assert_allclose(found, wanted, rtol=2e-3)


def test_complex_numbers():
    z = np.array([1 + 2j, -0.5j, 3.0])

    def fn(z: Any) -> Any:
        return np.fft.fft(np.exp(z) * z), np.abs(z)

    for x, y in zip(*(lg.jit(fn, backend=b)(z) for b in ("numpy", "xla")), strict=True):
        np.testing.assert_allclose(y, x, rtol=1e-14)


def test_fft_over_many_dimensions():
    x = np.random.default_rng(0).normal(size=(2, 3, 2, 5, 3))

    def fn(x: Any) -> Any:
        return np.real(np.fft.ifftn(np.fft.fftn(x, axes=(0, 1, 3, 4)) ** 2, axes=(0, 2, 3, 4)))

    found = lg.jit(fn, backend="xla")(x)
    np.testing.assert_allclose(found, fn(x), rtol=1e-12, atol=1e-13)


def test_an_einsum_of_many_operands():
    rng = np.random.default_rng(0)
    xs = [rng.normal(size=s) for s in ((2, 3), (3, 4), (4, 4), (2, 5))]

    def fn(*xs: Any) -> Any:
        return np.einsum("ij,jk,kk,il->lk", *xs)

    np.testing.assert_allclose(lg.jit(fn, backend="xla")(*xs), fn(*xs), rtol=1e-13)


# Errors.


@pytest.mark.parametrize("name", ["places", "elementwise", "loops", "tensors"])
def test_jaxlib_reads_the_text_of_the_filecheck_tests(name: str):
    from . import oracles

    oracles.need_jaxlib()
    path = Path(__file__).parent / "filecheck" / "lowering" / "stablehlo" / f"out_{name}.mlir"
    module = source.parse(backends.context().clone(), path.read_text())
    ConvertTenToStableHloPass().apply(backends.context(), module)
    oracles.jaxlib(text_of(module))


SPECIAL: dict[str, tuple[np.ndarray, ...]] = {
    "erfc": (np.linspace(-5, 20, 40),),
    "erfinv": (np.linspace(-1, 1, 41),),
    "gamma": (np.array([*np.linspace(-4.7, 40, 60), 0.0, -0.0, -1.0, -2.0, 1.0, 5.0, 171.0, 180]),),
    "gammaln": (np.linspace(-4.7, 60, 60),),
    "psi": (np.linspace(0.1, 40, 40),),
    "i1e": (np.linspace(-30, 30, 41),),
    "ndtr": (np.linspace(-30, 8, 40),),
    "zeta": (np.linspace(1.1, 9, 20), np.linspace(0.2, 12, 20)),
}


def test_every_special_function_is_tried():
    assert SPECIAL.keys() == hlo_special.FUNCTIONS.keys()


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", SPECIAL)
def test_special_functions(name: str):
    special = pytest.importorskip("scipy.special", reason="SciPy is an extra")
    function, args = getattr(special, name), SPECIAL[name]
    kind = f"tensor<{len(args[0])}xf64>"
    names = [f"%x{k}" for k in range(len(args))]
    module = source.parse(
        backends.context().clone(),
        f"func.func @main({', '.join(f'{x}: {kind}' for x in names)}) -> {kind} {{\n"
        f"  %y = ten.special {name}, {', '.join(names)} : {kind}\n"
        f"  func.return %y : {kind}\n}}",
    )
    (found,) = backends.compile("xla", module, "main")(*args)
    np.testing.assert_allclose(found, function(*SPECIAL[name]), rtol=3e-13, atol=1e-300)


def test_a_function_that_xla_lacks_is_named():
    pytest.importorskip("scipy")
    from scipy.special import owens_t

    with pytest.raises(LetgradError, match="XLA has no function owens_t"):
        lg.jit(lambda x: owens_t(x, x), backend="xla")(1.0)


def test_without_jax_the_error_says_what_to_install():
    code = (
        "import sys; sys.modules['jax'] = None\n"
        "import letgrad as lg\n"
        "try: lg.jit(lambda x: x * x, backend='xla')(2.0)\n"
        "except lg.LetgradError as error: print(error)\n"
    )
    code = code.replace("lg.LetgradError", "Exception")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "the backend 'xla' needs the package jax: pip install 'letgrad[xla]'" in done.stdout


def test_jax_is_not_loaded_before_a_program_needs_it():
    code = "import sys, letgrad as lg; lg.jit, lg.to_jax; assert 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_matrices_without_a_decomposition_give_nan():
    a = np.stack([A, np.full((4, 4), np.inf)]) * (1 + 1j)
    for part in (a, a.real):
        w, v = lg.jit(lambda a: np.linalg.eig(a), backend="xla")(part)
        assert np.isfinite(w[0]).all() and np.isfinite(v[0]).all()
        assert np.isnan(w[1]).all() and np.isnan(v[1]).all()


@pytest.mark.parametrize("word", ["", "upper ", "complex "])
def test_triangular_factors(word: str):
    a = "tensor<2x3x3x2xf64>" if "complex" in word else "tensor<2x3x3xf64>"
    text = f"""func.func @main(%a: {a}) -> {a} {{
      %l = ten.cholesky {word}%a : {a} -> {a}
      func.return %l : {a}
    }}"""
    module = source.parse(backends.context().clone(), text)
    r = np.random.default_rng(0)
    x = r.normal(size=(2, 3, 3)) + 1j * r.normal(size=(2, 3, 3)) * ("complex" in word)
    x = x @ np.conj(x.mT) * np.array([1, 1 if "complex" in word else -1])[:, None, None]
    check(module, [x[..., None].view(float) if "complex" in word else np.ascontiguousarray(x.real)])


@pytest.mark.parametrize("word", ["", "columns "])
def test_the_order_of_complex_factors_is_of_integers(word: str):
    a, order = "tensor<2x3x2x2xf64>", f"tensor<2x{2 if word else 3}xi64>"
    text = f"""func.func @main(%a: {a}) -> ({order}, {a}) {{
      %o, %l = ten.lu complex {word}%a : {a} -> {order}, {a}
      func.return %o, %l : {order}, {a}
    }}"""
    module = source.parse(backends.context().clone(), text)
    check(module, [np.random.default_rng(0).normal(size=(2, 3, 2, 2))])
