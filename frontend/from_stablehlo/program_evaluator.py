"""
The conversion of a program: each op runs its rule on traced arrays, so that the trace writes the
program down in letgrad's dialects. Functions are inlined where the program calls them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.dialects import func
from xdsl.dialects.builtin import UnknownLoc
from xdsl.ir import Block, Operation, SSAValue
from xdsl.traits import IsTerminator

from ...dialects import types
from ...dialects.walking import ops_in
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.functions import block_of
from .. import tracing
from ..tracing import Array
from . import conversion_table, convert_elements, counter_facts, quantized_numbers
from .foreign_op import NotConvertible, Source, small_float

FOREIGN = ("stablehlo.", "chlo.", "sdy.", "mhlo.")
"""The beginnings of the names of the ops that the conversion replaces."""


def is_foreign(op: Operation) -> bool:
    """Whether the conversion replaces an op."""
    return Source(op).name.startswith(FOREIGN)


class Evaluator:
    """
    Evaluates functions of a module on traced arrays. `rules` has the names of the functions with
    rules and of these rules, by their numbers in `jax_rules`.
    """

    def __init__(
        self, functions: dict[str, func.FuncOp], rules: dict[str, list[str]] | None = None
    ):
        self.functions = functions
        self.rules = rules or {}
        self.customs: dict[str, Any] = {}
        self.facts = counter_facts.Facts()
        self.calling: list[func.FuncOp] = []

    def call(
        self, function: func.FuncOp, xs: Sequence[Any], at: Operation | None = None
    ) -> list[Any]:
        """
        The results of a function. `at` is the op that calls it.

        Errors: `LetgradError` for a function without a body, and for one that calls itself.
        """
        name = function.sym_name.data
        if function in self.calling:
            raise LetgradError(f"@{name} calls itself", at or function)
        if not function.body.blocks:
            raise LetgradError(f"@{name} has no body", at or function)
        self.calling.append(function)
        try:
            return self.block(block_of(function.body, function), xs, {})
        finally:
            self.calling.pop()

    def block(self, block: Block, xs: Sequence[Any], values: dict[SSAValue, Any]) -> list[Any]:
        """The operands of the terminator of a block, for these arguments."""
        values.update(zip(block.args, xs, strict=True))
        for op in block.ops:
            if op.has_trait(IsTerminator, value_if_unregistered=False) or op.name in (
                "stablehlo.return",
                "func.return",
            ):
                return [values[v] for v in op.operands]
            self.operation(op, values)
        return []

    def operation(self, op: Operation, values: dict[SSAValue, Any]) -> None:
        """Evaluate one op. Errors: `LetgradError` that names the op."""
        if not isinstance(op.location, UnknownLoc):
            with tracing.placed(op.location):
                self._operation(op, values)
        else:
            self._operation(op, values)

    def _operation(self, op: Operation, values: dict[SSAValue, Any]) -> None:
        call = conversion_table.Call(op, self, values)
        xs = [values[v] for v in op.operands]
        rule = conversion_table.RULES.get(call.name)
        if rule is None:
            if not is_foreign(op) and not isinstance(op, func.CallOp):
                self._copy(op, values)
                return
            raise LetgradError(f"letgrad has no rule that converts {call.name}", op)
        try:
            known = self.facts.known(call, xs)
            given = conversion_table.results(rule(call, *xs) if known is None else known)
        except NotConvertible as error:
            raise LetgradError(f"{call.name}: {error}", op) from None
        except LetgradError:
            raise
        except RecursionError:
            raise
        except (TypeError, ValueError, ArithmeticError, LookupError, NotImplementedError) as error:
            raise LetgradError(f"{call.name}: {_said(error)}", op) from error
        for k, result in enumerate(op.results):
            if (format := small_float(result.type)) is not None and not op.regions:
                given[k] = convert_elements.in_small_float(given[k], format)
            elif (grid := quantized_numbers.grid(result.type)) is not None:
                given[k] = convert_elements.on_grid(given[k], grid)
        if known is None:
            self.facts.note(call, xs, given)
        for old, new in zip(op.results, given):
            if isinstance(new, Array) and new.value.name_hint is None:
                new.value.name_hint = old.name_hint
        values.update(zip(op.results, given, strict=True))

    def _copy(self, op: Operation, values: dict[SSAValue, Any]) -> None:
        """An op of another dialect stays as it is, on the new values."""
        inside = {v for inner in ops_in(op) for v in inner.operands}
        mapped = {v: tracing.use(values[v]) for v in inside if v in values}
        copy = op.clone(mapped)
        for result in copy.results:
            if types.is_rank_zero(result.type):
                result._type = types.element(result.type)  # pyright: ignore[reportPrivateUsage]
        tracing.add(copy)
        here = tracing.current()
        values.update(zip(op.results, [Array.of(r, here) for r in copy.results]))


def _said(error: Exception) -> str:
    """The message of an error, without the place in Python that the trace puts in front."""
    text = " ".join(str(error).split())
    prefix = tracing.place()
    return text.removeprefix(prefix) if prefix else text or type(error).__name__
