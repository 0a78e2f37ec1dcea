"""
Print how many ops of each kind there are.

Needs:   nothing.
Leaves:  the program as it is.
Keeps:   all.
Ends:    one walk.
"""

from __future__ import annotations

import json as json_text
import sys
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from ...dialects.op_names import op_name
from ...dialects.walking import ops_in


@dataclass(frozen=True)
class PrintOpStatsPass(ModulePass):
    """Prints to stderr how many ops of each kind there are."""

    name = "print-op-stats"
    title: ClassVar[str] = "PrintOpStats"
    wants_scalars: ClassVar[bool] = False

    json: bool = False
    """Whether the numbers are printed as JSON."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.apply_to(ctx, op)

    def apply_to(self, ctx: Context, op: Operation) -> None:
        counts = dict(sorted(Counter(map(op_name, ops_in(op))).items()))
        if self.json:
            print(json_text.dumps(counts, indent=2), file=sys.stderr)
            return
        width = max(map(len, counts))
        print("Operations encountered:", file=sys.stderr)
        print("-----------------------", file=sys.stderr)
        for name, number in counts.items():
            print(f"  {name:<{width}} , {number}", file=sys.stderr)
