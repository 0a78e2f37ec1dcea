"""
Functions as values: `func.constant` names one, `arith.select` and branches choose one, and
`func.call_indirect` calls it. A call of a function that the run chooses is a branch for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...passes.rewriting.diagnostics import LetgradError
from ..from_stablehlo.foreign_op import NotConvertible
from ..tracing import Array
from .upstream_rules import Call, converts


@dataclass(frozen=True)
class Function:
    """A function of the module."""

    name: str

    def call(self, call: Call, xs: Sequence[Any]) -> list[Any]:
        """The results of the function, at an op that calls it."""
        function = call.evaluator.functions.get(self.name)
        if function is None:
            raise LetgradError(f"there is no function @{self.name}", call.op)
        return call.evaluator.call(function, xs, call.op)

    def choose(self, mask: Array, other: Any) -> Function:
        """This function where the mask holds, and else another one."""
        return self if self == other else Chosen(self.name, mask, self, other)


@dataclass(frozen=True, eq=False)
class Chosen(Function):
    """One of two functions."""

    mask: Array
    yes: Function
    no: Function

    def call(self, call: Call, xs: Sequence[Any]) -> list[Any]:
        return call.evaluator.branches(
            self.mask, lambda: self.yes.call(call, xs), lambda: self.no.call(call, xs)
        )


@converts("func.constant")
def constant(call: Call) -> Any:
    """func.constant @f  →  the function as a value of the conversion"""
    return [Function(call.word("value"))]


@converts("func.call_indirect")
def call_indirect(call: Call, function: Any, *xs: Any) -> Any:
    """func.call_indirect %f(x)  →  the ops of the function, or of those that %f may be"""
    if not isinstance(function, Function):
        raise NotConvertible("letgrad must know the functions that a value may be")
    return function.call(call, xs)
