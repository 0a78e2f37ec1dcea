"""The verifiers of products, windows and statistics, of ops with regions, and of collectives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ComplexType,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    Float32Type,
    Float64Type,
    IndexType,
    IntegerType,
    Signedness,
    StringAttr,
    TensorType,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Region
from xdsl.traits import SymbolTable

from . import attributes
from .checks import (
    UNKNOWN,
    Sizes,
    checks,
    fits,
    is_bool,
    is_complex,
    is_float,
    is_quantized,
    numbers,
    refuse,
    require,
    require_dims,
    require_element,
    require_index,
    require_kind,
    require_result,
    same_size,
    scatter_shape,
    shown,
    sizes,
    tensor,
)

# --- Regions --------------------------------------------------------------------------------------


def scalar(element: Attribute) -> TensorType[Any]:
    return TensorType(element, [])


def block_of(op: Any, region: Region, name: str, arguments: Sequence[Attribute]) -> Block:
    """The only block of a region, which has these arguments."""
    require(op, len(region.blocks) == 1, lambda: f"the region {name} has one block")
    block = region.block
    require(
        op,
        len(block.args) == len(arguments),
        lambda: f"the region {name} has {len(arguments)} arguments, not {len(block.args)}",
    )
    for i, (arg, type) in enumerate(zip(block.args, arguments, strict=True)):
        require(
            op,
            arg.type == type or _alike(arg.type, type),
            lambda i=i, arg=arg, type=type: (
                f"argument {i} of the region {name} is {type}, not {arg.type}"
            ),
        )
    return block


def _alike(a: Attribute, b: Attribute) -> bool:
    """Whether two types may be the same type: tensors whose unknown sizes fit."""
    return (
        isinstance(a, TensorType)
        and isinstance(b, TensorType)
        and a.element_type == b.element_type
        and fits(sizes(a), sizes(b))
    )


def results_of(
    op: Any, block: Block, name: str, ender: str = "stablehlo.return"
) -> list[Attribute]:
    """The types that a block ends with."""
    last = block.last_op
    if last is None or last.name != ender:
        refuse(op, f"the region {name} ends with {ender}")
    return [value.type for value in last.operands]


def require_results(
    op: Any,
    block: Block,
    name: str,
    expected: Sequence[Attribute],
    ender: str = "stablehlo.return",
) -> None:
    found = results_of(op, block, name, ender)
    right = len(found) == len(expected) and all(
        a == b or _alike(a, b) for a, b in zip(found, expected, strict=True)
    )
    require(
        op,
        right,
        lambda: (
            f"the region {name} gives {', '.join(map(str, expected)) or 'nothing'}, not "
            f"{', '.join(map(str, found)) or 'nothing'}"
        ),
    )


def _reducer(op: Any, region: Region, name: str, elements: Sequence[Attribute]) -> None:
    """
    A region that joins two values for each element type. The region may compute in a wider type
    than the operands have, so its own types count.
    """
    require(op, len(region.blocks) == 1, lambda: f"the region {name} has one block")
    block, count = region.block, len(elements)
    require(
        op,
        len(block.args) == 2 * count,
        lambda: f"the region {name} has {2 * count} arguments, not {len(block.args)}",
    )
    for i, arg in enumerate(block.args):
        element = elements[i % count]
        type = tensor(op, arg.type, f"argument {i} of the region {name}")
        require(
            op,
            not sizes(type) and _promotes(element, type.element_type),
            lambda i=i, element=element, type=type: (
                f"argument {i} of the region {name} is {scalar(element)}, not {type}"
            ),
        )
    require_results(op, block, name, [arg.type for arg in block.args[:count]])


def _promotes(a: Attribute, b: Attribute) -> bool:
    """Whether a reduction may compute numbers of type `a` as numbers of type `b`."""
    if a == b or is_quantized(a):
        return True
    if is_float(a) and is_float(b):
        return a.bitwidth <= b.bitwidth  # type: ignore[attr-defined]
    if is_complex(a) and is_complex(b):
        return _promotes(a.element_type, b.element_type)  # type: ignore[attr-defined]
    if not isinstance(a, IntegerType) or not isinstance(b, IntegerType) or is_bool(a) != is_bool(b):
        return False
    return a.signedness == b.signedness and a.width.data <= b.width.data


# --- Products -------------------------------------------------------------------------------------


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


class Window:
    """A window that moves over a tensor, with its lists of numbers."""

    def __init__(self, op: Any, shape: Sequence[int]):
        self.op = op
        self.shape = tuple(shape)

    def list(self, attr: Any, name: str, default: int) -> Sizes:
        """The numbers of an attribute, each above 0, one for each dimension of the window."""
        rank = len(self.shape)
        if attr is None:
            return (default,) * rank
        found = numbers(attr)
        require(
            self.op,
            len(found) == rank,
            lambda: f"{name} has {rank} numbers, not {len(found)}",
        )
        require(
            self.op,
            min(found, default=1) > 0,
            lambda: f"{name} has a number below 1: {shown(found)}",
        )
        return found

    def padding(self, attr: DenseIntOrFPElementsAttr | None) -> list[tuple[int, int]]:
        rank = len(self.shape)
        if attr is None:
            return [(0, 0)] * rank
        shape = attr.type.get_shape()
        require(
            self.op,
            tuple(shape) == (rank, 2) and attr.get_element_type() == i64,
            lambda: f"the padding has the sizes {shown((rank, 2))}, not {attr.type}",
        )
        flat: list[Any] = list(attr.get_values())
        return [(int(a), int(b)) for a, b in zip(flat[::2], flat[1::2], strict=True)]

    def size(
        self, n: int, i: int, pads: tuple[int, int] | None, stride: int, base: int, dilation: int
    ) -> int:
        """The number of places of the window in a dimension of n elements."""
        w = self.shape[i]
        require(self.op, w == UNKNOWN or w > 0, lambda: f"the window has the size {w}")
        if n == UNKNOWN or w == UNKNOWN or pads is None:
            return UNKNOWN
        dilated = 0 if n == 0 else (n - 1) * base + 1
        whole = dilated + sum(pads)
        covered = (w - 1) * dilation + 1
        if whole == 0 or covered > whole:
            return 0
        return (whole - covered) // stride + 1


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
    left, right = sizes(a), sizes(b)
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


# --- Reductions and windows -----------------------------------------------------------------------


def _inputs(op: Any) -> list[TensorType[Any]]:
    """The types of a reduction's inputs, after a look at their initial values."""
    inputs = [tensor(op, v, "each input") for v in op.inputs]
    require(op, bool(inputs), lambda: "there is at least one input")
    for i, (x, init) in enumerate(zip(inputs, op.init_values, strict=True)):
        require(
            op,
            fits(sizes(x), sizes(inputs[0])),
            lambda i=i, x=x: f"input 0 is {inputs[0]} and input {i} is {x}; the sizes differ",
        )
        type = tensor(op, init, "each initial value")
        require(
            op,
            type == scalar(x.element_type),
            lambda i=i, x=x, type=type: (
                f"initial value {i} is {scalar(x.element_type)}, not {type}"
            ),
        )
    return inputs


