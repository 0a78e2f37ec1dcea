"""Programs of machine learning in float32, for `programs.py`, as a user writes them in training."""

from __future__ import annotations

from typing import Any

import numpy as np
from peers import F32, Peer, Random, System, double, single


def norm(x: System, z: Any) -> Any:
    z = z - x.np.mean(z, axis=-1, keepdims=True)
    return z / x.np.sqrt(x.np.mean(z * z, axis=-1, keepdims=True) + 1e-5)


def entropy(x: System, z: Any, labels: Any) -> Any:
    """The mean cross entropy of rows of scores, with integer labels."""
    return x.np.mean(x.logsumexp(z, -1) - x.chosen(z, labels))


# Transformers.


def attention_arrays(r: Random) -> Any:
    later = np.triu(np.ones((256, 256), bool), 1)
    return [*single(r, *[(4, 8, 256, 32)] * 3), later]


def attention(x: System, q: Any, k: Any, v: Any, later: Any) -> Any:
    s = x.np.einsum("bhid,bhjd->bhij", q, k) / 32**0.5
    s = x.np.where(later, -np.inf, s)
    y = x.np.einsum("bhij,bhjd->bhid", x.softmax(s), v)
    return x.np.sum(y * y)


def language_arrays(r: Random) -> Any:
    words = r.integers(0, 512, (8, 65))
    weights = single(
        r, (512, 64), (64, 64), (2, 64, 192), (2, 64, 64), (2, 64, 256), (2, 256, 64), scale=0.1
    )
    return [*weights, words, np.triu(np.ones((64, 64), bool), 1)]


def language(
    x: System, table: Any, at: Any, qkv: Any, out: Any, up: Any, down: Any, words: Any, later: Any
) -> Any:
    z = table[words[:, :-1]] + at
    for k in range(2):
        h = (norm(x, z) @ qkv[k]).reshape(8, 64, 3, 4, 16)
        s = x.np.einsum("bihd,bjhd->bhij", h[:, :, 0], h[:, :, 1]) / 4.0
        s = x.np.where(later, -1e9, s)
        z = z + x.np.einsum("bhij,bjhd->bihd", x.softmax(s), h[:, :, 2]).reshape(8, 64, 64) @ out[k]
        h = norm(x, z) @ up[k]
        z = z + (0.5 * h * (1 + x.erf(h / 2**0.5))) @ down[k]
    return entropy(x, norm(x, z) @ table.T, words[:, 1:])


# Classes.


def smooth_labels_arrays(r: Random) -> Any:
    labels = r.integers(0, 2000, 512)
    return [*single(r, (512, 2000)), labels, (r.random(512) < 0.9).astype(F32)]


def smooth_labels(x: System, z: Any, labels: Any, known: Any) -> Any:
    z = z - x.logsumexp(z, -1)[:, None]
    loss = 0.9 * x.chosen(z, labels) + 0.1 * x.np.mean(z, axis=-1)
    return -x.np.sum(known * loss) / x.np.sum(known)


def digits_arrays(r: Random) -> Any:
    shapes = (8, 1, 5, 5), (16, 8, 5, 5), (784, 64), (64, 10)
    return [*single(r, *shapes, scale=0.1), *single(r, (32, 1, 28, 28)), r.integers(0, 10, 32)]


def digits(x: System, w: Any, v: Any, a: Any, b: Any, images: Any, labels: Any) -> Any:
    z = x.pool(x.relu(x.conv(images, w)))
    z = x.pool(x.relu(x.conv(z, v)))
    return entropy(x, x.relu(z.reshape(32, 784) @ a) @ b, labels)


def residual_arrays(r: Random) -> Any:
    w = single(r, (32, 32, 3, 3), (32, 32, 3, 3), (32, 1, 1), (32, 1, 1), scale=0.1)
    return [*w, *single(r, (8, 32, 16, 16))]


def residual(x: System, w: Any, v: Any, scale: Any, shift: Any, z: Any) -> Any:
    def batch_norm(z: Any) -> Any:
        z = z - x.np.mean(z, axis=(0, 2, 3), keepdims=True)
        return z / x.np.sqrt(x.var(z, (0, 2, 3)) + 1e-5) * scale + shift

    y = x.relu(batch_norm(x.conv(z, w)))
    y = x.relu(z + batch_norm(x.conv(y, v)))
    return x.np.mean(y * y)


def dense_norm_arrays(r: Random) -> Any:
    return single(r, (256, 256), (256, 1024), (1024, 256), (1024,), (256,), scale=0.1)


