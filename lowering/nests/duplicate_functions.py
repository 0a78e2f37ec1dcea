"""
Remove functions that another function equals: `duplicate-function-elimination`.

Needs:   nothing.
Leaves:  no private function that equals another function of the module in all but its name, if
         calls are all that name it. Functions of loops of one step with a checkpoint stay, because
         `kernel-plan-buffers` counts the loops around each of them.
Keeps:   the value, bit for bit; which results a loop carries (`carried_by_loops`).
Ends:    the pass looks at each function once, callees before their callers.

The gradient of a loop of unknown length runs its body in several places, and the branches of a
conditional inside are alike in all of them. Also a body with many alike conditionals has few
functions that differ. Each of them is compiled once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

from xdsl.context import Context
from xdsl.dialects import arith, func, math, scf
from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from ...dialects import ten
from ...dialects.walking import ops_in
from ...passes.general import symbols
from ...passes.rewriting.diagnostics import position
from ...passes.rewriting.driver import count
from ...passes.rewriting.functions import functions
from .op_forms import form_of
from .outline import carried_by_loops
from .plan_buffers import single_steps

SILENT = {arith.Arith.name, func.Func.name, math.Math.name, scf.Scf.name, ten.Ten.name}
"""
Dialects whose ops raise no error at run time that names their place in the source, but for
`NAME_PLACES`.
"""


NAME_PLACES = scf.ForOp, ten.MatrixOp


class DuplicateFunctionsPass(ModulePass):
    """
    Removes functions that another function equals, and lets their callers call the other one.

    Example:

        >>> def f(x):
        ...     h = lg.cond(x > 0, lambda x: np.sin(x), lambda x: x, x)
        ...     return lg.cond(h > 0.5, lambda x: np.sin(x), lambda x: -x, h)
        >>> module = lg.trace(f, 1.0)
        >>> run_pipeline(ctx, module, "outline-regions")
        >>> before = len(functions_by_name(module))
        >>> run_pipeline(ctx, module, "duplicate-function-elimination")
        >>> before - len(functions_by_name(module))
        1
    """

    name = "duplicate-function-elimination"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        merged = _merged(op)
        if not merged:
            return
        for call in ops_in(op):
            if isinstance(call, func.CallOp):
                other = merged.get(call.callee.string_value())
                if other is not None:
                    call.callee = SymbolRefAttr(other)
        for function in list(functions(op)):
            if function.sym_name.data in merged:
                function.detach()
                function.erase(safe_erase=False)
                count(self.name)


def _merged(module: ModuleOp) -> dict[str, str]:
    """For each function that goes, the function that stays."""
    known = {f.sym_name.data: f for f in functions(module) if f.body.blocks}
    ops = {name: list(ops_in(f)) for name, f in known.items()}
    # What equal functions have in common, and most others do not.
    looks = {name: (known[name].function_type, *map(type, ops[name])) for name in known}
    rivals = Counter(looks.values())
    if len(rivals) == len(known):
        return {}
    calls = {
        name: [op.callee.string_value() for op in inner if isinstance(op, func.CallOp)]
        for name, inner in ops.items()
    }
    named = Counter(r.string_value() for r in symbols.references(module))
    called = Counter(name for names in calls.values() for name in names)
    steps = {f.sym_name.data for same in single_steps(module).values() for f in same}
    carried = carried_by_loops(module)
    stays: dict[str, str] = {}
    """The functions that are settled, and which function stays in place of each."""
    found: dict[Hashable, str] = {}
    pending = list(known)
    while pending:
        rest: list[str] = []
        for name in pending:
            if any(callee in known and callee not in stays for callee in calls[name]):
                rest.append(name)
                continue
            stays[name] = name
            if steps.intersection(calls[name]):
                steps.add(name)
            if name in steps or rivals[looks[name]] == 1:
                continue
            pairs = carried.get(name)
            key = None if pairs is None else tuple(pairs.items()), *_form(known[name], stays)
            first = found.setdefault(key, name)
            is_private = symbols.visibility(known[name]) == symbols.PRIVATE
            if first != name and is_private and named[name] == called[name]:
                stays[name] = first
        if len(rest) == len(pending):
            break  # These functions call each other.
        pending = rest
    return {name: other for name, other in stays.items() if name != other}


def _form(function: func.FuncOp, stays: dict[str, str]) -> Sequence[Hashable]:
    """
    All that a function is but its name, with the functions that stay in place of those that it
    calls.
    """

    def about(op: Operation) -> Iterator[Hashable]:
        for items in (op.properties, op.attributes):
            for key in sorted(items):
                if op is function and key in ("sym_name", "sym_visibility"):
                    continue
                attribute: Hashable = items[key]
                if isinstance(op, func.CallOp) and key == "callee":
                    name = op.callee.string_value()
                    attribute = stays.get(name, name)
                yield key, attribute
        if op.dialect_name() not in SILENT or isinstance(op, NAME_PLACES):
            yield position(op.location)

    return form_of(function, about)[0]
