"""
The programs that are measured: each as NumPy code, which letgrad traces and JAX runs under its own
name for NumPy, and as PyTorch code.

A program gives a float scalar, and its gradient is by the first `wrt` arguments. With `hvp`, the
last argument is a direction, and a Hessian-vector product takes the gradient's place.
"""

from __future__ import annotations

import importlib.util
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import letgrad as lg

Arrays = Sequence[Any]
ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "adbench"


@dataclass
class Case:
    """
    `program(xp, *args)` with xp NumPy or jax.numpy; `jax` in its place where JAX needs other words;
    `torch(torch, *args)`; `by_hand` names the functions of `by_hand.c`.
    """

    name: str
    inputs: Callable[[np.random.Generator], Arrays]
    program: Callable[..., Any]
    wrt: int
    torch: Callable[..., Any] | None = None
    jax: Callable[..., Any] | None = None
    by_hand: str | None = None
    hvp: bool = False
    quick: bool = True
    plain: bool = True
    """Whether NumPy itself runs the program."""
    calls: int = 1
    """How often the program is called for one number."""
    missing: str = ""
    """Why it cannot be run here."""
    arguments: Arrays = field(default_factory=tuple)


def draws(n: int | tuple[int, ...], count: int, dtype: Any = np.float64) -> Callable[..., Arrays]:
    return lambda random: [random.standard_normal(n).astype(dtype) for _ in range(count)]


def foo(xp, x, y, z):
    w = x * xp.sin(y)
    return xp.sum(xp.arctan2(z, w) + z * w)


def foo_torch(torch, x, y, z):
    w = x * torch.sin(y)
    return torch.sum(torch.atan2(z, w) + z * w)


def relu(xp, x, a):
    return xp.sum(xp.maximum(x * a, 0))


def relu_torch(torch, x, a):
    return torch.sum(torch.relu(x * a))


def relu_inputs(n: int, dtype: Any) -> Callable[..., Arrays]:
    return lambda random: [random.standard_normal(n).astype(dtype), dtype(1.5)]


def norm_softmax(xp, x, scale, shift, weight):
    centered = x - xp.mean(x, axis=1, keepdims=True)
    deviation = xp.sqrt(xp.mean(centered**2, axis=1, keepdims=True) + 1e-5)
    y = centered / deviation * scale + shift
    e = xp.exp(y - xp.max(y, axis=1, keepdims=True))
    return xp.sum(e / xp.sum(e, axis=1, keepdims=True) * weight)


def norm_softmax_torch(torch, x, scale, shift, weight):
    y = torch.nn.functional.layer_norm(x, x.shape[1:], scale, shift, 1e-5)
    return torch.sum(torch.softmax(y, 1) * weight)


def norm_inputs(rows: int, columns: int) -> Callable[..., Arrays]:
    def inputs(random: np.random.Generator) -> Arrays:
        sizes = (rows, columns), (columns,), (columns,), (rows, columns)
        return [random.standard_normal(s).astype(np.float32) for s in sizes]

    return inputs


def conv_gather(xp, x, kernel):
    n, k = x.shape[0], kernel.shape[0]
    places = np.arange(n - k + 1)[:, None] + np.arange(k)
    return xp.sum((x[places] @ kernel) ** 2)


def conv_gather_torch(torch, x, kernel):
    n, k = x.shape[0], kernel.shape[0]
    places = torch.arange(n - k + 1)[:, None] + torch.arange(k)
    return torch.sum((x[places] @ kernel) ** 2)


def conv_shifts(xp, x, kernel):
    n, k = x.shape[0], kernel.shape[0]
    return xp.sum(sum(x[j : n - k + 1 + j] * kernel[j] for j in range(k)) ** 2)


def conv_shifts_torch(torch, x, kernel):
    n, k = x.shape[0], kernel.shape[0]
    return torch.sum(sum(x[j : n - k + 1 + j] * kernel[j] for j in range(k)) ** 2)


