"""Instances of the ops, for `letgrad conform`. The elementwise ops need none of their own."""

from __future__ import annotations

import numpy as np
from xdsl.dialects.builtin import i32, i64

from letgrad.extend import samples, types

from .dialect import AttentionOp, LogsumexpOp, SortedSegmentSumOp


@samples.rule(LogsumexpOp)
def _(draw):
    x = draw.floats()
    return LogsumexpOp(x, draw.subset(types.rank(x.type)))


@samples.rule(SortedSegmentSumOp)
def _(draw):
    x = (
        draw.floats(1)
        if draw.differentiable or draw.chance(2)
        else draw.operand(types.of_shape(draw.sizes(1), draw.integer()))
    )
    count = draw.number(0, 4)

    def increasing(random, sizes):
        """Increasing ids, some of them outside."""
        return np.sort(random.integers(-1, count + 1, sizes))

    ids = draw.operand(types.of_shape(types.shape(x.type)[:1], draw.choice((i64, i32))), increasing)
    return SortedSegmentSumOp(x, ids, count)


@samples.rule(AttentionOp)
def _(draw):
    batch, (n, m, d, e) = draw.sizes(0, 1), (draw.size() for _ in range(4))
    kind = draw.float()
    q, k, v = (
        draw.operand(types.of_shape((*batch, *sizes), kind)) for sizes in ((n, d), (m, d), (m, e))
    )
    return AttentionOp(q, k, v)
