"""
`ten`: structural ops on tensors.

Elementwise arithmetic is upstream's (`arith`, `math`), on scalars and tensors alike; here is what
moves, joins, reduces and indexes. Nothing broadcasts implicitly. All ops are pure and total: a read
outside of a tensor gives 0, a write outside is dropped. "Linear in x" means that x may also be a
delta term, and then so is the result.

Every op can tell its result type from its operands and properties, or check the one given;
constructors and verifiers use the same function for it, so that their errors are the same.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import ClassVar, Self

from xdsl.dialect_interfaces.constant_materialization import ConstantMaterializationInterface
from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    StringAttr,
    TensorType,
    UnitAttr,
    i1,
    i64,
)
from xdsl.dialects.utils import AbstractYieldOperation
from xdsl.interfaces import HasCanonicalizationPatternsInterface, HasFolderInterface
from xdsl.ir import Attribute, Block, BlockArgument, Dialect, Operation, Region, SSAValue
from xdsl.irdl import (
    AnyAttr,
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_op_definition,
    lazy_traits_def,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.pattern_rewriter import RewritePattern
from xdsl.printer import Printer
from xdsl.traits import HasParent, IsTerminator, Pure, get_effects
from xdsl.utils.exceptions import VerifyException

from . import types
from .types import Term, element, ints, like, of_shape, rank, shape

index_type = IndexType()

FLOAT_PREDICATES = tuple(arith.CMPF_COMPARISON_OPERATIONS)
INTEGER_PREDICATES = tuple(arith.CMPI_COMPARISON_OPERATIONS)
REDUCTIONS = ("max", "min", "prod", "any", "all")


Message = str | Callable[[], str]
"""A function where it says what it was made of: that is printed only if there is an error."""


def require(op: Operation, condition: bool, message: Message) -> None:
    if not condition:
        text = message if isinstance(message, str) else message()
        raise VerifyException(f"{op.name}: {text}")


class TenOp(IRDLOperation, HasFolderInterface, HasCanonicalizationPatternsInterface, ABC):
    """
    An op without regions, written

        ten.op [lead,] %a, %b keyword [ints] … {attributes} : type of %a, type of %b -> type of the
        result
    """

    traits = traits_def(Pure())

    LISTS: ClassVar[tuple[str, ...]] = ()
    """Properties that are lists of integers, in the order in which they are written."""
    DIMENSION: ClassVar[bool] = False
    """Whether there is a property `dim`, written `dim 0`."""
    LEAD: ClassVar[str | None] = None
    """A string property that is written first, as a bare word."""
    AFTER_LEAD: ClassVar[str] = ","
    """What is between that and the operands."""
    ONE_TYPE: ClassVar[bool] = False
    """
    Whether only one type is written, which is that of the operands, and of the result if it is
    inferred so.
    """

    def result_type(self) -> Attribute:
        """
        The result's type as the operands and properties have it. Raises `VerifyException` where
        they do not fit.
        """
        raise NotImplementedError

    def verify_(self) -> None:
        for name in self.LISTS:
            check_int_list(self, name)
        for i, value in enumerate(self.operands):
            types.check(value.type, self.name, f"operand {i}")
        types.check(self.results[0].type, self.name, "the result")
        expected = self.result_type()
        if self.results[0].type != expected:
            raise VerifyException(
                f"{self.name}: the result is {expected}, not {self.results[0].type}"
            )

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return fold_empty(self)

    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from .ten_canonicalization import PATTERNS

        return PATTERNS.get(cls, ())

    def require(self, condition: bool, message: Message) -> None:
        require(self, condition, message)

    def _build(
        self,
        operands: Sequence[SSAValue | Operation | Sequence[SSAValue | Operation]],
        properties: dict[str, Attribute],
        result_type: Attribute | None = None,
    ) -> None:
        """Construct, with the inferred result type where none is given."""
        # IRDL's constructor would look up which arguments are for which definition, and that takes
        # half of the time of making an op; here one list of operands is all that there is.
        values = [
            SSAValue.get(x)
            for given in operands
            for x in ((given,) if isinstance(given, SSAValue | Operation) else given)
        ]
        Operation.__init__(
            self, operands=values, properties=properties, result_types=[result_type or index_type]
        )
        if result_type is None:
            self.results[0]._type = self.result_type()  # pyright: ignore[reportPrivateUsage]

    def print(self, printer: Printer) -> None:
        if self.LEAD is not None:
            printer.print_string(f" {self._lead_text()}")
            printer.print_string(self.AFTER_LEAD if self.operands else "")
        if self.operands:
            printer.print_string(" ")
            printer.print_list(self.operands, printer.print_operand)
        if self.DIMENSION:
            dim = self.properties["dim"]
            assert isinstance(dim, IntegerAttr)
            printer.print_string(f" dim {dim.value.data}")
        for name in self.LISTS:
            numbers = self.properties[name]
            assert isinstance(numbers, DenseArrayBase)
            printer.print_string(f" {name} [{', '.join(map(str, ints(numbers)))}]")
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        if self.ONE_TYPE:
            printer.print_attribute(
                self.operands[0].type if self.operands else self.results[0].type
            )
            return
        printer.print_list(self.operand_types, printer.print_attribute)
        printer.print_string(" -> ")
        printer.print_attribute(self.results[0].type)

    def _lead_text(self) -> str:
        return self.properties[self.LEAD].data  # type: ignore[index, attr-defined]

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        properties: dict[str, Attribute] = {}
        if cls.LEAD is not None:
            properties[cls.LEAD] = StringAttr(cls._parse_lead(parser))
        operands = _parse_operands(parser)
        if cls.DIMENSION:
            parser.parse_keyword("dim")
            properties["dim"] = IntegerAttr(_parse_int(parser), i64)
        for name in cls.LISTS:
            parser.parse_keyword(name)
            properties[name] = _parse_int_list(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        if cls.ONE_TYPE:
            type = parser.parse_type()
            values = parser.resolve_operands(operands, [type] * len(operands), position)
            return cls._of_one_type(parser, values, type, properties, attributes)
        operand_types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        parser.parse_punctuation("->")
        result = parser.parse_type()
        values = parser.resolve_operands(operands, operand_types, position)
        return cls.create(
            operands=values, result_types=[result], properties=properties, attributes=attributes
        )

    @classmethod
    def _parse_lead(cls, parser: Parser) -> str:
        word = parser.parse_identifier()
        parser.parse_punctuation(",")
        return word

    @classmethod
    def _of_one_type(
        cls,
        parser: Parser,
        values: Sequence[SSAValue],
        type: Attribute,
        properties: dict[str, Attribute],
        attributes: dict[str, Attribute],
    ) -> Self:
        return cls.create(
            operands=values, result_types=[type], properties=properties, attributes=attributes
        )


def _parse_operands(parser: Parser) -> list:
    first = parser.parse_optional_unresolved_operand()
    if first is None:
        return []
    operands = [first]
    while parser.parse_optional_punctuation(","):
        operands.append(parser.parse_unresolved_operand())
    return operands


def _parse_int_list(parser: Parser) -> DenseArrayBase:
    return types.int_array(
        parser.parse_comma_separated_list(parser.Delimiter.SQUARE, lambda: _parse_int(parser))
    )


def _parse_int(parser: Parser) -> int:
    start = parser.pos
    value = parser.parse_integer()
    if not -(1 << 63) <= value < 1 << 63:
        parser.raise_error(f"{value} is no 64-bit integer", start, parser.pos)
    return value


def check_int_list(op: Operation, name: str) -> None:
    """Refuse arrays of other elements, whose numbers the op would misread."""
    values = op.properties[name]
    if not isinstance(values, DenseArrayBase) or values.elt_type != i64:
        raise VerifyException(f"{op.name}: {name} is {values}, not a list of i64")


def fold_empty(op: Operation) -> Sequence[Attribute] | None:
    """A tensor without elements is a constant, however it came about."""
    type = op.results[0].type
    if isinstance(type, TensorType) and types.size(type) == 0:
        return (DenseIntOrFPElementsAttr.from_list(type, []),)
    return None


def _check_dims(op: TenOp, dims: Sequence[int], rank: int, what: str) -> None:
    op.require(
        all(a < b for a, b in pairwise(dims)),
        lambda: f"{what} {list(dims)} are not strictly increasing",
    )
    op.require(
        all(0 <= d < rank for d in dims),
        lambda: f"{what} {list(dims)} are not all in 0..{rank - 1} (rank {rank})",
    )


def _without(sizes: Sequence[int], dims: Sequence[int]) -> tuple[int, ...]:
    return tuple(n for d, n in enumerate(sizes) if d not in dims)


@irdl_op_definition
class IotaOp(TenOp):
    """
    0, 1, 2, … along dimension `dim`, the same along all others.

        y[i…] = i_dim

    Shapes:  -> y (n…), of a number type.
    Errors:  a scalar result, `dim` outside of the rank, elements `i1`.
    """

    name = "ten.iota"
    dim = prop_def(IntegerAttr)
    result = result_def(AnyAttr())
    DIMENSION: ClassVar = True
    ONE_TYPE: ClassVar = True

    def __init__(self, dim: int, result_type: Attribute):
        self._build([], {"dim": IntegerAttr(dim, i64)}, result_type)

    def result_type(self) -> Attribute:
        type = self.result.type
        d = self.dim.value.data
        self.require(
            not isinstance(type, Term) and not types.is_bool(element(type)),
            lambda: f"{type} has no numbers to count with",
        )
        self.require(
            0 <= d < rank(type),
            lambda: f"dim {d} is not in 0..{rank(type) - 1} (rank {rank(type)})",
        )
        return type


@irdl_op_definition
class SelectOp(TenOp):
    """
    Elementwise choice.

        y[i…] = mask[i…] ? a[i…] : b[i…]        or, with a scalar mask,  y = mask ? a : b

    Both operands are computed. Written `ten.select %mask, %a, %b : type of mask, type of a`.
    Shapes:  mask (n…) or scalar, of i1;  a, b (n…)  ->  y (n…)
    Linear in a and b, together.
    """

    name = "ten.select"
    SYNTAX: ClassVar = "ten.select %mask, %a, %b : type of mask, type of a"
    mask = operand_def(AnyAttr())
    a = operand_def(AnyAttr())
    b = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(
        self, mask: SSAValue | Operation, a: SSAValue | Operation, b: SSAValue | Operation
    ):
        self._build([mask, a, b], {})

    def result_type(self) -> Attribute:
        mask, a, b = (v.type for v in self.operands)
        self.require(a == b, lambda: f"the alternatives are {a} and {b}")
        self.require(
            not isinstance(mask, Term) and element(mask) == i1 and shape(mask) in ((), shape(a)),
            lambda: (
                f"the mask of {a} is "
                f"{' or '.join(dict.fromkeys((str(of_shape(shape(a), i1)), 'i1')))}, not {mask}"
            ),
        )
        return a

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        if self.a == self.b:
            return (self.a,)
        if (known := types.constant_value(self.mask)) is not None:
            return (self.a if known else self.b,)
        return super().fold()

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_operand)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.mask.type)
        printer.print_string(", ")
        printer.print_attribute(self.a.type)

    @classmethod
    def parse(cls, parser: Parser) -> SelectOp:
        operands = _parse_operands(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        mask = parser.parse_type()
        parser.parse_punctuation(",")
        type = parser.parse_type()
        values = parser.resolve_operands(operands, [mask, type, type], position)
        return cls.create(operands=values, result_types=[type], attributes=attributes)


@irdl_op_definition
class CompareOp(TenOp):
    """
    Elementwise comparison, by the predicates of `arith.cmpf` for floats and of `arith.cmpi` for
    integers.

        y[i…] = a[i…] predicate b[i…]

    For tensors: upstream's comparisons give one `i1` in xDSL whatever they compare.
    Written `ten.compare olt, %a, %b : type of both`.
    Shapes:  a, b (n…)  ->  y (n…) of i1
    Errors:  operands of different types; a predicate of the other kind of numbers; a signed one on
             i1.
    """

    name = "ten.compare"
    SYNTAX: ClassVar = "ten.compare predicate, %a, %b : type of both"
    predicate = prop_def(StringAttr)
    a = operand_def(AnyAttr())
    b = operand_def(AnyAttr())
    result = result_def(AnyAttr())
    LEAD: ClassVar = "predicate"
    ONE_TYPE: ClassVar = True

    def __init__(self, predicate: str, a: SSAValue | Operation, b: SSAValue | Operation):
        self._build([a, b], {"predicate": StringAttr(predicate)})

    def result_type(self) -> Attribute:
        a, b = (v.type for v in self.operands)
        self.require(a == b, lambda: f"operands are {a} and {b}")
        self.require(not isinstance(a, Term), lambda: f"cannot compare terms ({a})")
        predicates = FLOAT_PREDICATES if types.is_float(element(a)) else INTEGER_PREDICATES
        if types.is_bool(element(a)):
            predicates = tuple(p for p in predicates if not p.startswith("s"))
        self.require(
            self.predicate.data in predicates,
            lambda: (
                f"'{self.predicate.data}' is none of the predicates on {element(a)}: "
                f"{', '.join(predicates)}"
            ),
        )
        return of_shape(shape(a), i1)

    @classmethod
    def _of_one_type(cls, parser, values, type, properties, attributes):
        result = of_shape(shape(type), i1)
        return cls.create(
            operands=values, result_types=[result], properties=properties, attributes=attributes
        )


@irdl_op_definition
class CastOp(TenOp):
    """
    Elementwise conversion between numeric types, i1 and index.

        y[i…] = x[i…], as the result's element type

    Total: to a narrower float it rounds to nearest even; from a float to an integer it truncates
    towards zero, saturates at the integer's limits, and makes 0 of NaN; to a narrower integer it
    wraps; to i1 it is x ≠ 0; i1 counts as 0 and 1.
    Shapes:  x (n…)  ->  y (n…)
    Linear in x, where both are floats.
    """

    name = "ten.cast"
    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, x: SSAValue | Operation, element_type: Attribute):
        type = SSAValue.get(x).type
        self._build([x], {}, like(type, shape(type), element_type))

    def result_type(self) -> Attribute:
        x, y = self.x.type, self.result.type
        self.require(isinstance(x, Term) == isinstance(y, Term), lambda: f"{x} cannot become {y}")
        self.require(
            not isinstance(x, Term) or (types.is_float(element(x)) and types.is_float(element(y))),
            lambda: f"only floats have terms: {x} -> {y}",
        )
        return like(x, shape(x), element(y))

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.x,) if self.x.type == self.result.type else super().fold()


class _ByDims(TenOp, ABC):
    """An op on some dimensions of x, which are listed in increasing order."""

    dims = prop_def(DenseArrayBase)
    LISTS: ClassVar = ("dims",)

    def checked_dims(self, rank: int) -> tuple[int, ...]:
        dims = ints(self.dims)
        _check_dims(self, dims, rank, "dims")
        return dims


@irdl_op_definition
class BroadcastOp(_ByDims):
    """
    x repeated along new dimensions, which stand at positions `dims` of the result.

        y[i…] = x[i… without those at dims]

    Shapes:  x (m…)  ->  y (n…), where n… without dims is m…
    Linear in x; its transpose is `ten.sum` over dims.
    """

    name = "ten.broadcast"
    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, x: SSAValue | Operation, dims: Sequence[int], result_shape: Sequence[int]):
        self._build([x], {"dims": types.int_array(dims)}, like(SSAValue.get(x).type, result_shape))

    def result_type(self) -> Attribute:
        x, y = self.x.type, self.result.type
        rest = _without(shape(y), self.checked_dims(rank(y)))
        self.require(
            rest == shape(x),
            lambda: (
                f"{y} without dims {list(ints(self.dims))} has sizes {list(rest)}, but the operand "
                f"is {x}"
            ),
        )
        return like(x, shape(y))

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.x,) if not ints(self.dims) else super().fold()


@irdl_op_definition
class SumOp(_ByDims):
    """
    Sum over dimensions. The sum of nothing is 0.

        y[i…] = Σ x over the indices at dims

    Shapes:  x (n…)  ->  y (n… without dims)
    Errors:  elements i1 (cast them first).
    Linear in x; its transpose is `ten.broadcast`.
    """

    name = "ten.sum"
    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, x: SSAValue | Operation, dims: Sequence[int]):
        self._build([x], {"dims": types.int_array(sorted(dims))})

    def result_type(self) -> Attribute:
        x = self.x.type
        self.require(not types.is_bool(element(x)), lambda: f"{x} has no numbers to add")
        return like(x, _without(shape(x), self.checked_dims(rank(x))))

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.x,) if not ints(self.dims) else super().fold()


@irdl_op_definition
class ReduceOp(_ByDims):
    """
    Reduction by `max`, `min`, `prod` of numbers, or `any`, `all` of truth values, over dimensions.

    NaN wins over numbers in max and min, and -0 < 0. Of nothing: max is the least value of the type
    (-inf, or the smallest integer), min the greatest, prod 1, any false, all true. Written
    `ten.reduce max, %x dims [1] : …`.
    Shapes:  x (n…)  ->  y (n… without dims)
    """

    name = "ten.reduce"
    SYNTAX: ClassVar = "ten.reduce kind, %x dims [0, 1] : type of x -> result"
    kind = prop_def(StringAttr)
    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())
    LEAD: ClassVar = "kind"

    def __init__(self, kind: str, x: SSAValue | Operation, dims: Sequence[int]):
        self._build([x], {"kind": StringAttr(kind), "dims": types.int_array(sorted(dims))})

    def result_type(self) -> Attribute:
        x, kind = self.x.type, self.kind.data
        self.require(kind in REDUCTIONS, lambda: f"'{kind}' is none of {', '.join(REDUCTIONS)}")
        self.require(
            not isinstance(x, Term), lambda: f"{kind} is not linear, and its operand is {x}"
        )
        self.require(
            types.is_bool(element(x)) == (kind in ("any", "all")),
            lambda: f"{kind} of {x}: any and all are for i1, max, min and prod for numbers",
        )
        return like(x, _without(shape(x), self.checked_dims(rank(x))))

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.x,) if not ints(self.dims) else super().fold()


class _ArgReduction(TenOp, ABC):
    DIMENSION: ClassVar = True
    x = operand_def(AnyAttr())
    dim = prop_def(IntegerAttr)
    result = result_def(AnyAttr())

    def __init__(self, x: SSAValue | Operation, dim: int, element_type: Attribute = i64):
        type = SSAValue.get(x).type
        self._build(
            [x],
            {"dim": IntegerAttr(dim, i64)},
            of_shape(_without(shape(type), [dim]), element_type),
        )

    def result_type(self) -> Attribute:
        x, d = self.x.type, self.dim.value.data
        self.require(not isinstance(x, Term), lambda: f"{x} has no values to compare")
        self.require(
            0 <= d < rank(x), lambda: f"dim {d} is not in 0..{rank(x) - 1} (rank {rank(x)})"
        )
        self.require(
            types.is_integer(element(self.result.type)),
            lambda: f"positions are integers, not {self.result.type}",
        )
        return of_shape(_without(shape(x), [d]), element(self.result.type))


@irdl_op_definition
class ArgmaxOp(_ArgReduction):
    """
    Position of the greatest element along `dim`: the first of equals, the first NaN if there is
    one, 0 of nothing.

    Shapes:  x (n…)  ->  y (n… without dim), of any integer type or index.
    """

    name = "ten.argmax"


@irdl_op_definition
class ArgminOp(_ArgReduction):
    """
    Position of the least element along `dim`: the first of equals, the first NaN if there is one, 0
    of nothing.

    Shapes:  x (n…)  ->  y (n… without dim), of any integer type or index.
    """

    name = "ten.argmin"


@irdl_op_definition
class CumsumOp(TenOp):
    """
    Running sum along `dim`.

        y[…, i, …] = Σ_{j ≤ i} x[…, j, …]

    Shapes:  x (n…)  ->  y (n…)
    Linear in x; its transpose is the running sum from the other end.
    """

    name = "ten.cumsum"
    x = operand_def(AnyAttr())
    dim = prop_def(IntegerAttr)
    result = result_def(AnyAttr())
    DIMENSION: ClassVar = True
    ONE_TYPE: ClassVar = True

    def __init__(self, x: SSAValue | Operation, dim: int):
        self._build([x], {"dim": IntegerAttr(dim, i64)})

    def result_type(self) -> Attribute:
        x, d = self.x.type, self.dim.value.data
        self.require(
            0 <= d < rank(x), lambda: f"dim {d} is not in 0..{rank(x) - 1} (rank {rank(x)})"
        )
        self.require(not types.is_bool(element(x)), lambda: f"{x} has no numbers to add")
        return x

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.x,) if shape(self.x.type)[self.dim.value.data] == 1 else super().fold()


@irdl_op_definition
class TransposeOp(TenOp):
    """
    Dimensions in another order.

        y[i_0, i_1, …] = x[j…]  with  j_{perm[q]} = i_q        (dimension q of y is dimension
        perm[q] of x)

    Shapes:  x (n…)  ->  y (n_{perm[0]}, n_{perm[1]}, …)
    Linear in x; its transpose has the inverse permutation.
    """

    name = "ten.transpose"
    x = operand_def(AnyAttr())
    perm = prop_def(DenseArrayBase)
    result = result_def(AnyAttr())
    LISTS: ClassVar = ("perm",)

    def __init__(self, x: SSAValue | Operation, perm: Sequence[int]):
        self._build([x], {"perm": types.int_array(perm)})

    def result_type(self) -> Attribute:
        x, perm = self.x.type, ints(self.perm)
        self.require(
            sorted(perm) == list(range(rank(x))),
            lambda: f"perm {list(perm)} is not a permutation of the {rank(x)} dimensions of {x}",
        )
        return like(x, [shape(x)[p] for p in perm])

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        perm = ints(self.perm)
        return (self.x,) if perm == tuple(range(len(perm))) else super().fold()


@irdl_op_definition
class ReshapeOp(TenOp):
    """
    The same elements, in row-major order, in another shape.

    Shapes:  x (m…)  ->  y (n…), Π m = Π n; a scalar is a shape too.
    Linear in x; its transpose reshapes back.
    """

    name = "ten.reshape"
    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, x: SSAValue | Operation, result_shape: Sequence[int]):
        self._build([x], {}, like(SSAValue.get(x).type, result_shape))

    def result_type(self) -> Attribute:
        x, y = self.x.type, self.result.type
        self.require(
            types.size(x) == types.size(y),
            lambda: f"{types.size(x)} elements cannot become {y} ({types.size(y)})",
        )
        return like(x, shape(y))

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.x,) if self.x.type == self.result.type else super().fold()


@irdl_op_definition
class ReverseOp(_ByDims):
    """
    The elements in reverse order along `dims`.

        y[i…] = x[j…]  with  j_d = n_d - 1 - i_d for d in dims, else i_d

    Shapes:  x (n…)  ->  y (n…)
    Linear in x; its own transpose.
    """

    name = "ten.reverse"
    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())
    ONE_TYPE: ClassVar = True

    def __init__(self, x: SSAValue | Operation, dims: Sequence[int]):
        self._build([x], {"dims": types.int_array(sorted(dims))})

    def result_type(self) -> Attribute:
        self.checked_dims(rank(self.x.type))
        return self.x.type

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        if all(shape(self.x.type)[d] <= 1 for d in ints(self.dims)):
            return (self.x,)
        return super().fold()


@irdl_op_definition
class SliceOp(TenOp):
    """
    A box of `x`, every `strides[d]`-th element of each dimension d.

        y[i…] = x[offsets + i * strides]

    Shapes:  x (n…)  ->  y (sizes…),  offsets + (sizes - 1) * strides < n
    Errors:  a box that leaves x; a stride below 1; ranks that differ.
    Linear in x; its transpose is `ten.pad` with interior strides - 1.
    """

    name = "ten.slice"
    x = operand_def(AnyAttr())
    offsets = prop_def(DenseArrayBase)
    sizes = prop_def(DenseArrayBase)
    strides = prop_def(DenseArrayBase)
    result = result_def(AnyAttr())
    LISTS: ClassVar = ("offsets", "sizes", "strides")

    def __init__(
        self,
        x: SSAValue | Operation,
        offsets: Sequence[int],
        sizes: Sequence[int],
        strides: Sequence[int] | None = None,
    ):
        strides = [1] * len(sizes) if strides is None else strides
        lists = {"offsets": offsets, "sizes": sizes, "strides": strides}
        self._build([x], {name: types.int_array(values) for name, values in lists.items()})

    def result_type(self) -> Attribute:
        x = self.x.type
        offsets, sizes, strides = ints(self.offsets), ints(self.sizes), ints(self.strides)
        for name, values in (("offsets", offsets), ("sizes", sizes), ("strides", strides)):
            self.require(
                len(values) == rank(x),
                lambda: f"{len(values)} {name} for the {rank(x)} dimensions of {x}",
            )
        for d, (n, o, s, t) in enumerate(zip(shape(x), offsets, sizes, strides)):
            self.require(t >= 1, lambda: f"stride {t} of dimension {d} is below 1")
            self.require(s >= 0, lambda: f"size {s} of dimension {d} is negative")
            last = o + (s - 1) * t
            self.require(
                o >= 0 and (last < n if s else o <= n),
                lambda: (
                    f"offset {o}, size {s}, stride {t} leave dimension {d} of {x}, which has {n} "
                    "elements"
                ),
            )
        return like(x, sizes)

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.x,) if self.x.type == self.result.type else super().fold()


@irdl_op_definition
class PadOp(TenOp):
    """
    Zeros around `x` and between its elements.

        y[low + i * (interior + 1)] = x[i],  0 elsewhere

    Shapes:  x (n…)  ->  y (low + max(n + (n - 1) * interior, 0) + high)
    Errors:  negative widths; ranks that differ.
    Linear in x; its transpose is `ten.slice`.
    """

    name = "ten.pad"
    x = operand_def(AnyAttr())
    low = prop_def(DenseArrayBase)
    high = prop_def(DenseArrayBase)
    interior = prop_def(DenseArrayBase)
    result = result_def(AnyAttr())
    LISTS: ClassVar = ("low", "high", "interior")

    def __init__(
        self,
        x: SSAValue | Operation,
        low: Sequence[int],
        high: Sequence[int],
        interior: Sequence[int] | None = None,
    ):
        interior = [0] * len(low) if interior is None else interior
        lists = {"low": low, "high": high, "interior": interior}
        self._build([x], {name: types.int_array(values) for name, values in lists.items()})

    def result_type(self) -> Attribute:
        x = self.x.type
        low, high, interior = ints(self.low), ints(self.high), ints(self.interior)
        for name, values in (("low", low), ("high", high), ("interior", interior)):
            self.require(
                len(values) == rank(x),
                lambda: f"{len(values)} {name} widths for the {rank(x)} dimensions of {x}",
            )
            self.require(
                all(v >= 0 for v in values), lambda: f"{name} {list(values)} has a negative width"
            )
        return like(
            x,
            [a + max(n + (n - 1) * m, 0) + b for n, a, b, m in zip(shape(x), low, high, interior)],
        )

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.x,) if self.x.type == self.result.type else super().fold()


def _check_joined(op: TenOp, operands: Sequence[SSAValue]) -> None:
    op.require(len(operands) > 0, "there is nothing to join")
    first = operands[0].type
    for i, value in enumerate(operands):
        op.require(
            isinstance(value.type, Term) == isinstance(first, Term)
            and element(value.type) == element(first),
            lambda: f"operand {i} is {value.type}, but operand 0 is {first}",
        )


@irdl_op_definition
class ConcatOp(TenOp):
    """
    One after another along dimension `dim`.

    Shapes:  x_k (…, n_k, …)  ->  y (…, Σ n_k, …)
    Errors:  no operands; sizes that differ elsewhere than at `dim`.
    Linear in the operands together; its transpose slices.
    """

    name = "ten.concat"
    xs = var_operand_def(AnyAttr())
    dim = prop_def(IntegerAttr)
    result = result_def(AnyAttr())
    DIMENSION: ClassVar = True

    def __init__(self, xs: Sequence[SSAValue | Operation], dim: int):
        self._build([list(xs)], {"dim": IntegerAttr(dim, i64)})

    def result_type(self) -> Attribute:
        _check_joined(self, self.xs)
        first, d = self.xs[0].type, self.dim.value.data
        self.require(
            0 <= d < rank(first),
            lambda: f"dim {d} is not in 0..{rank(first) - 1} (rank {rank(first)})",
        )
        for i, x in enumerate(self.xs):
            self.require(
                _without(shape(x.type), [d]) == _without(shape(first), [d])
                and rank(x.type) == rank(first),
                lambda: (
                    f"operand {i} is {x.type}, which differs from {first} elsewhere than in "
                    f"dimension {d}"
                ),
            )
        total = sum(shape(x.type)[d] for x in self.xs)
        return like(first, (*shape(first)[:d], total, *shape(first)[d + 1 :]))

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.xs[0],) if len(self.xs) == 1 else super().fold()


@irdl_op_definition
class StackOp(TenOp):
    """
    Operands of one type, side by side along a new first dimension. One type is written for all
    operands.

        y[k, i…] = x_k[i…]

    Shapes:  m operands (n…)  ->  y (m, n…)
    Linear in the operands together; its transpose indexes.
    """

    name = "ten.stack"
    SYNTAX: ClassVar = "ten.stack %a, %b : type of each -> result"
    xs = var_operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, xs: Sequence[SSAValue | Operation]):
        self._build([list(xs)], {})

    def result_type(self) -> Attribute:
        _check_joined(self, self.xs)
        first = self.xs[0].type
        for i, x in enumerate(self.xs):
            self.require(
                x.type == first, lambda: f"operand {i} is {x.type}, but operand 0 is {first}"
            )
        return like(first, (len(self.xs), *shape(first)))

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_operand)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.xs[0].type if self.xs else self.result.type)
        printer.print_string(" -> ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> StackOp:
        operands = _parse_operands(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        type = parser.parse_type()
        parser.parse_punctuation("->")
        result = parser.parse_type()
        values = parser.resolve_operands(operands, [type] * len(operands), position)
        return cls.create(operands=values, result_types=[result], attributes=attributes)


@irdl_op_definition
class IndexOp(TenOp):
    """
    The part of `t` at leading indices; 0 if any of them is outside. Negative is outside.

        y[j…] = t[i…, j…]

    Shapes:  t (m…, n…), as many indices as there are m  ->  y (n…), a scalar where all are given.
    Linear in t; its transpose is a scatter of one element.
    """

    name = "ten.index"
    SYNTAX: ClassVar = "ten.index %t[%i, %j] : type of t -> result"
    t = operand_def(AnyAttr())
    indices = var_operand_def(index_type)
    result = result_def(AnyAttr())

    def __init__(self, t: SSAValue | Operation, indices: Sequence[SSAValue | Operation]):
        self._build([t, list(indices)], {})

    def result_type(self) -> Attribute:
        t = self.t.type
        self.require(
            len(self.indices) <= rank(t),
            lambda: f"{len(self.indices)} indices into {t}, which has rank {rank(t)}",
        )
        return like(t, shape(t)[len(self.indices) :])

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.t,) if not self.indices else super().fold()

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.t)
        with printer.in_square_brackets():
            printer.print_list(self.indices, printer.print_operand)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.t.type)
        printer.print_string(" -> ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> IndexOp:
        t = parser.parse_unresolved_operand()
        indices = parser.parse_comma_separated_list(
            parser.Delimiter.SQUARE, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        type = parser.parse_type()
        parser.parse_punctuation("->")
        result = parser.parse_type()
        values = parser.resolve_operands(
            [t, *indices], [type, *[index_type] * len(indices)], position
        )
        return cls.create(operands=values, result_types=[result], attributes=attributes)


@irdl_op_definition
class EinsumOp(TenOp):
    """
    Sum of products, in NumPy's notation with the output given.

        y[output letters] = Σ over the other letters of Π_k x_k[letters of k]

    The order in which it multiplies and adds is open.
    Shapes:  a letter has one size, wherever it stands. A letter may stand twice in one operand: its
             diagonal.
    Errors:  a malformed specification; an operand with another rank than letters; elements i1; two
    operands that are terms. Linear in each operand.
    Source:  numpy.einsum.
    """

    name = "ten.einsum"
    SYNTAX: ClassVar = 'ten.einsum "ij,jk->ik" %a, %b : type of a, type of b -> result'
    spec = prop_def(StringAttr)
    xs = var_operand_def(AnyAttr())
    result = result_def(AnyAttr())
    LEAD: ClassVar = "spec"
    AFTER_LEAD: ClassVar = ""

    def __init__(self, spec: str, xs: Sequence[SSAValue | Operation]):
        self._build([list(xs)], {"spec": StringAttr(spec.replace(" ", ""))})

    @property
    def letters(self) -> tuple[tuple[str, ...], str]:
        """The letters of each operand, and those of the output."""
        inputs, _, output = self.spec.data.partition("->")
        return tuple(inputs.split(",")), output

    def result_type(self) -> Attribute:
        spec = self.spec.data
        inputs, output = self.letters
        words = (*inputs, output)
        self.require(
            spec.count("->") == 1 and all(c.isascii() and c.isalpha() for w in words for c in w),
            lambda: f'"{spec}" is not of the form "ij,jk->ik"',
        )
        self.require(
            len(inputs) == len(self.xs),
            lambda: f'"{spec}" is for {len(inputs)} operands, not {len(self.xs)}',
        )
        _check_joined(self, [x for x in self.xs if not isinstance(x.type, Term)] or self.xs)
        terms = [x.type for x in self.xs if isinstance(x.type, Term)]
        self.require(len(terms) <= 1, "the product of two terms is not linear")
        self.require(
            not types.is_bool(element(self.xs[0].type)),
            lambda: f"{self.xs[0].type} has no numbers to add",
        )
        sizes: dict[str, int] = {}
        for k, (word, x) in enumerate(zip(inputs, self.xs)):
            self.require(
                element(x.type) == element(self.xs[0].type),
                lambda: f"operand {k} is {x.type}, operand 0 {self.xs[0].type}",
            )
            self.require(
                len(word) == rank(x.type),
                lambda: f'operand {k} is {x.type}, but has {len(word)} letters "{word}"',
            )
            for letter, n in zip(word, shape(x.type)):
                known = sizes.setdefault(letter, n)
                self.require(
                    known == n,
                    lambda: f"'{letter}' is {known} elsewhere and {n} in operand {k}, {x.type}",
                )
        self.require(
            len(set(output)) == len(output),
            lambda: f'a letter stands twice in the output "{output}"',
        )
        missing = [c for c in output if c not in sizes]
        self.require(
            not missing,
            lambda: f"'{missing[0] if missing else ''}' is in the output but in no operand",
        )
        return like(terms[0] if terms else self.xs[0].type, [sizes[c] for c in output])

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        inputs, output = self.letters
        return (self.xs[0],) if inputs == (output,) else super().fold()

    def _lead_text(self) -> str:
        return f'"{self.spec.data}"'

    @classmethod
    def _parse_lead(cls, parser: Parser) -> str:
        return parser.parse_str_literal()


# Ops with index regions.


@irdl_op_definition
class YieldOp(AbstractYieldOperation[Attribute]):
    """
    Gives the values of a region: indices, the element of a `ten.build`, what a `ten.scan` carries
    on and gives.
    """

    name = "ten.yield"
    SYNTAX: ClassVar = "ten.yield %a, %b : type of a, type of b"
    traits = lazy_traits_def(
        lambda: (HasParent(GatherOp, ScatterOp, BuildOp, ScanOp), IsTerminator(), Pure())
    )


class IndexRegionOp(IRDLOperation, HasFolderInterface, HasCanonicalizationPatternsInterface, ABC):
    """
    An op with a pure region over index arguments, written

        ten.op [dims] %t (%i, %j) {attributes} : type of %t -> type { … ten.yield … }
    """

    traits = traits_def(Pure())

    REGION: ClassVar = "index regions"

    dims = prop_def(DenseArrayBase)
    body = region_def("single_block")

    @property
    def block(self) -> Block:
        return self.body.block

    @property
    def yielded(self) -> Sequence[SSAValue]:
        last = self.body.block.last_op
        return last.operands if last is not None else ()

    @property
    def domain(self) -> tuple[int, ...]:
        """The sizes over which the index arguments range."""
        return ints(self.dims)

    def result_type(self) -> Attribute:
        raise NotImplementedError

    def require(self, condition: bool, message: Message) -> None:
        require(self, condition, message)

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return fold_empty(self)

    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from .ten_canonicalization import PATTERNS

        return PATTERNS.get(cls, ())

    def verify_(self) -> None:
        check_int_list(self, "dims")
        for i, value in enumerate(self.operands):
            types.check(value.type, self.name, f"operand {i}")
        types.check(self.results[0].type, self.name, "the result")
        self.require(
            all(n >= 0 for n in ints(self.dims)),
            lambda: f"dims {list(ints(self.dims))} have a negative size",
        )
        for arg in self.block.args:
            self.require(
                arg.type == index_type, lambda: f"the region takes indices, not {arg.type}"
            )
        self.require(
            isinstance(self.block.last_op, YieldOp), "the region does not end in ten.yield"
        )
        self.require(
            len(self.block.args) == len(self.domain),
            lambda: (
                f"{len(self.block.args)} index arguments range over {len(self.domain)} dimensions "
                f"{list(self.domain)}"
            ),
        )
        verify_pure(self, self.block)
        expected = self.result_type()
        if self.results[0].type != expected:
            raise VerifyException(
                f"{self.name}: the result is {expected}, not {self.results[0].type}"
            )

    def print(self, printer: Printer) -> None:
        printer.print_string(f" [{', '.join(map(str, ints(self.dims)))}]")
        for value in self.operands:
            printer.print_string(" ")
            printer.print_operand(value)
        printer.print_string(" ")
        with printer.in_parens():
            printer.print_list(
                self.block.args, lambda arg: printer.print_block_argument(arg, print_type=False)
            )
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        if self.operands:
            printer.print_attribute(self.operands[0].type)
            printer.print_string(" -> ")
        printer.print_attribute(self.results[0].type)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        dims = _parse_int_list(parser)
        operand = parser.parse_optional_unresolved_operand()
        arguments = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, lambda: parser.parse_argument(expect_type=False)
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        operands: Sequence[SSAValue] = ()
        if operand is not None:
            operands = parser.resolve_operands([operand], [parser.parse_type()], position)
            parser.parse_punctuation("->")
        result = parser.parse_type()
        body = parser.parse_region([a.resolve(index_type) for a in arguments])
        return cls.create(
            operands=operands,
            result_types=[result],
            properties={"dims": dims},
            attributes=attributes,
            regions=[body],
        )


def verify_pure(holder: IndexRegionOp | ScanOp, block: Block) -> None:
    """Errors: `VerifyException`, for an op in a region of `holder` that may not be moved."""
    for op in block.ops:
        if isinstance(op, IndexRegionOp | ScanOp):
            continue  # it checks its own
        holder.require(is_pure(op), f"{op.name} is not known to be pure, and {holder.REGION} are")
        for region in op.regions:
            for inner in region.blocks:
                verify_pure(holder, inner)


def is_pure(op: Operation) -> bool:
    """Whether an op does nothing but give its results, and so may be moved."""
    effects = get_effects(op)
    return (effects is not None and not effects) or op.dialect_name() in _TRUSTED


_TRUSTED = {"arith", "math", "func"}
"""
Dialects whose ops are pure here, though some of them do not say so (arith.remui, arith.extui,
func.call).
"""


@irdl_op_definition
class GatherOp(IndexRegionOp):
    """
    Reads of `t` at computed leading indices; 0 where an index is outside.

        y[i…, j…] = t[idx(i…)…, j…]

    Shapes:  t (p…, n…), an index function from dims to as many indices as there are p  ->  y
             (dims…, n…)
    Errors:  more indices than t has dimensions; index values that are not of type index.
    Linear in t; its transpose is `ten.scatter` with the same index function.
    """

    name = "ten.gather"
    SYNTAX: ClassVar = "ten.gather [dims] %t (%i) : type of t -> result { … ten.yield %k : index }"
    t = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, dims: Sequence[int], t: SSAValue | Operation, body: Region):
        type = SSAValue.get(t).type
        last = body.block.last_op
        depth = len(last.operands) if last is not None else 0
        super().__init__(
            operands=[t],
            properties={"dims": types.int_array(dims)},
            result_types=[like(type, (*ints(dims), *shape(type)[depth:]))],
            regions=[body],
        )

    def result_type(self) -> Attribute:
        t, depth = self.t.type, len(self.yielded)
        self.require(
            depth <= rank(t), lambda: f"{depth} indices into {t}, which has rank {rank(t)}"
        )
        for value in self.yielded:
            self.require(
                value.type == index_type, lambda: f"an index has type {value.type}, not index"
            )
        return like(t, (*self.domain, *shape(t)[depth:]))


@irdl_op_definition
class ScatterOp(IndexRegionOp):
    """
    Sums of slices of `t` into a tensor of zeros, at computed leading indices; what falls outside is
    dropped.

        y[p…, j…] = Σ over i… with idx(i…) = p… of t[i…, j…]

    Shapes:  t (m…, n…), an index function from m… to as many indices as there are dims  ->  y
             (dims…, n…)
    Errors:  more index arguments than t has dimensions; another number of indices than dims;
    elements i1. Linear in t; its transpose is `ten.gather` with the same index function.
    """

    name = "ten.scatter"
    SYNTAX: ClassVar = "ten.scatter [dims] %t (%i) : type of t -> result { … ten.yield %k : index }"
    t = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, dims: Sequence[int], t: SSAValue | Operation, body: Region):
        type = SSAValue.get(t).type
        super().__init__(
            operands=[t],
            properties={"dims": types.int_array(dims)},
            result_types=[like(type, (*ints(dims), *shape(type)[len(body.block.args) :]))],
            regions=[body],
        )

    @property
    def domain(self) -> tuple[int, ...]:
        return shape(self.t.type)[: len(self.block.args)]

    def result_type(self) -> Attribute:
        t, dims = self.t.type, ints(self.dims)
        self.require(not types.is_bool(element(t)), lambda: f"{t} has no numbers to add")
        self.require(
            len(self.yielded) == len(dims),
            lambda: f"{len(self.yielded)} indices into the {len(dims)} dims {list(dims)}",
        )
        for value in self.yielded:
            self.require(
                value.type == index_type, lambda: f"an index has type {value.type}, not index"
            )
        return like(t, (*dims, *shape(t)[len(self.block.args) :]))


@irdl_op_definition
class BuildOp(IndexRegionOp):
    """
    Array comprehension.

        y[i…, j…] = v(i…)[j…]

    Shapes:  a region from indices in dims to a value v, a scalar or a tensor (n…)  ->  y (dims…,
             n…)
    Errors:  a region that yields another number of values than one.
    """

    name = "ten.build"
    SYNTAX: ClassVar = "ten.build [dims] (%i, %j) : result { … ten.yield %v : type }"
    result = result_def(AnyAttr())

    def __init__(self, dims: Sequence[int], body: Region):
        last = body.block.last_op
        assert last is not None and len(last.operands) == 1, "a build's region yields one value"
        value = last.operands[0].type
        super().__init__(
            operands=[],
            properties={"dims": types.int_array(dims)},
            result_types=[like(value, (*ints(dims), *shape(value)))],
            regions=[body],
        )

    def result_type(self) -> Attribute:
        self.require(
            len(self.yielded) == 1,
            lambda: f"the region yields {len(self.yielded)} values instead of one",
        )
        value = self.yielded[0].type
        types.check(value, self.name, "the yielded value")
        return like(value, (*self.domain, *shape(value)))


@irdl_op_definition
class ScanOp(IRDLOperation, HasFolderInterface, HasCanonicalizationPatternsInterface):
    """
    A loop of `length` steps that carries values and takes tensors apart, row by row.

        c_0 = inits;   (c_{k+1}, ys[k]) = body(c_k, xs[k]),  k = 0, 1, …   ->   c_length, ys

    With `reverse`, the steps are taken from the last row to the first, and row k of a result is
    what the step that had row k of the operands gave. The body sees values from outside, and is
    pure. Written

        %c, %ys = ten.scan [5] reverse (%h = %h0 : f64) over (%x = %xs : tensor<5xf64>)
            -> (f64, tensor<5xf64>) { … ten.yield %next, %y : f64, f64 }

    Shapes:  inits of any types, xs (length, n…); a region from carried values (of the types of
             inits) and rows (n…) to new carried values and values y (m…)  ->  the carried values,
             and (length, m…) for each y. With length 0: inits, and tensors without rows.
    Errors:  carried values that change their type; rows of another length; terms among values.
    Linear in what are terms of its inits, its xs, and the values from outside, together, where all
    that it carries and gives are terms. Its transpose is a scan in the other direction, which
    carries cotangents.
    """

    name = "ten.scan"
    SYNTAX: ClassVar = (
        "ten.scan [length] reverse (%c = %init : type)"
        " over (%x = %xs : type) -> (types) { … ten.yield %next, %y : types }"
    )
    REGION: ClassVar = "bodies of scans"
    length = prop_def(IntegerAttr)
    reverse = opt_prop_def(UnitAttr)
    inits = var_operand_def(AnyAttr())
    xs = var_operand_def(AnyAttr())
    res = var_result_def(AnyAttr())
    body = region_def("single_block")
    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(Pure())

    def __init__(
        self,
        length: int,
        inits: Sequence[SSAValue],
        xs: Sequence[SSAValue],
        body: Region,
        reverse: bool = False,
    ):
        last = body.block.last_op
        assert isinstance(last, YieldOp), "the body of a scan ends in ten.yield"
        n = len(inits)
        rows = [like(y.type, (length, *shape(y.type))) for y in last.operands[n:]]
        super().__init__(
            operands=[list(inits), list(xs)],
            properties={"length": IntegerAttr(length, i64)}
            | ({"reverse": UnitAttr()} if reverse else {}),
            result_types=[[*(y.type for y in last.operands[:n]), *rows]],
            regions=[body],
        )

    @property
    def block(self) -> Block:
        return self.body.block

    @property
    def trips(self) -> int:
        return self.length.value.data

    @property
    def is_reverse(self) -> bool:
        return self.reverse is not None

    @property
    def yielded(self) -> Sequence[SSAValue]:
        last = self.body.block.last_op
        return last.operands if last is not None else ()

    @property
    def carried(self) -> Sequence[BlockArgument]:
        """The arguments of the body that are carried from step to step."""
        return self.block.args[: len(self.inits)]

    @property
    def rows(self) -> Sequence[BlockArgument]:
        """The arguments of the body that are rows of `xs`."""
        return self.block.args[len(self.inits) :]

    @property
    def nexts(self) -> Sequence[SSAValue]:
        """What the body gives to carry on."""
        return self.yielded[: len(self.inits)]

    @property
    def ys(self) -> Sequence[SSAValue]:
        """What the body gives as rows of results."""
        return self.yielded[len(self.inits) :]

    def require(self, condition: bool, message: str) -> None:
        if not condition:
            raise VerifyException(f"{self.name}: {message}")

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return None

    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from .scans import PATTERNS

        return PATTERNS

    def verify_(self) -> None:
        for i, value in enumerate(self.operands):
            types.check(value.type, self.name, f"operand {i}")
        n, m = self.trips, len(self.inits)
        self.require(n >= 0, f"the length {n} is negative")
        self.require(
            isinstance(self.block.last_op, YieldOp), "the region does not end in ten.yield"
        )
        self.require(
            len(self.block.args) == m + len(self.xs),
            f"the region takes {len(self.block.args)} values, for {m} carried and "
            f"{len(self.xs)} rows",
        )
        self.require(
            len(self.yielded) >= m, f"the region yields {len(self.yielded)} values, and carries {m}"
        )
        for k, (x, arg, new) in enumerate(zip(self.inits, self.carried, self.nexts)):
            self.require(
                x.type == arg.type == new.type,
                f"carried value {k} begins as {x.type}, is {arg.type} in the region and "
                f"{new.type} after it",
            )
        for k, (x, arg) in enumerate(zip(self.xs, self.rows)):
            self.require(
                rank(x.type) > 0 and shape(x.type)[0] == n,
                f"xs {k} is {x.type}, which has not {n} rows",
            )
            row = like(x.type, shape(x.type)[1:])
            self.require(row == arg.type, f"a row of {x.type} is {row}, not {arg.type}")
        for k, y in enumerate(self.ys):
            types.check(y.type, self.name, f"yielded value {m + k}")
        expected = [
            *(x.type for x in self.inits),
            *(like(y.type, (n, *shape(y.type))) for y in self.ys),
        ]
        given = list(self.result_types)
        self.require(
            given == expected,
            f"the results are {', '.join(map(str, expected)) or 'none'}, not "
            f"{', '.join(map(str, given)) or 'none'}",
        )
        terms = [isinstance(t, Term) for t in given]
        self.require(
            all(terms) or not any([*terms, *(isinstance(x.type, Term) for x in self.xs)]),
            "some results are terms and some are values",
        )
        verify_pure(self, self.block)

    def print(self, printer: Printer) -> None:
        def argument(pair: tuple[BlockArgument, SSAValue]) -> None:
            printer.print_block_argument(pair[0], print_type=False)
            printer.print_string(" = ")
            printer.print_operand(pair[1])
            printer.print_string(" : ")
            printer.print_attribute(pair[1].type)

        printer.print_string(f" [{self.trips}]{' reverse' if self.is_reverse else ''} ")
        with printer.in_parens():
            printer.print_list(list(zip(self.carried, self.inits)), argument)
        if self.xs:
            printer.print_string(" over ")
            with printer.in_parens():
                printer.print_list(list(zip(self.rows, self.xs)), argument)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" -> ")
        with printer.in_parens():
            printer.print_list(self.result_types, printer.print_attribute)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)

    @classmethod
    def parse(cls, parser: Parser) -> ScanOp:
        with parser.in_square_brackets():
            length = _parse_int(parser)
        reverse = parser.parse_optional_keyword("reverse") is not None

        def argument() -> tuple[Parser.UnresolvedArgument, SSAValue]:
            name = parser.parse_argument(expect_type=False)
            parser.parse_punctuation("=")
            value, position = parser.parse_unresolved_operand(), parser.pos
            parser.parse_punctuation(":")
            (value,) = parser.resolve_operands([value], [parser.parse_type()], position)
            return name, value

        def arguments() -> list[tuple[Parser.UnresolvedArgument, SSAValue]]:
            return parser.parse_comma_separated_list(parser.Delimiter.PAREN, argument)

        carried = arguments()
        position = parser.pos
        over = arguments() if parser.parse_optional_keyword("over") else []
        for _, x in over:
            if rank(x.type) == 0:
                parser.raise_error(f"{x.type} has no rows", position, parser.pos)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation("->")
        results = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
        body = parser.parse_region(
            [
                *(name.resolve(x.type) for name, x in carried),
                *(name.resolve(like(x.type, shape(x.type)[1:])) for name, x in over),
            ]
        )
        inits, xs = [x for _, x in carried], [x for _, x in over]
        properties: dict[str, Attribute] = {"length": IntegerAttr(length, i64)}
        if reverse:
            properties["reverse"] = UnitAttr()
        return cls.build(
            operands=[inits, xs],
            result_types=[results],
            properties=properties,
            attributes=attributes,
            regions=[body],
        )


class TenConstants(ConstantMaterializationInterface):
    """Folds of our ops make upstream's constants."""

    def materialize_constant(self, value: Attribute, type: Attribute) -> Operation | None:
        return arith.ConstantOp.build(properties={"value": value}, result_types=(type,))


OPS: list[type[Operation]] = [
    ArgmaxOp, ArgminOp, BroadcastOp, BuildOp, CastOp, CompareOp, ConcatOp, CumsumOp, EinsumOp,
    GatherOp, IndexOp,
    IotaOp, PadOp, ReduceOp, ReshapeOp, ReverseOp, ScanOp, ScatterOp, SelectOp, SliceOp, StackOp,
    SumOp, TransposeOp, YieldOp,
]  # fmt: skip

Ten = Dialect("ten", OPS, [], [TenConstants()])
