"""The bulk forms of the values of a body: which axes a value depends on, and how ops combine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Literal

from xdsl.dialects import scf
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint

from ...dialects import ten, types
from ...dialects.types import of_shape, shape
from ...dialects.walking import ops_in
from ..rewriting.diagnostics import remark
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.rule_tables import batch
from .batch_rules import bulk_type, reshaped

REGION_LIMIT = 24
"""
At most this many ops of index arithmetic are copied into one gather. More are computed in bulk.
"""

Fallback = Literal["error", "loop"]


@dataclass(frozen=True, eq=False)
class Axis:
    """One index of a build: its size, and its place in the order of all axes (outer first)."""

    size: int
    depth: int


Axes = tuple[Axis, ...]
"""In order of depth."""


def join(*axes: Axes) -> Axes:
    return tuple(sorted({a for some in axes for a in some}, key=lambda a: a.depth))


def sizes(axes: Axes) -> tuple[int, ...]:
    return tuple(a.size for a in axes)


@dataclass(eq=False)
class Batched:
    """
    A value of a body, as a function of some axes.

    `tensor` is its bulk form, the axes first. Index arithmetic has no bulk form until an op needs
    one: it is an index itself (`axis`), or `op` of other values (`operands`).
    """

    home: Emitter
    """The place of its bulk form: outside of every loop that the value does not depend on."""
    axes: Axes
    type: Attribute
    tensor: SSAValue | None = None
    axis: Axis | None = None
    op: Operation | None = None
    operands: tuple[Batched, ...] = ()
    cost: int = 0
    """How many ops of index arithmetic the value takes."""
    broadcasts: dict[Axes, SSAValue] = field(default_factory=dict)

    @property
    def is_symbolic(self) -> bool:
        """Whether the value is index arithmetic, with few enough ops to copy them into a region."""
        return self.axis is not None or (self.op is not None and self.cost <= REGION_LIMIT)


class BulkForms(ABC):
    """What is known about the values of the bodies around one place, and how to get bulk forms."""

    def __init__(self, e: Emitter, fallback: Fallback = "error"):
        self.e = e
        """Where new ops go."""
        self.fallback = fallback
        self.env: dict[SSAValue, Batched] = {}
        self.rotated: set[Operation] = set()
        """Loops whose bodies choose whether a turn changes something."""

    @abstractmethod
    def visit_block(self, block: Block) -> None:
        """Give bulk forms to the values of all ops but the terminator."""

    def of(self, value: SSAValue) -> Batched:
        """The known form of a value. A value from outside depends on no axes."""
        if value not in self.env:
            self.env[value] = Batched(self.e, (), value.type, value)
        return self.env[value]

    def define(self, op: Operation, axes: Axes, values: Sequence[SSAValue]) -> None:
        """State the bulk forms of the results of `op`."""
        for result, value in zip(op.results, values, strict=True):
            if value.name_hint is None:
                value.name_hint = result.name_hint
            self.env[result] = Batched(self.e, axes, result.type, value)

    def bulk(self, b: Batched) -> SSAValue:
        """The tensor of the values of `b`, its axes first."""
        pending = [b]
        while pending:
            x = pending[-1]
            missing = [y for y in x.operands if y.tensor is None] if x.tensor is None else []
            pending.extend(missing)
            if missing:
                continue
            pending.pop()
            if x.tensor is None and x.axis is not None:
                x.tensor = x.home(ten.IotaOp(0, of_shape([x.axis.size], ten.index_type)))
            elif x.tensor is None:
                assert x.op is not None
                (x.tensor,) = self.by_rule(x.op, x.operands, x.axes, x.home)
        assert b.tensor is not None
        return b.tensor

    def aligned(self, b: Batched, axes: Axes) -> SSAValue:
        """The tensor of the values of `b` with these axes first. The axes of `b` are among them."""
        value = self.bulk(b)
        if b.axes == axes:
            return value
        if axes not in b.broadcasts:
            new = [k for k, a in enumerate(axes) if a not in b.axes]
            b.broadcasts[axes] = b.home(ten.BroadcastOp(value, new, (*sizes(axes), *shape(b.type))))
        return b.broadcasts[axes]

    def by_rule(
        self, op: Operation, operands: Sequence[Batched], axes: Axes, home: Emitter
    ) -> tuple[SSAValue, ...]:
        """The bulk form of an op. Operands that depend on no axes are passed unchanged."""
        if self.fallback == "loop" and batch.find(type(op)) is None:
            return self.loop(op, "it has no batch rule", axes, home)
        e = home.derived(op, f"batch({op.name})")
        xs = [self.aligned(x, axes) if x.axes else self.bulk(x) for x in operands]
        batched = [bool(x.axes) for x in operands]
        made = batch.apply(op, xs, batched, sizes(axes), e)
        count(f"batch({op.name})")
        wanted = [bulk_type(result.type, sizes(axes)) for result in op.results]
        results = batch.checked(op, made, wanted)
        for given, result in zip(results, op.results):
            if given.name_hint is None:
                given.name_hint = result.name_hint
        return results

    def loop(self, op: Operation, why: str, axes: Axes, home: Emitter) -> tuple[SSAValue, ...]:
        """
        op  →  scf.for over the places of the axes, which puts the result of op at one place into
        the results

        Cost: each turn of the loop passes over the whole results. So the cost is the square of the
              number of places.
        """
        n = prod(sizes(axes))
        remark(f"{op.name} runs in a loop of {n} turns: {why}", op)
        e = home.derived(op, "loop")
        fixed: dict[SSAValue, SSAValue] = {}
        flat: dict[SSAValue, SSAValue] = {}
        for x in dict.fromkeys((*op.operands, *captures(op))):
            if (known := self.of(x)).axes:
                flat[x] = reshaped(self.aligned(known, axes), (n, *shape(x.type)), e)
            else:
                fixed[x] = self.bulk(known)
        wide = [(n, *shape(r.type)) for r in op.results]
        empty = [e.constant(0, types.element(r.type)) for r in op.results]
        inits = [e(ten.BroadcastOp(x, range(len(s)), s)) for x, s in zip(empty, wide)]
        places = e(ten.IotaOp(0, of_shape((n,), ten.index_type)))
        zero, end, one = (e.constant(k, ten.index_type) for k in (0, n, 1))

        block = Block(arg_types=[ten.index_type, *(x.type for x in inits)])
        inner = Emitter(InsertPoint.at_end(block), e.location)
        here, *carried = block.args
        rows = {x: inner(ten.IndexOp(all, [here])) for x, all in flat.items()}
        values = inner.insert(op.clone({**fixed, **rows})).results
        mask = inner.compare("eq", places, inner(ten.BroadcastOp(here, [0], (n,))))
        joined = []
        for old, value, s in zip(carried, values, wide):
            chosen = inner(ten.BroadcastOp(mask, range(1, len(s)), s)) if len(s) > 1 else mask
            joined.append(inner.select(chosen, inner(ten.BroadcastOp(value, [0], s)), old))
        inner.insert(scf.YieldOp(*joined))
        loop = e.insert(scf.ForOp(zero, end, one, inits, Region(block)))
        full = [(*sizes(axes), *shape(r.type)) for r in op.results]
        return tuple(reshaped(y, s, e) for y, s in zip(loop.results, full))


def captures(op: Operation) -> list[SSAValue]:
    """The values from outside that the regions of `op` use, each once."""
    if not op.regions:
        return []
    inside: set[SSAValue] = set()
    used: dict[SSAValue, None] = {}
    for inner in ops_in(op):
        inside.update(a for region in inner.regions for block in region.blocks for a in block.args)
        if inner is not op:
            inside.update(inner.results)
            used.update(dict.fromkeys(inner.operands))
    return [x for x in used if x not in inside]
