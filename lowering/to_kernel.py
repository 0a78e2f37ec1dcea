"""
Turn tensor ops into loop nests: `convert-ten-to-kernel`.

Needs:   no `ten.build`, delta terms or stamps; lets on what is to be stored (`sharing-materialize`).
Leaves:  `kernel.generic` for all that has elements, and the ops that a library runs: einsum, scatter, scans, loops, conditionals,
         and everything without an element rule.
Keeps:   the value, up to the order of sums.
Ends:    each value is put into one nest; an element that a nest needs twice is computed once.

Stored are: what a let names, results, what a library op reads or gives, and what a reduction gives. Everything else is computed in
the nests that read it. Values over the same indices that do not wait for each other share a nest: each stored value has a level, one
more than the levels of the stored values that its nest reads, and a nest is all of one level and one iteration space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import BFloat16Type, Float16Type, ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ..dialects import kernel, sharing, ten, types
from ..dialects.types import ints, shape
from ..passes.driver import count
from ..passes.functions import functions
from ..passes.levels import Level
from ..passes.rules import element
from .element import is_scalar_op
from .nest import Nest, is_elementwise

LONGEST = 2_000
"""Ops that one nest computes of one value, at most: what is longer is stored in between."""


class ConvertTenToKernelPass(ModulePass):
    """Fuses tensor ops into loop nests."""

    name = "convert-ten-to-kernel"
    needs: ClassVar[Level] = Level.LET

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in functions(op):
            if len(function.body.blocks) == 1:
                convert(function)


def has_elements(op: Operation) -> bool:
    """Whether an op's result is computed element by element, in the nests that read it."""
    if len(op.results) != 1:
        return False
    if any(isinstance(types.element(v.type), BFloat16Type | Float16Type) for v in (*op.operands, *op.results)):
        # Machines compute these in float32, and round each result: libraries do so here.
        return False
    if isinstance(op, arith.ConstantOp):
        return types.constant_value(op.result) is not None
    if isinstance(op, ten.GatherOp):
        return all(is_scalar_op(inner) for inner in op.block.ops)
    if op.regions or isinstance(op, arith.BitcastOp):
        return False
    return is_elementwise(op) or element.find(type(op)) is not None


def is_reduction(op: Operation) -> bool:
    """Whether an op is a combiner over loops."""
    return isinstance(op, ten.SumOp | ten.ReduceOp) and not isinstance(
        types.element(op.x.type), BFloat16Type | Float16Type
    )


@dataclass
class Output:
    """A stored value of a nest: an element of `value` at all loops, or a combination of `value` over some."""

    result: SSAValue
    value: SSAValue
    combiner: str
    dims: tuple[int, ...]


@dataclass
class Plan:
    """Which values of a block are stored, and when they are there."""

    block: Block
    alias: dict[SSAValue, SSAValue] = field(default_factory=dict)
    """Lets, by what they name."""
    stored: set[SSAValue] = field(default_factory=set)
    begins: dict[SSAValue, int] = field(default_factory=dict)
    """The level of the nest that computes a value."""
    ready: dict[SSAValue, int] = field(default_factory=dict)
    """The first level at which a stored value can be read."""
    nests: dict[tuple[int, tuple[int, ...]], list[Output]] = field(default_factory=dict)
    hosts: dict[int, list[Operation]] = field(default_factory=dict)
    """Library ops, by the level at which they run: before the nests of that level."""

    def of(self, value: SSAValue) -> SSAValue:
        while value in self.alias:
            value = self.alias[value]
        return value


def captured(op: Operation) -> list[SSAValue]:
    """Operands, and what regions use from outside."""
    if not op.regions:
        return list(op.operands)
    inside = {r for inner in op.walk() for r in inner.results}
    inside |= {a for inner in op.walk() for region in inner.regions for b in region.blocks for a in b.args}
    return [x for x in dict.fromkeys(y for inner in op.walk() for y in inner.operands) if x not in inside]


