"""
The dialects, passes and targets that letgrad adds to every xDSL tool in its environment, through
the `xdsl.universe` entry point.

One row names each dialect, pass and target, and the place of its definition. A tool loads a
definition only when the tool needs it, so the tools start fast.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from xdsl.universe import Universe

DIALECTS = {
    "chlo": "dialects.chlo:Chlo",
    "delta": "dialects.delta:Delta",
    "host": "dialects.host:Host",
    "index": "dialects.upstream.index_ops:Index",
    "kernel": "dialects.kernel:Kernel",
    "quant": "dialects.quant:Quant",
    "sdy": "dialects.sdy:Sdy",
    "sharing": "dialects.sharing:Sharing",
    "stablehlo": "dialects.stablehlo:StableHlo",
    "ten": "dialects.ten:Ten",
}

PASSES = {
    "control-flow-sink": "passes.general.control_flow_sink:ControlFlowSinkPass",
    "host-order-calls": "passes.simplify.order_calls:OrderCallsPass",
    "inline": "passes.general.inline:InlinePass",
    "loop-invariant-code-motion": "passes.general.loop_invariants:LoopInvariantCodeMotionPass",
    "mem2reg": "passes.general.mem2reg:Mem2RegPass",
    "print-op-stats": "passes.general.print_op_stats:PrintOpStatsPass",
    "remove-dead-values": "passes.general.remove_dead_values:RemoveDeadValuesPass",
    "sccp": "passes.general.sccp:SccpPass",
    "store-own-types": "passes.general.store_types:StoreOwnTypesPass",
    "strip-debuginfo": "passes.general.strip_debuginfo:StripDebugInfoPass",
    "symbol-dce": "passes.general.symbol_dce:SymbolDcePass",
    "symbol-privatize": "passes.general.symbol_privatize:SymbolPrivatizePass",
    "view-op-graph": "passes.general.view_op_graph:ViewOpGraphPass",
    "apply-rules": "tools.apply_rules:ApplyRulesPass",
    "convert-stablehlo-to-ten": (
        "frontend.from_stablehlo.stablehlo_to_ten:ConvertStableHloToTenPass"
    ),
    "convert-ten-to-kernel": "lowering.nests.to_kernel:ConvertTenToKernelPass",
    "convert-ten-to-linalg": "lowering.linalg.to_linalg:ConvertTenToLinalgPass",
    "convert-ten-to-stablehlo": "lowering.xla.to_stablehlo:ConvertTenToStableHloPass",
    "convert-upstream-to-ten": "frontend.from_upstream.upstream_to_ten:ConvertUpstreamToTenPass",
    "delta-evaluate": "passes.differentiate.evaluate_terms:EvaluatePass",
    "delta-linearize": "passes.differentiate.linearize:LinearizePass",
    "delta-inline-custom": "passes.general.inline_custom:InlineCustomPass",
    "delta-lower-solves": "passes.simplify.lower_solves:LowerSolvesPass",
    "delta-prepare-implicit": "passes.pipelines:PrepareImplicitPass",
    "delta-transpose": "passes.differentiate.transpose:TransposePass",
    "gradient": "passes.pipelines:GradientPass",
    "duplicate-function-elimination": ("lowering.nests.duplicate_functions:DuplicateFunctionsPass"),
    "kernel-find-recurrences": "lowering.nests.find_recurrences:FindRecurrencesPass",
    "kernel-fuse-rows": "lowering.nests.fuse_rows:FuseRowsPass",
    "kernel-place-rows": "lowering.nests.place_rows:PlaceRowsPass",
    "kernel-plan-buffers": "lowering.nests.plan_buffers:PlanBuffersPass",
    "kernel-verify-buffers": "lowering.nests.plan_buffers:VerifyBuffersPass",
    "optimize": "passes.pipelines:OptimizePass",
    "outline-regions": "lowering.nests.outline:OutlinePass",
    "sharing-materialize": "passes.sharing.materialize:MaterializePass",
    "sharing-recover": "passes.sharing.recover:RecoverPass",
    "sharing-report": "passes.sharing.report:ReportPass",
    "sharing-simplify-lets": "passes.sharing.simplify_lets:SimplifyLetsPass",
    "sharing-stamp": "passes.sharing.stamp:StampPass",
    "sharing-unshare": "passes.sharing.unshare:UnsharePass",
    "sharing-verify": "passes.sharing.verify_sharing:VerifySharingPass",
    "sparse-jacobian": "passes.pipelines:SparseJacobianPass",
    "ten-align-shapes": "lowering.nests.align_shapes:AlignShapesPass",
    "ten-compare-scatters": "lowering.nests.compare_scatters:CompareScattersPass",
    "ten-compute-constants": "lowering.nests.compute_constants:ComputeConstantsPass",
    "ten-decompose": "lowering.nests.decompose:DecomposePass",
    "ten-join-windows": "lowering.nests.join_windows:JoinWindowsPass",
    "convert-scf-to-ten": "passes.simplify.scf_loops:ConvertScfPass",
    "ten-decompose-cosines": "passes.simplify.decompose_cosines:DecomposeCosinesPass",
    "ten-decompose-attention": ("passes.simplify.decompose_attention:DecomposeAttentionPass"),
    "ten-checkpoint-scans": "passes.differentiate.checkpoint_scans:CheckpointScansPass",
    "ten-find-attention": "passes.simplify.find_attention:FindAttentionPass",
    "ten-factor-sums": "passes.simplify.factor_sums:FactorSumsPass",
    "ten-fuse-scans": "passes.differentiate.fuse_scans:FuseScansPass",
    "ten-hoist-rows": "passes.vectorize.rows_of_loops:HoistRowsPass",
    "ten-raise-rows": "passes.simplify.raise_rows:RaiseRowsPass",
    "ten-raise-einsum": "passes.simplify.raise_einsum:RaiseEinsumPass",
    "ten-real-transforms": "passes.simplify.real_transforms:RealTransformsPass",
    "ten-roll-loops": "passes.rolling.roll_loops:RollLoopsPass",
    "ten-sink-products": "passes.vectorize.products_of_loops:SinkProductsPass",
    "ten-vectorize-maps": "passes.vectorize.maps_of_loops:VectorizeMapsPass",
    "ten-scalarize": "passes.simplify.scalarize:ScalarizePass",
    "ten-share-views": "passes.simplify.share_views:ShareViewsPass",
    "ten-simplify-gather-scatter": "passes.simplify.gather_scatter:SimplifyGatherScatterPass",
    "ten-slice-windows": "passes.simplify.slice_windows:SliceWindowsPass",
    "ten-sparsity": "passes.sparsity.describe:SparsityPass",
    "ten-split-complex": "passes.simplify.split_complex:SplitComplexPass",
    "ten-split-windows": "passes.simplify.split_windows:SplitWindowsPass",
    "ten-split-kept": "lowering.nests.split_kept:SplitKeptPass",
    "ten-unroll-reductions": "lowering.nests.unroll_reductions:UnrollReductionsPass",
    "ten-vectorize": "passes.vectorize.vectorize_builds:VectorizePass",
}

TARGETS = {
    "dot": "lowering.views.dot:DotTarget",
    "linalg": "lowering.linalg.linalg_target:LinalgTarget",
    "stablehlo": "lowering.xla.stablehlo_target:StableHloTarget",
    "terms": "lowering.views.terms:TermsTarget",
    "triton": "lowering.triton.target:TritonTarget",
}

_PACKAGE = __name__.partition(".")[0]


def _loader(place: str) -> Callable[[], Any]:
    """A function that loads the definition at `module:name`, a place in this package."""
    module, _, name = place.partition(":")
    return lambda: getattr(importlib.import_module(f"{_PACKAGE}.{module}"), name)


def _loaders(places: dict[str, str]) -> dict[str, Callable[[], Any]]:
    return {name: _loader(place) for name, place in places.items()}


LETGRAD_UNIVERSE = Universe(
    all_dialects=_loaders(DIALECTS),
    all_passes=_loaders(PASSES),
    all_targets=_loaders(TARGETS),
)
