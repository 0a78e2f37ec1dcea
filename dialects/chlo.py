"""
The dialect `chlo`: functions that StableHLO has no op for, such as the error function.

XLA expands these ops into ops of StableHLO. The rows read as those of `stablehlo`.
"""

from __future__ import annotations

from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Dialect, SpacedOpaqueSyntaxAttribute
from xdsl.irdl import BaseAttr, irdl_attr_definition

from .stablehlo import attributes
from .stablehlo.attributes import Numbers, Record
from .stablehlo.long_forms import ConstantForm, ScanForm, TopKForm
from .stablehlo.op_table import KINDS, Table


@irdl_attr_definition
class ComparisonDirectionAttr(
    EnumAttribute[attributes.ComparisonDirection], SpacedOpaqueSyntaxAttribute
):
    """The comparison that `broadcast_compare` makes."""

    name = "chlo.comparison_direction"


@irdl_attr_definition
class ComparisonTypeAttr(EnumAttribute[attributes.ComparisonType], SpacedOpaqueSyntaxAttribute):
    """How `broadcast_compare` reads the bits of its operands."""

    name = "chlo.comparison_type"


@irdl_attr_definition
class PrecisionAttr(EnumAttribute[attributes.Precision], SpacedOpaqueSyntaxAttribute):
    """How exactly `ragged_dot` computes."""

    name = "chlo.precision"


@irdl_attr_definition
class RaggedDotAttr(Record):
    """The dimensions of `ragged_dot`."""

    name = "chlo.ragged_dot"

    lhs_batching_dimensions = Numbers()
    rhs_batching_dimensions = Numbers()
    lhs_contracting_dimensions = Numbers()
    rhs_contracting_dimensions = Numbers()
    lhs_ragged_dimensions = Numbers()
    rhs_group_dimensions = Numbers()


CHLO = Table(
    "chlo",
    KINDS
    | {
        "comparison": BaseAttr(ComparisonDirectionAttr),
        "comparison_type": BaseAttr(ComparisonTypeAttr),
        "ragged_dot": BaseAttr(RaggedDotAttr),
    },
)
op = CHLO.op

# --- Functions of one number ----------------------------------------------------------------------

AcosOp = op("acos", "operand", form="operand : arrow", meaning="The arc cosine of x.")
AcoshOp = op("acosh", "operand", form="operand : arrow", meaning="The inverse of cosh.")
AsinAcosKernelOp = op(
    "_asin_acos_kernel",
    "operand",
    form="operand : arrow",
    meaning="A part of asin and acos of complex numbers.",
)
AsinOp = op("asin", "operand", form="operand : arrow", meaning="The arc sine of x, elementwise.")
AsinhOp = op("asinh", "operand", form="operand : arrow", meaning="The inverse of sinh.")
AtanOp = op("atan", "operand", form="operand : arrow", meaning="The arc tangent of x.")
AtanhOp = op("atanh", "operand", form="operand : arrow", meaning="The inverse of tanh.")
BesselI1eOp = op(
    "bessel_i1e",
    "operand",
    form="operand : arrow",
    meaning="I₁(x) e^-|x|, with the Bessel function I₁.",
)
ConjOp = op("conj", "operand", form="operand : arrow", meaning="The complex conjugate of x.")
CoshOp = op("cosh", "operand", form="operand : arrow", meaning="The hyperbolic cosine of x.")
DigammaOp = op("digamma", "operand", form="operand : arrow", meaning="The derivative of lgamma.")
ErfInvOp = op(
    "erf_inv", "operand", form="operand : arrow", meaning="The inverse of the error function."
)
ErfOp = op(
    "erf", "operand", form="operand : arrow", meaning="The error function, 2/√π ∫₀ˣ e^-t² dt."
)
ErfcOp = op(
    "erfc", "operand", form="operand : arrow", meaning="1 - erf(x), exact also for large x."
)
IsInfOp = op("is_inf", "operand", form="operand : arrow", meaning="Whether x is infinite.")
IsNegInfOp = op(
    "is_neg_inf", "operand", form="operand : arrow", meaning="Whether x is -∞, elementwise."
)
IsPosInfOp = op(
    "is_pos_inf", "operand", form="operand : arrow", meaning="Whether x is ∞, elementwise."
)
LgammaOp = op("lgamma", "operand", form="operand : arrow", meaning="ln |Γ(x)|, for each element.")
SinhOp = op("sinh", "operand", form="operand : arrow", meaning="The hyperbolic sine of x.")
SquareOp = op("square", "operand", form="operand : arrow", meaning="The square of x, elementwise.")
TanOp = op("tan", "operand", form="operand : arrow", meaning="The tangent of x, elementwise.")

