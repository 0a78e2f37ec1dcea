"""Ops of `complex`, as NumPy's functions of complex numbers on the parts of the numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from xdsl.dialects.builtin import ArrayAttr, FloatAttr

from ...dialects import arrays
from .. import ops, tracing
from ..from_stablehlo.convert_elements import complex_atan2
from ..from_stablehlo.foreign_op import NotConvertible
from ..tracing import Array
from .upstream_evaluator import array
from .upstream_rules import Call, converts

np: Any = numpy  # its type stubs know no traced arrays

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "add": np.add,
    "angle": np.angle,
    "conj": np.conj,
    "cos": np.cos,
    "create": ops.complex_,
    "div": np.divide,
    "eq": np.equal,
    "exp": np.exp,
    "expm1": np.expm1,
    "im": np.imag,
    "log": np.log,
    "log1p": np.log1p,
    "mul": np.multiply,
    "neg": np.negative,
    "neq": np.not_equal,
    "pow": np.power,
    "re": np.real,
    "sin": np.sin,
    "sqrt": np.sqrt,
    "sub": np.subtract,
    "tan": np.tan,
    "tanh": np.tanh,
}


def _rule(function: Callable[..., Any]) -> Callable[..., Any]:
    def convert(call: Call, *xs: Array) -> Any:
        return function(*map(array, xs))

    convert.__doc__ = "the function of NumPy on complex numbers"
    return convert


for _name, _function in FUNCTIONS.items():
    converts(f"complex.{_name}")(_rule(_function))


@converts("complex.rsqrt")
def rsqrt(call: Call, z: Array) -> Any:
    """complex.rsqrt z  →  1 / √z"""
    return np.divide(z.dtype.type(1), np.sqrt(array(z)))


@converts("complex.sign")
def sign(call: Call, z: Array) -> Any:
    """complex.sign z  →  z / |z|, and 0 for 0"""
    size = np.abs(array(z))
    return np.where(size == 0, z, np.divide(z, np.where(size == 0, size.dtype.type(1), size)))


@converts("complex.atan2")
def atan2(call: Call, y: Array, x: Array) -> Any:
    """complex.atan2 y, x  →  -i log((x + i y) / √(x² + y²))"""
    return complex_atan2(array(y), array(x))


@converts("complex.constant")
def constant(call: Call) -> Any:
    """complex.constant [x, y]  →  ten.complex of constants"""
    value = call.need("value")
    if not isinstance(value, ArrayAttr):
        raise NotConvertible(f"letgrad has no constant {value}")
    parts = [x.value.data for x in value.data if isinstance(x, FloatAttr)]
    dtype = arrays.dtype(call.op.results[0].type)
    return tracing.constant(numpy.asarray(complex(*parts), dtype))


@converts("complex.bitcast")
def bitcast(call: Call, x: Array) -> Any:
    """complex.bitcast  →  nothing: letgrad does not read the bits of complex numbers"""
    raise NotConvertible("letgrad does not read the bits of complex numbers")
