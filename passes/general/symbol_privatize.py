"""
Make symbols private, so that other passes may change or remove them.

Needs:   nothing.
Leaves:  no public or nested symbol in the op, but for those of `exclude`.
Keeps:   all else. Nobody outside of the program can call the symbols any more.
Ends:    one look at each symbol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Operation
from xdsl.irdl import IRDLOperation
from xdsl.passes import ModulePass

from ..rewriting.driver import count
from . import symbols


@dataclass(frozen=True)
class SymbolPrivatizePass(ModulePass):
    """
    Makes all symbols private, but for those that `exclude` names.

    Example:

        >>> module = lg.trace(lambda x: x * x, 1.0)
        >>> SymbolPrivatizePass().apply(ctx, module)
        >>> functions_by_name(module)["lambda"].sym_visibility.data
        'private'
    """

    name = "symbol-privatize"
    title: ClassVar[str] = "SymbolPrivatize"
    wants_scalars: ClassVar[bool] = False

    exclude: tuple[str, ...] = ()
    """The names of the symbols that stay as they are."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.apply_to(ctx, op)

    def apply_to(self, ctx: Context, op: Operation) -> None:
        for region in op.regions:
            for block in region.blocks:
                for symbol in block.ops:
                    self._privatize(symbol)

    def _privatize(self, symbol: Operation) -> None:
        name = symbols.name_of(symbol)
        if name is None or name in self.exclude:
            return
        if symbols.visibility(symbol) == symbols.PRIVATE:
            return
        private = StringAttr(symbols.PRIVATE)
        known = symbol.get_irdl_definition().properties if isinstance(symbol, IRDLOperation) else {}
        if "sym_visibility" in known:
            symbol.properties["sym_visibility"] = private
        else:
            symbol.attributes["sym_visibility"] = private
        count(self.name)
