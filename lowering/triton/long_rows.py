"""
`kernel.fused` over rows that do not stay in registers: one kernel that goes over the row several
times.

A pass over the row computes the reductions that need no later one. The next pass reads the row
again, which is in the cache by then, and computes again what it needs of each element:

    m = max x;  s = Σ exp(x - m);  y = exp(x - m) / s

would be three passes. The first computes m and s at once, and corrects what each lane has added up
where its maximum grows (Milakov, Gimelshein: Online normalizer calculation for softmax, 2018):

    m' = max(m, x);  s' = s exp(m - m') + exp(x - m')

So the row is read twice and written once. If all rows that the card goes over at once fit into its
cache, it comes from memory once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from xdsl.dialects import arith, math
from xdsl.ir import Operation, SSAValue

from ...dialects import kernel, ten, types
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
OEQ = 1
"""`arith.cmpf`'s number for equality of two numbers."""
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
        self.online: dict[Operation, SSAValue] = {}
        """The nests whose sums are computed a pass earlier, with the maximum of that pass."""
        after: dict[SSAValue, int] = {}
        """The first pass that can read a result."""
        for nest in nests_of(op):
            first = max((after[x] for x in _read(nest) if x in after), default=0)
            self.passes[nest] = first
            late = [x for x in _read(nest) if after.get(x) == first]
            if first and len(late) == 1 and is_online(nest, late[0]):
                self.online[nest] = late[0]
            for (combiner, _), x in zip(nest.outputs, nest.res):
                is_late = combiner != "store" and bool(ints(nest.loops)) and nest not in self.online
                after[x] = first + is_late

    def _pass_of_sums(self, nest: Operation) -> int:
        return self.passes[nest] - (nest in self.online)

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
                if o.combiner != "store" and self._pass_of_sums(nest) == k:
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
        grown: dict[SSAValue, tuple[str, Expr]] = {}
        """By a maximum that sums of this pass wait for: its name, and its next value."""
        for nest in wanted:
            early = self.online.get(nest) if self._pass_of_sums(nest) == k else None
            if early is not None:
                self.known[early] = grown[early][1]
            for o, value in zip(self.outputs_of_row(op, nest), self.values_of_row(op, nest)):
                if o.combiner == "store":
                    if early is None:
                        self.known[o.value] = value
                elif o.value in sums:
                    _, name = sums[o.value]
                    dtype, value = accumulated(o.value.type), self.combinable(o, value)
                    if early is not None:
                        old, new = grown[early][0], self.known[early]
                        kept = self._kept(o.value, name, old, new)
                        if self._grows_by(o.value) is math.ExpOp:
                            # Lanes of nothing but -inf add zeros, and no NaN.
                            some = f'{new.tight} != float("-inf")'
                            self.put(f"{name} = tl.where({some}, {kept} + {value.tight}, 0.0)")
                        else:
                            self.put(f"{name} = {kept} + {value.tight}")
                        continue
                    combined = self.combine(o.combiner, dtype, name, value)
                    if o.value in self.online.values():
                        grown[o.value] = name, self.let(name, replace(value, text=combined))
                    else:
                        self.put(f"{name} = {combined}")
            if early is not None:
                del self.known[early]
            if self.passes[nest] == k:
                stored = [o for o, x in zip(outputs, op.yielded) if x in nest.res]
                stored = [o for o in stored if types.rank(o.value.type)]
                self._step(stored, [self.known[o.value] for o in stored], {})
        for name, value in grown.values():
            self.put(f"{name} = {value.text}")
        self.indent = ""
        self.known, self.loaded, self.loops = outside
        lanes = {
            x: Expr(name, accumulated(x.type), frozenset([self.row]))
            for x, (_, name) in sums.items()
        }
        for x, (o, _) in sums.items():
            value, nest = lanes[x], x.owner
            early = self.online.get(nest) if isinstance(nest, Operation) else None
            if early is not None:
                kept = self._kept(x, value.text, lanes[early].text, self.known[early])
                value = replace(value, text=kept, level=7)
            self.known[x] = self.reduced(o, value)

    def _grows_by(self, x: SSAValue) -> type[Operation] | None:
        """The function of the maximum in a sum."""
        nest = x.owner
        assert isinstance(nest, kernel.GenericOp)
        return function_of(yielded_as(x), self.online[nest], nest)

    def _kept(self, x: SSAValue, total: str, before: str, after: Expr) -> str:
        """The part of a sum that stays when the maximum grows."""
        if self._grows_by(x) is math.ExpOp:
            self.scalars.libdevice.add("exp")
            return f"{total} * libdevice.exp({before} - {after.tight})"
        return f"tl.where({before} == {after.tight}, {total}, 0.0)"

    def _wanted(self, op: kernel.FusedOp, k: int) -> list[kernel.GenericOp]:
        """The nests along the row that are new in a pass, and those whose elements they read."""
        found: set[Operation] = set()
        pending = [n for n in nests_of(op) if ints(n.loops) and self._gives(op, n, k)]
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

    def _gives(self, op: kernel.FusedOp, nest: kernel.GenericOp, k: int) -> bool:
        """Whether a nest has a reduction or a result in a pass, not only elements for others."""
        for (combiner, _), x in zip(nest.outputs, nest.res):
            late = self.passes[nest] if combiner == "store" else self._pass_of_sums(nest)
            if late == k and (combiner != "store" or x in op.yielded):
                return True
        return False


