"""
Attention and the ops of its derivative, as the ops that they stand for: the rules of the table
`decompose`. Here a tensor holds the scores of all pairs of queries and keys.

The gradient takes the weights from the maximum and the sum of each row. So its weights are the very
ops that the attention itself becomes, and `cse` keeps one of the two.
"""

from __future__ import annotations

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import i64
from xdsl.ir import Attribute, SSAValue

from ...dialects import ten, types
from .emitter import Emitter
from .rule_tables import decompose


def cast(x: SSAValue, scalar: Attribute, e: Emitter) -> SSAValue:
    return x if types.element(x.type) == scalar else e(ten.CastOp(x, scalar))


def laid_out(x: SSAValue, word: str, to: str, sizes: dict[str, int], e: Emitter) -> SSAValue:
    """
    A tensor whose dimensions have the letters of `word`, as one of the letters `to`, in their
    order. Along the letters that it lacks, it is broadcast.
    """
    kept = [c for c in to if c in word]
    perm = [word.index(c) for c in kept]
    if perm != sorted(perm):
        x = e(ten.TransposeOp(x, perm))
    missing = [d for d, c in enumerate(to) if c not in word]
    return e(ten.BroadcastOp(x, missing, [sizes[c] for c in to])) if missing else x


def product(words: str, to: str, xs: list[SSAValue], sizes: dict[str, int], e: Emitter) -> SSAValue:
    """An einsum whose result is broadcast along the letters that no operand has."""
    kept = "".join(c for c in to if c in words)
    return laid_out(e(ten.EinsumOp(f"{words}->{kept}", xs)), kept, to, sizes, e)


class Parts:
    """The values of an attention, of which each is made once."""

    def __init__(self, op: ten.AttentionLike, e: Emitter):
        self.op, self.e = op, e
        self.words, self.output = op.words
        self.sizes = op.sizes
        self.pairs = op.scores_word
        # Float16 and bfloat16 would lose digits that the op keeps.
        self.scalar = op.stats_scalar
        self.type = op.of_word(self.pairs, self.scalar)
        self.inside = self._inside()

    def _inside(self) -> SSAValue | None:
        """Where the mask and the band let a query see a key; None for everywhere."""
        op, e, scores = self.op, self.e, self.op.scores
        found: list[SSAValue] = []
        if "mask" in op.extras:
            mask, word = op.extras["mask"]
            found.append(laid_out(mask, word, self.pairs, self.sizes, e))
        places = op.of_word("ij", i64)
        for bound, predicate in ((scores.below, "sge"), (scores.above, "sle")):
            if bound is None:
                continue
            i, j = e(ten.IotaOp(0, places)), e(ten.IotaOp(1, places))
            shifted = e(arith.AddiOp(i, e.constant(bound, places))) if bound else i
            found.append(
                laid_out(e.compare(predicate, j, shifted), "ij", self.pairs, self.sizes, e)
            )
        if not found:
            return None
        inside, *others = found
        for other in others:
            inside = e(arith.AndIOp(inside, other))
        return inside

    def scores(self) -> SSAValue:
        op, e, scores = self.op, self.e, self.op.scores
        q, k, *_ = self.words
        xs = [self.wide(x) for x in (op.q, op.k)]
        s = product(f"{q},{k}", self.pairs, xs, self.sizes, e)
        if scores.scale != 1.0:
            s = e.multiply(s, e.constant(scores.scale, self.type))
        if "bias" in op.extras:
            bias, word = op.extras["bias"]
            bias = self.wide(bias)
            s = e.add(s, laid_out(bias, word, self.pairs, self.sizes, e))
        if self.inside is not None:
            fill = e.constant(scores.fill, self.type)
            s = e.select(self.inside, s, e.add(s, fill) if scores.adds else fill)
        return s

    def wide(self, x: SSAValue) -> SSAValue:
        return cast(x, self.scalar, self.e)

    def rows(self, x: SSAValue) -> SSAValue:
        """A value of each row, with the letters of the rows, for all pairs."""
        return laid_out(x, self.op.stats_word, self.pairs, self.sizes, self.e)

    def of_rows(self, x: SSAValue) -> SSAValue:
        """A reduction over the keys, in the layout of the rows."""
        return laid_out(x, self.pairs[:-1], self.op.stats_word, self.sizes, self.e)

    def exponentials(self, s: SSAValue, greatest: SSAValue) -> SSAValue:
        e = self.e
        return e(math.ExpOp(e(arith.SubfOp(s, self.rows(greatest)))))

    def weights(self, greatest: SSAValue, total: SSAValue) -> SSAValue:
        """exp(s - max) / sum, of the results of the attention."""
        x = self.exponentials(self.scores(), greatest)
        return self.e(arith.DivfOp(x, self.rows(total)))

    def slopes(self, weights: SSAValue, ct: SSAValue, delta: SSAValue) -> SSAValue:
        """The cotangent of the scores behind the bias: p ⊙ (ō vᵀ - delta), in float32 at least."""
        op, e = self.op, self.e
        xs = [self.wide(x) for x in (ct, op.v)]
        dp = product(f"{self.output},{self.words[2]}", self.pairs, xs, self.sizes, e)
        ds = e.multiply(weights, e(arith.SubfOp(dp, self.rows(delta))))
        return self.kept(ds)

    def kept(self, ds: SSAValue) -> SSAValue:
        """A derivative by the scores, with zeros where the score is a constant."""
        if self.inside is None or self.op.scores.adds:
            return ds
        return self.e.select(self.inside, ds, self.e.constant(0, ds.type))


