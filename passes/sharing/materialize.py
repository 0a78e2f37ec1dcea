"""
Decide which values are stored and which are recomputed: each value that becomes a buffer gets a
let.

Needs:   no `ten.build`, no delta terms. The pass drops stamps; `sharing-recover` uses them.
Leaves:  a `sharing.let` on each kept value, with the numbers behind the decision. With a budget:
         also ops marked `recomputed`, which compute again, late, the values that would be kept too
         long.
Keeps:   the value, bit for bit.
Ends:    one walk back through the function; with a budget, a bounded number of cuts.

A value that is not kept is computed inside of the loop nests of its consumers, once per nest, as
nests over the same indices are one. The pass counts these computations from the results back.
Keeping a value costs a store, and a load for each nest that reads the value. Computing the value
again costs its flops, and the flops of its operands that are not kept, for each element and nest.
A nest that reads a value at several places, as a stencil does, computes it for each of them:

    keep  iff  flops · n + bytes · (1 + nests)  <  flops · evaluations

Results of reductions, products, scans and scatters are always kept. A person may edit the attribute
`decision` of a let to "store" or "recompute", and run the pass again. The pass follows decisions
that are there.

`budget=…` is the largest number of bytes that may be alive at once. With a budget, the pass looks
for the place where most bytes are alive. A minimum cut then chooses which values to keep over that
place: a set of fewest bytes from which the program can compute all values that it needs later.
(Chen et al., arXiv:1604.06174, and the partitioner of PyTorch's AOTAutograd do the same; here the
choice is visible in the IR.)
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from math import prod
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, StringAttr, UnitAttr, i1
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import delta, sharing, ten, types
from ...dialects.op_names import op_name
from ...dialects.types import shape
from ...dialects.walking import captured
from ..rewriting import costs, remarks
from ..rewriting.diagnostics import LetgradError, remark
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.functions import functions
from ..rewriting.levels import Level
from ..rewriting.rule_tables import element
from ..rewriting.scopes import ancestor_in
from .shared_terms import drop_stamps

FLOPS_PER_BYTE = 1.5
"""How many flops take as long as moving a byte to or from memory: 12 for a double."""

NAME = "sharing-materialize"
STORE, RECOMPUTE = "store", "recompute"

EXPANDED = 8
"""
A value with so many times the bytes of the tensors that it is computed from, as all distances of
two sets of points, is no row that nests hand to each other.
"""
MANY_BYTES = 1 << 62

MAX_CUTS = 32
"""How many places of most bytes the pass cuts before it gives up on a budget."""


@dataclass(frozen=True)
class MaterializePass(ModulePass):
    """
    Puts a let on each value to keep, by cost, and within a memory budget.

    Example:

        >>> module = lg.trace(lambda x: np.exp(x) + np.sum(np.exp(x)), lg.spec(3))
        >>> run_passes(ctx, module, [CsePass(), MaterializePass()])
        >>> sum(isinstance(op, sharing.LetOp) for op in module.walk())
        2
    """

    name = NAME
    needs: ClassVar[Level] = Level.DERIVED
    leaves: ClassVar[Level] = Level.LET
    duplicates: ClassVar[bool] = True
    """This pass recomputes on purpose, so the law of sharing does not apply to it."""

    budget: int | None = None
    """The most bytes that may be alive at once, arguments and results included."""
    flops_per_byte: float = FLOPS_PER_BYTE
    """
    How many flops take as long as moving a byte, for a value that only one nest computes again, or
    that is far larger than what it is computed from. Several other nests may become one that keeps
    rows in registers, where a kept value moves no byte.
    """

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        if self.budget is not None and self.budget < 0:
            raise LetgradError(f"sharing-materialize: budget={self.budget} is negative", op)
        drop_stamps(op, self.name)
        for function in functions(op):
            if len(function.body.blocks) == 1:
                plan = Plan(function.body.block, None, self.flops_per_byte)
                if self.budget is not None:
                    plan = fit(function, plan, self.budget)
                if remarks.wanted():
                    plan.remark()
                plan.write()


Group = tuple[object, ...]
"""
The loop nest of a value: the iteration space, and the number of nests that must run before.
"""


Way = tuple[int, ...]
"""The slices on the way of a value to its nest, by their order."""

MOST_WAYS = 16
"""The ways that count, at most, so that a stencil of a stencil takes no longer to plan."""


def is_fusible(op: Operation) -> bool:
    """
    Whether the nests of the consumers can compute the elements of the result one by one.
    """
    if isinstance(op, sharing.LetOp | sharing.ShareOp | delta.StopOp):
        return True
    if op.regions:
        # A little index arithmetic is computed again, as in other passes.
        return isinstance(op, ten.GatherOp) and costs.flops(op) <= costs.CHEAP_OPS * prod(op.domain)
    if op.dialect_name() in ("arith", "math") or element.find(type(op)) is not None:
        return True
    return costs.is_view(op) or isinstance(op, ten.CompareOp | ten.SpecialOp)


def iteration_space(op: Operation) -> tuple[int, ...]:
    """The sizes of the loops that compute an op."""
    if isinstance(
        op, ten.SumOp | ten.ReduceOp | ten.ArgmaxOp | ten.ArgminOp | ten.CumsumOp | ten.ScatterOp
    ):
        return shape(op.operands[0].type)
    return shape(op.results[0].type) if op.results else ()


@dataclass(eq=False)
class Decision:
    """Facts about a value, and the decision."""

    value: SSAValue
    keep: bool
    flops: int = 0
    """The cost per element, with the cost of its operands down to kept values."""
    reads: int = 0
    """The bytes of the tensors that all its elements are computed from, each reading counted."""
    nests: dict[Group, dict[Way, int]] = field(default_factory=dict)
    """
    How many of its elements each nest that needs the value computes, if the value is not kept: for
    each way from the value to the nest. Different ways need it at different indices.
    """
    because: str = ""
    """The reason, if the two costs do not decide."""

    @property
    def evaluations(self) -> int:
        """How many elements all nests compute, if the value is not kept."""
        return sum(n for ways in self.nests.values() for n in ways.values())


class Plan:
    """
    The decisions for all values of a function's block. `said` holds decisions that are made
    already.
    """

    def __init__(
        self,
        block: Block,
        said: Mapping[SSAValue, bool] | None = None,
        flops_per_byte: float = FLOPS_PER_BYTE,
    ):
        self.block = block
        self.said = said or {}
        self.flops_per_byte = flops_per_byte
        self.ops = list(block.ops)
        self.order = {op: k for k, op in enumerate(self.ops)}
        self.decisions: dict[SSAValue, Decision] = {}
        self._forward()
        self._backward()

    def _forward(self) -> None:
        """
        The stages, and the cost of an element, computed from values that are always kept.

        Costs add up along operands, as in a tree, but never beyond the cost of all ops so far: if a
        nest needs a value twice, it computes the value only once.
        """
        self.stage: dict[SSAValue, int] = {}
        so_far = 0
        for op in self.ops:
            stage = max((self.stage.get(x, 0) for x in captured(op)), default=0)
            fusible = is_fusible(op)
            for result in op.results:
                n = max(types.size(result.type), 1)
                own = -(-costs.flops(op) // n)
                so_far += own
                made_of, reads = 0, 0
                if fusible:
                    reads = min(sum(map(self._bytes_behind, {*op._operands})), MANY_BYTES)
                    given = (self.decisions[x] for x in op._operands if x in self.decisions)
                    made_of = sum(d.flops for d in given if not d.keep)
                if isinstance(op, sharing.LetOp) and op.x in self.decisions:
                    made_of = self.decisions[op.x].flops
                self.stage[result] = stage if fusible else stage + 1
                self.decisions[result] = Decision(
                    result,
                    not fusible,
                    min(own + made_of, so_far),
                    reads,
                    because="" if fusible else "its elements are not computed one by one",
                )

    def _bytes_behind(self, x: SSAValue) -> int:
        """The bytes that computing all elements of x reads, or those of x if it is kept."""
        d = self.decisions.get(x)
        return costs.bytes_of(x.type) if d is None or d.keep else d.reads

    def _backward(self) -> None:
        """
        From the results back: how often each value is computed, and whether it is cheaper to keep
        the value.
        """
        last = self.block.last_op
        assert last is not None
        for op in reversed(self.ops):
            if op is last:
                for x in op.operands:
                    space = "space", shape(x.type), self.stage.get(x, 0)
                    self._need(x, space, (), types.size(x.type))
                continue
            for result in op.results:
                self._decide(self.decisions[result], op)
            if not op.results:
                continue
            if is_fusible(op) and not any(self.decisions[r].keep for r in op.results):
                for x in op.operands:
                    for group, ways in self.decisions[op.results[0]].nests.items():
                        for way, n in ways.items():
                            self._need(x, group, self._behind(op, way), n)
            else:
                space = iteration_space(op)
                elements = max(types.size(types.of_shape(space, i1)), 0)
                own: Group = (
                    "space",
                    space,
                    max((self.stage.get(x, 0) for x in captured(op)), default=0),
                )
                group = (
                    own
                    if not isinstance(op, ten.EinsumOp | ten.ScatterOp) and not op.regions
                    else (id(op),)
                )
                for x in captured(op):
                    self._need(x, group, (), max(elements, types.size(x.type)))
                    if isinstance(op, ten.EinsumOp) and x in self.decisions:
                        # A matrix product reads its operands many times, from memory.
                        d = self.decisions[x]
                        d.keep, d.because = True, d.because or "an einsum reads it, many times"

    def _behind(self, op: Operation, way: Way) -> Way:
        """
        The way to the operand of an op. Two slices that each have more than half of the elements
        have some in common, which a nest computes at two places.
        """
        if isinstance(op, ten.SliceOp) and 2 * types.size(op.result.type) > types.size(op.x.type):
            return (*way, self.order[op])
        return way

    def _need(self, value: SSAValue, group: Group, way: Way, elements: int) -> None:
        if (decision := self.decisions.get(value)) is not None:
            ways = decision.nests.setdefault(group, {})
            if way in ways or len(ways) < MOST_WAYS:
                ways[way] = max(ways.get(way, 0), elements)

    def _decide(self, d: Decision, op: Operation) -> None:
        if d.value in self.said:
            d.keep = d.keep or self.said[d.value]
            d.because = d.because or "to stay within the budget"
        elif isinstance(op, sharing.LetOp):
            said = op.attributes.get("decision")
            if isinstance(said, StringAttr) and said.data in (STORE, RECOMPUTE):
                d.keep = said.data == STORE
                d.because = f'its let says decision = "{said.data}"'
                return
            d.keep = self._worth(d)
        elif d.keep or types.is_constant(d.value) or isinstance(d.value.type, types.Term):
            # Others come after the op, with a let of their own.
            pass
        elif not any(isinstance(use.operation, sharing.LetOp) for use in d.value.uses):
            d.keep = self._worth(d)

    def _worth(self, d: Decision) -> bool:
        """Whether keeping costs less than computing again."""
        if types.rank(d.value.type) == 0:
            return len(d.nests) > 1 and d.flops >= costs.DIVISION
        keep, again = self._prices(d)
        return keep < again

    def _prices(self, d: Decision) -> tuple[float, float]:
        """The cost of keeping, and the cost of computing again, in flops."""
        n, evaluations = types.size(d.value.type), d.evaluations
        bytes = costs.bytes_of(d.value.type)
        # What is computed from far smaller tensors has to be moved where it would not have been.
        is_alone = len(d.nests) == 1 or d.reads * EXPANDED <= bytes
        rate = self.flops_per_byte if is_alone else FLOPS_PER_BYTE
        keep = d.flops * n + rate * bytes * (1 + len(d.nests))
        return keep, d.flops * evaluations

    # Buffers.

    def is_buffer(self, value: SSAValue) -> bool:
        """Whether a value of the block is stored: kept, or a result."""
        last = self.block.last_op
        assert last is not None
        if value in last._operands:
            return True
        d = self.decisions.get(value)
        return d is not None and d.keep and not types.is_constant(value)

    def lifetimes(self) -> dict[SSAValue, tuple[int, int]]:
        """
        The positions at which each buffer begins and is last read. `self.reach` has, for each op,
        the last position that computes the op: a value that is not kept is computed by its readers.
        """
        self.reach: dict[Operation, int] = {}
        needed: dict[SSAValue, int] = {}
        for k in range(len(self.ops) - 1, -1, -1):
            op = self.ops[k]
            at = k
            if op.results and is_fusible(op) and not any(self.is_buffer(r) for r in op.results):
                at = max(needed.get(r, k) for r in op.results)
            self.reach[op] = at
            for x in captured(op):
                needed[x] = max(needed.get(x, -1), at)
        found: dict[SSAValue, tuple[int, int]] = {}
        for value in self.decisions:
            if self.is_buffer(value):
                # A let of a buffer is that buffer.
                root = value
                while isinstance(root.owner, sharing.LetOp) and self.is_buffer(root.owner.x):
                    root = root.owner.x
                if isinstance(root.owner, Block):
                    continue  # an argument, which lives all the time and is counted apart
                begin = self.order[root.owner]
                _, end = found.get(root, (begin, begin))
                found[root] = (begin, max(needed.get(value, begin), end))
        return found

    def peak(self) -> tuple[int, int]:
        """The most bytes alive at once, and the position with that many bytes."""
        last = self.block.last_op
        assert last is not None
        alive = sum(costs.bytes_of(arg.type) for arg in self.block.args)
        change = [0] * (len(self.ops) + 1)
        for value, (begin, end) in self.lifetimes().items():
            bytes = costs.bytes_of(value.type)
            change[begin] += bytes
            if end < len(self.ops) - 1:  # results stay
                change[end + 1] -= bytes
        best, where = alive, 0
        for k, bytes in enumerate(change):
            alive += bytes
            if alive > best:
                best, where = alive, k
        return best, where

    def write(self) -> None:
        """Put lets on kept values, and remove lets from other values."""
        for d in list(self.decisions.values()):
            op = d.value.owner
            assert isinstance(op, Operation)
            if isinstance(op, sharing.LetOp):
                if not d.keep:
                    count(RECOMPUTE)
                    Rewriter.replace_op(op, [], [op.x])
                elif "decision" not in op.attributes:
                    # An earlier decision keeps the numbers that it was based on.
                    self._note(op, d)
            elif self.is_buffer(d.value) and not self._has_let(d.value) and _is_array(d.value):
                uses = [(use.operation, use.index) for use in d.value.uses]
                let = sharing.LetOp(d.value)
                Emitter.after(op).derived(op, STORE).insert(let)
                let.result.name_hint = d.value.name_hint
                self._note(let, d)
                for user, index in uses:
                    user.operands[index] = let.result

    def remark(self) -> None:
        """
        Say of each array whether it is stored, and why. For an array with a let, the let says it.
        """
        for d in self.decisions.values():
            value = d.value
            while isinstance(value.owner, sharing.LetOp):
                value = value.owner.x
            op = value.owner
            if not isinstance(op, Operation) or types.is_constant(value) or not _is_array(value):
                continue
            if value is d.value and is_fusible(op) and self._has_let(value):
                continue  # its let decides
            if value is not d.value and not is_fusible(op):
                continue  # it is stored, whatever its let says
            if d.keep:
                remarks.passed(NAME, STORE, op, f"{op_name(op)} is stored: {self._reason(d)}")
            elif self._is_repeated(d) or "recomputed" in op.attributes:
                text = f"{op_name(op)} is computed again: {self._reason(d)}"
                remarks.analysis(NAME, RECOMPUTE, op, text)

    @staticmethod
    def _is_repeated(d: Decision) -> bool:
        """
        Whether a value that is not kept is computed more often than it has elements; not for views.
        """
        often = d.evaluations > types.size(d.value.type) and types.rank(d.value.type) > 0
        return d.flops > 0 and (len(d.nests) > 1 or often)

    def _reason(self, d: Decision) -> str:
        nests = _counted(len(d.nests), "nest")
        if d.because:
            return d.because
        if types.rank(d.value.type) == 0:
            need = "needs" if len(d.nests) == 1 else "need"
            return f"{nests} {need} this number, which takes {_counted(d.flops, 'flop')}"
        keep, again = self._prices(d)
        n, evaluations = types.size(d.value.type), d.evaluations
        return (
            f"storing {_counted(n, 'element')} costs as much as {_counted(round(keep), 'flop')}, "
            f"computing {evaluations} in {nests} {again}"
        )

    @staticmethod
    def _has_let(value: SSAValue) -> bool:
        return any(isinstance(use.operation, sharing.LetOp) for use in value.uses)

    @staticmethod
    def _note(let: sharing.LetOp, d: Decision) -> None:
        count(STORE)
        let.attributes |= {
            "decision": _STORED,
            "bytes": types.integer_attr(costs.bytes_of(d.value.type)),
            "flops": types.integer_attr(d.flops * types.size(d.value.type)),
            "nests": types.integer_attr(len(d.nests)),
        }


_STORED = StringAttr(STORE)


def _counted(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _is_array(value: SSAValue) -> bool:
    """
    Whether a let can hold a value. A let holds no memref, no tensor of rank 0, and no value of
    another dialect, such as a tensor with an encoding.
    """
    return types.is_number(value.type) and not types.is_rank_zero(value.type)


# The budget.


def fit(function: func.FuncOp, plan: Plan, budget: int) -> Plan:
    """
    Keep other values, and compute more of them again, until all fit, or until a cut gains nothing
    more.
    """
    said = dict(plan.said)
    peak, where = plan.peak()
    best = peak
    for _ in range(MAX_CUTS):
        if peak <= budget or not cut(plan, where, said):
            break
        plan = Plan(plan.block, said, plan.flops_per_byte)
        peak, where = plan.peak()
        if peak >= best:
            break
        best = peak
    if peak > budget:
        name = function.sym_name.data
        remark(
            f"@{name} needs {peak} bytes, above budget={budget}: no cut was found that gains more",
            function,
        )
    return plan


def cut(plan: Plan, where: int, said: dict[SSAValue, bool]) -> bool:
    """
    Choose by a minimum cut which values are kept while position `where` is computed, and put the
    decisions into `said`. Some values are needed in memory before `where`, and have late readers
    that will compute them again: the pass copies these values for the late readers. Return whether
    anything changed.
    """
    last = plan.block.last_op
    assert last is not None
    alive = {v for v, (begin, end) in plan.lifetimes().items() if begin <= where <= end}
    import networkx  # here, since its import takes as long as that of NumPy

    graph = networkx.DiGraph()
    for k, op in enumerate(plan.ops[: where + 1]):
        for value in op.results:
            free = types.is_constant(value) or value in last.operands
            graph.add_edge(
                (value, "in"), (value, "out"), capacity=0 if free else costs.bytes_of(value.type)
            )
            if free or not is_fusible(op) or k == where:
                graph.add_edge("source", (value, "in"))
            else:
                for x in op.operands:
                    if isinstance(x.owner, Operation):
                        graph.add_edge((x, "out"), (value, "in"))
            if value in alive:
                graph.add_edge((value, "out"), "sink")
    kept: set[SSAValue] = set()
    if "source" in graph and "sink" in graph:
        _, (reached, _) = networkx.minimum_cut(graph, "source", "sink")
        kept = {
            n[0] for n in reached if n != "source" and n[1] == "in" and (n[0], "out") not in reached
        }
    changed = False
    again: dict[SSAValue, SSAValue] = {}
    for op in plan.ops[: where + 1]:
        for value in op.results:
            if types.is_constant(value) or value in last.operands:
                continue
            if value in kept and not plan.is_buffer(value):
                said[value], changed = True, True
            elif value in alive and value not in kept:
                changed |= _drop(plan, value, where, said, again)
            elif value not in kept and not plan.is_buffer(value):
                # Otherwise the pass might keep a dropped value one op earlier, as it now has more
                # readers.
                said.setdefault(value, False)
    return changed


def _drop(
    plan: Plan,
    value: SSAValue,
    where: int,
    said: dict[SSAValue, bool],
    again: dict[SSAValue, SSAValue],
) -> bool:
    """
    Do not keep a value over `where`. If earlier readers need the value in memory, drop it only for
    its later readers.
    """
    op = value.owner
    assert isinstance(op, Operation)
    uses = list(value.uses)
    late = [u for u in uses if plan.reach[ancestor_in(plan.block, u.operation)] >= where]
    late = [u for u in late if not isinstance(u.operation, ten.EinsumOp)]
    if not late or not is_fusible(op):
        return False
    if len(late) == len(uses):
        changed = said.get(value) is not False
        said[value] = False
        return changed
    tops = {ancestor_in(plan.block, u.operation) for u in late}
    first = next(o for o in plan.ops if o in tops)
    copies = {copy.owner for copy in again.values()}
    copy = op.clone({x: again.get(x, x) for x in op.operands})
    copy.attributes["recomputed"] = UnitAttr()
    for x in copy.operands:
        _bring_before(first, x, copies)
    Emitter.before(first).derived(op, RECOMPUTE).insert(copy)
    result = copy.results[list(op.results).index(value)]  # type: ignore[arg-type]
    again[value] = result
    said[result] = False
    for use in late:
        use.operation.operands[use.index] = result
    count("recomputed")
    return True


def _bring_before(place: Operation, value: SSAValue, copies: Set[Operation | Block]) -> None:
    """
    Move the copy that makes a value, and the copies that it reads, before an op. A copy stands in
    front of the late readers of its own original, and the readers of a later copy may come first.
    """
    op = value.owner
    if op not in copies or not isinstance(op, Operation) or op.is_before_in_block(place):
        return
    for x in op.operands:
        _bring_before(place, x, copies)
    op.detach()
    Rewriter.insert_op(op, InsertPoint.before(place))
