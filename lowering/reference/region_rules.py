"""
The rules of the table `evaluate` for ops that run functions or regions, and for ops that mark
values: `func`, `scf`, `delta`, `sharing`.
"""

from __future__ import annotations

from xdsl.dialects import func, scf

from ...dialects import delta, sharing
from ...passes.rewriting.rule_tables import evaluate, with_regions
from . import system_rules as system_rules  # before the ops without rules are listed below
from .evaluator import find_function


@evaluate.rule(func.CallOp)
@with_regions
def call(op, evaluator, *args):
    """y = f(x), f the function of this name"""
    return evaluator.call_function(
        find_function(evaluator.module, op.callee.string_value(), op), args
    )


@evaluate.rule(scf.IfOp)
@with_regions
def if_(op, evaluator, condition):
    """y = the value of the first region if c holds, else of the second"""
    region = op.true_region if condition else op.false_region
    return evaluator.run(region) if region.blocks else ()


@evaluate.rule(scf.ForOp)
@with_regions
def for_(op, evaluator, lower, upper, step, *carried):
    """y = fₙ(… f₁(x)), f the body, once for each index from lower up to upper by step > 0"""
    if step <= 0:
        raise ValueError(f"the step is {step}")
    for turns, i in enumerate(range(int(lower), int(upper), int(step))):
        evaluator.count_turn(turns, op)
        carried = evaluator.run(op.body, (type(lower)(i), *carried))
    return carried


@evaluate.rule(scf.WhileOp)
@with_regions
def while_(op, evaluator, *carried):
    """y: while the first region of x says so with values y, x = the second region of y"""
    turns = 0
    while True:
        goes_on, *values = evaluator.run(op.before_region, carried)
        if not goes_on:
            return tuple(values)
        evaluator.count_turn(turns, op)
        turns += 1
        carried = evaluator.run(op.after_region, values)


@evaluate.rule(scf.ExecuteRegionOp)
@with_regions
def execute_region(op, evaluator):
    """y = the value of the region"""
    return evaluator.run(op.region)


# delta: ops by which a program says how to differentiate it. Terms have no value.


@evaluate.rule(delta.StopOp, sharing.LetOp)
def same(op, x):
    """y = x"""
    return x


@evaluate.rule(sharing.ShareOp)
def stamped(op, x, *indices):
    """y = x, whatever the stamp"""
    return x


@evaluate.rule(delta.CustomVjpOp, delta.CustomJvpOp)
@with_regions
def call_of_custom(op, evaluator, *args):
    """y = f(x), whatever derivative goes with f"""
    return evaluator.call_function(
        find_function(evaluator.module, op.callee.string_value(), op), args
    )


for _op in delta.Delta.operations:
    if _op not in evaluate:
        evaluate.never(_op, "terms and what uses them have no value")
