"""
Loop nests as Triton kernels.

One writer serves products, `kernel.generic`, `kernel.fused` and `kernel.scatter`: it lays the loops
out as axes (`tiles`), writes the index arithmetic of each, and the scalar code on whole tiles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from math import prod

from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ...dialects import kernel, ten, types
from ...dialects.types import shape
from .expressions import Expr, Scalars, register, storage
from .index_forms import NARROW, Form, Indices
from .kernels import Buffer, Kernel, Names, Output, bits, described
from .tiles import Axis, letter, warps_for

INLINE = 44
"""Characters that an expression may have to stand where it is used."""

FREE = (arith.ConstantOp, arith.SelectOp, arith.CmpfOp, arith.CmpiOp, ten.CastOp)
"""Ops that are not counted as arithmetic."""


def signed(n: int) -> tuple[int, int]:
    """A number of 64 bits as a sign and a factor. The least one has no opposite."""
    return (-1, -n) if n < 0 and types.word(-n) != n else (1, n)


def fits_32_bits(x: Expr) -> bool:
    """Whether an index is a value of 32 bits, or a number that such a value holds."""
    return abs(int(x.text)) < NARROW if x.literal else x.dtype == "int32"


class Writer:
    """Writes the kernels of one nest."""

    def __init__(
        self,
        name: str,
        scalars: Scalars,
        names: Callable[[SSAValue | Buffer], str],
        fresh: Callable[[str], str],
        source: Operation | None,
    ):
        self.name, self.scalars, self.value_name, self.fresh_global = name, scalars, names, fresh
        self.source = source
        self.lines: list[str] = []
        self.indent = ""
        self.names = Names()
        self.parameters: dict[SSAValue | str, str] = {}
        self.arguments: list[SSAValue | Buffer] = []
        self.constants: dict[str, int] = {}
        self.known: dict[SSAValue, Expr] = {}
        """Values that the kernel has computed, or holds in registers."""
        self.loaded: dict[object, Expr] = {}
        """Loaded values, by tensor and place."""
        self.index: dict[int, Expr] = {}
        """Indices by axis."""
        self.arguments_of_loops: dict[SSAValue, int] = {}
        """The loops by the arguments of bodies that are their indices."""
        self.loops: dict[int, Expr] = {}
        """Indices by loop."""
        self.conditions: dict[int, Expr] = {}
        """By axis, whether an index is inside."""
        self.active: Expr | None = None
        """Whether a lane has work, apart from being inside."""
        self.fills = False
        """Whether a lane without work loads 0."""
        self.moved: dict[SSAValue, dict[Form | None, int]] = {}
        """How many elements of each tensor are read, by their places."""
        self.reads = self.writes = self.work = 0

    # Text.

    def put(self, text: str) -> None:
        self.lines.append(self.indent + text if text else "")

    def let(self, hint: str, x: Expr) -> Expr:
        """The value of an expression under a name."""
        if x.literal:
            return x
        name = self.names.fresh(hint)
        self.put(f"{name} = {x.text}")
        return replace(x, text=name, level=9)

    def pointer(self, value: SSAValue | Buffer) -> str:
        key = value.name if isinstance(value, Buffer) else value
        if key not in self.parameters:
            self.parameters[key] = self.names.fresh(f"{self.value_name(value)}_ptr")
            self.arguments.append(value)
        return self.parameters[key]

    # Axes.

    def lay_out(self, sizes: Sequence[int], axes: list[Axis]) -> None:
        self.sizes, self.axes = tuple(sizes), axes
        self.tile = sorted(
            (k for k, a in enumerate(axes) if a.dim is not None), key=lambda k: axes[k].dim or 0
        )
        self.names.used |= {letter(d) for d in range(len(sizes))}
        for k in self.tile:
            name = "BLOCK" if len(self.tile) == 1 else f"BLOCK_{axes[k].name.upper()}"
            name = name if len(name) <= 12 else f"BLOCK_{k}"
            self.constants[name] = axes[k].block
        self.block_names = dict(zip(self.tile, self.constants))

    @property
    def tile_shape(self) -> str:
        return f"[{', '.join(self.block_names[k] for k in self.tile)}]"

    def is_whole(self, x: Expr) -> bool:
        """Whether a value varies along all dimensions of the tile."""
        return all(k in x.dims for k in self.tile)

    def program_ids(self) -> None:
        """The part of each axis that a program has."""
        spread = [k for k, a in enumerate(self.axes) if a.programs > 1]
        self.program: dict[int, Expr] = {}
        if len(spread) == 1:
            (k,) = spread
            text = "tl.program_id(0)" + (".to(tl.int64)" if self.axes[k].wide else "")
            self.program[k] = Expr(text, "int32", frozenset([k]))
            return
        if spread:
            self.put("pid = tl.program_id(0)")
        around = 1
        for k in reversed(spread):
            count = self.axes[k].programs
            text = "pid" if around == 1 else f"pid // {around}"
            if k != spread[0]:
                text = f"{text} % {count}" if around == 1 else f"({text}) % {count}"
            name = self.names.fresh(f"pid_{self.axes[k].name}")
            if self.axes[k].wide:
                text = f"({text}).to(tl.int64)"
            self.put(f"{name} = {text}")
            self.program[k] = Expr(name, "int64" if self.axes[k].wide else "int32", frozenset([k]))
            around *= count

    def open_loops(self) -> None:
        """The loops over the steps of a program, and the index of each axis within them."""
        for k, axis in enumerate(self.axes):
            parts = [self.program[k].text] if k in self.program else []
            if axis.steps > 1:
                self.before_steps()
                step = "step" if sum(a.steps > 1 for a in self.axes) == 1 else f"step_{axis.name}"
                parts = [f"{parts[0]} * {axis.steps} + {step}" if parts else step]
                if axis.wide and k not in self.program:
                    parts = [f"{step}.to(tl.int64)"]
                self.put(f"for {step} in range({axis.steps}):")
                self.indent += "    "
            start = parts[0] if parts else ""
            self.index_of(k, axis, start)
        self.before_steps()

    def before_steps(self) -> None:
        """Code between the indices of a program, and the loops over its steps."""

    def index_of(self, k: int, axis: Axis, start: str) -> None:
        if axis.dim is None:
            if not start or axis.size == 1:
                self.set_axis(k, Expr("0", "int32", literal=True))
                return
            text = start
        else:
            block = self.block_names[k]
            text = f"tl.arange(0, {block})"
            if len(self.tile) == 2:
                text += "[:, None]" if axis.dim == 0 else "[None, :]"
            if start:
                text = (
                    f"({start}) * {block} + {text}"
                    if " " in start
                    else f"{start} * {block} + {text}"
                )
        name = self.names.fresh(axis.name) if len(axis.loops) > 1 else axis.name
        self.put(f"{name} = {text}")
        self.set_axis(k, Expr(name, "int64" if axis.wide else "int32", frozenset([k])))
        if axis.masked:
            inside = self.names.fresh(f"{name}_in")
            self.put(f"{inside} = {name} < {axis.size}")
            self.conditions[k] = Expr(inside, "int1", frozenset([k]))

    def set_axis(self, k: int, index: Expr) -> None:
        self.index[k] = index
        axis = self.axes[k]
        if len(axis.loops) == 1:
            self.loops[axis.loops[0]] = index
        else:
            for d in axis.loops:
                self.loops.pop(d, None)

    def loop_name(self, d: int) -> str:
        return letter(d)

    def loop_index(self, d: int) -> Expr:
        """The index of a loop."""
        if d not in self.loops:
            k, axis = next((k, a) for k, a in enumerate(self.axes) if d in a.loops)
            whole = self.index[k]
            after = prod(self.sizes[e] for e in axis.loops[axis.loops.index(d) + 1 :])
            if whole.literal or self.sizes[d] == 1:
                self.loops[d] = Expr("0", whole.dtype, literal=True)
                return self.loops[d]
            text = whole.text if after == 1 else f"{whole.at(7)} // {after}"
            leading = prod(self.sizes[e] for e in axis.loops[: axis.loops.index(d)]) == 1
            if not leading:
                text = f"{text} % {self.sizes[d]}"
            name = self.loop_name(d)
            self.put(f"{name} = {text}")
            self.loops[d] = replace(whole, text=name, level=9)
        return self.loops[d]

    def offset(self, form: Form, wide: bool) -> Expr:
        """A linear form, by axes where it moves along them as a whole, else by loops."""
        terms: list[tuple[int, Expr]] = []
        """Each with its sign; those that are added come first."""
        factors = [f for f, n in zip(form[0], self.sizes) if n != 1]
        # A sum that 32 bits hold may have terms that they do not hold.
        wide = wide or any(abs(f) >= NARROW for f in (*factors, form[1]))

        def term(index: Expr, factor: int) -> None:
            if not factor or index.literal:
                return
            if wide and index.dtype == "int32":
                index = self.scalars.to(index, "int64")
            sign, size = signed(factor)
            if size != 1:
                index = self.scalars.infix("*", index, self.scalars.constant(size, index.dtype))
            terms.append((sign, index))

        for k, axis in enumerate(self.axes):
            loops = [d for d in axis.loops if self.sizes[d] != 1]
            moves = [form[0][d] for d in loops]
            if not any(moves):
                continue
            if all(m == self.sizes[d] * n for m, n, d in zip(moves, moves[1:], loops[1:])):
                term(self.index[k], moves[-1])
            else:
                for d in loops:
                    if form[0][d]:
                        term(self.loop_index(d), form[0][d])
        counted = {d for axis in self.axes for d in axis.loops}
        for d, factor in enumerate(form[0]):
            if factor and d not in counted:
                term(self.loops[d], factor)  # its index is read, not counted
        dtype = "int64" if wide else "int32"
        if not terms:
            return self.scalars.constant(form[1], dtype)
        if form[1]:
            sign, size = signed(form[1])
            terms.append((sign, self.scalars.constant(size, dtype)))
        terms.sort(key=lambda t: -t[0])
        sign, total = terms[0]
        if sign < 0:
            total = self.scalars.infix("-", Expr("0", total.dtype, literal=True), total)
        for sign, t in terms[1:]:
            if total.literal:
                total = replace(total, dtype=t.dtype)
            total = self.scalars.infix("+" if sign > 0 else "-", total, t)
        return total

    def inside(self, axes: Iterable[int]) -> Expr | None:
        """Whether indices along these axes are inside; None where they always are."""
        axes = set(axes)
        if self.active is not None and self.active.dims & axes:
            # A lane with work is inside.
            rest = axes - self.active.dims
            return self.both(*(self.conditions.get(k) for k in sorted(rest)), self.active)
        return self.both(*(self.conditions.get(k) for k in sorted(axes)))

    def both(self, *conditions: Expr | None) -> Expr | None:
        found = [c for c in conditions if c is not None]
        if not found:
            return None
        total = found[0]
        for c in found[1:]:
            total = self.scalars.infix("&", total, c)
        return total

    @staticmethod
    def address(pointer: str, offset: Expr) -> str:
        return pointer if offset.literal and offset.text == "0" else f"{pointer} + {offset.at(6)}"

    # Bodies.

    def body(self, block: Block, yielded: Sequence[SSAValue], indices: Indices) -> list[Expr]:
        """The values that a body yields, after the code that computes them."""
        self.indices = indices
        needed, uses = self._needed(block, yielded, indices)
        for op in block.ops:
            if op not in needed:
                continue
            if isinstance(op, kernel.LoadOp):
                place = (
                    indices.linear(op.t.type, op.indices) if "in_bounds" in op.attributes else None
                )
                key = op.t, place or tuple(op.indices)
                if key not in self.loaded:
                    self.loaded[key] = self._load(op)
                self.known[op.result] = self.loaded[key]
                continue
            result = op.results[0]
            if isinstance(result.type, IndexType) and result in indices.forms:
                x = self.offset(indices.forms[result], not indices.is_narrow(result))
            else:
                xs = self._operands(op)
                x = self.scalars.op(op, xs)
                self.work += not isinstance(op, FREE) and not isinstance(result.type, IndexType)
            if uses[result] > 1 or len(x.text) > INLINE:
                x = self.let(result.name_hint or "t", x)
            self.known[result] = x
        return [self.value(x) for x in yielded]

    def _operands(self, op: Operation) -> list[Expr]:
        xs = [self.value(x) for x in op.operands]
        # Indices are of one width: 32 bits only if the result and all of them fit.
        indexed = [isinstance(x.type, IndexType) for x in op.operands]
        if any(indexed):
            narrow = all(fits_32_bits(x) for x, i in zip(xs, indexed) if i)
            result = op.results[0]
            if isinstance(result.type, IndexType):
                narrow = narrow and self.indices.is_narrow(result)
            elif not types.is_bool(result.type):
                narrow = False
            dtype = "int32" if narrow else "int64"
            xs = [
                (replace(x, dtype=dtype) if x.literal else self.scalars.to(x, dtype)) if i else x
                for x, i in zip(xs, indexed)
            ]
        return xs

    def value(self, x: SSAValue) -> Expr:
        """A value in a register."""
        if x in self.known:
            return self.known[x]
        if isinstance(x, BlockArgument) and x in self.arguments_of_loops:
            return self.loop_index(self.arguments_of_loops[x])
        # A scalar from outside.
        assert types.rank(x.type) == 0
        loaded = Expr(f"tl.load({self.pointer(x)})", storage(x.type))
        self.reads += bits(x.type) // 8
        before, self.indent = self.indent, self.indent
        x_expr = self.let(self.value_name(x), self.scalars.to(loaded, register(x.type)))
        self.indent = before
        self.known[x] = x_expr
        return x_expr

    def _needed(
        self, block: Block, yielded: Sequence[SSAValue], indices: Indices
    ) -> tuple[set[Operation], Counter[SSAValue]]:
        """
        The ops to write, not those that only gave indices of linear loads; and how often each
        value is used.
        """
        for op in block.ops:
            indices.visit(op)
        needed: set[Operation] = set()
        uses: Counter[SSAValue] = Counter()
        pending = list(yielded)
        uses.update(pending)
        while pending:
            op = pending.pop().owner
            if not isinstance(op, Operation) or op in needed or op.parent is not block:
                continue
            needed.add(op)
            reads: list[SSAValue] = list(op.operands)
            if isinstance(op, kernel.LoadOp):
                reads = [] if self._is_linear(op, indices) else list(op.indices)
                if op.t in self.known:
                    reads = []
            elif isinstance(op.results[0].type, IndexType) and op.results[0] in indices.forms:
                reads = []
            uses.update(reads)
            pending.extend(reads)
        return needed, uses

    def _is_linear(self, op: kernel.LoadOp, indices: Indices) -> bool:
        """Whether the index arithmetic of a load is written with the load."""
        return indices.linear(op.t.type, op.indices) is not None

    def _load(self, op: kernel.LoadOp) -> Expr:
        type, sizes = op.t.type, shape(op.t.type)
        if op.t in self.known:
            return self.known[op.t]
        dtype = register(type)
        if not types.size(type):
            return self.scalars.constant(0, dtype)
        narrow = [self.indices.is_narrow(i) for i in op.indices]
        wide = types.size(type) >= NARROW or not all(narrow)
        linear = self.indices.linear(type, op.indices)
        places = [] if linear is not None else [self.value(i) for i in op.indices]
        guards: list[Expr] = []
        for n, (i, size) in enumerate(zip(op.indices, sizes)):
            below, above = self.indices.sides(i, size)
            if "in_bounds" in op.attributes or not (below or above):
                continue
            x = places[n] if places else self.offset(self.indices.forms[i], not narrow[n])
            if x.literal:
                if not 0 <= int(x.text) < size:
                    return self.scalars.constant(0, dtype)
                continue
            if below:
                guards.append(self.scalars.infix(">=", x, Expr("0", x.dtype, literal=True), "int1"))
            if above:
                guards.append(
                    self.scalars.infix("<", x, Expr(str(size), x.dtype, literal=True), "int1")
                )
        offset = (
            self.offset(linear, wide)
            if linear is not None
            else self._row_major(places, sizes, wide)
        )
        needed = frozenset().union(*(g.dims for g in guards))
        if not needed <= offset.dims:
            missing = next(g for g in guards if not g.dims <= offset.dims)
            zero = self.scalars.to(missing, "int32")
            offset = self.scalars.make(
                f"{offset.at(6)} + {zero.at(7)} * 0", offset.dtype, offset, missing, level=6
            )
        mask = self.both(self.inside(offset.dims), *guards)
        text = f"tl.load({self.address(self.pointer(op.t), offset)}"
        if mask is not None:
            if len(mask.text) > INLINE:
                mask = self.let("inside", mask)
            text += f", mask={mask.text}"
            if guards or self.fills:
                text += f", other={'0.0' if dtype.startswith('float') else '0'}"
        self._count(op.t, linear)
        x = Expr(f"{text})", storage(type), offset.dims)
        hint = self.value_name(op.t)
        return self.let(hint, self.scalars.to(x, dtype))

    def _count(self, x: SSAValue, place: Form | None) -> None:
        """
        Add the bytes of the elements that are read of `x` here, and were not before. Places that a
        step of a loop, or a few, bring together are the same elements.
        """
        size, places = types.size(x.type), self.moved.setdefault(x, {})
        before = min(sum(places.values()), size)
        if place is None:
            places[None] = places.get(None, 0) + prod(self.sizes)
        elif not any(p is not None and self._meet(p, place) for p in places):
            places[place] = prod(n for n, step in zip(self.sizes, place[0]) if step)
        self.reads += (min(sum(places.values()), size) - before) * bits(x.type) // 8

    def _meet(self, a: Form, b: Form) -> bool:
        """Whether two reads that move alike read the same elements, at different steps."""
        if a[0] != b[0]:
            return False
        apart = b[1] - a[1]
        for step, n in sorted(zip(map(abs, a[0]), self.sizes), reverse=True):
            if step and abs(times := round(apart / step)) < n:
                apart -= times * step
        return apart == 0

    def _row_major(self, places: Sequence[Expr], sizes: Sequence[int], wide: bool) -> Expr:
        total: Expr | None = None
        wide = wide or any(x.literal and not fits_32_bits(x) for x in places)
        for x, n in zip(places, sizes):
            if wide and x.dtype == "int32" and not x.literal:
                x = self.scalars.to(x, "int64")
            if total is None or (total.literal and total.text == "0"):
                total = x
            elif total.literal:
                begin = types.word(int(total.text) * n + (int(x.text) if x.literal else 0))
                total = self.scalars.constant(begin, "int32" if abs(begin) < NARROW else "int64")
                if not x.literal:
                    x = self.scalars.to(x, "int64") if total.dtype == "int64" else x
                    total = self.scalars.infix("+", x, total)
            else:
                row = (
                    total
                    if n == 1
                    else self.scalars.infix("*", total, Expr(str(n), total.dtype, literal=True))
                )
                total = row if x.literal and x.text == "0" else self.scalars.infix("+", row, x)
        assert total is not None
        return total

    # Results.

    def writes_of(self, output: Output) -> Form:
        moves, stride = [0] * len(self.sizes), 1
        for d in reversed(output.kept):
            moves[d], stride = stride, stride * self.sizes[d]
        return tuple(moves), 0

    def store(self, to: SSAValue | Buffer, offset: Expr, value: Expr, mask: Expr | None) -> None:
        if value.literal:
            value = self.scalars.tensor(value)
        dtype = to.dtype if isinstance(to, Buffer) else storage(to.type)
        rounded = f".to(tl.{dtype}).to(tl.float32)"
        if value.level == 9 and value.text.endswith(rounded):
            value = replace(value, text=value.text.removesuffix(".to(tl.float32)"))
        text = f"tl.store({self.address(self.pointer(to), offset)}, {value.text}"
        self.put(f"{text}, mask={mask.text})" if mask is not None else f"{text})")

    def finish(
        self, name: str, outputs: list[SSAValue | Buffer], dtype: str, warps: int | None = None
    ) -> Kernel:
        used = {self.parameters[x.name if isinstance(x, Buffer) else x]: x for x in self.arguments}
        outs = {self.parameters[x.name if isinstance(x, Buffer) else x] for x in outputs}
        order = sorted(used, key=lambda p: p in outs)
        for x in outputs:
            self.writes += (
                prod(x.shape) * x.bytes
                if isinstance(x, Buffer)
                else types.size(x.type) * bits(x.type) // 8
            )
        elements = prod(self.constants.values())
        return Kernel(
            name,
            self.lines,
            [used[p] for p in order],
            order,
            outputs,
            prod(a.programs for a in self.axes),
            self.constants,
            warps or warps_for(elements),
            self.source,
            reads=self.reads,
            writes=self.writes,
            work=self.work * prod(self.sizes),
            points=prod(self.sizes),
            dtype=dtype,
            made=[f"{self.value_name(x)}: {described(x)}" for x in outputs],
        )
