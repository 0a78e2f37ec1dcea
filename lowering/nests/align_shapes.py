"""
One shape for arrays that reshapes connect: `ten-align-shapes`.

Needs:   no `ten.build` or delta terms.
Leaves:  no reshape between ops that compute element by element, broadcasts and reductions, if
         both its shapes are joined dimensions of a third one; except where a slice or the like
         reads such a value, and in blocks with many reshapes that no shape serves.
Keeps:   the value: the elements of arrays stay in their order.
Ends:    one visit to each block.

    %y = ten.reshape %x : tensor<6x10x7> -> tensor<6x2x35>       [6, (2, 5), 7] and [6, 2, (5, 7)]
    %m = ten.reduce max, %y dims [2]  …                      →   all ops in 6x2x5x7, the maximum
    %z = arith.subf %y, broadcast %m                             over dims [2, 3]
    %w = arith.mulf (ten.reshape %z), %c : tensor<6x10x7>        reshapes only of %x, %c and %w

A group norm reduces groups of channels, and scales each channel. In the common shape both have the
same loops, and a row of them stays in registers. No index is divided to find its place in the
other shape.

Only arrays in memory are reshaped, which moves nothing: arguments, results, and what other ops read
or give.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, TypeVar

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from ...dialects.op_kinds import Kinds
from ...dialects.types import ints, shape
from ...passes.rewriting import remarks
from ...passes.rewriting.driver import count
from ...passes.rewriting.functions import functions
from ...passes.sharing.copying import copy_op
from .body_builder import is_elementwise

RULE = "align shapes"
MOST = 8
"""Dimensions of the common shape, at most: each is a loop."""

IN_READERS = (
    ten.ConcatOp,
    ten.GatherOp,
    ten.PadOp,
    ten.ReverseOp,
    ten.SliceOp,
    ten.TransposeOp,
)
"""Ops that a nest computes together with their reader, at other places of what they read."""
TRIES = 8
"""A block with more reshapes that no shape serves stays as it is."""

K = TypeVar("K")
Dim = tuple[SSAValue, int]
Part = tuple[Dim, int]
"""A part of a class of dimensions, by its number."""


@dataclass
class Loop:
    """A dimension of the common shape."""

    first: Part
    size: int
    dims: set[int]
    """The dimensions of the array of which it has parts."""


class AlignShapesPass(ModulePass):
    """
    Gives arrays that reshapes connect one shape.

    Example:

        >>> def groups(x, c):
        ...     y = x.reshape(6, 2, 35)
        ...     return (y - y.max(2)[:, :, None]).reshape(6, 10, 7) * c[:, None]
        >>> module = lg.trace(groups, lg.spec((6, 10, 7)), lg.spec(10))
        >>> run_pipeline(ctx, module, "optimize")
        >>> AlignShapesPass().apply(ctx, module)
        >>> [op.result.type.get_shape() for op in module.walk() if op.name == "arith.subf"]
        [(6, 2, 5, 7)]
    """

    name = "ten-align-shapes"
    seeks: ClassVar[Kinds] = (ten.ReshapeOp,)

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in functions(op):
            for block in function.body.blocks:
                _align(block)


def _align(block: Block) -> None:
    """
    Align what the reshapes of a block connect.

    Requires: a shape of which both shapes of a reshape are joined dimensions. A reshape without one
    stays, and the others are aligned. No op that a nest computes with its reader, such as a slice,
    reads a value that would change its shape.
    """
    left = [op for op in block.ops if isinstance(op, ten.ReshapeOp) and _connects(op)]
    for _ in range(TRIES):
        if not left:
            return
        found = _Splits(block, left)
        if found.failed is None:
            if found.splits and not found.is_read_elsewhere():
                _Rewriting(block, found).run()
            return
        left.remove(found.failed)


def _connects(op: ten.ReshapeOp) -> bool:
    """Whether a reshape stands between two computations, in shapes that differ."""
    return (
        _is_computing(op.x.owner)
        and any(_is_computing(use.operation) for use in op.result.uses)
        and _without_ones(shape(op.x.type)) != _without_ones(shape(op.result.type))
        and types.size(op.x.type) > 0
    )


def _without_ones(sizes: Sequence[int]) -> list[int]:
    return [n for n in sizes if n != 1]


def _is_computing(op: Operation | Block) -> bool:
    """Whether the pass can give an op more dimensions."""
    if not isinstance(op, Operation) or not op.results:
        return False
    if isinstance(op, arith.ConstantOp):
        return types.constant_value(op.result) is not None and types.rank(op.result.type) > 0
    if isinstance(op, ten.EinsumOp):
        return _order(op) is not None
    if isinstance(op, ten.BroadcastOp | ten.SumOp | ten.ReduceOp):
        return True
    ranks = {types.rank(x.type) for x in (*op.operands, *op.results)}
    return is_elementwise(op) and len(ranks) == 1 and len(op.results) == 1


def _order(op: ten.EinsumOp) -> str | None:
    """The letters of all dimensions, if each array has its dimensions in this order."""
    inputs, output = op.letters
    order = max(inputs, key=len)
    if len(set(order)) != len(order):
        return None
    if any(word != "".join(c for c in order if c in word) for word in (*inputs, output)):
        return None
    return order


class _Splits:
    """
    How dimensions are split, so that reshapes between computations move nothing. Dimensions that an
    op makes equal are one class, and are split alike.
    """

    def __init__(self, block: Block, reshapes: Sequence[ten.ReshapeOp]):
        self.reshapes = reshapes
        self.parent: dict[Dim, Dim] = {}
        self.splits: dict[Dim, set[int]] = {}
        """By class, the products of the last parts of a dimension."""
        self.same: dict[Part, Part] = {}
        """The parts of both sides of a reshape, which are one."""
        self.joined: set[Part] = set()
        """The parts that always follow the same other part."""
        self.ops: set[Operation] = set()
        """The ops that go along the dimensions of reshapes."""
        self.failed: ten.ReshapeOp | None = None
        """A reshape that no split makes a view of one shape."""
        ops = [op for op in block.ops if _is_computing(op)]
        for op in ops:
            for a, b in _equal(op):
                self.parent[self.find(a)] = self.find(b)
        self._spread()
        if self.failed is None:
            self._identify()
            touched = {loop.first for op in reshapes for loop in self.loops(op.x)}
            self.ops = {
                op
                for op in ops
                if any(loop.first in touched for x in _values(op) for loop in self.loops(x))
            }
            self._join()

    def is_read_elsewhere(self) -> bool:
        """
        Whether an op that a nest would compute with its reader, such as a slice, reads a value that
        changes its shape: its index would be divided for each element.
        """
        return any(
            isinstance(use.operation, IN_READERS) and self.sizes(x) != list(shape(x.type))
            for op in self.ops
            for x in op.results
            for use in x.uses
        )

    def find(self, dim: Dim) -> Dim:
        return _root(self.parent, dim)

    def find_part(self, part: Part) -> Part:
        return _root(self.same, part)

    def of(self, x: SSAValue) -> list[list[int]]:
        """The sizes that each dimension of a value is split into."""
        found: list[list[int]] = []
        for d, n in enumerate(shape(x.type)):
            ends = [n, *sorted(self.splits.get(self.find((x, d)), ()), reverse=True), 1]
            found.append([a // b for a, b in pairwise(ends)])
        return found

    def loops(self, x: SSAValue) -> list[Loop]:
        """The dimensions of a value in the common shape."""
        found: list[Loop] = []
        for d, sizes in enumerate(self.of(x)):
            for k, n in enumerate(sizes):
                part = self.find_part((self.find((x, d)), k))
                if found and part in self.joined:
                    found[-1].size *= n
                    found[-1].dims.add(d)
                else:
                    found.append(Loop(part, n, {d}))
        return found

    def sizes(self, x: SSAValue) -> list[int]:
        return [loop.size for loop in self.loops(x)]

    def _identify(self) -> None:
        """The parts of both sides of a reshape are the same."""
        for op in self.reshapes:
            a, b = ([x for x in self.loops(y) if x.size != 1] for y in (op.x, op.result))
            for first, second in zip(a, b, strict=True):
                self.same[self.find_part(first.first)] = self.find_part(second.first)

    def _join(self) -> None:
        """Join again what all arrays have side by side: places of an image are one loop."""
        after: dict[Part | None, set[Part | None]] = {}
        before: dict[Part | None, set[Part | None]] = {}
        for x in {x for op in self.ops for x in _values(op)}:
            loops = [loop.first for loop in self.loops(x)]
            for a, b in pairwise([None, *loops, None]):
                after.setdefault(a, set()).add(b)
                before.setdefault(b, set()).add(a)
        self.joined = {
            b for b, (a, *more) in ((b, [*found]) for b, found in before.items())
            if b is not None and a is not None and not more and after[a] == {b}
        }  # fmt: skip

    def _spread(self) -> None:
        """Split dimensions until both sides of each reshape are the same."""
        changed = True
        while changed:
            changed = False
            for op in self.reshapes:
                for before, after in _groups(shape(op.x.type), shape(op.result.type)):
                    sides = [(op.x, before), (op.result, after)]
                    ends = sorted({e for x, dims in sides for e in self._ends(x, dims)})
                    if any(b % a for a, b in pairwise(ends)) or len(ends) > MOST:
                        self.failed = op
                        return
                    for x, dims in sides:
                        changed |= self._split(x, dims, ends)
            if any(len(self.sizes(op.result)) > MOST for op in self.reshapes):
                self.failed = self.reshapes[-1]
                return

    def _ends(self, x: SSAValue, dims: Sequence[int]) -> Iterator[int]:
        """The products of the last sizes of these dimensions, split."""
        after = 1
        for d in reversed(dims):
            for s in (1, *self.splits.get(self.find((x, d)), ())):
                yield after * s
            after *= shape(x.type)[d]
        yield after

    def _split(self, x: SSAValue, dims: Sequence[int], ends: Sequence[int]) -> bool:
        after, changed = 1, False
        for d in reversed(dims):
            n, dim = shape(x.type)[d], self.find((x, d))
            new = {e // after for e in ends if after < e < after * n}
            known = self.splits.get(dim, set())
            if not new <= known:
                self.splits[dim] = known | new
                changed = True
            after *= n
        return changed


def _root(above: dict[K, K], x: K) -> K:
    """The one that stands for the class of x. Each on the way points to it from then on."""
    root = x
    while root in above and above[root] != root:
        root = above[root]
    while x != root:
        above[x], x = root, above[x]
    return root


def _values(op: Operation) -> list[SSAValue]:
    """The arrays that an op reads and gives."""
    return [x for x in (*op.operands, *op.results) if types.rank(x.type)]


def _groups(a: Sequence[int], b: Sequence[int]) -> Iterator[tuple[list[int], list[int]]]:
    """The dimensions of both shapes that have the same elements, as few as possible at a time."""
    i = j = 0
    while i < len(a) and j < len(b):
        before, after, m, n = [i], [j], a[i], b[j]
        i, j = i + 1, j + 1
        while m != n:
            if m < n:
                before.append(i)
                m, i = m * a[i], i + 1
            else:
                after.append(j)
                n, j = n * b[j], j + 1
        yield before, after


def _equal(op: Operation) -> Iterator[tuple[Dim, Dim]]:
    """The pairs of dimensions that an op goes along together."""
    result = op.results[0]
    match op:
        case ten.BroadcastOp():
            kept = [d for d in range(types.rank(result.type)) if d not in ints(op.dims)]
            yield from (((op.x, k), (result, d)) for k, d in enumerate(kept))
        case ten.SumOp() | ten.ReduceOp():
            kept = [d for d in range(types.rank(op.x.type)) if d not in ints(op.dims)]
            yield from (((op.x, d), (result, k)) for k, d in enumerate(kept))
        case ten.EinsumOp():
            first: dict[str, Dim] = {}
            for letters, x in zip((*op.letters[0], op.letters[1]), (*op.xs, result)):
                for d, c in enumerate(letters):
                    yield first.setdefault(c, (x, d)), (x, d)
        case _:
            for x in op.operands:
                yield from (((x, d), (result, d)) for d in range(types.rank(x.type)))


class _Rewriting:
    """Gives the ops of a block the dimensions that were found."""

    def __init__(self, block: Block, splits: _Splits):
        self.block, self.splits = block, splits
        self.new: dict[SSAValue, SSAValue] = {}
        """The values in the common shape."""

    def run(self) -> None:
        count(RULE)
        remarks.passed(
            AlignShapesPass.name,
            RULE,
            self.splits.reshapes[0],
            lambda: f"{len(self.splits.reshapes)} reshapes connect arrays, which get one shape",
        )
        for op in list(self.block.ops):
            if op in self.splits.reshapes:
                assert isinstance(op, ten.ReshapeOp)
                self.new[op.result] = self._reshaped(self.split(op.x), self.splits.sizes(op.result))
            elif op in self.splits.ops:
                new = self._copy(op)
                new.location = op.location
                self.block.insert_op_before(new, op)
                self.new[op.results[0]] = new.results[0]
                new.results[0].name_hint = op.results[0].name_hint
        self._replace()

    def split(self, x: SSAValue) -> SSAValue:
        """A value in the common shape."""
        if x not in self.new:
            self.new[x] = self._reshaped(x, self.splits.sizes(x))
        return self.new[x]

    def _reshaped(self, x: SSAValue, sizes: Sequence[int]) -> SSAValue:
        """A value in another shape, reshaped where it is made."""
        if list(shape(x.type)) == list(sizes):
            return x
        made = x.owner
        if isinstance(made, ten.ReshapeOp):
            return self._reshaped(made.x, sizes)
        op = ten.ReshapeOp(x, sizes)
        after = isinstance(made, Operation)
        if after:
            op.location = made.location
        at = InsertPoint.after(made) if after else InsertPoint.at_start(self.block)
        Rewriter.insert_op(op, at)
        return op.result

    def _copy(self, op: Operation) -> Operation:
        result, places = op.results[0], self._places
        if isinstance(op, arith.ConstantOp):
            number = types.constant_value(result)
            assert number is not None
            return types.constant(number, types.like(result.type, self.splits.sizes(result)))
        xs = [self.split(x) for x in op.operands]
        if isinstance(op, ten.BroadcastOp):
            return ten.BroadcastOp(xs[0], places(result, ints(op.dims)), self.splits.sizes(result))
        if isinstance(op, ten.SumOp):
            return ten.SumOp(xs[0], places(op.x, ints(op.dims)))
        if isinstance(op, ten.ReduceOp):
            return ten.ReduceOp(op.kind.data, xs[0], places(op.x, ints(op.dims)))
        if isinstance(op, ten.EinsumOp):
            return ten.EinsumOp(self._spec(op), xs)
        return copy_op(op, xs, [types.like(result.type, self.splits.sizes(result))])

    def _places(self, x: SSAValue, dims: Sequence[int]) -> list[int]:
        """The places of these dimensions in the common shape."""
        return [k for k, loop in enumerate(self.splits.loops(x)) if loop.dims <= {*dims}]

    def _spec(self, op: ten.EinsumOp) -> str:
        """
        The specification with letters for the loops of the common shape. Two letters of an op may
        be one class of dimensions, and have different letters again.
        """
        fresh = iter("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        letters: dict[tuple[str, int], str] = {}
        """By the letter of a loop's first dimension, and the loop's number among those of it."""
        words: list[str] = []
        for word, x in zip((*op.letters[0], op.letters[1]), (*op.xs, op.result)):
            seen = Counter[str]()
            keys: list[tuple[str, int]] = []
            for loop in self.splits.loops(x):
                first = word[min(loop.dims)]
                keys.append((first, seen[first]))
                seen[first] += 1
            letters |= {key: next(fresh) for key in keys if key not in letters}
            words.append("".join(letters[key] for key in keys))
        return f"{','.join(words[:-1])}->{words[-1]}"

    def _replace(self) -> None:
        """Reshape back what other ops read, and erase what nothing reads."""
        changed = {*self.splits.ops, *self.splits.reshapes}
        old = [op for op in self.block.ops if op in changed]
        for op in old:
            for x in op.results:
                back: SSAValue | None = None
                for use in [use for use in x.uses if use.operation not in changed]:
                    if isinstance(use.operation, ten.ReshapeOp):
                        use.operation.operands[use.index] = self.new[x]
                        continue
                    back = back or self._reshaped(self.new[x], shape(x.type))
                    use.operation.operands[use.index] = back
        for op in reversed(old):
            self.block.erase_op(op)
