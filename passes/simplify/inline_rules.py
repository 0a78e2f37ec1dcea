"""
Put functions with derivative rules of their own where they are called: `delta-inline-rules`.

Needs:   nothing. Calls of terms stay: `delta-evaluate` and `delta-transpose` take them.
Leaves:  no `delta.custom_jvp` or `delta.custom_vjp` of values whose function is one block, and is
         short or called once; no private function that only such calls were about.
Keeps:   the value, bit for bit. Sharing: a body computes nothing that its call did not.
Ends:    a function is taken before those that call it.

So a derivative has to be taken before: the rule is lost. A function that is called has its
arguments and results in memory. In its place, its ops join the loop nests around them: `np.std`
stores no centred array.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, StringAttr, SymbolRefAttr
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import delta, types
from ...dialects.walking import ops_in
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.functions import by_name
from ..sharing.copying import inline

SHORT = 64
"""Ops of a function that may be in the program several times. Longer ones cost compile time."""

Call = delta.CustomJvpOp | delta.CustomVjpOp


@dataclass(frozen=True)
class InlineRulesPass(ModulePass):
    """
    Replaces calls of functions with derivative rules by the functions.

    Example:

        >>> module = lg.trace(np.std, lg.spec(100))
        >>> InlineRulesPass().apply(ctx, module)
        >>> any(op.name == "delta.custom_jvp" for op in find_entry(module, None).walk())
        False
    """

    name = "delta-inline-rules"

    keep: str = ""
    """A private function that stays in any case: one that is run by itself."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        known = by_name(op)
        calls = {name: _calls(function) for name, function in known.items()}
        # Nobody runs a rule any more, but it may call the function that it belongs to.
        rules = {name for each in calls.values() for call in each for name in _rules(call)}
        calls |= {name: [] for name in rules}
        often = Counter(_callee(call) for each in calls.values() for call in each)
        done: set[str] = set()

        def visit(name: str, path: frozenset[str]) -> None:
            if name in done:
                return
            done.add(name)
            path |= {name}
            for call in calls[name]:
                callee = _callee(call)
                if callee not in known or callee in path:
                    continue
                visit(callee, path)
                function = known[callee]
                if _is_one_block(function) and (often[callee] == 1 or _size(function) <= SHORT):
                    _inline(call, function)

        for name in known:
            visit(name, frozenset())
        _erase_unused(known, {*often, *rules} - {self.keep})


def _erase_unused(known: dict[str, func.FuncOp], named: set[str]) -> None:
    """Erase the private ones of these functions that no other function reaches."""
    own = {n for n in named if n in known and known[n].sym_visibility == StringAttr("private")}
    pending = [name for name in known if name not in own]
    while pending:
        for op in ops_in(known[pending.pop()]):
            for ref in (*op.properties.values(), *op.attributes.values()):
                if isinstance(ref, SymbolRefAttr) and (name := ref.string_value()) in own:
                    own.remove(name)
                    pending.append(name)
    for name in own:
        known[name].detach()
        known[name].erase()


def _calls(function: func.FuncOp) -> list[Call]:
    return [
        op
        for op in ops_in(function)
        if isinstance(op, Call)
        and not any(isinstance(x.type, types.Term) for x in (*op.operands, *op.results))
    ]


def _callee(call: Call) -> str:
    return call.callee.string_value()


def _rules(call: Call) -> list[str]:
    names = [call.jvp] if isinstance(call, delta.CustomJvpOp) else [call.forward, call.backward]
    return [name.string_value() for name in names]


def _is_one_block(function: func.FuncOp) -> bool:
    blocks = function.body.blocks
    return len(blocks) == 1 and isinstance(blocks[0].last_op, func.ReturnOp)


def _size(function: func.FuncOp) -> int:
    return sum(1 for _ in ops_in(function))


def _inline(call: Call, function: func.FuncOp) -> None:
    """
    y = custom_jvp @f, @rule (x)  →  y = the body of f on x

    Saves the memory of x and y, where a nest computes them.
    """
    count("inline-rule")
    results = inline(function, call.operands, Emitter.before(call).derived(call, "inline-rule"))
    for x, y in zip(call.results, results):
        if y.name_hint is None:
            y.name_hint = x.name_hint
    Rewriter.replace_op(call, [], results)
