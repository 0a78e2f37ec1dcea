"""Functions with a derivative of their own that are a softmax."""

from __future__ import annotations

from math import inf

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue

from ...dialects import delta, ten, types
from ...dialects.types import ints
from ..rewriting.functions import by_name
from .lettered_views import LETTERS, UNIT, value_of_rows


def softmax_dim(call: delta.CustomJvpOp) -> int | None:
    """
    The dimension of a softmax, if a function is one, and its derivative is p ⊙ (dx - Σ p ⊙ dx).
    """
    module = call.get_toplevel_object()
    if not isinstance(module, ModuleOp):
        return None
    known = by_name(module)
    names = call.callee, call.jvp
    value, derivative = (known.get(name.root_reference.data) for name in names)
    if value is None or derivative is None or len(value.body.blocks) != 1:
        return None
    if len(derivative.body.blocks) != 1:
        return None
    (x,), made = value.body.block.args, value.body.block.last_op
    assert made is not None
    j = _softmax_of(made.operands[0], x)
    if j is None or len(derivative.body.block.args) != 2:
        return None
    return j if _is_slope(derivative.body.block, call, j) else None


def _softmax_of(p: SSAValue, x: SSAValue) -> int | None:
    word = LETTERS[: types.rank(x.type)]
    divide = p.owner
    if not isinstance(divide, arith.DivfOp) or not isinstance(divide.lhs.owner, math.ExpOp):
        return None
    less = divide.lhs.owner.operand.owner
    if not isinstance(less, arith.SubfOp) or less.lhs is not x:
        return None
    total, sums = _guarded(divide.rhs, word)
    greatest, rows = _guarded(less.rhs, word)
    if not isinstance(total, ten.SumOp) or total.x is not divide.lhs or len(ints(total.dims)) != 1:
        return None
    if not isinstance(greatest, ten.ReduceOp) or greatest.kind.data != "max":
        return None
    (j,) = ints(total.dims)
    if greatest.x is not x or ints(greatest.dims) != (j,):
        return None
    wanted = word[:j] + word[j + 1 :]
    return j if sums == rows == wanted else None


def _guarded(x: SSAValue, word: str) -> tuple[Operation | Block, str]:
    """A value of each row, also under a choice of a number where the value is a certain number."""
    value, kept = value_of_rows(x, word)
    while isinstance(value.owner, ten.SelectOp):
        op = value.owner
        equal = op.mask.owner
        if not isinstance(equal, ten.CompareOp) or equal.predicate.data != "oeq":
            break
        tested = equal.a.owner.operand if isinstance(equal.a.owner, math.AbsFOp) else equal.a
        guards = types.constant_value(op.a), types.constant_value(equal.b)
        # 0 for an infinite maximum, and 1 for a sum that is 0.
        if tested is not op.b or guards not in ((0.0, inf), (1.0, 0.0)):
            break
        value, kept = value_of_rows(op.b, kept)
    return value.owner, kept.replace(UNIT, "")


def _is_slope(block: Block, call: delta.CustomJvpOp, j: int) -> bool:
    x, dx = block.args
    last = block.last_op
    assert last is not None
    p, dp = last.operands
    inner = p.owner
    if not isinstance(inner, delta.CustomJvpOp) or list(inner.operands) != [x]:
        return False
    if inner.properties != call.properties or not isinstance(dp.owner, arith.MulfOp):
        return False
    a, b = dp.owner.lhs, dp.owner.rhs
    less = (b if a is p else a).owner
    if p not in (a, b) or not isinstance(less, arith.SubfOp) or less.lhs is not dx:
        return False
    word = LETTERS[: types.rank(x.type)]
    value, kept = value_of_rows(less.rhs, word)
    if kept.replace(UNIT, "") != word[:j] + word[j + 1 :]:
        return False
    total = value.owner
    if isinstance(total, ten.SumOp):
        product = total.x.owner
        fits = isinstance(product, arith.MulfOp) and set(product.operands) == {p, dx}
        return fits and ints(total.dims) == (j,)
    if isinstance(total, ten.EinsumOp):
        words, output = total.letters
        row = words[0][:j] + words[0][j + 1 :]
        return set(total.xs) == {p, dx} and words[0] == words[1] and output == row
    return False