def _results(op: Any, elements: Sequence[Attribute], shape: Sequence[int], body: Region) -> None:
    require(
        op,
        len(op.results) == len(elements),
        lambda: f"there are {len(elements)} results, not {len(op.results)}",
    )
    for i, result in enumerate(op.results):
        y = tensor(op, result, f"result {i}")
        require_result(op, y, shape, f"result {i}")
        # The region may compute in a wider type, and the result has the region's type.
        wanted = body.block.args[i].type.element_type  # type: ignore[attr-defined]
        require_element(op, y, wanted, f"result {i}")


@checks("stablehlo.reduce")
def reduce(op: Any) -> None:
    inputs = _inputs(op)
    dims = numbers(op.dimensions)
    require_dims(op, dims, len(sizes(inputs[0])), "dimensions")
    _reducer(op, op.body, "body", [x.element_type for x in inputs])
    shape = [n for d, n in enumerate(sizes(inputs[0])) if d not in dims]
    _results(op, [x.element_type for x in inputs], shape, op.body)


@checks("stablehlo.reduce_window")
def reduce_window(op: Any) -> None:
    inputs = _inputs(op)
    shape = sizes(inputs[0])
    window = Window(op, numbers(op.window_dimensions))
    require(
        op,
        len(window.shape) == len(shape),
        lambda: f"window_dimensions has {len(window.shape)} numbers, and the input is {inputs[0]}",
    )
    strides = window.list(op.window_strides, "window_strides", 1)
    base = window.list(op.base_dilations, "base_dilations", 1)
    dilation = window.list(op.window_dilations, "window_dilations", 1)
    padding = window.padding(op.padding)
    _reducer(op, op.body, "body", [x.element_type for x in inputs])
    out = [
        window.size(n, i, padding[i], strides[i], base[i], dilation[i]) for i, n in enumerate(shape)
    ]
    _results(op, [x.element_type for x in inputs], out, op.body)