# --- Functions of two numbers ---------------------------------------------------------------------

MulhiOp = op(
    "mulhi", "lhs rhs", form="lhs, rhs : arrow", meaning="The upper half of the bits of lhs · rhs."
)
NextAfterOp = op(
    "next_after", "x y", form="x, y : arrow", meaning="The float next to x in the direction of y."
)
PolygammaOp = op(
    "polygamma", "n x", form="n, x : arrow", meaning="The n-th derivative of digamma at x."
)
ZetaOp = op(
    "zeta",
    "x q",
    form="x, q : arrow",
    meaning="The Hurwitz zeta function, Σ 1 / (k + q)ˣ over k ≥ 0.",
)

# --- Functions of two tensors of different shapes -------------------------------------------------


def _broadcasting(word: str, meaning: str, attributes: str = ""):
    return op(
        f"broadcast_{word}",
        "lhs rhs",
        attributes=f"broadcast_dimensions?:dims {attributes}",
        form="lhs, rhs : function",
        meaning=f"{meaning}; the operand of lower rank has the other's dimensions "
        "broadcast_dimensions, and a dimension of size 1 fits any.",
    )


BroadcastAddOp = _broadcasting("add", "lhs + rhs")
BroadcastAndOp = _broadcasting("and", "lhs and rhs, bit by bit")
BroadcastAtan2Op = _broadcasting("atan2", "The angle of the point (rhs, lhs)")
BroadcastCompareOp = _broadcasting(
    "compare",
    "Whether lhs is equal to, above or below rhs",
    "comparison_direction:comparison compare_type?:comparison_type",
)
BroadcastComplexOp = _broadcasting("complex", "lhs + i rhs")
BroadcastDivideOp = _broadcasting("divide", "lhs / rhs")
BroadcastMaximumOp = _broadcasting("maximum", "The larger of lhs and rhs")
BroadcastMinimumOp = _broadcasting("minimum", "The smaller of lhs and rhs")
BroadcastMultiplyOp = _broadcasting("multiply", "lhs · rhs")
BroadcastNextAfterOp = _broadcasting("next_after", "The float next to lhs in the direction of rhs")
BroadcastOrOp = _broadcasting("or", "lhs or rhs, bit by bit")
BroadcastPolygammaOp = _broadcasting("polygamma", "The lhs-th derivative of digamma at rhs")
BroadcastPowerOp = _broadcasting("power", "lhs to the power rhs")
BroadcastRemainderOp = _broadcasting("remainder", "The rest of lhs / rhs")
BroadcastShiftLeftOp = _broadcasting("shift_left", "lhs · 2^rhs")
BroadcastShiftRightArithmeticOp = _broadcasting(
    "shift_right_arithmetic", "lhs / 2^rhs, with copies of the sign bit"
)
BroadcastShiftRightLogicalOp = _broadcasting(
    "shift_right_logical", "The bits of lhs moved down by rhs"
)
BroadcastSubtractOp = _broadcasting("subtract", "lhs - rhs")
BroadcastXorOp = _broadcasting("xor", "Either lhs or rhs but not both, bit by bit")
BroadcastZetaOp = _broadcasting("zeta", "The Hurwitz zeta function of lhs and rhs")
BroadcastSelectOp = op(
    "broadcast_select",
    "pred on_true on_false",
    form="pred, on_true, on_false : function",
    meaning="on_true where pred is true, and on_false elsewhere, each broadcast.",
)

# --- Others ---------------------------------------------------------------------------------------

ConstantLikeOp = op(
    "constant_like", "operand", attributes="value:any", meaning="The value in the operand's shape."
)
ConstantOp = op(
    "constant", "", "output", "value:any", form=ConstantForm(), meaning="The known tensor `value`."
)
RaggedDotOp = op(
    "ragged_dot",
    "lhs rhs group_sizes",
    attributes="ragged_dot_dimension_numbers:ragged_dot precision_config?:array",
    meaning="dot_general of groups of rows, each with a matrix of its own.",
)
TopKOp = op(
    "top_k",
    "operand",
    "values indices",
    "k:i64",
    form=TopKForm(),
    meaning="The k largest elements along the last dimension, and their indices.",
)
ScanOp = op(
    "scan",
    "inputs* inits*",
    "outputs* carries*",
    "dimension:i64 scan_dim_size?:i64 is_reverse?:bool is_associative?:bool",
    "body",
    segments=True,
    pure=False,
    form=ScanForm(),
    meaning="The body at each index of a dimension, with what the step before carries on.",
)

Chlo = Dialect(
    "chlo",
    list(CHLO.ops.values()),
    [ComparisonDirectionAttr, ComparisonTypeAttr, PrecisionAttr, RaggedDotAttr],
)
