"""
`kernel.fused` over rows that do not stay in registers: one kernel that goes over the row several
times.

A pass over the row computes the reductions that need no later one. The next pass reads the row
again, which is in the cache by then, and computes again what it needs of each element:

    m = max x;  s = Σ exp(x - m);  y = exp(x - m) / s

is three passes, and the row comes from memory once.
"""

from __future__ import annotations

from math import prod

from xdsl.ir import Operation, SSAValue

from ...dialects import kernel, types
from ...dialects.types import ints
from .expressions import Expr, storage
from .joins import Part
from .kernels import Buffer, Kernel, Output, accumulated, bits, identity
from .nest_kernels import NestWriter, keeps_places, nests_of, row_of
from .tiles import MULTIPROCESSORS, REGISTERS, Axis

BLOCK, WARPS = 4096, 16
"""The elements of a row that are in registers at a time, and the warps that share them."""
AT_ONCE = 2 * MULTIPROCESSORS
"""The rows that a card goes over at once."""
CACHE = 50_000_000
"""The bytes of an H100's second cache."""


def takes_passes(op: kernel.FusedOp) -> bool:
    """
    Whether passes over each row are one kernel: there are enough rows, temporaries are read where
    they were written, and no result is combined over whole rows.
    """
    row, outer = row_of(op), ints(op.loops)
    if not row or 0 in (*row, *outer) or 2 * prod(outer) < MULTIPROCESSORS:
        return False
    every = tuple(range(len(outer)))
    return keeps_places(op) and all(
        dims == every or (not dims and not types.rank(x.type))
        for (_, dims), x in zip(op.outputs, op.yielded)
    )


