"""
Value numbering: which values of a function are equal because the same computation gives them.

One walk gives numbers to values by hash-consing: values with equal numbers are equal. The walk
looks into regions. Two index arguments that range over the same size count as the same variable:
the first of that size in its nest, or the second, and so on. So two copies of a term in two index
regions have one number, and sin x[i] has one number over [3] (i) and over [2, 3] (j, i). The walk
orders the operands of commutative ops. Carried values of two loops are equal if the loops are
written alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field

from xdsl.dialects import func, scf
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue

from ...dialects import kernel, sharing, ten, types
from ...dialects.walking import ops_in
from ..rewriting import costs, effects, scopes
from ..rewriting.emitter import COMMUTATIVE

Around = tuple[Hashable, ...]
"""The sizes over which the indices of the surrounding regions and loops range, outermost first."""


@dataclass
class Numbering:
    """The numbers of the values of a function, and for each the ops that compute it."""

    numbers: MutableMapping[SSAValue, int] = field(default_factory=dict)
    table: dict[Hashable, int] = field(default_factory=dict)
    computed: dict[int, list[Operation]] = field(default_factory=dict)

    @staticmethod
    def of(function: func.FuncOp) -> Numbering:
        numbering = Numbering()
        for block in function.body.blocks:
            for k, arg in enumerate(block.args):
                numbering.numbers[arg] = numbering.fresh(("argument", id(block), k))
            numbering.visit(block, ())
        return numbering

    def fresh(self, key: Hashable) -> int:
        return self.table.setdefault(key, len(self.table))

    def number(self, value: SSAValue) -> int:
        if value not in self.numbers:
            self.numbers[value] = self.fresh(("free", id(value)))
        return self.numbers[value]

    def visit(self, block: Block, around: Around) -> tuple[int, ...]:
        """Number the values that a block computes. Return the numbers of the yielded values."""
        for op in block.ops:
            if effects.is_terminator(type(op)):
                return tuple(self.number(x) for x in op.operands)
            self.visit_op(op, around)
        return ()

    def visit_op(self, op: Operation, around: Around) -> None:
        """Number the results of an op, and the values of its regions."""
        operands = [self.number(x) for x in op.operands]
        if isinstance(op, sharing.LetOp | sharing.ShareOp):
            # A name for a value has the number of that value.
            self.numbers[op.result] = operands[0]
            return
        regions = tuple(self._region(op, region, around, operands) for region in op.regions)
        number = self.fresh(_key(op, operands, regions))
        self.computed.setdefault(number, []).append(op)
        for k, result in enumerate(op.results):
            self.numbers[result] = (
                number if len(op.results) == 1 else self.fresh(("result", number, k))
            )

    def _region(
        self, op: Operation, region: Region, around: Around, operands: Sequence[int]
    ) -> Hashable:
        carried: int | None = None
        yielded: list[Hashable] = []
        for block in region.blocks:
            inner = around
            for k, arg in enumerate(block.args):
                size = _range(op, k, operands)
                if size is not None:
                    key: Hashable = ("index", size, inner.count(size))
                    inner = (*inner, size)
                else:
                    if carried is None:
                        carried = self.fresh(("carries", self._written(op, {})))
                    key = ("carried", carried, k)
                self.numbers[arg] = self.fresh(key)
            yielded.append(self.visit(block, inner))
        return tuple(yielded)

    def _written(self, op: Operation, local: dict[SSAValue, int]) -> Hashable:
        """
        An op with its regions as it is written, with numbers for values from outside. The carried
        values of two loops are the same only if all of them are.
        """
        operands = [("local", local[x]) if x in local else self.number(x) for x in op.operands]
        regions: list[Hashable] = []
        for region in op.regions:
            for block in region.blocks:
                for arg in block.args:
                    local[arg] = len(local)
                regions.append(tuple(self._written(inner, local) for inner in block.ops))
        for result in op.results:
            local[result] = len(local)
        return _key(op, operands, tuple(regions))


def _range(op: Operation, k: int, operands: Sequence[int]) -> Hashable | None:
    """What the argument k of an op's block ranges over; None if it is no index."""
    match op:
        case ten.IndexRegionOp():
            return op.domain[k]
        case kernel.LoopsOp() | kernel.ScatterOp():
            return types.ints(op.loops)[k]
        case scf.ForOp() if k == 0:
            return (*operands[:3],)
        case _:
            return None


