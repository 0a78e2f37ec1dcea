"""
exp and log as LLVM functions of vectors, at one speed for all numbers. For one number, the library
is faster.

A library's vector functions call the scalar one for each number at which their formula does not
hold: below -708 in exp (-87 for float32), and for zeros in log. A softmax with a mask has these
numbers, and took ten times as long. The functions here have no such numbers.

    exp x = 2^n exp r,  n = round(x / log 2),  |r| ≤ log(2) / 2,  exp r = 1 + (r + r² q(r))
    log x = n log 2 + log(1 + f),  x = 2^n (1 + f),  √½ ≤ 1 + f < √2

The result is the number that is nearest to the value, or the next one. The polynomials are those
with the least error, found by Remez's algorithm. The series of log(1 + f) in f / (2 + f) is that of
FDLIBM (e_log.c, Sun Microsystems 1993). On vectors of 512 bits, instructions of AVX-512 find n and
f of log, and multiply by 2^n.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf, nan

import numpy as np


@dataclass(frozen=True)
class Format:
    """A format of numbers, and the constants of the formulas in it."""

    type: str
    bits: str
    """The integer type of the same width."""
    suffix: str
    fraction: int
    """Bits of the fraction."""
    bias: int
    ends: tuple[float, float]
    """Below the first number exp is 0, and above the second one it is infinite."""
    exp_log2: tuple[float, float]
    """log 2 in two parts; each multiple of the first by an exponent is exact."""
    q: Sequence[float]
    log_log2: tuple[float, float]
    series: Sequence[float]
    """
    For float64, the coefficients of z, z², … with z = (f / (2 + f))²; for float32 those of q, where
    a division takes longer than four more products.
    """


AS_ALWAYS = "4"
"""Rounds as all instructions of the thread do."""

POSITIVE = "12"
"""A factor from 1 up to 2, of positive numbers; that of a number below 0 is NaN."""

FORMATS = {
    "double": Format(
        "double", "i64", "f64", 52, 1023, (-746.0, 710.0),
        (0.6931471805598903, 5.497923018708371e-14),
        (
            0.5000000000000012, 0.166666666666667, 0.041666666666515424, 0.008333333333307203,
            0.0013888888947015047, 0.00019841269917387773, 2.4801489943045365e-05,
            2.7557216297168217e-06, 2.763128005932482e-07, 2.5117862209452576e-08,
        ),
        (0.6931471803691238, 1.9082149292705877e-10),
        (
            0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784,
            0.1818357216161805, 0.15313837699209373, 0.14798198605116586,
        ),
    ),
    "float": Format(
        "float", "i32", "f32", 23, 127, (-104.5, 89.0),
        (0.693145751953125, 1.4286068203094173e-06),
        (
            0.5000000095186973, 0.16666518840425965, 0.041666205794452925, 0.008368889284450627,
            0.0013950491674133258,
        ),
        (0.69313812256, 9.0580006145e-06),
        (
            0.3333333170735948, -0.2500082104807243, 0.20001226924958426, -0.1662335684809389,
            0.1420175639916162, -0.1316018597902214, 0.12761591234563416, -0.07634505030333454,
        ),
    ),
}  # fmt: skip


@dataclass
class Body:
    """The instructions of a function of `lanes` numbers."""

    of: Format
    lanes: int
    lines: list[str] = field(default_factory=list)
    needs: dict[str, str] = field(default_factory=dict)
    """The declarations of the intrinsics, by name."""

    def let(self, text: str) -> str:
        name = f"%v{len(self.lines)}"
        self.lines.append(f"{name} = {text}")
        return name

    def wide(self, type: str) -> str:
        return f"<{self.lanes} x {type}>" if self.lanes > 1 else type

    @property
    def floats(self) -> str:
        return self.wide(self.of.type)

    @property
    def integers(self) -> str:
        return self.wide(self.of.bits)

    def _repeated(self, type: str, text: str) -> str:
        return f"<{', '.join([f'{type} {text}'] * self.lanes)}>" if self.lanes > 1 else text

    def number(self, x: float) -> str:
        """A constant; LLVM spells the bits of a float64, also of a float32."""
        value = float(np.float32(x)) if self.of.type == "float" else x
        return self._repeated(self.of.type, f"0x{np.float64(value).view(np.uint64):016X}")

    def integer(self, n: int) -> str:
        return self._repeated(self.of.bits, str(n))

    def binary(self, op: str, a: str, b: str) -> str:
        """An instruction on two numbers; on two integers if `op` has no f in front."""
        return self.let(f"{op} {self.floats if op[0] == 'f' else self.integers} {a}, {b}")

    def fma(self, a: str, b: str, c: str) -> str:
        """a b + c, in one rounding where the machine has it."""
        name = f"llvm.fmuladd.{f'v{self.lanes}' if self.lanes > 1 else ''}{self.of.suffix}"
        t = self.floats
        self.needs[name] = f"declare {t} @{name}({t}, {t}, {t})"
        return self.let(f"call {t} @{name}({t} {a}, {t} {b}, {t} {c})")

    def polynomial(self, x: str, coefficients: Sequence[float]) -> str:
        *others, last = coefficients
        value = self.number(last)
        for c in reversed(others):
            value = self.fma(value, x, self.number(c))
        return value

    def where(self, predicate: str, a: str, b: str, yes: str, no: str) -> str:
        """yes where a and b compare so, else no; all are numbers."""
        mask = self.let(f"fcmp {predicate} {self.floats} {a}, {b}")
        t = self.floats
        return self.let(f"select {self.wide('i1')} {mask}, {t} {yes}, {t} {no}")

    @property
    def is_widest(self) -> bool:
        """
        Whether the vectors have 512 bits. A machine with such vectors has AVX-512. Its instructions
        take a number apart into a factor and a power of two, and put both together. They take 0,
        infinite and subnormal numbers too.
        """
        return self.lanes > 1 and self.lanes == lanes_of("e", self.of.type)

    def of_avx512(self, name: str, *operands: tuple[str, str]) -> str:
        """An instruction of AVX-512 on vectors of 512 bits; an operand is its type and its name."""
        full = f"llvm.x86.avx512.mask.{name}.p{'d' if self.of.type == 'double' else 's'}.512"
        self.needs[full] = f"declare {self.floats} @{full}({', '.join(t for t, _ in operands)})"
        given = ", ".join(f"{t} {x}" for t, x in operands)
        return self.let(f"call {self.floats} @{full}({given})")

    def bits_of(self, x: str) -> str:
        return self.let(f"bitcast {self.floats} {x} to {self.integers}")

    def of_bits(self, x: str) -> str:
        return self.let(f"bitcast {self.integers} {x} to {self.floats}")


def exp(b: Body, x: str) -> str:
    low, high = b.of.ends
    # 0 as a product that is too small for a subnormal number would take a hundred cycles.
    given = x
    if not b.is_widest:
        x = b.where("olt", x, b.number(low), b.number(0.0), x)
    x = b.where("ogt", x, b.number(high), b.number(high), x)
    # Adding this number and taking it away rounds to a whole number, which the low bits hold.
    magic = 1.5 * 2.0**b.of.fraction
    shifted = b.fma(x, b.number(1.4426950408889634), b.number(magic))
    whole = b.binary("fsub", shifted, b.number(magic))
    large, small = b.of.exp_log2
    r = b.fma(whole, b.number(-small), b.fma(whole, b.number(-large), x))
    rest = b.fma(b.binary("fmul", r, r), b.polynomial(r, b.of.q), r)
    value = b.binary("fadd", rest, b.number(1.0))
    if b.is_widest:
        above = b.let(f"fcmp uge {b.floats} {given}, {b.number(low)}")
        mask = b.let(f"bitcast <{b.lanes} x i1> {above} to i{b.lanes}")
        vectors = [(b.floats, each) for each in (value, whole, "zeroinitializer")]
        return b.of_avx512("scalef", *vectors, (f"i{b.lanes}", mask), ("i32", AS_ALWAYS))
    # 2^n itself can be no normal number, so it is the product of two powers. Their biased exponents
    # add up to n + 2 bias, which is positive: AVX2 shifts only such integers.
    bits = b.bits_of(b.number(magic))
    both = b.binary("sub", b.bits_of(shifted), b.binary("sub", bits, b.integer(2 * b.of.bias)))
    first = b.binary("lshr", both, b.integer(1))
    for exponent in (first, b.binary("sub", both, first)):
        power = b.of_bits(b.binary("shl", exponent, b.integer(b.of.fraction)))
        value = b.binary("fmul", value, power)
    return b.where("olt", given, b.number(low), b.number(0.0), value)


def _parts(b: Body, x: str) -> tuple[str, str]:
    """n and f of log; of 0 n is -∞, of ∞ it is ∞, and of a number below 0 f is NaN."""
    t, all = b.floats, (f"i{b.lanes}", "-1")
    none = t, "zeroinitializer"
    n = b.of_avx512("getexp", (t, x), none, all, ("i32", AS_ALWAYS))
    m = b.of_avx512("getmant", (t, x), ("i32", POSITIVE), none, all, ("i32", AS_ALWAYS))
    root = b.number(2**0.5)
    n = b.where("ogt", m, root, b.binary("fadd", n, b.number(1.0)), n)
    m = b.where("ogt", m, root, b.binary("fmul", m, b.number(0.5)), m)
    return n, b.binary("fsub", m, b.number(1.0))


def _parts_of_bits(b: Body, x: str) -> tuple[str, str]:
    """n and f of log, for normal and subnormal numbers."""
    of = b.of
    tiny = b.number(2.0 ** (1 - of.bias))
    scaled = b.binary("fmul", x, b.number(2.0 ** (of.fraction + 2)))
    y = b.where("olt", x, tiny, scaled, x)
    bias = b.integer(of.bias << of.fraction)
    bits = b.binary("add", b.bits_of(y), bias)
    above = b.binary("sub", bits, b.bits_of(b.number(0.7071067811865476)))
    biased = b.binary("lshr", above, b.integer(of.fraction))
    m = b.of_bits(b.binary("sub", bits, b.binary("shl", biased, b.integer(of.fraction))))
    # The bits of a whole number below 2^fraction are the last bits of 2^fraction + the number.
    offset = 2.0**of.fraction
    sum = b.of_bits(b.binary("or", biased, b.bits_of(b.number(offset))))
    offset += of.bias
    taken = b.where("olt", x, tiny, b.number(offset + of.fraction + 2), b.number(offset))
    whole = b.binary("fsub", sum, taken)
    return whole, b.binary("fsub", m, b.number(1.0))


def power_and_rest(b: Body, x: str) -> tuple[str, str]:
    """n and f of x = 2^n (1 + f), √½ ≤ 1 + f < √2, for x > 0. Both are exact."""
    return _parts(b, x) if b.is_widest else _parts_of_bits(b, x)


def log(b: Body, x: str) -> str:
    of = b.of
    whole, f = power_and_rest(b, x)
    square = b.binary("fmul", f, f)
    large, small = of.log_log2
    if of.type == "float":
        # log(1 + f) = f + f² (f q(f) - ½)
        inner = b.fma(f, b.polynomial(f, of.series), b.number(-0.5))
        value = b.binary("fadd", f, b.fma(square, inner, b.binary("fmul", whole, b.number(small))))
    else:
        # log(1 + f) = f - (f²/2 - s (f²/2 + series of s²)), s = f / (2 + f)
        s = b.binary("fdiv", f, b.binary("fadd", f, b.number(2.0)))
        z = b.binary("fmul", s, s)
        series = b.binary("fmul", z, b.polynomial(z, of.series))
        half = b.binary("fmul", square, b.number(0.5))
        rest = b.binary("fmul", s, b.binary("fadd", half, series))
        rest = b.fma(whole, b.number(small), rest)
        value = b.binary("fsub", f, b.binary("fsub", half, rest))
    value = b.fma(whole, b.number(large), value)
    if b.is_widest:
        return value
    # Of 0 it is -∞, of a number below 0 it is NaN, and of ∞ and NaN it is the number itself.
    value = b.where("olt", x, b.number(inf), value, x)
    value = b.where("olt", x, b.number(0.0), b.number(nan), value)
    return b.where("oeq", x, b.number(0.0), b.number(-inf), value)


FUNCTIONS: dict[str, Callable[[Body, str], str]] = {"exp": exp, "log": log}
PREFIX = "letgrad_vector_"


def vector_name(function: str, type: str, lanes: int) -> str:
    return f"{PREFIX}{function}_{type}_{lanes}"


def definition(function: str, name: str, type: str, lanes: int) -> tuple[str, dict[str, str]]:
    """The text of the function @name of so many numbers, and the declarations that it needs."""
    body = Body(FORMATS[type], lanes)
    result = FUNCTIONS[function](body, "%x")
    t = body.floats
    lines = "\n".join([*body.lines, f"ret {t} {result}"])
    text = f"define {t} @{name}({t} %x) nounwind willreturn memory(none) {{\n{lines}\n}}"
    return text, body.needs


def module(letters: str) -> str:
    """The text of a module with all functions for vectors of these letters of the vector ABI."""
    texts: list[str] = []
    declarations: dict[str, str] = {}
    for function in FUNCTIONS:
        for type in FORMATS:
            for letter in letters:
                lanes = lanes_of(letter, type)
                name = vector_name(function, type, lanes)
                text, needs = definition(function, name, type, lanes)
                texts.append(text)
                declarations |= needs
    return "\n".join([*declarations.values(), *texts])


def letter_of(lanes: int, type: str) -> str:
    """The letter of the vectors with so many numbers of a type."""
    return next(letter for letter in "ed" if lanes_of(letter, type) == lanes)


def lanes_of(letter: str, type: str) -> int:
    """The numbers of a type in a vector with this letter: "e" has 512 bits, "d" 256."""
    return {"e": 64, "d": 32}[letter] // (8 if type == "double" else 4)
