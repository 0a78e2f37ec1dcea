"""
Windows become slices, and sums into windows sums of slices: `ten-slice-windows`.

Needs:   no `ten.build`.
Leaves:  no gather, and no scatter, that a table of at most `MOST` places in a window says; except
         windows that an einsum reads.
Keeps:   the value, up to the order of sums into one place.
Ends:    in one sweep. No rule makes a gather or a scatter.

A nest reads a gather's table from memory, and cannot see that neighbours read neighbours; a scatter
adds to one place after the other. Slices have vectors, and the transpose of a slice is a pad.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import ClassVar

import numpy as np
from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp, UnitAttr
from xdsl.ir import Block, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import arrays, ten, types
from ...dialects.ten.value_facts import has_one_use
from ...dialects.types import ints, rank, shape
from ..rewriting.driver import RuleDriver
from ..rewriting.levels import Level
from ..sharing.shared_terms import drop_broken_stamps
from .building import Ops, plus_zero, renumbered, reshaped, transposed
from .window_tables import Steps, as_line, read_by, table_of

MOST = 25
"""Places in a window, along all axes of one gather: each is a slice."""
FEW = 8
"""
Places along an axis of windows that do not overlap, up to which a product takes them one by one: a
convolution of 3 colours by 4 × 4 windows, with its gradient, took 8.3 ms so and 13.7 ms as one
product, by 16 × 16 windows 122 ms and 30.
"""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
VIEWS = (ten.TransposeOp, ten.SliceOp, ten.ReshapeOp, ten.BroadcastOp, ten.ReverseOp)
"""Ops whose readers decide in place of them."""


@dataclass(frozen=True)
class SliceWindowsPass(ModulePass):
    """
    Writes windows that are not multiplied as slices.

    Example:

        >>> def highest(x):
        ...     return np.lib.stride_tricks.sliding_window_view(x, 3).max(axis=1)
        >>> module = lg.trace(highest, lg.spec(10))
        >>> SliceWindowsPass().apply(ctx, module)
        >>> "ten.gather" in str(module)
        False
    """

    name = "ten-slice-windows"
    needs: ClassVar[Level] = Level.BULK

    products: bool = True
    """Whether sums of products are einsums by now. If not, windows in a product stay."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        # The windows that stay say what they are: those of every third place do not overlap.
        changed = RuleDriver(VIEWING, remark_as=self.name).run(op)
        if RuleDriver(SLICING[self.products], remark_as=self.name).run(op) or changed:
            drop_broken_stamps(op, self.name)


