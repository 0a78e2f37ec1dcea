"""The driver that applies rewrite rules, and its rewriter."""

from __future__ import annotations

import gc
import threading
from typing import Any

import pytest
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

import letgrad as lg
from letgrad.dialects import ten
from letgrad.passes.rewriting import driver

from .test_kernel import parse

TEXT = """
func.func @main(%x: tensor<5xf64>) -> tensor<5xf64> {
  %a = ten.reverse %x dims [0] : tensor<5xf64>
  %b = ten.reverse %a dims [0] : tensor<5xf64>
  %r = arith.addf %b, %b : tensor<5xf64>
  func.return %r : tensor<5xf64>
}
"""


class ReverseOfReverse(RewritePattern):
    """reverse(reverse(x))  →  x"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ReverseOp, rewriter: PatternRewriter) -> None:
        inner = op.x.owner
        if isinstance(inner, ten.ReverseOp) and inner.dims == op.dims:
            rewriter.replace(op, inner.x)  # pyright: ignore[reportArgumentType]


def test_an_op_is_replaced_by_a_value_that_is_there():
    module: ModuleOp = parse(TEXT)
    driver.apply_rules(module, [ReverseOfReverse()])
    (add,) = [op for op in module.walk() if isinstance(op, arith.AddfOp)]
    (argument,) = add.operands[0].owner.args  # type: ignore[union-attr]
    assert set(add.operands) == {argument}


def test_facts_live_until_a_rule_fires():
    seen: list[dict[object, object]] = []

    class Note(RewritePattern):
        @op_type_rewrite_pattern
        def match_and_rewrite(self, op: ten.ReverseOp, rewriter: PatternRewriter) -> None:
            facts = driver.facts()
            assert facts is not None
            seen.append(dict(facts))
            facts[len(seen)] = op

    assert driver.facts() is None
    driver.apply_rules(parse(TEXT), [Note(), ReverseOfReverse()])
    assert driver.facts() is None
    # At the second op the rule fires. So the first op, which is asked again, finds nothing.
    assert [len(facts) for facts in seen[:3]] == [0, 1, 0]


def test_the_collector_runs_seldom_while_a_function_is_traced():
    """It took a seventh of the time of a first gradient."""
    before, seen = gc.get_threshold(), []

    def f(x: Any) -> Any:
        seen.append(gc.get_threshold())
        return lg.scan(lambda c, _: (seen.append(gc.get_threshold()) or c * 2.0, None), x, None, 2)

    lg.trace(f, 1.0)
    assert set(seen) == {(driver.SELDOM, *before[1:])} and gc.get_threshold() == before

    def fails(x: Any) -> Any:
        raise ValueError

    with pytest.raises(ValueError):
        lg.trace(fails, 1.0)
    assert gc.get_threshold() == before


def test_threads_whose_traces_overlap_put_the_thresholds_of_the_collector_back():
    before = gc.get_threshold()
    first, second = threading.Event(), threading.Event()
    seen: list[Any] = []

    def of_first(x: Any) -> Any:
        first.set()
        assert second.wait(60)
        return x + 1.0

    def of_second(x: Any) -> Any:
        second.set()
        one.join(60)
        seen.append(gc.get_threshold())
        return x + 1.0

    one = threading.Thread(target=lambda: lg.trace(of_first, 1.0))
    two = threading.Thread(target=lambda: lg.trace(of_second, 1.0))
    one.start()
    assert first.wait(60)
    two.start()
    two.join(60)
    # The second one, which began in the first one and went on alone, kept what was slow.
    assert seen == [(driver.SELDOM, *before[1:])] and gc.get_threshold() == before


def test_a_collector_that_is_off_stays_off():
    before, seen = gc.get_threshold(), []
    gc.set_threshold(0)
    try:
        lg.trace(lambda x: (seen.append(gc.get_threshold()[0]), x)[1], 1.0)
    finally:
        gc.set_threshold(*before)
    assert seen == [0]
