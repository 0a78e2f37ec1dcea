"""The verifiers of ops that compute each element alone."""

from __future__ import annotations

from typing import Any

from xdsl.dialects.builtin import (
    ComplexType,
    Float32Type,
    Float64Type,
    i1,
)

from . import attributes
from .checks import (
    KINDS,
    Check,
    checks,
    is_complex,
    is_quantized,
    require,
    require_element,
    require_kind,
    same_shape,
    sizes,
    tensor,
)

_ANY = tuple(KINDS)
ELEMENTS: dict[str, str] = {
    "floats": (
        "stablehlo.ceil stablehlo.floor stablehlo.round_nearest_afz stablehlo.round_nearest_even "
        "chlo.digamma chlo.erf chlo.erf_inv chlo.erfc chlo.lgamma chlo.next_after chlo.polygamma "
        "chlo.zeta"
    ),
    "floats,complex numbers": (
        "stablehlo.atan2 stablehlo.cbrt stablehlo.cosine stablehlo.exponential "
        "stablehlo.exponential_minus_one stablehlo.log stablehlo.log_plus_one stablehlo.logistic "
        "stablehlo.rsqrt stablehlo.sine stablehlo.sqrt stablehlo.tan stablehlo.tanh "
        "chlo.acos chlo.acosh chlo.asin chlo.asinh chlo.atan chlo.atanh chlo.bessel_i1e chlo.conj "
        "chlo.cosh chlo.sinh chlo.square chlo.tan"
    ),
    "complex numbers": "chlo._asin_acos_kernel",
    "integers,floats,complex numbers": (
        "stablehlo.divide stablehlo.negate stablehlo.power stablehlo.remainder stablehlo.subtract"
    ),
    "signed integers,floats,complex numbers": "stablehlo.sign",
    "booleans,integers": "stablehlo.and stablehlo.not stablehlo.or stablehlo.xor",
    "integers": (
        "stablehlo.count_leading_zeros stablehlo.popcnt stablehlo.shift_left "
        "stablehlo.shift_right_arithmetic stablehlo.shift_right_logical chlo.mulhi"
    ),
    "booleans,integers,floats,complex numbers": (
        "stablehlo.add stablehlo.maximum stablehlo.minimum stablehlo.multiply"
    ),
}
"""The ops whose operands and results have one element type, by the kinds that this type may be."""


def _accuracy(op: Any) -> None:
    accuracy = op.properties.get("result_accuracy")
    if accuracy is None:
        return
    least = min(accuracy.atol, accuracy.rtol, accuracy.ulps)
    require(op, least >= 0, lambda: f"a tolerance is below 0: {accuracy}")
    mode, given = accuracy.mode, (accuracy.atol, accuracy.rtol, accuracy.ulps) != (0, 0, 0)
    require(
        op,
        not given or mode is attributes.ResultAccuracyMode.TOLERANCE,
        lambda: f"only the mode TOLERANCE has numbers, not {mode.value}",
    )


def _alike(kinds: tuple[str, ...]) -> Check:
    def check(op: Any) -> None:
        values = [*op.operands, *op.results]
        first = values[0].type
        # Most ops have one type, and then there is nothing to compare.
        types = [tensor(op, value, "each value") for value in values]
        require_kind(op, types[0], "each operand", *kinds)
        _accuracy(op)
        if all(type is first or type == first for type in types):
            return
        names = [*(f"operand {i}" for i in range(len(op.operands))), "the result"]
        same_shape(op, types, names)
        for type, name in zip(types[1:], names[1:], strict=True):
            if is_quantized(type.element_type) or is_quantized(types[0].element_type):
                continue
            require(
                op,
                type.element_type == types[0].element_type,
                lambda type=type, name=name: (
                    f"{names[0]} is {types[0]} and {name} is {type}; the element types differ"
                ),
            )

    return check


for _kinds, _names in ELEMENTS.items():
    checks(*_names.split())(_alike(tuple(_kinds.split(","))))