class SliceOfWindows(RewritePattern):
    """
    slice (transpose (gather [9, 3] x (i, k) { table[i, k] })) every second i
      →  transpose (gather [5, 3] x (i, k) { table[2 i, k] })

    Reads no windows that nobody reads, and shows which windows stay: NumPy's `sliding_window_view`
    has all of them.
    Requires: nobody else reads the gather or the transposes. Its indices are tables.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SliceOp, rewriter: PatternRewriter):
        turns: list[ten.TransposeOp] = []
        ways = list(range(rank(op.x.type)))
        x = op.x
        while isinstance(x.owner, ten.TransposeOp) and has_one_use(x):
            turns.append(x.owner)
            ways = [ints(x.owner.perm)[d] for d in ways]
            x = x.owner.x
        gather = x.owner
        if not isinstance(gather, ten.GatherOp) or not has_one_use(x) or 0 in ints(op.sizes):
            return
        tables = [table_of(index, gather) for index in gather.yielded]
        if op.result.type == op.x.type:
            return
        parts = [slice(0)] * len(ways)
        for d, start, n, step in zip(ways, ints(op.offsets), ints(op.sizes), ints(op.strides)):
            parts[d] = slice(start, start + (n - 1) * step + 1, step)
        lead, depth = len(gather.domain), len(gather.yielded)
        new: list[tuple[np.ndarray, list[int]]] = []
        for known in tables:
            if known is None:
                return
            table, dims = known
            new.append((table[tuple(parts[d] for d in dims)], dims))

        ops = Ops()
        t, rest = gather.t, parts[lead:]
        sizes = shape(t.type)
        t = ops(
            ten.SliceOp(
                t,
                [*(0 for _ in range(depth)), *(p.start for p in rest)],
                [*sizes[:depth], *(len(range(p.start, p.stop, p.step)) for p in rest)],
                [*(1 for _ in range(depth)), *(p.step for p in rest)],
            )
        )
        domain = [len(range(p.start, p.stop, p.step)) for p in parts[:lead]]
        y = gather_by(t, domain, new, "in_bounds" in gather.attributes, ops)
        for turn in reversed(turns):
            y = ops(ten.TransposeOp(y, ints(turn.perm)))
        rewriter.replace(op, ops)


def gather_by(
    t: SSAValue,
    domain: Sequence[int],
    tables: Sequence[tuple[np.ndarray, list[int]]],
    inside: bool,
    ops: Ops,
) -> SSAValue:
    """A gather whose indices are tables, each with those indices of the gather that it has."""
    block = Block(arg_types=[ten.index_type] * len(domain))
    indices: list[SSAValue] = []
    for table, dims in tables:
        numbers = ops(arrays.constant(table))
        read = ten.IndexOp(numbers, [block.args[d] for d in dims])
        cast = arith.IndexCastOp(read.result, ten.index_type)
        block.add_ops([read, cast])
        indices.append(cast.result)
    block.add_op(ten.YieldOp(*indices))
    gather = ten.GatherOp(domain, t, Region(block))
    if inside:
        gather.attributes["in_bounds"] = UnitAttr()
    return ops(gather)


class DisjointWindows(RewritePattern):
    """
    gather [4, 2] x (i, k) { 3 i + k }  →  slice (reshape (x[: 12], [4, 3])) of 2 columns

    A product of such windows, as that of the patches of an image, is one product of matrices.
    Requires: as for a gather of slices, with no limit of places; but the places of a window are one
    after the other, and in no other window. One place in a window is a slice. If a product reads
    the windows, there are more than `FEW` places: else a product of slices for each is faster.
    """

    def __init__(self, products: bool):
        super().__init__()
        self.products = products

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        word = LETTERS[: rank(op.result.type)]
        sizes = dict(zip(word, shape(op.result.type)))
        read = disjoint(op, word, sizes)
        if read is None:
            return
        ops, rest = Ops(), word[len(op.domain) :]
        axes = [_Axis.of(c, s, sizes) for c, s in read.items()]
        if 1 < max(a.places for a in axes) <= FEW and is_multiplied(op.result, self.products):
            return
        whole, none = [sizes[c] for c in rest], [0] * len(rest)
        missing = [max(a.end - n, 0) for a, n in zip(axes, shape(op.t.type))]
        x = op.t
        if any(missing):
            x = ops(ten.PadOp(x, [0] * rank(x.type), [*missing, *none]))
        starts, strides = [a.start for a in axes], [a.stride for a in axes]
        extent = [*(a.windows * a.width for a in axes), *whole]
        x = ops(ten.SliceOp(x, [*starts, *none], extent, [*strides, *(1 for _ in rest)]))
        x = reshaped(x, [*(n for a in axes for n in (a.windows, a.width)), *whole], ops)
        extent = [*(n for a in axes for n in (a.windows, a.places)), *whole]
        x = ops(ten.SliceOp(x, [0] * len(extent), extent, [1] * len(extent)))
        order = "".join(c + s.letter for c, s in read.items()) + rest
        x = reshaped(x, [sizes[c] for c in order], ops)
        transposed(x, [order.index(c) for c in word], ops)
        rewriter.replace(op, ops)


class SumsOfDisjointWindows(RewritePattern):
    """
    scatter [12] y (i, k) { 3 i + k }  →  reshape (pad y by one column of zeros, [12])

    Adds nothing, as each place is in one window.
    Requires: as for a gather of such windows.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        word = LETTERS[: rank(op.t.type)]
        sizes = dict(zip(word, shape(op.t.type)))
        read = disjoint(op, word, sizes)
        if read is None:
            return
        ops, rest = Ops(), word[len(op.domain) :]
        axes = [_Axis.of(c, s, sizes) for c, s in read.items()]
        whole, none = [sizes[c] for c in rest], [0] * len(rest)
        order = "".join(c + s.letter for c, s in read.items()) + rest
        y = transposed(op.t, [word.index(c) for c in order], ops)
        extent = [*(n for a in axes for n in (a.windows, a.places)), *whole]
        y = reshaped(y, extent, ops)
        gaps = [*(n for a in axes for n in (0, a.width - a.places)), *none]
        y = ops(ten.PadOp(y, [0] * len(extent), gaps))
        y = reshaped(y, [*(a.windows * a.width for a in axes), *whole], ops)
        # The last window may end behind the array, with zeros.
        after = [n - a.end for n, a in zip(ints(op.dims), axes)]
        extent = [*(a.windows * a.width + min(n, 0) for a, n in zip(axes, after)), *whole]
        y = ops(ten.SliceOp(y, [0] * len(extent), extent, [1] * len(extent)))
        low, high = [a.start for a in axes], [max(n, 0) for n in after]
        between = [a.stride - 1 for a in axes]
        ops(ten.PadOp(y, [*low, *none], [*high, *none], [*between, *none]))
        rewriter.replace(op, ops)