def dense_norm(x: System, z: Any, w: Any, v: Any, b: Any, c: Any) -> Any:
    h = norm(x, z) @ w + b
    y = z + (0.5 * h * (1 + x.erf(h / 2**0.5))) @ v + c
    return x.np.mean(y**2)


# Tables.


def recommender_arrays(r: Random) -> Any:
    users, items = r.integers(0, 2000, 100_000), r.integers(0, 5000, 100_000)
    ratings = r.integers(1, 6, 100_000).astype(F32)
    return [*single(r, (2000, 16), (5000, 16), (2000,), (5000,), scale=0.1), users, items, ratings]


def recommender(
    x: System, p: Any, q: Any, b: Any, c: Any, users: Any, items: Any, ratings: Any
) -> Any:
    u, v = p[users], q[items]
    error = ratings - 3.5 - b[users] - c[items] - x.np.sum(u * v, axis=1)
    return x.np.mean(error**2) + 0.01 * x.np.mean(u * u + v * v)


def word_vectors_arrays(r: Random) -> Any:
    n = 4096
    return [
        *single(r, (10_000, 64), (10_000, 64), scale=0.1),
        r.integers(0, 10_000, n), r.integers(0, 10_000, n), r.integers(0, 10_000, (n, 10)),
    ]  # fmt: skip


def word_vectors(x: System, a: Any, b: Any, middle: Any, near: Any, far: Any) -> Any:
    def loss(z: Any) -> Any:
        return x.np.log1p(x.np.exp(-z))

    m = a[middle]
    yes = x.np.sum(m * b[near], axis=1)
    no = x.np.einsum("nd,nkd->nk", m, b[far])
    return x.np.mean(loss(yes)) + x.np.mean(x.np.sum(loss(-no), axis=1))


def graph_net_arrays(r: Random) -> Any:
    n = 3000
    begin, end = r.integers(0, n, 20_000), r.integers(0, n, 20_000)
    degree = np.maximum(np.bincount(end, minlength=n), 1).astype(F32)
    w = single(r, (32, 64), (64, 7), scale=0.2)
    return [*w, *single(r, (n, 32)), begin, end, degree, r.integers(0, 7, n)]


def graph_net(
    x: System, w: Any, v: Any, h: Any, begin: Any, end: Any, degree: Any, labels: Any
) -> Any:
    h = x.relu(x.add(3000, end, (h @ w)[begin]) / degree[:, None])
    h = x.add(3000, end, (h @ v)[begin]) / degree[:, None]
    return entropy(x, h, labels)


def means_arrays(r: Random) -> Any:
    return single(r, (32, 16), (10_000, 16))


def means(x: System, middles: Any, points: Any) -> Any:
    """One turn of k-means, then the distance to the new middles."""
    d = x.np.sum(middles**2, axis=1) - 2 * points @ middles.T
    nearest = x.np.argmin(d, axis=1)
    count = x.add(32, nearest, 1.0 + 0.0 * points[:, 0])
    new = 0.5 * middles + 0.5 * x.add(32, nearest, points) / (count[:, None] + 1e-3)
    return x.np.mean(x.np.sum((points - new[nearest]) ** 2, axis=1))


def soft_means(x: System, middles: Any, points: Any) -> Any:
    d = x.np.sum(middles**2, axis=1) - 2 * points @ middles.T
    p = x.softmax(-d)
    new = (p.T @ points) / x.np.sum(p, axis=0)[:, None]
    return x.np.sum((new - middles) ** 2)


# Derivatives in the program.


def private_arrays(r: Random) -> Any:
    labels = r.integers(0, 10, 128)
    return [*single(r, (64, 32), (32, 10), scale=0.2), *single(r, (128, 64)), labels]


def private(x: System, w: Any, v: Any, points: Any, labels: Any) -> Any:
    """The gradients of 128 examples, each made at most of length 1."""

    def loss(parts: Any, point: Any, label: Any) -> Any:
        z = x.np.tanh(point @ parts[0]) @ parts[1]
        return x.logsumexp(z, -1) - x.chosen(z, label)

    a, b = x.vmap(x.grad(loss), (None, 0, 0))((w, v), points, labels)
    size = x.np.sum(a * a, axis=(1, 2)) + x.np.sum(b * b, axis=(1, 2))
    scale = 1 / x.np.sqrt(1.0 + size)
    a, b = x.np.einsum("n,nij->ij", scale, a), x.np.einsum("n,nij->ij", scale, b)
    return x.np.sum(a * a) + x.np.sum(b * b)


