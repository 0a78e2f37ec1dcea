"""
`mem2reg` and `sccp` on all graphs of four blocks that read and write one cell: what is left gives
what the graph gave, by an interpreter that knows nothing of the passes.

The family is sampled, the same programs each time; the slow tests take all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from random import Random
from typing import Any

import pytest
from xdsl.dialects import arith, cf, func, memref
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, i1
from xdsl.ir import SSAValue

from letgrad.passes.general.mem2reg import Mem2RegPass
from letgrad.passes.general.sccp import SccpPass
from letgrad.passes.rewriting.verify import verify
from letgrad.tools import source
from letgrad.tools.programs import new_context

BODIES = {
    "nothing": "",
    "store": "memref.store %a, %m[] : memref<i32>",
    "load": "%l{k} = memref.load %m[] : memref<i32>",
    "add": """%l{k} = memref.load %m[] : memref<i32>
  %s{k} = arith.addi %l{k}, %b : i32
  memref.store %s{k}, %m[] : memref<i32>""",
}
ENDS = {
    "1": "cf.br ^b1", "2": "cf.br ^b2", "3": "cf.br ^b3", "12": "cf.cond_br %c{k}, ^b1, ^b2",
    "13": "cf.cond_br %c{k}, ^b1, ^b3", "23": "cf.cond_br %c{k}, ^b2, ^b3",
}  # fmt: skip
FAMILY = [*product(product(BODIES, repeat=3), product(ENDS, repeat=3))]
UNWRITTEN = -1000
STEPS = 40


def text_of(bodies: tuple[str, ...], ends: tuple[str, ...], known: str) -> str:
    """A function of three conditions. `known` says which of them are constants."""
    constants = "".join(
        f"  %c{k} = arith.constant {'true' if bit == '1' else 'false'}\n"
        for k, bit in enumerate(known) if bit in "01"
    )  # fmt: skip
    given = ", ".join(f"%c{k}: i1" for k, bit in enumerate(known) if bit not in "01")
    blocks = ""
    for k, (body, end) in enumerate(zip(bodies, ends)):
        blocks += f"^b{k}:\n" if k else ""
        blocks += f"  {BODIES[body].format(k=k)}\n  {ENDS[end].format(k=k)}\n"
    return f"""
func.func @f({given}) -> i32 {{
{constants}  %a = arith.constant 5 : i32
  %b = arith.constant 3 : i32
  %m = memref.alloca() : memref<i32>
{blocks}^b3:
  %r = memref.load %m[] : memref<i32>
  return %r : i32
}}"""


def meaning(module: ModuleOp, given: Sequence[int]) -> int | None:
    """What the function gives; None if it does not end soon."""
    (function,) = (op for op in module.ops if isinstance(op, func.FuncOp))
    values: dict[SSAValue, Any] = dict(zip(function.args, given, strict=True))
    cells: dict[SSAValue, int] = {}
    block = function.body.blocks[0]
    for _ in range(STEPS):
        target, arguments = block, ()
        for op in block.ops:
            match op:
                case arith.ConstantOp():
                    assert isinstance(op.value, IntegerAttr)
                    number = op.value.value.data
                    values[op.result] = number % 2 if op.result.type == i1 else number
                case arith.AddiOp():
                    values[op.result] = values[op.lhs] + values[op.rhs]
                case memref.AllocaOp():
                    cells[op.memref] = UNWRITTEN
                case memref.LoadOp():
                    values[op.res] = cells[op.memref]
                case memref.StoreOp():
                    cells[op.memref] = values[op.value]
                case func.ReturnOp():
                    return values[op.operands[0]]
                case cf.BranchOp():
                    target, arguments = op.successor, op.arguments
                case cf.ConditionalBranchOp():
                    taken = values[op.cond]
                    target = op.then_block if taken else op.else_block
                    arguments = op.then_arguments if taken else op.else_arguments
                case _:
                    raise AssertionError(op.name)
        found = [values[x] for x in arguments]
        block = target
        values.update(zip(block.args, found, strict=True))
    return None


def check(bodies: tuple[str, ...], ends: tuple[str, ...], known: str) -> bool:
    """Check one program. Returns whether no memory is left."""
    ctx = new_context()
    module = source.parse(ctx, text_of(bodies, ends, known), "graph.mlir")
    free = sum(bit not in "01" for bit in known)
    inputs = [list(bits) for bits in product((0, 1), repeat=free)]
    wanted = [meaning(module, bits) for bits in inputs]
    for a_pass in (Mem2RegPass(), SccpPass()):
        a_pass.apply(ctx, module)
        module.verify()
        verify(module)
        assert [meaning(module, bits) for bits in inputs] == wanted, (a_pass.name, str(module))
    return not any(isinstance(op, memref.AllocaOp) for op in module.walk())


@pytest.mark.parametrize("known", ["???", "1??", "0?1"])
def test_graphs(known: str) -> None:
    sample = Random(7).sample(FAMILY, 60)
    gone = sum(check(*program, known) for program in sample)
    assert 6 < gone < len(sample), "the sample has no programs of one of the two kinds"


@pytest.mark.slow
@pytest.mark.parametrize("known", ["???", "1??", "?0?", "0?1"])
def test_all_graphs(known: str) -> None:
    for program in FAMILY:
        check(*program, known)
