"""
Conformance: tests whether ops agree with all rules of their dialect.

`letgrad conform MODULE` takes the ops of a dialect one by one, makes instances of each op
(`samples`), and checks for each instance that

    text       the printed text, in either form, parses to the same program
    verifier   the verifier refuses other types of operands and results,
               or the op has a value of the type stated
    fold       canonicalization on constants keeps the value
    evaluate   the rule gives values of the types stated, the same each time;
               the rule writes to no operand
    linearize  the directional derivative agrees with finite differences
    transpose  ⟨ȳ, J dx⟩ = ⟨Jᵀ ȳ, dx⟩
    batch      the vectorized op, under one index and under two, gives the value of the loop
    element    the loop nest, read in order, reversed and from outside, gives the value
    cpu        the code of the cpu backend gives the value
    triton     the kernels of the triton backend give the value
    xla        the StableHLO of the xla backend gives the value (only if --columns names it)

A cell of the matrix says `pass`; `parts` if the op passes because a `decompose` rule takes the op
apart; `none` if nobody wrote the rule; `never` if there cannot be a rule; or `FAIL`.
"""

from __future__ import annotations

import importlib
import io
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from xdsl.context import Context
from xdsl.dialects import arith, func, math
from xdsl.dialects.builtin import FunctionType, ModuleOp, i64
from xdsl.interfaces import HasCanonicalizationPatternsInterface, HasFolderInterface
from xdsl.ir import Attribute, Block, Dialect, Operation, Region, SSAValue
from xdsl.printer import Printer
from xdsl.traits import HasCanonicalizationPatternsTrait, IsTerminator
from xdsl.utils.exceptions import VerifyException

from ...dialects import arrays, ten, types, upstream
from ...dialects.types import of_shape, shape
from ...lowering import backends
from ...lowering.nests.decompose import DecomposePass
from ...lowering.nests.to_kernel import ConvertTenToKernelPass
from ...lowering.reference import Evaluator
from ...passes.pipelines import GradientPass
from ...passes.rewriting.diagnostics import LetgradError, handling
from ...passes.rewriting.rule_tables import (
    MissingRule,
    RuleTable,
    batch,
    decompose,
    element,
    evaluate,
    linearize,
    transpose,
)
from ...passes.rewriting.verify import verify
from ...passes.sharing.materialize import MaterializePass
from ...passes.simplify.canonicalize import CanonicalizePass
from ...passes.vectorize.vectorize_builds import VectorizePass
from .. import source
from . import letgrad_samples as letgrad_samples
from .samples import Sample, each, numbers

PASS, PARTS, NONE, NEVER, FAIL = "pass", "parts", "none", "never", "FAIL"


class Failure(Exception):
    """An error of an op, and the program that shows the error, with the inputs of the program."""

    def __init__(
        self, message: str, program: ModuleOp | None = None, inputs: Sequence[Any] | None = None
    ):
        super().__init__(message)
        self.program = "" if program is None else _with_inputs(str(program), inputs)


SHOWN = 150
"""The greatest number of numbers that a failure writes out as inputs."""


def _with_inputs(program: str, inputs: Sequence[Any] | None) -> str:
    """The program, below the options with which `letgrad run` runs it on these inputs."""
    if inputs is None or sum(np.size(x) for x in inputs) > SHOWN:
        return program
    options = (f"// --input '{_literal(x)}'\n" for x in inputs)
    return "".join(options) + program


def _literal(x: Any) -> str:
    x = np.asarray(x)
    # A float of 16 bits is written with the digits of the same number in float64.
    return str((x if x.dtype.kind in "biu" else x.astype(np.float64)).tolist()).lower()


class NotThere(Exception):
    """There is no rule to check: nobody wrote one (`none`), or there cannot be one (`never`)."""

    def __init__(self, status: str, reason: str):
        super().__init__(reason)
        self.status = status


@dataclass
class Cell:
    """The result for an op in one column."""

    status: str
    reason: str = ""
    """The reason why there cannot be a rule, or the failure."""
    seed: int | None = None
    program: str = ""


@dataclass
class Row:
    """The results for an op."""

    op: type[Operation]
    cells: dict[str, Cell] = field(default_factory=dict)


# Comparing.


