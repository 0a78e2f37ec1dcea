"""More programs of machine learning in float32, for `programs.py`: nets of the last years."""

from __future__ import annotations

from typing import Any

import numpy as np
from learning_programs import entropy, norm
from peers import F32, Peer, Random, System, single


def gelu(x: System, z: Any) -> Any:
    return 0.5 * z * (1 + x.np.tanh(0.7978845608 * (z + 0.044715 * z * z * z)))


def sigmoid(x: System, z: Any) -> Any:
    return 1 / (1 + x.np.exp(-z))


def silu(x: System, z: Any) -> Any:
    return z * sigmoid(x, z)


# Attention.


def turned_arrays(r: Random) -> Any:
    angle = np.arange(128)[:, None] * 10_000.0 ** (-np.arange(16) / 16)
    at = [np.cos(angle).astype(F32), np.sin(angle).astype(F32)]
    w = single(r, (256, 256), (256, 64), (256, 64), (256, 256), scale=0.05)
    return [*w, *single(r, (4, 128, 256)), *at, np.tril(np.ones((128, 128), bool))]


def turned(x: System, q: Any, k: Any, v: Any, o: Any, z: Any, cos: Any, sin: Any, seen: Any) -> Any:
    """Attention with turned queries and keys; four heads share a key."""

    def turn(z: Any) -> Any:
        a, b = z[..., :16], z[..., 16:]
        c, s = cos[:, None], sin[:, None]
        return x.np.concatenate([a * c - b * s, a * s + b * c], axis=-1)

    keys, values = turn((z @ k).reshape(4, 128, 2, 32)), (z @ v).reshape(4, 128, 2, 32)
    queries = turn((z @ q).reshape(4, 128, 8, 32)).reshape(4, 128, 2, 4, 32)
    s = x.np.einsum("bigrd,bjgd->bgrij", queries, keys) / 32**0.5
    p = x.softmax(x.np.where(seen, s, -1e30))
    y = x.np.einsum("bgrij,bjgd->bigrd", p, values).reshape(4, 128, 256) @ o
    return x.np.mean((z + y) ** 2)


def cached_arrays(r: Random) -> Any:
    cache = single(r, (8, 512, 4, 32), (8, 512, 4, 32))
    return [*single(r, (128, 384), (128, 128), scale=0.1), *single(r, (8, 128)), *cache]


def cached(x: System, qkv: Any, out: Any, z: Any, keys: Any, values: Any) -> Any:
    """One word more, behind 512 words whose keys and values are kept."""
    q, k, v = (norm(x, z) @ qkv).reshape(8, 3, 4, 32).swapaxes(0, 1)
    keys = x.np.concatenate([keys, k[:, None]], axis=1)
    values = x.np.concatenate([values, v[:, None]], axis=1)
    p = x.softmax(x.np.einsum("bhd,bthd->bht", q, keys) / 32**0.5)
    y = x.np.einsum("bht,bthd->bhd", p, values).reshape(8, 128)
    return x.np.sum((z + y @ out) ** 2)


def linear_attention_arrays(r: Random) -> Any:
    return [*single(r, *[(8, 256, 16)] * 3), np.tril(np.ones((256, 256), F32))]


def linear_attention(x: System, q: Any, k: Any, v: Any, seen: Any) -> Any:
    """Attention without exponentials, in chunks of 32 words that hand a matrix on."""
    q, k = x.relu(q) + 0.1, x.relu(k) + 0.1
    seen = seen[:32, :32]
    state, total = 0.0 * (k[:, :1].swapaxes(1, 2) @ v[:, :1]), 0.0 * k[:, 0]
    found = []
    for t in range(0, 256, 32):
        a, b, c = q[:, t : t + 32], k[:, t : t + 32], v[:, t : t + 32]
        s = (a @ b.swapaxes(1, 2)) * seen
        down = x.np.sum(s, axis=2) + x.np.einsum("bid,bd->bi", a, total)
        found.append((s @ c + a @ state) / down[..., None])
        state = state + b.swapaxes(1, 2) @ c
        total = total + x.np.sum(b, axis=1)
    return x.np.mean(x.np.concatenate(found, axis=1) ** 2)