@checks("stablehlo.select_and_scatter")
def select_and_scatter(op: Any) -> None:
    x, source = tensor(op, op.operand, "the operand"), tensor(op, op.source, "the source")
    init, y = tensor(op, op.init_value, "init_value"), tensor(op, op.result, "the result")
    element = x.element_type
    require(op, init == scalar(element), lambda: f"init_value is {scalar(element)}, not {init}")
    require_element(op, source, element, "the source")
    shape = sizes(x)
    given = op.window_dimensions
    window = Window(op, (1,) * len(shape) if given is None else numbers(given))
    require(
        op,
        len(window.shape) == len(shape),
        lambda: f"window_dimensions has {len(window.shape)} numbers, and the operand is {x}",
    )
    strides = window.list(op.window_strides, "window_strides", 1)
    padding = window.padding(op.padding)
    block = block_of(op, op.select, "select", (scalar(element),) * 2)
    require_results(op, block, "select", (scalar(i1),))
    _reducer(op, op.scatter, "scatter", [element])
    out = [window.size(n, i, padding[i], strides[i], 1, 1) for i, n in enumerate(shape)]
    require(
        op,
        fits(sizes(source), out),
        lambda: f"the source has the sizes {shown(out)}, not {source}",
    )
    require_result(op, y, shape)
    require_element(op, y, op.scatter.block.args[0].type.element_type)


@checks("stablehlo.scatter")
def scatter(op: Any) -> None:
    scatter_shape(op)
    elements = [v.type.element_type for v in op.inputs]
    _reducer(op, op.update_computation, "update_computation", elements)


@checks("stablehlo.map")
def map_(op: Any) -> None:
    inputs = [tensor(op, v, "each input") for v in op.inputs]
    require(op, bool(inputs), lambda: "there is at least one input")
    y = tensor(op, op.result, "the result")
    shape = sizes(inputs[0])
    for x in inputs:
        require(op, fits(sizes(x), shape), lambda x=x: f"{inputs[0]} and {x} have not one shape")
    dims = numbers(op.dimensions)
    require(
        op,
        dims == tuple(range(len(shape))),
        lambda: f"dimensions are {shown(range(len(shape)))}, not {shown(dims)}",
    )
    block = block_of(op, op.computation, "computation", [scalar(x.element_type) for x in inputs])
    require_results(op, block, "computation", (scalar(y.element_type),))
    require_result(op, y, shape)


@checks("stablehlo.sort")
def sort(op: Any) -> None:
    inputs = [tensor(op, v, "each input") for v in op.inputs]
    require(op, bool(inputs), lambda: "there is at least one input")
    rank = len(sizes(inputs[0]))
    for x in inputs:
        require(
            op,
            fits(sizes(x), sizes(inputs[0])),
            lambda x=x: f"{inputs[0]} and {x} have not one shape",
        )
    dim = -1 if op.dimension is None else op.dimension.value.data
    require(
        op,
        -rank <= dim < rank,
        lambda: f"the dimension is {dim}, and input 0 is {inputs[0]}",
    )
    arguments = [scalar(x.element_type) for x in inputs for _ in range(2)]
    block = block_of(op, op.comparator, "comparator", arguments)
    require_results(op, block, "comparator", (scalar(i1),))
    _same_types(op, op.inputs, op.results, "input", "result")


def _same_types(op: Any, left: Any, right: Any, a: str, b: str) -> None:
    require(
        op,
        len(left) == len(right),
        lambda: f"there are {len(left)} {a}s, and {len(right)} {b}s",
    )
    for i, (x, y) in enumerate(zip(left, right, strict=True)):
        require(
            op,
            x.type == y.type or _alike(x.type, y.type),
            lambda i=i, x=x, y=y: f"{a} {i} is {x.type}, and {b} {i} is {y.type}",
        )


# --- Statistics and random numbers ----------------------------------------------------------------


