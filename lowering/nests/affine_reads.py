"""
Values as reads of other values at affine places: what slices, pads, transposes, concatenated shifts
and gathers of windows read, as one map.

    y[i, k] = x[2 i + k - 1], and 0 where the place is outside of x
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, UnitAttr
from xdsl.ir import Block, Region, SSAValue
from xdsl.rewriter import InsertPoint

from ...dialects import ten, types
from ...dialects.ten.value_facts import constant_indices
from ...dialects.types import ints, shape
from ...passes.rewriting.emitter import Emitter
from ...passes.simplify.window_tables import as_line, table_of

MOST_PARTS = 64
"""Parts side by side, at most: a window has few places, and each part is looked through."""

Sizes = Mapping[str, int]
"""The sizes of letters. A letter is an index that counts from 0."""


@dataclass(frozen=True)
class Line:
    """The index start + Σ over letters of step * letter."""

    start: int
    moves: tuple[tuple[str, int], ...] = ()
    """Letters and their steps, which are not 0; in the order of the letters."""

    @staticmethod
    def of(start: int, moves: Mapping[str, int]) -> Line:
        return Line(start, tuple(sorted((c, n) for c, n in moves.items() if n)))

    @staticmethod
    def letter(c: str) -> Line:
        return Line(0, ((c, 1),))

    @property
    def is_letter(self) -> bool:
        return self.start == 0 and len(self.moves) == 1 and self.moves[0][1] == 1

    def where(self, meant: Mapping[str, Line]) -> Line:
        """The index if letters stand for other indices."""
        start, moves = self.start, dict[str, int]()
        for c, n in self.moves:
            line = meant.get(c) or Line.letter(c)
            start += n * line.start
            for d, m in line.moves:
                moves[d] = moves.get(d, 0) + n * m
        return Line.of(start, moves)

    def moved(self, step: int, offset: int) -> Line:
        """step * self + offset"""
        return Line.of(step * self.start + offset, {c: step * n for c, n in self.moves})

    def is_inside(self, size: int, sizes: Sizes) -> bool:
        """Whether the index is in 0 ≤ index < size for all values of the letters."""
        ends = [n * (sizes[c] - 1) for c, n in self.moves]
        low = self.start + sum(min(end, 0) for end in ends)
        high = self.start + sum(max(end, 0) for end in ends)
        return 0 <= low and high < size


@dataclass(frozen=True)
class Read:
    """The element of `x` at the index of each line, one for a dimension; 0 outside of x."""

    x: SSAValue
    lines: tuple[Line, ...]

    @property
    def letters(self) -> str:
        """The letters, in the order in which the dimensions have them, the largest steps first."""
        found: dict[str, None] = {}
        for line in self.lines:
            found |= dict.fromkeys(c for c, _ in sorted(line.moves, key=lambda m: -abs(m[1])))
        return "".join(found)

    def where(self, meant: Mapping[str, Line]) -> Read:
        return replace(self, lines=tuple(line.where(meant) for line in self.lines))

    def is_inside(self, sizes: Sizes) -> bool:
        """Whether all places are in x."""
        return all(n.is_inside(size, sizes) for n, size in zip(self.lines, shape(self.x.type)))


def deepest(read: Read, sizes: Sizes, fresh: Callable[[], str]) -> Read:
    """The same elements, read from the value that views of it were made of."""
    while (inner := _through(read, sizes, fresh)) is not None:
        read = inner
    return read


def _through(read: Read, sizes: Sizes, fresh: Callable[[], str]) -> Read | None:
    """
    The read through the op that made its value. Outside of a slice, a concatenation or a gather
    there may be elements of what these read, so a read of them has to be inside.
    """
    lines = read.lines
    match read.x.owner:
        case ten.TransposeOp() as op:
            perm = ints(op.perm)
            return Read(op.x, tuple(lines[perm.index(d)] for d in range(len(perm))))
        case ten.PadOp() as op if not any(ints(op.interior)):
            return Read(op.x, tuple(n.moved(1, -low) for n, low in zip(lines, ints(op.low))))
        case ten.SliceOp() as op if read.is_inside(sizes):
            places = zip(lines, ints(op.strides), ints(op.offsets))
            return Read(op.x, tuple(n.moved(step, offset) for n, step, offset in places))
        case ten.ReshapeOp() as op if read.is_inside(sizes):
            return _reshaped(op, lines)
        case ten.IndexOp() as op if (at := places_of(op)) is not None and read.is_inside(sizes):
            return Read(op.t, (*map(Line, at), *lines))
        case ten.ConcatOp() as op if read.is_inside(sizes):
            dim = op.dim.value.data
            is_row = all(shape(x.type)[dim] == 1 for x in op.xs)
            return _side_by_side(op.xs, lines, dim, True, fresh) if is_row else None
        case ten.StackOp() as op if read.is_inside(sizes):
            return _side_by_side(op.xs, lines, 0, False, fresh)
        case ten.GatherOp() as op:
            return _gathered(op, read, sizes)
        case _:
            return None


def places_of(op: ten.IndexOp) -> list[int] | None:
    """The numbers of the indices of a part, if they are known and inside."""
    found = [
        n
        for n, size in zip(constant_indices(op.indices), shape(op.t.type))
        if n is not None and 0 <= n < size
    ]
    return found if len(found) == len(op.indices) else None


def without_units(n: Sequence[int], m: Sequence[int]) -> list[tuple[int, int]] | None:
    """Pairs of dimensions that stay, if two shapes differ in dimensions of one element alone."""
    a, b = ([d for d, size in enumerate(sizes) if size != 1] for sizes in (n, m))
    return list(zip(a, b)) if [n[d] for d in a] == [m[d] for d in b] else None


def _reshaped(op: ten.ReshapeOp, lines: Sequence[Line]) -> Read | None:
    pairs = without_units(shape(op.result.type), shape(op.x.type))
    if pairs is None:
        return None
    found = [Line(0)] * len(shape(op.x.type))
    for d, e in pairs:
        found[e] = lines[d]
    return Read(op.x, tuple(found))


def _side_by_side(
    xs: Sequence[SSAValue],
    lines: Sequence[Line],
    dim: int,
    has_dim: bool,
    fresh: Callable[[], str],
) -> Read | None:
    """
    Parts of one row along `dim`, if each part reads a fixed step after the one before. `has_dim`:
    whether the parts themselves have that dimension.
    """
    if not 2 <= len(xs) <= MOST_PARTS:
        return None
    inner = [*lines]
    at = inner.pop(dim)
    if has_dim:
        inner.insert(dim, Line(0))
    parts: list[Read] = []
    for x in xs:
        letters = [fresh() for _ in inner]
        sizes = dict(zip(letters, shape(x.type)))
        part = deepest(Read(x, tuple(map(Line.letter, letters))), sizes, fresh)
        parts.append(part.where(dict(zip(letters, inner))))
    first, *_ = parts
    if any(_moves(p) != _moves(first) for p in parts):
        return None
    steps = {tuple(m.start - n.start for n, m in zip(p.lines, q.lines)) for p, q in pairwise(parts)}
    if len(steps) > 1:
        return None
    return Read(
        first.x,
        tuple(
            Line(line.start, (("a", 1), ("b", n))).where({"a": replace(line, start=0), "b": at})
            for line, n in zip(first.lines, steps.pop())
        ),
    )


def _moves(read: Read) -> tuple[object, ...]:
    return read.x, *(line.moves for line in read.lines)


def _gathered(op: ten.GatherOp, read: Read, sizes: Sizes) -> Read | None:
    """A gather at affine places, or at those of a table that grows by a fixed step."""
    lines = read.lines
    names = [str(d) for d in range(len(op.domain))]
    meant = dict(zip(names, lines))
    known: dict[SSAValue, Line] = dict(zip(op.block.args, map(Line.letter, names)))
    for inner in op.block.ops:
        match inner:
            case arith.ConstantOp() if (n := types.constant_value(inner.result)) is not None:
                known[inner.result] = Line(int(n))
            case arith.AddiOp() | arith.SubiOp() | arith.MuliOp():
                line = _computed(inner, *(known.get(x) for x in inner.operands))
                if line is not None and isinstance(inner.result.type, IndexType):
                    known[inner.result] = line
    found: list[Line] = []
    for d, index in enumerate(op.yielded):
        line = known.get(index)
        if line is None:
            table = table_of(index, op)
            grown = None if table is None else as_line(table[0])
            if table is None or grown is None:
                return None
            start, steps = grown
            if not (0 <= table[0].min() and table[0].max() < shape(op.t.type)[d]):
                return None
            line = Line.of(start, {names[k]: n for k, n in zip(table[1], steps)})
        found.append(line)
    for name, place, size in zip(names, lines, op.domain):
        # Outside of a whole dimension is outside of the one that it reads.
        whole = zip(found, shape(op.t.type))
        if not place.is_inside(size, sizes) and (Line.letter(name), size) not in whole:
            return None
    return Read(op.t, (*(line.where(meant) for line in found), *lines[len(names) :]))


def _computed(
    op: arith.AddiOp | arith.SubiOp | arith.MuliOp, a: Line | None, b: Line | None
) -> Line | None:
    if a is None or b is None:
        return None
    if isinstance(op, arith.MuliOp):
        a, b = (a, b) if not b.moves else (b, a)
        return None if b.moves else a.moved(b.start, 0)
    sign = -1 if isinstance(op, arith.SubiOp) else 1
    return Line(0, (("a", 1), ("b", sign))).where({"a": a, "b": b})


def emitted(read: Read, sizes: Sizes, e: Emitter) -> tuple[SSAValue, str]:
    """The elements as a value, with its letters: what is read itself, or a gather."""
    word = read.letters
    if all(line.is_letter for line in read.lines) and len(word) == len(read.lines):
        if [sizes[c] for c in word] == [*shape(read.x.type)]:
            return read.x, word
    block = Block(arg_types=[ten.index_type] * len(word))
    body = Emitter(InsertPoint.at_end(block), e.location)
    index = dict(zip(word, block.args))
    found: list[SSAValue] = []
    for line in read.lines:
        total: SSAValue | None = None
        for c, n in line.moves:
            term = index[c]
            if n != 1:
                term = body(arith.MuliOp(term, body.constant(n, ten.index_type)))
            total = term if total is None else body(arith.AddiOp(total, term))
        if line.start or total is None:
            start = body.constant(line.start, ten.index_type)
            total = start if total is None else body(arith.AddiOp(total, start))
        found.append(total)
    body.insert(ten.YieldOp(*found))
    gather = ten.GatherOp([sizes[c] for c in word], read.x, Region(block))
    if read.is_inside(sizes):
        gather.attributes["in_bounds"] = UnitAttr()
    return e(gather), word