def inner_step_arrays(r: Random) -> Any:
    t = r.uniform(-3, 3, (2, 16, 20, 1)).astype(F32)
    parts = *single(r, (1, 40), (40, 40), (40, 1), scale=0.3), *single(r, (40,), (40,), (1,))
    return [*parts, t[0], np.sin(t[0]), t[1], np.sin(t[1])]


def inner_step(
    x: System, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, t: Any, y: Any, u: Any, z: Any
) -> Any:
    """A step for each of 16 tasks, then the loss of what it leads to."""

    def loss(parts: Any, t: Any, y: Any) -> Any:
        a, b, c, d, e, f = parts
        h = x.np.tanh(x.np.tanh(t @ a + d) @ b + e)
        return x.np.mean((h @ c + f - y) ** 2)

    def task(t: Any, y: Any, u: Any, z: Any) -> Any:
        parts = (a, b, c, d, e, f)
        slopes = x.grad(loss)(parts, t, y)
        return loss(tuple(p - 0.05 * s for p, s in zip(parts, slopes)), u, z)

    return x.np.mean(x.vmap(task)(t, y, u, z))


def newton_arrays(r: Random) -> Any:
    points = r.standard_normal((1000, 20))
    return [*double(r, (20,), (20,), scale=0.1), points, (r.random(1000) < 0.5) * 1.0]


def newton(x: System, w: Any, strength: Any, points: Any, labels: Any) -> Any:
    """Two steps of Newton's method for the regression of yes and no."""

    def loss(w: Any) -> Any:
        z = points @ w
        return x.np.mean(x.np.log1p(x.np.exp(z)) - labels * z) + x.np.sum(strength**2 * w**2)

    for _ in range(2):
        w = w - x.np.linalg.solve(x.hessian(loss)(w), x.grad(loss)(w))
    return x.np.sum(w * w)


def informed_arrays(r: Random) -> Any:
    parts = single(r, (1, 32), (32,), (32, 32), (32,), (32, 1), scale=0.5)
    return [*parts, np.linspace(0, 1, 256, dtype=F32)]


def informed(x: System, a: Any, b: Any, c: Any, d: Any, e: Any, places: Any) -> Any:
    """A net that is to fulfil u'' = -sin(pi t)."""

    def net(t: Any) -> Any:
        return (x.np.tanh(x.np.tanh(t * a[0] + b) @ c + d) @ e)[0]

    second = x.vmap(x.grad(x.grad(net)))(places)
    return x.np.mean((second + x.np.sin(np.pi * places)) ** 2)


def penalty_arrays(r: Random) -> Any:
    return [*single(r, (64, 128), (128, 128), (128, 1), scale=0.2), *single(r, (256, 64))]


def penalty(x: System, a: Any, b: Any, c: Any, points: Any) -> Any:
    """A critic whose slope in its points is to have length 1."""

    def critic(p: Any) -> Any:
        return x.np.sum(x.relu(x.np.tanh(p @ a) @ b) @ c)

    slope = x.grad(critic)(points)
    size = x.np.sqrt(x.np.sum(slope**2, axis=1) + 1e-6)
    return critic(points) / 256 + 10 * x.np.mean((size - 1) ** 2)


# Nets of other kinds.


def encoder_arrays(r: Random) -> Any:
    shapes = (784, 128), (128, 32), (16, 128), (128, 784)
    images = (r.random((128, 784)) < 0.3).astype(F32)
    return [*single(r, *shapes, scale=0.05), images, *single(r, (128, 16))]


def encoder(x: System, a: Any, b: Any, c: Any, d: Any, images: Any, noise: Any) -> Any:
    h = x.np.tanh(images @ a) @ b
    mean, size = h[:, :16], h[:, 16:]
    z = x.np.tanh((mean + x.np.exp(0.5 * size) * noise) @ c) @ d
    seen = x.np.sum(x.np.log1p(x.np.exp(z)) - images * z)
    return (seen + 0.5 * x.np.sum(x.np.exp(size) + mean**2 - 1.0 - size)) / 128


def memory_arrays(r: Random) -> Any:
    return [*single(r, (32, 256), (64, 256), (256,), scale=0.2), *single(r, (50, 16, 32))]