@decompose.rule(ten.AttentionOp)
def attention_of_all_pairs(op: ten.AttentionOp, e: Emitter) -> tuple[SSAValue, ...]:
    """o = softmax(scale · q kᵀ + bias, fill where excluded) v"""
    parts = Parts(op, e)
    last = len(parts.pairs) - 1
    s = parts.scores()
    greatest = parts.of_rows(e(ten.ReduceOp("max", s, [last])))
    x = parts.exponentials(s, greatest)
    total = parts.of_rows(e(ten.SumOp(x, [last])))
    xs = [x if op.scores.late else e(arith.DivfOp(x, parts.rows(total))), parts.wide(op.v)]
    o = product(f"{parts.pairs},{parts.words[2]}", parts.output, xs, parts.sizes, e)
    if op.scores.late:
        divisor = laid_out(total, op.stats_word, parts.output, parts.sizes, e)
        o = e(arith.DivfOp(o, divisor))
    return cast(o, types.element(op.results[0].type), e), greatest, total


@decompose.rule(ten.AttentionTangentOp)
def attention_tangent_of_all_pairs(op: ten.AttentionTangentOp, e: Emitter) -> SSAValue:
    """do = (p ⊙ (ds - Σ p ⊙ ds)) v + p dv, where ds = scale · (dq kᵀ + q dkᵀ) + dbias"""
    parts = Parts(op, e)
    q, k, v, *_ = parts.words
    _, greatest, total = op.rest[:3]
    dq, dk, dv, *dbias = op.tangents
    p = parts.weights(greatest, total)
    pairs = [[parts.wide(x) for x in xs] for xs in ((dq, op.k), (op.q, dk))]
    ds = e.add(*(product(f"{q},{k}", parts.pairs, xs, parts.sizes, e) for xs in pairs))
    ds = e.multiply(ds, e.constant(op.scores.scale, ds.type))
    if dbias:
        word = op.extras["bias"][1]
        ds = e.add(ds, laid_out(parts.wide(dbias[0]), word, parts.pairs, parts.sizes, e))
    ds = parts.kept(ds)
    last = len(parts.pairs) - 1
    mean = e(ten.SumOp(e.multiply(p, ds), [last]))
    mean = laid_out(mean, parts.pairs[:-1], parts.pairs, parts.sizes, e)
    dp = e.multiply(p, e(arith.SubfOp(ds, mean)))
    words = f"{parts.pairs},{v}"
    pairs = [[parts.wide(x) for x in xs] for xs in ((dp, op.v), (p, dv))]
    do = e.add(*(product(words, parts.output, xs, parts.sizes, e) for xs in pairs))
    return cast(do, types.element(op.results[0].type), e)


@decompose.rule(ten.AttentionGradientOp)
def attention_gradient_of_all_pairs(
    op: ten.AttentionGradientOp, e: Emitter
) -> tuple[SSAValue, ...]:
    """q̄ = scale · ds k, k̄ = scale · dsᵀ q, v̄ = pᵀ ō, where ds = p ⊙ (ō vᵀ - delta)"""
    parts = Parts(op, e)
    greatest, total, ct, delta = op.rest
    p = parts.weights(greatest, total)
    ds = parts.slopes(p, ct, delta)
    q, k, v, *_ = parts.words
    made: list[SSAValue] = []
    for left, right, to, xs, scale in (
        (parts.pairs, k, q, [ds, op.k], op.scores.scale),
        (parts.pairs, q, k, [ds, op.q], op.scores.scale),
        (parts.pairs, parts.output, v, [p, ct], 1.0),
    ):
        x = product(f"{left},{right}", to, [parts.wide(x) for x in xs], parts.sizes, e)
        x = x if scale == 1.0 else e.multiply(x, e.constant(scale, x.type))
        made.append(cast(x, types.element(op.results[len(made)].type), e))
    return tuple(made)
