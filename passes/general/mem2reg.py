"""
Turn memory of one element into values.

Needs:   nothing.
Leaves:  no `memref.alloca` of one element whose uses are all loads and stores in the blocks of its
         own region, with a store on each way to a load, and branches of `cf` between these blocks.
Keeps:   the value, bit for bit.
Ends:    each block gets at most one argument for each piece of memory.

A load before the first store reads memory that nobody wrote, so such memory stays. A block that is
reached from several others takes the element as an argument, where the others give different ones.
"""

from __future__ import annotations

from typing import ClassVar, cast

from xdsl.context import Context
from xdsl.dialects import cf, memref
from xdsl.dialects.builtin import DenseIntElementsAttr, MemRefType, ModuleOp
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects.walking import ops_in
from ..rewriting.driver import count


class Mem2RegPass(ModulePass):
    """Turns memory of one element into values."""

    name = "mem2reg"
    title: ClassVar[str] = "Mem2Reg"
    wants_scalars: ClassVar[bool] = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.apply_to(ctx, op)

    def apply_to(self, ctx: Context, op: Operation) -> None:
        for each in [x for x in ops_in(op) if isinstance(x, memref.AllocaOp)]:
            cell = _Cell.of(each)
            if cell is not None:
                cell.promote()
                count(self.name)


class _Cell:
    """Memory of one element, and the loads and stores in each block."""

    def __init__(self, alloca: memref.AllocaOp, users: dict[Block, list[Operation]]):
        self.alloca = alloca
        self.users = users
        assert alloca.parent is not None and alloca.parent.parent is not None
        self.home: Block = alloca.parent
        self.region: Region = alloca.parent.parent
        self.edges: dict[Block, list[Block]] = {block: [] for block in self.region.blocks}
        """For each block, the blocks from which a branch comes, once for each branch."""
        for block in self.region.blocks:
            last = block.last_op
            for target in () if last is None else last.successors:
                self.edges[target].append(block)
        self.at_end: dict[Block, SSAValue] = {}
        """The element at the end of a block."""
        self.arguments: dict[Block, BlockArgument] = {}

    @staticmethod
    def of(alloca: memref.AllocaOp) -> _Cell | None:
        """The memory; None if it has to stay."""
        kind = alloca.memref.type
        if not isinstance(kind, MemRefType) or any(n != 1 for n in kind.get_shape()):
            return None
        users: set[Operation] = set()
        blocks: set[Block] = set()
        for use in alloca.memref.uses:
            user = use.operation
            if user.parent is None or alloca.parent is None:
                return None
            if user.parent.parent is not alloca.parent.parent:
                return None
            if isinstance(user, memref.StoreOp):
                if use.index != 1:  # the memory itself is stored
                    return None
            elif not isinstance(user, memref.LoadOp):
                return None
            users.add(user)
            blocks.add(user.parent)
        ordered = {block: [op for op in block.ops if op in users] for block in blocks}
        cell = _Cell(alloca, ordered)
        return cell if cell._may_go() else None

    def _stores(self, block: Block) -> bool:
        return any(isinstance(op, memref.StoreOp) for op in self.users.get(block, ()))

    def _loads_first(self, block: Block) -> bool:
        users = self.users.get(block)
        return bool(users) and isinstance(users[0], memref.LoadOp)

    def _may_go(self) -> bool:
        """Whether each load has a store before it on each way, and all branches are known."""
        if self._loads_first(self.home):
            return False
        for block in self.needing():
            for source in self.edges[block]:
                last = source.last_op
                if not isinstance(last, cf.BranchOp | cf.ConditionalBranchOp | cf.SwitchOp):
                    return False
        written = self._written()
        return all(
            self.edges[block] and all(source in written for source in self.edges[block])
            for block in self.needing()
        )

    def needing(self) -> list[Block]:
        """The blocks that need the element from the blocks before them, in the text's order."""
        found: set[Block] = set()
        pending = [block for block in self.users if self._loads_first(block)]
        while pending:
            block = pending.pop()
            if block in found or block is self.home:
                continue
            found.add(block)
            pending += [source for source in self.edges[block] if not self._stores(source)]
        return [block for block in self.region.blocks if block in found]

    def _written(self) -> set[Block]:
        """The blocks at whose end the element is written, on each way from the allocation."""
        reached, pending = {self.home}, [self.home]
        while pending:
            last = pending.pop().last_op
            for target in () if last is None else last.successors:
                if target not in reached:
                    reached.add(target)
                    pending.append(target)
        written = set(reached)
        while True:
            lost = {
                block
                for block in written
                if not self._stores(block)
                and (block is self.home or not all(p in written for p in self.edges[block]))
            }
            if not lost:
                return written
            written -= lost

    def promote(self) -> None:
        element = cast(MemRefType, self.alloca.memref.type).element_type
        needing = self.needing()
        for block in needing:
            argument = block.insert_arg(element, len(block.args))
            argument.name_hint = self.alloca.memref.name_hint
            self.arguments[block] = argument
        for block, users in self.users.items():
            value: SSAValue | None = self.arguments.get(block)
            for user in users:
                if isinstance(user, memref.StoreOp):
                    value = user.value
                else:
                    assert value is not None
                    Rewriter.replace_op(user, [], [value])
        # A store may store what another block loaded, so its value counts when no load is left.
        self.at_end |= self.arguments
        for block, users in self.users.items():
            for user in users:
                if isinstance(user, memref.StoreOp):
                    self.at_end[block] = user.value
                    user.detach()
                    user.erase()
        self._drop_arguments()
        for block in self.region.blocks:
            last = block.last_op
            if last is not None and any(target in self.arguments for target in last.successors):
                self._give(last, block)
        self.alloca.detach()
        self.alloca.erase()

    def _drop_arguments(self) -> None:
        """Replace each argument for which all branches give one value."""
        while True:
            for block, argument in self.arguments.items():
                given = {self.at_end[p] for p in self.edges[block]} - {argument}
                if len(given) == 1:
                    break
            else:
                return
            (value,) = given
            argument.replace_all_uses_with(value)
            self.at_end = {b: value if x is argument else x for b, x in self.at_end.items()}
            del self.arguments[block]
            block.erase_arg(argument)

    def _give(self, last: Operation, block: Block) -> None:
        """Write a branch again, with the element for each block that takes it."""

        def more(target: Block) -> list[SSAValue]:
            return [self.at_end[block]] if target in self.arguments else []

        match last:
            case cf.BranchOp():
                new: Operation = cf.BranchOp(last.successor, *last.arguments, *more(last.successor))
            case cf.ConditionalBranchOp():
                new = cf.ConditionalBranchOp(
                    last.cond,
                    last.then_block,
                    [*last.then_arguments, *more(last.then_block)],
                    last.else_block,
                    [*last.else_arguments, *more(last.else_block)],
                )
            case _:
                assert isinstance(last, cf.SwitchOp)
                rest = iter(last.case_operands)
                cases = [
                    [*(next(rest) for _ in range(int(n))), *more(target)]
                    for target, n in zip(
                        last.case_blocks, last.case_operand_segments.get_values(), strict=True
                    )
                ]
                new = cf.SwitchOp(
                    last.flag,
                    last.default_block,
                    [*last.default_operands, *more(last.default_block)],
                    cast(DenseIntElementsAttr, last.case_values),
                    last.case_blocks,
                    cases,
                )
        new.location = last.location
        new.attributes |= last.attributes
        Rewriter.replace_op(last, new, [])
