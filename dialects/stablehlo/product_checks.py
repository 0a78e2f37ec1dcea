"""The verifiers of products, convolutions, factors of matrices, and Fourier transforms."""

from __future__ import annotations

from typing import Any

from xdsl.dialects.builtin import (
    ComplexType,
    Float32Type,
    Float64Type,
)

from . import attributes
from .checks import (
    UNKNOWN,
    checks,
    fits,
    is_complex,
    is_quantized,
    numbers,
    require,
    require_dims,
    require_element,
    require_kind,
    require_result,
    same_size,
    shown,
    sizes,
    tensor,
)
from .region_checks import Window
from .shape_checks import require_index


def _precisions(op: Any) -> None:
    config = op.precision_config
    count = 0 if config is None else len(config)
    require(op, count <= 2, lambda: f"precision_config has at most 2 entries, not {count}")


@checks("stablehlo.dot_general")
def dot_general(op: Any) -> None:
    x, y = tensor(op, op.lhs, "lhs"), tensor(op, op.rhs, "rhs")
    result = tensor(op, op.result, "the result")
    dims: attributes.DotAttr = op.dot_dimension_numbers
    _precisions(op)
    pairs = (
        ("batching", dims.lhs_batching_dimensions, dims.rhs_batching_dimensions),
        ("contracting", dims.lhs_contracting_dimensions, dims.rhs_contracting_dimensions),
    )
    for name, left, right in pairs:
        require(
            op,
            len(left) == len(right),
            lambda name=name, left=left, right=right: (
                f"lhs has {len(left)} {name} dimensions, and rhs has {len(right)}"
            ),
        )
    left = (*dims.lhs_batching_dimensions, *dims.lhs_contracting_dimensions)
    right = (*dims.rhs_batching_dimensions, *dims.rhs_contracting_dimensions)
    require_dims(op, left, len(sizes(x)), "the list of lhs")
    require_dims(op, right, len(sizes(y)), "the list of rhs")
    for a, b in zip(left, right, strict=True):
        require(
            op,
            same_size(sizes(x)[a], sizes(y)[b]),
            lambda a=a, b=b: f"dimension {a} of lhs {x} and dimension {b} of rhs {y} differ",
        )
    shape = [sizes(x)[d] for d in dims.lhs_batching_dimensions]
    shape += [n for d, n in enumerate(sizes(x)) if d not in left]
    shape += [n for d, n in enumerate(sizes(y)) if d not in right]
    require_result(op, result, shape)
    if op.algorithm is not None:
        counts = op.algorithm.data[3:6]
        require(op, min(counts) > 0, lambda: "the counts of an algorithm are above 0")
        given = (
            [] if op.precision_config is None else [each.data.value for each in op.precision_config]
        )
        require(
            op,
            all(word == "DEFAULT" for word in given),
            lambda: "with an algorithm the precision is DEFAULT",
        )


@checks("stablehlo.dot")
def dot(op: Any) -> None:
    x, y = tensor(op, op.lhs, "lhs"), tensor(op, op.rhs, "rhs")
    result = tensor(op, op.result, "the result")
    _precisions(op)
    a, b = sizes(x), sizes(y)
    right = len(a) in (1, 2) and len(b) in (1, 2) and same_size(a[-1], b[0])
    require(op, right, lambda: f"lhs {x} and rhs {y} have no product")
    require_result(op, result, (*a[:-1], *b[1:]))


@checks("stablehlo.convolution", "stablehlo.dynamic_conv")
def convolution(op: Any) -> None:
    x, k = tensor(op, op.lhs, "lhs"), tensor(op, op.rhs, "rhs")
    y = tensor(op, op.result, "the result")
    dims: attributes.ConvAttr = op.dimension_numbers
    _precisions(op)
    same = x.element_type == k.element_type or is_quantized(k.element_type)
    require(op, same, lambda: f"lhs is {x} and rhs is {k}; the element types differ")
    rank = len(dims.input_dims)
    for type, name in ((x, "lhs"), (k, "rhs"), (y, "the result")):
        require(
            op,
            len(sizes(type)) == rank,
            lambda type=type, name=name: f"{name} has {rank} dimensions, not {type}",
        )
    for letters in (dims.kernel_dims, dims.output_dims):
        require(op, len(letters) == rank, lambda: f"dimension_numbers are not all {rank} long")
    spatial = rank - 2
    window = Window(op, [sizes(k)[d] for d in dims.kernel_spatial_dimensions])
    padding = window.padding(op.padding) if op.name == "stablehlo.convolution" else None
    if padding is None:
        _padding_operand(op, spatial)
    groups, batches = op.feature_group_count.value.data, op.batch_group_count.value.data
    require(op, groups > 0, lambda: f"feature_group_count is above 0, not {groups}")
    require(op, batches > 0, lambda: f"batch_group_count is above 0, not {batches}")
    require(op, groups == 1 or batches == 1, lambda: "only one of the two group counts is above 1")
    batch, features = sizes(x)[dims.input_batch_dimension], sizes(x)[dims.input_feature_dimension]
    inputs = sizes(k)[dims.kernel_input_feature_dimension]
    outputs = sizes(k)[dims.kernel_output_feature_dimension]
    require(
        op,
        UNKNOWN in (features, inputs) or features == inputs * groups,
        lambda: f"lhs has {features} features, and rhs has {inputs} for each of {groups} groups",
    )
    for size, count, name in (
        (batch, batches, "batch of lhs"),
        (outputs, batches, "output features of rhs"),
        (outputs, groups, "output features of rhs"),
    ):
        require(
            op,
            size == UNKNOWN or size % count == 0,
            lambda size=size, count=count, name=name: (
                f"the {name} has the size {size}, no multiple of {count} groups"
            ),
        )
    shape = [0] * rank
    shape[dims.output_batch_dimension] = UNKNOWN if batch == UNKNOWN else batch // batches
    shape[dims.output_feature_dimension] = outputs
    strides = window.list(op.window_strides, "window_strides", 1)
    base = window.list(op.lhs_dilation, "lhs_dilation", 1)
    dilation = window.list(op.rhs_dilation, "rhs_dilation", 1)
    if op.window_reversal is not None:
        require(
            op,
            len(numbers(op.window_reversal)) == spatial,
            lambda: f"window_reversal has {spatial} entries",
        )
    for i in range(spatial):
        pads = None if padding is None else padding[i]
        n = sizes(x)[dims.input_spatial_dimensions[i]]
        size = window.size(n, i, pads, strides[i], base[i], dilation[i])
        shape[dims.output_spatial_dimensions[i]] = size
    require_result(op, y, shape)


