"""
Loop nests as Triton kernels.

One writer serves `kernel.generic`, `kernel.fused` and `kernel.scatter`: it lays the loops out as
axes (`tiles`), writes the index arithmetic of each, the scalar code on whole tiles, and then what
becomes of the values that the body gives: they are stored, or combined along axes, in registers
first, then across the tile, and last, where several programs share a sum, by a second kernel over
their partial results. Sums are never combined by atomics unless that is asked for, so they do not
change from run to run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import prod

from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType
from xdsl.ir import Attribute, Block, BlockArgument, Operation, SSAValue

from ...dialects import kernel, ten, types
from ...dialects.types import ints, shape
from .expressions import Expr, Scalars, number, register, storage
from .index_forms import NARROW, Form, Indices
from .tiles import ELEMENTWISE, ENOUGH, LONGEST_ROW, REDUCTION, Axis, Outputs, letter, plan, power

INLINE = 44
"""Characters that an expression may have to stand where it is used."""

FREE = (arith.ConstantOp, arith.SelectOp, arith.CmpfOp, arith.CmpiOp, ten.CastOp)
"""Ops that are not counted as arithmetic."""
COMBINE = {"add": "{0} + {1}", "mul": "{0} * {1}"}


@dataclass
class Buffer:
    """
    A tensor that a launcher allocates for itself: partial results, places, starts of segments.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass
class Kernel:
    """One `@triton.jit` function and how it is launched."""

    name: str
    lines: list[str]
    arguments: list[SSAValue | Buffer]
    parameters: list[str]
    outputs: list[SSAValue | Buffer]
    """Those arguments that it writes all of."""
    grid: int
    constants: dict[str, int]
    warps: int
    source: Operation | None
    stages: int = 3
    grid_text: str | None = None
    """How the grid follows from the constants, where these are tuned."""
    tuned: str | None = None
    """The name of the configurations to try."""
    reads: int = 0
    writes: int = 0
    """Bytes that it has to move, at least."""
    work: int = 0
    """Arithmetic operations."""
    points: int = 1
    dtype: str = "float32"
    made: list[str] = field(default_factory=list)
    """What it gives, for people."""
    matrix: bool = False
    """Whether the operations are those of matrix units."""

    @property
    def text(self) -> str:
        parameters = [*self.parameters, *(f"{c}: tl.constexpr" for c in self.constants)]
        tuning = [f"@triton.autotune(configs={self.tuned}, key=[])"] if self.tuned else []
        return "\n".join(
            [
                *tuning,
                "@triton.jit",
                f"def {self.name}({', '.join(parameters)}):",
                *(f"    {x}" if x else "" for x in self.lines),
            ]
        )


@dataclass
class Names:
    """Names that are not in use yet."""

    used: set[str] = field(default_factory=set)

    def fresh(self, hint: str) -> str:
        hint = "".join(c if c.isalnum() else "_" for c in hint).strip("_") or "x"
        if hint[0].isdigit():
            hint = f"v{hint}"
        name, k = hint, 0
        while name in self.used or name in RESERVED:
            k += 1
            name = f"{hint}{'_' if hint[-1].isdigit() else ''}{k}"
        self.used.add(name)
        return name


RESERVED = frozenset(
    """
    False None True and as assert async await break class continue def del elif else except finally
    for from global if import in is lambda nonlocal not or pass raise return try while with
    tl triton torch libdevice math np pid step range float int bool bytearray zip tuple list
    isinstance TypeError abs min max len device reversed base64 zlib functools data
    """.split()
)


def identity(combiner: str, dtype: str) -> str:
    """What a combination of nothing is."""
    if combiner in ("add", "any"):
        return "0.0" if dtype.startswith("float") else "0"
    if combiner in ("mul", "all"):
        return "1.0" if dtype.startswith("float") else "1"
    if dtype.startswith("float"):
        return 'float("-inf")' if combiner == "max" else 'float("inf")'
    limit = 1 << (int(dtype[3:]) - 1)
    return str(-limit if combiner == "max" else limit - 1)


