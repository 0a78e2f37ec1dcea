"""The walk over the bodies of builds: it takes each op once, and knows the form of each operand."""

from __future__ import annotations

from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import IndexType, IntegerType, ModuleOp, i1
from xdsl.ir import Block, Operation
from xdsl.rewriter import Rewriter

from ...dialects import ten
from ...dialects.walking import ops_in
from ..rewriting.conditionals import flatten_if
from ..rewriting.decomposing import has_to_be_taken_apart, take_apart
from ..rewriting.diagnostics import LetgradError
from ..rewriting.emitter import Emitter
from ..rewriting.functions import by_name, called
from ..rewriting.rule_tables import batch
from ..sharing.copying import INLINING_LIMIT, inline
from ..sharing.rotate import guard_loops, has_loops
from .bulk_forms import Axis, Batched, BulkForms, Fallback, captures, join
from .indexed_ops import read, update_by_elements, visit_indexed
from .loops_and_ifs import visit_for, visit_if, visit_scan, visit_while


class Vectorizer(BulkForms):
    """Walks bodies. The bulk ops go to the place of the emitter."""

    def __init__(self, e: Emitter, fallback: Fallback = "error"):
        super().__init__(e, fallback)
        self.depth = 0
        self.inlined = 0
        self.callers: dict[Operation, tuple[str, ...]] = {}
        """For calls that came from inlined calls: the functions that they came from."""

    def visit_build(self, build: ten.BuildOp) -> Batched:
        """The build's value, as a function of the axes around it."""
        own = tuple(Axis(n, self.depth + k) for k, n in enumerate(build.domain))
        self.depth += len(own)
        for arg, axis in zip(build.block.args, own):
            self.env[arg] = Batched(self.e, (axis,), arg.type, axis=axis)
        self.visit_block(build.block)
        self.depth -= len(own)
        value = self.of(build.yielded[0])
        outer = tuple(a for a in value.axes if a not in own)
        return Batched(self.e, outer, build.result.type, self.aligned(value, (*outer, *own)))

    def visit_block(self, block: Block) -> None:
        """Walk all ops but the terminator."""
        op = block.first_op
        while op is not None and op is not block.last_op:
            op = self.visit(op)

    def visit(self, op: Operation) -> Operation | None:
        """Walk one op, and return the next op."""
        following = op.next_op
        operands = [self.of(x) for x in op.operands]
        captured = [self.of(x) for x in captures(op)]
        axes = join(*(x.axes for x in operands), *(x.axes for x in captured))
        if isinstance(op, ten.BuildOp):
            self.env[op.result] = self.visit_build(op)
        elif not axes and not any(isinstance(inner, ten.BuildOp) for inner in ops_in(op)):
            self.hoist(op)
        elif isinstance(op, scf.IfOp) and self.of(op.cond).axes:
            return self.flatten(op)
        elif isinstance(op, scf.IfOp):
            visit_if(self, op)
        elif isinstance(op, scf.ForOp):
            visit_for(self, op, join(*(x.axes for x in operands[3:]), *(x.axes for x in captured)))
        elif isinstance(op, ten.ScanOp):
            visit_scan(self, op, axes)
        elif isinstance(op, ten.WhileOp):
            return visit_while(self, op, axes)
        elif isinstance(op, func.CallOp):
            return self.inline_call(op)
        elif is_index_arithmetic(op):
            cost = 1 + sum(x.cost for x in operands)
            self.env[op.results[0]] = Batched(
                self.e, axes, op.results[0].type, op=op, operands=tuple(operands), cost=cost
            )
        elif isinstance(op, ten.IndexOp):
            self.env[op.result] = read(self, op, operands[0], operands[1:], axes)
        elif isinstance(op, ten.GatherOp | ten.ScatterOp):
            self.env[op.result] = visit_indexed(self, op, operands[0], axes)
        elif has_to_be_taken_apart(op, batch):
            return take_apart(op)
        elif isinstance(op, ten.UpdateOp) and any(x.axes for x in operands[2:]):
            return update_by_elements(op)
        else:
            self.define(op, axes, self.by_rule(op, operands, axes, self.e))
        return following

    def flatten(self, op: scf.IfOp) -> Operation | None:
        """
        Compute both branches, and select. Return the op to go on with. Where the program would not
        run a loop of unknown length, the loop takes no turn.
        """
        module = op.get_toplevel_object()
        assert module is not None
        if any(has_loops(inner) for inner in ops_in(module) if isinstance(inner, func.FuncOp)):
            while calls := [x for x in ops_in(op) if isinstance(x, func.CallOp)]:
                self.inline_call(calls[0])
            then, *otherwise = (region for region in op.regions if region.blocks)
            if has_loops(op):
                guard_loops(then.block.ops, op.cond)
                for region in otherwise:
                    ops, first = list(region.block.ops), region.block.first_op
                    assert first is not None
                    e = Emitter.before(first).at(op.location)
                    guard_loops(ops, e(arith.XOrIOp(op.cond, e.constant(1, i1))))
        return flatten_if(op)

    def hoist(self, op: Operation) -> None:
        """Put an op that depends on no index outside, unchanged."""
        mapping = {x: self.bulk(self.of(x)) for x in (*op.operands, *captures(op))}
        copy = self.e.insert(op.clone(mapping))
        for result, value in zip(op.results, copy.results):
            self.env[result] = Batched(self.e, (), result.type, value)

    def inline_call(self, op: func.CallOp) -> Operation | None:
        """Write the called function in place of its call. Return the op to go on with."""
        module, block, before = op.get_toplevel_object(), op.parent, op.prev_op
        assert isinstance(module, ModuleOp) and block is not None
        name, path = op.callee.string_value(), self.callers.get(op, ())
        if name in path:
            raise LetgradError(
                f"@{name} calls itself ({' → '.join((*path, name))}), which is not vectorized", op
            )
        callee = called(by_name(module), op.callee, op, op.operand_types, op.result_types)
        self.inlined += sum(1 for _ in ops_in(callee))
        if self.inlined > INLINING_LIMIT:
            raise LetgradError(
                f"the calls in this build expand to more than {INLINING_LIMIT} ops", op
            )
        results = inline(callee, op.operands, Emitter.before(op))
        first = block.first_op if before is None else before.next_op
        inner = first
        while inner is not None and inner is not op:
            for part in ops_in(inner):
                if isinstance(part, func.CallOp):
                    self.callers[part] = (*path, name)
            inner = inner.next_op
        following = op.next_op if first is op else first
        Rewriter.replace_op(op, [], results)
        return following


def is_index_arithmetic(op: Operation) -> bool:
    """
    Whether `op` computes one integer or truth value from integers or truth values, all scalars.
    """
    return (
        op.dialect_name() == "arith"
        and len(op.results) == 1
        and not op.regions
        and all(isinstance(v.type, IndexType | IntegerType) for v in (*op.operands, *op.results))
    )
