"""Quantized numbers and ragged products: `convert-stablehlo-to-ten`, beside plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.frontend import ops
from letgrad.frontend.from_stablehlo.program_evaluator import Evaluator
from letgrad.frontend.from_stablehlo.stablehlo_to_ten import convert, functions_in
from letgrad.lowering import backends
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.tools import source
from letgrad.tools.programs import new_context


def run(text: str, *args: Any) -> np.ndarray:
    """The result of the function f of a program of StableHLO."""
    module = source.parse(new_context(), text, "f.mlir")
    convert(module)
    (result,) = backends.compile("numpy", module, "f")(*args)
    return np.asarray(result)


SMALL = "!quant.uniform<i8:f32, 0.5:3>"
WIDE = "!quant.uniform<i32:f32, 0.25>"


def rounded(x: np.ndarray, scale: float, zero: int, low: int = -128, high: int = 127) -> np.ndarray:
    return (np.clip(np.rint(x / np.float32(scale)) + zero, low, high) - zero) * np.float32(scale)


def test_each_result_is_a_number_of_its_type():
    text = f"""
    func.func @f(%x: tensor<8xf32>) -> tensor<8xf32> {{
      %q = stablehlo.uniform_quantize %x : (tensor<8xf32>) -> tensor<8x{SMALL}>
      %c = "stablehlo.constant"() {{value = dense<5> : tensor<8xi8>}} : () -> tensor<8x{SMALL}>
      %s = stablehlo.add %q, %c : tensor<8x{SMALL}>
      %p = stablehlo.multiply %s, %s : tensor<8x{SMALL}>
      %y = stablehlo.uniform_dequantize %p : (tensor<8x{SMALL}>) -> tensor<8xf32>
      return %y : tensor<8xf32>
    }}"""
    x = np.array([0.24, 0.25, 0.75, -0.26, 100, -100, 3.3, np.inf], np.float32)
    total = rounded(rounded(x, 0.5, 3) + np.float32(1), 0.5, 3)
    np.testing.assert_array_equal(run(text, x), rounded(total * total, 0.5, 3))


def test_scales_along_an_axis_and_ends_of_the_storage():
    kind = "tensor<2x3x!quant.uniform<u8<1:255>:f32:0, {0.5:3, 0.25}>>"
    text = f"""
    func.func @f(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {{
      %q = stablehlo.uniform_quantize %x : (tensor<2x3xf32>) -> {kind}
      %y = stablehlo.uniform_dequantize %q : ({kind}) -> tensor<2x3xf32>
      return %y : tensor<2x3xf32>
    }}"""
    x = np.array([[-9, 0.3, 500], [-9, 0.3, 500]], np.float32)
    wanted = [rounded(x[0], 0.5, 3, 1, 255), rounded(x[1], 0.25, 0, 1, 255)]
    np.testing.assert_array_equal(run(text, x), wanted)


def test_a_product_of_quantized_matrices():
    text = f"""
    func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>) -> tensor<2x4xf32> {{
      %p = stablehlo.uniform_quantize %x : (tensor<2x3xf32>) -> tensor<2x3x{SMALL}>
      %q = stablehlo.uniform_quantize %w : (tensor<3x4xf32>) -> tensor<3x4x{SMALL}>
      %s = stablehlo.dot_general %p, %q, contracting_dims = [1] x [0]
        : (tensor<2x3x{SMALL}>, tensor<3x4x{SMALL}>) -> tensor<2x4x{WIDE}>
      %y = stablehlo.uniform_dequantize %s : (tensor<2x4x{WIDE}>) -> tensor<2x4xf32>
      return %y : tensor<2x4xf32>
    }}"""
    r = np.random.default_rng(1)
    x, w = (r.normal(size=shape).astype(np.float32) for shape in ((2, 3), (3, 4)))
    np.testing.assert_array_equal(run(text, x, w), rounded(x, 0.5, 3) @ rounded(w, 0.5, 3))


DIMS = (
    "lhs_contracting_dimensions = [{}], rhs_contracting_dimensions = [{}], "
    "lhs_ragged_dimensions = [{}], rhs_group_dimensions = [{}]"
)


def ragged(a: str, b: str, groups: int, result: str, *dims: Any) -> str:
    return f"""
    func.func @f(%a: tensor<{a}>, %b: tensor<{b}>, %n: tensor<{groups}xi32>) -> tensor<{result}> {{
      %y = "chlo.ragged_dot"(%a, %b, %n) <{{ragged_dot_dimension_numbers =
        #chlo.ragged_dot<{DIMS.format(*dims)}>}}>
        : (tensor<{a}>, tensor<{b}>, tensor<{groups}xi32>) -> tensor<{result}>
      return %y : tensor<{result}>
    }}"""


@pytest.mark.parametrize("sizes", [[2, 0, 3], [1, 1, 1], [0, 0, 0], [0, 5, 0]])
def test_groups_of_rows_with_a_matrix_each(sizes: list[int]):
    r = np.random.default_rng(2)
    a, b = r.normal(size=(5, 2)), r.normal(size=(3, 2, 4))
    # A matrix of infinities touches the rows of its own group alone.
    b[1] = np.inf
    text = ragged("5x2xf64", "3x2x4xf64", 3, "5x4xf64", 1, 1, 0, 0)
    wanted, start = np.zeros((5, 4)), 0
    with np.errstate(invalid="ignore"):
        for k, n in enumerate(sizes):
            wanted[start : start + n] = a[start : start + n] @ b[k]
            start += n
    np.testing.assert_allclose(run(text, a, b, np.array(sizes, np.int32)), wanted, rtol=1e-14)


def test_groups_of_a_contracted_dimension():
    r = np.random.default_rng(3)
    a, b = r.normal(size=(2, 5)), r.normal(size=(5, 4))
    a[0, 0], b[4] = np.nan, np.inf
    text = ragged("2x5xf64", "5x4xf64", 2, "2x2x4xf64", 1, 0, 1, "")
    wanted = [a[:, :1] @ b[:1], a[:, 1:4] @ b[1:4]]
    np.testing.assert_allclose(run(text, a, b, np.array([1, 3], np.int32)), wanted, rtol=1e-14)


def test_the_gradient_is_zero_beyond_the_ends():
    text = f"""
    func.func @f(%x: tensor<3xf32>) -> tensor<3xf32> {{
      %q = stablehlo.uniform_quantize %x : (tensor<3xf32>) -> tensor<3x{SMALL}>
      %y = stablehlo.uniform_dequantize %q : (tensor<3x{SMALL}>) -> tensor<3xf32>
      return %y : tensor<3xf32>
    }}"""
    functions = functions_in(source.parse(new_context(), text, "f.mlir"))

    def fn(x: Any) -> Any:
        (y,) = Evaluator(functions).call(functions["f"], [ops.lift(x)])
        return np.sum(y * np.array([2, 3, 5], np.float32))

    x = np.array([0.3, 100, -100], np.float32)
    np.testing.assert_array_equal(lg.grad(fn)(x), [2, 0, 0])


def wrapped(x: np.ndarray, bits: int) -> np.ndarray:
    """Integers modulo 2^bits, with their sign."""
    half = 1 << (bits - 1)
    return (x + half) % (1 << bits) - half


@pytest.mark.parametrize("bits", [2, 4])
def test_integers_of_few_bits_wrap_after_each_op(bits: int):
    kind, free, top = f"tensor<4xi{bits}>", f"tensor<4xui{bits}>", 1 << bits
    text = f"""
    func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<8x4xi32> {{
      %a = stablehlo.convert %x : (tensor<4xf32>) -> {kind}
      %b = stablehlo.convert %y : (tensor<4xf32>) -> {free}
      %one = stablehlo.constant dense<1> : {kind}
      %last = stablehlo.constant dense<{top - 1}> : {free}
      %0 = stablehlo.add %a, %one : {kind}
      %1 = stablehlo.multiply %b, %b : {free}
      %2 = stablehlo.shift_right_logical %a, %one : {kind}
      %3 = stablehlo.shift_right_arithmetic %a, %one : {kind}
      %4 = stablehlo.popcnt %a : {kind}
      %5 = stablehlo.count_leading_zeros %b : {free}
      %6 = stablehlo.not %b : {free}
      %7 = stablehlo.subtract %last, %b : {free}
      {
        "".join(
            f'''
      %c{k} = stablehlo.convert %{k} : ({kind if k in (0, 2, 3, 4) else free}) -> tensor<4xi32>
      %d{k} = stablehlo.reshape %c{k} : (tensor<4xi32>) -> tensor<1x4xi32>'''
            for k in range(8)
        )
    }
      %z = stablehlo.concatenate {", ".join(f"%d{k}" for k in range(8))}, dim = 0
        : ({", ".join(["tensor<1x4xi32>"] * 8)}) -> tensor<8x4xi32>
      return %z : tensor<8x4xi32>
    }}"""
    x, y = np.array([-100, -1, 1.7, 100]), np.array([-9, 1, 2.6, 100])
    a, b = np.clip(x, -top // 2, top // 2 - 1).astype(int), np.clip(y, 0, top - 1).astype(int)
    wanted = [
        wrapped(a + 1, bits), b * b % top, wrapped(a % top >> 1, bits), a >> 1,
        wrapped(np.array([bin(n % top).count("1") for n in a]), bits),
        [bits - int(n).bit_length() for n in b], top - 1 - b, top - 1 - b,
    ]  # fmt: skip
    np.testing.assert_array_equal(run(text, np.float32(x), np.float32(y)), wanted)


def test_floats_that_are_powers_of_two():
    text = """
    func.func @f(%x: tensor<12xf32>) -> tensor<12xf32> {
      %a = stablehlo.convert %x : (tensor<12xf32>) -> tensor<12xf8E8M0FNU>
      %two = stablehlo.constant dense<2.0> : tensor<12xf8E8M0FNU>
      %b = stablehlo.multiply %a, %two : tensor<12xf8E8M0FNU>
      %y = stablehlo.convert %b : (tensor<12xf8E8M0FNU>) -> tensor<12xf32>
      return %y : tensor<12xf32>
    }"""
    most = 2.0**126
    given = [1, 1.49, 1.5, 3, 0.74, 0, -1, np.nan, np.inf, 1e-40, most * 1.4, most * 1.6]
    wanted = [2, 2, 4, 8, 1, np.nan, np.nan, np.nan, np.nan, 2.0**-126, 2 * most, np.nan]
    np.testing.assert_array_equal(run(text, np.float32(given)), np.float32(wanted))


def test_bits_of_integers_of_few_bits_are_an_error():
    text = """
    func.func @f(%x: tensor<4xi4>) -> tensor<2xi8> {
      %a = stablehlo.reshape %x : (tensor<4xi4>) -> tensor<2x2xi4>
      %y = stablehlo.bitcast_convert %a : (tensor<2x2xi4>) -> tensor<2xi8>
      return %y : tensor<2xi8>
    }"""
    with pytest.raises(LetgradError, match=r"f.mlir:4:12: error: .*small integers"):
        run(text, np.zeros(4, np.int8))


def test_atan2_of_complex_numbers():
    text = """
    func.func @f(%y: tensor<3xcomplex<f64>>, %x: tensor<3xcomplex<f64>>) -> tensor<3xcomplex<f64>> {
      %0 = stablehlo.atan2 %y, %x : tensor<3xcomplex<f64>>
      return %0 : tensor<3xcomplex<f64>>
    }"""
    x, y = np.array([1 + 1j, -2, 3 - 1j]), np.array([0.5j, 1, -2 + 2j])
    found = run(text, y, x)
    np.testing.assert_allclose(np.tan(found), y / x)
    np.testing.assert_allclose(found[1], np.arctan2(1, -2))