@checks(
    "stablehlo.batch_norm_grad", "stablehlo.batch_norm_inference", "stablehlo.batch_norm_training"
)
def batch_norm(op: Any) -> None:
    x = tensor(op, op.operand, "the operand")
    require_kind(op, x, "the operand", "floats")
    at = op.feature_index.value.data
    require(op, 0 <= at < len(sizes(x)), lambda: f"{x} has no dimension {at}")
    vector = (sizes(x)[at],)
    whole = {"operand", "grad_output", "result", "output", "grad_operand"}
    definition = op.get_irdl_definition()
    names = [name for name, _ in (*definition.operands, *definition.results)]
    for name, value in zip(names, [*op.operands, *op.results], strict=True):
        type = tensor(op, value, name)
        require_result(op, type, sizes(x) if name in whole else vector, name)
        require_element(op, type, x.element_type, name)


@checks("stablehlo.rng")
def rng(op: Any) -> None:
    a, b = tensor(op, op.a, "a"), tensor(op, op.b, "b")
    shape, y = tensor(op, op.shape, "the shape"), tensor(op, op.result, "the result")
    require_kind(op, a, "a", "booleans", "integers", "floats")
    for type, name in ((a, "a"), (b, "b")):
        require(op, not sizes(type), lambda type=type, name=name: f"{name} has rank 0, not {type}")
    require_element(op, b, a.element_type, "b")
    require_element(op, y, a.element_type)
    require_index(op, shape, "the shape")
    require(
        op,
        fits(sizes(shape), (len(sizes(y)),)),
        lambda: f"the shape has a number for each dimension of the result {y}, not {shape}",
    )
    if op.rng_distribution.data is attributes.RngDistribution.NORMAL:
        require_kind(op, a, "a", "floats")


@checks("stablehlo.rng_bit_generator")
def rng_bit_generator(op: Any) -> None:
    state, y = tensor(op, op.initial_state, "the state"), tensor(op, op.output, "the output")
    after = tensor(op, op.output_state, "the next state")
    require(
        op,
        state.element_type == IntegerType(64, Signedness.UNSIGNED) and len(sizes(state)) == 1,
        lambda: f"the state is a list of ui64, not {state}",
    )
    require(op, _alike(state, after), lambda: f"the next state is {state}, not {after}")
    require_kind(op, y, "the output", "integers", "floats")
    length, algorithm = sizes(state)[0], op.rng_algorithm.data
    fine = {
        attributes.RngAlgorithm.THREE_FRY: (2,),
        attributes.RngAlgorithm.PHILOX: (2, 3),
    }.get(algorithm)
    require(
        op,
        fine is None or length == UNKNOWN or length in fine,
        lambda: f"the state of {algorithm.value} has not the length {length}",
    )


# --- Branches, loops and calls --------------------------------------------------------------------


@checks("stablehlo.if", "stablehlo.case")
def branches(op: Any) -> None:
    chosen = op.operands[0].type
    wanted = scalar(i1 if op.name == "stablehlo.if" else i32)
    fine = chosen == wanted or _alike(chosen, wanted)
    require(op, fine, lambda: f"the operand is {wanted}, not {chosen}")
    require(op, bool(op.regions), lambda: "there is at least one branch")
    for i, region in enumerate(op.regions):
        block = block_of(op, region, f"{i}", ())
        require_results(op, block, f"{i}", op.result_types)


@checks("stablehlo.while")
def while_(op: Any) -> None:
    _same_types(op, op.operands, op.results, "operand", "result")
    types = op.operand_types
    condition = block_of(op, op.cond, "cond", types)
    require_results(op, condition, "cond", (scalar(i1),))
    body = block_of(op, op.body, "body", types)
    require_results(op, body, "body", types)


@checks("stablehlo.optimization_barrier")
def optimization_barrier(op: Any) -> None:
    _same_types(op, op.operands, op.results, "operand", "result")


