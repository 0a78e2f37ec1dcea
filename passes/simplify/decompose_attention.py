"""
Attention becomes the ops that it stands for: `ten-decompose-attention`.

    attention "id,jd,je->ie" (q, k, v)
        →  einsum "ij,je->ie" (x / Σ x, v),  x = exp (s - max s),  s = einsum "id,jd->ij" (q, k)

Needs:   no terms.
Leaves:  no attention and no gradient of one, but those that `kernels` keeps.
Keeps:   the value, up to rounding.
Ends:    one visit to each op.

A backend without kernels for attention runs this pass first. After it, `cse` finds the weights that
the attention and its gradient have in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, f64
from xdsl.passes import ModulePass

from ...dialects import ten, types
from ...dialects.op_kinds import Kinds
from ...dialects.types import Term
from ...dialects.walking import ops_in
from ..rewriting import remarks
from ..rewriting.decomposing import take_apart
from ..rewriting.levels import Level

MOST_FEATURES = 256
"""The longest rows of queries, keys and values that kernels keep in registers."""


@dataclass(frozen=True)
class DecomposeAttentionPass(ModulePass):
    """
    Writes attention as products of matrices and a softmax.

    Example:

        >>> def attention(q, k, v):
        ...     x = np.exp(q @ k.T - (q @ k.T).max(axis=1, keepdims=True))
        ...     return (x / x.sum(axis=1, keepdims=True)) @ v
        >>> module = lg.trace(attention, lg.spec((5, 4)), lg.spec((6, 4)), lg.spec((6, 3)))
        >>> run_pipeline(ctx, module, "optimize,ten-find-attention")
        >>> "ten.attention" in str(module)
        True
        >>> DecomposeAttentionPass().apply(ctx, module)
        >>> "ten.attention" in str(module)
        False
    """

    name = "ten-decompose-attention"
    seeks: ClassVar[Kinds] = ten.ATTENTION_OPS
    needs: ClassVar[Level] = Level.SURFACE

    kernels: bool = False
    """Whether the attention stays for which a GPU has kernels."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for inner in [x for x in ops_in(op) if isinstance(x, ten.AttentionLike)]:
            if any(isinstance(x.type, Term) for x in inner.operands):
                continue
            if not self.kernels:
                take_apart(inner)
            elif (why := lacks_kernels(inner)) is not None:
                remarks.missed(self.name, "kernel", inner, f"{inner.name} has no kernel: {why}")
                take_apart(inner)


def lacks_kernels(op: ten.AttentionLike) -> str | None:
    """Why no kernel of a GPU computes an attention; None if one does."""
    if isinstance(op, ten.AttentionTangentOp):
        return "it is a tangent"
    if op.scalar == f64:
        return "matrix units have no f64 here"
    sizes = op.sizes
    for letter, what in (("d", "queries"), ("e", "values")):
        if sizes[letter] > MOST_FEATURES:
            return f"rows of {sizes[letter]} {what} are longer than {MOST_FEATURES}"
    if any(types.size(x.type) >= 1 << 31 for x in (*op.operands, *op.results)):
        return "a tensor has 2³¹ elements"
    return None