def patches_arrays(r: Random) -> Any:
    w = single(r, (48, 96), (64, 96), (96, 288), (96, 96), (96, 384), (384, 96), scale=0.1)
    return [*w, *single(r, (96, 10), scale=0.1), *single(r, (16, 32, 32, 3)), r.integers(0, 10, 16)]


def patches(
    x: System,
    e: Any,
    at: Any,
    qkv: Any,
    o: Any,
    up: Any,
    down: Any,
    w: Any,
    images: Any,
    labels: Any,
) -> Any:
    """A transformer of the 64 squares of an image."""
    z = images.reshape(16, 8, 4, 8, 4, 3).swapaxes(2, 3).reshape(16, 64, 48) @ e + at
    h = (norm(x, z) @ qkv).reshape(16, 64, 3, 4, 24)
    s = x.np.einsum("bihd,bjhd->bhij", h[:, :, 0], h[:, :, 1]) / 24**0.5
    y = x.np.einsum("bhij,bjhd->bihd", x.softmax(s), h[:, :, 2])
    z = z + y.reshape(16, 64, 96) @ o
    z = z + gelu(x, norm(x, z) @ up) @ down
    return entropy(x, x.np.mean(norm(x, z), axis=1) @ w, labels)


# States over time.


def selective_arrays(r: Random) -> Any:
    a = -np.exp(r.uniform(-1, 2, (32, 8))).astype(F32)
    return [a, *single(r, (32, 32), (32, 8), (32, 8), scale=0.2), *single(r, (100, 4, 32))]


def selective(x: System, a: Any, d: Any, b: Any, c: Any, rows: Any) -> Any:
    """States that the input itself moves: 100 steps of 4 x 32 x 8."""
    step = x.np.log1p(x.np.exp(rows @ d))
    inward, outward = rows @ b, rows @ c

    def move(h: Any, row: Any) -> Any:
        z, t, i, o = row
        h = x.np.exp(t[..., None] * a) * h + (t * z)[..., None] * i[:, None, :]
        return h, x.np.sum(h * o[:, None, :], axis=-1)

    _, y = x.scan(move, 0.0 * rows[0][..., None] * a, (rows, step, inward, outward))
    return x.np.mean((y * silu(x, rows)) ** 2)


def filtered_arrays(r: Random) -> Any:
    rate = np.log(r.uniform(0.01, 0.5, (32, 16))).astype(F32)
    return [rate, *single(r, (32, 16), (32, 32), scale=0.2), *single(r, (8, 32, 512))]


def filtered(x: System, rate: Any, size: Any, mix: Any, z: Any) -> Any:
    """Long filters of decaying states, by Fourier transforms of 1,024 numbers."""
    places = x.np.arange(512, dtype=rate.dtype)
    decay = x.np.exp(-x.np.exp(rate)[:, :, None] * places)
    kernel = x.np.sum(size[:, :, None] * decay, axis=1)
    y = x.np.fft.irfft(x.np.fft.rfft(z, 1024) * x.np.fft.rfft(kernel, 1024), 1024)[..., :512]
    y = x.np.einsum("bct,cd->bdt", gelu(x, y), mix)
    return x.np.mean((z + y) ** 2)


def gated_arrays(r: Random) -> Any:
    return [*single(r, (16, 96), (32, 96), (96,), scale=0.3), *single(r, (60, 32, 16))]


def gated(x: System, w: Any, u: Any, b: Any, rows: Any) -> Any:
    """A gated recurrent net, whose results of all steps count."""

    def step(h: Any, row: Any) -> Any:
        a, c = row @ w + b, h @ u
        z, reset = sigmoid(x, a[:, :32] + c[:, :32]), sigmoid(x, a[:, 32:64] + c[:, 32:64])
        new = x.np.tanh(a[:, 64:] + reset * c[:, 64:])
        h = (1 - z) * h + z * new
        return h, h

    _, y = x.scan(step, (rows[0] @ w)[:, :32] * 0.0, rows)
    return x.np.mean(y * y)


