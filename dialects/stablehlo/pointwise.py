"""The ops of StableHLO that compute element by element."""

from __future__ import annotations

from . import long_forms
from .op_table import STABLEHLO

op = STABLEHLO.op

# --- One operand ----------------------------------------------------------------------------------

AbsOp = op(
    "abs",
    "operand",
    form="operand : same",
    meaning="|x|; of a complex number, the real absolute value.",
)
CbrtOp = op(
    "cbrt",
    "operand",
    attributes="result_accuracy?:result_accuracy",
    form="operand : same",
    meaning="∛x.",
)
CeilOp = op(
    "ceil",
    "operand",
    form="operand : same",
    meaning="The least integer that is not below x, as a float.",
)
ConvertOp = op(
    "convert", "operand", form="operand : same", meaning="x in the element type of the result."
)
CosineOp = op(
    "cosine",
    "operand",
    attributes="result_accuracy?:result_accuracy",
    form="operand : same",
    meaning="cos(x).",
)
CountLeadingZerosOp = op(
    "count_leading_zeros",
    "operand",
    form="operand : same",
    meaning="The number of 0 bits before the first 1 bit of x.",
)
ExponentialOp = op(
    "exponential",
    "operand",
    attributes="result_accuracy?:result_accuracy",
    form="operand : same",
    meaning="eˣ.",
)
ExponentialMinusOneOp = op(
    "exponential_minus_one",
    "operand",
    attributes="result_accuracy?:result_accuracy",
    form="operand : same",
    meaning="eˣ - 1, exact also for small x.",
)
FloorOp = op(
    "floor",
    "operand",
    form="operand : same",
    meaning="The largest integer that is not above x, as a float.",
)
ImagOp = op(
    "imag", "operand", form="operand : same", meaning="The imaginary part of x; 0 for a real x."
)
IsFiniteOp = op(
    "is_finite", "x", "y", form="x : same", meaning="Whether x is neither infinite nor NaN."
)
LogOp = op(
    "log",
    "operand",
    attributes="result_accuracy?:result_accuracy",
    form="operand : same",
    meaning="ln(x).",
)
LogPlusOneOp = op(
    "log_plus_one",
    "operand",
    attributes="result_accuracy?:result_accuracy",
    form="operand : same",
    meaning="ln(1 + x), exact also for small x.",
)
LogisticOp = op(
    "logistic",
    "operand",
    attributes="result_accuracy?:result_accuracy",
    form="operand : same",
    meaning="1 / (1 + e⁻ˣ).",
)
NegateOp = op("negate", "operand", form="operand : same", meaning="-x; for integers modulo 2ⁿ.")
NotOp = op(
    "not", "operand", form="operand : same", meaning="Each bit of x turned; for booleans, not."
)
PopcntOp = op("popcnt", "operand", form="operand : same", meaning="The number of 1 bits of x.")
RealOp = op(
    "real", "operand", form="operand : same", meaning="The real part of x; a real x itself."
)
ReducePrecisionOp = op(
    "reduce_precision",
    "operand",
    "output",
    "exponent_bits:i32 mantissa_bits:i32",
    form=long_forms.ReducePrecisionForm(),
    meaning="x rounded to a float with so many bits of exponent and mantissa, in x's own type.",
)
RoundNearestAfzOp = op(
    "round_nearest_afz",
    "operand",
    form="operand : same",
    meaning="The nearest integer; a half goes away from zero.",
)
RoundNearestEvenOp = op(
    "round_nearest_even",
    "operand",
    form="operand : same",
    meaning="The nearest integer; a half goes to the even one.",
)
RsqrtOp = op(
    "rsqrt",
    "operand",
    attributes="result_accuracy?:result_accuracy",
    form="operand : same",
    meaning="1 / √x.",
)
SignOp = op(
    "sign",
    "operand",
    form="operand : same",
    meaning="-1, 0 or 1 by the sign of x; x / |x| for a complex x; NaN for NaN.",
)
SineOp = op(
    "sine",
    "operand",
    attributes="result_accuracy?:result_accuracy",
    form="operand : same",
    meaning="sin(x).",
)
SqrtOp = op(
    "sqrt",
    "operand",
    attributes="result_accuracy?:result_accuracy",
    form="operand : same",
    meaning="√x.",
)
TanOp = op(
    "tan",
    "operand",
    attributes="result_accuracy?:result_accuracy",
    form="operand : same",
    meaning="The tangent of x, elementwise.",
)
TanhOp = op(
    "tanh",
    "operand",
    attributes="result_accuracy?:result_accuracy",
    form="operand : same",
    meaning="tanh(x).",
)
UniformDequantizeOp = op(
    "uniform_dequantize",
    "operand",
    form="operand : function",
    meaning="The floats that the quantized numbers x stand for.",
)
UniformQuantizeOp = op(
    "uniform_quantize",
    "operand",
    form="operand : function",
    meaning="x as quantized numbers of the result's type.",
)

