"""
Decompositions of matrices, and triangular systems, which libraries compute. All leading dimensions
are a batch.

A matrix for which the decomposition does not converge, or that holds NaN, has results that are NaN.
The decompositions have no rules of differentiation: the derivative of a decomposition is made of
the results of the decomposition, and the front end states it as a function of its own.

A complex matrix is a real tensor. Its last dimension has the real and the imaginary part of each
element, as in `ten.fft`. The word `complex` says that the operands are such pairs.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar, Self

from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    Float32Type,
    Float64Type,
    StringAttr,
    UnitAttr,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import AnyAttr, irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from .. import types
from ..types import Term, element, shape
from .base import TenOp


class MatrixOp(TenOp, ABC):
    """
    A decomposition of the matrices of `a`. The syntax is `ten.op %a : type of a -> types of the
    results`, and `ten.op complex %a : …` for pairs.
    """

    a = operand_def(AnyAttr())
    pairs = opt_prop_def(UnitAttr, prop_name="complex")
    SQUARE: ClassVar[bool] = False
    RESULTS: ClassVar[tuple[str, ...]]
    REAL: ClassVar[tuple[str, ...]] = ()
    """The results that are real, also for complex matrices."""
    COMPLEX: ClassVar[bool] = False
    """Whether the other results are complex, also for real matrices."""
    PLACES: ClassVar[tuple[str, ...]] = ()
    """The results that are positions, of type i64."""
    SIGNS: ClassVar[tuple[tuple[str, int], ...]] = ()
    """
    The results whose vectors may have another sign, all the same one, and the dimension along which
    such a vector lies: -2 for columns, -1 for rows.
    """

    def __init__(self, a: SSAValue | Operation, is_complex: bool = False, *words: str):
        value = SSAValue.get(a)
        n = len(type(self).RESULTS)
        properties = {word: UnitAttr() for word in (*["complex"] * is_complex, *words)}
        types = [value.type] * n
        Operation.__init__(self, operands=[value], properties=properties, result_types=types)
        for result, inferred in zip(self.results, self.result_types_(), strict=True):
            result._type = inferred  # pyright: ignore[reportPrivateUsage]

    WORDS: ClassVar[tuple[str, ...]] = ("complex",)
    """The words in front of the operand, each of which is a property without a value."""

    @property
    def is_complex(self) -> bool:
        """Whether the elements of `a` are pairs."""
        return self.pairs is not None

    @property
    def words(self) -> list[str]:
        """The words that this op has in front of its operand."""
        return [word for word in self.WORDS if word in self.properties]

    def of(self, a: SSAValue | Operation) -> Self:
        """The same decomposition of other matrices."""
        more = {word: True for word in self.words if word != "complex"}
        return type(self)(a, self.is_complex, **more)

    def has_pairs(self, name: str) -> bool:
        """Whether the result of this name is complex."""
        if name in self.REAL or name in self.PLACES:
            return False
        return self.COMPLEX or self.is_complex

    def sizes(self, m: int, n: int) -> tuple[tuple[int, ...], ...]:
        """The sizes of the results, without the batch, for matrices m × n."""
        raise NotImplementedError

    def result_types_(self) -> list[Attribute]:
        """The types of the results. Errors: `VerifyException` for another operand."""
        a = self.a.type
        self.require(not isinstance(a, Term), lambda: f"matrices hold f32 or f64, not {a}")
        *batch, m, n = matrix_sizes(self, a, self.is_complex)
        self.require(not self.SQUARE or m == n, lambda: f"the matrices of {a} are not square")
        return [
            types.of_shape(
                (*batch, *sizes, *[2] * self.has_pairs(name)),
                i64 if name in self.PLACES else element(a),
            )
            for name, sizes in zip(self.RESULTS, self.sizes(m, n), strict=True)
        ]

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
        printer.print_string("".join(f" {word}" for word in self.words) + " ")
        printer.print_operand(self.a)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.a.type)
        printer.print_string(" -> ")
        printer.print_list(self.result_types, printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        words = [word for word in cls.WORDS if parser.parse_optional_keyword(word) is not None]
        a = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        parser.parse_punctuation("->")
        results = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        value = parser.resolve_operand(a, type)
        properties: dict[str, Attribute] = {word: UnitAttr() for word in words}
        return cls.create(
            operands=[value], result_types=results, properties=properties, attributes=attributes
        )


def matrix_sizes(op: TenOp, type: Attribute, is_complex: bool) -> list[int]:
    """The sizes of the batch and of the matrices. Errors: `VerifyException` for no matrices."""
    op.require(
        isinstance(element(type), Float32Type | Float64Type),
        lambda: f"matrices hold f32 or f64, not {type}",
    )
    sizes = list(shape(type))
    if is_complex:
        op.require(sizes[-1:] == [2], lambda: f"the last dimension of {type} is no pair")
        sizes.pop()
    op.require(len(sizes) >= 2, lambda: f"{type} has no matrices")
    return sizes


@irdl_op_definition
class EighOp(MatrixOp):
    """
    The eigenvalues w, in increasing order, and the eigenvectors v of symmetric matrices, or of
    complex Hermitian ones.

        a v = v diag(w),  vᴴ v = 1

    The op reads the lower triangle of a, or the upper one: `ten.eigh upper %a : …`. The sign of an
    eigenvector is the library's choice, and depends on the triangle.
    Shapes:  a (b…, n, n)  ->  w (b…, n), v (b…, n, n)
    Errors:  matrices that are not square; elements that are not f32 or f64.
    """

    name = "ten.eigh"
    SYNTAX: ClassVar = "ten.eigh %a : type of a -> type of w, type of v"
    WORDS: ClassVar = ("complex", "upper")
    SQUARE: ClassVar = True
    RESULTS: ClassVar = ("w", "v")
    REAL: ClassVar = ("w",)
    SIGNS: ClassVar = (("v", -2),)
    upper = opt_prop_def(UnitAttr)
    w = result_def(AnyAttr())
    v = result_def(AnyAttr())

    def __init__(self, a: SSAValue | Operation, is_complex: bool = False, upper: bool = False):
        super().__init__(a, is_complex, *["upper"] * upper)

    @property
    def is_upper(self) -> bool:
        """Whether the op reads the upper triangle."""
        return self.upper is not None

    def sizes(self, m: int, n: int) -> tuple[tuple[int, ...], ...]:
        return (n,), (n, n)


@irdl_op_definition
class SvdOp(MatrixOp):
    """
    The singular values s, in decreasing order, and the first k = min(m, n) singular vectors.

        a = u diag(s) vt,  uᴴ u = vt vtᴴ = 1

    The signs of the vectors are the library's choice.
    Shapes:  a (b…, m, n)  ->  u (b…, m, k), s (b…, k), vt (b…, k, n)
    Errors:  elements that are not f32 or f64.
    """

    name = "ten.svd"
    SYNTAX: ClassVar = "ten.svd %a : type of a -> type of u, type of s, type of vt"
    RESULTS: ClassVar = ("u", "s", "vt")
    REAL: ClassVar = ("s",)
    SIGNS: ClassVar = (("u", -2), ("vt", -1))
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

        a = q r,  qᴴ q = 1

    The signs of the diagonal of r are the library's choice.
    Shapes:  a (b…, m, n)  ->  q (b…, m, k), r (b…, k, n)
    Errors:  elements that are not f32 or f64.
    """

    name = "ten.qr"
    SYNTAX: ClassVar = "ten.qr %a : type of a -> type of q, type of r"
    RESULTS: ClassVar = ("q", "r")
    SIGNS: ClassVar = (("q", -2), ("r", -1))
    q = result_def(AnyAttr())
    r = result_def(AnyAttr())

    def sizes(self, m: int, n: int) -> tuple[tuple[int, ...], ...]:
        k = min(m, n)
        return (m, k), (k, n)


