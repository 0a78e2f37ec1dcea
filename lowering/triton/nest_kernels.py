"""
The kernels of `kernel.generic` and `kernel.fused`.

A kernel stores the values of a body, or combines them along axes. It combines them in registers
first, and then across the tile. If several programs share a sum, a second kernel combines their
partial results. No kernel here combines sums by atomics, so sums do not change from run to run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod

from xdsl.dialects import math
from xdsl.dialects.builtin import IndexType
from xdsl.ir import Attribute, SSAValue

from ...dialects import kernel, types
from ...dialects.types import ints
from ...dialects.walking import captured
from .codegen import Writer
from .expressions import Expr, storage
from .index_forms import NARROW, Form, Indices
from .joins import Part
from .kernels import Buffer, Kernel, Output, accumulated, bits, identity
from .tiles import (
    DEMANDING,
    ENOUGH,
    LONGEST_ROW,
    REDUCTION,
    REGISTERS,
    Axis,
    Outputs,
    plan,
    power,
    warps_for,
)

LONG_ROW = 4096
"""Elements of a row that 16 warps share: on an H100 they were faster than 4, 8 and 32."""
AT_ONCE = 2048
"""Partial results that a program loads at once, where it joins them itself."""
REDUCE_ARGUMENTS = (math.SinOp, math.CosOp, math.TanOp, math.Atan2Op, math.PowFOp)
COMBINE = {"add": "{0} + {1}", "mul": "{0} * {1}"}


def is_demanding(op: kernel.GenericOp) -> bool:
    """Whether several functions of a nest need many registers to reduce their arguments."""
    return sum(isinstance(x, REDUCE_ARGUMENTS) for x in op.block.ops) > 1


class NestWriter(Writer):
    """Writes `kernel.generic` and `kernel.fused`, and kernels that join partial results."""

    joined: Sequence[tuple[SSAValue, list[Form], Part]] = ()
    """The reductions that the kernel joins itself, with the places that it reads of each."""

    def write(
        self,
        op: kernel.GenericOp | kernel.FusedOp,
        split: bool = True,
        joined: Mapping[SSAValue, Part] = {},
    ) -> tuple[Kernel, list[Part]]:
        """
        The kernel of a nest, and the partial results of its programs if it may `split` sums. Each
        program joins the partial results of the reductions `joined` that it reads.
        """
        self.arguments_of_loops = {arg: d for d, arg in enumerate(op.block.args)}
        if isinstance(op, kernel.FusedOp):
            axes, sizes = self._fused_axes(op, list(ints(op.loops)))
            outputs, indices = self._outputs(op, sizes), None
        else:
            self.sizes = sizes = ints(op.loops)
            outputs, indices = self._outputs(op, sizes), self._indices(op)
            axes = self._axes(op, outputs, indices, split)
            self.joined = [
                (x, self._places_of(op, x, indices), part)
                for x, part in joined.items()
                if x in captured(op)
            ]
        self.lay_out(sizes, axes)
        self.program_ids()
        sums = self._begin(outputs)
        before = self.indent
        self.open_loops()
        if isinstance(op, kernel.FusedOp):
            values = self._fused_body(op)
        else:
            assert indices is not None
            values = self.body(op.block, op.yielded, indices)
        results = self._step(outputs, values, sums)
        self.indent = before
        partial = {n: self._end(outputs[n], value) for n, value in results.items()}
        outs = [partial.get(n) or o.to for n, o in enumerate(outputs)]
        dtype = storage(outputs[0].value.type) if outputs else "float32"
        warps = None
        if isinstance(op, kernel.FusedOp) and prod(self.constants.values()) >= LONG_ROW:
            warps = 16
        elif isinstance(op, kernel.GenericOp) and is_demanding(op):
            # As many threads as for a whole tile.
            warps = warps_for(DEMANDING * prod(self.constants.values()))
        parts = [(outputs[n], buffer) for n, buffer in partial.items() if buffer]
        return self.finish(self.name, outs, dtype, warps), parts

    def axes_of(self, op: kernel.GenericOp) -> list[Axis]:
        """How the loops of a nest would become programs and tiles."""
        self.sizes = sizes = ints(op.loops)
        return self._axes(op, self._outputs(op, sizes), self._indices(op), True)

    @staticmethod
    def _places_of(op: kernel.GenericOp, x: SSAValue, indices: Indices) -> list[Form]:
        """Where a nest reads a reduction."""
        loads = [i for i in op.block.ops if isinstance(i, kernel.LoadOp) and i.t is x]
        forms = [indices.linear(x.type, load.indices) for load in loads]
        return list(dict.fromkeys(form for form in forms if form is not None))

    def before_steps(self) -> None:
        """Join the reductions that are there in parts."""
        for x, places, (o, buffer) in self.joined:
            if not types.rank(x.type):
                self.known[x] = self._joined(x, o, buffer, ((0,) * len(self.sizes), 0))
            for place in places:
                self.loaded[x, place] = self._joined(x, o, buffer, place)
        self.joined = []

    def _joined(self, x: SSAValue, o: Output, buffer: Buffer, place: Form) -> Expr:
        """The parts of an element, or of the elements of a tile, combined."""
        count, *kept = buffer.shape
        size, start = prod(kept), identity(o.combiner, buffer.dtype)
        offset = self.offset(place, prod(buffer.shape) >= NARROW)
        mask = self.inside(offset.dims)
        self.reads += prod(buffer.shape) * buffer.bytes
        along = [k for k in self.tile if k in offset.dims]
        room = AT_ONCE // prod(self.axes[k].block for k in along) if len(along) < 2 else 1
        lanes = max(min(power(count), room), 1)
        name, part = self.names.fresh(self.value_name(x)), self.names.fresh("part")
        conditions = [mask.text] if mask is not None else []
        index, across, keep = f"tl.arange(0, {lanes})", 0, ""
        if lanes > 1 and len(along) == len(self.tile) == 1:
            # The parts get a dimension of their own.
            index += "[:, None]"
            offset = self.scalars.make(f"({offset.text})[None, :]", offset.dtype, offset)
            conditions = [f"({text})[None, :]" for text in conditions]
        elif along:
            # They lie along the dimension in which the element stays.
            across, keep = 1 - (self.axes[along[0]].dim or 0), ", keep_dims=True"
            index += "[None, :]" if across else "[:, None]"
        if count % lanes:
            conditions.append(f"({part} < {count})" if conditions else f"{part} < {count}")
        inside = f", mask={' & '.join(conditions)}, other={start}" if conditions else ""
        moved = part if size == 1 else f"{part} * {size}"
        parts = f"tl.load({self.address(f'{self.pointer(buffer)} + {moved}', offset)}{inside})"
        if lanes > 1:
            parts = self.over_dimension(o.combiner, buffer.dtype, parts, across, keep)
        if lanes >= count:
            self.put(f"{part} = {index if lanes > 1 else 0}")
            self.put(f"{name} = {parts}")
        else:
            blocks = (self.block_names[k] if k in along else "1" for k in self.tile)
            shape = f"[{', '.join(blocks)}]" if along else "[]"
            self.put(f"{name} = tl.full({shape}, {start}, tl.{buffer.dtype})")
            first = self.names.fresh("first") if lanes > 1 else part
            self.put(f"for {first} in range(0, {count}, {lanes}):")
            if lanes > 1:
                self.put(f"    {part} = {first} + {index}")
            value = Expr(parts, buffer.dtype, level=9)
            self.put(f"    {name} = {self.combine(o.combiner, buffer.dtype, name, value)}")
        return self.as_result(Expr(name, buffer.dtype, offset.dims, level=9), x.type)

    def _outputs(self, op: kernel.GenericOp | kernel.FusedOp, sizes: Sequence[int]) -> list[Output]:
        """The outputs of the values that a nest yields; `sizes` are the sizes of all its loops."""
        outer = len(ints(op.loops))
        outputs: list[Output] = []
        for (combiner, kept), value, to in zip(op.outputs, op.yielded, op.res):
            ranges = None
            if isinstance(op, kernel.FusedOp):
                if types.rank(value.type):
                    kept = (*kept, *range(outer, len(sizes)))
                else:
                    ranges = range(outer)
            if len(kept) == len(sizes if ranges is None else ranges):
                combiner = "store"  # there is nothing to combine
            outputs.append(Output(combiner, value, kept, to, ranges))
        return outputs

    def _indices(self, op: kernel.GenericOp) -> Indices:
        indices = Indices(op.block.args, ints(op.loops))
        for inner in op.block.ops:
            indices.visit(inner)
        return indices

    def _axes(
        self, op: kernel.GenericOp, outputs: Sequence[Output], indices: Indices, split: bool
    ) -> list[Axis]:
        """The loops of a nest as axes, by how its reads and writes move along them."""
        accesses = [
            indices.linear(x.t.type, x.indices)
            for x in op.block.ops
            if isinstance(x, kernel.LoadOp)
        ]
        accesses += [self.writes_of(o) for o in outputs]
        kept = Outputs(
            [frozenset(o.kept) for o in outputs], [o.combiner == "store" for o in outputs]
        )
        return plan(self.sizes, accesses, kept, split, DEMANDING if is_demanding(op) else 1)

    def _begin(self, outputs: Sequence[Output]) -> dict[int, str]:
        """The names of what is combined over the steps of a program, begun with the identity."""
        names: dict[int, str] = {}
        if not any(a.steps > 1 for a in self.axes):
            return names
        for n, o in enumerate(outputs):
            if o.combiner != "store":
                dtype = accumulated(o.value.type)
                names[n] = self.names.fresh(f"{self.value_name(o.to)}_acc")
                start = identity(o.combiner, dtype)
                self.put(f"{names[n]} = tl.full({self.shape_for(o)}, {start}, tl.{dtype})")
        return names

    def _step(
        self, outputs: Sequence[Output], values: Sequence[Expr], sums: Mapping[int, str]
    ) -> dict[int, Expr]:
        """Store the values of a step, or add them to what is combined: that by its output."""
        results: dict[int, Expr] = {}
        for n, (o, value) in enumerate(zip(outputs, values)):
            if o.combiner == "store":
                assert isinstance(o.to, SSAValue)
                value = self._stored_type(value, o.value.type)
                offset = self.offset(self.writes_of(o), types.size(o.to.type) >= NARROW)
                self.store(o.to, offset, value, self.inside(offset.dims))
                continue
            results[n] = value = self.combinable(o, value)
            if (name := sums.get(n)) is not None:
                self.put(
                    f"{name} = {self.combine(o.combiner, accumulated(o.value.type), name, value)}"
                )
                results[n] = replace(value, text=name, level=9)
        return results

    def _end(self, o: Output, value: Expr) -> Buffer | None:
        """
        Combine a value across the tile, and store it. If several programs share a sum, each program
        stores its part in a buffer, and this method returns the buffer.
        """
        value = self.across(o, value)
        spread = [k for k, a in enumerate(self.axes) if a.programs > 1 and self._combines(o, a)]
        parts = prod(self.axes[k].programs for k in spread)
        kept = tuple(self.sizes[d] for d in o.kept)
        offset = self.offset(self.writes_of(o), prod(kept) * parts >= NARROW)
        mask = self.inside(k for k in range(len(self.axes)) if self._keeps(o, self.axes[k]))
        if not spread:
            self.store(o.to, offset, value, mask)
            return None
        name = self.fresh_global(f"{self.value_name(o.to)}_parts")
        buffer = Buffer(name, accumulated(o.value.type), (parts, *kept))
        self.store(buffer, self._in_part(spread, prod(kept), offset), value, mask)
        return buffer

    def _in_part(self, spread: Sequence[int], kept: int, offset: Expr) -> Expr:
        """An offset in the part of a program among those that are spread along these axes."""
        part = ""
        for k in spread:
            here = self.program[k].text
            around = f"({part})" if " " in part else part
            part = f"{around} * {self.axes[k].programs} + {here}" if part else here
        if kept != 1:
            part = f"({part}) * {kept}" if " " in part else f"{part} * {kept}"
        text = part if offset.literal and offset.text == "0" else f"{part} + {offset.at(6)}"
        return Expr(text, offset.dtype, offset.dims, level=6)

    def _keeps(self, o: Output, axis: Axis) -> bool:
        return any(d in o.kept for d in axis.loops if self.sizes[d] != 1)

    def _stored_type(self, value: Expr, type: Attribute) -> Expr:
        """Of 64 bits, where an index was computed with 32."""
        return (
            self.scalars.to(value, "int64")
            if value.dtype == "int32" and isinstance(type, IndexType)
            else value
        )

    def combinable(self, o: Output, value: Expr) -> Expr:
        """A value over the whole tile, and the identity where there is nothing to combine."""
        dtype = accumulated(o.value.type)
        value = (
            self.scalars.to(value, dtype)
            if not value.literal
            else self.scalars.tensor(replace(value, dtype=dtype))
        )
        mask = self.inside(k for k, a in enumerate(self.axes) if self._combines(o, a))
        if mask is not None:
            value = self.scalars.where(mask, value, Expr(identity(o.combiner, dtype), dtype))
        covered = frozenset(k for k in self.tile if o.covers(self.axes[k].loops))
        if not covered <= value.dims:
            value = self.scalars.make(
                f"tl.broadcast_to({value.text}, {self.shape_for(o)})", dtype, value
            )
        return replace(value, dims=value.dims | covered, dtype=dtype)

    def shape_for(self, o: Output) -> str:
        """The tile of a value, 1 along what it is not there for."""
        if not any(o.covers(self.axes[k].loops) for k in self.tile):
            return "[]"
        blocks = (self.block_names[k] if o.covers(self.axes[k].loops) else "1" for k in self.tile)
        return f"[{', '.join(blocks)}]"

    def _combines(self, o: Output, axis: Axis) -> bool:
        return o.covers(axis.loops) and not self._keeps(o, axis)

    def combine(self, combiner: str, dtype: str, a: str, value: Expr) -> str:
        if combiner in COMBINE:
            return COMBINE[combiner].format(a, value.tight)
        if dtype.startswith("float"):
            name = "_maximum" if combiner == "max" else "_minimum"
            self.scalars.helpers.add(name)
            return f"{name}({a}, {value.text})"
        return f"tl.{'maximum' if combiner in ('max', 'any') else 'minimum'}({a}, {value.text})"

    def across(self, o: Output, value: Expr) -> Expr:
        """Combine along those dimensions of the tile that the result does not keep."""
        gone = [k for k in self.tile if self._combines(o, self.axes[k])]
        if not gone:
            return value
        dtype = accumulated(o.value.type)
        whole = not any(self._keeps(o, self.axes[k]) for k in self.tile)
        text = value.text
        for k in sorted(self.tile if whole else gone, key=lambda k: -(self.axes[k].dim or 0)):
            keep = "" if whole else ", keep_dims=True"
            text = self.over_dimension(o.combiner, dtype, text, self.axes[k].dim or 0, keep)
        dims = frozenset(k for k in value.dims if k not in gone)
        return self.let(self.value_name(o.to), replace(value, text=text, dims=dims, level=9))

    def over_dimension(self, combiner: str, dtype: str, text: str, dim: int, keep: str = "") -> str:
        """The elements of a tensor, combined along a dimension."""
        if combiner == "add":
            return f"tl.sum({text}, axis={dim}{keep})"
        if combiner in ("max", "min") and dtype.startswith("float"):
            name = "_maximum" if combiner == "max" else "_minimum"
            self.scalars.helpers.add(name)
            return f"tl.reduce({text}, {dim}, {name}{keep})"
        if combiner == "mul":
            self.scalars.helpers.add("_multiply")
            return f"tl.reduce({text}, {dim}, _multiply{keep})"
        function = "max" if combiner in ("max", "any") else "min"
        return f"tl.{function}({text}, axis={dim}{keep})"

    def join(self, parts: Sequence[Part], after: Sequence[kernel.GenericOp] = ()) -> Kernel:
        """
        The kernel that combines the partial results of several programs, in order, and computes the
        nests `after` it, which go over the elements of the results.
        """
        first = parts[0][0]
        name = self.fresh_global(f"{self.value_name(first.to)}_join")
        other = NestWriter(name, self.scalars, self.value_name, self.fresh_global, self.source)
        count, *kept = parts[0][1].shape
        other.sizes = sizes = (count, *kept)
        loops = tuple(range(1, len(sizes)))
        written = other.writes_of(Output("add", first.value, loops, first.to))
        read = ((prod(kept), *written[0][1:]), 0)
        axes = plan(sizes, [read, written], Outputs([frozenset(loops)], [False]), split=False)
        other.lay_out(sizes, axes)
        other.program_ids()
        results = [Output(o.combiner, o.value, loops, o.to) for o, _ in parts]
        sums = other._begin(results)
        other.open_loops()
        values: list[Expr] = []
        for n, (o, (_, buffer)) in enumerate(zip(results, parts)):
            offset = other.offset(read, prod(sizes) >= NARROW)
            mask = other.inside(offset.dims)
            given = f", mask={mask.text}" if mask else ""
            text = f"tl.load({other.address(other.pointer(buffer), offset)}{given})"
            value = other.let(buffer.name, Expr(text, buffer.dtype, offset.dims))
            value = other.combinable(o, value)
            if (total := sums.get(n)) is not None:
                other.put(f"{total} = {other.combine(o.combiner, buffer.dtype, total, value)}")
                value = replace(value, text=total, level=9)
            values.append(value)
            other.reads += prod(sizes) * buffer.bytes
        other.indent = ""
        for o, value in zip(results, values):
            value = other.reduced(o, value) if after else other.across(o, value)
            assert isinstance(o.to, SSAValue)
            other.known[o.to] = value
            offset = other.offset(written, prod(kept) >= NARROW)
            along = (k for k, a in enumerate(axes) if other._keeps(o, a))
            other.store(o.to, offset, value, other.inside(along))
        other.work = len(parts)
        outs: list[SSAValue | Buffer] = [o.to for o in results]
        for nest in after:
            other._after(nest)
            outs += nest.res
        return other.finish(name, outs, parts[0][1].dtype)

    def _after(self, nest: kernel.GenericOp) -> None:
        """A nest over the elements of what a kernel joins, whose loops come after that of parts."""
        self.arguments_of_loops = {arg: d + 1 for d, arg in enumerate(nest.block.args)}
        indices = Indices(nest.block.args, ints(nest.loops))
        for x in nest.block.ops:
            indices.visit(x)
        indices.forms = {x: ((0, *f[0]), f[1]) for x, f in indices.forms.items()}
        indices.sizes = self.sizes
        values = self.body(nest.block, nest.yielded, indices)
        for (_, dims), value, to in zip(nest.outputs, values, nest.res):
            o = Output("store", to, tuple(d + 1 for d in dims), to)
            self._step([o], [value], {})
            self.known[to] = value

    # Rows.

    def _fused_axes(self, op: kernel.FusedOp, outer: list[int]) -> tuple[list[Axis], list[int]]:
        inner = next(
            (
                list(ints(g.loops))
                for g in op.block.ops
                if isinstance(g, kernel.GenericOp) and ints(g.loops)
            ),
            [],
        )
        n, rows = prod(inner), prod(outer)
        block = power(n)
        row = Axis(list(range(len(outer), len(outer) + len(inner))), n, block, 0)
        many = min(power(rows), max(REDUCTION // block, 1))
        first = Axis(list(range(len(outer))), rows, many, None)
        if many > 1:
            first.dim, row.dim = 0, 1
        if any(c != "store" for c, _ in op.outputs):
            # Partial results are moved too: they should be few beside the rows.
            first.divide(max(min(ENOUGH, rows // 16), ENOUGH // 4))
        else:
            first.programs = max(first.blocks, 1)
        axes = [row, first] if first.steps > 1 else [first, row]
        return axes, [*outer, *inner]

    def _fused_body(self, op: kernel.FusedOp) -> list[Expr]:
        for nest in op.block.ops:
            if not isinstance(nest, kernel.GenericOp):
                continue
            inner = ints(nest.loops)
            for o, value in zip(self.outputs_of_row(op, nest), self.values_of_row(op, nest)):
                if o.combiner == "store" or not inner:
                    self.known[o.value] = value
                else:
                    self.known[o.value] = self.reduced(o, self.combinable(o, value))
        return [self.known[x] for x in op.yielded]

    def values_of_row(self, op: kernel.FusedOp, nest: kernel.GenericOp) -> list[Expr]:
        """The values that a nest of a row yields, after the code that computes them."""
        outer, inner = len(op.block.args), ints(nest.loops)
        for d, arg in enumerate(nest.block.args):
            self.arguments_of_loops[arg] = outer + d
        indices = Indices([*op.block.args, *nest.block.args], [*ints(op.loops), *inner])
        indices.sizes = self.sizes[: outer + len(inner)]
        for arg, form in list(indices.forms.items()):
            indices.forms[arg] = ((*form[0], *(0,) * (len(self.sizes) - len(form[0]))), form[1])
        indices.sizes = self.sizes
        return self.body(nest.block, nest.yielded, indices)

    @staticmethod
    def outputs_of_row(op: kernel.FusedOp, nest: kernel.GenericOp) -> list[Output]:
        """The results of a nest of a row, as values of the loops around it and its own."""
        outer = len(op.block.args)
        return [
            Output(combiner, x, (*range(outer), *(outer + d for d in dims)), x)
            for (combiner, dims), x in zip(nest.outputs, nest.res)
        ]

    def reduced(self, o: Output, value: Expr) -> Expr:
        """A reduction across the tile, in the type of the result."""
        return self.as_result(self.across(o, value), o.value.type)

    def as_result(self, value: Expr, type: Attribute) -> Expr:
        """What a reduction combined, in the type of its result."""
        if types.is_bool(types.element(type)):
            return self.scalars.infix("!=", value, Expr("0", "int32", literal=True), "int1")
        return self.scalars.round(value, type) if types.is_float(type) else value


def nests_of(op: kernel.FusedOp) -> list[kernel.GenericOp]:
    """The nests of a row, in order."""
    return [nest for nest in op.block.ops if isinstance(nest, kernel.GenericOp)]


def row_of(op: kernel.FusedOp) -> tuple[int, ...] | None:
    """The loops of the nests that go along the row, () if none does; None if they differ."""
    found = {ints(nest.loops) for nest in nests_of(op)} - {()}
    return None if len(found) > 1 else found.pop() if found else ()


def keeps_places(op: kernel.FusedOp) -> bool:
    """
    Whether each nest of a row gives elements of the row or numbers of the whole row, and reads a
    temporary where it was written: no element is needed at another place.
    """
    made = {x for nest in nests_of(op) for x in nest.res}
    for nest in nests_of(op):
        whole = tuple(range(len(ints(nest.loops))))
        if any(dims not in ((), whole) for _, dims in nest.outputs):
            return False
        loads = [x for x in nest.block.ops if isinstance(x, kernel.LoadOp) and x.t in made]
        if any(list(x.indices) != list(nest.block.args) for x in loads):
            return False
    return True


def can_fuse(op: kernel.FusedOp) -> bool:
    """
    Whether a row stays in registers: one length, and temporaries read where they were written.
    """
    row = row_of(op)
    if row is None or 0 in (*ints(op.loops), *row):
        return False
    if row and prod(row) > _longest_row(nests_of(op)):
        return False
    whole = tuple(range(len(ints(op.loops))))
    return keeps_places(op) and all(dims in ((), whole) for _, dims in op.outputs)


def _longest_row(nests: Sequence[kernel.GenericOp]) -> int:
    """
    Elements that a row may have to stay in registers: twice as many as usual, where a processor's
    registers hold one row of each tensor that is read along it.
    """
    made = {r for g in nests for r in g.res}
    along = {
        x.t
        for g in nests
        for x in g.block.ops
        if isinstance(x, kernel.LoadOp)
        and x.t not in made
        and set(x.indices) & set(g.block.args)
        and bits(x.t.type) <= 32
    }
    wide = any(bits(r.type) > 32 for r in made)
    return (
        2 * LONGEST_ROW if not wide and len(along) * 2 * LONGEST_ROW <= REGISTERS else LONGEST_ROW
    )
