"""
Decompositions of matrices, which libraries compute. All leading dimensions are a batch.

A matrix for which the decomposition does not converge, or that holds NaN, has results that are NaN.
These ops have no rules of differentiation: the derivative of a decomposition is made of the results
of the decomposition, and the front end states it as a function of its own.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar, Self

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, Float32Type, Float64Type
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import AnyAttr, irdl_op_definition, operand_def, result_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from .. import types
from ..types import Term, element, shape
from .base import TenOp


class MatrixOp(TenOp, ABC):
    """
    A decomposition of the matrices of `a`. The syntax is `ten.op %a : type of a -> types of the
    results`.
    """

    a = operand_def(AnyAttr())
    SQUARE: ClassVar[bool] = False

    def __init__(self, a: SSAValue | Operation):
        value = SSAValue.get(a)
        n = len(type(self).RESULTS)
        Operation.__init__(self, operands=[value], properties={}, result_types=[value.type] * n)
        for result, inferred in zip(self.results, self.result_types_(), strict=True):
            result._type = inferred  # pyright: ignore[reportPrivateUsage]

    RESULTS: ClassVar[tuple[str, ...]]

    def sizes(self, m: int, n: int) -> tuple[tuple[int, ...], ...]:
        """The sizes of the results, without the batch, for matrices m × n."""
        raise NotImplementedError

    def result_types_(self) -> list[Attribute]:
        """The types of the results. Errors: `VerifyException` for another operand."""
        a = self.a.type
        self.require(
            not isinstance(a, Term) and isinstance(element(a), Float32Type | Float64Type),
            lambda: f"matrices hold f32 or f64, not {a}",
        )
        dims = shape(a)
        self.require(len(dims) >= 2, lambda: f"{a} has no matrices")
        *batch, m, n = dims
        self.require(not self.SQUARE or m == n, lambda: f"the matrices of {a} are not square")
        return [types.of_shape((*batch, *sizes), element(a)) for sizes in self.sizes(m, n)]

    def verify_(self) -> None:
        types.check(self.a.type, self.name, "operand 0")
        expected = self.result_types_()
        for k, (result, wanted) in enumerate(zip(self.results, expected, strict=True)):
            if result.type != wanted:
                raise VerifyException(f"{self.name}: result {k} is {wanted}, not {result.type}")

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        """Constants, if no result has elements."""
        if any(types.size(r.type) for r in self.results):
            return None
        return [DenseIntOrFPElementsAttr.from_list(r.type, []) for r in self.results]  # type: ignore[arg-type]

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.a)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.a.type)
        printer.print_string(" -> ")
        printer.print_list(self.result_types, printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        a = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        parser.parse_punctuation("->")
        results = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        value = parser.resolve_operand(a, type)
        return cls.create(operands=[value], result_types=results, attributes=attributes)


@irdl_op_definition
class EighOp(MatrixOp):
    """
    The eigenvalues w, in increasing order, and the eigenvectors v of symmetric matrices.

        a v = v diag(w),  vᵀ v = 1

    The op reads the lower triangle of a. The sign of an eigenvector is the library's choice.
    Shapes:  a (b…, n, n)  ->  w (b…, n), v (b…, n, n)
    Errors:  matrices that are not square; elements that are not f32 or f64.
    """

    name = "ten.eigh"
    SYNTAX: ClassVar = "ten.eigh %a : type of a -> type of w, type of v"
    SQUARE: ClassVar = True
    RESULTS: ClassVar = ("w", "v")
    w = result_def(AnyAttr())
    v = result_def(AnyAttr())

    def sizes(self, m: int, n: int) -> tuple[tuple[int, ...], ...]:
        return (n,), (n, n)


@irdl_op_definition
class SvdOp(MatrixOp):
    """
    The singular values s, in decreasing order, and the first k = min(m, n) singular vectors.

        a = u diag(s) vt,  uᵀ u = vt vtᵀ = 1

    The signs of the vectors are the library's choice.
    Shapes:  a (b…, m, n)  ->  u (b…, m, k), s (b…, k), vt (b…, k, n)
    Errors:  elements that are not f32 or f64.
    """

    name = "ten.svd"
    SYNTAX: ClassVar = "ten.svd %a : type of a -> type of u, type of s, type of vt"
    RESULTS: ClassVar = ("u", "s", "vt")
    u = result_def(AnyAttr())
    s = result_def(AnyAttr())
    vt = result_def(AnyAttr())

    def sizes(self, m: int, n: int) -> tuple[tuple[int, ...], ...]:
        k = min(m, n)
        return (m, k), (k,), (k, n)


@irdl_op_definition
class QrOp(MatrixOp):
    """
    An orthonormal q and an upper triangular r, of k = min(m, n) columns and rows.

        a = q r,  qᵀ q = 1

    The signs of the diagonal of r are the library's choice.
    Shapes:  a (b…, m, n)  ->  q (b…, m, k), r (b…, k, n)
    Errors:  elements that are not f32 or f64.
    """

    name = "ten.qr"
    SYNTAX: ClassVar = "ten.qr %a : type of a -> type of q, type of r"
    RESULTS: ClassVar = ("q", "r")
    q = result_def(AnyAttr())
    r = result_def(AnyAttr())

    def sizes(self, m: int, n: int) -> tuple[tuple[int, ...], ...]:
        k = min(m, n)
        return (m, k), (k, n)


@irdl_op_definition
class LuOp(MatrixOp):
    """
    A permutation matrix p, a lower triangular l with a diagonal of 1, and an upper triangular u, by
    elimination with row pivoting.

        a = p l u

    Shapes:  a (b…, m, n)  ->  p (b…, m, m), l (b…, m, k), u (b…, k, n), k = min(m, n)
    Errors:  elements that are not f32 or f64.
    """

    name = "ten.lu"
    SYNTAX: ClassVar = "ten.lu %a : type of a -> type of p, type of l, type of u"
    RESULTS: ClassVar = ("p", "l", "u")
    p = result_def(AnyAttr())
    l = result_def(AnyAttr())  # noqa: E741 (the name of the matrix in all books)
    u = result_def(AnyAttr())

    def sizes(self, m: int, n: int) -> tuple[tuple[int, ...], ...]:
        k = min(m, n)
        return (m, m), (m, k), (k, n)


MATRIX_OPS: tuple[type[MatrixOp], ...] = (EighOp, LuOp, QrOp, SvdOp)
