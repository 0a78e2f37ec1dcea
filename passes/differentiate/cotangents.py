"""
The state of reverse mode: terms, and the cotangents that have arrived for these terms.

If a program reads elements of one tensor, `OneHot` collects their cotangents, and one scatter puts
them into the cotangent of the tensor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from xdsl.ir import Block, Operation, Region, SSAValue

from ...dialects import delta, ten, types
from ...dialects.types import shape
from ..rewriting.emitter import Emitter
from .masks import Masked, added
from .widths import fitted, widened


@dataclass(frozen=True)
class OneHot:
    """
    The transpose of a read: `value` at leading `indices` of a tensor of zeros. With a `count`, it
    is the transpose of that many reads: the indices are vectors, and `value` has one row for each
    read.
    """

    indices: tuple[SSAValue, ...]
    value: SSAValue
    masked: bool = False
    """Whether some zeros of `value` come from masks."""
    count: int | None = None


@dataclass
class Pairs:
    """
    The state of reverse mode: terms, and the cotangents that have arrived for them. None means
    zero.
    """

    e: Emitter
    arrived: dict[SSAValue, Masked] = field(default_factory=dict)
    reads: dict[SSAValue, dict[int, list[OneHot]]] = field(default_factory=dict)

    def __contains__(self, term: SSAValue) -> bool:
        return term in self.arrived or term in self.reads

    def __iter__(self) -> Iterator[SSAValue]:
        return iter(dict.fromkeys([*self.arrived, *self.reads]))

    def add(self, term: SSAValue, ct: Masked | OneHot | None) -> None:
        """
        Add a cotangent to the cotangents that have arrived for a term. A zero term needs none.
        """
        if isinstance(term.owner, delta.ZeroOp):
            return
        match ct:
            case OneHot():
                self.reads.setdefault(term, {}).setdefault(len(ct.indices), []).append(ct)
            case Masked():
                if (other := self.arrived.get(term)) is not None:
                    e = self.e
                    if isinstance(term.owner, Operation):
                        e = e.derived(term.owner, "transpose")
                    ct = added(other.widened(e), ct.widened(e), e)
                self.arrived[term] = ct

    def take(self, term: SSAValue) -> Masked | None:
        """All cotangents that have arrived for a term. The state then no longer lists the term."""
        for depth, reads in self.reads.pop(term, {}).items():
            masked = any(read.masked for read in reads)
            self.add(term, Masked(scattered(term, depth, reads, self.e), masked=masked))
        return self.arrived.pop(term, None)

    def take_settled(self, term: SSAValue, e: Emitter) -> SSAValue:
        ct = self.take(term)
        if ct is None:
            return e.constant(0, types.value_type(term.type))
        return fitted(ct.settled(e), term, e)


def scattered(term: SSAValue, depth: int, reads: Sequence[OneHot], e: Emitter) -> SSAValue:
    """
    Σ_k one_hot(indices_k, value_k)  →  scatter(stack of the values, k ↦ indices_k)

    The cost is proportional to the number of reads. To add one-hot tensors would cost that times
    their size.
    """
    dims = shape(term.type)[:depth]
    if len(reads) == 1 and reads[0].count is None:
        return e(
            ten.ScatterOp(dims, reads[0].value, Region(Block([ten.YieldOp(*reads[0].indices)])))
        )
    many = all_reads(reads, e)
    values, tables = widened(many.value, e), many.indices
    block = Block(arg_types=[ten.index_type])
    lookups = [ten.IndexOp(table, [block.args[0]]) for table in tables]
    block.add_ops([*lookups, ten.YieldOp(*(lookup.result for lookup in lookups))])
    return e(ten.ScatterOp(dims, values, Region(block)))


def all_reads(reads: Sequence[OneHot], e: Emitter) -> OneHot:
    """Several reads as one read."""

    def joined(parts: Sequence[SSAValue]) -> SSAValue:
        if all(read.count is None for read in reads):
            return e(ten.StackOp(parts))
        rows = [
            e(ten.ReshapeOp(x, (1, *shape(x.type)))) if read.count is None else x
            for read, x in zip(reads, parts)
        ]
        return rows[0] if len(rows) == 1 else e(ten.ConcatOp(rows, 0))

    parts = [read.value for read in reads]
    if len({types.element(x.type) for x in parts}) > 1:
        parts = [widened(x, e) for x in parts]
    values = joined(parts)
    return OneHot(
        tuple(joined(column) for column in zip(*(read.indices for read in reads))),
        values,
        any(read.masked for read in reads),
        sum(1 if read.count is None else read.count for read in reads),
    )
