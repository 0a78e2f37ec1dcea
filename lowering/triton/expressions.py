"""
Scalar ops as Triton expressions.

NaN, infinities, division by zero, shifts and conversions have the results of the reference. Kernels
compute elements of 16 bits in float32, and round the result of each op.
"""

from __future__ import annotations

import math as pymath
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import (
    BFloat16Type,
    Float16Type,
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
)
from xdsl.ir import Attribute, Operation

from ...dialects import ten, types
from ...dialects.op_names import op_name
from ...passes.rewriting.diagnostics import LetgradError


@dataclass(frozen=True)
class Expr:
    """A piece of Triton code for one value."""

    text: str
    dtype: str
    """The name of its type in `triton.language`."""
    dims: frozenset[int] = frozenset()
    """The dimensions of the tile along which it varies; none for a scalar."""
    level: int = 9
    """How tightly the text holds together, by Python's operators; 9 needs no parentheses."""
    literal: bool = False
    """Whether it is a number of Python, which takes the type of the other operand."""

    @property
    def tight(self) -> str:
        return self.at(9)

    def at(self, level: int) -> str:
        """The text as an operand of an operator of this level."""
        return self.text if self.level >= level else f"({self.text})"


def storage(type: Attribute) -> str:
    """The name of an element's type in memory, in `triton.language`; in torch, `index` is int64."""
    e = types.element(type)
    if isinstance(e, Float16Type):
        return "float16"
    if isinstance(e, BFloat16Type):
        return "bfloat16"
    if isinstance(e, IndexType):
        return "int64"
    if types.is_float(e):
        return "float64" if isinstance(e, Float64Type) else "float32"
    return "int1" if types.is_bool(e) else f"int{e.width.data}"  # type: ignore[attr-defined]


def register(type: Attribute) -> str:
    """The name of the type in which a kernel computes an element."""
    name = storage(type)
    return "float32" if name in ("float16", "bfloat16") else name


def width(dtype: str) -> int:
    return int("".join(c for c in dtype if c.isdigit()))


def is_held(value: int, bits: int) -> bool:
    """Whether a signed integer of so many bits holds a value."""
    return -(1 << bits - 1) <= value < 1 << bits - 1


def number(value: float | int, dtype: str) -> str:
    """A number as Python spells it."""
    if not dtype.startswith("float"):
        return str(int(value))
    value = float(value)
    if not pymath.isfinite(value):
        return f'float("{value}")'
    return repr(value)


