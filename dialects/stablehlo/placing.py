"""The ops of StableHLO that make, move and cut tensors, and read and write at indices."""

from __future__ import annotations

from . import long_forms
from .op_table import STABLEHLO

op = STABLEHLO.op

# --- Making ---------------------------------------------------------------------------------------

ConstantOp = op(
    "constant",
    "",
    "output",
    "value:any",
    form=long_forms.ConstantForm(),
    meaning="The known tensor `value`.",
)
IotaOp = op(
    "iota",
    "",
    "output",
    "iota_dimension:i64",
    form="dim = iota_dimension : result",
    meaning="result[i…] = i[iota_dimension].",
)
DynamicIotaOp = op(
    "dynamic_iota",
    "output_shape",
    "result",
    "iota_dimension:i64",
    form="output_shape, dim = iota_dimension : function",
    meaning="iota with the sizes that output_shape gives.",
)

# --- Moving ---------------------------------------------------------------------------------------

BitcastConvertOp = op(
    "bitcast_convert",
    "operand",
    form="operand : function",
    meaning="The bits of the operand as another element type; a last dimension comes or goes "
    "where the widths differ.",
)
BroadcastInDimOp = op(
    "broadcast_in_dim",
    "operand",
    attributes="broadcast_dimensions:dims",
    form="operand, dims = broadcast_dimensions : function",
    meaning="result[i…] = operand[j…], where j[d] = i[broadcast_dimensions[d]], or 0 where the "
    "operand has size 1.",
)
BroadcastOp = op(
    "broadcast",
    "operand",
    attributes="broadcast_sizes:dims",
    form="operand, sizes = broadcast_sizes : function",
    meaning="The operand with new first dimensions of these sizes.",
)
DynamicBroadcastInDimOp = op(
    "dynamic_broadcast_in_dim",
    "operand output_dimensions",
    attributes="broadcast_dimensions:dims known_expanding_dimensions?:dims "
    "known_nonexpanding_dimensions?:dims",
    form="operand, output_dimensions, dims = broadcast_dimensions : function",
    meaning="broadcast_in_dim to the sizes that output_dimensions gives.",
)
ConcatenateOp = op(
    "concatenate",
    "inputs*",
    attributes="dimension:i64",
    form="inputs**, dim = dimension : function",
    meaning="The inputs one after the other along a dimension.",
)
PadOp = op(
    "pad",
    "operand padding_value",
    attributes="edge_padding_low:dims edge_padding_high:dims interior_padding:dims",
    form="operand, padding_value, low = edge_padding_low, high = edge_padding_high, "
    "interior = interior_padding : function",
    meaning="The operand with padding_value before, after and between its elements; a negative "
    "low or high cuts elements off.",
)
DynamicPadOp = op(
    "dynamic_pad",
    "operand padding_value edge_padding_low edge_padding_high interior_padding",
    form="operand, padding_value, edge_padding_low, edge_padding_high, interior_padding : function",
    meaning="pad with amounts that are values.",
)
ReshapeOp = op(
    "reshape",
    "operand",
    form="operand : function",
    meaning="The elements in their order, with other sizes.",
)
DynamicReshapeOp = op(
    "dynamic_reshape",
    "operand output_shape",
    form="operand, output_shape : function",
    meaning="reshape to the sizes in output_shape.",
)
ReverseOp = op(
    "reverse",
    "operand",
    attributes="dimensions:dims",
    form="operand, dims = dimensions : same",
    meaning="These dimensions backwards.",
)
SliceOp = op(
    "slice",
    "operand",
    attributes="start_indices:dims limit_indices:dims strides:dims",
    form=long_forms.SliceForm(),
    meaning="result[i…] = operand[start_indices + i · strides], up to limit_indices.",
)
RealDynamicSliceOp = op(
    "real_dynamic_slice",
    "operand start_indices limit_indices strides",
    form="operand, start_indices, limit_indices, strides : function",
    meaning="slice with bounds and strides that are values.",
)
TransposeOp = op(
    "transpose",
    "operand",
    attributes="permutation:dims",
    form="operand, dims = permutation : function",
    meaning="result[i…] = operand[j…], where i[d] = j[permutation[d]].",
)
GetDimensionSizeOp = op(
    "get_dimension_size",
    "operand",
    attributes="dimension:i64",
    form="operand, dim = dimension : function",
    meaning="The size of one dimension, as an i32.",
)
SetDimensionSizeOp = op(
    "set_dimension_size",
    "operand size",
    attributes="dimension:i64",
    form="operand, size, dim = dimension : function",
    meaning="The operand, of which the first `size` indices of a dimension count.",
)

# --- Reading and writing at indices ---------------------------------------------------------------

DynamicSliceOp = op(
    "dynamic_slice",
    "operand start_indices*",
    attributes="slice_sizes:dims",
    form="operand, start_indices**, sizes = slice_sizes : function",
    meaning="A box of the operand at start_indices, which are moved to where the box fits.",
)
DynamicUpdateSliceOp = op(
    "dynamic_update_slice",
    "operand update start_indices*",
    form="operand, update, start_indices* : function",
    meaning="The operand with `update` at start_indices, which are moved to where the box fits.",
)
GatherOp = op(
    "gather",
    "operand start_indices",
    attributes="dimension_numbers:gather slice_sizes:dims indices_are_sorted?:bool",
    meaning="A box of the operand for each start index. The start indices are moved to where the "
    "box fits.",
)
DynamicGatherOp = op(
    "dynamic_gather",
    "operand start_indices slice_sizes",
    attributes="dimension_numbers:gather indices_are_sorted?:bool",
    meaning="gather of boxes whose sizes are values.",
)
ScatterOp = op(
    "scatter",
    "inputs* scatter_indices updates*",
    "results_*",
    "scatter_dimension_numbers:scatter indices_are_sorted?:bool unique_indices?:bool",
    "update_computation",
    same_number=True,
    meaning="The inputs, with each update joined by update_computation to the element at its "
    "index. An update outside of the inputs does nothing.",
)
TorchIndexSelectOp = op(
    "torch_index_select",
    "operand index",
    attributes="dim:i64 batch_dims:i64",
    meaning="The slices of the operand at `index` along one dimension.",
)
