"""The ops of StableHLO that steer: branches, loops, calls, tokens, and work on many devices."""

from __future__ import annotations

from . import long_forms
from .op_table import STABLEHLO, TERMINATOR

op = STABLEHLO.op

# --- Branches, loops and calls --------------------------------------------------------------------

CaseOp = op(
    "case",
    "index",
    "results_*",
    "",
    "branches*",
    pure=False,
    meaning="The branch at `index`; the last branch for an index outside.",
)
IfOp = op(
    "if",
    "pred",
    "results_*",
    "",
    "true_branch false_branch",
    pure=False,
    meaning="The results of one of two branches.",
)
WhileOp = op(
    "while",
    "operand*",
    "results_*",
    "",
    "cond body",
    pure=False,
    form=long_forms.WhileForm(),
    meaning="The values after as many runs of the body as the condition holds before.",
)
ReturnOp = op(
    "return",
    "inputs*",
    "",
    traits=(TERMINATOR,),
    form="inputs* : each",
    meaning="The end of a region of an op of StableHLO, with the region's results.",
)
CompositeOp = op(
    "composite",
    "inputs*",
    "results_*",
    "composite_name=name:str composite_attributes?:dict decomposition:symbol version?:i32",
    "composite_regions*",
    pure=False,
    form=long_forms.CompositeForm(),
    meaning="An op with a name, and a function that computes the same.",
)
CustomCallOp = op(
    "custom_call",
    "inputs*",
    "results_*",
    "call_target_name:str has_side_effect?:bool backend_config?:any api_version?:i32 "
    "called_computations?:array operand_layouts?:array result_layouts?:array "
    "output_operand_aliases?:array",
    pure=False,
    form=long_forms.CustomCallForm(),
    meaning="A call of a function that the device's library has under a name.",
)
OptimizationBarrierOp = op(
    "optimization_barrier",
    "operand*",
    "results_*",
    pure=False,
    form=long_forms.ValuesForm(one=False),
    meaning="The operands, which are all computed before any user of a result.",
)

# --- Tuples and tokens ----------------------------------------------------------------------------

TupleOp = op("tuple", "val*", form=long_forms.TupleForm(), meaning="A tuple of the values.")
GetTupleElementOp = op(
    "get_tuple_element",
    "operand",
    attributes="index:i32",
    form=long_forms.GetTupleElementForm(),
    meaning="One value of a tuple.",
)
AfterAllOp = op(
    "after_all",
    "inputs*",
    form=long_forms.ValuesForm(one=True),
    meaning="A token after all these tokens.",
)
CreateTokenOp = op("create_token", "", "output", form=" : result", meaning="A token after nothing.")
InfeedOp = op(
    "infeed",
    "token",
    "results_*",
    "infeed_config:str layout?:array",
    pure=False,
    meaning="Values that the host feeds in, and a token.",
)
OutfeedOp = op(
    "outfeed",
    "inputs* token",
    attributes="outfeed_config:str",
    pure=False,
    meaning="The inputs go to the host.",
)
RecvOp = op(
    "recv",
    "token",
    "results_*",
    "channel_handle:channel is_host_transfer?:bool source_target_pairs?:table",
    pure=False,
    meaning="Values from another process or the host, and a token.",
)
SendOp = op(
    "send",
    "inputs* token",
    attributes="channel_handle:channel is_host_transfer?:bool source_target_pairs?:table",
    pure=False,
    meaning="The inputs go to another process or the host.",
)
AsyncStartOp = op(
    "async_start",
    "inputs*",
    "result",
    "",
    "body",
    pure=False,
    meaning="The beginning of an op whose results an async_done waits for.",
)
AsyncDoneOp = op(
    "async_done", "operand", "results_*", pure=False, meaning="The results of an async_start."
)

# --- Many devices ---------------------------------------------------------------------------------

AllGatherOp = op(
    "all_gather",
    "inputs*",
    "results_*",
    "all_gather_dim:i64 replica_groups:any channel_handle?:channel use_global_device_ids?:unit",
    pure=False,
    meaning="The inputs of all devices of a group, one after the other along a dimension.",
)
AllReduceOp = op(
    "all_reduce",
    "inputs*",
    "results_*",
    "replica_groups:any channel_handle?:channel use_global_device_ids?:unit",
    "computation",
    pure=False,
    meaning="The inputs of all devices of a group, joined by the computation.",
)
AllToAllOp = op(
    "all_to_all",
    "inputs*",
    "results_*",
    "split_dimension:i64 concat_dimension:i64 split_count:i64 replica_groups:any "
    "channel_handle?:channel",
    pure=False,
    meaning="Each device splits its input, and gets one part from every device of its group.",
)
CollectiveBroadcastOp = op(
    "collective_broadcast",
    "operand",
    attributes="replica_groups:any channel_handle?:channel",
    pure=False,
    meaning="The operand of the first device of each group.",
)
CollectivePermuteOp = op(
    "collective_permute",
    "operand",
    attributes="source_target_pairs:table channel_handle?:channel",
    pure=False,
    meaning="The operand of the device that the pairs name as the source; 0 without a pair.",
)
CrossReplicaSumOp = op(
    "cross-replica-sum",
    "operand",
    attributes="replica_groups:table",
    pure=False,
    meaning="The sum of the operands of all devices of a group.",
)
PartitionIdOp = op(
    "partition_id", form=" : result", meaning="The number of this device's partition, a ui32."
)
ReduceScatterOp = op(
    "reduce_scatter",
    "operand",
    "result",
    "scatter_dimension:i64 replica_groups:any channel_handle?:channel use_global_device_ids?:unit",
    "computation",
    pure=False,
    meaning="all_reduce, of which each device of a group keeps one part.",
)
ReplicaIdOp = op(
    "replica_id", form=" : result", meaning="The number of this device's replica, a ui32."
)