def conv_build(xp, x, kernel):
    n, k = x.shape[0], kernel.shape[0]
    y = lg.build((n - k + 1,), lambda i: sum(x[i + j] * kernel[j] for j in range(k)))
    return xp.sum(y**2)


def conv_inputs(random: np.random.Generator) -> Arrays:
    return [random.standard_normal(n).astype(np.float32) for n in (1_000_000, 9)]


ROWS, WIDTH, INDICES, SEGMENTS = 100_000, 32, 1_000_000, 100_000


def conv2d_shifts(xp, x, kernel):
    """A 3×3 convolution of images (n, c, h, w), without padding."""
    h, w = x.shape[2] - 2, x.shape[3] - 2
    y = sum(
        xp.einsum("nchw,oc->nohw", x[:, :, i : i + h, j : j + w], kernel[:, :, i, j])
        for i in range(3)
        for j in range(3)
    )
    return xp.sum(y**2)


def conv2d_build(xp, x, kernel):
    (n, c, h, w), o = x.shape, kernel.shape[0]

    def pixel(m, k, i, j):
        return sum(
            x[m, d, i + a, j + b] * kernel[k, d, a, b]
            for d in range(c)
            for a in range(3)
            for b in range(3)
        )

    return xp.sum(lg.build((n, o, h - 2, w - 2), pixel) ** 2)


def conv2d_torch(torch, x, kernel):
    return torch.sum(torch.nn.functional.conv2d(x, kernel) ** 2)


def conv2d_inputs(random: np.random.Generator) -> Arrays:
    return [random.standard_normal(s).astype(np.float32) for s in ((16, 3, 64, 64), (8, 3, 3, 3))]


def embedding(xp, table, weight, indices, segments):
    rows = table[indices]
    sums = lg.scatter((SEGMENTS,), rows, lambda i: segments[i])
    return xp.sum(sums**2 * weight)


def embedding_numpy(xp, table, weight, indices, segments):
    sums = np.zeros((SEGMENTS, WIDTH), table.dtype)
    np.add.at(sums, segments, table[indices])
    return xp.sum(sums**2 * weight)


def embedding_jax(xp, table, weight, indices, segments):
    sums = xp.zeros((SEGMENTS, WIDTH), table.dtype).at[segments].add(table[indices])
    return xp.sum(sums**2 * weight)


def embedding_torch(torch, table, weight, indices, segments):
    sums = torch.zeros((SEGMENTS, WIDTH), dtype=table.dtype).index_add(0, segments, table[indices])
    return torch.sum(sums**2 * weight)


def embedding_inputs(random: np.random.Generator) -> Arrays:
    return [
        random.standard_normal((ROWS, WIDTH)).astype(np.float32),
        random.standard_normal((SEGMENTS, WIDTH)).astype(np.float32),
        random.integers(0, ROWS, INDICES),
        np.sort(random.integers(0, SEGMENTS, INDICES)),
    ]


def mlp(xp, w0, b0, w1, b1, w2, b2, images, one_hot):
    x = xp.tanh(images @ w0 + b0)
    x = xp.tanh(x @ w1 + b1)
    scores = x @ w2 + b2
    scores = scores - xp.max(scores, axis=1, keepdims=True)
    log_sum = xp.log(xp.sum(xp.exp(scores), axis=1))
    return xp.mean(log_sum - xp.sum(scores * one_hot, axis=1))


def mlp_torch(torch, w0, b0, w1, b1, w2, b2, images, one_hot):
    x = torch.tanh(torch.addmm(b0, images, w0))
    x = torch.tanh(torch.addmm(b1, x, w1))
    scores = torch.addmm(b2, x, w2)
    return torch.nn.functional.cross_entropy(scores, one_hot)