def connected_arrays(r: Random) -> Any:
    labels = r.integers(1, 20, (16, 10))
    states = np.zeros((16, 21), int)
    states[:, 1::2] = labels
    skip = np.zeros((16, 21), bool)
    skip[:, 3::2] = labels[:, 1:] != labels[:, :-1]
    start = np.where(np.arange(21) < 2, 0.0, -1e30).astype(F32)
    return [*single(r, (50, 16, 20)), states, np.where(skip, 0.0, -1e30).astype(F32), start]


def connected(x: System, scores: Any, states: Any, skip: Any, start: Any) -> Any:
    """The likelihood of texts of 10 letters in 50 steps, over all ways to place them (CTC)."""
    scores = scores - x.logsumexp(scores, -1)[..., None]
    low = 0.0 * skip[:, :2] - 1e30

    def step(alpha: Any, row: Any) -> Any:
        one = x.np.concatenate([low[:, :1], alpha[:, :-1]], axis=1)
        two = x.np.concatenate([low, alpha[:, :-2]], axis=1) + skip
        alpha = x.np.logaddexp(x.np.logaddexp(alpha, one), two)
        return alpha + x.each(row, states), None

    alpha, _ = x.scan(step, 0.0 * skip + start, scores)
    return -x.np.mean(x.np.logaddexp(alpha[:, -1], alpha[:, -2]))


# Losses.


def contrast_arrays(r: Random) -> Any:
    return [*single(r, (64, 64), (64, 64), scale=0.2), *single(r, (256, 64), (256, 64))]


def contrast(x: System, w: Any, v: Any, a: Any, b: Any) -> Any:
    """Pictures and texts: each is to be nearest to its own."""

    def unit(z: Any) -> Any:
        return z / x.np.sqrt(x.np.sum(z * z, axis=1, keepdims=True) + 1e-6)

    s = unit(a @ w) @ unit(b @ v).T / 0.07
    own = x.np.sum(x.np.diagonal(s))
    both = x.np.sum(x.logsumexp(s, 1)) + x.np.sum(x.logsumexp(s, 0))
    return both / 512 - own / 256


def triplets_arrays(r: Random) -> Any:
    labels = r.integers(0, 16, 256)
    return [*single(r, (64, 32), scale=0.2), *single(r, (256, 64)), labels[:, None] == labels]


def triplets(x: System, w: Any, z: Any, same: Any) -> Any:
    """The farthest of its own kind is to be nearer than the nearest of another kind."""
    z = z @ w
    s = x.np.sum(z * z, axis=1)
    d = x.np.sqrt(x.relu(s[:, None] + s - 2 * z @ z.T) + 1e-6)
    far = x.np.amax(x.np.where(same, d, 0.0), axis=1)
    near = x.np.amin(x.np.where(same, 1e9, d), axis=1)
    return x.np.mean(x.relu(far - near + 1.0))


def clipped_arrays(r: Random) -> Any:
    n = 2048
    w = single(r, (24, 64), (64, 64), (64, 6), (64, 1), scale=0.2)
    old = np.log(r.uniform(0.1, 0.3, n)).astype(F32)
    return [*w, *single(r, (n, 24)), r.integers(0, 6, n), old, *single(r, (n,), (n,))]


def clipped(
    x: System, a: Any, b: Any, c: Any, d: Any, z: Any, acts: Any, old: Any, gain: Any, back: Any
) -> Any:
    """Policy and value of an actor, with steps that stay near the old policy."""
    h = x.np.tanh(x.np.tanh(z @ a) @ b)
    s = h @ c
    s = s - x.logsumexp(s, -1)[:, None]
    ratio = x.np.exp(x.chosen(s, acts) - old)
    held = x.np.clip(ratio, 0.8, 1.2)
    policy = x.np.mean(x.np.minimum(ratio * gain, held * gain))
    value = x.np.mean((x.np.sum(h @ d, axis=1) - back) ** 2)
    return 0.5 * value - policy + 0.01 * x.np.mean(x.np.sum(x.np.exp(s) * s, axis=1))


def quantized_arrays(r: Random) -> Any:
    return [*single(r, (64, 16), (128, 16), (16, 64), scale=0.3), *single(r, (1024, 64))]


def quantized(x: System, w: Any, codes: Any, v: Any, z: Any) -> Any:
    """Codes of a book in the middle of an encoder and a decoder."""
    e = z @ w
    d = x.np.sum(codes**2, axis=1) - 2 * e @ codes.T
    q = codes[x.np.argmin(d, axis=1)]
    return x.np.mean((q @ v - z) ** 2) + x.np.mean((e - q) ** 2)


