import sys
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass


@dataclass(frozen=True)
class CountOps(ModulePass):
    """Prints how many ops of a dialect there are."""

    name = "count-ops"
    of: str

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        number = sum(each.dialect_name() == self.of for each in op.walk())
        print(f"{self.of}: {number}", file=sys.stderr)