def mlp_inputs(sizes: Sequence[int], batch: int, dtype: Any) -> Callable[..., Arrays]:
    def inputs(random: np.random.Generator) -> Arrays:
        given = []
        for m, n in itertools.pairwise(sizes):
            given += [random.standard_normal((m, n)) / m**0.5, np.zeros(n)]
        given.append(random.standard_normal((batch, sizes[0])))
        given.append(np.eye(sizes[-1])[random.integers(0, sizes[-1], batch)])
        return [x.astype(dtype) for x in given]

    return inputs


def logistic(xp, w, x, y):
    z = x @ w
    return xp.mean(xp.log1p(xp.exp(-xp.abs(z))) + xp.maximum(z, 0) - z * y)


def logistic_torch(torch, w, x, y):
    return torch.nn.functional.binary_cross_entropy_with_logits(x @ w, y)


def logistic_inputs(random: np.random.Generator) -> Arrays:
    x = random.standard_normal((20_000, 512))
    return [random.standard_normal(512) / 20, x, (x[:, 0] > 0).astype(float), np.ones(512)]


def example(name: str) -> ModuleType:
    """A module of the folder `examples`."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def gmm(xp, alphas, means, icf, x):
    """As in `examples/gmm.py`, without the prior's constants."""
    (_, d), n = means.shape, len(x)
    logs = icf[:, :d]
    columns, rows = np.triu_indices(d, 1)
    place = np.zeros((d, d), int)
    place[rows, columns] = d + np.arange(len(rows))
    lower = xp.where(place > 0, icf[:, place], 0.0)
    factor = lower + np.eye(d) * xp.exp(logs)[:, None, :]
    apart = xp.einsum("kij,nj->nki", factor, x) - xp.einsum("kij,kj->ki", factor, means)
    terms = alphas + xp.sum(logs, axis=1) - 0.5 * xp.sum(apart**2, axis=2)
    top = xp.max(terms, axis=1)
    likelihood = xp.sum(top + xp.log(xp.sum(xp.exp(terms - top[:, None]), axis=1)))
    prior = 0.5 * (xp.sum(xp.exp(logs) ** 2) + xp.sum(icf[:, d:] ** 2)) - xp.sum(logs)
    return likelihood - n * xp.log(xp.sum(xp.exp(alphas))) + prior


def gmm_torch(torch, alphas, means, icf, x):
    (k, d), n = means.shape, len(x)
    logs = icf[:, :d]
    rows, columns = np.tril_indices(d, -1)
    order = np.lexsort((rows, columns))
    lower = torch.zeros((k, d, d), dtype=icf.dtype, device=icf.device)
    lower[:, rows[order], columns[order]] = icf[:, d:]
    factor = lower + torch.diag_embed(torch.exp(logs))
    apart = torch.einsum("kij,nj->nki", factor, x) - torch.einsum("kij,kj->ki", factor, means)
    terms = alphas + torch.sum(logs, 1) - 0.5 * torch.sum(apart**2, 2)
    likelihood = torch.sum(torch.logsumexp(terms, 1))
    prior = 0.5 * (torch.sum(torch.exp(logs) ** 2) + torch.sum(icf[:, d:] ** 2)) - torch.sum(logs)
    return likelihood - n * torch.logsumexp(alphas, 0) + prior


def gmm_inputs(path: Path) -> Callable[..., Arrays]:
    """ADBench's data."""

    def inputs(random: np.random.Generator) -> Arrays:
        (alphas, means, icf), x, _, _ = example("gmm").load(path)
        return [alphas, means, icf, x]

    return inputs


QUICK = ("d10_K25", "ba1")


