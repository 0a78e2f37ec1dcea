"""
Scalar code as LLVM IR text: ops of `arith`, `math` and `ten` on scalars, and code that loads,
stores and combines scalars.

Integer operations that LLVM leaves undefined have the values that the reference gives them. Floats
of 16 bits are float32 in registers, and are rounded after each operation, as in the reference.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import numpy as np
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import (
    BFloat16Type,
    Float16Type,
    Float32Type,
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
)
from xdsl.ir import Attribute, Operation

from ...dialects import kernel, ten, types
from ...dialects.op_names import op_name
from ...passes.rewriting.diagnostics import LetgradError
from . import elementary, scipy_calls, special_series
from .select_forms import infinite_side

LIBM = {
    math.AcosOp: "acos", math.AcoshOp: "acosh", math.AsinOp: "asin", math.AsinhOp: "asinh",
    math.Atan2Op: "atan2", math.AtanOp: "atan", math.AtanhOp: "atanh", math.CbrtOp: "cbrt",
    math.CosOp: "cos", math.CoshOp: "cosh", math.ErfOp: "erf", math.Exp2Op: "exp2",
    math.ExpM1Op: "expm1", math.ExpOp: "exp", math.Log10Op: "log10", math.Log1pOp: "log1p",
    math.Log2Op: "log2", math.LogOp: "log", math.PowFOp: "pow", math.SinOp: "sin",
    math.SinhOp: "sinh", math.TanOp: "tan",
}  # fmt: skip

INTRINSICS = {
    arith.MaximumfOp: "maximum", arith.MinimumfOp: "minimum", arith.MaxnumfOp: "maxnum",
    arith.MinnumfOp: "minnum", math.AbsFOp: "fabs", math.CeilOp: "ceil",
    math.CopySignOp: "copysign", math.FloorOp: "floor", math.FmaOp: "fma",
    math.RoundEvenOp: "roundeven", math.RoundOp: "round", math.SqrtOp: "sqrt",
    math.TruncOp: "trunc", math.CtPopOp: "ctpop", arith.MaxSIOp: "smax", arith.MinSIOp: "smin",
    arith.MaxUIOp: "umax", arith.MinUIOp: "umin",
}  # fmt: skip

BINARY = {
    arith.AddfOp: "fadd", arith.SubfOp: "fsub", arith.MulfOp: "fmul", arith.DivfOp: "fdiv",
    arith.AddiOp: "add", arith.SubiOp: "sub", arith.MuliOp: "mul", arith.AndIOp: "and",
    arith.OrIOp: "or", arith.XOrIOp: "xor",
}  # fmt: skip

MVEC = frozenset(
    (
        "acos acosh asin asinh atan atan2 atanh cbrt cos cosh erf exp exp2 expm1 log log10 log1p "
        "log2 pow sin sinh tan tanh"
    ).split()
)
"""The vector functions of glibc's libmvec (2.35; sin, cos, exp, log and pow since 2.22)."""


MASKED = frozenset(op.name for op in (*LIBM, math.TanhOp))
"""Functions of which a vector takes no longer than a single number."""

# The coefficients of q in tanh x = x + x³ q(x²), |x| < 0.5: by interpolation at Chebyshev nodes.
TANH_NEAR = {
    "double": (
        -0.3333333333333333, 0.13333333333329825, -0.05396825396361009, 0.021869488297234514,
        -0.008863229270067843, 0.0035920334653723926, -0.001454959384380466, 0.0005849653729022644,
        -0.00022107222975864633, 5.946956589774769e-05,
    ),
    "float": (
        -0.33333332796631665, 0.13333225775482527, -0.05393346914596769, 0.02147068302533676,
        -0.006942941750416007,
    ),
}  # fmt: skip

EXACT = (
    arith.NegfOp, arith.SelectOp, ten.SelectOp, arith.MaximumfOp, arith.MinimumfOp,
    arith.MaxnumfOp, arith.MinnumfOp, math.AbsFOp, math.CeilOp, math.CopySignOp, math.FloorOp,
    ten.FmodOp, math.RoundEvenOp, math.RoundOp, math.TruncOp, arith.ConstantOp,
)  # fmt: skip
"""Operations on floats whose results need no rounding."""


