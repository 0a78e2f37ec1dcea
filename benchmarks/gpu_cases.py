"""
The programs that `gpu.py` measures, each as NumPy code, which letgrad traces and JAX runs under its
own name for NumPy, and as PyTorch code. They come in the order of their importance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cases
import numpy as np

import letgrad as lg
from letgrad.lowering.triton import interpreter
from letgrad.lowering.triton.emit import Options

Arrays = list[Any]
Inputs = Callable[[np.random.Generator, float], Arrays]


@dataclass(frozen=True)
class Case:
    """
    A function and, where `wrt` is not 0, its gradient by the first `wrt` arguments.
    `program(xp, *args)` is NumPy code that JAX runs too, or `jax` in its place;
    `torch(torch, *args)` is PyTorch's. With `text`, the program is MLIR, run as it is.
    """

    name: str
    inputs: Inputs
    """The arguments, at a part of the full size."""
    wrt: int = 0
    program: Callable[..., Any] | None = None
    torch: Callable[..., Any] | None = None
    jax: Callable[..., Any] | None = None
    text: Callable[[Arrays], str] | None = None
    hvp: bool = False
    """The last argument is a direction, and a Hessian-vector product is taken."""
    flops: Callable[[Arrays], float] | None = None
    """What it has to multiply in matrices; without, it is bound by the bytes that it moves."""
    tolerance: float = 1e-4
    has_jax: bool = True
    has_compile: bool = True
    options: Options = Options()  # noqa: RUF009
    graph: bool = False
    """Many small kernels: measured as one CUDA graph too."""
    huge: bool = False
    """Its inputs are made on the device, and the others' results are not in higher precision."""


def count(full: int, part: float, least: int = 8) -> int:
    return max(int(full * part), least)


def floats(*sizes: int) -> Callable[[np.random.Generator], np.ndarray]:
    return lambda random: random.standard_normal(sizes, dtype=np.float32)


def draws(number: int, full: int, dtype: Any = np.float32) -> Inputs:
    return lambda random, part: [
        floats(count(full, part))(random).astype(dtype, copy=False) for _ in range(number)
    ]


# Elementwise, and sums of all.


def relu(xp, x):
    return xp.sum(xp.maximum(x, 0) ** 2)


def relu_torch(torch, x):
    return (torch.clamp(x, min=0) ** 2).sum()


def gelu(xp, x, b):
    y = x + b
    inner, cubic, half = (y.dtype.type(c) for c in (0.7978845608, 0.044715, 0.5))
    return y * (1 + xp.tanh(inner * (y + cubic * y * y * y))) * half


def gelu_torch(torch, x, b):
    return torch.nn.functional.gelu(x + b, approximate="tanh")


def gelu_inputs(random: np.random.Generator, part: float) -> Arrays:
    m = count(16384, part**0.5)
    shapes = (count(8192, part**0.5), m), (1, m)
    return [floats(*s)(random).astype(interpreter.DTYPES["bfloat16"].numpy) for s in shapes]


def transposed(xp, x):
    return xp.sin(x.T) + x


def square_inputs(random: np.random.Generator, part: float) -> Arrays:
    n = count(16384, part**0.5)
    return [floats(n, n)(random)]


def running(xp, x):
    return xp.cumsum(x, axis=1)


def cumsum_inputs(random: np.random.Generator, part: float) -> Arrays:
    return [floats(count(4096, part), count(16384, part**0.5))(random)]


# Rows.


def normalized(xp, x, g, b, c):
    d = x - xp.mean(x, axis=1, keepdims=True)
    y = d / xp.sqrt(xp.mean(d * d, axis=1, keepdims=True) + 1e-5) * g + b
    e = xp.exp(y - xp.max(y, axis=1, keepdims=True))
    return xp.sum(e / xp.sum(e, axis=1, keepdims=True) * c)


def normalized_torch(torch, x, g, b, c):
    y = torch.nn.functional.layer_norm(x, (x.shape[1],), g, b, 1e-5)
    return (torch.softmax(y, dim=1) * c).sum()


def rows(n: int, m: int) -> Inputs:
    def inputs(random: np.random.Generator, part: float) -> Arrays:
        i, j = count(n, part), count(m, part**0.5, 32)
        return [floats(*s)(random) for s in ((i, j), (j,), (j,), (i, j))]

    return inputs


def softmax(xp, x):
    e = xp.exp(x - xp.max(x, axis=1, keepdims=True))
    return e / xp.sum(e, axis=1, keepdims=True)


def entropy(xp, x, y):
    """Cross-entropy with numbers of classes."""
    top = xp.max(x, axis=1, keepdims=True)
    logs = xp.log(xp.sum(xp.exp(x - top), axis=1)) + top[:, 0]
    return xp.mean(logs - x[np.arange(x.shape[0]), y])