@irdl_op_definition
class LuOp(MatrixOp):
    """
    An order of the rows, and in one matrix a lower triangular l with a diagonal of 1 and an upper
    triangular u, by elimination with row pivoting.

        a[order] = l u,  packed[i, j] = l[i, j] for j < i, u[i, j] for j ≥ i

    `ten.lu columns %a : …` exchanges columns: a[:, order] = l u, and u has the diagonal of 1. These
    are the factors of the transposed matrices, transposed. LAPACK, which keeps columns together,
    computes them without moving a row-major matrix.
    A matrix without factors, which holds NaN, has the order 0, 1, ….
    Shapes:  a (b…, m, n)  ->  order (b…, m) of i64, or (b…, n) with columns, packed (b…, m, n)
    Errors:  elements that are not f32 or f64.
    """

    name = "ten.lu"
    SYNTAX: ClassVar = "ten.lu %a : type of a -> type of order, type of packed"
    WORDS: ClassVar = ("complex", "columns")
    RESULTS: ClassVar = ("order", "packed")
    PLACES: ClassVar = ("order",)
    columns = opt_prop_def(UnitAttr)
    order = result_def(AnyAttr())
    packed = result_def(AnyAttr())

    def __init__(self, a: SSAValue | Operation, is_complex: bool = False, columns: bool = False):
        super().__init__(a, is_complex, *["columns"] * columns)

    @property
    def by_columns(self) -> bool:
        """Whether the op exchanges columns."""
        return self.columns is not None

    def sizes(self, m: int, n: int) -> tuple[tuple[int, ...], ...]:
        return (n if self.by_columns else m,), (m, n)