CHAIN = 100
"""
The longest chain of instructions that LLVM's loop vectorizer sees. For each instruction the
vectorizer follows its operands up to a load or an intrinsic. So the time for a chain of n
instructions would grow with n².
"""

NEUTRAL = {
    "double": ("fmuladd", ("1.0", "-0.0")),
    "float": ("fmuladd", ("1.0", "-0.0")),
    "i64": ("smax", (str(-(1 << 63)),)),
    "i32": ("smax", (str(-(1 << 31)),)),
}
"""
Intrinsics, and operands with which they give their first operand, bit for bit: x * 1.0 + -0.0 is x,
in one rounding or in two. (LLVM cannot make code of `llvm.canonicalize` for two floats.)
"""


# The code of a body asks for these all the time. A lookup takes a tenth of what a `match` takes.
_SHORT = frozenset((BFloat16Type, Float16Type))
_REGISTERS: dict[type[Attribute], str] = {
    Float64Type: "double", Float32Type: "float", Float16Type: "float", BFloat16Type: "float",
    IndexType: "i64",
}  # fmt: skip


def is_short(type: Attribute) -> bool:
    return type.__class__ in _SHORT


def register(type: Attribute) -> str:
    """The LLVM type of a scalar in a register."""
    known = _REGISTERS.get(type.__class__)
    if known is not None:
        return known
    if isinstance(type, IntegerType):
        return f"i{type.width.data}"
    raise LetgradError(f"the cpu backend has no registers for {type}")


def stored(type: Attribute) -> str:
    """The LLVM type of an element in memory: truth values take a byte."""
    if type.__class__ is Float64Type:
        return "double"
    match type:
        case Float16Type():
            return "half"
        case BFloat16Type():
            return "i16"
        case _:
            return "i8" if types.is_bool(type) else register(type)


def bytes_stored(type: Attribute) -> int:
    """The bytes of an element in memory."""
    kind = stored(type)
    return {"double": 8, "float": 4, "half": 2}.get(kind) or int(kind[1:]) // 8


def number(value: float | int, type: Attribute) -> str:
    """A constant in a register, in LLVM's spelling."""
    if types.is_float(type):
        with np.errstate(over="ignore"):
            given = float(value if register(type) == "double" else np.float32(value))
        return f"0x{struct.unpack('<Q', struct.pack('<d', given))[0]:016X}"
    return str(int(value) & 1) if types.is_bool(type) else str(int(value))


PASSES_ZEROS_ON = (
    arith.AddfOp, arith.SubfOp, arith.MulfOp, arith.NegfOp, arith.MaximumfOp, arith.MinimumfOp,
)  # fmt: skip
"""Ops in which the sign of a zero operand changes only the sign of a zero result."""


def either_zero(nest: kernel.GenericOp) -> set[Operation]:
    """
    The ops of a nest whose zero results may be 0.0 as well as -0.0. The nest uses these results
    only in sums. Sums begin with 0.0, and 0.0 + -0.0 is 0.0. Then max(x, 0.0) is one instruction,
    and 0.0 + x none.
    """
    found: set[Operation] = set()

    def unseen(op: Operation, at: int) -> bool:
        if op is nest.block.last_op:
            return nest.outputs[at][0] == "add"
        if isinstance(op, arith.SelectOp):
            return at > 0 and op in found
        return isinstance(op, arith.CmpfOp) or op in found

    for op in reversed(nest.block.ops):
        if isinstance(op, (*PASSES_ZEROS_ON, arith.SelectOp)) and all(
            unseen(use.operation, use.index) for use in op.results[0].uses
        ):
            found.add(op)
    return found


SCALAR_LOOP = (
    f"!{1 << 28}",
    f'!{1 << 28} = distinct !{{!{1 << 28}, !{{!"llvm.loop.vectorize.enable", i1 false}}}}',
)
"""The metadata of a loop that is no vector, and its declaration."""

UNROLLED_LOOP = (
    f"!{(1 << 28) + 1}",
    f'!{(1 << 28) + 1} = distinct !{{!{(1 << 28) + 1}, !{{!"llvm.loop.unroll.full"}}}}',
)
"""The metadata of a loop of which LLVM writes each turn, and its declaration."""

