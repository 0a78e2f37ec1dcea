"""
The table `stablehlo` of rules, and the walk that applies them to the ops of a block.

A rule takes the op, the converter and the values of the op's operands in StableHLO, and gives the
values of the results. In an index function each value that depends on an index has the shape of
the domain; a value of rank 0 holds for all indices.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Attribute, Block, Operation

from ...dialects import types
from ...dialects.op_names import op_name
from ...passes.rewriting.decomposing import has_to_be_taken_apart, take_apart
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.functions import by_name
from ...passes.rewriting.rule_tables import RuleTable
from .builder import Hlo, Value, tensor_of

stablehlo = RuleTable("stablehlo", "(op, h, *xs) -> value or tuple of values of StableHLO")
"""
What an op becomes in StableHLO. `h` is a `Converter`, and writes ops: `h.add(x, y)`.

Example:

    >>> @stablehlo.rule(CubeOp)
    ... def cube_in_stablehlo(op, h, x):
    ...     return h.mul(h.mul(x, x), x)
"""

POINTWISE = ("arith", "math")
"""The dialects whose ops on scalars are ops on all elements of tensors."""

POINTWISE_OPS = {
    "ten.cast", "ten.compare", "ten.complex", "ten.fmod", "ten.hypot", "ten.imag", "ten.invert",
    "ten.real", "ten.sech2", "ten.select", "ten.special", "ten.unit", "delta.stop", "sharing.let",
    "sharing.share",
}  # fmt: skip


class Converter(Hlo):
    """Converts the ops of a module's functions."""

    def __init__(self, module: ModuleOp, block: Block):
        super().__init__(block)
        self.functions = by_name(module)
        self.env: dict[object, Value] = {}
        """The values of letgrad's program, in StableHLO."""
        self.varying: set[object] = set()
        """The values of index functions that depend on an index."""
        self._inlined: list[str] = []

    def run(self, block: Block, arguments: Sequence[Value]) -> list[Value]:
        """The values that the terminator of a block takes, for these arguments of the block."""
        self.env.update(zip(block.args, arguments, strict=True))
        op = block.first_op
        while op is not None and op is not block.last_op:
            if has_to_be_taken_apart(op, stablehlo):
                op = take_apart(op)
                continue
            self.convert_op(op)
            op = op.next_op
        last = block.last_op
        return [self.env[x] for x in last.operands] if last is not None else []

    def convert_op(self, op: Operation) -> None:
        outer, self.location = self.location, op.location
        for k, result in enumerate(op.results):
            if (found := types.unsupported(result.type)) is not None:
                raise LetgradError(f"{op_name(op)}: result {k} is {found}", op)
        xs = [self._operand(op, k) for k in range(len(op.operands))]
        given = stablehlo.apply(op, self, *xs)
        wanted: list[Attribute] = [tensor_of(r.type) for r in op.results]
        values = stablehlo.checked(op, given, wanted)
        self.env.update(zip(op.results, values))
        self.location = outer

    def _operand(self, op: Operation, k: int) -> Value:
        x = op.operands[k]
        if x not in self.env:
            raise LetgradError(f"{op_name(op)}: operand {k} has no value in StableHLO", op)
        return self.env[x]

    # Index functions.

    def at_all(self, block: Block, domain: Sequence[int]) -> list[Value]:
        """The values of an index function at all indices of a domain, or of rank 0."""
        indices = [self.iota(domain, d) for d in range(len(domain))]
        self.varying.update(block.args)
        return self.run_pointwise(block, indices)

    def run_pointwise(self, block: Block, arguments: Sequence[Value]) -> list[Value]:
        """As `run`, for a block in which some values depend on an index."""
        self.env.update(zip(block.args, arguments, strict=True))
        op = block.first_op
        while op is not None and op is not block.last_op:
            if has_to_be_taken_apart(op, stablehlo):
                op = take_apart(op)
                continue
            if not self.varies(op):
                self.convert_op(op)
            else:
                self._pointwise(op)
                self.varying.update(op.results)
            op = op.next_op
        last = block.last_op
        return [self.env[x] for x in last.operands] if last is not None else []

    def varies(self, op: Operation) -> bool:
        return any(x in self.varying for inner in op.walk() for x in inner.operands)

    def _pointwise(self, op: Operation) -> None:
        outer, self.location = self.location, op.location
        xs = [self._operand(op, k) for k in range(len(op.operands))]
        values = self._values(op, xs)
        self.env.update(zip(op.results, values, strict=True))
        self.location = outer

    def _values(self, op: Operation, xs: Sequence[Value]) -> Sequence[Value]:
        if isinstance(op, scf.IfOp):
            # All ops of a region are total: both sides have a value.
            sides = [
                self.run_pointwise(region.block, []) if region.blocks else []
                for region in (op.true_region, op.false_region)
            ]
            return [self.select(xs[0], a, b) for a, b in zip(*sides, strict=True)]
        if isinstance(op, func.CallOp):
            callee = self.functions[op.callee.string_value()]
            block = callee.body.block
            self.varying.update(block.args)
            return self.run_pointwise(block, xs)
        given = stablehlo.apply(op, self, *xs)
        return [given] if isinstance(given, Value) else list(given)


def is_pointwise(op: Operation) -> bool:
    """Whether an op is converted at all indices at once: what it takes and gives are scalars."""
    if any(types.rank(x.type) for x in (*op.operands, *op.results)):
        return False
    return op.dialect_name() in POINTWISE or op.name in POINTWISE_OPS