def _padding_operand(op: Any, spatial: int) -> None:
    padding = tensor(op, op.padding, "the padding")
    require_index(op, padding, "the padding")
    require(
        op,
        fits(sizes(padding), (spatial, 2)),
        lambda: f"the padding has the sizes {shown((spatial, 2))}, not {padding}",
    )


@checks("stablehlo.einsum", "stablehlo.unary_einsum")
def einsum(op: Any) -> None:
    config: str = op.einsum_config.data
    left, arrow, result = config.replace(" ", "").partition("->")
    terms = left.split(",")
    y = tensor(op, op.result, "the result")
    require(
        op,
        bool(arrow) and len(terms) == len(op.operands),
        lambda: f"einsum_config has a term for each operand and one for the result, not {config}",
    )
    found: dict[str, int] = {}
    for i, (value, term) in enumerate(zip(op.operands, terms, strict=True)):
        x = tensor(op, value, f"operand {i}")
        if "..." in config:
            return  # the dots stand for any dimensions
        require(
            op,
            len(term) == len(sizes(x)),
            lambda i=i, x=x, term=term: f"operand {i} is {x}, and its term is {term}",
        )
        for letter, n in zip(term, sizes(x), strict=True):
            m = found.get(letter, UNKNOWN)
            require(
                op,
                same_size(n, m),
                lambda letter=letter, n=n, m=m: f"the letter {letter} has the sizes {m} and {n}",
            )
            found[letter] = m if n == UNKNOWN else n
    for letter in result:
        require(op, letter in found, lambda letter=letter: f"no operand has the letter {letter}")
    require_result(op, y, [found[letter] for letter in result])


@checks("stablehlo.cholesky")
def cholesky(op: Any) -> None:
    a, y = tensor(op, op.a, "a"), tensor(op, op.result, "the result")
    require_kind(op, a, "a", "floats", "complex numbers")
    shape = sizes(a)
    square = len(shape) >= 2 and same_size(shape[-1], shape[-2])
    require(op, square, lambda: f"a has square matrices, not {a}")
    require_result(op, y, shape)
    require_element(op, y, a.element_type)


@checks("stablehlo.triangular_solve")
def triangular_solve(op: Any) -> None:
    a, b = tensor(op, op.a, "a"), tensor(op, op.b, "b")
    y = tensor(op, op.result, "the result")
    require_kind(op, a, "a", "floats", "complex numbers")
    require_element(op, b, a.element_type, "b")
    left, right = list(sizes(a)), list(sizes(b))
    square = len(left) >= 2 and same_size(left[-1], left[-2])
    require(op, square, lambda: f"a has square matrices, not {a}")
    side = -2 if op.left_side.value.data else -1
    matches = len(left) == len(right) and fits(left[:-2], right[:-2])
    require(
        op,
        matches and same_size(left[-1], right[side]),
        lambda: f"a {a} and b {b} do not fit each other",
    )
    require(
        op,
        op.transpose_a.data is not attributes.Transpose.TRANSPOSE_INVALID,
        lambda: "transpose_a is TRANSPOSE_INVALID",
    )
    require_result(op, y, right)
    require_element(op, y, a.element_type)


@checks("stablehlo.fft")
def fft(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    kind, length = op.fft_type.data.value, list(numbers(op.fft_length))
    count, shape = len(length), list(sizes(x))
    require(op, 1 <= count <= 3, lambda: f"fft_length has 1 to 3 numbers, not {count}")
    require(
        op, len(shape) >= count, lambda: f"fft_length has {count} numbers, and the operand is {x}"
    )
    element = x.element_type
    if kind == "RFFT":
        real = isinstance(element, Float32Type | Float64Type)
        require(op, real, lambda: f"RFFT takes f32 or f64, not {x}")
        require_element(op, y, ComplexType(element))
    else:
        require(op, is_complex(element), lambda: f"{kind} takes complex numbers, not {x}")
        require_element(op, y, element.element_type if kind == "IRFFT" else element)
    last = list(shape[-count:])
    given = list(length)
    if kind == "IRFFT":
        given[-1] = length[-1] // 2 + 1 if length[-1] else 0
    right = all(same_size(a, b) for a, b in zip(last, given, strict=True))
    require(op, right, lambda: f"fft_length is {shown(length)}, and the operand is {x}")
    if kind == "RFFT":
        shape[-1] = UNKNOWN if shape[-1] == UNKNOWN else (length[-1] // 2 + 1 if length[-1] else 0)
    if kind == "IRFFT":
        shape[-1] = length[-1]
    require_result(op, y, shape)
