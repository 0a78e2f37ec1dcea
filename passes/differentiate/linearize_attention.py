"""
The derivative of attention by formulas of its own. Reverse mode needs the output, and the maximum
and the sum of each row, and no weight of a pair.
"""

from __future__ import annotations

from xdsl.dialects.builtin import f32
from xdsl.ir import SSAValue

from ...dialects import delta, ten, types
from ...dialects.types import shape
from ..rewriting.attention_formulas import Parts, cast, laid_out
from ..rewriting.decomposing import take_apart
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.rule_tables import linearize, transpose
from .linearize_rules import Terms
from .linearizer import Linearizer


def linearize_attention(walk: Linearizer, op: ten.AttentionOp) -> bool:
    """
    attention(q, k, v)  →  its parts, if the program uses the maxima or the sums themselves

    This is so where the program is a derivative already.
    """
    if not walk.is_active(op) or all(r.first_use is None for r in op.results[1:]):
        return False
    count(f"linearize({op.name})")
    end = op.next_op
    walk.visit_between(take_apart(op), end)
    return True


@linearize.rule(ten.AttentionOp)
def attention(op: ten.AttentionOp, ds: Terms, e: Emitter) -> tuple[SSAValue | None, ...]:
    """d attention(q, k, v) = attention_tangent(q, k, v, o, max, sum, dq, dk, dv)"""
    tangents = [
        d or e(delta.ZeroOp(x.type))
        for d, x in zip(ds, op.operands)
        if not types.is_bool(types.element(x.type))
    ]
    xs = [*op.operands, *op.results, *tangents]
    return e(ten.AttentionTangentOp(op.spec.data, xs, op.scores)), None, None


@transpose.rule(ten.AttentionTangentOp)
def attention_is_gradient(
    op: ten.AttentionTangentOp, ct: SSAValue, e: Emitter
) -> tuple[SSAValue | None, ...]:
    """
    (dq, dk, dv ↦ attention_tangent(…))ᵀ ō = attention_gradient(q, k, v, max, sum, ō, Σ o ⊙ ō)

    Along a letter of the batch that an operand lacks, its cotangents are added up. The cotangent of
    a bias is that of the scores, which has all pairs.
    """
    words, output = op.words
    o, greatest, total = op.rest[:3]
    rows, wide, sizes = op.stats_word, op.stats_scalar, op.sizes
    of_row = e(ten.EinsumOp(f"{output},{output}->{rows}", [cast(o, wide, e), cast(ct, wide, e)]))
    full, xs = [], []
    for word, x in zip(words[:3], op.xs):
        lacks = "".join(c for c in op.batch_word if c not in word)
        full.append(lacks + word)
        xs.append(laid_out(x, word, lacks + word, sizes, e))
    spec = ",".join([*full, *words[3:]]) + f"->{output}"
    operands = [*xs, *op.xs[3 : len(words)], greatest, total, ct, of_row]
    kinds = [types.of_shape(shape(x.type), wide if wide == f32 else op.scalar) for x in xs]
    gradient = e.insert(ten.AttentionGradientOp(spec, operands, op.scores, kinds))
    cotangents: list[SSAValue | None] = []
    for term, word, given, x in zip(op.tangents, full, words, gradient.results):
        if isinstance(term.owner, delta.ZeroOp):
            cotangents.append(None)
            continue
        extra = range(len(word) - len(given))
        cotangents.append(e(ten.SumOp(x, list(extra))) if extra else x)
    if len(op.tangents) > 3:
        bias = op.tangents[3]
        is_zero = isinstance(bias.owner, delta.ZeroOp)
        cotangents.append(None if is_zero else _of_bias(op, ct, of_row, e))
    return tuple(cotangents)


def _of_bias(op: ten.AttentionTangentOp, ct: SSAValue, of_row: SSAValue, e: Emitter) -> SSAValue:
    """The cotangent of the bias: that of the scores, added up where the bias is broadcast."""
    parts = Parts(op, e)
    word = op.extras["bias"][1]
    _, greatest, total = op.rest[:3]
    ds = parts.slopes(parts.weights(greatest, total), ct, of_row)
    dims = [d for d, c in enumerate(parts.pairs) if c not in word]
    if dims:
        ds = e(ten.SumOp(ds, dims))
    kept = "".join(c for c in parts.pairs if c in word)
    return laid_out(ds, kept, word, parts.sizes, e)
