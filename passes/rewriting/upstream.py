"""
Replacements for those of upstream's canonicalization patterns that are not right for every program.
The driver applies the replacements, under the same names. None stands for no pattern.
"""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import i1
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.traits import ConstantLike
from xdsl.transforms.canonicalization_patterns import arith as arith_patterns
from xdsl.transforms.canonicalization_patterns import scf as scf_patterns

from . import folding


class RehoistConstInLoops(RewritePattern):
    """
    for { c; … }  →  c; for { … }

    Requires: c is known to be a constant. Upstream takes some unregistered ops for constants.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: scf.ForOp, rewriter: PatternRewriter, /) -> None:
        for child in op.body.ops:
            if child.has_trait(ConstantLike, value_if_unregistered=False):
                rewriter.insert(new := child.clone())
                rewriter.replace(child, (), new.results)


class SignlessIntegerBinaryOperationConstantProp(RewritePattern):
    """c ∘ x  →  x ∘ c, where the op commutes: upstream's rule, without its folds."""

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: arith.SignlessIntegerBinaryOperation, rewriter: PatternRewriter, /
    ) -> None:
        rule = arith_patterns.SignlessIntegerBinaryOperationConstantProp()
        if not folding.of_constants(op):
            rule.match_and_rewrite(op, rewriter)


class FoldConstsByReassociation(RewritePattern):
    """
    (c1 ∘ x) ∘ c2  →  (c1 ∘ c2) ∘ x, under `fastmath<reassoc>`

    Requires: c1 ∘ c2 is finite in the type. Otherwise upstream's arithmetic raises an error.
    """

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: arith.AddfOp | arith.MulfOp, rewriter: PatternRewriter, /
    ) -> None:
        try:
            arith_patterns.FoldConstsByReassociation().match_and_rewrite(op, rewriter)
        except OverflowError:
            return


class SelectTrueFalsePattern(RewritePattern):
    """
    select(c, true, false)  →  c;  select(c, false, true)  →  c xor true

    Upstream's rule. Only selects of truth values come to it: it makes a type at each try.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.SelectOp, rewriter: PatternRewriter, /) -> None:
        if op.results[0].type == i1:
            arith_patterns.SelectTrueFalsePattern().match_and_rewrite(op, rewriter)


REPLACED: Mapping[type[RewritePattern], RewritePattern | None] = {
    scf_patterns.RehoistConstInLoops: RehoistConstInLoops(),
    arith_patterns.SelectTrueFalsePattern: SelectTrueFalsePattern(),
    arith_patterns.FoldConstConstOp: None,  # the driver folds constants
    arith_patterns.FoldConstsByReassociation: FoldConstsByReassociation(),
    arith_patterns.SignlessIntegerBinaryOperationConstantProp: (
        SignlessIntegerBinaryOperationConstantProp()
    ),
}
