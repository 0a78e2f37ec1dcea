"""
The only module among the passes that knows an order of passes. A pipeline is a list, with the
reasons beside it. For the steps after these, each backend has a pipeline of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from xdsl.context import Context
from xdsl.dialects import func, scf
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Attribute
from xdsl.passes import ModulePass

from ..dialects import delta, ten, types
from ..dialects.op_kinds import Kinds
from ..dialects.walking import ops_in
from .differentiate.checkpoint_scans import CheckpointScansPass
from .differentiate.evaluate_terms import EvaluatePass, Evaluation
from .differentiate.fuse_scans import FuseScansPass
from .differentiate.linearize import LinearizePass, linearize_function
from .differentiate.prepare_implicit import Mode, Preparation, lacks_functions
from .differentiate.transpose import TransposePass, transpose_pullback
from .general.store_types import store_own_types
from .rewriting import remarks
from .rewriting.diagnostics import LetgradError
from .rewriting.driver import run_passes
from .rewriting.functions import (
    block_of,
    by_name,
    check_signature,
    erase_unused_terms,
    find_entry,
)
from .sharing.cse import CsePass
from .sharing.recover import RecoverPass
from .sharing.simplify_lets import SimplifyLetsPass
from .sharing.stamp import StampPass
from .simplify.canonicalize import CanonicalizePass
from .simplify.factor_sums import FactorSumsPass
from .simplify.find_attention import FindAttentionPass
from .simplify.gather_scatter import SimplifyGatherScatterPass
from .simplify.raise_einsum import RaiseEinsumPass
from .simplify.raise_rows import RaiseRowsPass
from .simplify.real_transforms import RealTransformsPass
from .simplify.scf_loops import ConvertScfPass
from .simplify.share_views import ShareViewsPass
from .simplify.slice_windows import SliceWindowsPass
from .simplify.split_complex import SplitComplexPass
from .simplify.split_windows import SplitWindowsPass
from .sparsity import compress, matrices
from .sparsity.colouring import Plan, symmetric_plan
from .sparsity.colouring import plan as plan_of
from .vectorize.maps_of_loops import VectorizeMapsPass
from .vectorize.products_of_loops import SinkProductsPass
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
    seeks: ClassVar[Kinds] = (delta.ImplicitOp, delta.SolveOp)

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
        # Rows have rows as cotangents, where elements of an array would be added to an array.
        RaiseRowsPass(),
        # Steps that need nothing of each other have derivatives in bulk.
        VectorizeMapsPass(),
        # A convolution by windows would have gradients by windows, which are added up in places.
        SliceWindowsPass(products=False),
        SplitWindowsPass(),
        # Attention has a gradient of its own, which needs no weights of pairs.
        *((FindAttentionPass(),) if mode == "reverse" else ()),
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


def optimize_passes(
    attention: bool = False,
    real_transforms: bool = True,
    row: int | None = None,
    loop_sums: bool = True,
) -> Sequence[ModulePass]:
    return (
        ConvertScfPass(),
        # No pass after this one meets a complex number.
        SplitComplexPass(),
        *bulk_passes(),
        # A loop that updates an array and reads the last rows of it carries these rows.
        RaiseRowsPass(free=True),
        # What is left of a loop may carry nothing.
        VectorizeMapsPass(sums=loop_sums),
        # Sums of products would join the products of an attention with others.
        *((FindAttentionPass(),) if attention else ()),
        # Reads at computed indices become layout ops, if they are layouts. Then sums of products
        # stand next to the layouts of their factors.
        SimplifyGatherScatterPass(),
        RaiseEinsumPass(),
        # Windows are views of the array, shifted by one place after the other.
        SliceWindowsPass(),
        # A product of windows needs no array of all windows.
        SplitWindowsPass(),
        *((RealTransformsPass(),) if real_transforms else ()),
        CanonicalizePass(),
        # A costly function of the rows of a loop is computed for all rows, in front of the loop.
        HoistRowsPass(),
        # A product that only leaves a loop, as the gradient of weights does, is one for all steps.
        SinkProductsPass(),
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
        # A sum that waits for another one is a pass over memory of its own.
        *((FactorSumsPass(row),) if row is not None else ()),
        # Ops that got simpler may have become equal.
        CsePass(),
        CanonicalizePass(),
    )


@dataclass(frozen=True)
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

    attention: bool = False
    """Whether to make one op of attention: for its gradient, or for a backend with kernels."""
    real_transforms: bool = True
    """
    Whether half of the coefficients stand for all where a transform is of real numbers. No, before
    a derivative: that of a transform of pairs is one, and then as many are found in both.
    """
    row: int | None = None
    """
    The elements of a row that stays in registers or in a cache. If given, sums over longer ones do
    not wait for other sums because of their factors (`ten-factor-sums`).
    """
    loop_sums: bool = True
    """Whether loops that add up become sums, which take their elements in any order."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        store_own_types(op)
        run_passes(
            ctx,
            op,
            optimize_passes(self.attention, self.real_transforms, self.row, self.loop_sums),
        )


