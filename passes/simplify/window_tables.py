"""
Tables of numbers that say where windows are.

Windows are a gather whose indices are a table of numbers that grow by one step along each index, as
NumPy's `sliding_window_view` and the usual arrays of integers are:

    gather [5, 3] x (i, k) { table[i, k] }      table[i, k] = 2 i + k
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr
from xdsl.ir import BlockArgument, SSAValue

from ...dialects import arrays, ten, types
from ...dialects.types import ints, shape


class Steps(NamedTuple):
    """The index `start + step * i + inner * k` of the window i, at the place k in it."""

    start: int
    step: int
    inner: int
    letter: str
    """That of k; empty if there is no k."""


WHOLE = Steps(0, 1, 0, "")
"""The places of a whole axis."""


def read_by(
    op: ten.GatherOp | ten.ScatterOp, word: str, inside: set[str], known: dict[str, Steps]
) -> dict[str, Steps] | None:
    """
    The windows by which a gather reads each of the first dimensions of its operand, in order, or by
    which a scatter writes those of its result; None if tables of numbers do not say so. `word` has
    the letters of the windows, `inside` those that can be a place in a window, and `known` the
    windows that are read already.
    """
    sizes = ints(op.dims) if isinstance(op, ten.ScatterOp) else shape(op.t.type)
    found: dict[str, Steps] = {}
    used: list[int] = []
    for d, index in enumerate(op.yielded):
        known_table = table_of(index, op)
        if known_table is None:
            return None
        table, dims = known_table
        line = as_line(table)
        if line is None or table.min() < 0 or table.max() >= sizes[d]:
            return None
        used += dims
        start, growth = line
        letters = [word[k] for k in dims]
        short = [k for k, c in enumerate(letters) if c in inside]
        if len(dims) == 1:
            place, within = 0, None
        elif len(dims) == 2 and short:
            backwards = [growth[1 - k] < 1 < table.shape[1 - k] for k in (0, 1)]
            within = min(short, key=lambda k: (backwards[k], table.shape[k], growth[k]))
            place = 1 - within
        else:
            return None
        inner, letter = (0, "") if within is None else (growth[within], letters[within])
        if growth[place] < 1 and table.shape[place] > 1:
            return None
        if any(known[c].letter for c in (letters[place], letter) if c in known):
            return None
        # Slices of the gather leave some of its rows.
        line = known.get(letters[place], WHOLE)
        places = known.get(letter, WHOLE)
        found[letters[place]] = Steps(
            start + growth[place] * line.start + inner * places.start,
            max(growth[place], 1) * line.step,
            inner * places.step,
            letter,
        )
    if sorted(used) != list(range(len(op.domain))):
        return None
    return found


def table_of(
    index: SSAValue, op: ten.GatherOp | ten.ScatterOp
) -> tuple[np.ndarray, list[int]] | None:
    """The numbers that an index of a gather takes, and the indices of the gather they depend on."""
    read = index.owner
    if isinstance(read, arith.IndexCastOp):
        read = read.input.owner
    if not isinstance(read, ten.IndexOp):
        return None
    constant = read.t.owner
    if not isinstance(constant, arith.ConstantOp):
        return None
    at: list[Any] = []
    dims = []
    for x in read.indices:
        if isinstance(x, BlockArgument) and x.block is op.block:
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
    if table.dtype.kind not in "iu" or table.shape != tuple(op.domain[d] for d in dims):
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
