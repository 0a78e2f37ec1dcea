"""
`convert-upstream-to-ten`: the values of programs are those of their meanings in NumPy, on the
reference and in machine code; their derivatives are those that finite differences say, in both
modes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp

from letgrad.dialects import types
from letgrad.frontend.from_stablehlo.foreign_op import kind_of
from letgrad.frontend.from_upstream.upstream_to_ten import convert
from letgrad.lowering import backends
from letgrad.passes.rewriting.verify import verify
from letgrad.tools import source
from letgrad.tools.programs import new_context

from ..test_derivatives import check
from .programs import PROGRAMS, Program


def converted(program: Program) -> ModuleOp:
    module = source.parse(new_context(), program.text, f"{program.name}.mlir")
    module.verify()
    convert(module, program.sizes)
    module.verify()
    verify(module)
    return module


def inputs(module: ModuleOp, given: Sequence[int], seed: int = 0) -> list[Any]:
    """Random floats, and the integers that a program is given."""
    r, rest = np.random.default_rng(seed), list(given)
    (function,) = (op for op in module.ops if isinstance(op, func.FuncOp))
    result: list[Any] = []
    for argument in function.args:
        shape, dtype = kind_of(argument.type)
        if types.is_float(types.element(argument.type)):
            result.append(r.uniform(0.5, 1.5, shape).astype(dtype)[()])
        else:
            result.append(dtype.type(rest.pop(0)))
    assert not rest, "integers that no argument takes"
    return result


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_derivatives(name: str) -> None:
    program = PROGRAMS[name]
    module = converted(program)
    for seed in range(2):
        args = inputs(module, program.given, seed)
        wanted = [np.asarray(y) for y in program.meaning(*args)]
        for backend in ("numpy", "cpu"):
            got = backends.compile(backend, module.clone(), "f")(*args)
            assert len(got) == len(wanted)
            for a, b in zip(got, wanted):
                np.testing.assert_allclose(np.asarray(a), b, rtol=1e-12, atol=1e-12)
    assert check(module, inputs(module, program.given)), "finite differences say nothing"


def test_there_are_programs_of_each_kind() -> None:
    words = " ".join(p.text for p in PROGRAMS.values())
    for word in ("scf.while", "cf.switch", "memref.subview", "affine.parallel", "linalg.generic"):
        assert word in words
    assert len(PROGRAMS) >= 56