def differs(expected: Any, given: Any, loose: float = 1.0, zeros: bool = False) -> str | None:
    """
    The difference of two results beyond rounding, in words, or None. With `zeros`, another sign of
    a zero is a difference too.

    Rounding is up to 64 units in the last place, or 8 for floats of 16 bits, of the element, or of
    the largest element: a backend may add up a sum in another order.
    """
    expected, given = np.asarray(expected), np.asarray(given)
    if expected.shape != given.shape or expected.dtype != given.dtype:
        return f"{expected.dtype}{list(expected.shape)} and {given.dtype}{list(given.shape)}"
    if expected.dtype.kind == "c":
        expected, given = (np.stack([x.real, x.imag], axis=-1) for x in (expected, given))
    if expected.dtype.kind in "bi":
        same = expected == given
    else:
        places = loose * (8 if expected.dtype.itemsize == 2 else 64)
        eps = places * float(arrays_eps(expected.dtype))
        wide, got = expected.astype(np.float64), given.astype(np.float64)
        finite = wide[np.isfinite(wide)]
        scale = float(np.max(np.abs(finite), initial=0.0))
        same = np.isclose(got, wide, rtol=eps, atol=eps * max(scale, 1e-30), equal_nan=True)
        if zeros:
            same &= (wide != 0) | (got != 0) | (np.signbit(wide) == np.signbit(got))
    if np.all(same):
        return None
    at = tuple(int(k) for k in np.argwhere(~same)[0])
    return f"{expected[at]} and {given[at]}" + (f" at {list(at)}" if at else "")


def arrays_eps(dtype: np.dtype) -> float:
    """The distance from 1 to the next number."""
    return 2.0**-7 if dtype == arrays.bfloat16 else float(np.finfo(dtype).eps)


def run(module: ModuleOp, args: Sequence[Any]) -> tuple[Any, ...]:
    """The results of `@main` by the reference."""
    return Evaluator(module).call("main", args)


def agree(
    what: str,
    expected: Sequence[Any],
    given: Sequence[Any],
    module: ModuleOp,
    inputs: Sequence[Any],
    zeros: bool = False,
) -> None:
    for k, (a, b) in enumerate(zip(expected, given, strict=True)):
        if (found := differs(a, b, zeros=zeros)) is not None:
            raise Failure(f"result {k} of the op and {what}: {found}", module, inputs)


# Columns. A check raises `Failure`, `NotThere` or `MissingRule`.

Check = Callable[["Conformance", Sample], None]
COLUMNS: dict[str, Check] = {}
"""
The checks of the conformance kit, by the name of their column.

Example:

    >>> [name for name in CONFORMANCE_COLUMNS if name in ("evaluate", "cpu", "triton")]
    ['evaluate', 'cpu', 'triton']
"""
MORE: dict[str, Check] = {}
"""Checks that the kit makes on request only: they need another package, or take long."""
DIFFERENTIABLE = ("linearize", "transpose")


def column(check: Check) -> Check:
    COLUMNS[check.__name__.removeprefix("check_")] = check
    return check


@column
def check_text(kit: Conformance, sample: Sample) -> None:
    module = sample.module()
    for form in ("custom", "generic"):
        text = printed(module, form == "generic")
        try:
            again = source.parse(kit.context.clone(), text)
        except LetgradError as error:
            raise Failure(f"the {form} form is not parsed: {error}\n{text}", module) from error
        if not module.is_structurally_equivalent(again):
            raise Failure(f"the {form} form parses to another program:\n{again}", module)


def printed(module: ModuleOp, generic: bool) -> str:
    out = io.StringIO()
    Printer(out, print_generic_format=generic).print_op(module)
    return out.getvalue() + "\n"


@column
def check_verifier(kit: Conformance, sample: Sample) -> None:
    for types_of_operands, types_of_results in other_types(sample):
        block = Block(arg_types=types_of_operands)
        copy = sample.op.clone(dict(zip(sample.block.args, block.args)))
        changed = type(copy).create(
            operands=copy.operands,
            result_types=types_of_results,
            properties=copy.properties,
            attributes=copy.attributes,
            regions=[copy.detach_region(region) for region in list(copy.regions)],
        )
        copy.erase()
        block.add_ops([changed, func.ReturnOp(*changed.results)])
        ends = types_of_operands, types_of_results
        module = ModuleOp([func.FuncOp("main", ends, Region(block))])
        try:
            verify(module)
        except LetgradError as error:
            if isinstance(error.__cause__, VerifyException | None):
                continue
            raise Failure(f"the verifier breaks down: {error}", module) from error
        if evaluate.is_missing(type(changed)) and type(changed) not in decompose:
            continue
        # The types may be right. The op then has a value, and the reference checks its type.
        random = np.random.default_rng(sample.seed)
        try:
            run(module, [_some_values(t, random) for t in types_of_operands])
        except LetgradError as error:
            if isinstance(changed, arith.CmpfOp | arith.CmpiOp):
                continue  # xDSL takes tensors here, but one truth value has no meaning for tensors
            raise Failure(
                f"the verifier takes an op that has no such value: {error}", module
            ) from error