def entropy_torch(torch, x, y):
    return torch.nn.functional.cross_entropy(x, y)


def entropy_inputs(random: np.random.Generator, part: float) -> Arrays:
    n, classes = count(4096, part), count(32768, part**0.5)
    return [floats(n, classes)(random), random.integers(0, classes, n)]


def column_sums(xp, x, c):
    return xp.sum(xp.sum(x, axis=0) ** 2 * c)


def column_inputs(random: np.random.Generator, part: float) -> Arrays:
    n, m = count(100_000, part), count(1024, part**0.5)
    return [floats(n, m)(random), floats(m)(random)]


# Products of matrices.


def mlp_inputs(sizes: Sequence[int], batch: int) -> Inputs:
    def inputs(random: np.random.Generator, part: float) -> Arrays:
        hidden = [count(n, part**0.5) for n in sizes[1:-1]]
        return list(
            cases.mlp_inputs((sizes[0], *hidden, sizes[-1]), count(batch, part), np.float32)(random)
        )

    return inputs


def mlp_flops(xs: Arrays) -> float:
    """Forward, and backward for the weights, and for what is between layers."""
    w0, _, w1, _, w2, _, x, _ = xs
    return 2.0 * len(x) * (2 * w0.size + 3 * w1.size + 3 * w2.size)


KINDS = {"float16": "f16", "bfloat16": "bf16"}


def product_text(epilogue: bool) -> Callable[[Arrays], str]:
    """tanh(a b + c), or a b alone."""

    def text(xs: Arrays) -> str:
        (m, k), (_, n) = xs[0].shape, xs[1].shape
        e = KINDS[xs[0].dtype.name]
        a, b, c = (f"tensor<{i}x{j}x{e}>" for i, j in ((m, k), (k, n), (m, n)))
        v = f"tensor<{n}x{e}>"
        lines = [f'%r = ten.einsum "ij,jk->ik" %a, %b : {a}, {b} -> {c}']
        if epilogue:
            lines += [
                f"%w = ten.broadcast %c dims [0] : {v} -> {c}",
                f"%s = arith.addf %r, %w : {c}",
                f"%t = math.tanh %s : {c}",
            ]
        given = f", %c: {v}" if epilogue else ""
        body = "\n  ".join([*lines, f"func.return %{'t' if epilogue else 'r'} : {c}"])
        return f"func.func @main(%a: {a}, %b: {b}{given}) -> {c} {{\n  {body}\n}}"

    return text


def matrices(kind: str, epilogue: bool, size: int = 8192) -> Inputs:
    def inputs(random: np.random.Generator, part: float) -> Arrays:
        dtype = interpreter.DTYPES[kind].numpy
        n = count(size, part, 48)
        scale = np.float32(1 / np.sqrt(n))
        more = [floats(n)(random).astype(dtype)] if epilogue else []
        return [*((floats(n, n)(random) * scale).astype(dtype) for _ in range(2)), *more]

    return inputs


def matrix_flops(xs: Arrays) -> float:
    return 2.0 * xs[0].shape[0] ** 3


def attention(xp, q, k, v):
    scores = xp.einsum("bik,bjk->bij", q, k) * 0.125
    e = xp.exp(scores - xp.max(scores, axis=2, keepdims=True))
    e = e / xp.sum(e, axis=2, keepdims=True)
    return xp.sum(xp.einsum("bij,bjk->bik", e, v) ** 2)


def attention_torch(torch, q, k, v):
    scores = q @ k.transpose(1, 2) * 0.125
    return ((torch.softmax(scores, dim=2) @ v) ** 2).sum()


def attention_inputs(random: np.random.Generator, part: float) -> Arrays:
    n = count(1024, part**0.5, 16)
    return [floats(count(64, part, 2), n, 64)(random) for _ in range(3)]


def attention_flops(xs: Arrays) -> float:
    b, n, d = xs[0].shape
    return 6 * 2.0 * b * n * n * d


# Gathers and scatters.


def scattered(xp, onto, v, at):
    return onto + lg.scatter(onto.shape[0], v, lambda i: at[i])


def scattered_jax(xp, onto, v, at):
    return onto.at[at].add(v)


def scattered_torch(torch, onto, v, at):
    return onto.index_add(0, at, v)


def scatter_inputs(random: np.random.Generator, part: float) -> Arrays:
    n, places = count(10**7, part), count(1 << 20, part**0.5)
    return [floats(places)(random), floats(n)(random), random.integers(0, places, n)]


def embedding(xp, table, weight, indices, segments):
    sums = lg.scatter(weight.shape[:1], table[indices], lambda i: segments[i])
    return xp.sum(sums**2 * weight)


