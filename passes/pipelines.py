"""
The only module among the passes that knows an order of passes. A pipeline is a list, with the
reasons beside it. For the steps after these, each backend has a pipeline of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ..dialects import delta
from ..dialects.walking import ops_in
from .differentiate.checkpoint_scans import CheckpointScansPass
from .differentiate.evaluate_terms import EvaluatePass, Evaluation
from .differentiate.fuse_scans import FuseScansPass
from .differentiate.linearize import LinearizePass, linearize_function
from .differentiate.prepare_implicit import Mode, Preparation, lacks_functions
from .differentiate.transpose import TransposePass, transpose_pullback
from .rewriting.driver import run_passes
from .rewriting.functions import erase_unused_terms
from .sharing.cse import CsePass
from .sharing.recover import RecoverPass
from .sharing.simplify_lets import SimplifyLetsPass
from .sharing.stamp import StampPass
from .simplify.canonicalize import CanonicalizePass
from .simplify.gather_scatter import SimplifyGatherScatterPass
from .simplify.raise_einsum import RaiseEinsumPass
from .simplify.scf_loops import ConvertScfPass
from .simplify.share_views import ShareViewsPass
from .simplify.split_complex import SplitComplexPass
from .vectorize.rows_of_loops import HoistRowsPass
from .vectorize.vectorize_builds import VectorizePass


class PrepareImplicitPass(ModulePass):
    """
    Adds to each `delta.implicit` and `delta.solve` the functions that its derivative needs: those
    that multiply with a Jacobian, and with its transpose.

    Needs:   no `ten.build` in the functions that such ops name.
    Leaves:  such ops with all their functions, which are ordinary functions of the module.
    Keeps:   the value: the pass adds functions, and the names of these to the ops.
    Ends:    one visit to each op. A function that names itself in such an op is an error.
    """

    name = "delta-prepare-implicit"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        if any(lacks_functions(inner) for inner in ops_in(op)):
            Preparation(op, _differentiate).run()


def _differentiate(module: ModuleOp, function: func.FuncOp, position: int, mode: Mode) -> None:
    """Replace a function by its derivative by one argument, without terms."""
    linearize_function(module, function, (position,), mode, primal=False)
    for op in list(ops_in(function)):
        if isinstance(op, delta.PullbackOp):
            transpose_pullback(op)
        elif isinstance(op, delta.PushforwardOp):
            assert op.parent is not None
            Evaluation(op.parent, op.tangents).replace(op)
    erase_unused_terms(function)


def gradient_passes(
    entry: str | None,
    wrt: tuple[int, ...] | None,
    mode: Literal["reverse", "forward"],
    to: str | None,
    primal: bool,
    seed: Literal["argument", "one"],
) -> Sequence[ModulePass]:
    return (
        # Loops of unknown length have derivatives as `ten.while`.
        ConvertScfPass(),
        # Derivatives are those by the real and the imaginary parts.
        SplitComplexPass(),
        # Derivatives need bulk ops: for each element that a build reads at an index there would be
        # one cotangent tensor.
        VectorizePass(),
        # The derivative of a solution multiplies with the Jacobian of its equations.
        PrepareImplicitPass(),
        # Values that are computed twice would be differentiated twice: equal terms have two
        # cotangents, and every op on these is written twice.
        CsePass(),
        CanonicalizePass(),
        # Put beside each op the term for the tangents of its results.
        LinearizePass(entry, wrt, mode, to, primal, seed),
        # Then either direction is a sweep over terms; the other direction has nothing to do.
        TransposePass() if mode == "reverse" else EvaluatePass(),
        # A costly value of an index function now stands in the primal's region and in the
        # derivative's region, under one stamp: compute it once, in bulk.
        RecoverPass(),
        VectorizePass(),
        SimplifyLetsPass(),
        # The loop that computes the values also pushes the tangents forward.
        FuseScansPass(),
        # Partial derivatives that nobody needs are dead. Ops that get simpler may become equal.
        CanonicalizePass(),
        CsePass(),
    )


def bulk_passes() -> Sequence[ModulePass]:
    return (
        # Every op that runs per index becomes one op for all indices.
        VectorizePass(),
        # A value that does not depend on an index was written once per build.
        CsePass(),
        CanonicalizePass(),
    )


def optimize_passes() -> Sequence[ModulePass]:
    return (
        ConvertScfPass(),
        # No pass after this one meets a complex number.
        SplitComplexPass(),
        *bulk_passes(),
        # Reads at computed indices become layout ops, if they are layouts. Then sums of products
        # stand next to the layouts of their factors.
        SimplifyGatherScatterPass(),
        RaiseEinsumPass(),
        CanonicalizePass(),
        # A costly function of the rows of a loop is computed for all rows, in front of the loop.
        HoistRowsPass(),
        # The states of a loop are rows up to here. Other passes know rows, and not this schedule.
        CheckpointScansPass(),
        # A computation on part of an array, or on the array in another order, is a view of the
        # computation on the whole.
        ShareViewsPass(),
        # A value that several index functions compute alike is computed once, in bulk.
        StampPass(),
        RecoverPass(),
        VectorizePass(),
        SimplifyLetsPass(),
        FuseScansPass(),
        # Ops that got simpler may have become equal.
        CsePass(),
        CanonicalizePass(),
    )


class OptimizePass(ModulePass):
    """
    Brings a program into bulk form with as few gathers, scatters and repeated computations as
    possible.

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
    """The name of the function. It may be left out if there is only one function."""
    wrt: tuple[int, ...] | None = None
    """Positions of the arguments to differentiate by; all floats by default."""
    mode: Literal["reverse", "forward"] = "reverse"
    """`reverse` pulls cotangents back to the inputs, `forward` pushes their tangents forward."""
    to: str | None = None
    """Name of the result. By default the result takes the place of the function."""
    primal: bool = True
    """Whether the function's own results stay among the results."""
    seed: Literal["argument", "one"] = "argument"
    """`one` sets the cotangent of the only result, a scalar, to 1, and adds no argument for it."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        passes = gradient_passes(self.entry, self.wrt, self.mode, self.to, self.primal, self.seed)
        run_passes(ctx, op, passes)
