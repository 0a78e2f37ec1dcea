"""
The schedule of a loop nest: how accesses move along its loops, the order of the loops, and the
pieces into which loops are cut. `codegen` writes the code of a nest from its schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import prod

from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, IntegerAttr
from xdsl.ir import Attribute, BlockArgument, Operation, SSAValue

from ...dialects import kernel, types
from ...dialects.types import ints, shape
from ...passes.rewriting import costs
from ..nests.comparisons import decided
from .instructions import MASKED

Linear = tuple[tuple[int, ...], int]
"""Elements by which an access moves along each loop, and the element at which it begins."""

MOST_SEGMENTS, MOST_OPS = 32, 8_000
"""For a nest, at most: the pieces of its loops, and the ops of all pieces together."""

MANY_OPS = 500
"""The ops of all pieces of a nest from which the two edges of an outer loop are one piece."""


SHORT = 8
"""A loop of fewer turns is short. So many elements are a line of the cache, or half of it."""

TILE_BYTES, TILE_TURNS = 128, 512
"""
A tile has so many bytes of each row that it reads across, which are whole lines of the cache. And
its accesses across have this many turns of the innermost loop, all together: their buffers stay in
the cache of a core.
"""

TILED_POINTS = 1 << 12
"""From this number of points on, an iteration space is cut into tiles."""

LEAST_TURNS = 16
"""A loop of fewer turns runs in no tiles."""

LEAST_SUMMED_ROW = 4
"""The elements of a row that stays in a register while a short sum adds to it, at least."""

MOST_UNROLLED, MOST_UNROLLED_OPS = 64, 1024
"""The turns of short loops that are written out, and their ops, at most."""

MOST_ROW_OPS = 1024
"""The ops of rows in common loops that are written out, at most, without those of `NO_CODE`."""

NO_CODE = arith.ConstantOp, arith.IndexCastOp, kernel.YieldOp
"""Ops that are no instructions."""

MOST_IN_ROW, MOST_ROW = 6, 18
"""Of a row that is written out: the turns of a loop, and its elements. Longer ones are vectors."""

LEAST_LANES = 4
"""So many turns of a function are a vector."""

MOST_SUMMED, MOST_SUMMED_LOADS = 16, 48
"""
The turns of short sums that are written out inside of a loop of vectors, and their loads, at most:
numbers that do not vary along the loop all want a register.
"""

MOST_COLUMNS = 4
"""Sums of so many columns are vectors that are added up side by side."""

APART = 3
"""Turns whose accesses are so many elements apart are no vector: the others LLVM takes apart."""

LEAST_MASKED = 3
"""The least turns of a loop whose last vector may leave out numbers."""

HALF_VECTOR = 8
"""Numbers that LLVM computes in a vector after the last whole one, in float32."""

SHARE_OF_SINGLES = 8
"""The last vector leaves out numbers if of so many turns at least one were a single number."""

LEAST_WAITS, WAITS_IN = 3, range(2 * HALF_VECTOR + 1, 12 * HALF_VECTOR)
"""
For the greatest or the least of some numbers, the last vector leaves out numbers if so many turns
were single numbers, in a loop of so many turns. LLVM writes out all turns of a shorter loop.
"""

MOST_PACKED = 4
"""The accesses of a nest that have a buffer of a tile, at most."""


@dataclass
class Tile:
    """
    The two innermost loops run in tiles, because some accesses move by one element along the outer
    one of them, and by many along the inner one. Such an access goes through a buffer of a tile, in
    which it moves by one element along the inner loop.
    """

    loads: list[kernel.LoadOp]
    writes: list[int]
    """The numbers of the results."""
    turns: tuple[int, int]
    """The turns of the outer and of the inner loop, at most."""


@dataclass
class Place:
    """The place of elements of a type: it begins at a pointer and moves with the loops."""

    pointer: str
    type: Attribute
    moves: tuple[int, ...]


@dataclass
class Write:
    """
    A result of a nest, and how the nest puts it into its place. The place begins with the
    combiner's identity, unless other code has begun it before.
    """

    combiner: str
    place: Place
    begin: int | None = None
    """How many elements after the place begin with the identity."""


class Schedule:
    """
    How the accesses of one nest move along its loops, and the order of these loops.

    `around` are the indices of the loops around the nest, and their sizes; these loops come first.
    `rows` are the places of values that the loops around compute.
    """

    def __init__(
        self,
        op: kernel.GenericOp | kernel.ScatterOp,
        writes: Sequence[Write],
        around: Mapping[BlockArgument, int],
        rows: Mapping[SSAValue, Place],
        keep_order: bool,
    ):
        self.op, self.writes, self.rows = op, writes, rows
        self.args = [*around, *op.block.args]
        self.sizes = (*around.values(), *ints(op.loops))
        self.first = len(around)
        self.written: set[SSAValue] = set()
        """The arrays that the nest reads and writes over."""
        self.domain = op.domain.value.data if isinstance(op, kernel.ScatterOp) else None
        """How many loops are around the computation of a scatter's places."""
        self.forms: dict[SSAValue, Linear] = {
            arg: (tuple(int(k == d) for d in range(len(self.sizes))), 0)
            for k, arg in enumerate(self.args)
        }
        for inner in op.block.ops:
            self._form(inner)
        self.loops: list[list[int]] = [[d] for d in range(len(self.sizes))]
        """Loops, outermost first; each is one loop of the nest, or several joined."""
        self.ranges = [(0, max(n - 1, 0)) for n in self.sizes]
        """The first and the last iteration of each loop, at the code that is now written."""
        self.tile: Tile | None = None
        self.unrolled = 0
        """How many of the innermost loops are written out, turn by turn."""
        self.is_scalar = False
        """Whether the turns of the loop around these are no vector."""
        # A scatter sums the values for one place in the order of its loops.
        if self.domain is None:
            self._order(keep_order)
        self.trips = [prod(self.sizes[d] for d in group) for group in self.loops]
        self.segments: dict[int, list[tuple[int, int]]] = {}
        """Loops that are cut into pieces, each with code of its own."""
        self.joined: set[int] = set()
        """Loops of which the first and the last piece have their code in common."""
        self._split()

    def _form(self, op: Operation) -> None:
        """Index arithmetic, which is modulo 2^64, as a linear form over the loops, if it is one."""
        if len(op.results) != 1 or not isinstance(op.results[0].type, IndexType):
            return
        given = [self.forms.get(x) for x in op.operands]
        zero = (0,) * len(self.sizes)
        match op:
            case arith.ConstantOp(value=IntegerAttr()):
                self.forms[op.result] = (zero, op.value.value.data)  # type: ignore[union-attr]
            case arith.AddiOp() | arith.SubiOp() if given[0] is not None and given[1] is not None:
                sign = 1 if isinstance(op, arith.AddiOp) else -1
                (a, c), (b, d) = given[0], given[1]
                moves = tuple(types.word(x + sign * y) for x, y in zip(a, b))
                self.forms[op.result] = (moves, types.word(c + sign * d))
            case arith.MuliOp() if given[0] is not None and given[1] is not None:
                for (a, c), (b, d) in ((given[0], given[1]), (given[1], given[0])):
                    if not any(b):
                        moves = tuple(types.word(x * d) for x in a)
                        self.forms[op.result] = (moves, types.word(c * d))

    def linear(self, t: SSAValue, indices: Sequence[SSAValue]) -> Linear | None:
        """How an access at these indices moves; None if it does not move evenly."""
        row = self.rows.get(t)
        moves = list(row.moves) if row is not None else []
        moves += [0] * (len(self.sizes) - len(moves))
        begin, stride = 0, 1
        for i, n in reversed(list(zip(indices, shape(t.type)))):
            form = self.forms.get(i)
            if form is None:
                return None
            if any(form[0]):
                moves = [m + stride * c for m, c in zip(moves, form[0])]
            begin, stride = begin + stride * form[1], stride * n
        return tuple(moves), begin

    # Facts that hold for all iterations of the loops, or for a part of them.

    def _bounds(self, form: Linear) -> tuple[int, int] | None:
        """The least and the greatest value of a form over `ranges`; None if it may have wrapped."""
        low, high = self._sums(form)
        return (low, high) if types.word(low) == low and types.word(high) == high else None

    def _sums(self, form: Linear) -> tuple[int, int]:
        low = high = form[1]
        for c, (first, last) in zip(form[0], self.ranges):
            if c:  # most forms move along one loop or two
                begin, end = c * first, c * last
                if begin <= end:
                    low, high = low + begin, high + end
                else:
                    low, high = low + end, high + begin
        return low, high

    def is_inside(self, i: SSAValue, n: int) -> bool | None:
        """Whether an index is in 0..n-1: always, never, or None if unknown."""
        form = self.forms.get(i)
        if form is None or (bounds := self._bounds(form)) is None:
            return None
        low, high = bounds
        return False if high < 0 or low >= n else True if low >= 0 and high < n else None

    def holds(self, op: arith.CmpiOp) -> bool | None:
        """Whether a comparison of indices holds: always, never, or None if unknown."""
        lhs, rhs = op._operands
        a, b = self.forms.get(lhs), self.forms.get(rhs)
        if a is None or b is None:
            return None
        bounds_a, bounds_b = self._bounds(a), self._bounds(b)
        if bounds_a is None or bounds_b is None:
            return None
        name = arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data]
        difference = self._sums((tuple(x - y for x, y in zip(a[0], b[0])), a[1] - b[1]))
        return decided(name, bounds_a, bounds_b, difference)

    def chosen(self, op: Operation) -> SSAValue | None:
        """The operand that an op always chooses, if the op is a choice and this is known."""
        if not isinstance(op, arith.SelectOp):
            return None
        cond, lhs, rhs = op._operands
        if not isinstance(cond.owner, arith.CmpiOp):
            return None
        holds = self.holds(cond.owner)
        return None if holds is None else lhs if holds else rhs

    def _split(self) -> None:
        """
        Cut loops into segments with more facts: the part of a concatenation that a segment reads,
        or that it reads no padding. Each segment has code of its own.
        """
        conditions: list[Callable[[], bool | None]] = []
        changes: dict[int, set[int]] = {}

        def changes_at(form: Linear, value: int) -> None:
            """The loop's first iterations at, and after, which a form of one loop has a value."""
            moving = [d for d, c in enumerate(form[0]) if c]
            if len(moving) == 1 and moving[0] >= self.first:
                c = form[0][moving[0]]
                at = -(-(value - form[1]) // c)
                changes.setdefault(moving[0], set()).update((at, at + 1))

        for op in self.op.block.ops:
            if isinstance(op, kernel.LoadOp) and "in_bounds" not in op.attributes:
                for i, n in zip(op.indices, shape(op.t.type)):
                    if (form := self.forms.get(i)) is not None:
                        conditions.append(partial(self.is_inside, i, n))
                        changes_at(form, 0)
                        changes_at(form, n)
            elif isinstance(op, arith.CmpiOp):
                a, b = self.forms.get(op.lhs), self.forms.get(op.rhs)
                if a is not None and b is not None:
                    conditions.append(partial(self.holds, op))
                    changes_at(a, 0)
                    changes_at((tuple(x - y for x, y in zip(a[0], b[0])), a[1] - b[1]), 0)
        for d in changes:
            whole = self.ranges[d]
            ends = [0, *sorted(at for at in changes[d] if 0 < at < self.sizes[d]), self.sizes[d]]
            segments: list[tuple[int, int]] = []
            known: list[bool | None] = []
            for low, high in pairwise(ends):
                self.ranges[d] = low, high - 1
                now = [condition() for condition in conditions]
                if segments and now == known:
                    segments[-1] = segments[-1][0], high
                elif high > low:
                    segments.append((low, high))
                known = now
            self.ranges[d] = whole
            self.segments[d] = segments
        self._bound_segments()
        self._join_edges()

    def _bound_segments(self) -> None:
        """
        Join segments until there are few enough. An outer loop comes first, because its edges are
        fewer points. If a loop has many segments, its longest one stays, and the ones around it
        become one each.
        """
        copies = min(MOST_SEGMENTS, MOST_OPS // max(len(self.op.block.ops), 1))
        order = [d for group in self.loops for d in group if d in self.segments]
        for least in (3, 1):
            for d in order:
                if prod(len(segments) for segments in self.segments.values()) <= copies:
                    return
                if len(self.segments[d]) > least:
                    low, high = max(self.segments[d], key=lambda s: s[1] - s[0])
                    ends = {0, low, high, self.sizes[d]} if least > 1 else {0, self.sizes[d]}
                    self.segments[d] = list(pairwise(sorted(ends)))

    def _join_edges(self) -> None:
        """
        Find the loops whose two edges have their code in common. So the pieces of a stencil in
        three dimensions are 9 and not 27, and LLVM needs a third of the time. The code at an edge
        asks for each element whether it is there, for it knows neither which edge this is, nor
        where the loops between it and the innermost loop are. Its turns are few.
        """
        pieces = prod(len(segments) for segments in self.segments.values())
        if pieces * len(self.op.block.ops) < MANY_OPS or self.domain is not None:
            return
        # A sum over the loop would add the elements in another order.
        if any(write.combiner != "store" for write in self.writes):
            return
        for group in self.loops[:-1]:
            d = group[-1]
            low, high = max(self.segments.get(d, [(0, 0)]), key=lambda s: s[1] - s[0])
            size = self.sizes[d]
            if 0 < low < high < size:
                self.joined.add(d)
                self.segments[d] = [(0, low), (low, high), (high, size)]

    def _order(self, keep: bool) -> None:
        """Choose the order of the loops, and join loops that run as one."""
        n = len(self.sizes)
        accesses = []
        fixed: set[int] = set(range(self.first))
        for op in self.op.block.ops:
            if isinstance(op, kernel.LoadOp):
                linear = self.linear(op.t, op.indices)
                accesses.append(linear)
                if linear is None or "in_bounds" not in op.attributes:
                    fixed |= self._loops_of(op.indices)
            elif not isinstance(op, kernel.YieldOp) and not _is_index(op):
                fixed |= self._loops_of([x for x in op.operands if isinstance(x.type, IndexType)])
            elif _is_index(op) and op.results[0] not in self.forms:
                fixed |= self._loops_of(op.operands)
        for value in self.op.yielded:
            if isinstance(value.type, IndexType):
                fixed |= self._loops_of([value])
        known = [a for a in accesses if a is not None]
        count = len(accesses) + len(self.writes)
        known += [(write.place.moves, 0) for write in self.writes]
        order = list(range(self.first, n))
        written: list[int] = []
        if self.first and order and not keep and _is_small_row(self.op):
            # All rows are in registers, so the order is that of the results, and then of the sums.
            own = [write.place.moves for write in self.writes]
            order.sort(key=lambda d: not any(move[d] for move in own))
            written, self.unrolled = order, len(order)
        elif len(order) > 1 and not keep:
            # A move by one element costs least, no move costs nothing, others cost a cache line.
            cost = {
                d: sum(0 if a[0][d] == 0 else 1 if abs(a[0][d]) == 1 else 8 for a in known)
                for d in order
            }
            candidates = [d for d in order if self.sizes[d] >= SHORT] or order
            inner = min(reversed(candidates), key=lambda d: cost[d])
            moves = [a[0] for a in known]
            order.remove(inner)
            if (outer := self._tiles(order, inner)) is not None:
                order.remove(outer)
                order.append(outer)
            order.append(inner)
            written = self._inside(order, inner, moves, count - len(known))
            if written:
                order = [*(d for d in order if d not in written), *written]
            elif not self.tile and (short := self._short(order, inner, moves)) is not None:
                order = [d for d in range(self.first, n) if d != short] + [short]
        self.loops = [[d] for d in range(self.first)]
        for d in order:
            last = self.loops[-1][-1] if self.loops else -1
            if (
                self.loops
                and d not in fixed
                and last not in fixed
                and None not in accesses
                and all(a[0][last] == self.sizes[d] * a[0][d] for a in known)
            ):
                self.loops[-1].append(d)
            else:
                self.loops.append([d])
        if self.unrolled:
            self.unrolled = sum(group[0] in written for group in self.loops)

    def _inside(
        self, order: Sequence[int], inner: int, moves: Sequence[tuple[int, ...]], unknown: int
    ) -> list[int]:
        """
        Short loops that are better inside of the loop `inner`, sums last; `unrolled` if few enough.

        In a batch of small matrices, the turns of the long loop are apart: a vector of them would
        gather. So a turn is all of a matrix, whose elements are in registers. In another nest, each
        turn of a short sum would load and store a row of the result: a vector of the result stays
        in a register if the turns of the sum are inside of the loop along this row.
        """
        own = [write.place.moves for write in self.writes]
        if not unknown and (pairs := self._columns(order, inner, moves)):
            self.unrolled = len(pairs)
            return pairs
        if not unknown and (matrix := self._summed_matrix(order, inner, moves)):
            self.unrolled, self.is_scalar = len(matrix), True
            return matrix
        if (
            self.tile
            or self.sizes[inner] < LEAST_SUMMED_ROW
            or not all(move[inner] for move in own)
        ):
            return []
        sums = [d for d in order if not any(move[d] for move in own)]
        others = [d for d in order if d != inner and d not in sums]
        few = [d for d in others if self.sizes[d] < SHORT]
        # There may be a batch of batches. Where nothing is summed or transposed, LLVM does well.
        short = [*(few if sums or _transposes(moves, few) else others), *sums]
        ops = len(self.op.block.ops)
        near = sum(0 < abs(move[inner]) < APART for move in moves)
        # Indices that are loaded once for each turn are near, and what they lead to is apart.
        far = len(moves) - near - sum(not move[inner] for move in moves) + unknown
        # Without a sum, an element is read less often, and more of them must be apart.
        apart = (near if sums else 2 * near) < far if unknown else not near
        if (
            apart
            and self.sizes[inner] >= LEAST_TURNS
            and all(abs(move[inner]) >= APART for move in own)
            and 1 < (turns := self._turns(short)) <= MOST_UNROLLED
            and _is_plain(self.op)
        ):
            if turns * ops <= MOST_UNROLLED_OPS:
                self.unrolled, self.is_scalar = len(short), True
            return short
        turns = self._turns(sums)
        loads = turns * (len(moves) - len(own))
        if sums and 1 < turns <= MOST_SUMMED and loads <= MOST_SUMMED_LOADS:
            if not unknown and all(move[inner] == 1 for move in own):
                self.unrolled = len(sums)
                self.is_scalar = max(abs(move[inner]) for move in moves) >= SHORT
                return sums
        return []

    def _columns(
        self, order: Sequence[int], inner: int, moves: Sequence[tuple[int, ...]]
    ) -> list[int]:
        """
        A loop along a row of 2 to `MOST_COLUMNS` elements, where `inner` sums along the columns.

        One column has gaps, which LLVM's vectors do not read behind the last row: the code adds the
        last rows of each column one by one. All columns of a row have no gaps. A function of what
        all columns of a row have in common is then computed once for each row.
        """
        own = [write.place.moves for write in self.writes]
        if self.tile or any(move[inner] for move in own):
            return []
        slow = [op for op in self.op.block.ops if _is_slow(op)]
        for d in order:
            n = self.sizes[d]
            if any(d in self._loops_of(op.operands) for op in slow):
                continue
            if (
                2 <= n <= MOST_COLUMNS
                and all(move[d] == 1 for move in own)
                and any(move[d] == 1 and move[inner] == n for move in moves)
                and all(move[d] in (0, 1) and move[inner] in (0, 1, n) for move in moves)
            ):
                return [d]
        return []

    def _summed_matrix(
        self, order: Sequence[int], inner: int, moves: Sequence[tuple[int, ...]]
    ) -> list[int]:
        """
        The loops over a small matrix, or a row, of which `inner` adds up many. The sums stay in
        registers; else each element of the matrix would have a pass of its own over the arrays.
        Another result may have elements of its own for each turn of `inner`, as in a gradient.
        """
        own = [write.place.moves for write in self.writes]
        few: list[int] = []
        for d in sorted(order, key=lambda d: abs(own[0][d])):
            if any(move[d] for move in own) and self._turns([d, *few]) <= MOST_SUMMED:
                few.insert(0, d)
        if (
            self.tile
            or all(move[inner] for move in own)
            or any(write.combiner != "add" for write in self.writes)
            or self.sizes[inner] < LEAST_TURNS
            or not all(move[inner] == 0 or abs(move[inner]) >= APART for move in moves)
            or self._turns(few) < 2
            or any(map(_is_slow, self.op.block.ops))
        ):
            return []
        return few

    def _turns(self, loops: Sequence[int]) -> int:
        return prod(self.sizes[d] for d in loops)

    def _short(
        self, order: Sequence[int], inner: int, moves: Sequence[tuple[int, ...]]
    ) -> int | None:
        """
        A short loop that is better innermost than the long loop `inner`, in whose turns accesses
        are far apart. LLVM unrolls the short loop, in which each access has its next element or
        stays.

        If each turn of `inner` had lines of the cache of its own, each turn of the loops around it
        would load them all again. That also pays where the short loop sums. If the turns share
        lines, it pays only where the short loop stores: LLVM then loads several turns at once, and
        takes their elements apart. Functions and divisions are faster in vectors over a long loop.
        """
        short = [
            d
            for d in order
            if 2 <= self.sizes[d] < SHORT
            and all(0 <= m[d] <= 1 for m in moves)
            and any(m[d] for m in moves)
        ]
        if not short or inner in short or any(map(_is_slow, self.op.block.ops)):
            return None
        d = max(short, key=lambda d: sum(m[d] for m in moves))
        apart = max(abs(m[inner]) for m in moves)
        if all(w.combiner == "store" and w.place.moves[d] for w in self.writes):
            return d if apart > 1 else None
        return d if apart >= SHORT and not any(w.place.moves[d] for w in self.writes) else None

    def _tiles(self, others: Sequence[int], inner: int) -> int | None:
        """
        The loop that runs in tiles with the innermost one, if there is such a loop; see `Tile`.

        A nest whose loops are cut into segments has no tiles.
        """
        if self.first or self.rows or prod(self.sizes) < TILED_POINTS:
            return None
        if self.sizes[inner] < LEAST_TURNS:
            return None
        loads: list[tuple[kernel.LoadOp, Linear]] = []
        for op in self.op.block.ops:
            if isinstance(op, arith.CmpiOp) and op.lhs in self.forms and op.rhs in self.forms:
                return None
            if isinstance(op, kernel.LoadOp) and op.indices:
                sizes = shape(op.t.type)
                if "in_bounds" not in op.attributes and not all(
                    self.is_inside(i, n) for i, n in zip(op.indices, sizes)
                ):
                    return None
                if (linear := self.linear(op.t, op.indices)) is not None:
                    loads.append((op, linear))
        moves = [linear[0] for _, linear in loads]
        writes = [write.place.moves for write in self.writes]

        def is_across(move: tuple[int, ...], d: int) -> bool:
            return move[d] == 1 and abs(move[inner]) > 1

        def across(d: int) -> int:
            return sum(is_across(move, d) for move in (*moves, *writes))

        candidates = [d for d in others if self.sizes[d] >= LEAST_TURNS]
        outer = max(candidates, key=across, default=None)
        if outer is None or not 0 < across(outer) <= MOST_PACKED:
            return None
        if all(abs(move[inner]) != 1 for move in (*moves, *writes)):
            return None
        packed = [k for k, move in enumerate(writes) if is_across(move, outer)]
        if any(self.writes[k].combiner != "store" for k in packed):
            return None
        across_loads = [op for op, linear in loads if is_across(linear[0], outer)]
        kinds = [op.t.type for op in across_loads] + [self.op.res[k].type for k in packed]
        widest = max(costs.bytes_of(types.element(kind)) for kind in kinds)
        turns = TILE_BYTES // widest, TILE_TURNS // len(kinds)
        self.tile = Tile(across_loads, packed, turns)
        return outer

    def _loops_of(self, values: Sequence[SSAValue]) -> set[int]:
        """The loops on which values depend."""
        found: set[int] = set()
        pending, seen = list(values), set()
        while pending:
            x = pending.pop()
            if x in seen:
                continue
            seen.add(x)
            if isinstance(x, BlockArgument):
                if x in self.args:
                    found.add(self.args.index(x))
            elif isinstance(x.owner, Operation) and x.owner.parent is self.op.block:
                pending.extend(x.owner.operands)
        return found

    def needed(self, yielded: Sequence[SSAValue]) -> set[Operation]:
        """The ops to write: not ops that only gave indices with linear forms."""
        block = self.op.block
        needed: set[Operation] = set()
        pending = list(yielded)
        while pending:
            x = pending.pop()
            op = x.owner
            if isinstance(x, BlockArgument) or op in needed or op.parent is not block:
                continue
            assert isinstance(op, Operation)
            needed.add(op)
            given = op._operands
            if op.__class__ is kernel.LoadOp:
                t, *indices = given
                if "in_bounds" not in op.attributes or self.linear(t, indices) is None:
                    pending.extend(indices)
            elif op.__class__ is arith.SelectOp and (chosen := self.chosen(op)) is not None:
                pending.append(chosen)
            else:
                pending.extend(given)
        return needed


def _is_small_row(op: Operation) -> bool:
    """Whether a nest and its neighbours in common loops are so short that all are written out."""
    ops = turns = 0
    for nest in op.parent.ops if op.parent is not None else ():
        if isinstance(nest, kernel.GenericOp):
            turns = prod(ints(nest.loops))
            ops += turns * sum(not isinstance(op, NO_CODE) for op in nest.block.ops)
            if turns > MOST_UNROLLED or ops > MOST_ROW_OPS:
                return False
            # A longer loop is a vector, and so is a function of several numbers.
            longest = max(ints(nest.loops), default=0)
            if longest > MOST_IN_ROW or max(types.size(x.type) for x in nest.res) > MOST_ROW:
                return False
            if turns >= LEAST_LANES and not _is_plain(nest):
                return False
        elif isinstance(nest, kernel.ProductOp):
            return False
    return True


def _transposes(moves: Sequence[tuple[int, ...]], loops: Sequence[int]) -> bool:
    """Whether one of these accesses is nearest along one of the loops, another along another."""
    found = set()
    for move in moves:
        own = [d for d in loops if move[d]]
        if len(own) > 1:
            found.add(min(own, key=lambda d: abs(move[d])))
    return len(found) > 1


def _is_plain(nest: kernel.GenericOp | kernel.ScatterOp) -> bool:
    """Whether no scalar op is a function, which is faster in vectors."""
    return not any(_is_slow(op) and not isinstance(op, arith.DivfOp) for op in nest.block.ops)


def _is_slow(op: Operation) -> bool:
    """Whether a scalar op takes far longer than a product."""
    return isinstance(op, arith.DivfOp) or (len(op.results) == 1 and costs.flops(op) > 1)


def _is_index(op: Operation) -> bool:
    return len(op.results) == 1 and isinstance(op.results[0].type, IndexType)


def has_masked_end(schedule: Schedule, turns: int, mvec: str) -> bool:
    """
    Whether the last turns of the innermost loop are to be a vector of which some numbers are left
    out. Only AVX-512, whose vector functions have the letter "e", leaves them out at no cost.

    Else these turns are single numbers, of which a function like exp takes as long as of a vector.
    In a long loop they are few, and there LLVM computes several vectors at a time. The greatest or
    the least number of a row waits for several instructions at each single number, so that a few of
    them take as long as a longer row.
    """
    singles = turns % HALF_VECTOR
    if "e" not in mvec or turns < LEAST_MASKED:
        return False
    if any(op.name in MASKED for op in schedule.op.block.ops):
        return SHARE_OF_SINGLES * singles >= turns
    inner = schedule.loops[-1][-1]
    return (
        turns in WAITS_IN
        and singles >= LEAST_WAITS
        and any(w.combiner in ("max", "min") and not w.place.moves[inner] for w in schedule.writes)
    )