def embedding_jax(xp, table, weight, indices, segments):
    sums = xp.zeros_like(weight).at[segments].add(table[indices])
    return xp.sum(sums**2 * weight)


def embedding_torch(torch, table, weight, indices, segments):
    sums = torch.zeros_like(weight).index_add(0, segments, table[indices])
    return torch.sum(sums**2 * weight)


def embedding_inputs(random: np.random.Generator, part: float) -> Arrays:
    n, m = count(100_000, part**0.5), count(1_000_000, part)
    table, weight = floats(n, 32)(random), floats(n, 32)(random)
    return [table, weight, random.integers(0, n, m), np.sort(random.integers(0, n, m))]


def gathered(xp, table, at):
    return xp.sum(table[at] ** 3)


def gathered_torch(torch, table, at):
    return (table[at] ** 3).sum()


def gather_inputs(random: np.random.Generator, part: float) -> Arrays:
    n = count(100_000, part**0.5)
    return [floats(n, 64)(random), random.integers(0, n, count(1 << 20, part))]


# Convolutions.


def conv1d_inputs(random: np.random.Generator, part: float) -> Arrays:
    return [floats(count(1 << 24, part, 32))(random), floats(9)(random)]


def conv2d_inputs(random: np.random.Generator, part: float) -> Arrays:
    side = count(128, part**0.25, 6)
    return [floats(count(64, part, 1), 3, side, side)(random), floats(8, 3, 3, 3)(random)]


def many_channels(random: np.random.Generator, part: float) -> Arrays:
    side, channels = count(58, part**0.25, 6), count(128, part**0.25, 16)
    image = floats(count(32, part, 1), channels, side, side)(random)
    return [image, floats(channels, channels, 3, 3)(random) / np.float32(3 * channels**0.5)]


# Loops.


def oscillators(xp, x, v):
    for _ in range(500):
        v = v + 0.01 * (x - x * x * x)
        x = x + 0.01 * v
    return xp.sum(x * v)


# Other programs.


