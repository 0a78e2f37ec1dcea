"""Types of other packages: values with parts, in traced functions and in programs as text."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from xdsl.dialects import arith
from xdsl.dialects.builtin import StringAttr, TensorType, f64, i64
from xdsl.ir import Dialect, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    param_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure

import letgrad as lg
from letgrad.dialects import own_types
from letgrad.lowering import backends
from letgrad.passes.general.store_types import StoreOwnTypesPass
from letgrad.passes.pipelines import GradientPass
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.driver import run_passes
from letgrad.passes.rewriting.emitter import Expression
from letgrad.passes.rewriting.rule_tables import store
from letgrad.passes.rewriting.verify import verify
from letgrad.tools import source
from letgrad.tools.programs import new_context


@irdl_attr_definition
class ScaledType(ParametrizedAttribute, TypeAttribute):
    """A vector times a number, and how often it was multiplied."""

    name = "own.scaled"
    unit: StringAttr = param_def()


class Scaled(NamedTuple):
    scale: Any
    vector: Any
    count: Any


@own_types.stored_as(
    ScaledType, value=Scaled, type_of=lambda scale, vector, count: ScaledType(StringAttr("m"))
)
def storage(type: ScaledType) -> Any:
    return f64, TensorType(f64, [3]), i64


@irdl_op_definition
class MulOp(IRDLOperation):
    name = "own.mul"
    a = operand_def(ScaledType)
    b = operand_def(ScaledType)
    y = result_def(ScaledType)
    traits = traits_def(Pure())
    assembly_format = "$a `,` $b attr-dict `:` type($a) `,` type($b) `,` type($y)"

    def __init__(self, a: Any, b: Any):
        super().__init__(operands=[a, b], result_types=[a.type])


@irdl_op_definition
class SplitOp(IRDLOperation):
    """A value of another type, and one of the same."""

    name = "own.split"
    a = operand_def(ScaledType)
    x = result_def(f64)
    y = result_def(ScaledType)
    traits = traits_def(Pure())
    assembly_format = "$a attr-dict `:` type($a) `,` type($x) `,` type($y)"

    def __init__(self, a: Any):
        super().__init__(operands=[a], result_types=[f64, a.type])


@store.rule(MulOp)
def product(op: MulOp, a: Any, b: Any, e: Any) -> Any:
    """(s t, x * y, m + n)"""
    s, x, t, y = map(Expression.of, (*a[:2], *b[:2]))
    return (s * t).emit(e), (x * y).emit(e), e(arith.AddiOp(a[2], b[2]))


@store.rule(SplitOp)
def split(op: SplitOp, a: Any, e: Any) -> Any:
    """s, (1, x, n)"""
    scale, vector, count = a
    return scale, (e.constant(1.0, f64), vector, count)


OWN = Dialect("own", [MulOp, SplitOp], [ScaledType])
A = Scaled(2.0, np.array([1.0, 2.0, 3.0]), 1)
B = Scaled(0.5, np.array([0.5, 1.0, -1.0]), 2)


def mul(a: Any, b: Any) -> Any:
    return lg.apply(MulOp, a, b)


def test_values_at_once_and_in_both_backends() -> None:
    wanted = Scaled(1.0, A.vector * B.vector, 3)
    for run in (mul, lg.jit(mul), lg.jit(mul, backend="numpy")):
        for got, right in zip(run(A, B), wanted, strict=True):
            np.testing.assert_allclose(got, right)
    scale, rest = lg.jit(lambda a: lg.apply(SplitOp, a))(A)
    assert (scale, rest.scale, rest.count) == (2.0, 1.0, 1)


def loops(a: Any, x: Any) -> Any:
    c = lg.fold(lambda c, k: mul(c, a), a, np.arange(2))
    c = lg.cond(x > 0, lambda c: mul(c, c), lambda c: c, c)
    c = lg.while_loop(lambda c: c.scale < 1000, lambda c: mul(c, a), c)
    return c.scale * np.sum(c.vector) * x


def test_loops_and_branches_carry_values_and_have_derivatives() -> None:
    x, h = 1.5, 1e-6

    def f(scale: Any, vector: Any, x: Any) -> Any:
        return loops(Scaled(scale, vector, 1), x)

    scale, vector, slope = lg.grad(f, argnums=(0, 1, 2))(A.scale, A.vector, x)
    run = lg.jit(f)
    for k in range(3):
        step = np.eye(3)[k] * h
        up, down = (run(A.scale, A.vector + s, x) for s in (step, -step))
        np.testing.assert_allclose(vector[k], (up - down) / (2 * h), rtol=1e-6)
    up, down = (run(A.scale + s, A.vector, x) for s in (h, -h))
    np.testing.assert_allclose(scale, (up - down) / (2 * h), rtol=1e-6)
    np.testing.assert_allclose(slope, run(A.scale, A.vector, x) / x)


def test_batches() -> None:
    many = Scaled(np.array([2.0, 3.0]), np.stack([A.vector, B.vector]), np.array([1, 2]))
    got = lg.vmap(lambda a: lg.fold(lambda c, k: mul(c, a), a, np.arange(2)))(many)
    np.testing.assert_allclose(got.scale, many.scale**3)
    np.testing.assert_allclose(got.vector, many.vector**3)
    np.testing.assert_array_equal(got.count, many.count * 3)


TEXT = """
func.func @f(%a: !own.scaled<"m">, %p: i1) -> (f64, !own.scaled<"m">) {
  %c = ten.scan [3] (%c = %a : !own.scaled<"m">) -> (!own.scaled<"m">) {
    %d = own.mul %c, %a : !own.scaled<"m">, !own.scaled<"m">, !own.scaled<"m">
    ten.yield %d : !own.scaled<"m">
  }
  %s = arith.select %p, %c, %a : !own.scaled<"m">
  %x, %r = own.split %s : !own.scaled<"m">, f64, !own.scaled<"m">
  func.return %x, %r : f64, !own.scaled<"m">
}"""


def test_programs_as_text() -> None:
    context = new_context(OWN)
    module = source.parse(context, TEXT, "f.mlir")
    verify(module)
    for backend in ("numpy", "cpu"):
        run = backends.compile(backend, module.clone(), "f")
        x, one, vector, count = run(*A, np.bool_(True))
        assert (x, one, count) == (16.0, 1.0, 4)
        np.testing.assert_allclose(vector, A.vector**4)
    derivative = module.clone()
    run_passes(context, derivative, (GradientPass(wrt=(0,), entry="f"),))
    *_, ds = backends.compile("cpu", derivative, "f")(*A, np.bool_(True), 1.0, 0.0, np.zeros(3))
    assert ds == 4 * 2.0**3
    stored = module.clone()
    run_passes(context, stored, (StoreOwnTypesPass(),))
    verify(stored)
    assert "own." not in str(stored)


@pytest.mark.parametrize(
    "text, message",
    [
        ("%y = math.sin %x : f64", "the parts are f64, and the cast wants f64, tensor<3xf64>, i64"),
        ("%y = arith.addf %x, %x : f64", "f.mlir:4:8: error: the parts are f64"),
    ],
)
def test_casts_of_other_parts(text: str, message: str) -> None:
    program = f"""
func.func @f(%x: f64) -> f64 {{
  {text}
  %a = builtin.unrealized_conversion_cast %y : f64 to !own.scaled<"m">
  func.return %x : f64
}}"""
    module = source.parse(new_context(OWN), program, "f.mlir")
    with pytest.raises(LetgradError) as raised:
        StoreOwnTypesPass().apply(new_context(), module)
    assert message in str(raised.value)


def test_what_a_package_may_not_say() -> None:
    with pytest.raises(ValueError, match="ScaledType has a storage"):
        own_types.stored_as(ScaledType)
    with pytest.raises(TypeError, match="takes a class of types"):
        own_types.stored_as(MulOp)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="value and type_of together"):
        own_types.stored_as(TensorType, value=tuple)
    with pytest.raises(
        ValueError, match=r"own\.mul: operand 'a' is f64, and the op takes !own\.scaled"
    ):
        lg.apply(MulOp, 1.0, 2.0)