@checks("stablehlo.abs")
def absolute(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    require_kind(op, x, "the operand", "signed integers", "floats", "complex numbers")
    same_shape(op, (x, y), ("the operand", "the result"))
    element = x.element_type
    if not is_quantized(element):
        require_element(op, y, element.element_type if is_complex(element) else element)


@checks("stablehlo.real", "stablehlo.imag")
def part(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    require_kind(op, x, "the operand", "floats", "complex numbers")
    same_shape(op, (x, y), ("the operand", "the result"))
    element = x.element_type
    require_element(op, y, element.element_type if is_complex(element) else element)


@checks("stablehlo.complex")
def complex_(op: Any) -> None:
    names = ("lhs", "rhs", "the result")
    types = [tensor(op, v, n) for v, n in zip([*op.operands, op.result], names, strict=True)]
    same_shape(op, types, names)
    lhs, rhs, result = types
    require(
        op,
        isinstance(lhs.element_type, Float32Type | Float64Type),
        lambda: f"lhs has elements of type f32 or f64, not {lhs}",
    )
    require_element(op, rhs, lhs.element_type, "rhs")
    require_element(op, result, ComplexType(lhs.element_type))


@checks("stablehlo.is_finite")
def is_finite(op: Any) -> None:
    x, y = tensor(op, op.x, "x"), tensor(op, op.y, "the result")
    require_kind(op, x, "x", "floats")
    same_shape(op, (x, y), ("x", "the result"))
    require_element(op, y, i1)


@checks("stablehlo.convert")
def convert(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    require_kind(op, x, "the operand", *_ANY)
    require_kind(op, y, "the result", *_ANY)
    same_shape(op, (x, y), ("the operand", "the result"))


@checks("stablehlo.uniform_quantize", "stablehlo.uniform_dequantize")
def quantize(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    same_shape(op, (x, y), ("the operand", "the result"))
    quantized = y if op.name.endswith("uniform_quantize") else x
    require(
        op,
        is_quantized(quantized.element_type),
        lambda: f"{quantized} has no quantized elements",
    )


@checks("stablehlo.reduce_precision")
def reduce_precision(op: Any) -> None:
    _alike(("floats",))(op)
    exponent, mantissa = op.exponent_bits.value.data, op.mantissa_bits.value.data
    require(op, exponent >= 1, lambda: f"exponent_bits is at least 1, not {exponent}")
    require(op, mantissa >= 0, lambda: f"mantissa_bits is at least 0, not {mantissa}")


@checks("stablehlo.compare")
def compare(op: Any) -> None:
    names = ("lhs", "rhs", "the result")
    types = [tensor(op, v, n) for v, n in zip([*op.operands, op.result], names, strict=True)]
    same_shape(op, types, names)
    require_kind(op, types[0], "lhs", *_ANY)
    require_element(op, types[1], types[0].element_type, "rhs")
    require_element(op, types[2], i1)


@checks("stablehlo.select")
def select(op: Any) -> None:
    pred = tensor(op, op.pred, "pred")
    names = ("on_true", "on_false", "the result")
    types = [tensor(op, v, n) for v, n in zip([*op.operands[1:], op.result], names, strict=True)]
    require_element(op, pred, i1, "pred")
    same_shape(op, types, names)
    for type, name in zip(types[1:], names[1:], strict=True):
        require_element(op, type, types[0].element_type, name)
    if sizes(pred):
        same_shape(op, (pred, types[0]), ("pred", "on_true"))


@checks("stablehlo.clamp")
def clamp(op: Any) -> None:
    low, x, high, y = (
        tensor(op, v, n)
        for v, n in zip(
            [*op.operands, op.result], ("min", "the operand", "max", "the result"), strict=True
        )
    )
    require_kind(op, x, "the operand", *_ANY)
    same_shape(op, (x, y), ("the operand", "the result"))
    require_element(op, y, x.element_type)
    for bound, name in ((low, "min"), (high, "max")):
        require_element(op, bound, x.element_type, name)
        if sizes(bound):
            same_shape(op, (x, bound), ("the operand", name))
