"""
The functions that the derivatives of `delta.implicit` and `delta.solve` need, for the pass
`delta-prepare-implicit`.

    implicit @f (x, p)  →  implicit @f, @f_apply, @f_transposed (x, p)
    solve @a (b, p)     →  solve @a, @a_transposed (b, p)

where f_apply is the forward derivative of f by its first argument, f_transposed the reverse one,
and a_transposed the reverse derivative of a by its last argument, at 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Literal

from xdsl.dialects import func
from xdsl.dialects.builtin import FunctionType, ModuleOp, StringAttr, SymbolRefAttr
from xdsl.ir import Operation
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import delta
from ...dialects.walking import ops_in
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.functions import by_name, called

Mode = Literal["forward", "reverse"]

Differentiate = Callable[[ModuleOp, func.FuncOp, int, Mode], None]
"""Replaces a function by its derivative by one argument, without terms."""


def lacks_functions(op: Operation) -> bool:
    """Whether an op about a system lacks functions for its derivative."""
    return isinstance(op, delta.ImplicitOp | delta.SolveOp) and len(op.named) < len(op.RULES)


class Preparation:
    """The functions of a module, which get prepared before derivatives of them are taken."""

    def __init__(self, module: ModuleOp, differentiate: Differentiate):
        self.module = module
        self.differentiate = differentiate
        self.known = by_name(module)
        self.done: set[str] = set()
        self.running: list[str] = []
        self.made: dict[tuple[str, str], SymbolRefAttr] = {}

    def run(self) -> None:
        for name in list(self.known):
            self.prepare(name, self.module)

    def prepare(self, name: str, at: Operation) -> None:
        """Prepare a function, after the functions that its ops name."""
        if name in self.done or name not in self.known:
            return
        if name in self.running:
            # Calls may be recursive where nobody differentiates them; `inline_calls` looks at that.
            return
        self.running.append(name)
        for op in list(ops_in(self.known[name])):
            for symbol in op.properties.values():
                if isinstance(symbol, SymbolRefAttr):
                    self.prepare(symbol.string_value(), op)
            if lacks_functions(op):
                self.complete(op)
        self.running.pop()
        self.done.add(name)

    def complete(self, op: Operation) -> None:
        """Add the functions that an op lacks."""
        assert isinstance(op, delta.ImplicitOp | delta.SolveOp)
        first = op.residual if isinstance(op, delta.ImplicitOp) else op.apply
        if first.string_value() in self.running:
            raise LetgradError(
                f"{op.name} stands in the function @{first.string_value()} that it names", op
            )
        count(op.name)
        x, *params = op.operand_types
        if isinstance(op, delta.ImplicitOp):
            called(self.known, op.residual, op, [x, *params], [x])
            op.apply = op.apply or self.derivative(op.residual, 0, "forward")
            op.transposed = op.transposed or self.derivative(op.residual, 0, "reverse")
        else:
            called(self.known, op.apply, op, [*params, x], [x])
            op.transposed = self.derivative(op.apply, len(params), "reverse", linear=True)

    def derivative(
        self,
        symbol: SymbolRefAttr,
        position: int,
        mode: Mode,
        linear: bool = False,
    ) -> SymbolRefAttr:
        """
        The derivative of a function by one argument, as a function of the arguments and of a
        tangent, or of a cotangent. With `linear`, the derivative does not take that argument.
        """
        name = symbol.string_value()
        suffix = "apply" if mode == "forward" else "transposed"
        if (name, suffix) in self.made:
            return self.made[name, suffix]
        free = f"{name}_{suffix}"
        for k in itertools.count(1):
            if free not in self.known:
                break
            free = f"{name}_{suffix}_{k}"
        source = self.known[name]
        copy = source.clone()
        copy.properties["sym_name"] = StringAttr(free)
        copy.properties["sym_visibility"] = StringAttr("private")
        Rewriter.insert_op(copy, InsertPoint.at_end(self.module.body.block))
        self.differentiate(self.module, copy, position, mode)
        if linear:
            at_zero(copy, position)
        self.known[free] = copy
        self.made[name, suffix] = SymbolRefAttr(free)
        self.prepare(free, source)
        return self.made[name, suffix]


def at_zero(function: func.FuncOp, position: int) -> None:
    """Replace an argument of a function by 0."""
    block = function.body.block
    argument = block.args[position]
    first = block.first_op
    assert first is not None
    argument.replace_all_uses_with(Emitter.before(first).constant(0, argument.type))
    block.erase_arg(argument)
    function.properties["function_type"] = FunctionType.from_lists(
        [arg.type for arg in block.args], list(function.function_type.outputs)
    )
