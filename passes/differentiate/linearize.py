"""
Linearize a function: put beside each op the term for the tangents of its results.

Needs:   no `ten.build` in the differentiated part.
Leaves:  the function with more arguments and results. In reverse mode, each float result brings one
         argument (its cotangent), and each input to differentiate by brings one result (its
         cotangent), which a `delta.pullback` gives. In forward mode, each such input brings one
         argument (its tangent), and each float result brings one result (its tangent), which a
         `delta.pushforward` gives.
Keeps:   the primal ops, at their places. If the derivative uses a value, it uses the primal's own
         value.
Ends:    the pass visits every op once; a rule adds a constant number of ops.

The pass inlines calls first, because a derivative goes through them. An `scf.if` of a few scalar
ops becomes the ops of both branches, and selects. Any other `scf.if` becomes two. The first
computes the values, and gives out the values that derivatives need. The second holds nothing but
terms, so that its transpose copies no computation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from xdsl.context import Context
from xdsl.dialects import arith, func, math, scf
from xdsl.dialects.builtin import (
    ComplexType,
    FunctionType,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    SymbolRefAttr,
    i64,
)
from xdsl.ir import Attribute, BlockArgument, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import delta, ten, types
from ...dialects.walking import ops_in
from ..rewriting import costs
from ..rewriting.diagnostics import LetgradError
from ..rewriting.emitter import Emitter
from ..rewriting.functions import by_name, find_entry, functions
from ..rewriting.levels import Level
from ..sharing.copying import inline_calls
from ..sharing.shared_terms import drop_broken_stamps
from . import (
    custom_derivatives,
    linearize_attention,
    linearize_conditionals,
    linearize_implicit,
    linearize_loops,
    linearize_products,
    linearize_whiles,
    split_nests,
    squares,
)
from .linearize_rules import linear
from .linearizer import Linearizer, Structure, add_argument, floats

__all__ = ["LinearizePass", "linear", "linearize_function"]

STRUCTURES: Mapping[type[Operation], Structure] = {
    ten.AttentionOp: linearize_attention.linearize_attention,
    scf.IfOp: linearize_conditionals.linearize_if,
    scf.ForOp: linearize_loops.linearize_for,
    ten.ScanOp: linearize_loops.linearize_scan,
    ten.WhileOp: linearize_whiles.linearize_while,
    ten.ReduceOp: linearize_products.linearize_product,
    ten.EinsumOp: squares.linearize_einsum,
    arith.MulfOp: squares.linearize_multiply,
    math.PowFOp: squares.linearize_power,
    math.FPowIOp: squares.linearize_integer_power,
    delta.CustomVjpOp: custom_derivatives.linearize_custom_vjp,
    delta.CustomJvpOp: custom_derivatives.linearize_custom_jvp,
    delta.ImplicitOp: linearize_implicit.linearize_implicit,
    delta.SolveOp: linearize_implicit.linearize_solve,
}
"""The ops whose derivative needs more than a rule: a walk through regions, functions or parts."""


@dataclass(frozen=True)
class LinearizePass(ModulePass):
    """
    Replaces a function by the same function with a pullback (reverse) or pushforwards (forward) of
    its inputs.

    Example:

        >>> module = lg.trace(lambda x: np.sin(x), 1.0)
        >>> LinearizePass().apply(ctx, module)
        >>> show(module)
        lambda = \\x ct -> (sin x, pullback (cos x * dx : ct))
    """

    name = "delta-linearize"
    needs: ClassVar[Level] = Level.SURFACE
    # The result has terms, and may have builds without a derivative: no level allows both.

    entry: str | None = None
    """The function; the only one, if there is only one."""
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
        function = find_entry(op, self.entry)
        if self.to is not None:
            if any(f.sym_name.data == self.to for f in functions(op)):
                raise LetgradError(f"there is a function @{self.to} already", function)
            copy = function.clone()
            copy.properties["sym_name"] = StringAttr(self.to)
            Rewriter.insert_op(copy, InsertPoint.after(function))
            function = copy
        else:
            check_not_called(op, function)
        linearize_function(op, function, self.wrt, self.mode, self.primal, self.seed)
        drop_broken_stamps(op, self.name)


def check_not_called(module: ModuleOp, function: func.FuncOp) -> None:
    """
    Errors: `LetgradError`, at an op elsewhere that names the function: the op would get another
            function.
    """
    name = function.sym_name.data
    for op in ops_in(module):
        names = (a for a in op.properties.values() if isinstance(a, SymbolRefAttr))
        if any(a.string_value() == name for a in names) and not function.is_ancestor(op):
            raise LetgradError(
                f"@{name} is called here, so its derivative needs a name of its own: to=…", op
            )


SPLIT_FIRST = "the derivative is one of real numbers, so ten-split-complex has to run first"


def differentiable(function: func.FuncOp, wrt: Sequence[int] | None) -> tuple[int, ...]:
    """The checked positions of the arguments to differentiate by. Errors: `LetgradError`."""
    name, inputs = function.sym_name.data, function.function_type.inputs.data
    floats = [i for i, t in enumerate(inputs) if _holds_floats(t)]
    if wrt is None and not floats:
        raise LetgradError(f"@{name} has no float argument to differentiate by", function)
    for i in floats if wrt is None else wrt:
        if not 0 <= i < len(inputs):
            raise LetgradError(
                f"wrt={i}: @{name} has {len(inputs)} arguments, counted from 0", function
            )
        type, which = inputs[i], f"argument {i} of @{name} is"
        if not _holds_floats(type):
            raise LetgradError(
                f"wrt={i}: {which} {type}, and only floats have derivatives", function
            )
        if types.is_rank_zero(type):
            raise LetgradError(
                f"{which} {type}, which only ops of other dialects use, and letgrad has no "
                "derivatives of these",
                function,
            )
        if (found := types.unsupported(type)) is not None:
            raise LetgradError(f"{which} {found}", function)
        if types.is_complex(types.element(type)):
            raise LetgradError(f"{which} {type}; {SPLIT_FIRST}", function)
    for i, type in enumerate(function.function_type.outputs):
        # No cotangent would stand for such a result, and its part of the derivative would be lost.
        if _holds_floats(type) and (found := types.unsupported(type)) is not None:
            raise LetgradError(f"result {i} of @{name} is {found}", function)
        if types.is_complex(types.element(type)):
            raise LetgradError(f"result {i} of @{name} is {type}; {SPLIT_FIRST}", function)
    if wrt is None:
        return tuple(floats)
    if len(set(wrt)) != len(wrt):
        raise LetgradError(f"wrt={','.join(map(str, wrt))} names an argument twice", function)
    return tuple(wrt)


def _holds_floats(type: Attribute) -> bool:
    """Whether a value of a type has floats in it, also of a type that letgrad lacks."""
    element = types.any_element(type)
    return types.is_any_float(element.element_type if isinstance(element, ComplexType) else element)


def linearize_function(
    module: ModuleOp,
    function: func.FuncOp,
    wrt: Sequence[int] | None,
    mode: Literal["reverse", "forward"],
    primal: bool = True,
    seed: Literal["argument", "one"] = "argument",
) -> None:
    """
    Replace `function` by itself with its derivative in terms, in place.

    Errors: `LetgradError`, at the op without a rule, or at the function if `wrt` is wrong or `seed`
            does not fit a result.
    """
    if seed == "one" and mode == "forward":
        raise LetgradError("seed=one sets a cotangent, and mode=forward has none", function)
    positions = differentiable(function, wrt)
    if len(function.body.blocks) != 1:
        raise LetgradError(
            f"@{function.sym_name.data} has branches between blocks; differentiate scf.if instead",
            function,
        )
    if seed == "one":
        check_scalar(function)
    inline_calls(by_name(module), function)
    flops = costs.function_flops(function)
    if flops < 1 << 63:  # for `sharing-report`
        function.attributes[costs.PRIMAL_FLOPS] = IntegerAttr(flops, i64)

    block = function.body.block
    split_nests.split_nests(function)
    inputs = [block.args[i] for i in positions]
    linearizer = Linearizer(module, STRUCTURES)
    if block.first_op is not None:
        e = Emitter.before(block.first_op).derived(function, "linearize")
        for i, arg in enumerate(inputs):
            term = e(delta.InputOp(i, arg.type))
            term.name_hint = f"d{arg.name_hint}" if arg.name_hint else None
            linearizer.terms[arg] = term
    linearizer.visit_block(block)

    last = block.last_op
    assert isinstance(last, func.ReturnOp)
    values = list(last.operands)
    if mode == "reverse":
        derivatives = pulled_back(linearizer.terms, values, inputs, seed, last)
    else:
        derivatives = pushed_forward(linearizer.terms, values, inputs, last)
    Rewriter.replace_op(last, new := func.ReturnOp(*(values if primal else []), *derivatives))
    new.location = last.location
    function.properties["function_type"] = FunctionType.from_lists(
        [arg.type for arg in block.args], [v.type for v in new.operands]
    )
    for attrs in ("arg_attrs", "res_attrs"):
        function.properties.pop(attrs, None)


def check_scalar(function: func.FuncOp) -> None:
    """Errors: `LetgradError` for a function that gives anything but one float."""
    results = function.function_type.outputs.data
    if not (len(results) == 1 and types.rank(results[0]) == 0 and types.is_float(results[0])):
        shown = ", ".join(map(str, results)) or "nothing"
        raise LetgradError(
            f"a gradient needs one float scalar, and @{function.sym_name.data} gives {shown}",
            function,
        )


def pulled_back(
    terms: Mapping[SSAValue, SSAValue],
    values: Sequence[SSAValue],
    inputs: Sequence[BlockArgument],
    seed: Literal["argument", "one"],
    last: func.ReturnOp,
) -> list[SSAValue]:
    """
    One cotangent per input, by a pullback before the return. Each float result adds an argument for
    its cotangent to the function, or takes 1 instead.
    """
    e, block = Emitter.before(last), last.parent
    assert block is not None
    pairs = []
    for k, value in enumerate(floats(values)):
        ct = (
            e.constant(1, value.type)
            if seed == "one"
            else add_argument(block, value.type, f"ct{k or ''}")
        )
        if (term := terms.get(value)) is not None:
            pairs.append((term, ct))
    pullback = delta.PullbackOp(
        [t for t, _ in pairs], [c for _, c in pairs], [a.type for a in inputs]
    )
    return list(e.insert(pullback).results)


def pushed_forward(
    terms: Mapping[SSAValue, SSAValue],
    values: Sequence[SSAValue],
    inputs: Sequence[BlockArgument],
    last: func.ReturnOp,
) -> list[SSAValue]:
    """
    One tangent per float result, by pushforwards before the return. Each input adds an argument for
    its tangent to the function.
    """
    e, block = Emitter.before(last), last.parent
    assert block is not None
    tangents = [
        add_argument(block, arg.type, f"t_{arg.name_hint}" if arg.name_hint else None)
        for arg in inputs
    ]
    zeros: dict[Attribute, SSAValue] = {}
    pushed: dict[SSAValue, SSAValue] = {}
    derivatives = []
    for value in floats(values):
        term = terms.get(value) or zeros.get(value.type)
        if term is None:
            term = zeros[value.type] = e(delta.ZeroOp(value.type))
        # A value that stands twice among the results has one derivative.
        if term not in pushed:
            pushed[term] = e(delta.PushforwardOp(term, tangents))
        derivatives.append(pushed[term])
    return derivatives
