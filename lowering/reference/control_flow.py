"""
What ops mean that run functions or regions, and those that mark values: `func`, `scf`, `delta`,
`sharing`.
"""

from __future__ import annotations

from xdsl.dialects import func, scf

from ...dialects import delta, sharing
from ...passes.rewriting.rule_tables import evaluate, with_regions
from .evaluator import find_function


@evaluate.rule(func.CallOp)
@with_regions
def _(op, evaluator, *args):
    return evaluator.call_function(
        find_function(evaluator.module, op.callee.string_value(), op), args
    )


@evaluate.rule(scf.IfOp)
@with_regions
def _(op, evaluator, condition):
    region = op.true_region if condition else op.false_region
    return evaluator.run(region) if region.blocks else ()


@evaluate.rule(scf.ForOp)
@with_regions
def _(op, evaluator, lower, upper, step, *carried):
    if step <= 0:
        raise ValueError(f"the step is {step}")
    for i in range(int(lower), int(upper), int(step)):
        carried = evaluator.run(op.body, (type(lower)(i), *carried))
    return carried


@evaluate.rule(scf.ExecuteRegionOp)
@with_regions
def _(op, evaluator):
    return evaluator.run(op.region)


# delta: the ops of a program that say how it is differentiated. Terms have no value.


@evaluate.rule(delta.StopOp, sharing.LetOp)
def _(op, x):
    return x


@evaluate.rule(sharing.ShareOp)
def _(op, x, *indices):
    return x


@evaluate.rule(delta.CustomVjpOp, delta.CustomJvpOp)
@with_regions
def _(op, evaluator, *args):
    return evaluator.call_function(
        find_function(evaluator.module, op.callee.string_value(), op), args
    )


for _op in delta.Delta.operations:
    if _op not in evaluate:
        evaluate.never(_op, "terms and what uses them have no value")
