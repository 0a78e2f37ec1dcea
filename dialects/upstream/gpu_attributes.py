"""Where a loop of `scf.forall` runs on a GPU. letgrad reads the words, and keeps them."""

from __future__ import annotations

from xdsl.dialects.builtin import StringAttr
from xdsl.irdl import irdl_attr_definition

from .spelling import WordAttr


@irdl_attr_definition
class ThreadAttr(WordAttr):
    """A dimension of threads: `#gpu.thread<x>`"""

    name = "gpu.thread"
    word: StringAttr


@irdl_attr_definition
class BlockAttr(WordAttr):
    """A dimension of blocks: `#gpu.block<x>`"""

    name = "gpu.block"
    word: StringAttr


@irdl_attr_definition
class WarpAttr(WordAttr):
    """A dimension of warps: `#gpu.warp<x>`"""

    name = "gpu.warp"
    word: StringAttr


@irdl_attr_definition
class WarpgroupAttr(WordAttr):
    """A dimension of groups of warps: `#gpu.warpgroup<x>`"""

    name = "gpu.warpgroup"
    word: StringAttr


OPS: list[type] = []
ATTRIBUTES = [ThreadAttr, BlockAttr, WarpAttr, WarpgroupAttr]