# Layers.


def group_norm_arrays(r: Random) -> Any:
    w = single(r, (32, 32, 3, 3), (32, 32, 3, 3), (32,), (32,), (64, 32), scale=0.1)
    return [*w, *single(r, (4, 64), (4, 32, 16, 16))]


def group_norm(
    x: System, w: Any, v: Any, scale: Any, shift: Any, at: Any, time: Any, z: Any
) -> Any:
    """A block of a diffusion net: group norm, SiLU and convolution, twice, moved by the time."""

    def normed(z: Any) -> Any:
        g = z.reshape(4, 8, 4, 16, 16)
        g = g - x.np.mean(g, axis=(2, 3, 4), keepdims=True)
        g = g / x.np.sqrt(x.np.mean(g * g, axis=(2, 3, 4), keepdims=True) + 1e-5)
        return g.reshape(4, 32, 16, 16) * scale[:, None, None] + shift[:, None, None]

    h = x.conv(silu(x, normed(z)), w) + (silu(x, time) @ at)[:, :, None, None]
    return x.np.mean((z + x.conv(silu(x, normed(h)), v)) ** 2)


def chosen_experts_arrays(r: Random) -> Any:
    return [*single(r, (64, 8), (8, 64, 128), (8, 128, 64), scale=0.2), *single(r, (256, 64))]


def chosen_experts(x: System, gates: Any, up: Any, down: Any, z: Any) -> Any:
    """Two of eight experts for each word."""
    s = z @ gates
    best = x.np.argsort(-s, axis=-1)[:, :2]
    p = x.softmax(x.np.stack([x.chosen(s, best[:, 0]), x.chosen(s, best[:, 1])], axis=1))
    y = 0.0 * z
    for k in range(8):
        share = x.np.sum(x.np.where(best == k, p, 0.0), axis=1)
        y = y + share[:, None] * (gelu(x, z @ up[k]) @ down[k])
    return x.np.mean((y - z) ** 2)


def crossed_arrays(r: Random) -> Any:
    fields = r.integers(0, 1000, (2048, 10)) + 1000 * np.arange(10)
    w = single(r, (10_000, 8), (10_000,), (80, 32), (32, 1), scale=0.1)
    return [*w, fields, (r.random(2048) < 0.3).astype(F32)]


def crossed(x: System, table: Any, bias: Any, a: Any, b: Any, fields: Any, clicks: Any) -> Any:
    """Clicks from ten fields: factors of all pairs of fields, and a net of them."""
    e = table[fields]
    s = x.np.sum(e, axis=1)
    pairs = 0.5 * x.np.sum(s * s - x.np.sum(e * e, axis=1), axis=1)
    deep = (x.relu(e.reshape(2048, 80) @ a) @ b)[:, 0]
    z = x.np.sum(bias[fields], axis=1) + pairs + deep
    return x.np.mean(x.np.log1p(x.np.exp(-x.np.abs(z))) + x.relu(z) - clicks * z)


def heads_of_graph_arrays(r: Random) -> Any:
    begin, end = r.integers(0, 2000, 16_000), r.integers(0, 2000, 16_000)
    w = single(r, (32, 64), (4, 16), (4, 16), (64, 7), scale=0.2)
    return [*w, *single(r, (2000, 32)), begin, end, r.integers(0, 7, 2000)]


def heads_of_graph(
    x: System, w: Any, a: Any, b: Any, v: Any, h: Any, begin: Any, end: Any, labels: Any
) -> Any:
    """Attention over the edges of a graph, with four heads."""
    h = (h @ w).reshape(2000, 4, 16)
    s = x.np.sum(h * a, axis=-1)[begin] + x.np.sum(h * b, axis=-1)[end]
    e = x.np.exp(x.np.where(s > 0, s, 0.2 * s))
    total = x.add(2000, end, e)
    y = x.add(2000, end, e[:, :, None] * h[begin]) / (total[:, :, None] + 1e-6)
    return entropy(x, x.np.tanh(y).reshape(2000, 64) @ v, labels)


