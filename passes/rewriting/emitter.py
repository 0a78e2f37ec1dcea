"""
Making new ops: the place of new ops, their source location, and formulas written as formulas.
"""

from __future__ import annotations

import functools
from collections import ChainMap
from collections.abc import Callable, Hashable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import IntegerAttr, LocationAttr, UnknownLoc, i1
from xdsl.dialects.utils import FastMathFlag
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import IRDLOperation
from xdsl.rewriter import InsertPoint

from ...dialects import ten, types
from ...dialects.walking import ops_in
from . import locations

Known = MutableMapping[Hashable, SSAValue]
"""
The values that are computed already. The keys are the op that computes a value (`key_of`), and a
value that computes the same again.
"""

COMMUTATIVE: frozenset[type[Operation]] = frozenset((
    arith.AddfOp, arith.MulfOp, arith.MaximumfOp, arith.MinimumfOp, arith.AddiOp, arith.MuliOp,
    arith.AndIOp, arith.OrIOp, arith.XOrIOp, arith.MaxSIOp, arith.MinSIOp, arith.MaxUIOp,
    arith.MinUIOp,
))  # fmt: skip
"""
Ops of two operands that may change places. The result keeps every bit (but for the payload of a
NaN).
"""


class Layers(ChainMap[Hashable, SSAValue]):
    """
    What is known at a place, and in the regions around it. `ChainMap.get` asks each layer twice,
    through two functions and a generator.
    """

    def get(self, key: Hashable, default: Any = None) -> Any:
        for layer in self.maps:
            if (found := layer.get(key)) is not None:
                return found
        return default


def key_of(op: Operation, known: Known) -> Hashable | None:
    """
    A key of the computation of an op, if the op gives one value that its operands and properties
    determine; else None. Divisions with different flags have one key: see `keep_common_flags`.
    """
    if op.regions or len(op.results) != 1 or op._successors:
        return None
    operands = tuple([known.get(x, x) for x in op._operands])
    if op.__class__ in COMMUTATIVE and id(operands[0]) > id(operands[1]):
        operands = operands[::-1]
    (result,) = op.results
    return (
        op.name,
        operands,
        result.type,
        None if op.__class__ is arith.DivfOp else items_of(op.properties),
        items_of(op.attributes),
    )


_NOTHING: frozenset[tuple[str, Attribute]] = frozenset()


def items_of(attributes: Mapping[str, Attribute]) -> frozenset[tuple[str, Attribute]]:
    """The names and the values, to compare them in any order."""
    return frozenset(attributes.items()) if attributes else _NOTHING


def keep_common_flags(value: SSAValue, op: Operation) -> None:
    """
    `value` takes the place of the value of `op`, which has the same key. A division keeps only the
    flags that both ops have, so that a division without flags stays exact.
    """
    other = value.owner
    if isinstance(op, arith.DivfOp) and isinstance(other, arith.DivfOp):
        flags = other.fastmath.data
        if not flags <= op.fastmath.data:
            other.fastmath = arith.FastMathFlagsAttr(flags & op.fastmath.data)


def note(op: Operation, known: Known) -> None:
    """Make the value of an op known: as a new value, or as the same as a known value."""
    if (key := key_of(op, known)) is not None:
        value = known.setdefault(key, op.results[0])
        if value is not op.results[0]:
            known[op.results[0]] = value
            keep_common_flags(value, op)


def known_before(op: Operation) -> Known:
    """The values that the ops before `op` in its block compute."""
    known: Known = {}
    block = op.parent
    assert block is not None
    for other in block.ops:
        if other is op:
            break
        note(other, known)
    return known


RECIPROCAL_ALLOWED = arith.FastMathFlagsAttr([FastMathFlag.ALLOW_RECIP])
"""The flag of a division `a / b` for which `a * (1 / b)` will do."""


