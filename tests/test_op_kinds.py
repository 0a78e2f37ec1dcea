"""The classes of ops that a program has, and the passes that look only for some of them."""

from __future__ import annotations

import functools
import importlib
from pathlib import Path

import pytest
from xdsl.dialects import arith, builtin, func, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region

import letgrad as lg
from letgrad.dialects import sharing, ten
from letgrad.dialects.op_kinds import kinds_in, may_have
from letgrad.extend import new_context, parse
from letgrad.lowering import backends
from letgrad.passes.rewriting.driver import RuleDriver, run_passes
from letgrad.passes.sharing.simplify_lets import RULES
from letgrad.passes.vectorize.maps_of_loops import VectorizeMapsPass
from letgrad.tools.universe import PASSES

ROOT = Path(__file__).parents[1]


def empty_module() -> tuple[ModuleOp, Block]:
    """A module with a function, and the block of the function."""
    block = Block([func.ReturnOp()])
    return ModuleOp([func.FuncOp("f", ([], []), Region(block))]), block


def constant() -> arith.ConstantOp:
    return arith.ConstantOp.from_int_and_width(1, 64)


@pytest.mark.parametrize(
    "put",
    [
        lambda block, op: block.add_op(op),
        lambda block, op: block.insert_op_before(op, block.first_op),
        lambda block, op: block.insert_op_after(op, block.first_op),
        lambda block, op: block.add_ops([op]),
        lambda block, op: block.insert_ops_before([op], block.first_op),
    ],
)
def test_an_op_that_gets_into_a_block_is_seen(put):
    module, block = empty_module()
    assert kinds_in(module) == {func.FuncOp, func.ReturnOp}
    put(block, constant())
    assert kinds_in(module) == {func.FuncOp, func.ReturnOp, arith.ConstantOp}


def holder() -> tuple[ModuleOp, func.FuncOp]:
    module, _ = empty_module()
    function = module.body.block.first_op
    assert isinstance(function, func.FuncOp)
    return module, function


def move_all(function: func.FuncOp, made: Block) -> None:
    Region(made).move_blocks(function.body)


def move_before(function: func.FuncOp, made: Block) -> None:
    Region(made).move_blocks_before(function.body.block)


def add_block(function: func.FuncOp, made: Block) -> None:
    function.body.add_block(made)


def insert_block(function: func.FuncOp, made: Block) -> None:
    function.body.insert_block(made, 0)


def add_region(function: func.FuncOp, made: Block) -> None:
    function.add_region(Region(made))


@pytest.mark.parametrize("move", [move_all, move_before, add_block, insert_block, add_region])
def test_an_op_that_moves_with_its_block_is_seen(move):
    made = Block([constant(), func.ReturnOp()])
    region = Region(made)  # it stood here long before
    module, function = holder()
    region.detach_block(made)
    assert not may_have(module, (arith.ConstantOp,))
    move(function, made)
    assert may_have(module, (arith.ConstantOp,)) and may_have(function, (arith.ConstantOp,))


def test_copies_are_seen():
    outer, block = empty_module()
    block.insert_op_before(constant(), block.last_op)
    module, function = holder()
    assert not may_have(module, (arith.ConstantOp,))
    outer.body.block.first_op.regions[0].clone_into(function.body)
    assert may_have(module, (arith.ConstantOp,))
    assert may_have(outer.clone(), (arith.ConstantOp,))


def test_subclasses_count_and_the_root_does_not():
    module, block = empty_module()
    assert may_have(module, (Operation,)) and not may_have(module, (builtin.ModuleOp,))
    assert not may_have(constant(), (Operation,))
    condition = arith.ConstantOp.from_int_and_width(1, 1)
    choice = scf.IfOp(condition, [], [scf.YieldOp()], [scf.YieldOp()])
    block.insert_ops_before([condition, choice], block.last_op)
    assert kinds_in(choice) == {scf.YieldOp}


def test_two_modules_have_their_own_answers():
    first, block = empty_module()
    second, _ = empty_module()
    assert kinds_in(first) == kinds_in(second)
    block.insert_op_before(constant(), block.last_op)
    assert not may_have(second, (arith.ConstantOp,)) and may_have(first, (arith.ConstantOp,))


class Counting(VectorizeMapsPass):
    """A pass over loops that says when it runs."""

    runs: list[ModuleOp] = []  # noqa: RUF012

    def apply(self, ctx, op):
        self.runs.append(op)


def test_a_pass_runs_only_where_it_finds_what_it_seeks():
    plain = lg.trace(lambda x: x + 1.0, lg.spec(3))
    loop = lg.trace(
        lambda x: lg.scan(lambda c, _: (c * 2.0, None), x, None, length=3)[0], lg.spec(3)
    )
    run_passes(backends.context(), plain, [Counting()])
    assert Counting.runs == []
    run_passes(backends.context(), loop, [Counting()])
    assert Counting.runs == [loop]


def test_a_driver_finds_an_op_that_a_pass_put_there():
    module = lg.trace(lambda x: x + 1.0, lg.spec(3))
    driver = RuleDriver(RULES)
    assert not driver.run(module)
    add = next(op for op in module.walk() if isinstance(op, arith.AddfOp))
    assert add.parent is not None
    add.parent.insert_op_after(let := sharing.LetOp(add.result), add)
    add.result.replace_uses_with_if(let.result, lambda use: use.operation is not let)
    assert driver.run(module)
    assert not any(isinstance(op, sharing.LetOp) for op in module.walk())


SEEKING = {}
for name, where in PASSES.items():
    place, _, attribute = where.partition(":")
    kind = getattr(importlib.import_module(f"letgrad.{place}"), attribute)
    if hasattr(kind, "seeks"):
        SEEKING[name] = kind


@functools.cache
def parsed() -> list[ModuleOp]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("examples/*.mlir"))]
    return [parse(new_context(), text) for text in texts]


def programs() -> list[ModuleOp]:
    return [module.clone() for module in parsed()]


def test_some_passes_seek():
    assert len(SEEKING) > 10 and "ten-hoist-rows" in SEEKING
    assert any(may_have(module, (ten.BuildOp,)) for module in programs())


@pytest.mark.parametrize("name", SEEKING)
def test_a_pass_does_nothing_without_what_it_seeks(name):
    a_pass = SEEKING[name]()
    tried = 0
    for module in programs():
        if not may_have(module, a_pass.seeks):
            before = str(module)
            a_pass.apply(backends.context(), module)
            assert str(module) == before
            tried += 1
    assert tried
