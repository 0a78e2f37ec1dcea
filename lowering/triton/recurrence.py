"""
The kernel of `kernel.recurrence`: blocks of steps by `tl.associative_scan`, one block after the
other.

A program has some elements of the carried value. For each block of steps it composes the steps to
prefixes, and applies all prefixes to the value before the block. Steps are h ↦ a h + b, or
h ↦ max(h + a, b).

Composed steps may lose what a loop keeps: a product of factors overflows where the loop has small
values, and 0 · ∞ is no number. So a program that finds factors whose product may exceed 1024 in a
block, or a result that is no finite number, runs the steps of this block one after the other. Then
each value is that of the loop, also for NaN and infinities.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects.builtin import BFloat16Type, Float16Type, Float32Type, Float64Type
from xdsl.ir import SSAValue

from ...dialects import kernel, types
from .expressions import number, register, storage
from .index_forms import NARROW
from .kernels import Kernel, Names, bits, described
from .launcher import Launcher
from .tiles import power, warps_for

STEPS = 1024
"""The elements of a block: steps times lanes."""
LANES = 32
GROWTH = 10
"""The logarithm, to base 2, of the largest product of factors in a block."""
LARGEST = {
    Float16Type: 65504.0,
    BFloat16Type: 3.3895313892515355e38,
    Float32Type: 3.4028234663852886e38,
    Float64Type: 1.7976931348623157e308,
}
"""The largest finite numbers."""


def recurrence(launcher: Launcher, op: kernel.RecurrenceOp) -> None:
    """Write the kernel of a recurrence, and its launch."""
    if op.trips == 0 or types.size(op.init.type) == 0:
        launcher.put(f"{launcher.name_of(op.last)} = {launcher.name_of(op.init)}.clone()")
        launcher.allocate(op.before)
        return
    name = launcher.file.globals.fresh(f"{launcher.name}_{launcher.name_of(op.last)}")
    launcher.launch(RecurrenceWriter(name, launcher, op).kernel())


@dataclass
class Affine:
    """
    What the actions so far make of h, as names of tiles: a h + b, or max(h + a, b). None is the
    identity: 1 or 0.
    """

    a: str | None = None
    b: str | None = None


class RecurrenceWriter:
    """Writes the kernel of one recurrence."""

    def __init__(self, name: str, launcher: Launcher, op: kernel.RecurrenceOp):
        self.name, self.launcher, self.op = name, launcher, op
        self.lines: list[str] = []
        self.indent = ""
        self.names = Names({"h", "lane", "inside", "start", "at", "row", "place", "ok", "bad"})
        self.lanes_all = types.size(op.init.type)
        self.dtype = register(op.init.type)
        self.is_float = self.dtype.startswith("float")
        self.short = storage(op.init.type) != self.dtype
        self.parameters: dict[SSAValue, str] = {}
        self.used: set[str] = set()

    def put(self, text: str) -> None:
        self.lines.append(self.indent + text)

    def let(self, hint: str, text: str) -> str:
        name = self.names.fresh(hint)
        self.put(f"{name} = {text}")
        return name

    def helper(self, name: str) -> str:
        self.launcher.file.scalars.helpers.add(name)
        return name

    def pointer(self, x: SSAValue) -> str:
        if x not in self.parameters:
            self.parameters[x] = self.names.fresh(f"{self.launcher.name_of(x)}_ptr")
        return self.parameters[x]

    def loaded(self, x: SSAValue, place: str, mask: str) -> str:
        """The text of a load, in the type of the registers."""
        if storage(x.type) == "int1":
            return f"tl.load({self.pointer(x)} + {place}, mask={mask}, other=0) != 0"
        text = f"tl.load({self.pointer(x)} + {place}, mask={mask}, other=0)"
        return text if storage(x.type) == register(x.type) else f"{text}.to(tl.{self.dtype})"

    def literal(self, x: SSAValue | None) -> str | None:
        """A number, if an operand is one."""
        if x is None or types.is_bool(types.element(x.type)):
            return None
        value = types.constant_value(x)
        return None if value is None else number(value, self.dtype)

    def kernel(self) -> Kernel:
        op, n = self.op, self.op.trips
        stored = op.before.first_use is not None
        m = self.lanes_all
        lanes = min(power(m), LANES)
        block = max(min(STEPS // lanes, power(n)), 2)
        wide = ".to(tl.int64)" if n * m >= NARROW else ""
        row = f"{n - 1} - at" if op.is_reverse else "at"
        self.put("lane = tl.program_id(0) * LANES + tl.arange(0, LANES)")
        self.put(f"inside = lane < {m}")
        self.put(f"h = {self.loaded(op.init, 'lane', 'inside')}")
        fixed = {
            x: self.let("fixed", self.loaded(x, "lane", "inside"))
            for x in dict.fromkeys(op.xs)
            if not op.has_rows(x) and self.literal(x) is None
        }
        self.put(f"for start in range(0, {n}, STEPS):")
        self.indent = "    "
        self.put("at = start + tl.arange(0, STEPS)")
        self.put(f"ok = (at < {n})[:, None] & inside[None, :]")
        self.put(f"place = ({row}){wide}[:, None] * {m} + lane[None, :]")
        tiles: dict[SSAValue, str] = {}
        for x in dict.fromkeys(op.xs):
            if (text := self.literal(x)) is not None:
                tiles[x] = self.let("number", f"tl.full([1, 1], {text}, tl.{self.dtype})")
            elif x in fixed:
                tiles[x] = f"{fixed[x]}[None, :]"
            else:
                tiles[x] = self.let("x", self.loaded(x, "place", "ok"))
        after, bad = self.composed(tiles)
        if bad is None:
            self.parallel(after, stored, n, m, wide)
        else:
            self.put(f"bad = tl.sum(tl.sum(tl.where(ok & ({bad}), 1, 0), axis=1), axis=0)")
            self.put("if bad == 0:")
            self.indent = "        "
            self.parallel(after, stored, n, m, wide)
            self.indent = "    "
            self.put("else:")
            self.indent = "        "
            self.in_order(fixed, stored, n, m, wide)
        self.indent = ""
        self.put(f"tl.store({self.pointer(op.last)} + lane, h, mask=inside)")
        outputs: list[SSAValue] = [op.last, *([op.before] if stored else [])]
        order = sorted(self.parameters, key=lambda x: x in outputs)
        size = bits(op.init.type) // 8
        return Kernel(
            self.name,
            self.lines,
            list(order),
            [self.parameters[x] for x in order],
            list(outputs),
            -(-m // lanes),
            {"STEPS": block, "LANES": lanes},
            warps_for(block * lanes),
            op,
            reads=sum(types.size(x.type) * bits(x.type) // 8 for x in order if x not in outputs),
            writes=(m + (n * m if stored else 0)) * size,
            work=n * m * len(op.actions) * 2,
            points=n * m,
            dtype=storage(op.init.type),
            made=[f"{self.launcher.name_of(x)}: {described(x)}" for x in outputs],
        )

    # A block at once.

    def composed(self, tiles: dict[SSAValue, str]) -> tuple[str, str | None]:
        """
        The values of h after each step of a block, and the condition under which they may not be
        those of the loop.
        """
        extremum = self.op.extremum
        if extremum is not None:
            return self.extrema(tiles, extremum)
        step = self.affine(tiles)
        zero, one = ("0.0", "1.0") if self.is_float else ("0", "1")
        b = self.full("b", step.b, zero)
        if step.a is None:
            sums = self.let("sums", f"tl.associative_scan({b}, 0, {self.helper('_plus')})")
            after = self.let("after", f"h[None, :] + {sums}")
            return after, self.not_finite(after) if self.is_float else None
        a = self.full("a", step.a, one)
        pair = f"tl.associative_scan(({a}, {b}), 0, {self.helper('_compose')})"
        factors, sums = self.names.fresh("factors"), self.names.fresh("sums")
        self.put(f"{factors}, {sums} = {pair}")
        after = self.let("after", f"{factors} * h[None, :] + {sums}")
        if not self.is_float:
            return after, None
        size = self.let("size", f"tl.maximum(tl.abs({a}), 1.0)")
        growth = self.let("growth", f"tl.sum(tl.where(ok, tl.log2({size}), 0.0), axis=0)")
        steep = f"~(tl.abs({a}) <= {float(1 << GROWTH)}) | ({growth} > {float(GROWTH)})[None, :]"
        return after, f"{steep} | {self.not_finite(after)}"

    def not_finite(self, x: str) -> str:
        largest = LARGEST[type(types.element(self.op.init.type))]
        return f"~(tl.abs({x}) <= {largest!r})"

    def full(self, hint: str, x: str | None, identity: str) -> str:
        """A tile of the size of the block."""
        text = identity if x is None else x
        whole = f"tl.zeros([STEPS, LANES], tl.{self.dtype})"
        return self.let(hint, f"{whole} + {text}" if text != "0.0" else whole)

    def affine(self, tiles: dict[SSAValue, str]) -> Affine:
        """One step of each row of the block, as a h + b."""
        zero, one = ("0.0", "1.0") if self.is_float else ("0", "1")
        unit = self.let("unit", f"tl.full([1, 1], {one}, tl.{self.dtype})")
        now, stack = Affine(), list[Affine]()
        for name, x in self.op.steps:
            tile = "" if x is None else tiles[x]
            match name:
                case "add":
                    now = Affine(now.a, self.both("+", now.b, tile))
                case "mul":
                    b = None if now.b is None else self.both("*", now.b, tile)
                    now = Affine(self.both("*", now.a, tile), b)
                case "keep" | "void":
                    a = self.let("a", f"tl.where({tile}, {now.a or unit}, {zero})")
                    b = now.b and self.let("b", f"tl.where({tile}, {now.b}, {zero})")
                    now = Affine(a, b)
                case "mark":
                    stack.append(now)
                case "swap":
                    now, stack[-1] = stack[-1], now
                case "settle":
                    stack.pop()
                case _:
                    other = stack.pop()
                    a = self.both("+", other.a or unit, now.a or unit)
                    b = other.b if now.b is None else self.both("+", other.b, now.b)
                    now = Affine(a, b)
        return now

    def both(self, sign: str, a: str | None, b: str) -> str:
        """The sum or product of two tiles, of which the first may be the identity."""
        return b if a is None else self.let("a", f"{a} {sign} {b}")

    def joined(self, extremum: str) -> str:
        """The function that takes the larger or the smaller of two numbers."""
        return self.helper(f"_{extremum}imum" if self.is_float else f"_{extremum}_of_two")

    def extrema(self, tiles: dict[SSAValue, str], extremum: str) -> tuple[str, str | None]:
        """The steps as max(h + a, b), or with the minimum."""
        join = self.joined(extremum)
        now = Affine()
        for name, x in self.op.steps:
            assert x is not None
            if name == "add":
                now.a = self.both("+", now.a, tiles[x])
                now.b = now.b and self.both("+", now.b, tiles[x])
            else:
                now.b = tiles[x] if now.b is None else self.let("b", f"{join}({now.b}, {tiles[x]})")
        assert now.b is not None
        whole = f"tl.broadcast_to({now.b}, [STEPS, LANES])"
        b = self.let("b", whole)
        if now.a is None:
            bounds = self.let("bounds", f"tl.associative_scan({b}, 0, {join})")
            return self.let("after", f"{join}(h[None, :], {bounds})"), None
        a = self.full("a", now.a, "0.0")
        combine = self.helper(f"_compose_{extremum}")
        sums, bounds = self.names.fresh("sums"), self.names.fresh("bounds")
        self.put(f"{sums}, {bounds} = tl.associative_scan(({a}, {b}), 0, {combine})")
        after = self.let("after", f"{join}(h[None, :] + {sums}, {bounds})")
        return after, self.not_finite(after)

    def parallel(self, after: str, stored: bool, n: int, m: int, wide: str) -> None:
        """Store the values before the steps of a block, and take the last value."""
        reverse = self.op.is_reverse
        if stored:
            pointer = self.pointer(self.op.before)
            first = self.row("start", n, wide)
            self.put(f"tl.store({pointer} + {first} * {m} + lane, h, mask=inside)")
            following = "-" if reverse else "+"
            self.put(
                f"tl.store({pointer} + (place {following} {m}), {after}, "
                f"mask=ok & (at + 1 < tl.minimum(start + STEPS, {n}))[:, None])"
            )
        # The bits of the last value: a sum with zeros would lose the sign of -0.0.
        kind = f"int{self.dtype.removeprefix('float')}" if self.is_float else self.dtype
        value = f"{after}.to(tl.{kind}, bitcast=True)" if self.is_float else after
        last = f"(at == tl.minimum(start + STEPS, {n}) - 1)[:, None]"
        text = f"tl.sum(tl.where({last}, {value}, 0), axis=0).to(tl.{kind})"
        text = f"{text}.to(tl.{self.dtype}, bitcast=True)" if self.is_float else text
        if self.short:
            text = f"({text}).to(tl.{storage(self.op.init.type)}).to(tl.{self.dtype})"
        self.put(f"h = {text}")

    def row(self, step: str, n: int, wide: str) -> str:
        """The row that a step takes. A number of a loop is no tensor in the interpreter."""
        row = f"({n - 1} - {step})" if self.op.is_reverse else step
        return f"(lane * 0 + {row}){wide}" if wide else row

    # One step after the other.

    def in_order(self, fixed: dict[SSAValue, str], stored: bool, n: int, m: int, wide: str) -> None:
        self.put(f"for k in range(start, tl.minimum(start + STEPS, {n})):")
        self.indent += "    "
        self.put(f"row = {self.row('k', n, wide)} * {m} + lane")
        if stored:
            self.put(f"tl.store({self.pointer(self.op.before)} + row, h, mask=inside)")
        values: dict[SSAValue, str] = {}
        for x in dict.fromkeys(self.op.xs):
            text = self.literal(x) or fixed.get(x)
            values[x] = text or self.let("x", self.loaded(x, "row", "inside"))
        stack: list[str] = []
        for name, x in self.op.steps:
            value = "" if x is None else values[x]
            match name:
                case "add" | "mul":
                    sign = "+" if name == "add" else "*"
                    self.put(f"h = {self.rounded(f'h {sign} {value}')}")
                case "keep" | "void":
                    zero = "0" if not self.is_float else "0.0" if name == "keep" else "-0.0"
                    self.put(f"h = tl.where({value}, h, {zero})")
                case "mark":
                    stack.append(self.let("g", "h"))
                case "swap":
                    other = self.let("g", "h")
                    self.put(f"h = {stack.pop()}")
                    stack.append(other)
                case "settle":
                    self.put(f"h = tl.where((h == h) | ({stack.pop()} != 0.0), h, 0.0)")
                case "join":
                    self.put(f"h = {self.rounded(f'{stack.pop()} + h')}")
                case _:
                    self.put(f"h = {self.joined(name)}(h, {value})")

    def rounded(self, text: str) -> str:
        if not self.short:
            return text
        return f"({text}).to(tl.{storage(self.op.init.type)}).to(tl.{self.dtype})"