# --- Two operands and more ------------------------------------------------------------------------

AddOp = op("add", "lhs rhs", form="lhs, rhs : same", meaning="lhs + rhs; for booleans, or.")
AndOp = op("and", "lhs rhs", form="lhs, rhs : same", meaning="lhs and rhs, bit by bit.")
Atan2Op = op(
    "atan2", "lhs rhs", form="lhs, rhs : same", meaning="The angle of the point (rhs, lhs)."
)
ClampOp = op(
    "clamp",
    "min operand max",
    form="min, operand, max : same",
    meaning="minimum(maximum(operand, min), max); a bound of rank 0 holds for all elements.",
)
CompareOp = op(
    "compare",
    "lhs rhs",
    attributes="comparison_direction:comparison compare_type?:comparison_type",
    form="comparison_direction, lhs, rhs, compare_type? : function",
    meaning="Whether lhs is equal to, unequal to, above, or below rhs.",
)
ComplexOp = op("complex", "lhs rhs", form=long_forms.ComplexForm(), meaning="lhs + i rhs.")
DivideOp = op(
    "divide", "lhs rhs", form="lhs, rhs : same", meaning="lhs / rhs; integers round towards zero."
)
MaximumOp = op(
    "maximum",
    "lhs rhs",
    form="lhs, rhs : same",
    meaning="The larger of lhs and rhs; or for booleans.",
)
MinimumOp = op(
    "minimum",
    "lhs rhs",
    form="lhs, rhs : same",
    meaning="The smaller of lhs and rhs; and for booleans.",
)
MultiplyOp = op(
    "multiply", "lhs rhs", form="lhs, rhs : same", meaning="lhs · rhs; for booleans, and."
)
OrOp = op("or", "lhs rhs", form="lhs, rhs : same", meaning="lhs or rhs, bit by bit.")
PowerOp = op("power", "lhs rhs", form="lhs, rhs : same", meaning="lhs to the power rhs.")
RemainderOp = op(
    "remainder",
    "lhs rhs",
    form="lhs, rhs : same",
    meaning="The rest of lhs / rhs, with the sign of lhs.",
)
SelectOp = op(
    "select",
    "pred on_true on_false",
    form=long_forms.SelectForm(),
    meaning="on_true where pred is true, and on_false elsewhere; a pred of rank 0 holds for all.",
)
ShiftLeftOp = op(
    "shift_left",
    "lhs rhs",
    form="lhs, rhs : same",
    meaning="lhs · 2^rhs; 0 for a shift of all bits.",
)
ShiftRightArithmeticOp = op(
    "shift_right_arithmetic",
    "lhs rhs",
    form="lhs, rhs : same",
    meaning="lhs / 2^rhs, with copies of the sign bit.",
)
ShiftRightLogicalOp = op(
    "shift_right_logical",
    "lhs rhs",
    form="lhs, rhs : same",
    meaning="The bits of lhs moved down by rhs, with zeros.",
)
SubtractOp = op("subtract", "lhs rhs", form="lhs, rhs : same", meaning="lhs - rhs.")
XorOp = op(
    "xor", "lhs rhs", form="lhs, rhs : same", meaning="Either lhs or rhs but not both, bit by bit."
)