def points_of_graph_arrays(r: Random) -> Any:
    begin, end = r.integers(0, 500, 5000), r.integers(0, 500, 5000)
    w = single(r, (33, 32), (32, 32), (32, 1), (48, 16), scale=0.2)
    return [*w, *single(r, (500, 3), (500, 16)), begin, end]


def points_of_graph(
    x: System, a: Any, b: Any, c: Any, d: Any, at: Any, h: Any, begin: Any, end: Any
) -> Any:
    """Messages along the edges of points in space, which move the points (EGNN)."""
    for _ in range(2):
        way = at[begin] - at[end]
        far = x.np.sum(way * way, axis=1, keepdims=True)
        m = silu(x, silu(x, x.np.concatenate([h[begin], h[end], far], axis=1) @ a) @ b)
        at = at + x.add(500, begin, way * (m @ c)) / 10.0
        h = h + x.np.concatenate([h, x.add(500, begin, m)], axis=1) @ d
    return x.np.mean(at * at) + x.np.mean(h * h)


def rendered_arrays(r: Random) -> Any:
    w = single(r, (36, 64), (64, 64), (64, 4), scale=0.2)
    depth = np.sort(r.uniform(1, 4, (128, 32)), axis=1).astype(F32)
    return [*w, *single(r, (128, 3), (128, 3), scale=0.5), depth, *single(r, (128, 3))]


def rendered(
    x: System, a: Any, b: Any, c: Any, start: Any, way: Any, depth: Any, colours: Any
) -> Any:
    """128 rays through a field of light, at 32 places each."""
    p = start[:, None] + way[:, None] * depth[..., None]
    waves = [f(2.0**k * p) for k in range(6) for f in (x.np.sin, x.np.cos)]
    h = x.relu(x.relu(x.np.concatenate(waves, axis=-1) @ a) @ b) @ c
    light, thick = sigmoid(x, h[..., :3]), x.np.log1p(x.np.exp(h[..., 3]))
    gap = depth[:, 1:] - depth[:, :-1]
    free = x.np.exp(-thick[:, :-1] * gap)
    before = x.np.cumprod(free, axis=1)
    kept = before * (1 / free - 1)
    seen = x.np.sum(kept[..., None] * light[:, :-1], axis=1)
    return x.np.mean((seen - colours) ** 2)


FURTHER_LEARNING = [
    Peer("turned attention: 4 x 128 x 256, f32", turned_arrays, turned, 4),
    Peer("attention with a cache: 8 x 512, f32", cached_arrays, cached, 2),
    Peer("linear attention: 8 x 256 x 16, f32", linear_attention_arrays, linear_attention, 3),
    Peer("squares of images: 16 x 64 x 96, f32", patches_arrays, patches, 7),
    Peer("selective states: 100 of 4 x 32 x 8, f32", selective_arrays, selective, 4, loops=True),
    Peer("long filters: 8 x 32 x 512, f32", filtered_arrays, filtered, 3),
    Peer("gated net: 60 steps of 32 x 32, f32", gated_arrays, gated, 3, loops=True),
    Peer("placed letters: 50 of 16 x 21, f32", connected_arrays, connected, 1, loops=True),
    Peer("contrast: 256 x 64, f32", contrast_arrays, contrast, 2),
    Peer("triplets: 256 x 32, f32", triplets_arrays, triplets, 1),
    Peer("clipped policy: 2,048 x 64, f32", clipped_arrays, clipped, 4),
    Peer("book of codes: 1,024 x 128, f32", quantized_arrays, quantized, 3),
    Peer("group norm: 4 x 32 x 16 x 16, f32", group_norm_arrays, group_norm, 5),
    Peer("two of eight experts: 256 x 64, f32", chosen_experts_arrays, chosen_experts, 3),
    Peer("crossed fields: 2,048 x 10, f32", crossed_arrays, crossed, 4),
    Peer("heads on a graph: 16,000 edges, f32", heads_of_graph_arrays, heads_of_graph, 4),
    Peer("moving points: 5,000 edges, f32", points_of_graph_arrays, points_of_graph, 6),
    Peer("rays of light: 128 x 32, f32", rendered_arrays, rendered, 3),
]
