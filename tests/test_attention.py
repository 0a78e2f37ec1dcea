"""
Attention: programs in all forms in which people write it, before and after `ten-find-attention`;
its gradient by every backend; and the kernels, interpreted, beside the reference in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg
from letgrad.dialects import ten
from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.lowering.triton import backend as triton
from letgrad.lowering.triton.emit import Options
from letgrad.passes.pipelines import OptimizePass
from letgrad.passes.rewriting import costs
from letgrad.passes.rewriting.driver import run_passes
from letgrad.passes.simplify import score_masks
from letgrad.passes.simplify.decompose_attention import DecomposeAttentionPass

Array = Any
Softmax = Callable[[Array, Array], Array]
"""The weighted mean of values by scores."""


# Programs. Each takes queries (b, h, i, d), keys (b, h, j, d), values (b, h, j, e).


def divided(s: Array, v: Array) -> Array:
    x = np.exp(s - np.max(s, axis=-1, keepdims=True))
    return (x / np.sum(x, axis=-1, keepdims=True)) @ v


def divided_late(s: Array, v: Array) -> Array:
    x = np.exp(s - s.max(-1)[..., None])
    return (x @ v) / x.sum(-1)[..., None]


def by_reciprocal(s: Array, v: Array) -> Array:
    x = np.exp(s - np.max(s, axis=-1, keepdims=True))
    return np.einsum("bhij,bhje->bhie", x * (1.0 / np.sum(x, axis=-1, keepdims=True)), v)


def with_stopped_maximum(s: Array, v: Array) -> Array:
    x = np.exp(s - lg.stop_gradient(np.max(s, axis=-1, keepdims=True)))
    return (x / np.sum(x, axis=-1, keepdims=True)) @ v


SOFTMAXES: dict[str, Softmax] = {
    f.__name__: f for f in (divided, divided_late, by_reciprocal, with_stopped_maximum)
}

SCALES: dict[str, Callable[[Array], Array]] = {
    "none": lambda s: s,
    "product": lambda s: s * 0.5,
    "quotient": lambda s: s / 1.7,
    "negative": lambda s: -s,
    "product of a product": lambda s: 0.5 * (s * 3.0),
}


def causal(s: Array) -> Array:
    return np.tril(np.ones(s.shape[-2:], bool))


MASKS: dict[str, Callable[[Array, Array], Array]] = {
    "none": lambda s, m: s,
    "causal": lambda s, m: np.where(causal(s), s, -np.inf),
    "causal, inverted": lambda s, m: np.where(~causal(s), -1e9, s),
    "causal, added": lambda s, m: s + np.where(causal(s), 0.0, -1e9),
    "window": lambda s, m: np.where(causal(s) & ~np.tril(causal(s), -3), s, -1e9),
    "low fill": lambda s, m: np.where(causal(s), s, -3.0),
    "keys": lambda s, m: np.where(m[:, None, None, :], s, -1e9),
    "keys and causal": lambda s, m: np.where(m[:, None, None, :] & causal(s), s, -1e9),
    "no band": lambda s, m: np.where(np.eye(*s.shape[-2:], dtype=bool), -1e9, s),
    "bias": lambda s, m: s + np.where(m[:, None, None, :], 0.0, -1e4),
    "bias of all pairs": lambda s, m: (
        s + np.linspace(-1, 1, s[0].size).reshape(s[0].shape).astype(s.dtype)
    ),
    "number": lambda s, m: s + 2.0,
}


def program(softmax: str, scale: str, mask: str, cross: bool) -> Callable[..., Array]:
    def attention(q: Array, k: Array, v: Array, m: Array) -> Array:
        s = SCALES[scale](q @ np.swapaxes(k, -1, -2))
        return SOFTMAXES[softmax](MASKS[mask](s, m), v)

    return attention


def family() -> Iterator[tuple[str, str, str, bool]]:
    yield from product(["divided"], ["product"], MASKS, [False, True])
    yield from product(SOFTMAXES, ["product"], ["causal", "keys"], [False])
    yield from product(["divided", "divided_late"], SCALES, ["none", "bias"], [True])


def operands(
    queries: int, keys: int, d: int = 4, e: int = 3, dtype: Any = np.float64, seed: int = 0
) -> tuple[Array, ...]:
    random = np.random.default_rng(seed)
    sizes = (2, 3, queries, d), (2, 3, keys, d), (2, 3, keys, e)
    mask = random.random((2, keys)) < 0.7
    mask[:, 0] = True
    return (*(random.standard_normal(n).astype(dtype) for n in sizes), mask)


def optimized(f: Callable[..., Any], args: tuple[Array, ...]) -> ModuleOp:
    module = lg.trace(f, *args)
    OptimizePass(attention=True).apply(backends.context(), module)
    return module


def value(module: ModuleOp, args: tuple[Array, ...]) -> Array:
    name = next(iter(module.ops)).sym_name.data  # type: ignore[attr-defined]
    return Evaluator(module).call(name, args)[0]


@pytest.mark.parametrize("case", list(family()), ids=str)
def test_each_form_is_found_and_keeps_its_value(case: tuple[str, str, str, bool]):
    f = program(*case)
    args = operands(5, 7 if case[3] else 5)
    module = optimized(f, args)
    assert str(module).count("ten.attention") == 1, module
    assert "math.exp" not in str(module)
    module.verify()
    want = (
        f(*args)
        if "with_stopped" not in case[0]
        else divided(
            MASKS[case[2]](SCALES[case[1]](args[0] @ np.swapaxes(args[1], -1, -2)), args[3]),
            args[2],
        )
    )
    np.testing.assert_allclose(value(module, args), want, rtol=1e-12, atol=1e-13)
    DecomposeAttentionPass().apply(backends.context(), module)
    assert "ten.attention" not in str(module)
    np.testing.assert_allclose(value(module, args), want, rtol=1e-12, atol=1e-13)


def loss_of(f: Callable[..., Array]) -> Callable[..., Array]:
    def loss(q: Array, k: Array, v: Array, m: Array) -> Array:
        o = f(q, k, v, m)
        return np.sum(o * np.cos(o))

    return loss


@pytest.mark.sampled(4)
@pytest.mark.parametrize("mask", MASKS)
def test_the_gradient_is_that_of_the_parts(mask: str):
    loss = loss_of(program("divided", "product", mask, False))
    args = operands(5, 5)
    gradient = lg.grad(loss, argnums=(0, 1, 2))
    traced = lg.trace(gradient, *args)
    assert "ten.attention_gradient" in str(traced)
    got = lg.jit(gradient, backend="cpu")(*args)
    direction = [np.random.default_rng(1).standard_normal(x.shape) for x in args[:3]]
    step = 1e-6
    ends = [
        lg.jit(loss)(*(x + sign * step * dx for x, dx in zip(args, direction)), args[3])
        for sign in (1, -1)
    ]
    slope = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(
        sum(np.sum(g * dx) for g, dx in zip(got, direction)), slope, rtol=1e-6
    )


def test_no_weight_is_among_the_tensors_of_the_gradient():
    q = lg.spec((2, 40, 8), "f32")

    def loss(q: Array, k: Array, v: Array) -> Array:
        return np.sum(divided(0.3 * (q @ np.swapaxes(k, 1, 2)), v) ** 2)

    module = lg.trace(lg.grad(loss, argnums=(0, 1, 2)), q, q, q)
    run_passes(backends.context(), module, triton.passes())
    pairs = [op for op in module.walk() for r in op.results if "40x40" in str(r.type)]
    assert not pairs, pairs


def test_the_gradient_by_a_bias_has_all_pairs():
    def loss(q: Array, k: Array, v: Array, bias: Array) -> Array:
        return np.sum(np.sin(divided(0.3 * (q @ np.swapaxes(k, -1, -2)) + bias, v)))

    *args, _ = operands(5, 6)
    bias = np.random.default_rng(3).standard_normal((3, 5, 6))
    got = lg.jit(lg.grad(loss, argnums=3))(*args, bias)
    assert got.shape == bias.shape
    dx = np.random.default_rng(4).standard_normal(bias.shape)
    ends = [lg.jit(loss)(*args, bias + sign * 1e-6 * dx) for sign in (1, -1)]
    np.testing.assert_allclose(np.sum(got * dx), (ends[0] - ends[1]) / 2e-6, rtol=1e-6)


def test_second_derivatives_and_forward_mode():
    def loss(x: Array) -> Array:
        s = x @ x.T
        y = np.exp(s - s.max(axis=1, keepdims=True))
        return np.sum(np.sin((y / y.sum(axis=1, keepdims=True)) @ x))

    x = np.random.default_rng(0).standard_normal((3, 2))
    gradient = lg.jit(lg.grad(loss))
    hessian = lg.jit(lg.hessian(loss))(x)
    dx = np.random.default_rng(1).standard_normal(x.shape)
    slope = (gradient(x + 1e-6 * dx) - gradient(x - 1e-6 * dx)) / 2e-6
    np.testing.assert_allclose(np.tensordot(hessian, dx, 2), slope, rtol=1e-5, atol=1e-7)
    _, tangent = lg.jit(lambda x, dx: lg.jvp(loss, (x,), (dx,)))(x, dx)
    np.testing.assert_allclose(tangent, np.sum(gradient(x) * dx), rtol=1e-10)


def test_attention_in_a_loop_has_its_gradient():
    def loss(x: Array, w: Array) -> Array:
        def layer(h: Array, w: Array) -> tuple[Array, None]:
            s = (h @ w) @ h.T
            y = np.exp(s - s.max(axis=1, keepdims=True))
            return h + (y / y.sum(axis=1, keepdims=True)) @ h, None

        return np.sum(lg.scan(layer, x, w)[0] ** 2)

    random = np.random.default_rng(0)
    x, w = random.standard_normal((4, 3)), 0.3 * random.standard_normal((5, 3, 3))
    got = lg.jit(lg.grad(loss, argnums=1))(x, w)
    dw = random.standard_normal(w.shape)
    slope = (lg.jit(loss)(x, w + 1e-6 * dw) - lg.jit(loss)(x, w - 1e-6 * dw)) / 2e-6
    np.testing.assert_allclose(np.sum(got * dw), slope, rtol=1e-5)


# Bands.


def test_bands_are_those_tables_that_two_numbers_say():
    rows, columns = 4, 5
    i, j = np.ogrid[:rows, :columns]
    tables = 0
    for low, high in product([None, *range(-4, 6)], repeat=2):
        table = np.ones((rows, columns), bool)
        table &= j - i >= (-99 if low is None else low)
        table &= j - i <= (99 if high is None else high)
        band = score_masks.band_of(table)
        if not table.any():
            assert band is None
            continue
        assert band is not None
        below, above = band
        again = np.ones_like(table)
        again &= j - i >= (-99 if below is None else below)
        again &= j - i <= (99 if above is None else above)
        assert (again == table).all(), (low, high, band)
        tables += 1
        for place in np.ndindex(rows, columns):
            other = table.copy()
            other[place] ^= True
            found = score_masks.band_of(other)
            if found is not None:
                again = np.ones_like(table)
                again &= j - i >= (-99 if found[0] is None else found[0])
                again &= j - i <= (99 if found[1] is None else found[1])
                assert (again == other).all(), (low, high, place, found)
    assert tables > 50


@pytest.mark.parametrize("predicate", ["<", "<=", ">", ">=", "=="])
@pytest.mark.parametrize("offset", [-2, 0, 1])
def test_comparisons_of_places_are_bands(predicate: str, offset: int):
    """Places that the program computes: the band of a comparison is that of its table."""
    compare = {
        "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal
    }[predicate]  # fmt: skip

    def f(q: Array, k: Array, v: Array, start: Array) -> Array:
        s = q @ k.T
        i = lg.build(5, lambda i: i)
        j = lg.build(6, lambda j: j)
        seen = compare(i[:, None] + offset, j[None, :]) | (np.arange(6) == 0)[None, :]
        return divided(np.where(seen, s, -1e9), v) + start

    random = np.random.default_rng(0)
    q, k, v = (random.standard_normal(n) for n in ((5, 3), (6, 3), (6, 2)))
    i, j = np.ogrid[:5, :6]
    seen = compare(i + offset, j) | (j == 0)
    want = divided(np.where(seen, q @ k.T, -1e9), v)
    np.testing.assert_allclose(lg.jit(f)(q, k, v, 0.0), want, rtol=1e-12)


# Kernels.

DTYPES = {
    "f32": (np.float32, 2e-5),
    "f16": (np.float16, 6e-3),
    "bf16": (ml_dtypes.bfloat16, 4e-2),
}
KERNEL_MASKS = ("none", "causal", "window", "low fill", "keys and causal", "bias of all pairs")


def with_gradient(f: Callable[..., Array]) -> Callable[..., Any]:
    def both(q: Array, k: Array, v: Array, m: Array, ct: Array) -> Any:
        def loss(q: Array, k: Array, v: Array) -> Array:
            return np.sum((f(q, k, v, m) * ct).astype(np.float32))

        return f(q, k, v, m), *lg.grad(loss, argnums=(0, 1, 2))(q, k, v)

    return both


@pytest.mark.sampled(6)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mask", KERNEL_MASKS)
@pytest.mark.parametrize("sizes", [(5, 5, 3, 4), (37, 37, 20, 17)], ids=str)
def test_kernels_have_the_value_of_the_reference(dtype: str, mask: str, sizes: tuple[int, ...]):
    scalar, tolerance = DTYPES[dtype]
    args = operands(*sizes, dtype=scalar)
    f = program("divided", "product", mask, False)
    random = np.random.default_rng(2)
    ct = random.standard_normal((*args[0].shape[:3], sizes[3])).astype(scalar)
    both = with_gradient(f)
    assert "ten.attention_gradient" in str(lg.trace(both, *args, ct))
    got = lg.jit(both, backend="triton")(*args, ct)
    exact = [x if x.dtype == bool else x.astype(np.float64) for x in (*args, ct)]
    want = lg.jit(both, backend="numpy")(*exact)
    for x, y in zip(got, want, strict=True):
        error = np.abs(np.asarray(x, np.float64) - y).max() / np.abs(y).max()
        assert error < tolerance


def attention_op(text: str) -> ModuleOp:
    from xdsl.parser import Parser

    return Parser(backends.context(), text).parse_module()


ROWS = """
func.func @rows(%q: tensor<40x4xf32>, %k: tensor<70x4xf32>, %v: tensor<70x4xf32>, %ct: tensor<40x4xf32>, %dl: tensor<40xf32>) -> (tensor<40x4xf32>, tensor<40x4xf32>, tensor<70x4xf32>, tensor<70x4xf32>) {
  %o, %m, %l = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 1.0 : f64, FILL} : tensor<40x4xf32>, tensor<70x4xf32>, tensor<70x4xf32> -> (tensor<40x4xf32>, tensor<40xf32>, tensor<40xf32>)
  %dq, %dk, %dv = ten.attention_gradient "id,jd,je->ie" %q, %k, %v, %m, %l, %ct, %dl {scale = 1.0 : f64, FILL} : tensor<40x4xf32>, tensor<70x4xf32>, tensor<70x4xf32>, tensor<40xf32>, tensor<40xf32>, tensor<40x4xf32>, tensor<40xf32> -> (tensor<40x4xf32>, tensor<70x4xf32>, tensor<70x4xf32>)
  func.return %o, %dq, %dk, %dv : tensor<40x4xf32>, tensor<40x4xf32>, tensor<70x4xf32>, tensor<70x4xf32>
}
"""  # noqa: E501


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "fill",
    [
        "above = -60 : i64",  # no query sees a key: NaN
        "above = -5 : i64",  # the first queries see no key
        "above = -5 : i64, fill = -1.0e4 : f64",  # the first queries see all keys alike
        "below = 45 : i64, fill = -1.0e4 : f64",
        "below = 3 : i64, above = 9 : i64, fill = -2.0 : f64",  # weights outside of the band count
        "below = 3 : i64, above = 9 : i64, fill = -2.0 : f64, adds",
        "above = 5 : i64, fill = 0xFFF0000000000000 : f64, adds",
    ],
)
def test_rows_that_see_few_keys(fill: str):
    """Tiles outside of a band are left out only where their weights are 0."""
    module = attention_op(ROWS.replace("FILL", fill))
    random = np.random.default_rng(0)
    shapes = (40, 4), (70, 4), (70, 4), (40, 4), (40,)
    args = [random.standard_normal(n).astype(np.float32) for n in shapes]
    want = Evaluator(module).call("rows", args)
    parts = module.clone()
    DecomposeAttentionPass().apply(backends.context(), parts)
    for found in (triton.compile(module, "rows")(*args), Evaluator(parts).call("rows", args)):
        for x, y in zip(found, want, strict=True):
            np.testing.assert_allclose(x, y, rtol=2e-4, atol=2e-5)


def test_the_forward_kernel_moves_its_operands_and_its_result_once():
    """16 heads of 2048 queries of 64 bfloat16: at most 1.3 times the bytes of q, k, v and o."""
    x = lg.spec((16, 2048, 64), "bf16")

    def f(q: Array, k: Array, v: Array) -> Array:
        s = (q @ np.swapaxes(k, 1, 2)).astype(np.float32) * 0.125
        y = np.exp(s - s.max(axis=-1, keepdims=True))
        return (y / y.sum(axis=-1, keepdims=True)).astype(q.dtype) @ v

    file = triton.lower(lg.trace(f, x, x, x), Options())
    (kernel,) = file.kernels
    least = 4 * 16 * 2048 * 64 * 2
    assert kernel.reads + kernel.writes <= 1.3 * least


def test_reduced_rows_of_an_op_are_the_letters_of_its_output():
    module = attention_op(ROWS.replace("FILL", "above = 0 : i64"))
    (op,) = (x for x in module.walk() if isinstance(x, ten.AttentionOp))
    assert (op.stats_word, op.batch_word, op.scores_word) == ("i", "", "ij")


def test_the_cost_is_that_of_all_pairs():
    """A pass that weighs storing against computing again must not take attention for cheap."""
    module = attention_op(ROWS.replace("FILL", "above = 0 : i64"))
    costs_of = [costs.flops(x) for x in module.walk() if isinstance(x, ten.AttentionLike)]
    assert costs_of[0] >= 40 * 70 * 2 * (4 + 4) and costs_of[1] > costs_of[0]
    assert not any(costs.is_cheap(x) for x in module.walk() if isinstance(x, ten.AttentionLike))


# Functions for the softmax.


def test_the_functions_for_a_softmax_are_found():
    def f(q: Array, k: Array, v: Array, m: Array) -> Array:
        s = MASKS["keys and causal"](0.5 * (q @ np.swapaxes(k, -1, -2)), m)
        return lg.softmax(s, axis=-1) @ v

    args = operands(5, 5)
    module = optimized(f, args)
    assert "ten.attention" in str(module), module
    want = program("divided", "product", "keys and causal", False)(*args)
    np.testing.assert_allclose(value(module, args), want, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("slope", ["twice", "other sum", "none"])
def test_a_softmax_with_a_derivative_of_its_own_keeps_it(slope: str):
    @lg.custom_jvp
    def softmax(x: Array) -> Array:
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)

    @softmax.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        (x,), (dx,) = primals, tangents
        p = softmax(x)
        dims = 0 if slope == "other sum" else -1
        dp = p * (dx - np.sum(p * dx, axis=dims, keepdims=True))
        return p, {"twice": 2.0 * dp, "other sum": dp, "none": 0.0 * dx}[slope]

    def f(q: Array, k: Array, v: Array) -> Array:
        return softmax(q @ k.T) @ v

    random = np.random.default_rng(0)
    args = tuple(random.standard_normal(n) for n in ((5, 4), (6, 4), (6, 3)))
    assert "ten.attention" not in str(optimized(f, args))
