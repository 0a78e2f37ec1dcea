"""Affine maps as MLIR reads them: a product, a quotient or a remainder may be by a symbol."""

from __future__ import annotations

from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
)
from xdsl.parser.affine_parser import AffineParser
from xdsl.utils.exceptions import ParseError
from xdsl.utils.mlir_lexer import MLIRToken

_KINDS = {
    "*": AffineBinaryOpKind.Mul,
    "floordiv": AffineBinaryOpKind.FloorDiv,
    "ceildiv": AffineBinaryOpKind.CeilDiv,
    "mod": AffineBinaryOpKind.Mod,
}


def _symbolic(e: AffineExpr) -> bool:
    """Whether an expression has symbols and numbers only."""
    return not any(isinstance(part, AffineDimExpr) for part in e.dfs())


class SubscriptParser(AffineParser):
    """xDSL's parser, for subscripts. A product of two indices is an error at its place."""

    def _create_binop_expr(self, lhs: AffineExpr, rhs: AffineExpr, binop: MLIRToken) -> AffineExpr:
        try:
            return super()._create_binop_expr(lhs, rhs, binop)
        except NotImplementedError as error:
            raise ParseError(
                binop.span,
                f"{binop.text} of two indices; affine.apply of a map with a symbol has it",
            ) from error


class SemiAffineParser(AffineParser):
    """xDSL's parser of affine maps and sets. It also reads `d0 * s0` and `d0 mod s0`."""

    def _create_binop_expr(self, lhs: AffineExpr, rhs: AffineExpr, binop: MLIRToken) -> AffineExpr:
        kind = _KINDS.get(binop.text)
        constants = [isinstance(e, AffineConstantExpr) for e in (lhs, rhs)]
        if kind is None or constants[1] or (kind is AffineBinaryOpKind.Mul and constants[0]):
            if kind not in (None, AffineBinaryOpKind.Mul) and rhs == AffineExpr.constant(0):
                raise ParseError(binop.span, f"{binop.text} by 0")
            return super()._create_binop_expr(lhs, rhs, binop)
        if kind is AffineBinaryOpKind.Mul and not _symbolic(rhs):
            lhs, rhs = rhs, lhs
        if not _symbolic(rhs):
            what = "one factor" if kind is AffineBinaryOpKind.Mul else "the divisor"
            raise ParseError(binop.span, f"{what} of an affine expression has no dimensions")
        return AffineBinaryOpExpr(kind, lhs, rhs)
