"""
Loops over steps that compute element by element: one kernel, in which each lane takes all steps of
its elements, with the carried values in registers.

    x, v = scan n times (x, v):  k = v + dt * f(x);  (x + dt * k, k)

A launcher would start kernels for each step, which read and write the carried values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from xdsl.dialects import arith, func
from xdsl.ir import Operation, SSAValue

from ...dialects import kernel, ten, types
from ...dialects.types import ints, shape
from ...passes.rewriting.functions import block_of
from .expressions import Expr, register, storage
from .kernels import Kernel, bits
from .launcher import Launcher
from .nest_kernels import NestWriter
from .tiles import MULTIPROCESSORS, Axis, power

LONGEST_BODY = 1000
"""Ops of a step, at most: all of them are in one kernel, and their values in registers."""
LANES = 32, 256
"""The elements of a program, at least and at most: the steps take long, and have to be hidden."""


@dataclass(frozen=True)
class Step:
    """What a step computes."""

    ops: Sequence[Operation]
    """Nests over the elements of the carried values, and constants."""
    given: Sequence[SSAValue]
    """The new carried values, and then the rows."""
    means: Mapping[SSAValue, SSAValue]
    """What the arguments of the function of the step are."""
    shape: tuple[int, ...]
    """The shape of all carried values and rows that are no numbers."""

    def origin(self, x: SSAValue) -> SSAValue:
        return self.means.get(x, x)


def step_of(launcher: Launcher, op: ten.ScanOp) -> Step | None:
    """
    The step of a loop that computes element by element; None for another loop.

    Requires: a nest of a step has the shape of the carried values, and reads these, rows and what
    other nests of the step give at its own indices. It may read tensors from before the loop
    anywhere.
    """
    if op.turns is not None or op.trips < 2 or not op.inits:
        return None
    block = op.body.block
    last, call = block.last_op, block.first_op
    assert last is not None
    ops, given = [x for x in block.ops if x is not last], [*last.operands]
    means: dict[SSAValue, SSAValue] = {}
    if isinstance(call, func.CallOp) and call.next_op is last:
        function = launcher.file.bodies.get(call.callee.string_value())
        if function is None:
            return None
        inner = block_of(function.body, function)
        end = inner.last_op
        assert end is not None
        ops = [x for x in inner.ops if x is not end]
        results: dict[SSAValue, SSAValue] = {}
        results.update(zip(call.results, end.operands))
        given = [results.get(x, x) for x in given]
        means.update(zip(inner.args, call.operands))
    shapes = {shape(x.type) for x in op.results[: len(op.inits)]}
    shapes |= {shape(x.type)[1:] for x in (*op.results[len(op.inits) :], *op.xs)}
    shapes -= {()}
    step = Step(ops, given, means, next(iter(shapes), ()))
    if len(shapes) > 1 or 0 in step.shape:
        return None
    own = {*block.args, *(x for each in ops for x in each.results)}
    if sum(len(list(x.walk())) for x in ops) > LONGEST_BODY:
        return None
    if not all(_is_elementwise(x, step, own) for x in ops):
        return None
    inside = all(step.origin(x) in own or not types.rank(x.type) for x in given)
    known = all(not types.is_complex(types.element(x.type)) for x in (*op.operands, *op.results))
    return step if inside and known else None


def _is_elementwise(op: Operation, step: Step, own: set[SSAValue]) -> bool:
    if isinstance(op, arith.ConstantOp):
        return types.constant_value(op.result) is not None
    if not isinstance(op, kernel.GenericOp) or ints(op.loops) not in (step.shape, ()):
        return False
    every = tuple(range(len(op.block.args)))
    if any(output != ("store", every) for output in op.outputs):
        return False
    return all(
        [*inner.indices] == [*op.block.args]
        for inner in op.block.ops
        if isinstance(inner, kernel.LoadOp) and step.origin(inner.t) in own
    )


class LoopWriter(NestWriter):
    """Writes the kernel of a loop."""

    def write_loop(self, op: ten.ScanOp, step: Step) -> Kernel:
        size, carried = prod(step.shape), len(op.inits)
        axes = []
        if step.shape:
            least, most = LANES
            block = min(max(power(-(-size // (4 * MULTIPROCESSORS))), least), most)
            axes = [Axis([*range(len(step.shape))], size, block, 0)]
            axes[0].programs = axes[0].blocks
        self.lay_out(step.shape, axes)
        self.program_ids()
        self.open_loops()
        arguments = op.body.block.args
        names = [self._carried(y, x) for x, y in zip(op.inits, op.results[:carried], strict=True)]
        turn = self._open_turns(op)
        for x, name in zip(arguments, names):
            self.known[x] = name
        for x, rows in zip(arguments[carried:], op.xs):
            text = f"tl.load({self._row(rows, x, turn)}{self._mask(x)})"
            value = Expr(text, storage(x.type), self._dims(x))
            name = self.value_name(rows)
            self.known[x] = self.let(f"{name}_row", self.scalars.to(value, register(x.type)))
            self.reads += types.size(rows.type) * bits(rows.type) // 8
        for inner, x in step.means.items():
            if x in self.known:
                self.known[inner] = self.known[x]
        for each in step.ops:
            self._compute(each)
        given = [self._element(step.origin(x), x) for x in step.given]
        last = op.body.block.last_op
        assert last is not None
        for y, x, part in zip(op.results[carried:], given[carried:], last.operands[carried:]):
            value = self._stored_type(self._whole(x, part), part.type)
            self.put(f"tl.store({self._row(y, part, turn)}, {value.text}{self._mask(part)})")
        fresh = [
            self.let(f"next_{name.text}", self._whole(self.scalars.to(x, name.dtype), y))
            for x, name, y in zip(given, names, op.results)
        ]
        for name, x in zip(names, fresh):
            self.put(f"{name.text} = {x.text}")
        self.indent = ""
        outputs: list[SSAValue] = [*op.results[carried:]]
        for name, y in zip(names, op.results):
            if y.first_use is not None:
                value = self._stored_type(name, y.type)
                self.put(f"tl.store({self._address(y, y)}, {value.text}{self._mask(y)})")
                outputs.append(y)
        kernel = self.finish(self.name, [*outputs], storage(op.results[0].type))
        kernel.warps = max(1, prod(self.constants.values()) // 32 // 2)
        kernel.work *= op.trips
        kernel.points *= op.trips
        return kernel

    def _open_turns(self, op: ten.ScanOp) -> str:
        """Begin the loop. Gives the name of the row that a turn takes."""
        turn = self.names.fresh("step")
        at = turn if op.reverse is None else self.names.fresh("turn")
        self.put(f"for {at} in range({op.trips}):")
        self.indent = "    "
        if at != turn:
            self.put(f"{turn} = {op.trips - 1} - {at}")
        return turn

    def _dims(self, x: SSAValue) -> frozenset[int]:
        return frozenset([0]) if types.rank(x.type) else frozenset()

    def _mask(self, x: SSAValue) -> str:
        mask = self.inside(self._dims(x))
        return "" if mask is None else f", mask={mask.text}"

    def _address(self, tensor: SSAValue, x: SSAValue) -> str:
        """Where the own elements of x are in a tensor of its shape."""
        return self.address(self.pointer(tensor), self._offset(x))

    def _offset(self, x: SSAValue) -> Expr:
        return self.index[0] if types.rank(x.type) else Expr("0", "int32", literal=True)

    def _row(self, rows: SSAValue, x: SSAValue, turn: str) -> str:
        """Where the own elements of the row x of this turn are."""
        size = types.size(x.type)
        wide = types.size(rows.type) >= 1 << 31
        turn = f"{turn}.to(tl.int64)" if wide else turn
        start = Expr(turn if size == 1 else f"{turn} * {size}", "int32", level=7)
        offset = self._offset(x)
        return self.address(
            self.pointer(rows), start if offset.literal else self.scalars.infix("+", start, offset)
        )

    def _carried(self, y: SSAValue, x: SSAValue) -> Expr:
        """The variable of a carried value, which begins as x."""
        name = self.names.fresh(self.value_name(y))
        loaded = Expr(
            f"tl.load({self._address(x, x)}{self._mask(x)})", storage(x.type), self._dims(x)
        )
        self.reads += types.size(x.type) * bits(x.type) // 8
        self.put(f"{name} = {self.scalars.to(loaded, register(x.type)).text}")
        return Expr(name, register(x.type), self._dims(x))

    def _compute(self, op: Operation) -> None:
        if isinstance(op, arith.ConstantOp):
            number = types.constant_value(op.result)
            assert number is not None
            self.known[op.result] = self.scalars.constant(number, register(op.result.type))
            return
        assert isinstance(op, kernel.GenericOp)
        for d, arg in enumerate(op.block.args):
            self.arguments_of_loops[arg] = d
        indices = self._indices(op)
        if len(op.block.args) < len(self.sizes):
            more = (0,) * (len(self.sizes) - len(op.block.args))
            indices.forms = {x: ((*f[0], *more), f[1]) for x, f in indices.forms.items()}
            indices.sizes = self.sizes
        for x, value in zip(op.res, self.body(op.block, op.yielded, indices)):
            simple = value.literal or value.text.isidentifier()
            self.known[x] = value if simple else self.let(self.value_name(x), value)

    def _element(self, origin: SSAValue, x: SSAValue) -> Expr:
        """The own element of a value that a step gives; `origin` is what x means outside."""
        if x in self.known:
            return self.known[x]
        return self.known[origin] if origin in self.known else self.value(origin)

    def _whole(self, value: Expr, like: SSAValue) -> Expr:
        """A value for all elements of a program, as `like` has them."""
        value = self.scalars.tensor(value)
        if types.rank(like.type) and not self.is_whole(value):
            text = f"tl.broadcast_to({value.text}, {self.tile_shape})"
            value = replace(value, text=text, dims=frozenset(self.tile), level=9)
        return value
