"""
The ops of a block as a sequence: a number for each op, which says all about the op but the values
that it reads and the place where a slice begins.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from xdsl.dialects import arith
from xdsl.ir import Attribute, Block, Operation, OpResult, SSAValue

from ...dialects import ten, types
from ...dialects.types import ints
from ...dialects.walking import ops_in
from ..rewriting import effects

BEFORE = -1
"""The place of values that are there before the block, and of constants."""


@dataclass
class Sequence:
    """
    The ops of a block in order, without constants and without the terminator.

    `reads` has the values that an op and its regions use from outside of the op, one for each use.
    Ops with equal numbers have as many reads, of equal types. `counts` has the number of ops in
    each op, itself included.
    """

    ops: list[Operation] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    reads: list[tuple[SSAValue, ...]] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    places: dict[Operation, int] = field(default_factory=dict)

    @staticmethod
    def of(block: Block) -> Sequence:
        found, keys = Sequence(), _Keys()
        for op in block.ops:
            if isinstance(op, arith.ConstantOp) or effects.is_terminator(type(op)):
                continue
            found.places[op] = len(found.ops)
            found.ops.append(op)
            if op.regions:
                reads = tuple([at.operands[k] for at, k in uses_from_outside(op)])
                found.counts.append(sum(1 for _ in ops_in(op)))
            else:
                reads = tuple(op._operands)
                found.counts.append(1)
            found.reads.append(reads)
            found.numbers.append(keys.number(op))
        return found

    def place(self, value: SSAValue) -> int:
        """The place of the op that computes a value; `BEFORE` if that is none of these ops."""
        return self.places.get(value.owner, BEFORE) if isinstance(value, OpResult) else BEFORE


def uses_from_outside(op: Operation) -> Iterator[tuple[Operation, int]]:
    """Each use of a value from outside of `op`, in the op or in its regions, in order."""
    if not op.regions:
        yield from ((op, k) for k in range(len(op.operands)))
        return
    inside: set[SSAValue] = set()
    for inner in ops_in(op):
        for k, x in enumerate(inner.operands):
            if x not in inside:
                yield inner, k
        inside.update(inner.results)
        for region in inner.regions:
            for block in region.blocks:
                inside.update(block.args)


class _Keys:
    """Numbers for what ops are. Equal ops have equal numbers; ops that must stay have their own."""

    def __init__(self) -> None:
        self._keys: dict[Hashable, int] = {}
        self._attributes: dict[Attribute, int] = {}
        self._known: dict[int, int] = {}

    def number(self, op: Operation) -> int:
        key: Hashable = self._of_nest(op) if op.regions else self._of_op(op)
        if key is None:
            key = op
        return self._keys.setdefault(key, len(self._keys))

    def _attribute(self, attribute: Attribute) -> int:
        # To hash an attribute takes long, and most ops share their attributes. The ops keep these
        # alive, so that no other attribute gets the same id.
        number = self._known.get(id(attribute))
        if number is None:
            number = self._attributes.setdefault(attribute, len(self._attributes))
            self._known[id(attribute)] = number
        return number

    def _of_op(self, op: Operation) -> Hashable:
        """The key of an op without its regions; None if the op cannot move into a loop."""
        attribute = self._attribute
        operands = [x.type for x in op.operands]
        results = [x.type for x in op.results]
        if op.dialect_name() == "sharing" or not _is_pure(op):
            return None
        if not all(_is_number(t) for t in operands) or not all(_is_number(t) for t in results):
            return None
        moves = "offsets" if op.__class__ is ten.SliceOp else None
        return (
            op.name,
            *map(attribute, operands),
            None,
            *map(attribute, results),
            *((k, attribute(v)) for k, v in op.properties.items() if k != moves),
            None,
            *((k, attribute(v)) for k, v in op.attributes.items()),
        )

    def _of_nest(self, op: Operation) -> Hashable:
        """The key of an op and of the ops in its regions: which of these read which others."""
        parts: list[Hashable] = []
        local: dict[SSAValue, int] = {}
        for inner in ops_in(op):
            own = inner.attributes, inner.properties
            if effects.is_terminator(type(inner)) and not inner.regions:
                key: Hashable = (
                    inner.name,
                    *((k, self._attribute(v)) for given in own for k, v in given.items()),
                )
            elif isinstance(inner, arith.ConstantOp):
                key = inner.name, self._attribute(inner.value)
            else:
                key = self._of_op(inner)
            if key is None or any(len(region.blocks) != 1 for region in inner.regions):
                return None
            # The number of ops of each block says where the block ends. So the list says the tree.
            parts.append((key, tuple(local.get(x) for x in inner.operands), len(inner.regions)))
            if inner.__class__ is ten.SliceOp:
                parts.append(self._attribute(inner.properties["offsets"]))
            for x in inner.results:
                local[x] = len(local)
            for region in inner.regions:
                block = region.block
                parts.append((len(block.ops), *(self._attribute(x.type) for x in block.args)))
                for x in block.args:
                    local[x] = len(local)
        return tuple(parts)


def _is_pure(op: Operation) -> bool:
    return effects.is_side_effect_free(op) or ten.is_pure(op)


def _is_number(type: Attribute) -> bool:
    return not isinstance(type, types.Term) and types.is_number(type)


def offsets(op: Operation) -> tuple[int, ...] | None:
    """Where a slice begins; None for other ops."""
    return ints(op.offsets) if isinstance(op, ten.SliceOp) else None
