"""
Products of windows become sums of products of slices: `ten-split-windows`.

Needs:   no `ten.build`.
Leaves:  no einsum of two operands one of which is windows of at most `FEW` places, if the einsum
         sums over the places.
Keeps:   the value up to rounding: the sum over the places in a window is the last one. Sharing: a
         rule copies no computation.
Ends:    in one sweep. The new einsums have no windows that are summed over.

Windows are a gather whose indices are a table of numbers that grow by one step along each index, as
NumPy's `sliding_window_view` and the usual arrays of integers are:

    gather [5, 3] x (i, k) { table[i, k] }      table[i, k] = 2 i + k

A convolution multiplies each place in a window with a weight. As one product of matrices, it needs
an array with all windows, which has each element of the image once for each place. As a sum over
the places, it reads the image where it lies, and so does its derivative.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, ClassVar, NamedTuple

import numpy as np
from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ModuleOp
from xdsl.ir import BlockArgument, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import arrays, ten, types
from ...dialects.types import ints, shape
from ..rewriting.driver import RuleDriver
from ..rewriting.levels import Level
from ..sharing.shared_terms import drop_broken_stamps
from .building import Ops, reshaped

MOST, FEW, DEEP = 32, 9, 16
"""
Places in a window, at most: the sum has as many products. More than `FEW` need to be products that
sum over `DEEP` other indices, as the channels of an image: others are faster as one product.
"""


@dataclass(frozen=True)
class SplitWindowsPass(ModulePass):
    """
    Writes products of windows as sums of products of slices.

    Example:

        >>> def smooth(x, w):
        ...     windows = np.lib.stride_tricks.sliding_window_view(x, 3)
        ...     return np.einsum("nk,k->n", windows, w)
        >>> module = lg.trace(smooth, lg.spec(10), lg.spec(3))
        >>> SplitWindowsPass().apply(ctx, module)
        >>> "ten.gather" in str(module)
        False
    """

    name = "ten-split-windows"
    needs: ClassVar[Level] = Level.BULK

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        if RuleDriver((EinsumOfWindows(),), remark_as=self.name).run(op):
            drop_broken_stamps(op, self.name)


class Steps(NamedTuple):
    """The index `start + step * i + inner * k` of the window i, at the place k in it."""

    start: int
    step: int
    inner: int
    letter: str
    """That of k; empty if there is no k."""


@dataclass
class Windows:
    """An array, the letters of its dimensions, and those along which it is read in windows."""

    array: SSAValue
    word: str
    steps: dict[str, Steps]


class EinsumOfWindows(RewritePattern):
    """
    einsum("ik,k->i", gather [5, 3] x (i, k) { i + k }, w)
      →  Σ over k of einsum("i,->i", x[k : k + 5], w[k])

    Reads x where it lies, and not three copies of its elements.
    Requires: each letter occurs once in an operand, and the places in a window are letters of both
    operands and are summed over; else there is no sum that could come last. The table of the gather
    grows by a fixed step along each index, by at least one from window to window, and stays inside
    x; a slice reads no other places. A window has few places, or each product sums over many other
    indices; else one product of all windows is faster.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.EinsumOp, rewriter: PatternRewriter):
        words, output = op.letters
        if len(words) != 2 or any(len(set(word)) < len(word) for word in words):
            return
        for k in (0, 1):
            summed = set(words[0]) & set(words[1]) - set(output)
            found = windows_of(op.xs[k], words[k], summed)
            sizes = sizes_of(op)
            if found is None or not is_worth_it(found, summed, sizes):
                continue

            ops, total = Ops(), None
            inner = {n.letter for n in found.steps.values()}
            rest = "".join(c for c in words[1 - k] if c not in inner)
            spec = ",".join((found.word, rest)[:: 1 - 2 * k]) + "->" + output
            for parts in places(found, op.xs[1 - k], words[1 - k], sizes, ops):
                term = ops(ten.EinsumOp(spec, parts[:: 1 - 2 * k]))
                total = term if total is None else ops(add(total, term))

            rewriter.replace(op, ops)
            return


def add(x: SSAValue, y: SSAValue) -> arith.AddfOp | arith.AddiOp:
    return arith.AddfOp(x, y) if is_float(x) else arith.AddiOp(x, y)


def is_float(x: SSAValue) -> bool:
    return types.is_float(types.element(x.type))


def is_worth_it(found: Windows, summed: set[str], sizes: dict[str, int]) -> bool:
    inner = {n.letter for n in found.steps.values() if n.letter}
    count, depth = (prod(sizes[c] for c in letters) for letters in (inner, summed - inner))
    return 0 < count <= (MOST if depth >= DEEP else FEW)


def sizes_of(op: ten.EinsumOp) -> dict[str, int]:
    return {c: n for word, x in zip(op.letters[0], op.xs) for c, n in zip(word, shape(x.type))}


