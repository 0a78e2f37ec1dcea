"""
The evaluator of StableHLO: what it knows beside the table of conversions. It knows facts about the
counters of loops, and the rules of a user of JAX.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.dialects import func
from xdsl.ir import Operation, SSAValue

from . import conversion_table, convert_elements, counter_facts, jax_rules, quantized_numbers
from .foreign_op import Source, narrow_bits, small_float
from .foreign_programs import ForeignEvaluator, Rule

FOREIGN = ("stablehlo.", "chlo.", "sdy.", "mhlo.")
"""The beginnings of the names of the ops that the conversion replaces."""


def is_foreign(op: Operation) -> bool:
    """Whether the conversion replaces an op."""
    return Source(op).name.startswith(FOREIGN)


class Evaluator(ForeignEvaluator):
    """
    Evaluates functions of a module on traced arrays. `given` has the functions with rules, by
    their numbers.
    """

    rules = conversion_table.RULES
    ENDS = ("stablehlo.return", "func.return")

    def __init__(
        self, functions: dict[str, func.FuncOp], given: dict[str, jax_rules.Custom] | None = None
    ):
        super().__init__(functions)
        self.of_user = given or {}
        self.customs: dict[str, Any] = {}
        self.facts = counter_facts.Facts()

    def is_foreign(self, op: Operation) -> bool:
        return is_foreign(op)

    def source(self, op: Operation, values: dict[SSAValue, Any]) -> Source:
        return conversion_table.Call(op, self, values)

    def evaluated(self, call: Source, rule: Rule, xs: Sequence[Any]) -> list[Any]:
        known = self.facts.known(call, xs)
        given = super().evaluated(call, rule, xs) if known is None else known
        for k, result in enumerate(call.op.results):
            if (format := small_float(result.type)) is not None and not call.op.regions:
                given[k] = convert_elements.in_small_float(given[k], format)
            elif (grid := quantized_numbers.grid(result.type)) is not None:
                given[k] = convert_elements.on_grid(given[k], grid)
            elif (bits := narrow_bits(result.type)) is not None:
                given[k] = convert_elements.in_narrow_integer(given[k], bits)
        if known is None:
            self.facts.note(call, xs, given)
        return given