@dataclass
class Output:
    """What becomes of a value of the body."""

    combiner: str
    value: SSAValue
    kept: tuple[int, ...]
    """The loops along which the result moves, in the order of its dimensions."""
    to: SSAValue | Buffer
    ranges: range | None = None
    """The loops that the value is there for; all of them for None."""

    def keeps(self, loops: Iterable[int]) -> bool:
        return any(d in self.kept for d in loops)

    def covers(self, loops: Iterable[int]) -> bool:
        return self.ranges is None or any(d in self.ranges for d in loops)


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
        """Values that are computed already, or held in registers."""
        self.loaded: dict[object, Expr] = {}
        """What was loaded, by tensor and place."""
        self.index: dict[int, Expr] = {}
        """Indices by axis."""
        self.arguments_of_loops: dict[SSAValue, int] = {}
        """The loops by the arguments of bodies that are their indices."""
        self.loops: dict[int, Expr] = {}
        """Indices by loop."""
        self.conditions: dict[int, Expr] = {}
        """By axis, whether an index is inside."""
        self.active: Expr | None = None
        """Whether a lane has anything to do, beside being inside."""
        self.moved: dict[SSAValue, int] = {}
        """Bytes that are read of each tensor."""
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
        """Which part of each axis a program has."""
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
                step = "step" if sum(a.steps > 1 for a in self.axes) == 1 else f"step_{axis.name}"
                parts = [f"{parts[0]} * {axis.steps} + {step}" if parts else step]
                if axis.wide and k not in self.program:
                    parts = [f"{step}.to(tl.int64)"]
                self.put(f"for {step} in range({axis.steps}):")
                self.indent += "    "
            start = parts[0] if parts else ""
            self.index_of(k, axis, start)

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
            text = whole.text if after == 1 else f"{whole.text} // {after}"
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

        def term(index: Expr, factor: int) -> None:
            if not factor or index.literal:
                return
            if wide and index.dtype == "int32":
                index = self.scalars.to(index, "int64")
            if abs(factor) != 1:
                number = Expr(str(abs(factor)), index.dtype, literal=True)
                index = self.scalars.infix("*", index, number)
            terms.append((1 if factor > 0 else -1, index))

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
        constant = Expr(str(abs(form[1])), "int32", literal=True)
        if not terms:
            return Expr(str(form[1]), "int32", literal=True)
        if form[1]:
            terms.append((1 if form[1] > 0 else -1, constant))
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
            # What has something to do is inside.
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
        return pointer if offset.literal and offset.text == "0" else f"{pointer} + {offset.text}"

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
            narrow = all(x.dtype == "int32" or x.literal for x, i in zip(xs, indexed) if i)
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
                f"{offset.text} + {zero.text} * 0", offset.dtype, offset, missing, level=6
            )
        mask = self.both(self.inside(offset.dims), *guards)
        text = f"tl.load({self.address(self.pointer(op.t), offset)}"
        if mask is not None:
            if len(mask.text) > INLINE:
                mask = self.let("inside", mask)
            text += f", mask={mask.text}"
            if guards:
                text += f", other={'0.0' if dtype.startswith('float') else '0'}"
        moved = min(types.size(type), prod(self.sizes)) * bits(type) // 8
        self.reads += max(moved - self.moved.get(op.t, 0), 0)
        self.moved[op.t] = max(moved, self.moved.get(op.t, 0))
        x = Expr(f"{text})", storage(type), offset.dims)
        hint = self.value_name(op.t)
        return self.let(hint, self.scalars.to(x, dtype))

    def _row_major(self, places: Sequence[Expr], sizes: Sequence[int], wide: bool) -> Expr:
        total: Expr | None = None
        for x, n in zip(places, sizes):
            if wide and x.dtype == "int32" and not x.literal:
                x = self.scalars.to(x, "int64")
            if total is None or (total.literal and total.text == "0"):
                total = x
            elif total.literal and x.literal:
                total = replace(total, text=str(int(total.text) * n + int(x.text)))
            elif total.literal:
                total = self.scalars.infix("+", x, replace(total, text=str(int(total.text) * n)))
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
                prod(x.shape) * int("".join(c for c in x.dtype if c.isdigit())) // 8
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
            warps or max(1, min(8, elements // 256)),
            self.source,
            reads=self.reads,
            writes=self.writes,
            work=self.work * prod(self.sizes),
            points=prod(self.sizes),
            dtype=dtype,
            made=[f"{self.value_name(x)}: {described(x)}" for x in outputs],
        )


def described(x: SSAValue | Buffer) -> str:
    return f"{x.dtype}{list(x.shape)}" if isinstance(x, Buffer) else str(x.type)


def bits(type: Attribute) -> int:
    """The bits of an element in memory."""
    e = types.element(type)
    if isinstance(e, IndexType):
        return 64
    name = storage(e)
    return 8 if name == "int1" else int("".join(c for c in name if c.isdigit()))


class NestWriter(Writer):
    """Writes `kernel.generic` and `kernel.fused`, and what joins the partial results of one."""

    def write(self, op: kernel.GenericOp | kernel.FusedOp, split: bool = True) -> list[Kernel]:
        sizes = list(ints(op.loops))
        self.arguments_of_loops = {arg: d for d, arg in enumerate(op.block.args)}
        axes: list[Axis] = []
        indices = Indices(op.block.args, sizes)
        if isinstance(op, kernel.FusedOp):
            axes, sizes = self._fused_axes(op, sizes)
        outer = len(ints(op.loops))
        outputs = [
            Output(c, value, dims, to)
            for (c, dims), value, to in zip(op.outputs, op.yielded, op.res)
        ]
        for o in outputs:
            if isinstance(op, kernel.FusedOp):
                if types.rank(o.value.type):
                    o.kept = (*o.kept, *range(outer, len(sizes)))
                else:
                    o.ranges = range(outer)
            if len(o.kept) == len(sizes if o.ranges is None else o.ranges):
                o.combiner = "store"  # nothing is combined
        if isinstance(op, kernel.GenericOp):
            for inner in op.block.ops:
                indices.visit(inner)
            accesses = [
                indices.linear(x.t.type, x.indices)
                for x in op.block.ops
                if isinstance(x, kernel.LoadOp)
            ]
            self.sizes = tuple(sizes)
            accesses += [self.writes_of(o) for o in outputs]
            kept = Outputs(
                [frozenset(o.kept) for o in outputs], [o.combiner == "store" for o in outputs]
            )
            axes = plan(sizes, accesses, kept, split)
        self.lay_out(sizes, axes)
        self.program_ids()
        looped = any(a.steps > 1 for a in self.axes)
        accumulators: dict[int, str] = {}
        if looped:
            for n, o in enumerate(outputs):
                if o.combiner != "store":
                    dtype = accumulated(o.value.type)
                    name = self.names.fresh(f"{self.value_name(o.to)}_acc")
                    accumulators[n] = name
                    start = identity(o.combiner, dtype)
                    self.put(f"{name} = tl.full({self.shape_for(o)}, {start}, tl.{dtype})")
        before = self.indent
        self.open_loops()
        if isinstance(op, kernel.FusedOp):
            values = self._fused_body(op)
        else:
            values = self.body(op.block, op.yielded, indices)
        partial: dict[int, Buffer] = {}
        results: dict[int, Expr] = {}
        for n, (o, value) in enumerate(zip(outputs, values)):
            if o.combiner == "store":
                value = self._stored_type(value, o.value.type)
                offset = self.offset(self.writes_of(o), types.size(op.res[n].type) >= NARROW)
                self.store(o.to, offset, value, self.inside(offset.dims))
                continue
            value = self.combinable(o, value)
            if n in accumulators:
                name = accumulators[n]
                dtype = accumulated(o.value.type)
                self.put(f"{name} = {self.combine(o.combiner, dtype, name, value)}")
                results[n] = replace(value, text=name, level=9)
            else:
                results[n] = value
        self.indent = before
        for n, value in results.items():
            o = outputs[n]
            value = self.across(o, value)
            split_axes = [
                k for k, a in enumerate(self.axes) if a.programs > 1 and self._combines(o, a)
            ]
            parts = prod(self.axes[k].programs for k in split_axes)
            kept = prod(self.sizes[d] for d in o.kept)
            offset = self.offset(self.writes_of(o), kept * parts >= NARROW)
            mask = self.inside(k for k in range(len(self.axes)) if self._keeps(o, self.axes[k]))
            to: SSAValue | Buffer = o.to
            if split_axes:
                buffer = Buffer(
                    self.fresh_global(f"{self.value_name(o.to)}_parts"),
                    accumulated(o.value.type),
                    (parts, *(self.sizes[d] for d in o.kept)),
                )
                partial[n] = buffer
                to = buffer
                part = ""
                for k in split_axes:
                    here = self.program[k].text
                    around = f"({part})" if " " in part else part
                    part = f"{around} * {self.axes[k].programs} + {here}" if part else here
                row = (
                    part
                    if kept == 1
                    else f"({part}) * {kept}"
                    if " " in part
                    else f"{part} * {kept}"
                )
                text = row if offset.literal and offset.text == "0" else f"{row} + {offset.text}"
                offset = Expr(text, offset.dtype, offset.dims, level=6)
            self.store(to, offset, value, mask)
        outs = [partial.get(n, o.to) for n, o in enumerate(outputs)]
        dtype = storage(outputs[0].value.type) if outputs else "float32"
        kernels = [self.finish(self.name, outs, dtype)]
        for n, buffer in partial.items():
            kernels.append(self.join(outputs[n], buffer))
        return kernels

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
            dim = self.axes[k].dim or 0
            keep = "" if whole else ", keep_dims=True"
            if o.combiner == "add":
                text = f"tl.sum({text}, axis={dim}{keep})"
            elif o.combiner in ("max", "min") and dtype.startswith("float"):
                name = "_maximum" if o.combiner == "max" else "_minimum"
                self.scalars.helpers.add(name)
                text = f"tl.reduce({text}, {dim}, {name}{keep})"
            elif o.combiner == "mul":
                self.scalars.helpers.add("_multiply")
                text = f"tl.reduce({text}, {dim}, _multiply{keep})"
            else:
                function = "max" if o.combiner in ("max", "any") else "min"
                text = f"tl.{function}({text}, axis={dim}{keep})"
        dims = frozenset(k for k in value.dims if k not in gone)
        return self.let(self.value_name(o.to), replace(value, text=text, dims=dims, level=9))

    def join(self, o: Output, buffer: Buffer) -> Kernel:
        """The kernel that combines the partial results of several programs, in order."""
        other = NestWriter(
            f"{self.name}_join", self.scalars, self.value_name, self.fresh_global, self.source
        )
        parts, kept = buffer.shape[0], prod(buffer.shape[1:])
        sizes = [parts, kept]
        outputs = Outputs([frozenset([1])], [False])
        other.sizes = (parts, kept)
        axes = plan(sizes, [((kept, 1), 0), ((0, 1), 0)], outputs, split=False)
        other.name = self.fresh_global(f"{self.value_name(o.to)}_join")
        other.lay_out(sizes, axes)
        other.program_ids()
        result = Output(o.combiner, o.value, (1,), o.to)
        name = ""
        if any(a.steps > 1 for a in axes):
            name = other.names.fresh(f"{self.value_name(o.to)}_acc")
            start = identity(o.combiner, buffer.dtype)
            other.put(f"{name} = tl.full({other.tile_shape}, {start}, tl.{buffer.dtype})")
        other.open_loops()
        offset = other.offset(((kept, 1), 0), parts * kept >= NARROW)
        mask = other.inside(offset.dims)
        given = f", mask={mask.text}" if mask else ""
        text = f"tl.load({other.address(other.pointer(buffer), offset)}{given})"
        value = other.combinable(
            result, other.let(buffer.name, Expr(text, buffer.dtype, offset.dims))
        )
        if name:
            other.put(f"{name} = {other.combine(o.combiner, buffer.dtype, name, value)}")
            value = replace(value, text=name, level=9)
        other.indent = ""
        value = other.across(result, value)
        offset = other.offset(((0, 1), 0), kept >= NARROW)
        kept_axes = [k for k, a in enumerate(axes) if other._keeps(result, a)]
        other.store(o.to, offset, value, other.inside(kept_axes))
        other.reads = parts * kept * int("".join(c for c in buffer.dtype if c.isdigit())) // 8
        other.work = 1
        return other.finish(other.name, [o.to], buffer.dtype)

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
            outer = len(op.block.args)
            inner = ints(nest.loops)
            args = [*op.block.args, *nest.block.args]
            for d, arg in enumerate(nest.block.args):
                self.arguments_of_loops[arg] = outer + d
            indices = Indices(args, [*ints(op.loops), *inner])
            indices.sizes = self.sizes[: outer + len(inner)]
            for arg, form in list(indices.forms.items()):
                indices.forms[arg] = ((*form[0], *(0,) * (len(self.sizes) - len(form[0]))), form[1])
            indices.sizes = self.sizes
            values = self.body(nest.block, nest.yielded, indices)
            for (combiner, dims), value, result in zip(nest.outputs, values, nest.res):
                o = Output(combiner, result, (*range(outer), *(outer + d for d in dims)), result)
                if combiner == "store" or not inner:
                    self.known[result] = value
                    continue
                value = self.across(o, self.combinable(o, value))
                if types.is_bool(types.element(result.type)):
                    value = self.scalars.infix(
                        "!=", value, Expr("0", "int32", literal=True), "int1"
                    )
                elif types.is_float(result.type):
                    value = self.scalars.round(value, result.type)
                self.known[result] = value
        return [self.known[x] for x in op.yielded]


def accumulated(type: Attribute) -> str:
    """The type that a combination is kept in."""
    dtype = register(type)
    return "int32" if dtype == "int1" else dtype


def can_fuse(op: kernel.FusedOp) -> bool:
    """
    Whether a row stays in registers: one length, and temporaries read where they were written.
    """
    nests = [g for g in op.block.ops if isinstance(g, kernel.GenericOp)]
    inner = {ints(g.loops) for g in nests if ints(g.loops)}
    if len(inner) > 1 or not all(prod(n) <= LONGEST_ROW for n in inner):
        return False
    if any(n == 0 for n in (*ints(op.loops), *(m for n in inner for m in n))):
        return False
    made = {r for g in nests for r in g.res}
    for g in nests:
        whole = tuple(range(len(ints(g.loops))))
        if any(dims not in ((), whole) for _, dims in g.outputs):
            return False
        for x in g.block.ops:
            if (
                isinstance(x, kernel.LoadOp)
                and x.t in made
                and list(x.indices) != list(g.block.args)
            ):
                return False
    whole = tuple(range(len(ints(op.loops))))
    return all(dims in ((), whole) for _, dims in op.outputs) and all(
        dims == whole or not dims for _, dims in op.outputs
    )


__all__ = ["ELEMENTWISE", "Buffer", "Kernel", "Names", "NestWriter", "Writer", "can_fuse", "number"]
