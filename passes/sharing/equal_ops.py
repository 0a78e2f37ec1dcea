"""
Equal ops: if an op repeats an op that dominates it, the earlier op replaces it. One walk finds
equal ops by hash-consing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial

from xdsl.dialects import arith
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import Rewriter

from ..rewriting import effects
from ..rewriting.driver import DCE, count
from ..rewriting.emitter import COMMUTATIVE, items_of, keep_common_flags
from ..rewriting.verify import DominatorTree

Kinds = tuple[type[Operation], ...]


def merge(holder: Operation, kinds: Kinds | None = None) -> None:
    """
    In the regions of `holder`, replace ops by equal ops that dominate them. With kinds given, only
    ops of these kinds are replaced. Otherwise all are, and then dead ops are erased.
    """
    _Merge(kinds).in_regions(holder, None)


class _Alike:
    """
    Ops with regions that may be equal: they agree in all but the values that their regions use.

    Most of them have no rival. So the text of the regions is compared only if there are two ops,
    and the merge of a nest takes time linear in its size.
    """

    def __init__(self, only: Operation):
        self._only: Operation | None = only
        self._by_text: dict[Hashable, Operation] = {}

    def find(self, op: Operation) -> tuple[Operation | None, Hashable]:
        """The op that is equal to `op`, if there is one, and the text of `op`."""
        if self._only is not None:
            self._by_text[_written(self._only, {}, nested=False)] = self._only
            self._only = None
        text = _written(op, {}, nested=False)
        return self._by_text.get(text), text

    def add(self, text: Hashable, op: Operation) -> None:
        self._by_text[text] = op

    def remove(self, text: Hashable) -> None:
        del self._by_text[text]


_Added = list[int | Callable[[], object]]
"""The places of keys in a table, and functions that take ops with regions out of it."""


class _Known:
    """
    The ops that dominate the place of a walk, by their keys. A key holds types and attributes, so
    its hash takes long. A table asks for it once, and puts keys with the same hash behind each
    other. Keys leave in the reverse of the order in which they came.
    """

    def __init__(self) -> None:
        self._table: dict[int, tuple[Hashable, Operation | _Alike]] = {}

    def find_or_add(
        self, key: Hashable, op: Operation, added: _Added, alike: bool = False
    ) -> Operation | _Alike | None:
        """What the key has. If it has nothing, it gets `op`, or the ops that are `alike`."""
        table = self._table
        at = hash(key)
        while (entry := table.get(at)) is not None:
            if entry[0] == key:
                return entry[1]
            at += 1
        table[at] = key, _Alike(op) if alike else op
        added.append(at)
        return None

    def forget(self, added: _Added) -> None:
        """Take out what was added, the last first."""
        for x in reversed(added):
            if isinstance(x, int):
                del self._table[x]
            else:
                x()


class _Merge:
    """One walk over the regions of an op, inner regions first."""

    def __init__(self, kinds: Kinds | None):
        self._kinds = kinds
        self._effects = effects.EffectsOfNests()
        self._shapes: dict[Operation, int] = {}

    def in_regions(self, holder: Operation, around: _Known | None) -> None:
        """`around` has the values that the regions can use from outside; None if they use none."""
        for region in holder.regions:
            known = _Known() if around is None else around
            blocks = list(region.blocks)
            if len(blocks) == 1:
                added = self._in_block(blocks[0], known)
                if known is around:
                    known.forget(added)
            elif blocks:
                self._in_blocks(region, known)
            if self._kinds is None:
                # Not before the end of the region: a dead op may be equal to an op further down.
                for block in blocks:
                    self._erase_dead(block)

    def _in_blocks(self, region: Region, known: _Known) -> None:
        """A block sees the values of the blocks that dominate it. The walk does not recurse."""
        tree = DominatorTree(region)
        for root in region.blocks:
            if root is not region.blocks[0] and tree.is_reachable(root):
                continue
            stack: list[tuple[Block, _Added | None]] = [(root, None)]
            while stack:
                block, added = stack.pop()
                if added is not None:
                    known.forget(added)
                    continue
                stack.append((block, self._in_block(block, known)))
                if tree.is_reachable(block):
                    stack.extend((child, None) for child in reversed(tree.children[block]))

    def _in_block(self, block: Block, known: _Known) -> _Added:
        """
        Merge the ops of a block. `known` has the values that are computed around the block, and
        gets those of the block. The result takes these out again.
        """
        added: _Added = []
        reads: dict[Hashable, Operation] = {}
        op = block.first_op
        while op is not None:
            following = op.next_op
            if effects.is_isolated(type(op)):
                self.in_regions(op, None)
            elif op.regions:
                self.in_regions(op, known)
            same: Operation | None = None
            if self._may_merge(op):
                same = self._find_or_add(op, known, added)
            elif self._kinds is None and self._effects.only_reads(op):
                if op.results and not op.regions and not effects.is_terminator(type(op)):
                    same = reads.setdefault(_written(op, {}, nested=False), op)
            elif not self._effects.is_side_effect_free(op):
                reads.clear()  # The op may write what the reads before it have read.
            if same is not None and same is not op:
                Rewriter.replace_op(op, [], same.results)
                count("cse")
            op = following
        return added

    def _erase_dead(self, block: Block) -> None:
        op = block.last_op
        while op is not None:
            before = op.prev_op
            if not is_used(op) and self._effects.is_trivially_dead(op):
                Rewriter.erase_op(op)
                count(DCE)
            op = before

    def _may_merge(self, op: Operation) -> bool:
        """Whether an op is of the kinds, and has neither effects nor a region of several blocks."""
        if self._kinds is None and not op.regions and effects.is_only_a_value(op.__class__):
            return bool(op.results)  # as nearly all ops
        return (
            (self._kinds is None or isinstance(op, self._kinds))
            and not effects.is_terminator(type(op))
            and bool(op.results)
            and not (op.regions and any(len(region.blocks) > 1 for region in op.regions))
            and self._effects.is_side_effect_free(op)
        )

    def _find_or_add(self, op: Operation, known: _Known, added: _Added) -> Operation | None:
        """The known op that is equal to `op`. If there is none, `op` becomes known."""
        if not op.regions:
            key = _written(op, {}, nested=False)
            found = known.find_or_add(key, op, added)
            assert not isinstance(found, _Alike)
            if found is not None and op.__class__ is arith.DivfOp:
                keep_common_flags(found.results[0], op)
            return found
        key = (self._shape(op), tuple(op.operands))
        alike = known.find_or_add(key, op, added, alike=True)
        if alike is None:
            return None
        assert isinstance(alike, _Alike)
        same, text = alike.find(op)
        if same is None:
            alike.add(text, op)
            added.append(partial(alike.remove, text))
        return same

    def _shape(self, op: Operation) -> int:
        """
        A number for an op as it is written, but for the values that it and its regions use, and for
        types, whose hashes take long. Most ops with equal names and attributes have equal types.
        """
        if op in self._shapes:
            return self._shapes[op]
        shape = hash((
            op.name,
            len(op.results),
            items_of(op.properties),
            items_of(op.attributes),
            tuple(
                (len(block.args), *map(self._shape, block.ops))
                for region in op.regions
                for block in region.blocks
            ),
        ))  # fmt: skip
        if op.regions:
            self._shapes[op] = shape
        return shape


def is_used(op: Operation) -> bool:
    """Whether something uses a result of an op."""
    for x in op.results:
        if x.first_use is not None:
            return True
    return False


def _written(op: Operation, local: dict[SSAValue, int], nested: bool = True) -> Hashable:
    """An op as it is written, with the numbers in `local` for values that its regions define."""
    if not (op.regions or local or nested):
        # Most ops are of this kind: the same key as below.
        used: tuple[SSAValue, ...] = op._operands
        if op.__class__ in COMMUTATIVE:
            a, b = used
            used = (a, b) if id(a) <= id(b) else (b, a)
        properties = None if op.__class__ is arith.DivfOp else items_of(op.properties)
        return op.name, used, op.result_types, properties, items_of(op.attributes), ()
    operands: list[SSAValue | int] = [local.get(x, x) for x in op._operands]
    if op.__class__ in COMMUTATIVE:
        operands.sort(key=lambda x: (0, x) if isinstance(x, int) else (1, id(x)))
    inner: list[Hashable] = []
    for region in op.regions:
        for block in region.blocks:
            for arg in block.args:
                local[arg] = len(local)
            inner.append(tuple(_written(o, local) for o in block.ops))
            inner.append(tuple(arg.type for arg in block.args))
    if nested:
        for result in op.results:
            local[result] = len(local)
    return (
        op.name,
        tuple(operands),
        op.result_types,
        # One of two divisions with different flags replaces the other (`keep_common_flags`).
        None if op.__class__ is arith.DivfOp and not nested else items_of(op.properties),
        items_of(op.attributes),
        tuple(inner),
    )
