"""
Value numbering: which values of a function are equal because they are computed alike.

Values are given numbers by hash-consing, in one walk: equal number, equal value. Regions are looked
into: the index arguments of regions over the same sizes, equally deep, count as the same variable,
so that two copies of a term in two index regions have one number. The operands of commutative ops
are put in order. Carried values of loops are numbered apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from xdsl.dialects import func, scf
from xdsl.ir import Block, Operation, SSAValue
from xdsl.traits import IsTerminator

from ..dialects import sharing, ten, types
from . import costs
from .emitter import COMMUTATIVE


@dataclass
class Numbering:
    """The numbers of the values of a function, and for each the ops that compute it."""

    numbers: dict[SSAValue, int] = field(default_factory=dict)
    table: dict[Hashable, int] = field(default_factory=dict)
    computed: dict[int, list[Operation]] = field(default_factory=dict)

    @staticmethod
    def of(function: func.FuncOp) -> Numbering:
        numbering = Numbering()
        for block in function.body.blocks:
            for k, arg in enumerate(block.args):
                numbering.numbers[arg] = numbering.fresh(("argument", id(block), k))
            numbering.visit(block, 0)
        return numbering

    def fresh(self, key: Hashable) -> int:
        return self.table.setdefault(key, len(self.table))

    def number(self, value: SSAValue) -> int:
        if value not in self.numbers:
            self.numbers[value] = self.fresh(("free", id(value)))
        return self.numbers[value]

    def visit(self, block: Block, depth: int) -> tuple[int, ...]:
        """Number what a block computes; give the numbers of what it yields."""
        for op in block.ops:
            operands = [self.number(x) for x in op.operands]
            if op.has_trait(IsTerminator):
                return tuple(operands)
            if isinstance(op, sharing.LetOp | sharing.ShareOp):
                # A name for a value is that value.
                self.numbers[op.result] = operands[0]
                continue
            regions = tuple(self._region(op, region, depth, operands) for region in op.regions)
            if isinstance(op, COMMUTATIVE):
                operands.sort()
            key = (
                op.name,
                tuple(operands),
                op.result_types,
                frozenset(op.properties.items()),
                frozenset(op.attributes.items()),
                regions,
            )
            number = self.fresh(key)
            self.computed.setdefault(number, []).append(op)
            for k, result in enumerate(op.results):
                self.numbers[result] = (
                    number if len(op.results) == 1 else self.fresh(("result", number, k))
                )
        return ()

    def _region(self, op: Operation, region: object, depth: int, operands: list[int]) -> Hashable:
        yielded: list[Hashable] = []
        for block in region.blocks:  # type: ignore[attr-defined]
            for k, arg in enumerate(block.args):
                if isinstance(op, ten.IndexRegionOp):
                    self.numbers[arg] = self.fresh(("index", depth, k, op.domain[k]))
                elif isinstance(op, scf.ForOp) and k == 0:
                    self.numbers[arg] = self.fresh(("induction", depth, tuple(operands[:3])))
                else:
                    self.numbers[arg] = self.fresh(("carried", id(arg)))
            yielded.append(self.visit(block, depth + 1))
        return tuple(yielded)


def is_costly(op: Operation) -> bool:
    """
    Whether computing `op` twice is work done twice: views, constants, names and index arithmetic
    are not.
    """
    return bool(op.results) and not costs.is_cheap(op) and not types.gives_terms(op)


@dataclass(frozen=True)
class Work:
    """
    What a function computes: `total` costly ops as written, of which `distinct` compute different
    values.
    """

    total: int
    distinct: int

    @property
    def repeated(self) -> int:
        return self.total - self.distinct


def work(function: func.FuncOp) -> Work:
    """
    Count the costly ops of a function. The branches of an `scf.if` exclude each other: what both
    compute counts once. Ops that are shared by a stamp count once for all their copies.
    """
    numbering = Numbering.of(function)
    counts = _occurrences(function.body.blocks, numbering)
    stamped = _stamped(function, numbering)
    total = sum(1 if number in stamped else n for number, n in counts.items())
    return Work(total, len(counts))


def _stamped(function: func.FuncOp, numbering: Numbering) -> set[int]:
    """The numbers of the values that stand under a stamp, and of those that they are made of."""
    found: set[int] = set()
    seen: set[SSAValue] = set()
    pending = [op.x for op in function.walk() if isinstance(op, sharing.ShareOp)]
    while pending:
        x = pending.pop()
        if x not in seen:
            seen.add(x)
            found.add(numbering.number(x))
            if isinstance(x.owner, Operation):
                pending.extend(x.owner.operands)
    return found


def _occurrences(blocks: Iterable[Block], numbering: Numbering) -> Counter[int]:
    counts: Counter[int] = Counter()
    for block in blocks:
        for op in block.ops:
            if is_costly(op) and not isinstance(op, ten.IndexRegionOp | scf.IfOp | scf.ForOp):
                counts[numbering.number(op.results[0]) if len(op.results) == 1 else id(op)] += 1
            inner = [_occurrences(region.blocks, numbering) for region in op.regions]
            if isinstance(op, scf.IfOp):
                both: Counter[int] = Counter()
                for branch in inner:
                    both |= branch
                counts += both
            else:
                for found in inner:
                    counts += found
    return counts