@checks("stablehlo.custom_call")
def custom_call(op: Any) -> None:
    operands, results = op.operand_layouts, op.result_layouts
    require(
        op,
        (operands is None) == (results is None),
        lambda: "operand_layouts and result_layouts are both there, or both absent",
    )
    version = 1 if op.api_version is None else op.api_version.value.data
    require(op, 0 <= version <= 4, lambda: f"api_version is a number from 0 to 4, not {version}")
    config = op.backend_config
    if config is not None:
        kind = DictionaryAttr if version == 4 else StringAttr
        word = "a dictionary" if version == 4 else "a string"
        require(
            op,
            isinstance(config, kind),
            lambda: f"the backend_config of api_version {version} is {word}, not {config}",
        )
    for layouts, values, name in (
        (operands, op.operands, "operand"),
        (results, op.results, "result"),
    ):
        if layouts is None:
            continue
        require(
            op,
            len(layouts) == len(values),
            lambda layouts=layouts, values=values, name=name: (
                f"there are {len(values)} {name}s, and {len(layouts)} {name}_layouts"
            ),
        )
        for layout, value in zip(layouts, values, strict=True):
            if not isinstance(value.type, TensorType):
                continue
            order = (
                [int(n) for n in layout.get_values()]  # type: ignore[call-overload]
                if isinstance(layout, DenseIntOrFPElementsAttr)
                and layout.get_element_type() == IndexType()
                and len(layout.type.get_shape()) == 1
                else None
            )
            require(
                op,
                order is not None and sorted(order) == list(range(len(sizes(value.type)))),
                lambda layout=layout, value=value: f"{layout} is no layout of {value.type}",
            )


@checks("stablehlo.composite")
def composite(op: Any) -> None:
    name = op.decomposition.root_reference.data
    version = op.version
    require(op, version is None or version.value.data >= 0, lambda: "the version is not below 0")
    function = SymbolTable.lookup_symbol(op, name)
    if not isinstance(function, func.FuncOp):
        refuse(op, f"there is no function @{name}")
    found = function.function_type
    right = tuple(found.inputs) == tuple(op.operand_types) and tuple(found.outputs) == tuple(
        op.result_types
    )
    require(op, right, lambda: f"@{name} has the type {found}, which is not the op's")


@checks("stablehlo.async_start", "stablehlo.async_done")
def asynchronous(op: Any) -> None:
    start = op.name == "stablehlo.async_start"
    future = op.result.type if start else op.operand.type
    if not isinstance(future, attributes.FutureType):
        refuse(op, f"!stablehlo.future<…> belongs here, not {future}")
    if start:
        block = block_of(op, op.body, "body", op.operand_types)
        require_results(op, block, "body", tuple(future.types))
        return
    require(
        op,
        tuple(future.types) == tuple(op.result_types),
        lambda: f"the results are those of {future}",
    )


# --- Many devices ---------------------------------------------------------------------------------


def _groups(op: Any) -> int | None:
    """The number of devices in each group; None if the op does not say it."""
    groups = op.replica_groups
    if not isinstance(groups, DenseIntOrFPElementsAttr):
        return None
    shape = groups.type.get_shape()
    require(
        op,
        len(shape) == 2 and groups.get_element_type() == i64,
        lambda: f"replica_groups is a matrix of i64, not {groups.type}",
    )
    ids = [int(n) for n in groups.get_values() if int(n) != -1]  # type: ignore[arg-type]
    require(op, min(ids, default=0) >= 0, lambda: "replica_groups has a number below -1")
    require(op, len(set(ids)) == len(ids), lambda: "replica_groups has a device twice")
    missing = next((n for n in range(len(ids)) if n not in ids), None)
    require(op, missing is None, lambda: f"replica_groups lacks the device {missing}")
    return shape[1]


@checks("stablehlo.all_gather")
def all_gather(op: Any) -> None:
    count, dim = _groups(op), op.all_gather_dim.value.data
    require(op, len(op.inputs) == len(op.results), lambda: "there is a result for each input")
    for value, result in zip(op.inputs, op.results, strict=True):
        x, y = tensor(op, value, "each input"), tensor(op, result, "each result")
        shape = sizes(x)
        require(op, 0 <= dim < len(shape), lambda x=x: f"{x} has no dimension {dim}")
        # A device alone may not know how large its group is, so any multiple is right.
        require_result(op, y, (*shape[:dim], UNKNOWN, *shape[dim + 1 :]))
        require_element(op, y, x.element_type)
        n, m = shape[dim], sizes(y)[dim]
        if UNKNOWN not in (n, m) and n != 0:
            fine = m % n == 0 and (count in (None, 0) or m == n * (count or 1))
            require(op, fine, lambda x=x, y=y: f"{y} does not hold the parts {x} of a group")


