"""
Programs in JAX, of many kinds, for the test of `lg.from_jax`. Each row has a name, a function and
its arguments. The gradient is taken of the sum of all float results, by all float arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

PROGRAMS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {}

NO_GRADIENT = {
    # JAX has no derivative of a product of elements that are written to one place.
    "segment_extrema",
    "writes",
    # The numbers at which these functions are taken have no derivative: NaN, infinities.
    "conversions",
    "next_after",
    # JAX has no derivative of a window of products, and of these decompositions.
    "long_windows",
    "householder",
    "hessenberg",
    "tridiagonal_forms",
    # XLA rounds the cotangents, too.
    "small_floats",
}
"""The programs whose values alone are compared."""

ROUNDED = {"attention": 1e-4, "half_precision": 1e-2, "ode_with_an_adjoint": 1e-9}
"""The programs that compute in narrower floats, or with a tolerance, and the allowed error."""

FORWARD = {"fori_traced_bound", "while_newton", "while_vmapped"}
"""The programs that JAX differentiates forwards only."""


def program(*shapes: Any, positive: bool = False) -> Callable[..., Any]:
    """Adds a function. Its arguments are random arrays of these shapes, or the arrays given."""

    def add(fn: Callable[..., Any]) -> Callable[..., Any]:
        r = np.random.default_rng(len(PROGRAMS))
        args = []
        for shape in shapes:
            if isinstance(shape, np.ndarray | np.generic):
                args.append(shape)
            else:
                x = r.normal(size=shape)
                args.append(np.abs(x) + 0.2 if positive else x)
        assert fn.__name__ not in PROGRAMS
        PROGRAMS[fn.__name__] = fn, tuple(args)
        return fn

    return add


I = np.array([3, 0, 2, 3, 1])  # noqa: E741
KEY = np.array([0, 42], np.uint32)


# Networks and losses.


@program((5, 4), (4, 6), (6,), (6, 3))
def mlp(x, w, b, v):
    return jnp.mean(jax.nn.relu(x @ w + b) @ v)


@program((5, 4))
def activations(x):
    n = jax.nn
    return sum(
        f(x)
        for f in (
            n.gelu,
            n.silu,
            n.softplus,
            n.elu,
            n.selu,
            n.sigmoid,
            n.leaky_relu,
            n.mish,
            n.log_sigmoid,
            n.hard_tanh,
            n.celu,
            n.soft_sign,
            n.relu6,
            n.squareplus,
        )
    )


@program((5, 4), I % 4)
def cross_entropy(x, y):
    logits = jax.nn.log_softmax(x)
    return -jnp.mean(jnp.take_along_axis(logits, y[:, None], axis=1))


@program((5, 4), I % 4)
def one_hot_loss(x, y):
    return -jnp.sum(jax.nn.one_hot(y, 4) * jax.nn.log_softmax(x), axis=-1)


@program((2, 5, 3, 4), (2, 5, 3, 4), (2, 5, 3, 4))
def attention(q, k, v):
    return jax.nn.dot_product_attention(q, k, v, is_causal=True)


@program((2, 5, 3, 4), (2, 7, 3, 4), (2, 7, 3, 4))
def attention_by_hand(q, k, v):
    s = jnp.einsum("bqhd,bkhd->bhqk", q, k) / 2.0
    mask = jnp.tril(jnp.ones((5, 7), bool), 2)
    p = jax.nn.softmax(jnp.where(mask, s, -1e30), axis=-1)
    return jnp.einsum("bhqk,bkhd->bqhd", p, v)


@program((3, 5), (5,), (5,))
def layer_norm(x, g, b):
    m, v = jnp.mean(x, -1, keepdims=True), jnp.var(x, -1, keepdims=True)
    return (x - m) * lax.rsqrt(v + 1e-5) * g + b


@program((6, 4), (4, 5), (5, 5))
def rnn(xs, w, u):
    def step(h, x):
        h = jnp.tanh(x @ w + h @ u)
        return h, h

    return lax.scan(step, jnp.zeros(5, xs.dtype), xs)


@program((6, 3, 4), (4, 20), (5, 20), (20,))
def lstm(xs, w, u, b):
    def step(state, x):
        h, c = state
        i, f, g, o = jnp.split(x @ w + h @ u + b, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    zero = jnp.zeros((3, 5), xs.dtype)
    return lax.scan(step, (zero, zero), xs)[1]


@program((7, 4), I)
def embedding(table, ids):
    return jnp.sin(table[ids])


@program((5, 4), KEY)
def dropout(x, key):
    keep = jax.random.bernoulli(key, 0.7, x.shape)
    return jnp.where(keep, x / 0.7, 0.0)


# Convolutions and pooling.


def conv(x, w, spec, **options):
    return lax.conv_general_dilated(
        x,
        w,
        options.pop("strides", (1, 1)),
        **{"padding": "SAME", "dimension_numbers": spec, **options},
    )


@program((2, 6, 7, 3), (3, 3, 3, 4))
def conv_nhwc(x, w):
    return conv(x, w, ("NHWC", "HWIO", "NHWC"))


@program((2, 3, 6, 7), (4, 3, 3, 2))
def conv_nchw_strided(x, w):
    return conv(x, w, ("NCHW", "OIHW", "NCHW"), strides=(2, 1), padding=[(1, 2), (0, 1)])


@program((2, 6, 7, 4), (3, 3, 1, 8))
def conv_depthwise(x, w):
    return conv(x, w, ("NHWC", "HWIO", "NHWC"), feature_group_count=4)


@program((2, 7, 8, 3), (3, 2, 3, 4))
def conv_dilated(x, w):
    return conv(x, w, ("NHWC", "HWIO", "NHWC"), rhs_dilation=(2, 3), padding="VALID")


@program((2, 4, 5, 3), (3, 3, 4, 3))
def conv_transposed(x, w):
    return lax.conv_transpose(x, w.transpose(0, 1, 3, 2), (2, 2), "SAME")


@program((4, 5, 5, 2), (3, 3, 2, 6))
def conv_batch_groups(x, w):
    return conv(x, w, ("NHWC", "HWIO", "NHWC"), batch_group_count=2)


@program((2, 9, 3), (4, 3, 5))
def conv_one_dimension(x, w):
    return lax.conv_general_dilated(x, w, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))


@program((2, 3, 4, 5, 2), (2, 2, 2, 2, 3))
def conv_three_dimensions(x, w):
    dims = ("NDHWC", "DHWIO", "NDHWC")
    return lax.conv_general_dilated(x, w, (1, 2, 1), "SAME", dimension_numbers=dims)


@program((1, 5, 5, 2), (3, 3, 2, 2))
def conv_negative_padding(x, w):
    return conv(x, w, ("NHWC", "HWIO", "NHWC"), padding=[(-1, 2), (1, -1)])


@program((6,), (3,))
def convolve(x, k):
    return jnp.convolve(x, k, "full") + jnp.convolve(x, k, "full")[::-1]


@program((2, 6, 7, 3))
def max_pool(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 3, 1), (1, 2, 2, 1), "SAME")


@program((2, 6, 7, 3))
def avg_pool(x):
    return lax.reduce_window(x, 0.0, lax.add, (1, 3, 3, 1), (1, 2, 2, 1), "VALID") / 9


@program((12,))
def long_windows(x):
    a = lax.reduce_window(x, 0.0, lax.add, (10,), (1,), "VALID")
    b = lax.reduce_window(x, -jnp.inf, lax.max, (9,), (2,), "SAME")
    return a, b, lax.reduce_window(x, 1.0, lax.mul, (3,), (2,), "SAME", window_dilation=(2,))


@program((2, 5, 6, 2))
def gradient_of_pool(x):
    def f(x):
        return jnp.sum(
            lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "SAME") ** 3
        )

    return jax.grad(f)(x)


# Loops and branches.


@program((4,))
def fori(x):
    return lax.fori_loop(0, 5, lambda i, y: y * jnp.cos(y) + i, x)


@program((4,), np.int64(6))
def fori_traced_bound(x, n):
    return lax.while_loop(lambda s: s[0] < n, lambda s: (s[0] + 1, jnp.sin(s[1]) + 0.1), (0, x))[1]


@program((), positive=True)
def while_newton(a):
    return lax.while_loop(lambda x: jnp.abs(x * x - a) > 1e-10, lambda x: (x + a / x) / 2, a)


@program((5,))
def fori_updates(x):
    return lax.fori_loop(0, 5, lambda i, y: y.at[i].set(y[i] * y[(i + 1) % 5]), x)


@program((5, 3))
def fori_rows(x):
    out = jnp.zeros((5, 3), x.dtype)
    return lax.fori_loop(0, 5, lambda i, y: y.at[4 - i].set(jnp.exp(x[i])), out)


@program((5, 3))
def scan_reverse(x):
    return lax.scan(lambda c, r: (c * r, c + r), jnp.ones(3, x.dtype), x, reverse=True)


@program((6, 3))
def scan_unrolled(x):
    return lax.scan(lambda c, r: (jnp.sin(c) + r, c), jnp.zeros(3, x.dtype), x, unroll=2)


@program((4, 3), (3, 3))
def scan_nested(x, w):
    def inner(c, r):
        return c + jnp.sum(r * w), c

    def outer(c, r):
        c, ys = lax.scan(inner, c, jnp.outer(r, r))
        return c, ys

    return lax.scan(outer, jnp.zeros((), x.dtype), x)


@program((3, 5, 2))
def scan_vmapped(x):
    f = lambda x: lax.scan(lambda c, r: (jnp.tanh(c + r), c * r), jnp.zeros(2, x.dtype), x)  # noqa: E731
    return jax.vmap(f)(x)


@program((3,))
def while_vmapped(x):
    f = lambda x: lax.while_loop(lambda y: y < 3.0, lambda y: y * 1.5 + 0.1, jnp.abs(x) + 0.1)  # noqa: E731
    return jax.vmap(f)(x)


@program((3,))
def branch(x):
    return lax.cond(x[0] > 0, jnp.sin, jnp.cos, x) + lax.cond(x[1] > 9, lambda: x, lambda: 2 * x)


@program((3,), np.int64(2))
def switch(x, k):
    return lax.switch(k, [jnp.sin, jnp.cos, jnp.exp, lambda x: x], x)


@program((4,), np.int64(-3))
def switch_outside(x, k):
    return lax.switch(k, [jnp.sin, jnp.cos, jnp.exp], x)


@program((4, 3))
def map_rows(x):
    return lax.map(lambda r: jnp.sum(r**3), x)


@program((7, 2))
def associative(x):
    return lax.associative_scan(lambda a, b: a * b + a, x)


@program((5,))
def custom_rule(x):
    @jax.custom_jvp
    def f(x):
        return jnp.log(1 + jnp.exp(x))

    f.defjvp(lambda p, t: (f(*p), t[0] * jax.nn.sigmoid(p[0])))
    return f(x)


@program((5,))
def checkpointed(x):
    return jax.checkpoint(lambda x: jnp.sin(jnp.sin(x)))(x)


# Linear algebra.


def spd(a):
    return a @ a.T + 3 * jnp.eye(len(a), dtype=a.dtype)


@program((4, 4))
def cholesky(a):
    return jnp.linalg.cholesky(spd(a))


@program((4, 4), (4, 2))
def solve(a, b):
    return jnp.linalg.solve(spd(a), b)


@program((4, 4))
def inverse_and_det(a):
    return jnp.linalg.inv(a), jnp.linalg.det(a), jnp.linalg.slogdet(a)[1]


@program((4, 4))
def eigh(a):
    w, v = jnp.linalg.eigh(spd(a))
    return w, v**2


@program((5, 3))
def svd(a):
    u, s, vt = jnp.linalg.svd(a, full_matrices=False)
    return s, (u * s) @ vt, u**2


@program((5, 3))
def qr(a):
    return jnp.linalg.qr(a)


@program((3, 5))
def qr_wide(a):
    return jnp.linalg.qr(a)[1]


@program((4, 4))
def lu(a):
    return jax.scipy.linalg.lu(a)[1:]


@program((4, 4), (4,))
def triangular(a, b):
    t = jax.scipy.linalg.solve_triangular
    a = a + 3 * jnp.eye(4)
    return t(a, b, lower=True), t(a, b, trans=1), t(a, b, unit_diagonal=True)


@program((3, 4, 4), (3, 4))
def batched_solve(a, b):
    a = a @ a.transpose(0, 2, 1) + jnp.eye(4)
    return jnp.linalg.solve(a, b[..., None]), jax.vmap(jnp.linalg.cholesky)(a)


@program((4, 4), (4,))
def cho_solve(a, b):
    return jax.scipy.linalg.cho_solve(jax.scipy.linalg.cho_factor(spd(a)), b)


@program((3, 3))
def matrix_exponential(a):
    return jax.scipy.linalg.expm(a)


@program((4, 3), (4,))
def least_squares(a, b):
    return jnp.linalg.lstsq(a, b)[0]


@program((3, 3))
def matrix_norms(a):
    n = jnp.linalg.norm
    return n(a), n(a, 2), n(a, "nuc"), n(a, 1), jnp.linalg.pinv(a), jnp.linalg.matrix_power(a, 3)


# Order.


@program((7,))
def sort(x):
    return jnp.sort(x) * jnp.arange(7), jnp.argsort(x)


@program((3, 5))
def sort_rows(x):
    return jnp.sort(x, axis=0) ** 2, jnp.sort(x, axis=1, descending=True)


@program((8,))
def top_k(x):
    v, i = lax.top_k(x, 3)
    return v**2, i


@program((9,))
def order_statistics(x):
    return jnp.median(x), jnp.quantile(x, 0.3), jnp.percentile(x, jnp.array([10.0, 70.0]))


@program((6,), (6,))
def sort_pairs(x, y):
    return lax.sort((x, y), num_keys=1)


@program((3, 5))
def extrema(x):
    return (
        jnp.argmax(x, 1),
        jnp.argmin(x, 0),
        jnp.max(x, 1),
        jnp.min(x),
        jnp.ptp(x),
        jnp.argmax(x),
    )


@program((6,))
def cumulative(x):
    return jnp.cumsum(x), jnp.cumprod(x), lax.cummax(x), lax.cummin(x), lax.cumlogsumexp(x)


@program((3, 6))
def cumulative_rows(x):
    return jnp.cumsum(x, 1), jnp.cumsum(x, 0), lax.cumsum(x, 1, reverse=True)


@program((5,), np.array([-0.7, 0.1, 2.0]))
def search(x, v):
    return jnp.searchsorted(jnp.sort(x), v), jnp.digitize(v, jnp.sort(x))


@program(np.array([3, 1, 2, 3, 1, 5]))
def unique_of_ints(x):
    return jnp.unique(x, size=6, fill_value=0), jnp.bincount(x, length=6)


# Reads and writes.


@program((6, 3), (5, 3), I)
def segment_sum(table, x, ids):
    return jax.ops.segment_sum(x, ids, 6) * table


@program((5, 3), I)
def segment_extrema(x, ids):
    return jax.ops.segment_max(x, ids, 4), jax.ops.segment_prod(x, ids, 4)


@program((6,), (5,), I)
def writes(x, v, i):
    return (
        x.at[i].mul(v),
        x.at[i].min(v),
        x.at[i].max(v),
        x.at[2].set(v[0]),
        x.at[1:3].set(7.0),
        x.at[::2].add(1.0),
    )


@program((6,), (5,), I)
def writes_with_gradient(x, v, i):
    return x.at[i].set(v), x.at[i].add(v), x.at[2].set(v[0]), x.at[1:3].set(7.0)


@program((4, 5), (5,), I % 4, I)
def writes_at_pairs(x, v, i, j):
    return x.at[i, j].set(v), x.at[i, j].add(v), x.at[:, j].min(v[None, :])


@program((6, 3), np.array([0, 7, -1, -9, 5]))
def reads(x, i):
    return (
        x[i % 6],
        x.at[i].get(mode="fill", fill_value=0),
        x.at[i].get(mode="clip"),
        jnp.take(x, i, axis=0, mode="wrap"),
        x[1:5:2, ::-1],
        x[:, jnp.array([2, 0])],
    )


@program((3, 4, 5), np.array([1, 2, 0]), np.array([[2], [4], [0]]))
def reads_mixed(x, i, j):
    return x[:, i, j], x[i, :, 0], jnp.take_along_axis(x, i[None, None, :], 2)


@program((4, 5), np.int64(2), np.int64(9))
def dynamic_slices(x, i, j):
    a = lax.dynamic_slice(x, (i, j), (2, 3))
    b = lax.dynamic_update_slice(x, a * 2, (j, -i))
    return a, b, lax.dynamic_index_in_dim(x, i, 0), lax.dynamic_slice_in_dim(x, -1, 2, 1)


@program((5, 3), (4, 3), np.array([0, 3, 1, 1]))
def reads_batched(x, y, i):
    return jax.vmap(lambda k, r: x[k] * r)(i, y), jax.vmap(lambda r, k: r[k])(y, i % 3)


@program((3, 4), np.array([1, 0, 2]))
def writes_batched(x, i):
    return jax.vmap(lambda r, k: r.at[k].add(2 * r[0]))(x, i)


# Shapes.


@program((2, 3, 4))
def shapes(x):
    return (
        jnp.moveaxis(x, 0, 2),
        x.reshape(4, 6),
        jnp.roll(x, 2, 1),
        jnp.flip(x),
        jnp.tile(x, 2),
        jnp.repeat(x, 2, 1),
        jnp.stack([x, x]),
        jnp.pad(x, 1),
        jnp.squeeze(x[:1], 0),
        jnp.pad(x, 1, mode="reflect"),
        jnp.rot90(x),
    )


@program((4, 4))
def matrices(x):
    return (
        jnp.tril(x),
        jnp.triu(x, 1),
        jnp.diag(x),
        jnp.diag(x[0]),
        jnp.trace(x),
        jnp.kron(x, x[:2, :2]),
        jnp.outer(x[0], x[1]),
        jnp.cross(x[:, :3], x[:, 1:]),
    )


@program((3, 4), (4, 5), (3, 5))
def einsums(a, b, c):
    return (
        jnp.einsum("ij,jk,ik->i", a, b, c),
        jnp.tensordot(a, b, 1),
        a @ b,
        jnp.vdot(c, c),
        jnp.einsum("ij->ji", a),
        jnp.inner(c, c),
    )


@program((0, 3), (3,))
def empty(x, y):
    return jnp.sum(x, 0) + y, jnp.concatenate([x, y[None]]), jnp.prod(x, 0), x @ y


@program((), ())
def scalars(a, b):
    return jnp.hypot(a, b), jnp.arctan2(a, b), a**2 + b**3, jnp.maximum(a, b), jnp.logaddexp(a, b)


# Elements.


@program((7,), positive=True)
def functions(x):
    s = jax.scipy.special
    return (
        jnp.log1p(x),
        jnp.expm1(x),
        jnp.cbrt(x),
        jnp.log2(x),
        jnp.exp2(x),
        jnp.tan(x / 3),
        jnp.sinh(x),
        jnp.cosh(x),
        jnp.arcsinh(x),
        jnp.arccosh(1 + x),
        jnp.arctan(x),
        s.erf(x),
        s.erfc(x),
        s.gammaln(x),
        s.digamma(x),
        s.erfinv(x / 9),
        s.xlogy(x, x),
        s.logit(x / 9),
        s.i1e(x),
        s.polygamma(2, x),
        s.ndtri(x / 9),
        s.logsumexp(x),
        s.entr(x),
        s.betaln(x, x),
        jnp.sinc(x),
        s.zeta(2.5, x),
    )


@program((7,), (7,))
def arithmetic(x, y):
    return (
        jnp.fmod(x, y),
        jnp.mod(x, y),
        jnp.floor_divide(x, y),
        jnp.power(jnp.abs(x), y),
        jnp.sign(x),
        jnp.round(x, 1),
        jnp.trunc(x),
        jnp.copysign(x, y),
        jnp.clip(x, -0.5, 0.5),
        jnp.heaviside(x, y),
        jnp.nan_to_num(x),
        jnp.float_power(2.0, y),
        jnp.where(x > y, x, y),
        jnp.rint(x),
        jnp.ceil(x),
        jnp.square(x),
        jnp.reciprocal(y),
    )


@program(
    np.array([1.0, -1.0, 0.0, -0.0, np.inf, 3.0]), np.array([2.0, 0.0, -1.0, 1.0, 0.0, np.nan])
)
def next_after(x, y):
    return jnp.nextafter(x, y), jnp.nextafter(x.astype(jnp.float32), y.astype(jnp.float32))


@program(np.array([7, -7, 3, 0, -1]), np.array([2, 2, 0, 5, -3]))
def integers(a, b):
    return (
        a // b,
        a % b,
        lax.div(a, b),
        lax.rem(a, b),
        a & b,
        a | b,
        a ^ b,
        ~a,
        a << 2,
        a >> 1,
        lax.population_count(a),
        lax.clz(a),
        a**2,
        jnp.gcd(a, b),
        jnp.abs(a),
        b**3,
        lax.shift_left(a, b + 70),
        lax.shift_right_arithmetic(a, a + 66),
        lax.shift_right_logical(a, b),
        jnp.sign(a),
    )


@program(np.array([7, 200, 3, 0, 255], np.uint8), np.array([2, 250, 0, 5, 3], np.uint8))
def unsigned(a, b):
    return (
        a + b,
        a - b,
        a // b,
        a % b,
        a > b,
        jnp.maximum(a, b),
        a >> 1,
        a.astype(jnp.float64),
        a.astype(jnp.int32),
        jnp.max(a),
        jnp.sort(a),
        a.astype(jnp.int8),
        jnp.sum(a),
        -a,
        jnp.argmax(a),
        jnp.cumsum(b),
        lax.div(a, b),
        lax.rem(a, b),
        lax.clz(a),
    )


@program(np.array([1.5, -2.5, 3e10, -3e10, np.nan, np.inf, 300.0, -0.5]))
def conversions(x):
    return (
        x.astype(jnp.int32),
        x.astype(jnp.int64),
        x.astype(jnp.float16),
        x.astype(bool),
        x.astype(jnp.bfloat16),
        jnp.round(x),
        jnp.isnan(x),
        jnp.isinf(x),
        jnp.sort(x),
        jnp.argsort(x),
        jnp.max(x),
        jnp.nanmax(x),
        jnp.signbit(x),
        x.astype(jnp.int8),
        lax.reduce_precision(x, 8, 7),
        lax.bitcast_convert_type(x, jnp.int64),
        lax.bitcast_convert_type(x, jnp.uint32),
        jnp.argmax(x),
        jnp.frexp(x)[0],
        lax.round(x),
        lax.is_finite(x),
    )


@program((4, 3), (3, 2))
def half_precision(a, b):
    a, b = a.astype(jnp.bfloat16), b.astype(jnp.bfloat16)
    c = a.astype(jnp.float16) @ b.astype(jnp.float16)
    return (jnp.dot(a, b, preferred_element_type=jnp.float32) * 1.0, c.astype(jnp.float32) * 0)


@program((6,), (6,))
def complex_numbers(x, y):
    z = x + 1j * y
    return (
        jnp.abs(z),
        jnp.real(z * z),
        jnp.imag(jnp.exp(z)),
        jnp.angle(z),
        jnp.conj(z).imag,
        jnp.abs(z / (1 + z)),
        jnp.real(jnp.sqrt(z)),
        jnp.real(jnp.log(z)),
        jnp.real(jnp.sum(z)),
    )


@program((8,), (4, 6))
def fourier(x, y):
    f = jnp.fft
    return (
        jnp.abs(f.fft(x)),
        f.irfft(f.rfft(x) * 2),
        jnp.real(f.fft2(y)),
        jnp.imag(f.ifft(y, axis=0)),
        f.irfft2(f.rfft2(y)),
        f.fftshift(x),
        jnp.abs(f.rfft(x, n=5)),
    )


# Random numbers.


@program((3,), KEY)
def random_normal(x, key):
    return x * jax.random.normal(key, (3,)) + jax.random.uniform(key, (3,))


@program(KEY)
def random_ints(key):
    r = jax.random
    a, b = r.split(key)
    return (
        r.bits(a, (5,)),
        r.randint(b, (4,), 0, 10),
        r.permutation(a, 6),
        r.choice(b, 5, (3,)),
        r.categorical(a, jnp.zeros(4), shape=(5,)),
        r.bernoulli(b, 0.4, (4,)),
        r.fold_in(a, 3),
        r.bits(a, (3,), "uint8"),
    )


@program(KEY)
def random_floats(key):
    r = jax.random
    return (
        r.gumbel(key, (4,)),
        r.exponential(key, (4,)),
        r.laplace(key, (4,)),
        r.truncated_normal(key, -1.0, 2.0, (4,)),
        r.normal(key, (2,), jnp.float32),
        r.uniform(key, (3,), jnp.float16),
        r.dirichlet(key, jnp.ones(3)),
        r.rademacher(key, (3,)),
        r.gamma(key, 2.0, (2,)),
        r.beta(key, 1.0, 2.0, (2,)),
        r.poisson(key, 3.0, (2,)),
    )


# Derivatives by JAX, and of these by letgrad.


@program((4,))
def jax_hessian(x):
    return jax.hessian(lambda x: jnp.sum(jnp.sin(x) * x**2))(x)


@program((4,), (4,))
def jax_jvp(x, v):
    return jax.jvp(lambda x: jnp.cumsum(jnp.exp(x)), (x,), (v,))


@program((3, 4))
def jax_jacobian(x):
    return jax.jacrev(lambda x: jax.nn.softmax(x))(x[0]), jax.vmap(jax.grad(lambda r: r @ r))(x)


@program((3,), (2,))
def ode(y, p):
    def field(y, t):
        return jnp.array([p[0] * y[1], -y[0] * y[2], p[1] * jnp.sin(t) + y[0] * y[1]])

    def step(y, t):
        k = field(y, t)
        return y + 0.1 * field(y + 0.05 * k, t + 0.05), y

    return lax.scan(step, y, jnp.arange(0.0, 1.0, 0.1))


@program((5, 2), (3, 2))
def gaussian_mixture(x, mu):
    d = jnp.sum((x[:, None] - mu[None]) ** 2, -1)
    return jax.scipy.special.logsumexp(-d / 2, axis=1)


@program((6, 2))
def pairwise(x):
    d = x[:, None] - x[None, :]
    r2 = jnp.sum(d**2, -1) + jnp.eye(6)
    return jnp.sum(jnp.triu(1 / r2**6 - 1 / r2**3, 1))


@program((8,))
def gather_loop(x):
    def body(i, s):
        j = (i * 3) % 8
        return s + x[j] * x[i]

    return lax.fori_loop(0, 8, body, 0.0)


@program((3, 8))
def interpolation(y):
    x = jnp.arange(8.0)
    return jax.vmap(lambda r: jnp.interp(jnp.array([0.3, 2.5, 9.0]), x, r))(y)


@program((5,))
def polynomials(x):
    return (
        jnp.polyval(x, 1.3),
        jnp.convolve(x, x),
        jnp.diff(x, 2),
        jnp.gradient(x),
        jnp.trapezoid(x),
    )


@program((4, 3))
def statistics(x):
    return (
        jnp.cov(x),
        jnp.corrcoef(x),
        jnp.std(x, 0),
        jnp.average(x, weights=jnp.ones(4), axis=0),
        jnp.histogram(x, bins=4, range=(-2, 2))[0],
        jax.scipy.stats.norm.logpdf(x),
        jax.scipy.stats.gamma.logpdf(x**2, 2.0),
    )


# Networks and estimators, as their users write them.


@program((6, 4), (4, 3), (3, 4, 5), (3, 5, 4))
def moe(x, wg, w1, w2):
    g = jax.nn.softmax(x @ wg)
    v, i = lax.top_k(g, 2)
    d = jax.nn.one_hot(i, 3) * v[..., None]
    d = d.sum(1)
    h = jax.nn.gelu(jnp.einsum("td,edf->tef", x, w1))
    y = jnp.einsum("tef,efd->ted", h, w2)
    return jnp.einsum("ted,te->td", y, d)


@program((7, 3), (3, 5), (5, 5), (5,))
def gru_scan(xs, w, u, b):
    def cell(h, x):
        z = jax.nn.sigmoid(x @ w + h @ u + b)
        n = jnp.tanh(x @ w + z * (h @ u))
        h = (1 - z) * n + z * h
        return h, h

    return lax.scan(cell, jnp.zeros(5), xs)


@program((9, 3, 4), (9, 3, 4))
def mamba_scan(a, b):
    def op(x, y):
        return x[0] * y[0], y[0] * x[1] + y[1]

    return lax.associative_scan(op, (jax.nn.sigmoid(a), b))[1]


@program((4,), (4,), (4,), (16,))
def s4d_conv(a, b, c, u):
    A = -jnp.exp(a) + 1j * jnp.arange(4)
    L = 16
    K = jnp.real(jnp.sum(c[:, None] * b[:, None] * jnp.exp(A[:, None] * jnp.arange(L) * 0.1), 0))
    return jnp.fft.irfft(jnp.fft.rfft(K, 2 * L) * jnp.fft.rfft(u, 2 * L), 2 * L)[:L]


@program((3, 4), (4, 4), KEY)
def diffusion(x, w, key):
    k1, k2 = jax.random.split(key)
    t = jax.random.randint(k1, (3,), 0, 10)
    ab = jnp.cumprod(1 - jnp.linspace(1e-4, 0.02, 10))[t]
    e = jax.random.normal(k2, x.shape, x.dtype)
    xt = jnp.sqrt(ab)[:, None] * x + jnp.sqrt(1 - ab)[:, None] * e
    return jnp.mean((jnp.tanh(xt @ w) - e) ** 2)


@program((6, 3), (6,), (6,), np.array([0, 2, 1, 1, 0, 2]))
def ppo(logits, adv, old, act):
    lp = jax.nn.log_softmax(logits)
    r = jnp.exp(jnp.take_along_axis(lp, act[:, None], 1)[:, 0] - old)
    ent = -jnp.sum(jnp.exp(lp) * lp, -1)
    return -jnp.mean(jnp.minimum(r * adv, jnp.clip(r, 0.8, 1.2) * adv)) - 0.01 * ent.mean()


@program((5, 3), (3, 3), np.array([0, 1, 2, 3, 4, 0]), np.array([1, 2, 3, 4, 0, 2]))
def gnn(x, w, s, r):
    m = jax.nn.relu(x @ w)[s]
    a = jax.ops.segment_sum(m, r, 5)
    n = jax.ops.segment_sum(jnp.ones(6), r, 5)
    mx = jax.ops.segment_max(m, r, 5)
    e = jnp.exp(m.sum(1) - 0.1)
    al = e / jax.ops.segment_sum(e, r, 5)[r]
    return (
        a / n[:, None],
        jnp.where(jnp.isfinite(mx), mx, 0),
        jax.ops.segment_sum(al[:, None] * m, r, 5),
    )


@program((5, 5))
def sinkhorn(c):
    def body(s, _):
        f, g = s
        f = -jax.nn.logsumexp(g[None] - c, axis=1)
        g = -jax.nn.logsumexp(f[:, None] - c, axis=0)
        return (f, g), None

    (f, g), _ = lax.scan(body, (jnp.zeros(5), jnp.zeros(5)), None, length=10)
    return jnp.exp(f[:, None] + g - c)


@program((5, 4), np.array([0, 2, 1, 3, 3]))
def crf(em, tags):
    tr = jnp.sin(jnp.arange(16.0).reshape(4, 4))

    def f(a, e):
        return jax.nn.logsumexp(a[:, None] + tr, axis=0) + e, None

    z = jax.nn.logsumexp(lax.scan(f, em[0], em[1:])[0])
    return z - (em[jnp.arange(5), tags].sum() + tr[tags[:-1], tags[1:]].sum())


@program((3, 8, 4))
def rope(x):
    t = jnp.arange(8.0)[:, None] / 10000 ** (jnp.arange(2.0) / 2)
    c, s = jnp.cos(t), jnp.sin(t)
    a, b = jnp.split(x, 2, -1)
    y = jnp.concatenate([a * c - b * s, b * c + a * s], -1)
    z = jax.lax.complex(x[..., ::2], x[..., 1::2]) * jnp.exp(1j * t)
    return y, z.real, z.imag


@program((6, 4), np.array([2, 0, 3, 1], np.int32), (4, 4, 5))
def ragged(x, n, w):
    return lax.ragged_dot(x, w, n)


@program((4, 4), (4, 4))
def complex_eigh(a, b):
    c = a + 1j * b
    h = c @ c.conj().T
    w, v = jnp.linalg.eigh(h)
    u, s, vh = jnp.linalg.svd(c)
    return w, jnp.abs(v), s, jnp.abs(u), ((u * s) @ vh).real


@program((5,))
def kalman(zs):
    F = jnp.array([[1.0, 1], [0, 1]])
    H = jnp.array([[1.0, 0]])

    def f(s, z):
        m, P = s
        m = F @ m
        P = F @ P @ F.T + 0.1 * jnp.eye(2)
        S = H @ P @ H.T + 1.0
        K = jnp.linalg.solve(S, H @ P).T
        m = m + K @ (z - H @ m)
        P = P - K @ H @ P
        return (m, P), m

    return lax.scan(f, (jnp.zeros(2), jnp.eye(2)), zs[:, None])


@program((4, 3, 6), (6,), (6,))
def batchnorm(x, g, b):
    m = jnp.mean(x, (0, 1))
    v = jnp.var(x, (0, 1))
    y = (x - m) / jnp.sqrt(v + 1e-5) * g + b
    gn = x.reshape(4, 3, 2, 3)
    gn = (gn - gn.mean((1, 3), keepdims=True)) / jnp.sqrt(gn.var((1, 3), keepdims=True) + 1e-5)
    return (
        y,
        gn,
        jax.nn.standardize(x),
        jax.nn.glu(x),
        jax.nn.logsumexp(x, axis=1),
        jax.nn.squareplus(x),
        jax.nn.mish(x),
        jax.nn.hard_swish(x),
        jax.nn.sparse_plus(x),
        jax.nn.log1mexp(jnp.abs(x)) if hasattr(jax.nn, "log1mexp") else x,
    )


@program((4, 3), KEY)
def vae(x, key):
    mu, ls = x[:, :1], x[:, 1:2]
    z = mu + jnp.exp(ls) * jax.random.normal(key, mu.shape, x.dtype)
    return jnp.mean(z**2) - 0.5 * jnp.sum(1 + 2 * ls - mu**2 - jnp.exp(2 * ls))


@program((3,), positive=True)
def ode_with_an_adjoint(y):
    from jax.experimental.ode import odeint

    return odeint(lambda y, t, k: -k * y * jnp.sin(t), y, jnp.array([0.0, 0.5]), 0.7)


@program((5, 4), (5, 2))
def householder(a, c):
    from jax._src.lax.linalg import geqp3, geqrf, ormqr

    packed, taus = geqrf(a)
    chosen, _, _ = geqp3(a, jnp.zeros(4, jnp.int32))
    return ormqr(packed, taus, c, transpose=True), ormqr(packed, taus, c.T, left=False), chosen


@program((3, 7), (3, 7), (3, 7), (3, 7, 2))
def tridiagonal(a, d, c, b):
    return lax.linalg.tridiagonal_solve(a * 0.3, d * 0.3, c, b)


@program((4, 4))
def hessenberg(a):
    return jax.scipy.linalg.hessenberg(a)


@program((4, 4))
def tridiagonal_forms(a):
    from jax._src.lax.linalg import tridiagonal

    return [tridiagonal(a + a.T, lower=lower)[1:] for lower in (True, False)]


@program((40,))
def small_floats(x):
    kinds = "4_e2m1fn 8_e3m4 8_e4m3 8_e4m3fn 8_e4m3fnuz 8_e4m3b11fnuz 8_e5m2 8_e5m2fnuz".split()
    x = jnp.concatenate([x * 10.0 ** jnp.arange(-20, 20), jnp.array([0.0, -0.0, jnp.inf])])
    x = x.astype(jnp.float32)
    rounded = [x.astype(getattr(jnp, f"float{kind}")).astype(jnp.float32) for kind in kinds]
    return [(y, (lax.bitcast_convert_type(y, jnp.int32) < 0) & (y == y)) for y in rounded]