def between(arguments: Sequence[BlockArgument], value: SSAValue) -> list[Operation]:
    """
    The ops that `value` depends on and that depend on the arguments, each after its operands. For
    ops in regions, the result has the op that holds the region.
    """
    depends: dict[SSAValue, bool] = {arg: True for arg in arguments}
    found: list[Operation] = []
    blocks = {arg.block for arg in arguments}
    pending = [value]
    while pending:
        x = pending[-1]
        op = x.owner
        if x in depends:
            pending.pop()
            continue
        if not isinstance(op, Operation) or not blocks & set(scopes.blocks_around(op)):
            depends[x] = False
            pending.pop()
            continue
        needs = scopes.operands_of(op)
        unknown = [y for y in needs if y not in depends]
        if unknown:
            pending.extend(unknown)
            continue
        pending.pop()
        if any(depends[y] for y in needs):
            found.append(op)
        for result in op.results:
            depends[result] = any(depends[y] for y in needs)
    return found


def _key(op: Operation, operands: Sequence[Hashable], regions: tuple[Hashable, ...]) -> Hashable:
    """The key of an op's computation, given names of its operands and of its regions' yields."""
    if op.__class__ in COMMUTATIVE:
        operands = sorted(operands, key=repr)
    attributes = op.attributes
    if isinstance(op, kernel.LoadOp):
        # A load that is known to be inside of its array reads the same as one that is not.
        attributes = {name: value for name, value in attributes.items() if name != "in_bounds"}
    return (
        op.name,
        tuple(operands),
        op.result_types,
        frozenset(op.properties.items()),
        frozenset(attributes.items()),
        regions,
    )


def is_costly(op: Operation) -> bool:
    """
    Whether to compute `op` twice is to do work twice. It is not for views, constants, names and
    index arithmetic.
    """
    return (
        bool(op.results)
        and not costs.is_cheap(op)
        and not types.gives_terms(op)
        and not isinstance(op, kernel.LoadOp)
    )


@dataclass(frozen=True)
class Work:
    """
    The work of a function: `total` costly ops, where copies under one stamp count once. `distinct`
    of them compute different values. `written` counts all copies.
    """

    total: int
    distinct: int
    written: int

    @property
    def repeated(self) -> int:
        return self.total - self.distinct


def work(function: func.FuncOp) -> Work:
    """
    Count the costly ops of a function. The branches of an `scf.if` exclude each other, so a
    computation in both counts once. Ops that a stamp shares count once for all their copies. In the
    regions of gathers and scatters, ops that are too cheap for a table do not count.
    """
    numbering = Numbering.of(function)
    counts = _occurrences(function.body.blocks, numbering)
    shared = stamped(function, numbering)
    total = sum(1 if number in shared else n for number, n in counts.items())
    return Work(total, len(counts), counts.total())


def stamped(function: func.FuncOp, numbering: Numbering) -> set[int]:
    """The numbers of the values under a stamp, and of the values that they depend on."""
    found: set[int] = set()
    seen: set[Operation] = set()
    pending = [op.x.owner for op in ops_in(function) if isinstance(op, sharing.ShareOp)]
    while pending:
        owner = pending.pop()
        if not isinstance(owner, Operation) or owner in seen:
            continue
        seen.add(owner)
        for op in ops_in(owner):
            found.update(numbering.number(r) for r in op.results)
            pending.extend(x.owner for x in op.operands)
    return found


def _occurrences(
    blocks: Iterable[Block], numbering: Numbering, terms: dict[SSAValue, int] | None = None
) -> Counter[int]:
    """`terms` holds the costs of the values in the regions of gathers and scatters."""
    counts: Counter[int] = Counter()
    for block in blocks:
        for op in block.ops:
            if terms is not None:
                cost = costs.cost_once(op) + sum(terms.get(x, 0) for x in set(op.operands))
                terms.update(dict.fromkeys(op.results, cost))
            holds = isinstance(op, _HOLD)
            if is_costly(op) and not holds and not _is_cheaper_again(op, terms):
                counts[numbering.number(op.results[0]) if len(op.results) == 1 else id(op)] += 1
            within = {} if isinstance(op, ten.GatherOp | ten.ScatterOp) else terms
            inner = [_occurrences(region.blocks, numbering, within) for region in op.regions]
            if isinstance(op, scf.IfOp):
                both: Counter[int] = Counter()
                for branch in inner:
                    both |= branch
                counts.update(both)
            else:
                for found in inner:
                    counts.update(found)
    return counts


_HOLD = (
    ten.IndexRegionOp, ten.ScanOp, ten.WhileOp, scf.IfOp, scf.ForOp, kernel.GenericOp,
    kernel.FusedOp, kernel.ScatterOp,
)  # fmt: skip
"""Ops that compute nothing but what their regions compute."""


def _is_cheaper_again(op: Operation, terms: dict[SSAValue, int] | None) -> bool:
    """
    Whether it is better to compute the value of an op in an index region twice than to compute it
    once for a table, with one store and two loads.
    """
    return terms is not None and terms[op.results[0]] < costs.STORE + 2 * costs.LOAD
