"""Sums, products and other reductions over dimensions; running sums; sums of products."""

from __future__ import annotations

import functools
from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import IntegerAttr, StringAttr, i64
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

from .. import types
from ..types import Term, element, ints, like, of_shape, rank, shape
from .base import ByDims, TenOp, check_joined, without

REDUCTIONS = ("max", "min", "prod", "any", "all")


@irdl_op_definition
class SumOp(ByDims):
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
        return like(x, without(shape(x), self.checked_dims(rank(x))))

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.x,) if not ints(self.dims) else super().fold()


@irdl_op_definition
class ReduceOp(ByDims):
    """
    Reduction by `max`, `min`, `prod` of numbers, or `any`, `all` of truth values, over dimensions.

    In max and min, NaN wins over numbers, and -0 < 0. Over no elements, max is the least value of
    the type (-inf, or the smallest integer), min is the greatest value, prod is 1, any is false,
    and all is true. The syntax is `ten.reduce max, %x dims [1] : …`.
    Shapes:  x (n…)  ->  y (n… without dims)
    """

    name = "ten.reduce"
    SYNTAX: ClassVar = "ten.reduce kind, %x dims [0, 1] : type of x -> result"
    kind = prop_def(StringAttr)
    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())
    LEAD: ClassVar = "kind"

    def __init__(self, kind: str, x: SSAValue | Operation, dims: Sequence[int]):
        self._build([x], {"kind": types.text_attr(kind), "dims": types.int_array(sorted(dims))})

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
        require_order(self, x)
        return like(x, without(shape(x), self.checked_dims(rank(x))))

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.x,) if not ints(self.dims) else super().fold()


def require_order(op: TenOp, x: Attribute) -> None:
    """Refuse complex numbers, also for `prod`: each of its steps takes four products of parts."""
    op.require(not types.is_complex(element(x)), lambda: f"{x} is complex; take its parts")


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
            of_shape(self.sizes(type, dim), element_type),
        )

    @staticmethod
    def sizes(x: Attribute, dim: int) -> tuple[int, ...]:
        """The sizes of the result."""
        return tuple(without(shape(x), [dim]))

    def result_type(self) -> Attribute:
        x, d = self.x.type, self.dim.value.data
        self.require(not isinstance(x, Term), lambda: f"{x} has no values to compare")
        require_order(self, x)
        self.require(
            0 <= d < rank(x), lambda: f"dim {d} is not in 0..{rank(x) - 1} (rank {rank(x)})"
        )
        self.require(
            types.is_integer(element(self.result.type)),
            lambda: f"positions are integers, not {self.result.type}",
        )
        return of_shape(self.sizes(x, d), element(self.result.type))


@irdl_op_definition
class ArgmaxOp(_ArgReduction):
    """
    Position of the greatest element along `dim`: the first of equal elements, the first NaN if
    there is a NaN, and 0 if there are no elements.

    Shapes:  x (n…)  ->  y (n… without dim), of any integer type or index.
    """

    name = "ten.argmax"


@irdl_op_definition
class ArgminOp(_ArgReduction):
    """
    Position of the least element along `dim`: the first of equal elements, the first NaN if there
    is a NaN, and 0 if there are no elements.

    Shapes:  x (n…)  ->  y (n… without dim), of any integer type or index.
    """

    name = "ten.argmin"


@irdl_op_definition
class ArgsortOp(_ArgReduction):
    """
    The positions that sort the elements along `dim`, from the least to the greatest.

    Equal elements stay in order, -0 is equal to 0, and NaN is after all others.
    Shapes:  x (n…)  ->  y (n…), of any integer type or index.
    Source:  numpy.argsort with kind="stable".
    """

    name = "ten.argsort"

    @staticmethod
    def sizes(x: Attribute, dim: int) -> tuple[int, ...]:
        return tuple(shape(x))


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


@functools.lru_cache(types.KEPT)
def _letters_of(spec: str) -> tuple[tuple[str, ...], str]:
    inputs, _, output = spec.partition("->")
    return tuple(inputs.split(",")), output


@irdl_op_definition
class EinsumOp(TenOp):
    """
    Sum of products, in NumPy's notation. The specification must name the output.

        y[output letters] = Σ over the other letters of Π_k x_k[letters of k]

    A backend may multiply and add in any order.
    Shapes:  a letter has one size at all its places. A letter that stands twice in one operand
             reads the diagonal of the operand.
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
        self._build([list(xs)], {"spec": types.text_attr(spec.replace(" ", ""))})

    @property
    def letters(self) -> tuple[tuple[str, ...], str]:
        """The letters of each operand, and those of the output."""
        return _letters_of(self.spec.data)

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
        check_joined(self, [x for x in self.xs if not isinstance(x.type, Term)] or self.xs)
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
