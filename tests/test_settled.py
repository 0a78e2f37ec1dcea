"""Rules that are not tried again on a program in which they matched nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, StringAttr, UnitAttr, i64
from xdsl.ir import Block, Operation
from xdsl.parser import Parser
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint, Rewriter

from letgrad.passes.rewriting import settled
from letgrad.passes.rewriting.driver import RuleDriver

from .test_generated import context

PROGRAM = """
func.func @f(%x : i64, %y : i64) -> (i64, i64) {
  %a = arith.addi %x, %y : i64
  %r, %s = scf.if %c -> (i64, i64) {
    %p = arith.muli %x, %a : i64
    scf.yield %p, %x : i64, i64
  } else {
    scf.yield %y, %x : i64, i64
  }
  func.return %r, %s : i64, i64
}
""".replace("%y : i64) ->", "%y : i64, %c : i1) ->")

tried: list[str] = []


@dataclass(frozen=True)
class Counts(RewritePattern):
    """Notes the additions on which it is tried, and matches none."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.AddiOp, rewriter: PatternRewriter):
        tried.append(op.name)


RULE = Counts()


def run(module: ModuleOp, ctx: Context, *rules: RewritePattern) -> int:
    """How often a run of a canonical driver tries `Counts`."""
    tried.clear()
    RuleDriver(rules, canonical=True, ctx=ctx).run(module)
    return len(tried)


def parsed() -> ModuleOp:
    module = Parser(context(), PROGRAM).parse_module()
    RuleDriver(canonical=True, ctx=Context()).run(module)
    return module


def op_of(module: ModuleOp, kind: type[Operation]) -> Operation:
    return next(op for op in module.walk() if isinstance(op, kind))


def test_rules_that_match_nothing_are_tried_once() -> None:
    module, ctx = parsed(), Context()
    assert run(module, ctx, RULE) == 1
    assert run(module, ctx, RULE) == 0
    assert run(module, ctx, Counts(), RULE) == 1  # another rule of the same class
    assert run(module, ctx, RULE) == 0
    assert run(settled.clone(module), ctx, RULE) == 0
    assert run(module.clone(), ctx, RULE) == 1
    change_operand(module)
    assert run(settled.clone(module), ctx, RULE) == 1


def test_a_rule_that_fires_lets_the_others_run() -> None:
    """The rules that matched nothing before it are tried again after it."""
    module, ctx = parsed(), Context()
    run(module, ctx, RULE)

    class AddOfSwapped(RewritePattern):
        @op_type_rewrite_pattern
        def match_and_rewrite(self, op: arith.AddiOp, rewriter: PatternRewriter):
            if op.lhs.name_hint == "x":
                rewriter.replace(op, arith.AddiOp(op.rhs, op.lhs))

    assert run(module, ctx, AddOfSwapped(), RULE) >= 1
    assert run(module, ctx, RULE) == 0


def test_a_fold_after_another_rule_fires() -> None:
    """Canonicalization had nothing to do before, and has after a rule of the driver."""
    module, ctx = parsed(), Context()
    RuleDriver(canonical=True, ctx=ctx).run(module)

    class AddIsDifference(RewritePattern):
        @op_type_rewrite_pattern
        def match_and_rewrite(self, op: arith.AddiOp, rewriter: PatternRewriter):
            zero = arith.ConstantOp(IntegerAttr(0, i64))
            rewriter.replace(op, [zero, arith.SubiOp(op.lhs, zero.result)])

    assert RuleDriver([AddIsDifference()], canonical=True, ctx=ctx).run(module)
    assert not any(isinstance(op, arith.AddiOp | arith.SubiOp) for op in module.walk())


def swap_operands(module: ModuleOp) -> None:
    op = op_of(module, arith.AddiOp)
    op.operands = op.operands[::-1]


def change_operand(module: ModuleOp) -> None:
    op = op_of(module, arith.AddiOp)
    op.operands[1] = op.operands[0]


def replace_value(module: ModuleOp) -> None:
    op = op_of(module, arith.AddiOp)
    op.operands[0].replace_all_uses_with(op.operands[1])


def add_attribute(module: ModuleOp) -> None:
    op_of(module, arith.AddiOp).attributes["note"] = UnitAttr()


def change_property(module: ModuleOp) -> None:
    next(iter(module.ops)).properties["sym_name"] = StringAttr("g")


def insert_op(module: ModuleOp) -> None:
    new = arith.ConstantOp(IntegerAttr(1, i64))
    Rewriter.insert_op(new, InsertPoint.before(op_of(module, arith.AddiOp)))


def move_op_out_of_a_branch(module: ModuleOp) -> None:
    op = op_of(module, arith.MuliOp)
    assert isinstance(op.parent, Block)
    branch = op.parent.parent_op()
    assert branch is not None
    op.detach()
    Rewriter.insert_op(op, InsertPoint.before(branch))


def remove_op(module: ModuleOp) -> None:
    op = op_of(module, arith.MuliOp)
    op.results[0].replace_all_uses_with(op.operands[1])
    op.detach()
    op.erase()


def add_argument(module: ModuleOp) -> None:
    next(iter(module.ops)).regions[0].block.insert_arg(i64, 0)


@pytest.mark.parametrize(
    "change",
    [
        swap_operands,
        change_operand,
        replace_value,
        add_attribute,
        change_property,
        insert_op,
        move_op_out_of_a_branch,
        remove_op,
        add_argument,
    ],
)
def test_every_change_of_a_program_lets_rules_run(change: Callable[[ModuleOp], None]) -> None:
    module, ctx = parsed(), Context()
    assert run(module, ctx, RULE) == 1 and run(module, ctx, RULE) == 0
    change(module)
    assert run(module, ctx, RULE) >= 1


def test_a_driver_that_may_not_use_all_rules_notes_none() -> None:
    module, ctx = parsed(), Context()

    class AddIsDifference(RewritePattern):
        @op_type_rewrite_pattern
        def match_and_rewrite(self, op: arith.AddiOp, rewriter: PatternRewriter):
            rewriter.replace(op, arith.SubiOp(op.lhs, op.rhs))

    rule = AddIsDifference()
    assert not RuleDriver([rule], canonical=True, ctx=ctx, may_fire=lambda _: False).run(module)
    assert not RuleDriver([rule], canonical=True, ctx=ctx, may_rewrite=lambda _: False).run(module)
    assert RuleDriver([rule], canonical=True, ctx=ctx).run(module)
