"""
Put the regions of conditionals and loops into functions, which get nests and launchers like others.

    scf.if %c { f(%x) } else { … }  →  scf.if %c { call @main_then(%x) } else { … }
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects import func, scf
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Block, Region, SSAValue
from xdsl.passes import ModulePass

from ..to_kernel import captured

WORDS = {scf.IfOp: ("then", "else"), scf.ForOp: ("body",), scf.ExecuteRegionOp: ("region",)}


class OutlinePass(ModulePass):
    """Outlines the regions of `scf`, nested ones too."""

    name = "triton-outline"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        pending = [f for f in op.ops if isinstance(f, func.FuncOp)]
        names = {f.sym_name.data for f in pending}
        while pending:
            function = pending.pop()
            for block in function.body.blocks:
                for inner in list(block.ops):
                    for word, region in zip(WORDS.get(type(inner), ()), inner.regions):
                        made = self._outline(f"{function.sym_name.data}_{word}", names, region)
                        if made is not None:
                            op.body.block.add_op(made)
                            pending.append(made)

    def _outline(self, name: str, names: set[str], region: Region) -> func.FuncOp | None:
        if len(region.blocks) != 1 or region.block.first_op is region.block.last_op:
            return None
        old, last = region.block, region.block.last_op
        assert last is not None
        base, k = name, 1
        while name in names:
            name, k = f"{base}{k}", k + 1
        names.add(name)
        inside = {r for x in old.walk() for r in x.results} | set(old.args)
        outside = [
            x for x in dict.fromkeys(y for x in old.ops for y in captured(x)) if x not in inside
        ]
        given = [*old.args, *outside]
        block = Block(arg_types=[x.type for x in given])
        for x, arg in zip(given, block.args):
            arg.name_hint = x.name_hint
        mapping: dict[SSAValue, SSAValue] = dict(zip(given, block.args))
        for x in old.ops:
            if x is not last:
                block.add_op(x.clone(mapping))
        # Clones of results are in `mapping` by now.
        results = [mapping.get(x, x) for x in last.operands]
        block.add_op(func.ReturnOp(*results))
        signature = ([x.type for x in given], [x.type for x in results])
        made = func.FuncOp(name, signature, Region(block), visibility=StringAttr("private"))
        call = func.CallOp(name, given, [x.type for x in results])
        end = last.clone(dict(zip(last.operands, call.results)))
        for x in reversed(list(old.ops)):
            old.erase_op(x, safe_erase=False)
        old.add_ops([call, end])
        return made