@dataclass(frozen=True)
class _Axis:
    """Windows that do not overlap: places in a row of `width`, or one of `stride` elements."""

    start: int
    windows: int
    places: int
    width: int
    stride: int

    @staticmethod
    def of(letter: str, s: Steps, sizes: dict[str, int]) -> _Axis:
        places = sizes.get(s.letter, 1)
        width, stride = (s.step, 1) if places > 1 else (1, s.step)
        return _Axis(s.start, sizes[letter], places, width, stride)

    @property
    def end(self) -> int:
        """The first element that no row has."""
        return self.start + (self.windows * self.width - 1) * self.stride + 1


def disjoint(
    op: ten.GatherOp | ten.ScatterOp, word: str, sizes: dict[str, int]
) -> dict[str, Steps] | None:
    """The windows that an op reads or writes, if each is of consecutive places of its own."""
    if 0 in sizes.values() or len(op.yielded) > len(op.domain):
        return None
    nearest: set[str] = set()
    for index in op.yielded:
        if (known := table_of(index, op)) is None or (line := as_line(known[0])) is None:
            return None
        if len(known[1]) == 2:
            nearest.add(word[min(zip(line[1], known[1]))[1]])
    read = read_by(op, word, nearest, {})
    for s in (read or {}).values():
        places = sizes.get(s.letter, 1)
        if places > s.step or (places > 1 and s.inner != 1):
            return None
    return read


class GatherOfWindows(RewritePattern):
    """
    gather [5, 3] x (i, k) { 2 i + k }  →  transpose (stack over k of x[k : k + 9 : 2])

    Reads x where it lies, with vectors, and needs no table.
    Requires: each index is a table of numbers, which grows by a fixed step along one or two of the
    gather's indices, by at least one from window to window, and stays inside x; a slice reads no
    other places, and none twice. A window has few places. No product reads the windows: it may read
    all windows as one matrix.
    """

    def __init__(self, products: bool):
        super().__init__()
        self.products = products

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        word = LETTERS[: rank(op.result.type)]
        read = windows_by(op, word, shape(op.result.type))
        if read is None or is_multiplied(op.result, self.products):
            return
        sizes = dict(zip(word, shape(op.result.type)))
        rest = word[len(op.domain) :]
        inner = "".join(s.letter for s in read.values())
        ops = Ops()

        def part(place: dict[str, int]) -> SSAValue:
            """The windows at some places, those along the other axes as the leading dimensions."""
            if len(place) < len(inner):
                c = inner[len(place)]
                return ops(ten.StackOp([part(place | {c: k}) for k in range(sizes[c])]))
            offsets = [s.start + s.inner * place.get(s.letter, 0) for s in read.values()]
            offsets += [0] * len(rest)
            steps = [*(s.step for s in read.values()), *(1 for _ in rest)]
            extent = [sizes[c] for c in (*read, *rest)]
            return ops(ten.SliceOp(op.t, offsets, extent, steps))

        order = inner + "".join(read) + rest
        transposed(part({}), [order.index(c) for c in word], ops)
        rewriter.replace(op, ops)


