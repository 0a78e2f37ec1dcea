"""
Decomposing ops: an op without a rule in a table becomes ops that have rules in the table.
"""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects.builtin import BFloat16Type, Float16Type, f32
from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import Rewriter

from ...dialects import ten, types
from ...dialects.op_names import op_name

# These imports add rules.
from . import attention_formulas as attention_formulas
from . import cosine_formulas as cosine_formulas
from .driver import count
from .emitter import Emitter, Expression, cast
from .rule_tables import RuleTable, decompose, named_after


def has_to_be_taken_apart(op: Operation, table: RuleTable) -> bool:
    """Whether an op has no rule in `table` that somebody wrote, but has a `decompose` rule."""
    if type(op) not in decompose or not table.is_missing(type(op)):
        return False
    # For other special functions backends call a library's function.
    return not isinstance(op, ten.SpecialOp) or op.row.value is not None


def take_apart(op: Operation) -> Operation | None:
    """
    op(x, y)  →  the ops that its `decompose` rule makes, in the place of the op

    Returns the op to go on with: the first of the new ops, or else the op that follows. Errors: as
    `parts`.
    """
    block, before = op.parent, op.prev_op
    assert block is not None
    replace_by_parts(op, parts(op))
    return block.first_op if before is None else before.next_op


def parts(op: Operation) -> tuple[SSAValue, ...]:
    """
    The values that replace the results of an op. The op's `decompose` rule puts ops before the op,
    and gives these values.

    Errors: `LetgradError` for a rule that gives values of other types.
    """
    return decompose.checked(op, decompose.apply(op, Emitter.before(op)), op.result_types)


def replace_by_parts(op: Operation, values: tuple[SSAValue, ...]) -> None:
    for result, value in zip(op.results, values, strict=True):
        if value.name_hint is None:
            value.name_hint = result.name_hint
    count(f"decompose({op_name(op)})")
    Rewriter.replace_op(op, [], values)


def formula(*ops: type[Operation]) -> Callable[[Callable[..., Expression]], Callable]:
    """
    Decorator: the function below is the formula of these elementwise ops, as a function of the
    operands.

        @formula(HypotOp)
        def hypot(x, y):
            "hypot(x, y) = √(x² + y²)"
            return sqrt(x * x + y * y)

    The formula of floats of 16 bits runs in float32 and rounds once, as in all ops.

    Example:

        >>> @formula(CubeOp)
        ... def cubed(x):
        ...     return x * x * x
        >>> lg.jit(lg.grad(cube))(2.0)
        np.float64(12.0)
    """

    def register(function: Callable[..., Expression]) -> Callable[..., Expression]:
        @decompose.rule(*ops)
        @named_after(function)
        def by_formula(op: Operation, e: Emitter) -> SSAValue:
            """op(x, y) = its formula of x and y"""
            return in_float32(function)(*(Expression.of(x) for x in op.operands)).emit(e)

        return function

    return register


def in_float32(function: Callable[..., Expression]) -> Callable[..., Expression]:
    """
    The formula, computed in float32 if its operands are floats of 16 bits.

    Example:

        >>> from xdsl.dialects.builtin import f16
        >>> half = Expression.of(types.constant(3.0, f16).result)
        >>> square = in_float32(lambda x: x * x)
        >>> print(square(half).type)
        f16
    """

    def computed(*xs: Expression) -> Expression:
        element = types.element(xs[0].type)
        if not isinstance(element, Float16Type | BFloat16Type):
            return function(*xs)
        wide = (cast(x, f32) if types.element(x.type) == element else x for x in xs)
        return cast(function(*wide), element)

    return computed
