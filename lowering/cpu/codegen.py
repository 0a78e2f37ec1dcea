"""
One `kernel.generic` as LLVM IR text.

A nest becomes a function over one pointer per tensor or scalar that it reads and per result, and a
range of its outermost loop, which is what threads share out. Pointers are `noalias`, so that LLVM
may keep a sum in a register and vectorize around it. Reductions accumulate into their results,
which begin with the combiner's identity.

Loops: the one along which most accesses move by one element is innermost; loops that all accesses
move along as along one are made one. Integer operations that LLVM leaves undefined have the values
that the reference gives them.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import (
    Float32Type,
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
)
from xdsl.ir import Attribute, BlockArgument, Operation, SSAValue

from ...dialects import kernel, ten, types
from ...dialects.types import ints, shape
from ...passes.diagnostics import LetgradError

Slots = Callable[[SSAValue], int]
"""Where the arrays of a function are, in the list that its nests are given."""

ITEMS = object.__basicsize__ + ctypes.sizeof(ctypes.c_ssize_t)
DATA = object.__basicsize__
"""
Where CPython's lists have the pointer to their items, and NumPy's arrays that to their data;
`machine` checks it.
"""

Linear = tuple[tuple[int, ...], int]
"""Elements by which an access moves along each loop, and where it begins."""

LIBM = {
    math.AcosOp: "acos", math.AcoshOp: "acosh", math.AsinOp: "asin", math.AsinhOp: "asinh", math.Atan2Op: "atan2",
    math.AtanOp: "atan", math.AtanhOp: "atanh", math.CbrtOp: "cbrt", math.CosOp: "cos", math.CoshOp: "cosh",
    math.ErfOp: "erf", math.Exp2Op: "exp2", math.ExpM1Op: "expm1", math.ExpOp: "exp", math.Log10Op: "log10",
    math.Log1pOp: "log1p", math.Log2Op: "log2", math.LogOp: "log", math.PowFOp: "pow", math.SinOp: "sin",
    math.SinhOp: "sinh", math.TanOp: "tan", math.TanhOp: "tanh",
}  # fmt: skip

INTRINSICS = {
    arith.MaximumfOp: "maximum", arith.MinimumfOp: "minimum", arith.MaxnumfOp: "maxnum", arith.MinnumfOp: "minnum",
    math.AbsFOp: "fabs", math.CeilOp: "ceil", math.CopySignOp: "copysign", math.FloorOp: "floor", math.FmaOp: "fma",
    math.RoundEvenOp: "roundeven", math.RoundOp: "round", math.SqrtOp: "sqrt", math.TruncOp: "trunc",
    math.CtPopOp: "ctpop", arith.MaxSIOp: "smax", arith.MinSIOp: "smin", arith.MaxUIOp: "umax", arith.MinUIOp: "umin",
}  # fmt: skip

BINARY = {
    arith.AddfOp: "fadd", arith.SubfOp: "fsub", arith.MulfOp: "fmul", arith.DivfOp: "fdiv",
    arith.AddiOp: "add", arith.SubiOp: "sub", arith.MuliOp: "mul", arith.AndIOp: "and", arith.OrIOp: "or",
    arith.XOrIOp: "xor",
}  # fmt: skip

MVEC = frozenset(
    "acos acosh asin asinh atan atan2 atanh cbrt cos cosh erf exp exp2 expm1 log log10 log1p log2 pow sin sinh tan tanh".split()
)
"""What glibc's libmvec has for vectors (since 2.35; sin, cos, exp, log and pow since 2.22)."""


def register(type: Attribute) -> str:
    """The LLVM type of a scalar in a register."""
    match type:
        case Float64Type():
            return "double"
        case Float32Type():
            return "float"
        case IndexType():
            return "i64"
        case IntegerType():
            return f"i{type.width.data}"
        case _:
            raise LetgradError(f"the cpu backend has no registers for {type}")


def stored(type: Attribute) -> str:
    """The LLVM type of an element in memory: truth values take a byte."""
    return "i8" if types.is_bool(type) else register(type)


def number(value: float | int, type: Attribute) -> str:
    """A constant in LLVM's spelling."""
    if isinstance(type, Float64Type | Float32Type):
        return f"0x{struct.unpack('<Q', struct.pack('<d', float(value)))[0]:016X}"
    return str(int(value) & 1) if types.is_bool(type) else str(int(value))


@dataclass
class Access:
    """
    A read of a tensor, or a write of a result, by how it moves along the loops; None where it does
    not move evenly.
    """

    type: Attribute
    linear: Linear | None


