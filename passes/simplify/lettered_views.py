"""The tensors that views come from, where each dimension has a letter."""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.ir import SSAValue

from ...dialects import delta, ten
from ...dialects.types import ints, shape

LETTERS = "bhacfgklmnopqrstuvwxyz"
"""The letters of a batch, the first ones first."""

UNIT = "_"
"""Stands for a dimension of one element that the tensor asked for does not have."""


def origin(x: SSAValue, letters: str) -> tuple[SSAValue, str]:
    """
    The tensor that x repeats or transposes, with the letters of its dimensions. `letters` are those
    of x.
    """
    found = x, letters
    for y, word in _views(x, letters):
        if UNIT not in word:
            found = y, word
    return found


def value_of_rows(x: SSAValue, letters: str, stops: bool = False) -> tuple[SSAValue, str]:
    """
    The last tensor that x repeats or transposes, with its letters, without dimensions of one
    element. With `stops`, also the tensor whose derivative is stopped.
    """
    *_, (y, word) = _views(x, letters, stops)
    return y, word


def _views(x: SSAValue, letters: str, stops: bool = False) -> Iterator[tuple[SSAValue, str]]:
    yield x, letters
    while True:
        op = x.owner
        if isinstance(op, ten.BroadcastOp):
            dims = ints(op.dims)
            letters = "".join(c for d, c in enumerate(letters) if d not in dims)
            x = op.x
        elif isinstance(op, ten.TransposeOp):
            perm = ints(op.perm)
            letters = "".join(letters[perm.index(d)] for d in range(len(perm)))
            x = op.x
        elif isinstance(op, ten.ReshapeOp) and (word := _reshaped(op, letters)) is not None:
            x, letters = op.x, word
        elif stops and isinstance(op, delta.StopOp):
            x = op.x
        else:
            return
        yield x, letters


def _reshaped(op: ten.ReshapeOp, letters: str) -> str | None:
    """The letters of the operand of a reshape that only adds and drops dimensions of 1 element."""
    made = list(zip(letters, shape(op.result.type)))
    found = ""
    for n in shape(op.x.type):
        while made and made[0][1] == 1 and n != 1:
            made.pop(0)
        if made and made[0][1] == n:
            found += made.pop(0)[0]
        elif n == 1:
            found += UNIT
        else:
            return None
    return found if all(n == 1 for _, n in made) else None
