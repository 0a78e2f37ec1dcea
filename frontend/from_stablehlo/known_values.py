"""Arrays that no argument of the program decides, such as the sizes that a dynamic op takes."""

from __future__ import annotations

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue

from ...dialects import ten, types
from ...lowering import backends
from .. import unsigned
from ..tracing import Array
from .foreign_op import NotConvertible

MOST_OPS = 500
"""A value that more ops compute counts as unknown."""


def known_ints(x: Array, what: str) -> tuple[int, ...]:
    """The numbers of an array. Errors: `NotConvertible` if the program computes them as it runs."""
    found = known_array(x)
    if found is None:
        raise NotConvertible(f"letgrad computes with fixed {what}, and the program computes these")
    return tuple(int(n) for n in found.reshape(-1))


def known_array(x: Array) -> np.ndarray | None:
    """The elements of an array that is computed of constants; None for any other one."""
    number = types.constant_value(x.value)
    if number is not None and not x.shape:
        return np.asarray(number)
    ops = _computation(x.value)
    if ops is None:
        return None
    block = Block()
    copies: dict[SSAValue, SSAValue] = {}
    for op in ops:
        block.add_op(op.clone(copies))
    block.add_op(func.ReturnOp(copies[x.value]))
    function = func.FuncOp("known", ([], [copies[x.value].type]), Region(block))
    unsigned.erase_signs(function)
    (found,) = backends.compile("numpy", ModuleOp([function]), "known")()
    return np.asarray(found)


def _computation(value: SSAValue) -> list[Operation] | None:
    """The ops that compute a value, in an order of execution; None if an argument is among them."""
    found: dict[Operation, None] = {}
    waiting: list[tuple[SSAValue, bool]] = [(value, False)]
    while waiting:
        here, is_done = waiting.pop()
        op = here.owner
        if not isinstance(op, Operation) or len(found) > MOST_OPS or not ten.is_pure(op):
            return None
        if op in found:
            continue
        if is_done:
            found[op] = None
            continue
        waiting.append((here, True))
        inside = {r for inner in op.walk() for r in inner.results}
        inside |= {
            a for inner in op.walk() for r in inner.regions for b in r.blocks for a in b.args
        }
        waiting += [(v, False) for inner in op.walk() for v in inner.operands if v not in inside]
    return list(found)
