"""
Sparse conditional constant propagation: find the values that are constant on all ways on which the
program can run, and write them as constants.

Needs:   nothing.
Leaves:  no use of a value that is found to be constant; no dead op among those that gave them.
Keeps:   the value, bit for bit.
Ends:    each value goes from unknown to a constant, and from a constant to varying, once.

The pass follows branches between blocks, `scf.if`, `scf.index_switch`, `scf.for`, `scf.while`,
`scf.execute_region`, `affine.if`, `affine.for`, and calls of private functions all of whose callers
are known. It goes into the regions of all other ops with arguments that vary.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import ClassVar, TypeAlias, cast

from xdsl.context import Context
from xdsl.dialects import affine, arith, cf, func, scf
from xdsl.dialects.builtin import (
    DenseIntElementsAttr,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IntegerAttr,
    ModuleOp,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineSet
from xdsl.passes import ModulePass
from xdsl.traits import ConstantLike, HasFolder

from ...dialects.walking import ops_in
from ..rewriting import effects, folding
from ..rewriting.driver import count
from . import symbols


class _Varies(Enum):
    VARIES = 0


VARIES = _Varies.VARIES
Known: TypeAlias = Attribute | _Varies
"""A constant, or the fact that the value varies. No entry: no way to the value is found yet."""

_CONSTANTS = (IntegerAttr, FloatAttr, DenseIntOrFPElementsAttr)


class SccpPass(ModulePass):
    """Writes values that are constant on all ways through the program as constants."""

    name = "sccp"
    title: ClassVar[str] = "SCCP"
    wants_scalars: ClassVar[bool] = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.apply_to(ctx, op)

    def apply_to(self, ctx: Context, op: Operation) -> None:
        analysis = _Analysis(op)
        analysis.run()
        analysis.rewrite()


class _Analysis:
    def __init__(self, root: Operation):
        self._root = root
        self.known: dict[SSAValue, Known] = {}
        self._reached: set[Block] = set()
        self._pending: list[Operation] = []
        self._waiting: set[Operation] = set()
        self._callers: dict[func.FuncOp, list[func.CallOp]] = {}
        """The calls of each private function whose callers are all known."""
        self._callees: dict[func.CallOp, func.FuncOp] = {}
        for table in ops_in(root):
            if symbols.is_table(table):
                self._find_calls(table)

    def _find_calls(self, table: Operation) -> None:
        functions = {
            f.sym_name.data: f
            for region in table.regions
            for block in region.blocks
            for f in block.ops
            if isinstance(f, func.FuncOp)
        }
        others: set[str] = set()
        calls: dict[str, list[func.CallOp]] = {}
        for op in ops_in(table):
            if isinstance(op, func.CallOp):
                calls.setdefault(op.callee.string_value(), []).append(op)
                continue
            others.update(r.root_reference.data for r in symbols.references_of(op))
        for name, function in functions.items():
            if not function.body.blocks:
                continue
            for call in calls.get(name, ()):
                self._callees[call] = function
            private = symbols.visibility(function) == symbols.PRIVATE
            if private and name not in others and calls.get(name):
                self._callers[function] = calls[name]

    # The lattice.

    def join(self, value: SSAValue, new: Known | None) -> None:
        if new is None:
            return
        old = self.known.get(value)
        joined = new if old is None or old == new else VARIES
        if joined is old or joined == old:
            return
        self.known[value] = joined
        for use in value.uses:
            self._push(use.operation)
            # What a terminator hands on changes the op around it.

    def join_all(self, values: Sequence[SSAValue], new: Iterable[SSAValue]) -> None:
        for value, source in zip(values, new, strict=True):
            self.join(value, self.known.get(source))

    def vary(self, values: Iterable[SSAValue]) -> None:
        for value in values:
            self.join(value, VARIES)

    def _push(self, op: Operation) -> None:
        if op.parent in self._reached and op not in self._waiting:
            self._waiting.add(op)
            self._pending.append(op)

    def reach(self, block: Block) -> None:
        if block in self._reached:
            return
        self._reached.add(block)
        for op in block.ops:
            self._push(op)

    def enter(self, region: Region, arguments: Iterable[SSAValue] | None = None) -> None:
        """A region can run. Its first block gets these arguments; None if they vary."""
        if not region.blocks:
            return
        block = region.blocks[0]
        if arguments is None:
            self.vary(block.args)
        else:
            self.join_all(block.args, arguments)
        self.reach(block)

    # The walk.

    def run(self) -> None:
        for region in self._root.regions:
            self.enter(region)
        while self._pending:
            # Nearly in the order of the program.
            batch, self._pending = self._pending, []
            for op in batch:
                self._waiting.discard(op)
                self._visit(op)

    def _number(self, value: SSAValue) -> int | _Varies | None:
        """The integer that a value is; None if no way to it is found yet."""
        found = self.known.get(value)
        if isinstance(found, IntegerAttr):
            return cast(int, found.value.data)
        return None if found is None else VARIES

    def _visit(self, op: Operation) -> None:
        match op:
            case func.FuncOp():
                if op in self._callers:
                    return
                self.enter(op.body)
            case func.CallOp():
                self._call(op)
            case func.ReturnOp():
                function = op.parent_op()
                if isinstance(function, func.FuncOp):
                    for call in self._callers.get(function, ()):
                        if call.parent in self._reached:
                            self.join_all(call.results, op.operands)
            case scf.IfOp():
                taken = self._number(op.cond)
                if taken is not None:
                    for region, number in ((op.true_region, 0), (op.false_region, 1)):
                        if taken is VARIES or bool(taken) != bool(number):
                            self.enter(region, ())
            case scf.IndexSwitchOp():
                self._index_switch(op)
            case scf.ForOp():
                self._loop(op, op.body.block, op.iter_args)
            case affine.ForOp():
                self._loop(op, op.body.block, op.inits)
            case affine.IfOp():
                self._affine_if(op)
            case affine.YieldOp():
                self._affine_yield(op)
            case scf.WhileOp():
                self.enter(op.before_region, op.arguments)
            case scf.ExecuteRegionOp():
                self.enter(op.regions[0], ())
            case scf.ConditionOp():
                self._condition(op)
            case scf.YieldOp():
                self._yield(op)
            case cf.BranchOp():
                self._edge(op.successor, op.arguments)
            case cf.ConditionalBranchOp():
                taken = self._number(op.cond)
                if taken is VARIES or (taken is not None and taken):
                    self._edge(op.then_block, op.then_arguments)
                if taken is VARIES or taken == 0:
                    self._edge(op.else_block, op.else_arguments)
            case cf.SwitchOp():
                self._switch(op)
            case _:
                self._other(op)

    def _loop(self, op: Operation, body: Block, inits: Sequence[SSAValue]) -> None:
        """A counted loop. It may run no turn, and then it gives its initial values."""
        self.vary(body.args[:1])
        self.join_all(body.args[1:], inits)
        self.reach(body)
        self.join_all(op.results, inits)

    def _affine_if(self, op: affine.IfOp) -> None:
        numbers = [self._number(x) for x in op.args]
        if None in numbers:
            return
        places = [n for n in numbers if isinstance(n, int)]
        taken: bool | None = None
        if len(places) == len(numbers):
            taken = _holds(op.condition.data, places)
        if taken is not False:
            self.enter(op.then_region, ())
        if taken is not True:
            self.enter(op.else_region, ())

    def _affine_yield(self, op: affine.YieldOp) -> None:
        around = op.parent_op()
        if isinstance(around, affine.ForOp):
            self.join_all(around.body.block.args[1:], op.operands)
            self.join_all(around.results, op.operands)
        elif isinstance(around, affine.IfOp):
            self.join_all(around.results, op.operands)

    def _edge(self, block: Block, arguments: Iterable[SSAValue]) -> None:
        self.join_all(block.args, arguments)
        self.reach(block)

    def _call(self, op: func.CallOp) -> None:
        callee = self._callees.get(op)
        if callee is None or callee not in self._callers:
            self.vary(op.results)
            return
        self.enter(callee.body, op.operands)
        for block in callee.body.blocks:
            if block in self._reached and isinstance(block.last_op, func.ReturnOp):
                self.join_all(op.results, block.last_op.operands)

    def _index_switch(self, op: scf.IndexSwitchOp) -> None:
        taken = self._number(op.arg)
        if taken is None:
            return
        cases = [int(c) for c in op.cases.get_values()]
        for case, region in zip(cases, op.case_regions, strict=True):
            if taken is VARIES or taken == case:
                self.enter(region, ())
        if taken is VARIES or taken not in cases:
            self.enter(op.default_region, ())

    def _condition(self, op: scf.ConditionOp) -> None:
        loop = op.parent_op()
        assert isinstance(loop, scf.WhileOp)
        taken = self._number(op.condition)
        if taken is VARIES or taken == 0:
            self.join_all(loop.results, op.args)
        if taken is VARIES or (taken is not None and taken):
            self.enter(loop.after_region, op.args)

    def _yield(self, op: scf.YieldOp) -> None:
        around = op.parent_op()
        match around:
            case scf.WhileOp():
                self.enter(around.before_region, op.operands)
            case scf.ForOp():
                self.join_all(around.body.block.args[1:], op.operands)
                self.join_all(around.results, op.operands)
            case scf.IfOp() | scf.IndexSwitchOp() | scf.ExecuteRegionOp():
                self.join_all(around.results, op.operands)
            case _:
                pass

    def _switch(self, op: cf.SwitchOp) -> None:
        taken = self._number(op.flag)
        if taken is None:
            return
        values = op.case_values
        cases = (
            []
            if values is None
            else [int(v) for v in cast(DenseIntElementsAttr, values).get_values()]
        )
        rest = iter(op.case_operands)
        for case, block, size in zip(
            cases, op.case_blocks, op.case_operand_segments.get_values(), strict=True
        ):
            arguments = [next(rest) for _ in range(int(size))]
            if taken is VARIES or taken == case:
                self._edge(block, arguments)
        if taken is VARIES or taken not in cases:
            self._edge(op.default_block, op.default_operands)

    def _other(self, op: Operation) -> None:
        for region in op.regions:
            self.vary(argument for block in region.blocks for argument in block.args)
            for block in region.blocks:
                self.reach(block)
        for block in op.successors:
            self.vary(block.args)
            self.reach(block)
        if not op.results or all(self.known.get(r) is VARIES for r in op.results):
            return
        if op.regions or effects.is_terminator(type(op)):
            self.vary(op.results)
            return
        if op.has_trait(ConstantLike):
            value = op.get_attr_or_prop("value")  # a zero is false in Python
            self.join(op.results[0], value if isinstance(value, _CONSTANTS) else VARIES)
            return
        operands = [self.known.get(x) for x in op.operands]
        if any(x is None for x in operands):
            return
        for result, found in zip(op.results, self._folded(op, operands), strict=True):
            self.join(result, found)

    def _folded(self, op: Operation, operands: Sequence[Known | None]) -> Sequence[Known | None]:
        """The results of an op whose operands are known, as far as they are constants."""
        nothing = [VARIES] * len(op.results)
        if all(x is VARIES for x in operands) or not effects.is_side_effect_free(op):
            return nothing
        if isinstance(op, arith.MuliOp | arith.AndIOp):
            # Zero times anything is zero. The other operand may vary.
            for x in operands:
                if isinstance(x, IntegerAttr) and x.value.data == 0:
                    return [x]
        values = [
            x if known is VARIES else _constant(cast(Attribute, known), x)
            for x, known in zip(op.operands, operands, strict=True)
        ]
        copy = type(op).create(
            operands=values,
            result_types=op.result_types,
            properties=op.properties,
            attributes=op.attributes,
        )
        try:
            if folding.folds(type(op)) and folding.of_constants(copy):
                constants = folding.folded(copy)
                return nothing if constants is None else [c.value for c in constants]
            trait = None if op.has_trait(ConstantLike) else op.get_trait(HasFolder)
            found = None if trait is None else trait.fold(copy)
            if found is None:
                return nothing
            return [self._of_fold(x) for x in found]
        finally:
            copy.erase()

    def _of_fold(self, found: SSAValue | Attribute) -> Known | None:
        if not isinstance(found, SSAValue):
            return found if isinstance(found, _CONSTANTS) else VARIES
        if isinstance(found.owner, arith.ConstantOp) and found.owner.parent is None:
            return found.owner.value
        return self.known.get(found, VARIES)

    # The rewriting.

    def rewrite(self) -> None:
        made: dict[tuple[Block, Attribute, Attribute], SSAValue] = {}
        dead: list[Operation] = []
        for value, known in list(self.known.items()):
            if known is VARIES or value.first_use is None or not isinstance(known, _CONSTANTS):
                continue
            owner = value.owner
            if isinstance(owner, Operation) and owner.has_trait(ConstantLike):
                continue
            home = owner if isinstance(owner, Block) else owner.parent
            assert home is not None
            entry = _entry(home)
            key = entry, known, value.type
            if key not in made:
                constant = _constant(known, value).owner
                assert isinstance(constant, Operation)
                constant.location = (
                    owner.location if isinstance(owner, Operation) else value.location  # type: ignore[attr-defined]
                )
                first = entry.first_op
                assert first is not None
                entry.insert_op_before(constant, first)
                made[key] = constant.results[0]
            value.replace_all_uses_with(made[key])
            count(SccpPass.name)
            if isinstance(owner, Operation):
                dead.append(owner)
        _erase_dead(dead)


def _holds(set: AffineSet, places: Sequence[int]) -> bool | None:
    """Whether all constraints of a set hold; None where a number is divided by no positive one."""
    dims, symbols = list(places[: set.num_dims]), list(places[set.num_dims :])
    try:
        for constraint in set.constraints:
            a, b = constraint.lhs.eval(dims, symbols), constraint.rhs.eval(dims, symbols)
            if not {">=": a >= b, "<=": a <= b, "==": a == b}[constraint.kind.value]:
                return False
    except ZeroDivisionError:
        return None
    return True


def _erase_dead(ops: list[Operation]) -> None:
    pending = list(ops)
    seen: set[Operation] = set()
    while pending:
        op = pending.pop()
        if op in seen or op.parent is None or not effects.is_trivially_dead(op):
            continue
        seen.add(op)
        sources = [x.owner for each in ops_in(op) for x in each.operands]
        op.detach()
        op.erase()
        gone = set(ops_in(op))
        seen |= gone
        pending.extend(s for s in sources if isinstance(s, Operation) and s not in gone)


def _constant(value: Attribute, like: SSAValue) -> SSAValue:
    return arith.ConstantOp(cast(IntegerAttr, value), like.type).result


def _entry(block: Block) -> Block:
    """The first block of the isolated op around a block: constants stand there."""
    while True:
        region = block.parent
        assert region is not None
        holder = region.parent
        if holder is None or effects.is_isolated(type(holder)) or holder.parent is None:
            return region.blocks[0]
        block = holder.parent