MASKED_LOOP = (
    f"!{(1 << 28) + 4}",
    f"!{(1 << 28) + 4} = distinct !{{!{(1 << 28) + 4}, "
    '!{!"llvm.loop.vectorize.predicate.enable", i1 true}}',
)
"""The metadata of a loop whose last vector leaves out numbers, and its declaration."""

LIKELY = f"!{(1 << 28) + 2}", f'!{(1 << 28) + 2} = !{{!"branch_weights", i32 1048576, i32 1}}'
"""The metadata of a branch to the first block in nearly all cases, and its declaration."""

PART = "%lo", "%hi"
"""The range of the outermost loop of a nest, which the caller gives."""


def is_one_turn(low: str, high: str) -> bool:
    """Whether a range of two numbers, or registers, is known to have one turn."""
    return low.isdecimal() and high.isdecimal() and int(high) - int(low) == 1


class Scalars:
    """
    Writes the text of a function: lines, names, blocks and loops, and code for scalars.

    `mvec` are the kinds of vector functions that the host has; with `strict`, sums keep their
    order.
    """

    unrolls = False
    """
    Whether LLVM writes each turn of each loop whose ends the caller gives or the text has. The
    elements of small arrays are then in registers.
    """

    is_point = False
    """Whether the body that is now written runs once, as a step of a loop."""

    def __init__(self, mvec: str, strict: bool):
        self.mvec, self.strict = mvec, strict
        self.lines: list[str] = []
        self.declared: dict[str, str] = {}
        """Declarations of names outside of the text, by name."""
        self.counter = 0
        self.block = "entry"
        self.here: dict[str, str] = {}
        """Addresses that the block has, by the text that computes them."""
        self.chains: dict[str, int] = {}
        """The lengths of the chains of instructions that end in registers; of others, 0."""
        self.unknown: dict[tuple[str, str], str] = {}
        """The registers of constants that LLVM does not know, by their types and values."""
        self.either_zero: set[Operation] = set()
        """See the function of this name."""

    # Text.

    def fresh(self, hint: str = "v") -> str:
        self.counter += 1
        return f"%{hint}{self.counter}"

    def put(self, text: str) -> None:
        self.lines.append(f"  {text}")

    def let(self, text: str) -> str:
        self.counter += 1
        name = f"%v{self.counter}"
        self.lines.append(f"  {name} = {text}")
        return name

    def once(self, text: str) -> str:
        """As `let`, for code that depends only on registers: the block has this code once."""
        known = self.here.get(text)
        if known is None:
            known = self.here[text] = self.let(text)
        return known

    def declare(self, name: str, text: str) -> str:
        self.declared.setdefault(name, text)
        return name

    def begin(self, block: str) -> None:
        self.lines.append(f"{block}:")
        self.block = block
        self.here = {}

    def counted(self, low: str, high: str, body: Callable[[str], None], note: str = "") -> None:
        """
        A loop from `low` to `high`; `body(i)` writes its inside. `note` is metadata of the loop.
        """
        if is_one_turn(low, high):
            body(low)
            return
        if self.unrolls and ((low + high).isdecimal() or (low, high) == PART):
            note = f", !llvm.loop {self.declare(*UNROLLED_LOOP)}"
        head, inside, after = (self.fresh("b")[1:] for _ in range(3))
        before = self.block
        self.put(f"br label %{head}")
        self.begin(head)
        i, following = self.fresh("i"), self.fresh("i")
        place = len(self.lines)
        self.put("")
        more = self.let(f"icmp slt i64 {i}, {high}")
        self.put(f"br i1 {more}, label %{inside}, label %{after}")
        self.begin(inside)
        body(i)
        self.put(f"{following} = add nuw nsw i64 {i}, 1")
        self.put(f"br label %{head}{note}")
        self.lines[place] = f"  {i} = phi i64 [ {low}, %{before} ], [ {following}, %{self.block} ]"
        self.begin(after)

    def mostly(self, cond: str, fast: str, slow: Callable[[], str], t: str) -> str:
        """`fast` if a condition holds, as it nearly always does, and else what `slow` writes."""
        before = self.block
        other, done = (self.fresh("b")[1:] for _ in range(2))
        likely = self.declare(*LIKELY)
        self.put(f"br i1 {cond}, label %{done}, label %{other}, !prof {likely}")
        self.begin(other)
        value, behind = slow(), self.block
        self.put(f"br label %{done}")
        self.begin(done)
        return self.let(f"phi {t} [ {fast}, %{before} ], [ {value}, %{behind} ]")

    def where(self, condition: str, write: Callable[[], None]) -> None:
        """The code of `write`, which runs only if the condition holds."""
        inside, after = self.fresh("b")[1:], self.fresh("b")[1:]
        self.put(f"br i1 {condition}, label %{inside}, label %{after}")
        self.begin(inside)
        write()
        self.put(f"br label %{after}")
        self.begin(after)

    # Memory.

    def address(self, pointer: str, offset: str, type: Attribute) -> str:
        if offset == "0":
            return pointer
        return self.once(f"getelementptr inbounds {stored(type)}, ptr {pointer}, i64 {offset}")

    def load(self, pointer: str, offset: str, type: Attribute) -> str:
        """The element of this type at an offset, in a register."""
        value = self.let(f"load {stored(type)}, ptr {self.address(pointer, offset, type)}")
        if type.__class__ is Float64Type:
            return value
        match type:
            case Float16Type():
                return self.let(f"fpext half {value} to float")
            case BFloat16Type():
                wide = self.let(f"zext i16 {value} to i32")
                return self.let(f"bitcast i32 {self.let(f'shl i32 {wide}, 16')} to float")
            case _:
                return self.let(f"trunc i8 {value} to i1") if types.is_bool(type) else value

    def store(self, value: str, pointer: str, offset: str, type: Attribute) -> None:
        """Store a register at an offset. A float of 16 bits was rounded before."""
        if type.__class__ is Float64Type:
            pass
        elif types.is_bool(type):
            value = self.let(f"zext i1 {value} to i8")
        elif isinstance(type, Float16Type):
            value = self.let(f"fptrunc float {value} to half")
        elif isinstance(type, BFloat16Type):
            high = self.let(f"lshr i32 {self.let(f'bitcast float {value} to i32')}, 16")
            value = self.let(f"trunc i32 {high} to i16")
        self.put(f"store {stored(type)} {value}, ptr {self.address(pointer, offset, type)}")

    def clear(self, pointer: str, low: str, high: str, type: Attribute) -> None:
        """
        Set the elements from `low` to `high` to 0. LLVM would make the same of a loop, and take
        longer.
        """
        width = bytes_stored(type)
        if low.isdecimal() and high.isdecimal():
            bytes = str((int(high) - int(low)) * width)
        else:
            size = high if low == "0" else self.let(f"sub i64 {high}, {low}")
            bytes = self.let(f"mul i64 {size}, {width}")
        self.clear_bytes(self.address(pointer, low, type), bytes)

    def clear_bytes(self, pointer: str, bytes: str) -> None:
        """Set this many bytes to 0."""
        name = "llvm.memset.p0.i64"
        self.declare(name, f"declare void @{name}(ptr, i8, i64, i1)")
        self.put(f"call void @{name}(ptr {pointer}, i8 0, i64 {bytes}, i1 false)")

    def combine(self, combiner: str, a: str, b: str, type: Attribute) -> str:
        """A reduction of two registers."""
        t = register(type)
        floating = types.is_float(type)
        # Without `nsz`: a sum begins with 0.0, and so never is -0.0, also if its elements all are.
        flags = "" if self.strict else " reassoc"
        match combiner:
            case "add" | "mul":
                name = f"f{combiner}{flags}" if floating else combiner
                value = self.let(f"{name} {t} {a}, {b}")
                return self.rounded(value, type)
            case "any" | "all":
                return self.let(f"{'or' if combiner == 'any' else 'and'} {t} {a}, {b}")
            case _:
                name = (
                    ("maximum" if combiner == "max" else "minimum") if floating else f"s{combiner}"
                )
                return self._call_intrinsic(name, t, [a, b])

    def rounded(self, value: str, type: Attribute) -> str:
        """A float32 as the nearest float of 16 bits, ties to even, if that is the type."""
        match type:
            case Float16Type():
                half = self.let(f"fptrunc float {value} to half")
                return self.let(f"fpext half {half} to float")
            case BFloat16Type():
                bits = self.let(f"bitcast float {value} to i32")
                last = self.let(f"and i32 {self.let(f'lshr i32 {bits}, 16')}, 1")
                up = self.let(f"add i32 {self.let(f'add i32 {bits}, 32767')}, {last}")
                # A NaN that has only lower bits would become an infinity.
                nan = self.let(f"or i32 {bits}, {0x400000}")
                is_nan = self.let(f"fcmp uno float {value}, {value}")
                chosen = self.let(f"select i1 {is_nan}, i32 {nan}, i32 {up}")
                return self.let(f"bitcast i32 {self.let(f'and i32 {chosen}, -65536')} to float")
            case _:
                return value

    # Ops.

    def op_of(self, op: Operation, xs: Sequence[str]) -> str:
        """The result of an op on these operands."""
        value = self._op(op, xs)
        result = op.results[0].type
        if result.__class__ in _SHORT and op.__class__ not in EXACT:
            value = self.rounded(value, result)
        return self._cut_chain(op, value, xs)

    def _cut_chain(self, op: Operation, value: str, xs: Sequence[str]) -> str:
        """A register with the same value, behind an intrinsic if its chain is long."""
        if value in xs or value[0] != "%" or op.__class__ in INTRINSICS or op.__class__ in LIBM:
            return value
        chains, length = self.chains, 0
        for x in xs:
            if (before := chains.get(x, 0)) > length:
                length = before
        length += 1
        if length >= CHAIN and (t := register(op.results[0].type)) in NEUTRAL:
            name, operands = NEUTRAL[t]
            return self._call_intrinsic(name, t, [value, *(self._unknown(x, t) for x in operands)])
        chains[value] = length
        return value

    def _unknown(self, x: str, t: str) -> str:
        """A register with a constant that LLVM does not know. The function's entry defines it."""
        self.unknown.setdefault((t, x), f'%"unknown.{t}.{x}"')
        return self.unknown[t, x]

    def unknown_constants(self) -> list[str]:
        """The lines that define them."""
        lines: list[str] = []
        for (t, x), name in self.unknown.items():
            at = f'{name[:-1]}.at"'
            lines += [
                f"  {at} = alloca {t}",
                f"  store volatile {t} {x}, ptr {at}",
                f"  {name} = load volatile {t}, ptr {at}",
            ]
        return lines

    def _op(self, op: Operation, xs: Sequence[str]) -> str:
        result, given, kind = op.results[0].type, op._operands, op.__class__
        t = register(given[0].type if given else result)
        if isinstance(op, arith.ConstantOp):
            assert isinstance(op.value, (IntegerAttr, FloatAttr))
            return number(op.value.value.data, result)
        flags = "nsz " if op in self.either_zero else ""
        if kind in BINARY:
            # Bodies of stencils compute an index for each of their points.
            let = self.once if t == "i64" else self.let
            return let(f"{BINARY[kind]} {flags}{t} {xs[0]}, {xs[1]}")
        if kind in INTRINSICS:
            return self._call_intrinsic(INTRINSICS[kind], t, xs, flags)
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
            case arith.SelectOp() | ten.SelectOp():
                r, sides = register(result), list(xs)
                if (k := infinite_side(op)) is not None:
                    sides[k] = self._unknown(xs[k], r)
                return self.let(f"select i1 {sides[0]}, {r} {sides[1]}, {r} {sides[2]}")
            case math.RsqrtOp():
                root = self._call_intrinsic("sqrt", t, xs)
                return self.let(f"fdiv {t} {number(1.0, result)}, {root}")
            case math.TanhOp():
                return self._tanh(xs[0], result)
            case ten.FmodOp():
                return self._remainder(xs[0], xs[1], t)
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
            case ten.SpecialOp():
                return self._special(op, xs, t)
            case _ if len(xs) == 1:
                return self._convert(op, xs[0], op.operands[0].type, result)
            case _:
                return self._integer(op, xs[0], xs[1], t)

    def _call_intrinsic(self, name: str, t: str, xs: Sequence[str], flags: str = "") -> str:
        suffix = {"double": "f64", "float": "f32"}.get(t, t)
        full = f"llvm.{name}.{suffix}"
        if full not in self.declared:
            self.declare(full, f"declare {t} @{full}({', '.join([t] * len(xs))})")
        return self.let(f"call {flags}{t} @{full}({', '.join(f'{t} {x}' for x in xs)})")

    def _flagged(self, name: str, t: str, x: str) -> str:
        """An intrinsic with a flag that could allow undefined results. The flag is false here."""
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
                lanes = elementary.lanes_of(letter, t)
                vector = f"_ZGV{letter}N{lanes}{marks}_{full}"
                if name in elementary.FUNCTIONS:
                    vector = elementary.vector_name(name, t, lanes)
                wide = f"<{lanes} x {t}>"
                self.declare(
                    vector,
                    f"declare {wide} @{vector}({', '.join([wide] * len(xs))}) nounwind "
                    "willreturn memory(none)",
                )
                variants.append(f"_ZGV_LLVM_N{lanes}{marks}_{full}({vector})")
            attributes += f' "vector-function-abi-variant"="{",".join(variants)}"'
        self.declare(full, f"declare {t} @{full}({parameters}) {attributes}")
        return self.let(f"call {t} @{full}({', '.join(f'{t} {x}' for x in xs)})")

    def _remainder(self, x: str, y: str, t: str) -> str:
        """
        x - n y, exactly. The library needs some hundred cycles, and more for each bit of n. So a
        function of the module calls the library only for large quotients. LLVM's vectorizer calls
        the function for vectors, which calls the library if one of its lanes has such a quotient.
        """
        full, library = f"letgrad_fmod_{t}", "fmod" if t == "double" else "fmodf"
        attributes = "nounwind willreturn memory(none)"
        self.declare(library, f"declare {t} @{library}({t}, {t}) {attributes}")
        variants = []
        for letter in self.mvec:
            lanes = elementary.lanes_of(letter, t)
            vector = f"_ZGV{letter}N{lanes}vv_{full}"
            variants.append(f"_ZGV_LLVM_N{lanes}vv_{full}({vector})")
            self._define_remainder(vector, library, t, lanes)
        self._define_remainder(full, library, t, 1)
        marks = f' "vector-function-abi-variant"="{",".join(variants)}"' if variants else ""
        return self.let(f"call {t} @{full}({t} {x}, {t} {y}) {attributes}{marks}")

    def _define_remainder(self, name: str, library: str, t: str, lanes: int) -> None:
        """
        Define the function of so many lanes. q = x / y, rounded, is at most one above the whole
        number below x / y, and x - ⌊q⌋ y is exact, if q has no bit below its ones' place.
        """
        wide, flag = (f"<{lanes} x {t}>", f"<{lanes} x i1>") if lanes > 1 else (t, "i1")
        suffix = ("" if lanes == 1 else f"v{lanes}") + ("f64" if t == "double" else "f32")
        for intrinsic, count in (("fabs", 1), ("trunc", 1), ("fma", 3), ("copysign", 2)):
            of = f"llvm.{intrinsic}.{suffix}"
            self.declare(of, f"declare {wide} @{of}({', '.join([wide] * count)})")
        limit = "0x4340000000000000" if t == "double" else "0x4170000000000000"  # 2^53, 2^24
        limits = f"<{', '.join([f'{t} {limit}'] * lanes)}>" if lanes > 1 else limit
        zero = "zeroinitializer" if lanes > 1 else "0.0"
        lines = [
            f"%a = call {wide} @llvm.fabs.{suffix}({wide} %x)",
            f"%b = call {wide} @llvm.fabs.{suffix}({wide} %y)",
            f"%q = fdiv {wide} %a, %b",
            f"%n = call {wide} @llvm.trunc.{suffix}({wide} %q)",
            f"%m = fneg {wide} %n",
            f"%r = call {wide} @llvm.fma.{suffix}({wide} %m, {wide} %b, {wide} %a)",
            f"%over = fcmp olt {wide} %r, {zero}",
            f"%s = fadd {wide} %r, %b",
            f"%t = select {flag} %over, {wide} %s, {wide} %r",
            # 0 times an infinite y would be NaN.
            f"%none = fcmp oeq {wide} %n, {zero}",
            f"%u = select {flag} %none, {wide} %a, {wide} %t",
            f"%v = call {wide} @llvm.copysign.{suffix}({wide} %u, {wide} %x)",
            f"%large = fcmp oge {wide} %q, {limits}",
        ]
        if lanes > 1:
            any = f"llvm.vector.reduce.or.v{lanes}i1"
            self.declare(any, f"declare i1 @{any}({flag})")
            lines.append(f"%some = call i1 @{any}({flag} %large)")
        lines += [f"br i1 {'%some' if lanes > 1 else '%large'}, label %slow, label %fast", "fast:"]
        lines += [f"ret {wide} %v", "slow:"]
        last = "poison"
        for k in range(lanes):
            x, y = ("%x", "%y") if lanes == 1 else (f"%x{k}", f"%y{k}")
            if lanes > 1:
                lines += [f"{v} = extractelement {wide} {v[:2]}, i32 {k}" for v in (x, y)]
            lines.append(f"%w{k} = call {t} @{library}({t} {x}, {t} {y})")
            if lanes > 1:
                lines.append(f"%z{k} = insertelement {wide} {last}, {t} %w{k}, i32 {k}")
                last = f"%z{k}"
        lines.append(f"ret {wide} {last if lanes > 1 else '%w0'}")
        body = "\n".join(lines)
        # Inside of the loop, the branch would keep LLVM's vectorizer from the loop.
        attributes = "noinline nounwind willreturn memory(none)"
        self.declare(
            name,
            f"define internal {wide} @{name}({wide} %x, {wide} %y) {attributes} {{\n{body}\n}}",
        )

    def _special(self, op: ten.SpecialOp, xs: Sequence[str], t: str) -> str:
        """
        A call of SciPy's function of float64 numbers, rounded to the type of the operands. For
        vectors, LLVM's vectorizer calls our own series instead.
        """
        name, text = scipy_calls.declaration(op.row, op)
        if t != "double":
            xs = [self.let(f"fpext {t} {x} to double") for x in xs]
        self.declare(name, text)
        given = ", ".join(f"double {x}" for x in xs)
        marks = self._series(op.row.name) if len(xs) == 1 else ""
        if marks:  # the vector functions have no other argument
            one = f"letgrad_one_{op.row.name}"
            self.declare(
                one,
                f"define internal double @{one}(double %x) noinline nounwind willreturn "
                f"memory(none) {{\n%y = call double @{name}(double %x, i32 0)\nret double %y\n}}",
            )
            value = self.let(f"call double @{one}({given}) nounwind memory(none){marks}")
        else:
            value = self.let(f"call double @{name}({given}, i32 0)")
        return value if t == "double" else self.let(f"fptrunc double {value} to {t}")

    def _series(self, function: str) -> str:
        """The attribute of a call that names the vector functions; "" if there are none."""
        if function not in special_series.FUNCTIONS:
            return ""
        variants = []
        for letter in self.mvec:
            lanes = elementary.lanes_of(letter, "double")
            vector = f"letgrad_series_{function}_{lanes}"
            text, needs = special_series.definition(function, vector, lanes)
            for name, declared in needs.items():
                self.declare(name, declared)
            self.declare(vector, text)
            variants.append(f"_ZGV_LLVM_N{lanes}v_letgrad_one_{function}({vector})")
        return f' "vector-function-abi-variant"="{",".join(variants)}"' if variants else ""

    def _tanh(self, x: str, type: Attribute) -> str:
        """
        tanh x = ±(1 - 2 e / (1 + e)), e = exp(-2 |x|), and a polynomial near 0.

        The derivative, `ten.sech2`, reads the same e and the same quotient. So both together cost
        one exponential, which is less than the library's tanh. The errors of the quotient shrink
        with e. In (1 - e) / (1 + e) they would all be errors of the result.
        """
        t, one = register(type), number(1.0, type)
        size = self._call_intrinsic("fabs", t, [x])
        e = self._call_libm("exp", t, [self.let(f"fmul {t} {number(-2.0, type)}, {size}")])
        r = self.let(f"fdiv {t} {one}, {self.let(f'fadd {t} {one}, {e}')}")
        twice = self.let(f"fmul {t} {number(-2.0, type)}, {e}")
        far = self._call_intrinsic("fmuladd", t, [twice, r, one])
        square = self.let(f"fmul {t} {x}, {x}")
        *others, last = TANH_NEAR[t]
        q = number(last, type)
        for c in reversed(others):
            q = self._call_intrinsic("fmuladd", t, [q, square, number(c, type)])
        cube = self.let(f"fmul {t} {x}, {square}")
        near = self._call_intrinsic("fmuladd", t, [cube, q, x])
        is_near = self.let(f"fcmp olt {t} {size}, {number(0.5, type)}")
        chosen = self.let(f"select i1 {is_near}, {t} {near}, {t} {far}")
        return self._call_intrinsic("copysign", t, [chosen, x])

    def _cast(self, x: str, source: Attribute, target: Attribute) -> str:
        """The conversion of `ten.cast`."""
        s, t = register(source), register(target)
        if source == target:
            return x
        if types.is_bool(target):
            zero = number(0, source)
            return self.let(
                f"{'fcmp une' if types.is_float(source) else 'icmp ne'} {s} {x}, {zero}"
            )
        if types.is_float(source) and types.is_float(target):
            if s == t:
                return x
            if isinstance(target, Float16Type):
                return self._to_odd(x)
            return self.let(f"{'fpext' if s == 'float' else 'fptrunc'} {s} {x} to {t}")
        if types.is_float(source):
            return self._saturate("fptosi", x, s, t)
        if types.is_float(target):
            return self.let(f"{'uitofp' if types.is_bool(source) else 'sitofp'} {s} {x} to {t}")
        return self._resize(x, s, t, signed=not types.is_bool(source))

    def _to_odd(self, x: str) -> str:
        """
        A double as the float32 towards zero, with its last bit set if the float32 is not exact. A
        second rounding then gives the same as one rounding of the double.
        """
        near = self.let(f"fptrunc double {x} to float")
        wide = self.let(f"fpext float {near} to double")
        bits = self.let(f"bitcast float {near} to i32")
        away = self.let(
            f"fcmp ogt double {self._call_intrinsic('fabs', 'double', [wide])}, "
            f"{self._call_intrinsic('fabs', 'double', [x])}"
        )
        bits = self.let(f"sub i32 {bits}, {self.let(f'zext i1 {away} to i32')}")
        inexact = self.let(f"fcmp one double {wide}, {x}")
        odd = self.let(f"or i32 {bits}, {self.let(f'zext i1 {inexact} to i32')}")
        return self.let(f"bitcast i32 {odd} to float")

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
        """Upstream's conversions: their names say how they read integers, and i1 too."""
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
                raise LetgradError(f"the cpu backend has no code for {op_name(op)} to {target}", op)

    def _integer(self, op: Operation, a: str, b: str, t: str) -> str:
        """Divisions and shifts, with the reference's results where LLVM defines none."""
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
                raise LetgradError(f"the cpu backend has no code for {op_name(op)}", op)

    def _integer_power(self, a: str, b: str, t: str) -> str:
        """
        a^b by squaring, one step for each bit of the exponent; for a negative exponent the
        truncated quotient 1 / a^-b.
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
        # Only 1 and -1 have reciprocals that are not 0.
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
        safe, zero, minus = b, "", ""
        if not plain:
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


def identity(combiner: str, type: Attribute) -> tuple[float | int, Attribute]:
    """The result of combining no elements."""
    if combiner in ("any", "all"):
        return combiner == "all", type
    if combiner in ("add", "mul"):
        return (0 if combiner == "add" else 1), type
    if types.is_float(type):
        return (float("-inf") if combiner == "max" else float("inf")), type
    width = 64 if isinstance(type, IndexType) else type.width.data  # type: ignore[attr-defined]
    limit = 1 << (width - 1)
    return (-limit if combiner == "max" else limit - 1), type
