"""
`convert-ten-to-linalg`: programs keep their values. Each op goes out, and comes back by
`convert-upstream-to-ten`; IREE compiles what goes out, where it is installed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

from letgrad.frontend.from_upstream.upstream_to_ten import convert
from letgrad.lowering import backends
from letgrad.lowering.linalg.linalg_target import LinalgTarget, text_of
from letgrad.lowering.linalg.to_linalg import ConvertTenToLinalgPass
from letgrad.passes.pipelines import GradientPass
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.driver import run_passes
from letgrad.passes.simplify.split_complex import SplitComplexPass
from letgrad.tools import source
from letgrad.tools.programs import new_context
from letgrad.tools.testing import conform
from letgrad.tools.testing.samples import each

from . import iree_oracle
from .programs import PROGRAMS
from .test_programs import converted, inputs

CTX = new_context()
OPS = [op for name in ("ten", "arith", "math") for op in conform.dialect_ops(CTX, name)]
NO_FORMULA = {
    "ten.argsort", "ten.cholesky", "ten.dct", "ten.eig", "ten.eigh", "ten.fft", "ten.lu", "ten.qr",
    "ten.svd", "ten.symmetric_solve", "ten.triangular_solve",
}  # fmt: skip
"""The ops that have no rule: upstream has no such op, and a formula of loops would be long."""


def out(module: ModuleOp) -> ModuleOp:
    module = module.clone()
    run_passes(CTX, module, (SplitComplexPass(), ConvertTenToLinalgPass()))
    module.verify()
    assert not [op for op in module.walk() if op.dialect_name() in ("ten", "delta", "sharing")]
    return module


def back(module: ModuleOp) -> ModuleOp:
    """The program in letgrad's dialects again, through its text."""
    again = source.parse(new_context(), text_of(module), "linalg.mlir")
    convert(again)
    again.verify()
    return again


def has_complex(op: Operation) -> bool:
    return any("complex" in str(x.type) for x in (*op.operands, *op.results))


@pytest.mark.sampled(10)
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_each_op_goes_out_and_comes_back(op: type[Operation]) -> None:
    for sample in each(op, 6):
        if has_complex(sample.op):
            continue  # split-complex changes the signature
        module = sample.module()
        try:
            there = out(module)
        except LetgradError as error:
            assert op.name in NO_FORMULA or "has no rule" in str(error), error
            assert op.name in NO_FORMULA | {"ten.special"}, error
            return
        assert op.name not in NO_FORMULA
        with np.errstate(all="ignore"):
            wanted = conform.run(module, sample.inputs)
            given = conform.run(back(there), sample.inputs)
        for a, b in zip(wanted, given, strict=True):
            found = conform.differs(a, b)
            assert found is None, f"seed {sample.seed}: {found}\n{module}\n{there}"


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_go_out_and_come_back(name: str) -> None:
    module = converted(PROGRAMS[name])
    args = inputs(module, PROGRAMS[name].given)
    wanted = backends.compile("numpy", module, "f")(*args)
    given = backends.compile("numpy", back(out(module)), "f")(*args)
    for a, b in zip(wanted, given, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.sampled(12)
@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_go_out_and_come_back(name: str) -> None:
    module = converted(PROGRAMS[name])
    args = inputs(module, PROGRAMS[name].given)
    results = backends.compile("numpy", module, "f")(*args)
    GradientPass(entry="f").apply(CTX, module)
    cotangents = [np.ones_like(y) for y in results if np.asarray(y).dtype.kind == "f"]
    wanted = backends.compile("numpy", module, "f")(*args, *cotangents)
    given = backends.compile("numpy", back(out(module)), "f")(*args, *cotangents)
    for a, b in zip(wanted, given, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def by_iree(module: ModuleOp, args: Sequence[Any]) -> list[np.ndarray]:
    import io

    text = io.StringIO()
    LinalgTarget().emit(CTX, module, text)
    return iree_oracle.run(text.getvalue(), args)


IREE_LACKS = {
    # IREE cuts a program into dispatches.
    "index types must not cross the dispatch boundary": "IREE has no tensors of indices there",
    r"materialization from \('index'\)": "IREE has no tensors of indices in loops",
    # Its virtual machine runs what is no tensor.
    r"operation '(math|arith)\.\w+' that was explicitly marked": "IREE lacks it on numbers",
    r"undefined symbol: \w+": "IREE has no functions of math in 64 bits",
    "restricted to workgroup distributed contexts": "IREE's distribution fails",
    "maximum iteration count exceeded in fixed point": "IREE's optimizer does not end",
    r"'stream\.async\.fill' op has invalid Write access": "IREE fills parts of 64 bits wrongly",
}
"""What IREE says about programs that it has no code for, and why."""


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_iree_computes_what_goes_out(name: str) -> None:
    iree_oracle.need_iree()
    module = converted(PROGRAMS[name])
    args = inputs(module, PROGRAMS[name].given)
    wanted = backends.compile("numpy", module, "f")(*args)
    try:
        given = by_iree(module, args)
    except Exception as error:
        for words, reason in IREE_LACKS.items():
            if re.search(words, str(error)):
                pytest.skip(reason)
        raise
    for a, b in zip(wanted, given, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_iree_computes_a_gradient() -> None:
    iree_oracle.need_iree()
    text = """
    func.func @f(%a: tensor<3x4xf32>, %x: tensor<4xf32>, %i: index) -> f32 {
      %y = ten.einsum "ij,j->i" %a, %x : tensor<3x4xf32>, tensor<4xf32> -> tensor<3xf32>
      %z = arith.mulf %y, %y : tensor<3xf32>
      %s = ten.index %z[%i] : tensor<3xf32> -> f32
      func.return %s : f32
    }"""
    module = source.parse(new_context(), text, "f.mlir")
    GradientPass(entry="f", seed="one").apply(CTX, module)
    r = np.random.default_rng(0)
    a, x = (r.normal(size=s).astype(np.float32) for s in ((3, 4), 4))
    y, da, dx = by_iree(module, (a, x, np.int64(1)))
    np.testing.assert_allclose(y, (a @ x)[1] ** 2, rtol=1e-5)
    np.testing.assert_allclose(da[1], 2 * (a @ x)[1] * x, rtol=1e-5)
    assert not da[0].any()
    np.testing.assert_allclose(dx, 2 * (a @ x)[1] * a[1], rtol=1e-5)
