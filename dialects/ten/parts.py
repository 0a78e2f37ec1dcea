"""Parts of tensors, and tensors of parts: `slice`, `pad`, `index`, `update`, `concat`, `stack`."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, i64
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    AnyAttr,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer

from .. import types
from ..types import ints, like, rank, shape
from .base import TenOp, check_joined, index_type, parse_int_list, parse_operands, without


class _PerDimension(TenOp, ABC):
    """An op with lists of numbers. Each list has one number per dimension of x."""

    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def _build_lists(self, x: SSAValue | Operation, *lists: Sequence[int]) -> None:
        self._build([x], {k: types.int_array(values) for k, values in zip(self.LISTS, lists)})

    def checked_lists(self, what: str = "") -> list[tuple[int, ...]]:
        """The lists in the order of `LISTS`, each checked for its length."""
        x = self.x.type
        lists = [ints(getattr(self, name)) for name in self.LISTS]
        for name, values in zip(self.LISTS, lists):
            self.require(
                len(values) == rank(x),
                lambda: f"{len(values)} {name}{what} for the {rank(x)} dimensions of {x}",
            )
        return lists

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.x,) if self.x.type == self.result.type else super().fold()


@irdl_op_definition
class SliceOp(_PerDimension):
    """
    A box of `x`, every `strides[d]`-th element of each dimension d.

        y[i…] = x[offsets + i * strides]

    Shapes:  x (n…)  ->  y (sizes…),  offsets + (sizes - 1) * strides < n
    Errors:  a box that leaves x; a stride below 1; ranks that differ.
    Linear in x; its transpose is `ten.pad` with interior strides - 1.
    """

    name = "ten.slice"
    offsets = prop_def(DenseArrayBase)
    sizes = prop_def(DenseArrayBase)
    strides = prop_def(DenseArrayBase)
    LISTS: ClassVar = ("offsets", "sizes", "strides")

    def __init__(
        self,
        x: SSAValue | Operation,
        offsets: Sequence[int],
        sizes: Sequence[int],
        strides: Sequence[int] | None = None,
    ):
        strides = [1] * len(sizes) if strides is None else strides
        self._build_lists(x, offsets, sizes, strides)

    def result_type(self) -> Attribute:
        x = self.x.type
        offsets, sizes, strides = self.checked_lists()
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


@irdl_op_definition
class PadOp(_PerDimension):
    """
    Zeros around `x` and between its elements.

        y[low + i * (interior + 1)] = x[i],  0 elsewhere

    Shapes:  x (n…)  ->  y (low + max(n + (n - 1) * interior, 0) + high)
    Errors:  negative widths; ranks that differ.
    Linear in x; its transpose is `ten.slice`.
    """

    name = "ten.pad"
    low = prop_def(DenseArrayBase)
    high = prop_def(DenseArrayBase)
    interior = prop_def(DenseArrayBase)
    LISTS: ClassVar = ("low", "high", "interior")

    def __init__(
        self,
        x: SSAValue | Operation,
        low: Sequence[int],
        high: Sequence[int],
        interior: Sequence[int] | None = None,
    ):
        interior = [0] * len(low) if interior is None else interior
        self._build_lists(x, low, high, interior)

    def result_type(self) -> Attribute:
        x = self.x.type
        low, high, interior = lists = self.checked_lists(" widths")
        for name, values in zip(self.LISTS, lists):
            self.require(
                all(v >= 0 for v in values), lambda: f"{name} {list(values)} has a negative width"
            )
        return like(
            x,
            [a + max(n + (n - 1) * m, 0) + b for n, a, b, m in zip(shape(x), low, high, interior)],
        )


@irdl_op_definition
class IndexOp(TenOp):
    """
    The part of `t` at leading indices; 0 if any index is outside. A negative index is outside.

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
class UpdateOp(TenOp):
    """
    `x`, in which a box has new elements: every `strides[d]`-th one from `offsets` on. Elements of
    `v` at places outside of x drop.

        y[offsets + i * strides] = v[i],  y[j] = x[j] elsewhere

    Shapes:  x (n…), as many offsets as there are n, v (m…)  ->  y (n…)
    Errors:  ranks that differ; another type of elements; a stride below 1.
    Linear in x and v together. Its transpose puts zeros into the box, for x, and reads the box, for
    v.
    """

    name = "ten.update"
    SYNTAX: ClassVar = "ten.update %x[%i, %j] %v strides [1, 1] : type of x, type of v -> result"
    LISTS: ClassVar = ("strides",)
    x = operand_def(AnyAttr())
    v = operand_def(AnyAttr())
    offsets = var_operand_def(index_type)
    strides = prop_def(DenseArrayBase)
    result = result_def(AnyAttr())

    def __init__(
        self,
        x: SSAValue | Operation,
        v: SSAValue | Operation,
        offsets: Sequence[SSAValue | Operation],
        strides: Sequence[int] | None = None,
    ):
        strides = [1] * len(offsets) if strides is None else strides
        self._build([x, v, list(offsets)], {"strides": types.int_array(strides)})

    def result_type(self) -> Attribute:
        x, v, strides = self.x.type, self.v.type, ints(self.strides)
        check_joined(self, (self.x, self.v))
        self.require(
            rank(v) == rank(x), lambda: f"a box {v} in {x}, which has another number of dimensions"
        )
        for what, number in (("offsets", len(self.offsets)), ("strides", len(strides))):
            self.require(
                number == rank(x),
                lambda: f"{number} {what} for the {rank(x)} dimensions of {x}",
            )
        for d, t in enumerate(strides):
            self.require(t >= 1, lambda: f"stride {t} of dimension {d} is below 1")
        return x

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        if not types.size(self.v.type):
            return (self.x,)
        return super().fold()

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.x)
        with printer.in_square_brackets():
            printer.print_list(self.offsets, printer.print_operand)
        printer.print_string(" ")
        printer.print_operand(self.v)
        printer.print_string(f" strides [{', '.join(map(str, ints(self.strides)))}]")
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_list((self.x.type, self.v.type), printer.print_attribute)
        printer.print_string(" -> ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> UpdateOp:
        x = parser.parse_unresolved_operand()
        offsets = parser.parse_comma_separated_list(
            parser.Delimiter.SQUARE, parser.parse_unresolved_operand
        )
        v = parser.parse_unresolved_operand()
        parser.parse_keyword("strides")
        strides = parse_int_list(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        first = parser.parse_type()
        parser.parse_punctuation(",")
        second = parser.parse_type()
        parser.parse_punctuation("->")
        result = parser.parse_type()
        values = parser.resolve_operands(
            [x, v, *offsets], [first, second, *[index_type] * len(offsets)], position
        )
        return cls.create(
            operands=values,
            result_types=[result],
            properties={"strides": strides},
            attributes=attributes,
        )


@irdl_op_definition
class ConcatOp(TenOp):
    """
    The operands one after another along dimension `dim`.

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
        check_joined(self, self.xs)
        first, d = self.xs[0].type, self.dim.value.data
        self.require(
            0 <= d < rank(first),
            lambda: f"dim {d} is not in 0..{rank(first) - 1} (rank {rank(first)})",
        )
        for i, x in enumerate(self.xs):
            self.require(
                without(shape(x.type), [d]) == without(shape(first), [d])
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
    Operands of one type, side by side along a new first dimension. The syntax has one type for all
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
        check_joined(self, self.xs)
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
        operands = parse_operands(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        type = parser.parse_type()
        parser.parse_punctuation("->")
        result = parser.parse_type()
        values = parser.resolve_operands(operands, [type] * len(operands), position)
        return cls.create(operands=values, result_types=[result], attributes=attributes)
