"""
Upstream's `canonicalize`, applied by letgrad's driver. The patterns and the removal of dead ops
are the same. Ops of constants fold in the arithmetic of their type (`rewriting/folding.py`). The
driver adds checked types, locations, counts and traces, and the pass adds the identities of
`arithmetic.py`.

Needs:   nothing.
Leaves:  no op that one of its canonicalization patterns or its fold would rewrite.
Keeps:   the value, bit for bit. A function of `math` of constants becomes the float that is nearest
         to the exact value; a backend may be some steps of the float away from it.
Ends:    when no pattern fires; the driver reports patterns that go round in circles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.transforms import canonicalize

from ..sharing.shared_terms import drop_broken_stamps
from . import canonical


@dataclass(frozen=True)
class CanonicalizePass(canonicalize.CanonicalizePass):
    """
    Applies all canonicalization patterns and folds, and removes dead ops.

    Example:

        >>> module = lg.trace(lambda x: x * 1.0, 1.0)
        >>> CanonicalizePass().apply(ctx, module)
        >>> show(module)
        lambda = \\x -> x
    """

    title: ClassVar[str] = "Canonicalizer"
    wants_scalars: ClassVar[bool] = False

    max_iterations: int = -1
    """
    How often at most the pass applies its rules to all ops and then removes dead code; -1 goes on
    until nothing changes, as the default of `mlir-opt` nearly always does.
    """
    region_simplify: Literal["disabled", "normal", "aggressive"] = "normal"
    """Whether the pass removes unreachable blocks and the dead ops that only this shows."""
    disable_patterns: tuple[str, ...] = ()
    """The names of rules that do not fire, as `--pass-statistics` shows them."""
    enable_patterns: tuple[str, ...] = ()
    """If there are any: the names of the only rules that may fire. Folds stay."""
    top_down: bool = True
    """Accepted, as in `mlir-opt`. The driver finds an order itself."""
    test_convergence: bool = False
    """Accepted, as in `mlir-opt`. Rules that do not come to an end are always an error."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.apply_to(ctx, op)

    def apply_to(self, ctx: Context, op: Operation) -> None:
        canonical.run(
            ctx,
            op,
            may_fire=self._may_fire(),
            iterations=self.max_iterations,
            regions=self.region_simplify != "disabled",
        )
        drop_broken_stamps(op, self.name)

    def _may_fire(self) -> Callable[[str], bool] | None:
        """Whether the options let a rule of this name fire; None if they let all rules."""
        if not self.disable_patterns and not self.enable_patterns:
            return None
        only, off = frozenset(self.enable_patterns), frozenset(self.disable_patterns)
        return lambda rule: rule not in off and (not only or rule in only)
