"""
Apply rules that a file states as MLIR text.

Needs:   nothing.
Leaves:  nothing that a rule of the file matches.
Keeps:   the value, up to rounding; the pass runs each rule on random inputs before it applies the
         rule. With `fast`, NaN, infinities and signs of zero may become others.
Ends:    if the rules end; the driver gives up on rules that do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ..lowering.reference.check_rules import check
from ..passes.rewriting.diagnostics import LetgradError
from ..passes.rewriting.driver import apply_rules
from ..passes.rewriting.patterns import TextRule, rules_of
from ..passes.rewriting.verify import verify
from ..passes.sharing.shared_terms import drop_broken_stamps
from . import source


def load(ctx: Context, file: str) -> list[TextRule]:
    """
    The rules of a file. A rule is a module with the name of the rule, and with functions @before
    and @after. The file itself may be such a module. The rule then has the name of the file.

    Errors: `LetgradError`, located in the file.
    """
    module = source.parse(ctx.clone(), source.read(file), file, as_written=True)
    verify(module)
    return rules_of(module, Path(file).stem)


@dataclass(frozen=True)
class ApplyRulesPass(ModulePass):
    """Applies the rules that a file states as pairs of functions, before and after."""

    name = "apply-rules"
    wants_scalars: ClassVar[bool] = False

    file: str
    """The rules, as MLIR text."""
    only: tuple[str, ...] | None = None
    """The names of the rules to apply; all by default."""
    fast: bool = False
    """Whether NaN, infinities and signs of zero may become others."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        rules = load(ctx, self.file)
        names = [rule.name for rule in rules]
        for name in self.only or ():
            if name not in names:
                raise LetgradError(f"{self.file} has no rule {name}, but {', '.join(names)}")
        chosen = [rule for rule in rules if self.only is None or rule.name in self.only]
        for rule in chosen:
            check(rule, self.fast)
        apply_rules(op, [rule.pattern for rule in chosen])
        drop_broken_stamps(op, self.name)