def windows_of(value: SSAValue, word: str, summed: set[str]) -> Windows | None:
    """The windows that a value is, through transposes and gathers. None if it is none."""
    steps: dict[str, Steps] = {}
    while True:
        match value.owner:
            case ten.TransposeOp() as op:
                letters = dict(zip(ints(op.perm), word))
                word = "".join(letters[d] for d in range(len(word)))
                value = op.x
            case ten.GatherOp() as op if (read := read_by(op, word, summed, steps)) is not None:
                steps |= read
                value, word = op.t, "".join(read) + word[len(op.domain) :]
            case _:
                break
    return Windows(value, word, steps) if any(n.letter for n in steps.values()) else None


def places(
    found: Windows, other: SSAValue, word: str, sizes: dict[str, int], ops: Ops
) -> Iterator[tuple[SSAValue, SSAValue]]:
    """For each place in a window: what the windows have there, and the other operand's part."""
    inner = [n.letter for n in found.steps.values() if n.letter]
    for at in product(*(range(sizes[c]) for c in inner)):
        place = dict(zip(inner, at))
        offsets, strides = [], []
        for c in found.word:
            steps = found.steps.get(c, Steps(0, 1, 0, ""))
            offsets.append(steps.start + steps.inner * place.get(steps.letter, 0))
            strides.append(steps.step)
        extent = [sizes[c] for c in found.word]
        part = ops(ten.SliceOp(found.array, offsets, extent, strides))
        low = [place.get(c, 0) for c in word]
        extent = [1 if c in place else sizes[c] for c in word]
        factor = ops(ten.SliceOp(other, low, extent, [1] * len(word)))
        yield part, reshaped(factor, [sizes[c] for c in word if c not in place], ops)


def read_by(
    op: ten.GatherOp, word: str, summed: set[str], known: dict[str, Steps]
) -> dict[str, Steps] | None:
    """The windows by which a gather reads each of the first dimensions of its operand, in order."""
    found: dict[str, Steps] = {}
    used: list[int] = []
    for d, index in enumerate(op.yielded):
        known_table = table_of(index, op)
        if known_table is None:
            return None
        table, dims = known_table
        line = as_line(table)
        if line is None or table.min() < 0 or table.max() >= shape(op.t.type)[d]:
            return None
        used += dims
        start, growth = line
        letters = [word[k] for k in dims]
        inside = [k for k, c in enumerate(letters) if c in summed]
        if len(dims) == 1:
            place, within = 0, None
        elif len(dims) == 2 and inside:
            within = min(inside, key=lambda k: table.shape[k])
            place = 1 - within
        else:
            return None
        inner, letter = (0, "") if within is None else (growth[within], letters[within])
        if growth[place] < 1 and table.shape[place] > 1:
            return None
        if {letters[place], letter} & set(known):
            return None
        found[letters[place]] = Steps(start, max(growth[place], 1), inner, letter)
    if sorted(used) != list(range(len(op.domain))):
        return None
    return found


def table_of(index: SSAValue, gather: ten.GatherOp) -> tuple[np.ndarray, list[int]] | None:
    """The numbers that an index of a gather takes, and the indices of the gather they depend on."""
    op = index.owner
    if isinstance(op, arith.IndexCastOp):
        op = op.input.owner
    if not isinstance(op, ten.IndexOp) or not isinstance(constant := op.t.owner, arith.ConstantOp):
        return None
    at: list[Any] = []
    dims = []
    for x in op.indices:
        if isinstance(x, BlockArgument) and x.block is gather.block:
            at.append(slice(None))
            dims.append(x.index)
        elif (number := types.constant_value(x)) is not None and number >= 0:
            at.append(int(number))
        else:
            return None
    if len(set(dims)) < len(dims) or not isinstance(constant.value, DenseIntOrFPElementsAttr):
        return None
    table = np.asarray(arrays.constant_array(constant))
    if any(isinstance(k, int) and k >= n for k, n in zip(at, table.shape)):
        return None
    table = table[tuple(at)]
    if table.dtype.kind not in "iu" or table.shape != tuple(gather.domain[d] for d in dims):
        return None
    return (table.astype(np.int64), dims) if table.size else None


def as_line(table: np.ndarray) -> tuple[int, tuple[int, ...]] | None:
    """Start and steps, if a table grows by one step along each index."""
    start = int(table.flat[0])
    steps = []
    line = np.full(table.shape, start)
    for d, n in enumerate(table.shape):
        at = [0] * table.ndim
        at[d] = 1
        step = int(table[tuple(at)]) - start if n > 1 else 0
        steps.append(step)
        line += step * np.arange(n).reshape([-1 if k == d else 1 for k in range(table.ndim)])
    return (start, tuple(steps)) if np.array_equal(line, table) else None