@dataclass(frozen=True)
class GradientPass(ModulePass):
    """
    Replaces a function by its value and derivative: linearize, then transpose (reverse) or evaluate
    (forward). In reverse mode a function without results has no cotangents, and its derivative is
    0. The command `letgrad grad` says then that there is nothing to differentiate.

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
        store_own_types(op)
        passes = gradient_passes(self.entry, self.wrt, self.mode, self.to, self.primal, self.seed)
        run_passes(ctx, op, passes)


Order = Literal["columns", "rows", "both"]


def sparsity_of(
    ctx: Context, module: ModuleOp, entry: str, wrt: Sequence[int], symmetric: bool = False
) -> tuple[matrices.Found, matrices.Matrix]:
    """
    The pattern of the Jacobian of a function by the arguments at `wrt`. A `symmetric` matrix has
    with each place also the place across the diagonal.

    Errors: `LetgradError` for a pattern that has too many places.
    """
    read = find_entry(module, entry)
    if any(isinstance(op, ten.BuildOp | scf.ForOp | scf.WhileOp) for op in ops_in(module)):
        # The analysis knows bulk ops.
        module = module.clone()
        run_passes(ctx, module, (ConvertScfPass(), *bulk_passes()))
        read = find_entry(module, entry)
    found = matrices.find(module, read, wrt)
    matrix = matrices.matrix(found, read)
    return found, matrices.symmetric(matrix) if symmetric else matrix


def planned(
    ctx: Context,
    module: ModuleOp,
    entry: str,
    wrt: Sequence[int],
    order: Order | None = None,
    symmetric: bool = False,
) -> tuple[matrices.Found, Plan]:
    """The pattern of a Jacobian and its colours. Errors: as `sparsity_of`."""
    found, matrix = sparsity_of(ctx, module, entry, wrt, symmetric)
    if symmetric:
        plan = symmetric_plan(matrix, found.grids)
    else:
        plan = plan_of(matrix, order, found.grids, [found.rows])
    _remark_plan(find_entry(module, entry), plan)
    return found, plan


def sparse_jacobian(
    ctx: Context,
    module: ModuleOp,
    entry: str | None,
    wrt: Sequence[int] | None,
    order: Order | None = None,
    symmetric: bool = False,
) -> Plan:
    """
    Replace a function by one that gives the values of its sparse Jacobian. Returns the plan, which
    has the places of the values.

    Errors: `LetgradError` for arguments or results that are not real floats, and for a pattern that
            has too many places.
    """
    function = find_entry(module, entry)
    block_of(function.body, function)
    check_signature(function)
    name = function.sym_name.data
    kinds = function.function_type
    if wrt is None:
        wrt = [k for k, t in enumerate(kinds.inputs) if types.is_float(types.element(t))]
    for k in wrt:
        if not 0 <= k < len(kinds.inputs.data):
            raise LetgradError(f"@{name} has no argument {k} to differentiate by", function)
    inputs, outputs = [kinds.inputs.data[k] for k in wrt], list(kinds.outputs)
    _refuse_others(function, inputs, [*kinds.inputs, *outputs], outputs)
    _, plan = planned(ctx, module, name, wrt, order, symmetric)
    # A simplified program has a simpler derivative.
    run_passes(ctx, module, (OptimizePass(),))
    derived: list[func.FuncOp | None] = []
    modes: tuple[Mode, Mode] = "forward", "reverse"
    for colours, mode in zip((plan.forward_colours, plan.backward_colours), modes):
        if colours is None:
            derived.append(None)
            continue
        to = f"{name}_{mode}"
        while to in by_name(module):
            to += "_"
        run_passes(ctx, module, (GradientPass(name, tuple(wrt), mode, to, primal=False),))
        derived.append(by_name(module)[to])
    function = by_name(module)[name]
    compress.write(function, plan, inputs, outputs, *derived)
    for other in derived:
        if other is not None:
            other.detach()
            other.erase()
    # Under its own name, this function would stand for the one that it differentiates.
    hidden = f"{name}_values"
    while hidden in by_name(module):
        hidden += "_"
    function.properties["sym_name"] = StringAttr(hidden)
    run_passes(ctx, module, bulk_passes())
    function = by_name(module)[hidden]
    compress.read_parts(function)
    compress.store_parts(function)
    function.properties["sym_name"] = StringAttr(name)
    return plan


def _refuse_others(
    function: func.FuncOp,
    inputs: Sequence[Attribute],
    all_types: Sequence[Attribute],
    outputs: Sequence[Attribute],
) -> None:
    name = function.sym_name.data
    for type in (*inputs, *outputs):
        if not types.is_float(types.element(type)):
            raise LetgradError(f"the Jacobian of @{name} needs real floats, not {type}", function)
    for type in all_types:
        if types.is_complex(types.element(type)):
            raise LetgradError(
                f"a sparse Jacobian takes no complex numbers, and @{name} has {type}", function
            )


def _remark_plan(function: func.FuncOp, plan: Plan) -> None:
    for what, colours in (("columns", plan.forward_colours), ("rows", plan.backward_colours)):
        if colours is not None:
            remarks.passed(
                SparseJacobianPass.name,
                "Colouring",
                function,
                f"@{function.sym_name.data}: {colours.count} "
                f"{'colour' if colours.count == 1 else 'colours'} of {what} "
                f"({colours.method}), at least {colours.bound}, for {plan.matrix.size} places of "
                f"{plan.matrix.height} x {plan.matrix.width}",
            )


@dataclass(frozen=True)
class SparseJacobianPass(ModulePass):
    """
    Replaces a function by one that gives its sparse Jacobian, row by row: the values, the column of
    each value, and where each row begins.

    Example:

        >>> module = lg.trace(lambda x: x[1:] * x[:-1], lg.spec(4))
        >>> SparseJacobianPass().apply(ctx, module)
        >>> print(Evaluator(module).call("lambda", [[1.0, 2.0, 3.0, 4.0]])[0])
        [2. 1. 3. 2. 4. 3.]
    """

    name = "sparse-jacobian"

    entry: str | None = None
    """The name of the function. It may be left out if there is only one function."""
    wrt: tuple[int, ...] | None = None
    """Positions of the arguments to differentiate by; all floats by default."""
    order: Order | None = None
    """
    `columns` pushes tangents forward, one for each colour of the columns; `rows` pulls cotangents
    back; `both` takes the longest rows by reverse mode and the others by forward mode. By default
    the cheaper one of columns and rows.
    """

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        name = find_entry(op, self.entry).sym_name.data
        plan = sparse_jacobian(ctx, op, name, self.wrt, self.order)
        compress.add_structure(by_name(op)[name], plan)
