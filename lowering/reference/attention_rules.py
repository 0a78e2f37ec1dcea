"""The rules of the table `evaluate` for attention and its derivative: all pairs at once, wide."""

from __future__ import annotations

import numpy as np

from ...dialects import arrays, ten
from ...passes.rewriting.rule_tables import evaluate
from .array_functions import Array


class Pairs:
    """The scores of an attention of NumPy arrays, in float32 or float64."""

    def __init__(self, op: ten.AttentionLike, xs: tuple[Array, ...]):
        words, self.output = op.words
        self.op, self.q_word, self.k_word, self.v_word = op, *words[:3]
        # Sums of many products: a reference has digits to spare.
        self.q, self.k, self.v = (np.asarray(x, np.float64) for x in xs[:3])
        self.sizes, self.word = op.sizes, op.scores_word
        scores = op.scores
        s = scores.scale * self.product(f"{self.q_word},{self.k_word}", self.q, self.k)
        i, j = np.ogrid[: self.sizes["i"], : self.sizes["j"]]
        inside = np.ones((self.sizes["i"], self.sizes["j"]), bool)
        if scores.below is not None:
            inside &= j - i >= scores.below
        if scores.above is not None:
            inside &= j - i <= scores.above
        self.inside = self.spread(inside, "ij")
        for x, word in zip(xs[3:], words[3:]):
            if np.asarray(x).dtype == np.bool_:
                self.inside = self.inside & self.spread(x, word)
            else:
                s = s + self.spread(np.asarray(x, np.float64), word)
        with np.errstate(invalid="ignore"):
            fill = s + scores.fill if scores.adds else np.full_like(s, scores.fill)
        self.scores = np.where(self.inside, s, fill)

    def spread(self, x: Array, word: str) -> Array:
        """An array with the letters of `word` for all pairs."""
        kept = [c for c in self.word if c in word]
        x = np.transpose(x, [word.index(c) for c in kept])
        places = tuple(slice(None) if c in kept else None for c in self.word)
        return np.broadcast_to(x[places], [self.sizes[c] for c in self.word])

    def product(self, words: str, x: Array, y: Array) -> Array:
        kept = "".join(c for c in self.word if c in words)
        return self.spread(np.einsum(f"{words}->{kept}", x, y), kept)

    def weights(self, greatest: Array, total: Array) -> Array:
        word = self.op.stats_word
        with np.errstate(all="ignore"):
            x = np.exp(self.scores - self.spread(np.asarray(greatest, np.float64), word))
            return x / self.spread(np.asarray(total, np.float64), word)

    def kept(self, ds: Array) -> Array:
        return ds if self.op.scores.adds else np.where(self.inside, ds, 0.0)

    def summed(self, p: Array, word: str, x: Array, to: str) -> Array:
        """Σ p x with the letters `to`, broadcast along those that neither has."""
        with np.errstate(all="ignore"):
            return np.einsum(f"{self.word},{word}->{to}", p, x)


@evaluate.rule(ten.AttentionOp)
def attention(op, *xs):
    """o = (exp(s - max) / sum) v, where s = scale · q kᵀ + bias, or fill where excluded"""
    pairs = Pairs(op, xs)
    with np.errstate(all="ignore"):
        greatest = np.max(pairs.scores, axis=-1)
        total = np.sum(np.exp(pairs.scores - greatest[..., None]), axis=-1)
    rows = pairs.word[:-1]
    to = op.stats_word
    greatest, total = (np.einsum(f"{rows}->{to}", x) for x in (greatest, total))
    o = pairs.summed(pairs.weights(greatest, total), pairs.v_word, pairs.v, pairs.output)
    return narrowed(op, o, greatest, total)


@evaluate.rule(ten.AttentionTangentOp)
def attention_tangent(op, *xs):
    """do = (p ⊙ (ds - Σ p ⊙ ds)) v + p dv, where ds = scale · (dq kᵀ + q dkᵀ) + dbias"""
    count = len(op.words[0])
    pairs = Pairs(op, xs[:count])
    _, greatest, total, *tangents = (np.asarray(x, np.float64) for x in xs[count:])
    dq, dk, dv, *dbias = tangents
    words = f"{pairs.q_word},{pairs.k_word}"
    ds = pairs.product(words, dq, pairs.k) + pairs.product(words, pairs.q, dk)
    ds = op.scores.scale * ds
    if dbias:
        ds = ds + pairs.spread(dbias[0], op.extras["bias"][1])
    ds, p = pairs.kept(ds), pairs.weights(greatest, total)
    with np.errstate(all="ignore"):
        dp = p * (ds - np.sum(p * ds, axis=-1, keepdims=True))
    do = pairs.summed(dp, pairs.v_word, pairs.v, pairs.output)
    return narrowed(op, do + pairs.summed(p, pairs.v_word, dv, pairs.output))[0]


@evaluate.rule(ten.AttentionGradientOp)
def attention_gradient(op, *xs):
    """q̄ = scale · ds k, k̄ = scale · dsᵀ q, v̄ = pᵀ ō, where ds = p ⊙ (ō vᵀ - delta)"""
    count = len(op.words[0])
    pairs = Pairs(op, xs[:count])
    greatest, total, ct, delta = (np.asarray(x, np.float64) for x in xs[count:])
    p = pairs.weights(greatest, total)
    with np.errstate(all="ignore"):
        dp = pairs.product(f"{pairs.output},{pairs.v_word}", ct, pairs.v)
        ds = pairs.kept(p * (dp - pairs.spread(delta, op.stats_word)))
    return narrowed(
        op,
        op.scores.scale * pairs.summed(ds, pairs.k_word, pairs.k, pairs.q_word),
        op.scores.scale * pairs.summed(ds, pairs.q_word, pairs.q, pairs.k_word),
        pairs.summed(p, pairs.output, ct, pairs.v_word),
    )


def narrowed(op, *values):
    """The values in the types of the results."""
    with np.errstate(all="ignore"):
        return tuple(
            np.ascontiguousarray(x).astype(arrays.dtype(r.type))[()]
            for x, r in zip(values, op.results)
        )