def _some_values(type: Attribute, random: np.random.Generator) -> Any:
    return numbers(lambda r, s: r.integers(0, 2, s), type, random)


def other_types(sample: Sample) -> Iterator[tuple[list[Attribute], list[Attribute]]]:
    """The types of the operands and results of an op, one of them changed."""
    takes, gives = [x.type for x in sample.block.args], list(sample.op.result_types)
    for k, type in enumerate((*takes, *gives)):
        sizes, e = shape(type), types.element(type)
        changes = [
            of_shape((*sizes, 2), e),
            of_shape(sizes, i64 if types.is_float(e) else arrays.f64),
        ]
        changes += (
            [of_shape((*sizes[:-1], sizes[-1] + 1), e), of_shape(sizes[1:], e)] if sizes else []
        )
        for change in changes:
            changed = [*takes, *gives]
            changed[k] = change
            yield changed[: len(takes)], changed[len(takes) :]


@column
def check_fold(kit: Conformance, sample: Sample) -> None:
    kind = type(sample.op)
    if not (
        issubclass(kind, HasFolderInterface | HasCanonicalizationPatternsInterface)
        or sample.op.has_trait(HasCanonicalizationPatternsTrait)
    ):
        raise NotThere(NONE, "no fold, and no canonicalization pattern")
    n = len(sample.inputs)
    known: list[tuple[tuple[int, ...], float | None]] = [(tuple(range(n)), None)]
    known += [((k,), number) for k in range(n) for number in (0, -0.0, 1)]
    for constants, number in known:
        module = sample.module()
        args = list(sample.inputs)
        block = module.body.block.first_op.body.block  # type: ignore[union-attr]
        for k in constants:
            arg = block.args[k]
            if types.rank(arg.type) and types.element(arg.type) == ten.index_type:
                continue  # no constants of this type exist
            if types.is_complex(arg.type):
                continue  # nor of one complex number
            if number is not None:
                args[k] = np.full_like(args[k], number)[()]
            constant = arrays.constant(args[k], arg.type)
            block.insert_op_before(constant, block.first_op)
            arg.replace_all_uses_with(constant.result)
        expected = run(module, args)
        before = module.clone()
        CanonicalizePass().apply(kit.context, module)
        verify(module)
        agree("what it is folded to", expected, run(module, args), before, args, zeros=True)


@column
def check_evaluate(kit: Conformance, sample: Sample) -> None:
    module = sample.module()
    before = [np.array(x, copy=True) for x in sample.inputs]
    results = [np.array(y, copy=True) for y in run(module, sample.inputs)]
    for k, (x, y) in enumerate(zip(before, sample.inputs)):
        if not np.array_equal(x.view(np.uint8), np.asarray(y).view(np.uint8)) if x.ndim else False:
            raise Failure(f"the evaluate rule writes into operand {k}", module, before)
    agree("its value the second time", results, run(module, sample.inputs), module, before)


@dataclass(frozen=True)
class Precision:
    """The step and the exactness of finite differences, for floats of one width."""

    step: float
    relative: float
    dot_product: float


PRECISIONS = {
    np.dtype(np.float64): Precision(1e-6, 1e-4, 1e-9),
    np.dtype(np.float32): Precision(1e-2, 1e-2, 1e-4),
}