LIBDEVICE = {
    math.AcosOp: "acos",
    math.AcoshOp: "acosh",
    math.AsinOp: "asin",
    math.AsinhOp: "asinh",
    math.Atan2Op: "atan2",
    math.AtanOp: "atan",
    math.AtanhOp: "atanh",
    math.CbrtOp: "cbrt",
    math.CopySignOp: "copysign",
    math.CosOp: "cos",
    math.CoshOp: "cosh",
    math.ErfOp: "erf",
    math.Exp2Op: "exp2",
    math.ExpM1Op: "expm1",
    math.ExpOp: "exp",
    ten.FmodOp: "fmod",
    math.Log10Op: "log10",
    math.Log1pOp: "log1p",
    math.Log2Op: "log2",
    math.LogOp: "log",
    math.PowFOp: "pow",
    math.RoundEvenOp: "rint",
    math.RoundOp: "round",
    math.SinOp: "sin",
    math.SinhOp: "sinh",
    math.TanOp: "tan",
    math.TanhOp: "tanh",
    math.TruncOp: "trunc",
}
SPECIAL = {
    "erfc": "erfc",
    "erfcinv": "erfcinv",
    "erfcx": "erfcx",
    "erfinv": "erfinv",
    "gamma": "tgamma",
    "gammaln": "lgamma",
    "i0": "cyl_bessel_i0",
    "i1": "cyl_bessel_i1",
    "j0": "j0",
    "j1": "j1",
    "ndtr": "normcdf",
    "ndtri": "normcdfinv",
    "y0": "y0",
    "y1": "y1",
}
"""libdevice's names of the special functions that it has."""
FAST = {
    math.CosOp: "cos",
    math.Exp2Op: "exp2",
    math.ExpOp: "exp",
    math.Log2Op: "log2",
    math.LogOp: "log",
    math.SinOp: "sin",
}
"""Triton's own functions for float32, less exact than libdevice."""
ARITHMETIC = {
    arith.AddfOp: "+", arith.SubfOp: "-", arith.MulfOp: "*", arith.AddiOp: "+", arith.SubiOp: "-",
    arith.MuliOp: "*", arith.AndIOp: "&", arith.OrIOp: "|", arith.XOrIOp: "^",
}  # fmt: skip
LEVELS = {
    "*": 7, "/": 7, "//": 7, "%": 7, "+": 6, "-": 6, ">>": 5, "&": 4, "^": 3, "|": 2,
    "==": 1, "!=": 1, "<": 1, "<=": 1, ">": 1, ">=": 1,
}  # fmt: skip
EXACT = (
    arith.NegfOp,
    arith.MaximumfOp,
    arith.MinimumfOp,
    arith.MaxnumfOp,
    arith.MinnumfOp,
    arith.SelectOp,
    math.AbsFOp,
    math.CeilOp,
    math.CopySignOp,
    math.FloorOp,
    math.RoundEvenOp,
    math.RoundOp,
    math.TruncOp,
)
"""
Ops that give one of their operands, or a whole number that the type has. Their results need no
rounding.
"""
CASTS = (ten.CastOp, arith.ExtFOp, arith.TruncFOp, arith.SIToFPOp, arith.UIToFPOp)
"""Ops that round their results themselves."""
ORDERED = {"eq": "==", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
OPPOSITE = {"gt": "<=", "ge": "<", "lt": ">=", "le": ">"}
SIGNED = {
    arith.DivSIOp: "_divide", arith.RemSIOp: "_remainder", arith.FloorDivSIOp: "_floor_divide",
    arith.CeilDivSIOp: "_ceil_divide",
}  # fmt: skip
UNSIGNED = {
    arith.DivUIOp: "_divide_unsigned", arith.RemUIOp: "_remainder_unsigned",
    arith.CeilDivUIOp: "_ceil_divide_unsigned",
}  # fmt: skip


@dataclass
class Scalars:
    """Writes expressions; `helpers` and `libdevice` are the functions that they call."""

    fast: bool = False
    helpers: set[str] = field(default_factory=set)
    libdevice: set[str] = field(default_factory=set)

    # Pieces.

    def make(self, text: str, dtype: str, *xs: Expr, level: int = 9) -> Expr:
        return Expr(text, dtype, frozenset().union(*(x.dims for x in xs)), level)

    def infix(self, operator: str, a: Expr, b: Expr, dtype: str | None = None) -> Expr:
        if a.literal and b.literal:
            a = self.tensor(a)
        level = LEVELS[operator]
        # Comparisons do not chain, and this code regroups nothing.
        text = f"{a.at(level + (level == 1))} {operator} {b.at(level + 1)}"
        return self.make(text, dtype or a.dtype, a, b, level=level)

    def call(self, function: str, dtype: str, *xs: Expr, extra: str = "") -> Expr:
        """A call of a device function, which takes no bare numbers."""
        xs = tuple(self.tensor(x) for x in xs)
        if function.startswith("_"):
            self.helpers.add(function)
        arguments = ", ".join(x.text for x in xs) + (f", {extra}" if extra else "")
        return self.make(f"{function}({arguments})", dtype, *xs)

    def lib(self, name: str, dtype: str, *xs: Expr) -> Expr:
        self.libdevice.add(name)
        return self.call(f"libdevice.{name}", dtype, *xs)

    def tensor(self, x: Expr) -> Expr:
        """A bare number as a value of its type."""
        if not x.literal:
            return x
        # Triton cuts the other bits off, without an error.
        assert not x.dtype.startswith("int") or is_held(int(x.text), width(x.dtype)), x
        return Expr(f"tl.full([], {x.text}, tl.{x.dtype})", x.dtype)

    def to(self, x: Expr, dtype: str, bits: bool = False) -> Expr:
        if x.dtype == dtype:
            return x
        x = self.tensor(x)
        return self.make(f"{x.tight}.to(tl.{dtype}{', bitcast=True' if bits else ''})", dtype, x)

    def where(self, condition: Expr, a: Expr, b: Expr) -> Expr:
        condition = self.tensor(condition)
        if a.literal and b.literal:
            a = self.tensor(a)
        text = f"tl.where({condition.text}, {a.text}, {b.text})"
        return self.make(text, a.dtype, condition, a, b)

    def constant(self, value: float | int, dtype: str) -> Expr:
        text = number(value, dtype)
        if text == "-0.0":  # as a bare number it may lose its sign
            return Expr(f"tl.full([], 0.0, tl.{dtype}) * -1.0", dtype, level=7)
        if dtype == "int1":
            return Expr(f"tl.full([], {int(value) & 1}, tl.int1)", dtype)
        if dtype.startswith("float") and not pymath.isfinite(float(value)):
            return Expr(f"tl.full([], {text}, tl.{dtype})", dtype)
        return Expr(text, dtype, level=8 if text.startswith("-") else 9, literal=True)

    def invert(self, x: Expr) -> Expr:
        return self.make(f"~{x.at(8)}", x.dtype, x, level=8)

    def round(self, x: Expr, type: Attribute) -> Expr:
        """A float32 as the nearest element of a type of 16 bits."""
        name = storage(type)
        if name not in ("float16", "bfloat16") or x.literal:
            return x
        return self.to(self.to(x, name), "float32")

    # Ops.

    def op(self, op: Operation, xs: Sequence[Expr]) -> Expr:
        """
        The value of a scalar op on these operands.

        Errors: `LetgradError` for an op for which no kernel has code.
        """
        result = op.results[0].type
        value = self._op(op, list(xs), result)
        if types.is_float(result) and not isinstance(op, (*EXACT, *CASTS)):
            value = self.round(value, result)
        return value

    def _op(self, op: Operation, xs: list[Expr], result: Attribute) -> Expr:
        kind, t = type(op), register(result)
        if isinstance(op, arith.ConstantOp):
            assert isinstance(op.value, IntegerAttr | FloatAttr)
            return self.constant(op.value.value.data, t)
        if isinstance(result, IndexType) and all(
            x.dtype == "int32" for x in xs if x.dtype != "int1"
        ):
            t = "int32" if xs else t  # the bounds fit 32 bits
        if kind in ARITHMETIC:
            if t == "int1":
                modulo = {"+": "^", "-": "^", "*": "&"}
                return self.infix(modulo.get(ARITHMETIC[kind], ARITHMETIC[kind]), xs[0], xs[1])
            return self.infix(ARITHMETIC[kind], xs[0], xs[1])
        if kind in LIBDEVICE:
            if self.fast and t == "float32" and kind in FAST:
                return self.call(f"tl.{FAST[kind]}", t, *xs)
            return self.lib(LIBDEVICE[kind], t, *xs)
        match op:
            case arith.NegfOp():
                if xs[0].literal:
                    return self.constant(-float(xs[0].text), t)
                # Up to Triton 3.6, -x is 0 - x, and that has another sign at 0.
                return self.infix("*", xs[0], Expr("-1.0", t, level=8, literal=True))
            case arith.DivfOp():
                return self.quotient(*xs)
            case arith.MaximumfOp() | arith.MinimumfOp():
                return self.call(
                    "_maximum" if isinstance(op, arith.MaximumfOp) else "_minimum", t, *xs
                )
            case arith.MaxnumfOp() | arith.MinnumfOp():
                return self.call(
                    "tl.maximum" if isinstance(op, arith.MaxnumfOp) else "tl.minimum", t, *xs
                )
            case arith.CmpfOp():
                return self.compare_floats(
                    arith.CMPF_COMPARISON_OPERATIONS[op.predicate.value.data], *xs
                )
            case arith.CmpiOp():
                return self.compare_integers(
                    arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data], *xs
                )
            case arith.SelectOp():
                return self.where(*xs)
            case math.AbsFOp() | math.CeilOp() | math.FloorOp():
                name = {"math.absf": "abs", "math.ceil": "ceil", "math.floor": "floor"}[op.name]
                return self.call(f"tl.{name}", t, *xs)
            case math.SqrtOp():
                return self.root(xs[0])
            case math.RsqrtOp():
                return self.quotient(self.constant(1.0, t), self.root(xs[0]))
            case math.FmaOp():
                return self.call("tl.fma", t, *xs)
            case math.FPowIOp():
                return self.lib("pow", t, xs[0], self.to(self.to(xs[1], "float64"), t))
            case ten.CastOp():
                return self.cast(xs[0], op.x.type, result)
            case ten.SpecialOp():
                if (name := SPECIAL.get(op.function.data)) is None:
                    raise LetgradError(
                        f"libdevice has no function {op.function.data}, so Triton kernels cannot "
                        "compute it; run this program on the backend cpu, or compute these values "
                        "outside of the kernel",
                        op,
                    )
                return self.lib(name, t, *xs)
            case _ if len(xs) == 1 and not isinstance(op, INTEGER_UNARY):
                return self._convert(op, xs[0], result)
            case _:
                return self._integer(op, xs, t)

    def quotient(self, a: Expr, b: Expr) -> Expr:
        """A quotient, rounded by IEEE 754; `/` on float32 is not."""
        if a.dtype == "float64" or self.fast:
            return self.infix("/", a, b)
        return self.call("tl.div_rn", a.dtype, a, b)

    def root(self, x: Expr) -> Expr:
        exact = x.dtype == "float32" and not self.fast
        return self.call("tl.sqrt_rn" if exact else "tl.sqrt", x.dtype, x)

    def compare_floats(self, predicate: str, a: Expr, b: Expr) -> Expr:
        """Predicates o… are false, and u… true, where an operand is NaN."""
        if predicate in ("false", "true"):
            return self.constant(predicate == "true", "int1")
        if predicate in ("ord", "uno"):
            parts = [self.infix("!=" if predicate == "uno" else "==", x, x, "int1") for x in (a, b)]
            return self.infix("|" if predicate == "uno" else "&", parts[0], parts[1])
        order = predicate[1:]
        if predicate in ("one", "ueq"):
            apart = self.infix("|", self.infix("<", a, b, "int1"), self.infix(">", a, b, "int1"))
            return apart if predicate == "one" else self.invert(apart)
        if predicate[0] == "o" or predicate == "une":
            return self.infix(ORDERED[order], a, b, "int1")
        return self.invert(self.infix(OPPOSITE[order], a, b, "int1"))

    def compare_integers(self, predicate: str, a: Expr, b: Expr) -> Expr:
        if predicate in ("eq", "ne"):
            if a.dtype == "int1":
                different = self.infix("^", a, b)
                return different if predicate == "ne" else self.invert(different)
            return self.infix(ORDERED[predicate], a, b, "int1")
        if a.dtype == "int1":
            # As a signed integer, an i1 that is set is -1.
            low, high = (a, b) if predicate[1:] in ("lt", "le") else (b, a)
            if predicate[0] == "s":
                low, high = high, low
            apart = self.infix("&", self.invert(low), high)
            return (
                apart if predicate[1:] in ("lt", "gt") else self.infix("|", self.invert(low), high)
            )
        if predicate == "ult" and b.literal and not b.text.startswith("-"):
            # The usual guard of an index.
            low = self.infix(">=", a, self.constant(0, a.dtype), "int1")
            return self.infix("&", low, self.infix("<", a, b, "int1"))
        if predicate[0] == "u":
            a, b = (self.to(x, f"u{x.dtype}", bits=True) for x in (a, b))
        return self.infix(ORDERED[predicate[1:]], a, b, "int1")

    # Conversions.

    def cast(self, x: Expr, source: Attribute, target: Attribute) -> Expr:
        """The conversion of `ten.cast`."""
        s, t = storage(source), storage(target)
        if s == t:
            return self.to(x, register(target))
        if t == "int1":
            return self.infix("!=", x, self.constant(0, x.dtype), "int1")
        if types.is_float(source) and types.is_float(target):
            # Rounded once.
            return self.to(self.to(x, t), register(target))
        if types.is_float(source):
            return self._saturated(x, t)
        if types.is_float(target):
            if t == "bfloat16" and width(x.dtype) >= 32:
                return self.to(self.to(self.to(x, "float64"), t), "float32")
            return self.round(self.to(x, register(target)), target)
        return self.to(x, t)

    def _saturated(self, x: Expr, t: str) -> Expr:
        high = (1 << (width(t) - 1)) - 1
        return self.call("_to_int", t, x, extra=f"{-high - 1}, {high}, tl.{t}")

    def _convert(self, op: Operation, x: Expr, result: Attribute) -> Expr:
        """Upstream's conversions: their names say how they read integers, and i1 too."""
        source, t = op.operands[0].type, storage(result)
        zero, one = self.constant(0, x.dtype), self.constant(1, x.dtype)
        match op:
            case arith.ExtFOp() | arith.TruncFOp():
                return self.cast(x, source, result)
            case arith.TruncIOp() | arith.IndexCastOp() if t == "int1":
                if x.dtype == "int1":
                    return x
                return self.infix("!=", self.infix("&", x, one), zero, "int1")
            case arith.FPToSIOp() if t == "int1":
                return self.infix(">=", self.call("tl.abs", x.dtype, x), one, "int1")
            case arith.FPToUIOp() if t == "int1":
                return self.infix(">=", x, one, "int1")
            case arith.FPToSIOp():
                return self._saturated(x, t)
            case arith.FPToUIOp():
                high = float((1 << width(t)) - 1)
                return self.call("_to_unsigned", t, x, extra=f"{high!r}, tl.u{t}, tl.{t}")
            case arith.ExtSIOp() | arith.IndexCastOp() | arith.SIToFPOp() | arith.TruncIOp():
                if x.dtype == "int1":
                    x = self.infix("-", self.constant(0, "int8"), self.to(x, "int8"))
                    source = ten.index_type
                return self.cast(x, source, result)
            case arith.ExtUIOp() | arith.UIToFPOp():
                if x.dtype != "int1":
                    x = self.to(x, f"u{x.dtype}", bits=True)
                if types.is_float(result):
                    return self.round(self.to(x, register(result)), result)
                return self.to(self.to(x, f"u{t}"), t, bits=True)
            case _:
                raise LetgradError(f"the triton backend has no code for {op_name(op)}", op)

    # Integers.

    def _integer(self, op: Operation, xs: list[Expr], t: str) -> Expr:
        kind = type(op)
        if t == "int1":
            return self._truth(op, xs)
        if kind in SIGNED:
            divisor = types.constant_value(op.operands[1])
            if isinstance(divisor, int) and divisor > 0 and kind in (arith.DivSIOp, arith.RemSIOp):
                return self.infix("//" if kind is arith.DivSIOp else "%", xs[0], xs[1])
            if kind is arith.FloorDivSIOp and isinstance(divisor, int) and divisor.bit_count() == 1:
                if divisor > 0 and not xs[0].literal:
                    bits = Expr(str(divisor.bit_length() - 1), xs[0].dtype, literal=True)
                    return self.infix(">>", xs[0], bits)  # it rounds down
            return self.call(SIGNED[kind], xs[0].dtype, *xs)
        if kind in UNSIGNED or kind in (arith.MaxUIOp, arith.MinUIOp, arith.ShRUIOp):
            x, y = (self.to(self.tensor(x), f"u{t}", bits=True) for x in xs)
            if kind in UNSIGNED:
                value = self.call(UNSIGNED[kind], f"u{t}", x, y)
            elif kind is arith.ShRUIOp:
                value = self.call("_shift_right", f"u{t}", x, y, extra=f"{width(t)}, False")
            else:
                name = "maximum" if kind is arith.MaxUIOp else "minimum"
                value = self.call(f"tl.{name}", f"u{t}", x, y)
            return self.to(value, t, bits=True)
        match op:
            case arith.MaxSIOp() | arith.MinSIOp():
                return self.call(f"tl.{'maximum' if kind is arith.MaxSIOp else 'minimum'}", t, *xs)
            case arith.ShLIOp():
                return self.call("_shift_left", t, *xs, extra=str(width(t)))
            case arith.ShRSIOp():
                return self.call("_shift_right", t, *xs, extra=f"{width(t)}, True")
            case math.AbsIOp():
                return self.call("tl.abs", t, *xs)
            case math.IPowIOp():
                return self.call("_integer_power", t, *xs, extra=str(width(t)))
            case math.CtPopOp() | math.CountLeadingZerosOp() | math.CountTrailingZerosOp():
                x = self.to(self.to(self.tensor(xs[0]), f"u{t}", bits=True), "uint64")
                if isinstance(op, math.CtPopOp):
                    return self.to(self.call("_popcount", "uint64", x), t)
                name = "leading" if isinstance(op, math.CountLeadingZerosOp) else "trailing"
                return self.to(self.call(f"_{name}_zeros", "int64", x, extra=str(width(t))), t)
            case _:
                raise LetgradError(f"the triton backend has no code for {op_name(op)}", op)

    def _truth(self, op: Operation, xs: list[Expr]) -> Expr:
        """An op on integers of one bit."""
        match op:
            case arith.MaxSIOp() | arith.MinUIOp() | arith.DivUIOp() | arith.CeilDivUIOp():
                return self.infix("&", xs[0], xs[1])
            case arith.MinSIOp() | arith.MaxUIOp():
                return self.infix("|", xs[0], xs[1])
            case arith.DivSIOp() | arith.FloorDivSIOp() | arith.CeilDivSIOp():
                return self.infix("&", xs[0], xs[1])
            case arith.RemSIOp() | arith.RemUIOp():
                return self.infix("&", xs[0], self.infix("&", xs[0], self.invert(xs[0])))
            case arith.ShLIOp() | arith.ShRUIOp():
                return self.infix("&", xs[0], self.invert(xs[1]))
            case arith.ShRSIOp() | math.AbsIOp() | math.CtPopOp():
                return xs[0]
            case math.CountLeadingZerosOp() | math.CountTrailingZerosOp():
                return self.invert(xs[0])
            case math.IPowIOp():
                return self.infix("|", xs[0], self.invert(xs[1]))
            case _:
                raise LetgradError(f"the triton backend has no code for {op_name(op)}", op)


INTEGER_UNARY = (math.AbsIOp, math.CtPopOp, math.CountLeadingZerosOp, math.CountTrailingZerosOp)

__all__ = ["Expr", "Scalars", "number", "register", "replace", "storage", "width"]
