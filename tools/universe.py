"""
What letgrad adds to every xDSL tool in its environment, through the `xdsl.universe` entry point.

Everything is loaded when it is asked for: the tools start fast.
"""

from __future__ import annotations

from xdsl.ir import Dialect
from xdsl.passes import ModulePass
from xdsl.universe import Universe
from xdsl.utils.target import Target


def ten() -> Dialect:
    from ..dialects.ten import Ten

    return Ten


def delta() -> Dialect:
    from ..dialects.delta import Delta

    return Delta


def scalarize() -> type[ModulePass]:
    from ..passes.simplify.scalarize import ScalarizePass

    return ScalarizePass


def linearize() -> type[ModulePass]:
    from ..passes.differentiate.linearize import LinearizePass

    return LinearizePass


def transpose() -> type[ModulePass]:
    from ..passes.differentiate.transpose import TransposePass

    return TransposePass


def evaluate() -> type[ModulePass]:
    from ..passes.differentiate.evaluate_terms import EvaluatePass

    return EvaluatePass


def gradient() -> type[ModulePass]:
    from ..passes.pipelines import GradientPass

    return GradientPass


def vectorize() -> type[ModulePass]:
    from ..passes.vectorize import VectorizePass

    return VectorizePass


def fuse_scans() -> type[ModulePass]:
    from ..passes.differentiate.fuse_scans import FuseScansPass

    return FuseScansPass


def sharing() -> Dialect:
    from ..dialects.sharing import Sharing

    return Sharing


def kernel() -> Dialect:
    from ..dialects.kernel import Kernel

    return Kernel


def to_kernel() -> type[ModulePass]:
    from ..lowering.nests.to_kernel import ConvertTenToKernelPass

    return ConvertTenToKernelPass


def outline() -> type[ModulePass]:
    from ..lowering.nests.outline import OutlinePass

    return OutlinePass


def plan_buffers() -> type[ModulePass]:
    from ..lowering.nests.plan_buffers import PlanBuffersPass

    return PlanBuffersPass


def verify_buffers() -> type[ModulePass]:
    from ..lowering.nests.plan_buffers import VerifyBuffersPass

    return VerifyBuffersPass


def decompose() -> type[ModulePass]:
    from ..lowering.nests.decompose import DecomposePass

    return DecomposePass


def stamp() -> type[ModulePass]:
    from ..passes.sharing.stamp import StampPass

    return StampPass


def recover() -> type[ModulePass]:
    from ..passes.sharing.recover import RecoverPass

    return RecoverPass


def simplify_lets() -> type[ModulePass]:
    from ..passes.sharing.simplify_lets import SimplifyLetsPass

    return SimplifyLetsPass


def materialize() -> type[ModulePass]:
    from ..passes.sharing.materialize import MaterializePass

    return MaterializePass


def unshare() -> type[ModulePass]:
    from ..passes.sharing.unshare import UnsharePass

    return UnsharePass


def report() -> type[ModulePass]:
    from ..passes.sharing.report import ReportPass

    return ReportPass


def verify_sharing() -> type[ModulePass]:
    from ..passes.sharing.verify_sharing import VerifySharingPass

    return VerifySharingPass


def raise_einsum() -> type[ModulePass]:
    from ..passes.simplify.raise_einsum import RaiseEinsumPass

    return RaiseEinsumPass


def simplify_gather_scatter() -> type[ModulePass]:
    from ..passes.simplify.gather_scatter import SimplifyGatherScatterPass

    return SimplifyGatherScatterPass


def apply_rules() -> type[ModulePass]:
    from .apply_rules import ApplyRulesPass

    return ApplyRulesPass


def optimize() -> type[ModulePass]:
    from ..passes.pipelines import OptimizePass

    return OptimizePass


def fuse_rows() -> type[ModulePass]:
    from ..lowering.nests.fuse_rows import FuseRowsPass

    return FuseRowsPass


def dot() -> type[Target]:
    from ..lowering.views.dot import DotTarget

    return DotTarget


def terms() -> type[Target]:
    from ..lowering.views.terms import TermsTarget

    return TermsTarget


def triton() -> type[Target]:
    from ..lowering.triton.target import TritonTarget

    return TritonTarget


LETGRAD_UNIVERSE = Universe(
    all_dialects={"ten": ten, "delta": delta, "sharing": sharing, "kernel": kernel},
    all_passes={
        "apply-rules": apply_rules,
        "convert-ten-to-kernel": to_kernel,
        "delta-evaluate": evaluate,
        "delta-linearize": linearize,
        "delta-transpose": transpose,
        "gradient": gradient,
        "kernel-fuse-rows": fuse_rows,
        "kernel-plan-buffers": plan_buffers,
        "kernel-verify-buffers": verify_buffers,
        "optimize": optimize,
        "outline-regions": outline,
        "sharing-materialize": materialize,
        "sharing-recover": recover,
        "sharing-report": report,
        "sharing-simplify-lets": simplify_lets,
        "sharing-stamp": stamp,
        "sharing-unshare": unshare,
        "sharing-verify": verify_sharing,
        "ten-fuse-scans": fuse_scans,
        "ten-raise-einsum": raise_einsum,
        "ten-decompose": decompose,
        "ten-scalarize": scalarize,
        "ten-simplify-gather-scatter": simplify_gather_scatter,
        "ten-vectorize": vectorize,
    },
    all_targets={"dot": dot, "terms": terms, "triton": triton},
)