@column
def check_linearize(kit: Conformance, sample: Sample) -> None:
    module, positions, directions = _derivative(kit, sample, "forward")
    precision = precision_of(sample.op)
    given = run(module, [*sample.inputs, *directions])
    primal = sample.module()
    expected = run(primal, sample.inputs)
    agree(
        "the primal beside its derivative", expected, given[: len(expected)], primal, sample.inputs
    )
    slopes = given[len(expected) :]

    def moved(step: float) -> list[np.ndarray]:
        args = list(sample.inputs)
        for k, direction in zip(positions, directions):
            args[k] = (args[k] + step * direction).astype(direction.dtype)[()]
        return [np.asarray(y, np.float64) for y in run(primal, args) if _is_float(y)]

    ahead, behind = moved(precision.step), moved(-precision.step)
    for k, (a, b, slope) in enumerate(zip(ahead, behind, slopes, strict=True)):
        with np.errstate(all="ignore"):
            difference = (a - b) / (2 * precision.step)
        slope = np.asarray(slope)
        scale = max(
            1.0, float(np.max(np.abs(difference), initial=0, where=np.isfinite(difference)))
        )
        near = np.isclose(
            slope, difference, rtol=precision.relative, atol=precision.relative * scale / 10
        )
        wrong = np.isfinite(difference) & ~near
        if np.any(wrong):
            at = tuple(np.argwhere(wrong)[0])
            raise Failure(
                f"the derivative of result {k} is {slope[at]}, finite differences give "
                f"{difference[at]}",
                primal,
                sample.inputs,
            )
        kit.saw += int(np.sum(np.isfinite(difference)))


@column
def check_transpose(kit: Conformance, sample: Sample) -> None:
    forward, _, directions = _derivative(kit, sample, "forward")
    reverse, _, _ = _derivative(kit, sample, "reverse")
    primal = sample.module()
    values = run(primal, sample.inputs)
    n = len(values)
    tangents = run(forward, [*sample.inputs, *directions])[n:]
    random = np.random.default_rng(sample.seed)
    cotangents = [
        np.asarray(random.standard_normal(np.shape(t))).astype(np.asarray(t).dtype)[()]
        for t in tangents
    ]
    given = run(reverse, [*sample.inputs, *cotangents])
    agree("the primal beside its pullback", values, given[:n], primal, sample.inputs)
    left = [np.sum(c * t) for c, t in zip(cotangents, tangents)]
    right = [np.sum(g * d) for g, d in zip(given[n:], directions, strict=True)]
    sizes = [np.sum(np.abs(c * t)) for c, t in zip(cotangents, tangents)]
    if np.isfinite(sum(left)):
        kit.saw += sum(np.size(t) for t in tangents)
        if not abs(sum(left) - sum(right)) <= precision_of(sample.op).dot_product * (
            sum(sizes) + 1e-6
        ):
            raise Failure(
                f"⟨ȳ, J dx⟩ = {sum(left)}, and ⟨Jᵀ ȳ, dx⟩ = {sum(right)}", primal, sample.inputs
            )


def _derivative(
    kit: Conformance, sample: Sample, mode: Any
) -> tuple[ModuleOp, list[int], list[Any]]:
    """The differentiated program, the positions of its differentiated arguments, and directions."""
    op = sample.op
    if (reason := linearize.reason(type(op))) is not None:
        raise NotThere(NEVER, reason)
    precision_of(op)
    positions = [
        k for k, x in enumerate(sample.block.args) if types.is_float(types.element(x.type))
    ]
    if not positions or not any(types.is_float(types.element(r.type)) for r in op.results):
        raise Skip
    module = sample.module()
    GradientPass(wrt=tuple(positions), mode=mode).apply(kit.context, module)
    verify(module)
    random = np.random.default_rng(sample.seed + 1)
    directions = [
        np.asarray(random.standard_normal(np.shape(x))).astype(np.asarray(x).dtype)[()]
        for x in (sample.inputs[k] for k in positions)
    ]
    return module, positions, directions


class Skip(Exception):
    """Raised if an instance cannot test a column."""


def precision_of(op: Operation) -> Precision:
    """The precision of the narrowest floats of an op. Raises `Skip` if the precision is too low."""
    floats = [
        arrays.dtype(x.type)
        for x in (*op.operands, *op.results)
        if types.is_float(types.element(x.type))
    ]
    narrowest = min(floats, key=lambda dtype: dtype.itemsize, default=np.dtype(np.float64))
    if narrowest not in PRECISIONS:
        raise Skip
    return PRECISIONS[narrowest]


def _is_float(x: Any) -> bool:
    return np.asarray(x).dtype in PRECISIONS


