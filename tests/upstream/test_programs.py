"""
`convert-upstream-to-ten`: the values of programs are those of their meanings in NumPy, on the
reference and in machine code; their derivatives are those that finite differences say, in both
modes.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Any

import numpy as np
import pytest
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.printer import Printer

from letgrad.dialects import types
from letgrad.frontend.from_stablehlo.foreign_op import kind_of
from letgrad.frontend.from_upstream.upstream_to_ten import convert
from letgrad.lowering import backends
from letgrad.passes.rewriting.verify import verify
from letgrad.tools import source
from letgrad.tools.programs import new_context

from ..test_derivatives import check
from . import (  # noqa: F401 (they add their programs)
    programs_of_choices,
    programs_of_dialects,
    programs_of_sizes,
    programs_of_vectors,
)
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
    (function,) = (
        op for op in module.ops if isinstance(op, func.FuncOp) and op.sym_name.data == "f"
    )
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
def test_both_forms_are_read_again(name: str) -> None:
    module = source.parse(new_context(), PROGRAMS[name].text, "f.mlir")
    for generic in (False, True):
        text = StringIO()
        Printer(text, print_generic_format=generic).print_op(module)
        again = source.parse(new_context(), text.getvalue(), "again.mlir")
        again.verify()
        assert module.is_structurally_equivalent(again)


@pytest.mark.sampled(24)
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
    given = inputs(module, program.given)
    is_narrow = any(np.asarray(x).dtype == np.float32 for x in given)
    options = {"rtol": 1e-6} if is_narrow else {}
    assert check(module, given, **options), "finite differences say nothing"


def test_there_are_programs_of_each_kind() -> None:
    words = " ".join(p.text for p in PROGRAMS.values())
    for word in ("scf.while", "cf.switch", "memref.subview", "affine.parallel", "linalg.generic"):
        assert word in words
    assert len(PROGRAMS) >= 116


@pytest.mark.parametrize("element, tolerance", [("f32", 1e-5), ("f16", 1e-2), ("bf16", 6e-2)])
@pytest.mark.parametrize("name", ["elementwise_generic", "matmul", "padding", "squares_in_place"])
def test_other_floats(name: str, element: str, tolerance: float) -> None:
    given = PROGRAMS[name]
    text = given.text.replace("f64", element)
    module = converted(Program(name, text, given.meaning, given.given, given.sizes))
    args = inputs(module, given.given)
    wide = [x.astype(np.float64) if np.asarray(x).dtype.kind not in "iu" else x for x in args]
    wanted = given.meaning(*wide)
    for backend in ("numpy", "cpu"):
        got = backends.compile(backend, module.clone(), "f")(*args)
        for a, b in zip(got, wanted, strict=True):
            np.testing.assert_allclose(np.asarray(a).astype(np.float64), b, rtol=tolerance)


@pytest.mark.parametrize("name", ["power_by_a_loop", "sum_in_a_cell", "diamond"])
def test_second_derivatives(name: str) -> None:
    module = converted(PROGRAMS[name])
    assert check(module, inputs(module, PROGRAMS[name].given), order=2)


def test_no_elements() -> None:
    text = """
    func.func @f(%x: memref<0x3xf64>, %y: memref<3xf64>) -> f64 {
      linalg.reduce { arith.addf } ins(%x : memref<0x3xf64>) outs(%y : memref<3xf64>)
        dimensions = [0]
      %one = arith.constant 1.0 : f64
      %r = affine.for %i = 0 to 0 iter_args(%s = %one) -> (f64) {
        %a = affine.load %x[%i, 0] : memref<0x3xf64>
        affine.yield %a : f64
      }
      return %r : f64
    }"""
    module = converted(Program("empty", text, lambda x, y: []))
    args = np.zeros((0, 3)), np.arange(3.0)
    for backend in ("numpy", "cpu"):
        results = backends.compile(backend, module.clone(), "f")(*args)
        assert results[0] == 1.0
        # The sum of no elements is what was there, so the memory keeps its content.
        assert len(results) == 1