@checks("stablehlo.all_reduce")
def all_reduce(op: Any) -> None:
    _groups(op)
    require(op, bool(op.inputs), lambda: "there is at least one input")
    require(op, len(op.inputs) == len(op.results), lambda: "there is a result for each input")
    for value, result in zip(op.inputs, op.results, strict=True):
        x, y = tensor(op, value, "each input"), tensor(op, result, "each result")
        require_result(op, y, sizes(x))
        _reducer(op, op.computation, "computation", [x.element_type])
        require_element(op, y, op.computation.block.args[0].type.element_type)


@checks("stablehlo.reduce_scatter")
def reduce_scatter(op: Any) -> None:
    count = _groups(op)
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    dim, shape = op.scatter_dimension.value.data, sizes(x)
    require(op, 0 <= dim < len(shape), lambda: f"{x} has no dimension {dim}")
    _reducer(op, op.computation, "computation", [x.element_type])
    require_element(op, y, op.computation.block.args[0].type.element_type)
    require_result(op, y, (*shape[:dim], UNKNOWN, *shape[dim + 1 :]))
    n, m = shape[dim], sizes(y)[dim]
    if UNKNOWN not in (n, m):
        fine = m > 0 and n % m == 0 and (count in (None, 0) or n == m * (count or 1))
        require(op, fine, lambda: f"{y} is no part of {x} for each device of a group")


@checks("stablehlo.all_to_all")
def all_to_all(op: Any) -> None:
    _groups(op)
    split, concat = op.split_dimension.value.data, op.concat_dimension.value.data
    count = op.split_count.value.data
    require(op, count > 0, lambda: f"split_count is above 0, not {count}")
    require(op, len(op.inputs) == len(op.results), lambda: "there is a result for each input")
    for value, result in zip(op.inputs, op.results, strict=True):
        x, y = tensor(op, value, "each input"), tensor(op, result, "each result")
        shape = list(sizes(x))
        for d in (split, concat):
            require(op, 0 <= d < len(shape), lambda x=x, d=d: f"{x} has no dimension {d}")
        n = shape[split]
        require(
            op,
            n == UNKNOWN or n % count == 0,
            lambda x=x: f"dimension {split} of {x} has not {count} equal parts",
        )
        shape[split] = n if n == UNKNOWN else n // count
        shape[concat] = shape[concat] if shape[concat] == UNKNOWN else shape[concat] * count
        require_result(op, y, shape)
        require_element(op, y, x.element_type)


@checks(
    "stablehlo.collective_broadcast", "stablehlo.collective_permute", "stablehlo.cross-replica-sum"
)
def collective(op: Any) -> None:
    _same_types(op, op.operands, op.results, "operand", "result")
    if op.name != "stablehlo.collective_permute":
        _groups(op)
        return
    pairs = op.source_target_pairs
    shape = pairs.type.get_shape()
    require(
        op,
        len(shape) == 2 and shape[1] == 2 and pairs.get_element_type() == i64,
        lambda: f"source_target_pairs has rows of two i64, not {pairs.type}",
    )
    flat = [int(n) for n in pairs.get_values()]
    for column, name in ((flat[::2], "source"), (flat[1::2], "target")):
        require(op, min(column, default=0) >= 0, lambda name=name: f"a {name} is below 0")
        require(
            op,
            len(set(column)) == len(column),
            lambda name=name: f"a {name} comes twice in source_target_pairs",
        )


@checks("stablehlo.partition_id", "stablehlo.replica_id")
def identity(op: Any) -> None:
    wanted = scalar(IntegerType(32, Signedness.UNSIGNED))
    found = op.result.type
    require(op, found == wanted, lambda: f"the result is {wanted}, not {found}")


# --- Tokens ---------------------------------------------------------------------------------------


@checks(
    "stablehlo.after_all", "stablehlo.create_token", "stablehlo.outfeed", "stablehlo.send",
    "stablehlo.infeed", "stablehlo.recv",
)  # fmt: skip
def tokens(op: Any) -> None:
    token = attributes.TokenType()
    taken = op.operands if op.name == "stablehlo.after_all" else op.operands[-1:]
    for value in [*taken, *op.results[-1:]]:
        require(
            op, value.type == token, lambda value=value: f"{token} belongs here, not {value.type}"
        )