@column
def check_batch(kit: Conformance, sample: Sample) -> None:
    n = len(sample.block.args)
    everything = tuple(range(n))
    for result in range(len(sample.op.results)):
        for axes in ((3,), (2, 2), (0,)):
            for batched in {everything, *((k,) for k in range(n))}:
                if len(axes) == 2 and batched != everything:
                    continue
                loop = under_build(sample, batched, axes, result)
                args = [
                    sample.draw(k, prod(axes)).reshape(*axes, *np.shape(x)) if k in batched else x
                    for k, x in enumerate(sample.inputs)
                ]
                expected = run(loop, args)
                module = loop.clone()
                VectorizePass().apply(kit.context, module)
                verify(module)
                if kit.has_op(module, ten.BuildOp):
                    raise Failure("a build is left", loop)
                agree("its bulk form", expected, run(module, args), loop, args)


def under_build(
    sample: Sample, batched: Sequence[int], axes: Sequence[int], result: int
) -> ModuleOp:
    """A program that computes one result of the op for each of a batch of operands, in a loop."""
    kinds = [
        of_shape((*axes, *shape(x.type)), types.element(x.type)) if k in batched else x.type
        for k, x in enumerate(sample.block.args)
    ]
    outer, body = Block(arg_types=kinds), Block(arg_types=[ten.index_type] * len(axes))
    mapping: dict[SSAValue, SSAValue] = {}
    for k, (old, new) in enumerate(zip(sample.block.args, outer.args)):
        if k in batched:
            body.add_op(read := ten.IndexOp(new, body.args))
            mapping[old] = read.result
        else:
            mapping[old] = new
    body.add_op(copy := sample.op.clone(mapping))
    body.add_op(ten.YieldOp(copy.results[result]))
    build = ten.BuildOp(axes, Region(body))
    outer.add_ops([build, func.ReturnOp(build.result)])
    return ModuleOp([func.FuncOp("main", (kinds, [build.result.type]), Region(outer))])


def read_again(sample: Sample) -> ModuleOp:
    """A program that gives the results of the op, also read in reverse, and from outside."""
    module = sample.module()
    function = module.body.block.first_op
    assert isinstance(function, func.FuncOp)
    block = function.body.block
    last = block.last_op
    assert last is not None
    values = list(last.operands)
    for x in list(last.operands):
        sizes = shape(x.type)
        if sizes and not types.is_bool(types.element(x.type)):
            zeros = [0] * len(sizes)
            again = [
                ten.ReverseOp(x, range(len(sizes))),
            ]
            again.append(ten.PadOp(again[0].result, [1, *zeros[1:]], zeros, zeros))  # type: ignore[arg-type]
            block.insert_ops_before(again, last)
            values.append(again[-1].results[0])
    last.detach()
    last.erase()
    block.add_op(func.ReturnOp(*values))
    function.properties["function_type"] = FunctionType.from_lists(
        [x.type for x in block.args], [x.type for x in values]
    )
    return module


@column
def check_element(kit: Conformance, sample: Sample) -> None:
    before = read_again(sample)
    module = before.clone()
    for a_pass in (
        VectorizePass(),
        DecomposePass(),
        MaterializePass(),
        ConvertTenToKernelPass(),
    ):
        a_pass.apply(kit.context, module)
    verify(module)
    if any(isinstance(op, type(sample.op)) for op in functions_ops(module)):
        reason = element.reason(type(sample.op))
        raise NotThere(NEVER if reason else NONE, reason or "it is no part of a loop nest")
    agree("its nest", run(before, sample.inputs), run(module, sample.inputs), before, sample.inputs)


def functions_ops(module: ModuleOp) -> Iterator[Operation]:
    """The ops at the top of the functions of a module. Nests are made from these ops."""
    for function in module.ops:
        for region in function.regions:
            for block in region.blocks:
                yield from block.ops