def spills(op: kernel.FusedOp) -> bool:
    """
    Whether the registers of a processor do not hold a row of each value that a reduction of the row
    has to wait with: what is read or made before it, and read after it. One more row is being made.
    """
    nests = [nest for nest in nests_of(op) if ints(nest.loops)]
    rows = [{*_rows(nest), *(x for x in nest.res if types.rank(x.type))} for nest in nests]
    later: set[SSAValue] = set()
    most = 0
    for k in reversed(range(len(nests))):
        if any(combiner != "store" for combiner, _ in nests[k].outputs):
            before = {x for some in rows[: k + 1] for x in some}
            most = max(most, sum(-(-bits(x.type) // 32) for x in before & later))
        later |= _rows(nests[k])
    return (most + 1) * prod(row_of(op) or ()) > REGISTERS


def _rows(nest: kernel.GenericOp) -> set[SSAValue]:
    """The tensors that a nest reads along the row."""
    inside = {*nest.block.args}
    return {
        op.t for op in nest.block.ops if isinstance(op, kernel.LoadOp) and inside & {*op.indices}
    }


class LongRowWriter(NestWriter):
    """Writes a `kernel.fused` as passes over each row."""

    def write_passes(self, op: kernel.FusedOp) -> tuple[Kernel, list[Part]]:
        """The kernel, and the partial results of its programs."""
        outer, row = ints(op.loops), row_of(op)
        assert row
        self.sizes = (*outer, *row)
        self.arguments_of_loops = {arg: d for d, arg in enumerate(op.block.args)}
        rows = Axis([*range(len(outer))], prod(outer), 1, None, 1, prod(outer))
        along = Axis([*range(len(outer), len(self.sizes))], prod(row), BLOCK, 0)
        along.divide(1)
        self.row = 1
        self.lay_out(self.sizes, [rows, along])
        self.program_ids()
        self.index_of(0, rows, self.program[0].text if 0 in self.program else "")
        outputs = self._outputs(op, self.sizes)
        self._find_passes(op)
        read = {x for nest in nests_of(op) for x in _rows(nest) if types.size(x.type) > prod(row)}
        bytes = prod(row) * sum(bits(x.type) // 8 for x in read)
        self.cached = min(prod(outer), AT_ONCE) * bytes <= CACHE
        """Whether the next pass finds the row in the cache, and moves it no second time."""
        for k in range(max(self.passes.values()) + 1):
            self._pass(op, outputs, k)
        parts: dict[int, Buffer | None] = {}
        for n, (o, x) in enumerate(zip(outputs, op.yielded)):
            if not types.rank(x.type):
                for end, value in self._step([o], [self.known[x]], {}).items():
                    parts[n + end] = self._end(o, value)
        outs = [parts.get(n) or o.to for n, o in enumerate(outputs)]
        kernel = self.finish(self.name, outs, storage(outputs[0].value.type), WARPS)
        return kernel, [(outputs[n], b) for n, b in parts.items() if b]

    def _find_passes(self, op: kernel.FusedOp) -> None:
        """The pass in which each nest is computed first: after the reductions that it reads."""
        self.passes: dict[Operation, int] = {}
        after: dict[SSAValue, int] = {}
        """The first pass that can read a result."""
        for nest in nests_of(op):
            first = max((after[x] for x in _read(nest) if x in after), default=0)
            self.passes[nest] = first
            for (combiner, _), x in zip(nest.outputs, nest.res):
                after[x] = first + (combiner != "store" and bool(ints(nest.loops)))

    def _pass(self, op: kernel.FusedOp, outputs: list[Output], k: int) -> None:
        """The scalars that need no later pass, and then one pass over the row."""
        wanted = self._wanted(op, k)
        for nest in nests_of(op):
            if self.passes[nest] == k and not ints(nest.loops):
                for x, value in zip(nest.res, self.values_of_row(op, nest)):
                    self.known[x] = value
        if not wanted:
            return
        sums: dict[SSAValue, tuple[Output, str]] = {}
        for nest in wanted:
            for o in self.outputs_of_row(op, nest):
                if o.combiner != "store" and self.passes[nest] == k:
                    dtype = accumulated(o.value.type)
                    name = self.names.fresh(f"{self.value_name(o.value)}_acc")
                    start = identity(o.combiner, dtype)
                    self.put(f"{name} = tl.full({self.tile_shape}, {start}, tl.{dtype})")
                    sums[o.value] = o, name
        # A name from inside of the loop means nothing after it.
        outside = dict(self.known), dict(self.loaded), dict(self.loops)
        if not self.cached:
            self.moved = {}
        along = self.axes[self.row]
        if along.steps > 1:
            self.put(f"for step in range({along.steps}):")
            self.indent += "    "
        self.index_of(self.row, along, "step" if along.steps > 1 else "")
        for nest in wanted:
            for o, value in zip(self.outputs_of_row(op, nest), self.values_of_row(op, nest)):
                if o.combiner == "store":
                    self.known[o.value] = value
                elif o.value in sums:
                    _, name = sums[o.value]
                    value = self.combinable(o, value)
                    combined = self.combine(o.combiner, accumulated(o.value.type), name, value)
                    self.put(f"{name} = {combined}")
            if self.passes[nest] == k:
                stored = [o for o, x in zip(outputs, op.yielded) if x in nest.res]
                stored = [o for o in stored if types.rank(o.value.type)]
                self._step(stored, [self.known[o.value] for o in stored], {})
        self.indent = ""
        self.known, self.loaded, self.loops = outside
        for x, (o, name) in sums.items():
            value = Expr(name, accumulated(x.type), frozenset([self.row]))
            self.known[x] = self.reduced(o, value)

    def _wanted(self, op: kernel.FusedOp, k: int) -> list[kernel.GenericOp]:
        """The nests along the row that are new in a pass, and those whose elements they read."""
        found: set[Operation] = set()
        pending = [n for n in nests_of(op) if self.passes[n] == k and ints(n.loops)]
        pending = [n for n in pending if self._gives(op, n)]
        while pending:
            nest = pending.pop()
            if nest in found:
                continue
            found.add(nest)
            for x in _read(nest):
                maker = x.owner
                if isinstance(maker, kernel.GenericOp) and types.rank(x.type):
                    pending.append(maker)
        return [nest for nest in nests_of(op) if nest in found]

    @staticmethod
    def _gives(op: kernel.FusedOp, nest: kernel.GenericOp) -> bool:
        """Whether a nest has a reduction or a result, not only elements for later nests."""
        combined = any(combiner != "store" for combiner, _ in nest.outputs)
        return combined or any(x in op.yielded for x in nest.res)


def _read(nest: kernel.GenericOp) -> set[SSAValue]:
    """The values from outside of a nest that its body reads."""
    return {x for op in nest.block.ops for x in op.operands if x.owner is not nest.block}