def adbench() -> list[Case]:
    """A case for each Gaussian mixture and bundle adjustment of ADBench that is there."""

    def numbers(path: Path) -> list[int]:
        return [int(n) for n in re.findall(r"\d+", path.stem)]

    if not DATA.is_dir():
        missing = f"{DATA} is not there"
        return [
            Case(name, lambda random: [], program, 3, torch, missing=missing)
            for name, program, torch in (("GMM", gmm, gmm_torch), ("BA", ba, ba_torch))
        ]
    cases = []
    for path in sorted((DATA / "gmm" / "1k").glob("gmm_d*_K*.txt"), key=numbers):
        d, k = numbers(path)
        quick = path.stem.endswith(QUICK)
        cases.append(Case(f"GMM d{d} K{k}", gmm_inputs(path), gmm, 3, gmm_torch, quick=quick))
    for path in sorted((DATA / "ba").glob("ba*_n*.txt"), key=numbers):
        k, *_, observations = numbers(path)
        name = f"BA{k}, {observations} observations"
        quick = path.stem.startswith(QUICK)
        cases.append(Case(name, ba_inputs(path), ba, 3, ba_torch, quick=quick))
    return cases


def ba(xp, cameras, points, weights, features, seen_by, seen):
    """As in `examples/ba.py`, over all observations at once."""
    camera, point = cameras[seen_by], points[seen]
    r = camera[:, :3]
    angle = xp.sqrt(xp.sum(r * r, axis=1, keepdims=True))
    axis, x = r / angle, point - camera[:, 3:6]
    c, s = xp.cos(angle), xp.sin(angle)
    along = xp.sum(axis * x, axis=1, keepdims=True)
    x = x * c + xp.cross(axis, x) * s + axis * (along * (1 - c))
    u = x[:, :2] / x[:, 2:]
    s = xp.sum(u * u, axis=1, keepdims=True)
    u = u * (1 + camera[:, 9:10] * s + camera[:, 10:] * s * s)
    off = weights[:, None] * (camera[:, 6:7] * u + camera[:, 7:9] - features)
    return 0.5 * (xp.sum(off**2) + xp.sum((1 - weights**2) ** 2))


def ba_torch(torch, cameras, points, weights, features, seen_by, seen):
    camera, point = cameras[seen_by], points[seen]
    r = camera[:, :3]
    angle = torch.sqrt(torch.sum(r * r, 1, keepdim=True))
    axis, x = r / angle, point - camera[:, 3:6]
    c, s = torch.cos(angle), torch.sin(angle)
    along = torch.sum(axis * x, 1, keepdim=True)
    x = x * c + torch.linalg.cross(axis, x) * s + axis * (along * (1 - c))
    u = x[:, :2] / x[:, 2:]
    s = torch.sum(u * u, 1, keepdim=True)
    u = u * (1 + camera[:, 9:10] * s + camera[:, 10:] * s * s)
    off = weights[:, None] * (camera[:, 6:7] * u + camera[:, 7:9] - features)
    return 0.5 * (torch.sum(off**2) + torch.sum((1 - weights**2) ** 2))


def ba_inputs(path: Path) -> Callable[..., Arrays]:
    """ADBench's problem, with values and observations that differ."""

    def inputs(random: np.random.Generator) -> Arrays:
        module = example("ba")
        return list(module.varied(module.load(path), 0))

    return inputs


def lstm(xp, weights, extra, state, sequence):
    """As in `examples/lstm.py`, which is about its derivative, with a loop of Python over time."""

    def sigmoid(x):
        return 1 / (1 + xp.exp(-x))

    layers = range(weights.shape[0])
    hiddens, cells = [state[k, 0] for k in layers], [state[k, 1] for k in layers]
    total = 0.0
    for t in range(len(sequence) - 1):
        z = sequence[t] * extra[0]
        for k in layers:
            w, b = weights[k, 0], weights[k, 1]
            forget = sigmoid(z * w[0] + b[0])
            taken = sigmoid(hiddens[k] * w[1] + b[1])
            out = sigmoid(z * w[2] + b[2])
            change = xp.tanh(hiddens[k] * w[3] + b[3])
            cells[k] = cells[k] * forget + taken * change
            z = hiddens[k] = out * xp.tanh(cells[k])
        y = z * extra[1] + extra[2]
        total = total + xp.sum(sequence[t + 1] * (y - xp.log(xp.sum(xp.exp(y)) + 2)))
    return -total / ((len(sequence) - 1) * sequence.shape[1])


