"""
Zeros that win: tangents and cotangents that have passed a select.

The derivative of `where(x > 0, sqrt(x), 0)` at 0 is 0, although the derivative of sqrt is infinite
there. The derivative of `sqrt(where(x > 0, x, 0))` at 0 is 0 as well. In reverse mode, the first
function scales a cotangent by ∞ after the select has made the cotangent 0. In forward mode, the
second function does so to a tangent. Such a 0 must win. So a select leaves the value unchanged, and
notes the mask. Scaling passes the note on. If the value is used otherwise, the mask is applied: one
select for a whole chain. A conditional gives such zeros too, and so does a loop that may take no
turn.

After that, the value has zeros in it, and only one fact is known: some of these zeros come from
masks. If a program scales such a value, the scaling makes a mask of the value's zeros. The mask
wins over each NaN that only these zeros cause:

    0 · ∞ → 0,  but k · t stays k · t, and its derivative by t stays k, also at t = 0

A cotangent also has zeros where the program reads no element: those of √x in the gradient of
`sum(sqrt(x)[1:])`. A scale that may be infinite although the value is finite takes these zeros for
zeros that win.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite

from xdsl.dialects import arith, math
from xdsl.ir import SSAValue

from ...dialects import ten, types
from ...dialects.types import shape
from ..rewriting.emitter import Emitter
from .widths import is_short, widened


@dataclass(frozen=True)
class Masked:
    """
    A tangent or cotangent, or a part of one: `value` where `mask` is `kept`, and 0 elsewhere.

    `masked` says that some zeros of `value` itself come from masks. Where `nonzero` is false, a
    NaN in `value` is such a zero that was scaled.
    """

    value: SSAValue
    mask: SSAValue | None = None
    kept: bool = True
    nonzero: SSAValue | None = None
    masked: bool = False

    @property
    def has_zeros(self) -> bool:
        """Whether some of its zeros win over later scaling."""
        return self.masked or self.mask is not None or self.nonzero is not None

    def settled(self, e: Emitter) -> SSAValue:
        """The same as one value."""
        value, mask, kept = self.value, self.mask, self.kept
        if self.nonzero is not None:
            number = e.compare("ord", value, value)
            right = e(arith.OrIOp(number, self.nonzero))
            if mask is None:
                mask, kept = right, True
            else:
                mask, kept = e(arith.AndIOp(_elementwise(mask, kept, value, e), right)), True
        if mask is None:
            return value
        zero = e.constant(0, value.type)
        a, b = (value, zero) if kept else (zero, value)
        return e.select(mask, a, b)

    def narrowed(self, mask: SSAValue, kept: bool, e: Emitter) -> Masked:
        """The same, zero also where `mask` is not `kept`."""
        if self.mask is None or (self.mask is mask and self.kept == kept):
            return replace(self, mask=mask, kept=kept)
        both = arith.AndIOp(
            _elementwise(self.mask, self.kept, self.value, e),
            _elementwise(mask, kept, self.value, e),
        )
        return replace(self, mask=e(both), kept=True)

    def widened(self, e: Emitter) -> Masked:
        """The same with a value of float32, if it has 16 bits."""
        return replace(self, value=widened(self.value, e))

    def negated(self, e: Emitter) -> Masked:
        return replace(self, value=e(arith.NegfOp(self.value)))

    def scaled(self, k: SSAValue, e: Emitter) -> Masked:
        """k ⊙ this value; 0 where a mask makes this value 0, for every k."""
        if is_short(k.type) and not is_short(self.value.type):
            k = widened(k, e)
        number = types.constant_value(k)
        masked = self.masked or (_may_be_infinite(k) and _is_filled(self.value))
        if not masked or (number is not None and isfinite(number)):
            return replace(self, value=e.multiply(k, self.value))
        zero = e.constant(0, self.value.type)
        nonzero = e.compare("une", self.value, zero)
        return Masked(e.multiply(k, self.value), self.mask, self.kept, nonzero)


def added(a: Masked, b: Masked, e: Emitter) -> Masked:
    """
    The sum. Parts under one mask are added under that mask. A wide part makes the sum wide.
    """
    if a.value.type != b.value.type:
        a, b = a.widened(e), b.widened(e)
    if a.nonzero is b.nonzero is None and a.mask is b.mask and a.kept == b.kept:
        value = e.add(a.value, b.value)
        return replace(a, value=value, masked=a.masked or b.masked)
    return Masked(e.add(a.settled(e), b.settled(e)), masked=a.has_zeros or b.has_zeros)


DEPTH = 8
"""So many ops are looked through."""

LAYOUTS = (
    ten.BroadcastOp, ten.TransposeOp, ten.ReshapeOp, ten.ReverseOp, ten.SliceOp, ten.CastOp,
    arith.ExtFOp, arith.TruncFOp, arith.NegfOp,
)  # fmt: skip
LOGS = (math.LogOp, math.Log2Op, math.Log10Op)
JOINTS = (arith.MulfOp, arith.AddfOp, arith.SubfOp, arith.SelectOp, ten.SelectOp)


def _is_filled(value: SSAValue, depth: int = DEPTH) -> bool:
    """Whether zeros of a cotangent stand where the program has read no element."""
    op = value.owner
    if depth == 0:
        return False
    match op:
        case ten.PadOp() | ten.ScatterOp():
            return True
        case arith.MulfOp():
            return any(_is_filled(x, depth - 1) for x in op.operands)
        case arith.AddfOp():
            return all(_is_filled(x, depth - 1) for x in op.operands)
        case _ if isinstance(op, LAYOUTS):
            return _is_filled(op.operands[0], depth - 1)
    return False


def _may_be_infinite(k: SSAValue, depth: int = DEPTH) -> bool:
    """
    Whether a scale is a slope that is infinite where the value is not, as that of √x at 0, or one
    of a power or a logarithm. A quotient by zero has no value of its own that a program could use.
    """
    op = k.owner
    if depth == 0:
        return False
    if isinstance(op, arith.DivfOp):
        y = op.rhs
        is_root = isinstance(y.owner, math.SqrtOp | math.CbrtOp)
        return is_root or any(isinstance(use.operation, LOGS) for use in y.uses)
    if isinstance(op, (*LAYOUTS, *JOINTS)):
        return any(_may_be_infinite(x, depth - 1) for x in op.operands)
    return isinstance(op, math.PowFOp)


def _elementwise(mask: SSAValue, kept: bool, like: SSAValue, e: Emitter) -> SSAValue:
    """The mask, true where the value is kept, in the shape of the value."""
    if not kept:
        mask = e(arith.XOrIOp(mask, e.constant(True, mask.type)))
    sizes = shape(like.type)
    return mask if shape(mask.type) == sizes else e(ten.BroadcastOp(mask, range(len(sizes)), sizes))
