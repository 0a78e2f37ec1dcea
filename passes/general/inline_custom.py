"""
Replace calls of functions that have a derivative of their own by the bodies of the functions.

Needs:   no derivative is taken any more: the bodies would be differentiated, and not the rules.
         Calls of terms stay.
Leaves:  no call of values to a function of one block that does not call itself, if its body is
         `SHORT`, or if all calls of it together are `LONG` ops at most; no private function that
         only replaced calls named.
Keeps:   the value, bit for bit.
Ends:    a function that is in its own body stays, so each call has an end.

    delta.custom_jvp @logsumexp, @logsumexp_jvp(x)  →  log (Σ exp (x - max x)) + max x

A body in its place shares terms with the ops around it, and gets into their loop nests: `softmax`
in the gradient of `logsumexp` has the same exponentials, and no array of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeGuard

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import delta, types
from ...dialects.op_kinds import Kinds
from ...dialects.walking import ops_in
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.functions import by_name
from ..sharing.copying import inline
from . import symbols

SHORT, LONG = 32, 512
"""
Ops of a body that takes the place of each call of it, and of all calls of a longer one together.
Other functions are compiled once for all of their calls.
"""

Call = delta.CustomJvpOp | delta.CustomVjpOp
CALLS = (delta.CustomJvpOp, delta.CustomVjpOp)


@dataclass(frozen=True)
class InlineCustomPass(ModulePass):
    """
    Replaces calls of functions that have a derivative of their own by the functions' bodies.

    Example:

        >>> module = lg.trace(lambda x: lg.logsumexp(x), lg.spec(3))
        >>> InlineCustomPass().apply(ctx, module)
        >>> "custom_jvp" in str(module)
        False
    """

    name = "delta-inline-custom"
    seeks: ClassVar[Kinds] = CALLS
    wants_scalars: ClassVar[bool] = False

    keep: str = ""
    """A function that stays, also if it is private: one that is run by itself."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        pending = [call for call in ops_in(op) if _is_call(call)]
        if not pending:
            return
        known = by_name(op)
        calls = Counter(call.callee.string_value() for call in pending)
        fits = {name: _fits(known, name, number) for name, number in calls.items()}
        named: set[str] = set()
        for function in list(known.values()):
            named |= _in_function(known, function, fits)
        _erase_unused(op, known, named, self.keep)


def _is_call(op: Operation) -> TypeGuard[Call]:
    """Whether an op calls a function on values. A call of terms is still to be differentiated."""
    if not isinstance(op, CALLS):
        return False
    return not any(isinstance(x.type, types.Term) for x in (*op.operands, *op.results))


def _fits(known: Mapping[str, func.FuncOp], name: str, calls: int) -> bool:
    function = known.get(name)
    if function is None or len(function.body.blocks) != 1 or name in _names_in(known, name):
        return False
    size = sum(1 for _ in ops_in(function.body))
    return size <= SHORT or size * calls <= LONG


def _names_in(known: Mapping[str, func.FuncOp], name: str) -> set[str]:
    """The functions that a function calls, by any number of steps."""
    found: set[str] = set()
    pending = [name]
    while pending:
        function = known.get(pending.pop())
        if function is None:
            continue
        for op in ops_in(function.body):
            # A call of a value calls no rule of a derivative.
            names = (
                {op.callee.string_value()}
                if isinstance(op, CALLS)
                else {each.root_reference.data for each in symbols.references_of(op)}
            )
            pending += names - found
            found |= names
    return found


def _in_function(
    known: Mapping[str, func.FuncOp], function: func.FuncOp, fits: Mapping[str, bool]
) -> set[str]:
    """Replace the calls in a function. The result has the functions that these calls name."""
    pending = [call for call in ops_in(function) if _is_call(call)]
    named: set[str] = set()
    while pending:
        call = pending.pop()
        name = call.callee.string_value()
        if not fits.get(name, False):
            continue
        before, block = call.prev_op, call.parent
        assert block is not None
        results = inline(known[name], call.operands, Emitter.before(call))
        inner = block.first_op if before is None else before.next_op
        while inner is not None and inner is not call:
            pending += [each for each in ops_in(inner) if _is_call(each)]
            inner = inner.next_op
        named |= {each.root_reference.data for each in symbols.references_of(call)}
        count(f"inline({call.name})")
        Rewriter.replace_op(call, [], results)
    return named


def _erase_unused(
    module: ModuleOp, known: Mapping[str, func.FuncOp], named: set[str], keep: str
) -> None:
    """Erase the functions of inlined calls that are private and that nothing refers to any more."""
    gone = {
        name
        for name in named.union(*(_names_in(known, each) for each in named))
        if name in known and name != keep and symbols.visibility(known[name]) == symbols.PRIVATE
    }
    roots: list[Operation] = [op for op in module.ops if symbols.name_of(op) not in gone]
    while roots:
        for each in symbols.references(roots.pop()):
            if (name := each.root_reference.data) in gone:
                gone.remove(name)
                roots.append(known[name])
    for name in gone:
        Rewriter.erase_op(known[name], safe_erase=False)