class ScatterOfWindows(RewritePattern):
    """
    scatter [11] y (i, k) { 2 i + k }  →  Σ over k of pad y[:, k] low k interior 1

    Adds whole arrays, where a scatter adds to one place after the other.
    Requires: as for a gather, with the places inside of the result.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        word = LETTERS[: rank(op.t.type)]
        read = windows_by(op, word, shape(op.t.type))
        if read is None:
            return
        sizes = dict(zip(word, shape(op.t.type)))
        rest = word[len(op.domain) :]
        inner = "".join(s.letter for s in read.values())
        order = inner + "".join(read) + rest
        ops, total = Ops(), None
        y = transposed(op.t, [word.index(c) for c in order], ops)
        extent = [sizes[c] for c in (*read, *rest)]
        for at in product(*(range(sizes[c]) for c in inner)):
            place = dict(zip(inner, at))
            offsets = [*at, *(0 for _ in extent)]
            counts = [*(1 for _ in at), *extent]
            part = ops(ten.SliceOp(y, offsets, counts, [1] * len(order)))
            part = reshaped(part, extent, ops)
            low, high, between = [], [], []
            for n, (c, s) in zip(ints(op.dims), read.items()):
                first = s.start + s.inner * place.get(s.letter, 0)
                low.append(first)
                high.append(n - 1 - first - (sizes[c] - 1) * s.step)
                between.append(s.step - 1)
            none = [0] * len(rest)
            term = ops(ten.PadOp(part, [*low, *none], [*high, *none], [*between, *none]))
            total = term if total is None else ops(added(total, term))
        rewriter.replace(op, ops)


class SumOfStack(RewritePattern):
    """
    sum (stack x, y, z) dims [0]  →  x + y + z

    Reads no operand of the stack at a computed place.
    Requires: a sum along dimensions that stacks of at most `MOST` operands in all have made,
    through transposes of them, and through slices along other dimensions. A sum begins with 0: the
    sum of negative zeros is 0. No maximum, whose gradient is shared by all that are equal to it.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SumOp, rewriter: PatternRewriter):
        ops, parts, gone = Ops(), [op.x], list[int]()
        for d in reversed(ints(op.dims)):
            if len(parts) * shape(op.x.type)[d] <= MOST and is_stack(parts[0], d):
                parts = [y for x in parts for y in parts_along(x, d, ops)]
                gone.append(d)
        if not gone:
            return
        total = plus_zero(parts[0], ops)
        for part in parts[1:]:
            total = ops(added(total, part))
        if rest := renumbered(ints(op.dims), gone):
            ops(ten.SumOp(total, rest))
        rewriter.replace(op, ops)


def is_stack(x: SSAValue, d: int) -> bool:
    """Whether stacks have made dimension `d` of `x`."""
    match x.owner:
        case ten.StackOp() as op:
            return d == 0 or all(is_stack(y, d - 1) for y in op.xs)
        case ten.TransposeOp() as op:
            return is_stack(op.x, ints(op.perm)[d])
        case ten.SliceOp() as op:
            return ints(op.sizes)[d] == shape(op.x.type)[d] and is_stack(op.x, d)
    return False


def parts_along(x: SSAValue, d: int, ops: Ops) -> list[SSAValue]:
    """What stacks have put beside each other along dimension `d` of `x`."""
    match x.owner:
        case ten.StackOp() as op if d == 0:
            return list(op.xs)
        case ten.StackOp() as op:
            columns = [parts_along(y, d - 1, ops) for y in op.xs]
            return [ops(ten.StackOp(row)) for row in zip(*columns)]
        case ten.TransposeOp() as op:
            perm = ints(op.perm)
            less = renumbered(perm, [perm[d]])
            return [transposed(part, less, ops) for part in parts_along(op.x, perm[d], ops)]
        case ten.SliceOp() as op:
            lists = ([*v[:d], *v[d + 1 :]] for v in map(ints, (op.offsets, op.sizes, op.strides)))
            offsets, sizes, strides = lists
            parts = parts_along(op.x, d, ops)
            return [ops(ten.SliceOp(part, offsets, sizes, strides)) for part in parts]
    raise AssertionError("not a stack")


def windows_by(
    op: ten.GatherOp | ten.ScatterOp, word: str, sizes: Sequence[int]
) -> dict[str, Steps] | None:
    """The windows that an op reads or writes, if they have few places."""
    if 0 in sizes or len(op.yielded) > len(op.domain):
        return None
    read = read_by(op, word, {*word[: len(op.domain)]}, {})
    if read is None:
        return None
    places = prod(sizes[word.index(s.letter)] for s in read.values() if s.letter)
    return read if 1 < places <= MOST else None


def added(x: SSAValue, y: SSAValue) -> arith.AddfOp | arith.AddiOp:
    return (arith.AddfOp if types.is_float(types.element(x.type)) else arith.AddiOp)(x, y)


def is_multiplied(x: SSAValue, products: bool) -> bool:
    """Whether an einsum reads the windows, or without `products` what may become one."""
    pending, seen = [x], {x}
    while pending:
        for use in pending.pop().uses:
            op = use.operation
            if isinstance(op, ten.EinsumOp):
                return True
            if not products and isinstance(op, arith.MulfOp | arith.MuliOp):
                return True
            if isinstance(op, (*VIEWS, ten.GatherOp)) and op.results[0] not in seen:
                seen.add(op.results[0])
                pending.append(op.results[0])
    return False


# The driver knows its plans for rules that it has met.
VIEWING = (SliceOfWindows(),)
SLICING = {
    products: (
        DisjointWindows(products),
        SumsOfDisjointWindows(),
        GatherOfWindows(products),
        ScatterOfWindows(),
        SumOfStack(),
    )
    for products in (False, True)
}
