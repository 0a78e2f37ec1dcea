"""
Floats that are never -0.0, whatever the arguments of the program are, and floats of which nobody
sees whether a zero is -0.0.

`x + 0.0` is x, bit for bit, if and only if x is not -0.0. So an op may leave out such sums where
this module proves that x is never -0.0. The proof goes through loops, conditionals, and the
functions that `outline-regions` made of their bodies: a loop carries no -0.0 if the loop starts
without one, and if no turn makes one of values without one.

If nobody sees the sign of the zeros of x, the program may use x + 0.0 in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from math import copysign

from xdsl.dialects import arith, func, math, scf
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    DenseResourceAttr,
    FloatAttr,
    ModuleOp,
    SymbolRefAttr,
)
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ...dialects import sharing, ten, types
from ...passes.rewriting.functions import functions


@dataclass(frozen=True)
class Claim:
    """
    When a value is never -0.0: if `all_of` or (with `any_of`) one of these values is never -0.0.
    """

    values: tuple[SSAValue, ...] = ()
    any_of: bool = False

    def holds(self, is_never: Callable[[SSAValue], bool]) -> bool:
        return (any if self.any_of else all)(map(is_never, self.values))


ALWAYS = Claim()
UNKNOWN = Claim(any_of=True)

PARTS = (
    ten.BroadcastOp,
    ten.TransposeOp,
    ten.ReshapeOp,
    ten.ReverseOp,
    ten.SliceOp,
    ten.PadOp,
    ten.ConcatOp,
    ten.StackOp,
    sharing.LetOp,
    sharing.ShareOp,
)
"""Ops whose elements are elements of their operands, or zeros that are 0.0."""

POSITIVE = (math.AbsFOp, math.ExpOp, math.Exp2Op, math.CoshOp, ten.Sech2Op)
"""Functions that never give -0.0."""

INTEGER_TO_FLOAT = (arith.SIToFPOp, arith.UIToFPOp)

HIDES = (
    *POSITIVE,
    math.CosOp,
    arith.CmpfOp,
    ten.CompareOp,
    ten.ScatterOp,
)
"""Ops that give the same for 0.0 and for -0.0."""

PASSES_ON = (
    *PARTS,
    arith.AddfOp,
    arith.SubfOp,
    arith.MulfOp,
    arith.NegfOp,
    arith.MaximumfOp,
    arith.MinimumfOp,
    arith.SelectOp,
    ten.SelectOp,
    ten.UpdateOp,
    ten.GatherOp,
    ten.IndexOp,
    ten.SumOp,
    ten.CumsumOp,
    ten.EinsumOp,
    math.SinOp,
    math.TanOp,
    math.SinhOp,
    math.TanhOp,
    math.AsinOp,
    math.AtanOp,
    math.SqrtOp,
    math.ExpM1Op,
    math.Log1pOp,
)
"""Ops whose results for 0.0 and for -0.0 differ at most in the sign of a zero."""


@dataclass
class NegativeZeros:
    """The values of a module that are never -0.0. The module may change between two questions."""

    module: ModuleOp
    _functions: dict[str, func.FuncOp] = field(default_factory=dict, init=False)
    _callers: dict[str, list[func.CallOp]] = field(default_factory=dict, init=False)
    _named: dict[str, int] = field(default_factory=dict, init=False)
    _has_looked: bool = field(default=False, init=False)
    _is_never: dict[SSAValue, bool] = field(default_factory=dict, init=False)
    """The answers so far, also about the values that a question led to: so all are linear."""

    def are_never_in(self, x: SSAValue) -> bool:
        """Whether no element of x is ever -0.0."""
        if x not in self._is_never:
            self._is_never.update(self._solved(x, ()))
        return self._is_never[x]

    def forget(self) -> None:
        """Forget all answers. A rule that gives an old op another operand calls this method."""
        self._is_never.clear()

    def which_prove(self, x: SSAValue, assumed: Collection[SSAValue]) -> list[SSAValue] | None:
        """
        The values in `assumed` with which x is never -0.0 if they never are; None if x may be -0.0
        with all of them.
        """
        solved = self._solved(x, assumed)
        return [y for y in solved if y in assumed] if solved[x] else None

    def _solved(self, x: SSAValue, assumed: Collection[SSAValue]) -> dict[SSAValue, bool]:
        """Whether x, and each value that the proof meets, is never -0.0."""
        if not self._has_looked:
            self._look()
        # The greatest solution of the claims is an induction over the steps of the program: no
        # value is the first to be -0.0.
        claims: dict[SSAValue, Claim] = {}
        users: dict[SSAValue, list[SSAValue]] = {}
        pending = [x]
        while pending:
            value = pending.pop()
            if value in claims:
                continue
            answer = self._is_never.get(value)
            if assumed and not answer:
                answer = value in assumed or None  # with more known, a "no" may be a "yes"
            claim = self._claim(value) if answer is None else ALWAYS if answer else UNKNOWN
            claims[value] = claim
            for y in claim.values:
                users.setdefault(y, []).append(value)
                pending.append(y)
        may_be: set[SSAValue] = set()
        pending = list(claims)
        while pending:
            value = pending.pop()
            if value in may_be or claims[value].holds(lambda y: y not in may_be):
                continue
            may_be.add(value)
            pending.extend(users.get(value, ()))
        return {value: value not in may_be for value in claims}

    def are_seen_in(self, x: SSAValue) -> bool:
        """Whether anything but the sign of a zero may depend on the signs of the zeros of x."""
        if not self._has_looked:
            self._look()
        known = {x}
        pending = [x]
        while pending:
            for use in pending.pop().uses:
                reached = self._reached(use.operation, use.index)
                if reached is None:
                    return True
                new = [y for y in reached if y not in known]
                known.update(new)
                pending.extend(new)
        return False

    def _reached(self, op: Operation, k: int) -> Sequence[SSAValue] | None:
        """
        The values whose zeros may have another sign if those of operand k have; None if more may
        differ.
        """
        match op:
            case arith.AddfOp() if self.are_never_in(op.operands[1 - k]):
                return ()  # 0.0 + y is -0.0 + y, for each other y
            case arith.DivfOp() if k:
                return None
            case arith.DivfOp():
                return op.results
            case ten.CastOp():
                return op.results if types.is_float(types.element(op.result.type)) else ()
            case ten.ScanOp() if k < len(op.inits):
                return (op.carried[k],) if op.surely_runs else (op.carried[k], op.results[k])
            case ten.ScanOp() if k < len(op.inits) + len(op.xs):
                return (op.rows[k - len(op.inits)],)
            case func.CallOp():
                callee = self._functions.get(op.callee.string_value())
                return None if callee is None or not callee.body.blocks else (callee.args[k],)
            case func.ReturnOp():
                function = op.parent_op()
                assert isinstance(function, func.FuncOp)
                callers = self._callers_of(function)
                return None if callers is None else [call.results[k] for call in callers]
            case ten.YieldOp():
                loop = op.parent_op()
                if not isinstance(loop, ten.ScanOp):
                    return None
                return (*loop.carried[k : k + 1], loop.results[k])
            case _ if isinstance(op, HIDES):
                return ()
            case _ if isinstance(op, PASSES_ON):
                return op.results
            case _:
                return None

    def _look(self) -> None:
        """Find the functions, and who calls them. No rule that asks changes either."""
        self._has_looked = True
        self._functions = {f.sym_name.data: f for f in functions(self.module)}
        for op in self.module.walk():
            for attribute in (*op.attributes.values(), *op.properties.values()):
                if isinstance(attribute, SymbolRefAttr):
                    name = attribute.string_value()
                    self._named[name] = self._named.get(name, 0) + 1
            if isinstance(op, func.CallOp):
                self._callers.setdefault(op.callee.string_value(), []).append(op)

    def _claim(self, x: SSAValue) -> Claim:
        owner = x.owner
        if isinstance(owner, Block):
            assert isinstance(x, BlockArgument)
            return self._claim_of_argument(x, owner)
        match owner:
            case arith.ConstantOp():
                return UNKNOWN if _has_negative_zero(owner) else ALWAYS
            case arith.AddfOp():
                # The sum of two zeros is -0.0 if both are.
                return Claim((owner.lhs, owner.rhs), any_of=True)
            case arith.SubfOp():
                return Claim((owner.lhs,))  # the only such difference is -0.0 - 0.0
            case arith.MulfOp() if owner.lhs is owner.rhs:
                return ALWAYS
            case arith.MaximumfOp() | arith.MinimumfOp():
                return Claim((owner.lhs, owner.rhs))
            case arith.SelectOp() | ten.SelectOp():
                return Claim(tuple(owner.operands[1:]))
            case ten.UpdateOp():
                return Claim((owner.x, owner.v))
            case ten.GatherOp():
                return Claim((owner.t,))  # outside of its source, a gather reads 0.0
            case ten.IndexOp():
                return Claim((owner.t,))
            case ten.ScatterOp():
                return ALWAYS  # each place begins as 0.0
            case ten.SumOp() | ten.CumsumOp():
                return Claim((owner.x,))
            case ten.CastOp():
                return _claim_of_cast(owner)
            case ten.ScanOp():
                k = owner.results.index(x)
                if k >= len(owner.inits):
                    return Claim((owner.ys[k - len(owner.inits)],))
                return Claim((owner.inits[k], owner.nexts[k]))
            case ten.WhileOp():
                k = owner.results.index(x)
                return Claim((owner.inits[k], owner.nexts[k]))
            case scf.ForOp():
                k = owner.results.index(x)
                return Claim((owner.iter_args[k], *_ends(owner, k)))
            case scf.IfOp():
                return Claim(tuple(_ends(owner, owner.results.index(x))))
            case func.CallOp():
                return self._claim_of_call(owner, owner.results.index(x))
            case _ if isinstance(owner, PARTS):
                return Claim(tuple(owner.operands))
            case _ if isinstance(owner, (*POSITIVE, *INTEGER_TO_FLOAT)):
                return ALWAYS
            case _:
                return UNKNOWN

    def _claim_of_argument(self, x: BlockArgument, block: Block) -> Claim:
        holder, k = block.parent_op(), x.index
        match holder:
            case func.FuncOp():
                callers = self._callers_of(holder)
                return UNKNOWN if callers is None else Claim(tuple(c.operands[k] for c in callers))
            case ten.ScanOp():
                n = len(holder.inits)
                return Claim((holder.inits[k], holder.nexts[k]) if k < n else (holder.xs[k - n],))
            case ten.WhileOp():
                return Claim((holder.inits[k], holder.nexts[k]))
            case scf.ForOp() if k:
                return Claim((holder.iter_args[k - 1], *_ends(holder, k - 1)))
            case _:
                return UNKNOWN

    def _callers_of(self, function: func.FuncOp) -> list[func.CallOp] | None:
        """All calls of a function; None if others may call it too."""
        name, visibility = function.sym_name.data, function.sym_visibility
        calls = self._callers.get(name, [])
        if visibility is None or visibility.data != "private":
            return None
        return calls if calls and len(calls) == self._named.get(name) else None

    def _claim_of_call(self, op: func.CallOp, k: int) -> Claim:
        callee = self._functions.get(op.callee.string_value())
        if callee is None or len(callee.body.blocks) != 1:
            return UNKNOWN
        last = callee.body.block.last_op
        return Claim((last.operands[k],)) if isinstance(last, func.ReturnOp) else UNKNOWN


def _ends(op: scf.ForOp | scf.IfOp, k: int) -> Iterable[SSAValue]:
    """The values that the regions of an op yield as result k."""
    for region in op.regions:
        if region.blocks and (last := region.block.last_op) is not None:
            yield last.operands[k]


def _claim_of_cast(op: ten.CastOp) -> Claim:
    """A number too small for a narrower type becomes a zero, with its sign."""
    old, new = types.element(op.x.type), types.element(op.result.type)
    if not types.is_float(old):
        return ALWAYS
    wider = types.is_float(new) and new.bitwidth > old.bitwidth  # type: ignore[attr-defined]
    return Claim((op.x,)) if wider or new == old else UNKNOWN


def _has_negative_zero(op: arith.ConstantOp) -> bool:
    match op.value:
        case FloatAttr():
            numbers: Iterable[object] = (op.value.value.data,)
        case DenseIntOrFPElementsAttr() if types.is_splat(op.value):
            numbers = (next(iter(op.value.iter_values())),)
        case DenseIntOrFPElementsAttr():
            numbers = op.value.iter_values()
        case DenseResourceAttr():
            return True
        case _:
            return False
    return any(n == 0 and copysign(1.0, n) < 0 for n in numbers if isinstance(n, float))
