"""
Remove symbols that nothing refers to.

Needs:   nothing.
Leaves:  no private symbol without a reference from an op that stays; no nested one where nobody
         outside can see its table.
Keeps:   public symbols, and all else.
Ends:    one walk from the symbols that stay.

A reference counts where it may be meant: its first name is looked up in each table around the op.
"""

from __future__ import annotations

from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from ...dialects.walking import ops_in
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from . import symbols


class SymbolDcePass(ModulePass):
    """
    Removes functions and other symbols that nothing refers to.

    Example:

        >>> module = lg.trace(lambda x: x * x, 1.0)
        >>> SymbolDcePass().apply(ctx, module)
        >>> list(functions_by_name(module))
        ['lambda']
    """

    name = "symbol-dce"
    title: ClassVar[str] = "SymbolDCE"
    wants_scalars: ClassVar[bool] = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.apply_to(ctx, op)

    def apply_to(self, ctx: Context, op: Operation) -> None:
        """Errors: `LetgradError` for an op that holds no symbols."""
        if not symbols.is_table(op):
            raise LetgradError(
                f"symbol-dce runs on ops that hold symbols, and {op.name} does not", op
            )
        # The outermost table has no ops around it that could refer to its nested symbols.
        hidden = op.parent is None or symbols.visibility(op) == symbols.PRIVATE
        if op.parent is not None and symbols.name_of(op) is None:
            hidden = True
        live = _Liveness()
        live.of_table(op, hidden)
        gone: set[Operation] = set()
        for table in [each for each in ops_in(op) if symbols.is_table(each)]:
            if table in gone:
                continue
            for symbol in _symbols_in(table):
                if symbol not in live.found:
                    gone.update(ops_in(symbol))
                    symbol.detach()
                    symbol.erase(safe_erase=False)
                    count(self.name)


class _Liveness:
    def __init__(self) -> None:
        self.found: set[Operation] = set()
        self._hidden: dict[Operation, bool] = {}
        self._names: dict[Operation, dict[str, Operation]] = {}

    def of_table(self, table: Operation, hidden: bool) -> None:
        """Mark what stays in a table. `hidden`: no op outside of it can refer to its symbols."""
        self._hidden[table] = hidden
        pending: list[Operation] = []
        for region in table.regions:
            for block in region.blocks:
                for op in block.ops:
                    seen = symbols.visibility(op)
                    nested = hidden and seen == symbols.NESTED
                    if symbols.name_of(op) is None or not (nested or seen == symbols.PRIVATE):
                        pending.append(op)
        for op in pending:
            self._mark(op)

    def _mark(self, op: Operation) -> None:
        pending = [op]
        while pending:
            op = pending.pop()
            if op in self.found:
                continue
            self.found.add(op)
            if symbols.is_table(op):
                around = self._hidden.get(_table_around(op) or op, True)
                self.of_table(op, around or symbols.visibility(op) == symbols.PRIVATE)
                references = [(op, r) for r in symbols.references_of(op)]
            else:
                references = [(o, r) for o in ops_in(op) for r in symbols.references_of(o)]
            for user, reference in references:
                names = [reference.root_reference.data]
                names += [each.data for each in reference.nested_references.data]
                table = _table_around(user)
                while table is not None:
                    pending.extend(self._resolved(table, names))
                    table = _table_around(table)

    def _resolved(self, table: Operation, names: list[str]) -> list[Operation]:
        """The symbols that a reference passes, from `table` on."""
        found: list[Operation] = []
        for name in names:
            if table not in self._names:
                named = [(symbols.name_of(s), s) for s in _symbols_in(table)]
                self._names[table] = {n: s for n, s in named if n is not None}
            op = self._names[table].get(name)
            if op is None:
                break
            found.append(op)
            table = op
        return found


def _table_around(op: Operation) -> Operation | None:
    around = op.parent_op()
    while around is not None and not symbols.is_table(around):
        around = around.parent_op()
    return around


def _symbols_in(table: Operation) -> list[Operation]:
    return [
        op
        for region in table.regions
        for block in region.blocks
        for op in block.ops
        if symbols.name_of(op) is not None
    ]