def is_online(nest: kernel.GenericOp, maximum: SSAValue) -> bool:
    """
    Whether sums of a nest along the row can be corrected where a maximum grows: they add up
    exp(x - maximum), or 1 where x is the maximum, times factors without it, and it is the maximum
    of x. A lane adds up exp(x - m) for its own m, which is at most the maximum: the sum of the
    factors alone must not overflow.
    """
    other = maximum.owner
    return (
        isinstance(other, kernel.GenericOp)
        and types.is_float(maximum.type)
        and bits(maximum.type) <= 32
        and ints(nest.loops) == ints(other.loops) != ()
        and other.outputs[list[SSAValue](other.res).index(maximum)][0] == "max"
        and {how for how, _ in nest.outputs} - {"store"} == {"add"}
        and all(
            how == "store" or function_of(x, maximum, nest) is not None
            for (how, _), x in zip(nest.outputs, nest.yielded)
        )
    )


def function_of(
    x: SSAValue, maximum: SSAValue, nest: kernel.GenericOp
) -> type[math.ExpOp | arith.SelectOp] | None:
    """By which function of what it is the maximum of a value has it, apart from factors."""
    match x.owner:
        case arith.MulfOp() as op:
            with_it = [y for y in op.operands if _depends(y, maximum)]
            return function_of(with_it[0], maximum, nest) if len(with_it) == 1 else None
        case math.ExpOp() as op if isinstance(op.operand.owner, arith.SubfOp):
            return math.ExpOp if _are(op.operand.owner.operands, maximum, nest) else None
        case arith.SelectOp() as op if isinstance(op.cond.owner, ten.CompareOp | arith.CmpfOp):
            equal = op.cond.owner
            is_equal = (
                equal.predicate.data == "oeq"
                if isinstance(equal, ten.CompareOp)
                else (equal.predicate.value.data == OEQ)
            )
            if is_equal and types.constant_value(op.rhs) == 0 and not _depends(op.lhs, maximum):
                return arith.SelectOp if _are(equal.operands, maximum, nest) else None
    return None


def _are(operands: Sequence[SSAValue], maximum: SSAValue, nest: kernel.GenericOp) -> bool:
    """Whether two values are what the maximum is one of, and the maximum."""
    a, b = operands
    other = maximum.owner
    assert isinstance(other, kernel.GenericOp)
    arguments = dict[SSAValue, SSAValue](zip(nest.block.args, other.block.args))
    return b is maximum and _equal(a, yielded_as(maximum), arguments)


def yielded_as(x: SSAValue) -> SSAValue:
    """The element of a nest that a result stores or combines."""
    nest = x.owner
    assert isinstance(nest, kernel.GenericOp)
    return nest.yielded[list[SSAValue](nest.res).index(x)]


def _depends(x: SSAValue, on: SSAValue) -> bool:
    pending, seen = [x], {x}
    while pending:
        x = pending.pop()
        if x is on:
            return True
        op = x.owner
        if isinstance(op, Operation) and not isinstance(op, kernel.GenericOp):
            new = {*op.operands} - seen
            seen |= new
            pending += new
    return False


def _equal(a: SSAValue, b: SSAValue, arguments: dict[SSAValue, SSAValue]) -> bool:
    """
    Whether values of two bodies are computed alike. `arguments` has what is known: each value of
    the first body that is one of the second.
    """
    if arguments.get(a, a) is b:
        return True
    x, y = a.owner, b.owner
    if not isinstance(x, Operation) or type(x) is not type(y) or isinstance(x, kernel.GenericOp):
        return False
    assert isinstance(y, Operation)
    is_equal = (
        bool(x.operands or isinstance(x, arith.ConstantOp))
        and len(x.operands) == len(y.operands)
        and (x.properties, x.attributes) == (y.properties, y.attributes)
        and all(_equal(c, d, arguments) for c, d in zip(x.operands, y.operands))
    )
    if is_equal:
        arguments[a] = b  # a shared value is compared once
    return is_equal


def _read(nest: kernel.GenericOp) -> set[SSAValue]:
    """The values from outside of a nest that its body reads."""
    return {x for op in nest.block.ops for x in op.operands if x.owner is not nest.block}
