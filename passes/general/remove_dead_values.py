"""
Remove values that no effect and no result of the program depends on.

Needs:   nothing.
Leaves:  no argument and no result of a private function that nobody needs, if all uses of the
         function are calls; no carried value and no result of an `scf.for`, and no result of an
         `scf.if` or `scf.index_switch`, that nobody needs; no dead op.
Keeps:   the values of public functions, and all effects.
Ends:    one walk backwards from effects and results, and one rewrite.

A loop may carry a value only to compute its next value. Nothing else can remove such a value,
because each turn uses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import func, scf
from xdsl.dialects.builtin import ArrayAttr, FunctionType, ModuleOp
from xdsl.ir import Attribute, BlockArgument, Operation, OpResult, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects.walking import ops_in
from ..rewriting import effects
from ..rewriting.driver import count
from . import symbols

CHOICES = (scf.IfOp, scf.IndexSwitchOp)


class RemoveDeadValuesPass(ModulePass):
    """Removes arguments, results and carried values that nobody needs."""

    name = "remove-dead-values"
    title: ClassVar[str] = "RemoveDeadValues"
    wants_scalars: ClassVar[bool] = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.apply_to(ctx, op)

    def apply_to(self, ctx: Context, op: Operation) -> None:
        liveness = _Liveness(op)
        _Removal(op, liveness).run()


class _Liveness:
    """The values that effects and results depend on."""

    def __init__(self, root: Operation):
        self.values: set[SSAValue] = set()
        self.ops: set[Operation] = set()
        self.calls: dict[func.FuncOp, list[func.CallOp]] = {}
        self._callees: dict[func.CallOp, func.FuncOp] = {}
        self._pending: list[SSAValue] = []
        known = effects.EffectsOfNests()
        for op in ops_in(root):
            if symbols.is_table(op):
                self._find_calls(op)
        for op in ops_in(root):
            if effects.is_terminator(type(op)):
                if not self._hands_on(op):
                    self._needs(op)
            elif not op.regions or not isinstance(op, (*CHOICES, scf.ForOp)):
                if symbols.name_of(op) is not None or not _may_go(op, known):
                    self._needs(op)
        while self._pending:
            self._visit(self._pending.pop())

    def _find_calls(self, table: Operation) -> None:
        inner = [op for region in table.regions for block in region.blocks for op in block.ops]
        functions = {f.sym_name.data: f for f in inner if isinstance(f, func.FuncOp)}
        calls: dict[str, list[func.CallOp]] = {}
        others: set[str] = set()
        for op in ops_in(table):
            if isinstance(op, func.CallOp):
                calls.setdefault(op.callee.string_value(), []).append(op)
            else:
                others.update(r.root_reference.data for r in symbols.references_of(op))
        for name, function in functions.items():
            private = symbols.visibility(function) == symbols.PRIVATE
            if private and function.body.blocks and name not in others and name in calls:
                self.calls[function] = calls[name]
                self._callees.update((call, function) for call in calls[name])

    def _hands_on(self, terminator: Operation) -> bool:
        """Whether each operand of a terminator lives only if the value lives that it becomes."""
        around = terminator.parent_op()
        if isinstance(terminator, scf.YieldOp):
            return isinstance(around, (*CHOICES, scf.ForOp))
        return isinstance(terminator, func.ReturnOp) and around in self.calls

    def mark(self, value: SSAValue) -> None:
        if value not in self.values:
            self.values.add(value)
            self._pending.append(value)

    def _needs(self, op: Operation) -> None:
        """An op stays, and so do its operands and the ops around it."""
        while op not in self.ops:
            self.ops.add(op)
            if isinstance(op, scf.ForOp):
                wanted: Sequence[SSAValue] = (op.lb, op.ub, op.step)
            elif isinstance(op, func.CallOp) and op in self._callees:
                callee = self._callees[op]
                arguments = callee.body.blocks[0].args
                wanted = [
                    x for x, a in zip(op.operands, arguments, strict=True) if a in self.values
                ]
            elif self._hands_on(op):
                wanted = ()
            else:
                wanted = op.operands
            for value in wanted:
                self.mark(value)
            around = op.parent_op()
            if around is None:
                return
            op = around

    def _visit(self, value: SSAValue) -> None:
        if isinstance(value, OpResult):
            op, k = value.op, value.index
            self._needs(op)
            if isinstance(op, scf.ForOp):
                self._carried(op, k)
            elif isinstance(op, CHOICES):
                for region in op.regions:
                    for block in region.blocks:
                        if isinstance(block.last_op, scf.YieldOp):
                            self.mark(block.last_op.operands[k])
            elif isinstance(op, func.CallOp) and op in self._callees:
                for last in _returns(self._callees[op]):
                    self.mark(last.operands[k])
                for other in self.calls[self._callees[op]]:
                    self.mark(other.results[k])
        elif isinstance(value, BlockArgument):
            around = value.block.parent_op()
            if isinstance(around, scf.ForOp):
                self._needs(around)
                if value.index:
                    self._carried(around, value.index - 1)
            elif isinstance(around, func.FuncOp) and around in self.calls:
                if value.block is around.body.blocks[0]:
                    for call in self.calls[around]:
                        self.mark(call.operands[value.index])

    def _carried(self, loop: scf.ForOp, k: int) -> None:
        self.mark(loop.results[k])
        self.mark(loop.body.block.args[k + 1])
        self.mark(loop.iter_args[k])
        last = loop.body.block.last_op
        assert last is not None
        self.mark(last.operands[k])


def _may_go(op: Operation, known: effects.EffectsOfNests) -> bool:
    """Whether an op is dead where its results are."""
    return effects.would_be_trivially_dead(op) or (bool(op.regions) and known.of(op) == frozenset())


def _returns(function: func.FuncOp) -> list[func.ReturnOp]:
    lasts = (block.last_op for block in function.body.blocks)
    return [last for last in lasts if isinstance(last, func.ReturnOp)]


class _Removal:
    def __init__(self, root: Operation, liveness: _Liveness):
        self._root = root
        self._live = liveness

    def run(self) -> None:
        live = self._live
        ops = list(ops_in(self._root))[1:]
        for op in ops:
            if op not in live.ops:
                continue
            if isinstance(op, scf.ForOp):
                _drop_operands(op.body.block.last_op, self._kept(op.results))
            elif isinstance(op, CHOICES):
                for region in op.regions:
                    for block in region.blocks:
                        if isinstance(block.last_op, scf.YieldOp):
                            _drop_operands(block.last_op, self._kept(op.results))
        functions = {f: self._kept_of(f) for f in live.calls if f.parent is not None}
        for function, (arguments, results) in functions.items():
            for last in _returns(function):
                _drop_operands(last, results)
            for call in live.calls[function]:
                if call in live.ops:
                    _drop_operands(call, arguments)
        for op in reversed(ops):
            inside = op.parent is not None and op not in live.ops
            if inside and not effects.is_terminator(type(op)):
                for each in ops_in(op):
                    for result in each.results:
                        _forget(result)
                    each.operands = ()
                op.detach()
                op.erase(safe_erase=False)
                count(RemoveDeadValuesPass.name)
            elif isinstance(op, scf.ForOp) and op.parent is not None:
                self._for(op)
            elif isinstance(op, CHOICES) and op.parent is not None:
                self._choice(op)
        for function, (arguments, results) in functions.items():
            self._function(function, arguments, results)

    def _kept(self, values: Sequence[SSAValue]) -> list[int]:
        return [k for k, value in enumerate(values) if value in self._live.values]

    def _kept_of(self, function: func.FuncOp) -> tuple[list[int], list[int]]:
        calls = self._live.calls[function]
        results = {k for call in calls for k in self._kept(call.results)}
        return self._kept(function.body.blocks[0].args), sorted(results)

    def _for(self, op: scf.ForOp) -> None:
        kept = self._kept(op.results)
        if len(kept) == len(op.results):
            return
        body = op.body.block
        for k in reversed(range(len(op.results))):
            if k not in kept:
                body.erase_arg(body.args[k + 1])
        operands = [op.lb, op.ub, op.step, *(op.iter_args[k] for k in kept)]
        _again(op, operands, kept)

    def _choice(self, op: Operation) -> None:
        kept = self._kept(op.results)
        if len(kept) < len(op.results):
            _again(op, op.operands, kept)

    def _function(self, function: func.FuncOp, arguments: list[int], results: list[int]) -> None:
        type = function.function_type
        if len(arguments) == len(type.inputs) and len(results) == len(type.outputs):
            return
        entry = function.body.blocks[0]
        for k in reversed(range(len(type.inputs))):
            if k not in arguments:
                entry.erase_arg(entry.args[k])
        function.function_type = FunctionType.from_lists(
            [type.inputs.data[k] for k in arguments], [type.outputs.data[k] for k in results]
        )
        if function.arg_attrs is not None:
            function.arg_attrs = ArrayAttr(function.arg_attrs.data[k] for k in arguments)
        if function.res_attrs is not None:
            function.res_attrs = ArrayAttr(function.res_attrs.data[k] for k in results)
        for call in self._live.calls[function]:
            if call.parent is not None:
                _again(call, call.operands, results)
        count(RemoveDeadValuesPass.name)


def _drop_operands(op: Operation | None, kept: Sequence[int]) -> None:
    assert op is not None
    if len(kept) < len(op.operands):
        op.operands = [op.operands[k] for k in kept]


def _again(op: Operation, operands: Sequence[SSAValue], kept: Sequence[int]) -> None:
    """Replace an op by the same op with only the results in `kept`."""
    regions: list[Region] = [op.detach_region(region) for region in list(op.regions)]
    types: list[Attribute] = [op.results[k].type for k in kept]
    new = type(op).create(
        operands=operands,
        result_types=types,
        properties=op.properties,
        attributes=op.attributes,
        regions=regions,
        location=op.location,
    )
    results: list[SSAValue | None] = [None] * len(op.results)
    for k, result in zip(kept, new.results, strict=True):
        results[k] = result
    Rewriter.replace_op(op, new, results, safe_erase=False)
    count(RemoveDeadValuesPass.name)


def _forget(value: SSAValue) -> None:
    """Take a value that nobody needs out of the ops that still name it."""
    for use in list(value.uses):
        user = use.operation
        user.operands = [x for x in user.operands if x is not value]
