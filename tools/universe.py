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
    from ..passes.scalarize import ScalarizePass

    return ScalarizePass


def linearize() -> type[ModulePass]:
    from ..passes.linearize import LinearizePass

    return LinearizePass


def transpose() -> type[ModulePass]:
    from ..passes.transpose import TransposePass

    return TransposePass


def evaluate() -> type[ModulePass]:
    from ..passes.evaluate_terms import EvaluatePass

    return EvaluatePass


def gradient() -> type[ModulePass]:
    from ..passes.pipelines import GradientPass

    return GradientPass


def vectorize() -> type[ModulePass]:
    from ..passes.vectorize import VectorizePass

    return VectorizePass


def terms() -> type[Target]:
    from ..lowering.terms import TermsTarget

    return TermsTarget


LETGRAD_UNIVERSE = Universe(
    all_dialects={"ten": ten, "delta": delta},
    all_passes={
        "delta-evaluate": evaluate,
        "delta-linearize": linearize,
        "delta-transpose": transpose,
        "gradient": gradient,
        "ten-scalarize": scalarize,
        "ten-vectorize": vectorize,
    },
    all_targets={"terms": terms},
)
