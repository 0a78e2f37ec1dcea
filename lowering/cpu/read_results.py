"""
Which results of a decomposition nobody reads: eigenvalues without vectors need a third of the time.
An attribute of the op says so, because the text of a kept program has no readers.
"""

from __future__ import annotations

from xdsl.dialects import func
from xdsl.dialects.builtin import DenseArrayBase, ModuleOp, i64
from xdsl.ir import SSAValue

from ...dialects import delta, ten
from ...dialects.walking import ops_in
from ...passes.general import symbols

UNREAD = "unread"
"""The attribute with the positions of the results."""

Calls = func.CallOp | delta.CustomVjpOp | delta.CustomJvpOp


def mark_unread(module: ModuleOp, entry: str) -> None:
    """
    Give each decomposition of the program that starts at `@entry` the positions of the results that
    nobody reads.
    """
    decompositions = [op for op in ops_in(module) if isinstance(op, ten.MatrixOp)]
    if not decompositions:
        return
    readers = _Readers(module, entry)
    for op in decompositions:
        unread = [k for k, x in enumerate(op.results) if not readers.read(x)]
        if unread:
            op.attributes[UNREAD] = DenseArrayBase.from_list(i64, unread)


def reads(op: ten.MatrixOp) -> list[bool]:
    """For each result, whether somebody reads it."""
    stated = op.attributes.get(UNREAD)
    unread = stated.get_values() if isinstance(stated, DenseArrayBase) else ()
    return [k not in unread for k in range(len(op.results))]


class _Readers:
    """The calls of each function that run, if the program starts at one function."""

    def __init__(self, module: ModuleOp, entry: str):
        self.functions = {f.sym_name.data: f for f in ops_in(module) if isinstance(f, func.FuncOp)}
        self.calls: dict[str, list[Calls]] = {}
        self.shared = {entry}
        """The functions whose results somebody else may read."""
        pending, seen = [entry], {entry}
        while pending:
            function = self.functions.get(pending.pop())
            for op in ops_in(function) if function is not None else ():
                if isinstance(op, Calls):
                    # The rule that states a derivative does not run here.
                    names = [op.callee.string_value()]
                    self.calls.setdefault(names[0], []).append(op)
                else:
                    names = [r.string_value() for r in symbols.references_of(op)]
                    self.shared.update(() if op is function else names)
                pending += [name for name in names if name not in seen]
                seen.update(names)

    def read(self, x: SSAValue, seen: frozenset[SSAValue] = frozenset()) -> bool:
        """
        Whether an op reads the value. A function may return the value to calls that do not read it,
        and a call may pass the value to a function that does not read it.
        """
        if x in seen:
            return False
        seen |= {x}
        for use in x.uses:
            op = use.operation
            function = op.parent_op()
            if isinstance(op, Calls):
                callee = self.functions.get(op.callee.string_value())
                if callee is None or not callee.body.blocks:
                    return True
                if self.read(callee.body.block.args[use.index], seen):
                    return True
            elif isinstance(op, func.ReturnOp) and isinstance(function, func.FuncOp):
                name = function.sym_name.data
                # A function that nothing here calls is a rule, or a part of one.
                if name in self.shared:
                    return True
                if any(self.read(c.results[use.index], seen) for c in self.calls.get(name, ())):
                    return True
            else:
                return True
        return False