def plan(block: Block) -> Plan:
    """Decide what is stored, and put it into nests."""
    p = Plan(block)
    length: dict[SSAValue, int] = {}
    last = block.last_op
    assert last is not None
    for op in block.ops:
        if isinstance(op, sharing.LetOp):
            p.alias[op.result] = op.x
            p.stored.add(p.of(op.x))
        elif op is last:
            p.stored.update(p.of(x) for x in op.operands)
        elif is_reduction(op):
            p.stored.add(op.results[0])
        elif not has_elements(op):
            p.stored.update(op.results)
            p.stored.update(p.of(x) for x in captured(op))
        else:
            length[op.results[0]] = 1 + max((length.get(p.of(x), 0) for x in op.operands), default=0)
            if length[op.results[0]] >= LONGEST and not types.is_constant(op.results[0]):
                p.stored.add(op.results[0])
                length[op.results[0]] = 0
    for op in block.ops:
        if isinstance(op, sharing.LetOp) or op is last:
            continue
        if is_reduction(op):
            _place_reduction(p, op)
        elif not has_elements(op):
            level = max((p.ready.get(p.of(x), 0) for x in captured(op)), default=0)
            p.hosts.setdefault(level, []).append(op)
            p.ready.update(dict.fromkeys(op.results, level))
        else:
            _place(p, op)
    return p


def _begins(p: Plan, x: SSAValue, space: tuple[int, ...]) -> int:
    """The first level of a nest over `space` that reads x: what is computed over the same indices is computed along."""
    x = p.of(x)
    if x in p.stored and (x not in p.begins or shape(x.type) != space):
        return p.ready.get(x, 0)
    return p.begins.get(x, 0)


def _place(p: Plan, op: Operation) -> None:
    value = op.results[0]
    space = shape(value.type)
    level = max((_begins(p, x, space) for x in captured(op)), default=0)
    p.begins[value] = level
    if value in p.stored:
        p.ready[value] = level + 1
        outputs = p.nests.setdefault((level, space), [])
        outputs.append(Output(value, value, "store", tuple(range(len(space)))))


def _place_reduction(p: Plan, op: Operation) -> None:
    x, dims = op.operands[0], ints(op.properties["dims"])  # type: ignore[arg-type]
    space = shape(x.type)
    level = _begins(p, x, space)
    combiner = "add" if isinstance(op, ten.SumOp) else op.properties["kind"].data  # type: ignore[attr-defined]
    kept = tuple(d for d in range(len(space)) if d not in dims)
    output = Output(op.results[0], p.of(x), "mul" if combiner == "prod" else combiner, kept)
    p.nests.setdefault((level, space), []).append(output)
    p.ready[op.results[0]] = level + 1


def convert(function: func.FuncOp) -> None:
    """Replace the ops of a function by nests and library ops, in the order of their levels."""
    block = function.body.block
    p = plan(block)
    old = list(block.ops)
    last = block.last_op
    assert last is not None
    made: dict[SSAValue, SSAValue] = {arg: arg for arg in block.args}
    new: list[Operation] = []
    for level in sorted({*p.hosts, *(level for level, _ in p.nests)}):
        for op in p.hosts.get(level, ()):
            mapping = {x: made[p.of(x)] for x in captured(op)}
            copy = op.clone(mapping)
            made.update(zip(op.results, copy.results))
            new.append(copy)
        for (at, space), outputs in p.nests.items():
            if at == level:
                nest = write(p, level, space, outputs, made)
                for output, result in zip(outputs, nest.res):
                    result.name_hint = output.result.name_hint
                nest.location = outputs[0].result.owner.location  # type: ignore[union-attr]
                new.append(nest)
                made.update(zip((o.result for o in outputs), nest.res))
                count("nest")
    for op in new:
        block.insert_op_before(op, last)
    for k, x in enumerate(last.operands):
        last.operands[k] = made[p.of(x)]
    for op in reversed(old):
        if op is not last:
            Rewriter.erase_op(op, safe_erase=False)


def write(
    p: Plan, level: int, space: tuple[int, ...], outputs: Sequence[Output], made: dict[SSAValue, SSAValue]
) -> kernel.GenericOp:
    """The nest that computes these outputs."""
    own = {output.result for output in outputs}

    def source(value: SSAValue) -> SSAValue | None:
        value = p.of(value)
        if value in own and value in p.begins:
            return None
        if value in p.stored and p.ready.get(value, 0) <= level:
            return made[value]
        return value if not isinstance(value.owner, Operation) else None

    nest = Nest(space, source)
    i = list(nest.block.args)
    values = [nest.element(output.value, i) for output in outputs]
    nest.e.insert(kernel.YieldOp(*values))
    return kernel.GenericOp(space, [(o.combiner, o.dims) for o in outputs], Region(nest.block))
