"""
Sums into computed places: `kernel.scatter`.

- No two sources fall into one place (`unique`): plain stores over zeros.
- `sorted`, the default: a kernel computes the places, torch sorts them, and one lane for each
  element of the result adds up its sources. The sum is the same in each run, to the bit. The sorted
  sources are cut into parts. If all sources of a part fall into one place, as those of a very
  frequent place do, a program adds up the part first, and the lane adds the part as a whole.
- `atomic`: the kernel adds each source as it comes. This is faster if places repeat often. The
  order of a sum, and so its rounding, changes from run to run. Integers of 32 and 64 bits have the
  same sum in any order, and are always added so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isqrt, prod

from ...dialects import kernel, types
from ...dialects.types import ints
from .codegen import Writer
from .expressions import Expr, storage
from .index_forms import NARROW, Indices
from .kernels import Buffer, Kernel, Output, accumulated, identity
from .launcher import Launcher
from .tiles import SEGMENTS, Axis, Outputs, fitting, plan, power

SHORTEST_PART, MOST_STEPS = 256, 4096
"""
Sources of a part, at least; and how many steps a lane may take: with fewer sources, there are no
parts.
"""

ATOMIC = ("float32", "float64", "int32", "int64")
"""The types that every card adds atomically."""


def scatter(launcher: Launcher, op: kernel.ScatterOp) -> None:
    """Write the kernels of a scatter, and their launches."""
    result = op.res[0]
    loops, domain = ints(op.loops), op.domain.value.data
    if prod(loops) == 0 or types.size(result.type) == 0:
        launcher.allocate(result, "zeros")
        return
    # Integers have the same sum in any order.
    exact = not types.is_float(types.element(result.type))
    wanted = launcher.file.options.scatter == "atomic" or exact
    atomic = wanted and storage(result.type) in ATOMIC
    if "unique" in op.attributes or prod(loops[:domain]) == 1 or atomic:
        unique = "unique" in op.attributes or prod(loops[:domain]) == 1
        writer = launcher.writer(ScatterWriter, op, result)
        launcher.launch(writer.direct(op, unique), "zeros")
        return
    names = launcher.file.globals
    name = launcher.name_of(result)
    count, targets = prod(loops[:domain]), prod(ints(op.dims))
    # The time of the sort grows with the bytes of a key.
    kind = "int64" if targets + 1 >= NARROW else "int32"
    places = Buffer(names.fresh(f"{name}_places"), kind, (count,))
    order = Buffer(names.fresh(f"{name}_order"), "int64", (count,))
    starts = Buffer(names.fresh(f"{name}_starts"), "int64", (targets + 1,))
    launcher.launch(launcher.writer(ScatterWriter, op, result, "_places").places(op, places))
    launcher.put(f"{places.name}, {order.name} = torch.sort({places.name}, stable=True)")
    launcher.put(
        f"{starts.name} = torch.searchsorted({places.name}, "
        f"torch.arange({targets + 1}, dtype=torch.{kind}, device=DEVICE))"
    )
    parts = None
    if count > MOST_STEPS:
        # A lane adds up less than two parts of sources, and then whole parts.
        length = max(SHORTEST_PART, power(isqrt(count)))
        shape = (count // length, prod(loops[domain:]))
        sums = Buffer(names.fresh(f"{name}_parts"), accumulated(op.yielded[0].type), shape)
        parts = Parts(sums, length)
        writer = launcher.writer(ScatterWriter, op, result, "_parts")
        launcher.launch(writer.parts(op, places, order, parts))
    writer = launcher.writer(ScatterWriter, op, result)
    launcher.launch(writer.segments(op, order, starts, parts))


@dataclass(frozen=True)
class Parts:
    """The sums of parts of the sorted sources, of those parts that fall into one place."""

    sums: Buffer
    length: int
    """The sources of a part."""


@dataclass(frozen=True)
class OwnParts:
    """The parts that the sources of one place have as a whole."""

    parts: Parts
    first: Expr
    many: Expr

    @property
    def begin(self) -> str:
        """Where the sources of the first one begin."""
        return f"{self.first.at(7)} * {self.parts.length}"

    @property
    def skipped(self) -> str:
        """The number of their sources."""
        return f"{self.many.at(7)} * {self.parts.length}"


class ScatterWriter(Writer):
    """Writes the kernels of one `kernel.scatter`."""

    def _prepare(self, op: kernel.ScatterOp, loops: int) -> Indices:
        self.arguments_of_loops = {arg: d for d, arg in enumerate(op.block.args)}
        indices = Indices(op.block.args, ints(op.loops))
        for inner in op.block.ops:
            indices.visit(inner)
        return indices

    def direct(self, op: kernel.ScatterOp, unique: bool) -> Kernel:
        """Every source goes to its place."""
        sizes, domain = ints(op.loops), op.domain.value.data
        indices = self._prepare(op, len(sizes))
        self.sizes = sizes
        rest = tuple(range(domain, len(sizes)))
        trailing = self.writes_of(Output("store", op.yielded[0], rest, op.res[0]))
        loads = [
            indices.linear(x.t.type, x.indices)
            for x in op.block.ops
            if isinstance(x, kernel.LoadOp)
        ]
        axes = plan(sizes, [*loads, trailing], Outputs([], []))
        self.lay_out(sizes, axes)
        self.program_ids()
        self.open_loops()
        value, *places = self.body(op.block, op.yielded, indices)
        value = (
            self.scalars.to(value, "int64")
            if value.dtype == "int32" and storage(op.res[0].type) == "int64"
            else value
        )
        wide = types.size(op.res[0].type) >= NARROW
        guard = self._guard(op, places, indices)
        offset = self._row_major(
            [*places, Expr("0", "int32", literal=True)],
            [*ints(op.dims), prod(sizes[domain:])],
            wide,
        )
        along = self.offset(trailing, wide)
        if not (along.literal and along.text == "0"):
            offset = (
                along
                if offset.literal and offset.text == "0"
                else self.scalars.infix("+", offset, along)
            )
        if self.tile and not self.is_whole(offset):
            offset = self.scalars.make(
                f"tl.broadcast_to({self.scalars.tensor(offset).text}, {self.tile_shape})",
                offset.dtype,
                offset,
            )
            offset = replace(offset, dims=frozenset(self.tile))
        mask = self.both(self.inside(range(len(self.axes))), guard)
        if unique:
            self.store(op.res[0], offset, value, mask)
        else:
            value = self.scalars.tensor(value)
            text = f"tl.atomic_add({self.address(self.pointer(op.res[0]), offset)}, {value.text}"
            if self.tile and not self.is_whole(value):
                text = text.replace(value.text, f"tl.broadcast_to({value.text}, {self.tile_shape})")
            self.put(text + (f", mask={mask.text}" if mask else "") + ', sem="relaxed")')
        return self.finish(self.name, [op.res[0]], storage(op.res[0].type))

    def _guard(self, op: kernel.ScatterOp, places: list[Expr], indices: Indices) -> Expr | None:
        """Whether all places are inside; None if this is known."""
        if "in_bounds" in op.attributes:
            return None
        guards: list[Expr] = []
        for x, place, n in zip(op.yielded[1:], places, ints(op.dims)):
            below, above = indices.sides(x, n)
            place = self.scalars.tensor(place)
            if below:
                guards.append(
                    self.scalars.infix(">=", place, Expr("0", place.dtype, literal=True), "int1")
                )
            if above:
                guards.append(
                    self.scalars.infix("<", place, Expr(str(n), place.dtype, literal=True), "int1")
                )
        return self.both(*guards)

    def places(self, op: kernel.ScatterOp, to: Buffer) -> Kernel:
        """For each source the number of its place; one past the last for what is dropped."""
        domain = op.domain.value.data
        sizes = ints(op.loops)[:domain]
        indices = self._prepare(op, domain)
        self.sizes = sizes
        loads = [
            indices.linear(x.t.type, x.indices)
            for x in op.block.ops
            if isinstance(x, kernel.LoadOp) and not self._uses_rest(x, op)
        ]
        loads = [None if a is None else (a[0][:domain], a[1]) for a in loads]
        whole = self.writes_of(Output("store", op.yielded[0], tuple(range(domain)), to))
        axes = plan(sizes, [*loads, whole], Outputs([], []))
        self.lay_out(sizes, axes)
        self.program_ids()
        self.open_loops()
        places = self.body(op.block, op.yielded[1:], indices)
        guard = self._guard(op, places, indices)
        flat = self.scalars.tensor(self._row_major(places, ints(op.dims), True))
        if guard is not None:
            flat = self.scalars.to(flat, "int64")
            flat = self.scalars.where(
                guard, flat, Expr(str(prod(ints(op.dims))), "int64", literal=True)
            )
        flat = self.scalars.to(flat, to.dtype)
        offset = self.offset(whole, prod(sizes) >= NARROW)
        self.store(to, offset, flat, self.inside(offset.dims))
        return self.finish(self.name, [to], to.dtype)

    def _uses_rest(self, load: kernel.LoadOp, op: kernel.ScatterOp) -> bool:
        domain = op.domain.value.data
        form = self.indices_of(op).linear(load.t.type, load.indices)
        return form is not None and any(form[0][domain:])

    def indices_of(self, op: kernel.ScatterOp) -> Indices:
        indices = Indices(op.block.args, ints(op.loops))
        for inner in op.block.ops:
            indices.visit(inner)
        return indices

    def _lay_out_segments(self, op: kernel.ScatterOp, indices: Indices, targets: int) -> int:
        """
        A program for some elements of the result, and for a tile of what each source holds. Gives
        the number of elements that a program has at once.
        """
        loops, domain = ints(op.loops), op.domain.value.data
        rest, length = list(range(domain, len(loops))), prod(loops[domain:])
        block = fitting(length, SEGMENTS) if length > 1 else 1
        rows = min(power(targets), max(SEGMENTS // block, 1))
        axes = [Axis([len(loops)], targets, rows)]
        if rows > 1:
            axes[0].dim = 0
        if length > 1:
            axes.append(Axis(rest, length, block, int(rows > 1)))
        elif rest:
            axes.append(Axis(rest, 1))
        for axis in axes:
            axis.programs = max(axis.blocks, 1)
        self.lay_out((*loops, targets), axes)
        widened = {x: ((*f[0], 0), f[1]) for x, f in indices.forms.items()}
        indices.forms, indices.sizes = widened, self.sizes
        self.program_ids()
        self.open_loops()
        return rows

    def _read_source(
        self, op: kernel.ScatterOp, order: Buffer, at: Expr, active: Expr | None
    ) -> None:
        """The place in the loops of the source that stands at this place in the order."""
        loops, domain = ints(op.loops), op.domain.value.data
        mask = f", mask={active.text}, other=0" if active is not None else ""
        load = f"tl.load({self.pointer(order)} + {at.at(6)}{mask})"
        source = self.let("source", Expr(load, "int64", at.dims))
        after = prod(loops[:domain])
        for d in range(domain):
            after //= loops[d]
            text = source.text if after == 1 else f"{source.at(7)} // {after}"
            if d:
                text = f"{text} % {loops[d]}"
            self.loops[d] = place = Expr(source.text, "int64", at.dims)
            if text != source.text:
                self.loops[d] = self.let(f"source_{d}", replace(place, text=text))

    def parts(self, op: kernel.ScatterOp, places: Buffer, order: Buffer, parts: Parts) -> Kernel:
        """For each part of the sorted sources with one place, the sum of its sources."""
        loops, domain = ints(op.loops), op.domain.value.data
        indices = self._prepare(op, len(loops))
        count, length = parts.sums.shape
        rest = list(range(domain, len(loops)))
        block = fitting(length, SEGMENTS) if length > 1 else 1
        lanes = min(parts.length, max(SEGMENTS // block, 1))
        axes = [
            Axis([len(loops)], count, 1, None, 1, count),
            Axis([len(loops) + 1], parts.length, lanes, 0),
        ]
        axes[1].steps = parts.length // lanes
        if length > 1:
            axes.append(Axis(rest, length, block, 1))
            axes[2].programs = axes[2].blocks
        elif rest:
            axes.append(Axis(rest, 1))
        self.lay_out((*loops, count, parts.length), axes)
        indices.forms = {x: ((*f[0], 0, 0), f[1]) for x, f in indices.forms.items()}
        indices.sizes = self.sizes
        self.names.used |= {"first", "last", "step"}
        self.program_ids()
        for k in (0, 2):
            if k < len(axes):
                start = self.program[k].text if k in self.program else ""
                self.index_of(k, axes[k], start)
        begin = f"{self.index[0].at(7)} * {parts.length}"
        pointer = self.pointer(places)
        self.put(f"first = tl.load({pointer} + {begin})")
        self.put(f"last = tl.load({pointer} + {begin} + {parts.length - 1})")
        self.put(f"if (first == last) & (first < {prod(ints(op.dims))}):")
        self.indent = "    "
        dtype = parts.sums.dtype
        acc = self.names.fresh(f"{self.value_name(op.res[0])}_acc")
        self.put(f"{acc} = tl.full({self.tile_shape}, {identity('add', dtype)}, tl.{dtype})")
        self.put(f"for step in range({axes[1].steps}):")
        self.indent = "        "
        self.index_of(1, axes[1], "step")
        lane = self.index[1]
        at = Expr(f"{begin} + {lane.at(6)}", "int64", lane.dims, level=6)
        self._read_source(op, order, at, None)
        (value,) = self.body(op.block, op.yielded[:1], indices)
        value = self.scalars.to(self.scalars.tensor(value), dtype)
        self.put(f"{acc} = {acc} + {value.text}")
        self.indent = "    "
        keep = ", keep_dims=True" if len(self.tile) > 1 else ""
        total = Expr(f"tl.sum({acc}, axis=0{keep})", dtype, frozenset([2]) & {*self.tile})
        kept = Output("store", op.yielded[0], (len(loops), *rest), op.res[0])
        offset = self.offset(self.writes_of(kept), count * length >= NARROW)
        self.store(parts.sums, offset, total, self.inside(offset.dims))
        self.indent = ""
        k = self.finish(self.name, [parts.sums], dtype)
        # Most parts have several places, and are not added up here.
        k.reads, k.writes, k.work = 2 * 8 * count, 0, 0
        return k

    def _own_parts(self, parts: Parts, start: Expr, stop: Expr) -> OwnParts:
        """The parts that a run of sources has as a whole: from its first multiple of the length."""
        n = parts.length
        first = self.let("first", Expr(f"tl.cdiv({start.text}, {n})", "int64", start.dims))
        many = f"tl.maximum({stop.at(7)} // {n} - {first.at(7)}, 0)"
        return OwnParts(parts, first, self.let("whole", Expr(many, "int64", start.dims)))

    def _own_part(self, op: kernel.ScatterOp, own: OwnParts) -> str:
        """The text that loads what the sources of the next part add up to."""
        loops, domain = ints(op.loops), op.domain.value.data
        more = self.let("more_parts", Expr(f"part < {own.many.text}", "int1", own.many.dims))
        place = Expr(f"{own.first.at(6)} + part", "int64", own.first.dims, level=6)
        if (length := prod(loops[domain:])) > 1:
            row = Expr(str(length), "int64", literal=True)
            inner = Output("store", op.yielded[0], tuple(range(domain, len(loops))), op.res[0])
            along = self.offset(self.writes_of(inner), True)
            place = self.scalars.infix("+", self.scalars.infix("*", place, row), along)
        mask = self.both(more, self.inside(place.dims - {0}))
        assert mask is not None
        address = self.address(self.pointer(own.parts.sums), place)
        return f"tl.load({address}, mask={mask.text}, other=0)"

    def segments(
        self, op: kernel.ScatterOp, order: Buffer, starts: Buffer, parts: Parts | None
    ) -> Kernel:
        """
        For each element of the result, the sum of its sources in their order, and then of the parts
        that it has as a whole.
        """
        loops, domain = ints(op.loops), op.domain.value.data
        indices = self._prepare(op, len(loops))
        targets, rest = prod(ints(op.dims)), list(range(domain, len(loops)))
        rows = self._lay_out_segments(op, indices, targets)
        target = self.index[0]
        inside = self.conditions.get(0)
        given = f", mask={inside.text}, other=0" if inside is not None else ""
        start = self.let(
            "start",
            Expr(
                f"tl.load({self.address(self.pointer(starts), target)}{given})",
                "int64",
                target.dims,
            ),
        )
        after = f"{self.pointer(starts)} + {target.at(6)} + 1"
        stop = self.let("stop", Expr(f"tl.load({after}{given})", "int64", target.dims))
        single = Expr(f"{stop.at(6)} - {start.at(7)}", "int64", target.dims, level=6)
        own = None if parts is None else self._own_parts(parts, start, stop)
        if own is not None:
            single = self.let("single", replace(single, text=f"{single.text} - {own.skipped}"))

        def most(x: Expr) -> str:
            """The most that a row of the program has."""
            if rows == 1:
                return x.text
            inner = x.text if len(self.tile) == 1 else f"tl.max({x.text}, axis=1)"
            return f"tl.max({inner}, axis=0)"

        type = op.yielded[0].type
        dtype = accumulated(type)
        acc = self.names.fresh(f"{self.value_name(op.res[0])}_acc")
        shape_text = self.tile_shape if self.tile else "[]"
        self.put(f"{acc} = tl.full({shape_text}, {identity('add', dtype)}, tl.{dtype})")
        step = "step"
        self.names.used.add("part")
        self.put(f"for {step} in range({most(single)}):")
        outer, self.indent = self.indent, "    "
        at = Expr(f"{start.at(6)} + {step}", "int64", target.dims, level=6)
        active = self.let("more", Expr(f"{step} < {single.at(2)}", "int1", target.dims))
        if own is not None:
            skipped = f"tl.where({at.text} < {own.begin}, 0, {own.skipped})"
            at = self.let("at", replace(at, text=f"{at.text} + {skipped}"))
        self._read_source(op, order, at, active)
        self.active = active
        before = dict(self.known)
        (value,) = self.body(op.block, op.yielded[:1], indices)
        value = self.scalars.to(self.scalars.tensor(value), dtype)
        zero = Expr("0.0" if dtype.startswith("float") else "0", dtype, literal=True)
        value = self.scalars.where(active, value, zero)
        self.put(f"{acc} = {acc} + {value.text}")
        self.indent, self.active, self.known = outer, None, before
        if own is not None:
            self.put(f"for part in range({most(own.many)}):")
            self.indent = "    "
            self.put(f"{acc} = {acc} + {self._own_part(op, own)}")
            self.indent = outer
        kept = Output("store", op.yielded[0], (len(loops), *rest), op.res[0])
        offset = self.offset(self.writes_of(kept), types.size(op.res[0].type) >= NARROW)
        self.store(
            op.res[0], offset, Expr(acc, dtype, frozenset(self.tile)), self.inside(offset.dims)
        )
        k = self.finish(self.name, [op.res[0]], storage(type))
        k.reads += (prod(loops[:domain]) + targets) * 8
        k.work = prod(loops)
        return k