@irdl_op_definition
class EigOp(MatrixOp):
    """
    The eigenvalues w and the eigenvectors v of any square matrices. Both are complex.

        a v = v diag(w)

    Each eigenvector has the norm 1, and its element with the largest absolute value is real. The
    order of the eigenvalues is the library's choice.
    Shapes:  a (b…, n, n)  ->  w (b…, n, 2), v (b…, n, n, 2)
    Errors:  matrices that are not square; elements that are not f32 or f64.
    """

    name = "ten.eig"
    SYNTAX: ClassVar = "ten.eig %a : type of a -> type of w, type of v"
    SQUARE: ClassVar = True
    RESULTS: ClassVar = ("w", "v")
    COMPLEX: ClassVar = True
    w = result_def(AnyAttr())
    v = result_def(AnyAttr())

    def sizes(self, m: int, n: int) -> tuple[tuple[int, ...], ...]:
        return (n,), (n, n)


@irdl_op_definition
class CholeskyOp(MatrixOp):
    """
    The lower triangular factor l of symmetric, or Hermitian, positive definite matrices.

        a = l lᴴ

    The op reads the lower triangle of a. `ten.cholesky upper %a : …` reads the upper triangle, and
    gives the upper triangular factor u of a = uᴴ u. The factor of another matrix is NaN.
    Shapes:  a (b…, n, n)  ->  l (b…, n, n)
    Errors:  matrices that are not square; elements that are not f32 or f64.
    """

    name = "ten.cholesky"
    SYNTAX: ClassVar = "ten.cholesky %a : type of a -> type of l"
    WORDS: ClassVar = ("complex", "upper")
    SQUARE: ClassVar = True
    RESULTS: ClassVar = ("l",)
    upper = opt_prop_def(UnitAttr)
    l = result_def(AnyAttr())  # noqa: E741 (the name of the matrix in all books)

    def __init__(self, a: SSAValue | Operation, is_complex: bool = False, upper: bool = False):
        super().__init__(a, is_complex, *["upper"] * upper)

    @property
    def is_upper(self) -> bool:
        """Whether the op reads the upper triangle."""
        return self.upper is not None

    def sizes(self, m: int, n: int) -> tuple[tuple[int, ...], ...]:
        return ((n, n),)


MATRIX_OPS: tuple[type[MatrixOp], ...] = (CholeskyOp, EigOp, EighOp, LuOp, QrOp, SvdOp)

TRIANGLES = tuple(
    f"{number}{unit}{triangle}{adjoint}"
    for number in ("", "complex_")
    for unit in ("", "unit_")
    for triangle in ("lower", "upper")
    for adjoint in ("", "_adjoint")
)


