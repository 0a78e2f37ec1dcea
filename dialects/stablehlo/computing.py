"""The ops of StableHLO that join elements: products, reductions, sorts, transforms, statistics."""

from __future__ import annotations

from . import long_forms
from .op_table import STABLEHLO

op = STABLEHLO.op

# --- Products and linear algebra ------------------------------------------------------------------

_CONV = (
    "window_strides?:dims {}lhs_dilation?:dims rhs_dilation?:dims window_reversal?:bools "
    "dimension_numbers:conv feature_group_count:i64 batch_group_count:i64 "
    "precision_config?:precisions"
)

DotGeneralOp = op(
    "dot_general",
    "lhs rhs",
    attributes="dot_dimension_numbers:dot precision_config?:precisions algorithm?:dot_algorithm",
    form=long_forms.DotGeneralForm(),
    meaning="For each index of the batch dimensions, the sum over the contracted dimensions of "
    "the products. The result has the batch dimensions, then those of lhs, then those of rhs.",
)
DotOp = op(
    "dot",
    "lhs rhs",
    attributes="precision_config?:precisions",
    form="lhs, rhs, precision = precision_config? : function",
    meaning="The product of vectors and matrices.",
)
EinsumOp = op(
    "einsum",
    "lhs rhs",
    attributes="einsum_config:str",
    form="lhs, rhs, config = einsum_config : function",
    meaning="The sum that Einstein's notation says.",
)
UnaryEinsumOp = op(
    "unary_einsum",
    "operand",
    attributes="einsum_config:str",
    form="operand, config = einsum_config : function",
    meaning="The sum that Einstein's notation says, of one operand.",
)
ConvolutionOp = op(
    "convolution",
    "lhs rhs",
    attributes=_CONV.format("padding?:table "),
    form=long_forms.ConvolutionForm(),
    meaning="The products of windows of lhs with the kernel rhs, summed.",
)
DynamicConvOp = op(
    "dynamic_conv",
    "lhs rhs padding",
    attributes=_CONV.format(""),
    meaning="convolution with a padding that is a value.",
)
CholeskyOp = op(
    "cholesky",
    "a",
    attributes="lower?:bool",
    form="a, lower = lower? : same",
    meaning="The triangular L with L Lᴴ = a (or U with Uᴴ U = a), for each matrix.",
)
TriangularSolveOp = op(
    "triangular_solve",
    "a b",
    attributes="left_side:bool lower:bool unit_diagonal:bool transpose_a:transpose",
    meaning="x with op(a) x = b, or x op(a) = b, for triangular a.",
)
FftOp = op(
    "fft",
    "operand",
    attributes="fft_type:fft_type fft_length:dims",
    form="operand, type = fft_type, length = fft_length : function",
    meaning="The Fourier transform over the last dimensions.",
)

# --- Reductions and windows -----------------------------------------------------------------------

ReduceOp = op(
    "reduce",
    "inputs* init_values*",
    "results_*",
    "dimensions:dims",
    "body",
    same_number=True,
    form=long_forms.ReduceForm(),
    meaning="The elements along the dimensions and the initial value, joined by the body.",
)
ReduceWindowOp = op(
    "reduce_window",
    "inputs* init_values*",
    "results_*",
    "window_dimensions:dims window_strides?:dims base_dilations?:dims window_dilations?:dims "
    "padding?:table",
    "body",
    same_number=True,
    meaning="The elements of each window and the initial value, joined by the body.",
)
SelectAndScatterOp = op(
    "select_and_scatter",
    "operand source init_value",
    "result",
    "window_dimensions?:dims window_strides?:dims padding?:table",
    "select scatter",
    meaning="For each window of the operand, `select` chooses an element, and `scatter` adds the "
    "source's value at its place.",
)
MapOp = op(
    "map",
    "inputs*",
    attributes="dimensions:dims",
    regions="computation",
    meaning="The computation at each element of the inputs.",
)
SortOp = op(
    "sort",
    "inputs*",
    "results_*",
    "dimension?:i64 is_stable?:bool",
    "comparator",
    meaning="The inputs, sorted together along a dimension by the comparator.",
)

# --- Statistics and random numbers ----------------------------------------------------------------

BatchNormGradOp = op(
    "batch_norm_grad",
    "operand scale mean variance grad_output",
    "grad_operand grad_scale grad_offset",
    "epsilon:f32 feature_index:i64",
    meaning="The gradients of batch_norm_training.",
)
BatchNormInferenceOp = op(
    "batch_norm_inference",
    "operand scale offset mean variance",
    attributes="epsilon:f32 feature_index:i64",
    meaning="(operand - mean) / √(variance + epsilon) · scale + offset, for each feature.",
)
BatchNormTrainingOp = op(
    "batch_norm_training",
    "operand scale offset",
    "output batch_mean batch_var",
    "epsilon:f32 feature_index:i64",
    meaning="batch_norm_inference with the mean and variance of the operand, which it gives too.",
)
RngOp = op(
    "rng",
    "a b shape",
    attributes="rng_distribution:rng_distribution",
    pure=False,
    form="a, b, shape, distribution = rng_distribution : function",
    meaning="Random numbers: uniform between a and b, or normal with mean a and deviation b.",
)
RngBitGeneratorOp = op(
    "rng_bit_generator",
    "initial_state",
    "output_state output",
    "rng_algorithm:rng_algorithm",
    form="initial_state, algorithm = rng_algorithm : function",
    meaning="Random bits from a state, and the next state.",
)