def made(
    op: type[Operation], *xs: SSAValue, fastmath: arith.FastMathFlagsAttr | None = None
) -> Operation:
    """
    `op(*xs)`, for an elementwise op whose result has the type of its first operand, and for
    `arith.select`. `fastmath` are the flags of an op that has such flags.

    IRDL's constructors take three times as long, because they look up the meaning of each argument.
    """
    properties = _defaults(op)
    if properties is None:
        return op(*xs)
    if fastmath is not None:
        properties = {**properties, "fastmath": fastmath}
    type = xs[1 if op is arith.SelectOp else 0].type
    return op.create(operands=xs, result_types=[type], properties=properties)


@functools.cache
def _defaults(op: type[Operation]) -> dict[str, Attribute] | None:
    """
    The default properties of an op of upstream. None for ops whose constructors may do more.
    """
    if op.dialect_name() not in ("arith", "math") or not issubclass(op, IRDLOperation):
        return None
    properties = op.get_irdl_definition().properties.items()
    return {name: p.default_value for name, p in properties if p.default_value is not None}


@functools.cache
def _compared(predicate: str) -> IntegerAttr:
    return IntegerAttr(ten.INTEGER_PREDICATES.index(predicate), 64)


@dataclass
class Emitter:
    """
    Puts new ops at one place, one after the other, and gives them the location of their source.

    With `known`, the emitter does not put an op there again if the value of the op is known: it
    gives the known value instead. So rules never emit a computation that the program, or another
    rule, has already. Known values dominate the place.

    Example:

        >>> module = lg.trace(lambda x: np.sin(x), 1.0)
        >>> sin_op = next(op for op in module.walk() if isinstance(op, math.SinOp))
        >>> e = Emitter.before(sin_op)
        >>> sin_op.operands[0] = e.multiply(sin_op.operand, e.constant(2.0, f64))
        >>> show(module)
        lambda = \\x -> sin (x * 2.0)
    """

    place: InsertPoint
    location: LocationAttr
    known: Known | None = None
    source: LocationAttr | None = None
    """The location that `location` is derived from. The ops of copies are derived ops, too."""

    @staticmethod
    def before(op: Operation, known: Known | None = None) -> Emitter:
        return Emitter(InsertPoint.before(op), op.location, known)

    @staticmethod
    def after(op: Operation, known: Known | None = None) -> Emitter:
        """The emitter puts ops between `op` and the op that follows it now."""
        return Emitter(InsertPoint.after(op), op.location, known)

    def at(self, location: LocationAttr) -> Emitter:
        """The same place, for ops that come from another source location."""
        return Emitter(self.place, location, self.known)

    def derived(self, op: Operation, rule: str) -> Emitter:
        """The same place, for the ops that `rule` makes from `op`."""
        location = locations.derived(op.location, rule)
        return Emitter(self.place, location, self.known, op.location)

    def insert(self, op: Operation) -> Operation:
        """Put `op` here."""
        at = self.place
        if at.insert_before is None:
            at.block.add_op(op)
        else:
            at.block.insert_op_before(op, at.insert_before)
        for new in ops_in(op) if op.regions else (op,):
            if new.location.__class__ is UnknownLoc or new.location is self.source:
                new.location = self.location
        return op

    def __call__(self, op: Operation) -> SSAValue:
        """The first result of `op`. If the value is not known, the emitter puts `op` here."""
        if self.known is not None and (key := key_of(op, self.known)) is not None:
            if (value := self.known.get(key)) is not None:
                keep_common_flags(value, op)
                op.erase()
                return value
            self.known[key] = op.results[0]
        return self.insert(op).results[0]

    def constant(self, number: float | int | bool, type: Attribute) -> SSAValue:
        """A scalar, or a tensor of equal elements."""
        return self(types.constant(number, type))

    def add(self, a: SSAValue, b: SSAValue) -> SSAValue:
        return self(made(arith.AddfOp, a, b))

    def multiply(self, a: SSAValue, b: SSAValue) -> SSAValue:
        return self(made(arith.MulfOp, a, b))

    def divide_loosely(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """
        a / b, where a backend may compute a * (1 / b). MLIR's flag `arcp` says so.
        """
        return self(made(arith.DivfOp, a, b, fastmath=RECIPROCAL_ALLOWED))

    def compare(self, predicate: str, a: SSAValue, b: SSAValue) -> SSAValue:
        """
        Compare floats or integers, scalars or tensors. The predicates are those of `arith.cmpf` and
        `arith.cmpi`.
        """
        if types.rank(a.type):
            return self(ten.CompareOp(predicate, a, b))
        if types.is_float(a.type):
            return self(arith.CmpfOp(a, b, predicate))
        return self(
            arith.CmpiOp.create(
                operands=[a, b],
                result_types=[i1],
                properties={"predicate": _compared(predicate)},
            )
        )

    def select(self, mask: SSAValue, a: SSAValue, b: SSAValue) -> SSAValue:
        """Select between scalars, tensors or terms, by a scalar or elementwise mask."""
        scalar = types.rank(a.type) == 0 and not isinstance(a.type, types.Term)
        return self(made(arith.SelectOp, mask, a, b) if scalar else ten.SelectOp(mask, a, b))


@dataclass(eq=False)
class Expression:
    """
    A formula over values of one type. `emit` emits each part of the formula once, when it is
    needed.

        r = 1 / (x * x + y * y)
        value = (x * r).emit(emitter)

    Example:

        >>> x = types.constant(3.0, f64).result
        >>> y = 1 / (Expression.of(x) * 2 + 1)
        >>> print(y.type)
        f64
    """

    type: Attribute
    make: Callable[[Emitter], SSAValue]
    _value: SSAValue | None = field(default=None, init=False)

    @staticmethod
    def of(value: SSAValue) -> Expression:
        expression = Expression(value.type, lambda e: value)
        expression._value = value
        return expression

    @property
    def number(self) -> int | float | None:
        """The value of all elements, if the formula is known to be a constant."""
        return None if self._value is None else types.constant_value(self._value)

    def emit(self, e: Emitter) -> SSAValue:
        if self._value is None:
            self._value = self.make(e)
        return self._value

    def _operand(self, other: Expression | float) -> Expression:
        if isinstance(other, Expression):
            return other
        return Expression(self.type, lambda e: e.constant(other, self.type))

    def _binary(
        self, op: type[Operation], other: Expression | float, swap: bool = False
    ) -> Expression:
        a, b = (self._operand(other), self) if swap else (self, self._operand(other))
        return Expression(self.type, lambda e: e(made(op, a.emit(e), b.emit(e))))

    def __add__(self, other: Expression | float) -> Expression:
        return self._binary(arith.AddfOp, other)

    def __radd__(self, other: float) -> Expression:
        return self._binary(arith.AddfOp, other, swap=True)

    def __sub__(self, other: Expression | float) -> Expression:
        return self._binary(arith.SubfOp, other)

    def __rsub__(self, other: float) -> Expression:
        return self._binary(arith.SubfOp, other, swap=True)

    def __mul__(self, other: Expression | float) -> Expression:
        return self._binary(arith.MulfOp, other)

    def __rmul__(self, other: float) -> Expression:
        return self._binary(arith.MulfOp, other, swap=True)

    def __truediv__(self, other: Expression | float) -> Expression:
        return self._binary(arith.DivfOp, other)

    def __rtruediv__(self, other: float) -> Expression:
        return self._binary(arith.DivfOp, other, swap=True)

    def loosely_over(self, other: Expression) -> Expression:
        """
        self / other, where a backend may multiply by 1 / other instead, which it often has already
        (see `Emitter.divide_loosely`).
        """
        return Expression(self.type, lambda e: e.divide_loosely(self.emit(e), other.emit(e)))

    def __neg__(self) -> Expression:
        return Expression(self.type, lambda e: e(arith.NegfOp(self.emit(e))))

    def compare(self, predicate: str, other: Expression | float) -> Expression:
        """Elementwise comparison, by the predicates of `arith.cmpf` (or `cmpi`)."""
        b = self._operand(other)
        mask = types.of_shape(types.shape(self.type), i1)
        return Expression(mask, lambda e: e.compare(predicate, self.emit(e), b.emit(e)))

    def __gt__(self, other: Expression | float) -> Expression:
        return self.compare("ogt", other)

    def __lt__(self, other: Expression | float) -> Expression:
        return self.compare("olt", other)


def where(
    mask: Expression, a: Expression | float, b: Expression | float, like: Expression
) -> Expression:
    """
    Elementwise choice; numbers become constants of the type of `like`.

    Example:

        >>> @formula(CubeOp)
        ... def any_formula(x):
        ...     return where(x > 0.0, x, 0.0, x)
        >>> print(f"{lg.jit(cube)(2.0):.4f}")
        2.0000
    """
    x, y = like._operand(a), like._operand(b)
    return Expression(like.type, lambda e: e.select(mask.emit(e), x.emit(e), y.emit(e)))


def function(op: type[Operation]) -> Callable[..., Expression]:
    """
    An elementwise op with one result type, as a function of formulas.

    Example:

        >>> log1p = function_of_op(math.Log1pOp)
        >>> @formula(CubeOp)
        ... def not_a_cube(x):
        ...     return log1p(x)
        >>> round(float(lg.jit(cube)(1.0)), 4)
        0.6931
    """
    return lambda *xs: Expression(xs[0].type, lambda e: e(made(op, *[x.emit(e) for x in xs])))


sin = function(math.SinOp)
"""
The sine of a formula.

Example:

    >>> @formula(CubeOp)
    ... def any_formula(x):
    ...     return sin(x)
    >>> print(f"{lg.jit(cube)(2.0):.4f}")
    0.9093
"""
cos = function(math.CosOp)
"""
The cosine of a formula.

Example:

    >>> @formula(CubeOp)
    ... def any_formula(x):
    ...     return cos(x)
    >>> print(f"{lg.jit(cube)(2.0):.4f}")
    -0.4161
"""
sinh = function(math.SinhOp)
"""
The hyperbolic sine of a formula.

Example:

    >>> @formula(CubeOp)
    ... def any_formula(x):
    ...     return sinh(x)
    >>> print(f"{lg.jit(cube)(2.0):.4f}")
    3.6269
"""
cosh = function(math.CoshOp)
"""
The hyperbolic cosine of a formula.

Example:

    >>> @formula(CubeOp)
    ... def any_formula(x):
    ...     return cosh(x)
    >>> print(f"{lg.jit(cube)(2.0):.4f}")
    3.7622
"""
exp = function(math.ExpOp)
"""
e to the power of a formula.

Example:

    >>> @formula(CubeOp)
    ... def any_formula(x):
    ...     return exp(-x)
    >>> print(f"{lg.jit(cube)(2.0):.4f}")
    0.1353
"""
log = function(math.LogOp)
"""
The natural logarithm of a formula.

Example:

    >>> @formula(CubeOp)
    ... def any_formula(x):
    ...     return log(x * x)
    >>> print(f"{lg.jit(cube)(2.0):.4f}")
    1.3863
"""
sqrt = function(math.SqrtOp)
"""
The square root of a formula.

Example:

    >>> @formula(CubeOp)
    ... def any_formula(x):
    ...     return sqrt(x * x + 1)
    >>> print(f"{lg.jit(cube)(2.0):.4f}")
    2.2361
"""
power = function(math.PowFOp)
"""
One formula to the power of another.

Example:

    >>> @formula(CubeOp)
    ... def any_formula(x):
    ...     return power(x, x)
    >>> print(f"{lg.jit(cube)(2.0):.4f}")
    4.0000
"""
copysign = function(math.CopySignOp)
"""
The magnitude of one formula with the sign of another.

Example:

    >>> @formula(CubeOp)
    ... def any_formula(x):
    ...     return copysign(x, x - 1)
    >>> print(f"{lg.jit(cube)(2.0):.4f}")
    2.0000
"""


def cast(x: Expression, element: Attribute) -> Expression:
    """
    x with elements of another type.

    Example:

        >>> from xdsl.dialects.builtin import f32
        >>> x = Expression.of(types.constant(3.0, f64).result)
        >>> print(cast_formula(x, f32).type)
        f32
    """
    type = types.of_shape(types.shape(x.type), element)
    return Expression(type, lambda e: e(ten.CastOp(x.emit(e), element)))
