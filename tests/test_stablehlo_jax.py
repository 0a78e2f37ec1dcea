"""Programs that JAX lowers while the test runs: letgrad reads them, and jaxlib reads them again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.test_stablehlo import printed, read, same_to_jaxlib

jax = pytest.importorskip("jax", reason="jax is not installed: pip install jax")
jnp: Any = jax.numpy
lax: Any = jax.lax

Program = tuple[Callable[..., Any], tuple[Any, ...]]


def programs() -> dict[str, Program]:
    """Functions with their arguments, of many kinds."""
    x3, x34, m33 = jnp.ones(3), jnp.ones((3, 4)), jnp.ones((3, 3))
    i4 = jnp.ones(4, jnp.int32)
    key = jax.random.PRNGKey(0)

    def scan(w: Any, x: Any) -> Any:
        return lax.scan(lambda c, t: (jnp.tanh(w @ c + t), c.sum()), jnp.zeros(3), x)

    def both(a: Any, b: Any) -> Any:
        return a[0] + b[0], jnp.maximum(a[1], b[1])

    def loop(c: Any) -> Any:
        return lax.fori_loop(0, 3, lambda i, d: lax.cond(d[0] > 1, jnp.sin, jnp.cos, d), c)

    def conv(x: Any, k: Any) -> Any:
        return lax.conv_general_dilated(x, k, (1, 1), "SAME", feature_group_count=2)

    def pool(x: Any) -> Any:
        return lax.reduce_window(x, -jnp.inf, lax.max, (2, 2), (2, 2), "VALID").sum()

    return {
        "softmax": (jax.nn.softmax, (x34,)),
        "gelu of bf16": (jax.nn.gelu, (jnp.ones((3, 4), jnp.bfloat16),)),
        "silu of f16": (jax.nn.silu, (jnp.ones(3, jnp.float16),)),
        "attention": (jax.nn.dot_product_attention, (jnp.ones((1, 8, 2, 4)),) * 3),
        "one-hot": (lambda i: jax.nn.one_hot(i, 5), (i4,)),
        "layer norm": (jax.grad(lambda x: ((x - x.mean(-1)) / x.std(-1)).sum()), (m33,)),
        "relu gradient": (jax.grad(lambda x: jax.nn.relu(x).sum()), (x3,)),
        "normal": (lambda k: jax.random.normal(k, (3,)), (key,)),
        "permutation": (lambda k: jax.random.permutation(k, 5), (key,)),
        "poisson": (lambda k: jax.random.poisson(k, 3.0, (2,)), (key,)),
        "random bits": (
            lambda k: lax.rng_bit_generator(k, (3,)), (jnp.ones(4, jnp.uint32),)
        ),
        "scan": (scan, (m33, m33)),
        "scan gradient": (jax.grad(lambda w, x: scan(w, x)[1].sum()), (m33, m33)),
        "switch": (lambda i, x: lax.switch(i, [jnp.sin, jnp.cos], x), (1, x3)),
        "nested loops": (lambda x: lax.while_loop(lambda c: c.sum() < 9, loop, x), (x3,)),
        "map": (lambda x: lax.map(jnp.linalg.norm, x), (x34,)),
        "inverse": (jnp.linalg.inv, (m33,)),
        "svd": (jnp.linalg.svd, (m33,)),
        "eig": (jnp.linalg.eig, (m33,)),
        "slogdet": (jnp.linalg.slogdet, (m33,)),
        "many cholesky": (jnp.linalg.cholesky, (jnp.ones((5, 3, 3)),)),
        "solve gradient": (jax.grad(lambda a, b: jnp.linalg.solve(a, b).sum()), (m33, m33)),
        "fft2": (jnp.fft.fft2, (m33,)),
        "irfft": (jnp.fft.irfft, (x3,)),
        "sort of two": (lambda x, y: lax.sort((x, y), num_keys=2), (i4, i4)),
        "top k": (lambda x: lax.top_k(x, 2), (x34,)),
        "median": (jnp.median, (x34,)),
        "argmax": (lambda x: jnp.argmax(x, 1), (x34,)),
        "unique": (lambda x: jnp.unique(x, size=3), (x3,)),
        "scatter": (lambda x, i: (x.at[i].add(2.0), x.at[i].max(3.0)), (x34, i4)),
        "gather": (lambda x, i: (x[i], x[:, i % 3], x.at[i, 0].get()), (x34, i4)),
        "segment sum": (lambda x, i: jax.ops.segment_sum(x, i, 3), (jnp.ones(4), i4)),
        "grad under vmap": (jax.vmap(jax.grad(lambda x: (jnp.sin(x) ** 2).sum())), (x34,)),
        "hessian": (jax.hessian(lambda x: (jnp.exp(x) * x[::-1]).sum()), (x3,)),
        "third derivative": (jax.grad(jax.grad(jax.grad(lambda x: jnp.tanh(x) * x**5))), (2.0,)),
        "cumulated": (lambda x: (jnp.cumsum(x, 1), lax.cummax(x), jnp.cumprod(x)), (x34,)),
        "associative scan": (lambda x: lax.associative_scan(jnp.multiply, x), (x34,)),
        "convolution": (conv, (jnp.ones((2, 4, 6, 6)), jnp.ones((6, 2, 3, 3)))),
        "convolution gradient": (
            jax.grad(lambda k, x: conv(x, k).sum()),
            (jnp.ones((6, 2, 3, 3)), jnp.ones((2, 4, 6, 6))),
        ),
        "max pool gradient": (jax.grad(pool), (jnp.ones((4, 4)),)),
        "reduce of two": (lambda x: lax.reduce((x, x), (0.0, 0.0), both, (0,)), (x34,)),
        "complex": (lambda z: (jnp.exp(z), jnp.abs(z), z.conj(), jnp.sqrt(z)), (x3 + 1j,)),
        "special": (jax.scipy.special.betainc, (x3, x3, x3 / 2)),
        "integers": (lambda i: (i // 3, i << 2, ~i, lax.clz(i), i.astype(jnp.uint8)), (i4,)),
        "floats of 8 bits": (lambda x: x.astype(jnp.float8_e4m3fn).astype(jnp.float32), (x3,)),
        "bits": (lambda x: (x.view(jnp.uint8), lax.reduce_precision(x, 5, 10)), (x3,)),
        "dynamic slice": (lambda x, i: lax.dynamic_slice(x, (i, 0), (2, 2)), (x34, 1)),
        "pad": (lambda x: (jnp.pad(x, 2, mode="reflect"), lax.pad(x, 0.0, ((1, -1, 2),))), (x3,)),
        "einsum": (lambda a: jnp.einsum("ij,kj->ik", a, a, precision="highest"), (x34,)),
        "remat": (jax.grad(jax.checkpoint(lambda x: jnp.sin(jnp.sin(x)).sum())), (x3,)),
        "empty": (lambda x: (x.sum(0), jnp.concatenate([x, x])), (jnp.ones((0, 3)),)),
        "scalars": (lambda x, y: x * y + jnp.nan - jnp.inf, (1.0, 2.0)),
        "conjugate gradients": (
            lambda a, b: jax.scipy.sparse.linalg.cg(lambda x: a @ x, b)[0], (m33, x3)
        ),
    }  # fmt: skip


PROGRAMS = programs()


@pytest.mark.sampled(12)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_jax_lowers(name: str) -> None:
    function, arguments = PROGRAMS[name]
    lowered = jax.jit(function).lower(*arguments)
    same_to_jaxlib(lowered.as_text())
    located = read(lowered.as_text(debug_info=True))
    assert printed(located) == printed(read(lowered.as_text()))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: jax.nn.softmax(x),
        lambda x: jnp.concatenate([x, x]),
        lambda x: x.reshape(-1) + jnp.arange(x.size),
        lambda x: jnp.pad(x, 1)[1:-1],
        lambda x: x[jnp.arange(x.shape[0])],
        jax.grad(lambda x: jnp.sin(x).sum()),
    ],
)
def test_sizes_that_jax_does_not_know(function: Callable[..., Any]) -> None:
    from jax import export

    a, b = export.symbolic_shape("a, b")
    type = jax.ShapeDtypeStruct((a, b), jnp.float32)
    same_to_jaxlib(str(export.export(jax.jit(function))(type).mlir_module()))
