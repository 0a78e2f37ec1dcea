"""letgrad → StableHLO → letgrad: generated programs keep their values."""

from __future__ import annotations

import numpy as np
import pytest

from letgrad.dialects import arrays
from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.lowering.xla.backend import lowered
from letgrad.lowering.xla.text import text_of
from letgrad.passes.rewriting.driver import run_passes
from letgrad.passes.rewriting.functions import by_name
from letgrad.tools import source
from letgrad.tools.universe import LETGRAD_UNIVERSE

from .generators import arguments, near, random_program


def check(seed: int) -> None:
    module = random_program(seed)
    args = arguments(module, seed)
    wanted = Evaluator(module).call("main", args)
    again = source.parse(backends.context().clone(), text_of(lowered(module, "main")))
    back = LETGRAD_UNIVERSE.all_passes["convert-stablehlo-to-ten"]()()
    run_passes(backends.context(), again, (back,))
    kinds = by_name(again)["main"].function_type.inputs.data
    given = [np.asarray(x).astype(arrays.dtype(t)) for x, t in zip(args, kinds, strict=True)]
    found = Evaluator(again).call("main", given)
    for k, (x, y) in enumerate(zip(wanted, found, strict=True)):
        assert near(x, y), f"seed {seed}, result {k}: {x} and {y} in\n{again}"


@pytest.mark.parametrize("seed", range(5))
def test_generated_programs(seed: int):
    check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(5))
def test_many_generated_programs(block: int):
    for seed in range(10 + 30 * block, 40 + 30 * block):
        check(seed)