def mixture_inputs(random: np.random.Generator, part: float) -> Arrays:
    """A mixture of 25 Gaussians in 10 dimensions."""
    k, d, n = 25, 10, count(200_000, part)
    shapes = (k,), (k, d), (k, d * (d + 1) // 2), (n, d)
    return [random.standard_normal(s) for s in shapes]


def rnn(xp, w, h, xs):
    if xp is np:
        _, hs = lg.scan(lambda h, x: ((h := np.tanh(h @ w + x)), h), h, xs)
    else:
        import jax

        _, hs = jax.lax.scan(lambda h, x: ((h := xp.tanh(h @ w + x)), h), h, xs)
    return xp.mean(hs**2)


def rnn_torch(torch, w, h, xs):
    hs = []
    for x in xs:
        h = torch.tanh(torch.addmm(x, h, w))
        hs.append(h)
    return torch.mean(torch.stack(hs) ** 2)


def rnn_inputs(random: np.random.Generator, part: float) -> Arrays:
    n = count(256, part**0.5)
    w = floats(n, n)(random) / np.float32(np.sqrt(n))
    return [w, floats(64, n)(random), floats(count(64, part, 4), 64, n)(random)]


def logistic_inputs(random: np.random.Generator, part: float) -> Arrays:
    n, m = count(100_000, part), count(512, part**0.5)
    x = floats(n, m)(random)
    return [
        floats(m)(random) / np.float32(20), x, (x[:, 0] > 0).astype(np.float32),
        np.ones(m, np.float32),
    ]  # fmt: skip


# Indices of more than 32 bits.


def huge_text(xs: Arrays) -> str:
    x = f"tensor<{xs[0].shape[0]}xf16>"
    return f"""func.func @main(%x: {x}) -> ({x}, f16) {{
      %a = arith.mulf %x, %x : {x}
      %y = arith.addf %a, %x : {x}
      %m = ten.reduce max, %x dims [0] : {x} -> f16
      func.return %y, %m : {x}, f16
    }}"""


CASES = [
    Case("foo 2^26 f32", draws(3, 1 << 26), 3, cases.foo, cases.foo_torch),
    Case("layer norm, softmax", rows(16384, 4096), 3, normalized, normalized_torch),
    Case(
        "mlp 784-4096-4096-10", mlp_inputs((784, 4096, 4096, 10), 4096), 6, cases.mlp,
        cases.mlp_torch, flops=mlp_flops, tolerance=1e-3,
    ),
    Case(
        "product 8192 bf16", matrices("bfloat16", False), text=product_text(False),
        torch=lambda torch, a, b: a @ b, jax=lambda xp, a, b: a @ b, flops=matrix_flops,
        tolerance=2e-2,
    ),
    Case(
        "tanh(a b + c) 8192 bf16", matrices("bfloat16", True), text=product_text(True),
        torch=lambda torch, a, b, c: torch.tanh(a @ b + c),
        jax=lambda xp, a, b, c: xp.tanh(a @ b + c), flops=matrix_flops, tolerance=2e-2,
    ),
    Case(
        "foo 1000 f32", lambda random, part: [floats(1000)(random) for _ in range(3)], 3,
        cases.foo, cases.foo_torch, graph=True,
    ),
    Case(
        "mlp 784-300-100-10, batch 128", mlp_inputs((784, 300, 100, 10), 128), 6, cases.mlp,
        cases.mlp_torch, tolerance=1e-3, graph=True,
    ),
    Case(
        "cross-entropy 4096x32768", entropy_inputs, 1, entropy, entropy_torch, tolerance=1e-3,
    ),
    Case(
        "attention 64x1024x64 f32", attention_inputs, 3, attention, attention_torch,
        flops=attention_flops, tolerance=1e-3,
    ),
    Case(
        "embedding, segments", embedding_inputs, 1, embedding, embedding_torch, embedding_jax,
    ),
    Case("scatter 10^7 sorted", scatter_inputs, 0, scattered, scattered_torch, scattered_jax),
    Case("column sums", column_inputs, 1, column_sums,
         lambda torch, x, c: (x.sum(0) ** 2 * c).sum()),
    Case("gather 2^20 rows", gather_inputs, 1, gathered, gathered_torch, tolerance=1e-3),
    Case(
        "conv1d 2^24, k = 9", conv1d_inputs, 2, cases.conv_shifts, cases.conv_shifts_torch,
        tolerance=1e-3,
    ),
    Case(
        "conv2d (64,3,128,128)->8", conv2d_inputs, 2, cases.conv2d_shifts, cases.conv2d_torch,
        tolerance=1e-3,
    ),
    Case(
        "conv2d (32,128,58,58)->128", many_channels, 2, cases.conv2d_shifts, cases.conv2d_torch,
        tolerance=1e-3,
    ),
    Case(
        "500 steps of 2^18 oscillators", draws(2, 1 << 18), 2, oscillators,
        lambda torch, x, v: oscillators(torch, x, v), tolerance=1e-3, has_jax=False,
        has_compile=False,
    ),
    # torch.compile was not ready after 100 s.
    Case(
        "gmm d10 K25 n200000 f64", mixture_inputs, 3, cases.gmm, cases.gmm_torch, graph=True,
        has_compile=False,
    ),
    Case("relu 2^27 f32", draws(1, 1 << 27), 1, relu, relu_torch),
    Case("gelu(x + b), 8192x16384 bf16", gelu_inputs, 0, gelu, gelu_torch, tolerance=2e-2),
    Case("softmax 16384x4096", lambda random, part: rows(16384, 4096)(random, part)[:1], 0,
         softmax, lambda torch, x: torch.softmax(x, 1)),
    Case("layer norm, softmax, rows of 16384", rows(4096, 16384), 3, normalized, normalized_torch),
    Case("foo 2^26 f64", draws(3, 1 << 26, np.float64), 3, cases.foo, cases.foo_torch),
    Case("sin(x.T) + x, 16384", square_inputs, 0, transposed, lambda torch, x: torch.sin(x.T) + x),
    Case("rnn, 64 steps", rnn_inputs, 1, rnn, rnn_torch, tolerance=1e-3, graph=True,
         has_compile=False),
    Case(
        "logistic regression, hvp", logistic_inputs, 1, cases.logistic, cases.logistic_torch,
        hvp=True, has_compile=False, tolerance=1e-3,
    ),
    Case(
        "product 8192 f16", matrices("float16", False), text=product_text(False),
        torch=lambda torch, a, b: a @ b, jax=lambda xp, a, b: a @ b, flops=matrix_flops,
        tolerance=4e-3,
    ),
    Case("cumsum 4096x16384", cumsum_inputs, 0, running,
         lambda torch, x: torch.cumsum(x, 1)),
    Case(
        "x x + x, max, 2^31 + 1000 f16", draws(1, (1 << 31) + 1000, np.float16), text=huge_text,
        torch=lambda torch, x: (x * x + x, torch.max(x)), tolerance=0.0, has_jax=False,
        has_compile=False, huge=True,
    ),
]  # fmt: skip
_scatter = next(c for c in CASES if c.name == "scatter 10^7 sorted")
CASES.insert(
    CASES.index(_scatter) + 1,
    replace(_scatter, name="scatter 10^7 atomic", options=Options(scatter="atomic")),
)
