"""
The only place among the passes that knows an order of them. A pipeline is a list, with the reasons
beside it; for what comes after, each backend has one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from .differentiate.evaluate_terms import EvaluatePass
from .differentiate.fuse_scans import FuseScansPass
from .differentiate.linearize import LinearizePass
from .differentiate.transpose import TransposePass
from .rewriting.driver import run_passes
from .sharing.cse import CsePass
from .sharing.recover import RecoverPass
from .sharing.simplify_lets import SimplifyLetsPass
from .sharing.stamp import StampPass
from .simplify.canonicalize import CanonicalizePass
from .simplify.gather_scatter import SimplifyGatherScatterPass
from .simplify.raise_einsum import RaiseEinsumPass
from .vectorize import VectorizePass


def gradient_passes(
    entry: str | None,
    wrt: tuple[int, ...] | None,
    mode: Literal["reverse", "forward"],
    to: str | None,
    primal: bool,
    seed: Literal["argument", "one"],
) -> Sequence[ModulePass]:
    return (
        # Derivatives are of bulk ops; what a build reads at an index would be one cotangent tensor
        # per element.
        VectorizePass(),
        # What is computed twice would be differentiated twice: equal terms have two cotangents, and
        # all that is made of these is written twice.
        CsePass(),
        CanonicalizePass(),
        # Beside each op, what it does to tangents.
        LinearizePass(entry, wrt, mode, to, primal, seed),
        # Then either direction is a sweep over terms; there is nothing for the other one to do.
        TransposePass() if mode == "reverse" else EvaluatePass(),
        # What an index function computes at a cost now stands in the primal's region and in the
        # derivative's, under one stamp: compute it once, in bulk.
        RecoverPass(),
        VectorizePass(),
        SimplifyLetsPass(),
        # Tangents are pushed through a loop in the loop that computes the values.
        FuseScansPass(),
        # Partial derivatives that nobody asked for are dead. What gets simpler may get equal.
        CanonicalizePass(),
        CsePass(),
    )


def bulk_passes() -> Sequence[ModulePass]:
    return (
        # All that is computed per index becomes one op for all indices.
        VectorizePass(),
        # What does not depend on an index was written once per build.
        CsePass(),
        CanonicalizePass(),
    )


def optimize_passes() -> Sequence[ModulePass]:
    return (
        *bulk_passes(),
        # Reads at computed indices become layout ops, where they are such; then sums of products
        # stand next to the layouts of their factors.
        SimplifyGatherScatterPass(),
        RaiseEinsumPass(),
        CanonicalizePass(),
        # What several index functions compute alike is computed once, in bulk, and read by them.
        StampPass(),
        RecoverPass(),
        VectorizePass(),
        SimplifyLetsPass(),
        FuseScansPass(),
        # What got simpler may have got equal.
        CsePass(),
        CanonicalizePass(),
    )


class OptimizePass(ModulePass):
    """
    Brings a program into bulk form with as few gathers, scatters and repeated computations as can
    be.

    Example:

        >>> def dot(x, y):
        ...     return lg.build(3, lambda i: x[i] * y[i]).sum()
        >>> module = lg.trace(dot, lg.spec(3), lg.spec(3))
        >>> OptimizePass().apply(ctx, module)
        >>> show(module)
        dot = \\x y -> einsum "i,i->" x y
    """

    name = "optimize"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        run_passes(ctx, op, optimize_passes())


@dataclass(frozen=True)
class GradientPass(ModulePass):
    """
    Replaces a function by its value and derivative: linearize, then transpose (reverse) or evaluate
    (forward).

    Example:

        >>> module = lg.trace(lambda x: np.sin(x), 1.0)
        >>> GradientPass(primal=False).apply(ctx, module)
        >>> show(module)
        lambda = \\x ct -> cos x * ct
    """

    name = "gradient"

    entry: str | None = None
    """The function; the only one, if there is only one."""
    wrt: tuple[int, ...] | None = None
    """Positions of the arguments to differentiate by; all floats by default."""
    mode: Literal["reverse", "forward"] = "reverse"
    """`reverse` pulls cotangents back to the inputs, `forward` pushes their tangents forward."""
    to: str | None = None
    """Name of the result. By default it takes the place of the function."""
    primal: bool = True
    """Whether the function's own results stay among the results."""
    seed: Literal["argument", "one"] = "argument"
    """`one` makes the cotangent of the only result, a scalar, 1 instead of an argument."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        passes = gradient_passes(self.entry, self.wrt, self.mode, self.to, self.primal, self.seed)
        run_passes(ctx, op, passes)