def with_fixed_signs(module: ModuleOp) -> ModuleOp:
    """
    The module, where each vector whose sign is a library's choice (`ten.MatrixOp.SIGNS`) has the
    sign that makes the sum of its first result positive. For complex vectors this is a factor of
    size 1.
    """
    for op in list(module.walk()):
        if not isinstance(op, ten.MatrixOp) or not op.SIGNS:
            continue
        new: list[Operation] = []

        def add(made: Operation, new: list[Operation] = new) -> SSAValue:
            new.append(made)
            return made.results[0]

        factor: list[SSAValue] = []
        for name, d in op.SIGNS:
            x = op.results[op.RESULTS.index(name)]
            sizes = shape(x.type)[: -1 if op.is_complex else None]
            along = len(sizes) + d
            parts = _parts(x, sizes, add) if op.is_complex else [x]
            if not factor:
                sums = [add(ten.SumOp(part, [along])) for part in parts]
                factor = _unit(sums, add)
            factors = [add(ten.BroadcastOp(each, [along], sizes)) for each in factor]
            whole = _product(parts, factors, add)
            if op.is_complex:
                wide = [add(ten.ReshapeOp(part, [*sizes, 1])) for part in whole]
                whole = [add(ten.ConcatOp(wide, len(sizes)))]
                # A product of both results keeps its value.
                factor = [factor[0], add(arith.NegfOp(factor[1]))]
            x.replace_uses_with_if(whole[0], lambda use, new=new: use.operation not in new)
        block = op.parent_block()
        assert block is not None
        block.insert_ops_after(new, op)
    return module


Add = Callable[[Operation], SSAValue]


def _parts(x: SSAValue, sizes: Sequence[int], add: Add) -> list[SSAValue]:
    """The real and the imaginary parts of pairs."""
    zeros, ones = [0] * len(sizes), [1] * (len(sizes) + 1)
    parts = [add(ten.SliceOp(x, [*zeros, k], [*sizes, 1], ones)) for k in range(2)]
    return [add(ten.ReshapeOp(part, sizes)) for part in parts]


def _unit(sums: list[SSAValue], add: Add) -> list[SSAValue]:
    """The factor of size 1 that makes a sum, real or of two parts, a positive number."""
    if len(sums) == 1:
        return [add(math.CopySignOp(add(types.constant(1.0, sums[0].type)), sums[0]))]
    squares = [add(arith.MulfOp(each, each)) for each in sums]
    size = add(math.SqrtOp(add(arith.AddfOp(squares[0], squares[1]))))
    real, imaginary = (add(arith.DivfOp(each, size)) for each in sums)
    return [real, add(arith.NegfOp(imaginary))]


def _product(xs: Sequence[SSAValue], ys: Sequence[SSAValue], add: Add) -> list[SSAValue]:
    """The product of real numbers, or of numbers of two parts."""
    product = [[add(arith.MulfOp(x, y)) for y in ys] for x in xs]
    if len(xs) == 1:
        return product[0]
    (ac, ad), (bc, bd) = product
    return [add(arith.SubfOp(ac, bd)), add(arith.AddfOp(ad, bc))]


def _check_backend(name: str, sample: Sample) -> None:
    before = with_fixed_signs(read_again(sample))
    try:
        compiled = backends.compile(name, before, "main")
    except LetgradError as error:
        if f"the {name} backend has no code for {sample.op.name}" in str(error):
            raise NotThere(NONE, str(error)) from error
        raise
    with np.errstate(all="ignore"):
        given = compiled(*sample.inputs)
    agree(
        f"what the {name} backend gives", run(before, sample.inputs), given, before, sample.inputs
    )


@column
def check_cpu(kit: Conformance, sample: Sample) -> None:
    _check_backend("cpu", sample)


@column
def check_triton(kit: Conformance, sample: Sample) -> None:
    if "triton" not in backends.names():
        raise NotThere(NONE, "there is no backend triton")
    _check_backend("triton", sample)


def check_xla(kit: Conformance, sample: Sample) -> None:
    if find_spec("jax") is None:
        raise NotThere(NONE, "the backend xla needs the package jax")
    _check_backend("xla", sample)


MORE["xla"] = check_xla


TABLES: dict[str, RuleTable] = {
    "evaluate": evaluate, "linearize": linearize, "transpose": linearize, "batch": batch,
    "element": element,
}  # fmt: skip
"""The tables in which columns look first."""

EQUATIONS = (evaluate, linearize, transpose, batch, element, decompose)
"""The tables whose rules a page in Markdown prints."""


NO_SAMPLES = "no samples"


