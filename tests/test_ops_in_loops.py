"""
Nothing that a loop does goes through Python: each op that the cpu backend runs has machine code in
the body of a loop, in a conditional there, in a loop of unknown length, and in the gradients.

The operands of the op depend on what the loop carries, and this on the op's results. So no pass can
take the op out of the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import FunctionType, ModuleOp, i64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from letgrad.dialects import arrays, ten, types
from letgrad.dialects.types import of_shape, shape
from letgrad.lowering import backends
from letgrad.passes.pipelines import GradientPass
from letgrad.passes.rewriting import remarks
from letgrad.passes.rewriting.diagnostics import handling
from letgrad.passes.rewriting.rule_tables import linearize
from letgrad.passes.rewriting.verify import verify
from letgrad.tools import opt
from letgrad.tools.testing import conform
from letgrad.tools.testing.samples import Sample, each

pytestmark = pytest.mark.sampled(24)

TURNS = 3
CASES = 4

CONTEXT = opt.LetgradOptMain([]).ctx
OPS = [
    op
    for name in ("ten", "arith", "math", "sharing")
    for op in conform.dialect_ops(CONTEXT, name)
    if next(each(op, CASES), None) is not None
]

Add = Callable[[Operation], SSAValue]


def adder(block: Block) -> Add:
    def add(op: Operation) -> SSAValue:
        block.add_op(op)
        return op.results[0]

    return add


def operands_of_turn(
    sample: Sample, state: SSAValue, rows: Sequence[SSAValue], others: Sequence[SSAValue], add: Add
) -> list[SSAValue]:
    """The operands of a turn: those of others where the carried number is large."""
    limit = add(types.constant(1 << 40, i64))
    is_small = add(arith.CmpiOp(state, limit, "slt"))
    return [add(ten.SelectOp(is_small, a, b)) for a, b in zip(rows, others)]


def next_state(
    state: SSAValue,
    results: Sequence[SSAValue],
    add: Add,
    join: type[Operation] = arith.AddiOp,
) -> SSAValue:
    """The carried number, joined with whether each result has an element of 5."""
    for x in results:
        found = x = add(ten.RealOp(x)) if types.is_complex(types.element(x.type)) else x
        if not types.is_bool(types.element(x.type)):
            five = add(types.constant(5, x.type))
            name = "oeq" if types.is_float(types.element(x.type)) else "eq"
            found = add(ten.CompareOp(name, x, five))
        if types.rank(x.type):
            found = add(ten.ReduceOp("any", found, range(types.rank(x.type))))
        state = add(join(state, add(ten.CastOp(found, i64))))
    return state


def zero_of(type: Attribute, add: Add) -> SSAValue:
    if types.is_complex(element := types.element(type)):
        part = add(types.constant(0, types.of_shape(shape(type), element.element_type)))
        return add(ten.ComplexOp(part, part))
    return add(types.constant(0, type))


def clone_into(add: Add, sample: Sample, operands: Sequence[SSAValue]) -> list[SSAValue]:
    copy = sample.op.clone(dict(zip(sample.block.args, operands)))
    add(copy)
    return list(copy.results)


def chosen(
    sample: Sample, state: SSAValue, operands: Sequence[SSAValue], add: Add
) -> list[SSAValue]:
    """The op in a conditional."""
    yes, no = Block(), Block()
    results = clone_into(adder(yes), sample, operands)
    yes.add_op(scf.YieldOp(*results))
    zeros = [zero_of(x.type, adder(no)) for x in results]
    no.add_op(scf.YieldOp(*zeros))
    limit = add(types.constant(1 << 41, i64))
    is_small = add(arith.CmpiOp(state, limit, "slt"))
    kinds = [x.type for x in results]
    made = scf.IfOp(is_small, kinds, Region(yes), Region(no))
    add(made)
    return list(made.results)


def program(ends: Sequence[Attribute], body: Callable[[Sequence[SSAValue], Add], Any]) -> ModuleOp:
    block = Block(arg_types=list(ends))
    results = body(block.args, adder(block))
    block.add_op(func.ReturnOp(*results))
    kinds = FunctionType.from_lists(list(ends), [x.type for x in results])
    module = ModuleOp([func.FuncOp("main", kinds, Region(block))])
    verify(module)
    return module


def in_scan(sample: Sample, in_conditional: bool = False) -> ModuleOp:
    """A scan over operands, whose rows of results are the op's."""
    kinds = [x.type for x in sample.block.args]
    rows = [of_shape((TURNS, *shape(t)), types.element(t)) for t in kinds]

    def main(args: Sequence[SSAValue], add: Add) -> Sequence[SSAValue]:
        body = Block(arg_types=[i64, *kinds])
        inside = adder(body)
        state, *here = body.args
        given = operands_of_turn(sample, state, here, args[len(kinds) :], inside)
        if in_conditional:
            results = chosen(sample, state, given, inside)
        else:
            results = clone_into(inside, sample, given)
        # `ten-vectorize-maps` would take a sum out of the loop, and then there is none.
        changed = next_state(state, results, inside, join=arith.XOrIOp)
        body.add_op(ten.YieldOp(changed, *results))
        zero = add(types.constant(0, i64))
        loop = ten.ScanOp(TURNS, [zero], args[: len(kinds)], Region(body))
        add(loop)
        return loop.results

    return program([*rows, *kinds], main)