class Codegen:
    """Writes the function of one nest."""

    def __init__(
        self,
        nest: kernel.GenericOp | kernel.ScatterOp,
        name: str,
        mvec: str,
        slots: Slots,
        in_place: Mapping[SSAValue, int] | None = None,
        strict: bool = False,
    ):
        self.nest, self.name, self.mvec, self.slots = nest, name, mvec, slots
        self.in_place = in_place or {}
        """The inputs that have the memory of a result, and of which: they share its pointer."""
        self.strict = strict
        """Whether loops keep their order, and sums theirs."""
        self.domain = nest.domain.value.data if isinstance(nest, kernel.ScatterOp) else None
        """How many loops are around the computation of a scatter's places."""
        self.sizes = ints(nest.loops)
        self.outputs: list[tuple[str, tuple[int, ...]]] = (
            [("add", ())] if isinstance(nest, kernel.ScatterOp) else nest.outputs
        )
        self.lines: list[str] = []
        self.declared: dict[str, str] = {}
        self.counter = 0
        self.inputs = list(
            dict.fromkeys(x for op in nest.block.ops for x in op.operands if not _is_in(x, nest))
        )
        self.forms: dict[SSAValue, Linear] = {}
        for k, arg in enumerate(nest.block.args):
            self.forms[arg] = (tuple(int(k == d) for d in range(len(self.sizes))), 0)
        for op in nest.block.ops:
            self._form(op)
        if self.domain is None:
            self._order()
        else:
            self._keep_order()

    # Loops.

    def _keep_order(self) -> None:
        """
        A scatter's loops are as they are: whatever falls into one place is summed in their order.
        """
        self.loops = [[d] for d in range(len(self.sizes))]
        self.trips = list(self.sizes)
        self.partial: list[int] = []

    def _form(self, op: Operation) -> None:
        """Index arithmetic as a linear form over the loops, where it is one."""
        if len(op.results) != 1 or not isinstance(op.results[0].type, IndexType):
            return
        given = [self.forms.get(x) for x in op.operands]
        zero = (0,) * len(self.sizes)
        match op:
            case arith.ConstantOp(value=IntegerAttr()):
                self.forms[op.result] = (zero, op.value.value.data)  # type: ignore[union-attr]
            case arith.AddiOp() | arith.SubiOp() if given[0] is not None and given[1] is not None:
                sign = 1 if isinstance(op, arith.AddiOp) else -1
                (a, c), (b, d) = given[0], given[1]
                self.forms[op.result] = (tuple(x + sign * y for x, y in zip(a, b)), c + sign * d)
            case arith.MuliOp() if given[0] is not None and given[1] is not None:
                for (a, c), (b, d) in ((given[0], given[1]), (given[1], given[0])):
                    if not any(b):
                        self.forms[op.result] = (tuple(x * d for x in a), c * d)

    def _linear(self, type: Attribute, indices: Sequence[SSAValue]) -> Linear | None:
        """How an access at these indices moves."""
        moves, begin, stride = [0] * len(self.sizes), 0, 1
        for i, n in reversed(list(zip(indices, shape(type)))):
            form = self.forms.get(i)
            if form is None:
                return None
            moves = [m + stride * c for m, c in zip(moves, form[0])]
            begin, stride = begin + stride * form[1], stride * n
        return tuple(moves), begin

    def _order(self) -> None:
        """Choose the order of the loops, and join those that are one."""
        n = len(self.sizes)
        accesses = []
        fixed: set[int] = set()
        for op in self.nest.block.ops:
            if isinstance(op, kernel.LoadOp):
                linear = self._linear(op.t.type, op.indices)
                accesses.append(linear)
                if linear is None or "in_bounds" not in op.attributes:
                    fixed |= self._loops_of(op.indices)
            elif not isinstance(op, kernel.YieldOp) and not _is_index(op):
                fixed |= self._loops_of([x for x in op.operands if isinstance(x.type, IndexType)])
            elif _is_index(op) and op.results[0] not in self.forms:
                fixed |= self._loops_of(op.operands)
        for value in self.nest.yielded:
            if isinstance(value.type, IndexType):
                fixed |= self._loops_of([value])
        self.writes: list[Linear] = []
        for _, dims in self.outputs:
            stride, moves = 1, [0] * n
            for d in reversed(dims):
                moves[d], stride = stride, stride * self.sizes[d]
            self.writes.append((tuple(moves), 0))
        known = [a for a in accesses if a is not None] + self.writes
        order = list(range(n))
        if n > 1 and not self.strict:
            # Moving by one element costs least, standing still nothing, anything else a cache line.
            cost = [
                sum(0 if a[0][d] == 0 else 1 if abs(a[0][d]) == 1 else 8 for a in known)
                for d in range(n)
            ]
            candidates = [d for d in range(n) if self.sizes[d] >= 8] or order
            inner = min(reversed(candidates), key=lambda d: cost[d])
            order.remove(inner)
            order.append(inner)
        self.loops: list[list[int]] = []
        """Loops, outermost first; each is one or several of the nest's, joined."""
        for d in order:
            if self.loops and d not in fixed and self.loops[-1][-1] not in fixed:
                last = self.loops[-1][-1]
                if (
                    all(a[0][last] == self.sizes[d] * a[0][d] for a in known)
                    and None not in accesses
                ):
                    self.loops[-1].append(d)
                    continue
            self.loops.append([d])
        self.trips = [_product(self.sizes[d] for d in group) for group in self.loops]
        self.partial = [
            k
            for k, (_, dims) in enumerate(self.outputs)
            if not self.loops or any(d not in dims for d in self.loops[0])
        ]
        """The results that parts of the outermost loop all add to."""

    def _loops_of(self, values: Sequence[SSAValue]) -> set[int]:
        """The loops that values are computed from."""
        found: set[int] = set()
        pending, seen = list(values), set()
        while pending:
            x = pending.pop()
            if x in seen:
                continue
            seen.add(x)
            if isinstance(x, BlockArgument) and x.block is self.nest.block:
                found.add(x.index)
            elif isinstance(x.owner, Operation) and _is_in(x, self.nest):
                pending.extend(x.owner.operands)
        return found

    # Text.

    def fresh(self, hint: str = "v") -> str:
        self.counter += 1
        return f"%{hint}{self.counter}"

    def put(self, text: str) -> None:
        self.lines.append(f"  {text}")

    def let(self, text: str) -> str:
        name = self.fresh()
        self.put(f"{name} = {text}")
        return name

    def declare(self, name: str, text: str) -> str:
        self.declared.setdefault(name, text)
        return name

    def function(self) -> str:
        """The definition; `declared` then has what it needs outside."""
        pointers = [f"%in{k}" for k in range(len(self.inputs))] + [
            f"%out{k}" for k in range(len(self.nest.res))
        ]
        self.values: dict[SSAValue, str] = {}
        self.pointer = dict(zip(self.inputs, pointers))
        # Pointers are noalias.
        self.pointer |= {x: f"%out{k}" for x, k in self.in_place.items()}
        for x in self.inputs:
            if not types.rank(x.type):
                self.values[x] = self._load(self.pointer[x], "0", x.type)
        self.block = "entry"
        for k in range(len(self.nest.res)):
            self._initialize(k)
        if all(self.sizes):
            self._loop(0, {})
        self.put("ret void")
        arguments = "".join(f"ptr noalias nocapture {p}, " for p in pointers)
        values = [*self.inputs, *self.nest.res]
        loads = "\n".join(self._pointer(k, self.slots(x)) for k, x in enumerate(values))
        call = "".join(f"ptr %a{k}, " for k in range(len(values)))
        body = "\n".join(self.lines)
        attributes = 'nounwind "prefer-vector-width"="512"'
        return (
            f"define internal void @{self.name}.nest({arguments}i64 %lo, i64 %hi) {attributes} {{\n"
            f"entry:\n{body}\n}}\n\n"
            f"define void @{self.name}(ptr %args, i64 %lo, i64 %hi) {attributes} {{\nentry:\n"
            f"  %items.at = getelementptr i8, ptr %args, i64 {ITEMS}\n  %items = load ptr, ptr "
            f"%items.at\n{loads}\n"
            f"  call void @{self.name}.nest({call}i64 %lo, i64 %hi)\n  ret void\n}}\n"
        )

    @staticmethod
    def _pointer(k: int, slot: int) -> str:
        """`%a<k>`: the data of the array at a slot."""
        return (
            f"  %s{k} = getelementptr ptr, ptr %items, i64 {slot}\n  %o{k} = load ptr, ptr %s{k}\n"
            f"  %d{k} = getelementptr i8, ptr %o{k}, i64 {DATA}\n  %a{k} = load ptr, ptr %d{k}"
        )

    def _initialize(self, k: int) -> None:
        """
        Let a result that is accumulated begin with its combiner's identity, over the whole of it.
        """
        combiner, dims = self.outputs[k]
        if combiner == "store":
            return
        type = types.element(self.nest.res[k].type)
        identity = (
            number(*_identity(combiner, type))
            if not types.is_bool(type)
            else str(int(combiner == "all"))
        )
        size = _product(self.sizes[d] for d in dims)

        def store(i: str) -> None:
            address = self._address(f"%out{k}", i, type)
            self.put(f"store {stored(type)} {identity}, ptr {address}")

        if self.domain is not None:
            # Parts are rows of the result.
            width = _product(shape(self.nest.res[k].type)[len(self.nest.dims) and 1 :])
            low, high = (self.let(f"mul i64 {end}, {width}") for end in ("%lo", "%hi"))
            self._counted(low, high, store)
            return
        if k in self.partial:
            if size == 1:
                store("0")
            else:
                self._counted("0", str(size), store)
            return
        # Each part its own, which is in one piece only if the outermost loop is so in the result.
        width = self.writes[k][0][self.loops[0][-1]]
        blocks = size // (width * self.trips[0]) if size else 0

        def part(begin: str) -> None:
            low, high = (
                self.let(f"add i64 {begin}, {self.let(f'mul i64 {end}, {width}')}")
                for end in ("%lo", "%hi")
            )
            self._counted(low, high, store)

        if blocks == 1:
            part("0")
        else:
            self._counted(
                "0", str(blocks), lambda q: part(self.let(f"mul i64 {q}, {width * self.trips[0]}"))
            )

    def _counted(self, low: str, high: str, body) -> None:  # type: ignore[no-untyped-def]
        """A loop from `low` to `high`; `body(i)` writes what is in it."""
        head, inside, after = (self.fresh("b")[1:] for _ in range(3))
        before = self.block
        self.put(f"br label %{head}")
        self.lines.append(f"{head}:")
        i, following = self.fresh("i"), self.fresh("i")
        place = len(self.lines)
        self.put("")
        more = self.let(f"icmp slt i64 {i}, {high}")
        self.put(f"br i1 {more}, label %{inside}, label %{after}")
        self.lines.append(f"{inside}:")
        self.block = inside
        body(i)
        self.put(f"{following} = add nuw nsw i64 {i}, 1")
        self.put(f"br label %{head}")
        self.lines[place] = f"  {i} = phi i64 [ {low}, %{before} ], [ {following}, %{self.block} ]"
        self.lines.append(f"{after}:")
        self.block = after

    def _loop(self, depth: int, counters: dict[int, str]) -> None:
        """The loops from `depth` on; `counters` are those around, by their place in `loops`."""
        if depth == self.domain:
            self._scatter(counters)
            return
        self._inner_loop(depth, counters)

    def _inner_loop(self, depth: int, counters: dict[int, str]) -> None:
        if depth == len(self.loops):
            self._body(counters)
            return
        outermost = depth == 0 and self.domain is None
        low, high = ("%lo", "%hi") if outermost else ("0", str(self.trips[depth]))
        self._counted(low, high, lambda i: self._loop(depth + 1, {**counters, depth: i}))

    def _offset(self, linear: Linear, counters: dict[int, str]) -> str:
        """Where an access is, in elements."""
        total = ""
        for g, group in enumerate(self.loops):
            move = linear[0][group[-1]]
            if move:
                step = counters[g] if move == 1 else self.let(f"mul nsw i64 {counters[g]}, {move}")
                total = step if not total else self.let(f"add nsw i64 {total}, {step}")
        if linear[1] or not total:
            total = str(linear[1]) if not total else self.let(f"add nsw i64 {total}, {linear[1]}")
        return total

    def _compute(
        self, yielded: Sequence[SSAValue], known: dict[SSAValue, str], counters: dict[int, str]
    ) -> dict[SSAValue, str]:
        """What the body has for these of its values, where some are known."""
        values = dict(known)
        for g, group in enumerate(self.loops):
            if len(group) == 1 and g in counters:
                values[self.nest.block.args[group[0]]] = counters[g]
        needed = self._needed(yielded)
        for op in self.nest.block.ops:
            if op in needed and op.results[0] not in values:
                values[op.results[0]] = self._op(op, values, counters)
        return values

    def _body(self, counters: dict[int, str]) -> None:
        yielded = self.nest.yielded if self.domain is None else self.nest.yielded[:1]
        values = self._compute(yielded, self.values, counters)
        if self.domain is None:
            for k, value in enumerate(yielded):
                self._write(k, values[value], self.writes[k], counters)
            return
        rest = _product(self.sizes[self.domain :])
        moves = [0] * len(self.sizes)
        stride = 1
        for d in reversed(range(self.domain, len(self.sizes))):
            moves[d], stride = stride, stride * self.sizes[d]
        base = self.base if rest == 1 else self.let(f"mul nsw i64 {self.base}, {rest}")
        self._write(0, values[yielded[0]], (tuple(moves), 0), counters, base)

    def _scatter(self, counters: dict[int, str]) -> None:
        """
        A scatter's place for these indices; and what is around it, if that is inside, and a row of
        this thread.
        """
        assert isinstance(self.nest, kernel.ScatterOp)
        places = self.nest.yielded[1:]
        outside = self.values
        self.values = self._compute(places, outside, counters)
        inside, self.base = "", "0"
        for k, (place, n) in enumerate(zip(places, ints(self.nest.dims))):
            x = self.values[place]
            if k == 0:
                here = self.let(
                    f"and i1 {self.let(f'icmp sge i64 {x}, %lo')}, "
                    f"{self.let(f'icmp slt i64 {x}, %hi')}"
                )
                inside, self.base = here, x
            else:
                here = self.let(f"icmp ult i64 {x}, {n}")
                inside = self.let(f"and i1 {inside}, {here}")
                self.base = self.let(f"add i64 {self.let(f'mul i64 {self.base}, {n}')}, {x}")
        if not inside:
            self._inner_loop(self.domain or 0, counters)
        else:
            add, after = self.fresh("b")[1:], self.fresh("b")[1:]
            self.put(f"br i1 {inside}, label %{add}, label %{after}")
            self.lines.append(f"{add}:")
            self.block = add
            self._inner_loop(self.domain or 0, counters)
            self.put(f"br label %{after}")
            self.lines.append(f"{after}:")
            self.block = after
        self.values = outside

    def _needed(self, yielded: Sequence[SSAValue]) -> set[Operation]:
        """The ops to write: not those that only gave indices which are known as linear forms."""
        needed: set[Operation] = set()
        pending = list(yielded)
        while pending:
            x = pending.pop()
            op = x.owner
            if not isinstance(op, Operation) or op in needed or not _is_in(x, self.nest):
                continue
            needed.add(op)
            if isinstance(op, kernel.LoadOp):
                if "in_bounds" not in op.attributes or self._linear(op.t.type, op.indices) is None:
                    pending.extend(op.indices)
            else:
                pending.extend(op.operands)
        return needed

    def _write(
        self, k: int, value: str, place: Linear, counters: dict[int, str], base: str = "0"
    ) -> None:
        combiner, _ = self.outputs[k]
        type = types.element(self.nest.res[k].type)
        offset = self._offset(place, counters)
        if base != "0":
            offset = base if offset == "0" else self.let(f"add nsw i64 {base}, {offset}")
        address = self._address(f"%out{k}", offset, type)
        if types.is_bool(type):
            value = self.let(f"zext i1 {value} to i8")
        if combiner != "store":
            old = self.let(f"load {stored(type)}, ptr {address}")
            value = self._combine(combiner, old, value, type)
        self.put(f"store {stored(type)} {value}, ptr {address}")

    def _combine(self, combiner: str, a: str, b: str, type: Attribute) -> str:
        t = stored(type)
        floating = types.is_float(type)
        flags = "" if self.strict else " reassoc nsz"
        match combiner:
            case "add":
                return self.let(f"{f'fadd{flags}' if floating else 'add'} {t} {a}, {b}")
            case "mul":
                return self.let(f"{f'fmul{flags}' if floating else 'mul'} {t} {a}, {b}")
            case "any":
                return self.let(f"or {t} {a}, {b}")
            case "all":
                return self.let(f"and {t} {a}, {b}")
            case _:
                name = (
                    ("maximum" if combiner == "max" else "minimum") if floating else f"s{combiner}"
                )
                return self._call_intrinsic(name, t, [a, b])

    def _address(self, pointer: str, offset: str, type: Attribute) -> str:
        return self.let(f"getelementptr inbounds {stored(type)}, ptr {pointer}, i64 {offset}")

    def _load(self, pointer: str, offset: str, type: Attribute) -> str:
        type = types.element(type)
        value = self.let(f"load {stored(type)}, ptr {self._address(pointer, offset, type)}")
        return self.let(f"trunc i8 {value} to i1") if types.is_bool(type) else value

    # Ops.

    def _op(self, op: Operation, values: dict[SSAValue, str], counters: dict[int, str]) -> str:
        result = op.results[0].type
        if isinstance(op, kernel.LoadOp):
            return self._load_op(op, values, counters)
        xs = [values[x] for x in op.operands]
        t = register(op.operands[0].type) if op.operands else register(result)
        kind = type(op)
        if isinstance(op, arith.ConstantOp):
            assert isinstance(op.value, IntegerAttr | FloatAttr)
            return number(op.value.value.data, result)
        if kind in BINARY:
            return self.let(f"{BINARY[kind]} {t} {xs[0]}, {xs[1]}")
        if kind in INTRINSICS:
            return self._call_intrinsic(INTRINSICS[kind], t, xs)
        if kind in LIBM:
            return self._call_libm(LIBM[kind], t, xs)
        match op:
            case arith.NegfOp():
                return self.let(f"fneg {t} {xs[0]}")
            case arith.CmpfOp():
                return self.let(
                    f"fcmp {arith.CMPF_COMPARISON_OPERATIONS[op.predicate.value.data]} {t} "
                    f"{xs[0]}, {xs[1]}"
                )
            case arith.CmpiOp():
                return self.let(
                    f"icmp {arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data]} {t} "
                    f"{xs[0]}, {xs[1]}"
                )
            case arith.SelectOp():
                r = register(result)
                return self.let(f"select i1 {xs[0]}, {r} {xs[1]}, {r} {xs[2]}")
            case math.RsqrtOp():
                root = self._call_intrinsic("sqrt", t, xs)
                return self.let(f"fdiv {t} {number(1.0, result)}, {root}")
            case math.FPowIOp():
                n = self.let(f"sitofp {register(op.rhs.type)} {xs[1]} to {t}")
                return self._call_libm("pow", t, [xs[0], n])
            case math.IPowIOp():
                return self._integer_power(xs[0], xs[1], t)
            case math.AbsIOp():
                return self._flagged("abs", t, xs[0])
            case math.CountLeadingZerosOp():
                return self._flagged("ctlz", t, xs[0])
            case math.CountTrailingZerosOp():
                return self._flagged("cttz", t, xs[0])
            case ten.CastOp():
                return self._cast(xs[0], op.x.type, result)
            case _ if len(xs) == 1:
                return self._convert(op, xs[0], op.operands[0].type, result)
            case _:
                return self._integer(op, xs[0], xs[1], t)

    def _load_op(
        self, op: kernel.LoadOp, values: dict[SSAValue, str], counters: dict[int, str]
    ) -> str:
        type, sizes = op.t.type, shape(op.t.type)
        pointer = self.pointer[op.t]
        linear = self._linear(type, op.indices)
        if "in_bounds" in op.attributes and linear is not None:
            return self._load(pointer, self._offset(linear, counters), type)
        if not types.size(type):
            return number(0, types.element(type))
        offset, inside = "0", ""
        for i, n in zip(op.indices, sizes):
            x = values[i]
            if "in_bounds" not in op.attributes and not self._is_inside(i, n):
                # Each index is kept inside by itself, so that a vector of the others stays one.
                here = self.let(f"icmp ult i64 {x}, {n}")
                x = self.let(f"select i1 {here}, i64 {x}, i64 0")
                inside = here if not inside else self.let(f"and i1 {inside}, {here}")
            row = self.let(f"mul i64 {offset}, {n}") if offset != "0" else "0"
            offset = x if row == "0" else self.let(f"add i64 {row}, {x}")
        value = self._load(pointer, offset, type)
        if not inside:
            return value
        r = register(types.element(type))
        return self.let(f"select i1 {inside}, {r} {value}, {r} {number(0, types.element(type))}")

    def _is_inside(self, i: SSAValue, n: int) -> bool:
        """Whether an index is known to be in 0..n-1 all over the loops."""
        form = self.forms.get(i)
        if form is None:
            return False
        ends = [c * max(m - 1, 0) for c, m in zip(form[0], self.sizes)]
        low = form[1] + sum(min(e, 0) for e in ends)
        high = form[1] + sum(max(e, 0) for e in ends)
        return 0 <= low and high < n

    def _call_intrinsic(self, name: str, t: str, xs: Sequence[str]) -> str:
        suffix = {"double": "f64", "float": "f32"}.get(t, t)
        full = f"llvm.{name}.{suffix}"
        self.declare(full, f"declare {t} @{full}({', '.join([t] * len(xs))})")
        return self.let(f"call {t} @{full}({', '.join(f'{t} {x}' for x in xs)})")

    def _flagged(self, name: str, t: str, x: str) -> str:
        """Intrinsics that take a flag which would allow undefined results: not here."""
        full = f"llvm.{name}.{t}"
        self.declare(full, f"declare {t} @{full}({t}, i1)")
        return self.let(f"call {t} @{full}({t} {x}, i1 false)")

    def _call_libm(self, name: str, t: str, xs: Sequence[str]) -> str:
        full = name if t == "double" else f"{name}f"
        parameters = ", ".join([t] * len(xs))
        attributes = "nounwind willreturn memory(none)"
        if self.mvec and name in MVEC:
            marks = "v" * len(xs)
            variants = []
            for letter in self.mvec:
                lanes = {"e": 64, "d": 32}[letter] // (8 if t == "double" else 4)
                vector = f"_ZGV{letter}N{lanes}{marks}_{full}"
                variants.append(f"_ZGV_LLVM_N{lanes}{marks}_{full}({vector})")
                wide = f"<{lanes} x {t}>"
                self.declare(
                    vector,
                    f"declare {wide} @{vector}({', '.join([wide] * len(xs))}) nounwind "
                    "willreturn memory(none)",
                )
            attributes += f' "vector-function-abi-variant"="{",".join(variants)}"'
        self.declare(full, f"declare {t} @{full}({parameters}) {attributes}")
        return self.let(f"call {t} @{full}({', '.join(f'{t} {x}' for x in xs)})")

    def _cast(self, x: str, source: Attribute, target: Attribute) -> str:
        """As `ten.cast` converts."""
        s, t = register(source), register(target)
        if source == target:
            return x
        if types.is_bool(target):
            zero = number(0, source)
            return self.let(
                f"{'fcmp une' if types.is_float(source) else 'icmp ne'} {s} {x}, {zero}"
            )
        if types.is_float(source) and types.is_float(target):
            return self.let(f"{'fpext' if s == 'float' else 'fptrunc'} {s} {x} to {t}")
        if types.is_float(source):
            return self._saturate("fptosi", x, s, t)
        if types.is_float(target):
            return self.let(f"{'uitofp' if types.is_bool(source) else 'sitofp'} {s} {x} to {t}")
        return self._resize(x, s, t, signed=not types.is_bool(source))

    def _resize(self, x: str, s: str, t: str, signed: bool) -> str:
        a, b = int(s[1:]), int(t[1:])
        if a == b:
            return x
        return self.let(f"{'trunc' if a > b else 'sext' if signed else 'zext'} {s} {x} to {t}")

    def _saturate(self, name: str, x: str, s: str, t: str) -> str:
        full = f"llvm.{name}.sat.{t}.{'f64' if s == 'double' else 'f32'}"
        self.declare(full, f"declare {t} @{full}({s})")
        return self.let(f"call {t} @{full}({s} {x})")

    def _convert(self, op: Operation, x: str, source: Attribute, target: Attribute) -> str:
        """As upstream's conversions convert: these read integers as they say, i1 too."""
        s, t = register(source), register(target)
        match op:
            case arith.ExtFOp() | arith.TruncFOp():
                return self._cast(x, source, target)
            case arith.SIToFPOp():
                return self.let(f"sitofp {s} {x} to {t}")
            case arith.UIToFPOp():
                return self.let(f"uitofp {s} {x} to {t}")
            case arith.FPToSIOp() | arith.FPToUIOp() if not types.is_bool(target):
                return self._saturate(
                    "fptosi" if isinstance(op, arith.FPToSIOp) else "fptoui", x, s, t
                )
            case arith.FPToSIOp() | arith.FPToUIOp():
                whole = self._call_intrinsic("trunc", s, [x])
                one_or_more = isinstance(op, arith.FPToUIOp)
                wanted = (
                    f"oge {s} {whole}, {number(1.0, source)}"
                    if one_or_more
                    else f"one {s} {whole}, {number(0.0, source)}"
                )
                return self.let(f"fcmp {wanted}")
            case arith.ExtSIOp() | arith.IndexCastOp() | arith.TruncIOp():
                return self._resize(x, s, t, signed=True)
            case arith.ExtUIOp():
                return self._resize(x, s, t, signed=False)
            case _:
                raise LetgradError(f"the cpu backend has no code for {op.name} to {target}", op)

    def _integer(self, op: Operation, a: str, b: str, t: str) -> str:
        """Divisions and shifts, with the reference's results where LLVM has none."""
        width = int(t[1:])
        match op:
            case arith.ShLIOp() | arith.ShRUIOp() | arith.ShRSIOp():
                inside = (
                    self.let(f"icmp ult {t} {b}, {width}")
                    if width > 1
                    else self.let(f"icmp eq i1 {b}, 0")
                )
                signed = isinstance(op, arith.ShRSIOp)
                amount = self.let(f"select i1 {inside}, {t} {b}, {t} {width - 1 if signed else 0}")
                name = {"arith.shli": "shl", "arith.shrui": "lshr"}.get(op.name, "ashr")
                shifted = self.let(f"{name} {t} {a}, {amount}")
                return shifted if signed else self.let(f"select i1 {inside}, {t} {shifted}, {t} 0")
            case arith.DivUIOp() | arith.RemUIOp() | arith.CeilDivUIOp():
                zero = self.let(f"icmp eq {t} {b}, 0")
                safe = self.let(f"select i1 {zero}, {t} 1, {t} {b}")
                name = "urem" if isinstance(op, arith.RemUIOp) else "udiv"
                value = self.let(f"{name} {t} {a}, {safe}")
                if isinstance(op, arith.CeilDivUIOp):
                    rest = self.let(f"urem {t} {a}, {safe}")
                    some = self.let(f"icmp ne {t} {rest}, 0")
                    value = self.let(
                        f"add {t} {value}, "
                        f"{self.let(f'zext i1 {some} to {t}') if width > 1 else some}"
                    )
                return self.let(f"select i1 {zero}, {t} 0, {t} {value}")
            case arith.DivSIOp() | arith.RemSIOp() | arith.FloorDivSIOp() | arith.CeilDivSIOp():
                return self._signed_division(op, a, b, t)
            case _:
                raise LetgradError(f"the cpu backend has no code for {op.name}", op)

    def _integer_power(self, a: str, b: str, t: str) -> str:
        """
        By squaring, one step for each bit of the exponent; for negative ones the truncated quotient
        1 / a^-b.
        """
        width = int(t[1:])
        if width == 1:
            return self.let(f"or i1 {a}, {self.let(f'xor i1 {b}, true')}")
        power, square = "1", a
        for k in range(width - 1):
            bit = self.let(f"and {t} {b}, {1 << k}")
            there = self.let(f"icmp ne {t} {bit}, 0")
            longer = self.let(f"mul {t} {power}, {square}")
            power = self.let(f"select i1 {there}, {t} {longer}, {t} {power}")
            square = self.let(f"mul {t} {square}, {square}")
        # Of the reciprocals, those of 1 and -1 alone are not 0.
        negative = self.let(f"icmp slt {t} {b}, 0")
        unit = self.let(f"icmp ult {t} {self.let(f'add {t} {a}, 1')}, 3")
        nonzero = self.let(f"icmp ne {t} {a}, 0")
        odd = self.let(f"and {t} {b}, 1")
        is_odd = self.let(f"icmp ne {t} {odd}, 0")
        signed = self.let(f"select i1 {is_odd}, {t} {a}, {t} 1")
        inverse = self.let(
            f"select i1 {self.let(f'and i1 {unit}, {nonzero}')}, {t} {signed}, {t} 0"
        )
        return self.let(f"select i1 {negative}, {t} {inverse}, {t} {power}")

    def _signed_division(self, op: Operation, a: str, b: str, t: str) -> str:
        constant = types.constant_value(op.operands[1])
        plain = isinstance(constant, int) and constant > 0
        if plain:
            safe = b
        else:
            zero = self.let(f"icmp eq {t} {b}, 0")
            minus = self.let(f"icmp eq {t} {b}, -1")
            either = self.let(f"or i1 {zero}, {minus}")
            safe = self.let(f"select i1 {either}, {t} 1, {t} {b}")
        rest = self.let(f"srem {t} {a}, {safe}")
        if isinstance(op, arith.RemSIOp):
            value, by_minus_one = rest, "0"
        else:
            value = self.let(f"sdiv {t} {a}, {safe}")
            by_minus_one = "" if plain else self.let(f"sub {t} 0, {a}")
            if not isinstance(op, arith.DivSIOp):
                uneven = self.let(f"icmp ne {t} {rest}, 0")
                opposite = self.let(f"icmp slt {t} {self.let(f'xor {t} {a}, {safe}')}, 0")
                floor = isinstance(op, arith.FloorDivSIOp)
                off = opposite if floor else self.let(f"xor i1 {opposite}, true")
                both = self.let(f"and i1 {uneven}, {off}")
                one = self.let(f"zext i1 {both} to {t}") if t != "i1" else both
                value = self.let(f"{'sub' if floor else 'add'} {t} {value}, {one}")
        if plain:
            return value
        value = self.let(f"select i1 {minus}, {t} {by_minus_one}, {t} {value}")
        return self.let(f"select i1 {zero}, {t} 0, {t} {value}")


def _identity(combiner: str, type: Attribute) -> tuple[float | int, Attribute]:
    """What a combination of nothing is."""
    if combiner in ("add", "mul"):
        return (0 if combiner == "add" else 1), type
    if types.is_float(type):
        return (float("-inf") if combiner == "max" else float("inf")), type
    width = 64 if isinstance(type, IndexType) else type.width.data  # type: ignore[attr-defined]
    limit = 1 << (width - 1)
    return (-limit if combiner == "max" else limit - 1), type


def _product(numbers) -> int:  # type: ignore[no-untyped-def]
    result = 1
    for n in numbers:
        result *= n
    return result


def _is_in(x: SSAValue, nest: kernel.GenericOp) -> bool:
    block = x.owner.parent if isinstance(x.owner, Operation) else x.owner
    return block is nest.block


def _is_index(op: Operation) -> bool:
    return len(op.results) == 1 and isinstance(op.results[0].type, IndexType)
