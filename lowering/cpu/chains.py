"""
Loops that wait for a chain of numbers: each step needs the numbers of the step before, and the
processor could do the other work of a step while it waits for them.
"""

from __future__ import annotations

from math import prod

from xdsl.dialects import arith, func
from xdsl.dialects.builtin import Float32Type, Float64Type
from xdsl.ir import SSAValue

from ...dialects import kernel, types
from ...dialects.types import ints
from ...passes.rewriting.costs import flops
from ...passes.rewriting.functions import block_of

AT_ONCE = 7
"""
The additions that a processor begins while it waits for one: two in each of three to four cycles.
"""


def waits_for_numbers(step: func.FuncOp, first: int, carried: int) -> bool:
    """
    Whether a loop waits for the numbers that it carries, the arguments of its step from `first` on,
    and the first results: each float depends on a number of the step before by arithmetic, and the
    step is nests of one point, whose work takes no longer than the chain.

    LLVM's vectors of two such numbers save work for which the loop does not wait, and their
    shuffles make the chain longer.
    """
    block = block_of(step.body, step)
    last = block.last_op
    assert last is not None
    chains: dict[SSAValue, int] = {x: 0 for x in block.args[first : first + carried]}
    """The work on the longest way from a carried number to a value; of others, no entry."""
    if any(types.rank(x.type) for x in chains):
        return False
    work = 0
    for op in block.ops:
        if op is last or isinstance(op, arith.ConstantOp):
            continue
        if not isinstance(op, kernel.GenericOp) or prod(ints(op.loops)) != 1:
            return False
        for x in op.block.ops:
            cost = flops(x)
            work += cost
            reads = (x.t,) if isinstance(x, kernel.LoadOp) and not x.indices else x.operands
            if found := [chains[y] for y in reads if y in chains]:
                chains |= dict.fromkeys(x.results, max(found) + cost)
        for result, value in zip(op.res, op.yielded, strict=True):
            if value in chains:
                chains[result] = chains[value]
    floats = [x for x in last.operands[:carried] if isinstance(x.type, Float32Type | Float64Type)]
    ends = [chains.get(x, 0) for x in floats]
    return min(ends, default=0) > 0 and work <= AT_ONCE * max(ends)