def memory(x: System, w: Any, u: Any, b: Any, rows: Any) -> Any:
    def gate(z: Any) -> Any:
        return 1 / (1 + x.np.exp(-z))

    def step(carry: Any, row: Any) -> Any:
        h, c = carry
        z = row @ w + h @ u + b
        c = gate(z[:, 64:128]) * c + gate(z[:, :64]) * x.np.tanh(z[:, 128:192])
        h = gate(z[:, 192:]) * x.np.tanh(c)
        return (h, c), None

    start = rows[0] @ w[:, :64] * 0.0
    (h, _), _ = x.scan(step, (start, start), rows)
    return x.np.sum(h * h)


def flow_arrays(r: Random) -> Any:
    return [*single(r, (4, 4, 64), (4, 64, 8), scale=0.2), *single(r, (2048, 8))]


def flow(x: System, a: Any, b: Any, z: Any) -> Any:
    """Four layers, each of which scales and moves one half by a net of the other half."""
    total = 0.0 * z[:, 0]
    for k in range(4):
        kept, moved = z[:, :4], z[:, 4:]
        h = x.np.tanh(kept @ a[k]) @ b[k]
        s = x.np.tanh(h[:, :4])
        z = x.np.concatenate([moved * x.np.exp(s) + h[:, 4:], kept], axis=1)
        total = total + x.np.sum(s, axis=1)
    return x.np.mean(0.5 * x.np.sum(z * z, axis=1) - total)


def experts_arrays(r: Random) -> Any:
    return [*single(r, (64, 8), (8, 64, 64), (8, 64, 64), scale=0.2), *single(r, (256, 64))]


def experts(x: System, gates: Any, up: Any, down: Any, z: Any) -> Any:
    p = x.softmax(z @ gates)
    h = x.relu(x.np.einsum("nd,edh->enh", z, up))
    y = x.np.einsum("enh,ehd,ne->nd", h, down, p)
    return x.np.mean((y - z) ** 2)


def tags_arrays(r: Random) -> Any:
    tags = r.integers(0, 12, (40, 16))
    return [*single(r, (40, 16, 12), (12, 12)), tags]


def tags(x: System, scores: Any, moves: Any, tags: Any) -> Any:
    """The likelihood of 16 rows of tags in a chain."""
    path = x.np.sum(x.chosen(scores, tags)) + x.np.sum(moves[tags[:-1], tags[1:]])

    def step(alpha: Any, row: Any) -> Any:
        return x.logsumexp(alpha[:, :, None] + moves, 1) + row, None

    alpha, _ = x.scan(step, scores[0], scores[1:])
    return x.np.sum(x.logsumexp(alpha, -1)) - path


LEARNING = [
    Peer("causal attention: 4 x 8 x 256 x 32, f32", attention_arrays, attention, 3),
    Peer("language model: 8 x 64 of 512 words, f32", language_arrays, language, 6),
    Peer("smooth labels: 512 x 2,000, f32", smooth_labels_arrays, smooth_labels, 1),
    Peer("convnet for digits: 32 images, f32", digits_arrays, digits, 4),
    Peer("residual block: 8 x 32 x 16 x 16, f32", residual_arrays, residual, 4),
    Peer("layer norm, GELU: 256 x 1,024, f32", dense_norm_arrays, dense_norm, 5),
    Peer("recommender: 100,000 ratings, f32", recommender_arrays, recommender, 4),
    Peer("word vectors: 4,096 x 10 negatives, f32", word_vectors_arrays, word_vectors, 2),
    Peer("graph net: 20,000 edges, f32", graph_net_arrays, graph_net, 2),
    Peer("k-means: 10,000 points, f32", means_arrays, means, 1),
    Peer("soft k-means: 10,000 points, f32", means_arrays, soft_means, 1),
    Peer("gradients of 128 examples, f32", private_arrays, private, 2, derivatives=True),
    Peer("inner step of 16 tasks, f32", inner_step_arrays, inner_step, 6, derivatives=True),
    Peer("Newton's steps: 1,000 x 20", newton_arrays, newton, 2, derivatives=True),
    Peer("informed net: 256 places, f32", informed_arrays, informed, 5, derivatives=True),
    Peer("gradient penalty: 256 x 64, f32", penalty_arrays, penalty, 3, derivatives=True),
    Peer("encoder, decoder: 128 x 784, f32", encoder_arrays, encoder, 4),
    Peer("LSTM: 50 steps of 16 x 64, f32", memory_arrays, memory, 3),
    Peer("flow: 2,048 x 8, f32", flow_arrays, flow, 2),
    Peer("experts: 8 of 64, f32", experts_arrays, experts, 3),
    Peer("tags in a chain: 40 x 16 x 12, f32", tags_arrays, tags, 2),
]