def in_conditional(sample: Sample) -> ModuleOp:
    return in_scan(sample, in_conditional=True)


def in_while(sample: Sample) -> ModuleOp:
    """A loop of unknown length that carries the results of the op."""
    kinds = [x.type for x in sample.block.args]
    results = [x.type for x in sample.op.results]

    def main(args: Sequence[SSAValue], add: Add) -> Sequence[SSAValue]:
        body = Block(arg_types=[i64, i64, *results])
        inside = adder(body)
        turn, state = body.args[:2]
        given = operands_of_turn(sample, state, args[: len(kinds)], args[len(kinds) :], inside)
        made = clone_into(inside, sample, given)
        following = inside(arith.AddiOp(turn, inside(types.constant(1, i64))))
        # Adds what is known to be 0 only here, so that the loop does not end sooner.
        changed = next_state(state, made, inside)
        body.add_op(ten.YieldOp(following, changed, *made))
        condition = Block(arg_types=[i64, i64, *results])
        asked = adder(condition)
        turns = asked(arith.AddiOp(condition.args[0], condition.args[1]))
        goes_on = asked(arith.CmpiOp(turns, asked(types.constant(TURNS, i64)), "slt"))
        condition.add_op(ten.YieldOp(goes_on))
        zero = add(types.constant(0, i64))
        zeros = [zero_of(t, add) for t in results]
        loop = ten.WhileOp([zero, zero, *zeros], Region(condition), Region(body))
        add(loop)
        return loop.results

    return program([*kinds, *kinds], main)


FORMS = {"scan": in_scan, "conditional": in_conditional, "while": in_while}


def inputs_of(sample: Sample, form: str) -> list[Any]:
    count = len(sample.block.args)
    if form == "while":
        return [sample.draw(k, n)[n - 1][()] for n in (1, 2) for k in range(count)]
    rows = [sample.draw(k, TURNS) for k in range(count)]
    return [*rows, *(sample.draw(k, 1)[0][()] for k in range(count))]


def through_python(report: Sequence[remarks.Remark]) -> list[str]:
    return [
        str(r)
        for r in report
        if r.pass_name == "cpu"
        and r.kind == remarks.Kind.MISSED
        and (r.rule == "host step" or "Python runs" in r.text)
    ]


def loops_in(report: Sequence[remarks.Remark]) -> int:
    return sum(r.pass_name == "cpu" and r.rule == "loop" for r in report)


def compiled(module: ModuleOp) -> tuple[Any, list[remarks.Remark]]:
    report = remarks.Report()
    with remarks.listening(report), handling(lambda diagnostic: None):
        made = backends.compile("cpu", module, "main")
    return made, list(report)


def check(sample: Sample, module: ModuleOp, inputs: Sequence[Any]) -> int:
    """The number of loops; their values are those of the reference."""
    made, report = compiled(module)
    assert not (said := through_python(report)), "\n".join([*said, str(module)])
    with np.errstate(all="ignore"):
        given = made(*inputs)
    conform.agree("the loop", conform.run(module, inputs), given, module, inputs)
    return loops_in(report)


@pytest.mark.sampled(96)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_values(op: type[Operation], form: str):
    loops = 0
    for sample in each(op, CASES):
        loops += check(sample, FORMS[form](sample), inputs_of(sample, form))
    assert loops


def derivative(sample: Sample, form: str, mode: Any) -> tuple[ModuleOp, list[Any]]:
    """The differentiated loop, and its inputs: cotangents or tangents come last."""
    module, inputs = FORMS[form](sample), inputs_of(sample, form)
    function = module.body.block.first_op
    assert isinstance(function, func.FuncOp)
    kinds = function.function_type
    wrt = [k for k, t in enumerate(kinds.inputs) if types.is_float(types.element(t))]
    GradientPass(wrt=tuple(wrt), mode=mode).apply(CONTEXT, module)
    verify(module)
    random = np.random.default_rng(sample.seed)
    made = module.body.block.first_op
    assert isinstance(made, func.FuncOp)
    for t in list(made.function_type.inputs)[len(inputs) :]:
        drawn = random.standard_normal(shape(t)).astype(arrays.dtype(t))
        inputs.append(drawn[()])
    return module, inputs


HAVE_DERIVATIVES = [
    op
    for op in OPS
    if linearize.reason(op) is None and next(each(op, CASES, differentiable=True), None) is not None
]


@pytest.mark.sampled(96)
@pytest.mark.parametrize("mode", ("forward", "reverse"))
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("op", HAVE_DERIVATIVES, ids=lambda op: op.name)
def test_derivatives(op: type[Operation], form: str, mode: str):
    loops = 0
    for sample in each(op, CASES, differentiable=True):
        if any(types.is_float(types.element(x.type)) for x in sample.op.results):
            module, inputs = derivative(sample, form, mode)
            loops += check(sample, module, inputs)
    assert loops