@irdl_op_definition
class TriangularSolveOp(TenOp):
    """
    The solution x of a system whose matrix is one triangle of t, or the adjoint of that triangle.

        lower, upper                    triangle(t) x = b
        lower_adjoint, upper_adjoint    triangle(t)ᴴ x = b

    The op does not read the other triangle of t. If an element of the diagonal is 0, then x has
    elements that are infinite or NaN. In front of a kind, `unit_` says that the diagonal is 1: the
    op does not read the diagonal of t. In front of that, `complex_` says that the numbers are
    pairs. The syntax is `ten.triangular_solve kind, %t, %b : types of t and b -> type of x`.
    Shapes:  t (s…, n, n), b (s…, n, m)  ->  x (s…, n, m);  pairs: one more dimension of size 2
    Errors:  a kind that is none of these; matrices that are not square; elements that are not f32
             or f64; right sides that do not fit.
    Linear in b; the transpose is the op of the adjoint.
    """

    name = "ten.triangular_solve"
    SYNTAX: ClassVar = "ten.triangular_solve kind, %t, %b : type of t, type of b -> type of x"
    LEAD: ClassVar = "kind"
    kind = prop_def(StringAttr)
    t = operand_def(AnyAttr())
    b = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, kind: str, t: SSAValue | Operation, b: SSAValue | Operation):
        self._build([t, b], {"kind": StringAttr(kind)})

    @property
    def is_complex(self) -> bool:
        return self.kind.data.startswith("complex_")

    @property
    def is_lower(self) -> bool:
        """Whether the triangle of t, without its adjoint, is the lower one."""
        return "lower" in self.kind.data

    @property
    def is_unit(self) -> bool:
        """Whether the diagonal of the triangle is 1, whatever t has there."""
        return "unit_" in self.kind.data

    @property
    def is_adjoint(self) -> bool:
        return self.kind.data.endswith("_adjoint")

    @property
    def adjoint(self) -> str:
        """The kind of the system with the adjoint matrix."""
        kind = self.kind.data
        return kind.removesuffix("_adjoint") if self.is_adjoint else f"{kind}_adjoint"

    def result_type(self) -> Attribute:
        kind, t, b = self.kind.data, self.t.type, self.b.type
        self.require(kind in TRIANGLES, lambda: f"'{kind}' is none of {', '.join(TRIANGLES)}")
        check_system(self, t, b, self.is_complex)
        return b


@irdl_op_definition
class SymmetricSolveOp(TenOp):
    """
    The solution x of a system whose matrix is symmetric, by one triangle of a.

        lower    (tril(a) + tril(a, -1)ᵀ) x = b
        upper    (triu(a) + triu(a, 1)ᵀ) x = b

    The op does not read the other triangle of a. The factors are l d lᵀ, which take half of the
    work of `ten.lu`. If a is singular, or if the triangle holds an element that is not finite, then
    x is NaN. The syntax is `ten.symmetric_solve triangle, %a, %b : types of a and b -> type of x`.
    Shapes:  a (s…, n, n), b (s…, n, m)  ->  x (s…, n, m)
    Errors:  a triangle that is neither; matrices that are not square; elements that are not f32 or
             f64; right sides that do not fit.
    Linear in b; the transpose is the op itself.
    Source:  Bunch and Kaufman 1977; LAPACK's sysv.
    """

    name = "ten.symmetric_solve"
    SYNTAX: ClassVar = "ten.symmetric_solve triangle, %a, %b : type of a, type of b -> type of x"
    LEAD: ClassVar = "triangle"
    triangle = prop_def(StringAttr)
    a = operand_def(AnyAttr())
    b = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, triangle: str, a: SSAValue | Operation, b: SSAValue | Operation):
        self._build([a, b], {"triangle": StringAttr(triangle)})

    @property
    def is_lower(self) -> bool:
        """Whether the op reads the lower triangle."""
        return self.triangle.data == "lower"

    def result_type(self) -> Attribute:
        triangle, a, b = self.triangle.data, self.a.type, self.b.type
        self.require(
            triangle in ("lower", "upper"), lambda: f"'{triangle}' is neither lower nor upper"
        )
        check_system(self, a, b, False)
        return b


def check_system(op: TenOp, a: Attribute, b: Attribute, is_complex: bool) -> None:
    """Errors: `VerifyException` for matrices a that are not square, and for b that do not fit."""
    op.require(not isinstance(a, Term), lambda: f"the op is not linear in {a}")
    *batch, m, n = matrix_sizes(op, a, is_complex)
    op.require(m == n, lambda: f"the matrices of {a} are not square")
    op.require(element(b) == element(a), lambda: f"{b} has other elements than {a}")
    *rows, _ = matrix_sizes(op, b, is_complex)
    op.require(rows == [*batch, n], lambda: f"the right sides {b} do not fit the matrices {a}")
