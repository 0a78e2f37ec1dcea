"""
Conversions: rules that rewrite the ops that a target does not allow, until only legal ops are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from xdsl.context import Context
from xdsl.ir import Operation
from xdsl.pattern_rewriter import RewritePattern

from ...dialects.op_names import op_name
from ...dialects.walking import ops_in
from .diagnostics import LetgradError
from .driver import RuleDriver

Condition = Callable[[Operation], bool]


@dataclass
class ConversionTarget:
    """
    The ops that are legal after a conversion, and those that are illegal. A name is that of an op,
    or of a dialect. The name of an op goes before that of its dialect.

    Example:

        >>> target = ConversionTarget(legal={"arith", "func"}, illegal={"my"})
        >>> target.legal_if["arith.divf"] = lambda op: False
        >>> one = types.constant(1.0, f64)
        >>> [target.is_legal(op) for op in (one, arith.DivfOp(one, one), CubeOp(one.result))]
        [True, False, False]
    """

    legal: set[str] = field(default_factory=set)
    illegal: set[str] = field(default_factory=set)
    legal_if: dict[str, Condition] = field(default_factory=dict)
    """For ops of a name, or of a dialect: whether this op is legal."""

    def is_legal(self, op: Operation) -> bool | None:
        """Whether an op is legal; None if the target says nothing about the op."""
        for name in (op_name(op), op.dialect_name()):
            if (condition := self.legal_if.get(name)) is not None:
                return condition(op)
            if name in self.illegal:
                return False
            if name in self.legal:
                return True
        return None


def convert(
    ctx: Context,
    scope: Operation,
    target: ConversionTarget,
    rules: Iterable[RewritePattern],
    partial: bool = False,
) -> None:
    """
    Apply `rules` to the ops in `scope` that are not legal, until no rule fires.

    With `partial`, ops may be left about which the target says nothing.
    Errors: `LetgradError`, at the first op that is left and must not be.

    Example:

        >>> class CubeIsProduct(RewritePattern):
        ...     @op_type_rewrite_pattern
        ...     def match_and_rewrite(self, op: CubeOp, rewriter):
        ...         square = arith.MulfOp(op.x, op.x)
        ...         rewriter.replace(op, [square, arith.MulfOp(square.result, op.x)])
        >>> module = lg.trace(lambda x: cube(x), 1.0)
        >>> target = ConversionTarget(legal={"arith", "func", "builtin"}, illegal={"my"})
        >>> apply_conversion(ctx, module, target, [CubeIsProduct()])
        >>> show(module)
        lambda = \\x -> x * x * x
    """
    driver = RuleDriver(tuple(rules), ctx=ctx, may_rewrite=lambda op: not target.is_legal(op))
    driver.run(scope)
    for op in ops_in(scope):
        legal = target.is_legal(op)
        if legal is False:
            raise LetgradError(f"{op_name(op)} is illegal here, and no rule converts it", op)
        if legal is None and not partial and op is not scope:
            raise LetgradError(
                f"the target of the conversion does not say that {op_name(op)} is legal, and no "
                "rule converts it",
                op,
            )
