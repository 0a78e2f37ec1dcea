"""
Products of windows become sums of products of slices: `ten-split-windows`.

Needs:   no `ten.build`.
Leaves:  no einsum of two operands one of which is windows of at most `FEW` places, or of at most
         `MOST` along several axes, if the einsum sums over the places.
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
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import ten, types
from ...dialects.types import ints, shape
from ..rewriting.driver import RuleDriver
from ..rewriting.levels import Level
from ..sharing.shared_terms import drop_broken_stamps
from .building import Ops, reshaped
from .window_tables import WHOLE, Steps, read_by

MOST, FEW, DEEP = 64, 9, 16
"""
Places in a window, at most. If these are more than `FEW` along several axes, or if products sum
over `DEEP` other indices, the sum over the first axis comes last, and the places along the others
lie beside the channels: there are fewer products, which have more to sum. Along one axis, more than
`FEW` need products that sum over `DEEP` other indices.
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
        if RuleDriver(RULES, remark_as=self.name).run(op):
            drop_broken_stamps(op, self.name)


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
    einsum("crskl,ockl->ors", windows x of 5 x 5, w)
      →  Σ over k of einsum("clrs,ocl->ors", y[:, :, k : k + n], w[:, :, k])
         y[c, l, r, s] = x[c, r, s + l]

    Reads x where it lies, and not as many copies of its elements as there are places in a window;
    in the second form, as many as there are columns.
    Requires: each letter occurs once in an operand, and the places in a window are letters of both
    operands and are summed over; else there is no sum that could come last. The table of the gather
    grows by a fixed step along each index, by at least one from window to window, and stays inside
    x; a slice reads no other places. A window has few places, or each product sums over many other
    indices, or there are several axes; else one product of all windows is faster.
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
            split = None if found is None else axes_to_split(found, summed, sizes)
            if found is None or split is None:
                continue

            ops, total = Ops(), None
            found = stacked(found, split, summed, sizes, ops)
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


def axes_to_split(found: Windows, summed: set[str], sizes: dict[str, int]) -> list[str] | None:
    """
    The letters of the axes along which the sum over the places in a window comes last: all if
    these are few places for each of which little is summed, and else the first axis; None if it
    does not pay.
    """
    axes = [c for c in found.word if c in found.steps and found.steps[c].letter]
    inner = {found.steps[c].letter for c in axes}
    count, depth = (prod(sizes[c] for c in letters) for letters in (inner, summed - inner))
    first = sizes[found.steps[axes[0]].letter]
    if len(axes) == 1:
        return axes if 0 < count <= (MOST if depth >= DEEP else FEW) else None
    if 0 < count <= FEW and depth < DEEP:
        return axes
    return axes[:1] if 0 < count <= MOST and first <= FEW else None


def stacked(
    found: Windows, split: list[str], summed: set[str], sizes: dict[str, int], ops: Ops
) -> Windows:
    """
    The windows with the places along all axes but `split` beside the letters that are summed over,
    where they are one group of columns, or of rows, of a matrix.
    """
    array, word, steps = found.array, found.word, dict(found.steps)
    for axis in [c for c in word if c in steps and steps[c].letter and c not in split]:
        line = steps.pop(axis)
        d = word.index(axis)
        deep = [
            k for k, c in enumerate(word) if c in summed and not (c in steps and steps[c].letter)
        ]
        at = d if not deep else deep[0] if deep[-1] == len(word) - 1 else deep[-1] + 1
        parts = []
        for k in range(sizes[line.letter]):
            extent, offsets, strides = list(shape(array.type)), [0] * len(word), [1] * len(word)
            extent[d], offsets[d], strides[d] = sizes[axis], line.start + line.inner * k, line.step
            part = ops(ten.SliceOp(array, offsets, extent, strides))
            parts.append(reshaped(part, [*extent[:at], 1, *extent[at:]], ops))
        array = ops(ten.ConcatOp(parts, at)) if len(parts) > 1 else parts[0]
        word = word[:at] + line.letter + word[at:]
    return Windows(array, word, steps)


def sizes_of(op: ten.EinsumOp) -> dict[str, int]:
    return {c: n for word, x in zip(op.letters[0], op.xs) for c, n in zip(word, shape(x.type))}


def windows_of(value: SSAValue, word: str, summed: set[str]) -> Windows | None:
    """The windows that a value is, through transposes, slices and gathers; None if it is none."""
    steps: dict[str, Steps] = {}
    while True:
        match value.owner:
            case ten.TransposeOp() as op:
                letters = dict(zip(ints(op.perm), word))
                word = "".join(letters[d] for d in range(len(word)))
                value = op.x
            case ten.SliceOp() as op:
                for c, offset, stride in zip(word, ints(op.offsets), ints(op.strides)):
                    start, step, inner, letter = steps.get(c, WHOLE)
                    start = offset + stride * start
                    steps[c] = Steps(start, stride * step, stride * inner, letter)
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
            steps = found.steps.get(c, WHOLE)
            offsets.append(steps.start + steps.inner * place.get(steps.letter, 0))
            strides.append(steps.step)
        extent = [sizes[c] for c in found.word]
        part = ops(ten.SliceOp(found.array, offsets, extent, strides))
        low = [place.get(c, 0) for c in word]
        extent = [1 if c in place else sizes[c] for c in word]
        factor = ops(ten.SliceOp(other, low, extent, [1] * len(word)))
        yield part, reshaped(factor, [sizes[c] for c in word if c not in place], ops)


RULES = (EinsumOfWindows(),)
"""One tuple for all runs: the driver knows its plans for rules that it has met."""