def lstm_inputs(random: np.random.Generator) -> Arrays:
    sizes = (2, 2, 4, 14), (3, 14), (2, 2, 14), (65, 14)
    return [random.standard_normal(s) for s in sizes]


CASES = (
    Case("foo, n = 1", draws(1, 3), foo, 3, foo_torch, by_hand="foo"),
    Case("foo, 10⁶", draws(1_000_000, 3), foo, 3, foo_torch, by_hand="foo"),
    Case("foo, 10⁶ f32", draws(1_000_000, 3, np.float32), foo, 3, foo_torch, by_hand="foo"),
    Case("foo, 10⁷", draws(10_000_000, 3), foo, 3, foo_torch, by_hand="foo", quick=False),
    Case(
        "relu × scalar, 10⁶",
        relu_inputs(1_000_000, np.float64), relu, 2, relu_torch, by_hand="relu",
    ),
    Case(
        "foo, 10⁷ f32",
        draws(10_000_000, 3, np.float32), foo, 3, foo_torch, by_hand="foo", quick=False,
    ),
    Case(
        "relu × scalar, 10⁶ f32",
        relu_inputs(1_000_000, np.float32), relu, 2, relu_torch, by_hand="relu",
    ),
    Case(
        "relu × scalar, 10⁷",
        relu_inputs(10_000_000, np.float64), relu, 2, relu_torch, by_hand="relu", quick=False,
    ),
    Case(
        "relu × scalar, 10⁷ f32",
        relu_inputs(10_000_000, np.float32), relu, 2, relu_torch, by_hand="relu", quick=False,
    ),
    Case("1,000 calls of foo, n = 10", draws(10, 3), foo, 3, foo_torch, calls=1000),
    Case(
        "layer norm + softmax 1024×1024 f32",
        norm_inputs(1024, 1024), norm_softmax, 3, norm_softmax_torch,
    ),
    Case(
        "layer norm + softmax 4096×1024 f32",
        norm_inputs(4096, 1024), norm_softmax, 3, norm_softmax_torch, quick=False,
    ),
    Case("conv1d 10⁶, k = 9, f32, by gather", conv_inputs, conv_gather, 2, conv_gather_torch),
    Case("conv1d 10⁶, k = 9, f32, by shifts", conv_inputs, conv_shifts, 2, conv_shifts_torch),
    Case(
        "conv1d 10⁶, k = 9, f32, by build",
        conv_inputs, conv_build, 2, conv_shifts_torch, conv_shifts, plain=False,
    ),
    Case("conv2d 3×3 (16,3,64,64)→8 f32, by shifts", conv2d_inputs, conv2d_shifts, 2, conv2d_torch),
    Case(
        "conv2d 3×3 (16,3,64,64)→8 f32, by build",
        conv2d_inputs, conv2d_build, 2, conv2d_torch, conv2d_shifts, plain=False,
    ),
    Case(
        "embedding + segment sum 10⁶ → 10⁵×32 f32",
        embedding_inputs, embedding, 1, embedding_torch, embedding_jax, plain=False, quick=False,
    ),
    Case(
        "MLP 784-300-100-10, batch 128 f32",
        mlp_inputs((784, 300, 100, 10), 128, np.float32), mlp, 6, mlp_torch,
    ),
    Case(
        "digits 64-64-10, batch 50",
        mlp_inputs((64, 64, 64, 10), 50, np.float64), mlp, 6, mlp_torch,
    ),
    Case(
        "logistic regression 20000×512: HVP",
        logistic_inputs, logistic, 1, logistic_torch, hvp=True, quick=False,
    ),
    *adbench(),
    Case("LSTM l2 c64", lstm_inputs, lstm, 2, lstm, quick=False),
)  # fmt: skip
