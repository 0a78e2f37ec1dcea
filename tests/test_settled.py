"""Passes that do not run again over a program that is as they left it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, StringAttr, UnitAttr, i64
from xdsl.ir import Block
from xdsl.parser import Parser
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

import letgrad as lg
from letgrad.passes.rewriting.driver import run_passes
from letgrad.passes.simplify.canonicalize import CanonicalizePass

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

runs: list[str] = []


@dataclass(frozen=True)
class Counts(ModulePass):
    """Counts its runs, and changes nothing."""

    name = "counts"
    settles = True
    option: int = 0

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        runs.append(self.name)


def parsed() -> ModuleOp:
    runs.clear()
    return Parser(context(), PROGRAM).parse_module()


def op_of(module: ModuleOp, kind: type) -> arith.AddiOp:
    return next(op for op in module.walk() if isinstance(op, kind))


def test_a_pass_that_settles_runs_once() -> None:
    module, ctx = parsed(), Context()
    run_passes(ctx, module, [Counts(), Counts()])
    run_passes(ctx, module, [Counts()])
    assert len(runs) == 1
    run_passes(ctx, module, [Counts(1), Counts(), Counts(1)])
    assert len(runs) == 2  # a pass with another option is another pass
    run_passes(Context(), module, [Counts()])
    run_passes(ctx, module.clone(), [Counts()])
    assert len(runs) == 4


def test_who_listens_to_remarks_hears_every_run() -> None:
    module, ctx = parsed(), Context()
    with lg.remarks():
        run_passes(ctx, module, [Counts(), Counts()])
    assert len(runs) == 2


def swap_operands(module: ModuleOp) -> None:
    op = op_of(module, arith.AddiOp)
    op.operands = op.operands[::-1]


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
    op.results[0].replace_all_uses_with(op.operands[0])
    op.detach()
    op.erase()


def add_argument(module: ModuleOp) -> None:
    next(iter(module.ops)).regions[0].block.insert_arg(i64, 0)


@pytest.mark.parametrize(
    "change",
    [
        swap_operands,
        add_attribute,
        change_property,
        insert_op,
        move_op_out_of_a_branch,
        remove_op,
        add_argument,
    ],
)
def test_every_change_of_a_program_lets_it_run(change: Callable[[ModuleOp], None]) -> None:
    module, ctx = parsed(), Context()
    run_passes(ctx, module, [Counts()])
    change(module)
    run_passes(ctx, module, [Counts(), Counts()])
    assert len(runs) == 2


def test_canonicalize_settles_unless_its_rounds_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    module, ctx = parsed(), Context()
    apply = CanonicalizePass.apply
    counted: list[int] = []

    def count(self: CanonicalizePass, ctx: Context, op: ModuleOp) -> None:
        counted.append(self.max_iterations)
        apply(self, ctx, op)

    monkeypatch.setattr(CanonicalizePass, "apply", count)
    run_passes(ctx, module, [CanonicalizePass()] * 3 + [CanonicalizePass(max_iterations=1)] * 2)
    assert counted == [-1, 1, 1]