@dataclass
class Conformance:
    """
    The kit: the checks, and the number of instances of each op.

    Example:

        >>> @formula(CubeOp)
        ... def cubed(x):
        ...     return x * x * x
        >>> kit = Conformance(ctx, ["evaluate", "linearize"], cases=2)
        >>> print(conformance_text([kit.row(CubeOp)], kit.columns), end="")
        op       evaluate  linearize
        my.cube  parts     parts
    """

    context: Context
    columns: Sequence[str] = tuple(COLUMNS)
    cases: int = 8
    seed: int = 0
    saw: int = field(default=0, init=False)
    """The number of numbers at which the kit has checked derivatives."""

    def row(self, op: type[Operation]) -> Row:
        return Row(op, {name: self.cell(op, name) for name in self.columns})

    def cell(self, op: type[Operation], name: str) -> Cell:
        """Try a column on all instances, up to the first that fails."""
        tried, seed = 0, self.seed
        not_there: NotThere | None = None
        self.saw = 0
        differentiable = name in DIFFERENTIABLE
        try:
            for sample in each(op, self.cases, self.seed, differentiable):
                seed = sample.seed
                try:
                    with handling(lambda diagnostic: None):
                        (COLUMNS | MORE)[name](self, sample)
                    tried += 1
                except Skip:
                    pass
                except NotThere as why:
                    not_there = why
        except MissingRule as why:
            return Cell(
                NEVER if " rule: " in why.diagnostic.message else NONE, why.diagnostic.message
            )
        except Failure as failure:
            reason = str(failure)
            if self._by_parts(op, name):
                reason += "; it was taken apart by its decompose rule"
            return Cell(FAIL, reason, seed, failure.program)
        except Exception as error:
            reason = str(error) if isinstance(error, LetgradError) else _last_line(error)
            return Cell(FAIL, reason, seed)
        if not tried and not_there is not None:
            return Cell(not_there.status, str(not_there))
        if not tried:
            return self._untried(op, name)
        if differentiable and not self.saw:
            return Cell(FAIL, "no instance has a finite derivative that is not empty", seed)
        return Cell(PARTS if self._by_parts(op, name) else PASS)

    def _untried(self, op: type[Operation], name: str) -> Cell:
        if name in DIFFERENTIABLE:
            if (reason := linearize.reason(op)) is not None:
                return Cell(NEVER, reason)
            if next(each(op, self.cases, self.seed), None) is not None:
                return Cell(NEVER, "it takes or gives no floats")
        return Cell(NONE, NO_SAMPLES)

    def _by_parts(self, op: type[Operation], name: str) -> bool:
        table = TABLES.get(name, element)
        shown = (*TABLES, "cpu", "triton", "xla")
        return name in shown and op in decompose and table.is_missing(op)

    @staticmethod
    def has_op(module: ModuleOp, kind: type[Operation]) -> bool:
        return any(isinstance(op, kind) for op in module.walk())


def _last_line(error: Exception) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"


# The ops of a dialect.


def dialect_ops(context: Context, name: str) -> list[type[Operation]]:
    """
    The ops of the dialect of a name, or of the dialects in a Python module.

    The import of the module registers its rules. This function registers its dialects in `context`.
    Errors: `LetgradError` for a name that is neither, and for a module without a dialect.
    """
    if (known := context.get_optional_dialect(name)) is not None:
        return _ops_of([known])
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        top = name.partition(".")[0]
        here = Path(top).is_dir() or Path(f"{top}.py").exists()
        hint = " (it is here, but not installed, nor is this folder in PYTHONPATH)" if here else ""
        raise LetgradError(
            f"there is no dialect '{name}', and no module of that name: {error}{hint}"
        ) from error
    except Exception as error:
        raise LetgradError(
            f"the module {name} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    found = [x for x in vars(module).values() if isinstance(x, Dialect)]
    if not found:
        raise LetgradError(f"the module {name} has no dialect (an xdsl.ir.Dialect)")
    for dialect in found:
        if dialect.name not in context.registered_dialect_names:
            context.load_dialect(dialect)
    return _ops_of(found)


def _ops_of(dialects: Iterable[Dialect]) -> list[type[Operation]]:
    """Ops that have values: no terminators."""
    given = (op for dialect in dialects for op in dialect.operations)
    ops = dict.fromkeys(found for op in given if (found := upstream.on_numbers(op)) is not None)
    return [op for op in ops if not _ends(op)]


def _ends(op: type[Operation]) -> bool:
    traits = getattr(op, "traits", None)
    return traits is not None and any(isinstance(t, IsTerminator) for t in traits.traits)
