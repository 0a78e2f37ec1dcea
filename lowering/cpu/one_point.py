"""
Code for the ops of a nest of one point, as the step of a loop over single elements has it.

Such a step is no vector of points, so it may branch. A branch that the processor foresees costs
less than the instructions for rare operands: NaN, infinities, zeros, and numbers that are no index.
For other operands the short code has the results of the plain code, and for rare ones the plain
code runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects import arith
from xdsl.ir import Operation, SSAValue

from ...dialects import ten, types
from .instructions import Scalars, number, register
from .select_forms import factors_of_guard, size_added_below_zero

Values = Mapping[SSAValue, str]

QUICK = {
    ("double", "i64"): ("sse2.cvttsd2si64", 2),
    ("double", "i32"): ("sse2.cvttsd2si", 2),
    ("float", "i64"): ("sse.cvttss2si64", 4),
    ("float", "i32"): ("sse.cvttss2si", 4),
}
"""x86's conversions of the first element of a vector, by types, with the length of the vector."""


def value(writer: Scalars, op: Operation, values: Values) -> str | None:
    """The register of an op for which a branch is better; None of another op."""
    match op:
        case arith.MaximumfOp() | arith.MinimumfOp():
            return _extremum(writer, op, values)
        case arith.SelectOp() if factors := factors_of_guard(op):
            return _product(writer, op, [values[x] for x in factors], values)
        case arith.SelectOp() if (n := size_added_below_zero(op)) is not None and n > 0:
            return _index(writer, op, n, values)
        case ten.CastOp() | arith.FPToSIOp():
            return _conversion(writer, op, values)
        case _:
            return None


def _product(writer: Scalars, op: arith.SelectOp, factors: Sequence[str], values: Values) -> str:
    """A product that is 0 where one factor is 0, also if the others are not finite."""
    t = register(op.result.type)
    infinite = number(float("inf"), op.result.type)
    sizes = [writer._call_intrinsic("fabs", t, [x]) for x in factors]
    finite = [writer.let(f"fcmp olt {t} {x}, {infinite}") for x in sizes]
    all_finite = finite[0]
    for x in finite[1:]:
        all_finite = writer.let(f"and i1 {all_finite}, {x}")
    cond, product, zero = values[op.cond], values[op.lhs], values[op.rhs]
    select = f"select i1 {cond}, {t} {product}, {t} {zero}"
    return writer.mostly(all_finite, product, lambda: writer.let(select), t)


def _extremum(writer: Scalars, op: arith.MaximumfOp | arith.MinimumfOp, values: Values) -> str:
    """
    The maximum or minimum of a and b. If b is a number and not 0, then it is b where b is larger or
    less, and else a, also if a is NaN: one instruction.
    """
    a, b = op.lhs, op.rhs
    if types.constant_value(b) is not None:
        a, b = b, a
    x, y, t = values[a], values[b], register(op.result.type)
    zero = number(0, op.result.type)
    plain = writer.let(f"fcmp one {t} {y}, {zero}")
    name = "maximum" if isinstance(op, arith.MaximumfOp) else "minimum"
    better = writer.let(f"fcmp {'ogt' if name == 'maximum' else 'olt'} {t} {y}, {x}")
    fast = writer.let(f"select i1 {better}, {t} {y}, {t} {x}")
    return writer.mostly(plain, fast, lambda: writer._call_intrinsic(name, t, [x, y]), t)


def _index(writer: Scalars, op: arith.SelectOp, n: int, values: Values) -> str:
    """
    x < 0 ? x + n : x  is x for 0 <= x < n. An access then needs no other test that x is inside.
    """
    x, t = values[op.rhs], register(op.result.type)
    inside = writer.let(f"icmp ult {t} {x}, {n}")
    select = f"select i1 {values[op.cond]}, {t} {values[op.lhs]}, {t} {x}"
    return writer.mostly(inside, x, lambda: writer.let(select), t)


def _conversion(writer: Scalars, op: ten.CastOp | arith.FPToSIOp, values: Values) -> str | None:
    """
    A float as an integer. x86's instruction gives the least integer for all floats whose integer
    does not exist. Only then the integer of a saturating conversion is another one.
    """
    x = op.operands[0]
    s, t = register(x.type), register(op.results[0].type)
    if not writer.mvec or (s, t) not in QUICK:
        return None
    name, length = QUICK[s, t]
    name, vector = f"llvm.x86.{name}", f"<{length} x {s}>"
    writer.declare(name, f"declare {t} @{name}({vector})")
    first = writer.let(f"insertelement {vector} undef, {s} {values[x]}, i32 0")
    quick = writer.let(f"call {t} @{name}({vector} {first})")
    exists = writer.let(f"icmp ne {t} {quick}, {-(1 << (int(t[1:]) - 1))}")
    return writer.mostly(exists, quick, lambda: writer.op_of(op, [values[x]]), t)
