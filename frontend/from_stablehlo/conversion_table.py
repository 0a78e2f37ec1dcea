"""
The table of conversions: a function for each op of StableHLO. A function takes the call, which
knows the op's attributes and regions, and the operands as traced arrays. It gives the results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from xdsl.dialects.builtin import ArrayAttr, SymbolRefAttr, TensorType
from xdsl.ir import Block, Region

from ...dialects import types
from .. import ops
from ..tracing import Array
from . import known_values
from .foreign_op import NotConvertible, Source
from .foreign_programs import Rule, adds_to

RULES: dict[str, Rule] = {}
"""The name of an op → its rule."""

TARGETS: dict[str, Rule] = {}
"""The name of the target of a `stablehlo.custom_call` → its rule."""

ELEMENTWISE: set[str] = set()
"""The ops that compute each element alone. A reducer may consist of these ops."""


converts = adds_to(RULES)
"""Makes a function the rule of the ops with these names."""

target = adds_to(TARGETS)
"""Makes a function the rule of the custom calls of these targets."""


def elementwise(*names: str) -> Callable[[Rule], Rule]:
    """
    Makes a function the rule of ops that compute each element alone. Scalars among the operands
    become as wide as the widest operand: a reducer on scalars takes whole arrays here.
    """

    def add(rule: Rule) -> Rule:
        def fitted(call: Call, *xs: Array) -> Any:
            return rule(call, *fit(*xs))

        fitted.__doc__, fitted.__name__ = rule.__doc__, rule.__name__
        ELEMENTWISE.update(names)
        converts(*names)(fitted)
        return rule

    return add


def fit(*xs: Array) -> tuple[Array, ...]:
    """The arrays, with scalars repeated to the shape of the others."""
    if len(xs) < 2:
        return xs
    shape = max((x.shape for x in xs), key=len)
    return tuple(x if x.shape == shape or x.shape else ops.broadcast_to(x, shape) for x in xs)


_SIZED = {
    "stablehlo.dynamic_iota", "stablehlo.dynamic_reshape", "stablehlo.dynamic_broadcast_in_dim",
}  # fmt: skip
"""The ops whose last operand has the sizes of the result."""


class Call(Source):
    """An op at the place where the conversion is, and the functions that evaluate its regions."""

    def __init__(self, op: Any, evaluator: Any, values: dict[Any, Any]):
        super().__init__(op)
        self.evaluator = evaluator
        self.values = values

    def kind(self, k: int = 0) -> tuple[tuple[int, ...], Any]:
        """
        The shape and the dtype of a result. Sizes that the type leaves open are those of the
        operands, or numbers among them.
        """
        type = self.op.results[k].type
        if not isinstance(type, TensorType) or all(n >= 0 for n in types.shape(type)):
            return super().kind(k)
        xs = [self.values[v] for v in self.op.operands]
        if self.name in ELEMENTWISE:
            shape = max((x.shape for x in xs), key=len)
        elif self.name in _SIZED:
            shape = known_values.known_ints(xs[-1], "sizes")
        else:
            return super().kind(k)
        for given, n in zip(types.shape(type), shape, strict=True):
            if given >= 0 and given != n:
                raise NotConvertible(f"the sizes are {list(shape)}, which is no {type}")
        return shape, self.dtype(k)

    def region(self, k: int = 0) -> Callable[..., list[Array]]:
        """The region as a function of arrays."""
        region = self.regions()[k]
        values = self.values if region.parent is self.op else {}
        return lambda *xs: self.evaluator.region(region, xs, values)

    def regions(self) -> list[Region]:
        """The regions of the op; for a custom call, the bodies of the functions that it names."""
        if self.op.regions:
            return list(self.op.regions)
        symbols = cast(ArrayAttr[SymbolRefAttr], self.need("called_computations")).data
        return [self.evaluator.functions[s.string_value()].body for s in symbols]

    def block(self, k: int = 0) -> Block:
        return self.regions()[k].block

    def operation(self, k: int = 0) -> str | None:
        """
        The op of a region that consists of one op on its arguments, in their order or, where the
        order does not matter, in another one. None for any other region.
        """
        block = self.block(k)
        body = list(block.ops)
        if len(body) != 2 or len(body[0].results) != 1:
            return None
        first, last = body
        if list(last.operands) != [first.results[0]] or len(block.args) != 2:
            return None
        args, given = list(block.args), list(first.operands)
        name = Source(first).name
        if given == args or (name in SYMMETRIC and given == args[::-1]):
            return name
        return None


SYMMETRIC = {
    f"stablehlo.{name}" for name in ("add", "multiply", "maximum", "minimum", "and", "or", "xor")
}
